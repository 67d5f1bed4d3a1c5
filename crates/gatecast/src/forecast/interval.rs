//! Bands around forecasts: split conformal prediction on the folds that nothing was fitted to
//! (Vovk, Gammerman & Shafer 2005; Lei et al. 2018).
//!
//! An error is measured in units of its window, the root mean square change from row to row, so that
//! bands are wide in wild times and narrow in calm ones. The band of a level reaches as far as that
//! share of the errors on the folds did; where the network predicts quantiles itself, that much beyond or
//! short of them (conformalised quantile regression: Romano, Patterson & Candès 2019). As truth comes in, the level is moved against the share that
//! the bands really hold (adaptive conformal inference, Gibbs & Candès 2021, equation 2).

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, Normal};

use super::Predicted;

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
pub struct ConformalRadii {
    /// For each step ahead and each level from 1 to 99 per cent, in units of the window.
    steps: Vec<Vec<f64>>,
}

/// A band around forecasts, in the units of the file. Step `k` of window `i` is element
/// `i·horizon + k`.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// In per cent.
    pub level: u8,
    /// How far it reaches below the forecast.
    pub below: Vec<f64>,
    /// How far it reaches above.
    pub above: Vec<f64>,
}

impl ConformalRadii {
    /// From the errors at each level in units of their windows, `horizon` a window (see
    /// [`Predicted::excess`]).
    pub(super) fn of(horizon: usize, errors: impl Fn(u8) -> Vec<f64>) -> Self {
        let mut steps = vec![Vec::new(); horizon];
        for level in LEVELS {
            let errors = errors(level);
            if errors.is_empty() {
                return Self { steps: Vec::new() };
            }
            let few = horizon > 1 && errors.len() < ENOUGH * horizon;
            if few && errors.iter().all(|error| *error >= 0.0) {
                let reaches = together(&errors, horizon, f64::from(level) / 100.0);
                for (step, reach) in steps.iter_mut().zip(reaches) {
                    step.push(reach);
                }
                continue;
            }
            for (step, reaches) in steps.iter_mut().enumerate() {
                let mut of_step: Vec<f64> =
                    errors.iter().skip(step).step_by(horizon).copied().collect();
                of_step.sort_by(f64::total_cmp);
                reaches.push(reach(&of_step, f64::from(level) / 100.0));
            }
        }
        Self { steps }
    }

    /// The band at `level` around what was `predicted` of windows of these `units`, in order of time.
    /// `errors` are those at this level of the windows whose truth is known, the first ones:
    /// wherever the band held too much or too little, it is narrower or wider after them.
    pub(super) fn band(
        &self,
        level: u8,
        predicted: &Predicted,
        units: &[f64],
        errors: &[f64],
    ) -> Band {
        let horizon = self.steps.len();
        let reaches = self.follow(level, units.len(), errors);
        let side = |end: fn((f64, f64)) -> f64| {
            let each = reaches.iter().enumerate();
            each.map(|(at, reach)| {
                (end(predicted.ends(level, at)) + units[at / horizon] * reach).max(0.0)
            })
            .collect()
        };
        Band {
            level,
            below: side(|ends| ends.0),
            above: side(|ends| ends.1),
        }
    }

    /// How far the band reaches in so many windows and their steps, in units of the windows.
    fn follow(&self, level: u8, windows: usize, errors: &[f64]) -> Vec<f64> {
        let horizon = self.steps.len();
        let mut reaches = vec![0.0; windows * horizon];
        let wanted = f64::from(level);
        for step in 0..horizon {
            let mut now = wanted;
            for window in 0..windows {
                // Step `step` of a window is known once `step + 1` more rows are.
                if let Some(known) = window.checked_sub(step + 1)
                    && let Some(error) = errors.get(known * horizon + step)
                {
                    let held = *error <= reaches[known * horizon + step];
                    now += PACE * (wanted - if held { 100.0 } else { 0.0 });
                }
                reaches[window * horizon + step] = self.at(step, now);
            }
        }
        reaches
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

    /// Whether it can have come from [`ConformalRadii::of`].
    pub(super) fn is_sound(&self, horizon: usize) -> bool {
        let sound = |levels: &Vec<f64>| {
            levels.len() == LEVELS.count() && levels.iter().all(|reach| reach.abs() < 1e12)
        };
        self.steps.len() == horizon && self.steps.iter().all(sound)
    }
}

/// Errors of which only the outermost level is not told: the largest stands for it.
pub(super) const ENOUGH: usize = 50;

/// Of n ascending errors the ⌈(n + 1)·level⌉th, so that the next one lies below with that chance. Where
/// there are too few for the level, the largest, widened as the errors of a normal distribution
/// would be.
fn reach(errors: &[f64], level: f64) -> f64 {
    let count = errors.len();
    let rank = ((count + 1) as f64 * level).ceil() as usize;
    let largest = errors[count - 1];
    if rank <= count || count >= ENOUGH || largest <= 0.0 {
        return errors[rank.clamp(1, count) - 1];
    }
    largest * beyond(count, level)
}

/// How much further than the largest of `count` errors that of a level lies that they are too few for, as the errors of
/// a normal distribution would.
fn beyond(count: usize, level: f64) -> f64 {
    // Both tails of the band lie beyond.
    let normal = |level: f64| Normal::standard().inverse_cdf(0.5 + level / 2.0);
    normal(level) / normal(count as f64 / (count + 1) as f64)
}

/// How far the errors of a few windows reach at each step: the steps share what errors look like, each in units of
/// its mean error, which does not fall from step to step.
fn together(errors: &[f64], horizon: usize, level: f64) -> Vec<f64> {
    let windows = errors.len() / horizon;
    let sum = |step: usize| errors.iter().skip(step).step_by(horizon).sum::<f64>();
    let means = rising(
        (0..horizon)
            .map(|step| sum(step) / windows as f64)
            .collect(),
    );
    let mut shares: Vec<f64> = errors
        .iter()
        .enumerate()
        .map(|(at, error)| error / means[at % horizon])
        .map(|share| if share.is_finite() { share } else { 0.0 })
        .collect();
    shares.sort_by(f64::total_cmp);
    let place = (windows + 1) as f64 * level / windows as f64;
    let rank = (place * shares.len() as f64).ceil() as usize;
    let share = shares[rank.clamp(1, shares.len()) - 1];
    let share = match place > 1.0 {
        true => share * beyond(windows, level),
        false => share,
    };
    means.into_iter().map(|mean| share * mean).collect()
}

/// The nearest values, by squares, that never fall: neighbours that do are put together (pool adjacent violators;
/// Ayer et al. 1955).
fn rising(values: Vec<f64>) -> Vec<f64> {
    // Mean and number of values of each block.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for value in values {
        blocks.push((value, 1));
        while let [.., (before, n), (last, m)] = blocks[..]
            && before > last
        {
            let mean = (before * n as f64 + last * m as f64) / (n + m) as f64;
            blocks.truncate(blocks.len() - 2);
            blocks.push((mean, n + m));
        }
    }
    let each = blocks.into_iter();
    each.flat_map(|(mean, count)| std::iter::repeat_n(mean, count))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Forecasts of nothing, without quantiles.
    fn predicted(numbers: usize) -> Predicted {
        Predicted {
            values: vec![0.0; numbers],
            quantiles: Vec::new(),
        }
    }

    #[test]
    fn ranks_by_hand() {
        // Of nine errors, 80 % asks for the eighth, 95 % for one that is not there.
        let errors: Vec<f64> = (1..=9).map(f64::from).collect();
        let radii = ConformalRadii::of(1, |_| errors.clone());
        let eighty = radii.band(80, &predicted(1), &[0.5], &[]);
        assert_eq!((&eighty.below, &eighty.above), (&vec![4.0], &vec![4.0]));
        // As far beyond the ninth as 1.96 standard deviations are beyond 1.645.
        let wide = radii.band(95, &predicted(1), &[1.0], &[]).above;
        let more = 1.959_964 / 1.644_854;
        assert!((wide[0] - 9.0 * more).abs() < 1e-4);
        assert!(radii.is_sound(1) && !radii.is_sound(2));
    }

    #[test]
    fn a_few_windows_share_what_errors_look_like_and_bands_grow_with_the_step() {
        // Mean errors 1, 3, 2 and 4: the second and the third count as 2.5.
        let shares = [0.2, 0.6, 1.0, 2.2];
        let errors: Vec<f64> = shares
            .iter()
            .flat_map(|share| [1.0, 3.0, 2.0, 4.0].map(|mean| share * mean))
            .collect();
        assert_eq!(rising(vec![1.0, 3.0, 2.0, 4.0]), [1.0, 2.5, 2.5, 4.0]);
        assert_eq!(rising(vec![3.0, 2.0, 1.0]), [2.0; 3]);
        let radii = ConformalRadii::of(4, |_| errors.clone());
        let above = |level| radii.band(level, &predicted(4), &[1.0], &[]).above;
        let (half, most) = (above(50), above(95));
        // With five for four, half is the tenth of sixteen shares; 95 % is beyond the largest, 2.2 · 3 / 2.5.
        let close = |got: &[f64], share: f64| {
            for (got, mean) in got.iter().zip([1.0, 2.5, 2.5, 4.0]) {
                assert!((got - share * mean).abs() < 1e-9, "{got} {share}");
            }
        };
        close(&half, 1.0);
        close(&most, 2.2 * 3.0 / 2.5 * beyond(4, 0.95));
        assert!((beyond(9, 0.95) - 1.959_964 / 1.644_854).abs() < 1e-4);
        assert!(above(80)[0] > half[0] && above(80)[0] <= most[0]);
    }

    #[test]
    fn quantiles_are_widened_or_narrowed_by_what_they_held() {
        let mut predicted = predicted(1);
        predicted.quantiles = [-4.0, -2.0, -1.0, 1.0, 3.0, 6.0].map(|q| vec![q]).to_vec();
        let radii = ConformalRadii::of(1, |level| vec![if level == 80 { 0.5 } else { -9.0 }; 20]);
        let band = radii.band(80, &predicted, &[2.0], &[]);
        assert!((band.below[0] - 3.0).abs() < 1e-5 && (band.above[0] - 4.0).abs() < 1e-5);
        let narrow = radii.band(50, &predicted, &[2.0], &[]);
        assert_eq!((narrow.below[0], narrow.above[0]), (0.0, 0.0));
    }

    #[test]
    fn bands_follow_what_they_hold() {
        let errors: Vec<f64> = (1..=999).map(f64::from).collect();
        let radii = ConformalRadii::of(1, |_| errors.clone());
        let held = |scale: f64| {
            // In order, errors of 1 to 999 would come as a trend.
            let now: Vec<f64> = (0..4000)
                .map(|i| scale * f64::from((i * 617) % 999))
                .collect();
            let reaches = radii.follow(80, 4000, &now);
            let held = now.iter().zip(&reaches).filter(|(e, r)| e <= r).count();
            held as f64 / 40.0
        };
        for scale in [0.8, 1.0, 1.2] {
            assert!((held(scale) - 80.0).abs() < 1.5, "{scale}: {}", held(scale));
        }
        // The truth of step two of a window is known two rows later.
        let steps: Vec<f64> = (0..300).map(|i| f64::from(i / 2)).collect();
        let two = ConformalRadii::of(2, |_| steps.clone());
        let known = two.follow(50, 3, &[999.0; 4]);
        assert_eq!((known[0], known[1]), (75.0, 75.0));
        assert!(known[2] >= known[0] && known[3] == known[1] && known[5] >= known[3]);
    }
}
