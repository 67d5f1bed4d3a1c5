//! One page: an address, the days it covers, and what came from there: rows, nothing, or something
//! that is no page. What this file is not: it fetches nothing.

use gatecast::series::Stamp;
use gatecast::{Answer, ErrorKind, Series};
use jiff::civil::Date;
use serde::de::IgnoredAny;

use crate::request::Request;

/// One address, and what is to be found there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// What messages call it: `2017-01`.
    pub(crate) label: String,
    /// The address, without a key.
    pub(crate) url: String,
    /// First day wanted of it.
    pub(crate) first: Date,
    /// Last day wanted of it.
    pub(crate) last: Date,
    /// What other days on it, or none at all, mean.
    pub(crate) kind: Kind,
}

/// How a page relates to the days it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One of many, with its days and no others; it may well be empty.
    OneOfMany,
    /// The only one; it may hold further days.
    Only,
}

impl Page {
    /// The one page of sources that need no more.
    pub(crate) fn only(request: &Request, url: String) -> Self {
        Self {
            label: format!("{}..{}", request.from, request.to),
            url,
            first: request.from,
            last: request.to,
            kind: Kind::Only,
        }
    }

    /// Whether nothing can be added any more to what was fetched on a day in UTC: clocks are up
    /// to twelve hours behind UTC, and the day before is over for all of them.
    pub(crate) fn is_settled(&self, fetched: Date) -> bool {
        self.last.tomorrow().is_ok_and(|next| next < fetched)
    }
}

/// A page that was understood.
#[derive(Debug)]
pub(crate) enum Content {
    /// Prices.
    Rows(Series),
    /// The source has none for these days.
    Empty,
}

/// Why a page was not understood.
#[derive(Debug)]
pub(crate) enum Fault {
    /// It may be better the next time.
    Damaged(String),
    /// It is what the source has to say.
    Meant(gatecast::Error),
}

/// How a reader knows that it has all of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// The length, or the last chunk, was given: the body is what the server meant to send.
    Given,
    /// The connection closed, which a broken one does too.
    Closed,
}

/// Reads the bytes of any source.
fn parse(name: &str, bytes: &[u8]) -> gatecast::Result<Series> {
    Series::parse(name, bytes, &[] as &[&str])
}

/// Reads a page and sees whether it is the one that was asked for, and all of it.
pub(crate) fn read(
    page: &Page,
    name: &str,
    body: &[u8],
    framing: Framing,
) -> Result<Content, Fault> {
    if let Some(damage) = damage(body) {
        return Err(Fault::Damaged(damage));
    }
    // Of a row that is cut off in a number, the rest looks like a row.
    let cut = framing == Framing::Closed && json(body).is_none() && !body.ends_with(b"\n");
    match parse(name, body).map_err(|error| (error.kind(), error)) {
        Err((ErrorKind::Answer(Answer::NoData), _)) => Ok(Content::Empty),
        Err((ErrorKind::Answer(_), error)) => Err(Fault::Meant(error)),
        Ok(_) | Err(_) if cut => Err(Fault::Damaged("the last line was cut off".into())),
        Err((ErrorKind::NoRows, _)) => Ok(Content::Empty),
        Err((_, error)) => Err(Fault::Meant(error)),
        Ok(series) => {
            let (first, last) = (page.first.into(), page.last.into());
            let strange = |day: &&Stamp| **day < first || **day > last;
            match series.stamps().iter().find(strange) {
                Some(day) if page.kind == Kind::OneOfMany => {
                    Err(Fault::Damaged(format!("it gave another page, with {day}")))
                }
                _ => Ok(Content::Rows(series)),
            }
        }
    }
}

/// Signs that a body is not what the source meant to send.
fn damage(body: &[u8]) -> Option<String> {
    let text = body.trim_ascii();
    if text.is_empty() {
        return Some("the answer was empty".into());
    }
    if text.starts_with(b"<") {
        return Some("it gave a web page where data were expected".into());
    }
    let cut = serde_json::from_slice::<IgnoredAny>(json(body)?).is_err_and(|error| error.is_eof());
    cut.then(|| format!("the JSON was cut off after {} bytes", body.len()))
}

/// The text after a byte-order mark, if it begins as JSON does.
fn json(body: &[u8]) -> Option<&[u8]> {
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    matches!(text.trim_ascii_start().first(), Some(b'{' | b'[')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Source;
    use jiff::civil::date;

    #[test]
    fn a_page_is_settled_when_its_last_day_is_over_everywhere() {
        let request = Request::new(Source::Stooq, "x", date(2018, 1, 1), date(2018, 4, 30));
        let page = Page::only(&request, String::new());
        assert!(!page.is_settled(date(2018, 4, 30)));
        assert!(!page.is_settled(date(2018, 5, 1)), "still April in Hawaii");
        assert!(page.is_settled(date(2018, 5, 2)));
        let endless = Page {
            last: Date::MAX,
            ..page
        };
        assert!(!endless.is_settled(Date::MAX));
    }
}
