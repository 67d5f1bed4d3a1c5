//! From bytes to a checked series: dates in order, each once, and columns of finite numbers.
//!
//! One file a source: each turns bytes into a `table::Table` of text cells with line numbers,
//! and `table` makes a [`Series`] of it, the same way for all. `format` tells the sources apart by
//! their content; `read` does one after the other. An error names the line at fault; rows without
//! values (`null`, `--`) are left out, with a note in [`Series::notes`]; nothing is repaired in
//! silence. [`inspect`] lists all that is wrong with a file and [`clean`] writes it again. What this
//! module is not: it knows no network, no scaling and no windows. Imports go one way: what
//! sources share (`json`, `options`, `table`) knows no source, and none of them imports `format`.

mod adjust;
mod alpha_vantage;
mod calendar;
#[cfg(feature = "arrow")]
mod columnar;
mod columns;
mod csv;
mod dates;
mod fault;
mod format;
mod headerless;
mod health;
mod holidays;
mod json;
#[cfg(feature = "arrow")]
mod messages;
mod numbers;
mod options;
#[cfg(feature = "arrow")]
mod pages;
mod panel;
mod read;
mod sample;
mod stooq;
mod table;
mod text;
mod tpex;
mod twse;
mod yahoo;
mod yfinance;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

pub use self::calendar::Calendar;
pub(crate) use self::columns::key;
pub use self::dates::DateOrder;
pub(crate) use self::fault::{Fault, similar};
pub use self::health::{
    Change, Cleaned, ColumnHealth, Finding, Health, Kind, Spot, clean, clean_bytes, inspect,
    inspect_bytes,
};
pub use self::holidays::read_holidays;
pub use self::numbers::Decimal;
pub use self::options::{Adjustment, Format, ReadOptions};
pub use self::panel::{Panel, PanelForm, PanelOptions, Skipped};
pub use self::sample::sp500;
use crate::error::{Error, Result, fail};

/// A dated table of numbers: `rows` dates in ascending order, and columns as long.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    name: String,
    dates: Vec<Date>,
    /// Whether the dates are those of the rows, or only count them.
    dated: bool,
    columns: Vec<Column>,
    adjustment: Adjustment,
    /// Rows after the last, of which something is known already.
    ahead: Vec<Ahead>,
    notes: Vec<String>,
}

/// A row that is still to come, with what is known of it.
#[derive(Clone, Debug, PartialEq)]
struct Ahead {
    date: Date,
    /// A value for each column, where there is one.
    values: Vec<Option<f64>>,
}

/// A named column of finite numbers, one for each date.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// `open`, `high`, `low`, `close`, `adj close` or `volume` where the header was recognised
    /// as such in English or Chinese; otherwise the header as it stands.
    pub name: String,
    /// The unit, where the source names it: "shares", "thousands of shares".
    pub unit: Option<&'static str>,
    /// The values, in the units of the file.
    pub values: Vec<f64>,
}

impl Series {
    /// Makes a series of columns in memory.
    ///
    /// ```
    /// use gatecast::series::Series;
    /// use jiff::civil::date;
    ///
    /// let dates = vec![date(2018, 4, 27), date(2018, 4, 30)];
    /// let series = Series::new("two days", dates, [("close", vec![80.35, 80.0])])?;
    /// assert_eq!(series.column("Close")?, [80.35, 80.0]);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`NotASeries`](crate::ErrorKind::NotASeries) when dates are not ascending, lengths differ, a
    /// number is not finite or a name stands twice.
    pub fn new<S: Into<String>>(
        name: impl Into<String>,
        dates: Vec<Date>,
        columns: impl IntoIterator<Item = (S, Vec<f64>)>,
    ) -> Result<Self> {
        let wrong = |reason| Err(Error::not_a_series(reason));
        if let Some(pair) = dates.windows(2).find(|pair| pair[0] >= pair[1]) {
            return wrong(format!(
                "{} is followed by {}; dates must ascend",
                pair[0], pair[1]
            ));
        }
        let mut checked: Vec<Column> = Vec::new();
        for (name, values) in columns {
            let name = name.into();
            if values.len() != dates.len() {
                return wrong(format!(
                    "column \"{name}\" has {} values for {} dates",
                    values.len(),
                    dates.len()
                ));
            }
            if let Some(row) = values.iter().position(|v| !v.is_finite()) {
                return wrong(format!(
                    "column \"{name}\" is {} on {}",
                    values[row], dates[row]
                ));
            }
            if checked
                .iter()
                .any(|c| columns::key(&c.name) == columns::key(&name))
            {
                return wrong(format!("two columns are named \"{name}\""));
            }
            checked.push(Column {
                name,
                unit: None,
                values,
            });
        }
        Ok(Self {
            name: name.into(),
            dates,
            dated: true,
            columns: checked,
            adjustment: Adjustment::None,
            ahead: Vec::new(),
            notes: Vec::new(),
        })
    }

    /// Makes a series whose rows have no dates: its dates count them, a day a row, and mean
    /// nothing.
    ///
    /// # Errors
    /// As [`Series::new`]; [`TooExtreme`](crate::ErrorKind::TooExtreme) beyond three million rows.
    pub fn undated<S: Into<String>>(
        name: impl Into<String>,
        columns: impl IntoIterator<Item = (S, Vec<f64>)>,
    ) -> Result<Self> {
        let columns: Vec<(S, Vec<f64>)> = columns.into_iter().collect();
        let rows = columns.first().map_or(0, |(_, values)| values.len());
        let dates: Option<Vec<Date>> = (0..rows as i64).map(step_date).collect();
        let dates = dates
            .ok_or_else(|| Error::too_extreme(format!("{rows} rows without dates are too many")))?;
        let series = Self::new(name, dates, columns)?;
        Ok(Self {
            dated: false,
            ..series
        })
    }

    /// Whether its rows have dates.
    pub fn is_dated(&self) -> bool {
        self.dated
    }

    /// Appends the rows of `later`, which has the same columns.
    pub(crate) fn extend(&mut self, later: &Self) -> Result<()> {
        let wrong = |reason: &str| {
            Error::not_a_series(format!(
                "{} is no continuation of {}: {reason}",
                later.name, self.name
            ))
        };
        if self.dated != later.dated {
            return Err(wrong("only one of them has dates"));
        }
        let overlap = self.dates.last() >= later.dates.first();
        if self.dated && overlap {
            return Err(wrong("it does not begin after its last date"));
        }
        for column in &self.columns {
            if later.find(&column.name).is_none() {
                return Err(wrong(&format!("it has no column \"{}\"", column.name)));
            }
        }
        for column in &mut self.columns {
            if let Some(more) = later.find(&column.name) {
                column.values.extend(&more.values);
            }
        }
        if self.dated {
            self.dates.extend(&later.dates);
        } else {
            let rows = self.dates.len() + later.dates.len();
            self.dates = (0..rows as i64).filter_map(step_date).collect();
        }
        Ok(())
    }

    /// What the series is called: the file it came from.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of dates.
    pub fn rows(&self) -> usize {
        self.dates.len()
    }

    /// The dates, ascending.
    pub fn dates(&self) -> &[Date] {
        &self.dates
    }

    /// The columns, in the order of the file.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What the prices are adjusted for.
    pub fn adjustment(&self) -> Adjustment {
        self.adjustment
    }

    /// Adds rows that are still to come, of which some columns are known already: holidays, promotions,
    /// other forecasts. In a file they are the last rows, with the other columns left empty.
    ///
    /// # Errors
    /// [`NotASeries`](crate::ErrorKind::NotASeries) when dates do not ascend from the last on, or lengths
    /// differ; [`UnknownColumn`](crate::ErrorKind::UnknownColumn).
    pub fn with_ahead<S: AsRef<str>>(
        mut self,
        dates: &[Date],
        columns: impl IntoIterator<Item = (S, Vec<f64>)>,
    ) -> Result<Self> {
        let after = self.dates.last().into_iter().chain(dates);
        if !after.is_sorted_by(|a, b| a < b) {
            return Err(Error::not_a_series(
                "rows to come must ascend from the last one on",
            ));
        }
        let unknown = vec![None; self.columns.len()];
        let mut ahead: Vec<Ahead> = dates
            .iter()
            .map(|&date| Ahead {
                date,
                values: unknown.clone(),
            })
            .collect();
        for (name, values) in columns {
            let name = name.as_ref();
            self.column(name)?;
            if values.len() != dates.len() || values.iter().any(|value| !value.is_finite()) {
                return Err(Error::not_a_series(format!(
                    "column \"{name}\" needs {} numbers for the rows to come",
                    dates.len()
                )));
            }
            let key = columns::key(name);
            let at = self
                .columns
                .iter()
                .position(|c| columns::key(&c.name) == key);
            for (row, value) in ahead.iter_mut().zip(values) {
                if let Some(at) = at {
                    row.values[at] = Some(value);
                }
            }
        }
        self.ahead = ahead;
        Ok(self)
    }

    /// What is known of a column on a date after the last row.
    pub(crate) fn known_ahead(&self, name: &str, date: Date) -> Option<f64> {
        let key = columns::key(name);
        let at = self
            .columns
            .iter()
            .position(|c| columns::key(&c.name) == key)?;
        let row = self.ahead.iter().find(|row| row.date == date)?;
        row.values[at]
    }

    /// The dates after the last row of which something is known.
    pub(crate) fn dates_ahead(&self) -> impl Iterator<Item = Date> {
        self.ahead.iter().map(|row| row.date)
    }

    /// The same rows with other values: `map` is given each column's name and values.
    pub(crate) fn map_columns(&self, map: impl Fn(&str, &[f64]) -> Vec<f64>) -> Result<Self> {
        let columns = self
            .columns
            .iter()
            .map(|column| (column.name.clone(), map(&column.name, &column.values)));
        let mapped = Self::new(self.name.clone(), self.dates.clone(), columns)?;
        Ok(Self {
            columns: mapped.columns,
            ..self.clone()
        })
    }

    /// The same rows under other dates, which must ascend.
    pub(crate) fn with_dates(self, dates: Vec<Date>) -> Result<Self> {
        let none: [(String, Vec<f64>); 0] = [];
        let checked = Self::new("", dates, none)?;
        Ok(Self {
            dates: checked.dates,
            ..self
        })
    }

    /// Says what the prices of a series made in memory are adjusted for.
    #[must_use]
    pub fn with_adjustment(mut self, adjustment: Adjustment) -> Self {
        self.adjustment = adjustment;
        self
    }

    /// What was done to the rows on the way in, a sentence each; empty when nothing was.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The rows `range`, as a series of their own.
    ///
    /// # Panics
    /// When there are no such rows.
    pub fn slice(&self, range: std::ops::Range<usize>) -> Self {
        Self {
            name: self.name.clone(),
            dates: self.dates[range.clone()].to_vec(),
            dated: self.dated,
            columns: self
                .columns
                .iter()
                .map(|column| Column {
                    name: column.name.clone(),
                    unit: column.unit,
                    values: column.values[range.clone()].to_vec(),
                })
                .collect(),
            adjustment: self.adjustment,
            ahead: Vec::new(),
            notes: self.notes.clone(),
        }
    }

    /// The values of a column, by its name in any case or by another name for the same thing
    /// (`收盤價` finds `close`).
    ///
    /// # Errors
    /// [`UnknownColumn`](crate::ErrorKind::UnknownColumn).
    pub fn column(&self, name: &str) -> Result<&[f64]> {
        match self.find(name) {
            Some(column) => Ok(&column.values),
            None => fail(Fault::UnknownColumn {
                file: self.name.clone(),
                name: name.into(),
                known: self.columns.iter().map(|c| c.name.clone()).collect(),
            }),
        }
    }

    /// The name that a column has in this series, by any of its names.
    ///
    /// # Errors
    /// [`UnknownColumn`](crate::ErrorKind::UnknownColumn).
    pub(crate) fn column_name(&self, name: &str) -> Result<&str> {
        self.column(name)?;
        Ok(self.find(name).map_or("", |column| &column.name))
    }

    /// As [`Series::column`], without an error.
    pub(crate) fn find(&self, name: &str) -> Option<&Column> {
        let key = columns::key(name);
        self.columns
            .iter()
            .find(|column| columns::key(&column.name) == key)
    }

    /// SHA-256 over the dates and the named columns, as lower-case hexadecimal digits: the same
    /// numbers give the same digest, however the file was written.
    ///
    /// # Errors
    /// [`UnknownColumn`](crate::ErrorKind::UnknownColumn).
    pub fn sha256<S: AsRef<str>>(&self, names: &[S]) -> Result<String> {
        let mut hash = Sha256::new();
        for date in &self.dates {
            hash.update(date.to_string());
        }
        for name in names {
            hash.update(columns::key(name.as_ref()));
            for value in self.column(name.as_ref())? {
                hash.update(value.to_le_bytes());
            }
        }
        Ok(hexadecimal(hash))
    }

    /// SHA-256 over the names and digests of many series.
    ///
    /// # Errors
    /// [`UnknownColumn`](crate::ErrorKind::UnknownColumn).
    pub(crate) fn sha256_of_many<S: AsRef<str>>(panel: &[Self], names: &[S]) -> Result<String> {
        let mut hash = Sha256::new();
        for series in panel {
            hash.update(&series.name);
            hash.update(series.sha256(names)?);
        }
        Ok(hexadecimal(hash))
    }
}

fn hexadecimal(hash: Sha256) -> String {
    let digest = hash.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A single series is a panel of one.
impl AsRef<[Series]> for Series {
    fn as_ref(&self) -> &[Series] {
        std::slice::from_ref(self)
    }
}

/// The day that stands for a row without a date, counted from the year 1.
fn step_date(step: i64) -> Option<Date> {
    let span = jiff::Span::new().try_days(step).ok()?;
    Date::constant(1, 1, 1).checked_add(span).ok()
}
