//! Model files of every format that was ever written keep loading, and say what they said.
//!
//! `fixtures/format-1.safetensors`: an LSTM of 3 units, window 4, horizon 2, close and volume,
//! trained for two epochs on made-up prices for every day from 2018-01-01.

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
