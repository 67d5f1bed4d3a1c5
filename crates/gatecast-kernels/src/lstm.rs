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

use crate::activation::{Activation, apply_inline, backward_inline};
use crate::isa::{fma, simd};
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
        let rows = c_before.chunks_exact(units).zip(c.chunks_exact_mut(units));
        let outs = squashed.chunks_exact_mut(units).zip(h.chunks_exact_mut(units));
        for ((gates, (c_before, c)), (squashed, h)) in
            gates.chunks_exact_mut(4 * units).zip(rows).zip(outs)
        {
            apply_inline::<FMA>(cell.recurrent_activation, &mut gates[..2 * units]);
            apply_inline::<FMA>(cell.activation, &mut gates[2 * units..3 * units]);
            apply_inline::<FMA>(cell.recurrent_activation, &mut gates[3 * units..]);
            let (i, f, g, o) = quarters(gates, units);
            let (c_before, c) = (&c_before[..units], &mut c[..units]);
            for k in 0..units {
                c[k] = fma::<FMA>(f[k], c_before[k], i[k] * g[k]);
            }
            squashed.copy_from_slice(c);
            apply_inline::<FMA>(cell.activation, squashed);
            let (squashed, h) = (&squashed[..units], &mut h[..units]);
            for k in 0..units {
                h[k] = o[k] * squashed[k];
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
        let states = c_before.chunks_exact(units).zip(squashed.chunks_exact(units));
        let grads = dh.chunks_exact_mut(units).zip(dc.chunks_exact_mut(units));
        // One row of gate gradients at a time, in pieces that fit registers and the first cache.
        const PIECE: usize = 64;
        for ((gates, (c_before, squashed)), (dh, dc)) in
            gates.chunks_exact_mut(4 * units).zip(states).zip(grads)
        {
            let (i, rest) = gates.split_at_mut(units);
            let (f, rest) = rest.split_at_mut(units);
            let (g, o) = rest.split_at_mut(units);
            for start in (0..units).step_by(PIECE) {
                let len = PIECE.min(units - start);
                let piece = start..start + len;
                let (i, f) = (&mut i[piece.clone()], &mut f[piece.clone()]);
                let (g, o) = (&mut g[piece.clone()], &mut o[piece.clone()]);
                let (c_before, squashed) = (&c_before[piece.clone()], &squashed[piece.clone()]);
                let (dh, dc) = (&mut dh[piece.clone()], &mut dc[piece.clone()]);
                let (mut di, mut df) = ([0.0; PIECE], [0.0; PIECE]);
                let (mut dg, mut d_o) = ([0.0; PIECE], [0.0; PIECE]);
                let mut through = [0.0; PIECE];
                let (di, df) = (&mut di[..len], &mut df[..len]);
                let (dg, d_o) = (&mut dg[..len], &mut d_o[..len]);
                let through = &mut through[..len];
                for k in 0..len {
                    d_o[k] = dh[k] * squashed[k];
                    through[k] = dh[k] * o[k];
                }
                backward_inline::<FMA>(cell.activation, through, squashed);
                for k in 0..len {
                    let dc_k = dc[k] + through[k];
                    di[k] = dc_k * g[k];
                    df[k] = dc_k * c_before[k];
                    dg[k] = dc_k * i[k];
                    dc[k] = dc_k * f[k];
                    // All of dh goes through the recurrent product.
                    dh[k] = 0.0;
                }
                backward_inline::<FMA>(cell.recurrent_activation, di, i);
                backward_inline::<FMA>(cell.recurrent_activation, df, f);
                backward_inline::<FMA>(cell.activation, dg, g);
                backward_inline::<FMA>(cell.recurrent_activation, d_o, o);
                i.copy_from_slice(di);
                f.copy_from_slice(df);
                g.copy_from_slice(dg);
                o.copy_from_slice(d_o);
            }
        }
    }
}

#[inline(always)]
fn quarters(gates: &[f32], units: usize) -> (&[f32], &[f32], &[f32], &[f32]) {
    (
        &gates[..units],
        &gates[units..2 * units],
        &gates[2 * units..3 * units],
        &gates[3 * units..4 * units],
    )
}
