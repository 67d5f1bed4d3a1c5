//! How results, notes and failures are written, and where files may go.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use gatecast::Error;
use gatecast::error::name_settings;
use serde_json::Value;

use crate::common::Common;

/// What the leak check says when it found none.
pub(crate) const NO_LEAKS: &str = "\nLeak check passed: a changed future moved nothing before it, \
                                   and shuffled changes could not be forecast.";

/// Why a command ended early.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An error of the library.
    Library(Error),
    /// An error of the crate that fetches.
    #[cfg(feature = "fetch")]
    Fetch(gatecast_fetch::Error),
    /// An error of the service.
    #[cfg(feature = "serve")]
    Serve(gatecast_web::Error),
    /// A configuration file or a combination of flags that cannot be meant.
    Usage {
        message: String,
        help: Option<String>,
    },
    /// stdout is closed; nobody reads the results.
    Closed,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Library(error)
    }
}

#[cfg(feature = "fetch")]
impl From<gatecast_fetch::Error> for Failure {
    fn from(error: gatecast_fetch::Error) -> Self {
        Self::Fetch(error)
    }
}

#[cfg(feature = "serve")]
impl From<gatecast_web::Error> for Failure {
    fn from(error: gatecast_web::Error) -> Self {
        Self::Serve(error)
    }
}

impl From<std::io::Error> for Failure {
    /// For writes to stdout.
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Library(Error::io("write", Path::new("<stdout>"))(error)),
        }
    }
}

impl Failure {
    /// Prints it on stderr and gives the exit status.
    pub(crate) fn report(self) -> ExitCode {
        let (message, help, status) = match self {
            Self::Library(error) => {
                let help = error.help().map(|help| match error.kind() {
                    // What the library calls an inspection is a command here.
                    gatecast::ErrorKind::Malformed => {
                        help.replace("an inspection", "`gatecast inspect`")
                    }
                    _ => help,
                });
                let status = if error.is_usage() { 2 } else { 1 };
                (error.to_string(), help, status)
            }
            #[cfg(feature = "fetch")]
            Self::Fetch(error) => {
                let status = if error.is_usage() { 2 } else { 1 };
                (error.to_string(), error.help(), status)
            }
            #[cfg(feature = "serve")]
            Self::Serve(error) => {
                let status = if error.is_usage() { 2 } else { 1 };
                (error.to_string(), error.help().map(Into::into), status)
            }
            Self::Usage { message, help } => (message, help, 2),
            // Whoever read the results has seen enough.
            Self::Closed => return ExitCode::SUCCESS,
        };
        say(&format!("error: {message}"));
        if let Some(help) = help {
            say(&format!("  help: {help}"));
        }
        ExitCode::from(status)
    }
}

/// Prints a remark on stderr, unless it is to be quiet.
pub(crate) fn note(common: &Common, text: &str) {
    if !common.quiet {
        say(text);
    }
}

/// Prints a line on stderr. Nobody may be listening there; that is no reason to stop. Control
/// characters, which a file may have brought in, are not passed on.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", harmless(&with_flags(line)));
}

/// Text without control characters other than line ends.
fn harmless(text: &str) -> String {
    text.replace(|c: char| c.is_control() && c != '\n', " ")
}

/// Prints a result on stdout.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", harmless(&with_flags(text)))?;
    Ok(out.flush()?)
}

/// Prints a result as JSON on stdout.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let mut value = serde_json::to_value(value).map_err(std::io::Error::from)?;
    messages_with_flags(&mut value);
    let text = serde_json::to_string_pretty(&value).map_err(std::io::Error::from)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", harmless(&text))?;
    Ok(out.flush()?)
}

/// A text of the library in which settings are named as flags.
pub(crate) fn with_flags(text: &str) -> String {
    name_settings(text, |name| format!("--{name}"))
}

/// The same for the messages in a result, which stand under these keys; what came from a file stays as
/// it is.
fn messages_with_flags(value: &mut Value) {
    const MESSAGES: [&str; 4] = ["reason", "remedy", "text", "error"];
    match value {
        Value::Array(values) => values.iter_mut().for_each(messages_with_flags),
        Value::Object(entries) => {
            for (key, value) in entries {
                match value {
                    Value::String(text) if MESSAGES.contains(&key.as_str()) => {
                        *text = with_flags(text);
                    }
                    value => messages_with_flags(value),
                }
            }
        }
        _ => {}
    }
}

/// Fails if no file could be written at `path`, so that nobody waits for a result that then
/// cannot be kept, or if it would replace one of the `inputs`. Folders may have to be made later.
/// Leaves nothing behind.
pub(crate) fn check_file(path: &Path, inputs: &[&Path]) -> Result<(), Failure> {
    let text = path.to_string_lossy();
    if path.is_dir() || path.file_name().is_none() || text.ends_with(['/', '\\']) {
        return Err(cannot_write(path, ErrorKind::IsADirectory));
    }
    let here = path.canonicalize().ok();
    if here.is_some() && inputs.iter().any(|input| input.canonicalize().ok() == here) {
        return Err(Failure::Usage {
            message: format!("{} is read from and cannot be written to", path.display()),
            help: Some("name another file".into()),
        });
    }
    if path.exists() && !path.is_file() {
        return Err(cannot_write(path, ErrorKind::AlreadyExists));
    }
    let folder = path.parent().unwrap_or(Path::new(""));
    let existing = match folder.ancestors().find(|folder| folder.exists()) {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    tempfile::tempfile_in(existing)
        .map(drop)
        .map_err(|error| cannot_write(path, error.kind()))
}

/// Fails where two of the files to be written are one.
pub(crate) fn check_apart(paths: &[Option<&Path>]) -> Result<(), Failure> {
    let there: Vec<PathBuf> = paths
        .iter()
        .flatten()
        .filter_map(|path| std::path::absolute(path).ok())
        .collect();
    for (at, path) in there.iter().enumerate() {
        if there[..at].contains(path) {
            return Err(Failure::Usage {
                message: format!("{} would be written twice", path.display()),
                help: Some("name different files".into()),
            });
        }
    }
    Ok(())
}

/// Writes all files, each in one piece, making folders where needed.
pub(crate) fn write(files: &[(PathBuf, Vec<u8>)]) -> Result<(), Failure> {
    for (path, bytes) in files {
        make_folder_of(path)?;
        gatecast::write_whole(path, bytes)?;
    }
    Ok(())
}

/// Makes the folder of a file.
pub(crate) fn make_folder_of(path: &Path) -> Result<(), Failure> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => make_folder(folder),
        _ => Ok(()),
    }
}

/// Makes a folder and those above it.
fn make_folder(path: &Path) -> Result<(), Failure> {
    Ok(std::fs::create_dir_all(path).map_err(Error::io("create", path))?)
}

fn cannot_write(path: &Path, reason: ErrorKind) -> Failure {
    // Of the system's error only the kind is kept: it names a temporary file of ours.
    Error::io("write", path)(reason.into()).into()
}
