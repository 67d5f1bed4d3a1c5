//! The report of a backtest of one series. What this file is not: it forecasts nothing.

use serde_json::Value;

use super::forecaster::{of_scores, of_verdict, purpose};
use super::{
    Block, Document, Origin, Subject, Table, Text, again, charts, data, digits, forecasts, limits,
    name_of, text,
};
use crate::report::{Backtested, number};
use crate::{ForecastSpec, Result, Series};

impl Document {
    /// Of a backtest of a series with these settings.
    ///
    /// # Errors
    /// [`UnknownColumn`](crate::ErrorKind::UnknownColumn) where the series lacks a column of the settings.
    pub fn of_backtest(
        backtested: &Backtested,
        series: &Series,
        spec: &ForecastSpec,
        origin: &Origin,
    ) -> Result<Self> {
        let (results, target) = (&backtested.results, &spec.data.target);
        let name = name_of(series.name());
        let title = text(
            format!("Backtest: {target} of {name}"),
            format!("回測：{name} 的 {target}"),
        );
        let json = serde_json::to_value(backtested).unwrap_or(Value::Null);
        let mut report = Self::new(Subject::Backtest, (title, purpose(spec)), origin, json);
        let mut verdict = of_verdict(
            Some(&results.test),
            results.verdict.as_ref(),
            Some(&results.predictions),
        );
        verdict.extend(of_leaks(backtested));
        report.section("verdict", text("Verdict", "結論"), verdict);

        let folds = vec![
            charts::of_folds(results, target),
            Block::Table(folds(backtested)),
        ];
        report.section("folds", text("Folds", "各折"), folds);

        let mut tested = forecasts::of_test(&results.predictions, Some(series), target);
        tested.extend(of_scores(&results.test, spec.networks() == 0));
        tested.extend(forecasts::of_steps(&results.test, target));
        tested.extend(forecasts::of_residuals(&results.predictions, target));
        report.section("test", text("All folds together", "各折合計"), tested);

        let mut items =
            limits::of_scores(&results.test, results.verdict.as_ref(), spec.data.horizon);
        let worse = results
            .folds
            .iter()
            .filter(|fold| fold.mae >= fold.naive_mae)
            .count();
        if worse > 0 {
            let of = results.folds.len();
            items.push(text(
                format!("Where every period counts: in {worse} of {of} folds the forecast was no better than the last value."),
                format!("每段期間都重要時：{of} 折中有 {worse} 折並未優於最後值。"),
            ));
        }
        items.extend(limits::of_health(origin));
        items.push(text(
            "As a model: a backtest judges settings and keeps no model; train makes one.",
            "當作模型使用時：回測評斷的是設定，並不保留模型；請以 train 產生。",
        ));
        report.limits(items);

        report.section(
            "data",
            text("Data", "資料"),
            data::of_series(series, &spec.data, origin)?,
        );
        report.section(
            "settings",
            text("Settings", "設定"),
            again::settings_of(spec, origin),
        );
        let sha256 = series.sha256(&spec.data.columns())?;
        let again = again::again(spec, origin, Some(&sha256));
        report.section("again", text("How to make it again", "如何重現"), again);
        Ok(report)
    }
}

fn of_leaks(backtested: &Backtested) -> Option<Block> {
    let text = match backtested.leaks.as_deref()? {
        [] => text(
            "The leak check passed: a changed future moved nothing before it.",
            "洩漏檢查通過：改動未來並不影響之前的任何結果。",
        ),
        leaks => {
            let each: Vec<String> = leaks.iter().map(crate::forecast::Leak::text).collect();
            let each = each.join("; ");
            text(format!("Leaks: {each}."), format!("發現洩漏：{each}。"))
        }
    };
    Some(Block::Paragraph { text })
}

fn folds(backtested: &Backtested) -> Table {
    let heads = vec![
        text("tested on", "測試期間"),
        text("learnt from", "訓練期間"),
        text("rows", "列數"),
        text("windows", "視窗"),
        Text::plain("MAE"),
        text("MAE of the last value", "最後值的 MAE"),
        text("skill", "能力"),
    ];
    let mut table = Table::of_numbers(text("Each fold", "各折"), heads);
    table.columns[1].number = false;
    for fold in &backtested.results.folds {
        table.rows.push(vec![
            Text::plain(format!("{} – {}", fold.test_from, fold.test_to)),
            Text::plain(format!("{} – {}", fold.train_from, fold.train_to)),
            Text::plain(fold.train_rows.to_string()),
            Text::plain(fold.windows.to_string()),
            Text::plain(number(fold.mae)),
            Text::plain(number(fold.naive_mae)),
            digits(fold.skill, 3),
        ]);
    }
    table
}
