//! One fused pass per optimiser: gradient, moments and weight are read and written once.
//!
//! The formulas and their defaults are those of Keras 3. Every pass works element by element, so
//! a caller may cut the slices anywhere and spread the pieces over threads.

use crate::isa::{fma, simd};

/// What becomes of a gradient on its way into the update: `clamp(g · scale, ±limit)`.
#[derive(Clone, Copy, Debug)]
pub struct Clip {
    /// Factor that brings the global norm under its limit; 1 without clipping by norm.
    pub scale: f32,
    /// Largest magnitude of an element; infinite without clipping by value.
    pub limit: f32,
}

impl Clip {
    /// Gradients pass unchanged.
    pub const NONE: Self = Self {
        scale: 1.0,
        limit: f32::INFINITY,
    };

    #[inline(always)]
    fn apply(self, g: f32) -> f32 {
        (g * self.scale).clamp(-self.limit, self.limit)
    }
}

/// Constants of one Adam step.
#[derive(Clone, Copy, Debug)]
pub struct AdamStep {
    /// `η·√(1 − β₂ᵗ)/(1 − β₁ᵗ)`: learning rate with both bias corrections.
    pub rate: f32,
    /// `β₁`.
    pub beta_1: f32,
    /// `β₂`.
    pub beta_2: f32,
    /// Added to `√v`.
    pub epsilon: f32,
    /// `1 − η·λ`: what decoupled weight decay leaves of a weight; 1 for plain Adam.
    pub keep: f32,
}

simd! {
    /// Gradient descent with momentum: `v = μ·v − η·g`, `w += v` (plain descent for `μ = 0`).
    pub fn sgd(w: &mut [f32], g: &[f32], v: &mut [f32], clip: Clip, rate: f32, momentum: f32) {
        for ((w, &g), v) in w.iter_mut().zip(g).zip(v) {
            *v = fma::<FMA>(momentum, *v, -rate * clip.apply(g));
            *w += *v;
        }
    }
}

simd! {
    /// RMSprop (Hinton 2012): `v = ρ·v + (1 − ρ)·g²`, `w −= η·g/√(v + ε)`.
    pub fn rmsprop(w: &mut [f32], g: &[f32], v: &mut [f32], clip: Clip, rate: f32, rho: f32, epsilon: f32) {
        for ((w, &g), v) in w.iter_mut().zip(g).zip(v) {
            let g = clip.apply(g);
            *v = fma::<FMA>(rho, *v, (1.0 - rho) * g * g);
            *w -= rate * g / (*v + epsilon).sqrt();
        }
    }
}

simd! {
    /// Adam (Kingma & Ba 2015, the formulation before section 2.1) and, with `keep < 1`, AdamW
    /// (Loshchilov & Hutter 2019):
    /// `m += (1 − β₁)(g − m)`, `v += (1 − β₂)(g² − v)`, `w = keep·w − rate·m/(√v + ε)`.
    pub fn adam(w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32], clip: Clip, step: AdamStep) {
        let (one_1, one_2) = (1.0 - step.beta_1, 1.0 - step.beta_2);
        for (((w, &g), m), v) in w.iter_mut().zip(g).zip(m).zip(v) {
            let g = clip.apply(g);
            *m = fma::<FMA>(one_1, g - *m, *m);
            *v = fma::<FMA>(one_2, fma::<FMA>(g, g, -*v), *v);
            *w = fma::<FMA>(step.keep, *w, -step.rate * *m / (v.sqrt() + step.epsilon));
        }
    }
}
