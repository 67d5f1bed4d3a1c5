//! Months, empty ones, the current one, and the data set of the reference article.

use std::collections::BTreeMap;
use std::path::Path;

use gatecast::Series;
use gatecast_fetch::{Error, Origin, Progress, Source, fetch, write_csv};
use jiff::civil::{Date, date};

use crate::bodies::{self, Day};
use crate::server::{Fault, PASSING, Server};
use crate::{quietly, request};

/// Months of 2020 up to June, but for March.
pub(crate) fn exchange(faults: &[Fault]) -> Server {
    Server::new(faults, |path| {
        let first = bodies::month(path);
        let body = match first.month() {
            3 => bodies::TWSE_EMPTY.into(),
            _ => bodies::twse(first, &bodies::days_of(first)),
        };
        (200, body)
    })
}

#[test]
fn months_are_joined_cut_to_the_days_asked_for_and_an_empty_one_is_skipped() {
    let server = exchange(&[]);
    let request = request(&server, Source::Twse, date(2020, 1, 30), date(2020, 4, 2));
    let mut rows = Vec::new();
    let fetched = fetch(&request, &mut |progress| {
        if let Progress::Page {
            done,
            of,
            label,
            origin,
            rows: on_page,
        } = progress
        {
            assert_eq!((of, origin), (4, Origin::Network));
            rows.push((done, label.to_string(), on_page));
        }
    })
    .unwrap();
    let page = |done, label: &str, rows| (done, label.to_string(), rows);
    assert_eq!(
        rows,
        [
            page(1, "2020-01", 23),
            page(2, "2020-02", 20),
            page(3, "2020-03", 0),
            page(4, "2020-04", 22)
        ]
    );
    assert_eq!(fetched.series.rows(), 2 + 20 + 2);
    assert_eq!(fetched.series.stamps()[0], date(2020, 1, 30));
    assert_eq!(fetched.series.column("close").unwrap()[0], 1013.2);
    assert_eq!(fetched.series.column("volume").unwrap()[0], 1_030_030.0);
    assert_eq!(fetched.series.name(), "9999 from TWSE");
    assert!(
        fetched
            .notes
            .contains(&"TWSE has no rows for 2020-03".to_string()),
        "{:?}",
        fetched.notes
    );
    assert_eq!((fetched.from_network, fetched.from_cache), (4, 0));
    let first = "/rwd/zh/afterTrading/STOCK_DAY?date=20200101&stockNo=9999&response=json";
    assert_eq!(server.requests()[0], first);
}

#[test]
fn without_a_row_in_any_month_it_is_an_error_that_names_the_symbol() {
    let server = Server::good(|_| (200, bodies::TWSE_EMPTY.into()));
    let request = request(&server, Source::Twse, date(2020, 1, 1), date(2020, 2, 2));
    let error = quietly(&request).unwrap_err();
    assert_eq!(
        error.to_string(),
        "TWSE has no rows for 9999 from 2020-01-01 to 2020-02-02"
    );
    assert_eq!(error.help().unwrap(), "check the symbol and the dates");
}

#[test]
fn a_page_of_another_month_is_not_taken() {
    let server = Server::good(|_| {
        let may = date(2020, 5, 1);
        (200, bodies::twse(may, &bodies::days_of(may)))
    });
    let mut request = request(&server, Source::Twse, date(2020, 4, 1), date(2020, 4, 30));
    request.tries = 2;
    let error = quietly(&request).unwrap_err();
    assert!(
        error.to_string().contains("another page, with 2020-05-01"),
        "{error}"
    );
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn months_that_are_over_are_asked_for_once_and_the_current_one_again() {
    let server = exchange(&[]);
    let folder = tempfile::tempdir().unwrap();
    let mut request = request(&server, Source::Twse, date(2020, 2, 1), date(2020, 6, 30));
    request.cache = Some(folder.path().into());
    quietly(&request).unwrap();
    assert_eq!(server.requests().len(), 5);

    let fetched = quietly(&request).unwrap();
    let asked = server.requests();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].contains("date=20200601"));
    assert_eq!((fetched.from_network, fetched.from_cache), (1, 4));

    // In July, what was fetched in the middle of June is still not all of June.
    request.today = date(2020, 7, 10);
    quietly(&request).unwrap();
    assert_eq!(server.requests().len(), 1);
    quietly(&request).unwrap();
    assert_eq!(server.requests().len(), 0);
}

#[test]
fn the_cache_answers_alone_or_says_what_it_lacks() {
    let server = exchange(&[]);
    let folder = tempfile::tempdir().unwrap();
    let mut request = request(&server, Source::Twse, date(2020, 2, 1), date(2020, 6, 30));
    request.cache = Some(folder.path().into());
    let online = quietly(&request).unwrap();
    server.requests();

    request.offline = true;
    let offline = quietly(&request).unwrap();
    assert_eq!(offline.series, online.series);
    assert_eq!((offline.from_network, offline.from_cache), (0, 5));

    request.from = date(2019, 11, 11);
    let error = quietly(&request).unwrap_err();
    let message = error.to_string();
    assert!(
        message.starts_with("3 of 8 pages are not whole in the cache")
            && message.ends_with("the first is TWSE 9999 2019-11"),
        "{message}"
    );
    assert!(server.requests().is_empty());

    request.cache = None;
    assert!(quietly(&request).unwrap_err().is_usage());
}

/// Pages of TWSE made of a plain price file, by month.
fn pages_of(file: &Path) -> (Series, BTreeMap<Date, String>) {
    let text = std::fs::read_to_string(file).unwrap();
    let mut months: BTreeMap<Date, Vec<Day>> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let cells: Vec<String> = line.split(',').map(String::from).collect();
        let day: Date = cells[0].parse().unwrap();
        let prices = [1, 2, 3, 4].map(|index| cells[index].clone());
        months.entry(day.first_of_month()).or_default().push((
            day,
            prices,
            cells[5].parse().unwrap(),
        ));
    }
    let pages = months
        .iter()
        .map(|(first, days)| (*first, bodies::twse(*first, days)))
        .collect();
    (Series::read(file).unwrap(), pages)
}

#[test]
fn the_reference_data_come_back_whole_whatever_fails_on_the_way() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/0050/0050_2017-01_2018-04.csv");
    if !file.exists() {
        eprintln!("skipped: {} is not there", file.display());
        return;
    }
    let (truth, pages) = pages_of(&file);
    let clean: &[Fault] = &[];
    let cut = &[Fault::Cut];
    let each = PASSING.iter().map(std::slice::from_ref);
    for faults in [clean, cut, &PASSING[..4]].into_iter().chain(each) {
        let pages = pages.clone();
        let server = Server::new(faults, move |path| {
            let body = pages.get(&bodies::month(path)).cloned();
            (200, body.unwrap_or(bodies::TWSE_EMPTY.into()))
        });
        let request = request(&server, Source::Twse, date(2017, 1, 1), date(2018, 4, 30));
        let fetched = quietly(&request).unwrap_or_else(|error| panic!("{faults:?}: {error}"));
        assert_eq!(fetched.series.rows(), 322);
        assert_eq!(fetched.series.stamps(), truth.stamps(), "{faults:?}");
        for column in truth.columns() {
            let got = fetched.series.column(&column.name).unwrap();
            assert_eq!(got, column.values, "{faults:?} {}", column.name);
        }
        assert_eq!(server.requests().len(), 16 * (1 + faults.len()));

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("0050.csv");
        write_csv(&fetched.series, &path).unwrap();
        let written = Series::read(&path).unwrap();
        assert_eq!(
            written.column("close").unwrap(),
            truth.column("close").unwrap()
        );
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("Date,Open,High,Low,Close,Volume"),
            "{text}"
        );
    }
}

#[test]
fn a_code_with_a_suffix_and_days_to_come_are_wrong_usage() {
    let server = exchange(&[]);
    let good = request(&server, Source::Twse, date(2020, 1, 1), date(2020, 1, 2));
    for (change, message) in [
        (
            (|request| request.symbol = "0050.TW".into()) as fn(&mut gatecast_fetch::Request),
            "no TWSE code",
        ),
        (|request| request.symbol = " ".into(), "no symbol"),
        (|request| request.symbol = "..".into(), "no symbol"),
        (|request| request.from = date(2020, 2, 1), "is after --to"),
        (
            |request| {
                request.from = date(2020, 6, 17);
                request.to = date(2020, 6, 18);
            },
            "is in the future",
        ),
        (
            |request| request.base = Some("ftp://h".into()),
            "no base address",
        ),
        (
            |request| request.base = Some("http://".into()),
            "no base address",
        ),
        (
            |request| request.base = Some("http://h?x=1".into()),
            "no base address",
        ),
    ] {
        let mut request = good.clone();
        change(&mut request);
        let error = quietly(&request).unwrap_err();
        assert!(matches!(error, Error::Usage { .. }), "{error}");
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.help().is_some());
    }
    assert!(server.requests().is_empty());
}
