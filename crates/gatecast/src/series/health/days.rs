//! The dates of a file in order: which days of the week are session days, and how far apart rows
//! lie. What this file is not: it judges nothing; `sessions` does.

use jiff::civil::Date;

use super::view::View;
pub(super) use crate::series::rhythm::WEEKDAYS as NAMES;
use crate::series::{Rhythm, Stamp, Unit};

/// Rows to each side that show which days of the week are session days.
pub(super) const AROUND: usize = 130;
/// Days around the same day of another year in which a holiday that follows the moon may fall.
pub(super) const SEASON: i32 = 35;

/// The dates that rows have, each once and in order, with its first row.
pub(super) struct Days {
    pub(super) dates: Vec<Date>,
    pub(super) rows: Vec<usize>,
    /// Rows before each one on each day of the week.
    before: Vec<[usize; 7]>,
    /// How all rows follow one another, whatever they stand on.
    pub(super) rhythm: Rhythm,
    /// Stamps that the rhythm has between rows, and how many there would be with them.
    pub(super) lacking: (usize, usize),
    /// See [`Rhythm::steadiness`].
    pub(super) steadiness: f64,
}

/// A pair of neighbours that lie apart.
pub(super) struct Gap {
    /// The one after it.
    pub(super) at: usize,
    /// Sessions that are missing between them.
    pub(super) missed: usize,
}

pub(super) fn weekday(date: Date) -> usize {
    date.weekday().to_monday_zero_offset() as usize
}

impl Days {
    pub(super) fn of(view: &View) -> Self {
        let dated = view.order.iter();
        let mut pairs: Vec<(Date, usize)> = dated
            .filter_map(|&row| Some((view.day(row)?, row)))
            .collect();
        pairs.dedup_by_key(|pair| pair.0);
        let (dates, rows): (Vec<Date>, Vec<usize>) = pairs.into_iter().unzip();
        let mut stamps: Vec<Stamp> = view
            .order
            .iter()
            .filter_map(|&row| view.dates[row])
            .collect();
        stamps.dedup();
        let rhythm = Rhythm::infer(&stamps, view.zone.as_ref());
        let mut before = vec![[0; 7]];
        let mut counts = [0; 7];
        for &date in &dates {
            counts[weekday(date)] += 1;
            before.push(counts);
        }
        Self {
            lacking: rhythm.lacking(&stamps),
            steadiness: rhythm.steadiness(&stamps),
            rhythm,
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
    pub(super) fn in_words(&self) -> String {
        match &self.rhythm {
            Rhythm::Weekdays(open) => week(*open),
            other => other.to_string(),
        }
    }

    /// Whether there are several sessions a week.
    pub(super) fn is_daily(&self) -> bool {
        let several = |open: &[bool; 7]| open.iter().filter(|&&open| open).count() > 2;
        matches!(&self.rhythm, Rhythm::Weekdays(open) if several(open))
    }

    /// Whether rows are calendar days.
    pub(super) fn are_days(view: &View) -> bool {
        view.unit() == Unit::Day
    }

    /// The session days of the week around a row: those with at least a quarter of the rows of the
    /// busiest.
    pub(super) fn open(&self, at: usize) -> [bool; 7] {
        let from = self.before[at.saturating_sub(AROUND)];
        let to = self.before[(at + AROUND).min(self.dates.len())];
        let counts: [usize; 7] = std::array::from_fn(|day| to[day] - from[day]);
        let busiest = counts.iter().copied().max().unwrap_or(0);
        counts.map(|count| count > 0 && count * 4 >= busiest)
    }

    /// Whether another year has rows around the same day.
    pub(super) fn other_years(&self, date: Date) -> bool {
        let span = self.dates.first().zip(self.dates.last());
        let years = span.map_or(0, |(first, last)| (*last - *first).get_days() / 365 + 1);
        (1..=years).any(|years| {
            let mut full = [-years, years].into_iter().filter_map(|years| {
                let ahead = |days: i32| {
                    let days = years * 365 + days;
                    date.checked_add(jiff::Span::new().try_days(days).ok()?)
                        .ok()
                };
                let (from, to) = (ahead(-SEASON)?, ahead(SEASON)?);
                let before = |end: Date| self.dates.partition_point(|&date| date < end);
                let around = before(from) > 0 && before(to) < self.dates.len();
                Some(around && before(to) - before(from) >= SEASON as usize)
            });
            full.any(|full| full)
        })
    }

    /// A row whose date cannot be read takes the place of a session.
    pub(super) fn gaps(&self, view: &View) -> Vec<Gap> {
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
