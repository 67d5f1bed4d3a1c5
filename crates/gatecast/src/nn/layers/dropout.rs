//! `Dropout`: hides numbers while training.

use gatecast_kernels::elementwise::multiply;
use serde::{Deserialize, Serialize};

use super::{Backward, Forward, Layer, check_rate, fill_mask};
use crate::nn::Shape;

/// Sets a share of its inputs to zero while training and enlarges the others to make up for it;
/// passes everything when predicting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dropout {
    /// The share, in `0..1`.
    pub rate: f32,
}

impl Dropout {
    /// Drops this share.
    pub fn new(rate: f32) -> Self {
        Self { rate }
    }
}

impl Layer for Dropout {
    fn kind(&self) -> String {
        "Dropout".into()
    }

    fn output(&self, input: Shape) -> Result<Shape, String> {
        check_rate("dropout", self.rate)?;
        Ok(input)
    }

    fn cache_len(&self, input: Shape, batch: usize) -> usize {
        input.len() * batch
    }

    fn takes_lengths(&self) -> bool {
        true
    }

    fn forward(&self, pass: Forward<'_>) {
        pass.y.copy_from_slice(pass.x);
        if pass.rng.is_some() && self.rate > 0.0 {
            let mask = &mut pass.cache[..pass.x.len()];
            fill_mask(mask, self.rate, pass.rng);
            multiply(pass.y, mask);
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        if let Some(dx) = pass.dx {
            dx.copy_from_slice(pass.dy);
            if self.rate > 0.0 {
                multiply(dx, pass.cache);
            }
        }
    }
}
