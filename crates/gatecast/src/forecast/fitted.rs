//! A forecaster that has learnt: forecasts, scores, and the model file.

use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::forecaster::Scalers;
use super::{ForecastSpec, Predictions, Scores};
use crate::error::{Error, Result};
use crate::nn::{self, Dataset, History, LayerSpec, Sequential, Shape};
use crate::prepare::{Scaler, Split, Windows};
use crate::series::{Calendar, Series};

/// Entry of the model file under which everything but the weights stands.
const KEY: &str = "gatecast";
/// Version of that entry. Raise it when older programs could no longer read new files.
const FORMAT: u64 = 1;
/// Rows that show the rhythm of their dates.
const LONG_ENOUGH: usize = 30;

/// A trained network with all that its forecasts depend on.
#[derive(Clone, Debug)]
pub struct FittedForecaster {
    network: Sequential,
    about: About,
}

/// What the model file says beside the weights. Nothing in it depends on when, where or with how
/// many threads it was trained, so equal training gives equal files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    format: u64,
    spec: ForecastSpec,
    layers: Vec<LayerSpec>,
    scalers: Scalers,
    calendar: Calendar,
    training: Training,
    scores: Option<Scores>,
    history: History,
}

/// What a forecaster was trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// What the series was called.
    pub series: String,
    /// SHA-256 of its dates and of the columns used; see [`Series::sha256`].
    pub sha256: String,
    /// Where it was cut.
    pub split: Split,
    /// Windows of each part.
    pub windows: WindowCounts,
    /// First date.
    pub first: Date,
    /// Last date of the training part.
    pub last: Date,
    /// First date of the test part.
    pub test_from: Option<Date>,
}

/// Windows of each part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowCounts {
    /// Learnt from.
    pub train: usize,
    /// Watched.
    pub validation: usize,
    /// Scored on.
    pub test: usize,
}

/// Values for the dates after a cutoff.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// The column.
    pub target: String,
    /// The last date that the forecast knows.
    pub cutoff: Date,
    /// The last value that it knows.
    pub last: f64,
    /// What follows, one step after the other.
    #[serde(rename = "forecast")]
    pub points: Vec<Point>,
}

/// A forecast for one date.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Point {
    /// For when; holidays are not known.
    pub date: Date,
    /// In the units of the file.
    pub value: f64,
}

impl FittedForecaster {
    pub(super) fn new(
        spec: ForecastSpec,
        network: Sequential,
        scalers: Scalers,
        calendar: Calendar,
        training: Training,
        history: History,
    ) -> Self {
        let layers = network.specs().to_vec();
        let about = About {
            format: FORMAT,
            spec,
            layers,
            scalers,
            calendar,
            training,
            scores: None,
            history,
        };
        Self { network, about }
    }

    pub(super) fn set_scores(&mut self, scores: Option<Scores>) {
        self.about.scores = scores;
    }

    /// The settings it was trained with.
    pub fn spec(&self) -> &ForecastSpec {
        &self.about.spec
    }

    /// The network.
    pub fn network(&self) -> &Sequential {
        &self.network
    }

    /// What it was trained on.
    pub fn training(&self) -> &Training {
        &self.about.training
    }

    /// How training went.
    pub fn history(&self) -> &History {
        &self.about.history
    }

    /// How it did on the test rows; `None` when there were none.
    pub fn scores(&self) -> Option<&Scores> {
        self.about.scores.as_ref()
    }

    /// How the dates of its training data go on; a longer series given later has its own say.
    pub fn calendar(&self) -> Calendar {
        self.about.calendar
    }

    /// The columns that it needs of a series.
    pub fn columns(&self) -> Vec<&str> {
        self.about.spec.columns()
    }

    /// Reads from a file the columns it needs.
    ///
    /// # Errors
    /// Those of [`Series::read_columns`]; [`Error::MissingFeature`] when one is lacking.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Series> {
        Series::read_columns(path, &self.columns()).map_err(missing_feature)
    }

    /// Forecasts what follows the last row of `series`.
    ///
    /// # Errors
    /// [`Error::MissingFeature`], or [`Error::TooFewRows`] when the series is shorter than the
    /// window.
    pub fn forecast(&self, series: &Series) -> Result<Forecast> {
        let data = &self.about.spec.data;
        let rows = series.rows();
        self.check(series)?;
        let mut frame = self.about.scalers.frame(&self.about.spec, series)?;
        frame.extend_targets(data.horizon);
        let windows = Windows::new(&frame, data.window, data.horizon, rows..rows + data.horizon);
        let values = self.network_values(&windows)?;
        let cutoff = series.dates()[rows - 1];
        // The dates go on as those of this series do, where it is long enough to tell.
        let calendar = match rows {
            ..LONG_ENOUGH => self.about.calendar,
            _ => Calendar::infer(series.dates()),
        };
        let dates = calendar.following(cutoff, data.horizon);
        if dates.len() < data.horizon {
            let what = format!("there are no {} dates after {cutoff}", data.horizon);
            return Err(Error::TooExtreme { what });
        }
        Ok(Forecast {
            target: data.target.clone(),
            cutoff,
            last: series.column(&data.target)?[rows - 1],
            points: dates
                .into_iter()
                .zip(values)
                .map(|(date, value)| Point { date, value })
                .collect(),
        })
    }

    /// Forecasts the test rows of `series`, those from [`Training::test_from`] on, each from the
    /// rows before it.
    ///
    /// # Errors
    /// Those of [`FittedForecaster::forecast`]; [`Error::TooFewRows`] when there are no test rows.
    pub fn predict(&self, series: &Series) -> Result<Predictions> {
        let data = &self.about.spec.data;
        self.check(series)?;
        let from = self.about.training.test_from;
        let first = from.map_or(series.rows(), |from| {
            series.dates().partition_point(|&d| d < from)
        });
        let frame = self.about.scalers.frame(&self.about.spec, series)?;
        let windows = Windows::new(&frame, data.window, data.horizon, first..series.rows());
        if windows.is_empty() {
            return Err(Error::TooFewRows {
                what: match from {
                    Some(from) => format!("{} from {from} on", series.name()),
                    None => format!("the test part of {}", series.name()),
                },
                rows: series.rows() - first,
                needed: data.horizon,
                why: "the model's test part begins there, after what it was trained on".into(),
            });
        }
        let target = series.column(&data.target)?;
        let (mut dates, mut actual, mut naive) = (Vec::new(), Vec::new(), Vec::new());
        for window in 0..windows.len() {
            let row = windows.target_row(window);
            dates.push(series.dates()[row]);
            actual.extend_from_slice(&target[row..row + data.horizon]);
            naive.extend(std::iter::repeat_n(target[row - 1], data.horizon));
        }
        let forecast = self.network_values(&windows)?;
        Ok(Predictions {
            horizon: data.horizon,
            dates,
            actual,
            forecast,
            naive,
        })
    }

    fn check(&self, series: &Series) -> Result<()> {
        for name in self.columns() {
            series.column(name).map_err(missing_feature)?;
        }
        let window = self.about.spec.data.window;
        if series.rows() < window {
            return Err(Error::TooFewRows {
                what: series.name().to_string(),
                rows: series.rows(),
                needed: window,
                why: format!("the model sees a window of {window}"),
            });
        }
        Ok(())
    }

    /// The network's outputs in the units of the target.
    fn network_values(&self, windows: &Windows<'_>) -> Result<Vec<f64>> {
        let scaler = self.about.scalers.target;
        let scaled = self.network.predict(windows)?;
        let values: Vec<f64> = scaled
            .into_iter()
            .map(|v| scaler.unscale(f64::from(v)))
            .collect();
        if values.iter().all(|value| value.is_finite()) {
            return Ok(values);
        }
        Err(Error::TooExtreme {
            what: "the values lie so far from those of training that the network overflows".into(),
        })
    }

    /// Writes the model file, in one piece or not at all.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let text = serde_json::to_string(&self.about)
            .map_err(|error| Error::io("write", path)(error.into()))?;
        nn::save(path, &self.network, KEY, text)
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Model`] when the file was cut short, altered, written by another
    /// program or by a newer version of this one.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let wrong = |reason: String, help| Error::Model {
            path: path.into(),
            reason,
            help,
        };
        let altered = |reason: String| wrong(reason, "the file was altered; train again");
        let tensors = nn::load(path, KEY)?;
        let value: serde_json::Value = serde_json::from_str(tensors.text())
            .map_err(|error| altered(format!("its description is no JSON ({error})")))?;
        match value.get("format").and_then(serde_json::Value::as_u64) {
            Some(FORMAT) => {}
            Some(newer) if newer > FORMAT => {
                return Err(wrong(
                    format!("it has format {newer}; this version of gatecast reads up to {FORMAT}"),
                    "update gatecast",
                ));
            }
            _ => {
                return Err(altered(
                    "its description lacks a valid format version".into(),
                ));
            }
        }
        let about: About = serde_json::from_value(value)
            .map_err(|error| altered(format!("its description does not fit ({error})")))?;
        about
            .spec
            .validate()
            .map_err(|error| altered(error.to_string()))?;
        let data = &about.spec.data;
        let usable = |scaler: &Scaler| scaler.center.is_finite() && scaler.spread.is_normal();
        let scalers_fit = about.scalers.features.len() == data.features.len()
            && about.scalers.features.iter().all(usable)
            && usable(&about.scalers.target);
        if !scalers_fit {
            return Err(altered("its scalers do not fit its features".into()));
        }
        let input = Shape::sequence(data.window, data.features.len());
        let network = tensors.network(input, about.layers.clone())?;
        if network.output() != Shape::vector(data.horizon) {
            let output = network.output();
            return Err(altered(format!(
                "its network gives {output} for a horizon of {}",
                data.horizon
            )));
        }
        Ok(Self { network, about })
    }
}

/// For a model, a column that is not there is a feature that is lacking.
fn missing_feature(error: Error) -> Error {
    match error {
        Error::UnknownColumn { file, name, known } => Error::MissingFeature { file, name, known },
        other => other,
    }
}
