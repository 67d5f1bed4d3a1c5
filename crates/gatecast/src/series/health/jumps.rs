//! Jumps that a market hardly makes: splits, prices in another unit, one cell that is a hundred
//! times too large, volumes in lots among volumes in shares. A crash of a fifth is none of these.

use super::findings::Kind;
use super::report::Report;
use super::view::{Numbers, View, number};

/// A change of 1.4 times at least, and of so many usual changes.
const LEAST: f64 = 0.336;
const USUAL: f64 = 8.0;
/// A change of fifty times, for numbers that are no prices.
const OTHERS: f64 = 3.9;
/// Changes to each side that show what is usual.
const AROUND: usize = 60;
/// How far, in logarithms, a jump may be from a factor that explains it.
const NEAR: f64 = 0.11;
/// Splits, as new shares for one old share.
const SPLITS: [f64; 16] = [
    1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0, 40.0, 50.0,
];
/// Units: cents, thousands, …
const UNITS: [f64; 5] = [10.0, 100.0, 1e3, 1e4, 1e6];
/// Rows of volume to each side whose medians are compared.
const LEVEL: usize = 20;

/// Rows that a jump explains, so that other checks do not report them again.
pub(super) struct Explained(Vec<bool>);

impl Explained {
    pub(super) fn holds(&self, row: usize) -> bool {
        self.0[row]
    }
}

/// A jump to a row: its place among the changes, and its size in logarithms.
#[derive(Clone, Copy)]
struct Jump {
    at: usize,
    size: f64,
}

pub(super) fn check(view: &View, report: &mut Report) -> Explained {
    let mut explained = Explained(vec![false; view.table.rows()]);
    single_cells(view, report, &mut explained);
    if let Some(close) = view.main() {
        let level = |&&row: &&usize| {
            !explained.holds(row) && view.value(close, row).is_some_and(|value| value > 0.0)
        };
        let rows: Vec<usize> = view.sound.iter().filter(level).copied().collect();
        levels(view, close, &rows, report, &mut explained);
    }
    volumes(view, report);
    explained
}

/// One price of a row that is five times the row's other prices, or a fifth.
fn single_cells(view: &View, report: &mut Report, explained: &mut Explained) {
    let bar = view.bar();
    if bar.len() < 3 {
        return;
    }
    for &row in &view.sound {
        let cells = bar.iter().filter_map(|column| {
            let value = view.value(column, row)?;
            (value > 0.0).then_some((*column, value))
        });
        let cells: Vec<(&Numbers, f64)> = cells.collect();
        let wrong = |(column, value): &(&Numbers, f64)| {
            let others = cells.iter().filter(|other| other.0.index != column.index);
            let others: Vec<f64> = others.map(|other| other.1).collect();
            let (low, high) = (
                others.iter().copied().fold(f64::INFINITY, f64::min),
                others.iter().copied().fold(0.0, f64::max),
            );
            let apart = *value > 5.0 * high || *value * 5.0 < low;
            (others.len() >= 2 && high < 1.5 * low && apart).then_some((low * high).sqrt())
        };
        for cell in &cells {
            let Some(level) = wrong(cell) else { continue };
            let what = format!(
                "{} is {} where the row's other prices are about {}{}",
                view.table.header[cell.0.index],
                number(cell.1),
                number(level),
                unit((cell.1 / level).ln()).map_or(String::new(), |unit| format!(": {unit}")),
            );
            report.add(view, Kind::Jump, row, what);
            explained.0[row] = true;
        }
    }
}

fn levels(
    view: &View,
    close: &Numbers,
    rows: &[usize],
    report: &mut Report,
    explained: &mut Explained,
) {
    let value = |at: usize| view.value(close, rows[at]).unwrap_or(1.0);
    // Across a long gap a price may go anywhere.
    let changes: Vec<f64> = (1..rows.len())
        .map(|at| match view.near(rows[at - 1], rows[at]) {
            true => (value(at) / value(at - 1)).ln(),
            false => 0.0,
        })
        .collect();
    // Other numbers than prices may well double from one row to the next.
    let price = matches!(close.key.as_str(), "close" | "adj close" | "price");
    let least = if price { LEAST } else { OTHERS };
    let mut jumps: Vec<Jump> = Vec::new();
    for (index, &size) in changes.iter().enumerate() {
        if size.abs() > least && size.abs() > USUAL * usual(&changes, index) {
            jumps.push(Jump {
                at: index + 1,
                size,
            });
        }
    }
    // A series that jumps all the time is no price.
    if jumps.len() * 20 > rows.len() && jumps.len() > 4 {
        report.remark(format!(
            "{} changes by more than 1.4 times on {} rows; jumps were not looked at",
            view.table.header[close.index],
            jumps.len()
        ));
        return;
    }
    let header = &view.table.header[close.index];
    let mut left = jumps.into_iter().peekable();
    while let Some(jump) = left.next() {
        let row = rows[jump.at];
        explained.0[row] = true;
        if let Some(split) = splits(view, row, rows[jump.at - 1]) {
            report.remark(format!(
                "{header} goes from {} to {} at {}: the file itself lists {split}",
                number(value(jump.at - 1)),
                number(value(jump.at)),
                view.table.place(row)
            ));
            continue;
        }
        let back = left.next_if(|next| (next.size + jump.size).abs() < 2.0 * NEAR);
        let (from, until, size) = match back {
            Some(back) => (jump.at, back.at, jump.size),
            // The few rows at the beginning are wrong rather than all the others.
            None if jump.at <= 3 && unit(jump.size).is_some() => (0, jump.at, -jump.size),
            None => {
                let what = format!(
                    "{header} goes from {} to {}: {}",
                    number(value(jump.at - 1)),
                    number(value(jump.at)),
                    guess(jump.size)
                );
                report.add(view, Kind::Jump, row, what);
                continue;
            }
        };
        for &row in &rows[from..(until + 1).min(rows.len())] {
            explained.0[row] = true;
        }
        let (first, last) = (rows[from], rows[until - 1]);
        let span = match until - from {
            1 => String::new(),
            _ => format!("up to {} ", view.table.place(last)),
        };
        let beside = number(value(if from == 0 { until } else { from - 1 }));
        match unit(size) {
            Some(unit) => {
                let what = format!(
                    "{header} {span}is {} beside {beside}: {unit}",
                    number(value(from))
                );
                report.add(view, Kind::Jump, first, what);
            }
            None => {
                let what = format!(
                    "{header} {span}is {} beside {beside} before and after: {}",
                    number(value(from)),
                    guess(size)
                );
                let kind = if until - from == 1 {
                    Kind::Jump
                } else {
                    Kind::MixedAdjustment
                };
                report.add(view, kind, first, what);
            }
        }
    }
}

/// The split that the file's own column lists on a row or the one before.
fn splits(view: &View, row: usize, before: usize) -> Option<String> {
    let column = view.find("splits")?;
    [row, before].into_iter().find_map(|row| {
        let factor = view.value(column, row)?;
        (factor > 0.0 && factor != 1.0).then(|| format!("a split by {factor}"))
    })
}

/// The usual size of a change around one: 1.48 times the median is the standard deviation of normal
/// ones, whatever the few large ones are.
fn usual(changes: &[f64], at: usize) -> f64 {
    let from = at.saturating_sub(AROUND);
    let to = (at + AROUND).min(changes.len());
    let mut sizes: Vec<f64> = changes[from..to].iter().map(|c| c.abs()).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    sizes.get(sizes.len() / 2).map_or(0.0, |size| 1.48 * size)
}

/// "100 times too large", where a change is a unit's.
fn unit(size: f64) -> Option<String> {
    let factor = UNITS
        .into_iter()
        .find(|factor| (size.abs() - factor.ln()).abs() < NEAR)?;
    let (sign, way) = if size > 0.0 {
        ("×", "large")
    } else {
        ("÷", "small")
    };
    Some(format!("{sign}{factor}, {factor} times too {way}"))
}

/// What a lasting jump looks like.
fn guess(size: f64) -> String {
    let near = |factor: &f64| (size.abs() - factor.ln()).abs() < NEAR;
    let (split, unit) = (
        SPLITS.into_iter().find(near),
        UNITS.into_iter().skip(1).find(near),
    );
    match (split, unit) {
        (Some(factor), _) => {
            let (new, old) = match factor.fract() == 0.0 {
                true => (factor, 1.0),
                false => (2.0 * factor, 2.0),
            };
            let (new, old) = if size < 0.0 { (new, old) } else { (old, new) };
            format!("a split {new}:{old}, by its size")
        }
        (None, Some(factor)) => {
            let sign = if size > 0.0 { "×" } else { "÷" };
            format!("{sign}{factor}, as if in another unit")
        }
        (None, None) => {
            let factor = size.abs().exp();
            let sign = if size > 0.0 { "×" } else { "÷" };
            format!("{sign}{factor:.2}, which fits no common split or unit")
        }
    }
}

/// Volume that goes over to thousands, or comes from there, for good or for a month at least.
fn volumes(view: &View, report: &mut Report) {
    let Some(volume) = view.find("volume") else {
        return;
    };
    let traded = |row: usize| Some((row, view.value(volume, row).filter(|v| *v > 0.0)?));
    let traded: Vec<(usize, f64)> = view.sound.iter().filter_map(|&row| traded(row)).collect();
    let median = |rows: &[(usize, f64)]| {
        let mut values: Vec<f64> = rows.iter().map(|row| row.1).collect();
        values.sort_unstable_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let mut at = LEVEL;
    while at + LEVEL <= traded.len() {
        // A thousand, give or take three times; a neighbour tells the exact row.
        let step = |at: usize| (traded[at].1 / traded[at - 1].1).ln();
        let size = (median(&traded[at..at + LEVEL]) / median(&traded[at - LEVEL..at])).ln();
        if (size.abs() - 1e3f64.ln()).abs() > 3f64.ln() {
            at += 1;
            continue;
        }
        let near = at..(at + LEVEL).min(traded.len() - 1);
        let exact = near
            .max_by(|&a, &b| (step(a) * size).total_cmp(&(step(b) * size)))
            .unwrap_or(at);
        let sign = if size > 0.0 { "×" } else { "÷" };
        let what = format!(
            "{} goes from {} to {}: {sign}1000, as of shares and thousands of shares",
            view.table.header[volume.index],
            number(traded[exact - 1].1),
            number(traded[exact].1)
        );
        report.add(view, Kind::Jump, traded[exact].0, what);
        at = exact + LEVEL;
    }
}
