//! Rolling origin: train on the past, forecast the rows after it, move on (Tashman 2000).
//!
//! ```text
//!  fold 1   train ───────────┤gap├ test ──┤
//!  fold 2   train ────────────────────┤gap├ test ──┤       expanding
//!  fold 2            train ───────────┤gap├ test ──┤       sliding
//! ```
//!
//! A fold's forecaster is given the rows of its training part and no others: scalers, epochs and
//! weights cannot know what comes after, whatever they do. Every series is cut by itself; one model for
//! many series is given the training parts of all.

use std::ops::ControlFlow;

use serde::Serialize;

use super::events::{Event, Listener};
use super::{Fault, Forecaster, Predictions, Scores, SeriesScores, Verdict};
use crate::error::{Error, Result, fail, wrong};
use crate::parallel::parallel_map;
use crate::prepare::{Fold, Split, TestPart, rolling};
use crate::series::{Series, Stamp};

/// How a cross-validation goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossValidationSpec {
    /// Pieces of the test part.
    pub folds: usize,
    /// When the network is trained anew.
    pub refit: Refit,
    /// Rows between the training part and the test part of a fold that neither uses.
    pub gap: usize,
    /// Rows to train on at most, the last ones; all rows before the gap if `None`.
    pub sliding: Option<usize>,
}

impl Default for CrossValidationSpec {
    fn default() -> Self {
        Self {
            folds: 5,
            refit: Refit::Every(1),
            gap: 0,
            sliding: None,
        }
    }
}

/// When the network is trained anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refit {
    /// For the first fold only.
    Once,
    /// For the first and every so many folds.
    Every(usize),
}

/// What a cross-validation found of one series.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct CrossValidation {
    /// Number of the series, from 0.
    #[serde(skip)]
    pub series: usize,
    /// In order of time.
    pub folds: Vec<FoldScores>,
    /// Over all folds together.
    pub test: Scores,
    /// Whether there is skill.
    pub verdict: Option<Verdict>,
    /// Every forecast.
    #[serde(skip)]
    pub predictions: Predictions,
}

/// One fold.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FoldScores {
    /// First date of the rows trained on.
    pub train_from: Stamp,
    /// Last one.
    pub train_to: Stamp,
    /// Rows trained on.
    pub train_rows: usize,
    /// First date forecast.
    pub test_from: Stamp,
    /// Last one.
    pub test_to: Stamp,
    /// Windows forecast.
    pub windows: usize,
    /// Mean absolute error.
    pub mae: f64,
    /// Of the last value.
    pub naive_mae: f64,
    /// `1 − mae / naive_mae`.
    pub skill: Option<f64>,
}

impl Forecaster {
    /// Forecasts the last rows of `data` (a series, or many) fold by fold, always from the past; the
    /// test rows of the settings are those that the folds are cut from. Folds run side by side, one a
    /// core; the result does not depend on their number.
    ///
    /// There is one result for every series, but for those of many that are too short.
    ///
    /// ```
    /// use gatecast::forecast::CrossValidationSpec;
    /// use gatecast::{ForecastSpec, Forecaster, series::sp500};
    ///
    /// let mut spec = ForecastSpec::article();
    /// spec.model.hidden = vec![4, 4]; // a small one, for this example
    /// spec.train.epochs = 2;
    /// let plan = CrossValidationSpec { folds: 2, ..CrossValidationSpec::default() };
    /// let results = Forecaster::new(spec)?.cross_validate(&sp500(), plan)?;
    /// assert_eq!(results[0].folds.len(), 2);
    /// println!("{}", results[0].verdict.as_ref().expect("two folds of forecasts").text);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) and [`TooFewRows`](crate::ErrorKind::TooFewRows) before
    /// anything is trained; those of [`Forecaster::fit`].
    pub fn cross_validate<D: AsRef<[Series]> + ?Sized>(
        &self,
        data: &D,
        plan: CrossValidationSpec,
    ) -> Result<Vec<CrossValidation>> {
        self.cross_validate_with(data, plan, |_| ControlFlow::Continue(()))
    }

    /// As [`Forecaster::cross_validate`], telling `on_event` what happens to every network.
    ///
    /// # Errors
    /// As [`Forecaster::cross_validate`]; [`Stopped`](crate::ErrorKind::Stopped) when `on_event` breaks.
    pub fn cross_validate_with<D: AsRef<[Series]> + ?Sized>(
        &self,
        data: &D,
        plan: CrossValidationSpec,
        mut on_event: impl FnMut(&Event) -> ControlFlow<()> + Send,
    ) -> Result<Vec<CrossValidation>> {
        let panel = data.as_ref();
        let cut = self.cut(panel, plan)?;
        let every = match plan.refit {
            Refit::Once => plan.folds,
            Refit::Every(every) => every,
        };
        let mut spec = self.spec().clone();
        spec.data.test = TestPart::Share(0.0);
        spec.train.threads = Some(1);
        let forecaster = Self::new(spec)?;
        // Folds that are forecast by the same networks, by the first of them.
        let firsts: Vec<usize> = (0..plan.folds).step_by(every).collect();
        let past = |first: usize| -> Vec<Series> {
            cut.iter()
                .map(|(series, folds)| panel[*series].slice(folds[first].train.clone()))
                .collect()
        };
        // Whatever cannot be trained is found before the first network is.
        let mut networks = 0;
        for &first in &firsts {
            networks += forecaster.networks(&past(first))?;
        }
        let listener = Listener::new(networks, &mut on_event);
        let fits = parallel_map(self.spec().train.threads, firsts.len(), |fit| {
            let first = firsts[fit];
            let fitted = forecaster.fit_with(&past(first), |event| {
                listener.tell(Event {
                    test_fold: Some(first + 1),
                    ..*event
                })
            })?;
            let last = (first + every).min(plan.folds);
            let predictions = cut.iter().map(|(series, folds)| {
                listener.go_on()?;
                let trained = &folds[first].train;
                let watched = forecaster.spec().data.validation;
                let split = Split::new(trained.len(), watched, TestPart::Share(0.0), 0)?;
                folds[first..last]
                    .iter()
                    .map(|fold| {
                        let known = trained.start + split.validation;
                        fitted.predict_part(&panel[*series], fold.test.clone(), known, true)
                    })
                    .collect::<Result<Vec<_>>>()
            });
            predictions.collect::<Result<Vec<_>>>()
        });
        if listener.is_stopped() {
            return fail(Fault::Stopped);
        }
        // Of each series, its predictions for every fold.
        let mut predictions: Vec<Vec<Predictions>> = vec![Vec::new(); cut.len()];
        for fit in fits {
            for (all, of_series) in predictions.iter_mut().zip(fit?) {
                all.extend(of_series);
            }
        }
        let results: Vec<CrossValidation> = cut
            .iter()
            .zip(predictions)
            .filter_map(|((series, folds), predictions)| {
                let dates = panel[*series].stamps();
                CrossValidation::of(*series, dates, folds, every, predictions)
            })
            .collect();
        match results.is_empty() {
            true => Err(self.too_few(panel, plan)),
            false => Ok(results),
        }
    }

    /// Cuts the test part of every series that is long enough, after checking that it can be cut so.
    fn cut(&self, panel: &[Series], plan: CrossValidationSpec) -> Result<Vec<(usize, Vec<Fold>)>> {
        let data = &self.spec().data;
        if plan.folds == 0 {
            return wrong("folds", "0".into(), "at least 1");
        }
        if plan.refit == Refit::Every(0) {
            return wrong("refit", "0".into(), "every, once or a number of folds");
        }
        if data.test.is_none() {
            let expected = "above 0: the folds are cut from the test part";
            return wrong("test", "0".into(), expected);
        }
        let (needed, expected) = match self.spec().networks() {
            0 => (data.least_window(), "at least two rows"),
            _ => (
                data.window + data.horizon,
                "at least a window and a horizon of rows",
            ),
        };
        if let Some(rows) = plan.sliding.filter(|&rows| rows < needed) {
            return wrong("sliding", format!("{rows} rows"), expected);
        }
        let mut cut = Vec::new();
        let mut longest_fold = 0;
        for (index, series) in panel.iter().enumerate() {
            let tested =
                Split::cross_validated(series.rows(), data.test, data.horizon, plan.folds)?;
            let folds = rolling(tested, plan.folds, plan.gap, plan.sliding);
            let shortest = folds.iter().map(|fold| fold.test.len()).min().unwrap_or(0);
            if shortest < data.horizon {
                continue;
            }
            longest_fold = longest_fold.max(shortest);
            if plan.gap <= shortest {
                cut.push((index, folds));
            }
        }
        if longest_fold == 0 {
            return Err(self.too_few(panel, plan));
        }
        if cut.is_empty() {
            let found = format!("{} rows, with folds of {longest_fold}", plan.gap);
            return wrong("gap", found, "no longer than a fold");
        }
        Ok(cut)
    }

    /// There are too few rows to test on, even of the longest series.
    fn too_few(&self, panel: &[Series], plan: CrossValidationSpec) -> Error {
        let data = &self.spec().data;
        let longest = panel.iter().max_by_key(|series| series.rows());
        let (name, rows) = longest.map_or(("no series", 0), |s| (s.name(), s.rows()));
        let tested = Split::cross_validated(rows, data.test, data.horizon, plan.folds);
        let what = format!("the test part of {name} ({rows} rows)");
        let rows = tested.map_or(0, |rows| rows.len());
        let (folds, horizon) = (plan.folds, data.horizon);
        let why = format!("{folds} folds of a horizon of {horizon} or more");
        Error::too_few_rows(what, rows, folds * horizon, why)
    }
}

impl CrossValidation {
    /// The same as the scores of one series of the `panel` that was tested.
    pub fn series_scores(&self, panel: &[Series]) -> SeriesScores {
        SeriesScores {
            name: panel[self.series].name().into(),
            rows: self.folds[0].train_rows,
            scores: self.test.clone(),
            verdict: self.verdict.clone(),
        }
    }

    /// From the predictions for each fold of a series, of which `every` share their networks; `None`
    /// where a fold holds no window.
    fn of(
        series: usize,
        dates: &[Stamp],
        folds: &[Fold],
        every: usize,
        predictions: Vec<Predictions>,
    ) -> Option<Self> {
        let mut scores = Vec::new();
        for (index, (predictions, fold)) in predictions.iter().zip(folds).enumerate() {
            let of_fold = Scores::of(predictions)?;
            let trained = &folds[index / every * every].train;
            if trained.is_empty() {
                return None;
            }
            scores.push(FoldScores {
                train_from: dates[trained.start],
                train_to: dates[trained.end - 1],
                train_rows: trained.len(),
                test_from: dates[fold.test.start],
                test_to: dates[fold.test.end - 1],
                windows: of_fold.windows,
                mae: of_fold.mae,
                naive_mae: of_fold.naive_mae,
                skill: of_fold.skill,
            });
        }
        let predictions = Predictions::join(predictions)?;
        let test = Scores::of(&predictions)?;
        Some(Self {
            series,
            folds: scores,
            verdict: Verdict::of(&predictions, &test),
            test,
            predictions,
        })
    }
}
