//! The output over a large vocabulary: logits, softmax and cross-entropy in one go, without ever
//! holding the logits of more than some rows.
//!
//! ```text
//! l = W·x + b        p = softmax(l)        loss = −Σ q·log p
//! ```
//!
//! where `q` is 1 for the right word; with label smoothing `ε` it is `1 − ε` and `ε/V` more for every word
//! (Szegedy et al. 2016, sec. 7). The gradient is `dl = p − q`.
//!
//! | buffer | shape | |
//! |---|---|---|
//! | `x`, `dx` | `R×I` | a row for each word that is to be told |
//! | `weight`, `dweight` | `V×I` | as an embedding has it, so that the two can be one |
//! | logits | `V×P` | word-major, for a piece of rows, filled up to `P`: maxima and sums go along vectors, and `W` needs no packing |
//!
//! Within a piece the vocabulary is passed in blocks: a block of `W`, of its gradient and of the logits
//! fit the second cache, and each is read from memory once a piece.

use crate::activation::exp;
use crate::gemm::{self, Into, Mat, MatMut, Packed, gemm, gemm_packed};
use crate::isa::{by_lanes, fma, load, map, simd, store};

/// Sizes of the output.
#[derive(Clone, Copy, Debug)]
pub struct Dims {
    /// `I`, at least one.
    pub inputs: usize,
    /// `V`, at least one.
    pub words: usize,
}

/// Most rows of a piece: enough that reading and writing the gradient of `W` costs little.
const PIECE: usize = 256;
/// Words of a block.
const BLOCK: usize = 256;
/// Logits of a word come in whole panels; those behind the rows are of no row.
const ALIGN: usize = 32;

/// Gradients that a pass leaves.
#[derive(Debug)]
pub struct Gradients<'a> {
    /// What the loss of each row is multiplied by.
    pub factor: f32,
    /// What [`pack`] makes of the weight.
    pub packed: &'a [f32],
    /// `R×I`, overwritten.
    pub x: &'a mut [f32],
    /// `V×I`, overwritten.
    pub weight: &'a mut [f32],
    /// `V`, overwritten.
    pub bias: &'a mut [f32],
}

/// Length of what [`pack`] writes.
pub fn packed_len(dims: Dims) -> usize {
    gemm::packed_len(dims.words, dims.inputs)
}

/// Lays the words' vectors in panels, block by block, for the way back. Call it after each change of them.
///
/// # Panics
/// When a slice does not have the length its shape asks for.
pub fn pack(dims: Dims, packed: &mut [f32], weight: &[f32]) {
    let blocks = packed.chunks_mut(gemm::packed_len(BLOCK, dims.inputs));
    for (packed, weight) in blocks.zip(weight.chunks(BLOCK * dims.inputs)) {
        let words = weight.len() / dims.inputs;
        gemm::pack(packed, Mat::new(weight, words, dims.inputs));
    }
}

/// Numbers of scratch that passes over at most `rows` rows need.
pub fn scratch_len(dims: Dims, rows: usize) -> usize {
    let width = rows.min(PIECE).next_multiple_of(ALIGN);
    (dims.words + dims.inputs + 3) * width
}

/// Rows of a piece: as few pieces as there must be, of about one size.
fn piece_of(rows: usize) -> usize {
    rows.div_ceil(rows.div_ceil(PIECE).max(1)).max(1)
}

/// The scratch of a piece.
struct Piece<'a> {
    /// `P`.
    width: usize,
    /// `V×P`.
    logits: &'a mut [f32],
    /// Of each row the largest logit.
    most: &'a mut [f32],
    /// Of each row, what a pass adds up.
    sums: &'a mut [f32],
    /// Of each row the sum of the logits.
    totals: &'a mut [f32],
}

impl<'a> Piece<'a> {
    /// Computes the logits of so many rows.
    fn new(
        dims: Dims,
        weight: &[f32],
        bias: &[f32],
        x: &[f32],
        rows: usize,
        scratch: &'a mut [f32],
    ) -> Self {
        let width = rows.next_multiple_of(ALIGN);
        let mut rest = scratch;
        let mut cut = |len: usize| {
            let (part, after) = std::mem::take(&mut rest).split_at_mut(len);
            rest = after;
            part
        };
        let [logits, packed, most, sums, totals] =
            [dims.words * width, dims.inputs * width, width, width, width].map(&mut cut);
        gemm::pack(packed, Mat::new(x, rows, dims.inputs).t());
        most.fill(f32::NEG_INFINITY);
        totals.fill(0.0);
        let blocks = weight.chunks(BLOCK * dims.inputs).zip(bias.chunks(BLOCK));
        for ((weight, bias), logits) in blocks.zip(logits.chunks_mut(BLOCK * width)) {
            gemm_packed(
                MatMut::new(logits, bias.len(), width),
                Mat::new(weight, bias.len(), dims.inputs),
                Packed::new(packed, dims.inputs, width),
                Into::Overwrite,
            );
            for (logits, &bias) in logits.chunks_exact_mut(width).zip(bias) {
                add_bias(logits, bias, most, totals);
            }
        }
        Self {
            width,
            logits,
            most,
            sums,
            totals,
        }
    }

    /// Turns the logits into `e^(l − most)` and adds those of each row up.
    fn exponentials(&mut self) {
        self.sums.fill(0.0);
        for logits in self.logits.chunks_exact_mut(self.width) {
            exponentials(logits, self.most, self.sums);
        }
    }
}

simd! {
    /// `l += b`, `most = max(most, l)`, `totals += l`.
    fn add_bias(logits: &mut [f32], bias: f32, most: &mut [f32], totals: &mut [f32]) {
        by_lanes!(logits.len(), add_bias_lanes::<FMA>(logits, bias, most, totals));
    }
}

#[inline(always)]
fn add_bias_lanes<const FMA: bool, const N: usize>(
    at: usize,
    logits: &mut [f32],
    bias: f32,
    most: &mut [f32],
    totals: &mut [f32],
) {
    let old = load::<N>(logits, at);
    let (largest, total) = (load::<N>(most, at), load::<N>(totals, at));
    let logit = map::<N>(|k| old[k] + bias);
    store(logits, at, logit);
    // NaN stays, so that a diverged run is seen.
    let keep = |k: usize| {
        if logit[k] <= largest[k] {
            largest[k]
        } else {
            logit[k]
        }
    };
    store(most, at, map::<N>(keep));
    store(totals, at, map::<N>(|k| total[k] + logit[k]));
}

simd! {
    /// `l = e^(l − most)`, `sums += l`.
    fn exponentials(logits: &mut [f32], most: &[f32], sums: &mut [f32]) {
        by_lanes!(logits.len(), exponentials_lanes::<FMA>(logits, most, sums));
    }
}

#[inline(always)]
fn exponentials_lanes<const FMA: bool, const N: usize>(
    at: usize,
    logits: &mut [f32],
    most: &[f32],
    sums: &mut [f32],
) {
    let (logit, most, sum) = (
        load::<N>(logits, at),
        load::<N>(most, at),
        load::<N>(sums, at),
    );
    let power = map::<N>(|k| exp::<FMA>(logit[k] - most[k]));
    store(logits, at, power);
    store(sums, at, map::<N>(|k| sum[k] + power[k]));
}

simd! {
    /// `l = l·scale − less`.
    fn scale(logits: &mut [f32], scales: &[f32], less: f32) {
        for (logit, scale) in logits.iter_mut().zip(scales) {
            *logit = fma::<FMA>(*logit, *scale, -less);
        }
    }
}

simd! {
    /// The sum, in running sums whose order is fixed.
    fn sum(values: &[f32]) -> f32 {
        let mut sums = [0.0f32; 16];
        let chunks = values.chunks_exact(16);
        let rest: f32 = chunks.remainder().iter().sum();
        for chunk in chunks {
            sums.iter_mut().zip(chunk).for_each(|(sum, value)| *sum += value);
        }
        sums.iter().sum::<f32>() + rest
    }
}

/// The sum of the rows' losses, where `targets` has the number of each row's right word, with label
/// smoothing `smoothing`; and the gradients of it where they are wanted.
///
/// # Panics
/// When a slice is shorter than its shape in `dims` or scratch than [`scratch_len`], and when a target is
/// no word.
pub fn pass(
    dims: Dims,
    weight: &[f32],
    bias: &[f32],
    x: &[f32],
    targets: &[u32],
    smoothing: f32,
    mut back: Option<Gradients<'_>>,
    scratch: &mut [f32],
) -> f64 {
    let Dims { inputs, words } = dims;
    let (weight, bias) = (&weight[..words * inputs], &bias[..words]);
    let share = smoothing / words as f32;
    let mut loss = 0.0;
    if let (Some(back), true) = (&mut back, targets.is_empty()) {
        back.weight[..words * inputs].fill(0.0);
        back.bias[..words].fill(0.0);
    }
    let mut onto = Into::Overwrite;
    let size = piece_of(targets.len());
    for (index, targets) in targets.chunks(size).enumerate() {
        let rows = targets.len();
        let here = index * size * inputs..(index * size + rows) * inputs;
        let x = &x[here.clone()];
        let mut piece = Piece::new(dims, weight, bias, x, rows, scratch);
        let width = piece.width;
        // The right word's logit, before it is overwritten.
        for (row, &target) in targets.iter().enumerate() {
            let right = piece.logits[target as usize * width + row];
            piece.totals[row] = (1.0 - smoothing) * right + share * piece.totals[row];
        }
        piece.exponentials();
        for row in 0..rows {
            let log_sum = f64::from(piece.most[row]) + f64::from(piece.sums[row]).ln();
            loss += log_sum - f64::from(piece.totals[row]);
        }
        let Some(back) = &mut back else { continue };
        let factor = back.factor;
        piece.sums.iter_mut().for_each(|sum| *sum = factor / *sum);
        let dx = &mut back.x[here];
        let mut onto_x = Into::Overwrite;
        for first in (0..words).step_by(BLOCK) {
            let count = BLOCK.min(words - first);
            let logits = &mut piece.logits[first * width..(first + count) * width];
            for logits in logits.chunks_exact_mut(width) {
                scale(logits, piece.sums, factor * share);
            }
            for (row, &target) in targets.iter().enumerate() {
                let word = (target as usize).wrapping_sub(first);
                if word < count {
                    logits[word * width + row] -= factor * (1.0 - smoothing);
                }
            }
            let dbias = &mut back.bias[first..first + count];
            for (dbias, logits) in dbias.iter_mut().zip(logits.chunks_exact(width)) {
                let sum = sum(&logits[..rows]);
                *dbias = if index == 0 { sum } else { *dbias + sum };
            }
            let part = first * inputs..(first + count) * inputs;
            let logits = Mat::new(logits, count, width).columns(0..rows);
            gemm(
                MatMut::new(&mut back.weight[part], count, inputs),
                logits,
                Mat::new(x, rows, inputs),
                onto,
            );
            let place = gemm::packed_len(first, inputs)..;
            gemm_packed(
                MatMut::new(dx, rows, inputs),
                logits.t(),
                Packed::new(&back.packed[place], count, inputs),
                onto_x,
            );
            onto_x = Into::Accumulate;
        }
        onto = Into::Accumulate;
    }
    loss
}

/// Of each row of `x` the `most` words with the largest logits, from the largest on, with the logarithms of
/// their probabilities: `R×most` each. Words for which `never` holds are passed over; where there are not
/// enough others, the rest is left as it is.
///
/// # Panics
/// When a slice is shorter than its shape, or scratch than [`scratch_len`].
pub fn largest(
    dims: Dims,
    weight: &[f32],
    bias: &[f32],
    x: &[f32],
    most: usize,
    never: impl Fn(u32) -> bool,
    words: &mut [u32],
    logarithms: &mut [f32],
    scratch: &mut [f32],
) {
    /// Rows that are looked at together.
    const LANES: usize = 16;
    let (weight, bias) = (&weight[..dims.words * dims.inputs], &bias[..dims.words]);
    let total = x.len() / dims.inputs;
    logarithms[..total * most].fill(f32::NEG_INFINITY);
    let size = piece_of(total);
    let pieces = x
        .chunks(size * dims.inputs)
        .zip(words.chunks_mut(size * most))
        .zip(logarithms.chunks_mut(size * most));
    for ((x, words), logarithms) in pieces {
        let rows = x.len() / dims.inputs;
        let mut piece = Piece::new(dims, weight, bias, x, rows, scratch);
        // The smallest of each row's best so far.
        let last = &mut piece.totals;
        last[..rows].fill(f32::NEG_INFINITY);
        last[rows..].fill(f32::INFINITY);
        for (word, logits) in (0u32..).zip(piece.logits.chunks_exact(piece.width)) {
            if never(word) {
                continue;
            }
            for first in (0..piece.width).step_by(LANES) {
                let lanes = logits[first..first + LANES].iter();
                let lanes = lanes.zip(&last[first..first + LANES]);
                if !lanes.fold(false, |any, (logit, last)| any | (logit > last)) {
                    continue;
                }
                for row in first..rows.min(first + LANES) {
                    let logit = logits[row];
                    if logit > last[row] {
                        let best = &mut logarithms[row * most..(row + 1) * most];
                        let at = best.partition_point(|&other| other >= logit);
                        best[at..].rotate_right(1);
                        best[at] = logit;
                        last[row] = best[most - 1];
                        let words = &mut words[row * most..(row + 1) * most];
                        words[at..].rotate_right(1);
                        words[at] = word;
                    }
                }
            }
        }
        piece.exponentials();
        for (row, best) in logarithms.chunks_exact_mut(most).take(rows).enumerate() {
            let log_sum = piece.most[row] + piece.sums[row].ln();
            best.iter_mut().for_each(|logit| *logit -= log_sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, numbers};

    /// The textbook's logits, in f64.
    fn logits(dims: Dims, w: &[f32], b: &[f32], x: &[f32]) -> Vec<Vec<f64>> {
        let of = |x: &[f32], word: usize| -> f64 {
            let w = &w[word * dims.inputs..][..dims.inputs];
            let products = w.iter().zip(x).map(|(w, x)| f64::from(*w) * f64::from(*x));
            products.sum::<f64>() + f64::from(b[word])
        };
        x.chunks(dims.inputs)
            .map(|x| (0..dims.words).map(|word| of(x, word)).collect())
            .collect()
    }

    fn softmax(logits: &[f64]) -> Vec<f64> {
        let powers: Vec<f64> = logits.iter().map(|l| l.exp()).collect();
        let sum: f64 = powers.iter().sum();
        powers.iter().map(|power| power / sum).collect()
    }

    #[test]
    fn loss_and_gradients_as_in_the_textbook() {
        for (rows, words, inputs) in [(1, 1, 3), (5, 7, 3), (33, 300, 40), (500, 257, 8)] {
            for smoothing in [0.0, 0.1] {
                let dims = Dims { inputs, words };
                let (w, b) = (numbers(words * inputs, 1), numbers(words, 2));
                let x = numbers(rows * inputs, 3);
                let targets: Vec<u32> = (0..rows).map(|row| (row * 31 % words) as u32).collect();
                let mut scratch = vec![f32::NAN; scratch_len(dims, rows)];
                let (mut dx, mut dw) = (vec![f32::NAN; x.len()], vec![f32::NAN; w.len()]);
                let mut db = vec![f32::NAN; words];
                let mut packed = vec![f32::NAN; packed_len(dims)];
                pack(dims, &mut packed, &w);
                let back = Gradients {
                    factor: 0.5,
                    packed: &packed,
                    x: &mut dx,
                    weight: &mut dw,
                    bias: &mut db,
                };
                let loss = pass(
                    dims,
                    &w,
                    &b,
                    &x,
                    &targets,
                    smoothing,
                    Some(back),
                    &mut scratch,
                );
                let only = pass(dims, &w, &b, &x, &targets, smoothing, None, &mut scratch);
                assert_eq!(loss, only);

                let (mut want, mut want_dx) = (0.0, vec![0.0; x.len()]);
                let (mut want_dw, mut want_db) = (vec![0.0; w.len()], vec![0.0; words]);
                for (row, logits) in logits(dims, &w, &b, &x).iter().enumerate() {
                    for (word, p) in softmax(logits).into_iter().enumerate() {
                        let mut q = f64::from(smoothing) / words as f64;
                        if word == targets[row] as usize {
                            q += 1.0 - f64::from(smoothing);
                        }
                        want -= q * p.ln();
                        let d = 0.5 * (p - q);
                        want_db[word] += d;
                        for at in 0..inputs {
                            want_dx[row * inputs + at] += d * f64::from(w[word * inputs + at]);
                            want_dw[word * inputs + at] += d * f64::from(x[row * inputs + at]);
                        }
                    }
                }
                assert!(
                    (loss - want).abs() < 1e-5 * want.max(1.0),
                    "{loss} for {want}"
                );
                let single = |v: &[f64]| v.iter().map(|&v| v as f32).collect::<Vec<_>>();
                let what = format!("{rows} rows of {words} words");
                if words > 1 {
                    assert_close(&dx, &single(&want_dx), 1e-5, &what);
                    assert_close(&dw, &single(&want_dw), 1e-5, &what);
                    assert_close(&db, &single(&want_db), 1e-5, &what);
                }
            }
        }
    }

    #[test]
    fn the_largest_in_their_order() {
        let (rows, most) = (70, 3);
        let dims = Dims {
            inputs: 5,
            words: 300,
        };
        let (w, b) = (numbers(dims.words * 5, 1), numbers(dims.words, 2));
        let x = numbers(rows * 5, 3);
        let (mut words, mut found) = (vec![0; rows * most], vec![0.0; rows * most]);
        let mut scratch = vec![0.0; scratch_len(dims, rows)];
        let never = |word: u32| word == 7;
        largest(
            dims,
            &w,
            &b,
            &x,
            most,
            never,
            &mut words,
            &mut found,
            &mut scratch,
        );
        for (row, logits) in logits(dims, &w, &b, &x).iter().enumerate() {
            let p = softmax(logits);
            let mut order: Vec<usize> = (0..dims.words).filter(|&word| word != 7).collect();
            order.sort_by(|&a, &b| p[b].total_cmp(&p[a]));
            for (at, &word) in order[..most].iter().enumerate() {
                assert_eq!(words[row * most + at] as usize, word);
                assert!((f64::from(found[row * most + at]) - p[word].ln()).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn no_rows_leave_no_gradient() {
        let dims = Dims {
            inputs: 2,
            words: 3,
        };
        let (mut dw, mut db) = (vec![f32::NAN; 6], vec![f32::NAN; 3]);
        let back = Gradients {
            factor: 1.0,
            packed: &[],
            x: &mut [],
            weight: &mut dw,
            bias: &mut db,
        };
        assert_eq!(
            pass(
                dims,
                &[1.0; 6],
                &[0.0; 3],
                &[],
                &[],
                0.0,
                Some(back),
                &mut []
            ),
            0.0
        );
        assert_eq!((dw, db), (vec![0.0; 6], vec![0.0; 3]));
    }
}
