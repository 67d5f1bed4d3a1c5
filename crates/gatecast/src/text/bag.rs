//! A bag of words: how often words and pairs of words stand in a sentence, weighed by how rare they are, and a
//! linear model on it. It is fast, hard to beat, and what every network for sentences should be
//! compared with. What this file is not: it knows no network.
//!
//! | | |
//! |---|---|
//! | features | words and pairs of neighbours, tf-idf with `idf = ln((1 + n)/(1 + df)) + 1`, rows of length 1 (scikit-learn's `TfidfVectorizer`) |
//! | model | a linear support vector machine for each class against the others, squared hinge, L2 (`LinearSVC`), by dual coordinate descent (Hsieh et al. 2008, algorithm 1) |
//! | probabilities | the margins times one number that makes the likelihood of rows not learnt from largest (Guo et al. 2017, section 4.2) |

use std::collections::HashMap;

use rayon::prelude::*;

use crate::rng::Rng;

/// A sentence in features: their numbers, ascending, and values.
type Row = Vec<(u32, f32)>;

/// Which features there are, and what they weigh.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grams {
    numbers: HashMap<String, u32>,
    idf: Vec<f32>,
}

/// Words and pairs of neighbours.
fn grams(words: &[String]) -> impl Iterator<Item = String> + '_ {
    let pairs = words
        .windows(2)
        .map(|pair| format!("{} {}", pair[0], pair[1]));
    words.iter().cloned().chain(pairs)
}

impl Grams {
    /// Of these sentences.
    pub(crate) fn of<'a>(sentences: impl Iterator<Item = &'a [String]>) -> Self {
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let (mut with, mut last): (Vec<u32>, Vec<usize>) = (Vec::new(), Vec::new());
        let mut count = 0usize;
        for words in sentences {
            count += 1;
            for gram in grams(words) {
                let next = numbers.len() as u32;
                let number = *numbers.entry(gram).or_insert(next) as usize;
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
        let idf = |with: u32| ((1.0 + count as f64) / (1.0 + f64::from(with))).ln() + 1.0;
        Self {
            numbers,
            idf: with.into_iter().map(|with| idf(with) as f32).collect(),
        }
    }

    /// Puts together what [`Grams::parts`] gave.
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

    /// A sentence in features, of length 1; empty where it has none of them.
    pub(crate) fn row(&self, words: &[String]) -> Row {
        let known = grams(words).filter_map(|gram| self.numbers.get(&gram).copied());
        let mut known: Vec<u32> = known.collect();
        known.sort_unstable();
        let mut row: Row = Vec::with_capacity(known.len());
        for number in known {
            match row.last_mut() {
                Some((last, count)) if *last == number => *count += 1.0,
                _ => row.push((number, 1.0)),
            }
        }
        for (number, value) in &mut row {
            *value *= self.idf[*number as usize];
        }
        let norm = row
            .iter()
            .map(|(_, value)| value * value)
            .sum::<f32>()
            .sqrt();
        row.iter_mut().for_each(|(_, value)| *value /= norm);
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
/// the scale are those that do best there on the rows `asked`.
pub(crate) fn fit(
    sentences: &[Vec<String>],
    labels: &[u32],
    classes: usize,
    folds: &[usize],
    asked: &[usize],
    class_weights: &[f64],
) -> Fitted {
    let count = folds.iter().max().map_or(0, |most| most + 1);
    // The margins of all rows under each cost, from the folds that leave them out.
    let margins: Vec<Vec<(usize, Vec<f64>)>> = (0..count)
        .into_par_iter()
        .map(|fold| {
            let kept: Vec<usize> = (0..folds.len()).filter(|&row| folds[row] != fold).collect();
            let left = (0..asked.len()).filter(|&at| folds[asked[at]] == fold);
            let grams = Grams::of(kept.iter().map(|&row| &sentences[row][..]));
            let rows: Vec<Row> = kept.iter().map(|&row| grams.row(&sentences[row])).collect();
            let rows: Vec<&Row> = rows.iter().collect();
            let kept_labels: Vec<u32> = kept.iter().map(|&row| labels[row]).collect();
            let models: Vec<Linear> = COSTS
                .par_iter()
                .map(|&cost| {
                    let features = grams.idf.len();
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
    let grams = Grams::of(sentences.iter().map(|words| &words[..]));
    let rows: Vec<Row> = sentences.iter().map(|words| grams.row(words)).collect();
    let rows: Vec<&Row> = rows.iter().collect();
    let linear = Linear::fit(&rows, labels, grams.idf.len(), classes, cost, class_weights);
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
