//! Settings that have been checked, ready to be fitted.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::chosen::Chosen;
use super::fitted::{FittedForecaster, Training, WindowCounts};
use super::{ForecastSpec, Said};
use jiff::civil::Date;

use crate::error::{Error, Result};
use crate::nn::{self, Dataset, History, Sequential, TrainSpec};
use crate::parallel::one_a_core;
use crate::prepare::{
    Fold, Frame, Scaler, ScalerKind, Scaling, Split, TargetKind, Windows, rolling,
};
use crate::rng::Rng;
use crate::series::{Calendar, Series, key};

/// A forecaster that has seen no data yet.
///
/// ```
/// use gatecast::{ForecastSpec, Forecaster, series::sp500};
///
/// let mut spec = ForecastSpec::article();
/// spec.model.hidden = vec![8, 8]; // a small one, for this example
/// spec.train.epochs = 2;
/// let series = sp500();
/// let fitted = Forecaster::new(spec)?.fit(&series, |_| {})?;
/// let forecast = fitted.forecast(&series)?;
/// assert_eq!(forecast.points[0].date, jiff::civil::date(2018, 5, 1));
/// # Ok::<(), gatecast::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Forecaster {
    spec: ForecastSpec,
    network: Sequential,
}

/// What [`Forecaster::fit`] tells its listener.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// News of the one network that is trained.
    Training(nn::Event<'a>),
    /// So many of the networks that are trained side by side are done.
    Networks {
        /// Trained.
        done: usize,
        /// To be trained in all.
        of: usize,
    },
}

impl Forecaster {
    /// Checks the settings and builds the network.
    ///
    /// # Errors
    /// [`Error::Setting`] or [`Error::Shape`].
    pub fn new(spec: ForecastSpec) -> Result<Self> {
        spec.validate()?;
        let network = network(&spec, 0)?;
        Ok(Self { spec, network })
    }

    /// The network, with its first weights; where there are several, the first.
    pub fn network(&self) -> &Sequential {
        &self.network
    }

    /// The settings.
    pub fn spec(&self) -> &ForecastSpec {
        &self.spec
    }

    /// Checks that `series` has the columns and rows that the settings need, and counts windows.
    ///
    /// # Errors
    /// [`Error::UnknownColumn`], [`Error::TooFewRows`], [`Error::ConstantColumn`] or
    /// [`Error::NotPositive`].
    pub fn check(&self, series: &Series) -> Result<WindowCounts> {
        let (split, frame, _) = self.prepare(series)?;
        self.folds(series, &split)?;
        self.count(series, &split, &frame)
    }

    /// Trains on the training rows of `series` and scores on its test rows; `listener` hears how
    /// it goes.
    ///
    /// # Errors
    /// Those of [`Forecaster::check`] and of [`nn::fit`].
    pub fn fit(
        self,
        series: &Series,
        mut listener: impl FnMut(Progress<'_>) + Send,
    ) -> Result<FittedForecaster> {
        let (split, frame, scalers) = self.prepare(series)?;
        let windows = self.count(series, &split, &frame)?;
        let folds = self.folds(series, &split)?;
        let Self { spec, network } = self;
        let train = spec.windows_to_learn(&frame, split.train_part());
        let validation = spec.windows_to_learn(&frame, split.validation_part());
        let validation = (!validation.is_empty()).then_some(&validation as &dyn Dataset);

        let members = spec.model.members;
        let (networks, histories, chosen): (Vec<_>, Vec<_>, _) = if members == 1 && folds.is_empty()
        {
            let mut network = network;
            let history = nn::fit(
                &mut network,
                &train,
                validation,
                &spec.train,
                &mut |event| {
                    listener(Progress::Training(event));
                },
            )?;
            (vec![network], vec![history], None)
        } else {
            let count = members * (folds.len() + 1);
            let fits = Fits::new(&spec, count, &mut listener);
            let chosen = match folds.is_empty() {
                true => None,
                false => Some(fits.choose(series, &folds)?),
            };
            let train_spec = TrainSpec {
                epochs: chosen.as_ref().map_or(spec.train.epochs, |c| c.epochs),
                patience: spec.train.patience.filter(|_| chosen.is_none()),
                ..spec.train.clone()
            };
            let fitted = fits.run(members, |member| {
                fits.member(member, &train, validation, &train_spec)
            })?;
            let (networks, histories) = fitted.into_iter().unzip();
            (networks, histories, chosen)
        };

        let dates = series.dates();
        let training = Training {
            series: series.name().to_string(),
            sha256: series.sha256(&spec.columns())?,
            split,
            windows,
            first: dates[0],
            last: dates[split.validation - 1],
            test_from: dates.get(split.test).copied(),
            adjustment: series.adjustment(),
            notes: series.notes().to_vec(),
            panel: None,
        };
        let calendar = Calendar::infer(dates);
        let mut fitted = FittedForecaster::new(
            spec, networks, scalers, calendar, training, histories, chosen,
        );
        if windows.test > 0 {
            fitted.score(series)?;
        }
        Ok(fitted)
    }

    /// Cuts, fits the scalers on the training rows, scales.
    fn prepare(&self, series: &Series) -> Result<(Split, Frame, Scalers)> {
        let data = &self.spec.data;
        for name in self.spec.columns() {
            series.column(name)?;
        }
        let split = Split::by_fractions(series.rows(), data.validation, data.test)?;
        let needed = data.window + data.horizon;
        if split.train_part().len() < needed {
            return Err(Error::TooFewRows {
                what: format!(
                    "the training part of {} ({} rows)",
                    series.name(),
                    series.rows()
                ),
                rows: split.train_part().len(),
                needed,
                why: format!(
                    "a window of {} and a horizon of {}",
                    data.window, data.horizon
                ),
            });
        }
        let scalers = Scalers::fit(&self.spec, series, split.train_part())?;
        let frame = scalers.frame(&self.spec, series, &[])?;
        Ok((split, frame, scalers))
    }

    /// The folds on which epochs and weight are chosen: the second half of the training part in
    /// equal pieces, each watched by networks trained on all rows before it. A short part is cut in
    /// fewer pieces, so that each holds a horizon.
    fn folds(&self, series: &Series, split: &Split) -> Result<Vec<Fold>> {
        let data = &self.spec.data;
        let rows = split.train_part().len();
        let second_half = rows / 2..rows;
        let count = data.validation_folds.min(second_half.len() / data.horizon);
        let needed = data.window + data.horizon;
        if data.validation_folds > 0 && (count == 0 || rows / 2 < needed) {
            return Err(Error::TooFewRows {
                what: format!("the training part of {}", series.name()),
                rows,
                needed: 2 * needed,
                why: format!(
                    "a window of {} and a horizon of {} before its second half, the folds of --validation-folds",
                    data.window, data.horizon
                ),
            });
        }
        Ok(rolling(second_half, count, 0, None))
    }

    fn count(&self, series: &Series, split: &Split, frame: &Frame) -> Result<WindowCounts> {
        let data = &self.spec.data;
        let learnt = |part| self.spec.windows_to_learn(frame, part).len();
        let counts = WindowCounts {
            train: learnt(split.train_part()),
            validation: learnt(split.validation_part()),
            test: self.spec.windows(frame, split.test_part()).len(),
        };
        let parts = [
            (
                "validation",
                data.validation,
                counts.validation,
                split.validation_part(),
            ),
            ("test", data.test, counts.test, split.test_part()),
        ];
        for (name, share, windows, part) in parts {
            if share > 0.0 && windows == 0 {
                return Err(Error::TooFewRows {
                    what: format!(
                        "the {name} part of {} ({} rows)",
                        series.name(),
                        series.rows()
                    ),
                    rows: part.len(),
                    needed: data.horizon,
                    why: format!("a horizon of {}", data.horizon),
                });
            }
        }
        Ok(counts)
    }
}

impl ForecastSpec {
    /// All windows whose whole horizon lies in `part`.
    pub(super) fn windows<'a>(&self, frame: &'a Frame, part: Range<usize>) -> Windows<'a> {
        Windows::new(frame, self.data.window, self.data.horizon, part)
    }

    /// The windows that a network learns from: its targets are those that it says at once.
    pub(super) fn windows_to_learn<'a>(&self, frame: &'a Frame, part: Range<usize>) -> Windows<'a> {
        let steps = self.steps_at_once();
        Windows::new(frame, self.data.window, steps, part).said_by(steps, self.train.loss.outputs())
    }
}

/// The network that the settings describe, with the first weights of one member.
fn network(spec: &ForecastSpec, member: usize) -> Result<Sequential> {
    let mut network = spec
        .layers()
        .into_iter()
        .fold(Sequential::builder(spec.input()), nn::Builder::add)
        .build(seed(spec, member))?;
    if spec.model.zero_output {
        let tensors: Vec<_> = network
            .tensors()
            .map(|(name, _, values)| (name.to_string(), values.len()))
            .collect();
        // Behind the output layer there may be others, without weights.
        let layer = |name: &str| name.split('.').next().map(str::to_string);
        let last = tensors.last().and_then(|(name, _)| layer(name));
        let of_last = tensors.iter().filter(|(name, _)| layer(name) == last);
        for &(ref name, len) in of_last {
            network.set_tensor(name, &vec![0.0; len])?;
        }
    }
    Ok(network)
}

/// The seed of a member: the first has that of the settings.
fn seed(spec: &ForecastSpec, member: usize) -> u64 {
    match member {
        0 => spec.train.seed,
        _ => Rng::named(spec.train.seed, &format!("member {member}")).bits(),
    }
}

/// Many fits, one a core; the listener hears how many are done.
pub(super) struct Fits<'a, 'l> {
    spec: &'a ForecastSpec,
    /// Fits in all.
    of: usize,
    done: AtomicUsize,
    listener: Mutex<&'l mut (dyn FnMut(Progress<'_>) + Send)>,
}

impl<'a, 'l> Fits<'a, 'l> {
    pub(super) fn new(
        spec: &'a ForecastSpec,
        of: usize,
        listener: &'l mut (dyn FnMut(Progress<'_>) + Send),
    ) -> Self {
        listener(Progress::Networks { done: 0, of });
        Self {
            spec,
            of,
            done: AtomicUsize::new(0),
            listener: Mutex::new(listener),
        }
    }

    /// Runs so many jobs, and tells of each that is done.
    pub(super) fn run<R: Send>(
        &self,
        count: usize,
        job: impl Fn(usize) -> Result<R> + Sync,
    ) -> Result<Vec<R>> {
        one_a_core(self.spec.train.threads, count, |index| {
            let result = job(index)?;
            if let Ok(mut listener) = self.listener.lock() {
                let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
                listener(Progress::Networks { done, of: self.of });
            }
            Ok(result)
        })
        .into_iter()
        .collect()
    }

    /// Trains one member.
    pub(super) fn member(
        &self,
        member: usize,
        train: &dyn Dataset,
        validation: Option<&dyn Dataset>,
        spec: &TrainSpec,
    ) -> Result<(Sequential, History)> {
        let mut network = network(self.spec, member)?;
        let spec = TrainSpec {
            seed: seed(self.spec, member),
            threads: Some(1),
            ..spec.clone()
        };
        let history = nn::fit(&mut network, train, validation, &spec, &mut |_| {})?;
        Ok((network, history))
    }

    /// Trains every member on every fold, and chooses by what they say about the rows after it.
    fn choose(&self, series: &Series, folds: &[Fold]) -> Result<Chosen> {
        let (spec, data) = (self.spec, &self.spec.data);
        let members = spec.model.members;
        let target = series.column(&data.target)?;
        let frames = folds
            .iter()
            .map(|fold| Scalers::fit(spec, series, fold.train.clone())?.frame(spec, series, &[]))
            .collect::<Result<Vec<_>>>()?;
        let outcomes = self.run(members * folds.len(), |job| {
            let (fold, member) = (job / members, job % members);
            let (frame, fold) = (&frames[fold], &folds[fold]);
            let train = spec.windows_to_learn(frame, fold.train.clone());
            let watched = spec.windows_to_learn(frame, fold.test.clone());
            let (network, history) = self.member(member, &train, Some(&watched), &spec.train)?;
            let windows = spec.windows(frame, fold.test.clone());
            let said = Said::by(&network, &windows, spec.steps_at_once(), data.horizon)?;
            Ok((history.kept_epoch, said))
        })?;

        let mut epochs: Vec<usize> = outcomes.iter().map(|(epoch, _)| *epoch).collect();
        epochs.sort_unstable();
        let outcomes: Vec<Said> = outcomes.into_iter().map(|(_, said)| said).collect();
        let mut said = Said::default();
        let (mut actual, mut last, mut units) = (Vec::new(), Vec::new(), Vec::new());
        for (fold, outcomes) in outcomes.chunks(members).enumerate() {
            said.append(Said::mean(outcomes));
            let windows = spec.windows(&frames[fold], folds[fold].test.clone());
            for window in 0..windows.len() {
                let row = windows.target_row(window);
                units.push(windows.unit(window));
                actual.extend_from_slice(&target[row..row + data.horizon]);
                last.extend((0..data.horizon).map(|step| windows.base(window, step)));
            }
        }
        Ok(Chosen::by(
            epochs[epochs.len() / 2],
            data.horizon,
            said,
            &actual,
            &last,
            &units,
        ))
    }
}

/// A fitted scaler for each feature, in their order, and one for the target.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scalers {
    pub(super) features: Vec<Scaler>,
    pub(super) target: Scaler,
    /// One for each column that is known ahead or has one value a series.
    #[serde(default)]
    pub(super) known: Vec<Scaler>,
}

impl Scalers {
    /// Scalers that change nothing, for settings that scale each window by itself.
    pub(super) fn none(features: usize) -> Self {
        let none = Scaler {
            center: 0.0,
            spread: 1.0,
        };
        Self {
            features: vec![none; features],
            target: none,
            known: Vec::new(),
        }
    }

    /// The same, with scalers for what is known ahead that are fitted on the first rows of each of
    /// many series.
    pub(super) fn with_known<'a>(
        self,
        spec: &ForecastSpec,
        parts: &(impl Iterator<Item = (&'a Series, usize)> + Clone),
    ) -> Result<Self> {
        let fit = |name: &String| {
            let mut all = Vec::new();
            for (series, rows) in parts.clone() {
                all.extend_from_slice(&series.column(name)?[..rows]);
            }
            Scaler::fit(ScalerKind::Standard, name, &all)
        };
        Ok(Self {
            known: spec.known_columns().map(fit).collect::<Result<_>>()?,
            ..self
        })
    }

    fn fit(spec: &ForecastSpec, series: &Series, training: Range<usize>) -> Result<Self> {
        let data = &spec.data;
        let fit =
            |name: &str| Scaler::fit(data.scaler, name, &series.column(name)?[training.clone()]);
        // A constant target has nothing to teach, whatever is asked of it.
        let level = fit(&data.target)?;
        let target = match data.predict {
            TargetKind::Price => level,
            kind => {
                require_positive(kind, series, &data.target)?;
                let changes: Vec<f64> = series.column(&data.target)?[training.clone()]
                    .windows(2)
                    .map(|pair| kind.encode(pair[0], pair[0], pair[1]))
                    .collect();
                Scaler::fit_changes(data.scaler, &data.target, &changes)?
            }
        };
        Self {
            features: data
                .features
                .iter()
                .map(|name| fit(name))
                .collect::<Result<_>>()?,
            target,
            known: Vec::new(),
        }
        .with_known(spec, &std::iter::once((series, training.end)))
    }

    /// The series as the network sees it; `ahead` are the dates after its last, for forecasts of
    /// what follows it. Without them no window whose targets lie beyond the series may be read.
    pub(super) fn frame(
        &self,
        spec: &ForecastSpec,
        series: &Series,
        ahead: &[Date],
    ) -> Result<Frame> {
        let data = &spec.data;
        require_positive(data.predict, series, &data.target)?;
        let features = data
            .features
            .iter()
            .map(|name| series.column(name))
            .collect::<Result<Vec<_>>>()?;
        let own = data
            .features
            .iter()
            .position(|name| key(name) == key(&data.target));
        let scaling = match data.scaler {
            ScalerKind::Window => Scaling::Window,
            _ => Scaling::Fixed {
                features: self.features.clone(),
                target: self.target,
            },
        };
        Frame::new(
            &features,
            own,
            series.column(&data.target)?,
            data.predict,
            scaling,
        )
        .map(|frame| frame.with_season(data.season))
        .and_then(|frame| match spec.known_width() {
            0 => Ok(frame),
            width => frame.with_known(&self.known(spec, series, ahead)?, width, data.horizon),
        })
    }

    /// What is known of every row of a series and of the horizon after it, row after row: the calendar,
    /// the columns known ahead, those with one value. Where `ahead` is empty, what follows is zero.
    fn known(&self, spec: &ForecastSpec, series: &Series, ahead: &[Date]) -> Result<Vec<f64>> {
        let data = &spec.data;
        if !data.calendar.is_empty() && !series.is_dated() {
            return Err(Error::Setting {
                name: "calendar",
                found: format!("set for {}", series.name()),
                expected: "used with rows that have dates",
            });
        }
        let dates: Vec<Date> = series.dates().iter().chain(ahead).copied().collect();
        let mut columns = Vec::new();
        for (name, scaler) in spec.known_columns().zip(&self.known) {
            let mut values = series.column(name)?.to_vec();
            let fixed = data.statics.contains(name);
            if let Some(row) = values.iter().position(|&v| fixed && v != values[0]) {
                return Err(Error::NotASeries {
                    reason: format!(
                        "{}: \"{name}\" is {} on {}, and not {} as before; --static columns have one value",
                        series.name(),
                        values[row],
                        series.dates()[row],
                        values[0]
                    ),
                });
            }
            for &date in ahead {
                let value = match fixed {
                    true => values.first().copied(),
                    false => series.known_ahead(name, date),
                };
                values.push(value.ok_or_else(|| Error::NotKnownAhead {
                    file: series.name().into(),
                    column: name.clone(),
                    date,
                })?);
            }
            columns.push(
                values
                    .into_iter()
                    .map(|v| scaler.scale(v))
                    .collect::<Vec<f64>>(),
            );
        }
        let mut known = Vec::new();
        for row in 0..dates.len() {
            for feature in &data.calendar {
                known.extend(feature.of(&dates, row));
            }
            known.extend(columns.iter().map(|values| values[row]));
        }
        known.resize((series.rows() + data.horizon) * spec.known_width(), 0.0);
        Ok(known)
    }
}

/// Fails where the target has a value of which there is no return.
fn require_positive(kind: TargetKind, series: &Series, column: &str) -> Result<()> {
    let values = series.column(column)?;
    match values.iter().position(|&value| value <= 0.0) {
        Some(row) if kind.needs_positive() => Err(Error::NotPositive {
            column: column.into(),
            date: series.dates()[row],
            value: values[row],
            kind: kind.name(),
        }),
        _ => Ok(()),
    }
}
