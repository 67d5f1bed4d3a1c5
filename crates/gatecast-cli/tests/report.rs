//! Reports to hand on, model cards, and event files.

mod common;

use std::path::Path;

use common::{Folder, price_file};
use serde_json::Value;

/// The document in a report.
fn document(folder: &Folder, name: &str) -> Value {
    let html = String::from_utf8(folder.read(name)).unwrap();
    check(&html);
    let start = html.find("id=\"document\">").unwrap() + "id=\"document\">".len();
    let end = start + html[start..].find("</script>").unwrap();
    serde_json::from_str(&html[start..end]).unwrap()
}

/// What holds of every report.
fn check(html: &str) {
    assert!(html.len() < 1_500_000, "{} bytes", html.len());
    for outside in ["http:", "https:", "//cdn", "@import", "url("] {
        assert!(!html.contains(outside), "{outside}");
    }
    assert!(html.contains("default-src 'none'") && !html.contains("unsafe-"));
    // It can be read without scripts.
    let (readable, _) = html.split_once("<script").unwrap();
    for part in ["<main", "<h1>", "<h2", "<caption>", "scope=\"row\"", "<nav"] {
        assert!(readable.contains(part), "{part}");
    }
}

fn section<'a>(document: &'a Value, id: &str) -> &'a Value {
    let sections = document["sections"].as_array().unwrap();
    let found = sections.iter().find(|section| section["id"] == id);
    found.unwrap_or_else(|| panic!("no section {id}"))
}

fn charts(document: &Value) -> Vec<&str> {
    let sections = document["sections"].as_array().unwrap();
    let blocks = sections
        .iter()
        .flat_map(|section| section["blocks"].as_array().unwrap());
    let charts = blocks.filter(|block| block["block"] == "chart");
    charts
        .map(|block| block["data"]["chart"].as_str().unwrap())
        .collect()
}

#[test]
fn a_report_has_the_figures_of_json() {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(200));
    let json = folder
        .run("train prices.csv --preset plain --epochs 4 --horizon 3 --validation 0.1 --seed 5 --json --report r/report.html")
        .json();
    let document = document(&folder, "r/report.html");
    for key in [
        "rows",
        "windows",
        "parameters",
        "epochs",
        "kept_epoch",
        "test",
        "verdict",
        "selection",
    ] {
        assert_eq!(document["results"][key], json[key], "{key}");
    }
    assert_eq!(json["plots"][0], "r/report.html");
    let all = charts(&document);
    for chart in ["loss", "gradient", "forecast", "steps", "residuals"] {
        assert!(all.contains(&chart), "{chart} of {all:?}");
    }
    // The history stands in the chart, number for number.
    let training = section(&document, "training")["blocks"].as_array().unwrap();
    let loss = training
        .iter()
        .find(|block| block["data"]["chart"] == "loss")
        .unwrap();
    let history = json["history"].as_array().unwrap();
    for (at, epoch) in history.iter().enumerate() {
        assert_eq!(loss["data"]["loss"][at], epoch["loss"]);
        assert_eq!(loss["data"]["val_loss"][at], epoch["val_loss"]);
    }
    let text = document.to_string();
    for said in [
        "--seed 5",
        "preset = \\\"plain\\\"",
        "seed = 5",
        "SHA-256",
        "2018-",
        "漂移法",
    ] {
        assert!(text.contains(said), "{said}");
    }
    // Every text that has two languages has both.
    let ids: Vec<&str> = document["sections"]
        .as_array()
        .unwrap()
        .iter()
        .map(|section| section["id"].as_str().unwrap())
        .collect();
    assert_eq!(
        ids,
        [
            "verdict", "coming", "test", "limits", "training", "data", "settings", "again"
        ]
    );
}

#[test]
fn the_file_of_a_report_makes_the_model_again() {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(150));
    folder.run("train prices.csv --preset plain --hidden 8 --epochs 3 --lr 0.002 --seed 5 --out a.st --report r.html --quiet");
    let document = document(&folder, "r.html");
    let blocks = section(&document, "again")["blocks"].as_array().unwrap();
    let toml = blocks.iter().find(|block| {
        block["text"]
            .as_str()
            .is_some_and(|text| text.contains("preset ="))
    });
    folder.write("settings.toml", toml.unwrap()["text"].as_str().unwrap());
    folder.run("train prices.csv --config settings.toml --out b.st --quiet");
    assert_eq!(folder.read("a.st"), folder.read("b.st"));
}

#[test]
fn a_long_series_makes_no_large_report() {
    let folder = Folder::new();
    let value = |row: u32| {
        format!(
            "{:.4}\n",
            f64::from(row).sqrt() + f64::from(row * 7919 % 101)
        )
    };
    let rows: String = (0..60_000).map(value).collect();
    folder.write("long.csv", format!("y\n{rows}"));
    let run = folder.run("train long.csv --method drift --horizon 30 --report report.html --quiet");
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let document = document(&folder, "report.html");
    assert!(document.to_string().contains("of every"));
}

#[test]
fn a_backtest_has_its_folds_in_the_report() {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(200));
    let json = folder
        .run("backtest prices.csv --preset plain --epochs 2 --folds 3 --json --report report.html --report-language zh-Hant")
        .json();
    let document = document(&folder, "report.html");
    for key in ["folds", "test", "verdict", "leaks"] {
        assert_eq!(document["results"][key], json[key], "{key}");
    }
    assert!(charts(&document).contains(&"folds"));
    let html = String::from_utf8(folder.read("report.html")).unwrap();
    assert!(
        html.starts_with("<!doctype html>\n<html lang=\"zh-Hant\">")
            && html.contains("何時不該使用")
    );
}

#[test]
fn many_series_are_ranked_in_the_report() {
    let folder = Folder::new();
    for (name, rows) in [("a", 120), ("b", 140), ("c", 160)] {
        folder.write(&format!("{name}.csv"), price_file(rows));
    }
    for command in [
        "train a.csv b.csv c.csv --global --epochs 1 --members 1 --season 1 --out one.st",
        "train a.csv b.csv c.csv --preset plain --epochs 1",
        "backtest a.csv b.csv c.csv --preset plain --epochs 1 --folds 2",
    ] {
        let json = folder
            .run(&format!("{command} --json --report report.html"))
            .json();
        let document = document(&folder, "report.html");
        for key in ["series", "rows", "test", "claims", "groups"] {
            assert_eq!(document["results"][key], json[key], "{command}: {key}");
        }
        let blocks = section(&document, "series")["blocks"].as_array().unwrap();
        let table = blocks.iter().find(|block| block["long"] == true).unwrap();
        assert_eq!(table["rows"].as_array().unwrap().len(), 3, "{command}");
    }
}

#[test]
fn models_of_sentences_have_reports_and_cards() {
    let folder = Folder::new();
    let rows = [
        "good film\tgood",
        "bad film\tbad",
        "a good one\tgood",
        "such a bad one\tbad",
    ];
    folder.write("films.tsv", rows.repeat(12).join("\n"));
    let json = folder
        .run("classify train films.tsv --test films.tsv --epochs 1 --hidden 4 --embedding 4 --json --report report.html --tensorboard logs")
        .json();
    let found = document(&folder, "report.html");
    for key in ["classes", "training", "weight", "test", "text"] {
        assert_eq!(found["results"][key], json[key], "{key}");
    }
    assert!(charts(&found).contains(&"calibration"));
    let card = folder.run("summary classifier.safetensors --card").stdout;
    assert!(
        card.contains("--hidden 4") && card.contains("## When not to use it"),
        "{card}"
    );

    folder.write(
        "pairs.tsv",
        ["one two\teins zwei", "two one\tzwei eins", "one\teins"]
            .repeat(20)
            .join("\n"),
    );
    let json = folder
        .run("translate train --pairs pairs.tsv --epochs 2 --hidden 8 --embedding 8 --json --report report.html --tensorboard logs/second")
        .json();
    let found = document(&folder, "report.html");
    for key in ["parameters", "training", "held_out", "validation", "text"] {
        assert_eq!(found["results"][key], json[key], "{key}");
    }
    let card = folder
        .run("summary translator.safetensors --card=zh-Hant")
        .stdout;
    assert!(card.contains("## 何時不該使用"), "{card}");
}

#[test]
fn a_card_says_what_the_model_file_knows() {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(150));
    let json = folder
        .run("train prices.csv --preset plain --epochs 2 --json")
        .json();
    let card = folder.run("summary model.safetensors --card").stdout;
    let mae = json["test"]["mae"].as_f64().unwrap();
    for said in [
        "# close of prices.csv",
        &format!("| **{mae:.3}"),
        "## When not to use it",
        "gatecast train prices.csv --config settings.toml",
        "preset = \"plain\"",
        "| last value |",
    ] {
        assert!(card.contains(said), "{said} in {card}");
    }
    assert_eq!(
        folder.run("summary model.safetensors --card --json").status,
        Some(2)
    );
}

#[test]
fn what_cannot_be_written_is_found_before_training() {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(120));
    folder.write("pairs.tsv", "a\tb\n");
    folder.make_folder("there");
    folder.make_folder("logs");
    folder.write("logs/events.out.tfevents.1", "");
    let before = folder.files();
    for (command, said) in [
        ("train prices.csv --report there", "is a directory"),
        ("train prices.csv --report prices.csv", "is read from"),
        (
            "train prices.csv --out m.html --report m.html",
            "written twice",
        ),
        (
            "train prices.csv --predictions m.html --report m.html",
            "written twice",
        ),
        (
            "train prices.csv --plots p --report p/loss.svg",
            "written twice",
        ),
        (
            "train prices.csv --report r.html --report-language fr",
            "zh-Hant",
        ),
        ("train prices.csv --report-language en", "--report"),
        ("train prices.csv --tensorboard prices.csv", "prices.csv"),
        ("train prices.csv --tensorboard logs", "event files"),
        ("backtest prices.csv --report prices.csv", "is read from"),
        (
            "classify train pairs.tsv --out m.html --report m.html",
            "written twice",
        ),
        (
            "classify train pairs.tsv --report pairs.tsv",
            "is read from",
        ),
        (
            "translate train --pairs pairs.tsv --out m.html --report m.html",
            "written twice",
        ),
        (
            "translate train --pairs pairs.tsv --report pairs.tsv",
            "is read from",
        ),
        (
            "train prices.csv prices.csv --global --out m.html --report m.html",
            "written twice",
        ),
    ] {
        let run = folder.run(command);
        assert!(matches!(run.status, Some(1 | 2)), "{command}");
        assert!(run.stderr.contains(said), "{command}: {}", run.stderr);
        assert_eq!(folder.files(), before, "{command} wrote something");
    }
}

#[test]
fn a_report_tells_nothing_of_folders() {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(120));
    let place = folder.path().to_string_lossy().into_owned();
    let run = folder.run(&format!(
        "train {place}/prices.csv --preset plain --epochs 1 --out {place}/m.st --report {place}/r.html --quiet"
    ));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let html = String::from_utf8(folder.read("r.html")).unwrap();
    assert!(!html.contains(&place) && html.contains("gatecast train prices.csv"));
}

#[test]
fn event_files_lie_in_a_folder_for_each_network() {
    let folder = Folder::new();
    folder.write("prices.csv", price_file(150));
    folder.run("train prices.csv --preset plain --epochs 2 --tensorboard logs/one --quiet");
    folder.run("train prices.csv --members 2 --epochs 2 --validation-folds 2 --tensorboard logs/two --quiet");
    folder.run(
        "backtest prices.csv --preset plain --epochs 1 --folds 2 --tensorboard logs/three --quiet",
    );
    let files = folder.files();
    for run in [
        "one/network",
        "two/member-2",
        "two/fold-2/member-1",
        "three/test-fold-2/member-1",
    ] {
        let run = folder.path().join("logs").join(run);
        let there = files
            .keys()
            .filter(|path| path.parent() == Some(Path::new(&run)));
        assert_eq!(there.count(), 1, "{}", run.display());
    }
}
