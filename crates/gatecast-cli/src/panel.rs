//! Many series at once: one model for all (`--global`), or a model for each, side by side.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use clap::Args;
use gatecast::forecast::{
    BacktestSpec, ForecastOptions, PanelScores, SeriesScore, backtest, score_panel,
};
use gatecast::series::{Panel, PanelForm, PanelOptions, ReadOptions, Skipped};
use gatecast::{FittedForecaster, ForecastSpec, Forecaster, Series, one_a_core};
use serde::Serialize;

use crate::Common;
use crate::output::{self, Failure, note, price};
use crate::progress::Progress;

/// What is said of many series.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct PanelArgs {
    /// Train one model on all series rather than one on each; its settings are those of the preset
    /// `panel`
    #[arg(long, help_heading = "Panel")]
    pub(crate) global: bool,
    /// Column that names the series of a long file [default: unique_id]
    #[arg(long, value_name = "COLUMN", help_heading = "Panel")]
    id: Option<String>,
    /// Column of a long file with dates or whole numbers [default: ds, or what means the date]
    #[arg(long, value_name = "COLUMN", help_heading = "Panel")]
    time: Option<String>,
    /// Stop at a series that is broken or too short, rather than leave it out
    #[arg(long, help_heading = "Panel")]
    strict: bool,
    /// File with what came after every series; its first horizon is the test part
    #[arg(long, value_name = "FILE", help_heading = "Panel")]
    truth: Option<PathBuf>,
    /// CSV file for the scores of every series
    #[arg(long, value_name = "FILE", help_heading = "Panel")]
    scores: Option<PathBuf>,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report<'a> {
    series: usize,
    skipped: &'a [Skipped],
    rows: usize,
    fit_seconds: f64,
    /// Share of the time that the cores were busy, in per cent; null where it is not known.
    cores_busy: Option<f64>,
    test: Option<PanelScores>,
    /// Series on which the verdict sees skill; null for one model.
    claims: Option<usize>,
    model: Option<&'a Path>,
    scores: Vec<SeriesScore>,
}

/// One series' outcome.
struct Outcome {
    score: Option<SeriesScore>,
    has_skill: bool,
}

impl PanelArgs {
    fn options(&self, read: ReadOptions) -> PanelOptions {
        PanelOptions {
            read,
            id: self.id.clone(),
            time: self.time.clone(),
            strict: self.strict,
        }
    }

    /// Whether `files` hold more than one series.
    pub(crate) fn is_panel(&self, files: &[PathBuf]) -> Result<bool, Failure> {
        let form = PanelForm::of(files, &self.options(ReadOptions::default()))?;
        if form.is_none() && (self.global || self.truth.is_some() || self.scores.is_some()) {
            return Err(Failure::Usage {
                message: "--global, --truth and --scores are for many series, and this is one".into(),
                help: Some(
                    "give several files, a folder, or a file with a column unique_id (or --id) or a \
                     series a line"
                        .into(),
                ),
            });
        }
        Ok(form.is_some())
    }

    fn read(
        &self,
        files: &[PathBuf],
        spec: &ForecastSpec,
        read: ReadOptions,
        common: &Common,
    ) -> Result<Panel, Failure> {
        let options = self.options(read);
        let mut panel = Panel::read(files, &spec.columns(), &options)?;
        if let Some(truth) = &self.truth {
            let mut after = Panel::read(&[truth], &spec.columns(), &options)?;
            let horizon = spec.data.horizon;
            if let Some(short) = after.series.iter().find(|series| series.rows() < horizon) {
                return Err(Failure::Usage {
                    message: format!(
                        "--truth has {} rows for {}, fewer than the horizon of {horizon}",
                        short.rows(),
                        short.name()
                    ),
                    help: Some("choose a shorter --horizon".into()),
                });
            }
            for series in &mut after.series {
                *series = series.slice(0..horizon);
            }
            panel = panel.followed_by(&after)?;
        }
        for skipped in panel.skipped.iter().take(5) {
            note(
                common,
                &format!("note: {} is left out: {}", skipped.name, skipped.reason),
            );
        }
        if panel.skipped.len() > 5 {
            note(
                common,
                &format!("note: {} more are left out", panel.skipped.len() - 5),
            );
        }
        let notes: Vec<&String> = panel.series.iter().flat_map(Series::notes).collect();
        for text in notes.iter().take(5) {
            note(common, &format!("note: {text}"));
        }
        if notes.len() > 5 {
            note(
                common,
                &format!("note: {} more such notes", notes.len() - 5),
            );
        }
        Ok(panel)
    }

    /// `train` over a panel.
    pub(crate) fn train(
        &self,
        files: &[PathBuf],
        spec: &ForecastSpec,
        read: ReadOptions,
        out: Option<PathBuf>,
        common: &Common,
    ) -> Result<(), Failure> {
        let inputs: Vec<&Path> = files.iter().map(PathBuf::as_path).collect();
        if let Some(path) = &self.scores {
            output::check_file(path, &inputs)?;
        }
        let mut panel = self.read(files, spec, read, common)?;
        let rows = panel.series.iter().map(Series::rows).sum();
        note(
            common,
            &format!("{} series with {rows} rows", panel.series.len()),
        );
        let (start, busy) = (Instant::now(), busy_seconds());
        let (model, scores, claims);
        if self.global {
            let path = out.unwrap_or_else(|| "model.safetensors".into());
            output::check_file(&path, &inputs)?;
            let mut progress = Progress::new(common);
            let forecaster = Forecaster::new(spec.clone())?;
            let fitted = forecaster.fit_panel(&panel.series, |news| progress.hear(news))?;
            scores = match spec.data.test {
                0.0 => Vec::new(),
                _ => score_panel(&fitted, &panel.series, spec.train.threads)?,
            };
            claims = None;
            output::make_folder_of(&path)?;
            fitted.save(&path)?;
            if let Some(chosen) = fitted.chosen() {
                note(
                    common,
                    &format!(
                        "weight of the networks beside the season before: {:.2}",
                        chosen.weight
                    ),
                );
            }
            model = path;
        } else {
            let folder = out.unwrap_or_else(|| "models".into());
            output::check_file(&folder.join("a.safetensors"), &inputs)?;
            let outcomes = self.each(&mut panel, spec, common, |spec, series| {
                let fitted = Forecaster::new(spec)?.fit(series, |_| {})?;
                let path = folder.join(file_name(series));
                output::make_folder_of(&path)?;
                fitted.save(&path)?;
                let test = fitted.training().split.test;
                if test == series.rows() {
                    return Ok(Outcome {
                        score: None,
                        has_skill: false,
                    });
                }
                let predictions = fitted.predict(series)?;
                Ok(Outcome {
                    score: SeriesScore::of(series, &spec_target(&fitted), test, &predictions)?,
                    has_skill: fitted.verdict().is_some_and(|verdict| verdict.has_skill),
                })
            })?;
            claims = Some(outcomes.iter().filter(|outcome| outcome.has_skill).count());
            scores = outcomes
                .into_iter()
                .filter_map(|outcome| outcome.score)
                .collect();
            model = folder;
        }
        let seconds = start.elapsed().as_secs_f64();
        let cores = common.threads.map_or_else(available, usize::from) as f64;
        let cores_busy = busy_seconds()
            .zip(busy)
            .map(|(after, before)| 100.0 * (after - before) / (seconds * cores));
        self.report(
            &Report {
                series: panel.series.len(),
                skipped: &panel.skipped,
                rows,
                fit_seconds: seconds,
                cores_busy,
                test: PanelScores::of(&scores),
                claims,
                model: Some(&model),
                scores,
            },
            spec,
            common,
        )
    }

    /// `backtest` over a panel.
    pub(crate) fn backtest(
        &self,
        files: &[PathBuf],
        spec: &ForecastSpec,
        plan: BacktestSpec,
        read: ReadOptions,
        common: &Common,
    ) -> Result<(), Failure> {
        let mut panel = self.read(files, spec, read, common)?;
        let rows = panel.series.iter().map(Series::rows).sum();
        let start = Instant::now();
        let (scores, claims);
        if self.global {
            let mut all = Vec::new();
            for fold in 0..plan.folds {
                // The last horizon of what is left of every series is what is forecast.
                let behind = (plan.folds - 1 - fold) * spec.data.horizon;
                let known: Vec<Series> = panel
                    .series
                    .iter()
                    .filter(|series| series.rows() > behind + spec.data.horizon)
                    .map(|series| series.slice(0..series.rows() - behind))
                    .collect();
                note(
                    common,
                    &format!("fold {}/{}: {} series", fold + 1, plan.folds, known.len()),
                );
                let mut progress = Progress::new(common);
                let fitted =
                    Forecaster::new(spec.clone())?.fit_panel(&known, |news| progress.hear(news))?;
                all.extend(score_panel(&fitted, &known, spec.train.threads)?);
            }
            (scores, claims) = (all, None);
        } else {
            let outcomes = self.each(&mut panel, spec, common, |spec, series| {
                let target = spec.data.target.clone();
                let results = backtest(&spec, plan, series, |_| {})?;
                let test = series
                    .dates()
                    .partition_point(|date| *date < results.folds[0].test_from);
                Ok(Outcome {
                    score: SeriesScore::of(series, &target, test, &results.predictions)?,
                    has_skill: results.verdict.is_some_and(|verdict| verdict.has_skill),
                })
            })?;
            claims = Some(outcomes.iter().filter(|outcome| outcome.has_skill).count());
            scores = outcomes
                .into_iter()
                .filter_map(|outcome| outcome.score)
                .collect();
        }
        self.report(
            &Report {
                series: panel.series.len(),
                skipped: &panel.skipped,
                rows,
                fit_seconds: start.elapsed().as_secs_f64(),
                cores_busy: None,
                test: PanelScores::of(&scores),
                claims,
                model: None,
                scores,
            },
            spec,
            common,
        )
    }

    /// Does something with every series, one a core. A series with which it fails is left out.
    fn each(
        &self,
        panel: &mut Panel,
        spec: &ForecastSpec,
        common: &Common,
        job: impl Fn(ForecastSpec, &Series) -> Result<Outcome, Failure> + Sync,
    ) -> Result<Vec<Outcome>, Failure> {
        let done = AtomicUsize::new(0);
        let progress = std::sync::Mutex::new(Progress::new(common));
        let of = panel.series.len();
        let outcomes = one_a_core(spec.train.threads, of, |index| {
            let mut spec = spec.clone();
            spec.train.threads = Some(1);
            let outcome = job(spec, &panel.series[index]);
            if let Ok(mut progress) = progress.lock() {
                let done = 1 + done.fetch_add(1, Ordering::Relaxed);
                progress.series(done, of);
            }
            outcome
        });
        let mut good = Vec::new();
        let (mut kept, mut skipped) = (Vec::new(), Vec::new());
        for (series, outcome) in panel.series.drain(..).zip(outcomes) {
            match outcome {
                Ok(outcome) => {
                    kept.push(series);
                    good.push(outcome);
                }
                Err(Failure::Library(error)) if !self.strict && !error.is_usage() => {
                    if skipped.len() < 5 {
                        note(
                            common,
                            &format!("note: {} is left out: {error}", series.name()),
                        );
                    }
                    skipped.push(Skipped {
                        name: series.name().into(),
                        reason: error.to_string(),
                    });
                }
                Err(failure) => return Err(failure),
            }
        }
        if kept.is_empty()
            && let Some(first) = skipped.first()
        {
            return Err(gatecast::Error::NotASeries {
                reason: format!(
                    "no series of the panel will do; {}: {}",
                    first.name, first.reason
                ),
            }
            .into());
        }
        panel.series = kept;
        panel.skipped.extend(skipped);
        Ok(good)
    }

    fn report(
        &self,
        report: &Report<'_>,
        spec: &ForecastSpec,
        common: &Common,
    ) -> Result<(), Failure> {
        if let Some(path) = &self.scores {
            output::write(&[(path.clone(), scores_file(&report.scores).into_bytes())])?;
        }
        if common.json {
            return output::print_json(report);
        }
        let left_out = match report.skipped.len() {
            0 => String::new(),
            count => format!(", {count} left out"),
        };
        let mut text = format!(
            "{} series{left_out}; {:.1} s",
            report.series, report.fit_seconds
        );
        if let Some(busy) = report.cores_busy {
            text += &format!(", cores busy {busy:.0} %");
        }
        text += "\n\n";
        match &report.test {
            Some(test) => text += &table(test, spec.data.season),
            None => {
                text +=
                    "No rows were kept for testing (--test 0), so nothing is known about skill.\n"
            }
        }
        if let Some(claims) = report.claims.filter(|_| report.test.is_some()) {
            let of = report.scores.len();
            text += &format!(
                "the verdict sees skill on {claims} of {of}; by chance alone it may on {:.0}\n",
                0.05 * of as f64
            );
        }
        if let Some(model) = report.model {
            text += &format!("\nmodel    {}", model.display());
        }
        if let Some(path) = &self.scores {
            text += &format!("\nwritten  {}", path.display());
        }
        output::print(text.trim_end())
    }

    /// `forecast` over a panel, by one model for all or by a folder with a model for each: a CSV line
    /// a series and step, or JSON.
    pub(crate) fn forecast(
        &self,
        model: &Path,
        files: &[PathBuf],
        options: &ForecastOptions,
        levels: Option<Vec<u8>>,
        read: impl Fn(&FittedForecaster) -> ReadOptions,
        common: &Common,
    ) -> Result<(), Failure> {
        #[derive(Serialize)]
        struct Of<'a> {
            unique_id: &'a str,
            /// Whether the dates are those of the file, or only count rows.
            dated: bool,
            #[serde(flatten)]
            forecast: gatecast::Forecast,
        }
        #[derive(Serialize)]
        struct All<'a> {
            series: Vec<Of<'a>>,
            skipped: &'a [Skipped],
        }
        let in_folder = model.is_dir();
        let first = match in_folder {
            false => model.to_path_buf(),
            true => first_model(model)?,
        };
        let global = FittedForecaster::load(&first)?;
        let panel = self.read(files, global.spec(), read(&global), common)?;
        let mut skipped = panel.skipped.clone();
        let levels = levels.unwrap_or_else(|| match global.chosen() {
            Some(_) => vec![80, 95],
            None => Vec::new(),
        });
        let options = ForecastOptions {
            levels,
            ..options.clone()
        };
        let mut forecasts = Vec::new();
        for series in &panel.series {
            let forecast = match in_folder {
                false => global.forecast_with(series, &options),
                true => FittedForecaster::load(model.join(file_name(series)))
                    .and_then(|fitted| fitted.forecast_with(series, &options)),
            };
            match forecast {
                Ok(forecast) => forecasts.push(Of {
                    unique_id: series.name(),
                    dated: series.is_dated(),
                    forecast,
                }),
                Err(error) if self.strict || error.is_usage() => return Err(error.into()),
                Err(error) => {
                    note(
                        common,
                        &format!("note: {} is left out: {error}", series.name()),
                    );
                    skipped.push(Skipped {
                        name: series.name().into(),
                        reason: error.to_string(),
                    });
                }
            }
        }
        if common.json {
            return output::print_json(&All {
                series: forecasts,
                skipped: &skipped,
            });
        }
        let bands = options
            .levels
            .iter()
            .flat_map(|level| [format!("lower{level}"), format!("upper{level}")]);
        let bands: Vec<String> = bands.collect();
        let mut text = format!("unique_id,ds,{}", global.spec().data.target);
        for band in &bands {
            text += &format!(",{band}");
        }
        for Of {
            unique_id,
            dated,
            forecast,
        } in &forecasts
        {
            for (step, point) in forecast.points.iter().enumerate() {
                let ds = if *dated {
                    point.date.to_string()
                } else {
                    (step + 1).to_string()
                };
                text += &format!("\n{},{ds},{}", quoted(unique_id), point.value);
                for band in &bands {
                    text += &point
                        .bands
                        .get(band)
                        .map_or(",".into(), |value| format!(",{value}"));
                }
            }
        }
        output::print(&text)
    }
}

fn spec_target(fitted: &FittedForecaster) -> String {
    fitted.spec().data.target.clone()
}

fn available() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Seconds that this process has computed so far, over all cores, where the system says it.
fn busy_seconds() -> Option<f64> {
    /// Clock ticks a second; Linux has had no other number on any common machine.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name, which may hold anything: user time is the 12th field, system time the 13th.
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = |field: usize| fields.get(field)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS)
}

/// The file of a series' model in a folder of them.
fn file_name(series: &Series) -> String {
    let name = Path::new(series.name())
        .file_stem()
        .map_or_else(|| series.name().into(), |stem| stem.to_string_lossy());
    let harmless = |c: char| {
        if c.is_alphanumeric() || "._-".contains(c) {
            c
        } else {
            '_'
        }
    };
    format!(
        "{}.safetensors",
        name.chars().map(harmless).collect::<String>()
    )
}

/// Any model of a folder: they share their settings.
fn first_model(folder: &Path) -> Result<PathBuf, Failure> {
    let read = |source| gatecast::Error::Io {
        action: "read",
        path: folder.into(),
        source,
    };
    let mut models: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(read)?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|ending| ending == "safetensors")
        })
        .collect();
    models.sort();
    models.into_iter().next().ok_or_else(|| Failure::Usage {
        message: format!("{} holds no models", folder.display()),
        help: Some("train over the same series first".into()),
    })
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.into()
    }
}

fn scores_file(scores: &[SeriesScore]) -> String {
    let mut text = String::from(
        "unique_id,rows,mae,smape,mase,seasonal_naive_mae,seasonal_naive_smape,seasonal_naive_mase,last_value_mae,last_value_smape,last_value_mase\n",
    );
    for score in scores {
        let mase = |mase: Option<f64>| mase.map_or(String::new(), |mase| mase.to_string());
        let (model, naive) = (&score.model, &score.seasonal_naive);
        text += &format!(
            "{},{},{},{},{},{},{},{},{},{},{}\n",
            quoted(&score.name),
            score.rows,
            model.mae,
            model.smape,
            mase(model.mase),
            naive.mae,
            naive.smape,
            mase(naive.mase),
            score.last_value.mae,
            score.last_value.smape,
            mase(score.last_value.mase),
        );
    }
    text
}

/// Means over the series, and how the skill is spread.
fn table(test: &PanelScores, season: usize) -> String {
    let mut text = format!(
        "{:22}{:>12}{:>10}{:>10}\n",
        "mean over the series", "MAE", "sMAPE", "MASE"
    );
    let seasonal = match season {
        1 => "season before".to_string(),
        season => format!("seasonal naive ({season})"),
    };
    for (name, errors) in [
        ("model", &test.model),
        (&seasonal, &test.seasonal_naive),
        ("last value", &test.last_value),
    ] {
        text += &format!(
            "{name:22}{:>12}{:>10.3}{:>10}\n",
            price(errors.mae),
            errors.smape,
            errors.mase.map_or("–".into(), |mase| format!("{mase:.4}")),
        );
    }
    let skill: Vec<String> = test
        .skill
        .iter()
        .map(|skill| format!("{skill:.3}"))
        .collect();
    text + &format!(
        "better than the {} on {:.0} % of {} series; skill at 10, 25, 50, 75, 90 % of them: {}\n",
        test.baseline,
        100.0 * test.better,
        test.scored,
        skill.join("  "),
    )
}

/// Paths, with every pattern such as `prices/*.csv` replaced by the files it stands for.
pub(crate) fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for path in paths {
        let text = path.to_string_lossy();
        if path.exists() || !text.contains(['*', '?', '[']) {
            all.push(path.clone());
            continue;
        }
        let wrong = |reason: String| Failure::Usage {
            message: format!("{text}: {reason}"),
            help: Some("write a path, or a pattern such as 'prices/*.csv'".into()),
        };
        let found = glob::glob(&text).map_err(|error| wrong(error.to_string()))?;
        let before = all.len();
        all.extend(found.flatten().filter(|path| path.is_file()));
        if all.len() == before {
            return Err(wrong("there is no such file".into()));
        }
    }
    Ok(all)
}
