//! Every gradient of every layer against central differences, from one table.

use gatecast_kernels::testing::numbers;

use crate::nn::network::Network;
use crate::nn::workspace::{Purpose, Workspace};
use crate::nn::{
    Activation, Bidirectional, Dense, Dropout, Embedding, Flatten, Gru, LayerSpec, Lstm, Pool,
    RepeatVector, Sequential, Shape, SimpleRnn, TimeDistributed,
};
use crate::rng::Rng;

/// Step of the differences: the cube root of the precision of f32, where rounding and curvature
/// cost about the same.
const STEP: f32 = 5e-3;
/// What f32 rounding (`1e-7 / STEP`, over sums of some fifty terms) and the third derivative
/// (`STEP²`) leave, relative to the largest gradient of the tensor.
const TOLERANCE: f32 = 2e-3;

/// Odd sizes, so that no loop comes out even.
const BATCH: usize = 3;
const SEQUENCE: Shape = Shape::Sequence {
    steps: 4,
    features: 3,
};
const VECTOR: Shape = Shape::Vector { features: 5 };

fn cases() -> Vec<(&'static str, Shape, LayerSpec)> {
    let smooth = [Activation::Linear, Activation::Sigmoid, Activation::Tanh];
    let mut cases: Vec<(&'static str, Shape, LayerSpec)> = vec![
        ("dense on a sequence", SEQUENCE, Dense::new(2).into()),
        (
            "time distributed",
            SEQUENCE,
            TimeDistributed::new(Dense::new(2).activation(Activation::Tanh)).into(),
        ),
        (
            "time distributed dropout",
            SEQUENCE,
            TimeDistributed::new(Dropout::new(0.4)).into(),
        ),
        ("flatten", SEQUENCE, Flatten::new().into()),
        ("repeat", VECTOR, RepeatVector::new(3).into()),
        ("dropout", VECTOR, Dropout::new(0.3).into()),
        ("dropout on a sequence", SEQUENCE, Dropout::new(0.3).into()),
    ];
    for activation in smooth {
        cases.push(("dense", VECTOR, Dense::new(7).activation(activation).into()));
    }
    for (dropout, recurrent_dropout) in [(0.0, 0.0), (0.4, 0.0), (0.0, 0.4), (0.3, 0.3)] {
        for return_sequences in [false, true] {
            for activation in [Activation::Tanh, Activation::Sigmoid] {
                let lstm = Lstm {
                    dropout,
                    recurrent_dropout,
                    return_sequences,
                    activation,
                    ..Lstm::new(5)
                };
                let gru = Gru {
                    dropout,
                    recurrent_dropout,
                    return_sequences,
                    activation,
                    ..Gru::new(5)
                };
                let rnn = SimpleRnn {
                    dropout,
                    recurrent_dropout,
                    return_sequences,
                    activation,
                    ..SimpleRnn::new(5)
                };
                cases.push(("lstm", SEQUENCE, lstm.into()));
                cases.push(("gru", SEQUENCE, gru.into()));
                cases.push(("rnn", SEQUENCE, rnn.into()));
            }
        }
    }
    for layer in [
        LayerSpec::from(Lstm::new(5).return_sequences().dropout(0.3)),
        Gru::new(5).return_sequences().recurrent_dropout(0.3).into(),
        SimpleRnn::new(5).return_sequences().into(),
        Lstm::new(5).into(),
        Gru::new(5).into(),
    ] {
        cases.push(("bidirectional", SEQUENCE, Bidirectional::new(layer).into()));
    }
    for pool in [Pool::max(), Pool::mean(), Pool::last()] {
        cases.push(("pool", SEQUENCE, pool.into()));
    }
    // Longer than a piece of the backward kernels.
    cases.push((
        "wide lstm",
        SEQUENCE,
        Lstm::new(70).return_sequences().into(),
    ));
    cases.push(("wide gru", SEQUENCE, Gru::new(70).return_sequences().into()));
    cases
}

/// A layer, inputs, and the fixed numbers that make one loss of all outputs: `Σ y·dy`.
struct Probe {
    net: Sequential,
    x: Vec<f32>,
    dy: Vec<f32>,
}

impl Probe {
    fn run(&self, workspace: &mut Workspace) -> f64 {
        workspace.x[..self.x.len()].copy_from_slice(&self.x);
        // The same stream every time: dropout drops the same numbers.
        self.net
            .forward(workspace, BATCH, Some(&mut Rng::named(0, "mask")), None);
        let y = workspace.output(BATCH);
        y.iter()
            .zip(&self.dy)
            .map(|(y, dy)| f64::from(*y) * f64::from(*dy))
            .sum()
    }

    fn slope(&mut self, workspace: &mut Workspace, mut nudge: impl FnMut(&mut Self, f32)) -> f32 {
        nudge(self, STEP);
        let above = self.run(workspace);
        nudge(self, -2.0 * STEP);
        let below = self.run(workspace);
        nudge(self, STEP);
        ((above - below) / f64::from(2.0 * STEP)) as f32
    }
}

/// Compares the gradients of a network with central differences, where the samples have these lengths,
/// and gives back where they differ.
fn differences(what: &str, mut net: Sequential, x: Vec<f32>, lengths: &[usize]) -> Vec<String> {
    let mut failures = Vec::new();
    let noise = numbers(net.parameters(), 5);
    let words = matches!(net.specs()[0], LayerSpec::Embedding(_));
    net.update(|weights| {
        weights
            .iter_mut()
            .zip(&noise)
            .for_each(|(w, n)| *w += 0.3 * n)
    });
    let dy = numbers(net.output().len() * BATCH, 11);
    let mut workspace = Workspace::new(net.plan(), BATCH, Purpose::InputGradient).unwrap();
    workspace.lengths.extend(lengths);
    workspace.steps = lengths.iter().max().copied().unwrap_or(net.input().steps());
    let mut probe = Probe { net, x, dy };
    probe.run(&mut workspace);
    let last = workspace.layers.len() - 1;
    workspace.layers[last].dy.copy_from_slice(&probe.dy);
    let mut gradient = vec![0.0; probe.net.parameters()];
    probe.net.backward(&mut workspace, BATCH, &mut gradient);

    let mut compare = |tensor: &str, got: &[f32], want: &[f32]| {
        let scale = want.iter().fold(1e-2f32, |most, v| most.max(v.abs()));
        for (at, (got, want)) in got.iter().zip(want).enumerate() {
            let off = (got - want).abs();
            if off.is_nan() || off > TOLERANCE * scale {
                failures.push(format!("{what}, {tensor}[{at}]: {got} against {want}"));
                break;
            }
        }
    };
    if !words {
        let dx = workspace.dx[..probe.x.len()].to_vec();
        let want: Vec<f32> = (0..dx.len())
            .map(|at| probe.slope(&mut workspace, |probe, by| probe.x[at] += by))
            .collect();
        compare("dx", &dx, &want);
    }
    // Of large tensors, every few.
    let places: Vec<usize> = (0..gradient.len())
        .step_by(1 + gradient.len() / 400)
        .collect();
    let got: Vec<f32> = places.iter().map(|&at| gradient[at]).collect();
    let want: Vec<f32> = places
        .iter()
        .map(|&at| {
            probe.slope(&mut workspace, |probe, by| {
                probe.net.update(|weights| weights[at] += by)
            })
        })
        .collect();
    compare("weights", &got, &want);
    failures
}

#[test]
fn every_layer_agrees_with_central_differences() {
    let failures: Vec<String> = cases()
        .into_iter()
        .flat_map(|(name, input, layer)| {
            let what = format!("{name} {layer:?}");
            let net = Sequential::builder(input).add(layer).build(3).unwrap();
            let x = numbers(input.len() * BATCH, 7);
            differences(&what, net, x, &[])
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Samples of 2, 4 and 1 steps of at most 6, of words and of numbers.
#[test]
fn gradients_end_with_the_sample() {
    let lengths = [2, 4, 1];
    let ids = [3.0, 1.0, 5.0, 2.0, 3.0, 0.0, 0.0, 6.0, 0.0, 0.0, 3.0, 0.0];
    let mut failures = Vec::new();
    for pool in [Pool::max(), Pool::mean(), Pool::last()] {
        for layer in [
            LayerSpec::from(Lstm::new(5).return_sequences().dropout(0.3)),
            Bidirectional::new(Lstm::new(5).return_sequences()).into(),
            Bidirectional::new(Gru::new(5)).into(),
            Gru::new(5).return_sequences().into(),
        ] {
            // Where another step takes over as the largest within a difference, there is no slope.
            if pool == Pool::max() && !matches!(layer, LayerSpec::Bidirectional(_)) {
                continue;
            }
            let what = format!("{layer:?}, {pool:?}");
            let vector = matches!(&layer, LayerSpec::Bidirectional(both)
                if matches!(*both.of, LayerSpec::Gru(_)));
            let words = Sequential::builder(Shape::sequence(6, 1))
                .add(Embedding::new(7, 3).dropout(0.3))
                .add(layer.clone());
            let numbers_in = Sequential::builder(Shape::sequence(6, 3)).add(layer);
            let nets = [words, numbers_in].map(|net| match vector {
                true => net.add(Dense::new(2)).build(3).unwrap(),
                false => net.add(pool.clone()).add(Dense::new(2)).build(3).unwrap(),
            });
            let [words, numbers_in] = nets;
            failures.extend(differences(&what, words, ids.to_vec(), &lengths));
            failures.extend(differences(
                &what,
                numbers_in,
                numbers(4 * 3 * BATCH, 7),
                &lengths,
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
