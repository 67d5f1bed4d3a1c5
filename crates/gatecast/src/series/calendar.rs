//! On which dates the series will go on.

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
    /// One row every so many months.
    Months(u8),
}

impl Calendar {
    /// Reads the rhythm off the dates.
    ///
    /// Dates a month or more apart are monthly, quarterly or yearly. Otherwise a day of the week
    /// is a session day when it has at least a quarter of the rows of the busiest day: a handful
    /// of make-up Saturdays does not make Saturday one, and a market that is open all week is
    /// seen as such. Fewer than two dates are taken for a market open Monday to Friday.
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
        let mut gaps: Vec<i32> = dates
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).get_days())
            .collect();
        if gaps.is_empty() {
            return Self::Weekdays(MONDAY_TO_FRIDAY);
        }
        gaps.sort_unstable();
        let median = gaps[gaps.len() / 2];
        match median {
            ..=27 => {}
            28..=45 => return Self::Months(1),
            46..=135 => return Self::Months(3),
            136..=270 => return Self::Months(6),
            _ => return Self::Months(12),
        }
        let mut counts = [0usize; 7];
        for date in dates {
            counts[date.weekday().to_monday_zero_offset() as usize] += 1;
        }
        let busiest = counts.iter().copied().max().unwrap_or(0);
        Self::Weekdays(counts.map(|count| count * 4 >= busiest && count > 0))
    }

    /// The `count` dates after `last`, as far as years with four digits go.
    pub fn following(&self, last: Date, count: usize) -> Vec<Date> {
        match *self {
            Self::Weekdays(open) => {
                let mut date = last;
                let mut out = Vec::with_capacity(count);
                // A calendar from a file may claim that no day is open; any day will do then.
                let closed = open == [false; 7];
                while out.len() < count {
                    let Ok(next) = date.tomorrow() else { break };
                    date = next;
                    if closed || open[weekday_index(date.weekday())] {
                        out.push(date);
                    }
                }
                out
            }
            Self::Months(step) => {
                let month_end = last.day() == last.days_in_month();
                let span = |n: usize| -> Option<Span> {
                    Span::new()
                        .try_months(n.checked_mul(step.into())? as i64)
                        .ok()
                };
                (1..=count)
                    .map_while(|n| {
                        let date = last.checked_add(span(n)?).ok()?;
                        Some(if month_end {
                            date.last_of_month()
                        } else {
                            date
                        })
                    })
                    .collect()
            }
        }
    }
}

fn weekday_index(day: Weekday) -> usize {
    day.to_monday_zero_offset() as usize
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
        let weekend = |d: &Date| matches!(d.weekday(), Weekday::Saturday | Weekday::Sunday);
        let every_day = days(date(2018, 3, 3), 56, |_| true);
        let mut with_make_up = days(date(2018, 1, 1), 117, |d| !weekend(d));
        with_make_up.push(date(2018, 3, 31));
        with_make_up.sort();
        with_make_up.dedup();
        let months: Vec<_> = (1..=9).map(|m| date(2017, m, 1).last_of_month()).collect();
        let weeks: Vec<_> = (0..9).map(|w| date(2018, 3, 2) + (7 * w).days()).collect();

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
            next(&months, date(2018, 2, 28), 2),
            [date(2018, 3, 31), date(2018, 4, 30)]
        );
        assert_eq!(
            next(&weeks, friday, 2),
            [date(2018, 5, 4), date(2018, 5, 11)]
        );
        assert_eq!(next(&[], friday, 1), [date(2018, 4, 30)]);
    }

    #[test]
    fn the_end_of_time_ends_the_list() {
        let calendar = Calendar::Weekdays([true; 7]);
        assert_eq!(calendar.following(Date::MAX, 3), []);
        assert_eq!(
            Calendar::Weekdays([false; 7])
                .following(date(2018, 1, 1), 2)
                .len(),
            2
        );
        assert_eq!(Calendar::Months(255).following(Date::MAX, 2), []);
    }
}
