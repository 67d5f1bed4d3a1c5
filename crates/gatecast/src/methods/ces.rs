//! Complex exponential smoothing: a level and a second number that follow the values together, as the two
//! parts of a complex number do, so that whether there is a trend need not be decided (Svetunkov, Kourentzes &
//! Ord, *Naval Research Logistics*, 2022). What this file is not: it does not know how many rows it may see, it
//! is given them.
//!
//! With the error `e` of the forecast `ℓ + s`,
//!
//! ```text
//! ℓ ← ℓ − (1 − α₁)·c + (α₀ − α₁)·e          s ← s + β₀·e                            (partial)
//! c ← ℓ + (1 − α₀)·c + (α₀ + α₁)·e          s, d as ℓ, c with β for α, a period on  (full)
//! ```
//!
//! Without a season there is no `s`; in the simple form all numbers are those of a period before. Of the
//! four the one with the smallest AICc is taken. First states follow from a pass forth, one back and one
//! forth again.

use super::decompose::{Season, indices};
use super::log_squares;
use super::minimize::{logistic, logit, minimize};

/// How the season comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    None,
    Simple,
    Partial,
    Full,
}

impl Form {
    /// Bounds of its parameters, and where the search begins.
    fn parameters(self) -> &'static [(f64, f64, f64)] {
        const ALPHA: [(f64, f64, f64); 2] = [(0.01, 1.8, 1.3), (0.01, 1.9, 1.0)];
        const PARTIAL: [(f64, f64, f64); 3] = [ALPHA[0], ALPHA[1], (0.01, 1.5, 0.1)];
        const FULL: [(f64, f64, f64); 4] = [ALPHA[0], ALPHA[1], (0.01, 1.5, 1.3), (0.01, 1.5, 1.0)];
        match self {
            Self::None | Self::Simple => &ALPHA,
            Self::Partial => &PARTIAL,
            Self::Full => &FULL,
        }
    }
}

/// A fitted model, and its states after every row.
#[derive(Clone, Debug)]
pub(crate) struct Ces {
    model: Model,
    track: Track,
    /// In which the states are.
    scale: f64,
}

#[derive(Clone, Debug)]
struct Model {
    form: Form,
    /// Rows of a period; 1 without a season.
    period: usize,
    alpha: (f64, f64),
    beta: (f64, f64),
}

/// States: those of a period before the first row, those after each row, and of a period to come.
#[derive(Clone, Debug, Default)]
struct Track {
    level: Vec<f64>,
    second: Vec<f64>,
    season: Vec<f64>,
    other: Vec<f64>,
}

impl Ces {
    /// Fits every form that suits the first `known` of `values`, takes the best, and follows all values with
    /// it. `None` below five rows.
    pub(crate) fn fit(values: &[f64], known: usize, period: usize) -> Option<Self> {
        let known = known.min(values.len());
        let scale = values[..known].iter().map(|v| v.abs()).sum::<f64>() / known.max(1) as f64;
        let scale = if scale.is_normal() { scale } else { 1.0 };
        let scaled: Vec<f64> = values.iter().map(|v| v / scale).collect();
        let learnt = &scaled[..known];
        let n = known as f64;
        let seasonal = period > 1 && known >= 2 * period;
        let forms: &[Form] = match seasonal {
            true => &[Form::None, Form::Simple, Form::Partial, Form::Full],
            false => &[Form::None],
        };
        let mut best: Option<(f64, Model, Track)> = None;
        for &form in forms {
            // The states of a period count once, the variance too.
            let k = match form {
                Form::None | Form::Simple => 3.0,
                Form::Partial => 4.0,
                Form::Full => 5.0,
            };
            if n - k - 1.0 <= 0.0 {
                continue;
            }
            let period = if form == Form::None { 1 } else { period };
            let first = Track::first(learnt, form, period)?;
            let mut track = first.clone();
            let (model, likelihood) = Model::fit(learnt, form, period, &first, &mut track);
            let aicc = likelihood + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0);
            if aicc.is_finite() && best.as_ref().is_none_or(|(least, ..)| aicc < *least) {
                model.fill_back(learnt, &first, &mut track);
                best = Some((aicc, model, track));
            }
        }
        let (_, model, mut track) = best?;
        track.resize(scaled.len() + 2 * model.period);
        model.pass(&scaled, &mut track);
        Some(Self {
            model,
            track,
            scale,
        })
    }

    /// Forecasts the rows from `row` on, knowing those before it.
    pub(crate) fn forecast(&self, row: usize, out: &mut [f64]) {
        let period = self.model.period;
        let mut track = self.track.part(row, period, out.len());
        for (step, out) in out.iter_mut().enumerate() {
            let expected = self.model.expected(&track, step + period);
            self.model.step(&mut track, step + period, 0.0);
            *out = expected * self.scale;
        }
    }
}

impl Track {
    /// Level and season of the first period.
    fn first(values: &[f64], form: Form, period: usize) -> Option<Self> {
        let mut track = Self::default();
        track.resize(values.len() + 2 * period);
        let mean = |rows: usize| {
            let rows = rows.min(values.len());
            values[..rows].iter().sum::<f64>() / rows as f64
        };
        let level = match form {
            Form::None => mean(10),
            _ => mean(period),
        };
        for (place, &value) in values.iter().enumerate().take(period) {
            let level = match form {
                Form::Simple => value,
                _ => level,
            };
            track.level[place] = level;
            track.second[place] = level / 1.1;
        }
        if matches!(form, Form::Partial | Form::Full) {
            let season = indices(values, period, Season::Additive)?;
            track.season[..period].copy_from_slice(&season);
            for (other, season) in track.other.iter_mut().zip(&season) {
                *other = season / 1.1;
            }
        }
        Some(track)
    }

    fn all(&mut self) -> [&mut Vec<f64>; 4] {
        [
            &mut self.level,
            &mut self.second,
            &mut self.season,
            &mut self.other,
        ]
    }

    fn resize(&mut self, rows: usize) {
        for numbers in self.all() {
            numbers.resize(rows, 0.0);
        }
    }

    /// The states of the period before `row`, and room for so many steps.
    fn part(&self, row: usize, period: usize, steps: usize) -> Self {
        let part = |numbers: &Vec<f64>| {
            let mut part = numbers[row..row + period].to_vec();
            part.resize(period + steps, 0.0);
            part
        };
        Self {
            level: part(&self.level),
            second: part(&self.second),
            season: part(&self.season),
            other: part(&self.other),
        }
    }
}

impl Model {
    /// The parameters with the largest likelihood, and −2 times its logarithm but for a constant.
    fn fit(
        values: &[f64],
        form: Form,
        period: usize,
        first: &Track,
        track: &mut Track,
    ) -> (Self, f64) {
        let bounds = form.parameters();
        let of = |x: &[f64]| {
            let mut numbers = [0.0; 4];
            for ((to, &(low, high, _)), x) in numbers.iter_mut().zip(bounds).zip(x) {
                *to = logistic(*x, (low, high));
            }
            Self {
                form,
                period,
                alpha: (numbers[0], numbers[1]),
                beta: (numbers[2], numbers[3]),
            }
        };
        let mut x: Vec<f64> = bounds
            .iter()
            .map(|&(low, high, start)| logit(start, (low, high)))
            .collect();
        let mut value = |x: &[f64]| of(x).fill_back(values, first, track);
        let least = minimize(&mut x, 1e-3, |x, gradient| {
            /// Of the parameters before they are bounded.
            const STEP: f64 = 1e-5;
            let at = value(x);
            let mut moved = x.to_vec();
            for (i, to) in gradient.iter_mut().enumerate() {
                moved[i] += STEP;
                *to = (value(&moved) - at) / STEP;
                moved[i] = x[i];
            }
            at
        });
        (of(&x), least)
    }

    /// Goes forth, back and forth again, and leaves behind the first states that this gives; `n·ln Σe²` of
    /// the last pass.
    fn fill_back(&self, values: &[f64], first: &Track, track: &mut Track) -> f64 {
        let n = values.len();
        for (to, from) in track.all().into_iter().zip(first.clone().all()) {
            to[..self.period].copy_from_slice(&from[..self.period]);
        }
        self.pass(values, track);
        let reverse = |track: &mut Track| {
            for numbers in track.all() {
                numbers.reverse();
            }
        };
        let backwards: Vec<f64> = values.iter().rev().copied().collect();
        reverse(track);
        self.pass(&backwards, track);
        reverse(track);
        let squares = self.pass(values, track);
        log_squares(n, squares)
    }

    /// Follows the values, and a period beyond; the squares of the errors.
    fn pass(&self, values: &[f64], track: &mut Track) -> f64 {
        let mut squares = 0.0;
        for (row, value) in values.iter().enumerate() {
            let at = row + self.period;
            let error = value - self.expected(track, at);
            self.step(track, at, error);
            squares += error * error;
        }
        for at in values.len() + self.period..values.len() + 2 * self.period {
            self.step(track, at, 0.0);
        }
        squares
    }

    /// Rows back to the level that counts.
    fn lag(&self) -> usize {
        if self.form == Form::Simple {
            self.period
        } else {
            1
        }
    }

    fn expected(&self, track: &Track, at: usize) -> f64 {
        let level = track.level[at - self.lag()];
        match self.form {
            Form::None | Form::Simple => level,
            Form::Partial | Form::Full => level + track.season[at - self.period],
        }
    }

    fn step(&self, track: &mut Track, at: usize, error: f64) {
        let turned = |(a, b): (f64, f64), one: f64, other: f64| {
            (
                one - (1.0 - b) * other + (a - b) * error,
                one + (1.0 - a) * other + (a + b) * error,
            )
        };
        let before = at - self.lag();
        (track.level[at], track.second[at]) =
            turned(self.alpha, track.level[before], track.second[before]);
        let before = at - self.period;
        match self.form {
            Form::None | Form::Simple => {}
            Form::Partial => track.season[at] = track.season[before] + self.beta.0 * error,
            Form::Full => {
                (track.season[at], track.other[at]) =
                    turned(self.beta, track.season[before], track.other[before]);
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde::Deserialize;

    use super::super::tests::{assert_close, golden};
    use super::*;

    #[derive(Deserialize)]
    pub(in super::super) struct Case {
        form: char,
        alpha: (f64, f64),
        beta: (f64, f64),
        likelihood: f64,
        forecast: Vec<f64>,
    }

    #[test]
    fn with_given_parameters_every_form_is_statsforecasts() {
        let golden = golden();
        let values = &golden.values;
        for case in &golden.ces {
            let (form, period) = match case.form {
                'N' => (Form::None, 1),
                'S' => (Form::Simple, 4),
                'P' => (Form::Partial, 4),
                _ => (Form::Full, 4),
            };
            let model = Model {
                form,
                period,
                alpha: case.alpha,
                beta: case.beta,
            };
            let first = Track::first(values, form, period).unwrap();
            let mut track = first.clone();
            let likelihood = model.fill_back(values, &first, &mut track);
            let mut forecast = vec![0.0; case.forecast.len()];
            let ces = Ces {
                model,
                track,
                scale: 1.0,
            };
            ces.forecast(values.len(), &mut forecast);
            // Their states are f32.
            let what = case.form.to_string();
            assert_close(&[likelihood], &[case.likelihood], 1e-4, &what);
            assert_close(&forecast, &case.forecast, 1e-4, &what);
        }
    }

    #[test]
    fn a_growing_wave_goes_on() {
        let wave = |row: usize| 50.0 + 0.5 * row as f64 + [4.0, -1.0, 2.0, -5.0][row % 4];
        let values: Vec<f64> = (0..60).map(wave).collect();
        let mut forecast = [0.0; 8];
        Ces::fit(&values, 60, 4)
            .unwrap()
            .forecast(60, &mut forecast);
        for (step, value) in forecast.iter().enumerate() {
            assert!((value - wave(60 + step)).abs() < 1.5, "{forecast:?}");
        }
        assert!(Ces::fit(&values, 4, 1).is_none());
    }
}
