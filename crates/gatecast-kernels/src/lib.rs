//! Kernels of recurrent networks: pairs of forward and backward passes over plain `f32` slices.
//!
//! What this crate is: the arithmetic of the layers, and the only place in the workspace that may
//! use `unsafe`. What it is not: it owns no memory, knows no layer, model, file or thread; every
//! buffer is the caller's and no function allocates.
//!
//! # Legend of shapes
//!
//! | letter | meaning |
//! |---|---|
//! | `B` | batch: samples computed side by side |
//! | `T` | time steps |
//! | `I` | inputs: features of one step |
//! | `H` | hidden units |
//! | `G` | gates of a cell: 1 (simple RNN), 3 (GRU), 4 (LSTM) |
//!
//! Matrices are row-major. Sequences are **time-major**, `T×B×F`: the rows of one step lie
//! together, so that the recurrent product of a step is one dense GEMM and the products that need
//! no order in time (input projection, weight gradients) are one GEMM over all `T·B` rows.
//!
//! Weights have PyTorch's layout, `outputs × inputs`. The passes read copies in panels
//! ([`gemm::pack`]) that each layer's `pack` makes once after an update: one transposed, for the
//! way forward, and one as it is, for the way back.
//!
//! Gradients are named `d…` and overwrite what was there: a weight is used by one layer only, and
//! its gradient need not be cleared first.
//!
//! Every assertion here guards against a caller's slip in slice lengths; none can be reached from
//! the contents of a file.

pub mod activation;
pub mod attention;
pub mod cross_entropy;
pub mod dense;
pub mod elementwise;
pub mod gemm;
pub mod gru;
mod isa;
pub mod lstm;
pub mod optim;
pub mod recurrent;
pub mod rnn;
pub mod testing;
mod tile;

pub use activation::Activation;
pub use isa::{Isa, hold_to, isa};
