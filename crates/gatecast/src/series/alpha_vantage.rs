//! Alpha Vantage: CSV is plain text, newest first; this is its JSON, whose keys are numbered
//! (`"4. close"`) and whose values are strings, and its answers without data.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Fault;
use super::json;
use super::table::Table;
use crate::error::{Answer, Place, Result, fail};

/// Keys by which an answer is known.
pub(super) const KEYS: [&str; 4] = ["Meta Data", "Note", "Information", "Error Message"];

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "Note")]
    note: Option<String>,
    #[serde(rename = "Information")]
    information: Option<String>,
    #[serde(rename = "Error Message")]
    error: Option<String>,
    /// `Time Series (Daily)`, `Weekly Time Series`, …, beside `Meta Data`.
    #[serde(flatten)]
    parts: BTreeMap<String, serde_json::Value>,
}

/// One answer, or the first of a list of them.
pub(super) fn json(file: &str, text: &str) -> Result<Table> {
    let body: Body = if text.trim_start().starts_with('[') {
        let bodies: Vec<Body> = json::parse(file, text)?;
        bodies
            .into_iter()
            .next()
            .ok_or_else(|| Fault::EmptyFile { file: file.into() })?
    } else {
        json::parse(file, text)?
    };
    let answer = |kind, said: &str| fail(Fault::answer(file, "Alpha Vantage", kind, said));
    // A plan's limit arrives under either of the first two names.
    if let Some(said) = body.note.or(body.information) {
        let refused = said.contains("premium endpoint") || said.contains("demo");
        let kind = if refused {
            Answer::Refused
        } else {
            Answer::Limit
        };
        return answer(kind, &said);
    }
    if let Some(said) = body.error {
        return answer(Answer::NotFound, &said);
    }
    let series = body
        .parts
        .into_iter()
        .find(|(key, _)| key.contains("Time Series"));
    let Some((_, serde_json::Value::Object(days))) = series else {
        return answer(Answer::NoData, "there is no \"Time Series\"");
    };
    // The names of the first day are those of all.
    let names: Vec<String> = match days.values().next() {
        Some(serde_json::Value::Object(day)) => day.keys().cloned().collect(),
        _ => return fail(Fault::NoRows { file: file.into() }),
    };
    let bare = |name: &String| {
        let bare = name
            .split_once(". ")
            .map_or(name.as_str(), |(_, bare)| bare);
        bare.replace(' ', "_")
    };
    let header = std::iter::once("date".to_string()).chain(names.iter().map(bare));
    let mut table = Table::new(file, header.collect(), text.len());
    for (index, (date, day)) in days.iter().enumerate() {
        let cells = names.iter().map(|name| match day.get(name) {
            Some(serde_json::Value::String(cell)) => cell.clone(),
            Some(serde_json::Value::Number(cell)) => cell.to_string(),
            _ => String::new(),
        });
        let row = std::iter::once(date.clone()).chain(cells);
        table.push(Place::Row(index as u64 + 1), row)?;
    }
    Ok(table)
}
