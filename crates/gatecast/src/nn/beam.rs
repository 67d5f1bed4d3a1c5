//! Searches what a [`Seq2Seq`] would write: from the start, the most probable beginnings go on side by
//! side, a word at a time, until the best of them have ended.
//!
//! Sequences of about one length are searched together, `B` of them with `K` beginnings each. All that goes
//! step by step has `K×B` rows, the first beginning of each sequence before the second of any, so that
//! to the attention the beginnings are queries of one memory.

use gatecast_kernels::{attention, cross_entropy};
use rayon::prelude::*;

use super::seq2seq::Part;
use super::workspace::{Purpose, Workspace};
use super::{Seq2Seq, Sequences, network::Network};
use crate::error::{Error, Result};

/// How translations are searched for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beam {
    /// `K`: beginnings that go on side by side, at least one. One is the greedy search.
    pub width: usize,
    /// Translations are compared by `log p / length^this`: 0 prefers short ones, 1 compares the mean of a
    /// word.
    pub length_penalty: f32,
    /// A number that is never written, such as that of the unknown word.
    pub never: Option<u32>,
}

impl Default for Beam {
    fn default() -> Self {
        Self {
            width: 5,
            length_penalty: 1.0,
            never: None,
        }
    }
}

/// What a search found for a sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct Translation {
    /// The numbers of its words, without the end.
    pub words: Vec<u32>,
    /// The logarithm of its probability, the end included.
    pub log_probability: f32,
}

/// A beginning: where it comes from, and how probable it is.
#[derive(Clone, Debug)]
struct Beginning {
    words: Vec<u32>,
    log_probability: f32,
}

impl Seq2Seq {
    /// The most probable targets of sequences that a search finds, using the threads of the current pool.
    /// The same whatever else is translated with it, but for rounding.
    ///
    /// # Errors
    /// [`NotASeries`](crate::ErrorKind::NotASeries) for a sequence that is empty or has numbers that the network
    /// does not know; [`Memory`](crate::ErrorKind::Memory).
    pub fn translate(&self, sources: &Sequences, beam: Beam) -> Result<Vec<Translation>> {
        /// Rows that go through the network at a time.
        const ROWS: usize = 128;
        /// Words of the sources that are read at a time, so that very long ones take no more memory.
        const WORDS: usize = 1 << 13;
        self.check_sources(sources)?;
        let together = (ROWS / beam.width.max(1)).max(1);
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
        let pairs = super::Pairs::new(
            Sequences::from_iter([source]),
            Sequences::from_iter([target]),
        )?;
        self.loss(&pairs)?;
        let mut worker = self.worker(1, &pairs, None)?;
        let loss = super::Loss::CrossEntropy;
        self.pass(&mut worker, &pairs, &[0], loss, None, None);
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

/// A search under way.
struct Search<'a> {
    net: &'a Seq2Seq,
    beam: Beam,
    /// `B`.
    batch: usize,
    /// Words of each source.
    lengths: Vec<usize>,
    /// `S×B×A`.
    memory: Vec<f32>,
    /// Words of a translation, at most.
    most: usize,
    decoder: Workspace,
    query: Workspace,
    join: Workspace,
    states: Vec<Vec<f32>>,
    before: Vec<Vec<f32>>,
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
            let plan = part.stack.plan.shortened(steps);
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
        let units = net.spec().units;
        for (states, first) in states.iter_mut().zip(&first) {
            let blocks = states.chunks_exact_mut(all * units);
            for (block, first) in blocks.zip(first.chunks_exact(batch * units)) {
                let copies = block.chunks_exact_mut(batch * units);
                copies.for_each(|copy| copy.copy_from_slice(first));
            }
        }
        Ok(Self {
            net,
            beam,
            batch,
            lengths,
            memory,
            // Twice the source and a little more is longer than nearly all translations.
            most: 2 * steps + 10,
            decoder: room(&net.decoder, 1, all)?,
            query: room(&net.query, 1, all)?,
            join: room(&net.join, 1, all)?,
            before: states.clone(),
            states,
        })
    }

    fn run(mut self) -> Vec<Translation> {
        let Beam {
            width,
            length_penalty,
            never,
        } = self.beam;
        let (batch, all) = (self.batch, self.beam.width * self.batch);
        let net = self.net;
        let spec = net.spec();
        let (memory, units) = (2 * spec.units, spec.units);
        let score = |beginning: &Beginning| {
            let length = beginning.words.len() + 1;
            beginning.log_probability / (length as f32).powf(length_penalty)
        };
        for workspace in [&mut self.decoder, &mut self.query, &mut self.join] {
            workspace.steps = 1;
        }
        let mut going: Vec<Vec<Beginning>> = vec![
            vec![Beginning {
                words: Vec::new(),
                log_probability: 0.0,
            }];
            batch
        ];
        let mut ended: Vec<Vec<Beginning>> = vec![Vec::new(); batch];
        // One more than can go on, for the one that may end.
        let choices = width + 1;
        let (mut words, mut logarithms) = (vec![0; all * choices], vec![0.0; all * choices]);
        let (output, vectors, bias) = net.output();
        let mut scratch = vec![0.0; cross_entropy::scratch_len(output, all)];
        let mut weights = vec![0.0; all * self.memory.len() / (batch * memory)];
        let mut context = vec![0.0; all * memory];
        for _ in 0..self.most {
            self.decoder.x.fill(0.0);
            for (b, going) in going.iter().enumerate() {
                for (k, beginning) in going.iter().enumerate() {
                    let last = beginning.words.last().copied().unwrap_or(0);
                    self.decoder.x[k * batch + b] = last as f32;
                }
            }
            net.run(
                &net.decoder,
                &mut self.decoder,
                all,
                None,
                Some(&mut self.states),
            );
            let h = net.decoder.y(&self.decoder, all);
            self.query.x[..h.len()].copy_from_slice(h);
            net.run(&net.query, &mut self.query, all, None, None);
            let dims = attention::Dims {
                queries: width,
                steps: self.memory.len() / (batch * memory),
                batch,
                width: memory,
            };
            let queries = net.query.y(&self.query, all);
            attention::forward(
                dims,
                &self.lengths,
                queries,
                &self.memory,
                &mut weights,
                &mut context,
            );
            let rows = self.join.x.chunks_exact_mut(memory + units);
            let parts = context.chunks_exact(memory).zip(h.chunks_exact(units));
            for (row, (context, h)) in rows.zip(parts) {
                row[..memory].copy_from_slice(context);
                row[memory..].copy_from_slice(h);
            }
            net.run(&net.join, &mut self.join, all, None, None);
            let told_from = net.join.y(&self.join, all);
            cross_entropy::largest(
                output,
                vectors,
                bias,
                told_from,
                choices,
                |word| Some(word) == never,
                &mut words,
                &mut logarithms,
                &mut scratch,
            );

            for (states, before) in self.states.iter_mut().zip(&mut self.before) {
                std::mem::swap(states, before);
            }
            for b in 0..batch {
                let mut candidates: Vec<(f32, usize, u32)> = Vec::new();
                for (k, beginning) in going[b].iter().enumerate() {
                    let row = (k * batch + b) * choices;
                    for (&word, &log) in words[row..row + choices].iter().zip(&logarithms[row..]) {
                        if log > f32::NEG_INFINITY {
                            candidates.push((beginning.log_probability + log, k, word));
                        }
                    }
                }
                candidates.sort_by(|x, y| y.0.total_cmp(&x.0));
                let mut next = Vec::with_capacity(width);
                for (log_probability, parent, word) in candidates {
                    if next.len() == width {
                        break;
                    }
                    let mut words = going[b][parent].words.clone();
                    if word == 0 {
                        ended[b].push(Beginning {
                            words,
                            log_probability,
                        });
                        if ended[b].len() == width {
                            next.clear();
                            break;
                        }
                        continue;
                    }
                    words.push(word);
                    let (from, to) = (parent * batch + b, next.len() * batch + b);
                    for (states, before) in self.states.iter_mut().zip(&self.before) {
                        let blocks = states.chunks_exact_mut(all * units);
                        for (states, before) in blocks.zip(before.chunks_exact(all * units)) {
                            states[to * units..][..units]
                                .copy_from_slice(&before[from * units..][..units]);
                        }
                    }
                    next.push(Beginning {
                        words,
                        log_probability,
                    });
                }
                going[b] = next;
            }
            if going.iter().all(Vec::is_empty) {
                break;
            }
        }
        let best = |ended: Vec<Beginning>, going: Vec<Beginning>| {
            // What has not ended counts where nothing has.
            let from = if ended.is_empty() { going } else { ended };
            let best = from
                .into_iter()
                .max_by(|x, y| score(x).total_cmp(&score(y)));
            best.map_or_else(
                || Translation {
                    words: Vec::new(),
                    log_probability: f32::NEG_INFINITY,
                },
                |best| Translation {
                    words: best.words,
                    log_probability: best.log_probability,
                },
            )
        };
        ended
            .into_iter()
            .zip(going)
            .map(|(ended, going)| best(ended, going))
            .collect()
    }
}
