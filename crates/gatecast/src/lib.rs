//! Forecasts of prices and other time series with recurrent networks.
//!
//! Data go one way: a [`series`] is read and checked, [`prepare`] cuts it in time, scales it and
//! cuts windows, [`nn`] trains a network on them, [`forecast`] turns its outputs into dated values
//! in the units of the file and scores them beside the last value, `plot` draws.
//!
//! ```
//! use gatecast::{ForecastSpec, Forecaster, series};
//!
//! let series = series::sp500(); // or Series::read("prices.csv")?
//! let mut spec = ForecastSpec::article();
//! spec.model.hidden = vec![16]; // small, for this example
//! spec.train.epochs = 5;
//! let fitted = Forecaster::new(spec)?.fit(&series)?;
//! let scores = fitted.scores().expect("a fifth of the rows is for testing");
//! println!("MAE {:.2}, last value {:.2}", scores.mae, scores.naive_mae);
//! for point in fitted.forecast(&series)?.points {
//!     println!("{}  {:.2}", point.date, point.value);
//! }
//! # Ok::<(), gatecast::Error>(())
//! ```
//!
//! Features that are on by default can be left out: `arrow` reads Parquet and Arrow files, and has `frames`, which takes and
//! gives record batches in memory; `plot` draws pictures; `report` writes a report as an HTML file.

#[cfg(feature = "frames")]
pub mod distributed;
pub mod error;
pub mod forecast;
#[cfg(feature = "frames")]
pub mod frame;
mod methods;
pub mod nn;
mod parallel;
#[cfg(feature = "plot")]
pub mod plot;
pub mod prepare;
pub mod report;
mod rng;
pub mod series;
mod task;
pub mod text;
mod whole;

pub use error::{Answer, Error, ErrorKind, Result, nearest};
pub use forecast::{FittedForecaster, Forecast, ForecastSpec, Forecaster, Predictions, Scores};
pub use parallel::parallel_map;
pub use series::Series;
pub use task::Task;
pub use whole::write_whole;
