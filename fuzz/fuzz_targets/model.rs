//! Fuzzes [`targets::model`], half of the time within the description inside the file.

#![no_main]

use gatecast_fuzz::{model, targets};

libfuzzer_sys::fuzz_target!(init: gatecast_fuzz::start(), |bytes: &[u8]| targets::model(bytes));

libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mutate = |text: &mut [u8], size: usize| {
        let most = text.len();
        libfuzzer_sys::fuzzer_mutate(text, size, most)
    };
    if !seed.is_multiple_of(4)
        && let Some(size) = model::mutate_inside(data, size, max_size, seed, mutate)
    {
        return size;
    }
    libfuzzer_sys::fuzzer_mutate(data, size, max_size)
});
