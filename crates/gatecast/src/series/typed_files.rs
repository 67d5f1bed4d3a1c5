//! Apache Parquet and Arrow IPC (Feather), as pandas, polars and databases write them. Rows come in pieces, so that a large
//! file is never in memory as a whole.
//!
//! The two libraries take memory as a file says; what it says is checked first
//! ([`pages`](super::pages), [`messages`](super::messages)), and the rows are counted as they come,
//! because a few bytes can stand for as many equal rows as they like. What this file is not: what becomes of a record batch
//! is `columnar`'s.

use std::io::Cursor;
use std::ops::ControlFlow;
use std::time::Duration;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;

use super::columnar::{Pieces, guarded, one, unreadable};
use super::options::Format;
use super::table::Table;
use super::{Fault, messages, pages};
use crate::error::Result;

/// Most bytes that rows which are decoded together may take.
const MOST_IN_A_BATCH: usize = 4 << 20;

/// Hands on the rows of a file in pieces of so many with one header, until the sink has enough of them. Unpacked, they
/// may take `room` bytes.
pub(super) fn pieces(
    file: &str,
    bytes: &[u8],
    format: Format,
    room: usize,
    rows: usize,
    sink: &mut dyn FnMut(Table) -> Result<ControlFlow<()>>,
) -> Result<()> {
    guarded(file, || {
        let (schema, batches) = match format {
            Format::Parquet => parquet(file, bytes, room)?,
            _ => arrow(file, bytes, room)?,
        };
        let mut pieces = Pieces::new(file, format, room, &schema)?;
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

/// The first rows of a file: so many or a few more.
pub(super) fn first(
    file: &str,
    bytes: &[u8],
    format: Format,
    room: usize,
    rows: usize,
) -> Result<Table> {
    one(file, |sink| pieces(file, bytes, format, room, rows, sink))
}

type Batches<'a> = Box<dyn Iterator<Item = std::result::Result<RecordBatch, ArrowError>> + 'a>;

/// Opens a Parquet file. Lists and structures hold neither dates nor numbers and are left out.
fn parquet(file: &str, bytes: &[u8], room: usize) -> Result<(SchemaRef, Batches<'static>)> {
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
    let widest = pages::check(reader.metadata(), &leaves, &data, room)
        .map_err(|reason| damaged(file, reason))?;
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
fn arrow<'a>(file: &str, bytes: &'a [u8], room: usize) -> Result<(SchemaRef, Batches<'a>)> {
    let wrong = |error: ArrowError| unreadable(file, "Arrow", &error);
    let damaged = |reason| damaged(file, reason);
    if bytes.starts_with(b"ARROW1") {
        messages::check_file(bytes, room).map_err(damaged)?;
        let reader =
            arrow_ipc::reader::FileReader::try_new(Cursor::new(bytes), None).map_err(wrong)?;
        return Ok((reader.schema(), Box::new(reader)));
    }
    messages::check_stream(bytes, room).map_err(damaged)?;
    let reader =
        arrow_ipc::reader::StreamReader::try_new(Cursor::new(bytes), None).map_err(wrong)?;
    Ok((reader.schema(), Box::new(reader)))
}

fn damaged(file: &str, reason: &str) -> Fault {
    unreadable(file, "the file", &format!("it is damaged: {reason}"))
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
        let room = pages::unpacked(bytes.len());
        first(file, bytes, format, room, usize::MAX)
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
        pieces("p", &bytes, Format::Parquet, 8 << 20, 1000, &mut |table| {
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
