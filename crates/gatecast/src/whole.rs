//! Files that are written whole or not at all. What this file is not: it knows no format.

use std::io::Write;
use std::path::Path;

use crate::error::{Error, Result};

/// Writes a file in one piece: to a temporary file beside it, renamed when it is complete, so that a
/// reader finds the old file or the new one, never half of one. Where
/// `path` is a link, what it points to is replaced.
///
/// # Errors
/// [`Io`](crate::ErrorKind::Io).
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let target = path.canonicalize();
    let place = target.as_deref().unwrap_or(path);
    let folder = match place.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::Builder::new();
        // Temporary files are private; a result is as readable as any new file of the user's.
        #[cfg(unix)]
        file.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = file.tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(place)?;
        Ok(())
    };
    write().map_err(Error::io("write", path))
}
