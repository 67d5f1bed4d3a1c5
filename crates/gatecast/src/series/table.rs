//! What every source gives: cells with their places in the file, and how they are to be read. What
//! this file is not: a checked series comes out of it in `gather`.

use std::borrow::Cow;

use jiff::tz::TimeZone;

use super::cells::{Cell, Cells, Texts};
use super::numbers::{self, Decimal};
use super::options::{Format, ReadOptions};
use super::stamp::Stamp;
use super::times::{self, Form, Inferred};
use super::{Fault, columns};
use crate::error::{Error, Place, Result, fail};

/// A file, or a piece of one, as cells: what a source has to produce.
#[derive(Debug)]
pub(super) struct Table {
    /// What messages call the file.
    pub(super) file: String,
    pub(super) format: Format,
    /// Of the text.
    pub(super) encoding: &'static str,
    pub(super) header: Vec<String>,
    /// The library's names for the columns.
    pub(super) names: Vec<String>,
    /// Whether commas part the cells, so that in cells without quotes they are no decimal marks.
    pub(super) commas: bool,
    /// What was passed over or taken for granted, a sentence each.
    pub(super) notes: Vec<String>,
    cells: Cells,
    /// Where each row stands in the file.
    places: Vec<Place>,
    /// Most cells that there may be; see [`Table::new`].
    most: usize,
}

impl Table {
    /// A table of text without rows; `file` is what messages call it.
    ///
    /// A text of `bytes` bytes has fewer cells than that, unless most are lacking from rows that are
    /// too short. Those are few in an honest file, and a damaged one shall not fill the memory with
    /// them.
    pub(super) fn new(file: &str, header: Vec<String>, bytes: usize) -> Self {
        /// Lacking cells, at most.
        const LACKING: usize = 1 << 20;
        Self {
            file: file.into(),
            format: Format::Csv,
            encoding: "UTF-8",
            names: columns::names(&header),
            header,
            commas: false,
            notes: Vec::new(),
            cells: Cells::Rows(Texts::with_capacity(bytes)),
            places: Vec::new(),
            most: bytes + LACKING,
        }
    }

    /// A table of columns of a type, all of one length; the first row is the one with this number.
    #[cfg(feature = "frames")]
    pub(super) fn of_columns(
        file: &str,
        format: Format,
        header: Vec<String>,
        columns: Vec<super::cells::Column>,
        (first, rows): (u64, usize),
    ) -> Self {
        Self {
            format,
            encoding: "binary",
            cells: Cells::Columns(columns),
            places: (first..).map(Place::Row).take(rows).collect(),
            ..Self::new(file, header, 0)
        }
    }

    /// Adds a row of text: as many cells as the header has; further ones are dropped, lacking ones empty.
    pub(super) fn push<C: AsRef<str>>(
        &mut self,
        place: Place,
        cells: impl IntoIterator<Item = C>,
    ) -> Result<()> {
        let Cells::Rows(texts) = &mut self.cells else {
            return Err(Error::not_a_series("a row of text among typed columns"));
        };
        if texts.len() + self.header.len() > self.most {
            let width = self.header.len();
            let reason = format!("most rows are shorter than the header, which has {width} cells");
            let help = "fetch or write it again: every row needs as many cells as the header has";
            return fail(Fault::malformed(&self.file, 1, reason, help));
        }
        let mut cells = cells.into_iter();
        for _ in 0..self.header.len() {
            let cell = cells.next();
            texts
                .push(cell.as_ref().map_or("", AsRef::as_ref))
                .ok_or_else(|| Error::too_extreme(format!("{} is larger than 4 GB", self.file)))?;
        }
        self.places.push(place);
        Ok(())
    }

    pub(super) fn rows(&self) -> usize {
        self.places.len()
    }

    /// Where a row stands in the file.
    pub(super) fn place(&self, row: usize) -> Place {
        self.places[row]
    }

    /// Its number alone.
    fn line(&self, row: usize) -> u64 {
        match self.place(row) {
            Place::Line(number) | Place::Row(number) => number,
        }
    }

    pub(super) fn cell(&self, row: usize, column: usize) -> Cell<'_> {
        self.cells.get(row, column, self.header.len())
    }

    /// The cell as text.
    pub(super) fn text(&self, row: usize, column: usize) -> Cow<'_, str> {
        self.cell(row, column).text()
    }

    /// The cells of a column, top to bottom.
    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = Cell<'_>> + Clone {
        (0..self.rows()).map(move |row| self.cell(row, column))
    }

    /// The cells of a column that are text; none of a column that has another type.
    pub(super) fn texts(&self, column: usize) -> impl Iterator<Item = &str> + Clone {
        self.column(column).filter_map(|cell| match cell {
            Cell::Text(text) => Some(text),
            _ => None,
        })
    }

    /// The first cell of a column that is not missing.
    pub(super) fn first(&self, column: usize) -> Option<Cell<'_>> {
        self.column(column).find(|cell| !cell.is_missing())
    }

    /// The zone that a column of times names, of the time that is read.
    pub(super) fn zone(&self, reading: &Reading) -> Option<TimeZone> {
        self.cells.zone(reading.time?.column).cloned()
    }

    /// How cells are to be read: as the options say, or as the cells show. `id` is a column that names
    /// series.
    pub(super) fn reading(&self, options: &ReadOptions, id: Option<usize>) -> Result<Reading> {
        let time = self.time(options, id)?;
        let is_time =
            |column| time.is_some_and(|time| time.column == column || time.clock == Some(column));
        let others = (0..self.header.len())
            .filter(|&column| !is_time(column) && Some(column) != id)
            .map(|column| self.texts(column));
        let decimal = match options.decimal {
            Some(decimal) => decimal,
            None => Decimal::of_columns(&others, self.commas).ok_or_else(|| {
                let columns =
                    (0..self.header.len()).filter(|&column| !is_time(column) && Some(column) != id);
                let cells = columns.flat_map(|column| {
                    (0..self.rows()).filter_map(move |row| match self.cell(row, column) {
                        Cell::Text(text) => Some((self.line(row), text)),
                        _ => None,
                    })
                });
                numbers::ambiguous(&self.file, cells)
            })?,
        };
        Ok(Reading { time, decimal })
    }

    /// Which column is the time, and how it is written: the one that is asked for, the first whose
    /// header means a time and whose cells are some, or the first whose cells are dates; none
    /// where the rows have no times.
    fn time(&self, options: &ReadOptions, id: Option<usize>) -> Result<Option<TimeColumn>> {
        let width = self.header.len();
        let of = |column: usize, named: bool| -> Result<Option<TimeColumn>> {
            let clock = self.clock_beside(column);
            let form = match self.form(column, options, named) {
                Inferred::Form(form) => form,
                Inferred::None => return Ok(None),
                Inferred::Ambiguous => {
                    let row = (0..self.rows()).find(|&row| !self.cell(row, column).is_missing());
                    let row = row.unwrap_or_default();
                    let date = self.text(row, column);
                    return fail(Fault::ambiguous_date(&self.file, self.line(row), &date));
                }
            };
            Ok(Some(TimeColumn {
                column,
                clock: clock
                    .filter(|_| matches!(form, Form::Date(_) | Form::Buddhist(_) | Form::Typed)),
                form,
            }))
        };
        let unreadable = |column| TimeColumn {
            column,
            clock: None,
            // The first cell will be named.
            form: Form::Date(options.dates.unwrap_or(super::DateOrder::Ymd)),
        };
        if let Some(name) = &options.time {
            let column = self.find(name)?;
            let date = columns::is_date(&self.header[column]);
            let time = match of(column, date)? {
                None => of(column, !date)?,
                time => time,
            };
            return Ok(Some(time.unwrap_or_else(|| unreadable(column))));
        }
        let named: Vec<usize> = (0..width)
            .filter(|&column| Some(column) != id && columns::is_time(&self.header[column]))
            .collect();
        for &column in &named {
            let date = columns::is_date(&self.header[column]);
            if let Some(time) = of(column, date)? {
                return Ok(Some(time));
            }
        }
        for column in (0..width).filter(|&column| Some(column) != id) {
            let epoch = |cell: &str| times::is_epoch(cell) && self.is_monotone(column);
            let is_time = |cell: Cell<'_>| match cell {
                Cell::Time(_) => true,
                cell => times::is_time(&cell.text()) || epoch(&cell.text()),
            };
            if self.first(column).is_some_and(is_time)
                && let Some(time) = of(column, false)?
            {
                return Ok(Some(time));
            }
        }
        if let Some(&column) = named
            .iter()
            .find(|&&column| columns::is_date(&self.header[column]))
        {
            return Ok(Some(unreadable(column)));
        }
        let counts = (0..width).find(|&column| {
            columns::is_index(&self.header[column]) && width > 1 && self.is_monotone(column)
        });
        if let Some(column) = counts
            && let Some(time) = of(column, false)?
        {
            return Ok(Some(time));
        }
        // Texts that all differ and hold numbers are dates that cannot be read, most likely.
        let dates_perhaps = |&column: &usize| {
            let mut seen = std::collections::HashSet::new();
            let digits = |cell: &&str| cell.bytes().filter(u8::is_ascii_digit).count() >= 2;
            Some(column) != id
                && self.rows() > 1
                && self.cells.are_text(column)
                && self.texts(column).take(50).all(|cell| {
                    digits(&cell)
                        && Decimal::Point.parse(cell).value().is_none()
                        && Decimal::Comma.parse(cell).value().is_none()
                        && seen.insert(cell)
                })
        };
        match (0..width).find(dates_perhaps) {
            None => Ok(None),
            Some(_) => fail(Fault::NoDateColumn {
                file: self.file.clone(),
                columns: self.header.clone(),
            }),
        }
    }

    /// How the times of a column are written.
    fn form(&self, column: usize, options: &ReadOptions, named: bool) -> Inferred {
        match self.first(column) {
            None => Inferred::None,
            Some(Cell::Time(_)) => Inferred::Form(Form::Typed),
            Some(Cell::Text(_)) => Form::infer(&self.texts(column), options.dates, named),
            Some(_) => {
                let cells = self.column(column).filter(|cell| !cell.is_missing());
                let cells: Vec<String> = cells
                    .take(times::SAMPLE)
                    .map(|cell| cell.text().into_owned())
                    .collect();
                Form::infer(&cells.iter().map(String::as_str), options.dates, named)
            }
        }
    }

    /// The column with the time of day that belongs to a column of dates.
    fn clock_beside(&self, date: usize) -> Option<usize> {
        let first = |column: usize| self.first(column).map(Cell::text).unwrap_or_default();
        if times::has_clock(&first(date)) {
            return None;
        }
        (0..self.header.len()).find(|&column| {
            let digits = |cell: &str| {
                (3..=6).contains(&cell.len()) && cell.bytes().all(|byte| byte.is_ascii_digit())
            };
            let named = columns::is_time_of_day(&self.header[column]);
            let compact = || {
                let mut cells = self.column(column).take(100);
                named && cells.all(|cell| digits(&cell.text()))
            };
            // Hours of sleep are no time of day: the header has to say so.
            column != date && (named && times::is_time_of_day(&first(column)) || compact())
        })
    }

    /// Whether the numbers of a column all ascend, or all descend.
    fn is_monotone(&self, column: usize) -> bool {
        let value = |cell: Cell<'_>| match cell {
            Cell::Text(text) => text.parse().ok(),
            cell => cell.number(Decimal::Point).value(),
        };
        let values: Option<Vec<f64>> = self.column(column).map(value).collect();
        values.is_some_and(|values| {
            values.is_sorted_by(|a, b| a < b) || values.iter().rev().is_sorted_by(|a, b| a < b)
        })
    }

    /// The column that goes by this name.
    pub(super) fn find(&self, name: &str) -> Result<usize, Fault> {
        let key = columns::key(name);
        let lower = name.trim().to_lowercase();
        let by = |test: &dyn Fn(usize) -> bool| {
            let mut found = (0..self.header.len()).filter(|&column| test(column));
            (found.next(), found.next())
        };
        let found = match by(&|column| self.header[column].trim().to_lowercase() == lower) {
            (Some(column), None) => (Some(column), None),
            _ => by(&|column| self.names[column].to_lowercase() == key),
        };
        match found {
            (Some(column), None) => Ok(column),
            (Some(_), Some(_)) => Err(Fault::DuplicateColumn {
                file: self.file.clone(),
                name: name.into(),
            }),
            (None, _) => Err(Fault::UnknownColumn {
                file: self.file.clone(),
                name: name.into(),
                known: self.names.clone(),
            }),
        }
    }

    /// The cell, or the two cells, of a row's time.
    pub(super) fn time_cell(&self, time: TimeColumn, row: usize) -> Cow<'_, str> {
        let date = self.text(row, time.column);
        match time.clock.map(|clock| self.text(row, clock)) {
            None => date,
            // 930 is half past nine; 093000 has its seconds.
            Some(clock) if clock.bytes().all(|byte| byte.is_ascii_digit()) => {
                let digits = if clock.len() > 4 { 6 } else { 4 };
                let padded = format!("{clock:0>digits$}");
                let (hour, rest) = padded.split_at(2);
                let (minute, second) = rest.split_at(2);
                let second = if second.is_empty() { "00" } else { second };
                Cow::Owned(format!("{date} {hour}:{minute}:{second}"))
            }
            Some(clock) => Cow::Owned(format!("{date} {clock}")),
        }
    }

    /// The stamp of a row, which is `number` where rows have no times.
    pub(super) fn stamp(&self, reading: &Reading, row: usize, number: i64) -> Result<Stamp, Fault> {
        let Some(time) = reading.time else {
            return Ok(Stamp::row(number));
        };
        let stamp = match self.cell(row, time.column) {
            Cell::Time(stamp) if time.clock.is_none() => Some(stamp),
            _ => time.form.parse(&self.time_cell(time, row)),
        };
        stamp.ok_or_else(|| {
            self.bad_cell(
                row,
                time.column,
                "a date or time such as 2018-04-30 or 2018-04-30 09:30, written like the others",
            )
        })
    }

    /// Whether a column holds numbers: its first cell that is not missing is one.
    pub(super) fn is_numeric(&self, decimal: Decimal, column: usize) -> bool {
        self.first(column)
            .is_some_and(|cell| cell.number(decimal).value().is_some())
    }

    /// The columns of numbers beside the time and the series' names.
    pub(super) fn numeric(&self, reading: &Reading, id: Option<usize>) -> Vec<usize> {
        (0..self.header.len())
            .filter(|&column| Some(column) != id && !reading.is_time(column))
            .filter(|&column| self.is_numeric(reading.decimal, column))
            .collect()
    }

    /// The columns with these names, each once; without names all that hold numbers and are not mostly
    /// empty, since those would take the rows of the others with them.
    pub(super) fn wanted<S: AsRef<str>>(
        &self,
        reading: &Reading,
        id: Option<usize>,
        names: &[S],
    ) -> Result<Vec<usize>> {
        let mut wanted = Vec::new();
        for name in names {
            let column = match self.find(name.as_ref().trim()) {
                Ok(column) if !reading.is_time(column) => column,
                Err(twice @ Fault::DuplicateColumn { .. }) => return fail(twice),
                _ => {
                    return fail(Fault::UnknownColumn {
                        file: self.file.clone(),
                        name: name.as_ref().into(),
                        known: self.numeric_names(reading, id),
                    });
                }
            };
            if !wanted.contains(&column) {
                wanted.push(column);
            }
        }
        if names.is_empty() {
            let empty = |column: usize| {
                let missing = self.column(column).filter(|cell| cell.is_missing());
                missing.count() * 2 > self.rows()
            };
            wanted = self.numeric(reading, id);
            wanted.retain(|&column| !empty(column));
            let mut seen = std::collections::HashSet::new();
            let key = |column: usize| self.names[column].to_lowercase();
            if let Some(&twice) = wanted.iter().find(|&&column| !seen.insert(key(column))) {
                return fail(Fault::DuplicateColumn {
                    file: self.file.clone(),
                    name: self.names[twice].clone(),
                });
            }
        }
        Ok(wanted)
    }

    /// What the columns of numbers are called.
    pub(super) fn numeric_names(&self, reading: &Reading, id: Option<usize>) -> Vec<String> {
        let numeric = self.numeric(reading, id).into_iter();
        numeric.map(|column| self.names[column].clone()).collect()
    }

    pub(super) fn bad_cell(&self, row: usize, column: usize, expected: &'static str) -> Fault {
        let cell = self.text(row, column);
        Fault::BadCell {
            file: self.file.clone(),
            place: self.place(row),
            column: self.header[column].clone(),
            found: if cell.is_empty() {
                "nothing".into()
            } else {
                format!("{cell:?}")
            },
            expected,
        }
    }
}

/// How the cells of a table are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// None where rows have no times and are numbered.
    pub(super) time: Option<TimeColumn>,
    pub(super) decimal: Decimal,
}

/// Where times stand, and how they are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeColumn {
    pub(super) column: usize,
    /// The column with the time of day, where it has one of its own.
    pub(super) clock: Option<usize>,
    pub(super) form: Form,
}

impl Reading {
    /// Whether a column is part of the time.
    pub(super) fn is_time(&self, column: usize) -> bool {
        self.time
            .is_some_and(|time| time.column == column || time.clock == Some(column))
    }
}
