//! The folder of pictures: what is drawn is the library's (`gatecast::report::pictures`); here files get their place.

use std::path::{Path, PathBuf};

use gatecast::forecast::{CrossValidation, PanelScores};
use gatecast::report::pictures;
pub(crate) use gatecast::report::pictures::names;
use gatecast::text::{Attention, Evaluation};
use gatecast::{FittedForecaster, Forecast, Predictions, Series};

use crate::output::{self, Failure};

/// A file's path and content.
pub(crate) type File = (PathBuf, Vec<u8>);

/// Fails if files could not be written in `folder` or would replace one of the `inputs`.
pub(crate) fn check(folder: &Path, inputs: &[&Path]) -> Result<(), Failure> {
    names().try_for_each(|name| output::check_file(&folder.join(name), inputs))
}

fn in_folder(folder: &Path, files: Vec<pictures::File>) -> Vec<File> {
    files
        .into_iter()
        .map(|(name, bytes)| (folder.join(name), bytes))
        .collect()
}

/// The confusion and the calibration of a test of classes.
pub(crate) fn of_classes(test: &Evaluation, folder: &Path) -> Result<Vec<File>, Failure> {
    Ok(in_folder(folder, pictures::of_classes(test)?))
}

/// Where the translation of a sentence looked.
pub(crate) fn of_attention(attention: &Attention, folder: &Path) -> Result<Vec<File>, Failure> {
    Ok(in_folder(folder, pictures::of_attention(attention)?))
}

/// The history, the loss, and with a series that has test rows the forecasts and their errors.
pub(crate) fn of_model(
    fitted: &FittedForecaster,
    series: Option<&Series>,
    folder: &Path,
) -> Result<Vec<File>, Failure> {
    Ok(in_folder(folder, pictures::of_model(fitted, series)?))
}

/// The forecasts of all folds, their errors, and the folds.
pub(crate) fn of_backtest(
    results: &CrossValidation,
    series: &Series,
    target: &str,
    folder: &Path,
) -> Result<Vec<File>, Failure> {
    Ok(in_folder(
        folder,
        pictures::of_backtest(results, series, target)?,
    ))
}

/// Some series of many with the last forecast of their test parts, and how `skill` is spread over all.
pub(crate) fn of_panel(
    shown: &[(&Series, f64, Predictions)],
    skill: &[f64],
    test: &PanelScores,
    target: &str,
    folder: &Path,
) -> Result<Vec<File>, Failure> {
    Ok(in_folder(
        folder,
        pictures::of_panel(shown, skill, test, target)?,
    ))
}

/// Forecasts of what follows the last rows of some series.
pub(crate) fn of_forecasts(
    shown: &[(&Series, &Forecast)],
    folder: &Path,
) -> Result<Vec<File>, Failure> {
    Ok(in_folder(folder, pictures::of_forecasts(shown)?))
}
