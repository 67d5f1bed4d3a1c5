//! Exponential smoothing, chosen and fitted by itself: level, trend and season that follow the values
//! (Hyndman, Koehler, Ord & Snyder, *Forecasting with Exponential Smoothing*, 2008; "ETS"). What this file is
//! not: it does not know how many rows it may see, it is given them.
//!
//! With `q = ℓ + φ·b` the level expected and `s` the season of a period before, a value `y` is expected to
//! be `q`, `q + s` or `q·s`. Then, with `p` the value without its season and `r` without its level,
//!
//! ```text
//! ℓ ← q + α·(p − q)                no season  p = y
//! b ← φ·b + β·(p − q)              added      p = y − s,  r = y − q
//! s ← s + γ·(r − s)                multiplies p = y / s,  r = y / q
//! ```
//!
//! which are the error-correction forms of tables 2.2 and 2.3 there. Errors are either added or in
//! proportion to what is expected. Parameters and first states have the largest likelihood, and the form has
//! the smallest AICc. They are usually found by trial (Nelder & Mead); here the search follows the gradient,
//! which a pass back through time gives at the price of one more pass.

use super::decompose::{Season, indices};
use super::minimize::{logistic, logistic_slope, logit, minimize};
use super::{line, log_squares};

/// Bounds of the smoothing parameters, and of the damping.
const SMOOTHING: (f64, f64) = (1e-4, 0.9999);
const DAMPING: (f64, f64) = (0.8, 0.98);
/// A season longer than this has too many first states to be fitted.
pub(crate) const LONGEST: usize = 24;
/// `α` is at most this over the period: a level that follows every value of a long season at once explains
/// the next value, but none after it. 8 makes no difference to quarters, little to months, and 29 % to the
/// error of a day ahead of hours (`docs/forecasting.md`).
const FASTEST: f64 = 8.0;
/// `β` is at most about this over the period: a trend is no trend if it turns with every value.
const STEADY: f64 = 0.2;
/// Gain in the likelihood that is not worth another step.
const TOLERANCE: f64 = 1e-3;

/// How a model is made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Form {
    /// Whether errors are in proportion.
    proportional: bool,
    trend: bool,
    damped: bool,
    season: Option<Season>,
}

impl Form {
    /// Those that are tried. An added error goes with no season that multiplies: such forms may divide by
    /// numbers around zero.
    fn all(positive: bool, seasonal: bool) -> Vec<Self> {
        let seasons = [None, Some(Season::Additive), Some(Season::Multiplicative)];
        let mut all = Vec::new();
        for proportional in [false, true] {
            for (trend, damped) in [(false, false), (true, false), (true, true)] {
                for season in seasons {
                    let multiplies = season == Some(Season::Multiplicative);
                    if (season.is_some() && !seasonal)
                        || (proportional && !positive)
                        || (multiplies && !proportional)
                    {
                        continue;
                    }
                    all.push(Self {
                        proportional,
                        trend,
                        damped,
                        season,
                    });
                }
            }
        }
        all
    }

    /// Smoothing parameters.
    fn smoothing(self) -> usize {
        1 + usize::from(self.trend) + usize::from(self.season.is_some()) + usize::from(self.damped)
    }

    /// All that is fitted, the variance included.
    fn parameters(self, period: usize) -> usize {
        // Of the first season one number follows from the others.
        let season = if self.season.is_some() { period - 1 } else { 0 };
        self.smoothing() + 1 + usize::from(self.trend) + season + 1
    }
}

/// Parameters and first states.
#[derive(Clone, Debug)]
struct Model {
    form: Form,
    period: usize,
    alpha: f64,
    beta: f64,
    gamma: f64,
    phi: f64,
    level: f64,
    growth: f64,
    season: Vec<f64>,
}

/// A fitted model's states after every row.
#[derive(Clone, Debug)]
pub(crate) struct Ets {
    season: Option<Season>,
    period: usize,
    phi: f64,
    level: Vec<f64>,
    growth: Vec<f64>,
    /// Of each row, and of the period before the first.
    seasons: Vec<f64>,
}

/// Numbers of one pass, kept for the next.
#[derive(Default)]
struct Pass {
    level: Vec<f64>,
    growth: Vec<f64>,
    season: Vec<f64>,
    error: Vec<f64>,
    expected: Vec<f64>,
}

impl Ets {
    /// Fits every form that suits the first `known` of `values`, takes the best, and follows all values
    /// with it. `None` where there are too few rows for the simplest.
    pub(crate) fn fit(values: &[f64], known: usize, period: usize) -> Option<Self> {
        let learnt = &values[..known.min(values.len())];
        let scale = learnt.iter().map(|v| v.abs()).sum::<f64>() / learnt.len().max(1) as f64;
        let scale = if scale.is_normal() { scale } else { 1.0 };
        let scaled: Vec<f64> = learnt.iter().map(|v| v / scale).collect();
        let model = Model::best(&scaled, period)?;
        let all: Vec<f64> = values.iter().map(|v| v / scale).collect();
        let mut pass = Pass::default();
        model.forward(&all, &mut pass);
        Some(Self::of(&model, pass, scale))
    }

    /// What a pass of the model left behind, with values that were divided by `scale`.
    fn of(model: &Model, pass: Pass, scale: f64) -> Self {
        let multiplies = model.form.season == Some(Season::Multiplicative);
        let enlarge = |values: Vec<f64>| -> Vec<f64> { values.iter().map(|v| v * scale).collect() };
        Self {
            season: model.form.season,
            period: model.period,
            phi: model.phi,
            level: enlarge(pass.level),
            growth: enlarge(pass.growth),
            seasons: if multiplies {
                pass.season
            } else {
                enlarge(pass.season)
            },
        }
    }

    /// Forecasts the rows from `row` on, knowing those before it.
    pub(crate) fn forecast(&self, row: usize, out: &mut [f64]) {
        let (mut damped, mut power) = (0.0, 1.0);
        for (step, out) in out.iter_mut().enumerate() {
            power *= self.phi;
            damped += power;
            let q = self.level[row] + damped * self.growth[row];
            let season = self.seasons.get(row + step % self.period);
            *out = match (self.season, season) {
                (Some(Season::Additive), Some(s)) => q + s,
                (Some(Season::Multiplicative), Some(s)) => q * s,
                _ => q,
            };
        }
    }
}

impl Model {
    /// The one with the smallest AICc; `None` where no form has fewer numbers than there are values.
    fn best(values: &[f64], period: usize) -> Option<Self> {
        let n = values.len();
        let positive = values.iter().all(|&v| v > 0.0);
        // What never changes says nothing of how it would.
        if values.iter().all(|&v| v == values[0]) {
            return None;
        }
        let seasonal = (2..=LONGEST).contains(&period) && n > period && n >= 4;
        let mut pass = Pass::default();
        let mut best: Option<(f64, Self)> = None;
        for form in Form::all(positive, seasonal) {
            let k = form.parameters(period) as f64;
            let room = n as f64 - k - 1.0;
            if room <= 0.0 {
                continue;
            }
            let Some(mut model) = Self::first(form, values, period) else {
                continue;
            };
            let likelihood = model.fit(values, &mut pass);
            let aicc = likelihood + 2.0 * k + 2.0 * k * (k + 1.0) / room;
            if aicc.is_finite() && best.as_ref().is_none_or(|(least, _)| aicc < *least) {
                best = Some((aicc, model));
            }
        }
        best.map(|(_, model)| model)
    }

    /// First states by a decomposition and a line through what is left of the first rows (as chapter 2.6
    /// there), and cautious parameters.
    fn first(form: Form, values: &[f64], period: usize) -> Option<Self> {
        let n = values.len();
        let (season, period) = match form.season {
            Some(kind) => (first_season(values, period, kind)?, period),
            None => (Vec::new(), 1),
        };
        let rest = |row: usize| match form.season {
            None => values[row],
            Some(Season::Additive) => values[row] - season[row % period],
            Some(Season::Multiplicative) => values[row] / season[row % period],
        };
        let rows = n.min(10.max(2 * period));
        let (level, growth) = match form.trend {
            false => ((0..rows).map(rest).sum::<f64>() / rows as f64, 0.0),
            true => line(rows, rest),
        };
        Some(Self {
            form,
            period,
            alpha: 0.2 / period as f64,
            beta: 0.1 * STEADY / period as f64,
            gamma: 0.05,
            phi: 0.978,
            level,
            growth,
            season,
        })
    }

    /// What the minimiser turns: bounded parameters as numbers without bounds, then the first states.
    fn unbounded(&self) -> Vec<f64> {
        let mut x = vec![logit(self.alpha, self.alpha_bounds())];
        if self.form.trend {
            x.push(logit(self.beta, self.beta_bounds()));
        }
        if self.form.season.is_some() {
            x.push(logit(self.gamma, SMOOTHING));
        }
        if self.form.damped {
            x.push(logit(self.phi, DAMPING));
        }
        x.push(self.level);
        if self.form.trend {
            x.push(self.growth);
        }
        x.extend_from_slice(&self.season);
        x
    }

    /// What of each of them makes about as much difference as one of the bounded parameters does, from the
    /// errors of a first pass.
    fn units(&self, pass: &Pass) -> Vec<f64> {
        let n = pass.error.len() as f64;
        let (mut squares, mut size) = (0.0, 0.0);
        for (error, expected) in pass.error.iter().zip(&pass.expected) {
            let error = match self.form.proportional {
                true => error * expected,
                false => *error,
            };
            squares += error * error;
            size += expected.abs() / n;
        }
        let error = (squares / n).sqrt();
        let error = if error.is_normal() { error } else { 1.0 };
        let season = match self.form.season {
            Some(Season::Multiplicative) => error / size.max(1e-12),
            _ => error,
        };
        let mut units = vec![1.0; self.form.smoothing()];
        units.push(error);
        if self.form.trend {
            units.push(error / n.sqrt());
        }
        units.resize(units.len() + self.season.len(), season);
        units
    }

    fn alpha_bounds(&self) -> (f64, f64) {
        (SMOOTHING.0, SMOOTHING.1.min(FASTEST / self.period as f64))
    }

    fn beta_bounds(&self) -> (f64, f64) {
        (SMOOTHING.0, SMOOTHING.0 + STEADY / self.period as f64)
    }

    fn set(&mut self, x: &[f64], units: &[f64]) {
        let mut numbers = x.iter().zip(units).map(|(x, unit)| x * unit);
        let mut next = || numbers.next().unwrap_or(0.0);
        self.alpha = logistic(next(), self.alpha_bounds());
        self.beta = match self.form.trend {
            true => logistic(next(), self.beta_bounds()),
            false => 0.0,
        };
        self.gamma = match self.form.season {
            Some(_) => logistic(next(), SMOOTHING),
            None => 0.0,
        };
        self.phi = match self.form.damped {
            true => logistic(next(), DAMPING),
            false => 1.0,
        };
        self.level = next();
        self.growth = if self.form.trend { next() } else { 0.0 };
        for season in &mut self.season {
            *season = next();
        }
    }

    /// Finds the largest likelihood, and gives back −2 times its logarithm but for a constant.
    fn fit(&mut self, values: &[f64], pass: &mut Pass) -> f64 {
        self.forward(values, pass);
        let units = self.units(pass);
        let mut x = self.unbounded();
        for (x, unit) in x.iter_mut().zip(&units) {
            *x /= unit;
        }
        let mut model = self.clone();
        let value = minimize(&mut x, TOLERANCE, |x, gradient| {
            model.set(x, &units);
            let value = model.forward(values, pass);
            model.backward(values, pass, gradient);
            for (to, unit) in gradient.iter_mut().zip(&units) {
                *to *= unit;
            }
            value
        });
        self.set(&x, &units);
        value
    }

    fn forward(&self, values: &[f64], pass: &mut Pass) -> f64 {
        use Season::{Additive, Multiplicative};
        match (self.form.proportional, self.form.season) {
            (false, None) => self.pass::<false, 0>(values, pass),
            (true, None) => self.pass::<true, 0>(values, pass),
            (false, Some(Additive)) => self.pass::<false, 1>(values, pass),
            (true, Some(Additive)) => self.pass::<true, 1>(values, pass),
            (_, Some(Multiplicative)) => self.pass::<true, 2>(values, pass),
        }
    }

    fn backward(&self, values: &[f64], pass: &Pass, gradient: &mut [f64]) {
        use Season::{Additive, Multiplicative};
        match (self.form.proportional, self.form.season) {
            (false, None) => self.pass_back::<false, 0>(values, pass, gradient),
            (true, None) => self.pass_back::<true, 0>(values, pass, gradient),
            (false, Some(Additive)) => self.pass_back::<false, 1>(values, pass, gradient),
            (true, Some(Additive)) => self.pass_back::<true, 1>(values, pass, gradient),
            (_, Some(Multiplicative)) => self.pass_back::<true, 2>(values, pass, gradient),
        }
    }

    /// Follows the values, and gives back `n·ln Σe² + 2·Σ ln|expected|`, the latter for errors in proportion.
    /// `SEASON` is 0 without one, 1 where it is added, 2 where it multiplies.
    fn pass<const PROPORTIONAL: bool, const SEASON: u8>(
        &self,
        values: &[f64],
        pass: &mut Pass,
    ) -> f64 {
        let (n, period) = (values.len(), self.period);
        let states = n + 1;
        pass.level.resize(states, 0.0);
        pass.growth.resize(states, 0.0);
        pass.season.resize(n + self.season.len(), 0.0);
        pass.error.resize(n, 0.0);
        pass.expected.resize(n, 0.0);
        pass.season[..self.season.len()].copy_from_slice(&self.season);
        let (mut level, mut growth) = (self.level, self.growth);
        (pass.level[0], pass.growth[0]) = (level, growth);
        let (mut squares, mut logs) = (0.0, 0.0);
        for (t, &y) in values.iter().enumerate() {
            let q = level + self.phi * growth;
            let (expected, p) = match SEASON {
                0 => (q, y),
                1 => (q + pass.season[t], y - pass.season[t]),
                _ => (q * pass.season[t], y / pass.season[t]),
            };
            let error = match PROPORTIONAL {
                true => (y - expected) / expected,
                false => y - expected,
            };
            if PROPORTIONAL {
                // Beyond zero nothing is in proportion.
                if expected <= 0.0 {
                    return f64::INFINITY;
                }
                logs += expected.ln();
            }
            squares += error * error;
            pass.error[t] = error;
            pass.expected[t] = expected;
            level = q + self.alpha * (p - q);
            growth = self.phi * growth + self.beta * (p - q);
            if SEASON > 0 {
                let s = pass.season[t];
                let r = if SEASON == 1 { y - q } else { y / q };
                pass.season[t + period] = s + self.gamma * (r - s);
            }
            pass.level[t + 1] = level;
            pass.growth[t + 1] = growth;
        }
        log_squares(n, squares) + 2.0 * logs
    }

    /// The gradient of [`Model::pass`] by what the minimiser turns.
    fn pass_back<const PROPORTIONAL: bool, const SEASON: u8>(
        &self,
        values: &[f64],
        pass: &Pass,
        gradient: &mut [f64],
    ) {
        let (n, period) = (values.len(), self.period);
        let squares: f64 = pass.error.iter().map(|e| e * e).sum();
        let factor = 2.0 * n as f64 / squares.max(1e-30);
        let (mut alpha, mut beta, mut gamma, mut phi) = (0.0, 0.0, 0.0, 0.0);
        let (mut level, mut growth) = (0.0, 0.0);
        // Of the seasons of the rows to come, by their place.
        let states = gradient.len() - self.season.len();
        let seasons = &mut gradient[states..];
        seasons.fill(0.0);
        let mut place = if SEASON > 0 { n % period } else { 0 };
        for (t, &y) in values.iter().enumerate().rev() {
            let (expected, error) = (pass.expected[t], pass.error[t]);
            let (before, slope) = (pass.level[t], pass.growth[t]);
            let q = before + self.phi * slope;
            let by_expected = match PROPORTIONAL {
                true => (2.0 - factor * error * y / expected) / expected,
                false => -factor * error,
            };
            let p = match SEASON {
                0 => y,
                1 => y - pass.season[t],
                _ => y / pass.season[t],
            };
            let by_p = self.alpha * level + self.beta * growth;
            let mut by_q = level - by_p + by_expected;
            alpha += level * (p - q);
            beta += growth * (p - q);
            phi += growth * slope;
            if SEASON > 0 {
                place = if place == 0 { period - 1 } else { place - 1 };
                let s = pass.season[t];
                let after = seasons[place];
                let r = if SEASON == 1 { y - q } else { y / q };
                gamma += after * (r - s);
                let mut by_season = (1.0 - self.gamma) * after;
                if SEASON == 1 {
                    by_q -= self.gamma * after;
                    by_season += by_expected - by_p;
                } else {
                    by_q += by_expected * (s - 1.0) - self.gamma * after * y / (q * q);
                    by_season += by_expected * q - by_p * y / (s * s);
                }
                seasons[place] = by_season;
            }
            level = by_q;
            growth = self.phi * (growth + by_q);
            phi += by_q * slope;
        }
        let mut numbers = Vec::with_capacity(states);
        numbers.push(alpha * logistic_slope(self.alpha, self.alpha_bounds()));
        if self.form.trend {
            numbers.push(beta * logistic_slope(self.beta, self.beta_bounds()));
        }
        if self.form.season.is_some() {
            numbers.push(gamma * logistic_slope(self.gamma, SMOOTHING));
        }
        if self.form.damped {
            numbers.push(phi * logistic_slope(self.phi, DAMPING));
        }
        numbers.push(level);
        if self.form.trend {
            numbers.push(growth);
        }
        gradient[..states].copy_from_slice(&numbers);
    }
}

/// The season of the first period: by decomposition, or of less than three periods by the first wave of
/// Fourier around a line.
fn first_season(values: &[f64], period: usize, kind: Season) -> Option<Vec<f64>> {
    if values.len() >= 3 * period {
        return indices(values, period, kind);
    }
    let n = values.len();
    let (a, b) = line(n, |row| values[row]);
    let trend = |row: usize| a + b * (row + 1) as f64;
    let rest = |row: usize| match kind {
        Season::Additive => values[row] - trend(row),
        Season::Multiplicative => values[row] / trend(row),
    };
    // Means of each place; of so few periods there is little to smooth.
    let mut season: Vec<f64> = (0..period)
        .map(|place| {
            let rows = (place..n).step_by(period);
            let count = rows.clone().count() as f64;
            rows.map(rest).sum::<f64>() / count
        })
        .collect();
    let mean = season.iter().sum::<f64>() / period as f64;
    for s in &mut season {
        match kind {
            Season::Additive => *s -= mean,
            Season::Multiplicative => *s /= mean,
        }
    }
    let usable = |&s: &f64| s.is_finite() && (kind == Season::Additive || s > 0.01);
    season.iter().all(usable).then_some(season)
}

#[cfg(test)]
pub(super) mod tests {
    use serde::Deserialize;

    use super::super::tests::{assert_close, golden};
    use super::*;
    use crate::rng::Rng;

    #[derive(Deserialize)]
    pub(in super::super) struct Case {
        form: String,
        alpha: f64,
        beta: f64,
        gamma: f64,
        phi: f64,
        level: f64,
        growth: f64,
        season: Vec<f64>,
        likelihood: f64,
        forecast: Vec<f64>,
    }

    fn model(case: &Case) -> Model {
        let trend = case.form.contains("A") && &case.form[1..2] == "A";
        let season = match case.form.chars().last() {
            Some('A') => Some(Season::Additive),
            Some('M') => Some(Season::Multiplicative),
            _ => None,
        };
        Model {
            form: Form {
                proportional: case.form.starts_with('M'),
                trend,
                damped: case.form.contains('d'),
                season,
            },
            period: case.season.len().max(1),
            alpha: case.alpha,
            beta: if trend { case.beta } else { 0.0 },
            gamma: case.gamma,
            phi: case.phi,
            level: case.level,
            growth: if trend { case.growth } else { 0.0 },
            season: case.season.clone(),
        }
    }

    #[test]
    fn with_given_parameters_every_form_is_statsforecasts() {
        let golden = golden();
        assert_eq!(golden.ets.len(), 15);
        for case in &golden.ets {
            let model = model(case);
            let mut pass = Pass::default();
            let likelihood = model.forward(&golden.values, &mut pass);
            assert_close(&[likelihood], &[case.likelihood], 1e-12, &case.form);
            let mut forecast = vec![0.0; case.forecast.len()];
            Ets::of(&model, pass, 1.0).forecast(golden.values.len(), &mut forecast);
            assert_close(&forecast, &case.forecast, 1e-12, &case.form);
        }
    }

    #[test]
    fn the_pass_back_gives_the_gradient_of_every_form() {
        let golden = golden();
        for case in &golden.ets {
            let model = model(case);
            // Bounds that hold every parameter of the cases.
            let units = vec![1.0; model.unbounded().len()];
            let x = model.unbounded();
            let value = |x: &[f64]| {
                let mut model = model.clone();
                model.set(x, &units);
                model.forward(&golden.values, &mut Pass::default())
            };
            let (mut pass, mut gradient) = (Pass::default(), vec![0.0; x.len()]);
            let mut at = model.clone();
            at.set(&x, &units);
            at.forward(&golden.values, &mut pass);
            at.backward(&golden.values, &pass, &mut gradient);
            for (i, got) in gradient.iter().enumerate() {
                let step = 1e-6 * x[i].abs().max(1.0);
                let (mut up, mut down) = (x.clone(), x.clone());
                up[i] += step;
                down[i] -= step;
                let want = (value(&up) - value(&down)) / (2.0 * step);
                let off = (got - want).abs() / want.abs().max(1.0);
                assert!(off < 1e-5, "{} {i}: {got} {want}", case.form);
            }
        }
    }

    #[test]
    fn what_made_the_values_is_found_again() {
        // A level that follows a third of every surprise, and a season that multiplies.
        let mut rng = Rng::named(4, "smoothing");
        let season = [1.4, 0.8, 1.0, 0.8];
        let mut level = 100.0;
        let values: Vec<f64> = (0..400)
            .map(|row| {
                let error = 0.03 * rng.normal();
                let value = level * season[row % 4] * (1.0 + error);
                level *= 1.0 + 0.33 * error;
                value
            })
            .collect();
        let model = Model::best(&values, 4).unwrap();
        assert_eq!(model.form.season, Some(Season::Multiplicative));
        assert!(model.form.proportional && !model.form.trend, "{model:?}");
        assert!((0.25..0.41).contains(&model.alpha), "{}", model.alpha);
        let mut forecast = [0.0; 8];
        Ets::fit(&values, 400, 4)
            .unwrap()
            .forecast(400, &mut forecast);
        for (step, value) in forecast.iter().enumerate() {
            let want = level * season[step % 4];
            assert!((value / want - 1.0).abs() < 0.05, "{value} {want}");
        }
    }

    #[test]
    fn rows_after_those_learnt_from_are_followed_not_fitted() {
        let golden = golden();
        let mut other = golden.values.clone();
        other[30..].iter_mut().for_each(|v| *v *= 3.0);
        let forecast = |values: &[f64], row: usize| {
            let mut out = [0.0; 3];
            Ets::fit(values, 30, 4).unwrap().forecast(row, &mut out);
            out
        };
        assert_eq!(forecast(&golden.values, 30), forecast(&other, 30));
        assert_ne!(forecast(&golden.values, 36), forecast(&other, 36));
        assert!(Ets::fit(&golden.values, 3, 4).is_none());
        assert!(Ets::fit(&[5.0; 30], 30, 4).is_none());
    }
}
