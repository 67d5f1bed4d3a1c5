//! A forecaster that has learnt: forecasts, scores, and the model file.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::chosen::Chosen;
use super::forecaster::Scalers;
use super::interval::{Band, LEVELS, SCORED};
use super::{Baseline, ForecastSpec, Predictions, Said, Scores, Verdict};
use crate::error::{Error, Result};
use crate::nn::{self, Dataset, History, LayerSpec, Sequential, Shape};
use crate::prepare::{Scaler, Split, Windows};
use crate::series::{Adjustment, Calendar, ReadOptions, Series};

/// Entry of the model file under which everything but the weights stands.
const KEY: &str = "gatecast";
/// Version of that entry. Raise it when older programs could no longer read new files.
const FORMAT: u64 = 3;
/// Rows that show the rhythm of their dates.
const LONG_ENOUGH: usize = 30;

/// A trained network with all that its forecasts depend on.
#[derive(Clone, Debug)]
pub struct FittedForecaster {
    /// One or more, whose forecasts are averaged.
    networks: Vec<Sequential>,
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
    /// Of the first network.
    history: History,
    #[serde(default)]
    chosen: Option<Chosen>,
    #[serde(default)]
    verdict: Option<Verdict>,
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
    /// What its prices were adjusted for.
    #[serde(default)]
    pub adjustment: Adjustment,
    /// What was left out or sorted when they were read; see [`Series::notes`].
    #[serde(default)]
    pub notes: Vec<String>,
    /// How many series it was trained on, where it was one model for many.
    #[serde(default)]
    pub panel: Option<usize>,
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

/// What a forecast shall have beside its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForecastOptions {
    /// Steps; as many as the model was trained for if `None`. More need a model whose only feature
    /// is its target, which takes what it said for known.
    pub horizon: Option<usize>,
    /// Levels of bands, in per cent; there are none beyond the steps that the model was trained for.
    pub levels: Vec<u8>,
    /// Days that are skipped.
    pub holidays: BTreeSet<Date>,
}

/// A forecast for one date.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Point {
    /// For when; holidays are known only as far as they were given.
    pub date: Date,
    /// In the units of the file.
    pub value: f64,
    /// `lower80`, `upper80` and so on: the ends of the bands at the levels asked for.
    #[serde(flatten)]
    pub bands: BTreeMap<String, f64>,
}

impl FittedForecaster {
    pub(super) fn new(
        spec: ForecastSpec,
        networks: Vec<Sequential>,
        scalers: Scalers,
        calendar: Calendar,
        training: Training,
        mut histories: Vec<History>,
        chosen: Option<Chosen>,
    ) -> Self {
        let layers = networks[0].specs().to_vec();
        let about = About {
            format: FORMAT,
            spec,
            layers,
            scalers,
            calendar,
            training,
            scores: None,
            history: histories.swap_remove(0),
            chosen,
            verdict: None,
        };
        Self { networks, about }
    }

    /// Scores the test part of the series it was trained on.
    pub(super) fn score(&mut self, series: &Series) -> Result<()> {
        let predictions = self.predict(series)?;
        self.about.scores = Scores::of(&predictions);
        let scores = self.about.scores.as_ref();
        self.about.verdict = scores.and_then(|scores| Verdict::of(&predictions, scores));
        Ok(())
    }

    /// The settings it was trained with.
    pub fn spec(&self) -> &ForecastSpec {
        &self.about.spec
    }

    /// The network; where several are averaged, the first.
    pub fn network(&self) -> &Sequential {
        &self.networks[0]
    }

    /// Numbers in all its networks that were trained.
    pub fn parameters(&self) -> usize {
        self.networks.iter().map(Sequential::parameters).sum()
    }

    /// What was chosen on folds of the training part, where the settings asked for it.
    pub fn chosen(&self) -> Option<&Chosen> {
        self.about.chosen.as_ref()
    }

    /// What it was trained on.
    pub fn training(&self) -> &Training {
        &self.about.training
    }

    /// How training went; where several networks are averaged, that of the first.
    pub fn history(&self) -> &History {
        &self.about.history
    }

    /// How it did on the test rows; `None` when there were none.
    pub fn scores(&self) -> Option<&Scores> {
        self.about.scores.as_ref()
    }

    /// Whether it has skill on the test rows; `None` when there were none.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.about.verdict.as_ref()
    }

    /// How the dates of its training data go on; a longer series given later has its own say.
    pub fn calendar(&self) -> Calendar {
        self.about.calendar
    }

    /// The columns that it needs of a series.
    pub fn columns(&self) -> Vec<&str> {
        self.about.spec.columns()
    }

    /// Reads from a file the columns it needs, adjusted as those it was trained on.
    ///
    /// # Errors
    /// Those of [`Series::read_columns`]; [`Error::MissingFeature`] when one is lacking;
    /// [`Error::Adjustment`] when the file has no factors for the adjustment.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Series> {
        let options = ReadOptions {
            adjust: self.about.training.adjustment,
            ..ReadOptions::default()
        };
        self.read_with(path, &options)
    }

    /// The same with something to go by.
    ///
    /// # Errors
    /// As [`FittedForecaster::read`].
    pub fn read_with(&self, path: impl AsRef<Path>, options: &ReadOptions) -> Result<Series> {
        Series::read_with(path, &self.columns(), options).map_err(missing_feature)
    }

    /// Forecasts what follows the last row of `series`.
    ///
    /// # Errors
    /// [`Error::MissingFeature`]; [`Error::TooFewRows`] when the series is shorter than the window;
    /// [`Error::Adjustment`] when its prices are adjusted otherwise than those of training.
    pub fn forecast(&self, series: &Series) -> Result<Forecast> {
        self.forecast_with(series, &ForecastOptions::default())
    }

    /// The same with bands and holidays. Bands need the errors on folds that the default settings
    /// leave ([`DataSpec::validation_folds`](super::DataSpec::validation_folds)).
    ///
    /// # Errors
    /// As [`FittedForecaster::forecast`]; [`Error::Setting`] for a level that is not 1 to 99, or
    /// when the model was trained without folds.
    pub fn forecast_with(&self, series: &Series, options: &ForecastOptions) -> Result<Forecast> {
        let ForecastOptions {
            horizon,
            levels,
            holidays,
        } = options;
        let horizon = horizon.unwrap_or(self.about.spec.data.horizon);
        self.check_horizon(horizon)?;
        if let Some(level) = levels.iter().find(|level| !LEVELS.contains(level)) {
            return Err(Error::Setting {
                name: "level",
                found: level.to_string(),
                expected: "1 to 99 per cent",
            });
        }
        if !levels.is_empty() && self.about.chosen.is_none() {
            return Err(Error::Setting {
                name: "level",
                found: "set for a model without folds".into(),
                expected: "used with a model that was trained with --validation-folds, on which \
                           errors are measured",
            });
        }
        let data = &self.about.spec.data;
        let rows = series.rows();
        self.check(series)?;
        let cutoff = series.dates()[rows - 1];
        // Bands are made for all steps of training, however few are asked for.
        let steps = horizon.max(data.horizon);
        // The dates go on as those of this series do, where it is long enough to tell.
        let calendar = match rows {
            ..LONG_ENOUGH => self.about.calendar,
            _ => Calendar::infer(series.dates()),
        };
        let mut dates = calendar.following(cutoff, steps + holidays.len());
        dates.retain(|date| !holidays.contains(date));
        dates.truncate(steps);
        if dates.len() < steps {
            let what = format!("there are no {steps} dates after {cutoff}");
            return Err(Error::TooExtreme { what });
        }
        let mut frame = self.about.scalers.frame(&self.about.spec, series, &dates)?;
        frame.extend_targets(steps);
        let windows = Windows::new(&frame, data.window, steps, rows..rows + steps);
        let last = series.column(&data.target)?[rows - 1];
        let said = Said::mean(&self.members(&windows, steps)?);
        let bands = self.bands(series, levels, &said, windows.unit(0))?;
        dates.truncate(horizon);
        Ok(Forecast {
            target: data.target.clone(),
            cutoff,
            last,
            points: dates
                .into_iter()
                .zip(said.values)
                .enumerate()
                .map(|(step, (date, value))| Point {
                    date,
                    value,
                    bands: bands
                        .iter()
                        .filter(|band| step < band.below.len())
                        .flat_map(|band| {
                            let level = band.level;
                            [
                                (format!("lower{level}"), value - band.below[step]),
                                (format!("upper{level}"), value + band.above[step]),
                            ]
                        })
                        .collect(),
                })
                .collect(),
        })
    }

    /// Forecasts the test rows of `series`, those from [`Training::test_from`] on, each from the
    /// rows before it.
    ///
    /// # Errors
    /// Those of [`FittedForecaster::forecast`]; [`Error::TooFewRows`] when there are no test rows.
    pub fn predict(&self, series: &Series) -> Result<Predictions> {
        self.check(series)?;
        let from = self.about.training.test_from;
        let first = from.map_or(series.rows(), |from| {
            series.dates().partition_point(|&d| d < from)
        });
        if series.rows() < first + self.about.spec.data.horizon {
            return Err(Error::TooFewRows {
                what: match from {
                    Some(from) => format!("{} from {from} on", series.name()),
                    None => format!("the test part of {}", series.name()),
                },
                rows: series.rows() - first,
                needed: self.about.spec.data.horizon,
                why: "the model's test part begins there, after what it was trained on".into(),
            });
        }
        self.predict_rows(series, first..series.rows())
    }

    /// Forecasts the rows `part` of `series`, each from the rows before it; `dates` of the
    /// predictions may be empty where no window fits.
    ///
    /// # Errors
    /// Those of [`FittedForecaster::forecast`].
    pub fn predict_rows(&self, series: &Series, part: Range<usize>) -> Result<Predictions> {
        let data = &self.about.spec.data;
        self.check(series)?;
        let frame = self.about.scalers.frame(&self.about.spec, series, &[])?;
        let windows = Windows::new(&frame, data.window, data.horizon, part);
        let target = series.column(&data.target)?;
        let rows: Vec<usize> = (0..windows.len()).map(|w| windows.target_row(w)).collect();
        let units: Vec<f64> = (0..windows.len()).map(|w| windows.unit(w)).collect();
        let (mut actual, mut naive) = (Vec::new(), Vec::new());
        for &row in &rows {
            actual.extend_from_slice(&target[row..row + data.horizon]);
            naive.extend(std::iter::repeat_n(target[row - 1], data.horizon));
        }
        // What was known in training: baselines are fitted on it, errors measured by its changes.
        let known = match self.about.training.panel {
            Some(_) => rows.first().copied().unwrap_or(series.rows()),
            None => self.known(series),
        };
        let changes = target[..known]
            .windows(2)
            .map(|pair| (pair[1] - pair[0]).abs());
        let period = match data.season {
            1 => Calendar::infer(&series.dates()[..known]).period(),
            season => season,
        };
        let members = self.members(&windows, data.horizon)?;
        let said = Said::mean(&members);
        let bands = match &self.about.chosen {
            Some(chosen) => SCORED
                .map(|level| {
                    let errors = said.excess(level, &actual, &units);
                    chosen.reach.band(level, &said, &units, &errors)
                })
                .to_vec(),
            None => Vec::new(),
        };
        Ok(Predictions {
            horizon: data.horizon,
            dates: rows.iter().map(|&row| series.dates()[row]).collect(),
            said,
            actual,
            naive,
            baselines: Baseline::all(period)
                .into_iter()
                .map(|baseline| {
                    (
                        baseline,
                        baseline.forecast(target, known, &rows, data.horizon),
                    )
                })
                .collect(),
            bands,
            units,
            members: match members.len() {
                1 => Vec::new(),
                _ => members.into_iter().map(|said| said.values).collect(),
            },
            mean_change: changes.clone().sum::<f64>() / changes.count() as f64,
        })
    }

    /// The bands around what was `said` of the rows after the last of `series`, whose window has this
    /// unit; what the bands held since training counts. No longer than the horizon of training.
    fn bands(&self, series: &Series, levels: &[u8], said: &Said, unit: f64) -> Result<Vec<Band>> {
        let Some(chosen) = self.about.chosen.as_ref().filter(|_| !levels.is_empty()) else {
            return Ok(Vec::new());
        };
        let horizon = self.about.spec.data.horizon;
        // A model for many series does not remember how far it knew this one.
        let known = match self.about.training.panel {
            Some(_) => series.rows(),
            None => self.known(series),
        };
        let since = self.predict_rows(series, known..series.rows())?;
        // Windows that reach past the last row are not among them, nor are their errors known;
        // what was said of the last of these is what is asked for.
        let mut all = since.said.clone();
        let mut units = since.units.clone();
        for _ in 0..horizon {
            all.append(said.first_steps(horizon));
            units.push(unit);
        }
        let band = |&level: &u8| {
            let errors = since.said.excess(level, &since.actual, &since.units);
            let mut band = chosen.reach.band(level, &all, &units, &errors);
            let wanted = band.below.len() - horizon;
            band.below.drain(..wanted);
            band.above.drain(..wanted);
            band
        };
        Ok(levels.iter().map(band).collect())
    }

    /// Whether it can forecast so many steps.
    fn check_horizon(&self, horizon: usize) -> Result<()> {
        let data = &self.about.spec.data;
        let wrong = |found, expected| {
            Err(Error::Setting {
                name: "horizon",
                found,
                expected,
            })
        };
        match horizon {
            1..=10_000 if horizon <= data.horizon => Ok(()),
            1..=10_000 if self.columns().len() == 1 && data.calendar.is_empty() => Ok(()),
            1..=10_000 => wrong(
                format!("{horizon} for a model trained for {}", data.horizon),
                "no more steps than that, since the model reads columns beside its target, or the \
                 calendar; train with a longer --horizon",
            ),
            _ => wrong(horizon.to_string(), "1 to 10000 rows"),
        }
    }

    /// Rows of `series` that were known in training, by their dates.
    fn known(&self, series: &Series) -> usize {
        let trained_to = self.about.training.last;
        series.dates().partition_point(|&d| d <= trained_to)
    }

    /// Everything that was fitted: weights, scalers, what was chosen.
    pub(super) fn fitted_numbers(&self) -> Vec<f64> {
        let weights = self.networks.iter().flat_map(|network| {
            let tensors = network.tensors();
            tensors.flat_map(|(_, _, values)| values.iter().map(|&v| f64::from(v)))
        });
        let scalers = self.about.scalers.features.iter();
        let scalers = scalers
            .chain([&self.about.scalers.target])
            .flat_map(|scaler| [scaler.center, scaler.spread]);
        let chosen = self.about.chosen.iter();
        let chosen = chosen.flat_map(|c| {
            let numbers = [c.epochs as f64, c.weight, c.naive_mae, c.mae];
            numbers.into_iter().chain(c.reach.numbers())
        });
        weights.chain(scalers).chain(chosen).collect()
    }

    fn check(&self, series: &Series) -> Result<()> {
        for name in self.columns() {
            series.column(name).map_err(missing_feature)?;
        }
        let (given, trained) = (series.adjustment(), self.about.training.adjustment);
        if given != trained {
            return Err(Error::Adjustment {
                file: series.name().into(),
                reason: format!(
                    "the prices are adjusted for {}, those that the model was trained on for {}",
                    given.spelled_out(),
                    trained.spelled_out()
                ),
                help: "read it as the model's data were read (forecast does so without --adjust), \
                       or train again",
            });
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

    /// What each network says of so many steps, weighed against the base of each.
    fn members(&self, windows: &Windows<'_>, horizon: usize) -> Result<Vec<Said>> {
        let base: Vec<f64> = (0..windows.len())
            .flat_map(|window| (0..horizon).map(move |step| windows.base(window, step)))
            .collect();
        let weight = self
            .about
            .chosen
            .as_ref()
            .map_or(1.0, |chosen| chosen.weight);
        let at_once = self.about.spec.steps_at_once();
        self.networks
            .iter()
            .map(|network| {
                let mut said = Said::by(network, windows, at_once, horizon)?;
                said.weigh(weight, &base);
                Ok(said)
            })
            .collect()
    }

    /// Writes the model file, in one piece or not at all.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let text = serde_json::to_string(&self.about)
            .map_err(|error| Error::io("write", path)(error.into()))?;
        nn::save(path, &self.networks, KEY, text)
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`Error::Io`]; [`Error::Model`] when the file was cut short, altered, written by another
    /// program or by a newer version of this one.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
        Self::parse(path, bytes)
    }

    /// As [`FittedForecaster::load`], from bytes; `path` is what messages call them.
    ///
    /// # Errors
    /// [`Error::Model`], as [`FittedForecaster::load`].
    pub fn parse(path: impl AsRef<Path>, bytes: Vec<u8>) -> Result<Self> {
        let path = path.as_ref();
        let wrong = |reason: String, help| Error::Model {
            path: path.into(),
            reason,
            help,
        };
        let altered = |reason: String| wrong(reason, "the file was altered; train again");
        let tensors = nn::parse(path, bytes, KEY)?;
        let value: serde_json::Value = serde_json::from_str(tensors.text())
            .map_err(|error| altered(format!("its description is no JSON ({error})")))?;
        match value.get("format").and_then(serde_json::Value::as_u64) {
            Some(1..=FORMAT) => {}
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
        let input = about.spec.input();
        let networks = (0..about.spec.model.members)
            .map(|member| tensors.network(member, input, about.layers.clone()))
            .collect::<Result<Vec<_>>>()?;
        let output = networks[0].output();
        let numbers = about.spec.steps_at_once() * about.spec.train.loss.outputs();
        if output != Shape::vector(numbers) {
            return Err(altered(format!(
                "its network gives {output} where its settings ask for {numbers} numbers"
            )));
        }
        let weight = about.chosen.as_ref().map_or(1.0, |chosen| chosen.weight);
        if !(0.0..=1.0).contains(&weight) {
            return Err(altered(format!("its network has the weight {weight}")));
        }
        if let Some(chosen) = &about.chosen
            && !chosen.reach.is_sound(data.horizon)
        {
            return Err(altered("its bands do not fit its horizon".into()));
        }
        Ok(Self { networks, about })
    }
}

/// For a model, a column that is not there is a feature that is lacking.
fn missing_feature(error: Error) -> Error {
    match error {
        Error::UnknownColumn { file, name, known } => Error::MissingFeature { file, name, known },
        other => other,
    }
}
