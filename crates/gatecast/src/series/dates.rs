//! What a date without a time of day means. Which order its parts stand in is read off the whole column
//! once ([`DateOrder::infer`]), then every cell is read in that order. What this file is not: it
//! knows no times of day, no rows and no files.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::numbers::is_missing;

/// Order of year, month and day in the dates of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateOrder {
    /// `2018-04-30`, `2018/4/30`, `20180430`, `2018年4月30日`.
    Ymd,
    /// `04/30/2018`, `4/30/18`.
    Mdy,
    /// `30/04/2018`, `30.04.2018`.
    Dmy,
    /// `18-04-30`.
    Yymmdd,
    /// Year of the Republic of China first: `107/04/30` is 2018-04-30.
    Roc,
}

/// What a column's dates can be.
pub(super) enum Inferred {
    Order(DateOrder),
    /// Several orders make dates of it, and nothing in the column tells which.
    Ambiguous,
    /// Not one cell is a date.
    None,
}

/// Year of the Gregorian calendar before the first of the Republic of China.
const ROC: i16 = 1911;

impl DateOrder {
    /// Name on the command line and in model files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ymd => "ymd",
            Self::Yymmdd => "yymmdd",
            Self::Mdy => "mdy",
            Self::Dmy => "dmy",
            Self::Roc => "roc",
        }
    }

    /// Reads the order off a column: from parts that can be nothing but a year or a day, and
    /// failing that from which order makes the dates ascend or descend.
    pub(super) fn infer<'a>(cells: &(impl Iterator<Item = &'a str> + Clone)) -> Inferred {
        let (mut mdy, mut dmy, mut dotted, mut short) = (0usize, 0usize, 0usize, 0usize);
        // Two digits first and last: the year is the one that takes fewer values, unless the dates
        // ascend in one order alone.
        let (mut firsts, mut lasts) = (BTreeSet::new(), BTreeSet::new());
        let steady = |order: Self| {
            let cells = cells.clone().filter(|cell| !is_missing(cell));
            let dates: Option<Vec<Date>> = cells.map(|cell| order.parse(cell)).collect();
            dates.is_some_and(|dates| {
                dates.len() > 2 && (dates.is_sorted() || dates.iter().rev().is_sorted())
            })
        };
        for parts in cells.clone().filter_map(Parts::of) {
            match parts {
                Parts::Named { .. } => return Inferred::Order(Self::Ymd),
                // The first cells say of what kind they are; another one is for reading to name.
                _ if short > 0
                    && !matches!(parts, Parts::Numbers { digits, .. } if digits[0] < 3) => {}
                Parts::Compact { digits: 8, .. } => return Inferred::Order(Self::Ymd),
                Parts::Compact { .. } => return Inferred::Order(Self::Roc),
                Parts::Numbers { digits, .. } if digits[0] == 4 => {
                    return Inferred::Order(Self::Ymd);
                }
                Parts::Numbers {
                    numbers, digits, ..
                } if digits[0] == 3 || numbers[0] > 31 && short == 0 => {
                    return Inferred::Order(Self::Roc);
                }
                Parts::Numbers {
                    numbers,
                    dots,
                    digits,
                } => {
                    short += 1;
                    if digits[2] < 4 {
                        firsts.insert(numbers[0]);
                        lasts.insert(numbers[2]);
                    }
                    dotted += usize::from(dots);
                    dmy += usize::from(numbers[0] > 12);
                    mdy += usize::from(numbers[1] > 12);
                }
            }
        }
        if !lasts.is_empty() {
            let mut steady = [Self::Yymmdd, Self::Mdy, Self::Dmy]
                .into_iter()
                .filter(|&o| steady(o));
            match (steady.next(), steady.next()) {
                (Some(order), None) => return Inferred::Order(order),
                (Some(_), Some(_)) => return Inferred::Ambiguous,
                (None, _) => {}
            }
        }
        match (mdy, dmy) {
            _ if short == 0 => Inferred::None,
            _ if !lasts.is_empty() && lasts.len() >= firsts.len() => Inferred::Ambiguous,
            (0, 1..) => Inferred::Order(Self::Dmy),
            (1.., 0) => Inferred::Order(Self::Mdy),
            // One of them is a bad cell, which will be named.
            (1.., 1..) if mdy > dmy => Inferred::Order(Self::Mdy),
            (1.., 1..) => Inferred::Order(Self::Dmy),
            (0, 0) if dotted == short => Inferred::Order(Self::Dmy),
            (0, 0) => match (steady(Self::Mdy), steady(Self::Dmy)) {
                (true, false) => Inferred::Order(Self::Mdy),
                (false, true) => Inferred::Order(Self::Dmy),
                _ => Inferred::Ambiguous,
            },
        }
    }

    /// The date in a cell.
    pub(super) fn parse(self, cell: &str) -> Option<Date> {
        self.parse_in(cell, false)
    }

    /// The same, where `buddhist` says that years are of the Buddhist era, 543 ahead.
    pub(super) fn parse_in(self, cell: &str, buddhist: bool) -> Option<Date> {
        let new = |year: i16, month: u32, day: u32| {
            let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
            let year = if buddhist { year - BUDDHIST } else { year };
            Date::new(year, month, day)
                .ok()
                .filter(|date| date.year() >= 1000)
        };
        match Parts::of(cell)? {
            Parts::Named { year, month, day } => new(year, month, day),
            Parts::Compact { number, digits } => {
                let year = i16::try_from(number / 10_000).ok()?;
                let year = if digits == 7 { year + ROC } else { year };
                new(year, number / 100 % 100, number % 100)
            }
            Parts::Numbers {
                numbers: [a, b, c],
                digits,
                ..
            } => {
                let (year, digits, month, day) = match self {
                    Self::Ymd | Self::Yymmdd | Self::Roc => (a, digits[0], b, c),
                    Self::Mdy => (c, digits[2], a, b),
                    Self::Dmy => (c, digits[2], b, a),
                };
                let year = i16::try_from(year).ok()?;
                let year = match (self, digits) {
                    (Self::Roc, 1..=3) => year + ROC,
                    (Self::Yymmdd | Self::Mdy | Self::Dmy, 2) => full_year(year),
                    (Self::Ymd | Self::Mdy | Self::Dmy, 4) => year,
                    _ => return None,
                };
                new(year, month, day)
            }
        }
    }
}

/// Years by which the Buddhist era is ahead, in Thailand.
pub(super) const BUDDHIST: i16 = 543;

/// Whether the year of a cell must be one of the Buddhist era: as another it would lie centuries ahead.
pub(super) fn is_buddhist(cell: &str) -> bool {
    let digits = |part: &str| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = cell.split(|c: char| !c.is_ascii_digit());
    let year = parts
        .find(|part| digits(part))
        .and_then(|part| part.parse().ok());
    year.is_some_and(|year: i16| (2400..2700).contains(&year))
}

/// A year in two digits: 50 to 99 are of the last century.
pub(super) fn full_year(year: i16) -> i16 {
    year + if year < 50 { 2000 } else { 1900 }
}

/// A cell that looks like a date, in its parts.
#[derive(Clone, Copy)]
enum Parts {
    Numbers {
        numbers: [u32; 3],
        digits: [usize; 3],
        /// All of them parted by dots.
        dots: bool,
    },
    /// Seven or eight digits in a row.
    Compact { number: u32, digits: usize },
    /// With the month's English name.
    Named { year: i16, month: u32, day: u32 },
}

impl Parts {
    fn of(cell: &str) -> Option<Self> {
        // TWSE and TPEX mark some days with a star.
        let cell = cell.trim().trim_end_matches(['*', '＊']);
        let cell = cell.trim().trim_start_matches("民國").trim_start();
        let is_between = |c: char| {
            matches!(
                c,
                '-' | '/' | '.' | ',' | ' ' | '年' | '月' | '日' | '년' | '월' | '일'
            )
        };
        if cell.len() > 32 || !cell.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return None;
        }
        let mut words = [""; 3];
        let mut count = 0;
        for word in cell.split(is_between).filter(|word| !word.is_empty()) {
            *words.get_mut(count)? = word;
            count += 1;
        }
        let digits = words.map(str::len);
        let number = |word: &str| -> Option<u32> {
            word.bytes()
                .all(|byte| byte.is_ascii_digit())
                .then_some(())?;
            word.parse().ok()
        };
        match (count, digits[0]) {
            (1, 7 | 8) => Some(Self::Compact {
                number: number(words[0])?,
                digits: digits[0],
            }),
            (3, _) => {
                if let Some(at) = words.iter().position(|word| month(word).is_some()) {
                    let (first, last) = match at {
                        0 => (words[1], words[2]),
                        1 => (words[0], words[2]),
                        _ => return None,
                    };
                    let (year, day) = if first.len() == 4 {
                        (first, last)
                    } else {
                        (last, first)
                    };
                    let full = i16::try_from(number(year)?).ok()?;
                    return Some(Self::Named {
                        year: match year.len() {
                            4 => full,
                            2 => full_year(full),
                            _ => return None,
                        },
                        month: month(words[at])?,
                        day: number(day)?,
                    });
                }
                let numbers = [number(words[0])?, number(words[1])?, number(words[2])?];
                let fits = digits[0] <= 4 && digits[1] <= 2 && (digits[2] <= 2 || digits[2] == 4);
                fits.then_some(Self::Numbers {
                    numbers,
                    digits,
                    dots: cell.matches('.').count() == 2,
                })
            }
            _ => None,
        }
    }
}

pub(super) fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let lower = word.to_ascii_lowercase();
    let at = MONTHS
        .iter()
        .position(|month| lower.len() >= 3 && month.starts_with(&lower))?;
    Some(at as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn dates_in_many_spellings() {
        use DateOrder::{Dmy, Mdy, Roc, Ymd, Yymmdd};
        let day = Some(date(2018, 4, 3));
        for (order, text, want) in [
            (Ymd, "2018-04-03", day),
            (Ymd, " 2018/4/3 ", day),
            (Ymd, "2018.04.03", day),
            (Ymd, "20180403", day),
            (Ymd, "2018年4月3日", day),
            (Ymd, "2018-04-03 09:30:00", None),
            (Ymd, "2018-02-30", None),
            (Ymd, "18-04-03", None),
            (Yymmdd, "18-04-03", day),
            (Ymd, "0107/04/03", None),
            (Roc, "107/04/03", day),
            (Roc, "107/4/3＊", day),
            (Roc, "1070403", day),
            (Roc, "民國107年4月3日", day),
            (Roc, "93/02/11", Some(date(2004, 2, 11))),
            (Mdy, "04/03/2018", day),
            (Mdy, "4/3/18", day),
            (Mdy, "Apr 3, 2018", day),
            (Dmy, "03.04.2018", day),
            (Dmy, "3-Apr-18", day),
            (Dmy, "03 April 2018", day),
            (Ymd, "2018년 4월 3일", day),
            (Dmy, "3/4/98", Some(date(1998, 4, 3))),
            (Ymd, "12345", None),
            (Ymd, "1.5", None),
            (Ymd, "", None),
            (Ymd, "1:", None),
            (Ymd, "年月日", None),
        ] {
            assert_eq!(order.parse(text), want, "{text:?}");
        }
        let leap_day = Dmy.parse_in("29/02/2567", true);
        assert_eq!(leap_day, Some(date(2024, 2, 29)));
        assert!(is_buddhist("29/02/2567") && !is_buddhist("2024-02-29"));
    }

    #[test]
    fn the_order_is_read_off_the_column() {
        let infer = |cells: &[&str]| match DateOrder::infer(&cells.iter().copied()) {
            Inferred::Order(order) => order.name(),
            Inferred::Ambiguous => "ambiguous",
            Inferred::None => "none",
        };
        assert_eq!(infer(&["x", "2018-04-03"]), "ymd");
        assert_eq!(infer(&["107/04/03"]), "roc");
        assert_eq!(infer(&["93/02/11"]), "roc");
        assert_eq!(infer(&["04/12/2018", "04/13/2018"]), "mdy");
        assert_eq!(infer(&["12/04/2018", "13/04/2018"]), "dmy");
        assert_eq!(infer(&["03.04.2018", "04.04.2018"]), "dmy");
        assert_eq!(
            infer(&["03/04/2018", "04/04/2018", "05/04/2018", "01/05/2018"]),
            "dmy"
        );
        assert_eq!(infer(&["03/04/2018", "04/05/2018"]), "ambiguous");
        assert_eq!(infer(&["30/04/18", "2/5/18", "3/5/18"]), "dmy");
        assert_eq!(infer(&["18-04-03", "18-04-30"]), "ambiguous");
        assert_eq!(infer(&["open", "1.5"]), "none");
        // Years, or days, first.
        assert_eq!(infer(&["01-01-01", "01-02-01", "01-03-01"]), "ambiguous");
        assert_eq!(infer(&["18-04-28", "18-05-01", "18-05-02"]), "yymmdd");
        assert_eq!(infer(&["28.04.18", "01.05.18", "02.05.18"]), "dmy");
    }
}
