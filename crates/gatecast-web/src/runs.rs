//! Runs over HTTP: asked for, listed, watched, cancelled, forgotten. What this file is not: the queue that does them
//! (`queue`).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{Html, IntoResponse, Response};
use gatecast::ForecastSpec;
use gatecast::forecast::{Preset, Settings};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::App;
use crate::events;
use crate::extract::{Named, Params, Whole};
use crate::files;
use crate::options::Limits;
use crate::problem::Problem;
use crate::store::{CHINESE, ENGLISH, REPORTS, RESULTS, RUNS};

/// What a run does.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Trains a model and keeps it.
    Train,
    /// Forecasts the last part of the file fold by fold.
    Backtest,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// It waits for others.
    Queued,
    /// It is being done.
    Running,
    /// It is done.
    Finished,
    /// It could not be done.
    Failed,
    /// Somebody stopped it.
    Cancelled,
    /// The service ended in the middle of it.
    Interrupted,
}

impl Status {
    /// Whether nothing more will come of it.
    pub(crate) fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// What is asked for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    kind: Kind,
    /// Id of an uploaded file.
    file: String,
    /// What the model is to be called: letters, digits, `.`, `-` and `_`; after the file if not set.
    #[serde(default)]
    name: Option<String>,
    /// Settings as in a TOML file of the command line.
    #[serde(default)]
    settings: Map<String, Value>,
    /// Of many series: one model for all.
    #[serde(default)]
    global: bool,
    /// Folds of a backtest.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100)]
    folds: Option<u32>,
}

/// A run.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub(crate) struct Run {
    /// What it is called in requests.
    pub(crate) id: String,
    pub(crate) kind: Kind,
    pub(crate) status: Status,
    /// What its model is to be called.
    pub(crate) name: String,
    pub(crate) file: FileOf,
    /// As they were asked for.
    #[schema(value_type = Object)]
    pub(crate) settings: Map<String, Value>,
    pub(crate) global: bool,
    pub(crate) folds: usize,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) started: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) ended: Option<Timestamp>,
    pub(crate) progress: Progress,
    /// The model that came of it; none any more where it was removed.
    pub(crate) model: Option<String>,
    /// Why it failed.
    pub(crate) error: Option<Problem>,
}

impl Run {
    /// Ends it without a result.
    pub(crate) fn fail(&mut self, problem: Problem) {
        self.status = Status::Failed;
        self.ended = self.ended.or_else(|| Some(Timestamp::now()));
        self.error = Some(problem);
    }
}

/// The file of a run.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub(crate) struct FileOf {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// How far a run is in numbers.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
pub(crate) struct Progress {
    /// Networks in all.
    pub(crate) networks: usize,
    /// Networks that are finished.
    pub(crate) finished: usize,
    /// Epochs of the network that is being trained.
    pub(crate) epochs: usize,
    /// The last one.
    pub(crate) epoch: usize,
    pub(crate) loss: Option<f64>,
    pub(crate) val_loss: Option<f64>,
}

/// A run, and what came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct WithResult {
    #[serde(flatten)]
    run: Run,
    /// What `gatecast train --json` or `gatecast backtest --json` prints; null before it is finished.
    #[schema(value_type = Option<Object>)]
    result: Option<Value>,
}

/// All runs, the newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct Runs {
    runs: Vec<Run>,
}

/// How a report is wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct How {
    #[serde(default)]
    format: Format,
    #[serde(default)]
    language: Language,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    #[default]
    Html,
    Json,
}

#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq, ToSchema)]
pub(crate) enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "zh-Hant")]
    TraditionalChinese,
}

/// Asks for a run.
///
/// What can be found wrong with its settings is found at once; what the rows say, when it is done.
#[utoipa::path(post, path = "/v1/runs", operation_id = "start_run", tag = "runs", request_body = Wanted,
    responses((status = 202, body = WithResult), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn start(State(app): State<App>, body: Whole) -> Result<Response, Problem> {
    let wanted: Wanted = body.json()?;
    let run = app.clone().work(move || {
        let file = files::find(&app, &wanted.file)?;
        let global = wanted.global && file.form.is_some();
        if file.form.is_some() && !global {
            return Err(Problem::unusable("the file holds many series")
                .remedy("set global, for one model that learns from all"));
        }
        let folds = wanted.folds.unwrap_or(5) as usize;
        if !(1..=100).contains(&folds) {
            let problem = Problem::unusable(format!("{folds} folds: there can be 1 to 100"));
            return Err(problem.setting("folds"));
        }
        let name = match &wanted.name {
            Some(name) => model_name(name)?,
            None => name_after(&file.name),
        };
        spec(&wanted.settings, global, file.target().unwrap_or("close"))?;
        let file = FileOf {
            id: file.id,
            name: file.name,
        };
        app.queue.add(&app, |id| Run {
            id: id.to_string(),
            kind: wanted.kind,
            status: Status::Queued,
            name,
            file,
            settings: wanted.settings,
            global,
            folds,
            created: Timestamp::now(),
            started: None,
            ended: None,
            progress: Progress::default(),
            model: None,
            error: None,
        })
    });
    let run = run.await?;
    let place = HeaderValue::from_str(&format!("/v1/runs/{}", run.id));
    let mut response =
        (StatusCode::ACCEPTED, Json(WithResult { run, result: None })).into_response();
    if let Ok(place) = place {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

/// The runs that are known.
#[utoipa::path(get, path = "/v1/runs", operation_id = "list_runs", tag = "runs",
    responses((status = 200, body = Runs), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(State(app): State<App>) -> Result<Json<Runs>, Problem> {
    let mut runs: Vec<Run> = app.store.all(RUNS)?;
    for run in &mut runs {
        app.queue.update(run);
    }
    Ok(Json(Runs { runs }))
}

/// One of them, and what came of it.
#[utoipa::path(get, path = "/v1/runs/{id}", operation_id = "get_run", tag = "runs", params(("id" = String, Path)),
    responses((status = 200, body = WithResult), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(app): State<App>,
    Named(id): Named,
) -> Result<Json<WithResult>, Problem> {
    let (number, run) = find(&app, &id)?;
    let result = app.store.get(RESULTS, number)?;
    Ok(Json(WithResult { run, result }))
}

/// What happens in a run, as server-sent events, from its beginning, or from after the event that `Last-Event-ID` names.
#[utoipa::path(get, path = "/v1/runs/{id}/events", operation_id = "watch_run", tag = "runs", params(("id" = String, Path)),
    responses((status = 200, body = String, content_type = "text/event-stream"),
        (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn watch(
    State(app): State<App>,
    Named(id): Named,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (number, run) = find(&app, &id)?;
    let last = headers.get("last-event-id");
    let last = last.and_then(|last| last.to_str().ok()?.parse::<u64>().ok());
    let next = last.map_or(0, |last| last.saturating_add(1));
    let events = app.queue.events(number, &run);
    let events = events::watch(events, next, app.stop.clone());
    Ok(Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response())
}

/// Stops a run, or takes it out of the queue.
#[utoipa::path(post, path = "/v1/runs/{id}/cancel", operation_id = "cancel_run", tag = "runs", params(("id" = String, Path)),
    responses((status = 200, body = Run), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn cancel(State(app): State<App>, Named(id): Named) -> Result<Json<Run>, Problem> {
    let (number, _) = find(&app, &id)?;
    app.queue.cancel(&app, number)?;
    Ok(Json(find(&app, &id)?.1))
}

/// The report of a run that is finished: a page that needs nothing else, or its document.
#[utoipa::path(get, path = "/v1/runs/{id}/report", operation_id = "get_report", tag = "runs", params(("id" = String, Path), How),
    responses((status = 200, content((String = "text/html"), (Object = "application/json"))),
        (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn report(
    State(app): State<App>,
    Named(id): Named,
    Params(how): Params<How>,
) -> Result<Response, Problem> {
    let (number, run) = find(&app, &id)?;
    let none = || {
        let problem = Problem::new(
            StatusCode::NOT_FOUND,
            format!("run {id} has no report; it is not finished"),
        );
        problem.remedy("wait until it is finished")
    };
    if run.status != Status::Finished {
        return Err(none());
    }
    if how.format == Format::Json {
        let document: Value = app.store.get(REPORTS, number)?.ok_or_else(none)?;
        return Ok(Json(document).into_response());
    }
    let table = match how.language {
        Language::English => ENGLISH,
        Language::TraditionalChinese => CHINESE,
    };
    let html: String = app.store.get(table, number)?.ok_or_else(none)?;
    // It says itself what it may load, and it is to work as a file too: it runs apart from the service's own page.
    let policy = HeaderValue::from_static("sandbox allow-scripts allow-downloads");
    let mut response = Html(html).into_response();
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

/// Forgets a run that is over. Its model stays.
#[utoipa::path(delete, path = "/v1/runs/{id}", operation_id = "delete_run", tag = "runs", params(("id" = String, Path)),
    responses((status = 204), (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove(
    State(app): State<App>,
    Named(id): Named,
) -> Result<StatusCode, Problem> {
    let (number, run) = find(&app, &id)?;
    if !run.status.is_over() {
        let problem = Problem::new(StatusCode::CONFLICT, format!("run {id} is not over"));
        return Err(problem.remedy("cancel it first"));
    }
    let tables = [RUNS, RESULTS, REPORTS, ENGLISH, CHINESE];
    app.store.remove(&tables, number)?;
    Ok(StatusCode::NO_CONTENT)
}

/// A run by its id, as it is now.
pub(crate) fn find(app: &App, id: &str) -> Result<(u64, Run), Problem> {
    let unknown = || Problem::not_found("run", id);
    let number: u64 = id.parse().map_err(|_| unknown())?;
    let mut run: Run = app.store.get(RUNS, number)?.ok_or_else(unknown)?;
    app.queue.update(&mut run);
    Ok((number, run))
}

/// The settings of a run, with the preset that they begin from.
pub(crate) fn settings(wanted: &Map<String, Value>, global: bool) -> Result<Settings, Problem> {
    let mut settings = Settings::default();
    for (name, value) in wanted {
        settings.set(name, value.clone())?;
    }
    if global && settings.get("preset").is_none() {
        settings.set("preset", Preset::Panel.name())?;
    }
    Ok(settings)
}

/// The specification that settings describe, checked as far as it can be without rows.
pub(crate) fn spec(
    wanted: &Map<String, Value>,
    global: bool,
    target: &str,
) -> Result<ForecastSpec, Problem> {
    let mut settings = settings(wanted, global)?;
    if settings.get("target").is_none() {
        settings.set("target", target)?;
    }
    let mut spec = settings.spec()?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    spec.train.threads = spec.train.threads.map(|threads| threads.min(cores));
    spec.validate()?;
    check_size(&spec)?;
    Ok(spec)
}

/// Fails where training would take more memory than a service should give.
fn check_size(spec: &ForecastSpec) -> Result<(), Problem> {
    let forecaster = gatecast::Forecaster::new(spec.clone())?;
    let parameters = forecaster.summary().map_or(0, |layers| layers.parameters) as f64;
    // Values, gradients, two moments and packed copies of every network that is trained or kept.
    let networks = spec.model.members as f64 * parameters * 8.0;
    let (data, model) = (&spec.data, &spec.model);
    let units: f64 = model.hidden.iter().map(|&units| units as f64).sum();
    let columns = data.columns().len() as f64;
    let steps = data.window as f64 + data.horizon as f64;
    let batch = spec.train.batch as f64 * steps * (12.0 * units + 4.0 * columns);
    let bytes = 4.0 * (networks + batch);
    match bytes > Limits::TRAINING {
        true => Err(Problem::unusable(format!(
            "these settings take some {:.0} GB of memory; the service gives {:.0}",
            bytes / 1e9,
            Limits::TRAINING / 1e9
        ))
        .remedy("choose a smaller hidden, members, window or batch")),
        false => Ok(()),
    }
}

/// Checks the name that a model is to have.
fn model_name(name: &str) -> Result<String, Problem> {
    let good = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let count = name.chars().count();
    match name.chars().all(good) && !name.starts_with('.') && (1..=100).contains(&count) {
        true => Ok(name.into()),
        false => Err(
            Problem::unusable(format!("{name:?} cannot be the name of a model"))
                .setting("name")
                .remedy(
                    "use 1 to 100 letters, digits, dots, hyphens and underscores, no dot first",
                ),
        ),
    }
}

/// A name for the model of a file.
fn name_after(file: &str) -> String {
    let stem = file
        .split('.')
        .find(|part| !part.is_empty())
        .unwrap_or("model");
    let good = |c: char| match c.is_alphanumeric() || matches!(c, '-' | '_') {
        true => c,
        false => '-',
    };
    let name: String = stem.chars().map(good).take(60).collect();
    match name.trim_matches('-') {
        "" => "model".into(),
        name => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_models_are_no_paths() {
        for name in ["../a", "a/b", ".a", "", "a b", "a\0", &"a".repeat(101)] {
            assert!(model_name(name).is_err(), "{name}");
        }
        for name in ["a", "0050-2024", "台積電_1.5"] {
            assert_eq!(model_name(name).unwrap(), name);
        }
        assert_eq!(name_after("STOCK DAY/0050.csv"), "STOCK-DAY-0050");
        assert_eq!(name_after("..."), "model");
    }

    #[test]
    fn settings_that_take_too_much_are_refused() {
        for (name, value) in [
            ("hidden", serde_json::json!([100_000])),
            ("members", 1_000_000_000.into()),
            ("batch", 1_000_000_000.into()),
        ] {
            let wanted = Map::from_iter([(name.to_string(), value)]);
            assert!(spec(&wanted, false, "close").is_err(), "{name}");
        }
        assert!(spec(&Map::new(), false, "close").is_ok());
        assert!(spec(&Map::new(), true, "y").is_ok());
    }
}
