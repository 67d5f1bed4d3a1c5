//! Apache Parquet and Arrow IPC (Feather), as pandas, polars and databases write them: numbers and times
//! stay what they are, all else becomes text. Rows come in pieces, so that a large file is never
//! in memory as a whole.
//!
//! The two libraries take memory as a file says; what it says is checked first
//! ([`pages`](super::pages), [`messages`](super::messages)), and the rows are counted as they come,
//! because a few bytes can stand for as many equal rows as they like. What this file is not: it does not
//! know what a text means.

use std::fmt::{self, Write};
use std::io::Cursor;
use std::ops::ControlFlow;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchReader};
use arrow_cast::cast;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, DataType, Schema, SchemaRef, TimeUnit};
use bytes::Bytes;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;

use super::cells::{Column, Texts};
use super::options::Format;
use super::stamp::Stamp;
use super::table::Table;
use super::{Fault, messages, pages};
use crate::error::{Error, Result, fail};

/// Most bytes that rows which are decoded together may take.
const MOST_IN_A_BATCH: usize = 4 << 20;

/// Rows of a frame that are taken together.
const ROWS_OF_FRAME: usize = 1 << 14;

/// Most bytes that a row may take as text.
const MOST_IN_A_ROW: usize = 1 << 20;

/// Hands on the rows of a file in pieces of so many with one header, until the sink has enough of them.
pub(super) fn pieces(
    file: &str,
    bytes: &[u8],
    format: Format,
    rows: usize,
    sink: &mut dyn FnMut(Table) -> Result<ControlFlow<()>>,
) -> Result<()> {
    guarded(file, || {
        let (schema, batches) = match format {
            Format::Parquet => parquet(file, bytes)?,
            _ => arrow(file, bytes)?,
        };
        let mut pieces = Pieces::new(file, format, bytes.len(), &schema)?;
        for batch in batches {
            let batch = batch.map_err(|error| unreadable(file, "the rows", &error))?;
            pieces.push(&batch)?;
            if pieces.rows >= rows && sink(pieces.table()?)?.is_break() {
                return Ok(());
            }
        }
        pieces.finish(sink)
    })
}

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
        let mut pieces = Pieces::new(file, Format::Arrow, usize::MAX, &first.schema())?;
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

/// The first rows of a file: so many or a few more.
pub(super) fn first(file: &str, bytes: &[u8], format: Format, rows: usize) -> Result<Table> {
    one(file, |sink| pieces(file, bytes, format, rows, sink))
}

/// Takes tables until the first of them is there.
type Sink<'a> = dyn FnMut(Table) -> Result<ControlFlow<()>> + 'a;

/// The first piece of those that are handed on.
fn one(file: &str, pieces: impl FnOnce(&mut Sink<'_>) -> Result<()>) -> Result<Table> {
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

type Batches<'a> = Box<dyn Iterator<Item = std::result::Result<RecordBatch, ArrowError>> + 'a>;

/// Opens a Parquet file. Lists and structures hold neither dates nor numbers and are left out.
fn parquet(file: &str, bytes: &[u8]) -> Result<(SchemaRef, Batches<'static>)> {
    let wrong = |error: ParquetError| unreadable(file, "Parquet", &error);
    pages::check_footer(bytes).map_err(|reason| damaged(file, reason))?;
    let data = Bytes::copy_from_slice(bytes);
    let metadata = footer(data.clone())
        .ok_or_else(|| damaged(file, "its footer cannot be read"))?
        .map_err(wrong)?;
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(data.clone(), metadata);
    let columns = reader.parquet_schema().columns().iter().enumerate();
    let leaves: Vec<usize> = columns
        .filter(|(_, column)| column.max_rep_level() == 0 && column.path().parts().len() == 1)
        .map(|(leaf, _)| leaf)
        .collect();
    let widest =
        pages::check(reader.metadata(), &leaves, &data).map_err(|reason| damaged(file, reason))?;
    let mask = ProjectionMask::leaves(reader.parquet_schema(), leaves);
    let batches = reader
        .with_projection(mask)
        .with_batch_size((MOST_IN_A_BATCH / widest.max(1)).clamp(1, 1024))
        .build()
        .map_err(wrong)?;
    Ok((batches.schema(), Box::new(batches)))
}

/// Longest time that reading a footer may take; sound ones take some milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Reads the footer. What the library makes of a damaged one depends on its readers of each structure,
/// and it can then count to 2³¹ what takes no bytes; so it does that on a thread of its own, for which
/// nobody waits any longer than [`PATIENCE`].
fn footer(data: Bytes) -> Option<Result<ArrowReaderMetadata, ParquetError>> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::Builder::new()
        .spawn(move || {
            let read = || ArrowReaderMetadata::load(&data, ArrowReaderOptions::default());
            if let Ok(read) = std::panic::catch_unwind(read) {
                // Nobody may be listening any more.
                let _ = sender.send(read);
            }
        })
        .ok()?;
    receiver.recv_timeout(PATIENCE).ok()
}

/// Opens an Arrow IPC file or stream.
fn arrow<'a>(file: &str, bytes: &'a [u8]) -> Result<(SchemaRef, Batches<'a>)> {
    let wrong = |error: ArrowError| unreadable(file, "Arrow", &error);
    let damaged = |reason| damaged(file, reason);
    if bytes.starts_with(b"ARROW1") {
        messages::check_file(bytes).map_err(damaged)?;
        let reader =
            arrow_ipc::reader::FileReader::try_new(Cursor::new(bytes), None).map_err(wrong)?;
        return Ok((reader.schema(), Box::new(reader)));
    }
    messages::check_stream(bytes).map_err(damaged)?;
    let reader =
        arrow_ipc::reader::StreamReader::try_new(Cursor::new(bytes), None).map_err(wrong)?;
    Ok((reader.schema(), Box::new(reader)))
}

/// Rows that become tables.
struct Pieces<'a> {
    file: &'a str,
    format: Format,
    header: Vec<String>,
    kinds: Vec<Kind>,
    columns: Vec<Column>,
    /// Rows in `columns`, and of the pieces before.
    rows: usize,
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
    fn new(file: &'a str, format: Format, length: usize, schema: &Schema) -> Result<Self> {
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
            room: pages::unpacked(length),
            most: pages::unpacked(length),
        })
    }

    fn push(&mut self, batch: &RecordBatch) -> Result<()> {
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
                Column::Whole(values) => {
                    let array = cast(array, &DataType::Int64).map_err(wrong)?;
                    values.extend(array.as_primitive::<Int64Type>());
                }
                Column::Real(values) => reals(array, values).map_err(wrong)?,
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
    fn finish(&mut self, sink: &mut Sink<'_>) -> Result<()> {
        if self.rows > 0 || self.before == 0 {
            let _ = sink(self.table()?)?;
        }
        Ok(())
    }

    /// The rows so far as a table; the next ones begin another.
    fn table(&mut self) -> Result<Table> {
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

/// Adds numbers with a fraction. Those of single precision are taken by the fewest digits that tell
/// them apart, as every program shows them and as they would stand in a CSV file: 80.35, not
/// 80.3499985.
fn reals(array: &ArrayRef, values: &mut Vec<f64>) -> std::result::Result<(), ArrowError> {
    let is_single = |kind: &DataType| matches!(kind, DataType::Float16 | DataType::Float32);
    let single = match array.data_type() {
        DataType::Dictionary(_, kind) => is_single(kind),
        kind => is_single(kind),
    };
    if single {
        let array = cast(array, &DataType::Float32)?;
        let shortest = |value: Option<f32>| {
            let value = value?;
            value.to_string().parse().ok()
        };
        let array = array.as_primitive::<Float32Type>();
        values.extend(
            array
                .iter()
                .map(|value| shortest(value).unwrap_or(f64::NAN)),
        );
    } else {
        let array = cast(array, &DataType::Float64)?;
        let array = array.as_primitive::<Float64Type>();
        values.extend(array.iter().map(|value| value.unwrap_or(f64::NAN)));
    }
    Ok(())
}

/// Adds times; nothing where there is none, and where one is out of all bounds.
fn times(
    array: &ArrayRef,
    kind: &Kind,
    stamps: &mut Vec<Option<Stamp>>,
) -> std::result::Result<(), ArrowError> {
    let day = |millis: i64| Some(Stamp::from(stamp_in(&TimeZone::UTC, millis)?.date()));
    match kind {
        Kind::Time(per_second, zone) => {
            let array = match array.data_type() {
                DataType::Dictionary(_, values) => cast(array, values)?,
                _ => array.clone(),
            };
            let array = cast(&array, &DataType::Int64)?;
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
            let counts = array.as_primitive::<Int64Type>().iter();
            stamps.extend(counts.map(|count| count.and_then(stamp)));
        }
        _ => {
            let array = cast(array, &DataType::Date64)?;
            let array = cast(&array, &DataType::Int64)?;
            let millis = array.as_primitive::<Int64Type>().iter();
            stamps.extend(millis.map(|millis| millis.and_then(day)));
        }
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

fn unreadable(file: &str, what: &str, error: &dyn fmt::Display) -> Fault {
    let reason = format!("{what} cannot be read: {error}");
    Fault::malformed(file, 1, reason, "write the file again, or save it as CSV")
}

fn damaged(file: &str, reason: &str) -> Fault {
    unreadable(file, "the file", &format!("it is damaged: {reason}"))
}

/// The two libraries panic on some damaged files; here that is an error like any other.
fn guarded(file: &str, read: impl FnOnce() -> Result<()>) -> Result<()> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
        .unwrap_or_else(|_| fail(unreadable(file, "the file", &"it is damaged")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Date32Array, Float64Array, StringArray};
    use arrow_ipc::CompressionType;
    use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
    use parquet::arrow::ArrowWriter;
    use parquet::basic::Compression;
    use parquet::file::properties::{WriterProperties, WriterVersion};

    use super::*;
    use crate::series::Series;

    /// Days with closes and a text.
    fn batch(rows: usize, text: &str) -> RecordBatch {
        let days = (0..rows).map(|row| 17_624 + row as i32 % 1000);
        let texts = (0..rows).map(|_| text);
        let columns: [(&str, ArrayRef); 3] = [
            ("date", Arc::new(Date32Array::from_iter_values(days))),
            ("close", Arc::new(Float64Array::from(vec![1.5; rows]))),
            ("text", Arc::new(StringArray::from_iter_values(texts))),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn parquet(batch: &RecordBatch, properties: WriterProperties) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer =
            ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
        bytes
    }

    fn arrow_file(batch: &RecordBatch) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = FileWriter::try_new(&mut bytes, &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        writer.finish().unwrap();
        drop(writer);
        bytes
    }

    fn error(bytes: &[u8]) -> String {
        Series::parse("p", bytes, &["close"])
            .unwrap_err()
            .to_string()
    }

    /// Where `what` stands in `bytes`, the first time.
    fn find(bytes: &[u8], what: &[u8]) -> usize {
        bytes
            .windows(what.len())
            .position(|window| window == what)
            .unwrap()
    }

    fn whole(file: &str, bytes: &[u8], format: Format) -> Result<Table> {
        first(file, bytes, format, usize::MAX)
    }

    #[test]
    fn rows_that_would_fill_the_memory_are_refused() {
        // All of them equal, so that thousands take a few bytes.
        let day: ArrayRef = Arc::new(Date32Array::from(vec![17_624; 1_000_000]));
        let close: ArrayRef = Arc::new(Float64Array::from(vec![1.5; 1_000_000]));
        let million = RecordBatch::try_from_iter([("date", day), ("close", close)]).unwrap();
        let bytes = parquet(&million, WriterProperties::builder().build());
        assert!(bytes.len() < 40_000, "{}", bytes.len());
        assert!(error(&bytes).contains("its rows take more than 8 MB"));
        // Among them rows that say the same text, which stands in the file once.
        let bytes = parquet(
            &batch(300, &"x".repeat(100_000)),
            WriterProperties::builder().build(),
        );
        let error = error(&bytes);
        assert!(error.contains("its rows take more than"), "{error}");
    }

    /// The stamps and the closes that come out of one column of times and one of numbers.
    fn read(times: ArrayRef, closes: ArrayRef) -> Result<(Vec<String>, Vec<f64>)> {
        let batch = RecordBatch::try_from_iter([("ds", times), ("close", closes)]).unwrap();
        let series = Series::parse("p", &arrow_file(&batch), &["close"])?;
        let stamps = series.stamps().iter().map(ToString::to_string);
        Ok((stamps.collect(), series.column("close")?.to_vec()))
    }

    #[test]
    fn times_keep_their_type() {
        use arrow_array::{
            Date64Array, Int64Array, TimestampMicrosecondArray, TimestampMillisecondArray,
            TimestampNanosecondArray, TimestampSecondArray,
        };
        // An hour before 2018-04-30 09:30 UTC, and that.
        let [before, at] = [1_525_077_000_i64, 1_525_080_600];
        let nanos =
            || TimestampNanosecondArray::from(vec![before * 1_000_000_000, at * 1_000_000_000]);
        let plain = ["2018-04-30T08:30:00", "2018-04-30T09:30:00"];
        let utc = ["2018-04-30T08:30:00Z", "2018-04-30T09:30:00Z"];
        let arrays: [(ArrayRef, [&str; 2]); 10] = [
            (
                Arc::new(TimestampSecondArray::from(vec![before, at])),
                plain,
            ),
            (
                Arc::new(TimestampMillisecondArray::from(vec![
                    before * 1000,
                    at * 1000,
                ])),
                plain,
            ),
            (
                Arc::new(TimestampMicrosecondArray::from(vec![
                    before * 1_000_000,
                    at * 1_000_000,
                ])),
                plain,
            ),
            (Arc::new(nanos()), plain),
            (Arc::new(nanos().with_timezone("UTC")), utc),
            (
                Arc::new(nanos().with_timezone("+08:00")),
                ["2018-04-30T16:30:00+08:00", "2018-04-30T17:30:00+08:00"],
            ),
            (
                Arc::new(nanos().with_timezone("America/New_York")),
                ["2018-04-30T04:30:00-04:00", "2018-04-30T05:30:00-04:00"],
            ),
            // Before 1970, and less than a thousandth of a second.
            (
                Arc::new(TimestampNanosecondArray::from(vec![
                    -1,
                    3_600_000_000_000 - 1,
                ])),
                ["1969-12-31T23:59:59.999", "1970-01-01T00:59:59.999"],
            ),
            (
                Arc::new(Date64Array::from(vec![
                    86_400_000 * 17_650,
                    86_400_000 * 17_651,
                ])),
                ["2018-04-29", "2018-04-30"],
            ),
            // Whole numbers say what they are as they do in text.
            (
                Arc::new(Int64Array::from(vec![20_180_429, 20_180_430])),
                ["2018-04-29", "2018-04-30"],
            ),
        ];
        for (times, want) in arrays {
            let kind = times.data_type().clone();
            let (stamps, _) = read(times, Arc::new(Float64Array::from(vec![1.0, 2.0]))).unwrap();
            assert_eq!(stamps, want, "{kind}");
        }
        let zone = |name: &str| {
            let times = Arc::new(nanos().with_timezone(name));
            read(times, Arc::new(Float64Array::from(vec![1.0, 2.0])))
        };
        let error = zone("Mars/Olympus").unwrap_err().to_string();
        assert!(
            error.contains("no time zone is called \"Mars/Olympus\""),
            "{error}"
        );
        let far = Arc::new(TimestampSecondArray::from(vec![at, i64::MAX]));
        let error = read(far, Arc::new(Float64Array::from(vec![1.0, 2.0])));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("row 2 has a time of no year"), "{error}");
    }

    #[test]
    fn numbers_keep_their_type() {
        use arrow_array::{Decimal128Array, Float32Array, Int64Array, UInt64Array};
        let days: ArrayRef = Arc::new(Date32Array::from_iter_values(17_650..17_653));
        let decimal = Decimal128Array::from(vec![Some(80_350), None, Some(12_345)]);
        let arrays: [(ArrayRef, &[f64]); 6] = [
            (
                Arc::new(Float64Array::from(vec![Some(80.35), None, Some(f64::NAN)])),
                &[80.35],
            ),
            // 80.35 in single precision is 80.3499985.
            (
                Arc::new(Float32Array::from(vec![80.35, 0.1, -1e10])),
                &[80.35, 0.1, -1e10],
            ),
            (
                Arc::new(decimal.with_precision_and_scale(9, 3).unwrap()),
                &[80.35, 12.345],
            ),
            (
                Arc::new(Int64Array::from(vec![Some(7), None, Some(-8)])),
                &[7.0, -8.0],
            ),
            (
                Arc::new(UInt64Array::from(vec![7, 8, 1 << 60])),
                &[7.0, 8.0, (1u64 << 60) as f64],
            ),
            (
                Arc::new(StringArray::from(vec!["1.234,5", "null", "7,5"])),
                &[1234.5, 7.5],
            ),
        ];
        for (closes, want) in arrays {
            let kind = closes.data_type().clone();
            assert_eq!(read(days.clone(), closes).unwrap().1, want, "{kind}");
        }
        let infinite = Arc::new(Float64Array::from(vec![1.0, f64::INFINITY, 2.0]));
        let error = read(days, infinite).unwrap_err().to_string();
        assert!(
            error.contains("row 2, column \"close\": found \"inf\""),
            "{error}"
        );
    }

    #[test]
    fn rows_come_in_pieces() {
        use arrow_array::DictionaryArray;
        use arrow_array::types::Int8Type;
        let names = ["A", "B"]
            .into_iter()
            .flat_map(|name| std::iter::repeat_n(name, 1500));
        let names: DictionaryArray<Int8Type> = names.collect();
        let days = (0..2).flat_map(|_| 17_000..18_500);
        let closes = (0..3000).map(f64::from);
        let columns: [(&str, ArrayRef); 3] = [
            ("unique_id", Arc::new(names)),
            ("ds", Arc::new(Date32Array::from_iter_values(days))),
            ("y", Arc::new(Float64Array::from_iter_values(closes))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let bytes = parquet(&batch, WriterProperties::builder().build());
        let mut rows = Vec::new();
        pieces("p", &bytes, Format::Parquet, 1000, &mut |table| {
            rows.push((table.rows(), table.place(0).to_string()));
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();
        // Those that are decoded together, 1024, and what is left.
        let want = [(1024, "row 1"), (1024, "row 1025"), (952, "row 2049")];
        assert_eq!(rows, want.map(|(rows, first)| (rows, first.to_string())));
        let data = super::super::Data::parse("p", &bytes, &Default::default()).unwrap();
        let panel = data.read(&["y"]).unwrap();
        assert_eq!(panel.series.len(), 2);
        assert_eq!(panel.series[1].name(), "B");
        assert_eq!(panel.series[1].column("y").unwrap()[..2], [1500.0, 1501.0]);
    }

    #[test]
    fn pages_that_say_more_than_they_hold_are_refused() {
        let long = batch(1, &"x".repeat(2_000_000));
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_dictionary_enabled(false)
            .build();
        let mut bytes = parquet(&long, properties);
        assert!(
            error(&bytes).contains("its rows take more"),
            "one text is too long"
        );
        // The size of a little over two million, doubled because it has a sign, in four bytes.
        let at = find(&bytes, &[0x92, 0xf4, 0x01]) - 1;
        bytes[at..at + 4].copy_from_slice(&[0xfe, 0xff, 0xff, 0x7f]);
        assert!(error(&bytes).contains("its pages are larger"));
    }

    #[test]
    fn more_lengths_than_texts_are_refused() {
        let properties = WriterProperties::builder()
            .set_writer_version(WriterVersion::PARQUET_2_0)
            .set_dictionary_enabled(false)
            .build();
        let bytes = parquet(&batch(3, "word"), properties);
        assert_eq!(whole("p", &bytes, Format::Parquet).unwrap().rows(), 3);
        // A block of 128 in 4 pieces, and 3 lengths: of what texts share, and of the rest.
        let text = find(&bytes, b"word");
        let before: Vec<usize> = (0..text)
            .filter(|&at| bytes[at..].starts_with(&[0x80, 0x01, 0x04, 0x03]))
            .collect();
        for &at in &before[before.len() - 2..] {
            let mut bytes = bytes.clone();
            bytes[at + 3] = 0x7f;
            assert!(
                error(&bytes).contains("its pages are larger"),
                "{}",
                error(&bytes)
            );
        }
    }

    #[test]
    fn messages_that_say_more_than_they_hold_are_refused() {
        let options = IpcWriteOptions::default()
            .try_with_compression(Some(CompressionType::LZ4_FRAME))
            .unwrap();
        let batch = batch(1000, "word");
        let mut bytes = Vec::new();
        let mut writer =
            StreamWriter::try_new_with_options(&mut bytes, &batch.schema(), options).unwrap();
        writer.write(&batch).unwrap();
        writer.finish().unwrap();
        drop(writer);
        assert_eq!(whole("p", &bytes, Format::Arrow).unwrap().rows(), 1000);
        let at = find(&bytes, &8000i64.to_le_bytes());
        bytes[at..at + 8].copy_from_slice(&(1i64 << 40).to_le_bytes());
        assert!(error(&bytes).contains("its compressed buffers are larger"));

        let sound = arrow_file(&batch);
        assert_eq!(whole("p", &sound, Format::Arrow).unwrap().rows(), 1000);
        for cut in [7, 11, sound.len() / 2, sound.len() - 7] {
            assert!(whole("p", &sound[..cut], Format::Arrow).is_err());
            let mut inside = sound.clone();
            inside.drain(8..cut.clamp(8, sound.len() - 600));
            assert!(cut <= 8 || whole("p", &inside, Format::Arrow).is_err());
        }
    }
}
