//! `Sequential`: layers in a row, with all their weights in one flat buffer.

use std::borrow::Cow;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::batches::Batches;
use super::layers::{Layer, LayerSpec};
use super::network::{self, Back, Network, Sparse, Sums};
use super::stack::{Plan, Stack};
use super::workspace::{Purpose, Workspace};
use super::{Dataset, Fault, Loss, Shape, Summary, checkpoint, data};
use crate::error::{Error, Result, fail};
use crate::rng::Rng;

/// A network: one layer after the other.
///
/// ```
/// use gatecast::nn::{Dense, Flatten, Lstm, Sequential, Shape, TimeDistributed};
///
/// let net = Sequential::builder(Shape::sequence(5, 2))
///     .add(Lstm::new(256).return_sequences())
///     .add(Lstm::new(256).return_sequences())
///     .add(TimeDistributed::new(Dense::new(1)))
///     .add(Flatten::new())
///     .add(Dense::new(5))
///     .add(Dense::new(1))
///     .build(0)?;
/// assert_eq!(net.parameters(), 790_821);
/// println!("{}", net.summary());
/// # Ok::<(), gatecast::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Sequential {
    stack: Stack,
    sparse: Vec<Sparse>,
    /// All weights, in the order of [`Plan::tensors`].
    weights: Vec<f32>,
}

/// What the file of a bare network says of its task, and the newest form of its description.
const TASK: &str = "network";
const FORMAT: u64 = 1;

/// The description of a bare network in its file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    format: u64,
    task: String,
    input: Shape,
    layers: Vec<LayerSpec>,
}

/// Collects layers; see [`Sequential::builder`].
#[derive(Clone, Debug)]
pub struct Builder {
    input: Shape,
    layers: Vec<LayerSpec>,
}

impl Builder {
    /// Appends a layer.
    #[allow(clippy::should_implement_trait)] // Keras' word; nothing is summed
    pub fn add(mut self, layer: impl Into<LayerSpec>) -> Self {
        self.layers.push(layer.into());
        self
    }

    /// Checks the shapes and draws the first weights; the same seed draws the same ones.
    ///
    /// # Errors
    /// [`Shape`](crate::ErrorKind::Shape) naming the layer that cannot take its input.
    pub fn build(self, seed: u64) -> Result<Sequential> {
        Ok(Sequential::from_plan(
            Plan::new(self.input, self.layers)?,
            seed,
        ))
    }

    /// What the network will be, without making room for its weights.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn summary(self) -> Result<Summary> {
        Ok(Plan::new(self.input, self.layers)?.summary())
    }
}

impl Sequential {
    /// Starts a network for samples of this shape.
    pub fn builder(input: Shape) -> Builder {
        Builder {
            input,
            layers: Vec::new(),
        }
    }

    fn from_plan(plan: Plan, seed: u64) -> Self {
        let mut weights = vec![0.0; plan.weights()];
        let stack = Stack::new(plan);
        stack.init(&mut weights, "", seed);
        Self::of_stack(stack, weights)
    }

    /// A network with given weights, in the order of the plan's tensors.
    pub(crate) fn with_weights(plan: Plan, weights: Vec<f32>) -> Self {
        Self::of_stack(Stack::new(plan), weights)
    }

    fn of_stack(stack: Stack, weights: Vec<f32>) -> Self {
        let plan = &stack.plan;
        assert_eq!(weights.len(), plan.weights());
        let first = plan.layers.first().and_then(|layer| layer.layer().sparse());
        let sparse = first.map(|width| Sparse {
            part: plan.parts[0].clone(),
            width,
        });
        let mut net = Self {
            stack,
            sparse: sparse.into_iter().collect(),
            weights,
        };
        net.update(|_| {});
        net
    }

    /// Shape of one input.
    pub fn input(&self) -> Shape {
        self.stack.plan.input
    }

    /// Shape of one output.
    pub fn output(&self) -> Shape {
        *self
            .stack
            .plan
            .outputs
            .last()
            .unwrap_or(&self.stack.plan.input)
    }

    /// The layers' descriptions.
    pub fn specs(&self) -> &[LayerSpec] {
        &self.stack.plan.layers
    }

    /// Number of trainable numbers.
    pub fn parameters(&self) -> usize {
        self.weights.len()
    }

    /// Layers, output shapes and parameters, as Keras prints them.
    pub fn summary(&self) -> Summary {
        self.stack.plan.summary()
    }

    /// Names, shapes and values of all weights, named and laid out as PyTorch does.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &[usize], &[f32])> {
        self.stack.plan.tensors.iter().map(|placed| {
            let values = &self.weights[placed.range.clone()];
            (placed.name.as_str(), placed.tensor.shape.as_slice(), values)
        })
    }

    /// Overwrites the tensor called `name`.
    ///
    /// # Errors
    /// [`NotASeries`](crate::ErrorKind::NotASeries) when there is no such tensor or it has another
    /// length.
    pub fn set_tensor(&mut self, name: &str, values: &[f32]) -> Result<()> {
        let range = self
            .stack
            .plan
            .tensors
            .iter()
            .find(|placed| placed.name == name && placed.range.len() == values.len())
            .map(|placed| placed.range.clone())
            .ok_or_else(|| {
                Error::not_a_series(format!(
                    "the network has no tensor \"{name}\" of {} numbers",
                    values.len()
                ))
            })?;
        self.update(|weights| weights[range].copy_from_slice(values));
        Ok(())
    }

    /// The network as one safetensors file: the tensors under PyTorch's names, and its layers.
    ///
    /// ```
    /// use gatecast::nn::{Dense, Sequential, Shape};
    ///
    /// let net = Sequential::builder(Shape::vector(2)).add(Dense::new(3)).build(0)?;
    /// let again = Sequential::parse("memory", net.to_bytes()?)?;
    /// assert!(again.tensors().eq(net.tensors()));
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Model`](crate::ErrorKind::Model), which does not happen with numbers that are finite.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let description = Described {
            format: FORMAT,
            task: TASK.into(),
            input: self.input(),
            layers: self.specs().to_vec(),
        };
        let text = serde_json::to_string(&description)
            .map_err(|error| Fault::model("network", error.to_string(), "train again"))?;
        checkpoint::to_bytes(std::slice::from_ref(self), &[], checkpoint::KEY, text)
    }

    /// What [`Sequential::to_bytes`] wrote; `path` is what messages call it.
    ///
    /// # Errors
    /// [`Model`](crate::ErrorKind::Model) when it was cut short, altered, or is of something else.
    pub fn parse(path: impl AsRef<Path>, bytes: Vec<u8>) -> Result<Self> {
        let path = path.as_ref();
        let tensors = checkpoint::parse(path, bytes, checkpoint::KEY)?;
        let (value, _) = tensors.description(Some(TASK), FORMAT)?;
        let described: Described = serde_json::from_value(value).map_err(|error| {
            let reason = format!("its description does not fit ({error})");
            Fault::model(path, reason, "the file was altered; save it again")
        })?;
        tensors.network(0, described.input, described.layers)
    }

    /// The network's outputs for all samples, one sample after the other.
    ///
    /// # Errors
    /// [`Shape`](crate::ErrorKind::Shape) when the inputs have another shape than the network's.
    pub fn predict(&self, data: &dyn Dataset) -> Result<Vec<f32>> {
        /// Samples at a time: enough for efficient products, few enough to stay in the cache.
        const AT_ONCE: usize = 64;
        /// Numbers at a time, which for very long windows means fewer samples.
        const MOST_AT_ONCE: usize = 1 << 26;
        self.check_input(data)?;
        let fitting = MOST_AT_ONCE / self.stack.plan.computed.max(1);
        let capacity = fitting.min(AT_ONCE).min(data.len()).max(1);
        let longest = (0..data.len()).filter_map(|row| data.steps(row)).max();
        let plan = match longest {
            Some(steps) => Cow::Owned(self.stack.plan.with_steps(steps)),
            None => Cow::Borrowed(&self.stack.plan),
        };
        let mut workspace = Workspace::new(&plan, capacity, Purpose::Prediction)?;
        let mut targets = vec![0.0; data.target().len() * capacity];
        let size = self.output().len();
        let mut out = vec![0.0; data.len() * size];
        for rows in Batches::new::<Self>(data, capacity).iter() {
            workspace.gather(data, rows, &mut targets);
            self.forward(&mut workspace, rows.len(), None, None);
            let output = workspace.output(rows.len());
            let output = data::sample_major(self.output(), rows.len(), output);
            for (&row, output) in rows.iter().zip(output.chunks_exact(size)) {
                out[row * size..][..size].copy_from_slice(output);
            }
        }
        Ok(out)
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.stack.plan
    }

    pub(crate) fn check_input(&self, data: &dyn Dataset) -> Result<()> {
        if data.input() != self.input() {
            return fail(Fault::data_shape("input", data.input(), self.input()));
        }
        let vary = !data.is_empty() && data.steps(0).is_some();
        let rigid =
            |(_, (layer, _)): &(usize, (&(dyn Layer + Sync), Shape))| !layer.takes_lengths();
        let Some((index, (layer, _))) = self.stack.plan.layers().enumerate().find(rigid) else {
            return Ok(());
        };
        // Behind a layer that gives one vector a sample, lengths do not matter.
        let until = self
            .stack
            .plan
            .outputs
            .iter()
            .position(|output| output.steps() == 1);
        if !vary || until.is_some_and(|until| index > until) {
            return Ok(());
        }
        fail(Fault::Shape {
            index,
            layer: layer.kind(),
            found: "samples of different lengths".into(),
            wanted: "all of one; put a Pool before it".into(),
        })
    }

    /// Runs the first `batch` samples of the workspace's `x` through all layers. `states` holds one
    /// state a layer to start from and to leave.
    pub(crate) fn forward(
        &self,
        workspace: &mut Workspace,
        batch: usize,
        rng: Option<&mut Rng>,
        states: Option<&mut [Vec<f32>]>,
    ) {
        self.stack
            .forward(&self.weights, workspace, batch, rng, states);
    }

    /// The way back from the last layer's `dy`: overwrites `gradient`, which is laid out as the
    /// weights are.
    pub(crate) fn backward(&self, workspace: &mut Workspace, batch: usize, gradient: &mut [f32]) {
        self.stack
            .backward(&self.weights, workspace, batch, gradient, None);
    }
}

/// What a thread needs for one shard after the other.
pub(crate) struct Worker {
    workspace: Workspace,
    target: Vec<f32>,
}

impl Network for Sequential {
    type Data<'d> = dyn Dataset + 'd;
    type Worker = Worker;

    fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Weights are brought into the form of the forward passes a layer a thread.
    fn update(&mut self, change: impl FnOnce(&mut [f32])) {
        change(&mut self.weights);
        self.stack.pack(&self.weights);
    }

    fn sparse(&self) -> &[Sparse] {
        &self.sparse
    }

    fn samples(data: &(dyn Dataset + '_)) -> usize {
        data.len()
    }

    fn length(data: &(dyn Dataset + '_), row: usize) -> Option<usize> {
        data.steps(row)
    }

    fn terms(&self, _data: &(dyn Dataset + '_), rows: &[usize], loss: Loss) -> usize {
        rows.len() * loss.terms(self.output())
    }

    /// As large as the longest sample may be.
    fn worker(
        &self,
        rows: usize,
        _data: &(dyn Dataset + '_),
        _others: Option<&(dyn Dataset + '_)>,
    ) -> Result<Worker> {
        Ok(Worker {
            workspace: Workspace::new(&self.stack.plan, rows, Purpose::Training)?,
            target: vec![0.0; rows * self.output().len()],
        })
    }

    fn pass(
        &self,
        worker: &mut Worker,
        data: &(dyn Dataset + '_),
        rows: &[usize],
        loss: Loss,
        rng: Option<&mut Rng>,
        back: Option<Back<'_>>,
    ) -> Sums {
        let Worker { workspace, target } = worker;
        workspace.gather(data, rows, target);
        self.forward(workspace, rows.len(), rng, None);
        let features = self.output().features();
        let output = workspace.output(rows.len());
        let (values, target) = (output.len(), &target[..output.len()]);
        let absolute_error = loss.absolute_error(output, target, features);
        let sums = Sums {
            loss: match loss {
                Loss::Mae => absolute_error,
                loss => loss.sum(output, target, features),
            },
            absolute_error,
            terms: self.terms(data, rows, loss),
            // Of a mixture's outputs one number is predicted a step.
            values: match loss {
                Loss::Mixture { simple } => values / (simple + 1),
                _ => values,
            },
        };
        if let Some(Back { factor, gradient }) = back {
            let last = workspace.layers.len() - 1;
            let last = &mut workspace.layers[last];
            let dy = &mut last.dy[..values];
            loss.gradient(&last.y[..values], target, features, factor, dy);
            self.backward(workspace, rows.len(), &mut gradient.values);
            if let (Some(touched), Some(sparse)) =
                (gradient.touched.first_mut(), self.sparse.first())
            {
                let words = 1..(sparse.part.len() / sparse.width) as u32;
                let ids = workspace.steps * rows.len() * self.input().features();
                let ids = &workspace.x[..ids];
                let ids = ids.iter().map(|&id| id as u32);
                touched.extend(ids.filter(|id| words.contains(id)));
                network::unique(touched);
            }
        }
        sums
    }
}
