//! A training step allocates nothing once the first epoch has warmed everything up, and neither
//! does a prediction of one window or one row.

use std::alloc::System;
use std::ops::ControlFlow;

use gatecast::nn::{
    Arrays, Dense, Dropout, Event, Flatten, Gru, Lstm, Sequential, Shape, SimpleRnn,
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
}

fn a_step_allocates_nothing() {
    let input = Shape::sequence(6, 2);
    let x: Vec<f32> = (0..200 * 12).map(|i| (i % 13) as f32 / 13.0).collect();
    let data = Arrays::new(input, x, Shape::vector(1), vec![0.5; 200]).unwrap();
    for threads in [1, 2] {
        // Threads of other pools may still be settling in, and count too; a step that allocates
        // would do so in every run.
        let quiet = (0..20).any(|_| {
            let mut net = Sequential::builder(input)
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
                .unwrap();
            let spec = TrainSpec {
                epochs: 4,
                batch: 48,
                clip_norm: Some(1.0),
                threads: Some(threads),
                ..TrainSpec::default()
            };
            let (mut before, mut steps, mut allocations) = (0, 0, 0);
            fit_with(&mut net, &data, None, &spec, &mut |event| {
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
        assert!(quiet, "{threads} threads");
    }
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
