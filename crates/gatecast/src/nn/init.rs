//! First values of weights: Keras' defaults.

use serde::{Deserialize, Serialize};

use crate::rng::Rng;

/// How a tensor is filled before training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Init {
    /// All zero.
    Zeros,
    /// Uniform in `±√(6/(inputs + outputs))` (Glorot & Bengio 2010, eq. 16).
    GlorotUniform,
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
            Self::Orthogonal => orthogonal(to, outputs, inputs, &mut rng),
            Self::ForgetBias => {
                let units = to.len() / 4;
                to.fill(0.0);
                to[units..2 * units].fill(1.0);
            }
        }
    }
}

/// Gram–Schmidt on normal numbers, twice over: the second round removes what rounding left
/// (Giraud, Langou & Rozložník 2005). All in f64.
fn orthogonal(to: &mut [f32], rows: usize, cols: usize, rng: &mut Rng) {
    let (count, len) = (rows.min(cols), rows.max(cols));
    let mut vectors: Vec<f64> = (0..count * len).map(|_| rng.normal()).collect();
    for at in 0..count {
        let (done, rest) = vectors.split_at_mut(at * len);
        let vector = &mut rest[..len];
        for _ in 0..2 {
            for before in done.chunks_exact(len) {
                let along = dot(before, vector);
                vector
                    .iter_mut()
                    .zip(before)
                    .for_each(|(v, b)| *v -= along * b);
            }
        }
        let norm = dot(vector, vector).sqrt();
        vector.iter_mut().for_each(|v| *v /= norm);
    }
    for (index, value) in to.iter_mut().enumerate() {
        let (row, col) = (index / cols, index % cols);
        let (vector, element) = if rows <= cols { (row, col) } else { (col, row) };
        *value = vectors[vector * len + element] as f32;
    }
}

/// Eight running sums, so that the additions need not wait for one another.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a8
        .remainder()
        .iter()
        .zip(b8.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in a8.zip(b8) {
        for k in 0..8 {
            sums[k] += a[k] * b[k];
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orthogonal_rows_or_columns() {
        for (rows, cols) in [(12, 12), (32, 8), (5, 9)] {
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
