//! Apache Parquet and Arrow IPC (Feather), as pandas, polars and databases write them. Every cell
//! becomes text, as in the other sources, so that one place decides what dates and numbers are.

use std::io::Cursor;

use arrow_array::RecordBatch;
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, Schema};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::Format;
use super::table::Table;
use crate::error::{Error, Place, Result};

/// Reads a Parquet file.
pub(super) fn parquet(file: &str, bytes: &[u8]) -> Result<Table> {
    guarded(file, || {
        let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::copy_from_slice(bytes))
            .map_err(|error| unreadable(file, "Parquet", &error))?;
        let schema = reader.schema().clone();
        let batches = reader
            .build()
            .map_err(|error| unreadable(file, "Parquet", &error))?;
        table(file, Format::Parquet, &schema, batches)
    })
}

/// Reads an Arrow IPC file or stream.
pub(super) fn arrow(file: &str, bytes: &[u8]) -> Result<Table> {
    guarded(file, || {
        let wrong = |error: ArrowError| unreadable(file, "Arrow", &error);
        if bytes.starts_with(b"ARROW1") {
            let reader =
                arrow_ipc::reader::FileReader::try_new(Cursor::new(bytes), None).map_err(wrong)?;
            let schema = reader.schema();
            return table(file, Format::Arrow, &schema, reader);
        }
        let reader =
            arrow_ipc::reader::StreamReader::try_new(Cursor::new(bytes), None).map_err(wrong)?;
        let schema = reader.schema();
        table(file, Format::Arrow, &schema, reader)
    })
}

fn table(
    file: &str,
    format: Format,
    schema: &Schema,
    batches: impl Iterator<Item = std::result::Result<RecordBatch, ArrowError>>,
) -> Result<Table> {
    let header = schema
        .fields()
        .iter()
        .map(|field| field.name().clone())
        .collect();
    let mut table = Table::new(file, header);
    (table.format, table.encoding) = (format, "binary");
    let wrong = |error: ArrowError| unreadable(file, "the rows", &error);
    let options = FormatOptions::default();
    for batch in batches {
        let batch = batch.map_err(wrong)?;
        let columns = batch.columns().iter();
        let columns: Vec<ArrayFormatter<'_>> = columns
            .map(|column| ArrayFormatter::try_new(column, &options))
            .collect::<std::result::Result<_, _>>()
            .map_err(wrong)?;
        for row in 0..batch.num_rows() {
            let place = Place::Row(table.rows() as u64 + 1);
            let cells = columns
                .iter()
                .map(|column| column.value(row).try_to_string());
            let cells: Vec<String> = cells
                .collect::<std::result::Result<_, _>>()
                .map_err(wrong)?;
            table.push(place, cells)?;
        }
    }
    Ok(table)
}

fn unreadable(file: &str, what: &str, error: &dyn std::fmt::Display) -> Error {
    Error::Malformed {
        file: file.into(),
        line: 1,
        reason: format!("{what} cannot be read: {error}"),
        help: "write the file again, or save it as CSV",
    }
}

/// The two libraries panic on some damaged files; here that is an error like any other.
fn guarded(file: &str, read: impl FnOnce() -> Result<Table>) -> Result<Table> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(unreadable(file, "the file", &"it is damaged")))
}
