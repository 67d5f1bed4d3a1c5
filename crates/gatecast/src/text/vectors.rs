//! First vectors of words, from which words stand near which in the training sentences: a network that begins with
//! them needs fewer labels. What this file is not: it sees no label.
//!
//! The positive pointwise mutual information of words and their neighbours, with contexts smoothed (Levy,
//! Goldberg & Dagan 2015, sections 3.1 and 3.2), and the best matrix of low rank to it, by randomized
//! subspace iteration (Halko, Martinsson & Tropp 2011, algorithms 4.4 and 5.1).

use std::collections::HashMap;

use rayon::prelude::*;

use crate::rng::Rng;

/// Words to each side that are neighbours; one that is `d` words away counts `1/d`.
const WINDOW: usize = 5;
/// What the frequencies of contexts are raised to.
const SMOOTHING: f64 = 0.75;
/// Directions more than are asked for, so that those asked for come out right.
const MORE: usize = 10;
/// Passes that turn chance directions into the largest.
const PASSES: usize = 2;

/// A sparse matrix, row by row.
struct Sparse {
    rows: Vec<Vec<(u32, f32)>>,
}

impl Sparse {
    /// `self · dense`, where the dense matrix has rows of `width`.
    fn times(&self, dense: &[f32], width: usize) -> Vec<f32> {
        let mut product = vec![0.0; self.rows.len() * width];
        product
            .par_chunks_mut(width)
            .zip(&self.rows)
            .for_each(|(to, row)| {
                for &(column, value) in row {
                    let from = &dense[column as usize * width..][..width];
                    to.iter_mut()
                        .zip(from)
                        .for_each(|(to, from)| *to += value * from);
                }
            });
        product
    }

    fn transposed(&self) -> Self {
        let mut rows = vec![Vec::new(); self.rows.len()];
        for (from, row) in (0..).zip(&self.rows) {
            for &(column, value) in row {
                rows[column as usize].push((from, value));
            }
        }
        Self { rows }
    }
}

/// A row of `units` numbers for each of `words` words, all of length `0.2·√units`; zeros for one that has no
/// neighbours. Sentences are numbers of words; number 0 is none.
pub(super) fn vectors(sentences: &[&[u32]], words: usize, units: usize) -> Vec<f32> {
    let mut vectors = vec![0.0; words * units];
    let matrix = information(sentences, words);
    let width = (units + MORE).min(words);
    if width < MORE || words < 2 {
        return vectors;
    }
    let transposed = matrix.transposed();
    let mut rng = Rng::named(0, "word vectors");
    let mut dense: Vec<f32> = (0..words * width).map(|_| rng.normal() as f32).collect();
    dense = matrix.times(&dense, width);
    for _ in 0..PASSES {
        orthonormalise(&mut dense, width);
        dense = transposed.times(&dense, width);
        orthonormalise(&mut dense, width);
        dense = matrix.times(&dense, width);
    }
    orthonormalise(&mut dense, width);
    // The matrix within these directions, and its own.
    let within = transposed.times(&dense, width);
    let mut gram = vec![0.0f64; width * width];
    for row in within.chunks_exact(width) {
        for (i, a) in row.iter().enumerate() {
            for (to, b) in gram[i * width..][..width].iter_mut().zip(row) {
                *to += f64::from(*a) * f64::from(*b);
            }
        }
    }
    let (values, directions) = eigen(gram, width);
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    let kept = &order[..units.min(width)];
    let length = 0.2 * (units as f64).sqrt();
    vectors
        .par_chunks_mut(units)
        .zip(dense.par_chunks_exact(width))
        .for_each(|(to, row)| {
            for (to, &direction) in to.iter_mut().zip(kept) {
                let along: f64 = (0..width)
                    .map(|k| f64::from(row[k]) * directions[k * width + direction])
                    .sum();
                // The root of the singular value, which is itself the root of this one.
                *to = (along * values[direction].max(0.0).powf(0.25)) as f32;
            }
            let norm = to.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt();
            if norm > 1e-12 {
                to.iter_mut()
                    .for_each(|v| *v = (f64::from(*v) * length / norm) as f32);
            }
        });
    vectors
}

/// How much more often words are neighbours than chance would make them, as a logarithm; where it is less often,
/// nothing.
fn information(sentences: &[&[u32]], words: usize) -> Sparse {
    let mut counts: Vec<HashMap<u32, f64>> = vec![HashMap::new(); words];
    for sentence in sentences {
        for (at, &word) in sentence.iter().enumerate() {
            let after = &sentence[at + 1..];
            for (distance, &other) in (1..=WINDOW).zip(after) {
                if word != 0 && other != 0 {
                    let weight = 1.0 / distance as f64;
                    *counts[word as usize].entry(other).or_default() += weight;
                    *counts[other as usize].entry(word).or_default() += weight;
                }
            }
        }
    }
    // In order, since sums depend on it.
    let counts: Vec<Vec<(u32, f64)>> = counts
        .into_iter()
        .map(|row| {
            let mut row: Vec<(u32, f64)> = row.into_iter().collect();
            row.sort_unstable_by_key(|(word, _)| *word);
            row
        })
        .collect();
    // The counts are symmetric, so that a row's sum is that of its column too.
    let sums: Vec<f64> = counts
        .iter()
        .map(|row| row.iter().map(|(_, n)| n).sum())
        .collect();
    let all: f64 = sums.iter().map(|sum| sum.powf(SMOOTHING)).sum();
    let rows = counts.par_iter().zip(&sums).map(|(row, sum)| {
        let of = |&(word, count): &(u32, f64)| {
            let chance = sum * sums[word as usize].powf(SMOOTHING) / all;
            let information = (count / chance).ln();
            (information > 0.0).then_some((word, information as f32))
        };
        row.iter().filter_map(of).collect()
    });
    Sparse {
        rows: rows.collect(),
    }
}

/// Makes the columns of a matrix with rows of `width` orthonormal, by Gram and Schmidt's way, twice; a column that
/// is all in those before it becomes zero.
fn orthonormalise(matrix: &mut [f32], width: usize) {
    let rows = matrix.len() / width;
    let mut columns: Vec<Vec<f64>> = (0..width)
        .map(|column| {
            (0..rows)
                .map(|row| f64::from(matrix[row * width + column]))
                .collect()
        })
        .collect();
    for at in 0..width {
        let (before, rest) = columns.split_at_mut(at);
        let column = &mut rest[0];
        let size = norm(column);
        for _ in 0..2 {
            let along: Vec<f64> = before.par_iter().map(|other| dot(other, column)).collect();
            for (other, along) in before.iter().zip(along) {
                column
                    .iter_mut()
                    .zip(other)
                    .for_each(|(c, o)| *c -= along * o);
            }
        }
        let left = norm(column);
        let scale = if left > 1e-10 * size { 1.0 / left } else { 0.0 };
        column.iter_mut().for_each(|c| *c *= scale);
    }
    for (column, values) in columns.iter().enumerate() {
        for (row, value) in values.iter().enumerate() {
            matrix[row * width + column] = *value as f32;
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// Values and, as columns, directions of a symmetric matrix, by rotations of two at a time (Jacobi 1846).
fn eigen(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut directions: Vec<f64> = (0..n * n).map(|at| f64::from(at / n == at % n)).collect();
    let whole: f64 = a.iter().map(|v| v * v).sum();
    for _ in 0..30 {
        let off: f64 = (0..n * n)
            .filter(|at| at / n != at % n)
            .map(|at| a[at] * a[at])
            .sum();
        if off <= 1e-20 * whole {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                let apq = a[p * n + q];
                if apq == 0.0 {
                    continue;
                }
                let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * apq);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let cos = 1.0 / (t * t + 1.0).sqrt();
                let sin = t * cos;
                for k in 0..n {
                    let (kp, kq) = (a[k * n + p], a[k * n + q]);
                    a[k * n + p] = cos * kp - sin * kq;
                    a[k * n + q] = sin * kp + cos * kq;
                }
                for k in 0..n {
                    let (pk, qk) = (a[p * n + k], a[q * n + k]);
                    a[p * n + k] = cos * pk - sin * qk;
                    a[q * n + k] = sin * pk + cos * qk;
                }
                for k in 0..n {
                    let (kp, kq) = (directions[k * n + p], directions[k * n + q]);
                    directions[k * n + p] = cos * kp - sin * kq;
                    directions[k * n + q] = sin * kp + cos * kq;
                }
            }
        }
    }
    ((0..n).map(|at| a[at * n + at]).collect(), directions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eigenvalues_of_a_known_matrix() {
        // 2 on the diagonal and 1 beside it: 2 − √2, 2, 2 + √2.
        let (mut values, directions) = eigen(vec![2.0, 1.0, 0.0, 1.0, 2.0, 1.0, 0.0, 1.0, 2.0], 3);
        for k in 0..3 {
            let column: Vec<f64> = (0..3).map(|row| directions[row * 3 + k]).collect();
            assert!((norm(&column) - 1.0).abs() < 1e-12);
        }
        values.sort_by(f64::total_cmp);
        let root = 2.0f64.sqrt();
        for (value, want) in values.iter().zip([2.0 - root, 2.0, 2.0 + root]) {
            assert!((value - want).abs() < 1e-12, "{value} {want}");
        }
    }

    /// The product of the vectors is the matrix again, where the rank is that of the matrix.
    #[test]
    fn words_with_the_same_neighbours_have_about_the_same_vector() {
        // Words 2 and 3 stand between 4 and 5, words 6 and 7 between 8 and 9; 10 to 29 are others.
        let mut sentences: Vec<Vec<u32>> = Vec::new();
        for i in 0..200u32 {
            let other = 10 + i / 2 % 20;
            sentences.push(vec![4, 2 + i % 2, 5, other]);
            sentences.push(vec![8, 6 + i % 2, 9, 10 + i / 2 * 7 % 20]);
        }
        let sentences: Vec<&[u32]> = sentences.iter().map(|s| &s[..]).collect();
        let (words, units) = (30, 8);
        let vectors = vectors(&sentences, words, units);
        let cosine = |a: usize, b: usize| {
            let of = |word: usize| -> Vec<f64> {
                vectors[word * units..][..units]
                    .iter()
                    .map(|v| f64::from(*v))
                    .collect()
            };
            let (a, b) = (of(a), of(b));
            dot(&a, &b) / (norm(&a) * norm(&b))
        };
        assert!(cosine(2, 3) > 0.9, "{}", cosine(2, 3));
        assert!(cosine(6, 7) > 0.9, "{}", cosine(6, 7));
        assert!(cosine(2, 6) < 0.5, "{}", cosine(2, 6));
        assert!(vectors[..units].iter().all(|v| *v == 0.0));
    }
}
