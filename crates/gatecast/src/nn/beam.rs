//! Searches what a [`Seq2Seq`] would write: from the start, the most probable beginnings go on side by
//! side, a word at a time, until the best of them have ended.
//!
//! Sequences of about one length are searched together, `B` of them with `K` beginnings each. All that goes
//! step by step has `K×B` rows, the first beginning of each sequence before the second of any, so that
//! to the attention the beginnings are queries of one memory.

use gatecast_kernels::{attention, cross_entropy};
use rayon::prelude::*;

use super::network::Network;
use super::seq2seq::{Part, widen};
use super::workspace::{Purpose, Workspace};
use super::{Loss, Pairs, Seq2Seq, Sequences};
use crate::error::{Error, Result, wrong};

/// How translations are searched for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beam {
    /// `K`: beginnings that go on side by side, at least one. One is the greedy search.
    pub width: usize,
    /// Translations are compared by `log p / length^this`: 0 prefers short ones, 1 compares the mean of a
    /// word, more prefers long ones.
    pub length_penalty: f32,
    /// A number that is never written, such as that of the unknown word.
    pub never: Option<u32>,
}

impl Default for Beam {
    fn default() -> Self {
        Self {
            width: 5,
            length_penalty: 1.4,
            never: None,
        }
    }
}

/// What a search found for a sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Translation {
    /// The numbers of its words, without the end.
    pub words: Vec<u32>,
    /// The logarithm of its probability, that of its end included where it came to one.
    pub log_probability: f32,
}

/// A beginning, and the logarithm of its probability.
#[derive(Clone, Debug)]
struct Beginning {
    words: Vec<u32>,
    log_probability: f32,
}

/// How far the search for one sequence is.
#[derive(Clone, Debug)]
struct Progress {
    /// Beginnings that go on, in the order of their rows.
    going: Vec<Beginning>,
    /// Those that have come to their end.
    ended: Vec<Beginning>,
    /// Words that one may have.
    most: usize,
    done: bool,
}

impl Progress {
    fn new(source: usize) -> Self {
        Self {
            going: vec![Beginning {
                words: Vec::new(),
                log_probability: 0.0,
            }],
            ended: Vec::new(),
            // Twice the source and a little more is longer than nearly all translations.
            most: 2 * source + 10,
            done: false,
        }
    }

    /// The best of what has ended, or of what goes on where nothing has.
    fn best(self, length_penalty: f32) -> Translation {
        let score = |beginning: &Beginning| {
            let length = beginning.words.len() + 1;
            beginning.log_probability / (length as f32).powf(length_penalty)
        };
        let from = match self.ended.is_empty() {
            true => self.going,
            false => self.ended,
        };
        let best = from
            .into_iter()
            .max_by(|x, y| score(x).total_cmp(&score(y)));
        match best {
            Some(Beginning {
                words,
                log_probability,
            }) => Translation {
                words,
                log_probability,
            },
            // Where no word may be written.
            None => Translation {
                words: Vec::new(),
                log_probability: f32::NEG_INFINITY,
            },
        }
    }
}

impl Seq2Seq {
    /// The most probable targets of sequences that a search finds, using the threads of the current pool.
    /// The same whatever else is translated with it, but for rounding.
    ///
    /// # Errors
    /// [`NotASeries`](crate::ErrorKind::NotASeries) for a sequence that is empty or has numbers that the network
    /// does not know; [`Setting`](crate::ErrorKind::Setting) for a width of 0;
    /// [`Memory`](crate::ErrorKind::Memory).
    pub fn translate(&self, sources: &Sequences, beam: Beam) -> Result<Vec<Translation>> {
        /// Rows that go through the network at a time.
        const ROWS: usize = 128;
        /// Words of the sources that are read at a time, so that very long ones take no more memory.
        const WORDS: usize = 1 << 13;
        self.check_sources(sources)?;
        if beam.width == 0 {
            return wrong("beam", "0".into(), "at least 1");
        }
        let together = (ROWS / beam.width).max(1);
        let mut order: Vec<usize> = (0..sources.len()).collect();
        order.sort_by_key(|&row| (sources.get(row).len(), row));
        let mut batches: Vec<&[usize]> = Vec::new();
        let mut rest = &order[..];
        while !rest.is_empty() {
            let fits = |&count: &usize| count * sources.get(rest[count - 1]).len() <= WORDS;
            let most = together.min(rest.len());
            let count = (1..=most).rev().find(fits).unwrap_or(1);
            let (batch, after) = rest.split_at(count);
            batches.push(batch);
            rest = after;
        }
        let found: Vec<(usize, Translation)> = batches
            .into_par_iter()
            .map(|rows| {
                let found = Search::new(self, sources, rows, beam)?.run();
                Ok(rows.iter().copied().zip(found).collect::<Vec<_>>())
            })
            .collect::<Result<Vec<_>>>()?
            .into_iter()
            .flatten()
            .collect();
        let mut translations = vec![None; sources.len()];
        for (row, translation) in found {
            translations[row] = Some(translation);
        }
        Ok(translations.into_iter().flatten().collect())
    }

    /// How much each word of a source counted for each word of a target and for its end: `T×S`, a row a word
    /// of the target.
    ///
    /// # Errors
    /// As [`Seq2Seq::fit`].
    pub fn attention(&self, source: &[u32], target: &[u32]) -> Result<Vec<f32>> {
        let pairs = Pairs::new(
            Sequences::from_iter([source]),
            Sequences::from_iter([target]),
        )?;
        self.check(&pairs)?;
        let mut worker = self.worker(1, &pairs, None)?;
        self.pass(&mut worker, &pairs, &[0], Loss::CrossEntropy, None, None);
        worker.attention.truncate((target.len() + 1) * source.len());
        Ok(worker.attention)
    }

    fn check_sources(&self, sources: &Sequences) -> Result<()> {
        let spec = self.spec();
        let largest = sources.largest() as usize;
        if largest >= spec.source_words || sources.iter().any(<[u32]>::is_empty) {
            return Err(Error::not_a_series(format!(
                "the network translates sequences of one or more numbers below {}",
                spec.source_words
            )));
        }
        Ok(())
    }
}

/// A search for some sequences under way.
struct Search<'a> {
    net: &'a Seq2Seq,
    beam: Beam,
    /// `B`.
    batch: usize,
    /// Words of each source.
    lengths: Vec<usize>,
    /// `S×B×A`.
    memory: Vec<f32>,
    decoder: Workspace,
    query: Workspace,
    join: Workspace,
    /// Those of the decoder's layers, now and before the choice of beginnings.
    states: Vec<Vec<f32>>,
    before: Vec<Vec<f32>>,
    /// Of the attention, and what it gives: `B×K×S` and `K×B×A`.
    weights: Vec<f32>,
    context: Vec<f32>,
    /// The most probable next words of each row, and the logarithms of their probabilities:
    /// [`Search::choices`] each.
    words: Vec<u32>,
    logarithms: Vec<f32>,
    scratch: Vec<f32>,
}

impl<'a> Search<'a> {
    /// Reads the sources `rows`.
    fn new(net: &'a Seq2Seq, sources: &Sequences, rows: &[usize], beam: Beam) -> Result<Self> {
        let batch = rows.len();
        let all = beam.width * batch;
        let sources: Vec<&[u32]> = rows.iter().map(|&row| sources.get(row)).collect();
        let lengths: Vec<usize> = sources.iter().map(|source| source.len()).collect();
        let steps = lengths.iter().max().copied().unwrap_or(1);
        let room = |part: &Part, steps: usize, rows: usize| {
            let plan = part.stack.plan.with_steps(steps);
            Workspace::new(&plan, rows, Purpose::Prediction)
        };
        let mut encoder = room(&net.encoder, steps, batch)?;
        encoder.set_lengths(lengths.iter().copied());
        for (b, source) in sources.iter().enumerate() {
            for (t, &word) in source.iter().enumerate() {
                encoder.x[t * batch + b] = word as f32;
            }
        }
        net.run(&net.encoder, &mut encoder, batch, None, None);
        let memory = net.encoder.y(&encoder, batch).to_vec();
        let mut bridge = room(&net.bridge, steps, batch)?;
        bridge.set_lengths(lengths.iter().copied());
        bridge.x.copy_from_slice(&memory);
        net.run(&net.bridge, &mut bridge, batch, None, None);
        let mut first = net.states(batch);
        net.to_states(batch, net.bridge.y(&bridge, batch), &mut first);
        // All beginnings of a sequence start from its state.
        let mut states = net.states(all);
        let block = batch * net.spec().units;
        for (states, first) in states.iter_mut().zip(&first) {
            let copies = states.chunks_exact_mut(beam.width * block);
            for (copies, first) in copies.zip(first.chunks_exact(block)) {
                let copies = copies.chunks_exact_mut(block);
                copies.for_each(|copy| copy.copy_from_slice(first));
            }
        }
        let [decoder, query, join] =
            [&net.decoder, &net.query, &net.join].map(|part| room(part, 1, all));
        let choices = Self::choices(beam);
        let (output, ..) = net.output();
        Ok(Self {
            net,
            beam,
            batch,
            decoder: decoder?,
            query: query?,
            join: join?,
            before: states.clone(),
            states,
            weights: vec![0.0; all * steps],
            context: vec![0.0; all * memory.len() / (steps * batch)],
            words: vec![0; all * choices],
            logarithms: vec![0.0; all * choices],
            scratch: vec![0.0; cross_entropy::scratch_len(output, all)],
            lengths,
            memory,
        })
    }

    /// Next words of a row that are looked at: one more than can go on, for the one that may be the end.
    fn choices(beam: Beam) -> usize {
        beam.width + 1
    }

    fn run(mut self) -> Vec<Translation> {
        let lengths = self.lengths.iter();
        let mut all: Vec<Progress> = lengths.map(|&length| Progress::new(length)).collect();
        while !all.iter().all(|progress| progress.done) {
            self.step(&all);
            std::mem::swap(&mut self.states, &mut self.before);
            for (b, progress) in all.iter_mut().enumerate() {
                if !progress.done {
                    self.choose(b, progress);
                }
            }
        }
        let penalty = self.beam.length_penalty;
        all.into_iter()
            .map(|progress| progress.best(penalty))
            .collect()
    }

    /// Runs the last word of every beginning through the network: leaves the next words and their logarithms.
    fn step(&mut self, all: &[Progress]) {
        let net = self.net;
        let rows = self.beam.width * self.batch;
        self.decoder.x.fill(0.0);
        for (b, progress) in all.iter().enumerate() {
            for (k, beginning) in progress.going.iter().enumerate() {
                let last = beginning.words.last().copied().unwrap_or(0);
                self.decoder.x[k * self.batch + b] = last as f32;
            }
        }
        let states = Some(&mut self.states[..]);
        net.run(&net.decoder, &mut self.decoder, rows, None, states);
        let h = net.decoder.y(&self.decoder, rows);
        self.query.x.copy_from_slice(h);
        net.run(&net.query, &mut self.query, rows, None, None);
        let width = self.context.len() / rows;
        let dims = attention::Dims {
            queries: self.beam.width,
            steps: self.memory.len() / (self.batch * width),
            batch: self.batch,
            width,
        };
        attention::forward(
            dims,
            &self.lengths,
            net.query.y(&self.query, rows),
            &self.memory,
            &mut self.weights,
            &mut self.context,
        );
        let units = net.spec().units;
        widen(&self.context, width, &mut self.join.x, width + units, 0);
        widen(h, units, &mut self.join.x, width + units, width);
        net.run(&net.join, &mut self.join, rows, None, None);
        let (output, vectors, bias) = net.output();
        let never = self.beam.never;
        cross_entropy::largest(
            output,
            vectors,
            bias,
            net.join.y(&self.join, rows),
            Self::choices(self.beam),
            |word| Some(word) == never,
            &mut self.words,
            &mut self.logarithms,
            &mut self.scratch,
        );
    }

    /// Chooses the beginnings of sequence `b` that go on, and copies their states from before.
    fn choose(&mut self, b: usize, progress: &mut Progress) {
        let (width, choices) = (self.beam.width, Self::choices(self.beam));
        let mut candidates: Vec<(f32, usize, u32)> = Vec::new();
        for (k, beginning) in progress.going.iter().enumerate() {
            let row = (k * self.batch + b) * choices;
            let next = self.words[row..row + choices]
                .iter()
                .zip(&self.logarithms[row..]);
            for (&word, &log) in next.filter(|(_, log)| **log > f32::NEG_INFINITY) {
                candidates.push((beginning.log_probability + log, k, word));
            }
        }
        candidates.sort_by(|x, y| y.0.total_cmp(&x.0));
        let mut going = Vec::with_capacity(width);
        for (log_probability, parent, word) in candidates {
            if going.len() == width || progress.ended.len() == width {
                break;
            }
            let mut words = progress.going[parent].words.clone();
            if word == 0 {
                progress.ended.push(Beginning {
                    words,
                    log_probability,
                });
                continue;
            }
            words.push(word);
            self.copy_states(parent * self.batch + b, going.len() * self.batch + b);
            going.push(Beginning {
                words,
                log_probability,
            });
        }
        progress.done = going.is_empty()
            || progress.ended.len() == width
            || going[0].words.len() == progress.most;
        progress.going = going;
    }

    /// Copies the states of a row before the choice to a row after it.
    fn copy_states(&mut self, from: usize, to: usize) {
        let units = self.net.spec().units;
        let block = self.beam.width * self.batch * units;
        for (states, before) in self.states.iter_mut().zip(&self.before) {
            let blocks = states.chunks_exact_mut(block);
            for (states, before) in blocks.zip(before.chunks_exact(block)) {
                states[to * units..][..units].copy_from_slice(&before[from * units..][..units]);
            }
        }
    }
}
