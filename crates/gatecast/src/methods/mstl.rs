//! Several seasons at once, or a long one: they are taken out by smoothing (STL; Cleveland et al. 1990; several by
//! turns, Bandara, Hyndman & Bergmeir 2021), the rest is forecast by exponential smoothing without a season,
//! and the last of each season is put back. What this file is not: the smoothing is the crate `stlrs`'s.

use super::ets::Ets;

/// The rest followed by exponential smoothing, and each season's last period of the rows learnt from.
#[derive(Clone, Debug)]
pub(crate) struct Mstl {
    rest: Ets,
    /// By the row's place in its period.
    seasons: Vec<Vec<f64>>,
}

impl Mstl {
    /// Learns from the first `known` of `values`, with those of the `periods` that come round twice. `None`
    /// where none does.
    pub(crate) fn fit(values: &[f64], known: usize, periods: &[usize]) -> Option<Self> {
        let known = known.min(values.len());
        let usable = |&period: &usize| period >= 2 && known > 2 * period;
        let mut periods: Vec<usize> = periods.iter().copied().filter(usable).collect();
        periods.sort_unstable();
        periods.dedup();
        if periods.is_empty() {
            return None;
        }
        // The smoothers' lengths are those of Hyndman's `mstl`.
        let lengths: Vec<usize> = (1..=periods.len()).map(|i| 7 + 4 * i).collect();
        let mut stl = stlrs::Stl::params();
        stl.seasonal_degree(0);
        let decomposed = stlrs::Mstl::params()
            .seasonal_lengths(&lengths)
            .stl_params(stl)
            .fit(&values[..known], &periods)
            .ok()?;
        let seasons: Vec<Vec<f64>> = decomposed
            .seasonal()
            .iter()
            .zip(&periods)
            .map(|(season, &period)| {
                let last = known - period..known;
                let mut places = vec![0.0; period];
                for row in last {
                    places[row % period] = season[row];
                }
                places
            })
            .collect();
        // Of the rows learnt from the rest is what the smoothing left, of those after them what the last
        // seasons leave.
        let rest: Vec<f64> = values
            .iter()
            .enumerate()
            .map(|(row, value)| {
                let season = |(season, places): (&Vec<f64>, &Vec<f64>)| {
                    season
                        .get(row)
                        .copied()
                        .unwrap_or(places[row % places.len()])
                };
                let all = decomposed.seasonal().iter().zip(&seasons);
                value - all.map(season).sum::<f64>()
            })
            .collect();
        Some(Self {
            rest: Ets::fit(&rest, known, 1)?,
            seasons,
        })
    }

    /// Forecasts the rows from `row` on, knowing those before it.
    pub(crate) fn forecast(&self, row: usize, out: &mut [f64]) {
        self.rest.forecast(row, out);
        for (step, out) in out.iter_mut().enumerate() {
            let places = self.seasons.iter().map(|s| s[(row + step) % s.len()]);
            *out += places.sum::<f64>();
        }
    }
}
