//! Made-up answers in the envelopes of the sources.

use std::fmt::Write;

use jiff::civil::{Date, Weekday, date};

/// A trading day: open, high, low, close, volume.
pub(crate) type Day = (Date, [String; 4], u64);

/// Working days of a month, with prices that follow from the date.
pub(crate) fn days_of(first: Date) -> Vec<Day> {
    first
        .series(jiff::Span::new().days(1))
        .take_while(|day| *day <= first.last_of_month())
        .filter(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday))
        .map(|day| {
            let price = |tenths: i32| {
                let tenths = i32::from(day.month()) * 100 + i32::from(day.day()) + tenths;
                format!("{}.{}0", 1000 + tenths / 10, tenths % 10)
            };
            let volume = 1_000_000 + u64::from(day.day().unsigned_abs()) * 1_001;
            (day, [price(0), price(5), price(-5), price(2)], volume)
        })
        .collect()
}

pub(crate) const TWSE_EMPTY: &str = r#"{"stat":"很抱歉，沒有符合條件的資料!"}"#;

/// A month as TWSE gives it.
pub(crate) fn twse(first: Date, days: &[Day]) -> String {
    let rows: Vec<String> = days
        .iter()
        .map(|(day, [open, high, low, close], volume)| {
            let cells = [
                roc(*day),
                grouped(&volume.to_string()),
                grouped(&(volume * 70).to_string()),
                grouped(open),
                grouped(high),
                grouped(low),
                grouped(close),
                "+0.10".into(),
                "1,234".into(),
            ];
            format!("[\"{}\"]", cells.join("\",\""))
        })
        .collect();
    format!(
        "{{\"stat\":\"OK\",\"date\":\"{}\",\"title\":\"{}年{:02}月 9999 測試           各日成交資訊\",\
         \"fields\":[\"日期\",\"成交股數\",\"成交金額\",\"開盤價\",\"最高價\",\"最低價\",\"收盤價\",\
         \"漲跌價差\",\"成交筆數\"],\"data\":[{}]}}",
        first.strftime("%Y%m%d"),
        first.year() - 1911,
        first.month(),
        rows.join(",")
    )
}

fn roc(day: Date) -> String {
    format!("{}/{:02}/{:02}", day.year() - 1911, day.month(), day.day())
}

/// With a comma after every three digits before the point.
fn grouped(number: &str) -> String {
    let whole = number.split('.').next().unwrap();
    let mut out = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + &number[whole.len()..]
}

/// The month that a TWSE address asks for.
pub(crate) fn month(path: &str) -> Date {
    let digits = path.split("date=").nth(1).unwrap();
    Date::strptime("%Y%m%d", &digits[..8]).unwrap()
}

pub(crate) fn stooq(days: &[Day]) -> String {
    let mut out = String::from("Date,Open,High,Low,Close,Volume\r\n");
    for (day, [open, high, low, close], volume) in days {
        write!(out, "{day},{open},{high},{low},{close},{volume}\r\n").unwrap();
    }
    out
}

pub(crate) fn alphavantage(days: &[Day]) -> String {
    let mut out = String::from("timestamp,open,high,low,close,volume\r\n");
    for (day, [open, high, low, close], volume) in days.iter().rev() {
        write!(out, "{day},{open},{high},{low},{close},{volume}\r\n").unwrap();
    }
    out
}

/// A chart of Taipei, opening at nine, with a dividend on the second day and a split on the third.
pub(crate) fn yahoo(days: &[Day]) -> String {
    let opening = |day: Date| day.duration_since(date(1970, 1, 1)).as_secs() + 3600;
    let list = |cells: &mut dyn Iterator<Item = String>| cells.collect::<Vec<_>>().join(",");
    let price = |index: usize| list(&mut days.iter().map(|day| day.1[index].clone()));
    format!(
        r#"{{"chart":{{"result":[{{"meta":{{"currency":"TWD","symbol":"9999.TW","gmtoffset":28800,"timezone":"CST","exchangeTimezoneName":"Asia/Taipei","dataGranularity":"1d"}},"timestamp":[{}],"events":{{"dividends":{{"{second}":{{"amount":1.5,"date":{second}}}}},"splits":{{"{third}":{{"date":{third},"numerator":4,"denominator":1,"splitRatio":"4:1"}}}}}},"indicators":{{"quote":[{{"open":[{}],"high":[{}],"low":[{}],"close":[{close}],"volume":[{}]}}],"adjclose":[{{"adjclose":[{close}]}}]}}}}],"error":null}}}}"#,
        list(&mut days.iter().map(|day| opening(day.0).to_string())),
        price(0),
        price(1),
        price(2),
        list(&mut days.iter().map(|day| day.2.to_string())),
        second = opening(days[1].0),
        third = opening(days[2].0),
        close = price(3),
    )
}

pub(crate) const YAHOO_UNKNOWN: &str = r#"{"chart":{"result":null,"error":{"code":"Not Found","description":"No data found, symbol may be delisted"}}}"#;
