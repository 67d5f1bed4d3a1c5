//! `Seq2Seq`: an encoder that reads a sequence and a decoder with attention that writes another.
//!
//! ```text
//! source ─ encoder ─ memory ──┬───────── attention ─ context ┐
//!                     │       └ bridge      │                join ─ output ─ next word
//!                    mean       │ state     query            │
//! target, a word late ───── decoder ────────┴────────────────┘
//! ```
//!
//! Each box but attention and output is a [`Stack`]. As the decoder's own steps do not depend on the
//! attention of the steps before, all steps of a known target are passed at once. What this file is not:
//! it searches for no translation, which `beam` does; the pass itself is in `pass`.
//!
//! | letter | meaning |
//! |---|---|
//! | `B` | pairs side by side |
//! | `S`, `T` | steps of the longest source and of the longest target, with the end of it |
//! | `E`, `H`, `A` | numbers of a word, of a decoder's state, of a step of the memory |
//! | `R` | words to tell: steps of all targets without padding |
//!
//! Number 0 is no word: in front of a target it is where the decoder starts, behind it the end.

mod pass;

use std::ops::Range;

use gatecast_kernels::{Activation, cross_entropy};
use serde::{Deserialize, Serialize};

use super::batches::Batches;
use super::fit::{Choice, OnEvent, fit_network};
use super::layers::{
    Bidirectional, CellName, Dense, Dropout, Embedding, LayerSpec, Pool, TimeDistributed,
};
use super::network::{Gradient, Network, Sparse, Sums};
use super::pairs::Pairs;
use super::stack::{InitialStates, Plan, Stack};
use super::workspace::Workspace;
use super::{History, Loss, Shape, Summary, SummaryRow, TrainSpec};
use crate::error::{Error, Result, wrong};
use crate::rng::Rng;

pub(super) use self::pass::widen;

/// The layers of a [`Seq2Seq`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seq2SeqSpec {
    /// Numbers of words in the source, 0 and the unknown among them.
    pub source_words: usize,
    /// The same in the target.
    pub target_words: usize,
    /// The recurrent cell.
    pub cell: CellName,
    /// `E`.
    pub embedding: usize,
    /// `H`, and units of each direction of the encoder.
    pub units: usize,
    /// Recurrent layers of the encoder, and of the decoder.
    pub layers: usize,
    /// Share of the inputs of a recurrent layer, and of the output, that is hidden while training.
    pub dropout: f32,
    /// Share of the words that are hidden while training.
    pub word_dropout: f32,
    /// How much of the probability all words share while training, so that none is told for certain
    /// (label smoothing).
    pub smoothing: f32,
}

/// First vectors of words are uniform in ± this: those of the source large enough that the encoder tells words
/// apart from the first step on, those of the target less, as the logits are products with them.
const SOURCE_SPREAD: f32 = 1.0;
const TARGET_SPREAD: f32 = 0.3;

/// A stack with its place in the flat weights.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) stack: Stack,
    pub(super) range: Range<usize>,
}

impl Part {
    /// How many numbers the last layer gives for the steps at hand.
    fn outputs(&self, workspace: &Workspace, batch: usize) -> usize {
        let plan = &self.stack.plan;
        let last = plan.outputs[plan.outputs.len() - 1];
        plan.at(last, workspace.steps).len() * batch
    }

    /// What the last layer gave, time-major.
    pub(super) fn y<'w>(&self, workspace: &'w Workspace, batch: usize) -> &'w [f32] {
        let len = self.outputs(workspace, batch);
        workspace.layers.last().map_or(&[], |last| &last.y[..len])
    }

    /// Its gradient.
    fn dy<'w>(&self, workspace: &'w mut Workspace, batch: usize) -> &'w mut [f32] {
        self.y_and_dy(workspace, batch).1
    }

    fn y_and_dy<'w>(
        &self,
        workspace: &'w mut Workspace,
        batch: usize,
    ) -> (&'w [f32], &'w mut [f32]) {
        let len = self.outputs(workspace, batch);
        match workspace.layers.last_mut() {
            Some(last) => (&last.y[..len], &mut last.dy[..len]),
            None => (&[], &mut []),
        }
    }
}

/// An encoder–decoder with attention (Luong, Pham & Manning 2015). The words of the target have one vector
/// each, by which the decoder reads them and tells them (Press & Wolf 2017).
///
/// ```
/// use std::ops::ControlFlow;
/// use gatecast::nn::{Beam, CellName, Pairs, Seq2Seq, Seq2SeqSpec, Sequences, TrainSpec};
///
/// // Two numbers, from 1 to 4, to be written the other way round.
/// let all = || (1..5).flat_map(|a| (1..5).map(move |b| [a, b]));
/// let (mut source, mut target) = (Sequences::new(), Sequences::new());
/// for [a, b] in all() {
///     source.push(&[a, b]);
///     target.push(&[b, a]);
/// }
/// let pairs = Pairs::new(source.clone(), target)?;
/// let spec = Seq2SeqSpec {
///     source_words: 5,
///     target_words: 5,
///     cell: CellName::Gru,
///     embedding: 16,
///     units: 16,
///     layers: 1,
///     dropout: 0.0,
///     word_dropout: 0.0,
///     smoothing: 0.0,
/// };
/// let mut net = Seq2Seq::new(&spec, 0)?;
/// let train = TrainSpec { epochs: 60, batch: 4, learning_rate: 0.01, ..TrainSpec::default() };
/// net.fit(&pairs, None, &train, &mut |_| ControlFlow::Continue(()))?;
/// let found = net.translate(&source, Beam::default())?;
/// assert_eq!(found[1].words, [2, 1]);
/// # Ok::<(), gatecast::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Seq2Seq {
    spec: Seq2SeqSpec,
    pub(super) encoder: Part,
    pub(super) bridge: Part,
    pub(super) decoder: Part,
    pub(super) query: Part,
    pub(super) join: Part,
    /// Of the output, whose weights are those of the decoder's words.
    bias: Range<usize>,
    sparse: Vec<Sparse>,
    weights: Vec<f32>,
    /// The vectors of the target's words in the form of the output's way back.
    packed_words: Vec<f32>,
}

impl Seq2SeqSpec {
    fn output(&self) -> cross_entropy::Dims {
        cross_entropy::Dims {
            inputs: self.embedding,
            words: self.target_words,
        }
    }

    /// `A`.
    fn memory(&self) -> usize {
        2 * self.units
    }

    /// The layers of each part, in the order in which they lie in the weights; for sequences of one step, since
    /// weights do not know of steps.
    fn plans(&self) -> Result<[(&'static str, Plan); 5]> {
        let Self {
            embedding,
            units,
            dropout,
            ..
        } = *self;
        let recurrent = || self.cell.layer(units, dropout);
        let words = |words| {
            Embedding::new(words, embedding)
                .dropout(self.word_dropout)
                .into()
        };
        let mut encoder: Vec<LayerSpec> = vec![words(self.source_words)];
        let mut decoder: Vec<LayerSpec> = vec![words(self.target_words)];
        for _ in 0..self.layers {
            encoder.push(Bidirectional::new(recurrent()).into());
            decoder.push(recurrent());
        }
        let decoder = Plan::new(Shape::sequence(1, 1), decoder)?;
        let state = decoder
            .layers()
            .map(|(layer, _)| layer.state_len().unwrap_or(0))
            .sum();
        let tanh = |units| Dense::new(units).activation(Activation::Tanh);
        let join = vec![
            TimeDistributed::new(tanh(embedding)).into(),
            Dropout::new(dropout).into(),
        ];
        let memory = self.memory();
        let bridge = vec![Pool::mean().into(), tanh(state).into()];
        let query = vec![TimeDistributed::new(Dense::new(memory)).into()];
        Ok([
            ("encoder", Plan::new(Shape::sequence(1, 1), encoder)?),
            ("bridge", Plan::new(Shape::sequence(1, memory), bridge)?),
            ("decoder", decoder),
            ("query", Plan::new(Shape::sequence(1, units), query)?),
            ("join", Plan::new(Shape::sequence(1, memory + units), join)?),
        ])
    }

    /// Checks every size and rate.
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) and [`Shape`](crate::ErrorKind::Shape).
    pub fn validate(&self) -> Result<()> {
        if !(1..=16).contains(&self.layers) {
            return wrong("layers", self.layers.to_string(), "1 to 16");
        }
        if !(0.0..1.0).contains(&self.smoothing) {
            let expected = "at least 0 and below 1";
            return wrong("smoothing", self.smoothing.to_string(), expected);
        }
        self.plans().map(|_| ())
    }
}

impl Seq2Seq {
    /// Draws the first weights; the same seed draws the same ones.
    ///
    /// # Errors
    /// As [`Seq2SeqSpec::validate`].
    pub fn new(spec: &Seq2SeqSpec, seed: u64) -> Result<Self> {
        let mut net = Self::empty(spec)?;
        let mut weights = std::mem::take(&mut net.weights);
        for part in net.parts() {
            let prefix = format!("{}.", part.name);
            part.stack
                .init(&mut weights[part.range.clone()], &prefix, seed);
        }
        for (part, name, spread) in [
            (&net.encoder, "source", SOURCE_SPREAD),
            (&net.decoder, "target", TARGET_SPREAD),
        ] {
            let words = part.stack.plan.parts[0].len();
            let mut rng = Rng::named(seed, &format!("init {name} words"));
            let vectors = &mut weights[part.range.start..][..words];
            vectors[spec.embedding..].fill_with(|| spread * (2.0 * rng.uniform() - 1.0));
        }
        net.weights = weights;
        net.update(|_| {});
        Ok(net)
    }

    /// Names and shapes of the tensors of such a network, without making room for them.
    pub(crate) fn plan(spec: &Seq2SeqSpec) -> Result<Vec<(String, Vec<usize>)>> {
        spec.validate()?;
        let mut tensors = Vec::new();
        for (part, plan) in spec.plans()? {
            for placed in plan.tensors {
                tensors.push((format!("{part}.{}", placed.name), placed.tensor.shape));
            }
        }
        tensors.push(("output.bias".into(), vec![spec.target_words]));
        Ok(tensors)
    }

    /// A network with given weights, in the order of [`Seq2Seq::plan`].
    pub(crate) fn with_weights(spec: &Seq2SeqSpec, weights: Vec<f32>) -> Result<Self> {
        let mut net = Self::empty(spec)?;
        assert_eq!(weights.len(), net.weights.len());
        net.weights = weights;
        net.update(|_| {});
        Ok(net)
    }

    /// A network whose weights are all zero.
    fn empty(spec: &Seq2SeqSpec) -> Result<Self> {
        spec.validate()?;
        let mut end = 0;
        let [encoder, bridge, decoder, query, join] = spec.plans()?.map(|(name, plan)| {
            let start = end;
            end += plan.weights();
            Part {
                name,
                stack: Stack::new(plan),
                range: start..end,
            }
        });
        let bias = end..end + spec.target_words;
        let sparse = Sparse {
            part: encoder.range.start..encoder.range.start + encoder.stack.plan.parts[0].end,
            width: spec.embedding,
        };
        Ok(Self {
            spec: spec.clone(),
            weights: vec![0.0; bias.end],
            encoder,
            bridge,
            decoder,
            query,
            join,
            bias,
            sparse: vec![sparse],
            packed_words: vec![0.0; cross_entropy::packed_len(spec.output())],
        })
    }

    pub(super) fn parts(&self) -> [&Part; 5] {
        let Self {
            encoder,
            bridge,
            decoder,
            query,
            join,
            ..
        } = self;
        [encoder, bridge, decoder, query, join]
    }

    /// What it was made of.
    pub fn spec(&self) -> &Seq2SeqSpec {
        &self.spec
    }

    /// Number of trainable numbers.
    pub fn parameters(&self) -> usize {
        self.weights.len()
    }

    /// Trains on pairs, telling `on_event` what happens, as [`fit_with`](super::fit_with) does. The loss is
    /// the mean of `−log p` of each word of the targets and of their ends, whatever loss `spec` names. The
    /// absolute errors of the record are 0: words have none.
    ///
    /// # Errors
    /// As [`fit_with`](super::fit_with), and [`NotASeries`](crate::ErrorKind::NotASeries) for a pair with words
    /// that the network does not know.
    pub fn fit(
        &mut self,
        train: &Pairs,
        validation: Option<&Pairs>,
        spec: &TrainSpec,
        on_event: &mut OnEvent<'_>,
    ) -> Result<History> {
        self.fit_and_choose(train, validation, spec, on_event, None)
    }

    /// The same with a say in which weights are kept.
    pub(crate) fn fit_and_choose(
        &mut self,
        train: &Pairs,
        validation: Option<&Pairs>,
        spec: &TrainSpec,
        on_event: &mut OnEvent<'_>,
        choice: Option<Choice<'_, Self>>,
    ) -> Result<History> {
        for pairs in [Some(train), validation].into_iter().flatten() {
            self.check(pairs)?;
        }
        let spec = TrainSpec {
            loss: Loss::CrossEntropy,
            ..spec.clone()
        };
        fit_network(self, train, validation, &spec, on_event, choice)
    }

    /// The mean of `−log p` of the words of the targets and of their ends, and how many those are.
    ///
    /// # Errors
    /// As [`Seq2Seq::fit`].
    pub fn loss(&self, pairs: &Pairs) -> Result<(f64, usize)> {
        const AT_ONCE: usize = 32;
        self.check(pairs)?;
        let mut worker = self.worker(AT_ONCE.min(pairs.len().max(1)), pairs, None)?;
        let mut sums = Sums::default();
        for rows in Batches::new::<Self>(pairs, AT_ONCE).iter() {
            sums.add(self.pass(&mut worker, pairs, rows, Loss::CrossEntropy, None, None));
        }
        Ok((sums.loss / sums.terms.max(1) as f64, sums.terms))
    }

    pub(super) fn check(&self, pairs: &Pairs) -> Result<()> {
        for (what, sequences, words) in [
            ("source", &pairs.source, self.spec.source_words),
            ("target", &pairs.target, self.spec.target_words),
        ] {
            let largest = sequences.largest();
            if largest as usize >= words {
                return Err(Error::not_a_series(format!(
                    "a {what} has word number {largest}; the network has {words} words"
                )));
            }
        }
        Ok(())
    }

    /// Names, shapes and values of all weights, named and laid out as PyTorch does.
    pub fn tensors(&self) -> impl Iterator<Item = (String, &[usize], &[f32])> {
        let parts = self.parts().into_iter().flat_map(|part| {
            let weights = self.of(part);
            part.stack.plan.tensors.iter().map(move |placed| {
                let name = format!("{}.{}", part.name, placed.name);
                let values = &weights[placed.range.clone()];
                (name, &placed.tensor.shape[..], values)
            })
        });
        let bias = &self.weights[self.bias.clone()];
        let shape = std::slice::from_ref(&self.spec.target_words);
        parts.chain(std::iter::once(("output.bias".into(), shape, bias)))
    }

    /// Layers, output shapes and parameters.
    pub fn summary(&self) -> Summary {
        let mut layers = Vec::new();
        let mut row = |layer: String, output: Shape, parameters| {
            // Every sequence is as long as it is.
            let output = match output {
                Shape::Sequence { features, .. } => format!("(None, None, {features})"),
                output => output.to_string(),
            };
            layers.push(SummaryRow {
                layer,
                output,
                parameters,
            });
        };
        for part in self.parts() {
            let plan = &part.stack.plan;
            for (((layer, _), &output), range) in plan.layers().zip(&plan.outputs).zip(&plan.parts)
            {
                let name = format!("{} {}", part.name, layer.kind());
                row(name, output, range.len());
            }
        }
        let output = Shape::sequence(1, self.spec.target_words);
        row("output".into(), output, self.bias.len());
        Summary {
            layers,
            parameters: self.weights.len(),
        }
    }

    pub(super) fn of(&self, part: &Part) -> &[f32] {
        &self.weights[part.range.clone()]
    }

    /// The output's sizes, its weights and its bias.
    pub(super) fn output(&self) -> (cross_entropy::Dims, &[f32], &[f32]) {
        (
            self.spec.output(),
            &self.weights[self.target_vectors()],
            &self.weights[self.bias.clone()],
        )
    }

    /// The vectors of the target's words.
    fn target_vectors(&self) -> Range<usize> {
        let start = self.decoder.range.start;
        start..start + self.spec.target_words * self.spec.embedding
    }

    /// Runs one part.
    pub(super) fn run(
        &self,
        part: &Part,
        workspace: &mut Workspace,
        batch: usize,
        rng: Option<&mut Rng>,
        states: Option<&mut [Vec<f32>]>,
    ) {
        part.stack
            .forward(self.of(part), workspace, batch, rng, states);
    }

    /// The way back through one part.
    fn run_back(
        &self,
        part: &Part,
        workspace: &mut Workspace,
        batch: usize,
        gradient: &mut Gradient,
        initial: Option<InitialStates<'_>>,
    ) {
        let gradient = &mut gradient.values[part.range.clone()];
        part.stack
            .backward(self.of(part), workspace, batch, gradient, initial);
    }

    /// Room for the states of so many samples, a layer of the decoder each.
    pub(super) fn states(&self, batch: usize) -> Vec<Vec<f32>> {
        let layers = self.decoder.stack.plan.layers();
        layers
            .map(|(layer, _)| vec![0.0; layer.state_len().unwrap_or(0) * batch])
            .collect()
    }

    /// Copies what the bridge gives for each sample, `B×ΣH`, to the states of the decoder's layers, each of
    /// which has all samples' `h` before all their `c`.
    pub(super) fn to_states(&self, batch: usize, bridge: &[f32], states: &mut [Vec<f32>]) {
        let (units, width) = (self.spec.units, bridge.len() / batch);
        for (at, index, place) in self.state_places(batch) {
            for b in 0..batch {
                let to = &mut states[index][place + b * units..][..units];
                to.copy_from_slice(&bridge[b * width + at..][..units]);
            }
        }
    }

    /// The way back: copies the gradients of the states to that of what the bridge gave.
    fn gather_states(&self, batch: usize, states: &[Vec<f32>], bridge: &mut [f32]) {
        let (units, width) = (self.spec.units, bridge.len() / batch);
        for (at, index, place) in self.state_places(batch) {
            for b in 0..batch {
                let from = &states[index][place + b * units..][..units];
                bridge[b * width + at..][..units].copy_from_slice(from);
            }
        }
    }

    /// For each `h` and `c` of the decoder its place in a sample's output of the bridge, its layer, and
    /// its place in that layer's state of so many samples.
    fn state_places(&self, batch: usize) -> impl Iterator<Item = (usize, usize, usize)> {
        let units = self.spec.units;
        let layers = self.decoder.stack.plan.layers().enumerate();
        let parts = layers.flat_map(move |(index, (layer, _))| {
            let parts = layer.state_len().unwrap_or(0) / units;
            (0..parts).map(move |part| (index, part * units * batch))
        });
        parts
            .enumerate()
            .map(move |(at, (index, place))| (at * units, index, place))
    }
}
