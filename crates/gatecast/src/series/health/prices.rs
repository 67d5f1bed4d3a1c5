//! Prices that cannot be: zero or less, outside high and low, the same day after day.

use super::findings::Kind;
use super::jumps::Explained;
use super::report::Report;
use super::view::{Numbers, View, number};

/// Rows that hold the same numbers, volume and all, from which on it is no chance.
const COPIES: usize = 3;
/// Rows with the same prices from which on it may be none.
const FLAT: usize = 6;
/// An open may lie this far outside: vendors take it from another venue than high and low.
const VENUE: f64 = 0.01;

pub(super) fn check(view: &View, explained: &Explained, report: &mut Report) {
    let mut venues: Vec<usize> = Vec::new();
    not_positive(view, report);
    for &row in &view.sound {
        if !explained.holds(row) {
            match out_of_range(view, row) {
                Some(Outside::Fault(what)) => report.add(view, Kind::OutOfRange, row, what),
                Some(Outside::Slight) => venues.push(row),
                None => {}
            }
        }
    }
    if let Some(&first) = venues.first() {
        report.remark(format!(
            "open is outside high and low by less than a day's range on {} rows, the first at {}; \
             some vendors take it from another venue",
            venues.len(),
            view.table.place(first)
        ));
    }
    stale(view, report);
}

/// Interest rates and spreads may be negative: where they often are, it is no fault.
fn not_positive(view: &View, report: &mut Report) {
    let mut columns = view.bar();
    columns.extend(view.find("adj close"));
    for column in columns {
        let wrong = |row: usize| view.value(column, row).filter(|value| *value <= 0.0);
        let rows = 0..view.table.rows();
        let count = rows.clone().filter(|&row| wrong(row).is_some()).count();
        let header = &view.table.header[column.index];
        if count * 10 > view.table.rows() {
            report.remark(format!(
                "{header} is zero or less on {count} rows; it was not taken for a price"
            ));
            continue;
        }
        for row in rows.filter(|&row| !view.ghost[row]) {
            if let Some(value) = wrong(row) {
                let what = format!("{header} is {}", number(value));
                report.add(view, Kind::NotPositive, row, what);
            }
        }
    }
}

enum Outside {
    Fault(String),
    /// An open that lies a little outside.
    Slight,
}

fn out_of_range(view: &View, row: usize) -> Option<Outside> {
    let of = |key: &str| {
        view.value(view.find(key)?, row)
            .filter(|value| *value > 0.0)
    };
    let (high, low) = (of("high"), of("low"));
    if let (Some(high), Some(low)) = (high, low)
        && high < low
    {
        let what = format!("high {} is below low {}", number(high), number(low));
        return Some(Outside::Fault(what));
    }
    for key in ["close", "open"] {
        let Some(price) = of(key) else { continue };
        // Rounding of adjusted prices.
        let slack = 1e-6 * price;
        let (over, under) = (
            high.map_or(0.0, |high| price - high),
            low.map_or(0.0, |low| low - price),
        );
        let (word, name, bound, by) = if over > slack {
            ("above", "high", high, over)
        } else if under > slack {
            ("below", "low", low, under)
        } else {
            continue;
        };
        let range = high.zip(low).map_or(0.0, |(high, low)| high - low);
        if key == "open" && by < VENUE * price && by < range {
            return Some(Outside::Slight);
        }
        let bound = bound.map_or(String::new(), number);
        let what = format!("{key} {} is {word} {name} {bound}", number(price));
        return Some(Outside::Fault(what));
    }
    None
}

/// Runs of rows that are equal in all their numbers, and runs of equal prices that are longer than
/// the series' own habit of standing still would make in a thousand series of its length.
fn stale(view: &View, report: &mut Report) {
    let mut prices = view.bar();
    if prices.is_empty() {
        prices.extend(view.main());
    }
    if prices.is_empty() {
        return;
    }
    let all: Vec<&Numbers> = view.columns.iter().filter(|c| !c.mostly_empty).collect();
    let same = |columns: &[&Numbers], a: usize, b: usize| {
        columns.iter().all(|c| c.values[a] == c.values[b])
    };
    let traded = |row: usize| {
        let volume = view
            .find("volume")
            .and_then(|volume| view.value(volume, row));
        volume.is_some_and(|volume| volume > 0.0)
    };
    let runs: Vec<&[usize]> = view
        .sound
        .chunk_by(|&a, &b| same(&prices, a, b))
        .filter(|run| run.len() > 1)
        .collect();
    let longest = runs.iter().map(|run| run.len() - 1).max().unwrap_or(0);
    let repeats: usize = runs.iter().map(|run| run.len() - 1).sum();
    let rows = view.sound.len() as f64;
    let still = ((repeats - longest) as f64 / rows).max(1.0 / rows.max(2.0));
    let chance = ((rows * 1e3).ln() / -still.ln()).ceil() as usize + 1;
    let flat = FLAT.max(chance);
    for run in runs {
        let copied = run
            .chunk_by(|&a, &b| same(&all, a, b))
            .find(|run| run.len() >= COPIES && traded(run[0]));
        let (run, what) = match copied {
            Some(copied) => (copied, "all their numbers"),
            None if run.len() >= flat => (run, "their prices"),
            None => continue,
        };
        let what = format!(
            "{} rows up to {} are equal in {what}",
            run.len(),
            view.table.place(run[run.len() - 1])
        );
        report.add(view, Kind::Stale, run[0], what);
    }
}
