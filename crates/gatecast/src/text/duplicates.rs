//! Sentences that stand more than once, as they are or with other numbers: between training and test they make
//! a score too good. What this file is not: it removes nothing.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Serialize};

use super::tokens::words;

/// Test sentences that stand in training as well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duplicates {
    /// Test rows that stand in training, but for blanks and small letters.
    pub exact: Vec<usize>,
    /// Further ones that do when every digit is taken for the same.
    pub masked: Vec<usize>,
}

impl Duplicates {
    /// Of the rows of `test` in `train`.
    pub fn between<A: AsRef<str>, B: AsRef<str>>(train: &[A], test: &[B]) -> Self {
        let of = |number: fn(&str) -> u64| -> HashSet<u64> {
            train.iter().map(|text| number(text.as_ref())).collect()
        };
        let (known, masks) = (of(plain), of(mask));
        let mut found = Self::default();
        for (row, text) in test.iter().enumerate() {
            if known.contains(&plain(text.as_ref())) {
                found.exact.push(row);
            } else if masks.contains(&mask(text.as_ref())) {
                found.masked.push(row);
            }
        }
        found
    }

    /// All of them.
    pub fn rows(&self) -> Vec<usize> {
        let mut rows = [&self.exact[..], &self.masked].concat();
        rows.sort_unstable();
        rows
    }
}

/// Sentences that stand more than once in one corpus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeated {
    /// Rows whose sentence stands before, but for blanks and small letters.
    pub exact: usize,
    /// Rows whose sentence stands before when every number is taken for the same, the exact ones among them.
    pub masked: usize,
    /// Rows whose sentence stands before with another label.
    pub conflicts: usize,
}

/// For each row the first one with the same masked words.
pub(super) fn groups(texts: &[String], labels: &[u32]) -> (Vec<usize>, Repeated) {
    let (mut masks, mut plains) = (HashMap::new(), HashMap::new());
    let mut repeated = Repeated::default();
    let groups = texts.iter().enumerate().map(|(row, text)| {
        let same: usize = *plains.entry(plain(text)).or_insert(row);
        let group: usize = *masks.entry(mask(text)).or_insert(row);
        repeated.exact += usize::from(same != row);
        repeated.masked += usize::from(group != row);
        repeated.conflicts += usize::from(labels[same] != labels[row]);
        group
    });
    (groups.collect(), repeated)
}

fn hash(parts: impl Iterator<Item = impl Hash>) -> u64 {
    // The same keys in every run and on every machine.
    let mut hasher = DefaultHasher::new();
    parts.for_each(|part| part.hash(&mut hasher));
    hasher.finish()
}

fn plain(text: &str) -> u64 {
    hash(text.split_whitespace().map(str::to_lowercase))
}

/// A run of digits is one sign, however long it is.
fn mask(text: &str) -> u64 {
    hash(words(text).into_iter().map(|word| {
        let mut short = String::with_capacity(word.len());
        for c in word.chars() {
            if c != '0' || !short.ends_with('0') {
                short.push(c);
            }
        }
        short
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_that_stand_twice() {
        let train = ["Sales rose 12 % .", "A good film", "酒店很好"];
        let test = [
            "sales  ROSE 12 % .",
            "Sales rose 13 % .",
            "A bad film",
            "酒店很好",
        ];
        let found = Duplicates::between(&train, &test);
        assert_eq!((found.exact, found.masked), (vec![0, 3], vec![1]));
        let texts: Vec<String> = test.iter().map(ToString::to_string).collect();
        let repeated = Repeated {
            masked: 1,
            ..Repeated::default()
        };
        assert_eq!(groups(&texts, &[0, 1, 0, 0]), (vec![0, 0, 2, 3], repeated));
    }
}
