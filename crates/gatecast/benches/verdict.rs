//! How often the verdict claims skill where there is none, and where there is some: the default
//! preset on made-up prices, test part the last fifth.
//!
//! `cargo bench --bench verdict -- [SERIES]` (200 unless told; some minutes). Prices are the
//! exponential of a walk whose steps are AR(1): with a memory of 0 a random walk, with 0.3 a
//! series whose best forecast has a mean error 4.6 per cent below the last value's.

use gatecast::nn::TrainSpec;
use gatecast::{ForecastSpec, Forecaster, Series, parallel_map};
use jiff::civil::date;

fn main() {
    let count = std::env::args().skip(1).find_map(|a| a.parse().ok());
    let count: usize = count.unwrap_or(200);
    println!("memory  rows  test  series  skill claimed  MAE/last value: median  largest");
    for (memory, rows, count) in [(0.0, 1500, count), (0.3, 5000, count.div_ceil(4))] {
        let results = parallel_map(None, count, |seed| {
            let series = walk(memory, rows, seed as u64);
            let spec = ForecastSpec::default();
            let train = TrainSpec {
                threads: Some(1),
                ..spec.train.clone()
            };
            let spec = ForecastSpec { train, ..spec };
            let forecaster = Forecaster::new(spec).expect("the default is valid");
            let fitted = forecaster.fit(&series).expect("rows enough");
            let scores = fitted.scores().expect("a test part");
            let claimed = fitted.verdict().is_some_and(|verdict| verdict.has_skill);
            (claimed, scores.mae / scores.naive_mae)
        });
        let claimed = results.iter().filter(|(claimed, _)| *claimed).count();
        let mut ratios: Vec<f64> = results.iter().map(|(_, ratio)| *ratio).collect();
        ratios.sort_by(f64::total_cmp);
        println!(
            "{memory:6}  {rows:4}  {:4}  {count:6}  {:11.1} %  {:22.4}  {:7.4}",
            rows / 5,
            100.0 * claimed as f64 / count as f64,
            ratios[count / 2],
            ratios[count - 1]
        );
    }
}

/// Prices whose logarithm goes by steps of about one per cent, each `memory` of the one before it
/// plus noise.
fn walk(memory: f64, rows: usize, seed: u64) -> Series {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    // SplitMix64 (Steele, Lea & Flood 2014), then Box & Muller.
    let mut uniform = move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    };
    let (mut step, mut level) = (0.0, 100.0f64.ln());
    let prices = (0..rows).map(|_| {
        let radius = (-2.0 * (1.0 - uniform()).ln()).sqrt();
        let noise = 0.01 * radius * (std::f64::consts::TAU * uniform()).cos();
        step = memory * step + noise;
        level += step;
        level.exp()
    });
    let prices: Vec<f64> = prices.collect();
    let dates = date(2000, 1, 1).series(jiff::ToSpan::day(1)).take(rows);
    Series::new("walk", dates, [("close", prices)]).expect("finite prices")
}
