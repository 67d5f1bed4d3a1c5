//! Time is cut once: what lies after the cut changes nothing that was learnt or said before it.

use gatecast::nn::TrainSpec;
use gatecast::prepare::ScalerKind;
use gatecast::{FittedForecaster, ForecastSpec, Forecaster, Series};
use jiff::ToSpan;
use proptest::prelude::*;

const ROWS: usize = 60;
const WINDOW: usize = 4;

fn series(close: &[f64], volume: &[f64]) -> Series {
    let dates = jiff::civil::date(2018, 1, 1)
        .series(1.day())
        .take(close.len())
        .collect();
    Series::new(
        "made up",
        dates,
        [("close", close.to_vec()), ("volume", volume.to_vec())],
    )
    .unwrap()
}

fn fit(series: &Series, scaler: ScalerKind) -> FittedForecaster {
    let mut spec = ForecastSpec::article();
    spec.data.window = WINDOW;
    spec.data.scaler = scaler;
    spec.data.validation = 0.2;
    spec.model.hidden = vec![3];
    spec.train = TrainSpec {
        epochs: 3,
        patience: Some(2),
        ..TrainSpec::default()
    };
    Forecaster::new(spec).unwrap().fit(series).unwrap()
}

fn weights(fitted: &FittedForecaster) -> Vec<u32> {
    fitted
        .network()
        .tensors()
        .flat_map(|(_, _, values)| values)
        .map(|w| w.to_bits())
        .collect()
}

/// That the property below can fail: what was not cut off does show.
#[test]
fn a_changed_past_shows() {
    let closes: Vec<f64> = (0..ROWS)
        .map(|r| 100.0 + (r as f64 * 0.9).sin() * 3.0)
        .collect();
    let volumes: Vec<f64> = (0..ROWS).map(|r| 1e6 + (r % 7) as f64 * 1e5).collect();
    let before = fit(&series(&closes, &volumes), ScalerKind::Standard);
    for row in [0, 20, 35, 36, 47] {
        let mut changed = closes.clone();
        changed[row] += 1.0;
        let after = fit(&series(&changed, &volumes), ScalerKind::Standard);
        assert_ne!(before.history(), after.history(), "row {row}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_changed_future_changes_no_past(
        row in 0..ROWS,
        close in -1e4..1e4f64,
        volume in 0.0..1e9f64,
        scaler in prop::sample::select(ScalerKind::ALL.to_vec()),
    ) {
        let mut closes: Vec<f64> = (0..ROWS).map(|r| 100.0 + (r as f64 * 0.9).sin() * 3.0).collect();
        let mut volumes: Vec<f64> = (0..ROWS).map(|r| 1e6 + (r % 7) as f64 * 1e5).collect();
        let before = series(&closes, &volumes);
        closes[row] = close;
        volumes[row] = volume;
        let after = series(&closes, &volumes);
        let (one, other) = (fit(&before, scaler), fit(&after, scaler));

        let test = one.training().split.test;
        prop_assert_eq!(test, 48);
        if row >= test {
            prop_assert_eq!(weights(&one), weights(&other), "weights saw row {}", row);
            prop_assert_eq!(one.history(), other.history());
        }
        // With the weights of the first, forecasts made before the changed row stay as they are.
        let (a, b) = (one.predict(&before).unwrap(), one.predict(&after).unwrap());
        for (index, (x, y)) in a.forecast().iter().zip(b.forecast()).enumerate() {
            let target = test + index;
            if target <= row || target > row + WINDOW {
                prop_assert_eq!(x, y, "the forecast for row {} saw row {}", target, row);
            }
        }
    }
}
