//! What those want to know who watch the service: whether it lives, whether it is ready, and its metrics in Prometheus'
//! form. What this file is not: the log, which is `tracing`'s.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::problem::Problem;
use crate::runs::Status;

/// Upper ends of the classes of durations, in seconds.
const ENDS: [f64; 8] = [0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1.0, 10.0];

/// Counts since the start.
#[derive(Default)]
pub(crate) struct Watch {
    /// Answers by the first digit of their status.
    answers: [AtomicU64; 6],
    /// Answers that took no longer than each end, and all.
    durations: [AtomicU64; ENDS.len() + 1],
    microseconds: AtomicU64,
    /// Connections that are open.
    pub(crate) connections: AtomicUsize,
    finished: AtomicU64,
    failed: AtomicU64,
    cancelled: AtomicU64,
}

impl Watch {
    pub(crate) fn answered(&self, status: StatusCode, took: Duration) {
        let class = usize::from(status.as_u16() / 100).min(5);
        self.answers[class].fetch_add(1, Ordering::Relaxed);
        let at = ENDS.iter().position(|&end| took.as_secs_f64() <= end);
        self.durations[at.unwrap_or(ENDS.len())].fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.microseconds.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn ended(&self, status: Status) {
        match status {
            Status::Finished => self.finished.fetch_add(1, Ordering::Relaxed),
            Status::Failed => self.failed.fetch_add(1, Ordering::Relaxed),
            _ => self.cancelled.fetch_add(1, Ordering::Relaxed),
        };
    }

    fn text(&self, app: &App) -> String {
        let mut text = String::new();
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let head = |text: &mut String, name: &str, kind: &str, help: &str| {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        };
        let name = "gatecast_http_answers_total";
        head(
            &mut text,
            name,
            "counter",
            "Answers by the class of their status.",
        );
        for (class, count) in self.answers.iter().enumerate().skip(1) {
            let _ = writeln!(text, "{name}{{status=\"{class}xx\"}} {}", of(count));
        }
        let name = "gatecast_http_duration_seconds";
        head(
            &mut text,
            name,
            "histogram",
            "How long answers took to begin.",
        );
        let mut all = 0;
        for (at, count) in self.durations.iter().enumerate() {
            all += of(count);
            let end = ENDS.get(at).map_or("+Inf".into(), ToString::to_string);
            let _ = writeln!(text, "{name}_bucket{{le=\"{end}\"}} {all}");
        }
        let sum = of(&self.microseconds) as f64 / 1e6;
        let _ = writeln!(text, "{name}_sum {sum}\n{name}_count {all}");
        let name = "gatecast_runs_total";
        head(&mut text, name, "counter", "Runs that are over.");
        for (status, count) in [
            ("finished", &self.finished),
            ("failed", &self.failed),
            ("cancelled", &self.cancelled),
        ] {
            let _ = writeln!(text, "{name}{{status=\"{status}\"}} {}", of(count));
        }
        let (queued, running) = app.queue.counts();
        for (name, help, value) in [
            ("gatecast_runs_queued", "Runs that wait.", queued as u64),
            ("gatecast_runs_running", "Runs that go on.", running as u64),
            (
                "gatecast_connections",
                "Connections that are open.",
                self.connections.load(Ordering::Relaxed) as u64,
            ),
            (
                "gatecast_models_bytes",
                "Bytes of the files of the models in memory.",
                app.models.bytes(),
            ),
        ] {
            head(&mut text, name, "gauge", help);
            let _ = writeln!(text, "{name} {value}");
        }
        text
    }
}

/// That the service lives, or is ready.
#[derive(Serialize, ToSchema)]
#[schema(as = Health)]
pub(crate) struct Answer {
    status: &'static str,
}

/// Whether the service lives.
#[utoipa::path(get, path = "/healthz", tag = "service", responses((status = 200, body = Answer)))]
pub(crate) async fn healthz() -> Json<Answer> {
    Json(Answer { status: "ok" })
}

/// Whether the service takes requests: not while it stops.
#[utoipa::path(get, path = "/readyz", tag = "service",
    responses((status = 200, body = Answer), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn readyz(State(app): State<App>) -> Result<Json<Answer>, Problem> {
    match *app.stop.borrow() {
        true => Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the service is stopping",
        )),
        false => Ok(Json(Answer { status: "ready" })),
    }
}

/// Metrics in Prometheus' form.
#[utoipa::path(get, path = "/metrics", tag = "service",
    responses((status = 200, body = String, content_type = "text/plain"),
        (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn metrics(State(app): State<App>) -> Response {
    let mut response = app.watch.text(&app).into_response();
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
