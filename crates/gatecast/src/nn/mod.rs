//! Networks: layers in a row, and the loop that trains them.
//!
//! What this module is not: it knows no files but the tensors of a checkpoint, no terminal, no
//! dates and no prices. Data come in through [`Dataset`], news go out as [`Event`]s.

mod checkpoint;
mod data;
mod fit;
mod init;
mod layers;
mod loss;
mod model;
mod optim;
mod schedule;
mod shape;
mod shards;
mod summary;
#[cfg(test)]
mod tests;
mod workspace;

pub use gatecast_kernels::Activation;

pub use self::checkpoint::{Tensors, load, save};
pub use self::data::{Arrays, Dataset};
pub use self::fit::{Epoch, Event, History, Stop, TrainSpec, fit};
pub use self::init::Init;
pub use self::layers::{
    Backward, CellKind, Dense, Dropout, Flatten, Forward, Gru, Layer, LayerSpec, Lstm, Recurrent,
    RepeatVector, SimpleRnn, Tensor, TimeDistributed,
};
pub use self::loss::Loss;
pub use self::model::{Builder, Sequential};
pub use self::optim::Optimizer;
pub use self::schedule::Schedule;
pub use self::shape::Shape;
pub use self::summary::Summary;
