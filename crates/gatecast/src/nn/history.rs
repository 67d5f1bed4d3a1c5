//! The record of a training run, and its form in files.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// One epoch, as it went.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Epoch {
    /// From 1.
    pub epoch: usize,
    /// Mean training loss over the epoch, while the weights changed.
    pub loss: f64,
    /// Validation loss at its end.
    pub val_loss: Option<f64>,
    /// Mean absolute error of all outputs (of [`Loss::Quantile`](super::Loss::Quantile), all quantiles)
    /// over the training samples, while the weights changed.
    pub mae: f64,
    /// Mean absolute error over the validation samples at its end.
    pub val_mae: Option<f64>,
    /// `η` of this epoch.
    pub learning_rate: f64,
    /// Mean over the batches of the gradient's norm, before clipping.
    pub gradient_norm: f64,
}

/// Why training ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stop {
    /// All epochs are done.
    Completed,
    /// The validation loss had not improved for the set patience.
    Patience,
    /// The listener of its events stopped it.
    Interrupted,
}

/// A training run, epoch by epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct History {
    /// One record an epoch.
    pub epochs: Vec<Epoch>,
    /// Why it ended.
    pub stop: Stop,
    /// The epoch whose weights the network has now, from 1; 0 for its first weights.
    pub kept_epoch: usize,
}

impl Default for History {
    /// Of nothing that was trained.
    fn default() -> Self {
        Self {
            epochs: Vec::new(),
            stop: Stop::Completed,
            kept_epoch: 0,
        }
    }
}

impl History {
    /// The contents of `stem.csv`, one row an epoch, and `stem.json`.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io), which does not happen in memory.
    pub fn files(&self, stem: &str) -> Result<[(String, Vec<u8>); 2]> {
        let (csv, json) = (format!("{stem}.csv"), format!("{stem}.json"));
        let failed = |name: &str, error| Error::io("write", Path::new(name))(error);
        let mut table = csv::Writer::from_writer(Vec::new());
        let rows = self
            .epochs
            .iter()
            .try_for_each(|epoch| table.serialize(epoch));
        let rows = rows
            .map_err(std::io::Error::other)
            .and_then(|()| table.into_inner().map_err(std::io::Error::other))
            .map_err(|error| failed(&csv, error))?;
        let text = serde_json::to_vec_pretty(self).map_err(|error| failed(&json, error.into()))?;
        Ok([(csv, rows), (json, text)])
    }
}
