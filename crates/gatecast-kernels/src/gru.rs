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

use crate::activation::{Activation, apply_inline, through, with_activations};
use crate::isa::{by_lanes, fma, load, map, simd, store};
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
        // A row at a time: it stays in the first cache from one loop to the next.
        let states = h_before.chunks_exact(units).zip(h.chunks_exact_mut(units));
        for (gates, (h_before, h)) in gates.chunks_exact_mut(4 * units).zip(states) {
            let (r_z, rest) = gates.split_at_mut(2 * units);
            let (n, n_h) = rest.split_at_mut(units);
            apply_inline::<FMA>(cell.recurrent_activation, r_z);
            let (r, z) = r_z.split_at(units);
            for ((n, r), n_h) in n.iter_mut().zip(r).zip(&*n_h) {
                *n = fma::<FMA>(*r, *n_h, *n);
            }
            apply_inline::<FMA>(cell.activation, n);
            for (((h, before), z), n) in h.iter_mut().zip(h_before).zip(z).zip(&*n) {
                *h = fma::<FMA>(*z, before - n, *n);
            }
        }
    }
}

simd! {
    fn backward(cell: GruCell, units: usize, gates: &mut [f32], h_before: &[f32], dh: &mut [f32]) {
        with_activations!(cell, backward_rows(units, gates, h_before, dh));
    }
}

/// One pass over all rows; every number is read and written once.
#[inline(always)]
fn backward_rows<const FMA: bool>(
    sigma: Activation,
    phi: Activation,
    units: usize,
    gates: &mut [f32],
    h_before: &[f32],
    dh: &mut [f32],
) {
    let states = h_before.chunks_exact(units).zip(dh.chunks_exact_mut(units));
    for (gates, (h_before, dh)) in gates.chunks_exact_mut(4 * units).zip(states) {
        by_lanes!(
            units,
            backward_lanes::<FMA>(sigma, phi, gates, h_before, dh)
        );
    }
}

#[inline(always)]
fn backward_lanes<const FMA: bool, const N: usize>(
    at: usize,
    sigma: Activation,
    phi: Activation,
    gates: &mut [f32],
    h_before: &[f32],
    dh: &mut [f32],
) {
    let units = h_before.len();
    let [r, z, n, n_h] = [0, 1, 2, 3].map(|number| load::<N>(gates, at + number * units));
    let (before, dh_in) = (load::<N>(h_before, at), load::<N>(dh, at));
    let dn = map::<N>(|k| through::<FMA>(phi, dh_in[k] * (1.0 - z[k]), n[k]));
    store(
        gates,
        at,
        map::<N>(|k| through::<FMA>(sigma, dn[k] * n_h[k], r[k])),
    );
    let dz = map::<N>(|k| through::<FMA>(sigma, dh_in[k] * (before[k] - n[k]), z[k]));
    store(gates, at + units, dz);
    store(gates, at + 2 * units, dn);
    store(gates, at + 3 * units, map::<N>(|k| dn[k] * r[k]));
    // The part that does not pass through the recurrent product.
    store(dh, at, map::<N>(|k| dh_in[k] * z[k]));
}
