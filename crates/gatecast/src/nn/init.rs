//! First values of weights: Keras' defaults.

use gatecast_kernels::gemm::{Into, Mat, MatMut, gemm};
use serde::{Deserialize, Serialize};

use crate::rng::Rng;

/// How a tensor is filled before training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Init {
    /// All zero.
    Zeros,
    /// Uniform in `±√(6/(inputs + outputs))` (Glorot & Bengio 2010, eq. 16).
    GlorotUniform,
    /// Uniform in ±0.05, and zero in the first row, which stands for no word.
    Words,
    /// Rows or columns orthonormal, whichever are fewer (Saxe, McClelland & Ganguli 2014).
    Orthogonal,
    /// Zero, but one for the forget gate (Jozefowicz, Zaremba & Sutskever 2015): the second
    /// quarter of an LSTM's bias.
    ForgetBias,
}

impl Init {
    /// Fills `to`, a matrix of `outputs × inputs` or a bias.
    pub(crate) fn fill(self, to: &mut [f32], outputs: usize, inputs: usize, mut rng: Rng) {
        match self {
            Self::Zeros => to.fill(0.0),
            Self::GlorotUniform => {
                let limit = (6.0 / (inputs + outputs) as f32).sqrt();
                to.fill_with(|| (2.0 * rng.uniform() - 1.0) * limit);
            }
            Self::Words => {
                let (none, words) = to.split_at_mut(inputs);
                none.fill(0.0);
                words.fill_with(|| (2.0 * rng.uniform() - 1.0) * 0.05);
            }
            Self::Orthogonal => orthogonal(to, outputs, inputs, &mut rng),
            Self::ForgetBias => {
                let units = to.len() / 4;
                to.fill(0.0);
                to[units..2 * units].fill(1.0);
            }
        }
    }
}

/// Gram–Schmidt on normal numbers, a block of vectors at a time, twice over: the second round
/// removes what rounding left (Giraud, Langou & Rozložník 2005). Against the blocks before by
/// matrix products in f32, within the block vector by vector in f64.
fn orthogonal(to: &mut [f32], rows: usize, cols: usize, rng: &mut Rng) {
    const BLOCK: usize = 32;
    let (count, len) = (rows.min(cols), rows.max(cols));
    let mut vectors: Vec<f32> = (0..count * len).map(|_| rng.normal() as f32).collect();
    let mut along = vec![0.0; BLOCK * count];
    for first in (0..count).step_by(BLOCK) {
        let size = BLOCK.min(count - first);
        let (done, rest) = vectors.split_at_mut(first * len);
        let block = &mut rest[..size * len];
        for _ in 0..2 {
            if first > 0 {
                // block −= (block · doneᵀ) · done
                let done = Mat::new(done, first, len);
                gemm(
                    MatMut::new(&mut along, size, first),
                    Mat::new(block, size, len),
                    done.t(),
                    Into::Overwrite,
                );
                along[..size * first].iter_mut().for_each(|a| *a = -*a);
                let along = Mat::new(&along, size, first);
                gemm(MatMut::new(block, size, len), along, done, Into::Accumulate);
            }
            for at in 0..size {
                let (before, rest) = block.split_at_mut(at * len);
                let vector = &mut rest[..len];
                for before in before.chunks_exact(len) {
                    let along = dot(before, vector);
                    let less = |(v, b): (&mut f32, &f32)| {
                        *v = (f64::from(*v) - along * f64::from(*b)) as f32
                    };
                    vector.iter_mut().zip(before).for_each(less);
                }
                let norm = dot(vector, vector).sqrt();
                vector
                    .iter_mut()
                    .for_each(|v| *v = (f64::from(*v) / norm) as f32);
            }
        }
    }
    for (index, value) in to.iter_mut().enumerate() {
        let (row, col) = (index / cols, index % cols);
        let (vector, element) = if rows <= cols { (row, col) } else { (col, row) };
        *value = vectors[vector * len + element];
    }
}

/// Eight running sums, so that the additions need not wait for one another.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0.0f64; 8];
    let product = |(a, b): (&f32, &f32)| f64::from(*a) * f64::from(*b);
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a8.remainder().iter().zip(b8.remainder()).map(product).sum();
    for (a, b) in a8.zip(b8) {
        for k in 0..8 {
            sums[k] += product((&a[k], &b[k]));
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orthogonal_rows_or_columns() {
        for (rows, cols) in [(12, 12), (32, 8), (5, 9), (160, 70)] {
            let mut w = vec![0.0; rows * cols];
            Init::Orthogonal.fill(&mut w, rows, cols, Rng::named(0, "w"));
            let at = |vector: usize, k: usize| {
                f64::from(if rows <= cols {
                    w[vector * cols + k]
                } else {
                    w[k * cols + vector]
                })
            };
            for i in 0..rows.min(cols) {
                for j in 0..=i {
                    let product: f64 = (0..rows.max(cols)).map(|k| at(i, k) * at(j, k)).sum();
                    let want = if i == j { 1.0 } else { 0.0 };
                    assert!(
                        (product - want).abs() < 1e-6,
                        "{rows}×{cols}: {i}·{j} = {product}"
                    );
                }
            }
        }
    }

    #[test]
    fn glorot_fills_its_range_and_forget_bias_its_quarter() {
        let mut w = vec![0.0; 40 * 60];
        Init::GlorotUniform.fill(&mut w, 40, 60, Rng::named(0, "w"));
        let limit = (6.0f32 / 100.0).sqrt();
        let largest = w.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        assert!(
            largest <= limit && largest > 0.98 * limit,
            "{largest} of {limit}"
        );

        let mut bias = [9.0; 8];
        Init::ForgetBias.fill(&mut bias, 8, 1, Rng::named(0, "b"));
        assert_eq!(bias, [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    }
}
