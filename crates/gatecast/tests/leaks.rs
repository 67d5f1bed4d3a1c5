//! The leak check passes what is honest and catches every fault that is planted.

use gatecast::forecast::{Leak, Strategy, Traces, check_leaks};
use gatecast::nn::{Arrays, Dense, Gru, Loss, Sequential, Shape, TrainSpec, fit};
use gatecast::prepare::{Scaler, ScalerKind};
use gatecast::series::sp500;
use gatecast::{ForecastSpec, Forecaster, Result, Series};

/// A small pipeline of its own, as a user might write one, with one fault or none.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    ScalerOnAllRows,
    ShuffledSplit,
    CentredAverage,
    TargetAmongFeatures,
    EarlyStoppingOnTest,
    NoGapWithOverlap,
}

const WINDOW: usize = 5;

fn pipeline(fault: Fault) -> impl Fn(&[Series]) -> Result<Vec<Traces>> {
    move |panel| {
        let series = &panel[0];
        let close = series.column("close")?;
        let (rows, cut) = (close.len(), close.len() * 4 / 5);
        let all = fault == Fault::ScalerOnAllRows;
        let seen = if all { close } else { &close[..cut] };
        let scaler = Scaler::fit(ScalerKind::Standard, "close", seen)?;
        let level: Vec<f64> = close.iter().map(|&v| scaler.scale(v)).collect();
        // The feature of a row: its change, perhaps smoothed with the row after it.
        let change = |row: usize| {
            if row == 0 {
                0.0
            } else {
                level[row] - level[row - 1]
            }
        };
        let feature = |row: usize| match fault {
            Fault::CentredAverage => (change(row) + change((row + 1).min(rows - 1))) / 2.0,
            _ => change(row),
        };
        // Of overlapping targets (the mean change of three rows), those of the last training rows
        // reach into the test part.
        let ahead = if fault == Fault::NoGapWithOverlap {
            3
        } else {
            1
        };
        let sample = |row: usize| {
            let shift = usize::from(fault == Fault::TargetAmongFeatures);
            let x = (row + shift - WINDOW..row + shift).map(|r| feature(r) as f32);
            let y = (level[(row + ahead - 1).min(rows - 1)] - level[row - 1]) / ahead as f64;
            (x.collect::<Vec<f32>>(), y as f32)
        };
        let samples = |rows: &[usize]| {
            let (x, y): (Vec<_>, Vec<_>) = rows.iter().map(|&row| sample(row)).unzip();
            Arrays::new(Shape::sequence(WINDOW, 1), x.concat(), Shape::vector(1), y)
        };
        let train: Vec<usize> = match fault {
            // Every fifth row is for testing, wherever it lies.
            Fault::ShuffledSplit => (WINDOW..rows).filter(|row| row % 5 != 0).collect(),
            _ => (WINDOW..cut).collect(),
        };
        let test: Vec<usize> = (cut..rows).collect();
        let mut net = Sequential::builder(Shape::sequence(WINDOW, 1))
            .add(Gru::new(6))
            .add(Dense::new(1))
            .build(0)?;
        let watched = samples(&test)?;
        let stopping = fault == Fault::EarlyStoppingOnTest;
        let spec = TrainSpec {
            epochs: 60,
            learning_rate: 0.01,
            patience: stopping.then_some(10),
            threads: Some(1),
            ..TrainSpec::default()
        };
        let validation = stopping.then_some(&watched as &dyn gatecast::nn::Dataset);
        fit(&mut net, &samples(&train)?, validation, &spec)?;
        let said = net.predict(&watched)?;
        let weights = net.tensors().flat_map(|(_, _, values)| values);
        Ok(vec![Traces {
            cut,
            fitted: weights.map(|&weight| f64::from(weight)).collect(),
            features: (WINDOW..rows).map(|row| (row, feature(row))).collect(),
            forecasts: test
                .iter()
                .zip(said)
                .map(|(&row, said)| (row, scaler.unscale(level[row - 1] + f64::from(said))))
                .collect(),
            told: 0,
        }])
    }
}

#[test]
fn every_planted_fault_is_caught() {
    let series = sp500();
    let found = |fault| check_leaks(&series, "close", pipeline(fault)).unwrap();
    assert_eq!(found(Fault::None), []);
    type Expected = fn(&Leak) -> bool;
    let cases: [(Fault, Expected); 6] = [
        (Fault::ScalerOnAllRows, |l| matches!(l, Leak::Fitted { .. })),
        (Fault::ShuffledSplit, |l| matches!(l, Leak::Fitted { .. })),
        (Fault::CentredAverage, |l| matches!(l, Leak::Feature { .. })),
        (Fault::TargetAmongFeatures, |l| {
            matches!(l, Leak::Forecast { .. })
        }),
        (Fault::EarlyStoppingOnTest, |l| {
            matches!(l, Leak::Fitted { .. })
        }),
        (Fault::NoGapWithOverlap, |l| {
            matches!(l, Leak::Fitted { .. })
        }),
    ];
    for (fault, expected) in cases {
        let leaks = found(fault);
        assert!(leaks.iter().any(expected), "{fault:?}: {leaks:?}");
    }
    // Who sees the target also forecasts what cannot be forecast.
    assert!(found(Fault::TargetAmongFeatures).contains(&Leak::Placebo));
}

#[test]
fn every_preset_passes() {
    let series = sp500();
    let mut article = ForecastSpec::article();
    article.model.hidden = vec![8, 8];
    let mut five = ForecastSpec::default();
    five.data.horizon = 5;
    let three = |strategy| {
        let mut spec = ForecastSpec::default();
        spec.data.horizon = 3;
        spec.model.strategy = strategy;
        spec
    };
    let mut quantile = ForecastSpec::default();
    quantile.train.loss = Loss::Quantile;
    for mut spec in [
        ForecastSpec::default(),
        ForecastSpec::plain(),
        article,
        five,
        three(Strategy::Recursive),
        three(Strategy::OneToMany),
        quantile,
    ] {
        spec.train.epochs = 3;
        spec.model.members = spec.model.members.min(2);
        assert_eq!(
            Forecaster::new(spec.clone())
                .unwrap()
                .check_leaks(&series)
                .unwrap(),
            [],
            "{spec:?}"
        );
    }
}

/// Of two series, one is scaled by the other's test rows as well.
#[test]
fn a_series_that_leaks_into_the_scaler_of_another_is_caught() {
    let close = sp500().column("close").unwrap().to_vec();
    let series = |name: &str, factor: f64| {
        let values = close.iter().map(|value| factor * value).collect();
        Series::new(name, sp500().stamps().to_vec(), [("close", values)]).unwrap()
    };
    let panel = [series("small", 1.0), series("large", 30.0)];
    let pipeline = |leaky: bool| {
        move |panel: &[Series]| {
            let cut = panel[0].rows() * 4 / 5;
            let mut known = Vec::new();
            for (index, series) in panel.iter().enumerate() {
                let rows = if leaky && index == 1 {
                    series.rows()
                } else {
                    cut
                };
                known.extend_from_slice(&series.column("close")?[..rows]);
            }
            let scaler = Scaler::fit(ScalerKind::Standard, "close", &known)?;
            let trace = |series: &Series| {
                let close = series.column("close")?;
                Ok(Traces {
                    cut,
                    fitted: vec![scaler.center, scaler.spread],
                    forecasts: (cut..close.len())
                        .map(|row| (row, close[row - 1]))
                        .collect(),
                    ..Traces::default()
                })
            };
            panel.iter().map(trace).collect()
        }
    };
    assert_eq!(check_leaks(&panel, "close", pipeline(false)).unwrap(), []);
    let leaks = check_leaks(&panel, "close", pipeline(true)).unwrap();
    assert!(
        matches!(&leaks[..], [Leak::Fitted { series: Some(name), .. }] if name == "small"),
        "{leaks:?}"
    );
}
