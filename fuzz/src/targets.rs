//! What each target does with a damaged file, and what must be true of it: no panic,
//! no more memory than [`most`] allows, and only what a series promises comes out. What this file
//! is not: it makes no inputs. It is compiled into the fuzz targets and into the test
//! `crates/gatecast/tests/damaged_files.rs`, and so it depends on nothing but the library.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use gatecast::forecast::ForecastOptions;
use gatecast::series::{
    Adjustment, Data, DateOrder, Decimal, Fill, Format, PanelOptions, ReadOptions,
};
use gatecast::text::{Corpus, CorpusOptions, FittedTranslator, News, ParallelText};
use gatecast::{FittedForecaster, Series};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// What a file is read as when it is left to its content.
const RECOGNISED: &str = "recognised";

/// The names of all targets, which are those of their folders of seeds: every source, whatever a file
/// is recognised as, and a model.
pub fn names() -> impl Iterator<Item = &'static str> {
    let sources = Format::ALL.iter().map(|format| format.name());
    sources.chain([RECOGNISED, "panel", "model", "corpus"])
}

/// Reads bytes as the target of this name.
///
/// # Panics
/// When there is no such target, or a promise is broken.
pub fn target(name: &str, bytes: &[u8]) {
    let source = Format::ALL.iter().find(|format| format.name() == name);
    match (name, source) {
        ("model", _) => model(bytes),
        ("panel", _) => panel(bytes),
        ("corpus", _) => corpus(bytes),
        (RECOGNISED, _) => series(bytes, None),
        (_, Some(&format)) => series(bytes, Some(format)),
        _ => panic!("there is no target {name:?}"),
    }
}

/// Reads bytes as files that may hold many series, as they are and with other ways to tell them apart.
fn panel(bytes: &[u8]) {
    let plain = PanelOptions::default();
    let named = PanelOptions {
        id: Some("id".into()),
        strict: true,
        ..PanelOptions::default()
    };
    for options in [plain, named] {
        let read = run(bytes.len(), || {
            let data = Data::parse("file", bytes, &options)?;
            let target = data.target()?;
            Ok::<_, gatecast::Error>((data.read(&[&target])?, target))
        });
        match read {
            Ok((panel, target)) => {
                assert!(!panel.series.is_empty());
                panel
                    .series
                    .iter()
                    .for_each(|series| check(series, &[&target]));
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

/// Reads bytes as sentences with labels, with columns by name and without, as sentences with times and as pairs.
fn corpus(bytes: &[u8]) {
    for pairs in [
        run(bytes.len(), || ParallelText::parse_pairs("file", bytes)),
        run(bytes.len(), || {
            ParallelText::parse(("a", bytes), ("b", bytes))
        }),
    ] {
        match pairs {
            Ok(text) => {
                assert!(!text.is_empty());
                let rows = text.len();
                assert_eq!((text.targets.len(), text.lines.len()), (rows, rows));
                let sentences = text.sources.iter().chain(&text.targets);
                assert!(sentences.into_iter().all(|text| !text.trim().is_empty()));
                text.odd_pairs();
                text.hold_out(0);
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    let options = ReadOptions {
        timezone: Some(jiff::tz::TimeZone::UTC),
        ..ReadOptions::default()
    };
    match run(bytes.len(), || {
        News::parse("file", bytes, None, "2", &options)
    }) {
        Ok(news) => assert_eq!(news.texts.len(), news.moments.len()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let named = CorpusOptions {
        text: Some("text".into()),
        label: Some("2".into()),
        map: vec![("1".into(), "one".into())],
    };
    for options in [CorpusOptions::default(), named] {
        match run(bytes.len(), || Corpus::parse("file", bytes, &options)) {
            Ok(corpus) => {
                assert!(!corpus.texts.is_empty());
                let rows = corpus.texts.len();
                assert_eq!((corpus.labels.len(), corpus.lines.len()), (rows, rows));
                assert!(
                    corpus
                        .labels
                        .iter()
                        .all(|&l| (l as usize) < corpus.classes.len())
                );
                assert!(corpus.texts.iter().all(|text| !text.is_empty()));
                corpus.texts.iter().take(100).for_each(|text| {
                    gatecast::text::words(text);
                });
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

/// Reads bytes as a model file.
pub fn model(bytes: &[u8]) {
    let copy = bytes.to_vec();
    if let Ok(translator) = run(bytes.len(), || FittedTranslator::parse("model", copy)) {
        let small = translator.network().parameters() < 10_000;
        // Whatever the weights say, a search ends.
        if small && let Ok(told) = translator.translate(&["a dog", ""], 2) {
            assert_eq!(told.len(), 2);
        }
    }
    let copy = bytes.to_vec();
    let read = run(bytes.len(), || FittedForecaster::parse("model", copy));
    let Ok(model) = read else { return };
    assert!(model.parameters() > 0 || model.network().is_none());
    forecast(&model);
}

/// A model that could be loaded can be asked: it answers or says why not. Only small ones are, so
/// that a run is short.
fn forecast(model: &FittedForecaster) {
    let data = &model.spec().data;
    let layers = model.network().map_or(0, |network| network.specs().len());
    if model.parameters() > 10_000 || layers > 8 || data.window > 64 || data.horizon > 16 {
        return;
    }
    let rows = data.window + 40;
    let dates: Vec<Date> = date(2018, 1, 1).series(1.day()).take(rows).collect();
    let columns = model.columns();
    let columns = columns.iter().map(|name| {
        let values = (0..rows).map(|row| 100.0 + (row % 7) as f64);
        (*name, values.collect())
    });
    let Ok(series) = Series::new("days", dates, columns) else {
        return;
    };
    let series = series.with_adjustment(model.training().adjustment);
    let options = ForecastOptions {
        levels: vec![80],
        ..ForecastOptions::default()
    };
    READING.set(true);
    let asked = catch_unwind(|| {
        let _ = model.forecast(&series);
        let _ = model.forecast_with(&series, &options);
        let _ = model.predict(&series);
    });
    READING.set(false);
    asked.unwrap_or_else(|panic| {
        LAST.with_borrow(|last| eprintln!("{last}"));
        resume_unwind(panic)
    });
}

/// Reads bytes with the default options, and with options that take the other branches: the order of
/// dates, the mark of decimals, an adjustment, columns by name.
fn series(bytes: &[u8], format: Option<Format>) {
    let plain = ReadOptions {
        format,
        ..ReadOptions::default()
    };
    let adjusted = ReadOptions {
        adjust: Adjustment::Dividends,
        ..plain.clone()
    };
    let elsewhere = ReadOptions {
        timezone: jiff::tz::TimeZone::get("Europe/Berlin").ok(),
        fill: Fill::Linear,
        ..plain.clone()
    };
    let chosen = ReadOptions {
        dates: Some(DateOrder::Dmy),
        decimal: Some(Decimal::Comma),
        adjust: Adjustment::Splits,
        ..plain.clone()
    };
    for (options, names) in [
        (plain, &[] as &[&str]),
        (elsewhere, &[]),
        (adjusted, &["close", "volume"]),
        (chosen, &["close"]),
    ] {
        let read = run(bytes.len(), || {
            Series::parse_with("file", bytes, names, &options)
        });
        match read {
            Ok(series) => check(&series, names),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

/// What every series promises, however it was read.
fn check(series: &Series, names: &[&str]) {
    assert!(series.rows() > 0);
    assert!(
        series.stamps().windows(2).all(|pair| pair[0] < pair[1]),
        "dates do not ascend"
    );
    for column in series.columns() {
        assert_eq!(column.values.len(), series.rows(), "{:?}", column.name);
        let odd = column.values.iter().find(|value| !value.is_finite());
        assert_eq!(odd, None, "{:?}", column.name);
    }
    for name in names {
        assert!(series.column(name).is_ok(), "{name} is not there");
    }
    let rhythm = series.rhythm();
    rhythm.steadiness(series.stamps());
    if let Some(&last) = series.stamps().last() {
        rhythm.following(last, 3);
    }
}

/// The most bytes that may be taken for a file of `length` bytes.
pub fn most(length: usize) -> usize {
    2 * length + (64 << 20)
}

/// Runs a reader over a file of `length` bytes.
///
/// # Panics
/// As the reader does, and when it took more memory than it may.
pub fn run<T>(length: usize, read: impl FnOnce() -> T) -> T {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    READING.set(true);
    let result = catch_unwind(AssertUnwindSafe(read));
    READING.set(false);
    let taken = ALLOCATED.peak_usage().saturating_sub(before);
    let result = result.unwrap_or_else(|panic| {
        LAST.with_borrow(|last| eprintln!("{last}"));
        resume_unwind(panic)
    });
    assert!(
        taken <= most(length),
        "{taken} bytes of memory for a file of {length}"
    );
    result
}

thread_local! {
    static READING: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Remembers the message of a panic in a reader instead of printing it, so that those which the
/// reader catches say nothing; [`run`] prints it when it was not caught.
pub fn keep_panics_quiet() {
    std::panic::set_hook(Box::new(|panic| {
        LAST.with_borrow_mut(|last| *last = panic.to_string());
        if !READING.get() {
            eprintln!("{panic}");
        }
    }));
}
