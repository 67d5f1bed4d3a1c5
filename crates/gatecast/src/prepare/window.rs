//! Windows over a scaled table: views, no copies.
//!
//! A window is `window` rows of all features; its target is the `horizon` rows of the target
//! column that follow:
//!
//! ```text
//!  rows      0 1 2 3 4 5 6 7 …
//!  window 0  ─────────┤t├           window = 5, horizon = 1
//!  window 1    ─────────┤t├
//! ```

use std::ops::Range;

use crate::error::{Error, Result};
use crate::nn::{Dataset, Shape};

/// A scaled table in f32: all that windows are cut from.
#[derive(Clone, Debug)]
pub struct Frame {
    /// `rows × features`, row after row.
    features: Vec<f32>,
    /// One value a row; empty when only inputs are needed.
    target: Vec<f32>,
    width: usize,
}

impl Frame {
    /// Lays `features` (one slice a column) and `target` side by side.
    ///
    /// # Errors
    /// [`Error::NotASeries`] when there is no feature or the lengths differ.
    pub fn new(features: &[Vec<f64>], target: &[f64]) -> Result<Self> {
        let rows = features.first().map_or(0, Vec::len);
        if features.is_empty() || target.len() != rows || features.iter().any(|f| f.len() != rows) {
            return Err(Error::NotASeries {
                reason: "features and target must be columns of one length".into(),
            });
        }
        let mut flat = Vec::with_capacity(rows * features.len());
        for row in 0..rows {
            flat.extend(features.iter().map(|column| column[row] as f32));
        }
        Ok(Self {
            features: flat,
            target: target.iter().map(|&v| v as f32).collect(),
            width: features.len(),
        })
    }

    /// Appends rows whose target is not known yet, so that a window can end at the last known
    /// row. They have no features, and no window whose targets they are reads any.
    pub(crate) fn extend_targets(&mut self, rows: usize) {
        self.target.extend(std::iter::repeat_n(0.0, rows));
    }

    /// Rows of the table.
    pub fn rows(&self) -> usize {
        self.target.len()
    }
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
    /// use gatecast::prepare::{Frame, Windows};
    ///
    /// let close: Vec<f64> = (0..322).map(f64::from).collect();
    /// let frame = Frame::new(&[close.clone()], &close)?;
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

    fn gather(&self, rows: &[usize], x: &mut [f32], y: &mut [f32]) {
        let (batch, width) = (rows.len(), self.frame.width);
        for (b, &row) in rows.iter().enumerate() {
            let target = self.target_row(row);
            let start = target - self.window;
            let window = &self.frame.features[start * width..target * width];
            for (t, step) in window.chunks_exact(width).enumerate() {
                x[(t * batch + b) * width..][..width].copy_from_slice(step);
            }
            y[b * self.horizon..][..self.horizon]
                .copy_from_slice(&self.frame.target[target..target + self.horizon]);
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
        Frame::new(&[column(0.0), column(0.5)], &column(100.0)).unwrap()
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

    proptest! {
        #[test]
        fn the_count_is_that_of_a_search(
            rows in 0usize..40, window in 0usize..8, horizon in 0usize..8, start in 0usize..40, len in 0usize..40,
        ) {
            let frame = Frame { features: vec![0.0; rows], target: vec![0.0; rows], width: 1 };
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
