//! What is selected on folds of the training part, before the test rows are looked at: the number of
//! epochs, what the network is blended with (its base: the last value or season, or methods that need no
//! network), and how much it counts beside it. What this file is not: it trains nothing.

use serde::{Deserialize, Serialize};

use super::interval::{ConformalRadii, ENOUGH};
use super::scores::standard_errors;
use super::{Base, Predicted};

/// Epochs, and the weight of the network in the blend with the base, with the errors that led to them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Selection {
    /// The median of the epochs that were best on the folds; 0 without networks.
    pub epochs: usize,
    /// What the network is blended with; the last value or season of each window if `None`.
    pub base: Option<Base>,
    /// Share of the network in the blend, from 0 (the base alone) to 1.
    pub weight: f64,
    /// Forecasts on the folds.
    pub windows: usize,
    /// Mean absolute error of the base on them: in the units of the file for one series, in units of
    /// each window for many.
    pub naive_mae: f64,
    /// That of the base.
    pub base_mae: f64,
    /// That of the networks; of a method without any, its own.
    pub network_mae: f64,
    /// That of both together, with this weight.
    pub mae: f64,
    /// How far their errors reached, for bands.
    pub radii: ConformalRadii,
}

/// How many standard errors the gain on the folds must be away from none before the network
/// counts at all. Without skill the best weight still gains a little, by chance.
const LEAST_GAIN: f64 = 1.0;
/// The same for another base than the last value or season, of which the best of many is tried.
const LEAST_GAIN_OF_BASE: f64 = 3.0;
/// Of many series, errors so near to the smallest are as good: a share of it.
const AS_GOOD: f64 = 0.0025;

/// Forecasts on the folds, `horizon` steps a window, all in one unit.
pub(super) struct Folds {
    pub(super) horizon: usize,
    /// Of the networks.
    pub(super) predicted: Predicted,
    /// What happened.
    pub(super) actual: Vec<f64>,
    /// As the last value or season of each window.
    pub(super) naive: Vec<f64>,
    /// Of other bases.
    pub(super) bases: Vec<(Base, Vec<f64>)>,
    /// Of the windows.
    pub(super) units: Vec<f64>,
    /// Whether there are many series. Then a base is as good as its errors, and weights that are as good as the
    /// best give way to the one nearest to a half, which hedges best.
    pub(super) many: bool,
}

impl Selection {
    /// Whether there were errors enough for a band of this level; one that is wider than they tell is
    /// made by taking them for normal.
    pub fn is_enough_for(&self, level: u8) -> bool {
        self.windows >= ENOUGH || (self.windows + 1) * usize::from(level) <= self.windows * 100
    }

    /// Selects the base and the weight by their errors on the folds.
    pub(super) fn by(epochs: usize, folds: Folds) -> Self {
        const STEPS: u32 = 20;
        let Folds {
            horizon,
            mut predicted,
            actual,
            naive,
            bases,
            units,
            many,
        } = folds;
        let windows = actual.len() / horizon;
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        // The mean absolute error of each window.
        let errors = |forecast: &[f64]| -> Vec<f64> {
            let pairs = forecast.iter().zip(&actual);
            let errors: Vec<f64> = pairs
                .map(|(value, actual)| (value - actual).abs())
                .collect();
            errors.chunks_exact(horizon).map(mean).collect()
        };
        // Windows that overlap share their errors: `horizon` of them say as much as one.
        let independent = (windows / horizon).max(1);
        let gain = |first: &[f64], second: &[f64]| standard_errors(first, second, independent);
        let naive_errors = errors(&naive);
        let best = bases
            .into_iter()
            .map(|(base, values)| (errors(&values), base, values))
            .min_by(|a, b| mean(&a.0).total_cmp(&mean(&b.0)))
            .filter(|(errors, ..)| match many {
                true => mean(errors) < mean(&naive_errors),
                false => gain(&naive_errors, errors) > LEAST_GAIN_OF_BASE,
            });
        let (base_errors, base, values) = match best {
            Some((errors, base, values)) => (errors, Some(base), values),
            None => (naive_errors.clone(), None, naive),
        };
        let blended = |weight: f64| -> Vec<f64> {
            let mut blended = Predicted {
                values: predicted.values.clone(),
                quantiles: Vec::new(),
            };
            blended.blend(weight, &values);
            errors(&blended.values)
        };
        let tried: Vec<(f64, Vec<f64>)> = (0..=STEPS)
            .map(|step| f64::from(step) / f64::from(STEPS))
            .map(|weight| (weight, blended(weight)))
            .collect();
        let least = tried
            .iter()
            .map(|(_, errors)| mean(errors))
            .fold(f64::INFINITY, f64::min);
        let chosen = match many {
            true => tried
                .iter()
                .filter(|(_, errors)| mean(errors) <= (1.0 + AS_GOOD) * least)
                .min_by(|(a, _), (b, _)| (a - 0.5).abs().total_cmp(&(b - 0.5).abs())),
            false => tried
                .iter()
                .find(|(_, errors)| mean(errors) <= least)
                .filter(|(_, errors)| gain(&base_errors, errors) > LEAST_GAIN),
        };
        let (weight, mae) = chosen.map_or((0.0, mean(&base_errors)), |(weight, errors)| {
            (*weight, mean(errors))
        });
        let network_mae = mean(&errors(&predicted.values));
        predicted.blend(weight, &values);
        Self {
            epochs: epochs.max(1),
            base,
            weight,
            windows,
            naive_mae: mean(&naive_errors),
            base_mae: mean(&base_errors),
            network_mae,
            mae,
            radii: ConformalRadii::of(horizon, |level| predicted.excess(level, &actual, &units)),
        }
    }

    /// The errors of a method without networks, which made the predictions.
    pub(super) fn by_method(base: Base, folds: &Folds) -> Self {
        let (actual, units) = (&folds.actual, &folds.units);
        let mean = |forecast: &[f64]| -> f64 {
            let pairs = forecast.iter().zip(actual);
            let sum: f64 = pairs.map(|(value, actual)| (value - actual).abs()).sum();
            sum / actual.len().max(1) as f64
        };
        let mae = mean(&folds.predicted.values);
        let excess = |level| folds.predicted.excess(level, actual, units);
        Self {
            epochs: 0,
            base: Some(base),
            weight: 0.0,
            windows: actual.len() / folds.horizon,
            naive_mae: mean(&folds.naive),
            base_mae: mae,
            network_mae: mae,
            mae,
            radii: ConformalRadii::of(folds.horizon, excess),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::Baseline;

    /// What is selected where the truth is zero, the last value is off by 2, a method by `base` and the networks by
    /// `network`, each with a little noise of its own.
    fn selected(base: f64, network: f64, many: bool) -> Selection {
        let windows = 210;
        let around = |center: f64, step: usize| -> Vec<f64> {
            let noise = (0..windows).map(|i| ((i * step) % 7) as f64 / 7.0 - 3.0 / 7.0);
            noise.map(|noise| center + 0.1 * noise).collect()
        };
        let method = Base {
            parts: vec![Baseline::Drift],
            median: false,
        };
        Selection::by(
            3,
            Folds {
                horizon: 1,
                predicted: Predicted {
                    values: around(network, 3),
                    quantiles: Vec::new(),
                },
                actual: vec![0.0; windows],
                naive: around(2.0, 1),
                bases: vec![(method, around(base, 2))],
                units: vec![1.0; windows],
                many,
            },
        )
    }

    #[test]
    fn a_base_takes_over_where_it_is_better_and_the_weight_follows() {
        for many in [false, true] {
            // On both sides of the truth, both together are nearest to it.
            let both = selected(1.0, -1.0, many);
            assert!(both.base.is_some() && both.weight == 0.5, "{both:?}");
            assert!((both.naive_mae - 2.0).abs() < 1e-9 && (both.base_mae - 1.0).abs() < 0.01);
            // A network that is worse on the same side has no weight, a worse base does not take over.
            let method = selected(0.5, 1.0, many);
            assert!(method.base.is_some() && method.weight == 0.0, "{method:?}");
            let network = selected(3.0, 1.0, many);
            assert!(
                network.base.is_none() && network.weight == 1.0,
                "{network:?}"
            );
        }
    }

    #[test]
    fn of_many_series_equal_weights_give_way_to_a_half_and_of_one_chance_gives_none() {
        let (many, one) = (selected(1.0, 1.0, true), selected(1.0, 1.0, false));
        assert_eq!((many.weight, one.weight), (0.5, 0.0));
        // A gain that is no more than chance.
        assert!(selected(1.9995, 5.0, false).base.is_none());
        assert!(selected(1.9995, 5.0, true).base.is_some());
    }
}
