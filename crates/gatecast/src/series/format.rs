//! Which source a file comes from, recognised by its content and never by its name, and the reader of
//! that source. This file knows every source; what the sources share stands in files below them.

use std::io::{BufReader, Read};
#[cfg(feature = "frames")]
use std::ops::ControlFlow;
use std::path::Path;

#[cfg(feature = "frames")]
use super::columnar;
use super::input::Input;
use super::json::is_json;
use super::options::Format;
use super::table::Table;
#[cfg(feature = "arrow")]
use super::typed_files;
use super::{Fault, alpha_vantage, csv, stooq, text, tpex, twse, yahoo, yfinance};
use crate::error::{Error, Result, fail};

/// Texts above this size are read piece by piece from where they lie.
const LARGE: u64 = 16 << 20;

/// Rows of a typed file that are handed on together.
#[cfg(feature = "frames")]
const ROWS: usize = 1 << 16;

/// Hands on the rows of a file, read as the source it is recognised as, or as `format`: as one table or,
/// of a large plain text and of a typed file, as several with the same header.
pub(super) fn pieces(
    input: &Input,
    format: Option<Format>,
    sink: &mut dyn FnMut(Table) -> Result<()>,
) -> Result<()> {
    #[cfg(feature = "frames")]
    {
        let mut sink = |table| {
            sink(table)?;
            Ok(ControlFlow::Continue(()))
        };
        if let Some(batches) = input.frame() {
            return columnar::pieces_of_frame(&input.name, batches, ROWS, &mut sink);
        }
        #[cfg(feature = "arrow")]
        if let Some(typed) = typed(&input.start()?, format) {
            let bytes = input.bytes()?;
            let room = input.room()?;
            return typed_files::pieces(&input.name, &bytes, typed, room, ROWS, &mut sink);
        }
    }
    if input.length()? > LARGE && matches!(format, None | Some(Format::Csv)) {
        let head = input.head()?;
        let marked = head.strip_prefix("\u{feff}".as_bytes());
        if let Ok(text) = std::str::from_utf8(marked.unwrap_or(&head))
            && !is_json(text)
            && recognise(text) == Format::Csv
        {
            let mut reader = BufReader::with_capacity(1 << 20, input.reader()?);
            if marked.is_some() {
                let mut mark = [0; 3];
                reader
                    .read_exact(&mut mark)
                    .map_err(Error::io("read", Path::new(&input.name)))?;
            }
            return csv::stream(&input.name, text, reader, sink);
        }
    }
    sink(table(&input.name, &input.bytes()?, format)?)
}

/// The first rows of a file: enough to know its columns, and how their cells are written.
pub(super) fn head(input: &Input, format: Option<Format>) -> Result<Table> {
    #[cfg(feature = "frames")]
    {
        if let Some(batches) = input.frame() {
            return columnar::first_of_frame(&input.name, batches, ROWS);
        }
        #[cfg(feature = "arrow")]
        if let Some(typed) = typed(&input.start()?, format) {
            return typed_files::first(&input.name, &input.bytes()?, typed, input.room()?, ROWS);
        }
    }
    let head = input.head()?;
    match is_plain(&head, format) && (head.len() as u64) < input.length()? {
        true => table(&input.name, &head, format),
        false => table(&input.name, &input.bytes()?, format),
    }
}

/// All rows in one table.
pub(super) fn whole(input: &Input, format: Option<Format>) -> Result<Table> {
    #[cfg(feature = "frames")]
    if let Some(batches) = input.frame() {
        return columnar::first_of_frame(&input.name, batches, usize::MAX);
    }
    #[cfg(feature = "arrow")]
    if let Some(typed) = typed(&input.start()?, format) {
        let (bytes, room) = (input.bytes()?, input.room()?);
        return typed_files::first(&input.name, &bytes, typed, room, usize::MAX);
    }
    table(&input.name, &input.bytes()?, format)
}

/// Which of the formats with typed columns a file has that begins with these bytes.
#[cfg(feature = "arrow")]
fn typed(head: &[u8], format: Option<Format>) -> Option<Format> {
    match format {
        Some(Format::Parquet | Format::Arrow) => format,
        None if head.starts_with(b"PAR1") => Some(Format::Parquet),
        None if head.starts_with(b"ARROW1") || head.starts_with(&[0xff; 4]) => Some(Format::Arrow),
        _ => None,
    }
}

/// Whether the first bytes of a file are those of a plain text in rows.
pub(super) fn is_plain(head: &[u8], format: Option<Format>) -> bool {
    let binary =
        head.starts_with(b"PAR1") || head.starts_with(b"ARROW1") || head.starts_with(&[0xff; 4]);
    !binary && matches!(format, None | Some(Format::Csv)) && {
        let text = text::decode(head).0;
        !is_json(&text) && recognise(&text) == Format::Csv
    }
}

/// Reads a file as the source it is recognised as, or as `format`.
pub(super) fn table(file: &str, bytes: &[u8], format: Option<Format>) -> Result<Table> {
    #[cfg(feature = "arrow")]
    if let Some(typed) = typed(bytes, format) {
        let room = super::pages::unpacked(bytes.len());
        return typed_files::first(file, bytes, typed, room, usize::MAX);
    }
    let (text, encoding) = text::decode(bytes);
    if text.trim().is_empty() {
        return fail(Fault::EmptyFile { file: file.into() });
    }
    let format = format.unwrap_or_else(|| recognise(&text));
    let mut table = match format {
        Format::Twse if is_json(&text) => twse::json(file, &text),
        Format::Twse => twse::text(file, &text),
        Format::Yahoo if is_json(&text) => yahoo::json(file, &text),
        Format::AlphaVantage if is_json(&text) => alpha_vantage::json(file, &text),
        Format::Tpex => tpex::json(file, &text),
        Format::Yfinance => yfinance::table(file, &text),
        Format::Stooq => stooq::table(file, &text),
        _ if is_json(&text) => {
            let help = "known are the answers of TWSE, TPEX, Yahoo and Alpha Vantage; save other data as CSV";
            let reason = "the text is JSON, but not of any known source";
            fail(Fault::malformed(file, 1, reason, help))
        }
        _ => csv::table(file, &text),
    }?;
    table.format = format;
    table.encoding = encoding;
    Ok(table)
}

/// The source whose envelope this is; plain text where it is none's.
fn recognise(text: &str) -> Format {
    if is_json(text) {
        let keys = keys(text);
        let has = |key: &str| keys.iter().any(|found| found == key);
        return match () {
            () if has("chart") || has("finance") => Format::Yahoo,
            () if has("aaData") || has("tables") || has("iTotalRecords") => Format::Tpex,
            () if has("stat") => Format::Twse,
            () if alpha_vantage::KEYS.iter().any(|key| has(key)) => Format::AlphaVantage,
            () => Format::Csv,
        };
    }
    let head: Vec<String> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(3)
        .map(|line| line.replace('"', "").to_lowercase())
        .collect();
    let first = head.first().map_or("", |line| line);
    let second = head.get(1).map_or("", |line| line);
    match () {
        () if first.starts_with("price,") && second.starts_with("ticker,") => Format::Yfinance,
        () if stooq::is_one(first) => Format::Stooq,
        () if first.contains("成交股數") || second.contains("成交股數") => Format::Twse,
        () if first.starts_with("timestamp,open,") => Format::AlphaVantage,
        () if first.starts_with("date,open,high,low,close,adj close,") => Format::Yahoo,
        () => Format::Csv,
    }
}

/// The keys of the outermost object, or of the first one in a list of them.
fn keys(text: &str) -> Vec<String> {
    type Object = std::collections::HashMap<String, serde::de::IgnoredAny>;
    let object = serde_json::from_str::<Object>(text).ok().or_else(|| {
        serde_json::from_str::<Vec<Object>>(text)
            .ok()?
            .into_iter()
            .next()
    });
    match object {
        Some(object) => object.into_keys().collect(),
        // Cut off in the middle, perhaps: the source's own reader will say where.
        None => alpha_vantage::KEYS
            .iter()
            .chain(&["chart", "aaData", "tables", "stat"])
            .filter(|key| text.contains(&format!("\"{key}\"")))
            .map(|key| (*key).to_string())
            .collect(),
    }
}
