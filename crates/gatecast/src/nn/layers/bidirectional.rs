//! `Bidirectional`: a recurrent layer that reads forwards, and a second one that reads backwards.
//!
//! Each sample is turned around by its own length, so that both begin with a word and padding comes last.
//! The cache lies as: the layer's own forwards and backwards, inputs turned around, outputs of both ways,
//! their gradients, and the gradient of the inputs turned around.

use serde::{Deserialize, Serialize};

use super::{Backward, Forward, Layer, LayerSpec, Tensor};
use crate::nn::Shape;

/// Two recurrent layers side by side, one of which reads each sample from its end (Schuster &
/// Paliwal 1997); their outputs stand one behind the other. Of a layer that gives its last state
/// alone, it is the state after the last step and that after the first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bidirectional {
    /// The layer; it must be a recurrent one.
    pub of: Box<LayerSpec>,
}

impl Bidirectional {
    /// Wraps a recurrent layer.
    pub fn new(layer: impl Into<LayerSpec>) -> Self {
        Self {
            of: Box::new(layer.into()),
        }
    }

    /// The layer, giving all its states; and whether it was asked to.
    fn sequences(&self) -> Option<(LayerSpec, bool)> {
        macro_rules! sequences {
            ($($kind:ident),*) => {
                match &*self.of {
                    $(LayerSpec::$kind(layer) => {
                        let asked = layer.return_sequences;
                        Some((layer.clone().return_sequences().into(), asked))
                    })*
                    _ => None,
                }
            };
        }
        sequences!(SimpleRnn, Lstm, Gru)
    }

    /// The same for a layer that [`Layer::output`] has checked.
    fn checked(&self) -> (LayerSpec, bool) {
        self.sequences()
            .unwrap_or_else(|| ((*self.of).clone(), true))
    }

    /// Units of one way.
    fn units(layer: &LayerSpec, input: Shape) -> usize {
        layer.layer().output(input).map_or(0, Shape::features)
    }
}

/// The parts of the cache.
struct Parts<'a> {
    ways: [&'a mut [f32]; 2],
    turned: &'a mut [f32],
    y: [&'a mut [f32]; 2],
    dy: [&'a mut [f32]; 2],
    dx: &'a mut [f32],
}

fn parts(cache: &mut [f32], own: usize, inputs: usize, outputs: usize) -> Parts<'_> {
    let mut rest = cache;
    let mut cut = |len: usize| {
        let (part, after) = std::mem::take(&mut rest).split_at_mut(len);
        rest = after;
        part
    };
    Parts {
        ways: [cut(own), cut(own)],
        turned: cut(inputs),
        y: [cut(outputs), cut(outputs)],
        dy: [cut(outputs), cut(outputs)],
        dx: cut(inputs),
    }
}

/// Steps of sample `b`.
fn length(lengths: Option<&[usize]>, b: usize, steps: usize) -> usize {
    lengths.map_or(steps, |lengths| lengths[b])
}

/// Copies every sample with its own steps turned around; what is behind them stays where it is.
fn turn(from: &[f32], to: &mut [f32], input: Shape, batch: usize, lengths: Option<&[usize]>) {
    let (steps, features) = (input.steps(), input.features());
    for b in 0..batch {
        let length = length(lengths, b, steps);
        for t in 0..steps {
            let source = if t < length { length - 1 - t } else { t };
            let at = |t: usize| (t * batch + b) * features;
            to[at(t)..][..features].copy_from_slice(&from[at(source)..][..features]);
        }
    }
}

impl Layer for Bidirectional {
    fn kind(&self) -> String {
        format!("Bidirectional({})", self.of.layer().kind())
    }

    fn output(&self, input: Shape) -> Result<Shape, String> {
        if self.sequences().is_none() {
            return Err("a recurrent layer within".into());
        }
        Ok(match self.of.layer().output(input)? {
            Shape::Vector { features } => Shape::vector(2 * features),
            Shape::Sequence { steps, features } => Shape::sequence(steps, 2 * features),
        })
    }

    fn tensors(&self, input: Shape) -> Vec<Tensor> {
        let forwards = self.of.layer().tensors(input);
        let backwards = forwards.clone().into_iter().map(|tensor| Tensor {
            name: match tensor.name {
                "weight_ih_l0" => "weight_ih_l0_reverse",
                "weight_hh_l0" => "weight_hh_l0_reverse",
                "bias_ih_l0" => "bias_ih_l0_reverse",
                _ => "bias_hh_l0_reverse",
            },
            ..tensor
        });
        forwards.iter().cloned().chain(backwards).collect()
    }

    fn packed_len(&self, input: Shape) -> usize {
        2 * self.of.layer().packed_len(input)
    }

    fn pack(&self, input: Shape, weights: &[f32], packed: &mut [f32]) {
        let layer = self.of.layer();
        let halves = weights.chunks_exact(weights.len() / 2);
        for (weights, packed) in halves.zip(packed.chunks_exact_mut(layer.packed_len(input))) {
            layer.pack(input, weights, packed);
        }
    }

    fn cache_len(&self, input: Shape, batch: usize) -> usize {
        let (layer, _) = self.checked();
        let outputs = input.steps() * Self::units(&layer, input);
        2 * layer.layer().cache_len(input, batch) + batch * (2 * input.len() + 4 * outputs)
    }

    /// The second way begins at the end.
    fn state_len(&self) -> Option<usize> {
        None
    }

    fn takes_lengths(&self) -> bool {
        true
    }

    fn forward(&self, pass: Forward<'_>) {
        let Forward { input, batch, .. } = pass;
        let (layer, sequences) = self.checked();
        let units = Self::units(&layer, input);
        let own = layer.layer().cache_len(input, batch);
        let outputs = input.steps() * batch * units;
        let Parts {
            ways,
            turned,
            y: both,
            ..
        } = parts(pass.cache, own, input.len() * batch, outputs);
        turn(pass.x, turned, input, batch, pass.lengths);
        let [forwards, backwards] = both;
        let weights = pass.weights.chunks_exact(pass.weights.len() / 2);
        let packed = pass.packed.chunks_exact(pass.packed.len() / 2);
        let xs = [pass.x, &*turned];
        let mut rng = pass.rng;
        for ((((x, y), cache), weights), packed) in xs
            .into_iter()
            .zip([&mut *forwards, &mut *backwards])
            .zip(ways)
            .zip(weights)
            .zip(packed)
        {
            layer.layer().forward(Forward {
                input,
                batch,
                weights,
                packed,
                lengths: pass.lengths,
                x,
                y,
                cache,
                state: None,
                rng: rng.as_deref_mut(),
            });
        }
        let at = |t: usize, b: usize| (t * batch + b) * units;
        for b in 0..batch {
            let length = length(pass.lengths, b, input.steps());
            if !sequences {
                let y = &mut pass.y[2 * b * units..][..2 * units];
                y[..units].copy_from_slice(&forwards[at(length - 1, b)..][..units]);
                y[units..].copy_from_slice(&backwards[at(length - 1, b)..][..units]);
                continue;
            }
            for t in 0..input.steps() {
                let y = &mut pass.y[2 * at(t, b)..][..2 * units];
                if t < length {
                    y[..units].copy_from_slice(&forwards[at(t, b)..][..units]);
                    y[units..].copy_from_slice(&backwards[at(length - 1 - t, b)..][..units]);
                } else {
                    y.fill(0.0);
                }
            }
        }
    }

    fn backward(&self, pass: Backward<'_>) {
        let Backward { input, batch, .. } = pass;
        let (layer, sequences) = self.checked();
        let units = Self::units(&layer, input);
        let own = layer.layer().cache_len(input, batch);
        let outputs = input.steps() * batch * units;
        let Parts {
            ways,
            turned,
            y: both,
            dy: [forwards, backwards],
            dx: turned_dx,
        } = parts(pass.cache, own, input.len() * batch, outputs);
        let at = |t: usize, b: usize| (t * batch + b) * units;
        forwards.fill(0.0);
        backwards.fill(0.0);
        for b in 0..batch {
            let length = length(pass.lengths, b, input.steps());
            if !sequences {
                let dy = &pass.dy[2 * b * units..][..2 * units];
                forwards[at(length - 1, b)..][..units].copy_from_slice(&dy[..units]);
                backwards[at(length - 1, b)..][..units].copy_from_slice(&dy[units..]);
                continue;
            }
            for t in 0..length {
                let dy = &pass.dy[2 * at(t, b)..][..2 * units];
                forwards[at(t, b)..][..units].copy_from_slice(&dy[..units]);
                backwards[at(length - 1 - t, b)..][..units].copy_from_slice(&dy[units..]);
            }
        }
        let [first_dweights, second_dweights] = halves(pass.dweights);
        let weights = pass.weights.chunks_exact(pass.weights.len() / 2);
        let packed = pass.packed.chunks_exact(pass.packed.len() / 2);
        let mut dx = pass.dx;
        let wanted = dx.is_some();
        let ways = ways.into_iter().zip(both).zip(weights).zip(packed);
        let given = [
            (pass.x, &mut *forwards, first_dweights, dx.as_deref_mut()),
            (
                &*turned,
                &mut *backwards,
                second_dweights,
                wanted.then_some(&mut *turned_dx),
            ),
        ];
        for ((((cache, y), weights), packed), (x, dy, dweights, dx)) in ways.zip(given) {
            layer.layer().backward(Backward {
                input,
                batch,
                weights,
                packed,
                dweights,
                lengths: pass.lengths,
                x,
                y,
                dy,
                dx,
                cache,
                initial: None,
            });
        }
        if let Some(dx) = dx {
            let features = input.features();
            for b in 0..batch {
                let length = length(pass.lengths, b, input.steps());
                for t in 0..length {
                    let at = |t: usize| (t * batch + b) * features;
                    let other = &turned_dx[at(length - 1 - t)..][..features];
                    let dx = &mut dx[at(t)..][..features];
                    dx.iter_mut()
                        .zip(other)
                        .for_each(|(dx, other)| *dx += other);
                }
            }
        }
    }
}

fn halves(both: &mut [f32]) -> [&mut [f32]; 2] {
    let (first, second) = both.split_at_mut(both.len() / 2);
    [first, second]
}
