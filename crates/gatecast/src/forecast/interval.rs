//! Bands around forecasts: split conformal prediction on the folds that nothing was fitted to
//! (Vovk, Gammerman & Shafer 2005; Lei et al. 2018).
//!
//! An error is measured in units of its window, the root mean square change from row to row, so that
//! bands are wide in wild times and narrow in calm ones. The band of a level reaches as far as that
//! share of the errors on the folds did. As truth comes in, the level is moved against the share that
//! the bands really hold (adaptive conformal inference, Gibbs & Candès 2021, equation 2).

use serde::{Deserialize, Serialize};

/// Levels in per cent for which bands can be asked.
pub(crate) const LEVELS: std::ops::RangeInclusive<u8> = 1..=99;

/// The bands that predictions are scored with: those that are printed, and enough others to know
/// the whole distribution.
pub(super) const SCORED: [u8; 11] = [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98];

/// `γ` of Gibbs & Candès: how much of a miss the level is moved by.
const PACE: f64 = 0.01;

/// How far the errors on the folds reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reach {
    /// For each step ahead and each level from 1 to 99 per cent, in units of the window.
    steps: Vec<Vec<f64>>,
}

/// A band: half its width for every window and step, in the units of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// In per cent.
    pub level: u8,
    /// Step `k` of window `i` is element `i·horizon + k`.
    pub half: Vec<f64>,
}

impl Reach {
    /// From absolute errors in units of their windows, `horizon` a window.
    pub(super) fn of(horizon: usize, errors: &[f64]) -> Self {
        let step = |step: usize| {
            let mut errors: Vec<f64> = errors.iter().skip(step).step_by(horizon).copied().collect();
            errors.sort_by(f64::total_cmp);
            // Of n errors the ⌈(n + 1)·level⌉th, so that the next one lies below with that chance.
            let quantile = |level: u8| {
                let rank = ((errors.len() + 1) as f64 * f64::from(level) / 100.0).ceil() as usize;
                errors[rank.clamp(1, errors.len()) - 1]
            };
            LEVELS.map(quantile).collect()
        };
        let steps = if errors.is_empty() { 0 } else { horizon };
        Self {
            steps: (0..steps).map(step).collect(),
        }
    }

    /// Half the widths of the bands at `level` per cent for windows of these `units`, in order of
    /// time. `errors` are those of the windows whose truth is known, the first ones: wherever a band
    /// held too much or too little, those after it are narrower or wider.
    pub(super) fn halves(&self, level: u8, units: &[f64], errors: &[f64]) -> Vec<f64> {
        let horizon = self.steps.len();
        let mut halves = vec![0.0; units.len() * horizon];
        let wanted = f64::from(level);
        for step in 0..horizon {
            let mut now = wanted;
            for (window, unit) in units.iter().enumerate() {
                // Step `step` of a window is known once `step + 1` more rows are.
                if let Some(known) = window.checked_sub(step + 1)
                    && let Some(error) = errors.get(known * horizon + step)
                {
                    let held = *error <= halves[known * horizon + step];
                    now += PACE * (wanted - if held { 100.0 } else { 0.0 });
                }
                halves[window * horizon + step] = unit * self.at(step, now);
            }
        }
        halves
    }

    /// How far the errors of a step reached at a level between 1 and 99.
    fn at(&self, step: usize, level: f64) -> f64 {
        let levels = &self.steps[step];
        let place = level.clamp(1.0, levels.len() as f64) - 1.0;
        let below = place.floor() as usize;
        let above = (below + 1).min(levels.len() - 1);
        levels[below] + (place - below as f64) * (levels[above] - levels[below])
    }

    /// All of them.
    pub(super) fn numbers(&self) -> impl Iterator<Item = f64> + '_ {
        self.steps.iter().flatten().copied()
    }

    /// Whether it can have come from [`Reach::of`].
    pub(super) fn is_sound(&self, horizon: usize) -> bool {
        let sound = |levels: &Vec<f64>| {
            levels.len() == LEVELS.count() && levels.iter().all(|reach| (0.0..1e12).contains(reach))
        };
        self.steps.len() == horizon && self.steps.iter().all(sound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_by_hand() {
        // Of nine errors, 80 % asks for the eighth, 95 % for one that is not there.
        let errors: Vec<f64> = (1..=9).flat_map(|i| [f64::from(i), 10.0]).collect();
        let reach = Reach::of(2, &errors);
        assert_eq!(reach.halves(80, &[0.5], &[]), [4.0, 5.0]);
        assert_eq!(reach.halves(95, &[1.0], &[]), [9.0, 10.0]);
        assert!(reach.is_sound(2) && !reach.is_sound(1));
    }
    #[test]
    fn bands_follow_what_they_hold() {
        let errors: Vec<f64> = (1..=999).map(f64::from).collect();
        let reach = Reach::of(1, &errors);
        let held = |scale: f64| {
            // In order, errors of 1 to 999 would come as a trend.
            let now: Vec<f64> = (0..4000)
                .map(|i| scale * f64::from((i * 617) % 999))
                .collect();
            let halves = reach.halves(80, &[1.0; 4000], &now);
            let held = now.iter().zip(&halves).filter(|(e, h)| e <= h).count();
            held as f64 / 40.0
        };
        for scale in [0.8, 1.0, 1.2] {
            assert!((held(scale) - 80.0).abs() < 1.5, "{scale}: {}", held(scale));
        }
        // The truth of step two of a window is known two rows later.
        let two = Reach::of(2, &[1.0, 1.0, 2.0, 2.0, 3.0, 3.0]);
        let known = two.halves(50, &[1.0; 3], &[9.0, 9.0, 9.0, 9.0]);
        assert_eq!((known[0], known[1]), (2.0, 2.0));
        assert!(known[2] >= known[0] && known[3] == known[1] && known[5] >= known[3]);
    }
}
