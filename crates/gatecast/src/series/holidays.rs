//! Days on which a market is closed, from a file.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::Date;

use super::Fault;
use super::dates::DateOrder;
use crate::error::{Error, Result, fail};

/// Reads days from a text file: one a line, at its beginning; what follows a comma or a tab does not
/// count, nor do blank lines and lines that begin with `#`.
///
/// # Errors
/// [`Io`](crate::ErrorKind::Io); [`Malformed`](crate::ErrorKind::Malformed) naming the first line without
/// a date.
pub fn read_holidays(path: impl AsRef<Path>) -> Result<BTreeSet<Date>> {
    let path = path.as_ref();
    let text = std::fs::read(path).map_err(Error::io("read", path))?;
    let text = String::from_utf8_lossy(&text);
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    lines
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(index, line)| {
            let first = line.split([',', '\t']).next().unwrap_or_default();
            if let Some(day) = DateOrder::Ymd.parse(first) {
                return Ok(day);
            }
            let (file, line) = (path.display().to_string(), index as u64 + 1);
            let reason = format!("\"{}\" is no date", first.trim());
            let help = "write one day a line, such as 2018-02-28";
            fail(Fault::malformed(file, line, reason, help))
        })
        .collect()
}
