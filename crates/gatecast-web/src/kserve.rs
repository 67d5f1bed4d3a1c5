//! Forecasts in the form of KServe's time series API, so that programs written for it can ask a model of ours. What this
//! file is not: it forecasts nothing by itself.
//!
//! Stamps of the input follow from its start and its frequency, those of the output from the rhythm of these stamps. The
//! time in `created_at` is the only thing in an answer that depends on when it is asked for.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use gatecast::FittedForecaster;
use gatecast::forecast::ForecastOptions;
use gatecast::series::Data;
use jiff::civil::DateTime;
use jiff::{Span, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::App;
use crate::extract::Whole;
use crate::files;
use crate::forecast::{Cells, batch, forecaster};
use crate::models::Loaded;
use crate::options::Limits;
use crate::problem::Problem;

/// A request.
#[derive(Deserialize, ToSchema)]
#[schema(as = TimeSeriesRequest)]
pub(crate) struct Request {
    /// Name of the model.
    model: String,
    inputs: Vec<Input>,
    options: Options,
}

/// A series.
#[derive(Deserialize, ToSchema)]
#[schema(as = TimeSeriesInput)]
pub(crate) struct Input {
    #[serde(rename = "type")]
    kind: Kind,
    name: String,
    /// Numbers, or for several variables a list of numbers a row, in the order of the model's columns.
    #[schema(value_type = Vec<f64>)]
    series: Values,
    frequency: Frequency,
    /// When the first row was, in the form of ISO 8601; rows are counted where it is not set.
    #[serde(default)]
    start_timestamp: Option<String>,
}

#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TimeSeriesType)]
pub(crate) enum Kind {
    UnivariateTimeSeries,
    MultivariateTimeSeries,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Values {
    One(Vec<Option<f64>>),
    Several(Vec<Vec<Option<f64>>>),
}

#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[schema(as = TimeSeriesFrequency)]
pub(crate) enum Frequency {
    #[serde(rename = "S", alias = "SECOND")]
    Second,
    #[serde(rename = "T", alias = "MINUTE")]
    Minute,
    #[serde(rename = "H", alias = "HOUR")]
    Hour,
    #[serde(rename = "D", alias = "DAY")]
    Day,
    #[serde(rename = "W", alias = "WEEK")]
    Week,
    #[serde(rename = "M", alias = "MONTH")]
    Month,
    #[serde(rename = "Q", alias = "QUARTER")]
    Quarter,
    #[serde(rename = "Y", alias = "YEAR")]
    Year,
}

/// What is wanted of each series.
#[derive(Deserialize, ToSchema)]
#[schema(as = TimeSeriesOptions)]
pub(crate) struct Options {
    #[schema(minimum = 1, maximum = 10_000)]
    horizon: usize,
    /// Between 0 and 1, in steps of 0.005: the ends of the bands that lie between them.
    #[serde(default)]
    quantiles: Vec<f64>,
}

/// An answer.
#[derive(Serialize, ToSchema)]
#[schema(as = TimeSeriesAnswer)]
pub(crate) struct Answer {
    id: String,
    /// Seconds since 1970 began.
    created_at: i64,
    status: Outcome,
    model: String,
    outputs: Vec<Output>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schema(as = TimeSeriesStatus)]
pub(crate) enum Outcome {
    Completed,
    Partial,
    Error,
}

/// What follows one series, or why nothing does.
#[derive(Serialize, ToSchema)]
#[schema(as = TimeSeriesOutput)]
pub(crate) struct Output {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    status: Outcome,
    content: Vec<Content>,
    #[schema(value_type = Option<Object>)]
    error: Option<Value>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = TimeSeriesForecast)]
pub(crate) struct Content {
    #[serde(rename = "type")]
    kind: Kind,
    name: String,
    mean_forecast: Vec<f64>,
    frequency: Frequency,
    /// When the first step is; the number of its row where rows are counted.
    start_timestamp: String,
    #[schema(value_type = Object)]
    quantiles: Map<String, Value>,
}

impl Frequency {
    fn span(self) -> Span {
        match self {
            Self::Second => 1.second(),
            Self::Minute => 1.minute(),
            Self::Hour => 1.hour(),
            Self::Day => 1.day(),
            Self::Week => 1.week(),
            Self::Month => 1.month(),
            Self::Quarter => 3.months(),
            Self::Year => 1.year(),
        }
    }
}

/// Forecasts what follows each of some series, in the form of KServe's time series API.
#[utoipa::path(post, path = "/v1/timeseries/forecast", operation_id = "forecast_time_series", tag = "models", request_body = Request,
    responses((status = 200, body = Answer), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn forecast(State(app): State<App>, body: Whole) -> Result<Json<Answer>, Problem> {
    let request: Request = body.json()?;
    let work = app.clone().work(move || {
        let model = app.models.load(&app, &request.model)?;
        answer(&app, &model, &request)
    });
    work.await.map(Json)
}

fn answer(app: &App, model: &Loaded, request: &Request) -> Result<Answer, Problem> {
    let fitted = forecaster(model)?;
    let Options { horizon, quantiles } = &request.options;
    if !(1..=Limits::STEPS).contains(horizon) {
        return Err(Problem::unusable(format!("the horizon is {horizon}"))
            .remedy(format!("choose 1 to {} steps", Limits::STEPS)));
    }
    let ends = quantiles.iter().map(|&quantile| End::of(quantile));
    let ends: Vec<End> = ends.collect::<Result<_, _>>()?;
    let outputs: Vec<Output> = request
        .inputs
        .iter()
        .enumerate()
        .map(|(number, input)| {
            let (content, error) = match follow(app, fitted, input, *horizon, &ends) {
                Ok(content) => (vec![content], None),
                Err(problem) => (
                    Vec::new(),
                    Some(serde_json::json!({"message": problem.detail})),
                ),
            };
            Output {
                kind: "time_series_forecast",
                id: format!("output-{number}"),
                status: if error.is_some() {
                    Outcome::Error
                } else {
                    Outcome::Completed
                },
                content,
                error,
            }
        })
        .collect();
    let failed = outputs
        .iter()
        .filter(|output| output.error.is_some())
        .count();
    Ok(Answer {
        id: "forecast".into(),
        created_at: Timestamp::now().as_second(),
        status: match failed {
            0 => Outcome::Completed,
            failed if failed == outputs.len() => Outcome::Error,
            _ => Outcome::Partial,
        },
        model: request.model.clone(),
        outputs,
    })
}

/// A quantile as the end of a band.
struct End {
    quantile: f64,
    level: u8,
}

impl End {
    fn of(quantile: f64) -> Result<Self, Problem> {
        let level = (200.0 * quantile - 100.0).abs();
        if !(0.0..=1.0).contains(&quantile) || (level - level.round()).abs() > 1e-6 || level > 99.0
        {
            return Err(
                Problem::unusable(format!("{quantile} is no quantile that can be given"))
                    .remedy("use 0.005 to 0.995 in steps of 0.005"),
            );
        }
        Ok(Self {
            quantile,
            level: level.round() as u8,
        })
    }
}

fn follow(
    app: &App,
    fitted: &FittedForecaster,
    input: &Input,
    horizon: usize,
    ends: &[End],
) -> Result<Content, Problem> {
    let names = fitted.columns();
    let rows = match &input.series {
        Values::One(values) => values.len(),
        Values::Several(rows) => rows.len(),
    };
    files::check_rows(app, rows)?;
    let mut columns = BTreeMap::new();
    match &input.series {
        Values::One(values) if names.len() == 1 => {
            columns.insert(names[0].to_string(), Cells::Numbers(values.clone()));
        }
        Values::Several(rows) if rows.iter().all(|row| row.len() == names.len()) => {
            for (at, name) in names.iter().enumerate() {
                let column = rows.iter().map(|row| row[at]).collect();
                columns.insert(name.to_string(), Cells::Numbers(column));
            }
        }
        _ => {
            return Err(Problem::unusable(format!(
                "the model reads {} a row",
                names.join(", ")
            )));
        }
    }
    if let Some(start) = &input.start_timestamp {
        columns.insert(
            "ds".into(),
            Cells::Texts(stamps(start, input.frequency, rows)?),
        );
    }
    let options = files::options(app, fitted.read_options());
    let data = Data::of_frame(&input.name, vec![batch(columns)?], &options)?;
    let series = fitted.read_data(&data)?.series.swap_remove(0);
    let mut levels: Vec<u8> = ends
        .iter()
        .map(|end| end.level)
        .filter(|&level| level > 0)
        .collect();
    levels.sort_unstable();
    levels.dedup();
    let options = ForecastOptions {
        horizon: Some(horizon),
        levels,
        ..ForecastOptions::default()
    };
    let forecast = fitted.forecast_with(&series, &options)?;
    let mut quantiles = Map::new();
    for end in ends {
        let name = match end.quantile < 0.5 {
            true => format!("lower{}", end.level),
            false => format!("upper{}", end.level),
        };
        let values = forecast.points.iter().map(|point| match end.level {
            0 => Some(point.value),
            _ => point.bands.get(&name).copied(),
        });
        let values: Vec<Option<f64>> = values.collect();
        quantiles.insert(end.quantile.to_string(), values.into());
    }
    Ok(Content {
        kind: input.kind,
        name: input.name.clone(),
        mean_forecast: forecast.points.iter().map(|point| point.value).collect(),
        frequency: input.frequency,
        start_timestamp: forecast.points[0].date.to_string(),
        quantiles,
    })
}

/// So many times from a start on. Rows of a day or longer have dates; shorter ones have times, with the offset that
/// the start has.
fn stamps(start: &str, frequency: Frequency, rows: usize) -> Result<Vec<Option<String>>, Problem> {
    let wrong = || {
        Problem::unusable(format!("start_timestamp is {start:?}"))
            .remedy("write it like 2025-06-05, 2025-06-05T13:10:00 or 2025-06-05T13:10:00Z")
    };
    let offset = start.parse::<Timestamp>().is_ok().then(|| {
        let digits = start
            .char_indices()
            .skip(19)
            .find(|(_, c)| matches!(c, 'Z' | 'z' | '+' | '-'));
        digits.map_or("", |(at, _)| &start[at..])
    });
    let local = start.strip_suffix(offset.unwrap_or("")).unwrap_or(start);
    let first: DateTime = local.parse().map_err(|_| wrong())?;
    let by_day = !matches!(
        frequency,
        Frequency::Second | Frequency::Minute | Frequency::Hour
    );
    let mut all = Vec::with_capacity(rows);
    for row in 0..rows {
        let row = i64::try_from(row).map_err(|_| wrong())?;
        let span = frequency.span().checked_mul(row).map_err(|_| wrong())?;
        let at = first.checked_add(span).map_err(|_| wrong())?;
        all.push(Some(match by_day {
            true => at.date().to_string(),
            false => format!("{at}{}", offset.unwrap_or("")),
        }));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_follow_from_start_and_frequency() {
        let of = |start, frequency| {
            let stamps = stamps(start, frequency, 3)
                .map_err(|problem| problem.detail)
                .unwrap();
            stamps
                .into_iter()
                .map(Option::unwrap)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(
            of("2024-01-31", Frequency::Month),
            "2024-01-31 2024-02-29 2024-03-31"
        );
        assert_eq!(
            of("2025-06-05T13:10:00Z", Frequency::Day),
            "2025-06-05 2025-06-06 2025-06-07"
        );
        assert_eq!(
            of("2025-06-05T23:00:00+08:00", Frequency::Hour),
            "2025-06-05T23:00:00+08:00 2025-06-06T00:00:00+08:00 2025-06-06T01:00:00+08:00"
        );
        assert_eq!(
            of("2025-06-05 13:10", Frequency::Minute).split(' ').count(),
            3
        );
        assert!(stamps("yesterday", Frequency::Day, 1).is_err());
    }

    #[test]
    fn quantiles_are_ends_of_bands() {
        for (quantile, level) in [(0.1, 80), (0.9, 80), (0.025, 95), (0.5, 0), (0.005, 99)] {
            assert_eq!(
                End::of(quantile).map(|end| end.level).unwrap_or(255),
                level,
                "{quantile}"
            );
        }
        for quantile in [0.0, 1.0, 0.123, -0.1, f64::NAN] {
            assert!(End::of(quantile).is_err(), "{quantile}");
        }
    }
}
