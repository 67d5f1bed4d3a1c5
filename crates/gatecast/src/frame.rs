//! Results as Arrow columns, in the manner of the frame that the series came from: the same names, times of the same
//! type, a row a step. What this file is not: it forecasts nothing, and reads no frame ([`Data::of_frame`] does).

use std::str::FromStr;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::types::{
    ArrowPrimitiveType, ArrowTimestampType, Float16Type, Float32Type, Float64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Date64Array, Float64Array, PrimitiveArray,
    RecordBatch, StringArray, downcast_integer,
};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::error::{Error, Result};
use crate::forecast::{Baseline, Forecast, Predictions, RollingForecast};
use crate::series::{self, Data, Series, Stamp, Unit};

/// What the columns of a frame are called that name its series and hold its times, and their types.
#[derive(Clone, Debug, PartialEq)]
pub struct Layout {
    /// Of the series' names, where there are many series.
    pub id: Option<(String, DataType)>,
    /// Of the times; numbers of rows where there is none.
    pub time: (String, DataType),
}

impl Layout {
    /// That of a frame with this schema, which `data` was made of.
    ///
    /// # Errors
    /// Those of reading its first rows.
    pub fn of(data: &Data, schema: &Schema) -> Result<Self> {
        let of = |name: String| {
            let field = schema.field_with_name(&name);
            let kind = field.map_or(DataType::Utf8, |field| field.data_type().clone());
            (name, kind)
        };
        let time = data.time_column()?;
        Ok(Self {
            id: data.id_column()?.map(of),
            time: time.map_or_else(|| ("ds".into(), DataType::Int64), of),
        })
    }

    /// Forecasts of some series, one below the other: the name, the time, the value in a column `name`, and the ends of
    /// the bands as `<name>-lo-80` and `<name>-hi-80`, empty where a series or a step has none.
    ///
    /// ```
    /// use gatecast::frame::Layout;
    /// use gatecast::{Forecaster, Series};
    /// # use arrow_schema::DataType;
    ///
    /// let series = Series::undated("A", [("y", vec![1.0, 2.0, 3.0, 4.0, 5.0])])?;
    /// let fitted = Forecaster::builder().target("y").set("method", "drift").build()?.fit_any(&series)?.0;
    /// let layout = Layout { id: Some(("unique_id".into(), DataType::Utf8)), time: ("ds".into(), DataType::Int64) };
    /// let rows = layout.forecasts("Gatecast", &[], &[("A", &fitted.forecast(&series)?)])?;
    /// assert_eq!(rows.num_rows(), 1);
    /// assert_eq!(rows.schema().field(2).name(), "Gatecast");
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`NotASeries`](crate::ErrorKind::NotASeries) where two columns would have one name.
    pub fn forecasts(
        &self,
        name: &str,
        levels: &[u8],
        forecasts: &[(&str, &Forecast)],
    ) -> Result<RecordBatch> {
        let mut columns = self.begin(forecasts.iter().map(|(name, forecast)| (*name, *forecast)));
        let each: Vec<&Forecast> = forecasts.iter().map(|(_, forecast)| *forecast).collect();
        columns.extend(values(name, levels, &each));
        batch(columns)
    }

    /// The forecasts of a rolling origin beside what happened: as [`Layout::forecasts`], with the last known time in
    /// `cutoff`, and the truth under the target's name. `names` has that of every series.
    ///
    /// # Errors
    /// As [`Layout::forecasts`].
    pub fn rolling(
        &self,
        name: &str,
        levels: &[u8],
        names: &[&str],
        rolled: &[RollingForecast],
    ) -> Result<RecordBatch> {
        let name_of = |rolling: &RollingForecast| names.get(rolling.series).copied().unwrap_or("");
        let all = rolled
            .iter()
            .map(|rolling| (name_of(rolling), &rolling.forecast));
        let mut columns = self.begin(all);
        let cutoffs: Vec<Moment> = rolled
            .iter()
            .flat_map(|RollingForecast { forecast, .. }| {
                vec![(forecast.cutoff, forecast.time_of_day); forecast.points.len()]
            })
            .collect();
        columns.push(("cutoff".into(), times(&cutoffs, &self.time.1)));
        let actual: Vec<f64> = rolled
            .iter()
            .flat_map(|rolling| rolling.actual.clone())
            .collect();
        let target = rolled
            .first()
            .map_or("y", |rolling| &rolling.forecast.target);
        columns.push((target.into(), Arc::new(Float64Array::from(actual))));
        let each: Vec<&Forecast> = rolled.iter().map(|rolling| &rolling.forecast).collect();
        columns.extend(values(name, levels, &each));
        batch(columns)
    }

    /// Every forecast of a test part or of folds: the name, the time, `cutoff`, the truth under the `target`'s name, the
    /// value, its bands, and what each baseline said.
    ///
    /// # Errors
    /// As [`Layout::forecasts`].
    pub fn predictions(
        &self,
        name: &str,
        target: &str,
        all: &[(&Series, &Predictions)],
    ) -> Result<RecordBatch> {
        let (mut ids, mut stamps, mut cutoffs) = (StringBuilder::new(), Vec::new(), Vec::new());
        for (series, predictions) in all {
            for first in &predictions.dates {
                let row = series.stamps().partition_point(|stamp| stamp < first);
                for step in 0..predictions.horizon {
                    ids.append_value(series.name());
                    stamps.push((series.stamps()[row + step], series.time_of_day()));
                    cutoffs.push((series.stamps()[row - 1], series.time_of_day()));
                }
            }
        }
        let mut columns = Vec::new();
        if let Some((name, kind)) = &self.id {
            columns.push((name.clone(), names(&ids.finish(), kind)));
        }
        columns.push((self.time.0.clone(), times(&stamps, &self.time.1)));
        columns.push(("cutoff".into(), times(&cutoffs, &self.time.1)));
        let mut add = |name: String, values: &dyn Fn(&Predictions) -> Option<Vec<f64>>| {
            let each = all
                .iter()
                .flat_map(|(_, predictions)| match values(predictions) {
                    Some(values) => values.into_iter().map(Some).collect(),
                    None => vec![None; predictions.actual.len()],
                });
            let values: Float64Array = each.collect();
            // A band or baseline that no series has is no column.
            if values.null_count() < values.len() || values.is_empty() {
                columns.push((name, Arc::new(values) as ArrayRef));
            }
        };
        add(target.into(), &|predictions| {
            Some(predictions.actual.clone())
        });
        add(name.into(), &|predictions| {
            Some(predictions.forecast().to_vec())
        });
        for level in [80, 95] {
            for (short, sign) in [("lo", -1.0), ("hi", 1.0)] {
                add(format!("{name}-{short}-{level}"), &|predictions| {
                    let band = predictions.bands.iter().find(|band| band.level == level)?;
                    let reach = if sign < 0.0 { &band.below } else { &band.above };
                    let values = predictions.forecast().iter().zip(reach);
                    Some(values.map(|(value, reach)| value + sign * reach).collect())
                });
            }
        }
        for kind in Baseline::KINDS {
            add(kind.into(), &|predictions| {
                let mut baselines = predictions.baselines.iter();
                let found = baselines.find(|(baseline, _)| baseline.kind() == kind);
                found.map(|(_, values)| values.clone())
            });
        }
        batch(columns)
    }

    /// The rows of one series as they are, under its times.
    ///
    /// # Errors
    /// As [`Layout::forecasts`].
    pub fn series(&self, series: &Series) -> Result<RecordBatch> {
        let stamps = series.stamps().iter();
        let stamps: Vec<Moment> = stamps.map(|stamp| (*stamp, series.time_of_day())).collect();
        let mut columns = vec![(self.time.0.clone(), times(&stamps, &self.time.1))];
        for column in series.columns() {
            let values = Float64Array::from(column.values.clone());
            columns.push((column.name.clone(), Arc::new(values)));
        }
        batch(columns)
    }

    /// The columns that every result begins with.
    fn begin<'f>(
        &self,
        forecasts: impl Iterator<Item = (&'f str, &'f Forecast)>,
    ) -> Vec<(String, ArrayRef)> {
        let (mut ids, mut stamps) = (StringBuilder::new(), Vec::new());
        for (name, forecast) in forecasts {
            for point in &forecast.points {
                ids.append_value(name);
                stamps.push((point.date, forecast.time_of_day));
            }
        }
        let mut columns = Vec::new();
        if let Some((name, kind)) = &self.id {
            columns.push((name.clone(), names(&ids.finish(), kind)));
        }
        columns.push((self.time.0.clone(), times(&stamps, &self.time.1)));
        columns
    }
}

/// The columns of values and the ends of their bands.
fn values(name: &str, levels: &[u8], forecasts: &[&Forecast]) -> Vec<(String, ArrayRef)> {
    let points = || forecasts.iter().flat_map(|forecast| &forecast.points);
    let value: Vec<f64> = points().map(|point| point.value).collect();
    let mut columns: Vec<(String, ArrayRef)> =
        vec![(name.into(), Arc::new(Float64Array::from(value)))];
    for level in levels {
        for (end, short) in [("lower", "lo"), ("upper", "hi")] {
            let end = format!("{end}{level}");
            let ends: Vec<Option<f64>> = points()
                .map(|point| point.bands.get(&end).copied())
                .collect();
            columns.push((
                format!("{name}-{short}-{level}"),
                Arc::new(Float64Array::from(ends)),
            ));
        }
    }
    columns
}

/// Columns of the same length, each with a name of its own.
pub(crate) fn batch(columns: Vec<(String, ArrayRef)>) -> Result<RecordBatch> {
    for (at, (name, _)) in columns.iter().enumerate() {
        if columns[..at].iter().any(|(other, _)| other == name) {
            return Err(Error::not_a_series(format!(
                "two columns of the result would be named \"{name}\""
            )));
        }
    }
    let fields: Vec<Field> = columns
        .iter()
        .map(|(name, values)| Field::new(name, values.data_type().clone(), true))
        .collect();
    let arrays = columns.into_iter().map(|(_, values)| values).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|error| Error::not_a_series(error.to_string()))
}

/// The type of what a column holds, without the way in which it is packed.
fn unpacked(kind: &DataType) -> &DataType {
    match kind {
        DataType::Dictionary(_, values) => unpacked(values),
        kind => kind,
    }
}

/// Names of series: numbers or truth values where they were some, texts otherwise.
pub(crate) fn names(names: &StringArray, like: &DataType) -> ArrayRef {
    let typed = typed(names, unpacked(like));
    typed.unwrap_or_else(|| Arc::new(names.clone()))
}

/// Texts as the numbers or truth values of a type; none where one is not of it. (`arrow_cast::cast` would do, at the price
/// that `series::convert` names.)
fn typed(texts: &StringArray, kind: &DataType) -> Option<ArrayRef> {
    macro_rules! numbers {
        ($kind:ty) => {
            numbers::<$kind>(texts)
        };
    }
    downcast_integer! {
        kind => (numbers),
        DataType::Float16 => {
            let single = |text: &str| Some(<Float16Type as ArrowPrimitiveType>::Native::from_f32(text.parse().ok()?));
            array::<Float16Type>(texts, single)
        },
        DataType::Float32 => numbers::<Float32Type>(texts),
        DataType::Float64 => numbers::<Float64Type>(texts),
        DataType::Boolean => {
            // Truth values are read as 1 and 0.
            let truth = |text: &str| match text {
                "1" | "true" => Some(true),
                "0" | "false" => Some(false),
                _ => None,
            };
            Some(Arc::new(BooleanArray::from(parsed(texts, truth)?)))
        }
        _ => None,
    }
}

fn numbers<T: ArrowPrimitiveType>(texts: &StringArray) -> Option<ArrayRef>
where
    T::Native: FromStr,
{
    array::<T>(texts, |text| text.parse().ok())
}

fn array<T: ArrowPrimitiveType>(
    texts: &StringArray,
    parse: impl Fn(&str) -> Option<T::Native>,
) -> Option<ArrayRef> {
    let values = parsed(texts, parse)?.into_iter();
    Some(Arc::new(values.collect::<PrimitiveArray<T>>()))
}

/// What each text says, nothing where there is none; none where one cannot be read.
fn parsed<V>(texts: &StringArray, parse: impl Fn(&str) -> Option<V>) -> Option<Vec<Option<V>>> {
    let value = |text: Option<&str>| match text {
        Some(text) => parse(text).map(Some),
        None => Some(None),
    };
    texts.iter().map(value).collect()
}

/// A stamp, and the milliseconds from midnight that its day is shown with.
pub(crate) type Moment = (Stamp, i64);

/// Times of the type that they had in the frame, or as texts where they are none of it.
pub(crate) fn times(moments: &[Moment], like: &DataType) -> ArrayRef {
    let like = unpacked(like);
    let texts = || -> StringArray {
        let texts = moments.iter().map(|(stamp, _)| Some(stamp.to_string()));
        texts.collect()
    };
    let typed = match like {
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => {
            let zone = match like {
                DataType::Timestamp(_, zone) => zone.clone(),
                _ => None,
            };
            let clock = zone.as_deref().and_then(series::zone);
            let millis = moments.iter().map(|&moment| millis(moment, clock.as_ref()));
            millis
                .collect::<Option<Vec<i64>>>()
                .and_then(|millis| instants(&millis, like, zone))
        }
        kind if kind.is_integer() || kind.is_floating() => typed(&texts(), like),
        _ => None,
    };
    typed.unwrap_or_else(|| Arc::new(texts()))
}

/// Milliseconds since 1970 began as times or dates of a type; none where one is out of its bounds.
fn instants(millis: &[i64], like: &DataType, zone: Option<Arc<str>>) -> Option<ArrayRef> {
    fn stamps<T: ArrowTimestampType>(
        counts: impl Iterator<Item = Option<i64>>,
        zone: Option<Arc<str>>,
    ) -> Option<ArrayRef> {
        let counts: Vec<i64> = counts.collect::<Option<_>>()?;
        let times = PrimitiveArray::<T>::from_iter_values(counts);
        Some(Arc::new(times.with_timezone_opt(zone)))
    }
    let millis = millis.iter().copied();
    let times = |factor: i64| millis.clone().map(move |millis| millis.checked_mul(factor));
    let whole = |divisor: i64| {
        millis
            .clone()
            .map(move |millis| Some(millis.div_euclid(divisor)))
    };
    match like {
        DataType::Timestamp(TimeUnit::Second, _) => {
            stamps::<TimestampSecondType>(whole(1000), zone)
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            stamps::<TimestampMillisecondType>(times(1), zone)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            stamps::<TimestampMicrosecondType>(times(1000), zone)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            stamps::<TimestampNanosecondType>(times(1_000_000), zone)
        }
        DataType::Date32 => {
            let days = millis.map(|millis| i32::try_from(millis.div_euclid(86_400_000)).ok());
            let days = days.collect::<Option<Vec<i32>>>()?;
            Some(Arc::new(Date32Array::from(days)))
        }
        DataType::Date64 => {
            let days = millis.map(|millis| millis - millis.rem_euclid(86_400_000));
            Some(Arc::new(Date64Array::from_iter_values(days)))
        }
        _ => None,
    }
}

/// Milliseconds since 1970 began: of an instant, or of a day or local time by the clock of a zone, or, where the column names
/// none, as if that were UTC's. None of a plain number.
fn millis((stamp, time_of_day): Moment, zone: Option<&TimeZone>) -> Option<i64> {
    if zone.is_some() && stamp.unit() == Unit::Instant {
        return Some(stamp.count());
    }
    let within = match stamp.unit() {
        Unit::Day => SignedDuration::from_millis(time_of_day),
        _ => SignedDuration::ZERO,
    };
    let local = stamp.local()?.checked_add(within).ok()?;
    let zoned = local
        .to_zoned(zone.cloned().unwrap_or(TimeZone::UTC))
        .ok()?;
    Some(zoned.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Int32Type, TimestampNanosecondType};
    use jiff::civil::date;

    use super::*;

    #[test]
    fn times_come_back_as_what_they_were() {
        let day = Stamp::from(date(1970, 1, 3));
        let zone = Some("Asia/Taipei".into());
        let local = Stamp::instant(date(1970, 1, 1).at(8, 0, 0, 1_000_000), 8 * 3600);
        let nanos = |stamp, zone| {
            let times = times(
                &[(stamp, 0)],
                &DataType::Timestamp(TimeUnit::Nanosecond, zone),
            );
            times.as_primitive::<TimestampNanosecondType>().value(0)
        };
        assert_eq!(nanos(day, None), 2 * 86_400_000_000_000);
        assert_eq!(nanos(local, zone), 1_000_000);
        assert_eq!(nanos(local, None), 8 * 3_600_000_000_000 + 1_000_000);
        // A day begins by the clock of the column's zone, and has the time of day that its rows had.
        assert_eq!(
            nanos(day, Some("Asia/Taipei".into())),
            (48 - 8) * 3_600_000_000_000
        );
        let late = times(
            &[(day, 34_200_000)],
            &DataType::Timestamp(TimeUnit::Second, None),
        );
        let late = late.as_primitive::<arrow_array::types::TimestampSecondType>();
        assert_eq!(late.value(0), 2 * 86_400 + 34_200);
        let days = times(&[(day, 0)], &DataType::Date32);
        assert_eq!(
            days.as_primitive::<arrow_array::types::Date32Type>()
                .value(0),
            2
        );
        let years = times(
            &[(Stamp::year(2024), 0), (Stamp::row(7), 0)],
            &DataType::Int32,
        );
        assert_eq!(years.as_primitive::<Int32Type>().values(), &[2024, 7]);
        for like in [DataType::Utf8View, DataType::Boolean] {
            assert_eq!(
                times(&[(day, 0)], &like).as_string::<i32>().value(0),
                "1970-01-03"
            );
        }
        // A plain number is no time of a calendar.
        assert_eq!(
            times(&[(Stamp::row(7), 0)], &DataType::Date32)
                .as_string::<i32>()
                .value(0),
            "7"
        );
    }

    #[test]
    fn names_that_were_numbers_stay_numbers() {
        let texts = StringArray::from(vec!["7", "12"]);
        let numbers = names(&texts, &DataType::Int32);
        assert_eq!(numbers.as_primitive::<Int32Type>().values(), &[7, 12]);
        let mixed = StringArray::from(vec!["7", "b"]);
        assert_eq!(names(&mixed, &DataType::Int32).data_type(), &DataType::Utf8);
        let packed = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8));
        assert_eq!(names(&texts, &packed).data_type(), &DataType::Utf8);
    }

    #[test]
    fn texts_become_what_the_library_makes_of_them() {
        use DataType::*;
        let whole = StringArray::from(vec![Some("7"), None, Some("120")]);
        let real = StringArray::from(vec![Some("-7.5"), None, Some("1e3")]);
        let truth = StringArray::from(vec![
            Some("true"),
            None,
            Some("false"),
            Some("1"),
            Some("0"),
        ]);
        for kind in [
            Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64, Float16, Float32, Float64,
        ] {
            let want = arrow_cast::cast(&whole, &kind).unwrap();
            assert_eq!(&typed(&whole, &kind).unwrap(), &want, "{kind}");
            let far = StringArray::from(vec!["7", "1e999x"]);
            assert!(typed(&far, &kind).is_none(), "{kind}");
        }
        for (texts, kinds) in [
            (&real, &[Float16, Float32, Float64][..]),
            (&truth, &[Boolean]),
        ] {
            for kind in kinds {
                let want = arrow_cast::cast(texts, kind).unwrap();
                assert_eq!(&typed(texts, kind).unwrap(), &want, "{kind}");
            }
        }
        let large = StringArray::from(vec!["300"]);
        assert!(typed(&large, &UInt8).is_none());
    }

    #[test]
    fn instants_are_those_that_the_library_makes() {
        use DataType::*;
        let millis = [-86_400_000, 0, 1_500, 1_525_080_600_000];
        let source = arrow_array::TimestampMillisecondArray::from(millis.to_vec());
        let zone: Option<Arc<str>> = Some("Asia/Taipei".into());
        let units = [
            TimeUnit::Second,
            TimeUnit::Millisecond,
            TimeUnit::Microsecond,
            TimeUnit::Nanosecond,
        ];
        for unit in units {
            let kind = Timestamp(unit, zone.clone());
            let local = source.clone().with_timezone_opt(zone.clone());
            let want = arrow_cast::cast(&local, &kind).unwrap();
            assert_eq!(&instants(&millis, &kind, zone.clone()).unwrap(), &want);
        }
        for kind in [Date32, Date64] {
            let want = arrow_cast::cast(&source, &kind).unwrap();
            assert_eq!(&instants(&millis, &kind, None).unwrap(), &want, "{kind}");
        }
        // Nanoseconds end in 2262.
        let nanos = Timestamp(TimeUnit::Nanosecond, None);
        assert!(instants(&[i64::MAX / 1000], &nanos, None).is_none());
    }
}
