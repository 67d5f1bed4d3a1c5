//! Whether anything knows the future: the future is changed, and nothing before it may move.
//!
//! What is checked is a *pipeline*: whatever turns a series into something fitted and into forecasts
//! of its last part. [`check_leaks`] runs it on the series, then on copies whose rows from some row
//! on are others. What was fitted on rows before, features of rows before and forecasts made before
//! must come out the same, bit for bit. At last it runs on a series whose changes are shuffled
//! (a placebo): there is nothing to be known, so who shows skill has looked.
//!
//! ```text
//!  rows     ├──────── training ────────┤├───── test ─────┤
//!  changed                              xxxxxxxxxxxxxxxxxx   fitted, features and forecast 0 stay
//!  changed                                     xxxxxxxxxxx   and all forecasts up to here
//! ```

use serde::Serialize;

use super::{FittedForecaster, ForecastSpec, Forecaster, diebold_mariano};
use crate::error::Result;
use crate::rng::Rng;
use crate::series::Series;

/// What a pipeline shows of itself. Rows are those of the series.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Traces {
    /// First row that nothing fitted may know.
    pub cut: usize,
    /// Whatever was fitted: weights, scalers, epochs, …
    pub fitted: Vec<f64>,
    /// Values of features, with the row that each belongs to and may know up to.
    pub features: Vec<(usize, f64)>,
    /// One-step forecasts of the test part, with the row that each is for and may not know.
    pub forecasts: Vec<(usize, f64)>,
}

/// Something that knows what it should not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "leak", rename_all = "kebab-case")]
pub enum Leak {
    /// What was fitted changes with rows that come after the training part.
    Fitted {
        /// First row changed.
        row: usize,
    },
    /// A feature of an earlier row changes.
    Feature {
        /// First row changed.
        row: usize,
        /// The feature's row.
        of: usize,
    },
    /// A forecast made before changes.
    Forecast {
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
        match self {
            Self::Fitted { row } => {
                format!("what is fitted knows rows from {row} on, after its training part")
            }
            Self::Feature { row, of } => format!("a feature of row {of} knows rows from {row} on"),
            Self::Forecast { row, of } => {
                format!("the forecast of row {of} knows rows from {row} on")
            }
            Self::Placebo => "shuffled changes are forecast better than chance allows".into(),
        }
    }
}

/// Chance of calling an honest pipeline a leak by its placebo.
const LEVEL: f64 = 0.001;

/// Runs `pipeline` on `series` and on changed copies, and gives back every kind of leak once.
///
/// ```
/// use gatecast::forecast::{Leak, Traces, check_leaks};
/// use gatecast::series::sp500;
///
/// // "Tomorrow as today" knows nothing; a mean over all rows does.
/// let pipeline = |leaky: bool| move |series: &gatecast::Series| {
///     let (close, cut) = (series.column("close")?, 250);
///     let seen = if leaky { close } else { &close[..cut] };
///     Ok(Traces {
///         cut,
///         fitted: vec![seen.iter().sum::<f64>() / seen.len() as f64],
///         forecasts: (cut..close.len()).map(|row| (row, close[row - 1])).collect(),
///         ..Traces::default()
///     })
/// };
/// assert_eq!(check_leaks(&sp500(), "close", pipeline(false))?, []);
/// assert_eq!(check_leaks(&sp500(), "close", pipeline(true))?, [Leak::Fitted { row: 250 }]);
/// # Ok::<(), gatecast::Error>(())
/// ```
///
/// # Errors
/// Those of the pipeline.
pub fn check_leaks(
    series: &Series,
    target: &str,
    pipeline: impl Fn(&Series) -> Result<Traces>,
) -> Result<Vec<Leak>> {
    let base = pipeline(series)?;
    let mut leaks: Vec<Leak> = Vec::new();
    let tested = series.rows().saturating_sub(base.cut);
    let futures = [
        (0, Change::Other),
        (0, Change::Mirrored),
        (tested / 3, Change::Other),
        (2 * tested / 3, Change::Other),
    ];
    for (after, change) in futures {
        let row = base.cut + after;
        if row == 0 || row >= series.rows() {
            continue;
        }
        let changed = pipeline(&change_from(series, row, change)?)?;
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
        let found = [
            (!same(&base.fitted, &changed.fitted)).then_some(Leak::Fitted { row }),
            moved(&base.features, &changed.features, row).map(|of| Leak::Feature { row, of }),
            moved(&base.forecasts, &changed.forecasts, row + 1)
                .map(|of| Leak::Forecast { row, of }),
        ];
        for leak in found.into_iter().flatten() {
            let kind = std::mem::discriminant(&leak);
            if !leaks
                .iter()
                .any(|known| std::mem::discriminant(known) == kind)
            {
                leaks.push(leak);
            }
        }
    }

    let placebo = shuffle_changes(series, target)?;
    let values = placebo.column(target)?;
    // Of changes in random order nothing can be known but how large they mostly are.
    let mut changes: Vec<f64> = values[..base.cut]
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) / pair[0].abs())
        .filter(|change| change.is_finite())
        .collect();
    changes.sort_unstable_by(f64::total_cmp);
    let median = changes.get(changes.len() / 2).copied().unwrap_or(0.0);
    let gains: Vec<f64> = pipeline(&placebo)?
        .forecasts
        .iter()
        .map(|&(row, said)| {
            let known = values[row - 1] + median * values[row - 1].abs();
            (known - values[row]).abs() - (said - values[row]).abs()
        })
        .collect();
    if diebold_mariano(&gains, 1).is_some_and(|p| p < LEVEL) {
        leaks.push(Leak::Placebo);
    }
    Ok(leaks)
}

impl ForecastSpec {
    /// Checks that a forecaster with these settings knows nothing of the future of `series`; see
    /// [`check_leaks`]. Trains six times.
    ///
    /// # Errors
    /// Those of [`Forecaster::fit`].
    pub fn check_leaks(&self, series: &Series) -> Result<Vec<Leak>> {
        // What is known ahead is no secret of the future.
        let known: Vec<String> = self.known_columns().cloned().collect();
        let original = series;
        check_leaks(series, &self.data.target, |series| {
            let series = &series.clone().with_columns_of(original, &known)?;
            Forecaster::new(self.clone())?
                .fit(series, |_| {})?
                .traces(series)
        })
    }
}

impl FittedForecaster {
    /// What it shows of itself.
    fn traces(&self, series: &Series) -> Result<Traces> {
        let cut = self.training().split.test;
        let forecasts = match cut < series.rows() {
            true => {
                let said = self.predict(series)?;
                let first = series.rows() + 1 - said.horizon - said.dates.len();
                let steps = said.first_steps().enumerate();
                steps
                    .map(|(window, (_, _, f, _))| (first + window, f))
                    .collect()
            }
            false => Vec::new(),
        };
        Ok(Traces {
            cut,
            fitted: self.fitted_numbers(),
            features: Vec::new(),
            forecasts,
        })
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
}

/// The same series with other values from `row > 0` on, in every column. What was above zero stays so.
fn change_from(series: &Series, row: usize, change: Change) -> Result<Series> {
    map_columns(series, |_, values| {
        let last = values[row - 1];
        let change = |(at, &value): (usize, &f64)| match change {
            _ if at < row => value,
            Change::Mirrored if last > 0.0 && value > 0.0 => last * (last / value),
            Change::Mirrored => last - (value - last),
            Change::Other if value == 0.0 => 1.0,
            Change::Other => value * (2.0 + (at as f64).sin()),
        };
        values.iter().enumerate().map(change).collect()
    })
}

/// The same series with the relative changes of its target in random order, so that its first value
/// and, but for rounding, its last stay.
fn shuffle_changes(series: &Series, target: &str) -> Result<Series> {
    let name = series.column_name(target)?;
    map_columns(series, |column, values| {
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

fn map_columns(series: &Series, map: impl Fn(&str, &[f64]) -> Vec<f64>) -> Result<Series> {
    let columns = series
        .columns()
        .iter()
        .map(|column| (column.name.clone(), map(&column.name, &column.values)));
    Series::new(series.name(), series.dates().to_vec(), columns)
}
