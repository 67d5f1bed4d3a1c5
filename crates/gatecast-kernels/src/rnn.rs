//! Arithmetic of the simple recurrent cell (Elman 1990): `h = φ(x·Wᵀ + h'·Uᵀ + b)`.

use std::ops::Range;

use crate::activation::Activation;
use crate::recurrent::{Cell, State};

/// A simple recurrent cell with its activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RnnCell {
    /// `φ`.
    pub activation: Activation,
}

impl Cell for RnnCell {
    const GATES: usize = 1;
    const COLUMNS: usize = 1;
    const SAVED: usize = 0;
    const HAS_C: bool = false;
    const RECURRENT: &'static [(Range<usize>, Range<usize>)] = &[(0..1, 0..1)];

    fn forward(
        &self,
        _units: usize,
        gates: &mut [f32],
        _before: State<'_>,
        h: &mut [f32],
        _saved: &mut [f32],
    ) {
        h.copy_from_slice(gates);
        self.activation.apply(h);
    }

    fn backward(
        &self,
        _units: usize,
        gates: &mut [f32],
        _before: State<'_>,
        h: &[f32],
        _saved: &[f32],
        dh: &mut [f32],
        _dc: &mut [f32],
    ) {
        self.activation.backward(dh, h);
        gates.copy_from_slice(dh);
        // All of it goes through the recurrent product.
        dh.fill(0.0);
    }
}
