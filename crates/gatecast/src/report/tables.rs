//! Results as plain text: the layers of a model, its scores beside the baselines, a forecast, the folds of a backtest. Every
//! front end prints the same. What this file is not: it computes nothing.

use std::collections::BTreeMap;

use super::number;
use crate::forecast::{CrossValidation, Direction, PanelScores, StepScore};
use crate::series::Unit;
use crate::{FittedForecaster, Forecast, Scores};

/// The layers of its network, or the method that forecasts without.
pub fn of_layers(fitted: &FittedForecaster) -> String {
    match (fitted.network(), fitted.base()) {
        (Some(network), _) => network.summary().to_string(),
        (None, Some(base)) => {
            let data = &fitted.spec().data;
            let season = match (data.season, data.long_season) {
                (..=1, _) => String::new(),
                (season, ..=1) => format!(", with a season of {season} rows"),
                (season, long) => format!(", with seasons of {season} and {long} rows"),
            };
            format!("{}, without a network{season}", base.name())
        }
        (None, None) => String::new(),
    }
}

/// The scores in a small table, and what they mean in plain sentences.
pub fn test_part(fitted: &FittedForecaster) -> String {
    let (Some(scores), Some(verdict)) = (fitted.scores(), fitted.verdict()) else {
        let split = fitted.training().split;
        let why = match split.rows - split.test {
            0 => "No rows were kept for testing (‹test› is 0)".into(),
            rows => format!(
                "The test part of {rows} rows is shorter than the horizon of {}",
                fitted.spec().data.horizon
            ),
        };
        return format!("{why}, so nothing is known about its skill.");
    };
    let from = fitted.training().test_from;
    let from = from.map_or_else(String::new, |date| format!(" from {date}"));
    let mut text = format!("Test part: {} windows{from}\n", scores.windows);
    text += &of_scores(scores, who(fitted.base().is_some()));
    if let Some(selection) = fitted.selection().filter(|_| fitted.network().is_some()) {
        text += &format!(
            "selected on {} windows of the training part: {} epochs, weight of the network {:.2}\n",
            selection.windows, selection.epochs, selection.weight
        );
    }
    format!("{text}\n{}\n", verdict.text)
}

/// What tables call the forecasts that are scored.
pub fn who(method: bool) -> &'static str {
    if method { "forecast" } else { "network" }
}

/// The errors of the network, or `who` it is, and of every baseline, and how often the direction was right.
pub fn of_scores(scores: &Scores, who: &str) -> String {
    let row = |name: &str, mae: f64, rmse: f64| {
        format!("{name:22}{:>10}{:>12}\n", number(mae), number(rmse))
    };
    let mut text = format!("{:22}{:>10}{:>12}\n", "", "MAE", "RMSE");
    text += &row(who, scores.mae, scores.rmse);
    for score in &scores.baselines {
        text += &row(&score.baseline.name(), score.mae, score.rmse);
    }
    if let Some(Direction {
        share,
        low,
        high,
        windows,
        ..
    }) = scores.direction
    {
        text += &format!(
            "direction right in {:.0} % of {windows} windows (95 % interval {:.0} to {:.0} %)\n",
            100.0 * share,
            100.0 * low,
            100.0 * high
        );
    }
    // Networks of weight zero all give the last value.
    if let Some(spread) = scores.seed_spread
        && spread > 1e-9 * scores.mae
    {
        text += &format!(
            "networks one by one: their MAE differ by {} (standard deviation)\n",
            number(spread)
        );
    }
    if scores.steps.len() > 1 {
        let line = |name: &str, mae: fn(&StepScore) -> f64| {
            let each: Vec<String> = scores.steps.iter().map(|s| number(mae(s))).collect();
            format!("{name:25}{}\n", each.join("  "))
        };
        text += &line(&format!("MAE by step: {who}"), |score| score.mae);
        text += &line("             last value", |score| score.naive_mae);
    }
    for level in [80, 95] {
        let band = |what: &str| scores.bands.get(&format!("{what}{level}"));
        if let (Some(coverage), Some(width)) = (band("coverage"), band("width")) {
            text += &format!(
                "band of {level} %: held {coverage:.1} % of the values, mean width {}\n",
                number(*width)
            );
        }
    }
    text
}
/// A line a fold, the scores, the verdict.
pub fn of_backtest(results: &CrossValidation) -> String {
    let stamps = results
        .folds
        .iter()
        .flat_map(|fold| [fold.train_from, fold.test_to]);
    let wide = stamps
        .map(|stamp| stamp.to_string().len())
        .max()
        .unwrap_or(0)
        .max(10);
    let mut text = format!(
        "fold  {:wide$}  {:wide$}  rows     {:wide$}  {:wide$}  windows  {:>10}  {:>10}  {:>8}\n",
        "train from", "to", "test from", "to", "MAE", "last value", "skill"
    );
    for (index, fold) in results.folds.iter().enumerate() {
        let skill = fold.skill.map_or("–".into(), |skill| format!("{skill:.3}"));
        let [train_from, train_to, test_from, test_to] =
            [fold.train_from, fold.train_to, fold.test_from, fold.test_to].map(|s| s.to_string());
        text += &format!(
            "{:4}  {train_from:wide$}  {train_to:wide$}  {:7}  {test_from:wide$}  {test_to:wide$}  {:7}  {:>10}  {:>10}  {skill:>8}\n",
            index + 1,
            fold.train_rows,
            fold.windows,
            number(fold.mae),
            number(fold.naive_mae),
        );
    }
    text += &format!("\nAll folds: {} windows\n", results.test.windows);
    text += &of_scores(&results.test, who(results.predictions.method.is_some()));
    if let Some(verdict) = &results.verdict {
        text += &format!("\n{}", verdict.text);
    }
    text
}
/// One line a step, the last known value on top.
pub fn of_forecast(forecast: &Forecast) -> String {
    let what = match forecast.cutoff.unit() {
        Unit::Time | Unit::Instant => "time",
        Unit::Row => "row",
        _ => "date",
    };
    let stamps = forecast
        .points
        .iter()
        .map(|point| point.date)
        .chain([forecast.cutoff]);
    let wide = stamps
        .map(|stamp| stamp.to_string().len())
        .max()
        .unwrap_or(0)
        .max(10);
    let mut text = format!("{what:wide$}  {:>12}", forecast.target);
    text += &format!(
        "\n{:wide$}  {:>12}  (last known)",
        forecast.cutoff.to_string(),
        number(forecast.last)
    );
    for point in &forecast.points {
        text += &format!(
            "\n{:wide$}  {:>12}  forecast",
            point.date.to_string(),
            number(point.value)
        );
        for (name, lower) in &point.bands {
            if let Some(level) = name.strip_prefix("lower")
                && let Some(upper) = point.bands.get(&format!("upper{level}"))
            {
                text += &format!("  {level} %: {} to {}", number(*lower), number(*upper));
            }
        }
    }
    text
}

/// Means over the series, and how the skill is spread.
pub fn of_panel(test: &PanelScores) -> String {
    let mut text = format!(
        "{:22}{:>12}{:>10}{:>10}\n",
        "mean over the series", "MAE", "sMAPE", "MASE"
    );
    let model = [("model".to_string(), &test.model)];
    // A model of before remembers two.
    let remembered = [
        ("seasonal naive".to_string(), &test.seasonal_naive),
        ("last value".to_string(), &test.last_value),
    ];
    let remembered = remembered.into_iter().filter(|_| test.baselines.is_empty());
    let baselines = test.baselines.iter();
    let baselines = baselines.map(|baseline| (baseline.name.clone(), &baseline.errors));
    for (name, errors) in model.into_iter().chain(baselines).chain(remembered) {
        text += &format!(
            "{name:22}{:>12}{:>10}{:>10}\n",
            number(errors.mae),
            errors
                .smape
                .map_or("–".into(), |smape| format!("{smape:.3}")),
            errors.mase.map_or("–".into(), |mase| format!("{mase:.4}")),
        );
    }
    let skill: Vec<String> = test
        .skill
        .iter()
        .map(|skill| format!("{skill:.3}"))
        .collect();
    text + &format!(
        "better than {} on {:.0} % of {} series; skill at 10, 25, 50, 75, 90 % of them: {}\n",
        test.baseline,
        100.0 * test.better,
        test.scored,
        skill.join("  "),
    ) + &standard(test)
}

/// The scores of competitions, in one line.
fn standard(test: &PanelScores) -> String {
    let mut parts = Vec::new();
    let scores = [
        ("OWA", test.owa),
        ("MSIS", test.msis),
        ("weighted quantile loss", test.wql),
    ];
    for (name, score) in scores {
        parts.extend(score.map(|score| format!("{name} {score:.4}")));
    }
    for level in [80, 95] {
        let held = test.coverage.get(&format!("coverage{level}"));
        parts.extend(held.map(|held| format!("band of {level} % held {held:.1} %")));
    }
    match parts.is_empty() {
        true => String::new(),
        false => parts.join("; ") + "\n",
    }
}

/// A line a group.
pub fn of_groups(groups: &BTreeMap<String, PanelScores>) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n{:22}{:>8}{:>12}{:>10}{:>10}{:>9}{:>9}{:>9}  bands held\n",
        "group", "series", "MAE", "sMAPE", "MASE", "OWA", "MSIS", "WQL"
    );
    let or_dash = |value: Option<f64>, digits: usize| {
        value.map_or("–".into(), |value| format!("{value:.digits$}"))
    };
    for (group, scores) in groups {
        let errors = &scores.model;
        let held: Vec<String> = scores
            .coverage
            .values()
            .map(|held| format!("{held:.1} %"))
            .collect();
        text += &format!(
            "{group:22}{:>8}{:>12}{:>10}{:>10}{:>9}{:>9}{:>9}  {}\n",
            scores.scored,
            number(errors.mae),
            or_dash(errors.smape, 3),
            or_dash(errors.mase, 4),
            or_dash(scores.owa, 4),
            or_dash(scores.msis, 3),
            or_dash(scores.wql, 4),
            held.join(", "),
        );
    }
    text
}
