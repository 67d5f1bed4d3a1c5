//! `Flatten`: a sequence as one long vector.

use serde::{Deserialize, Serialize};

use super::{Backward, Forward, Layer};
use crate::nn::Shape;

/// Lays the steps of a sequence one after the other: `(T, F)` becomes `T·F`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flatten {}

impl Flatten {
    /// The layer has no settings.
    #[allow(clippy::new_without_default)] // Keras has no default for it either: say `new`
    pub fn new() -> Self {
        Self {}
    }
}

/// Calls `copy(time-major range, sample-major range)` for every step of every sample.
fn each_step(
    input: Shape,
    batch: usize,
    mut copy: impl FnMut(std::ops::Range<usize>, std::ops::Range<usize>),
) {
    let (steps, features) = (input.steps(), input.features());
    for t in 0..steps {
        for b in 0..batch {
            let (there, here) = ((t * batch + b) * features, (b * steps + t) * features);
            copy(there..there + features, here..here + features);
        }
    }
}

impl Layer for Flatten {
    fn kind(&self) -> String {
        "Flatten".into()
    }

    fn output(&self, input: Shape) -> Result<Shape, String> {
        Ok(Shape::vector(input.len()))
    }

    fn state_len(&self) -> Option<usize> {
        None
    }

    fn forward(&self, pass: Forward<'_>) {
        each_step(pass.input, pass.batch, |x, y| {
            pass.y[y].copy_from_slice(&pass.x[x])
        });
    }

    fn backward(&self, pass: Backward<'_>) {
        if let Some(dx) = pass.dx {
            each_step(pass.input, pass.batch, |x, y| {
                dx[x].copy_from_slice(&pass.dy[y])
            });
        }
    }
}
