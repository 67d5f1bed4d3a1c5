//! What is known of the future helps, is needed, and is asked for.

use gatecast::prepare::CalendarFeature;
use gatecast::{Error, ForecastSpec, Forecaster, Series};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday, date};

/// A walk that jumps up on Mondays and sinks on the other days.
fn mondays() -> Series {
    let dates: Vec<Date> = date(2015, 1, 1)
        .series(1.day())
        .filter(|date| !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday))
        .take(700)
        .collect();
    let (mut level, mut noise) = (500.0, 1u32);
    let values = dates
        .iter()
        .map(|date| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let jump = if date.weekday() == Weekday::Monday {
                4.0
            } else {
                -1.0
            };
            level += jump + f64::from(noise >> 16) / 65_536.0 - 0.5;
            level
        })
        .collect();
    Series::new("mondays", dates, [("close", values)]).unwrap()
}

fn spec(calendar: &[CalendarFeature]) -> ForecastSpec {
    let mut spec = ForecastSpec::default();
    // Two days do not show which day of the week it is.
    spec.data.window = 2;
    spec.data.validation_folds = 2;
    spec.data.calendar = calendar.to_vec();
    spec.model.members = 1;
    spec.train.epochs = 12;
    spec.train.learning_rate = 0.01;
    spec
}

#[test]
fn the_day_of_the_week_is_learnt_where_it_is_told() {
    let series = mondays();
    let fit = |calendar: &[CalendarFeature]| {
        let fitted = Forecaster::new(spec(calendar))
            .unwrap()
            .fit(&series, |_| {})
            .unwrap();
        let skill = fitted.scores().unwrap().skill.unwrap();
        (fitted, skill)
    };
    let (_, without) = fit(&[]);
    let (fitted, with) = fit(&[CalendarFeature::DayOfWeek]);
    assert!(
        with > 0.7 && with > without + 0.2,
        "{with} with, {without} without"
    );

    // The last row is a Friday or before; forecast up to a Monday and see it jump.
    let rows = series.rows();
    let friday = (0..rows)
        .rev()
        .find(|&row| series.dates()[row].weekday() == Weekday::Friday)
        .unwrap();
    let known = series.slice(0..friday + 1);
    let next = &fitted.forecast(&known).unwrap();
    assert_eq!(next.points[0].date.weekday(), Weekday::Monday);
    assert!(next.points[0].value > next.last + 3.0, "{next:?}");
    let thursday = series.slice(0..friday);
    let next = &fitted.forecast(&thursday).unwrap();
    assert!(next.points[0].value < next.last, "{next:?}");
}

#[test]
fn a_holiday_moves_what_is_known_of_the_day() {
    let series = mondays();
    let fitted = Forecaster::new(spec(&[CalendarFeature::DayOfWeek]))
        .unwrap()
        .fit(&series, |_| {})
        .unwrap();
    let rows = series.rows();
    let friday = (0..rows)
        .rev()
        .find(|&row| series.dates()[row].weekday() == Weekday::Friday)
        .unwrap();
    let known = series.slice(0..friday + 1);
    let monday = fitted.forecast(&known).unwrap().points[0].clone();
    let mut options = gatecast::forecast::ForecastOptions::default();
    options.holidays.insert(monday.date);
    let tuesday = fitted.forecast_with(&known, &options).unwrap();
    assert_eq!(tuesday.points[0].date.weekday(), Weekday::Tuesday);
    // No Tuesday follows a Friday in its training data; but it is told that this one does.
    assert!(tuesday.points[0].value != monday.value, "{tuesday:?}");
}

#[test]
fn a_model_that_knows_the_calendar_leaks_nothing_and_needs_dates() {
    let mut spec = spec(&CalendarFeature::ALL);
    spec.train.epochs = 2;
    assert_eq!(spec.check_leaks(&gatecast::series::sp500()).unwrap(), []);
    let values: Vec<f64> = mondays().column("close").unwrap().to_vec();
    let undated = Series::undated("rows", [("close", values)]).unwrap();
    let error = Forecaster::new(spec)
        .unwrap()
        .fit(&undated, |_| {})
        .map(|_| ())
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Setting {
                name: "calendar",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn more_steps_than_were_trained_are_refused() {
    let series = mondays();
    let mut spec = spec(&[CalendarFeature::Month]);
    spec.train.epochs = 1;
    let fitted = Forecaster::new(spec).unwrap().fit(&series, |_| {}).unwrap();
    let options = gatecast::forecast::ForecastOptions {
        horizon: Some(2),
        ..Default::default()
    };
    let error = fitted.forecast_with(&series, &options).unwrap_err();
    assert!(error.to_string().contains("or the calendar"), "{error}");
}
