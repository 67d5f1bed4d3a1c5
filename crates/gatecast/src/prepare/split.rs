//! The cut in time: training rows first, then validation, then test.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Row numbers at which a series is cut in three parts, in order of time.
///
/// The parts say where *targets* may lie. The window in front of a target may reach back across
/// a cut: what was known the day before may be used the day after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// First row of the validation part, and the number of training rows.
    pub validation: usize,
    /// First row of the test part.
    pub test: usize,
    /// Rows of the series.
    pub rows: usize,
}

/// Rows to learn from, and rows after them to be forecast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// To learn from.
    pub train: Range<usize>,
    /// To be forecast.
    pub test: Range<usize>,
}

/// Cuts the rows `tested` in `folds` pieces as even as can be, each to be forecast by what learns
/// from the rows before it: all of them, or the last `most`, but for `gap` rows just before the piece.
///
/// ```
/// use gatecast::prepare::rolling;
///
/// let folds = rolling(60..80, 2, 3, None);
/// assert_eq!((folds[0].train.clone(), folds[0].test.clone()), (0..57, 60..70));
/// assert_eq!((folds[1].train.clone(), folds[1].test.clone()), (0..67, 70..80));
/// assert_eq!(rolling(60..80, 2, 3, Some(20))[1].train, 47..67);
/// ```
pub fn rolling(tested: Range<usize>, folds: usize, gap: usize, most: Option<usize>) -> Vec<Fold> {
    let cut = |fold: usize| tested.start + tested.len() * fold / folds;
    (0..folds)
        .map(|fold| {
            let end = cut(fold).saturating_sub(gap);
            Fold {
                train: end.saturating_sub(most.unwrap_or(end))..end,
                test: cut(fold)..cut(fold + 1),
            }
        })
        .collect()
}

impl Split {
    /// The last `test` of all rows is the test part, the `validation` of all rows before it the
    /// validation part. With `test = 0.2`, the test part begins at row `⌊0.8·rows⌋`.
    ///
    /// ```
    /// use gatecast::prepare::Split;
    ///
    /// let split = Split::by_fractions(322, 0.0, 0.2)?;
    /// assert_eq!(split.test_part(), 257..322);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] when a fraction is not in `0..1`, or nothing is left for training.
    pub fn by_fractions(rows: usize, validation: f64, test: f64) -> Result<Self> {
        for (name, value) in [("validation", validation), ("test", test)] {
            if !(0.0..1.0).contains(&value) {
                return Err(Error::Setting {
                    name,
                    found: value.to_string(),
                    expected: "a fraction of the rows, at least 0 and below 1",
                });
            }
        }
        if validation + test >= 1.0 {
            return Err(Error::Setting {
                name: "validation",
                found: validation.to_string(),
                expected: "small enough to leave rows for training: validation + test below 1",
            });
        }
        // 1 − 0.9 is a little less than 0.1: half a millionth of a row makes up for that.
        let row = |fraction: f64| (((1.0 - fraction) * rows as f64) + 5e-7).floor() as usize;
        Ok(Self {
            validation: row(validation + test),
            test: row(test),
            rows,
        })
    }

    /// Rows of the training part.
    pub fn train_part(&self) -> Range<usize> {
        0..self.validation
    }

    /// Rows of the validation part.
    pub fn validation_part(&self) -> Range<usize> {
        self.validation..self.test
    }

    /// Rows of the test part.
    pub fn test_part(&self) -> Range<usize> {
        self.test..self.rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_fall_on_the_floor_of_the_fraction() {
        for (rows, validation, test, want) in [
            (322, 0.0, 0.2, (257, 257)),
            (322, 0.1, 0.2, (225, 257)),
            (10, 0.0, 0.9, (1, 1)),
            (10, 0.3, 0.0, (7, 10)),
            (0, 0.1, 0.1, (0, 0)),
        ] {
            let split = Split::by_fractions(rows, validation, test).unwrap();
            assert_eq!(
                (split.validation, split.test),
                want,
                "{rows} {validation} {test}"
            );
        }
    }

    #[test]
    fn fractions_must_leave_something() {
        for (validation, test) in [
            (0.0, 1.0),
            (-0.1, 0.2),
            (f64::NAN, 0.2),
            (0.5, 0.5),
            (0.1, f64::INFINITY),
        ] {
            let error = Split::by_fractions(100, validation, test).unwrap_err();
            assert!(error.is_usage(), "{error}");
        }
    }
}
