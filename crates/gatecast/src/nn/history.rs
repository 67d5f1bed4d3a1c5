//! The record of a training run as files.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::checkpoint::write_whole;
use crate::error::{Error, Result};

/// One epoch, as it went.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// From 1.
    pub epoch: usize,
    /// Mean training loss over the epoch, while the weights changed.
    pub loss: f64,
    /// Validation loss at its end.
    pub val_loss: Option<f64>,
    /// Mean absolute error over the training samples, while the weights changed.
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
pub enum Stop {
    /// All epochs are done.
    Completed,
    /// The validation loss had not improved for the set patience.
    Patience,
}

/// A training run, epoch by epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// One record an epoch.
    pub epochs: Vec<Epoch>,
    /// Why it ended.
    pub stop: Stop,
    /// The epoch whose weights the network has now, from 1.
    pub kept_epoch: usize,
}

impl History {
    /// Writes `stem.csv`, one row an epoch, and `stem.json` in `folder`.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn save(&self, folder: &Path, stem: &str) -> Result<[PathBuf; 2]> {
        let files = [
            folder.join(format!("{stem}.csv")),
            folder.join(format!("{stem}.json")),
        ];
        let mut table = csv::Writer::from_writer(Vec::new());
        let rows: std::result::Result<(), _> = self
            .epochs
            .iter()
            .try_for_each(|epoch| table.serialize(epoch));
        let text = rows
            .map_err(std::io::Error::other)
            .and_then(|()| table.into_inner().map_err(std::io::Error::other))
            .map_err(Error::io("write", &files[0]))?;
        let json = serde_json::to_vec_pretty(self)
            .map_err(|error| Error::io("write", &files[1])(error.into()))?;
        write_whole(&files[0], &text)?;
        write_whole(&files[1], &json)?;
        Ok(files)
    }
}
