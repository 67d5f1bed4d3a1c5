//! Fetching from a server on this machine, which fails in every way that servers do.
//!
//! No test looks at a clock: pauses are zero, and days are given.

mod bodies;
mod faults;
mod resume;
mod server;
mod sources;
mod twse;

use std::time::Duration;

use gatecast_fetch::{Error, Fetched, Progress, Request, Source, fetch};
use jiff::civil::{Date, date};

use self::server::Server;

/// A request to a server, without any wait, on a day in 2020.
fn request(server: &Server, source: Source, from: Date, to: Date) -> Request {
    let mut request = Request::new(source, "9999", from, to);
    request.base = Some(server.base());
    request.pause = Duration::ZERO;
    request.backoff = Duration::ZERO;
    request.timeout = Duration::from_secs(20);
    request.today = date(2020, 6, 15);
    request
}

/// Fetches, and gives the reasons of tries that failed with the waits that followed.
fn fetch_and_listen(request: &Request) -> (Result<Fetched, Error>, Vec<(String, Duration)>) {
    let mut heard = Vec::new();
    let fetched = fetch(request, &mut |progress| {
        if let Progress::Retry { reason, wait, .. } = progress {
            heard.push((reason.to_string(), wait));
        }
    });
    (fetched, heard)
}

fn quietly(request: &Request) -> Result<Fetched, Error> {
    fetch(request, &mut |_| {})
}
