//! What can go wrong with a network and its training, and what to do about it.

use std::path::PathBuf;

use super::Shape;
use crate::error::{self, ErrorKind};

#[derive(Debug, thiserror::Error)]
#[rustfmt::skip] // a fault a line
pub(crate) enum Fault {
    #[error("the network needs {bytes} bytes for {samples} samples at once, which cannot be had")]
    Memory { bytes: u128, samples: usize },
    #[error("layer {index} ({layer}) finds an input of shape {found} and wants {wanted}")]
    Shape { index: usize, layer: String, found: String, wanted: String },
    #[error("the {what} has shape {found}; the network wants {wanted}")]
    DataShape { what: &'static str, found: String, wanted: String },
    #[error("training diverged: the {what} is {value} in epoch {epoch}, batch {batch}")]
    Diverged { what: &'static str, value: f64, epoch: usize, batch: usize },
    #[error("{} is no usable model: {reason}", path.display())]
    Model { path: PathBuf, reason: String, help: &'static str },
}

impl Fault {
    pub(super) fn data_shape(what: &'static str, found: Shape, wanted: Shape) -> Self {
        let (found, wanted) = (found.to_string(), wanted.to_string());
        Self::DataShape {
            what,
            found,
            wanted,
        }
    }

    pub(crate) fn model(path: impl Into<PathBuf>, reason: String, help: &'static str) -> Self {
        let path = path.into();
        Self::Model { path, reason, help }
    }
}

impl error::Fault for Fault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Memory { .. } => ErrorKind::Memory,
            Self::Shape { .. } | Self::DataShape { .. } => ErrorKind::Shape,
            Self::Diverged { .. } => ErrorKind::Diverged,
            Self::Model { .. } => ErrorKind::Model,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Memory { .. } => "choose a smaller ‹batch›, ‹window› or ‹hidden›",
            Self::Diverged { .. } => {
                "try a smaller learning rate (‹lr›), clip the gradients (‹clip-norm› 1), or check \
                 the data for extreme values"
            }
            Self::Model { help, .. } => help,
            Self::Shape { .. } | Self::DataShape { .. } => return None,
        };
        Some(help.into())
    }
}
