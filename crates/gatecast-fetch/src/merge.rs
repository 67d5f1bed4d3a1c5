//! From pages to one series: in order of time, cut to the days asked for, with the columns that
//! all pages have.

use gatecast::Series;
use gatecast::series::Stamp;

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
                let dates = series.stamps();
                let begin = dates.partition_point(|day| *day < request.from.into());
                let end = dates.partition_point(|day| *day <= request.to.into());
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

    let dates: Vec<Stamp> = filled
        .iter()
        .flat_map(|series| series.stamps().iter().copied())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use jiff::civil::date;

    fn part(label: &'static str, day: jiff::civil::Date, columns: &[&str]) -> Part<'static> {
        let dates = vec![day, day.tomorrow().unwrap()];
        let columns = columns.iter().map(|name| (*name, vec![1.0, 2.0]));
        Part {
            label,
            content: Content::Rows(Series::new(label, dates, columns).unwrap()),
        }
    }

    #[test]
    fn columns_that_some_pages_lack_are_left_out_and_it_is_said() {
        let request = Request::new(Source::Twse, "1", date(2020, 1, 2), date(2020, 3, 1));
        let empty = ["a", "b", "c", "d", "e"].map(|label| Part {
            label,
            content: Content::Empty,
        });
        let mut parts = vec![
            part("one", date(2020, 1, 1), &["close", "remark", "volume"]),
            part("two", date(2020, 2, 1), &["volume", "close", "note"]),
            // All its days are later than those asked for.
            part("three", date(2020, 3, 2), &["other"]),
        ];
        parts.extend(empty);
        let (series, notes) = merge(&request, parts).unwrap();
        let names: Vec<_> = series.columns().iter().map(|column| &column.name).collect();
        assert_eq!(names, ["close", "volume"]);
        assert_eq!(series.column("close").unwrap(), [2.0, 1.0, 2.0]);
        assert_eq!(
            notes,
            [
                "TWSE has no rows for a, b, c and 2 more",
                "left out what only some pages have: remark, note"
            ]
        );
    }

    #[test]
    fn pages_that_overlap_are_an_error() {
        let request = Request::new(Source::Twse, "1", date(2020, 1, 1), date(2020, 3, 1));
        let parts = ["one", "two"].map(|label| part(label, date(2020, 1, 1), &["close"]));
        assert!(merge(&request, parts.into()).is_err());
    }
}
