//! Which pages hold the days of a request. One file a source.

mod alphavantage;
mod stooq;
mod twse;
mod yahoo;

use crate::error::Result;
use crate::page::Page;
use crate::request::Request;
use crate::source::Source;

/// The pages that hold the days of a request, in order of time.
pub(crate) fn of(request: &Request) -> Result<Vec<Page>> {
    match request.source {
        Source::Twse => twse::pages(request),
        Source::Yahoo => yahoo::pages(request),
        Source::Stooq => stooq::pages(request),
        Source::AlphaVantage => alphavantage::pages(request),
    }
}

/// The address to send: with the key, where the source takes one.
pub(crate) fn signed(request: &Request, url: &str) -> String {
    match (request.source, &request.key) {
        (Source::AlphaVantage, Some(key)) => alphavantage::signed(url, key),
        _ => url.into(),
    }
}
