//! The Theta method, optimised: exponential smoothing of what remains beside a line through all values, the
//! line bent by a fitted weight (Assimakopoulos & Nikolopoulos 2000; as state-space models by Fiorucci,
//! Pellegrini, Louzada, Petropoulos & Koehler 2016). What this file is not: it does not know how many rows
//! it may see, it is given them.
//!
//! With `i` rows known, the line `A + B·t` through them and the level `ℓ` that smoothing with `α` gives, the
//! next value is expected to be (their equations 12 to 18; `θ ≥ 1`)
//!
//! ```text
//! μ = ℓ + w·(A·(1 − α)ⁱ + B·(1 − (1 − α)ⁱ⁺¹)/α)        w = 1 − 1/θ
//! ```
//!
//! The line is that through all known rows, followed row by row (the dynamic model), or that through the
//! training rows, held (the static one); the forecast is the mean of both, which did better than either, or
//! than the one with the smaller errors, on every set of `docs/forecasting.md`. For a given `α` the errors are
//! linear in `w` and in the first level, so both follow from two normal equations and only `α` is searched.

use super::decompose::{Season, indices, is_seasonal};
use super::line;
use super::minimize::minimize_one;

/// Between which `α` is searched.
const ALPHA: (f64, f64) = (0.1, 0.9999);
/// The largest weight of the line.
const MOST: f64 = 1.0 - 1e-10;
/// Errors of the first rows do not count: the line hardly stands yet.
const SETTLED: usize = 3;

/// Both models, fitted.
#[derive(Clone, Debug)]
pub(crate) struct Theta {
    season: Option<(Season, Vec<f64>)>,
    models: [Model; 2],
}

/// A fitted model, and its states after every row.
#[derive(Clone, Debug)]
struct Model {
    dynamic: bool,
    alpha: f64,
    weight: f64,
    states: Vec<State>,
}

/// Level, mean and line after a row.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    level: f64,
    mean: f64,
    line: Line,
}

/// `a + b·t`.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    a: f64,
    b: f64,
}

impl Line {
    /// Through all values, the first at `t = 1`.
    fn through(values: &[f64]) -> Self {
        let (a, b) = line(values.len(), |row| values[row]);
        Self { a, b }
    }

    /// What it adds to the level after `row` rows, but for the weight; `kept` is `(1 − α)` to the power
    /// of `row`.
    fn pull(self, alpha: f64, kept: f64) -> f64 {
        self.a * kept + self.b * (1.0 - kept * (1.0 - alpha)) / alpha
    }

    /// One more value behind `row` others, whose mean was `mean`.
    fn followed(self, row: usize, mean: f64, value: f64) -> (Self, f64) {
        let i = row as f64;
        let b = ((i - 1.0) * self.b + 6.0 * (value - mean) / (i + 1.0)) / (i + 2.0);
        let mean = (i * mean + value) / (i + 1.0);
        let a = mean - b * (i + 2.0) / 2.0;
        (Self { a, b }, mean)
    }
}

/// What fits best for one `α`.
#[derive(Clone, Copy, Debug)]
struct Fit {
    squares: f64,
    first: f64,
    weight: f64,
}

impl Theta {
    /// Fits both models to the first `known` of `values`, and follows all values with them. A season of
    /// `period` rows is taken out where a test finds one. `None` below four rows.
    pub(crate) fn fit(values: &[f64], known: usize, period: usize) -> Option<Self> {
        let known = known.min(values.len());
        if known <= SETTLED {
            return None;
        }
        let season = season(&values[..known], period);
        let plain = without(values, season.as_ref());
        Some(Self {
            season,
            models: [true, false].map(|dynamic| Model::fit(&plain, known, dynamic)),
        })
    }

    /// Forecasts the rows from `row` on (at least 1), knowing those before it.
    pub(crate) fn forecast(&self, row: usize, out: &mut [f64]) {
        out.fill(0.0);
        let steps = out.len();
        for model in &self.models {
            model.forecast(row, steps, |step, value| out[step] += value / 2.0);
        }
        for (step, out) in out.iter_mut().enumerate() {
            match &self.season {
                None => {}
                Some((Season::Additive, s)) => *out += s[(row + step) % s.len()],
                Some((Season::Multiplicative, s)) => *out *= s[(row + step) % s.len()],
            }
        }
    }
}

impl Model {
    /// Of values without a season.
    fn fit(values: &[f64], known: usize, dynamic: bool) -> Self {
        let (learnt, lines) = (&values[..known], lines(values, known, dynamic));
        let squares = |alpha| best(learnt, &lines, alpha).squares;
        let alpha = minimize_one(ALPHA.0, ALPHA.1, 12, 1e-4, squares);
        Self::of(values, &lines, dynamic, alpha, best(learnt, &lines, alpha))
    }

    /// What following all values leaves behind.
    fn of(values: &[f64], lines: &[Line], dynamic: bool, alpha: f64, fit: Fit) -> Self {
        let (mut level, mut sum) = (fit.first, 0.0);
        let each = values.iter().zip(lines).enumerate();
        let states = each.map(|(row, (value, &line))| {
            level += alpha * (value - level);
            sum += value;
            let mean = sum / (row + 1) as f64;
            State { level, mean, line }
        });
        Self {
            dynamic,
            alpha,
            weight: fit.weight,
            states: states.collect(),
        }
    }

    /// Tells of so many steps from `row` on; each takes the one before for known.
    fn forecast(&self, row: usize, steps: usize, mut tell: impl FnMut(usize, f64)) {
        let mut state = self.states[row - 1];
        let mut kept = (1.0 - self.alpha).powf(row as f64);
        for step in 0..steps {
            let value = state.level + self.weight * state.line.pull(self.alpha, kept);
            tell(step, value);
            kept *= 1.0 - self.alpha;
            state.level += self.alpha * (value - state.level);
            if self.dynamic {
                (state.line, state.mean) = state.line.followed(row + step, state.mean, value);
            }
        }
    }
}

/// The season, where a test finds one: one that multiplies, or else one that is added.
fn season(values: &[f64], period: usize) -> Option<(Season, Vec<f64>)> {
    if period < 2 || !is_seasonal(values, period) {
        return None;
    }
    let positive = values.iter().all(|&value| value > 0.0);
    let kinds = [Season::Multiplicative, Season::Additive];
    kinds
        .into_iter()
        .filter(|&kind| positive || kind == Season::Additive)
        .find_map(|kind| Some((kind, indices(values, period, kind)?)))
}

/// The values without their season.
fn without(values: &[f64], season: Option<&(Season, Vec<f64>)>) -> Vec<f64> {
    let each = |(row, &value): (usize, &f64)| match season {
        None => value,
        Some((Season::Additive, s)) => value - s[row % s.len()],
        Some((Season::Multiplicative, s)) => value / s[row % s.len()],
    };
    values.iter().enumerate().map(each).collect()
}

/// The line of each row: that through all values up to it, or that through the first `known`.
fn lines(values: &[f64], known: usize, dynamic: bool) -> Vec<Line> {
    if !dynamic {
        return vec![Line::through(&values[..known]); values.len()];
    }
    let first = Line {
        a: values[0],
        b: 0.0,
    };
    let (mut line, mut mean) = (first, values[0]);
    let mut lines = vec![first];
    for (row, &value) in values.iter().enumerate().skip(1) {
        (line, mean) = line.followed(row, mean, value);
        lines.push(line);
    }
    lines
}

/// The first level and the weight of the line with the smallest squares of errors for this `alpha`.
fn best(values: &[f64], lines: &[Line], alpha: f64) -> Fit {
    // value − level of a start at zero = first·kept + weight·pull + error
    let (mut kk, mut kp, mut pp, mut ky, mut py, mut yy) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    let (mut level, mut kept) = (0.0, 1.0);
    for (row, &value) in values.iter().enumerate() {
        if row >= SETTLED {
            let pull = lines[row - 1].pull(alpha, kept);
            let y = value - level;
            kk += kept * kept;
            kp += kept * pull;
            pp += pull * pull;
            ky += kept * y;
            py += pull * y;
            yy += y * y;
        }
        level += alpha * (value - level);
        kept *= 1.0 - alpha;
    }
    let usable = |number: f64| if number.is_finite() { number } else { 0.0 };
    let weight = usable((py * kk - ky * kp) / (kk * pp - kp * kp)).clamp(0.0, MOST);
    // The squares are a bowl: with the weight at a bound, the best level is that for this weight.
    let first = usable((ky - weight * kp) / kk);
    let fitted = first * (first * kk - 2.0 * ky) + weight * (weight * pp - 2.0 * py);
    Fit {
        squares: (yy + fitted + 2.0 * first * weight * kp).max(0.0),
        first,
        weight,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde::Deserialize;

    use super::super::tests::{assert_close, golden};
    use super::*;

    #[derive(Deserialize)]
    pub(in super::super) struct Case {
        dynamic: bool,
        first: f64,
        alpha: f64,
        weight: f64,
        squares: f64,
        forecast: Vec<f64>,
    }

    #[test]
    fn with_given_parameters_both_models_are_statsforecasts() {
        let golden = golden();
        let values = &golden.values;
        for case in &golden.theta {
            let fit = Fit {
                squares: case.squares,
                first: case.first,
                weight: case.weight,
            };
            let lines = lines(values, values.len(), case.dynamic);
            let model = Model::of(values, &lines, case.dynamic, case.alpha, fit);
            let mut forecast = vec![0.0; case.forecast.len()];
            model.forecast(values.len(), case.forecast.len(), |step, value| {
                forecast[step] = value;
            });
            assert_close(&forecast, &case.forecast, 1e-9, "forecast");
            // What is best is no worse, and the errors of a fit are those of its forecasts.
            let best = best(values, &lines, case.alpha);
            assert!(best.squares <= case.squares, "{best:?} {}", case.squares);
            let errors = (SETTLED..values.len()).map(|row| {
                let mut error = 0.0;
                let model = Model::of(values, &lines, case.dynamic, case.alpha, best);
                model.forecast(row, 1, |_, value| error = values[row] - value);
                error * error
            });
            assert_close(&[errors.sum()], &[best.squares], 1e-9, "squares");
        }
    }

    #[test]
    fn a_line_goes_on_and_too_few_rows_give_nothing() {
        let line: Vec<f64> = (0..30).map(|t| 5.0 + 2.0 * f64::from(t)).collect();
        let mut forecast = [0.0; 4];
        Theta::fit(&line, 30, 1)
            .unwrap()
            .forecast(30, &mut forecast);
        for (step, value) in forecast.iter().enumerate() {
            let want = 5.0 + 2.0 * (30 + step) as f64;
            assert!((value - want).abs() < 0.5, "{forecast:?}");
        }
        assert!(Theta::fit(&line, 3, 1).is_none());
    }
}
