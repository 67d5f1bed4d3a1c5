//! From headlines to a forecast, and no leak on the way: a headline counts for the first session that closes
//! after it, so that one that comes after the cutoff changes no feature, weight or forecast before it. When a
//! session closes is told here by instants, not by the days that the library counts in.

use std::fmt::Write as _;

use gatecast::nn::Sequential;
use gatecast::prepare::{ScalerKind, TargetTransform};
use gatecast::series::{Data, PanelOptions, ReadOptions};
use gatecast::text::{Classifier, ClassifierSpec, Corpus, CorpusOptions, FittedClassifier, News};
use gatecast::{ErrorKind, ForecastSpec, Forecaster, Series};
use jiff::civil::{Date, Time, Weekday, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

const CLOSE: Time = Time::constant(16, 0, 0, 0);
/// Rows of the test part, of 80.
const TEST: usize = 16;

fn zone() -> TimeZone {
    TimeZone::get("America/New_York").unwrap()
}

/// A headline of the made-up news.
#[derive(Clone, Copy)]
struct Headline {
    at: Timestamp,
    good: bool,
}

/// Two classes that a bag of words tells apart.
fn classifier() -> FittedClassifier {
    let rows = (0..40).map(|row| match row % 2 {
        0 => format!("profit {row} soars\tgood\n"),
        _ => format!("profit {row} sinks\tbad\n"),
    });
    let text: String = rows.collect();
    let corpus = Corpus::parse("made up", text.as_bytes(), &CorpusOptions::default()).unwrap();
    let spec = ClassifierSpec {
        folds: 0,
        ..ClassifierSpec::default()
    };
    Classifier::new(spec).unwrap().fit(&corpus).unwrap()
}

/// Weekdays but for a holiday; the clock is put forward on 11 March.
fn sessions() -> Vec<Date> {
    let days = date(2018, 1, 2).series(1.day());
    let open = |day: &Date| {
        !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && *day != date(2018, 2, 19)
    };
    days.filter(open).take(80).collect()
}

/// A headline every seven hours and some minutes, by day and by night, with a week of silence.
fn headlines() -> Vec<Headline> {
    let start: Timestamp = "2018-01-02T20:30:00Z".parse().unwrap();
    let all = (0..420_i64).map(|n| Headline {
        at: start + (n * 427).minutes(),
        good: n * n % 7 < 3,
    });
    let silent = |at: Timestamp| {
        let day = at.to_zoned(zone()).date();
        (date(2018, 3, 5)..date(2018, 3, 12)).contains(&day)
    };
    all.filter(|headline| !silent(headline.at)).collect()
}

/// The prices with what the headlines of each session come to, by way of the files between the two.
fn joined(classifier: &FittedClassifier, headlines: &[Headline]) -> Series {
    let mut text = String::from("published,headline\n");
    for Headline { at, good } in headlines {
        let word = if *good { "soars" } else { "sinks" };
        writeln!(text, "{at},profit {word}").unwrap();
    }
    let options = ReadOptions {
        timezone: Some(zone()),
        ..ReadOptions::default()
    };
    let news = News::parse("news", text.as_bytes(), None, "published", &options).unwrap();
    let csv = classifier.by_day(&news, Some(CLOSE)).to_csv().unwrap();
    let none: &[&str] = &[];
    let daily = Series::parse("sentiment", &csv, none).unwrap();
    let days = sessions();
    let close = (0..days.len()).map(|row| 100.0 + 3.0 * (row as f64 * 0.9).sin());
    let prices = Series::new("prices", days.clone(), [("close", close.collect())]).unwrap();
    prices.join(&daily).unwrap()
}

/// The first session that closes after a time.
fn session_after(at: Timestamp) -> Option<usize> {
    let closes = |day: &Date| day.to_datetime(CLOSE).to_zoned(zone()).unwrap().timestamp();
    sessions().iter().position(|day| closes(day) > at)
}

/// The first row in which two series differ.
fn first_difference(one: &Series, other: &Series) -> Option<usize> {
    assert_eq!(one.stamps(), other.stamps());
    let columns = one.columns().iter().zip(other.columns());
    let rows = columns.filter_map(|(a, b)| {
        let mut pairs = a.values.iter().zip(&b.values);
        pairs.position(|(a, b)| a.to_bits() != b.to_bits())
    });
    rows.min()
}

#[test]
fn every_headline_counts_first_for_the_session_that_closes_after_it() {
    let classifier = classifier();
    let headlines = headlines();
    let before = joined(&classifier, &headlines);
    assert_eq!(before.rows(), 80);
    let total: f64 = before.column("count").unwrap().iter().sum();
    let counted = headlines.iter().filter(|h| session_after(h.at).is_some());
    assert_eq!(total as usize, counted.count());
    let silent = before
        .column("count")
        .unwrap()
        .iter()
        .filter(|&&c| c == 0.0);
    assert!(silent.count() >= 3);
    for at in 0..headlines.len() {
        let mut other = headlines.clone();
        other[at].good = !other[at].good;
        let want = session_after(headlines[at].at);
        let found = first_difference(&before, &joined(&classifier, &other));
        assert_eq!(found, want, "{}, changed", headlines[at].at);
        if at > 0 {
            other.remove(at);
            let found = first_difference(&before, &joined(&classifier, &other));
            assert_eq!(found, want, "{}, removed", headlines[at].at);
        }
    }
}

/// What a model has learnt, and what it forecasts from the rows before the test part: all as bits.
fn learnt(spec: &ForecastSpec, series: &Series) -> (Vec<u32>, Vec<u64>) {
    let fitted = Forecaster::new(spec.clone()).unwrap().fit(series).unwrap();
    assert_eq!(fitted.training().joined, ["count", "mean_good"]);
    let network: &Sequential = fitted.network().unwrap();
    let weights = network.tensors().flat_map(|(_, _, values)| values);
    let history = fitted.history().epochs.iter();
    let losses = history.flat_map(|epoch| [Some(epoch.loss), epoch.val_loss]);
    let known = series.slice(0..series.rows() - TEST);
    let forecast = fitted.forecast(&known).unwrap();
    let values = forecast.points.iter().map(|point| point.value);
    (
        weights.map(|weight| weight.to_bits()).collect(),
        values.chain(losses.flatten()).map(f64::to_bits).collect(),
    )
}

#[test]
fn headlines_after_the_cutoff_change_no_weight_and_no_forecast() {
    let classifier = classifier();
    let headlines = headlines();
    let series = joined(&classifier, &headlines);
    let cutoff = series.rows() - TEST;
    let (mut later, mut earlier) = (headlines.clone(), headlines.clone());
    let is_later = |h: &Headline| session_after(h.at).is_none_or(|row| row >= cutoff);
    later
        .iter_mut()
        .filter(|h| is_later(h))
        .for_each(|h| h.good = !h.good);
    let mut nth = 0;
    later.retain(|h| {
        nth += 1;
        !is_later(h) || nth % 3 > 0
    });
    let changed = later.iter().filter(|h| is_later(h)).count();
    assert!(changed > 20 && later.len() < headlines.len());
    // One headline of the last session before the cutoff.
    let last = earlier.iter().rposition(|h| !is_later(h)).unwrap();
    earlier[last].good = !earlier[last].good;
    for (scaler, transform, folds) in [
        (ScalerKind::Window, TargetTransform::Residual, 2),
        (ScalerKind::Standard, TargetTransform::Price, 0),
        (ScalerKind::MeanRange, TargetTransform::LogReturn, 2),
    ] {
        let mut spec = ForecastSpec::default();
        spec.data.features = ["close", "count", "mean_good"].map(Into::into).to_vec();
        (spec.data.window, spec.data.horizon) = (4, 2);
        (spec.data.scaler, spec.data.target_transform) = (scaler, transform);
        (spec.data.validation, spec.data.validation_folds) = (0.0, folds);
        spec.model.hidden = vec![3];
        spec.model.members = 1;
        spec.train.epochs = 3;
        spec.train.patience = None;
        let before = learnt(&spec, &series);
        assert_eq!(before, learnt(&spec, &joined(&classifier, &later)));
        assert_ne!(before, learnt(&spec, &joined(&classifier, &earlier)));
        let forecaster = Forecaster::new(spec).unwrap();
        assert_eq!(forecaster.check_leaks(&series).unwrap(), []);
    }
}

#[test]
fn a_model_asks_for_what_was_joined_and_takes_none_of_it_as_known_ahead() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let mut prices = String::from("Date,Close\n");
    for (row, day) in sessions().iter().enumerate() {
        writeln!(prices, "{day},{}", 100.0 + (row as f64).sin()).unwrap();
    }
    let mut news = String::from("date,count,mood,other\n");
    for (row, day) in sessions().iter().enumerate() {
        writeln!(news, "{day},{},0.{},1", 1 + row % 3, row % 10).unwrap();
    }
    let prices = write("prices.csv", &prices);
    let news = write("news.csv", &news);
    let options = PanelOptions {
        join: vec![news],
        ..PanelOptions::default()
    };
    let data = Data::open(&[&prices], &options).unwrap();
    let series = data.read(&["close", "mood"]).unwrap().series.remove(0);
    let mut spec = ForecastSpec::default();
    spec.data.features = vec!["close".into(), "mood".into()];
    spec.train.epochs = 1;
    let fitted = Forecaster::new(spec.clone()).unwrap().fit(&series).unwrap();
    let model = folder.path().join("m.safetensors");
    fitted.save(&model).unwrap();
    let fitted = gatecast::FittedForecaster::load(&model).unwrap();
    assert_eq!(fitted.training().joined, ["mood"]);
    assert_eq!(fitted.read_data(&data).unwrap().series[0], series);
    let error = fitted.read(&prices).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownColumn);
    assert!(
        error.to_string().contains("lacks the column \"mood\""),
        "{error}"
    );
    assert!(error.help().unwrap().contains("‹join›"));

    for name in ["future", "static"] {
        let mut spec = spec.clone();
        spec.data.features.pop();
        match name {
            "future" => spec.data.future.push("mood".into()),
            _ => spec.data.statics.push("mood".into()),
        }
        let error = Forecaster::new(spec).unwrap().check(&series).unwrap_err();
        assert_eq!(error.setting(), Some(name), "{error}");
        assert!(error.to_string().contains("‹join›"), "{error}");
    }
}
