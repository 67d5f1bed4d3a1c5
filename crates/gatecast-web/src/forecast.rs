//! Forecasts over HTTP: rows in as JSON, as a file or as Arrow, values out as JSON, CSV or Arrow. What this file is not:
//! it reads no cell by itself; rows of JSON become a frame, which is read as a file is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use gatecast::forecast::{ForecastOptions, Verdict};
use gatecast::frame::Layout;
use gatecast::report::quoted;
use gatecast::series::{Data, Exchange, Skipped, Unit};
use gatecast::{FittedForecaster, Forecast, Scores, Series};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::App;
use crate::extract::{self, Named, Params, Whole};
use crate::files;
use crate::models::Loaded;
use crate::options::Limits;
use crate::problem::Problem;

/// The media type of Arrow IPC streams.
const ARROW: &str = "application/vnd.apache.arrow.stream";

/// Bytes of a body whose forecast is made at once, on the thread that read it: such take less time than it would to hand
/// them to another.
const SMALL: usize = 64 << 10;

/// How a forecast is wanted.
#[derive(Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct How {
    /// Steps; as many as the model was trained for if not set.
    #[serde(default)]
    #[param(minimum = 1, maximum = 10_000)]
    horizon: Option<usize>,
    /// Levels of bands in per cent, with commas between; 80,95 if not set and the model has bands.
    #[serde(default)]
    #[param(example = "80,95")]
    level: Option<String>,
    /// Exchange on whose days off there is no session, such as XTAI.
    #[serde(default)]
    calendar_of: Option<String>,
}

/// Where the rows are that a forecast follows: one of both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rows {
    /// Id of an uploaded file.
    #[serde(default)]
    file: Option<String>,
    /// Columns by their names: times and numbers, all of one length.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    rows: Option<BTreeMap<String, Cells>>,
}

/// A column of rows in JSON.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Cells {
    Numbers(Vec<Option<f64>>),
    Texts(Vec<Option<String>>),
}

impl Cells {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(cells) => cells.len(),
            Self::Texts(cells) => cells.len(),
        }
    }
}

/// What follows one series.
#[derive(Serialize)]
struct One<'a> {
    #[serde(flatten)]
    forecast: &'a Forecast,
    notes: &'a [String],
}

/// What follows one of many.
#[derive(Serialize)]
struct OneOfMany<'a> {
    name: &'a str,
    #[serde(flatten)]
    forecast: &'a Forecast,
}

/// What follows some rows, before it is written in some form.
struct Made {
    series: Vec<Series>,
    /// Of each series.
    forecasts: Vec<Forecast>,
    skipped: Vec<Skipped>,
    many: bool,
    levels: Vec<u8>,
}

/// The form of an answer.
#[derive(Clone, Copy)]
enum Form {
    Json,
    Csv,
    Arrow,
}

impl Form {
    /// The first that `Accept` names.
    fn of(headers: &HeaderMap) -> Self {
        let accept = headers
            .get(header::ACCEPT)
            .and_then(|accept| accept.to_str().ok());
        let wanted = accept.unwrap_or_default().split(',').find_map(|one| {
            match one.split(';').next().unwrap_or_default().trim() {
                "application/json" => Some(Self::Json),
                "text/csv" => Some(Self::Csv),
                ARROW => Some(Self::Arrow),
                _ => None,
            }
        });
        wanted.unwrap_or(Self::Json)
    }
}

/// Forecasts what follows the last row of a series, or of each of many.
///
/// The rows are those of an uploaded file or of the body: columns in JSON, or a file of any source that is known, Arrow IPC
/// among them. The answer is JSON, CSV or Arrow IPC, as `Accept` asks.
#[utoipa::path(post, path = "/v1/models/{name}/forecast", tag = "models", params(("name" = String, Path), How),
    request_body(content((Rows = "application/json"), (String = "text/csv"),
        (Vec<u8> = "application/vnd.apache.arrow.stream"))),
    responses((status = 200, content((Object = "application/json"), (String = "text/csv"),
            (Vec<u8> = "application/vnd.apache.arrow.stream"))),
        (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn forecast(
    State(app): State<App>,
    Named(name): Named,
    Params(how): Params<How>,
    headers: HeaderMap,
    whole: Whole,
) -> Result<Response, Problem> {
    let (form, body) = (Form::of(&headers), whole.bytes.clone());
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let is_json = kind.is_some_and(|kind| kind.starts_with("application/json"));
    match app.models.in_memory(&app, &name) {
        Some(model) if body.len() <= SMALL && !names_file(&body, is_json) => {
            crate::guarded(|| answer(&app, &model, &how, &body, is_json, form))
        }
        model => {
            let work = app.clone().work(move || {
                let model = match model {
                    Some(model) => model,
                    None => app.models.load(&app, &name)?,
                };
                answer(&app, &model, &how, &body, is_json, form)
            });
            work.await
        }
    }
}

/// Whether a body may name an uploaded file, which can be large.
fn names_file(body: &[u8], is_json: bool) -> bool {
    is_json && body.windows(6).any(|window| window == b"\"file\"")
}

fn answer(
    app: &App,
    model: &Loaded,
    how: &How,
    body: &Bytes,
    is_json: bool,
    form: Form,
) -> Result<Response, Problem> {
    let fitted = forecaster(model)?;
    let data = rows(app, fitted, body, is_json)?;
    made(app, fitted, &data, how)?.written(form)
}

/// The forecaster that a model is.
pub(crate) fn forecaster(model: &Loaded) -> Result<&FittedForecaster, Problem> {
    match model {
        Loaded::Forecast(fitted) => Ok(fitted),
        _ => Err(Problem::unusable(
            "the model is for texts and forecasts nothing",
        )),
    }
}

/// The rows of a request.
fn rows(
    app: &App,
    fitted: &FittedForecaster,
    body: &Bytes,
    is_json: bool,
) -> Result<Data, Problem> {
    let options = files::options(app, fitted.read_options());
    if !is_json {
        return Ok(Data::parse("the body", body, &options)?);
    }
    let wanted: Rows = extract::json(body)?;
    match (wanted.file, wanted.rows) {
        (Some(id), None) => {
            let file = files::find(app, &id)?;
            files::open_with(app, &file, fitted.read_options())
        }
        (None, Some(columns)) => {
            let batch = batch(columns)?;
            Ok(Data::of_frame("the rows", vec![batch], &options)?)
        }
        _ => Err(
            Problem::unusable("the body names neither a file nor rows, or both")
                .remedy("send {\"file\": ID} or {\"rows\": {\"date\": [...], \"close\": [...]}}"),
        ),
    }
}

/// Columns of JSON as a frame.
pub(crate) fn batch(columns: BTreeMap<String, Cells>) -> Result<RecordBatch, Problem> {
    let lengths: BTreeSet<usize> = columns.values().map(Cells::len).collect();
    if lengths.len() != 1 || lengths.contains(&0) {
        return Err(Problem::unusable(
            "the columns of the rows are empty or differ in length",
        ));
    }
    let (mut fields, mut arrays) = (Vec::new(), Vec::<ArrayRef>::new());
    for (name, cells) in columns {
        let array: ArrayRef = match cells {
            Cells::Numbers(cells) => Arc::new(Float64Array::from(cells)),
            Cells::Texts(cells) => Arc::new(StringArray::from(cells)),
        };
        fields.push(Field::new(name, array.data_type().clone(), true));
        arrays.push(array);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|error| Problem::internal(&error))
}

/// The levels of bands that are asked for, or that a model has.
fn levels(how: &How, fitted: &FittedForecaster) -> Result<Vec<u8>, Problem> {
    match (&how.level, fitted.selection()) {
        (Some(text), _) if text.is_empty() => Ok(Vec::new()),
        (Some(text), _) => text
            .split(',')
            .map(|level| level.trim().parse())
            .collect::<Result<_, _>>()
            .map_err(|_| {
                Problem::unusable(format!("the levels are {text:?}"))
                    .remedy("give whole numbers of per cent with commas between, such as 80,95")
            }),
        (None, Some(_)) => Ok(vec![80, 95]),
        (None, None) => Ok(Vec::new()),
    }
}

fn made(app: &App, fitted: &FittedForecaster, data: &Data, how: &How) -> Result<Made, Problem> {
    let horizon = how.horizon;
    if horizon.is_some_and(|steps| steps > Limits::STEPS) {
        return Err(Problem::unusable(format!(
            "more than {} steps are asked for",
            Limits::STEPS
        )));
    }
    let levels = levels(how, fitted)?;
    let holidays = match how.calendar_of.as_deref().filter(|code| !code.is_empty()) {
        None => BTreeSet::new(),
        Some(code) => {
            let mut all = Exchange::ALL.iter();
            let found = all.find(|exchange| exchange.name().eq_ignore_ascii_case(code));
            let known: Vec<&str> = Exchange::ALL
                .iter()
                .map(|exchange| exchange.name())
                .collect();
            found
                .ok_or_else(|| {
                    Problem::unusable(format!("calendar_of is {code:?}"))
                        .remedy(format!("use one of {}", known.join(", ")))
                })?
                .days_off()
                .into_iter()
                .collect()
        }
    };
    let options = ForecastOptions {
        horizon,
        levels,
        holidays,
    };
    let panel = fitted.read_data(data)?;
    let rows = panel.series.iter().map(Series::rows).sum();
    files::check_rows(app, rows)?;
    let many = data.form().is_some();
    let mut made = Made {
        series: Vec::new(),
        forecasts: Vec::new(),
        skipped: panel.skipped,
        many,
        levels: options.levels.clone(),
    };
    if !many {
        made.forecasts = vec![fitted.forecast_with(&panel.series[0], &options)?];
        made.series = panel.series;
        return Ok(made);
    }
    let each = gatecast::parallel_map(None, panel.series.len(), |at| {
        fitted.forecast_with(&panel.series[at], &options)
    });
    for (series, forecast) in panel.series.into_iter().zip(each) {
        match forecast {
            Ok(forecast) => {
                made.series.push(series);
                made.forecasts.push(forecast);
            }
            Err(error) if error.is_usage() => return Err(error.into()),
            Err(error) => made.skipped.push(Skipped {
                name: series.name().into(),
                reason: error.to_string(),
            }),
        }
    }
    Ok(made)
}

impl Made {
    fn written(&self, form: Form) -> Result<Response, Problem> {
        match form {
            Form::Json => self.json(),
            Form::Csv => Ok(typed("text/csv; charset=utf-8", self.csv())),
            Form::Arrow => Ok(typed(ARROW, self.arrow()?)),
        }
    }

    fn json(&self) -> Result<Response, Problem> {
        if let (false, [series], [forecast]) = (self.many, &self.series[..], &self.forecasts[..]) {
            let notes = series.notes();
            return Ok(Json(One { forecast, notes }).into_response());
        }
        let each = self.series.iter().zip(&self.forecasts);
        let series: Vec<OneOfMany<'_>> = each
            .map(|(series, forecast)| OneOfMany {
                name: series.name(),
                forecast,
            })
            .collect();
        Ok(Json(json!({"series": series, "skipped": self.skipped})).into_response())
    }

    fn csv(&self) -> String {
        let bands: Vec<String> = self
            .levels
            .iter()
            .flat_map(|level| [format!("lower{level}"), format!("upper{level}")])
            .collect();
        let target = self
            .forecasts
            .first()
            .map_or("y", |forecast| &forecast.target);
        let mut text = match self.many {
            true => format!("unique_id,ds,{}", quoted(target)),
            false => format!("date,{}", quoted(target)),
        };
        for band in &bands {
            text += &format!(",{band}");
        }
        text.push('\n');
        for (series, forecast) in self.series.iter().zip(&self.forecasts) {
            for point in &forecast.points {
                if self.many {
                    text += &format!("{},", quoted(series.name()));
                }
                text += &format!("{},{}", point.date, point.value);
                for band in &bands {
                    text.push(',');
                    if let Some(value) = point.bands.get(band) {
                        text += &value.to_string();
                    }
                }
                text.push('\n');
            }
        }
        text
    }

    fn arrow(&self) -> Result<Vec<u8>, Problem> {
        let unit = self.series.first().map_or(Unit::Row, Series::unit);
        let kind = match unit {
            Unit::Row => DataType::Int64,
            Unit::Day => DataType::Date32,
            Unit::Instant => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            _ => DataType::Timestamp(TimeUnit::Millisecond, None),
        };
        let layout = Layout {
            id: self.many.then(|| ("unique_id".into(), DataType::Utf8)),
            time: ("ds".into(), kind),
        };
        let target = self
            .forecasts
            .first()
            .map_or("y", |forecast| &forecast.target);
        let each = self.series.iter().map(Series::name).zip(&self.forecasts);
        let batch = layout.forecasts(target, &self.levels, &each.collect::<Vec<_>>())?;
        let write = || -> Result<Vec<u8>, arrow_schema::ArrowError> {
            let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema())?;
            writer.write(&batch)?;
            writer.finish()?;
            writer.into_inner()
        };
        write().map_err(|error| Problem::internal(&error))
    }
}

fn typed(kind: &'static str, body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// A file whose test rows are forecast.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tested {
    /// Id of an uploaded file.
    file: String,
}

/// Forecasts the test rows of a file, each from the rows before it, and judges them.
#[utoipa::path(post, path = "/v1/models/{name}/backtest", tag = "models", params(("name" = String, Path)),
    request_body = Tested,
    responses((status = 200, body = Object), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn backtest(
    State(app): State<App>,
    Named(name): Named,
    body: Whole,
) -> Result<Json<Value>, Problem> {
    let Tested { file } = body.json()?;
    let work = app.clone().work(move || {
        let model = app.models.load(&app, &name)?;
        let fitted = forecaster(&model)?;
        let file = files::find(&app, &file)?;
        let data = files::open_with(&app, &file, fitted.read_options())?;
        if data.form().is_some() {
            return Err(Problem::unusable("the file holds many series")
                .remedy("a backtest that is run on the file itself judges them together"));
        }
        let series = fitted.read_data(&data)?.series.swap_remove(0);
        let predictions = fitted.predict(&series)?;
        let scores = Scores::of(&predictions);
        let verdict = scores
            .as_ref()
            .and_then(|scores| Verdict::of(&predictions, scores));
        let (mut dates, mut actual, mut forecast, mut naive) = (vec![], vec![], vec![], vec![]);
        for (date, was, said, last) in predictions.first_steps() {
            dates.push(date);
            actual.push(was);
            forecast.push(said);
            naive.push(last);
        }
        let mut shown =
            json!({"dates": dates, "actual": actual, "forecast": forecast, "naive": naive});
        for band in &predictions.bands {
            let first = |reach: &[f64], sign: f64| -> Vec<f64> {
                let each = reach.iter().step_by(predictions.horizon).zip(&forecast);
                each.map(|(reach, value)| value + sign * reach).collect()
            };
            shown[format!("lower{}", band.level)] = first(&band.below, -1.0).into();
            shown[format!("upper{}", band.level)] = first(&band.above, 1.0).into();
        }
        Ok(json!({"test": scores, "verdict": verdict, "predictions": shown}))
    });
    work.await.map(Json)
}
