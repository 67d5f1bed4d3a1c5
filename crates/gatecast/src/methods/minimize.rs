//! The minimum of a smooth function of a few numbers. What this file is not: it knows no series.

/// Iterations after which it stops.
const MOST: usize = 100;
/// Share of a step's promised gain that it must bring (Armijo).
const LEAST_GAIN: f64 = 1e-4;

/// Goes downhill from `x` by the method of Broyden, Fletcher, Goldfarb and Shanno (Nocedal & Wright,
/// *Numerical Optimization*, algorithm 6.1) until a step gains less than `tolerance`, and gives back the
/// value there. `value(x, gradient)` fills in the gradient; where it is not finite the function is taken
/// for infinite, so that no step ends there.
pub(super) fn minimize(
    x: &mut [f64],
    tolerance: f64,
    mut value: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> f64 {
    let n = x.len();
    let mut gradient = vec![0.0; n];
    let mut now = value(x, &mut gradient);
    if n == 0 || !now.is_finite() {
        return now;
    }
    // The inverse of the curvature, row by row; at first a step is a tenth long.
    let length = dot(&gradient, &gradient).sqrt();
    let mut inverse = vec![0.0; n * n];
    let mut fresh = true;
    let (mut direction, mut next) = (vec![0.0; n], vec![0.0; n]);
    let (mut next_gradient, mut change) = (vec![0.0; n], vec![0.0; n]);
    let mut product = vec![0.0; n];
    let mut idle = 0;
    set_identity(&mut inverse, n, 0.1 / length.max(1e-12));
    for _ in 0..MOST {
        for (row, to) in inverse.chunks_exact(n).zip(&mut direction) {
            *to = -dot(row, &gradient);
        }
        let mut slope = dot(&direction, &gradient);
        if slope >= 0.0 {
            set_identity(
                &mut inverse,
                n,
                0.1 / dot(&gradient, &gradient).sqrt().max(1e-12),
            );
            fresh = true;
            for (to, g) in direction.iter_mut().zip(&gradient) {
                *to = -inverse[0] * g;
            }
            slope = dot(&direction, &gradient);
        }
        if slope.abs() < 1e-3 * tolerance {
            break;
        }
        let mut step = 1.0;
        let found = loop {
            for ((to, x), d) in next.iter_mut().zip(x.iter()).zip(&direction) {
                *to = x + step * d;
            }
            let at = value(&next, &mut next_gradient);
            if at.is_finite() && at <= now + LEAST_GAIN * step * slope {
                break Some(at);
            }
            // The minimum of the parabola through both values and the slope, within reason.
            let bend = 2.0 * (at - now - step * slope);
            let shorter = -slope * step * step / bend;
            step = if shorter.is_finite() {
                shorter.clamp(0.1 * step, 0.5 * step)
            } else {
                0.2 * step
            };
            if step < 1e-10 {
                break None;
            }
        };
        let Some(at) = found else { break };
        for i in 0..n {
            change[i] = next[i] - x[i];
            direction[i] = next_gradient[i] - gradient[i];
        }
        let gain = now - at;
        x.copy_from_slice(&next);
        gradient.copy_from_slice(&next_gradient);
        now = at;
        // `direction` now holds the change of the gradient.
        let curvature = dot(&change, &direction);
        let (changes, bends) = (dot(&change, &change), dot(&direction, &direction));
        if curvature > 1e-10 * (changes * bends).sqrt() {
            if fresh {
                set_identity(&mut inverse, n, curvature / bends);
                fresh = false;
            }
            update(&mut inverse, &change, &direction, curvature, &mut product);
        }
        idle = if gain < tolerance { idle + 1 } else { 0 };
        if idle == 2 {
            break;
        }
    }
    now
}

/// The new inverse: `(1 − s yᵀ/sᵀy) H (1 − y sᵀ/sᵀy) + s sᵀ/sᵀy`, with `s` the change of the place and `y`
/// that of the gradient.
fn update(inverse: &mut [f64], s: &[f64], y: &[f64], curvature: f64, product: &mut [f64]) {
    let n = s.len();
    for (to, row) in product.iter_mut().zip(inverse.chunks_exact(n)) {
        *to = dot(row, y);
    }
    let factor = (1.0 + dot(y, product) / curvature) / curvature;
    for (i, row) in inverse.chunks_exact_mut(n).enumerate() {
        for (j, to) in row.iter_mut().enumerate() {
            *to += factor * s[i] * s[j] - (product[i] * s[j] + s[i] * product[j]) / curvature;
        }
    }
}

fn set_identity(matrix: &mut [f64], n: usize, scale: f64) {
    matrix.fill(0.0);
    for i in 0..n {
        matrix[i * n + i] = scale;
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Where in `from..to` a function of one number is smallest: the best of `points` places, spread evenly,
/// and then golden sections around it down to `width`.
pub(super) fn minimize_one(
    from: f64,
    to: f64,
    points: usize,
    width: f64,
    value: impl Fn(f64) -> f64,
) -> f64 {
    const GOLDEN: f64 = 0.618_033_988_749_894_8;
    let gap = (to - from) / (points - 1) as f64;
    let place = |i: usize| from + gap * i as f64;
    let best = (0..points)
        .map(|i| (value(place(i)), i))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(0, |(_, i)| i);
    let (mut low, mut high) = (
        place(best.saturating_sub(1)),
        place((best + 1).min(points - 1)),
    );
    let (mut a, mut b) = (high - GOLDEN * (high - low), low + GOLDEN * (high - low));
    let (mut at_a, mut at_b) = (value(a), value(b));
    while high - low > width {
        if at_a <= at_b {
            (high, b, at_b) = (b, a, at_a);
            a = high - GOLDEN * (high - low);
            at_a = value(a);
        } else {
            (low, a, at_a) = (a, b, at_b);
            b = low + GOLDEN * (high - low);
            at_b = value(b);
        }
    }
    let middle = if at_a <= at_b { a } else { b };
    // The ends themselves are never tried by sections.
    [middle, place(best)]
        .into_iter()
        .min_by(|&x, &y| value(x).total_cmp(&value(y)))
        .unwrap_or(middle)
}

/// A number between bounds for any number.
pub(super) fn logistic(x: f64, (low, high): (f64, f64)) -> f64 {
    low + (high - low) / (1.0 + (-x).exp())
}

/// The other way round.
pub(super) fn logit(value: f64, (low, high): (f64, f64)) -> f64 {
    let share = ((value - low) / (high - low)).clamp(1e-6, 1.0 - 1e-6);
    (share / (1.0 - share)).ln()
}

/// The slope of [`logistic`] where it has this value.
pub(super) fn logistic_slope(value: f64, (low, high): (f64, f64)) -> f64 {
    (value - low) * (high - value) / (high - low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bent_valley_is_followed_to_its_lowest_point() {
        // Rosenbrock's function.
        let mut x = [-1.2, 1.0];
        let value = minimize(&mut x, 1e-12, |x, g| {
            let (a, b) = (1.0 - x[0], x[1] - x[0] * x[0]);
            g[0] = -2.0 * a - 400.0 * x[0] * b;
            g[1] = 200.0 * b;
            a * a + 100.0 * b * b
        });
        assert!(value < 1e-10 && (x[0] - 1.0).abs() < 1e-4, "{value} {x:?}");
    }

    #[test]
    fn where_it_is_infinite_no_step_ends() {
        let mut x = [3.0];
        let value = minimize(&mut x, 1e-12, |x, g| {
            g[0] = 1.0 - 1.0 / x[0];
            if x[0] <= 0.0 {
                f64::INFINITY
            } else {
                x[0] - x[0].ln()
            }
        });
        assert!(
            (x[0] - 1.0).abs() < 1e-5 && (value - 1.0).abs() < 1e-9,
            "{x:?}"
        );
        assert_eq!(minimize(&mut [], 1.0, |_, _| 7.0), 7.0);
    }

    #[test]
    fn of_two_valleys_the_deeper_one_is_found() {
        let value = |x: f64| (x - 0.8).powi(2).min((x - 0.2).powi(2) + 0.01);
        let best = minimize_one(0.0, 1.0, 10, 1e-6, value);
        assert!((best - 0.8).abs() < 1e-5, "{best}");
        assert_eq!(minimize_one(0.0, 1.0, 5, 1e-6, |x| x), 0.0);
    }
}
