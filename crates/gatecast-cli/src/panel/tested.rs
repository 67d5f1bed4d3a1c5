//! What is written of the test parts of many series: the CSV file of every forecast, a page of pictures, and how skill
//! is spread. What this file is not: it forecasts nothing, and draws nothing itself.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use gatecast::forecast::{PanelScores, SeriesScores};
use gatecast::report::PredictionsFile;
use gatecast::{Error, Predictions, Series, parallel_map};

use super::some;
use crate::output::{self, Failure};
use crate::pictures::{self, File};
use crate::settings::Settings;

/// Fails where a file that is asked for could not be written, or would replace an input.
pub(super) fn check(settings: &Settings, inputs: &[&Path]) -> Result<(), Failure> {
    if let Some(path) = &settings.predictions {
        output::check_file(path, inputs)?;
    }
    match &settings.plots {
        Some(folder) => pictures::check(folder, inputs),
        None => Ok(()),
    }
}

/// The files that are asked for, of the series of a panel that were scored; `predict` gives the forecasts of one.
pub(super) fn files(
    settings: &Settings,
    panel: &[Series],
    scores: &[SeriesScores],
    target: &str,
    threads: Option<usize>,
    predict: impl Fn(&Series) -> Result<Option<Predictions>, Error> + Sync,
) -> Result<Vec<File>, Failure> {
    let mut files = Vec::new();
    let Some(test) = PanelScores::of(scores) else {
        return Ok(files);
    };
    let places: HashMap<&str, &Series> = panel.iter().map(|s| (s.name(), s)).collect();
    // The worst first.
    let mut ranked: Vec<(f64, &Series)> = scores
        .iter()
        .zip(PanelScores::skills(scores))
        .filter_map(|(score, skill)| Some((skill, *places.get(score.name.as_str())?)))
        .collect();
    if let Some(path) = &settings.predictions {
        let all = parallel_map(threads, ranked.len(), |at| predict(ranked[at].1));
        let mut file = PredictionsFile::new();
        for ((_, series), predictions) in ranked.iter().zip(all) {
            if let Some(predictions) = predictions? {
                file.add(series, &predictions);
            }
        }
        files.push((path.clone(), file.into_bytes()));
    }
    if let Some(folder) = &settings.plots {
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut shown = Vec::new();
        for &(skill, series) in some(&ranked) {
            if let Some(predictions) = predict(series)? {
                shown.push((series, skill, predictions));
            }
        }
        let skill: Vec<f64> = ranked.iter().map(|(skill, _)| *skill).collect();
        files.extend(pictures::of_panel(&shown, &skill, &test, target, folder)?);
    }
    Ok(files)
}

/// A few series with the forecasts of their test parts: the one with the least skill, the middle one and the one with the
/// most.
pub(super) fn examples<'p>(
    panel: &'p [Series],
    scores: &[SeriesScores],
    predict: impl Fn(&Series) -> Result<Option<Predictions>, Error>,
) -> Result<Vec<(&'p Series, Predictions)>, Failure> {
    let mut ranked: Vec<(f64, &str)> = scores
        .iter()
        .zip(PanelScores::skills(scores))
        .map(|(score, skill)| (skill, score.name.as_str()))
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut places = vec![0, ranked.len() / 2, ranked.len().saturating_sub(1)];
    places.dedup();
    let mut shown = Vec::new();
    for (_, name) in places.iter().filter_map(|&place| ranked.get(place)) {
        let series = panel.iter().find(|series| series.name() == *name);
        if let Some(series) = series
            && let Some(predictions) = predict(series)?
        {
            shown.push((series, predictions));
        }
    }
    Ok(shown)
}

/// The paths of files, for reports.
pub(super) fn paths(files: Vec<File>) -> Vec<PathBuf> {
    files.into_iter().map(|(path, _)| path).collect()
}
