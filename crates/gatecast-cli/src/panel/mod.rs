//! Many series at once: one model for all (`--global`), or a model for each, side by side. What came
//! of it is written by `report`; forecasts are made by `forecast`.

mod args;
mod forecast;
mod report;
mod tested;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use gatecast::forecast::{
    CrossValidation, CrossValidationSpec, Event, Leak, Preset, Selection, SeriesScores,
};
use gatecast::report::{Document, Language, ManyTrained, Origin};
use gatecast::series::{Data, Panel, Skipped};
use gatecast::{FittedForecaster, ForecastSpec, Forecaster, Predictions, Series, parallel_map};

use self::args::ModelNames;
pub(crate) use self::args::{PanelArgs, expand};
pub(crate) use self::forecast::first_model;
use self::report::Report;
use crate::common::Common;
use crate::output::{self, Failure, note};
use crate::progress::Progress;
use crate::reports;
use crate::settings::Settings;
use crate::train::note_season;

impl PanelArgs {
    /// `train` over a panel.
    pub(crate) fn train(
        &self,
        files: &[PathBuf],
        data: &Data,
        spec: &ForecastSpec,
        settings: &Settings,
        common: &Common,
    ) -> Result<(), Failure> {
        let inputs = self.check(files, data, settings)?;
        let out = settings.out.clone();
        let labels = self.labels(data)?;
        let mut panel = self.read(data, spec, common)?;
        self.check_labels(labels.as_ref(), &panel)?;
        let rows = panel.series.iter().map(Series::rows).sum();
        note(
            common,
            &format!("{} series with {rows} rows", panel.series.len()),
        );
        let (start, busy) = (Instant::now(), busy_seconds());
        let forecaster = self.forecaster(spec)?;
        let (model, scores, mut files);
        let mut one = None;
        let mut shown = Vec::new();
        let mut log = settings.log.open()?;
        log.settings(&self.origin(settings, common).to_toml(spec));
        let short: Vec<Skipped>;
        if self.global {
            let period = panel
                .series
                .first()
                .map_or(1, |series| series.rhythm().period());
            if period > 1 && !settings.sets_season() {
                let text = format!(
                    "note: no season is set; --season {period}, or auto, uses that of the dates"
                );
                note(common, &text);
            }
            let path = out.unwrap_or_else(|| MODEL.into());
            output::check_file(&path, &inputs)?;
            let mut progress = Progress::new(common);
            let (fitted, reason) = self.or_fall_back(&forecaster, |forecaster| {
                let forecaster = forecaster.settled(&panel)?;
                forecaster.check(&panel)?;
                note_season(&forecaster, common);
                forecaster.fit_with(&panel, |event| {
                    log.on_event(event);
                    progress.on_event(event)
                })
            })?;
            short = without_network(&panel, reason);
            output::make_folder_of(&path)?;
            fitted.save(&path)?;
            if let Some(selection) = fitted.selection().filter(|_| fitted.network().is_some()) {
                note(common, &selected(selection));
            }
            scores = fitted.series_scores().to_vec();
            files = tested::files(
                settings,
                &panel.series,
                &scores,
                &spec.data.target,
                spec.train.threads,
                |series| fitted.predict_test_part(series),
            )?;
            if settings.report.report.is_some() {
                let predict = |series: &Series| fitted.predict_test_part(series);
                shown = tested::examples(&panel.series, &scores, predict)?;
            }
            one = Some(fitted);
            model = path;
        } else {
            let folder = out.unwrap_or_else(|| "models".into());
            let names = ModelNames::of(data, &panel)?;
            output::check_file(&folder.join("a.safetensors"), &inputs)?;
            let shared = Mutex::new(&mut log);
            let fits = self.each(&mut panel, spec, common, |series| {
                let (fitted, reason) = match self.strict && forecaster.summary().is_some() {
                    true => (forecaster.fit(series)?, None),
                    false => forecaster.fit_any(series)?,
                };
                let path = folder.join(names.file(series));
                output::make_folder_of(&path)?;
                fitted.save(&path)?;
                if let (Ok(mut log), Some(run)) = (shared.lock(), path.file_stem()) {
                    log.history(&run.to_string_lossy(), fitted.history());
                }
                let short = without_network(series, reason);
                Ok((fitted.series_scores().to_vec(), short))
            })?;
            let (each, without): (Vec<_>, Vec<_>) = fits.into_iter().unzip();
            scores = each.concat();
            short = without.concat();
            let predict = |series: &Series| {
                FittedForecaster::load(folder.join(names.file(series)))?.predict_test_part(series)
            };
            files = tested::files(
                settings,
                &panel.series,
                &scores,
                &spec.data.target,
                spec.train.threads,
                predict,
            )?;
            if settings.report.report.is_some() {
                shown = tested::examples(&panel.series, &scores, predict)?;
            }
            model = folder;
        }
        let seconds = start.elapsed().as_secs_f64();
        let cores = common.threads.map_or_else(available, usize::from) as f64;
        let cores_busy = busy_seconds()
            .zip(busy)
            .map(|(after, before)| 100.0 * (after - before) / (seconds * cores));
        let mut results = ManyTrained::of(&panel, scores, !self.global, seconds);
        results.rows = rows;
        results.without_network = short;
        results.cores_busy = cores_busy;
        results.groups = args::groups(labels.as_ref(), &results.scores);
        let origin = self.origin(settings, common);
        let document = || Document::of_many(&results, one.as_ref(), spec, &shown, &origin);
        if log.is_open() {
            log.text("report", &document().to_markdown(Language::English));
            log.pictures(&files);
            log.finish(common);
        }
        let page = settings.report.file(|| Ok(document()))?;
        files.extend(page);
        output::write(&files)?;
        let report = Report {
            results,
            model: Some(&model),
            files: tested::paths(files),
        };
        self.report(&report, common)
    }

    /// `backtest` over a panel.
    pub(crate) fn backtest(
        &self,
        files: &[PathBuf],
        data: &Data,
        spec: &ForecastSpec,
        plan: CrossValidationSpec,
        check_leaks: bool,
        settings: &Settings,
        common: &Common,
    ) -> Result<(), Failure> {
        self.check(files, data, settings)?;
        if settings.log.tensorboard.is_some() {
            return Err(Failure::Usage {
                message: "--tensorboard has no effect on a backtest of many series".into(),
                help: Some("train takes it, and so does a backtest of one series".into()),
            });
        }
        let labels = self.labels(data)?;
        let mut panel = self.read(data, spec, common)?;
        self.check_labels(labels.as_ref(), &panel)?;
        let rows = panel.series.iter().map(Series::rows).sum();
        let start = Instant::now();
        let forecaster = self.forecaster(spec)?;
        // The scores of each series, and its forecasts where they are asked for.
        let kept = settings.predictions.is_some()
            || settings.plots.is_some()
            || settings.report.report.is_some();
        let of_results = |panel: &[Series], results: Vec<CrossValidation>| -> Vec<Tested> {
            let each = results.into_iter().map(|result| {
                let scores = result.series_scores(panel);
                (scores, kept.then_some(result.predictions))
            });
            each.collect()
        };
        let short: Vec<Skipped>;
        let tested = match self.global {
            true => {
                let mut progress = Progress::new(common);
                let (results, reason) = self.or_fall_back(&forecaster, |forecaster| {
                    let on_event = |event: &Event| progress.on_event(event);
                    forecaster.cross_validate_with(&panel, plan, on_event)
                })?;
                short = without_network(&panel, reason);
                of_results(&panel.series, results)
            }
            false => {
                let fits = self.each(&mut panel, spec, common, |series| {
                    let (results, reason) = self.or_fall_back(&forecaster, |forecaster| {
                        forecaster.cross_validate(series, plan)
                    })?;
                    let short = without_network(series, reason);
                    Ok((of_results(std::slice::from_ref(series), results), short))
                })?;
                let (each, without): (Vec<_>, Vec<_>) = fits.into_iter().unzip();
                short = without.concat();
                each.into_iter().flatten().collect()
            }
        };
        let mut predictions = HashMap::new();
        let mut scores = Vec::new();
        for (score, made) in tested {
            predictions.extend(made.map(|made| (score.name.clone(), made)));
            scores.push(score);
        }
        let predict = |series: &Series| Ok(predictions.get(series.name()).cloned());
        let mut files = tested::files(
            settings,
            &panel.series,
            &scores,
            &spec.data.target,
            spec.train.threads,
            predict,
        )?;
        let shown = match settings.report.report {
            Some(_) => tested::examples(&panel.series, &scores, predict)?,
            None => Vec::new(),
        };
        let shown: Vec<(Series, Predictions)> = shown
            .into_iter()
            .map(|(series, made)| (series.clone(), made))
            .collect();
        let leaks = match (check_leaks, self.global) {
            (false, _) => None,
            (true, true) => {
                note(
                    common,
                    "checking for leaks: training up to eight times more",
                );
                let leaks = self
                    .or_fall_back(&forecaster, |forecaster| forecaster.check_leaks(&panel))?
                    .0;
                Some(leaks.iter().map(Leak::text).collect())
            }
            (true, false) => {
                note(
                    common,
                    "checking for leaks: training up to eight times more a series",
                );
                let each = self.each(&mut panel, spec, common, |series| {
                    let leaks = self
                        .or_fall_back(&forecaster, |forecaster| forecaster.check_leaks(series))?
                        .0;
                    let name = series.name();
                    let text = |leak: &Leak| format!("{name}: {}", leak.text());
                    Ok(leaks.iter().map(text).collect::<Vec<String>>())
                })?;
                Some(each.concat())
            }
        };
        let seconds = start.elapsed().as_secs_f64();
        let mut results = ManyTrained::of(&panel, scores, !self.global, seconds);
        results.rows = rows;
        results.without_network = short;
        results.leaks = leaks;
        results.groups = args::groups(labels.as_ref(), &results.scores);
        let page = settings.report.file(|| {
            let origin = self.origin(settings, common);
            let shown: Vec<(&Series, Predictions)> = shown
                .iter()
                .map(|(series, made)| (series, made.clone()))
                .collect();
            Ok(Document::of_many(&results, None, spec, &shown, &origin))
        })?;
        files.extend(page);
        output::write(&files)?;
        let report = Report {
            results,
            model: None,
            files: tested::paths(files),
        };
        self.report(&report, common)
    }

    /// Fails where a file that is asked for could not be written; gives back those that are read.
    fn check<'f>(
        &'f self,
        files: &'f [PathBuf],
        data: &'f Data,
        settings: &Settings,
    ) -> Result<Vec<&'f Path>, Failure> {
        let inputs = files.iter().chain(&data.options().join).chain(&self.truth);
        let mut inputs: Vec<&Path> = inputs.map(PathBuf::as_path).collect();
        inputs.extend(self.by.as_deref().map(Path::new));
        if let Some(path) = &self.scores {
            output::check_file(path, &inputs)?;
        }
        let outputs = [&settings.predictions, &self.scores].map(Option::as_deref);
        let model = settings.out.as_deref().unwrap_or(Path::new(MODEL));
        output::check_apart(&[&outputs[..], &[Some(model)]].concat())?;
        tested::check(settings, &inputs)?;
        let written = [&outputs[..], &[Some(model)]].concat();
        let plots = settings.plots.as_deref();
        settings.report.check(&inputs, &written, plots)?;
        settings.log.check()?;
        Ok(inputs)
    }

    /// What a report says of where it comes from.
    fn origin(&self, settings: &Settings, common: &Common) -> Origin {
        // One model for all starts from another preset.
        let settings = match self.global.then(|| Settings::of_preset(Preset::Panel)) {
            Some(Ok(preset)) => settings.clone().or(preset),
            _ => settings.clone(),
        };
        reports::origin(Some(&settings), None, common)
    }

    /// Does a `job` with networks, or where there is too little to learn from with the method that stands in; then it
    /// says why.
    fn or_fall_back<R>(
        &self,
        forecaster: &Forecaster,
        mut job: impl FnMut(&Forecaster) -> gatecast::Result<R>,
    ) -> Result<(R, Option<String>), Failure> {
        Ok(match self.strict {
            true => (job(forecaster)?, None),
            false => forecaster.or_stand_in(job)?,
        })
    }

    /// With a model for each series, each fit has one core and series run side by side.
    fn forecaster(&self, spec: &ForecastSpec) -> Result<Forecaster, Failure> {
        let mut spec = spec.clone();
        if !self.global {
            spec.train.threads = Some(1);
        }
        Ok(Forecaster::new(spec)?)
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
        let progress = Mutex::new(Progress::new(common));
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
            return Err(gatecast::Error::not_a_series(format!(
                "no series of the panel will do; {}: {}",
                first.name, first.reason
            ))
            .into());
        }
        panel.series = kept;
        panel.skipped.extend(skipped);
        Ok(good)
    }
}

/// The scores of a series, and its forecasts where they are asked for.
type Tested = (SeriesScores, Option<Predictions>);

/// Where one model for all goes, unless told.
const MODEL: &str = "model.safetensors";

/// Series that a page of pictures shows.
const SHOWN: usize = 12;

/// Some of many, evenly spread from the first to the last.
fn some<T>(all: &[T]) -> Vec<&T> {
    match all.len() {
        ..=SHOWN => all.iter().collect(),
        count => (0..SHOWN)
            .map(|at| &all[at * (count - 1) / (SHOWN - 1)])
            .collect(),
    }
}

/// The series that are forecast without networks, where there is a reason for it.
fn without_network(data: &(impl AsRef<[Series]> + ?Sized), reason: Option<String>) -> Vec<Skipped> {
    let each = |reason: String| {
        let all = data.as_ref().iter();
        all.map(move |series| Skipped {
            name: series.name().into(),
            reason: reason.clone(),
        })
    };
    reason.into_iter().flat_map(each).collect()
}

/// What the folds said, in one line.
fn selected(selection: &Selection) -> String {
    let base = match &selection.base {
        Some(base) => base.name(),
        None => "the last value or season".into(),
    };
    format!(
        "selected on {} windows of the training parts: {} epochs, weight of the networks {:.2} beside {base} \
         (mean errors {:.4} together, {:.4} and {:.4} by themselves)",
        selection.windows,
        selection.epochs,
        selection.weight,
        selection.mae,
        selection.network_mae,
        selection.base_mae,
    )
}

fn available() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Seconds that this process has computed so far, over all cores, where the system reports it.
fn busy_seconds() -> Option<f64> {
    /// Clock ticks a second; Linux has had no other number on any common machine.
    const TICKS: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name, which may hold anything: user time is the 12th field, system time the 13th.
    let fields: Vec<&str> = stat.rsplit_once(") ")?.1.split(' ').collect();
    let ticks = |field: usize| fields.get(field)?.parse::<f64>().ok();
    Some((ticks(11)? + ticks(12)?) / TICKS)
}
