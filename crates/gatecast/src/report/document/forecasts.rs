//! The charts of forecasts: beside what happened, after the last row, by step, and how their errors are spread. What this file
//! is not: the kinds of charts and how they are thinned stand in `charts`.

use super::charts::{Bin, ChartBand, ChartData, MOST, chart, thinned};
use super::{Block, Text, text};
use crate::forecast::Predictions;
use crate::report::number;
use crate::{Forecast, Scores, Series};

/// Rows before the last that a chart of what follows shows, at least.
const BEFORE: usize = 60;
/// Windows beyond which the last ones are also drawn by themselves.
const MANY: usize = 250;
/// So many of them.
const LAST: usize = 60;
/// Bars of a histogram, at most.
const BARS: usize = 31;

/// The test part: the first step of each forecast, of very many also the last ones by themselves, and of several steps the
/// whole of the last forecast.
pub(super) fn of_test(
    predictions: &Predictions,
    series: Option<&Series>,
    unit: &str,
) -> Vec<Block> {
    let windows = predictions.dates.len();
    let mut blocks = Vec::new();
    if windows > 1 {
        blocks.push(first_steps(predictions, 0, unit));
    }
    if windows > MANY {
        blocks.push(first_steps(predictions, windows - LAST, unit));
    }
    if predictions.horizon > 1 {
        blocks.extend(series.and_then(|series| last_forecast(predictions, series, unit)));
    }
    blocks
}

/// The whole of the last forecast, after the rows that it knew.
fn last_forecast(predictions: &Predictions, series: &Series, unit: &str) -> Option<Block> {
    let (horizon, first) = (predictions.horizon, predictions.dates.last()?);
    let (stamps, values) = (series.stamps(), series.column(unit).ok()?);
    let row = stamps.partition_point(|stamp| stamp < first);
    let known = (3 * horizon).clamp(BEFORE / 2, MOST).min(row);
    let from = (predictions.dates.len() - 1) * horizon;
    let forecast = &predictions.forecast()[from..];
    let after = |ends: Vec<f64>| -> Vec<Option<f64>> {
        let before = std::iter::repeat_n(None, known.saturating_sub(1));
        let last = values[..row].last().copied();
        before
            .chain(last.map(Some))
            .chain(ends.into_iter().map(Some))
            .collect()
    };
    let mut bands: Vec<ChartBand> = predictions
        .bands
        .iter()
        .filter(|band| LEVELS.contains(&band.level))
        .map(|band| {
            let end = |reach: &[f64], sign: f64| -> Vec<f64> {
                let pairs = forecast.iter().zip(&reach[from..]);
                pairs.map(|(value, reach)| value + sign * reach).collect()
            };
            ChartBand {
                level: band.level,
                lower: after(end(&band.below, -1.0)),
                upper: after(end(&band.above, 1.0)),
            }
        })
        .collect();
    bands.sort_by_key(|band| std::cmp::Reverse(band.level));
    let data = ChartData::Forecast {
        labels: stamps[row - known..row + horizon]
            .iter()
            .map(ToString::to_string)
            .collect(),
        actual: values[row - known..row + horizon]
            .iter()
            .copied()
            .map(Some)
            .collect(),
        forecast: after(forecast.to_vec()),
        baseline: Vec::new(),
        baseline_name: Text::default(),
        bands,
        cutoff: known.checked_sub(1),
        unit: Text::plain(unit),
    };
    let errors = forecast.iter().zip(&predictions.actual[from..]);
    let mae = number(
        errors
            .map(|(value, truth)| (value - truth).abs())
            .sum::<f64>()
            / horizon as f64,
    );
    let cutoff = stamps[row.checked_sub(1)?];
    Some(chart(
        text(
            "The last forecast of the test part, beside what happened",
            "測試部分的最後一次預測與實際值",
        ),
        text(
            format!("Of {horizon} steps after {cutoff}; its mean absolute error is {mae}."),
            format!("{cutoff} 之後的 {horizon} 步；平均絕對誤差為 {mae}。"),
        ),
        None,
        data,
    ))
}

/// The first step of each forecast from a window on, beside the truth and the last value, with bands.
fn first_steps(predictions: &Predictions, from: usize, unit: &str) -> Block {
    let horizon = predictions.horizon;
    let steps: Vec<_> = predictions.first_steps().skip(from).collect();
    let actual: Vec<f64> = steps.iter().map(|(_, truth, ..)| *truth).collect();
    let (places, note) = thinned(&actual);
    let of = |value: fn(&(crate::series::Stamp, f64, f64, f64)) -> f64| -> Vec<Option<f64>> {
        places
            .iter()
            .map(|&place| Some(value(&steps[place])))
            .collect()
    };
    let mut bands: Vec<ChartBand> = predictions
        .bands
        .iter()
        .filter(|band| LEVELS.contains(&band.level))
        .map(|band| {
            let end = |reach: &[f64], sign: f64| -> Vec<Option<f64>> {
                let at = |&place: &usize| steps[place].2 + sign * reach[(from + place) * horizon];
                places.iter().map(at).map(Some).collect()
            };
            ChartBand {
                level: band.level,
                lower: end(&band.below, -1.0),
                upper: end(&band.above, 1.0),
            }
        })
        .collect();
    bands.sort_by_key(|band| std::cmp::Reverse(band.level));
    let caption = match horizon {
        _ if from > 0 => text(
            format!("The last {LAST} of them"),
            format!("其中最後 {LAST} 個"),
        ),
        1 => text("One step ahead, over the test part", "測試部分：預測下一步"),
        steps => text(
            format!("The first of {steps} steps ahead, over the test part"),
            format!("測試部分：{steps} 步預測中的第一步"),
        ),
    };
    let (first, last) = (steps[0].0, steps[steps.len() - 1].0);
    let alternative = text(
        format!(
            "Truth, forecast and last value of {} windows from {first} to {last}; their errors stand in the table of scores.",
            steps.len()
        ),
        format!(
            "{first} 至 {last} 共 {} 個視窗的實際值、預測與最後值；誤差見分數表。",
            steps.len()
        ),
    );
    let data = ChartData::Forecast {
        labels: places
            .iter()
            .map(|&place| steps[place].0.to_string())
            .collect(),
        actual: of(|step| step.1),
        forecast: of(|step| step.2),
        baseline: of(|step| step.3),
        baseline_name: super::words::baseline("last value"),
        bands,
        cutoff: None,
        unit: Text::plain(unit),
    };
    chart(caption, alternative, note, data)
}

/// Levels of bands, the widest first.
pub(super) const LEVELS: [u8; 2] = [95, 80];

/// The last rows, and what is forecast after them.
pub(super) fn of_coming(series: &Series, forecast: &Forecast) -> Option<Block> {
    let values = series.column(&forecast.target).ok()?;
    let steps = forecast.points.len();
    let before = (3 * steps).clamp(BEFORE, MOST).min(values.len());
    let from = values.len() - before;
    let nothing = |count: usize| std::iter::repeat_n(None, count);
    let known = |row: usize| Some(values[row]).filter(|value| value.is_finite());
    // Lines begin at the last known value.
    let after = |value: &dyn Fn(&crate::forecast::Point) -> Option<f64>| -> Vec<Option<f64>> {
        nothing(before - 1)
            .chain([Some(forecast.last)])
            .chain(forecast.points.iter().map(value))
            .collect()
    };
    let bands = LEVELS.into_iter().filter_map(|level| {
        let end = |side: &str| {
            let name = format!("{side}{level}");
            after(&|point| point.bands.get(&name).copied())
        };
        let there = forecast
            .points
            .first()?
            .bands
            .contains_key(&format!("lower{level}"));
        there.then(|| ChartBand {
            level,
            lower: end("lower"),
            upper: end("upper"),
        })
    });
    let stamps = series.stamps()[from..].iter();
    let dates = forecast.points.iter().map(|point| point.date.to_string());
    let last = forecast.points.last()?;
    let data = ChartData::Forecast {
        labels: stamps.map(ToString::to_string).chain(dates).collect(),
        actual: (from..values.len())
            .map(known)
            .chain(nothing(steps))
            .collect(),
        forecast: after(&|point| Some(point.value)),
        baseline: Vec::new(),
        baseline_name: Text::default(),
        bands: bands.collect(),
        cutoff: Some(before - 1),
        unit: Text::plain(&forecast.target),
    };
    let (cutoff, from, to) = (forecast.cutoff, number(forecast.last), number(last.value));
    let date = last.date;
    Some(chart(
        text("What follows the last row", "最後一列之後的預測"),
        text(
            format!(
                "After {from} on {cutoff}, the last known row, the forecast leads to {to} on {date}."
            ),
            format!("最後已知列 {cutoff} 為 {from}，預測至 {date} 為 {to}。"),
        ),
        None,
        data,
    ))
}

/// The mean absolute error of each step, where there are several.
pub(super) fn of_steps(scores: &Scores, unit: &str) -> Option<Block> {
    let (first, last) = (scores.steps.first()?, scores.steps.last()?);
    (scores.steps.len() > 1).then(|| {
        let steps = &scores.steps;
        let (own, naive) = (number(first.mae), number(first.naive_mae));
        let (own_last, naive_last) = (number(last.mae), number(last.naive_mae));
        chart(
            text("Mean absolute error by step ahead", "各步的平均絕對誤差"),
            text(
                format!(
                    "At step 1 the error is {own} (last value: {naive}), at step {} it is {own_last} (last value: {naive_last}).",
                    last.step
                ),
                format!(
                    "第 1 步誤差 {own}（最後值 {naive}），第 {} 步誤差 {own_last}（最後值 {naive_last}）。",
                    last.step
                ),
            ),
            None,
            ChartData::Steps {
                model: steps.iter().map(|step| step.mae).collect(),
                naive: steps.iter().map(|step| step.naive_mae).collect(),
                unit: Text::plain(unit),
            },
        )
    })
}

/// How errors are spread.
pub(super) fn of_residuals(predictions: &Predictions, unit: &str) -> Option<Block> {
    let errors = |values: &[f64]| -> Vec<f64> {
        let pairs = predictions.actual.iter().zip(values);
        pairs.map(|(truth, value)| truth - value).collect()
    };
    let (own, naive) = (errors(predictions.forecast()), errors(&predictions.naive));
    let reach = own
        .iter()
        .chain(&naive)
        .fold(0.0f64, |most, error| most.max(error.abs()));
    if !(reach.is_finite() && reach > 0.0) || own.len() < BARS {
        return None;
    }
    // An odd number of bars, so that one has no error in its middle.
    let bars = BARS.min((own.len() as f64).sqrt() as usize | 1);
    let width = 2.0 * reach / bars as f64;
    let mut bins: Vec<Bin> = (0..bars)
        .map(|bar| Bin {
            from: bar as f64 * width - reach,
            to: (bar + 1) as f64 * width - reach,
            model: 0,
            naive: 0,
        })
        .collect();
    let bar = |error: f64| (((error + reach) / width) as usize).min(bars - 1);
    own.iter().for_each(|error| bins[bar(*error)].model += 1);
    naive.iter().for_each(|error| bins[bar(*error)].naive += 1);
    let mean = own.iter().sum::<f64>() / own.len() as f64;
    let mean = number(mean);
    Some(chart(
        text(
            "How the errors are spread: truth less forecast",
            "誤差分布：實際值減預測",
        ),
        text(
            format!("A histogram of {} errors; their mean is {mean}.", own.len()),
            format!("{} 個誤差的直方圖；平均為 {mean}。", own.len()),
        ),
        None,
        ChartData::Residuals {
            bins,
            unit: Text::plain(unit),
        },
    ))
}
