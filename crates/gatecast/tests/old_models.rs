//! Model files of every format that was ever written keep loading, and say what they said.
//!
//! `fixtures/format-1.safetensors`: an LSTM of 3 units, window 4, horizon 2, close and volume,
//! trained for two epochs on made-up prices for every day from 2018-01-01.
//! `fixtures/format-2.safetensors`: two GRUs of 3 units, window 4, horizon 2, close, trained for at most
//! three epochs on the same prices with two validation folds.

use gatecast::forecast::ForecastOptions;
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
        fitted.network().parameters(),
        4 * 3 * (2 + 3 + 1) + 2 * (3 + 1)
    );
    let dates = date(2018, 3, 1)
        .series(jiff::ToSpan::day(1))
        .take(4)
        .collect();
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
    let dates = date(2018, 1, 1)
        .series(jiff::ToSpan::day(1))
        .take(4)
        .collect();
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
