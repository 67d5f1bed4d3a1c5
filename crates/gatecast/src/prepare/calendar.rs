//! What the date of a row tells, and is known long before the row: a covariate of the future. What
//! this file is not: it knows no values, and reads no date after the row's.

use serde::{Deserialize, Serialize};

use crate::series::{Rhythm, Stamp};

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
    /// The time of day as a place on a circle: sine and cosine.
    Hour,
    /// The minute of the hour as a place on a circle: sine and cosine.
    Minute,
    /// The day of the month as a place on a circle: sine and cosine.
    DayOfMonth,
    /// The week of the year as a place on a circle: sine and cosine.
    Week,
    /// Four numbers, of which one is 1.
    Quarter,
}

impl CalendarFeature {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::DayOfWeek,
        Self::Month,
        Self::TurnOfMonth,
        Self::Hour,
        Self::Minute,
        Self::DayOfMonth,
        Self::Week,
        Self::Quarter,
    ];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::DayOfWeek => "day-of-week",
            Self::Month => "month",
            Self::TurnOfMonth => "turn-of-month",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::DayOfMonth => "day-of-month",
            Self::Week => "week",
            Self::Quarter => "quarter",
        }
    }

    /// Numbers that it is for a row.
    pub fn width(self) -> usize {
        match self {
            Self::DayOfWeek => 7,
            Self::Month | Self::Hour | Self::Minute | Self::DayOfMonth | Self::Week => 2,
            Self::TurnOfMonth => 1,
            Self::Quarter => 4,
        }
    }

    /// What the date of row `row` of `dates` tells. Whether a session is the last of its month is
    /// told by `rhythm`, never by the row after it: of the last row to forecast there is none, and a
    /// network has to be served what it was trained on.
    ///
    /// ```
    /// use gatecast::prepare::CalendarFeature;
    /// use gatecast::series::{Rhythm, Stamp};
    /// use jiff::civil::date;
    ///
    /// let dates = [date(2018, 4, 27), date(2018, 4, 30), date(2018, 5, 2)].map(Stamp::from);
    /// let weekdays = Rhythm::infer(&dates, None);
    /// let turn = |row| CalendarFeature::TurnOfMonth.of(&dates, row, &weekdays)[0];
    /// assert_eq!([turn(0), turn(1), turn(2)], [0.0, 1.0, 1.0]);
    /// ```
    pub fn of(self, stamps: &[Stamp], row: usize, rhythm: &Rhythm) -> Vec<f64> {
        let Some(local) = stamps[row].local() else {
            return vec![0.0; self.width()];
        };
        let date = local.date();
        let circle = |place: f64| {
            let angle = std::f64::consts::TAU * place;
            vec![angle.sin(), angle.cos()]
        };
        let one_of = |count: usize, this: usize| {
            let one = |other| f64::from(u8::from(other == this));
            (0..count).map(one).collect()
        };
        let minute = (f64::from(local.minute()) + f64::from(local.second()) / 60.0) / 60.0;
        match self {
            Self::DayOfWeek => one_of(
                7,
                usize::from(date.weekday().to_monday_zero_offset().unsigned_abs()),
            ),
            Self::Month => circle(f64::from(date.month() - 1) / 12.0),
            Self::Hour => circle((f64::from(local.hour()) + minute) / 24.0),
            Self::Minute => circle(minute),
            Self::DayOfMonth => circle(f64::from(date.day() - 1) / f64::from(date.days_in_month())),
            Self::Week => circle(f64::from(date.day_of_year() - 1) / 7.0 / 53.0),
            Self::Quarter => one_of(4, usize::from(date.month().unsigned_abs() - 1) / 3),
            Self::TurnOfMonth => {
                let month = |stamp: &Stamp| stamp.date().map(|date| (date.year(), date.month()));
                let this = month(&stamps[row]);
                let last = rhythm
                    .next(stamps[row])
                    .is_none_or(|next| month(&next) != this);
                let session = stamps[..row]
                    .iter()
                    .rev()
                    .take_while(|other| month(other) == this)
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
        let monday = [Stamp::from(date(2018, 4, 30))];
        let weekdays = &Rhythm::infer(&[], None);
        assert_eq!(
            CalendarFeature::DayOfWeek.of(&monday, 0, weekdays),
            [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
        );
        let april = CalendarFeature::Month.of(&monday, 0, weekdays);
        assert!(
            (april[0] - 1.0).abs() < 1e-12 && april[1].abs() < 1e-12,
            "{april:?}"
        );
        let dates: Vec<Stamp> = [26, 27, 30]
            .map(|d| date(2018, 4, d))
            .into_iter()
            .chain([2, 3, 4, 7].map(|d| date(2018, 5, d)))
            .map(Stamp::from)
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
        let weekdays = &Rhythm::infer(&[], None);
        let mut dates: Vec<Stamp> = (23..=30).map(|day| date(2018, 4, day).into()).collect();
        let before: Vec<_> = CalendarFeature::ALL
            .map(|feature| feature.of(&dates, 4, weekdays))
            .to_vec();
        dates.truncate(5);
        dates.push(date(2018, 6, 1).into());
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
