//! `gatecast train`: reads, trains, scores, saves.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use gatecast::report::{self, Document, Language, PredictionsFile, Trained};
use gatecast::series::ReadOptions;
use gatecast::{FittedForecaster, Forecaster, Series};
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
use crate::tensorboard::{Log, LogArgs};

/// Train a network on a price file, or fit a method, and score it beside the last value
#[derive(Args)]
#[command(
    allow_negative_numbers = true,
    after_help = "Examples:
  gatecast train prices.csv
  gatecast train prices.csv --preset article --epochs 100 --plots pictures
  gatecast train prices.csv --target close --features close,volume --cell gru --hidden 64,64 \\
      --window 10 --horizon 5 --validation 0.1 --patience 10 --out gru.safetensors
  gatecast train prices.csv --config settings.toml --seed 3
  gatecast train prices.csv --horizon 5 --report report.html --tensorboard logs/first
  gatecast train sales.csv --method ets --horizon 12 --predictions all.csv
  gatecast train prices.csv --join sentiment.csv --features close,count,mean_good

Rows may be minutes, hours, days, weeks, months, quarters, years, or only counted. `gatecast inspect`
shows how it is read and what is wrong with it. Every flag but those of Reading, Panel and --config can stand in the TOML file under the same name: window = 10, hidden = [64, 64]."
)]
pub(crate) struct Train {
    /// Files of any source that is known: CSV in any shape and encoding, TWSE, TPEX, Yahoo, yfinance,
    /// Stooq, Alpha Vantage, Parquet, Arrow, packed with gzip or zip or not; - is standard input.
    /// Several files, a folder, a pattern such as 'prices/*.csv', and a file with a column of names
    /// (unique_id, ticker, Name) or a series a line are many series
    #[arg(required = true)]
    files: Vec<PathBuf>,
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

impl Train {
    pub(crate) fn run(self, common: &Common) -> Result<(), Failure> {
        let settings = match &self.config {
            Some(path) => self.settings.or(Settings::read(path)?),
            None => self.settings,
        };
        let files = expand(&self.files)?;
        let read = self.reading.options(&ReadOptions::default());
        let data = self.panel.open(&files, read, &self.join)?;
        let settings = settings.with_target(&data)?;
        if data.form().is_some() {
            let spec = settings.panel_spec(&self.panel, common)?;
            return self.panel.train(&files, &data, &spec, &settings, common);
        }
        let spec = settings.spec(common)?;
        spec.validate()?;
        settings.refuse_predictions(&spec, false)?;
        let out = settings
            .out
            .clone()
            .unwrap_or_else(|| "model.safetensors".into());
        let (plots, predictions) = (settings.plots.as_deref(), settings.predictions.clone());
        let file = files[0].as_path();
        let mut inputs = vec![file];
        inputs.extend(self.config.as_deref());
        inputs.extend(self.join.join.iter().map(PathBuf::as_path));
        let series = data.read(&spec.data.columns())?.series.swap_remove(0);
        inspect::hint(file, &data, common);
        let forecaster = Forecaster::new(spec)?.settled(&series)?;
        note_season(&forecaster, common);
        if let Some(path) = &predictions {
            output::check_file(path, &inputs)?;
            output::check_apart(&[Some(&out), Some(path)])?;
        }
        let outputs = [Some(out.as_path()), predictions.as_deref()];
        settings.report.check(&inputs, &outputs, plots)?;
        settings.log.check()?;
        let origin = reports::origin(Some(&settings), Some(&data), common);
        let toml = origin.to_toml(forecaster.spec());
        let log = (&settings.log, toml.as_str());
        let (fitted, mut report, mut log) =
            train(&forecaster, &series, &inputs, &out, plots, log, common)?;
        if let (Some(path), Some(made)) = (predictions, fitted.test_predictions()) {
            let mut file = PredictionsFile::new();
            file.add(&series, made);
            output::write(&[(path.clone(), file.into_bytes())])?;
            report.plots.push(path);
        }
        if log.is_open() {
            let document = Document::of_fit(&fitted, &series, &report.trained, &origin);
            log.text("report", &document.to_markdown(Language::English));
            let verdict = fitted.verdict().map(|verdict| verdict.text.as_str());
            log.text("verdict", verdict.unwrap_or("There are no test rows."));
            #[cfg(feature = "plot")]
            log.pictures(&report::pictures::of_model(&fitted, Some(&series))?);
            log.finish(common);
        }
        let page = settings
            .report
            .file(|| Ok(Document::of_fit(&fitted, &series, &report.trained, &origin)))?;
        if let Some((path, html)) = page {
            output::write(&[(path.clone(), html)])?;
            report.plots.push(path);
        }
        if common.json {
            return output::print_json(&report);
        }
        output::print(&report::of_layers(&fitted))?;
        output::print("")?;
        output::print(&report::test_part(&fitted))?;
        output::print(&report.files())
    }
}

/// Says which season was found, where it was looked for.
pub(crate) fn note_season(forecaster: &Forecaster, common: &Common) {
    let data = &forecaster.spec().data;
    if data.season > 1 && forecaster.summary().is_none() {
        let long = match data.long_season {
            ..=1 => String::new(),
            rows => format!(", and a longer one of {rows}"),
        };
        note(common, &format!("season of {} rows{long}", data.season));
    } else if data.season > 1 {
        let read = match data.window % data.season {
            0 => format!("{} seasons", data.window / data.season),
            _ => format!(
                "{} rows, each measured from the seasons before it",
                data.window - data.season
            ),
        };
        note(
            common,
            &format!("season of {} rows; the network reads {read}", data.season),
        );
    }
}

/// What `--json` prints.
#[derive(Serialize)]
pub(crate) struct Report {
    #[serde(flatten)]
    pub(crate) trained: Trained,
    model: PathBuf,
    plots: Vec<PathBuf>,
}

impl Report {
    /// Where everything is, one line each.
    pub(crate) fn files(&self) -> String {
        let mut text = format!("model    {}", self.model.display());
        for path in &self.plots {
            text += &format!("\nwritten  {}", path.display());
        }
        text
    }
}

/// Trains and writes the model, into `plots` the history and the pictures, and for TensorBoard the settings `toml` and
/// how training goes. `inputs` are files that
/// may not be written to. Whatever can be found wrong is found before training; nothing is written before it has ended well.
pub(crate) fn train(
    forecaster: &Forecaster,
    series: &Series,
    inputs: &[&Path],
    out: &Path,
    plots: Option<&Path>,
    (log, toml): (&LogArgs, &str),
    common: &Common,
) -> Result<(FittedForecaster, Report, Log), Failure> {
    for text in series.notes() {
        note(common, &format!("note: {text}"));
    }
    let windows = forecaster.check(series)?;
    output::check_file(out, inputs)?;
    if let Some(folder) = plots {
        pictures::check(folder, inputs)?;
        let absolute = |path: &Path| std::path::absolute(path).ok();
        if pictures::names().any(|name| absolute(&folder.join(name)) == absolute(out)) {
            return Err(Failure::Usage {
                message: format!(
                    "--out {} is also the name of a picture or history",
                    out.display()
                ),
                help: Some("name another file".into()),
            });
        }
    }
    let spec = forecaster.spec();
    let parameters = forecaster.summary().map_or(0, |layers| layers.parameters);
    let what = match (forecaster.summary(), spec.model.members) {
        (None, _) => format!("method {}", spec.model.method.name()),
        (_, 1) => format!("{parameters} parameters, {} epochs", spec.train.epochs),
        (_, members) => format!(
            "{members} networks of {parameters} parameters, {} epochs",
            spec.train.epochs
        ),
    };
    note(
        common,
        &format!(
            "{}: {} rows; {} windows to train on, {} to validate, {} to test; {what}",
            series.name(),
            series.rows(),
            windows.train,
            windows.validation,
            windows.test,
        ),
    );

    let mut progress = Progress::new(common);
    let mut log = log.open()?;
    log.settings(toml);
    let start = Instant::now();
    let fitted = forecaster.fit_with(series, |event| {
        log.on_event(event);
        progress.on_event(event)
    })?;
    let fit_seconds = start.elapsed().as_secs_f64();
    if fitted.selection().is_none() && spec.data.validation_folds > 0 {
        note(
            common,
            "note: there are too few rows for folds, and so no bands",
        );
    }

    let plots = match plots {
        Some(folder) => pictures::of_model(&fitted, Some(series), folder)?,
        None => Vec::new(),
    };
    output::make_folder_of(out)?;
    fitted.save(out)?;
    output::write(&plots)?;
    let plots = plots.into_iter().map(|(path, _)| path).collect();
    let report = Report {
        trained: Trained::of(&fitted, series, windows, fit_seconds),
        model: out.into(),
        plots,
    };
    Ok((fitted, report, log))
}
