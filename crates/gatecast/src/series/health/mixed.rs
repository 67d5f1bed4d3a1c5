//! Adjusted closes beside closes: their ratio rises a little with each dividend and never falls, so
//! a stretch that was adjusted otherwise shows where it begins or ends.

use super::findings::Kind;
use super::jumps::Explained;
use super::report::Report;
use super::view::{View, number};

/// The ratio is rounded: falls of less than this say nothing.
const ROUNDING: f64 = 0.005;
/// No dividend is more than this part of the price, unless the close falls with it.
const DIVIDEND: f64 = 0.12;

pub(super) fn check(view: &View, explained: &Explained, report: &mut Report) {
    let (Some(close), Some(adjusted)) = (view.find("close"), view.find("adj close")) else {
        return;
    };
    let ratio = |row: usize| {
        let (close, adjusted) = (view.value(close, row)?, view.value(adjusted, row)?);
        let known = close > 0.0 && adjusted > 0.0 && !explained.holds(row);
        known.then_some((row, adjusted / close, adjusted))
    };
    let rows: Vec<(usize, f64, f64)> = view.sound.iter().filter_map(|&row| ratio(row)).collect();
    // Prices with two decimals, adjusted to pennies, are rounded by more.
    let tolerance = |a: usize, b: usize| ROUNDING + 0.01 / rows[a].2.min(rows[b].2);
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for at in 1..rows.len() {
        let fell = (rows[at].1 / rows[at - 1].1).ln() < -tolerance(at, at - 1);
        let inside = stretches.last().is_some_and(|(_, until)| at < *until);
        if !fell || inside {
            continue;
        }
        // Where it last was what it is again.
        let same =
            |&before: &usize| (rows[before].1 / rows[at].1).ln().abs() < tolerance(before, at);
        let since = stretches.last().map_or(0, |(_, until)| *until);
        let from = (since..at - 1).rev().find(same).map(|before| before + 1);
        stretches.push((from.unwrap_or(at), at));
    }
    let mut rises: Vec<(usize, usize)> = Vec::new();
    for at in 1..rows.len() {
        if !view.near(rows[at - 1].0, rows[at].0) {
            continue;
        }
        let step = rows[at].1 / rows[at - 1].1;
        let stayed = (rows[at].2 / rows[at - 1].2).ln().abs() < DIVIDEND;
        if step > 1.0 + DIVIDEND && !stayed {
            let next = stretches.partition_point(|(_, until)| *until < at);
            if stretches.get(next).is_none_or(|(from, _)| at < *from) {
                rises.push((at, at));
            }
        }
    }
    stretches.extend(rises);
    stretches.sort_unstable();
    for (from, until) in stretches {
        let before = &rows[from - 1];
        let what = if from == until {
            format!(
                "adj close is {} of close and {} on the row before; no dividend does that",
                number(rows[from].1),
                number(before.1)
            )
        } else {
            format!(
                "adj close is {} of close up to {}, and {} before and after",
                number(rows[from].1),
                view.table.place(rows[until - 1].0),
                number(before.1)
            )
        };
        report.add(view, Kind::MixedAdjustment, rows[from].0, what);
    }
}
