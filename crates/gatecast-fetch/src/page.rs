//! What came: rows, nothing, or something that is no page.

use gatecast::{Answer, Series};
use serde::de::IgnoredAny;

use crate::source::{Kind, Page};

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
    /// It is what the source has to say. Boxed because it is so much larger than the rest.
    Meant(Box<gatecast::Error>),
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
    match parse(name, body) {
        Err(gatecast::Error::Answer {
            kind: Answer::NoData,
            ..
        }) => Ok(Content::Empty),
        Err(error @ gatecast::Error::Answer { .. }) => Err(Fault::Meant(error.into())),
        Ok(_) | Err(_) if cut => Err(Fault::Damaged("the last line was cut off".into())),
        Err(gatecast::Error::NoRows { .. }) => Ok(Content::Empty),
        Err(error) => Err(Fault::Meant(error.into())),
        Ok(series) => {
            let strange = |day: &&_| **day < page.first || **day > page.last;
            match series.dates().iter().find(strange) {
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
