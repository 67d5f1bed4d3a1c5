//! Which numbers go into a network and which come out: the settings of this module.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::mixture::Seasons;
use super::{
    CalendarFeature, ScalerKind, Split, TargetTransform, TestPart, ValidationScheme, season,
};
use crate::error::{Result, wrong};
use crate::nn::Shape;
use crate::series::{Series, key};

/// Rows of a window, and of a horizon, at most.
const LONGEST_WINDOW: usize = 10_000;

/// Which numbers go in and come out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataSpec {
    /// The column to forecast.
    pub target: String,
    /// The columns that the network sees, in this order.
    pub features: Vec<String>,
    /// Rows it sees.
    pub window: usize,
    /// Rows that are forecast.
    pub horizon: usize,
    /// Rows after which a season comes round: 12 for months, 24 for hours; 1 for none, 0 to find it on
    /// the training rows, and the window with it ([`DataSpec::settled`]). What the network predicts is
    /// then the distance from the same place in the seasons before. In a window of whole seasons
    /// its steps are seasons; of a longer one it reads the rows after the first season, one a step.
    pub season: usize,
    /// Rows of a longer season beside it, for a mixture, such as 168 hours beside 24: 1 for none, 0 to look among
    /// its multiples on the training rows.
    pub long_season: usize,
    /// What the network is told of the dates of the rows to forecast.
    pub calendar: Vec<CalendarFeature>,
    /// Columns whose values are known for the rows to forecast, such as holidays or promotions.
    pub future: Vec<String>,
    /// Columns with one value for a whole series, such as its size; for one model for many.
    #[serde(rename = "static")]
    pub statics: Vec<String>,
    /// Windows taken of each series to train on; all there are if `None`.
    pub windows_per_series: Option<usize>,
    /// What of the target the network predicts.
    pub target_transform: TargetTransform,
    /// How each column is scaled.
    pub scaler: ScalerKind,
    /// Share of all rows, before the test rows, that training watches but does not learn from.
    pub validation: f64,
    /// At most so many folds of the training part, on which the number of epochs and the weight of
    /// the network beside the last value are chosen before it is trained on the whole part; 0 to
    /// choose nothing.
    pub validation_folds: usize,
    /// How these folds are cut.
    pub validation_scheme: ValidationScheme,
    /// The last rows, that training does not see at all.
    pub test: TestPart,
}

impl Default for DataSpec {
    fn default() -> Self {
        Self {
            target: "close".into(),
            features: vec!["close".into()],
            window: 20,
            horizon: 1,
            season: 1,
            long_season: 1,
            calendar: Vec::new(),
            future: Vec::new(),
            statics: Vec::new(),
            windows_per_series: None,
            target_transform: TargetTransform::Price,
            scaler: ScalerKind::Standard,
            validation: 0.1,
            validation_folds: 0,
            validation_scheme: ValidationScheme::Rolling,
            test: TestPart::Share(0.2),
        }
    }
}

impl DataSpec {
    /// The same settings with what they leave to the data: a season of 0 rows becomes the one that the
    /// training rows show, with a window that fits, or 1 where they show none; so does a longer season. Of many
    /// series the season is that of most rows.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownColumn`](crate::ErrorKind::UnknownColumn); [`ErrorKind::Setting`](crate::ErrorKind::Setting)
    /// for shares of rows that are none.
    pub fn settled(&self, panel: &[Series]) -> Result<Self> {
        let mut settled = self.clone();
        if self.season == 0 {
            settled.settle_season(panel)?;
        }
        if settled.long_season == 0 {
            settled.settle_long_season(panel)?;
        }
        Ok(settled)
    }

    /// Puts the season of most rows in the place of a 0, with a window that fits.
    fn settle_season(&mut self, panel: &[Series]) -> Result<()> {
        self.season = 1;
        let mut votes: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        for series in panel {
            let split = Split::new(series.rows(), self.validation, self.test, self.horizon)?;
            let rows = split.train_part();
            let values = &series.column(&self.target)?[rows.clone()];
            let periods = match series.is_dated() {
                true => series.rhythm_of(rows).periods(),
                false => season::likely(values),
            };
            let found = season::find(values, &periods, self.horizon);
            let found = found.map_or((1, self.window), |season| (season.rows, season.window));
            *votes.entry(found).or_default() += values.len();
        }
        if let Some((&(season, window), _)) = votes.iter().max_by_key(|(_, rows)| **rows) {
            (self.season, self.window) = (season, window);
        }
        if self.target_transform == TargetTransform::Mixture {
            self.window = Self::mixture_window(self.season, 1);
        }
        Ok(())
    }

    /// Rows of a mixture's window: five seasons, or two longer ones where there are some; ten rows without.
    pub(crate) fn mixture_window(season: usize, long: usize) -> usize {
        match (season, long) {
            (..=1, _) => 10,
            (_, ..=1) => season.saturating_mul(5.min((LONGEST_WINDOW / season).max(1))),
            _ => (long.saturating_mul(2).div_ceil(season) + 1).saturating_mul(season),
        }
    }

    /// Whether something is left to the data.
    pub(crate) fn is_open(&self) -> bool {
        self.season == 0 || self.long_season == 0
    }

    /// Puts the longer season of most series in the place of a 0, with a window that holds two of it.
    fn settle_long_season(&mut self, panel: &[Series]) -> Result<()> {
        self.long_season = 1;
        if self.season <= 1 {
            return Ok(());
        }
        let mut votes: BTreeMap<usize, usize> = BTreeMap::new();
        for series in panel {
            let split = Split::new(series.rows(), self.validation, self.test, self.horizon)?;
            let values = &series.column(&self.target)?[split.train_part()];
            let found = season::longer(values, self.season).unwrap_or(1);
            *votes.entry(found).or_default() += 1;
        }
        let most = votes.iter().max_by_key(|(_, series)| **series);
        self.long_season = most.map_or(1, |(&rows, _)| rows);
        if self.long_season > 1 {
            self.window = Self::mixture_window(self.season, self.long_season);
        }
        Ok(())
    }

    /// Rows after which a season of `series` comes round, known to be there or only likely: that of the settings, or
    /// else that of the rhythm of its first `known` rows.
    pub(crate) fn period(&self, series: &Series, known: usize) -> usize {
        match self.season {
            ..=1 => series.rhythm_of(0..known).period(),
            season => season,
        }
    }

    /// The seasons of a mixture.
    pub(crate) fn seasons(&self) -> Seasons {
        Seasons {
            short: self.season,
            long: match self.long_season {
                ..=1 => 0,
                rows => rows,
            },
        }
    }

    /// Rows that a window needs before its first target.
    pub(crate) fn least_window(&self) -> usize {
        match self.target_transform {
            TargetTransform::Mixture => self.window.min(2),
            _ => self.window,
        }
    }

    /// Rows that a window needs to be learnt from: of a mixture's, two seasons, or four rows. Shorter ones
    /// are forecast all the same.
    pub(crate) fn least_learnt(&self) -> usize {
        match self.target_transform {
            TargetTransform::Mixture => self.window.min((2 * self.season).max(4)),
            _ => self.window,
        }
    }

    /// Checks every setting that can be checked without data.
    ///
    /// # Errors
    /// [`Setting`](crate::ErrorKind::Setting) naming the first that is out of its range.
    pub fn validate(&self) -> Result<()> {
        if self.target.trim().is_empty() {
            return wrong("target", "empty".into(), "the name of a column");
        }
        if self.features.is_empty() || self.features.iter().any(|name| name.trim().is_empty()) {
            let found = format!("{:?}", self.features);
            return wrong("features", found, "one or more names of columns");
        }
        if let Some(twice) = repeated(&self.features) {
            return wrong("features", format!("\"{twice}\" twice"), "each column once");
        }
        for (name, value) in [("window", self.window), ("horizon", self.horizon)] {
            if !(1..=LONGEST_WINDOW).contains(&value) {
                return wrong(name, value.to_string(), "1 to 10000 rows");
            }
        }
        let calendar = &self.calendar;
        if let Some(twice) = (1..calendar.len()).find(|&i| calendar[..i].contains(&calendar[i])) {
            let found = format!("\"{}\" twice", calendar[twice].name());
            return wrong("calendar", found, "each feature once");
        }
        for (name, columns) in [("future", &self.future), ("static", &self.statics)] {
            if columns
                .iter()
                .any(|column| key(column) == key(&self.target))
            {
                let found = format!("\"{}\"", self.target);
                return wrong(name, found, "other columns than the target");
            }
            if let Some(twice) = repeated(columns) {
                return wrong(name, format!("\"{twice}\" twice"), "each column once");
            }
        }
        // A window ends with what is known of its targets, and has to hold all of it.
        if let Some(name) = self.told_ahead().filter(|_| self.window < self.horizon) {
            let expected = "used with a ‹window› as long as the horizon";
            return wrong(name, "set".into(), expected);
        }
        if self.windows_per_series == Some(0) {
            return wrong("windows-per-series", "0".into(), "1 or more");
        }
        // One season is what others are measured from; 0 will become one that fits.
        let mixture = self.target_transform == TargetTransform::Mixture;
        let alone = self
            .features
            .iter()
            .any(|name| key(name) == key(&self.target));
        let whole = self.season == 0 || self.window.is_multiple_of(self.season);
        if mixture && self.scaler != ScalerKind::Window {
            let expected = "window with the ‹target-transform› mixture";
            return wrong("scaler", self.scaler.name().into(), expected);
        }
        if mixture && !alone {
            let expected =
                "with the target among them, whose past the ‹target-transform› mixture reads";
            return wrong("features", self.features.join(","), expected);
        }
        if mixture && !whole {
            let expected = "whole seasons with the ‹target-transform› mixture";
            return wrong("window", self.window.to_string(), expected);
        }
        let long = self.long_season;
        let longer = long == 0 || (self.season > 0 && long > self.season);
        if long != 1 && !(mixture && self.season != 1 && longer) {
            let expected =
                "1, or used with the ‹target-transform› mixture and longer than the ‹season›";
            return wrong("long-season", long.to_string(), expected);
        }
        let seasonal = (self.target_transform == TargetTransform::Residual || mixture)
            && self.scaler == ScalerKind::Window
            && (self.season == 0 || self.window > self.season);
        if self.season != 1 && !seasonal {
            let expected = "1, or used with the ‹target-transform› residual, the ‹scaler› window \
                            and a ‹window› longer than it";
            return wrong("season", self.season.to_string(), expected);
        }
        Split::new(0, self.validation, self.test, self.horizon)?;
        if self.window < 2 && self.scaler == ScalerKind::Window {
            let expected = "2 rows or more, whose changes are the unit of the ‹scaler› window";
            return wrong("window", self.window.to_string(), expected);
        }
        if self.validation_folds > 100 {
            let found = self.validation_folds.to_string();
            return wrong("validation-folds", found, "0 to 100 folds");
        }
        if self.validation_folds > 0 && self.validation > 0.0 {
            let expected =
                "0 together with ‹validation-folds›, which are cut from the training part";
            return wrong("validation", self.validation.to_string(), expected);
        }
        Ok(())
    }

    /// The setting that tells the network of the rows to forecast, if one does.
    pub(crate) fn told_ahead(&self) -> Option<&'static str> {
        let told = [
            ("calendar", self.calendar.is_empty()),
            ("future", self.future.is_empty()),
            ("static", self.statics.is_empty()),
        ];
        told.into_iter()
            .find(|(_, empty)| !empty)
            .map(|(name, _)| name)
    }

    /// The columns that are needed: the features, the target, what is known ahead; each once.
    pub fn columns(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.features.iter().map(String::as_str).collect();
        let others = std::iter::once(&self.target).chain(self.future_columns());
        for other in others {
            if !names.iter().any(|name| key(name) == key(other)) {
                names.push(other);
            }
        }
        names
    }

    /// The columns that are known ahead, and those with one value a series.
    pub(crate) fn future_columns(&self) -> impl Iterator<Item = &String> {
        self.future.iter().chain(&self.statics)
    }

    /// What the network sees of a window: a row a step, or a season a step.
    pub fn input(&self) -> Shape {
        let numbers = self.features.len() + self.future_width();
        let season = self.season.max(1);
        let mixture = self.target_transform == TargetTransform::Mixture;
        match self.window % season {
            0 if mixture => {
                let told = numbers * season + 1 + self.seasons().count();
                Shape::sequence(self.window / season, told)
            }
            0 => Shape::sequence(self.window / season, numbers * season),
            _ => Shape::sequence(self.window - season, numbers),
        }
    }

    /// Numbers of each row that are known ahead.
    pub(crate) fn future_width(&self) -> usize {
        let calendar = self.calendar.iter().map(|feature| feature.width());
        calendar.sum::<usize>() + self.future_columns().count()
    }
}

/// The first name that stands a second time, by any of its names.
fn repeated(names: &[String]) -> Option<&String> {
    let keys: Vec<String> = names.iter().map(|name| key(name)).collect();
    let twice = (1..keys.len()).find(|&i| keys[..i].contains(&keys[i]))?;
    names.get(twice)
}
