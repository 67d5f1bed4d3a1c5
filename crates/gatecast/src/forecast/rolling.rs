//! A rolling origin, as competitions and other libraries mean it: so many cutoffs, a step apart, the last of them a
//! horizon before the end of each series, and from each one forecast. What this file is not: it scores nothing; folds of
//! the test part, with every window of them and a verdict, are `cross_validation`'s.
//!
//! ```text
//! rows    ├───────────────────────────────────────┤
//! cutoff  ├──── known ────┼ horizon ┤
//!         ├──────── known ────────┼ horizon ┤        a step later
//!         ├──────────── known ────────────┼ horizon ┤
//! ```

use std::ops::ControlFlow;

use super::events::Event;
use super::{FittedForecaster, Forecast, ForecastOptions, Forecaster};
use crate::error::{Error, Result, wrong};
use crate::parallel::parallel_map;
use crate::prepare::TestPart;
use crate::series::Series;

/// Which rows are forecast from which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RollingSpec {
    /// Cutoffs.
    pub windows: usize,
    /// Rows between them.
    pub step: usize,
    /// Whether to train anew for every cutoff, rather than once, before the first.
    pub refit: bool,
}

impl Default for RollingSpec {
    /// One cutoff.
    fn default() -> Self {
        Self {
            windows: 1,
            step: 1,
            refit: true,
        }
    }
}

/// A forecast from a cutoff, and what came.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RollingForecast {
    /// Number of the series, from 0.
    pub series: usize,
    /// The forecast.
    pub forecast: Forecast,
    /// What the target was at its steps.
    pub actual: Vec<f64>,
}

impl Forecaster {
    /// Forecasts the last rows of `data` (a series, or many) from several cutoffs, with bands of these `levels` where
    /// there are some. Nothing after a cutoff is known to what forecasts from it. A series that is too short for a cutoff has no
    /// forecast from it. `on_event` is told what happens to every network.
    ///
    /// The forecasts come series by series, in order of time.
    ///
    /// ```
    /// use std::ops::ControlFlow;
    /// use gatecast::forecast::RollingSpec;
    /// use gatecast::{Forecaster, series::sp500};
    ///
    /// let plan = RollingSpec { windows: 3, step: 5, refit: false };
    /// let forecaster = Forecaster::builder().set("method", "theta").horizon(5).build()?;
    /// let rolled = forecaster.roll(&sp500(), plan, &[80], |_| ControlFlow::Continue(()))?;
    /// assert_eq!(rolled.len(), 3);
    /// assert_eq!(rolled[2].actual.last(), sp500().column("close")?.last());
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) for a plan without windows or steps;
    /// [`TooFewRows`](crate::ErrorKind::TooFewRows) where no series is long enough for any cutoff; those of
    /// [`Forecaster::fit`] and [`FittedForecaster::forecast_with`].
    pub fn roll<D: AsRef<[Series]> + ?Sized>(
        &self,
        data: &D,
        plan: RollingSpec,
        levels: &[u8],
        mut on_event: impl FnMut(&Event) -> ControlFlow<()> + Send,
    ) -> Result<Vec<RollingForecast>> {
        let panel = data.as_ref();
        for (name, count) in [("windows", plan.windows), ("step", plan.step)] {
            if count == 0 {
                return wrong(name, "0".into(), "at least 1");
            }
        }
        let (spec, horizon) = (self.spec(), self.spec().data.horizon);
        // Rows before a cutoff, of the series that are long enough.
        let known = |window: usize| -> Vec<(usize, usize)> {
            let behind = (plan.windows - 1 - window).saturating_mul(plan.step);
            let known = |series: &Series| series.rows().checked_sub(horizon.checked_add(behind)?);
            let all = panel.iter().enumerate();
            all.filter_map(|(at, series)| Some((at, known(series).filter(|&rows| rows >= 2)?)))
                .collect()
        };
        let mut without_test = spec.clone();
        without_test.data.test = TestPart::Share(0.0);
        let forecaster = Self::new(without_test)?;
        let mut fitted: Option<FittedForecaster> = None;
        let mut rolled = Vec::new();
        for window in 0..plan.windows {
            let cutoffs = known(window);
            if cutoffs.is_empty() {
                continue;
            }
            let past: Vec<Series> = cutoffs
                .iter()
                .map(|&(at, rows)| panel[at].slice(0..rows))
                .collect();
            let model = match fitted.take().filter(|_| !plan.refit) {
                Some(model) => model,
                None => forecaster.fit_with(&past, &mut on_event)?,
            };
            let options = ForecastOptions {
                levels: match model.selection() {
                    Some(_) => levels.to_vec(),
                    // A series too short for folds has no bands.
                    None => Vec::new(),
                },
                ..ForecastOptions::default()
            };
            let made = parallel_map(spec.train.threads, cutoffs.len(), |at| -> Result<_> {
                let (series, rows) = cutoffs[at];
                let coming = rows..rows + horizon;
                let whole = &panel[series];
                let stamps = whole.stamps()[coming.clone()].to_vec();
                let mut ahead = Vec::new();
                for name in &spec.data.future {
                    ahead.push((name, whole.column(name)?[coming.clone()].to_vec()));
                }
                // What is forecast is the rows that came, whichever the rhythm would have been.
                let past = past[at].clone().with_ahead(stamps, ahead)?;
                let forecast = model.forecast_with(&past, &options)?;
                let actual = whole.column(&spec.data.target)?[coming].to_vec();
                Ok(RollingForecast {
                    series,
                    forecast,
                    actual,
                })
            });
            for forecast in made {
                rolled.push(forecast?);
            }
            fitted = Some(model);
        }
        if rolled.is_empty() {
            let longest = panel.iter().map(Series::rows).max().unwrap_or(0);
            let why = format!("a horizon of {horizon} after rows to learn from");
            return Err(Error::too_few_rows(
                "the longest series",
                longest,
                horizon + 2,
                why,
            ));
        }
        rolled.sort_by_key(|rolling| rolling.series);
        Ok(rolled)
    }
}
