//! A bag of words: how often words and pairs of words stand in a sentence, weighed by how rare they are, and a
//! linear model on it. It is fast, hard to beat, and what every network for sentences should be
//! compared with. With letters beside the words it knows the parts of rare ones as well. What this file is not: it knows no network.
//!
//! | | |
//! |---|---|
//! | letters | 3 to 6 in a row within a word and the blanks around it, that stand in two sentences or more; rows of length 1 by themselves |
//! | features | words and pairs of neighbours, tf-idf with `idf = ln((1 + n)/(1 + df)) + 1`, rows of length 1 (scikit-learn's `TfidfVectorizer`) |
//! | model | a linear support vector machine for each class against the others, squared hinge, L2 (`LinearSVC`), by dual coordinate descent (Hsieh et al. 2008, algorithm 1) |
//! | probabilities | the margins times one number that makes the likelihood of rows not learnt from largest (Guo et al. 2017, section 4.2) |

use std::collections::HashMap;

use rayon::prelude::*;

use crate::rng::Rng;

/// A sentence in features: their numbers, ascending, and values.
type Row = Vec<(u32, f32)>;

/// Features of one sort, and what they weigh.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Block {
    numbers: HashMap<String, u32>,
    idf: Vec<f32>,
}

/// Which features there are: words and pairs, and perhaps letters.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Grams {
    pub(crate) words: Block,
    pub(crate) letters: Block,
}

/// Words and pairs of neighbours.
fn grams(words: &[String]) -> impl Iterator<Item = String> + '_ {
    let pairs = words
        .windows(2)
        .map(|pair| format!("{} {}", pair[0], pair[1]));
    words.iter().cloned().chain(pairs)
}

/// Letters in a row within words and the blanks around them.
fn letters(words: &[String]) -> impl Iterator<Item = String> + '_ {
    words.iter().flat_map(|word| {
        let word: Vec<char> = std::iter::once(' ')
            .chain(word.chars())
            .chain([' '])
            .collect();
        let of = |length: usize| -> Vec<String> {
            word.windows(length)
                .map(|letters| letters.iter().collect())
                .collect()
        };
        (3..=6).flat_map(of).collect::<Vec<_>>()
    })
}

impl Block {
    /// Of sentences in features, without those that fewer than `least` sentences have.
    fn of(sentences: impl Iterator<Item = impl Iterator<Item = String>>, least: u32) -> Self {
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let (mut with, mut last): (Vec<u32>, Vec<usize>) = (Vec::new(), Vec::new());
        let mut count = 0usize;
        for features in sentences {
            count += 1;
            for feature in features {
                let next = numbers.len() as u32;
                let number = *numbers.entry(feature).or_insert(next) as usize;
                if number == with.len() {
                    with.push(0);
                    last.push(0);
                }
                if last[number] != count {
                    last[number] = count;
                    with[number] += 1;
                }
            }
        }
        let mut renumbered = vec![None; with.len()];
        let kept = (0..with.len()).filter(|&number| with[number] >= least);
        for (next, number) in (0..).zip(kept) {
            renumbered[number] = Some(next);
        }
        numbers.retain(|_, number| match renumbered[*number as usize] {
            Some(next) => {
                *number = next;
                true
            }
            None => false,
        });
        let idf = |with: u32| ((1.0 + count as f64) / (1.0 + f64::from(with))).ln() + 1.0;
        let kept = with.into_iter().filter(|&with| with >= least);
        Self {
            numbers,
            idf: kept.map(|with| idf(with) as f32).collect(),
        }
    }

    /// Puts together what [`Block::parts`] gave.
    pub(crate) fn from_parts(names: Vec<String>, idf: Vec<f32>) -> Self {
        Self {
            numbers: names.into_iter().zip(0..).collect(),
            idf,
        }
    }

    /// The features by number, and their weights.
    pub(crate) fn parts(&self) -> (Vec<&str>, &[f32]) {
        let mut names = vec![""; self.idf.len()];
        for (name, &number) in &self.numbers {
            names[number as usize] = name;
        }
        (names, &self.idf)
    }

    /// Adds the features of a sentence to a row, their numbers from `first` on, together of length 1.
    fn extend(&self, row: &mut Row, features: impl Iterator<Item = String>, first: u32) {
        let known = features.filter_map(|feature| self.numbers.get(&feature).copied());
        let mut known: Vec<u32> = known.collect();
        known.sort_unstable();
        let start = row.len();
        for number in known {
            match row[start..].last_mut() {
                Some((last, count)) if *last == first + number => *count += 1.0,
                _ => row.push((first + number, 1.0)),
            }
        }
        let own = &mut row[start..];
        for (number, value) in &mut *own {
            *value *= self.idf[(*number - first) as usize];
        }
        let norm = own
            .iter()
            .map(|(_, value)| value * value)
            .sum::<f32>()
            .sqrt();
        own.iter_mut().for_each(|(_, value)| *value /= norm);
    }
}

impl Grams {
    /// Of these sentences, with letters or without.
    pub(crate) fn of(sentences: &[&[String]], with_letters: bool) -> Self {
        Self {
            words: Block::of(sentences.iter().map(|words| grams(words)), 1),
            letters: match with_letters {
                true => Block::of(sentences.iter().map(|words| letters(words)), 2),
                false => Block::default(),
            },
        }
    }

    /// How many features there are.
    pub(crate) fn len(&self) -> usize {
        self.words.idf.len() + self.letters.idf.len()
    }

    /// A sentence in features; empty where it has none of them.
    pub(crate) fn row(&self, words: &[String]) -> Row {
        let mut row = Row::new();
        self.words.extend(&mut row, grams(words), 0);
        if !self.letters.idf.is_empty() {
            let first = self.words.idf.len() as u32;
            self.letters.extend(&mut row, letters(words), first);
        }
        row
    }
}

/// Linear models, one for each class, or one for both of two.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Linear {
    /// Features, and one for the constant.
    width: usize,
    classes: usize,
    /// A model after the other.
    weights: Vec<f32>,
}

impl Linear {
    /// Fits to rows and their classes; a larger `cost` lets the rows say more. `weights` multiply the cost
    /// of each class.
    pub(crate) fn fit(
        rows: &[&Row],
        labels: &[u32],
        features: usize,
        classes: usize,
        cost: f64,
        weights: &[f64],
    ) -> Self {
        let models = if classes == 2 {
            1..2
        } else {
            0..classes as u32
        };
        let width = features + 1;
        let fitted: Vec<Vec<f32>> = models
            .into_par_iter()
            .map(|class| one(rows, labels, width, class, cost, weights))
            .collect();
        Self {
            width,
            classes,
            weights: fitted.concat(),
        }
    }

    /// Puts together what [`Linear::weights`] gave.
    pub(crate) fn from_weights(classes: usize, weights: Vec<f32>) -> Self {
        let models = if classes == 2 { 1 } else { classes };
        Self {
            width: weights.len() / models,
            classes,
            weights,
        }
    }

    /// A model after the other, the constant last.
    pub(crate) fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Of each class how far the row is on its side; of two classes half the margin each.
    pub(crate) fn margins(&self, row: &Row) -> Vec<f64> {
        let margin = |weights: &[f32]| {
            let sum: f64 = row
                .iter()
                .map(|&(at, value)| f64::from(weights[at as usize]) * f64::from(value))
                .sum();
            sum + f64::from(weights[self.width - 1])
        };
        let margins = self.weights.chunks_exact(self.width).map(margin);
        match self.classes {
            2 => margins
                .flat_map(|margin| [-margin / 2.0, margin / 2.0])
                .collect(),
            _ => margins.collect(),
        }
    }
}

/// The model of one class against the others.
fn one(
    rows: &[&Row],
    labels: &[u32],
    width: usize,
    class: u32,
    cost: f64,
    class_weights: &[f64],
) -> Vec<f32> {
    /// Passes over the rows, at most.
    const PASSES: u64 = 1000;
    /// Largest violation of the optimum's conditions at the end.
    const TOLERANCE: f64 = 1e-3;
    let sign = |row: usize| if labels[row] == class { 1.0 } else { -1.0 };
    // `1/(2C)`, on the diagonal of the dual problem.
    let diagonal = |row: usize| 0.5 / (cost * class_weights[labels[row] as usize]);
    let mut weights = vec![0.0f64; width];
    let mut alpha = vec![0.0f64; rows.len()];
    let squares: Vec<f64> = rows
        .iter()
        .map(|row| 1.0 + row.iter().map(|(_, v)| f64::from(*v).powi(2)).sum::<f64>())
        .collect();
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let rng = Rng::named(0, "bag of words");
    for pass in 0..PASSES {
        rng.substream(pass).shuffle(&mut order);
        let (mut most, mut least) = (f64::NEG_INFINITY, f64::INFINITY);
        for &row in &order {
            let sum: f64 = rows[row]
                .iter()
                .map(|&(at, value)| weights[at as usize] * f64::from(value))
                .sum();
            let y = sign(row);
            let gradient = y * (sum + weights[width - 1]) - 1.0 + diagonal(row) * alpha[row];
            let projected = if alpha[row] == 0.0 {
                gradient.min(0.0)
            } else {
                gradient
            };
            most = most.max(projected);
            least = least.min(projected);
            if projected != 0.0 {
                let before = alpha[row];
                alpha[row] = (before - gradient / (squares[row] + diagonal(row))).max(0.0);
                let step = (alpha[row] - before) * y;
                for &(at, value) in rows[row] {
                    weights[at as usize] += step * f64::from(value);
                }
                weights[width - 1] += step;
            }
        }
        if most - least < TOLERANCE {
            break;
        }
    }
    weights.into_iter().map(|weight| weight as f32).collect()
}

/// Costs that are tried.
const COSTS: [f64; 5] = [0.1, 0.3, 1.0, 3.0, 10.0];

/// A bag of words that was fitted, and what it said of the rows that each fold left out.
pub(crate) struct Fitted {
    pub(crate) grams: Grams,
    pub(crate) linear: Linear,
    /// What the margins are multiplied by to be logits.
    pub(crate) scale: f64,
    /// Logits of the rows asked for, from folds that had not learnt them: a row after the other.
    pub(crate) left_out: Vec<f64>,
}

/// Fits a bag of words to sentences. `folds` says of each row which fold leaves it out; the cost and
/// the scale are those that do best there on the rows `asked`. With `letters` it has those beside the words.
pub(crate) fn fit(
    sentences: &[Vec<String>],
    labels: &[u32],
    classes: usize,
    folds: &[usize],
    asked: &[usize],
    class_weights: &[f64],
    letters: bool,
) -> Fitted {
    let count = folds.iter().max().map_or(0, |most| most + 1);
    // The margins of all rows under each cost, from the folds that leave them out.
    let margins: Vec<Vec<(usize, Vec<f64>)>> = (0..count)
        .into_par_iter()
        .map(|fold| {
            let kept: Vec<usize> = (0..folds.len()).filter(|&row| folds[row] != fold).collect();
            let left = (0..asked.len()).filter(|&at| folds[asked[at]] == fold);
            let learnt: Vec<&[String]> = kept.iter().map(|&row| &sentences[row][..]).collect();
            let grams = Grams::of(&learnt, letters);
            let rows: Vec<Row> = kept.iter().map(|&row| grams.row(&sentences[row])).collect();
            let rows: Vec<&Row> = rows.iter().collect();
            let kept_labels: Vec<u32> = kept.iter().map(|&row| labels[row]).collect();
            let models: Vec<Linear> = COSTS
                .par_iter()
                .map(|&cost| {
                    let features = grams.len();
                    Linear::fit(&rows, &kept_labels, features, classes, cost, class_weights)
                })
                .collect();
            let of = |at: usize| {
                let features = grams.row(&sentences[asked[at]]);
                let margins = models.iter().flat_map(|model| model.margins(&features));
                (at, margins.collect())
            };
            left.map(of).collect()
        })
        .collect();
    let mut by_cost = vec![vec![0.0; asked.len() * classes]; COSTS.len()];
    let asked: Vec<u32> = asked.iter().map(|&row| labels[row]).collect();
    for (row, margins) in margins.into_iter().flatten() {
        for (cost, margins) in by_cost.iter_mut().zip(margins.chunks_exact(classes)) {
            cost[row * classes..][..classes].copy_from_slice(margins);
        }
    }
    let scored = by_cost.into_iter().map(|margins| {
        let (scale, loss) = best_scale(&margins, &asked, classes);
        (margins, scale, loss)
    });
    let best = scored.zip(COSTS).min_by(|a, b| a.0.2.total_cmp(&b.0.2));
    let ((mut left_out, scale, _), cost) = best.unwrap_or(((Vec::new(), 1.0, 0.0), 1.0));
    left_out.iter_mut().for_each(|margin| *margin *= scale);
    let all: Vec<&[String]> = sentences.iter().map(|words| &words[..]).collect();
    let grams = Grams::of(&all, letters);
    let rows: Vec<Row> = sentences.iter().map(|words| grams.row(words)).collect();
    let rows: Vec<&Row> = rows.iter().collect();
    let linear = Linear::fit(&rows, labels, grams.len(), classes, cost, class_weights);
    Fitted {
        grams,
        linear,
        scale,
        left_out,
    }
}

/// The number that margins are to be multiplied by so that their softmax is the likeliest, and the mean log
/// loss there, by golden-section search on its logarithm: the loss has one minimum.
pub(crate) fn best_scale(margins: &[f64], labels: &[u32], classes: usize) -> (f64, f64) {
    let loss = |scale: f64| mean_log_loss(margins, labels, classes, scale.exp());
    let (scale, loss) = least(loss, -4.0, 4.0);
    (scale.exp(), loss)
}

/// Where a function with one minimum between two places is least, and its value there.
pub(crate) fn least(of: impl Fn(f64) -> f64, mut from: f64, mut to: f64) -> (f64, f64) {
    const GOLDEN: f64 = 0.618_033_988_749_895;
    let inner = |from: f64, to: f64| (to - GOLDEN * (to - from), from + GOLDEN * (to - from));
    let (mut a, mut b) = inner(from, to);
    let (mut at_a, mut at_b) = (of(a), of(b));
    for _ in 0..40 {
        if at_a <= at_b {
            (to, b, at_b) = (b, a, at_a);
            a = inner(from, to).0;
            at_a = of(a);
        } else {
            (from, a, at_a) = (a, b, at_b);
            b = inner(from, to).1;
            at_b = of(b);
        }
    }
    if at_a <= at_b { (a, at_a) } else { (b, at_b) }
}

/// Mean of `−log softmax` of the right class.
pub(crate) fn mean_log_loss(logits: &[f64], labels: &[u32], classes: usize, scale: f64) -> f64 {
    let of = |(row, &label): (&[f64], &u32)| {
        let most = row
            .iter()
            .fold(f64::NEG_INFINITY, |most, y| most.max(scale * y));
        let sum: f64 = row.iter().map(|y| (scale * y - most).exp()).sum();
        most + sum.ln() - scale * row[label as usize]
    };
    let rows = logits.chunks_exact(classes).zip(labels);
    rows.map(of).sum::<f64>() / labels.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Golden {
        asked: Vec<String>,
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        rows: Vec<(String, String)>,
        classes: Vec<String>,
        margins: Vec<Vec<f64>>,
    }

    fn split(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_string).collect()
    }

    /// `tests/golden/make_bag_golden.py` made the numbers with scikit-learn.
    #[test]
    fn margins_agree_with_scikit_learn() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/bag.json");
        let golden: Golden = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for case in golden.cases {
            let sentences: Vec<Vec<String>> =
                case.rows.iter().map(|(text, _)| split(text)).collect();
            let place = |label: &String| case.classes.iter().position(|class| class == label);
            let labels: Vec<u32> = case
                .rows
                .iter()
                .map(|(_, l)| place(l).unwrap() as u32)
                .collect();
            let all: Vec<&[String]> = sentences.iter().map(|words| &words[..]).collect();
            let grams = Grams::of(&all, false);
            let rows: Vec<Row> = sentences.iter().map(|words| grams.row(words)).collect();
            let rows: Vec<&Row> = rows.iter().collect();
            let classes = case.classes.len();
            let weights = vec![1.0; classes];
            let linear = Linear::fit(&rows, &labels, grams.len(), classes, 1.0, &weights);
            for (at, asked) in golden.asked.iter().enumerate() {
                let margins = linear.margins(&grams.row(&split(asked)));
                for (class, want) in case.margins.iter().enumerate() {
                    let got = match classes {
                        2 => margins[1] - margins[0],
                        _ => margins[class],
                    };
                    assert!((got - want[at]).abs() < 2e-3, "{asked}: {got} {}", want[at]);
                }
            }
        }
    }

    #[test]
    fn letters_are_those_of_words_in_two_sentences() {
        let sentences = [split("profitable"), split("profits rose"), split("rose")];
        let all: Vec<&[String]> = sentences.iter().map(|words| &words[..]).collect();
        let grams = Grams::of(&all, true);
        let (mut names, _) = grams.letters.parts();
        names.sort_unstable();
        let want = [
            " pr", " pro", " prof", " profi", " ro", " ros", " rose", " rose ", "fit", "ofi",
            "ofit", "ose", "ose ", "pro", "prof", "profi", "profit", "rof", "rofi", "rofit", "ros",
            "rose", "rose ", "se ",
        ];
        assert_eq!(names, want);
        let row = grams.row(&sentences[1]);
        assert!((row.iter().map(|(_, v)| v * v).sum::<f32>() - 2.0).abs() < 1e-6);
        assert!(row.is_sorted_by(|a, b| a.0 < b.0));
    }
}
