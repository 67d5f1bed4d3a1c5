//! Yahoo Finance: the v8 chart, one page for all days.
//!
//! One page also because its prices are adjusted as of the day they are fetched: pages fetched on
//! different days would not fit together.

use jiff::civil::Date;
use jiff::tz::Offset;

use crate::error::Result;
use crate::page::Page;
use crate::request::Request;
use crate::text::encode;

/// A day more is asked for at both ends: the times are in UTC, and the days those of the exchange.
pub(super) fn pages(request: &Request) -> Result<Vec<Page>> {
    let begin = request.from.yesterday().unwrap_or(Date::MIN);
    let end = request
        .to
        .tomorrow()
        .and_then(Date::tomorrow)
        .unwrap_or(Date::MAX);
    let url = format!(
        "{}/v8/finance/chart/{}?period1={}&period2={}&interval=1d&events=div,splits",
        request.base()?,
        encode(&request.symbol),
        seconds(begin),
        seconds(end),
    );
    Ok(vec![Page::only(request, url)])
}

/// Midnight at the beginning of a day, in UTC.
fn seconds(day: Date) -> i64 {
    let midnight = day.at(0, 0, 0, 0);
    Offset::UTC
        .to_timestamp(midnight)
        .map_or(0, |timestamp| timestamp.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use jiff::civil::date;

    #[test]
    fn the_days_asked_for_lie_between_the_times() {
        let request = Request::new(Source::Yahoo, "^TWII", date(1970, 1, 2), date(1970, 1, 3));
        assert_eq!(
            pages(&request).unwrap()[0].url,
            "https://query1.finance.yahoo.com/v8/finance/chart/%5ETWII\
             ?period1=0&period2=345600&interval=1d&events=div,splits"
        );
    }
}
