//! `gatecast inspect`: what it prints, what `--fix` writes, and what it refuses.

mod common;

use common::{Folder, price_file, shared};

/// A file with faults of several kinds; line 31 holds the row of 2018-01-30.
fn faulty() -> String {
    let file = price_file(60);
    let lines = file.lines().enumerate().map(|(index, line)| match index {
        20 => "2018-01-20,null,null".into(),
        30 => "2018-01-30,-5,1000".into(),
        40 => format!("{line}\n{line}"),
        50 => format!("{line}\n2018-02-19,1,1"),
        _ => line.to_string(),
    });
    let lines: Vec<String> = lines.collect();
    lines.join("\n")
}

#[test]
fn it_says_what_was_read_and_what_is_wrong_where() {
    let folder = Folder::new();
    folder.write("p.csv", faulty());
    let before = folder.files();
    let run = folder.run("inspect p.csv");
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    for text in [
        "source    csv, UTF-8\n",
        "dates     2018-01-01 to 2018-03-01, read as ymd\n",
        "rows      62, 59 of them sound\n",
        "rhythm    every day of the week (",
        "columns   close   -5 to ",
        "          volume  1 to 1370, 1 missing\n",
        "prices of zero or less: 1\n  line 31 (2018-01-30): Close is -5\n  remedy: look up",
        "rows that repeat a date with other values: 1\n  line 53 (2018-02-19): line 52 has",
        "rows without a price: 1\n  line 21 (2018-01-20): its prices are \"null\"\n",
        "rows that stand twice: 1\n  line 42 (2018-02-09): the same as line 41\n",
    ] {
        assert!(run.stdout.contains(text), "{text:?} not in\n{}", run.stdout);
    }
    assert!(folder.files() == before, "inspect alone writes nothing");

    let json = folder.run("inspect p.csv --json").json();
    assert_eq!(json["source"], "csv");
    assert_eq!(json["rows"], 62);
    assert_eq!(json["fix"], serde_json::Value::Null);
    let kinds: Vec<&str> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|finding| finding["kind"].as_str())
        .collect();
    assert_eq!(
        kinds,
        [
            "conflicting-rows",
            "not-positive",
            "null-row",
            "duplicate-row"
        ]
    );
    assert_eq!(
        json["findings"][1]["spots"][0],
        serde_json::json!({"line": 31, "date": "2018-01-30", "what": "Close is -5"})
    );
}

#[test]
fn a_clean_file_is_told_so() {
    let folder = Folder::new();
    folder.write("p.csv", price_file(60));
    let run = folder.run("inspect p.csv");
    assert!(
        run.stdout.ends_with("No problems found.\n"),
        "{}",
        run.stdout
    );
}

#[test]
fn fix_writes_a_cleaned_file_and_lists_every_change() {
    let folder = Folder::new();
    folder.write("p.csv", faulty());
    let run = folder.run("inspect p.csv --fix new/clean.csv");
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let tail = "changes
  dropped line 21 (2018-01-20): without a price
  dropped line 42 (2018-02-09): the same as line 41
left as they are
  rows that repeat a date with other values (1)
  prices of zero or less (1)
written   new/clean.csv (60 rows)
";
    assert!(run.stdout.ends_with(tail), "{}", run.stdout);
    let json = folder.run("inspect new/clean.csv --json").json();
    let kinds: Vec<&str> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|finding| finding["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["conflicting-rows", "not-positive"]);

    let json = folder.run("inspect p.csv --fix clean.csv --json").json();
    assert_eq!(json["fix"]["rows"], 60);
    assert_eq!(json["fix"]["written"], "clean.csv");
    assert_eq!(json["fix"]["dropped"][1]["kind"], "duplicate-row");
    assert_eq!(json["fix"]["dropped"][1]["line"], 42);
    assert_eq!(folder.read("clean.csv"), folder.read("new/clean.csv"));
}

#[test]
fn what_it_cannot_do_is_refused_and_nothing_is_left_behind() {
    for (arguments, status, wanted) in [
        ("inspect missing.csv", 1, "cannot read missing.csv"),
        ("inspect empty.csv", 1, "empty.csv is empty"),
        ("inspect header.csv", 1, "has a header but no rows"),
        (
            "inspect p.csv --fix p.csv",
            2,
            "p.csv is read from and cannot be written to",
        ),
        ("inspect p.csv --fix folder", 1, "cannot write folder"),
        ("inspect empty.csv --fix out.csv", 1, "empty.csv is empty"),
        ("inspect open.csv --fix out.csv", 1, "--dates mdy or dmy"),
        ("inspect p.csv --adjust splits", 2, "--adjust"),
        ("inspect", 2, "<FILE>"),
    ] {
        let folder = Folder::new();
        folder.write("p.csv", faulty());
        folder.write("empty.csv", "");
        folder.write("header.csv", "Date,Close\n");
        folder.write("open.csv", "Date,Close\n03/04/2018,1\n");
        folder.make_folder("folder");
        let before = folder.files();
        let run = folder.run(arguments);
        assert_eq!(run.status, Some(status), "{arguments}: {}", run.stderr);
        assert!(run.stderr.contains(wanted), "{arguments}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{arguments}");
        assert!(folder.files() == before, "{arguments}");
    }
}

#[test]
fn files_without_sense_are_reported_without_a_panic() {
    for content in [
        "Date,Close\nsoon,1\nlater,2\n",
        "Date,Close\n2018-01-01,x\n2018-01-02,y\n",
        "Date,Close\n2018-01-01,\n2018-01-02,--\n",
        "Date,Close\n2018-01-01,1\n",
        "Date\n2018-01-01\n2018-01-02\n",
        "Date,Close,Close\n2018-01-01,1,2\n2018-01-02,1,2\n",
        "Date,Open,High,Low,Close,Adj Close,Volume\n9999-12-31,0,0,0,0,0,0\n1000-01-01,1,1,1,1,1,0\n",
        "Date,Close\n2018-01-01,1e300\n2018-01-02,1e-300\n2018-01-03,-1e300\n2018-01-04,1e308\n",
        "Date,Volume\n2018-01-01,0\n2018-01-02,0\n2018-01-03,5\n2018-01-04,\n",
    ] {
        let folder = Folder::new();
        folder.write("p.csv", content);
        let run = folder.run("inspect p.csv --fix out.csv");
        assert_eq!(run.status, Some(0), "{content}\n{}", run.stderr);
        assert!(run.stdout.contains("written   out.csv"), "{content}");
    }
}

#[test]
fn training_points_to_it_where_something_is_grave() {
    let folder = Folder::new();
    let mut text = price_file(90).replace("2018-01-30,", "2018-01-30,1");
    folder.write("p.csv", &text);
    let train = "--preset plain --hidden 4 --window 4 --epochs 1";
    let run = folder.run(&format!("train p.csv {train}"));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let note = "note: p.csv: inspect finds 1 thing worth a look, such as jumps that look like \
                splits or wrong units (line 31); see gatecast inspect p.csv\n";
    assert!(run.stderr.contains(note), "{}", run.stderr);
    let run = folder.run(&format!("backtest p.csv --folds 2 {train}"));
    assert!(run.stderr.contains(note), "{}", run.stderr);
    let run = folder.run(&format!("train p.csv --quiet {train}"));
    assert_eq!(run.stderr, "");
    // What reading takes care of is reported by reading.
    text = price_file(90) + "2018-01-01,null,null\n";
    folder.write("p.csv", &text);
    let run = folder.run(&format!("train p.csv {train}"));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(!run.stderr.contains("inspect"), "{}", run.stderr);
}

#[test]
fn real_files_are_fixed_of_what_can_be_fixed() {
    for (name, dropped, left) in [
        ("0050/0050_yahoo_null_rows.csv", 17, vec!["jump"]),
        ("0050/0050_twse_big5.csv", 0, vec![]),
        ("0050/0050_roc_dates_no_header.csv", 0, vec!["off-day"]),
        ("formats/yahoo/TWII_10_null_rows.csv", 11, vec![]),
    ] {
        let Some(path) = shared(name) else { return };
        let folder = Folder::new();
        let run = folder.run(&format!("inspect {} --fix out.csv --json", path.display()));
        let json = run.json();
        assert_eq!(
            json["fix"]["dropped"].as_array().unwrap().len(),
            dropped,
            "{name}"
        );
        let json = folder.run("inspect out.csv --json").json();
        let kinds: Vec<&str> = json["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|finding| finding["kind"].as_str())
            .collect();
        assert_eq!(kinds, left, "{name}");
    }
}
