//! Days of the week, days without sessions, and gaps. Holidays are not known here: a gap is a
//! finding only where nothing in the series is like it.

use jiff::civil::{Date, Weekday};

use super::Kind;
use super::report::Report;
use super::shifted::Shift;
use super::view::View;
use crate::series::Calendar;

/// Rows to each side that show which days of the week are session days.
const AROUND: usize = 130;
/// Missing sessions from which on a gap is looked at: markets closed for four after 2001-09-11.
const LONG: usize = 5;
/// Days around the same day of another year in which a holiday that follows the moon may fall.
const SEASON: i32 = 35;
/// Rows of a year, nearly: fewer do not show how long holidays are.
const YEAR: usize = 200;
/// Days around a make-up session in which the days lie that it makes up for.
const MAKE_UP: i32 = 20;

const NAMES: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// The dates that rows have, each once and in order, with its first row.
pub(super) struct Days {
    dates: Vec<Date>,
    rows: Vec<usize>,
    /// Rows before each one on each day of the week.
    before: Vec<[usize; 7]>,
    calendar: Calendar,
}

/// A pair of neighbours that lie apart.
struct Gap {
    /// The one after it.
    at: usize,
    /// Sessions that are missing between them.
    missed: usize,
}

pub(super) fn weekday(date: Date) -> usize {
    date.weekday().to_monday_zero_offset() as usize
}

impl Days {
    pub(super) fn of(view: &View) -> Self {
        let dated = view.order.iter();
        let mut pairs: Vec<(Date, usize)> = dated
            .filter_map(|&row| Some((view.dates[row]?, row)))
            .collect();
        pairs.dedup_by_key(|pair| pair.0);
        let (dates, rows): (Vec<Date>, Vec<usize>) = pairs.into_iter().unzip();
        let mut before = vec![[0; 7]];
        let mut counts = [0; 7];
        for &date in &dates {
            counts[weekday(date)] += 1;
            before.push(counts);
        }
        Self {
            calendar: Calendar::infer(&dates),
            dates,
            rows,
            before,
        }
    }

    /// Rows on each day of the week.
    pub(super) fn weekdays(&self) -> [usize; 7] {
        self.before[self.dates.len()]
    }

    /// How the rows follow one another, in words.
    pub(super) fn rhythm(&self) -> String {
        match self.calendar {
            Calendar::Weekdays(open) => week(open),
            Calendar::Days(days) => format!("every {days} days"),
            Calendar::Months { every, .. } => match every.get() {
                1 => "monthly".into(),
                3 => "quarterly".into(),
                12 => "yearly".into(),
                every => format!("every {every} months"),
            },
        }
    }

    /// Whether there are several sessions a week.
    fn is_daily(&self) -> bool {
        matches!(self.calendar, Calendar::Weekdays(open) if open.iter().filter(|&&o| o).count() > 2)
    }

    /// The session days of the week around a row: those with at least a quarter of the rows of the
    /// busiest.
    fn open(&self, at: usize) -> [bool; 7] {
        let from = self.before[at.saturating_sub(AROUND)];
        let to = self.before[(at + AROUND).min(self.dates.len())];
        let counts: [usize; 7] = std::array::from_fn(|day| to[day] - from[day]);
        let busiest = counts.iter().copied().max().unwrap_or(0);
        counts.map(|count| count > 0 && count * 4 >= busiest)
    }

    /// Whether another year has rows around the same day.
    fn other_years(&self, date: Date) -> bool {
        (1..200).any(|years| {
            let mut full = [-years, years].into_iter().filter_map(|years| {
                let ahead = |days: i32| {
                    let days = years * 365 + days;
                    date.checked_add(jiff::Span::new().try_days(days).ok()?)
                        .ok()
                };
                let (from, to) = (ahead(-SEASON)?, ahead(SEASON)?);
                let before = |end: Date| self.dates.partition_point(|&date| date < end);
                Some(before(to) - before(from) >= SEASON as usize)
            });
            full.any(|full| full)
        })
    }

    /// A row whose date cannot be read takes the place of a session.
    fn gaps(&self, view: &View) -> Vec<Gap> {
        let pairs = self.dates.windows(2).enumerate();
        pairs
            .filter_map(|(index, pair)| {
                let apart = (pair[1] - pair[0]).get_days() as usize;
                if apart < 2 {
                    return None;
                }
                let open = self.open(index + 1);
                let first = weekday(pair[0]);
                // Whole weeks first: a wrong date may be centuries away.
                let a_week = open.iter().filter(|&&open| open).count();
                let between = apart - 1;
                let rest = (1..=between % 7).filter(|day| open[(first + day) % 7]);
                let missed = between / 7 * a_week + rest.count();
                let (a, b) = (self.rows[index], self.rows[index + 1]);
                let undated = (a.min(b)..a.max(b)).filter(|&row| view.dates[row].is_none());
                let missed = missed.saturating_sub(undated.count());
                (missed > 0).then_some(Gap {
                    at: index + 1,
                    missed,
                })
            })
            .collect()
    }
}

/// Days of the week in words.
pub(super) fn week(open: [bool; 7]) -> String {
    let days: Vec<usize> = (0..7).filter(|&day| open[day]).collect();
    match days[..] {
        [] => "no day of the week".into(),
        [_, _, _, _, _, _, _] => "every day of the week".into(),
        [only] => format!("weekly, on {}", NAMES[only]),
        [first, .., last] if days.len() > 2 && last - first + 1 == days.len() => {
            format!("{} to {}", NAMES[first], NAMES[last])
        }
        _ => match (0..7).find(|&day| open[day] && !open[(day + 6) % 7]) {
            // Around the end of the week: Sunday to Thursday.
            Some(first) if (0..days.len()).all(|n| open[(first + n) % 7]) && days.len() > 2 => {
                let last = (first + days.len() - 1) % 7;
                format!("{} to {}", NAMES[first], NAMES[last])
            }
            _ => {
                let names: Vec<&str> = days.iter().map(|&day| NAMES[day]).collect();
                names.join(", ")
            }
        },
    }
}

pub(super) fn check(view: &View, shift: &Shift, report: &mut Report) {
    super::order::check(view, report);
    let days = Days::of(view);
    if !days.is_daily() {
        uneven(view, &days, report);
        return;
    }
    let gaps = days.gaps(view);
    off_days(view, &days, &gaps, shift, report);
    missing(view, &days, &gaps, shift, report);
}

/// Rows on days of the week that have none around them. Markets make up for bridge days on the day
/// after their week ends, so such a row is taken for a session where there are several of them or
/// where two sessions or more are missing near by.
fn off_days(view: &View, days: &Days, gaps: &[Gap], shift: &Shift, report: &mut Report) {
    let mut off: Vec<(usize, [bool; 7])> = Vec::new();
    for at in 0..days.dates.len() {
        let row = days.rows[at];
        let open = days.open(at);
        let told = view.ghost[row] || view.null[row] || shift.holds(days.dates[at]);
        if !open[weekday(days.dates[at])] && !told {
            off.push((at, open));
        }
    }
    let mut counts = [0; 7];
    for (at, _) in &off {
        counts[weekday(days.dates[*at])] += 1;
    }
    let bridged = |date: Date| {
        gaps.iter().any(|gap| {
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
    for (index, gap) in gaps.iter().enumerate() {
        let others = || gaps.iter().enumerate().filter(move |(i, _)| *i != index);
        let (from, to) = (days.dates[gap.at - 1], days.dates[gap.at]);
        // Of another year around the same day.
        let alike = others().filter(|(_, other)| {
            let apart = (days.dates[other.at] - to).get_days().abs();
            apart > SEASON && (apart % 365).min(365 - apart % 365) <= SEASON
        });
        let alike = alike.map(|(_, other)| other.missed).max().unwrap_or(0);
        let compared = days.other_years(to);
        // A market has holidays; a series without any is made up, or of one that never closes.
        let elsewhere = total - gap.missed;
        let closes_never = days.dates.len() > YEAR && elsewhere * AROUND < days.dates.len();
        let unusual = match compared {
            true => gap.missed >= LONG && gap.missed > 2 * alike.max(2),
            // It may be the year's only long holiday: Lunar New Year takes up to eight sessions.
            false => gap.missed >= 2 * LONG && gap.missed > 2 * alike,
        };
        if unusual || closes_never && shift.is_none() {
            let sessions = if gap.missed == 1 {
                "session"
            } else {
                "sessions"
            };
            let what = format!("{} {sessions} missing after {from}", gap.missed);
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
