//! Numbers and times of an Arrow array as 64-bit numbers. What this file is not: it knows no cells of a table
//! (`columnar`), and makes no arrays.
//!
//! `arrow_cast::cast` does this too, from every type to every other, and a program that calls it once holds all of
//! those: 2 MB.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type,
    Decimal256Type, DecimalType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
};
use arrow_schema::{ArrowError, DataType, TimeUnit};

type Converted<T> = Result<T, ArrowError>;

/// Up to this a double holds every whole number.
const EXACT: u64 = 1 << 53;

/// The powers of ten that a double holds without rounding.
const TENS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Adds whole numbers; truth values count 1 or 0.
///
/// # Errors
/// Of an array that holds something else, those without a sign and of 64 bits included.
pub(super) fn whole(array: &dyn Array, out: &mut Vec<Option<i64>>) -> Converted<()> {
    match array.data_type() {
        DataType::Boolean => {
            let values = array.as_boolean().iter();
            out.extend(values.map(|value| value.map(i64::from)));
        }
        DataType::Int8 => each::<Int8Type, _>(array, out, |value| value.map(i64::from)),
        DataType::Int16 => each::<Int16Type, _>(array, out, |value| value.map(i64::from)),
        DataType::Int32 => each::<Int32Type, _>(array, out, |value| value.map(i64::from)),
        DataType::Int64 => each::<Int64Type, _>(array, out, |value| value),
        DataType::UInt8 => each::<UInt8Type, _>(array, out, |value| value.map(i64::from)),
        DataType::UInt16 => each::<UInt16Type, _>(array, out, |value| value.map(i64::from)),
        DataType::UInt32 => each::<UInt32Type, _>(array, out, |value| value.map(i64::from)),
        _ => return packed(array, out, None, whole),
    }
    Ok(())
}

/// Adds numbers with a fraction, NaN where there is none. Those of single precision are taken by the fewest digits that
/// tell them apart, as every program shows them and as they would stand in a CSV file: 80.35, not 80.3499985. Decimal
/// numbers become the double that is nearest.
///
/// # Errors
/// Of an array that holds something else.
pub(super) fn reals(array: &dyn Array, out: &mut Vec<f64>) -> Converted<()> {
    let single = |value: f32| value.to_string().parse().unwrap_or(f64::NAN);
    match array.data_type() {
        DataType::Float16 => {
            each::<Float16Type, _>(array, out, |value| {
                value.map_or(f64::NAN, |value| single(value.to_f32()))
            });
        }
        DataType::Float32 => {
            each::<Float32Type, _>(array, out, |value| value.map_or(f64::NAN, single));
        }
        DataType::Float64 => each::<Float64Type, _>(array, out, |value| value.unwrap_or(f64::NAN)),
        DataType::Decimal32(..) => {
            decimals::<Decimal32Type>(array, out, |value| Some(value.into()))
        }
        DataType::Decimal64(..) => decimals::<Decimal64Type>(array, out, Some),
        DataType::Decimal128(..) => {
            decimals::<Decimal128Type>(array, out, |value| value.try_into().ok())
        }
        DataType::Decimal256(..) => {
            decimals::<Decimal256Type>(array, out, |value| value.to_i128()?.try_into().ok())
        }
        _ => return packed(array, out, f64::NAN, reals),
    }
    Ok(())
}

/// Adds the numbers of units, which the type of the array tells, from when 1970 began: of a day, its milliseconds.
///
/// # Errors
/// Of an array that holds no times.
pub(super) fn times(array: &dyn Array, out: &mut Vec<Option<i64>>) -> Converted<()> {
    let same = |value| value;
    match array.data_type() {
        DataType::Date32 => {
            each::<Date32Type, _>(array, out, |days| days.map(|days| i64::from(days) * DAY))
        }
        DataType::Date64 => each::<Date64Type, _>(array, out, same),
        DataType::Timestamp(unit, _) => match unit {
            TimeUnit::Second => each::<TimestampSecondType, _>(array, out, same),
            TimeUnit::Millisecond => each::<TimestampMillisecondType, _>(array, out, same),
            TimeUnit::Microsecond => each::<TimestampMicrosecondType, _>(array, out, same),
            TimeUnit::Nanosecond => each::<TimestampNanosecondType, _>(array, out, same),
        },
        _ => return packed(array, out, None, times),
    }
    Ok(())
}

fn each<T: ArrowPrimitiveType, V>(
    array: &dyn Array,
    out: &mut Vec<V>,
    value: impl Fn(Option<T::Native>) -> V,
) {
    out.extend(array.as_primitive::<T>().iter().map(value));
}

/// Adds the values of a dictionary, of which each is converted once.
fn packed<V: Copy>(
    array: &dyn Array,
    out: &mut Vec<V>,
    none: V,
    convert: fn(&dyn Array, &mut Vec<V>) -> Converted<()>,
) -> Converted<()> {
    let Some(dictionary) = array.as_any_dictionary_opt() else {
        let kind = array.data_type();
        return Err(ArrowError::CastError(format!("{kind} holds no numbers")));
    };
    let mut values = Vec::new();
    convert(dictionary.values(), &mut values)?;
    if values.is_empty() {
        out.extend(std::iter::repeat_n(none, array.len()));
        return Ok(());
    }
    let keys = dictionary.normalized_keys().into_iter().enumerate();
    out.extend(keys.map(|(row, key)| {
        if array.is_valid(row) {
            values[key]
        } else {
            none
        }
    }));
    Ok(())
}

/// Adds decimal numbers; `small` gives the digits of one where they fit.
fn decimals<T: DecimalType>(
    array: &dyn Array,
    out: &mut Vec<f64>,
    small: impl Fn(T::Native) -> Option<i64>,
) {
    let array = array.as_primitive::<T>();
    let places = usize::try_from(array.scale()).ok();
    let scale = places.and_then(|places| TENS.get(places));
    let number = |row: usize| {
        if array.is_null(row) {
            return f64::NAN;
        }
        match (small(array.value(row)), scale) {
            // Neither is rounded, and so the quotient is the double that is nearest.
            (Some(value), Some(scale)) if value.unsigned_abs() <= EXACT => value as f64 / scale,
            _ => array.value_as_string(row).parse().unwrap_or(f64::NAN),
        }
    };
    out.extend((0..array.len()).map(number));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int8Type;
    use arrow_array::{ArrayRef, Decimal128Array, DictionaryArray, Float32Array, Int8Array};
    use arrow_cast::cast;
    use proptest::prelude::*;

    use super::*;

    fn converted<T>(
        array: &dyn Array,
        convert: fn(&dyn Array, &mut Vec<T>) -> Converted<()>,
    ) -> Vec<T> {
        let mut out = Vec::new();
        convert(array, &mut out).unwrap();
        out
    }

    #[test]
    fn a_decimal_is_the_nearest_double() {
        // The quotient of two doubles would be 0.12345678901234566.
        let digits = 12_345_678_901_234_567_i128;
        let array = Decimal128Array::from(vec![digits, -5]);
        let array = array.with_precision_and_scale(38, 17).unwrap();
        assert_eq!(converted(&array, reals), [0.123_456_789_012_345_67, -5e-17]);
        let tall = Decimal128Array::from(vec![12]);
        let tall = tall.with_precision_and_scale(5, -2).unwrap();
        assert_eq!(converted(&tall, reals), [1200.0]);
        // The lowest has no positive of its size.
        let low = Decimal128Array::from(vec![i128::from(i64::MIN)]);
        let low = low.with_precision_and_scale(38, 0).unwrap();
        assert_eq!(converted(&low, reals), [i64::MIN as f64]);
        let deep = Decimal128Array::from(vec![12]);
        let deep = deep.with_precision_and_scale(38, 30).unwrap();
        assert_eq!(converted(&deep, reals), [12e-30]);
    }

    #[test]
    fn a_dictionary_is_looked_up() {
        let values: ArrayRef = Arc::new(Float32Array::from(vec![Some(0.1), None]));
        let keys = Int8Array::from(vec![Some(0), None, Some(1), Some(0)]);
        let inner = DictionaryArray::<Int8Type>::try_new(keys, values).unwrap();
        let keys = Int8Array::from(vec![3, 2, 1]);
        let outer = DictionaryArray::<Int8Type>::try_new(keys, Arc::new(inner)).unwrap();
        let [first, rest @ ..] = &converted(&outer, reals)[..] else {
            unreachable!()
        };
        assert_eq!(*first, 0.1);
        assert!(rest.len() == 2 && rest.iter().all(|value| value.is_nan()));
        let none: ArrayRef = Arc::new(Float32Array::from(Vec::<f32>::new()));
        let empty = DictionaryArray::<Int8Type>::try_new(Int8Array::new_null(2), none).unwrap();
        assert_eq!(converted(&empty, reals).len(), 2);
    }

    #[test]
    fn what_holds_no_numbers_is_refused() {
        let array = Float32Array::from(vec![1.0]);
        let error = whole(&array, &mut Vec::new()).unwrap_err().to_string();
        assert!(error.contains("Float32 holds no numbers"), "{error}");
    }

    proptest! {
        /// As the library's, but for what that rounds.
        #[test]
        fn numbers_are_those_of_the_library(
            values in prop::collection::vec(prop::option::of(any::<i32>()), 0..20),
            scale in 0_i8..9,
        ) {
            use DataType::*;
            let array = arrow_array::Int32Array::from(values);
            for kind in [Boolean, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32] {
                let typed = cast(&array, &kind).unwrap();
                let want = cast(&typed, &Int64).unwrap();
                let want: Vec<_> = want.as_primitive::<Int64Type>().iter().collect();
                prop_assert_eq!(converted(&typed, whole), want, "{}", kind);
            }
            for kind in [Decimal32(9, scale), Decimal64(18, scale), Decimal128(38, scale), Decimal256(76, scale), Float64] {
                let typed = cast(&array, &kind).unwrap();
                let want = cast(&typed, &Float64).unwrap();
                let want: Vec<_> = want.as_primitive::<Float64Type>().iter().collect();
                let found = converted(&typed, reals).into_iter();
                let found: Vec<_> = found.map(|value| (!value.is_nan()).then_some(value)).collect();
                prop_assert_eq!(found, want, "{}", kind);
            }
            let units = [TimeUnit::Second, TimeUnit::Millisecond, TimeUnit::Microsecond, TimeUnit::Nanosecond];
            for unit in units {
                let typed = cast(&cast(&array, &Int64).unwrap(), &Timestamp(unit, None)).unwrap();
                let want: Vec<_> = array.iter().map(|value| value.map(i64::from)).collect();
                prop_assert_eq!(converted(&typed, times), want, "{:?}", unit);
            }
            let days = cast(&array, &Date32).unwrap();
            let want = cast(&days, &Date64).unwrap();
            let want: Vec<_> = want.as_primitive::<Date64Type>().iter().collect();
            prop_assert_eq!(converted(&days, times), want.clone());
            prop_assert_eq!(converted(&cast(&days, &Date64).unwrap(), times), want);
        }
    }
}
