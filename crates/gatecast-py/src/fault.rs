//! Errors of the library as exceptions of the package. What this file is not: it declares none of them, which
//! `gatecast/_errors.py` does.

use gatecast::error::{Error, Place, name_settings};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A text of the library with settings named as keyword arguments, and with what Python calls an inspection.
pub(crate) fn in_python(text: &str) -> String {
    let text = name_settings(text, |name| format!("`{}`", name.replace('-', "_")));
    text.replace("an inspection", "`gatecast.inspect`")
}

/// The exception that says what an error says.
pub(crate) fn raise(py: Python<'_>, error: &Error) -> PyErr {
    let make = || -> PyResult<PyErr> {
        let facts = PyDict::new(py);
        facts.set_item("kind", kind(error))?;
        facts.set_item("help", error.help().map(|help| in_python(&help)))?;
        let (line, row) = match error.place() {
            Some(Place::Line(line)) => (Some(line), None),
            Some(Place::Row(row)) => (None, Some(row)),
            None => (None, None),
        };
        facts.set_item("line", line)?;
        facts.set_item("row", row)?;
        facts.set_item("column", error.column())?;
        let setting = error.setting().map(|name| name.replace('-', "_"));
        facts.set_item("setting", setting)?;
        let message = in_python(&error.to_string());
        let errors = py.import("gatecast._errors")?;
        let exception = errors.call_method("of_kind", (message,), Some(&facts))?;
        Ok(PyErr::from_value(exception))
    };
    make().unwrap_or_else(|error| error)
}

/// The exception for a keyword argument that the library never sees.
pub(crate) fn setting_error(py: Python<'_>, message: &str, setting: &str, help: &str) -> PyErr {
    let make = || -> PyResult<PyErr> {
        let facts = PyDict::new(py);
        facts.set_item("kind", "Setting")?;
        facts.set_item("setting", setting)?;
        facts.set_item("help", help)?;
        let errors = py.import("gatecast._errors")?;
        Ok(PyErr::from_value(errors.call_method(
            "of_kind",
            (message,),
            Some(&facts),
        )?))
    };
    make().unwrap_or_else(|error| error)
}

/// `TooFewRows`, or `Answer` without what it answered.
fn kind(error: &Error) -> String {
    let name = format!("{:?}", error.kind());
    name.split('(').next().unwrap_or_default().to_string()
}

/// What a fault of this program itself becomes.
pub(crate) fn internal(what: &str) -> PyErr {
    pyo3::exceptions::PyRuntimeError::new_err(format!(
        "{what}; this is a fault of gatecast, please report it"
    ))
}

/// A result of the library for Python.
pub(crate) trait OrRaise<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> OrRaise<T> for gatecast::Result<T> {
    fn or_raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| raise(py, &error))
    }
}
