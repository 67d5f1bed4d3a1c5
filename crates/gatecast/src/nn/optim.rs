//! Optimisers: what is kept between steps, and one step over flat weights.

use gatecast_kernels::optim::{AdamStep, Clip, adam, rmsprop, sgd};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// Which optimiser, with Keras' formulas and defaults.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[derive(Default)]
#[non_exhaustive]
pub enum Optimizer {
    /// Gradient descent with momentum.
    Sgd {
        /// `μ`; 0 for plain descent.
        momentum: f64,
    },
    /// Hinton 2012, with `ρ = 0.9` and `ε = 1e−7`.
    Rmsprop,
    /// Kingma & Ba 2015, with `β = (0.9, 0.999)` and `ε = 1e−7`.
    #[default]
    Adam,
    /// Loshchilov & Hutter 2019: [`Optimizer::Adam`] with decoupled weight decay.
    Adamw {
        /// `λ`: each step takes `learning rate · λ` off every weight.
        weight_decay: f64,
    },
}

impl Optimizer {
    /// Every optimiser with the defaults of its parameters, in the order in which help texts list them.
    pub const ALL: [Self; 4] = [
        Self::Sgd { momentum: 0.0 },
        Self::Rmsprop,
        Self::Adam,
        Self::Adamw {
            weight_decay: 0.004,
        },
    ];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sgd { .. } => "sgd",
            Self::Rmsprop => "rmsprop",
            Self::Adam => "adam",
            Self::Adamw { .. } => "adamw",
        }
    }
}

/// An [`Optimizer`] under way: its moments, as long as the weights.
#[derive(Clone, Debug)]
pub(crate) struct State {
    optimizer: Optimizer,
    steps: i32,
    first: Vec<f32>,
    second: Vec<f32>,
}

/// Weights to a task: large enough to be worth handing over, small enough to spread.
const CHUNK: usize = 1 << 15;

impl State {
    pub(crate) fn new(optimizer: Optimizer, weights: usize) -> Self {
        let second = match optimizer {
            Optimizer::Adam | Optimizer::Adamw { .. } => weights,
            Optimizer::Sgd { .. } | Optimizer::Rmsprop => 0,
        };
        Self {
            optimizer,
            steps: 0,
            first: vec![0.0; weights],
            second: vec![0.0; second],
        }
    }

    /// One step, spread over the threads of the current pool; every element is on its own, so
    /// their number changes nothing.
    pub(crate) fn step(&mut self, weights: &mut [f32], gradient: &[f32], clip: Clip, rate: f64) {
        const RHO: f32 = 0.9;
        const EPSILON: f32 = 1e-7;
        const BETA_1: f64 = 0.9;
        const BETA_2: f64 = 0.999;
        self.steps = self.steps.saturating_add(1);
        let pieces = weights
            .par_chunks_mut(CHUNK)
            .zip(gradient.par_chunks(CHUNK))
            .zip(self.first.par_chunks_mut(CHUNK));
        let decay = match self.optimizer {
            Optimizer::Sgd { momentum } => {
                pieces.for_each(|((w, g), v)| sgd(w, g, v, clip, rate as f32, momentum as f32));
                return;
            }
            Optimizer::Rmsprop => {
                pieces.for_each(|((w, g), v)| rmsprop(w, g, v, clip, rate as f32, RHO, EPSILON));
                return;
            }
            Optimizer::Adam => 0.0,
            Optimizer::Adamw { weight_decay } => weight_decay,
        };
        let unbias = (1.0 - BETA_2.powi(self.steps)).sqrt() / (1.0 - BETA_1.powi(self.steps));
        let step = AdamStep {
            rate: (rate * unbias) as f32,
            beta_1: BETA_1 as f32,
            beta_2: BETA_2 as f32,
            epsilon: EPSILON,
            keep: (1.0 - rate * decay) as f32,
        };
        pieces
            .zip(self.second.par_chunks_mut(CHUNK))
            .for_each(|(((w, g), m), v)| adam(w, g, m, v, clip, step));
    }
}
