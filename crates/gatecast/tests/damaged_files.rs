//! The fuzz targets without a fuzzer: each over its seeds, and over some thousand mutations of them
//! that are the same in every run. `make fuzz` looks for more, with coverage to guide it; this one
//! is short, and builds with the other tests. What this file is not: it does not check what is read
//! from a sound file.

#![cfg(feature = "arrow")]

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

#[path = "../../../fuzz/src/targets.rs"]
#[allow(unreachable_pub)] // public in the crate that it comes from
mod targets;

/// Mutations of each target's seeds.
const MUTATIONS: u64 = 3000;

/// No file of this size takes longer, on a slow machine without optimisation.
const SLOW: Duration = Duration::from_secs(10);

// One test, because the memory of all threads is counted.
#[test]
fn no_damaged_file_panics_hangs_or_fills_the_memory() {
    targets::keep_panics_quiet();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds");
    let seeds_of = |name: &str| -> Vec<Vec<u8>> {
        let mut paths: Vec<_> = fs::read_dir(folder.join(name))
            .unwrap_or_else(|error| panic!("seeds of {name}: {error}"))
            .map(|entry| entry.unwrap().path())
            .collect();
        paths.sort();
        paths.iter().map(|path| fs::read(path).unwrap()).collect()
    };
    let all: Vec<Vec<u8>> = targets::names().flat_map(seeds_of).collect();
    for name in targets::names() {
        let seeds = match name {
            "recognised" => all.clone(),
            _ => seeds_of(name),
        };
        assert!(seeds.len() > 1, "{name} has no seeds");
        let mut dice = Dice(1);
        let mutations = (0..MUTATIONS).map(|_| mutated(&seeds, &mut dice));
        for bytes in seeds.iter().cloned().chain(mutations) {
            let start = Instant::now();
            let outcome = std::panic::catch_unwind(|| targets::target(name, &bytes));
            if outcome.is_err() || start.elapsed() > SLOW {
                let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.damaged"));
                fs::write(&path, &bytes).unwrap();
                panic!("{name} fails, or takes too long, on {}", path.display());
            }
        }
    }
}

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % most.max(1) as u64) as usize
    }
}

/// A seed with a few pieces of it changed, repeated, left out, or taken from another.
fn mutated(seeds: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    const ODD: [&[u8]; 12] = [
        b"\0",
        b"\xff\xff\xff\xff",
        b"\x7f",
        b"\"",
        b",",
        b"\n",
        b"9999999999",
        b"-",
        b"1e308",
        b"null",
        b"[]",
        b"\xa4\xe9",
    ];
    let mut bytes = seeds[dice.below(seeds.len())].clone();
    for _ in 0..=dice.below(4) {
        let at = dice.below(bytes.len() + 1);
        let until = (at + dice.below(24)).min(bytes.len());
        match dice.below(6) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 => drop(bytes.drain(at..until)),
            2 => {
                let piece = bytes[at..until].repeat(1 + dice.below(30));
                bytes.splice(at..at, piece);
            }
            3 => {
                let piece = ODD[dice.below(ODD.len())];
                let until = (at + piece.len() * dice.below(2)).min(bytes.len());
                bytes.splice(at..until, piece.iter().copied());
            }
            4 => {
                let other = &seeds[dice.below(seeds.len())];
                let from = dice.below(other.len() + 1);
                let to = (from + dice.below(200)).min(other.len());
                bytes.splice(at..until, other[from..to].iter().copied());
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}
