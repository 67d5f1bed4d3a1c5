//! From a series to forecasts in its own units, with dates.
//!
//! A [`Forecaster`] holds settings; fitting it to a series gives a [`FittedForecaster`], which
//! alone can forecast, be scored and be saved.

mod fitted;
mod forecaster;
mod scores;
mod spec;

pub use self::fitted::{FittedForecaster, Forecast, Point, Training, WindowCounts};
pub use self::forecaster::Forecaster;
pub use self::scores::{Predictions, Scores};
pub use self::spec::{CellName, DataSpec, ForecastSpec, Head, ModelSpec};
