//! What is wrong with a price file, row by row, and what to do about each fault.
//!
//! The checks work on the text cells of a `Table`, before it becomes a `Series`, because they must
//! see what reading leaves out. `view` types the cells once; each of the other files looks for
//! faults of one sort; `clean` writes the rows again without those that can be removed safely.
//! What this folder is not: it decides no rule of reading (that is `table`'s), it asks no network
//! for holidays, and [`inspect`] changes nothing.

mod cells;
mod clean;
mod days;
mod findings;
mod jumps;
mod mixed;
mod order;
mod prices;
mod report;
mod sessions;
mod shifted;
mod view;

use std::path::Path;

pub(super) use self::clean::clean_input;
pub use self::clean::{Change, Cleaned, clean, clean_bytes};
use self::days::Days;
pub use self::findings::{ColumnHealth, Finding, Health, Kind, Spot};
use self::report::Report;
use self::view::View;
use super::input::Input;
use super::numbers::Number;
use super::{ReadOptions, columns, format};
use crate::error::Result;

/// Looks a price file over.
///
/// What cannot be known is not claimed: holidays are no missing sessions, a crash is no split, and
/// such things are in [`Health::remarks`] where they are worth mentioning.
///
/// ```
/// use gatecast::series::{Kind, ReadOptions, inspect_bytes};
///
/// let text = "Date,Open,High,Low,Close,Volume\n\
///             2018-04-02,80.1,80.9,80.0,80.5,4100\n\
///             2018-04-03,80.4,81.0,80.2,81.6,3900\n\
///             2018-04-04,null,null,null,null,null\n";
/// let health = inspect_bytes("p.csv", text.as_bytes(), &ReadOptions::default())?;
/// let kinds: Vec<Kind> = health.findings.iter().map(|finding| finding.kind).collect();
/// assert_eq!(kinds, [Kind::OutOfRange, Kind::NullRow]);
/// let spot = &health.findings[0].spots[0];
/// assert_eq!(spot.place.to_string(), "line 3");
/// assert_eq!(spot.what, "close 81.6 is above high 81");
/// # Ok::<(), gatecast::Error>(())
/// ```
///
/// # Errors
/// Where not even cells can be recognised: [`Io`](crate::ErrorKind::Io),
/// [`EmptyFile`](crate::ErrorKind::EmptyFile), [`NoRows`](crate::ErrorKind::NoRows),
/// [`Malformed`](crate::ErrorKind::Malformed) (no dates, rows of another width, dates or numbers that may
/// mean two things), [`Answer`](crate::ErrorKind::Answer).
pub fn inspect(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Health> {
    inspect_input(&Input::open(path.as_ref())?, options)
}

/// As [`inspect`], of what is open already.
pub(super) fn inspect_input(input: &Input, options: &ReadOptions) -> Result<Health> {
    let view = View::new(format::whole(input, options.format)?, options)?;
    Ok(look_over(&view))
}

/// As [`inspect`], from bytes; `file` is what messages call them.
///
/// # Errors
/// As [`inspect`].
pub fn inspect_bytes(file: &str, bytes: &[u8], options: &ReadOptions) -> Result<Health> {
    inspect_input(&Input::of_bytes(file, bytes.to_vec())?, options)
}

/// All checks, one after the other.
fn look_over(view: &View) -> Health {
    let mut report = Report::default();
    cells::check(view, &mut report);
    let shift = shifted::check(view, &mut report);
    sessions::check(view, &shift, &mut report);
    let explained = jumps::check(view, &mut report);
    mixed::check(view, &explained, &mut report);
    prices::check(view, &explained, &mut report);
    health(view, report)
}

/// What was read, with the findings of the report below it.
fn health(view: &View, report: Report) -> Health {
    let (findings, remarks) = report.findings();
    let days = Days::of(view);
    let columns = view.columns.iter().map(|column| {
        let header = &view.table.header[column.index];
        let values = || column.values.iter().filter_map(|number| number.value());
        let count = |what| column.values.iter().filter(|&&n| n == what).count();
        ColumnHealth {
            name: view.table.names[column.index].clone(),
            header: header.clone(),
            unit: columns::unit(header),
            numbers: values().count(),
            missing: count(Number::Missing),
            unreadable: count(Number::Unreadable),
            lowest: values().min_by(f64::total_cmp),
            highest: values().max_by(f64::total_cmp),
        }
    });
    Health {
        file: view.table.file.clone(),
        source: view.table.format,
        encoding: view.table.encoding,
        dates: view.reading.time.map_or("none", |time| time.form.name()),
        decimal: view.reading.decimal,
        rows: view.table.rows(),
        sound: view.sound.len(),
        first: view.order.first().and_then(|&row| view.dates[row]),
        last: view.order.last().and_then(|&row| view.dates[row]),
        weekdays: days.weekdays(),
        rhythm: days.in_words(),
        steadiness: days.steadiness,
        lacking: days.lacking.0,
        columns: columns.collect(),
        notes: view.table.notes.clone(),
        remarks,
        findings,
    }
}
