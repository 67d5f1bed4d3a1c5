//! What is selected on folds of the training part, before the test rows are looked at: the number of
//! epochs, and how much the network counts beside the base (the last value, or the last season).
//! What this file is not: it trains nothing.

use serde::{Deserialize, Serialize};

use super::Predicted;
use super::interval::{ConformalRadii, ENOUGH};

/// Epochs, and the weight of the network in the blend with the base, with the errors that led to them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Selection {
    /// The median of the epochs that were best on the folds.
    pub epochs: usize,
    /// Share of the network in the blend, from 0 (the base alone) to 1.
    pub weight: f64,
    /// Forecasts on the folds.
    pub windows: usize,
    /// Mean absolute error of the base on them: in the units of the file for one series, in units of
    /// each window for many.
    pub naive_mae: f64,
    /// That of the networks.
    pub network_mae: f64,
    /// That of both together, with this weight.
    pub mae: f64,
    /// How far their errors reached, for bands.
    pub radii: ConformalRadii,
}

/// How many standard errors the gain on the folds must be away from none before the network
/// counts at all. Without skill the best weight still gains a little, by chance.
const LEAST_GAIN: f64 = 1.0;

impl Selection {
    /// Whether there were errors enough for a band of this level; one that is wider than they tell is
    /// made by taking them for normal.
    pub fn is_enough_for(&self, level: u8) -> bool {
        self.windows >= ENOUGH || (self.windows + 1) * usize::from(level) <= self.windows * 100
    }

    /// Selects the weight by predictions for `actual`, `horizon` of them a window, beside those of the
    /// `base`, and measures the errors in the `units` of the windows.
    pub(super) fn by(
        epochs: usize,
        horizon: usize,
        mut predicted: Predicted,
        actual: &[f64],
        base: &[f64],
        units: &[f64],
    ) -> Self {
        const STEPS: u32 = 20;
        let windows = actual.len() / horizon;
        let errors = |weight: f64| -> Vec<f64> {
            let mut blended = Predicted {
                values: predicted.values.clone(),
                quantiles: Vec::new(),
            };
            blended.blend(weight, base);
            let each = blended.values.iter().zip(actual);
            let errors: Vec<f64> = each.map(|(value, actual)| (value - actual).abs()).collect();
            let mean = |window: &[f64]| window.iter().sum::<f64>() / horizon as f64;
            errors.chunks_exact(horizon).map(mean).collect()
        };
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
        let naive = errors(0.0);
        let (weight, mae) = (0..=STEPS)
            .map(|step| f64::from(step) / f64::from(STEPS))
            .map(|weight| (weight, mean(&errors(weight))))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap_or((0.0, 0.0));
        let gains: Vec<f64> = naive
            .iter()
            .zip(errors(weight))
            .map(|(naive, error)| naive - error)
            .collect();
        let gain = mean(&gains);
        let deviations: Vec<f64> = gains.iter().map(|g| (g - gain).powi(2)).collect();
        // Windows that overlap share their errors: `horizon` of them say as much as one.
        let independent = (windows / horizon).max(1) as f64;
        let error = (mean(&deviations) / independent).sqrt();
        let naive_mae = mean(&naive);
        let trusted = gain > LEAST_GAIN * error;
        let weight = if trusted { weight } else { 0.0 };
        let (network_mae, mae) = (mean(&errors(1.0)), if trusted { mae } else { naive_mae });
        predicted.blend(weight, base);
        Self {
            epochs: epochs.max(1),
            weight,
            windows,
            naive_mae,
            network_mae,
            mae,
            radii: ConformalRadii::of(horizon, |level| predicted.excess(level, actual, units)),
        }
    }
}
