//! Settings that have been checked, ready to be fitted.

use super::fitted::{FittedForecaster, Training, WindowCounts};
use super::{ForecastSpec, Scores};
use crate::error::{Error, Result};
use crate::nn::{self, Dataset, Event, Sequential, Shape};
use crate::prepare::{Frame, Scaler, Split, Windows};
use crate::series::{Calendar, Series};

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

impl Forecaster {
    /// Checks the settings and builds the network.
    ///
    /// # Errors
    /// [`Error::Setting`] or [`Error::Shape`].
    pub fn new(spec: ForecastSpec) -> Result<Self> {
        spec.validate()?;
        let input = Shape::sequence(spec.data.window, spec.data.features.len());
        let network = spec
            .layers()
            .into_iter()
            .fold(Sequential::builder(input), nn::Builder::add)
            .build(spec.train.seed)?;
        Ok(Self { spec, network })
    }

    /// The network, with its first weights.
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
    /// [`Error::UnknownColumn`] or [`Error::TooFewRows`].
    pub fn check(&self, series: &Series) -> Result<WindowCounts> {
        let (split, frame, _) = self.prepare(series)?;
        self.count(series, &split, &frame)
    }

    /// Trains on the training rows of `series` and scores on its test rows; `listener` hears how
    /// it goes.
    ///
    /// # Errors
    /// Those of [`Forecaster::check`], [`Error::ConstantColumn`], and those of [`nn::fit`].
    pub fn fit(
        self,
        series: &Series,
        mut listener: impl FnMut(Event<'_>) + Send,
    ) -> Result<FittedForecaster> {
        let (split, frame, scalers) = self.prepare(series)?;
        let windows = self.count(series, &split, &frame)?;
        let Self { spec, mut network } = self;
        let data = &spec.data;
        let part = |part| Windows::new(&frame, data.window, data.horizon, part);
        let train = part(split.train_part());
        let validation = part(split.validation_part());
        let history = nn::fit(
            &mut network,
            &train,
            (!validation.is_empty()).then_some(&validation as &dyn Dataset),
            &spec.train,
            &mut listener,
        )?;
        let dates = series.dates();
        let training = Training {
            series: series.name().to_string(),
            sha256: series.sha256(&spec.columns())?,
            split,
            windows,
            first: dates[0],
            last: dates[split.validation - 1],
            test_from: dates.get(split.test).copied(),
        };
        let calendar = Calendar::infer(dates);
        let mut fitted = FittedForecaster::new(spec, network, scalers, calendar, training, history);
        if windows.test > 0 {
            let scores = Scores::of(&fitted.predict(series)?);
            fitted.set_scores(scores);
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
        let frame = scalers.frame(&self.spec, series)?;
        Ok((split, frame, scalers))
    }

    fn count(&self, series: &Series, split: &Split, frame: &Frame) -> Result<WindowCounts> {
        let data = &self.spec.data;
        let count = |part| Windows::new(frame, data.window, data.horizon, part).len();
        let counts = WindowCounts {
            train: count(split.train_part()),
            validation: count(split.validation_part()),
            test: count(split.test_part()),
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

/// A fitted scaler for each feature, in their order, and one for the target.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scalers {
    pub(super) features: Vec<Scaler>,
    pub(super) target: Scaler,
}

impl Scalers {
    fn fit(spec: &ForecastSpec, series: &Series, training: std::ops::Range<usize>) -> Result<Self> {
        let fit = |name: &str| {
            Scaler::fit(
                spec.data.scaler,
                name,
                &series.column(name)?[training.clone()],
            )
        };
        Ok(Self {
            features: spec
                .data
                .features
                .iter()
                .map(|name| fit(name))
                .collect::<Result<_>>()?,
            target: fit(&spec.data.target)?,
        })
    }

    /// The series as the network sees it.
    pub(super) fn frame(&self, spec: &ForecastSpec, series: &Series) -> Result<Frame> {
        let scale = |name: &str, scaler: &Scaler| -> Result<Vec<f64>> {
            Ok(series
                .column(name)?
                .iter()
                .map(|&value| scaler.scale(value))
                .collect())
        };
        let features = spec
            .data
            .features
            .iter()
            .zip(&self.features)
            .map(|(name, scaler)| scale(name, scaler))
            .collect::<Result<Vec<_>>>()?;
        Frame::new(&features, &scale(&spec.data.target, &self.target)?)
    }
}
