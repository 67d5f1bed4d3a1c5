//! How well a classifier does on rows whose labels are known, beside a bag of words and the most frequent label on
//! the same rows. What this file is not: it trains nothing but by `classifier`.

use serde::{Deserialize, Serialize};

use super::classifier::{Classifier, ClassifierSpec, folds};
use super::corpus::Corpus;
use super::duplicates::Duplicates;
use super::scores::{ClassScores, McNemar, largest};
use crate::error::{Result, wrong};

/// Scores of a classifier on rows with labels, beside those of simpler methods on the same rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// The labels, in the order of the rows and columns of each confusion.
    pub classes: Vec<String>,
    /// Of the classifier.
    pub scores: ClassScores,
    /// Of the bag of words alone.
    pub bag: ClassScores,
    /// Of the most frequent class of the training rows.
    pub majority: ClassScores,
    /// The classifier against the bag of words.
    pub test: McNemar,
    /// Rows that stand in training as well.
    pub duplicates: Duplicates,
    /// Scores of the classifier and of the bag on the other rows, where there are duplicates.
    pub without: Option<(ClassScores, ClassScores)>,
    /// Share of the words that the network does not know.
    pub unknown: f64,
}

/// The most frequent class, for so many rows.
pub(super) fn majority(counts: &[usize], rows: usize) -> Vec<f64> {
    let all: usize = counts.iter().sum();
    let shares: Vec<f64> = counts
        .iter()
        .map(|&count| count as f64 / all.max(1) as f64)
        .collect();
    shares.repeat(rows)
}

/// Probabilities of the same rows from three methods.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    pub(super) said: Vec<f64>,
    pub(super) bag: Vec<f64>,
    pub(super) majority: Vec<f64>,
}

impl Evaluation {
    pub(super) fn new(said: &Said, test: &Corpus, duplicates: Duplicates, unknown: f64) -> Self {
        let classes = test.classes.len();
        let right = |said: &[f64]| -> Vec<bool> {
            let rows = said.chunks_exact(classes).zip(&test.labels);
            rows.map(|(row, label)| largest(row) == *label as usize)
                .collect()
        };
        let score = |said: &[f64]| ClassScores::new(said, &test.labels, classes);
        let twice = duplicates.rows();
        let others: Vec<usize> = (0..test.labels.len())
            .filter(|row| twice.binary_search(row).is_err())
            .collect();
        let score_others = |said: &[f64]| {
            let rows: Vec<f64> = others
                .iter()
                .flat_map(|&row| said[row * classes..][..classes].iter().copied())
                .collect();
            let labels: Vec<u32> = others.iter().map(|&row| test.labels[row]).collect();
            ClassScores::new(&rows, &labels, classes)
        };
        let without = (!twice.is_empty() && !others.is_empty())
            .then(|| (score_others(&said.said), score_others(&said.bag)));
        Self {
            classes: test.classes.clone(),
            scores: score(&said.said),
            bag: score(&said.bag),
            majority: score(&said.majority),
            test: McNemar::new(&right(&said.said), &right(&said.bag)),
            without,
            duplicates,
            unknown,
        }
    }

    /// What it comes to, in a sentence.
    pub fn text(&self) -> String {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        let (own, bag) = (percent(self.scores.accuracy), percent(self.bag.accuracy));
        let McNemar {
            first,
            second,
            p_value,
        } = self.test;
        let p = match p_value < 0.001 {
            true => "p < 0.001".to_string(),
            false => format!("p = {p_value:.2}"),
        };
        match () {
            () if first + second == 0 => {
                format!("The same as a bag of words on every row: {own} right.")
            }
            () if first > second && p_value < 0.05 => format!(
                "Better than a bag of words: {own} right against {bag} ({first} rows against {second} told right by one alone, {p})."
            ),
            () if second > first && p_value < 0.05 => format!(
                "Worse than a bag of words: {own} right against {bag} ({p}). Use ‹inner-folds› 0 for the bag alone."
            ),
            () => format!(
                "No evidence that it is better than a bag of words: {own} right against {bag} ({first} rows against {second} told right by one alone, {p})."
            ),
        }
    }
}

/// Scores of a classifier on every row of a corpus, each row told by one that had not learnt it.
///
/// # Errors
/// As [`Classifier::fit`]; [`Setting`](crate::ErrorKind::Setting) for fewer than 2 folds or more than rows.
pub fn cross_validate(
    spec: &ClassifierSpec,
    corpus: &Corpus,
    count: usize,
    on_fold: &(dyn Fn(usize, &Evaluation) + Sync),
) -> Result<(Evaluation, Vec<Evaluation>)> {
    if !(2..=corpus.labels.len().min(1000)).contains(&count) {
        return wrong(
            "folds",
            count.to_string(),
            "2 or more, and no more than rows",
        );
    }
    let classes = corpus.classes.len();
    let alone: Vec<usize> = (0..corpus.labels.len()).collect();
    let folds = folds(&alone, &corpus.labels, count, spec.seed);
    let size = corpus.labels.len() * classes;
    let mut all = Said {
        said: vec![0.0; size],
        bag: vec![0.0; size],
        majority: vec![0.0; size],
    };
    let (mut each, mut duplicates, mut unknown) = (Vec::new(), Duplicates::default(), 0.0);
    for fold in 0..count {
        let part = |kept: bool| -> Vec<usize> {
            (0..folds.len())
                .filter(|&row| (folds[row] != fold) == kept)
                .collect()
        };
        let (kept, left) = (part(true), part(false));
        let (train, test) = (corpus.rows(&kept), corpus.rows(&left));
        let fitted = Classifier::new(spec.clone())?.fit(&train)?;
        let (said, bag) = fitted.say(&test.texts);
        let majority = majority(&fitted.training().counts, left.len());
        for (to, from) in [
            (&mut all.said, &said),
            (&mut all.bag, &bag),
            (&mut all.majority, &majority),
        ] {
            for (&row, from) in left.iter().zip(from.chunks_exact(classes)) {
                to[row * classes..][..classes].copy_from_slice(from);
            }
        }
        let found = Duplicates::between(&train.texts, &test.texts);
        duplicates
            .exact
            .extend(found.exact.iter().map(|&row| left[row]));
        duplicates
            .masked
            .extend(found.masked.iter().map(|&row| left[row]));
        let share = fitted.unknown(&test.texts);
        unknown += share * left.len() as f64 / folds.len() as f64;
        let evaluation = Evaluation::new(
            &Said {
                said,
                bag,
                majority,
            },
            &test,
            found,
            share,
        );
        on_fold(fold, &evaluation);
        each.push(evaluation);
    }
    duplicates.exact.sort_unstable();
    duplicates.masked.sort_unstable();
    Ok((Evaluation::new(&all, corpus, duplicates, unknown), each))
}
