//! Rolling origin: train on the past, forecast the rows after it, move on (Tashman 2000).
//!
//! ```text
//!  fold 1   train ───────────┤gap├ test ──┤
//!  fold 2   train ────────────────────┤gap├ test ──┤       expanding
//!  fold 2            train ───────────┤gap├ test ──┤       sliding
//! ```
//!
//! A fold's forecaster is given the rows of its training part and no others: scalers, epochs and
//! weights cannot know what comes after, whatever they do.

use jiff::civil::Date;
use serde::Serialize;

use super::forecaster::Fits;
use super::{ForecastSpec, Forecaster, Predictions, Progress, Scores, Verdict};
use crate::error::{Error, Result};
use crate::prepare::{Fold, Split, rolling};
use crate::series::Series;

/// How a backtest goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BacktestSpec {
    /// Pieces of the test part.
    pub folds: usize,
    /// When the network is trained anew.
    pub refit: Refit,
    /// Rows between the training part and the test part of a fold that neither uses.
    pub gap: usize,
    /// Rows to train on at most, the last ones; all rows before the gap if `None`.
    pub sliding: Option<usize>,
}

impl Default for BacktestSpec {
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

/// What a backtest found.
#[derive(Clone, Debug, Serialize)]
pub struct Backtest {
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
pub struct FoldScores {
    /// First date of the rows trained on.
    pub train_from: Date,
    /// Last one.
    pub train_to: Date,
    /// Rows trained on.
    pub train_rows: usize,
    /// First date forecast.
    pub test_from: Date,
    /// Last one.
    pub test_to: Date,
    /// Windows forecast.
    pub windows: usize,
    /// Mean absolute error.
    pub mae: f64,
    /// Of the last value.
    pub naive_mae: f64,
    /// `1 − mae / naive_mae`.
    pub skill: Option<f64>,
}

/// Runs a backtest over the last `spec.data.test` of the rows of `series`; `listener` hears how
/// many networks are trained. Folds run side by side, one a core; the result does not depend on
/// their number.
///
/// ```
/// use gatecast::forecast::{BacktestSpec, backtest};
/// use gatecast::{ForecastSpec, series::sp500};
///
/// let mut spec = ForecastSpec::article();
/// spec.model.hidden = vec![4, 4]; // a small one, for this example
/// spec.train.epochs = 2;
/// let plan = BacktestSpec { folds: 2, ..BacktestSpec::default() };
/// let result = backtest(&spec, plan, &sp500(), |_| {})?;
/// assert_eq!(result.folds.len(), 2);
/// println!("{}", result.verdict.expect("two folds of forecasts").text);
/// # Ok::<(), gatecast::Error>(())
/// ```
///
/// # Errors
/// [`Error::Setting`] and [`Error::TooFewRows`] before anything is trained; those of
/// [`Forecaster::fit`].
pub fn backtest(
    spec: &ForecastSpec,
    plan: BacktestSpec,
    series: &Series,
    mut listener: impl FnMut(Progress<'_>) + Send,
) -> Result<Backtest> {
    let folds = folds(spec, plan, series)?;
    let every = match plan.refit {
        Refit::Once => folds.len(),
        Refit::Every(every) => every,
    };
    let mut fold_spec = spec.clone();
    fold_spec.data.test = 0.0;
    fold_spec.train.threads = Some(1);
    let groups: Vec<&[Fold]> = folds.chunks(every).collect();
    // Whatever cannot be trained is found before the first network is.
    for group in &groups {
        Forecaster::new(fold_spec.clone())?.check(&series.slice(group[0].train.clone()))?;
    }
    let fits = Fits::new(spec, groups.len(), &mut listener);
    let results = fits.run(groups.len(), |index| {
        let group = groups[index];
        let past = series.slice(group[0].train.clone());
        let fitted = Forecaster::new(fold_spec.clone())?.fit(&past, |_| {})?;
        group
            .iter()
            .map(|fold| fitted.predict_rows(series, fold.test.clone()))
            .collect::<Result<Vec<_>>>()
    })?;

    let (mut scores, mut all) = (Vec::new(), Vec::new());
    for (predictions, fold) in results.into_iter().flatten().zip(&folds) {
        let of_fold = Scores::of(&predictions).ok_or_else(|| too_few(spec, series, &folds))?;
        let dates = series.dates();
        let trained = &folds[scores.len() / every * every].train;
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
        all.push(predictions);
    }
    let predictions = Predictions::join(all).ok_or_else(|| too_few(spec, series, &folds))?;
    let test = Scores::of(&predictions).ok_or_else(|| too_few(spec, series, &folds))?;
    Ok(Backtest {
        folds: scores,
        verdict: Verdict::of(&predictions, &test),
        test,
        predictions,
    })
}

/// Cuts the test part, after checking that it can be cut so.
fn folds(spec: &ForecastSpec, plan: BacktestSpec, series: &Series) -> Result<Vec<Fold>> {
    let wrong = |name, found: String, expected| {
        Err(Error::Setting {
            name,
            found,
            expected,
        })
    };
    spec.validate()?;
    if plan.folds == 0 {
        return wrong("folds", "0".into(), "at least 1");
    }
    if plan.refit == Refit::Every(0) {
        return wrong("refit", "0".into(), "every, once or a number of folds");
    }
    if spec.data.test == 0.0 {
        let expected = "above 0: the folds are cut from the test part";
        return wrong("test", "0".into(), expected);
    }
    let tested = Split::by_fractions(series.rows(), 0.0, spec.data.test)?.test_part();
    let folds = rolling(tested, plan.folds, plan.gap, plan.sliding);
    let shortest = folds.iter().map(|fold| fold.test.len()).min().unwrap_or(0);
    if shortest < spec.data.horizon {
        return Err(too_few(spec, series, &folds));
    }
    if plan.gap > shortest {
        let found = format!("{} rows, with folds of {shortest}", plan.gap);
        return wrong("gap", found, "no longer than a fold");
    }
    let needed = spec.data.window + spec.data.horizon;
    match plan.sliding {
        Some(rows) if rows < needed => wrong(
            "sliding",
            format!("{rows} rows"),
            "at least a window and a horizon of rows",
        ),
        _ => Ok(folds),
    }
}

fn too_few(spec: &ForecastSpec, series: &Series, folds: &[Fold]) -> Error {
    let horizon = spec.data.horizon;
    Error::TooFewRows {
        what: format!(
            "the test part of {} ({} rows)",
            series.name(),
            series.rows()
        ),
        rows: folds.iter().map(|fold| fold.test.len()).sum(),
        needed: folds.len() * horizon,
        why: format!("{} folds of a horizon of {horizon} or more", folds.len()),
    }
}
