//! `Sequential`: layers in a row, with all their weights in one flat buffer.

use std::borrow::Cow;
use std::ops::Range;

use rayon::prelude::*;

use super::batches::Batches;
use super::layers::{Backward, Forward, Layer, LayerSpec, MOST, Tensor};
use super::network::{self, Back, Network, Sparse, Sums};
use super::workspace::{Purpose, Workspace};
use super::{Dataset, Fault, Loss, Shape, Summary, data};
use crate::error::{Error, Result, fail, wrong};
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
    plan: Plan,
    sparse: Vec<Sparse>,
    /// All weights, in the order of [`Plan::tensors`].
    weights: Vec<f32>,
    /// A layer's weights in the form of its forward pass, one buffer a layer.
    packed: Vec<Vec<f32>>,
}

/// Shapes and places, without numbers.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) input: Shape,
    layers: Vec<LayerSpec>,
    /// Output of each layer.
    pub(crate) outputs: Vec<Shape>,
    /// Each layer's part of the flat weights.
    pub(crate) parts: Vec<Range<usize>>,
    pub(crate) tensors: Vec<Placed>,
    /// Numbers that layers compute for one sample: outputs and what they keep for the way back.
    pub(crate) computed: usize,
}

/// A tensor, its full name (`0.weight_ih_l0`) and its place in the flat weights.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) name: String,
    pub(crate) tensor: Tensor,
    pub(crate) range: Range<usize>,
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

impl Plan {
    fn summary(&self) -> Summary {
        let rows = self.layers().zip(&self.outputs).zip(&self.parts);
        Summary::new(rows.map(|(((layer, _), &output), part)| (layer.kind(), output, part.len())))
    }

    /// Works out shapes and places without allocating for any weight.
    pub(crate) fn new(input: Shape, layers: Vec<LayerSpec>) -> Result<Self> {
        /// Most weights, and most numbers computed for a sample: 1 GiB of them.
        const MOST_NUMBERS: usize = 1 << 28;
        /// Deeper networks than any that trains.
        const MOST_LAYERS: usize = 1000;
        let misfit = |index: usize, layer: &LayerSpec, found, wanted| Fault::Shape {
            index,
            layer: layer.layer().kind(),
            found,
            wanted,
        };
        if !(1..=MOST_LAYERS).contains(&layers.len())
            || !(1..=MOST).contains(&input.steps())
            || !(1..=MOST).contains(&input.features())
        {
            let expected = "1 to 1000 layers, for inputs of 1 to 65536 steps and features";
            return wrong(
                "network",
                format!("{} layers for inputs of shape {input}", layers.len()),
                expected,
            );
        }
        let (mut outputs, mut parts, mut tensors) = (Vec::new(), Vec::new(), Vec::new());
        let (mut shape, mut end, mut computed) = (input, 0usize, 0usize);
        for (index, layer) in layers.iter().enumerate() {
            let output = layer
                .layer()
                .output(shape)
                .map_err(|wanted| misfit(index, layer, shape.to_string(), wanted))?;
            if index > 0 && layer.layer().sparse().is_some() {
                let wanted = "to be the first layer".to_string();
                return fail(misfit(index, layer, shape.to_string(), wanted));
            }
            let start = end;
            for tensor in layer.layer().tensors(shape) {
                let name = format!("{index}.{}", tensor.name);
                let range = end..end + tensor.numbers();
                end = range.end;
                tensors.push(Placed {
                    name,
                    tensor,
                    range,
                });
            }
            computed = computed.saturating_add(output.len());
            if end > MOST_NUMBERS || output.len() > MOST_NUMBERS {
                let wanted = "a network of at most 2²⁸ numbers".to_string();
                return fail(misfit(index, layer, shape.to_string(), wanted));
            }
            parts.push(start..end);
            outputs.push(output);
            computed = computed.saturating_add(layer.layer().cache_len(shape, 1));
            if computed > MOST_NUMBERS {
                let wanted = "at most 2²⁸ numbers to compute for a sample".to_string();
                return fail(misfit(index, layer, shape.to_string(), wanted));
            }
            shape = output;
        }
        Ok(Self {
            input,
            layers,
            outputs,
            parts,
            tensors,
            computed,
        })
    }

    pub(crate) fn weights(&self) -> usize {
        self.parts.last().map_or(0, |part| part.end)
    }

    /// The shape of the input of layer `index`.
    fn input_of(&self, index: usize) -> Shape {
        if index == 0 {
            self.input
        } else {
            self.outputs[index - 1]
        }
    }

    /// A shape of this plan where the samples have so many steps.
    fn at(&self, shape: Shape, steps: usize) -> Shape {
        match shape {
            Shape::Sequence { features, .. } if steps != self.input.steps() => {
                Shape::sequence(steps, features)
            }
            shape => shape,
        }
    }

    /// The same for samples of at most so many steps, which need less memory.
    fn shortened(&self, steps: usize) -> Self {
        Self {
            input: self.at(self.input, steps),
            outputs: self
                .outputs
                .iter()
                .map(|&output| self.at(output, steps))
                .collect(),
            ..self.clone()
        }
    }

    /// Every layer with the shape of its input.
    pub(crate) fn layers(&self) -> impl Iterator<Item = (&(dyn Layer + Sync), Shape)> {
        let inputs = std::iter::once(self.input).chain(self.outputs.iter().copied());
        self.layers.iter().map(LayerSpec::layer).zip(inputs)
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
        for placed in &plan.tensors {
            let shape = &placed.tensor.shape;
            let rng = Rng::named(seed, &format!("init {}", placed.name));
            let inputs = shape.get(1).copied().unwrap_or(1);
            placed
                .tensor
                .init
                .fill(&mut weights[placed.range.clone()], shape[0], inputs, rng);
        }
        Self::with_weights(plan, weights)
    }

    /// A network with given weights, in the order of the plan's tensors.
    pub(crate) fn with_weights(plan: Plan, weights: Vec<f32>) -> Self {
        assert_eq!(weights.len(), plan.weights());
        let packed = plan
            .layers()
            .map(|(layer, input)| vec![0.0; layer.packed_len(input)])
            .collect();
        let first = plan.layers.first().and_then(|layer| layer.layer().sparse());
        let sparse = first.map(|width| Sparse {
            part: plan.parts[0].clone(),
            width,
        });
        let mut net = Self {
            plan,
            sparse: sparse.into_iter().collect(),
            weights,
            packed,
        };
        net.update(|_| {});
        net
    }

    /// Shape of one input.
    pub fn input(&self) -> Shape {
        self.plan.input
    }

    /// Shape of one output.
    pub fn output(&self) -> Shape {
        *self.plan.outputs.last().unwrap_or(&self.plan.input)
    }

    /// The layers' descriptions.
    pub fn specs(&self) -> &[LayerSpec] {
        &self.plan.layers
    }

    /// Number of trainable numbers.
    pub fn parameters(&self) -> usize {
        self.weights.len()
    }

    /// Layers, output shapes and parameters, as Keras prints them.
    pub fn summary(&self) -> Summary {
        self.plan.summary()
    }

    /// Names, shapes and values of all weights, named and laid out as PyTorch does.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &[usize], &[f32])> {
        self.plan.tensors.iter().map(|placed| {
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
        let fitting = MOST_AT_ONCE / self.plan.computed.max(1);
        let capacity = fitting.min(AT_ONCE).min(data.len()).max(1);
        let longest = (0..data.len()).filter_map(|row| data.steps(row)).max();
        let plan = match longest {
            Some(steps) => Cow::Owned(self.plan.shortened(steps)),
            None => Cow::Borrowed(&self.plan),
        };
        let mut workspace = Workspace::new(&plan, capacity, Purpose::Prediction)?;
        let mut targets = vec![0.0; data.target().len() * capacity];
        let size = self.output().len();
        let mut out = vec![0.0; data.len() * size];
        for rows in Batches::new::<Self>(data, capacity).iter() {
            workspace.gather(data, rows, &mut targets);
            self.forward_as(&plan, &mut workspace, rows.len(), None, None);
            let output = workspace.output(rows.len());
            let output = data::sample_major(self.output(), rows.len(), output);
            for (&row, output) in rows.iter().zip(output.chunks_exact(size)) {
                out[row * size..][..size].copy_from_slice(output);
            }
        }
        Ok(out)
    }

    pub(crate) fn plan(&self) -> &Plan {
        &self.plan
    }

    pub(crate) fn check_input(&self, data: &dyn Dataset) -> Result<()> {
        if data.input() != self.input() {
            return fail(Fault::data_shape("input", data.input(), self.input()));
        }
        let vary = !data.is_empty() && data.steps(0).is_some();
        let rigid =
            |(_, (layer, _)): &(usize, (&(dyn Layer + Sync), Shape))| !layer.takes_lengths();
        let Some((index, (layer, _))) = self.plan.layers().enumerate().find(rigid) else {
            return Ok(());
        };
        // Behind a layer that gives one vector a sample, lengths do not matter.
        let until = self
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

    /// Runs the first `batch` samples of the workspace's `x` through all layers.
    pub(crate) fn forward(&self, workspace: &mut Workspace, batch: usize, rng: Option<&mut Rng>) {
        self.forward_as(&self.plan, workspace, batch, rng, None);
    }

    /// The same for inputs of the shape in `plan`, which has the same weights; `states` holds one
    /// state a layer to start from and to leave, and asks for a batch of one.
    pub(crate) fn forward_as(
        &self,
        plan: &Plan,
        workspace: &mut Workspace,
        batch: usize,
        mut rng: Option<&mut Rng>,
        mut states: Option<&mut [Vec<f32>]>,
    ) {
        let lengths = Some(&workspace.lengths[..]).filter(|lengths| !lengths.is_empty());
        for (index, (layer, input)) in plan.layers().enumerate() {
            let input = plan.at(input, workspace.steps);
            let output = plan.at(plan.outputs[index], workspace.steps);
            let (before, here) = workspace.layers.split_at_mut(index);
            let x = before.last().map_or(&workspace.x, |before| &before.y);
            layer.forward(Forward {
                input,
                batch,
                lengths,
                weights: &self.weights[plan.parts[index].clone()],
                packed: &self.packed[index],
                x: &x[..input.len() * batch],
                y: &mut here[0].y[..output.len() * batch],
                cache: &mut here[0].cache,
                state: states.as_mut().map(|states| &mut states[index][..]),
                rng: rng.as_deref_mut(),
            });
        }
    }

    /// The way back from the last layer's `dy`: overwrites `gradient`, which is laid out as the
    /// weights are.
    pub(crate) fn backward(&self, workspace: &mut Workspace, batch: usize, gradient: &mut [f32]) {
        let steps = workspace.steps;
        let lengths = Some(&workspace.lengths[..]).filter(|lengths| !lengths.is_empty());
        for index in (0..self.plan.layers.len()).rev() {
            let input = self.plan.at(self.plan.input_of(index), steps);
            let (before, here) = workspace.layers.split_at_mut(index);
            let here = &mut here[0];
            let wanted = input.len() * batch;
            let (x, dx) = match before.last_mut() {
                Some(before) => (&before.y, Some(&mut before.dy[..wanted])),
                None if workspace.dx.is_empty() => (&workspace.x, None),
                None => (&workspace.x, Some(&mut workspace.dx[..wanted])),
            };
            let part = self.plan.parts[index].clone();
            let output = self.plan.at(self.plan.outputs[index], steps).len() * batch;
            self.plan.layers[index].layer().backward(Backward {
                input,
                batch,
                lengths,
                weights: &self.weights[part.clone()],
                packed: &self.packed[index],
                dweights: &mut gradient[part],
                x: &x[..wanted],
                y: &here.y[..output],
                dy: &mut here.dy[..output],
                dx,
                cache: &mut here.cache,
            });
        }
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
        let (plan, weights) = (&self.plan, &self.weights);
        self.packed
            .par_iter_mut()
            .enumerate()
            .for_each(|(index, packed)| {
                let part = plan.parts[index].clone();
                plan.layers[index]
                    .layer()
                    .pack(plan.input_of(index), &weights[part], packed);
            });
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

    fn worker(&self, rows: usize) -> Result<Worker> {
        Ok(Worker {
            workspace: Workspace::new(&self.plan, rows, Purpose::Training)?,
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
        self.forward(workspace, rows.len(), rng);
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
            values,
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
