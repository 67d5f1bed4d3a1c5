//! From bytes to a checked series: stamps in order, each once, and columns of finite numbers.
//!
//! One file a source: each turns bytes into a `table::Table` of cells with their places, and
//! `gather` makes a [`Series`] of it, or many, the same way for all. `format` tells the sources apart by
//! their content; `read` does one after the other. An error names the line at fault; rows without
//! values (`null`, `--`) are left out, with a note in [`Series::notes`]; nothing is repaired in
//! silence. [`inspect`] lists all that is wrong with a file and [`clean`] writes it again. What this
//! module is not: it knows no network, no scaling and no windows. Imports go one way: what
//! sources share (`json`, `options`, `table`) knows no source, and none of them imports `format`.

mod adjust;
mod alpha_vantage;
mod axis;
mod cells;
#[cfg(feature = "frames")]
mod columnar;
mod columns;
#[cfg(feature = "frames")]
mod convert;
mod csv;
mod dates;
mod exchanges;
mod fault;
#[cfg(feature = "arrow")]
mod footer;
mod format;
mod gather;
mod headerless;
mod health;
mod holidays;
mod input;
mod join;
mod json;
#[cfg(feature = "arrow")]
mod messages;
mod moments;
mod numbers;
mod options;
#[cfg(feature = "arrow")]
mod pages;
mod panel;
mod read;
mod rhythm;
mod sample;
mod stamp;
mod stooq;
mod table;
pub(crate) mod text;
mod times;
mod tpex;
mod twse;
#[cfg(feature = "arrow")]
mod typed_files;
mod yahoo;
mod yfinance;

use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

#[cfg(feature = "frames")]
pub(crate) use self::columnar::zone;
pub(crate) use self::columns::key;
pub(crate) use self::csv::delimiter;
pub use self::dates::DateOrder;
pub use self::exchanges::Exchange;
pub(crate) use self::fault::{Fault, similar};
pub use self::health::{
    Change, Cleaned, ColumnHealth, Finding, Health, Kind, Spot, clean, clean_bytes, inspect,
    inspect_bytes,
};
pub use self::holidays::read_holidays;
pub use self::moments::Moment;
pub(crate) use self::moments::moments;
pub use self::numbers::Decimal;
pub use self::options::{Adjustment, Fill, Format, ReadOptions};
#[cfg(feature = "frames")]
pub(crate) use self::panel::of_rows;
pub use self::panel::{Data, Panel, PanelForm, PanelOptions, Skipped};
pub use self::rhythm::{MonthDay, Rhythm, Run, Weekend};
pub use self::sample::sp500;
pub use self::stamp::{NoStamp, Stamp, Unit};
use crate::error::{Error, Result, fail, wrong};

/// A table of numbers on a time axis: `rows` stamps in ascending order, and columns as long.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    name: String,
    stamps: Vec<Stamp>,
    /// Whose clock shows the instants, where that is known.
    zone: Option<TimeZone>,
    columns: Vec<Column>,
    adjustment: Adjustment,
    fill: Fill,
    /// How it was read, where that had to be said.
    reading: Option<Box<ReadOptions>>,
    /// Rows after the last, of which something is known already.
    ahead: Vec<Ahead>,
    /// Which of the columns were joined from another file.
    joined: Vec<String>,
    /// Milliseconds from midnight to the time of day that rows of days had and that was left out; 0 where they had none.
    time_of_day: i64,
    notes: Vec<String>,
}

/// A row that is still to come, with what is known of it.
#[derive(Clone, Debug, PartialEq)]
struct Ahead {
    stamp: Stamp,
    /// A value for each column, where there is one.
    values: Vec<Option<f64>>,
}

/// A named column of finite numbers, one for each date.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// `open`, `high`, `low`, `close`, `adj close` or `volume` where the header was recognised
    /// as such in any of a dozen languages; otherwise the header as it stands.
    pub name: String,
    /// The unit, where the source names it: "shares", "thousands of shares".
    pub unit: Option<&'static str>,
    /// The values, in the units of the file.
    pub values: Vec<f64>,
}

impl Series {
    /// Makes a series of columns in memory; its stamps are dates, local times, instants or anything else
    /// that makes a [`Stamp`].
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
    /// [`NotASeries`](crate::ErrorKind::NotASeries) when stamps are not ascending or of several units,
    /// lengths differ, a number is not finite or a name stands twice.
    pub fn new<S: Into<String>>(
        name: impl Into<String>,
        stamps: impl IntoIterator<Item = impl Into<Stamp>>,
        columns: impl IntoIterator<Item = (S, Vec<f64>)>,
    ) -> Result<Self> {
        let stamps: Vec<Stamp> = stamps.into_iter().map(Into::into).collect();
        let wrong = |reason| Err(Error::not_a_series(reason));
        if let Some(pair) = stamps
            .windows(2)
            .find(|pair| pair[0] >= pair[1] || pair[0].unit() != pair[1].unit())
        {
            return wrong(format!(
                "{} is followed by {}; stamps must ascend and be of one kind",
                pair[0], pair[1]
            ));
        }
        let mut checked: Vec<Column> = Vec::new();
        for (name, values) in columns {
            let name = name.into();
            if values.len() != stamps.len() {
                return wrong(format!(
                    "column \"{name}\" has {} values for {} stamps",
                    values.len(),
                    stamps.len()
                ));
            }
            if let Some(row) = values.iter().position(|v| !v.is_finite()) {
                return wrong(format!(
                    "column \"{name}\" is {} on {}",
                    values[row], stamps[row]
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
            stamps,
            zone: None,
            columns: checked,
            adjustment: Adjustment::None,
            fill: Fill::None,
            reading: None,
            ahead: Vec::new(),
            joined: Vec::new(),
            time_of_day: 0,
            notes: Vec::new(),
        })
    }

    /// Makes a series whose rows have no times: they are numbered from 1.
    ///
    /// # Errors
    /// As [`Series::new`].
    pub fn undated<S: Into<String>>(
        name: impl Into<String>,
        columns: impl IntoIterator<Item = (S, Vec<f64>)>,
    ) -> Result<Self> {
        let columns: Vec<(S, Vec<f64>)> = columns.into_iter().collect();
        let rows = columns.first().map_or(0, |(_, values)| values.len());
        Self::new(name, (1..=rows as i64).map(Stamp::row), columns)
    }

    /// Says by whose clock its instants are to be shown, and by whose trading hours they go on.
    #[must_use]
    pub fn in_zone(mut self, zone: TimeZone) -> Self {
        for stamp in &mut self.stamps {
            *stamp = stamp.in_zone(&zone);
        }
        self.zone = Some(zone);
        self
    }

    /// What its stamps count; days where there are none.
    pub fn unit(&self) -> Unit {
        self.stamps.first().map_or(Unit::Day, |stamp| stamp.unit())
    }

    /// Whether its rows have times, rather than numbers.
    pub fn is_dated(&self) -> bool {
        self.unit() != Unit::Row
    }

    /// How its stamps follow one another.
    pub fn rhythm(&self) -> Rhythm {
        self.rhythm_of(0..self.rows())
    }

    /// How the stamps of these rows follow one another.
    pub(crate) fn rhythm_of(&self, rows: std::ops::Range<usize>) -> Rhythm {
        Rhythm::infer(&self.stamps[rows], self.zone.as_ref())
    }

    /// Appends the rows of `later`, which has the same columns.
    pub(crate) fn extend(&mut self, later: &Self) -> Result<()> {
        let wrong = |reason: &str| {
            Error::not_a_series(format!(
                "{} is no continuation of {}: {reason}",
                later.name, self.name
            ))
        };
        if self.unit() != later.unit() {
            return Err(wrong("their times are not of one kind"));
        }
        for column in &self.columns {
            if later.find(&column.name).is_none() {
                return Err(wrong(&format!("it has no column \"{}\"", column.name)));
            }
        }
        let begins = later.stamps.first();
        match (self.stamps.last(), begins) {
            // Numbers that begin anew count the rows.
            (Some(last), Some(begins)) if last >= begins && !self.is_dated() => {
                let numbers = (1..).map_while(|step| last.after(step));
                let more: Vec<Stamp> = numbers.take(later.rows()).collect();
                self.stamps.extend(more);
            }
            (last, begins) if last >= begins => {
                return Err(wrong("it does not begin after its last date"));
            }
            _ => self.stamps.extend(&later.stamps),
        }
        for column in &mut self.columns {
            if let Some(more) = later.find(&column.name) {
                column.values.extend(&more.values);
            }
        }
        Ok(())
    }

    /// What the series is called: the file it came from.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of stamps.
    pub fn rows(&self) -> usize {
        self.stamps.len()
    }

    /// The stamps, ascending.
    pub fn stamps(&self) -> &[Stamp] {
        &self.stamps
    }

    /// The columns, in the order of the file.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What the prices are adjusted for.
    pub fn adjustment(&self) -> Adjustment {
        self.adjustment
    }

    /// What took the place of missing steps.
    pub fn fill(&self) -> Fill {
        self.fill
    }

    /// How its file was read: what was said of dates, numbers and the column of times.
    pub fn reading(&self) -> ReadOptions {
        self.reading.as_deref().cloned().unwrap_or_default()
    }

    /// Which of its columns were joined from another file; see [`Series::join`].
    pub fn joined(&self) -> &[String] {
        &self.joined
    }

    /// Milliseconds from midnight to the time of day that its days had, where every day had one row and the time was left
    /// out; 0 where they had none.
    pub fn time_of_day(&self) -> i64 {
        self.time_of_day
    }

    /// By whose clock its instants are shown, where that is known.
    pub fn zone(&self) -> Option<&TimeZone> {
        self.zone.as_ref()
    }

    /// That the stamps follow no rhythm, or one with many steps missing, where it is so.
    fn rhythm_note(&self) -> Option<String> {
        /// Rows that are looked at.
        const RECENT: usize = 10_000;
        let recent = &self.stamps[self.rows().saturating_sub(RECENT)..];
        let rhythm = self.rhythm();
        let (lacking, all) = rhythm.lacking(recent);
        let share = lacking as f64 / all as f64;
        // Days without a session may be holidays, of which some markets have two weeks together.
        let few = match rhythm {
            Rhythm::Weekdays(_) | Rhythm::Sessions { .. } if all < 100 => 1.0,
            Rhythm::Weekdays(_) | Rhythm::Sessions { .. } => 0.2,
            _ => 0.0,
        };
        if recent.len() > 3 && rhythm.steadiness(recent) < 0.5 {
            return Some(format!(
                "{}: the rows follow no steady rhythm; the dates of forecasts are a guess ({rhythm})",
                self.name
            ));
        }
        (share > few).then(|| {
            format!(
                "{}: {lacking} of {all} steps are missing ({:.1} %) where rows stand {rhythm}; ‹fill› puts something in their place",
                self.name,
                100.0 * share
            )
        })
    }

    /// The same with rows in place of the steps of its rhythm that are missing; how many is noted.
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) where more rows would be made up than there are.
    pub fn filled(mut self, fill: Fill) -> Result<Self> {
        self.fill = fill;
        if fill == Fill::None {
            return Ok(self);
        }
        let rhythm = self.rhythm();
        let (lacking, all) = rhythm.lacking(&self.stamps);
        if lacking == 0 {
            return Ok(self);
        }
        let share = 100.0 * lacking as f64 / all as f64;
        if lacking > self.rows() {
            return wrong(
                "fill",
                format!(
                    "{}, and {lacking} of {all} steps of {} have no row ({share:.0} %)",
                    fill.name(),
                    self.name
                ),
                "none where more rows would be made up than there are",
            );
        }
        let mut stamps = Vec::with_capacity(all);
        let mut values: Vec<Vec<f64>> = vec![Vec::with_capacity(all); self.columns.len()];
        for row in 0..self.rows() {
            if row > 0 {
                let (before, after) = (self.stamps[row - 1], self.stamps[row]);
                let steps = std::iter::successors(rhythm.next(before), |&stamp| rhythm.next(stamp));
                let made_up: Vec<Stamp> = steps.take_while(|&stamp| stamp < after).collect();
                for (column, values) in self.columns.iter().zip(&mut values) {
                    let (from, to) = (column.values[row - 1], column.values[row]);
                    let part = |step: usize| step as f64 / (made_up.len() + 1) as f64;
                    values.extend((1..=made_up.len()).map(|step| match fill {
                        Fill::None | Fill::Previous => from,
                        Fill::Zero => 0.0,
                        Fill::Linear => from + (to - from) * part(step),
                    }));
                }
                stamps.extend(made_up);
            }
            stamps.push(self.stamps[row]);
            for (column, values) in self.columns.iter().zip(&mut values) {
                values.push(column.values[row]);
            }
        }
        for (column, values) in self.columns.iter_mut().zip(values) {
            column.values = values;
        }
        self.stamps = stamps;
        self.notes.push(format!(
            "{}: {lacking} of {all} steps had no row ({share:.1} %) and were filled ({})",
            self.name,
            fill.name()
        ));
        Ok(self)
    }

    /// Adds rows that are still to come, of which some columns are known already: holidays, promotions,
    /// other forecasts. In a file they are the last rows, with the other columns left empty.
    ///
    /// # Errors
    /// [`NotASeries`](crate::ErrorKind::NotASeries) when stamps do not ascend from the last on, or
    /// lengths differ; [`UnknownColumn`](crate::ErrorKind::UnknownColumn).
    pub fn with_ahead<S: AsRef<str>>(
        mut self,
        stamps: impl IntoIterator<Item = impl Into<Stamp>>,
        columns: impl IntoIterator<Item = (S, Vec<f64>)>,
    ) -> Result<Self> {
        let stamps: Vec<Stamp> = stamps.into_iter().map(Into::into).collect();
        let after = self.stamps.last().into_iter().chain(&stamps);
        if !after.is_sorted_by(|a, b| a < b) {
            return Err(Error::not_a_series(
                "rows to come must ascend from the last one on",
            ));
        }
        let unknown = vec![None; self.columns.len()];
        let mut ahead: Vec<Ahead> = stamps
            .iter()
            .map(|&stamp| Ahead {
                stamp,
                values: unknown.clone(),
            })
            .collect();
        for (name, values) in columns {
            let name = name.as_ref();
            self.column(name)?;
            if values.len() != stamps.len() || values.iter().any(|value| !value.is_finite()) {
                return Err(Error::not_a_series(format!(
                    "column \"{name}\" needs {} numbers for the rows to come",
                    stamps.len()
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

    /// What is known of a column at a stamp after the last row.
    pub(crate) fn known_ahead(&self, name: &str, stamp: Stamp) -> Option<f64> {
        let key = columns::key(name);
        let at = self
            .columns
            .iter()
            .position(|c| columns::key(&c.name) == key)?;
        let row = self.ahead.iter().find(|row| row.stamp == stamp)?;
        row.values[at]
    }

    /// The stamps after the last row of which something is known.
    pub(crate) fn stamps_ahead(&self) -> impl Iterator<Item = Stamp> {
        self.ahead.iter().map(|row| row.stamp)
    }

    /// The same rows with other values: `map` is given each column's name and values.
    pub(crate) fn map_columns(&self, map: impl Fn(&str, &[f64]) -> Vec<f64>) -> Result<Self> {
        let columns = self
            .columns
            .iter()
            .map(|column| (column.name.clone(), map(&column.name, &column.values)));
        let mapped = Self::new(self.name.clone(), self.stamps.iter().copied(), columns)?;
        Ok(Self {
            columns: mapped.columns,
            ..self.clone()
        })
    }

    /// The same rows under other stamps, which must ascend.
    pub(crate) fn with_stamps(self, stamps: Vec<Stamp>) -> Result<Self> {
        let none: [(String, Vec<f64>); 0] = [];
        let checked = Self::new("", stamps, none)?;
        Ok(Self {
            stamps: checked.stamps,
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
            stamps: self.stamps[range.clone()].to_vec(),
            zone: self.zone.clone(),
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
            fill: self.fill,
            reading: self.reading.clone(),
            ahead: Vec::new(),
            joined: self.joined.clone(),
            time_of_day: self.time_of_day,
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

    /// SHA-256 over the stamps and the named columns, as lower-case hexadecimal digits: the same
    /// numbers give the same digest, however the file was written.
    ///
    /// # Errors
    /// [`UnknownColumn`](crate::ErrorKind::UnknownColumn).
    pub fn sha256<S: AsRef<str>>(&self, names: &[S]) -> Result<String> {
        let mut hash = Sha256::new();
        for stamp in &self.stamps {
            hash.update(stamp.to_string());
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

pub(crate) fn hexadecimal(hash: Sha256) -> String {
    let digest = hash.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A single series is a panel of one.
impl AsRef<[Series]> for Series {
    fn as_ref(&self) -> &[Series] {
        std::slice::from_ref(self)
    }
}
