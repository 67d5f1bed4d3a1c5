//! An axis of dates with a tick at the beginning of days, months or years.

use std::ops::Range;

use jiff::civil::{Date, date};
use jiff::{Span, ToSpan, Unit};
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

/// Days since 1970-01-01.
pub(super) fn day_number(day: Date) -> i32 {
    date(1970, 1, 1)
        .until((Unit::Day, day))
        .map_or(0, |span| span.get_days())
}

fn day(number: i32) -> Option<Date> {
    date(1970, 1, 1)
        .checked_add(Span::new().try_days(number).ok()?)
        .ok()
}

/// The axis: from the first day to the last.
#[derive(Clone, Debug)]
pub(super) struct Days {
    first: i32,
    last: i32,
}

impl Days {
    /// From the first of ascending dates to the last; one date alone gets a day on each side.
    pub(super) fn of(dates: &[Date]) -> Self {
        let first = dates.first().map_or(0, |&date| day_number(date));
        let last = dates.last().map_or(0, |&date| day_number(date));
        if first < last {
            Self { first, last }
        } else {
            Self {
                first: first - 1,
                last: first + 1,
            }
        }
    }
}

impl Ranged for Days {
    type FormatOption = NoDefaultFormatting;
    type ValueType = i32;

    fn map(&self, value: &i32, limit: (i32, i32)) -> i32 {
        let share = f64::from(value - self.first) / f64::from(self.last - self.first);
        limit.0 + (share * f64::from(limit.1 - limit.0)).round() as i32
    }

    /// The finest of the steps below that gives no more ticks than are wanted.
    fn key_points<Hint: KeyPointHint>(&self, hint: Hint) -> Vec<i32> {
        let most = hint.max_num_points();
        let days = [1, 2, 7, 14].map(|n| (n, n.days()));
        let months = [1, 2, 3, 6].map(|n| (n * 30, i64::from(n).months()));
        let years = [1, 2, 5, 10, 20, 50, 100, 500].map(|n| (n * 365, i64::from(n).years()));
        let length = self.last - self.first;
        let steps = days.into_iter().chain(months).chain(years);
        for (approximate, step) in steps {
            if (length / approximate) as usize + 1 > most.max(2) {
                continue;
            }
            let Some(start) = day(self.first) else { break };
            let start = match approximate {
                ..30 => start,
                30..365 => start.first_of_month(),
                _ => start.first_of_year(),
            };
            return start
                .series(step)
                .map(day_number)
                .take_while(|&day| day <= self.last)
                .filter(|&day| day >= self.first)
                .collect();
        }
        vec![self.first, self.last]
    }

    fn range(&self) -> Range<i32> {
        self.first..self.last
    }
}

impl ValueFormatter<i32> for Days {
    fn format(value: &i32) -> String {
        day(*value).map_or_else(String::new, |day| day.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
            let axis = Days::of(&[first, last]);
            let ticks = axis.key_points(BoldPoints(12));
            assert!(
                ticks.len() <= 12 && ticks.len() >= 3,
                "{first}: {} ticks",
                ticks.len()
            );
            let found: Vec<String> = ticks.iter().take(3).map(Days::format).collect();
            assert_eq!(found.join(" "), want);
        }
        assert_eq!(Days::of(&[]).key_points(BoldPoints(5)).len(), 3);
        Days::of(&[Date::MIN, Date::MAX]).key_points(BoldPoints(5));
    }
}
