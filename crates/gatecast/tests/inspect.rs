//! `inspect` finds a fault of each kind that is planted in a clean series, on its line and nothing
//! else; it finds nothing in clean files; `clean` removes what it says.

use std::io::Write;
use std::path::{Path, PathBuf};

use gatecast::Series;
use gatecast::series::{Finding, Health, Kind, ReadOptions, clean_bytes, inspect, inspect_bytes};
use jiff::civil::{Date, Weekday, date};

/// A row as its cells: date, open, high, low, close, adj close, volume.
type Row = [String; 7];

/// The line on which row `n` stands.
fn line(n: usize) -> u64 {
    n as u64 + 2
}

/// Made-up prices from Monday 2016-01-04 on, with a dividend in the middle; Monday to Friday.
fn clean_rows(count: usize) -> Vec<Row> {
    let mut day = date(2016, 1, 4);
    (0..count)
        .map(|n| {
            let x = n as f64;
            let close = 80.0 + 6.0 * (x * 0.11).sin() + 0.9 * (x * 1.9).sin() + x * 0.01;
            let open = close + 0.4 * (x * 2.3).cos();
            let (high, low) = (close.max(open) + 0.35, close.min(open) - 0.3);
            let adjusted = if n < count / 2 { close * 0.97 } else { close };
            let row = [
                day.to_string(),
                format!("{open:.2}"),
                format!("{high:.2}"),
                format!("{low:.2}"),
                format!("{close:.2}"),
                format!("{adjusted:.4}"),
                (3_000_000 + 70_001 * (n % 17)).to_string(),
            ];
            let ahead = if day.weekday() == Weekday::Friday {
                3
            } else {
                1
            };
            day = day.checked_add(jiff::Span::new().days(ahead)).unwrap();
            row
        })
        .collect()
}

fn text(rows: &[Row]) -> String {
    let mut text = String::from("Date,Open,High,Low,Close,Adj Close,Volume\n");
    for row in rows {
        text += &format!("{}\n", row.join(","));
    }
    text
}

fn look(text: &str) -> Health {
    inspect_bytes("p.csv", text.as_bytes(), &ReadOptions::default()).unwrap()
}

fn scale(row: &mut Row, columns: std::ops::Range<usize>, factor: f64) {
    for cell in &mut row[columns] {
        *cell = format!("{:.4}", cell.parse::<f64>().unwrap() * factor);
    }
}

fn shift(row: &mut Row, days: i64) {
    let day: Date = row[0].parse().unwrap();
    row[0] = day
        .checked_add(jiff::Span::new().days(days))
        .unwrap()
        .to_string();
}

/// A fault and how it is planted; it says on which line it should be found.
type Plant = (Kind, &'static str, fn(&mut Vec<Row>) -> u64);

const PRICES: std::ops::Range<usize> = 1..6;

/// At least one of each kind.
const PLANTS: &[Plant] = &[
    (Kind::UnreadableDate, "a word", |rows| {
        rows[40][0] = "soon".into();
        line(40)
    }),
    (Kind::UnreadableDate, "a day that is not", |rows| {
        rows[41][0] = "2016-02-30".into();
        line(41)
    }),
    (Kind::UnreadableCell, "a word", |rows| {
        rows[60][4] = "many".into();
        line(60)
    }),
    (Kind::UnreadableCell, "the first cell", |rows| {
        rows[0][4] = "8O.1".into();
        line(0)
    }),
    (Kind::ConflictingRows, "another volume", |rows| {
        let mut again = rows[70].clone();
        again[6] = "1".into();
        rows.insert(71, again);
        line(71)
    }),
    (Kind::NotPositive, "zero", |rows| {
        rows[80][4] = "0".into();
        line(80)
    }),
    (Kind::NotPositive, "below zero", |rows| {
        rows[81][3] = "-80".into();
        line(81)
    }),
    (Kind::OutOfRange, "high below low", |rows| {
        rows[90].swap(2, 3);
        line(90)
    }),
    (Kind::OutOfRange, "close above high", |rows| {
        rows[91][4] = "89.5".into();
        rows[91][5] = "86.8150".into();
        line(91)
    }),
    (Kind::OutOfRange, "open below low", |rows| {
        rows[92][1] = "70".into();
        line(92)
    }),
    (Kind::Jump, "a split 4:1", |rows| {
        rows[200..]
            .iter_mut()
            .for_each(|row| scale(row, PRICES, 0.25));
        line(200)
    }),
    (Kind::Jump, "another unit from here on", |rows| {
        rows[201..]
            .iter_mut()
            .for_each(|row| scale(row, PRICES, 1000.0));
        line(201)
    }),
    (Kind::Jump, "one row a hundred times too large", |rows| {
        scale(&mut rows[202], PRICES, 100.0);
        line(202)
    }),
    (Kind::Jump, "one cell a hundred times too large", |rows| {
        scale(&mut rows[203], 4..5, 100.0);
        line(203)
    }),
    (Kind::Jump, "the first row in another unit", |rows| {
        scale(&mut rows[0], PRICES, 0.01);
        line(0)
    }),
    (Kind::Jump, "volume in thousands", |rows| {
        rows[204..]
            .iter_mut()
            .for_each(|row| scale(row, 6..7, 0.001));
        line(204)
    }),
    (
        Kind::MixedAdjustment,
        "adj close as close for a while",
        |rows| {
            for row in &mut rows[100..130] {
                row[5] = row[4].clone();
            }
            line(100)
        },
    ),
    (
        Kind::MixedAdjustment,
        "adj close by another dividend at first",
        |rows| {
            rows[..130]
                .iter_mut()
                .for_each(|row| row[5] = row[4].clone());
            line(130)
        },
    ),
    (Kind::MixedAdjustment, "a stretch before a split", |rows| {
        rows[100..130]
            .iter_mut()
            .for_each(|row| scale(row, PRICES, 2.0));
        line(100)
    }),
    (Kind::ShiftedDates, "all a day early", |rows| {
        rows.iter_mut().for_each(|row| shift(row, -1));
        line(0)
    }),
    (Kind::ShiftedDates, "all a day late", |rows| {
        rows.iter_mut().for_each(|row| shift(row, 1));
        line(0)
    }),
    (Kind::ShiftedDates, "a summer", |rows| {
        rows[100..200].iter_mut().for_each(|row| shift(row, -1));
        line(100)
    }),
    (Kind::OffDay, "a Saturday", |rows| {
        let mut saturday = rows[154].clone();
        shift(&mut saturday, 1);
        saturday[6] = "2999999".into();
        rows.insert(155, saturday);
        line(155)
    }),
    (Kind::OffDay, "a Sunday", |rows| {
        let mut sunday = rows[154].clone();
        shift(&mut sunday, 2);
        rows.insert(155, sunday);
        line(155)
    }),
    (Kind::GhostRow, "a Saturday without volume", |rows| {
        let mut ghost = rows[159].clone();
        shift(&mut ghost, 1);
        for column in 1..4 {
            ghost[column] = ghost[4].clone();
        }
        ghost[6] = "0".into();
        rows.insert(160, ghost);
        line(160)
    }),
    (Kind::Stale, "a week filled with one row", |rows| {
        let (first, rest) = rows[120..127].split_first_mut().unwrap();
        rest.iter_mut()
            .for_each(|row| row[1..].clone_from_slice(&first[1..]));
        line(120)
    }),
    (Kind::Stale, "the same prices for two weeks", |rows| {
        let (first, rest) = rows[120..131].split_first_mut().unwrap();
        rest.iter_mut()
            .for_each(|row| row[1..6].clone_from_slice(&first[1..6]));
        line(120)
    }),
    (
        Kind::MissingSessions,
        "a day where there are no holidays",
        |rows| {
            rows.remove(140);
            line(140)
        },
    ),
    (Kind::MissingSessions, "three weeks", |rows| {
        rows.drain(140..155);
        line(140)
    }),
    (Kind::NullRow, "null", |rows| {
        rows[110][1..].fill("null".into());
        line(110)
    }),
    (Kind::NullRow, "dashes and a volume", |rows| {
        rows[111][1..6].fill("--".into());
        line(111)
    }),
    (Kind::MissingCell, "NaN", |rows| {
        rows[112][4] = "NaN".into();
        line(112)
    }),
    (Kind::DuplicateRow, "a row again", |rows| {
        let again = rows[170].clone();
        rows.insert(171, again);
        line(171)
    }),
    (Kind::Unsorted, "two rows in the wrong order", |rows| {
        rows.swap(180, 181);
        line(181)
    }),
];

#[test]
fn each_fault_is_found_on_its_line_and_nothing_else() {
    let whole = clean_rows(320);
    let health = look(&text(&whole));
    assert!(health.findings.is_empty(), "{:#?}", health.findings);
    assert_eq!((health.rows, health.sound), (320, 320));
    assert_eq!(health.rhythm, "Monday to Friday");
    let mut wrong = Vec::new();
    for (kind, what, plant) in PLANTS {
        let mut rows = whole.clone();
        let line = plant(&mut rows);
        let health = look(&text(&rows));
        let found: Vec<Kind> = health.findings.iter().map(|f| f.kind).collect();
        let place = health.finding(*kind).map(|f| f.spots[0].place.to_string());
        if found != [*kind] || place != Some(format!("line {line}")) {
            wrong.push(format!(
                "{kind:?}, {what}: not on line {line}: {:#?}",
                health.findings
            ));
        }
        if health
            .findings
            .iter()
            .any(|f| f.count != 1 || f.remedy.is_empty())
        {
            wrong.push(format!("{kind:?}, {what}: {:#?}", health.findings));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_kind_is_left_without_a_plant() {
    let mut kinds: Vec<Kind> = PLANTS.iter().map(|plant| plant.0).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 16);
}

#[test]
fn factors_are_proposed() {
    let whole = clean_rows(320);
    for (factor, rows, said) in [
        (0.25, 200..320, "a split 4:1"),
        (0.5, 200..320, "a split 2:1"),
        (10.0, 200..320, "a split 1:10"),
        (2.0 / 3.0, 200..320, "a split 3:2"),
        (100.0, 200..320, "×100, as if in another unit"),
        (100.0, 200..201, "×100, 100 times too large"),
        (0.001, 200..205, "÷1000, 1000 times too small"),
    ] {
        let mut changed = whole.clone();
        changed[rows]
            .iter_mut()
            .for_each(|row| scale(row, PRICES, factor));
        let health = look(&text(&changed));
        let what = &health.finding(Kind::Jump).unwrap().spots[0].what;
        assert!(what.contains(said), "{factor}: {what}");
    }
}

#[test]
fn what_markets_do_is_no_fault() {
    let whole = clean_rows(320);
    // A crash by a fifth, and a rise.
    for factor in [0.8, 1.2] {
        let mut rows = whole.clone();
        rows[200..]
            .iter_mut()
            .for_each(|row| scale(row, PRICES, factor));
        assert!(look(&text(&rows)).findings.is_empty());
    }
    // Holidays of a day here and there, one of seven with a make-up session before it.
    let mut rows = whole.clone();
    let mut saturday = rows[149].clone();
    shift(&mut saturday, 1);
    saturday[6] = "1234".into();
    for at in [300, 250, 201, 200, 100, 60, 45] {
        rows.remove(at);
    }
    rows.drain(152..159);
    rows.insert(147, saturday);
    let health = look(&text(&rows));
    assert!(health.findings.is_empty(), "{:#?}", health.findings);
    assert!(
        health.remarks.iter().any(|r| r.contains("make-up")),
        "{:?}",
        health.remarks
    );
    // Every day, as coins trade; newest first; and a split that the file tells of.
    let mut every_day = whole.clone();
    for (n, row) in every_day.iter_mut().enumerate() {
        row[0] = date(2016, 1, 4)
            .checked_add(jiff::Span::new().days(n as i64))
            .unwrap()
            .to_string();
    }
    assert!(look(&text(&every_day)).findings.is_empty());
    every_day.reverse();
    assert!(look(&text(&every_day)).findings.is_empty());
    let mut told = String::from("Date,Close,Splits\n");
    for (n, row) in whole.iter().enumerate() {
        let close: f64 = row[4].parse().unwrap();
        let (close, split) = match n {
            ..200 => (4.0 * close, 1),
            200 => (close, 4),
            _ => (close, 1),
        };
        told += &format!("{},{close},{split}\n", row[0]);
    }
    let health = look(&told);
    assert!(health.findings.is_empty(), "{:#?}", health.findings);
    assert!(health.remarks.iter().any(|r| r.contains("a split by 4")));
}

#[test]
fn monthly_rows_have_gaps_too() {
    let months = |skip: usize| {
        let mut text = String::from("Month,Visitors\n");
        for n in (0..60).filter(|n| *n != skip) {
            let day = date(2014 + (n / 12) as i16, 1 + (n % 12) as i8, 1);
            text += &format!("{day},{}\n", 1000 + 300 * (n % 12));
        }
        look(&text)
    };
    assert!(months(99).findings.is_empty(), "{:#?}", months(99).findings);
    let health = months(30);
    assert_eq!(health.rhythm, "monthly, on day 1");
    assert_eq!(health.findings.len(), 1, "{:#?}", health.findings);
    assert_eq!(health.findings[0].kind, Kind::MissingSessions);
    assert_eq!(health.findings[0].spots[0].place.to_string(), "line 32");
}

#[test]
fn many_faults_of_a_kind_are_one_entry() {
    let mut rows = clean_rows(320);
    rows.iter_mut()
        .step_by(4)
        .for_each(|row| row[4] = "?".into());
    let health = look(&text(&rows));
    let finding = health.finding(Kind::UnreadableCell).unwrap();
    assert_eq!((finding.count, finding.spots.len()), (80, 5));
}

#[test]
fn a_cleaned_file_is_clean_of_what_can_be_removed() {
    let whole = clean_rows(320);
    for (kind, what, plant) in PLANTS {
        let mut rows = whole.clone();
        plant(&mut rows);
        let before = text(&rows);
        let cleaned = clean_bytes("p.csv", before.as_bytes(), &ReadOptions::default()).unwrap();
        let after = String::from_utf8(cleaned.csv.clone()).unwrap();
        let left: Vec<Kind> = look(&after).findings.iter().map(|f| f.kind).collect();
        let whole_shift = what.starts_with("all ");
        let fixed = kind.is_fixable() && (*kind != Kind::ShiftedDates || whole_shift);
        // A row that says nothing leaves a gap in a series without holidays.
        if *kind == Kind::NullRow {
            assert_eq!(left, [Kind::MissingSessions]);
            assert_eq!(cleaned.dropped.len(), 1);
        } else if fixed {
            assert_eq!(left, [], "{kind:?}, {what}");
            assert!(!cleaned.dropped.is_empty() || !cleaned.changed.is_empty());
            assert_eq!(after, text(&whole), "{kind:?}, {what}");
        } else {
            assert_eq!(after, before, "{kind:?}, {what}");
            assert!(cleaned.dropped.is_empty() && cleaned.changed.is_empty());
            assert_eq!(cleaned.left().count(), 1);
        }
    }
}

#[test]
fn a_cleaned_file_reads_the_same_whatever_it_was() {
    let big5 = encoding_of(
        "日期,成交股數,收盤價,漲跌價差\n\
        107/04/03,\"2,331,431\",\"1,071.90\",X0.00\n107/04/02,\"4,284,195\",\"1,072.00\",+0.10\n\
        107/04/04,0,--, 0.00\n",
    );
    let comma = "Datum;Close\n03.04.2018;1.071,5\n04.04.2018;1.072,25\n"
        .as_bytes()
        .to_vec();
    for bytes in [big5, comma] {
        let before = Series::parse("p.csv", &bytes, &["close"]).unwrap();
        let cleaned = clean_bytes("p.csv", &bytes, &ReadOptions::default()).unwrap();
        let after = Series::parse("p.csv", &cleaned.csv, &["close"]).unwrap();
        assert_eq!(after.stamps(), before.stamps());
        assert_eq!(after.columns(), before.columns());
        assert!(after.notes().is_empty(), "{:?}", after.notes());
        let text = String::from_utf8(cleaned.csv).unwrap();
        assert!(
            text.contains("2018-04-03,") && !text.contains('"'),
            "{text}"
        );
        assert!(cleaned.changed.len() >= 2, "{:?}", cleaned.changed);
    }
}

fn encoding_of(text: &str) -> Vec<u8> {
    encoding_rs::BIG5.encode(text).0.into_owned()
}

fn data() -> Option<PathBuf> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    if !folder.is_dir() {
        // Past the capture of passing tests: green must not look as if it had been tried.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: there is no {}",
            folder.display()
        );
        return None;
    }
    Some(folder.into())
}

#[test]
fn nothing_is_found_in_clean_files() {
    let Some(data) = data() else { return };
    let daily = std::fs::read_dir(data.join("daily")).unwrap();
    let mut files: Vec<PathBuf> = daily.map(|file| file.unwrap().path()).collect();
    for name in [
        "0050_2017-01_2018-04.csv",
        "0050_2004-2020.csv",
        "0050_chinese_header_adjusted.csv",
        "0050_roc_dates_volume_first.csv",
    ] {
        files.push(data.join("0050").join(name));
    }
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let whole = inspect(&file, &ReadOptions::default()).unwrap();
        assert!(
            whole.findings.is_empty(),
            "{}: {:#?}",
            file.display(),
            whole.findings
        );
        // Nor in any year of them, which shows less of what is usual.
        let (header, rows) = text.split_once('\n').unwrap();
        if header.contains(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let rows: Vec<&str> = rows.lines().collect();
        for piece in rows.chunks(250) {
            let piece = format!("{header}\n{}\n", piece.join("\n"));
            let found = look(&piece).findings;
            assert!(found.is_empty(), "{}: {found:#?}", file.display());
        }
    }
}

#[test]
fn the_faults_of_real_files_are_named() {
    let Some(data) = data() else { return };
    let look = |name: &str| inspect(data.join("0050").join(name), &ReadOptions::default()).unwrap();
    let lines = |finding: &Finding| -> Vec<String> {
        let spots = finding.spots.iter();
        spots.map(|spot| spot.place.to_string()).collect()
    };
    let roc = look("0050_roc_dates_no_header.csv");
    assert_eq!(roc.findings.len(), 1, "{:#?}", roc.findings);
    let sunday = roc.finding(Kind::OffDay).unwrap();
    assert_eq!(lines(sunday), ["line 3686"]);
    assert_eq!(sunday.spots[0].date, Some(date(2018, 12, 23).into()));
    assert!(sunday.spots[0].what.contains("Sunday"));

    let yahoo = look("0050_yahoo_null_rows.csv");
    let kinds: Vec<Kind> = yahoo.findings.iter().map(|f| f.kind).collect();
    // For three years its volumes are in thousands.
    assert_eq!(kinds, [Kind::Jump, Kind::GhostRow, Kind::NullRow]);
    assert_eq!(
        lines(yahoo.finding(Kind::NullRow).unwrap()),
        ["line 142", "line 187", "line 2330", "line 3047"]
    );
    assert_eq!(yahoo.finding(Kind::GhostRow).unwrap().count, 13);
    assert_eq!(
        lines(yahoo.finding(Kind::Jump).unwrap()),
        ["line 190", "line 1000", "line 1031", "line 1076"]
    );

    let twse = look("0050_twse_big5.csv");
    assert_eq!((twse.encoding, twse.findings.len()), ("Big5", 1));
    assert_eq!(twse.findings[0].kind, Kind::Unsorted);
    assert_eq!(twse.findings[0].count, 22);
}

#[test]
fn a_real_file_that_is_shifted_is_moved_back() {
    let Some(data) = data() else { return };
    let text = std::fs::read_to_string(data.join("0050/0050_2017-01_2018-04.csv")).unwrap();
    let before = Series::parse("p.csv", text.as_bytes(), &["close"]).unwrap();
    for days in [-1, 1] {
        let moved: String = text
            .lines()
            .map(|line| match line.split_once(',') {
                Some((day, rest)) if day != "Date" => {
                    let day: Date = day.parse().unwrap();
                    let day = day.checked_add(jiff::Span::new().days(days)).unwrap();
                    format!("{day},{rest}\n")
                }
                _ => format!("{line}\n"),
            })
            .collect();
        let cleaned = clean_bytes("p.csv", moved.as_bytes(), &ReadOptions::default()).unwrap();
        let kinds: Vec<Kind> = cleaned.health.findings.iter().map(|f| f.kind).collect();
        assert_eq!(kinds, [Kind::ShiftedDates], "{days}");
        let after = Series::parse("p.csv", &cleaned.csv, &["close"]).unwrap();
        assert_eq!(after.stamps(), before.stamps(), "{days}");
    }
}

#[test]
fn a_make_up_session_at_the_end_is_no_fault() {
    let mut rows = clean_rows(100);
    let mut saturday = rows[99].clone();
    shift(&mut saturday, 1);
    saturday[6] = "1234".into();
    rows.push(saturday);
    assert!(look(&text(&rows)).findings.is_empty());
}
