//! `gatecast demo`: the reference article's network on real prices, from nothing to a forecast.

use std::path::PathBuf;

use clap::Args;
use gatecast::{Forecast, Forecaster, series};
use serde::Serialize;

use crate::Common;
use crate::output::{self, Failure, note};
use crate::settings::Settings;
use crate::train::{Report, train, verdict};

/// Train the article's network on the built-in S&P 500 series and forecast the next day
#[derive(Args)]
#[command(after_help = "Example:
  gatecast demo --out my-demo")]
pub(crate) struct Demo {
    /// Folder for the model, the history and the pictures
    #[arg(long, value_name = "DIR", default_value = "gatecast-demo")]
    out: PathBuf,
    /// Passes over the training windows
    #[arg(long, value_name = "N", default_value_t = 100)]
    epochs: usize,
}

#[derive(Serialize)]
struct DemoReport {
    #[serde(flatten)]
    report: Report,
    #[serde(flatten)]
    forecast: Forecast,
}

impl Demo {
    pub(crate) fn run(self, common: &Common) -> Result<(), Failure> {
        let mut spec = Settings::article().spec(common)?;
        spec.train.epochs = self.epochs;
        // The article plots a validation loss too.
        spec.data.validation = 0.1;
        let forecaster = Forecaster::new(spec)?;
        output::check_file(&self.out.join("model.safetensors"), &[])?;
        let series = series::sp500();
        if !common.json {
            output::print(&forecaster.network().summary().to_string())?;
            output::print("")?;
        }
        let model = self.out.join("model.safetensors");
        let (fitted, report) = train(forecaster, &series, &[], &model, Some(&self.out), common)?;
        let forecast = fitted.forecast(&series)?;
        if common.json {
            return output::print_json(&DemoReport { report, forecast });
        }
        output::print(&verdict(&fitted))?;
        output::print(&crate::forecast::table(&forecast))?;
        output::print("")?;
        output::print(&report.files())?;
        note(
            common,
            "\nNext: gatecast train YOUR_PRICES.csv --preset article",
        );
        Ok(())
    }
}
