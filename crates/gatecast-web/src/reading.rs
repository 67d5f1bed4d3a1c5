//! How an uploaded file is read, where its content leaves it open: the flags of the command line. What this file is not:
//! it reads nothing.

use std::collections::BTreeMap;

use gatecast::series::{Adjustment, DateOrder, Decimal, Fill, Format, ReadOptions};
use jiff::tz::TimeZone;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// How a file is read; what is left open is recognised from its content.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reading {
    /// Its source: `csv`, `twse`, `tpex`, `yahoo`, `yfinance`, `stooq`, `alpha-vantage`, `parquet` or `arrow`.
    #[serde(default, deserialize_with = "format_of_files")]
    #[schema(value_type = Option<String>)]
    #[param(value_type = Option<String>)]
    format: Option<Format>,
    /// Order of year, month and day in its dates: `ymd`, `mdy`, `dmy`, `roc` or `yymmdd`.
    #[schema(value_type = Option<String>)]
    #[param(value_type = Option<String>)]
    dates: Option<DateOrder>,
    /// Decimal mark of its numbers: `point` or `comma`.
    #[schema(value_type = Option<String>)]
    #[param(value_type = Option<String>)]
    decimal: Option<Decimal>,
    /// The column with the dates or times.
    time: Option<String>,
    /// The column that names the series of a file with many, one below the other.
    pub(crate) id: Option<String>,
    /// Zone of times without an offset from UTC, such as Europe/Berlin.
    #[serde(default, with = "jiff::fmt::serde::tz::optional")]
    #[schema(value_type = Option<String>)]
    #[param(value_type = Option<String>)]
    timezone: Option<TimeZone>,
    /// What takes the place of missing steps: `none`, `previous`, `linear` or `zero`.
    #[schema(value_type = Option<String>)]
    #[param(value_type = Option<String>)]
    fill: Option<Fill>,
    /// What prices are adjusted for: `none`, `splits` or `dividends`.
    #[schema(value_type = Option<String>)]
    #[param(value_type = Option<String>)]
    adjust: Option<Adjustment>,
}

/// A format, but not that of frames in memory.
fn format_of_files<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Format>, D::Error> {
    let format = Option::<Format>::deserialize(deserializer)?;
    match format.filter(|format| !Format::ALL.contains(format)) {
        Some(other) => Err(D::Error::custom(format!("no file is a {}", other.name()))),
        None => Ok(format),
    }
}

impl Reading {
    /// What parameters behind a question mark say.
    pub(crate) fn of_params(params: BTreeMap<String, String>) -> Result<Self, Problem> {
        // One at a time, so that the one at fault can be named.
        let mut reading = serde_json::Map::new();
        for (name, value) in params {
            let one = serde_json::Map::from_iter([(name.clone(), Value::String(value))]);
            if let Err(error) = serde_json::from_value::<Self>(Value::Object(one.clone())) {
                return Err(Problem::unusable(format!("{name}: {error}")).setting(&name));
            }
            reading.extend(one);
        }
        serde_json::from_value(Value::Object(reading))
            .map_err(|error| Problem::unusable(error.to_string()))
    }

    /// The options of this, and those of `base` where it says nothing.
    pub(crate) fn over(&self, base: ReadOptions) -> ReadOptions {
        ReadOptions {
            format: self.format.or(base.format),
            dates: self.dates.or(base.dates),
            decimal: self.decimal.or(base.decimal),
            time: self.time.clone().or(base.time),
            timezone: self.timezone.clone().or(base.timezone),
            fill: self.fill.unwrap_or(base.fill),
            adjust: self.adjust.unwrap_or(base.adjust),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(params: &[(&str, &str)]) -> Result<Reading, Problem> {
        let params = params
            .iter()
            .map(|&(name, value)| (name.into(), value.into()));
        Reading::of_params(params.collect())
    }

    #[test]
    fn parameters_are_the_flags_of_the_command_line() {
        let reading = of(&[
            ("dates", "dmy"),
            ("decimal", "comma"),
            ("timezone", "Asia/Taipei"),
            ("fill", "linear"),
        ]);
        let base = ReadOptions {
            adjust: Adjustment::Splits,
            fill: Fill::Zero,
            ..ReadOptions::default()
        };
        let options = reading.unwrap().over(base);
        assert_eq!(options.dates, Some(DateOrder::Dmy));
        assert_eq!(options.decimal, Some(Decimal::Comma));
        assert_eq!(
            (options.fill, options.adjust),
            (Fill::Linear, Adjustment::Splits)
        );
        let zone = options.timezone.unwrap();
        assert_eq!(zone.iana_name(), Some("Asia/Taipei"));
    }

    #[test]
    fn what_means_nothing_is_refused_by_name() {
        for (name, value) in [
            ("dates", "sdrawkcab"),
            ("timezone", "Mars/Olympus"),
            ("decimals", "comma"),
            ("format", "frame"),
        ] {
            let problem = of(&[("fill", "none"), (name, value)]).unwrap_err();
            assert!(problem.detail.starts_with(name), "{}", problem.detail);
        }
    }
}
