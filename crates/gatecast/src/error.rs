//! The one error type of the library.
//!
//! A message says what was found and where; [`Error::help`] says what to do next, so that a
//! program can print the two apart. Both write the name of a setting as `‹window›`, since only the
//! program that shows them knows how its users write it: [`name_settings`] puts in a flag or a
//! keyword. Nothing a file or a setting may contain leads to a panic.

use std::path::{Path, PathBuf};

/// Shorthand for results of this library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong between a file and a forecast.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried: "read", "write", "create".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file holds no bytes, or nothing but blank lines.
    #[error("{file} is empty")]
    EmptyFile {
        /// Name of the file.
        file: String,
    },
    /// The file ends after its header.
    #[error("{file} has a header but no rows")]
    NoRows {
        /// Name of the file.
        file: String,
    },
    /// The bytes are not the table that was expected.
    #[error("{file}, line {line}: {reason}")]
    Malformed {
        /// Name of the file.
        file: String,
        /// Line, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
        /// What to do.
        help: &'static str,
    },
    /// No column is recognised as the date.
    #[error("{file} has no date column; its columns are {}", list(columns))]
    NoDateColumn {
        /// Name of the file.
        file: String,
        /// The header.
        columns: Vec<String>,
    },
    /// A column was asked for that the data do not have.
    #[error(
        "{file} has no column \"{name}\"; its numeric columns are {}",
        list(known)
    )]
    UnknownColumn {
        /// Name of the file.
        file: String,
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A model is given data without one of its features.
    #[error("{file} lacks the column \"{name}\" that the model was trained on")]
    MissingFeature {
        /// Name of the file.
        file: String,
        /// The feature.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Two columns go by one name.
    #[error("{file} has two columns that mean \"{name}\"")]
    DuplicateColumn {
        /// Name of the file.
        file: String,
        /// The name.
        name: String,
    },
    /// A cell cannot be read.
    #[error("{file}, {place}, column \"{column}\": found {found}, expected {expected}")]
    BadCell {
        /// Name of the file.
        file: String,
        /// Where.
        place: Place,
        /// Header of the column.
        column: String,
        /// The cell, quoted, or a description.
        found: String,
        /// What would do.
        expected: &'static str,
    },
    /// One date stands on two rows.
    #[error("{file}: {date} stands at {first} and again, with other values, at {second}")]
    DuplicateDate {
        /// Name of the file.
        file: String,
        /// The date.
        date: String,
        /// The first row.
        first: Place,
        /// The second row.
        second: Place,
    },
    /// Columns handed over in code do not form a series.
    #[error("not a series: {reason}")]
    NotASeries {
        /// Why.
        reason: String,
    },
    /// Prices cannot be adjusted as asked, or not as those that a model was trained on.
    #[error("{file}: {reason}")]
    Adjustment {
        /// Name of the file.
        file: String,
        /// What is wrong.
        reason: String,
        /// What to do.
        help: &'static str,
    },
    /// A value that has to be known of a row still to come is not.
    #[error("{file}: \"{column}\" is not known for {date}, which is to be forecast")]
    NotKnownAhead {
        /// Name of the file.
        file: String,
        /// The column.
        column: String,
        /// The date.
        date: String,
    },
    /// A source answered with a message where data were expected.
    #[error("{file} holds no data but an answer of {source_name}: {said}")]
    Answer {
        /// Name of the file or address.
        file: String,
        /// Who answered: "TWSE", "Yahoo".
        source_name: &'static str,
        /// What kind of answer it is.
        kind: Answer,
        /// The message as it stands.
        said: String,
    },
    /// Numbers beyond what can be computed with.
    #[error("{what}")]
    TooExtreme {
        /// Which numbers, and what they do.
        what: String,
    },
    /// There is not enough memory for what is asked.
    #[error("the network needs {bytes} bytes for {samples} samples at once, which cannot be had")]
    Memory {
        /// Bytes asked for.
        bytes: u128,
        /// Samples computed together.
        samples: usize,
    },
    /// There are not enough rows for what is asked.
    #[error("{what} has {rows} rows and needs at least {needed}: {why}")]
    TooFewRows {
        /// The series or the part of it.
        what: String,
        /// Rows it has.
        rows: usize,
        /// Rows it needs.
        needed: usize,
        /// What needs them.
        why: String,
    },
    /// A column does not vary over the training rows, so it can be neither scaled nor learnt from.
    #[error("column \"{column}\" is {value} on every one of the {rows} training rows")]
    ConstantColumn {
        /// The column.
        column: String,
        /// Its only value.
        value: f64,
        /// Training rows.
        rows: usize,
    },
    /// A setting is outside its range.
    #[error("‹{name}› is {found}; it must be {expected}")]
    Setting {
        /// Name of the setting.
        name: &'static str,
        /// The value found.
        found: String,
        /// What would do.
        expected: &'static str,
    },
    /// No setting has this name.
    #[error("there is no setting \"{name}\"")]
    UnknownSetting {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// A parameter of another optimizer or schedule than the one that is chosen.
    #[error("‹{name}› has no effect on the {owner} {found}")]
    NoEffect {
        /// Name of the setting.
        name: &'static str,
        /// Name of the setting that it is a parameter of.
        owner: &'static str,
        /// What that is.
        found: String,
        /// What that would have to be, one of these.
        needs: Vec<&'static str>,
    },
    /// A line of a file of settings cannot be used.
    #[error("{file}, line {line}: {reason}")]
    SettingsFile {
        /// Name of the file.
        file: String,
        /// Line, from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
        /// What to do.
        help: String,
    },
    /// A return of a value that is not above zero.
    #[error("column \"{column}\" is {value} on {date}; a {kind} needs values above zero")]
    NotPositive {
        /// The column.
        column: String,
        /// When.
        date: String,
        /// The value.
        value: f64,
        /// "return" or "log-return".
        kind: &'static str,
    },
    /// A layer cannot take what the layer before it gives.
    #[error("layer {index} ({layer}) finds an input of shape {found} and wants {wanted}")]
    Shape {
        /// Position in the network, from 0.
        index: usize,
        /// Keras name of the layer.
        layer: String,
        /// Shape that arrives.
        found: String,
        /// Shape it can take.
        wanted: String,
    },
    /// The data and the network do not fit one another.
    #[error("the {what} has shape {found}; the network wants {wanted}")]
    DataShape {
        /// "input" or "target".
        what: &'static str,
        /// Shape found.
        found: String,
        /// Shape of the network.
        wanted: String,
    },
    /// The loss became NaN or infinite.
    #[error("training diverged: the {what} is {value} in epoch {epoch}, batch {batch}")]
    Diverged {
        /// "loss", "gradient" or "validation loss".
        what: &'static str,
        /// The value found.
        value: f64,
        /// Epoch, from 1.
        epoch: usize,
        /// Batch within the epoch, from 1.
        batch: usize,
    },
    /// A model file cannot be used.
    #[error("{} is no usable model: {reason}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
        /// What to do.
        help: &'static str,
    },
    /// A listener stopped the training before there was anything to keep.
    #[error("training was stopped before a network had finished an epoch")]
    Stopped,
    /// Values that cannot be drawn.
    #[cfg(feature = "plot")]
    #[error("cannot draw {picture}: {reason}")]
    Plot {
        /// Which picture.
        picture: &'static str,
        /// What is wrong.
        reason: String,
    },
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
    /// What the user can do about it, as one sentence.
    pub fn help(&self) -> Option<String> {
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
            Self::EmptyFile { .. } | Self::NoRows { .. } => {
                "a price file has a header such as Date,Close,Volume and one row a day".into()
            }
            Self::Malformed { help, .. }
            | Self::Model { help, .. }
            | Self::Adjustment { help, .. } => (*help).into(),
            Self::NoDateColumn { .. } => {
                "name one column Date (日期 is understood too), or write dates such as 2018-04-30".into()
            }
            Self::UnknownColumn { name, known, .. } | Self::MissingFeature { name, known, .. } => {
                match nearest(name, known) {
                    Some(near) => format!("did you mean \"{near}\"?"),
                    None if known.is_empty() => {
                        "the file needs a column of numbers beside its date".into()
                    }
                    None if matches!(self, Self::MissingFeature { .. }) => {
                        "give data with all the columns that the model was trained on".into()
                    }
                    None => "choose one of these".into(),
                }
            }
            Self::DuplicateColumn { .. } => "rename or delete one of them".into(),
            Self::BadCell { .. } => {
                "correct the cell or delete the row; an inspection lists all that is wrong".into()
            }
            Self::DuplicateDate { .. } => {
                "keep one row a day; an inspection lists all that stand twice".into()
            }
            Self::NotASeries { .. } => return None,
            Self::NotKnownAhead { column, .. } => format!(
                "add a row for each date to forecast, with \"{column}\" and nothing else in it"
            ),
            Self::Answer { kind, .. } => match kind {
                Answer::NoData => "ask for other dates; the market may have been closed".into(),
                Answer::Limit => "wait, as the message says, and ask again".into(),
                Answer::NotFound => "check the symbol, with its suffix, such as 0050.TW".into(),
                Answer::Refused => "check the request and the key that went with it".into(),
            },
            Self::TooExtreme { .. } => "check the data for wrong units or wrong rows".into(),
            Self::Memory { .. } => "choose a smaller ‹batch›, ‹window› or ‹hidden›".into(),
            Self::TooFewRows { .. } => {
                "give more rows; in training, a smaller ‹window›, ‹horizon›, ‹validation› or ‹test› \
                 needs fewer"
                    .into()
            }
            Self::ConstantColumn { column, .. } => format!(
                "leave \"{column}\" out of ‹features› and ‹future›, or choose the ‹scaler› none if it is meant to vary later"
            ),
            Self::NotPositive { .. } => {
                "use the ‹target-transform› residual or difference, which take any value".into()
            }
            Self::UnknownSetting { name, known } => match nearest(name, known) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("the settings are {}", list(known)),
            },
            Self::NoEffect {
                name, owner, needs, ..
            } => {
                let needs: Vec<String> =
                    needs.iter().map(|need| format!("‹{owner}› {need}")).collect();
                format!("add {}, or leave ‹{name}› out", needs.join(" or "))
            }
            Self::SettingsFile { help, .. } => help.clone(),
            Self::Setting { .. } | Self::Shape { .. } | Self::DataShape { .. } => return None,
            Self::Diverged { .. } => {
                "try a smaller learning rate (‹lr›), clip the gradients (‹clip-norm› 1), or check \
                 the data for extreme values"
                    .into()
            }
            Self::Stopped => return None,
            #[cfg(feature = "plot")]
            Self::Plot { .. } => return None,
        })
    }

    /// Whether the fault lies in how the program was called rather than in the data.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::Setting { .. }
                | Self::UnknownSetting { .. }
                | Self::NoEffect { .. }
                | Self::SettingsFile { .. }
        )
    }

    /// For `map_err` after an operation of the file system.
    pub(crate) fn io<'a>(
        action: &'static str,
        path: &'a Path,
    ) -> impl FnOnce(std::io::Error) -> Self + 'a {
        move |source| Self::Io {
            action,
            path: path.into(),
            source,
        }
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
    Err(Error::Setting {
        name,
        found,
        expected,
    })
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

fn list(names: &[String]) -> String {
    if names.is_empty() {
        "none".into()
    } else {
        names.join(", ")
    }
}
