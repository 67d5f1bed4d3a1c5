//! The page: its files, embedded in the program. What this file is not: their content, which lies in `page/`, and in the
//! library where a report has the same.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gatecast::report::html;

use crate::extract::Named;
use crate::problem::Problem;

/// Name and content of every file of the page.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// The page itself.
pub(crate) async fn index() -> Response {
    file("index.html")
}

/// The readable form of the API.
pub(crate) async fn api() -> Response {
    file("api.html")
}

/// A file that the page needs.
pub(crate) async fn asset(Named(name): Named) -> Response {
    file(&name)
}

fn file(name: &str) -> Response {
    let own = FILES.iter().find(|(other, _)| *other == name);
    let own = own.map(|(_, content)| *content);
    let Some(content) = own.or_else(|| html::asset(name)) else {
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
    response
}
