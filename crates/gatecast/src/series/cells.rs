//! The cells of a table: text row by row, as most files have them, or columns of a type, as Parquet and
//! Arrow hold them. What this file is not: what a text means is the business of `times` and `numbers`.

use std::borrow::Cow;

use jiff::tz::TimeZone;

use super::numbers::{self, Decimal, Number};
use super::stamp::Stamp;

/// One cell.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    Text(&'a str),
    Whole(i64),
    /// NaN where there is none.
    Real(f64),
    Time(Stamp),
    Missing,
}

impl<'a> Cell<'a> {
    /// As it would stand in a file of text; empty where there is nothing.
    pub(super) fn text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Whole(value) => Cow::Owned(value.to_string()),
            Self::Real(value) if value.is_nan() => Cow::Borrowed(""),
            Self::Real(value) => Cow::Owned(value.to_string()),
            Self::Time(stamp) => Cow::Owned(stamp.to_string()),
            Self::Missing => Cow::Borrowed(""),
        }
    }

    /// Whether it holds nothing, or a word for nothing.
    pub(super) fn is_missing(self) -> bool {
        match self {
            Self::Text(text) => numbers::is_missing(text),
            Self::Real(value) => value.is_nan(),
            Self::Missing => true,
            Self::Whole(_) | Self::Time(_) => false,
        }
    }

    /// Its number; `decimal` is the mark of those that are text.
    pub(super) fn number(self, decimal: Decimal) -> Number {
        match self {
            Self::Text(text) => decimal.parse(text),
            Self::Whole(value) => Number::Is(value as f64),
            Self::Real(value) if value.is_finite() => Number::Is(value),
            Self::Real(value) if value.is_nan() => Number::Missing,
            Self::Missing => Number::Missing,
            Self::Real(_) | Self::Time(_) => Number::Unreadable,
        }
    }
}

/// Text cells in one text.
#[derive(Debug, Default)]
pub(super) struct Texts {
    text: String,
    /// Where each cell ends in `text`.
    ends: Vec<u32>,
}

impl Texts {
    /// Room for so many bytes at once, since a text that doubles as it grows takes up to three times
    /// its size.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self {
            text: String::with_capacity(bytes),
            ends: Vec::new(),
        }
    }

    /// Adds a cell; none where there are more than 4 GB.
    pub(super) fn push(&mut self, cell: &str) -> Option<()> {
        self.text.push_str(cell.trim());
        self.ends.push(u32::try_from(self.text.len()).ok()?);
        Some(())
    }

    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start as usize..self.ends[at] as usize]
    }
}

/// A column of one type.
#[cfg_attr(
    not(feature = "frames"),
    expect(dead_code, reason = "no other source has types")
)]
#[derive(Debug)]
pub(super) enum Column {
    Text(Texts),
    Whole(Vec<Option<i64>>),
    /// NaN where there is none.
    Real(Vec<f64>),
    /// The zone is the one whose clock the column shows, where it names one.
    Time(Vec<Option<Stamp>>, Option<TimeZone>),
}

/// All cells of a table.
#[cfg_attr(
    not(feature = "frames"),
    expect(dead_code, reason = "no other source has types")
)]
#[derive(Debug)]
pub(super) enum Cells {
    /// Row by row in one text, so that a table takes little more memory than its file.
    Rows(Texts),
    Columns(Vec<Column>),
}

impl Cells {
    /// The cell in a row of so many.
    pub(super) fn get(&self, row: usize, column: usize, width: usize) -> Cell<'_> {
        match self {
            Self::Rows(texts) => Cell::Text(texts.get(row * width + column)),
            Self::Columns(columns) => match &columns[column] {
                Column::Text(texts) => Cell::Text(texts.get(row)),
                Column::Whole(values) => values[row].map_or(Cell::Missing, Cell::Whole),
                Column::Real(values) => Cell::Real(values[row]),
                Column::Time(stamps, _) => stamps[row].map_or(Cell::Missing, Cell::Time),
            },
        }
    }

    /// Whether a column's cells are text, and what they mean is still to be read.
    pub(super) fn are_text(&self, column: usize) -> bool {
        match self {
            Self::Rows(_) => true,
            Self::Columns(columns) => matches!(columns[column], Column::Text(_)),
        }
    }

    /// The zone that a column names.
    pub(super) fn zone(&self, column: usize) -> Option<&TimeZone> {
        match self {
            Self::Rows(_) => None,
            Self::Columns(columns) => match &columns[column] {
                Column::Time(_, zone) => zone.as_ref(),
                _ => None,
            },
        }
    }
}
