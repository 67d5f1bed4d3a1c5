//! How far forecasts of many series were off: a line for each, and all together.

use serde::Serialize;

use super::{Baseline, FittedForecaster, Predictions};
use crate::error::Result;
use crate::parallel::one_a_core;
use crate::series::Series;

/// The errors of one series, over all its test windows and steps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeriesScore {
    /// What the series is called.
    pub name: String,
    /// Rows that were known.
    pub rows: usize,
    /// Of the model.
    pub model: Errors,
    /// Of the season before.
    pub seasonal_naive: Errors,
    /// Of the last value.
    pub last_value: Errors,
}

/// Three errors of one series, or their means over many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Errors {
    /// Mean absolute error, in the units of the file.
    pub mae: f64,
    /// `200·abs(e)/(abs(actual) + abs(forecast))`, in per cent, as in the M4 competition; a step at
    /// which both are zero counts as zero.
    pub smape: f64,
    /// MAE over the mean absolute change from season to season in the known rows (Hyndman & Koehler
    /// 2006); `None` where they never change.
    pub mase: Option<f64>,
}

/// The errors of many series.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PanelScores {
    /// Series that were scored.
    pub scored: usize,
    /// Means over the series.
    pub model: Errors,
    /// Of the season before.
    pub seasonal_naive: Errors,
    /// Of the last value.
    pub last_value: Errors,
    /// `1 − MAE / MAE of the seasonal naive` of the series at 10, 25, 50, 75 and 90 per cent.
    pub skill: [f64; 5],
    /// Share of the series on which the model's MAE is below the seasonal naive's.
    pub better: f64,
}

impl Errors {
    /// Of `forecast` for `actual`, with the mean absolute change from season to season.
    pub(super) fn of(forecast: &[f64], actual: &[f64], change: f64) -> Self {
        let count = actual.len().max(1) as f64;
        let pairs = || forecast.iter().zip(actual);
        let mae = pairs().map(|(f, a)| (a - f).abs()).sum::<f64>() / count;
        let each = |(f, a): (&f64, &f64)| match a.abs() + f.abs() {
            0.0 => 0.0,
            both => 200.0 * (a - f).abs() / both,
        };
        Self {
            mae,
            smape: pairs().map(each).sum::<f64>() / count,
            mase: Some(mae / change).filter(|mase| mase.is_finite()),
        }
    }

    fn mean(all: &[Self]) -> Self {
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let mase: Vec<f64> = all.iter().filter_map(|errors| errors.mase).collect();
        Self {
            mae: mean(all.iter().map(|errors| errors.mae).collect()),
            smape: mean(all.iter().map(|errors| errors.smape).collect()),
            mase: (!mase.is_empty()).then(|| mean(mase)),
        }
    }
}

impl SeriesScore {
    /// Of predictions for a series of which the first `known` rows were known in training; `None`
    /// without predictions.
    pub fn of(
        series: &Series,
        target: &str,
        known: usize,
        predictions: &Predictions,
    ) -> Result<Option<Self>> {
        if predictions.actual.is_empty() {
            return Ok(None);
        }
        let seasonal = predictions
            .baselines
            .iter()
            .find_map(|(baseline, said)| match baseline {
                Baseline::SeasonalNaive { period } => Some((*period, said)),
                _ => None,
            });
        let (period, seasonal) = seasonal.unwrap_or((1, &predictions.naive));
        let values = &series.column(target)?[..known];
        let changes = values
            .iter()
            .zip(values.iter().skip(period))
            .map(|(a, b)| (b - a).abs());
        let change = changes.sum::<f64>() / known.saturating_sub(period) as f64;
        let errors = |said: &[f64]| Errors::of(said, &predictions.actual, change);
        Ok(Some(Self {
            name: series.name().into(),
            rows: known,
            model: errors(predictions.forecast()),
            seasonal_naive: errors(seasonal),
            last_value: errors(&predictions.naive),
        }))
    }

    /// `1 − MAE / MAE of the seasonal naive`; zero where that was never off.
    pub fn skill(&self) -> f64 {
        let skill = 1.0 - self.model.mae / self.seasonal_naive.mae;
        if skill.is_finite() { skill } else { 0.0 }
    }
}

impl PanelScores {
    /// Of the scores of single series; `None` without any.
    pub fn of(scores: &[SeriesScore]) -> Option<Self> {
        let mut skills: Vec<f64> = scores.iter().map(SeriesScore::skill).collect();
        skills.sort_by(f64::total_cmp);
        let last = skills.len().checked_sub(1)?;
        let at = |share: f64| skills[(share * last as f64).round() as usize];
        let mean = |of: fn(&SeriesScore) -> Errors| {
            Errors::mean(&scores.iter().map(of).collect::<Vec<_>>())
        };
        let better = scores.iter().filter(|s| s.model.mae < s.seasonal_naive.mae);
        Some(Self {
            scored: scores.len(),
            model: mean(|score| score.model),
            seasonal_naive: mean(|score| score.seasonal_naive),
            last_value: mean(|score| score.last_value),
            skill: [0.1, 0.25, 0.5, 0.75, 0.9].map(at),
            better: better.count() as f64 / scores.len() as f64,
        })
    }
}

/// Forecasts the last horizon of every series, which the model held out, each from the rows before
/// it; series too short for a window are left out.
///
/// # Errors
/// Those of [`FittedForecaster::predict_rows`].
pub fn score_panel(
    fitted: &FittedForecaster,
    panel: &[Series],
    threads: Option<usize>,
) -> Result<Vec<SeriesScore>> {
    let data = &fitted.spec().data;
    let scores = one_a_core(threads, panel.len(), |index| {
        let series = &panel[index];
        let Some(known) = series.rows().checked_sub(data.horizon) else {
            return Ok(None);
        };
        if known < data.window {
            return Ok(None);
        }
        let predictions = fitted.predict_rows(series, known..series.rows())?;
        SeriesScore::of(series, &data.target, known, &predictions)
    });
    scores.into_iter().filter_map(Result::transpose).collect()
}
