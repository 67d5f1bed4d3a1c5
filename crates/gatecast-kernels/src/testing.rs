//! What the tests of this crate and of its users share: plain reference code and comparisons.

/// Reproducible numbers in ±1, without a dependency: a 64-bit linear congruential generator
/// (constants of Knuth's MMIX) whose upper bits are used.
pub fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..count)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            // 24 bits: exactly representable.
            (state >> 40) as f32 / (1u32 << 23) as f32 - 1.0
        })
        .collect()
}

/// The textbook product, summed in f64: oracle for [`crate::gemm::gemm`].
pub fn naive_gemm(
    c: &mut [f32],
    (m, n, k): (usize, usize, usize),
    a: impl Fn(usize, usize) -> f32,
    b: impl Fn(usize, usize) -> f32,
    accumulate: bool,
) {
    for row in 0..m {
        for col in 0..n {
            let before = if accumulate {
                f64::from(c[row * n + col])
            } else {
                0.0
            };
            let sum: f64 = (0..k)
                .map(|i| f64::from(a(row, i)) * f64::from(b(i, col)))
                .sum();
            c[row * n + col] = (before + sum) as f32;
        }
    }
}

/// Asserts `|got − want| ≤ tolerance · max |want|` for every element, naming the worst. Relative to
/// the largest number of the tensor: small ones are sums of large ones that cancel.
///
/// # Panics
/// When an element differs by more, or the lengths differ.
pub fn assert_close(got: &[f32], want: &[f32], tolerance: f32, what: &str) {
    assert_eq!(got.len(), want.len(), "{what}: lengths");
    let largest = want
        .iter()
        .fold(f32::MIN_POSITIVE, |most, w| most.max(w.abs()));
    let off = |(g, w): (&f32, &f32)| (g - w).abs() / largest;
    // A NaN compares as neither larger nor smaller; it must count as the worst of all.
    let worst = (0..got.len()).max_by(|&i, &j| {
        let key = |k: usize| {
            let d = off((&got[k], &want[k]));
            if d.is_nan() { f32::INFINITY } else { d }
        };
        key(i).total_cmp(&key(j))
    });
    if let Some(i) = worst {
        let distance = off((&got[i], &want[i]));
        assert!(
            distance <= tolerance,
            "{what}: element {i} is {} and should be {} (off by {distance:e}, allowed {tolerance:e})",
            got[i],
            want[i]
        );
    }
}

/// How many floats lie between `a` and `b`; `u32::MAX` when either is NaN.
pub fn ulp_distance(a: f32, b: f32) -> u32 {
    if a.is_nan() || b.is_nan() {
        return u32::MAX;
    }
    // Floats in order of value, as integers: the sign bit is turned into a true sign.
    let order = |v: f32| {
        let bits = v.to_bits() as i32;
        i64::from(if bits < 0 { i32::MIN - bits } else { bits })
    };
    (order(a) - order(b)).unsigned_abs() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ulp_distance_counts_floats() {
        assert_eq!(ulp_distance(1.0, 1.0), 0);
        assert_eq!(ulp_distance(1.0, 1.0 + f32::EPSILON), 1);
        assert_eq!(ulp_distance(0.0, -0.0), 0);
        assert_eq!(ulp_distance(f32::from_bits(1), -f32::from_bits(1)), 2);
        assert_eq!(ulp_distance(f32::NAN, 1.0), u32::MAX);
    }

    #[test]
    #[should_panic(expected = "element 1")]
    fn a_nan_is_never_close() {
        assert_close(&[1.0, f32::NAN], &[1.0, 2.0], 1.0, "x");
    }
}
