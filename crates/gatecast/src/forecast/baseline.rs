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
//! | Naive2, period `m` | `y_T` less its season and with that of the step, where a test sees a season (Makridakis et al. 2020) |
//! | moving average over `m` rows | mean of `y_{T−m+1} … y_T` |
//! | simple exponential smoothing | level `ℓ_T`, with `ℓₜ = α·yₜ + (1 − α)·ℓₜ₋₁` |
//! | ETS, Theta, CES, MSTL | see `methods` |
//! | combination | median of ETS (beyond a season of 24 rows MSTL), Theta, CES and the seasonal naive |
//!
//! What is fitted is fitted once, on the training rows, and then follows the rows. Where a method has too
//! few rows, or they never changed, it is the seasonal naive, or the last value.

use serde::{Deserialize, Serialize};

use super::Base;
use super::scores::standard_errors;
use crate::methods::{Fitted, LONGEST_ETS, Method, decompose};

/// Rows of a period that no series exceeds: a year of minutes.
const LONGEST_PERIOD: usize = 366 * 24 * 60;

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
    /// The last value, deseasonalised where a test sees a season: what the M4 competition compares with.
    Naive2 {
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
    /// Exponential smoothing with the error, trend and season that suit best (Hyndman et al. 2008).
    Ets {
        /// Rows of a period; 1 without a season.
        period: usize,
    },
    /// The optimised Theta method (Fiorucci et al. 2016).
    Theta {
        /// Rows of a period.
        period: usize,
    },
    /// Complex exponential smoothing (Svetunkov et al. 2022).
    Ces {
        /// Rows of a period.
        period: usize,
    },
    /// Seasons smoothed out (Cleveland et al. 1990), the rest by exponential smoothing.
    Mstl {
        /// Rows of a period.
        period: usize,
        /// Rows of a longer one; 1 for none.
        long: usize,
    },
    /// The median of the good ones.
    Combination {
        /// Rows of a period.
        period: usize,
    },
}

impl Baseline {
    /// All of them, for data with so many rows in a period. Those that a period of one row makes the
    /// last value are left out.
    pub fn all(period: usize) -> Vec<Self> {
        let mut all = vec![Self::LastValue, Self::Drift];
        if period > 1 {
            all.push(Self::SeasonalNaive { period });
            all.push(Self::Naive2 { period });
            all.push(Self::MovingAverage { rows: period });
        }
        all.push(Self::Smoothing);
        all.push(match period {
            ..=LONGEST_ETS => Self::Ets { period },
            _ => Self::Mstl { period, long: 1 },
        });
        all.push(Self::Theta { period });
        all.push(Self::Ces { period });
        all.push(Self::Combination { period });
        all
    }

    /// Those whose median is the combination.
    pub(super) fn is_combined(self) -> bool {
        matches!(
            self,
            Self::SeasonalNaive { .. }
                | Self::Ets { .. }
                | Self::Mstl { .. }
                | Self::Theta { .. }
                | Self::Ces { .. }
        )
    }

    /// What [`Baseline::forecast`] gives for all of them.
    pub fn forecast_all(
        period: usize,
        values: &[f64],
        training: usize,
        targets: &[usize],
        horizon: usize,
    ) -> Vec<(Self, Vec<f64>)> {
        Self::forecast_each(&Self::all(period), values, training, targets, horizon)
    }

    /// What [`Baseline::forecast`] gives for these, of which a combination that comes after its parts is made from
    /// what they gave.
    pub(super) fn forecast_each(
        baselines: &[Self],
        values: &[f64],
        training: usize,
        targets: &[usize],
        horizon: usize,
    ) -> Vec<(Self, Vec<f64>)> {
        let mut all: Vec<(Self, Vec<f64>)> = Vec::new();
        for &baseline in baselines {
            let together = match baseline {
                Self::Combination { period } => Some(Base::combination(period)),
                _ => None,
            };
            let forecast = match together.filter(|base| base.is_made(&all)) {
                Some(base) => base.of(&all),
                None => baseline.forecast(values, training, targets, horizon),
            };
            all.push((baseline, forecast));
        }
        all
    }

    /// What somebody would have chosen who knows no more than these values: of the last value and the season before
    /// the better on the last third of them, or the one of all, each fitted to the first two thirds, that is
    /// better than that by more than two standard errors.
    pub fn chosen(period: usize, values: &[f64], horizon: usize) -> Self {
        /// Rows from which forecasts are made, at most.
        const ORIGINS: usize = 200;
        const LEAST_GAIN: f64 = 2.0;
        let known = values.len() * 2 / 3;
        let origins = (values.len() + 1).saturating_sub(known + horizon);
        if known < 2 || origins == 0 {
            return Self::LastValue;
        }
        let every = origins.div_ceil(ORIGINS);
        let targets: Vec<usize> = (known..known + origins).step_by(every).collect();
        // The mean absolute error of each window.
        let errors = |forecast: &[f64]| -> Vec<f64> {
            let windows = targets.iter().zip(forecast.chunks_exact(horizon));
            let errors = windows.map(|(&row, forecast)| {
                let pairs = values[row..].iter().zip(forecast);
                pairs
                    .map(|(value, forecast)| (value - forecast).abs())
                    .sum::<f64>()
            });
            errors.map(|sum| sum / horizon as f64).collect()
        };
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let all: Vec<(Self, Vec<f64>)> =
            Self::forecast_all(period, values, known, &targets, horizon)
                .into_iter()
                .map(|(baseline, forecast)| (baseline, errors(&forecast)))
                .collect();
        let best = |of: &dyn Fn(Self) -> bool| {
            let some = all.iter().filter(|(baseline, _)| of(*baseline));
            some.min_by(|a, b| mean(&a.1).total_cmp(&mean(&b.1)))
        };
        let is_simple = |b| matches!(b, Self::LastValue | Self::SeasonalNaive { .. });
        let (Some((simple, theirs)), Some((other, ours))) = (best(&is_simple), best(&|_| true))
        else {
            return Self::LastValue;
        };
        match standard_errors(theirs, ours, (origins / horizon).max(1)) > LEAST_GAIN {
            true => *other,
            false => *simple,
        }
    }

    /// What the same is without what is fitted.
    fn simple(self) -> Self {
        match self {
            Self::Ets { period }
            | Self::Theta { period }
            | Self::Ces { period }
            | Self::Mstl { period, .. }
                if period > 1 =>
            {
                Self::SeasonalNaive { period }
            }
            _ => Self::LastValue,
        }
    }

    /// The method behind it, and its periods.
    fn method(self) -> Option<(Method, [usize; 2])> {
        match self {
            Self::Ets { period } => Some((Method::Ets, [period, 1])),
            Self::Theta { period } => Some((Method::Theta, [period, 1])),
            Self::Ces { period } => Some((Method::Ces, [period, 1])),
            Self::Mstl { period, long } => Some((Method::Mstl, [period, long])),
            _ => None,
        }
    }

    /// Whether its period can be that of a series.
    pub(super) fn is_sound(self) -> bool {
        match self {
            Self::LastValue | Self::Drift | Self::Smoothing => true,
            Self::SeasonalNaive { period: rows }
            | Self::Naive2 { period: rows }
            | Self::MovingAverage { rows }
            | Self::Ets { period: rows }
            | Self::Theta { period: rows }
            | Self::Ces { period: rows }
            | Self::Combination { period: rows } => (1..=LONGEST_PERIOD).contains(&rows),
            Self::Mstl { period, long } => [period, long]
                .iter()
                .all(|rows| (1..=LONGEST_PERIOD).contains(rows)),
        }
    }

    /// What sort of forecast each is, as files name it.
    pub const KINDS: [&str; 11] = [
        "last_value",
        "drift",
        "seasonal_naive",
        "naive2",
        "moving_average",
        "smoothing",
        "ets",
        "theta",
        "ces",
        "mstl",
        "combination",
    ];

    /// Which of [`Baseline::KINDS`] it is.
    pub fn kind(self) -> &'static str {
        Self::KINDS[self.place()]
    }

    /// Kinds that without a season are the last value.
    pub(super) const SEASONAL: [&str; 3] = ["seasonal_naive", "naive2", "moving_average"];

    /// Its place in [`Baseline::KINDS`].
    pub(super) fn place(self) -> usize {
        match self {
            Self::LastValue => 0,
            Self::Drift => 1,
            Self::SeasonalNaive { .. } => 2,
            Self::Naive2 { .. } => 3,
            Self::MovingAverage { .. } => 4,
            Self::Smoothing => 5,
            Self::Ets { .. } => 6,
            Self::Theta { .. } => 7,
            Self::Ces { .. } => 8,
            Self::Mstl { .. } => 9,
            Self::Combination { .. } => 10,
        }
    }

    /// The name in tables.
    pub fn name(self) -> String {
        match self {
            Self::LastValue => "last value".into(),
            Self::Drift => "drift".into(),
            Self::SeasonalNaive { period } => format!("seasonal naive ({period})"),
            Self::Naive2 { .. } => "Naive2".into(),
            Self::MovingAverage { rows } => format!("moving average ({rows})"),
            Self::Smoothing => "exponential smoothing".into(),
            Self::Ets { .. } => "ETS".into(),
            Self::Theta { .. } => "Theta".into(),
            Self::Ces { .. } => "CES".into(),
            Self::Mstl { .. } => "MSTL".into(),
            Self::Combination { .. } => "combination".into(),
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
        if let Self::Combination { period } = self {
            return Base::combination(period).forecast(values, training, targets, horizon);
        }
        if let Some((method, periods)) = self.method() {
            let fitted = Fitted::new(method, values, training, &periods);
            let mut out = self.simple().forecast(values, training, targets, horizon);
            let mut forecast = vec![0.0; horizon];
            for (&target, out) in targets.iter().zip(out.chunks_exact_mut(horizon)) {
                if fitted
                    .as_ref()
                    .is_some_and(|f| f.forecast(target, &mut forecast))
                {
                    out.copy_from_slice(&forecast);
                }
            }
            return out;
        }
        let season = match self {
            Self::Naive2 { period } => {
                decompose::of_naive2(&values[..training.min(values.len())], period)
            }
            _ => None,
        };
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
                    // Before the first season is over, there is only the last value.
                    Self::SeasonalNaive { period } if target < period => last,
                    Self::SeasonalNaive { period } => known[target - period + (k - 1) % period],
                    Self::Naive2 { .. } => match &season {
                        Some(season) => {
                            let at = |row: usize| season[row % season.len()];
                            last / at(target - 1) * at(target - 1 + k)
                        }
                        None => last,
                    },
                    Self::MovingAverage { rows } => {
                        let rows = rows.min(target);
                        known[target - rows..].iter().sum::<f64>() / rows as f64
                    }
                    _ => smooth[target - 1],
                });
            }
        }
        out
    }
}

/// The median of each place over all `parts`, of one length.
pub(super) fn medians(parts: &[&[f64]]) -> Vec<f64> {
    let mut place = vec![0.0; parts.len()];
    (0..parts.first().map_or(0, |part| part.len()))
        .map(|at| {
            for (to, part) in place.iter_mut().zip(parts) {
                *to = part[at];
            }
            place.sort_by(f64::total_cmp);
            (place[(place.len() - 1) / 2] + place[place.len() / 2]) / 2.0
        })
        .collect()
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
    fn what_is_chosen_was_best_on_the_last_third() {
        let mut rng = crate::rng::Rng::named(9, "choice");
        let line: Vec<f64> = (0..90)
            .map(|t| f64::from(t) + 0.01 * rng.normal())
            .collect();
        let chosen = Baseline::chosen(1, &line, 3);
        assert_ne!(chosen, Baseline::LastValue);
        assert_ne!(chosen, Baseline::Smoothing);
        let wave: Vec<f64> = (0..90)
            .map(|t| f64::from(t % 6) + 0.3 * rng.normal())
            .collect();
        let chosen = Baseline::chosen(6, &wave, 6);
        let seasonal = |b| {
            !matches!(
                b,
                Baseline::LastValue | Baseline::Drift | Baseline::Smoothing
            )
        };
        assert!(seasonal(chosen), "{chosen:?}");
        assert_eq!(Baseline::chosen(6, &wave[..2], 6), Baseline::LastValue);
    }

    #[test]
    fn a_method_without_rows_enough_is_the_season_before() {
        let values = [1.0, 2.0, 3.0, 4.0, 1.5];
        for (baseline, forecast) in Baseline::forecast_all(4, &values, 3, &[3, 5], 2) {
            assert!(forecast.iter().all(|v| v.is_finite()), "{baseline:?}");
            if matches!(baseline, Baseline::Theta { .. } | Baseline::Ets { .. }) {
                assert_eq!(forecast, [3.0, 3.0, 2.0, 3.0], "{baseline:?}");
            }
        }
        let never = [7.0; 30];
        for (baseline, forecast) in Baseline::forecast_all(1, &never, 30, &[30], 3) {
            assert!(
                forecast.iter().all(|v| (v - 7.0).abs() < 1e-9),
                "{baseline:?}: {forecast:?}"
            );
        }
    }

    #[test]
    fn nothing_after_the_cutoff_is_read() {
        let mut values: Vec<f64> = (0..60).map(|i| f64::from((i * 37) % 17)).collect();
        let forecasts = |values: &[f64]| -> Vec<Vec<f64>> {
            let all = Baseline::forecast_all(5, values, 40, &[45, 50], 4);
            all.into_iter().map(|(_, forecast)| forecast).collect()
        };
        let before = forecasts(&values);
        values[50..].fill(1e9);
        assert_eq!(before, forecasts(&values));
    }
}
