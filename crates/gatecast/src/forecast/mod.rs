//! From series to forecasts in their own units, with dates.
//!
//! A [`Forecaster`] holds settings; fitting it to a series, or to many, gives a [`FittedForecaster`],
//! which alone can forecast, be scored and be saved. A single series is a panel of one: everything
//! that takes series takes `&Series`, `&[Series]` or `&Vec<Series>`.

mod about;
mod base;
mod baseline;
mod builder;
mod cross_validation;
mod ensemble;
mod events;
mod fault;
mod fitted;
mod forecaster;
mod interval;
mod leak;
mod method;
mod model_file;
mod panel_scores;
mod predicted;
mod rolling;
mod scores;
mod selection;
mod settings;
mod spec;
mod stand_in;
mod verdict;

pub use self::about::{Training, WindowCounts};
pub use self::base::Base;
pub use self::baseline::Baseline;
pub use self::builder::ForecasterBuilder;
pub use self::cross_validation::{CrossValidation, CrossValidationSpec, FoldScores, Refit};
pub use self::events::{Event, OnEvent};
use self::fault::Fault;
pub use self::fitted::{FittedForecaster, Forecast, ForecastOptions, Point};
pub use self::forecaster::Forecaster;
pub use self::interval::{Band, ConformalRadii};
pub use self::leak::{Leak, Traces, check_leaks};
pub use self::method::Method;
pub use self::panel_scores::{BaselineErrors, Errors, PanelScores, SeriesScores};
pub use self::predicted::Predicted;
pub use self::rolling::{RollingForecast, RollingSpec};
pub use self::scores::{BaselineScore, Direction, Predictions, Scores, StepScore};
pub use self::selection::Selection;
pub(crate) use self::settings::is_used_beside;
pub use self::settings::{Group, Kind, Preset, Setting, Settings, settings};
pub use self::spec::{ForecastSpec, Head, ModelSpec, Strategy};
pub use self::verdict::{Verdict, diebold_mariano};
pub use crate::nn::CellName;
pub use crate::prepare::DataSpec;
