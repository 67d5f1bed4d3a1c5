//! Time is cut once: what lies after the cut changes nothing that was learnt or predicted before it,
//! whatever is scaled, transformed, chosen on folds, known ahead, and for one series as for many. Values
//! and dates are changed. Every case of the table is tried; those that leak are listed together.
//!
//! `table` finds what leaks from the test part into what is fitted and forecast; `folds` what leaks
//! from a later fold of the training part into an earlier one, which no test row shows.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use gatecast::forecast::{CrossValidationSpec, RollingForecast, RollingSpec};
use gatecast::nn::Event;
use gatecast::prepare::{CalendarFeature, ScalerKind, TargetTransform, TestPart, ValidationScheme};
use gatecast::series::Stamp;
use gatecast::{Error, ForecastSpec, Forecaster, Series};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

/// Rows of the first series; each further one has some more.
const ROWS: usize = 90;
const WINDOW: usize = 4;
const HORIZON: usize = 2;

/// Series with all columns that a case may ask for.
fn data(count: usize) -> Vec<Series> {
    (0..count)
        .map(|index| {
            let rows = ROWS + 5 * index;
            let days = date(2018, 1, 1).series(1.day());
            let dates =
                days.filter(|day| !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday));
            let dates: Vec<Date> = dates.take(rows).collect();
            let column = |value: fn(f64, f64) -> f64| -> Vec<f64> {
                (0..rows)
                    .map(|row| value(row as f64, index as f64))
                    .collect()
            };
            let columns = [
                (
                    "close",
                    column(|row, at| 100.0 + 40.0 * at + 3.0 * (row * 0.9 + at).sin() + 0.1 * row),
                ),
                (
                    "volume",
                    column(|row, at| 1e6 + 1e5 * ((row * 3.0 + at) % 7.0)),
                ),
                ("promo", column(|row, at| (row * 5.0 + at) % 3.0)),
                ("size", column(|_, at| 1.0 + at)),
            ];
            Series::new(format!("S{index}"), dates, columns).unwrap()
        })
        .collect()
}

/// Rows on which a model is selected, or watched.
#[derive(Clone, Copy, Debug)]
enum Watched {
    Nothing,
    Share,
    Folds(ValidationScheme),
}

/// What the network sees beside its target.
#[derive(Clone, Copy, Debug)]
enum Covariates {
    None,
    Past,
    Future,
    Static,
    Calendar,
}

fn spec(
    scaler: ScalerKind,
    transform: TargetTransform,
    watched: Watched,
    covariates: Covariates,
) -> ForecastSpec {
    let mut spec = ForecastSpec::default();
    let data = &mut spec.data;
    (data.window, data.horizon) = (WINDOW, HORIZON);
    (data.scaler, data.target_transform) = (scaler, transform);
    (data.validation, data.validation_folds) = (0.0, 0);
    spec.model.hidden = vec![3];
    spec.model.members = 1;
    spec.train.epochs = 2;
    spec.train.patience = None;
    spec.train.threads = Some(1);
    match watched {
        Watched::Nothing => {}
        Watched::Share => {
            data.validation = 0.2;
            spec.train.patience = Some(1);
        }
        Watched::Folds(scheme) => {
            data.validation_folds = 2;
            data.validation_scheme = scheme;
            spec.train.patience = Some(1);
        }
    }
    match covariates {
        Covariates::None => {}
        Covariates::Past => data.features.push("volume".into()),
        Covariates::Future => data.future.push("promo".into()),
        Covariates::Static => data.statics.push("size".into()),
        Covariates::Calendar => data.calendar = CalendarFeature::ALL.to_vec(),
    }
    spec
}

/// All cases: settings and a number of series. Only where each window is scaled by itself can there be
/// several, and only several differ in a static column.
fn cases() -> Vec<(String, ForecastSpec, usize)> {
    let mut cases = Vec::new();
    for scaler in ScalerKind::ALL {
        for transform in TargetTransform::ALL {
            for watched in [
                Watched::Nothing,
                Watched::Share,
                Watched::Folds(ValidationScheme::Rolling),
                Watched::Folds(ValidationScheme::LastHorizons),
            ] {
                for covariates in [
                    Covariates::None,
                    Covariates::Past,
                    Covariates::Future,
                    Covariates::Static,
                    Covariates::Calendar,
                ] {
                    let several = scaler == ScalerKind::Window;
                    let mixture = transform == TargetTransform::Mixture;
                    if mixture && !several {
                        continue;
                    }
                    let differ = matches!(covariates, Covariates::Static);
                    for count in [1, 3] {
                        if (count == 1 && differ) || (count > 1 && !several) {
                            continue;
                        }
                        let mut spec = spec(scaler, transform, watched, covariates);
                        if count > 1 {
                            spec.data.windows_per_series = Some(16);
                            spec.data.test = TestPart::Share(0.1);
                        }
                        let name = format!(
                            "{}, {}, {watched:?}, {covariates:?}, {count} series",
                            scaler.name(),
                            transform.name()
                        );
                        if several && transform == TargetTransform::Residual {
                            // Read row by row after a season, read season by season, and found.
                            for (season, window) in [(5, 9), (5, 10), (0, WINDOW)] {
                                let mut spec = spec.clone();
                                (spec.data.season, spec.data.window) = (season, window);
                                cases.push((format!("{name}, season {season}"), spec, count));
                            }
                        }
                        if mixture {
                            let mut spec = spec.clone();
                            (spec.data.season, spec.data.window) = (5, 10);
                            cases.push((format!("{name}, season 5"), spec.clone(), count));
                            spec.data.long_season = 0;
                            cases.push((format!("{name}, longer season"), spec, count));
                        }
                        cases.push((name, spec, count));
                    }
                }
            }
        }
    }
    cases
}

#[test]
fn table_nothing_that_is_fitted_or_forecast_knows_the_test_rows() {
    let cases = cases();
    assert!(cases.len() > 400, "{}", cases.len());
    let leaks = gatecast::parallel_map(None, cases.len(), |index| {
        let (name, spec, count) = &cases[index];
        let forecaster = Forecaster::new(spec.clone()).unwrap();
        let found = forecaster.check_leaks(&data(*count)).unwrap();
        (!found.is_empty()).then(|| format!("{name}: {found:?}"))
    });
    let leaks: Vec<String> = leaks.into_iter().flatten().collect();
    assert!(
        leaks.is_empty(),
        "{} leak:\n{}",
        leaks.len(),
        leaks.join("\n")
    );
}

/// The same with trading hours, of which the calendar tells more.
#[test]
fn hours_leak_nothing_either() {
    let cases: Vec<_> = cases()
        .into_iter()
        .filter(|(name, ..)| name.starts_with("window, residual, Folds(Rolling)"))
        .collect();
    assert!(cases.len() > 20, "{}", cases.len());
    let leaks = gatecast::parallel_map(None, cases.len(), |index| {
        let (name, spec, count) = &cases[index];
        let hourly = data(*count).iter().map(hours).collect::<Vec<_>>();
        let forecaster = Forecaster::new(spec.clone()).unwrap();
        let found = forecaster.check_leaks(&hourly).unwrap();
        (!found.is_empty()).then(|| format!("{name}: {found:?}"))
    });
    let leaks: Vec<String> = leaks.into_iter().flatten().collect();
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

/// The same rows at seven hours of each weekday.
fn hours(series: &Series) -> Series {
    let time = |(row, _): (usize, &Stamp)| {
        let day =
            date(2018, 1, 1).saturating_add((row as i64 / 7 / 5 * 7 + row as i64 / 7 % 5).days());
        day.at(9 + (row % 7) as i8, 30, 0, 0)
    };
    let times = series.stamps().iter().enumerate().map(time);
    let columns = series
        .columns()
        .iter()
        .map(|column| (column.name.clone(), column.values.clone()));
    Series::new(series.name(), times, columns).unwrap()
}

/// The training and validation loss of an epoch, as bits.
type Loss = (u64, Option<u64>);

/// The losses of every network of a fit, epoch by epoch, by fold and member.
type Losses = BTreeMap<(Option<usize>, usize), Vec<Loss>>;

fn losses(forecaster: &Forecaster, data: &[Series]) -> Losses {
    let mut losses = Losses::new();
    let on_event = |event: &gatecast::forecast::Event| {
        if let Event::Epoch(epoch) = event.training {
            let network = losses.entry((event.fold, event.member)).or_default();
            network.push((epoch.loss.to_bits(), epoch.val_loss.map(f64::to_bits)));
        }
        ControlFlow::Continue(())
    };
    forecaster.fit_with(data, on_event).unwrap();
    losses
}

/// The same series with other values, and other dates, from row `from` of each on.
fn changed(data: &[Series], from: impl Fn(&Series) -> usize) -> Vec<Series> {
    data.iter()
        .map(|series| {
            let row = from(series);
            let moved = |(at, stamp): (usize, &Stamp)| {
                let date = stamp.date().unwrap();
                match at >= row {
                    true => date.saturating_add(17.days()),
                    false => date,
                }
            };
            let dates = series.stamps().iter().enumerate().map(moved);
            let columns = series.columns().iter().map(|column| {
                let mut values = column.values.clone();
                if column.name != "size" {
                    let later = values[row..].iter_mut().enumerate();
                    later.for_each(|(at, value)| *value = *value * (1.5 + (at as f64).sin()) + 1.0);
                }
                (column.name.clone(), values)
            });
            Series::new(series.name(), dates, columns).unwrap()
        })
        .collect()
}

#[test]
fn folds_know_no_rows_after_them() {
    let mut leaks = Vec::new();
    for (name, mut spec, count) in cases() {
        // A season that is to be found is looked for on all training rows, those of the folds among them.
        if spec.data.validation_folds == 0 || spec.data.season == 0 || spec.data.long_season == 0 {
            continue;
        }
        spec.data.test = TestPart::Horizon;
        let scheme = spec.data.validation_scheme;
        let forecaster = Forecaster::new(spec).unwrap();
        let data = data(count);
        let fold_of = |series: &Series| {
            let rows = series.rows() - HORIZON;
            scheme.folds(rows, 2, HORIZON)[0].clone()
        };
        let before = losses(&forecaster, &data);
        let first = |losses: &Losses, what: fn(&Loss) -> Loss| {
            let of_first = losses.iter().filter(|((fold, _), _)| *fold == Some(1));
            let losses = of_first.map(|(_, losses)| losses.iter().map(what).collect());
            losses.collect::<Vec<Vec<_>>>()
        };
        // Networks that are trained before each fold do not see the rows after it, not even to stop;
        // those that are trained once are watched on both folds and learn from the rows before.
        let (from, what): (fn(&gatecast::prepare::Fold) -> usize, _) = match scheme.retrains() {
            true => (
                |fold| fold.test.end,
                (|losses| *losses) as fn(&Loss) -> Loss,
            ),
            false => (
                |fold| fold.train.end,
                (|(loss, _)| (*loss, None)) as fn(&Loss) -> Loss,
            ),
        };
        let after = losses(
            &forecaster,
            &changed(&data, |series| from(&fold_of(series))),
        );
        let (one, other) = (first(&before, what), first(&after, what));
        assert!(!one.is_empty() && !one[0].is_empty(), "{name}");
        let epochs = one[0].len().min(other[0].len());
        let same = one
            .iter()
            .zip(&other)
            .all(|(a, b)| a[..epochs] == b[..epochs]);
        if !same {
            leaks.push(name);
        }
    }
    assert!(
        leaks.is_empty(),
        "{} leak:\n{}",
        leaks.len(),
        leaks.join("\n")
    );
}

/// That the properties above can fail: what was not cut off does show.
#[test]
fn a_changed_past_shows() {
    for (name, spec, count) in cases() {
        let forecaster = Forecaster::new(spec).unwrap();
        let data = data(count);
        let changed = changed(&data, |_| 20);
        assert_ne!(
            losses(&forecaster, &data),
            losses(&forecaster, &changed),
            "{name}"
        );
    }
}

/// A fold of a cross-validation is forecast by what knows the rows before it, whatever its plan.
#[test]
fn cross_validation_knows_no_rows_after_a_fold() {
    for (scaler, count) in [(ScalerKind::Standard, 1), (ScalerKind::Window, 3)] {
        let mut spec = spec(
            scaler,
            TargetTransform::Residual,
            Watched::Folds(ValidationScheme::LastHorizons),
            Covariates::Future,
        );
        spec.data.test = TestPart::Horizon;
        let forecaster = Forecaster::new(spec).unwrap();
        let plan = CrossValidationSpec {
            folds: 3,
            ..CrossValidationSpec::default()
        };
        let data = data(count);
        let first = |data: &[Series]| -> Vec<Vec<f64>> {
            let results = forecaster.cross_validate(data, plan).unwrap();
            let of_first = results.iter().map(|result| {
                let windows = result.folds[0].windows * HORIZON;
                result.predictions.forecast()[..windows].to_vec()
            });
            of_first.collect()
        };
        let future = changed(&data, |series| series.rows() - 2 * HORIZON);
        assert_eq!(first(&data), first(&future), "{count} series");
    }
}

/// What is forecast from a cutoff depends on the rows before it and no others, on one series and on many, whether networks are
/// trained anew or not.
#[test]
fn a_rolling_origin_knows_no_later_rows() {
    let windows = 3;
    for (count, refit) in [(1, true), (1, false), (3, true), (3, false)] {
        let mut spec = match count {
            1 => ForecastSpec::plain(),
            _ => ForecastSpec::panel("close", 1, HORIZON),
        };
        (spec.data.window, spec.data.horizon) = (WINDOW, HORIZON);
        spec.model.hidden = vec![4];
        spec.model.members = 1;
        spec.train.epochs = 2;
        let forecaster = Forecaster::new(spec).unwrap();
        let plan = RollingSpec {
            windows,
            step: 3,
            refit,
        };
        let roll = |panel: &[Series]| -> Result<Vec<RollingForecast>, Error> {
            forecaster.roll(panel, plan, &[80], |_| ControlFlow::Continue(()))
        };
        let panel = data(count);
        let before = roll(&panel).unwrap();
        assert_eq!(before.len(), windows * count);
        for window in 0..windows {
            // Everything after this cutoff is changed.
            let known = |series: &Series| series.rows() - HORIZON - 3 * (windows - 1 - window);
            let changed: Vec<Series> = panel
                .iter()
                .map(|series| {
                    let columns = series.columns().iter().map(|column| {
                        let mut values = column.values.clone();
                        let later = &mut values[known(series)..];
                        later.iter_mut().for_each(|value| *value = 7.0 - *value);
                        (column.name.clone(), values)
                    });
                    Series::new(series.name(), series.stamps().iter().copied(), columns).unwrap()
                })
                .collect();
            let after = roll(&changed).unwrap();
            for (at, (one, other)) in before.iter().zip(&after).enumerate() {
                if at % windows <= window {
                    assert_eq!(
                        one.forecast, other.forecast,
                        "{count} {refit} {window} {at}"
                    );
                }
            }
            let last = |rolled: &[RollingForecast]| rolled[windows - 1].forecast.clone();
            if window + 1 < windows {
                assert_ne!(last(&before), last(&after), "{count} {refit} {window}");
            }
        }
    }
}
