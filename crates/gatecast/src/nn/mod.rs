//! Networks: layers in a row ([`Sequential`]), an encoder–decoder with attention ([`Seq2Seq`]), and the loop that
//! trains them.
//!
//! What this module is not: it knows no files but the tensors of a checkpoint, no terminal, no
//! dates and no prices. Data come in through [`Dataset`], news go out as [`Event`]s.
//!
//! # The four shapes of recurrent networks
//!
//! From one vector or a sequence, to one vector or a sequence (Karpathy 2015). Each is a row of
//! the same layers:
//!
//! ```
//! use gatecast::nn::{
//!     Activation, Arrays, Dense, Gru, Lstm, RepeatVector, Sequential, Shape, SimpleRnn,
//!     TimeDistributed, TrainSpec, fit,
//! };
//!
//! let one_to_one = Sequential::builder(Shape::vector(2))
//!     .add(Dense::new(4).activation(Activation::Tanh))
//!     .add(Dense::new(1))
//!     .build(0)?;
//! assert_eq!(one_to_one.output(), Shape::vector(1));
//!
//! let one_to_many = Sequential::builder(Shape::vector(2))
//!     .add(RepeatVector::new(3))
//!     .add(Lstm::new(4).return_sequences())
//!     .add(TimeDistributed::new(Dense::new(1)))
//!     .build(0)?;
//! assert_eq!(one_to_many.output(), Shape::sequence(3, 1));
//!
//! let many_to_one = Sequential::builder(Shape::sequence(5, 2))
//!     .add(Gru::new(4))
//!     .add(Dense::new(1))
//!     .build(0)?;
//! assert_eq!(many_to_one.output(), Shape::vector(1));
//!
//! let mut many_to_many = Sequential::builder(Shape::sequence(5, 2))
//!     .add(SimpleRnn::new(4).return_sequences())
//!     .add(TimeDistributed::new(Dense::new(1)))
//!     .build(0)?;
//! assert_eq!(many_to_many.output(), Shape::sequence(5, 1));
//!
//! // Training is the same for all: here, to add two inputs at every step.
//! let x: Vec<f32> = (0..200 * 10).map(|i| (i % 17) as f32 / 17.0).collect();
//! let y = x.chunks(2).map(|pair| pair[0] + pair[1]).collect();
//! let data = Arrays::new(Shape::sequence(5, 2), x, Shape::sequence(5, 1), y)?;
//! let spec = TrainSpec { epochs: 60, learning_rate: 0.01, ..TrainSpec::default() };
//! let history = fit(&mut many_to_many, &data, None, &spec)?;
//! assert!(history.epochs.last().is_some_and(|epoch| epoch.loss < 0.05));
//! # Ok::<(), gatecast::Error>(())
//! ```

mod batches;
mod beam;
mod checkpoint;
mod data;
mod fault;
mod fit;
mod history;
mod inference;
mod init;
mod layers;
mod loss;
mod model;
mod network;
mod optim;
mod pairs;
mod schedule;
mod seq2seq;
mod shape;
mod shards;
mod stack;
mod summary;
#[cfg(test)]
mod tests;
mod workspace;

pub use gatecast_kernels::{Activation, Isa, isa};

pub use self::beam::{Beam, Translation};
pub(crate) use self::checkpoint::{KEY, parse, serialize, to_bytes};
pub use self::data::{Arrays, Dataset};
pub(crate) use self::fault::Fault;
pub(crate) use self::fit::Choice;
pub use self::fit::{Event, OnEvent, TrainSpec, fit, fit_with};
pub use self::history::{Epoch, History, Stop};
pub use self::inference::{Predictor, Stream};
pub use self::init::Init;
pub use self::layers::{
    Bidirectional, CellKind, CellName, Dense, Dropout, Embedding, Flatten, Gru, LayerSpec, Lstm,
    Pool, Pooling, Recurrent, RepeatVector, SimpleRnn, TimeDistributed,
};
pub(crate) use self::loss::mixture;
pub use self::loss::{Loss, QUANTILES};
pub use self::model::{Builder, Sequential};
pub use self::optim::Optimizer;
pub use self::pairs::{Pairs, Sequences};
pub use self::schedule::Schedule;
pub use self::seq2seq::{Seq2Seq, Seq2SeqSpec};
pub use self::shape::Shape;
pub use self::summary::{Summary, SummaryRow};
