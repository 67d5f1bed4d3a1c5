//! Dates a day early or late: weeks that run Sunday to Thursday, or Tuesday to Saturday, where
//! Monday to Friday is meant. Moments at midnight of one time zone become such dates in another.

use jiff::civil::Date;

use super::days::weekday;
use super::findings::Kind;
use super::report::Report;
use super::view::View;

/// Weeks that must be so one after the other: holidays and make-up sessions make one or two.
const WEEKS: usize = 3;
/// Rows that show what a week is like.
const ROWS: usize = 4;

/// What was found.
#[derive(Default)]
pub(super) struct Shift {
    /// Dates that are shifted.
    stretches: Vec<(Date, Date)>,
    /// Days to add, where it is all of them.
    pub(super) all: Option<i8>,
}

impl Shift {
    pub(super) fn is_none(&self) -> bool {
        self.stretches.is_empty()
    }

    /// Whether a date lies in a stretch that is shifted.
    pub(super) fn holds(&self, date: Date) -> bool {
        // They are in order and do not overlap.
        let at = self.stretches.partition_point(|(_, to)| *to < date);
        self.stretches
            .get(at)
            .is_some_and(|(from, _)| *from <= date)
    }
}

/// The rows of a week that starts on Sunday.
struct Week {
    rows: Vec<usize>,
    days: [bool; 7],
}

impl Week {
    /// Days that would put it right.
    fn shift(&self) -> Option<i8> {
        let [
            monday,
            tuesday,
            wednesday,
            thursday,
            friday,
            saturday,
            sunday,
        ] = self.days;
        match () {
            () if sunday && monday && !friday && !saturday => Some(1),
            () if saturday && friday && !monday && !sunday => Some(-1),
            () => None,
        }
        .filter(|_| tuesday || wednesday || thursday)
    }
}

pub(super) fn find(view: &View) -> Shift {
    check(view, &mut Report::default())
}

pub(super) fn check(view: &View, report: &mut Report) -> Shift {
    let weeks = weeks(view);
    let mut shift = Shift::default();
    let full: Vec<&Week> = weeks
        .iter()
        .filter(|week| week.rows.len() >= ROWS)
        .collect();
    for run in full.chunk_by(|a, b| a.shift() == b.shift()) {
        let Some(by) = run.first().and_then(|week| week.shift()) else {
            continue;
        };
        if run.len() < WEEKS {
            continue;
        }
        let rows = || run.iter().flat_map(|week| &week.rows);
        let (Some(&from), Some(&to)) = (rows().next(), rows().next_back()) else {
            continue;
        };
        let pattern = if by > 0 {
            "Sunday to Thursday"
        } else {
            "Tuesday to Saturday"
        };
        let everywhere = is_everywhere(&weeks, by);
        if everywhere {
            let (Some(first), Some(last)) = (view.order.first(), view.order.last()) else {
                continue;
            };
            let (late, move_to) = if by > 0 {
                ("early", "later")
            } else {
                ("late", "earlier")
            };
            let what = format!(
                "all {} dates seem a day {late}: their weeks run {pattern}, and one day {move_to} Monday to Friday",
                view.order.len()
            );
            report.add(view, Kind::ShiftedDates, *first, what);
            if let (Some(from), Some(to)) = (view.day(*first), view.day(*last)) {
                shift.stretches = vec![(from, to)];
            }
            shift.all = Some(by);
            return shift;
        }
        let what = format!(
            "from here to {} the weeks run {pattern}, elsewhere not",
            view.table.place(to)
        );
        report.add(view, Kind::ShiftedDates, from, what);
        if let (Some(from), Some(to)) = (view.day(from), view.day(to)) {
            shift.stretches.push((from, to));
        }
    }
    shift
}

/// Whether all dates are shifted. Make-up sessions then lie on a day of the usual week, which makes
/// a week look right here and there, but not two in a row.
fn is_everywhere(weeks: &[Week], by: i8) -> bool {
    let count = |day: usize| weeks.iter().filter(|week| week.days[day]).count();
    // Days that have no row when all are shifted: one by make-up sessions only, one by none; and the
    // day that has rows only when they are.
    let (seldom, never, shifted) = if by > 0 { (4, 5, 6) } else { (6, 0, 5) };
    let right = |week: &&Week| week.days[seldom] && !week.days[shifted];
    let two = weeks
        .windows(2)
        .any(|pair| pair.iter().all(|week| right(&week)));
    count(never) == 0 && count(seldom) * 10 < count(shifted) && !two
}

fn weeks(view: &View) -> Vec<Week> {
    let mut weeks: Vec<(Date, Week)> = Vec::new();
    for &row in &view.sound {
        let Some(date) = view.day(row) else {
            continue;
        };
        let day = weekday(date);
        // Days since Sunday.
        let since = jiff::Span::new().days(((day + 1) % 7) as i64);
        let start = date.checked_sub(since).unwrap_or(date);
        match weeks.last_mut() {
            Some((last, week)) if *last == start => {
                week.rows.push(row);
                week.days[day] = true;
            }
            _ => {
                let mut days = [false; 7];
                days[day] = true;
                weeks.push((
                    start,
                    Week {
                        rows: vec![row],
                        days,
                    },
                ));
            }
        }
    }
    weeks.into_iter().map(|(_, week)| week).collect()
}
