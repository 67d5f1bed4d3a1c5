//! `gatecast summary`: what is in a model file.

use std::path::PathBuf;

use clap::Args;
use gatecast::FittedForecaster;
use gatecast::forecast::Training;
use gatecast::{ForecastSpec, Scores};
use serde::Serialize;

use crate::Common;
use crate::output::{self, Failure};
use crate::train::verdict;

/// Show a model file: its layers, its data, its scores
#[derive(Args)]
#[command(after_help = "Example:
  gatecast summary model.safetensors")]
pub(crate) struct Summary {
    /// Model that `gatecast train` wrote
    model: PathBuf,
}

#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    summary: gatecast::nn::Summary,
    spec: &'a ForecastSpec,
    training: &'a Training,
    epochs: usize,
    kept_epoch: usize,
    test: Option<&'a Scores>,
}

impl Summary {
    pub(crate) fn run(self, common: &Common) -> Result<(), Failure> {
        let fitted = FittedForecaster::load(&self.model)?;
        let (spec, training, history) = (fitted.spec(), fitted.training(), fitted.history());
        let summary = fitted.network().summary();
        if common.json {
            return output::print_json(&Report {
                summary,
                spec,
                training,
                epochs: history.epochs.len(),
                kept_epoch: history.kept_epoch,
                test: fitted.scores(),
            });
        }
        let data = &spec.data;
        output::print(&format!(
            "{summary}\n\n\
             forecasts  {} of {} step(s) from {} rows of {}\n\
             trained    on {} ({} rows), {} to {}, {} windows\n\
             epochs     {}, kept {}; loss {}, optimizer {}, learning rate {}, seed {}\n\
             data       SHA-256 {}\n",
            data.target,
            data.horizon,
            data.window,
            data.features.join(", "),
            training.series,
            training.split.rows,
            training.first,
            training.last,
            training.windows.train,
            history.epochs.len(),
            history.kept_epoch,
            spec.train.loss.name(),
            spec.train.optimizer.name(),
            spec.train.learning_rate,
            spec.train.seed,
            training.sha256,
        ))?;
        output::print(verdict(&fitted).trim_end())
    }
}
