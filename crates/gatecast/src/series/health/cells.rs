//! Cells without a number, or with something else in them, and rows without any value.

use super::findings::Kind;
use super::report::Report;
use super::view::View;
use crate::series::cells::Cell;
use crate::series::columns;
use crate::series::numbers::Number;

pub(super) fn check(view: &View, report: &mut Report) {
    dates(view, report);
    for row in 0..view.table.rows() {
        if view.null[row] {
            report.add(view, Kind::NullRow, row, null(view, row));
            continue;
        }
        if view.ghost[row] {
            let price = view.main().and_then(|column| view.value(column, row));
            let price = price.map_or(String::new(), |p| format!(" {}", super::view::number(p)));
            report.add(view, Kind::GhostRow, row, format!("volume 0, price{price}"));
        }
        let mut lacking: Vec<&str> = Vec::new();
        for column in view.columns.iter().filter(|column| !column.minor) {
            match column.values[row] {
                Number::Is(_) => {}
                Number::Missing if column.mostly_empty => {}
                Number::Missing => lacking.push(&view.table.header[column.index]),
                Number::Unreadable => {
                    let what = format!(
                        "{} is {}",
                        view.table.header[column.index],
                        view.quote(row, column.index)
                    );
                    report.add(view, Kind::UnreadableCell, row, what);
                }
            }
        }
        if let Some(first) = lacking.first() {
            let index = view.table.header.iter().position(|header| header == first);
            let cell = index.map_or(String::new(), |index| view.quote(row, index));
            let what = match lacking.len() {
                1 => format!("{first} is {cell}"),
                _ => format!("{} are missing ({cell})", lacking.join(", ")),
            };
            report.add(view, Kind::MissingCell, row, what);
        }
    }
    for column in view.columns.iter().filter(|column| column.minor) {
        let unreadable = |&row: &usize| column.values[row] == Number::Unreadable;
        let mut rows = (0..view.table.rows()).filter(unreadable);
        if let Some(first) = rows.next() {
            report.remark(format!(
                "{} cells of \"{}\" hold no number, the first {} at {}; it matters only if the column is used",
                rows.count() + 1,
                view.table.header[column.index],
                view.quote(first, column.index),
                view.table.place(first)
            ));
        }
    }
    for column in view.columns.iter().filter(|column| column.mostly_empty) {
        report.remark(format!(
            "column \"{}\" is mostly empty and left out unless it is named",
            view.table.header[column.index]
        ));
    }
    let mut keys: Vec<&str> = view.columns.iter().map(|c| c.key.as_str()).collect();
    keys.sort_unstable();
    if let Some(pair) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
        report.remark(format!(
            "two columns mean \"{}\"; rename one of them if it is to be used",
            columns::canonical(pair[0])
        ));
    }
}

fn dates(view: &View, report: &mut Report) {
    for (row, date) in view.dates.iter().enumerate() {
        if date.is_none() {
            let column = view.reading.time.map_or(0, |time| time.column);
            let cell = view.quote(row, column);
            report.add(
                view,
                Kind::UnreadableDate,
                row,
                format!("the date is {cell}"),
            );
        }
    }
}

/// What stands where the prices should be.
fn null(view: &View, row: usize) -> String {
    let cells = view.columns.iter().map(|c| view.table.cell(row, c.index));
    let missing = cells.into_iter().find(|cell| cell.is_missing());
    match missing.map(Cell::text).unwrap_or_default() {
        empty if empty.is_empty() => "its prices are empty".into(),
        cell => format!("its prices are {cell:?}"),
    }
}
