//! What every source gives, and how a checked [`Series`] comes out of it.

use jiff::civil::Date;

use super::dates::{self, DateOrder, Inferred};
use super::numbers::{self, Decimal, Number};
use super::options::{Adjustment, Format, ReadOptions};
use super::{Ahead, Column, Fault, Series, columns};
use crate::error::{Error, Place, Result, fail};

/// A file as text cells: what a source has to produce.
#[derive(Debug)]
pub(super) struct Table {
    /// What messages call the file.
    pub(super) file: String,
    pub(super) format: Format,
    /// Of the text.
    pub(super) encoding: &'static str,
    pub(super) header: Vec<String>,
    /// What was passed over or taken for granted, a sentence each.
    pub(super) notes: Vec<String>,
    cells: Cells,
    /// Most cells that there may be; see [`Table::new`].
    most: usize,
}

/// The cells of all rows in one text, so that a table takes little more memory than its file.
#[derive(Debug, Default)]
struct Cells {
    text: String,
    /// Where each cell ends in `text`, row by row.
    ends: Vec<u32>,
    /// Where each row stands in the file.
    places: Vec<Place>,
}

impl Table {
    /// A table without rows; `file` is what messages call it.
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
            header,
            notes: Vec::new(),
            cells: Cells {
                // At once, since a text that doubles as it grows takes up to three times its size.
                text: String::with_capacity(bytes),
                ..Cells::default()
            },
            most: bytes + LACKING,
        }
    }

    /// Adds a row: as many cells as the header has; further ones are dropped, lacking ones empty.
    pub(super) fn push<C: AsRef<str>>(
        &mut self,
        place: Place,
        cells: impl IntoIterator<Item = C>,
    ) -> Result<()> {
        if self.cells.ends.len() + self.header.len() > self.most {
            let width = self.header.len();
            let reason = format!("most rows are shorter than the header, which has {width} cells");
            let help = "fetch or write it again: every row needs as many cells as the header has";
            return fail(Fault::malformed(&self.file, 1, reason, help));
        }
        let mut cells = cells.into_iter();
        for _ in 0..self.header.len() {
            if let Some(cell) = cells.next() {
                self.cells.text.push_str(cell.as_ref().trim());
            }
            let end = u32::try_from(self.cells.text.len())
                .map_err(|_| Error::too_extreme(format!("{} is larger than 4 GB", self.file)))?;
            self.cells.ends.push(end);
        }
        self.cells.places.push(place);
        Ok(())
    }

    /// Bytes that the rows take.
    #[cfg(feature = "arrow")]
    pub(super) fn size(&self) -> usize {
        let Cells { text, ends, places } = &self.cells;
        text.len() + size_of_val(&ends[..]) + size_of_val(&places[..])
    }

    pub(super) fn rows(&self) -> usize {
        self.cells.places.len()
    }

    /// Where a row stands in the file.
    pub(super) fn place(&self, row: usize) -> Place {
        self.cells.places[row]
    }

    pub(super) fn cell(&self, row: usize, column: usize) -> &str {
        let at = row * self.header.len() + column;
        let start = if at == 0 { 0 } else { self.cells.ends[at - 1] };
        &self.cells.text[start as usize..self.cells.ends[at] as usize]
    }

    /// The cells of a column, top to bottom.
    pub(super) fn column(&self, column: usize) -> impl Iterator<Item = &str> + Clone {
        (0..self.rows()).map(move |row| self.cell(row, column))
    }

    /// How cells are to be read: as the options say, or as the cells show.
    pub(super) fn reading(&self, options: &ReadOptions) -> Result<Reading> {
        let date_column = self.date_column()?;
        let order = match options.dates {
            Some(order) => order,
            None => match DateOrder::infer(&self.column(date_column)) {
                Inferred::Order(order) => order,
                // The first cell will be named.
                Inferred::None => DateOrder::Ymd,
                Inferred::Ambiguous => {
                    let first = self.cell(0, date_column);
                    return fail(Fault::ambiguous_date(&self.file, 1, first));
                }
            },
        };
        let others = (0..self.header.len()).filter(|&column| column != date_column);
        let decimal = match options.decimal {
            Some(decimal) => decimal,
            None => Decimal::of_columns(&others.map(|column| self.column(column)))
                .ok_or_else(|| numbers::ambiguous(&self.file))?,
        };
        Ok(Reading {
            date_column,
            order,
            decimal,
        })
    }

    /// Checks dates and numbers and puts the rows in order. See [`Series::read_columns`] for
    /// which columns are taken.
    pub(super) fn into_series<S: AsRef<str>>(
        self,
        names: &[S],
        options: &ReadOptions,
    ) -> Result<Series> {
        if self.rows() == 0 {
            self.date_column()?;
            return fail(Fault::NoRows { file: self.file });
        }
        let reading = self.reading(options)?;
        let wanted = self.wanted_columns(&reading, names)?;
        let mut notes = self.notes.clone();
        // Rows with values, in order of date; of one date in order of the file, so that a
        // duplicate is reported as it stands there.
        let mut order: Vec<(Date, usize)> = Vec::with_capacity(self.rows());
        let mut dropped: Vec<usize> = Vec::new();
        for row in 0..self.rows() {
            let date = self.date(&reading, row)?;
            let mut missing = false;
            for &column in &wanted {
                match reading.decimal.parse(self.cell(row, column)) {
                    Number::Is(_) => {}
                    Number::Missing => missing = true,
                    Number::Unreadable => return fail(self.bad_cell(row, column, "a number")),
                }
            }
            if missing {
                dropped.push(row);
            } else {
                order.push((date, row));
            }
        }
        // Rows after the last whole one that hold something are still to come.
        let last = order.iter().map(|(date, _)| *date).max();
        let mut ahead: Vec<Ahead> = Vec::new();
        for &row in &dropped {
            let date = self.date(&reading, row)?;
            let value = |&column: &usize| reading.decimal.parse(self.cell(row, column)).value();
            let values: Vec<Option<f64>> = wanted.iter().map(value).collect();
            if last.is_some_and(|last| date > last) && values.iter().any(Option::is_some) {
                ahead.push(Ahead { date, values });
            }
        }
        ahead.sort_by_key(|row| row.date);
        if let Some(first) = ahead.first() {
            notes.push(format!(
                "{}: {} still to come, from {} on, and something is known of them",
                self.file,
                rows_are(ahead.len()),
                first.date
            ));
        }
        let come = |date: Date| ahead.iter().any(|row| row.date == date);
        let mut without = Vec::new();
        for &row in &dropped {
            if !come(self.date(&reading, row)?) {
                without.push(row);
            }
        }
        let dropped = without;
        if let Some(&first) = dropped.first() {
            notes.push(format!(
                "{}: {} without a value, and left out, the first at {} ({})",
                self.file,
                rows_are(dropped.len()),
                self.place(first),
                self.date(&reading, first)?,
            ));
        }
        if order.is_empty() {
            return fail(Fault::NoRows { file: self.file });
        }
        if !order.is_sorted() {
            let was_descending = order.iter().rev().is_sorted_by(|a, b| a.0 <= b.0);
            order.sort_unstable();
            notes.push(format!(
                "{}: the rows were {} and were sorted",
                self.file,
                if was_descending {
                    "newest first"
                } else {
                    "not in order of date"
                },
            ));
        }
        let twice = order.len();
        let mut again = None;
        for pair in order.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let same = |&column: &usize| {
                let value = |row| reading.decimal.parse(self.cell(row, column));
                value(pair[0].1) == value(pair[1].1)
            };
            if !wanted.iter().all(same) {
                return fail(Fault::DuplicateDate {
                    file: self.file.clone(),
                    date: pair[0].0,
                    first: self.place(pair[0].1),
                    second: self.place(pair[1].1),
                });
            }
            again = again.or(Some(pair[1]));
        }
        order.dedup_by_key(|(date, _)| *date);
        if let Some((date, row)) = again {
            notes.push(format!(
                "{}: {} given twice, and one copy left out, the first at {} ({date})",
                self.file,
                rows_are(twice - order.len()),
                self.place(row),
            ));
        }
        let column = |&index: &usize| {
            let cells = order.iter().map(|&(_, row)| self.cell(row, index));
            // All have a value by now; collected through a filter they would take twice the room.
            let mut values = Vec::with_capacity(order.len());
            values.extend(cells.filter_map(|cell| reading.decimal.parse(cell).value()));
            Column {
                name: columns::canonical(&self.header[index]),
                unit: columns::unit(&self.header[index]),
                values,
            }
        };
        Ok(Series {
            columns: wanted.iter().map(column).collect(),
            dates: order.iter().map(|&(date, _)| date).collect(),
            name: self.file,
            dated: true,
            adjustment: Adjustment::None,
            ahead,
            notes,
        })
    }

    /// The column whose header means the date, or else the first whose first cell is one.
    pub(super) fn date_column(&self) -> Result<usize> {
        let named = self.header.iter().position(|h| columns::is_date(h));
        let dated = || {
            (0..self.header.len())
                .find(|&column| self.rows() > 0 && dates::is_date(self.cell(0, column)))
        };
        Ok(named.or_else(dated).ok_or_else(|| Fault::NoDateColumn {
            file: self.file.clone(),
            columns: self.header.clone(),
        })?)
    }

    pub(super) fn date(&self, reading: &Reading, row: usize) -> Result<Date> {
        let column = reading.date_column;
        let date = reading.order.parse(self.cell(row, column));
        let expected =
            "a date such as 2018-04-30, written like the others and without a time of day";
        Ok(date.ok_or_else(|| self.bad_cell(row, column, expected))?)
    }

    /// Whether a column holds numbers: its first cell that is not missing is one.
    pub(super) fn is_numeric(&self, reading: &Reading, column: usize) -> bool {
        let cell = self.column(column).find(|cell| !numbers::is_missing(cell));
        cell.is_some_and(|cell| reading.decimal.parse(cell).value().is_some())
    }

    fn wanted_columns<S: AsRef<str>>(&self, reading: &Reading, names: &[S]) -> Result<Vec<usize>> {
        let date = reading.date_column;
        let keys: Vec<String> = self.header.iter().map(|h| columns::key(h)).collect();
        let numeric: Vec<usize> = (0..self.header.len())
            .filter(|&column| column != date && self.is_numeric(reading, column))
            .collect();
        let mut wanted = Vec::new();
        for name in names {
            let name = name.as_ref().trim().to_string();
            let key = columns::key(&name);
            let mut found = (0..keys.len()).filter(|&i| i != date && keys[i] == key);
            match (found.next(), found.next()) {
                (Some(index), None) => {
                    if !wanted.contains(&index) {
                        wanted.push(index);
                    }
                }
                (Some(_), Some(_)) => {
                    let file = self.file.clone();
                    return fail(Fault::DuplicateColumn { file, name });
                }
                (None, _) => {
                    return fail(Fault::UnknownColumn {
                        file: self.file.clone(),
                        name,
                        known: numeric
                            .iter()
                            .map(|&i| columns::canonical(&self.header[i]))
                            .collect(),
                    });
                }
            }
        }
        if names.is_empty() {
            // A column that is mostly empty must not take the rows of the others with it.
            let empty = |column: usize| {
                self.column(column)
                    .filter(|c| numbers::is_missing(c))
                    .count()
                    * 2
                    > self.rows()
            };
            wanted = numeric;
            wanted.retain(|&column| !empty(column));
            let mut seen = std::collections::HashSet::new();
            if let Some(&twice) = wanted.iter().find(|&&i| !seen.insert(&keys[i])) {
                let name = columns::canonical(&self.header[twice]);
                let file = self.file.clone();
                return fail(Fault::DuplicateColumn { file, name });
            }
        }
        Ok(wanted)
    }

    fn bad_cell(&self, row: usize, column: usize, expected: &'static str) -> Fault {
        let cell = self.cell(row, column);
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
pub(super) struct Reading {
    pub(super) date_column: usize,
    pub(super) order: DateOrder,
    pub(super) decimal: Decimal,
}

fn rows_are(count: usize) -> String {
    match count {
        1 => "1 row was".into(),
        count => format!("{count} rows were"),
    }
}
