//! Record batches of Arrow, of a frame in memory or as a file gives them: numbers and times stay what they are, all else
//! becomes text. Rows come in pieces, so that they are never in memory twice as a whole. What this file is not: it opens no
//! file (`typed_files`), and does not know what a text means.

use std::fmt::{self, Write};
use std::ops::ControlFlow;

use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, DataType, Schema, TimeUnit};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use super::Fault;
use super::cells::{Column, Texts};
use super::convert;
use super::options::Format;
use super::stamp::Stamp;
use super::table::Table;
use crate::error::{Error, Result, fail};

/// Rows of a frame that are taken together.
const ROWS_OF_FRAME: usize = 1 << 14;

/// Most bytes that a row may take as text.
const MOST_IN_A_ROW: usize = 1 << 20;

/// As [`pieces`], of a frame in memory: batches of one schema.
pub(super) fn pieces_of_frame(
    file: &str,
    batches: &[RecordBatch],
    rows: usize,
    sink: &mut dyn FnMut(Table) -> Result<ControlFlow<()>>,
) -> Result<()> {
    guarded(file, || {
        let Some(first) = batches.first() else {
            return fail(Fault::NoRows { file: file.into() });
        };
        // What is in memory already may be as large as it is.
        let mut pieces = Pieces::new(file, Format::Frame, usize::MAX, &first.schema())?;
        for batch in batches {
            for start in (0..batch.num_rows()).step_by(ROWS_OF_FRAME) {
                let few = ROWS_OF_FRAME.min(batch.num_rows() - start);
                pieces.push(&batch.slice(start, few))?;
                if pieces.rows >= rows && sink(pieces.table()?)?.is_break() {
                    return Ok(());
                }
            }
        }
        pieces.finish(sink)
    })
}

/// As [`first`], of a frame in memory.
pub(super) fn first_of_frame(file: &str, batches: &[RecordBatch], rows: usize) -> Result<Table> {
    one(file, |sink| pieces_of_frame(file, batches, rows, sink))
}

/// Takes tables until the first of them is there.
pub(super) type Sink<'a> = dyn FnMut(Table) -> Result<ControlFlow<()>> + 'a;

/// The first piece of those that are handed on.
pub(super) fn one(file: &str, pieces: impl FnOnce(&mut Sink<'_>) -> Result<()>) -> Result<Table> {
    let mut first = None;
    pieces(&mut |table| {
        first.get_or_insert(table);
        Ok(ControlFlow::Break(()))
    })?;
    match first {
        Some(table) => Ok(table),
        None => fail(Fault::NoRows { file: file.into() }),
    }
}

/// Rows that become tables.
pub(super) struct Pieces<'a> {
    file: &'a str,
    format: Format,
    header: Vec<String>,
    kinds: Vec<Kind>,
    columns: Vec<Column>,
    /// Rows in `columns`, and of the pieces before.
    pub(super) rows: usize,
    before: usize,
    /// Bytes that all rows may still take.
    room: usize,
    most: usize,
}

/// What a column becomes.
#[derive(Clone, Debug)]
enum Kind {
    Text,
    Whole,
    Real,
    /// So many units in a second; the zone whose clock is meant, if one is; and whether it is to be
    /// remembered, since it has a name.
    Time(i64, Option<(TimeZone, bool)>),
    Day,
}

impl Kind {
    /// What cells of a type become. Whole numbers without a sign are text where they may be larger
    /// than others are, so that no digit of an id is lost.
    fn of(kind: &DataType) -> Result<Self, String> {
        Ok(match kind {
            DataType::Dictionary(_, values) => Self::of(values)?,
            // What holds or does not, such as a promotion, counts 1 or 0.
            DataType::Boolean
            | DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32 => Self::Whole,
            DataType::Float16
            | DataType::Float32
            | DataType::Float64
            | DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..) => Self::Real,
            DataType::Date32 | DataType::Date64 => Self::Day,
            DataType::Timestamp(unit, zone) => {
                let per_second = match unit {
                    TimeUnit::Second => 1,
                    TimeUnit::Millisecond => 1000,
                    TimeUnit::Microsecond => 1_000_000,
                    TimeUnit::Nanosecond => 1_000_000_000,
                };
                let zone = zone.as_deref().map(zone_named).transpose()?;
                Self::Time(per_second, zone)
            }
            _ => Self::Text,
        })
    }

    fn empty(&self) -> Column {
        match self {
            Self::Text => Column::Text(Texts::default()),
            Self::Whole => Column::Whole(Vec::new()),
            Self::Real => Column::Real(Vec::new()),
            Self::Day => Column::Time(Vec::new(), None),
            Self::Time(_, zone) => {
                let named = zone.clone().filter(|(_, named)| *named);
                Column::Time(Vec::new(), named.map(|(zone, _)| zone))
            }
        }
    }
}

/// A zone by its name or offset, and whether it is a place with a clock of its own.
fn zone_named(name: &str) -> Result<(TimeZone, bool), String> {
    if matches!(name, "Z" | "UTC" | "GMT" | "Etc/UTC") {
        return Ok((TimeZone::UTC, false));
    }
    if let Some(fixed) = offset(name) {
        return Ok((TimeZone::fixed(fixed), false));
    }
    match TimeZone::get(name) {
        Ok(zone) => Ok((zone, true)),
        Err(_) => Err(format!("no time zone is called {name:?}")),
    }
}

/// A zone by its name or offset.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    zone_named(name).ok().map(|(zone, _)| zone)
}

/// `+08:00`, `-0330`.
fn offset(text: &str) -> Option<Offset> {
    let digits = text.replace(':', "");
    let sign = match digits.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let hours: i32 = digits.get(1..3)?.parse().ok()?;
    let minutes: i32 = digits.get(3..5).unwrap_or("0").parse().ok()?;
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

impl<'a> Pieces<'a> {
    /// For rows that may take so many bytes in all.
    pub(super) fn new(file: &'a str, format: Format, most: usize, schema: &Schema) -> Result<Self> {
        let fields = schema.fields();
        let kinds: Vec<Kind> = fields
            .iter()
            .map(|field| Kind::of(field.data_type()))
            .collect::<Result<_, String>>()
            .map_err(|reason| unreadable(file, "the times", &reason))?;
        Ok(Self {
            file,
            format,
            header: fields.iter().map(|field| field.name().clone()).collect(),
            columns: kinds.iter().map(Kind::empty).collect(),
            kinds,
            rows: 0,
            before: 0,
            room: most,
            most,
        })
    }

    pub(super) fn push(&mut self, batch: &RecordBatch) -> Result<()> {
        let wrong = |error: ArrowError| unreadable(self.file, "the rows", &error);
        let texts = self
            .kinds
            .iter()
            .filter(|kind| matches!(kind, Kind::Text))
            .count();
        let fixed = (self.kinds.len() - texts) * 8 + size_of::<crate::error::Place>() + texts * 4;
        let too_many = || {
            Error::too_extreme(format!(
                "{}: its rows take more than {} MB, too much for a file of its size; keep the \
                 columns and rows that are needed, or save it as CSV",
                self.file,
                self.most >> 20
            ))
        };
        let fixed = fixed.saturating_mul(batch.num_rows());
        let mut room = self.room.checked_sub(fixed).ok_or_else(too_many)?;
        let options = FormatOptions::default();
        let mut cell = String::new();
        let columns = self.columns.iter_mut().zip(&self.kinds);
        for ((column, kind), array) in columns.zip(batch.columns()) {
            match column {
                Column::Text(texts) => {
                    let formatter = ArrayFormatter::try_new(array, &options).map_err(wrong)?;
                    for row in 0..array.len() {
                        cell.clear();
                        let mut bounded = Bounded {
                            text: &mut cell,
                            room: room.min(MOST_IN_A_ROW),
                        };
                        match formatter.value(row).write(&mut bounded) {
                            Ok(()) => {}
                            Err(_) if bounded.room == 0 => return Err(too_many()),
                            Err(error) => return fail(wrong(error)),
                        }
                        room -= cell.len();
                        texts.push(&cell).ok_or_else(too_many)?;
                    }
                }
                Column::Whole(values) => convert::whole(array, values).map_err(wrong)?,
                Column::Real(values) => convert::reals(array, values).map_err(wrong)?,
                Column::Time(stamps, _) => {
                    let first = stamps.len();
                    times(array, kind, stamps).map_err(wrong)?;
                    // What is not null must have become a stamp.
                    let lost = (0..array.len())
                        .find(|&row| array.is_valid(row) && stamps[first + row].is_none());
                    if let Some(row) = lost {
                        let row = self.before + first + row + 1;
                        let reason = format!("row {row} has a time of no year from 1 to 9999");
                        return fail(unreadable(self.file, "the times", &reason));
                    }
                }
            }
        }
        self.room = room;
        self.rows += batch.num_rows();
        Ok(())
    }

    /// Hands on the last rows; where there are none at all, the header.
    pub(super) fn finish(&mut self, sink: &mut Sink<'_>) -> Result<()> {
        if self.rows > 0 || self.before == 0 {
            let _ = sink(self.table()?)?;
        }
        Ok(())
    }

    /// The rows so far as a table; the next ones begin another.
    pub(super) fn table(&mut self) -> Result<Table> {
        let empty = self.kinds.iter().map(Kind::empty).collect();
        let columns = std::mem::replace(&mut self.columns, empty);
        let rows = std::mem::take(&mut self.rows);
        let first = self.before as u64 + 1;
        self.before += rows;
        let header = self.header.clone();
        Ok(Table::of_columns(
            self.file,
            self.format,
            header,
            columns,
            (first, rows),
        ))
    }
}

/// Adds times; nothing where there is none, and where one is out of all bounds.
fn times(
    array: &ArrayRef,
    kind: &Kind,
    stamps: &mut Vec<Option<Stamp>>,
) -> std::result::Result<(), ArrowError> {
    let mut counts = Vec::with_capacity(array.len());
    convert::times(array, &mut counts)?;
    let day = |millis: i64| Some(Stamp::from(stamp_in(&TimeZone::UTC, millis)?.date()));
    let counts = counts.into_iter();
    match kind {
        Kind::Time(per_second, zone) => {
            let stamp = |count: i64| {
                let millis = match per_second {
                    1 => count.checked_mul(1000)?,
                    per_second => count.div_euclid(per_second / 1000),
                };
                match zone {
                    None => Some(Stamp::time(stamp_in(&TimeZone::UTC, millis)?.datetime())),
                    Some((zone, _)) => Some(Stamp::from(&stamp_in(zone, millis)?)),
                }
            };
            stamps.extend(counts.map(|count| count.and_then(stamp)));
        }
        _ => stamps.extend(counts.map(|millis| millis.and_then(day))),
    }
    Ok(())
}

/// The moment so many milliseconds after 1970 began in UTC, by the clock of a zone.
fn stamp_in(zone: &TimeZone, millis: i64) -> Option<jiff::Zoned> {
    let instant = Timestamp::from_millisecond(millis).ok()?;
    Some(instant.to_zoned(zone.clone()))
}

/// Text that takes no more than it has room for.
struct Bounded<'a> {
    text: &'a mut String,
    room: usize,
}

impl Write for Bounded<'_> {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let left = self.room.checked_sub(more.len());
        self.room = left.unwrap_or(0);
        left.ok_or(fmt::Error)?;
        self.text.push_str(more);
        Ok(())
    }
}

pub(super) fn unreadable(file: &str, what: &str, error: &dyn fmt::Display) -> Fault {
    let reason = format!("{what} cannot be read: {error}");
    Fault::malformed(file, 1, reason, "write the file again, or save it as CSV")
}

/// The two libraries panic on some damaged files; here that is an error like any other.
pub(super) fn guarded(file: &str, read: impl FnOnce() -> Result<()>) -> Result<()> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
        .unwrap_or_else(|_| fail(unreadable(file, "the file", &"it is damaged")))
}
