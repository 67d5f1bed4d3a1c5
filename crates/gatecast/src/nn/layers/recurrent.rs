//! `SimpleRNN`, `LSTM`, `GRU`: one layer, three cells.
//!
//! The arithmetic is in `gatecast_kernels`; here weights get their names and places, and dropout
//! its masks. The cache of a pass lies as: gates, saved, masked, scratch, hidden states (only
//! where the last one alone is the output), mask of the inputs, masked inputs, mask of the
//! hidden state.

use gatecast_kernels::Activation;
use gatecast_kernels::elementwise::multiply;
use gatecast_kernels::gru::GruCell;
use gatecast_kernels::lstm::LstmCell;
use gatecast_kernels::recurrent::{self, Cache, Cell, Dims, Gradients, Initial, OutputGradient};
use gatecast_kernels::rnn::RnnCell;
use serde::{Deserialize, Serialize};
use std::marker::PhantomData;

use super::{Backward, Forward, Layer, LayerSpec, Tensor, check_rate, check_size, fill_mask};
use crate::nn::{Init, Shape};

/// The simple recurrent layer (Elman 1990).
pub type SimpleRnn = Recurrent<RnnCell>;
/// Long short-term memory (Hochreiter & Schmidhuber 1997).
pub type Lstm = Recurrent<LstmCell>;
/// The gated recurrent unit (Cho et al. 2014), with Keras' `reset_after`.
pub type Gru = Recurrent<GruCell>;

/// A recurrent cell, by its short name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum CellName {
    /// Long short-term memory.
    #[default]
    Lstm,
    /// Gated recurrent unit.
    Gru,
    /// Simple recurrent network.
    Rnn,
}

impl CellName {
    /// Every cell, in the order in which help texts list them.
    pub const ALL: [Self; 3] = [Self::Lstm, Self::Gru, Self::Rnn];

    /// A layer of this cell that gives every step's state.
    pub(crate) fn layer(self, units: usize, dropout: f32) -> LayerSpec {
        match self {
            Self::Lstm => Lstm::new(units).return_sequences().dropout(dropout).into(),
            Self::Gru => Gru::new(units).return_sequences().dropout(dropout).into(),
            Self::Rnn => SimpleRnn::new(units)
                .return_sequences()
                .dropout(dropout)
                .into(),
        }
    }

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lstm => "lstm",
            Self::Gru => "gru",
            Self::Rnn => "rnn",
        }
    }
}

/// What tells one cell from another beside its arithmetic.
pub trait CellKind: Cell {
    /// Its Keras name.
    const KIND: &'static str;
    /// First values of the bias.
    const BIAS: Init;
    /// Whether the recurrent product has a bias of its own.
    const TWO_BIASES: bool;

    /// The cell with these activations.
    fn cell(activation: Activation, recurrent_activation: Activation) -> Self;
}

impl CellKind for RnnCell {
    const KIND: &'static str = "SimpleRNN";
    const BIAS: Init = Init::Zeros;
    const TWO_BIASES: bool = false;

    fn cell(activation: Activation, _: Activation) -> Self {
        Self { activation }
    }
}

impl CellKind for LstmCell {
    const KIND: &'static str = "LSTM";
    const BIAS: Init = Init::ForgetBias;
    const TWO_BIASES: bool = false;

    fn cell(activation: Activation, recurrent_activation: Activation) -> Self {
        Self {
            activation,
            recurrent_activation,
        }
    }
}

impl CellKind for GruCell {
    const KIND: &'static str = "GRU";
    const BIAS: Init = Init::Zeros;
    const TWO_BIASES: bool = true;

    fn cell(activation: Activation, recurrent_activation: Activation) -> Self {
        Self {
            activation,
            recurrent_activation,
        }
    }
}

/// A recurrent layer. Write [`Lstm`], [`Gru`] or [`SimpleRnn`].
///
/// ```
/// use gatecast::nn::{Lstm, Sequential, Shape};
///
/// let net = Sequential::builder(Shape::sequence(5, 2)).add(Lstm::new(256)).build(0)?;
/// assert_eq!(net.parameters(), 4 * 256 * (2 + 256 + 1));
/// # Ok::<(), gatecast::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recurrent<C> {
    /// Hidden units.
    pub units: usize,
    /// Of the candidate and the output; tanh unless set.
    pub activation: Activation,
    /// Of the gates; sigmoid unless set. A [`SimpleRnn`] has no gates.
    pub recurrent_activation: Activation,
    /// Whether every step's state is an output, not only the last.
    pub return_sequences: bool,
    /// Share of the inputs hidden while training, the same ones at every step.
    pub dropout: f32,
    /// Share of the hidden state kept from the recurrent product while training, likewise.
    pub recurrent_dropout: f32,
    #[serde(skip)]
    pub(crate) cell: PhantomData<C>,
}

impl<C: CellKind> Recurrent<C> {
    /// A layer with so many units that gives its last state.
    pub fn new(units: usize) -> Self {
        Self {
            units,
            activation: Activation::Tanh,
            recurrent_activation: Activation::Sigmoid,
            return_sequences: false,
            dropout: 0.0,
            recurrent_dropout: 0.0,
            cell: PhantomData,
        }
    }

    /// Gives the state of every step.
    pub fn return_sequences(self) -> Self {
        Self {
            return_sequences: true,
            ..self
        }
    }

    /// With this activation instead of tanh.
    pub fn activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// With this activation of the gates instead of the sigmoid.
    pub fn recurrent_activation(self, recurrent_activation: Activation) -> Self {
        Self {
            recurrent_activation,
            ..self
        }
    }

    /// Hides this share of the inputs while training.
    pub fn dropout(self, dropout: f32) -> Self {
        Self { dropout, ..self }
    }

    /// Hides this share of the hidden state from the recurrent product while training.
    pub fn recurrent_dropout(self, recurrent_dropout: f32) -> Self {
        Self {
            recurrent_dropout,
            ..self
        }
    }

    fn cell(&self) -> C {
        C::cell(self.activation, self.recurrent_activation)
    }

    fn dims(&self, input: Shape, batch: usize) -> Dims {
        Dims {
            steps: input.steps(),
            batch,
            inputs: input.features(),
            units: self.units,
        }
    }

    /// Lengths of the parts of the cache, in their order.
    fn cache_lens(&self, dims: Dims) -> [usize; 8] {
        let Dims {
            steps,
            batch,
            inputs,
            units,
        } = dims;
        let kept = |condition: bool, len: usize| if condition { len } else { 0 };
        let [gates, saved, masked, scratch] = Cache::lens::<C>(dims, self.recurrent_dropout > 0.0);
        [
            gates,
            saved,
            masked,
            scratch,
            kept(!self.return_sequences, steps * batch * units),
            kept(self.dropout > 0.0, batch * inputs),
            kept(self.dropout > 0.0, steps * batch * inputs),
            kept(self.recurrent_dropout > 0.0, batch * units),
        ]
    }

    /// The parts of the cache.
    fn parts<'a>(&self, dims: Dims, cache: &'a mut [f32]) -> Parts<'a> {
        let mut rest = cache;
        let [gates, saved, masked, scratch, h, input_mask, masked_x, mask] =
            self.cache_lens(dims).map(|len| {
                let (part, after) = std::mem::take(&mut rest).split_at_mut(len);
                rest = after;
                part
            });
        Parts {
            cache: Cache {
                gates,
                saved,
                masked,
                scratch,
            },
            h,
            input_mask,
            masked_x,
            mask,
        }
    }

    /// The tensors, cut out of the layer's flat weights: `w_ih`, `w_hh`, `b_ih`, and `b_hh`,
    /// which is empty for cells with one bias.
    fn tensor_lens(&self, inputs: usize) -> [usize; 3] {
        let width = C::GATES * self.units;
        [width * inputs, width * self.units, width]
    }
}

struct Parts<'a> {
    cache: Cache<'a>,
    h: &'a mut [f32],
    input_mask: &'a mut [f32],
    masked_x: &'a mut [f32],
    mask: &'a mut [f32],
}

impl<C: CellKind> Layer for Recurrent<C> {
    fn kind(&self) -> String {
        C::KIND.into()
    }

    fn output(&self, input: Shape) -> Result<Shape, String> {
        check_size("units", self.units)?;
        check_rate("dropout", self.dropout)?;
        check_rate("recurrent dropout", self.recurrent_dropout)?;
        match input {
            Shape::Vector { .. } => Err("a sequence (None, T, F)".into()),
            Shape::Sequence { steps, .. } if self.return_sequences => {
                Ok(Shape::sequence(steps, self.units))
            }
            Shape::Sequence { .. } => Ok(Shape::vector(self.units)),
        }
    }

    fn tensors(&self, input: Shape) -> Vec<Tensor> {
        let (width, units) = (C::GATES * self.units, self.units);
        let mut tensors = vec![
            Tensor::matrix("weight_ih_l0", width, input.features(), Init::GlorotUniform),
            Tensor::matrix("weight_hh_l0", width, units, Init::Orthogonal),
            Tensor::bias("bias_ih_l0", width, C::BIAS),
        ];
        if C::TWO_BIASES {
            tensors.push(Tensor::bias("bias_hh_l0", width, C::BIAS));
        }
        tensors
    }

    fn packed_len(&self, input: Shape) -> usize {
        recurrent::packed_len::<C>(input.features(), self.units)
    }

    fn pack(&self, input: Shape, weights: &[f32], packed: &mut [f32]) {
        let inputs = input.features();
        let [ih, hh, bias] = self.tensor_lens(inputs);
        let (w_ih, rest) = weights.split_at(ih);
        let (w_hh, rest) = rest.split_at(hh);
        let (b_ih, b_hh) = rest.split_at(bias);
        let b_hh = C::TWO_BIASES.then_some(b_hh);
        recurrent::pack::<C>(packed, inputs, self.units, w_ih, w_hh, b_ih, b_hh);
    }

    fn cache_len(&self, input: Shape, batch: usize) -> usize {
        self.cache_lens(self.dims(input, batch)).iter().sum()
    }

    fn state_len(&self) -> Option<usize> {
        Some(if C::HAS_C { 2 * self.units } else { self.units })
    }

    /// Later steps change nothing of the earlier ones.
    fn takes_lengths(&self) -> bool {
        self.return_sequences
    }

    fn forward(&self, pass: Forward<'_>) {
        let dims = self.dims(pass.input, pass.batch);
        let mut parts = self.parts(dims, pass.cache);
        let mut rng = pass.rng;
        let mut x = pass.x;
        if self.dropout > 0.0 {
            fill_mask(parts.input_mask, self.dropout, rng.as_deref_mut());
            parts.masked_x.copy_from_slice(x);
            for step in parts.masked_x.chunks_exact_mut(parts.input_mask.len()) {
                multiply(step, parts.input_mask);
            }
            x = parts.masked_x;
        }
        let mask = if self.recurrent_dropout > 0.0 {
            fill_mask(parts.mask, self.recurrent_dropout, rng);
            Some(&*parts.mask)
        } else {
            None
        };
        let h = if self.return_sequences {
            &mut *pass.y
        } else {
            &mut *parts.h
        };
        let initial = pass.state.as_deref().map(|state| {
            let (h, c) = state.split_at(dims.batch * self.units);
            Initial { h, c }
        });
        recurrent::forward(
            self.cell(),
            dims,
            pass.packed,
            initial,
            mask,
            x,
            h,
            &mut parts.cache,
        );
        let last = (dims.steps - 1) * dims.batch * self.units;
        if let Some(state) = pass.state {
            let row = dims.batch * self.units;
            let (state_h, state_c) = state.split_at_mut(row);
            state_h.copy_from_slice(&h[last..][..row]);
            if C::HAS_C {
                state_c.copy_from_slice(&parts.cache.saved[C::SAVED * last..][..row]);
            }
        }
        if !self.return_sequences {
            pass.y.copy_from_slice(&parts.h[last..]);
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let dims = self.dims(pass.input, pass.batch);
        let mut parts = self.parts(dims, pass.cache);
        let [ih, hh, bias] = self.tensor_lens(dims.inputs);
        let (dw_ih, rest) = pass.dweights.split_at_mut(ih);
        let (dw_hh, rest) = rest.split_at_mut(hh);
        let (db_ih, db_hh) = rest.split_at_mut(bias);
        let (h, dy) = if self.return_sequences {
            (pass.y, OutputGradient::Sequence(pass.dy))
        } else {
            (&*parts.h, OutputGradient::Last(pass.dy))
        };
        let mut dx = pass.dx;
        let row = dims.batch * self.units;
        let initial = pass.initial.as_ref().map(|initial| {
            let (h, c) = initial.state.split_at(row);
            Initial { h, c }
        });
        recurrent::backward(
            self.cell(),
            dims,
            pass.packed,
            initial,
            (self.recurrent_dropout > 0.0).then_some(&*parts.mask),
            if self.dropout > 0.0 {
                parts.masked_x
            } else {
                pass.x
            },
            h,
            dy,
            &mut parts.cache,
            &mut Gradients {
                w_ih: dw_ih,
                w_hh: dw_hh,
                b_ih: db_ih,
                b_hh: C::TWO_BIASES.then_some(db_hh),
            },
            dx.as_deref_mut(),
        );
        if let Some(initial) = pass.initial {
            // Where the kernel leaves it: that of `h`, then that of `c`.
            let len = initial.gradient.len();
            initial
                .gradient
                .copy_from_slice(&parts.cache.scratch[..len]);
        }
        if let (Some(dx), true) = (dx, self.dropout > 0.0) {
            for step in dx.chunks_exact_mut(parts.input_mask.len()) {
                multiply(step, parts.input_mask);
            }
        }
    }
}
