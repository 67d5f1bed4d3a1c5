//! Layers in a row without their weights: shapes, places in a flat buffer, and the passes through them.
//! What this file is not: it owns no weights, since networks differ in where they have them.

use std::ops::Range;

use rayon::prelude::*;

use super::layers::{Backward, Forward, Initial, Layer, LayerSpec, MOST, Tensor};
use super::workspace::Workspace;
use super::{Fault, Shape, Summary};
use crate::error::{Result, fail, wrong};
use crate::rng::Rng;

/// Shapes and places, without numbers.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) input: Shape,
    pub(crate) layers: Vec<LayerSpec>,
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

impl Plan {
    pub(crate) fn summary(&self) -> Summary {
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
    pub(crate) fn at(&self, shape: Shape, steps: usize) -> Shape {
        match shape {
            Shape::Sequence { features, .. } if steps != self.input.steps() => {
                Shape::sequence(steps, features)
            }
            shape => shape,
        }
    }

    /// The same for samples of at most so many steps: weights do not know of steps, memory does.
    pub(crate) fn with_steps(&self, steps: usize) -> Self {
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

/// A plan, and the weights that go with it in the form of the passes.
#[derive(Clone, Debug)]
pub(crate) struct Stack {
    pub(crate) plan: Plan,
    /// What [`Layer::pack`] made, one buffer a layer.
    packed: Vec<Vec<f32>>,
}

/// The states that recurrent layers started a pass from, and their gradients; a layer each.
pub(crate) struct InitialStates<'a> {
    pub(crate) states: &'a [Vec<f32>],
    /// To be overwritten.
    pub(crate) gradients: &'a mut [Vec<f32>],
}

impl Stack {
    pub(crate) fn new(plan: Plan) -> Self {
        let packed = plan
            .layers()
            .map(|(layer, input)| vec![0.0; layer.packed_len(input)])
            .collect();
        Self { plan, packed }
    }

    /// Draws the first weights; those of a tensor depend on the seed and its name alone, which `prefix`
    /// is put before.
    pub(crate) fn init(&self, weights: &mut [f32], prefix: &str, seed: u64) {
        for placed in &self.plan.tensors {
            let shape = &placed.tensor.shape;
            let rng = Rng::named(seed, &format!("init {prefix}{}", placed.name));
            let inputs = shape.get(1).copied().unwrap_or(1);
            placed
                .tensor
                .init
                .fill(&mut weights[placed.range.clone()], shape[0], inputs, rng);
        }
    }

    /// Brings the weights into the form of the passes, a layer a thread; to be called after each change.
    pub(crate) fn pack(&mut self, weights: &[f32]) {
        let plan = &self.plan;
        let pack = |(index, packed): (usize, &mut Vec<_>)| {
            let part = plan.parts[index].clone();
            plan.layers[index]
                .layer()
                .pack(plan.input_of(index), &weights[part], packed);
        };
        // Outside of a pool of ours there would be rayon's own, whose threads do not live on in a process that was forked.
        match rayon::current_thread_index() {
            Some(_) => self.packed.par_iter_mut().enumerate().for_each(pack),
            None => self.packed.iter_mut().enumerate().for_each(pack),
        }
    }

    /// Runs the first `batch` samples of the workspace's `x` through all layers. `states` holds one
    /// state a layer to start from and to leave.
    pub(crate) fn forward(
        &self,
        weights: &[f32],
        workspace: &mut Workspace,
        batch: usize,
        mut rng: Option<&mut Rng>,
        mut states: Option<&mut [Vec<f32>]>,
    ) {
        let (plan, steps) = (&self.plan, workspace.steps);
        let lengths = Some(&workspace.lengths[..]).filter(|lengths| !lengths.is_empty());
        for (index, (layer, input)) in plan.layers().enumerate() {
            let input = plan.at(input, steps);
            let output = plan.at(plan.outputs[index], steps);
            let (before, here) = workspace.layers.split_at_mut(index);
            let x = before.last().map_or(&workspace.x, |before| &before.y);
            let state_len = layer.state_len().unwrap_or(0) * batch;
            layer.forward(Forward {
                input,
                batch,
                lengths,
                weights: &weights[plan.parts[index].clone()],
                packed: &self.packed[index],
                x: &x[..input.len() * batch],
                y: &mut here[0].y[..output.len() * batch],
                cache: &mut here[0].cache,
                state: states
                    .as_mut()
                    .map(|states| &mut states[index][..state_len]),
                rng: rng.as_deref_mut(),
            });
        }
    }

    /// The way back from the last layer's `dy`: overwrites `gradient`, which is laid out as the
    /// weights are. `initial` has what the forward pass was given as states.
    pub(crate) fn backward(
        &self,
        weights: &[f32],
        workspace: &mut Workspace,
        batch: usize,
        gradient: &mut [f32],
        mut initial: Option<InitialStates<'_>>,
    ) {
        let (plan, steps) = (&self.plan, workspace.steps);
        let lengths = Some(&workspace.lengths[..]).filter(|lengths| !lengths.is_empty());
        for index in (0..plan.layers.len()).rev() {
            let layer = plan.layers[index].layer();
            let input = plan.at(plan.input_of(index), steps);
            let (before, here) = workspace.layers.split_at_mut(index);
            let here = &mut here[0];
            let wanted = input.len() * batch;
            let (x, dx) = match before.last_mut() {
                Some(before) => (&before.y, Some(&mut before.dy[..wanted])),
                None if workspace.dx.is_empty() => (&workspace.x, None),
                None => (&workspace.x, Some(&mut workspace.dx[..wanted])),
            };
            let part = plan.parts[index].clone();
            let output = plan.at(plan.outputs[index], steps).len() * batch;
            let state_len = layer.state_len().unwrap_or(0) * batch;
            layer.backward(Backward {
                input,
                batch,
                lengths,
                weights: &weights[part.clone()],
                packed: &self.packed[index],
                dweights: &mut gradient[part],
                x: &x[..wanted],
                y: &here.y[..output],
                dy: &mut here.dy[..output],
                dx,
                cache: &mut here.cache,
                initial: initial.as_mut().map(|initial| Initial {
                    state: &initial.states[index][..state_len],
                    gradient: &mut initial.gradients[index][..state_len],
                }),
            });
        }
    }
}
