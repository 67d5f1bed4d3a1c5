//! The weekdays on which a stock exchange is closed, from 2015 on: by the rules of each, with lunar
//! festivals and equinoxes from tables, and the closures that no rule tells, such as typhoons, from lists.
//!
//! What this file is not: it knows no trading hours, no half days (a short session is one) and none of
//! the Saturdays on which Taiwan traded up to 2018 to make up for a day off.
//!
//! Days to come follow from the rules in force in 2026. New York has announced its own through 2028;
//! Taiwan announces a year's shortly before it begins, and may move one or two days about the lunar new
//! year. Nobody announces typhoons.

use jiff::Span;
use jiff::civil::{Date, Weekday, date as day};
use serde::{Deserialize, Serialize};

/// A stock exchange, by its market identifier code (MIC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Exchange {
    /// XTAI; the Taipei Exchange has the same days.
    #[serde(rename = "XTAI")]
    Taiwan,
    /// XNYS; Nasdaq has the same days.
    #[serde(rename = "XNYS")]
    NewYork,
    /// XLON.
    #[serde(rename = "XLON")]
    London,
    /// XETR, which is Xetra; the floor in Frankfurt has the same days.
    #[serde(rename = "XETR")]
    Xetra,
    /// XPAR; Euronext in Amsterdam, Brussels and Lisbon has the same days.
    #[serde(rename = "XPAR")]
    Paris,
    /// XTKS.
    #[serde(rename = "XTKS")]
    Tokyo,
    /// XHKG.
    #[serde(rename = "XHKG")]
    HongKong,
}

/// The first year whose days off this file knows.
const FIRST: i16 = 2015;
/// The last year of the tables.
const LAST: i16 = 2030;

/// One day a year from [`FIRST`] through [`LAST`], as month and day in one number: 219 is 19 February.
type Table = [i16; (LAST - FIRST + 1) as usize];

/// The first day of the lunar year.
const NEW_YEAR: Table = [
    219, 208, 128, 216, 205, 125, 212, 201, 122, 210, 129, 217, 206, 126, 213, 203,
];
/// Tomb sweeping: Qingming, or Ching Ming.
const TOMBS: Table = [
    405, 404, 404, 405, 405, 404, 404, 405, 405, 404, 404, 405, 405, 404, 404, 405,
];
/// The birthday of the Buddha.
const BUDDHA: Table = [
    525, 514, 503, 522, 512, 430, 519, 508, 526, 515, 505, 524, 513, 502, 520, 509,
];
/// Dragon boat: Tuen Ng.
const BOATS: Table = [
    620, 609, 530, 618, 607, 625, 614, 603, 622, 610, 531, 619, 609, 528, 616, 605,
];
/// Mid-autumn.
const MOON: Table = [
    927, 915, 1004, 924, 913, 1001, 921, 910, 929, 917, 1006, 925, 915, 1003, 922, 912,
];
/// The double ninth: Chung Yeung.
const NINTH: Table = [
    1021, 1009, 1028, 1017, 1007, 1025, 1014, 1004, 1023, 1011, 1029, 1018, 1008, 1026, 1016, 1005,
];
/// The equinox of spring, as Japan dates it.
const SPRING: Table = [
    321, 320, 320, 321, 321, 320, 320, 321, 321, 320, 320, 320, 321, 320, 320, 320,
];
/// The equinox of autumn, as Japan dates it.
const AUTUMN: Table = [
    923, 922, 923, 923, 923, 922, 923, 923, 923, 922, 923, 923, 923, 922, 923, 923,
];

/// Weekdays between a holiday and a weekend, off in exchange for a Saturday at work: none since 2023.
const TAIWAN_BRIDGES: &[i32] = &[
    20150102, 20160212, 20160610, 20160916, 20170227, 20170529, 20171009, 20180406, 20181231,
    20190301, 20191011, 20200626, 20201002, 20210920, 20230127, 20230227, 20230403, 20230623,
    20231009,
];
/// Days on which the city of Taipei told its offices to stay closed, and the exchange with them.
const TAIWAN_TYPHOONS: &[i32] = &[
    20150710, 20150929, 20160708, 20160927, 20160928, 20190809, 20190930, 20230803, 20240724,
    20240725, 20241002, 20241003, 20241031,
];
/// The days of mourning for the presidents Bush and Carter.
const NEW_YORK_MOURNING: &[i32] = &[20181205, 20250109];
/// The end of the war, the queen's jubilee and funeral, the king's coronation.
const LONDON_ONCE: &[i32] = &[20200508, 20220602, 20220603, 20220919, 20230508];
/// 500 years of Reformation.
const XETRA_REFORMATION: &[i32] = &[20171031];
/// The emperor's accession and enthronement, days put off for the games, and the day in October 2020 on
/// which the machines failed.
const TOKYO_ONCE: &[i32] = &[
    20190430, 20190501, 20190502, 20191022, 20200723, 20200724, 20200810, 20201001, 20210722,
    20210723, 20210809,
];
/// 70 years of peace; then days lost to typhoon or rain, which since September 2024 close nothing.
const HONG_KONG_ONCE: &[i32] = &[
    20150903, 20160802, 20161021, 20170823, 20201013, 20211013, 20230717, 20230901, 20230908,
    20240906,
];

impl Exchange {
    /// All that are known.
    pub const ALL: &[Self] = &[
        Self::Taiwan,
        Self::NewYork,
        Self::London,
        Self::Xetra,
        Self::Paris,
        Self::Tokyo,
        Self::HongKong,
    ];

    /// The market identifier code.
    pub fn name(self) -> &'static str {
        self.facts().0
    }

    /// The last year for which all days off are known, as far as a rule or a table can tell them.
    ///
    /// Past it [`Exchange::is_closed`] goes by the rules alone: holidays on a date or weekday of the solar
    /// year and those that go with Easter, but no lunar festival and no equinox.
    pub fn known_through(self) -> i16 {
        match self {
            // Announced year by year.
            Self::Taiwan => 2026,
            _ => LAST,
        }
    }

    /// The weekdays from 2015 on on which it is closed, to fifty years ahead.
    pub fn days_off(self) -> Vec<Date> {
        /// How far ahead anybody forecasts.
        const YEARS: i16 = 50;
        let (first, last) = (day(FIRST, 1, 1), day(LAST + YEARS, 12, 31));
        let days = first
            .series(Span::new().days(1))
            .take_while(|&day| day <= last);
        days.filter(|&day| self.is_closed(day)).collect()
    }

    /// Whether a holiday or another closure keeps the exchange shut on this weekday.
    ///
    /// False on weekends, which are no holidays, and before 2015, of which nothing is known here.
    pub fn is_closed(self, date: Date) -> bool {
        if date.year() < FIRST || is_weekend(date) {
            return false;
        }
        let (_, by_rule, once) = self.facts();
        let month_day = i32::from(date.month()) * 100 + i32::from(date.day());
        let number = i32::from(date.year()) * 10_000 + month_day;
        once.iter().any(|days| days.contains(&number)) || by_rule(date.year()).contains(&date)
    }

    fn facts(self) -> Facts {
        match self {
            Self::Taiwan => ("XTAI", taiwan, &[TAIWAN_BRIDGES, TAIWAN_TYPHOONS]),
            Self::NewYork => ("XNYS", new_york, &[NEW_YORK_MOURNING]),
            Self::London => ("XLON", london, &[LONDON_ONCE]),
            Self::Xetra => ("XETR", xetra, &[XETRA_REFORMATION]),
            Self::Paris => ("XPAR", paris, &[]),
            Self::Tokyo => ("XTKS", tokyo, &[TOKYO_ONCE]),
            Self::HongKong => ("XHKG", hong_kong, &[HONG_KONG_ONCE]),
        }
    }
}

/// The code of an exchange, its days off of a year by rule, and lists of those no rule tells.
type Facts = (
    &'static str,
    fn(i16) -> Vec<Date>,
    &'static [&'static [i32]],
);

/// Days off by the law on holidays, which since 2025 has three more of them; in place of a Saturday the
/// weekday before, in place of a Sunday the one after.
fn taiwan(year: i16) -> Vec<Date> {
    let mut days = fixed(year, &[(1, 1), (2, 28), (5, 1), (10, 10)]);
    if year >= 2025 {
        days.extend(fixed(year, &[(9, 28), (10, 25), (12, 25)]));
    }
    // A 1 January on a Saturday is made up in the old year.
    days.extend(Date::new(year + 1, 1, 1));
    let (children, tombs) = (day(year, 4, 4), tabled(&TOMBS, year));
    // Where both fall on one day, the children have the day before, or after a Thursday the day after.
    days.extend(match tombs == Some(children) {
        true if children.weekday() == Weekday::Thursday => plus(children, 1),
        true => plus(children, -1),
        false => Some(children),
    });
    days.extend(tombs);
    days.extend(tabled(&BOATS, year));
    days.extend(tabled(&MOON, year));
    let mut days = moved(days, Saturday::Before);
    if let Some(new_year) = tabled(&NEW_YEAR, year) {
        // The eve and three days; since 2019 the day before the eve too, first in exchange for a
        // Saturday at work, since 2026 by law.
        let first = if year >= 2019 { -2 } else { -1 };
        let festival: Vec<Date> = (first..3).filter_map(|n| plus(new_year, n)).collect();
        // On the two weekdays before, trades are settled but none are made.
        let before = (1..).map_while(|n| plus(festival[0], -n));
        days.extend(before.filter(|&date| !is_weekend(date)).take(2));
        days.extend(moved(festival, Saturday::After));
    }
    days
}

fn new_york(year: i16) -> Vec<Date> {
    let mut days = fixed(year, &[(1, 1), (7, 4), (12, 25)]);
    // A 1 January on a Saturday is not made up: the old year's books are to be closed that Friday.
    days.retain(|d| d.month() > 1 || d.weekday() != Weekday::Saturday);
    if year >= 2022 {
        days.extend(fixed(year, &[(6, 19)]));
    }
    for (month, n) in [(1, 3), (2, 3), (5, -1), (9, 1)] {
        days.extend(nth(year, month, n, Weekday::Monday));
    }
    days.extend(nth(year, 11, 4, Weekday::Thursday));
    days.extend(plus(easter(year), -2));
    moved(days, Saturday::Before)
}

fn london(year: i16) -> Vec<Date> {
    let mut days = fixed(year, &[(1, 1), (12, 25), (12, 26)]);
    let monday = |month, n| nth(year, month, n, Weekday::Monday);
    // One was put off in 2020, the other in 2022.
    if year != 2020 {
        days.extend(monday(5, 1));
    }
    if year != 2022 {
        days.extend(monday(5, -1));
    }
    days.extend(monday(8, -1));
    days.extend(easter_break(year));
    moved(days, Saturday::After)
}

fn xetra(year: i16) -> Vec<Date> {
    let mut days = paris(year);
    days.extend(fixed(year, &[(12, 24), (12, 31)]));
    // Whit Monday and the day of German unity: open since 2022.
    if year < 2022 {
        days.extend(plus(easter(year), 50));
        days.push(day(year, 10, 3));
    }
    days
}

fn paris(year: i16) -> Vec<Date> {
    let mut days = fixed(year, &[(1, 1), (5, 1), (12, 25), (12, 26)]);
    days.extend(easter_break(year));
    days
}

fn tokyo(year: i16) -> Vec<Date> {
    let monday = |month, n| nth(year, month, n, Weekday::Monday);
    let mut days = fixed(year, &[(1, 1), (2, 11), (4, 29), (5, 3), (5, 4), (5, 5)]);
    days.extend(fixed(year, &[(11, 3), (11, 23)]));
    days.extend(monday(1, 2));
    days.extend(monday(9, 3));
    days.extend(tabled(&SPRING, year));
    days.extend(tabled(&AUTUMN, year));
    // The emperor's birthday; in 2019 neither his nor his father's was one.
    match year {
        ..2019 => days.push(day(year, 12, 23)),
        2019 => {}
        _ => days.push(day(year, 2, 23)),
    }
    // The days of the sea, of sports and of the mountains made room for the games.
    if !(2020..=2021).contains(&year) {
        days.extend(monday(7, 3));
        days.extend(monday(10, 2));
        days.extend((year >= 2016).then(|| day(year, 8, 11)));
    }
    let mut days = moved(days, Saturday::Stays);
    // A day between two holidays is one too.
    let between = days
        .iter()
        .filter(|&&d| plus(d, 2).is_some_and(|d| days.contains(&d)));
    let between: Vec<Date> = between.filter_map(|&d| plus(d, 1)).collect();
    days.extend(between);
    days.extend(fixed(year, &[(1, 2), (1, 3), (12, 31)]));
    days
}

fn hong_kong(year: i16) -> Vec<Date> {
    let mut days = fixed(year, &[(1, 1), (5, 1), (7, 1), (10, 1), (12, 25), (12, 26)]);
    days.extend(easter_break(year));
    for table in [&TOMBS, &BUDDHA, &BOATS, &NINTH] {
        days.extend(tabled(table, year));
    }
    if let (Some(new_year), Some(moon)) = (tabled(&NEW_YEAR, year), tabled(&MOON, year)) {
        days.extend((0..3).filter_map(|n| plus(new_year, n)));
        days.extend(plus(moon, 1));
    }
    moved(days, Saturday::Stays)
}

/// What becomes of a holiday on a Saturday; one on a Sunday always goes to the next free weekday.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Saturday {
    Stays,
    Before,
    After,
}

/// Holidays with those of the weekend on the nearest weekdays that are none yet.
fn moved(days: Vec<Date>, saturday: Saturday) -> Vec<Date> {
    let (mut weekend, mut days): (Vec<Date>, Vec<Date>) =
        days.into_iter().partition(|&date| is_weekend(date));
    weekend.sort_unstable();
    for date in weekend {
        let step = match (date.weekday(), saturday) {
            (Weekday::Saturday, Saturday::Stays) => continue,
            (Weekday::Saturday, Saturday::Before) => -1,
            _ => 1,
        };
        let mut nearest = std::iter::successors(plus(date, step), |&date| plus(date, step));
        let free = nearest.find(|date| !is_weekend(*date) && !days.contains(date));
        days.extend(free);
    }
    days
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn tabled(table: &Table, year: i16) -> Option<Date> {
    let number = table.get(usize::try_from(year - FIRST).ok()?)?;
    Some(day(year, (number / 100) as i8, (number % 100) as i8))
}

fn fixed(year: i16, days: &[(i8, i8)]) -> Vec<Date> {
    let days = days.iter();
    days.map(|&(month, number)| day(year, month, number))
        .collect()
}

/// The `n`th such weekday of a month, or with -1 the last.
fn nth(year: i16, month: i8, n: i8, weekday: Weekday) -> Option<Date> {
    day(year, month, 1).nth_weekday_of_month(n, weekday).ok()
}

/// So many days later; none where the years with four digits end.
fn plus(date: Date, days: i32) -> Option<Date> {
    date.checked_add(Span::new().days(days)).ok()
}

/// Good Friday and Easter Monday.
fn easter_break(year: i16) -> impl Iterator<Item = Date> {
    [-2, 1]
        .into_iter()
        .filter_map(move |n| plus(easter(year), n))
}

/// Easter Sunday, by the method that Butcher's Ecclesiastical Calendar gave in 1876.
fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let golden = y % 19;
    let (century, rest) = (y / 100, y % 100);
    let leaps = century - century / 4 - (century - (century + 8) / 25 + 1) / 3;
    // Days from 21 March to the full moon, then to the Sunday after it.
    let moon = (19 * golden + leaps + 15) % 30;
    let sunday = (32 + 2 * (century % 4) + 2 * (rest / 4) - moon - rest % 4) % 7;
    let late = (golden + 11 * moon + 22 * sunday) / 451;
    let days = moon + sunday - 7 * late + 114;
    day(year, (days / 31) as i8, (days % 31 + 1) as i8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weekdays(from: Date, through: Date) -> impl Iterator<Item = Date> {
        let days = from.series(Span::new().days(1));
        days.take_while(move |&d| d <= through)
            .filter(|&d| !is_weekend(d))
    }

    fn sessions(exchange: Exchange, from: Date, through: Date) -> usize {
        weekdays(from, through)
            .filter(|&d| !exchange.is_closed(d))
            .count()
    }

    fn named(name: &str) -> Exchange {
        let mut all = Exchange::ALL.iter();
        *all.find(|exchange| exchange.name() == name).unwrap()
    }

    /// From 2015 through 2026, by the exchanges' calendars; Taiwan's without its Saturdays.
    #[test]
    fn sessions_a_year() {
        for line in [
            "XTAI 244 241 243 245 242 245 244 246 239 242 243 243",
            "XNYS 252 252 251 251 252 253 252 251 250 252 250 251",
            "XLON 253 253 252 253 253 254 253 250 251 254 253 253",
            "XETR 253 255 252 251 251 254 255 257 255 254 253 254",
            "XPAR 256 257 255 255 255 257 258 257 255 256 255 256",
            "XTKS 244 245 247 245 241 242 245 244 246 245 243 242",
            "XHKG 247 245 246 246 246 248 247 246 243 246 246 247",
        ] {
            let exchange = named(&line[..4]);
            for (year, count) in (2015..).zip(line[5..].split(' ')) {
                let told = sessions(exchange, day(year, 1, 1), day(year, 12, 31));
                assert_eq!(told.to_string(), count, "{} in {year}", exchange.name());
            }
        }
    }

    /// "So many sessions since the year began", as Taiwan's exchange told the papers.
    #[test]
    fn sessions_so_far() {
        for (count, through) in [
            (29, day(2018, 2, 9)),
            (229, day(2023, 12, 15)),
            (186, day(2024, 10, 11)),
            (15, day(2025, 1, 22)),
            (165, day(2025, 9, 5)),
            (236, day(2025, 12, 19)),
            (16, day(2026, 1, 23)),
        ] {
            let told = sessions(Exchange::Taiwan, through.first_of_year(), through);
            assert_eq!(told, count, "through {through}");
        }
    }

    /// Whole years, as the exchange announced them or as the rules have them.
    #[test]
    fn days_off_of_a_year() {
        for line in [
            "XTAI 2026 01-01 02-12 02-13 02-16 02-17 02-18 02-19 02-20 02-27 04-03 04-06 05-01 \
             06-19 09-25 09-28 10-09 10-26 12-25",
            "XTAI 2027 01-01 02-02 02-03 02-04 02-05 02-08 02-09 02-10 03-01 04-05 04-06 04-30 \
             06-09 09-15 09-28 10-11 10-25 12-24 12-31",
            "XNYS 2027 01-01 01-18 02-15 03-26 05-31 06-18 07-05 09-06 11-25 12-24",
            "XNYS 2028 01-17 02-21 04-14 05-29 06-19 07-04 09-04 11-23 12-25",
            "XLON 2022 01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
            "XETR 2017 04-14 04-17 05-01 06-05 10-03 10-31 12-25 12-26",
            "XETR 2029 01-01 03-30 04-02 05-01 12-24 12-25 12-26 12-31",
            "XPAR 2024 01-01 03-29 04-01 05-01 12-25 12-26",
            "XTKS 2026 01-01 01-02 01-12 02-11 02-23 03-20 04-29 05-04 05-05 05-06 07-20 08-11 \
             09-21 09-22 09-23 10-12 11-03 11-23 12-31",
            "XHKG 2030 01-01 02-04 02-05 02-06 04-05 04-19 04-22 05-01 05-09 06-05 07-01 09-13 \
             10-01 12-25 12-26",
        ] {
            let exchange = named(&line[..4]);
            let year = line[5..9].parse().unwrap();
            let off = weekdays(day(year, 1, 1), day(year, 12, 31));
            let off = off.filter(|&date| exchange.is_closed(date));
            let off: Vec<String> = off.map(|d| d.strftime("%m-%d").to_string()).collect();
            assert_eq!(off.join(" "), line[10..], "{} in {year}", exchange.name());
        }
    }

    #[test]
    fn closures_and_sessions() {
        let closures = "XTAI 2022-02-04,XTAI 2023-01-18,XTAI 2024-07-24,XTAI 2024-07-25,\
                        XTAI 2024-10-02,XTAI 2024-10-03,XTAI 2024-10-31,XNYS 2018-12-05,\
                        XNYS 2025-01-09,XLON 2023-05-08,XTKS 2020-10-01,XHKG 2023-09-08";
        let sessions = "XTAI 2015-02-13,XTAI 2022-02-07,XTAI 2024-09-16,XTAI 2024-11-01,\
                        XTAI 2024-12-25,XTAI 2026-01-02,XNYS 2021-06-18,XNYS 2021-12-31,\
                        XLON 2020-05-04,XETR 2022-06-06,XETR 2022-10-03,XPAR 2021-05-13,\
                        XTKS 2019-02-25,XHKG 2024-09-17";
        for (list, closed) in [(closures, true), (sessions, false)] {
            for case in list.split(',') {
                let date = case[5..].parse().unwrap();
                assert_eq!(named(&case[..4]).is_closed(date), closed, "{case}");
            }
        }
    }

    /// A list of closures holds what the rules do not, and no weekend.
    #[test]
    fn no_closure_is_told_twice() {
        for &exchange in Exchange::ALL {
            let (name, by_rule, once) = exchange.facts();
            for &number in once.iter().copied().flatten() {
                let (year, month) = ((number / 10_000) as i16, (number / 100 % 100) as i8);
                let date = day(year, month, (number % 100) as i8);
                assert!(!by_rule(year).contains(&date), "{name} on {date}");
                assert!(exchange.is_closed(date), "{name} on {date}");
            }
        }
    }

    #[test]
    fn other_years_and_weekends() {
        for &exchange in Exchange::ALL {
            let days = day(2014, 1, 1).series(Span::new().days(1));
            for date in days.take_while(|d| d.year() < 2041) {
                let silent = is_weekend(date) || date.year() < FIRST;
                assert!(!(silent && exchange.is_closed(date)), "{date}");
            }
            exchange.is_closed(Date::MAX); // Does not overflow.
        }
    }

    /// Holidays of the solar calendar and of Easter, no lunar ones and no equinox.
    #[test]
    fn past_the_tables_rules_alone() {
        assert_eq!(Exchange::Taiwan.known_through(), 2026);
        assert_eq!(Exchange::NewYork.known_through(), 2030);
        assert!(Exchange::Taiwan.is_closed(day(2031, 10, 10)));
        assert!(!Exchange::Taiwan.is_closed(day(2031, 1, 23)));
        assert!(!Exchange::HongKong.is_closed(day(2031, 10, 2)));
        assert!(!Exchange::Tokyo.is_closed(day(2031, 3, 21)));
        assert!(Exchange::NewYork.is_closed(day(2031, 4, 11)));
    }

    #[test]
    fn names_are_those_in_files() {
        for &exchange in Exchange::ALL {
            let name = format!("\"{}\"", exchange.name());
            assert_eq!(serde_json::from_str::<Exchange>(&name).unwrap(), exchange);
            assert_eq!(serde_json::to_string(&exchange).unwrap(), name);
        }
    }
}
