//! `Pool`: one vector out of a sequence.

use serde::{Deserialize, Serialize};

use super::{Backward, Forward, Layer};
use crate::nn::Shape;

/// Makes one vector of all steps of a sequence, however long it is. Steps behind a sample's own
/// do not count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// How.
    pub pooling: Pooling,
}

/// What a [`Pool`] takes of the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// Of each number the largest.
    Max,
    /// Of each number the mean.
    Mean,
    /// The last step.
    Last,
}

impl Pool {
    /// The largest of each number (Collobert & Weston 2008).
    pub fn max() -> Self {
        Self {
            pooling: Pooling::Max,
        }
    }

    /// The mean of each number.
    pub fn mean() -> Self {
        Self {
            pooling: Pooling::Mean,
        }
    }

    /// The last step.
    pub fn last() -> Self {
        Self {
            pooling: Pooling::Last,
        }
    }
}

impl Layer for Pool {
    fn kind(&self) -> String {
        match self.pooling {
            Pooling::Max => "GlobalMaxPooling1D",
            Pooling::Mean => "GlobalAveragePooling1D",
            Pooling::Last => "LastStep",
        }
        .into()
    }

    fn output(&self, input: Shape) -> Result<Shape, String> {
        match input {
            Shape::Sequence { features, .. } => Ok(Shape::vector(features)),
            Shape::Vector { .. } => Err("a sequence (None, T, F)".into()),
        }
    }

    /// Of each largest number the step.
    fn cache_len(&self, input: Shape, batch: usize) -> usize {
        match self.pooling {
            Pooling::Max => input.features() * batch,
            Pooling::Mean | Pooling::Last => 0,
        }
    }

    fn state_len(&self) -> Option<usize> {
        None
    }

    fn takes_lengths(&self) -> bool {
        true
    }

    fn forward(&self, pass: Forward<'_>) {
        let (steps, features) = (pass.input.steps(), pass.input.features());
        let step = pass.batch * features;
        for (b, y) in pass.y.chunks_exact_mut(features).enumerate() {
            let length = pass.lengths.map_or(steps, |lengths| lengths[b]);
            let at = |t: usize| &pass.x[t * step + b * features..][..features];
            match self.pooling {
                Pooling::Last => y.copy_from_slice(at(length - 1)),
                Pooling::Mean => {
                    y.fill(0.0);
                    for t in 0..length {
                        y.iter_mut().zip(at(t)).for_each(|(y, x)| *y += x);
                    }
                    let share = 1.0 / length as f32;
                    y.iter_mut().for_each(|y| *y *= share);
                }
                Pooling::Max => {
                    let steps = &mut pass.cache[b * features..][..features];
                    steps.fill(0.0);
                    y.copy_from_slice(at(0));
                    for t in 1..length {
                        for ((y, x), step) in y.iter_mut().zip(at(t)).zip(&mut *steps) {
                            if x > y {
                                *y = *x;
                                *step = t as f32;
                            }
                        }
                    }
                }
            }
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let Some(dx) = pass.dx else { return };
        let (steps, features) = (pass.input.steps(), pass.input.features());
        let step = pass.batch * features;
        dx.fill(0.0);
        for (b, dy) in pass.dy.chunks_exact(features).enumerate() {
            let length = pass.lengths.map_or(steps, |lengths| lengths[b]);
            let start = |t: usize| t * step + b * features;
            match self.pooling {
                Pooling::Last => dx[start(length - 1)..][..features].copy_from_slice(dy),
                Pooling::Mean => {
                    let share = 1.0 / length as f32;
                    for t in 0..length {
                        let dx = &mut dx[start(t)..][..features];
                        dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx = share * dy);
                    }
                }
                Pooling::Max => {
                    let steps = &pass.cache[b * features..][..features];
                    for (at, (dy, t)) in dy.iter().zip(steps).enumerate() {
                        dx[start(*t as usize) + at] = *dy;
                    }
                }
            }
        }
    }
}
