//! Model files of every format that was ever written keep loading, and say what they said.
//!
//! `fixtures/format-1.safetensors`: an LSTM of 3 units, window 4, horizon 2, close and volume,
//! trained for two epochs on made-up prices for every day from 2018-01-01.
//! `fixtures/format-2.safetensors`: two GRUs of 3 units, window 4, horizon 2, close, trained for at most
//! three epochs on the same prices with two validation folds.
//! `fixtures/format-3.safetensors`: two GRUs of 3 units, window 4, horizon 2, close, the promotions of the
//! rows to come, day of the week and turn of the month.
//! `fixtures/format-3-panel.safetensors`: one model for three series, two GRUs of 3 units, season 4,
//! horizon 4.

use gatecast::forecast::ForecastOptions;
use gatecast::prepare::{TestPart, ValidationScheme};
use gatecast::series::Unit;
use gatecast::{FittedForecaster, Series};
use jiff::civil::date;

#[test]
fn format_1() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/format-1.safetensors"
    );
    let fitted = FittedForecaster::load(path).unwrap();
    assert_eq!(fitted.columns(), ["close", "volume"]);
    assert_eq!(
        fitted.network().expect("networks").parameters(),
        4 * 3 * (2 + 3 + 1) + 2 * (3 + 1)
    );
    let dates = date(2018, 3, 1).series(jiff::ToSpan::day(1)).take(4);
    let close = vec![101.0, 102.5, 101.5, 103.0];
    let volume = vec![1000.0, 1037.0, 1074.0, 1111.0];
    let series = Series::new("four days", dates, [("close", close), ("volume", volume)]).unwrap();
    let forecast = fitted.forecast(&series).unwrap();
    let want = [
        (date(2018, 3, 5), 102.961_43),
        (date(2018, 3, 6), 102.197_64),
    ];
    for (point, (date, value)) in forecast.points.iter().zip(want) {
        assert_eq!(point.date, date);
        assert!(
            (point.value - value).abs() < 1e-3,
            "{} {value}",
            point.value
        );
    }
}

#[test]
fn format_2() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/format-2.safetensors"
    );
    let fitted = FittedForecaster::load(path).unwrap();
    let dates = date(2018, 1, 1).series(jiff::ToSpan::day(1)).take(4);
    let close = vec![100.0, 103.32, 105.13, 104.62];
    let series = Series::new("four days", dates, [("close", close)]).unwrap();
    let options = ForecastOptions {
        levels: vec![80],
        ..ForecastOptions::default()
    };
    let forecast = fitted.forecast_with(&series, &options).unwrap();
    let want = [
        [104.618_967, 100.804_557, 108.433_377],
        [104.631_157, 98.082_012, 111.180_303],
    ];
    for (point, want) in forecast.points.iter().zip(want) {
        let found = [point.value, point.bands["lower80"], point.bands["upper80"]];
        for (found, want) in found.iter().zip(want) {
            assert!((found - want).abs() < 1e-3, "{found} {want}");
        }
    }
}

/// `close` and `promo` as they were in training: 70 days, and three more of which promotions are known.
fn promotions() -> Series {
    let days = date(2018, 1, 1).series(jiff::ToSpan::day(1));
    let days: Vec<_> = days.take(73).collect();
    let close = (0..70).map(|row| {
        let row = f64::from(row);
        ((100.0 + 3.0 * (row * 0.9).sin() + 0.1 * row) * 100.0).round() / 100.0
    });
    let promo = (0..70).map(|row| f64::from(row % 3));
    let columns = [("close", close.collect()), ("promo", promo.collect())];
    Series::new("promotions", days[..70].to_vec(), columns)
        .unwrap()
        .with_ahead(days[70..].iter().copied(), [("promo", vec![1.0, 2.0, 0.0])])
        .unwrap()
}

#[test]
fn format_3() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/format-3.safetensors"
    );
    let fitted = FittedForecaster::load(path).unwrap();
    assert_eq!(fitted.columns(), ["close", "promo"]);
    assert_eq!(fitted.spec().data.windows_per_series, None);
    assert_eq!(fitted.spec().data.test, TestPart::Share(0.2));
    let forecast = fitted.forecast(&promotions()).unwrap();
    let want = [
        (date(2018, 3, 12), 104.906_211),
        (date(2018, 3, 13), 104.895_844),
    ];
    for (point, (date, value)) in forecast.points.iter().zip(want) {
        assert_eq!(point.date, date);
        assert!((point.value - value).abs() < 1e-3, "{point:?}");
    }
}

#[test]
fn format_3_of_many_series() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/format-3-panel.safetensors"
    );
    let fitted = FittedForecaster::load(path).unwrap();
    assert_eq!(fitted.training().panel, Some(3));
    assert_eq!(fitted.training().first.unit(), Unit::Row);
    let data = &fitted.spec().data;
    assert_eq!(data.test, TestPart::Horizon);
    assert_eq!(data.validation_scheme, ValidationScheme::LastHorizons);
    assert_eq!(data.windows_per_series, Some(16));
    let values = (0..48).map(|row| 10.0 * (5.0 + f64::from(row % 4) + 0.1 * f64::from(row)));
    let series = Series::undated("S1", [("close", values.collect())]).unwrap();
    let forecast = fitted.forecast(&series).unwrap();
    let want = [94.036_20, 105.036_20, 116.036_20, 127.036_20];
    for (point, want) in forecast.points.iter().zip(want) {
        assert!((point.value - want).abs() < 1e-3, "{point:?}");
    }
}
