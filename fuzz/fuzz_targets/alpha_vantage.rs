//! Fuzzes [`targets::alpha_vantage`].

#![no_main]

use gatecast_fuzz::targets;

libfuzzer_sys::fuzz_target!(init: gatecast_fuzz::start(), |bytes: &[u8]| targets::alpha_vantage(bytes));
