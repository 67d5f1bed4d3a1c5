//! Dates as people say them, by a small grammar: all made up. What this file is not: it trains nothing and writes
//! nothing.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::chance::Chance;

/// The first and the last day: a century, so that years begin with 19 and with 20.
const DAYS: (Date, Date) = (date(1950, 1, 1), date(2049, 12, 31));

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
/// Each month, and how it is shortened.
const MONTHS: [(&str, &str); 12] = [
    ("January", "Jan."),
    ("February", "Feb."),
    ("March", "Mar."),
    ("April", "Apr."),
    ("May", "May"),
    ("June", "June"),
    ("July", "July"),
    ("August", "Aug."),
    ("September", "Sept."),
    ("October", "Oct."),
    ("November", "Nov."),
    ("December", "Dec."),
];
const UP_TO_19: [&str; 20] = [
    "",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const FIRST_TO_19TH: [&str; 20] = [
    "",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];
const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

/// So many days, each another one, in any order.
pub(super) fn different_days(count: usize, chance: &mut Chance) -> Vec<Date> {
    let mut days: Vec<Date> = DAYS
        .0
        .series(1.day())
        .take_while(|&day| day <= DAYS.1)
        .collect();
    let count = count.min(days.len());
    for place in 0..count {
        let other = place + chance.below(days.len() - place);
        days.swap(place, other);
    }
    days.truncate(count);
    days
}

/// A day as one of many people might say or write it.
pub(super) fn spoken(day: Date, chance: &mut Chance) -> String {
    let (name, short) = MONTHS[usize::from(day.month().unsigned_abs()) - 1];
    let month = chance.pick(&[name, name, short]);
    let year = year(day, chance);
    let number = usize::from(day.day().unsigned_abs());
    let first = match chance.below(2) {
        0 => ordinal(number),
        _ => format!("{number}{}", ending(number)),
    };
    let mut text = match chance.below(5) {
        0 => format!("the {first} of {month} {year}"),
        1 => format!("{number} {month} {year}"),
        2 => format!("{month} {number}, {year}"),
        3 => format!("{month} {first}, {year}"),
        _ => format!("{month} the {first} {year}"),
    };
    if chance.below(4) == 0 {
        let weekday = WEEKDAYS[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())];
        text = format!("{weekday}, {text}");
    }
    match chance.below(3) {
        0 => text.to_lowercase().replace('.', ""),
        _ => text,
    }
}

/// `3` and `third` for the third day.
fn ordinal(number: usize) -> String {
    match (number / 10, number % 10) {
        (0 | 1, _) => FIRST_TO_19TH[number].into(),
        (2, 0) => "twentieth".into(),
        (3, 0) => "thirtieth".into(),
        (tens, ones) => format!("{}-{}", TENS[tens], FIRST_TO_19TH[ones]),
    }
}

/// What follows the digits of an ordinal number.
fn ending(number: usize) -> &'static str {
    match number {
        11..=13 => "th",
        _ if number % 10 == 1 => "st",
        _ if number % 10 == 2 => "nd",
        _ if number % 10 == 3 => "rd",
        _ => "th",
    }
}

/// `1998` or `nineteen ninety-eight`; `2007`, `two thousand and seven` or `twenty oh seven`.
fn year(day: Date, chance: &mut Chance) -> String {
    let year = usize::from(day.year().unsigned_abs());
    let (century, rest) = (year / 100, year % 100);
    let words = |number: usize| match (number / 10, number % 10) {
        (0 | 1, _) => UP_TO_19[number].to_string(),
        (tens, 0) => TENS[tens].to_string(),
        (tens, ones) => format!("{}-{}", TENS[tens], UP_TO_19[ones]),
    };
    match (chance.below(2), century, rest) {
        (0, ..) => year.to_string(),
        (_, 19, rest) => format!("nineteen {}", words(rest)),
        (_, _, 0) => "two thousand".into(),
        (_, _, rest) => match (chance.below(2), rest) {
            (0, rest) => format!("two thousand and {}", words(rest)),
            (_, 1..=9) => format!("twenty oh {}", words(rest)),
            (_, rest) => format!("twenty {}", words(rest)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_as_they_are_said() {
        let said = [1, 2, 3, 11, 12, 20, 22, 30, 31].map(ordinal).join(" ");
        let wanted =
            "first second third eleventh twelfth twentieth twenty-second thirtieth thirty-first";
        assert_eq!(said, wanted);
        let endings = [1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 30, 31].map(ending);
        assert_eq!(endings.join(" "), "st nd rd th th th th st nd rd th st");
    }

    #[test]
    fn years_are_said_in_every_way() {
        let ways = |year_of: i16| {
            let mut chance = Chance(0);
            let day = date(year_of, 5, 3);
            let mut all: Vec<String> = (0..40).map(|_| year(day, &mut chance)).collect();
            all.sort();
            all.dedup();
            all
        };
        assert_eq!(ways(1998), ["1998", "nineteen ninety-eight"]);
        assert_eq!(ways(2000), ["2000", "two thousand"]);
        assert_eq!(
            ways(2007),
            ["2007", "twenty oh seven", "two thousand and seven"]
        );
        assert_eq!(
            ways(2014),
            ["2014", "twenty fourteen", "two thousand and fourteen"]
        );
    }

    #[test]
    fn no_day_comes_twice() {
        let days = different_days(usize::MAX, &mut Chance(1));
        let distinct: std::collections::BTreeSet<_> = days.iter().collect();
        assert_eq!((days.len(), distinct.len()), (36_525, 36_525));
    }
}
