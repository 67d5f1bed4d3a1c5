//! One request and its answer. What it is not: patient; see `network` for that.

use std::time::Duration;

use jiff::Timestamp;
use ureq::Agent;
use ureq::http::header::{RETRY_AFTER, TRANSFER_ENCODING};

use crate::page::Framing;
use crate::patience::retry_after;

/// Longest body that is read. Forty years of days are about a megabyte.
pub(crate) const LONGEST_BODY: u64 = 32 << 20;

/// Time to connect; who does not answer by then is not there.
const CONNECT: Duration = Duration::from_secs(15);

/// Yahoo turns away clients that do not begin their name like this.
const USER_AGENT: &str = concat!(
    "Mozilla/5.0 (compatible; gatecast/",
    env!("CARGO_PKG_VERSION"),
    ")"
);

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// What the server asks to wait before the next request.
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
    pub(crate) framing: Framing,
}

/// Why there is no whole answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It may pass: the line was dropped, say.
    Passing(String),
    /// It will not.
    Lasting(String),
    /// The body is longer than [`LONGEST_BODY`].
    TooLarge,
}

/// A client for one base address.
pub(crate) fn agent(base: &str, timeout: Duration) -> Agent {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        // A key is not carried over to an open line.
        .https_only(base.starts_with("https://"))
        .max_redirects(3)
        .user_agent(USER_AGENT)
        .timeout_global(Some(timeout))
        .timeout_connect(Some(CONNECT.min(timeout)));
    if is_loopback(base) {
        // No proxy can reach this machine's own addresses.
        config = config.proxy(None);
    }
    config.build().into()
}

/// Asks for an address. Messages do not hold it.
pub(crate) fn get(agent: &Agent, url: &str) -> Result<Response, Failure> {
    let mut response = agent.get(url).call().map_err(failure)?;
    let header = |name| {
        response
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let retry_after = header(RETRY_AFTER).and_then(|text| retry_after(text, Timestamp::now()));
    let chunked = header(TRANSFER_ENCODING).is_some();
    let framing = match response.body().content_length() {
        None if !chunked => Framing::Closed,
        _ => Framing::Given,
    };
    let status = response.status().as_u16();
    let body = response
        .body_mut()
        .with_config()
        .limit(LONGEST_BODY)
        .read_to_vec()
        .map_err(failure)?;
    Ok(Response {
        status,
        retry_after,
        body,
        framing,
    })
}

fn failure(error: ureq::Error) -> Failure {
    use ureq::Error as E;
    match error {
        E::BodyExceedsLimit(_) => Failure::TooLarge,
        E::Io(error) => Failure::Passing(format!("the connection failed: {error}")),
        E::Timeout(what) => Failure::Passing(format!("it took too long ({what})")),
        E::HostNotFound => Failure::Passing("the host was not found".into()),
        E::ConnectionFailed => Failure::Passing("the connection failed".into()),
        E::Protocol(error) => Failure::Passing(format!("the answer was no HTTP: {error}")),
        // These two quote the address.
        E::BadUri(_) => Failure::Lasting("it is no address".into()),
        E::RequireHttpsOnly(_) => Failure::Lasting("it leads to an address without TLS".into()),
        error => Failure::Lasting(error.to_string()),
    }
}

fn is_loopback(base: &str) -> bool {
    let host = base.split_once("://").map_or(base, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or_default();
    ["127.0.0.1", "localhost", "[::1]"].iter().any(|name| {
        host == *name
            || host
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(':'))
    })
}
