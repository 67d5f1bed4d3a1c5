//! Whom to ask: the sources, with the names, address, pause and example of each. What this file is
//! not: it knows no request and no page; those of each source are in `pages`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::error::{Error, Result};

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
            Self::Twse => "https://www.twse.com.tw",
            Self::Yahoo => "https://query1.finance.yahoo.com",
            Self::Stooq => "https://stooq.com",
            Self::AlphaVantage => "https://www.alphavantage.co",
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

    #[test]
    fn names_are_read_back_and_the_nearest_is_offered() {
        for source in Source::ALL {
            assert_eq!(source.to_string().parse::<Source>().unwrap(), source);
        }
        let error = "yaho".parse::<Source>().unwrap_err();
        assert_eq!(error.help().unwrap(), "did you mean \"yahoo\"?");
        assert!(error.is_usage());
    }
}
