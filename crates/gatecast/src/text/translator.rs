//! Translates sentences: pieces of words, an encoder–decoder with attention, and a search. What this file is
//! not: it reads no files of sentences, and prints nothing.
//!
//! Both languages are cut in pieces learnt from the training rows alone. The network learns these rows; after each
//! epoch it translates the validation rows, and the weights that do so best are kept, or the mean of the best few
//! where that translates better still.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::duplicates::{Duplicates, Repeated, groups};
use super::nearest::Nearest;
use super::parallel::{OddPairs, ParallelText};
use super::pieces::Pieces;
use super::translation::{Measure, TranslationEvaluation, TranslationScores};
use super::vocabulary::UNKNOWN;
use crate::error::{Error, Result, wrong};
use crate::nn::{
    self, Beam, CellName, Choice, Epoch, Event, Pairs, Schedule, Seq2Seq, Seq2SeqSpec, Sequences,
    TrainSpec,
};
use crate::parallel::pool;
use crate::write_whole;

/// How a translator is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TranslatorSpec {
    /// Pieces of each language, at most: characters, and their most frequent combinations.
    pub pieces: usize,
    /// Pieces of a sentence, at most. Longer pairs are not learnt from; longer sentences are translated in
    /// parts.
    pub longest: usize,
    /// The recurrent cell.
    pub cell: CellName,
    /// Numbers that stand for a piece.
    pub embedding: usize,
    /// Hidden units of the decoder, and of each direction of the encoder.
    pub hidden: usize,
    /// Recurrent layers of the encoder, and of the decoder.
    pub layers: usize,
    /// Share of the inputs of a layer that is hidden while training.
    pub dropout: f32,
    /// Share of the pieces that is hidden while training.
    pub word_dropout: f32,
    /// Share of the probability that all pieces have in common while training.
    pub smoothing: f32,
    /// Passes over the training rows.
    pub epochs: usize,
    /// Sentences between two updates.
    pub batch: usize,
    /// `η` of Adam at the start; it falls to zero.
    pub learning_rate: f64,
    /// Epochs whose weights are averaged, at most.
    pub average: usize,
    /// Seeds first weights, the rows held out, the order of rows and dropout.
    pub seed: u64,
    /// Threads to use; all there are if `None`. The result does not depend on it.
    #[serde(skip)]
    pub threads: Option<usize>,
}

impl Default for TranslatorSpec {
    fn default() -> Self {
        Self {
            pieces: 4000,
            longest: 100,
            cell: CellName::Lstm,
            embedding: 256,
            hidden: 256,
            layers: 1,
            dropout: 0.3,
            word_dropout: 0.0,
            smoothing: 0.1,
            epochs: 10,
            batch: 64,
            learning_rate: 0.002,
            average: 3,
            seed: 0,
            threads: None,
        }
    }
}

impl TranslatorSpec {
    /// Checks every setting.
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) naming the first that is out of its range.
    pub fn validate(&self) -> Result<()> {
        if !(10..=100_000).contains(&self.pieces) {
            return wrong("pieces", self.pieces.to_string(), "10 to 100000");
        }
        for (name, value, range, expected) in [
            ("longest", self.longest, 1..=10_000, "1 to 10000 pieces"),
            ("embedding", self.embedding, 1..=4096, "1 to 4096 numbers"),
            ("hidden", self.hidden, 1..=4096, "1 to 4096 units"),
            ("average", self.average, 1..=100, "1 to 100 epochs"),
        ] {
            if !range.contains(&value) {
                return wrong(name, value.to_string(), expected);
            }
        }
        for (name, rate) in [
            ("dropout", self.dropout),
            ("word-dropout", self.word_dropout),
        ] {
            if !(0.0..1.0).contains(&rate) {
                return wrong(name, rate.to_string(), "at least 0 and below 1");
            }
        }
        self.train().validate()?;
        self.network(2, 2).validate()
    }

    fn network(&self, source_words: usize, target_words: usize) -> Seq2SeqSpec {
        Seq2SeqSpec {
            source_words,
            target_words,
            cell: self.cell,
            embedding: self.embedding,
            units: self.hidden,
            layers: self.layers,
            dropout: self.dropout,
            word_dropout: self.word_dropout,
            smoothing: self.smoothing,
        }
    }

    fn train(&self) -> TrainSpec {
        TrainSpec {
            epochs: self.epochs,
            batch: self.batch,
            learning_rate: self.learning_rate,
            schedule: Schedule::Cosine,
            clip_norm: Some(1.0),
            seed: self.seed,
            threads: self.threads,
            ..TrainSpec::default()
        }
    }
}

/// A translator that has not learnt yet.
#[derive(Clone, Debug)]
pub struct Translator {
    spec: TranslatorSpec,
}

/// A translator that has.
#[derive(Clone, Debug)]
pub struct FittedTranslator {
    about: About,
    net: Seq2Seq,
}

/// What a model file says beside its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    /// What the file is for: [`TASK`].
    task: String,
    format: u64,
    spec: TranslatorSpec,
    source: Pieces,
    target: Pieces,
    training: TranslatorTraining,
}

const TASK: &str = "translate";
const FORMAT: u64 = 1;

/// What a translator was trained on, and how it went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TranslatorTraining {
    /// Pairs that were learnt from.
    pub pairs: usize,
    /// Pairs by which the weights were chosen.
    pub validation: usize,
    /// Pairs that were too long to be learnt from.
    pub too_long: usize,
    /// Pairs that may not belong together.
    pub odd: OddPairs,
    /// Source sentences that stand more than once; `conflicts` have another translation.
    pub repeated: Repeated,
    /// By what the weights were chosen.
    pub measure: Measure,
    /// Of each epoch the losses, and the score of the greedy search.
    pub epochs: Vec<TranslatorEpoch>,
    /// The epoch with the best score, from 1.
    pub kept_epoch: usize,
    /// The score of the mean of the best epochs' weights, where there were several.
    pub averaged: Option<f64>,
}

/// An epoch as it went.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TranslatorEpoch {
    /// From 1.
    pub epoch: usize,
    /// Mean of `−log p` of a training piece, with label smoothing, while the weights changed.
    pub loss: f64,
    /// The same of the validation rows at its end, without smoothing.
    pub val_loss: Option<f64>,
    /// Of the greedy translations of the validation rows, by [`TranslatorTraining::measure`].
    pub score: Option<f64>,
}

/// What happens while a translator learns.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum TranslatorEvent {
    /// Before the first epoch.
    Start {
        /// Epochs to come.
        epochs: usize,
        /// Batches of an epoch.
        batches: usize,
    },
    /// After each batch.
    Batch {
        /// From 1.
        epoch: usize,
        /// From 1.
        batch: usize,
        /// Mean loss of the batch.
        loss: f64,
    },
    /// After each epoch.
    Epoch(TranslatorEpoch),
}

/// Is told of every [`TranslatorEvent`], and says whether training goes on.
pub type OnTranslatorEvent<'a> = dyn FnMut(&TranslatorEvent) -> ControlFlow<()> + Send + 'a;

impl Translator {
    /// Checks the settings.
    ///
    /// # Errors
    /// As [`TranslatorSpec::validate`].
    pub fn new(spec: TranslatorSpec) -> Result<Self> {
        spec.validate()?;
        Ok(Self { spec })
    }

    /// Learns from pairs. The weights are chosen by translating `validation` after each epoch; without it,
    /// they are those of the last epochs.
    ///
    /// ```
    /// use gatecast::text::{ParallelText, Translator, TranslatorSpec};
    ///
    /// let numbers = [("eins", "one"), ("zwei", "two"), ("drei", "three")];
    /// let line = |i: usize| {
    ///     let (a, b) = (numbers[i % 3], numbers[i / 3 % 3]);
    ///     format!("{} {}\t{} {}\n", a.0, b.0, a.1, b.1)
    /// };
    /// let pairs: String = (0..9).cycle().take(90).map(line).collect();
    /// let train = ParallelText::parse_pairs("numbers", pairs.as_bytes())?;
    /// let spec = TranslatorSpec {
    ///     pieces: 50,
    ///     embedding: 16,
    ///     hidden: 16,
    ///     dropout: 0.0,
    ///     epochs: 40,
    ///     batch: 8,
    ///     learning_rate: 0.01,
    ///     ..TranslatorSpec::default()
    /// };
    /// let fitted = Translator::new(spec)?.fit(&train, None)?;
    /// assert_eq!(fitted.translate(&["zwei drei"], 1)?, ["two three"]);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`TooFewRows`](crate::ErrorKind::TooFewRows) where no pair is short enough;
    /// [`Diverged`](crate::ErrorKind::Diverged), [`Memory`](crate::ErrorKind::Memory).
    pub fn fit(
        &self,
        train: &ParallelText,
        validation: Option<&ParallelText>,
    ) -> Result<FittedTranslator> {
        let go_on = &mut |_: &TranslatorEvent| ControlFlow::Continue(());
        self.fit_with(train, validation, go_on)
    }

    /// As [`Translator::fit`], telling `on_event` what happens. Where that breaks, the weights are those of the
    /// best epoch so far.
    ///
    /// # Errors
    /// As [`Translator::fit`].
    pub fn fit_with(
        &self,
        train: &ParallelText,
        validation: Option<&ParallelText>,
        on_event: &mut OnTranslatorEvent<'_>,
    ) -> Result<FittedTranslator> {
        let spec = &self.spec;
        let learn_from =
            |texts: &[String]| Pieces::learn(texts.iter().map(String::as_str), spec.pieces);
        let (source, target) = (learn_from(&train.sources), learn_from(&train.targets));
        let pairs_of = |text: &ParallelText| {
            let (mut sources, mut targets) = (Sequences::new(), Sequences::new());
            for (from, to) in text.sources.iter().zip(&text.targets) {
                let (from, to) = (source.encode(from), target.encode(to));
                if from.len().max(to.len()) <= spec.longest && !from.is_empty() {
                    sources.push(&from);
                    targets.push(&to);
                }
            }
            Pairs::new(sources, targets)
        };
        let pairs = pairs_of(train)?;
        if pairs.is_empty() {
            let what = format!("{} with pairs of up to {} pieces", train.name, spec.longest);
            return Err(Error::too_few_rows(
                what,
                0,
                1,
                "there must be some to learn from",
            ));
        }
        let check = validation.map(pairs_of).transpose()?;
        let measure = Measure::for_sentences(&train.targets);
        let training = TranslatorTraining {
            pairs: pairs.len(),
            validation: validation.map_or(0, ParallelText::len),
            too_long: train.len() - pairs.len(),
            odd: train.odd_pairs(),
            repeated: repeated(train),
            measure,
            epochs: Vec::new(),
            kept_epoch: 0,
            averaged: None,
        };
        let network = spec.network(source.len(), target.len());
        let mut fitted = FittedTranslator {
            net: Seq2Seq::new(&network, spec.seed)?,
            about: About {
                task: TASK.into(),
                format: FORMAT,
                spec: spec.clone(),
                source,
                target,
                training,
            },
        };
        fitted.learn(&pairs, check.as_ref(), validation, on_event)?;
        Ok(fitted)
    }
}

/// Sentences of the source that stand more than once, and with how many other translations.
fn repeated(train: &ParallelText) -> Repeated {
    let mut numbers = std::collections::HashMap::new();
    let labels: Vec<u32> = train
        .targets
        .iter()
        .map(|target| {
            let next = numbers.len() as u32;
            *numbers.entry(target).or_insert(next)
        })
        .collect();
    groups(&train.sources, &labels).1
}

impl FittedTranslator {
    fn learn(
        &mut self,
        pairs: &Pairs,
        check: Option<&Pairs>,
        validation: Option<&ParallelText>,
        on_event: &mut OnTranslatorEvent<'_>,
    ) -> Result<()> {
        let Self { about, net } = self;
        let train = about.spec.train();
        let measure = about.training.measure;
        // The loop tells of batches, the judge of epochs. Once the listener broke, it is told no more.
        let listener = Mutex::new(Some(on_event));
        let tell = |event: TranslatorEvent| {
            let mut listener = listener.lock().unwrap_or_else(PoisonError::into_inner);
            let said = match &mut *listener {
                Some(on_event) => on_event(&event),
                None => ControlFlow::Break(()),
            };
            if said.is_break() {
                *listener = None;
            }
            said
        };
        let mut on_net_event = |event: &Event| match *event {
            Event::Start { epochs, batches } => tell(TranslatorEvent::Start { epochs, batches }),
            Event::Batch { epoch, batch, loss } => {
                tell(TranslatorEvent::Batch { epoch, batch, loss })
            }
            // Told by the judge, with its score; if that was the listener's last, the next batch says so.
            _ => ControlFlow::Continue(()),
        };
        let (mut epochs, mut averaged) = (Vec::new(), None);
        let mut judge = |net: &Seq2Seq, record: Option<&Epoch>| {
            let greedy = Beam {
                width: 1,
                ..Beam::default()
            };
            let score = validation.and_then(|text| {
                let found = translate(about, net, &text.sources, greedy).ok()?;
                Some(measure.of(&found, &text.targets))
            });
            let Some(record) = record else {
                averaged = score;
                return score.map_or(f64::INFINITY, |score| -score);
            };
            let epoch = TranslatorEpoch {
                epoch: record.epoch,
                loss: record.loss,
                val_loss: record.val_loss,
                score,
            };
            epochs.push(epoch);
            let _ = tell(TranslatorEvent::Epoch(epoch));
            // Without validation the last epoch is the best.
            score.map_or(-(record.epoch as f64), |score| -score)
        };
        let choice = Choice {
            judge: &mut judge,
            average: about.spec.average,
        };
        let check = check.filter(|check| !check.is_empty());
        let history = net.fit_and_choose(pairs, check, &train, &mut on_net_event, Some(choice))?;
        about.training.epochs = epochs;
        about.training.averaged = averaged;
        about.training.kept_epoch = history.kept_epoch;
        Ok(())
    }

    /// How it was trained.
    pub fn spec(&self) -> &TranslatorSpec {
        &self.about.spec
    }

    /// What it was trained on.
    pub fn training(&self) -> &TranslatorTraining {
        &self.about.training
    }

    /// The network.
    pub fn network(&self) -> &Seq2Seq {
        &self.net
    }

    /// Uses so many threads; all there are if `None`. Translations do not depend on it.
    pub fn with_threads(mut self, threads: Option<usize>) -> Self {
        self.about.spec.threads = threads;
        self
    }

    /// Translates sentences, searching with so many beginnings side by side: 1 is fast, 5 is better. What has
    /// no letters at all stays empty.
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) for no beginning or more than 100;
    /// [`Memory`](crate::ErrorKind::Memory).
    pub fn translate<S: AsRef<str>>(&self, texts: &[S], beam: usize) -> Result<Vec<String>> {
        if !(1..=100).contains(&beam) {
            return wrong("beam", beam.to_string(), "1 to 100");
        }
        let pool = pool(self.about.spec.threads)?;
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        let beam = Beam {
            width: beam,
            ..Beam::default()
        };
        pool.install(|| translate(&self.about, &self.net, &texts, beam))
    }

    /// A translation with how much each piece of the source counted for each of its own.
    ///
    /// # Errors
    /// As [`FittedTranslator::translate`].
    pub fn attention(&self, text: &str, beam: usize) -> Result<Attention> {
        let translation = self.translate(&[text], beam)?.remove(0);
        let mut source = self.about.source.encode(text);
        source.truncate(self.about.spec.longest);
        let mut target = self.about.target.encode(&translation);
        target.truncate(self.about.spec.longest);
        let weights = match source.is_empty() {
            true => Vec::new(),
            false => self.net.attention(&source, &target)?,
        };
        let names = |pieces: &Pieces, ids: &[u32]| -> Vec<String> {
            ids.iter().map(|&id| pieces.piece(id).to_string()).collect()
        };
        Ok(Attention {
            source: names(&self.about.source, &source),
            target: names(&self.about.target, &target),
            weights,
            translation,
        })
    }

    /// Scores on pairs, with so many beginnings side by side; `train` is what it was trained on, where that is at
    /// hand.
    ///
    /// # Errors
    /// As [`FittedTranslator::translate`].
    pub fn evaluate(
        &self,
        train: Option<&ParallelText>,
        test: &ParallelText,
        beam: usize,
    ) -> Result<TranslationEvaluation> {
        let measure = Measure::for_sentences(&test.targets);
        let score = |found: &[String]| TranslationScores::new(found, &test.targets, measure);
        let found = self.translate(&test.sources, beam)?;
        let greedy = match beam {
            1 => found.clone(),
            _ => self.translate(&test.sources, 1)?,
        };
        let duplicates = train.map_or_else(Duplicates::default, |train| {
            Duplicates::between(&train.sources, &test.sources)
        });
        let twice = duplicates.rows();
        let others: Vec<usize> = (0..test.len())
            .filter(|row| twice.binary_search(row).is_err())
            .collect();
        let without = (!twice.is_empty() && !others.is_empty()).then(|| {
            let pick = |texts: &[String]| -> Vec<String> {
                others.iter().map(|&row| texts[row].clone()).collect()
            };
            TranslationScores::new(&pick(&found), &pick(&test.targets), measure)
        });
        let nearest = train.map(|train| {
            let nearest = Nearest::new(&train.sources);
            let of = |text: &String| {
                let row = nearest.of(text);
                row.map_or_else(String::new, |row| train.targets[row].clone())
            };
            score(&test.sources.iter().map(of).collect::<Vec<_>>())
        });
        let (mut unknown, mut all, mut in_parts) = (0, 0, 0);
        for text in &test.sources {
            let pieces = self.about.source.encode(text);
            all += pieces.len();
            unknown += pieces.iter().filter(|&&piece| piece == UNKNOWN).count();
            in_parts += usize::from(pieces.len() > self.about.spec.longest);
        }
        Ok(TranslationEvaluation {
            rows: test.len(),
            measure,
            beam,
            scores: score(&found),
            greedy: score(&greedy),
            copy: score(&test.sources),
            nearest,
            duplicates,
            without,
            unknown: unknown as f64 / f64::from(all.max(1) as u32),
            in_parts,
        })
    }

    /// The model file.
    ///
    /// # Errors
    /// [`Model`](crate::ErrorKind::Model), which does not happen with numbers that are finite.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let text = serde_json::to_string(&self.about)
            .map_err(|error| nn::Fault::model("model", error.to_string(), "train again"))?;
        let tensors: Vec<_> = self.net.tensors().collect();
        nn::serialize(&tensors, nn::KEY, text)
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

    /// As [`FittedTranslator::load`], from bytes; `path` is what messages call them.
    ///
    /// # Errors
    /// [`Model`](crate::ErrorKind::Model), as [`FittedTranslator::load`].
    pub fn parse(path: impl AsRef<Path>, bytes: Vec<u8>) -> Result<Self> {
        let path = path.as_ref();
        let altered = |reason: String| {
            let help = "the file was altered; train again";
            Error::from(nn::Fault::model(path, reason, help))
        };
        let tensors = nn::parse(path, bytes, nn::KEY)?;
        let (value, _) = tensors.description(Some(TASK), FORMAT)?;
        let about: About = serde_json::from_value(value)
            .map_err(|error| altered(format!("its description does not fit ({error})")))?;
        about
            .spec
            .validate()
            .map_err(|error| altered(error.to_string()))?;
        let network = about.spec.network(about.source.len(), about.target.len());
        let net = tensors.seq2seq(&network)?;
        Ok(Self { about, net })
    }
}

/// A translation, and where it looked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Attention {
    /// Pieces of the source.
    pub source: Vec<String>,
    /// Pieces of the translation.
    pub target: Vec<String>,
    /// For each piece of the translation and for its end a row with the weight of each piece of the source.
    pub weights: Vec<f32>,
    /// The translation.
    pub translation: String,
}

/// Translates sentences; those that are too long in parts of equal length.
fn translate<S: AsRef<str>>(
    about: &About,
    net: &Seq2Seq,
    texts: &[S],
    beam: Beam,
) -> Result<Vec<String>> {
    let beam = Beam {
        never: Some(UNKNOWN),
        ..beam
    };
    let (mut parts, mut rows) = (Sequences::new(), Vec::new());
    for (row, text) in texts.iter().enumerate() {
        let pieces = about.source.encode(text.as_ref());
        let count = pieces.len().div_ceil(about.spec.longest).max(1);
        for part in pieces.chunks(pieces.len().div_ceil(count).max(1)) {
            parts.push(part);
            rows.push(row);
        }
    }
    let mut found = vec![String::new(); texts.len()];
    for (row, part) in rows.into_iter().zip(net.translate(&parts, beam)?) {
        let text = about.target.decode(&part.words);
        if !found[row].is_empty() && !text.is_empty() {
            found[row].push(' ');
        }
        found[row].push_str(&text);
    }
    Ok(found)
}
