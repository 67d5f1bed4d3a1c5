//! The function that clusters carry: what comes of a series depends on its own rows alone, and whatever is wrong with them
//! is a row.
#![cfg(feature = "arrow")]

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type};
use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, TimeUnit};
use gatecast::distributed::{Job, JobSpec, Task};
use gatecast::{ErrorKind, FittedForecaster, ForecastSpec, Forecaster, Series};

/// Rows of a frame: a name, a day, a value.
type Row = (Option<&'static str>, i64, Option<f64>);

fn frame(rows: &[Row]) -> RecordBatch {
    let days: Int64Array = rows
        .iter()
        .map(|(_, day, _)| Some(day * 86_400_000))
        .collect();
    let kind = DataType::Timestamp(TimeUnit::Millisecond, None);
    let columns: [(&str, ArrayRef); 3] = [
        (
            "unique_id",
            Arc::new(rows.iter().map(|(name, ..)| *name).collect::<StringArray>()),
        ),
        ("ds", arrow_cast::cast(&days, &kind).unwrap()),
        (
            "y",
            Arc::new(
                rows.iter()
                    .map(|(_, _, value)| *value)
                    .collect::<Float64Array>(),
            ),
        ),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))
        .unwrap()
}

/// A series of a trend and a swing.
fn rows(name: &'static str, count: i64) -> Vec<Row> {
    let value = |day: i64| 10.0 + 0.5 * day as f64 + 3.0 * (day as f64 * 0.9).sin();
    (0..count)
        .map(|day| (Some(name), day, Some(value(day))))
        .collect()
}

fn small() -> ForecastSpec {
    let mut spec = ForecastSpec::default();
    spec.data.target = "y".into();
    spec.data.features = vec!["y".into()];
    spec.model.hidden = vec![4];
    spec.model.members = 1;
    spec.train.epochs = 2;
    spec
}

fn fit(task: Task) -> Job {
    let spec = Some(small());
    Job::new(
        JobSpec {
            task,
            spec,
            ..JobSpec::default()
        },
        None,
    )
    .unwrap()
}

fn global() -> FittedForecaster {
    let mut spec = ForecastSpec::panel("y", 1, 3);
    spec.model.hidden = vec![4];
    spec.model.members = 1;
    spec.train.epochs = 1;
    let values = |rows: Vec<Row>| -> Vec<f64> { rows.iter().filter_map(|row| row.2).collect() };
    let panel = [
        Series::undated("A", [("y", values(rows("A", 60)))]).unwrap(),
        Series::undated("B", [("y", values(rows("B", 80)))]).unwrap(),
    ];
    Forecaster::new(spec).unwrap().fit(&panel).unwrap()
}

fn forecast() -> Job {
    let spec = JobSpec {
        levels: vec![80],
        ..JobSpec::default()
    };
    Job::new(spec, Some(global())).unwrap()
}

fn texts(batch: &RecordBatch, name: &str) -> Vec<Option<String>> {
    let column = arrow_cast::cast(batch.column_by_name(name).unwrap(), &DataType::Utf8).unwrap();
    column
        .as_string::<i32>()
        .iter()
        .map(|text| text.map(str::to_string))
        .collect()
}

#[test]
fn a_series_gives_the_same_rows_in_any_company() {
    let (a, b, c) = (rows("A", 60), rows("B", 70), rows("C", 50));
    for job in [forecast(), fit(Task::Fit), fit(Task::FitForecast)] {
        let alone: Vec<RecordBatch> = [&a, &b, &c]
            .map(|rows| job.run(&frame(rows)).unwrap())
            .into();
        let together = [&a[..], &b, &c].concat();
        // The rows of B around those of A.
        let between = [&b[..30], &a, &b[30..], &c].concat();
        let mut threads = job.spec().clone();
        threads.threads = 3;
        let side_by_side = match threads.task {
            Task::Forecast => Job::new(threads, Some(global())),
            _ => Job::new(threads, None),
        };
        let of = |batch: &RecordBatch, name: &str| {
            let keep: Vec<usize> = (0..batch.num_rows())
                .filter(|&row| texts(batch, "unique_id")[row].as_deref() == Some(name))
                .collect();
            batch.slice(keep[0], keep.len())
        };
        for (job, all) in [
            (&job, &together),
            (&job, &between),
            (&side_by_side.unwrap(), &together),
        ] {
            let done = job.run(&frame(all)).unwrap();
            for (one, name) in alone.iter().zip(["A", "B", "C"]) {
                assert_eq!(of(&done, name), *one, "{name}");
            }
        }
        assert_eq!(
            *alone[0].schema(),
            *job.schema(&frame(&a).schema()).unwrap()
        );
    }
}

#[test]
fn what_is_wrong_with_a_series_is_one_row() {
    let nothing = rows("none", 40)
        .into_iter()
        .map(|(name, day, _)| (name, day, None))
        .collect::<Vec<Row>>();
    let twice = vec![(Some("twice"), 1, Some(1.0)), (Some("twice"), 1, Some(2.0))];
    let infinite = vec![
        (Some("infinite"), 1, Some(1.0)),
        (Some("infinite"), 2, Some(f64::INFINITY)),
    ];
    let nameless = vec![(None, 1, Some(1.0)), (Some(" "), 2, Some(1.0))];
    let far = vec![(Some("far"), 4_000_000_000, Some(1.0))];
    let all = [rows("good", 60), nothing, twice, infinite, nameless, far].concat();
    for job in [forecast(), fit(Task::Fit), fit(Task::FitForecast)] {
        let done = job.run(&frame(&all)).unwrap();
        let codes: Vec<(Option<String>, Option<String>)> = texts(&done, "unique_id")
            .into_iter()
            .zip(texts(&done, "error_code"))
            .collect();
        let wrong: Vec<(Option<&str>, &str)> = codes
            .iter()
            .filter_map(|(name, code)| Some((name.as_deref(), code.as_deref()?)))
            .collect();
        assert_eq!(
            wrong,
            [
                (Some("none"), "no_rows"),
                (Some("twice"), "malformed"),
                (Some("infinite"), "malformed"),
                (None, "no_name"),
                (Some("far"), "malformed"),
            ]
        );
        let said = texts(&done, "error")
            .into_iter()
            .flatten()
            .collect::<Vec<_>>();
        assert!(
            said[1].contains("row 1") && said[1].contains("row 2"),
            "{said:?}"
        );
        let good = codes.iter().filter(|(_, code)| code.is_none()).count();
        assert_eq!(good, codes.len() - 5);
        if let Some(value) = done.column_by_name("y_hat") {
            assert_eq!(value.null_count(), 5);
            let steps = done
                .column_by_name("step")
                .unwrap()
                .as_primitive::<Int32Type>();
            assert_eq!(steps.value(0), 1);
        }
    }
}

#[test]
fn a_job_travels_whole() {
    for job in [forecast(), fit(Task::Fit)] {
        let bytes = job.to_bytes().unwrap();
        let again = Job::parse(&bytes).unwrap();
        assert_eq!(
            (again.spec(), again.sha256().unwrap()),
            (job.spec(), job.sha256().unwrap())
        );
        let batch = frame(&rows("A", 60));
        assert_eq!(again.run(&batch).unwrap(), job.run(&batch).unwrap());
        for length in [0, 10, 15, 20, 40] {
            let error = Job::parse(&bytes[..length]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Model, "{length}");
        }
    }
}

#[test]
fn a_model_of_a_job_is_a_model_file() {
    let done = fit(Task::Fit).run(&frame(&rows("A", 60))).unwrap();
    let model = done
        .column_by_name("model")
        .unwrap()
        .as_binary::<i32>()
        .value(0);
    let fitted = FittedForecaster::parse("A", model.to_vec()).unwrap();
    assert!(fitted.network().is_some());
    let mae = done
        .column_by_name("mae")
        .unwrap()
        .as_primitive::<Float64Type>()
        .value(0);
    assert_eq!(fitted.scores().unwrap().mae, mae);
    let short = fit(Task::Fit).run(&frame(&rows("A", 4))).unwrap();
    let why = texts(&short, "stand_in")[0].clone().unwrap();
    assert!(why.contains("training part"), "{why}");
}

#[test]
fn settings_that_do_not_fit_are_refused() {
    let model = || Some(global());
    let cases = [
        (JobSpec::default(), None, "task"),
        (
            JobSpec {
                spec: Some(small()),
                ..JobSpec::default()
            },
            model(),
            "task",
        ),
        (
            JobSpec {
                levels: vec![100],
                ..JobSpec::default()
            },
            model(),
            "level",
        ),
        (
            JobSpec {
                isa: Some("mmx".into()),
                ..JobSpec::default()
            },
            model(),
            "isa",
        ),
    ];
    for (spec, model, setting) in cases {
        assert_eq!(Job::new(spec, model).unwrap_err().setting(), Some(setting));
    }
    let spec = JobSpec {
        id: "name".into(),
        ..JobSpec::default()
    };
    let job = Job::new(spec, model()).unwrap();
    let error = job.run(&frame(&rows("A", 9))).unwrap_err();
    assert_eq!(
        (error.kind(), error.column()),
        (ErrorKind::UnknownColumn, Some("name"))
    );
}
