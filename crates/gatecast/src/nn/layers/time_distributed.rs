//! `TimeDistributed`: a layer for vectors, applied to every step of a sequence.

use serde::{Deserialize, Serialize};

use super::{Backward, Forward, Layer, LayerSpec, Tensor};
use crate::nn::Shape;

/// Applies the same layer, with the same weights, to every step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TimeDistributed {
    /// The layer; it must turn a vector into a vector.
    pub of: Box<LayerSpec>,
}

impl TimeDistributed {
    /// Wraps a layer.
    pub fn new(layer: impl Into<LayerSpec>) -> Self {
        Self {
            of: Box::new(layer.into()),
        }
    }

    fn step(input: Shape) -> Shape {
        Shape::vector(input.features())
    }
}

/// Steps of a time-major sequence are rows like any other: for the layer within, a sequence is a
/// batch of `T·B` vectors.
impl Layer for TimeDistributed {
    fn kind(&self) -> String {
        format!("TimeDistributed({})", self.of.layer().kind())
    }

    fn output(&self, input: Shape) -> Result<Shape, String> {
        let Shape::Sequence { steps, .. } = input else {
            return Err("a sequence (None, T, F)".into());
        };
        if matches!(
            *self.of,
            LayerSpec::TimeDistributed(_) | LayerSpec::Embedding(_)
        ) {
            return Err("a layer for vectors within".into());
        }
        match self.of.layer().output(Self::step(input))? {
            Shape::Vector { features } => Ok(Shape::sequence(steps, features)),
            Shape::Sequence { .. } => Err("a layer within that gives a vector".into()),
        }
    }

    fn tensors(&self, input: Shape) -> Vec<Tensor> {
        self.of.layer().tensors(Self::step(input))
    }

    fn packed_len(&self, input: Shape) -> usize {
        self.of.layer().packed_len(Self::step(input))
    }

    fn pack(&self, input: Shape, weights: &[f32], packed: &mut [f32]) {
        self.of.layer().pack(Self::step(input), weights, packed);
    }

    fn cache_len(&self, input: Shape, batch: usize) -> usize {
        self.of
            .layer()
            .cache_len(Self::step(input), batch * input.steps())
    }

    fn state_len(&self) -> Option<usize> {
        self.of.layer().state_len()
    }

    fn takes_lengths(&self) -> bool {
        true
    }

    fn forward(&self, pass: Forward<'_>) {
        let (input, batch) = (Self::step(pass.input), pass.batch * pass.input.steps());
        self.of.layer().forward(Forward {
            input,
            batch,
            ..pass
        });
    }

    fn backward(&self, pass: Backward<'_>) {
        let (input, batch) = (Self::step(pass.input), pass.batch * pass.input.steps());
        self.of.layer().backward(Backward {
            input,
            batch,
            ..pass
        });
    }
}
