//! A pass through a [`Seq2Seq`] and the way back, with known targets. What this file is not: it knows no shapes but
//! those of the buffers; letters are those of `seq2seq`.

use gatecast_kernels::elementwise::add;
use gatecast_kernels::{attention, cross_entropy};

use super::{Part, Seq2Seq};
use crate::error::Result;
use crate::nn::Loss;
use crate::nn::network::{self, Back, Gradient, Network, Sparse, Sums};
use crate::nn::pairs::{Pairs, Sequences};
use crate::nn::stack::InitialStates;
use crate::nn::workspace::{Purpose, Workspace, zeros};
use crate::rng::Rng;

/// The three parts of a pass.
impl Seq2Seq {
    fn attention_dims(&self, w: &Worker, batch: usize) -> attention::Dims {
        attention::Dims {
            queries: w.decoder.steps,
            steps: w.encoder.steps,
            batch,
            width: self.spec.memory(),
        }
    }

    /// From the sources and targets to what the words are told from.
    fn forward(&self, w: &mut Worker, batch: usize, mut rng: Option<&mut Rng>) {
        let Self {
            encoder,
            bridge,
            decoder,
            query,
            join,
            ..
        } = self;
        self.run(encoder, &mut w.encoder, batch, rng.as_deref_mut(), None);
        let memory = encoder.y(&w.encoder, batch);
        w.bridge.x[..memory.len()].copy_from_slice(memory);
        self.run(bridge, &mut w.bridge, batch, rng.as_deref_mut(), None);
        self.to_states(batch, bridge.y(&w.bridge, batch), &mut w.initial);
        for (state, initial) in w.states.iter_mut().zip(&w.initial) {
            state.copy_from_slice(initial);
        }
        let states = Some(&mut w.states[..]);
        self.run(decoder, &mut w.decoder, batch, rng.as_deref_mut(), states);
        let h = decoder.y(&w.decoder, batch);
        w.query.x[..h.len()].copy_from_slice(h);
        self.run(query, &mut w.query, batch, rng.as_deref_mut(), None);
        let dims = self.attention_dims(w, batch);
        attention::forward(
            dims,
            &w.encoder.lengths,
            query.y(&w.query, batch),
            memory,
            &mut w.attention,
            &mut w.context,
        );
        let (units, width) = (self.spec.units, dims.width);
        let context = &w.context[..dims.queries * batch * width];
        widen(context, width, &mut w.join.x, width + units, 0);
        widen(h, units, &mut w.join.x, width + units, width);
        self.run(join, &mut w.join, batch, rng, None);
    }

    /// The loss of the words, and with `back` their part of the gradient; gives back where the rest goes.
    fn tell<'b>(
        &self,
        w: &mut Worker,
        batch: usize,
        back: Option<Back<'b>>,
    ) -> (f64, Option<&'b mut Gradient>) {
        let embedding = self.spec.embedding;
        let len = w.words.len() * embedding;
        let joined = self.join.y(&w.join, batch).chunks_exact(embedding);
        for (joined, place) in joined.zip(places(&w.decoder.lengths, w.decoder.steps)) {
            if let Some(place) = place {
                w.told_from[place * embedding..][..embedding].copy_from_slice(joined);
            }
        }
        let smoothing = if back.is_some() {
            self.spec.smoothing
        } else {
            0.0
        };
        let (factor, mut gradient) = match back {
            Some(Back { factor, gradient }) => (factor, Some(gradient)),
            None => (0.0, None),
        };
        let gradients = gradient.as_mut().map(|gradient| {
            let (before, dbias) = gradient.values.split_at_mut(self.bias.start);
            cross_entropy::Gradients {
                factor,
                packed: &self.packed_words,
                x: &mut w.dtold_from[..len],
                // Overwritten here, to be added to where the decoder reads the same words.
                weight: &mut before[self.target_vectors()],
                bias: dbias,
            }
        });
        let (output, vectors, bias) = self.output();
        let loss = cross_entropy::pass(
            output,
            vectors,
            bias,
            &w.told_from[..len],
            &w.words,
            smoothing,
            gradients,
            &mut w.scratch,
        );
        (loss, gradient)
    }

    /// From what the words were told from back to the sources and targets.
    fn backward(&self, w: &mut Worker, batch: usize, gradient: &mut Gradient) {
        let Self {
            encoder,
            bridge,
            decoder,
            query,
            join,
            ..
        } = self;
        let (units, embedding) = (self.spec.units, self.spec.embedding);
        let dims = self.attention_dims(w, batch);
        let djoined = join.dy(&mut w.join, batch).chunks_exact_mut(embedding);
        for (djoined, place) in djoined.zip(places(&w.decoder.lengths, w.decoder.steps)) {
            match place {
                Some(place) => {
                    djoined.copy_from_slice(&w.dtold_from[place * embedding..][..embedding])
                }
                None => djoined.fill(0.0),
            }
        }
        self.run_back(join, &mut w.join, batch, gradient, None);
        let (width, all) = (dims.width, dims.width + units);
        let dcontext = &mut w.dcontext[..dims.queries * batch * width];
        narrow(&w.join.dx, all, 0, dcontext, width);
        narrow(
            &w.join.dx,
            all,
            width,
            decoder.dy(&mut w.decoder, batch),
            units,
        );
        let (queries, dqueries) = query.y_and_dy(&mut w.query, batch);
        let (memory, dmemory) = encoder.y_and_dy(&mut w.encoder, batch);
        attention::backward(
            dims,
            &w.bridge.lengths,
            queries,
            memory,
            &w.attention,
            dcontext,
            dqueries,
            dmemory,
            &mut w.dscores,
        );
        self.run_back(query, &mut w.query, batch, gradient, None);
        add(decoder.dy(&mut w.decoder, batch), &w.query.dx);
        let initial = Some(InitialStates {
            states: &w.initial,
            gradients: &mut w.dinitial,
        });
        self.run_back(decoder, &mut w.decoder, batch, gradient, initial);
        self.gather_states(batch, &w.dinitial, bridge.dy(&mut w.bridge, batch));
        self.run_back(bridge, &mut w.bridge, batch, gradient, None);
        add(encoder.dy(&mut w.encoder, batch), &w.bridge.dx);
        self.run_back(encoder, &mut w.encoder, batch, gradient, None);
        let read = w.encoder.x[..w.encoder.steps * batch]
            .iter()
            .map(|&word| word as u32);
        let touched = &mut gradient.touched[0];
        touched.extend(read.filter(|&word| word > 0));
        network::unique(touched);
    }
}

/// The memory of a thread for passes over some pairs at once.
pub(crate) struct Worker {
    encoder: Workspace,
    bridge: Workspace,
    decoder: Workspace,
    query: Workspace,
    join: Workspace,
    /// The decoder's states: before a pass those it starts from, after it those it ends with.
    states: Vec<Vec<f32>>,
    /// Those that it started from, and their gradients.
    initial: Vec<Vec<f32>>,
    dinitial: Vec<Vec<f32>>,
    /// Of the attention, `B×T×S`.
    pub(in crate::nn) attention: Vec<f32>,
    /// `T×B×A`.
    context: Vec<f32>,
    dcontext: Vec<f32>,
    /// `T×S`.
    dscores: Vec<f32>,
    /// The words to tell, `R`, and what they are told from, `R×E`.
    words: Vec<u32>,
    told_from: Vec<f32>,
    dtold_from: Vec<f32>,
    scratch: Vec<f32>,
}

/// Copies the rows of a matrix to some columns of a wider one.
pub(in crate::nn) fn widen(
    from: &[f32],
    columns: usize,
    to: &mut [f32],
    width: usize,
    first: usize,
) {
    for (from, to) in from.chunks_exact(columns).zip(to.chunks_exact_mut(width)) {
        to[first..first + columns].copy_from_slice(from);
    }
}

/// Copies some columns of a matrix to a narrower one.
fn narrow(from: &[f32], width: usize, first: usize, to: &mut [f32], columns: usize) {
    for (from, to) in from.chunks_exact(width).zip(to.chunks_exact_mut(columns)) {
        to.copy_from_slice(&from[first..first + columns]);
    }
}

impl Worker {
    /// Copies the sources and the targets, a word late, to where they are read.
    fn gather(&mut self, pairs: &Pairs, rows: &[usize]) {
        let batch = rows.len();
        let sources = || rows.iter().map(|&row| pairs.source.get(row));
        let targets = || rows.iter().map(|&row| pairs.target.get(row));
        for of_memory in [&mut self.encoder, &mut self.bridge] {
            of_memory.set_lengths(sources().map(<[u32]>::len));
        }
        for of_target in [&mut self.decoder, &mut self.query, &mut self.join] {
            of_target.set_lengths(targets().map(|target| target.len() + 1));
        }
        let x = &mut self.encoder.x[..self.encoder.steps * batch];
        x.fill(0.0);
        for (b, source) in sources().enumerate() {
            for (t, &word) in source.iter().enumerate() {
                x[t * batch + b] = word as f32;
            }
        }
        let x = &mut self.decoder.x[..self.decoder.steps * batch];
        x.fill(0.0);
        for (b, target) in targets().enumerate() {
            for (t, &word) in target.iter().enumerate() {
                x[(t + 1) * batch + b] = word as f32;
            }
        }
        // A step's words lie together, as its outputs do.
        self.words.clear();
        for t in 0..self.decoder.steps {
            for target in targets().filter(|target| t <= target.len()) {
                self.words.push(target.get(t).copied().unwrap_or(0));
            }
        }
    }
}

/// For each step and sample the place of its word among those to tell, if it has one there.
fn places(lengths: &[usize], steps: usize) -> impl Iterator<Item = Option<usize>> {
    let mut next = 0..;
    (0..steps)
        .flat_map(|t| lengths.iter().map(move |&length| t < length))
        .map(move |told| told.then(|| next.next()).flatten())
}

impl Network for Seq2Seq {
    type Data<'d> = Pairs;
    type Worker = Worker;

    fn weights(&self) -> &[f32] {
        &self.weights
    }

    fn update(&mut self, change: impl FnOnce(&mut [f32])) {
        change(&mut self.weights);
        let Self {
            encoder,
            bridge,
            decoder,
            query,
            join,
            weights,
            ..
        } = self;
        for part in [encoder, bridge, decoder, query, join] {
            part.stack.pack(&weights[part.range.clone()]);
        }
        let words = self.target_vectors();
        cross_entropy::pack(
            self.spec.output(),
            &mut self.packed_words,
            &self.weights[words],
        );
    }

    fn sparse(&self) -> &[Sparse] {
        &self.sparse
    }

    fn samples(pairs: &Pairs) -> usize {
        pairs.len()
    }

    /// By the target, among equals by the source.
    fn length(pairs: &Pairs, row: usize) -> Option<usize> {
        const SOURCE: usize = 1 << 14;
        let source = pairs.source.get(row).len().min(SOURCE - 1);
        Some(pairs.target.get(row).len() * SOURCE + source)
    }

    fn terms(&self, pairs: &Pairs, rows: &[usize], _loss: Loss) -> usize {
        rows.iter()
            .map(|&row| pairs.target.get(row).len() + 1)
            .sum()
    }

    fn worker(&self, rows: usize, data: &Pairs, others: Option<&Pairs>) -> Result<Worker> {
        let longest = |of: fn(&Pairs) -> &Sequences| {
            let others = others.map_or(0, |pairs| of(pairs).longest());
            of(data).longest().max(others)
        };
        let source_steps = longest(|pairs| &pairs.source).max(1);
        let steps = longest(|pairs| &pairs.target) + 1;
        let workspace = |part: &Part, steps, purpose| {
            Workspace::new(&part.stack.plan.with_steps(steps), rows, purpose)
        };
        let zeros = |len: usize| zeros(len, rows);
        let memory = rows * steps * self.spec.memory();
        let told_from = rows * steps * self.spec.embedding;
        let (dims, ..) = self.output();
        Ok(Worker {
            encoder: workspace(&self.encoder, source_steps, Purpose::Training)?,
            bridge: workspace(&self.bridge, source_steps, Purpose::InputGradient)?,
            decoder: workspace(&self.decoder, steps, Purpose::Training)?,
            query: workspace(&self.query, steps, Purpose::InputGradient)?,
            join: workspace(&self.join, steps, Purpose::InputGradient)?,
            states: self.states(rows),
            initial: self.states(rows),
            dinitial: self.states(rows),
            attention: zeros(rows * steps * source_steps)?,
            dcontext: zeros(memory)?,
            context: zeros(memory)?,
            dscores: zeros(steps * source_steps)?,
            words: Vec::with_capacity(rows * steps),
            dtold_from: zeros(told_from)?,
            told_from: zeros(told_from)?,
            scratch: zeros(cross_entropy::scratch_len(dims, rows * steps))?,
        })
    }

    fn pass(
        &self,
        w: &mut Worker,
        pairs: &Pairs,
        rows: &[usize],
        _loss: Loss,
        rng: Option<&mut Rng>,
        back: Option<Back<'_>>,
    ) -> Sums {
        let batch = rows.len();
        w.gather(pairs, rows);
        self.forward(w, batch, rng);
        let (loss, back) = self.tell(w, batch, back);
        if let Some(gradient) = back {
            self.backward(w, batch, gradient);
        }
        let terms = w.words.len();
        Sums {
            loss,
            absolute_error: 0.0,
            terms,
            values: terms,
        }
    }
}
