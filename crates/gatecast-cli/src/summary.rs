//! `gatecast summary`: what is in a model file.

use std::path::PathBuf;

use clap::Args;
use gatecast::FittedForecaster;
use gatecast::forecast::{PanelScores, Training};
use gatecast::series::Unit;
use gatecast::{ForecastSpec, Scores};
use serde::Serialize;

use crate::common::Common;
use crate::output::{self, Failure};
use crate::panel;
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
    /// Of one model for many series.
    panel: Option<&'a PanelScores>,
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
                panel: fitted.panel_scores(),
            });
        }
        let data = &spec.data;
        let times = match training.first.unit() {
            Unit::Row => format!(", rows {} to {}", training.first, training.last),
            _ => format!(", {} to {}", training.first, training.last),
        };
        let joined = match training.joined.is_empty() {
            true => String::new(),
            false => format!(" ({} joined from another file)", training.joined.join(", ")),
        };
        output::print(&format!(
            "{summary}\n\n\
             forecasts  {} of {} step(s) from {} rows of {}{joined}\n\
             trained    on {} ({} rows){times}, {} windows\n\
             epochs     {}, kept {}; loss {}, optimizer {}, learning rate {}, seed {}\n\
             data       SHA-256 {}\n",
            data.target,
            data.horizon,
            data.window,
            data.features.join(", "),
            training.series,
            training.split.rows,
            training.windows.train,
            history.epochs.len(),
            history.kept_epoch,
            spec.train.loss.name(),
            spec.train.optimizer.name(),
            spec.train.learning_rate,
            spec.train.seed,
            training.sha256,
        ))?;
        match (fitted.panel_scores(), training.panel) {
            (Some(scores), _) => output::print(&panel::table(scores, data.season)),
            (None, Some(_)) => output::print("The model file holds no scores of its series."),
            (None, None) => output::print(verdict(&fitted).trim_end()),
        }
    }
}
