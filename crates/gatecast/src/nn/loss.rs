//! Losses, each with its gradient; means over all numbers, as in Keras.

use serde::{Deserialize, Serialize};

use super::Shape;

/// The quantiles that a network trained with [`Loss::Quantile`] says, in this order, for each number
/// asked for: the median, and the ends of bands of 50, 80 and 95 per cent.
pub const QUANTILES: [f32; 7] = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975];

/// What training makes small, for an error `e = prediction − target`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Loss {
    /// `|e|`.
    #[default]
    Mae,
    /// `e²`.
    Mse,
    /// `e²/2` up to 1, `|e| − 1/2` beyond (Huber 1964, δ = 1).
    Huber,
    /// `−Σ t·log softmax(y)` over the outputs of a step, which are logits; targets are the probability of
    /// each class, or weights in their place. A mean over steps and not over numbers.
    CrossEntropy,
    /// `max(−τ·e, (1 − τ)·e)`, where `τ` goes through [`QUANTILES`] from one output to the next (the
    /// pinball loss; Koenker & Bassett 1978).
    Quantile,
    /// `|f − y|` up to 20, with the forecast `f = r + Σ softmax(z)ₖ·cₖ`: outputs of a step are `r, z₁ … z_K`, its
    /// targets `y` and the simple forecasts `c₁ … c_K` that are weighed. What is so far off is not learnt from.
    Mixture {
        /// `K`.
        simple: usize,
    },
}

impl Loss {
    /// Every loss of numbers, in the order in which help texts list them.
    pub const ALL: [Self; 4] = [Self::Mae, Self::Mse, Self::Huber, Self::Quantile];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mae => "mae",
            Self::Mse => "mse",
            Self::Huber => "huber",
            Self::CrossEntropy => "cross-entropy",
            Self::Quantile => "quantile",
            Self::Mixture { .. } => "mixture",
        }
    }

    /// Outputs of the network for each number that it predicts.
    pub fn outputs(self) -> usize {
        match self {
            Self::Quantile => QUANTILES.len(),
            Self::Mixture { simple } => simple + 1,
            Self::Mae | Self::Mse | Self::Huber | Self::CrossEntropy => 1,
        }
    }

    /// How many terms the loss of one sample with outputs of this shape is the mean of.
    pub fn terms(self, output: Shape) -> usize {
        match self {
            Self::CrossEntropy => output.steps(),
            Self::Mixture { simple } => output.len() / (simple + 1),
            _ => output.len(),
        }
    }

    /// The sum of the losses of outputs with so many `features`; divide by the number of terms for the mean.
    pub fn sum(self, prediction: &[f32], target: &[f32], features: usize) -> f64 {
        let errors = prediction.iter().zip(target).map(|(p, t)| p - t);
        match self {
            Self::CrossEntropy => {
                let rows = prediction.chunks_exact(features);
                rows.zip(target.chunks_exact(features))
                    .map(|(logits, target)| {
                        let log_sum = log_sum_exp(logits);
                        let terms = logits.iter().zip(target);
                        terms
                            .map(|(y, t)| f64::from(*t) * (log_sum - f64::from(*y)))
                            .sum::<f64>()
                    })
                    .sum()
            }
            Self::Quantile => errors
                .zip(QUANTILES.iter().cycle())
                .map(|(e, tau)| f64::from((-tau * e).max((1.0 - tau) * e)))
                .sum(),
            Self::Mixture { simple } => prediction
                .chunks_exact(simple + 1)
                .zip(target.chunks_exact(simple + 1))
                .map(|(said, target)| {
                    let error = f64::from(mixture(said, &target[1..])) - f64::from(target[0]);
                    error.abs().min(f64::from(FARTHEST))
                })
                .sum(),
            _ => errors.map(|e| self.of(e)).sum(),
        }
    }

    /// The sum of the absolute errors of all numbers; of logits, those of the probabilities.
    pub(crate) fn absolute_error(self, prediction: &[f32], target: &[f32], features: usize) -> f64 {
        if let Self::Mixture { .. } = self {
            return self.sum(prediction, target, features);
        }
        if self != Self::CrossEntropy {
            return Self::Mae.sum(prediction, target, features);
        }
        let rows = prediction.chunks_exact(features);
        rows.zip(target.chunks_exact(features))
            .flat_map(|(logits, target)| {
                let terms = softmax(logits).zip(target);
                terms.map(|(p, t)| (p - f64::from(*t)).abs())
            })
            .sum()
    }

    /// Writes the gradient of `factor · Σ loss` by the predictions.
    pub fn gradient(
        self,
        prediction: &[f32],
        target: &[f32],
        features: usize,
        factor: f32,
        to: &mut [f32],
    ) {
        if self == Self::CrossEntropy {
            let rows = prediction.chunks_exact(features);
            let rows = rows.zip(target.chunks_exact(features));
            for ((logits, target), to) in rows.zip(to.chunks_exact_mut(features)) {
                let whole: f32 = target.iter().sum();
                let log_sum = log_sum_exp(logits);
                for ((d, y), t) in to.iter_mut().zip(logits).zip(target) {
                    let probability = (f64::from(*y) - log_sum).exp() as f32;
                    *d = factor * (whole * probability - t);
                }
            }
            return;
        }
        if let Self::Mixture { simple } = self {
            let rows = prediction.chunks_exact(simple + 1);
            let rows = rows.zip(target.chunks_exact(simple + 1));
            for ((said, target), to) in rows.zip(to.chunks_exact_mut(simple + 1)) {
                let error = mixture(said, &target[1..]) - target[0];
                let sign = match error.abs() {
                    size if size > 0.0 && size < FARTHEST => factor * error.signum(),
                    _ => 0.0,
                };
                let weighed = error + target[0] - said[0];
                let weights = weights(&said[1..]);
                to[0] = sign;
                for ((d, weight), c) in to[1..].iter_mut().zip(weights).zip(&target[1..]) {
                    *d = sign * weight * (c - weighed);
                }
            }
            return;
        }
        let taus = QUANTILES.iter().cycle();
        for (((d, p), t), tau) in to.iter_mut().zip(prediction).zip(target).zip(taus) {
            let e = p - t;
            *d = factor
                * match self {
                    // At zero the gradient is zero, as in PyTorch and Keras.
                    Self::Mae | Self::Quantile if e == 0.0 => 0.0,
                    Self::Mae => e.signum(),
                    Self::Quantile if e > 0.0 => 1.0 - tau,
                    Self::Quantile => -tau,
                    Self::Mse => 2.0 * e,
                    Self::Huber | Self::CrossEntropy | Self::Mixture { .. } => e.clamp(-1.0, 1.0),
                };
        }
    }

    fn of(self, e: f32) -> f64 {
        let e = f64::from(e).abs();
        match self {
            Self::Mae | Self::Quantile | Self::CrossEntropy | Self::Mixture { .. } => e,
            Self::Mse => e * e,
            Self::Huber if e <= 1.0 => 0.5 * e * e,
            Self::Huber => e - 0.5,
        }
    }
}

/// Beyond this an error is cut in [`Loss::Mixture`].
const FARTHEST: f32 = 20.0;

/// The forecast of [`Loss::Mixture`]: `said` are `r, z₁ … z_K`.
pub(crate) fn mixture(said: &[f32], simple: &[f32]) -> f32 {
    let weighed: f32 = weights(&said[1..]).zip(simple).map(|(w, c)| w * c).sum();
    said[0] + weighed
}

/// The softmax of logits.
fn weights(logits: &[f32]) -> impl Iterator<Item = f32> + '_ {
    let most = logits
        .iter()
        .fold(f32::NEG_INFINITY, |most, z| most.max(*z));
    let sum: f32 = logits.iter().map(|z| (z - most).exp()).sum();
    logits.iter().map(move |z| (z - most).exp() / sum)
}

/// `log Σ exp(y)`, without overflow.
pub(crate) fn log_sum_exp(logits: &[f32]) -> f64 {
    let most = logits
        .iter()
        .fold(f32::NEG_INFINITY, |most, y| most.max(*y));
    let sum: f64 = logits.iter().map(|y| f64::from(y - most).exp()).sum();
    f64::from(most) + sum.ln()
}

/// The probabilities that logits stand for.
pub(crate) fn softmax(logits: &[f32]) -> impl Iterator<Item = f64> + '_ {
    let log_sum = log_sum_exp(logits);
    logits.iter().map(move |y| (f64::from(*y) - log_sum).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// PyTorch has no pinball loss: by hand, and by finite differences.
    #[test]
    fn pinball_by_hand_and_by_differences() {
        let target = vec![1.0f32; 2 * QUANTILES.len()];
        let mut said = vec![3.0f32; 2 * QUANTILES.len()];
        said[QUANTILES.len()..].fill(0.0);
        // Two above costs 2·(1 − τ), one below τ.
        let want: f32 = QUANTILES.iter().map(|tau| 2.0 * (1.0 - tau) + tau).sum();
        let loss = Loss::Quantile.sum(&said, &target, 1);
        assert!((loss - f64::from(want)).abs() < 1e-5, "{loss} {want}");
        let mut gradient = vec![0.0; said.len()];
        Loss::Quantile.gradient(&said, &target, 1, 1.0, &mut gradient);
        for (at, d) in gradient.iter().enumerate() {
            let mut moved = said.clone();
            moved[at] += 0.25;
            let difference = (Loss::Quantile.sum(&moved, &target, 1) - loss) / 0.25;
            assert!((difference - f64::from(*d)).abs() < 1e-5, "{at}");
        }
    }

    #[test]
    fn a_mixture_by_hand_and_by_differences() {
        // Two steps with two simple forecasts each.
        let loss = Loss::Mixture { simple: 2 };
        let target = [5.0f32, 4.0, 8.0, -1.0, 0.0, 2.0];
        let mut said = [0.5f32, 0.0, 3f32.ln(), 0.25, 1.0, -1.0];
        // Weights of a quarter and three quarters.
        assert!((mixture(&said[..3], &target[1..3]) - 7.5).abs() < 1e-6);
        let mut gradient = [0.0; 6];
        loss.gradient(&said, &target, 6, 2.0, &mut gradient);
        for at in 0..said.len() {
            let kept = said[at];
            said[at] = kept + 1e-2;
            let up = loss.sum(&said, &target, 6);
            said[at] = kept - 1e-2;
            let down = loss.sum(&said, &target, 6);
            said[at] = kept;
            let want = 2.0 * (up - down) / 2e-2;
            assert!(
                (want - f64::from(gradient[at])).abs() < 1e-3,
                "{at}: {want} {gradient:?}"
            );
        }
        said[0] = 100.0;
        loss.gradient(&said, &target, 6, 2.0, &mut gradient);
        assert_eq!(gradient[..3], [0.0; 3]);
    }

    #[test]
    fn the_least_pinball_loss_is_at_the_quantile() {
        let values: Vec<f32> = (1..=200).map(|i| i as f32).collect();
        for (at, tau) in QUANTILES.iter().enumerate() {
            let loss = |guess: f32| -> f64 {
                let one = |value: &f32| {
                    let mut said = [*value; QUANTILES.len()];
                    said[at] = guess;
                    Loss::Quantile.sum(&said, &[*value; QUANTILES.len()], 1)
                };
                values.iter().map(one).sum()
            };
            let best = (0..=200)
                .map(|i| i as f32)
                .min_by(|&a, &b| loss(a).total_cmp(&loss(b)));
            assert!(
                (best.unwrap() - 200.0 * tau).abs() <= 1.0,
                "{tau}: {best:?}"
            );
        }
    }
}
