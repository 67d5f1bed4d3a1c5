//! Sentences of numbers, and pairs of them: what an encoder–decoder learns from. What this file is not: it
//! knows no words, only their numbers.

use crate::error::{Error, Result};

/// Sequences of different length, one behind the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequences {
    numbers: Vec<u32>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Sequences {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends one.
    pub fn push(&mut self, sequence: &[u32]) {
        self.numbers.extend_from_slice(sequence);
        self.ends.push(self.numbers.len());
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Sequence number `row`.
    ///
    /// # Panics
    /// When there is no such sequence.
    pub fn get(&self, row: usize) -> &[u32] {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.numbers[start..self.ends[row]]
    }

    /// All of them, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// The largest number.
    pub(crate) fn largest(&self) -> u32 {
        self.numbers.iter().max().copied().unwrap_or(0)
    }

    /// Numbers of the longest.
    pub(crate) fn longest(&self) -> usize {
        self.iter().map(<[u32]>::len).max().unwrap_or(0)
    }
}

impl<'a> FromIterator<&'a [u32]> for Sequences {
    fn from_iter<T: IntoIterator<Item = &'a [u32]>>(sequences: T) -> Self {
        let mut all = Self::new();
        sequences.into_iter().for_each(|one| all.push(one));
        all
    }
}

/// Pairs of sequences: the second is what the first is to be turned into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    pub(crate) source: Sequences,
    pub(crate) target: Sequences,
}

impl Pairs {
    /// Pairs the sequences of equal number.
    ///
    /// # Errors
    /// [`NotASeries`](crate::ErrorKind::NotASeries) when there are more of one than of the other, or when a
    /// source is empty.
    pub fn new(source: Sequences, target: Sequences) -> Result<Self> {
        if source.len() != target.len() {
            let (sources, targets) = (source.len(), target.len());
            return Err(Error::not_a_series(format!(
                "{sources} sources and {targets} targets make no pairs"
            )));
        }
        if let Some(row) = source.iter().position(<[u32]>::is_empty) {
            return Err(Error::not_a_series(format!("source {row} is empty")));
        }
        Ok(Self { source, target })
    }

    /// Number of pairs.
    pub fn len(&self) -> usize {
        self.source.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.source.is_empty()
    }
}
