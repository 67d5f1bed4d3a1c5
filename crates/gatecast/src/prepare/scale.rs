//! Scalers: fitted on training rows, linear, invertible.

use serde::{Deserialize, Serialize};

use super::Fault;
use crate::error::{Error, Result, fail};

/// How a column is brought to the size of a network's numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScalerKind {
    /// `(x − mean) / (max − min)`, the article's.
    #[default]
    MeanRange,
    /// `(x − mean) / standard deviation` (of the population).
    Standard,
    /// `(x − min) / (max − min)`.
    MinMax,
    /// `x`.
    None,
    /// By each window's own numbers; its distance from its last value, in units of its changes.
    Window,
}

impl ScalerKind {
    /// Every kind, in the order in which help texts list them.
    pub const ALL: [Self; 5] = [
        Self::MeanRange,
        Self::Standard,
        Self::MinMax,
        Self::None,
        Self::Window,
    ];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::MeanRange => "mean-range",
            Self::Standard => "standard",
            Self::MinMax => "min-max",
            Self::None => "none",
            Self::Window => "window",
        }
    }
}

/// A fitted scaler: `(x − center) / spread`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaler {
    /// What is subtracted, in the units of the column.
    pub center: f64,
    /// What is divided by, in the units of the column; never zero.
    pub spread: f64,
}

impl Scaler {
    /// Changes nothing.
    pub const IDENTITY: Self = Self {
        center: 0.0,
        spread: 1.0,
    };

    /// Fits a scaler to the training rows of a column.
    ///
    /// ```
    /// use gatecast::prepare::{Scaler, ScalerKind};
    ///
    /// let scaler = Scaler::fit(ScalerKind::MeanRange, "close", &[70.0, 75.0, 80.0])?;
    /// assert_eq!(scaler.scale(80.0), 0.5);
    /// assert_eq!(scaler.unscale(0.5), 80.0);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ConstantColumn`](crate::ErrorKind::ConstantColumn) when the rows are all the same, whatever the
    /// kind: a network has nothing to learn from them. [`TooFewRows`](crate::ErrorKind::TooFewRows)
    /// without rows.
    pub fn fit(kind: ScalerKind, column: &str, training: &[f64]) -> Result<Self> {
        let (Some(&first), rows) = (training.first(), training.len()) else {
            let why = format!("the scaler of \"{column}\" is fitted on it");
            return Err(Error::too_few_rows("the training part", 0, 1, why));
        };
        let (min, max) = training
            .iter()
            .fold((first, first), |(min, max), &v| (min.min(v), max.max(v)));
        if min == max && kind != ScalerKind::None {
            return fail(Fault::ConstantColumn {
                column: column.into(),
                value: first,
                rows,
            });
        }
        // Around the first value, so that large numbers with a small spread lose nothing.
        let n = rows as f64;
        let mean = first + training.iter().map(|v| v - first).sum::<f64>() / n;
        let (center, spread) = match kind {
            ScalerKind::MeanRange => (mean, max - min),
            ScalerKind::Standard => {
                let variance = training.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
                (mean, variance.sqrt())
            }
            ScalerKind::MinMax => (min, max - min),
            ScalerKind::None | ScalerKind::Window => (0.0, 1.0),
        };
        // Numbers near the ends of f64 overflow; numbers that differ in the last bit underflow.
        if !(center.is_finite() && spread.is_normal()) {
            return Err(Error::too_extreme(format!(
                "the values of \"{column}\" ({min} to {max}) are too extreme to be scaled"
            )));
        }
        Ok(Self { center, spread })
    }

    /// Fits a scaler to changes: as [`Scaler::fit`], but with its center at zero, so that no change
    /// stays none. Changes that are all alike are their own unit.
    ///
    /// # Errors
    /// [`TooExtreme`](crate::ErrorKind::TooExtreme) when they overflow.
    pub fn fit_changes(kind: ScalerKind, column: &str, changes: &[f64]) -> Result<Self> {
        let n = changes.len().max(1) as f64;
        let (min, max) = changes
            .iter()
            .fold((0.0f64, 0.0f64), |(min, max), &v| (min.min(v), max.max(v)));
        let spread = match kind {
            ScalerKind::Standard => (changes.iter().map(|v| v * v).sum::<f64>() / n).sqrt(),
            ScalerKind::MeanRange | ScalerKind::MinMax => max - min,
            ScalerKind::None | ScalerKind::Window => 1.0,
        };
        if !spread.is_normal() {
            let what = format!("the changes of \"{column}\" ({min} to {max}) cannot be scaled");
            return Err(Error::too_extreme(what));
        }
        Ok(Self {
            center: 0.0,
            spread,
        })
    }

    /// From the units of the column to those of the network.
    pub fn scale(&self, value: f64) -> f64 {
        (value - self.center) / self.spread
    }

    /// Back to the units of the column.
    pub fn unscale(&self, value: f64) -> f64 {
        value * self.spread + self.center
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_kind_by_its_formula() {
        let x = [2.0, 4.0, 9.0];
        for (kind, center, spread) in [
            (ScalerKind::MeanRange, 5.0, 7.0),
            (ScalerKind::Standard, 5.0, (26.0f64 / 3.0).sqrt()),
            (ScalerKind::MinMax, 2.0, 7.0),
            (ScalerKind::None, 0.0, 1.0),
        ] {
            let scaler = Scaler::fit(kind, "x", &x).unwrap();
            assert_eq!(scaler, Scaler { center, spread }, "{kind:?}");
        }
    }

    #[test]
    fn what_cannot_be_scaled_is_an_error() {
        for kind in [
            ScalerKind::MeanRange,
            ScalerKind::Standard,
            ScalerKind::MinMax,
        ] {
            let error = Scaler::fit(kind, "volume", &[3.0; 9])
                .unwrap_err()
                .to_string();
            assert_eq!(
                error,
                "column \"volume\" is 3 on every one of the 9 training rows"
            );
            assert!(Scaler::fit(kind, "x", &[-1e308, 1e308]).is_err());
            assert!(Scaler::fit(kind, "x", &[]).is_err());
        }
        assert!(Scaler::fit(ScalerKind::None, "flag", &[3.0; 9]).is_ok());
    }

    proptest! {
        #[test]
        fn scaling_back_gives_the_value(values in prop::collection::vec(-1e9..1e9f64, 2..50)) {
            prop_assume!(values.iter().any(|v| (v - values[0]).abs() > 1e-3));
            for kind in ScalerKind::ALL {
                let scaler = Scaler::fit(kind, "x", &values).unwrap();
                for &value in &values {
                    let back = scaler.unscale(scaler.scale(value));
                    prop_assert!((back - value).abs() <= 1e-6 * value.abs().max(1.0));
                }
            }
        }
    }
}
