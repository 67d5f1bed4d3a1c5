//! Exponential smoothing, Theta and complex smoothing, fitted by themselves to whole panels, beside what statsforecast
//! makes of them (`tests/golden/make_methods_golden.py`). The panels are read in place.

use std::path::Path;
use std::time::Instant;

use gatecast::forecast::Baseline;
use gatecast::parallel_map;
use serde_json::Value;

/// A series a line, named; a line without numbers is a header.
fn panel(name: &str, part: &str) -> Option<Vec<(String, Vec<f64>)>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/panels")
        .join(format!("{name}_{part}.csv"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    };
    let series = |line: &str| {
        let mut cells = line.split(',').map(|cell| cell.trim_matches('"'));
        let name = cells.next()?.to_string();
        let cells = cells.filter(|cell| !cell.is_empty() && *cell != "NA");
        let values: Option<Vec<f64>> = cells.map(|cell| cell.parse().ok()).collect();
        Some((name, values?))
    };
    Some(text.lines().filter_map(series).collect())
}

/// Mean absolute error over the mean absolute change from season to season; `None` where nothing changed.
fn mase(known: &[f64], after: &[f64], forecast: &[f64], period: usize) -> Option<f64> {
    let lag = if known.len() > period { period } else { 1 };
    let changes = known.iter().zip(&known[lag..]);
    let change = changes.map(|(a, b)| (b - a).abs()).sum::<f64>() / (known.len() - lag) as f64;
    let errors = after.iter().zip(forecast).map(|(a, f)| (a - f).abs());
    (change > 0.0).then(|| errors.sum::<f64>() / after.len() as f64 / change)
}

#[test]
fn on_panels_they_are_no_worse_than_statsforecast() {
    let golden = include_str!("../../../tests/golden/methods.json");
    let golden: Value = serde_json::from_str(golden).unwrap();
    let runs = golden["panels"].as_array().unwrap();
    assert!(runs.len() >= 10, "{}", runs.len());
    for run in runs {
        let (set, method) = (
            run["set"].as_str().unwrap(),
            run["method"].as_str().unwrap(),
        );
        let (Some(known), Some(after)) = (panel(set, "train"), panel(set, "test")) else {
            return;
        };
        let number = |name: &str| run[name].as_u64().unwrap() as usize;
        let (period, horizon) = (number("period"), number("horizon"));
        let baseline = match method {
            "ets" => Baseline::Ets { period },
            "theta" => Baseline::Theta { period },
            _ => Baseline::Ces { period },
        };
        let start = Instant::now();
        let scores = parallel_map(None, known.len(), |index| {
            let ((name, known), (other, after)) = (&known[index], &after[index]);
            assert_eq!(name, other);
            let forecast = baseline.forecast(known, known.len(), &[known.len()], horizon);
            mase(known, after, &forecast, period)
        });
        let scores: Vec<f64> = scores.into_iter().flatten().collect();
        let ours = scores.iter().sum::<f64>() / scores.len() as f64;
        let theirs = run["mase"].as_f64().unwrap();
        let seconds = start.elapsed().as_secs_f64();
        println!("{set} {method}: MASE {ours:.4}, statsforecast {theirs:.4}; {seconds:.2} s");
        assert!(ours <= 1.01 * theirs, "{set} {method}: {ours} {theirs}");
    }
}
