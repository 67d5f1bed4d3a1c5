//! Columns of another file, laid beside those of a series by their dates and with nothing from the future:
//! what a row of the other file tells counts for the first row of the series at or after it. What this file is
//! not: it opens no files (`panel` does).

use super::gather::rows_are;
use super::{Column, Fault, Series, Unit, columns};
use crate::error::{Error, Result, fail};

/// The column of another file that says how many things each of its rows is of.
const COUNT: &str = "count";

impl Series {
    /// The same rows with the columns of `other` beside them, such as those of the news. A row of `other` counts
    /// for the first row at or after it, so that what it tells of a weekend comes to Monday.
    ///
    /// Of several rows of `other` that come to one row, a column called `count` is summed and the others are
    /// averaged, by their counts where there are any. A row to which none comes has the count 0 and of the other
    /// columns the last value. Rows before the first of `other` are left out, since nothing is known for
    /// them; the first row of all has only what stands under its own stamp, since how far back it reaches is not known.
    ///
    /// ```
    /// use gatecast::Series;
    /// use jiff::civil::date;
    ///
    /// let close = [("close", vec![80.0, 81.0, 82.0])];
    /// let prices = Series::new("prices", [date(2018, 4, 27), date(2018, 4, 30), date(2018, 5, 1)], close)?;
    /// let columns = [("count", vec![2.0, 1.0, 3.0]), ("mean_good", vec![0.75, 0.5, 0.25])];
    /// let news = Series::new("news", [date(2018, 4, 27), date(2018, 4, 28), date(2018, 4, 30)], columns)?;
    /// let joined = prices.join(&news)?;
    /// assert_eq!(joined.column("count")?, [2.0, 4.0, 0.0]);
    /// assert_eq!(joined.column("mean_good")?, [0.75, 0.3125, 0.3125]);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Malformed`](crate::ErrorKind::Malformed) where `other` has no dates or dates of another kind, where the
    /// two have no time or a column in common; [`NotASeries`](crate::ErrorKind::NotASeries) for a count below
    /// zero.
    pub fn join(mut self, other: &Self) -> Result<Self> {
        self.check_join(other)?;
        let (file, rows) = (&other.name, self.rows());
        let first = other.stamps.first().copied();
        let last = other.stamps.last().copied();
        let from = self.stamps.partition_point(|&stamp| Some(stamp) < first);
        if from == rows || last < self.stamps.first().copied() {
            let span = |series: &Self| match (series.stamps.first(), series.stamps.last()) {
                (Some(first), Some(last)) => format!("{first} to {last}"),
                _ => "no rows".into(),
            };
            return fail(Fault::Apart {
                file: file.clone(),
                span: span(other),
                series: self.name.clone(),
                of_series: span(&self),
            });
        }
        if from > 0 {
            self.notes.push(format!(
                "{}: {} before the first of {file} ({}), and left out",
                self.name,
                rows_are(from),
                other.stamps[0]
            ));
            self.stamps.drain(..from);
            for column in &mut self.columns {
                column.values.drain(..from);
            }
        }
        // Which rows of the other come to each row: those after `ends[row]`, up to `ends[row + 1]`.
        let until = |stamp| other.stamps.partition_point(|&at| at <= stamp);
        let begin = match from {
            0 => other.stamps.partition_point(|&at| at < self.stamps[0]),
            _ => 0,
        };
        let ends: Vec<usize> = std::iter::once(begin)
            .chain(self.stamps.iter().map(|&stamp| until(stamp)))
            .collect();
        let counts = other.find(COUNT).map(|column| &*column.values);
        for column in &other.columns {
            let summed = columns::key(&column.name) == COUNT;
            let mut value = begin.checked_sub(1).map_or(0.0, |at| column.values[at]);
            let next = |own: &[usize]| {
                let (values, counts) = (
                    &column.values[own[0]..own[1]],
                    counts.map(|counts| &counts[own[0]..own[1]]),
                );
                match (values, summed) {
                    (_, true) => values.iter().sum(),
                    ([], false) => value,
                    (_, false) => {
                        value = mean(values, counts);
                        value
                    }
                }
            };
            let values: Vec<f64> = ends.windows(2).map(next).collect();
            if let Some(row) = values.iter().position(|value| !value.is_finite()) {
                let what = format!(
                    "{file}: what comes to {} has a {:?} beyond all numbers",
                    self.stamps[row], column.name
                );
                return Err(Error::too_extreme(what));
            }
            self.joined.push(column.name.clone());
            self.columns.push(Column {
                name: column.name.clone(),
                unit: column.unit,
                values,
            });
        }
        for row in &mut self.ahead {
            row.values.resize(self.columns.len(), None);
        }
        self.note_join(other, &ends);
        Ok(self)
    }

    /// Whether the two can be joined at all.
    fn check_join(&self, other: &Self) -> Result<()> {
        if !other.is_dated() {
            return fail(Fault::NoDateColumn {
                file: other.name.clone(),
                columns: other.columns.iter().map(|c| c.name.clone()).collect(),
            });
        }
        if self.unit() != other.unit() {
            return fail(Fault::OtherUnit {
                file: other.name.clone(),
                found: kind(other.unit()),
                series: self.name.clone(),
                of_series: kind(self.unit()),
            });
        }
        if let Some(column) = other.columns.iter().find(|c| self.find(&c.name).is_some()) {
            return fail(Fault::BothHave {
                file: self.name.clone(),
                other: other.name.clone(),
                name: column.name.clone(),
            });
        }
        let counts = other.find(COUNT).map_or(&[][..], |column| &column.values);
        match counts.iter().position(|&count| count < 0.0) {
            None => Ok(()),
            Some(row) => Err(Error::not_a_series(format!(
                "{}: {COUNT:?} is {} on {}, and cannot be below 0",
                other.name, counts[row], other.stamps[row]
            ))),
        }
    }

    /// Says what of the two did not meet.
    fn note_join(&mut self, other: &Self, ends: &[usize]) {
        let (file, rows) = (&other.name, self.rows());
        // The rhythm of the other is not that of the forecasts.
        let rhythm = other.rhythm_note();
        let own = other
            .notes
            .iter()
            .filter(|note| Some(*note) != rhythm.as_ref());
        self.notes.extend(own.cloned());
        let without = ends.windows(2).filter(|own| own[0] == own[1]).count();
        if without > 0 {
            let counted = match other.find(COUNT) {
                Some(_) => "its count is 0 and every other column of it keeps its last value",
                None => "its columns keep their last values",
            };
            self.notes.push(format!(
                "{}: nothing of {file} counts for {without} of {rows} rows; there {counted}",
                self.name
            ));
        }
        let late = other.rows() - ends[ends.len() - 1];
        if late > 0 {
            self.notes.push(format!(
                "{file}: {late} of {} rows come after the last of {} ({}), and are not used",
                other.rows(),
                self.name,
                self.stamps[rows - 1]
            ));
        }
    }
}

/// The mean, weighted by the counts where one is above zero.
fn mean(values: &[f64], counts: Option<&[f64]>) -> f64 {
    let total: f64 = counts.map_or(0.0, |counts| counts.iter().sum());
    match counts {
        Some(counts) if total > 0.0 => {
            let parts = values.iter().zip(counts);
            parts.map(|(value, count)| value * (count / total)).sum()
        }
        _ => {
            let share = 1.0 / values.len() as f64;
            values.iter().map(|value| value * share).sum()
        }
    }
}

/// What stamps of a unit are, in words.
fn kind(unit: Unit) -> &'static str {
    match unit {
        Unit::Row => "rows without dates",
        Unit::Year => "years",
        Unit::Quarter => "quarters",
        Unit::Month => "months",
        Unit::Week => "weeks",
        Unit::Day => "days",
        Unit::Time => "times without an offset from UTC",
        Unit::Instant => "times with an offset from UTC",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use jiff::civil::date;

    fn read(file: &str, text: &str) -> Series {
        let none: &[&str] = &[];
        Series::parse(file, text.as_bytes(), none).unwrap()
    }

    /// Monday 23 to Monday 30 April 2018, of which Thursday is a holiday.
    fn prices() -> Series {
        let days = [23, 24, 25, 27, 30].map(|day| date(2018, 4, day));
        Series::new("prices", days, [("close", vec![1.0, 2.0, 3.0, 4.0, 5.0])]).unwrap()
    }

    #[test]
    fn rows_come_to_the_first_session_at_or_after_them() {
        let news = read(
            "news",
            "date,count,good\n\
             2018-04-21,9,0.9\n\
             2018-04-22,5,0.25\n\
             2018-04-24,1,0.5\n\
             2018-04-26,1,1\n\
             2018-04-27,3,0.5\n\
             2018-04-28,2,0\n\
             2018-04-29,0,1\n\
             2018-05-01,7,0.7\n",
        );
        let joined = prices().join(&news).unwrap();
        // How far back the first session reaches is not known.
        assert_eq!(joined.column("count").unwrap(), [0.0, 1.0, 0.0, 4.0, 2.0]);
        assert_eq!(joined.column("good").unwrap(), [0.25, 0.5, 0.5, 0.625, 0.0]);
        assert_eq!(
            joined.column("close").unwrap(),
            prices().column("close").unwrap()
        );
        assert_eq!(joined.joined(), ["count", "good"]);
        assert_eq!(
            joined.notes(),
            [
                "prices: nothing of news counts for 2 of 5 rows; there its count is 0 and every other column of it keeps its last value",
                "news: 1 of 8 rows come after the last of prices (2018-04-30), and are not used",
            ]
        );
    }

    #[test]
    fn rows_before_anything_is_known_are_left_out() {
        let news = read(
            "news",
            "date,good\n2018-04-24,0.5\n2018-04-25,1\n2018-04-26,0\n",
        );
        let ahead = prices()
            .with_ahead([date(2018, 5, 1)], [("close", vec![6.0])])
            .unwrap();
        let joined = ahead.join(&news).unwrap();
        assert_eq!(joined.stamps()[0], date(2018, 4, 24));
        // Without counts the rows weigh alike.
        assert_eq!(joined.column("good").unwrap(), [0.5, 1.0, 0.0, 0.0]);
        assert_eq!(joined.column("close").unwrap(), [2.0, 3.0, 4.0, 5.0]);
        let next = date(2018, 5, 1).into();
        assert_eq!(joined.known_ahead("close", next), Some(6.0));
        assert_eq!(joined.known_ahead("good", next), None);
        assert_eq!(
            joined.notes(),
            [
                "prices: 1 row was before the first of news (2018-04-24), and left out",
                "prices: nothing of news counts for 1 of 4 rows; there its columns keep their last values",
            ]
        );
    }

    #[test]
    fn what_does_not_fit_says_so() {
        let hours = Series::new(
            "hours",
            [date(2018, 4, 30).at(9, 0, 0, 0)],
            [("x", vec![1.0])],
        );
        for (other, kind, want) in [
            (
                read("news", "good\n1\n2\n"),
                ErrorKind::Malformed,
                "news has no date column; its columns are good",
            ),
            (
                read("news", "month,good\n2018-03,1\n2018-04,2\n"),
                ErrorKind::Malformed,
                "news has months and prices has days",
            ),
            (
                hours.unwrap(),
                ErrorKind::Malformed,
                "hours has times without an offset from UTC and prices has days",
            ),
            (
                read("news", "date,Close\n2018-04-24,1\n"),
                ErrorKind::Malformed,
                "prices and news both have a column \"close\"",
            ),
            (
                read("news", "date,good\n2018-04-20,1\n2018-04-22,1\n"),
                ErrorKind::Malformed,
                "no row of news (2018-04-20 to 2018-04-22) comes to a row of prices (2018-04-23 to 2018-04-30)",
            ),
            (
                read("news", "date,good\n2018-05-01,1\n"),
                ErrorKind::Malformed,
                "no row of news (2018-05-01 to 2018-05-01)",
            ),
            (
                read("news", "date,count,good\n2018-04-24,-1,1\n"),
                ErrorKind::NotASeries,
                "\"count\" is -1 on 2018-04-24",
            ),
            (
                read(
                    "news",
                    "date,count\n2018-04-24,1e308\n2018-04-26,1e308\n2018-04-27,1e308\n",
                ),
                ErrorKind::TooExtreme,
                "what comes to 2018-04-27 has a \"count\" beyond all numbers",
            ),
        ] {
            let error = prices().join(&other).unwrap_err();
            assert!(error.to_string().contains(want), "{error}");
            assert_eq!(error.kind(), kind, "{error}");
        }
    }
}
