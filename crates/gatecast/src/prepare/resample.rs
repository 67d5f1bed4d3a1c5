//! Resampling: the only place where time is cut. The hold-out ([`Split`]: training rows first, then
//! validation, then test), the rolling origin ([`rolling`]), and the folds of the training part on
//! which a model is chosen ([`ValidationScheme`]). What this file is not: it knows no values and no
//! dates, only numbers of rows.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Result, wrong};

/// How many rows at the end of a series are for testing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TestPart {
    /// This share of all rows, at least 0 and below 1.
    Share(f64),
    /// One horizon; in cross-validation one for each fold.
    Horizon,
}

impl TestPart {
    /// Whether there are no test rows.
    pub fn is_none(self) -> bool {
        self == Self::Share(0.0)
    }
}

/// In files: a number, or the word `horizon`.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Share(f64),
    Word(String),
}

impl Serialize for TestPart {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Share(share) => Written::Share(share),
            Self::Horizon => Written::Word("horizon".into()),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for TestPart {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error as _;
        match Written::deserialize(deserializer) {
            Ok(Written::Share(share)) => Ok(Self::Share(share)),
            Ok(Written::Word(word)) if word == "horizon" => Ok(Self::Horizon),
            _ => Err(D::Error::custom(
                "expected a share of the rows, or \"horizon\"",
            )),
        }
    }
}

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

/// How the training part is cut in folds on which a model is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ValidationScheme {
    /// The second half of the training part in equal pieces; before each, networks are trained anew
    /// on all rows before it. For a series whose recent past is worth learning from.
    #[default]
    Rolling,
    /// One horizon each, at the end of the training part; networks are trained once, on the rows
    /// before all of them. For many series, where one more horizon teaches little.
    LastHorizons,
}

impl ValidationScheme {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Rolling, Self::LastHorizons];

    /// The name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rolling => "rolling",
            Self::LastHorizons => "last-horizons",
        }
    }

    /// At most `count` folds of a training part of `rows` rows, in order of time, each at least a
    /// `horizon` long; a short part has fewer.
    ///
    /// ```
    /// use gatecast::prepare::ValidationScheme;
    ///
    /// let folds = ValidationScheme::LastHorizons.folds(100, 2, 10);
    /// assert_eq!((folds[0].train.clone(), folds[0].test.clone()), (0..80, 80..90));
    /// assert_eq!((folds[1].train.clone(), folds[1].test.clone()), (0..80, 90..100));
    /// assert_eq!(ValidationScheme::Rolling.folds(100, 2, 10)[1].train, 0..75);
    /// ```
    pub fn folds(self, rows: usize, count: usize, horizon: usize) -> Vec<Fold> {
        match self {
            Self::Rolling => {
                let tested = rows / 2..rows;
                let count = count.min(tested.len() / horizon.max(1));
                rolling(tested, count, 0, None)
            }
            Self::LastHorizons => {
                let known = rows.saturating_sub(count * horizon);
                let fits = rows.checked_div(horizon).unwrap_or(0).min(count);
                let tested = rows - fits * horizon..rows;
                let fold = |fold: Fold| Fold {
                    train: 0..known,
                    ..fold
                };
                rolling(tested, fits, 0, None)
                    .into_iter()
                    .map(fold)
                    .collect()
            }
        }
    }

    /// Whether networks are trained anew for each fold.
    pub fn retrains(self) -> bool {
        self == Self::Rolling
    }
}

impl Split {
    /// The last rows are the test part, the `validation` share of all rows before them the
    /// validation part. With a share of 0.2, the test part begins at row `⌊0.8·rows⌋`.
    ///
    /// ```
    /// use gatecast::prepare::{Split, TestPart};
    ///
    /// let split = Split::new(322, 0.0, TestPart::Share(0.2), 1)?;
    /// assert_eq!(split.test_part(), 257..322);
    /// let split = Split::new(322, 0.0, TestPart::Horizon, 24)?;
    /// assert_eq!(split.test_part(), 298..322);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) when a share is not in `0..1`, or nothing is left for
    /// training.
    pub fn new(rows: usize, validation: f64, test: TestPart, horizon: usize) -> Result<Self> {
        let share = match test {
            TestPart::Share(share) => share,
            TestPart::Horizon => 0.0,
        };
        for (name, value) in [("validation", validation), ("test", share)] {
            if !(0.0..1.0).contains(&value) {
                let expected = "a share of the rows, at least 0 and below 1";
                return wrong(name, value.to_string(), expected);
            }
        }
        if validation + share >= 1.0 {
            let expected = "small enough to leave rows for training: validation + test below 1";
            return wrong("validation", validation.to_string(), expected);
        }
        // 1 − 0.9 is a little less than 0.1: half a millionth of a row makes up for that.
        let row = |share: f64| (((1.0 - share) * rows as f64) + 5e-7).floor() as usize;
        let horizon = match test {
            TestPart::Share(_) => 0,
            TestPart::Horizon => horizon,
        };
        Ok(Self {
            validation: row(validation + share).saturating_sub(horizon),
            test: row(share).saturating_sub(horizon),
            rows,
        })
    }

    /// The rows that `folds` folds of cross-validation are cut from.
    ///
    /// # Errors
    /// As [`Split::new`].
    pub fn cross_validated(
        rows: usize,
        test: TestPart,
        horizon: usize,
        folds: usize,
    ) -> Result<Range<usize>> {
        Ok(Self::new(rows, 0.0, test, horizon.saturating_mul(folds))?.test_part())
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
            let split = Split::new(rows, validation, TestPart::Share(test), 3).unwrap();
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
            let error = Split::new(100, validation, TestPart::Share(test), 1).unwrap_err();
            assert!(error.is_usage(), "{error}");
        }
    }

    #[test]
    fn a_horizon_is_held_out_of_every_series_that_has_one() {
        for (rows, validation, want) in [(30, 0.0, (18, 18)), (30, 0.1, (15, 18)), (5, 0.0, (0, 0))]
        {
            let split = Split::new(rows, validation, TestPart::Horizon, 12).unwrap();
            assert_eq!((split.validation, split.test), want, "{rows} {validation}");
        }
        let tested = |rows| Split::cross_validated(rows, TestPart::Horizon, 12, 2).unwrap();
        assert_eq!((tested(30), tested(20)), (6..30, 0..20));
    }

    #[test]
    fn folds_lie_in_the_training_part_and_learn_from_rows_before_them() {
        for scheme in ValidationScheme::ALL {
            for rows in 0..60 {
                let folds = scheme.folds(rows, 3, 4);
                assert!(folds.len() <= 3);
                for (index, fold) in folds.iter().enumerate() {
                    assert!(fold.train.end <= fold.test.start && fold.test.len() >= 4);
                    assert!(fold.test.end <= rows);
                    let next = folds.get(index + 1).map_or(rows, |next| next.test.start);
                    assert_eq!(fold.test.end, next, "{scheme:?} {rows}");
                }
            }
        }
        // Too short for the first of two horizons: it is tested on the last all the same.
        let folds = ValidationScheme::LastHorizons.folds(15, 2, 10);
        assert_eq!(
            folds,
            [Fold {
                train: 0..0,
                test: 5..15
            }]
        );
    }

    #[test]
    fn a_test_part_is_written_as_a_number_or_a_word() {
        for (part, text) in [
            (TestPart::Share(0.25), "0.25"),
            (TestPart::Horizon, "\"horizon\""),
        ] {
            assert_eq!(serde_json::to_string(&part).unwrap(), text);
            assert_eq!(serde_json::from_str::<TestPart>(text).unwrap(), part);
        }
        assert!(serde_json::from_str::<TestPart>("\"all\"").is_err());
        assert!(serde_json::from_str::<TestPart>("0").unwrap().is_none());
    }
}
