//! Gate arithmetic of the LSTM (Hochreiter & Schmidhuber 1997, with the forget gate of Gers,
//! Schmidhuber & Cummins 2000), gates in the order i, f, g, o:
//!
//! ```text
//! i, f, o = σ(…)      g = φ(…)
//! c = f·c' + i·g      h = o·φ(c)
//! ```
//!
//! where `σ` is the recurrent activation (sigmoid), `φ` the activation (tanh), `c'` the cell state
//! before.

use std::ops::Range;

use crate::activation::{Activation, apply_inline, through, with_activations};
use crate::isa::{by_lanes, fma, load, map, simd, store};
use crate::recurrent::{Cell, State};

/// An LSTM cell with its two activations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LstmCell {
    /// `φ`, of the candidate and of the output.
    pub activation: Activation,
    /// `σ`, of the three gates.
    pub recurrent_activation: Activation,
}

impl Cell for LstmCell {
    const GATES: usize = 4;
    const COLUMNS: usize = 4;
    const SAVED: usize = 2;
    const HAS_C: bool = true;
    const RECURRENT: &'static [(Range<usize>, Range<usize>)] = &[(0..4, 0..4)];

    fn forward(
        &self,
        units: usize,
        gates: &mut [f32],
        before: State<'_>,
        h: &mut [f32],
        saved: &mut [f32],
    ) {
        let (c, squashed) = saved.split_at_mut(before.c.len());
        forward(*self, units, gates, before.c, c, squashed, h);
    }

    fn backward(
        &self,
        units: usize,
        gates: &mut [f32],
        before: State<'_>,
        _h: &[f32],
        saved: &[f32],
        dh: &mut [f32],
        dc: &mut [f32],
    ) {
        let squashed = &saved[before.c.len()..];
        backward(*self, units, gates, before.c, squashed, dh, dc);
    }
}

simd! {
    fn forward(
        cell: LstmCell,
        units: usize,
        gates: &mut [f32],
        c_before: &[f32],
        c: &mut [f32],
        squashed: &mut [f32],
        h: &mut [f32],
    ) {
        // A row at a time: it stays in the first cache from one loop to the next.
        let states = c_before.chunks_exact(units).zip(c.chunks_exact_mut(units));
        let outs = squashed.chunks_exact_mut(units).zip(h.chunks_exact_mut(units));
        for ((gates, (c_before, c)), (squashed, h)) in
            gates.chunks_exact_mut(4 * units).zip(states).zip(outs)
        {
            let (input_forget, rest) = gates.split_at_mut(2 * units);
            let (g, o) = rest.split_at_mut(units);
            apply_inline::<FMA>(cell.recurrent_activation, input_forget);
            apply_inline::<FMA>(cell.activation, g);
            apply_inline::<FMA>(cell.recurrent_activation, o);
            let (i, f) = input_forget.split_at(units);
            for ((((c, before), i), f), g) in c.iter_mut().zip(c_before).zip(i).zip(f).zip(&*g) {
                *c = fma::<FMA>(*f, *before, i * g);
            }
            squashed.copy_from_slice(c);
            apply_inline::<FMA>(cell.activation, squashed);
            for ((h, o), squashed) in h.iter_mut().zip(&*o).zip(&*squashed) {
                *h = o * squashed;
            }
        }
    }
}

simd! {
    fn backward(
        cell: LstmCell,
        units: usize,
        gates: &mut [f32],
        c_before: &[f32],
        squashed: &[f32],
        dh: &mut [f32],
        dc: &mut [f32],
    ) {
        with_activations!(cell, backward_rows(units, gates, c_before, squashed, dh, dc));
    }
}

/// One pass over all rows; every number is read and written once.
#[inline(always)]
fn backward_rows<const FMA: bool>(
    sigma: Activation,
    phi: Activation,
    units: usize,
    gates: &mut [f32],
    c_before: &[f32],
    squashed: &[f32],
    dh: &mut [f32],
    dc: &mut [f32],
) {
    let states = c_before
        .chunks_exact(units)
        .zip(squashed.chunks_exact(units));
    let grads = dh.chunks_exact_mut(units).zip(dc.chunks_exact_mut(units));
    for ((gates, (c_before, squashed)), (dh, dc)) in
        gates.chunks_exact_mut(4 * units).zip(states).zip(grads)
    {
        by_lanes!(
            units,
            backward_lanes::<FMA>(sigma, phi, gates, c_before, squashed, dh, dc)
        );
    }
}

#[inline(always)]
fn backward_lanes<const FMA: bool, const N: usize>(
    at: usize,
    sigma: Activation,
    phi: Activation,
    gates: &mut [f32],
    c_before: &[f32],
    squashed: &[f32],
    dh: &mut [f32],
    dc: &mut [f32],
) {
    let units = c_before.len();
    let [i, f, g, o] = [0, 1, 2, 3].map(|number| load::<N>(gates, at + number * units));
    let (before, small) = (load::<N>(c_before, at), load::<N>(squashed, at));
    let (dh_in, dc_in) = (load::<N>(dh, at), load::<N>(dc, at));
    let dc_now = map::<N>(|k| dc_in[k] + through::<FMA>(phi, dh_in[k] * o[k], small[k]));
    store(
        gates,
        at,
        map::<N>(|k| through::<FMA>(sigma, dc_now[k] * g[k], i[k])),
    );
    store(
        gates,
        at + units,
        map::<N>(|k| through::<FMA>(sigma, dc_now[k] * before[k], f[k])),
    );
    store(
        gates,
        at + 2 * units,
        map::<N>(|k| through::<FMA>(phi, dc_now[k] * i[k], g[k])),
    );
    store(
        gates,
        at + 3 * units,
        map::<N>(|k| through::<FMA>(sigma, dh_in[k] * small[k], o[k])),
    );
    store(dc, at, map::<N>(|k| dc_now[k] * f[k]));
    // All of dh goes through the recurrent product.
    store(dh, at, [0.0; N]);
}
