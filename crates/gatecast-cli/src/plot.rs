//! `gatecast plot`: the pictures of a model, drawn again.

use std::path::PathBuf;

use clap::Args;
use gatecast::FittedForecaster;
use serde::Serialize;

use crate::Common;
use crate::output::{self, Failure};
use crate::train::pictures;

/// Draw a model's loss and, given data, its test forecasts
#[derive(Args)]
#[command(after_help = "Example:
  gatecast plot model.safetensors prices.csv --plots pictures")]
pub(crate) struct Plot {
    /// Model that `gatecast train` wrote
    model: PathBuf,
    /// Price file with the test rows; without it, only the loss is drawn
    file: Option<PathBuf>,
    /// Folder for pictures and history
    #[arg(long, value_name = "DIR", default_value = "plots")]
    plots: PathBuf,
}

#[derive(Serialize)]
struct Report {
    plots: Vec<PathBuf>,
}

impl Plot {
    pub(crate) fn run(self, common: &Common) -> Result<(), Failure> {
        let fitted = FittedForecaster::load(&self.model)?;
        let series = self.file.map(|file| fitted.read(file)).transpose()?;
        if let Some(series) = series
            .as_ref()
            .filter(|_| fitted.training().test_from.is_some())
        {
            fitted.predict(series)?;
        }
        output::check_folder(&self.plots)?;
        let plots = pictures(&fitted, series.as_ref(), &self.plots)?;
        if common.json {
            return output::print_json(&Report { plots });
        }
        let paths: Vec<String> = plots
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        output::print(&paths.join("\n"))
    }
}
