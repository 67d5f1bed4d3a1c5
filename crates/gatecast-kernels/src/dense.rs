//! The fully connected layer: `y = activation(x·Wᵀ + b)`, for `R` rows (`B`, or `T·B` in one go).
//!
//! | buffer | shape |
//! |---|---|
//! | `x`, `dx` | `R×I` |
//! | `y`, `dy` | `R×U` |
//! | weight | `U×I` |
//! | packed weight | `I×U` in panels |

use crate::activation::Activation;
use crate::elementwise::add_column_sums;
use crate::gemm::{self, Into, Mat, MatMut, Packed, gemm, gemm_packed};

/// Sizes of one pass.
#[derive(Clone, Copy, Debug)]
pub struct Dims {
    /// `R`.
    pub rows: usize,
    /// `I`.
    pub inputs: usize,
    /// `U`, outputs of a row.
    pub units: usize,
}

/// Computes `y`. `packed` is what [`pack`] makes of the weight.
///
/// # Panics
/// When a slice is shorter than its shape in `dims`.
pub fn forward(
    dims: Dims,
    activation: Activation,
    packed: &[f32],
    bias: &[f32],
    x: &[f32],
    y: &mut [f32],
) {
    let Dims {
        rows,
        inputs,
        units,
    } = dims;
    let y = &mut y[..rows * units];
    gemm_packed(
        MatMut::new(y, rows, units),
        Mat::new(x, rows, inputs),
        Packed::new(packed, inputs, units),
        Into::Row(&bias[..units]),
    );
    activation.apply(y);
}

/// Overwrites `dweight`, `dbias`, and `dx` where it is wanted, and turns `dy` into the gradient
/// before the activation.
///
/// # Panics
/// When a slice is shorter than its shape in `dims`.
pub fn backward(
    dims: Dims,
    activation: Activation,
    weight: &[f32],
    x: &[f32],
    y: &[f32],
    dy: &mut [f32],
    dweight: &mut [f32],
    dbias: &mut [f32],
    dx: Option<&mut [f32]>,
) {
    let Dims {
        rows,
        inputs,
        units,
    } = dims;
    let dy = &mut dy[..rows * units];
    activation.backward(dy, &y[..rows * units]);
    dbias[..units].fill(0.0);
    add_column_sums(&mut dbias[..units], dy, units, 0);
    gemm(
        MatMut::new(dweight, units, inputs),
        Mat::new(dy, rows, units).t(),
        Mat::new(x, rows, inputs),
        Into::Overwrite,
    );
    if let Some(dx) = dx {
        gemm(
            MatMut::new(dx, rows, inputs),
            Mat::new(dy, rows, units),
            Mat::new(weight, units, inputs),
            Into::Overwrite,
        );
    }
}

/// Length of what [`pack`] writes.
pub fn packed_len(inputs: usize, units: usize) -> usize {
    gemm::packed_len(inputs, units)
}

/// Writes the transposed weight in panels, for [`forward`].
///
/// # Panics
/// When a slice does not have the length its shape asks for.
pub fn pack(packed: &mut [f32], weight: &[f32], inputs: usize, units: usize) {
    gemm::pack(packed, Mat::new(weight, units, inputs).t());
}
