//! Yahoo: the JSON of its chart service (v8). The classic CSV is plain text. Prices are adjusted for
//! splits as they stand, and `adj close` for dividends too.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde::Deserialize;

use super::Fault;
use super::json;
use super::table::Table;
use crate::error::{Answer, Place, Result, fail};

#[derive(Deserialize)]
struct Body {
    /// `finance` in some refusals.
    #[serde(alias = "finance")]
    chart: Chart,
}

#[derive(Deserialize)]
struct Chart {
    result: Option<Vec<Symbol>>,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    code: String,
    #[serde(default)]
    description: String,
}

#[derive(Deserialize)]
struct Symbol {
    meta: Meta,
    /// Absent when there are no rows.
    #[serde(default)]
    timestamp: Vec<i64>,
    #[serde(default)]
    events: Events,
    indicators: Indicators,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    #[serde(default)]
    gmtoffset: i32,
    exchange_timezone_name: Option<String>,
    data_granularity: Option<String>,
}

#[derive(Default, Deserialize)]
struct Events {
    #[serde(default)]
    dividends: HashMap<String, Dividend>,
    #[serde(default)]
    splits: HashMap<String, Split>,
}

#[derive(Deserialize)]
struct Dividend {
    date: i64,
    amount: f64,
}

#[derive(Deserialize)]
struct Split {
    date: i64,
    numerator: f64,
    denominator: f64,
}

#[derive(Deserialize)]
struct Indicators {
    #[serde(default)]
    quote: Vec<Quote>,
    #[serde(default)]
    adjclose: Vec<Adjusted>,
}

type Values = Vec<Option<serde_json::Number>>;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Quote {
    open: Values,
    high: Values,
    low: Values,
    close: Values,
    volume: Values,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Adjusted {
    adjclose: Values,
}

pub(super) fn json(file: &str, text: &str) -> Result<Table> {
    let body: Body = json::parse(file, text)?;
    let answer = |kind, said: &str| fail(Fault::answer(file, "Yahoo", kind, said));
    if let Some(Failure { code, description }) = body.chart.error {
        let kind = match code.as_str() {
            "Not Found" => Answer::NotFound,
            "Too Many Requests" => Answer::Limit,
            _ => Answer::Refused,
        };
        return answer(kind, &format!("{code}: {description}"));
    }
    let symbol = body.chart.result.and_then(|all| all.into_iter().next());
    let Some(symbol) = symbol.filter(|symbol| !symbol.timestamp.is_empty()) else {
        return answer(Answer::NoData, "there are no rows between these dates");
    };
    let granularity = symbol.meta.data_granularity.as_deref().unwrap_or("1d");
    if granularity.ends_with(['m', 'h']) {
        let reason = format!("the rows are {granularity} apart");
        let help = "request daily rows: interval=1d";
        return fail(Fault::malformed(file, 1, reason, help));
    }
    // A day is that of the exchange: a session there may begin before midnight UTC.
    let zone = symbol.meta.exchange_timezone_name.as_deref();
    let zone = zone.and_then(|name| TimeZone::get(name).ok()).or_else(|| {
        Some(TimeZone::fixed(
            Offset::from_seconds(symbol.meta.gmtoffset).ok()?,
        ))
    });
    let zone = zone.unwrap_or(TimeZone::UTC);
    let date = |seconds: i64| -> Result<String> {
        let moment = Timestamp::from_second(seconds).map_err(|error| {
            let reason = format!("{seconds} is no time stamp: {error}");
            Fault::malformed(file, 1, reason, "fetch it again")
        })?;
        Ok(zone.to_datetime(moment).date().to_string())
    };
    let mut dividends: HashMap<String, f64> = HashMap::new();
    for dividend in symbol.events.dividends.values() {
        *dividends.entry(date(dividend.date)?).or_default() += dividend.amount;
    }
    let mut splits: HashMap<String, f64> = HashMap::new();
    for split in symbol.events.splits.values() {
        *splits.entry(date(split.date)?).or_insert(1.0) *= split.numerator / split.denominator;
    }
    let mut header = vec!["date", "open", "high", "low", "close", "volume"];
    let quote = symbol
        .indicators
        .quote
        .into_iter()
        .next()
        .unwrap_or_default();
    let adjusted = symbol.indicators.adjclose.into_iter().next();
    if adjusted.is_some() {
        header.push("adj close");
    }
    header.extend(["dividends", "splits"]);
    let mut table = Table::new(
        file,
        header.into_iter().map(String::from).collect(),
        text.len(),
    );
    let cell = |values: &Values, row: usize| match values.get(row) {
        Some(Some(value)) => value.to_string(),
        _ => String::new(),
    };
    for (row, &seconds) in symbol.timestamp.iter().enumerate() {
        let day = date(seconds)?;
        let mut cells = vec![day.clone()];
        for values in [
            &quote.open,
            &quote.high,
            &quote.low,
            &quote.close,
            &quote.volume,
        ] {
            cells.push(cell(values, row));
        }
        if let Some(adjusted) = &adjusted {
            cells.push(cell(&adjusted.adjclose, row));
        }
        cells.push(dividends.get(&day).copied().unwrap_or(0.0).to_string());
        cells.push(splits.get(&day).copied().unwrap_or(1.0).to_string());
        table.push(Place::Row(row as u64 + 1), &cells)?;
    }
    Ok(table)
}
