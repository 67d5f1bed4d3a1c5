//! `gatecast backtest`: rolling origin over the last part of a file, and a verdict.

use std::path::{Path, PathBuf};

use clap::Args;
use gatecast::Forecaster;
use gatecast::forecast::{CrossValidationSpec, Event, Refit};
use gatecast::report::{self, Backtested, Document, Language, PredictionsFile};
use gatecast::series::ReadOptions;
use serde::Serialize;

use crate::common::Common;
use crate::inspect;
use crate::output::{self, Failure, note};
use crate::panel::{PanelArgs, expand};
use crate::pictures;
use crate::progress::Progress;
use crate::reading::{Join, Reading};
use crate::reports;
use crate::settings::Settings;

/// Forecast the last part of a file fold by fold, always from the past, and judge the skill
#[derive(Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "Examples:
  gatecast backtest prices.csv
  gatecast backtest prices.csv --preset article --folds 4 --check-leaks
  gatecast backtest prices.csv --folds 10 --refit once --gap 5 --sliding 1000
  gatecast backtest prices.csv --horizon 5 --strategy recursive --plots pictures
  gatecast backtest prices.csv --report backtest.html

Each fold is forecast by what was given the rows before it and no others. All settings of
train apply to every fold; --test is the share of the rows that the folds are cut from."
)]
pub(crate) struct Backtest {
    /// Price files of any source that is known: CSV in any shape and encoding, TWSE, TPEX, Yahoo,
    /// yfinance, Stooq, Alpha Vantage, Parquet, Arrow. Several files, a folder, a pattern such as
    /// 'prices/*.csv', and a file with a column unique_id or a series a line are many series
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Pieces that the test part is cut in
    #[arg(long, value_name = "N", default_value_t = 5, help_heading = "Backtest")]
    folds: usize,
    /// Train anew for \"every\" fold, \"once\", or every N folds
    #[arg(long, value_name = "WHEN", default_value = "every", value_parser = refit, help_heading = "Backtest")]
    refit: Refit,
    /// Rows between training and test part to leave out
    #[arg(
        long,
        value_name = "ROWS",
        default_value_t = 0,
        help_heading = "Backtest"
    )]
    gap: usize,
    /// Train on so many rows at most, instead of all before the fold
    #[arg(long, value_name = "ROWS", help_heading = "Backtest")]
    sliding: Option<usize>,
    /// Also change the future and shuffle it, train again, and check that nothing knew
    #[arg(long, help_heading = "Backtest")]
    check_leaks: bool,
    /// Read settings from a TOML file; flags win over it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    join: Join,
    #[command(flatten)]
    panel: PanelArgs,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    backtested: Backtested,
    plots: Vec<PathBuf>,
}

fn refit(text: &str) -> Result<Refit, String> {
    match text {
        "every" => Ok(Refit::Every(1)),
        "once" => Ok(Refit::Once),
        number => match number.parse() {
            Ok(folds @ 1..) => Ok(Refit::Every(folds)),
            _ => Err("use every, once or a number of folds".into()),
        },
    }
}

impl Backtest {
    pub(crate) fn run(self, common: &Common) -> Result<(), Failure> {
        let settings = match &self.config {
            Some(path) => self.settings.or(Settings::read(path)?),
            None => self.settings,
        };
        settings.refuse_model("backtest")?;
        let plan = CrossValidationSpec {
            folds: self.folds,
            refit: self.refit,
            gap: self.gap,
            sliding: self.sliding,
        };
        let files = expand(&self.files)?;
        let read = self.reading.options(&ReadOptions::default());
        let data = self.panel.open(&files, read, &self.join)?;
        let settings = settings.with_target(&data)?;
        if data.form().is_some() {
            let spec = settings.panel_spec(&self.panel, common)?;
            let check = self.check_leaks;
            return self
                .panel
                .backtest(&files, &data, &spec, plan, check, &settings, common);
        }
        let file = &files[0];
        let spec = settings.spec(common)?;
        spec.validate()?;
        let inputs = [Some(file), self.config.as_ref()];
        let inputs = inputs.into_iter().flatten().chain(&self.join.join);
        let inputs: Vec<&Path> = inputs.map(PathBuf::as_path).collect();
        if let Some(folder) = &settings.plots {
            pictures::check(folder, &inputs)?;
        }
        if let Some(path) = &settings.predictions {
            output::check_file(path, &inputs)?;
        }
        let outputs = [settings.predictions.as_deref()];
        let plots = settings.plots.as_deref();
        settings.report.check(&inputs, &outputs, plots)?;
        settings.log.check()?;
        let series = data.read(&spec.data.columns())?.series.swap_remove(0);
        inspect::hint(file, &data, common);
        for text in series.notes() {
            note(common, &format!("note: {text}"));
        }
        let mut progress = Progress::new(common);
        let forecaster = Forecaster::new(spec)?;
        let origin = reports::origin(Some(&settings), Some(&data), common);
        let mut log = settings.log.open()?;
        log.settings(&origin.to_toml(forecaster.spec()));
        let on_event = |event: &Event| {
            log.on_event(event);
            progress.on_event(event)
        };
        let mut results = forecaster.cross_validate_with(&series, plan, on_event)?;
        // Of one series there is one result.
        let results = results.swap_remove(0);
        let leaks = match self.check_leaks {
            true => {
                note(
                    common,
                    "checking for leaks: training up to eight times more",
                );
                Some(forecaster.check_leaks(&series)?)
            }
            false => None,
        };
        let mut files = match &settings.plots {
            Some(folder) => {
                let target = &forecaster.spec().data.target;
                pictures::of_backtest(&results, &series, target, folder)?
            }
            None => Vec::new(),
        };
        if let Some(path) = &settings.predictions {
            let mut file = PredictionsFile::new();
            file.add(&series, &results.predictions);
            files.push((path.clone(), file.into_bytes()));
        }
        let backtested = Backtested { results, leaks };
        if log.is_open() {
            let document = Document::of_backtest(&backtested, &series, forecaster.spec(), &origin)?;
            log.text("report", &document.to_markdown(Language::English));
            log.pictures(&files);
            log.finish(common);
        }
        files.extend(settings.report.file(|| {
            let spec = forecaster.spec();
            Ok(Document::of_backtest(&backtested, &series, spec, &origin)?)
        })?);
        output::write(&files)?;
        let plots: Vec<PathBuf> = files.into_iter().map(|(path, _)| path).collect();
        if common.json {
            return output::print_json(&Report { backtested, plots });
        }
        output::print(&report::of_backtest(&backtested.results))?;
        for path in plots {
            output::print(&format!("written  {}", path.display()))?;
        }
        match backtested.leaks.as_deref() {
            None => Ok(()),
            Some([]) => output::print(output::NO_LEAKS),
            Some(leaks) => leaks
                .iter()
                .try_for_each(|leak| output::print(&format!("\nLeak: {}.", leak.text()))),
        }
    }
}
