//! The models in the folder: which there are, what each is, and those in memory. A model is found by going through the
//! folder, never by a path made of what was asked for. What this file is not: it forecasts nothing.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gatecast::text::{FittedClassifier, FittedTranslator};
use gatecast::{FittedForecaster, Task};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::App;
use crate::extract::Named;
use crate::problem::Problem;
use crate::runs::Run;
use crate::store::RUNS;

/// Bytes of model files whose models are kept in memory.
const KEPT: u64 = 256 << 20;

/// What files of models end with.
const ENDING: &str = "safetensors";

/// A model in memory.
pub(crate) enum Loaded {
    /// Forecasts series.
    Forecast(Box<FittedForecaster>),
    /// Tells classes of texts.
    Classify(Box<FittedClassifier>),
    /// Translates texts.
    Translate(Box<FittedTranslator>),
}

/// What a model is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Model {
    /// The name of its file, without the ending.
    name: String,
    /// `forecast`, `classify` or `translate`; null where it cannot be read.
    task: Option<String>,
    bytes: u64,
    #[schema(value_type = Option<String>, format = DateTime)]
    modified: Option<Timestamp>,
    /// What it forecasts.
    target: Option<String>,
    /// How many steps.
    horizon: Option<usize>,
    /// Of its test part: 1 − its mean error over that of the last value.
    skill: Option<f64>,
    mae: Option<f64>,
    naive_mae: Option<f64>,
    /// Whether the verdict sees skill.
    has_skill: Option<bool>,
    /// Why it cannot be read.
    error: Option<String>,
}

/// All models, by name.
#[derive(Serialize, ToSchema)]
#[schema(as = Models)]
pub(crate) struct List {
    models: Vec<Model>,
}

/// A model, and what there is to know of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Summarised {
    #[serde(flatten)]
    model: Model,
    /// What `gatecast summary --json` prints.
    #[schema(value_type = Object)]
    summary: Value,
}

/// A file as it was when it was read.
#[derive(Clone, Copy, PartialEq)]
struct Version {
    bytes: u64,
    modified: Option<SystemTime>,
}

/// Models in memory.
#[derive(Default)]
pub(crate) struct Models {
    kept: Mutex<HashMap<String, Entry>>,
    /// Counts uses.
    clock: AtomicU64,
}

struct Entry {
    version: Version,
    model: Model,
    /// None where it could not be read or took too much room.
    loaded: Option<Arc<Loaded>>,
    /// The clock when it was used last.
    used: u64,
}

impl Models {
    /// Bytes of the files whose models are in memory.
    pub(crate) fn bytes(&self) -> u64 {
        let kept = self
            .kept
            .lock()
            .unwrap_or_else(|poison| poison.into_inner());
        let loaded = kept.values().filter(|entry| entry.loaded.is_some());
        loaded.map(|entry| entry.version.bytes).sum()
    }

    /// A model that is in memory as its file is now.
    pub(crate) fn in_memory(&self, app: &App, name: &str) -> Option<Arc<Loaded>> {
        let mut kept = self
            .kept
            .lock()
            .unwrap_or_else(|poison| poison.into_inner());
        let entry = kept.get_mut(name)?;
        // A name that is known was found in the folder once, so that it makes a path within it.
        let version = version(&app.store.models.join(format!("{name}.{ENDING}")))?;
        entry.used = self.clock.fetch_add(1, Ordering::Relaxed);
        (entry.version == version).then(|| entry.loaded.clone())?
    }

    /// A model, read where it is not in memory.
    pub(crate) fn load(&self, app: &App, name: &str) -> Result<Arc<Loaded>, Problem> {
        if let Some(loaded) = self.in_memory(app, name) {
            return Ok(loaded);
        }
        let path = place(app, name)?;
        let version = version(&path).ok_or_else(|| Problem::not_found("model", name))?;
        let loaded = read(&path, name);
        let model = Model::of(name, version, &loaded);
        let loaded = loaded.map(Arc::new);
        let mut kept = self
            .kept
            .lock()
            .unwrap_or_else(|poison| poison.into_inner());
        let entry = Entry {
            version,
            model,
            loaded: loaded.as_ref().ok().cloned(),
            used: self.clock.fetch_add(1, Ordering::Relaxed),
        };
        kept.insert(name.into(), entry);
        let mut bytes: u64 = kept
            .values()
            .filter(|entry| entry.loaded.is_some())
            .map(|entry| entry.version.bytes)
            .sum();
        while bytes > KEPT {
            let loaded = kept.values_mut().filter(|entry| entry.loaded.is_some());
            let Some(oldest) = loaded.min_by_key(|entry| entry.used) else {
                break;
            };
            oldest.loaded = None;
            bytes -= oldest.version.bytes;
        }
        loaded
    }

    /// What a model is, from memory where its file is as it was.
    fn describe(&self, app: &App, name: &str) -> Result<Model, Problem> {
        let path = place(app, name)?;
        let now = version(&path);
        let known = |models: &Self| {
            let kept = models
                .kept
                .lock()
                .unwrap_or_else(|poison| poison.into_inner());
            let entry = kept.get(name)?;
            (Some(entry.version) == now).then(|| entry.model.clone())
        };
        if let Some(model) = known(self) {
            return Ok(model);
        }
        // What is wrong with it stands in its description.
        let _ = self.load(app, name);
        known(self).ok_or_else(|| Problem::not_found("model", name))
    }
}

impl Model {
    fn of(name: &str, version: Version, loaded: &Result<Loaded, Problem>) -> Self {
        let modified = version
            .modified
            .and_then(|time| Timestamp::try_from(time).ok());
        let mut model = Self {
            name: name.into(),
            task: None,
            bytes: version.bytes,
            modified,
            target: None,
            horizon: None,
            skill: None,
            mae: None,
            naive_mae: None,
            has_skill: None,
            error: None,
        };
        match loaded {
            Ok(Loaded::Forecast(fitted)) => {
                model.task = Some("forecast".into());
                model.target = Some(fitted.spec().data.target.clone());
                model.horizon = Some(fitted.spec().data.horizon);
                if let Some(scores) = fitted.scores() {
                    model.mae = Some(scores.mae);
                    model.naive_mae = Some(scores.naive_mae);
                    model.skill = scores.skill;
                }
                model.has_skill = fitted.verdict().map(|verdict| verdict.has_skill);
            }
            Ok(Loaded::Classify(_)) => model.task = Some("classify".into()),
            Ok(Loaded::Translate(_)) => model.task = Some("translate".into()),
            Err(problem) => model.error = Some(problem.detail.to_string()),
        }
        model
    }
}

/// The models that are there.
#[utoipa::path(get, path = "/v1/models", operation_id = "list_models", tag = "models",
    responses((status = 200, body = List), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn list(State(app): State<App>) -> Result<Json<List>, Problem> {
    let models = app.clone().work(move || {
        let mut names: Vec<String> = files(&app)?.into_iter().map(|(name, _)| name).collect();
        names.sort();
        // One that was just removed is no longer there.
        let models = names
            .iter()
            .filter_map(|name| app.models.describe(&app, name).ok());
        Ok(models.collect())
    });
    Ok(Json(List {
        models: models.await?,
    }))
}

/// One of them, and what there is to know of it.
#[utoipa::path(get, path = "/v1/models/{name}", operation_id = "get_model", tag = "models", params(("name" = String, Path)),
    responses((status = 200, body = Summarised), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn one(
    State(app): State<App>,
    Named(name): Named,
) -> Result<Json<Summarised>, Problem> {
    let summarised = app.clone().work(move || {
        let loaded = app.models.load(&app, &name)?;
        let model = app.models.describe(&app, &name)?;
        let summary = summary(&loaded);
        Ok(Summarised { model, summary })
    });
    summarised.await.map(Json)
}

/// The file of a model.
#[utoipa::path(get, path = "/v1/models/{name}/file", operation_id = "download_model", tag = "models", params(("name" = String, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn file(State(app): State<App>, Named(name): Named) -> Result<Response, Problem> {
    let bytes = app.clone().work(move || {
        std::fs::read(place(&app, &name)?).map_err(|error| Problem::internal(&error))
    });
    let mut response = bytes.await?.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment"),
    );
    Ok(response)
}

/// Removes a model.
#[utoipa::path(delete, path = "/v1/models/{name}", operation_id = "delete_model", tag = "models", params(("name" = String, Path)),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn remove(
    State(app): State<App>,
    Named(name): Named,
) -> Result<StatusCode, Problem> {
    std::fs::remove_file(place(&app, &name)?).map_err(|error| Problem::internal(&error))?;
    // Another model may be called so one day.
    let forget = |run: &mut Run| run.model.take_if(|model| *model == name).is_some();
    app.store.change(RUNS, forget)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Name and path of every model in the folder.
fn files(app: &App) -> Result<Vec<(String, PathBuf)>, Problem> {
    let entries =
        std::fs::read_dir(&app.store.models).map_err(|error| Problem::internal(&error))?;
    let paths = entries.flatten().map(|entry| entry.path());
    let named = paths.filter_map(|path| {
        let is_model = path.extension().is_some_and(|ending| ending == ENDING) && path.is_file();
        let name = path.file_stem()?.to_str()?.to_string();
        (is_model && !name.starts_with('.')).then_some((name, path))
    });
    Ok(named.collect())
}

/// The path of a model of this name.
fn place(app: &App, name: &str) -> Result<PathBuf, Problem> {
    let found = files(app)?.into_iter().find(|(other, _)| other == name);
    found
        .map(|(_, path)| path)
        .ok_or_else(|| Problem::not_found("model", name))
}

fn version(path: &std::path::Path) -> Option<Version> {
    let about = std::fs::metadata(path).ok()?;
    Some(Version {
        bytes: about.len(),
        modified: about.modified().ok(),
    })
}

/// Reads a model. Messages name it as requests do.
fn read(path: &std::path::Path, name: &str) -> Result<Loaded, Problem> {
    let bytes = std::fs::read(path).map_err(|error| Problem::internal(&error))?;
    Ok(match Task::parse(name, bytes.clone())? {
        Task::Classify => Loaded::Classify(Box::new(FittedClassifier::parse(name, bytes)?)),
        Task::Translate => Loaded::Translate(Box::new(FittedTranslator::parse(name, bytes)?)),
        _ => Loaded::Forecast(Box::new(FittedForecaster::parse(name, bytes)?)),
    })
}

/// What the command line's summary says.
fn summary(loaded: &Loaded) -> Value {
    match loaded {
        Loaded::Forecast(fitted) => json!({
            "layers": fitted.network().map(|network| network.summary()),
            "base": fitted.base(),
            "spec": fitted.spec(),
            "training": fitted.training(),
            "epochs": fitted.history().epochs.len(),
            "kept_epoch": fitted.history().kept_epoch,
            "test": fitted.scores(),
            "verdict": fitted.verdict(),
            "panel": fitted.panel_scores(),
        }),
        Loaded::Classify(fitted) => json!({
            "layers": fitted.network().map(|network| network.summary()),
            "classes": fitted.classes(),
            "spec": fitted.spec(),
            "training": fitted.training(),
        }),
        Loaded::Translate(fitted) => json!({
            "layers": fitted.network().summary(),
            "spec": fitted.spec(),
            "training": fitted.training(),
        }),
    }
}
