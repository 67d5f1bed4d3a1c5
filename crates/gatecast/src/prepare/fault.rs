//! What can be wrong with columns that a network is to learn from, and what to do about it.

use crate::error::{self, ErrorKind};

#[derive(Debug, thiserror::Error)]
#[rustfmt::skip] // a fault a line
pub(crate) enum Fault {
    #[error("column \"{column}\" is {value} on every one of the {rows} training rows")]
    ConstantColumn { column: String, value: f64, rows: usize },
    #[error("column \"{column}\" is {value} on {date}; a {kind} needs values above zero")]
    NotPositive { column: String, date: String, value: f64, kind: &'static str },
    #[error("{file}: \"{column}\" is not known for {date}, which is to be forecast")]
    NotKnownAhead { file: String, column: String, date: String },
}

impl error::Fault for Fault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::ConstantColumn { .. } => ErrorKind::ConstantColumn,
            Self::NotPositive { .. } => ErrorKind::NotPositive,
            Self::NotKnownAhead { .. } => ErrorKind::NotKnownAhead,
        }
    }

    fn column(&self) -> Option<&str> {
        match self {
            Self::ConstantColumn { column, .. }
            | Self::NotPositive { column, .. }
            | Self::NotKnownAhead { column, .. } => Some(column),
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::ConstantColumn { column, .. } => format!(
                "where \"{column}\" is the target, there is nothing to learn, unless it is meant to vary later: \
                 then choose the ‹scaler› none; otherwise leave it out of ‹features› and ‹future›"
            ),
            Self::NotPositive { .. } => {
                "use the ‹target-transform› residual or difference, which take any value".into()
            }
            Self::NotKnownAhead { column, .. } => format!(
                "add a row for each date to forecast, with \"{column}\" and nothing else in it"
            ),
        })
    }
}
