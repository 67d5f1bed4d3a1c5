//! What an inspection gives: the findings, the kinds of fault and the words for each. What this file
//! is not: it looks for nothing.

use serde::{Serialize, Serializer};

use crate::error::Place;
use crate::series::{Decimal, Format, Stamp};

/// What was read, and what is wrong with it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// Name of the file.
    pub file: String,
    /// The source it was recognised as.
    pub source: Format,
    /// The encoding of its text.
    pub encoding: &'static str,
    /// How its dates were read.
    pub dates: &'static str,
    /// Its decimal mark, as it was read.
    pub decimal: Decimal,
    /// Rows below the header.
    pub rows: usize,
    /// Of these, rows with a price and a date of their own that are neither ghosts nor repeated.
    pub sound: usize,
    /// The earliest date.
    pub first: Option<Stamp>,
    /// The latest date.
    pub last: Option<Stamp>,
    /// Rows on each day of the week, Monday first.
    pub weekdays: [usize; 7],
    /// How the rows follow one another: "Monday to Friday", "monthly".
    pub rhythm: String,
    /// The share of the last rows that this rhythm tells from the row before each.
    pub steadiness: f64,
    /// Steps of the rhythm that have no row between the first and the last.
    pub lacking: usize,
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
    /// Cells that stand for a missing number: empty, `--`, `null`, `NaN`.
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
    /// Whether [`clean`](crate::series::clean()) removes them.
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
    pub date: Option<Stamp>,
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
    /// A stretch of rows that is adjusted differently from the rest.
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
    /// A missing cell in a row with other values.
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

impl Kind {
    /// What it is called, in plain words.
    pub fn title(self) -> &'static str {
        match self {
            Self::UnreadableDate => "dates that cannot be read",
            Self::UnreadableCell => "cells that hold no number",
            Self::ConflictingRows => "rows that repeat a date with other values",
            Self::NotPositive => "prices of zero or less",
            Self::OutOfRange => "prices outside high and low",
            Self::Jump => "jumps that look like splits or wrong units",
            Self::MixedAdjustment => "stretches adjusted differently from the rest",
            Self::ShiftedDates => "dates that seem to be a day off",
            Self::OffDay => "rows on days without sessions",
            Self::GhostRow => {
                "rows without volume and with one price, as on a day without a session"
            }
            Self::Stale => "runs of the same values",
            Self::MissingSessions => "gaps longer than is usual here",
            Self::NullRow => "rows without a price",
            Self::MissingCell => "rows that lack a number",
            Self::DuplicateRow => "rows that stand twice",
            Self::Unsorted => "rows out of order",
        }
    }

    pub(super) fn remedy(self) -> &'static str {
        match self {
            Self::UnreadableDate => {
                "write them like the others; where it concerns all of them, choose their order with ‹dates› ymd, mdy, dmy or roc; \
                 rows within a day must be summed up to days first"
            }
            Self::UnreadableCell => {
                "correct or empty the cell; where it concerns all of them, try ‹decimal› comma or point"
            }
            Self::ConflictingRows => {
                "look up which row is right and delete the other; reading stops here"
            }
            Self::NotPositive => "look up the price, or delete the row if there was no trade",
            Self::OutOfRange => {
                "look the row up at another source; where it concerns most rows, one of the columns \
                 is adjusted and the others are not"
            }
            Self::Jump => {
                "after a split, divide what is before it (volume: multiply), or fetch the prices \
                 adjusted for splits; put wrong units right; leave it if the market really moved so"
            }
            Self::MixedAdjustment => {
                "fetch the whole range again from one source in one go; do not put adjusted and \
                 unadjusted rows together"
            }
            Self::ShiftedDates => {
                "times were probably converted to dates in another time zone: fetch dates of the \
                 exchange's zone, or use ‹fix› where all rows are shifted; leave them if the market \
                 is open on these days (Tel Aviv, Riyadh, Cairo)"
            }
            Self::OffDay => "delete the row, unless the exchange says that it was open on that day",
            Self::GhostRow => {
                "delete them, or use ‹fix›: they repeat a price at which nobody traded"
            }
            Self::Stale => {
                "check whether the source filled days without data; delete the rows that stand twice if it did"
            }
            Self::MissingSessions => {
                "fetch the rows between; leave it if trading was halted or the market closed"
            }
            Self::NullRow => "nothing need be done: reading leaves them out; ‹fix› drops them",
            Self::MissingCell => {
                "fill the cell from another source; reading leaves the row out when the column is used"
            }
            Self::DuplicateRow => "nothing need be done: reading takes one; ‹fix› drops the others",
            Self::Unsorted => {
                "nothing need be done: reading sorts them; ‹fix› writes them in order"
            }
        }
    }

    /// Whether [`clean`](crate::series::clean()) puts it right.
    pub fn is_fixable(self) -> bool {
        matches!(
            self,
            Self::ShiftedDates
                | Self::GhostRow
                | Self::NullRow
                | Self::DuplicateRow
                | Self::Unsorted
        )
    }

    /// Whether a series that was read has no trace of it.
    pub(super) fn is_handled_by_reading(self) -> bool {
        matches!(
            self,
            Self::NullRow | Self::MissingCell | Self::DuplicateRow | Self::Unsorted
        )
    }
}
