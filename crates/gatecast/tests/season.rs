//! Seasons that are found by themselves, on made-up data whose best possible error is known and on real
//! ones where they lie beside the project.

use std::f64::consts::{PI, TAU};
use std::path::Path;

use gatecast::forecast::Settings;
use gatecast::{FittedForecaster, Forecaster, Series};
use jiff::SignedDuration;
use jiff::civil::date;

/// Hourly demand with a day that differs on weekends, and noise of this standard deviation, which
/// nobody can forecast.
fn demand(weeks: usize, noise: f64) -> Series {
    // Uniform numbers of a linear congruence, made normal (Box & Muller 1958).
    let mut state = 42u64;
    let mut uniform = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        ((state >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    };
    let mut normal = || (-2.0 * uniform().ln()).sqrt() * (TAU * uniform()).cos();
    let rows = weeks * 168;
    let first = date(2022, 1, 3).at(0, 0, 0, 0);
    let times = (0..rows).map(|row| first + SignedDuration::from_hours(row as i64));
    let value = |row: usize| {
        let (hour, day) = ((row % 24) as f64, row / 24 % 7);
        let work = 10.0 * (TAU * (hour - 7.0) / 24.0).sin() + 4.0 * (2.0 * TAU * hour / 24.0).cos();
        let rest = 6.0 * (TAU * (hour - 11.0) / 24.0).sin() - 8.0;
        100.0 + if day < 5 { work } else { rest }
    };
    let values: Vec<f64> = (0..rows).map(|row| value(row) + noise * normal()).collect();
    Series::new("demand", times, [("demand", values)]).unwrap()
}

fn fit(series: &Series, target: &str, horizon: usize) -> FittedForecaster {
    let mut settings = Settings::default();
    settings.set("target", target).unwrap();
    settings.set("horizon", horizon).unwrap();
    let forecaster = Forecaster::new(settings.spec().unwrap()).unwrap();
    forecaster.fit(series).unwrap()
}

#[test]
fn an_hourly_series_with_days_and_weeks() {
    let fitted = fit(&demand(26, 2.0), "demand", 24);
    assert_eq!(fitted.spec().data.season, 168);
    let scores = fitted.scores().unwrap();
    // The mean size of a normal error.
    let best = 2.0 * (2.0 / PI).sqrt();
    assert!(scores.mae < 1.1 * best, "{} {best}", scores.mae);
    let verdict = fitted.verdict().unwrap();
    assert!(
        verdict.has_skill && verdict.p_value.unwrap() < 0.05,
        "{}",
        verdict.text
    );
}

/// Rows without times show their season by themselves.
#[test]
fn rows_that_are_only_counted() {
    let dated = demand(13, 1.0);
    let values = dated.column("demand").unwrap().to_vec();
    let series = Series::undated("demand", [("demand", values)]).unwrap();
    let fitted = fit(&series, "demand", 24);
    assert_eq!(fitted.spec().data.season, 168);
    assert_eq!(
        fitted.forecast(&series).unwrap().points[0].date.to_string(),
        "2185"
    );
}

#[test]
fn airline_passengers_beat_the_year_before() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/axis/airline_passengers.csv");
    if !file.exists() {
        eprintln!("skipped: {} is not there", file.display());
        return;
    }
    let series = Series::read(file).unwrap();
    let values = series.column("Passengers").unwrap();
    let (mut network, mut naive) = (0.0, 0.0);
    // The last two years, each forecast from the rows before it.
    for cut in [120, 132] {
        let known = series.slice(0..cut);
        let forecast = fit(&known, "Passengers", 12).forecast(&known).unwrap();
        assert_eq!(forecast.points[0].date, series.stamps()[cut]);
        for (step, point) in forecast.points.iter().enumerate() {
            let actual = values[cut + step];
            network += (point.value / actual - 1.0).abs();
            naive += (values[cut + step - 12] / actual - 1.0).abs();
        }
    }
    assert!(network < naive, "{network} {naive}");
}
