//! Tells the class of a sentence: a bag of words, and where that helped on rows which nothing had learnt from, small
//! networks beside a bag of words and letters. What this file is not: it reads no files of sentences, and
//! prints nothing.
//!
//! The training rows are cut in folds. Each network learns all folds but one; the bags are fitted to the same
//! folds and then to all rows. A word is the sum of two vectors, its own and that of its first letters,
//! which rare words share; vectors begin where words with the same neighbours are alike. What all say of
//! the rows left out decides: `logits = scale·bag + weight·network`, with the bag that knows letters, or
//! where that does not clearly tell more rows right, the bag of words alone.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bag::{self, Block, Grams, Linear, least, mean_log_loss};
use super::corpus::Corpus;
use super::duplicates::{Duplicates, Repeated, groups};
use super::evaluation::{Evaluation, Said, majority};
use super::fault::Fault;
use super::samples::{NUMBERS, Samples};
use super::scores::{McNemar, largest};
use super::tokens::words;
use super::vectors::vectors;
use super::vocabulary::{UNKNOWN, Vocabulary};
use crate::error::{Error, Result, fail, wrong};
use crate::nn::{
    self, Bidirectional, Dense, Dropout, Embedding, Event, LayerSpec, Lstm, Pool, Schedule,
    Sequential, Shape, TrainSpec, fit_with,
};
use crate::parallel::pool;
use crate::rng::Rng;
use crate::{parallel_map, write_whole};

/// How a classifier is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifierSpec {
    /// Numbers that stand for a word.
    pub embedding: usize,
    /// Hidden units of each direction, a layer each.
    pub hidden: Vec<usize>,
    /// Share of the words that are hidden while training.
    pub word_dropout: f32,
    /// Share of the inputs of a layer that are hidden while training.
    pub dropout: f32,
    /// Words that occur less often are unknown to the network.
    pub least_count: usize,
    /// Words that the network reads of a sentence, at most. The bag of words reads all.
    pub longest: usize,
    /// Folds, and so networks; 0 for the bag of words alone.
    pub folds: usize,
    /// Passes over the training rows.
    pub epochs: usize,
    /// Sentences between two updates; if `None` 32, and up to 128 where there are very many rows.
    pub batch: Option<usize>,
    /// `η` of Adam at the start; it falls to zero.
    pub learning_rate: f64,
    /// Whether rare classes weigh as much as frequent ones.
    pub balance: bool,
    /// Seeds first weights, folds, the order of rows and dropout.
    pub seed: u64,
    /// Threads to use; all there are if `None`. The result does not depend on it.
    #[serde(skip)]
    pub threads: Option<usize>,
}

impl Default for ClassifierSpec {
    fn default() -> Self {
        Self {
            embedding: 100,
            hidden: vec![100],
            word_dropout: 0.2,
            dropout: 0.5,
            least_count: 2,
            longest: 200,
            folds: 4,
            epochs: 6,
            batch: None,
            learning_rate: 0.002,
            balance: false,
            seed: 0,
            threads: None,
        }
    }
}

impl ClassifierSpec {
    /// Checks every setting.
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) naming the first that is out of its range.
    pub fn validate(&self) -> Result<()> {
        for (name, value, range) in [
            ("embedding", self.embedding, 1..=4096),
            ("least-count", self.least_count, 1..=1_000_000),
            ("longest", self.longest, 1..=10_000),
        ] {
            if !range.contains(&value) {
                let expected = match name {
                    "embedding" => "1 to 4096 numbers",
                    "longest" => "1 to 10000 words",
                    _ => "at least 1",
                };
                return wrong(name, value.to_string(), expected);
            }
        }
        if self.folds == 1 || self.folds > 100 {
            return wrong("inner-folds", self.folds.to_string(), "0, or 2 to 100");
        }
        for (name, rate) in [
            ("word-dropout", self.word_dropout),
            ("dropout", self.dropout),
        ] {
            if !(0.0..1.0).contains(&rate) {
                return wrong(name, rate.to_string(), "at least 0 and below 1");
            }
        }
        self.train(0, 1).validate()?;
        self.network(2, 2).summary().map(|_| ())
    }

    /// The layers, for so many words and classes.
    fn network(&self, words: usize, classes: usize) -> nn::Builder {
        let embedding = Embedding::new(words, self.embedding).dropout(self.word_dropout);
        let mut net = Sequential::builder(Shape::sequence(self.longest, NUMBERS)).add(embedding);
        for &units in &self.hidden {
            let layer = Lstm::new(units).return_sequences().dropout(self.dropout);
            net = net.add(Bidirectional::new(layer));
        }
        net.add(Pool::max())
            .add(Dropout::new(self.dropout))
            .add(Dense::new(classes))
    }

    /// How the network of a fold is trained.
    fn train(&self, fold: usize, rows: usize) -> TrainSpec {
        TrainSpec {
            epochs: self.epochs,
            batch: self.batch.unwrap_or((rows / 500).clamp(32, 128)),
            loss: nn::Loss::CrossEntropy,
            learning_rate: self.learning_rate,
            schedule: Schedule::Cosine,
            clip_norm: Some(1.0),
            seed: self.fold_seed(fold),
            threads: Some(1),
            ..TrainSpec::default()
        }
    }

    fn fold_seed(&self, fold: usize) -> u64 {
        Rng::named(self.seed, "classifier")
            .substream(fold as u64)
            .bits()
    }
}

/// A classifier still to be trained.
#[derive(Clone, Debug)]
pub struct Classifier {
    spec: ClassifierSpec,
}

/// What a classifier says of the progress of the network of a fold, and whether it goes on.
pub type OnFold<'a> = dyn Fn(usize, &Event) -> ControlFlow<()> + Sync + 'a;

/// A classifier that was trained.
#[derive(Clone, Debug)]
pub struct FittedClassifier {
    about: About,
    /// The bag of words that it is compared with.
    bag: (Grams, Linear),
    /// The one with letters, where that is the one beside the networks.
    wide: Option<(Grams, Linear)>,
    networks: Vec<Sequential>,
}

/// What a model file says beside its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    /// What the file is for: [`TASK`].
    task: String,
    format: u64,
    spec: ClassifierSpec,
    classes: Vec<String>,
    layers: Vec<LayerSpec>,
    members: usize,
    lexicon: Lexicon,
    words: Vec<String>,
    letters: Vec<String>,
    /// Of the margins of the bag of words.
    bag_scale: f64,
    /// Of those of the bag beside the networks.
    scale: f64,
    /// Of the mean of the networks' logits.
    weight: f64,
    training: Training,
}

/// What a classifier was trained on, and how well it did on rows that were left out of folds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Rows of each class.
    pub counts: Vec<usize>,
    /// Share of the rows that the bag of words told right while they were left out.
    pub bag_accuracy: f64,
    /// Share that both together did.
    pub accuracy: f64,
    /// Sentences that stand more than once.
    pub repeated: Repeated,
    /// Rows longer than the network reads.
    pub cut: usize,
}

const TASK: &str = "classify";
const FORMAT: u64 = 1;

impl Classifier {
    /// Checks the settings.
    ///
    /// # Errors
    /// As [`ClassifierSpec::validate`].
    pub fn new(spec: ClassifierSpec) -> Result<Self> {
        spec.validate()?;
        Ok(Self { spec })
    }

    /// Trains on a corpus.
    ///
    /// ```
    /// use gatecast::text::{Classifier, ClassifierSpec, Corpus, CorpusOptions};
    ///
    /// let rows = ["good film\tgood", "bad film\tbad", "a good one\tgood", "a bad one\tbad"];
    /// let text = rows.repeat(10).join("\n");
    /// let corpus = Corpus::parse("films", text.as_bytes(), &CorpusOptions::default())?;
    /// let spec = ClassifierSpec { epochs: 2, hidden: vec![8], ..ClassifierSpec::default() };
    /// let fitted = Classifier::new(spec)?.fit(&corpus)?;
    /// let probabilities = fitted.probabilities(&["what a good film"]);
    /// assert!(probabilities[1] > probabilities[0], "{:?}", fitted.classes());
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Label`](crate::ErrorKind::Label) for one class alone, or a label on a single row; those of
    /// training.
    pub fn fit(&self, corpus: &Corpus) -> Result<FittedClassifier> {
        self.fit_with(corpus, &|_, _| ControlFlow::Continue(()))
    }

    /// As [`Classifier::fit`], telling what happens.
    ///
    /// # Errors
    /// As [`Classifier::fit`].
    pub fn fit_with(&self, corpus: &Corpus, on_event: &OnFold<'_>) -> Result<FittedClassifier> {
        pool(self.spec.threads)?.install(|| self.learn(corpus, on_event))
    }

    fn learn(&self, corpus: &Corpus, on_event: &OnFold<'_>) -> Result<FittedClassifier> {
        let spec = &self.spec;
        let classes = corpus.classes.len();
        let mut counts = vec![0usize; classes];
        for &label in &corpus.labels {
            counts[label as usize] += 1;
        }
        check_labels(corpus, &counts)?;
        let sentences: Vec<Vec<String>> = corpus.texts.par_iter().map(|t| words(t)).collect();
        let (mut groups, repeated) = groups(&corpus.texts, &corpus.labels);
        join_phrases(&mut groups, corpus);
        let folds = folds(&groups, &corpus.labels, spec.folds.max(4), spec.seed);
        let rows = corpus.labels.len() as f64;
        let weight = |count: usize| match spec.balance {
            true => rows / (classes * count.max(1)) as f64,
            false => 1.0,
        };
        let weights: Vec<f64> = counts.iter().map(|&count| weight(count)).collect();

        let whole: Vec<usize> = (0..folds.len())
            .filter(|&row| !corpus.phrases[row])
            .collect();
        let vocabulary = Vocabulary::of(
            sentences.iter().flatten().map(String::as_str),
            spec.least_count,
            MOST_WORDS,
        );
        let beginnings = sentences.iter().flatten().map(|word| beginning(word));
        let beginnings = Vocabulary::of(beginnings, spec.least_count, MOST_WORDS);
        let lexicon = Lexicon {
            words: vocabulary,
            beginnings,
        };
        let ids: Vec<Vec<u32>> = sentences
            .iter()
            .map(|words| lexicon.numbers(words))
            .collect();
        let near = first_vectors(&ids, &whole, &lexicon, spec);
        let samples = |rows: Vec<usize>| Samples {
            ids: &ids,
            labels: &corpus.labels,
            rows,
            weights: &weights,
            longest: spec.longest,
        };
        let train = |fold: usize| -> Result<(Sequential, Vec<usize>, Vec<f32>)> {
            let part = |of: &dyn Fn(usize) -> bool| -> Vec<usize> {
                (0..folds.len()).filter(|&row| of(folds[row])).collect()
            };
            let mut left = part(&|of| of == fold);
            left.retain(|&row| !corpus.phrases[row]);
            let seed = spec.fold_seed(fold);
            let mut net = spec.network(lexicon.len(), classes).build(seed)?;
            begin_near(&mut net, &near)?;
            let (train, validation) = (samples(part(&|of| of != fold)), samples(left.clone()));
            let mut on_event = |event: &Event| on_event(fold, event);
            fit_with(
                &mut net,
                &train,
                Some(&validation),
                &spec.train(fold, train.rows.len()),
                &mut on_event,
            )?;
            let said = net.predict(&validation)?;
            Ok((net, left, said))
        };
        // The bag of words and the networks are independent of one another.
        let fit_bag = |letters: bool| {
            let labels = &corpus.labels;
            bag::fit(
                &sentences, labels, classes, &folds, &whole, &weights, letters,
            )
        };
        let bag = fit_bag(false);
        // Of fewer different sentences than folds, some folds would be empty.
        let different = groups.iter().collect::<HashSet<_>>().len();
        let members = if different < spec.folds {
            0
        } else {
            spec.folds
        };
        let trained = parallel_map(spec.threads, members, train);

        // Letters tell something of rare words; where there are very many rows, few words are rare.
        let few = corpus.labels.len() <= MOST_FOR_LETTERS && members > 0;
        let wide = few.then(|| fit_bag(true));
        let (mut networks, mut left_out) = (Vec::new(), vec![0.0; corpus.labels.len() * classes]);
        for trained in trained {
            let (net, rows, said) = trained?;
            for (row, said) in rows.into_iter().zip(said.chunks_exact(classes)) {
                let to = &mut left_out[row * classes..][..classes];
                to.iter_mut()
                    .zip(said)
                    .for_each(|(to, said)| *to = f64::from(*said));
            }
            networks.push(net);
        }
        let labels: Vec<u32> = whole.iter().map(|&row| corpus.labels[row]).collect();
        let left_out: Vec<f64> = whole
            .iter()
            .flat_map(|&row| left_out[row * classes..][..classes].iter().copied())
            .collect();
        let right = |logits: &[f64]| -> Vec<bool> {
            let rows = logits.chunks_exact(classes).zip(&labels);
            rows.map(|(row, label)| largest(row) == *label as usize)
                .collect()
        };
        // Each bag with the networks; of equals the simpler one.
        let of_bag = right(&bag.left_out);
        let count = |right: &[bool]| right.iter().filter(|right| **right).count();
        let mut kept = (0.0, 0.0, false, count(&of_bag));
        for (of, letters) in [(Some(&bag), false), (wide.as_ref(), true)] {
            let Some(of) = of.filter(|_| !networks.is_empty()) else {
                continue;
            };
            let (scale, weight) = blend(&of.left_out, &left_out, &labels, classes);
            let of_both = right(&mix(&of.left_out, scale, &left_out, weight));
            let test = McNemar::new(&of_both, &of_bag);
            if clearly_more(test) && count(&of_both) > kept.3 {
                kept = (of.scale * scale, weight, letters, count(&of_both));
            }
        }
        let (scale, weight, letters, accuracy) = kept;
        let wide = wide.filter(|_| letters);
        if scale == 0.0 {
            networks.clear();
        }
        let layers = match networks.first() {
            Some(net) => net.specs().to_vec(),
            None => Vec::new(),
        };
        let names = |block: &Block| -> Vec<String> {
            block.parts().0.iter().map(ToString::to_string).collect()
        };
        let about = About {
            task: TASK.into(),
            format: FORMAT,
            spec: spec.clone(),
            classes: corpus.classes.clone(),
            layers,
            members: networks.len(),
            lexicon: lexicon.clone(),
            words: names(&bag.grams.words),
            letters: wide
                .as_ref()
                .map_or(Vec::new(), |wide| names(&wide.grams.letters)),
            bag_scale: bag.scale,
            scale,
            weight,
            training: Training {
                counts,
                bag_accuracy: count(&of_bag) as f64 / whole.len() as f64,
                accuracy: accuracy as f64 / whole.len() as f64,
                repeated,
                cut: sentences
                    .iter()
                    .filter(|words| words.len() > spec.longest)
                    .count(),
            },
        };
        Ok(FittedClassifier {
            about,
            bag: (bag.grams, bag.linear),
            wide: wide.map(|wide| (wide.grams, wide.linear)),
            networks,
        })
    }
}

/// Whether one tells more rows right than another by more than chance easily makes: by a standard error.
fn clearly_more(test: McNemar) -> bool {
    let (more, less) = (test.first as f64, test.second as f64);
    more - less >= (more + less).sqrt() && more > less
}

/// Most rows with which a bag of words and letters is tried.
const MOST_FOR_LETTERS: usize = 20_000;

/// Most words that a network knows.
const MOST_WORDS: usize = 50_000;

/// A class alone is nothing to learn, and one row of a class cannot be both learnt and left out.
fn check_labels(corpus: &Corpus, counts: &[usize]) -> Result<()> {
    if let [class] = &corpus.classes[..] {
        return fail(Fault::OneClass {
            file: corpus.name.clone(),
            class: class.clone(),
        });
    }
    let rare = corpus
        .labels
        .iter()
        .position(|&label| counts[label as usize] == 1);
    match rare {
        None => Ok(()),
        Some(row) => fail(Fault::RareClass {
            file: corpus.name.clone(),
            line: corpus.lines[row],
            class: corpus.classes[corpus.labels[row] as usize].clone(),
        }),
    }
}

/// Words and their beginnings, which share the rows of one matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lexicon {
    words: Vocabulary,
    beginnings: Vocabulary,
}

/// The first letters of a word.
fn beginning(word: &str) -> &str {
    const LETTERS: usize = 5;
    let end = word
        .char_indices()
        .nth(LETTERS)
        .map_or(word.len(), |(at, _)| at);
    &word[..end]
}

impl Lexicon {
    fn len(&self) -> usize {
        self.words.len() + self.beginnings.len()
    }

    fn numbers(&self, words: &[String]) -> Vec<u32> {
        let numbers = |word: &String| {
            let beginning = self.beginnings.number(beginning(word));
            [self.words.number(word), self.words.len() as u32 + beginning]
        };
        words.iter().flat_map(numbers).collect()
    }
}

/// A vector for each word of the lexicon, by its neighbours in whole sentences.
fn first_vectors(
    ids: &[Vec<u32>],
    whole: &[usize],
    lexicon: &Lexicon,
    spec: &ClassifierSpec,
) -> Vec<f32> {
    if spec.folds == 0 {
        return Vec::new();
    }
    let words = |&row: &usize| -> Vec<u32> {
        ids[row]
            .chunks_exact(NUMBERS)
            .take(spec.longest)
            .map(|ids| ids[0])
            .collect()
    };
    let sentences: Vec<Vec<u32>> = whole.iter().map(words).collect();
    let sentences: Vec<&[u32]> = sentences.iter().map(|words| &words[..]).collect();
    vectors(&sentences, lexicon.words.len(), spec.embedding)
}

/// Puts the vectors of words in the place of chance ones; those of beginnings stay.
fn begin_near(net: &mut Sequential, near: &[f32]) -> Result<()> {
    const TABLE: &str = "0.weight";
    let table = net.tensors().find(|(name, ..)| *name == TABLE);
    let Some((_, _, values)) = table else {
        return Ok(());
    };
    let mut values = values.to_vec();
    for (to, from) in values.iter_mut().zip(near) {
        if *from != 0.0 {
            *to = *from;
        }
    }
    net.set_tensor(TABLE, &values)
}

/// Puts the phrases of a sentence into its group, so that no fold learns the parts of what it is asked.
fn join_phrases(groups: &mut [usize], corpus: &Corpus) {
    if !corpus.phrases.contains(&true) {
        return;
    }
    let mut first: HashMap<u64, usize> = HashMap::new();
    for (group, line) in groups.iter_mut().zip(&corpus.lines) {
        *group = *first.entry(*line).or_insert(*group);
    }
}

/// A fold for each row: those of one group in one fold, each class spread evenly.
pub(super) fn folds(groups: &[usize], labels: &[u32], count: usize, seed: u64) -> Vec<usize> {
    // A group's first row says its class.
    let mut firsts: Vec<usize> = groups.to_vec();
    firsts.sort_unstable();
    firsts.dedup();
    Rng::named(seed, "folds").shuffle(&mut firsts);
    firsts.sort_by_key(|&row| labels[row]);
    let mut fold_of = vec![0; groups.len()];
    for (place, &row) in firsts.iter().enumerate() {
        fold_of[row] = place % count;
    }
    groups.iter().map(|&group| fold_of[group]).collect()
}

/// What the logits of both are multiplied by so that the right classes are the likeliest.
fn blend(bag: &[f64], networks: &[f64], labels: &[u32], classes: usize) -> (f64, f64) {
    let loss = |share: f64, scale: f64| {
        let logits = mix(bag, 1.0 - share, networks, share);
        mean_log_loss(&logits, labels, classes, scale.exp())
    };
    let at = |share: f64| least(|scale| loss(share, scale), -3.0, 3.0);
    let (share, _) = least(|share| at(share).1, 0.0, 1.0);
    let scale = at(share).0.exp();
    (scale * (1.0 - share), scale * share)
}

fn mix(bag: &[f64], scale: f64, networks: &[f64], weight: f64) -> Vec<f64> {
    let pairs = bag.iter().zip(networks);
    pairs.map(|(bag, net)| scale * bag + weight * net).collect()
}

impl FittedClassifier {
    /// The labels that it tells apart.
    pub fn classes(&self) -> &[String] {
        &self.about.classes
    }

    /// How it was trained.
    pub fn spec(&self) -> &ClassifierSpec {
        &self.about.spec
    }

    /// What it was trained on.
    pub fn training(&self) -> &Training {
        &self.about.training
    }

    /// What the networks' logits are multiplied by; 0 where the bag of words stands alone.
    pub fn weight(&self) -> f64 {
        self.about.weight
    }

    /// The first of its networks, which are all of one form.
    pub fn network(&self) -> Option<&Sequential> {
        self.networks.first()
    }

    /// Words that the networks know.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.about.lexicon.words
    }

    /// Of each sentence the probability of each class, a sentence after the other.
    pub fn probabilities<S: AsRef<str> + Sync>(&self, texts: &[S]) -> Vec<f64> {
        self.say(texts).0
    }

    /// The same, and what the bag of words alone says.
    pub(super) fn say<S: AsRef<str> + Sync>(&self, texts: &[S]) -> (Vec<f64>, Vec<f64>) {
        match pool(self.about.spec.threads) {
            Ok(pool) if rayon::current_thread_index().is_none() => {
                pool.install(|| self.say_here(texts))
            }
            _ => self.say_here(texts),
        }
    }

    fn say_here<S: AsRef<str> + Sync>(&self, texts: &[S]) -> (Vec<f64>, Vec<f64>) {
        /// Sentences that a thread takes at once.
        const AT_ONCE: usize = 512;
        let classes = self.about.classes.len();
        let sentences: Vec<Vec<String>> = texts.par_iter().map(|t| words(t.as_ref())).collect();
        let logits = |(grams, linear): &(Grams, Linear), scale: f64| -> Vec<f64> {
            let margins = sentences
                .par_iter()
                .flat_map_iter(|words| linear.margins(&grams.row(words)));
            margins.map(|margin| scale * margin).collect()
        };
        let bag = softmax(logits(&self.bag, self.about.bag_scale), classes);
        if self.about.scale == 0.0 {
            return (bag.clone(), bag);
        }
        let lexicon = &self.about.lexicon;
        let ids: Vec<Vec<u32>> = sentences
            .iter()
            .map(|words| lexicon.numbers(words))
            .collect();
        // From short to long, so that those of a piece are of about one length.
        let mut order: Vec<usize> = (0..ids.len()).collect();
        order.sort_by_key(|&row| ids[row].len());
        let weights = vec![1.0; classes];
        let pieces: Vec<&[usize]> = order.chunks(AT_ONCE).collect();
        let said: Vec<Vec<f64>> = pieces
            .par_iter()
            .map(|rows| {
                let samples = Samples {
                    ids: &ids,
                    labels: &[],
                    rows: rows.to_vec(),
                    weights: &weights,
                    longest: self.about.spec.longest,
                };
                let mut sum = vec![0.0; rows.len() * classes];
                for net in &self.networks {
                    // The shapes were checked when the network was made.
                    let said = net.predict(&samples).unwrap_or_default();
                    sum.iter_mut()
                        .zip(said)
                        .for_each(|(sum, y)| *sum += f64::from(y));
                }
                sum
            })
            .collect();
        let mut logits = logits(self.wide.as_ref().unwrap_or(&self.bag), self.about.scale);
        let share = self.about.weight / self.networks.len() as f64;
        for (rows, said) in pieces.iter().zip(said) {
            for (&row, said) in rows.iter().zip(said.chunks_exact(classes)) {
                let to = &mut logits[row * classes..][..classes];
                to.iter_mut()
                    .zip(said)
                    .for_each(|(to, said)| *to += share * said);
            }
        }
        (softmax(logits, classes), bag)
    }

    /// Scores on rows with labels; `train` is what it was trained on.
    ///
    /// # Errors
    /// [`Label`](crate::ErrorKind::Label) for a label that training never saw.
    pub fn evaluate(&self, train: &Corpus, test: &Corpus) -> Result<Evaluation> {
        let test = test.clone().with_classes(self.classes())?;
        Ok(self.evaluation(train, &test))
    }

    fn evaluation(&self, train: &Corpus, test: &Corpus) -> Evaluation {
        let (said, bag) = self.say(&test.texts);
        Evaluation::new(
            &Said {
                said,
                bag,
                majority: majority(&self.about.training.counts, test.labels.len()),
            },
            test,
            Duplicates::between(&train.texts, &test.texts),
            self.unknown(&test.texts),
        )
    }

    /// Share of the words that the networks do not know.
    pub fn unknown<S: AsRef<str>>(&self, texts: &[S]) -> f64 {
        let (mut unknown, mut all) = (0usize, 0usize);
        for text in texts {
            for word in words(text.as_ref()) {
                all += 1;
                unknown += usize::from(self.vocabulary().number(&word) == UNKNOWN);
            }
        }
        unknown as f64 / all.max(1) as f64
    }

    /// The model file.
    ///
    /// # Errors
    /// [`Model`](crate::ErrorKind::Model), which does not happen with numbers that are finite.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let text = serde_json::to_string(&self.about)
            .map_err(|error| nn::Fault::model("model", error.to_string(), "train again"))?;
        let (bag, linear) = &self.bag;
        let mut tables = vec![
            ("bag.idf", bag.words.parts().1),
            ("bag.weight", linear.weights()),
        ];
        if let Some((wide, linear)) = &self.wide {
            tables.push(("letters.idf", wide.letters.parts().1));
            tables.push(("letters.weight", linear.weights()));
        }
        nn::to_bytes(&self.networks, &tables, nn::KEY, text)
    }

    /// Writes the model file, in one piece or not at all.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io).
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        write_whole(path.as_ref(), &self.to_bytes()?)
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io); [`Model`](crate::ErrorKind::Model) when the file is damaged, of
    /// another task or of a newer version of this program.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(Error::io("read", path))?;
        Self::parse(path, bytes)
    }

    /// As [`FittedClassifier::load`], from bytes; `path` is what messages call them.
    ///
    /// # Errors
    /// [`Model`](crate::ErrorKind::Model), as [`FittedClassifier::load`].
    pub fn parse(path: impl AsRef<Path>, bytes: Vec<u8>) -> Result<Self> {
        let path = path.as_ref();
        let wrong = |reason: String, help| Error::from(nn::Fault::model(path, reason, help));
        let altered = |reason: String| wrong(reason, "the file was altered; train again");
        let tensors = nn::parse(path, bytes, nn::KEY)?;
        let (value, _) = tensors.description(Some(TASK), FORMAT)?;
        let about: About = serde_json::from_value(value)
            .map_err(|error| altered(format!("its description does not fit ({error})")))?;
        about
            .spec
            .validate()
            .map_err(|error| altered(error.to_string()))?;
        let (classes, words) = (about.classes.len(), about.lexicon.len());
        let input = Shape::sequence(about.spec.longest, NUMBERS);
        let networks = (0..about.members.min(100))
            .map(|member| tensors.network(member, input, about.layers.clone()))
            .collect::<Result<Vec<_>>>()?;
        let table = |name| tensors.table(name);
        let (idf, weights) = (table("bag.idf")?, table("bag.weight")?);
        let wide = match about.letters.is_empty() {
            true => None,
            false => Some((table("letters.idf")?, table("letters.weight")?)),
        };
        let models = if classes == 2 { 1 } else { classes };
        let numbers = |features: usize| models * (features + 1);
        let fits = classes >= 2
            && idf.len() == about.words.len()
            && weights.len() == numbers(idf.len())
            && wide.as_ref().is_none_or(|(letters, wide)| {
                letters.len() == about.letters.len()
                    && wide.len() == numbers(idf.len() + letters.len())
            })
            && networks
                .iter()
                .all(|net| net.output() == Shape::vector(classes))
            && about
                .layers
                .first()
                .is_none_or(|layer| matches!(layer, LayerSpec::Embedding(e) if e.words == words))
            && about.training.counts.len() == classes
            && [about.bag_scale, about.scale, about.weight]
                .iter()
                .all(|n| n.is_finite())
            && (about.weight == 0.0 || !networks.is_empty());
        if !fits {
            return Err(altered("its parts do not fit one another".into()));
        }
        let words_block = Block::from_parts(about.words.clone(), idf);
        Ok(Self {
            bag: (
                Grams {
                    words: words_block.clone(),
                    ..Grams::default()
                },
                Linear::from_weights(classes, weights),
            ),
            wide: wide.map(|(letters, wide)| {
                let letters = Block::from_parts(about.letters.clone(), letters);
                let words = words_block;
                (
                    Grams { words, letters },
                    Linear::from_weights(classes, wide),
                )
            }),
            networks,
            about,
        })
    }
}

/// Probabilities out of logits, in place.
fn softmax(mut logits: Vec<f64>, classes: usize) -> Vec<f64> {
    for row in logits.chunks_exact_mut(classes) {
        let most = row.iter().fold(f64::NEG_INFINITY, |most, y| most.max(*y));
        row.iter_mut().for_each(|y| *y = (*y - most).exp());
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|y| *y /= sum);
    }
    logits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::CorpusOptions;

    #[test]
    fn no_fold_learns_the_parts_of_what_it_is_asked() {
        let trees = (0..40).map(|tree| {
            let (label, word) = if tree % 2 == 0 {
                (3, "fine")
            } else {
                (1, "dull")
            };
            let name = "a".repeat(tree + 1);
            format!("({label} (2 {name}) ({label} ({label} {word}) (2 thing{name})))\n")
        });
        let text: String = trees.collect();
        let corpus = Corpus::parse("t", text.as_bytes(), &CorpusOptions::default()).unwrap();
        let (mut groups, _) = groups(&corpus.texts, &corpus.labels);
        join_phrases(&mut groups, &corpus);
        let folds = folds(&groups, &corpus.labels, 4, 0);
        for (row, line) in corpus.lines.iter().enumerate() {
            let tree = corpus
                .lines
                .iter()
                .zip(&folds)
                .filter(|(other, _)| *other == line);
            assert!(
                tree.into_iter().all(|(_, fold)| *fold == folds[row]),
                "line {line}"
            );
        }
        // Every fold has its share of the whole sentences.
        for fold in 0..4 {
            let whole = |&row: &usize| !corpus.phrases[row] && folds[row] == fold;
            let rows = (0..folds.len()).filter(whole).count();
            assert!((8..=12).contains(&rows), "{rows} of 40 in fold {fold}");
        }
    }

    #[test]
    fn a_gain_must_be_clear() {
        let test = |first, second| McNemar {
            first,
            second,
            p_value: 0.0,
        };
        assert!(clearly_more(test(40, 31)));
        assert!(!clearly_more(test(36, 31)));
        assert!(!clearly_more(test(0, 0)));
        assert!(!clearly_more(test(31, 40)));
    }

    #[test]
    fn words_and_their_beginnings_have_numbers_of_their_own() {
        let lexicon = Lexicon {
            words: vec!["profit".to_string()].into(),
            beginnings: vec!["profi".to_string()].into(),
        };
        let words = ["profit", "profitable", "x"].map(str::to_string);
        // Words take 0 to 2; beginnings follow.
        assert_eq!(lexicon.numbers(&words), [2, 5, 1, 5, 1, 4]);
        assert_eq!(beginning("ααααααα"), "ααααα");
    }
}
