//! Apache Parquet and Arrow IPC (Feather), as pandas, polars and databases write them. Every cell
//! becomes text, as in the other sources, so that one place decides what dates and numbers are.
//!
//! The two libraries take memory as a file says; what it says is checked first
//! ([`pages`](super::pages), [`messages`](super::messages)), and the rows are counted as they come,
//! because a few bytes can stand for as many equal rows as they like.

use std::fmt::{self, Write};
use std::io::Cursor;
use std::time::Duration;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, Schema};
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::errors::ParquetError;

use super::options::Format;
use super::table::Table;
use super::{Fault, messages, pages};
use crate::error::{Error, Place, Result, fail};

/// Most bytes that the rows of a file may take as text. Together with what the libraries take
/// ([`pages::unpacked`]) and with vectors that double as they grow, it is below twice the file and 64 MB.
fn most(length: usize) -> usize {
    (12 << 20) + length / 4
}

/// Most bytes that rows which are decoded together may take.
const MOST_IN_A_BATCH: usize = 4 << 20;

/// Most bytes that a row may take as text.
const MOST_IN_A_ROW: usize = 1 << 20;

/// Reads a Parquet file. Lists and structures hold neither dates nor numbers and are left out.
fn read_parquet(file: &str, bytes: &[u8]) -> Result<Table> {
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
    let schema = batches.schema();
    table(file, Format::Parquet, bytes.len(), &schema, batches)
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

/// Reads a Parquet file.
pub(super) fn parquet(file: &str, bytes: &[u8]) -> Result<Table> {
    guarded(file, || read_parquet(file, bytes))
}

/// Reads an Arrow IPC file or stream.
pub(super) fn arrow(file: &str, bytes: &[u8]) -> Result<Table> {
    guarded(file, || {
        let wrong = |error: ArrowError| unreadable(file, "Arrow", &error);
        let damaged = |reason| damaged(file, reason);
        if bytes.starts_with(b"ARROW1") {
            messages::check_file(bytes).map_err(damaged)?;
            let reader =
                arrow_ipc::reader::FileReader::try_new(Cursor::new(bytes), None).map_err(wrong)?;
            let schema = reader.schema();
            return table(file, Format::Arrow, bytes.len(), &schema, reader);
        }
        messages::check_stream(bytes).map_err(damaged)?;
        let reader =
            arrow_ipc::reader::StreamReader::try_new(Cursor::new(bytes), None).map_err(wrong)?;
        let schema = reader.schema();
        table(file, Format::Arrow, bytes.len(), &schema, reader)
    })
}

fn table(
    file: &str,
    format: Format,
    length: usize,
    schema: &Schema,
    batches: impl Iterator<Item = std::result::Result<RecordBatch, ArrowError>>,
) -> Result<Table> {
    let header = schema
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    let mut table = Table::new(file, header, most(length));
    (table.format, table.encoding) = (format, "binary");
    let wrong = |error: ArrowError| unreadable(file, "the rows", &error);
    let too_many = || {
        Error::too_extreme(format!(
            "{file}: its rows take more than {} MB as text, too much for a file of its size; keep \
             the columns and rows that are needed, or save it as CSV",
            most(length) >> 20
        ))
    };
    let options = FormatOptions::default();
    for batch in batches {
        let batch = batch.map_err(wrong)?;
        let columns = batch.columns().iter();
        let columns: Vec<ArrayFormatter<'_>> = columns
            .map(|column| ArrayFormatter::try_new(column, &options))
            .collect::<std::result::Result<_, _>>()
            .map_err(wrong)?;
        let mut cells = vec![String::new(); columns.len()];
        for row in 0..batch.num_rows() {
            let place = Place::Row(table.rows() as u64 + 1);
            let room = most(length).checked_sub(table.size());
            let mut room = room.ok_or_else(too_many)?.min(MOST_IN_A_ROW);
            for (cell, column) in cells.iter_mut().zip(&columns) {
                cell.clear();
                let mut cell = Bounded { text: cell, room };
                match column.value(row).write(&mut cell) {
                    Ok(()) => room = cell.room,
                    Err(_) if cell.room == 0 => return Err(too_many()),
                    Err(error) => return fail(wrong(error)),
                }
            }
            table.push(place, &cells)?;
        }
    }
    Ok(table)
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
fn guarded(file: &str, read: impl FnOnce() -> Result<Table>) -> Result<Table> {
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

    #[test]
    fn rows_that_would_fill_the_memory_are_refused() {
        let million = batch(1_000_000, "x");
        let bytes = parquet(&million, WriterProperties::builder().build());
        assert!(bytes.len() < 3_000_000, "{}", bytes.len());
        assert!(error(&bytes).contains("its rows take more than 12 MB"));
        // Among them rows that say the same text, which stands in the file once.
        let bytes = parquet(
            &batch(20, &"x".repeat(900_000)),
            WriterProperties::builder().build(),
        );
        assert!(error(&bytes).contains("its rows take more than 12 MB"));
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
        assert_eq!(super::parquet("p", &bytes).unwrap().rows(), 3);
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
        assert_eq!(super::arrow("p", &bytes).unwrap().rows(), 1000);
        let at = find(&bytes, &8000i64.to_le_bytes());
        bytes[at..at + 8].copy_from_slice(&(1i64 << 40).to_le_bytes());
        assert!(error(&bytes).contains("its compressed buffers are larger"));

        let whole = arrow_file(&batch);
        assert_eq!(super::arrow("p", &whole).unwrap().rows(), 1000);
        for cut in [7, 11, whole.len() / 2, whole.len() - 7] {
            assert!(super::arrow("p", &whole[..cut]).is_err());
            let mut inside = whole.clone();
            inside.drain(8..cut.clamp(8, whole.len() - 600));
            assert!(cut <= 8 || super::arrow("p", &inside).is_err());
        }
    }
}
