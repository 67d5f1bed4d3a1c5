//! From series to windows that a network can read: cut in time, scaled, cut in windows.
//!
//! `resample` is the only place in the library where time is cut. What is fitted (`features`) is
//! fitted on the training rows that it gives and nothing else, so nothing that is learnt knows the
//! future. What this module is not: it knows no network and no forecast.

mod calendar;
mod fault;
mod features;
mod mixture;
mod pool;
mod resample;
mod scale;
pub(crate) mod season;
mod spec;
mod target;
mod window;

pub use self::calendar::CalendarFeature;
pub(crate) use self::fault::Fault;
pub(crate) use self::features::Features;
pub(crate) use self::pool::Pool;
pub use self::resample::{Fold, Split, TestPart, ValidationScheme, rolling};
pub use self::scale::{Scaler, ScalerKind};
pub use self::spec::DataSpec;
pub use self::target::TargetTransform;
pub(crate) use self::window::{Frame, Scaling, Windows};
