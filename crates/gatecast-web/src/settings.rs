//! Which settings there are, for a page that offers them. What this file is not: it declares none; the library does.

use axum::Json;
use axum::extract::State;
use gatecast::forecast::{Kind, Preset, settings};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::App;

/// What can be set.
#[derive(Serialize, ToSchema)]
#[schema(as = Settings)]
pub(crate) struct All {
    /// Of the program.
    version: &'static str,
    limits: Allowed,
    presets: Vec<Named>,
    settings: Vec<One>,
}

/// What may be asked for.
#[derive(Serialize, ToSchema)]
#[schema(as = Limits)]
pub(crate) struct Allowed {
    bytes: usize,
    rows: usize,
    seconds: u64,
    jobs: usize,
}

/// A preset.
#[derive(Serialize, ToSchema)]
#[schema(as = Preset)]
pub(crate) struct Named {
    name: &'static str,
    description: &'static str,
    /// Its value of every setting.
    #[schema(value_type = Object)]
    values: Value,
}

/// A setting.
#[derive(Serialize, ToSchema)]
#[schema(as = Setting)]
pub(crate) struct One {
    name: &'static str,
    group: &'static str,
    /// `count`, `number`, `switch`, `text` or `choice`.
    kind: &'static str,
    /// Whether it takes a list.
    list: bool,
    choices: Vec<String>,
    help: String,
    /// In the preset `default`.
    #[schema(value_type = Value)]
    default: Option<Value>,
}

/// The settings of runs, the presets, and the limits of this service.
#[utoipa::path(get, path = "/v1/settings", operation_id = "list_settings", tag = "runs", responses((status = 200, body = All)))]
pub(crate) async fn list(State(app): State<App>) -> Json<All> {
    let default = Preset::Default.spec();
    let one = |setting: &'static gatecast::forecast::Setting| One {
        name: setting.name(),
        group: setting.group().name(),
        kind: match setting.kind() {
            Kind::Count => "count",
            Kind::Number => "number",
            Kind::Switch => "switch",
            Kind::Text => "text",
            Kind::Choice => "choice",
        },
        list: setting.is_list(),
        choices: setting.choices().map(Into::into).collect(),
        help: setting.help(),
        default: setting.of(&default),
    };
    let preset = |preset: Preset| {
        let spec = preset.spec();
        let values = settings()
            .iter()
            .filter_map(|setting| Some((setting.name().to_string(), setting.of(&spec)?)));
        Named {
            name: preset.name(),
            description: preset.description(),
            values: Value::Object(values.collect()),
        }
    };
    let limits = &app.limits;
    Json(All {
        version: env!("CARGO_PKG_VERSION"),
        limits: Allowed {
            bytes: limits.bytes,
            rows: limits.rows,
            seconds: limits.run.as_secs(),
            jobs: limits.jobs,
        },
        presets: Preset::ALL.into_iter().map(preset).collect(),
        settings: settings().iter().map(one).collect(),
    })
}
