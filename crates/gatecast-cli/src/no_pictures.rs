//! What stands in the place of `pictures` in a build without the feature `plot`: it refuses a folder
//! for pictures before anything is trained.

use std::path::{Path, PathBuf};

use gatecast::forecast::{CrossValidation, PanelScores};
use gatecast::text::{Attention, Evaluation};
use gatecast::{FittedForecaster, Forecast, Predictions, Series};

use crate::left_out;
use crate::output::Failure;

/// A file's path and content.
pub(crate) type File = (PathBuf, Vec<u8>);

fn refused<T>() -> Result<T, Failure> {
    Err(left_out::failure("draw pictures", "plot"))
}

pub(crate) fn names() -> impl Iterator<Item = String> {
    std::iter::empty()
}

pub(crate) fn check(_folder: &Path, _inputs: &[&Path]) -> Result<(), Failure> {
    refused()
}

pub(crate) fn of_model(
    _fitted: &FittedForecaster,
    _series: Option<&Series>,
    _folder: &Path,
) -> Result<Vec<File>, Failure> {
    refused()
}

pub(crate) fn of_backtest(
    _results: &CrossValidation,
    _series: &Series,
    _target: &str,
    _folder: &Path,
) -> Result<Vec<File>, Failure> {
    refused()
}

pub(crate) fn of_panel(
    _shown: &[(&Series, f64, Predictions)],
    _skill: &[f64],
    _test: &PanelScores,
    _target: &str,
    _folder: &Path,
) -> Result<Vec<File>, Failure> {
    refused()
}

pub(crate) fn of_forecasts(
    _shown: &[(&Series, &Forecast)],
    _folder: &Path,
) -> Result<Vec<File>, Failure> {
    refused()
}

pub(crate) fn of_classes(_test: &Evaluation, _folder: &Path) -> Result<Vec<File>, Failure> {
    refused()
}

pub(crate) fn of_attention(_attention: &Attention, _folder: &Path) -> Result<Vec<File>, Failure> {
    refused()
}
