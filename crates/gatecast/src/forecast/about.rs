//! Everything about a fitted forecaster but its weights: settings, what was fitted beside the networks,
//! what it was trained on, how it did. What this file is not: how that stands in a file is `model_file`'s
//! business.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::selection::Selection;
use super::{Base, ForecastSpec, PanelScores, Scores, Verdict};
use crate::error::{Error, Result};
use crate::nn::{History, LayerSpec};
use crate::prepare::{Features, Split};
use crate::series::{Adjustment, Fill, ReadOptions, Rhythm, Series, Stamp, key};

/// Version of the description. Raise it when older programs could no longer read new files, and add to
/// `model_file::upgrade` what makes a description of the version before into one of this.
pub(super) const FORMAT: u64 = 6;

/// What the model file says beside the weights. Nothing in it depends on when, where or with how
/// many threads it was trained, so equal training gives equal files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct About {
    pub(super) format: u64,
    pub(super) spec: ForecastSpec,
    /// Of a network, if there is one.
    pub(super) layers: Vec<LayerSpec>,
    /// What forecasts in the place of networks, if there are none.
    pub(super) base: Option<Base>,
    pub(super) features: Features,
    pub(super) training: Training,
    /// Of one series.
    pub(super) scores: Option<Scores>,
    /// Of many.
    pub(super) panel_scores: Option<PanelScores>,
    /// Of the first network; empty without one.
    pub(super) history: History,
    pub(super) selection: Option<Selection>,
    pub(super) verdict: Option<Verdict>,
}

/// What a forecaster was trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Training {
    /// What the series was called.
    pub series: String,
    /// SHA-256 of its stamps and of the columns used; see [`Series::sha256`].
    pub sha256: String,
    /// Where it was cut; of many series, the sums.
    pub split: Split,
    /// Windows of each part.
    pub windows: WindowCounts,
    /// First stamp of all series.
    pub first: Stamp,
    /// Last stamp of the training parts of all series.
    pub last: Stamp,
    /// First stamp of the test part; `None` without one, and for many series, which each have their
    /// own.
    pub test_from: Option<Stamp>,
    /// How the stamps go on; a longer series that is forecast later has a rhythm of its own.
    pub rhythm: Rhythm,
    /// What its prices were adjusted for.
    pub adjustment: Adjustment,
    /// How it was read, where that had to be said.
    pub reading: ReadOptions,
    /// What took the place of missing steps.
    pub fill: Fill,
    /// By whose clock its instants were shown.
    #[serde(with = "jiff::fmt::serde::tz::optional")]
    pub zone: Option<TimeZone>,
    /// What was left out or sorted when they were read; see [`Series::notes`].
    pub notes: Vec<String>,
    /// How many series it was trained on, where it was one model for many.
    pub panel: Option<usize>,
    /// Which of the columns used came from a file that was joined; see [`Series::join`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<String>,
}

/// Windows of each part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct WindowCounts {
    /// Learnt from.
    pub train: usize,
    /// Watched.
    pub validation: usize,
    /// Scored on.
    pub test: usize,
}

impl Training {
    /// What is to be remembered of the series and their rows.
    pub(super) fn of(
        panel: &[Series],
        spec: &ForecastSpec,
        splits: &[Split],
        windows: WindowCounts,
    ) -> Result<Self> {
        let columns = spec.data.columns();
        let sum = |rows: fn(&Split) -> usize| splits.iter().map(rows).sum();
        let alone = match panel {
            [series] => Some((series, splits[0])),
            _ => None,
        };
        let sha256 = match alone {
            Some((series, _)) => series.sha256(&columns)?,
            None => Series::sha256_of_many(panel, &columns)?,
        };
        let (first, last) =
            panel
                .iter()
                .zip(splits)
                .fold((None, None), |dates, (series, split)| {
                    let known = &series.stamps()[..split.validation];
                    let first = dates.0.into_iter().chain(known.first().copied()).min();
                    let last = dates.1.into_iter().chain(known.last().copied()).max();
                    (first, last)
                });
        let joined = panel.first().map_or(&[][..], Series::joined).iter();
        let is_used = |name: &&String| columns.iter().any(|column| key(column) == key(name));
        let no_rows = || Error::too_few_rows("the training part", 0, 1, "a model learns from rows");
        Ok(Self {
            series: alone.map_or_else(
                || format!("{} series", panel.len()),
                |(series, _)| series.name().into(),
            ),
            sha256,
            split: Split {
                validation: sum(|split| split.validation),
                test: sum(|split| split.test),
                rows: sum(|split| split.rows),
            },
            windows,
            first: first.ok_or_else(no_rows)?,
            last: last.ok_or_else(no_rows)?,
            test_from: alone.and_then(|(series, split)| series.stamps().get(split.test).copied()),
            rhythm: panel
                .first()
                .map_or_else(|| Rhythm::infer(&[], None), Series::rhythm),
            reading: panel.first().map(Series::reading).unwrap_or_default(),
            fill: panel.first().map(Series::fill).unwrap_or_default(),
            zone: panel.first().and_then(|series| series.zone().cloned()),
            adjustment: panel.first().map(Series::adjustment).unwrap_or_default(),
            notes: panel
                .iter()
                .flat_map(|series| series.notes().to_vec())
                .collect(),
            panel: match alone {
                Some(_) => None,
                None => Some(panel.len()),
            },
            joined: joined.filter(is_used).cloned().collect(),
        })
    }
}
