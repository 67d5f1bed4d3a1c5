//! From a series to windows that a network can read: cut in time, scaled, cut in windows.
//!
//! `split` is the only place in the library where time is cut. Scalers are fitted on the rows
//! before the first cut and nothing else, so nothing that is learnt knows the future.

mod calendar;
mod scale;
mod split;
mod target;
mod window;

pub use self::calendar::CalendarFeature;
pub use self::scale::{Scaler, ScalerKind};
pub use self::split::{Fold, Split, rolling};
pub use self::target::TargetKind;
pub use self::window::{Frame, Scaling, Windows};
