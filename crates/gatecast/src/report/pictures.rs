//! What of a model, a backtest, a forecast or a test of classes is drawn, and what the files are called. What this file is
//! not: how a picture looks stands in `plot`, and nothing is written here.

use std::path::Path;

use super::{number, who};
use crate::error::Result;
use crate::forecast::{CrossValidation, ForecastOptions, PanelScores};
use crate::plot::{
    AttentionPlot, CalibrationPlot, Coming, ConfusionPlot, FoldSpan, FoldsPlot, ForecastPlot,
    LossPlot, Picture, ResidualsPlot, SeriesPage, SeriesView, SkillPlot, StepsPlot,
};
use crate::text::{Attention, ClassScores, Evaluation};
use crate::{FittedForecaster, Forecast, Predictions, Scores, Series};

/// A file's name and content.
pub type File = (String, Vec<u8>);

/// Names of pictures, without their endings.
const STEMS: [&str; 10] = [
    "loss",
    "forecast",
    "residuals",
    "errors-by-step",
    "folds",
    "confusion",
    "calibration",
    "attention",
    "series",
    "skill",
];

/// Bands that are drawn, in per cent, the widest first.
const LEVELS: [u8; 2] = [95, 80];

/// Names of all files that may be made.
pub fn names() -> impl Iterator<Item = String> {
    let pictures = STEMS
        .iter()
        .flat_map(|stem| ["svg", "png"].map(|ending| format!("{stem}.{ending}")));
    ["history.csv", "history.json"]
        .map(str::to_string)
        .into_iter()
        .chain(pictures)
}

/// The confusion and the calibration of a test of classes.
pub fn of_classes(test: &Evaluation) -> Result<Vec<File>> {
    let scores = &test.scores;
    let subtitle = format!(
        "{} rows, {:.1} % told right, macro F1 {:.3}",
        scores.rows,
        100.0 * scores.accuracy,
        scores.macro_f1
    );
    let confusion = ConfusionPlot {
        title: "Which classes are taken for which",
        subtitle: &subtitle,
        classes: &test.classes,
        counts: &scores.confusion,
    };
    let bins = |scores: &ClassScores| -> Vec<(f64, f64, usize)> {
        let filled = scores.bins.iter().filter(|bin| bin.rows > 0);
        filled
            .map(|bin| (bin.probability, bin.right, bin.rows))
            .collect()
    };
    let (own, bag) = (bins(scores), bins(&test.bag));
    let subtitle = format!(
        "calibration error {:.3}, of a bag of words {:.3}; a larger dot stands for more rows",
        scores.calibration_error, test.bag.calibration_error
    );
    let calibration = CalibrationPlot {
        title: "Whether probabilities mean what they say",
        subtitle: &subtitle,
        classifier: &own,
        bag: &bag,
    };
    let mut files = calibration.files("calibration")?.to_vec();
    // With very many classes no count could be read.
    if confusion.check().is_ok() {
        files.extend(confusion.files("confusion")?);
    }
    Ok(files)
}

/// Where the translation of a sentence looked.
pub fn of_attention(attention: &Attention) -> Result<Vec<File>> {
    let picture = AttentionPlot {
        title: "Where the translation looked",
        subtitle: &attention.translation,
        source: &attention.source,
        target: &attention.target,
        weights: &attention.weights,
    };
    Ok(picture.files("attention")?.to_vec())
}

/// The history as CSV and JSON, the loss, and with a series that has test rows the forecasts, that
/// of what follows the last row among them, and their errors.
pub fn of_model(fitted: &FittedForecaster, series: Option<&Series>) -> Result<Vec<File>> {
    let (history, spec) = (fitted.history(), fitted.spec());
    let mut files = history.files("history")?.to_vec();
    let target = &spec.data.target;
    let trained_on = name_of(&fitted.training().series);
    let title = format!("{trained_on}: {target}");
    let losses: Vec<f64> = history.epochs.iter().map(|epoch| epoch.loss).collect();
    let val_losses: Option<Vec<f64>> = history.epochs.iter().map(|epoch| epoch.val_loss).collect();
    let loss = LossPlot {
        title: &title,
        loss: &format!(
            "{} (scaled {target})",
            spec.train.loss.name().to_uppercase()
        ),
        train: &losses,
        validation: val_losses.as_deref(),
        kept_epoch: Some(history.kept_epoch),
    };
    // A method without networks has none.
    if !losses.is_empty() {
        files.extend(loss.files("loss")?);
    }
    if let (Some(series), Some(_)) = (series, fitted.training().test_from) {
        let title = match name_of(series.name()) {
            name if name == trained_on => title,
            name => format!("{name}: {target} (model of {trained_on})"),
        };
        // Training has made them already.
        let predictions = match fitted.test_predictions() {
            Some(made) => made,
            None => &fitted.predict(series)?,
        };
        let coming = coming(fitted, series);
        files.extend(of_predictions(
            predictions,
            series,
            coming.as_ref(),
            &title,
            target,
        )?);
    }
    Ok(files)
}

/// The forecasts of all folds, their errors, and the folds.
pub fn of_backtest(results: &CrossValidation, series: &Series, target: &str) -> Result<Vec<File>> {
    let title = format!("{}: {target}", name_of(series.name()));
    let mut files = of_predictions(&results.predictions, series, None, &title, target)?;
    let row = |date| series.stamps().partition_point(|&other| other < date);
    let folds: Vec<FoldSpan> = results
        .folds
        .iter()
        .map(|fold| FoldSpan {
            train: (fold.train_from, fold.train_to),
            gap: row(fold.test_from).saturating_sub(row(fold.train_to) + 1),
            test: (fold.test_from, fold.test_to),
        })
        .collect();
    let plot = FoldsPlot {
        title: &title,
        subtitle: "rows that each fold was trained on and tested on",
        folds: &folds,
    };
    files.extend(plot.files("folds")?);
    Ok(files)
}

/// Some series of many with the last forecast of their test parts, and how `skill` is spread over all.
pub fn of_panel(
    shown: &[(&Series, f64, Predictions)],
    skill: &[f64],
    test: &PanelScores,
    target: &str,
) -> Result<Vec<File>> {
    let mut views = Vec::new();
    for (series, skill, predictions) in shown {
        let (horizon, Some(last)) = (predictions.horizon, predictions.dates.last()) else {
            continue;
        };
        let row = series.stamps().partition_point(|stamp| stamp < last);
        let from = (predictions.dates.len() - 1) * horizon;
        let forecast = &predictions.forecast()[from..];
        views.push(SeriesView {
            name: format!("{}: skill {skill:.2}", name_of(series.name())),
            known: recent(&series.column(target)?[..row], horizon),
            truth: predictions.actual[from..].to_vec(),
            forecast: forecast.to_vec(),
            bands: LEVELS
                .iter()
                .filter_map(|level| {
                    let band = predictions.bands.iter().find(|band| band.level == *level)?;
                    let pairs = |reach: &[f64], sign: f64| -> Vec<f64> {
                        let reach = reach[from..].iter().zip(forecast);
                        reach.map(|(reach, value)| value + sign * reach).collect()
                    };
                    Some((*level, pairs(&band.below, -1.0), pairs(&band.above, 1.0)))
                })
                .collect(),
        });
    }
    let subtitle = format!(
        "from the least to the most skill beside {}; rows are counted from the last that the forecast knows",
        test.baseline
    );
    let page = SeriesPage {
        title: "Forecasts of the test part",
        subtitle: &subtitle,
        series: &views,
    };
    let subtitle = format!(
        "{} series; better than {} on {:.0} % of them; median skill {:.3}",
        test.scored,
        test.baseline,
        100.0 * test.better,
        test.skill[2],
    );
    let spread = SkillPlot {
        title: "How skill is spread over the series",
        subtitle: &subtitle,
        baseline: &test.baseline,
        skill,
    };
    let files = page
        .files("series")?
        .into_iter()
        .chain(spread.files("skill")?);
    Ok(files.collect())
}

/// Forecasts of what follows the last rows of some series.
pub fn of_forecasts(shown: &[(&Series, &Forecast)]) -> Result<Vec<File>> {
    let mut views = Vec::new();
    for (series, forecast) in shown {
        let ends = |end: &str| -> Vec<f64> {
            let points = forecast.points.iter();
            points
                .map_while(|point| point.bands.get(end).copied())
                .collect()
        };
        let bands = LEVELS.into_iter().map(|level| {
            (
                level,
                ends(&format!("lower{level}")),
                ends(&format!("upper{level}")),
            )
        });
        let values = series.column(&forecast.target)?;
        views.push(SeriesView {
            name: format!("{}, after {}", name_of(series.name()), forecast.cutoff),
            known: recent(values, forecast.points.len()),
            truth: Vec::new(),
            forecast: forecast.points.iter().map(|point| point.value).collect(),
            bands: bands.filter(|(_, lower, _)| !lower.is_empty()).collect(),
        });
    }
    let page = SeriesPage {
        title: "Forecasts of what follows",
        subtitle: "rows are counted from the last that is known",
        series: &views,
    };
    Ok(page.files("series")?.to_vec())
}

/// The last rows, some horizons of them.
fn recent(values: &[f64], horizon: usize) -> Vec<f64> {
    let rows = (3 * horizon).max(24);
    values[values.len().saturating_sub(rows)..].to_vec()
}

/// What follows the last row, with bands where the model has them; nothing where it cannot be
/// forecast, as when values that must be known ahead are not in the file.
fn coming(fitted: &FittedForecaster, series: &Series) -> Option<Forecast> {
    let levels = match fitted.selection() {
        Some(_) => LEVELS.to_vec(),
        None => Vec::new(),
    };
    let options = ForecastOptions {
        levels,
        ..ForecastOptions::default()
    };
    fitted.forecast_with(series, &options).ok()
}

/// Forecasts beside the truth, their errors, and with several steps the errors of each.
fn of_predictions(
    predictions: &Predictions,
    series: &Series,
    coming: Option<&Forecast>,
    title: &str,
    target: &str,
) -> Result<Vec<File>> {
    let (mut dates, mut actual, mut forecast, mut naive) = (vec![], vec![], vec![], vec![]);
    for (date, truth, value, last) in predictions.first_steps() {
        dates.push(date);
        actual.push(truth);
        forecast.push(value);
        naive.push(last);
    }
    // Of several steps only the first is drawn, but the truth goes on to the last row.
    let truth = series.column(target)?;
    let tail = series.stamps().iter().zip(truth);
    let shown = dates.last().copied();
    for (&date, &value) in tail.filter(|&(&date, _)| Some(date) > shown) {
        dates.push(date);
        actual.push(value);
    }
    let horizon = predictions.horizon;
    let what = match horizon {
        1 => "test part, one step ahead".to_string(),
        steps => format!("test part, first of {steps} steps (MAE over all)"),
    };
    let mut bands: Vec<(u8, Vec<f64>, Vec<f64>)> = predictions
        .bands
        .iter()
        .filter(|band| LEVELS.contains(&band.level))
        .map(|band| {
            let ends = |reach: &[f64], sign: f64| {
                let first_steps = reach.iter().step_by(horizon).zip(&forecast);
                first_steps
                    .map(|(reach, value)| value + sign * reach)
                    .collect()
            };
            (band.level, ends(&band.below, -1.0), ends(&band.above, 1.0))
        })
        .collect();
    bands.sort_by_key(|(level, _, _)| std::cmp::Reverse(*level));
    let scores = Scores::of(predictions);
    let subtitle = scores.as_ref().map_or_else(String::new, |scores| {
        let (mae, naive) = (number(scores.mae), number(scores.naive_mae));
        let who = who(predictions.method.is_some());
        format!("{what}; MAE of the {who} {mae}, of the last value {naive}")
    });
    let units = format!("{target} (units of the file)");
    let points = coming.map_or(&[][..], |coming| &coming.points);
    let next_dates: Vec<_> = points.iter().map(|point| point.date).collect();
    let next_values: Vec<f64> = points.iter().map(|point| point.value).collect();
    let next_bands: Vec<(u8, Vec<f64>, Vec<f64>)> = LEVELS
        .into_iter()
        .filter_map(|level| {
            let ends = |side: &str| -> Option<Vec<f64>> {
                let name = format!("{side}{level}");
                points
                    .iter()
                    .map(|point| point.bands.get(&name).copied())
                    .collect()
            };
            Some((level, ends("lower")?, ends("upper")?))
        })
        .collect();
    let next = coming.map(|coming| Coming {
        cutoff: (coming.cutoff, coming.last),
        dates: &next_dates,
        values: &next_values,
        bands: &next_bands,
    });
    let plot = ForecastPlot {
        title,
        subtitle: &subtitle,
        value: &units,
        dates: &dates,
        actual: &actual,
        forecast: &forecast,
        naive: &naive,
        bands: &bands,
        coming: next,
    };
    let mut files = plot.files("forecast")?.to_vec();
    let errors = |values: &[f64]| -> Vec<f64> {
        let pairs = predictions.actual.iter().zip(values);
        pairs.map(|(truth, value)| truth - value).collect()
    };
    let plot = ResidualsPlot {
        title,
        subtitle: "errors over the test part: truth less forecast",
        error: &units,
        network: &errors(predictions.forecast()),
        naive: &errors(&predictions.naive),
    };
    files.extend(plot.files("residuals")?);
    if let Some(scores) = scores.filter(|_| horizon > 1) {
        let plot = StepsPlot {
            title,
            subtitle: "mean absolute error over the test part, by step ahead",
            error: &units,
            network: &scores.steps.iter().map(|step| step.mae).collect::<Vec<_>>(),
            naive: &scores
                .steps
                .iter()
                .map(|step| step.naive_mae)
                .collect::<Vec<_>>(),
        };
        files.extend(plot.files("errors-by-step")?);
    }
    Ok(files)
}

/// The last part of a path.
fn name_of(series: &str) -> String {
    Path::new(series)
        .file_name()
        .map_or_else(|| series.into(), |name| name.to_string_lossy().into())
}
