//! What a caller learns while a fetch runs. What this file is not: it prints nothing.

use std::time::Duration;

/// Where a page came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// From the source.
    Network,
    /// From the folder of pages.
    Cache,
}

/// What happens during a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// A page is there.
    Page {
        /// Pages done, with this one.
        done: usize,
        /// Pages to do.
        of: usize,
        /// Which: `2017-01`.
        label: &'a str,
        /// Where it came from.
        origin: Origin,
        /// Rows on it.
        rows: usize,
    },
    /// A try failed, and there will be another.
    Retry {
        /// Which page.
        label: &'a str,
        /// Tries that failed so far.
        failed: u32,
        /// Tries that are made at most.
        tries: u32,
        /// Wait before the next.
        wait: Duration,
        /// What happened.
        reason: &'a str,
    },
}
