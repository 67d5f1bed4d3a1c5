//! Prices adjusted for splits and dividends, where the source carries the factors.
//!
//! Adjusted prices are those of today's shares: all that was before a split or a dividend is
//! multiplied, the last row stays as it is.

use super::gather::Gather;
use super::input::Input;
use super::options::{Adjustment, ReadOptions};
use super::table::Table;
use super::{Column, Fault, Series, columns, format};
use crate::error::{Result, fail};

/// Makes a series of a table and adjusts its prices as the options say.
pub(super) fn series<S: AsRef<str>>(
    input: &Input,
    names: &[S],
    options: &ReadOptions,
) -> Result<Series> {
    let table = format::table(&input.name, &input.bytes()?, options.format)?;
    // The factors are read beside what is wanted and leave with their task done.
    let has = |key: &str| table.names.iter().any(|name| columns::key(name) == key);
    // Where no splits are listed, closes beside adjusted ones know them, as Yahoo's do.
    let knows_splits = table.format.split_adjusted() || has("adj close");
    let mut needed: Vec<&str> = match options.adjust {
        Adjustment::None => Vec::new(),
        Adjustment::Splits => vec!["close"],
        // A column of dividends alone does not say whether closes know them already: those that
        // yfinance writes by default do.
        Adjustment::Dividends => vec!["close", "adj close"],
    };
    if has("splits") || !knows_splits {
        needed.push("splits");
    }
    if let Some(lacking) = needed.iter().find(|name| !has(name)) {
        return fail(Fault::Adjustment {
            reason: format!(
                "prices cannot be adjusted for {}: there is no column \"{lacking}\"",
                options.adjust.name()
            ),
            file: table.file.clone(),
            help: "read the file with ‹adjust› none, or take one that carries adjusted closes and \
                   splits, such as Yahoo's or Alpha Vantage's",
        });
    }
    let mut wanted: Vec<String> = names.iter().map(|name| name.as_ref().to_string()).collect();
    if !names.is_empty() {
        wanted.extend(needed.iter().map(|name| (*name).to_string()));
    }
    let mut series = into_series(&table, &wanted, options)?;
    let of = |name: &str| series.find(name).map(|column| column.values.clone());
    let rows = series.rows();
    // What a share of then is in shares of today, and what it is worth of them.
    let shares = match (of("close"), of("splits")) {
        (Some(close), Some(splits)) if !are_known(&close, &splits) => running(rows, |row| {
            if splits[row] > 0.0 {
                1.0 / splits[row]
            } else {
                1.0
            }
        }),
        _ => vec![1.0; rows],
    };
    let worth: Vec<f64> = match (options.adjust, of("close"), of("adj close")) {
        (Adjustment::Dividends, Some(close), Some(adjusted)) => close
            .iter()
            .zip(&adjusted)
            .map(|(close, adjusted)| adjusted / close)
            .collect(),
        _ => shares.clone(),
    };
    if let Some(row) = worth.iter().zip(&shares).position(|(worth, shares)| {
        !(worth.is_finite() && *worth > 0.0 && shares.is_finite() && *shares > 0.0)
    }) {
        return fail(Fault::Adjustment {
            file: series.name,
            reason: format!("the factor of {} is {}", series.stamps[row], worth[row]),
            help: "check closes and splits around this day",
        });
    }
    for Column { name, values, .. } in &mut series.columns {
        match columns::key(name).as_str() {
            "open" | "high" | "low" | "close" => {
                values
                    .iter_mut()
                    .zip(&worth)
                    .for_each(|(value, factor)| *value *= factor);
            }
            "volume" => values
                .iter_mut()
                .zip(&shares)
                .for_each(|(value, factor)| *value /= factor),
            _ => {}
        }
        if let Some(row) = values.iter().position(|value| !value.is_finite()) {
            return fail(Fault::Adjustment {
                file: series.name,
                reason: format!(
                    "\"{name}\" of {} would be {}",
                    series.stamps[row], values[row]
                ),
                help: "check closes, dividends and splits around this day",
            });
        }
    }
    if !names.is_empty() {
        let asked = |column: &Column| {
            names
                .iter()
                .any(|name| columns::key(name.as_ref()) == columns::key(&column.name))
        };
        series.columns.retain(asked);
    }
    series.adjustment = options.adjust;
    Ok(series)
}

/// The one series of a table.
fn into_series(table: &Table, names: &[String], options: &ReadOptions) -> Result<Series> {
    let mut gather = Gather::new(names, None, options);
    gather.take(table)?;
    let mut all = gather.finish()?;
    all.pop().map_or_else(
        || {
            let file = table.file.clone();
            fail(Fault::NoRows { file })
        },
        |(_, series)| series,
    )
}

/// Whether closes are adjusted for the splits beside them: at most splits they did not move that far.
/// Yahoo lists splits that its closes know already, Alpha Vantage splits that they do not.
fn are_known(close: &[f64], splits: &[f64]) -> bool {
    let (mut known, mut open) = (0usize, 0usize);
    for (row, pair) in close.windows(2).enumerate() {
        let split = splits[row + 1];
        if split > 0.0 && split != 1.0 {
            let moved = (pair[0] / pair[1]).ln();
            let nearer_to_none = moved.abs() < (moved - split.ln()).abs();
            known += usize::from(nearer_to_none);
            open += usize::from(!nearer_to_none);
        }
    }
    known > open
}

/// For each row the product of what happens on the rows after it.
fn running(rows: usize, happens: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut factors = vec![1.0; rows];
    for row in (1..rows).rev() {
        factors[row - 1] = factors[row] * happens(row);
    }
    factors
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, adjust: Adjustment) -> Result<Series> {
        let options = ReadOptions {
            adjust,
            ..ReadOptions::default()
        };
        Series::parse_with("p.csv", text.as_bytes(), &["close", "volume"], &options)
    }

    #[test]
    fn what_was_before_a_split_or_a_dividend_is_adjusted() {
        let text = "timestamp,open,high,low,close,adjusted_close,volume,split_coefficient\n\
            2021-07-05,25,25,25,25,25,400,2\n2021-07-02,50,50,50,50,25,200,1\n2021-07-01,50,50,50,50,23.75,100,1\n";
        let none = read(text, Adjustment::None).unwrap();
        assert_eq!(none.column("close").unwrap(), [50.0, 50.0, 25.0]);
        let splits = read(text, Adjustment::Splits).unwrap();
        assert_eq!(splits.column("close").unwrap(), [25.0, 25.0, 25.0]);
        assert_eq!(splits.column("volume").unwrap(), [200.0, 400.0, 400.0]);
        let both = read(text, Adjustment::Dividends).unwrap();
        assert_eq!(both.column("close").unwrap(), [23.75, 25.0, 25.0]);
        assert_eq!(both.columns().len(), 2, "the factors are gone");
        assert_eq!(both.adjustment(), Adjustment::Dividends);
    }

    #[test]
    fn an_adjusted_close_is_the_factor() {
        let text = "Date,Open,High,Low,Close,Adj Close,Volume\n\
            2021-07-01,10,10,10,10,9,5\n2021-07-02,10,10,10,10,10,5\n";
        let both = read(text, Adjustment::Dividends).unwrap();
        assert_eq!(both.column("close").unwrap(), [9.0, 10.0]);
        // Closes beside adjusted ones know splits already.
        assert_eq!(
            read(text, Adjustment::Splits)
                .unwrap()
                .column("close")
                .unwrap(),
            [10.0, 10.0]
        );
    }

    #[test]
    fn splits_that_closes_know_already_are_not_applied_again() {
        let text = "Date,Open,High,Low,Close,Volume,Adj Close,Dividends,Splits\n\
            2021-07-01,10,10,10,10,5,9,0,1\n2021-07-02,10,10,10,10,5,9.5,0,4\n2021-07-05,10,10,10,10,5,10,0,1\n";
        let splits = read(text, Adjustment::Splits).unwrap();
        assert_eq!(splits.column("close").unwrap(), [10.0; 3]);
        let both = read(text, Adjustment::Dividends).unwrap();
        assert_eq!(both.column("close").unwrap(), [9.0, 9.5, 10.0]);
        assert_eq!(both.column("volume").unwrap(), [5.0; 3]);
    }

    #[test]
    fn without_factors_it_is_refused() {
        let plain = "Date,Close,Volume\n2021-07-01,10,1\n";
        let error = read(plain, Adjustment::Dividends).unwrap_err();
        assert!(
            error.to_string().contains("no column \"adj close\""),
            "{error}"
        );
        let huge = "Date,Close,Splits,Volume\n2021-07-01,100,1,1e308\n2021-07-02,1,100,1\n";
        assert!(
            read(huge, Adjustment::Splits)
                .unwrap_err()
                .to_string()
                .contains("\"volume\" of 2021-07-01 would be inf")
        );
        let zero = "Date,Close,Adj Close,Volume\n2021-07-01,0,1,1\n";
        assert!(
            read(zero, Adjustment::Dividends)
                .unwrap_err()
                .to_string()
                .contains("2021-07-01 is inf")
        );
    }
}
