//! What the commands do when all is well.

mod common;

use common::{Folder, price_file, shared};
use serde_json::Value;

const SMALL: &str = "--preset plain --hidden 6 --window 4 --epochs 3";

fn trained(extra: &str) -> Folder {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(90));
    let run = folder.run(&format!("train prices.csv {SMALL} {extra}"));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    folder
}

#[test]
fn train_json_holds_what_the_contract_says() {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(90));
    let run = folder.run(&format!("train prices.csv {SMALL} --json --plots out"));
    let report = run.json();
    assert_eq!(report["rows"], 90);
    // 63 training rows with a window of 4; validation and test windows may reach back.
    assert_eq!(
        report["windows"],
        serde_json::json!({"train": 59, "validation": 9, "test": 18})
    );
    assert_eq!(report["parameters"], 4 * 6 * (1 + 6 + 1) + 7);
    assert_eq!(report["epochs"], 3);
    assert!(report["fit_seconds"].as_f64().unwrap() > 0.0);
    let history = report["history"].as_array().unwrap();
    assert_eq!(history.len(), 3);
    for (index, epoch) in history.iter().enumerate() {
        assert_eq!(epoch["epoch"], index + 1);
        assert!(
            epoch["loss"].is_f64() && epoch["val_loss"].is_f64(),
            "{epoch}"
        );
    }
    let test = &report["test"];
    let number = |key: &str| {
        test[key]
            .as_f64()
            .unwrap_or_else(|| panic!("{key} in {test}"))
    };
    let skill = 1.0 - number("mae") / number("naive_mae");
    assert!((skill - number("skill")).abs() < 1e-12);
    assert!(number("rmse") >= number("mae"));
    assert_eq!(report["model"], "model.safetensors");
    let plots: Vec<&str> = report["plots"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(plots.len(), 8);
    for plot in plots {
        assert!(!folder.read(plot).is_empty());
    }
    assert!(folder.read("out/loss.png").starts_with(b"\x89PNG"));
    let history = String::from_utf8(folder.read("out/history.csv")).unwrap();
    assert!(
        history.starts_with("epoch,loss,val_loss,") && history.lines().count() == 4,
        "{history}"
    );
}

#[test]
fn forecasts_are_dated_and_in_the_units_of_the_file() {
    let folder = trained("--horizon 5");
    let forecast = folder
        .run("forecast model.safetensors prices.csv --json")
        .json();
    assert_eq!(
        (&forecast["target"], &forecast["cutoff"]),
        (&"close".into(), &"2018-03-31".into())
    );
    let steps = forecast["forecast"].as_array().unwrap();
    let dates: Vec<&str> = steps
        .iter()
        .filter_map(|step| step["date"].as_str())
        .collect();
    // The file has every day of the week.
    assert_eq!(
        dates,
        [
            "2018-04-01",
            "2018-04-02",
            "2018-04-03",
            "2018-04-04",
            "2018-04-05"
        ]
    );
    for step in steps {
        let value = step["value"].as_f64().unwrap();
        assert!((80.0..130.0).contains(&value), "{value}");
    }
    let text = folder.run("forecast model.safetensors prices.csv");
    assert_eq!(text.stdout.lines().count(), 7, "{}", text.stdout);
    assert!(
        text.stdout
            .lines()
            .nth(2)
            .unwrap()
            .starts_with("2018-04-01")
    );
}

#[test]
fn a_model_is_the_same_bytes_for_the_same_seed_at_any_number_of_threads() {
    let bytes = |extra: &str| trained(&format!("--batch 40 {extra}")).read("model.safetensors");
    let first = bytes("--seed 4 --threads 1");
    assert_eq!(first, bytes("--seed 4 --threads 1"));
    assert_eq!(first, bytes("--seed 4 --threads 2"));
    assert_ne!(first, bytes("--seed 5 --threads 2"));
}

#[test]
fn summary_reads_the_model_back() {
    let folder = trained("--cell gru");
    let text = folder.run("summary model.safetensors").stdout;
    for part in [
        "0 GRU",
        "(None, 6)",
        "162",
        "1 Dense",
        "(None, 1)",
        "close",
        "prices.csv",
        "last value",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let json = folder.run("summary model.safetensors --json").json();
    assert_eq!(json["parameters"], 162 + 7);
    assert_eq!(json["layers"][0]["output"], "(None, 6)");
    assert_eq!(json["spec"]["data"]["window"], 4);
}

#[test]
fn plot_draws_a_models_pictures_again() {
    let folder = trained("--plots first");
    let json = folder
        .run("plot model.safetensors prices.csv --plots again --json")
        .json();
    assert_eq!(json["plots"].as_array().unwrap().len(), 8);
    for file in [
        "residuals.svg",
        "residuals.png",
        "loss.svg",
        "loss.png",
        "forecast.svg",
        "forecast.png",
        "history.csv",
        "history.json",
    ] {
        let (first, again) = (format!("first/{file}"), format!("again/{file}"));
        assert_eq!(folder.read(&first), folder.read(&again), "{file}");
    }
    folder.run("plot model.safetensors --plots loss-only");
    assert!(!folder.path().join("loss-only/forecast.png").exists());
}

#[test]
fn settings_come_from_a_file_and_flags_win() {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(90));
    folder.write(
        "settings.toml",
        "window = 6\nhidden = [5]\nepochs = 2\ncell = \"rnn\"\nout = \"from-file.model\"\nseed = 3\n",
    );
    let report = folder
        .run("train prices.csv --config settings.toml --epochs 1 --json")
        .json();
    assert_eq!(report["epochs"], 1);
    assert_eq!(report["parameters"], 5 * (1 + 5 + 1) + 6);
    let json = folder.run("summary from-file.model --json").json();
    assert_eq!(
        (
            &json["spec"]["data"]["window"],
            &json["spec"]["train"]["seed"]
        ),
        (&6.into(), &3.into())
    );
}

/// For a version, so that nobody's scripts and files break.
#[test]
fn former_names_of_settings_still_work_and_say_so() {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(90));
    folder.write("old.toml", "predict = \"difference\"\n");
    let new = folder.run(&format!(
        "train prices.csv {SMALL} --target-transform difference"
    ));
    assert_eq!(
        (new.status, new.stderr.contains("is now")),
        (Some(0), false)
    );
    for (old, line) in [
        (
            "--predict difference",
            "note: --predict is now --target-transform\n",
        ),
        (
            "--config old.toml",
            "note: --predict is now --target-transform\n",
        ),
        (
            "--target-transform difference --known volume",
            "note: --known is now --future\n",
        ),
    ] {
        let run = folder.run(&format!("train prices.csv {SMALL} {old}"));
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        assert_eq!(run.stderr.matches(line).count(), 1, "{}", run.stderr);
        if !old.contains("--known") {
            assert_eq!(run.stdout, new.stdout, "{old}");
        }
    }
    let help = folder.run("train --help").stdout;
    assert!(!help.contains("--predict <") && !help.contains("--known"));
}

#[test]
fn rows_out_of_order_are_sorted_and_it_is_said() {
    let folder = Folder::new();
    let file = price_file(90);
    let mut lines: Vec<&str> = file.lines().collect();
    lines[1..].reverse();
    folder.write("newest-first.csv", lines.join("\n"));
    folder.write("prices.csv", &file);
    let run = folder.run(&format!("train newest-first.csv {SMALL} --json"));
    assert!(
        run.stderr.contains("were newest first and were sorted"),
        "{}",
        run.stderr
    );
    let sorted = run.json();
    assert_eq!(sorted["notes"].as_array().unwrap().len(), 1);
    let straight = folder
        .run(&format!("train prices.csv {SMALL} --json"))
        .json();
    assert_eq!(sorted["test"], straight["test"]);
}

#[test]
fn the_default_selects_on_folds_and_averages() {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(200));
    let run = folder.run("train prices.csv --members 2 --epochs 2 --json --seed 4");
    let report = run.json();
    let selection = &report["selection"];
    assert_eq!(selection["windows"], 80);
    let weight = selection["weight"].as_f64().unwrap();
    assert!((0.0..=1.0).contains(&weight));
    assert!(selection["mae"].as_f64().unwrap() <= selection["naive_mae"].as_f64().unwrap());
    assert!(run.stderr.contains("network 18/18"), "{}", run.stderr);
    assert_eq!(report["test"]["baselines"].as_array().unwrap().len(), 10);
    assert!(
        report["verdict"]["text"]
            .as_str()
            .unwrap()
            .contains("evidence of skill")
    );

    // The same bytes again, on one thread; and forecasts from the file.
    let model = folder.read("model.safetensors");
    let again =
        "train prices.csv --members 2 --epochs 2 --seed 4 --threads 1 --out again.safetensors";
    assert_eq!(folder.run(again).status, Some(0));
    assert!(model == folder.read("again.safetensors"));
    let forecast = folder
        .run("forecast model.safetensors prices.csv --json")
        .json();
    let point = &forecast["forecast"][0];
    let number = |key: &str| point[key].as_f64().unwrap();
    let ends = ["lower95", "lower80", "value", "upper80", "upper95"].map(number);
    assert!(ends.is_sorted() && ends[0] < ends[4], "{point}");
    // Holidays are skipped: the price file has a row for every day.
    let day = point["date"].as_str().unwrap().to_string();
    folder.write("closed.txt", format!("# closed\n{day}, a feast\n\n"));
    let command = "forecast model.safetensors prices.csv --holidays closed.txt --level 50 --json";
    let later = folder.run(command).json();
    assert!(later["forecast"][0]["date"].as_str().unwrap() > day.as_str());
    assert!(later["forecast"][0]["lower50"].is_f64() && later["forecast"][0]["lower80"].is_null());
    let (last, value) = (
        forecast["last"].as_f64().unwrap(),
        forecast["forecast"][0]["value"].as_f64().unwrap(),
    );
    assert!((value / last - 1.0).abs() < 0.2, "{forecast}");
}

#[test]
fn backtest_json_holds_what_the_contract_says() {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(120));
    let command = format!("backtest prices.csv {SMALL} --folds 3 --gap 2 --json");
    let report = folder.run(&command).json();
    let folds = report["folds"].as_array().unwrap();
    assert_eq!(folds.len(), 3);
    let rows: Vec<_> = folds.iter().map(|fold| &fold["train_rows"]).collect();
    assert_eq!(rows, [94, 102, 110]);
    for key in [
        "mae",
        "rmse",
        "mase",
        "naive_mae",
        "skill",
        "mape",
        "smape",
        "r2",
    ] {
        assert!(report["test"][key].is_f64(), "{key} in {}", report["test"]);
    }
    assert_eq!(report["test"]["windows"], 24);
    assert!(report["test"]["direction"]["share"].is_f64());
    let verdict = &report["verdict"];
    assert!(verdict["has_skill"].is_boolean() && verdict["text"].is_string());
    assert!(verdict["p_value"].is_f64() && verdict["lag"].is_u64());
    let one = folder.run(&format!("{command} --threads 1")).json();
    assert_eq!(one, report);
    let table = folder.run(&format!(
        "backtest prices.csv {SMALL} --refit once --sliding 40"
    ));
    assert!(
        table.stdout.contains("All folds: 24 windows"),
        "{}",
        table.stdout
    );
    assert_eq!(folder.files().len(), 1);
    let checked = folder.run(&format!("{command} --check-leaks")).json();
    assert_eq!(checked["leaks"], serde_json::json!([]));
}

#[test]
fn several_steps_are_forecast_in_three_ways() {
    for strategy in ["direct", "recursive", "one-to-many"] {
        let folder = trained(&format!(
            "--horizon 3 --strategy {strategy} --members 2 --plots out"
        ));
        assert!(!folder.read("out/errors-by-step.png").is_empty());
        let numbers = |arguments: &str| -> Vec<f64> {
            let run = folder.run(&format!(
                "forecast model.safetensors prices.csv --json {arguments}"
            ));
            let json = run.json();
            let steps = json["forecast"].as_array().unwrap().iter();
            steps.map(|step| step["value"].as_f64().unwrap()).collect()
        };
        let three = numbers("");
        assert_eq!(three.len(), 3, "{strategy}");
        assert_eq!(numbers("--horizon 2"), three[..2], "{strategy}");
        // Further steps are forecast from the first ones.
        let seven = numbers("--horizon 7");
        assert_eq!((seven.len(), &seven[..3]), (7, &three[..]), "{strategy}");
        assert!(
            seven.iter().all(|value| (80.0..130.0).contains(value)),
            "{seven:?}"
        );
    }
    // A model of one step, asked step by step with its own forecasts, is the recursive one.
    let once = trained("--horizon 1");
    let json = once
        .run("forecast model.safetensors prices.csv --horizon 3 --json")
        .json();
    let recursive = trained("--horizon 3 --strategy recursive");
    let want = recursive
        .run("forecast model.safetensors prices.csv --json")
        .json();
    // The validation part has other windows, which the weights do not see.
    assert_eq!(json["forecast"], want["forecast"]);
}

#[test]
fn quantile_outputs_give_bands_that_hold() {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(200));
    let report = folder
        .run("train prices.csv --loss quantile --members 2 --epochs 4 --horizon 2 --json")
        .json();
    let held = report["test"]["coverage80"].as_f64().unwrap();
    assert!((60.0..=97.0).contains(&held), "{held}");
    assert!(report["test"]["crps"].as_f64().unwrap() > 0.0);
    let forecast = folder
        .run("forecast model.safetensors prices.csv --level 50,80,95 --horizon 3 --json")
        .json();
    let steps = forecast["forecast"].as_array().unwrap();
    for step in &steps[..2] {
        let ends = [
            "lower95", "lower80", "lower50", "value", "upper50", "upper80", "upper95",
        ];
        let ends = ends.map(|key| step[key].as_f64().unwrap());
        assert!(ends.is_sorted() && ends[0] < ends[6], "{step}");
    }
    assert!(steps[2]["value"].is_f64() && steps[2]["lower80"].is_null());
}

#[test]
fn a_backtest_draws_forecasts_errors_and_folds() {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(120));
    let report = folder
        .run(&format!(
            "backtest prices.csv {SMALL} --folds 3 --horizon 2 --plots out --json"
        ))
        .json();
    let plots = report["plots"].as_array().unwrap();
    assert_eq!(plots.len(), 8);
    for stem in ["forecast", "residuals", "errors-by-step", "folds"] {
        assert!(
            folder
                .read(&format!("out/{stem}.png"))
                .starts_with(b"\x89PNG")
        );
    }
}

#[test]
fn quiet_says_nothing_and_stdout_is_only_results() {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(90));
    let quiet = folder.run(&format!("train prices.csv {SMALL} --quiet"));
    assert_eq!(quiet.stderr, "");
    let loud = folder.run(&format!("train prices.csv {SMALL}"));
    assert_eq!(loud.stdout, quiet.stdout);
    assert!(loud.stderr.contains("epoch 3/3"), "{}", loud.stderr);
}

#[test]
fn a_method_forecasts_alone_and_is_judged_like_a_network() {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(90));
    for method in gatecast::forecast::Method::ALL.iter().skip(1) {
        let name = method.name();
        let run = folder.run(&format!(
            "train prices.csv --method {name} --horizon 2 --json --plots out"
        ));
        let report = run.json();
        assert_eq!(
            (&report["parameters"], &report["epochs"]),
            (&0.into(), &0.into())
        );
        assert_eq!(report["windows"]["test"], 17, "{name}");
        // What is said of the forecasts is what is said of the method beside them.
        let base = &report["selection"]["base"]["parts"][0];
        let same = |score: &&Value| score["baseline"] == base["baseline"];
        let baselines = report["test"]["baselines"].as_array().unwrap();
        if let Some(beside) = baselines.iter().find(same) {
            assert_eq!(report["test"]["mae"], beside["mae"], "{name}");
        }
        assert!(report["test"]["coverage80"].is_f64());
        let forecast = folder
            .run("forecast model.safetensors prices.csv --json")
            .json();
        let points = forecast["forecast"].as_array().unwrap();
        assert_eq!(points.len(), 2);
        assert!(points[1]["lower80"].as_f64() <= points[1]["value"].as_f64());
        let summary = folder.run("summary model.safetensors");
        assert!(
            summary.stdout.contains("without a network"),
            "{}",
            summary.stdout
        );
        assert_eq!(summary.status, Some(0));
        assert_eq!(
            folder.run("plot model.safetensors prices.csv").status,
            Some(0)
        );
        let backtest = folder.run(&format!(
            "backtest prices.csv --method {name} --folds 2 --json"
        ));
        assert_eq!(backtest.json()["folds"].as_array().unwrap().len(), 2);
    }
    let run = folder.run("train prices.csv --method ets --horizon 30");
    assert_eq!(run.status, Some(1));
    assert!(
        run.stderr.contains("the test part of prices.csv"),
        "{}",
        run.stderr
    );
    // None is none: no season of the dates is looked for.
    let run = folder.run("train prices.csv --method seasonal-naive --season 1");
    assert!(
        run.stdout.starts_with("last value, without a network"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_network_without_test_rows_admits_that_it_knows_nothing() {
    let folder = trained("--test 0");
    let text = folder.run("summary model.safetensors").stdout;
    assert!(text.contains("nothing is known about its skill"), "{text}");
    let json = folder
        .run(&format!("train prices.csv {SMALL} --test 0 --json"))
        .json();
    assert_eq!(json["test"], Value::Null);
}

#[test]
fn every_command_has_help_with_an_example() {
    let folder = Folder::new();
    for command in ["demo", "train", "forecast", "backtest", "summary", "plot"] {
        let help = folder.run(&format!("{command} --help"));
        assert_eq!(help.status, Some(0));
        for part in ["Example", "--json", "--quiet", "--threads", "--seed"] {
            assert!(
                help.stdout.contains(part),
                "{part} in the help of {command}"
            );
        }
    }
}

#[test]
fn the_demo_leaves_model_history_and_pictures() {
    let folder = Folder::new();
    let run = folder.run("demo --epochs 2 --out there");
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    for part in [
        "many-to-one",
        "790 821",
        "last value",
        "2018-05-01",
        "there/model.safetensors",
        "there/forecast.png",
    ] {
        assert!(run.stdout.contains(part), "{part} in {}", run.stdout);
    }
    let json = folder.run("demo --epochs 1 --json").json();
    assert_eq!(
        (&json["rows"], &json["parameters"]),
        (&333.into(), &790_821.into())
    );
    assert_eq!(json["forecast"][0]["date"], "2018-05-01");
}

#[test]
fn the_demo_of_sentiment_leads_from_headlines_to_prices() {
    let folder = Folder::new();
    let run = folder.run("demo sentiment --out there");
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    for part in [
        "many-to-one",
        "made up by a small grammar",
        "bag of words",
        "Better than a bag of words",
        "there/classifier.safetensors",
        "there/confusion.png",
        "there/prices.csv",
        "positive  1.000  Profit at a small bakery",
        "negative  1.000  Revenue at Acme Tools",
    ] {
        let pictures = cfg!(feature = "plot") || !part.ends_with(".png");
        assert!(
            run.stdout.contains(part) == pictures,
            "{part}: {}",
            run.stdout
        );
    }
    // What it says to do next, as it says it.
    let next = run.stderr.replace("\\\n", "");
    let next = next
        .lines()
        .filter_map(|line| line.trim().strip_prefix("gatecast "));
    let next: Vec<&str> = next.collect();
    assert_eq!(next.len(), 2, "{}", run.stderr);
    let run = folder.run(next[0]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let report = folder.run(&format!("{} --json", next[1])).json();
    assert_eq!(report["rows"], 600);
    let skill = report["test"]["skill"].as_f64().unwrap();
    assert!(skill > 0.08, "{skill}");
    let before = folder.files();
    let run = folder.run("demo sentiment --out there --epochs 0");
    assert_eq!(run.status, Some(2), "{}", run.stderr);
    assert!(folder.files() == before);
    let json = folder
        .run("demo sentiment --epochs 1 --quiet --json")
        .json();
    assert_eq!(json["test"]["scores"]["rows"], 200);
}

#[test]
fn the_demo_of_translation_writes_dates_that_it_has_not_seen() {
    let folder = Folder::new();
    let demo = "demo translation --out \"my demo\" --epochs";
    let run = folder.run_quoted(&format!("{demo} 2"));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    for part in [
        "many-to-many",
        "made up by a small grammar",
        "500 validation pairs",
        "translation of the most similar sentence",
        "my demo/translator.safetensors",
        "my demo/attention.png",
        "my demo/test.iso",
        "of 500 test dates are exactly right",
    ] {
        let pictures = cfg!(feature = "plot") || !part.ends_with(".png");
        assert!(
            run.stdout.contains(part) == pictures,
            "{part}: {}",
            run.stdout
        );
    }
    // What it says to do next, as it says it.
    let next: Vec<&str> = run
        .stderr
        .lines()
        .filter_map(|line| line.trim().strip_prefix("gatecast "))
        .collect();
    assert_eq!(next.len(), 2, "{}", run.stderr);
    let of_its_own = folder.run_quoted(next[0]);
    assert_eq!(of_its_own.stdout, "2026-04-01\n", "{}", of_its_own.stderr);
    let score = folder.run_quoted(&format!("{} --json", next[1])).json();
    assert_eq!(score["test"]["rows"], 500);

    let lines = |name: &str| -> Vec<String> {
        let text = String::from_utf8(folder.read(&format!("my demo/{name}"))).unwrap();
        text.lines().map(str::to_string).collect()
    };
    let parts = ["train", "validation", "test"].map(|part| lines(&format!("{part}.iso")));
    let all: std::collections::BTreeSet<&String> = parts.iter().flatten().collect();
    assert_eq!(all.len(), 7000, "a date stands twice");
    let before = folder.files();
    let run = folder.run_quoted(&format!("{demo} 0"));
    assert_eq!(run.status, Some(2), "{}", run.stderr);
    assert!(folder.files() == before);

    // The same again, told in another way; the files say the same.
    let run = folder.run_quoted(&format!("{demo} 2 --quiet --json"));
    let json = run.json();
    assert_eq!(run.stderr, "");
    assert!(folder.files() == before);
    assert_eq!(
        (&json["training"]["pairs"], &json["validation"]["rows"]),
        (&6000.into(), &500.into())
    );
    let translated = folder
        .run_quoted("translate run \"my demo/translator.safetensors\" \"my demo/test.spoken\"");
    let wanted = lines("test.iso");
    let found: Vec<&str> = translated.stdout.lines().collect();
    let right = found.iter().zip(&wanted).filter(|(a, b)| a == b).count();
    assert_eq!((found.len(), &json["test"]["rows"]), (500, &500.into()));
    assert_eq!(json["test"]["right"], right);
    assert_eq!(json["test"]["accuracy"], right as f64 / 500.0);
    assert!(right > 450, "{right}");
    let examples = json["examples"].as_array().unwrap();
    for (row, example) in examples.iter().enumerate() {
        assert_eq!(example["translation"], found[row]);
        assert_eq!(example["wanted"], wanted[row]);
    }
    let plots = if cfg!(feature = "plot") { 2 } else { 0 };
    assert_eq!(json["plots"].as_array().unwrap().len(), plots);
}

/// The reference job on the article's data, for one epoch: everything but the network's own
/// score is the same after a hundred.
#[test]
fn the_reference_job() {
    let Some(file) = shared("0050/0050_2017-01_2018-04.csv") else {
        return;
    };
    let folder = Folder::new();
    let json = folder
        .run(&format!(
            "train {} --preset article --epochs 1 --test 0.2 --seed 0 --json",
            file.display()
        ))
        .json();
    assert_eq!(
        (&json["rows"], &json["parameters"]),
        (&322.into(), &790_821.into())
    );
    assert_eq!(
        json["windows"],
        serde_json::json!({"train": 252, "validation": 0, "test": 65})
    );
    let naive = json["test"]["naive_mae"].as_f64().unwrap();
    assert!((naive - 0.675).abs() <= 0.001, "{naive}");
    let summary = folder.run("summary model.safetensors --json").json();
    assert_eq!(summary["training"]["test_from"], "2018-01-17");
    assert_eq!(summary["training"]["split"]["test"], 257);
}
