//! Whole networks against Keras in float64; `tests/golden/make_golden.py` made the numbers.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::path::Path;

use gatecast_kernels::testing::assert_close;
use serde::Deserialize;

use crate::nn::data::sample_major;
use crate::nn::workspace::{Purpose, Workspace};
use crate::nn::{
    Activation, Arrays, Dataset, Dense, Event, Flatten, Gru, LayerSpec, Loss, Lstm, RepeatVector,
    Sequential, Shape, SimpleRnn, TimeDistributed, TrainSpec, fit_with,
};

/// Relative to the largest number of each tensor.
const TOLERANCE: f32 = 1e-5;

#[derive(Deserialize)]
struct Tensor {
    shape: Vec<usize>,
    data: Vec<f32>,
}

impl Tensor {
    /// The shape of one sample.
    fn sample(&self) -> Shape {
        match self.shape[..] {
            [_, features] => Shape::vector(features),
            [_, steps, features] => Shape::sequence(steps, features),
            _ => panic!("shape {:?}", self.shape),
        }
    }
}

#[derive(Deserialize)]
struct Layer {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    units: usize,
    #[serde(default)]
    times: usize,
    activation: Option<Activation>,
    #[serde(default)]
    return_sequences: bool,
}

impl Layer {
    fn spec(&self) -> LayerSpec {
        let dense = Dense::new(self.units).activation(self.activation.unwrap_or_default());
        let sequences = self.return_sequences;
        match self.kind.as_str() {
            "dense" => dense.into(),
            "time_distributed_dense" => TimeDistributed::new(dense).into(),
            "flatten" => Flatten::new().into(),
            "repeat_vector" => RepeatVector::new(self.times).into(),
            "lstm" => Lstm {
                return_sequences: sequences,
                ..Lstm::new(self.units)
            }
            .into(),
            "gru" => Gru {
                return_sequences: sequences,
                ..Gru::new(self.units)
            }
            .into(),
            "rnn" => SimpleRnn {
                return_sequences: sequences,
                ..SimpleRnn::new(self.units)
            }
            .into(),
            other => panic!("layer {other}"),
        }
    }
}

#[derive(Deserialize)]
struct Shapes {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    #[serde(default)]
    name: String,
    layers: Vec<Layer>,
    weights: BTreeMap<String, Tensor>,
    x: Tensor,
    dy: Option<Tensor>,
    target: Option<Tensor>,
    y: Tensor,
    loss: Option<f64>,
    dx: Tensor,
    dweights: HashMap<String, Tensor>,
    #[serde(default)]
    adam_losses: Vec<f32>,
    #[serde(default)]
    weights_after: HashMap<String, Tensor>,
}

fn golden<T: for<'a> Deserialize<'a>>(file: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden")
        .join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap()
}

impl Case {
    fn network(&self) -> Sequential {
        let mut net = self
            .layers
            .iter()
            .fold(Sequential::builder(self.x.sample()), |net, layer| {
                net.add(layer.spec())
            })
            .build(0)
            .unwrap();
        assert_eq!(net.tensors().count(), self.weights.len(), "{}", self.name);
        for (name, tensor) in &self.weights {
            net.set_tensor(name, &tensor.data).unwrap();
        }
        net
    }

    /// Forward and backward, against outputs and every gradient.
    fn check(&self) {
        let net = self.network();
        let batch = self.x.shape[0];
        // The gradient of the outputs, or the target, brought into time-major order beside `x`.
        let beside = self.dy.as_ref().or(self.target.as_ref()).unwrap();
        let (input, output) = (self.x.sample(), beside.sample());
        let data = Arrays::new(input, self.x.data.clone(), output, beside.data.clone()).unwrap();
        let rows: Vec<usize> = (0..batch).collect();
        let mut workspace = Workspace::new(net.plan(), batch, Purpose::InputGradient).unwrap();
        let mut dy = vec![0.0; beside.data.len()];
        data.gather(&rows, &mut workspace.x, &mut dy);
        net.forward(&mut workspace, batch, None);
        let y = workspace.output(batch).to_vec();
        self.compare("y", &sample_major(output, batch, &y), &self.y.data);
        if let Some(loss) = self.loss {
            let found = Loss::Mae.sum(&y, &dy) / y.len() as f64;
            assert!((found - loss).abs() < 1e-6 * loss, "{found} {loss}");
            let factor = 1.0 / y.len() as f32;
            let target = dy.clone();
            Loss::Mae.gradient(&y, &target, factor, &mut dy);
        }
        workspace.layers.last_mut().unwrap().dy.copy_from_slice(&dy);
        let mut gradient = vec![0.0; net.parameters()];
        net.backward(&mut workspace, batch, &mut gradient);
        self.compare(
            "dx",
            &sample_major(input, batch, &workspace.dx),
            &self.dx.data,
        );
        let mut at = 0;
        for (name, _, values) in net.tensors() {
            self.compare(
                name,
                &gradient[at..at + values.len()],
                &self.dweights[name].data,
            );
            at += values.len();
        }
    }

    fn compare(&self, what: &str, got: &[f32], want: &[f32]) {
        assert_close(got, want, TOLERANCE, &format!("{} {what}", self.name));
    }
}

#[test]
fn one_to_one_one_to_many_many_to_one_many_to_many() {
    let cases = golden::<Shapes>("shapes.json").cases;
    assert_eq!(cases.len(), 4);
    cases.iter().for_each(Case::check);
}

#[test]
fn the_articles_network() {
    golden::<Case>("article.json").check();
}

/// The pinned trajectory: ten full-batch Adam steps through the real training loop.
#[test]
fn ten_adam_steps_of_the_articles_network() {
    let case: Case = golden("article.json");
    let target = case.target.as_ref().unwrap();
    let data = Arrays::new(
        case.x.sample(),
        case.x.data.clone(),
        target.sample(),
        target.data.clone(),
    )
    .unwrap();
    let mut net = case.network();
    let spec = TrainSpec {
        epochs: 10,
        batch: case.x.shape[0],
        ..TrainSpec::default()
    };
    let mut losses = Vec::new();
    fit_with(&mut net, &data, Some(&data), &spec, &mut |event| {
        if let Event::Epoch(epoch) = event {
            losses.push(epoch.loss as f32);
            if epoch.epoch == 10 {
                losses.push(epoch.val_loss.unwrap() as f32);
            }
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_close(&losses, &case.adam_losses, TOLERANCE, "losses");
    for (name, _, values) in net.tensors() {
        assert_close(values, &case.weights_after[name].data, TOLERANCE, name);
    }
}

#[derive(Deserialize)]
struct Losses {
    losses: Vec<LossCase>,
}

#[derive(Deserialize)]
struct LossCase {
    name: Loss,
    prediction: Tensor,
    target: Tensor,
    loss: f64,
    dprediction: Tensor,
}

#[test]
fn losses() {
    let cases = golden::<Losses>("layers.json").losses;
    // PyTorch has every loss but the pinball loss.
    assert_eq!(cases.len(), Loss::ALL.len() - 1);
    for case in cases {
        let (prediction, target) = (&case.prediction.data, &case.target.data);
        let mean = case.name.sum(prediction, target) / prediction.len() as f64;
        assert!(
            (mean - case.loss).abs() < 1e-6 * case.loss,
            "{:?}: {mean}",
            case.name
        );
        let mut gradient = vec![0.0; prediction.len()];
        case.name.gradient(
            prediction,
            target,
            1.0 / prediction.len() as f32,
            &mut gradient,
        );
        assert_close(
            &gradient,
            &case.dprediction.data,
            TOLERANCE,
            case.name.name(),
        );
    }
}
