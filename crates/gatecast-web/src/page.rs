//! The page: its files, packed and embedded in the program. What this file is not: their content, which lies in `page/`,
//! and in the library where a report has the same.

use std::borrow::Cow;
use std::io::Read;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use gatecast::report::html;

use crate::extract::Named;
use crate::problem::Problem;

/// Name and content, packed with gzip, of every file of the page.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// The page itself.
pub(crate) async fn index(headers: HeaderMap) -> Response {
    file("index.html", &headers)
}

/// The readable form of the API.
pub(crate) async fn api(headers: HeaderMap) -> Response {
    file("api.html", &headers)
}

/// A file that the page needs.
pub(crate) async fn asset(Named(name): Named, headers: HeaderMap) -> Response {
    file(&name, &headers)
}

fn file(name: &str, request: &HeaderMap) -> Response {
    let own = FILES.iter().find(|(other, _)| *other == name);
    let is_packed = own.is_some() && takes_gzip(request);
    let content: Option<Cow<'static, [u8]>> = match own {
        Some((_, packed)) if is_packed => Some(Cow::Borrowed(packed)),
        Some((_, packed)) => unpacked(packed).ok().map(Cow::Owned),
        None => html::asset(name).map(Cow::Borrowed),
    };
    let Some(content) = content else {
        let problem = Problem::new(
            StatusCode::NOT_FOUND,
            format!("the page has no file {name:?}"),
        );
        return problem.into_response();
    };
    let kind = match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        _ => "text/plain; charset=utf-8",
    };
    let mut response = content.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // A newer program has another page under the same names.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if is_packed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// Whether a client says that it can unpack gzip (RFC 9110, section 12.5.3).
fn takes_gzip(request: &HeaderMap) -> bool {
    let named = request
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let weight = |coding: &str| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight
            .trim()
            .trim_start_matches("q=")
            .parse()
            .unwrap_or(0.0);
        name.trim().eq_ignore_ascii_case("gzip").then_some(weight)
    };
    named
        .filter_map(weight)
        .next()
        .is_some_and(|weight: f32| weight > 0.0)
}

fn unpacked(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut content)?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_those_who_ask_for_it() {
        let takes = |values: &[&'static str]| {
            let values = values.iter().map(|value| HeaderValue::from_static(value));
            takes_gzip(
                &values
                    .map(|value| (header::ACCEPT_ENCODING, value))
                    .collect(),
            )
        };
        assert!(takes(&["gzip"]));
        assert!(takes(&["deflate, GZIP;q=0.5, br"]));
        assert!(takes(&["br", "gzip; q=1.0"]));
        assert!(!takes(&[]));
        assert!(!takes(&["br, gzip;q=0"]));
        assert!(!takes(&["identity, x-gzip"]));
        assert!(!takes(&["gzip;quite"]));
    }

    #[test]
    fn every_file_is_there_as_it_is() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("page");
        assert!(FILES.len() > 20);
        for (name, packed) in FILES {
            let content = std::fs::read(folder.join(name)).unwrap();
            assert_eq!(unpacked(packed).unwrap(), content, "{name}");
        }
    }
}
