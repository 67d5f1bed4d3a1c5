//! Forecasts beside what happened and beside the last value, and how far off each was.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Band, Baseline, Predicted};
use crate::series::Stamp;

/// Forecasts for a part of a series whose truth is known. Step `k` of window `i` is element
/// `i·horizon + k`; all values are in the units of the file.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Predictions {
    /// Steps of each forecast.
    pub horizon: usize,
    /// Date of each window's first step.
    pub dates: Vec<Stamp>,
    /// What happened.
    pub actual: Vec<f64>,
    /// What the network predicted.
    pub predicted: Predicted,
    /// The last value that each window knew.
    pub naive: Vec<f64>,
    /// What each baseline predicts, the last value among them.
    pub baselines: Vec<(Baseline, Vec<f64>)>,
    /// Which of the baselines the forecasts are, where a method makes them without networks.
    pub method: Option<Baseline>,
    /// The baseline that was best on the last third of the training part.
    pub chosen: Baseline,
    /// Mean absolute change from season to season of the training part; see [`Scores::mase`].
    pub mean_change: f64,
    /// What each member of an ensemble predicts by itself, blended alike; empty for one network.
    pub members: Vec<Vec<f64>>,
    /// Each window's root mean square change from row to row.
    pub units: Vec<f64>,
    /// Bands around the forecasts, where folds were there to measure errors on.
    pub bands: Vec<Band>,
}

/// Share of a value below which an error may be no more than rounding.
pub(super) const ROUNDING: f64 = 1e-12;

impl Predictions {
    /// The forecasts.
    pub fn forecast(&self) -> &[f64] {
        &self.predicted.values
    }

    /// One after the other; `None` when there are none. A season may be found for some parts only: without one,
    /// what goes by it is the last value; other baselines that a part lacks are left out.
    pub(super) fn join(parts: Vec<Self>) -> Option<Self> {
        parts.into_iter().reduce(|mut all, mut part| {
            let lacking = |of: &Self, other: &Self| -> Vec<(Baseline, Vec<f64>)> {
                let has = |kind| of.baselines.iter().any(|(b, _)| b.kind() == kind);
                let others = other.baselines.iter().map(|(baseline, _)| *baseline);
                let is_lacking =
                    |b: &Baseline| Baseline::SEASONAL.contains(&b.kind()) && !has(b.kind());
                let seasonal = others.filter(is_lacking);
                seasonal
                    .map(|baseline| (baseline, of.naive.clone()))
                    .collect()
            };
            let (of_all, of_part) = (lacking(&all, &part), lacking(&part, &all));
            all.baselines.extend(of_all);
            part.baselines.extend(of_part);
            all.dates.extend(part.dates);
            all.actual.extend(part.actual);
            all.predicted.append(part.predicted);
            all.naive.extend(part.naive);
            all.units.extend(part.units);
            for (all, part) in all.members.iter_mut().zip(part.members) {
                all.extend(part);
            }
            for (all, part) in all.bands.iter_mut().zip(part.bands) {
                all.below.extend(part.below);
                all.above.extend(part.above);
            }
            all.baselines.retain_mut(|(baseline, values)| {
                let mut same = part.baselines.iter();
                let same = same.find(|(other, _)| other.kind() == baseline.kind());
                values.extend(same.into_iter().flat_map(|(_, values)| values));
                same.is_some()
            });
            all.baselines.sort_by_key(|(baseline, _)| baseline.place());
            all
        })
    }

    /// The first step of each forecast: dates, truth, forecast, last value.
    pub fn first_steps(&self) -> impl Iterator<Item = (Stamp, f64, f64, f64)> + '_ {
        self.dates.iter().enumerate().map(|(window, &date)| {
            let at = window * self.horizon;
            (date, self.actual[at], self.forecast()[at], self.naive[at])
        })
    }
}

/// How far forecasts were off, over all windows and steps, in the units of the file.
///
/// With errors `e = actual − forecast`:
///
/// | score | formula |
/// |---|---|
/// | MAPE | mean of `100·abs(e/actual)` |
/// | sMAPE | mean of `200·abs(e)/(abs(actual) + abs(forecast))`, as in the M4 competition; where both are zero, zero |
/// | MASE | MAE over the mean absolute change of the training part from season to season, from row to row without a season (Hyndman & Koehler 2006) |
/// | R² | `1 − Σe² / Σ(actual − mean)²` |
/// | pinball | mean over the quantiles `τ` that the bands give of `max(τ·e, (τ − 1)·e)` with `e` from the quantile (Koenker & Bassett 1978) |
/// | MSIS | mean over the steps of the 95 % band's width, and 40 times how far the truth lies outside, over the same change as MASE (Gneiting & Raftery 2007; Makridakis et al. 2020) |
/// | WQL | mean over the quantiles 0.1, 0.2 … 0.9 of twice the sum of pinball losses over the sum of `abs(actual)` |
/// | CRPS | twice the integral of the pinball loss over `τ` (Gneiting & Raftery 2007), by the trapezoidal rule |
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Scores {
    /// Windows that were forecast.
    pub windows: usize,
    /// Mean absolute error.
    pub mae: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Mean absolute error of the last value.
    pub naive_mae: f64,
    /// Root mean squared error of the last value.
    pub naive_rmse: f64,
    /// `1 − mae / naive_mae`: above zero, the network is better than the last value. `None` when
    /// the last value was never off.
    pub skill: Option<f64>,
    /// Per cent; `None` where a true value is zero.
    pub mape: Option<f64>,
    /// Per cent; `None` where numbers are too large.
    pub smape: Option<f64>,
    /// `None` where the training part never changed.
    pub mase: Option<f64>,
    /// `None` where the truth never changes.
    pub r2: Option<f64>,
    /// Mean pinball loss of the quantiles; `None` without bands.
    pub pinball: Option<f64>,
    /// Continuous ranked probability score, in the units of the file; `None` without bands.
    pub crps: Option<f64>,
    /// Mean scaled interval score of the band of 95 per cent; `None` without bands, or where the training part never
    /// changed.
    pub msis: Option<f64>,
    /// Weighted quantile loss; `None` without bands, or where the truth is zero.
    pub wql: Option<f64>,
    /// Mean pinball loss of the quantiles 0.1, 0.2 … 0.9; `None` without bands.
    pub deciles: Option<f64>,
    /// Mean absolute true value, by which the weighted quantile losses of several series are weighed.
    pub mean_size: f64,
    /// Standard deviation of the mean absolute errors that the averaged networks have by
    /// themselves; `None` for one network.
    pub seed_spread: Option<f64>,
    /// Whether the first step went where the network predicted; `None` where nothing moved.
    pub direction: Option<Direction>,
    /// Mean absolute error of each step ahead, and of the last value.
    pub steps: Vec<StepScore>,
    /// Every baseline on the same windows.
    pub baselines: Vec<BaselineScore>,
    /// `coverage80`: share of the true values within the band of 80 per cent, itself in per cent;
    /// `width80`: mean width of the band, in the units of the file; and so on for every level.
    #[serde(flatten)]
    pub bands: BTreeMap<String, f64>,
}

/// The share of windows whose first step went up or down as the network predicted. Windows
/// where either stayed where it was do not count.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Direction {
    /// Right ones.
    pub share: f64,
    /// 95 per cent interval of the share (Wilson 1927).
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// Windows that count.
    pub windows: usize,
}

/// The mean absolute error of one step ahead.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StepScore {
    /// From 1.
    pub step: usize,
    /// Of the network.
    pub mae: f64,
    /// Of the last value.
    pub naive_mae: f64,
}

/// A baseline's errors.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BaselineScore {
    /// Which.
    #[serde(flatten)]
    pub baseline: Baseline,
    /// Mean absolute error.
    pub mae: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// As [`Scores::smape`].
    #[serde(default)]
    pub smape: Option<f64>,
    /// As [`Scores::mase`].
    #[serde(default)]
    pub mase: Option<f64>,
}

impl Scores {
    /// Scores predictions; `None` when there are none.
    pub fn of(predictions: &Predictions) -> Option<Self> {
        let Predictions {
            horizon,
            actual,
            naive,
            ..
        } = predictions;
        let forecast = predictions.forecast();
        let (mae, rmse) = errors(forecast, actual)?;
        let (naive_mae, naive_rmse) = errors(naive, actual)?;
        let pairs = || forecast.iter().zip(actual);
        let mean = |terms: &mut dyn Iterator<Item = f64>| {
            let mean = terms.sum::<f64>() / actual.len() as f64;
            mean.is_finite().then_some(mean)
        };
        let center = actual.iter().sum::<f64>() / actual.len() as f64;
        let spread = actual.iter().map(|a| (a - center).powi(2)).sum::<f64>();
        let at = |values: &[f64], step: usize| -> Vec<f64> {
            values
                .iter()
                .skip(step)
                .step_by(*horizon)
                .copied()
                .collect()
        };
        let step_mae = |values: &[f64], step: usize| {
            errors(&at(values, step), &at(actual, step)).map_or(0.0, |(mae, _)| mae)
        };
        let quantiles = quantile_scores(predictions);
        let deciles = deciles(predictions);
        let mean_size = actual.iter().map(|a| a.abs()).sum::<f64>() / actual.len() as f64;
        Some(Self {
            windows: predictions.dates.len(),
            mae,
            rmse,
            naive_mae,
            naive_rmse,
            skill: (naive_mae > 0.0).then(|| 1.0 - mae / naive_mae),
            mape: mean(&mut pairs().map(|(f, a)| 100.0 * ((a - f) / a).abs())),
            smape: smape(forecast, actual),
            mase: mase(mae, predictions.mean_change),
            r2: Some(1.0 - pairs().map(|(f, a)| (a - f).powi(2)).sum::<f64>() / spread)
                .filter(|r2| r2.is_finite()),
            pinball: quantiles.as_ref().map(|(pinball, _)| *pinball),
            crps: quantiles.as_ref().map(|(_, crps)| *crps),
            msis: msis(predictions),
            deciles,
            wql: deciles
                .map(|loss| 2.0 * loss / mean_size)
                .filter(|wql| wql.is_finite()),
            mean_size,
            seed_spread: spread_of(
                &predictions
                    .members
                    .iter()
                    .filter_map(|member| Some(errors(member, actual)?.0))
                    .collect::<Vec<_>>(),
            ),
            direction: Direction::of(predictions),
            bands: predictions
                .bands
                .iter()
                .filter(|band| matches!(band.level, 80 | 95))
                .flat_map(|band| {
                    let inside = |&at: &usize| {
                        let above = actual[at] - forecast[at];
                        let rounding = ROUNDING * actual[at].abs();
                        -band.below[at] <= above + rounding && above <= band.above[at] + rounding
                    };
                    let n = actual.len() as f64;
                    let held = (0..actual.len()).filter(inside).count();
                    let coverage = 100.0 * held as f64 / n;
                    let width = band.below.iter().chain(&band.above).sum::<f64>() / n;
                    [
                        (format!("coverage{}", band.level), coverage),
                        (format!("width{}", band.level), width),
                    ]
                })
                .collect(),
            steps: (0..*horizon)
                .map(|step| StepScore {
                    step: step + 1,
                    mae: step_mae(forecast, step),
                    naive_mae: step_mae(naive, step),
                })
                .collect(),
            baselines: predictions
                .baselines
                .iter()
                .filter_map(|(baseline, values)| {
                    let (mae, rmse) = errors(values, actual)?;
                    Some(BaselineScore {
                        baseline: *baseline,
                        mae,
                        rmse,
                        smape: smape(values, actual),
                        mase: mase(mae, predictions.mean_change),
                    })
                })
                .collect(),
        })
    }

    /// True values that were forecast.
    pub(super) fn steps_scored(&self) -> f64 {
        (self.windows * self.steps.len()) as f64
    }
}

impl Direction {
    fn of(predictions: &Predictions) -> Option<Self> {
        /// Of the normal distribution, for 95 per cent.
        const Z: f64 = 1.959_963_984_540_054;
        let moves = predictions
            .first_steps()
            .map(|(_, truth, forecast, last)| (truth - last) * (forecast - last))
            .filter(|product| *product != 0.0);
        let (right, windows) = moves.fold((0usize, 0usize), |(right, all), product| {
            (right + usize::from(product > 0.0), all + 1)
        });
        if windows == 0 {
            return None;
        }
        let n = windows as f64;
        let share = right as f64 / n;
        let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half =
            Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt() / (1.0 + Z * Z / n);
        Some(Self {
            share,
            low: (middle - half).max(0.0),
            high: (middle + half).min(1.0),
            windows,
        })
    }
}

/// Mean pinball loss and CRPS of the quantiles that the bands give: a band of 80 per cent ends at
/// those of 10 and 90, and the forecast is the median.
fn quantile_scores(predictions: &Predictions) -> Option<(f64, f64)> {
    if predictions.bands.is_empty() || predictions.actual.is_empty() {
        return None;
    }
    let mut losses = vec![(0.5, pinball(predictions, 0.5, &|_| 0.0))];
    for band in &predictions.bands {
        losses.extend(pinball_of_ends(predictions, band));
    }
    let mean = losses.iter().map(|(_, loss)| loss).sum::<f64>() / losses.len() as f64;
    // At its ends, where τ is 0 or 1, the loss is none.
    losses.extend([(0.0, 0.0), (1.0, 0.0)]);
    losses.sort_by(|a, b| a.0.total_cmp(&b.0));
    let area = |pair: &[(f64, f64)]| (pair[1].0 - pair[0].0) * (pair[1].1 + pair[0].1) / 2.0;
    Some((mean, 2.0 * losses.windows(2).map(area).sum::<f64>()))
}

/// The mean pinball loss of the quantile `tau`, which lies by a `shift` from the forecast of each step.
fn pinball(predictions: &Predictions, tau: f64, shift: &dyn Fn(usize) -> f64) -> f64 {
    let (actual, forecast) = (&predictions.actual, predictions.forecast());
    let loss = |(at, (a, f)): (usize, (&f64, &f64))| {
        let error = a - (f + shift(at));
        (tau * error).max((tau - 1.0) * error)
    };
    let each = actual.iter().zip(forecast).enumerate();
    each.map(loss).sum::<f64>() / actual.len() as f64
}

/// The quantiles at the two ends of a band, with their mean pinball losses.
fn pinball_of_ends(predictions: &Predictions, band: &Band) -> [(f64, f64); 2] {
    let half = f64::from(band.level) / 200.0;
    let (low, high) = (0.5 - half, 0.5 + half);
    [
        (low, pinball(predictions, low, &|at| -band.below[at])),
        (high, pinball(predictions, high, &|at| band.above[at])),
    ]
}

/// The mean pinball loss over the quantiles 0.1, 0.2 … 0.9; `None` without bands.
fn deciles(predictions: &Predictions) -> Option<f64> {
    let bands = predictions.bands.iter();
    let ends = bands
        .filter(|band| matches!(band.level, 20 | 40 | 60 | 80))
        .flat_map(|band| pinball_of_ends(predictions, band).map(|(_, loss)| loss));
    let losses: Vec<f64> = ends.chain([pinball(predictions, 0.5, &|_| 0.0)]).collect();
    (losses.len() == 9).then(|| losses.iter().sum::<f64>() / 9.0)
}

/// The mean scaled interval score of the band of 95 per cent.
fn msis(predictions: &Predictions) -> Option<f64> {
    /// Of what lies outside the band: 2 over the share that may.
    const PENALTY: f64 = 40.0;
    let band = predictions.bands.iter().find(|band| band.level == 95)?;
    let pairs = predictions.actual.iter().zip(predictions.forecast());
    let each = pairs.enumerate().map(|(at, (actual, forecast))| {
        let (low, high) = (forecast - band.below[at], forecast + band.above[at]);
        high - low + PENALTY * ((low - actual).max(0.0) + (actual - high).max(0.0))
    });
    let mean = each.sum::<f64>() / predictions.actual.len() as f64;
    Some(mean / predictions.mean_change).filter(|score| score.is_finite())
}

/// How many standard errors the second errors are smaller on average than the first, window by window, where at
/// most so many windows are `independent`.
pub(super) fn standard_errors(first: &[f64], second: &[f64], independent: usize) -> f64 {
    let gains: Vec<f64> = first.iter().zip(second).map(|(a, b)| a - b).collect();
    let count = gains.len().max(1) as f64;
    let gain = gains.iter().sum::<f64>() / count;
    let variance = gains.iter().map(|g| (g - gain).powi(2)).sum::<f64>() / count;
    gain / (variance / independent.min(gains.len()).max(1) as f64).sqrt()
}

/// The standard deviation of two values or more.
fn spread_of(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>();
    (values.len() > 1).then(|| (squares / (n - 1.0)).sqrt())
}

/// The mean absolute change of `values` from season to season: the error of the seasonal naive
/// forecast, one step ahead. Not a number without two seasons.
pub(super) fn mean_change(values: &[f64], season: usize) -> f64 {
    let changes = values
        .iter()
        .zip(values.iter().skip(season))
        .map(|(before, now)| (now - before).abs());
    changes.clone().sum::<f64>() / changes.count() as f64
}

/// MAE over the mean change; `None` where there is none.
fn mase(mae: f64, mean_change: f64) -> Option<f64> {
    Some(mae / mean_change).filter(|mase| mase.is_finite())
}

/// In per cent; a step at which both are zero counts as zero.
fn smape(forecast: &[f64], actual: &[f64]) -> Option<f64> {
    let each = |(f, a): (&f64, &f64)| match a.abs() + f.abs() {
        0.0 => 0.0,
        both => 200.0 * (a - f).abs() / both,
    };
    let sum: f64 = forecast.iter().zip(actual).map(each).sum();
    Some(sum / actual.len() as f64).filter(|smape| smape.is_finite())
}

/// Mean absolute and root mean squared error.
fn errors(forecast: &[f64], actual: &[f64]) -> Option<(f64, f64)> {
    if actual.is_empty() {
        return None;
    }
    let n = actual.len() as f64;
    let errors = || forecast.iter().zip(actual).map(|(f, a)| f - a);
    let mae = errors().map(f64::abs).sum::<f64>() / n;
    // Relative to the largest error, so that squares cannot overflow.
    let largest = errors().fold(0.0f64, |most, e| most.max(e.abs()));
    let scale = if largest > 0.0 { largest } else { 1.0 };
    let rmse = scale * (errors().map(|e| (e / scale).powi(2)).sum::<f64>() / n).sqrt();
    Some((mae, rmse))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_by_hand() {
        let predictions = Predictions {
            horizon: 2,
            dates: vec![jiff::civil::date(2018, 1, 2).into(); 2],
            actual: vec![1.0, 2.0, 3.0, 4.0],
            predicted: Predicted {
                values: vec![1.0, 3.0, 3.0, 2.0],
                quantiles: vec![],
            },
            naive: vec![1.0, 1.0, 1.0, 1.0],
            method: None,
            chosen: Baseline::Drift,
            baselines: vec![(Baseline::Drift, vec![2.0, 3.0, 4.0, 5.0])],
            mean_change: 0.5,
            units: vec![],
            members: vec![],
            bands: vec![Band {
                level: 80,
                below: vec![0.0, 1.0, 1.0, 1.0],
                above: vec![0.0, 1.0, 1.0, 1.0],
            }],
        };
        let scores = Scores::of(&predictions).unwrap();
        assert_eq!(
            (scores.windows, scores.mae, scores.naive_mae),
            (2, 0.75, 1.5)
        );
        assert!((scores.rmse - 1.25f64.sqrt()).abs() < 1e-12);
        assert!((scores.naive_rmse - 3.5f64.sqrt()).abs() < 1e-12);
        assert_eq!(scores.skill, Some(0.5));
        let close = |got: Option<f64>, want: f64| assert!((got.unwrap() - want).abs() < 1e-12);
        close(scores.mape, (0.0 + 50.0 + 0.0 + 50.0) / 4.0);
        close(scores.smape, (0.0 + 200.0 / 5.0 + 0.0 + 400.0 / 6.0) / 4.0);
        close(scores.mase, 1.5);
        close(scores.r2, 0.0);
        // The first window stays where it was and says nothing; the second is right.
        let direction = scores.direction.unwrap();
        assert_eq!((direction.share, direction.windows), (1.0, 1));
        assert!((direction.low - 0.206_549).abs() < 1e-6 && direction.high == 1.0);
        assert_eq!(
            (scores.bands["coverage80"], scores.bands["width80"]),
            (75.0, 1.5)
        );
        let steps: Vec<_> = scores.steps.iter().map(|s| (s.mae, s.naive_mae)).collect();
        assert_eq!(steps, [(0.0, 1.0), (1.5, 2.0)]);
        assert_eq!(
            (scores.baselines[0].mae, scores.baselines[0].rmse),
            (1.0, 1.0)
        );
        let first: Vec<_> = predictions
            .first_steps()
            .map(|(_, a, f, n)| (a, f, n))
            .collect();
        assert_eq!(first, [(1.0, 1.0, 1.0), (3.0, 3.0, 1.0)]);
    }

    #[test]
    fn two_zeros_are_no_error_and_a_season_is_measured_from_the_season_before() {
        assert_eq!(smape(&[0.0, 1.0], &[0.0, 3.0]), Some(50.0));
        assert_eq!(mean_change(&[1.0, 5.0, 2.0, 9.0], 1), 14.0 / 3.0);
        assert_eq!(mean_change(&[1.0, 5.0, 2.0, 9.0], 2), 2.5);
        assert_eq!(mase(1.0, mean_change(&[1.0, 5.0], 2)), None);
    }

    #[test]
    fn baselines_of_parts_with_other_seasons_are_joined_by_their_kind() {
        let part = |baselines: Vec<(Baseline, Vec<f64>)>| Predictions {
            horizon: 1,
            dates: vec![jiff::civil::date(2018, 1, 2).into()],
            actual: vec![1.0],
            predicted: vec![2.0].into(),
            naive: vec![3.0],
            method: None,
            chosen: Baseline::LastValue,
            baselines,
            mean_change: 1.0,
            units: vec![1.0],
            members: vec![],
            bands: vec![],
        };
        let without = part(vec![
            (Baseline::LastValue, vec![3.0]),
            (Baseline::Ets { period: 1 }, vec![4.0]),
            (Baseline::Theta { period: 1 }, vec![5.0]),
        ]);
        let with = part(vec![
            (Baseline::LastValue, vec![3.0]),
            (Baseline::SeasonalNaive { period: 30 }, vec![6.0]),
            (
                Baseline::Mstl {
                    period: 30,
                    long: 1,
                },
                vec![7.0],
            ),
            (Baseline::Theta { period: 30 }, vec![8.0]),
        ]);
        for (first, second, last) in [(&without, &with, true), (&with, &without, false)] {
            let joined = Predictions::join(vec![first.clone(), second.clone()]).unwrap();
            let kinds: Vec<&str> = joined.baselines.iter().map(|(b, _)| b.kind()).collect();
            assert_eq!(kinds, ["last_value", "seasonal_naive", "theta"]);
            let mut seasonal = vec![3.0, 6.0];
            let mut theta = vec![5.0, 8.0];
            if !last {
                seasonal.reverse();
                theta.reverse();
            }
            assert_eq!(joined.baselines[1].1, seasonal);
            assert_eq!(joined.baselines[2].1, theta);
        }
    }

    #[test]
    fn nothing_to_score_and_nothing_to_beat() {
        let mut p = Predictions {
            horizon: 1,
            dates: vec![],
            actual: vec![],
            predicted: Predicted::default(),
            naive: vec![],
            method: None,
            chosen: Baseline::LastValue,
            baselines: vec![],
            mean_change: 0.0,
            units: vec![],
            members: vec![],
            bands: vec![],
        };
        assert_eq!(Scores::of(&p), None);
        p.dates = vec![jiff::civil::date(2018, 1, 2).into()];
        (p.actual, p.predicted.values, p.naive) = (vec![1.0], vec![2.0], vec![1.0]);
        let scores = Scores::of(&p).unwrap();
        assert_eq!((scores.skill, scores.mase, scores.r2), (None, None, None));
    }
}
