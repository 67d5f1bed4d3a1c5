//! What networks predict for windows, in the units of the file: values, and with quantile outputs
//! how far the quantiles lie from them. What this file is not: it knows no truth and no dates.

use crate::error::{Error, Result};
use crate::nn::{Dataset, QUANTILES, Sequential};
use crate::prepare::Windows;

/// Forecasts of windows, `steps` each. Step `k` of window `i` is element `i·steps + k`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Predicted {
    /// The forecasts; of quantiles, the median.
    pub values: Vec<f64>,
    /// The other quantiles less the median, in the order of [`QUANTILES`] and the median left
    /// out; empty for a network with one output a step.
    pub quantiles: Vec<Vec<f64>>,
}

/// Where in [`QUANTILES`] the median stands.
const MEDIAN: usize = QUANTILES.len() / 2;

impl From<Vec<f64>> for Predicted {
    /// Without other quantiles.
    fn from(values: Vec<f64>) -> Self {
        Self {
            values,
            quantiles: Vec::new(),
        }
    }
}

impl Predicted {
    /// Runs `network` on windows of which it predicts `at_once` steps at a time, until there are
    /// `horizon` of them: its predictions are taken for known in between.
    ///
    /// # Errors
    /// [`TooExtreme`](crate::ErrorKind::TooExtreme) when a number overflows.
    pub(super) fn by(
        network: &Sequential,
        windows: &Windows<'_>,
        at_once: usize,
        horizon: usize,
    ) -> Result<Self> {
        let outputs = network.output().len() / at_once;
        let mut windows = windows.clone().with_outputs(at_once, outputs);
        let mut blocks = Vec::new();
        loop {
            let decoded = windows.decode(&network.predict(&windows)?);
            // Of a mixture's outputs comes one value a step.
            let each = decoded.len() / (windows.len() * at_once).max(1);
            let block = Self::sorted(decoded, each.max(1));
            let known = (blocks.len() + 1) * at_once >= horizon;
            if !known {
                windows = windows.advanced(&block.values);
            }
            blocks.push(block);
            if known {
                break;
            }
        }
        let in_order = |of: &dyn Fn(&Self) -> &[f64]| {
            let blocks: Vec<&[f64]> = blocks.iter().map(of).collect();
            interleave(&blocks, at_once, horizon)
        };
        let predicted = Self {
            values: in_order(&|block| &block.values),
            quantiles: (0..blocks[0].quantiles.len())
                .map(|q| in_order(&|block| &block.quantiles[q]))
                .collect(),
        };
        let numbers = predicted
            .quantiles
            .iter()
            .flatten()
            .chain(&predicted.values);
        match numbers.into_iter().all(|value| value.is_finite()) {
            true => Ok(predicted),
            false => Err(Error::too_extreme(
                "the values lie so far from those of training that the network overflows",
            )),
        }
    }

    /// From so many `outputs` a step, whose quantiles may have crossed.
    fn sorted(mut numbers: Vec<f64>, outputs: usize) -> Self {
        if outputs == 1 {
            return Self {
                values: numbers,
                quantiles: Vec::new(),
            };
        }
        let mut all = Self {
            values: Vec::new(),
            quantiles: vec![Vec::new(); outputs - 1],
        };
        for step in numbers.chunks_exact_mut(outputs) {
            step.sort_by(f64::total_cmp);
            let median = step[MEDIAN];
            all.values.push(median);
            let others = step[..MEDIAN].iter().chain(&step[MEDIAN + 1..]);
            for (to, value) in all.quantiles.iter_mut().zip(others) {
                to.push(value - median);
            }
        }
        all
    }

    /// The first steps of one window.
    pub(super) fn first_steps(&self, steps: usize) -> Self {
        let first = |values: &Vec<f64>| values[..steps.min(values.len())].to_vec();
        Self {
            values: first(&self.values),
            quantiles: self.quantiles.iter().map(first).collect(),
        }
    }

    /// The mean of what several networks predict.
    pub(super) fn mean(members: &[Self]) -> Self {
        let mean = |of: &dyn Fn(&Self) -> &[f64]| {
            let count = members.len() as f64;
            let sum = |at: usize| members.iter().map(|member| of(member)[at]).sum::<f64>();
            (0..of(&members[0]).len())
                .map(|at| sum(at) / count)
                .collect()
        };
        Self {
            values: mean(&|member| &member.values),
            quantiles: (0..members[0].quantiles.len())
                .map(|q| mean(&|member| &member.quantiles[q]))
                .collect(),
        }
    }

    /// Brings each window into units of its own.
    pub(super) fn divide_by(&mut self, units: &[f64]) {
        let horizon = self.values.len() / units.len().max(1);
        let all = std::iter::once(&mut self.values).chain(&mut self.quantiles);
        for values in all {
            for (at, value) in values.iter_mut().enumerate() {
                *value /= units[at / horizon];
            }
        }
    }

    /// Appends what was predicted for later windows.
    pub(super) fn append(&mut self, later: Self) {
        self.values.extend(later.values);
        self.quantiles.resize(later.quantiles.len(), Vec::new());
        for (all, later) in self.quantiles.iter_mut().zip(later.quantiles) {
            all.extend(later);
        }
    }

    /// Blends the values with the base of each step: with a `weight` of 0 they are the base, with 1
    /// they stay. The quantiles go with them.
    pub(super) fn blend(&mut self, weight: f64, base: &[f64]) {
        if weight < 1.0 {
            for (value, &base) in self.values.iter_mut().zip(base) {
                *value = base + weight * (*value - base);
            }
        }
    }

    /// How far below and above element `at` the band of a level in per cent ends, by the quantiles:
    /// between the outputs, on the line from one to the next; beyond them, there.
    /// `(0, 0)` without quantiles.
    pub(super) fn ends(&self, level: u8, at: usize) -> (f64, f64) {
        let side = |tau: f64| {
            let place = |q: usize| {
                let value = match q.cmp(&MEDIAN) {
                    std::cmp::Ordering::Less => self.quantiles[q][at],
                    std::cmp::Ordering::Equal => 0.0,
                    std::cmp::Ordering::Greater => self.quantiles[q - 1][at],
                };
                (f64::from(QUANTILES[q]), value)
            };
            let above = (1..QUANTILES.len() - 1)
                .find(|&q| tau <= f64::from(QUANTILES[q]))
                .unwrap_or(QUANTILES.len() - 1);
            let ((t0, v0), (t1, v1)) = (place(above - 1), place(above));
            v0 + ((tau - t0) / (t1 - t0)).clamp(0.0, 1.0) * (v1 - v0)
        };
        if self.quantiles.is_empty() {
            return (0.0, 0.0);
        }
        let half = f64::from(level) / 200.0;
        (-side(0.5 - half), side(0.5 + half))
    }

    /// For each window and step, how far the truth lies outside the band of a level that the
    /// quantiles give (negative inside), in units of the windows: Romano, Patterson & Candès 2019,
    /// equation 6. Without quantiles, the absolute error.
    pub(super) fn excess(&self, level: u8, actual: &[f64], units: &[f64]) -> Vec<f64> {
        let horizon = actual.len() / units.len().max(1);
        let one = |(at, (value, actual)): (usize, (&f64, &f64))| {
            let (lower, upper) = self.ends(level, at);
            (value - lower - actual).max(actual - value - upper) / units[at / horizon]
        };
        self.values
            .iter()
            .zip(actual)
            .enumerate()
            .map(one)
            .collect()
    }
}

/// Blocks of `block` steps a window, one after the other, as the first `horizon` steps a window.
fn interleave(blocks: &[&[f64]], block: usize, horizon: usize) -> Vec<f64> {
    let windows = blocks.first().map_or(0, |first| first.len() / block);
    let steps = |window: usize| {
        let of_window = move |of: &&[f64]| of[window * block..][..block].to_vec();
        blocks.iter().flat_map(of_window).take(horizon)
    };
    (0..windows).flat_map(steps).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_that_cross_are_sorted_and_ends_lie_between_them() {
        let predicted = Predicted::sorted(vec![3.0, 1.0, 2.0, 4.0, 5.0, 7.0, 6.0], 7);
        assert_eq!(predicted.values, [4.0]);
        let quantiles: Vec<f64> = predicted.quantiles.concat();
        assert_eq!(quantiles, [-3.0, -2.0, -1.0, 1.0, 2.0, 3.0]);
        let close = |level, want: f64| {
            let (lower, upper) = predicted.ends(level, 0);
            assert!(
                (lower - want).abs() < 1e-5 && (upper - want).abs() < 1e-5,
                "{level}: {lower} {upper}"
            );
        };
        for (level, want) in [
            (50, 1.0),
            (80, 2.0),
            (95, 3.0),
            (99, 3.0),
            (65, 1.5),
            (25, 0.5),
        ] {
            close(level, want);
        }
        // Two beyond the upper end of 80 %, in units of 4; and one inside the nearer end.
        assert!((predicted.excess(80, &[8.0], &[4.0])[0] - 0.5).abs() < 1e-5);
        assert!((predicted.excess(80, &[5.0], &[4.0])[0] + 0.25).abs() < 1e-5);
    }

    #[test]
    fn blocks_are_put_in_the_order_of_windows() {
        let blocks: [&[f64]; 2] = [&[1.0, 2.0, 11.0, 12.0], &[3.0, 4.0, 13.0, 14.0]];
        assert_eq!(interleave(&blocks, 2, 3), [1.0, 2.0, 3.0, 11.0, 12.0, 13.0]);
    }
}
