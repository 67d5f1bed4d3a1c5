//! Random numbers that depend on a seed and a name, never on a clock or on what ran before.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng};
use sha2::{Digest, Sha256};

/// A stream of random numbers. ChaCha with eight rounds: its output is fixed for all time, and
/// any position of it can be reached at once.
#[derive(Clone, Debug)]
pub(crate) struct Rng(ChaCha8Rng);

impl Rng {
    /// The stream called `name` under `seed`. Streams of different names are independent, so a
    /// new use of chance does not shift the others.
    pub(crate) fn named(seed: u64, name: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update(name);
        Self(ChaCha8Rng::from_seed(hash.finalize().into()))
    }

    /// The same name's stream number `number`, from its beginning.
    pub(crate) fn substream(&self, number: u64) -> Self {
        let mut stream = self.0.clone();
        stream.set_stream(number);
        stream.set_word_pos(0);
        Self(stream)
    }

    /// Uniform in `0..1`, in steps of 2⁻²⁴, so that every value is a float and 1 never comes up.
    pub(crate) fn uniform(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 * (1.0 / (1u32 << 24) as f32)
    }

    /// Standard normal (Box & Muller 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        let unit = |bits: u64| (bits >> 11) as f64 / (1u64 << 53) as f64;
        let radius = (-2.0 * (1.0 - unit(self.0.next_u64())).ln()).sqrt();
        radius * (std::f64::consts::TAU * unit(self.0.next_u64())).cos()
    }

    /// 64 random bits, e.g. to seed other streams.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Puts `items` in random order (Fisher & Yates).
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            // 64 random bits against at most 2³² items: the bias is below 2⁻³².
            let at = (self.0.next_u64() % (last as u64 + 1)) as usize;
            items.swap(last, at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_reproducible_and_differ_by_name_seed_and_number() {
        let draw = |mut rng: Rng| [rng.uniform(), rng.uniform()];
        let base = Rng::named(1, "a");
        assert_eq!(draw(base.clone()), draw(Rng::named(1, "a")));
        assert_ne!(draw(base.clone()), draw(Rng::named(1, "b")));
        assert_ne!(draw(base.clone()), draw(Rng::named(2, "a")));
        assert_ne!(draw(base.substream(1)), draw(base.substream(2)));
        assert_eq!(draw(base.substream(3)), draw(base.substream(3)));
    }

    #[test]
    fn moments_are_right() {
        let mut rng = Rng::named(0, "moments");
        let n = 100_000;
        let uniform: f64 = (0..n).map(|_| f64::from(rng.uniform())).sum::<f64>() / f64::from(n);
        let normals: Vec<f64> = (0..n).map(|_| rng.normal()).collect();
        let square = normals.iter().map(|v| v * v).sum::<f64>() / f64::from(n);
        // Five standard errors each.
        assert!((uniform - 0.5).abs() < 5.0 * 0.29 / 316.0, "{uniform}");
        assert!((square - 1.0).abs() < 5.0 * 1.42 / 316.0, "{square}");
    }

    #[test]
    fn shuffling_keeps_every_item() {
        let mut items: Vec<u32> = (0..100).collect();
        Rng::named(0, "shuffle").shuffle(&mut items);
        assert_ne!(items, (0..100).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
