//! The training loop: that it learns, repeats itself, stops when it should, and says why.

use std::ops::ControlFlow;

use gatecast_kernels::testing::{assert_close, numbers};

use crate::nn::network::Network;
use crate::nn::{
    Arrays, Bidirectional, Dataset, Dense, Dropout, Embedding, Event, Fault, Gru, LayerSpec, Loss,
    Lstm, Optimizer, RepeatVector, Schedule, Sequential, Shape, SimpleRnn, Stop, TimeDistributed,
    TrainSpec, fit, fit_with,
};
use crate::rng::Rng;

/// Sequences of five numbers with their mean as target.
fn means(samples: usize, seed: u64) -> Arrays {
    let x = numbers(samples * 5, seed);
    let y = x
        .chunks_exact(5)
        .map(|x| x.iter().sum::<f32>() / 5.0)
        .collect();
    Arrays::new(Shape::sequence(5, 1), x, Shape::vector(1), y).unwrap()
}

fn net(layer: impl Into<LayerSpec>) -> Sequential {
    Sequential::builder(Shape::sequence(5, 1))
        .add(layer)
        .add(Dense::new(1))
        .build(1)
        .unwrap()
}

fn spec(epochs: usize) -> TrainSpec {
    TrainSpec {
        epochs,
        batch: 48,
        learning_rate: 0.01,
        ..TrainSpec::default()
    }
}

#[test]
fn every_cell_learns_the_mean_of_its_inputs() {
    let (train, validation) = (means(400, 1), means(100, 2));
    let cells: [(&str, LayerSpec); 3] = [
        ("lstm", Lstm::new(12).into()),
        ("gru", Gru::new(12).into()),
        ("rnn", SimpleRnn::new(12).into()),
    ];
    for (name, cell) in cells {
        let mut net = net(cell);
        let history = fit(&mut net, &train, Some(&validation), &spec(60)).unwrap();
        let last = history.epochs.last().unwrap().val_loss.unwrap();
        // A constant forecast is off by about 0.2.
        assert!(last < 0.06, "{name}: {last}");
    }
}

#[test]
fn every_optimizer_and_loss_makes_the_loss_smaller() {
    let train = means(200, 1);
    let optimizers = [
        Optimizer::Sgd { momentum: 0.9 },
        Optimizer::Rmsprop,
        Optimizer::Adam,
        Optimizer::Adamw { weight_decay: 0.01 },
    ];
    for optimizer in optimizers {
        // For one output alone, a quantile of 2.5 per cent would be all that is asked for.
        for loss in [Loss::Mae, Loss::Mse, Loss::Huber] {
            let spec = TrainSpec {
                optimizer,
                loss,
                ..spec(30)
            };
            let history = fit(&mut net(Lstm::new(8)), &train, None, &spec).unwrap();
            let (first, last) = (history.epochs[0].loss, history.epochs[29].loss);
            assert!(
                last < 0.5 * first,
                "{optimizer:?} {loss:?}: {first} to {last}"
            );
        }
    }
}

#[test]
fn a_decoder_learns_to_count_down() {
    // One-to-many: from a number, the next three of a line through it.
    let x = numbers(128, 3);
    let y = x.iter().flat_map(|x| [x - 0.1, x - 0.2, x - 0.3]).collect();
    let data = Arrays::new(Shape::vector(1), x, Shape::sequence(3, 1), y).unwrap();
    let mut net = Sequential::builder(Shape::vector(1))
        .add(RepeatVector::new(3))
        .add(Gru::new(12).return_sequences())
        .add(TimeDistributed::new(Dense::new(1)))
        .build(0)
        .unwrap();
    let history = fit(&mut net, &data, None, &spec(150)).unwrap();
    assert!(history.epochs.last().unwrap().loss < 0.03);
}

#[test]
fn the_same_seed_gives_the_same_bits_at_any_number_of_threads() {
    let (train, validation) = (means(150, 1), means(70, 2));
    let run = |threads, seed| {
        let mut net = Sequential::builder(Shape::sequence(5, 1))
            .add(
                Lstm::new(9)
                    .return_sequences()
                    .dropout(0.2)
                    .recurrent_dropout(0.2),
            )
            .add(Dropout::new(0.1))
            .add(Gru::new(7))
            .add(Dense::new(1))
            .build(seed)
            .unwrap();
        let spec = TrainSpec {
            threads: Some(threads),
            seed,
            clip_norm: Some(0.5),
            ..spec(3)
        };
        let history = fit(&mut net, &train, Some(&validation), &spec).unwrap();
        let bits: Vec<u32> = net.weights().iter().map(|w| w.to_bits()).collect();
        (bits, history)
    };
    let once = run(1, 7);
    assert_eq!(once, run(1, 7));
    assert_eq!(once, run(2, 7));
    assert_eq!(once, run(3, 7));
    assert_ne!(once.0, run(1, 8).0);
}

#[test]
fn patience_stops_and_brings_back_the_best_weights() {
    // The targets of the validation samples are noise, so their loss soon rises.
    let train = means(64, 1);
    let validation = Arrays::new(
        Shape::sequence(5, 1),
        numbers(320, 5),
        Shape::vector(1),
        numbers(64, 6),
    )
    .unwrap();
    let mut net = net(Lstm::new(16));
    let spec = TrainSpec {
        patience: Some(4),
        ..spec(400)
    };
    let history = fit(&mut net, &train, Some(&validation), &spec).unwrap();
    assert_eq!(history.stop, Stop::Patience);
    let losses: Vec<f64> = history.epochs.iter().map(|e| e.val_loss.unwrap()).collect();
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    assert_eq!(
        history.kept_epoch,
        1 + losses.iter().position(|&l| l == best).unwrap()
    );
    assert_eq!(losses.len(), history.kept_epoch + 4);

    let output = net.predict(&validation).unwrap();
    let mean = output
        .iter()
        .zip(&numbers(64, 6))
        .map(|(p, t)| f64::from((p - t).abs()))
        .sum::<f64>()
        / 64.0;
    assert!((mean - best).abs() < 1e-6, "{mean} {best}");
}

#[test]
fn a_run_that_diverges_stops_with_its_best_weights() {
    let train = means(96, 1);
    let mut net = net(SimpleRnn::new(4));
    let before: Vec<f32> = net.weights().to_vec();
    let spec = TrainSpec {
        optimizer: Optimizer::Sgd { momentum: 0.0 },
        loss: Loss::Mse,
        learning_rate: 1e30,
        ..spec(5)
    };
    let error = fit(&mut net, &train, None, &spec).unwrap_err();
    assert!(
        matches!(
            error.fault(),
            Some(Fault::Diverged {
                epoch: 1,
                batch: 2,
                ..
            })
        ),
        "{error}"
    );
    assert!(error.help().unwrap().contains("‹clip-norm›"), "{error}");
    assert_eq!(
        before,
        net.weights(),
        "no epoch was completed: the first weights are back"
    );

    // NaN in the data is found in the first batch that meets it.
    let mut x = numbers(96 * 5, 1);
    x[3] = f32::NAN;
    let data = Arrays::new(Shape::sequence(5, 1), x, Shape::vector(1), vec![0.0; 96]).unwrap();
    let error = fit(&mut net, &data, None, &self::spec(2)).unwrap_err();
    assert!(
        matches!(
            error.fault(),
            Some(Fault::Diverged {
                what: "loss",
                epoch: 1,
                ..
            })
        ),
        "{error}"
    );
}

#[test]
fn events_come_in_order_and_the_schedule_is_followed() {
    let (train, validation) = (means(100, 1), means(10, 2));
    let spec = TrainSpec {
        schedule: Schedule::Step {
            every: 1,
            factor: 0.5,
        },
        ..spec(3)
    };
    let mut seen = Vec::new();
    let mut rates = Vec::new();
    fit_with(
        &mut net(Lstm::new(4)),
        &train,
        Some(&validation),
        &spec,
        &mut |event| {
            seen.push(match *event {
                Event::Start {
                    epochs: 3,
                    batches: 3,
                } => 's',
                Event::Batch { batch: 1..=3, .. } => 'b',
                Event::Epoch(epoch) => {
                    assert!(epoch.val_loss.is_some() && epoch.gradient_norm > 0.0);
                    rates.push(epoch.learning_rate);
                    'e'
                }
                Event::End { stop, kept_epoch } => {
                    assert_eq!((stop, kept_epoch), (Stop::Completed, 3));
                    '.'
                }
                other => panic!("{other:?}"),
            });
            ControlFlow::Continue(())
        },
    )
    .unwrap();
    assert_eq!(seen.iter().collect::<String>(), "sbbbebbbebbbe.");
    assert_eq!(rates, [0.01, 0.005, 0.0025]);
}

#[test]
fn training_that_is_interrupted_keeps_its_best_weights() {
    let (train, validation) = (means(48, 1), means(16, 2));
    let spec = |epochs| TrainSpec {
        batch: 16,
        ..spec(epochs)
    };
    let fit_until = |stop: fn(&Event) -> bool| {
        let mut net = net(Lstm::new(4));
        let first = net.weights().to_vec();
        let mut on_event = |event: &Event| match stop(event) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        };
        let history = fit_with(
            &mut net,
            &train,
            Some(&validation),
            &spec(20),
            &mut on_event,
        );
        (history.unwrap(), net, first)
    };
    let mut two = net(Lstm::new(4));
    fit(&mut two, &train, Some(&validation), &spec(2)).unwrap();
    // In the middle of the third epoch, and at the end of the second.
    for stop in [
        (|event| {
            matches!(
                event,
                Event::Batch {
                    epoch: 3,
                    batch: 2,
                    ..
                }
            )
        }) as fn(&Event) -> bool,
        |event| matches!(event, Event::Epoch(epoch) if epoch.epoch == 2),
    ] {
        let (history, net, _) = fit_until(stop);
        assert_eq!((history.stop, history.epochs.len()), (Stop::Interrupted, 2));
        assert_eq!(history.kept_epoch, 2, "the loss still falls");
        assert_eq!(net.weights(), two.weights());
    }
    let (history, net, first) = fit_until(|event| matches!(event, Event::Start { .. }));
    assert_eq!((history.epochs.len(), history.kept_epoch), (0, 0));
    assert_eq!(net.weights(), first);
}

#[test]
fn clipping_limits_the_step() {
    // With plain descent a step is as long as the clipped gradient times the rate.
    let train = means(48, 1);
    let step = |clip_norm, clip_value| {
        let mut net = net(Lstm::new(4));
        let before = net.weights().to_vec();
        let optimizer = Optimizer::Sgd { momentum: 0.0 };
        let spec = TrainSpec {
            optimizer,
            learning_rate: 1.0,
            clip_norm,
            clip_value,
            loss: Loss::Mse,
            ..spec(1)
        };
        fit(&mut net, &train, None, &spec).unwrap();
        let step: Vec<f32> = net
            .weights()
            .iter()
            .zip(&before)
            .map(|(a, b)| a - b)
            .collect();
        let norm = step
            .iter()
            .map(|s| f64::from(*s).powi(2))
            .sum::<f64>()
            .sqrt();
        (norm, step.iter().fold(0.0f32, |most, s| most.max(s.abs())))
    };
    let (norm, largest) = step(None, None);
    assert!(norm > 0.02 && largest > 0.002, "{norm} {largest}");
    assert!((step(Some(0.01), None).0 - 0.01).abs() < 1e-6);
    assert!((step(None, Some(0.001)).1 - 0.001).abs() < 1e-6);
    assert_eq!(step(Some(1e6), Some(1e6)), (norm, largest));
}

#[test]
fn mistakes_are_errors_that_name_what_is_wrong() {
    let shape_error = |input, layer: LayerSpec| {
        Sequential::builder(input)
            .add(Dense::new(3))
            .add(layer)
            .build(0)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        shape_error(Shape::vector(2), Lstm::new(4).into()),
        "layer 1 (LSTM) finds an input of shape (None, 3) and wants a sequence (None, T, F)"
    );
    assert_eq!(
        shape_error(Shape::sequence(4, 2), RepeatVector::new(4).into()),
        "layer 1 (RepeatVector) finds an input of shape (None, 4, 3) and wants a vector (None, F)"
    );
    assert_eq!(
        shape_error(Shape::vector(2), TimeDistributed::new(Dense::new(1)).into()),
        "layer 1 (TimeDistributed(Dense)) finds an input of shape (None, 3) and wants a sequence (None, T, F)"
    );
    assert_eq!(
        shape_error(Shape::vector(2), Dense::new(0).into()),
        "layer 1 (Dense) finds an input of shape (None, 3) and wants 1 to 65536 units, not 0"
    );
    assert!(shape_error(Shape::vector(2), Dropout::new(f32::NAN).into()).contains("dropout rate"));
    assert!(
        Sequential::builder(Shape::vector(0))
            .add(Dense::new(3))
            .build(0)
            .is_err()
    );
    assert!(Sequential::builder(Shape::vector(1)).build(0).is_err());

    let mut net = net(Lstm::new(4));
    let two = Arrays::new(
        Shape::sequence(5, 2),
        vec![0.0; 10],
        Shape::vector(1),
        vec![0.0],
    )
    .unwrap();
    let error = fit(&mut net, &two, None, &spec(1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the input has shape (None, 5, 2); the network wants (None, 5, 1)"
    );
    let many = Arrays::new(
        Shape::sequence(5, 1),
        vec![0.0; 5],
        Shape::vector(2),
        vec![0.0; 2],
    )
    .unwrap();
    let error = fit(&mut net, &many, None, &spec(1)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the target has shape (None, 2); the network wants (None, 1)"
    );
    let patient = TrainSpec {
        patience: Some(1),
        ..spec(1)
    };
    assert!(
        fit(&mut net, &means(9, 1), None, &patient)
            .unwrap_err()
            .is_usage()
    );
}

/// Sentences of 1 to 5 words, 40 of them, for two shards.
struct Words;

impl Dataset for Words {
    fn len(&self) -> usize {
        40
    }

    fn input(&self) -> Shape {
        Shape::sequence(5, 1)
    }

    fn target(&self) -> Shape {
        Shape::vector(2)
    }

    fn steps(&self, row: usize) -> Option<usize> {
        Some(1 + row % 5)
    }

    fn gather(&self, rows: &[usize], x: &mut [f32], y: &mut [f32]) {
        x.fill(0.0);
        y.fill(0.0);
        for (b, &row) in rows.iter().enumerate() {
            y[2 * b + row % 2] = 1.0;
            for t in 0..1 + row % 5 {
                x[t * rows.len() + b] = (1 + (row * 7 + t * 3) % 20) as f32;
            }
        }
    }
}

/// What a batch added to the rows of an embedding is gone before the next one: two steps in one run are the
/// same as one step in each of two.
#[test]
fn gradients_of_words_begin_at_zero_in_every_step() {
    let fit = |net: &mut Sequential, epochs| {
        let spec = TrainSpec {
            epochs,
            batch: 40,
            loss: Loss::CrossEntropy,
            optimizer: Optimizer::Sgd { momentum: 0.0 },
            learning_rate: 0.5,
            threads: Some(2),
            ..TrainSpec::default()
        };
        crate::nn::fit(net, &Words, None, &spec).unwrap();
    };
    let begin = Sequential::builder(Words.input())
        .add(Embedding::new(21, 4))
        .add(Bidirectional::new(Lstm::new(3)))
        .add(Dense::new(2))
        .build(1)
        .unwrap();
    let (mut once, mut twice) = (begin.clone(), begin.clone());
    fit(&mut once, 2);
    fit(&mut twice, 1);
    fit(&mut twice, 1);
    assert_close(once.weights(), twice.weights(), 1e-5, "two steps");
    let moved = |net: &Sequential| {
        let pairs = net.weights().iter().zip(begin.weights());
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    };
    assert!(moved(&once) > 0.001, "{}", moved(&once));
    // The row of no word stays zero.
    assert_eq!(once.weights()[..4], [0.0; 4]);
}

#[test]
fn batches_have_samples_of_about_one_length() {
    use crate::nn::batches::Batches;
    struct Long;
    impl Dataset for Long {
        fn len(&self) -> usize {
            5000
        }
        fn input(&self) -> Shape {
            Shape::sequence(60, 1)
        }
        fn target(&self) -> Shape {
            Shape::vector(1)
        }
        fn steps(&self, row: usize) -> Option<usize> {
            Some(1 + row * 7919 % 60)
        }
        fn gather(&self, _: &[usize], _: &mut [f32], _: &mut [f32]) {}
    }
    let mut batches = Batches::new::<Sequential>(&Long, 32);
    let mut orders = Vec::new();
    for epoch in 0..2 {
        batches.shuffle(&mut Rng::named(epoch, "order"));
        let (mut own, mut padded, mut seen) = (0, 0, vec![false; 5000]);
        for rows in batches.iter() {
            let steps = rows.iter().map(|&row| Long.steps(row).unwrap());
            padded += rows.len() * steps.clone().max().unwrap();
            own += steps.sum::<usize>();
            rows.iter().for_each(|&row| seen[row] = true);
        }
        assert!(seen.iter().all(|seen| *seen), "every sample once");
        let padding = 1.0 - own as f64 / padded as f64;
        assert!(padding < 0.1, "{padding}");
        orders.push(batches.iter().map(<[usize]>::to_vec).collect::<Vec<_>>());
    }
    assert_ne!(orders[0], orders[1]);
}
