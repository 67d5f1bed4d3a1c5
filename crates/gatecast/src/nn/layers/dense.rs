//! `Dense`: every output from every input.

use gatecast_kernels::{Activation, dense};
use serde::{Deserialize, Serialize};

use super::{Backward, Forward, Layer, Tensor, check_size};
use crate::nn::{Init, Shape};

/// `y = activation(x·Wᵀ + b)` on the last axis: on a sequence, the same weights at every step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dense {
    /// Outputs.
    pub units: usize,
    /// Linear unless set.
    #[serde(default)]
    pub activation: Activation,
}

impl Dense {
    /// A linear layer with so many outputs.
    pub fn new(units: usize) -> Self {
        Self {
            units,
            activation: Activation::Linear,
        }
    }

    /// With this activation.
    pub fn activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    fn dims(&self, input: Shape, batch: usize) -> dense::Dims {
        dense::Dims {
            rows: batch * input.steps(),
            inputs: input.features(),
            units: self.units,
        }
    }
}

impl Layer for Dense {
    fn kind(&self) -> String {
        "Dense".into()
    }

    fn output(&self, input: Shape) -> Result<Shape, String> {
        check_size("units", self.units)?;
        Ok(match input {
            Shape::Vector { .. } => Shape::vector(self.units),
            Shape::Sequence { steps, .. } => Shape::sequence(steps, self.units),
        })
    }

    fn tensors(&self, input: Shape) -> Vec<Tensor> {
        vec![
            Tensor::matrix("weight", self.units, input.features(), Init::GlorotUniform),
            Tensor::bias("bias", self.units, Init::Zeros),
        ]
    }

    fn packed_len(&self, input: Shape) -> usize {
        dense::packed_len(input.features(), self.units)
    }

    fn pack(&self, input: Shape, weights: &[f32], packed: &mut [f32]) {
        let weight = &weights[..self.units * input.features()];
        dense::pack(packed, weight, input.features(), self.units);
    }

    fn takes_lengths(&self) -> bool {
        true
    }

    fn forward(&self, pass: Forward<'_>) {
        let dims = self.dims(pass.input, pass.batch);
        let bias = &pass.weights[self.units * dims.inputs..];
        dense::forward(dims, self.activation, pass.packed, bias, pass.x, pass.y);
    }

    fn backward(&self, pass: Backward<'_>) {
        let dims = self.dims(pass.input, pass.batch);
        let (dweight, dbias) = pass.dweights.split_at_mut(self.units * dims.inputs);
        dense::backward(
            dims,
            self.activation,
            pass.weights,
            pass.x,
            pass.y,
            pass.dy,
            dweight,
            dbias,
            pass.dx,
        );
    }
}
