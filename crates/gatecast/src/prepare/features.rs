//! What is fitted of a series' columns, and the table that windows are cut from: past columns, columns
//! known ahead, columns with one value a series, the calendar, and the target. One fit, one frame, one
//! check, one list of numbers. What this file is not: it cuts nothing in time, it is given the rows
//! that it may know.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{DataSpec, Fault, Frame, Scaler, ScalerKind, Scaling, TargetTransform, season};
use crate::error::{Error, Result, fail, wrong};
use crate::series::{Rhythm, Series, Stamp, key};

/// Fitted to the training rows of one series, or of many.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Features {
    /// One for each of [`DataSpec::features`], in their order.
    past: Vec<Scaler>,
    /// For the network's outputs.
    target: Scaler,
    /// One for each column that is known ahead or has one value a series.
    future: Vec<Scaler>,
    /// How much the last season tells beside those before it; 1 without a season.
    season_weight: f64,
    /// How the dates of the training rows follow one another, for [`DataSpec::calendar`].
    rhythm: Option<Rhythm>,
}

impl Features {
    /// Fits to the rows `training` of each series, and looks at no others.
    ///
    /// Columns are scaled alike for all series where each window is scaled by itself; otherwise there
    /// can be one series only. What is known ahead is scaled alike for all.
    ///
    /// # Errors
    /// [`UnknownColumn`](crate::ErrorKind::UnknownColumn);
    /// [`ConstantColumn`](crate::ErrorKind::ConstantColumn) where a column never changes in any series;
    /// [`NotPositive`](crate::ErrorKind::NotPositive); [`Setting`](crate::ErrorKind::Setting) for a
    /// scaler that does not fit many series.
    pub(crate) fn fit(data: &DataSpec, training: &[(&Series, Range<usize>)]) -> Result<Self> {
        for (series, _) in training {
            require_positive(data.target_transform, series, &data.target)?;
            refuse_joined(data, series)?;
        }
        let (past, target) = match (data.scaler, training) {
            (ScalerKind::Window, _) => {
                // The target first: without it nothing can be learnt, whatever else there is.
                for name in std::iter::once(&data.target).chain(&data.features) {
                    require_change(name, training)?;
                }
                (
                    vec![Scaler::IDENTITY; data.features.len()],
                    Scaler::IDENTITY,
                )
            }
            (kind, [(series, rows)]) => fit_columns(data, kind, series, rows.clone())?,
            (kind, _) => {
                let expected = "window in one model for many series: each has a scale of its own";
                return wrong("scaler", kind.name().into(), expected);
            }
        };
        let future = data
            .future_columns()
            .map(|name| {
                let mut all = Vec::new();
                for (series, rows) in training {
                    all.extend_from_slice(&series.column(name)?[rows.clone()]);
                }
                let fitted = Scaler::fit(ScalerKind::Standard, name, &all);
                match fitted.as_ref().err().and_then(Error::fault) {
                    Some(Fault::ConstantColumn { value, .. }) if data.statics.contains(name) => {
                        let found = format!("\"{name}\", which is {value} for every series");
                        wrong("static", found, "columns that differ from series to series")
                    }
                    _ => fitted,
                }
            })
            .collect::<Result<_>>()?;
        let rhythm = training
            .first()
            .filter(|_| !data.calendar.is_empty())
            .map(|(series, rows)| series.rhythm_of(rows.clone()));
        // A network that reads whole seasons weighs them itself, and many series have no weight in common.
        let by_row = data.season > 1 && !data.window.is_multiple_of(data.season);
        let season_weight = match training {
            [(series, rows)] if by_row => {
                let values = &series.column(&data.target)?[rows.clone()];
                season::weight(values, data.season)
            }
            _ => 1.0,
        };
        Ok(Self {
            past,
            target,
            season_weight,
            future,
            rhythm,
        })
    }

    /// Nothing: for a method that reads the target as it is.
    pub(crate) fn unfitted(data: &DataSpec) -> Self {
        Self {
            past: vec![Scaler::IDENTITY; data.features.len()],
            target: Scaler::IDENTITY,
            season_weight: 1.0,
            future: Vec::new(),
            rhythm: None,
        }
    }

    /// The series as the network sees it; `ahead` are the dates after its last, for forecasts of
    /// what follows it. Without them no window whose targets lie beyond the series may be read.
    ///
    /// # Errors
    /// [`UnknownColumn`](crate::ErrorKind::UnknownColumn),
    /// [`NotPositive`](crate::ErrorKind::NotPositive);
    /// [`NotKnownAhead`](crate::ErrorKind::NotKnownAhead) where a value of a date in `ahead` is missing;
    /// [`NotASeries`](crate::ErrorKind::NotASeries) where a static column changes;
    /// [`Setting`](crate::ErrorKind::Setting) for the calendar of rows without dates.
    pub(crate) fn frame(&self, data: &DataSpec, series: &Series, ahead: &[Stamp]) -> Result<Frame> {
        require_positive(data.target_transform, series, &data.target)?;
        let features = data
            .features
            .iter()
            .map(|name| series.column(name))
            .collect::<Result<Vec<_>>>()?;
        let own = data
            .features
            .iter()
            .position(|name| key(name) == key(&data.target));
        let scaling = match data.scaler {
            ScalerKind::Window => Scaling::Window,
            _ => Scaling::Fixed {
                features: self.past.clone(),
                target: self.target,
            },
        };
        let target = series.column(&data.target)?;
        let frame = Frame::new(&features, own, target, data.target_transform, scaling)?
            .with_season(data.season, self.season_weight)
            .with_long_season(data.seasons().long);
        match data.future_width() {
            0 => Ok(frame),
            width => frame.with_future(&self.future(data, series, ahead)?, width, data.horizon),
        }
    }

    /// What is known ahead of every row of a series and of the horizon after it, row after row: the
    /// calendar, the columns known ahead, those with one value. Where `ahead` is empty, what follows
    /// the last row is zero.
    fn future(&self, data: &DataSpec, series: &Series, ahead: &[Stamp]) -> Result<Vec<f64>> {
        let dates: Vec<Stamp> = series.stamps().iter().chain(ahead).copied().collect();
        let mut columns = Vec::new();
        for (name, scaler) in data.future_columns().zip(&self.future) {
            let mut values = series.column(name)?.to_vec();
            let fixed = data.statics.contains(name);
            if fixed {
                require_constant(name, series)?;
            }
            for &date in ahead {
                let value = match fixed {
                    true => values.first().copied(),
                    false => series.known_ahead(name, date),
                };
                values.push(value.ok_or_else(|| Fault::NotKnownAhead {
                    file: series.name().into(),
                    column: name.clone(),
                    date: date.to_string(),
                })?);
            }
            let scaled = values.into_iter().map(|value| scaler.scale(value));
            columns.push(scaled.collect::<Vec<f64>>());
        }
        let rhythm = match (&self.rhythm, series.is_dated()) {
            (Some(rhythm), true) => rhythm,
            (None, _) => &Rhythm::infer(&[], None),
            (Some(_), false) => {
                let expected = "used with rows that have dates";
                return wrong("calendar", format!("set for {}", series.name()), expected);
            }
        };
        let mut future = Vec::new();
        for row in 0..dates.len() {
            for feature in &data.calendar {
                future.extend(feature.of(&dates, row, rhythm));
            }
            future.extend(columns.iter().map(|values| values[row]));
        }
        future.resize((series.rows() + data.horizon) * data.future_width(), 0.0);
        Ok(future)
    }

    /// Whether these can have been fitted with these settings; why not, otherwise.
    pub(crate) fn check(&self, data: &DataSpec) -> std::result::Result<(), &'static str> {
        let mut all = self.past.iter().chain([&self.target]).chain(&self.future);
        if !all.all(|scaler| scaler.center.is_finite() && scaler.spread.is_normal()) {
            return Err("a scaler of it has no usable numbers");
        }
        if !(self.season_weight > 0.0 && self.season_weight <= 1.0) {
            return Err("its last season has no usable weight");
        }
        if self.past.len() != data.features.len() {
            return Err("its scalers do not fit its features");
        }
        if self.future.len() != data.future_columns().count() {
            return Err("its scalers do not fit its future and static columns");
        }
        if self.rhythm.is_some() == data.calendar.is_empty() {
            return Err("its rhythm of dates does not fit its calendar features");
        }
        Ok(())
    }

    /// Everything that was fitted, as numbers.
    pub(crate) fn numbers(&self) -> Vec<f64> {
        let scalers = self.past.iter().chain([&self.target]).chain(&self.future);
        let rhythm = self
            .rhythm
            .as_ref()
            .map_or_else(String::new, |r| format!("{r:?}"));
        scalers
            .flat_map(|scaler| [scaler.center, scaler.spread])
            .chain([self.season_weight])
            .chain(rhythm.bytes().map(f64::from))
            .collect()
    }
}

/// Scalers of the past columns and of the target, fitted to one series.
fn fit_columns(
    data: &DataSpec,
    kind: ScalerKind,
    series: &Series,
    training: Range<usize>,
) -> Result<(Vec<Scaler>, Scaler)> {
    let fit = |name: &str| Scaler::fit(kind, name, &series.column(name)?[training.clone()]);
    // A constant target has nothing to teach, whatever the network predicts of it.
    let level = fit(&data.target)?;
    let target = match data.target_transform {
        TargetTransform::Price => level,
        transform => {
            let changes: Vec<f64> = series.column(&data.target)?[training.clone()]
                .windows(2)
                .map(|pair| transform.encode(pair[0], pair[0], pair[1]))
                .collect();
            Scaler::fit_changes(kind, &data.target, &changes)?
        }
    };
    let past = data.features.iter().map(|name| fit(name));
    Ok((past.collect::<Result<_>>()?, target))
}

/// Fails where a column never changes in the training rows of any series.
fn require_change(name: &str, training: &[(&Series, Range<usize>)]) -> Result<()> {
    let mut constant = None;
    for (series, rows) in training {
        match Scaler::fit(
            ScalerKind::Window,
            name,
            &series.column(name)?[rows.clone()],
        ) {
            Ok(_) => return Ok(()),
            Err(error) => constant = constant.or(Some(error)),
        }
    }
    constant.map_or(Ok(()), Err)
}

/// Fails where a static column of a series has more than one value.
fn require_constant(name: &str, series: &Series) -> Result<()> {
    let values = series.column(name)?;
    match values.iter().position(|&value| value != values[0]) {
        None => Ok(()),
        Some(row) => Err(Error::not_a_series(format!(
            "{}: \"{name}\" is {} on {}, and not {} as before; ‹static› columns have one value",
            series.name(),
            values[row],
            series.stamps()[row],
            values[0]
        ))),
    }
}

/// Fails where a column shall be known ahead, or of the whole series, that was joined from another file: of
/// that nothing is known after the last row.
fn refuse_joined(data: &DataSpec, series: &Series) -> Result<()> {
    for (setting, names) in [("future", &data.future), ("static", &data.statics)] {
        let is_joined = |name: &&String| series.joined().iter().any(|own| key(own) == key(name));
        if let Some(name) = names.iter().find(is_joined) {
            let expected =
                "columns of the series itself: what ‹join› lays beside it is of the past";
            return wrong(setting, format!("\"{name}\""), expected);
        }
    }
    Ok(())
}

/// Fails where the target has a value of which there is no return.
fn require_positive(transform: TargetTransform, series: &Series, column: &str) -> Result<()> {
    let values = series.column(column)?;
    match values.iter().position(|&value| value <= 0.0) {
        Some(row) if transform.needs_positive() => fail(Fault::NotPositive {
            column: column.into(),
            date: series.stamps()[row].to_string(),
            value: values[row],
            kind: transform.name(),
        }),
        _ => Ok(()),
    }
}
