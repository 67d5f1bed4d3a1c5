//! The data of charts, thinned so that a long series makes no large file. What this file is not: it knows no colours and
//! no sizes; whoever draws does.
//!
//! Rows are drawn one beside the other, whatever their dates, and labelled by them: a weekend is no gap in a series of
//! sessions, and a quarter is as wide as another.

use serde::Serialize;

use super::{Block, Chart, Text, text};
use crate::forecast::CrossValidation;
use crate::nn::History;
use crate::text::{ClassScores, TranslatorTraining};

/// Points of a line, at most.
pub(super) const MOST: usize = 1500;

/// What a chart draws. Lists of one chart have a value for each of its places.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "chart", rename_all = "lowercase")]
#[non_exhaustive]
pub enum ChartData {
    /// The loss by epoch.
    Loss {
        /// From 1.
        epochs: Vec<usize>,
        /// Of the training part.
        loss: Vec<f64>,
        /// Of the validation part.
        val_loss: Option<Vec<Option<f64>>>,
        /// The epoch whose weights are kept.
        kept_epoch: usize,
        /// What the loss is.
        unit: Text,
    },
    /// The norm of the gradient by epoch.
    Gradient {
        /// From 1.
        epochs: Vec<usize>,
        /// Mean over the batches, before clipping.
        norm: Vec<f64>,
    },
    /// Forecasts beside what happened.
    Forecast {
        /// A date or row for each place.
        labels: Vec<String>,
        /// What happened.
        actual: Vec<Option<f64>>,
        /// What was forecast.
        forecast: Vec<Option<f64>>,
        /// What the baseline said; empty where there is none to show.
        baseline: Vec<Option<f64>>,
        /// What the baseline is called.
        baseline_name: Text,
        /// The bands, the widest first.
        bands: Vec<ChartBand>,
        /// The place of the last known row, where forecasts follow it.
        cutoff: Option<usize>,
        /// What the values are.
        unit: Text,
    },
    /// The mean absolute error of each step ahead.
    Steps {
        /// Of the model.
        model: Vec<f64>,
        /// Of the last value.
        naive: Vec<f64>,
        /// What the values are.
        unit: Text,
    },
    /// The errors of each fold.
    Folds {
        /// In order of time.
        folds: Vec<FoldErrors>,
        /// What the values are.
        unit: Text,
    },
    /// How the errors are spread: truth less forecast.
    Residuals {
        /// The bars, from the lowest error on.
        bins: Vec<Bin>,
        /// What the values are.
        unit: Text,
    },
    /// The skill of many series, from the least to the most.
    Skill {
        /// `1 − MAE / MAE of the baseline`; thinned where there are very many.
        skill: Vec<f64>,
        /// The baseline.
        baseline: Text,
    },
    /// Whether probabilities mean what they say: of each bin the mean probability, the share told right, and the rows.
    Calibration {
        /// Of the classifier.
        model: Vec<(f64, f64, usize)>,
        /// Of a bag of words.
        bag: Vec<(f64, f64, usize)>,
    },
}

/// A band around forecasts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChartBand {
    /// In per cent.
    pub level: u8,
    /// Its lower end.
    pub lower: Vec<Option<f64>>,
    /// Its upper end.
    pub upper: Vec<Option<f64>>,
}

/// The errors of a fold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoldErrors {
    /// Its dates.
    pub label: String,
    /// Mean absolute error.
    pub mae: f64,
    /// Of the last value.
    pub naive_mae: f64,
}

/// A bar of a histogram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// Where it begins.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Errors of the model in it.
    pub model: usize,
    /// Errors of the last value in it.
    pub naive: usize,
}

/// Places that are drawn: all, or of each piece of a long line the lowest and the highest value of `values`, so that no
/// peak is lost; and what is to be said of it.
pub(super) fn thinned(values: &[f64]) -> (Vec<usize>, Option<Text>) {
    let rows = values.len();
    if rows <= MOST {
        return ((0..rows).collect(), None);
    }
    let piece = rows.div_ceil(MOST / 2);
    let mut places = vec![0];
    for start in (0..rows).step_by(piece) {
        let of_piece = start..(start + piece).min(rows);
        let by = |a: &usize, b: &usize| values[*a].total_cmp(&values[*b]);
        let (low, high) = (of_piece.clone().min_by(by), of_piece.max_by(by));
        places.extend(low.into_iter().chain(high));
    }
    places.push(rows - 1);
    places.sort_unstable();
    places.dedup();
    let shown = places.len();
    let note = text(
        format!(
            "The chart has {shown} of {rows} points: of every {piece}, the one where the value is lowest and the one \
             where it is highest."
        ),
        format!("圖中有 {rows} 點中的 {shown} 點：每 {piece} 點取數值最低與最高的兩點。"),
    );
    (places, Some(note))
}

pub(super) fn chart(
    caption: Text,
    alternative: Text,
    note: Option<Text>,
    data: ChartData,
) -> Block {
    Block::Chart(Chart {
        caption,
        alternative,
        note,
        data,
    })
}

/// The loss, and the norm of the gradient.
pub(super) fn of_history(history: &History, loss_name: &str, target: &str) -> Vec<Block> {
    let epochs = &history.epochs;
    let (Some(first), Some(last)) = (epochs.first(), epochs.last()) else {
        return Vec::new();
    };
    let losses: Vec<f64> = epochs.iter().map(|epoch| epoch.loss).collect();
    let (places, note) = thinned(&losses);
    let watched = epochs.iter().any(|epoch| epoch.val_loss.is_some());
    let kept = history.kept_epoch;
    let validation = match (first.val_loss, last.val_loss) {
        (Some(from), Some(to)) => text(
            format!(", the validation loss from {from:.4} to {to:.4}"),
            format!("，驗證損失由 {from:.4} 到 {to:.4}"),
        ),
        _ => Text::default(),
    };
    let alternative = text(
        format!(
            "The training loss went from {:.4} to {:.4} over {} epochs{}; the weights of epoch {kept} are kept.",
            first.loss,
            last.loss,
            epochs.len(),
            validation.en
        ),
        format!(
            "訓練損失在 {} 個週期中由 {:.4} 到 {:.4}{}；保留第 {kept} 週期的權重。",
            epochs.len(),
            first.loss,
            last.loss,
            validation.zh_hant
        ),
    );
    let norms = |place: &usize| epochs[*place].gradient_norm;
    let highest = epochs
        .iter()
        .map(|epoch| epoch.gradient_norm)
        .fold(0.0, f64::max);
    let loss_name = loss_name.to_uppercase();
    vec![
        chart(
            text("Loss by epoch", "各週期的損失"),
            alternative,
            note.clone(),
            ChartData::Loss {
                epochs: places.iter().map(|&place| epochs[place].epoch).collect(),
                loss: places.iter().map(|&place| epochs[place].loss).collect(),
                val_loss: watched
                    .then(|| places.iter().map(|&place| epochs[place].val_loss).collect()),
                kept_epoch: kept,
                unit: text(
                    format!("{loss_name} (scaled {target})"),
                    format!("{loss_name}（縮放後的 {target}）"),
                ),
            },
        ),
        chart(
            text("Norm of the gradient by epoch", "各週期的梯度範數"),
            text(
                format!(
                    "The mean norm of the gradient went from {:.4} to {:.4}; the highest is {highest:.4}.",
                    first.gradient_norm, last.gradient_norm
                ),
                format!(
                    "梯度範數的平均由 {:.4} 到 {:.4}；最高為 {highest:.4}。",
                    first.gradient_norm, last.gradient_norm
                ),
            ),
            note,
            ChartData::Gradient {
                epochs: places.iter().map(|&place| epochs[place].epoch).collect(),
                norm: places.iter().map(norms).collect(),
            },
        ),
    ]
}

/// The losses of a translator.
pub(super) fn of_translator(training: &TranslatorTraining) -> Vec<Block> {
    let epochs = &training.epochs;
    let (Some(first), Some(last)) = (epochs.first(), epochs.last()) else {
        return Vec::new();
    };
    let watched = epochs.iter().any(|epoch| epoch.val_loss.is_some());
    vec![chart(
        text("Loss by epoch", "各週期的損失"),
        text(
            format!(
                "The training loss went from {:.3} to {:.3} over {} epochs.",
                first.loss,
                last.loss,
                epochs.len()
            ),
            format!(
                "訓練損失在 {} 個週期中由 {:.3} 到 {:.3}。",
                epochs.len(),
                first.loss,
                last.loss
            ),
        ),
        None,
        ChartData::Loss {
            epochs: epochs.iter().map(|epoch| epoch.epoch).collect(),
            loss: epochs.iter().map(|epoch| epoch.loss).collect(),
            val_loss: watched.then(|| epochs.iter().map(|epoch| epoch.val_loss).collect()),
            kept_epoch: training.kept_epoch,
            unit: text("−log p of a piece", "每個片段的 −log p"),
        },
    )]
}

/// The errors of each fold.
pub(super) fn of_folds(results: &CrossValidation, unit: &str) -> Block {
    let better = results
        .folds
        .iter()
        .filter(|fold| fold.mae < fold.naive_mae);
    let (better, of) = (better.count(), results.folds.len());
    let folds = results.folds.iter().map(|fold| FoldErrors {
        label: format!("{} – {}", fold.test_from, fold.test_to),
        mae: fold.mae,
        naive_mae: fold.naive_mae,
    });
    chart(
        text("Mean absolute error of each fold", "各折的平均絕對誤差"),
        text(
            format!(
                "The forecast is better than the last value in {better} of {of} folds; the table has the figures."
            ),
            format!("{of} 折中有 {better} 折優於最後值；數字見表。"),
        ),
        None,
        ChartData::Folds {
            folds: folds.collect(),
            unit: Text::plain(unit),
        },
    )
}

/// How skill is spread over many series.
pub(super) fn of_skill(mut skill: Vec<f64>, baseline: &Text) -> Option<Block> {
    skill.sort_by(f64::total_cmp);
    let (least, most) = (*skill.first()?, *skill.last()?);
    let (of, better) = (
        skill.len(),
        skill.iter().filter(|skill| **skill > 0.0).count(),
    );
    let (places, note) = thinned(&skill);
    let (english, chinese) = (&baseline.en, &baseline.zh_hant);
    Some(chart(
        text(
            "Skill of each series, from the least to the most",
            "各序列的預測能力，由低至高",
        ),
        text(
            format!(
                "{better} of {of} series are forecast better than by {english}; skill reaches from {least:.2} to {most:.2}."
            ),
            format!(
                "{of} 條序列中有 {better} 條優於{chinese}；預測能力介於 {least:.2} 與 {most:.2}。"
            ),
        ),
        note,
        ChartData::Skill {
            skill: places.into_iter().map(|place| skill[place]).collect(),
            baseline: baseline.clone(),
        },
    ))
}

/// Whether the probabilities of a classifier mean what they say.
pub(super) fn of_calibration(own: &ClassScores, bag: &ClassScores) -> Block {
    let bins = |scores: &ClassScores| -> Vec<(f64, f64, usize)> {
        let filled = scores.bins.iter().filter(|bin| bin.rows > 0);
        filled
            .map(|bin| (bin.probability, bin.right, bin.rows))
            .collect()
    };
    let (off, off_bag) = (own.calibration_error, bag.calibration_error);
    chart(
        text(
            "Whether probabilities mean what they say",
            "機率是否名實相符",
        ),
        text(
            format!(
                "The share told right differs from the probability by {off:.3} on average, that of a bag of words by {off_bag:.3}."
            ),
            format!("答對比例與機率平均相差 {off:.3}，詞袋相差 {off_bag:.3}。"),
        ),
        None,
        ChartData::Calibration {
            model: bins(own),
            bag: bins(bag),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_ends_and_peaks() {
        let mut values: Vec<f64> = (0..100_000).map(|row| f64::from(row % 7)).collect();
        values[54_321] = 99.0;
        values[77_777] = -99.0;
        let (places, note) = thinned(&values);
        assert!(
            places.len() <= MOST + 2 && note.is_some(),
            "{}",
            places.len()
        );
        for place in [0, 54_321, 77_777, 99_999] {
            assert!(places.contains(&place), "{place}");
        }
        assert!(places.is_sorted_by(|a, b| a < b));
        assert_eq!(thinned(&values[..9]), ((0..9).collect(), None));
    }
}
