//! What can be chosen when a file is read: its source, the order of dates, the mark of decimals, what
//! prices are adjusted for. What this file is not: it reads nothing, and knows no source but by name.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::dates::DateOrder;
use super::numbers::Decimal;

/// How a file is to be read; what is left open is recognised from its content.
///
/// ```
/// use gatecast::series::{DateOrder, ReadOptions, Series};
///
/// let text = b"Date,Close\n03/04/2018,81.5\n";
/// assert!(Series::parse("p.csv", text, &["close"]).is_err(), "March or April?");
/// let options = ReadOptions { dates: Some(DateOrder::Dmy), ..ReadOptions::default() };
/// let series = Series::parse_with("p.csv", text, &["close"], &options)?;
/// assert_eq!(series.stamps()[0], jiff::civil::date(2018, 4, 3));
/// # Ok::<(), gatecast::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReadOptions {
    /// The source it comes from.
    pub format: Option<Format>,
    /// Order of year, month and day.
    pub dates: Option<DateOrder>,
    /// The decimal mark of numbers.
    pub decimal: Option<Decimal>,
    /// The column that is the time; the one that means it, or the first that holds dates, if `None`.
    pub time: Option<String>,
    /// By whose clock times without an offset are meant, and all are shown.
    #[serde(with = "jiff::fmt::serde::tz::optional")]
    pub timezone: Option<TimeZone>,
    /// What takes the place of missing steps.
    pub fill: Fill,
    /// What prices are adjusted for.
    pub adjust: Adjustment,
}

/// What takes the place of steps that are missing between rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fill {
    /// Nothing: rows stand as they are in the file.
    #[default]
    None,
    /// The row before.
    Previous,
    /// What lies on a straight line between the row before and the row after.
    Linear,
    /// Zero.
    Zero,
}

impl Fill {
    /// Name on the command line and in model files.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Previous => "previous",
            Self::Linear => "linear",
            Self::Zero => "zero",
        }
    }
}

/// A source of price files, each with its own envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Format {
    /// Text with commas, semicolons, tabs or bars between cells.
    Csv,
    /// Taiwan Stock Exchange: monthly CSV, and the JSON of `STOCK_DAY`.
    Twse,
    /// Taipei Exchange: JSON.
    Tpex,
    /// Yahoo: the classic CSV with `Adj Close`, and the JSON of its chart service (v8).
    Yahoo,
    /// The Python package yfinance: CSV with three header rows.
    Yfinance,
    /// Stooq: CSV with English or Polish headers.
    Stooq,
    /// Alpha Vantage: CSV and JSON.
    AlphaVantage,
    /// Apache Parquet.
    #[cfg(feature = "arrow")]
    Parquet,
    /// Apache Arrow IPC (Feather): the file or the stream form.
    #[cfg(feature = "arrow")]
    Arrow,
    /// No file, but a frame in memory.
    #[cfg(feature = "frames")]
    Frame,
}

impl Format {
    /// All sources of files.
    pub const ALL: &[Self] = &[
        Self::Csv,
        Self::Twse,
        Self::Tpex,
        Self::Yahoo,
        Self::Yfinance,
        Self::Stooq,
        Self::AlphaVantage,
        #[cfg(feature = "arrow")]
        Self::Parquet,
        #[cfg(feature = "arrow")]
        Self::Arrow,
    ];

    /// Name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Twse => "twse",
            Self::Tpex => "tpex",
            Self::Yahoo => "yahoo",
            Self::Yfinance => "yfinance",
            Self::Stooq => "stooq",
            Self::AlphaVantage => "alpha-vantage",
            #[cfg(feature = "arrow")]
            Self::Parquet => "parquet",
            #[cfg(feature = "arrow")]
            Self::Arrow => "arrow",
            #[cfg(feature = "frames")]
            Self::Frame => "frame",
        }
    }

    /// Whether its prices are adjusted for splits as they stand.
    pub(super) fn split_adjusted(self) -> bool {
        matches!(self, Self::Yahoo | Self::Yfinance)
    }
}

/// What prices are adjusted for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Adjustment {
    /// Nothing: prices as they stand in the file.
    #[default]
    None,
    /// Splits.
    Splits,
    /// Splits and dividends: the value of a share whose dividends are reinvested.
    Dividends,
}

impl Adjustment {
    /// Name on the command line and in model files.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Splits => "splits",
            Self::Dividends => "dividends",
        }
    }

    /// Words for "adjusted for …".
    pub(crate) fn spelled_out(self) -> &'static str {
        match self {
            Self::None => "nothing",
            Self::Splits => "splits",
            Self::Dividends => "splits and dividends",
        }
    }
}
