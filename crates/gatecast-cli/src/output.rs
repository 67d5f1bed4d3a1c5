//! How results, notes and failures are written, and where files may go.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use gatecast::Error;

use crate::Common;

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The library's word.
    Library(Error),
    /// A configuration file or a combination of flags that cannot be meant.
    Usage {
        message: String,
        help: Option<String>,
    },
    /// stdout is closed; there is nobody to tell.
    Closed,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Library(error)
    }
}

impl From<std::io::Error> for Failure {
    /// For writes to stdout.
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Library(Error::Io {
                action: "write",
                path: "<stdout>".into(),
                source: error,
            }),
        }
    }
}

impl Failure {
    /// Prints it on stderr and gives the exit status.
    pub(crate) fn report(self) -> ExitCode {
        let (message, help, status) = match self {
            Self::Library(error) => {
                let name = match &error {
                    Error::Setting { .. } => format!("--{error}"),
                    _ => error.to_string(),
                };
                (name, error.help(), if error.is_usage() { 2 } else { 1 })
            }
            Self::Usage { message, help } => (message, help, 2),
            Self::Closed => return ExitCode::from(1),
        };
        eprintln!("error: {message}");
        if let Some(help) = help {
            eprintln!("  help: {help}");
        }
        ExitCode::from(status)
    }
}

/// Prints a remark on stderr, unless it is to be quiet.
pub(crate) fn note(common: &Common, text: &str) {
    if !common.quiet {
        eprintln!("{text}");
    }
}

/// Prints a result on stdout.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    Ok(out.flush()?)
}

/// Prints a result as JSON on stdout.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(std::io::Error::from)?;
    print(&text)
}

/// Fails if no file could be written at `path`, so that nobody waits for a result that then
/// cannot be kept. Leaves nothing behind.
pub(crate) fn check_file(path: &Path) -> Result<(), Failure> {
    if path.is_dir() {
        return Err(cannot_write(path, ErrorKind::IsADirectory));
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    tempfile::tempfile_in(folder)
        .map(drop)
        .map_err(|error| cannot_write(path, error.kind()))
}

/// As [`check_file`], for a folder that may have to be made.
pub(crate) fn check_folder(path: &Path) -> Result<(), Failure> {
    let existing = path.ancestors().find(|folder| folder.exists());
    let folder = match existing {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    tempfile::tempfile_in(folder)
        .map(drop)
        .map_err(|error| cannot_write(path, error.kind()))
}

/// Makes a folder and those above it.
pub(crate) fn make_folder(path: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(path).map_err(|source| {
        Error::Io {
            action: "create",
            path: path.into(),
            source,
        }
        .into()
    })
}

fn cannot_write(path: &Path, reason: ErrorKind) -> Failure {
    // Of the system's error only the kind is kept: it names a temporary file of ours.
    let source = std::io::Error::from(reason);
    Error::Io {
        action: "write",
        path: PathBuf::from(path),
        source,
    }
    .into()
}

/// A number with four significant digits at least, as prices are read.
pub(crate) fn price(value: f64) -> String {
    let digits = (3.0 - value.abs().max(1e-9).log10().floor()).clamp(2.0, 9.0) as usize;
    format!("{value:.digits$}")
}
