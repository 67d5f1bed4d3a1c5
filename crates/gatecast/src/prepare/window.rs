//! Windows over a table: views, no copies.
//!
//! A window is `window` rows of all features; its target is the `horizon` rows of the target
//! column that follow:
//!
//! ```text
//!  rows      0 1 2 3 4 5 6 7 …
//!  window 0  ─────────┤t├           window = 5, horizon = 1
//!  window 1    ─────────┤t├
//! ```
//!
//! Where a season comes round every `season` rows, what a row is measured from is not the window's last
//! row but the row at the same place of its last season, its base; of the target it may be a mean over
//! the seasons before it (`season`). In a window of whole seasons a step of the network is a season:
//! `window/season` steps of `season·features` numbers. Of any other the first season is only
//! measured from, and the rest is read row by row. With a season of one row, all are one.
//!
//! In a mixture (`mixture`) a window is looked at in its own terms (`own_terms`), may be longer than what is there, and
//! what is lacking is zero to the network, which is told for each step how much is there.
//!
//! Here a window's numbers become those of the network, and the network's become values again.
//! A network that predicts fewer steps than the horizon is run again, with its predictions taken for
//! known ([`Windows::advanced`]).

mod own_terms;

use std::ops::Range;

use super::{Scaler, TargetTransform, season};
use crate::error::{Error, Result};
use crate::nn::{Dataset, Shape};

/// A table in time: all that windows are cut from.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// `rows × width`, row after row, in the units of the file.
    features: Vec<f64>,
    /// One value a row, in the units of the file.
    target: Vec<f64>,
    width: usize,
    /// Which feature is the target itself, if one is.
    own: Option<usize>,
    kind: TargetTransform,
    scaling: Scaling,
    /// Rows after which a season comes round.
    season: usize,
    /// Rows of a longer season, for a mixture; 0 without.
    long: usize,
    /// What the target is measured from, a season later: its level at each row, smoothed with this
    /// weight; none where that is the target itself. See `season`.
    levels: Option<(f64, Vec<f64>)>,
    /// What is known ahead: `rows × future_width`, ready for the network. Row `r` holds what belongs to
    /// the row a horizon later, so that a window ends with what is known of its targets.
    future: Vec<f32>,
    future_width: usize,
}

/// How the network's numbers are scaled.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scaling {
    /// The same for all windows, fitted on training rows.
    Fixed {
        /// One for each feature.
        features: Vec<Scaler>,
        /// For the network's outputs.
        target: Scaler,
    },
    /// By each window's own numbers: every feature, and the target, is its distance from its base
    /// (the window's last value, or that of the same place in its last season), in units of the
    /// window's root mean square change from row to row, or season to season. A price never seen
    /// before is then as good as any other, and calm and wild times count alike.
    Window,
}

/// Smallest unit of a window, relative to its mean magnitude: where nothing moves there is
/// nothing to divide by.
const LEAST_SPREAD: f64 = 1e-4;

impl Frame {
    /// Lays `features` (one slice a column) and `target` side by side, all in the units of the file;
    /// `own` says which of the features is the target itself.
    ///
    /// # Errors
    /// [`NotASeries`](crate::ErrorKind::NotASeries) when there is no feature, the lengths differ, or
    /// there are not as many scalers as features.
    pub(crate) fn new(
        features: &[&[f64]],
        own: Option<usize>,
        target: &[f64],
        kind: TargetTransform,
        scaling: Scaling,
    ) -> Result<Self> {
        let rows = target.len();
        let scaled = match &scaling {
            Scaling::Fixed {
                features: scalers, ..
            } => scalers.len() == features.len(),
            Scaling::Window => true,
        };
        if features.is_empty() || !scaled || features.iter().any(|f| f.len() != rows) {
            return Err(Error::not_a_series(
                "features and target must be columns of one length, each with a scaler",
            ));
        }
        // Of the target itself a second copy would be as large as all the rest.
        let mut flat = Vec::new();
        if own != Some(0) || features.len() > 1 {
            flat.reserve_exact(rows * features.len());
            for row in 0..rows {
                flat.extend(features.iter().map(|column| column[row]));
            }
        }
        Ok(Self {
            features: flat,
            target: target.to_vec(),
            width: features.len(),
            own,
            kind,
            scaling,
            season: 1,
            long: 0,
            levels: None,
            future: Vec::new(),
            future_width: 0,
        })
    }

    /// The same table with `width` numbers for each row that are known a horizon before it: `future[i]`
    /// belongs to row `i`, for every row and the `horizon` after them.
    ///
    /// # Errors
    /// [`NotASeries`](crate::ErrorKind::NotASeries) when there are not as many numbers.
    pub(crate) fn with_future(self, future: &[f64], width: usize, horizon: usize) -> Result<Self> {
        if future.len() != (self.rows() + horizon) * width {
            return Err(Error::not_a_series(format!(
                "{} future numbers for {} rows",
                future.len(),
                self.rows()
            )));
        }
        Ok(Self {
            future: future[horizon * width..]
                .iter()
                .map(|&v| v as f32)
                .collect(),
            future_width: width,
            ..self
        })
    }

    /// The same table with a season of so many rows, at least one, and the weight of the last one.
    #[must_use]
    pub(crate) fn with_season(self, season: usize, weight: f64) -> Self {
        let levels = || (weight, season::levels(&self.target, season, weight));
        Self {
            levels: (weight < 1.0).then(levels),
            season: season.max(1),
            ..self
        }
    }

    /// The same table with a longer season of so many rows, for a mixture; 0 without.
    #[must_use]
    pub(crate) fn with_long_season(self, long: usize) -> Self {
        Self { long, ..self }
    }

    /// Appends rows whose target is not known yet, so that a window can end at the last known
    /// row. They have no features, and no window whose targets they are reads any.
    pub(crate) fn extend_targets(&mut self, rows: usize) {
        let last = self.target.last().copied().unwrap_or(1.0);
        self.target.extend(std::iter::repeat_n(last, rows));
    }

    /// Rows of the table.
    pub(crate) fn rows(&self) -> usize {
        self.target.len()
    }
}

/// The root mean square change from a value to the one `lag` rows after it.
fn spread(rows: Range<usize>, lag: usize, value: impl Fn(usize) -> f64) -> f64 {
    let (mut squares, mut magnitudes) = (0.0, 0.0);
    for row in rows.clone() {
        let now = value(row);
        if row >= rows.start + lag {
            squares += f64::powi(now - value(row - lag), 2);
        }
        magnitudes += now.abs();
    }
    let changes = rows.len().saturating_sub(lag).max(1) as f64;
    let least = LEAST_SPREAD * magnitudes / rows.len().max(1) as f64;
    let spread = (squares / changes).sqrt().max(least);
    if spread.is_normal() { spread } else { 1.0 }
}

/// Rows that a mixture's window needs: one to follow and one before it.
const LEAST_ROWS: usize = 2;

/// The windows whose targets lie in one part of a [`Frame`].
#[derive(Clone, Debug)]
pub(crate) struct Windows<'a> {
    frame: &'a Frame,
    window: usize,
    /// Steps that the network predicts at once.
    ahead: usize,
    /// Outputs that it has for each step.
    outputs: usize,
    /// Row of the first target of the first window.
    first: usize,
    count: usize,
    /// Rows by which all windows were moved on.
    moved: usize,
    /// Predictions that are taken for the target in those rows: `count × moved`.
    predicted: Vec<f64>,
}

impl<'a> Windows<'a> {
    /// All windows whose `horizon` targets lie in `part`. The rows before a target may lie before
    /// the part, but not before the table: a part of `n` rows that has `p` rows before it gives
    /// `n − max(window − p, 0) − horizon + 1` windows, or none where that is negative.
    pub(crate) fn new(frame: &'a Frame, window: usize, horizon: usize, part: Range<usize>) -> Self {
        let least = match frame.kind {
            TargetTransform::Mixture => LEAST_ROWS.min(window),
            _ => window,
        };
        let first = part.start.max(least);
        let end = part.end.min(frame.rows());
        let count = if window == 0 || horizon == 0 {
            0
        } else {
            (end + 1).saturating_sub(horizon).saturating_sub(first)
        };
        Self {
            frame,
            window,
            ahead: horizon,
            outputs: 1,
            first,
            count,
            moved: 0,
            predicted: Vec::new(),
        }
    }

    /// The same windows for a network that predicts the first `steps` of the horizon at once, with
    /// so many `outputs` for each.
    pub(crate) fn with_outputs(self, steps: usize, outputs: usize) -> Self {
        Self {
            ahead: steps,
            outputs,
            ..self
        }
    }

    /// The same windows moved on by the steps that the network predicts at once, with `values` (those
    /// steps of each window, in the units of the file) taken for known. Only windows of a frame
    /// whose every feature is the target can be moved past what is known.
    pub(crate) fn advanced(&self, values: &[f64]) -> Self {
        let moved = self.moved + self.ahead;
        let mut predicted = Vec::with_capacity(self.count * moved);
        for window in 0..self.count {
            predicted.extend_from_slice(&self.predicted[window * self.moved..][..self.moved]);
            predicted.extend_from_slice(&values[window * self.ahead..][..self.ahead]);
        }
        Self {
            moved,
            predicted,
            ..self.clone()
        }
    }

    /// The row of the first target of window `index`; the row before it is the window's last, its
    /// cutoff.
    pub(crate) fn target_row(&self, index: usize) -> usize {
        self.first + index
    }

    /// The rows of window `index`.
    fn rows(&self, index: usize) -> Range<usize> {
        let end = self.target_row(index) + self.moved;
        // Only a mixture's windows reach further back than there are rows.
        end.saturating_sub(self.window)..end
    }

    /// The target of a row, as window `index` knows it.
    fn value(&self, index: usize, row: usize) -> f64 {
        match row.checked_sub(self.target_row(index)) {
            Some(step) if step < self.moved => self.predicted[index * self.moved + step],
            _ => self.frame.target[row],
        }
    }

    /// A feature of a row, as window `index` knows it.
    fn feature(&self, index: usize, row: usize, feature: usize) -> f64 {
        if self.frame.own == Some(feature) {
            return self.value(index, row);
        }
        self.frame.features[row * self.frame.width + feature]
    }

    /// Rows of a step of the network: a season where a window has whole ones, or else one row.
    fn step(&self) -> usize {
        match self.window % self.frame.season {
            0 => self.frame.season,
            _ => 1,
        }
    }

    /// Rows at the beginning of a window that others are measured from, and the network does not read.
    fn unread(&self) -> usize {
        match self.step() {
            1 if self.frame.season > 1 => self.frame.season,
            _ => 0,
        }
    }

    /// The unit of window `index`: the root mean square change of the target from row to row, or from
    /// season to season, in the units of the file; of a mixture that in which it counts errors.
    pub(crate) fn unit(&self, index: usize) -> f64 {
        if self.frame.kind == TargetTransform::Mixture {
            return self.in_terms(index, |terms, _| terms.size());
        }
        spread(self.rows(index), self.frame.season, |row| {
            self.value(index, row)
        })
    }

    /// The row at the same place of a season as `row`, in the last season of window `index`.
    fn base_row(&self, index: usize, row: usize) -> usize {
        let season = self.frame.season;
        let end = self.rows(index).end;
        // Only a mixture's window may be shorter than a season: then all is as the last row.
        let Some(start) = end.checked_sub(season) else {
            return end - 1;
        };
        match row.checked_sub(start) {
            Some(after) => start + after % season,
            None => start + (season - (start - row) % season) % season,
        }
    }

    /// What would be forecast for step `step` of window `index` if nothing changed: the window's last
    /// value, or what stood at the same place of its seasons.
    pub(crate) fn base(&self, index: usize, step: usize) -> f64 {
        self.base_at(index, self.base_row(index, self.rows(index).end + step))
    }

    /// What rows at the same place of a season as `row`, which is one of the last season, are measured
    /// from.
    fn base_at(&self, index: usize, row: usize) -> f64 {
        match &self.frame.levels {
            None => self.value(index, row),
            Some((weight, levels)) => self.level(index, row, *weight, levels),
        }
    }

    /// The level of a row as window `index` knows it: of rows that it predicted, its own.
    fn level(&self, index: usize, row: usize, weight: f64, levels: &[f64]) -> f64 {
        match row.checked_sub(self.frame.season) {
            Some(before) if row >= self.target_row(index) => {
                let before = self.level(index, before, weight, levels);
                weight * self.value(index, row) + (1.0 - weight) * before
            }
            _ => levels[row],
        }
    }

    /// What is subtracted and divided by for the targets of window `index`.
    fn target_scaler(&self, index: usize) -> Scaler {
        match &self.frame.scaling {
            Scaling::Fixed { target, .. } => *target,
            Scaling::Window => {
                let last = self.base(index, 0);
                let kind = self.frame.kind;
                Scaler {
                    center: if kind == TargetTransform::Price {
                        last
                    } else {
                        0.0
                    },
                    spread: kind.unit(last, self.unit(index)),
                }
            }
        }
    }

    /// The network's outputs for the windows from the first on, as values in the units of the
    /// file: for each window and step as many numbers as the network has outputs.
    pub(crate) fn decode(&self, outputs: &[f32]) -> Vec<f64> {
        if self.frame.kind == TargetTransform::Mixture {
            return self.decode_mixture(outputs);
        }
        let mut values = Vec::with_capacity(outputs.len());
        let mut before = vec![0.0; self.outputs];
        for (index, outputs) in outputs.chunks_exact(self.ahead * self.outputs).enumerate() {
            let scaler = self.target_scaler(index);
            before.fill(self.base(index, 0));
            for (step, outputs) in outputs.chunks_exact(self.outputs).enumerate() {
                let last = self.base(index, step);
                for (before, &output) in before.iter_mut().zip(outputs) {
                    let output = scaler.unscale(f64::from(output));
                    *before = self.frame.kind.decode(last, *before, output);
                    values.push(*before);
                }
            }
        }
        values
    }
}

impl Dataset for Windows<'_> {
    fn len(&self) -> usize {
        self.count
    }

    fn input(&self) -> Shape {
        let features = (self.frame.width + self.frame.future_width) * self.step();
        Shape::Sequence {
            steps: (self.window - self.unread()) / self.step(),
            features: match self.frame.kind {
                TargetTransform::Mixture => features + 1 + self.seasons().count(),
                _ => features,
            },
        }
    }

    fn target(&self) -> Shape {
        Shape::Vector {
            features: self.ahead * self.outputs,
        }
    }

    fn gather(&self, windows: &[usize], x: &mut [f32], y: &mut [f32]) {
        for (place, &index) in windows.iter().enumerate() {
            self.put(index, place, windows.len(), x, y);
        }
    }
}

impl Windows<'_> {
    /// Writes window `index` as sample `b` of a batch: `x` is `steps × batch × features`, `y` is
    /// `batch × outputs`.
    pub(crate) fn put(&self, index: usize, b: usize, batch: usize, x: &mut [f32], y: &mut [f32]) {
        if self.frame.kind == TargetTransform::Mixture {
            return self.put_mixture(index, b, batch, x, y);
        }
        let (width, frame) = (self.frame.width, self.frame);
        let (rows, season) = (self.rows(index), frame.season);
        let (size, unread) = (self.step(), self.unread());
        let read = rows.start + unread..rows.end;
        let all = width + frame.future_width;
        // A row is measured from the one at its place of the last season, or of the season before it.
        let base_row = |row: usize| match unread {
            0 => self.base_row(index, row),
            _ => row - season,
        };
        for feature in 0..width {
            let value = |row| self.feature(index, row, feature);
            let own = match &frame.scaling {
                Scaling::Fixed { .. } => 1.0,
                Scaling::Window => spread(rows.clone(), season, value),
            };
            for (t, row) in read.clone().enumerate() {
                let scaler = match &frame.scaling {
                    Scaling::Fixed { features, .. } => features[feature],
                    Scaling::Window => Scaler {
                        center: match frame.own == Some(feature) {
                            true => self.base_at(index, base_row(row)),
                            false => value(base_row(row)),
                        },
                        spread: own,
                    },
                };
                let (step, place) = (t / size, t % size);
                x[((step * batch + b) * size + place) * all + feature] =
                    scaler.scale(value(row)) as f32;
            }
        }
        for (t, row) in read
            .clone()
            .enumerate()
            .take(read.len() * frame.future_width)
        {
            let (step, place) = (t / size, t % size);
            let at = ((step * batch + b) * size + place) * all + width;
            x[at..at + frame.future_width]
                .copy_from_slice(&frame.future[row * frame.future_width..][..frame.future_width]);
        }
        let scaler = self.target_scaler(index);
        let steps = y[b * self.ahead * self.outputs..].chunks_exact_mut(self.outputs);
        for (k, outputs) in steps.take(self.ahead).enumerate() {
            // Steps beyond the table are not learnt from, only predicted.
            let at = |row: usize| self.value(index, row.min(frame.rows() - 1));
            let (before, now) = (at(rows.end + k - 1), at(rows.end + k));
            let last = self.base(index, k);
            outputs.fill(scaler.scale(frame.kind.encode(last, before, now)) as f32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// So many features, nothing scaled.
    fn fixed(features: usize) -> Scaling {
        Scaling::Fixed {
            features: vec![Scaler::IDENTITY; features],
            target: Scaler::IDENTITY,
        }
    }

    /// Row `r` has the features `r` and `r + 0.5` and the target `100 + r`.
    fn frame(rows: usize) -> Frame {
        let column = |offset: f64| (0..rows).map(|r| r as f64 + offset).collect::<Vec<_>>();
        let (one, other) = (column(0.0), column(0.5));
        let target = column(100.0);
        Frame::new(
            &[&one, &other],
            None,
            &target,
            TargetTransform::Price,
            fixed(2),
        )
        .unwrap()
    }

    #[test]
    fn a_window_holds_the_rows_before_its_targets_time_major() {
        let frame = frame(12);
        let windows = Windows::new(&frame, 3, 2, 6..12);
        assert_eq!(windows.len(), 5);
        let (mut x, mut y) = ([0.0; 2 * 3 * 2], [0.0; 2 * 2]);
        windows.gather(&[0, 4], &mut x, &mut y);
        // Windows 0 and 4 end before rows 6 and 10.
        assert_eq!(
            x,
            [3.0, 3.5, 7.0, 7.5, 4.0, 4.5, 8.0, 8.5, 5.0, 5.5, 9.0, 9.5]
        );
        assert_eq!(y, [106.0, 107.0, 110.0, 111.0]);
    }

    #[test]
    fn a_window_by_itself_is_measured_from_its_last_value_in_units_of_its_changes() {
        // Changes of 3 and 4 in the first column, whose root mean square is √12.5.
        let close = vec![100.0, 103.0, 107.0, 110.0];
        let flat = vec![5.0; 4];
        let frame =
            |kind| Frame::new(&[&close, &flat], Some(0), &close, kind, Scaling::Window).unwrap();
        let unit = 12.5f64.sqrt();
        for (kind, want) in [
            (TargetTransform::Price, 3.0 / unit),
            (TargetTransform::Residual, 3.0 / unit),
            (TargetTransform::Difference, 3.0 / unit),
            (TargetTransform::Return, 3.0 / unit),
            (
                TargetTransform::LogReturn,
                (110.0f64 / 107.0).ln() * 107.0 / unit,
            ),
        ] {
            let frame = frame(kind);
            let windows = Windows::new(&frame, 3, 1, 0..4);
            let (mut x, mut y) = ([0.0; 6], [0.0; 1]);
            windows.gather(&[0], &mut x, &mut y);
            let inputs = [-7.0 / unit, 0.0, -4.0 / unit, 0.0, 0.0, 0.0];
            for (got, want) in x.iter().chain(&y).zip(inputs.iter().chain([&want])) {
                assert!(
                    (f64::from(*got) - want).abs() < 1e-6,
                    "{kind:?}: {got} {want}"
                );
            }
            assert!((windows.decode(&y)[0] - 110.0).abs() < 1e-5, "{kind:?}");
        }
    }

    #[test]
    fn predictions_are_taken_for_known() {
        // A network that predicts "one more than the last", twice two steps, knows nothing of the rows
        // that it forecasts.
        let mut close: Vec<f64> = (0..8).map(|r| 100.0 + f64::from(r)).collect();
        close.extend([999.0; 4]);
        for scaling in [fixed(1), Scaling::Window] {
            let frame = Frame::new(
                &[&close],
                Some(0),
                &close,
                TargetTransform::Residual,
                scaling,
            )
            .unwrap();
            let first = Windows::new(&frame, 3, 4, 8..12).with_outputs(2, 1);
            assert_eq!((first.len(), first.target()), (1, Shape::vector(2)));
            let unit = first.target_scaler(0).spread;
            let values = first.decode(&[(1.0 / unit) as f32, (2.0 / unit) as f32]);
            for (value, want) in values.iter().zip([108.0, 109.0]) {
                assert!((value - want).abs() < 1e-5);
            }
            let next = first.advanced(&[108.0, 109.0]);
            let (mut x, mut y) = ([0.0; 3], [0.0; 2]);
            next.gather(&[0], &mut x, &mut y);
            let center = if frame.scaling == Scaling::Window {
                109.0
            } else {
                0.0
            };
            assert_eq!(x, [107.0, 108.0, 109.0].map(|v: f32| v - center));
            assert!((next.decode(&[1.0, 2.0])[1] - 111.0).abs() < 1e-5);
        }
    }

    #[test]
    fn several_numbers_a_step_are_decoded_each_by_itself() {
        let close = [10.0, 12.0, 14.0, 0.0, 0.0];
        let frame = Frame::new(
            &[&close],
            Some(0),
            &close,
            TargetTransform::Difference,
            fixed(1),
        );
        let frame = frame.unwrap();
        let windows = Windows::new(&frame, 3, 2, 3..5).with_outputs(2, 2);
        assert_eq!(windows.target(), Shape::vector(4));
        assert_eq!(
            windows.decode(&[-1.0, 1.0, -2.0, 2.0]),
            [13.0, 15.0, 11.0, 17.0]
        );
        let (mut x, mut y) = ([0.0; 3], [0.0; 4]);
        windows.gather(&[0], &mut x, &mut y);
        assert_eq!(y, [-14.0, -14.0, 0.0, 0.0]);
    }

    proptest! {
        #[test]
        fn the_count_is_that_of_a_search(
            rows in 0usize..40, window in 0usize..8, horizon in 0usize..8, start in 0usize..40, len in 0usize..40,
        ) {
            let zeros = vec![0.0; rows];
            let frame = Frame::new(&[&zeros], Some(0), &zeros, TargetTransform::Price, fixed(1)).unwrap();
            let part = start..start + len;
            let windows = Windows::new(&frame, window, horizon, part.clone());
            let fits: Vec<usize> = (0..rows)
                .filter(|&target| {
                    window > 0 && horizon > 0 && target >= window && part.contains(&target)
                        && target + horizon <= rows.min(part.end)
                })
                .collect();
            prop_assert_eq!(windows.len(), fits.len());
            if let Some(&first) = fits.first() {
                prop_assert_eq!(windows.target_row(0), first);
                let (mut x, mut y) = (vec![0.0; window], vec![0.0; horizon]);
                windows.gather(&[windows.len() - 1], &mut x, &mut y);
            }
        }
    }

    #[test]
    fn a_season_is_a_step_and_the_season_before_is_the_base() {
        // Three seasons of four rows; the last season is 8, 9, 10, 11.
        let values: Vec<f64> = (0..16).map(f64::from).collect();
        let frame = Frame::new(
            &[&values],
            Some(0),
            &values,
            TargetTransform::Residual,
            Scaling::Window,
        )
        .unwrap()
        .with_season(4, 1.0);
        let windows = Windows::new(&frame, 12, 6, 12..18);
        assert_eq!(windows.len(), 0, "the table ends before the horizon does");
        let windows = Windows::new(&frame, 12, 3, 12..16);
        assert_eq!((windows.len(), windows.input()), (2, Shape::sequence(3, 4)));
        // Every value is four above the one of the season before.
        assert_eq!(windows.unit(0), 4.0);
        let bases: Vec<f64> = (0..6).map(|step| windows.base(0, step)).collect();
        assert_eq!(bases, [8.0, 9.0, 10.0, 11.0, 8.0, 9.0]);
        let (mut x, mut y) = (vec![0.0; 12], vec![0.0; 3]);
        windows.gather(&[1], &mut x, &mut y);
        // Two, one and no seasons before the last, in units of a season's change.
        let steps: Vec<f32> = [-2.0f32, -1.0, 0.0]
            .into_iter()
            .flat_map(|v| [v; 4])
            .collect();
        assert_eq!(x, steps);
        assert_eq!(y, [1.0; 3]);
        assert_eq!(windows.decode(&[1.0, 1.0, 0.5]), [12.0, 13.0, 12.0]);
    }
}
