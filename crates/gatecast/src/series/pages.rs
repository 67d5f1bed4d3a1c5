//! Whether the pages of a Parquet file lie within it, and what is compressed or counted in them is
//! no larger than a file of its size may hold. What this file is not: it reads no values.
//!
//! A page begins with a header in Thrift's compact protocol, which the library keeps to itself; the
//! few numbers that matter are read here.

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, Type};
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::serialized_reader::SerializedPageReader;

type Checked<T> = Result<T, &'static str>;

const CUT_SHORT: &str = "it is shorter than its header or footer states";
const TOO_MUCH: &str = "its pages are larger than a file of its size may hold";
const UNREADABLE: &str = "a page cannot be read";

/// Most bytes that compressed parts of a file may take together when they are unpacked, and that its
/// rows may take: as many times its own as an honest file of equal rows does.
pub(super) fn unpacked(length: usize) -> usize {
    length.saturating_mul(200).max(8 << 20)
}

/// Checks that the footer has the types that it must have, and no list more elements than bytes: the
/// library passes over a list it does not know element by element, and truth values take none.
pub(super) fn check_footer(bytes: &[u8]) -> Checked<()> {
    let rest = bytes.strip_suffix(b"PAR1").ok_or(CUT_SHORT)?;
    let (rest, length) = rest.split_last_chunk::<4>().ok_or(CUT_SHORT)?;
    let start = rest.len().checked_sub(u32::from_le_bytes(*length) as usize);
    super::footer::check(&rest[start.ok_or(CUT_SHORT)?..]).ok_or("its footer cannot be read")
}

/// Checks the pages of these columns and says how many bytes a row can take, once it is unpacked.
pub(super) fn check(
    metadata: &ParquetMetaData,
    leaves: &[usize],
    data: &Bytes,
    room: usize,
) -> Checked<usize> {
    let reader = Arc::new(data.clone());
    let mut widest = 0;
    for group in metadata.row_groups() {
        // One row group is unpacked at a time.
        let mut room = room;
        let mut row = 0;
        for &leaf in leaves {
            let chunk = group.columns().get(leaf).ok_or(CUT_SHORT)?;
            let pages = walk(chunk, data, &mut room)?;
            row += match chunk.column_type() {
                Type::BYTE_ARRAY => pages.largest,
                Type::FIXED_LEN_BYTE_ARRAY => usize::try_from(chunk.column_descr().type_length())
                    .ok()
                    .filter(|&length| length <= pages.largest)
                    .ok_or(TOO_MUCH)?,
                _ => 16,
            };
            if pages.lengths {
                let rows = usize::try_from(group.num_rows()).map_err(|_| CUT_SHORT)?;
                let pages = SerializedPageReader::new(reader.clone(), chunk, rows, None);
                check_lengths(chunk, pages.map_err(|_| UNREADABLE)?, data.len())?;
            }
        }
        widest = widest.max(row);
    }
    Ok(widest)
}

/// What the headers of a column's pages say.
struct Pages {
    /// Bytes of the largest, unpacked.
    largest: usize,
    /// Whether one begins with the lengths of its texts.
    lengths: bool,
}

/// Walks the headers of a column's pages and takes from `room` what the pages take when they are
/// unpacked.
fn walk(chunk: &ColumnChunkMetaData, data: &[u8], room: &mut usize) -> Checked<Pages> {
    let (start, length) = chunk.byte_range();
    let range = usize::try_from(start)
        .ok()
        .zip(usize::try_from(length).ok());
    let (mut at, length) = range.ok_or(CUT_SHORT)?;
    let end = at.checked_add(length).filter(|&end| end <= data.len());
    let end = end.ok_or(CUT_SHORT)?;
    let mut pages = Pages {
        largest: 0,
        lengths: false,
    };
    while at < end {
        let mut header = Header::new(&data[at..]);
        header
            .structure(0, 0)
            .ok_or("the header of a page cannot be read")?;
        let unpacked = header.size(0, UNCOMPRESSED)?.ok_or(CUT_SHORT)?;
        let packed = header.size(0, COMPRESSED)?.ok_or(CUT_SHORT)?;
        pages.largest = pages.largest.max(unpacked).max(packed);
        if chunk.compression() != Compression::UNCOMPRESSED {
            *room = room.checked_sub(unpacked).ok_or(TOO_MUCH)?;
        }
        // The library makes room for so many values before it reads one.
        if header.size(DICTIONARY, 1)?.unwrap_or(0) > unpacked {
            return Err(TOO_MUCH);
        }
        for encoding in [header.size(DATA, 2)?, header.size(DATA_V2, 4)?] {
            pages.lengths |= matches!(encoding, Some(DELTA_LENGTHS | DELTA_TEXTS));
        }
        at = data.len() - header.rest.len();
        at = at.checked_add(packed).ok_or(CUT_SHORT)?;
    }
    Ok(pages)
}

/// Checks that a page which begins with the lengths of its texts has no more of them than values:
/// the library makes room for as many as there are said to be.
fn check_lengths(
    chunk: &ColumnChunkMetaData,
    mut pages: SerializedPageReader<Bytes>,
    length: usize,
) -> Checked<()> {
    // They are numbers of four bytes, and there may be two a text.
    let most = (unpacked(length) / 8) as u64;
    let column = chunk.column_descr();
    let levels = [column.max_rep_level(), column.max_def_level()];
    while let Some(page) = pages.get_next_page().map_err(|_| UNREADABLE)? {
        let values = match &page {
            Page::DataPage { buf, .. } => {
                let mut rest = &buf[..];
                for _ in levels.into_iter().filter(|&level| level > 0) {
                    let (length, after) = rest.split_first_chunk::<4>().ok_or(CUT_SHORT)?;
                    let length = u32::from_le_bytes(*length) as usize;
                    rest = after.get(length..).ok_or(CUT_SHORT)?;
                }
                rest
            }
            Page::DataPageV2 {
                buf,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } => {
                let levels = u64::from(*def_levels_byte_len) + u64::from(*rep_levels_byte_len);
                buf.get(levels as usize..).ok_or(CUT_SHORT)?
            }
            Page::DictionaryPage { .. } => continue,
        };
        let times = match page.encoding() {
            Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
            // Of what is shared with the text before, and of the rest.
            Encoding::DELTA_BYTE_ARRAY => 2,
            _ => continue,
        };
        let mut header = Header::new(values);
        for _ in 0..times {
            header
                .skip_deltas(most.min(page.num_values().into()))
                .ok_or(TOO_MUCH)?;
        }
    }
    Ok(())
}

// Fields of a page's header, and of what is in it.
const UNCOMPRESSED: i16 = 2;
const COMPRESSED: i16 = 3;
const DATA: i16 = 5;
const DICTIONARY: i16 = 7;
const DATA_V2: i16 = 8;
// Encodings, as they stand there.
const DELTA_LENGTHS: usize = 6;
const DELTA_TEXTS: usize = 7;

/// A structure in Thrift's compact protocol.
pub(super) struct Header<'a> {
    rest: &'a [u8],
    /// The integers in it: the field they stand in (0 for the header itself), their own, and what
    /// they say.
    found: Vec<(i16, i16, i64)>,
}

impl<'a> Header<'a> {
    /// One that begins with these bytes.
    pub(super) fn new(rest: &'a [u8]) -> Self {
        let found = Vec::new();
        Self { rest, found }
    }

    /// The code of the type of the next field of a structure, and in `field` its number, which begins
    /// with 0; no code at the end of the structure.
    pub(super) fn field(&mut self, field: &mut i16) -> Option<Option<u8>> {
        let byte = self.byte()?;
        if byte & 0x0f == 0 {
            return Some(None);
        }
        *field = match byte >> 4 {
            0 => i16::try_from(self.integer()?).ok()?,
            more => field.checked_add(i16::from(more))?,
        };
        Some(Some(byte & 0x0f))
    }

    /// The code of the type of a list's elements, and their number.
    pub(super) fn list(&mut self) -> Option<(u8, u64)> {
        let byte = self.byte()?;
        let count = match byte >> 4 {
            15 => self.varint()?,
            count => u64::from(count),
        };
        // Each takes a byte or more; of truth values, that take none in some readings, there are no
        // lists in footers and headers.
        let kind = byte & 0x0f;
        if count > self.rest.len() as u64 || (count > 0 && kind < 3) {
            return None;
        }
        Some((kind, count))
    }

    /// An integer that counts something.
    fn size(&self, outer: i16, field: i16) -> Checked<Option<usize>> {
        let mut found = self.found.iter().rev();
        let number = found.find(|found| (found.0, found.1) == (outer, field));
        number
            .map(|&(.., number)| usize::try_from(number).map_err(|_| CUT_SHORT))
            .transpose()
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(byte)
    }

    fn skip(&mut self, count: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(super) fn integer(&mut self) -> Option<i64> {
        let number = self.varint()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// Passes over integers of Parquet's encoding of differences, `most` at most.
    fn skip_deltas(&mut self, most: u64) -> Option<()> {
        let (block, pieces, count) = (self.varint()?, self.varint()?, self.varint()?);
        let first = self.integer();
        if count > most || first.is_none() {
            return None;
        }
        let piece = block.checked_div(pieces)?; // values in it
        if piece == 0 || piece % 32 != 0 {
            return None;
        }
        let mut left = count.saturating_sub(1);
        while left > 0 {
            self.integer()?;
            let pieces = usize::try_from(pieces).ok()?;
            let (widths, rest) = self.rest.split_at_checked(pieces)?;
            self.rest = rest;
            for &width in widths {
                if left > 0 {
                    self.skip(u64::from(width).checked_mul(piece)? / 8)?;
                    left = left.saturating_sub(piece);
                }
            }
        }
        Some(())
    }

    /// Reads the fields of a structure that stands in the field `outer`.
    fn structure(&mut self, outer: i16, depth: usize) -> Option<()> {
        let mut field = 0i16;
        while let Some(kind) = self.field(&mut field)? {
            match kind {
                4..=6 => {
                    let number = self.integer()?;
                    if depth < 2 {
                        self.found.push((outer, field, number));
                    }
                }
                kind => self.value(kind, field, depth)?,
            }
        }
        Some(())
    }

    /// Passes over a value that is no integer, or over one in a list.
    pub(super) fn value(&mut self, kind: u8, field: i16, depth: usize) -> Option<()> {
        /// Deeper than any header.
        const DEEP: usize = 16;
        if depth > DEEP {
            return None;
        }
        match kind {
            1 | 2 => Some(()), // a truth value, said by its kind
            3 => self.skip(1),
            4..=6 => self.varint().map(drop),
            7 => self.skip(8),
            8 => {
                let length = self.varint()?;
                self.skip(length)
            }
            9 | 10 => {
                let (kind, count) = self.list()?;
                (0..count).try_for_each(|_| self.value(kind, field, depth + 1))
            }
            12 => self.structure(field, depth + 1),
            _ => None, // a map: there is none either
        }
    }
}
