//! The memory of a pass: allocated once, used for every batch.

use super::model::Sequential;

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
    #[cfg(test)]
    InputGradient,
}

impl Workspace {
    pub(crate) fn new(net: &Sequential, capacity: usize, purpose: Purpose) -> Self {
        let training = purpose != Purpose::Prediction;
        let mut input = net.input();
        let layers = net
            .layers()
            .map(|(layer, output)| {
                let y = vec![0.0; output.len() * capacity];
                let dy = if training { y.clone() } else { Vec::new() };
                let cache = vec![0.0; layer.cache_len(input, capacity)];
                input = output;
                Buffers { y, dy, cache }
            })
            .collect();
        let x = vec![0.0; net.input().len() * capacity];
        #[cfg(test)]
        let dx = if purpose == Purpose::InputGradient {
            x.clone()
        } else {
            Vec::new()
        };
        #[cfg(not(test))]
        let dx = Vec::new();
        Self {
            capacity,
            x,
            dx,
            layers,
        }
    }

    /// The network's output for the first `rows` samples, after a forward pass.
    pub(crate) fn output(&self, rows: usize) -> &[f32] {
        let y = &self.layers[self.layers.len() - 1].y;
        &y[..y.len() / self.capacity * rows]
    }
}
