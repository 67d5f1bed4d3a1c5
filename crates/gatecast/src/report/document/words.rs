//! What the library says in English, in both languages: the names of baselines, and the verdict, made again from its
//! figures. What this file is not: it judges nothing.

use super::{Text, Tone, text};
use crate::Scores;
use crate::forecast::Verdict;
use crate::report::number;
use crate::text::{Evaluation, TranslationEvaluation};

/// A baseline by its name in tables, such as `seasonal naive (5)`.
pub(super) fn baseline(name: &str) -> Text {
    let (kind, rest) = match name.split_once(" (") {
        Some((kind, rest)) => (kind, format!("（{}）", rest.trim_end_matches(')'))),
        None => (name, String::new()),
    };
    let chinese = match kind {
        "last value" => "最後值",
        "drift" => "漂移法",
        "seasonal naive" => "季節性單純預測",
        "moving average" => "移動平均",
        "exponential smoothing" => "指數平滑",
        "combination" => "方法組合",
        // Names of methods, which are the same everywhere.
        other => other,
    };
    text(name, format!("{chinese}{rest}"))
}

/// How rows follow one another. Only the usual ways have Chinese words.
pub(super) fn rhythm(rhythm: &str) -> Text {
    let chinese = match rhythm {
        "Monday to Friday" => "週一至週五",
        "every day of the week" | "every day" => "每天",
        "every week" => "每週",
        "every row" => "逐列",
        "every hour, around the clock" => "每小時",
        other => match other.split(',').next() {
            Some("monthly" | "every month") => "每月",
            Some("quarterly" | "every quarter") => "每季",
            Some("yearly" | "every year") => "每年",
            _ => other,
        },
    };
    text(rhythm, chinese)
}

/// Whether there is skill, in a few words.
pub(super) fn headline(verdict: Option<&Verdict>) -> (Tone, Text) {
    match verdict {
        Some(verdict) if verdict.has_skill => {
            (Tone::Good, text("Evidence of skill", "有預測能力的證據"))
        }
        Some(_) => (
            Tone::Bad,
            text("No evidence of skill", "沒有預測能力的證據"),
        ),
        None => (Tone::Open, text("Skill is not known", "預測能力未知")),
    }
}

/// The error of the baseline that a verdict names.
pub(super) fn best_mae(verdict: &Verdict, scores: &Scores) -> Option<f64> {
    let mut all = scores.baselines.iter();
    let best = all.find(|score| score.baseline.name() == verdict.baseline);
    best.map(|score| score.mae)
}

/// A verdict: the library's sentences, and the same in Chinese. The headline says already whether there is skill.
pub(super) fn verdict(verdict: &Verdict, scores: &Scores) -> Text {
    let english = ["Evidence of skill: ", "No evidence of skill: "];
    let mut words = verdict.text.as_str();
    for start in english {
        words = words.strip_prefix(start).unwrap_or(words);
    }
    let mut letters = words.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string());
    let english = first.unwrap_or_default() + letters.as_str();
    text(english, chinese(verdict, scores))
}

fn chinese(verdict: &Verdict, scores: &Scores) -> String {
    let Some(best) = best_mae(verdict, scores) else {
        return verdict.text.clone();
    };
    if verdict.text.contains("added nothing") {
        return "在驗證用的各折上，網路對最後值毫無助益，因此預測就是最後值。".into();
    }
    let p = p_value(verdict.p_value, "，");
    let (name, mae) = (baseline(&verdict.baseline).zh_hant, number(scores.mae));
    let change = match 100.0 * (scores.mae / best - 1.0) {
        _ if best == 0.0 => "該基準從不出錯".into(),
        share if verdict.has_skill => format!("誤差小 {:.1} %{p}", -share),
        share @ 1000.0.. => format!("誤差為其 {:.0} 倍{p}", share / 100.0 + 1.0),
        share @ 0.0.. => format!("誤差大 {share:.1} %{p}"),
        share => format!("誤差小 {:.1} %，但可能只是巧合{p}", -share),
    };
    let mut words = format!(
        "MAE 為 {mae}；最難勝過的基準「{name}」為 {}（{change}）。",
        number(best)
    );
    let gain = best - scores.mae;
    if let Some(spread) = scores
        .seed_spread
        .filter(|spread| *spread > 1e-9 * scores.mae)
        && gain > 0.0
    {
        let than = if spread >= gain { "大於" } else { "小於" };
        words += &format!(
            "換一個隨機種子，MAE 約變動 {}，{than}所得的改善 {}。",
            number(spread),
            number(gain)
        );
    }
    if !verdict.has_skill && verdict.flat {
        words += "序列在變動，預測卻幾乎不動。";
    } else if !verdict.has_skill && verdict.lag > 0 {
        words += &format!("預測比序列晚 {} 列。", verdict.lag);
    }
    words
}

/// `p = 0.03`, after a comma.
pub(super) fn p_value(p: Option<f64>, comma: &str) -> String {
    match p {
        None => String::new(),
        Some(..0.001) => format!("{comma}p < 0.001"),
        Some(p @ ..0.01) => format!("{comma}p = {p:.3}"),
        Some(p) => format!("{comma}p = {p:.2}"),
    }
}

/// What a test of classes comes to.
pub(super) fn classes(found: &Evaluation) -> (Tone, Text, Text) {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let (own, bag) = (percent(found.scores.accuracy), percent(found.bag.accuracy));
    let (first, second, p_value) = (found.test.first, found.test.second, found.test.p_value);
    let p = self::p_value(Some(p_value), "，");
    let counts = format!("只有一方答對的列：{first} 比 {second}{p}");
    let (tone, headline, chinese) = match () {
        () if first + second == 0 => (
            Tone::Bad,
            text("The same as a bag of words", "與詞袋相同"),
            format!("每一列都與詞袋相同：答對 {own}。"),
        ),
        () if first > second && p_value < 0.05 => (
            Tone::Good,
            text("Better than a bag of words", "優於詞袋"),
            format!("答對 {own}，詞袋 {bag}（{counts}）。"),
        ),
        () if second > first && p_value < 0.05 => (
            Tone::Bad,
            text("Worse than a bag of words", "不如詞袋"),
            format!("答對 {own}，詞袋 {bag}（{counts}）。設定 inner-folds = 0 可只用詞袋。"),
        ),
        () => (
            Tone::Bad,
            text(
                "No evidence that it is better than a bag of words",
                "沒有優於詞袋的證據",
            ),
            format!("答對 {own}，詞袋 {bag}（{counts}）。"),
        ),
    };
    let english = crate::error::name_settings(&found.text(), str::to_string);
    (tone, headline, text(english, chinese))
}

/// What a test of translations comes to.
pub(super) fn translations(found: &TranslationEvaluation) -> (Tone, Text, Text) {
    let name = found.measure.name();
    let [own, copy] = [&found.scores, &found.copy].map(|scores| scores.by(found.measure));
    let nearest = found
        .nearest
        .as_ref()
        .map(|scores| scores.by(found.measure));
    let (what, other) = match nearest {
        Some(nearest) if nearest > copy => ("最相似訓練句的譯文", nearest),
        _ => ("原文照抄", copy),
    };
    let chinese = format!("{name} {own:.1}；{what}為 {other:.1}。");
    match own > other {
        true => (
            Tone::Good,
            text("Better than copying", "優於照抄"),
            text(found.text(), chinese),
        ),
        false => (
            Tone::Bad,
            text(
                "It has learnt too little to be of use",
                "所學太少，尚不可用",
            ),
            text(found.text(), chinese),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Language::TraditionalChinese;

    #[test]
    fn every_baseline_has_a_chinese_name() {
        use crate::forecast::Baseline;
        for each in Baseline::all(5) {
            let name = each.name();
            let chinese = baseline(&name);
            let chinese = chinese.in_language(TraditionalChinese);
            let is_a_name = ["Naive2", "ETS", "Theta", "CES", "MSTL"]
                .iter()
                .any(|method| name.starts_with(method));
            assert!(is_a_name || !chinese.is_ascii(), "{name}: {chinese}");
        }
    }
}
