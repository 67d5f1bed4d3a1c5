//! What can be wrong with settings and with what a model is given, and what to do about it.

use crate::error::{self, ErrorKind, Place, list, nearest};
use crate::series::similar;

#[derive(Debug, thiserror::Error)]
#[rustfmt::skip] // a fault a line
pub(crate) enum Fault {
    #[error("{file} lacks the column \"{name}\" that the model was trained on")]
    MissingFeature { file: String, name: String, known: Vec<String> },
    #[error("{file} lacks the column \"{name}\", which the model was given from a file that was joined")]
    NotJoined { file: String, name: String },
    #[error("there is no setting \"{name}\"")]
    UnknownSetting { name: String, known: Vec<String> },
    /// A parameter of another choice of its `owner` than the one that is `found`.
    #[error("‹{name}› has no effect on the {owner} {found}")]
    NoEffect { name: &'static str, owner: &'static str, found: String, needs: Vec<&'static str> },
    #[error("{file}, line {line}: {reason}")]
    SettingsFile { file: String, line: u64, reason: String, help: String },
    #[error("training was stopped before a network had finished an epoch")]
    Stopped,
}

impl error::Fault for Fault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::MissingFeature { .. } | Self::NotJoined { .. } => ErrorKind::UnknownColumn,
            Self::Stopped => ErrorKind::Stopped,
            _ => ErrorKind::Setting,
        }
    }

    fn column(&self) -> Option<&str> {
        match self {
            Self::MissingFeature { name, .. } | Self::NotJoined { name, .. } => Some(name),
            _ => None,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::MissingFeature { name, known, .. } => {
                let all = "give data with all the columns that the model was trained on";
                similar(name, known, all)
            }
            Self::NotJoined { .. } => {
                "give such a file, with rows up to the last of the series, with ‹join›".into()
            }
            Self::UnknownSetting { name, known } => match nearest(name, known) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("the settings are {}", list(known)),
            },
            Self::NoEffect {
                name, owner, needs, ..
            } => {
                let needs: Vec<String> = needs
                    .iter()
                    .map(|need| format!("‹{owner}› {need}"))
                    .collect();
                format!("add {}, or leave ‹{name}› out", needs.join(" or "))
            }
            Self::SettingsFile { help, .. } => help.clone(),
            Self::Stopped => return None,
        })
    }

    fn place(&self) -> Option<Place> {
        match self {
            Self::SettingsFile { line, .. } => Some(Place::Line(*line)),
            _ => None,
        }
    }

    fn setting(&self) -> Option<&str> {
        match self {
            Self::UnknownSetting { name, .. } => Some(name),
            Self::NoEffect { name, .. } => Some(name),
            _ => None,
        }
    }
}
