//! From a series to forecasts in its own units, with dates.
//!
//! A [`Forecaster`] holds settings; fitting it to a series gives a [`FittedForecaster`], which
//! alone can forecast, be scored and be saved.

mod backtest;
mod baseline;
mod chosen;
mod fitted;
mod forecaster;
mod interval;
mod leak;
mod panel;
mod said;
mod scores;
mod series_score;
mod settings;
mod spec;
mod verdict;

pub use self::backtest::{Backtest, BacktestSpec, FoldScores, Refit, backtest};
pub use self::baseline::Baseline;
pub use self::chosen::Chosen;
pub use self::fitted::{
    FittedForecaster, Forecast, ForecastOptions, Point, Training, WindowCounts,
};
pub use self::forecaster::{Forecaster, Progress};
pub use self::interval::{Band, Reach};
pub use self::leak::{Leak, Traces, check_leaks};
pub use self::said::Said;
pub use self::scores::{BaselineScore, Direction, Predictions, Scores, StepScore};
pub use self::series_score::{Errors, PanelScores, SeriesScore, score_panel};
pub use self::settings::{Group, Kind, Preset, Setting, Settings, settings};
pub use self::spec::{CellName, DataSpec, ForecastSpec, Head, ModelSpec, Strategy};
pub use self::verdict::{Verdict, diebold_mariano};
