//! Settings that have been checked, ready to be fitted: to one series, or to many at once. What this
//! file is not: it cuts no rows (`prepare::resample`), fits no scaler (`prepare::features`) and trains
//! no network (`ensemble`); it puts the three together.
//!
//! ```text
//! rows of a series   ├───────── training part ──────────┼ validation ┼─ test ─┤
//! folds, rolling     ├──── learnt ─────┼ fold 1 ┤
//!                    ├──────── learnt ──────────┼ fold 2 ┤
//! folds, last        ├──── learnt ─────┼ fold 1 ┼ fold 2 ┤
//! ```
//!
//! Where the settings have folds, the networks of each forecast its rows, and the number of epochs and
//! the weight of the network beside the base are selected by their errors; then new networks learn
//! from the whole training part.

use std::ops::{ControlFlow, Range};

use super::about::{Training, WindowCounts};
use super::ensemble::{Trainer, builder};
use super::events::{Event, Listener};
use super::selection::{self, Selection};
use super::{Base, Fault, FittedForecaster, ForecastSpec, Predicted};
use crate::error::{Error, Result, fail};
use crate::nn::{Dataset, Summary, TrainSpec};
use crate::parallel::parallel_map;
use crate::prepare::{DataSpec, Features, Fold, Frame, Pool, Split, ValidationScheme, Windows};
use crate::rng::Rng;
use crate::series::Series;

/// A forecaster that has seen no data yet.
///
/// ```
/// use gatecast::{ForecastSpec, Forecaster, series::sp500};
///
/// let mut spec = ForecastSpec::article();
/// spec.model.hidden = vec![8, 8]; // a small one, for this example
/// spec.train.epochs = 2;
/// let series = sp500();
/// let fitted = Forecaster::new(spec)?.fit(&series)?;
/// let forecast = fitted.forecast(&series)?;
/// assert_eq!(forecast.points[0].date, jiff::civil::date(2018, 5, 1));
/// # Ok::<(), gatecast::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Forecaster {
    spec: ForecastSpec,
    /// Of a network, where there is one.
    summary: Option<Summary>,
}

/// All that is known before the first network is trained.
struct Prepared {
    /// Of each series.
    splits: Vec<Split>,
    features: Features,
    /// Of each series.
    frames: Vec<Frame>,
    windows: WindowCounts,
    folds: Vec<Folds>,
}

/// Series whose folds are forecast, at most.
const MOST_TESTED: usize = 2000;

/// Folds that are forecast by the same networks.
struct Folds {
    /// Rows of each series to learn from.
    train: Vec<Range<usize>>,
    /// Series, and rows of it to be forecast: fold after fold, series after series.
    tests: Vec<(usize, Range<usize>)>,
}

impl Forecaster {
    /// Checks the settings, and that the layers fit one another.
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) or [`Shape`](crate::ErrorKind::Shape).
    pub fn new(spec: ForecastSpec) -> Result<Self> {
        spec.validate()?;
        let summary = match spec.networks() {
            0 => None,
            _ => Some(builder(&spec).summary()?),
        };
        Ok(Self { spec, summary })
    }

    /// The layers of the network, and how many parameters they have; an ensemble has several such. `None` for a
    /// method without networks.
    pub fn summary(&self) -> Option<&Summary> {
        self.summary.as_ref()
    }

    /// The settings.
    pub fn spec(&self) -> &ForecastSpec {
        &self.spec
    }

    /// The same with what its settings leave to `data`: a season to be found (a
    /// [`DataSpec::season`] of 0). Fitting, checking and cross-validation do this by themselves.
    ///
    /// # Errors
    /// As [`DataSpec::settled`] and [`Forecaster::new`].
    pub fn settled<D: AsRef<[Series]> + ?Sized>(&self, data: &D) -> Result<Self> {
        if !self.spec.data.is_open() {
            return Ok(self.clone());
        }
        let mut spec = self.spec.clone();
        let panel = data.as_ref();
        spec.data = spec.data.settled(panel)?;
        let unseen = self.spec.data.season == 0 && spec.data.season == 1;
        if let ([series], 0, true) = (panel, spec.networks(), unseen) {
            // A method looks itself whether there is a season of the dates' period.
            let data = &mut spec.data;
            let split = Split::new(series.rows(), data.validation, data.test, data.horizon)?;
            data.season = series.rhythm_of(split.train_part()).period();
            data.window = DataSpec::mixture_window(data.season, 1);
        }
        Self::new(spec)
    }

    /// Whether something is left to the data.
    pub(super) fn is_open(&self) -> bool {
        self.spec.data.is_open()
    }

    /// Checks that `data` (a series, or many) have the columns and rows that the settings need, and
    /// counts windows.
    ///
    /// # Errors
    /// [`UnknownColumn`](crate::ErrorKind::UnknownColumn), [`TooFewRows`](crate::ErrorKind::TooFewRows),
    /// [`ConstantColumn`](crate::ErrorKind::ConstantColumn) or
    /// [`NotPositive`](crate::ErrorKind::NotPositive).
    pub fn check<D: AsRef<[Series]> + ?Sized>(&self, data: &D) -> Result<WindowCounts> {
        Ok(self.settled(data)?.prepare(data.as_ref())?.windows)
    }

    /// Trains on the training rows of `data` and scores on its test rows. A series is a panel of one:
    /// of many, one model learns from all together, and those that are too short to learn from are
    /// only forecast.
    ///
    /// ```
    /// use gatecast::{ForecastSpec, Forecaster, Series};
    ///
    /// let wave = |scale: f64| -> Vec<f64> {
    ///     (0..60).map(|t| scale * (f64::from(t % 4) + 0.1 * f64::from(t))).collect()
    /// };
    /// let panel = [
    ///     Series::undated("small", [("y", wave(1.0))])?,
    ///     Series::undated("large", [("y", wave(1000.0))])?,
    /// ];
    /// let mut spec = ForecastSpec::panel("y", 4, 4);
    /// spec.train.epochs = 2; // for this example
    /// let fitted = Forecaster::new(spec)?.fit(&panel)?;
    /// assert_eq!(fitted.forecast(&panel[1])?.points.len(), 4);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`Forecaster::check`] and of [`nn::fit`](crate::nn::fit).
    pub fn fit<D: AsRef<[Series]> + ?Sized>(&self, data: &D) -> Result<FittedForecaster> {
        self.fit_with(data, |_| ControlFlow::Continue(()))
    }

    /// As [`Forecaster::fit`], telling `on_event` what happens to every network. Where it breaks,
    /// training ends, and the members of the ensemble that have finished an epoch of the whole
    /// training part are kept, each with the weights of its best epoch. Where it also breaks at the
    /// [`Working`](crate::nn::Event::Working) that comes before each series is scored, nothing is.
    ///
    /// # Errors
    /// As [`Forecaster::fit`]; [`Stopped`](crate::ErrorKind::Stopped) when there is no such member yet.
    pub fn fit_with<D: AsRef<[Series]> + ?Sized>(
        &self,
        data: &D,
        mut on_event: impl FnMut(&Event) -> ControlFlow<()> + Send,
    ) -> Result<FittedForecaster> {
        if self.is_open() {
            return self.settled(data)?.fit_with(data, on_event);
        }
        let panel = data.as_ref();
        let prepared = self.prepare(panel)?;
        let mut spec = self.spec.clone();
        if spec.networks() == 0 {
            return self.fit_method(panel, prepared, &Listener::new(0, &mut on_event));
        }
        let members = spec.model.members;
        let networks = members * (1 + prepared.folds.len());
        let trainer = Trainer {
            spec: &self.spec,
            listener: Listener::new(networks, &mut on_event),
        };
        let (selection, frames) = match prepared.folds.is_empty() {
            true => (None, prepared.frames),
            false => {
                // Folds have frames of their own, and large panels no room for both.
                drop(prepared.frames);
                let selection = self.select(panel, &prepared.folds, &trainer)?;
                (Some(selection), self.frames(panel, &prepared.features)?)
            }
        };

        let windows_of = |part: fn(&Split) -> Range<usize>| -> Vec<Windows<'_>> {
            let parts = frames.iter().zip(&prepared.splits);
            parts
                .map(|(frame, split)| spec.windows_to_learn(frame, part(split)))
                .collect()
        };
        let (train, validation) = (
            windows_of(Split::train_part),
            windows_of(Split::validation_part),
        );
        let validation = Pool::all(&validation);
        let validation = (!validation.is_empty()).then_some(&validation as &dyn Dataset);
        let train_spec = TrainSpec {
            epochs: selection.as_ref().map_or(spec.train.epochs, |s| s.epochs),
            patience: spec.train.patience.filter(|_| selection.is_none()),
            // A network by itself has all cores; several share them better one a core.
            threads: match networks {
                1 => spec.train.threads,
                _ => Some(1),
            },
            ..spec.train.clone()
        };
        let trained = trainer.side_by_side(1, |_, member| {
            let samples = self.pool(&train, member);
            let fit = trainer.train(None, member, &samples, validation, &train_spec)?;
            Ok((fit, samples.len()))
        })?;
        let (trained, samples): (Vec<_>, Vec<_>) = trained.into_iter().unzip();
        // Without an interruption every member has finished all its epochs.
        let (networks, histories): (Vec<_>, Vec<_>) = trained
            .into_iter()
            .filter(|(_, history)| history.kept_epoch > 0)
            .unzip();
        if networks.is_empty() {
            return fail(Fault::Stopped);
        }
        spec.model.members = networks.len();
        let windows = WindowCounts {
            train: samples[0],
            ..prepared.windows
        };
        let training = Training::of(panel, &spec, &prepared.splits, windows)?;
        FittedForecaster::new(
            spec,
            networks,
            prepared.features,
            training,
            histories,
            selection,
            None,
        )
        .scored(panel, &prepared.splits, &trainer.listener)
    }

    /// Without networks only the errors on folds are taken, for bands.
    fn fit_method(
        &self,
        panel: &[Series],
        prepared: Prepared,
        listener: &Listener<'_>,
    ) -> Result<FittedForecaster> {
        let (spec, data) = (&self.spec, &self.spec.data);
        let long = data.seasons().long.max(1);
        let base = spec
            .model
            .method
            .baseline(data.season, long)
            .map(Base::single);
        let frames = vec![&prepared.frames[..]; prepared.folds.len()];
        let selection = match &base {
            Some(base) if !prepared.folds.is_empty() => {
                let candidates = std::slice::from_ref(base);
                let mut forecasts =
                    self.bases(panel, &frames, &prepared.folds, candidates, listener)?;
                let predicted = forecasts.swap_remove(0).1;
                let folds =
                    self.on_folds(panel, &frames, &prepared.folds, predicted.into(), vec![])?;
                let selection = Selection::by_method(base.clone(), &folds);
                if !selection.radii.is_sound(data.horizon) {
                    let what = "the forecasts of the folds are too far from what happened";
                    return Err(Error::too_extreme(what));
                }
                Some(selection)
            }
            _ => None,
        };
        let training = Training::of(panel, spec, &prepared.splits, prepared.windows)?;
        let fitted = FittedForecaster::new(
            spec.clone(),
            Vec::new(),
            prepared.features,
            training,
            Vec::new(),
            selection,
            base,
        );
        fitted.scored(panel, &prepared.splits, listener)
    }

    /// Networks that a fit trains.
    ///
    /// # Errors
    /// Those of [`Forecaster::check`].
    pub(super) fn networks(&self, panel: &[Series]) -> Result<usize> {
        let folds = self.settled(panel)?.prepare(panel)?.folds.len();
        Ok(self.spec.networks() * (1 + folds))
    }

    /// Cuts, fits what is fitted on the training rows, and makes what windows are cut from.
    fn prepare(&self, panel: &[Series]) -> Result<Prepared> {
        let data = &self.spec.data;
        for series in panel {
            for name in data.columns() {
                series.column(name)?;
            }
        }
        let splits = panel
            .iter()
            .map(|series| Split::new(series.rows(), data.validation, data.test, data.horizon))
            .collect::<Result<Vec<_>>>()?;
        let lengths: Vec<usize> = splits
            .iter()
            .map(|split| split.train_part().len())
            .collect();
        let needed = self.spec.least_rows();
        require_rows(panel, &lengths, needed, &self.spec, "")?;
        let training: Vec<_> = panel
            .iter()
            .zip(&splits)
            .map(|(series, split)| (series, split.train_part()))
            .collect();
        let features = match self.spec.networks() {
            0 => Features::unfitted(data),
            _ => Features::fit(data, &training)?,
        };
        let frames = self.frames(panel, &features)?;
        let windows = self.count(panel, &splits, &frames)?;
        let folds = self.folds(panel, &lengths)?;
        Ok(Prepared {
            splits,
            features,
            frames,
            windows,
            folds,
        })
    }

    /// What windows are cut from, of each series.
    fn frames(&self, panel: &[Series], features: &Features) -> Result<Vec<Frame>> {
        let frame = |series| features.frame(&self.spec.data, series, &[]);
        panel.iter().map(frame).collect()
    }

    /// The folds of training parts of these `lengths`, where the settings ask for some. The last folds
    /// of all series are one, and so on backwards; short series have no early ones.
    fn folds(&self, panel: &[Series], lengths: &[usize]) -> Result<Vec<Folds>> {
        let data = &self.spec.data;
        let (scheme, count) = (data.validation_scheme, data.validation_folds);
        if count == 0 {
            return Ok(Vec::new());
        }
        let needed = self.spec.least_rows();
        // The rows that the first fold learns from.
        let learnt = |rows: usize| match scheme {
            ValidationScheme::Rolling => rows / 2,
            ValidationScheme::LastHorizons => rows.saturating_sub(count * data.horizon),
        };
        let most: Vec<usize> = lengths.iter().map(|&rows| learnt(rows)).collect();
        let total = match scheme {
            ValidationScheme::Rolling => 2 * needed,
            ValidationScheme::LastHorizons => needed + count * data.horizon,
        };
        if most.iter().all(|&rows| rows < needed) {
            if self.spec.networks() == 0 {
                return Ok(Vec::new());
            }
            let before = " before the folds of ‹validation-folds›";
            require_rows(panel, lengths, total, &self.spec, before)?;
        }
        let of_series: Vec<Vec<Fold>> = lengths
            .iter()
            .zip(&most)
            .map(
                |(&rows, &learnt)| match scheme.retrains() && learnt < needed {
                    true => Vec::new(),
                    false => scheme.folds(rows, count, data.horizon),
                },
            )
            .collect();
        let longest = of_series.iter().map(Vec::len).max().unwrap_or(0);
        // Of very many series some tell enough, and the methods beside the networks take their time.
        let every = panel.len().div_ceil(MOST_TESTED).max(1);
        // A fold by its number from the end.
        let fold = |series: usize, behind: usize| -> Option<&Fold> {
            let folds = &of_series[series];
            folds.get(folds.len().checked_sub(behind)?)
        };
        let tests = |behind: usize| {
            (0..panel.len())
                .step_by(every)
                .filter_map(move |series| Some((series, fold(series, behind)?.test.clone())))
        };
        let train = |behind: usize| -> Vec<Range<usize>> {
            (0..panel.len())
                .map(|series| fold(series, behind).map_or(0..0, |fold| fold.train.clone()))
                .collect()
        };
        let behinds = (1..=longest).rev();
        Ok(match scheme.retrains() {
            true => behinds
                .map(|behind| Folds {
                    train: train(behind),
                    tests: tests(behind).collect(),
                })
                .collect(),
            // All folds of a series have one training part.
            false => vec![Folds {
                train: train(1),
                tests: behinds.flat_map(tests).collect(),
            }],
        })
    }

    fn count(&self, panel: &[Series], splits: &[Split], frames: &[Frame]) -> Result<WindowCounts> {
        let (spec, data) = (&self.spec, &self.spec.data);
        let sum = |count: &dyn Fn(&Frame, &Split) -> usize| -> usize {
            let parts = frames.iter().zip(splits);
            parts.map(|(frame, split)| count(frame, split)).sum()
        };
        let counts = WindowCounts {
            train: sum(&|frame, split| spec.windows_to_learn(frame, split.train_part()).len()),
            validation: sum(&|frame, split| {
                spec.windows_to_learn(frame, split.validation_part()).len()
            }),
            test: sum(&|frame, split| spec.windows(frame, split.test_part()).len()),
        };
        let parts = [
            ("validation", data.validation == 0.0, counts.validation),
            ("test", data.test.is_none(), counts.test),
        ];
        for (name, none, windows) in parts {
            if !none && windows == 0 {
                let length = |split: &Split| match name {
                    "test" => split.test_part().len(),
                    _ => split.validation_part().len(),
                };
                let longest = (0..panel.len()).max_by_key(|&at| length(&splits[at]));
                let at = longest.unwrap_or(0);
                let (whole, rows) = (panel[at].rows(), length(&splits[at]));
                let what = format!("the {name} part of {} ({whole} rows)", panel[at].name());
                let why = format!("a horizon of {}", data.horizon);
                return Err(Error::too_few_rows(what, rows, data.horizon, why));
            }
        }
        Ok(counts)
    }

    /// What a member learns from: all windows, or its own choice of some of each series.
    fn pool<'a>(&self, windows: &'a [Windows<'a>], member: usize) -> Pool<'a> {
        match self.spec.data.windows_per_series {
            None => Pool::all(windows),
            Some(each) => {
                let name = format!("windows of member {member}");
                Pool::draw(windows, each, &mut Rng::named(self.spec.train.seed, &name))
            }
        }
    }

    /// Trains every member on every fold, and selects by what they predict for the rows after it.
    fn select(
        &self,
        panel: &[Series],
        folds: &[Folds],
        trainer: &Trainer<'_, '_>,
    ) -> Result<Selection> {
        let (spec, data) = (&self.spec, &self.spec.data);
        let frames = folds
            .iter()
            .map(|fold| {
                let training: Vec<_> = panel.iter().zip(fold.train.iter().cloned()).collect();
                // What a series cannot teach is not fitted to it.
                let learnt = |(_, rows): &(&Series, Range<usize>)| !rows.is_empty();
                let training: Vec<_> = training.into_iter().filter(learnt).collect();
                let features = Features::fit(data, &training)?;
                self.frames(panel, &features)
            })
            .collect::<Result<Vec<Vec<Frame>>>>()?;
        let train_spec = TrainSpec {
            threads: Some(1),
            ..spec.train.clone()
        };
        let outcomes = trainer.side_by_side(folds.len(), |fold, member| {
            let (frames, rows) = (&frames[fold], &folds[fold]);
            let train: Vec<Windows<'_>> = frames
                .iter()
                .zip(&rows.train)
                .map(|(frame, rows)| spec.windows_to_learn(frame, rows.clone()))
                .collect();
            let watched: Vec<Windows<'_>> = rows
                .tests
                .iter()
                .map(|(series, rows)| spec.windows_to_learn(&frames[*series], rows.clone()))
                .collect();
            let watched = Pool::all(&watched);
            let samples = self.pool(&train, member);
            let (network, history) =
                trainer.train(Some(fold), member, &samples, Some(&watched), &train_spec)?;
            let mut predicted = Predicted::default();
            for (series, rows) in &rows.tests {
                let windows = spec.windows(&frames[*series], rows.clone());
                if windows.is_empty() {
                    continue;
                }
                let steps = spec.steps_at_once();
                predicted.append(Predicted::by(&network, &windows, steps, data.horizon)?);
            }
            Ok((history.kept_epoch, predicted))
        })?;
        if trainer.listener.is_stopped() {
            return fail(Fault::Stopped);
        }

        let (mut epochs, outcomes): (Vec<usize>, Vec<Predicted>) = outcomes.into_iter().unzip();
        epochs.sort_unstable();
        let mut predicted = Predicted::default();
        for outcomes in outcomes.chunks(spec.model.members) {
            predicted.append(Predicted::mean(outcomes));
        }
        // Of many series those without a season have none, of one it is that of its dates.
        let candidates = match panel {
            [series] => {
                let first = folds.first().and_then(|fold| fold.tests.first());
                let known = first.map_or(0, |(_, rows)| rows.start);
                Base::singles(data.period(series, known))
            }
            _ => Base::combinations(data.season),
        };
        let frames: Vec<&[Frame]> = frames.iter().map(Vec::as_slice).collect();
        let bases = self.bases(panel, &frames, folds, &candidates, &trainer.listener)?;
        let folds = self.on_folds(panel, &frames, folds, predicted, bases)?;
        Ok(Selection::by(epochs[epochs.len() / 2], folds))
    }

    /// What was `predicted` for the windows of all folds, and by the `bases`, beside what happened; of many series
    /// in units of its windows, so that each counts alike.
    fn on_folds(
        &self,
        panel: &[Series],
        frames: &[&[Frame]],
        folds: &[Folds],
        mut predicted: Predicted,
        mut bases: Vec<(Base, Vec<f64>)>,
    ) -> Result<selection::Folds> {
        let (spec, data) = (&self.spec, &self.spec.data);
        let (mut actual, mut naive, mut units) = (Vec::new(), Vec::new(), Vec::new());
        for (frames, rows) in frames.iter().zip(folds) {
            for (series, rows) in &rows.tests {
                let windows = spec.windows(&frames[*series], rows.clone());
                let target = panel[*series].column(&data.target)?;
                for window in 0..windows.len() {
                    let row = windows.target_row(window);
                    units.push(windows.unit(window));
                    actual.extend_from_slice(&target[row..row + data.horizon]);
                    naive.extend((0..data.horizon).map(|step| windows.base(window, step)));
                }
            }
        }
        let many = panel.len() > 1;
        if many {
            predicted.divide_by(&units);
            let bases = bases.iter_mut().map(|(_, values)| values);
            for values in [&mut actual, &mut naive].into_iter().chain(bases) {
                for (window, values) in values.chunks_mut(data.horizon).enumerate() {
                    values.iter_mut().for_each(|value| *value /= units[window]);
                }
            }
            units.fill(1.0);
        }
        Ok(selection::Folds {
            horizon: data.horizon,
            predicted,
            actual,
            naive,
            bases,
            units,
            many,
        })
    }

    /// What methods without a network forecast for the windows of all folds, each fitted to the rows before the
    /// fold.
    fn bases(
        &self,
        panel: &[Series],
        frames: &[&[Frame]],
        folds: &[Folds],
        candidates: &[Base],
        listener: &Listener<'_>,
    ) -> Result<Vec<(Base, Vec<f64>)>> {
        let (spec, data) = (&self.spec, &self.spec.data);
        let tests: Vec<(&Frame, &Series, &Range<usize>)> = frames
            .iter()
            .zip(folds)
            .flat_map(|(frames, fold)| {
                fold.tests
                    .iter()
                    .map(|(series, rows)| (&frames[*series], &panel[*series], rows))
            })
            .collect();
        let forecasts = parallel_map(spec.train.threads, tests.len(), |test| -> Result<_> {
            listener.go_on()?;
            let (frame, series, rows) = tests[test];
            let windows = spec.windows(frame, rows.clone());
            let targets: Vec<usize> = (0..windows.len()).map(|w| windows.target_row(w)).collect();
            let values = series.column(&data.target)?;
            let all = match targets.is_empty() {
                true => Vec::new(),
                false => {
                    Base::forecast_parts(candidates, values, rows.start, &targets, data.horizon)
                }
            };
            Ok(candidates
                .iter()
                .map(|base| base.of(&all))
                .collect::<Vec<_>>())
        });
        let mut bases: Vec<(Base, Vec<f64>)> = candidates
            .iter()
            .map(|base| (base.clone(), Vec::new()))
            .collect();
        for forecast in forecasts {
            for ((_, all), values) in bases.iter_mut().zip(forecast?) {
                all.extend(values);
            }
        }
        Ok(bases)
    }
}

/// Fails where no series has `needed` rows for training.
fn require_rows(
    panel: &[Series],
    lengths: &[usize],
    needed: usize,
    spec: &ForecastSpec,
    before: &str,
) -> Result<()> {
    let rows = lengths.iter().copied().max().unwrap_or(0);
    if rows >= needed {
        return Ok(());
    }
    let what = match panel {
        [series] => {
            let (name, whole) = (series.name(), series.rows());
            format!("the training part of {name} ({whole} rows)")
        }
        _ => format!("the longest training part of {} series", panel.len()),
    };
    let (window, horizon) = (spec.data.least_learnt(), spec.data.horizon);
    let why = match spec.networks() {
        0 => "the least that a method is fitted to".into(),
        _ => format!("a window of {window} and a horizon of {horizon}{before}"),
    };
    Err(Error::too_few_rows(what, rows, needed, why))
}
