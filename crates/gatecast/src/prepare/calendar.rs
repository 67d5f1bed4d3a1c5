//! What the date of a row tells, and is known long before the row: a covariate of the future. What
//! this file is not: it knows no values, and reads no date after the row's.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::series::Calendar;

/// Something that a date tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CalendarFeature {
    /// Seven numbers, of which one is 1.
    DayOfWeek,
    /// The month as a place on a circle: sine and cosine.
    Month,
    /// 1 on the last session of a month and on the first three, 0 otherwise (Ariel 1987; Lakonishok &
    /// Smidt 1988).
    TurnOfMonth,
}

impl CalendarFeature {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::DayOfWeek, Self::Month, Self::TurnOfMonth];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::DayOfWeek => "day-of-week",
            Self::Month => "month",
            Self::TurnOfMonth => "turn-of-month",
        }
    }

    /// Numbers that it is for a row.
    pub fn width(self) -> usize {
        match self {
            Self::DayOfWeek => 7,
            Self::Month => 2,
            Self::TurnOfMonth => 1,
        }
    }

    /// What the date of row `row` of `dates` tells. Whether a session is the last of its month is
    /// told by `rhythm`, never by the row after it: of the last row to forecast there is none, and a
    /// network has to be served what it was trained on.
    ///
    /// ```
    /// use gatecast::prepare::CalendarFeature;
    /// use gatecast::series::Calendar;
    /// use jiff::civil::date;
    ///
    /// let dates = [date(2018, 4, 27), date(2018, 4, 30), date(2018, 5, 2)];
    /// let weekdays = Calendar::infer(&dates);
    /// let turn = |row| CalendarFeature::TurnOfMonth.of(&dates, row, weekdays)[0];
    /// assert_eq!([turn(0), turn(1), turn(2)], [0.0, 1.0, 1.0]);
    /// ```
    pub fn of(self, dates: &[Date], row: usize, rhythm: Calendar) -> Vec<f64> {
        let date = dates[row];
        match self {
            Self::DayOfWeek => {
                let today = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
                (0..7)
                    .map(|day| f64::from(u8::from(day == today)))
                    .collect()
            }
            Self::Month => {
                let angle = std::f64::consts::TAU * f64::from(date.month() - 1) / 12.0;
                vec![angle.sin(), angle.cos()]
            }
            Self::TurnOfMonth => {
                let same =
                    |other: &Date| (other.year(), other.month()) == (date.year(), date.month());
                let last = !rhythm.following(date, 1).iter().all(same);
                let session = dates[..row]
                    .iter()
                    .rev()
                    .take_while(|other| same(other))
                    .take(3)
                    .count();
                // The first date's place in its month is not known.
                let begun = session < 3 && session < row;
                vec![f64::from(u8::from(last || begun))]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_date_tells_what_it_should() {
        let monday = [date(2018, 4, 30)];
        let weekdays = Calendar::infer(&[]);
        assert_eq!(
            CalendarFeature::DayOfWeek.of(&monday, 0, weekdays),
            [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
        );
        let april = CalendarFeature::Month.of(&monday, 0, weekdays);
        assert!(
            (april[0] - 1.0).abs() < 1e-12 && april[1].abs() < 1e-12,
            "{april:?}"
        );
        let dates: Vec<Date> = [26, 27, 30]
            .map(|d| date(2018, 4, d))
            .into_iter()
            .chain([2, 3, 4, 7].map(|d| date(2018, 5, d)))
            .collect();
        let turns: Vec<f64> = (0..7)
            .flat_map(|row| CalendarFeature::TurnOfMonth.of(&dates, row, weekdays))
            .collect();
        assert_eq!(turns, [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
        for feature in CalendarFeature::ALL {
            assert_eq!(
                feature.of(&dates, 1, weekdays).len(),
                feature.width(),
                "{}",
                feature.name()
            );
        }
    }

    #[test]
    fn no_date_after_the_row_is_read() {
        let weekdays = Calendar::infer(&[]);
        let mut dates: Vec<Date> = (23..=30).map(|day| date(2018, 4, day)).collect();
        let before: Vec<_> = CalendarFeature::ALL
            .map(|feature| feature.of(&dates, 4, weekdays))
            .to_vec();
        dates.truncate(5);
        dates.push(date(2018, 6, 1));
        for (feature, before) in CalendarFeature::ALL.iter().zip(before) {
            assert_eq!(
                feature.of(&dates, 4, weekdays),
                before,
                "{}",
                feature.name()
            );
        }
    }
}
