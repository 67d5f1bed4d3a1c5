//! What handlers take from a request: its body, whole and within its limits, and its parameters; each with a
//! [`Problem`] where it is none. What this file is not: it knows no resource.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;

use crate::App;
use crate::problem::Problem;

/// How long a body may stand still.
const STILL: Duration = Duration::from_secs(30);

/// The body.
pub(crate) struct Whole(pub(crate) Bytes);

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
        let mut first = Bytes::new();
        let mut rest: Vec<u8> = Vec::new();
        loop {
            let frame = tokio::time::timeout(STILL, body.frame())
                .await
                .map_err(|_| {
                    Problem::new(
                        StatusCode::REQUEST_TIMEOUT,
                        "the body stood still for 30 seconds",
                    )
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
        Ok(Self(if first.is_empty() { rest.into() } else { first }))
    }
}

impl Whole {
    /// What a body of JSON says.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_slice(&self.0).map_err(|error| {
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
