//! The report of one series, and the card of any forecaster. What this file is not: it forecasts only what follows the
//! last row, as `forecast` does.

use serde_json::Value;

use super::{
    Block, Column, Document, Origin, Subject, Table, Text, again, charts, counted, data, digits,
    forecasts, limits, name_of, or_dash, text, words,
};
use crate::forecast::{ForecastOptions, Predictions, Verdict};
use crate::report::{Trained, number, of_layers};
use crate::series::Unit;
use crate::{FittedForecaster, Forecast, ForecastSpec, Scores, Series};

/// Steps of a forecast that are listed, at most.
const MOST_STEPS: usize = 400;

impl Document {
    /// Of a forecaster and the one series that it was fitted to: its test part, what follows the last row, how training
    /// went, and all that is needed to make it again.
    pub fn of_fit(
        fitted: &FittedForecaster,
        series: &Series,
        trained: &Trained,
        origin: &Origin,
    ) -> Self {
        let results = serde_json::to_value(trained).unwrap_or_default();
        Self::of_forecaster(fitted, Some(series), results, origin)
    }

    /// Of any forecaster, such as one that was loaded: what its model file tells.
    pub fn of_model(fitted: &FittedForecaster, origin: &Origin) -> Self {
        let results = serde_json::json!({
            "test": fitted.scores(),
            "verdict": fitted.verdict(),
            "panel": fitted.panel_scores(),
        });
        Self::of_forecaster(fitted, None, results, origin)
    }

    fn of_forecaster(
        fitted: &FittedForecaster,
        series: Option<&Series>,
        results: Value,
        origin: &Origin,
    ) -> Self {
        let (spec, training) = (fitted.spec(), fitted.training());
        let (target, name) = (&spec.data.target, name_of(&training.series));
        let title = text(format!("{target} of {name}"), format!("{name} 的 {target}"));
        let subject = match training.panel {
            Some(_) => Subject::Panel,
            None => Subject::Forecaster,
        };
        let mut report = Self::new(subject, (title, purpose(spec)), origin, results);
        let coming = series.and_then(|series| coming(fitted, series));
        let is_method = fitted.base().is_some();

        let (mut verdict, mut tested) = match fitted.panel_scores() {
            Some(scores) => (
                super::many::verdict(scores, None),
                super::many::table(scores),
            ),
            None => (
                of_verdict(fitted.scores(), fitted.verdict(), fitted.test_predictions()),
                Vec::new(),
            ),
        };
        if let (None, None) = (fitted.scores(), fitted.panel_scores()) {
            verdict.push(Block::Paragraph {
                text: text(
                    "No rows were kept for testing, or too few, or the model file holds no scores.",
                    "未保留測試列、測試列太少，或模型檔沒有分數。",
                ),
            });
        }
        report.section("verdict", text("Verdict", "結論"), verdict);
        if let (Some(series), Some(coming)) = (series, &coming) {
            let mut blocks: Vec<Block> = forecasts::of_coming(series, coming).into_iter().collect();
            blocks.push(Block::Table(steps(coming)));
            report.section("coming", text("What follows", "後續預測"), blocks);
        }
        let mut limits = Vec::new();
        if let Some(scores) = fitted.scores() {
            limits = limits::of_scores(scores, fitted.verdict(), spec.data.horizon);
            if let Some(made) = fitted.test_predictions() {
                tested.extend(forecasts::of_test(made, series, target));
            }
            tested.extend(of_scores(scores, is_method));
            tested.extend(forecasts::of_steps(scores, target));
            tested.extend(
                fitted
                    .test_predictions()
                    .and_then(|made| forecasts::of_residuals(made, target)),
            );
        }
        if let Some(scores) = fitted.panel_scores() {
            limits = limits::of_panel(scores);
        }
        report.section("test", text("Test part", "測試部分"), tested);
        limits.extend(limits::of_model(fitted, series, coming.as_ref(), origin));
        report.limits(limits);
        report.section("training", text("Training", "訓練"), of_training(fitted));
        let range = series.map(|series| {
            let stamps = series.stamps();
            (stamps[0].to_string(), stamps[stamps.len() - 1].to_string())
        });
        let given = data::of_training(training, &spec.data, range, origin);
        report.section("data", text("Data", "資料"), given);
        report.section(
            "settings",
            text("Settings", "設定"),
            again::settings_of(spec, origin),
        );
        let again = again::again(spec, origin, Some(&training.sha256));
        report.section("again", text("How to make it again", "如何重現"), again);
        report
    }

    /// The section that says when not to use what it is about.
    pub(super) fn limits(&mut self, items: Vec<Text>) {
        let heading = text("When not to use it", "何時不該使用");
        self.section("limits", heading, vec![Block::List { items }]);
    }
}

/// The method that forecasts without a network, and the seasons that it knows.
fn method(fitted: &FittedForecaster) -> Text {
    let english = of_layers(fitted);
    let Some(base) = fitted.base() else {
        return Text::plain(english);
    };
    let data = &fitted.spec().data;
    let season = match (data.season, data.long_season) {
        (..=1, _) => String::new(),
        (season, ..=1) => format!("，季節為 {season} 列"),
        (season, long) => format!("，季節為 {season} 列與 {long} 列"),
    };
    let name = words::baseline(&base.name()).zh_hant;
    text(english, format!("{name}，不含網路{season}"))
}

/// What a forecaster does.
pub(super) fn purpose(spec: &ForecastSpec) -> Text {
    let (data, steps) = (&spec.data, counted(spec.data.horizon, "step"));
    let (target, horizon) = (&data.target, data.horizon);
    match spec.networks() {
        0 => {
            let method = spec.model.method.name();
            text(
                format!(
                    "Forecasts {target} {steps} ahead, by the method {method}, without a network."
                ),
                format!("以方法 {method}（不含網路）預測 {target} 的後 {horizon} 步。"),
            )
        }
        networks => {
            let (window, columns) = (counted(data.window, "row"), data.columns().join(", "));
            let cell = spec.model.cell.name().to_uppercase();
            let (rows, of) = (data.window, counted(networks, "network"));
            text(
                format!(
                    "Forecasts {target} {steps} ahead from {window} of {columns}, by {of} with {cell} cells."
                ),
                format!(
                    "由 {columns} 的 {rows} 列，以 {networks} 個 {cell} 網路預測 {target} 的後 {horizon} 步。"
                ),
            )
        }
    }
}

/// What follows the last row; nothing where it cannot be forecast, as when values that must be known ahead are lacking.
fn coming(fitted: &FittedForecaster, series: &Series) -> Option<Forecast> {
    let levels = match fitted.selection() {
        Some(_) => forecasts::LEVELS.to_vec(),
        None => Vec::new(),
    };
    let options = ForecastOptions {
        levels,
        ..ForecastOptions::default()
    };
    fitted.forecast_with(series, &options).ok()
}

/// A row a step.
fn steps(forecast: &Forecast) -> Table {
    let when = match forecast.cutoff.unit() {
        Unit::Time | Unit::Instant => text("time", "時間"),
        Unit::Row => text("row", "列"),
        _ => text("date", "日期"),
    };
    let caption = text("The forecast, step by step", "逐步預測");
    let mut heads = vec![when, Text::plain(&forecast.target)];
    let bands: Vec<&String> = forecast.points.first().map_or_else(Vec::new, |point| {
        point
            .bands
            .keys()
            .filter(|name| name.starts_with("lower"))
            .collect()
    });
    let levels: Vec<&str> = bands.iter().map(|name| &name["lower".len()..]).collect();
    for level in &levels {
        heads.push(text(format!("{level} % from"), format!("{level} % 下限")));
        heads.push(text(format!("{level} % to"), format!("{level} % 上限")));
    }
    let mut table = Table::of_numbers(caption, heads);
    for point in forecast.points.iter().take(MOST_STEPS) {
        let mut row = vec![
            Text::plain(point.date.to_string()),
            Text::plain(number(point.value)),
        ];
        for level in &levels {
            for side in ["lower", "upper"] {
                row.push(or_dash(point.bands.get(&format!("{side}{level}")).copied()));
            }
        }
        table.rows.push(row);
    }
    let (cutoff, last) = (forecast.cutoff, number(forecast.last));
    table.note = Some(text(
        format!("The last known row is {cutoff}: {last}."),
        format!("最後已知列為 {cutoff}：{last}。"),
    ));
    table
}

/// The verdict and the figures behind it.
pub(super) fn of_verdict(
    scores: Option<&Scores>,
    verdict: Option<&Verdict>,
    predictions: Option<&Predictions>,
) -> Vec<Block> {
    let (tone, headline) = words::headline(verdict);
    let (Some(scores), Some(verdict)) = (scores, verdict) else {
        let words = text(
            "Without a test part nothing is known about its skill.",
            "沒有測試部分，無從得知預測能力。",
        );
        return vec![Block::Verdict {
            tone,
            headline,
            text: words,
        }];
    };
    let said = Block::Verdict {
        tone,
        headline,
        text: words::verdict(verdict, scores),
    };
    let best = words::best_mae(verdict, scores);
    let mut items = vec![
        (text("MAE", "MAE"), Text::plain(number(scores.mae))),
        (
            text("MAE of the baseline to beat", "須勝過的基準之 MAE"),
            or_dash(best).with(&words::baseline(&verdict.baseline)),
        ),
        (
            text("skill beside the last value", "相對於最後值的能力"),
            digits(scores.skill, 3),
        ),
        (
            text("test windows", "測試視窗"),
            Text::plain(scores.windows.to_string()),
        ),
    ];
    if let Some(dates) = predictions.map(|made| &made.dates)
        && let (Some(first), Some(last)) = (dates.first(), dates.last())
    {
        items.push((
            text("first steps from", "第一步自"),
            text(format!("{first} to {last}"), format!("{first} 至 {last}")),
        ));
    }
    vec![said, Block::Facts { items }]
}

/// Errors beside every baseline, then what else was measured.
pub(super) fn of_scores(scores: &Scores, is_method: bool) -> Vec<Block> {
    let heads = vec![
        text("forecast by", "預測方法"),
        Text::plain("MAE"),
        Text::plain("RMSE"),
        Text::plain("sMAPE %"),
        Text::plain("MASE"),
        text("MAE, model = 1", "MAE（模型 = 1）"),
    ];
    let caption = text(
        "Errors on the test part, in the units of the file",
        "測試部分的誤差（單位同檔案）",
    );
    let mut table = Table::of_numbers(caption, heads);
    let mut row = |name: Text, mae: f64, rmse: f64, smape: Option<f64>, mase: Option<f64>| {
        let ratio = Some(mae / scores.mae).filter(|ratio| ratio.is_finite());
        table.rows.push(vec![
            name,
            Text::plain(number(mae)),
            Text::plain(number(rmse)),
            digits(smape, 3),
            digits(mase, 4),
            digits(ratio, 3),
        ]);
    };
    let own = match is_method {
        true => text(
            "this model (a method without a network)",
            "本模型（不含網路的方法）",
        ),
        false => text("this model", "本模型"),
    };
    row(own, scores.mae, scores.rmse, scores.smape, scores.mase);
    for other in &scores.baselines {
        let name = words::baseline(&other.baseline.name());
        row(name, other.mae, other.rmse, other.smape, other.mase);
    }
    table.marked = vec![0];
    let mut items = Vec::new();
    if let Some(direction) = scores.direction {
        let [share, low, high] =
            [direction.share, direction.low, direction.high].map(|share| 100.0 * share);
        let windows = direction.windows;
        items.push((
            text("direction right", "方向正確"),
            text(
                format!(
                    "{share:.0} % of {windows} windows (95 % interval {low:.0} to {high:.0} %)"
                ),
                format!("{windows} 個視窗中 {share:.0} %（95 % 信賴區間 {low:.0} 至 {high:.0} %）"),
            ),
        ));
    }
    for level in [80, 95] {
        let band = |what: &str| scores.bands.get(&format!("{what}{level}"));
        if let (Some(held), Some(width)) = (band("coverage"), band("width")) {
            let width = number(*width);
            items.push((
                text(format!("band of {level} %"), format!("{level} % 區間")),
                text(
                    format!("held {held:.1} % of the values; mean width {width}"),
                    format!("涵蓋 {held:.1} % 的值；平均寬度 {width}"),
                ),
            ));
        }
    }
    let further = [
        ("MAPE %", scores.mape, 3),
        ("R²", scores.r2, 4),
        ("CRPS", scores.crps, 4),
        ("MSIS", scores.msis, 3),
        ("WQL", scores.wql, 5),
    ];
    for (name, value, after_point) in further {
        if value.is_some() {
            items.push((Text::plain(name), digits(value, after_point)));
        }
    }
    if let Some(spread) = scores
        .seed_spread
        .filter(|spread| *spread > 1e-9 * scores.mae)
    {
        let name = text(
            "MAE from network to network, standard deviation",
            "各網路 MAE 的標準差",
        );
        items.push((name, Text::plain(number(spread))));
    }
    let mut blocks = vec![Block::Table(table)];
    if !items.is_empty() {
        blocks.push(Block::Facts { items });
    }
    blocks
}

/// The layers, what was selected, and how the loss went.
pub(super) fn of_training(fitted: &FittedForecaster) -> Vec<Block> {
    let (spec, history) = (fitted.spec(), fitted.history());
    let mut blocks = Vec::new();
    match fitted.network() {
        Some(network) => {
            let summary = network.summary();
            let mut table = Table::of_numbers(
                text("Layers", "各層"),
                vec![
                    text("layer", "層"),
                    text("output", "輸出"),
                    text("parameters", "參數"),
                ],
            );
            table.columns[1] = Column {
                head: text("output", "輸出"),
                number: false,
            };
            for row in &summary.layers {
                table.rows.push(vec![
                    Text::plain(&row.layer),
                    Text::plain(&row.output),
                    Text::plain(row.parameters.to_string()),
                ]);
            }
            let members = fitted.parameters() / summary.parameters.max(1);
            let (parameters, all) = (summary.parameters, fitted.parameters());
            table.note = (members > 1).then(|| {
                text(
                    format!("{members} such networks are averaged: {parameters} parameters each, {all} in all."),
                    format!("共 {members} 個這樣的網路取平均：各 {parameters} 個參數，合計 {all}。"),
                )
            });
            blocks.push(Block::Table(table));
        }
        None => blocks.push(Block::Paragraph {
            text: method(fitted),
        }),
    }
    if let Some(selection) = fitted.selection().filter(|_| fitted.network().is_some()) {
        let base = match &selection.base {
            Some(base) => Text::plain(base.name()),
            None => text("the last value or season", "最後值或前一季"),
        };
        let (weight, windows, epochs) = (selection.weight, selection.windows, selection.epochs);
        blocks.push(Block::Paragraph {
            text: text(
                format!(
                    "On {windows} windows of the training part {epochs} epochs were best, and the networks have a weight of {weight:.2} beside {}.",
                    base.en
                ),
                format!("在訓練部分的 {windows} 個視窗上，{epochs} 個週期最佳；網路與「{}」並用，權重為 {weight:.2}。", base.zh_hant),
            ),
        });
    }
    let name = spec.train.loss.name();
    blocks.extend(charts::of_history(history, name, &spec.data.target));
    blocks
}

impl Text {
    /// With something in brackets after it.
    fn with(mut self, more: &Self) -> Self {
        self.en = format!("{} ({})", self.en, more.en);
        self.zh_hant = format!("{}（{}）", self.zh_hant, more.zh_hant);
        self
    }
}
