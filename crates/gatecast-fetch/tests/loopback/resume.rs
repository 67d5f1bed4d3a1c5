//! A fetch that ends early is taken up where it ended.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use gatecast_fetch::{Error, Progress, Request, Source, fetch};
use jiff::civil::date;

use crate::server::{Fault, Server};
use crate::{bodies, quietly, request, twse};

fn half_a_year(server: &Server, cache: &tempfile::TempDir) -> Request {
    let mut request = request(server, Source::Twse, date(2020, 1, 1), date(2020, 5, 31));
    request.cache = Some(cache.path().into());
    request
}

#[test]
fn after_a_kill_only_the_pages_that_are_missing_are_asked_for() {
    let whole = twse::exchange(&[]);
    let truth = quietly(&request(
        &whole,
        Source::Twse,
        date(2020, 1, 1),
        date(2020, 5, 31),
    ))
    .unwrap();
    for pages in 1..=5 {
        let server = twse::exchange(&[]);
        let cache = tempfile::tempdir().unwrap();
        let request = half_a_year(&server, &cache);
        // Unwinding runs no code of the fetch that a kill would not let it run.
        let killed = catch_unwind(AssertUnwindSafe(|| {
            let _ = fetch(&request, &mut |progress| {
                if matches!(progress, Progress::Page { done, .. } if done == pages) {
                    resume_unwind(Box::new("killed"));
                }
            });
        }));
        assert!(killed.is_err());
        assert_eq!(server.requests().len(), pages);
        // What a kill within a write leaves behind.
        std::fs::write(cache.path().join(".tmpAbCdEf"), "gatecast-page-1 20").unwrap();

        let fetched = quietly(&request).unwrap();
        let asked = server.requests();
        assert_eq!(asked.len(), 5 - pages, "{asked:?}");
        assert_eq!(
            (fetched.from_network, fetched.from_cache),
            (5 - pages, pages)
        );
        assert_eq!(fetched.series, truth.series);
    }
}

#[test]
fn after_the_server_went_away_only_the_rest_is_asked_for() {
    let cache = tempfile::tempdir().unwrap();
    // From April on, nothing but failures.
    let server = Server::new(&[], |path| {
        let first = bodies::month(path);
        match first.month() {
            1..=3 => (200, bodies::twse(first, &bodies::days_of(first))),
            _ => (502, String::new()),
        }
    });
    let base = server.base();
    let mut request = half_a_year(&server, &cache);
    request.tries = 2;
    let error = quietly(&request).unwrap_err();
    assert!(
        matches!(&error, Error::GaveUp { page, .. } if page == "TWSE 9999 2020-04"),
        "{error}"
    );
    drop(server);

    // A page is kept for the address it came from: another server's cannot stand in for it.
    let other = twse::exchange(&[]);
    request.base = Some(other.base());
    assert_ne!(other.base(), base);
    assert_eq!(quietly(&request).unwrap().from_cache, 0);
    assert_eq!(other.requests().len(), 5);
}

#[test]
fn a_limit_stops_with_the_message_and_what_was_had_is_kept() {
    let cache = tempfile::tempdir().unwrap();
    let server = Server::new(&[Fault::Dropped], |path| {
        let first = bodies::month(path);
        (200, bodies::twse(first, &bodies::days_of(first)))
    });
    let mut request = half_a_year(&server, &cache);
    request.tries = 1;
    // Each run gets past one page more: the address that failed before answers now.
    for got in 0..5 {
        assert!(quietly(&request).is_err());
        assert_eq!(server.requests().len(), if got == 0 { 1 } else { 2 });
    }
    assert_eq!(quietly(&request).unwrap().from_cache, 4);
}

#[test]
fn a_damaged_file_is_fetched_again_or_named() {
    let cache = tempfile::tempdir().unwrap();
    let server = twse::exchange(&[]);
    let mut request = half_a_year(&server, &cache);
    let truth = quietly(&request).unwrap().series;
    server.requests();
    let file = std::fs::read_dir(cache.path()).unwrap().next().unwrap();
    let path = file.unwrap().path();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();

    request.offline = true;
    let error = quietly(&request).unwrap_err();
    assert!(
        matches!(error, Error::NotCached { missing: 1, .. }),
        "{error}"
    );
    request.offline = false;
    assert_eq!(quietly(&request).unwrap().series, truth);
    assert_eq!(server.requests().len(), 1);
}
