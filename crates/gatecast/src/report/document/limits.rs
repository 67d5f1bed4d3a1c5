//! When a model should not be used, read off its results. What this file is not: general advice; each sentence has a
//! figure behind it, or a property of how the model was made.

use jiff::civil::Date;

use super::words;
use super::{Origin, Text, counted, name_of, text};
use crate::forecast::{PanelScores, Verdict};
use crate::report::number;
use crate::series::Stamp;
use crate::{FittedForecaster, Forecast, Scores, Series};

/// Fewer windows than this tell little.
const FEW_WINDOWS: usize = 30;
/// Horizons in a test part, below which its windows are nearly one.
const FEW_HORIZONS: usize = 5;
/// Points of a hundred that a band may lack before it is called too narrow.
const TOO_FEW_HELD: f64 = 5.0;
/// Share of test rows outside of what was seen in training that is worth a word, in per cent.
const OUTSIDE: f64 = 10.0;

/// What the scores of one series say.
pub(super) fn of_scores(scores: &Scores, verdict: Option<&Verdict>, horizon: usize) -> Vec<Text> {
    let mut limits = Vec::new();
    if let Some(verdict) = verdict.filter(|verdict| !verdict.has_skill) {
        let name = words::baseline(&verdict.baseline);
        let (english, chinese) = (&name.en, &name.zh_hant);
        limits.push(text(
            format!("Where the forecast matters: on the test part it was not shown to be better than {english}, which needs no model."),
            format!("預測結果攸關決策時：在測試部分並未證明優於「{chinese}」，而後者不需要模型。"),
        ));
        if verdict.flat {
            limits.push(text(
                "To see changes coming: the forecast hardly moves while the series does.",
                "想預見變化時：序列在變動，預測卻幾乎不動。",
            ));
        } else if verdict.lag > 0 {
            let lag = verdict.lag;
            limits.push(text(
                format!(
                    "To see turns coming: the forecast follows the series {} late.",
                    counted(lag, "row")
                ),
                format!("想預見轉折時：預測比序列晚 {lag} 列。"),
            ));
        }
    }
    let best = verdict.and_then(|verdict| words::best_mae(verdict, scores));
    if let (Some(spread), Some(best)) = (scores.seed_spread, best)
        && scores.mae < best
        && spread >= best - scores.mae
        && spread > 1e-9 * scores.mae
    {
        let (spread, gain) = (number(spread), number(best - scores.mae));
        limits.push(text(
            format!("On the strength of one fit: another seed moves the MAE by about {spread}, more than the gain of {gain}."),
            format!("只憑一次訓練時：換一個種子，MAE 約變動 {spread}，大於所得的改善 {gain}。"),
        ));
    }
    let windows = scores.windows;
    if windows < FEW_WINDOWS || windows < FEW_HORIZONS * horizon {
        limits.push(text(
            format!("Where certainty is needed: the test part has {} of {}, which is little to judge by.", counted(windows, "window"), counted(horizon, "step")),
            format!("需要確定性時：測試部分只有 {windows} 個 {horizon} 步的視窗，難以據此評斷。"),
        ));
    }
    limits.extend(bands(|level| {
        scores.bands.get(&format!("coverage{level}")).copied()
    }));
    limits
}

/// What the shares say that bands held.
fn bands(held: impl Fn(u8) -> Option<f64>) -> Vec<Text> {
    let mut limits = Vec::new();
    for level in [80, 95] {
        let Some(held) = held(level) else {
            continue;
        };
        let lacking = f64::from(level) - held;
        if lacking > TOO_FEW_HELD {
            limits.push(text(
                format!("To bound a risk by the band of {level} %: it held only {held:.1} % of the test values."),
                format!("以 {level} % 區間估計風險時：它只涵蓋了 {held:.1} % 的測試值。"),
            ));
        } else if lacking < -2.0 * TOO_FEW_HELD {
            limits.push(text(
                format!("Where narrow bands are needed: the band of {level} % held {held:.1} %, so it is wider than it says."),
                format!("需要窄區間時：{level} % 區間涵蓋了 {held:.1} %，比所宣稱的寬。"),
            ));
        }
    }
    limits
}

/// What the model itself says, and the series that it was fitted to.
pub(super) fn of_model(
    fitted: &FittedForecaster,
    series: Option<&Series>,
    coming: Option<&Forecast>,
    origin: &Origin,
) -> Vec<Text> {
    let (data, training) = (&fitted.spec().data, fitted.training());
    let mut limits = Vec::new();
    if fitted.scores().is_none() && fitted.panel_scores().is_none() {
        limits.push(text(
            "Before it has been tested: there are no scores of a test part, so nothing is known about its skill.",
            "尚未測試之前：沒有測試部分的分數，預測能力未知。",
        ));
    }
    if fitted.selection().is_none() {
        limits.push(text(
            "To bound a risk: it has no bands, since none of the training rows were held out to measure errors on.",
            "估計風險時：沒有預測區間，因為訓練時未保留資料來量測誤差。",
        ));
    }
    let horizon = data.horizon;
    limits.push(text(
        format!("Beyond {} ahead: further steps are made of its own forecasts, without bands, and are not tested.", counted(horizon, "step")),
        format!("超過 {horizon} 步之後：更遠的步由它自己的預測推得，沒有區間，也未經測試。"),
    ));
    let (windows, parameters) = (training.windows.train, fitted.parameters());
    if parameters > 10 * windows && windows > 0 {
        limits.push(text(
            format!("Where overfitting would hurt: {parameters} parameters were learnt from {windows} windows."),
            format!("容不下過度擬合時：{parameters} 個參數由 {windows} 個視窗學得。"),
        ));
    }
    if let Some(share) = series.and_then(|series| outside(fitted, series)) {
        limits.push(text(
            format!("Where values leave the range of the training part: {share:.0} % of the test rows did."),
            format!("數值超出訓練部分的範圍時：測試列中有 {share:.0} % 如此。"),
        ));
    }
    let end = coming.and_then(|coming| Some((coming.points.last()?.date, coming.cutoff)));
    if let (Some(today), Some((last, cutoff))) = (origin.today, end) {
        limits.extend(past(today, last, cutoff));
    }
    limits.extend(of_health(origin));
    let name = name_of(&training.series);
    if training.panel.is_none() {
        limits.push(text(
            format!("On another series, unit or rhythm than those of {name}: it has learnt from nothing else."),
            format!("用於 {name} 以外的序列、單位或頻率時：它未曾由其他資料學習。"),
        ));
    }
    limits
}

/// The forecasts are of days that are over.
fn past(today: Date, last: Stamp, cutoff: Stamp) -> Option<Text> {
    let end = last.date()?;
    if end >= today {
        return None;
    }
    let days = cutoff.date()?.until(today).ok()?.get_days();
    Some(text(
        format!(
            "For what comes now: the last row is {cutoff}, {days} days before this report, and its forecasts end on {last}. Train it again with newer rows."
        ),
        format!(
            "預測當下時：最後一列為 {cutoff}，比本報告早 {days} 天，預測止於 {last}。請以較新的資料重新訓練。"
        ),
    ))
}

/// Share of the test rows, in per cent, whose target lies outside of the training part's range; `None` where it is small.
fn outside(fitted: &FittedForecaster, series: &Series) -> Option<f64> {
    let split = fitted.training().split;
    let values = series.column(&fitted.spec().data.target).ok()?;
    let (seen, test) = (values.get(..split.validation)?, values.get(split.test..)?);
    let (low, high) = seen
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        });
    let outside = test.iter().filter(|value| !(low..=high).contains(*value));
    let share = 100.0 * outside.count() as f64 / test.len().max(1) as f64;
    (share >= OUTSIDE).then_some(share)
}

/// What an inspection of the file found and reading does not take care of.
pub(super) fn of_health(origin: &Origin) -> Option<Text> {
    let health = origin.health.as_ref()?;
    let count: usize = health.serious().map(|finding| finding.count).sum();
    (count > 0).then(|| {
        text(
            format!("Before the file has been looked at: an inspection finds {} that may have misled the model; see the data below.", counted(count, "thing")),
            format!("尚未檢查檔案之前：檢查發現 {count} 處可能誤導模型之處；見下方「資料」。"),
        )
    })
}

/// What the scores of many series say.
pub(super) fn of_panel(scores: &PanelScores) -> Vec<Text> {
    let name = words::baseline(&scores.baseline);
    let (english, chinese) = (&name.en, &name.zh_hant);
    let better = 100.0 * scores.better;
    let mut limits = Vec::new();
    if scores.skill[2] <= 0.0 {
        limits.push(text(
            format!("On a series of which nothing else is known: the median series was forecast no better than by {english}."),
            format!("用於所知不多的序列時：中位序列的預測並未優於「{chinese}」。"),
        ));
    } else {
        limits.push(text(
            format!("On a series with little or negative skill in the table: {:.0} % were forecast worse than by {english}, or no better.", 100.0 - better),
            format!("用於表中預測能力很低或為負的序列時：有 {:.0} % 並未優於「{chinese}」。", 100.0 - better),
        ));
    }
    if scores.scored < FEW_WINDOWS {
        let scored = scores.scored;
        limits.push(text(
            format!("To conclude for other series: only {scored} were scored."),
            format!("推論到其他序列時：只有 {scored} 條受測。"),
        ));
    }
    limits.extend(bands(|level| {
        scores.coverage.get(&format!("coverage{level}")).copied()
    }));
    limits
}
