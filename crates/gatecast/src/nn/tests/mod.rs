//! Tests that need the inside of a network: gradients of inputs, workspaces, single steps.

mod finite_differences;
mod golden;
mod seq2seq;
mod training;
