//! The shape of one sample; the batch is implied, as in Keras.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What flows between layers, for one sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// `F` numbers.
    Vector {
        /// `F`.
        features: usize,
    },
    /// `T` steps of `F` numbers.
    Sequence {
        /// `T`.
        steps: usize,
        /// `F` of one step.
        features: usize,
    },
}

impl Shape {
    /// Shorthand for [`Shape::Vector`].
    pub fn vector(features: usize) -> Self {
        Self::Vector { features }
    }

    /// Shorthand for [`Shape::Sequence`].
    pub fn sequence(steps: usize, features: usize) -> Self {
        Self::Sequence { steps, features }
    }

    /// Numbers in one sample; the largest `usize` where there are more.
    pub fn len(self) -> usize {
        self.steps().saturating_mul(self.features())
    }

    /// Whether a sample holds no number.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Numbers in one step.
    pub fn features(self) -> usize {
        match self {
            Self::Vector { features } | Self::Sequence { features, .. } => features,
        }
    }

    /// Steps; 1 for a vector.
    pub fn steps(self) -> usize {
        match self {
            Self::Vector { .. } => 1,
            Self::Sequence { steps, .. } => steps,
        }
    }
}

/// As Keras prints it, the batch being `None`: `(None, 5, 256)`.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vector { features } => write!(f, "(None, {features})"),
            Self::Sequence { steps, features } => write!(f, "(None, {steps}, {features})"),
        }
    }
}
