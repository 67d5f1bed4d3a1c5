//! Many series at once: one model for all (`--global`), or a model for each, side by side. What came
//! of it is written by `report`; forecasts are made by `forecast`.

mod forecast;
mod report;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use clap::Args;
use gatecast::forecast::{BacktestSpec, PanelScores, SeriesScore, backtest, score_panel};
use gatecast::series::{Panel, PanelForm, PanelOptions, ReadOptions, Skipped};
use gatecast::{FittedForecaster, ForecastSpec, Forecaster, Series, one_a_core};

use self::report::Report;
use crate::Common;
use crate::output::{self, Failure, note};
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
