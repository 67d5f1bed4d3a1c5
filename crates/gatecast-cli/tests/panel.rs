//! Many series at once: a model for each, one model for all, and what is reported of broken ones.

mod common;

use common::Folder;

/// Small settings, so that a run takes a moment.
const SMALL: &str = "--hidden 4 --epochs 2 --members 2 --quiet";

/// A long file of so many series with a trend and a season of four rows; one is broken.
fn long() -> String {
    let mut text = String::from("unique_id,ds,y\n");
    for series in 0..3 {
        for row in 0..80 {
            let (month, day) = (1 + row / 28, 1 + row % 28);
            let value = 10f64.powi(series) * (5.0 + f64::from(row % 4) + 0.1 * f64::from(row));
            text += &format!("S{series},2018-{month:02}-{day:02},{value}\n");
        }
    }
    text + "BROKEN,2018-01-01,x\n"
}

/// The same as a wide file, and its next four values in another.
fn wide() -> (String, String) {
    let (mut known, mut after) = (String::new(), String::new());
    for series in 0..3 {
        let value =
            |row: i32| 10f64.powi(series) * (5.0 + f64::from(row % 4) + 0.1 * f64::from(row));
        let line = |rows: std::ops::Range<i32>| -> String {
            rows.map(|row| format!(",{}", value(row))).collect()
        };
        known += &format!("S{series}{}\n", line(0..40 + series * 8));
        after += &format!("S{series}{}\n", line(40 + series * 8..44 + series * 8));
    }
    (known, after)
}

#[test]
fn a_model_for_each_series() {
    let folder = Folder::new();
    folder.write("long.csv", long());
    let run = folder.run(&format!(
        "train long.csv {SMALL} --validation-folds 2 --window 8 --scores s.csv --json"
    ));
    let json = run.json();
    assert_eq!(json["series"], 3);
    let skilled = |series: &serde_json::Value| series["verdict"]["has_skill"] == true;
    let claims = json["scores"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|s| skilled(s));
    assert_eq!(json["claims"], claims.count());
    assert_eq!(json["skipped"][0]["name"], "BROKEN");
    assert_eq!(json["test"]["scored"], 3);
    let scores = String::from_utf8(folder.read("s.csv")).unwrap();
    assert_eq!(scores.lines().count(), 4, "{scores}");

    // The model of a series is the one that training on that series alone gives.
    let alone: String = long()
        .lines()
        .filter(|line| line.starts_with("S1,"))
        .map(|line| format!("{}\n", &line[3..]))
        .collect();
    folder.write("alone.csv", format!("Date,Close\n{alone}"));
    folder.run(&format!(
        "train alone.csv {SMALL} --validation-folds 2 --window 8 --out alone.safetensors"
    ));
    let forecast = folder
        .run("forecast alone.safetensors alone.csv --json --level 80")
        .json();
    let all = folder
        .run("forecast models long.csv --json --level 80 --quiet")
        .json();
    assert_eq!(all["series"][1]["unique_id"], "S1");
    assert_eq!(all["series"][1]["forecast"], forecast["forecast"]);

    let lines = folder
        .run("forecast models long.csv --level 80 --quiet")
        .stdout;
    assert!(
        lines.starts_with("unique_id,ds,y,lower80,upper80\nS0,2018-03-25,"),
        "{lines}"
    );
    assert_eq!(lines.lines().count(), 4);

    let strict = folder.run(&format!("train long.csv {SMALL} --strict"));
    assert_eq!(strict.status, Some(1));
    assert!(
        strict
            .stderr
            .contains("line 242, column \"y\": found \"x\", expected a number"),
        "{}",
        strict.stderr
    );
}

#[test]
fn one_model_for_all_learns_the_season() {
    let folder = Folder::new();
    let (known, after) = wide();
    folder.write("known.csv", known);
    folder.write("after.csv", after);
    let command =
        format!("train known.csv --global --season 4 --horizon 4 --truth after.csv {SMALL} --json");
    let json = folder.run(&command).json();
    assert_eq!(
        (&json["series"], &json["test"]["scored"]),
        (&3.into(), &3.into())
    );
    let mae = |name: &str| json["test"][name]["mae"].as_f64().unwrap();
    assert!(mae("seasonal_naive") < mae("last_value"));
    // Exactly the trend of a season is what the season before is off by.
    assert!(
        (mae("seasonal_naive") - 0.4 * 37.0).abs() < 1e-9,
        "{}",
        mae("seasonal_naive")
    );
    let first = folder.read("model.safetensors");
    folder.run(&format!("{command} --threads 1"));
    assert_eq!(
        folder.read("model.safetensors"),
        first,
        "whatever the number of threads"
    );

    let lines = folder
        .run("forecast model.safetensors known.csv --level 80")
        .stdout;
    assert!(lines.contains("\nS2,57,"), "{lines}");
    assert_eq!(lines.lines().count(), 13);
    // It serves a single file too.
    folder.write(
        "one.csv",
        long()
            .lines()
            .filter(|line| line.starts_with("S1,"))
            .fold("Date,y\n".to_string(), |text, line| {
                text + &line[3..] + "\n"
            }),
    );
    let one = folder
        .run("forecast model.safetensors one.csv --json")
        .json();
    assert_eq!(one["forecast"].as_array().unwrap().len(), 4);

    let backtest = folder
        .run(&format!(
            "backtest known.csv --global --season 4 --horizon 4 --folds 2 {SMALL} --json"
        ))
        .json();
    assert_eq!(backtest["test"]["scored"], 3);
    assert_eq!(backtest["scores"][0]["scores"]["windows"], 2);
}

/// Each line of the predictions stands where it belongs, groups are scored like all, and `forecast` refuses to.
#[test]
fn every_forecast_is_written_and_groups_are_scored() {
    let folder = Folder::new();
    let mut text = String::from("unique_id,ds,y,kind\n");
    for series in 0..4 {
        for row in 0..60 {
            let (month, day) = (1 + row / 28, 1 + row % 28);
            let value = f64::from((row * 7 + series * 3) % 11) + 20.0;
            let kind = ["near", "far"][series as usize % 2];
            text += &format!("S{series},2018-{month:02}-{day:02},{value},{kind}\n");
        }
    }
    folder.write("long.csv", &text);
    folder.write("groups.csv", "S0,a\nS1,a\nS2,b\nS3,b\n");
    let truth = |name: &str, ds: &str| -> f64 {
        let start = format!("{name},{ds},");
        let line = text.lines().find(|line| line.starts_with(&start)).unwrap();
        line[start.len()..]
            .split(',')
            .next()
            .unwrap()
            .parse()
            .unwrap()
    };
    for (command, by, groups, lines) in [
        ("train --global", "kind", ["far", "near"], 4 * 3),
        ("train --test 0.2", "groups.csv", ["a", "b"], 4 * 10 * 3),
        (
            "backtest --global --folds 2",
            "groups.csv",
            ["a", "b"],
            4 * 2 * 3,
        ),
        ("backtest --folds 2", "kind", ["far", "near"], 4 * 2 * 4 * 3),
    ] {
        let (verb, rest) = command.split_once(' ').unwrap();
        let run = folder.run(&format!(
            "{verb} long.csv {rest} --horizon 3 {SMALL} --by {by} --predictions p.csv --json"
        ));
        let json = run.json();
        let found: Vec<&String> = json["groups"].as_object().unwrap().keys().collect();
        assert_eq!(found, groups, "{command}");
        assert_eq!(json["groups"][groups[0]]["scored"], 2);
        assert!(json["files"].as_array().unwrap().contains(&"p.csv".into()));
        let csv = String::from_utf8(folder.read("p.csv")).unwrap();
        let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
        assert_eq!(rows.len(), 1 + lines, "{command}");
        let mut off = std::collections::BTreeMap::new();
        for row in &rows[1..] {
            assert_eq!(row.len(), rows[0].len());
            let number = |at: usize| row[at].parse::<f64>().unwrap();
            assert_eq!(number(3), truth(row[0], row[1]), "{row:?}");
            assert!(row[2] < row[1], "the cutoff is earlier: {row:?}");
            // The last value is that of the cutoff.
            let last = rows[0]
                .iter()
                .position(|name| *name == "last_value")
                .unwrap();
            assert_eq!(number(last), truth(row[0], row[2]), "{row:?}");
            let errors: &mut Vec<f64> = off.entry(row[0].to_string()).or_default();
            errors.push((number(3) - number(4)).abs());
        }
        for score in json["scores"].as_array().unwrap() {
            let errors = &off[score["name"].as_str().unwrap()];
            let mae = errors.iter().sum::<f64>() / errors.len() as f64;
            let said = score["scores"]["mae"].as_f64().unwrap();
            assert!((mae / said - 1.0).abs() < 1e-9, "{command}: {mae} {said}");
        }
    }
    let run = folder.run("train long.csv --global --horizon 3 --by nothing --quiet");
    assert_eq!(run.status, Some(1));
    assert!(run.stderr.contains("nothing"), "{}", run.stderr);
    let run = folder.run("forecast model.safetensors long.csv --by kind");
    assert!(run.stderr.contains("--by has no effect"), "{}", run.stderr);
}

/// A series too short for its network is forecast by methods, a constant one too; `--strict` says no.
#[test]
fn every_series_is_forecast_with_a_model_for_each() {
    let folder = Folder::new();
    let mut text = long().replace("BROKEN,2018-01-01,x\n", "");
    for row in 1..=3 {
        text += &format!("SHORT,2018-01-0{row},{row}\n");
    }
    for row in 1..=9 {
        text += &format!("CONSTANT,2018-01-0{row},7\n");
    }
    folder.write("all.csv", text);
    let run = folder.run(&format!("train all.csv {SMALL} --horizon 2 --json"));
    let json = run.json();
    assert_eq!(
        (&json["series"], json["skipped"].as_array().unwrap().len()),
        (&5.into(), 0)
    );
    let names: Vec<&str> = json["without_network"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|short| short["name"].as_str())
        .collect();
    assert_eq!(names, ["SHORT", "CONSTANT"]);
    let said = folder.run(&format!("train all.csv {SMALL} --horizon 2"));
    assert!(
        said.stdout
            .contains("2 of them forecast by the combination of methods"),
        "{}",
        said.stdout
    );
    let lines = folder.run("forecast models all.csv --quiet").stdout;
    assert_eq!(lines.lines().count(), 1 + 2 * 5, "{lines}");
    assert!(lines.contains("CONSTANT,2018-01-10,7,"), "{lines}");
    let strict = folder.run(&format!("train all.csv {SMALL} --horizon 2 --strict"));
    assert_eq!(strict.status, Some(1));
    assert!(strict.stderr.contains("SHORT"), "{}", strict.stderr);

    // What cannot be tested is no reason to do without networks.
    let run = folder.run("train all.csv --hidden 4 --epochs 1 --horizon 17 --validation-folds 0");
    assert!(
        run.stderr.contains("S0 is left out: the test part of S0"),
        "{}",
        run.stderr
    );

    // One model for all, where all are too short.
    let short: String = (1..=5)
        .map(|row| format!("A,2018-01-0{row},{row}\nB,2018-01-0{row},7\n"))
        .collect();
    folder.write("short.csv", format!("unique_id,ds,y\n{short}"));
    let run = folder.run("train short.csv --global --hidden 4 --epochs 2 --horizon 3 --test 0");
    assert!(
        run.stdout
            .contains("2 of them forecast by the combination of methods"),
        "{}",
        run.stdout
    );
    let lines = folder
        .run("forecast model.safetensors short.csv --quiet")
        .stdout;
    assert_eq!(lines.lines().count(), 1 + 2 * 3, "{lines}");
}

#[test]
fn a_folder_and_a_pattern_are_panels() {
    let folder = Folder::new();
    folder.make_folder("prices");
    for (name, first) in [("a", 100.0), ("b", 20.0)] {
        let rows: String = (0..60)
            .map(|row| {
                format!(
                    "2018-{:02}-{:02},{}\n",
                    1 + row / 28,
                    1 + row % 28,
                    first + f64::from(row * 7 % 5)
                )
            })
            .collect();
        folder.write(&format!("prices/{name}.csv"), format!("Date,Close\n{rows}"));
    }
    for files in ["prices", "prices/*.csv", "prices/a.csv prices/b.csv"] {
        let json = folder
            .run(&format!(
                "backtest {files} {SMALL} --folds 2 --window 5 --validation-folds 2 --json"
            ))
            .json();
        assert_eq!(json["series"], 2, "{files}");
    }
}

#[test]
fn what_cannot_be_meant_is_said() {
    let folder = Folder::new();
    let (known, after) = wide();
    folder.write("known.csv", known);
    folder.write("after.csv", after);
    folder.write("one.csv", "Date,y\n2018-04-03,1\n2018-04-04,2\n");
    folder.write("short.csv", "S0,1,2\n");
    folder.write("other.csv", "unique_id,ds,y\nA,2018-04-03,1\n");
    for (command, status, wanted) in [
        (
            "train one.csv --global",
            2,
            "--global is for many series, and this is one",
        ),
        (
            "backtest known.csv --adjust splits",
            2,
            "--adjust is set for a file with a series a line",
        ),
        (
            "forecast model known.csv --scores s.csv",
            2,
            "--scores has no effect",
        ),
        (
            "backtest known.csv --global --test 0",
            2,
            "--test is 0; it must be above 0",
        ),
        ("backtest known.csv --out m", 2, "--out has no effect"),
        (
            "train known.csv --global --truth after.csv --predictions after.csv",
            2,
            "after.csv is read from",
        ),
        (
            "train known.csv --scores a.csv --predictions a.csv",
            2,
            "would be written twice",
        ),
        (
            "train known.csv --global --test 0 --plots p",
            2,
            "--plots has no effect without test rows",
        ),
        (
            "train known.csv --global --by one.csv",
            2,
            "names no series of the panel",
        ),
        (
            "train known.csv --method ets --season 30",
            2,
            "it must be at most 24 rows with the --method ets",
        ),
        (
            "train known.csv --global --by kind",
            1,
            "only a long file has a column \"kind\"",
        ),
        (
            "train known.csv --global --season 4 --scaler standard --target-transform price",
            2,
            "--season is 4",
        ),
        (
            "train known.csv --global --scaler standard",
            2,
            "--scaler is standard; it must be window",
        ),
        (
            "train known.csv --global --season 30 --strict",
            1,
            "needs at least 61",
        ),
        (
            "train known.csv --global --season 4 --horizon 4 --truth one.csv",
            2,
            "--truth has 2 rows",
        ),
        (
            "train known.csv --features close,volume --global",
            2,
            "--features is close,volume; it must be with the target among them",
        ),
        (
            "train known.csv --features y,volume --global",
            1,
            "no column \"volume\"",
        ),
        ("train other.csv --target price", 1, "no column \"price\""),
        ("train other.csv --id nobody", 1, "no column \"nobody\""),
        ("train nothing/*.csv", 2, "there is no such file"),
        ("forecast missing known.csv", 1, "cannot read missing"),
    ] {
        let run = folder.run(command);
        assert_eq!(run.status, Some(status), "{command}: {}", run.stderr);
        assert!(run.stderr.contains(wanted), "{command}: {}", run.stderr);
    }
}
