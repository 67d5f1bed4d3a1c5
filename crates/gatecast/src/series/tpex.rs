//! Taipei Exchange: JSON of the old service (`aaData`, no header) and of the new one (`tables`).
//! Volume is in thousands of shares.

use serde::Deserialize;

use super::table::Table;
use super::{Fault, json, twse};
use crate::error::{Answer, Place, Result, fail};

/// Columns of the old form, which does not name them.
const OLD: [&str; 9] = [
    "日期",
    "成交仟股",
    "成交仟元",
    "開盤",
    "最高",
    "最低",
    "收盤",
    "漲跌",
    "筆數",
];

#[derive(Deserialize)]
struct Body {
    stat: Option<String>,
    #[serde(rename = "aaData")]
    rows: Option<Vec<Vec<String>>>,
    #[serde(default)]
    tables: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    fields: Vec<String>,
    #[serde(default)]
    data: Vec<Vec<String>>,
}

pub(super) fn json(file: &str, text: &str) -> Result<Table> {
    let body: Body = json::parse(file, text)?;
    let answer = |kind, said: &str| fail(Fault::answer(file, "TPEX", kind, said));
    if let Some(stat) = body.stat.filter(|stat| !stat.eq_ignore_ascii_case("ok")) {
        return answer(twse::kind(&stat), &stat);
    }
    let old = body.rows.map(|rows| (OLD.map(String::from).to_vec(), rows));
    let new = body.tables.into_iter().next();
    let (header, rows) = old
        .or_else(|| new.map(|part| (part.fields, part.data)))
        .unwrap_or_default();
    if rows.is_empty() {
        return answer(Answer::NoData, "no rows");
    }
    let mut table = Table::new(file, header, text.len());
    for (index, row) in rows.iter().enumerate() {
        table.push(Place::Row(index as u64 + 1), row)?;
    }
    Ok(table)
}
