//! Jobs for clusters. What this file is not: the work is done by `gatecast::distributed`.

use arrow_array::ffi_stream::RecordBatchStreamReader;
use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_pyarrow::FromPyArrow;
use gatecast::distributed::{self, JobSpec, Task};
use gatecast::series::ReadOptions;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::fault::OrRaise;
use crate::frames::Table;
use crate::models::{Model, spec_of};
use crate::watch::watched;

/// A job that can be sent to other machines.
#[pyclass(frozen, module = "gatecast._gatecast")]
pub(crate) struct Job {
    job: distributed::Job,
}

#[pymethods]
impl Job {
    /// To forecast by one model, or to fit one to each series, as `settings` say, and keep or use it.
    #[new]
    #[pyo3(signature = (task, model, settings, id, time, read, horizon, levels, isa, threads))]
    fn new(
        py: Python<'_>,
        task: &str,
        model: Option<&Model>,
        settings: Option<&str>,
        id: &str,
        time: &str,
        read: &str,
        horizon: Option<usize>,
        levels: Vec<u8>,
        isa: Option<String>,
        threads: usize,
    ) -> PyResult<Self> {
        let task = match task {
            "forecast" => Task::Forecast,
            "fit" => Task::Fit,
            "fit_forecast" => Task::FitForecast,
            _ => return Err(PyValueError::new_err(format!("no task is called {task:?}"))),
        };
        let read: ReadOptions =
            serde_json::from_str(read).map_err(|error| PyValueError::new_err(error.to_string()))?;
        let spec = JobSpec {
            task,
            id: id.into(),
            time: time.into(),
            read,
            horizon,
            levels,
            spec: settings
                .map(|settings| spec_of(settings, false))
                .transpose()
                .or_raise(py)?,
            isa,
            threads,
        };
        let model = model.map(Model::global).transpose()?;
        Ok(Self {
            job: distributed::Job::new(spec, model).or_raise(py)?,
        })
    }

    /// What `to_bytes` wrote.
    #[staticmethod]
    fn parse(py: Python<'_>, bytes: &[u8]) -> PyResult<Self> {
        let job = distributed::Job::parse(bytes).or_raise(py)?;
        Ok(Self { job })
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.job.to_bytes().or_raise(py)?))
    }

    /// SHA-256 of all of it.
    fn sha256(&self, py: Python<'_>) -> PyResult<String> {
        self.job.sha256().or_raise(py)
    }

    /// The column that names the series.
    #[getter]
    fn id(&self) -> String {
        self.job.spec().id.clone()
    }

    /// The column of times.
    #[getter]
    fn time(&self) -> String {
        self.job.spec().time.clone()
    }

    /// Does it for every series of a batch, of anything that offers Arrow's C stream.
    fn run(&self, py: Python<'_>, batch: &Bound<'_, PyAny>) -> PyResult<Table> {
        let batch = one_batch(batch)?;
        let job = self.job.clone();
        Ok(Table::new(watched(py, None, move |_| job.run(&batch))?))
    }

    /// A table without rows that has the columns of the result.
    fn empty(&self, py: Python<'_>, batch: &Bound<'_, PyAny>) -> PyResult<Table> {
        let schema = RecordBatchStreamReader::from_pyarrow_bound(batch)?.schema();
        let schema = self.job.schema(&schema).or_raise(py)?;
        Ok(Table::new(RecordBatch::new_empty(schema)))
    }
}

/// All rows in one batch.
fn one_batch(stream: &Bound<'_, PyAny>) -> PyResult<RecordBatch> {
    let reader = RecordBatchStreamReader::from_pyarrow_bound(stream)?;
    let schema = reader.schema();
    let wrong = |error: arrow_schema::ArrowError| {
        PyTypeError::new_err(format!("the rows cannot be read: {error}"))
    };
    let batches = reader.collect::<Result<Vec<_>, _>>().map_err(wrong)?;
    match &batches[..] {
        [one] => Ok(one.clone()),
        _ => arrow_select::concat::concat_batches(&schema, &batches).map_err(wrong),
    }
}
