//! The words that a network knows, by number. What this file is not: it cuts no sentences.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// Words with numbers from 2 on; 0 stands for no word and 1 for one that is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Vocabulary {
    words: Vec<String>,
    numbers: HashMap<String, u32>,
}

/// The number of words that are not known.
pub(crate) const UNKNOWN: u32 = 1;

impl From<Vec<String>> for Vocabulary {
    fn from(words: Vec<String>) -> Self {
        let numbers = words.iter().cloned().zip(UNKNOWN + 1..).collect();
        Self { words, numbers }
    }
}

impl From<Vocabulary> for Vec<String> {
    fn from(vocabulary: Vocabulary) -> Self {
        vocabulary.words
    }
}

impl Vocabulary {
    /// The words that occur at least `least` times, the most frequent first, and at most `most` of them.
    pub fn of<'a>(words: impl Iterator<Item = &'a str>, least: usize, most: usize) -> Self {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for word in words {
            *counts.entry(word).or_default() += 1;
        }
        let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
        counts.retain(|(_, count)| *count >= least);
        // Of equal counts by the alphabet, so that the order is always the same.
        counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        counts.truncate(most);
        let words = counts.into_iter().map(|(word, _)| word.to_string());
        words.collect::<Vec<_>>().into()
    }

    /// How many numbers there are, 0 and 1 among them.
    pub fn len(&self) -> usize {
        self.words.len() + UNKNOWN as usize + 1
    }

    /// Whether it has no words.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The words, by number from 2 on.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The number of a word.
    pub fn number(&self, word: &str) -> u32 {
        self.numbers.get(word).copied().unwrap_or(UNKNOWN)
    }
}
