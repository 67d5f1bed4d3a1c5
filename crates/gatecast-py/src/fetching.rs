//! Prices from public sources. What this file is not: it speaks to no server, which `gatecast-fetch` does.

use std::path::PathBuf;

use arrow_schema::{DataType, TimeUnit};
use gatecast::frame::Layout;
use gatecast_fetch::{Error, Key, Request, Source};
use jiff::civil::Date;
use pyo3::exceptions::{PyConnectionError, PyValueError};
use pyo3::prelude::*;

use crate::fault::{OrRaise, in_python, raise};
use crate::frames::Table;
use crate::watch::watched;

/// Asks a source for the days from `first` to `last`; gives the rows, and notes.
#[pyfunction]
#[pyo3(signature = (source, symbol, first, last, cache, key))]
pub(crate) fn fetch(
    py: Python<'_>,
    source: &str,
    symbol: &str,
    first: &str,
    last: &str,
    cache: Option<PathBuf>,
    key: Option<String>,
) -> PyResult<(Table, Vec<String>)> {
    let day = |text: &str| {
        text.parse::<Date>()
            .map_err(|error| PyValueError::new_err(format!("{text:?} is no day: {error}")))
    };
    let source: Source = source
        .parse()
        .map_err(|error: Error| PyValueError::new_err(in_python(&error.to_string())))?;
    let mut request = Request::new(source, symbol, day(first)?, day(last)?);
    request.cache = cache;
    request.key = key.map(Key::new);
    // An error of a fetch is no error of the library, so it comes back as a value.
    let fetched = watched(py, None, move |_| {
        Ok(gatecast_fetch::fetch(&request, &mut |_| {}))
    })?;
    let fetched = fetched.map_err(|error| match error {
        Error::Data(error) => raise(py, &error),
        error => {
            let help = error
                .help()
                .map_or_else(String::new, |help| format!("\n  help: {help}"));
            let text = in_python(&format!("{error}{help}"));
            match error.is_usage() {
                true => PyValueError::new_err(text),
                false => PyConnectionError::new_err(text),
            }
        }
    })?;
    let layout = Layout {
        id: None,
        time: (
            "date".into(),
            DataType::Timestamp(TimeUnit::Microsecond, None),
        ),
    };
    let notes = fetched.notes.iter().map(|note| in_python(note)).collect();
    Ok((
        Table::new(layout.series(&fetched.series).or_raise(py)?),
        notes,
    ))
}
