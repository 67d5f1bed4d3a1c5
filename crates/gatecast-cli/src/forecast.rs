//! `gatecast forecast`: what follows the last row of a file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use gatecast::FittedForecaster;
use gatecast::forecast::ForecastOptions;
use gatecast::report::{self, number};
use gatecast::series::{Exchange, read_holidays};
use serde::Serialize;

use crate::common::Common;
use crate::output::{self, Failure, note};
use crate::panel::{PanelArgs, expand, first_model};
use crate::pictures;
use crate::reading::{Join, Reading};

/// Forecast what follows the last row of a file, with dates or times and in the file's units
#[derive(Args)]
#[command(after_help = "Example:
  gatecast forecast model.safetensors prices.csv
  gatecast forecast model.safetensors prices.csv --level 50,90
  gatecast forecast model.safetensors prices.csv --horizon 5 --holidays closed.txt
  gatecast forecast model.safetensors prices.csv --join sentiment.csv

As many steps come out as the model was trained for (train --horizon 5) unless --horizon sets
otherwise: further steps are forecast from the first ones, without bands. Dates and times follow the
rhythm of the file's last rows; --calendar-of and --holidays skip days on which the market is closed.")]
pub(crate) struct Forecast {
    /// Model that `gatecast train` wrote, or a folder with a model for each series
    model: PathBuf,
    /// File that ends with the last known row; or many series, as train takes them
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Steps to forecast [default: as many as the model was trained for]
    #[arg(long, value_name = "ROWS")]
    horizon: Option<usize>,
    /// Levels of the bands in per cent, with commas between [default: 80,95 where the model was
    /// trained with folds]
    #[arg(long, value_name = "LEVELS", value_delimiter = ',')]
    level: Option<Vec<u8>>,
    /// Text file with the days on which there is no session, one a line
    #[arg(long, value_name = "FILE")]
    holidays: Option<PathBuf>,
    /// Draw the forecasts, of many series those of twelve, into this folder
    #[arg(long, value_name = "DIR")]
    plots: Option<PathBuf>,
    /// Exchange on whose days off there is no session: XTAI, XNYS, XLON, XETR, XPAR, XTKS, XHKG
    #[arg(long, value_name = "MIC", value_parser = exchange)]
    calendar_of: Option<Exchange>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    join: Join,
    #[command(flatten)]
    panel: PanelArgs,
}

#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    forecast: gatecast::Forecast,
    notes: &'a [String],
}

impl Forecast {
    pub(crate) fn run(self, common: &Common) -> Result<(), Failure> {
        let mut holidays = match &self.holidays {
            Some(path) => read_holidays(path)?,
            None => BTreeSet::new(),
        };
        if let Some(exchange) = self.calendar_of {
            holidays.extend(exchange.days_off());
        }
        self.panel.refuse_training()?;
        let files = expand(&self.files)?;
        if let Some(folder) = &self.plots {
            let inputs: Vec<&Path> = [&self.model]
                .into_iter()
                .chain(&files)
                .map(PathBuf::as_path)
                .collect();
            pictures::check(folder, &inputs)?;
        }
        let fitted = match self.model.is_dir() {
            true => FittedForecaster::load(first_model(&self.model)?)?,
            false => FittedForecaster::load(&self.model)?,
        };
        let read = self.reading.options(&fitted.read_options());
        let data = self.panel.open(&files, read, &self.join)?;
        if data.form().is_some() || self.model.is_dir() {
            let options = ForecastOptions {
                horizon: self.horizon,
                levels: Vec::new(),
                holidays,
            };
            let (model, levels, plots) = (&self.model, self.level, self.plots.as_deref());
            return self
                .panel
                .forecast(model, &fitted, &data, &options, levels, plots, common);
        }
        let series = fitted.read_data(&data)?.series.swap_remove(0);
        for text in series.notes() {
            note(common, &format!("note: {text}"));
        }
        let levels = match (self.level, fitted.selection()) {
            (Some(levels), _) => levels,
            (None, Some(_)) => vec![80, 95],
            (None, None) => Vec::new(),
        };
        note_few_errors(&fitted, &levels, common);
        let options = ForecastOptions {
            horizon: self.horizon,
            levels,
            holidays,
        };
        let forecast = fitted.forecast_with(&series, &options)?;
        if let Some(folder) = &self.plots {
            output::write(&pictures::of_forecasts(&[(&series, &forecast)], folder)?)?;
        }
        if let Some(exchange) = self.calendar_of
            && let Some(last) = forecast.points.last().and_then(|point| point.date.date())
            && last.year() > exchange.known_through()
        {
            note(
                common,
                &format!(
                    "note: the days off of {} are announced through {}; later ones follow its rules and may move",
                    exchange.name(),
                    exchange.known_through()
                ),
            );
        }
        let trained = fitted.spec().data.horizon;
        let own = fitted.network().is_some();
        if own && self.horizon.is_some_and(|horizon| horizon > trained) {
            let what = if options.levels.is_empty() {
                ""
            } else {
                ", without bands,"
            };
            note(
                common,
                &format!(
                    "note: the model was trained for {trained} step(s); those after them{what} are forecast from its own forecasts"
                ),
            );
        }
        let training = fitted.training();
        if training
            .test_from
            .is_some_and(|from| forecast.cutoff < from)
            || forecast.cutoff < training.last
        {
            let text = "note: the file ends before the model's test part begins: the model has learnt from these days";
            note(common, text);
        }
        if common.json {
            return output::print_json(&Report {
                forecast,
                notes: series.notes(),
            });
        }
        if let Some(scores) = fitted
            .scores()
            .filter(|scores| scores.mae >= scores.naive_mae)
        {
            note(
                common,
                &format!(
                    "note: in testing, this model's mean error was {} and that of the last value {}",
                    number(scores.mae),
                    number(scores.naive_mae)
                ),
            );
        }
        output::print(&report::of_forecast(&forecast))
    }
}

/// An exchange by its market identifier code.
fn exchange(code: &str) -> Result<Exchange, String> {
    let found = Exchange::ALL
        .iter()
        .find(|exchange| exchange.name().eq_ignore_ascii_case(code));
    found.copied().ok_or_else(|| {
        let known: Vec<&str> = Exchange::ALL
            .iter()
            .map(|exchange| exchange.name())
            .collect();
        format!("it must be one of {}", known.join(", "))
    })
}

/// Says of which bands the errors are too few.
pub(crate) fn note_few_errors(fitted: &FittedForecaster, levels: &[u8], common: &Common) {
    let Some(selection) = fitted.selection() else {
        return;
    };
    let few = levels
        .iter()
        .filter(|level| !selection.is_enough_for(**level));
    let few: Vec<String> = few.map(|level| format!("{level} %")).collect();
    if !few.is_empty() {
        let (bands, windows) = (few.join(" and "), selection.windows);
        note(
            common,
            &format!(
                "note: the band of {bands} rests on the errors of {windows} windows, which are too few to be \
                 sure of it"
            ),
        );
    }
}
