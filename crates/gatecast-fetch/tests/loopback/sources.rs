//! Yahoo, Stooq and Alpha Vantage: addresses, answers without data, and the key.

use gatecast::Answer;
use gatecast_fetch::{Key, Source, write_csv};
use jiff::civil::date;

use crate::bodies::{self, days_of};
use crate::server::{PASSING, Server};
use crate::{fetch_and_listen, quietly, request};

const KEY: &str = "S3CRET/KEY+1";
const KEY_ENCODED: &str = "S3CRET%2FKEY%2B1";

#[test]
fn yahoo_gives_adjusted_closes_dividends_and_splits() {
    let server = Server::good(|_| (200, bodies::yahoo(&days_of(date(2020, 1, 1)))));
    let mut request = request(&server, Source::Yahoo, date(2020, 1, 2), date(2020, 1, 10));
    request.symbol = "^9999.TW".into();
    let fetched = quietly(&request).unwrap();
    assert_eq!(fetched.series.rows(), 7, "days outside are cut off");
    assert_eq!(fetched.series.column("close").unwrap()[0], 1010.4);
    assert_eq!(
        server.requests(),
        [
            "/v8/finance/chart/%5E9999.TW?period1=1577836800&period2=1578787200&interval=1d&events=div,splits"
        ]
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("y.csv");
    write_csv(&fetched.series, &path).unwrap();
    let text = std::fs::read_to_string(path).unwrap();
    let header = "Date,Open,High,Low,Close,Volume,Adj Close,Dividends,Splits\n";
    assert!(text.starts_with(header), "{text}");
}

#[test]
fn an_unknown_symbol_stops_whatever_the_status() {
    for status in [200, 404] {
        let server = Server::good(move |_| (status, bodies::YAHOO_UNKNOWN.into()));
        let request = request(&server, Source::Yahoo, date(2020, 1, 2), date(2020, 1, 10));
        let error = quietly(&request).unwrap_err();
        assert!(error.is_answer(Answer::NotFound), "{status}: {error}");
        assert!(
            error.to_string().contains("symbol may be delisted"),
            "{error}"
        );
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn stooq_says_that_there_is_nothing_or_too_much() {
    let folder = tempfile::tempdir().unwrap();
    for (body, kind) in [
        ("No data", None),
        ("Exceeded the daily hits limit", Some(Answer::Limit)),
    ] {
        let server = Server::good(move |_| (200, body.into()));
        let mut request = request(&server, Source::Stooq, date(2020, 1, 2), date(2020, 1, 10));
        request.cache = Some(folder.path().into());
        let error = quietly(&request).unwrap_err();
        match kind {
            Some(kind) => assert!(error.is_answer(kind), "{error}"),
            None => assert!(
                error.to_string().contains("has no rows for 9999"),
                "{error}"
            ),
        }
        assert_eq!(server.requests().len(), 1);
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        0,
        "nothing is kept"
    );
}

fn with_key(server: &Server) -> gatecast_fetch::Request {
    let mut request = request(
        server,
        Source::AlphaVantage,
        date(2020, 1, 2),
        date(2020, 1, 10),
    );
    request.key = Some(Key::new(KEY));
    request
}

#[test]
fn alpha_vantage_gives_its_history_and_the_days_are_cut_out_of_it() {
    let server = Server::good(|_| (200, bodies::alphavantage(&days_of(date(2020, 1, 1)))));
    let folder = tempfile::tempdir().unwrap();
    let mut request = with_key(&server);
    request.cache = Some(folder.path().into());
    let fetched = quietly(&request).unwrap();
    assert_eq!(fetched.series.rows(), 7);
    assert_eq!(fetched.series.stamps()[0], date(2020, 1, 2));
    assert_eq!(
        server.requests(),
        [format!(
            "/query?function=TIME_SERIES_DAILY&symbol=9999&outputsize=full&datatype=csv&apikey={KEY_ENCODED}"
        )]
    );
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let shown = file.file_name().into_string().unwrap()
            + &std::fs::read_to_string(file.path()).unwrap();
        assert!(
            !shown.contains(KEY) && !shown.contains(KEY_ENCODED),
            "{shown}"
        );
    }

    // The page is that of every range, of every key, and of none if nobody is asked.
    request.from = date(2020, 1, 6);
    request.key = Some(Key::new("another"));
    assert_eq!(quietly(&request).unwrap().from_cache, 1);
    request.key = None;
    assert!(quietly(&request).unwrap_err().is_usage());
    request.offline = true;
    assert_eq!(quietly(&request).unwrap().series.rows(), 5);
    // But it ends on the day it was fetched.
    request = with_key(&server);
    request.cache = Some(folder.path().into());
    request.to = date(2020, 6, 14);
    assert_eq!(quietly(&request).unwrap().from_network, 1);
}

#[test]
fn the_key_is_shown_nowhere() {
    let hidden = |text: &str| !text.contains(KEY) && !text.contains(KEY_ENCODED);
    let server = Server::good(|_| (200, String::new()));
    assert!(hidden(&format!("{:?}", with_key(&server))));
    for (status, body) in [
        (
            200,
            format!(
                r#"{{"Information": "We have detected your API key as {KEY} and our standard API rate limit is 25 requests per day."}}"#
            ),
        ),
        (
            200,
            format!(r#"{{"Error Message": "the parameter apikey={KEY_ENCODED} is invalid"}}"#),
        ),
        (
            200,
            format!("timestamp,close\r\n2020-01-02,1\r\n2020-01-03,{KEY}\r\n"),
        ),
        (200, format!("{KEY},{KEY_ENCODED}\r\n1,2\r\n")),
        (200, format!("{{\"{KEY}\": ")),
        (403, KEY.into()),
        (500, KEY.into()),
    ] {
        let shown = body.clone();
        let server = Server::good(move |_| (status, body.clone()));
        let (fetched, heard) = fetch_and_listen(&with_key(&server));
        let error = fetched.map(|fetched| fetched.series).unwrap_err();
        let all = format!("{error} {error:?} {:?} {heard:?}", error.help());
        assert!(hidden(&all), "{shown}: {all}");
    }
    for fault in PASSING {
        let server = Server::new(&[fault; 5], |_| (200, "Date,Close\n2020-01-02,1\n".into()));
        let (fetched, heard) = fetch_and_listen(&with_key(&server));
        let error = fetched.unwrap_err();
        let all = format!("{error} {error:?} {:?} {heard:?}", error.help());
        assert!(hidden(&all), "{fault:?}: {all}");
    }
}
