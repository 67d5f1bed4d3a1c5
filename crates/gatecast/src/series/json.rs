//! What the sources that answer in JSON share: how JSON is told from other text, and the error when
//! it cannot be read. What this file is not: it knows no source.

use serde::de::DeserializeOwned;

use super::Fault;
use crate::error::{Result, fail};

/// Whether a text begins as JSON does.
pub(super) fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Reads the JSON of a file.
pub(super) fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T> {
    serde_json::from_str(text).or_else(|error| {
        let reason = format!("the JSON cannot be read: {error}");
        let help = "fetch it again: it may have been cut off or changed on the way";
        fail(Fault::malformed(file, error.line() as u64, reason, help))
    })
}
