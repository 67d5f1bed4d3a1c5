//! What a network weighs for each step of a horizon: simple forecasts that follow from the window alone. What this
//! file is not: it learns no weights, and it cuts no windows.
//!
//! A window is looked at in its own terms: where all its values are above zero their logarithms, from the mean of
//! the last season on, in units of their mean change from season to season; so a series of millions and one of
//! thousandths, a calm one and a wild one are alike. In these terms, with `x` a window of `T` rows, `m` the
//! rows of a season, `n` those of a longer one, and `i` counting from 0:
//!
//! | with a season | step `i` |
//! |---|---|
//! | last season; the one before | `x[T − m + i mod m]`; `x[T − 2m + i mod m]` |
//! | mean of the last 7, and of 3 | at the place `i mod m` |
//! | last season, drifting; half as much | `+ d·(1 + i div m)`, `d` the change of the season's mean |
//! | third season back | `x[T − 3m + i mod m]`, where there is a longer season |
//! | longer season; the one before | `x[T − n + i mod n]`; `x[T − 2n + i mod n]` |
//!
//! | without | |
//! |---|---|
//! | last value | `x[T − 1]` |
//! | drift of the window; half; of five rows | `+ d·(i + 1)` |
//! | drift of the values, where `x` are logarithms | as the first drift |
//!
//! and in both cases some exponential smoothings with additive season and damped trend (Holt & Winters), each with
//! parameters that are given, [`SEASONAL`] or [`PLAIN`], that begin with the window.
//!
//! Where a window is too short for one of them, the last season or the last value stands in its place.
//!
//! The network is told how each did: its error over the last horizon, known by what was before it.

use std::cell::RefCell;

/// Furthest that a number goes to the network, in the window's own terms.
pub(crate) const FURTHEST: f64 = 10.0;
/// Smallest unit, as a share of the level: where nothing changes there is nothing to divide by.
const LEAST_UNIT: f64 = 1e-3;
/// Below this share of the level a value counts as so much: a logarithm has no bottom.
const LEAST_VALUE: f64 = 1e-3;
/// How far the errors of a window count by their size beside the level, and not only beside its changes: the
/// unit is that in which an error is half one and half the other.
const BY_LEVEL: f64 = 5.0;
/// Smoothings of a series with a season: `α`, `β`, `φ`, `γ`.
const SEASONAL: [[f64; 4]; 6] = [
    [0.2, 0.0, 1.0, 0.2],
    [0.5, 0.0, 1.0, 0.2],
    [0.9, 0.0, 1.0, 0.2],
    [0.3, 0.05, 0.95, 0.2],
    [0.6, 0.1, 0.9, 0.2],
    [0.3, 0.1, 1.0, 0.2],
];
/// Those of one without.
const PLAIN: [[f64; 4]; 7] = [
    [0.3, 0.0, 1.0, 0.0],
    [0.6, 0.0, 1.0, 0.0],
    [0.5, 0.2, 0.9, 0.0],
    [0.8, 0.3, 0.9, 0.0],
    [0.5, 0.2, 1.0, 0.0],
    [0.8, 0.3, 1.0, 0.0],
    [0.3, 0.1, 1.0, 0.0],
];
/// Rows whose mean is the level, without a season.
const LEVEL_ROWS: usize = 3;

/// Seasons of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seasons {
    /// Rows of one; 1 without.
    pub(crate) short: usize,
    /// Rows of a longer one; 0 without.
    pub(crate) long: usize,
}

impl Seasons {
    /// Simple forecasts that there are.
    pub(crate) fn count(self) -> usize {
        match (self.short, self.long) {
            (..=1, _) => 5 + PLAIN.len(),
            (_, 0) => 6 + SEASONAL.len(),
            _ => 9 + SEASONAL.len(),
        }
    }
}

/// How a window's values become numbers of its own terms, and back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Terms {
    logarithms: bool,
    level: f64,
    center: f64,
    unit: f64,
}

impl Terms {
    /// Of the values of a window, at least one.
    pub(crate) fn of(values: &[f64], seasons: Seasons) -> Self {
        let rows = values.len();
        let recent = match seasons {
            Seasons { short: ..=1, .. } => LEVEL_ROWS,
            Seasons { short, long: 0 } => short,
            Seasons { long, .. } => long,
        };
        let recent = &values[rows.saturating_sub(recent)..];
        let mean = |each: &dyn Fn(f64) -> f64| -> f64 {
            recent.iter().map(|&v| each(v)).sum::<f64>() / recent.len() as f64
        };
        let level = mean(&f64::abs);
        let level = if level.is_normal() { level } else { 1.0 };
        let plain = Self {
            logarithms: values.iter().all(|&value| value > 0.0),
            level,
            center: 0.0,
            unit: 1.0,
        };
        let center = mean(&|value| plain.to(value));
        let lag = if rows > seasons.short {
            seasons.short
        } else {
            1
        };
        let changes = values.iter().zip(&values[lag.min(rows)..]);
        let change: f64 = changes
            .map(|(before, now)| (plain.to(*now) - plain.to(*before)).abs())
            .sum();
        let change = change / rows.saturating_sub(lag).max(1) as f64;
        let change = change.max(LEAST_UNIT);
        Self {
            center,
            unit: 2.0 * change / (1.0 + BY_LEVEL * change),
            ..plain
        }
    }

    /// A value in the window's terms.
    pub(crate) fn to(self, value: f64) -> f64 {
        let share = value / self.level;
        let number = match self.logarithms {
            true => share.max(LEAST_VALUE).ln(),
            false => share,
        };
        (number - self.center) / self.unit
    }

    /// The unit, at the level of the window, in the units of the file.
    pub(crate) fn size(self) -> f64 {
        self.unit * self.level
    }

    /// How much an error counts beside these simple forecasts of a step. One of logarithms is a share of its value,
    /// as sMAPE counts; half of it counts by the size of what is forecast, as MASE does.
    pub(crate) fn weight(self, simple: &[f32]) -> f32 {
        /// Sizes beside the window's level that are told apart.
        const SIZES: std::ops::RangeInclusive<f64> = 0.1..=10.0;
        if !self.logarithms {
            return 1.0;
        }
        let mean = f64::from(simple.iter().sum::<f32>() / simple.len() as f32);
        let size = (mean * self.unit + self.center).exp();
        (0.5 + 0.5 * size.clamp(*SIZES.start(), *SIZES.end())) as f32
    }

    /// The value behind a number.
    pub(crate) fn back(self, number: f64) -> f64 {
        let number = number * self.unit + self.center;
        match self.logarithms {
            // A factor of e²⁰ is beyond any forecast, and below any overflow.
            true => number.min(20.0).exp() * self.level,
            false => number * self.level,
        }
    }
}

/// Writes the simple forecasts of each of `horizon` steps: `put(step, which, number)`. `x` is the window, oldest
/// first, in its own terms.
pub(crate) fn simple(
    x: &[f64],
    terms: Terms,
    seasons: Seasons,
    horizon: usize,
    mut put: impl FnMut(usize, usize, f64),
) {
    let (rows, m) = (x.len(), seasons.short);
    let last = x[rows - 1];
    if m <= 1 {
        let slope = |over: usize| match rows.min(over + 1) {
            ..=1 => 0.0,
            rows_back => (last - x[rows - rows_back]) / (rows_back - 1) as f64,
        };
        let (whole, recent) = (slope(rows), slope(5));
        let (first_value, last_value) = (terms.back(x[0]), terms.back(last));
        let straight = (last_value - first_value) / (rows - 1).max(1) as f64;
        for step in 0..horizon {
            let ahead = (step + 1) as f64;
            put(step, 0, last);
            put(step, 1, last + whole * ahead);
            put(step, 2, last + 0.5 * whole * ahead);
            put(step, 3, last + recent * ahead);
            put(step, 4, terms.to(last_value + straight * ahead));
        }
        for (which, parameters) in PLAIN.into_iter().enumerate() {
            smooth(x, 1, parameters, horizon, |step, number| {
                put(step, 5 + which, number)
            });
        }
        return;
    }
    // The value at the place of a step, so many seasons of `period` rows back.
    let back = |step: usize, period: usize, seasons: usize| {
        let row = (rows + step % period).checked_sub(period * seasons)?;
        x.get(row).copied()
    };
    let season = |step: usize| back(step, m, 1).unwrap_or(last);
    let mean_of = |step: usize, most: usize| {
        let there = most.min(rows / m).max(1);
        let sum: f64 = (1..=there).map(|s| back(step, m, s).unwrap_or(last)).sum();
        sum / there as f64
    };
    let mean = |from: usize| x[from..from + m].iter().sum::<f64>() / m as f64;
    let drift = match rows / m {
        ..=1 => 0.0,
        _ => mean(rows - m) - mean(rows - 2 * m),
    };
    for step in 0..horizon {
        let now = season(step);
        let ahead = (1 + step / m) as f64;
        put(step, 0, now);
        put(step, 1, back(step, m, 2).unwrap_or(now));
        put(step, 2, mean_of(step, 7));
        put(step, 3, mean_of(step, 3));
        put(step, 4, now + drift * ahead);
        put(step, 5, now + 0.5 * drift * ahead);
        if seasons.long > 0 {
            let long = back(step, seasons.long, 1).unwrap_or(now);
            put(step, 6, back(step, m, 3).unwrap_or(now));
            put(step, 7, long);
            put(step, 8, back(step, seasons.long, 2).unwrap_or(long));
        }
    }
    let first = seasons.count() - SEASONAL.len();
    for (which, parameters) in SEASONAL.into_iter().enumerate() {
        smooth(x, m, parameters, horizon, |step, number| {
            put(step, first + which, number)
        });
    }
}

/// Exponential smoothing of `x` with a season of `m` rows, and what it forecasts. Of less than a season it is the
/// last value.
fn smooth(
    x: &[f64],
    m: usize,
    [alpha, beta, phi, gamma]: [f64; 4],
    horizon: usize,
    mut put: impl FnMut(usize, f64),
) {
    let (mut level, mut slope) = (x[x.len() - 1], 0.0);
    SEASON.with_borrow_mut(|season| {
        season.clear();
        season.resize(m, 0.0);
        if x.len() >= m {
            level = x[..m].iter().sum::<f64>() / m as f64;
            if m > 1 {
                for (to, x) in season.iter_mut().zip(x) {
                    *to = x - level;
                }
            } else if beta > 0.0 && x.len() > 1 {
                slope = 0.5 * (x[1] - x[0]);
            }
            for (row, &value) in x.iter().enumerate().skip(m) {
                let place = &mut season[row % m];
                let expected = level + phi * slope;
                let next = expected + alpha * (value - *place - expected);
                slope = beta * (next - level) + (1.0 - beta) * phi * slope;
                level = next;
                *place += gamma * (value - level - *place);
            }
        }
        let (mut power, mut damped) = (1.0, 0.0);
        for step in 0..horizon {
            power *= phi;
            damped += power;
            put(step, level + damped * slope + season[(x.len() + step) % m]);
        }
    });
}

/// How each simple forecast did over the last `horizon` rows of a window, known by the rows before: `put(which,
/// number)`, about zero for an error like that of the others, below for a smaller one. Where there are not
/// rows enough, all are zero.
pub(crate) fn record(
    x: &[f64],
    terms: Terms,
    seasons: Seasons,
    horizon: usize,
    mut put: impl FnMut(usize, f64),
) {
    /// What is added to each error, as a share of their mean, so that none is infinitely good.
    const GRACE: f64 = 0.05;
    let count = seasons.count();
    let known = x.len().saturating_sub(horizon).max(seasons.short.max(3));
    let after = x.get(known..).filter(|after| !after.is_empty());
    ERRORS.with_borrow_mut(|errors| {
        errors.clear();
        errors.resize(count, 0.0);
        if let Some(after) = after {
            simple(
                &x[..known],
                terms,
                seasons,
                after.len(),
                |step, which, number| {
                    errors[which] += (number - after[step]).abs();
                },
            );
        }
        let mean = errors.iter().sum::<f64>() / count as f64;
        for (which, error) in errors.iter().enumerate() {
            put(
                which,
                if mean > 0.0 {
                    (error / mean + GRACE).ln()
                } else {
                    0.0
                },
            );
        }
    });
}

thread_local! {
    /// Kept from window to window.
    static SEASON: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
    static ERRORS: RefCell<Vec<f64>> = const { RefCell::new(Vec::new()) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(values: &[f64], seasons: Seasons, horizon: usize) -> Vec<Vec<f64>> {
        let terms = Terms::of(values, seasons);
        let x: Vec<f64> = values.iter().map(|&v| terms.to(v)).collect();
        let mut all = vec![vec![f64::NAN; horizon]; seasons.count()];
        simple(&x, terms, seasons, horizon, |step, which, number| {
            all[which][step] = terms.back(number);
        });
        all
    }

    #[test]
    fn an_error_of_logarithms_counts_half_by_the_size_of_what_is_forecast() {
        let seasons = Seasons { short: 1, long: 0 };
        let terms = Terms::of(&[90.0, 110.0, 100.0], seasons);
        // Beside the level of 100: as it, twice and far above it.
        for (value, want) in [(100.0, 1.0), (200.0, 1.5), (1e9, 5.5)] {
            let number = terms.to(value) as f32;
            let weight = terms.weight(&[number, number]);
            assert!((weight - want).abs() < 1e-4, "{value}: {weight}");
        }
        let signed = Terms::of(&[-90.0, 110.0, 100.0], seasons);
        assert_eq!(signed.weight(&[50.0]), 1.0);
    }

    #[test]
    fn each_by_its_formula() {
        // With a value of zero there are no logarithms, and all is linear.
        let values = [0.0, 2.0, 4.0, 3.0, 5.0, 8.0];
        let seasons = Seasons { short: 2, long: 0 };
        let want = [
            [5.0, 8.0, 5.0],
            [4.0, 3.0, 4.0],
            [3.0, 13.0 / 3.0, 3.0],
            [3.0, 13.0 / 3.0, 3.0],
            [8.0, 11.0, 11.0],
            [6.5, 9.5, 8.0],
        ];
        for (got, want) in of(&values, seasons, 3)
            .iter()
            .flatten()
            .zip(want.as_flattened())
        {
            assert!((got - want).abs() < 1e-9, "{got} {want}");
        }
        let none = Seasons { short: 1, long: 0 };
        let want = [
            [8.0, 8.0],
            [9.6, 11.2],
            [8.8, 9.6],
            [9.6, 11.2],
            [9.6, 11.2],
        ];
        for (got, want) in of(&values, none, 2)
            .iter()
            .flatten()
            .zip(want.as_flattened())
        {
            assert!((got - want).abs() < 1e-9, "{got} {want}");
        }
        // Of eight seasons the mean is that of seven.
        let eight: Vec<f64> = (0..16).map(f64::from).collect();
        let means = of(&eight, seasons, 1);
        assert!((means[2][0] - 8.0).abs() < 1e-9 && (means[3][0] - 12.0).abs() < 1e-9);
        // Logarithms grow by a factor, values by a sum.
        let doubled = of(&[1.0, 2.0, 4.0, 8.0], none, 1);
        assert!((doubled[1][0] - 16.0).abs() < 1e-9, "{doubled:?}");
        assert!(
            (doubled[4][0] - (8.0 + 7.0 / 3.0)).abs() < 1e-9,
            "{doubled:?}"
        );
    }

    #[test]
    fn a_longer_season_is_read_where_the_window_has_it() {
        let values: Vec<f64> = (0..14).map(|t| 1.0 + f64::from(t)).collect();
        let all = of(&values, Seasons { short: 2, long: 6 }, 2);
        let near = |got: f64, want: f64| assert!((got - want).abs() < 1e-9, "{got} {want}");
        near(all[6][1], 10.0);
        near(all[7][0], 9.0);
        near(all[8][1], 4.0);
        let all = of(&values[..5], Seasons { short: 2, long: 6 }, 2);
        near(all[7][0], 4.0);
        near(all[8][0], 4.0);
    }

    #[test]
    fn a_smoothing_by_hand() {
        let forecast = |x: &[f64], m, parameters| {
            let mut out = [f64::NAN; 2];
            smooth(x, m, parameters, 2, |step, number| out[step] = number);
            out
        };
        let near = |got: [f64; 2], want: [f64; 2]| {
            let off = got.iter().zip(want).map(|(g, w)| (g - w).abs());
            assert!(off.sum::<f64>() < 1e-9, "{got:?} {want:?}");
        };
        near(forecast(&[1.0, 3.0], 1, [0.5, 0.0, 1.0, 0.0]), [2.0, 2.0]);
        // The slope begins at 1, so 1.5 is expected; the level becomes 2.25, the slope 0.875.
        near(
            forecast(&[1.0, 3.0], 1, [0.5, 0.5, 0.5, 0.0]),
            [2.25 + 0.4375, 2.25 + 0.65625],
        );
        // Level 2, then 2.5 and 2.75; seasons −1 and 1, then −0.9 and 1.05.
        near(
            forecast(&[1.0, 3.0, 2.0, 4.0], 2, [0.5, 0.0, 1.0, 0.2]),
            [1.85, 3.8],
        );
        near(forecast(&[1.0, 3.0], 4, [0.5, 0.0, 1.0, 0.2]), [3.0, 3.0]);
    }

    #[test]
    fn what_did_better_over_the_last_horizon_has_the_smaller_record() {
        let seasons = Seasons { short: 1, long: 0 };
        let of = |values: &[f64]| {
            let terms = Terms::of(values, seasons);
            let x: Vec<f64> = values.iter().map(|&v| terms.to(v)).collect();
            let mut all = vec![f64::NAN; seasons.count()];
            record(&x, terms, seasons, 3, |which, number| all[which] = number);
            all
        };
        // On a line that goes through zero, a drift is never off and the last value always.
        let line: Vec<f64> = (0..10).map(f64::from).collect();
        let found = of(&line);
        assert!((found[1] - 0.05f64.ln()).abs() < 1e-6, "{found:?}");
        assert!(found[0] > 0.0 && found[2] < found[0], "{found:?}");
        // What three rows tell of three others is nothing.
        assert_eq!(of(&line[..3]), vec![0.0; seasons.count()]);
    }

    proptest! {
        #[test]
        fn any_window_has_finite_numbers_and_comes_back(
            values in prop::collection::vec(prop_oneof![Just(0.0), -1e9..1e9f64, 1e-6..1.0f64], 1..40),
            short in 1usize..6, long in prop_oneof![Just(0usize), 7usize..9],
        ) {
            let seasons = Seasons { short, long: if short > 1 { long } else { 0 } };
            let terms = Terms::of(&values, seasons);
            for &value in &values {
                let back = terms.back(terms.to(value));
                let least = if terms.logarithms { LEAST_VALUE * terms.level } else { 0.0 };
                let reachable = value.max(if terms.logarithms { least } else { value });
                // Beyond e²⁰ times its level a value is cut.
                if reachable < 1e8 * terms.level || !terms.logarithms {
                    prop_assert!((back - reachable).abs() <= 1e-6 * (reachable.abs() + terms.level), "{} {}", back, value);
                }
            }
            let x: Vec<f64> = values.iter().map(|&v| terms.to(v)).collect();
            simple(&x, terms, seasons, 9, |_, _, number| assert!(number.is_finite()));
        }
    }
}
