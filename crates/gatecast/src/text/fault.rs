//! What can be wrong with sentences and their labels, and what to do about it.

use crate::error::{self, ErrorKind, Place, list, nearest};

#[derive(Debug, thiserror::Error)]
#[rustfmt::skip] // a fault a line
pub(crate) enum Fault {
    #[error("{file} is empty")]
    Empty { file: String },
    #[error("{file} holds bytes that are no text (the first at byte {at})")]
    Binary { file: String, at: usize },
    #[error("{file}, line {line}: {reason}")]
    Malformed { file: String, line: u64, reason: String, help: &'static str },
    #[error("{file} has no column \"{name}\"; its columns are {}", list(known))]
    NoColumn { file: String, name: String, known: Vec<String> },
    #[error("{file}: {reason}")]
    Columns { file: String, reason: String, help: &'static str },
    #[error("{file} has the label \"{class}\" alone; there is nothing to tell apart")]
    OneClass { file: String, class: String },
    #[error("{file}, line {line}: the label \"{class}\" stands on this row alone")]
    RareClass { file: String, line: u64, class: String },
    #[error("{file}, line {line}: the label \"{class}\" does not occur in training, where the labels are {}", list(known))]
    UnknownClass { file: String, line: u64, class: String, known: Vec<String> },
    #[error("{} has {} lines and {} has {}", files[0], lines[0], files[1], lines[1])]
    Lines { files: [String; 2], lines: [usize; 2] },
    #[error("there is no text in {what}")]
    NoText { what: String },
}

impl Fault {
    pub(super) fn malformed(file: &str, line: u64, reason: String, help: &'static str) -> Self {
        let file = file.into();
        Self::Malformed {
            file,
            line,
            reason,
            help,
        }
    }
}

impl error::Fault for Fault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Empty { .. } => ErrorKind::EmptyFile,
            Self::Binary { .. }
            | Self::Malformed { .. }
            | Self::Columns { .. }
            | Self::Lines { .. } => ErrorKind::Malformed,
            Self::NoColumn { .. } => ErrorKind::UnknownColumn,
            Self::OneClass { .. } | Self::RareClass { .. } | Self::UnknownClass { .. } => {
                ErrorKind::Label
            }
            Self::NoText { .. } => ErrorKind::NoRows,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Empty { .. } => "give a file with a sentence and a label in each row".into(),
            Self::Binary { .. } => "save it as text, CSV or TSV, in UTF-8 if you can".into(),
            Self::Malformed { help, .. } | Self::Columns { help, .. } => (*help).into(),
            Self::NoColumn { name, known, .. } => match nearest(name, known) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => "name one of them, or give its number from 1".into(),
            },
            Self::OneClass { .. } => {
                "give rows of another label as well, or another ‹label›".into()
            }
            Self::RareClass { .. } => {
                "correct it, give more rows with it, or join it to another with ‹map›".into()
            }
            Self::UnknownClass { .. } => {
                "correct it, join it to another with ‹map›, or give rows with it to train on".into()
            }
            Self::Lines { .. } => {
                "give files in which line after line says the same, with an empty line where there is nothing".into()
            }
            Self::NoText { .. } => "give a sentence".into(),
        })
    }

    fn place(&self) -> Option<Place> {
        match self {
            Self::Malformed { line, .. }
            | Self::RareClass { line, .. }
            | Self::UnknownClass { line, .. } => Some(Place::Line(*line)),
            _ => None,
        }
    }
}
