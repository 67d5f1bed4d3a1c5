//! What passes is tried again, as often as allowed and not sooner than asked.

use std::time::Duration;

use gatecast_fetch::{Error, Source};
use jiff::civil::date;

use crate::server::{Fault, PASSING, Server};
use crate::{bodies, fetch_and_listen, quietly, request};

fn stooq(faults: &[Fault]) -> Server {
    Server::new(faults, |_| {
        (200, bodies::stooq(&bodies::days_of(date(2020, 1, 1))))
    })
}

fn january(server: &Server) -> gatecast_fetch::Request {
    request(server, Source::Stooq, date(2020, 1, 1), date(2020, 1, 31))
}

#[test]
fn whatever_passes_is_tried_again_and_the_rows_are_the_same() {
    let truth = quietly(&january(&stooq(&[]))).unwrap().series;
    assert_eq!(truth.rows(), 23);
    for fault in PASSING {
        let server = stooq(&[fault, fault]);
        let (fetched, heard) = fetch_and_listen(&january(&server));
        let fetched = fetched.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(fetched.series, truth, "{fault:?}");
        assert_eq!(heard.len(), 2, "{fault:?}");
        assert_eq!(server.requests().len(), 3, "{fault:?}");
    }
}

#[test]
fn tries_are_limited_and_the_last_reason_is_given() {
    for fault in PASSING {
        let server = stooq(&[fault; 10]);
        let mut request = january(&server);
        request.tries = 3;
        let (fetched, heard) = fetch_and_listen(&request);
        let error = fetched.unwrap_err();
        assert!(
            matches!(&error, Error::GaveUp { tries: 3, reason, .. } if *reason == heard[1].0),
            "{fault:?}: {error}"
        );
        assert_eq!(server.requests().len(), 3, "{fault:?}");
    }
}

#[test]
fn what_the_server_asks_to_wait_is_waited_within_reason() {
    let (fetched, heard) = fetch_and_listen(&january(&stooq(&[Fault::Status(429, Some("1"))])));
    fetched.unwrap();
    let second = Duration::from_secs(1);
    assert_eq!(heard, [("the status was 429".to_string(), second)]);

    let server = stooq(&[Fault::Status(503, Some("86400"))]);
    let error = quietly(&january(&server)).unwrap_err();
    assert!(
        matches!(error, Error::AskedToWait { seconds: 86400, .. }),
        "{error}"
    );
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_json_that_is_cut_off_but_announced_so_is_noticed() {
    let body = bodies::yahoo(&bodies::days_of(date(2020, 1, 1)));
    let server = Server::new(&[Fault::Cut; 10], move |_| (200, body.clone()));
    let mut request = request(&server, Source::Yahoo, date(2020, 1, 1), date(2020, 1, 31));
    request.tries = 2;
    let error = quietly(&request).unwrap_err();
    assert!(
        error.to_string().contains("the JSON was cut off after"),
        "{error}"
    );
}

#[test]
fn a_refusal_is_not_asked_again() {
    for status in [400, 401, 403, 404] {
        let server = stooq(&[Fault::Status(status, None)]);
        let error = quietly(&january(&server)).unwrap_err();
        assert!(
            matches!(error, Error::Status { status: found, .. } if found == status),
            "{error}"
        );
        assert_eq!(server.requests().len(), 1);
    }
}

#[test]
fn a_body_without_end_is_not_read_to_it() {
    let server = Server::good(|_| (200, "Date,Close\n".repeat(4 << 20)));
    let error = quietly(&january(&server)).unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn rows_that_cannot_be_read_are_not_asked_for_again_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::good(|_| (200, "Date,Close\n2020-01-02,1\n2020-01-03,x\n".into()));
    let mut request = january(&server);
    request.cache = Some(folder.path().into());
    let error = quietly(&request).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("line 3, column \"Close\": found \"x\""),
        "{error}"
    );
    assert_eq!(server.requests().len(), 1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for() {
    let server = stooq(&[Fault::Silent]);
    let mut request = january(&server);
    request.timeout = Duration::from_millis(500);
    // On a busy machine, a good answer may be late as well.
    request.tries = 20;
    let (fetched, heard) = fetch_and_listen(&request);
    assert_eq!(fetched.unwrap().series.rows(), 23);
    assert!(heard[0].0.starts_with("it took too long"), "{heard:?}");
}

#[test]
fn nobody_there_is_an_error_after_the_tries() {
    let gone = stooq(&[]);
    let mut request = january(&gone);
    request.tries = 2;
    drop(gone);
    let error = quietly(&request).unwrap_err();
    assert!(matches!(error, Error::GaveUp { tries: 2, .. }), "{error}");
    assert!(error.help().unwrap().contains("are not asked for again"));
}
