//! `gatecast plot`: the pictures of a model, drawn again.

use std::path::{Path, PathBuf};

use clap::Args;
use gatecast::{FittedForecaster, Series};
use serde::Serialize;

use crate::common::Common;
use crate::output::{self, Failure, note};
use crate::panel::PanelArgs;
use crate::pictures;
use crate::reading::{Join, Reading};

/// Draw a model's loss and, given data, its test forecasts and errors
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
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    join: Join,
}

#[derive(Serialize)]
struct Report {
    plots: Vec<PathBuf>,
}

impl Plot {
    pub(crate) fn run(self, common: &Common) -> Result<(), Failure> {
        let fitted = FittedForecaster::load(&self.model)?;
        let series = match &self.file {
            Some(file) => Some(self.series(&fitted, file)?),
            None if !self.join.join.is_empty() => {
                return Err(Failure::Usage {
                    message: "--join has no effect without a price file".into(),
                    help: Some("give the file after the model".into()),
                });
            }
            None => None,
        };
        for text in series.iter().flat_map(Series::notes) {
            note(common, &format!("note: {text}"));
        }
        if series.is_some() && fitted.training().test_from.is_none() {
            let why = match fitted.training().panel {
                Some(_) => {
                    "a model for many series does not know where the test part of one begins"
                }
                None => "the model has no test part (train --test 0)",
            };
            note(common, &format!("note: {why}, so only its loss is drawn"));
        }
        let inputs: Vec<&Path> = [Some(&self.model), self.file.as_ref()]
            .into_iter()
            .flatten()
            .chain(&self.join.join)
            .map(PathBuf::as_path)
            .collect();
        pictures::check(&self.plots, &inputs)?;
        let files = pictures::of_model(&fitted, series.as_ref(), &self.plots)?;
        output::write(&files)?;
        let plots: Vec<PathBuf> = files.into_iter().map(|(path, _)| path).collect();
        if common.json {
            return output::print_json(&Report { plots });
        }
        let paths: Vec<String> = plots
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        output::print(&paths.join("\n"))
    }

    /// The one series of a file.
    fn series(&self, fitted: &FittedForecaster, file: &Path) -> Result<Series, Failure> {
        let read = self.reading.options(&fitted.read_options());
        if self.join.join.is_empty() {
            return Ok(fitted.read_with(file, &read)?);
        }
        let data = PanelArgs::default().open(&[file.into()], read, &self.join)?;
        Ok(fitted.read_data(&data)?.series.swap_remove(0))
    }
}
