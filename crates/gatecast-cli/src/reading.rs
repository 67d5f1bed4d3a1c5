//! Flags for how a file is read, where its content leaves it open.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use gatecast::series::{Adjustment, DateOrder, Decimal, Format, ReadOptions};
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
    #[arg(long, value_name = "ORDER", value_parser = names::<DateOrder>(&["ymd", "mdy", "dmy", "roc"]), help_heading = "Reading")]
    dates: Option<DateOrder>,
    /// Decimal mark of its numbers [default: inferred from the numbers]
    #[arg(long, value_name = "MARK", value_parser = names::<Decimal>(&["point", "comma"]), help_heading = "Reading")]
    decimal: Option<Decimal>,
    /// Adjust prices for splits, or for splits and dividends, where the file carries the factors
    /// [default: none; forecast, plot: as the model's data were]
    #[arg(long, value_name = "WHAT", value_parser = names::<Adjustment>(&["none", "splits", "dividends"]), help_heading = "Reading")]
    adjust: Option<Adjustment>,
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
    /// The options of these flags, and `adjust` where there is no flag for it.
    pub(crate) fn options(&self, adjust: Adjustment) -> ReadOptions {
        ReadOptions {
            format: self.format,
            dates: self.dates,
            decimal: self.decimal,
            adjust: self.adjust.unwrap_or(adjust),
        }
    }
}
