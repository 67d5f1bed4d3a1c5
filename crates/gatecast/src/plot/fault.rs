//! Values that cannot be drawn.

use crate::error::{self, ErrorKind};

#[derive(Debug, thiserror::Error)]
#[error("cannot draw {picture}: {reason}")]
pub(crate) struct Fault {
    pub(super) picture: &'static str,
    pub(super) reason: String,
}

impl error::Fault for Fault {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Plot
    }
}
