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
//! Here a window's numbers become those of the network, and the network's become values again.

use std::ops::Range;

use super::{Scaler, TargetKind};
use crate::error::{Error, Result};
use crate::nn::{Dataset, Shape};

/// A table in time: all that windows are cut from.
#[derive(Clone, Debug)]
pub struct Frame {
    /// `rows × width`, row after row: scaled, or with [`Scaling::Window`] in the units of the file.
    features: Vec<f64>,
    /// One value a row, in the units of the file.
    target: Vec<f64>,
    width: usize,
    kind: TargetKind,
    scaling: Scaling,
}

/// How what the network is asked for is scaled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scaling {
    /// The same for all windows, fitted on training rows. The features are scaled already.
    Fixed(Scaler),
    /// By each window's own numbers: every feature, and the target, is its distance from the
    /// window's last value, in units of the window's root mean square change from row to row. A
    /// price never seen before is then as good as any other, and calm and wild times count alike.
    Window,
}

/// Smallest unit of a window, relative to its mean magnitude: where nothing moves there is
/// nothing to divide by.
const LEAST_SPREAD: f64 = 1e-4;

impl Frame {
    /// Lays `features` (one slice a column) and `target` (in the units of the file) side by side.
    ///
    /// # Errors
    /// [`Error::NotASeries`] when there is no feature or the lengths differ.
    pub fn new(
        features: &[Vec<f64>],
        target: &[f64],
        kind: TargetKind,
        scaling: Scaling,
    ) -> Result<Self> {
        let rows = features.first().map_or(0, Vec::len);
        if features.is_empty() || target.len() != rows || features.iter().any(|f| f.len() != rows) {
            return Err(Error::NotASeries {
                reason: "features and target must be columns of one length".into(),
            });
        }
        let mut flat = Vec::with_capacity(rows * features.len());
        for row in 0..rows {
            flat.extend(features.iter().map(|column| column[row]));
        }
        Ok(Self {
            features: flat,
            target: target.to_vec(),
            width: features.len(),
            kind,
            scaling,
        })
    }

    /// Appends rows whose target is not known yet, so that a window can end at the last known
    /// row. They have no features, and no window whose targets they are reads any.
    pub(crate) fn extend_targets(&mut self, rows: usize) {
        let last = self.target.last().copied().unwrap_or(1.0);
        self.target.extend(std::iter::repeat_n(last, rows));
    }

    /// Rows of the table.
    pub fn rows(&self) -> usize {
        self.target.len()
    }

    /// What is subtracted and divided by for the targets of the window in `rows`, after whose last
    /// row they come.
    fn target_scaler(&self, rows: Range<usize>) -> Scaler {
        match self.scaling {
            Scaling::Fixed(scaler) => scaler,
            Scaling::Window => {
                let last = self.target[rows.end - 1];
                let window = rows.map(|row| self.target[row]);
                Scaler {
                    center: if self.kind == TargetKind::Price {
                        last
                    } else {
                        0.0
                    },
                    spread: self.kind.unit(last, spread(window)),
                }
            }
        }
    }
}

/// The root mean square change from one value to the next.
fn spread(values: impl Iterator<Item = f64>) -> f64 {
    let (mut squares, mut magnitudes, mut count, mut before) = (0.0, 0.0, 0u32, None);
    for value in values {
        if let Some(before) = before {
            squares += f64::powi(value - before, 2);
        }
        magnitudes += value.abs();
        count += 1;
        before = Some(value);
    }
    let changes = f64::from(count.saturating_sub(1).max(1));
    let least = LEAST_SPREAD * magnitudes / f64::from(count.max(1));
    let spread = (squares / changes).sqrt().max(least);
    if spread.is_normal() { spread } else { 1.0 }
}

/// The windows whose targets lie in one part of a [`Frame`].
#[derive(Clone, Debug)]
pub struct Windows<'a> {
    frame: &'a Frame,
    window: usize,
    horizon: usize,
    /// Row of the first target of the first window.
    first: usize,
    count: usize,
}

impl<'a> Windows<'a> {
    /// All windows whose `horizon` targets lie in `part`. The rows before a target may lie before
    /// the part, but not before the table: a part of `n` rows that has `p` rows before it gives
    /// `n − max(window − p, 0) − horizon + 1` windows, or none where that is negative.
    ///
    /// ```
    /// use gatecast::nn::Dataset;
    /// use gatecast::prepare::{Frame, Scaling, TargetKind, Windows};
    ///
    /// let close: Vec<f64> = (0..322).map(f64::from).collect();
    /// let frame = Frame::new(&[close.clone()], &close, TargetKind::Price, Scaling::Window)?;
    /// assert_eq!(Windows::new(&frame, 5, 1, 0..322).len(), 322 - 5); // the article's loop: 316
    /// assert_eq!(Windows::new(&frame, 5, 5, 0..322).len(), 322 - 5 - 4);
    /// assert_eq!(Windows::new(&frame, 5, 1, 257..322).len(), 65);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    pub fn new(frame: &'a Frame, window: usize, horizon: usize, part: Range<usize>) -> Self {
        let first = part.start.max(window);
        let end = part.end.min(frame.rows());
        let count = if window == 0 || horizon == 0 {
            0
        } else {
            (end + 1).saturating_sub(horizon).saturating_sub(first)
        };
        Self {
            frame,
            window,
            horizon,
            first,
            count,
        }
    }

    /// The row of the first target of window `index`; the row before it is the window's last, its
    /// cutoff.
    pub fn target_row(&self, index: usize) -> usize {
        self.first + index
    }

    /// The rows of window `index`.
    fn rows(&self, index: usize) -> Range<usize> {
        let target = self.target_row(index);
        target - self.window..target
    }

    /// The unit of window `index`: the root mean square change of the target from row to row, in the
    /// units of the file.
    pub fn unit(&self, index: usize) -> f64 {
        spread(self.rows(index).map(|row| self.frame.target[row]))
    }

    /// The network's outputs for the windows from the first on, `horizon` numbers each, as values
    /// in the units of the file.
    pub fn decode(&self, outputs: &[f32]) -> Vec<f64> {
        let mut values = Vec::with_capacity(outputs.len());
        for (index, outputs) in outputs.chunks_exact(self.horizon).enumerate() {
            let rows = self.rows(index);
            let last = self.frame.target[rows.end - 1];
            let scaler = self.frame.target_scaler(rows);
            let mut before = last;
            for &output in outputs {
                let said = scaler.unscale(f64::from(output));
                before = self.frame.kind.decode(last, before, said);
                values.push(before);
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
        Shape::Sequence {
            steps: self.window,
            features: self.frame.width,
        }
    }

    fn target(&self) -> Shape {
        Shape::Vector {
            features: self.horizon,
        }
    }

    fn gather(&self, windows: &[usize], x: &mut [f32], y: &mut [f32]) {
        let (batch, width, frame) = (windows.len(), self.frame.width, self.frame);
        for (b, &index) in windows.iter().enumerate() {
            let rows = self.rows(index);
            let window = &frame.features[rows.start * width..rows.end * width];
            for feature in 0..width {
                let column = || window.iter().skip(feature).step_by(width).copied();
                let scaler = match frame.scaling {
                    Scaling::Fixed(_) => Scaler::IDENTITY,
                    Scaling::Window => Scaler {
                        center: window[window.len() - width + feature],
                        spread: spread(column()),
                    },
                };
                for (t, value) in column().enumerate() {
                    x[(t * batch + b) * width + feature] = scaler.scale(value) as f32;
                }
            }
            let scaler = frame.target_scaler(rows.clone());
            let last = frame.target[rows.end - 1];
            for (k, y) in y[b * self.horizon..][..self.horizon].iter_mut().enumerate() {
                let (before, now) = (frame.target[rows.end + k - 1], frame.target[rows.end + k]);
                *y = scaler.scale(frame.kind.encode(last, before, now)) as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Row `r` has the features `r` and `r + 0.5` and the target `100 + r`.
    fn frame(rows: usize) -> Frame {
        let column = |offset: f64| (0..rows).map(|r| r as f64 + offset).collect::<Vec<_>>();
        let fixed = Scaling::Fixed(Scaler::IDENTITY);
        let features = [column(0.0), column(0.5)];
        Frame::new(&features, &column(100.0), TargetKind::Price, fixed).unwrap()
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
        let frame = |kind| {
            let features = [close.clone(), flat.clone()];
            Frame::new(&features, &close, kind, Scaling::Window).unwrap()
        };
        let unit = 12.5f64.sqrt();
        for (kind, want) in [
            (TargetKind::Price, 3.0 / unit),
            (TargetKind::Residual, 3.0 / unit),
            (TargetKind::Difference, 3.0 / unit),
            (TargetKind::Return, 3.0 / unit),
            (
                TargetKind::LogReturn,
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

    proptest! {
        #[test]
        fn the_count_is_that_of_a_search(
            rows in 0usize..40, window in 0usize..8, horizon in 0usize..8, start in 0usize..40, len in 0usize..40,
        ) {
            let zeros = vec![0.0; rows];
            let fixed = Scaling::Fixed(Scaler::IDENTITY);
            let frame = Frame::new(std::slice::from_ref(&zeros), &zeros, TargetKind::Price, fixed).unwrap();
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
}
