//! Forecasts without a network, to be scored on the same windows.
//!
//! With `y₁ … y_T` the values up to a cutoff, step `k` after it is forecast as (Hyndman &
//! Athanasopoulos, *Forecasting: Principles and Practice*, 5.2 and 8.1):
//!
//! | baseline | step `k` |
//! |---|---|
//! | last value | `y_T` |
//! | drift | `y_T + k·(y_T − y₁)/(T − 1)` |
//! | seasonal naive, period `m` | the value of the same place in the last period |
//! | moving average over `m` rows | mean of `y_{T−m+1} … y_T` |
//! | simple exponential smoothing | level `ℓ_T`, with `ℓₜ = α·yₜ + (1 − α)·ℓₜ₋₁` |

use serde::{Deserialize, Serialize};

/// A forecast that needs no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "baseline", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Baseline {
    /// "Tomorrow as today".
    LastValue,
    /// The line from the first value through the last.
    Drift,
    /// As one period before.
    SeasonalNaive {
        /// Rows of a period.
        period: usize,
    },
    /// The mean of the last rows.
    MovingAverage {
        /// How many.
        rows: usize,
    },
    /// A mean whose weights fall with age; how fast is fitted on the training rows.
    Smoothing,
}

impl Baseline {
    /// All of them, for data with so many rows in a period. Those that a period of one row makes the
    /// last value are left out.
    pub fn all(period: usize) -> Vec<Self> {
        let mut all = vec![Self::LastValue, Self::Drift];
        if period > 1 {
            all.push(Self::SeasonalNaive { period });
            all.push(Self::MovingAverage { rows: period });
        }
        all.push(Self::Smoothing);
        all
    }

    /// The name in tables.
    pub fn name(self) -> String {
        match self {
            Self::LastValue => "last value".into(),
            Self::Drift => "drift".into(),
            Self::SeasonalNaive { period } => format!("seasonal naive ({period})"),
            Self::MovingAverage { rows } => format!("moving average ({rows})"),
            Self::Smoothing => "exponential smoothing".into(),
        }
    }

    /// Forecasts the `horizon` rows from each of `targets` on (ascending row numbers above 0), each
    /// from the rows before it, one window after the other. Whatever is fitted is fitted on the
    /// first `training` rows.
    ///
    /// ```
    /// use gatecast::forecast::Baseline;
    ///
    /// let values = [1.0, 2.0, 4.0, 7.0];
    /// assert_eq!(Baseline::Drift.forecast(&values, 3, &[3, 4], 2), [5.5, 7.0, 9.0, 11.0]);
    /// ```
    pub fn forecast(
        self,
        values: &[f64],
        training: usize,
        targets: &[usize],
        horizon: usize,
    ) -> Vec<f64> {
        let smooth = match self {
            Self::Smoothing => levels(values, best_alpha(&values[..training.min(values.len())])),
            _ => Vec::new(),
        };
        let mut out = Vec::with_capacity(targets.len() * horizon);
        for &target in targets {
            let known = &values[..target];
            let last = known[target - 1];
            for k in 1..=horizon {
                out.push(match self {
                    Self::LastValue => last,
                    Self::Drift => {
                        let slope = (last - known[0]) / (target - 1).max(1) as f64;
                        last + k as f64 * slope
                    }
                    Self::SeasonalNaive { period } => {
                        let back = period - (k - 1) % period;
                        known[target.saturating_sub(back)]
                    }
                    Self::MovingAverage { rows } => {
                        let rows = rows.min(target);
                        known[target - rows..].iter().sum::<f64>() / rows as f64
                    }
                    Self::Smoothing => smooth[target - 1],
                });
            }
        }
        out
    }
}

/// `ℓₜ` for every row, from `ℓ₁ = y₁`.
fn levels(values: &[f64], alpha: f64) -> Vec<f64> {
    let mut level = values.first().copied().unwrap_or(0.0);
    let step = |&value: &f64| {
        level += alpha * (value - level);
        level
    };
    values.iter().map(step).collect()
}

/// The `α` whose one-step errors on these values have the smallest squares, to a hundredth; 1, which
/// makes smoothing the last value, where there are no errors.
fn best_alpha(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 1.0;
    }
    let squares = |alpha: f64| -> f64 {
        let ahead = values.iter().skip(1);
        let errors = levels(values, alpha).into_iter().zip(ahead);
        errors.map(|(level, value)| (value - level).powi(2)).sum()
    };
    (1..=100)
        .map(|step| f64::from(step) / 100.0)
        .min_by(|&a, &b| squares(a).total_cmp(&squares(b)))
        .unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_by_its_formula() {
        let values = [10.0, 12.0, 11.0, 15.0, 14.0, 18.0];
        for (baseline, want) in [
            (Baseline::LastValue, [14.0, 14.0, 14.0]),
            (Baseline::Drift, [15.0, 16.0, 17.0]),
            (Baseline::SeasonalNaive { period: 3 }, [11.0, 15.0, 14.0]),
            (Baseline::MovingAverage { rows: 2 }, [14.5; 3]),
        ] {
            assert_eq!(baseline.forecast(&values, 5, &[5], 3), want, "{baseline:?}");
        }
    }

    #[test]
    fn smoothing_finds_how_fast_to_forget() {
        // Around a constant level the best forecast is a long mean; of a walk, the last value.
        let mut rng = crate::rng::Rng::named(3, "noise");
        let noise: Vec<f64> = (0..400).map(|_| rng.normal()).collect();
        assert!(best_alpha(&noise) < 0.1);
        let mut level = 0.0;
        let walk: Vec<f64> = noise
            .iter()
            .map(|step| {
                level += step;
                level
            })
            .collect();
        assert!(best_alpha(&walk) > 0.8);
        // One value has no errors, and smoothing is the last value.
        assert_eq!(best_alpha(&[4.0]), 1.0);
        let smooth = Baseline::Smoothing.forecast(&[4.0, 4.0, 4.0], 3, &[3], 2);
        assert_eq!(smooth, [4.0, 4.0]);
    }

    #[test]
    fn nothing_after_the_cutoff_is_read() {
        let mut values: Vec<f64> = (0..60).map(|i| f64::from((i * 37) % 17)).collect();
        let forecasts = |values: &[f64]| -> Vec<Vec<f64>> {
            let all = Baseline::all(5).into_iter();
            all.map(|b| b.forecast(values, 40, &[45, 50], 4)).collect()
        };
        let before = forecasts(&values);
        values[50..].fill(1e9);
        assert_eq!(before, forecasts(&values));
    }
}
