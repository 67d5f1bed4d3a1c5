//! From pages to one series: in order of time, cut to the days asked for, with the columns that
//! all pages have.

use gatecast::Series;
use jiff::civil::Date;

use crate::error::{Error, Result};
use crate::page::Content;
use crate::request::Request;

/// A page and what messages call it.
pub(crate) struct Part<'a> {
    pub(crate) label: &'a str,
    pub(crate) content: Content,
}

/// Labels that are listed before the rest is only counted.
const LISTED: usize = 3;

/// Joins pages, which are in order of time and do not overlap; also gives what is worth knowing.
pub(crate) fn merge(request: &Request, parts: Vec<Part<'_>>) -> Result<(Series, Vec<String>)> {
    let site = request.source.title();
    let mut notes = Vec::new();
    let mut filled = Vec::new();
    let mut empty = Vec::new();
    for Part { label, content } in parts {
        match content {
            Content::Empty => empty.push(label),
            Content::Rows(series) => {
                let dates = series.dates();
                let begin = dates.partition_point(|day| *day < request.from);
                let end = dates.partition_point(|day| *day <= request.to);
                if begin < end {
                    notes.extend_from_slice(series.notes());
                    filled.push(series.slice(begin..end));
                }
            }
        }
    }
    let Some(first) = filled.first() else {
        return Err(Error::NoRows {
            site,
            symbol: request.symbol.clone(),
            from: request.from,
            to: request.to,
        });
    };
    if !empty.is_empty() {
        notes.push(format!("{site} has no rows for {}", list(&empty)));
    }

    let mut columns = Vec::new();
    for column in first.columns() {
        let parts: Option<Vec<&[f64]>> = filled
            .iter()
            .map(|series| series.column(&column.name).ok())
            .collect();
        if let Some(parts) = parts {
            columns.push((column.name.clone(), parts.concat()));
        }
    }
    let mut dropped: Vec<&str> = Vec::new();
    for column in filled.iter().flat_map(Series::columns) {
        if columns.iter().all(|(name, _)| *name != column.name) && !dropped.contains(&&*column.name)
        {
            dropped.push(&column.name);
        }
    }
    if !dropped.is_empty() {
        notes.push(format!(
            "left out what only some pages have: {}",
            dropped.join(", ")
        ));
    }

    let dates: Vec<Date> = filled
        .iter()
        .flat_map(|series| series.dates().iter().copied())
        .collect();
    let name = format!("{} from {site}", request.symbol);
    Ok((Series::new(name, dates, columns)?, notes))
}

fn list(labels: &[&str]) -> String {
    let (listed, rest) = labels.split_at(labels.len().min(LISTED));
    let listed = listed.join(", ");
    match rest.len() {
        0 => listed,
        more => format!("{listed} and {more} more"),
    }
}
