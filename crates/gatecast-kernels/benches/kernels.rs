//! The kernels by themselves: products by shape in GFLOP/s and per cent of what this machine's
//! multiply-add units give at most, and the optimiser in GB/s. One thread.
//!
//! `cargo bench --bench kernels -- [FILTER]`, e.g. `-- J2`. The shapes are those of one shard of
//! the jobs J1–J3 of `benches/jobs.rs`. Operands are used again and again, so they are as warm in
//! the caches as their size allows; in training they often are not.

use std::hint::black_box;
use std::time::Instant;

use gatecast_kernels::gemm::{Into, Mat, MatMut, Packed, gemm, gemm_packed, pack, packed_len};
use gatecast_kernels::optim::{AdamStep, Clip, adam};
use gatecast_kernels::{Isa, isa};

/// How a product's operands lie.
#[derive(Clone, Copy)]
enum Form {
    /// `A·B` with `B` in panels: forward and dX.
    Panels,
    /// The same, added to `C`: a recurrent product.
    Added,
    /// `Aᵀ·B`: the gradient of weights.
    Turned,
}

/// A product `m×k · k×n` of a job.
struct Product(&'static str, Form, usize, usize, usize);

const PRODUCTS: [Product; 18] = {
    use Form::{Added, Panels, Turned};
    [
        Product("J1 input, layer 1", Panels, 80, 2, 1024),
        Product("J1 input, layer 2", Panels, 80, 256, 1024),
        Product("J1 recurrent", Added, 16, 256, 1024),
        Product("J1 recurrent, back", Added, 16, 1024, 256),
        Product("J1 dX", Panels, 80, 1024, 256),
        Product("J1 dW", Turned, 1024, 80, 256),
        Product("J2 input, layer 1", Panels, 960, 2, 512),
        Product("J2 input, layer 2", Panels, 960, 128, 512),
        Product("J2 recurrent", Added, 16, 128, 512),
        Product("J2 recurrent, back", Added, 16, 512, 128),
        Product("J2 dX", Panels, 960, 512, 128),
        Product("J2 dW", Turned, 512, 960, 128),
        Product("J3 input, layer 1", Panels, 1000, 2, 256),
        Product("J3 input, layer 2", Panels, 1000, 64, 256),
        Product("J3 recurrent", Added, 50, 64, 256),
        Product("J3 recurrent, back", Added, 50, 256, 64),
        Product("J3 dX", Panels, 1000, 256, 64),
        Product("J3 dW", Turned, 256, 1000, 64),
    ]
};

fn main() {
    let filter = std::env::args().skip(1).find(|a| a != "--bench");
    let wanted = |name: &str| filter.as_deref().is_none_or(|filter| name.contains(filter));
    let peak = peak();
    match peak {
        Some(peak) => println!("{:?}: {peak:.0} GFLOP/s at most\n", isa()),
        None => println!("{:?}\n", isa()),
    }
    println!("product                 m     k     n  GFLOP/s  per cent");
    for Product(name, form, m, k, n) in PRODUCTS.iter().filter(|product| wanted(product.0)) {
        let (m, k, n) = (*m, *k, *n);
        let (a, b) = (noise(m * k), noise(k * n));
        let mut panels = vec![0.0; packed_len(k, n)];
        pack(&mut panels, Mat::new(&b, k, n));
        let mut c = vec![0.0; m * n];
        let seconds = best(|| {
            let (to, packed) = (MatMut::new(&mut c, m, n), Packed::new(&panels, k, n));
            match form {
                Form::Panels => gemm_packed(to, Mat::new(&a, m, k), packed, Into::Overwrite),
                Form::Added => gemm_packed(to, Mat::new(&a, m, k), packed, Into::Accumulate),
                Form::Turned => {
                    let (a, b) = (Mat::new(&a, k, m).t(), Mat::new(&b, k, n));
                    gemm(to, a, b, Into::Overwrite);
                }
            }
        });
        black_box(&c);
        let rate = 2e-9 * (m * k * n) as f64 / seconds;
        let share = peak.map_or("–".into(), |peak| format!("{:.0}", 100.0 * rate / peak));
        println!("{name:20} {m:5} {k:5} {n:5}  {rate:7.0}  {share:>8}");
    }

    if wanted("optimiser") {
        println!("\noptimiser             weights     GB/s");
        for weights in [1 << 14, 790_821, 1 << 23] {
            let (mut w, g) = (noise(weights), noise(weights));
            let (mut m, mut v) = (vec![0.0; weights], vec![0.0; weights]);
            let step = AdamStep {
                rate: 1e-9,
                beta_1: 0.9,
                beta_2: 0.999,
                epsilon: 1e-7,
                keep: 1.0,
            };
            let seconds = best(|| adam(&mut w, &g, &mut m, &mut v, Clip::NONE, step));
            // Four vectors are read, three written.
            let rate = 7.0 * 4e-9 * weights as f64 / seconds;
            println!("Adam                {weights:9}  {rate:7.1}");
        }
    }
}

/// Seconds of one call, the best of many.
fn best(mut call: impl FnMut()) -> f64 {
    let start = Instant::now();
    call();
    let calls = (2e-3 / start.elapsed().as_secs_f64()).clamp(1.0, 1e5) as usize;
    let times = (0..60).map(|_| {
        let start = Instant::now();
        (0..calls).for_each(|_| call());
        start.elapsed().as_secs_f64() / calls as f64
    });
    times.fold(f64::INFINITY, f64::min)
}

fn noise(count: usize) -> Vec<f32> {
    let number = |i| ((i * 7919) % 1009) as f32 / 1009.0 - 0.5;
    (0..count).map(number).collect()
}

/// GFLOP/s of multiply-adds that need nothing from memory, where there is an instruction for them.
fn peak() -> Option<f64> {
    /// Independent sums: enough to hide how long one takes, few enough for the registers.
    const SUMS: usize = 12;
    const ROUNDS: usize = 20_000;
    let (lanes, run): (usize, fn() -> f32) = match isa() {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `isa` answers only what was detected.
        Isa::Avx512 => (16, || unsafe { avx512::<SUMS>(ROUNDS) }),
        #[cfg(target_arch = "x86_64")]
        // SAFETY: as above.
        Isa::Avx2 => (8, || unsafe { avx2::<SUMS>(ROUNDS) }),
        _ => return None,
    };
    let seconds = best(|| {
        black_box(run());
    });
    Some(2e-9 * (SUMS * ROUNDS * lanes) as f64 / seconds)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512<const SUMS: usize>(rounds: usize) -> f32 {
    use std::arch::x86_64::*;
    let (x, y) = (_mm512_set1_ps(black_box(0.5)), _mm512_set1_ps(0.25));
    let mut sums = [_mm512_setzero_ps(); SUMS];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = _mm512_fmadd_ps(x, y, *sum);
        }
    }
    sums.iter().map(|&sum| _mm512_reduce_add_ps(sum)).sum()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<const SUMS: usize>(rounds: usize) -> f32 {
    use std::arch::x86_64::*;
    let (x, y) = (_mm256_set1_ps(black_box(0.5)), _mm256_set1_ps(0.25));
    let mut sums = [_mm256_setzero_ps(); SUMS];
    for _ in 0..rounds {
        for sum in &mut sums {
            *sum = _mm256_fmadd_ps(x, y, *sum);
        }
    }
    sums.iter().map(|&sum| _mm256_cvtss_f32(sum)).sum()
}
