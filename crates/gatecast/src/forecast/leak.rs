//! Whether anything knows the future: the future is changed, and nothing before it may move.
//!
//! What is checked is a *pipeline*: whatever turns a series into something fitted and into forecasts
//! of its last part. [`check_leaks`] runs it on the series, then on copies whose rows from some row
//! on have other values, or other dates and other values of what it is told ahead. What was fitted on rows before, features of rows before and forecasts made before
//! must come out the same, bit for bit. At last it runs on a series whose changes are shuffled
//! (a placebo): there is nothing to be known, so who shows skill has looked.
//!
//! ```text
//!  rows     ├──────── training ────────┤├───── test ─────┤
//!  changed                              xxxxxxxxxxxxxxxxxx   fitted, features and forecast 0 stay
//!  changed                                     xxxxxxxxxxx   and all forecasts up to here
//! ```

use jiff::civil::Weekday;
use serde::Serialize;

use super::scores::mean_change;
use super::{FittedForecaster, Forecaster, diebold_mariano};
use crate::error::Result;
use crate::prepare::Split;
use crate::rng::Rng;
use crate::series::{Series, Stamp, Unit, key};

/// What a pipeline shows of itself, for one series. Rows are those of the series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traces {
    /// First row that nothing fitted may know.
    pub cut: usize,
    /// Whatever was fitted: weights, scalers, epochs, …
    pub fitted: Vec<f64>,
    /// Values of features, with the row that each belongs to and may know up to.
    pub features: Vec<(usize, f64)>,
    /// Forecasts of the test part, with the first row that each may not know: that of its first step.
    pub forecasts: Vec<(usize, f64)>,
    /// Rows from there on of which a forecast is told something all the same, such as their dates: the
    /// horizon where it is, 0 otherwise.
    pub told: usize,
}

/// Something that knows what it should not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "leak", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Leak {
    /// What was fitted changes with rows that come after the training part.
    Fitted {
        /// The series, where there are several.
        series: Option<String>,
        /// First row changed.
        row: usize,
    },
    /// A feature of an earlier row changes.
    Feature {
        /// The series, where there are several.
        series: Option<String>,
        /// First row changed.
        row: usize,
        /// The feature's row.
        of: usize,
    },
    /// A forecast made before changes.
    Forecast {
        /// The series, where there are several.
        series: Option<String>,
        /// First row changed.
        row: usize,
        /// The row that the forecast is for.
        of: usize,
    },
    /// Shuffled changes are forecast better than chance allows.
    Placebo,
}

impl Leak {
    /// In words.
    pub fn text(&self) -> String {
        let of_series = |series: &Option<String>| match series {
            Some(name) => format!(" of {name}"),
            None => String::new(),
        };
        match self {
            Self::Fitted { series, row } => format!(
                "what is fitted knows rows from {row} on{}, after its training part",
                of_series(series)
            ),
            Self::Feature { series, row, of } => format!(
                "a feature of row {of}{} knows rows from {row} on",
                of_series(series)
            ),
            Self::Forecast { series, row, of } => format!(
                "the forecast of row {of}{} knows rows from {row} on",
                of_series(series)
            ),
            Self::Placebo => "shuffled changes are forecast better than chance allows".into(),
        }
    }
}

/// Chance of calling an honest pipeline a leak by its placebo.
const LEVEL: f64 = 0.001;

/// Runs `pipeline` on `data` (a series, or many) and on changed copies, and gives back every kind of
/// leak once. The pipeline gives traces for each series, in their order.
///
/// ```
/// use gatecast::Series;
/// use gatecast::forecast::{Leak, Traces, check_leaks};
/// use gatecast::series::sp500;
///
/// // "Tomorrow as today" knows nothing; a mean over all rows does.
/// let pipeline = |leaky: bool| move |panel: &[Series]| {
///     let (close, cut) = (panel[0].column("close")?, 250);
///     let seen = if leaky { close } else { &close[..cut] };
///     Ok(vec![Traces {
///         cut,
///         fitted: vec![seen.iter().sum::<f64>() / seen.len() as f64],
///         forecasts: (cut..close.len()).map(|row| (row, close[row - 1])).collect(),
///         ..Traces::default()
///     }])
/// };
/// assert_eq!(check_leaks(&sp500(), "close", pipeline(false))?, []);
/// let leaks = check_leaks(&sp500(), "close", pipeline(true))?;
/// assert_eq!(leaks, [Leak::Fitted { series: None, row: 250 }]);
/// # Ok::<(), gatecast::Error>(())
/// ```
///
/// # Errors
/// Those of the pipeline.
pub fn check_leaks<D: AsRef<[Series]> + ?Sized>(
    data: &D,
    target: &str,
    pipeline: impl Fn(&[Series]) -> Result<Vec<Traces>>,
) -> Result<Vec<Leak>> {
    check(data.as_ref(), target, &[], pipeline)
}

/// As [`check_leaks`], of a pipeline that is told the columns `told` of the rows to forecast.
fn check(
    panel: &[Series],
    target: &str,
    told: &[String],
    pipeline: impl Fn(&[Series]) -> Result<Vec<Traces>>,
) -> Result<Vec<Leak>> {
    let base = pipeline(panel)?;
    let mut leaks: Vec<Leak> = Vec::new();
    let futures = [
        (0.0, Change::Other),
        (0.0, Change::Mirrored),
        (0.0, Change::Told),
        (1.0 / 3.0, Change::Other),
        (1.0 / 3.0, Change::Told),
        (2.0 / 3.0, Change::Other),
    ];
    for (after, change) in futures {
        // The future of every series is changed at once, each from a row of its own on.
        let rows: Vec<usize> = panel
            .iter()
            .zip(&base)
            .map(|(series, traces)| {
                let tested = series.rows().saturating_sub(traces.cut);
                traces.cut + (after * tested as f64) as usize
            })
            .collect();
        let changed: Vec<Series> = panel
            .iter()
            .zip(&rows)
            .map(|(series, &row)| change_from(series, row, change, told))
            .collect::<Result<_>>()?;
        if changed == panel {
            continue;
        }
        for (index, (traces, now)) in base.iter().zip(&pipeline(&changed)?).enumerate() {
            let series = (panel.len() > 1).then(|| panel[index].name().to_string());
            for leak in traces.leaks(now, series, rows[index], change) {
                let kind = std::mem::discriminant(&leak);
                if !leaks.iter().any(|l| std::mem::discriminant(l) == kind) {
                    leaks.push(leak);
                }
            }
        }
    }

    let placebo: Vec<Series> = panel
        .iter()
        .map(|series| shuffle_changes(series, target))
        .collect::<Result<_>>()?;
    let mut gains = Vec::new();
    for (series, traces) in placebo.iter().zip(pipeline(&placebo)?) {
        gains.extend(traces.gains(series.column(target)?));
    }
    if diebold_mariano(&gains, 1).is_some_and(|p| p < LEVEL) {
        leaks.push(Leak::Placebo);
    }
    Ok(leaks)
}

impl Traces {
    /// What in `now`, the traces of the series changed from `row` on, is other than it was and should
    /// not be.
    fn leaks(
        &self,
        now: &Self,
        series: Option<String>,
        row: usize,
        change: Change,
    ) -> impl Iterator<Item = Leak> {
        let moved = |of: &[(usize, f64)], with: &[(usize, f64)], first_free: usize| {
            let pairs = of.iter().zip(with);
            pairs
                .filter(|((at, _), _)| *at < first_free)
                .find(|((_, a), (_, b))| a.to_bits() != b.to_bits())
                .map(|((at, _), _)| *at)
        };
        let same = |a: &[f64], b: &[f64]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits())
        };
        let told = match change {
            Change::Told => self.told,
            Change::Other | Change::Mirrored => 0,
        };
        let fitted = !same(&self.fitted, &now.fitted);
        let feature = moved(&self.features, &now.features, row);
        let forecast = moved(
            &self.forecasts,
            &now.forecasts,
            (row + 1).saturating_sub(told),
        );
        let name = series.clone();
        let fitted = fitted.then_some(Leak::Fitted { series, row });
        let series = name.clone();
        let feature = feature.map(|of| Leak::Feature { series, row, of });
        let series = name;
        let forecast = forecast.map(|of| Leak::Forecast { series, row, of });
        fitted.into_iter().chain(feature).chain(forecast)
    }

    /// How much better the forecasts are than the last value with the median change of the training
    /// part: of changes in random order nothing can be known but how large they mostly are. In units
    /// of the mean change, so that series of any size count alike.
    fn gains(&self, values: &[f64]) -> Vec<f64> {
        let known = &values[..self.cut.min(values.len())];
        let mut changes: Vec<f64> = known
            .windows(2)
            .map(|pair| (pair[1] - pair[0]) / pair[0].abs())
            .filter(|change| change.is_finite())
            .collect();
        changes.sort_unstable_by(f64::total_cmp);
        let median = changes.get(changes.len() / 2).copied().unwrap_or(0.0);
        let unit = Some(mean_change(known, 1)).filter(|unit| unit.is_normal());
        let unit = unit.unwrap_or(1.0);
        // Of several steps, the first.
        let firsts = self.forecasts.chunk_by(|a, b| a.0 == b.0);
        firsts
            .filter_map(|steps| steps.first())
            .map(|&(row, value)| {
                let known = values[row - 1] + median * values[row - 1].abs();
                ((known - values[row]).abs() - (value - values[row]).abs()) / unit
            })
            .collect()
    }
}

impl Forecaster {
    /// Checks that this forecaster knows nothing of the future of `data` (a series, or many); see
    /// [`check_leaks`]. Trains at most eight times.
    ///
    /// # Errors
    /// Those of [`Forecaster::fit`].
    pub fn check_leaks<D: AsRef<[Series]> + ?Sized>(&self, data: &D) -> Result<Vec<Leak>> {
        let told: Vec<String> = self.spec().data.future_columns().cloned().collect();
        check(data.as_ref(), &self.spec().data.target, &told, |panel| {
            self.fit(panel)?.traces(panel)
        })
    }
}

impl FittedForecaster {
    /// What it shows of itself.
    fn traces(&self, panel: &[Series]) -> Result<Vec<Traces>> {
        let data = &self.spec().data;
        let trace = |series: &Series| {
            let split = Split::new(series.rows(), data.validation, data.test, data.horizon)?;
            let mut forecasts = Vec::new();
            if split.test_part().len() >= data.horizon && series.rows() >= data.least_window() {
                let predictions =
                    self.predict_part(series, split.test_part(), split.validation, false)?;
                let windows = predictions.dates.len();
                let first = series.rows() + 1 - data.horizon - windows;
                let values = predictions.forecast().iter().enumerate();
                forecasts.extend(values.map(|(at, &value)| (first + at / data.horizon, value)));
            }
            Ok(Traces {
                cut: split.test,
                fitted: self.fitted_numbers(),
                features: Vec::new(),
                forecasts,
                told: data.told_ahead().map_or(0, |_| data.horizon),
            })
        };
        panel.iter().map(trace).collect()
    }
}

/// How the future is made another one.
#[derive(Clone, Copy)]
enum Change {
    /// Neither its level nor its changes stay.
    Other,
    /// What went up goes down: whoever stopped training when that future was forecast best stops
    /// at another time.
    Mirrored,
    /// Of what it is told ahead: its rows have other values in those columns and bear other dates, in
    /// other months and another rhythm.
    Told,
}

/// The same series with other values from `row` on, in every column but those that are `told`; or in
/// those, and with other dates. What was above zero stays so, and a column with one value stays as it
/// is.
fn change_from(series: &Series, row: usize, change: Change, told: &[String]) -> Result<Series> {
    if row == 0 || row >= series.rows() {
        return Ok(series.clone());
    }
    let changed = series.map_columns(|column, values| {
        let is_told = told.iter().any(|name| key(name) == key(column));
        let static_column = is_told && values.iter().all(|&value| value == values[0]);
        if is_told != matches!(change, Change::Told) || static_column {
            return values.to_vec();
        }
        let last = values[row - 1];
        let change = |(at, &value): (usize, &f64)| match change {
            _ if at < row => value,
            Change::Mirrored if last > 0.0 && value > 0.0 => last * (last / value),
            Change::Mirrored => last - (value - last),
            _ if value == 0.0 => 1.0,
            _ => value * (2.0 + (at as f64).sin()),
        };
        values.iter().enumerate().map(change).collect()
    })?;
    match change {
        Change::Told if series.is_dated() => {
            // On Saturdays a week apart, from the next month on, or otherwise four times as far apart;
            // where the calendar ends before they do, as they were.
            let stamps = later(series.stamps(), row);
            changed.clone().with_stamps(stamps).or(Ok(changed))
        }
        _ => Ok(changed),
    }
}

/// The same stamps up to `row`, and others from there on, of another rhythm.
fn later(stamps: &[Stamp], row: usize) -> Vec<Stamp> {
    let last = stamps[row - 1];
    let moved = |&stamp: &Stamp| last.after(4 * (stamp.count() - last.count()) + 1);
    let saturday = |stamp: Stamp| {
        let date = stamp.date()?.nth_weekday(1, Weekday::Saturday).ok()?;
        Some(Stamp::from(date))
    };
    let mut changed = stamps.to_vec();
    match last.unit() {
        Unit::Day => {
            let saturdays =
                std::iter::successors(last.after(32).and_then(saturday), |&s| saturday(s));
            for (stamp, saturday) in changed[row..].iter_mut().zip(saturdays) {
                *stamp = saturday;
            }
        }
        _ => {
            for stamp in &mut changed[row..] {
                *stamp = moved(stamp).unwrap_or(*stamp);
            }
        }
    }
    changed
}

/// The same series with the relative changes of its target in random order, so that its first value
/// and, but for rounding, its last stay.
fn shuffle_changes(series: &Series, target: &str) -> Result<Series> {
    let name = series.column_name(target)?;
    series.map_columns(|column, values| {
        if column != name {
            return values.to_vec();
        }
        let positive = values.iter().all(|&value| value > 0.0);
        let change = |pair: &[f64]| match positive {
            true => pair[1] / pair[0],
            false => pair[1] - pair[0],
        };
        let mut changes: Vec<f64> = values.windows(2).map(change).collect();
        Rng::named(0, "placebo").shuffle(&mut changes);
        let mut level = values[0];
        let steps = changes.iter().map(|change| {
            level = if positive {
                level * change
            } else {
                level + change
            };
            level
        });
        std::iter::once(values[0]).chain(steps).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ForecastSpec;
    use crate::series::sp500;

    /// The check is worth what it is shown: everything that was fitted, and every forecast.
    #[test]
    fn traces_hold_all_that_was_fitted() {
        let mut spec = ForecastSpec::article();
        spec.data.calendar = vec![crate::prepare::CalendarFeature::Month];
        spec.data.validation_folds = 2;
        spec.data.horizon = 2;
        spec.model.hidden = vec![3];
        spec.train.epochs = 1;
        let series = sp500();
        let fitted = Forecaster::new(spec).unwrap().fit(&series).unwrap();
        let traces = fitted.traces(series.as_ref()).unwrap().swap_remove(0);
        let selection = fitted.selection().unwrap();
        // Two past columns and the target, a center and a spread each; the rhythm; what was selected.
        let selected = 4 + selection.radii.numbers().count();
        let least = fitted.parameters() + 6 + 1 + selected;
        assert!(
            traces.fitted.len() >= least,
            "{} {least}",
            traces.fitted.len()
        );
        assert!(traces.fitted.contains(&selection.weight));
        // Two steps at 99 levels.
        assert_eq!(selection.radii.numbers().count(), 2 * 99);
        let windows = fitted.scores().unwrap().windows;
        assert_eq!(traces.forecasts.len(), 2 * windows);
        assert_eq!(traces.forecasts[0].0, traces.cut);
        let last = traces.forecasts.last().unwrap().0;
        assert_eq!(last, series.rows() - 2);
        assert_eq!(traces.told, 2);
    }
}
