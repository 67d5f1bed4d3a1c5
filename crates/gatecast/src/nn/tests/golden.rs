//! Whole networks against Keras and PyTorch in float64; the scripts in `tests/golden` made the numbers.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;
use std::path::Path;

use gatecast_kernels::testing::assert_close;
use serde::Deserialize;

use crate::nn::checkpoint;
use crate::nn::data::sample_major;
use crate::nn::network::{Back, Gradient, Network};
use crate::nn::workspace::{Purpose, Workspace};
use crate::nn::{
    Activation, Arrays, Beam, Bidirectional, CellName, Dataset, Dense, Embedding, Event, Flatten,
    Gru, LayerSpec, Loss, Lstm, Pairs, Pool, Pooling, RepeatVector, Seq2Seq, Seq2SeqSpec,
    Sequences, Sequential, Shape, SimpleRnn, TimeDistributed, TrainSpec, fit_with,
};
use crate::rng::Rng;

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
        net.forward(&mut workspace, batch, None, None);
        let y = workspace.output(batch).to_vec();
        self.compare("y", &sample_major(output, batch, &y), &self.y.data);
        if let Some(loss) = self.loss {
            let found = Loss::Mae.sum(&y, &dy, 1) / y.len() as f64;
            assert!((found - loss).abs() < 1e-6 * loss, "{found} {loss}");
            let factor = 1.0 / y.len() as f32;
            let target = dy.clone();
            Loss::Mae.gradient(&y, &target, 1, factor, &mut dy);
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
        let mean = case.name.sum(prediction, target, 1) / prediction.len() as f64;
        assert!(
            (mean - case.loss).abs() < 1e-6 * case.loss,
            "{:?}: {mean}",
            case.name
        );
        let mut gradient = vec![0.0; prediction.len()];
        case.name.gradient(
            prediction,
            target,
            1,
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

#[derive(Deserialize)]
struct Sentences {
    words: usize,
    vector: usize,
    units: usize,
    ids: Vec<Vec<f32>>,
    lengths: Vec<usize>,
    labels: Vec<usize>,
    cases: Vec<SentenceCase>,
}

#[derive(Deserialize)]
struct SentenceCase {
    cell: String,
    pool: Pooling,
    weights: BTreeMap<String, Tensor>,
    gradients: BTreeMap<String, Tensor>,
    logits: Tensor,
    loss: f64,
}

/// Numbers of words and a class each.
struct Classes<'a>(&'a Sentences);

impl Dataset for Classes<'_> {
    fn len(&self) -> usize {
        self.0.ids.len()
    }

    fn input(&self) -> Shape {
        Shape::sequence(self.0.ids[0].len(), 1)
    }

    fn target(&self) -> Shape {
        Shape::vector(3)
    }

    fn steps(&self, row: usize) -> Option<usize> {
        Some(self.0.lengths[row])
    }

    fn gather(&self, rows: &[usize], x: &mut [f32], y: &mut [f32]) {
        y.fill(0.0);
        for (b, &row) in rows.iter().enumerate() {
            y[b * 3 + self.0.labels[row]] = 1.0;
            for (t, id) in self.0.ids[row].iter().enumerate() {
                if let Some(x) = x.get_mut(t * rows.len() + b) {
                    *x = *id;
                }
            }
        }
    }
}

/// Embedding, both directions, pooling and cross-entropy agree with PyTorch's, in samples of different
/// lengths; `make_text_golden.py` made the numbers, with PyTorch's own names for the tensors.
#[test]
fn networks_for_sentences_agree_with_pytorch() {
    let sentences: Sentences = golden("text.json");
    let data = Classes(&sentences);
    for case in &sentences.cases {
        let what = format!("{} {:?}", case.cell, case.pool);
        let of = match case.cell.as_str() {
            "lstm" => LayerSpec::from(Lstm::new(sentences.units).return_sequences()),
            _ => Gru::new(sentences.units).return_sequences().into(),
        };
        let mut net = Sequential::builder(data.input())
            .add(Embedding::new(sentences.words, sentences.vector))
            .add(Bidirectional::new(of))
            .add(Pool { pooling: case.pool })
            .add(Dense::new(3))
            .build(0)
            .unwrap();
        for (name, tensor) in &case.weights {
            net.set_tensor(name, &tensor.data).unwrap();
        }
        let logits = net.predict(&data).unwrap();
        assert_close(&logits, &case.logits.data, TOLERANCE, &what);

        let rows = [0, 1, 2];
        let mut gradient = Gradient::new(&net);
        let back = Back {
            factor: 1.0 / 3.0,
            gradient: &mut gradient,
        };
        let mut worker = net.worker(3, &data, None).unwrap();
        let sums = net.pass(
            &mut worker,
            &data,
            &rows,
            Loss::CrossEntropy,
            None,
            Some(back),
        );
        let loss = sums.loss / sums.terms as f64;
        assert!(
            (loss - case.loss).abs() < 1e-6,
            "{what}: {loss} {}",
            case.loss
        );
        let mut at = 0;
        for (name, shape, values) in net.tensors() {
            let want = &case.gradients[name];
            assert_eq!(want.shape, shape, "{what} {name}");
            let got = &gradient.values[at..at + values.len()];
            assert_close(got, &want.data, TOLERANCE, &format!("{what} {name}"));
            at += values.len();
        }
        assert_eq!(gradient.touched, [[1, 2, 3, 5, 6, 7, 8]]);
    }
}

#[derive(Deserialize)]
struct Translations {
    source_words: usize,
    target_words: usize,
    embedding: usize,
    units: usize,
    smoothing: f32,
    sources: Vec<Vec<u32>>,
    targets: Vec<Vec<u32>>,
    cases: Vec<TranslationCase>,
}

#[derive(Deserialize)]
struct TranslationCase {
    cell: CellName,
    layers: usize,
    /// Shapes of all tensors that PyTorch's module has.
    state_dict: BTreeMap<String, Vec<usize>>,
    weights: BTreeMap<String, Tensor>,
    gradients: BTreeMap<String, Tensor>,
    /// Smoothed, over all pairs.
    loss: f64,
    /// Not smoothed, a pair each.
    losses: Vec<f32>,
    attention: Vec<Tensor>,
    searches: Vec<SearchCase>,
}

#[derive(Deserialize)]
struct SearchCase {
    width: usize,
    length_penalty: f32,
    never: Option<u32>,
    found: Vec<Found>,
}

#[derive(Deserialize)]
struct Found {
    words: Vec<u32>,
    log_probability: f32,
}

impl Translations {
    /// The network with the weights of a case.
    fn network(&self, case: &TranslationCase) -> Seq2Seq {
        let spec = Seq2SeqSpec {
            source_words: self.source_words,
            target_words: self.target_words,
            cell: case.cell,
            embedding: self.embedding,
            units: self.units,
            layers: case.layers,
            dropout: 0.0,
            word_dropout: 0.0,
            smoothing: self.smoothing,
        };
        let plan = Seq2Seq::plan(&spec).unwrap();
        assert_eq!(plan.len(), case.weights.len());
        let weights = plan.iter().flat_map(|(name, shape)| {
            let tensor = &case.weights[name];
            assert_eq!(&tensor.shape, shape, "{name}");
            tensor.data.iter().copied()
        });
        Seq2Seq::with_weights(&spec, weights.collect()).unwrap()
    }
}

fn sequences(all: &[Vec<u32>]) -> Sequences {
    all.iter().map(Vec::as_slice).collect()
}

/// An encoder–decoder agrees with PyTorch's in losses, attention, every gradient, and what searches find;
/// `make_translation_golden.py` made the numbers.
#[test]
fn translations_agree_with_pytorch() {
    let all: Translations = golden("translation.json");
    let (sources, targets) = (sequences(&all.sources), sequences(&all.targets));
    let pairs = Pairs::new(sources.clone(), targets).unwrap();
    for case in &all.cases {
        let what = format!("{} layers of {:?}", case.layers, case.cell);
        let net = all.network(case);

        let losses: Vec<f32> = (all.sources.iter().zip(&all.targets))
            .map(|(source, target)| {
                let (source, target) = ([&source[..]], [&target[..]]);
                let pair = Pairs::new(source.into_iter().collect(), target.into_iter().collect());
                net.loss(&pair.unwrap()).unwrap().0 as f32
            })
            .collect();
        assert_close(&losses, &case.losses, TOLERANCE, &what);

        for ((source, target), want) in all.sources.iter().zip(&all.targets).zip(&case.attention) {
            let got = net.attention(source, target).unwrap();
            assert_eq!(want.shape, [target.len() + 1, source.len()]);
            assert_close(&got, &want.data, TOLERANCE, &format!("{what}: attention"));
        }

        let rows: Vec<usize> = (0..pairs.len()).collect();
        let mut gradient = Gradient::new(&net);
        let back = Back {
            factor: 1.0 / net.terms(&pairs, &rows, Loss::CrossEntropy) as f32,
            gradient: &mut gradient,
        };
        let mut worker = net.worker(rows.len(), &pairs, None).unwrap();
        let loss = Loss::CrossEntropy;
        // As in training: without it, dropout layers keep no mask for the way back.
        let mut rng = Rng::named(0, "dropout");
        let sums = net.pass(&mut worker, &pairs, &rows, loss, Some(&mut rng), Some(back));
        let loss = sums.loss / sums.terms as f64;
        let off = (loss - case.loss).abs() / case.loss;
        assert!(
            off < f64::from(TOLERANCE),
            "{what}: {loss} for {}",
            case.loss
        );
        let mut at = 0;
        for (name, _, values) in net.tensors() {
            let got = &gradient.values[at..at + values.len()];
            let want = &case.gradients[&name].data;
            assert_close(got, want, TOLERANCE, &format!("{what}: {name}"));
            at += values.len();
        }

        for search in &case.searches {
            let beam = Beam {
                width: search.width,
                length_penalty: search.length_penalty,
                never: search.never,
            };
            let found = net.translate(&sources, beam).unwrap();
            assert_eq!(found.len(), search.found.len());
            for (got, want) in found.iter().zip(&search.found) {
                let (log, wanted) = ([got.log_probability], [want.log_probability]);
                assert_eq!(got.words, want.words, "{what}: {beam:?}");
                assert_close(&log, &wanted, TOLERANCE, &format!("{what}: {beam:?}"));
            }
        }
    }
}

/// A model file has the tensors of PyTorch's module, no more and no fewer, as `load_state_dict` wants them.
#[test]
fn files_of_translators_have_pytorchs_tensors() {
    let all: Translations = golden("translation.json");
    for case in &all.cases {
        let net = all.network(case);
        let bytes =
            checkpoint::serialize(&net.tensors().collect::<Vec<_>>(), "k", String::new()).unwrap();
        let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
        let found: BTreeMap<String, Vec<usize>> = file
            .iter()
            .map(|(name, view)| (name.into(), view.shape().to_vec()))
            .collect();
        assert_eq!(found, case.state_dict);
    }
}
