//! An axis of time with a tick at the beginning of minutes, hours, days, months or years, or of row
//! numbers.

use std::ops::Range;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, ToSpan};
use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint, Ranged};

use crate::series::{Stamp, Unit};

const DAY: i64 = 86_400;

/// Seconds since 1970 by the local clock; of a row number, so many days.
pub(super) fn place(stamp: Stamp) -> i64 {
    (stamp.position() * DAY as f64).round() as i64
}

/// The axis: from the first moment to the last.
#[derive(Clone, Debug)]
pub(super) struct Days {
    first: i64,
    last: i64,
    unit: Unit,
}

impl Days {
    /// From the first of ascending stamps to the last; one alone gets a day on each side.
    pub(super) fn of(stamps: &[Stamp]) -> Self {
        let first = stamps.first().map_or(0, |&stamp| place(stamp));
        let last = stamps.last().map_or(0, |&stamp| place(stamp));
        let unit = stamps.first().map_or(Unit::Day, |stamp| stamp.unit());
        if first < last {
            Self { first, last, unit }
        } else {
            Self {
                first: first - DAY,
                last: first + DAY,
                unit,
            }
        }
    }

    /// The same with a little room after the last moment.
    pub(super) fn with_room(self) -> Self {
        let room = match self.unit {
            Unit::Time | Unit::Instant => (self.last - self.first) / 100,
            _ => ((self.last - self.first) / DAY / 100 + 1) * DAY,
        };
        Self {
            last: self.last + room,
            ..self
        }
    }

    /// A moment as the axis labels it.
    pub(super) fn label(&self, value: i64) -> String {
        let Some(moment) = moment(value) else {
            return String::new();
        };
        match self.unit {
            Unit::Row => (value / DAY).to_string(),
            Unit::Year => moment.year().to_string(),
            Unit::Month | Unit::Quarter => moment.strftime("%Y-%m").to_string(),
            Unit::Time | Unit::Instant if value.rem_euclid(DAY) != 0 => {
                moment.strftime("%m-%d %H:%M").to_string()
            }
            _ => moment.date().to_string(),
        }
    }
}

fn moment(value: i64) -> Option<DateTime> {
    let epoch = Date::constant(1970, 1, 1).at(0, 0, 0, 0);
    epoch.checked_add(SignedDuration::from_secs(value)).ok()
}

impl Ranged for Days {
    type FormatOption = DefaultFormatting;
    type ValueType = i64;

    fn map(&self, value: &i64, limit: (i32, i32)) -> i32 {
        let share = (value - self.first) as f64 / (self.last - self.first) as f64;
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    /// The finest of the steps below that gives no more ticks than are wanted.
    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<i64> {
        let most = hint.max_num_points().max(2) as i64;
        let length = self.last - self.first;
        let fits = |step: i64| length / step < most;
        if self.unit == Unit::Row {
            let sizes = (0..13).flat_map(|power| [1, 2, 5].map(|n| n * 10i64.pow(power) * DAY));
            let step = sizes
                .into_iter()
                .find(|&step| fits(step))
                .unwrap_or(length.max(1));
            let start = self.first.div_euclid(step) * step;
            let ticks = (0..).map(|tick| start + tick * step);
            let ticks = ticks.take_while(|&tick| tick <= self.last);
            return ticks.filter(|&tick| tick >= self.first).collect();
        }
        let minutes = [1, 2, 5, 10, 15, 30].map(|n| (n * 60, n.minutes()));
        let hours = [1, 2, 3, 6, 12].map(|n| (n * 3600, n.hours()));
        let days = [1, 2, 7, 14].map(|n| (n * DAY, n.days()));
        let months = [1, 2, 3, 6].map(|n| (n * 30 * DAY, n.months()));
        let years = [1, 2, 5, 10, 20, 50, 100, 500].map(|n| (n * 365 * DAY, n.years()));
        let within_days = match self.unit {
            Unit::Time | Unit::Instant => Some(minutes.into_iter().chain(hours)),
            _ => None,
        };
        let steps = within_days
            .into_iter()
            .flatten()
            .chain(days)
            .chain(months)
            .chain(years);
        for (approximate, step) in steps {
            if !fits(approximate) {
                continue;
            }
            let Some(start) = moment(self.first) else {
                break;
            };
            let start = match approximate {
                ..DAY => {
                    let since = self.first.rem_euclid(DAY) % approximate;
                    moment(self.first - since).unwrap_or(start)
                }
                _ if approximate < 30 * DAY => start.date().at(0, 0, 0, 0),
                _ if approximate < 365 * DAY => start.date().first_of_month().at(0, 0, 0, 0),
                _ => start.date().first_of_year().at(0, 0, 0, 0),
            };
            return start
                .series(step)
                .map(|moment| place(Stamp::from(moment)))
                .take_while(|&tick| tick <= self.last)
                .filter(|&tick| tick >= self.first)
                .collect();
        }
        vec![self.first, self.last]
    }

    fn range(&self) -> Range<i64> {
        self.first..self.last
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use plotters::coord::ranged1d::BoldPoints;

    #[test]
    fn ticks_fall_on_beginnings_and_never_crowd() {
        for (first, last, want) in [
            (
                date(2018, 1, 17),
                date(2018, 4, 27),
                "2018-01-17 2018-01-31 2018-02-14",
            ),
            (
                date(2017, 1, 3),
                date(2018, 4, 27),
                "2017-03-01 2017-05-01 2017-07-01",
            ),
            (
                date(2004, 2, 11),
                date(2020, 12, 31),
                "2006-01-01 2008-01-01 2010-01-01",
            ),
            (
                date(2018, 1, 1),
                date(2018, 1, 4),
                "2018-01-01 2018-01-02 2018-01-03",
            ),
        ] {
            let axis = Days::of(&[Stamp::from(first), Stamp::from(last)]);
            let ticks = axis.key_points(BoldPoints(12));
            assert!(
                ticks.len() <= 12 && ticks.len() >= 3,
                "{first}: {} ticks",
                ticks.len()
            );
            let found: Vec<String> = ticks.iter().take(3).map(|&tick| axis.label(tick)).collect();
            assert_eq!(found.join(" "), want);
        }
        assert_eq!(Days::of(&[]).key_points(BoldPoints(5)).len(), 3);
        Days::of(&[Stamp::from(Date::MIN), Stamp::from(Date::MAX)]).key_points(BoldPoints(5));
    }
}
