//! Which season a series has, if any, and how much its last season tells beside those before it: both
//! read off training rows. What this file is not: it cuts nothing in time, it is given the rows that
//! it may know.
//!
//! A season is believed where forecasts "as at the same place of the seasons before" have been better
//! than those "as the last value", step for step of the horizon. With `s₀` the value at the same
//! place of the last season, `s₁` that of the one before it and so on, such a forecast is
//!
//! ```text
//! level = Σⱼ (1 − w)ʲ sⱼ / Σⱼ (1 − w)ʲ      w = 1: the last season alone
//! ```
//!
//! exponential smoothing, that is, of each place of the season by itself.

/// Longest season that is looked for: a network reads it as so many numbers a step.
const LONGEST: usize = 1000;
/// Rows that the network reads, at most: less than a season, so that it reads row by row.
const READ: usize = 24;
/// Share of the last value's error that a season must not exceed to be believed.
const BELIEVED: f64 = 0.9;
/// Share of the error of a shorter season that a longer one must not exceed.
const LONGER: f64 = 0.98;
/// Weights of the last season that are tried.
const WEIGHTS: [f64; 9] = [1.0, 0.7, 0.5, 0.35, 0.25, 0.15, 0.1, 0.05, 0.02];
/// Rows from which forecasts are made in a trial, at most.
const ORIGINS: usize = 2000;

/// A season that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Season {
    /// Its rows.
    pub(crate) rows: usize,
    /// Rows of a window.
    pub(crate) window: usize,
    /// All seasons that are better than the last value, the shortest first.
    pub(crate) found: Vec<usize>,
}

/// The season that forecasts `horizon` rows of `values` best, of the `periods` that are likely.
pub(crate) fn find(values: &[f64], periods: &[usize], horizon: usize) -> Option<Season> {
    let usable = |&&period: &&usize| {
        (2..=LONGEST).contains(&period) && values.len() >= 2 * (2 * period + horizon)
    };
    let mut found = Vec::new();
    let mut best: Option<(f64, usize)> = None;
    for &period in periods.iter().filter(usable) {
        let window = window(period);
        let origins = origins(values.len(), window, horizon);
        let mean = |error: &dyn Fn(usize, usize) -> f64| -> f64 {
            let each = |&row: &usize| (0..horizon).map(|step| error(row, step)).sum::<f64>();
            origins.iter().map(each).sum::<f64>()
        };
        let naive = mean(&|row, step| (values[row + step] - values[row - 1]).abs());
        let levels = levels(values, period, weight(values, period));
        let seasonal =
            mean(&|row, step| (values[row + step] - levels[row - period + step % period]).abs());
        // A steady trend is no season: what drifts is measured from the last value.
        if seasonal <= BELIEVED * naive && naive > 0.0 {
            found.push(period);
            let ratio = seasonal / naive;
            if best.is_none_or(|(least, _)| ratio <= LONGER * least) {
                best = Some((ratio, period));
            }
        }
    }
    best.map(|(_, rows)| Season {
        rows,
        window: window(rows),
        found,
    })
}

/// Rows of a window for a season: one to measure from, and some to read.
pub(crate) fn window(season: usize) -> usize {
    season.saturating_add(READ.min(season - 1).max(1))
}

/// Rows from which `horizon` rows are forecast in a trial, spread over the rows.
fn origins(rows: usize, window: usize, horizon: usize) -> Vec<usize> {
    let end = (rows + 1).saturating_sub(horizon);
    let every = (end.saturating_sub(window) / ORIGINS).max(1);
    (window..end).step_by(every).collect()
}

/// The weight of the last season with which each row would have been forecast best a season before.
pub(crate) fn weight(values: &[f64], season: usize) -> f64 {
    let error = |weight: f64| -> f64 {
        let levels = levels(values, season, weight);
        let known = values.iter().zip(&levels).map(|(_, level)| level);
        let pairs = values.iter().skip(2 * season).zip(known.skip(season));
        pairs.map(|(value, level)| (value - level).abs()).sum()
    };
    let tried = WEIGHTS.iter().map(|&weight| (error(weight), weight));
    let best = tried.min_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or(1.0, |(_, weight)| weight)
}

/// The level of each row, which knows the row and those at the same place of the seasons before it;
/// see the top of the file.
pub(crate) fn levels(values: &[f64], season: usize, weight: f64) -> Vec<f64> {
    if weight >= 1.0 {
        return values.to_vec();
    }
    // Weighted sums, and the sums of their weights.
    let mut sums: Vec<(f64, f64)> = Vec::with_capacity(values.len());
    for (row, &value) in values.iter().enumerate() {
        let (sum, weights) = row
            .checked_sub(season)
            .map_or((0.0, 0.0), |before| sums[before]);
        sums.push((value + (1.0 - weight) * sum, 1.0 + (1.0 - weight) * weights));
    }
    sums.into_iter()
        .map(|(sum, weights)| sum / weights)
        .collect()
}

/// A longer season beside one of `season` rows: the multiple of it, up to 14, after which the changes from season
/// to season repeat best, and better than after its neighbours. Saturdays differ from Fridays every week.
pub(crate) fn longer(values: &[f64], season: usize) -> Option<usize> {
    /// Correlation from which on it is believed.
    const LEAST: f64 = 0.3;
    let changes = values.iter().zip(values.get(season..)?);
    let changes: Vec<f64> = changes.map(|(before, now)| now - before).collect();
    let most = (changes.len() / (2 * season.max(1))).min(14);
    let correlation: Vec<f64> = (0..=most + 1)
        .map(|multiple| {
            let Some(later) = changes.get(multiple * season..) else {
                return 0.0;
            };
            let product: f64 = changes.iter().zip(later).map(|(a, b)| a * b).sum();
            let squares = |of: &[f64]| of.iter().map(|c| c * c).sum::<f64>();
            let size = squares(&changes[..later.len()]) * squares(later);
            if size > 0.0 {
                product / size.sqrt()
            } else {
                0.0
            }
        })
        .collect();
    let peak = |&at: &usize| {
        let around = correlation[at - 1].max(correlation[at + 1]);
        correlation[at] >= LEAST && correlation[at] > around
    };
    let peaks = || (2..=most).filter(peak);
    let best = peaks().map(|at| correlation[at]).fold(0.0, f64::max);
    // What repeats every week does so every other week too.
    let first = peaks().find(|&at| correlation[at] >= 0.9 * best);
    first.map(|multiple| multiple * season)
}

/// Lags at which the changes of `values` repeat, the shortest first: local peaks of their
/// autocorrelation that chance hardly makes. For rows of which nothing tells how long a season is.
pub(crate) fn likely(values: &[f64]) -> Vec<usize> {
    /// Correlation from which on a lag is looked at.
    const LEAST: f64 = 0.3;
    /// Lags that are tried.
    const FEW: usize = 6;
    let changes: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let longest = LONGEST.min(changes.len() / 4);
    let mean = changes.iter().sum::<f64>() / changes.len().max(1) as f64;
    let recent = &changes[changes.len().saturating_sub(20 * LONGEST)..];
    let product = |lag: usize| -> f64 {
        let pairs = recent.iter().zip(&recent[lag..]);
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum()
    };
    let whole = product(0);
    if longest < 3 || whole <= 0.0 {
        return Vec::new();
    }
    let correlation: Vec<f64> = (0..=longest).map(|lag| product(lag) / whole).collect();
    let mut peaks: Vec<usize> = (2..longest)
        .filter(|&lag| {
            let around = [correlation[lag - 1], correlation[lag + 1]];
            correlation[lag] >= LEAST && around.iter().all(|&other| correlation[lag] > other)
        })
        .collect();
    peaks.sort_by(|&a, &b| correlation[b].total_cmp(&correlation[a]));
    peaks.truncate(FEW);
    peaks.sort_unstable();
    peaks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    /// Days within weeks, with noise.
    fn waves(rows: usize, noise: f64) -> Vec<f64> {
        let mut rng = Rng::named(1, "waves");
        let value = |row: usize| {
            let day = (row % 24) as f64 / 24.0 * std::f64::consts::TAU;
            let weekend = if row / 24 % 7 > 4 { 0.3 } else { 1.0 };
            100.0 + 10.0 * weekend * day.sin()
        };
        (0..rows)
            .map(|row| value(row) + noise * rng.normal())
            .collect()
    }

    #[test]
    fn the_longer_season_is_found_where_it_is_better() {
        let values = waves(2000, 1.0);
        let season = find(&values, &[24, 168], 24).unwrap();
        assert_eq!((season.rows, &season.found[..]), (168, &[24, 168][..]));
        assert_eq!(season.window, 168 + READ);
        assert_eq!(find(&values[..400], &[24, 168], 24).unwrap().rows, 24);
        assert!(likely(&values).contains(&24), "{:?}", likely(&values));
    }

    #[test]
    fn a_week_is_found_beside_a_day_and_nothing_beside_noise() {
        assert_eq!(longer(&waves(1000, 1.0), 24), Some(168));
        let mut rng = Rng::named(3, "noise");
        let noise: Vec<f64> = (0..300)
            .map(|row| f64::from(row % 12) + rng.normal())
            .collect();
        assert_eq!(longer(&noise, 12), None);
        assert_eq!(longer(&noise[..5], 12), None);
    }

    #[test]
    fn a_random_walk_has_no_season() {
        let mut rng = Rng::named(2, "walk");
        let mut value = 100.0;
        let walk: Vec<f64> = (0..3000)
            .map(|_| {
                value += rng.normal();
                value
            })
            .collect();
        for horizon in [1, 5, 20] {
            assert_eq!(find(&walk, &[5, 24], horizon), None, "{horizon}");
        }
        assert!(likely(&walk).is_empty());
    }

    #[test]
    fn noise_is_averaged_and_growth_is_not() {
        let noisy = waves(4000, 3.0);
        assert!(weight(&noisy, 168) < 0.3);
        let growing: Vec<f64> = waves(4000, 0.01)
            .iter()
            .enumerate()
            .map(|(row, value)| value + 0.1 * row as f64)
            .collect();
        assert_eq!(weight(&growing, 168), 1.0);
    }

    #[test]
    fn levels_by_hand() {
        // Seasons of two rows: 1 2, 3 4, 5 6; each counts twice as much as the one before it.
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        assert_eq!(levels(&values, 2, 1.0), values);
        let levels = levels(&values, 2, 0.5);
        assert_eq!(levels[..2], [1.0, 2.0]);
        assert!((levels[3] - (4.0 + 2.0 / 2.0) / 1.5).abs() < 1e-12);
        assert!((levels[5] - (6.0 + 4.0 / 2.0 + 2.0 / 4.0) / 1.75).abs() < 1e-12);
    }
}
