//! Inputs on which the program was once silently wrong, each with what is right. They lie beside the
//! project; where they are absent, the test says so and passes.

mod common;

use std::path::PathBuf;

use common::Folder;

/// What a file must lead to.
enum Right {
    /// The stamps of the forecast, for each of so many series.
    Stamps(usize, &'static [&'static str]),
    /// A refusal with this in its message.
    Refused(&'static str),
    /// A note with this in it, and then these stamps.
    Noted(&'static str, &'static [&'static str]),
}

use Right::{Noted, Refused, Stamps};

const MAY: &[&str] = &["2022-05-01", "2022-05-02"];

/// Folder, file, flags of `train`, what is right.
const CASES: &[(&str, &str, &str, Right)] = &[
    (
        "02-long-file-read-as-wide",
        "factors.csv",
        "--target close",
        Noted(
            "the column ts_code names the series",
            &["2022-05-23", "2022-05-24"],
        ),
    ),
    (
        "02-long-file-read-as-wide",
        "ohlc.csv",
        "--id ts_code",
        Stamps(2, &["2022-05-23", "2022-05-24"]),
    ),
    (
        "04-thousands-points",
        "a_close_volume.csv",
        "",
        Refused("--decimal"),
    ),
    (
        "04-thousands-points",
        "d_alone.csv",
        "",
        Refused("numbers such as 13.697"),
    ),
    (
        "05-forecast-dates",
        "bms.csv",
        "",
        Stamps(
            1,
            &[
                "2020-01-01",
                "2020-02-03",
                "2020-03-02",
                "2020-04-01",
                "2020-05-01",
            ],
        ),
    ),
    (
        "05-forecast-dates",
        "thirdfri.csv",
        "",
        Stamps(
            1,
            &[
                "2020-01-17",
                "2020-02-21",
                "2020-03-20",
                "2020-04-17",
                "2020-05-15",
            ],
        ),
    ),
    (
        "05-forecast-dates",
        "fiscal445.csv",
        "",
        Stamps(1, &["2019-05-11", "2019-06-08", "2019-07-13"]),
    ),
    (
        "05-forecast-dates",
        "every28.csv",
        "",
        Stamps(1, &["2019-12-21", "2020-01-18", "2020-02-15"]),
    ),
    (
        "05-forecast-dates",
        "dekad.csv",
        "",
        Stamps(1, &["2015-01-01", "2015-01-11", "2015-01-21", "2015-02-01"]),
    ),
    (
        "05-forecast-dates",
        "semimonth.csv",
        "",
        Stamps(1, &["2016-09-15", "2016-09-30", "2016-10-15"]),
    ),
    (
        "05-forecast-dates",
        "daily_then_weekly.csv",
        "",
        Stamps(1, &["2020-02-17", "2020-02-24"]),
    ),
    (
        "05-forecast-dates",
        "monthly_then_quarterly.csv",
        "",
        Stamps(1, &["2007-07-01", "2007-10-01"]),
    ),
    (
        "05-forecast-dates",
        "quarterly_then_monthly.csv",
        "",
        Stamps(1, &["2012-07-01", "2012-08-01"]),
    ),
    (
        "06-integer-time",
        "years.csv",
        "",
        Stamps(2, &["2020", "2021"]),
    ),
    (
        "06-integer-time",
        "yyyymm.csv",
        "",
        Stamps(2, &["202001", "202002"]),
    ),
    (
        "07-buddhist-years",
        "set.csv",
        "",
        Noted("2563 was read as 2020", &["2021-06-25", "2021-06-28"]),
    ),
    (
        "08-two-digit-year-first",
        "yymmdd.csv",
        "",
        Refused("can be read in more than one way"),
    ),
    (
        "11-false-remedies",
        "all_stocks.csv",
        "",
        Noted("the column Name names the series", &["2022-03-28"]),
    ),
    ("11-false-remedies", "peg.csv", "", Refused("--scaler none")),
    (
        "11-false-remedies",
        "h365.csv",
        "--horizon 365 --preset default",
        Refused("a larger --test"),
    ),
    (
        "11-false-remedies",
        "gsheets.csv",
        "",
        Noted("one row a day, at 16:00", &["2022-10-10", "2022-10-11"]),
    ),
    (
        "11-false-remedies",
        "bbg.csv",
        "",
        Stamps(1, &["2022-10-10", "2022-10-11"]),
    ),
    (
        "11-false-remedies",
        "kraken.csv",
        "",
        Stamps(1, &["2018-07-20", "2018-07-21"]),
    ),
    ("12-panel-separators", "comma.csv", "", Stamps(2, MAY)),
    ("12-panel-separators", "bom.csv", "", Stamps(2, MAY)),
    ("12-panel-separators", "crlf_us.csv", "", Stamps(2, MAY)),
    ("12-panel-separators", "semi.csv", "", Stamps(2, MAY)),
    ("12-panel-separators", "semi_point.csv", "", Stamps(2, MAY)),
    ("12-panel-separators", "tab.tsv", "", Stamps(2, MAY)),
    ("12-panel-separators", "gbk.csv", "", Stamps(2, MAY)),
    (
        "12-panel-separators",
        "disjoint_comma.csv",
        "--target y",
        Stamps(2, &[]),
    ),
    (
        "12-panel-separators",
        "disjoint_semi.csv",
        "--target y",
        Stamps(2, &[]),
    ),
];

fn cases() -> Option<PathBuf> {
    common::shared("../cases")
}

/// The stamps of each series of a forecast.
fn stamps(json: &serde_json::Value) -> Vec<Vec<String>> {
    let of = |forecast: &serde_json::Value| {
        let points = forecast["forecast"].as_array().unwrap();
        let text =
            |point: &serde_json::Value| point["date"].to_string().trim_matches('"').to_string();
        points.iter().map(text).collect()
    };
    match json["series"].as_array() {
        Some(series) => series.iter().map(of).collect(),
        None => vec![of(json)],
    }
}

#[test]
fn what_was_silently_wrong() {
    let Some(cases) = cases() else { return };
    let mut wrong = Vec::new();
    for (name, file, flags, right) in CASES {
        let folder = Folder::new();
        let file = cases.join(name).join(file);
        let file = file.display();
        let preset = if flags.contains("--preset") {
            ""
        } else {
            "--preset plain"
        };
        let horizon = if flags.contains("--horizon") {
            ""
        } else {
            "--horizon 5"
        };
        let train = folder.run(&format!(
            "train {file} {preset} --epochs 1 {horizon} {flags} --out m"
        ));
        let (note, want) = match right {
            Refused(word) => {
                if train.status == Some(0) || !train.stderr.contains(word) {
                    wrong.push(format!(
                        "{file}: not refused with {word:?}: {}",
                        train.stderr
                    ));
                }
                continue;
            }
            Stamps(series, stamps) => ((*series, ""), stamps),
            Noted(note, stamps) => ((0, *note), stamps),
        };
        let id = if flags.contains("--id") { flags } else { &"" };
        let run = folder.run(&format!("forecast m {file} {id} --json"));
        if run.status != Some(0) || !train.stderr.contains(note.1) {
            wrong.push(format!("{file}: {} {}", train.stderr, run.stderr));
            continue;
        }
        let found = stamps(&run.json());
        let series = note.0 == 0 || found.len() == note.0;
        if !series || found.iter().any(|stamps| stamps[..want.len()] != **want) {
            wrong.push(format!("{file}: {found:?} instead of {want:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A row with its price but without its volume is not still to come.
#[test]
fn a_known_price_is_not_forecast() {
    let Some(cases) = cases() else { return };
    let case = cases.join("10-known-price-still-to-come");
    let folder = Folder::new();
    let (full, last) = (case.join("full.csv"), case.join("last_volume_empty.csv"));
    folder.run(&format!(
        "train {} --features close,volume --preset plain --epochs 1 --out m",
        full.display()
    ));
    let run = folder.run(&format!("forecast m {}", last.display()));
    let note = "without \"volume\", and left out, the first at line 121 (2022-06-17)";
    assert!(run.stderr.contains(note), "{}", run.stderr);
}

/// A band of a higher level is wider, however few errors there are.
#[test]
fn few_errors_do_not_make_bands_equal() {
    let Some(cases) = cases() else { return };
    let file = cases.join("09-global-bands-equal/three.csv");
    let folder = Folder::new();
    folder.run(&format!(
        "train {} --global --horizon 3 --epochs 1 --out m",
        file.display()
    ));
    let run = folder.run(&format!(
        "forecast m {} --level 80,95,99 --json",
        file.display()
    ));
    assert!(run.stderr.contains("too few"), "{}", run.stderr);
    for series in run.json()["series"].as_array().unwrap() {
        for point in series["forecast"].as_array().unwrap() {
            let width = |level: u8| {
                let end = |name: &str| point[format!("{name}{level}")].as_f64().unwrap();
                end("upper") - end("lower")
            };
            assert!(width(80) < width(95) && width(95) < width(99), "{point}");
        }
    }
}

/// What comes through a pipe is read whole, and once.
#[test]
fn a_pipe_loses_no_rows() {
    let Some(cases) = cases() else { return };
    let file = cases.join("03-pipe-loses-rows/mt4.csv");
    let folder = Folder::new();
    let rows = std::fs::read(file).unwrap();
    folder.write("input.csv", &rows);
    let train = "--preset plain --epochs 1 --json --out";
    let from_file = folder.run(&format!("train input.csv {train} a")).json();
    let from_pipe = folder
        .run_with_input(&format!("train - {train} b"), &rows)
        .json();
    assert_eq!(from_file["windows"], from_pipe["windows"]);
    assert_eq!(from_file["rows"], from_pipe["rows"]);
}
