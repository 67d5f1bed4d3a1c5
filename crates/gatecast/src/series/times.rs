//! What the cells of a time column mean: dates with or without a time of day, months, quarters, weeks,
//! years, seconds since 1970, Excel's day numbers, plain numbers. How they are written is read
//! off the whole column once ([`Form::infer`]), then every cell is read that way. What this file is
//! not: it knows no rows and no files; dates alone are `dates`' business.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp};

use super::dates::{BUDDHIST, DateOrder, Inferred as Order, full_year, is_buddhist, month};
use super::numbers::is_missing;
use super::stamp::Stamp;

/// How the cells of a time column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Dates, perhaps with a time of day and an offset from UTC: `2018-04-30T09:30+08:00`.
    Date(DateOrder),
    /// The same with years of the Buddhist era.
    Buddhist(DateOrder),
    /// `2018-04`, `Jan 2018`, `201804`.
    Month,
    /// `2018Q1`, `2018-Q1`, `1Q18`.
    Quarter,
    /// `2018-W05`.
    Week,
    /// `2018`.
    Year,
    /// Units since 1970, so many to the second.
    Epoch(i64),
    /// Days since the end of 1899, as Excel counts them.
    Excel,
    /// Plain numbers.
    Number,
    /// Times that the file holds as such.
    Typed,
}

/// What a time column can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Inferred {
    Form(Form),
    /// Dates whose parts may stand in several orders, and nothing in the column tells which.
    Ambiguous,
    /// No cell is a time.
    None,
}

/// Cells that are looked at, of columns longer than this.
pub(super) const SAMPLE: usize = 2000;

impl Form {
    /// Reads the form off a column; `order` is that of its dates where it is known, and `named` says
    /// that its header means a date, so that numbers in it are no mere row numbers.
    pub(super) fn infer<'a>(
        cells: &(impl Iterator<Item = &'a str> + Clone),
        order: Option<DateOrder>,
        named: bool,
    ) -> Inferred {
        let filled = || cells.clone().filter(|cell| !is_missing(cell));
        let sample: Vec<&str> = filled().take(SAMPLE).collect();
        let most = |form: Self| {
            let read = sample.iter().filter(|cell| form.parse(cell).is_some());
            read.count() * 4 > sample.len()
        };
        if sample.is_empty() {
            return Inferred::None;
        }
        if let Some(numbers) = integers(&sample) {
            return match Self::of_numbers(&numbers, named) {
                Some(form) => Inferred::Form(form),
                None => Inferred::None,
            };
        }
        if let Some(form) = [Self::Quarter, Self::Week, Self::Month]
            .into_iter()
            .find(|&form| most(form))
        {
            return Inferred::Form(form);
        }
        let dates = filled().filter_map(|cell| Some(split(cell)?.date));
        let order = match order {
            Some(order) => order,
            None => match DateOrder::infer(&dates) {
                Order::Order(order) => order,
                Order::Ambiguous => return Inferred::Ambiguous,
                Order::None => return Inferred::None,
            },
        };
        let buddhist = sample.iter().filter(|cell| is_buddhist(cell)).count() * 2 > sample.len();
        let form = match buddhist {
            true => Self::Buddhist(order),
            false => Self::Date(order),
        };
        match most(form) {
            true => Inferred::Form(form),
            false => Inferred::None,
        }
    }

    /// The form of a column of numbers without a fraction, or with one where the digits are days or
    /// seconds; none where they are no times.
    fn of_numbers(cells: &[Digits<'_>], named: bool) -> Option<Self> {
        let all = |test: &dyn Fn(&Digits<'_>) -> bool| cells.iter().all(test);
        let reads = |form: Self| all(&|cell| form.parse(cell.text).is_some());
        let between = |from: i64, to: i64| all(&|cell| (from..to).contains(&cell.value));
        let fraction = cells.iter().any(|cell| cell.fraction);
        let digits = cells[0].digits;
        let compact = |order| (!fraction && reads(Self::Date(order))).then_some(Self::Date(order));
        // 2018043009 could be seconds since 1970, in the year 2033.
        let year = |cell: &Digits<'_>| cell.text.get(..4).and_then(number).unwrap_or(0);
        match digits {
            7 => compact(DateOrder::Roc),
            8 => compact(DateOrder::Ymd),
            10 | 12 | 14 | 17 if all(&|cell| (1900..2100).contains(&year(cell))) => {
                compact(DateOrder::Ymd)
            }
            _ => None,
        }
        .or_else(|| {
            // 1980 to 2100, in seconds and their thousandths.
            let (from, to) = (315_532_800, 4_102_444_800);
            [1, 1000, 1_000_000, 1_000_000_000]
                .into_iter()
                .find(|&unit| between(from * unit, to * unit))
                .map(Self::Epoch)
        })
        .or_else(|| match digits {
            6 if !fraction && reads(Self::Month) => Some(Self::Month),
            5 if named && between(10_000, 80_000) => Some(Self::Excel),
            4 if named && !fraction && between(1500, 2200) => Some(Self::Year),
            _ if !fraction && !named => Some(Self::Number),
            _ => None,
        })
    }

    /// The stamp in a cell. Whether it is a day or a time of day is the cell's; see [`super::axis`].
    pub(super) fn parse(self, cell: &str) -> Option<Stamp> {
        let cell = cell.trim();
        match self {
            Self::Date(order) => date(order, false, cell),
            Self::Buddhist(order) => date(order, true, cell),
            Self::Month => of_month(cell),
            Self::Quarter => quarter(cell),
            Self::Week => {
                let (year, week) = cell.split_once(['W', 'w'])?;
                let year = year.trim_end_matches(['-', ' ']);
                Stamp::week(four_digits(year)?, number(week)?.try_into().ok()?)
            }
            Self::Year => Some(Stamp::year(four_digits(cell)?)),
            Self::Epoch(per_second) => {
                // Eight digits behind the point are more than a float keeps of seconds since 1970.
                let (whole, fraction) = cell.split_once('.').unwrap_or((cell, ""));
                let whole: i64 = match whole.contains(['e', 'E']) || fraction.contains(['e', 'E']) {
                    true => cell.parse::<f64>().ok()? as i64,
                    false => whole.parse().ok()?,
                };
                let per_milli = (per_second / 1000).max(1);
                let mut millis = match per_second {
                    1 => whole.checked_mul(1000)?,
                    _ => whole.div_euclid(per_milli),
                };
                if per_second == 1 && fraction.bytes().all(|byte| byte.is_ascii_digit()) {
                    let three: String = fraction.chars().chain("000".chars()).take(3).collect();
                    millis += three.parse::<i64>().ok()?;
                }
                Some(Stamp::from(Timestamp::from_millisecond(millis).ok()?))
            }
            Self::Excel => {
                let days: f64 = cell.parse().ok()?;
                let day = Date::constant(1899, 12, 30)
                    .checked_add(jiff::Span::new().try_days(days.floor() as i64).ok()?)
                    .ok()?;
                // A fraction of a day has lost its milliseconds.
                let seconds = ((days - days.floor()) * 86_400.0).round() as i64;
                match seconds {
                    0 => Some(Stamp::from(day)),
                    _ => {
                        let time = day.at(0, 0, 0, 0);
                        Some(Stamp::time(
                            time.checked_add(SignedDuration::from_secs(seconds)).ok()?,
                        ))
                    }
                }
            }
            Self::Number => Some(Stamp::row(cell.parse().ok()?)),
            // Beside a time of day in a column of its own.
            Self::Typed => date(DateOrder::Ymd, false, cell),
        }
    }

    /// Name in reports.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Date(order) | Self::Buddhist(order) => order.name(),
            Self::Month => "months",
            Self::Quarter => "quarters",
            Self::Week => "weeks",
            Self::Year => "years",
            Self::Epoch(1) => "seconds since 1970",
            Self::Epoch(1000) => "milliseconds since 1970",
            Self::Epoch(1_000_000) => "microseconds since 1970",
            Self::Epoch(_) => "nanoseconds since 1970",
            Self::Excel => "Excel's day numbers",
            Self::Number => "numbers",
            Self::Typed => "the file's own type",
        }
    }

    /// The year as a cell has it, where it is one of the Buddhist era.
    pub(super) fn buddhist_year(self, cell: &str) -> Option<i16> {
        match self {
            Self::Buddhist(_) => Some(self.parse(cell)?.date()?.year() + BUDDHIST),
            _ => None,
        }
    }
}

/// Whether a cell by itself looks like a time: a date in any order, with or without a time of day, or
/// a month, quarter or week.
pub(super) fn is_time(cell: &str) -> bool {
    let orders = [
        DateOrder::Ymd,
        DateOrder::Roc,
        DateOrder::Mdy,
        DateOrder::Dmy,
    ];
    orders
        .iter()
        .any(|&order| Form::Date(order).parse(cell).is_some())
        || !cell
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
            && [Form::Month, Form::Quarter, Form::Week]
                .iter()
                .any(|form| form.parse(cell).is_some())
}

/// Whether a cell is a count of seconds since 1970, or of thousandths of it and so on.
pub(super) fn is_epoch(cell: &str) -> bool {
    integers(&[cell])
        .is_some_and(|cells| matches!(Form::of_numbers(&cells, true), Some(Form::Epoch(_))))
}

/// Whether a cell is a time of day and nothing else.
pub(super) fn is_time_of_day(cell: &str) -> bool {
    cell.contains(':') && clock(cell.trim()).is_some_and(|clock| clock.offset.is_none())
}

/// Whether a cell has a time of day.
pub(super) fn has_clock(cell: &str) -> bool {
    split(cell).is_some_and(|parts| parts.time.is_some())
}

/// A number in a time column.
struct Digits<'a> {
    text: &'a str,
    /// Before the point.
    value: i64,
    digits: usize,
    /// Whether anything but zeros follows the point.
    fraction: bool,
}

/// The cells as numbers, where they are nothing else.
fn integers<'a>(cells: &[&'a str]) -> Option<Vec<Digits<'a>>> {
    let integer = |&text: &&'a str| {
        let text = text.trim();
        if let (true, Ok(value)) = (text.contains(['e', 'E']), text.parse::<f64>()) {
            let value = value as i64;
            let digits = value.to_string().len();
            return Some(Digits {
                text,
                value,
                digits,
                fraction: true,
            });
        }
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digit = |byte: u8| byte.is_ascii_digit();
        let plain = whole.bytes().all(digit) && fraction.bytes().all(digit) && !whole.is_empty();
        let value = whole.parse().ok().filter(|_| plain)?;
        Some(Digits {
            text,
            value,
            digits: whole.len(),
            fraction: fraction.bytes().any(|byte| byte != b'0'),
        })
    };
    cells.iter().map(integer).collect()
}

/// A cell in its parts.
struct Split<'a> {
    date: &'a str,
    time: Option<Clock>,
}

/// A time of day.
struct Clock {
    /// Nanoseconds after midnight, and 24:00 itself.
    nanos: i64,
    /// Seconds ahead of UTC.
    offset: Option<i32>,
}

fn date(order: DateOrder, buddhist: bool, cell: &str) -> Option<Stamp> {
    let parts = split(cell)?;
    let date = iso(parts.date)
        .filter(|_| order == DateOrder::Ymd && !buddhist)
        .or_else(|| order.parse_in(parts.date, buddhist))?;
    let Some(Clock { nanos, offset }) = parts.time else {
        return Some(Stamp::from(date));
    };
    let local: DateTime = date.to_datetime(Time::midnight());
    let local = local.checked_add(SignedDuration::from_nanos(nanos)).ok()?;
    Some(match offset {
        Some(offset) => Stamp::instant(local, offset),
        None => Stamp::time(local),
    })
}

/// `2018-04-30`, the quick way.
fn iso(text: &str) -> Option<Date> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
        return None;
    };
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i16::from(byte - b'0'));
    let year = digit(y1)? * 1000 + digit(y2)? * 100 + digit(y3)? * 10 + digit(y4)?;
    let month = digit(m1)? * 10 + digit(m2)?;
    let day = digit(d1)? * 10 + digit(d2)?;
    (year >= 1000).then(|| Date::new(year, month as i8, day as i8).ok())?
}

/// Parts a cell into its date and its time of day.
fn split(cell: &str) -> Option<Split<'_>> {
    // TWSE and TPEX mark some days with a star.
    let cell = cell.trim().trim_end_matches(['*', '＊']).trim_end();
    fn with<'a>(date: &'a str, time: &str) -> Option<Split<'a>> {
        let date = date.trim_end_matches([',', ';', '-', '_', ' ']);
        Some(Split {
            date,
            time: Some(clock(time.trim())?),
        })
    }
    if let Some(colon) = cell.find(':') {
        let hour = cell[..colon]
            .trim_end_matches(|c: char| c.is_ascii_digit())
            .len();
        let (date, time) = cell.split_at(hour);
        if date.is_empty() {
            // The time first: 09:30 30/04/2018, 09:30 AM 04/30/2018.
            let space = time.find(' ')?;
            let rest = time[space..].trim_start();
            let half = rest.get(..2).filter(|half| is_half(half)).map_or(0, |_| 2);
            let after = time.len() - rest.len() + half;
            return with(time[after..].trim(), &time[..after]);
        }
        // 上午 and its like stand before the hour.
        for (word, half) in HALVES {
            if let Some(date) = date.trim_end().strip_suffix(word) {
                return with(date, &format!("{time} {half}"));
            }
        }
        let date = date.strip_suffix(['T', 't']).unwrap_or(date);
        return with(date, time);
    }
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(cell) && matches!(cell.len(), 10 | 12 | 14 | 17) {
        return with(&cell[..8], &cell[8..]);
    }
    // 20180430 093000, 20180430T09, 2018-04-30 12-AM.
    if let Some((date, time)) = cell.split_once(['T', ' ']) {
        let time = time.trim();
        let plain = time.trim_end_matches('Z');
        let compact = digits(plain) && matches!(plain.len(), 2 | 4 | 6 | 9);
        let is_compact =
            compact && (date.len() == 8 && digits(date) || date.len() == 10 && plain.len() == 2);
        let hour = time
            .split_once('-')
            .is_some_and(|(hour, half)| digits(hour) && is_half(half));
        if is_compact || hour {
            return with(date, &time.replace('-', ":00 "));
        }
    }
    Some(Split {
        date: cell,
        time: None,
    })
}

/// Halves of the day that are written before the hour.
const HALVES: [(&str, &str); 6] = [
    ("上午", "AM"),
    ("下午", "PM"),
    ("午前", "AM"),
    ("午後", "PM"),
    ("오전", "AM"),
    ("오후", "PM"),
];

fn is_half(text: &str) -> bool {
    text.eq_ignore_ascii_case("am") || text.eq_ignore_ascii_case("pm")
}

/// Reads `9:30`, `09:30:00.250`, `093000`, `9:30 PM`, with `Z`, `UTC`, `+08:00` or `GMT+0100` behind.
fn clock(text: &str) -> Option<Clock> {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ',')))
        .unwrap_or(text.len());
    let (time, rest) = text.split_at(end);
    let mut parts = [0i64; 3];
    let (whole, fraction) = time.split_once(['.', ',']).unwrap_or((time, ""));
    if whole.contains(':') {
        for (at, part) in whole.split(':').enumerate() {
            *parts.get_mut(at)? = number(part).filter(|_| part.len() <= 2)?.into();
        }
    } else {
        // 09, 0930, 093000, 093000250.
        if !matches!(whole.len(), 2 | 4 | 6 | 9) {
            return None;
        }
        let two = |at: usize| whole.get(at..at + 2).map_or(Some(0), number);
        parts = [two(0)?.into(), two(2)?.into(), two(4)?.into()];
    }
    let [mut hour, minute, second] = parts;
    let fraction = if whole.len() == 9 {
        &whole[6..]
    } else {
        fraction
    };
    let digits: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    let fraction: i64 = digits.parse().ok()?;
    let mut rest = rest.trim();
    for (half, first) in [("am", 0), ("pm", 12)] {
        let dotted = format!("{}.m.", &half[..1]);
        for name in [half, &dotted] {
            if let Some(head) = rest
                .get(..name.len())
                .filter(|head| head.eq_ignore_ascii_case(name))
            {
                rest = rest[head.len()..].trim();
                hour = (1..=12).contains(&hour).then_some(hour % 12 + first)?;
            }
        }
    }
    let in_range = hour < 24 && minute < 60 && second < 60
        || (hour, minute, second, fraction) == (24, 0, 0, 0);
    let nanos = ((hour * 60 + minute) * 60 + second) * 1_000_000_000 + fraction;
    let offset = if rest.is_empty() {
        None
    } else {
        Some(offset(rest)?)
    };
    in_range.then_some(Clock { nanos, offset })
}

/// Seconds ahead of UTC: `Z`, `UTC`, `+08:00`, `-0330`, `+01`, `GMT+0100`.
fn offset(text: &str) -> Option<i32> {
    let text = text.trim_start_matches('(').trim_end_matches(')');
    let rest = ["UTC", "GMT", "Z"]
        .iter()
        .find_map(|name| text.strip_prefix(name))
        .unwrap_or(text);
    if rest.is_empty() {
        return Some(0);
    }
    let (sign, rest) = match rest.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, rest.strip_prefix(['-', '\u{2212}'])?),
    };
    let digits = rest.replace(':', "");
    let (hours, minutes) = match digits.len() {
        1 | 2 => (number(&digits)?, 0),
        4 => (number(&digits[..2])?, number(&digits[2..])?),
        _ => return None,
    };
    (hours <= 14 && minutes < 60).then(|| sign * (hours as i32 * 3600 + minutes as i32 * 60))
}

fn of_month(cell: &str) -> Option<Stamp> {
    if cell.len() == 6 && cell.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(
            Stamp::month(
                four_digits(&cell[..4])?,
                number(&cell[4..])?.try_into().ok()?,
            )?
            .plain(),
        );
    }
    let is_between = |c: char| "-/. ',年月년월".contains(c);
    // 2018M04, as Eurostat writes it; March has letters behind its M.
    let (year, rest) = cell.split_once('M').unwrap_or((cell, ""));
    let of_eurostat = four_digits(year).is_some() && number(rest).is_some();
    let cell = match of_eurostat {
        true => format!("{year}-{rest}"),
        false => cell.to_string(),
    };
    let mut words = cell.split(is_between).filter(|word| !word.is_empty());
    let (first, second) = (words.next()?, words.next()?);
    if words.next().is_some() {
        return None;
    }
    let numbered = |year: &str, month: &str| {
        let month = number(month).filter(|_| month.len() <= 2)?;
        Stamp::month(four_digits(year)?, month.try_into().ok()?)
    };
    let named = |year: &str, name: &str| {
        let month = month(name)?;
        let year = four_digits(year).or_else(|| {
            let short = (year.len() == 2).then(|| number(year))??;
            Some(full_year(short.try_into().ok()?))
        })?;
        Stamp::month(year, month.try_into().ok()?)
    };
    numbered(first, second)
        .or_else(|| numbered(second, first))
        .or_else(|| named(second, first))
        .or_else(|| named(first, second).filter(|_| first.len() == 4))
}

fn quarter(cell: &str) -> Option<Stamp> {
    let at = cell.find(['Q', 'q'])?;
    let is_between = |c: char| matches!(c, '-' | '/' | ' ' | '\'' | ':' | '.');
    let (before, after) = (&cell[..at], &cell[at + 1..]);
    let (trimmed_before, trimmed_after) = (
        before.trim_end_matches(is_between),
        after.trim_start_matches(is_between),
    );
    let year = |text: &str| match text.len() {
        2 => Some(full_year(number(text)?.try_into().ok()?)),
        _ => four_digits(text),
    };
    let of = |year: Option<i16>, quarter: &str| {
        let quarter = number(quarter).filter(|_| quarter.len() == 1)?;
        Stamp::quarter(year?, quarter.try_into().ok()?)
    };
    // 2018Q1, 2018-Q1, 2018 q1.
    if let Some(stamp) = of(year(trimmed_before), after) {
        return Some(if before == trimmed_before {
            stamp.plain()
        } else {
            stamp
        });
    }
    // Q1 2018, 1Q18, 2018-1Q.
    if before.is_empty() {
        let (quarter, rest) = after.split_at_checked(1)?;
        return of(year(rest.trim_start_matches(is_between)), quarter);
    }
    if trimmed_after.is_empty() {
        let (rest, quarter) = before.split_at_checked(before.len() - 1)?;
        return of(year(rest.trim_end_matches(is_between)), quarter);
    }
    of(year(trimmed_after), before)
}

fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

fn four_digits(text: &str) -> Option<i16> {
    let year = number(text).filter(|_| text.len() == 4)?;
    i16::try_from(year).ok().filter(|year| *year >= 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn infer(cells: &[&str], named: bool) -> Inferred {
        Form::infer(&cells.iter().copied(), None, named)
    }

    #[test]
    fn times_in_many_spellings() {
        for (cells, named, want) in [
            (&["2018-04-30"][..], true, "2018-04-30"),
            (&["2018-04-30T09:30:00"], true, "2018-04-30T09:30:00"),
            (&["2018-04-30 09:30"], true, "2018-04-30T09:30:00"),
            (&["2018-04-30 9:30:15.250"], true, "2018-04-30T09:30:15.25"),
            (&["2018-04-30T09:30:00Z"], true, "2018-04-30T09:30:00Z"),
            (
                &["2018-04-30 09:30:00+08:00"],
                true,
                "2018-04-30T09:30:00+08:00",
            ),
            (&["2018-04-30 09:30:00 UTC"], true, "2018-04-30T09:30:00Z"),
            (
                &["2018-04-30 09:30:00-0330"],
                true,
                "2018-04-30T09:30:00-03:30",
            ),
            (&["2018-04-30 24:00"], true, "2018-05-01T00:00:00"),
            (&["2018.04.30 09:30"], true, "2018-04-30T09:30:00"),
            (&["30.04.2018 09:30"], true, "2018-04-30T09:30:00"),
            (&["30/04/2018 09:30"], true, "2018-04-30T09:30:00"),
            (&["4/30/2018 4:00:00 PM"], true, "2018-04-30T16:00:00"),
            (&["4/30/2018 12:05 a.m."], true, "2018-04-30T00:05:00"),
            (&["2018/4/30 下午 4:05:00"], true, "2018-04-30T16:05:00"),
            (
                &["30.04.2018 00:00:00.000 GMT+0100"],
                true,
                "2018-04-30T00:00:00+01:00",
            ),
            (&["16:00 30/04/2018"], true, "2018-04-30T16:00:00"),
            (&["4:00 PM 04/30/2018"], true, "2018-04-30T16:00:00"),
            (&["20180430 093000"], true, "2018-04-30T09:30:00"),
            (&["20180430T0930"], true, "2018-04-30T09:30:00"),
            (&["20180430093000"], true, "2018-04-30T09:30:00"),
            (&["201804300930"], true, "2018-04-30T09:30:00"),
            (&["2018043009"], true, "2018-04-30T09:00:00"),
            (&["2018-04-30 12-AM"], true, "2018-04-30T00:00:00"),
            (&["2018-04-30 03-PM"], true, "2018-04-30T15:00:00"),
            (&["20180430"], true, "2018-04-30"),
            (&["1070430"], true, "2018-04-30"),
            (&["107/04/30"], true, "2018-04-30"),
            (&["30/04/2561"], true, "2018-04-30"),
            (&["Apr 30, 2018, 09:30"], true, "2018-04-30T09:30:00"),
            (&["1525080600"], false, "2018-04-30T09:30:00Z"),
            (&["1525080600.0"], false, "2018-04-30T09:30:00Z"),
            (&["1525080600000"], false, "2018-04-30T09:30:00Z"),
            (&["1525080600000000"], false, "2018-04-30T09:30:00Z"),
            (&["1525080600000000000"], false, "2018-04-30T09:30:00Z"),
            (&["1.5250806E+09"], false, "2018-04-30T09:30:00Z"),
            (&["2018-04"], true, "2018-04"),
            (&["2018/4"], true, "2018-04"),
            (&["2018M04"], true, "2018-04"),
            (&["Apr 2018"], true, "2018-04"),
            (&["March 2018"], true, "2018-03"),
            (&["Apr-18"], true, "2018-04"),
            (&["2018-Apr"], true, "2018-04"),
            (&["2018 MAR"], true, "2018-03"),
            (&["Jan-55"], true, "1955-01"),
            (&["04/2018"], true, "2018-04"),
            (&["2018年4月"], true, "2018-04"),
            (&["201804"], false, "201804"),
            (&["2018Q2"], true, "2018Q2"),
            (&["2018-Q2"], true, "2018-Q2"),
            (&["Q2 2018"], true, "2018-Q2"),
            (&["Q2-2018"], true, "2018-Q2"),
            (&["2Q18"], true, "2018-Q2"),
            (&["2Q2018"], true, "2018-Q2"),
            (&["2018-2Q"], true, "2018-Q2"),
            (&["2018-W18"], true, "2018-W18"),
            (&["2018W18"], true, "2018-W18"),
            (&["2018", "2019"], true, "2018"),
            (&["43220"], true, "2018-04-30"),
            (&["43220.395833"], true, "2018-04-30T09:30:00"),
            (&["43220"], false, "43220"),
            (&["7"], false, "7"),
        ] {
            let Inferred::Form(form) = infer(cells, named) else {
                panic!("{cells:?} is no time");
            };
            let stamp = form.parse(cells[0]).map(|stamp| stamp.to_string());
            assert_eq!(stamp.as_deref(), Some(want), "{cells:?} as {form:?}");
        }
        for cells in [
            &["x"][..],
            &["1.5"],
            &["25:00"],
            &["2018-04-30 25:00"],
            &["2018-13"],
            &["Q5 2018"],
            &[""],
            &["2018-04-30 09:30 EST"],
            &["AAPL"],
            &["2018-W60"],
            &["日本"],
            &["9:61 2018-04-30"],
        ] {
            assert_eq!(infer(cells, true), Inferred::None, "{cells:?}");
        }
        assert_eq!(
            infer(&["01/02/2018 10:00", "03/04/2018 10:00"], true),
            Inferred::Ambiguous
        );
    }
}
