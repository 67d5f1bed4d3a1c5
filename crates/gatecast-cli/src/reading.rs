//! Flags for how a file is read, where its content leaves it open.

use std::path::PathBuf;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use gatecast::series::{Adjustment, DateOrder, Decimal, Fill, Format, ReadOptions};
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;

const FORMATS: &[&str] = &[
    "csv",
    "twse",
    "tpex",
    "yahoo",
    "yfinance",
    "stooq",
    "alpha-vantage",
    #[cfg(feature = "arrow")]
    "parquet",
    #[cfg(feature = "arrow")]
    "arrow",
];

/// How to read a file.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Reading {
    /// Source that the file comes from [default: recognised from its content]
    #[arg(long, value_name = "NAME", value_parser = names::<Format>(FORMATS), help_heading = "Reading")]
    format: Option<Format>,
    /// Order of year, month and day in its dates [default: inferred from the dates]
    #[arg(long, value_name = "ORDER", value_parser = date_order(), help_heading = "Reading")]
    dates: Option<DateOrder>,
    /// Decimal mark of its numbers [default: inferred from the numbers]
    #[arg(long, value_name = "MARK", value_parser = names::<Decimal>(&["point", "comma"]), help_heading = "Reading")]
    decimal: Option<Decimal>,
    /// Column with the dates or times [default: the one that means them, or the first that holds some]
    #[arg(long, value_name = "COLUMN", help_heading = "Reading")]
    time: Option<String>,
    /// Zone of times without an offset from UTC, such as Europe/Berlin; all times are shown by its clock
    /// [default: none; forecast, plot: the model's]
    #[arg(long, value_name = "ZONE", value_parser = zone, help_heading = "Reading")]
    timezone: Option<TimeZone>,
    /// What takes the place of missing steps [default: none; forecast, plot: as in training]
    #[arg(long, value_name = "WITH", value_parser = names::<Fill>(&["none", "previous", "linear", "zero"]), help_heading = "Reading")]
    fill: Option<Fill>,
    /// Adjust prices for splits, or for splits and dividends, where the file carries the factors
    /// [default: none; forecast, plot: as the model's data were]
    #[arg(long, value_name = "WHAT", value_parser = names::<Adjustment>(&["none", "splits", "dividends"]), help_heading = "Reading")]
    adjust: Option<Adjustment>,
}

/// Files that are laid beside the series; `inspect` looks at one file by itself.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Join {
    /// File with a row for each date, such as what `classify run --by day` writes, whose columns stand
    /// beside those of the series: a row counts for the first session at or after its date. Of several rows
    /// for one session the column count is summed and the others are averaged, by their counts; a session
    /// without any has the count 0 and the last values. May be given again
    #[arg(long, value_name = "FILE", help_heading = "Reading")]
    pub(crate) join: Vec<PathBuf>,
}

/// A zone of the time zone database, by its name.
pub(crate) fn zone(name: &str) -> Result<TimeZone, String> {
    TimeZone::get(name).map_err(|_| {
        "it must be the name of a zone such as Europe/Berlin, America/New_York or UTC".into()
    })
}

/// A parser of the orders of dates.
pub(crate) fn date_order() -> impl TypedValueParser<Value = DateOrder> {
    names(&["ymd", "mdy", "dmy", "roc", "yymmdd"])
}

/// A parser of the names that a variant has in the library.
fn names<T>(names: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(names)
        .try_map(|name| serde_json::from_value::<T>(serde_json::Value::String(name)))
}

impl Reading {
    /// The options of these flags, and those of `base` where there is no flag for them.
    pub(crate) fn options(&self, base: &ReadOptions) -> ReadOptions {
        ReadOptions {
            format: self.format.or(base.format),
            dates: self.dates.or(base.dates),
            decimal: self.decimal.or(base.decimal),
            time: self.time.clone().or_else(|| base.time.clone()),
            timezone: self.timezone.clone().or_else(|| base.timezone.clone()),
            fill: self.fill.unwrap_or(base.fill),
            adjust: self.adjust.unwrap_or(base.adjust),
        }
    }
}
