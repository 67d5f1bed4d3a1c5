//! From headlines to prices as it is typed: `classify run --by day` and `--join`, and what is said of bad input.

mod common;

use common::Folder;

/// A folder with a classifier of two labels and some news.
fn newsroom() -> Folder {
    let folder = Folder::new();
    let rows = (0..40).map(|row| match row % 2 {
        0 => format!("profit {row} soars\tgood\n"),
        _ => format!("profit {row} sinks\tbad\n"),
    });
    folder.write("labelled.tsv", rows.collect::<String>());
    let run = folder.run("classify train labelled.tsv --inner-folds 0 --out mood.safetensors");
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    // Friday 27 April 2018 to Monday.
    folder.write(
        "news.csv",
        "published,headline\n\
         2018-04-27 09:00,profit soars\n\
         2018-04-27 10:00,profit sinks\n\
         2018-04-27 13:29,profit sinks\n\
         2018-04-27 20:00,profit soars\n\
         2018-04-29 12:00,profit sinks\n\
         2018-04-30 13:30,profit soars\n",
    );
    folder.write(
        "prices.csv",
        "Date,Close\n2018-04-26,80\n2018-04-27,81\n2018-04-30,82\n2018-05-01,83\n2018-05-02,84\n",
    );
    folder
}

/// The file as rows of cells.
fn cells(folder: &Folder, name: &str) -> Vec<Vec<String>> {
    let text = String::from_utf8(folder.read(name)).unwrap();
    let row = |line: &str| line.split(',').map(str::to_string).collect();
    text.lines().map(row).collect()
}

const BY_DAY: &str = "classify run mood.safetensors news.csv --time published --by day";

#[test]
fn headlines_become_days_that_may_know_them() {
    let folder = newsroom();
    let run = folder.run(&format!("{BY_DAY} --close 13:30 --out days/sentiment.csv"));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr
            .contains("on 1 of 5 days from 2018-04-27 to 2018-05-01 no sentence counts"),
        "{}",
        run.stderr
    );
    let rows = cells(&folder, "days/sentiment.csv");
    let header = [
        "date",
        "count",
        "mean_bad",
        "share_bad",
        "mean_good",
        "share_good",
    ];
    assert_eq!(rows[0], header);
    let days: Vec<[&str; 4]> = rows[1..]
        .iter()
        .map(|row| [&*row[0], &*row[1], &*row[3], &*row[5]])
        .collect();
    // What comes after the close on Friday counts for Saturday, on Monday for Tuesday.
    let want = [
        ["2018-04-27", "3", "0.6667", "0.3333"],
        ["2018-04-28", "1", "0.0000", "1.0000"],
        ["2018-04-29", "1", "1.0000", "0.0000"],
        ["2018-05-01", "1", "0.0000", "1.0000"],
    ];
    assert_eq!(days, want);
    // The means are those of the probabilities of each sentence.
    let told = folder
        .run("classify run mood.safetensors news.csv --json")
        .json();
    let of = |row: usize| told["rows"][row]["probabilities"][1].as_f64().unwrap();
    let mean: f64 = rows[1][4].parse().unwrap();
    assert!(
        (mean - (of(0) + of(1) + of(2)) / 3.0).abs() < 1e-4,
        "{mean}"
    );

    let days = folder.run(&format!("{BY_DAY} --close 13:30 --json")).json();
    assert_eq!(days["classes"], serde_json::json!(["bad", "good"]));
    assert_eq!(days["days"][0]["date"], "2018-04-27");
    assert_eq!(days["days"][0]["count"], 3);
    assert_eq!(days["days"][1]["shares"], serde_json::json!([0.0, 1.0]));

    // An exchange elsewhere, whose Friday ends at 03:30 UTC on Saturday.
    folder.write(
        "zulu.csv",
        "published,headline\n2018-04-28T03:29:00Z,profit soars\n2018-04-28T03:30:00Z,profit soars\n",
    );
    let run = folder.run(
        "classify run mood.safetensors zulu.csv --time published --by day --close 20:30 --timezone America/Los_Angeles",
    );
    assert!(
        run.stdout.contains("\n2018-04-27,1,") && run.stdout.contains("\n2018-04-28,1,"),
        "{}",
        run.stdout
    );
}

#[test]
fn what_may_have_come_after_the_close_counts_for_the_next_day() {
    let folder = newsroom();
    let run = folder.run(BY_DAY);
    assert!(run.stdout.contains("\n2018-04-28,4,"), "{}", run.stdout);
    assert!(
        run.stderr.contains(
            "6 of 6 sentences have a time of day, and --close does not say when the session ends; \
             all of them may have come after the close, and count for the next day"
        ),
        "{}",
        run.stderr
    );
    folder.write("news.csv", "published,headline\n27.04.2018,profit soars\n");
    let run = folder.run(&format!("{BY_DAY} --close 13:30"));
    assert!(run.stdout.contains("\n2018-04-28,1,"), "{}", run.stdout);
    assert!(
        run.stderr
            .contains("no sentence has a time of day, so that --close changes nothing"),
        "{}",
        run.stderr
    );
    folder.write(
        "news.csv",
        "published,headline\n2018-04-27,profit soars\n2018-04-27 09:00,profit soars\n",
    );
    let run = folder.run(&format!("{BY_DAY} --close 13:30"));
    assert!(
        run.stdout.contains("\n2018-04-27,1,") && run.stdout.contains("\n2018-04-28,1,"),
        "{}",
        run.stdout
    );
    assert!(
        run.stderr.contains("1 of 2 sentences have no time of day"),
        "{}",
        run.stderr
    );
}

#[test]
fn prices_are_forecast_with_what_the_news_say() {
    let folder = newsroom();
    folder.write("prices.csv", common::price_file(90));
    let days = (1..=88).map(|day| format!("{day},{},0.{}\n", 1 + day % 2, day % 7));
    let dated = days.map(|row| {
        let (day, rest) = row.split_once(',').unwrap();
        let day: i64 = day.parse().unwrap();
        let date = jiff::civil::date(2018, 1, 1).checked_add(jiff::Span::new().days(day));
        format!("{},{rest}", date.unwrap())
    });
    let text = String::from("date,count,mean_good\n") + &dated.collect::<String>();
    folder.write("sentiment.csv", &text);
    const QUICK: &str = "--preset plain --hidden 2 --epochs 2 --window 3";
    let train =
        format!("train prices.csv --join sentiment.csv --features close,count,mean_good {QUICK}");
    let report = folder
        .run(&format!("{train} --plots pictures --json"))
        .json();
    // The first row is before the first of the news.
    assert_eq!(report["rows"], 89);
    let notes = report["notes"].to_string();
    assert!(
        notes.contains(
            "prices.csv: 1 row was before the first of sentiment.csv (2018-01-02), and left out"
        ),
        "{notes}"
    );
    assert!(
        notes.contains("nothing of sentiment.csv counts for 1 of 89 rows; there its count is 0"),
        "{notes}"
    );
    let model = folder.read("model.safetensors");

    let run = folder.run("forecast model.safetensors prices.csv");
    assert_eq!(run.status, Some(1));
    assert!(
        run.stderr.contains("prices.csv lacks the column \"count\", which the model was given from a file that was joined")
            && run.stderr.contains("with --join"),
        "{}",
        run.stderr
    );
    let forecast = |join: &str| {
        let run = folder.run(&format!(
            "forecast model.safetensors prices.csv --join {join} --json"
        ));
        run.json()["forecast"][0]["value"].as_f64().unwrap()
    };
    let before = forecast("sentiment.csv");
    folder.write("more.csv", text.clone() + "2018-04-01,99,0\n");
    assert_eq!(
        forecast("more.csv"),
        before,
        "the last price is of 2018-03-31"
    );
    folder.write("now.csv", text.clone() + "2018-03-31,99,0\n");
    assert_ne!(forecast("now.csv"), before);
    if cfg!(feature = "plot") {
        let run = folder.run("plot model.safetensors prices.csv --join sentiment.csv");
        assert_eq!(run.status, Some(0), "{}", run.stderr);
    }
    let run = folder.run("summary model.safetensors");
    assert!(
        run.stdout
            .contains("close, count, mean_good (count, mean_good joined from another file)"),
        "{}",
        run.stdout
    );
    // What comes after the last price changes nothing that is learnt.
    let run = folder.run(&train.replace("sentiment.csv", "more.csv"));
    assert!(
        run.stderr.contains("more.csv: 1 of 89 rows come after the last of prices.csv (2018-03-31), and are not used"),
        "{}",
        run.stderr
    );
    // The notes at the head of the file differ, the weights at its end do not.
    let of = |bytes: &[u8]| bytes[bytes.len() - 236..].to_vec();
    assert_eq!(of(&folder.read("model.safetensors")), of(&model));

    let run = folder.run(&format!(
        "backtest prices.csv --join sentiment.csv --features close,mean_good --folds 2 --check-leaks {QUICK}"
    ));
    assert!(
        run.stdout.contains("Leak check passed"),
        "{}{}",
        run.stdout,
        run.stderr
    );
    // The same news for each of many series.
    folder.write("others.csv", common::price_file(80));
    let run = folder.run(&format!(
        "train prices.csv others.csv --join sentiment.csv --features close,mean_good {QUICK} --out models"
    ));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let run = folder.run("forecast models prices.csv others.csv");
    assert_eq!(run.status, Some(1));
    assert!(
        run.stderr
            .contains("given mean_good from a file that was joined (--join)"),
        "{}",
        run.stderr
    );
    let run = folder.run("forecast models prices.csv others.csv --join sentiment.csv");
    assert_eq!(
        run.stdout.lines().count(),
        3,
        "{}{}",
        run.stdout,
        run.stderr
    );
}

#[test]
fn what_is_wrong_is_said_with_a_remedy_and_nothing_is_left_behind() {
    let folder = newsroom();
    folder.write("long.csv", common::price_file(150));
    folder.write(
        "late.csv",
        "published,headline\n2018-04-27,profit soars\nsoon,profit sinks\n",
    );
    folder.write(
        "zulu.csv",
        "published,headline\n2018-04-27T09:00:00Z,profit soars\n",
    );
    folder.write("lines.txt", "profit soars\nprofit sinks\n");
    folder.write("plain.csv", "count,mood\n1,0.5\n2,0.7\n");
    folder.write("months.csv", "month,mood\n2018-03,1\n2018-04,2\n");
    folder.write("old.csv", "date,mood\n2017-04-27,0.5\n2017-04-28,0.7\n");
    folder.write(
        "good.csv",
        "date,count,mood\n2018-04-27,1,0.5\n2018-04-30,2,0.7\n",
    );
    folder.write("twin.csv", "date,mood\n2018-04-27,0.5\n2018-04-27,0.7\n");
    folder.write(
        "both.csv",
        "Date,Close,mood\n2018-04-26,80,1\n2018-04-27,81,2\n",
    );
    let before = folder.files();
    let by_day = |rest: &str| format!("{BY_DAY} {rest} --out sentiment.csv");
    let join = |rest: &str| format!("train prices.csv --join {rest}");
    for (arguments, status, wanted) in [
        (
            by_day("").replace("published", "when"),
            1,
            "news.csv has no column \"when\"; its columns are published, headline",
        ),
        (
            by_day("").replace("news.csv", "late.csv"),
            1,
            "late.csv, line 3, column \"published\": found \"soon\", expected a date or time",
        ),
        (
            by_day("").replace("news.csv", "zulu.csv"),
            2,
            "--timezone is not set; it must be the zone of the exchange",
        ),
        (
            by_day("").replace("news.csv", "lines.txt"),
            1,
            "lines.txt has no column \"published\"",
        ),
        (
            by_day("").replace("--time published", ""),
            2,
            "--time <COLUMN>",
        ),
        (by_day("").replace("--by day", ""), 2, "--by <WHAT>"),
        (
            by_day("").replace("--by day", "--by hour"),
            2,
            "invalid value 'hour'",
        ),
        (
            by_day("--close 25:00"),
            2,
            "it must be a time of day such as 13:30",
        ),
        (
            by_day("--timezone Mars"),
            2,
            "it must be the name of a zone",
        ),
        (
            by_day("").replace("sentiment.csv", "news.csv"),
            2,
            "is read from and cannot be written to",
        ),
        (
            "classify run mood.safetensors --text a --time b --by day".into(),
            2,
            "cannot be used with",
        ),
        (
            join("none.csv --features close,mood"),
            1,
            "cannot read none.csv",
        ),
        (
            join("plain.csv --features close,mood"),
            1,
            "plain.csv has no date column; its columns are count, mood",
        ),
        (
            join("months.csv --features close,mood"),
            1,
            "months.csv has months and prices.csv has days",
        ),
        (
            join("old.csv --features close,mood"),
            1,
            "no row of old.csv (2017-04-27 to 2017-04-28) comes to a row of prices.csv (2018-04-26 to 2018-05-02)",
        ),
        (
            join("twin.csv --features close,mood"),
            1,
            "twin.csv: 2018-04-27 stands at line 2 and again, with other values, at line 3",
        ),
        (
            join("both.csv --features close,mood"),
            1,
            "prices.csv and both.csv both have a column \"close\"",
        ),
        (
            join("good.csv --features close,count,mod"),
            1,
            "prices.csv with good.csv has no column \"mod\"; its numeric columns are close, count, mood",
        ),
        (
            join("good.csv"),
            2,
            "--join is good.csv, of whose columns (count, mood) none is asked for",
        ),
        (
            join("good.csv --target mood"),
            2,
            "--target is \"mood\"; it must be a column of the series",
        ),
        (
            "train long.csv --join good.csv --preset plain --window 2 --test 0 --features close,mood --out good.csv".into(),
            2,
            "is read from and cannot be written to",
        ),
        (
            "train long.csv --join good.csv --preset plain --window 2 --test 0 --future mood".into(),
            2,
            "--future is \"mood\"; it must be columns of the series itself",
        ),
        (
            "inspect prices.csv --join good.csv".into(),
            2,
            "unexpected argument '--join'",
        ),
    ] {
        let run = folder.run(&arguments);
        assert_eq!(run.status, Some(status), "{arguments}: {}", run.stderr);
        assert!(run.stderr.contains(wanted), "{arguments}: {}", run.stderr);
        assert!(
            !run.stderr.contains("panicked"),
            "{arguments}: {}",
            run.stderr
        );
        assert!(run.stdout.is_empty(), "{arguments}: {}", run.stdout);
        assert!(
            folder.files() == before,
            "{arguments} left something behind"
        );
    }
}
