//! Stooq: CSV with English or Polish headers, without a volume for currencies; an error is a
//! line of plain text.

use super::Fault;
use super::csv;
use super::table::Table;
use crate::error::{Answer, Result, fail};

/// Lines that stand for an answer without data, in lower case.
const ANSWERS: [(&str, Answer); 6] = [
    ("no data", Answer::NoData),
    ("brak danych", Answer::NoData),
    ("exceeded the daily hits limit", Answer::Limit),
    ("przekroczony dzienny limit", Answer::Limit),
    ("get your apikey", Answer::Refused),
    ("access denied", Answer::Refused),
];

/// Whether a first line in lower case is Stooq's: its Polish header or an answer without data.
pub(super) fn is_one(first: &str) -> bool {
    first.starts_with("data,otwarcie") || answer(first).is_some()
}

fn answer(line: &str) -> Option<Answer> {
    let line = line.trim().to_lowercase();
    let found = ANSWERS.iter().find(|(words, _)| line.starts_with(words));
    found.map(|(_, answer)| *answer)
}

pub(super) fn table(file: &str, text: &str) -> Result<Table> {
    let first = text.trim().lines().next().unwrap_or_default();
    match answer(first) {
        Some(kind) => fail(Fault::answer(file, "Stooq", kind, first.trim())),
        None => csv::table(file, text),
    }
}
