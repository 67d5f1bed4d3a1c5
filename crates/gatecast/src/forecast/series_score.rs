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
    /// The better of the two, by mean MASE (by MAE where there is none), with which the rest compares.
    pub baseline: &'static str,
    /// `1 − MAE / MAE of the baseline` of the series at 10, 25, 50, 75 and 90 per cent.
    pub skill: [f64; 5],
    /// Share of the series on which the model's MAE is below the baseline's.
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

    /// `1 − MAE / MAE of a baseline`; zero where that was never off.
    fn skill(&self, baseline: fn(&Self) -> Errors) -> f64 {
        let skill = 1.0 - self.model.mae / baseline(self).mae;
        if skill.is_finite() { skill } else { 0.0 }
    }
}

impl PanelScores {
    /// Of the scores of single series; `None` without any.
    pub fn of(scores: &[SeriesScore]) -> Option<Self> {
        let last = scores.len().checked_sub(1)?;
        let mean = |of: fn(&SeriesScore) -> Errors| {
            Errors::mean(&scores.iter().map(of).collect::<Vec<_>>())
        };
        let of_season = |score: &SeriesScore| score.seasonal_naive;
        let of_last = |score: &SeriesScore| score.last_value;
        let (seasonal_naive, last_value) = (mean(of_season), mean(of_last));
        let size = |errors: &Errors| errors.mase.unwrap_or(errors.mae);
        let (name, baseline) = if size(&seasonal_naive) <= size(&last_value) {
            ("seasonal naive", of_season as fn(&SeriesScore) -> Errors)
        } else {
            ("last value", of_last as fn(&SeriesScore) -> Errors)
        };
        let mut skills: Vec<f64> = scores.iter().map(|score| score.skill(baseline)).collect();
        skills.sort_by(f64::total_cmp);
        let better = scores.iter().filter(|s| s.model.mae < baseline(s).mae);
        Some(Self {
            scored: scores.len(),
            model: mean(|score| score.model),
            seasonal_naive,
            last_value,
            baseline: name,
            skill: [0.1, 0.25, 0.5, 0.75, 0.9]
                .map(|share| skills[(share * last as f64).round() as usize]),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_follow_their_formulas() {
        let errors = Errors::of(&[10.0, 0.0], &[14.0, 0.0], 4.0);
        assert_eq!((errors.mae, errors.mase), (2.0, Some(0.5)));
        assert!((errors.smape - 200.0 * 4.0 / 24.0 / 2.0).abs() < 1e-12);
        assert_eq!(Errors::of(&[1.0], &[2.0], 0.0).mase, None);
    }

    #[test]
    fn the_better_baseline_is_what_counts() {
        let of = |model: f64, season: f64, last: f64| {
            let errors = |mae| Errors {
                mae,
                smape: 1.0,
                mase: Some(mae),
            };
            SeriesScore {
                name: "a".into(),
                rows: 9,
                model: errors(model),
                seasonal_naive: errors(season),
                last_value: errors(last),
            }
        };
        let scores = PanelScores::of(&[of(1.0, 4.0, 2.0), of(3.0, 9.0, 2.0)]).unwrap();
        assert_eq!((scores.baseline, scores.better), ("last value", 0.5));
        assert_eq!((scores.skill[0], scores.skill[4]), (-0.5, 0.5));
        assert_eq!(
            PanelScores::of(&[of(1.0, 2.0, 4.0)]).unwrap().baseline,
            "seasonal naive"
        );
        assert_eq!(PanelScores::of(&[]), None);
    }
}
