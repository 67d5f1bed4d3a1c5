//! The compiled part of the Python package `gatecast`: it takes frames and settings to the library and brings results back.
//! What it is not: it computes nothing, and nobody imports it but the package's own modules, which have the documentation.

mod fault;
#[cfg(feature = "fetch")]
mod fetching;
mod frames;
mod jobs;
mod models;
mod nets;
mod texts;
mod watch;

use std::path::PathBuf;

use gatecast::Error;
use gatecast::forecast::{Kind, settings};
use pyo3::prelude::*;
use serde_json::{Value, json};

use crate::fault::OrRaise;

/// The compiled part of gatecast.
#[pymodule]
mod _gatecast {
    #[cfg(feature = "fetch")]
    #[pymodule_export]
    use super::fetching::fetch;
    #[pymodule_export]
    use super::frames::{Panel, Source, Table};
    #[pymodule_export]
    use super::jobs::Job;
    #[pymodule_export]
    use super::models::{Forecasts, Model, backtest, check_leaks, columns, fit, roll};
    #[pymodule_export]
    use super::nets::Net;
    #[pymodule_export]
    use super::texts::{Classes, Translations};
    #[pymodule_export]
    use super::{instruction_set, read_file, settings_table, version, write_file};
}

/// The version of the package.
#[pyfunction]
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// The vector instructions that this process computes with.
#[pyfunction]
fn instruction_set() -> &'static str {
    gatecast::nn::isa().name()
}

/// The bytes of a file.
#[pyfunction]
fn read_file(py: Python<'_>, path: PathBuf) -> PyResult<Vec<u8>> {
    std::fs::read(&path)
        .map_err(Error::io("read", &path))
        .or_raise(py)
}

/// Writes a file, in one piece or not at all.
#[pyfunction]
fn write_file(py: Python<'_>, path: PathBuf, bytes: &[u8]) -> PyResult<()> {
    gatecast::write_whole(&path, bytes).or_raise(py)
}

/// Every setting as JSON: its name here, its help, which values it takes.
#[pyfunction]
fn settings_table() -> String {
    let rows = settings().iter().map(|setting| {
        json!({
            "name": setting.name().replace('-', "_"),
            "group": setting.group().name(),
            "help": fault::in_python(&setting.help()),
            "expected": setting.expected(),
            "is_list": setting.is_list(),
            "kind": match setting.kind() {
                Kind::Count => "int",
                Kind::Number => "float",
                Kind::Switch => "bool",
                Kind::Text | Kind::Choice => "str",
            },
            "choices": setting.choices().collect::<Vec<_>>(),
        })
    });
    Value::Array(rows.collect()).to_string()
}
