//! Where rows come from: the bytes of a file, of standard input or of a pipe, as they are, in gzip or in zip; or
//! a frame in memory, which has no bytes. What this file is not: it reads no rows.

use std::borrow::Cow;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

#[cfg(feature = "frames")]
use arrow_array::RecordBatch;
use flate2::read::MultiGzDecoder;

use super::Fault;
use crate::error::{Error, Result};

/// A file that can be read more than once, whatever it is.
#[derive(Debug)]
pub(super) struct Input {
    /// What messages call it.
    pub(super) name: String,
    source: Source,
    /// Bytes that it may hold when it is unpacked, at most.
    most: u64,
}

#[derive(Debug)]
enum Source {
    /// A file that lies where it can be opened again.
    File(PathBuf),
    /// What cannot be read twice, or had to be unpacked.
    Memory(Vec<u8>),
    /// Rows that are in memory as columns.
    #[cfg(feature = "frames")]
    Frame(Vec<RecordBatch>),
}

/// Bytes by which a file is recognised.
const HEAD: usize = 1 << 20;

/// Most bytes that a packed file may hold, and how many times more than it takes.
const MOST: u64 = 16 << 30;
const TIMES: u64 = 200;

impl Input {
    /// Opens a path; `-` is standard input.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io); [`Malformed`](crate::ErrorKind::Malformed) for an archive without a
    /// file of rows, or with several.
    pub(super) fn open(path: &Path) -> Result<Self> {
        let read = |path| Error::io("read", path);
        if path == Path::new("-") {
            let mut bytes = Vec::new();
            std::io::stdin()
                .lock()
                .read_to_end(&mut bytes)
                .map_err(read(path))?;
            return Self::of_bytes("standard input", bytes);
        }
        let name = path.display().to_string();
        let mut file = std::fs::File::open(path).map_err(read(path))?;
        if !file.metadata().map_err(read(path))?.is_file() {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).map_err(read(path))?;
            return Self::of_bytes(&name, bytes);
        }
        let mut magic = Vec::new();
        file.take(4).read_to_end(&mut magic).map_err(read(path))?;
        match packed(&magic) {
            true => Self::of_bytes(&name, std::fs::read(path).map_err(read(path))?),
            false => Ok(Self {
                name,
                source: Source::File(path.into()),
                most: MOST,
            }),
        }
    }

    /// Takes bytes, and unpacks them where they are packed.
    pub(super) fn of_bytes(name: &str, bytes: Vec<u8>) -> Result<Self> {
        Self::of_bytes_at_most(name, bytes, MOST)
    }

    /// The same where they may hold no more than so many when they are unpacked.
    pub(super) fn of_bytes_at_most(name: &str, bytes: Vec<u8>, most: u64) -> Result<Self> {
        let bytes = match packed(&bytes) {
            true => unpack(name, &bytes, most)?,
            false => bytes,
        };
        Ok(Self {
            name: name.into(),
            source: Source::Memory(bytes),
            most,
        })
    }

    /// Takes the rows of a frame.
    #[cfg(feature = "frames")]
    pub(super) fn of_frame(name: &str, batches: Vec<RecordBatch>) -> Self {
        Self {
            name: name.into(),
            source: Source::Frame(batches),
            most: MOST,
        }
    }

    /// The rows of a frame, where it is one.
    #[cfg(feature = "frames")]
    pub(super) fn frame(&self) -> Option<&[RecordBatch]> {
        match &self.source {
            Source::Frame(batches) => Some(batches),
            _ => None,
        }
    }

    /// All of it; nothing of a frame.
    pub(super) fn bytes(&self) -> Result<Cow<'_, [u8]>> {
        Ok(match &self.source {
            Source::Memory(bytes) => Cow::Borrowed(bytes),
            Source::File(path) => Cow::Owned(std::fs::read(path).map_err(Error::io("read", path))?),
            #[cfg(feature = "frames")]
            Source::Frame(_) => Cow::Borrowed(&[]),
        })
    }

    /// Bytes that what is compressed in it may take, where it is Parquet or Arrow.
    #[cfg(feature = "arrow")]
    pub(super) fn room(&self) -> Result<usize> {
        let length = usize::try_from(self.length()?).unwrap_or(usize::MAX);
        let most = usize::try_from(self.most).unwrap_or(usize::MAX);
        Ok(super::pages::unpacked(length).min(most))
    }

    /// How many bytes it has.
    pub(super) fn length(&self) -> Result<u64> {
        Ok(match &self.source {
            Source::Memory(bytes) => bytes.len() as u64,
            Source::File(path) => {
                let metadata = std::fs::metadata(path).map_err(Error::io("read", path))?;
                metadata.len()
            }
            #[cfg(feature = "frames")]
            Source::Frame(_) => 0,
        })
    }

    /// Its first eight bytes, which tell what is no text.
    #[cfg(feature = "arrow")]
    pub(super) fn start(&self) -> Result<Vec<u8>> {
        let mut start = Vec::new();
        self.reader()?
            .take(8)
            .read_to_end(&mut start)
            .map_err(Error::io("read", Path::new(&self.name)))?;
        Ok(start)
    }

    /// Its first bytes, to the end of a line where there is more.
    pub(super) fn head(&self) -> Result<Vec<u8>> {
        let mut head = Vec::new();
        self.reader()?
            .take(HEAD as u64)
            .read_to_end(&mut head)
            .map_err(Error::io("read", Path::new(&self.name)))?;
        if head.len() == HEAD {
            let whole = head
                .iter()
                .rposition(|&byte| byte == b'\n')
                .map_or(HEAD, |at| at + 1);
            head.truncate(whole);
        }
        Ok(head)
    }

    /// Its bytes from the beginning.
    pub(super) fn reader(&self) -> Result<Box<dyn Read + '_>> {
        Ok(match &self.source {
            Source::Memory(bytes) => Box::new(Cursor::new(bytes)),
            Source::File(path) => {
                Box::new(std::fs::File::open(path).map_err(Error::io("read", path))?)
            }
            #[cfg(feature = "frames")]
            Source::Frame(_) => Box::new(std::io::empty()),
        })
    }
}

fn packed(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b])
        || bytes.starts_with(b"PK\x03\x04")
        || bytes.starts_with(b"PK\x05\x06")
}

fn unpack(name: &str, bytes: &[u8], most: u64) -> Result<Vec<u8>, Fault> {
    let wrong = |reason: String, help| Fault::malformed(name, 1, reason, help);
    let kind = if bytes.starts_with(b"PK") {
        "zip"
    } else {
        "gzip"
    };
    let damaged = |error: &dyn std::fmt::Display| {
        let reason = format!("the {kind} data are damaged: {error}");
        wrong(reason, "fetch it again, or unpack it first")
    };
    let most = (bytes.len() as u64)
        .saturating_mul(TIMES)
        .max(1 << 20)
        .min(most);
    let all = |packed: &mut dyn Read| {
        let mut unpacked = Vec::new();
        packed
            .take(most + 1)
            .read_to_end(&mut unpacked)
            .map_err(|error| damaged(&error))?;
        match unpacked.len() as u64 > most {
            true => Err(wrong(
                format!("it holds more than {} MB", most >> 20),
                "unpack it first",
            )),
            false => Ok(unpacked),
        }
    };
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return all(&mut MultiGzDecoder::new(bytes));
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let members: Vec<String> = archive.file_names().map(str::to_string).collect();
    if members.iter().any(|member| member.starts_with("xl/")) {
        return Err(wrong(
            "it is an Excel workbook".into(),
            "save the sheet as CSV",
        ));
    }
    let ends = |member: &&String, endings: &[&str]| {
        let lower = member.to_lowercase();
        let hidden = member.starts_with("__MACOSX/") || member.contains("/._");
        !hidden && !member.ends_with('/') && endings.iter().any(|ending| lower.ends_with(ending))
    };
    let rows: Vec<&String> = members
        .iter()
        .filter(|member| {
            ends(
                member,
                &[".csv", ".tsv", ".parquet", ".feather", ".arrow", ".json"],
            )
        })
        .collect();
    let rows = match rows.is_empty() {
        true => members
            .iter()
            .filter(|member| ends(member, &[""]))
            .collect(),
        false => rows,
    };
    match rows[..] {
        [member] => all(&mut archive.by_name(member).map_err(|error| damaged(&error))?),
        [] => Err(wrong(
            "the archive holds no file".into(),
            "pack a file of rows",
        )),
        _ => Err(wrong(
            format!(
                "the archive holds {} files: {}",
                rows.len(),
                rows.iter()
                    .take(5)
                    .map(|name| name.as_str())
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            "unpack it, and give the files or their folder",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_is_packed_is_unpacked() {
        let text = b"Date,Close\n2018-04-30,1\n";
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(text).unwrap();
        let gzip = gzip.finish().unwrap();
        let zip = |files: &[&str]| {
            let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
            for file in files {
                zip.start_file(*file, zip::write::SimpleFileOptions::default())
                    .unwrap();
                zip.write_all(text).unwrap();
            }
            zip.finish().unwrap().into_inner()
        };
        for bytes in [
            text.to_vec(),
            gzip.clone(),
            zip(&["a.csv"]),
            zip(&["read.me", "b.CSV"]),
        ] {
            let input = Input::of_bytes("p", bytes).unwrap();
            assert_eq!(&*input.bytes().unwrap(), text);
            assert_eq!(input.head().unwrap(), text);
        }
        for (bytes, word) in [
            (zip(&["a.csv", "b.csv"]), "a.csv, b.csv"),
            (zip(&["xl/sheet.xml"]), "Excel"),
            (zip(&[]), "no file"),
            (gzip[..20].to_vec(), "gzip data are damaged"),
        ] {
            let error = Input::of_bytes("p", bytes).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
        let most = text.len() as u64;
        assert!(Input::of_bytes_at_most("p", gzip.clone(), most).is_ok());
        assert!(Input::of_bytes_at_most("p", gzip, most - 1).is_err());
    }
}
