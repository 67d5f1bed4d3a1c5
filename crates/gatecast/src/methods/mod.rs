//! Methods of forecasting that need no network, each fitted to the rows that it is given: exponential smoothing
//! (`ets`), Theta (`theta`), complex exponential smoothing (`ces`), and seasons smoothed out (`mstl`). What this
//! module is not: it cuts nothing in time and knows no series, only slices of values.
//!
//! A method is fitted once, to the first rows, and then follows all rows with what was fitted, so that it
//! forecasts from any row at the price of a few sums.

mod ces;
pub(crate) mod decompose;
mod ets;
mod minimize;
mod mstl;
#[cfg(test)]
mod tests;
mod theta;

use self::ces::Ces;
use self::ets::Ets;
pub(crate) use self::ets::LONGEST as LONGEST_ETS;
use self::mstl::Mstl;
use self::theta::Theta;

/// Rows to fit at most, the last ones: more hardly change a handful of parameters.
const RECENT: usize = 1000;

/// Which method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Ets,
    Theta,
    Ces,
    Mstl,
}

/// A method that has been fitted, and has followed all values.
#[derive(Clone, Debug)]
pub(crate) struct Fitted {
    /// The first row that it knows.
    start: usize,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Ets(Ets),
    Theta(Theta),
    Ces(Ces),
    Mstl(Mstl),
}

impl Fitted {
    /// Fits to the first `known` of `values`, whose season comes round every row of `periods`, the shortest
    /// first; 1 for none. `None` where there are too few rows, or they never change.
    pub(crate) fn new(
        method: Method,
        values: &[f64],
        known: usize,
        periods: &[usize],
    ) -> Option<Self> {
        let known = known.min(values.len());
        let longest = periods.iter().copied().max().unwrap_or(1).min(values.len());
        let start = known.saturating_sub(RECENT.max(8 * longest));
        let (values, known) = (&values[start..], known - start);
        let period = periods.first().copied().unwrap_or(1);
        let kind = match method {
            Method::Ets => Kind::Ets(Ets::fit(values, known, period)?),
            Method::Theta => Kind::Theta(Theta::fit(values, known, period)?),
            Method::Ces => Kind::Ces(Ces::fit(values, known, period)?),
            Method::Mstl => Kind::Mstl(Mstl::fit(values, known, periods)?),
        };
        Some(Self { start, kind })
    }

    /// Forecasts the rows from `row` on, knowing those before it; of a row before the first that it knows,
    /// nothing, and `false`.
    pub(crate) fn forecast(&self, row: usize, out: &mut [f64]) -> bool {
        let Some(row) = row.checked_sub(self.start).filter(|&row| row > 0) else {
            return false;
        };
        match &self.kind {
            Kind::Ets(ets) => ets.forecast(row, out),
            Kind::Theta(theta) => theta.forecast(row, out),
            Kind::Ces(ces) => ces.forecast(row, out),
            Kind::Mstl(mstl) => mstl.forecast(row, out),
        }
        out.iter().all(|value| value.is_finite())
    }
}

/// `n·ln Σe²`, what −2 times the logarithm of the likelihood of normal errors depends on; infinite where
/// the numbers overflowed.
fn log_squares(n: usize, squares: f64) -> f64 {
    match squares.is_finite() {
        // A perfect fit is as good as one to the last digit.
        true => n as f64 * squares.max(1e-30).ln(),
        false => f64::INFINITY,
    }
}

/// The line `a + b·row`, rows counted from 1, through the first `rows` values (least squares).
fn line(rows: usize, value: impl Fn(usize) -> f64) -> (f64, f64) {
    let n = rows as f64;
    let mean = (0..rows).map(&value).sum::<f64>() / n;
    let middle = (n + 1.0) / 2.0;
    let (mut both, mut own) = (0.0, 0.0);
    for row in 0..rows {
        let x = (row + 1) as f64 - middle;
        both += x * value(row);
        own += x * x;
    }
    let slope = if own > 0.0 { both / own } else { 0.0 };
    (mean - slope * middle, slope)
}
