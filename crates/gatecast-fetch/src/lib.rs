//! Daily prices from public sources: TWSE, Yahoo, Stooq and Alpha Vantage.
//!
//! A [`Request`] becomes pages, one address each. [`fetch`] takes a page from the cache where it
//! is settled there and from the network otherwise, with a pause between requests and patience
//! with servers that fail, and joins the pages into one [`gatecast::Series`]. What a page says is
//! read by [`gatecast::Series::parse`]; what this crate is not: a reader of formats, or a program.
//!
//! ```no_run
//! use gatecast_fetch::{Request, Source, fetch, write_csv};
//! use jiff::civil::date;
//!
//! let mut request = Request::new(Source::Twse, "0050", date(2017, 1, 1), date(2018, 4, 30));
//! request.cache = Some("pages".into());
//! let fetched = fetch(&request, &mut |_| {})?;
//! write_csv(&fetched.series, "0050.csv")?;
//! # Ok::<(), gatecast_fetch::Error>(())
//! ```

mod cache;
mod error;
mod fetch;
mod file;
mod http;
mod merge;
mod network;
mod page;
mod pages;
mod patience;
mod progress;
mod request;
mod source;
mod text;

pub use error::{Error, Result};
pub use fetch::{Fetched, fetch};
pub use file::write_csv;
pub use progress::{Origin, Progress};
pub use request::{Key, Request};
pub use source::Source;
