//! What the network predicts: prices, or what makes prices out of the last one.
//!
//! With `L` the last value of the window (its cutoff) and `y₁ … y_H` the values after it:
//!
//! | kind | step `k` |
//! |---|---|
//! | price | `yₖ` |
//! | difference | `yₖ − yₖ₋₁`, with `y₀ = L` |
//! | return | `yₖ/yₖ₋₁ − 1` |
//! | log-return | `ln(yₖ/yₖ₋₁)` |
//! | residual | `yₖ − L` |
//! | mixture | how much each simple forecast of `yₖ` counts, and what is left (`mixture`) |
//!
//! All but the price are zero for the forecast "as the last value", need no level that training has
//! seen, and are turned back into prices here.

use serde::{Deserialize, Serialize};

/// What the network predicts; see the module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetTransform {
    /// The value itself.
    #[default]
    Price,
    /// The difference to the value before.
    Difference,
    /// The relative difference to the value before.
    Return,
    /// The logarithm of the ratio to the value before.
    LogReturn,
    /// The difference to the last value of the window.
    Residual,
    /// How much each of some simple forecasts counts, such as the last season or a mean of seasons, and what
    /// is left beside them; each window in terms of its own.
    Mixture,
}

impl TargetTransform {
    /// Every kind, in the order in which help texts list them.
    pub const ALL: [Self; 6] = [
        Self::Price,
        Self::Difference,
        Self::Return,
        Self::LogReturn,
        Self::Residual,
        Self::Mixture,
    ];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Difference => "difference",
            Self::Return => "return",
            Self::LogReturn => "log-return",
            Self::Residual => "residual",
            Self::Mixture => "mixture",
        }
    }

    /// Whether only values above zero have it.
    pub fn needs_positive(self) -> bool {
        matches!(self, Self::Return | Self::LogReturn)
    }

    /// What the network predicts for the value `now` that follows `before` after a window that
    /// ends with `last`.
    ///
    /// ```
    /// use gatecast::prepare::TargetTransform;
    ///
    /// let change = TargetTransform::Return.encode(10.0, 10.0, 11.0);
    /// assert!((change - 0.1).abs() < 1e-12);
    /// assert!((TargetTransform::Return.decode(10.0, 10.0, change) - 11.0).abs() < 1e-12);
    /// ```
    pub fn encode(self, last: f64, before: f64, now: f64) -> f64 {
        match self {
            Self::Price => now,
            Self::Difference => now - before,
            Self::Return => now / before - 1.0,
            Self::LogReturn => (now / before).ln(),
            Self::Residual | Self::Mixture => now - last,
        }
    }

    /// The value behind an output, after the value `before` (itself decoded, from the second step
    /// on) and a window that ends with `last`.
    pub fn decode(self, last: f64, before: f64, output: f64) -> f64 {
        match self {
            Self::Price => output,
            Self::Difference => before + output,
            Self::Return => before * (1.0 + output),
            Self::LogReturn => before * output.exp(),
            Self::Residual | Self::Mixture => last + output,
        }
    }

    /// How large a change of `spread`, in the units of the file, is for the network beside `last`.
    pub(crate) fn unit(self, last: f64, spread: f64) -> f64 {
        match self {
            Self::Return | Self::LogReturn => spread / last.abs(),
            Self::Price | Self::Difference | Self::Residual | Self::Mixture => spread,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_kind_by_its_formula() {
        // A window that ends with 10, then 12, then 9.
        for (kind, want) in [
            (TargetTransform::Price, [12.0, 9.0]),
            (TargetTransform::Difference, [2.0, -3.0]),
            (TargetTransform::Return, [0.2, -0.25]),
            (TargetTransform::LogReturn, [1.2f64.ln(), 0.75f64.ln()]),
            (TargetTransform::Residual, [2.0, -1.0]),
        ] {
            let got = [kind.encode(10.0, 10.0, 12.0), kind.encode(10.0, 12.0, 9.0)];
            for (got, want) in got.iter().zip(want) {
                assert!((got - want).abs() < 1e-12, "{kind:?}: {got} {want}");
            }
        }
    }

    #[test]
    fn only_ratios_need_values_above_zero() {
        let needy = TargetTransform::ALL
            .into_iter()
            .filter(|kind| kind.needs_positive());
        let want = [TargetTransform::Return, TargetTransform::LogReturn];
        assert_eq!(needy.collect::<Vec<_>>(), want);
    }

    proptest! {
        #[test]
        fn decoding_gives_the_value(last in 0.01..1e6f64, before in 0.01..1e6f64, now in 0.01..1e6f64) {
            for kind in TargetTransform::ALL {
                let got = kind.decode(last, before, kind.encode(last, before, now));
                prop_assert!((got - now).abs() <= 1e-9 * (last + before + now), "{:?}", kind);
            }
        }
    }
}
