//! The report of many series: one model for all, a model for each, or their backtest. What this file is not: it scores
//! nothing.

use super::{
    Block, Column, Document, Origin, Subject, Table, Text, Tone, again, charts, data, digits,
    forecaster, forecasts, limits, name_of, text, words,
};
use crate::forecast::{Errors, PanelScores, Predictions, SeriesScores};
use crate::report::{ManyTrained, number};
use crate::series::Skipped;
use crate::{FittedForecaster, ForecastSpec, Series};

/// Rows of the table of series, at most: half of them those with the least skill, half those with the most.
const MOST: usize = 1000;
/// Series that are named for what is wrong with them, at most.
const MOST_NAMED: usize = 50;

impl Document {
    /// Of many series. `fitted` is the one model for all, if there is one; `shown` are some series with the forecasts of
    /// their test parts, to be drawn.
    pub fn of_many(
        many: &ManyTrained,
        fitted: Option<&FittedForecaster>,
        spec: &ForecastSpec,
        shown: &[(&Series, Predictions)],
        origin: &Origin,
    ) -> Self {
        let spec = fitted.map_or(spec, FittedForecaster::spec);
        let target = &spec.data.target;
        let count = many.series;
        let title = text(
            format!("{target} of {count} series"),
            format!("{count} 條序列的 {target}"),
        );
        let purpose = match fitted {
            Some(_) => text("One model for all series.", "一個模型用於所有序列。"),
            None => text("A model of its own for each series.", "每條序列各有模型。"),
        };
        let purpose = forecaster::purpose(spec).and(&purpose);
        let results = serde_json::to_value(many).unwrap_or_default();
        let mut report = Self::new(Subject::Panel, (title, purpose), origin, results);
        let verdict = match &many.test {
            Some(scores) => verdict(scores, Some(many)),
            None => forecaster::of_verdict(None, None, None),
        };
        report.section("verdict", text("Verdict", "結論"), verdict);
        if let Some(scores) = &many.test {
            let mut blocks = table(scores);
            let skill = PanelScores::skills(&many.scores);
            blocks.extend(charts::of_skill(
                skill.clone(),
                &words::baseline(&scores.baseline),
            ));
            blocks.extend(groups(many));
            report.section("test", text("Test part", "測試部分"), blocks);
            let mut blocks = Vec::new();
            for (series, made) in shown {
                let mut skills = many.scores.iter().zip(&skill);
                let own = skills.find(|(scores, _)| scores.name == series.name());
                let own = own.map_or(0.0, |(_, skill)| *skill);
                let name = name_of(series.name());
                let name = text(
                    format!("{name}, skill {own:.3}: "),
                    format!("{name}，能力 {own:.3}："),
                );
                for mut block in forecasts::of_test(made, Some(series), target) {
                    if let Block::Chart(chart) = &mut block {
                        chart.caption = name.clone().joined(&chart.caption);
                    }
                    blocks.push(block);
                }
            }
            blocks.push(Block::Table(series(&many.scores, &skill, scores)));
            report.section("series", text("Series by series", "各序列"), blocks);
        }
        let mut items = many.test.as_ref().map_or_else(Vec::new, limits::of_panel);
        items.extend(fitted.map_or_else(Vec::new, |fitted| {
            limits::of_model(fitted, None, None, origin)
        }));
        report.limits(items);
        if let Some(fitted) = fitted {
            report.section(
                "training",
                text("Training", "訓練"),
                forecaster::of_training(fitted),
            );
        }
        let given = of_data(many, fitted, spec, origin);
        report.section("data", text("Data", "資料"), given);
        report.section(
            "settings",
            text("Settings", "設定"),
            again::settings_of(spec, origin),
        );
        let sha256 = fitted.map(|fitted| fitted.training().sha256.as_str());
        report.section(
            "again",
            text("How to make it again", "如何重現"),
            again::again(spec, origin, sha256),
        );
        report
    }
}

/// How many series are forecast better than by the best baseline, and how many verdicts see skill.
pub(super) fn verdict(scores: &PanelScores, many: Option<&ManyTrained>) -> Vec<Block> {
    let better = 100.0 * scores.better;
    let median = scores.skill[2];
    let name = words::baseline(&scores.baseline);
    let (tone, headline) = match median > 0.0 && scores.better > 0.5 {
        true => (
            Tone::Good,
            text(
                "Better than the best baseline on most series",
                "多數序列優於最佳基準",
            ),
        ),
        false => (
            Tone::Bad,
            text(
                "Not better than the best baseline on most series",
                "多數序列未優於最佳基準",
            ),
        ),
    };
    let scored = scores.scored;
    let mut said = text(
        format!(
            "Better than {} on {better:.0} % of {scored} series; the median skill beside it is {median:.3}.",
            name.en
        ),
        format!(
            "{scored} 條序列中有 {better:.0} % 優於「{}」；能力的中位數為 {median:.3}。",
            name.zh_hant
        ),
    );
    if let Some(claims) = many.and_then(|many| many.claims) {
        let chance = 0.05 * scored as f64;
        said = said.and(&text(
            format!("Each series has a verdict of its own: {claims} of them see skill; by chance alone {chance:.0} may."),
            format!("各序列有自己的結論：其中 {claims} 條有預測能力的證據；純屬巧合也可能有 {chance:.0} 條。"),
        ));
    }
    let mut items = vec![
        (text("mean MASE", "平均 MASE"), digits(scores.model.mase, 4)),
        (
            text("mean sMAPE", "平均 sMAPE"),
            digits(scores.model.smape, 3),
        ),
    ];
    let further = [
        ("OWA", scores.owa, 4),
        ("MSIS", scores.msis, 3),
        ("WQL", scores.wql, 4),
    ];
    for (name, value, after_point) in further {
        if value.is_some() {
            items.push((Text::plain(name), digits(value, after_point)));
        }
    }
    for level in [80, 95] {
        if let Some(held) = scores.coverage.get(&format!("coverage{level}")) {
            items.push((
                text(format!("band of {level} %"), format!("{level} % 區間")),
                text(format!("held {held:.1} %"), format!("涵蓋 {held:.1} %")),
            ));
        }
    }
    vec![
        Block::Verdict {
            tone,
            headline,
            text: said,
        },
        Block::Facts { items },
    ]
}

/// Mean errors beside every baseline, and the quantiles of skill.
pub(super) fn table(scores: &PanelScores) -> Vec<Block> {
    let heads = vec![
        text("forecast by", "預測方法"),
        Text::plain("MAE"),
        Text::plain("sMAPE %"),
        Text::plain("MASE"),
    ];
    let caption = text(
        "Errors on the test parts, means over the series",
        "測試部分的誤差，各序列平均",
    );
    let mut table = Table::of_numbers(caption, heads);
    let mut row = |name: Text, errors: &Errors| {
        table.rows.push(vec![
            name,
            Text::plain(number(errors.mae)),
            digits(errors.smape, 3),
            digits(errors.mase, 4),
        ]);
    };
    row(text("this model", "本模型"), &scores.model);
    for baseline in &scores.baselines {
        row(words::baseline(&baseline.name), &baseline.errors);
    }
    if scores.baselines.is_empty() {
        row(words::baseline("seasonal naive"), &scores.seasonal_naive);
        row(words::baseline("last value"), &scores.last_value);
    }
    table.marked = vec![0];
    let shares = ["10 %", "25 %", "50 %", "75 %", "90 %"];
    let name = words::baseline(&scores.baseline);
    let mut heads = vec![text("share of the series", "序列比例")];
    heads.extend(shares.map(Text::plain));
    let mut skill = Table::of_numbers(
        text(
            format!("Skill beside {}: so many of the series have less", name.en),
            format!("相對於「{}」的能力：所列比例的序列低於此值", name.zh_hant),
        ),
        heads,
    );
    let mut row = vec![text("skill below", "能力低於")];
    row.extend(scores.skill.map(|skill| digits(Some(skill), 3)));
    skill.rows.push(row);
    vec![Block::Table(table), Block::Table(skill)]
}

/// A row for each group.
fn groups(many: &ManyTrained) -> Option<Block> {
    let heads = vec![
        text("group", "群組"),
        text("series", "序列"),
        Text::plain("MAE"),
        Text::plain("sMAPE %"),
        Text::plain("MASE"),
        Text::plain("OWA"),
        text("better on %", "優於基準 %"),
    ];
    let mut table = Table::of_numbers(text("Groups of series", "各群組"), heads);
    for (group, scores) in &many.groups {
        table.rows.push(vec![
            Text::plain(group),
            Text::plain(scores.scored.to_string()),
            Text::plain(number(scores.model.mae)),
            digits(scores.model.smape, 3),
            digits(scores.model.mase, 4),
            digits(scores.owa, 4),
            digits(Some(100.0 * scores.better), 0),
        ]);
    }
    (!table.rows.is_empty()).then_some(Block::Table(table))
}

/// A row for each series, the least skill first.
fn series(scores: &[SeriesScores], skill: &[f64], test: &PanelScores) -> Table {
    let name = words::baseline(&test.baseline);
    let mut ranked: Vec<(&SeriesScores, f64)> = scores.iter().zip(skill.iter().copied()).collect();
    ranked.sort_by(|a, b| a.1.total_cmp(&b.1));
    let of = ranked.len();
    let note = (of > MOST).then(|| {
        ranked.drain(MOST / 2..of - MOST / 2);
        text(
            format!("The {} series with the least skill and the {} with the most, of {of}; --scores FILE writes all.", MOST / 2, MOST / 2),
            format!("能力最低與最高的各 {} 條，共 {of} 條；--scores FILE 可寫出全部。", MOST / 2),
        )
    });
    let held = |level: u8| text(format!("{level} % held"), format!("{level} % 涵蓋"));
    let heads = vec![
        text("series", "序列"),
        text(
            format!("skill beside {}", name.en),
            format!("相對於「{}」的能力", name.zh_hant),
        ),
        Text::plain("MAE"),
        text("MAE of the last value", "最後值的 MAE"),
        Text::plain("sMAPE %"),
        Text::plain("MASE"),
        held(80),
        held(95),
        text("rows known", "已知列數"),
    ];
    let caption = text("Each series, the least skill first", "各序列，能力由低至高");
    let mut table = Table::of_numbers(caption, heads);
    table.long = true;
    table.note = note;
    for (score, skill) in ranked {
        let band = |level: u8| {
            let held = score.scores.bands.get(&format!("coverage{level}"));
            digits(held.copied(), 1)
        };
        table.rows.push(vec![
            Text::plain(name_of(&score.name)),
            digits(Some(skill), 3),
            Text::plain(number(score.scores.mae)),
            Text::plain(number(score.scores.naive_mae)),
            digits(score.scores.smape, 3),
            digits(score.scores.mase, 4),
            band(80),
            band(95),
            Text::plain(score.rows.to_string()),
        ]);
    }
    table
}

/// What was read, and what was left out.
fn of_data(
    many: &ManyTrained,
    fitted: Option<&FittedForecaster>,
    spec: &ForecastSpec,
    origin: &Origin,
) -> Vec<Block> {
    let mut blocks = match fitted {
        Some(fitted) => data::of_training(fitted.training(), &spec.data, None, origin),
        None => vec![Block::Facts {
            items: vec![
                (text("series", "序列"), Text::plain(many.series.to_string())),
                (text("rows", "列數"), Text::plain(many.rows.to_string())),
                (text("target", "預測目標"), Text::plain(&spec.data.target)),
                (
                    text("columns seen", "輸入欄位"),
                    Text::plain(spec.data.columns().join(", ")),
                ),
            ],
        }],
    };
    let lists = [
        (
            text("Series that are left out", "未採用的序列"),
            &many.skipped,
        ),
        (
            text(
                "Series that are too short for a network, forecast by a combination of methods",
                "太短而以方法組合預測的序列",
            ),
            &many.without_network,
        ),
    ];
    for (caption, all) in lists {
        if !all.is_empty() {
            blocks.push(Block::Table(named(caption, all)));
        }
    }
    blocks
}

fn named(caption: Text, all: &[Skipped]) -> Table {
    let column = |head: Text| Column {
        head,
        number: false,
    };
    let more = all.len().saturating_sub(MOST_NAMED);
    Table {
        caption,
        columns: vec![
            column(text("series", "序列")),
            column(text("reason", "原因")),
        ],
        rows: all
            .iter()
            .take(MOST_NAMED)
            .map(|one| {
                let reason = crate::error::name_settings(&one.reason, str::to_string);
                let reason = reason.replace(&one.name, &name_of(&one.name));
                vec![Text::plain(name_of(&one.name)), Text::plain(reason)]
            })
            .collect(),
        marked: Vec::new(),
        long: false,
        note: (more > 0).then(|| text(format!("and {more} more"), format!("另有 {more} 條"))),
    }
}

impl Text {
    /// With another right after it.
    fn joined(mut self, next: &Self) -> Self {
        self.en += &next.en;
        self.zh_hant += &next.zh_hant;
        self
    }
}
