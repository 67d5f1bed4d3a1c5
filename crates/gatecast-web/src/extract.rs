//! What handlers take from a request: its body, whole and within its limits, and its parameters; each with a
//! [`Problem`] where it is none. What this file is not: it knows no resource.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use crate::App;
use crate::problem::Problem;

/// How long a body may stand still.
const STILL: Duration = Duration::from_secs(30);
/// How long it may take as a whole.
const LONGEST: Duration = Duration::from_secs(600);
/// Bytes from which on a body is large: of such only [`LARGE_ONES`] are taken at once, so that many together cannot take
/// all memory.
const LARGE: usize = 1 << 20;
/// Large bodies at once.
pub(crate) const LARGE_ONES: usize = 4;

/// The body.
pub(crate) struct Whole {
    pub(crate) bytes: Bytes,
    /// Given back when the body is no longer needed.
    _place: Option<OwnedSemaphorePermit>,
}

impl FromRequest<App> for Whole {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let most = app.limits.bytes;
        let too_long = || {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("the body has more than {most} bytes"),
            )
            .remedy("send less, or start the service with a larger --max-body")
        };
        let said = request.headers().get(axum::http::header::CONTENT_LENGTH);
        let said = said.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        if said.is_some_and(|length| length > most as u64) {
            return Err(too_long());
        }
        let mut body: Body = request.into_body();
        let end = Instant::now() + LONGEST;
        let mut place = None;
        let mut first = Bytes::new();
        let mut rest: Vec<u8> = Vec::new();
        loop {
            let still = (Instant::now() + STILL).min(end);
            let frame = tokio::time::timeout_at(still, body.frame()).await;
            let frame = frame.map_err(|_| {
                let status = StatusCode::REQUEST_TIMEOUT;
                Problem::new(status, "the body stood still, or came too slowly")
            })?;
            let Some(frame) = frame else { break };
            let frame =
                frame.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "the body broke off"))?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if first.len() + rest.len() + data.len() > most {
                return Err(too_long());
            }
            if first.len() + rest.len() + data.len() > LARGE && place.is_none() {
                place = app.large.clone().acquire_owned().await.ok();
            }
            // Most bodies come in one piece, which need not be copied.
            match (first.is_empty(), rest.is_empty()) {
                (true, true) => first = data,
                (false, _) => {
                    rest.extend_from_slice(&first);
                    first = Bytes::new();
                    rest.extend_from_slice(&data);
                }
                (true, false) => rest.extend_from_slice(&data),
            }
        }
        Ok(Self {
            bytes: match first.is_empty() {
                true => rest.into(),
                false => first,
            },
            _place: place,
        })
    }
}

impl Whole {
    /// What a body of JSON says.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        json(&self.bytes)
    }
}

/// What JSON says.
pub(crate) fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let status = match error.is_data() {
            true => StatusCode::UNPROCESSABLE_ENTITY,
            false => StatusCode::BAD_REQUEST,
        };
        Problem::new(
            status,
            format!("the body is not what is asked for: {error}"),
        )
        .remedy("GET /openapi.json describes every body")
    })
}

/// Parameters behind the question mark.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned + Send> FromRequestParts<App> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, app).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(error) => Err(Problem::unusable(error.body_text())),
        }
    }
}

/// The part of the path that names something.
pub(crate) struct Named(pub(crate) String);

impl FromRequestParts<App> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match Path::<String>::from_request_parts(parts, app).await {
            Ok(Path(name)) => Ok(Self(name)),
            Err(error) => Err(Problem::new(StatusCode::NOT_FOUND, error.body_text())),
        }
    }
}
