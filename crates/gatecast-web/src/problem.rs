//! What a request is answered that cannot be done: the library's message, remedy and place as
//! `application/problem+json` (RFC 9457). What this file is not: it decides nothing.

use std::error::Error;
use std::io::ErrorKind;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gatecast::error::{Place, name_settings};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a request was not done, and what to do about it. Boxed texts keep it small, since every result may be one.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Always `about:blank`: the status says what sort of problem it is.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: Box<str>,
    /// The status in words.
    #[schema(value_type = String)]
    title: Box<str>,
    /// The status of the answer.
    status: u16,
    /// What was found.
    #[schema(value_type = String)]
    pub(crate) detail: Box<str>,
    /// What to do next, where something can be done.
    #[schema(value_type = Option<String>)]
    remedy: Option<Box<str>>,
    /// The line or row of the file at fault, from 1.
    line: Option<u64>,
    /// The column at fault.
    #[schema(value_type = Option<String>)]
    column: Option<Box<str>>,
    /// The setting at fault.
    #[schema(value_type = Option<String>)]
    setting: Option<Box<str>>,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<Box<str>>) -> Self {
        Self {
            kind: "about:blank".into(),
            title: status.canonical_reason().unwrap_or("Error").into(),
            status: status.as_u16(),
            detail: detail.into(),
            remedy: None,
            line: None,
            column: None,
            setting: None,
        }
    }

    pub(crate) fn remedy(mut self, remedy: impl Into<Box<str>>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// The part of a request at fault.
    pub(crate) fn setting(mut self, name: &str) -> Self {
        self.setting = Some(name.into());
        self
    }

    /// What was sent cannot be used.
    pub(crate) fn unusable(detail: impl Into<Box<str>>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// There is no such thing.
    pub(crate) fn not_found(what: &str, name: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            format!("there is no {what} {name:?}"),
        )
        .remedy(format!("the list of {what}s has those that there are"))
    }

    /// Something of ours went wrong. What it was is for the log, since it may name paths.
    pub(crate) fn internal(what: &dyn std::fmt::Display) -> Self {
        tracing::error!(error = %what, "a request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the service failed; its log says more",
        )
    }

    /// The disk failed, most likely because it is full.
    pub(crate) fn of_disk(error: &std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                tracing::error!(%error, "the disk is full");
                Self::new(
                    StatusCode::INSUFFICIENT_STORAGE,
                    "the disk of the service is full",
                )
                .remedy("remove files, runs and models that are no longer needed, or make room there, and try again")
            }
            _ => Self::internal(error),
        }
    }
}

impl From<gatecast::Error> for Problem {
    fn from(error: gatecast::Error) -> Self {
        if error.kind() == gatecast::ErrorKind::Io {
            let said = error.source().and_then(|source| source.downcast_ref());
            return match said {
                Some(said) => Self::of_disk(said),
                None => Self::internal(&error),
            };
        }
        let plain = |text: &str| name_settings(text, str::to_owned);
        let mut problem = Self::unusable(plain(&error.to_string()));
        problem.remedy = error.help().map(|help| plain(&help).into());
        problem.line = error.place().map(|place| match place {
            Place::Line(number) | Place::Row(number) => number,
        });
        problem.column = error.column().map(Into::into);
        problem.setting = error.setting().map(Into::into);
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}
