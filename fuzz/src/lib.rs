//! What the fuzz targets share beside [`targets`]: libFuzzer's panic hook taken away, and a mutator
//! for model files. What this crate is not: it holds no test of its own; `make test` runs the same
//! targets over the seeds without libFuzzer (`crates/gatecast/tests/damaged_files.rs`).

pub mod model;
pub mod targets;

/// To be called once before the fuzzer starts.
///
/// `libfuzzer-sys` ends the process at every panic, even at one that is caught, as those of the
/// Parquet and Arrow libraries are. A panic that nobody catches still ends it: the library does so
/// behind its own `catch_unwind`, and the last message is printed by [`targets::run`].
pub fn start() {
    targets::keep_panics_quiet();
}
