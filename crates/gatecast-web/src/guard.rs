//! Who may ask, and what every answer carries. What this file is not: it answers nothing by itself but refusals.
//!
//! Without a token the service is for this machine alone. What stands between it and every web page that is open in a
//! browser here is that a request must name this machine as its `Host` (a page elsewhere can make its own name lead here,
//! but not change what the browser says it asks), and that an `Origin` must be the service's own.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::App;
use crate::problem::Problem;

/// What the page may load: its own files; pictures that it draws; nothing else, from nowhere else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Passes a request on if it may be asked, and marks the answer.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_string());
    let mut response = match check(&app, &method, request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let headers = response.headers_mut();
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    let (status, took) = (response.status(), start.elapsed());
    app.watch.answered(status, took);
    tracing::debug!(%method, path, status = status.as_u16(), micros = took.as_micros(), "answered");
    response
}

fn check(app: &App, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let refused = |detail: String| Problem::new(StatusCode::FORBIDDEN, detail);
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts
        .next()
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    if hosts.next().is_some() {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "there are several hosts",
        ));
    }
    if app.token.is_none() && !is_this_machine(host, app.port) {
        return Err(
            refused(format!("the host is {host:?}, which is not this machine"))
                .remedy(format!("ask 127.0.0.1:{} or localhost:{0}", app.port)),
        );
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let own = origin.to_str().is_ok_and(|origin| {
            let rest = origin
                .strip_prefix("http://")
                .or(origin.strip_prefix("https://"));
            rest.is_some_and(|rest| rest.eq_ignore_ascii_case(host))
        });
        if !own {
            return Err(refused(
                "the request comes from a page of another site".into(),
            ));
        }
    }
    match &app.token {
        Some(token) if !is_open(method, uri.path()) => check_token(token, headers),
        _ => Ok(()),
    }
}

/// What anybody may see: the page, which asks for the token, and whether the service lives.
fn is_open(method: &Method, path: &str) -> bool {
    let is_page =
        matches!(path, "/" | "/api" | "/healthz" | "/readyz") || path.starts_with("/assets/");
    is_page && matches!(*method, Method::GET | Method::HEAD)
}

/// Whether a name is this machine's for itself, with the port that the service listens on.
fn is_this_machine(host: &str, port: u16) -> bool {
    let (name, its_port) = match host.rsplit_once(':') {
        Some((name, digits)) if !digits.ends_with(']') => (name, digits.parse().ok()),
        _ => (host, Some(80)),
    };
    let is_named = ["localhost", "127.0.0.1", "[::1]"].iter();
    is_named
        .clone()
        .any(|known| name.eq_ignore_ascii_case(known))
        && its_port == Some(port)
}

fn check_token(token: &str, headers: &HeaderMap) -> Result<(), Problem> {
    let shown = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let shown = shown.and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then_some(token.trim())
    });
    // Digests are compared, so that how long it takes says nothing of how much was right.
    let digest = |text: &str| Sha256::digest(text.as_bytes());
    match shown {
        Some(shown) if digest(shown) == digest(token) => Ok(()),
        Some(_) => Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "the token is not the right one",
        )),
        None => Err(Problem::new(StatusCode::UNAUTHORIZED, "there is no token")
            .remedy("send the header Authorization: Bearer TOKEN")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_own_names_are_answered() {
        for host in [
            "localhost:8642",
            "127.0.0.1:8642",
            "[::1]:8642",
            "LOCALHOST:8642",
        ] {
            assert!(is_this_machine(host, 8642), "{host}");
        }
        for host in [
            "",
            "localhost",
            "localhost:80",
            "evil.example:8642",
            "127.0.0.1.evil.example:8642",
            "127.0.0.2:8642",
            "[::1]",
            "::1:8642",
            "localhost:8642:8642",
            "localhost.:8642",
        ] {
            assert!(!is_this_machine(host, 8642), "{host}");
        }
        assert!(is_this_machine("localhost", 80));
    }
}
