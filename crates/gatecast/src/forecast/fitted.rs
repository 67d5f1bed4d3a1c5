//! A forecaster that has learnt: forecasts and scores. What this file is not: how a model stands on disk
//! is `model_file`'s business.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::Path;

use jiff::civil::Date;
use serde::Serialize;

use super::about::{About, FORMAT, Training};
use super::events::Listener;
use super::interval::{Band, LEVELS, SCORED};
use super::scores::mean_change;
use super::selection::Selection;
use super::{
    Base, Baseline, Fault, ForecastSpec, PanelScores, Predicted, Predictions, Scores, SeriesScores,
    Verdict,
};
use crate::error::{Error, Result, fail, wrong};
use crate::nn::{Dataset, History, Sequential};
use crate::parallel::parallel_map;
use crate::prepare::{Features, Split, Windows};
use crate::series::{self, Data, Panel, ReadOptions, Series, Stamp, key};

/// Rows that show the rhythm of their dates.
const LONG_ENOUGH: usize = 30;

/// Trained networks, or a method without any, with all that forecasts depend on.
#[derive(Clone, Debug)]
pub struct FittedForecaster {
    /// The members of the ensemble, whose predictions are averaged; none where a method forecasts without.
    pub(super) networks: Vec<Sequential>,
    pub(super) about: About,
    /// How it did on the test rows of each series it was fitted to; nothing after loading.
    tests: Vec<SeriesScores>,
    /// Predictions for the test rows of the one series it was fitted to; nothing after loading.
    predictions: Option<Predictions>,
}

/// Values for the dates after a cutoff.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Forecast {
    /// The column.
    pub target: String,
    /// The last date that the forecast knows.
    pub cutoff: Stamp,
    /// The last value that it knows.
    pub last: f64,
    /// What follows, one step after the other.
    #[serde(rename = "forecast")]
    pub points: Vec<Point>,
    /// [`Series::time_of_day`] of the series.
    #[serde(skip)]
    pub time_of_day: i64,
}

/// What a forecast shall have beside its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForecastOptions {
    /// Steps; as many as the model was trained for if `None`. More need a model whose only feature
    /// is its target, which takes its own forecasts for known.
    pub horizon: Option<usize>,
    /// Levels of bands, in per cent; there are none beyond the steps that the model was trained for.
    pub levels: Vec<u8>,
    /// Days that are skipped.
    pub holidays: BTreeSet<Date>,
}

/// A forecast for one date.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Point {
    /// For when; holidays are known only as far as they were given.
    pub date: Stamp,
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
        features: Features,
        training: Training,
        histories: Vec<History>,
        selection: Option<Selection>,
        base: Option<Base>,
    ) -> Self {
        let about = About {
            format: FORMAT,
            spec,
            layers: networks
                .first()
                .map_or_else(Vec::new, |network| network.specs().to_vec()),
            base,
            features,
            training,
            scores: None,
            panel_scores: None,
            history: histories.into_iter().next().unwrap_or_default(),
            selection,
            verdict: None,
        };
        Self::of(networks, about)
    }

    /// From a model file.
    pub(super) fn of(networks: Vec<Sequential>, about: About) -> Self {
        Self {
            networks,
            about,
            tests: Vec::new(),
            predictions: None,
        }
    }

    /// Scores the test parts of the series it was trained on.
    pub(super) fn scored(
        mut self,
        panel: &[Series],
        splits: &[Split],
        listener: &Listener<'_>,
    ) -> Result<Self> {
        let threads = self.about.spec.train.threads;
        let tests = parallel_map(threads, panel.len(), |index| -> Result<_> {
            listener.go_on()?;
            let series = &panel[index];
            let Some(predictions) = self.predict_test(series, splits[index])? else {
                return Ok(None);
            };
            let scores = SeriesScores::of(series, splits[index].validation, &predictions);
            // Of many series they would take the room of all their test parts.
            let kept = |test| (test, (panel.len() == 1).then_some(predictions));
            Ok(scores.map(kept))
        });
        for test in tests {
            let Some((test, predictions)) = test? else {
                continue;
            };
            if panel.len() == 1 {
                self.about.scores = Some(test.scores.clone());
                self.about.verdict.clone_from(&test.verdict);
                self.predictions = predictions;
            }
            self.tests.push(test);
        }
        if panel.len() > 1 {
            self.about.panel_scores = PanelScores::of(&self.tests);
        }
        Ok(self)
    }

    /// The settings it was trained with.
    pub fn spec(&self) -> &ForecastSpec {
        &self.about.spec
    }

    /// The network; of an ensemble, the first; `None` where a method forecasts without.
    pub fn network(&self) -> Option<&Sequential> {
        self.networks.first()
    }

    /// What makes the forecasts without networks, where there are none.
    pub fn base(&self) -> Option<&Base> {
        self.about.base.as_ref()
    }

    /// Numbers in all its networks that were trained.
    pub fn parameters(&self) -> usize {
        self.networks.iter().map(Sequential::parameters).sum()
    }

    /// What was selected on folds of the training part, where the settings asked for it.
    pub fn selection(&self) -> Option<&Selection> {
        self.about.selection.as_ref()
    }

    /// What it was trained on.
    pub fn training(&self) -> &Training {
        &self.about.training
    }

    /// How training went; of an ensemble, that of the first member.
    pub fn history(&self) -> &History {
        &self.about.history
    }

    /// How it did on the test rows of the series it was trained on; `None` when there were none, or
    /// when there were many series.
    pub fn scores(&self) -> Option<&Scores> {
        self.about.scores.as_ref()
    }

    /// Whether it has skill on the test rows; `None` where there are no [scores](Self::scores).
    pub fn verdict(&self) -> Option<&Verdict> {
        self.about.verdict.as_ref()
    }

    /// How it did on the test rows of many series together; `None` for one series, or without test
    /// rows.
    pub fn panel_scores(&self) -> Option<&PanelScores> {
        self.about.panel_scores.as_ref()
    }

    /// How it did on the test rows of each series that it was fitted to and that has some. A model
    /// file does not keep them, so there are none after loading.
    pub fn series_scores(&self) -> &[SeriesScores] {
        &self.tests
    }

    /// The predictions for the test rows, as [`Forecaster::fit`](super::Forecaster::fit) made
    /// them to score one series; `None` for many series and after loading.
    pub fn test_predictions(&self) -> Option<&Predictions> {
        self.predictions.as_ref()
    }

    /// The columns that it needs of a series.
    pub fn columns(&self) -> Vec<&str> {
        self.about.spec.data.columns()
    }

    /// Reads from a file the columns it needs, adjusted as those it was trained on.
    ///
    /// # Errors
    /// Those of [`Series::read_columns`]; [`UnknownColumn`](crate::ErrorKind::UnknownColumn) when one is
    /// lacking; [`Adjustment`](crate::ErrorKind::Adjustment) when the file has no factors for the
    /// adjustment.
    pub fn read(&self, path: impl AsRef<Path>) -> Result<Series> {
        self.read_with(path, &self.read_options())
    }

    /// How files are to be read for it: as those that it was trained on.
    pub fn read_options(&self) -> ReadOptions {
        let training = &self.about.training;
        ReadOptions {
            adjust: training.adjustment,
            fill: training.fill,
            timezone: training.zone.clone(),
            ..training.reading.clone()
        }
    }

    /// The same with something to go by.
    ///
    /// # Errors
    /// As [`FittedForecaster::read`].
    pub fn read_with(&self, path: impl AsRef<Path>, options: &ReadOptions) -> Result<Series> {
        Series::read_with(path, &self.columns(), options)
            .map_err(|error| self.missing_feature(error))
    }

    /// The same from files that are open already, with one series or many.
    ///
    /// # Errors
    /// As [`FittedForecaster::read`].
    pub fn read_data(&self, data: &Data) -> Result<Panel> {
        data.read(&self.columns())
            .map_err(|error| self.missing_feature(error))
    }

    /// For a model, a column that is not there is a feature that is lacking.
    fn missing_feature(&self, error: Error) -> Error {
        let Some(series::Fault::UnknownColumn { file, name, known }) = error.fault() else {
            return error;
        };
        let (file, name, known) = (file.clone(), name.clone(), known.clone());
        let joined = &self.about.training.joined;
        match joined.iter().any(|joined| key(joined) == key(&name)) {
            true => Fault::NotJoined { file, name }.into(),
            false => Fault::MissingFeature { file, name, known }.into(),
        }
    }

    /// Forecasts what follows the last row of `series`.
    ///
    /// # Errors
    /// [`UnknownColumn`](crate::ErrorKind::UnknownColumn); [`TooFewRows`](crate::ErrorKind::TooFewRows)
    /// when the series is shorter than the window; [`Adjustment`](crate::ErrorKind::Adjustment) when its
    /// prices are adjusted otherwise than those of training.
    pub fn forecast(&self, series: &Series) -> Result<Forecast> {
        self.forecast_with(series, &ForecastOptions::default())
    }

    /// The same with bands and holidays. Bands need the errors on folds that the default settings
    /// leave ([`DataSpec::validation_folds`](super::DataSpec::validation_folds)).
    ///
    /// # Errors
    /// As [`FittedForecaster::forecast`]; [`Setting`](crate::ErrorKind::Setting) for a level that is not
    /// 1 to 99, or when the model was trained without folds.
    pub fn forecast_with(&self, series: &Series, options: &ForecastOptions) -> Result<Forecast> {
        let ForecastOptions {
            horizon,
            levels,
            holidays,
        } = options;
        let horizon = horizon.unwrap_or(self.about.spec.data.horizon);
        self.check_horizon(horizon)?;
        if let Some(level) = levels.iter().find(|level| !LEVELS.contains(level)) {
            return wrong("level", level.to_string(), "1 to 99 per cent");
        }
        if !levels.is_empty() && self.about.selection.is_none() {
            let expected = "used with a model that was trained with ‹validation-folds›, on which \
                           errors are measured";
            return wrong("level", "set for a model without folds".into(), expected);
        }
        let data = &self.about.spec.data;
        let rows = series.rows();
        self.check(series)?;
        let cutoff = series.stamps()[rows - 1];
        // Bands are made for all steps of training, however few are asked for.
        let steps = horizon.max(data.horizon);
        let mut dates = self.stamps_ahead(series, steps, holidays)?;
        let mut frame = self.about.features.frame(data, series, &dates)?;
        frame.extend_targets(steps);
        let windows = Windows::new(&frame, data.window, steps, rows..rows + steps);
        let last = series.column(&data.target)?[rows - 1];
        let predicted = Predicted::mean(&self.members(
            &windows,
            steps,
            series.column(&data.target)?,
            rows,
            &[],
        )?);
        let bands = self.bands(series, levels, &predicted, windows.unit(0))?;
        dates.truncate(horizon);
        Ok(Forecast {
            target: data.target.clone(),
            cutoff,
            last,
            time_of_day: series.time_of_day(),
            points: dates
                .into_iter()
                .zip(predicted.values)
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
    /// Those of [`FittedForecaster::forecast`]; [`TooFewRows`](crate::ErrorKind::TooFewRows) when there
    /// are no test rows.
    pub fn predict(&self, series: &Series) -> Result<Predictions> {
        self.check(series)?;
        let from = self.about.training.test_from;
        let first = from.map_or(series.rows(), |from| {
            series.stamps().partition_point(|&d| d < from)
        });
        if series.rows() < first + self.about.spec.data.horizon {
            let what = match from {
                Some(from) => format!("{} from {from} on", series.name()),
                None => format!("the test part of {}", series.name()),
            };
            let (rows, needed) = (series.rows() - first, self.about.spec.data.horizon);
            let why = "the model's test part begins there, after what it was trained on";
            return Err(Error::too_few_rows(what, rows, needed, why));
        }
        self.predict_rows(series, first..series.rows())
    }

    /// The predictions that [`Forecaster::fit`](super::Forecaster::fit) scores, of a series that it was fitted to, of
    /// many too; `None` where its test part holds no window.
    ///
    /// # Errors
    /// Those of [`FittedForecaster::forecast`].
    pub fn predict_test_part(&self, series: &Series) -> Result<Option<Predictions>> {
        let data = &self.about.spec.data;
        let split = Split::new(series.rows(), data.validation, data.test, data.horizon)?;
        self.predict_test(series, split)
    }

    fn predict_test(&self, series: &Series, split: Split) -> Result<Option<Predictions>> {
        let data = &self.about.spec.data;
        let test = split.test_part();
        if test.len() < data.horizon || series.rows() < data.least_window() {
            return Ok(None);
        }
        self.predict_part(series, test, split.validation, true)
            .map(Some)
    }

    /// Forecasts the rows `part` of `series`, each from the rows before it; `dates` of the
    /// predictions may be empty where no window fits.
    ///
    /// # Errors
    /// Those of [`FittedForecaster::forecast`].
    pub fn predict_rows(&self, series: &Series, part: Range<usize>) -> Result<Predictions> {
        let known = match self.about.training.panel {
            Some(_) => part.start.min(series.rows()),
            None => self.known(series),
        };
        self.predict_part(series, part, known, true)
    }

    /// The same with the first `known` rows, by whose changes errors are measured, and `beside` baselines that are
    /// fitted to them, where they are asked for.
    pub(super) fn predict_part(
        &self,
        series: &Series,
        part: Range<usize>,
        known: usize,
        beside: bool,
    ) -> Result<Predictions> {
        let data = &self.about.spec.data;
        self.check(series)?;
        let frame = self.about.features.frame(data, series, &[])?;
        let windows = Windows::new(&frame, data.window, data.horizon, part);
        let target = series.column(&data.target)?;
        let rows: Vec<usize> = (0..windows.len()).map(|w| windows.target_row(w)).collect();
        let units: Vec<f64> = (0..windows.len()).map(|w| windows.unit(w)).collect();
        let (mut actual, mut naive) = (Vec::new(), Vec::new());
        for &row in &rows {
            actual.extend_from_slice(&target[row..row + data.horizon]);
            naive.extend(std::iter::repeat_n(target[row - 1], data.horizon));
        }
        let period = match (self.about.training.panel, &self.about.base) {
            (None, None) => data.period(series, known),
            _ => data.season,
        };
        let baselines = match beside {
            true => Baseline::forecast_all(period, target, known, &rows, data.horizon),
            false => Vec::new(),
        };
        let members = self.members(&windows, data.horizon, target, known, &baselines)?;
        let predicted = Predicted::mean(&members);
        let bands = match &self.about.selection {
            Some(selection) => SCORED
                .map(|level| {
                    let errors = predicted.excess(level, &actual, &units);
                    selection.radii.band(level, &predicted, &units, &errors)
                })
                .to_vec(),
            None => Vec::new(),
        };
        Ok(Predictions {
            horizon: data.horizon,
            dates: rows.iter().map(|&row| series.stamps()[row]).collect(),
            predicted,
            actual,
            naive,
            method: self.base().and_then(|base| base.parts.first()).copied(),
            // One window is no evidence, whatever would have been chosen.
            chosen: match beside && rows.len() > 1 {
                true => Baseline::chosen(period, &target[..known], data.horizon),
                false => Baseline::LastValue,
            },
            baselines,
            bands,
            units,
            members: match members.len() {
                1 => Vec::new(),
                _ => members.into_iter().map(|member| member.values).collect(),
            },
            mean_change: mean_change(&target[..known], data.season),
        })
    }

    /// The stamps of the next rows: first those that the series has rows for, then as the stamps of this
    /// series go on where it is long enough to tell, or else as those of training did.
    fn stamps_ahead(
        &self,
        series: &Series,
        steps: usize,
        holidays: &BTreeSet<Date>,
    ) -> Result<Vec<Stamp>> {
        let rhythm = match series.rows() {
            ..LONG_ENOUGH => self.about.training.rhythm.clone(),
            _ => series.rhythm(),
        };
        let mut stamps: Vec<Stamp> = series.stamps_ahead().take(steps).collect();
        let last = stamps.last().or(series.stamps().last()).copied();
        if let Some(last) = last {
            let closed = |stamp: &Stamp| stamp.date().is_some_and(|date| holidays.contains(&date));
            let next = std::iter::successors(rhythm.next(last), |&stamp| rhythm.next(stamp));
            let open = next.filter(|stamp| !closed(stamp));
            stamps.extend(open.take(steps - stamps.len()));
        }
        if stamps.len() < steps {
            let last = last.map_or_else(String::new, |last| format!(" after {last}"));
            let what = format!("there are no {steps} dates{last}");
            return Err(Error::too_extreme(what));
        }
        Ok(stamps)
    }

    /// The bands around what is `predicted` for the rows after the last of `series`, whose window has
    /// this unit; what the bands held since training counts. No longer than the horizon of training.
    fn bands(
        &self,
        series: &Series,
        levels: &[u8],
        predicted: &Predicted,
        unit: f64,
    ) -> Result<Vec<Band>> {
        let Some(selection) = self.about.selection.as_ref().filter(|_| !levels.is_empty()) else {
            return Ok(Vec::new());
        };
        let horizon = self.about.spec.data.horizon;
        // A model for many series does not remember how far it knew this one.
        let known = match self.about.training.panel {
            Some(_) => series.rows(),
            None => self.known(series),
        };
        let since = self.predict_part(series, known..series.rows(), known, false)?;
        // Windows that reach past the last row are not among them, nor are their errors known;
        // the prediction for the last of these is what is asked for.
        let mut all = since.predicted.clone();
        let mut units = since.units.clone();
        for _ in 0..horizon {
            all.append(predicted.first_steps(horizon));
            units.push(unit);
        }
        let band = |&level: &u8| {
            let errors = since.predicted.excess(level, &since.actual, &since.units);
            let mut band = selection.radii.band(level, &all, &units, &errors);
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
        let wrong = |found, expected| wrong("horizon", found, expected);
        match horizon {
            1..=10_000 if horizon <= data.horizon => Ok(()),
            1..=10_000 if self.columns().len() == 1 && data.calendar.is_empty() => Ok(()),
            1..=10_000 => wrong(
                format!("{horizon} for a model trained for {}", data.horizon),
                "no more steps than that, since the model reads columns beside its target, or the \
                 calendar; train with a longer ‹horizon›",
            ),
            _ => wrong(horizon.to_string(), "1 to 10000 rows"),
        }
    }

    /// Rows of `series` that were known in training, by their dates.
    fn known(&self, series: &Series) -> usize {
        let trained_to = self.about.training.last;
        series.stamps().partition_point(|&d| d <= trained_to)
    }

    /// Everything that was fitted: weights, scalers, what was selected.
    pub(super) fn fitted_numbers(&self) -> Vec<f64> {
        let weights = self.networks.iter().flat_map(|network| {
            let tensors = network.tensors();
            tensors.flat_map(|(_, _, values)| values.iter().map(|&v| f64::from(v)))
        });
        let selection = self.about.selection.iter().flat_map(|s| {
            let numbers = [s.epochs as f64, s.weight, s.naive_mae, s.base_mae, s.mae];
            numbers.into_iter().chain(s.radii.numbers())
        });
        weights
            .chain(self.about.features.numbers())
            .chain(selection)
            .collect()
    }

    fn check(&self, series: &Series) -> Result<()> {
        for name in self.columns() {
            series
                .column(name)
                .map_err(|error| self.missing_feature(error))?;
        }
        let (given, trained) = (series.adjustment(), self.about.training.adjustment);
        if given != trained {
            return fail(series::Fault::Adjustment {
                file: series.name().into(),
                reason: format!(
                    "the prices are adjusted for {}, those that the model was trained on for {}",
                    given.spelled_out(),
                    trained.spelled_out()
                ),
                help: "read it as the model's data were read (as is done without ‹adjust›), or train \
                       again",
            });
        }
        let window = self.about.spec.data.least_window();
        if series.rows() < window {
            let why = format!("the model sees a window of {window}");
            return Err(Error::too_few_rows(
                series.name(),
                series.rows(),
                window,
                why,
            ));
        }
        Ok(())
    }

    /// What each network predicts for so many steps, blended with the base of each; or what a method does.
    /// `values` are those of the target, of which the first `known` may be fitted to; `made` are forecasts of these
    /// windows that are there already.
    fn members(
        &self,
        windows: &Windows<'_>,
        horizon: usize,
        values: &[f64],
        known: usize,
        made: &[(Baseline, Vec<f64>)],
    ) -> Result<Vec<Predicted>> {
        let selection = self.about.selection.as_ref();
        let selected = selection.and_then(|selection| selection.base.as_ref());
        let base: Vec<f64> = match self.base().or(selected) {
            Some(base) if base.is_made(made) => base.of(made),
            Some(base) => {
                let targets = (0..windows.len()).map(|window| windows.target_row(window));
                base.forecast(values, known, &targets.collect::<Vec<_>>(), horizon)
            }
            None => (0..windows.len())
                .flat_map(|window| (0..horizon).map(move |step| windows.base(window, step)))
                .collect(),
        };
        if self.networks.is_empty() {
            return Ok(vec![base.into()]);
        }
        let weight = selection.map_or(1.0, |s| s.weight);
        let at_once = self.about.spec.steps_at_once();
        self.networks
            .iter()
            .map(|network| {
                let mut predicted = Predicted::by(network, windows, at_once, horizon)?;
                predicted.blend(weight, &base);
                Ok(predicted)
            })
            .collect()
    }
}
