//! Sentences that were said at a time, such as headlines, and what a classifier makes of those of each day: columns
//! that a series can be joined with. What this file is not: it joins nothing ([`Series::join`] does).
//!
//! [`Series::join`]: crate::Series::join

use std::collections::BTreeMap;
use std::path::Path;

use jiff::ToSpan;
use jiff::civil::{Date, Time};
use serde::Serialize;

use super::classifier::FittedClassifier;
use super::corpus::{CorpusOptions, Form, Table, open, text_of};
use super::fault::Fault;
use crate::error::{Result, fail};
use crate::series::{Moment, ReadOptions, moments};

/// Sentences with the time of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// What messages call them.
    pub name: String,
    /// A sentence a row.
    pub texts: Vec<String>,
    /// When each was said.
    pub moments: Vec<Moment>,
    /// What was passed over, a sentence each.
    pub notes: Vec<String>,
}

/// What sentences of each day tell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Daily {
    /// The labels, in the order of the numbers of each day.
    pub classes: Vec<String>,
    /// Days on which a sentence counts, in order.
    pub days: Vec<Day>,
    /// What was taken for granted, a sentence each.
    pub notes: Vec<String>,
}

/// What the sentences of a day tell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Day {
    /// The first day whose close comes after them.
    pub date: Date,
    /// How many they are.
    pub count: usize,
    /// The mean probability of each class.
    pub means: Vec<f64>,
    /// The share of them that were told to be of each class.
    pub shares: Vec<f64>,
}

impl News {
    /// Reads a table with a column of sentences, by name, by number or found if `None`, and one of times. Times
    /// are read as those of a series; of `options` the order of dates and the zone matter.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io); those of [`News::parse`].
    pub fn read(
        path: impl AsRef<Path>,
        text: Option<&str>,
        time: &str,
        options: &ReadOptions,
    ) -> Result<Self> {
        let (name, bytes) = open(path.as_ref())?;
        Self::parse(&name, &bytes, text, time, options)
    }

    /// The same from bytes; `name` is what messages call them.
    ///
    /// # Errors
    /// [`EmptyFile`](crate::ErrorKind::EmptyFile), [`UnknownColumn`](crate::ErrorKind::UnknownColumn);
    /// [`Malformed`](crate::ErrorKind::Malformed) with the line of a time that cannot be read;
    /// [`Setting`](crate::ErrorKind::Setting) where times have an offset from UTC and no zone is set;
    /// [`NoRows`](crate::ErrorKind::NoRows) where no row has a sentence.
    pub fn parse(
        name: &str,
        bytes: &[u8],
        text: Option<&str>,
        time: &str,
        options: &ReadOptions,
    ) -> Result<Self> {
        let file = text_of(name, bytes)?;
        // The time stands where the label of a corpus would.
        let columns = CorpusOptions {
            text: text.map(str::to_string),
            label: Some(time.into()),
            map: Vec::new(),
        };
        let wrong = |reason: &str| {
            fail(Fault::Columns {
                file: name.into(),
                reason: reason.into(),
                help: "give a table with a column of sentences and one of times",
            })
        };
        let Form::Table { delimiter, quotes } = Form::of(&file, &columns, true) else {
            return wrong("the lines are sentences without a time");
        };
        let mut table = Table::parse(name, &file, delimiter, quotes)?;
        let first: Vec<String> = table.rows[0].1.iter().map(str::to_string).collect();
        let rows = table.rows.len();
        let (text, time) = table.columns(name, &columns)?;
        let Some(time) = time.filter(|&time| time != text) else {
            return wrong("the column of times is the one of sentences");
        };
        let header: Vec<String> = match table.rows.len() < rows {
            true => first,
            false => (1..=table.width).map(|column| column.to_string()).collect(),
        };
        let mut news = Self {
            name: name.into(),
            ..Self::default()
        };
        let empty = |row: &csv::StringRecord| row[text].trim().is_empty();
        let without = table.rows.iter().filter(|(_, row)| empty(row)).count();
        if let Some((line, _)) = table.rows.iter().find(|(_, row)| empty(row)) {
            news.notes.push(format!(
                "{name}: {without} of {} rows are without a sentence, and left out, the first on line {line}",
                table.rows.len()
            ));
            table.rows.retain(|(_, row)| !empty(row));
        }
        if table.rows.is_empty() {
            return fail(Fault::NoText { what: name.into() });
        }
        let cells = table.rows.iter().map(|(line, row)| (*line, row));
        news.moments = moments((name, file.len()), header, cells, time, options)?;
        let texts = table.rows.iter().map(|(_, row)| row[text].trim().into());
        news.texts = texts.collect();
        Ok(news)
    }
}

impl FittedClassifier {
    /// Tells the class of sentences, and what those of each day come to. A sentence counts for the first day
    /// whose close comes after it: one that was said before `close` for its own day, every other for the next, since
    /// it may have been said when the market was closed. Days without sentences are not among them.
    pub fn by_day(&self, news: &News, close: Option<Time>) -> Daily {
        let classes = self.classes();
        let probabilities = self.probabilities(&news.texts);
        let mut days: BTreeMap<Date, Day> = BTreeMap::new();
        let each = probabilities.chunks_exact(classes.len());
        for (moment, probabilities) in news.moments.iter().zip(each) {
            let date = counts_on(*moment, close);
            let day = days.entry(date).or_insert_with(|| Day {
                date,
                count: 0,
                means: vec![0.0; classes.len()],
                shares: vec![0.0; classes.len()],
            });
            day.count += 1;
            for (sum, probability) in day.means.iter_mut().zip(probabilities) {
                *sum += probability;
            }
            day.shares[most_likely(probabilities)] += 1.0;
        }
        let mut days: Vec<Day> = days.into_values().collect();
        for day in &mut days {
            let count = day.count as f64;
            let sums = day.means.iter_mut().chain(&mut day.shares);
            sums.for_each(|sum| *sum /= count);
        }
        let mut notes = news.notes.clone();
        notes.extend(note_close(news, close));
        notes.extend(note_gaps(&news.name, &days));
        Daily {
            classes: classes.to_vec(),
            days,
            notes,
        }
    }
}

impl Daily {
    /// What its columns are called: `date`, `count`, and of each class `mean_good` and `share_good`. No label can
    /// make two of them the same.
    pub fn columns(&self) -> Vec<String> {
        let of_class = |class: &String| [format!("mean_{class}"), format!("share_{class}")];
        let first = ["date".to_string(), "count".to_string()];
        first
            .into_iter()
            .chain(self.classes.iter().flat_map(of_class))
            .collect()
    }

    /// A row a day, as CSV.
    ///
    /// # Errors
    /// That memory cannot be written to.
    pub fn to_csv(&self) -> std::io::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.columns())?;
        for day in &self.days {
            let numbers = day.means.iter().zip(&day.shares);
            let numbers = numbers.flat_map(|(mean, share)| [mean, share]);
            let cells = [day.date.to_string(), day.count.to_string()];
            writer.write_record(
                cells
                    .into_iter()
                    .chain(numbers.map(|value| format!("{value:.4}"))),
            )?;
        }
        writer.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

/// The first day whose close comes after something.
fn counts_on(moment: Moment, close: Option<Time>) -> Date {
    match (moment.time, close) {
        (Some(time), Some(close)) if time < close => moment.day,
        _ => moment.day.saturating_add(1.day()),
    }
}

/// The class with the highest probability; of equals the first.
fn most_likely(probabilities: &[f64]) -> usize {
    (0..probabilities.len())
        .rev()
        .max_by(|&a, &b| probabilities[a].total_cmp(&probabilities[b]))
        .unwrap_or(0)
}

/// Says what was not known of the close.
fn note_close(news: &News, close: Option<Time>) -> Option<String> {
    let (name, all) = (&news.name, news.moments.len());
    let timed = news.moments.iter().filter(|moment| moment.time.is_some());
    let timed = timed.count();
    let next = "may have come after the close, and count for the next day";
    match (timed, close) {
        (0, Some(_)) => Some(format!(
            "{name}: no sentence has a time of day, so that ‹close› changes nothing; all of them {next}"
        )),
        (0, None) => Some(format!(
            "{name}: no sentence has a time of day; all of them {next}"
        )),
        (timed, None) => Some(format!(
            "{name}: {timed} of {all} sentences have a time of day, and ‹close› does not say when the session ends; all of them {next}"
        )),
        (timed, Some(_)) if timed < all => Some(format!(
            "{name}: {} of {all} sentences have no time of day, or midnight on the dot; they {next}",
            all - timed
        )),
        _ => None,
    }
}

/// Says of days without a row that there are some.
fn note_gaps(name: &str, days: &[Day]) -> Option<String> {
    let (first, last) = (days.first()?.date, days.last()?.date);
    let all = i64::from((last - first).get_days()) + 1;
    let without = all - days.len() as i64;
    (without > 0).then(|| {
        format!(
            "{name}: on {without} of {all} days from {first} to {last} no sentence counts; they have no row"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use jiff::tz::TimeZone;

    fn read(text: &str, zone: Option<&str>) -> Result<News, String> {
        let options = ReadOptions {
            timezone: zone.map(|zone| TimeZone::get(zone).unwrap()),
            ..ReadOptions::default()
        };
        News::parse("f", text.as_bytes(), None, "time", &options).map_err(|e| e.to_string())
    }

    #[test]
    fn a_sentence_counts_for_the_first_day_that_closes_after_it() {
        let taipei = Some("Asia/Taipei");
        let close = Some(Time::constant(13, 30, 0, 0));
        for (time, zone, close, want) in [
            ("2018-04-27 13:29", None, close, 27),
            ("2018-04-27 13:30", None, close, 28),
            ("2018-04-27 20:00", None, close, 28),
            ("2018-04-27 09:00", None, None, 28),
            ("2018-04-27", None, close, 28),
            ("2018-04-27 00:00:00", None, close, 28),
            ("2018-04-27 00:00:01", None, close, 27),
            // 13:29 and 13:30 in Taipei.
            ("2018-04-27T05:29:00Z", taipei, close, 27),
            ("2018-04-27T05:30:00Z", taipei, close, 28),
            ("2018-04-26T22:00:00-07:00", taipei, close, 27),
            ("2018-04-26T23:00:00-07:00", taipei, close, 28),
            // A day of another clock's is not over before it is.
            ("2018-04-27T00:00:00Z", Some("America/New_York"), close, 28),
            ("1524807000", taipei, close, 28),
        ] {
            let news = read(&format!("time,headline\n{time},a b\n"), zone).unwrap();
            let found = counts_on(news.moments[0], close);
            assert_eq!(found, date(2018, 4, want), "{time}");
        }
    }

    #[test]
    fn times_stand_as_in_other_files() {
        let day = |news: &News| news.moments[0].day;
        for text in [
            "time,headline\n30.04.2018,\"a, b\"\n",
            "headline;time\n\"a, b\";2018/4/30\n",
            "time\theadline\n20180430\ta, b\n",
        ] {
            let news = read(text, None).unwrap();
            assert_eq!((day(&news), &*news.texts[0]), (date(2018, 4, 30), "a, b"));
        }
        // The time of day in a column of its own, and no header.
        let options = ReadOptions::default();
        let text =
            "day,time,headline\n2018-04-30,09:30,1.234 up\n2018-04-30,1:05 PM,\"1,234 up\"\n";
        let news = News::parse("f", text.as_bytes(), None, "day", &options).unwrap();
        assert_eq!(news.moments[0].time, Some(Time::constant(9, 30, 0, 0)));
        assert_eq!(news.moments[1].time, Some(Time::constant(13, 5, 0, 0)));
        let text = "2018-04-30,a b c\n2018-05-01,\n2018-05-02,d e\n";
        let news = News::parse("f", text.as_bytes(), Some("2"), "1", &options).unwrap();
        assert_eq!(news.texts, ["a b c", "d e"]);
        assert_eq!(
            news.notes,
            ["f: 1 of 3 rows are without a sentence, and left out, the first on line 2"]
        );
    }

    #[test]
    fn what_has_no_time_says_so() {
        for (text, zone, want) in [
            ("", None, "f is empty"),
            ("time,headline\n", None, "there is no text in f"),
            (
                "date,headline\n2018-04-30,a\n",
                None,
                "no column \"time\"; its columns are date, headline",
            ),
            (
                "time,headline\n2018-04-30,a\nsoon,b\n",
                None,
                "f, line 3, column \"time\": found \"soon\", expected a date or time",
            ),
            (
                "time,headline\n2018-04-30,a\n,b\n",
                None,
                "line 3, column \"time\": found nothing",
            ),
            (
                "time,headline\n03/04/2018,a\n",
                None,
                "can be read in more than one way",
            ),
            (
                "time,headline\n2018-04,a\n",
                None,
                "line 2, column \"time\": found \"2018-04\", expected a date, with a time of day or without",
            ),
            (
                "time,headline\n2018-04-30T09:00Z,a\n",
                None,
                "‹timezone› is not set; it must be the zone of the exchange",
            ),
            (
                "time,headline\n2018-04-30T09:00Z,a\n2018-04-30 10:00,a\n",
                Some("UTC"),
                "line 3, column \"time\": found \"2018-04-30 10:00\", expected an offset from UTC",
            ),
            (
                "time\n2018-04-30\n",
                None,
                "the column of times is the one of sentences",
            ),
        ] {
            let error = read(text, zone).unwrap_err();
            assert!(error.contains(want), "{text:?}: {error}");
        }
    }
}
