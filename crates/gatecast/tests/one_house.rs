//! A single series is a panel of one, and what holds for one holds for many.

use std::ops::ControlFlow;

use gatecast::forecast::{CrossValidationSpec, Event, Method, Refit, Settings};
use gatecast::nn::Loss;
use gatecast::prepare::{CalendarFeature, DataSpec, TargetTransform, TestPart, ValidationScheme};
use gatecast::series::{Stamp, sp500};
use gatecast::{Error, ErrorKind, FittedForecaster, ForecastSpec, Forecaster, Series};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

/// The presets, small enough for a test, and a method without networks.
fn presets() -> [(&'static str, ForecastSpec); 5] {
    let mut all = [
        ("default", ForecastSpec::default()),
        ("plain", ForecastSpec::plain()),
        ("article", ForecastSpec::article()),
        ("panel", ForecastSpec::panel("close", 1, 2)),
        ("method", ForecastSpec::default().with_method(Method::Theta)),
    ];
    for (_, spec) in &mut all {
        spec.model.hidden = vec![4; spec.model.hidden.len()];
        spec.model.members = spec.model.members.min(2);
        spec.train.epochs = 2;
    }
    all
}

/// Independent random walks of different lengths, which nobody can forecast.
fn walks(count: usize) -> Vec<Series> {
    let mut state = 11u64;
    let mut noise = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1u32 << 31) - 0.5
    };
    let mut walk = |rows: usize| -> Vec<f64> {
        let mut level = 100.0;
        let steps = (0..rows).map(|_| {
            level += noise();
            level
        });
        steps.collect()
    };
    (0..count)
        .map(|index| {
            let values = walk(90 + 7 * index);
            let dates = date(2018, 1, 1).series(1.day()).take(values.len());
            Series::new(format!("W{index}"), dates, [("close", values)]).unwrap()
        })
        .collect()
}

#[test]
fn a_panel_of_one_and_the_series_alone_give_the_same_bytes_and_scores() {
    let series = sp500();
    for (name, spec) in presets() {
        let forecaster = Forecaster::new(spec).unwrap();
        let alone = forecaster.fit(&series).unwrap();
        let of_panel = forecaster.fit(&vec![series.clone()]).unwrap();
        assert_eq!(
            alone.to_bytes().unwrap(),
            of_panel.to_bytes().unwrap(),
            "{name}"
        );
        assert_eq!(alone.scores(), of_panel.scores(), "{name}");
        assert_eq!(alone.series_scores()[0].scores, *alone.scores().unwrap());
        let plan = CrossValidationSpec {
            folds: 2,
            ..CrossValidationSpec::default()
        };
        let tested = |data: &[Series]| forecaster.cross_validate(data, plan).unwrap();
        let (one, other) = (
            tested(series.as_ref()),
            tested(std::slice::from_ref(&series)),
        );
        assert_eq!((one.len(), &one[0].test), (1, &other[0].test), "{name}");
    }
}

/// Without a test part nothing may be scored: the model has learnt from every row.
#[test]
fn what_was_learnt_from_is_not_scored() {
    let mut spec = ForecastSpec::panel("close", 1, 2);
    spec.data.test = TestPart::Share(0.0);
    spec.model.hidden = vec![4];
    spec.train.epochs = 1;
    let forecaster = Forecaster::new(spec).unwrap();
    let panel = walks(3);
    let fitted = forecaster.fit(&panel).unwrap();
    assert_eq!(fitted.panel_scores(), None);
    assert!(fitted.series_scores().is_empty());
    let plan = CrossValidationSpec::default();
    let error = forecaster.cross_validate(&panel, plan).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Setting);
    assert_eq!(error.setting(), Some("test"), "{error}");
}

/// A fold knows the rows before it and no others: with a changed future its forecasts stay.
#[test]
fn folds_of_one_model_for_many_series_know_no_later_rows() {
    let mut spec = ForecastSpec::panel("close", 1, 2);
    spec.data.window = 4;
    spec.model.hidden = vec![4];
    spec.model.members = 1;
    spec.train.epochs = 2;
    let forecaster = Forecaster::new(spec).unwrap();
    let panel = walks(3);
    let first_fold = |panel: &[Series], plan| -> Vec<f64> {
        let results = forecaster.cross_validate(panel, plan).unwrap();
        let of_first = |result: &gatecast::forecast::CrossValidation| {
            result.predictions.forecast()[..2].to_vec()
        };
        results.iter().flat_map(of_first).collect()
    };
    for plan in [
        CrossValidationSpec {
            folds: 3,
            ..CrossValidationSpec::default()
        },
        CrossValidationSpec {
            folds: 3,
            refit: Refit::Once,
            gap: 2,
            sliding: Some(40),
        },
    ] {
        let before = first_fold(&panel, plan);
        // All rows that the first fold is scored on, and all after it.
        let changed: Vec<Series> = panel
            .iter()
            .map(|series| {
                let rows = series.rows();
                let mut values = series.column("close").unwrap().to_vec();
                values[rows - 6..]
                    .iter_mut()
                    .for_each(|value| *value *= 3.0);
                let dates = series.stamps().to_vec();
                Series::new(series.name(), dates, [("close", values)]).unwrap()
            })
            .collect();
        assert_eq!(first_fold(&changed, plan), before, "{plan:?}");
    }
}

/// The gap, the length of a sliding training part and when networks are trained anew all matter to one
/// model for many series.
#[test]
fn a_plan_acts_on_one_model_for_many_series() {
    let mut spec = ForecastSpec::panel("close", 1, 2);
    spec.data.window = 4;
    // Or walks would be forecast by their last value alone, whatever is trained.
    spec.data.validation_folds = 0;
    spec.model.hidden = vec![4];
    spec.model.members = 1;
    spec.train.epochs = 2;
    let forecaster = Forecaster::new(spec).unwrap();
    let panel = walks(3);
    let base = CrossValidationSpec {
        folds: 3,
        ..CrossValidationSpec::default()
    };
    let run = |plan| forecaster.cross_validate(&panel, plan).unwrap();
    let results = run(base);
    assert_eq!(results.len(), 3);
    assert_eq!(results[1].folds[0].train_rows, 97 - 6);
    let gap = run(CrossValidationSpec { gap: 2, ..base });
    assert_eq!(gap[1].folds[0].train_rows, 97 - 8);
    let sliding = run(CrossValidationSpec {
        sliding: Some(30),
        ..base
    });
    assert_eq!(sliding[1].folds[2].train_rows, 30);
    let once = run(CrossValidationSpec {
        refit: Refit::Once,
        ..base
    });
    assert_eq!(once[1].folds[2].train_rows, 97 - 6);
    assert_ne!(once[1].test.mae, results[1].test.mae);
}

#[test]
fn validation_and_patience_act_on_one_model_for_many_series() {
    let mut spec = ForecastSpec::panel("close", 1, 2);
    spec.data.validation_folds = 0;
    spec.data.validation = 0.2;
    spec.model.hidden = vec![8];
    spec.model.members = 1;
    spec.train.epochs = 40;
    spec.train.learning_rate = 0.05;
    spec.train.patience = Some(2);
    let fitted = Forecaster::new(spec).unwrap().fit(&walks(3)).unwrap();
    let history = fitted.history();
    assert!(fitted.training().windows.validation > 0);
    assert!(history.epochs[0].val_loss.is_some());
    assert!(history.epochs.len() < 40, "walks cannot be learnt");
}

#[test]
fn a_share_for_testing_is_a_share_of_every_series() {
    let mut spec = ForecastSpec::panel("close", 1, 1);
    spec.data.test = TestPart::Share(0.5);
    spec.model.hidden = vec![4];
    spec.train.epochs = 1;
    let fitted = Forecaster::new(spec).unwrap().fit(&walks(2)).unwrap();
    let windows: Vec<usize> = fitted
        .series_scores()
        .iter()
        .map(|series| series.scores.windows)
        .collect();
    assert_eq!(windows, [45, 49]);
}

/// A series that gains on the last session of every month and sinks by a little on all others.
fn month_ends() -> Series {
    let weekday = |date: &Date| !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
    let dates: Vec<Date> = date(2010, 1, 1)
        .series(1.day())
        .filter(weekday)
        .take(1500)
        .collect();
    let mut level = 500.0;
    let values = (0..dates.len())
        .map(|row| {
            let next = dates
                .get(row + 1)
                .copied()
                .unwrap_or(dates[row].tomorrow().unwrap());
            level += match next.month() == dates[row].month() {
                true => -0.2 + 0.05 * f64::from((row as i32 * 37) % 11 - 5),
                false => 4.0,
            };
            level
        })
        .collect();
    Series::new("month ends", dates, [("close", values)]).unwrap()
}

/// What is trained is what is served: a forecast for a month's last session knows that it is one,
/// with a horizon of one row as with two.
#[test]
fn the_last_session_of_a_month_is_known_when_it_is_forecast() {
    let series = month_ends();
    for horizon in [1, 2] {
        let mut spec = ForecastSpec::default();
        spec.data.window = 2;
        spec.data.horizon = horizon;
        // Whether the network is worth its weight is another question.
        spec.data.validation_folds = 0;
        spec.train.patience = None;
        spec.data.calendar = vec![CalendarFeature::TurnOfMonth];
        spec.model.members = 1;
        // The mean, since the median of so rare an effect is none.
        spec.train.loss = Loss::Mse;
        spec.train.learning_rate = 0.01;
        let fitted = Forecaster::new(spec).unwrap().fit(&series).unwrap();
        let month = |stamp: Stamp| stamp.date().unwrap().month();
        let last = (0..series.rows() - 1)
            .rev()
            .find(|&row| month(series.stamps()[row]) != month(series.stamps()[row + 1]))
            .unwrap();
        let change = |cutoff: usize| {
            let forecast = fitted.forecast(&series.slice(0..cutoff)).unwrap();
            forecast.points[0].value - forecast.last
        };
        let (at_end, before) = (change(last), change(last - 3));
        assert!(
            at_end > before + 1.0,
            "horizon {horizon}: {at_end} {before}"
        );
    }
}

/// The rows that a file has of the future are the next ones, whatever the rhythm of its dates.
#[test]
fn next_rows_of_a_file_win_over_a_guess() {
    let dates = sp500().stamps().to_vec();
    let close = sp500().column("close").unwrap().to_vec();
    let promo: Vec<f64> = (0..dates.len())
        .map(|row| f64::from(row as u32 % 3))
        .collect();
    let series = Series::new("shop", dates, [("close", close), ("promo", promo)]).unwrap();
    let mut spec = ForecastSpec::plain();
    spec.data.future = vec!["promo".into()];
    spec.model.hidden = vec![4];
    spec.train.epochs = 1;
    let fitted = Forecaster::new(spec).unwrap().fit(&series).unwrap();
    // The first of May 2018 would be the next weekday.
    let ahead = series
        .with_ahead([date(2018, 5, 2)], [("promo", vec![1.0])])
        .unwrap();
    let forecast = fitted.forecast(&ahead).unwrap();
    assert_eq!(forecast.points[0].date, date(2018, 5, 2));
}

#[test]
fn a_model_file_is_checked_whole() {
    let mut spec = ForecastSpec::plain();
    spec.data.statics = vec!["size".into()];
    spec.data.calendar = vec![CalendarFeature::Month];
    spec.model.hidden = vec![3];
    spec.train.epochs = 1;
    let size = |series: &Series, size: f64| {
        let (dates, rows) = (series.stamps().to_vec(), series.rows());
        let close = series.column("close").unwrap().to_vec();
        Series::new(
            series.name(),
            dates,
            [("close", close), ("size", vec![size; rows])],
        )
        .unwrap()
    };
    spec.data.scaler = gatecast::prepare::ScalerKind::Window;
    let [one, other] = [3.0, 5.0].map(|s| size(&sp500(), s));
    let fitted = Forecaster::new(spec).unwrap().fit(&[one, other]).unwrap();
    let bytes = fitted.to_bytes().unwrap();
    FittedForecaster::parse("model", bytes.clone()).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let about = header["__metadata__"]["gatecast"].as_str().unwrap();
    let about: serde_json::Value = serde_json::from_str(about).unwrap();
    type Spoil = fn(&mut serde_json::Value);
    let faults: [(&str, Spoil); 5] = [
        ("future and static columns", |about| {
            about["features"]["future"] = serde_json::json!([]);
        }),
        ("do not fit its features", |about| {
            about["features"]["past"] = serde_json::json!([]);
        }),
        ("rhythm", |about| {
            about["features"]["rhythm"] = serde_json::Value::Null
        }),
        ("no usable numbers", |about| {
            about["features"]["future"][0]["spread"] = 0.0.into();
        }),
        ("unknown field", |about| {
            about["features"]["more"] = 1.into()
        }),
    ];
    for (reason, spoil) in faults {
        let mut about = about.clone();
        spoil(&mut about);
        let mut header = header.clone();
        header["__metadata__"]["gatecast"] = about.to_string().into();
        let text = header.to_string().into_bytes();
        let mut spoilt = (text.len() as u64).to_le_bytes().to_vec();
        spoilt.extend(text);
        spoilt.extend(&bytes[8 + length..]);
        let error = FittedForecaster::parse("model", spoilt).unwrap_err();
        assert!(error.to_string().contains(reason), "{reason}: {error}");
    }
}

/// Of many series, each with folds of its own length, the schemes choose on what they should.
#[test]
fn folds_of_series_of_different_length_are_counted_from_the_end() {
    let mut spec = ForecastSpec::panel("close", 1, 2);
    spec.data.window = 10;
    spec.model.hidden = vec![4];
    spec.model.members = 1;
    spec.train.epochs = 1;
    let panel = walks(2);
    let windows = |spec: &ForecastSpec| {
        let fitted = Forecaster::new(spec.clone()).unwrap().fit(&panel).unwrap();
        fitted.selection().unwrap().windows
    };
    // One window of each of two folds of each of two series.
    assert_eq!(windows(&spec), 4);
    spec.data.validation_scheme = ValidationScheme::Rolling;
    // The second halves of 88 and 95 rows: of 22, 22, 23 and 24 rows the windows of two.
    assert_eq!(windows(&spec), 21 + 21 + 23 + 23);
    assert_eq!(
        DataSpec::default().validation_scheme,
        ValidationScheme::Rolling
    );
}

/// Under the default settings every network of every fold is told of, with its losses, and the fit can
/// be stopped at any time: what has finished an epoch of the whole training part is kept.
#[test]
fn a_fit_tells_of_every_network_and_can_be_stopped() {
    let mut spec = ForecastSpec::default();
    spec.data.validation_folds = 2;
    spec.model.hidden = vec![4];
    spec.model.members = 2;
    spec.train.epochs = 3;
    spec.train.threads = Some(1);
    let forecaster = Forecaster::new(spec).unwrap();
    let series = sp500();
    let run = |stop: fn(&Event) -> bool| {
        let mut events: Vec<Event> = Vec::new();
        let fitted = forecaster.fit_with(&series, |event| {
            events.push(*event);
            match stop(event) {
                true => ControlFlow::Break(()),
                false => ControlFlow::Continue(()),
            }
        });
        (fitted, events)
    };
    let epoch_of = |event: &Event| match event.training {
        gatecast::nn::Event::Epoch(epoch) => Some((event.fold, event.member, epoch.epoch)),
        _ => None,
    };
    let (fitted, events) = run(|_| false);
    let whole = fitted.unwrap();
    let epochs: Vec<_> = events.iter().filter_map(epoch_of).collect();
    for fold in [Some(1), Some(2), None] {
        for member in [1, 2] {
            assert!(epochs.contains(&(fold, member, 1)), "{fold:?} {member}");
        }
    }
    // Then the test part is scored.
    let [.., end, last] = &events[..] else {
        panic!("{events:?}");
    };
    for (event, name) in [(end, "end"), (last, "working")] {
        assert_eq!((event.finished, event.networks), (6, 6));
        let text = serde_json::to_string(event).unwrap();
        assert!(text.contains(&format!("\"event\":\"{name}\"")), "{text}");
    }
    fn at_scoring(event: &Event) -> bool {
        event.training == gatecast::nn::Event::Working && event.finished == 6
    }
    assert_eq!(run(at_scoring).0.unwrap_err().kind(), ErrorKind::Stopped);

    // While folds are trained there is nothing to keep; at the end there is all.
    let (fitted, events) = run(|event| event.fold == Some(2));
    assert_eq!(fitted.unwrap_err().kind(), ErrorKind::Stopped);
    assert!(
        events
            .iter()
            .all(|event| event.fold.is_some() || event.finished >= 4)
    );
    let (fitted, _) = run(|event| event.finished == 6 && !at_scoring(event));
    assert_eq!(
        fitted.unwrap().to_bytes().unwrap(),
        whole.to_bytes().unwrap()
    );
    // In the second member's first epoch, the first member is all there is.
    let (fitted, _) = run(|event| event.fold.is_none() && event.member == 2);
    let fitted = fitted.unwrap();
    assert_eq!(fitted.spec().model.members, 1);
    let again = FittedForecaster::parse("one", fitted.to_bytes().unwrap()).unwrap();
    assert_eq!(
        again.forecast(&series).unwrap(),
        fitted.forecast(&series).unwrap()
    );
    let plan = CrossValidationSpec::default();
    let mut last = None;
    let counted = forecaster.cross_validate_with(&series, plan, |event| {
        last = Some((event.finished, event.networks));
        ControlFlow::Continue(())
    });
    assert_eq!(counted.unwrap()[0].folds.len(), 5);
    // Five fits of two members on two folds and on the whole.
    assert_eq!(last, Some((30, 30)));
    let stopped = forecaster.cross_validate_with(&series, plan, |event| {
        assert!(event.test_fold.is_some());
        ControlFlow::Break(())
    });
    assert_eq!(stopped.unwrap_err().kind(), ErrorKind::Stopped);
}

/// Whatever is set makes a difference to a panel, with a model for each series or one for all: to the
/// weights, the forecasts or the scores; or it is refused.
#[test]
fn every_setting_acts_on_a_panel_or_is_refused() {
    // A value that differs from the base, and what it needs to act.
    let base = [
        ("hidden", "4"),
        ("epochs", "3"),
        ("members", "2"),
        ("window", "8"),
        ("horizon", "2"),
        ("validation-folds", "2"),
        ("validation-scheme", "rolling"),
        ("schedule", "constant"),
        ("clip-norm", "none"),
        ("patience", "none"),
    ];
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("preset", &[("preset", "plain")]),
        // Refused beside the settings of networks that all cases have.
        ("method", &[("method", "ets")]),
        ("seed", &[("seed", "7")]),
        ("target", &[("target", "volume")]),
        ("features", &[("features", "close,volume")]),
        ("window", &[("window", "6")]),
        ("horizon", &[("horizon", "3")]),
        ("season", &[("season", "4")]),
        (
            "long-season",
            &[
                ("target-transform", "mixture"),
                ("validation-folds", "0"),
                ("season", "4"),
                ("window", "16"),
                ("long-season", "8"),
            ],
        ),
        ("calendar", &[("calendar", "day-of-week")]),
        ("future", &[("future", "volume")]),
        ("static", &[("static", "size")]),
        ("windows-per-series", &[("windows-per-series", "5")]),
        ("target-transform", &[("target-transform", "log-return")]),
        ("scaler", &[("scaler", "standard")]),
        (
            "validation",
            &[("validation", "0.2"), ("validation-folds", "0")],
        ),
        ("validation-folds", &[("validation-folds", "0")]),
        (
            "validation-scheme",
            &[("validation-scheme", "last-horizons")],
        ),
        ("test", &[("test", "0.4")]),
        ("cell", &[("cell", "rnn")]),
        ("hidden", &[("hidden", "3,3")]),
        ("strategy", &[("strategy", "recursive")]),
        ("activation", &[("activation", "relu")]),
        (
            "recurrent-activation",
            &[("recurrent-activation", "hard_sigmoid")],
        ),
        ("dropout", &[("dropout", "0.5")]),
        ("recurrent-dropout", &[("recurrent-dropout", "0.5")]),
        ("members", &[("members", "1")]),
        ("zero-output", &[("zero-output", "false")]),
        ("epochs", &[("validation-folds", "0"), ("epochs", "1")]),
        ("batch", &[("batch", "9")]),
        ("lr", &[("lr", "0.01")]),
        ("loss", &[("loss", "mse")]),
        ("optimizer", &[("optimizer", "rmsprop")]),
        ("momentum", &[("optimizer", "sgd"), ("momentum", "0.9")]),
        (
            "weight-decay",
            &[("optimizer", "adamw"), ("weight-decay", "0.5")],
        ),
        (
            "schedule",
            &[("validation-folds", "0"), ("schedule", "cosine")],
        ),
        (
            "schedule-epochs",
            &[
                ("validation-folds", "0"),
                ("schedule", "step"),
                ("schedule-epochs", "1"),
            ],
        ),
        (
            "schedule-factor",
            &[
                ("validation-folds", "0"),
                ("schedule", "step"),
                ("schedule-epochs", "1"),
                ("schedule-factor", "0.1"),
            ],
        ),
        ("clip-norm", &[("clip-norm", "0.001")]),
        ("clip-value", &[("clip-value", "0.0001")]),
        (
            "patience",
            &[
                ("patience", "1"),
                ("lr", "0.5"),
                ("validation", "0.2"),
                ("validation-folds", "0"),
                ("epochs", "20"),
            ],
        ),
    ];
    let named: Vec<&str> = cases.iter().map(|(name, _)| *name).collect();
    for setting in gatecast::forecast::settings() {
        let name = setting.name();
        assert!(
            named.contains(&name) || name == "threads",
            "no case for {name}"
        );
    }
    let panel: Vec<Series> = walks(3)
        .into_iter()
        .enumerate()
        .map(|(index, series)| {
            let rows = series.rows();
            let volume = (0..rows).map(|row| 1e3 + (row * 7 % 11) as f64).collect();
            let columns = [
                ("close", series.column("close").unwrap().to_vec()),
                ("volume", volume),
                ("size", vec![index as f64; rows]),
            ];
            Series::new(series.name(), series.stamps().to_vec(), columns).unwrap()
        })
        .collect();
    // What a fit comes to, but for its settings.
    let outcome = |settings: &[(&str, &str)], preset: &str, data: &[Series]| {
        let mut all = Settings::default();
        all.parse("preset", preset).unwrap();
        for (name, value) in base.iter().chain(settings) {
            all.parse(name, value).unwrap();
        }
        let fitted = Forecaster::new(all.spec()?)?.fit(data)?;
        let weights: Vec<u32> = fitted
            .network()
            .unwrap()
            .tensors()
            .flat_map(|(_, _, values)| values.iter().map(|value| value.to_bits()))
            .collect();
        // Without what is known ahead there is no forecast, but there are weights.
        let points = fitted.forecast(&data[0]).map(|forecast| forecast.points);
        let points = points.unwrap_or_default();
        let values: Vec<u64> = points.iter().map(|point| point.value.to_bits()).collect();
        let scores: Vec<usize> = fitted
            .series_scores()
            .iter()
            .map(|series| series.scores.windows)
            .collect();
        let selected = fitted.selection().map(|selection| selection.windows);
        Ok::<_, Error>((fitted.parameters(), weights, values, scores, selected))
    };
    for (preset, data) in [("panel", &panel[..]), ("default", &panel[1..2])] {
        let plain = outcome(&[], preset, data).unwrap();
        for (name, settings) in cases {
            // The base of a parameter has its owner and all that it needs.
            let others: Vec<_> = settings
                .iter()
                .filter(|(other, _)| other != name)
                .copied()
                .collect();
            let before = match others.is_empty() {
                true => plain.clone(),
                false => outcome(&others, preset, data).unwrap(),
            };
            match outcome(settings, preset, data) {
                Ok(after) => assert_ne!(after, before, "{preset}: {name}"),
                // The preset plain scales all windows alike, which many series refuse.
                Err(error) => {
                    let name = if *name == "preset" { "scaler" } else { name };
                    assert!(
                        error.to_string().contains(name),
                        "{preset}, {name}: {error}"
                    );
                }
            }
        }
    }
}

/// What is too short to be learnt from is forecast all the same, and scored where rows are left for it.
#[test]
fn every_series_of_a_panel_is_forecast() {
    let wave = |name: &str, rows: usize| {
        let values = (0..rows).map(|row| 50.0 + [3.0, -1.0, 2.0, -4.0][row % 4] + 0.1 * row as f64);
        Series::undated(name, [("close", values.collect::<Vec<_>>())]).unwrap()
    };
    let panel = [
        wave("long", 60),
        wave("other", 48),
        wave("seven", 7),
        wave("two", 2),
    ];
    let mut spec = ForecastSpec::panel("close", 4, 4);
    spec.model.hidden = vec![4];
    spec.model.members = 1;
    spec.train.epochs = 2;
    let fitted = Forecaster::new(spec).unwrap().fit(&panel).unwrap();
    let scored: Vec<&str> = fitted.series_scores().iter().map(|s| &s.name[..]).collect();
    assert_eq!(scored, ["long", "other", "seven"]);
    for series in &panel {
        let forecast = fitted.forecast(series).unwrap();
        let near = |point: &gatecast::forecast::Point| (40.0..70.0).contains(&point.value);
        assert!(
            forecast.points.len() == 4 && forecast.points.iter().all(near),
            "{forecast:?}"
        );
    }
    let one = fitted.forecast(&wave("one", 1)).unwrap_err();
    assert_eq!(one.kind(), ErrorKind::TooFewRows);
}

/// The rows that are asked for are those that are needed: one fewer is refused.
#[test]
fn as_many_rows_as_the_message_says_will_do() {
    let series = |rows: usize| walks(10).swap_remove(9).slice(0..rows);
    for scheme in ValidationScheme::ALL {
        let mut spec = ForecastSpec::panel("close", 1, 3);
        spec.data.target_transform = TargetTransform::Residual;
        spec.data.window = 5;
        spec.data.validation_scheme = scheme;
        spec.data.test = TestPart::Share(0.0);
        spec.model.hidden = vec![2];
        spec.model.members = 1;
        spec.train.epochs = 1;
        let forecaster = Forecaster::new(spec).unwrap();
        // A window and a horizon before the folds: twice as many rows, or two horizons more.
        let wanted = match scheme.retrains() {
            true => 2 * (5 + 3),
            false => 5 + 3 + 2 * 3,
        };
        forecaster.fit(&series(wanted)).unwrap();
        let error = forecaster.fit(&series(wanted - 1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TooFewRows);
        let needs = format!(" and needs at least {wanted}: ");
        assert!(error.to_string().contains(&needs), "{scheme:?}: {error}");
    }
    let mut spec = ForecastSpec::plain();
    spec.data.window = 5;
    spec.model.hidden = vec![2];
    spec.train.epochs = 1;
    let forecaster = Forecaster::new(spec).unwrap();
    let plan = |rows| CrossValidationSpec {
        sliding: Some(rows),
        ..CrossValidationSpec::default()
    };
    let error = forecaster.cross_validate(&series(90), plan(5)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Setting);
    assert_eq!(error.setting(), Some("sliding"), "{error}");
    // Enough for a window and a horizon, but not for the validation rows that are taken of it.
    let error = forecaster.cross_validate(&series(90), plan(6)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooFewRows, "{error}");
}

#[test]
fn a_model_tests_no_rows_that_are_not_there() {
    let mut spec = ForecastSpec::plain();
    spec.data.window = 5;
    spec.data.horizon = 4;
    spec.model.hidden = vec![2];
    spec.train.epochs = 1;
    let series = walks(1).swap_remove(0);
    let fitted = Forecaster::new(spec).unwrap().fit(&series).unwrap();
    let test = fitted.training().split.test;
    assert_eq!(
        fitted
            .predict(&series.slice(0..test + 4))
            .unwrap()
            .dates
            .len(),
        1
    );
    let error = fitted.predict(&series.slice(0..test + 3)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooFewRows);
    let needs = " has 3 rows and needs at least 4: ";
    assert!(error.to_string().contains(needs), "{error}");
}

/// The calendar ends, and with it forecasts; before that every step has a date.
#[test]
fn there_are_no_dates_after_the_last() {
    let mut spec = ForecastSpec::plain();
    spec.data.window = 5;
    spec.data.horizon = 3;
    spec.model.hidden = vec![2];
    spec.train.epochs = 1;
    let walk = walks(1).swap_remove(0);
    let fitted = Forecaster::new(spec).unwrap().fit(&walk).unwrap();
    let until = |last: Date| {
        let rows = walk.rows() as i64;
        let first = last - (rows - 1).days();
        let dates = first.series(1.day()).take(walk.rows());
        let close = walk.column("close").unwrap().to_vec();
        Series::new("far", dates, [("close", close)]).unwrap()
    };
    let forecast = fitted.forecast(&until(date(9999, 12, 28))).unwrap();
    assert_eq!(forecast.points[2].date, Date::MAX);
    let error = fitted.forecast(&until(date(9999, 12, 29))).unwrap_err();
    assert!(
        error.to_string().contains("no 3 dates after 9999-12-2"),
        "{error}"
    );
}
