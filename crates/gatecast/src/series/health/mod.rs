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
mod jumps;
mod mixed;
mod order;
mod prices;
mod report;
mod sessions;
mod shifted;
mod view;

use std::path::Path;

use jiff::civil::Date;
use serde::{Serialize, Serializer};

pub use self::clean::{Change, Cleaned, clean, clean_bytes};
use self::report::Report;
use self::view::View;
use super::{DateOrder, Decimal, Format, ReadOptions, format};
use crate::error::{Error, Place, Result};

/// What was read, and what is wrong with it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// Name of the file.
    pub file: String,
    /// The source it was recognised as.
    pub source: Format,
    /// Of its text.
    pub encoding: &'static str,
    /// How its dates were read.
    pub dates: DateOrder,
    /// What was taken to stand before decimals.
    pub decimal: Decimal,
    /// Rows below the header.
    pub rows: usize,
    /// Of these, rows with a price and a date of their own that are neither ghosts nor repeated.
    pub sound: usize,
    /// The earliest date.
    pub first: Option<Date>,
    /// The latest date.
    pub last: Option<Date>,
    /// Rows on each day of the week, Monday first.
    pub weekdays: [usize; 7],
    /// How the rows follow one another: "Monday to Friday", "monthly".
    pub rhythm: String,
    /// The columns of numbers.
    pub columns: Vec<ColumnHealth>,
    /// What the source's reader passed over or took for granted.
    pub notes: Vec<String>,
    /// What is worth knowing and no fault.
    pub remarks: Vec<String>,
    /// The faults, one entry a kind.
    pub findings: Vec<Finding>,
}

/// A column of numbers.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ColumnHealth {
    /// The library's name for it.
    pub name: String,
    /// Its header in the file.
    pub header: String,
    /// Its unit, where the source names it.
    pub unit: Option<&'static str>,
    /// Cells that hold a number.
    pub numbers: usize,
    /// Cells that say that there is none: empty, `--`, `null`, `NaN`.
    pub missing: usize,
    /// Cells that hold anything else.
    pub unreadable: usize,
    /// The lowest number.
    pub lowest: Option<f64>,
    /// The highest number.
    pub highest: Option<f64>,
}

/// All faults of one kind.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Which kind.
    pub kind: Kind,
    /// The kind in plain words.
    pub title: &'static str,
    /// How many there are.
    pub count: usize,
    /// The first of them, in order of the file.
    pub spots: Vec<Spot>,
    /// What to do.
    pub remedy: &'static str,
    /// Whether [`clean`] removes them.
    pub fixable: bool,
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Spot {
    /// Where.
    #[serde(flatten, serialize_with = "place")]
    pub place: Place,
    /// The row's date.
    pub date: Option<Date>,
    /// What is there.
    pub what: String,
}

/// `{"line": 5}` or `{"row": 5}`.
fn place<S: Serializer>(place: &Place, to: S) -> std::result::Result<S::Ok, S::Error> {
    use serde::ser::SerializeMap;
    let mut map = to.serialize_map(Some(1))?;
    match place {
        Place::Line(line) => map.serialize_entry("line", line)?,
        Place::Row(row) => map.serialize_entry("row", row)?,
    }
    map.end()
}

/// What can be wrong with a price file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// A date that cannot be read.
    UnreadableDate,
    /// A cell of a numeric column that holds something else.
    UnreadableCell,
    /// One date on two rows with different values.
    ConflictingRows,
    /// A price of zero or less.
    NotPositive,
    /// High below low, or open or close outside them.
    OutOfRange,
    /// A jump such as a split or a wrong unit makes.
    Jump,
    /// A stretch of rows that is adjusted otherwise than the rest.
    MixedAdjustment,
    /// Dates a day early or late.
    ShiftedDates,
    /// A row on a day without sessions.
    OffDay,
    /// A row without volume and with one price: no session.
    GhostRow,
    /// The same values day after day.
    Stale,
    /// Sessions that are missing.
    MissingSessions,
    /// A row without any price.
    NullRow,
    /// A cell that says nothing in a row that says something.
    MissingCell,
    /// A row that stands twice.
    DuplicateRow,
    /// Rows out of order.
    Unsorted,
}

impl Health {
    /// The finding of a kind.
    pub fn finding(&self, kind: Kind) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.kind == kind)
    }

    /// Findings that reading the file does not take care of: what they name reaches the network.
    pub fn serious(&self) -> impl Iterator<Item = &Finding> {
        let findings = self.findings.iter();
        findings.filter(|finding| !finding.kind.is_handled_by_reading())
    }
}

/// Looks a price file over.
///
/// What cannot be known is not claimed: holidays are no missing sessions, a crash is no split, and
/// such things stand in [`Health::remarks`] where they are worth a word.
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
/// Where not even cells can be told: [`Error::Io`], [`Error::EmptyFile`], [`Error::NoRows`],
/// [`Error::Malformed`] (rows of another width, dates or numbers that may mean two things),
/// [`Error::NoDateColumn`], [`Error::Answer`].
pub fn inspect(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Health> {
    let path = path.as_ref();
    let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
    inspect_bytes(&path.display().to_string(), &bytes, options)
}

/// As [`inspect`], from bytes; `file` is what messages call them.
///
/// # Errors
/// As [`inspect`].
pub fn inspect_bytes(file: &str, bytes: &[u8], options: &ReadOptions) -> Result<Health> {
    let view = View::new(format::table(file, bytes, options.format)?, options)?;
    Ok(look_over(&view))
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
    view.health(report)
}
