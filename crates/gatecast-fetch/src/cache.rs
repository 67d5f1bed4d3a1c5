//! Pages on disk: one file each, written in one piece, so that what is there is whole.
//!
//! A file begins with a line that says when it was fetched, the SHA-256 of the rest, and the
//! address; then come the bytes as the server sent them. The day decides whether the page is
//! settled; a file whose digest does not fit counts as absent.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use crate::error::Result;
use crate::source::Source;
use crate::text::sha256;

/// First word of the first line: what the file is, and the version of its form.
const MAGIC: &str = "gatecast-page-1";

/// The pages of one source at one address.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    source: Source,
    base: String,
}

/// A page as it came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    /// The day in UTC on which it came.
    pub(crate) fetched: Date,
    pub(crate) body: Vec<u8>,
}

impl Cache {
    pub(crate) fn new(folder: &Path, source: Source, base: &str) -> Self {
        Self {
            folder: folder.into(),
            source,
            base: base.into(),
        }
    }

    /// The page at an address (without its key), if it is there and whole.
    pub(crate) fn read(&self, url: &str) -> Result<Option<Stored>> {
        let path = self.path(url);
        match std::fs::read(&path) {
            Ok(bytes) => Ok(unpack(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(gatecast::Error::io("read", &path)(source).into()),
        }
    }

    /// Keeps a page, in place of an older one.
    pub(crate) fn write(&self, url: &str, fetched: Date, body: &[u8]) -> Result<()> {
        std::fs::create_dir_all(&self.folder)
            .map_err(gatecast::Error::io("create", &self.folder))?;
        let mut bytes = format!("{MAGIC} {fetched} {} {url}\n", sha256(body)).into_bytes();
        bytes.extend_from_slice(body);
        gatecast::write_whole(&self.path(url), &bytes)?;
        Ok(())
    }

    fn path(&self, url: &str) -> PathBuf {
        let key = format!("{}\n{}\n{url}", self.source, self.base);
        self.folder
            .join(format!("{}-{}.page", self.source, sha256(key.as_bytes())))
    }
}

fn unpack(mut bytes: Vec<u8>) -> Option<Stored> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    let body = bytes.split_off(end + 1);
    let line = String::from_utf8(bytes).ok()?;
    let mut words = line.split(' ');
    if words.next() != Some(MAGIC) {
        return None;
    }
    let fetched = words.next()?.parse().ok()?;
    (words.next()? == sha256(&body)).then_some(Stored { fetched, body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const URL: &str = "http://h/p?s=1";

    #[test]
    fn what_was_written_comes_back_and_a_damaged_file_counts_as_absent() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(&folder.path().join("new"), Source::Twse, "http://h");
        assert_eq!(cache.read(URL).unwrap(), None);
        let day = date(2018, 5, 2);
        let body = b"{\"a\":\n1}".to_vec();
        cache.write(URL, day, &body).unwrap();
        let path = cache.path(URL);
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(
            cache.read(URL).unwrap(),
            Some(Stored { fetched: day, body })
        );
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(cache.read(URL).unwrap(), None, "cut at {length}");
        }
        std::fs::write(&path, [b"\xff\xfe\n", &whole[..]].concat()).unwrap();
        assert_eq!(cache.read(URL).unwrap(), None);
    }

    #[test]
    fn another_source_base_or_address_is_another_file() {
        let path = |source, base, url| Cache::new(Path::new("f"), source, base).path(url);
        let one = path(Source::Twse, "http://h", URL);
        assert_ne!(one, path(Source::Stooq, "http://h", URL));
        assert_ne!(one, path(Source::Twse, "http://g", URL));
        assert_ne!(one, path(Source::Twse, "http://h", "http://h/p?s=2"));
        assert_eq!(one, path(Source::Twse, "http://h", URL));
    }
}
