//! Fuzzes [`targets::tpex`].

#![no_main]

use gatecast_fuzz::targets;

libfuzzer_sys::fuzz_target!(init: gatecast_fuzz::start(), |bytes: &[u8]| targets::tpex(bytes));
