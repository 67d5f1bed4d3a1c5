//! Days of the week, days without sessions, and gaps. Holidays are not known here: a gap is a
//! finding only where nothing in the series is like it.

use jiff::civil::{Date, Weekday};

use super::days::{AROUND, Days, Gap, NAMES, SEASON, week, weekday};
use super::findings::Kind;
use super::report::Report;
use super::shifted::Shift;
use super::view::View;

/// Missing sessions from which on a gap is looked at: markets closed for four after 2001-09-11.
const LONG: usize = 5;
/// Rows of a year, nearly: fewer do not show how long holidays are.
const YEAR: usize = 200;
/// Long gaps beyond which they are the rule.
const MANY: usize = 200;
/// Days around a make-up session in which the days lie that it makes up for.
const MAKE_UP: i32 = 20;
/// Rows that show the week.
const ENOUGH: usize = 60;

pub(super) fn check(view: &View, shift: &Shift, report: &mut Report) {
    super::order::check(view, report);
    let days = Days::of(view);
    if !days.is_daily() {
        let (lacking, all) = days.lacking;
        if lacking > 0 {
            let share = 100.0 * lacking as f64 / all as f64;
            report.remark(format!(
                "{lacking} of {all} steps have no row ({share:.1} %)"
            ));
        }
        if Days::are_days(view) {
            uneven(view, &days, report);
        }
        return;
    }
    let gaps = days.gaps(view);
    off_days(view, &days, &gaps, shift, report);
    missing(view, &days, &gaps, shift, report);
}

/// Rows on days of the week that have none around them. Markets make up for bridge days on the day
/// after their week ends, so such a row is taken for a session where there are several of them or
/// where two sessions or more are missing near by, or may be.
fn off_days(view: &View, days: &Days, gaps: &[Gap], shift: &Shift, report: &mut Report) {
    let mut off: Vec<(usize, [bool; 7])> = Vec::new();
    for at in 0..days.dates.len() {
        let row = days.rows[at];
        let open = days.open(at);
        let reported = view.ghost[row] || view.null[row] || shift.holds(days.dates[at]);
        if !open[weekday(days.dates[at])] && !reported {
            off.push((at, open));
        }
    }
    let mut counts = [0; 7];
    for (at, _) in &off {
        counts[weekday(days.dates[*at])] += 1;
    }
    let edges = [days.dates.first(), days.dates.last()];
    let bridged = |date: Date| {
        // The bridge may lie outside a file that is long enough to know its week.
        let near = |edge: &Date| (*edge - date).get_days().abs() <= MAKE_UP;
        let at_edge = days.dates.len() > ENOUGH && edges.into_iter().flatten().any(near);
        at_edge
            || gaps.iter().any(|gap| {
                let near = |other: Date| (other - date).get_days().abs() <= MAKE_UP;
                gap.missed >= 2 && (near(days.dates[gap.at]) || near(days.dates[gap.at - 1]))
            })
    };
    let repeats = |at: usize| {
        at > 0 && super::order::differing(view, days.rows[at - 1], days.rows[at]).is_none()
    };
    let mut made_up = [0; 7];
    for (at, open) in off {
        let date = days.dates[at];
        let day = weekday(date);
        let after_week = open[(day + 6) % 7] && date.weekday() != Weekday::Sunday;
        if after_week && (counts[day] > 2 || bridged(date)) && !repeats(at) {
            made_up[day] += 1;
            continue;
        }
        let same = if repeats(at) {
            ", with the values of the row before"
        } else {
            ""
        };
        let what = format!("a {}{same}; sessions are {}", NAMES[day], week(open));
        report.add(view, Kind::OffDay, days.rows[at], what);
    }
    for (day, count) in made_up.into_iter().enumerate().filter(|(_, n)| *n > 0) {
        let rows = if count == 1 { "row lies" } else { "rows lie" };
        report.remark(format!(
            "{count} {rows} on a {}, taken for make-up sessions",
            NAMES[day]
        ));
    }
}

/// Gaps that nothing in the series is like.
fn missing(view: &View, days: &Days, gaps: &[Gap], shift: &Shift, report: &mut Report) {
    let total: usize = gaps.iter().map(|gap| gap.missed).sum();
    let Some(longest) = gaps.iter().max_by_key(|gap| gap.missed) else {
        return;
    };
    let long: Vec<&Gap> = gaps.iter().filter(|gap| gap.missed >= LONG).collect();
    let common = gaps
        .iter()
        .filter(|gap| gap.missed >= 2)
        .collect::<Vec<_>>();
    for gap in gaps {
        // A market has holidays; a series without any is made up, or of one that never closes.
        let elsewhere = total - gap.missed;
        let closes_never = days.dates.len() > YEAR && elsewhere * AROUND < days.dates.len();
        // Where long gaps are many, they are usual.
        let unusual = gap.missed >= LONG && long.len() <= MANY && is_unusual(days, gap, &common);
        if unusual || closes_never && shift.is_none() {
            let sessions = match gap.missed {
                1 => "1 session".into(),
                missed => format!("{missed} sessions"),
            };
            let after = days.dates[gap.at - 1];
            let what = format!("{sessions} missing after {after}");
            report.add(view, Kind::MissingSessions, days.rows[gap.at], what);
        }
    }
    let days_have = if total == 1 {
        "day of the usual week has"
    } else {
        "days of the usual week have"
    };
    let longest = match longest.missed {
        1 => String::new(),
        missed => format!(
            ", {missed} of them between {} and {}",
            days.dates[longest.at - 1],
            days.dates[longest.at],
        ),
    };
    report.remark(format!(
        "{total} {days_have} no row{longest}; holidays are not known"
    ));
}

/// Whether no gap around the same day of another year is nearly as long.
fn is_unusual(days: &Days, gap: &Gap, gaps: &[&Gap]) -> bool {
    let date = days.dates[gap.at];
    let alike = gaps.iter().filter(|other| {
        let apart = (days.dates[other.at] - date).get_days().abs();
        apart > SEASON && (apart % 365).min(365 - apart % 365) <= SEASON
    });
    let alike = alike.map(|other| other.missed).max().unwrap_or(0);
    match days.other_years(date) {
        true => gap.missed > 2 * alike.max(2),
        // It may be the year's only long holiday: Lunar New Year takes up to eight sessions.
        false => gap.missed >= 2 * LONG && gap.missed > 2 * alike,
    }
}

/// Rows that are a week or more apart come at even steps; a step that is much longer has a gap.
fn uneven(view: &View, days: &Days, report: &mut Report) {
    let apart = |at: usize| (days.dates[at] - days.dates[at - 1]).get_days();
    let mut steps: Vec<i32> = (1..days.dates.len()).map(apart).collect();
    steps.sort_unstable();
    let Some(&usual) = steps.get(steps.len() / 2).filter(|_| steps.len() > 3) else {
        return;
    };
    let gap = |at: &usize| apart(*at) * 10 > usual * 17;
    let found: Vec<usize> = (1..days.dates.len()).filter(gap).collect();
    if found.len() * 20 > days.dates.len() {
        return;
    }
    for at in found {
        let what = format!(
            "{} days after {}, where {usual} are usual",
            apart(at),
            days.dates[at - 1]
        );
        report.add(view, Kind::MissingSessions, days.rows[at], what);
    }
}
