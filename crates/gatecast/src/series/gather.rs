//! How checked [`Series`] come out of the rows of a table: one, or one for each name in a column. Stamps
//! are put in order and stand once, columns hold finite numbers, rows without a value are left
//! out or are still to come, and what was done is noted. What this file is not: what a cell means
//! is `table`'s, `times`' and `numbers`' business.

use std::collections::HashMap;

use jiff::tz::TimeZone;

use super::axis::Odd;
use super::cells::Cell;
use super::numbers::Number;
use super::options::{Adjustment, Fill, ReadOptions};
use super::stamp::{Stamp, Unit};
use super::table::{Reading, Table};
use super::{Ahead, Column, Fault, Series, axis, columns};
use crate::error::{Error, Place, Result, fail};

/// Gathers series from the pieces of a file.
pub(super) struct Gather<'a> {
    options: &'a ReadOptions,
    /// What is wanted of it; everything where there are no names.
    names: Vec<String>,
    /// The column that names the series.
    id: Option<usize>,
    /// Known from the first piece on.
    plan: Option<Plan>,
    file: String,
    header: Vec<String>,
    notes: Vec<String>,
    series: Vec<Rows>,
    /// Rows without a series' name, and the first of them.
    nameless: Option<(usize, Place)>,
    places: HashMap<String, usize>,
}

/// What is read of every row.
struct Plan {
    reading: Reading,
    wanted: Vec<usize>,
    columns: Vec<(String, Option<&'static str>)>,
    /// Of the wanted columns the one without which a row is still to come.
    target: Option<usize>,
    /// Whose clock the times show.
    zone: Option<TimeZone>,
}

/// The rows of one series as they come.
#[derive(Default)]
struct Rows {
    name: String,
    stamps: Vec<Stamp>,
    columns: Vec<Vec<f64>>,
    places: Places,
    /// Rows without a value of some column.
    lacking: Vec<(Place, Ahead)>,
    /// The time of day of its last row, where every day has one row and times are left out.
    time_of_day: i64,
    /// Why it is no series.
    broken: Option<Error>,
}

/// Where rows stand in the file, in stretches of rows that are as far from one another.
#[derive(Default)]
struct Places {
    /// First row, its place, and how far each is from the one before.
    stretches: Vec<(usize, u64, u64)>,
    rows: usize,
    in_lines: bool,
}

impl Places {
    fn push(&mut self, place: Place) {
        let (at, in_lines) = match place {
            Place::Line(line) => (line, true),
            Place::Row(row) => (row, false),
        };
        self.in_lines = in_lines;
        let row = self.rows;
        self.rows += 1;
        if let Some((first, start, step)) = self.stretches.last_mut() {
            let count = (row - *first) as u64;
            if count == 1 {
                *step = at.saturating_sub(*start);
            }
            if *start + count * *step == at {
                return;
            }
        }
        self.stretches.push((row, at, 0));
    }

    fn of(&self, row: usize) -> Place {
        let stretch = self
            .stretches
            .partition_point(|(first, ..)| *first <= row)
            .max(1)
            - 1;
        let at = self
            .stretches
            .get(stretch)
            .map_or(0, |(first, start, step)| {
                start + (row - first) as u64 * step
            });
        if self.in_lines {
            Place::Line(at)
        } else {
            Place::Row(at)
        }
    }
}

impl<'a> Gather<'a> {
    /// For the columns `names`, or all; `id` names the series.
    pub(super) fn new<S: AsRef<str>>(
        names: &[S],
        id: Option<usize>,
        options: &'a ReadOptions,
    ) -> Self {
        Self {
            options,
            names: names.iter().map(|name| name.as_ref().to_string()).collect(),
            id,
            plan: None,
            file: String::new(),
            header: Vec::new(),
            notes: Vec::new(),
            series: Vec::new(),
            nameless: None,
            places: HashMap::new(),
        }
    }

    /// Takes the next rows of the file. In a file with one series a bad row is an error; of several
    /// series it is the end of the one it belongs to.
    pub(super) fn take(&mut self, table: &Table) -> Result<()> {
        self.notes.extend(table.notes.iter().cloned());
        if table.rows() == 0 {
            self.file.clone_from(&table.file);
            self.header.clone_from(&table.header);
            return Ok(());
        }
        let plan = match self.plan.take() {
            Some(plan) => plan,
            None => self.plan(table)?,
        };
        let mut current: Option<usize> = None;
        for row in 0..table.rows() {
            let series = match self.id {
                None if current.is_some() => 0,
                None => self.series_named(&table.file, plan.wanted.len()),
                Some(id) => {
                    let name = &*table.text(row, id);
                    if name.is_empty() {
                        self.nameless = match self.nameless {
                            None => Some((1, table.place(row))),
                            Some((count, first)) => Some((count + 1, first)),
                        };
                        continue;
                    }
                    match current.filter(|&at| self.series[at].name == name) {
                        Some(at) => at,
                        None => self.series_named(name, plan.wanted.len()),
                    }
                }
            };
            current = Some(series);
            let rows = &mut self.series[series];
            if rows.broken.is_none()
                && let Err(error) = rows.take(table, &plan, row)
            {
                match self.id {
                    None => return Err(error),
                    Some(_) => rows.broken = Some(error),
                }
            }
        }
        self.plan = Some(plan);
        Ok(())
    }

    fn series_named(&mut self, name: &str, columns: usize) -> usize {
        if let Some(&at) = self.places.get(name) {
            return at;
        }
        self.places.insert(name.into(), self.series.len());
        self.series.push(Rows {
            name: name.into(),
            columns: vec![Vec::new(); columns],
            ..Rows::default()
        });
        self.series.len() - 1
    }

    fn plan(&mut self, table: &Table) -> Result<Plan> {
        self.file.clone_from(&table.file);
        let reading = table.reading(self.options, self.id)?;
        // The target of a long file is often called y, and nobody need say so. Any other name is meant.
        let mut names = self.names.clone();
        if self.id.is_some()
            && let Some(first) = names.first_mut().filter(|name| *name == "close")
            && table.find(first).is_err()
            && table.find("y").is_ok()
        {
            *first = "y".into();
        }
        let wanted = table.wanted(&reading, self.id, &names)?;
        let named = |column: &usize| {
            // By the name that was asked for, where the header has it as it stands.
            let header = table.header[*column].trim();
            let asked = self
                .names
                .iter()
                .find(|name| name.trim().eq_ignore_ascii_case(header));
            let name = match asked {
                None if header == "y" && names.first().is_some_and(|name| name == "y") => {
                    self.names[0].clone()
                }
                Some(_) if columns::key(header) != table.names[*column].to_lowercase() => {
                    header.to_string()
                }
                _ => table.names[*column].clone(),
            };
            (name, columns::unit(header))
        };
        let columns: Vec<(String, Option<&'static str>)> = wanted.iter().map(named).collect();
        let target = match self.names.is_empty() {
            false => Some(0).filter(|_| !wanted.is_empty()),
            true => columns.iter().position(|(name, _)| name == "close"),
        };
        let zone = self.options.timezone.clone();
        let zone = zone.or_else(|| table.zone(&reading));
        self.note_how(table, &reading);
        if self.id.is_none() {
            self.note_texts(table, &reading);
        }
        Ok(Plan {
            reading,
            wanted,
            columns,
            target,
            zone,
        })
    }

    /// Says of a column with a few texts, again and again, that it may name series.
    fn note_texts(&mut self, table: &Table, reading: &Reading) {
        let rows = table.rows();
        let few = |&column: &usize| {
            let mut texts = std::collections::HashSet::new();
            !reading.is_time(column)
                && table.column(column).all(|cell| match cell {
                    Cell::Text(text) => {
                        texts.insert(text);
                        let is_text = cell.number(reading.decimal) == Number::Unreadable;
                        is_text && texts.len() * 10 <= rows
                    }
                    _ => false,
                })
                && texts.len() > 1
        };
        if let Some(column) = (0..table.header.len()).find(few) {
            let (file, name) = (&self.file, &table.header[column]);
            self.notes.push(format!(
                "{file}: column {name:?} has a few texts, again and again, and is left out; where each names a series of its own, read it with ‹id› {name}"
            ));
        }
    }

    /// Says what a reader could not expect.
    fn note_how(&mut self, table: &Table, reading: &Reading) {
        let file = &self.file;
        let Some(time) = reading.time else {
            self.notes.push(format!(
                "{file}: no column is a date or a time; the rows are numbered from 1"
            ));
            return;
        };
        let first = table.first(time.column).map(Cell::text);
        if let Some(year) = first.and_then(|cell| time.form.buddhist_year(&cell)) {
            self.notes.push(format!(
                "{file}: the years are those of the Buddhist era; {year} was read as {}",
                year - 543
            ));
        }
    }

    /// The series in order of their first rows, each with what is wrong with it where something is.
    ///
    /// # Errors
    /// [`NoRows`](crate::ErrorKind::NoRows) where there was not one row;
    /// [`Malformed`](crate::ErrorKind::Malformed) where the header means no table either.
    pub(super) fn finish(mut self) -> Result<Vec<(String, Result<Series>)>> {
        let Some(plan) = self.plan.take() else {
            let named = self.header.iter().any(|header| columns::is_time(header));
            return fail(match named {
                true => Fault::NoRows { file: self.file },
                false => Fault::NoDateColumn {
                    file: self.file,
                    columns: self.header,
                },
            });
        };
        let zone = plan.zone.clone();
        let alone = self.id.is_none();
        if let Some((count, first)) = self.nameless {
            let were = rows_are(count);
            let file = &self.file;
            let note = format!(
                "{file}: {were} without a name of their series, and left out, the first at {first}"
            );
            self.notes.push(note);
        }
        let mut notes = std::mem::take(&mut self.notes);
        let mut series = Vec::new();
        for mut rows in std::mem::take(&mut self.series) {
            let name = rows.name.clone();
            let placed = match rows.broken.take() {
                Some(error) => Err(error),
                None => rows.place(zone.as_ref(), &mut notes),
            };
            series.push((name, placed.map(|()| rows)));
        }
        // Days where every series has one row a day, always at the same time of day.
        let daily = series
            .iter()
            .filter_map(|(_, rows)| rows.as_ref().ok())
            .map(Rows::one_a_day);
        let daily: Vec<Option<i64>> = daily.collect();
        if !daily.is_empty() && daily.iter().all(Option::is_some) {
            if let Some(time) = daily.iter().flatten().find(|&&time| time != 0) {
                let minutes = time / 60_000;
                notes.push(format!(
                    "{}: there is one row a day, at {:02}:{:02}; the time of day is left out",
                    self.file,
                    minutes / 60,
                    minutes % 60
                ));
            }
            for (_, rows) in &mut series {
                if let Ok(rows) = rows {
                    rows.drop_times_of_day();
                }
            }
        }
        let zone = zone.filter(|_| !daily.iter().all(Option::is_some));
        let finished = series.into_iter().map(|(name, rows)| {
            let series = rows.and_then(|rows| rows.into_series(&plan, zone.as_ref(), self.options));
            let series = series.map(|mut series| {
                if alone {
                    let own = std::mem::take(&mut series.notes);
                    series.notes = notes.iter().cloned().chain(own).collect();
                }
                series
            });
            (name, series)
        });
        let mut finished: Vec<(String, Result<Series>)> = finished.collect();
        // What concerns the whole file is said once.
        if !alone
            && let Some((_, Ok(first))) = finished.iter_mut().find(|(_, series)| series.is_ok())
        {
            let own = std::mem::take(&mut first.notes);
            first.notes = notes.into_iter().chain(own).collect();
        }
        Ok(finished)
    }
}

impl Rows {
    /// Takes one row.
    fn take(&mut self, table: &Table, plan: &Plan, row: usize) -> Result<()> {
        let number = (self.stamps.len() + self.lacking.len()) as i64 + 1;
        let stamp = table.stamp(&plan.reading, row, number)?;
        let read = |column: usize| table.cell(row, column).number(plan.reading.decimal);
        let mut whole = true;
        for (values, &column) in self.columns.iter_mut().zip(&plan.wanted) {
            match read(column) {
                Number::Is(value) => values.push(value),
                Number::Missing => whole = false,
                Number::Unreadable => return fail(table.bad_cell(row, column, "a number")),
            }
        }
        if whole {
            self.stamps.push(stamp);
            self.places.push(table.place(row));
        } else {
            let rows = self.stamps.len();
            self.columns
                .iter_mut()
                .for_each(|values| values.truncate(rows));
            let values = plan
                .wanted
                .iter()
                .map(|&column| read(column).value())
                .collect();
            self.lacking
                .push((table.place(row), Ahead { stamp, values }));
        }
        Ok(())
    }

    /// Puts the stamps on one axis; see [`axis::unify`].
    fn place(&mut self, zone: Option<&TimeZone>, notes: &mut Vec<String>) -> Result<()> {
        let rows = self.stamps.len();
        self.stamps
            .extend(self.lacking.iter().map(|(_, row)| row.stamp));
        let written = |row: usize| match row.checked_sub(rows) {
            Some(lacking) => self.lacking[lacking].0,
            None => self.places.of(row),
        };
        let local = self.stamps.clone();
        match axis::unify(&mut self.stamps, zone) {
            Ok(None) => {}
            Ok(Some(row)) => notes.push(format!(
                "{}: the clock showed {} ({}) twice; it was taken for the first time",
                self.name,
                local[row],
                written(row),
            )),
            Err(odd) => {
                let (row, found, expected) = match odd {
                    Odd::NoOffset(row) => (row, "no offset from UTC", "one as other times have it"),
                    Odd::Skipped(row) => {
                        (row, "a time that the clock skipped", "a time of ‹timezone›")
                    }
                };
                return fail(Fault::BadCell {
                    file: self.name.clone(),
                    place: written(row),
                    column: "time".into(),
                    found: format!("{} with {found}", local[row]),
                    expected,
                });
            }
        }
        for ((_, row), stamp) in self.lacking.iter_mut().zip(self.stamps.drain(rows..)) {
            row.stamp = stamp;
        }
        Ok(())
    }

    /// See [`axis::one_a_day`].
    fn one_a_day(&self) -> Option<i64> {
        match self.lacking.is_empty() {
            true => axis::one_a_day(&self.stamps),
            false => {
                let lacking = self.lacking.iter().map(|(_, row)| row.stamp);
                axis::one_a_day(
                    &self
                        .stamps
                        .iter()
                        .copied()
                        .chain(lacking)
                        .collect::<Vec<_>>(),
                )
            }
        }
    }

    fn drop_times_of_day(&mut self) {
        self.time_of_day = self
            .stamps
            .iter()
            .max()
            .map_or(0, |last| last.time_of_day());
        let day = |stamp: &mut Stamp| {
            if let Some(day) = stamp.on_day() {
                *stamp = day;
            }
        };
        self.stamps.iter_mut().for_each(day);
        self.lacking
            .iter_mut()
            .for_each(|(_, row)| day(&mut row.stamp));
    }

    fn into_series(
        mut self,
        plan: &Plan,
        zone: Option<&TimeZone>,
        options: &ReadOptions,
    ) -> Result<Series> {
        let mut notes = Vec::new();
        let name = self.name.clone();
        // Rows after the last whole one that hold something, but not the target, are still to come.
        let last = self.stamps.iter().max().copied();
        let (mut ahead, without): (Vec<_>, Vec<_>) = std::mem::take(&mut self.lacking)
            .into_iter()
            .partition(|(_, row)| {
                let known = row.values.iter().any(Option::is_some);
                let target = plan.target.and_then(|at| row.values[at]);
                known && target.is_none() && last.is_some_and(|last| row.stamp > last)
            });
        ahead.sort_by_key(|(_, row)| row.stamp);
        let ahead: Vec<Ahead> = ahead.into_iter().map(|(_, row)| row).collect();
        if let Some(first) = ahead.first() {
            notes.push(format!(
                "{name}: {} still to come, from {} on, and something is known of them",
                rows_are(ahead.len()),
                first.stamp
            ));
        }
        if let Some((place, row)) = without.first() {
            let lacks = row.values.iter().position(Option::is_none);
            let lacks = lacks.map_or("value", |at| &plan.columns[at].0);
            let what = match row.values.iter().all(Option::is_none) {
                true => "a value".to_string(),
                false => format!("{lacks:?}"),
            };
            notes.push(format!(
                "{name}: {} without {what}, and left out, the first at {place} ({})",
                rows_are(without.len()),
                row.stamp,
            ));
        }
        if self.stamps.is_empty() {
            return fail(Fault::NoRows { file: name });
        }
        let mut order: Option<Vec<usize>> = None;
        if !self.stamps.is_sorted() {
            let newest_first = self.stamps.iter().rev().is_sorted();
            let mut rows: Vec<usize> = (0..self.stamps.len()).collect();
            rows.sort_by_key(|&row| (self.stamps[row], row));
            self.stamps = rows.iter().map(|&row| self.stamps[row]).collect();
            for values in &mut self.columns {
                *values = rows.iter().map(|&row| values[row]).collect();
            }
            order = Some(rows);
            notes.push(format!(
                "{name}: the rows were {} and were sorted",
                if newest_first {
                    "newest first"
                } else {
                    "not in order of time"
                },
            ));
        }
        let place = |row: usize| {
            self.places
                .of(order.as_ref().map_or(row, |order| order[row]))
        };
        let mut twice: Option<(usize, usize)> = None;
        let mut keep: Vec<bool> = Vec::new();
        for row in 1..self.stamps.len() {
            if self.stamps[row - 1] != self.stamps[row] {
                continue;
            }
            if self
                .columns
                .iter()
                .any(|values| values[row - 1] != values[row])
            {
                return fail(Fault::DuplicateDate {
                    file: name,
                    date: self.stamps[row].to_string(),
                    first: place(row - 1),
                    second: place(row),
                });
            }
            keep.resize(self.stamps.len(), true);
            keep[row] = false;
            let count = twice.map_or(0, |(count, _)| count);
            twice = Some((count + 1, twice.map_or(row, |(_, first)| first)));
        }
        if let Some((count, row)) = twice {
            notes.push(format!(
                "{name}: {} given twice, and one copy left out, the first at {} ({})",
                rows_are(count),
                place(row),
                self.stamps[row],
            ));
            let mut kept = keep.iter();
            self.stamps.retain(|_| kept.next().copied().unwrap_or(true));
            for values in &mut self.columns {
                let mut kept = keep.iter();
                values.retain(|_| kept.next().copied().unwrap_or(true));
            }
        }
        let columns = plan.columns.iter().zip(self.columns);
        let columns = columns.map(|((name, unit), mut values)| {
            values.shrink_to_fit();
            Column {
                name: name.clone(),
                unit: *unit,
                values,
            }
        });
        let instants = self
            .stamps
            .first()
            .is_some_and(|stamp| stamp.unit() == Unit::Instant);
        self.stamps.shrink_to_fit();
        let series = Series {
            columns: columns.collect(),
            stamps: self.stamps,
            zone: zone.filter(|_| instants).cloned(),
            name,
            adjustment: Adjustment::None,
            fill: Fill::None,
            reading: None,
            ahead,
            joined: Vec::new(),
            time_of_day: self.time_of_day,
            notes,
        };
        let mut series = series.filled(options.fill)?;
        // The source is known by the content of each file.
        let reading = ReadOptions {
            format: None,
            ..options.clone()
        };
        series.reading = (reading != ReadOptions::default()).then(|| Box::new(reading));
        let rhythm = series.rhythm_note();
        series.notes.extend(rhythm);
        Ok(series)
    }
}

/// `1 row was`, `3 rows were`
pub(super) fn rows_are(count: usize) -> String {
    match count {
        1 => "1 row was".into(),
        count => format!("{count} rows were"),
    }
}
