//! Sentences as a network is given them: numbers of words, each sentence as long as it is, and the class. What
//! this file is not: it knows no text.

use crate::nn::{Dataset, Shape};

/// Some rows of a corpus.
pub(crate) struct Samples<'a> {
    /// The numbers of the words of every sentence.
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
    /// The words that are read of a sentence: at least one, which may be none.
    fn words(&self, row: usize) -> &[u32] {
        let ids = &self.ids[self.rows[row]];
        match ids.is_empty() {
            true => &[0],
            false => &ids[..ids.len().min(self.longest)],
        }
    }
}

impl Dataset for Samples<'_> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn input(&self) -> Shape {
        Shape::sequence(self.longest, 1)
    }

    fn target(&self) -> Shape {
        Shape::vector(self.weights.len())
    }

    fn steps(&self, row: usize) -> Option<usize> {
        Some(self.words(row).len())
    }

    fn gather(&self, rows: &[usize], x: &mut [f32], y: &mut [f32]) {
        let classes = self.weights.len();
        let steps = rows
            .iter()
            .map(|&row| self.words(row).len())
            .max()
            .unwrap_or(0);
        x[..steps * rows.len()].fill(0.0);
        y[..classes * rows.len()].fill(0.0);
        for (b, &row) in rows.iter().enumerate() {
            for (t, &id) in self.words(row).iter().enumerate() {
                x[t * rows.len() + b] = id as f32;
            }
            if let Some(&label) = self.labels.get(self.rows[row]) {
                y[b * classes + label as usize] = self.weights[label as usize] as f32;
            }
        }
    }
}
