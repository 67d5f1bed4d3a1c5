//! Real files of every source, where they are at hand: each reads without a word, or fails with the
//! sentence that its body deserves.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use gatecast::error::Answer;
use gatecast::series::{Adjustment, ReadOptions, Stamp};
use gatecast::{ErrorKind, Series};
use jiff::civil::date;

fn data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !folder.is_dir() {
        // Past the capture of passing tests: green must not look as if it had been tried.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: there is no {}",
            folder.display()
        );
        return None;
    }
    Some(folder)
}

fn closes(path: &Path) -> BTreeMap<Stamp, f64> {
    let series = Series::read_columns(path, &["close"]).unwrap_or_else(|e| panic!("{e}"));
    let closes = series.column("close").unwrap().iter().copied();
    series.stamps().iter().copied().zip(closes).collect()
}

#[test]
fn every_file_of_0050_agrees_with_the_reference() {
    let Some(data) = data() else { return };
    let reference = closes(&data.join("0050/0050_2017-01_2018-04.csv"));
    assert_eq!(reference.len(), 322);
    // A make-up Saturday that Yahoo has without volume and with one price.
    let ghost = date(2017, 2, 18);
    for (name, rows, common) in [
        ("0050_2004-2020.csv", 4177, 322),
        ("0050_twse_big5.csv", 472, 322),
        ("0050_roc_dates_no_header.csv", 4178, 322),
        ("0050_roc_dates_volume_first.csv", 3635, 282),
        ("0050_yahoo_null_rows.csv", 3042, 319),
    ] {
        let found = closes(&data.join("0050").join(name));
        let both: Vec<_> = reference
            .iter()
            .filter(|(date, _)| found.contains_key(date))
            .collect();
        for &(date, close) in &both {
            let other = found[date];
            if name.contains("yahoo") && *date == ghost {
                assert_ne!(other, *close);
                continue;
            }
            assert!(
                (other - close).abs() < 5e-4,
                "{name}, {date}: {other} and {close}"
            );
        }
        assert_eq!((found.len(), both.len()), (rows, common), "{name}");
    }
    let adjusted = closes(&data.join("0050/0050_chinese_header_adjusted.csv"));
    assert_eq!(adjusted.len(), 2453);
}

#[test]
fn every_answer_of_a_source_reads_or_says_why_not() {
    let Some(data) = data() else { return };
    let formats = data.join("formats");
    let kind = |name: &str| match Series::read(formats.join(name)) {
        Err(error) => error.kind(),
        Ok(series) => panic!("{name}: {series:?}"),
    };
    assert_eq!(
        kind("twse/STOCK_DAY_no_data.json"),
        ErrorKind::Answer(Answer::NoData)
    );
    assert_eq!(
        kind("yahoo/error_not_found.json"),
        ErrorKind::Answer(Answer::NotFound)
    );
    assert_eq!(
        kind("stooq/error_daily_limit.txt"),
        ErrorKind::Answer(Answer::Limit)
    );
    assert_eq!(
        kind("stooq/error_no_data.txt"),
        ErrorKind::Answer(Answer::NoData)
    );
    assert_eq!(
        kind("alphavantage/error_messages.json"),
        ErrorKind::Answer(Answer::Limit)
    );
    let empty = "chart-AAPL-2025-02-01-to-2025-02-02-includePrePost-false-interval-1m.json";
    assert_eq!(
        kind(&format!("yahoo/{empty}")),
        ErrorKind::Answer(Answer::NoData)
    );

    let mut files = 0;
    for source in std::fs::read_dir(&formats).unwrap() {
        for file in std::fs::read_dir(source.unwrap().path()).unwrap() {
            files += 1;
            match Series::read(file.unwrap().path()) {
                Ok(series) => assert!(series.find_close() && series.rows() > 1, "{series:?}"),
                Err(error) => assert!(matches!(error.kind(), ErrorKind::Answer(_)), "{error}"),
            }
        }
    }
    assert_eq!(files, 29);
}

trait FindClose {
    fn find_close(&self) -> bool;
}

impl FindClose for Series {
    fn find_close(&self) -> bool {
        self.column("close").is_ok()
    }
}

#[test]
fn the_three_forms_of_a_month_at_twse_agree() {
    let Some(data) = data() else { return };
    let twse = data.join("formats/twse");
    for month in ["201701", "201712", "201804"] {
        let csv = Series::read(twse.join(format!("STOCK_DAY_0050_{month}.csv"))).unwrap();
        let json = Series::read(twse.join(format!("STOCK_DAY_0050_{month}.json"))).unwrap();
        assert_eq!(csv.stamps(), json.stamps());
        assert_eq!(csv.columns(), json.columns());
        assert!(csv.notes().is_empty(), "{:?}", csv.notes());
        let volume = csv
            .columns()
            .iter()
            .find(|column| column.name == "volume")
            .unwrap();
        assert_eq!(volume.unit, Some("shares"));
    }
    let missing = Series::read(twse.join("STOCK_DAY_missing_prices_rows.json")).unwrap();
    assert_eq!(missing.stamps(), [date(2017, 5, 2), date(2017, 5, 4)]);
    assert!(
        missing.notes()[0].contains("row 2 (2017-05-03)"),
        "{:?}",
        missing.notes()
    );
}

#[test]
fn yahoos_factors_adjust() {
    let Some(data) = data() else { return };
    let yahoo = data.join("formats/yahoo");
    let options = |adjust| ReadOptions {
        adjust,
        ..ReadOptions::default()
    };
    let file = yahoo.join("historical-via-chart-MSFT-dividends-2021-02-01-to-2022-01-31.json");
    let found = Series::read(&file).unwrap();
    let adjusted = Series::read_with(&file, &["close"], &options(Adjustment::Dividends)).unwrap();
    assert_eq!(adjusted.column("close").unwrap().len(), found.rows());
    for (close, adjusted) in found
        .column("adj close")
        .unwrap()
        .iter()
        .zip(adjusted.column("close").unwrap())
    {
        assert!((close - adjusted).abs() < 1e-9);
    }
    assert_eq!(
        found
            .column("dividends")
            .unwrap()
            .iter()
            .filter(|v| **v > 0.0)
            .count(),
        4
    );
    let file = yahoo.join("historical-via-chart-NVDA-split-2021-02-01-to-2022-01-31.json");
    let splits = Series::read(&file).unwrap();
    assert_eq!(
        splits
            .column("splits")
            .unwrap()
            .iter()
            .filter(|v| **v == 4.0)
            .count(),
        1
    );
}
