//! Forecasts beside what happened and beside the last value, and how far off each was.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Forecasts for a part of a series whose truth is known. Step `k` of window `i` is element
/// `i·horizon + k`; all values are in the units of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    /// Steps of each forecast.
    pub horizon: usize,
    /// Date of each window's first step.
    pub dates: Vec<Date>,
    /// What happened.
    pub actual: Vec<f64>,
    /// What the network said.
    pub forecast: Vec<f64>,
    /// The last value that each window knew.
    pub naive: Vec<f64>,
}

impl Predictions {
    /// The first step of each forecast: dates, truth, forecast, last value.
    pub fn first_steps(&self) -> impl Iterator<Item = (Date, f64, f64, f64)> + '_ {
        self.dates.iter().enumerate().map(|(window, &date)| {
            let at = window * self.horizon;
            (date, self.actual[at], self.forecast[at], self.naive[at])
        })
    }
}

/// How far forecasts were off, over all windows and steps, in the units of the file.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Windows that were forecast.
    pub windows: usize,
    /// Mean absolute error.
    pub mae: f64,
    /// Root of the mean squared error.
    pub rmse: f64,
    /// Mean absolute error of the last value.
    pub naive_mae: f64,
    /// Root mean squared error of the last value.
    pub naive_rmse: f64,
    /// `1 − mae / naive_mae`: above zero, the network is better than the last value. `None` when
    /// the last value was never off.
    pub skill: Option<f64>,
}

impl Scores {
    /// Scores predictions; `None` when there are none.
    pub fn of(predictions: &Predictions) -> Option<Self> {
        let windows = predictions.dates.len();
        let (mae, rmse) = errors(&predictions.forecast, &predictions.actual)?;
        let (naive_mae, naive_rmse) = errors(&predictions.naive, &predictions.actual)?;
        let skill = (naive_mae > 0.0).then(|| 1.0 - mae / naive_mae);
        Some(Self {
            windows,
            mae,
            rmse,
            naive_mae,
            naive_rmse,
            skill,
        })
    }
}

/// Mean absolute and root mean squared error.
fn errors(forecast: &[f64], actual: &[f64]) -> Option<(f64, f64)> {
    if actual.is_empty() {
        return None;
    }
    let n = actual.len() as f64;
    let errors = || forecast.iter().zip(actual).map(|(f, a)| f - a);
    let mae = errors().map(f64::abs).sum::<f64>() / n;
    // Relative to the largest error, so that squares cannot overflow.
    let largest = errors().fold(0.0f64, |most, e| most.max(e.abs()));
    let scale = if largest > 0.0 { largest } else { 1.0 };
    let rmse = scale * (errors().map(|e| (e / scale).powi(2)).sum::<f64>() / n).sqrt();
    Some((mae, rmse))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_by_hand() {
        let predictions = Predictions {
            horizon: 2,
            dates: vec![jiff::civil::date(2018, 1, 2); 2],
            actual: vec![1.0, 2.0, 3.0, 4.0],
            forecast: vec![1.0, 3.0, 3.0, 2.0],
            naive: vec![1.0, 1.0, 1.0, 1.0],
        };
        let scores = Scores::of(&predictions).unwrap();
        assert_eq!(
            (scores.windows, scores.mae, scores.naive_mae),
            (2, 0.75, 1.5)
        );
        assert!((scores.rmse - 1.25f64.sqrt()).abs() < 1e-12);
        assert!((scores.naive_rmse - 3.5f64.sqrt()).abs() < 1e-12);
        assert_eq!(scores.skill, Some(0.5));
        let first: Vec<_> = predictions
            .first_steps()
            .map(|(_, a, f, n)| (a, f, n))
            .collect();
        assert_eq!(first, [(1.0, 1.0, 1.0), (3.0, 3.0, 1.0)]);
    }

    #[test]
    fn nothing_to_score_and_nothing_to_beat() {
        let mut p = Predictions {
            horizon: 1,
            dates: vec![],
            actual: vec![],
            forecast: vec![],
            naive: vec![],
        };
        assert_eq!(Scores::of(&p), None);
        p.dates = vec![jiff::civil::date(2018, 1, 2)];
        (p.actual, p.forecast, p.naive) = (vec![1.0], vec![2.0], vec![1.0]);
        assert_eq!(Scores::of(&p).unwrap().skill, None);
    }
}
