//! Time axes finer and coarser than days, from file to forecast.

mod common;

use common::Folder;

const QUICK: &str = "--preset plain --epochs 1 --horizon 3 --out m --quiet";

/// The first stamps of a forecast after training on a file.
fn stamps(text: &str, flags: &str, more: &str) -> Vec<String> {
    let folder = Folder::new();
    folder.write("f.csv", text);
    let train = folder.run(&format!("train f.csv {QUICK} {flags}"));
    assert_eq!(train.status, Some(0), "{}", train.stderr);
    let json = folder
        .run(&format!("forecast m f.csv --json {more}"))
        .json();
    let points = json["forecast"].as_array().unwrap();
    points
        .iter()
        .map(|point| point["date"].to_string().replace('"', ""))
        .collect()
}

fn rows(rows: impl Iterator<Item = String>) -> String {
    let value = |row: usize| 100.0 + (row as f64 * 0.7).sin();
    let lines = rows
        .enumerate()
        .map(|(row, stamp)| format!("{stamp},{:.3}\n", value(row)));
    format!("time,load\n{}", lines.collect::<String>())
}

/// Local times of Berlin, whose clock is put back between the last row and the forecast.
#[test]
fn a_zone_whose_clock_is_put_back() {
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let last = jiff::civil::date(2018, 10, 28)
        .at(1, 0, 0, 0)
        .to_zoned(zone)
        .unwrap();
    let hours = |n: i64| &last - jiff::SignedDuration::from_hours(n);
    let text = rows(
        (0..200)
            .rev()
            .map(|n| hours(n).strftime("%Y-%m-%d %H:%M").to_string()),
    );
    assert_eq!(
        stamps(&text, "--timezone Europe/Berlin", ""),
        [
            "2018-10-28T02:00:00+02:00",
            "2018-10-28T02:00:00+01:00",
            "2018-10-28T03:00:00+01:00"
        ]
    );
    // Without the zone nothing is known of the change.
    assert_eq!(stamps(&text, "", "")[1], "2018-10-28T03:00:00");
}

/// A local time that stands twice is told, and resolved where the zone is given.
#[test]
fn a_time_that_stands_twice() {
    let folder = Folder::new();
    let zone = jiff::tz::TimeZone::get("Europe/Berlin").unwrap();
    let first = jiff::civil::date(2018, 10, 25)
        .at(0, 0, 0, 0)
        .to_zoned(zone)
        .unwrap();
    let hours = (0..200).map(|n| &first + jiff::SignedDuration::from_hours(n));
    folder.write(
        "f.csv",
        rows(hours.map(|time| time.strftime("%Y-%m-%d %H:%M").to_string())),
    );
    let run = folder.run(&format!("train f.csv {QUICK}"));
    assert_eq!(run.status, Some(1));
    assert!(
        run.stderr.contains("stands at line 76 and again"),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr.contains("name its zone with --timezone"),
        "{}",
        run.stderr
    );
    let run = folder.run(&format!("train f.csv {QUICK} --timezone Europe/Berlin"));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    // A time that the clock never showed.
    folder.write(
        "gap.csv",
        "time,load\n2018-03-25 01:00,1\n2018-03-25 02:30,2\n2018-03-25 04:00,3\n",
    );
    let run = folder.run(&format!("train gap.csv {QUICK} --timezone Europe/Berlin"));
    assert!(
        run.stderr.contains("line 3") && run.stderr.contains("skipped"),
        "{}",
        run.stderr
    );
}

#[test]
fn days_off_of_an_exchange_are_left_out() {
    let day = |n: i64| jiff::civil::date(2024, 7, 3) - jiff::ToSpan::days(n);
    let days = (0..150).rev().map(day);
    let days = days.filter(|day| day.weekday().to_monday_one_offset() < 6);
    let text = rows(days.map(|day| day.to_string()));
    assert_eq!(
        stamps(&text, "", "--calendar-of xnys"),
        ["2024-07-05", "2024-07-08", "2024-07-09"]
    );
    assert_eq!(stamps(&text, "", "")[0], "2024-07-04");
}

#[test]
fn missing_steps_are_told_and_filled_on_request() {
    let time = |n: i64| {
        let first = jiff::civil::date(2022, 1, 3).at(0, 0, 0, 0);
        first + jiff::SignedDuration::from_hours(n)
    };
    let text = rows(
        (0..300)
            .filter(|n| n % 50 != 7)
            .map(|n| time(n).to_string()),
    );
    let folder = Folder::new();
    folder.write("f.csv", &text);
    let told = folder.run("inspect f.csv").stdout;
    assert!(
        told.contains("6 of 300 steps have no row (2.0 %)"),
        "{told}"
    );
    let run = folder.run("train f.csv --preset plain --epochs 1 --out m --fill linear --json");
    let json = run.json();
    assert_eq!(json["rows"], 300);
    let note = "6 of 300 steps had no row (2.0 %) and were filled (linear)";
    assert!(
        json["notes"].to_string().contains(note),
        "{}",
        json["notes"]
    );
    // The model fills what it forecasts from as it was trained.
    let forecast = folder.run("forecast m f.csv");
    assert!(forecast.stderr.contains(note), "{}", forecast.stderr);
}

#[test]
fn several_columns_and_no_target() {
    let folder = Folder::new();
    folder.write("f.csv", "date,a,b\n2018-04-27,1,2\n2018-04-30,2,3\n");
    let run = folder.run("train f.csv");
    assert_eq!(run.status, Some(1));
    assert!(
        run.stderr.contains("numeric columns are a, b"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("--target \"a\""), "{}", run.stderr);
}

/// What had to be said of a file when it was read need not be said again.
#[test]
fn a_model_remembers_how_its_file_was_read() {
    let folder = Folder::new();
    let day = |n: i64| jiff::civil::date(2020, 1, 1) + jiff::ToSpan::days(n);
    let value = |n: i64| 1200 + (n * 37) % 90;
    let text: String = (0..100)
        .map(|n| format!("{};1,{:03};{}\n", day(n), value(n) - 1000, 100_000 + n))
        .collect();
    folder.write("f.csv", format!("Date;Close;Id\n{text}"));
    let asked = folder.run(&format!("train f.csv {QUICK}"));
    assert!(
        asked.stderr.contains("choose --decimal"),
        "{}",
        asked.stderr
    );
    folder.run(&format!("train f.csv {QUICK} --decimal point"));
    let json = folder.run("forecast m f.csv --json").json();
    assert_eq!(json["last"], value(99) as f64);
}

#[test]
fn rows_and_columns_that_are_passed_over_are_told() {
    let folder = Folder::new();
    let row = |n: i64, name: &str| format!("2022-{:02}-{:02},{name},{n}\n", 1 + n / 28, 1 + n % 28);
    let names = |n: i64| if n % 10 == 3 { "" } else { "A" };
    let text: String = (0..100).map(|n| row(n, names(n)) + &row(n, "B")).collect();
    folder.write("f.csv", format!("date,ticker,close\n{text}"));
    let run = folder.run(&format!("train f.csv {}", QUICK.replace("--quiet", "")));
    assert!(
        run.stderr.contains("10 rows were without a name"),
        "{}",
        run.stderr
    );
    let text: String = (0..100)
        .map(|n| row(n, if n < 50 { "X" } else { "Y" }))
        .collect();
    folder.write("g.csv", format!("date,Brand,close\n{text}"));
    let run = folder.run(&format!("train g.csv {}", QUICK.replace("--quiet", "")));
    assert!(
        run.stderr.contains("read it with --id Brand"),
        "{}",
        run.stderr
    );
}
