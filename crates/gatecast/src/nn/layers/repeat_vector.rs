//! `RepeatVector`: a vector as every step of a sequence.

use gatecast_kernels::elementwise::add;
use serde::{Deserialize, Serialize};

use super::{Backward, Forward, Layer, check_size};
use crate::nn::Shape;

/// Repeats a vector: `F` becomes `(times, F)`. With a recurrent layer behind it, one-to-many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatVector {
    /// Steps of the sequence it makes.
    pub times: usize,
}

impl RepeatVector {
    /// A sequence of so many steps.
    pub fn new(times: usize) -> Self {
        Self { times }
    }
}

impl Layer for RepeatVector {
    fn kind(&self) -> String {
        "RepeatVector".into()
    }

    fn output(&self, input: Shape) -> Result<Shape, String> {
        check_size("repetitions", self.times)?;
        match input {
            Shape::Vector { features } => Ok(Shape::sequence(self.times, features)),
            Shape::Sequence { .. } => Err("a vector (None, F)".into()),
        }
    }

    fn state_len(&self) -> Option<usize> {
        None
    }

    fn forward(&self, pass: Forward<'_>) {
        pass.y
            .chunks_exact_mut(pass.x.len())
            .for_each(|step| step.copy_from_slice(pass.x));
    }

    fn backward(&self, pass: Backward<'_>) {
        if let Some(dx) = pass.dx {
            dx.fill(0.0);
            pass.dy
                .chunks_exact(dx.len())
                .for_each(|step| add(dx, step));
        }
    }
}
