//! What the forecasts of networks are blended with, where folds say that it is better than the last value or
//! season: a method that needs no network, or the mean or median of several. What this file is not: which is
//! taken is `selection`'s business.

use serde::{Deserialize, Serialize};

use super::Baseline;
use super::baseline::medians;

/// One method, or several together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Base {
    /// At least one.
    pub parts: Vec<Baseline>,
    /// Whether it is their median, or else their mean.
    pub median: bool,
}

impl Base {
    /// The mean of these.
    fn mean(parts: Vec<Baseline>) -> Self {
        Self {
            parts,
            median: false,
        }
    }

    /// One method by itself.
    pub(super) fn single(part: Baseline) -> Self {
        Self::mean(vec![part])
    }

    /// The median of the good methods.
    pub(super) fn combination(period: usize) -> Self {
        let all = Baseline::all(period).into_iter();
        Self {
            parts: all.filter(|baseline| baseline.is_combined()).collect(),
            median: true,
        }
    }

    /// Each method by itself.
    pub(super) fn singles(period: usize) -> Vec<Self> {
        let all = Baseline::all(period).into_iter();
        // Naive2 is there to be compared with.
        let all = all.filter(|baseline| !matches!(baseline, Baseline::Naive2 { .. }));
        all.map(Self::single).collect()
    }

    /// Means, and from three on medians, of every choice of the good methods.
    pub(super) fn combinations(period: usize) -> Vec<Self> {
        let good = Self::combination(period).parts;
        let mut all = Vec::new();
        for choice in 1..1usize << good.len() {
            let chosen = good.iter().enumerate();
            let parts: Vec<Baseline> = chosen
                .filter(|(at, _)| choice >> at & 1 == 1)
                .map(|(_, baseline)| *baseline)
                .collect();
            if parts.len() > 2 {
                all.push(Self {
                    parts: parts.clone(),
                    median: true,
                });
            }
            all.push(Self::mean(parts));
        }
        all
    }

    /// What every part of some `bases` forecasts, each once; see [`Baseline::forecast`].
    pub(super) fn forecast_parts(
        bases: &[Self],
        values: &[f64],
        training: usize,
        targets: &[usize],
        horizon: usize,
    ) -> Vec<(Baseline, Vec<f64>)> {
        let mut parts: Vec<Baseline> = Vec::new();
        for part in bases.iter().flat_map(|base| &base.parts) {
            if !parts.contains(part) {
                parts.push(*part);
            }
        }
        Baseline::forecast_each(&parts, values, training, targets, horizon)
    }

    /// Whether all its parts are among what was forecast.
    pub(super) fn is_made(&self, forecasts: &[(Baseline, Vec<f64>)]) -> bool {
        let made = |part| forecasts.iter().any(|(baseline, _)| baseline == part);
        self.parts.iter().all(made)
    }

    /// Of what [`Base::forecast_parts`] gave.
    pub(super) fn of(&self, forecasts: &[(Baseline, Vec<f64>)]) -> Vec<f64> {
        let part = |part: &Baseline| forecasts.iter().find(|(baseline, _)| baseline == part);
        let parts = self.parts.iter().filter_map(part);
        self.together(&parts.map(|(_, values)| &values[..]).collect::<Vec<_>>())
    }

    /// As [`Baseline::forecast`].
    pub fn forecast(
        &self,
        values: &[f64],
        training: usize,
        targets: &[usize],
        horizon: usize,
    ) -> Vec<f64> {
        let bases = std::slice::from_ref(self);
        self.of(&Self::forecast_parts(
            bases, values, training, targets, horizon,
        ))
    }

    fn together(&self, parts: &[&[f64]]) -> Vec<f64> {
        if self.median {
            return medians(parts);
        }
        (0..parts.first().map_or(0, |part| part.len()))
            .map(|at| parts.iter().map(|part| part[at]).sum::<f64>() / parts.len() as f64)
            .collect()
    }

    /// Whether its periods can be those of a series.
    pub(super) fn is_sound(&self) -> bool {
        !self.parts.is_empty() && self.parts.iter().all(|part| part.is_sound())
    }

    /// The name in notes.
    pub fn name(&self) -> String {
        let names: Vec<String> = self.parts.iter().map(|part| part.name()).collect();
        match (&names[..], self.median) {
            ([name], _) => name.clone(),
            (names, true) => format!("median of {}", names.join(", ")),
            (names, false) => format!("mean of {}", names.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_of_the_good_methods_is_there_once() {
        let all = Base::combinations(12);
        assert_eq!(all.len(), 15 + 5);
        assert_eq!(Base::combinations(1).len(), 7 + 1);
        for (at, base) in all.iter().enumerate() {
            assert!(!all[..at].contains(base), "{}", base.name());
        }
        let names: Vec<String> = all.iter().map(Base::name).collect();
        assert!(
            names.contains(&"median of seasonal naive (12), ETS, Theta, CES".into()),
            "{names:?}"
        );
    }

    #[test]
    fn a_mean_and_a_median_by_hand() {
        let (last, drift) = (Baseline::LastValue, Baseline::Drift);
        let values = [1.0, 2.0, 6.0];
        let mean = Base::mean(vec![last, drift]);
        assert_eq!(mean.forecast(&values, 3, &[3], 2), [7.25, 8.5]);
        let average = Baseline::MovingAverage { rows: 3 };
        let median = Base {
            parts: vec![last, drift, average],
            median: true,
        };
        assert_eq!(median.forecast(&values, 3, &[3], 1), [6.0]);
        let all = [(average, vec![3.0]), (last, vec![6.0]), (drift, vec![8.5])];
        assert_eq!((mean.of(&all), median.of(&all)), (vec![7.25], vec![6.0]));
    }
}
