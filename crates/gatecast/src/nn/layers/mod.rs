//! The layers, one a file, and what a layer has to say.
//!
//! A layer is a small description (units, activation, …) without numbers. Its weights lie in the
//! network's flat buffer, its activations in a workspace; [`Layer::forward`] and
//! [`Layer::backward`] are given slices of both.
//!
//! All activations are batched and, for sequences, time-major: `T×B×F`.

mod bidirectional;
mod dense;
mod dropout;
mod embedding;
mod flatten;
mod pool;
mod recurrent;
mod repeat_vector;
mod time_distributed;

use serde::{Deserialize, Serialize};

pub use self::bidirectional::Bidirectional;
pub use self::dense::Dense;
pub use self::dropout::Dropout;
pub use self::embedding::Embedding;
pub use self::flatten::Flatten;
pub use self::pool::{Pool, Pooling};
pub use self::recurrent::{CellKind, CellName, Gru, Lstm, Recurrent, SimpleRnn};
pub use self::repeat_vector::RepeatVector;
pub use self::time_distributed::TimeDistributed;
use super::{Init, Shape};
use crate::rng::Rng;

/// Most units, steps or repetitions of a layer: far beyond use, and far below where products of
/// sizes overflow.
pub(crate) const MOST: usize = 1 << 16;

/// What a layer has to say about itself and to do.
pub(crate) trait Layer {
    /// Its Keras name, e.g. `LSTM`.
    fn kind(&self) -> String;

    /// The shape of its output for one sample.
    ///
    /// # Errors
    /// What the layer wants instead, as a phrase: "a sequence (None, T, F)".
    fn output(&self, input: Shape) -> Result<Shape, String>;

    /// Its weights, in the order in which they lie in the flat buffer.
    fn tensors(&self, _input: Shape) -> Vec<Tensor> {
        Vec::new()
    }

    /// Length of the form of the weights that [`Layer::pack`] makes for the forward pass.
    fn packed_len(&self, _input: Shape) -> usize {
        0
    }

    /// Brings the weights into that form; called after each change of them.
    fn pack(&self, _input: Shape, _weights: &[f32], _packed: &mut [f32]) {}

    /// Length of what a forward pass over `batch` samples leaves for the backward pass.
    fn cache_len(&self, _input: Shape, _batch: usize) -> usize {
        0
    }

    /// How many numbers it carries from one step to the next when it is given a sequence step by
    /// step; `None` for a layer that needs the whole window.
    fn state_len(&self) -> Option<usize> {
        Some(0)
    }

    /// Whether it takes samples of different lengths.
    fn takes_lengths(&self) -> bool {
        false
    }

    /// Numbers in a row of its weights, where it uses only the rows that its inputs name: it is then
    /// the first layer, its gradients are added to zeros and not overwritten.
    fn sparse(&self) -> Option<usize> {
        None
    }

    /// Computes `y`.
    fn forward(&self, pass: Forward<'_>);

    /// Overwrites the gradients of the weights, and `dx` where it is wanted.
    fn backward(&self, pass: Backward<'_>);
}

/// A weight: its name as PyTorch gives it, its shape and its first values.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Tensor {
    /// Such as `weight_ih_l0`.
    pub(crate) name: &'static str,
    /// `[outputs, inputs]`, or `[outputs]` for a bias.
    pub(crate) shape: Vec<usize>,
    /// How it starts.
    pub(crate) init: Init,
}

impl Tensor {
    fn matrix(name: &'static str, outputs: usize, inputs: usize, init: Init) -> Self {
        Self {
            name,
            shape: vec![outputs, inputs],
            init,
        }
    }

    fn bias(name: &'static str, outputs: usize, init: Init) -> Self {
        Self {
            name,
            shape: vec![outputs],
            init,
        }
    }

    /// Numbers in it.
    pub(crate) fn numbers(&self) -> usize {
        self.shape.iter().product()
    }
}

/// What a forward pass is given.
#[derive(Debug)]
pub(crate) struct Forward<'a> {
    /// Shape of one input sample.
    pub(crate) input: Shape,
    /// Samples.
    pub(crate) batch: usize,
    /// The layer's weights.
    pub(crate) weights: &'a [f32],
    /// What [`Layer::pack`] made of them.
    pub(crate) packed: &'a [f32],
    /// Steps of each sample, where they differ; those of `input` are the most of them, and what stands
    /// behind a sample's own may be anything.
    pub(crate) lengths: Option<&'a [usize]>,
    /// Inputs.
    pub(crate) x: &'a [f32],
    /// Outputs, to be overwritten.
    pub(crate) y: &'a mut [f32],
    /// [`Layer::cache_len`] numbers, to be overwritten.
    pub(crate) cache: &'a mut [f32],
    /// [`Layer::state_len`] numbers for each sample, all `h` before all `c`: the state to start from, which
    /// is replaced by the one after the last step. `None` to start from zero.
    pub(crate) state: Option<&'a mut [f32]>,
    /// Chance, while training; `None` when predicting, so that nothing is dropped.
    pub(crate) rng: Option<&'a mut Rng>,
}

/// What a backward pass is given.
#[derive(Debug)]
pub(crate) struct Backward<'a> {
    /// Shape of one input sample.
    pub(crate) input: Shape,
    /// Samples.
    pub(crate) batch: usize,
    /// The layer's weights.
    pub(crate) weights: &'a [f32],
    /// What [`Layer::pack`] made of them.
    pub(crate) packed: &'a [f32],
    /// Gradients of the weights, to be overwritten.
    pub(crate) dweights: &'a mut [f32],
    /// Steps of each sample, as in the forward pass. Gradients behind a sample's own are zero, and must
    /// be in `dx`.
    pub(crate) lengths: Option<&'a [usize]>,
    /// Inputs of the forward pass.
    pub(crate) x: &'a [f32],
    /// Its outputs.
    pub(crate) y: &'a [f32],
    /// Gradients of the outputs; the layer may use them up.
    pub(crate) dy: &'a mut [f32],
    /// Gradients of the inputs, to be overwritten; `None` for the first layer.
    pub(crate) dx: Option<&'a mut [f32]>,
    /// What the forward pass left.
    pub(crate) cache: &'a mut [f32],
    /// What the forward pass was given as a state, where it was.
    pub(crate) initial: Option<Initial<'a>>,
}

/// A state that a pass started from.
#[derive(Debug)]
pub(crate) struct Initial<'a> {
    /// [`Layer::state_len`] numbers for each sample: those of all samples for `h`, then those for `c`.
    pub(crate) state: &'a [f32],
    /// Its gradient, to be overwritten.
    pub(crate) gradient: &'a mut [f32],
}

/// Any layer, as it stands in a model file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "layer", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum LayerSpec {
    /// See [`SimpleRnn`].
    SimpleRnn(SimpleRnn),
    /// See [`Lstm`].
    Lstm(Lstm),
    /// See [`Gru`].
    Gru(Gru),
    /// See [`Dense`].
    Dense(Dense),
    /// See [`TimeDistributed`].
    TimeDistributed(TimeDistributed),
    /// See [`Flatten`].
    Flatten(Flatten),
    /// See [`RepeatVector`].
    RepeatVector(RepeatVector),
    /// See [`Dropout`].
    Dropout(Dropout),
    /// See [`Embedding`].
    Embedding(Embedding),
    /// See [`Bidirectional`].
    Bidirectional(Bidirectional),
    /// See [`Pool`].
    Pool(Pool),
}

impl LayerSpec {
    pub(crate) fn layer(&self) -> &(dyn Layer + Sync) {
        match self {
            Self::SimpleRnn(layer) => layer,
            Self::Lstm(layer) => layer,
            Self::Gru(layer) => layer,
            Self::Dense(layer) => layer,
            Self::TimeDistributed(layer) => layer,
            Self::Flatten(layer) => layer,
            Self::RepeatVector(layer) => layer,
            Self::Dropout(layer) => layer,
            Self::Embedding(layer) => layer,
            Self::Bidirectional(layer) => layer,
            Self::Pool(layer) => layer,
        }
    }
}

macro_rules! from_layers {
    ($($layer:ident),*) => {$(
        impl From<$layer> for LayerSpec {
            fn from(layer: $layer) -> Self {
                Self::$layer(layer)
            }
        }
    )*};
}
from_layers!(
    SimpleRnn,
    Lstm,
    Gru,
    Dense,
    TimeDistributed,
    Flatten,
    RepeatVector,
    Dropout,
    Embedding,
    Bidirectional,
    Pool
);

/// For [`Layer::output`]: that a size lies in `1..=MOST`.
fn check_size(what: &str, size: usize) -> Result<(), String> {
    if (1..=MOST).contains(&size) {
        Ok(())
    } else {
        Err(format!("1 to {MOST} {what}, not {size}"))
    }
}

/// For [`Layer::output`]: that a dropout rate lies in `0..1`.
fn check_rate(what: &str, rate: f32) -> Result<(), String> {
    if (0.0..1.0).contains(&rate) {
        Ok(())
    } else {
        Err(format!(
            "a {what} rate of at least 0 and below 1, not {rate}"
        ))
    }
}

/// Fills a mask for inverted dropout: 0 with probability `rate`, else `1/(1 − rate)`, so that
/// sums keep their mean (Srivastava et al. 2014). All ones without `rng`, when predicting.
fn fill_mask(mask: &mut [f32], rate: f32, rng: Option<&mut Rng>) {
    match rng {
        None => mask.fill(1.0),
        Some(rng) => {
            let keep = 1.0 / (1.0 - rate);
            mask.fill_with(|| if rng.uniform() < rate { 0.0 } else { keep });
        }
    }
}
