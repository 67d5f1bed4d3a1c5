//! When the rows of a table of texts were: on a day, or at a time of it, read as the times of a series are.
//! What this file is not: it makes no series of them; rows may share a time and stand in any order.

use jiff::civil::{Date, Time};

use super::numbers::Decimal;
use super::options::ReadOptions;
use super::stamp::{Stamp, Unit};
use super::table::Table;
use crate::error::{Place, Result, fail, wrong};

/// When something was, by the clock of one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The day.
    pub day: Date,
    /// The time of day; `None` where only the day is known. Midnight on the dot is how many files write a
    /// day without a time, and is taken for one.
    pub time: Option<Time>,
}

/// The moment of each row: its line and as many cells as the header has. `time` is the column; `bytes` is how
/// long the text is that they come from.
///
/// # Errors
/// [`Malformed`](crate::ErrorKind::Malformed) with the line of a cell that is no time, or that has no offset
/// from UTC where others have one; [`Setting`](crate::ErrorKind::Setting) for times with an offset where
/// [`ReadOptions::timezone`] does not say whose days are meant.
pub(crate) fn moments<'a, R: IntoIterator<Item = &'a str>>(
    (file, bytes): (&str, usize),
    header: Vec<String>,
    rows: impl IntoIterator<Item = (u64, R)>,
    time: usize,
    options: &ReadOptions,
) -> Result<Vec<Moment>> {
    let options = ReadOptions {
        time: Some(header[time].clone()),
        // The other cells are texts, whatever numbers stand in them.
        decimal: Some(Decimal::Point),
        ..options.clone()
    };
    let mut table = Table::new(file, header, bytes);
    for (line, cells) in rows {
        table.push(Place::Line(line), cells)?;
    }
    let reading = table.reading(&options, None)?;
    let stamps: Vec<Stamp> = (0..table.rows())
        .map(|row| table.stamp(&reading, row, 0))
        .collect::<Result<_, _>>()?;
    let with_offset = stamps.iter().any(|stamp| stamp.unit() == Unit::Instant);
    if with_offset && options.timezone.is_none() {
        let expected = "the zone of the exchange, such as America/New_York, where times have an offset from \
                        UTC: it tells which day they belong to";
        return wrong("timezone", "not set".into(), expected);
    }
    let moment = |(row, stamp): (usize, Stamp)| {
        let expected = match stamp.unit() {
            Unit::Day | Unit::Time if with_offset => "an offset from UTC as other times have it",
            Unit::Day | Unit::Time | Unit::Instant => "a date that exists",
            _ => "a date, with a time of day or without one",
        };
        let local = match (stamp.unit(), &options.timezone) {
            (Unit::Day | Unit::Time, _) if with_offset => None,
            // As it is written: at midnight by another clock it is a day of that clock.
            (Unit::Instant, Some(zone)) if stamp.time_of_day() != 0 => stamp.in_zone(zone).local(),
            (Unit::Day | Unit::Time | Unit::Instant, _) => stamp.local(),
            _ => None,
        };
        match local {
            Some(local) => Ok(Moment {
                day: local.date(),
                time: Some(local.time()).filter(|_| stamp.time_of_day() != 0),
            }),
            None => fail(table.bad_cell(row, time, expected)),
        }
    };
    stamps.into_iter().enumerate().map(moment).collect()
}
