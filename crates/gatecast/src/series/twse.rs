//! Taiwan Stock Exchange: the monthly CSV (a title above the header, remarks below the rows) and
//! the JSON of `STOCK_DAY`, in each of the forms that it has had.

use serde::Deserialize;

use super::table::Table;
use super::{Fault, csv, json};
use crate::error::{Answer, Place, Result, fail};

/// The monthly CSV, or several of them one after the other.
pub(super) fn text(file: &str, text: &str) -> Result<Table> {
    let mut table = csv::table(file, text)?;
    // Titles and remarks are part of it.
    table.notes.clear();
    Ok(table)
}

#[derive(Deserialize)]
struct StockDay {
    stat: String,
    #[serde(default)]
    fields: Vec<String>,
    #[serde(default)]
    data: Vec<Vec<String>>,
}

/// `{"stat": "OK", "fields": […], "data": [[…], …]}`; the answer without data has a `stat` alone.
pub(super) fn json(file: &str, text: &str) -> Result<Table> {
    let answer: StockDay = json::parse(file, text)?;
    if !answer.stat.eq_ignore_ascii_case("ok") {
        let kind = kind(&answer.stat);
        return fail(Fault::answer(file, "TWSE", kind, &answer.stat));
    }
    let mut table = Table::new(file, answer.fields, text.len());
    for (index, row) in answer.data.iter().enumerate() {
        table.push(Place::Row(index as u64 + 1), row)?;
    }
    Ok(table)
}

/// What an answer other than "OK" means; TPEX uses the same words.
pub(super) fn kind(stat: &str) -> Answer {
    if stat.contains("沒有符合條件") || stat.contains("查無") {
        Answer::NoData
    } else if stat.contains("頻繁") || stat.contains("稍後") {
        Answer::Limit
    } else {
        Answer::Refused
    }
}

#[cfg(test)]
mod tests {
    use crate::series::Series;

    #[test]
    fn rows_that_lack_nearly_all_cells_are_refused() {
        let fields = vec!["\"日期\""; 3000].join(",");
        let rows = vec!["[]"; 3000].join(",");
        let text = format!("{{\"stat\":\"OK\",\"fields\":[{fields}],\"data\":[{rows}]}}");
        let error = Series::parse("p.json", text.as_bytes(), &["close"]).unwrap_err();
        let error = error.to_string();
        assert!(error.contains("shorter than the header"), "{error}");
    }
}
