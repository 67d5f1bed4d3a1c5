//! What a model file is for. What this file is not: it loads no model.

use std::path::Path;

use crate::error::{Error, Result};
use crate::nn;

/// What a model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Task {
    /// Forecasts series: [`FittedForecaster`](crate::FittedForecaster).
    Forecast,
    /// Tells the class of sentences: [`FittedClassifier`](crate::text::FittedClassifier).
    Classify,
    /// Translates sentences: [`FittedTranslator`](crate::text::FittedTranslator).
    Translate,
}

impl Task {
    /// What the model in a file does. One that says nothing of it, or something unknown, is taken for a forecaster,
    /// whose reader tells what is wrong.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io); [`Model`](crate::ErrorKind::Model) for what is no model file.
    pub fn of(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::parse(path, std::fs::read(path).map_err(Error::io("read", path))?)
    }

    /// The same from the bytes of a model file; `path` is what messages call it.
    ///
    /// # Errors
    /// [`Model`](crate::ErrorKind::Model).
    pub fn parse(path: impl AsRef<Path>, bytes: Vec<u8>) -> Result<Self> {
        let task = nn::parse(path.as_ref(), bytes, nn::KEY)?.task();
        Ok(match task.as_deref() {
            Some("classify") => Self::Classify,
            Some("translate") => Self::Translate,
            _ => Self::Forecast,
        })
    }
}
