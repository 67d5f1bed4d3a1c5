//! A fetch that ends early is taken up where it ended.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

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
    let well = Arc::new(AtomicBool::new(false));
    let server = Server::good({
        let well = well.clone();
        move |path| {
            let first = bodies::month(path);
            if first.month() >= 4 && !well.load(Ordering::SeqCst) {
                return (502, String::new());
            }
            (200, bodies::twse(first, &bodies::days_of(first)))
        }
    });
    let mut request = half_a_year(&server, &cache);
    request.tries = 2;
    let error = quietly(&request).unwrap_err();
    assert!(
        matches!(&error, Error::GaveUp { page, .. } if page == "TWSE 9999 2020-04"),
        "{error}"
    );
    assert_eq!(server.requests().len(), 3 + 2);

    well.store(true, Ordering::SeqCst);
    let fetched = quietly(&request).unwrap();
    assert_eq!((fetched.from_network, fetched.from_cache), (2, 3));
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_fetch_that_fails_at_every_page_gets_a_page_further_each_time() {
    let cache = tempfile::tempdir().unwrap();
    let server = twse::exchange(&[Fault::Dropped]);
    let mut request = half_a_year(&server, &cache);
    request.tries = 1;
    for _ in 0..5 {
        assert!(quietly(&request).is_err());
    }
    let fetched = quietly(&request).unwrap();
    assert_eq!((fetched.from_network, fetched.from_cache), (1, 4));
    assert_eq!(server.requests().len(), 2 * 5);
}

#[test]
fn a_page_of_one_server_does_not_stand_in_for_that_of_another() {
    let cache = tempfile::tempdir().unwrap();
    let (one, other) = (twse::exchange(&[]), twse::exchange(&[]));
    quietly(&half_a_year(&one, &cache)).unwrap();
    assert_eq!(quietly(&half_a_year(&other, &cache)).unwrap().from_cache, 0);
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
