//! The one error type of the library, of which a caller sees a message, a kind, a remedy and, where
//! there is one, the place or the setting at fault. What this file is not: it knows no module's own
//! faults, which are declared in the `fault` of each.
//!
//! A message says what was found and where; [`Error::help`] says what to do next, so that a
//! program can print the two apart. Both write the name of a setting as `‹window›`, since only the
//! program that shows them knows how its users write it: [`name_settings`] puts in a flag or a
//! keyword. Nothing a file or a setting may contain leads to a panic.

use std::path::{Path, PathBuf};

/// Shorthand for results of this library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong between a file and a forecast: a message, what sort of fault it is, and what to do.
pub struct Error(Box<dyn Fault>);

/// The sort of an [`Error`], for a program that does one thing about one and another about the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system refused.
    Io,
    /// The file holds no bytes, or nothing but blank lines.
    EmptyFile,
    /// The file ends after its header.
    NoRows,
    /// The file is not the table that was expected: no column of dates, two of one name, a cell that
    /// cannot be read, one date on two rows.
    Malformed,
    /// A column that is asked for, or that a model was trained on, is not there.
    UnknownColumn,
    /// What is handed over in code, or left of a panel, forms no series.
    NotASeries,
    /// Prices cannot be adjusted as asked, or not as those that a model was trained on.
    Adjustment,
    /// A source answered with a message where data were expected.
    Answer(Answer),
    /// A value that has to be known of a row still to come is not.
    NotKnownAhead,
    /// A column does not vary over the training rows, so it can be neither scaled nor learnt from.
    ConstantColumn,
    /// A return of a value that is not above zero.
    NotPositive,
    /// There are not enough rows for what is asked.
    TooFewRows,
    /// Numbers beyond what can be computed with.
    TooExtreme,
    /// A setting is not known, outside its range or without effect beside the others.
    Setting,
    /// A layer cannot take what the layer before it gives, or the network not the data.
    Shape,
    /// There is not enough memory for what is asked.
    Memory,
    /// The loss became NaN or infinite.
    Diverged,
    /// A listener stopped the training before there was anything to keep.
    Stopped,
    /// A model file cannot be used.
    Model,
    /// The labels of sentences cannot be learnt, or are not those of a model.
    Label,
    /// Values that cannot be drawn.
    Plot,
}

/// What an [`Error`] is made of. Each module declares an enum of its own faults.
pub(crate) trait Fault: std::error::Error + Send + Sync + 'static {
    fn kind(&self) -> ErrorKind;

    fn help(&self) -> Option<String> {
        None
    }

    fn place(&self) -> Option<Place> {
        None
    }

    /// The column at fault.
    fn column(&self) -> Option<&str> {
        None
    }

    fn setting(&self) -> Option<&str> {
        None
    }
}

/// The faults that more than one module finds.
#[derive(Debug, thiserror::Error)]
#[rustfmt::skip] // a fault a line, as in the tables of the modules
enum Common {
    #[error("cannot {action} {}: {source}", path.display())]
    Io { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error("not a series: {reason}")]
    NotASeries { reason: String },
    #[error("{what}")]
    TooExtreme { what: String },
    #[error("{what} has {rows} rows and needs at least {needed}: {why}")]
    TooFewRows { what: String, rows: usize, needed: usize, why: String },
    #[error("‹{name}› is {found}; it must be {expected}")]
    Setting { name: &'static str, found: String, expected: &'static str },
}

impl Fault for Common {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { .. } => ErrorKind::Io,
            Self::NotASeries { .. } => ErrorKind::NotASeries,
            Self::TooExtreme { .. } => ErrorKind::TooExtreme,
            Self::TooFewRows { .. } => ErrorKind::TooFewRows,
            Self::Setting { .. } => ErrorKind::Setting,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Io { source, path, .. } => match source.kind() {
                std::io::ErrorKind::NotFound => {
                    "check the path, or where you run the command".into()
                }
                std::io::ErrorKind::PermissionDenied => {
                    format!(
                        "check the permissions of {}, or choose another place",
                        path.display()
                    )
                }
                std::io::ErrorKind::IsADirectory => "name a file in it".into(),
                std::io::ErrorKind::NotADirectory => {
                    "a file is in the way: choose another place".into()
                }
                _ => return None,
            },
            Self::TooExtreme { .. } => "check the data for wrong units or wrong rows".into(),
            Self::TooFewRows { what, .. } if what.starts_with("the test part") => {
                "give more rows, a larger ‹test›, or a shorter ‹horizon›".into()
            }
            Self::TooFewRows { what, .. } if what.starts_with("the validation part") => {
                "give more rows, a larger ‹validation›, or a shorter ‹horizon›".into()
            }
            Self::TooFewRows { .. } => {
                "give more rows; in training, a smaller ‹window›, ‹horizon›, ‹validation› or ‹test› \
                 needs fewer, and a ‹method› without networks, such as combination, the fewest"
                    .into()
            }
            Self::NotASeries { .. } | Self::Setting { .. } => return None,
        })
    }

    fn setting(&self) -> Option<&str> {
        match self {
            Self::Setting { name, .. } => Some(name),
            _ => None,
        }
    }
}

/// Where in a file a row stands, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Line of a text.
    Line(u64),
    /// Row of a table that has no lines, such as JSON or Parquet.
    Row(u64),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Row(row) => write!(f, "row {row}"),
        }
    }
}

/// Why a source gave no data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// There are no rows for these dates.
    NoData,
    /// Too many requests, or more than the plan allows.
    Limit,
    /// The symbol is not known.
    NotFound,
    /// The request was not understood or not allowed: a wrong date, a missing key.
    Refused,
}

impl Error {
    /// What sort of fault it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind()
    }

    /// What the user can do about it, as one sentence.
    pub fn help(&self) -> Option<String> {
        self.0.help()
    }

    /// The line or row at fault, where one is known.
    pub fn place(&self) -> Option<Place> {
        self.0.place()
    }

    /// The name of the column at fault, where one is.
    pub fn column(&self) -> Option<&str> {
        self.0.column()
    }

    /// The name of the setting at fault, where one is.
    pub fn setting(&self) -> Option<&str> {
        self.0.setting()
    }

    /// Whether the fault lies in how the program was called rather than in the data.
    pub fn is_usage(&self) -> bool {
        self.kind() == ErrorKind::Setting
    }

    /// For `map_err` after an operation of the file system: what was tried ("read", "write",
    /// "create") and with what.
    pub fn io<'a>(
        action: &'static str,
        path: &'a Path,
    ) -> impl FnOnce(std::io::Error) -> Self + 'a {
        move |source| {
            let path = path.into();
            Common::Io {
                action,
                path,
                source,
            }
            .into()
        }
    }

    /// That something is no series.
    pub fn not_a_series(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Common::NotASeries { reason }.into()
    }

    /// That numbers, and which, are beyond what can be computed with.
    pub(crate) fn too_extreme(what: impl Into<String>) -> Self {
        Common::TooExtreme { what: what.into() }.into()
    }

    /// That there are not enough rows of something for what is asked, and why.
    pub(crate) fn too_few_rows(
        what: impl Into<String>,
        rows: usize,
        needed: usize,
        why: impl Into<String>,
    ) -> Self {
        let (what, why) = (what.into(), why.into());
        Self::from(Common::TooFewRows {
            what,
            rows,
            needed,
            why,
        })
    }

    /// Whether a training part has too few rows.
    pub(crate) fn lacks_training_rows(&self) -> bool {
        let of_training = |what: &str| what.contains("training part");
        matches!(self.fault(), Some(Common::TooFewRows { what, .. }) if of_training(what))
    }

    /// The fault that it is made of, if that is one of the module that asks.
    pub(crate) fn fault<F: Fault>(&self) -> Option<&F> {
        let fault: &(dyn std::error::Error + 'static) = &*self.0;
        fault.downcast_ref()
    }
}

impl<F: Fault> From<F> for Error {
    fn from(fault: F) -> Self {
        Self(Box::new(fault))
    }
}

impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.0, f)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(&self.0, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}

/// A text of this library in which the settings are named as `name` writes them.
///
/// ```
/// use gatecast::error::name_settings;
///
/// let text = "choose a smaller ‹batch› or ‹window›";
/// let flags = name_settings(text, |name| format!("--{name}"));
/// assert_eq!(flags, "choose a smaller --batch or --window");
/// ```
pub fn name_settings(text: &str, name: impl Fn(&str) -> String) -> String {
    let mut named = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('‹') {
        named += before;
        let is_name = |name: &&str| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        match after
            .split_once('›')
            .filter(|(setting, _)| is_name(setting))
        {
            Some((setting, after)) => {
                named += &name(setting);
                rest = after;
            }
            None => {
                named.push('‹');
                rest = after;
            }
        }
    }
    named + rest
}

/// That a setting is outside its range.
pub(crate) fn wrong<T>(name: &'static str, found: String, expected: &'static str) -> Result<T> {
    fail(Common::Setting {
        name,
        found,
        expected,
    })
}

/// That something is the matter.
pub(crate) fn fail<T>(fault: impl Fault) -> Result<T> {
    Err(fault.into())
}

/// The candidate most like `name`, if it is like it at all.
///
/// ```
/// assert_eq!(gatecast::nearest("clsoe", &["open", "close"]), Some("close"));
/// assert_eq!(gatecast::nearest("wind", &["open", "close"]), None);
/// ```
pub fn nearest<'a, S: AsRef<str>>(name: &str, candidates: &'a [S]) -> Option<&'a str> {
    let lower = name.to_lowercase();
    candidates
        .iter()
        .map(|c| {
            (
                strsim::jaro_winkler(&lower, &c.as_ref().to_lowercase()),
                c.as_ref(),
            )
        })
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, c)| c)
}

/// Names as a sentence lists them.
pub(crate) fn list(names: &[String]) -> String {
    if names.is_empty() {
        "none".into()
    } else {
        /// Names that a message holds.
        const MOST: usize = 20;
        let more = names.len().saturating_sub(MOST);
        let shown = names[..names.len() - more].join(", ");
        match more {
            0 => shown,
            more => format!("{shown} and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::Settings;
    use crate::{ForecastSpec, Series};

    #[test]
    fn an_error_tells_its_kind_its_place_and_its_setting() {
        let line = |line| Some(Place::Line(line));
        let read = |text: &str| Series::parse("f", text.as_bytes(), &["close"]).unwrap_err();
        let toml = |text: &str| Settings::from_toml("f", text).unwrap_err();
        let mut spec = ForecastSpec::default();
        spec.data.window = 0;
        let mut of_sgd = Settings::default();
        of_sgd.set("momentum", 0.5).unwrap();
        let unknown = Settings::default().set("windw", 5).unwrap_err();
        use ErrorKind as Kind;
        for (error, kind, place, setting) in [
            (read(""), Kind::EmptyFile, None, None),
            (read("Date,Close\n"), Kind::NoRows, None, None),
            (
                read("Date,Open\n2018-04-03,1\n"),
                Kind::UnknownColumn,
                None,
                None,
            ),
            (
                read("Date,Close\n2018-04-03,1\n2018-04-04,1,2\n"),
                Kind::Malformed,
                line(3),
                None,
            ),
            (
                read("Date,Close\n2018-04-03,1\n2018-04-04,x\n"),
                Kind::Malformed,
                line(3),
                None,
            ),
            (
                read("Date,Close\n2018-04-03,1\n2018-04-03,2\n"),
                Kind::Malformed,
                line(3),
                None,
            ),
            (toml("\n\nlr = nan"), Kind::Setting, line(3), None),
            (unknown, Kind::Setting, None, Some("windw")),
            (
                of_sgd.spec().unwrap_err(),
                Kind::Setting,
                None,
                Some("momentum"),
            ),
            (
                spec.validate().unwrap_err(),
                Kind::Setting,
                None,
                Some("window"),
            ),
        ] {
            assert_eq!((error.kind(), error.place()), (kind, place), "{error}");
            assert_eq!(error.setting(), setting, "{error}");
            assert_eq!(error.is_usage(), kind == Kind::Setting, "{error}");
        }
    }

    #[test]
    fn what_the_system_said_is_the_source() {
        let error = Series::read("no/such.csv").unwrap_err();
        let source = std::error::Error::source(&error).unwrap();
        let source = source.downcast_ref::<std::io::Error>().unwrap();
        assert_eq!(source.kind(), std::io::ErrorKind::NotFound);
        assert!(
            format!("{error:?}").starts_with("Io { action: \"read\""),
            "{error:?}"
        );
    }
}
