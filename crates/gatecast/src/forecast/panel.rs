//! One model for all series of a panel: the same networks learn from windows of every series, each
//! window in units of its own ([`Scaling::Window`](crate::prepare::Scaling)), so that large series and
//! small ones teach alike. What this file is not: a model for each series, which is
//! [`Forecaster::fit`] in a loop.
//!
//! ```text
//! rows of a series   ├──────── learnt from ────────┼─ fold 1 ─┼─ fold 2 ─┼─ test ─┤
//! ```
//!
//! Folds and test part are one horizon long, at the end of every series. Networks that know neither
//! fold forecast both, and the weight of the networks beside the season before is chosen there; then
//! networks that know all but the test part are trained.

use sha2::{Digest, Sha256};

use super::chosen::Chosen;
use super::fitted::{Training, WindowCounts};
use super::forecaster::{Fits, Progress, Scalers};
use super::{FittedForecaster, ForecastSpec, Forecaster, Said};
use crate::error::{Error, Result};
use crate::nn::{Dataset, Shape, TrainSpec};
use crate::prepare::{Frame, ScalerKind, Split, Windows};
use crate::rng::Rng;
use crate::series::{Calendar, Series};

/// Windows drawn from many series.
struct Pooled<'a> {
    /// Of each series.
    windows: &'a [Windows<'a>],
    /// Series and window of each sample.
    drawn: Vec<(usize, usize)>,
}

impl<'a> Pooled<'a> {
    /// Draws so many windows of each series, or all where there are fewer: one at random from each
    /// of as many pieces of equal length.
    fn draw(windows: &'a [Windows<'a>], each: usize, rng: &mut Rng) -> Self {
        let mut drawn = Vec::new();
        for (series, windows) in windows.iter().enumerate() {
            let count = windows.len();
            if count <= each {
                drawn.extend((0..count).map(|window| (series, window)));
                continue;
            }
            for piece in 0..each {
                let place = (piece as f64 + f64::from(rng.uniform())) / each as f64;
                drawn.push((series, ((count as f64 * place) as usize).min(count - 1)));
            }
        }
        Self { windows, drawn }
    }
}

impl Dataset for Pooled<'_> {
    fn len(&self) -> usize {
        self.drawn.len()
    }

    fn input(&self) -> Shape {
        self.windows[0].input()
    }

    fn target(&self) -> Shape {
        self.windows[0].target()
    }

    fn gather(&self, samples: &[usize], x: &mut [f32], y: &mut [f32]) {
        for (place, &sample) in samples.iter().enumerate() {
            let (series, window) = self.drawn[sample];
            self.windows[series].put(window, place, samples.len(), x, y);
        }
    }
}

impl Forecaster {
    /// Trains on all series at once. Where the settings have a test part, the last horizon of every
    /// series is held out, and [`score_panel`](super::score_panel) scores it. Series that are too
    /// short to learn from are only forecast.
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
    /// let fitted = Forecaster::new(spec)?.fit_panel(&panel, |_| {})?;
    /// assert_eq!(fitted.forecast(&panel[1])?.points.len(), 4);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] where the settings do not scale each window by itself;
    /// [`Error::UnknownColumn`], [`Error::NotPositive`]; [`Error::TooFewRows`] when no series is long
    /// enough; those of [`nn::fit`](crate::nn::fit).
    pub fn fit_panel(
        self,
        panel: &[Series],
        mut listener: impl FnMut(Progress<'_>) + Send,
    ) -> Result<FittedForecaster> {
        let spec = self.spec().clone();
        let data = &spec.data;
        if data.scaler != ScalerKind::Window {
            return Err(Error::Setting {
                name: "scaler",
                found: data.scaler.name().into(),
                expected: "window in one model for many series: each has a scale of its own",
            });
        }
        let learnt = panel.iter().map(|series| {
            let behind = if data.test > 0.0 { data.horizon } else { 0 };
            (series, series.rows().saturating_sub(behind))
        });
        let scalers = Scalers::none(data.features.len()).with_known(&spec, &learnt)?;
        let frames: Vec<Frame> = panel
            .iter()
            .map(|series| scalers.frame(&spec, series, &[]))
            .collect::<Result<_>>()?;
        let held_out = if data.test > 0.0 { data.horizon } else { 0 };
        let known: Vec<usize> = panel
            .iter()
            .map(|series| series.rows().saturating_sub(held_out))
            .collect();
        let members = spec.model.members;
        let folds = data.validation_folds;
        let fits = Fits::new(&spec, members * (1 + usize::from(folds > 0)), &mut listener);
        // All members see the same series up to these rows, each member windows of its own choice.
        let train = |ends: &dyn Fn(usize) -> usize, what: &str| {
            let windows: Vec<Windows<'_>> = frames
                .iter()
                .enumerate()
                .map(|(series, frame)| spec.windows_to_learn(frame, 0..ends(series)))
                .collect();
            if windows.iter().all(Dataset::is_empty) {
                return Err(Error::TooFewRows {
                    what: format!("the longest series{what}"),
                    rows: (0..panel.len()).map(ends).max().unwrap_or(0),
                    needed: data.window + data.horizon,
                    why: format!(
                        "a window of {} and a horizon of {}",
                        data.window, data.horizon
                    ),
                });
            }
            let train_spec = TrainSpec {
                patience: None,
                ..spec.train.clone()
            };
            let fitted = fits.run(members, |member| {
                let mut rng = Rng::named(spec.train.seed, &format!("windows of member {member}"));
                let pooled = Pooled::draw(&windows, data.windows_per_series, &mut rng);
                let fit = fits.member(member, &pooled, None, &train_spec)?;
                Ok((fit, pooled.len()))
            })?;
            let (fits, counts): (Vec<_>, Vec<_>) = fitted.into_iter().unzip();
            Ok((fits, counts[0]))
        };

        let chosen = if folds == 0 {
            None
        } else {
            let behind = folds * data.horizon;
            let (fits, _) = train(
                &|series| known[series].saturating_sub(behind),
                " before its folds (--validation-folds)",
            )?;
            let (mut said, mut actual, mut base) = (Said::default(), Vec::new(), Vec::new());
            for (frame, &known) in frames.iter().zip(&known) {
                for fold in (1..=folds).rev() {
                    let Some(first) = known.checked_sub(fold * data.horizon) else {
                        continue;
                    };
                    let windows = spec.windows(frame, first..first + data.horizon);
                    if windows.is_empty() {
                        continue;
                    }
                    let each = fits
                        .iter()
                        .map(|(network, _)| {
                            Said::by(network, &windows, spec.steps_at_once(), data.horizon)
                        })
                        .collect::<Result<Vec<_>>>()?;
                    // In units of the window, every series counts alike.
                    let unit = windows.unit(0);
                    said.append(Said::mean(&each).divided_by(unit));
                    for step in 0..data.horizon {
                        actual.push(frame.target_of(first + step) / unit);
                        base.push(windows.base(0, step) / unit);
                    }
                }
            }
            let windows = actual.len() / data.horizon;
            Some(Chosen::by(
                spec.train.epochs,
                data.horizon,
                said,
                &actual,
                &base,
                &vec![1.0; windows],
            ))
        };
        let (fits, windows) = train(&|series| known[series], "")?;
        let (networks, histories) = fits.into_iter().unzip();

        let mut hash = Sha256::new();
        for series in panel {
            hash.update(series.name());
            hash.update(series.sha256(&spec.columns())?);
        }
        let rows: usize = panel.iter().map(Series::rows).sum();
        let learnt: usize = known.iter().sum();
        let dates = || {
            panel
                .iter()
                .flat_map(|series| series.dates().iter().copied())
        };
        let training = Training {
            series: format!("{} series", panel.len()),
            sha256: hash
                .finalize()
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect(),
            split: Split {
                validation: learnt,
                test: learnt,
                rows,
            },
            windows: WindowCounts {
                train: windows,
                validation: 0,
                test: if held_out > 0 { panel.len() } else { 0 },
            },
            first: dates().min().unwrap_or_default(),
            last: dates().max().unwrap_or_default(),
            test_from: None,
            adjustment: panel.first().map(Series::adjustment).unwrap_or_default(),
            notes: panel
                .iter()
                .flat_map(|series| series.notes().to_vec())
                .collect(),
            panel: Some(panel.len()),
        };
        let calendar = panel.first().map(|series| Calendar::infer(series.dates()));
        Ok(FittedForecaster::new(
            spec,
            networks,
            scalers,
            calendar.unwrap_or_else(|| Calendar::infer(&[])),
            training,
            histories,
            chosen,
        ))
    }
}

impl ForecastSpec {
    /// For one model over many series (`docs/forecasting.md`): five seasons, each measured from the
    /// last one, to the next `horizon` rows of `target`; five GRUs of 64 units on 16 windows of every
    /// series, weighed on the two horizons before the test part.
    pub fn panel(target: &str, season: usize, horizon: usize) -> Self {
        let mut spec = Self::default();
        spec.data.target = target.into();
        spec.data.features = vec![target.into()];
        spec.data.season = season;
        spec.data.window = if season > 1 {
            season.saturating_mul(5)
        } else {
            spec.data.window
        };
        spec.data.horizon = horizon;
        spec.data.validation_folds = 2;
        spec.model.hidden = vec![64];
        spec.train = TrainSpec {
            epochs: 15,
            batch: 128,
            learning_rate: 0.003,
            schedule: crate::nn::Schedule::Cosine,
            clip_norm: Some(1.0),
            ..TrainSpec::default()
        };
        spec
    }
}
