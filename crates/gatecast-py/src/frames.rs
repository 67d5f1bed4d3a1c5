//! Frames in and out: Arrow's C stream, or columns one by one where a frame has none without pyarrow. What this file is not:
//! it reads no cells, which the library does for files and frames alike.
//!
//! ```text
//! frame ── Source ── Panel ── fit, forecast … ── Table ── frame
//! ```

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Float32Array, Float64Array, Int64Array, RecordBatch,
    RecordBatchIterator, RecordBatchReader, StringArray,
};
use arrow_cast::cast;
use arrow_pyarrow::FromPyArrow;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use gatecast::frame::Layout;
use gatecast::report;
use gatecast::series::{self, Data, PanelForm, PanelOptions, ReadOptions, Skipped};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyList};

use crate::fault::{OrRaise, in_python};

/// A column's name, its kind, its values, and a mask of bytes that are 1 where there is none; see [`Source::of_columns`].
type Column<'py> = (String, String, Bound<'py, PyAny>, Option<Vec<u8>>);

/// What a frame or files hold, before their columns are chosen.
#[pyclass(frozen, module = "gatecast._gatecast")]
pub(crate) struct Source {
    data: Data,
    layout: Layout,
}

/// How rows are to be read, as JSON, and the column that names the series.
fn options(
    id: Option<String>,
    read: &str,
    strict: bool,
    join: Vec<PathBuf>,
) -> PyResult<PanelOptions> {
    let read: ReadOptions =
        serde_json::from_str(read).map_err(|error| PyValueError::new_err(error.to_string()))?;
    Ok(PanelOptions {
        read,
        id,
        strict,
        join,
        most_bytes: None,
    })
}

#[pymethods]
impl Source {
    /// A frame that offers Arrow's C stream.
    #[staticmethod]
    #[pyo3(signature = (name, stream, id, read, strict, join))]
    fn of_stream(
        py: Python<'_>,
        name: &str,
        stream: &Bound<'_, PyAny>,
        id: Option<String>,
        read: &str,
        strict: bool,
        join: Vec<PathBuf>,
    ) -> PyResult<Self> {
        let options = options(id, read, strict, join)?;
        let reader = RecordBatchStreamReader::from_pyarrow_bound(stream)?;
        let schema = reader.schema();
        let wrong = |error: arrow_schema::ArrowError| {
            PyTypeError::new_err(format!("{name} cannot be read: {error}"))
        };
        let mut batches = Vec::new();
        for batch in reader {
            batches.push(batch.map_err(wrong)?);
        }
        // A frame without rows still has a header.
        if batches.is_empty() {
            batches.push(RecordBatch::new_empty(Arc::clone(&schema)));
        }
        Self::of_batches(py, name, &schema, batches, options)
    }

    /// Columns one by one, each with its name, its kind and its values: "float64", "float32" and "int64" as bytes in this
    /// machine's order, "bool" as a byte a value, "timestamp[ns]" and its like as int64 with the smallest for none, with a zone
    /// after a comma, "text" as a list of texts and None, "coded" as the numbers of texts in a list, -1 for none, and "date" as a list of dates as texts. A mask of bytes is 1 where there is no value.
    #[staticmethod]
    #[pyo3(signature = (name, columns, id, read, strict, join))]
    fn of_columns(
        py: Python<'_>,
        name: &str,
        columns: Vec<Column<'_>>,
        id: Option<String>,
        read: &str,
        strict: bool,
        join: Vec<PathBuf>,
    ) -> PyResult<Self> {
        let options = options(id, read, strict, join)?;
        let batch = batch_of(columns)?;
        let schema = batch.schema();
        Self::of_batches(py, name, &schema, vec![batch], options)
    }

    /// Files, folders, or one of them.
    #[staticmethod]
    #[pyo3(signature = (paths, id, read, strict, join))]
    fn of_paths(
        py: Python<'_>,
        paths: Vec<PathBuf>,
        id: Option<String>,
        read: &str,
        strict: bool,
        join: Vec<PathBuf>,
    ) -> PyResult<Self> {
        let options = options(id, read, strict, join)?;
        let data = py.detach(|| Data::open(&paths, &options)).or_raise(py)?;
        let time = data.time_column().or_raise(py)?;
        let layout = Layout {
            id: data.form().map(|_| ("unique_id".into(), DataType::Utf8)),
            time: (
                time.unwrap_or_else(|| "ds".into()),
                DataType::Timestamp(TimeUnit::Nanosecond, None),
            ),
        };
        Ok(Self { data, layout })
    }

    /// What is to be forecast where nothing is named.
    fn target(&self, py: Python<'_>) -> PyResult<String> {
        self.data.target().or_raise(py)
    }

    /// "files", "long" or "wide" where it holds many series.
    fn form(&self) -> Option<&'static str> {
        Some(match self.data.form()? {
            PanelForm::Files => "files",
            PanelForm::Long => "long",
            PanelForm::Wide => "wide",
        })
    }

    /// The named columns of every series.
    fn read(&self, py: Python<'_>, columns: Vec<String>) -> PyResult<Panel> {
        let panel = py.detach(|| self.data.read(&columns)).or_raise(py)?;
        Ok(Panel {
            panel: Arc::new(panel),
            layout: self.layout.clone(),
            many: self.data.form().is_some(),
        })
    }

    /// What is wrong with the one series, as JSON and as text.
    fn inspect(&self, py: Python<'_>) -> PyResult<(String, String)> {
        let health = py.detach(|| self.data.inspect()).or_raise(py)?;
        let text = in_python(&report::of_health(&health));
        let facts = serde_json::to_string(&health);
        Ok((
            facts.map_err(|error| PyValueError::new_err(error.to_string()))?,
            text,
        ))
    }
}

impl Source {
    fn of_batches(
        py: Python<'_>,
        name: &str,
        schema: &Schema,
        batches: Vec<RecordBatch>,
        options: PanelOptions,
    ) -> PyResult<Self> {
        let made = py.detach(|| {
            let data = Data::of_frame(name, batches, &options)?;
            let layout = Layout::of(&data, schema)?;
            Ok(Self { data, layout })
        });
        made.or_raise(py)
    }
}

/// Columns as one batch.
fn batch_of(columns: Vec<Column<'_>>) -> PyResult<RecordBatch> {
    let mut fields = Vec::new();
    let mut arrays = Vec::new();
    for (column, kind, values, mask) in columns {
        let array = array(&kind, &values, mask.as_deref())?;
        fields.push(Field::new(column, array.data_type().clone(), true));
        arrays.push(array);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|error| PyValueError::new_err(error.to_string()))
}

/// The number of each text in a list of those that there are, -1 for none; nothing where most are different.
fn coded(array: &StringArray) -> Option<(Vec<i64>, Vec<&str>)> {
    let (mut places, mut texts) = (HashMap::new(), Vec::new());
    let mut codes = Vec::with_capacity(array.len());
    for text in array {
        codes.push(text.map_or(-1, |text| {
            *places.entry(text).or_insert_with(|| {
                texts.push(text);
                texts.len() as i64 - 1
            })
        }));
        if texts.len() > 64 + array.len() / 4 {
            return None;
        }
    }
    Some((codes, texts))
}

/// An Arrow array of values that came from NumPy or a list.
fn array(kind: &str, values: &Bound<'_, PyAny>, mask: Option<&[u8]>) -> PyResult<ArrayRef> {
    let wrong = |error: arrow_schema::ArrowError| PyTypeError::new_err(error.to_string());
    if let "text" | "date" = kind {
        let mut texts = StringBuilder::new();
        for text in values.try_iter()? {
            texts.append_option(text?.extract::<Option<String>>()?);
        }
        let texts = texts.finish();
        return match kind {
            "text" => Ok(Arc::new(texts)),
            _ => cast(&texts, &DataType::Date32).map_err(wrong),
        };
    }
    if kind == "coded" {
        let (codes, texts): (Bound<'_, PyBytes>, Vec<String>) = values.extract()?;
        let (codes, _) = codes.as_bytes().as_chunks();
        let of = |code: &[u8; 8]| usize::try_from(i64::from_ne_bytes(*code)).ok();
        let all = codes
            .iter()
            .map(|code| texts.get(of(code)?).map(String::as_str));
        return Ok(Arc::new(all.collect::<StringArray>()));
    }
    let bytes = values.cast::<PyBytes>()?.as_bytes();
    fn numbers<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
        bytes.as_chunks().0.iter().copied()
    }
    Ok(match kind {
        "float64" => masked::<_, Float64Array>(numbers(bytes).map(f64::from_ne_bytes), mask),
        "float32" => masked::<_, Float32Array>(numbers(bytes).map(f32::from_ne_bytes), mask),
        "int64" => masked::<_, Int64Array>(numbers(bytes).map(i64::from_ne_bytes), mask),
        "bool" => masked::<_, BooleanArray>(bytes.iter().map(|value| *value != 0), mask),
        kind => {
            let kind = kind.strip_prefix("timestamp").unwrap_or(kind);
            let (unit, zone) = kind.split_once(',').unwrap_or((kind, ""));
            let unit = match unit {
                "[s]" => TimeUnit::Second,
                "[ms]" => TimeUnit::Millisecond,
                "[us]" => TimeUnit::Microsecond,
                "[ns]" => TimeUnit::Nanosecond,
                _ => {
                    return Err(PyTypeError::new_err(format!(
                        "no kind of column is {kind:?}"
                    )));
                }
            };
            let zone = (!zone.is_empty()).then(|| zone.into());
            let all = numbers(bytes).map(i64::from_ne_bytes);
            let counts: Int64Array = all
                .map(|count| (count != i64::MIN).then_some(count))
                .collect();
            cast(&counts, &DataType::Timestamp(unit, zone)).map_err(wrong)?
        }
    })
}

/// An array of values, without those where the mask is 1.
fn masked<T, A: Array + FromIterator<Option<T>> + 'static>(
    values: impl Iterator<Item = T>,
    mask: Option<&[u8]>,
) -> ArrayRef {
    let there = |at: usize| mask.is_none_or(|mask| mask.get(at) != Some(&1));
    let all = values.enumerate();
    Arc::new(
        all.map(|(at, value)| there(at).then_some(value))
            .collect::<A>(),
    )
}

/// Series whose columns are read.
#[pyclass(frozen, module = "gatecast._gatecast")]
pub(crate) struct Panel {
    pub(crate) panel: Arc<series::Panel>,
    pub(crate) layout: Layout,
    /// Whether there may be more than one.
    pub(crate) many: bool,
}

#[pymethods]
impl Panel {
    fn __len__(&self) -> usize {
        self.panel.series.len()
    }

    #[getter]
    fn many(&self) -> bool {
        self.many
    }

    /// Series that could not be read, and why.
    fn skipped(&self) -> Vec<(String, String)> {
        skipped(&self.panel.skipped)
    }

    /// What was done to rows on the way in.
    fn notes(&self) -> Vec<String> {
        let all = self.panel.series.iter().flat_map(|series| series.notes());
        all.map(|note| in_python(note)).collect()
    }

    /// The same series with what is known of rows still to come, by the series' names, and what is odd about these.
    fn with_future(
        &self,
        py: Python<'_>,
        future: &Self,
        columns: Vec<String>,
    ) -> PyResult<(Self, Vec<String>)> {
        let (mut panel, mut odd) = ((*self.panel).clone(), Vec::new());
        let by_name: std::collections::HashMap<&str, &series::Series> = future
            .panel
            .series
            .iter()
            .map(|series| (series.name(), series))
            .collect();
        for series in &mut panel.series {
            let ahead = match (self.many, future.panel.series.first()) {
                (true, _) => by_name.get(series.name()).copied(),
                (false, only) => only,
            };
            let Some(ahead) = ahead else { continue };
            let mut known = Vec::new();
            for column in &columns {
                known.push((column, ahead.column(column).or_raise(py)?.to_vec()));
            }
            let next = series
                .stamps()
                .last()
                .and_then(|last| series.rhythm().next(*last));
            if let (Some(next), Some(first)) = (next, ahead.stamps().first())
                && next != *first
            {
                let name = series.name();
                odd.push(format!(
                    "{name}: the rows to come begin at {first}, and the next row would be {next}"
                ));
            }
            *series = series
                .clone()
                .with_ahead(ahead.stamps().to_vec(), known)
                .or_raise(py)?;
        }
        let with_future = Self {
            panel: Arc::new(panel),
            layout: self.layout.clone(),
            many: self.many,
        };
        Ok((with_future, odd))
    }
}

/// Names and reasons.
pub(crate) fn skipped(all: &[Skipped]) -> Vec<(String, String)> {
    let all = all.iter();
    all.map(|skipped| (skipped.name.clone(), in_python(&skipped.reason)))
        .collect()
}

/// Rows of a result. Any library that knows Arrow's C stream can take it: `polars.DataFrame(table)`, `pyarrow.table(table)`.
#[pyclass(frozen, module = "gatecast._gatecast")]
pub(crate) struct Table {
    batch: RecordBatch,
}

impl Table {
    pub(crate) fn new(batch: RecordBatch) -> Self {
        Self { batch }
    }
}

#[pymethods]
impl Table {
    /// As [`Source::of_columns`].
    #[staticmethod]
    fn of_columns(columns: Vec<Column<'_>>) -> PyResult<Self> {
        Ok(Self::new(batch_of(columns)?))
    }

    fn __len__(&self) -> usize {
        self.batch.num_rows()
    }

    /// The columns' names.
    fn names(&self) -> Vec<String> {
        let schema = self.batch.schema();
        schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect()
    }

    /// Arrow's C stream.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The protocol allows to give what there is.
        let _ = requested_schema;
        let batches = [Ok(self.batch.clone())];
        let reader = RecordBatchIterator::new(batches, self.batch.schema());
        let stream = FFI_ArrowArrayStream::new(Box::new(reader));
        PyCapsule::new_with_value(py, stream, c"arrow_array_stream")
    }

    /// A column as its kind and its values, as [`Source::of_columns`] takes them.
    fn column<'py>(&self, py: Python<'py>, at: usize) -> PyResult<(String, Bound<'py, PyAny>)> {
        if at >= self.batch.num_columns() {
            return Err(PyValueError::new_err(format!("there is no column {at}")));
        }
        let array = self.batch.column(at);
        let wrong = |error: arrow_schema::ArrowError| PyValueError::new_err(error.to_string());
        let bytes = |bytes: Vec<u8>| PyBytes::new(py, &bytes).into_any();
        let whole = |array: &ArrayRef| -> PyResult<Vec<u8>> {
            let array = cast(array, &DataType::Int64).map_err(wrong)?;
            let array = array.as_primitive::<Int64Type>();
            Ok(array
                .iter()
                .flat_map(|value| value.unwrap_or(i64::MIN).to_ne_bytes())
                .collect())
        };
        Ok(match array.data_type() {
            kind if kind.is_floating() => {
                let array = cast(array, &DataType::Float64).map_err(wrong)?;
                let array = array.as_primitive::<Float64Type>();
                let all = array
                    .iter()
                    .flat_map(|value| value.unwrap_or(f64::NAN).to_ne_bytes());
                ("float64".into(), bytes(all.collect()))
            }
            kind if kind.is_integer() && array.null_count() == 0 => {
                ("int64".into(), bytes(whole(array)?))
            }
            DataType::Timestamp(unit, zone) => {
                let unit = match unit {
                    TimeUnit::Second => "s",
                    TimeUnit::Millisecond => "ms",
                    TimeUnit::Microsecond => "us",
                    TimeUnit::Nanosecond => "ns",
                };
                let zone = zone.as_deref().unwrap_or("");
                (format!("timestamp[{unit}],{zone}"), bytes(whole(array)?))
            }
            DataType::Binary => {
                let array = array.as_binary::<i32>();
                let all = array
                    .iter()
                    .map(|value| value.map(|value| PyBytes::new(py, value)));
                ("binary".into(), PyList::new(py, all)?.into_any())
            }
            DataType::Boolean => {
                let array = array.as_boolean();
                ("object".into(), PyList::new(py, array.iter())?.into_any())
            }
            kind if kind.is_integer() => {
                let array = cast(array, &DataType::Int64).map_err(wrong)?;
                (
                    "nullable".into(),
                    PyList::new(py, array.as_primitive::<Int64Type>().iter())?.into_any(),
                )
            }
            kind => {
                let days = matches!(kind, DataType::Date32 | DataType::Date64);
                let array = cast(array, &DataType::Utf8).map_err(wrong)?;
                let array = array.as_string::<i32>();
                if let Some((codes, texts)) = coded(array).filter(|_| !days) {
                    let codes = codes.into_iter().flat_map(i64::to_ne_bytes).collect();
                    let both = (bytes(codes), texts).into_pyobject(py)?;
                    return Ok(("coded".into(), both.into_any()));
                }
                let kind = if days { "date" } else { "text" };
                (kind.into(), PyList::new(py, array.iter())?.into_any())
            }
        })
    }
}
