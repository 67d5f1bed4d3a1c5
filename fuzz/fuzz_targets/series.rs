//! Fuzzes the target that the variable `FUZZ_TARGET` names: a source, or `recognised`. One program
//! for all of them, so that a new source needs none of its own.

#![no_main]

use std::sync::LazyLock;

use gatecast_fuzz::targets;

static NAME: LazyLock<String> = LazyLock::new(|| {
    std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a folder of fuzz/seeds")
});

libfuzzer_sys::fuzz_target!(init: gatecast_fuzz::start(), |bytes: &[u8]| targets::target(&NAME, bytes));
