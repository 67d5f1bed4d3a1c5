//! How well classes are told: accuracy, F1, calibration, and whether one method is better than another.

use serde::{Deserialize, Serialize};
use statrs::distribution::{Binomial, DiscreteCDF};

/// What classes were told of rows whose classes are known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassScores {
    /// Rows.
    pub rows: usize,
    /// Share of the rows told right.
    pub accuracy: f64,
    /// The mean of F1 over the classes that occur; F1 of a class is `2tp/(2tp + fp + fn)`.
    pub macro_f1: f64,
    /// `confusion[of][told]`: rows of one class that were told to be another.
    pub confusion: Vec<Vec<usize>>,
    /// Mean of `−log p` of the right class.
    pub log_loss: f64,
    /// Expected calibration error: how far the probability of the class told is from the share told right,
    /// over [`BINS`] bins of equal width (Guo et al. 2017, eq. 3).
    pub calibration_error: f64,
    /// Of each bin the rows, the mean probability of the class told, and the share told right.
    pub bins: Vec<Bin>,
}

/// Rows whose class was told with about one probability.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Rows.
    pub rows: usize,
    /// Mean probability of the class told.
    pub probability: f64,
    /// Share told right.
    pub right: f64,
}

/// Bins of [`ClassScores::calibration_error`].
pub const BINS: usize = 10;

/// The class of the largest number; of equals the first.
pub(super) fn largest(numbers: &[f64]) -> usize {
    let mut best = 0;
    for (class, number) in numbers.iter().enumerate() {
        if *number > numbers[best] {
            best = class;
        }
    }
    best
}

impl ClassScores {
    /// Of the probabilities of so many classes, a row after the other, and the right class of each row.
    pub fn new(probabilities: &[f64], labels: &[u32], classes: usize) -> Self {
        let rows = labels.len();
        let mut confusion = vec![vec![0; classes]; classes];
        let mut bins = vec![Bin::default(); BINS];
        let mut log_loss = 0.0;
        for (row, &label) in probabilities.chunks_exact(classes).zip(labels) {
            let told = largest(row);
            confusion[label as usize][told] += 1;
            log_loss -= row[label as usize].max(f64::MIN_POSITIVE).ln();
            let bin = &mut bins[((row[told] * BINS as f64) as usize).min(BINS - 1)];
            bin.rows += 1;
            bin.probability += row[told];
            bin.right += f64::from(told == label as usize);
        }
        for bin in &mut bins {
            bin.probability /= bin.rows.max(1) as f64;
            bin.right /= bin.rows.max(1) as f64;
        }
        let off = |bin: &Bin| bin.rows as f64 * (bin.probability - bin.right).abs();
        let right: usize = (0..classes).map(|class| confusion[class][class]).sum();
        let share = |sum: f64| sum / rows.max(1) as f64;
        Self {
            rows,
            accuracy: share(right as f64),
            macro_f1: macro_f1(&confusion),
            log_loss: share(log_loss),
            calibration_error: share(bins.iter().map(off).sum()),
            confusion,
            bins,
        }
    }
}

/// Classes of which no row is and that none was told to be do not count.
fn macro_f1(confusion: &[Vec<usize>]) -> f64 {
    let classes = 0..confusion.len();
    let f1: Vec<f64> = classes
        .clone()
        .filter_map(|class| {
            let told: usize = classes.clone().map(|of| confusion[of][class]).sum();
            let of: usize = confusion[class].iter().sum();
            (told + of > 0).then(|| 2.0 * confusion[class][class] as f64 / (told + of) as f64)
        })
        .collect();
    f1.iter().sum::<f64>() / f1.len().max(1) as f64
}

/// Whether one method is better than another on the same rows, from the rows that only one of them
/// tells right: the exact test of McNemar (1947), two-sided.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct McNemar {
    /// Rows that the first alone tells right.
    pub first: usize,
    /// Rows that the second alone tells right.
    pub second: usize,
    /// How often chance makes a difference as large as this.
    pub p_value: f64,
}

impl McNemar {
    /// Of the rows that each tells right.
    pub fn new(first: &[bool], second: &[bool]) -> Self {
        let count = |one: &[bool], other: &[bool]| {
            let pairs = one.iter().zip(other);
            pairs.filter(|(one, other)| **one && !**other).count()
        };
        let (first, second) = (count(first, second), count(second, first));
        let n = (first + second) as u64;
        let p_value = match Binomial::new(0.5, n) {
            Ok(half) if n > 0 => (2.0 * half.cdf(first.min(second) as u64)).min(1.0),
            _ => 1.0,
        };
        Self {
            first,
            second,
            p_value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_by_hand() {
        // Told: 0, 1, 1, 0 of 0, 1, 0, 2.
        let probabilities = [
            [0.9, 0.1, 0.0],
            [0.2, 0.7, 0.1],
            [0.3, 0.7, 0.0],
            [0.6, 0.2, 0.2],
        ];
        let scores = ClassScores::new(&probabilities.concat(), &[0, 1, 0, 2], 3);
        assert_eq!(scores.accuracy, 0.5);
        // F1: 2·1/(2 + 2) = 0.5, 2·1/(2 + 1), 0.
        assert!((scores.macro_f1 - (0.5 + 2.0 / 3.0) / 3.0).abs() < 1e-12);
        assert_eq!(scores.confusion, [[1, 1, 0], [0, 1, 0], [1, 0, 0]]);
        let loss = -(0.9f64.ln() + 0.7f64.ln() + 0.3f64.ln() + 0.2f64.ln()) / 4.0;
        assert!((scores.log_loss - loss).abs() < 1e-12);
        // |0.9 − 1|, 2·|0.7 − 0.5|, |0.6 − 0|.
        assert!((scores.calibration_error - (0.1 + 0.4 + 0.6) / 4.0).abs() < 1e-12);
    }

    #[test]
    fn mcnemar_by_hand() {
        // Eight to two: 2·(1 + 10 + 45)/1024.
        let first: Vec<bool> = (0..20).map(|row| !(8..10).contains(&row)).collect();
        let second: Vec<bool> = (0..20).map(|row| row >= 8).collect();
        let test = McNemar::new(&first, &second);
        assert_eq!((test.first, test.second), (8, 2));
        assert!((test.p_value - 2.0 * 56.0 / 1024.0).abs() < 1e-12);
        assert_eq!(McNemar::new(&first, &first).p_value, 1.0);
    }
}
