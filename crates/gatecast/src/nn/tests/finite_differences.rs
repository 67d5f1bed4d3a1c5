//! Every gradient of every layer against central differences, from one table.

use gatecast_kernels::testing::numbers;

use crate::nn::workspace::{Purpose, Workspace};
use crate::nn::{
    Activation, Dense, Dropout, Flatten, Gru, LayerSpec, Lstm, RepeatVector, Sequential, Shape,
    SimpleRnn, TimeDistributed,
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
        workspace.x.copy_from_slice(&self.x);
        // The same stream every time: dropout drops the same numbers.
        self.net
            .forward(workspace, BATCH, Some(&mut Rng::named(0, "mask")));
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

#[test]
fn every_layer_agrees_with_central_differences() {
    let mut failures = Vec::new();
    for (name, input, layer) in cases() {
        let what = format!("{name} {layer:?}");
        let mut net = Sequential::builder(input).add(layer).build(3).unwrap();
        let noise = numbers(net.parameters(), 5);
        net.update(|weights| {
            weights
                .iter_mut()
                .zip(&noise)
                .for_each(|(w, n)| *w += 0.3 * n)
        });
        let x = numbers(input.len() * BATCH, 7);
        let dy = numbers(net.output().len() * BATCH, 11);
        let mut workspace = Workspace::new(net.plan(), BATCH, Purpose::InputGradient).unwrap();
        let mut probe = Probe { net, x, dy };
        probe.run(&mut workspace);
        workspace.layers[0].dy.copy_from_slice(&probe.dy);
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
        let dx = workspace.dx.clone();
        let want: Vec<f32> = (0..dx.len())
            .map(|at| probe.slope(&mut workspace, |probe, by| probe.x[at] += by))
            .collect();
        compare("dx", &dx, &want);
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
    }
    assert!(
        failures.is_empty(),
        "{} failures:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
