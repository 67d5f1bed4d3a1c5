//! What can be wrong with a file, and what to do about it.

use crate::error::{self, Answer, ErrorKind, Place, list, nearest};

#[derive(Debug, thiserror::Error)]
#[rustfmt::skip] // a fault a line
pub(crate) enum Fault {
    #[error("{file} is empty")]
    EmptyFile { file: String },
    #[error("{file} has a header but no rows")]
    NoRows { file: String },
    #[error("{file}, line {line}: {reason}")]
    Malformed { file: String, line: u64, reason: String, help: &'static str },
    #[error("{file} has no date column; its columns are {}", list(columns))]
    NoDateColumn { file: String, columns: Vec<String> },
    #[error("{file} has no column \"{name}\"; its numeric columns are {}", list(known))]
    UnknownColumn { file: String, name: String, known: Vec<String> },
    #[error("{file} has two columns that mean \"{name}\"")]
    DuplicateColumn { file: String, name: String },
    #[error("{file}, {place}, column \"{column}\": found {found}, expected {expected}")]
    BadCell { file: String, place: Place, column: String, found: String, expected: &'static str },
    #[error("{file}: {date} stands at {first} and again, with other values, at {second}")]
    DuplicateDate { file: String, date: String, first: Place, second: Place },
    #[error("{file} has {found} and {series} has {of_series}; rows can be joined only where both are of one kind")]
    OtherUnit { file: String, found: &'static str, series: String, of_series: &'static str },
    #[error("{file} and {other} both have a column \"{name}\"")]
    BothHave { file: String, other: String, name: String },
    #[error("no row of {file} ({span}) comes to a row of {series} ({of_series})")]
    Apart { file: String, span: String, series: String, of_series: String },
    #[error("{file}: {reason}")]
    Adjustment { file: String, reason: String, help: &'static str },
    #[error("{file} holds no data but an answer of {source_name}: {said}")]
    Answer { file: String, source_name: &'static str, kind: Answer, said: String },
}

impl Fault {
    pub(super) fn malformed(
        file: impl Into<String>,
        line: u64,
        reason: impl Into<String>,
        help: &'static str,
    ) -> Self {
        let (file, reason) = (file.into(), reason.into());
        Self::Malformed {
            file,
            line,
            reason,
            help,
        }
    }

    pub(super) fn ambiguous_date(file: impl Into<String>, line: u64, date: &str) -> Self {
        let reason = format!("a date such as {date} can be read in more than one way");
        let help = "choose the order of its parts with ‹dates› mdy or dmy, or yymmdd where years have \
                    two digits and stand first";
        Self::malformed(file, line, reason, help)
    }

    pub(super) fn answer(file: &str, source_name: &'static str, kind: Answer, said: &str) -> Self {
        let (file, said) = (file.into(), said.into());
        Self::Answer {
            file,
            source_name,
            kind,
            said,
        }
    }
}

impl error::Fault for Fault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::EmptyFile { .. } => ErrorKind::EmptyFile,
            Self::NoRows { .. } => ErrorKind::NoRows,
            Self::UnknownColumn { .. } => ErrorKind::UnknownColumn,
            Self::Adjustment { .. } => ErrorKind::Adjustment,
            Self::Answer { kind, .. } => ErrorKind::Answer(*kind),
            _ => ErrorKind::Malformed,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::EmptyFile { .. } | Self::NoRows { .. } => {
                "a file has a header such as Date,Close,Volume and a row for each day, hour or month"
            }
            Self::Malformed { help, .. } | Self::Adjustment { help, .. } => help,
            Self::NoDateColumn { .. } => {
                "name one column Date (日期 is understood too), or write dates such as 2018-04-30"
            }
            Self::UnknownColumn { name, known, .. } => {
                // Nobody asked for the close: it is what is forecast where nothing is named.
                return Some(
                    match known.first().filter(|_| name == "close" && known.len() > 1) {
                        Some(first) => {
                            format!("name the one to forecast, such as ‹target› \"{first}\"")
                        }
                        None => similar(name, known, "choose one of these"),
                    },
                );
            }
            Self::DuplicateColumn { .. } => "rename or delete one of them",
            Self::BadCell { .. } => {
                "correct the cell or delete the row; an inspection lists all that is wrong"
            }
            Self::DuplicateDate { date, .. } if date.contains(':') => {
                "where the clock was put back, name its zone with ‹timezone›; where the rows are of several \
                 series, name the column that tells them apart with ‹id›; or else keep one of the two"
            }
            Self::DuplicateDate { .. } => {
                "where the rows are of several series, name the column that tells them apart with ‹id›; or \
                 else keep one of the two (an inspection lists all that stand twice)"
            }
            Self::OtherUnit { .. } => {
                "give a file with a row for each day, hour or month as the series has them; where times of one \
                 have an offset from UTC, name the zone of the other's with ‹timezone›"
            }
            Self::BothHave { .. } => "rename it in one of them",
            Self::Apart { .. } => "give files of the same time; check how their dates are read",
            Self::Answer { kind, .. } => match kind {
                Answer::NoData => "ask for other dates; the market may have been closed",
                Answer::Limit => "wait, as the message says, and ask again",
                Answer::NotFound => "check the symbol, with its suffix, such as 0050.TW",
                Answer::Refused => "check the request and the key that went with it",
            },
        };
        Some(help.into())
    }

    fn place(&self) -> Option<Place> {
        match self {
            Self::Malformed { line, .. } => Some(Place::Line(*line)),
            Self::BadCell { place, .. } => Some(*place),
            Self::DuplicateDate { second, .. } => Some(*second),
            _ => None,
        }
    }

    fn column(&self) -> Option<&str> {
        match self {
            Self::UnknownColumn { name, .. }
            | Self::DuplicateColumn { name, .. }
            | Self::BothHave { name, .. } => Some(name),
            Self::BadCell { column, .. } => Some(column),
            _ => None,
        }
    }
}

/// Points from a column that is not there to the one that may be meant, or says what to do `otherwise`.
pub(crate) fn similar(name: &str, known: &[String], otherwise: &str) -> String {
    match nearest(name, known) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None if known.is_empty() => "the file needs a column of numbers beside its date".into(),
        None => otherwise.into(),
    }
}
