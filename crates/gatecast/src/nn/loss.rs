//! Losses, each with its gradient; means over all numbers, as in Keras.

use serde::{Deserialize, Serialize};

/// What training makes small, for an error `e = prediction − target`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// `|e|`.
    #[default]
    Mae,
    /// `e²`.
    Mse,
    /// `e²/2` up to 1, `|e| − 1/2` beyond (Huber 1964, δ = 1).
    Huber,
}

impl Loss {
    /// Every loss, in the order in which help texts list them.
    pub const ALL: [Self; 3] = [Self::Mae, Self::Mse, Self::Huber];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mae => "mae",
            Self::Mse => "mse",
            Self::Huber => "huber",
        }
    }

    /// The sum of the losses; divide by the number of values for the mean.
    pub fn sum(self, prediction: &[f32], target: &[f32]) -> f64 {
        prediction
            .iter()
            .zip(target)
            .map(|(p, t)| self.of(p - t))
            .sum()
    }

    /// Writes the gradient of `factor · Σ loss` by the predictions.
    pub fn gradient(self, prediction: &[f32], target: &[f32], factor: f32, to: &mut [f32]) {
        for ((d, p), t) in to.iter_mut().zip(prediction).zip(target) {
            let e = p - t;
            *d = factor
                * match self {
                    // At zero the gradient is zero, as in PyTorch and Keras.
                    Self::Mae if e == 0.0 => 0.0,
                    Self::Mae => e.signum(),
                    Self::Mse => 2.0 * e,
                    Self::Huber => e.clamp(-1.0, 1.0),
                };
        }
    }

    fn of(self, e: f32) -> f64 {
        let e = f64::from(e).abs();
        match self {
            Self::Mae => e,
            Self::Mse => e * e,
            Self::Huber if e <= 1.0 => 0.5 * e * e,
            Self::Huber => e - 0.5,
        }
    }
}
