//! Where samples come from.

use super::Shape;
use crate::error::{Error, Result};

/// Samples with targets, by number.
pub trait Dataset: Sync {
    /// Number of samples.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Shape of one input.
    fn input(&self) -> Shape;

    /// Shape of one target.
    fn target(&self) -> Shape;

    /// Steps of a sample, where samples differ: at least 1, and no more than [`Dataset::input`] has.
    /// `None` where all have as many as that.
    fn steps(&self, _row: usize) -> Option<usize> {
        None
    }

    /// Copies the samples `rows` to `x` and their targets to `y`, both time-major: all samples'
    /// first steps, then all their second steps. Where samples differ in steps, `x` gets as many as
    /// the longest of them has, and the others are followed by zeros.
    ///
    /// # Panics
    /// May panic when a row does not exist or a slice is shorter than the rows need.
    fn gather(&self, rows: &[usize], x: &mut [f32], y: &mut [f32]);
}

/// Samples in memory, one after the other (`N×T×F`, as in NumPy).
#[derive(Clone, Debug)]
pub struct Arrays {
    input: Shape,
    target: Shape,
    x: Vec<f32>,
    y: Vec<f32>,
}

impl Arrays {
    /// Takes `x` as inputs and `y` as targets.
    ///
    /// # Errors
    /// [`NotASeries`](crate::ErrorKind::NotASeries) when the lengths are not those of one number of
    /// samples.
    pub fn new(input: Shape, x: Vec<f32>, target: Shape, y: Vec<f32>) -> Result<Self> {
        let fits = !input.is_empty()
            && !target.is_empty()
            && x.len().is_multiple_of(input.len())
            && Some(y.len()) == (x.len() / input.len()).checked_mul(target.len());
        if !fits {
            return Err(Error::not_a_series(format!(
                "{} input and {} target numbers do not make samples of {input} and {target}",
                x.len(),
                y.len()
            )));
        }
        Ok(Self {
            input,
            target,
            x,
            y,
        })
    }
}

impl Dataset for Arrays {
    fn len(&self) -> usize {
        self.x.len() / self.input.len()
    }

    fn input(&self) -> Shape {
        self.input
    }

    fn target(&self) -> Shape {
        self.target
    }

    fn gather(&self, rows: &[usize], x: &mut [f32], y: &mut [f32]) {
        for (shape, from, to) in [(self.input, &self.x, x), (self.target, &self.y, y)] {
            for (b, &row) in rows.iter().enumerate() {
                let sample = &from[row * shape.len()..(row + 1) * shape.len()];
                for (t, step) in sample.chunks_exact(shape.features()).enumerate() {
                    to[(t * rows.len() + b) * shape.features()..][..shape.features()]
                        .copy_from_slice(step);
                }
            }
        }
    }
}

/// Time-major values of `rows` samples, put back in the order sample by sample.
pub(crate) fn sample_major(shape: Shape, rows: usize, time_major: &[f32]) -> Vec<f32> {
    let (steps, features) = (shape.steps(), shape.features());
    let mut out = Vec::with_capacity(rows * shape.len());
    for b in 0..rows {
        for t in 0..steps {
            out.extend_from_slice(&time_major[(t * rows + b) * features..][..features]);
        }
    }
    out
}
