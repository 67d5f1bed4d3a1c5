//! What is known of the future helps, is needed, and is asked for.

use gatecast::prepare::{CalendarFeature, TargetTransform};
use gatecast::{ErrorKind, ForecastSpec, Forecaster, Series};
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
    // What methods without a network would do is not asked.
    spec.data.validation_folds = 0;
    spec.train.patience = None;
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
            .fit(&series)
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
        .find(|&row| series.stamps()[row].date().unwrap().weekday() == Weekday::Friday)
        .unwrap();
    let known = series.slice(0..friday + 1);
    let next = &fitted.forecast(&known).unwrap();
    assert_eq!(
        next.points[0].date.date().unwrap().weekday(),
        Weekday::Monday
    );
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
        .fit(&series)
        .unwrap();
    let rows = series.rows();
    let friday = (0..rows)
        .rev()
        .find(|&row| series.stamps()[row].date().unwrap().weekday() == Weekday::Friday)
        .unwrap();
    let known = series.slice(0..friday + 1);
    let monday = fitted.forecast(&known).unwrap().points[0].clone();
    let mut options = gatecast::forecast::ForecastOptions::default();
    options.holidays.insert(monday.date.date().unwrap());
    let tuesday = fitted.forecast_with(&known, &options).unwrap();
    assert_eq!(
        tuesday.points[0].date.date().unwrap().weekday(),
        Weekday::Tuesday
    );
    // No Tuesday follows a Friday in its training data; but it is told that this one does.
    assert!(tuesday.points[0].value != monday.value, "{tuesday:?}");
}

#[test]
fn a_model_that_knows_the_calendar_leaks_nothing_and_needs_dates() {
    let mut spec = spec(&CalendarFeature::ALL);
    spec.train.epochs = 2;
    assert_eq!(
        Forecaster::new(spec.clone())
            .unwrap()
            .check_leaks(&gatecast::series::sp500())
            .unwrap(),
        []
    );
    let values: Vec<f64> = mondays().column("close").unwrap().to_vec();
    let undated = Series::undated("rows", [("close", values)]).unwrap();
    let error = Forecaster::new(spec)
        .unwrap()
        .fit(&undated)
        .map(|_| ())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Setting);
    assert_eq!(error.setting(), Some("calendar"), "{error}");
}

#[test]
fn more_steps_than_were_trained_are_refused() {
    let series = mondays();
    let mut spec = spec(&[CalendarFeature::Month]);
    spec.train.epochs = 1;
    let fitted = Forecaster::new(spec).unwrap().fit(&series).unwrap();
    let options = gatecast::forecast::ForecastOptions {
        horizon: Some(2),
        ..Default::default()
    };
    let error = fitted.forecast_with(&series, &options).unwrap_err();
    assert!(error.to_string().contains("or the calendar"), "{error}");
}

/// A walk that jumps by 5 on the days on which `promo` is 1, which nothing else gives away.
fn promotions() -> (Vec<Date>, Vec<f64>, Vec<f64>) {
    let dates: Vec<Date> = date(2016, 1, 1).series(1.day()).take(600).collect();
    let mut noise = 7u32;
    let mut uniform = || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(noise >> 16) / 65_536.0
    };
    let promo: Vec<f64> = (0..600)
        .map(|_| f64::from(u8::from(uniform() < 0.2)))
        .collect();
    let mut level = 500.0;
    let close = promo
        .iter()
        .map(|promo| {
            level += 5.0 * promo - 1.0 + uniform() - 0.5;
            level
        })
        .collect();
    (dates, close, promo)
}

fn known(names: &[&str]) -> ForecastSpec {
    let mut spec = spec(&[]);
    spec.data.future = names.iter().map(|name| (*name).to_string()).collect();
    spec
}

#[test]
fn a_column_that_is_known_ahead_is_used_and_asked_for() {
    let (dates, close, promo) = promotions();
    let series = Series::new("shop", dates, [("close", close), ("promo", promo)]).unwrap();
    let fitted = Forecaster::new(known(&["promo"]))
        .unwrap()
        .fit(&series)
        .unwrap();
    let skill = fitted.scores().unwrap().skill.unwrap();
    assert!(skill > 0.7, "{skill}");
    assert_eq!(
        Forecaster::new(known(&["promo"]))
            .unwrap()
            .check_leaks(&series)
            .unwrap(),
        []
    );

    let error = fitted.forecast(&series).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("\"promo\" is not known for 2017-08-23"),
        "{error}"
    );
    let next = |promo: f64| {
        let ahead = series
            .clone()
            .with_ahead([date(2017, 8, 23)], [("promo", vec![promo])])
            .unwrap();
        let forecast = fitted.forecast(&ahead).unwrap();
        forecast.points[0].value - forecast.last
    };
    assert!(
        next(1.0) > 3.0 && next(0.0) < 0.0,
        "{} {}",
        next(1.0),
        next(0.0)
    );
}

#[test]
fn the_last_rows_of_a_file_may_hold_what_is_known_ahead() {
    let (dates, close, promo) = promotions();
    let mut text = String::from("Date,Close,Promo\n");
    for ((date, close), promo) in dates.iter().zip(&close).zip(&promo) {
        text += &format!("{date},{close},{promo}\n");
    }
    let file = |end: &str| {
        Series::parse(
            "shop.csv",
            format!("{text}{end}").as_bytes(),
            &["close", "promo"],
        )
        .unwrap()
    };
    let fitted = Forecaster::new(known(&["Promo"]))
        .unwrap()
        .fit(&file(""))
        .unwrap();
    let ahead = file("2017-08-23,,1\n2017-08-24,,\n");
    assert_eq!(ahead.rows(), 600);
    assert_eq!(
        ahead.notes(),
        [
            "shop.csv: 1 row was still to come, from 2017-08-23 on, and something is known of them",
            "shop.csv: 1 row was without a value, and left out, the first at line 603 (2017-08-24)",
        ]
    );
    let forecast = fitted.forecast(&ahead).unwrap();
    assert!(
        forecast.points[0].value > forecast.last + 3.0,
        "{forecast:?}"
    );
}

#[test]
fn one_model_for_many_learns_by_what_sets_the_series_apart() {
    // Half the series grow, half shrink, in noise through which four rows hardly show it.
    let mut noise = 3u32;
    let mut uniform = || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(noise >> 16) / 65_536.0
    };
    let panel: Vec<Series> = (0..8)
        .map(|index| {
            let kind = f64::from(index % 2);
            let mut level =
                |row: i32| 500.0 + (2.0 * kind - 1.0) * f64::from(row) + 6.0 * uniform();
            let values = (0..120).map(&mut level).collect();
            Series::undated(
                format!("S{index}"),
                [("y", values), ("kind", vec![kind; 120])],
            )
            .unwrap()
        })
        .collect();
    let mut spec = ForecastSpec::panel("y", 1, 4);
    // A mixture would see the slope in the window.
    spec.data.target_transform = TargetTransform::Residual;
    spec.data.window = 4;
    spec.data.statics = vec!["kind".into()];
    spec.data.validation_folds = 0;
    spec.model.members = 1;
    spec.train.epochs = 20;
    let fit = |spec: ForecastSpec| {
        let fitted = Forecaster::new(spec).unwrap().fit(&panel).unwrap();
        let scores = fitted.panel_scores().unwrap().clone();
        (fitted, scores)
    };
    let (fitted, with) = fit(spec.clone());
    spec.data.statics.clear();
    let (_, without) = fit(spec);
    let (with, without) = (with.model.mae, without.model.mae);
    assert!(with < 0.95 * without, "{with} with, {without} without");
    assert_eq!(fitted.forecast(&panel[0]).unwrap().points.len(), 4);

    let mut values = vec![1.0; 120];
    values[40] = 0.0;
    let torn = Series::undated(
        "torn",
        [
            ("y", panel[0].column("y").unwrap().to_vec()),
            ("kind", values),
        ],
    )
    .unwrap();
    let error = fitted.forecast(&torn).unwrap_err();
    assert!(
        error.to_string().contains("columns have one value"),
        "{error}"
    );
}
