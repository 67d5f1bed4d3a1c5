//! A training step allocates nothing once the first epoch has warmed everything up, and neither
//! does a prediction of one window or one row.

use std::alloc::System;
use std::ops::ControlFlow;

use gatecast::nn::{
    Arrays, Bidirectional, CellName, Dataset, Dense, Dropout, Embedding, Event, Flatten, Gru,
    History, Loss, Lstm, OnEvent, Pairs, Pool, Seq2Seq, Seq2SeqSpec, Sequential, Shape, SimpleRnn,
    TimeDistributed, TrainSpec, fit_with,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static GLOBAL: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// One test: others running beside it would be counted too.
#[test]
fn nothing_is_allocated() {
    a_prediction_allocates_nothing();
    a_step_allocates_nothing();
    a_step_with_sentences_allocates_nothing();
    a_step_with_pairs_of_sentences_allocates_nothing();
}

/// Sentences of 1 to 9 words.
struct Sentences;

impl Sentences {
    fn words(row: usize) -> impl Iterator<Item = usize> {
        (0..1 + row * 7 % 9).map(move |t| 1 + (row * 31 + t * 17) % 199)
    }
}

impl Dataset for Sentences {
    fn len(&self) -> usize {
        200
    }

    fn input(&self) -> Shape {
        Shape::sequence(9, 1)
    }

    fn target(&self) -> Shape {
        Shape::vector(2)
    }

    fn steps(&self, row: usize) -> Option<usize> {
        Some(Self::words(row).count())
    }

    fn gather(&self, rows: &[usize], x: &mut [f32], y: &mut [f32]) {
        x.fill(0.0);
        for (b, &row) in rows.iter().enumerate() {
            y[2 * b..2 * b + 2].copy_from_slice(&[1.0, 0.0]);
            Self::words(row)
                .enumerate()
                .for_each(|(t, word)| x[t * rows.len() + b] = word as f32);
        }
    }
}

fn a_step_with_sentences_allocates_nothing() {
    for threads in [1, 2] {
        quiet_steps(threads, &Sentences, Loss::CrossEntropy, || {
            let both = Bidirectional::new(Lstm::new(20).return_sequences().dropout(0.1));
            Sequential::builder(Sentences.input())
                .add(Embedding::new(200, 12).dropout(0.1))
                .add(both)
                .add(Pool::max())
                .add(Dense::new(2))
                .build(0)
                .unwrap()
        });
    }
}

fn a_step_allocates_nothing() {
    let input = Shape::sequence(6, 2);
    let x: Vec<f32> = (0..200 * 12).map(|i| (i % 13) as f32 / 13.0).collect();
    let data = Arrays::new(input, x, Shape::vector(1), vec![0.5; 200]).unwrap();
    for threads in [1, 2] {
        quiet_steps(threads, &data, Loss::Mae, || {
            Sequential::builder(input)
                .add(
                    Lstm::new(20)
                        .return_sequences()
                        .dropout(0.1)
                        .recurrent_dropout(0.1),
                )
                .add(Gru::new(20).return_sequences())
                .add(SimpleRnn::new(20).return_sequences())
                .add(Dropout::new(0.1))
                .add(TimeDistributed::new(Dense::new(1)))
                .add(Flatten::new())
                .add(Dense::new(1))
                .build(0)
                .unwrap()
        });
    }
}

fn a_step_with_pairs_of_sentences_allocates_nothing() {
    let of = |row: usize| Sentences::words(row).map(|word| word as u32).collect();
    let sentences: Vec<Vec<u32>> = (0..200).map(of).collect();
    let all = || sentences.iter().map(Vec::as_slice).collect();
    let pairs = Pairs::new(all(), all()).unwrap();
    for threads in [1, 2] {
        are_quiet(&format!("pairs, {threads} threads"), |on_event| {
            let spec = Seq2SeqSpec {
                source_words: 200,
                target_words: 200,
                cell: CellName::Lstm,
                embedding: 12,
                units: 20,
                layers: 2,
                dropout: 0.1,
                word_dropout: 0.1,
                smoothing: 0.1,
            };
            let mut net = Seq2Seq::new(&spec, 0).unwrap();
            net.fit(
                &pairs,
                None,
                &four_epochs(threads, Loss::CrossEntropy),
                on_event,
            )
        });
    }
}

/// Trains on 200 samples and counts what every step after the first epoch allocates.
fn quiet_steps(threads: usize, data: &dyn Dataset, loss: Loss, net: impl Fn() -> Sequential) {
    are_quiet(&format!("{threads} threads, {loss:?}"), |on_event| {
        fit_with(
            &mut net(),
            data,
            None,
            &four_epochs(threads, loss),
            on_event,
        )
    });
}

fn four_epochs(threads: usize, loss: Loss) -> TrainSpec {
    TrainSpec {
        epochs: 4,
        batch: 48,
        loss,
        clip_norm: Some(1.0),
        threads: Some(threads),
        ..TrainSpec::default()
    }
}

/// Counts what every step after the first epoch of a fit on 200 samples allocates.
fn are_quiet(what: &str, fit: impl Fn(&mut OnEvent<'_>) -> gatecast::Result<History>) {
    // Threads of other pools may still be settling in, and count too; a step that allocates would do
    // so in every run.
    let quiet = (0..20).any(|_| {
        let (mut before, mut steps, mut allocations) = (0, 0, 0);
        fit(&mut |event| {
            let now = GLOBAL.stats().allocations;
            if let Event::Batch {
                epoch: 2..,
                batch: 2..,
                ..
            } = event
            {
                steps += 1;
                allocations += now - before;
            }
            before = now;
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(steps, 3 * 4);
        allocations == 0
    });
    assert!(quiet, "{what}");
}

fn a_prediction_allocates_nothing() {
    let input = Shape::sequence(6, 2);
    let net = Sequential::builder(input)
        .add(Lstm::new(20).return_sequences())
        .add(Gru::new(20))
        .add(Dense::new(1))
        .build(0)
        .unwrap();
    let (mut predictor, mut stream) = (net.predictor().unwrap(), net.stream().unwrap());
    // Threads that were started for the network's making may still be settling in.
    let quiet = (0..20).any(|_| {
        let region = Region::new(GLOBAL);
        predictor.predict(&[0.5; 12]).unwrap();
        stream.step(&[0.5, 0.25]).unwrap();
        region.change().allocations == 0
    });
    assert!(quiet);
}
