//! The Python package yfinance, written with `to_csv`: three header rows (`Price`, `Ticker`, `Date`)
//! and then the days. Its flat form is plain text.

use super::Fault;
use super::csv::{self, Layout};
use super::table::Table;
use crate::error::{Result, fail};

/// With one ticker columns are called as in the first header row; with several, the ticker
/// follows: `close 0050.TW`.
pub(super) fn table(file: &str, text: &str) -> Result<Table> {
    let mut rows = text.lines();
    let mut cells = || -> Vec<&str> {
        let line = rows.next().unwrap_or_default();
        line.split(',').map(str::trim).collect()
    };
    let (prices, tickers, dates) = (cells(), cells(), cells());
    let date = dates
        .first()
        .is_some_and(|cell| super::columns::is_date(cell));
    if prices.len() != tickers.len() || !date {
        let reason = "the three header rows (Price, Ticker, Date) do not fit one another";
        let help = "save it again with DataFrame.to_csv";
        return fail(Fault::malformed(file, 1, reason, help));
    }
    let one = tickers[1..].windows(2).all(|pair| pair[0] == pair[1]);
    let name = |(price, ticker): (&&str, &&str)| match one {
        true => (*price).to_string(),
        false => format!("{} {ticker}", super::columns::canonical(price)),
    };
    let names = prices.iter().zip(&tickers).skip(1).map(name);
    let layout = Layout {
        header: std::iter::once("Date".to_string()).chain(names).collect(),
        named: true,
        before: 4,
    };
    let mut table = csv::rows(file, text, b',', layout)?;
    // The header rows are part of it.
    table.notes.clear();
    Ok(table)
}
