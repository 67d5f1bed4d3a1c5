//! What can go wrong between a symbol and its series.
//!
//! A message says what was found and where, [`Error::help`] what to do next. No message holds the
//! caller's key: addresses are quoted without it, and what a server said is searched for it.

use std::path::PathBuf;

use gatecast::{Answer, ErrorKind};
use jiff::civil::Date;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why there is no series.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The request cannot be meant.
    #[error("{what}")]
    Usage {
        /// What is wrong with it.
        what: String,
        /// What to do.
        help: String,
    },
    /// A page cannot be read, holds an answer without data, or a file cannot be written.
    #[error(transparent)]
    Data(#[from] gatecast::Error),
    /// The same of a page that repeats the key, told without it.
    #[error("{message}")]
    Discreet {
        /// What was found and where.
        message: String,
        /// What to do.
        help: Option<String>,
        /// What sort of fault it is.
        kind: ErrorKind,
    },
    /// The source answers, and has nothing for these dates.
    #[error("{site} has no rows for {symbol} from {from} to {to}")]
    NoRows {
        /// The source.
        site: &'static str,
        /// The symbol asked for.
        symbol: String,
        /// First day asked for.
        from: Date,
        /// Last day asked for.
        to: Date,
    },
    /// Pages are missing that may not be asked for.
    #[error("{missing} of {of} pages are not whole in the cache {}; the first is {page}", cache.display())]
    NotCached {
        /// The first such page.
        page: String,
        /// How many there are.
        missing: usize,
        /// How many the request needs.
        of: usize,
        /// The folder.
        cache: PathBuf,
    },
    /// The server refuses, and would refuse again.
    #[error("{page}: {url} answered with status {status}")]
    Status {
        /// What was asked for.
        page: String,
        /// The address, without the key.
        url: String,
        /// The status.
        status: u16,
    },
    /// The server cannot be spoken to, and trying again would not help.
    #[error("{page}: cannot ask {url}: {reason}")]
    Transport {
        /// What was asked for.
        page: String,
        /// The address, without the key.
        url: String,
        /// What failed.
        reason: String,
    },
    /// Every try failed in a way that may pass.
    #[error("{page}: no whole answer of {url} in {tries} tries; the last time {reason}")]
    GaveUp {
        /// What was asked for.
        page: String,
        /// The address, without the key.
        url: String,
        /// Requests made.
        tries: u32,
        /// What happened the last time.
        reason: String,
    },
    /// The server asks for a longer wait than is made without asking the user.
    #[error("{page}: {url} wants to be left alone for {seconds} seconds ({reason})")]
    AskedToWait {
        /// What was asked for.
        page: String,
        /// The address, without the key.
        url: String,
        /// What the server asks for.
        seconds: u64,
        /// What happened.
        reason: String,
    },
    /// The answer is longer than any page of prices.
    #[error("{page}: the answer of {url} is longer than {limit} bytes")]
    TooLarge {
        /// What was asked for.
        page: String,
        /// The address, without the key.
        url: String,
        /// The limit.
        limit: u64,
    },
}

impl Error {
    /// What the user can do about it, as one sentence.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::Usage { help, .. } => help.clone(),
            Self::Data(error) => return error.help(),
            Self::Discreet { help, .. } => return help.clone(),
            Self::NoRows { .. } => "check the symbol and the dates".into(),
            Self::NotCached { .. } => "run it once without --offline".into(),
            Self::Status { .. } => "check the symbol, the key and the base address".into(),
            Self::Transport { .. } => "check the base address and your connection".into(),
            Self::GaveUp { .. } => {
                "check your connection and run it again later, with a longer --pause; pages that \
                 are in the cache are not asked for again"
                    .into()
            }
            Self::AskedToWait { .. } => {
                "run it again after that time; pages that are in the cache are not asked for again"
                    .into()
            }
            Self::TooLarge { .. } => {
                "check the base address, or ask for a shorter range of dates".into()
            }
        })
    }

    /// Whether the fault lies in how the request was put rather than in what came back.
    pub fn is_usage(&self) -> bool {
        match self {
            Self::Usage { .. } => true,
            Self::Data(error) => error.is_usage(),
            _ => false,
        }
    }

    /// Whether this is an answer of the source of the given kind.
    pub fn is_answer(&self, kind: Answer) -> bool {
        let found = match self {
            Self::Data(error) => error.kind(),
            Self::Discreet { kind, .. } => *kind,
            _ => return false,
        };
        found == ErrorKind::Answer(kind)
    }

    pub(crate) fn usage(what: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Usage {
            what: what.into(),
            help: help.into(),
        }
    }
}
