//! Many series at once: one model for all (`--global`), or a model for each, side by side. What came
//! of it is written by `report`; forecasts are made by `forecast`.

mod forecast;
mod report;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use clap::Args;
use gatecast::forecast::{
    CrossValidation, CrossValidationSpec, Event, Leak, PanelScores, SeriesScores,
};
use gatecast::series::{Panel, PanelForm, PanelOptions, ReadOptions, Skipped};
use gatecast::{ForecastSpec, Forecaster, Series, parallel_map};

use self::report::Report;
pub(crate) use self::report::table;
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
    pub(crate) truth: Option<PathBuf>,
    /// CSV file for the scores of every series
    #[arg(long, value_name = "FILE", help_heading = "Panel")]
    scores: Option<PathBuf>,
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
        let panel_only = [
            ("--global", self.global),
            ("--truth", self.truth.is_some()),
            ("--scores", self.scores.is_some()),
            ("--time", self.time.is_some()),
            ("--strict", self.strict),
        ];
        match panel_only.iter().find(|(_, set)| *set && form.is_none()) {
            Some((flag, _)) => Err(Failure::Usage {
                message: format!("{flag} is for many series, and this is one"),
                help: Some(
                    "give several files, a folder, or a file with a column unique_id (or --id) or a \
                     series a line"
                        .into(),
                ),
            }),
            None => Ok(form.is_some()),
        }
    }

    /// Fails where something is asked for that makes no difference to a forecast.
    pub(crate) fn refuse_training(&self) -> Result<(), Failure> {
        let of_training = [
            ("--global", self.global),
            ("--truth", self.truth.is_some()),
            ("--scores", self.scores.is_some()),
        ];
        match of_training.iter().find(|(_, set)| *set) {
            Some((flag, _)) => Err(Failure::Usage {
                message: format!("{flag} has no effect: forecast trains and scores nothing"),
                help: Some(format!("leave {flag} out")),
            }),
            None => Ok(()),
        }
    }

    fn read(
        &self,
        files: &[PathBuf],
        spec: &ForecastSpec,
        read: ReadOptions,
        common: &Common,
    ) -> Result<Panel, Failure> {
        let options = self.options(read);
        let mut panel = Panel::read(files, &spec.data.columns(), &options)?;
        if let Some(truth) = &self.truth {
            let mut after = Panel::read(&[truth], &spec.data.columns(), &options)?;
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
        let forecaster = self.forecaster(spec)?;
        let (model, scores);
        if self.global {
            let path = out.unwrap_or_else(|| "model.safetensors".into());
            output::check_file(&path, &inputs)?;
            let mut progress = Progress::new(common);
            let fitted = forecaster.fit_with(&panel, |event| progress.on_event(event))?;
            output::make_folder_of(&path)?;
            fitted.save(&path)?;
            if let Some(selection) = fitted.selection() {
                let weight = selection.weight;
                note(
                    common,
                    &format!("weight of the networks beside the last value or season: {weight:.2}"),
                );
            }
            scores = fitted.series_scores().to_vec();
            model = path;
        } else {
            let folder = out.unwrap_or_else(|| "models".into());
            let names = ModelNames::of(files, &panel, self)?;
            output::check_file(&folder.join("a.safetensors"), &inputs)?;
            let fits = self.each(&mut panel, spec, common, |series| {
                let fitted = forecaster.fit(series)?;
                let path = folder.join(names.file(series));
                output::make_folder_of(&path)?;
                fitted.save(&path)?;
                Ok(fitted.series_scores().to_vec())
            })?;
            scores = fits.concat();
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
                claims: self.claims(&scores),
                model: Some(&model),
                leaks: None,
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
        plan: CrossValidationSpec,
        check_leaks: bool,
        read: ReadOptions,
        common: &Common,
    ) -> Result<(), Failure> {
        let mut panel = self.read(files, spec, read, common)?;
        let rows = panel.series.iter().map(Series::rows).sum();
        let start = Instant::now();
        let forecaster = self.forecaster(spec)?;
        let scores_of = |panel: &[Series], results: &[CrossValidation]| -> Vec<SeriesScores> {
            let scores = results.iter().map(|result| result.series_scores(panel));
            scores.collect()
        };
        let scores = match self.global {
            true => {
                let mut progress = Progress::new(common);
                let on_event = |event: &Event| progress.on_event(event);
                let results = forecaster.cross_validate_with(&panel, plan, on_event)?;
                scores_of(&panel.series, &results)
            }
            false => self
                .each(&mut panel, spec, common, |series| {
                    let results = forecaster.cross_validate(series, plan)?;
                    Ok(scores_of(std::slice::from_ref(series), &results))
                })?
                .concat(),
        };
        let leaks = match (check_leaks, self.global) {
            (false, _) => None,
            (true, true) => {
                note(common, "checking for leaks: training eight times more");
                let leaks = forecaster.check_leaks(&panel)?;
                Some(leaks.iter().map(Leak::text).collect())
            }
            (true, false) => {
                note(
                    common,
                    "checking for leaks: training eight times more a series",
                );
                let each = self.each(&mut panel, spec, common, |series| {
                    let leaks = forecaster.check_leaks(series)?;
                    let name = series.name();
                    let text = |leak: &Leak| format!("{name}: {}", leak.text());
                    Ok(leaks.iter().map(text).collect::<Vec<String>>())
                })?;
                Some(each.concat())
            }
        };
        self.report(
            &Report {
                series: panel.series.len(),
                skipped: &panel.skipped,
                rows,
                fit_seconds: start.elapsed().as_secs_f64(),
                cores_busy: None,
                test: PanelScores::of(&scores),
                claims: self.claims(&scores),
                model: None,
                leaks,
                scores,
            },
            spec,
            common,
        )
    }

    /// With a model for each series, each fit has one core and series run side by side.
    fn forecaster(&self, spec: &ForecastSpec) -> Result<Forecaster, Failure> {
        let mut spec = spec.clone();
        if !self.global {
            spec.train.threads = Some(1);
        }
        Ok(Forecaster::new(spec)?)
    }

    /// Series on which the verdict sees skill, where each has a model of its own.
    fn claims(&self, scores: &[SeriesScores]) -> Option<usize> {
        let has_skill = |score: &&SeriesScores| score.verdict.as_ref().is_some_and(|v| v.has_skill);
        (!self.global).then(|| scores.iter().filter(has_skill).count())
    }

    /// Does something with every series, one a core. A series with which it fails is left out.
    fn each<R: Send>(
        &self,
        panel: &mut Panel,
        spec: &ForecastSpec,
        common: &Common,
        job: impl Fn(&Series) -> Result<R, Failure> + Sync,
    ) -> Result<Vec<R>, Failure> {
        let done = AtomicUsize::new(0);
        let progress = std::sync::Mutex::new(Progress::new(common));
        let of = panel.series.len();
        let outcomes = parallel_map(spec.train.threads, of, |index| {
            let outcome = job(&panel.series[index]);
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

/// The names of models in a folder with one for each series.
pub(super) struct ModelNames {
    /// Whether series are called like their files, of which folder and ending do not count.
    files: bool,
}

impl ModelNames {
    /// Of the series of a panel; fails where two would share a file.
    fn of(files: &[PathBuf], panel: &Panel, args: &PanelArgs) -> Result<Self, Failure> {
        let form = PanelForm::of(files, &args.options(ReadOptions::default()))?;
        let names = Self {
            files: matches!(form, None | Some(PanelForm::Files)),
        };
        let mut seen = HashMap::new();
        for series in &panel.series {
            if let Some(other) = seen.insert(names.file(series).to_lowercase(), series.name()) {
                return Err(Failure::Usage {
                    message: format!(
                        "the models of {other} and {} would share the file {}",
                        series.name(),
                        names.file(series)
                    ),
                    help: Some("rename one of them, or train them apart".into()),
                });
            }
        }
        Ok(names)
    }

    /// The file of a series' model. What a file's name may not hold is written as its number, such as
    /// `%2F`, so that no two names become one.
    fn file(&self, series: &Series) -> String {
        let stem = Path::new(series.name()).file_stem().filter(|_| self.files);
        let name = stem.map_or_else(|| series.name().into(), |stem| stem.to_string_lossy());
        let mut file = String::new();
        for (index, c) in name.chars().enumerate() {
            // A dot in front would hide the file.
            if c.is_alphanumeric() || "_- ".contains(c) || (c == '.' && index > 0) {
                file.push(c);
            } else {
                file += &format!("%{:02X}", u32::from(c));
            }
        }
        file + ".safetensors"
    }
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
