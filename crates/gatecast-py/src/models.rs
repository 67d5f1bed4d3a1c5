//! Fitting, forecasting and scoring, for one series or many. What this file is not: it keeps no frame and draws no picture.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use gatecast::forecast::{
    CrossValidationSpec, ForecastOptions, PanelScores, Preset, Refit, RollingForecast, RollingSpec,
    SeriesScores, Settings,
};
use gatecast::frame::Layout;
use gatecast::report::pictures;
use gatecast::series::{self, Exchange, Series};
use gatecast::{Error, FittedForecaster, Forecast, ForecastSpec, Forecaster, parallel_map, report};
use jiff::civil::Date;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde_json::{Map, Value, json};

use crate::fault::{OrRaise, in_python};
use crate::frames::{Panel, Table, skipped};
use crate::watch::{Watch, shown, watched};

/// How models and series belong together.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// One series and its model.
    One,
    /// One model for many series.
    Global,
    /// A model for each of many series.
    Each,
}

impl Mode {
    fn of(name: &str) -> PyResult<Self> {
        match name {
            "one" => Ok(Self::One),
            "global" => Ok(Self::Global),
            "each" => Ok(Self::Each),
            _ => Err(PyValueError::new_err(format!(
                "mode is {name:?}; it must be one, global or each"
            ))),
        }
    }
}

/// The specification that settings describe, as a JSON object of names and values.
pub(crate) fn spec_of(settings: &str, global: bool) -> gatecast::Result<ForecastSpec> {
    let values: Map<String, Value> = serde_json::from_str(settings)
        .map_err(|error| Error::not_a_series(format!("the settings cannot be read: {error}")))?;
    let mut settings = Settings::default();
    for (name, value) in values {
        settings.set(&name.replace('_', "-"), value)?;
    }
    if global {
        let mut panel = Settings::default();
        panel.set("preset", Preset::Panel.name())?;
        settings = settings.or(panel);
    }
    let spec = settings.spec()?;
    spec.validate()?;
    Ok(spec)
}

/// A name, and why.
type Reasons = Vec<(String, String)>;

enum Models {
    One(Box<FittedForecaster>),
    Each(Vec<(String, FittedForecaster)>),
}

impl Models {
    /// The model for a series of this name.
    fn by_name<'m>(&'m self) -> impl Fn(&str) -> Option<&'m FittedForecaster> {
        let names: HashMap<&str, &FittedForecaster> = match self {
            Self::One(_) => HashMap::new(),
            Self::Each(all) => all
                .iter()
                .map(|(name, fitted)| (name.as_str(), fitted))
                .collect(),
        };
        move |name| match self {
            Self::One(fitted) => Some(&**fitted),
            Self::Each(_) => names.get(name).copied(),
        }
    }

    /// The scores of every series.
    fn scores(&self) -> Vec<SeriesScores> {
        match self {
            Self::One(fitted) => fitted.series_scores().to_vec(),
            Self::Each(all) => all
                .iter()
                .flat_map(|(_, fitted)| fitted.series_scores().to_vec())
                .collect(),
        }
    }
}

/// One or many fitted forecasters.
#[pyclass(frozen, module = "gatecast._gatecast")]
pub(crate) struct Model {
    models: Arc<Models>,
    /// Series that nothing could be fitted to.
    skipped: Reasons,
    /// Series that are forecast without networks.
    without_network: Reasons,
    seconds: f64,
}

impl Model {
    fn first(&self) -> PyResult<&FittedForecaster> {
        match &*self.models {
            Models::One(fitted) => Ok(fitted),
            Models::Each(all) => match all.first() {
                Some((_, fitted)) => Ok(fitted),
                None => Err(PyValueError::new_err("it holds no model")),
            },
        }
    }

    pub(crate) fn global(&self) -> PyResult<FittedForecaster> {
        match &*self.models {
            Models::One(fitted) => Ok((**fitted).clone()),
            Models::Each(_) => Err(PyValueError::new_err(
                "there is a model for each series; fit one for all",
            )),
        }
    }
}

/// Fits. `settings` is a JSON object; `mode` is one, global or each; `strict` fails where a series is too short or broken.
#[pyfunction]
#[pyo3(signature = (panel, settings, mode, strict, progress))]
pub(crate) fn fit(
    py: Python<'_>,
    panel: &Panel,
    settings: &str,
    mode: &str,
    strict: bool,
    progress: Option<Bound<'_, PyAny>>,
) -> PyResult<Model> {
    let mode = Mode::of(mode)?;
    let spec = spec_of(settings, mode == Mode::Global).or_raise(py)?;
    let mut left_out = skipped(&panel.panel.skipped);
    let panel = Arc::clone(&panel.panel);
    let start = Instant::now();
    let (models, fell_out, without_network) =
        shown(py, progress.as_ref(), move |watch| match mode {
            Mode::Each => each(&panel.series, spec, strict, watch, |forecaster, series| {
                let (fitted, reason) = match strict {
                    true => (forecaster.fit(series)?, None),
                    false => forecaster.fit_any(series)?,
                };
                Ok(((series.name().to_string(), fitted), reason))
            })
            .map(|(models, skipped, without)| (Models::Each(models), skipped, without)),
            Mode::One | Mode::Global => {
                let forecaster = Forecaster::new(spec)?;
                let fit = |forecaster: &Forecaster| match (mode, &panel.series[..]) {
                    (Mode::One, [series]) => {
                        forecaster.fit_with(series, |event| watch.on_event(event))
                    }
                    _ => forecaster.fit_with(&panel.series, |event| watch.on_event(event)),
                };
                let (fitted, reason) = match strict {
                    true => (fit(&forecaster)?, None),
                    false => forecaster.or_stand_in(fit)?,
                };
                let without = reason.map_or_else(Vec::new, |reason| {
                    let names = panel.series.iter();
                    names
                        .map(|series| (series.name().to_string(), in_python(&reason)))
                        .collect()
                });
                Ok((Models::One(Box::new(fitted)), Vec::new(), without))
            }
        })?;
    left_out.extend(fell_out);
    Ok(Model {
        models: Arc::new(models),
        skipped: left_out,
        without_network,
        seconds: start.elapsed().as_secs_f64(),
    })
}

/// Does something with every series, side by side. A series with which it fails is left out, unless `strict`.
fn each<R: Send>(
    panel: &[Series],
    mut spec: ForecastSpec,
    strict: bool,
    watch: &Watch,
    job: impl Fn(&Forecaster, &Series) -> gatecast::Result<(R, Option<String>)> + Sync,
) -> gatecast::Result<(Vec<R>, Reasons, Reasons)> {
    let threads = spec.train.threads;
    spec.train.threads = Some(1);
    let forecaster = Forecaster::new(spec)?;
    let outcomes = parallel_map(threads, panel.len(), |at| {
        // What nobody waits for any longer is not begun.
        if watch.go_on().is_break() {
            return None;
        }
        let outcome = job(&forecaster, &panel[at]);
        let _ = watch.one_more("series", panel.len());
        Some(outcome)
    });
    let (mut good, mut skipped, mut without) = (Vec::new(), Vec::new(), Vec::new());
    for (series, outcome) in panel.iter().zip(outcomes) {
        let name = series.name().to_string();
        match outcome {
            None => {}
            Some(Ok((result, reason))) => {
                without.extend(reason.map(|reason| (name, in_python(&reason))));
                good.push(result);
            }
            Some(Err(error)) if strict || error.is_usage() => return Err(error),
            Some(Err(error)) => skipped.push((name, in_python(&error.to_string()))),
        }
    }
    match (good.is_empty(), skipped.first()) {
        (true, Some((name, reason))) => {
            let reason = format!("no series of the panel will do; {name}: {reason}");
            Err(Error::not_a_series(reason))
        }
        _ => Ok((good, skipped, without)),
    }
}

/// Days without a session, and those of an exchange.
fn holidays(days: &[String], exchange: Option<&str>) -> PyResult<BTreeSet<Date>> {
    let mut all = BTreeSet::new();
    for day in days {
        let day = day.parse::<Date>();
        all.insert(day.map_err(|error| PyValueError::new_err(format!("holidays: {error}")))?);
    }
    if let Some(code) = exchange {
        let known = || Exchange::ALL.iter().map(|exchange| exchange.name());
        let found = Exchange::ALL
            .iter()
            .find(|exchange| exchange.name().eq_ignore_ascii_case(code));
        let Some(found) = found else {
            let known = known().collect::<Vec<_>>().join(", ");
            return Err(PyValueError::new_err(format!(
                "calendar_of is {code:?}; it must be one of {known}"
            )));
        };
        all.extend(found.days_off());
    }
    Ok(all)
}

#[pymethods]
impl Model {
    /// Forecasts what follows the last row of each series.
    #[pyo3(signature = (panel, name, horizon, levels, days_off, exchange, threads))]
    fn forecast(
        &self,
        py: Python<'_>,
        panel: &Panel,
        name: &str,
        horizon: Option<usize>,
        levels: Vec<u8>,
        days_off: Vec<String>,
        exchange: Option<&str>,
        threads: Option<usize>,
    ) -> PyResult<Forecasts> {
        let plain = ForecastOptions {
            horizon,
            levels: Vec::new(),
            holidays: holidays(&days_off, exchange)?,
        };
        let with_bands = ForecastOptions {
            levels: levels.clone(),
            ..plain.clone()
        };
        let (models, series) = (Arc::clone(&self.models), Arc::clone(&panel.panel));
        let many = panel.many;
        let made = watched(py, None, move |watch| {
            let by_name = models.by_name();
            let all = parallel_map(threads, series.series.len(), |at| {
                let one = &series.series[at];
                if watch.go_on().is_break() {
                    return None;
                }
                let Some(fitted) = by_name(one.name()) else {
                    let reason = "no model was fitted to a series of this name";
                    return Some(Err(Error::not_a_series(reason)));
                };
                // Series that are too short for folds have no bands.
                let options = match fitted.selection() {
                    None if many => &plain,
                    _ => &with_bands,
                };
                Some(fitted.forecast_with(one, options))
            });
            let (mut forecasts, mut skipped) = (Vec::new(), Vec::new());
            for (one, forecast) in series.series.iter().zip(all) {
                match forecast {
                    None => {}
                    Some(Ok(forecast)) => forecasts.push((one.name().to_string(), forecast)),
                    // What is wrong with one of many is said of it; with the only one, or the call, it is an error.
                    Some(Err(error)) if series.series.len() == 1 || error.is_usage() => {
                        return Err(error);
                    }
                    Some(Err(error)) => {
                        skipped.push((one.name().to_string(), in_python(&error.to_string())))
                    }
                }
            }
            Ok((forecasts, skipped))
        });
        let (forecasts, left_out) = made?;
        let all = skipped(&panel.panel.skipped).into_iter().chain(left_out);
        Ok(Forecasts {
            name: name.into(),
            levels,
            layout: panel.layout.clone(),
            panel: Arc::clone(&panel.panel),
            forecasts,
            skipped: all.collect(),
        })
    }

    /// Whether forecasts have bands.
    fn has_bands(&self) -> PyResult<bool> {
        Ok(self.first()?.selection().is_some())
    }

    /// Columns that it needs.
    fn columns(&self) -> PyResult<Vec<String>> {
        let columns = self.first()?.columns();
        Ok(columns.into_iter().map(str::to_string).collect())
    }

    /// How frames are to be read for it, as JSON.
    fn reading(&self) -> PyResult<String> {
        to_json(&self.first()?.read_options())
    }

    /// What is known of it, as JSON.
    fn facts(&self) -> PyResult<String> {
        let fitted = self.first()?;
        let scores = self.models.scores();
        let one = matches!(&*self.models, Models::One(_));
        let panel = match one {
            true => fitted.panel_scores().cloned(),
            false => PanelScores::of(&scores),
        };
        to_json(&json!({
            "spec": fitted.spec(),
            "training": fitted.training(),
            "models": match &*self.models { Models::One(_) => 1, Models::Each(all) => all.len() },
            "parameters": fitted.parameters(),
            "method": fitted.base().map(|base| base.name()),
            "history": fitted.history(),
            "selection": fitted.selection(),
            "scores": fitted.scores().filter(|_| one),
            "verdict": fitted.verdict().filter(|_| one),
            "panel_scores": panel,
            "series_scores": scores,
            "skipped": self.skipped,
            "without_network": self.without_network,
            "fit_seconds": self.seconds,
        }))
    }

    /// The layers, or the method.
    fn layers(&self) -> PyResult<String> {
        Ok(report::of_layers(self.first()?))
    }

    /// The scores of the test part, and what they mean.
    fn text(&self) -> PyResult<String> {
        let fitted = self.first()?;
        let panel = match &*self.models {
            Models::One(fitted) => fitted.panel_scores().cloned(),
            Models::Each(_) => PanelScores::of(&self.models.scores()),
        };
        Ok(match panel {
            Some(scores) => report::of_panel(&scores),
            None => in_python(&report::test_part(fitted)),
        })
    }

    /// Every forecast of the test part, beside what happened.
    fn predictions(&self, py: Python<'_>, panel: &Panel, name: &str) -> PyResult<Table> {
        let (models, series) = (Arc::clone(&self.models), Arc::clone(&panel.panel));
        let made = watched(py, None, move |_| {
            let (by_name, mut made) = (models.by_name(), Vec::new());
            for (at, one) in series.series.iter().enumerate() {
                if let Some(predictions) = by_name(one.name())
                    .map(|fitted| fitted.predict_test_part(one))
                    .transpose()?
                    .flatten()
                {
                    made.push((at, predictions));
                }
            }
            Ok(made)
        })?;
        let rows: Vec<_> = made
            .iter()
            .map(|(at, made)| (&panel.panel.series[*at], made))
            .collect();
        let target = &self.first()?.spec().data.target;
        Ok(Table::new(
            panel.layout.predictions(name, target, &rows).or_raise(py)?,
        ))
    }

    /// A picture as SVG: the test part with the forecast of what follows the one series, or the loss.
    fn picture(&self, py: Python<'_>, panel: &Panel) -> PyResult<Option<String>> {
        let (Models::One(fitted), [series]) = (&*self.models, &panel.panel.series[..]) else {
            return Ok(None);
        };
        let files = py
            .detach(|| pictures::of_model(fitted, Some(series)))
            .or_raise(py)?;
        Ok(svg(&files, &["forecast.svg", "loss.svg"]))
    }

    /// The model file; of a model for each series, all of them with their names.
    fn to_bytes(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        match &*self.models {
            Models::One(fitted) => fitted.to_bytes().or_raise(py),
            Models::Each(all) => {
                let files = all
                    .iter()
                    .map(|(name, fitted)| Ok((name, fitted.to_bytes()?)))
                    .collect::<gatecast::Result<Vec<_>>>()
                    .or_raise(py)?;
                let names: Vec<_> = files
                    .iter()
                    .map(|(name, bytes)| (name, bytes.len()))
                    .collect();
                let head = to_json(&names)?;
                let mut bytes = EACH.to_vec();
                bytes.extend((head.len() as u64).to_le_bytes());
                bytes.extend(head.into_bytes());
                files.into_iter().for_each(|(_, file)| bytes.extend(file));
                Ok(bytes)
            }
        }
    }

    /// What `to_bytes` wrote.
    #[staticmethod]
    fn parse(py: Python<'_>, name: &str, bytes: Vec<u8>) -> PyResult<Self> {
        let models = match bytes.strip_prefix(EACH) {
            None => Models::One(Box::new(FittedForecaster::parse(name, bytes).or_raise(py)?)),
            Some(rest) => Models::Each(parse_each(rest).or_raise(py)?),
        };
        Ok(Self::loaded(models))
    }
}

/// The first of these files that there is.
fn svg(files: &[pictures::File], names: &[&str]) -> Option<String> {
    let found = |name: &&str| files.iter().find(|(own, _)| own == name);
    let (_, bytes) = names.iter().find_map(found)?;
    String::from_utf8(bytes.clone()).ok()
}

/// Forecasts of what follows the last rows of some series.
#[pyclass(frozen, module = "gatecast._gatecast")]
pub(crate) struct Forecasts {
    /// What their column is called.
    name: String,
    levels: Vec<u8>,
    layout: Layout,
    panel: Arc<series::Panel>,
    forecasts: Vec<(String, Forecast)>,
    skipped: Reasons,
}

#[pymethods]
impl Forecasts {
    /// A row for each series and step.
    fn table(&self, py: Python<'_>) -> PyResult<Table> {
        let rows: Vec<(&str, &Forecast)> = self
            .forecasts
            .iter()
            .map(|(name, forecast)| (name.as_str(), forecast))
            .collect();
        Ok(Table::new(
            self.layout
                .forecasts(&self.name, &self.levels, &rows)
                .or_raise(py)?,
        ))
    }

    /// Series without a forecast, and why.
    #[getter]
    fn skipped(&self) -> Reasons {
        self.skipped.clone()
    }

    /// When each row is, and its value.
    fn points(&self) -> Vec<(String, f64)> {
        let points = self
            .forecasts
            .iter()
            .flat_map(|(_, forecast)| &forecast.points);
        points
            .map(|point| (point.date.to_string(), point.value))
            .collect()
    }

    /// As plain text, of the first series.
    fn text(&self) -> String {
        self.forecasts
            .first()
            .map_or_else(String::new, |(_, forecast)| report::of_forecast(forecast))
    }

    /// A picture of the first few as SVG.
    fn picture(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let places: HashMap<&str, &Series> = self
            .panel
            .series
            .iter()
            .map(|series| (series.name(), series))
            .collect();
        let shown: Vec<(&Series, &Forecast)> = self
            .forecasts
            .iter()
            .filter_map(|(name, forecast)| Some((*places.get(name.as_str())?, forecast)))
            .take(12)
            .collect();
        let files = pictures::of_forecasts(&shown).or_raise(py)?;
        Ok(svg(&files, &["series.svg"]))
    }
}

/// The columns that settings need.
#[pyfunction]
pub(crate) fn columns(py: Python<'_>, settings: &str) -> PyResult<Vec<String>> {
    let spec = spec_of(settings, false).or_raise(py)?;
    Ok(spec
        .data
        .columns()
        .into_iter()
        .map(str::to_string)
        .collect())
}

/// How a file begins that holds a model for each series.
const EACH: &[u8] = b"gatecast models 1\n";

impl Model {
    fn loaded(models: Models) -> Self {
        Self {
            models: Arc::new(models),
            skipped: Vec::new(),
            without_network: Vec::new(),
            seconds: 0.0,
        }
    }
}

fn parse_each(rest: &[u8]) -> gatecast::Result<Vec<(String, FittedForecaster)>> {
    let short = || Error::not_a_series("the file of models was cut short");
    let (length, rest) = rest.split_first_chunk().ok_or_else(short)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let (head, mut rest) = rest.split_at_checked(length).ok_or_else(short)?;
    let names: Vec<(String, usize)> = serde_json::from_slice(head).map_err(|_| short())?;
    let mut all = Vec::new();
    for (name, length) in names {
        let (file, after) = rest.split_at_checked(length).ok_or_else(short)?;
        let fitted = FittedForecaster::parse(&name, file.to_vec())?;
        all.push((name, fitted));
        rest = after;
    }
    Ok(all)
}

fn to_json(value: &impl serde::Serialize) -> PyResult<String> {
    serde_json::to_string(value).map_err(|error| PyValueError::new_err(error.to_string()))
}

/// Forecasts from several cutoffs: the rows, and the series left out.
#[pyfunction]
#[pyo3(signature = (panel, settings, mode, windows, step, refit, levels, name, strict, progress))]
pub(crate) fn roll(
    py: Python<'_>,
    panel: &Panel,
    settings: &str,
    mode: &str,
    windows: usize,
    step: usize,
    refit: bool,
    levels: Vec<u8>,
    name: &str,
    strict: bool,
    progress: Option<Bound<'_, PyAny>>,
) -> PyResult<(Table, Reasons)> {
    let mode = Mode::of(mode)?;
    let spec = spec_of(settings, mode == Mode::Global).or_raise(py)?;
    let plan = RollingSpec {
        windows,
        step,
        refit,
    };
    let (series, asked) = (Arc::clone(&panel.panel), levels.clone());
    let (rolled, left_out) = shown(py, progress.as_ref(), move |watch| match mode {
        Mode::Each => {
            let rolled = each(&series.series, spec, strict, watch, |forecaster, series| {
                let roll = |forecaster: &Forecaster| {
                    forecaster.roll(series, plan, &asked, |_| watch.go_on())
                };
                let (rolled, reason) = match strict {
                    true => (roll(forecaster)?, None),
                    false => forecaster.or_stand_in(roll)?,
                };
                Ok(((series.name().to_string(), rolled), reason))
            })?;
            let places: HashMap<&str, usize> = series
                .series
                .iter()
                .enumerate()
                .map(|(at, series)| (series.name(), at))
                .collect();
            let placed = rolled.0.into_iter().flat_map(|(name, rolled)| {
                let series = places.get(name.as_str()).copied().unwrap_or_default();
                rolled.into_iter().map(move |mut one| {
                    one.series = series;
                    one
                })
            });
            Ok((placed.collect::<Vec<RollingForecast>>(), rolled.1))
        }
        Mode::One | Mode::Global => {
            let forecaster = Forecaster::new(spec)?;
            let roll = |forecaster: &Forecaster| match (mode, &series.series[..]) {
                (Mode::One, [series]) => {
                    forecaster.roll(series, plan, &asked, |event| watch.on_event(event))
                }
                _ => forecaster.roll(&series.series, plan, &asked, |event| watch.on_event(event)),
            };
            let rolled = match strict {
                true => roll(&forecaster)?,
                false => forecaster.or_stand_in(roll)?.0,
            };
            // A series that is too short for every cutoff has none.
            let there: HashSet<usize> = rolled.iter().map(|one| one.series).collect();
            let short = series
                .series
                .iter()
                .enumerate()
                .filter(|(at, _)| !there.contains(at));
            let short: Vec<(String, String)> = short
                .map(|(_, series)| {
                    let reason = format!("its {} rows are too few for any cutoff", series.rows());
                    (series.name().to_string(), reason)
                })
                .collect();
            match short.first() {
                Some((name, reason)) if strict => {
                    Err(Error::not_a_series(format!("{name}: {reason}")))
                }
                _ => Ok((rolled, short)),
            }
        }
    })?;
    let names: Vec<&str> = panel.panel.series.iter().map(Series::name).collect();
    let batch = panel
        .layout
        .rolling(name, &levels, &names, &rolled)
        .or_raise(py)?;
    let all = skipped(&panel.panel.skipped).into_iter().chain(left_out);
    Ok((Table::new(batch), all.collect()))
}

/// Folds of the test part of one series, with scores and a verdict: JSON, the table as text, and every forecast.
#[pyfunction]
#[pyo3(signature = (panel, settings, folds, refit, gap, sliding, name, progress))]
pub(crate) fn backtest(
    py: Python<'_>,
    panel: &Panel,
    settings: &str,
    folds: usize,
    refit: usize,
    gap: usize,
    sliding: Option<usize>,
    name: &str,
    progress: Option<Bound<'_, PyAny>>,
) -> PyResult<(String, String, Table)> {
    let spec = spec_of(settings, false).or_raise(py)?;
    let target = spec.data.target.clone();
    let plan = CrossValidationSpec {
        folds,
        refit: match refit {
            0 => Refit::Once,
            every => Refit::Every(every),
        },
        gap,
        sliding,
    };
    let series = one_of(panel)?.clone();
    let result = shown(py, progress.as_ref(), move |watch| {
        let forecaster = Forecaster::new(spec)?;
        let mut results =
            forecaster.cross_validate_with(&series, plan, |event| watch.on_event(event))?;
        Ok(results.swap_remove(0))
    })?;
    let rows = [(one_of(panel)?, &result.predictions)];
    let table = panel
        .layout
        .predictions(name, &target, &rows)
        .or_raise(py)?;
    let text = in_python(&report::of_backtest(&result));
    Ok((to_json(&result)?, text, Table::new(table)))
}

/// The only series.
fn one_of(panel: &Panel) -> PyResult<&Series> {
    match &panel.panel.series[..] {
        [one] => Ok(one),
        all => Err(PyValueError::new_err(format!(
            "there are {} series, and one is needed",
            all.len()
        ))),
    }
}

/// What knows the future, a sentence each; nothing where nothing does.
#[pyfunction]
pub(crate) fn check_leaks(py: Python<'_>, panel: &Panel, settings: &str) -> PyResult<Vec<String>> {
    let spec = spec_of(settings, false).or_raise(py)?;
    let series = one_of(panel)?.clone();
    watched(py, None, move |_| {
        let leaks = Forecaster::new(spec)?.check_leaks(&series)?;
        Ok(leaks.iter().map(|leak| in_python(&leak.text())).collect())
    })
}
