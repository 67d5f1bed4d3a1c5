//! The memory of a pass: allocated once, used for every batch.

use super::stack::Plan;
use super::{Dataset, Fault};
use crate::error::Result;

/// Activations, caches and (for training) gradients of every layer, for up to `capacity` samples.
///
/// | buffer | shape |
/// |---|---|
/// | `x` | the network's input, time-major |
/// | `layers[l].y`, `.dy` | output of layer `l` and its gradient, time-major |
/// | `layers[l].cache` | as layer `l` says |
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    pub(crate) capacity: usize,
    /// Steps of the samples at hand: the most of them where they differ.
    pub(crate) steps: usize,
    /// Of each, where they differ; empty where they do not.
    pub(crate) lengths: Vec<usize>,
    pub(crate) x: Vec<f32>,
    /// Gradient of the input; only for those who ask for it.
    pub(crate) dx: Vec<f32>,
    pub(crate) layers: Vec<Buffers>,
}

#[derive(Clone, Debug)]
pub(crate) struct Buffers {
    pub(crate) y: Vec<f32>,
    pub(crate) dy: Vec<f32>,
    pub(crate) cache: Vec<f32>,
}

/// What a workspace is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Prediction,
    Training,
    /// Training that also wants the gradient of the input.
    InputGradient,
}

impl Workspace {
    /// Takes the memory, or says how much could not be had.
    pub(crate) fn new(plan: &Plan, capacity: usize, purpose: Purpose) -> Result<Self> {
        let training = purpose != Purpose::Prediction;
        let bytes = 4 * plan.computed as u128 * capacity as u128;
        let zeros = |len: usize| {
            let no_room = |_| Fault::Memory {
                bytes,
                samples: capacity,
            };
            reserve(len).map_err(no_room)
        };
        let mut layers = Vec::new();
        for ((layer, input), output) in plan.layers().zip(&plan.outputs) {
            let y = zeros(output.len() * capacity)?;
            let dy = zeros(if training { y.len() } else { 0 })?;
            let cache = zeros(layer.cache_len(input, capacity))?;
            layers.push(Buffers { y, dy, cache });
        }
        let x = zeros(plan.input.len() * capacity)?;
        let dx = zeros(if purpose == Purpose::InputGradient {
            x.len()
        } else {
            0
        })?;
        Ok(Self {
            capacity,
            steps: plan.input.steps(),
            lengths: Vec::with_capacity(capacity),
            x,
            dx,
            layers,
        })
    }

    /// Copies samples and their targets from where they are.
    pub(crate) fn gather(&mut self, data: &dyn Dataset, rows: &[usize], target: &mut [f32]) {
        self.lengths.clear();
        self.lengths
            .extend(rows.iter().filter_map(|&row| data.steps(row)));
        self.steps = match self.lengths.iter().max() {
            Some(&steps) => steps,
            None => data.input().steps(),
        };
        data.gather(rows, &mut self.x, target);
    }

    /// Takes note of how many steps the samples have that are to come, and of each where they differ.
    pub(crate) fn set_lengths(&mut self, lengths: impl Iterator<Item = usize>) {
        self.lengths.clear();
        self.lengths.extend(lengths);
        self.steps = self.lengths.iter().max().copied().unwrap_or(1);
    }

    /// The network's output for the first `rows` samples, after a forward pass.
    pub(crate) fn output(&self, rows: usize) -> &[f32] {
        let y = &self.layers[self.layers.len() - 1].y;
        &y[..y.len() / self.capacity * rows]
    }
}

/// Room for so many numbers, all zero, or the error that says how much could not be had for `samples` samples.
pub(super) fn zeros(len: usize, samples: usize) -> Result<Vec<f32>> {
    let bytes = 4 * len as u128;
    let no_room = |_| Fault::Memory { bytes, samples };
    Ok(reserve(len).map_err(no_room)?)
}

fn reserve(len: usize) -> std::result::Result<Vec<f32>, std::collections::TryReserveError> {
    let mut numbers = Vec::new();
    numbers.try_reserve_exact(len)?;
    numbers.resize(len, 0.0);
    Ok(numbers)
}
