//! What the sources that answer in JSON share: how JSON is told from other text, and the error when
//! it cannot be read. What this file is not: it knows no source.

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// Whether a text begins as JSON does.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Reads the JSON of a file.
pub(super) fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Malformed {
        file: file.into(),
        line: error.line() as u64,
        reason: format!("the JSON cannot be read: {error}"),
        help: "fetch it again: it may have been cut off or changed on the way",
    })
}
