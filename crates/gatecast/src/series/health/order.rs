//! Rows that stand twice, and rows out of order.

use super::findings::Kind;
use super::report::Report;
use super::view::View;
use crate::series::Stamp;

pub(super) fn check(view: &View, report: &mut Report) {
    for (row, twin) in repeated(view) {
        let place = view.table.place(twin);
        match differing(view, twin, row) {
            None => report.add(
                view,
                Kind::DuplicateRow,
                row,
                format!("the same as {place}"),
            ),
            Some(what) => report.add(
                view,
                Kind::ConflictingRows,
                row,
                format!("{place} has the same date and {what}"),
            ),
        }
    }
    let dated = (0..view.table.rows()).filter_map(|row| Some((row, view.dates[row]?)));
    let dated: Vec<(usize, Stamp)> = dated.collect();
    let steps = |down: bool| {
        let pairs = dated.windows(2);
        pairs.filter(move |pair| {
            if down {
                pair[1].1 < pair[0].1
            } else {
                pair[1].1 > pair[0].1
            }
        })
    };
    let newest_first = steps(true).count() > steps(false).count();
    if newest_first && steps(false).next().is_none() {
        report.remark("the rows are newest first; reading reverses them".into());
        return;
    }
    for pair in steps(!newest_first) {
        let what = format!("{} follows {}", pair[1].1, pair[0].1);
        report.add(view, Kind::Unsorted, pair[1].0, what);
    }
}

/// Rows whose date stood before, each with the first row of that date. Rows without values and
/// ghosts do not count: they go anyway.
pub(super) fn repeated(view: &View) -> Vec<(usize, usize)> {
    let real = |row: &&usize| !view.null[**row] && !view.ghost[**row];
    let mut first: Option<usize> = None;
    let mut found = Vec::new();
    for &row in view.order.iter().filter(real) {
        match first {
            Some(twin) if view.dates[twin] == view.dates[row] => found.push((row, twin)),
            _ => first = Some(row),
        }
    }
    found
}

/// Whether two rows hold equal numbers; otherwise the first that differ, in words.
pub(super) fn differing(view: &View, first: usize, second: usize) -> Option<String> {
    let column = view
        .columns
        .iter()
        .find(|column| column.values[first] != column.values[second])?;
    Some(format!(
        "{} {} instead of {}",
        view.table.header[column.index],
        view.quote(first, column.index).trim_matches('"'),
        view.quote(second, column.index).trim_matches('"'),
    ))
}
