//! How far off the forecasts of many series were: the scores of each, and all together. What this file
//! is not: a score's formula is in `scores`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::scores::ROUNDING;
use super::{Baseline, BaselineScore, Predictions, Scores, Verdict};
use crate::series::Series;

/// How one series of many was forecast.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SeriesScores {
    /// What the series is called.
    pub name: String,
    /// Rows that were known in training.
    pub rows: usize,
    /// Over all its test windows and steps.
    pub scores: Scores,
    /// Whether there is skill.
    pub verdict: Option<Verdict>,
}

/// Three errors of one series, or their means over many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Errors {
    /// Mean absolute error, in the units of the file.
    pub mae: f64,
    /// As [`Scores::smape`].
    pub smape: Option<f64>,
    /// As [`Scores::mase`].
    pub mase: Option<f64>,
}

/// Means of a baseline's errors over many series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BaselineErrors {
    /// Its name in tables.
    pub name: String,
    /// How far off it was.
    #[serde(flatten)]
    pub errors: Errors,
}

/// The errors of many series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PanelScores {
    /// Series that were scored.
    pub scored: usize,
    /// Means over the series.
    pub model: Errors,
    /// Of the season before.
    pub seasonal_naive: Errors,
    /// Of the last value.
    pub last_value: Errors,
    /// Of every baseline.
    #[serde(default)]
    pub baselines: Vec<BaselineErrors>,
    /// Overall weighted average: the mean of sMAPE and MASE, each over that of Naive2 (Makridakis et al. 2020), which
    /// without a season is the last value; `None` where one of them is.
    #[serde(default)]
    pub owa: Option<f64>,
    /// Mean of [`Scores::msis`].
    #[serde(default)]
    pub msis: Option<f64>,
    /// [`Scores::wql`] over the steps of all series.
    #[serde(default)]
    pub wql: Option<f64>,
    /// `coverage80` and `coverage95`: share of the true values of all series within the bands, in per cent.
    #[serde(default)]
    pub coverage: BTreeMap<String, f64>,
    /// The best of them, by mean MASE (by MAE where there is none), with which the rest compares.
    pub baseline: String,
    /// `1 − MAE / MAE of the baseline` of the series at 10, 25, 50, 75 and 90 per cent.
    pub skill: [f64; 5],
    /// Share of the series on which the model's MAE is below the baseline's.
    pub better: f64,
}

impl Errors {
    /// The mean of sMAPE and MASE over those of another.
    fn over(&self, other: &Self) -> Option<f64> {
        let (smape, mase) = (self.smape? / other.smape?, self.mase? / other.mase?);
        Some((smape + mase) / 2.0).filter(|owa| owa.is_finite())
    }

    fn mean(all: impl Iterator<Item = Self> + Clone) -> Self {
        let mean = |values: Vec<f64>| {
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        Self {
            mae: mean(all.clone().map(|errors| errors.mae).collect()).unwrap_or(0.0),
            smape: mean(all.clone().filter_map(|errors| errors.smape).collect()),
            mase: mean(all.filter_map(|errors| errors.mase).collect()),
        }
    }
}

/// Some of [`Baseline::KINDS`].
const LAST_VALUE: &str = "last_value";
const SEASONAL_NAIVE: &str = "seasonal_naive";
const NAIVE2: &str = "naive2";

/// The mean errors of every kind of baseline that all series have, and those of each series.
fn baselines(scores: &[SeriesScores]) -> Vec<(BaselineErrors, Vec<Errors>)> {
    let of_kind = |kind: &&str| {
        let each: Option<Vec<Errors>> = scores.iter().map(|score| score.baseline(kind)).collect();
        let each = each?;
        // Series may have seasons of their own, or none.
        let all = scores.iter().flat_map(|score| &score.scores.baselines);
        let mut names = all.filter(|score| score.baseline.kind() == *kind);
        let name = names.next()?.baseline.name();
        let name = match names.all(|score| score.baseline.name() == name) {
            true => name,
            false => name.split(" (").next().unwrap_or_default().into(),
        };
        let errors = Errors::mean(each.iter().copied());
        Some((BaselineErrors { name, errors }, each))
    };
    Baseline::KINDS.iter().filter_map(of_kind).collect()
}

/// The best of them, by mean MASE, or by MAE where there is none.
fn best(baselines: &[BaselineErrors]) -> Option<usize> {
    let size = |at: &usize| {
        let errors = &baselines[*at].errors;
        errors.mase.unwrap_or(errors.mae)
    };
    (0..baselines.len()).min_by(|a, b| size(a).total_cmp(&size(b)))
}

/// Twice the pinball losses of all steps over all sizes, of the series that have bands.
fn wql(scores: &[SeriesScores]) -> Option<f64> {
    let of_series = |score: &SeriesScores| {
        let (scores, steps) = (&score.scores, score.scores.steps_scored());
        Some((scores.deciles? * steps, scores.mean_size * steps))
    };
    let each = scores.iter().filter_map(of_series);
    let (losses, sizes) = each.fold((0.0, 0.0), |(losses, sizes), (loss, size)| {
        (losses + loss, sizes + size)
    });
    Some(2.0 * losses / sizes).filter(|wql| wql.is_finite())
}

/// The mean of those values that are there, each with its weight.
fn average(values: impl Iterator<Item = (Option<f64>, f64)>) -> Option<f64> {
    let there = values.filter_map(|(value, weight)| Some((value?, weight)));
    let (sum, weights) = there.fold((0.0, 0.0), |(sum, weights), (value, weight)| {
        (sum + weight * value, weights + weight)
    });
    Some(sum / weights).filter(|mean| mean.is_finite())
}

impl SeriesScores {
    /// Of predictions for a series of which the first `rows` were known in training; `None` without
    /// predictions.
    pub fn of(series: &Series, rows: usize, predictions: &Predictions) -> Option<Self> {
        let scores = Scores::of(predictions)?;
        Some(Self {
            name: series.name().into(),
            rows,
            verdict: Verdict::of(predictions, &scores),
            scores,
        })
    }

    /// Of the model.
    pub fn model(&self) -> Errors {
        Errors {
            mae: self.scores.mae,
            smape: self.scores.smape,
            mase: self.scores.mase,
        }
    }

    /// Of the last value.
    pub fn last_value(&self) -> Errors {
        self.baseline(LAST_VALUE).unwrap_or_default()
    }

    /// Of the season before; without a season, of the last value.
    pub fn seasonal_naive(&self) -> Errors {
        self.baseline(SEASONAL_NAIVE).unwrap_or_default()
    }

    /// Of a kind of baseline; without a season, what goes by it is the last value.
    fn baseline(&self, kind: &str) -> Option<Errors> {
        let mut all = self.scores.baselines.iter();
        let errors = |score: &BaselineScore| Errors {
            mae: score.mae,
            smape: score.smape,
            mase: score.mase,
        };
        match all.find(|score| score.baseline.kind() == kind) {
            Some(score) => Some(errors(score)),
            None if Baseline::SEASONAL.contains(&kind) => self.baseline(LAST_VALUE),
            None => None,
        }
    }

    /// `1 − MAE / MAE of a baseline`; zero where that was never off, but for rounding.
    fn skill(&self, baseline: &Errors) -> f64 {
        if baseline.mae <= ROUNDING * self.scores.mean_size {
            return 0.0;
        }
        let skill = 1.0 - self.scores.mae / baseline.mae;
        if skill.is_finite() { skill } else { 0.0 }
    }
}

impl PanelScores {
    /// `1 − MAE / MAE` of the best baseline, of each series.
    pub fn skills(scores: &[SeriesScores]) -> Vec<f64> {
        let all = baselines(scores);
        let names: Vec<BaselineErrors> = all.iter().map(|(errors, _)| errors.clone()).collect();
        let Some(best) = best(&names) else {
            return vec![0.0; scores.len()];
        };
        let pairs = scores.iter().zip(&all[best].1);
        pairs.map(|(score, errors)| score.skill(errors)).collect()
    }

    /// Of the scores of single series; `None` without any.
    pub fn of(scores: &[SeriesScores]) -> Option<Self> {
        let last = scores.len().checked_sub(1)?;
        let mean = |of: fn(&SeriesScores) -> Errors| Errors::mean(scores.iter().map(of));
        let (baselines, each): (Vec<BaselineErrors>, Vec<Vec<Errors>>) =
            baselines(scores).into_iter().unzip();
        let best = best(&baselines)?;
        let pairs = || scores.iter().zip(&each[best]);
        let mut skills: Vec<f64> = pairs().map(|(score, errors)| score.skill(errors)).collect();
        skills.sort_by(f64::total_cmp);
        let better = pairs().filter(|(score, errors)| score.scores.mae < errors.mae);
        let model = mean(SeriesScores::model);
        let naive2 = scores.iter().map(|score| score.baseline(NAIVE2));
        let naive2: Option<Vec<Errors>> = naive2.collect();
        Some(Self {
            owa: naive2.and_then(|each| model.over(&Errors::mean(each.iter().copied()))),
            msis: average(scores.iter().map(|score| (score.scores.msis, 1.0))),
            wql: wql(scores),
            coverage: [80, 95]
                .map(|level| format!("coverage{level}"))
                .into_iter()
                .filter_map(|name| {
                    let each = scores.iter().map(|score| {
                        let coverage = score.scores.bands.get(&name).copied();
                        (coverage, score.scores.steps_scored())
                    });
                    Some((name.clone(), average(each)?))
                })
                .collect(),
            scored: scores.len(),
            model,
            seasonal_naive: mean(SeriesScores::seasonal_naive),
            last_value: mean(SeriesScores::last_value),
            baseline: baselines[best].name.clone(),
            skill: [0.1, 0.25, 0.5, 0.75, 0.9]
                .map(|share| skills[(share * last as f64).round() as usize]),
            better: better.count() as f64 / scores.len() as f64,
            baselines,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::forecast::Band;
    use crate::forecast::scores::mean_change;

    fn of(model: f64, season: f64, last: f64) -> SeriesScores {
        let baseline = |baseline, mae| BaselineScore {
            baseline,
            mae,
            rmse: mae,
            smape: Some(1.0),
            mase: Some(mae),
        };
        SeriesScores {
            name: "a".into(),
            rows: 9,
            scores: Scores {
                mae: model,
                mase: Some(model),
                baselines: vec![
                    baseline(Baseline::LastValue, last),
                    baseline(Baseline::SeasonalNaive { period: 4 }, season),
                ],
                ..Scores::default()
            },
            verdict: None,
        }
    }

    #[test]
    fn the_better_baseline_is_what_counts() {
        let scores = PanelScores::of(&[of(1.0, 4.0, 2.0), of(3.0, 9.0, 2.0)]).unwrap();
        assert_eq!((&scores.baseline[..], scores.better), ("last value", 0.5));
        assert_eq!((scores.skill[0], scores.skill[4]), (-0.5, 0.5));
        let scores = PanelScores::of(&[of(1.0, 2.0, 4.0)]).unwrap();
        assert_eq!(scores.baseline, "seasonal naive (4)");
        assert_eq!(scores.baselines.len(), 2);
        assert_eq!(PanelScores::of(&[]), None);
    }

    /// The golden values are those of utilsforecast and of the M4 competition's formulas (`tests/golden`).
    #[test]
    fn scores_are_those_of_utilsforecast_and_of_the_m4_competition() {
        let golden: Value =
            serde_json::from_str(include_str!("../../../../tests/golden/scores.json")).unwrap();
        let numbers =
            |value: &Value| -> Vec<f64> { serde_json::from_value(value.clone()).unwrap() };
        let (season, horizon) = (golden["season"].as_u64().unwrap() as usize, 6);
        let close = |got: Option<f64>, want: &Value, what: &str| {
            let (got, want) = (got.unwrap(), want.as_f64().unwrap());
            assert!((got / want - 1.0).abs() < 1e-9, "{what}: {got} {want}");
        };
        let mut all = Vec::new();
        for of in golden["series"].as_array().unwrap() {
            let known = numbers(&of["known"]);
            let rows = known.len();
            let values = [known.clone(), numbers(&of["actual"])].concat();
            let bands = of["bands"].as_array().unwrap().iter().map(|band| Band {
                level: band["level"].as_u64().unwrap() as u8,
                below: numbers(&band["below"]),
                above: numbers(&band["above"]),
            });
            let predictions = Predictions {
                horizon,
                dates: vec![jiff::civil::date(2018, 1, 2).into()],
                actual: numbers(&of["actual"]),
                predicted: numbers(&of["forecast"]).into(),
                naive: vec![known[rows - 1]; horizon],
                method: None,
                chosen: Baseline::LastValue,
                baselines: Baseline::forecast_all(season, &values, rows, &[rows], horizon),
                mean_change: mean_change(&known, season),
                units: vec![1.0],
                members: vec![],
                bands: bands.collect(),
            };
            let name = of["name"].as_str().unwrap();
            let naive2 =
                Baseline::Naive2 { period: season }.forecast(&values, rows, &[rows], horizon);
            for (got, want) in naive2.iter().zip(numbers(&of["naive2"])) {
                assert!((got / want - 1.0).abs() < 1e-9, "{name}: {got} {want}");
            }
            let series = Series::undated(name, [("y", values)]).unwrap();
            let scored = SeriesScores::of(&series, rows, &predictions).unwrap();
            let scores = &scored.scores;
            close(scores.smape, &of["smape"], "sMAPE");
            close(scores.mase, &of["mase"], "MASE");
            close(scores.msis, &of["msis"], "MSIS");
            close(scores.wql, &of["wql"], "WQL");
            for level in ["coverage80", "coverage95"] {
                close(scores.bands.get(level).copied(), &of[level], level);
            }
            all.push(scored);
        }
        let scores = PanelScores::of(&all).unwrap();
        let want = &golden["all"];
        close(scores.owa, &want["owa"], "OWA");
        close(scores.msis, &want["msis"], "MSIS");
        close(scores.wql, &want["wql"], "WQL");
        for level in ["coverage80", "coverage95"] {
            close(scores.coverage.get(level).copied(), &want[level], level);
        }
    }

    #[test]
    fn scores_do_not_depend_on_the_order_of_series_with_seasons_of_their_own() {
        let seasonal = of(1.0, 4.0, 2.0);
        let mut without = of(3.0, 9.0, 2.0);
        without.scores.baselines.truncate(1);
        let mut other = of(2.0, 5.0, 7.0);
        other.scores.baselines[1].baseline = Baseline::SeasonalNaive { period: 7 };
        let all = [seasonal, without, other];
        let back = [all[2].clone(), all[1].clone(), all[0].clone()];
        let (scores, again) = (
            PanelScores::of(&all).unwrap(),
            PanelScores::of(&back).unwrap(),
        );
        assert_eq!(scores, again);
        // Without a season it is the last value, 2.
        assert_eq!(scores.seasonal_naive.mae, (4.0 + 2.0 + 5.0) / 3.0);
        assert_eq!(scores.baselines[1].name, "seasonal naive");
        let skills = PanelScores::skills(&all);
        assert_eq!(scores.baseline, "last value".to_string());
        assert_eq!(skills, [0.5, -0.5, 1.0 - 2.0 / 7.0]);
    }

    #[test]
    fn without_a_season_the_season_before_is_the_last_value() {
        let mut score = of(1.0, 4.0, 2.0);
        score.scores.baselines.truncate(1);
        assert_eq!(score.seasonal_naive(), score.last_value());
    }
}
