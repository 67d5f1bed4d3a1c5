//! Whether forecasts have skill: a test against baselines, and what a bad forecast looks like, in figures and
//! in one or two plain sentences.
//!
//! The test is that of Diebold & Mariano (1995) on absolute errors, with the correction for small
//! samples of Harvey, Leybourne & Newbold (1997). It has to be passed against the baseline that somebody would have
//! chosen by the last third of the training part, the last value, the season before, and whatever baseline has
//! smaller errors. The one that is hardest to beat is named.

use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF, StudentsT};

use super::{Baseline, BaselineScore, Predictions, Scores};

/// How sure the test must be before skill is claimed.
const LEVEL: f64 = 0.05;
/// Rows back to which a forecast is compared.
const MOST_LAG: usize = 5;
/// Fewer windows than this say nothing about lags.
const FEWEST: usize = 30;
/// Below this share of the truth's spread a forecast is flat.
const FLAT: f64 = 0.05;

/// What [`Verdict::of`] finds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Verdict {
    /// Whether the network's errors are smaller than those of the baselines that count, beyond chance.
    pub has_skill: bool,
    /// The one of them that is hardest to beat: the best of the training part, the last value or the
    /// season before.
    pub baseline: String,
    /// Chance of errors so much smaller, or more so, without skill; `None` where every error is
    /// the same.
    pub p_value: Option<f64>,
    /// How many rows the forecast is late: the shift at which it is nearest to the truth.
    pub lag: usize,
    /// Whether the forecast hardly moves while the truth does.
    pub flat: bool,
    /// Standard deviation of the mean absolute error from seed to seed, to be seen beside the gain;
    /// `None` for one network.
    #[serde(default)]
    pub seed_spread: Option<f64>,
    /// The same in words.
    pub text: String,
}

impl Verdict {
    /// Judges predictions by their scores.
    pub fn of(predictions: &Predictions, scores: &Scores) -> Option<Self> {
        let ours = window_errors(predictions, predictions.forecast());
        let chance = |baseline: Baseline| -> Option<f64> {
            let (_, theirs) = predictions.baselines.iter().find(|(b, _)| *b == baseline)?;
            let theirs = window_errors(predictions, theirs);
            let gains: Vec<f64> = theirs.iter().zip(&ours).map(|(b, f)| b - f).collect();
            diebold_mariano(&gains, predictions.horizon)
        };
        let is_rival = |score: &&BaselineScore| match score.baseline {
            Baseline::LastValue | Baseline::SeasonalNaive { .. } => true,
            other if Some(other) == predictions.method => false,
            other => other == predictions.chosen || score.mae <= scores.mae,
        };
        let rivals = scores.baselines.iter().filter(is_rival);
        let (best, p_value) =
            rivals
                .map(|score| (score, chance(score.baseline)))
                .max_by(|(a, p), (b, q)| {
                    // Where nothing can be told, nothing is better; of equals the one with the smaller errors.
                    let (p, q) = (p.unwrap_or(1.0), q.unwrap_or(1.0));
                    p.total_cmp(&q).then(b.mae.total_cmp(&a.mae))
                })?;
        let has_skill = p_value.is_some_and(|p| p < LEVEL);
        let lag = lag(predictions);
        let flat = is_flat(predictions);
        let is_last = predictions.method.is_none() && predictions.forecast() == predictions.naive;
        let baseline = best.baseline.name();
        let text = text(
            scores, best.mae, &baseline, p_value, has_skill, lag, flat, is_last,
        );
        Some(Self {
            has_skill,
            baseline,
            p_value,
            lag,
            flat,
            seed_spread: scores.seed_spread,
            text,
        })
    }
}

/// The mean absolute error of each window.
fn window_errors(predictions: &Predictions, forecast: &[f64]) -> Vec<f64> {
    let errors: Vec<f64> = forecast
        .iter()
        .zip(&predictions.actual)
        .map(|(f, a)| (f - a).abs())
        .collect();
    errors
        .chunks_exact(predictions.horizon)
        .map(|window| window.iter().sum::<f64>() / window.len() as f64)
        .collect()
}

/// The one-sided p-value of `gains` (the other's error less ours) being above zero only by chance,
/// for forecasts of `horizon` steps.
///
/// ```
/// use gatecast::forecast::diebold_mariano;
///
/// let gains = [0.5, 1.0, 0.2, 0.9, -0.1, 0.7, 0.4, 0.8];
/// assert!(diebold_mariano(&gains, 1).is_some_and(|p| p < 0.01));
/// assert_eq!(diebold_mariano(&[0.0; 8], 1), None);
/// ```
pub fn diebold_mariano(gains: &[f64], horizon: usize) -> Option<f64> {
    let n = gains.len();
    if n < 2 {
        return None;
    }
    let count = n as f64;
    let mean = gains.iter().sum::<f64>() / count;
    let covariance = |lag: usize| {
        let pairs = gains[lag..].iter().zip(gains);
        pairs.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / count
    };
    // Errors of windows that overlap go together, up to `horizon − 1` windows apart. Their sum can
    // come out negative; falling weights (Bartlett's) keep it above zero.
    let lags = (horizon - 1).min(n / 2);
    let sum = |weight: &dyn Fn(usize) -> f64| {
        covariance(0)
            + 2.0
                * (1..=lags)
                    .map(|lag| weight(lag) * covariance(lag))
                    .sum::<f64>()
    };
    let mut variance = sum(&|_| 1.0);
    if variance <= 0.0 {
        variance = sum(&|lag| 1.0 - lag as f64 / (lags + 1) as f64);
    }
    if variance <= 0.0 {
        return None;
    }
    let h = (lags + 1) as f64;
    let correction = (count + 1.0 - 2.0 * h + h * (h - 1.0) / count) / count;
    let statistic = correction.max(0.0).sqrt() * mean / (variance / count).sqrt();
    let student = StudentsT::new(0.0, 1.0, count - 1.0).ok()?;
    // Errors beyond all bounds have no statistic, and the distribution takes none.
    statistic.is_finite().then(|| student.sf(statistic))
}

/// The shift at which the forecasts' first steps are nearest to the truth. Values before the first
/// window are unknown here, so the first few windows are left out.
fn lag(predictions: &Predictions) -> usize {
    let (truth, forecast): (Vec<f64>, Vec<f64>) = predictions
        .first_steps()
        .map(|(_, truth, forecast, _)| (truth, forecast))
        .unzip();
    if truth.len() < FEWEST {
        return 0;
    }
    let distance = |lag: usize| -> f64 {
        let late = &truth[MOST_LAG - lag..truth.len() - lag];
        let pairs = forecast[MOST_LAG..].iter().zip(late);
        pairs.map(|(f, t)| (f - t).abs()).sum()
    };
    (0..=MOST_LAG)
        .min_by(|&a, &b| distance(a).total_cmp(&distance(b)))
        .unwrap_or(0)
}

/// Whether the forecasts' first steps hardly move while the truth does.
fn is_flat(predictions: &Predictions) -> bool {
    let deviation = |values: Vec<f64>| {
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        values
            .iter()
            .map(|v| (v - mean).powi(2))
            .sum::<f64>()
            .sqrt()
    };
    let truth = deviation(predictions.first_steps().map(|(_, t, _, _)| t).collect());
    let forecast = deviation(predictions.first_steps().map(|(_, _, f, _)| f).collect());
    truth > 0.0 && forecast < FLAT * truth
}

fn text(
    scores: &Scores,
    best: f64,
    baseline: &str,
    p_value: Option<f64>,
    has_skill: bool,
    lag: usize,
    flat: bool,
    is_last: bool,
) -> String {
    let p = p_value.map_or_else(String::new, |p| match p {
        ..0.001 => ", p < 0.001".into(),
        ..0.01 => format!(", p = {p:.3}"),
        _ => format!(", p = {p:.2}"),
    });
    let (mae, best_mae) = (number(scores.mae), number(best));
    if has_skill {
        let share = 100.0 * (1.0 - scores.mae / best);
        let seeds = seeds(scores, best - scores.mae);
        return format!(
            "Evidence of skill: MAE {mae} against {best_mae} for the baseline to beat, {baseline} ({share:.1} % better{p}).{seeds}"
        );
    }
    if is_last {
        return "No evidence of skill: on the validation folds the network added nothing to the last \
                value, so the forecast is the last value."
            .into();
    }
    let change = match 100.0 * (scores.mae / best - 1.0) {
        _ if best == 0.0 => "which was always right".into(),
        share @ 1e8.. => format!("{:.0e} times as far off{p}", share / 100.0 + 1.0),
        share @ 1000.0.. => format!("{:.0} times as far off{p}", share / 100.0 + 1.0),
        share @ 0.0.. => format!("{share:.1} % worse{p}"),
        share => format!("{:.1} % better, within chance{p}", -share),
    };
    let mut text = format!(
        "No evidence of skill: MAE {mae} against {best_mae} for the baseline to beat, {baseline} ({change})."
    );
    if scores.mae < best {
        text += &seeds(scores, best - scores.mae);
    }
    if flat {
        text += " The forecast hardly moves while the series does.";
    } else if lag > 0 {
        let rows = if lag == 1 { "row" } else { "rows" };
        text += &format!(" The forecast follows the series {lag} {rows} late.");
    }
    text
}

/// Another seed would have given another network: how much that matters beside the gain.
fn seeds(scores: &Scores, gain: f64) -> String {
    match scores.seed_spread {
        // Without weight all networks forecast alike.
        Some(spread) if spread <= 1e-9 * scores.mae => String::new(),
        Some(spread) if spread >= gain => format!(
            " From seed to seed the MAE varies by {}, more than the gain of {}.",
            number(spread),
            number(gain)
        ),
        Some(spread) => format!(
            " From seed to seed the MAE varies by {}, less than the gain of {}.",
            number(spread),
            number(gain)
        ),
        None => String::new(),
    }
}

/// Four significant digits.
fn number(value: f64) -> String {
    if value != 0.0 && !(1e-4..1e9).contains(&value.abs()) {
        return format!("{value:.3e}");
    }
    let digits = match value.abs() {
        0.0 => 0,
        value => (3.0 - value.log10().floor()).clamp(0.0, 12.0) as usize,
    };
    format!("{value:.digits$}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forecast::Predicted;
    use crate::rng::Rng;

    /// A walk of `len` steps, each `memory` of the one before it plus noise, and forecasts of it.
    fn judged(len: usize, memory: f64, forecast: impl Fn(&[f64]) -> f64) -> Verdict {
        let mut rng = Rng::named(7, "walk");
        let mut walk = vec![100.0, 100.5];
        while walk.len() < len + 2 {
            let (before, last) = (walk[walk.len() - 2], walk[walk.len() - 1]);
            walk.push(last + memory * (last - before) + rng.normal());
        }
        let rows: Vec<usize> = (2..len + 2).collect();
        let date = jiff::civil::date(2018, 1, 1).into();
        let predictions = Predictions {
            horizon: 1,
            dates: vec![date; len],
            actual: walk[2..].to_vec(),
            predicted: Predicted {
                values: rows.iter().map(|&row| forecast(&walk[..row])).collect(),
                quantiles: vec![],
            },
            naive: rows.iter().map(|&row| walk[row - 1]).collect(),
            method: None,
            chosen: Baseline::Drift,
            baselines: Baseline::forecast_all(5, &walk, 2, &rows, 1),
            mean_change: 1.0,
            units: vec![],
            members: vec![],
            bands: vec![],
        };
        Verdict::of(&predictions, &Scores::of(&predictions).unwrap()).unwrap()
    }

    #[test]
    fn two_gains_by_hand() {
        // The mean is 2, the variance 1, the correction (2 + 1 − 2)/2; with one degree of freedom
        // Student's distribution is Cauchy's.
        let p = diebold_mariano(&[1.0, 3.0], 1).unwrap();
        assert!(
            (p - (0.5 - 2.0f64.atan() / std::f64::consts::PI)).abs() < 1e-9,
            "{p}"
        );
        assert_eq!(diebold_mariano(&[1.0], 1), None);
        assert_eq!(diebold_mariano(&[2.0; 9], 3), None);
        // Of two steps: the mean is 1, the variance 5 + 2·5/4 = 15/2, the correction
        // (4 + 1 − 4 + 2/4)/4 = 3/8, so the statistic is √(3/8)/√(15/8) = √(1/5), with three degrees of
        // freedom, whose distribution has a closed form.
        let p = diebold_mariano(&[4.0, 2.0, 0.0, -2.0], 2).unwrap();
        let x = (1.0f64 / 15.0).sqrt();
        let want = 0.5 - (x / (1.0 + x * x) + x.atan()) / std::f64::consts::PI;
        assert!((p - want).abs() < 1e-9, "{p} {want}");
    }

    #[test]
    fn chance_is_called_chance_as_often_as_promised() {
        let mut rng = Rng::named(1, "gains");
        for horizon in [1, 5] {
            let claims = (0..2000).filter(|_| {
                // Gains of overlapping windows share `horizon` of their terms.
                let noise: Vec<f64> = (0..120 + horizon).map(|_| rng.normal()).collect();
                let gains: Vec<f64> = noise.windows(horizon).map(|w| w.iter().sum()).collect();
                diebold_mariano(&gains, horizon).is_some_and(|p| p < 0.05)
            });
            let share = claims.count() as f64 / 2000.0;
            assert!((0.03..0.08).contains(&share), "{horizon}: {share}");
        }
    }

    #[test]
    fn skill_is_seen_where_it_is() {
        let verdict = judged(1000, 0.3, |past| {
            let (before, last) = (past[past.len() - 2], past[past.len() - 1]);
            last + 0.3 * (last - before)
        });
        assert!(verdict.has_skill, "{}", verdict.text);
        assert!(
            verdict.text.starts_with("Evidence of skill"),
            "{}",
            verdict.text
        );
    }

    #[test]
    fn a_late_a_flat_and_an_empty_forecast_are_called_so() {
        let late = judged(300, 0.0, |past| past[past.len() - 1] + 0.3);
        assert!(!late.has_skill && late.lag == 1, "{late:?}");
        assert!(
            late.text.ends_with("follows the series 1 row late."),
            "{}",
            late.text
        );
        let flat = judged(300, 0.0, |_| 100.0);
        assert!(
            flat.flat && flat.text.contains("hardly moves"),
            "{}",
            flat.text
        );
        let last = judged(300, 0.0, |past| past[past.len() - 1]);
        assert!(
            !last.has_skill && last.text.contains("is the last value"),
            "{}",
            last.text
        );
    }
}
