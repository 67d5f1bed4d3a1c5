//! What is asked for, and how patiently.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Date;
use jiff::{Timestamp, tz::Offset};

use crate::error::{Error, Result};
use crate::source::Source;
use crate::text;

/// A symbol, a range of days, and where to get them. [`Request::new`] fills in what most want.
#[derive(Clone, Debug)]
pub struct Request {
    /// Whom to ask.
    pub source: Source,
    /// The symbol as the source writes it: `0050` (TWSE), `0050.TW` (Yahoo), `spy.us` (Stooq).
    pub symbol: String,
    /// First day wanted.
    pub from: Date,
    /// Last day wanted.
    pub to: Date,
    /// Address to ask instead of the source's own, such as `http://127.0.0.1:8000`.
    pub base: Option<String>,
    /// Key for sources that want one.
    pub key: Option<Key>,
    /// Folder in which pages are kept; it is made when the first page is written. Adjusted prices
    /// stay as they were on the day they came.
    pub cache: Option<PathBuf>,
    /// Use the cache only.
    pub offline: bool,
    /// Least time from one request to the next.
    pub pause: Duration,
    /// Wait before a second try; it doubles from try to try.
    pub backoff: Duration,
    /// Longest time for one request, from connecting to the last byte.
    pub timeout: Duration,
    /// Requests made for a page before giving up, at least 1.
    pub tries: u32,
    /// The day it is, in UTC. A page is settled when its last day was over everywhere on earth
    /// on the day it was fetched.
    pub today: Date,
}

impl Request {
    /// A request without a cache, with the pause that the source is used to.
    pub fn new(source: Source, symbol: impl Into<String>, from: Date, to: Date) -> Self {
        Self {
            source,
            symbol: symbol.into(),
            from,
            to,
            base: None,
            key: None,
            cache: None,
            offline: false,
            pause: source.pause(),
            backoff: Duration::from_secs(1),
            timeout: Duration::from_secs(60),
            tries: 5,
            today: Offset::UTC.to_datetime(Timestamp::now()).date(),
        }
    }

    /// Looks for what no source could answer.
    pub(crate) fn check(&self) -> Result<()> {
        let symbol = &self.symbol;
        let strange = |c: char| c.is_whitespace() || c.is_control();
        // An address with `..` for a symbol would be that of another page.
        if symbol.len() > 64 || symbol.contains(strange) || !symbol.contains(char::is_alphanumeric)
        {
            return Err(Error::usage(
                format!("{symbol:?} is no symbol"),
                format!("write it as {} does, such as {}", self.source.title(), {
                    self.source.example()
                }),
            ));
        }
        if self.from > self.to {
            return Err(Error::usage(
                format!("--from {} is after --to {}", self.from, self.to),
                "exchange the two",
            ));
        }
        if self.from > self.latest_day() {
            return Err(Error::usage(
                format!("--from {} is in the future", self.from),
                "ask for days that are over",
            ));
        }
        if self.offline && self.cache.is_none() {
            return Err(Error::usage(
                "--offline has nothing to read from without a cache",
                "name the folder of the cache",
            ));
        }
        self.base().map(|_| ())
    }

    /// The address in front of every page's, without a slash at its end.
    pub(crate) fn base(&self) -> Result<&str> {
        let base = self.base.as_deref().unwrap_or(self.source.base());
        let trimmed = base.trim().trim_end_matches('/');
        let host = ["http://", "https://"]
            .iter()
            .find_map(|scheme| trimmed.strip_prefix(scheme));
        let strange = |c: char| c.is_whitespace() || c.is_control() || c == '?' || c == '#';
        if host.is_none_or(str::is_empty) || trimmed.contains(strange) {
            return Err(Error::usage(
                format!("{base:?} is no base address"),
                "write it as http://127.0.0.1:8000 or https://host/path",
            ));
        }
        Ok(trimmed)
    }

    /// The last day that can have begun anywhere: clocks are up to 14 hours ahead of UTC.
    pub(crate) fn latest_day(&self) -> Date {
        self.today.tomorrow().unwrap_or(Date::MAX)
    }
}

/// A key to a source. It is sent to the source and shown nowhere, not by `{:?}` either.
///
/// The client under this crate writes whole addresses to the `log` crate at level `trace`, and
/// only there: a program that collects that level collects keys.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Keeps the text from being shown.
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// The key as it stands in an address.
    pub(crate) fn encoded(&self) -> String {
        text::encode(&self.0)
    }

    /// The text without the key, in case a server repeats it.
    pub(crate) fn hide_in(&self, text: &str) -> String {
        if self.0.is_empty() {
            return text.into();
        }
        text.replace(&self.0, "***").replace(&self.encoded(), "***")
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(***)")
    }
}
