//! `Embedding`: a vector of numbers for each word.

use gatecast_kernels::elementwise::add;
use serde::{Deserialize, Serialize};

use super::{Backward, Forward, Layer, Tensor, check_rate, check_size, fill_mask};
use crate::nn::{Init, Shape};

/// Turns numbers of words into vectors, the rows of one matrix (Bengio et al. 2003). It must be the first
/// layer; its input is a sequence of one number a step, from 0 to below `words`, or of several, such as
/// those of a word and of its beginning, whose vectors are added up. Number 0 stands for no word: its
/// vector is zero and stays so.
///
/// ```
/// use gatecast::nn::{Bidirectional, Dense, Embedding, Lstm, Pool, Sequential, Shape};
///
/// // Sentences of up to 50 words, two classes.
/// let net = Sequential::builder(Shape::sequence(50, 1))
///     .add(Embedding::new(10_000, 64))
///     .add(Bidirectional::new(Lstm::new(32).return_sequences()))
///     .add(Pool::max())
///     .add(Dense::new(2))
///     .build(0)?;
/// assert_eq!(net.output(), Shape::vector(2));
/// # Ok::<(), gatecast::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Embedding {
    /// Words, number 0 among them.
    pub words: usize,
    /// Numbers of a vector.
    pub units: usize,
    /// Share of the words that are hidden while training, each as a whole.
    pub dropout: f32,
}

impl Embedding {
    /// Vectors of so many numbers for so many words.
    pub fn new(words: usize, units: usize) -> Self {
        Self {
            words,
            units,
            dropout: 0.0,
        }
    }

    /// Hides this share of the words while training.
    pub fn dropout(self, dropout: f32) -> Self {
        Self { dropout, ..self }
    }

    /// The row of the matrix that a number stands for. None for number 0, and for one that is no word.
    fn row(&self, id: f32) -> Option<usize> {
        let row = id as usize;
        (1..self.words).contains(&row).then_some(row)
    }
}

impl Layer for Embedding {
    fn kind(&self) -> String {
        "Embedding".into()
    }

    fn output(&self, input: Shape) -> Result<Shape, String> {
        /// Numbers are exact in f32 up to here.
        const MOST_WORDS: usize = 1 << 24;
        check_size("units", self.units)?;
        check_rate("dropout", self.dropout)?;
        if !(1..=MOST_WORDS).contains(&self.words) {
            return Err(format!("1 to {MOST_WORDS} words, not {}", self.words));
        }
        match input {
            Shape::Sequence { steps, .. } => Ok(Shape::sequence(steps, self.units)),
            Shape::Vector { .. } => Err("a sequence (None, T, F) of numbers of words".into()),
        }
    }

    fn tensors(&self, _input: Shape) -> Vec<Tensor> {
        vec![Tensor::matrix(
            "weight",
            self.words,
            self.units,
            Init::Words,
        )]
    }

    fn cache_len(&self, input: Shape, batch: usize) -> usize {
        if self.dropout > 0.0 {
            input.steps() * batch
        } else {
            0
        }
    }

    fn takes_lengths(&self) -> bool {
        true
    }

    fn sparse(&self) -> Option<usize> {
        Some(self.units)
    }

    fn forward(&self, pass: Forward<'_>) {
        let mask = &mut pass.cache[..self.cache_len(pass.input, pass.batch)];
        fill_mask(mask, self.dropout, pass.rng);
        let steps = pass.y.chunks_exact_mut(self.units);
        let steps = steps.zip(pass.x.chunks_exact(pass.input.features()));
        for (at, (y, ids)) in steps.enumerate() {
            y.fill(0.0);
            for row in ids.iter().filter_map(|&id| self.row(id)) {
                add(y, &pass.weights[row * self.units..][..self.units]);
            }
            match mask.get(at) {
                Some(&keep) if keep != 1.0 => y.iter_mut().for_each(|y| *y *= keep),
                _ => {}
            }
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let mask = &pass.cache[..self.cache_len(pass.input, pass.batch)];
        let steps = pass.dy.chunks_exact_mut(self.units);
        let steps = steps.zip(pass.x.chunks_exact(pass.input.features()));
        for (at, (dy, ids)) in steps.enumerate() {
            match mask.get(at) {
                Some(&keep) if keep != 1.0 => dy.iter_mut().for_each(|dy| *dy *= keep),
                _ => {}
            }
            for row in ids.iter().filter_map(|&id| self.row(id)) {
                add(&mut pass.dweights[row * self.units..][..self.units], dy);
            }
        }
        // Numbers of words have no gradient.
        if let Some(dx) = pass.dx {
            dx.fill(0.0);
        }
    }
}
