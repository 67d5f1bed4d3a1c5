//! Taiwan Stock Exchange: `STOCK_DAY`, a page a month, in JSON with dates of the republic.

use jiff::ToSpan;

use crate::error::{Error, Result};
use crate::page::{Kind, Page};
use crate::request::Request;

/// A page for each month that the request touches, as far as months have begun. It is an error to
/// ask for one that has not; while Taiwan alone is in the next month, its market has not opened.
pub(super) fn pages(request: &Request) -> Result<Vec<Page>> {
    let symbol = request.symbol.as_str();
    if !symbol.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let help = "write the code alone, such as 0050; 0050.TW is Yahoo's way";
        return Err(Error::usage(format!("{symbol:?} is no TWSE code"), help));
    }
    let base = request.base()?;
    let to = request.to.min(request.today);
    let mut pages = Vec::new();
    let mut first = request.from.first_of_month();
    while first <= to {
        pages.push(Page {
            label: first.strftime("%Y-%m").to_string(),
            url: format!(
                "{base}/rwd/zh/afterTrading/STOCK_DAY?date={}&stockNo={symbol}&response=json",
                first.strftime("%Y%m%d")
            ),
            first,
            last: first.last_of_month(),
            kind: Kind::OneOfMany,
        });
        match first.checked_add(1.month()) {
            Ok(next) => first = next,
            Err(_) => break,
        }
    }
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use jiff::civil::date;

    #[test]
    fn a_page_a_month_and_none_for_months_to_come() {
        let mut request = Request::new(Source::Twse, "0050", date(2017, 11, 30), date(2099, 1, 1));
        request.today = date(2018, 1, 31);
        let pages = pages(&request).unwrap();
        let labels: Vec<_> = pages.iter().map(|page| page.label.as_str()).collect();
        assert_eq!(labels, ["2017-11", "2017-12", "2018-01"]);
        assert_eq!(
            pages[0].url,
            "https://www.twse.com.tw/rwd/zh/afterTrading/STOCK_DAY?date=20171101&stockNo=0050&response=json"
        );
        assert_eq!(pages[0].last, date(2017, 11, 30));
    }

    #[test]
    fn a_suffix_is_pointed_out() {
        let request = Request::new(Source::Twse, "0050.TW", date(2017, 1, 1), date(2017, 1, 2));
        assert!(pages(&request).unwrap_err().is_usage());
    }
}
