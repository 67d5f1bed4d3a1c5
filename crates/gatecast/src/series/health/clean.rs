//! A file without the faults that can be removed safely: rows without values, ghosts, rows that
//! stand twice, rows out of order, and dates of which every one is a day off. What cannot be known
//! from the file alone (which of two rows is right, whether a jump is a split) stays as it is.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Serialize;

use super::findings::{Finding, Health, Kind, Spot};
use super::order::{differing, repeated};
use super::view::{Numbers, View};
use super::{look_over, shifted};
use crate::error::Result;
use crate::series::Fault;
use crate::series::input::Input;
use crate::series::numbers::Number;
use crate::series::{Decimal, Format, ReadOptions, format};

/// What [`clean`] gives.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Cleaned {
    /// The file as it was.
    pub health: Health,
    /// Rows that were left out, in order of the file, and why.
    pub dropped: Vec<Change>,
    /// What was done to the rows that are left, a sentence each.
    pub changed: Vec<String>,
    /// Rows that are left.
    pub rows: usize,
    /// The new file: UTF-8, commas, dates such as 2018-04-30.
    #[serde(skip)]
    pub csv: Vec<u8>,
    /// Whether the dates were moved.
    #[serde(skip)]
    shifted: bool,
}

impl Cleaned {
    /// What was found and is still in the new file.
    pub fn left(&self) -> impl Iterator<Item = &Finding> {
        let shifted = self.shifted;
        let findings = self.health.findings.iter();
        findings.filter(move |finding| match finding.kind {
            Kind::ShiftedDates => !shifted,
            kind => !kind.is_fixable(),
        })
    }
}

/// A row that was left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// Why.
    pub kind: Kind,
    /// Which.
    #[serde(flatten)]
    pub spot: Spot,
}

/// Looks a price file over and writes its rows again without what can be removed safely.
///
/// ```
/// use gatecast::series::{ReadOptions, clean_bytes};
///
/// let text = b"Date,Close\n2018-04-04,2\n2018-04-03,1\n2018-04-05,null\n";
/// let cleaned = clean_bytes("p.csv", text, &ReadOptions::default())?;
/// assert_eq!(cleaned.csv, b"Date,Close\n2018-04-03,1\n2018-04-04,2\n");
/// assert_eq!(cleaned.dropped[0].spot.place.to_string(), "line 4");
/// assert_eq!(cleaned.changed, ["the rows were put in order of date"]);
/// # Ok::<(), gatecast::Error>(())
/// ```
///
/// # Errors
/// As [`super::inspect`].
pub fn clean(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Cleaned> {
    clean_input(&Input::open(path.as_ref())?, options)
}

/// As [`clean`], from bytes; `file` is what messages call them.
///
/// # Errors
/// As [`clean`].
pub fn clean_bytes(file: &str, bytes: &[u8], options: &ReadOptions) -> Result<Cleaned> {
    clean_input(&Input::of_bytes(file, bytes.to_vec())?, options)
}

/// As [`clean`], of what is open already.
pub(in crate::series) fn clean_input(input: &Input, options: &ReadOptions) -> Result<Cleaned> {
    let view = View::new(format::whole(input, options.format)?, options)?;
    let health = look_over(&view);
    let dropped = dropped(&view);
    let gone: BTreeSet<usize> = dropped.iter().map(|(row, _)| *row).collect();
    let mut changed = Vec::new();
    let rows = in_order(&view, &gone, &mut changed);
    let by = shifted::find(&view).all.unwrap_or(0);
    let csv = write(&view, &rows, by, &mut changed).map_err(|error| {
        let reason = format!("its rows cannot be written as text: {error}");
        Fault::malformed(
            &view.table.file,
            1,
            reason,
            "look for strange characters in it",
        )
    })?;
    Ok(Cleaned {
        health,
        dropped: dropped.into_iter().map(|(_, change)| change).collect(),
        changed,
        rows: rows.len(),
        csv,
        shifted: by != 0,
    })
}

fn dropped(view: &View) -> Vec<(usize, Change)> {
    let mut dropped = Vec::new();
    let mut drop = |row: usize, kind: Kind, what: String| {
        let spot = Spot {
            place: view.table.place(row),
            date: view.dates[row],
            what,
        };
        dropped.push((row, Change { kind, spot }));
    };
    for row in 0..view.table.rows() {
        if view.null[row] {
            drop(row, Kind::NullRow, "without a price".into());
        } else if view.ghost[row] {
            drop(row, Kind::GhostRow, "without volume, one price".into());
        }
    }
    for (row, twin) in repeated(view) {
        if differing(view, twin, row).is_none() {
            let what = format!("the same as {}", view.table.place(twin));
            drop(row, Kind::DuplicateRow, what);
        }
    }
    dropped.sort_by_key(|(row, _)| *row);
    dropped
}

/// The rows that are left, by date; a row whose date cannot be read stays behind the one before it.
fn in_order(view: &View, gone: &BTreeSet<usize>, changed: &mut Vec<String>) -> Vec<usize> {
    let mut date = None;
    let mut rows = Vec::new();
    for row in 0..view.table.rows() {
        date = view.dates[row].or(date);
        if !gone.contains(&row) {
            rows.push((date, row));
        }
    }
    if !rows.is_sorted() {
        rows.sort_unstable();
        changed.push("the rows were put in order of date".into());
    }
    rows.into_iter().map(|(_, row)| row).collect()
}

fn write(
    view: &View,
    rows: &[usize],
    by: i8,
    changed: &mut Vec<String>,
) -> std::result::Result<Vec<u8>, csv::Error> {
    let table = &view.table;
    let (date_column, clock) = match view.reading.time {
        Some(time) => (Some(time.column), time.clock),
        None => (None, None),
    };
    // Without its envelope nobody could tell that Yahoo's prices know their splits already.
    let known = |column: usize| {
        table.format != Format::Yahoo || crate::series::key(&table.header[column]) != "splits"
    };
    let kept: Vec<usize> = (0..table.header.len())
        .filter(|&c| known(c) && Some(c) != clock)
        .collect();
    let mut plain = false;
    let mut iso = false;
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(kept.iter().map(|&column| table.header[column].as_str()))?;
    for &row in rows {
        let cells = kept.iter().map(|&column| {
            let cell = table.text(row, column);
            if Some(column) == date_column {
                let date = view.dates[row];
                let date = date.and_then(|date| match by {
                    0 => Some(date),
                    by => date.after(by.into()),
                });
                let text = date.map_or_else(|| cell.to_string(), |date| date.to_string());
                iso |= by == 0 && text != cell;
                return text;
            }
            let text = number(view, row, column).unwrap_or_else(|| cell.to_string());
            plain |= text != cell;
            text
        });
        let cells: Vec<String> = cells.collect();
        writer.write_record(cells)?;
    }
    if by != 0 {
        let way = if by > 0 { "later" } else { "earlier" };
        changed.push(format!("every date was moved one day {way}"));
    }
    if iso {
        changed.push("dates were written as year-month-day".into());
    }
    if plain {
        changed
            .push("numbers were written without thousands separators and signs beside them".into());
    }
    if kept.len() < table.header.len() {
        changed.push(
            "the column of splits was left out: the prices are already adjusted for them".into(),
        );
    }
    writer
        .into_inner()
        .map_err(|error| error.into_error().into())
}

/// A number whose spelling would have to be guessed again.
fn number(view: &View, row: usize, column: usize) -> Option<String> {
    let numbers: &Numbers = view.columns.iter().find(|c| c.index == column)?;
    let Number::Is(value) = numbers.values[row] else {
        return None;
    };
    let cell = view.table.text(row, column);
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | 'e');
    let keep = view.reading.decimal == Decimal::Point && cell.chars().all(plain);
    (!keep).then(|| value.to_string())
}
