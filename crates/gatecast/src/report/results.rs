//! What came of a fit or a backtest as one object, such as goes out as JSON. Every front end gives the same under the same
//! names, and adds what it alone knows, such as the paths of files. What this file is not: it computes no score.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::forecast::{
    CrossValidation, Leak, PanelScores, Selection, SeriesScores, Verdict, WindowCounts,
};
use crate::nn::Epoch;
use crate::series::{Panel, Skipped};
use crate::text::{
    self, Evaluation, FittedClassifier, FittedTranslator, TranslationEvaluation, TranslatorTraining,
};
use crate::{FittedForecaster, Scores, Series};

/// What came of fitting to one series.
///
/// ```
/// use gatecast::{Forecaster, report::Trained, series::sp500};
///
/// let series = sp500();
/// let forecaster = Forecaster::builder().target("close").set("method", "drift").build()?;
/// let windows = forecaster.check(&series)?;
/// let trained = Trained::of(&forecaster.fit(&series)?, &series, windows, 0.1);
/// assert_eq!(trained.rows, series.rows());
/// assert!(trained.test.is_some_and(|scores| scores.mae > 0.0));
/// # Ok::<(), gatecast::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Trained {
    /// Rows of the series.
    pub rows: usize,
    /// Windows of each part.
    pub windows: WindowCounts,
    /// Of one network; 0 where a method forecasts without.
    pub parameters: usize,
    /// That were trained.
    pub epochs: usize,
    /// The one whose weights are kept.
    pub kept_epoch: usize,
    /// How long it took.
    pub fit_seconds: f64,
    /// One record an epoch, of the first network.
    pub history: Vec<Epoch>,
    /// `None` without test rows.
    pub test: Option<Scores>,
    /// Whether there is skill.
    pub verdict: Option<Verdict>,
    /// What folds of the training part said.
    pub selection: Option<Selection>,
    /// What was left out or sorted in reading.
    pub notes: Vec<String>,
}

impl Trained {
    /// Of a forecaster and the series that it was fitted to, cut in these windows.
    pub fn of(
        fitted: &FittedForecaster,
        series: &Series,
        windows: WindowCounts,
        fit_seconds: f64,
    ) -> Self {
        let history = fitted.history();
        let network = fitted.network();
        Self {
            rows: series.rows(),
            windows,
            parameters: network.map_or(0, |network| network.summary().parameters),
            epochs: history.epochs.len(),
            kept_epoch: history.kept_epoch,
            fit_seconds,
            history: history.epochs.clone(),
            test: fitted.scores().cloned(),
            verdict: fitted.verdict().cloned(),
            selection: fitted.selection().cloned(),
            notes: series.notes().to_vec(),
        }
    }
}

/// What came of fitting to many series, or of their backtest: of one model for all, or of a model for each.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ManyTrained {
    /// Series that were forecast.
    pub series: usize,
    /// Those that were left out.
    pub skipped: Vec<Skipped>,
    /// Series with too little to learn from, forecast by the combination of methods without a network.
    pub without_network: Vec<Skipped>,
    /// Rows of all series, those without a forecast included.
    pub rows: usize,
    /// How long it took.
    pub fit_seconds: f64,
    /// Share of the time that the cores were busy, in per cent; `None` where it is not known.
    pub cores_busy: Option<f64>,
    /// Means over the series; `None` without test rows.
    pub test: Option<PanelScores>,
    /// Series on which the verdict sees skill; `None` for one model.
    pub claims: Option<usize>,
    /// Empty when nothing leaks; `None` when it was not checked.
    pub leaks: Option<Vec<String>>,
    /// The same scores of each group, where there are groups.
    pub groups: BTreeMap<String, PanelScores>,
    /// Of each series.
    pub scores: Vec<SeriesScores>,
}

impl ManyTrained {
    /// Of the series of a panel and their scores. `each`: whether each has a model of its own.
    pub fn of(panel: &Panel, scores: Vec<SeriesScores>, each: bool, fit_seconds: f64) -> Self {
        let has_skill = |score: &&SeriesScores| score.verdict.as_ref().is_some_and(|v| v.has_skill);
        Self {
            series: panel.series.len(),
            skipped: panel.skipped.clone(),
            without_network: Vec::new(),
            rows: panel.series.iter().map(Series::rows).sum(),
            fit_seconds,
            cores_busy: None,
            test: PanelScores::of(&scores),
            claims: each.then(|| scores.iter().filter(has_skill).count()),
            leaks: None,
            groups: BTreeMap::new(),
            scores,
        }
    }
}

/// What came of a backtest of one series.
#[derive(Clone, Debug, Serialize)]
pub struct Backtested {
    /// Folds, scores and verdict.
    #[serde(flatten)]
    pub results: CrossValidation,
    /// Empty when nothing leaks; `None` when it was not checked.
    pub leaks: Option<Vec<Leak>>,
}

/// What came of teaching a classifier of sentences, or of its cross-validation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassifierTrained<'a> {
    /// The labels.
    pub classes: &'a [String],
    /// Of the model; `None` in cross-validation, which keeps none.
    pub training: Option<&'a text::Training>,
    /// What the networks say beside the bag of words; 0 for nothing.
    pub weight: Option<f64>,
    /// Scores on rows with known labels; `None` without such.
    pub test: Option<&'a Evaluation>,
    /// The sentence that sums the test up.
    pub text: Option<String>,
}

impl<'a> ClassifierTrained<'a> {
    /// Of a model, of a test, or of both.
    pub fn of(
        classes: &'a [String],
        fitted: Option<&'a FittedClassifier>,
        test: Option<&'a Evaluation>,
    ) -> Self {
        Self {
            classes,
            training: fitted.map(FittedClassifier::training),
            weight: fitted.map(FittedClassifier::weight),
            test,
            text: test.map(Evaluation::text),
        }
    }
}

/// What came of teaching a translator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TranslatorTrained<'a> {
    /// Numbers that were trained.
    pub parameters: usize,
    /// What it learnt from, epoch by epoch.
    pub training: &'a TranslatorTraining,
    /// Whether the validation rows were held out of the training rows.
    pub held_out: bool,
    /// Scores on the rows that its weights were chosen by; `None` without such.
    pub validation: Option<&'a TranslationEvaluation>,
    /// The sentence that sums them up.
    pub text: Option<String>,
}

impl<'a> TranslatorTrained<'a> {
    /// Of a model and its validation rows.
    pub fn of(
        fitted: &'a FittedTranslator,
        held_out: bool,
        validation: Option<&'a TranslationEvaluation>,
    ) -> Self {
        Self {
            parameters: fitted.network().parameters(),
            training: fitted.training(),
            held_out,
            validation,
            text: validation.map(TranslationEvaluation::text),
        }
    }
}
