//! Sentences as a network is given them: numbers of words, each sentence as long as it is, and the class. What
//! this file is not: it knows no text.

use crate::nn::{Dataset, Shape};

/// Numbers that stand for a word: its own, and that of its beginning.
pub(crate) const NUMBERS: usize = 2;

/// Some rows of a corpus.
pub(crate) struct Samples<'a> {
    /// The numbers of the words of every sentence, [`NUMBERS`] a word.
    pub(crate) ids: &'a [Vec<u32>],
    /// The class of every sentence; empty where none is known.
    pub(crate) labels: &'a [u32],
    /// Which of them.
    pub(crate) rows: Vec<usize>,
    /// What a row of each class weighs.
    pub(crate) weights: &'a [f64],
    /// Words that are read of a sentence, at most.
    pub(crate) longest: usize,
}

impl Samples<'_> {
    /// The numbers that are read of a sentence: those of at least one word, which may be none.
    fn numbers(&self, row: usize) -> &[u32] {
        let ids = &self.ids[self.rows[row]];
        match ids.is_empty() {
            true => &[0; NUMBERS],
            false => &ids[..ids.len().min(NUMBERS * self.longest)],
        }
    }
}

impl Dataset for Samples<'_> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn input(&self) -> Shape {
        Shape::sequence(self.longest, NUMBERS)
    }

    fn target(&self) -> Shape {
        Shape::vector(self.weights.len())
    }

    fn steps(&self, row: usize) -> Option<usize> {
        Some(self.numbers(row).len() / NUMBERS)
    }

    fn gather(&self, rows: &[usize], x: &mut [f32], y: &mut [f32]) {
        let classes = self.weights.len();
        let most = rows.iter().map(|&row| self.numbers(row).len()).max();
        x[..most.unwrap_or(0) * rows.len()].fill(0.0);
        y[..classes * rows.len()].fill(0.0);
        for (b, &row) in rows.iter().enumerate() {
            for (t, ids) in self.numbers(row).chunks_exact(NUMBERS).enumerate() {
                let to = &mut x[(t * rows.len() + b) * NUMBERS..][..NUMBERS];
                to.iter_mut().zip(ids).for_each(|(to, &id)| *to = id as f32);
            }
            if let Some(&label) = self.labels.get(self.rows[row]) {
                y[b * classes + label as usize] = self.weights[label as usize] as f32;
            }
        }
    }
}
