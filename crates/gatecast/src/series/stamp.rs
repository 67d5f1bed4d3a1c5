//! A row's place on the time axis: an instant, a local time, a day, a week, a month, a quarter, a year,
//! or a plain number. What this file is not: how stamps follow one another is `rhythm`'s business,
//! how cells are read as stamps that of `times`.
//!
//! A stamp takes eight bytes, so that ten million of them are no burden.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, ISOWeekDate, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a [`Stamp`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Plain numbers: rows, or whatever a file numbers its rows by.
    Row,
    /// Years.
    Year,
    /// Quarters of a year.
    Quarter,
    /// Months.
    Month,
    /// Weeks, from Monday on (ISO 8601).
    Week,
    /// Calendar days.
    Day,
    /// Local times of no known zone, in milliseconds.
    Time,
    /// Instants, in milliseconds, with the local clock's distance from UTC.
    Instant,
}

impl Unit {
    /// What one of it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Year => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
            Self::Time | Self::Instant => "time",
        }
    }
}

/// A row's place on the time axis. It is written as ISO 8601 has it: `2018-04-30`, `2018-04-30T09:30:00`,
/// `2018-04-30T09:30:00+08:00`, `2018-04`, `2018-Q2`, `2018-W18`, `2018`; a plain number as
/// that number.
///
/// Stamps are compared within one unit; a series has one.
///
/// ```
/// use gatecast::series::{Stamp, Unit};
/// use jiff::civil::date;
///
/// let stamp = Stamp::from(date(2018, 4, 30));
/// assert_eq!((stamp.unit(), stamp.to_string().as_str()), (Unit::Day, "2018-04-30"));
/// assert_eq!("2018-04".parse::<Stamp>()?.date(), Some(date(2018, 4, 1)));
/// # Ok::<(), gatecast::series::NoStamp>(())
/// ```
#[derive(Clone, Copy)]
pub struct Stamp(
    /// From the highest bit: 48 bits that count units since the year 0 (years, quarters, months) or
    /// since 1970 (weeks, days, milliseconds), or the plain number; 11 bits of minutes that the local
    /// clock is ahead of UTC; a bit for months and quarters that are written without a dash
    /// (`201804`, `2018Q2`); 4 bits for the unit.
    i64,
);

/// A text is no stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoStamp(String);

impl fmt::Display for NoStamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no date, time or whole number", self.0)
    }
}

impl std::error::Error for NoStamp {}

const SECOND: i64 = 1000;
const DAY: i64 = 86_400 * SECOND;
/// 1970-01-01, a Thursday.
const EPOCH: Date = Date::constant(1970, 1, 1);
/// Days from the Monday before it.
const THURSDAY: i64 = 3;

const UNITS: [Unit; 8] = [
    Unit::Row,
    Unit::Year,
    Unit::Quarter,
    Unit::Month,
    Unit::Week,
    Unit::Day,
    Unit::Time,
    Unit::Instant,
];
const PLAIN: i64 = 1 << 4;
/// Where the 11 bits of minutes begin.
const MINUTES: u32 = 5;
/// Where the count begins.
const COUNT: u32 = 16;
/// Counts are less than this, to both sides.
const LIMIT: i64 = 1 << 47;

impl Stamp {
    fn new(unit: Unit, count: i64) -> Self {
        Self(count.clamp(-LIMIT, LIMIT - 1) << COUNT | unit as i64)
    }

    /// The row `number`, within 47 bits.
    pub fn row(number: i64) -> Self {
        Self::new(Unit::Row, number)
    }

    /// A year.
    pub fn year(year: i16) -> Self {
        Self::new(Unit::Year, year.into())
    }

    /// A quarter, from 1 to 4; none outside.
    pub fn quarter(year: i16, quarter: i8) -> Option<Self> {
        (1..=4)
            .contains(&quarter)
            .then(|| Self::new(Unit::Quarter, i64::from(year) * 4 + i64::from(quarter) - 1))
    }

    /// A month, from 1 to 12; none outside.
    pub fn month(year: i16, month: i8) -> Option<Self> {
        (1..=12)
            .contains(&month)
            .then(|| Self::new(Unit::Month, i64::from(year) * 12 + i64::from(month) - 1))
    }

    /// A week of ISO 8601; none where the year has no such week.
    pub fn week(year: i16, week: i8) -> Option<Self> {
        let monday = ISOWeekDate::new(year, week, Weekday::Monday).ok()?.date();
        Some(Self::week_of(monday))
    }

    fn week_of(date: Date) -> Self {
        Self::new(Unit::Week, (days(date) + THURSDAY).div_euclid(7))
    }

    /// A local time of no known zone; fractions of milliseconds are dropped.
    pub fn time(time: DateTime) -> Self {
        Self::new(Unit::Time, millis(time))
    }

    /// A local time where the clock is `offset` seconds ahead of UTC, to the minute.
    pub fn instant(local: DateTime, offset: i32) -> Self {
        let minutes = i64::from(offset.div_euclid(60)).clamp(-1023, 1023);
        let stamp = Self::new(Unit::Instant, millis(local) - minutes * 60 * SECOND);
        Self(stamp.0 | (minutes & 0x7ff) << MINUTES)
    }

    /// Written without a dash, where it is a month or a quarter.
    #[must_use]
    pub(super) fn plain(self) -> Self {
        Self(self.0 | PLAIN)
    }

    /// What it counts.
    pub fn unit(self) -> Unit {
        UNITS[(self.0 & 7) as usize]
    }

    /// How many of its unit: the plain number, or what [`Stamp::after`] adds to.
    pub(crate) fn count(self) -> i64 {
        self.0 >> COUNT
    }

    /// Seconds that the local clock is ahead of UTC; 0 but for an instant.
    pub(super) fn offset(self) -> i32 {
        let above = i64::BITS - COUNT;
        ((self.0 << above) >> (above + MINUTES)) as i32 * 60
    }

    /// The stamp so many of its units later (milliseconds for times); none beyond the year 9999.
    pub(crate) fn after(self, units: i64) -> Option<Self> {
        let count = self.count().checked_add(units)?;
        if !(-LIMIT..LIMIT).contains(&count) {
            return None;
        }
        let next = Self(count << COUNT | self.0 & ((1 << COUNT) - 1));
        (self.unit() == Unit::Row || next.date().is_some()).then_some(next)
    }

    /// As the clock of `zone` shows it, where it is an instant.
    pub(super) fn in_zone(self, zone: &TimeZone) -> Self {
        let instant = Timestamp::from_millisecond(self.count());
        match (self.unit(), instant) {
            (Unit::Instant, Ok(instant)) => Self::from(&instant.to_zoned(zone.clone())),
            _ => self,
        }
    }

    /// Milliseconds by the local clock, of a time or an instant.
    fn local_count(self) -> i64 {
        self.count() + i64::from(self.offset()) * SECOND
    }

    /// Its local time, or the first moment of its day, week, month, quarter or year; a plain number has none.
    pub fn local(self) -> Option<DateTime> {
        let day = |date: Option<Date>| date.map(|date| date.at(0, 0, 0, 0));
        let first_of = |months: i64| -> Option<Date> {
            let year = i16::try_from(months.div_euclid(12)).ok()?;
            Date::new(year, months.rem_euclid(12) as i8 + 1, 1).ok()
        };
        let count = self.count();
        match self.unit() {
            Unit::Row => None,
            Unit::Year => day(first_of(count.checked_mul(12)?)),
            Unit::Quarter => day(first_of(count.checked_mul(3)?)),
            Unit::Month => day(first_of(count)),
            Unit::Week => day(date(count.checked_mul(7)?.checked_sub(THURSDAY)?)),
            Unit::Day => day(date(count)),
            Unit::Time | Unit::Instant => {
                let local = self.local_count();
                let day = date(local.div_euclid(DAY))?;
                let rest = jiff::SignedDuration::from_millis(local.rem_euclid(DAY));
                let time = jiff::civil::Time::midnight().checked_add(rest).ok()?;
                Some(day.to_datetime(time))
            }
        }
    }

    /// The calendar day on which it is or begins; a plain number has none.
    pub fn date(self) -> Option<Date> {
        match self.unit() {
            Unit::Day => date(self.count()),
            Unit::Time | Unit::Instant => date(self.local_count().div_euclid(DAY)),
            _ => self.local().map(DateTime::date),
        }
    }

    /// The day it falls on, without its time of day.
    pub(super) fn on_day(self) -> Option<Self> {
        self.date().map(Self::from)
    }

    /// Its place on a straight axis: local days since 1970, or the plain number.
    pub(crate) fn position(self) -> f64 {
        match self.unit() {
            Unit::Row | Unit::Day => self.count() as f64,
            Unit::Time | Unit::Instant => self.local_count() as f64 / DAY as f64,
            _ => self.date().map_or(0.0, |date| days(date) as f64),
        }
    }

    /// Its time of day in milliseconds, by the local clock.
    pub(super) fn time_of_day(self) -> i64 {
        match self.unit() {
            Unit::Time | Unit::Instant => self.local_count().rem_euclid(DAY),
            _ => 0,
        }
    }
}

/// Days since 1970.
pub(super) fn days(date: Date) -> i64 {
    i64::from((date - EPOCH).get_days())
}

fn date(days: i64) -> Option<Date> {
    let span = jiff::Span::new().try_days(days).ok()?;
    EPOCH.checked_add(span).ok()
}

fn millis(local: DateTime) -> i64 {
    let time = local.time();
    let seconds =
        i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second());
    days(local.date()) * DAY + seconds * SECOND + i64::from(time.millisecond())
}

impl From<Date> for Stamp {
    fn from(date: Date) -> Self {
        Self::new(Unit::Day, days(date))
    }
}

impl From<DateTime> for Stamp {
    fn from(time: DateTime) -> Self {
        Self::time(time)
    }
}

impl From<Timestamp> for Stamp {
    fn from(instant: Timestamp) -> Self {
        Self::new(Unit::Instant, instant.as_millisecond())
    }
}

impl From<&Zoned> for Stamp {
    fn from(zoned: &Zoned) -> Self {
        Self::instant(zoned.datetime(), zoned.offset().seconds())
    }
}

impl PartialEq for Stamp {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Stamp {}

impl PartialOrd for Stamp {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Stamp {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.unit(), self.count()).cmp(&(other.unit(), other.count()))
    }
}

impl std::hash::Hash for Stamp {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (self.unit(), self.count()).hash(state);
    }
}

impl PartialEq<Date> for Stamp {
    fn eq(&self, other: &Date) -> bool {
        *self == Self::from(*other)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(local) = self.local() else {
            return write!(f, "{}", self.count());
        };
        let (date, year) = (local.date(), local.year());
        let dash = if self.0 & PLAIN != 0 { "" } else { "-" };
        match self.unit() {
            Unit::Row | Unit::Year => write!(f, "{year:04}"),
            Unit::Quarter => write!(f, "{year:04}{dash}Q{}", (date.month() + 2) / 3),
            Unit::Month => write!(f, "{year:04}{dash}{:02}", date.month()),
            Unit::Week => {
                let week = date.iso_week_date();
                write!(f, "{:04}-W{:02}", week.year(), week.week())
            }
            Unit::Day => write!(f, "{date}"),
            Unit::Time => write!(f, "{local}"),
            Unit::Instant if self.offset() == 0 => write!(f, "{local}Z"),
            Unit::Instant => {
                let sign = if self.offset() < 0 { '-' } else { '+' };
                let minutes = self.offset().abs() / 60;
                write!(f, "{local}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Stamp {
    type Err = NoStamp;

    /// Reads what [`Stamp`] is written as, but for plain numbers.
    fn from_str(text: &str) -> Result<Self, NoStamp> {
        let stamp = || -> Option<Self> {
            if text.contains('T') {
                let time = text.get(11..)?;
                if text.ends_with('Z') {
                    return Some(text.parse::<Timestamp>().ok()?.into());
                }
                if let Some(sign) = time.find(['+', '-']) {
                    let (local, offset) = text.split_at(11 + sign);
                    let mut parts = offset[1..].split(':').map(|part| part.parse::<i32>().ok());
                    let seconds = parts.next()?? * 3600 + parts.next()?? * 60;
                    let offset = if offset.starts_with('-') {
                        -seconds
                    } else {
                        seconds
                    };
                    Offset::from_seconds(offset).ok()?;
                    return Some(Self::instant(local.parse().ok()?, offset));
                }
                return Some(Self::time(text.parse().ok()?));
            }
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            let year = text.get(..4)?.parse().ok()?;
            let rest = text.get(4..)?;
            match (rest, rest.strip_prefix('-').unwrap_or(rest)) {
                ("", _) => Some(Self::year(year)),
                (_, month) if digits && month.len() == 2 => {
                    Some(Self::month(year, month.parse().ok()?)?.plain())
                }
                (rest, part) => {
                    let stamp = match part.as_bytes() {
                        [b'Q', _] => Self::quarter(year, part[1..].parse().ok()?)?,
                        [b'W', _, _] => Self::week(year, part[1..].parse().ok()?)?,
                        [_, _] => Self::month(year, part.parse().ok()?)?,
                        _ => Self::from(text.parse::<Date>().ok()?),
                    };
                    Some(if rest == part { stamp.plain() } else { stamp })
                }
            }
        };
        stamp().ok_or_else(|| NoStamp(text.into()))
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.unit() {
            Unit::Row => serializer.serialize_i64(self.count()),
            _ => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(i64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Number(number) => Ok(Self::row(number)),
            Written::Text(text) => text.parse().map_err(serde::de::Error::custom),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_stamp_is_written_and_read_back() {
        let time = date(2018, 4, 30).at(9, 30, 0, 0);
        for (stamp, text) in [
            (Stamp::from(date(2018, 4, 30)), "2018-04-30"),
            (Stamp::time(time), "2018-04-30T09:30:00"),
            (Stamp::instant(time, 0), "2018-04-30T09:30:00Z"),
            (Stamp::instant(time, 8 * 3600), "2018-04-30T09:30:00+08:00"),
            (Stamp::instant(time, -12_600), "2018-04-30T09:30:00-03:30"),
            (
                Stamp::time(date(1950, 1, 1).at(0, 0, 0, 5_000_000)),
                "1950-01-01T00:00:00.005",
            ),
            (Stamp::month(2018, 4).unwrap(), "2018-04"),
            (Stamp::month(2018, 12).unwrap().plain(), "201812"),
            (Stamp::quarter(2018, 4).unwrap(), "2018-Q4"),
            (Stamp::quarter(2018, 1).unwrap().plain(), "2018Q1"),
            (Stamp::week(2020, 53).unwrap(), "2020-W53"),
            (Stamp::week(1969, 1).unwrap(), "1969-W01"),
            (Stamp::year(2018), "2018"),
        ] {
            assert_eq!(stamp.to_string(), text);
            let back: Stamp = text.parse().unwrap();
            assert_eq!((back, back.to_string()), (stamp, text.to_string()));
            let json = serde_json::to_string(&stamp).unwrap();
            assert_eq!(serde_json::from_str::<Stamp>(&json).unwrap(), stamp);
        }
        let row = Stamp::row(-7);
        assert_eq!(serde_json::to_string(&row).unwrap(), "-7");
        assert_eq!(serde_json::from_str::<Stamp>("-7").unwrap(), row);
        for text in [
            "",
            "2018-13",
            "2018-W60",
            "2018-Q5",
            "x",
            "2018-04-31",
            "20-1",
            "2018-04-30T",
            "日本日本",
            "2018-04-30T09:30:00+99:00",
        ] {
            assert!(text.parse::<Stamp>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn units_go_on_and_the_end_of_time_ends_them() {
        let next = |text: &str| {
            text.parse::<Stamp>()
                .unwrap()
                .after(1)
                .map(|s| s.to_string())
        };
        assert_eq!(next("2018-12").as_deref(), Some("2019-01"));
        assert_eq!(next("201812").as_deref(), Some("201901"));
        assert_eq!(next("2018-Q4").as_deref(), Some("2019-Q1"));
        assert_eq!(next("2020-W53").as_deref(), Some("2021-W01"));
        assert_eq!(next("9999-12"), None);
        assert_eq!(next("9999"), None);
        assert_eq!(next("9999-12-31"), None);
        assert_eq!(Stamp::row(i64::MAX).after(1), None);
    }

    #[test]
    fn an_instant_is_compared_by_when_it_is() {
        let at = |text: &str| text.parse::<Stamp>().unwrap();
        assert_eq!(at("2018-10-28T02:30:00+02:00"), at("2018-10-28T00:30:00Z"));
        assert!(at("2018-10-28T02:30:00+02:00") < at("2018-10-28T02:30:00+01:00"));
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        assert_eq!(
            at("2018-10-28T00:30:00Z").in_zone(&berlin).to_string(),
            "2018-10-28T02:30:00+02:00"
        );
    }
}
