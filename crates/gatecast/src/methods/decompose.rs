//! A season taken out of a series: the test whether there is one, and the classical decomposition. What
//! this file is not: it forecasts nothing.

/// How a season meets the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Season {
    /// It is added.
    Additive,
    /// It multiplies; for values above zero.
    Multiplicative,
}

/// Of Student's or the normal distribution: one side, 95 per cent.
const Z: f64 = 1.644_853_626_951_472_6;

/// Whether values a `period` apart go together: the autocorrelation at that lag is beyond what chance
/// makes at the 90 per cent level, given those at the lags before it (the test of the M3 and M4
/// competitions, after Bartlett's formula). Below two periods there is no telling.
pub(crate) fn is_seasonal(values: &[f64], period: usize) -> bool {
    if period < 2 || values.len() < 2 * period {
        return false;
    }
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let product = |lag: usize| -> f64 {
        let pairs = values.iter().zip(&values[lag..]);
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum()
    };
    let whole = product(0);
    if whole <= 0.0 {
        return false;
    }
    let before: f64 = (1..period).map(|lag| (product(lag) / whole).powi(2)).sum();
    (product(period) / whole).abs() > Z * ((1.0 + 2.0 * before) / n).sqrt()
}

/// The season of each place of a period, the first being that of the first value: means of what is left
/// beside a centred moving average over one period (Hyndman & Athanasopoulos, *Forecasting: Principles and
/// Practice*, 3.4). Additive ones sum to zero, the mean of multiplicative ones is one. `None` below two
/// periods, or where a multiplicative one would be below a hundredth.
pub(crate) fn indices(values: &[f64], period: usize, season: Season) -> Option<Vec<f64>> {
    if period < 2 || values.len() < 2 * period {
        return None;
    }
    let trend = centred_average(values, period);
    let half = period / 2;
    let (mut sums, mut counts) = (vec![0.0; period], vec![0.0; period]);
    for (t, trend) in trend.iter().enumerate() {
        let row = t + half;
        let left = match season {
            Season::Additive => values[row] - trend,
            Season::Multiplicative => values[row] / trend,
        };
        sums[row % period] += left;
        counts[row % period] += 1.0;
    }
    let mut indices: Vec<f64> = sums.iter().zip(&counts).map(|(s, c)| s / c).collect();
    let mean = indices.iter().sum::<f64>() / period as f64;
    for index in &mut indices {
        match season {
            Season::Additive => *index -= mean,
            Season::Multiplicative => *index /= mean,
        }
    }
    let usable = |&index: &f64| match season {
        Season::Additive => index.is_finite(),
        Season::Multiplicative => index.is_finite() && index >= 0.01,
    };
    indices.iter().all(usable).then_some(indices)
}

/// The season that the Naive2 of the M4 competition multiplies by: of three periods or more that the test calls
/// seasonal (Makridakis, Spiliotis & Assimakopoulos 2020).
pub(crate) fn of_naive2(values: &[f64], period: usize) -> Option<Vec<f64>> {
    let seasonal = values.len() >= 3 * period && is_seasonal(values, period);
    let positive = || values.iter().all(|&value| value > 0.0);
    match seasonal && positive() {
        true => indices(values, period, Season::Multiplicative),
        false => None,
    }
}

/// The mean of the `period` values around each row, from row `period/2` on, for as long as there are so
/// many; with an even period both ends count half.
fn centred_average(values: &[f64], period: usize) -> Vec<f64> {
    let p = period as f64;
    match period % 2 {
        1 => values
            .windows(period)
            .map(|window| window.iter().sum::<f64>() / p)
            .collect(),
        _ => values
            .windows(period + 1)
            .map(|window| {
                let ends = (window[0] + window[period]) / 2.0;
                (ends + window[1..period].iter().sum::<f64>()) / p
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn a_season_on_a_line_is_found_again() {
        let season = [3.0, -1.0, 0.0, -2.0];
        let value = |t: usize| 10.0 + t as f64 + season[t % 4];
        let values: Vec<f64> = (0..24).map(value).collect();
        let found = indices(&values, 4, Season::Additive).unwrap();
        assert!(
            found.iter().zip(season).all(|(a, b)| (a - b).abs() < 1e-9),
            "{found:?}"
        );
        let season = [1.3, 0.9, 1.0, 0.8];
        let values: Vec<f64> = (0..24).map(|t| 10.0 * season[t % 4]).collect();
        let found = indices(&values, 4, Season::Multiplicative).unwrap();
        assert!(
            found.iter().zip(season).all(|(a, b)| (a - b).abs() < 1e-9),
            "{found:?}"
        );
        assert_eq!(indices(&values[..7], 4, Season::Additive), None);
    }

    #[test]
    fn noise_is_hardly_ever_called_seasonal() {
        let mut rng = Rng::named(5, "noise");
        let mut called = 0;
        for _ in 0..500 {
            let noise: Vec<f64> = (0..60).map(|_| rng.normal()).collect();
            called += usize::from(is_seasonal(&noise, 12));
        }
        assert!((10..75).contains(&called), "{called} of 500");
        let wave: Vec<f64> = (0..60).map(|t| f64::from(t % 12) + rng.normal()).collect();
        assert!(is_seasonal(&wave, 12) && !is_seasonal(&wave[..20], 12));
        assert!(!is_seasonal(&[1.0; 60], 12));
    }
}
