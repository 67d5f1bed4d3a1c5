//! One pure function for machines that share the work: [`Job::run`] takes the rows of some series and gives back rows.
//! Ray, Spark, Dask or a loop only carry them. What this file is not: it knows no cluster.
//!
//! What comes out depends on a series' own rows and the job alone: not on the series beside it, on how many there are in
//! a batch, on threads, or, with one instruction set on all machines, on where it runs. What is wrong with a series becomes a
//! row that says so; nothing in the data makes [`Job::run`] fail.

use std::collections::HashMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Float64Array, Int32Array, Int64Array, RecordBatch,
    StringArray, UInt64Array,
};
use arrow_cast::cast;
use arrow_schema::{DataType, Schema, SchemaRef};
use arrow_select::take::take;
use gatecast_kernels::{Isa, hold_to, isa};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::error::{Error, ErrorKind, Result, name_settings, wrong};
use crate::forecast::{
    FittedForecaster, Forecast, ForecastOptions, ForecastSpec, Forecaster, SeriesScores,
};
use crate::frame::{Moment, batch, names, times};
use crate::nn;
use crate::parallel::parallel_map;
use crate::rng::Rng;
use crate::series::{Fault, ReadOptions, hexadecimal, of_rows};

/// How a job begins, when it travels.
const MAGIC: &[u8] = b"gatecast job 1\n";

/// What is done with every series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Task {
    /// Forecast by one model for all: a row a step.
    Forecast,
    /// A model fitted to each: one row, with the model file in it.
    Fit,
    /// Forecast by a model fitted to each, which is not kept: a row a step.
    FitForecast,
}

/// What to do, with all that it needs: it can be sent to other machines as bytes.
///
/// ```
/// use gatecast::distributed::{Job, JobSpec, Task};
/// use gatecast::{Forecaster, ForecastSpec, forecast::Method};
/// # use std::sync::Arc;
/// # use arrow_array::{Float64Array, Int64Array, RecordBatch, StringArray};
///
/// let mut spec = ForecastSpec::default().with_method(Method::Drift);
/// (spec.data.target, spec.data.features) = ("y".into(), vec!["y".into()]);
/// let job = Job::new(JobSpec { task: Task::FitForecast, spec: Some(spec), ..JobSpec::default() }, None)?;
/// let again = Job::parse(&job.to_bytes()?)?; // on another machine
///
/// # let rows = RecordBatch::try_from_iter([
/// #     ("unique_id", Arc::new(StringArray::from(vec!["A", "A", "A", "B"])) as _),
/// #     ("ds", Arc::new(Int64Array::from(vec![1, 2, 3, 1])) as _),
/// #     ("y", Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0, 5.0])) as _),
/// # ]).unwrap();
/// // Three rows of A and one of B, too few to forecast from: a row of a forecast, and a row with an error.
/// let done = again.run(&rows)?;
/// assert_eq!((done.num_rows(), done.schema().field(3).name().as_str()), (2, "y_hat"));
/// # Ok::<(), gatecast::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Job {
    spec: JobSpec,
    model: Option<FittedForecaster>,
}

/// The settings of a [`Job`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    /// What is done.
    pub task: Task,
    /// The column that names the series.
    pub id: String,
    /// The column of times.
    pub time: String,
    /// How texts are read.
    pub read: ReadOptions,
    /// Steps; those of the model or of the settings if `None`.
    pub horizon: Option<usize>,
    /// Levels of bands, in per cent.
    pub levels: Vec<u8>,
    /// How models are fitted; the seed of each follows from this one and the name of the series.
    pub spec: Option<ForecastSpec>,
    /// The instruction set that all machines compute with, so that all get the same bits; that of this machine if `None`.
    pub isa: Option<String>,
    /// Threads on which series are done side by side. A cluster counts its cores itself, so one.
    pub threads: usize,
}

impl Default for JobSpec {
    /// Forecasts of `unique_id`.
    fn default() -> Self {
        Self {
            task: Task::Forecast,
            id: "unique_id".into(),
            time: "ds".into(),
            read: ReadOptions::default(),
            horizon: None,
            levels: Vec::new(),
            spec: None,
            isa: None,
            threads: 1,
        }
    }
}

/// What came of a series.
enum Outcome {
    Forecast(Forecast),
    Fitted(Box<Fitted>),
    Failed { code: String, error: String },
}

/// A model, and what is told of it.
struct Fitted {
    /// The model file.
    model: Vec<u8>,
    rows: usize,
    scores: Option<SeriesScores>,
    /// Why there is no network, where there is none.
    stand_in: Option<String>,
}

impl Job {
    /// Checks that the settings fit together; `model` is the one for all of [`Task::Forecast`].
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting).
    pub fn new(mut spec: JobSpec, model: Option<FittedForecaster>) -> Result<Self> {
        let (needs_model, has_model) = (spec.task == Task::Forecast, model.is_some());
        if needs_model != has_model || needs_model == spec.spec.is_some() {
            let found = match needs_model {
                true => "to forecast by one model for all",
                false => "to fit a model to each series",
            };
            return wrong(
                "task",
                found.into(),
                "given a model for the one, settings for the other",
            );
        }
        if let Some(settings) = &mut spec.spec {
            settings.train.threads = Some(1);
            if let (Some(horizon), Task::FitForecast) = (spec.horizon, spec.task) {
                settings.data.horizon = horizon;
            }
            settings.validate()?;
        }
        if let Some(level) = spec.levels.iter().find(|level| !(1..=99).contains(*level)) {
            return wrong("level", level.to_string(), "1 to 99 per cent");
        }
        spec.read.time = Some(spec.time.clone());
        let own = isa().name();
        let wanted = spec.isa.get_or_insert_with(|| own.into());
        if Isa::named(wanted).is_none() {
            return wrong("isa", format!("{wanted:?}"), "avx512, avx2 or portable");
        }
        Ok(Self { spec, model })
    }

    /// The settings.
    pub fn spec(&self) -> &JobSpec {
        &self.spec
    }

    /// As it travels.
    ///
    /// # Errors
    /// As [`FittedForecaster::to_bytes`].
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let text = serde_json::to_vec(&self.spec).map_err(|error| broken(&error.to_string()))?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend((text.len() as u64).to_le_bytes());
        bytes.extend(text);
        if let Some(model) = &self.model {
            bytes.extend(model.to_bytes()?);
        }
        Ok(bytes)
    }

    /// What [`Job::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`Model`](crate::ErrorKind::Model) where it did not, or another version of this program did.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let rest = bytes
            .strip_prefix(MAGIC)
            .ok_or_else(|| broken("it does not begin like one"))?;
        let (length, rest) = rest
            .split_first_chunk()
            .ok_or_else(|| broken("it was cut short"))?;
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if length > rest.len() {
            return Err(broken("it was cut short"));
        }
        let (text, model) = rest.split_at(length);
        let spec = serde_json::from_slice(text).map_err(|error| broken(&error.to_string()))?;
        let model = match model.is_empty() {
            true => None,
            false => Some(FittedForecaster::parse("the job's model", model.to_vec())?),
        };
        Self::new(spec, model)
    }

    /// SHA-256 of the job, whatever its threads: what was done by one with the same need not be done again.
    ///
    /// # Errors
    /// As [`Job::to_bytes`].
    pub fn sha256(&self) -> Result<String> {
        let mut of = self.clone();
        of.spec.threads = 1;
        let mut hash = Sha256::new();
        hash.update(of.to_bytes()?);
        Ok(hexadecimal(hash))
    }

    /// The columns of what [`Job::run`] gives back for rows of this `schema`.
    ///
    /// # Errors
    /// [`UnknownColumn`](crate::ErrorKind::UnknownColumn) where it has no column of names or times.
    pub fn schema(&self, schema: &Schema) -> Result<SchemaRef> {
        let shape = Shape::of(&self.spec, schema)?;
        Ok(self.table(&shape, Vec::new(), &[])?.schema())
    }

    /// Does the job for every series of a batch: rows with one name in [`JobSpec::id`], in any order.
    ///
    /// Forecasts have the columns of the name and the time, `step` from 1, `y_hat`, `lo-80` and `hi-80` for each level,
    /// `error_code` and `error`; a series that fails has exactly one row, with these two set. Fits have the name, `model`
    /// (the model file), `rows`, `mae`, `mase`, `skill`, `has_skill`, `verdict`, `stand_in` (why there is no network),
    /// `spec_sha256`, `version`, `isa` and the two of errors.
    ///
    /// # Errors
    /// [`UnknownColumn`](crate::ErrorKind::UnknownColumn) where there is no column of names or times;
    /// [`Setting`](crate::ErrorKind::Setting) where this machine does not compute with the job's instruction set.
    pub fn run(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let shape = Shape::of(&self.spec, &batch.schema())?;
        self.hold_to_isa()?;
        let groups = groups(batch.column(shape.id))?;
        let outcomes = parallel_map(Some(self.spec.threads.max(1)), groups.len(), |at| {
            // Nothing that is shared is written to.
            match catch_unwind(AssertUnwindSafe(|| self.one(batch, &groups[at]))) {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(error)) => Outcome::failed(code(error.kind()), error.to_string()),
                Err(_) => Outcome::failed(
                    "internal".into(),
                    "a fault of the program; please report it",
                ),
            }
        });
        let names = groups.into_iter().map(|group| group.name).collect();
        self.table(&shape, names, &outcomes)
    }

    /// What comes of one series.
    fn one(&self, batch: &RecordBatch, group: &Group) -> Result<Outcome> {
        let Some(name) = &group.name else {
            let reason = format!("{} rows have no name in \"{}\"", group.rows(), self.spec.id);
            return Ok(Outcome::failed("no_name".into(), reason));
        };
        let slices: Vec<RecordBatch> = group
            .stretches
            .iter()
            .map(|rows| batch.slice(rows.start, rows.len()))
            .collect();
        let read =
            |columns: &[&str]| of_rows(name, &slices, &self.spec.id, columns, &self.spec.read);
        let options = |fitted: &FittedForecaster| ForecastOptions {
            horizon: self.spec.horizon,
            // A series too short for folds has no bands.
            levels: match fitted.selection() {
                Some(_) => self.spec.levels.clone(),
                None => Vec::new(),
            },
            ..ForecastOptions::default()
        };
        let Some(settings) = &self.spec.spec else {
            let Some(model) = &self.model else {
                return Err(broken("it has neither a model nor settings"));
            };
            let series = read(&model.columns())?;
            let forecast = model.forecast_with(&series, &options(model))?;
            return Ok(Outcome::Forecast(forecast));
        };
        let series = read(&settings.data.columns())?;
        let mut settings = settings.clone();
        settings.train.seed = Rng::named(settings.train.seed, name).bits();
        let (fitted, stand_in) = Forecaster::new(settings)?.fit_any(&series)?;
        if self.spec.task == Task::FitForecast {
            let forecast = fitted.forecast_with(&series, &options(&fitted))?;
            return Ok(Outcome::Forecast(forecast));
        }
        Ok(Outcome::Fitted(Box::new(Fitted {
            model: fitted.to_bytes()?,
            rows: series.rows(),
            scores: fitted.series_scores().first().cloned(),
            stand_in,
        })))
    }

    /// Fails where this machine computes otherwise than all others.
    fn hold_to_isa(&self) -> Result<()> {
        let wanted = self.spec.isa.as_deref().and_then(Isa::named);
        match wanted {
            Some(wanted) if hold_to(wanted) != wanted => wrong(
                "isa",
                format!(
                    "{}, and this process computes with {}",
                    wanted.name(),
                    isa().name()
                ),
                "one that all machines have: portable works everywhere, in processes that have not computed before",
            ),
            _ => Ok(()),
        }
    }

    /// The rows that [`Job::run`] gives back.
    fn table(
        &self,
        shape: &Shape,
        ids: Vec<Option<String>>,
        outcomes: &[Outcome],
    ) -> Result<RecordBatch> {
        let ids: StringArray = match self.spec.task {
            Task::Fit => ids.into_iter().collect(),
            _ => ids
                .into_iter()
                .zip(outcomes)
                .flat_map(|(id, outcome)| vec![id; outcome.steps()])
                .collect(),
        };
        let mut columns: Columns = vec![(self.spec.id.clone(), shape.names(&ids)?)];
        match self.spec.task {
            Task::Fit => columns.extend(self.fits(outcomes)?),
            _ => columns.extend(self.forecasts(shape, outcomes)?),
        }
        batch(columns)
    }

    fn forecasts(&self, shape: &Shape, outcomes: &[Outcome]) -> Result<Columns> {
        let rows: usize = outcomes.iter().map(Outcome::steps).sum();
        let (mut stamps, mut steps) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
        let mut values = Vec::with_capacity(rows);
        let mut ends: Vec<(String, String, Vec<Option<f64>>)> = Vec::new();
        for level in &self.spec.levels {
            for (end, short) in [("lower", "lo"), ("upper", "hi")] {
                ends.push((
                    format!("{end}{level}"),
                    format!("{short}-{level}"),
                    Vec::with_capacity(rows),
                ));
            }
        }
        for outcome in outcomes {
            let Outcome::Forecast(forecast) = outcome else {
                stamps.push(None);
                steps.push(None);
                values.push(None);
                ends.iter_mut().for_each(|(_, _, values)| values.push(None));
                continue;
            };
            for (step, point) in forecast.points.iter().enumerate() {
                stamps.push(Some((point.date, forecast.time_of_day)));
                steps.push(i32::try_from(step + 1).ok());
                values.push(Some(point.value));
                for (end, _, values) in &mut ends {
                    values.push(point.bands.get(end).copied());
                }
            }
        }
        let mut columns: Columns = vec![
            (shape.time.0.clone(), shape.times(&stamps)?),
            ("step".into(), Arc::new(Int32Array::from(steps))),
            ("y_hat".into(), Arc::new(Float64Array::from(values))),
        ];
        for (_, name, values) in ends {
            columns.push((name, Arc::new(Float64Array::from(values))));
        }
        let failures = outcomes
            .iter()
            .flat_map(|outcome| vec![outcome.failure(); outcome.steps()]);
        columns.extend(errors(failures));
        Ok(columns)
    }

    fn fits(&self, outcomes: &[Outcome]) -> Result<Columns> {
        let fitted = || {
            outcomes.iter().map(|outcome| match outcome {
                Outcome::Fitted(fitted) => Some(&**fitted),
                _ => None,
            })
        };
        let scores = || fitted().map(|fitted| fitted?.scores.as_ref());
        let models: BinaryArray = fitted().map(|fitted| Some(&fitted?.model[..])).collect();
        let rows: Int64Array = fitted()
            .map(|fitted| i64::try_from(fitted?.rows).ok())
            .collect();
        let number = |value: &dyn Fn(&SeriesScores) -> Option<f64>| -> ArrayRef {
            let all = scores().map(|scores| value(scores?));
            Arc::new(all.collect::<Float64Array>())
        };
        let verdict = || scores().map(|scores| scores?.verdict.as_ref());
        let has_skill: BooleanArray = verdict().map(|verdict| Some(verdict?.has_skill)).collect();
        let said: StringArray = verdict()
            .map(|verdict| Some(verdict?.text.as_str()))
            .collect();
        let stand_in: StringArray = fitted().map(|fitted| fitted?.stand_in.as_deref()).collect();
        let each =
            |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text; outcomes.len()])) };
        let mut columns: Columns = vec![
            ("model".into(), Arc::new(models)),
            ("rows".into(), Arc::new(rows)),
            ("mae".into(), number(&|scores| Some(scores.scores.mae))),
            ("mase".into(), number(&|scores| scores.scores.mase)),
            ("skill".into(), number(&|scores| scores.scores.skill)),
            ("has_skill".into(), Arc::new(has_skill)),
            ("verdict".into(), Arc::new(said)),
            ("stand_in".into(), Arc::new(stand_in)),
            ("spec_sha256".into(), each(&self.sha256()?)),
            ("version".into(), each(env!("CARGO_PKG_VERSION"))),
            (
                "isa".into(),
                each(self.spec.isa.as_deref().unwrap_or_default()),
            ),
        ];
        columns.extend(errors(outcomes.iter().map(Outcome::failure)));
        Ok(columns)
    }
}

/// Columns of a result, with their names.
type Columns = Vec<(String, ArrayRef)>;

impl Outcome {
    fn failed(code: String, error: impl Into<String>) -> Self {
        let error = error.into();
        Self::Failed { code, error }
    }

    /// Rows of a table of forecasts.
    fn steps(&self) -> usize {
        match self {
            Self::Forecast(forecast) => forecast.points.len(),
            _ => 1,
        }
    }

    /// The code of its error and what it says.
    fn failure(&self) -> Option<(&str, &str)> {
        match self {
            Self::Failed { code, error } => Some((code, error)),
            _ => None,
        }
    }
}

fn errors<'o>(failures: impl Iterator<Item = Option<(&'o str, &'o str)>>) -> Columns {
    let (mut codes, mut texts) = (StringBuilder::new(), StringBuilder::new());
    for failure in failures {
        codes.append_option(failure.map(|(code, _)| code));
        texts.append_option(failure.map(|(_, text)| name_settings(text, str::to_string)));
    }
    vec![
        ("error_code".into(), Arc::new(codes.finish())),
        ("error".into(), Arc::new(texts.finish())),
    ]
}

/// What names and times are in the rows that come, and so in those that go.
struct Shape {
    /// Number of the column of names, and its type.
    id: usize,
    names: DataType,
    /// The column of times, and its type.
    time: (String, DataType),
}

impl Shape {
    fn of(spec: &JobSpec, schema: &Schema) -> Result<Self> {
        let column = |name: &str| {
            let known = || schema.fields().iter().map(|field| field.name().clone());
            schema.index_of(name).map_err(|_| Fault::UnknownColumn {
                file: "the batch".into(),
                name: name.into(),
                known: known().collect(),
            })
        };
        let (id, time) = (column(&spec.id)?, column(&spec.time)?);
        let kind = |at: usize| schema.field(at).data_type();
        Ok(Self {
            id,
            names: names(&StringArray::from(Vec::<&str>::new()), kind(id))
                .data_type()
                .clone(),
            time: (
                spec.time.clone(),
                times(&[], kind(time)).data_type().clone(),
            ),
        })
    }

    fn names(&self, ids: &StringArray) -> Result<ArrayRef> {
        cast(ids, &self.names).map_err(|error| broken(&error.to_string()))
    }

    /// Those of all rows; none where a series failed.
    fn times(&self, stamps: &[Option<Moment>]) -> Result<ArrayRef> {
        let there: Vec<Moment> = stamps.iter().flatten().copied().collect();
        let all = times(&there, &self.time.1);
        let mut next = 0..;
        let places: UInt64Array = stamps
            .iter()
            .map(|stamp| stamp.and_then(|_| next.next()))
            .collect();
        take(&all, &places, None).map_err(|error| broken(&error.to_string()))
    }
}

/// Rows of one series in a batch.
struct Group {
    name: Option<String>,
    /// Where they stand.
    stretches: Vec<Range<usize>>,
}

impl Group {
    fn rows(&self) -> usize {
        self.stretches.iter().map(Range::len).sum()
    }
}

/// The series of a batch, in the order of their first rows.
fn groups(ids: &ArrayRef) -> Result<Vec<Group>> {
    let ids = cast(ids, &DataType::Utf8).map_err(|error| broken(&error.to_string()))?;
    let ids = ids.as_string::<i32>();
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<Option<&str>, usize> = HashMap::new();
    let mut row = 0;
    while row < ids.len() {
        let name = |row: usize| {
            ids.is_valid(row)
                .then(|| ids.value(row).trim())
                .filter(|name| !name.is_empty())
        };
        let start = row;
        while row < ids.len() && name(row) == name(start) {
            row += 1;
        }
        let at = *places.entry(name(start)).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.stretches.push(start..row),
            None => groups.push(Group {
                name: name(start).map(str::to_string),
                stretches: std::iter::once(start..row).collect(),
            }),
        }
    }
    Ok(groups)
}

/// `TooFewRows` as `too_few_rows`.
fn code(kind: ErrorKind) -> String {
    let mut code = String::new();
    for letter in format!("{kind:?}")
        .chars()
        .take_while(|letter| letter.is_alphanumeric())
    {
        if letter.is_uppercase() && !code.is_empty() {
            code.push('_');
        }
        code.extend(letter.to_lowercase());
    }
    code
}

fn broken(reason: &str) -> Error {
    nn::Fault::model(
        "job",
        reason.to_string(),
        "make the job again, with this version",
    )
    .into()
}
