//! The sentence of a collection that is most like another: what anybody can do without a network, to measure
//! a translator by. What this file is not: it translates nothing itself.

use std::collections::HashMap;

use super::tokens::words;

/// Sentences by their words, weighed by tf-idf.
pub(super) struct Nearest {
    /// Of each word how rare it is, and the rows that have it with its share in their length.
    words: HashMap<String, (f64, Vec<(u32, f64)>)>,
    rows: usize,
}

/// The words of a sentence, each with how often it occurs.
fn counts(text: &str) -> HashMap<String, f64> {
    let mut counts = HashMap::new();
    for word in words(text) {
        *counts.entry(word).or_insert(0.0) += 1.0;
    }
    counts
}

impl Nearest {
    /// Of all these sentences.
    pub(super) fn new<S: AsRef<str>>(texts: &[S]) -> Self {
        let mut words: HashMap<String, (f64, Vec<(u32, f64)>)> = HashMap::new();
        for (row, text) in (0u32..).zip(texts) {
            for (word, count) in counts(text.as_ref()) {
                words.entry(word).or_default().1.push((row, count));
            }
        }
        let rows = texts.len();
        for (rarity, places) in words.values_mut() {
            *rarity = (rows as f64 / places.len() as f64).ln() + 1.0;
        }
        // A row's numbers are divided by their norm; words come in order, so that sums do too.
        let mut in_order: Vec<_> = words.iter().collect();
        in_order.sort_unstable_by_key(|(word, _)| *word);
        let mut norms = vec![0.0f64; rows];
        for (_, (rarity, places)) in in_order {
            for &(row, count) in places {
                norms[row as usize] += (rarity * count).powi(2);
            }
        }
        for (rarity, places) in words.values_mut() {
            for (row, count) in places {
                *count *= *rarity / norms[*row as usize].sqrt();
            }
        }
        Self { words, rows }
    }

    /// The row with the largest cosine; of equals the first, and none where no word is known.
    pub(super) fn of(&self, text: &str) -> Option<usize> {
        let mut sums = vec![0.0; self.rows];
        let mut asked: Vec<(String, f64)> = counts(text).into_iter().collect();
        asked.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        for (word, count) in asked {
            if let Some((rarity, places)) = self.words.get(&word) {
                for &(row, share) in places {
                    sums[row as usize] += rarity * count * share;
                }
            }
        }
        let best = (0..self.rows).max_by(|&a, &b| sums[a].total_cmp(&sums[b]).then(b.cmp(&a)));
        best.filter(|&best| sums[best] > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_words_count_for_more() {
        let nearest = Nearest::new(&[
            "the dog runs",
            "the cat sleeps",
            "the the the",
            "a dog sleeps",
        ]);
        assert_eq!(nearest.of("the cat"), Some(1));
        assert_eq!(nearest.of("The dog runs."), Some(0));
        assert_eq!(nearest.of("the"), Some(2));
        assert_eq!(nearest.of("unheard of"), None);
    }
}
