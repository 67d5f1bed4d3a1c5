//! Whom to ask, and which pages. One file a source; a page is an address and the days it covers.

mod alphavantage;
mod stooq;
mod twse;
mod yahoo;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::civil::Date;

use crate::error::{Error, Result};
use crate::request::{Key, Request};

/// A site that gives away daily prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The Taiwan Stock Exchange: a page a month, unadjusted.
    Twse,
    /// Yahoo Finance: one page, split-adjusted, with adjusted closes, dividends and splits.
    Yahoo,
    /// Stooq: one page, adjusted.
    Stooq,
    /// Alpha Vantage: one page with the whole history, unadjusted; wants a key.
    AlphaVantage,
}

/// One address, and what is to be found there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// What messages call it: `2017-01`.
    pub(crate) label: String,
    /// The address, without a key.
    pub(crate) url: String,
    /// First day wanted of it.
    pub(crate) first: Date,
    /// Last day wanted of it.
    pub(crate) last: Date,
    /// What other days on it, or none at all, mean.
    pub(crate) kind: Kind,
}

/// How a page relates to the days it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One of many, with its days and no others; it may well be empty.
    OneOfMany,
    /// The only one; it may hold further days.
    Only,
}

impl Source {
    /// All sources.
    pub const ALL: [Self; 4] = [Self::Twse, Self::Yahoo, Self::Stooq, Self::AlphaVantage];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Twse => "twse",
            Self::Yahoo => "yahoo",
            Self::Stooq => "stooq",
            Self::AlphaVantage => "alphavantage",
        }
    }

    /// The name in sentences.
    pub fn title(self) -> &'static str {
        match self {
            Self::Twse => "TWSE",
            Self::Yahoo => "Yahoo",
            Self::Stooq => "Stooq",
            Self::AlphaVantage => "Alpha Vantage",
        }
    }

    /// The address that is asked unless the request names another.
    pub fn base(self) -> &'static str {
        match self {
            Self::Twse => twse::BASE,
            Self::Yahoo => yahoo::BASE,
            Self::Stooq => stooq::BASE,
            Self::AlphaVantage => alphavantage::BASE,
        }
    }

    /// The pause between requests unless the request names another: TWSE locks out who asks more
    /// often than about every three seconds.
    pub fn pause(self) -> Duration {
        Duration::from_secs(match self {
            Self::Twse => 3,
            Self::Yahoo | Self::Stooq | Self::AlphaVantage => 1,
        })
    }

    /// Whether the source answers only those who have a key.
    pub fn wants_key(self) -> bool {
        self == Self::AlphaVantage
    }

    pub(crate) fn example(self) -> &'static str {
        match self {
            Self::Twse => "0050",
            Self::Yahoo => "0050.TW",
            Self::Stooq => "spy.us",
            Self::AlphaVantage => "IBM",
        }
    }

    /// The pages that hold the days of a request, in order of time.
    pub(crate) fn pages(self, request: &Request) -> Result<Vec<Page>> {
        match self {
            Self::Twse => twse::pages(request),
            Self::Yahoo => yahoo::pages(request),
            Self::Stooq => stooq::pages(request),
            Self::AlphaVantage => alphavantage::pages(request),
        }
    }

    /// The address to send: with the key, where the source takes one.
    pub(crate) fn signed(self, url: &str, key: Option<&Key>) -> String {
        match (self, key) {
            (Self::AlphaVantage, Some(key)) => alphavantage::signed(url, key),
            _ => url.into(),
        }
    }
}

impl Page {
    /// The one page of sources that need no more.
    fn only(request: &Request, url: String) -> Self {
        Self {
            label: format!("{}..{}", request.from, request.to),
            url,
            first: request.from,
            last: request.to,
            kind: Kind::Only,
        }
    }

    /// Whether nothing can be added any more to what was fetched on a day in UTC: clocks are up
    /// to twelve hours behind UTC, and the day before is over for all of them.
    pub(crate) fn is_settled(&self, fetched: Date) -> bool {
        self.last.tomorrow().is_ok_and(|next| next < fetched)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Source {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let lower = name.trim().to_lowercase();
        if let Some(source) = Self::ALL.into_iter().find(|source| source.name() == lower) {
            return Ok(source);
        }
        let names = Self::ALL.map(Self::name);
        let help = match gatecast::nearest(&lower, &names) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("choose one of {}", names.join(", ")),
        };
        Err(Error::usage(format!("{name:?} is no source"), help))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn names_are_read_back_and_the_nearest_is_offered() {
        for source in Source::ALL {
            assert_eq!(source.to_string().parse::<Source>().unwrap(), source);
        }
        let error = "yaho".parse::<Source>().unwrap_err();
        assert_eq!(error.help().unwrap(), "did you mean \"yahoo\"?");
        assert!(error.is_usage());
    }

    #[test]
    fn a_page_is_settled_when_its_last_day_is_over_everywhere() {
        let request = Request::new(Source::Stooq, "x", date(2018, 1, 1), date(2018, 4, 30));
        let page = Page::only(&request, String::new());
        assert!(!page.is_settled(date(2018, 4, 30)));
        assert!(!page.is_settled(date(2018, 5, 1)), "still April in Hawaii");
        assert!(page.is_settled(date(2018, 5, 2)));
        let endless = Page {
            last: Date::MAX,
            ..page
        };
        assert!(!endless.is_settled(Date::MAX));
    }
}
