//! Stooq: one CSV for all days.

use crate::error::Result;
use crate::page::Page;
use crate::request::Request;
use crate::text::encode;

pub(super) fn pages(request: &Request) -> Result<Vec<Page>> {
    let url = format!(
        "{}/q/d/l/?s={}&d1={}&d2={}&i=d",
        request.base()?,
        encode(&request.symbol),
        request.from.strftime("%Y%m%d"),
        request.to.strftime("%Y%m%d"),
    );
    Ok(vec![Page::only(request, url)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use jiff::civil::date;

    #[test]
    fn the_days_stand_in_the_address() {
        let mut request = Request::new(Source::Stooq, "^spx", date(2017, 1, 3), date(2018, 4, 30));
        request.base = Some("http://127.0.0.1:1/".into());
        assert_eq!(
            pages(&request).unwrap()[0].url,
            "http://127.0.0.1:1/q/d/l/?s=%5Espx&d1=20170103&d2=20180430&i=d"
        );
    }
}
