//! Activation functions over slices, each with its derivative written in terms of its own result.
//!
//! `exp` and `tanh` are polynomial approximations after the Cephes library (Moshier, `expf.c` and
//! `tanhf.c`, public since 1984), written without branches so that a loop over a slice becomes
//! vector code. Their error is bounded in [`MAX_ULP`] and swept in a test.

use serde::{Deserialize, Serialize};

use crate::isa::{fma, simd};

/// Largest distance of [`Activation::Sigmoid`] and [`Activation::Tanh`] from the correctly
/// rounded result, in units in the last place, over all inputs whose result is a normal number.
pub const MAX_ULP: u32 = 3;

/// An elementwise non-linearity, by its Keras name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// `x`.
    #[default]
    Linear,
    /// `1 / (1 + e⁻ˣ)`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x/6 + 1/2, 0), 1)`, as Keras 3 defines it.
    HardSigmoid,
}

impl Activation {
    /// Every activation, in the order in which help texts list them.
    pub const ALL: [Self; 5] = [
        Self::Linear,
        Self::Sigmoid,
        Self::Tanh,
        Self::Relu,
        Self::HardSigmoid,
    ];

    /// The name in configuration files, e.g. `hard_sigmoid`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Relu => "relu",
            Self::HardSigmoid => "hard_sigmoid",
        }
    }

    /// Replaces every `x` by the activation of `x`.
    pub fn apply(self, x: &mut [f32]) {
        apply(self, x);
    }

    /// Multiplies every `dy` by the derivative at the point whose activation was `y`.
    ///
    /// # Panics
    /// When the slices differ in length.
    pub fn backward(self, dy: &mut [f32], y: &[f32]) {
        assert_eq!(dy.len(), y.len());
        backward(self, dy, y);
    }
}

simd! {
    fn apply(activation: Activation, x: &mut [f32]) {
        apply_inline::<FMA>(activation, x);
    }
}

simd! {
    fn backward(activation: Activation, dy: &mut [f32], y: &[f32]) {
        let pairs = dy.iter_mut().zip(y);
        match activation {
            Activation::Linear => {}
            Activation::Sigmoid => pairs.for_each(|(d, &y)| *d = through::<FMA>(Activation::Sigmoid, *d, y)),
            Activation::Tanh => pairs.for_each(|(d, &y)| *d = through::<FMA>(Activation::Tanh, *d, y)),
            other => pairs.for_each(|(d, &y)| *d = through::<FMA>(other, *d, y)),
        }
    }
}

/// [`Activation::apply`] for use inside another kernel, compiled for that kernel's instructions.
#[inline(always)]
pub(crate) fn apply_inline<const FMA: bool>(activation: Activation, x: &mut [f32]) {
    // A match around the loops, not in them: each becomes vector code.
    match activation {
        Activation::Linear => {}
        Activation::Sigmoid => each(x, |x| value::<FMA>(Activation::Sigmoid, x)),
        Activation::Tanh => each(x, |x| value::<FMA>(Activation::Tanh, x)),
        Activation::Relu => each(x, |x| value::<FMA>(Activation::Relu, x)),
        Activation::HardSigmoid => each(x, |x| value::<FMA>(Activation::HardSigmoid, x)),
    }
}

#[inline(always)]
fn each(x: &mut [f32], function: impl Fn(f32) -> f32) {
    x.iter_mut().for_each(|x| *x = function(*x));
}

/// The activation of one number. Where `activation` is a constant, a loop around it becomes
/// vector code.
#[inline(always)]
fn value<const FMA: bool>(activation: Activation, x: f32) -> f32 {
    match activation {
        Activation::Linear => x,
        Activation::Sigmoid => sigmoid::<FMA>(x),
        Activation::Tanh => tanh::<FMA>(x),
        // Written so that NaN stays NaN: a diverged run must not look healthy.
        Activation::Relu if x < 0.0 => 0.0,
        Activation::Relu => x,
        Activation::HardSigmoid => (x / 6.0 + 0.5).clamp(0.0, 1.0),
    }
}

/// `dy` times the derivative at the point whose activation was `y`.
#[inline(always)]
pub(crate) fn through<const FMA: bool>(activation: Activation, dy: f32, y: f32) -> f32 {
    match activation {
        Activation::Linear => dy,
        Activation::Sigmoid => dy * (y * (1.0 - y)),
        Activation::Tanh => dy * fma::<FMA>(-y, y, 1.0),
        Activation::Relu if y > 0.0 => dy,
        Activation::Relu => 0.0,
        Activation::HardSigmoid if y > 0.0 && y < 1.0 => dy / 6.0,
        Activation::HardSigmoid => 0.0,
    }
}

/// Calls `$function::<FMA>(recurrent activation, activation, …)` with constants for the pairs in
/// common use, so that they are compiled into its loop; any other pair is looked up at every
/// number.
macro_rules! with_activations {
    ($cell:ident, $function:ident($($argument:expr),* $(,)?)) => {{
        use $crate::activation::Activation::{HardSigmoid, Relu, Sigmoid, Tanh};
        match ($cell.recurrent_activation, $cell.activation) {
            (Sigmoid, Tanh) => $function::<FMA>(Sigmoid, Tanh, $($argument),*),
            (Sigmoid, Sigmoid) => $function::<FMA>(Sigmoid, Sigmoid, $($argument),*),
            (Sigmoid, Relu) => $function::<FMA>(Sigmoid, Relu, $($argument),*),
            (HardSigmoid, Tanh) => $function::<FMA>(HardSigmoid, Tanh, $($argument),*),
            (recurrent, activation) => $function::<FMA>(recurrent, activation, $($argument),*),
        }
    }};
}
pub(crate) use with_activations;

/// `eˣ` for `x` in ±87, beyond which it is held; NaN stays NaN.
#[inline(always)]
pub(crate) fn exp<const FMA: bool>(x: f32) -> f32 {
    // e^±87 is still a normal number, and so is 1 + e^87.
    const LIMIT: f32 = 87.0;
    // Adding 1.5·2²³ leaves the nearest integer in the low bits of the sum.
    const ROUND: f32 = 12_582_912.0;
    // ln 2 in two parts: the first has few bits, so n·LN2_HIGH is exact for |n| ≤ 126.
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;

    let x = x.clamp(-LIMIT, LIMIT);
    let shifted = fma::<FMA>(x, std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = fma::<FMA>(n, -LN2_LOW, fma::<FMA>(n, -LN2_HIGH, x));
    // Minimax polynomial of (eʳ − 1 − r)/r² on |r| ≤ ln 2 / 2 (Cephes expf).
    let p = fma::<FMA>(1.987_569_1e-4, r, 1.398_2e-3);
    let p = fma::<FMA>(p, r, 8.333_452e-3);
    let p = fma::<FMA>(p, r, 4.166_579_6e-2);
    let p = fma::<FMA>(p, r, 1.666_666_5e-1);
    let p = fma::<FMA>(p, r, 5e-1);
    let e_r = fma::<FMA>(p, r * r, r) + 1.0;
    // 2ⁿ by writing n + 127 into the exponent; the bits of ROUND above it are shifted out.
    let two_n = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    e_r * two_n
}

#[inline(always)]
fn sigmoid<const FMA: bool>(x: f32) -> f32 {
    1.0 / (1.0 + exp::<FMA>(-x))
}

#[inline(always)]
fn tanh<const FMA: bool>(x: f32) -> f32 {
    // Near zero 1 − 2/(e²ˣ + 1) would cancel; there an odd polynomial takes over
    // (Cephes tanhf, |x| < 0.625). Both are computed and one is selected: no branch.
    let z = x * x;
    let p = fma::<FMA>(-5.704_988_7e-3, z, 2.063_908_8e-2);
    let p = fma::<FMA>(p, z, -5.373_971_5e-2);
    let p = fma::<FMA>(p, z, 1.333_144_2e-1);
    let p = fma::<FMA>(p, z, -3.333_328e-1);
    let near = fma::<FMA>(p * z, x, x);
    let far = (1.0 - 2.0 / (exp::<FMA>(2.0 * x.abs()) + 1.0)).copysign(x);
    if x.abs() < 0.625 { near } else { far }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ulp_distance;

    fn exact(activation: Activation, x: f64) -> f64 {
        match activation {
            Activation::Linear => x,
            Activation::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Activation::Tanh => x.tanh(),
            Activation::Relu => x.max(0.0),
            Activation::HardSigmoid => (x / 6.0 + 0.5).clamp(0.0, 1.0),
        }
    }

    /// Every 997th float of the range: over two million points, all magnitudes, both signs.
    fn sweep(limit: f32) -> Vec<f32> {
        let bits = (0..=limit.to_bits()).step_by(997).map(f32::from_bits);
        bits.flat_map(|x| [x, -x]).collect()
    }

    #[test]
    fn sigmoid_and_tanh_stay_within_their_bound() {
        for (activation, limit) in [(Activation::Sigmoid, 86.0), (Activation::Tanh, 100.0)] {
            let xs = sweep(limit);
            let mut ys = xs.clone();
            activation.apply(&mut ys);
            let (worst, at) = xs
                .iter()
                .zip(&ys)
                .map(|(&x, &y)| (ulp_distance(y, exact(activation, x.into()) as f32), x))
                .max_by_key(|(ulp, _)| *ulp)
                .unwrap();
            println!("{activation:?}: {worst} ulp at {at}");
            assert!(worst <= MAX_ULP, "{activation:?}: {worst} ulp at {at}");
        }
    }

    #[test]
    fn far_out_and_undefined_inputs_behave() {
        for activation in Activation::ALL {
            let mut x = [f32::NAN, 1e30, -1e30, f32::INFINITY, f32::NEG_INFINITY, 0.0];
            activation.apply(&mut x);
            assert!(x[0].is_nan(), "{activation:?} hides NaN");
            for (y, x) in x[1..]
                .iter()
                .zip([1e30, -1e30, f64::INFINITY, f64::NEG_INFINITY, 0.0])
            {
                let want = exact(activation, x) as f32;
                assert!(
                    (y - want).abs() < 1e-30 || *y == want,
                    "{activation:?}({x}) = {y}"
                );
            }
        }
    }

    #[test]
    fn derivatives_agree_with_central_differences() {
        for activation in Activation::ALL {
            for x in [-7.0, -2.9, -0.7, -0.1, 0.2, 0.62, 1.5, 2.9, 4.0] {
                let step = 1e-6;
                let want =
                    (exact(activation, x + step) - exact(activation, x - step)) / (2.0 * step);
                let mut dy = [2.0];
                activation.backward(&mut dy, &[exact(activation, x) as f32]);
                assert!(
                    (f64::from(dy[0]) - 2.0 * want).abs() < 1e-5,
                    "{activation:?} at {x}: {} against {}",
                    dy[0],
                    2.0 * want
                );
            }
        }
    }
}
