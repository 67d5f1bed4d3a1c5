//! Gate arithmetic of the GRU (Cho et al. 2014) in the form that PyTorch computes and Keras calls
//! `reset_after`, gates in the order r, z, n:
//!
//! ```text
//! r, z = σ(…)      n = φ(nₓ + r·nₕ)      h = (1 − z)·n + z·h'
//! ```
//!
//! where `nₓ` and `nₕ` are the candidate's input and recurrent products, each with its own bias,
//! and `h'` is the state before. The gate buffer has a fourth block that keeps `nₕ`.

use std::ops::Range;

use crate::activation::{Activation, apply_inline, backward_inline};
use crate::isa::{fma, simd};
use crate::recurrent::{Cell, State};

/// A GRU cell with its two activations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GruCell {
    /// `φ`, of the candidate.
    pub activation: Activation,
    /// `σ`, of the reset and update gates.
    pub recurrent_activation: Activation,
}

impl Cell for GruCell {
    const GATES: usize = 3;
    const COLUMNS: usize = 4;
    const SAVED: usize = 0;
    const HAS_C: bool = false;
    const RECURRENT: &'static [(Range<usize>, Range<usize>)] = &[(0..2, 0..2), (2..3, 3..4)];

    fn forward(
        &self,
        units: usize,
        gates: &mut [f32],
        before: State<'_>,
        h: &mut [f32],
        _saved: &mut [f32],
    ) {
        forward(*self, units, gates, before.h, h);
    }

    fn backward(
        &self,
        units: usize,
        gates: &mut [f32],
        before: State<'_>,
        _h: &[f32],
        _saved: &[f32],
        dh: &mut [f32],
        _dc: &mut [f32],
    ) {
        backward(*self, units, gates, before.h, dh);
    }
}

simd! {
    fn forward(cell: GruCell, units: usize, gates: &mut [f32], h_before: &[f32], h: &mut [f32]) {
        let states = h_before.chunks_exact(units).zip(h.chunks_exact_mut(units));
        for (gates, (h_before, h)) in gates.chunks_exact_mut(4 * units).zip(states) {
            let (rz, rest) = gates.split_at_mut(2 * units);
            let (n, n_h) = rest.split_at_mut(units);
            apply_inline::<FMA>(cell.recurrent_activation, rz);
            let (r, z) = rz.split_at(units);
            let (n_h, z, h_before) = (&n_h[..units], &z[..units], &h_before[..units]);
            for k in 0..units {
                n[k] = fma::<FMA>(r[k], n_h[k], n[k]);
            }
            apply_inline::<FMA>(cell.activation, n);
            let (n, h) = (&n[..units], &mut h[..units]);
            for k in 0..units {
                h[k] = fma::<FMA>(z[k], h_before[k] - n[k], n[k]);
            }
        }
    }
}

simd! {
    fn backward(cell: GruCell, units: usize, gates: &mut [f32], h_before: &[f32], dh: &mut [f32]) {
        let states = h_before.chunks_exact(units).zip(dh.chunks_exact_mut(units));
        const PIECE: usize = 64;
        for (gates, (h_before, dh)) in gates.chunks_exact_mut(4 * units).zip(states) {
            let (r, rest) = gates.split_at_mut(units);
            let (z, rest) = rest.split_at_mut(units);
            let (n, n_h) = rest.split_at_mut(units);
            for start in (0..units).step_by(PIECE) {
                let len = PIECE.min(units - start);
                let piece = start..start + len;
                let (r, z) = (&mut r[piece.clone()], &mut z[piece.clone()]);
                let (n, n_h) = (&mut n[piece.clone()], &mut n_h[piece.clone()]);
                let (h_before, dh) = (&h_before[piece.clone()], &mut dh[piece.clone()]);
                let (mut dr, mut dz, mut dn) = ([0.0; PIECE], [0.0; PIECE], [0.0; PIECE]);
                let (dr, dz, dn) = (&mut dr[..len], &mut dz[..len], &mut dn[..len]);
                for k in 0..len {
                    dz[k] = dh[k] * (h_before[k] - n[k]);
                    dn[k] = dh[k] * (1.0 - z[k]);
                    // The part that does not pass through the recurrent product.
                    dh[k] *= z[k];
                }
                backward_inline::<FMA>(cell.activation, dn, n);
                for k in 0..len {
                    dr[k] = dn[k] * n_h[k];
                    n_h[k] = dn[k] * r[k];
                }
                backward_inline::<FMA>(cell.recurrent_activation, dr, r);
                backward_inline::<FMA>(cell.recurrent_activation, dz, z);
                r.copy_from_slice(dr);
                z.copy_from_slice(dz);
                n.copy_from_slice(dn);
            }
        }
    }
}
