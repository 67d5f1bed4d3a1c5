//! How often the verdict claims skill where there is none, and where there is some: the default
//! preset on made-up series, test part the last fifth.
//!
//! `cargo bench --bench verdict -- [SERIES]` (200 unless told; some minutes). Prices are the
//! exponential of a walk whose steps are AR(1): with a memory of 0 a random walk, with 0.3 a
//! series whose best forecast has a mean error 4.6 per cent below the last value's. Months are a line, a season
//! of twelve and noise: what methods without a network already know.

use gatecast::forecast::Preset;
use gatecast::nn::TrainSpec;
use gatecast::{ForecastSpec, Forecaster, Series, parallel_map};
use jiff::civil::date;

fn main() {
    let count = std::env::args().skip(1).find_map(|a| a.parse().ok());
    let count: usize = count.unwrap_or(200);
    println!("series           rows  test  series  skill claimed  MAE/last value: median  largest");
    type Make = fn(u64) -> Series;
    let kinds: [(&str, Make, usize); 3] = [
        ("random walk", |seed| walk(0.0, 1500, seed), count),
        (
            "AR(1) steps",
            |seed| walk(0.3, 5000, seed),
            count.div_ceil(4),
        ),
        ("line and season", |seed| months(360, seed), count),
    ];
    for (name, make, count) in kinds {
        let rows = make(0).rows();
        let results = parallel_map(None, count, |seed| {
            let series = make(seed as u64);
            let spec = Preset::Default.spec();
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
            "{name:15}  {rows:4}  {:4}  {count:6}  {:11.1} %  {:22.4}  {:7.4}",
            rows / 5,
            100.0 * claimed as f64 / count as f64,
            ratios[count / 2],
            ratios[count - 1]
        );
    }
}

/// Months: a line, a season, noise.
fn months(rows: usize, seed: u64) -> Series {
    let noise = walk(0.0, rows + 1, seed);
    let prices = noise.column("close").expect("its column");
    let steps = prices
        .windows(2)
        .map(|pair| 100.0 * (pair[1] / pair[0]).ln());
    let value = |(row, step): (usize, f64)| {
        let place = std::f64::consts::TAU * (row % 12) as f64 / 12.0;
        100.0 + 0.1 * row as f64 + 5.0 * place.sin() + 3.0 * (2.0 * place).cos() + step
    };
    let values: Vec<f64> = steps.enumerate().map(value).collect();
    let dates = date(1990, 1, 1).series(jiff::ToSpan::month(1)).take(rows);
    Series::new("months", dates, [("close", values)]).expect("finite values")
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
