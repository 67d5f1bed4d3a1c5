//! Attention by inner products (Luong, Pham & Manning 2015, eq. 7, "dot"): how much each step of a memory
//! counts for a query, and the mean of the memory by those weights.
//!
//! ```text
//! a = softmax(q·mᵀ)      y = a·m
//! ```
//!
//! | buffer | shape | |
//! |---|---|---|
//! | `queries`, `y` and their gradients | `T×B×A` | time-major |
//! | `memory`, `dmemory` | `S×B×A` | time-major; what is behind a sample's own steps is never read |
//! | `weights` | `B×T×S` | a sample after the other |

use crate::activation::exp;
use crate::gemm::{Into, Mat, MatMut, gemm};
use crate::isa::simd;

/// Sizes of one pass.
#[derive(Clone, Copy, Debug)]
pub struct Dims {
    /// `T`, queries of a sample.
    pub queries: usize,
    /// `S`, steps of the memory.
    pub steps: usize,
    /// `B`.
    pub batch: usize,
    /// `A`, numbers of a step.
    pub width: usize,
}

impl Dims {
    /// The steps of sample `b` of a sequence of `steps`, as a matrix.
    fn sample<'a>(&self, of: &'a [f32], steps: usize, b: usize) -> Mat<'a> {
        let row = self.batch * self.width;
        Mat::new(&of[..steps * row], steps, row).columns(b * self.width..(b + 1) * self.width)
    }

    fn sample_mut<'a>(&self, of: &'a mut [f32], steps: usize, b: usize) -> MatMut<'a> {
        let row = self.batch * self.width;
        MatMut::new(&mut of[..steps * row], steps, row)
            .columns(b * self.width..(b + 1) * self.width)
    }
}

/// Computes `weights` and `y`. `lengths` has the steps of each sample's memory, at least one each; weights
/// behind them are zero.
///
/// # Panics
/// When a slice is shorter than its shape in `dims`.
pub fn forward(
    dims: Dims,
    lengths: &[usize],
    queries: &[f32],
    memory: &[f32],
    weights: &mut [f32],
    y: &mut [f32],
) {
    let Dims {
        queries: count,
        steps,
        ..
    } = dims;
    let weights = weights[..dims.batch * count * steps].chunks_exact_mut(count * steps);
    for (b, (weights, &length)) in weights.zip(lengths).enumerate() {
        let memory = dims.sample(memory, length, b);
        weights.fill(0.0);
        gemm(
            MatMut::new(weights, count, steps).columns(0..length),
            dims.sample(queries, count, b),
            memory.t(),
            Into::Overwrite,
        );
        weights
            .chunks_exact_mut(steps)
            .for_each(|row| softmax(&mut row[..length]));
        gemm(
            dims.sample_mut(y, count, b),
            Mat::new(weights, count, steps).columns(0..length),
            memory,
            Into::Overwrite,
        );
    }
}

/// From `dy` overwrites the gradients of the queries and of the memory. `queries`, `memory` and `weights` are
/// those of the [`forward`] pass; `scratch` has room for `T·S` numbers.
///
/// # Panics
/// When a slice is shorter than its shape in `dims`.
pub fn backward(
    dims: Dims,
    lengths: &[usize],
    queries: &[f32],
    memory: &[f32],
    weights: &[f32],
    dy: &[f32],
    dqueries: &mut [f32],
    dmemory: &mut [f32],
    scratch: &mut [f32],
) {
    let Dims {
        queries: count,
        steps,
        ..
    } = dims;
    dmemory[..steps * dims.batch * dims.width].fill(0.0);
    let weights = weights[..dims.batch * count * steps].chunks_exact(count * steps);
    for (b, (weights, &length)) in weights.zip(lengths).enumerate() {
        let of_memory = dims.sample(memory, length, b);
        let dy = dims.sample(dy, count, b);
        let dscores = &mut scratch[..count * length];
        gemm(
            MatMut::new(dscores, count, length),
            dy,
            of_memory.t(),
            Into::Overwrite,
        );
        let rows = dscores.chunks_exact_mut(length);
        rows.zip(weights.chunks_exact(steps))
            .for_each(|(row, weights)| softmax_backward(row, &weights[..length]));
        let dscores = Mat::new(dscores, count, length);
        gemm(
            dims.sample_mut(dqueries, count, b),
            dscores,
            of_memory,
            Into::Overwrite,
        );
        let weights = Mat::new(weights, count, steps).columns(0..length);
        let dmemory = &mut *dmemory;
        gemm(
            dims.sample_mut(dmemory, length, b),
            weights.t(),
            dy,
            Into::Overwrite,
        );
        gemm(
            dims.sample_mut(dmemory, length, b),
            dscores.t(),
            dims.sample(queries, count, b),
            Into::Accumulate,
        );
    }
}

simd! {
    /// Turns scores into weights that add up to one.
    fn softmax(row: &mut [f32]) {
        let most = row.iter().fold(f32::NEG_INFINITY, |most, &x| if x <= most { most } else { x });
        row.iter_mut().for_each(|x| *x = exp::<FMA>(*x - most));
        let scale = 1.0 / row.iter().sum::<f32>();
        row.iter_mut().for_each(|x| *x *= scale);
    }
}

simd! {
    /// Turns gradients of weights into those of scores: `a·(da − Σ a·da)`.
    fn softmax_backward(dweights: &mut [f32], weights: &[f32]) {
        let mean: f32 = dweights.iter().zip(weights).map(|(d, w)| d * w).sum();
        for (d, w) in dweights.iter_mut().zip(weights) {
            *d = w * (*d - mean);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, numbers};

    const DIMS: Dims = Dims {
        queries: 3,
        steps: 5,
        batch: 2,
        width: 7,
    };
    const LENGTHS: [usize; 2] = [5, 2];

    /// The weights and outputs for one query, in f64.
    fn naive(query: &[f32], memory: &[&[f32]]) -> (Vec<f64>, Vec<f64>) {
        let product = |a: &[f32], b: &[f32]| -> f64 {
            a.iter()
                .zip(b)
                .map(|(a, b)| f64::from(*a) * f64::from(*b))
                .sum()
        };
        let powers: Vec<f64> = memory.iter().map(|m| product(query, m).exp()).collect();
        let sum: f64 = powers.iter().sum();
        let weights: Vec<f64> = powers.iter().map(|power| power / sum).collect();
        let mean = |at: usize| {
            weights
                .iter()
                .zip(memory)
                .map(|(w, m)| w * f64::from(m[at]))
                .sum()
        };
        let y = (0..query.len()).map(mean).collect();
        (weights, y)
    }

    #[test]
    fn weights_and_means_as_in_the_textbook() {
        let Dims {
            queries: count,
            steps,
            batch,
            width,
        } = DIMS;
        let queries = numbers(count * batch * width, 1);
        let mut memory = numbers(steps * batch * width, 2);
        // Behind a sample's own steps.
        for t in LENGTHS[1]..steps {
            memory[(t * batch + 1) * width..][..width].fill(f32::NAN);
        }
        let mut weights = vec![f32::NAN; batch * count * steps];
        let mut y = vec![f32::NAN; queries.len()];
        forward(DIMS, &LENGTHS, &queries, &memory, &mut weights, &mut y);
        for (b, &length) in LENGTHS.iter().enumerate() {
            let at = |of: &'_ [f32], t: usize| -> Vec<f32> {
                of[(t * batch + b) * width..][..width].to_vec()
            };
            let steps_of: Vec<Vec<f32>> = (0..length).map(|s| at(&memory, s)).collect();
            let steps_of: Vec<&[f32]> = steps_of.iter().map(Vec::as_slice).collect();
            for t in 0..count {
                let (want, want_y) = naive(&at(&queries, t), &steps_of);
                let mut want: Vec<f32> = want.iter().map(|&w| w as f32).collect();
                want.resize(steps, 0.0);
                assert_close(
                    &weights[(b * count + t) * steps..][..steps],
                    &want,
                    1e-6,
                    "a",
                );
                let want: Vec<f32> = want_y.iter().map(|&y| y as f32).collect();
                assert_close(&at(&y, t), &want, 1e-6, "y");
            }
        }
    }

    #[test]
    fn gradients_as_central_differences() {
        const STEP: f32 = 5e-3;
        let Dims {
            queries: count,
            steps,
            batch,
            width,
        } = DIMS;
        let mut queries = numbers(count * batch * width, 1);
        let mut memory = numbers(steps * batch * width, 2);
        let dy = numbers(queries.len(), 3);
        let mut weights = vec![0.0; batch * count * steps];
        let mut y = vec![0.0; queries.len()];
        forward(DIMS, &LENGTHS, &queries, &memory, &mut weights, &mut y);
        let (mut dq, mut dm) = (vec![f32::NAN; queries.len()], vec![f32::NAN; memory.len()]);
        let mut scratch = vec![f32::NAN; count * steps];
        backward(
            DIMS,
            &LENGTHS,
            &queries,
            &memory,
            &weights,
            &dy,
            &mut dq,
            &mut dm,
            &mut scratch,
        );
        let mut loss = |queries: &[f32], memory: &[f32]| -> f64 {
            forward(DIMS, &LENGTHS, queries, memory, &mut weights, &mut y);
            y.iter()
                .zip(&dy)
                .map(|(y, d)| f64::from(*y) * f64::from(*d))
                .sum()
        };
        let mut slopes = |which: usize| -> Vec<f32> {
            let len = [queries.len(), memory.len()][which];
            (0..len)
                .map(|at| {
                    let mut ends = [0.0; 2];
                    for (end, by) in ends.iter_mut().zip([STEP, -STEP]) {
                        let of = if which == 0 {
                            &mut queries
                        } else {
                            &mut memory
                        };
                        let before = of[at];
                        of[at] = before + by;
                        *end = loss(&queries, &memory);
                        let of = if which == 0 {
                            &mut queries
                        } else {
                            &mut memory
                        };
                        of[at] = before;
                    }
                    ((ends[0] - ends[1]) / f64::from(2.0 * STEP)) as f32
                })
                .collect()
        };
        let (want_q, want_m) = (slopes(0), slopes(1));
        assert_close(&dq, &want_q, 2e-3, "dq");
        assert_close(&dm, &want_m, 2e-3, "dm");
    }
}
