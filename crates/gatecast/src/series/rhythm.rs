//! How the stamps of a series follow one another, and so on which stamps it will go on. What this file
//! is not: it knows no holidays; a forecast for one bears its date unless the caller leaves it out.
//!
//! A rhythm is read off the recent rows: several are tried, and the one that would have told
//! most rows from the row before is taken ([`Rhythm::steadiness`] is that share).

use std::collections::BTreeMap;
use std::fmt;
use std::num::{NonZeroU16, NonZeroU32, NonZeroU64};

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};
use serde::{Deserialize, Serialize};

use super::stamp::{Stamp, Unit, days};

/// How the stamps of a series follow one another, so that forecasts can be dated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Rhythm {
    /// Sessions on these days of the week, Monday first.
    Weekdays([bool; 7]),
    /// One row every so many rows, days, weeks, months, quarters or years.
    Every {
        /// So many.
        count: NonZeroU32,
        /// Of these.
        unit: Unit,
    },
    /// Numbers of days that come round, as in a fiscal year of 4, 4 and 5 weeks.
    Cycle {
        /// A row's day.
        from: Date,
        /// Days to the next row, to the one after it, and so on.
        days: Vec<NonZeroU16>,
    },
    /// On certain days of every so many months.
    Months {
        /// So many.
        every: NonZeroU16,
        /// The days, in order.
        on: Vec<MonthDay>,
        /// What becomes of a day on a weekend.
        weekend: Weekend,
    },
    /// One row every so many milliseconds, around the clock.
    Step {
        /// So many.
        millis: NonZeroU64,
        /// Whose clock shows the time.
        #[serde(with = "jiff::fmt::serde::tz::optional", default)]
        zone: Option<TimeZone>,
    },
    /// Certain times of day on each day of the week: trading hours.
    Sessions {
        /// For each day of the week, Monday first, the times in order.
        week: [Vec<Run>; 7],
        /// Whose clock shows the time.
        #[serde(with = "jiff::fmt::serde::tz::optional", default)]
        zone: Option<TimeZone>,
    },
}

/// A day of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonthDay {
    /// The day of this number, or the last one of a shorter month: 31 is the last day.
    Number(i8),
    /// The first, second, … such weekday, or with -1 the last.
    Weekday {
        /// 0 for Monday.
        day: u8,
        /// 1 to 5, or -1.
        nth: i8,
    },
}

/// What becomes of a day that falls on a weekend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekend {
    /// It stays.
    Stays,
    /// The Friday before takes its place.
    FridayBefore,
    /// The Monday after takes its place.
    MondayAfter,
}

/// Times of day at even distances, in seconds after midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The first.
    pub from: u32,
    /// The last.
    pub to: u32,
    /// From one to the next.
    pub every: NonZeroU32,
}

/// Rows that show a rhythm of days: the last year or so, since markets change theirs.
const RECENT: usize = 260;
/// Days that show trading hours.
const RECENT_DAYS: i64 = 56;
const DAY: i64 = 86_400_000;
const MONDAY_TO_FRIDAY: [bool; 7] = [true, true, true, true, true, false, false];

impl Rhythm {
    /// Reads the rhythm off the last rows; of instants by the clock of `zone`, or by the last row's.
    ///
    /// Where the recent rows are twice as dense as those before them or half as dense, they alone
    /// count. A day of the week is a session day when it has at least a quarter of the rows of the
    /// busiest day: a handful of make-up Saturdays does not make Saturday one. A time of day
    /// belongs to a session when half the days of its weekday have it: one early close changes
    /// nothing. Fewer than two days are taken for a market open Monday to Friday.
    ///
    /// ```
    /// use gatecast::series::{Rhythm, sp500};
    ///
    /// let rhythm = Rhythm::infer(sp500().stamps(), None);
    /// let friday = jiff::civil::date(2018, 5, 4).into();
    /// assert_eq!(rhythm.following(friday, 1), [jiff::civil::date(2018, 5, 7)]);
    /// ```
    pub fn infer(stamps: &[Stamp], zone: Option<&TimeZone>) -> Self {
        match stamps.last().map(|stamp| stamp.unit()) {
            None | Some(Unit::Day) => of_days(stamps),
            Some(Unit::Time | Unit::Instant) => of_times(stamps, zone),
            Some(unit) => {
                let recent = &stamps[stamps.len().saturating_sub(RECENT)..];
                let gaps = gaps(&recent.iter().map(|stamp| stamp.count()).collect::<Vec<_>>());
                let count = most_common(&gaps).and_then(|gap| u32::try_from(gap).ok());
                Self::Every {
                    count: count.and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN),
                    unit,
                }
            }
        }
    }

    /// The share of the recent rows that this rhythm tells from the row before each.
    pub fn steadiness(&self, stamps: &[Stamp]) -> f64 {
        let recent = same_density(&stamps[stamps.len().saturating_sub(RECENT)..]);
        let told = recent
            .windows(2)
            .filter(|pair| self.next(pair[0]) == Some(pair[1]))
            .count();
        match recent.len() {
            ..2 => 1.0,
            rows => told as f64 / (rows - 1) as f64,
        }
    }

    /// How many stamps of this rhythm have no row between the first and the last, and how many stamps
    /// there are with them.
    pub fn lacking(&self, stamps: &[Stamp]) -> (usize, usize) {
        /// Steps of one gap that are counted: a year of minutes, nearly.
        const MOST: usize = 500_000;
        let between = |pair: &[Stamp]| match self.next(pair[0]) {
            Some(next) if next < pair[1] => {
                let steps = std::iter::successors(Some(next), |&stamp| self.next(stamp));
                steps
                    .take_while(|&stamp| stamp < pair[1])
                    .take(MOST)
                    .count()
            }
            _ => 0,
        };
        let lacking = stamps.windows(2).map(between).sum();
        (lacking, stamps.len() + lacking)
    }

    /// Rows after which a season may come round, shortest first: a day, a week, a year; none where
    /// none is known.
    pub fn periods(&self) -> Vec<usize> {
        let per_year = |months: u32, each: usize| (12 / months.clamp(1, 12)) as usize * each;
        let mut periods = match self {
            Self::Weekdays(open) => vec![open.iter().filter(|&&open| open).count()],
            Self::Every { count, unit } => match (unit, count.get()) {
                (Unit::Day, 1) => vec![7],
                (Unit::Day, 7) | (Unit::Week, 1) => vec![52],
                (Unit::Month, months) => vec![per_year(months, 1)],
                (Unit::Quarter, quarters) => vec![per_year(quarters.saturating_mul(3), 1)],
                _ => Vec::new(),
            },
            Self::Cycle { days, .. } => {
                let round: usize = days.iter().map(|days| usize::from(days.get())).sum();
                vec![(365 + round / 2) / round.max(1) * days.len()]
            }
            Self::Months { every, on, .. } => vec![per_year(every.get().into(), on.len())],
            Self::Step { millis, .. } => {
                let per_day = DAY as u64 / millis.get();
                match DAY as u64 % millis.get() {
                    0 => vec![per_day as usize, 7 * per_day as usize],
                    _ => Vec::new(),
                }
            }
            Self::Sessions { week, .. } => {
                let rows = |runs: &Vec<Run>| runs.iter().map(|run| run.rows()).sum::<usize>();
                let mut days: Vec<usize> = week.iter().map(rows).filter(|&rows| rows > 0).collect();
                days.sort_unstable();
                let usual = days.get(days.len() / 2).copied().unwrap_or(1);
                vec![usual, days.iter().sum()]
            }
        };
        periods.retain(|&period| period > 1);
        periods.dedup();
        periods
    }

    /// The shortest of [`Rhythm::periods`]; 1 where there is none.
    pub fn period(&self) -> usize {
        self.periods().first().copied().unwrap_or(1)
    }

    /// The `count` stamps after `last`; fewer where the years with four digits end.
    pub fn following(&self, last: Stamp, count: usize) -> Vec<Stamp> {
        std::iter::successors(self.next(last), |&stamp| self.next(stamp))
            .take(count)
            .collect()
    }

    /// The stamp after `last`.
    pub fn next(&self, last: Stamp) -> Option<Stamp> {
        match self {
            Self::Every { count, unit } if *unit == last.unit() => last.after(count.get().into()),
            Self::Every { .. } => None,
            Self::Step { millis, zone } => {
                let next = last.after(i64::try_from(millis.get()).ok()?)?;
                Some(zone.as_ref().map_or(next, |zone| next.in_zone(zone)))
            }
            Self::Sessions { week, zone } => next_in_session(week, zone.as_ref(), last),
            Self::Weekdays(open) => {
                // A rhythm from a file may claim that no day is open; any day will do then.
                let closed = *open == [false; 7];
                let mut date = last.date()?;
                loop {
                    date = date.tomorrow().ok()?;
                    if closed || open[weekday_index(date)] {
                        return Some(date.into());
                    }
                }
            }
            Self::Cycle { from, days } => {
                let round: i64 = days.iter().map(|days| i64::from(days.get())).sum();
                let since = self::days(last.date()?) - self::days(*from);
                // The row of the cycle nearest to the last one; in between, holidays shift rows.
                let mut at = since.div_euclid(round.max(1)) * round;
                let mut rows = vec![at];
                for step in days.iter().chain(days) {
                    at += i64::from(step.get());
                    rows.push(at);
                }
                let nearest = (0..rows.len() - 1).min_by_key(|&row| (rows[row] - since).abs())?;
                Stamp::from(*from).after(rows[nearest + 1])
            }
            Self::Months { every, on, weekend } => {
                next_in_months(every.get().into(), on, *weekend, last.date()?).map(Stamp::from)
            }
        }
    }
}

fn next_in_months(every: i64, on: &[MonthDay], weekend: Weekend, last: Date) -> Option<Date> {
    let first = last.first_of_month();
    let month = |months: i64| -> Option<Vec<Date>> {
        let first = first
            .checked_add(Span::new().try_months(months).ok()?)
            .ok()?;
        let mut dates: Vec<Date> = on
            .iter()
            .filter_map(|day| weekend.of(day.in_month(first)?))
            .collect();
        dates.sort_unstable();
        Some(dates)
    };
    // A weekend can carry a day into the month before or after.
    let exact = [0, -1, 1]
        .into_iter()
        .find(|&m| month(m).is_some_and(|dates| dates.contains(&last)));
    let (start, from) = match (exact, on) {
        (Some(start), _) => (start, last),
        // Put off by a holiday, perhaps: this month has had its row.
        (None, [_]) => (every, first.yesterday().ok()?),
        (None, _) => (0, last.checked_add(Span::new().days(3)).ok()?),
    };
    let mut months = start;
    for _ in 0..4 {
        if let Some(next) = month(months)?.into_iter().find(|&date| date > from) {
            return Some(next);
        }
        months += every;
    }
    None
}

fn next_in_session(week: &[Vec<Run>; 7], zone: Option<&TimeZone>, last: Stamp) -> Option<Stamp> {
    let mut day = last.date()?;
    let mut after = last.time_of_day() / 1000;
    // A week later the same day comes round, with its times before this one.
    for _ in 0..=8 {
        let runs = &week[weekday_index(day)];
        while let Some(second) = runs.iter().filter_map(|run| run.next(after)).min() {
            let time = jiff::civil::Time::midnight()
                .checked_add(SignedDuration::from_secs(second))
                .ok()?;
            let local = day.to_datetime(time);
            let stamp = match (last.unit(), zone) {
                (Unit::Instant, None) => Stamp::instant(local, last.offset()),
                (Unit::Instant, Some(zone)) => {
                    Stamp::from(&zone.to_ambiguous_zoned(local).compatible().ok()?)
                }
                _ => Stamp::time(local),
            };
            if stamp > last {
                return Some(stamp);
            }
            after = second;
        }
        day = day.tomorrow().ok()?;
        after = -1;
    }
    None
}

impl Run {
    /// The first time after `second`.
    fn next(&self, second: i64) -> Option<i64> {
        let (from, every) = (i64::from(self.from), i64::from(self.every.get()));
        let next = match second < from {
            true => from,
            false => from + ((second - from) / every + 1) * every,
        };
        (next <= i64::from(self.to) && next < 86_400).then_some(next)
    }

    fn rows(&self) -> usize {
        (self.to.saturating_sub(self.from) / self.every.get()) as usize + 1
    }

    /// Times in as few runs as they make.
    fn of(seconds: &[u32]) -> Vec<Self> {
        let mut runs: Vec<Self> = Vec::new();
        for &second in seconds {
            match runs.last_mut() {
                Some(run) if run.from == run.to => {
                    run.to = second;
                    run.every = NonZeroU32::new(second - run.from).unwrap_or(NonZeroU32::MIN);
                }
                Some(run) if second - run.to == run.every.get() => run.to = second,
                _ => runs.push(Self {
                    from: second,
                    to: second,
                    every: NonZeroU32::MIN,
                }),
            }
        }
        runs
    }
}

impl MonthDay {
    fn in_month(self, first: Date) -> Option<Date> {
        match self {
            Self::Number(day) => Date::new(
                first.year(),
                first.month(),
                day.clamp(1, first.days_in_month()),
            )
            .ok(),
            Self::Weekday { day, nth } => {
                let weekday = Weekday::from_monday_zero_offset(i8::try_from(day).ok()?).ok()?;
                first.nth_weekday_of_month(nth, weekday).ok()
            }
        }
    }
}

impl Weekend {
    fn of(self, date: Date) -> Option<Date> {
        let past_friday = weekday_index(date) as i64 - 4;
        match self {
            Self::FridayBefore if past_friday > 0 => {
                date.checked_sub(Span::new().days(past_friday)).ok()
            }
            Self::MondayAfter if past_friday > 0 => {
                date.checked_add(Span::new().days(3 - past_friday)).ok()
            }
            _ => Some(date),
        }
    }
}

/// Rhythm of calendar days.
fn of_days(stamps: &[Stamp]) -> Rhythm {
    let recent = same_density(&stamps[stamps.len().saturating_sub(RECENT)..]);
    let gaps = gaps(&recent.iter().map(|stamp| stamp.count()).collect::<Vec<_>>());
    let dates: Vec<Date> = recent.iter().filter_map(|stamp| stamp.date()).collect();
    let (Some(median), Some(&last)) = (median(&gaps), dates.last()) else {
        return Rhythm::Weekdays(MONDAY_TO_FRIDAY);
    };
    let same = gaps.iter().filter(|&&gap| gap == median).count();
    let every = u32::try_from(median)
        .ok()
        .and_then(NonZeroU32::new)
        .filter(|_| same * 10 >= gaps.len() * 9)
        .map(|count| Rhythm::Every {
            count,
            unit: Unit::Day,
        });
    let mut tried = Vec::new();
    match median {
        ..8 => match every {
            Some(every) if !matches!(median, 1 | 7) => return every,
            _ => return weekdays(&dates),
        },
        8..28 => {
            tried.extend(every);
            let on = days_of_months(&dates);
            tried.extend(months(1, &on));
            tried.push(weekdays(&dates));
        }
        28.. => {
            let every_months = match median {
                ..46 => 1,
                46..136 => 3,
                136..271 => 6,
                _ => 12 * ((median + 182) / 365).clamp(1, 1000) as u16,
            };
            let number = |date: &Date| match date.day() == date.days_in_month() {
                true => 31,
                false => date.day(),
            };
            let numbers: Vec<i8> = dates.iter().map(number).collect();
            let usual: Vec<i64> = numbers.iter().map(|&day| day.into()).collect();
            let usual = most_common(&usual).map(|day| day as i8);
            let most = dates.iter().map(|date| date.day()).max();
            let least = dates.iter().map(|date| date.day()).min();
            for day in [most, Some(31), least, usual].into_iter().flatten() {
                tried.extend(months(every_months, &[MonthDay::Number(day)]));
            }
            let weekday = weekday_index(last) as u8;
            for nth in [(last.day() + 6) / 7, -1] {
                tried.push(
                    months(every_months, &[MonthDay::Weekday { day: weekday, nth }]).swap_remove(0),
                );
            }
            tried.extend(every);
        }
    }
    tried.extend(cycle(&gaps, last));
    let mut best: Option<(f64, Rhythm)> = None;
    for rhythm in tried {
        let told = rhythm.steadiness(recent);
        if best.as_ref().is_none_or(|(most, _)| told > *most) {
            best = Some((told, rhythm));
        }
    }
    match best {
        Some((told, rhythm)) if told >= 0.25 || median < 28 => rhythm,
        // Nothing is told; as far apart as before, on the day of the month of the last row.
        _ => {
            let near_end = |date: &Date| date.day() + 3 >= date.days_in_month();
            let day = if dates.iter().all(near_end) {
                31
            } else {
                last.day()
            };
            let week = !dates.iter().any(|&date| weekday_index(date) > 4);
            let months_of = |median: i64| ((median * 12 + 182) / 365).clamp(1, 12_000) as u16;
            Rhythm::Months {
                every: NonZeroU16::new(months_of(median)).unwrap_or(NonZeroU16::MIN),
                on: vec![MonthDay::Number(day)],
                weekend: if week {
                    Weekend::FridayBefore
                } else {
                    Weekend::Stays
                },
            }
        }
    }
}

/// The same days of months, with each way to treat weekends.
fn months(every: u16, on: &[MonthDay]) -> Vec<Rhythm> {
    let rhythm = |weekend| Rhythm::Months {
        every: NonZeroU16::new(every).unwrap_or(NonZeroU16::MIN),
        on: on.to_vec(),
        weekend,
    };
    [Weekend::Stays, Weekend::FridayBefore, Weekend::MondayAfter]
        .map(rhythm)
        .to_vec()
}

/// Days that at least half of the months have a row on.
fn days_of_months(dates: &[Date]) -> Vec<MonthDay> {
    let mut months: Vec<Date> = dates.iter().map(|date| date.first_of_month()).collect();
    months.dedup();
    let mut counts = BTreeMap::new();
    for date in dates {
        let day = if date.day() == date.days_in_month() {
            31
        } else {
            date.day()
        };
        *counts.entry(day).or_insert(0) += 1;
    }
    counts
        .into_iter()
        .filter(|(_, count)| count * 2 >= months.len())
        .map(|(day, _)| MonthDay::Number(day))
        .collect()
}

fn weekdays(dates: &[Date]) -> Rhythm {
    let mut counts = [0usize; 7];
    for &date in dates {
        counts[weekday_index(date)] += 1;
    }
    let busiest = counts.iter().copied().max().unwrap_or(0);
    Rhythm::Weekdays(counts.map(|count| count * 4 >= busiest && count > 0))
}

/// Gaps that come round: the shortest cycle that the last three rounds follow.
fn cycle(gaps: &[i64], last: Date) -> Option<Rhythm> {
    (2..=12).find_map(|length| {
        let rounds = &gaps[gaps.len().checked_sub(3 * length)?..];
        let comes_round = rounds.iter().skip(length).zip(rounds).all(|(a, b)| a == b);
        if !comes_round {
            return None;
        }
        let days = rounds[..length]
            .iter()
            .map(|&gap| u16::try_from(gap).ok().and_then(NonZeroU16::new));
        Some(Rhythm::Cycle {
            from: last,
            days: days.collect::<Option<_>>()?,
        })
    })
}

/// The last rows, as far back as they lie about as far apart as at the end: a file may turn from days to
/// weeks.
fn same_density(stamps: &[Stamp]) -> &[Stamp] {
    /// Neighbours that must all lie otherwise, so that a holiday or a night makes no difference.
    const AROUND: usize = 9;
    let gaps = gaps(&stamps.iter().map(|stamp| stamp.count()).collect::<Vec<_>>());
    let tail = 24.min(gaps.len() / 2);
    let (Some(now), AROUND..) = (median(&gaps[gaps.len() - tail..]), tail) else {
        return stamps;
    };
    let other = gaps.windows(AROUND).rposition(|around| {
        around.iter().all(|&gap| gap >= 2 * now) || around.iter().all(|&gap| 2 * gap <= now)
    });
    &stamps[other.map_or(0, |other| other + AROUND)..]
}

/// Rhythm of local times or instants.
fn of_times(stamps: &[Stamp], zone: Option<&TimeZone>) -> Rhythm {
    let last = stamps[stamps.len() - 1];
    let by_clock = |stamp: Stamp| zone.map_or(stamp, |zone| stamp.in_zone(zone));
    let since = last.count().saturating_sub(RECENT_DAYS * DAY);
    let recent = stamps.partition_point(|stamp| stamp.count() < since);
    let recent = same_density(&stamps[recent.min(stamps.len().saturating_sub(RECENT))..]);
    let gaps = gaps(&recent.iter().map(|stamp| stamp.count()).collect::<Vec<_>>());
    let step = most_common(&gaps).unwrap_or(3_600_000);
    let around_the_clock = Rhythm::Step {
        millis: NonZeroU64::new(step.unsigned_abs()).unwrap_or(NonZeroU64::MIN),
        zone: zone.cloned(),
    };
    if step > DAY || DAY % step != 0 || step % 1000 != 0 {
        return around_the_clock;
    }
    if let Some(zone) = zone
        && step > 3_600_000
    {
        // By the clock of the zone, which is put forward and back: 0:00, 6:00, 12:00, 18:00.
        let by_clock = by_local_clock(recent, step, zone);
        if by_clock.steadiness(recent) >= around_the_clock.steadiness(recent).max(0.9) {
            return by_clock;
        }
    }
    // Nine steps in ten have a row: no night and no weekend, but rows that are missing.
    let steps = (last.count() - recent[0].count()) / step;
    if gaps.iter().all(|gap| gap % step == 0) && gaps.len() as i64 * 10 >= steps * 9 {
        return around_the_clock;
    }
    // Times of each day.
    let mut days: Vec<(i64, Vec<u32>)> = Vec::new();
    for &stamp in recent {
        let stamp = by_clock(stamp);
        let Some(date) = stamp.date() else { continue };
        let (day, second) = (self::days(date), (stamp.time_of_day() / 1000) as u32);
        match days.last_mut() {
            Some((same, times)) if *same == day => times.push(second),
            _ => days.push((day, vec![second])),
        }
    }
    let span = days[days.len() - 1].0 - days[0].0 + 1;
    let weekday = |day: i64| (day + 3).rem_euclid(7) as usize;
    // The first and the last day may be cut.
    let whole = &days[1.min(days.len() - 1)..(days.len() - 1).max(1)];
    let times = |of: &[&Vec<u32>]| -> Vec<u32> {
        let mut counts = BTreeMap::new();
        for &second in of.iter().copied().flatten() {
            *counts.entry(second).or_insert(0) += 1;
        }
        let usual = counts
            .into_iter()
            .filter(|(_, count)| count * 2 >= of.len());
        usual.map(|(second, _)| second).collect()
    };
    let mut week: [Vec<u32>; 7] = Default::default();
    if span > 8 {
        let of_weekday = |days: &[(i64, Vec<u32>)], index| {
            days.iter()
                .filter(|(day, _)| weekday(*day) == index)
                .count()
        };
        let busiest = (0..7)
            .map(|index| of_weekday(&days, index))
            .max()
            .unwrap_or(0);
        for (index, slots) in week.iter_mut().enumerate() {
            if of_weekday(&days, index) * 4 < busiest {
                continue;
            }
            let from = if of_weekday(whole, index) > 0 {
                whole
            } else {
                &days[..]
            };
            let of: Vec<&Vec<u32>> = from
                .iter()
                .filter(|(day, _)| weekday(*day) == index)
                .map(|(_, times)| times)
                .collect();
            *slots = times(&of);
        }
    } else {
        let from = if whole.len() > 1 { whole } else { &days[..] };
        let all: Vec<&Vec<u32>> = from.iter().map(|(_, times)| times).collect();
        let mut slots = times(&all);
        if from.len() == 2 {
            // Two days cut at their ends make one.
            slots = all.iter().copied().flatten().copied().collect();
            slots.sort_unstable();
            slots.dedup();
        }
        let full = slots.len() as i64 == DAY / step;
        for (index, of_day) in week.iter_mut().enumerate() {
            let seen = days.iter().any(|(day, _)| weekday(*day) == index);
            let open = match span {
                ..7 => full || seen || MONDAY_TO_FRIDAY[index],
                _ => seen,
            };
            if open {
                of_day.clone_from(&slots);
            }
        }
    }
    if week.iter().all(|slots| slots.len() as i64 == DAY / step) || week.iter().all(Vec::is_empty) {
        return around_the_clock;
    }
    Rhythm::Sessions {
        week: week.map(|slots| Run::of(&slots)),
        zone: zone.cloned(),
    }
}

/// Every day the same times by the clock of a zone, `step` milliseconds apart.
fn by_local_clock(stamps: &[Stamp], step: i64, zone: &TimeZone) -> Rhythm {
    let last = stamps[stamps.len() - 1].in_zone(zone).time_of_day();
    let run = Run {
        from: (last % step / 1000) as u32,
        to: ((DAY - step + last % step) / 1000) as u32,
        every: NonZeroU32::new((step / 1000) as u32).unwrap_or(NonZeroU32::MIN),
    };
    Rhythm::Sessions {
        week: std::array::from_fn(|_| vec![run]),
        zone: Some(zone.clone()),
    }
}

fn gaps(counts: &[i64]) -> Vec<i64> {
    counts.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

fn median(gaps: &[i64]) -> Option<i64> {
    let mut gaps = gaps.to_vec();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied()
}

/// The most common of them; of equally common ones the smallest.
fn most_common(gaps: &[i64]) -> Option<i64> {
    let mut counts = BTreeMap::new();
    for gap in gaps {
        *counts.entry(*gap).or_insert(0usize) += 1;
    }
    counts
        .into_iter()
        .rev()
        .max_by_key(|&(_, count)| count)
        .map(|(gap, _)| gap)
}

fn weekday_index(date: Date) -> usize {
    date.weekday().to_monday_zero_offset() as usize
}

/// Days of the week, Monday first.
pub(super) const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// In words, as after "the rows stand".
impl fmt::Display for Rhythm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |count: u64, one: &str| match count {
            1 => format!("every {one}"),
            count => format!("every {count} {one}s"),
        };
        match self {
            Self::Weekdays(open) => write!(f, "{}", open_days(open)),
            Self::Every { count, unit } => write!(f, "{}", plural(count.get().into(), unit.name())),
            Self::Cycle { days, .. } => {
                let days: Vec<String> = days.iter().map(|days| days.to_string()).collect();
                write!(f, "{} days apart in turn", days.join(", "))
            }
            Self::Months { every, on, weekend } => {
                let on: Vec<String> = on.iter().map(ToString::to_string).collect();
                let often = match every.get() {
                    1 => "monthly".to_string(),
                    3 => "quarterly".to_string(),
                    6 => "twice a year".to_string(),
                    12 => "yearly".to_string(),
                    months => format!("every {months} months"),
                };
                write!(f, "{often}, on {}", on.join(" and "))?;
                match weekend {
                    Weekend::Stays => Ok(()),
                    Weekend::FridayBefore => write!(f, ", on weekends the Friday before"),
                    Weekend::MondayAfter => write!(f, ", on weekends the Monday after"),
                }
            }
            Self::Step { millis, .. } => {
                write!(f, "every {}, around the clock", duration(millis.get()))
            }
            Self::Sessions { week, .. } => {
                let mut first = 0;
                let mut parts = Vec::new();
                while first < 7 {
                    let mut last = first;
                    while last < 6 && week[last + 1] == week[first] {
                        last += 1;
                    }
                    if !week[first].is_empty() {
                        let mut open = [false; 7];
                        open[first..=last].fill(true);
                        let runs: Vec<String> =
                            week[first].iter().map(ToString::to_string).collect();
                        parts.push(format!("{} {}", open_days(&open), runs.join(", ")));
                    }
                    first = last + 1;
                }
                write!(f, "{}", parts.join("; "))
            }
        }
    }
}

/// "Monday to Friday", "Monday, Wednesday".
fn open_days(open: &[bool; 7]) -> String {
    let days: Vec<usize> = (0..7).filter(|&day| open[day]).collect();
    match days[..] {
        _ if days.len() == 7 => "every day of the week".into(),
        [first, .., last] if days.len() > 2 && last - first + 1 == days.len() => {
            format!("{} to {}", WEEKDAYS[first], WEEKDAYS[last])
        }
        _ => days
            .iter()
            .map(|&day| WEEKDAYS[day])
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn duration(millis: u64) -> String {
    let units = [
        (DAY as u64, "day"),
        (3_600_000, "hour"),
        (60_000, "minute"),
        (1000, "second"),
        (1, "millisecond"),
    ];
    let (size, name) = units
        .into_iter()
        .find(|(size, _)| millis.is_multiple_of(*size))
        .unwrap_or((1, "millisecond"));
    match millis / size {
        1 => name.into(),
        count => format!("{count} {name}s"),
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Number(31) => write!(f, "the last day"),
            Self::Number(day) => write!(f, "day {day}"),
            Self::Weekday { day, nth } => {
                let nth = match nth {
                    -1 => "last",
                    1 => "first",
                    2 => "second",
                    3 => "third",
                    4 => "fourth",
                    _ => "fifth",
                };
                write!(f, "the {nth} {}", WEEKDAYS[usize::from(day) % 7])
            }
        }
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |second: u32| match second % 60 {
            0 => format!("{:02}:{:02}", second / 3600, second / 60 % 60),
            rest => format!("{:02}:{:02}:{rest:02}", second / 3600, second / 60 % 60),
        };
        match self.rows() {
            1 => write!(f, "{}", clock(self.from)),
            2 => write!(f, "{} and {}", clock(self.from), clock(self.to)),
            _ => {
                let every = duration(u64::from(self.every.get()) * 1000);
                write!(f, "{}–{} every {every}", clock(self.from), clock(self.to))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{DateTime, date};

    fn day_list(first: Date, count: usize, keep: impl Fn(Date) -> bool) -> Vec<Stamp> {
        let days = first.series(Span::new().days(1)).filter(|&day| keep(day));
        days.take(count).map(Stamp::from).collect()
    }

    fn weekend(day: Date) -> bool {
        weekday_index(day) > 4
    }

    fn month_list(every: usize, of: impl Fn(Date) -> Vec<Date>) -> Vec<Stamp> {
        let first = date(1990, 1, 1);
        let months = first.series(Span::new().months(1)).step_by(every);
        months.take(400).flat_map(of).map(Stamp::from).collect()
    }

    fn sessions(minutes: impl Fn(Date) -> Vec<i64>) -> Vec<DateTime> {
        let days = date(2023, 1, 2).series(Span::new().days(1)).take(120);
        days.flat_map(|day| {
            let midnight = day.at(0, 0, 0, 0);
            let times = minutes(day)
                .into_iter()
                .map(move |minute| midnight + Span::new().minutes(minute));
            times.collect::<Vec<_>>()
        })
        .collect()
    }

    fn every(from: i64, to: i64, step: i64) -> Vec<i64> {
        (from..=to).step_by(step as usize).collect()
    }

    fn roll(day: Date, by: Weekend) -> Date {
        by.of(day).unwrap()
    }

    /// Made-up axes, each with what it is and the rows from which it can be told.
    fn axes() -> Vec<(&'static str, usize, Vec<Stamp>)> {
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        let new_york = TimeZone::get("America/New_York").unwrap();
        let time = |times: Vec<DateTime>| times.into_iter().map(Stamp::time).collect::<Vec<_>>();
        let around = |step: i64, count: i64| -> Vec<Stamp> {
            let first = Stamp::time(date(2023, 3, 1).at(0, 7, 0, 0));
            (0..count)
                .map(|row| first.after(row * step * 60_000).unwrap())
                .collect()
        };
        let zoned = |zone: &TimeZone, first: DateTime, count: i64| -> Vec<Stamp> {
            let first = Stamp::from(&zone.to_zoned(first).unwrap());
            (0..count)
                .map(|row| first.after(row * 3_600_000).unwrap().in_zone(zone))
                .collect()
        };
        let us_hours = |day: Date| {
            if weekend(day) {
                vec![]
            } else {
                every(570, 930, 30)
            }
        };
        let us = sessions(us_hours)
            .into_iter()
            .map(|local| Stamp::from(&new_york.to_zoned(local).unwrap()))
            .collect();
        let units = |text: &str, step: i64| -> Vec<Stamp> {
            let first: Stamp = text.parse().unwrap();
            (0..100)
                .map(|row| first.after(row * step).unwrap())
                .collect()
        };
        let fiscal = {
            let mut day = date(2000, 1, 1);
            let gaps = [28, 28, 35].into_iter().cycle().take(200);
            let days = gaps.map(|gap| {
                day += Span::new().days(gap);
                day.into()
            });
            days.collect::<Vec<Stamp>>()
        };
        let on = |numbers: &'static [i8]| {
            move |month: Date| {
                let days = numbers
                    .iter()
                    .map(|&day| MonthDay::Number(day).in_month(month).unwrap());
                days.collect::<Vec<_>>()
            }
        };
        let nth =
            |day, nth| move |month| vec![MonthDay::Weekday { day, nth }.in_month(month).unwrap()];
        let rolled = |numbers: &'static [i8], by| {
            move |month: Date| -> Vec<Date> {
                on(numbers)(month)
                    .into_iter()
                    .map(|day| roll(day, by))
                    .collect()
            }
        };
        vec![
            ("quarter of an hour", 3, around(15, 2000)),
            ("minute", 3, around(1, 4000)),
            ("hour, around the clock", 3, around(60, 1000)),
            (
                "hour with a change of the clock, spring",
                3,
                zoned(&berlin, date(2023, 3, 20).at(0, 0, 0, 0), 600),
            ),
            (
                "hour with a change of the clock, autumn",
                3,
                zoned(&berlin, date(2023, 10, 20).at(0, 0, 0, 0), 600),
            ),
            ("90 minutes", 3, around(90, 300)),
            ("7 hours", 3, around(420, 300)),
            ("36 hours", 3, around(2160, 300)),
            (
                "market with lunch",
                800,
                time(sessions(|day| match weekend(day) {
                    true => vec![],
                    false => [every(570, 715, 5), every(780, 955, 5)].concat(),
                })),
            ),
            (
                "market with a short Friday",
                150,
                time(sessions(|day| match weekday_index(day) {
                    0..4 => every(600, 1050, 30),
                    4 => every(600, 840, 30),
                    _ => vec![],
                })),
            ),
            (
                "currencies from Sunday evening to Friday evening",
                300,
                time(sessions(|day| match weekday_index(day) {
                    0..4 => every(0, 1380, 60),
                    4 => every(0, 1260, 60),
                    5 => vec![],
                    _ => every(1320, 1380, 60),
                })),
            ),
            ("New York with a change of the clock", 80, us),
            ("day", 14, day_list(date(2020, 1, 1), 500, |_| true)),
            (
                "business day",
                14,
                day_list(date(2020, 1, 1), 500, |day| !weekend(day)),
            ),
            (
                "Sunday to Thursday",
                14,
                day_list(date(2020, 1, 1), 500, |day| {
                    !(4..6).contains(&weekday_index(day))
                }),
            ),
            (
                "Monday, Wednesday, Friday",
                14,
                day_list(date(2020, 1, 1), 500, |day| {
                    [0, 2, 4].contains(&weekday_index(day))
                }),
            ),
            (
                "week",
                4,
                day_list(date(2020, 1, 1), 200, |day| weekday_index(day) == 2),
            ),
            ("fortnight", 4, units("2018-04-06", 14)),
            ("28 days", 12, units("2018-04-07", 28)),
            ("4-4-5 weeks", 12, fiscal),
            ("month start", 4, month_list(1, on(&[1]))),
            ("month end", 4, month_list(1, on(&[31]))),
            ("the 15th", 4, month_list(1, on(&[15]))),
            ("the 30th", 14, month_list(1, on(&[30]))),
            (
                "business month start",
                14,
                month_list(1, rolled(&[1], Weekend::MondayAfter)),
            ),
            (
                "business month end",
                14,
                month_list(1, rolled(&[31], Weekend::FridayBefore)),
            ),
            ("third Friday", 14, month_list(1, nth(4, 3))),
            ("last Friday", 24, month_list(1, nth(4, -1))),
            ("15th and last", 8, month_list(1, on(&[15, 31]))),
            ("1st and 16th", 8, month_list(1, on(&[1, 16]))),
            ("ten days", 12, month_list(1, on(&[1, 11, 21]))),
            (
                "15th and last, on business days",
                40,
                month_list(1, rolled(&[15, 31], Weekend::FridayBefore)),
            ),
            ("quarter start", 4, month_list(3, on(&[1]))),
            ("quarter end", 4, month_list(3, on(&[31]))),
            (
                "business quarter end",
                14,
                month_list(3, rolled(&[31], Weekend::FridayBefore)),
            ),
            ("half year", 4, month_list(6, on(&[31]))),
            ("year end", 4, month_list(12, on(&[31]))),
            ("two years", 4, month_list(24, on(&[1]))),
            ("labels of months", 2, units("2018-04", 1)),
            ("labels of every other month", 2, units("201804", 2)),
            ("labels of quarters", 2, units("2018-Q3", 1)),
            ("labels of weeks", 2, units("2018-W40", 1)),
            ("years", 2, units("1950", 1)),
            ("row numbers", 2, (0..100).map(Stamp::row).collect()),
            (
                "row numbers in tens",
                2,
                (0..100).map(|row| Stamp::row(10 * row)).collect(),
            ),
        ]
    }

    #[test]
    fn rhythms_in_words() {
        for (name, words) in [
            ("minute", "every minute, around the clock"),
            ("90 minutes", "every 90 minutes, around the clock"),
            ("7 hours", "every 7 hours, around the clock"),
            (
                "market with lunch",
                "Monday to Friday 09:30–11:55 every 5 minutes, 13:00–15:55 every 5 minutes",
            ),
            ("business day", "Monday to Friday"),
            ("third Friday", "monthly, on the third Friday"),
            ("quarter end", "quarterly, on the last day"),
            ("4-4-5 weeks", "28, 28, 35 days apart in turn"),
            ("labels of quarters", "every quarter"),
            ("row numbers in tens", "every 10 rows"),
        ] {
            let axes = axes();
            let (_, _, axis) = axes.iter().find(|axis| axis.0 == name).unwrap();
            let told = Rhythm::infer(axis, None).to_string();
            let told = told
                .replace("28, 35, 28", "28, 28, 35")
                .replace("35, 28, 28", "28, 28, 35");
            assert_eq!(told, words, "{name}");
        }
    }

    #[test]
    fn every_axis_can_be_told() {
        for (name, least, axis) in axes() {
            for cut in least..axis.len().saturating_sub(20) {
                if cut > least + 40 && cut % 7 != 0 {
                    continue;
                }
                let zone = match name.contains("clock") && axis[0].unit() == Unit::Instant {
                    true if name.contains("New York") => TimeZone::get("America/New_York").ok(),
                    true => TimeZone::get("Europe/Berlin").ok(),
                    false => None,
                };
                let rhythm = Rhythm::infer(&axis[..cut], zone.as_ref());
                let told = rhythm.following(axis[cut - 1], 20);
                assert_eq!(
                    told.iter().map(ToString::to_string).collect::<Vec<_>>(),
                    axis[cut..cut + 20]
                        .iter()
                        .map(ToString::to_string)
                        .collect::<Vec<_>>(),
                    "{name}, cut at {cut}: {rhythm}"
                );
            }
        }
    }
}
