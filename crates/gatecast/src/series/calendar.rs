//! On which dates the series will go on.

use std::num::NonZeroU16;

use jiff::Span;
use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

/// How the dates of a series follow one another, so that forecasts can be dated.
///
/// Holidays are not known; a forecast for a holiday bears the holiday's date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calendar {
    /// Sessions on these days of the week, Monday first.
    Weekdays([bool; 7]),
    /// One row every so many days.
    Days(NonZeroU16),
    /// One row every so many months.
    Months {
        /// So many.
        every: NonZeroU16,
        /// On the last day of the month, not on a certain day.
        at_end: bool,
        /// Never on a weekend: the Friday before takes its place.
        weekdays_only: bool,
    },
}

/// Rows that show a rhythm: the last year or so, since markets change theirs.
const RECENT: usize = 260;

impl Calendar {
    /// Rows after which a season comes round: a week of sessions or days, a year of weeks, months or
    /// quarters; 1 where none is known.
    pub fn period(self) -> usize {
        match self {
            Self::Weekdays(open) => open.iter().filter(|&&open| open).count().max(1),
            Self::Days(days) => match days.get() {
                1 => 7,
                7 => 52,
                _ => 1,
            },
            Self::Months { every, .. } => usize::from(12 / every.get().min(12)),
        }
    }

    /// Reads the rhythm off the last year of dates.
    ///
    /// Dates a month or more apart are monthly, quarterly or yearly. Dates that are nearly always
    /// the same number of days apart, other than one and seven, go on so. Otherwise a day of the
    /// week is a session day when it has at least a quarter of the rows of the busiest day: a
    /// handful of make-up Saturdays does not make Saturday one, and a market that is open all week
    /// is seen as such. Fewer than two dates are taken for a market open Monday to Friday.
    ///
    /// ```
    /// use gatecast::series::{Calendar, sp500};
    ///
    /// let calendar = Calendar::infer(sp500().dates());
    /// let friday = jiff::civil::date(2018, 5, 4);
    /// assert_eq!(calendar.following(friday, 1), [jiff::civil::date(2018, 5, 7)]);
    /// ```
    pub fn infer(dates: &[Date]) -> Self {
        const MONDAY_TO_FRIDAY: [bool; 7] = [true, true, true, true, true, false, false];
        let dates = &dates[dates.len().saturating_sub(RECENT)..];
        let mut gaps: Vec<i32> = dates
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).get_days())
            .collect();
        if gaps.is_empty() {
            return Self::Weekdays(MONDAY_TO_FRIDAY);
        }
        gaps.sort_unstable();
        let median = gaps[gaps.len() / 2];
        let months = match median {
            ..28 => 0,
            28..=45 => 1,
            46..=135 => 3,
            136..=270 => 6,
            _ => 12,
        };
        if let Some(every) = NonZeroU16::new(months) {
            // The last working day is at most three days from the end of the month.
            let near_end = |date: &Date| date.day() + 3 >= date.days_in_month();
            return Self::Months {
                every,
                at_end: dates.iter().all(near_end),
                weekdays_only: !dates.iter().any(|&date| is_weekend(date)),
            };
        }
        let same = gaps.iter().filter(|&&gap| gap == median).count();
        if !matches!(median, 1 | 7)
            && same * 10 >= gaps.len() * 9
            && let Some(days) = u16::try_from(median).ok().and_then(NonZeroU16::new)
        {
            return Self::Days(days);
        }
        let mut counts = [0usize; 7];
        for date in dates {
            counts[weekday_index(*date)] += 1;
        }
        let busiest = counts.iter().copied().max().unwrap_or(0);
        Self::Weekdays(counts.map(|count| count * 4 >= busiest && count > 0))
    }

    /// The `count` dates after `last`; fewer where the years with four digits end.
    pub fn following(&self, last: Date, count: usize) -> Vec<Date> {
        match *self {
            Self::Weekdays(open) => {
                // A calendar from a file may claim that no day is open; any day will do then.
                let closed = open == [false; 7];
                std::iter::successors(last.tomorrow().ok(), |date| date.tomorrow().ok())
                    .filter(|&date| closed || open[weekday_index(date)])
                    .take(count)
                    .collect()
            }
            Self::Days(days) => {
                let next = |date: &Date| date.checked_add(Span::new().days(days.get())).ok();
                std::iter::successors(next(&last), next)
                    .take(count)
                    .collect()
            }
            Self::Months {
                every,
                at_end,
                weekdays_only,
            } => {
                let nth = |n: usize| -> Option<Date> {
                    let months = i64::try_from(n.checked_mul(every.get().into())?).ok()?;
                    let date = last
                        .checked_add(Span::new().try_months(months).ok()?)
                        .ok()?;
                    let date = if at_end { date.last_of_month() } else { date };
                    if weekdays_only && is_weekend(date) {
                        let back = weekday_index(date) - weekday_index(FRIDAY);
                        return date.checked_sub(Span::new().days(back as i64)).ok();
                    }
                    Some(date)
                };
                (1..=count).map_while(nth).collect()
            }
        }
    }
}

/// Any Friday.
const FRIDAY: Date = Date::constant(2018, 4, 27);

fn weekday_index(date: Date) -> usize {
    date.weekday().to_monday_zero_offset() as usize
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;

    fn days(first: Date, count: usize, keep: impl Fn(&Date) -> bool) -> Vec<Date> {
        first.series(1.day()).take(count).filter(keep).collect()
    }

    #[test]
    fn the_rhythm_of_the_dates_goes_on() {
        let friday = date(2018, 4, 27);
        let every_day = days(date(2018, 3, 3), 56, |_| true);
        let mut with_make_up = days(date(2018, 1, 1), 117, |&d| !is_weekend(d));
        with_make_up.push(date(2018, 3, 31));
        with_make_up.sort();
        let month_ends: Vec<_> = (1..=9).map(|m| date(2017, m, 1).last_of_month()).collect();
        let working = |d: Date| {
            if is_weekend(d) {
                d.nth_weekday(-1, Weekday::Friday).unwrap()
            } else {
                d
            }
        };
        let business_month_ends: Vec<_> = month_ends.iter().map(|&d| working(d)).collect();
        let firsts: Vec<_> = (1..=9).map(|m| date(2017, m, 1)).collect();
        let every = |step: i64| {
            (0..40)
                .map(|w| date(2018, 3, 2) + (step * w).days())
                .collect::<Vec<_>>()
        };
        // Saturdays were sessions long ago.
        let mut changed = days(date(2000, 1, 1), 700, |&d| d.weekday() != Weekday::Sunday);
        changed.extend(days(date(2001, 12, 3), 500, |&d| !is_weekend(d)));

        let next = |dates: &[Date], last, n| Calendar::infer(dates).following(last, n);
        assert_eq!(
            next(&with_make_up, friday, 2),
            [date(2018, 4, 30), date(2018, 5, 1)]
        );
        assert_eq!(
            next(&every_day, friday, 2),
            [date(2018, 4, 28), date(2018, 4, 29)]
        );
        assert_eq!(
            next(&month_ends, date(2018, 2, 28), 2),
            [date(2018, 3, 31), date(2018, 4, 30)]
        );
        assert_eq!(
            next(&business_month_ends, date(2018, 5, 31), 2),
            [date(2018, 6, 29), date(2018, 7, 31)]
        );
        assert_eq!(
            next(&firsts, date(2018, 9, 1), 2),
            [date(2018, 10, 1), date(2018, 11, 1)]
        );
        assert_eq!(
            next(&every(7), friday, 2),
            [date(2018, 5, 4), date(2018, 5, 11)]
        );
        assert_eq!(
            next(&every(14), friday, 2),
            [date(2018, 5, 11), date(2018, 5, 25)]
        );
        assert_eq!(next(&every(10), friday, 1), [date(2018, 5, 7)]);
        assert_eq!(next(&changed, friday, 1), [date(2018, 4, 30)]);
        assert_eq!(next(&[], friday, 1), [date(2018, 4, 30)]);
    }

    #[test]
    fn the_end_of_time_ends_the_list() {
        let many = NonZeroU16::MAX;
        assert_eq!(Calendar::Weekdays([true; 7]).following(Date::MAX, 3), []);
        assert_eq!(
            Calendar::Weekdays([false; 7])
                .following(date(2018, 1, 1), 2)
                .len(),
            2
        );
        assert_eq!(Calendar::Days(many).following(Date::MAX, 3), []);
        let months = Calendar::Months {
            every: many,
            at_end: true,
            weekdays_only: true,
        };
        assert_eq!(months.following(Date::MAX, 2), []);
    }
}
