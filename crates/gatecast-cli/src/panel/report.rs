//! What came of many series: a table, JSON, and a CSV file with the scores of each.

use std::path::Path;

use gatecast::forecast::{PanelScores, SeriesScores};
use gatecast::series::Skipped;
use serde::Serialize;

use super::args::PanelArgs;
use crate::common::Common;
use crate::output::{self, Failure, price};

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    pub(super) series: usize,
    pub(super) skipped: &'a [Skipped],
    /// Series that are too short for a network, forecast by the combination of methods.
    pub(super) without_network: Vec<Skipped>,
    pub(super) rows: usize,
    pub(super) fit_seconds: f64,
    /// Share of the time that the cores were busy, in per cent; null where it is not known.
    pub(super) cores_busy: Option<f64>,
    pub(super) test: Option<PanelScores>,
    /// Series on which the verdict sees skill; null for one model.
    pub(super) claims: Option<usize>,
    pub(super) model: Option<&'a Path>,
    /// Empty when nothing leaks; null when it was not checked.
    pub(super) leaks: Option<Vec<String>>,
    pub(super) scores: Vec<SeriesScores>,
}

impl PanelArgs {
    /// Writes the scores and prints the rest.
    pub(super) fn report(&self, report: &Report<'_>, common: &Common) -> Result<(), Failure> {
        if let Some(path) = &self.scores {
            output::write(&[(path.clone(), scores_file(&report.scores).into_bytes())])?;
        }
        if common.json {
            return output::print_json(report);
        }
        let left_out = match report.skipped.len() {
            0 => String::new(),
            count => format!(", {count} left out"),
        };
        let mut text = format!(
            "{} series{left_out}; {:.1} s",
            report.series, report.fit_seconds
        );
        if let Some(busy) = report.cores_busy {
            text += &format!(", cores busy {busy:.0} %");
        }
        text += "\n";
        if let Some(first) = report.without_network.first() {
            text += &format!(
                "{} of them forecast by the combination of methods, too short for a network (such as {}: {})\n",
                report.without_network.len(),
                first.name,
                first.reason,
            );
        }
        text += "\n";
        match &report.test {
            Some(test) => text += &table(test),
            None => {
                text +=
                    "No rows were kept for testing (--test 0), so nothing is known about skill.\n"
            }
        }
        if let Some(claims) = report.claims.filter(|_| report.test.is_some()) {
            let of = report.scores.len();
            text += &format!(
                "the verdict sees skill on {claims} of {of}; by chance alone it may on {:.0}\n",
                0.05 * of as f64
            );
        }
        match report.leaks.as_deref() {
            None => {}
            Some([]) => text += output::NO_LEAKS,
            Some(leaks) => text.extend(leaks.iter().map(|leak| format!("\nLeak: {leak}."))),
        }
        if let Some(model) = report.model {
            text += &format!("\nmodel    {}", model.display());
        }
        if let Some(path) = &self.scores {
            text += &format!("\nwritten  {}", path.display());
        }
        output::print(text.trim_end())
    }
}

/// A cell of CSV.
pub(super) fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.into()
    }
}

fn scores_file(scores: &[SeriesScores]) -> String {
    let mut text = String::from(
        "unique_id,rows,mae,smape,mase,seasonal_naive_mae,seasonal_naive_smape,seasonal_naive_mase,last_value_mae,last_value_smape,last_value_mase\n",
    );
    for score in scores {
        text += &format!("{},{}", quoted(&score.name), score.rows);
        for errors in [score.model(), score.seasonal_naive(), score.last_value()] {
            let number = |value: Option<f64>| value.map_or(String::new(), |v| v.to_string());
            let (smape, mase) = (number(errors.smape), number(errors.mase));
            text += &format!(",{},{smape},{mase}", errors.mae);
        }
        text.push('\n');
    }
    text
}

/// Means over the series, and how the skill is spread.
pub(crate) fn table(test: &PanelScores) -> String {
    let mut text = format!(
        "{:22}{:>12}{:>10}{:>10}\n",
        "mean over the series", "MAE", "sMAPE", "MASE"
    );
    let model = [("model".to_string(), &test.model)];
    // A model of before remembers two.
    let remembered = [
        ("seasonal naive".to_string(), &test.seasonal_naive),
        ("last value".to_string(), &test.last_value),
    ];
    let remembered = remembered.into_iter().filter(|_| test.baselines.is_empty());
    let baselines = test.baselines.iter();
    let baselines = baselines.map(|baseline| (baseline.name.clone(), &baseline.errors));
    for (name, errors) in model.into_iter().chain(baselines).chain(remembered) {
        text += &format!(
            "{name:22}{:>12}{:>10}{:>10}\n",
            price(errors.mae),
            errors
                .smape
                .map_or("–".into(), |smape| format!("{smape:.3}")),
            errors.mase.map_or("–".into(), |mase| format!("{mase:.4}")),
        );
    }
    let skill: Vec<String> = test
        .skill
        .iter()
        .map(|skill| format!("{skill:.3}"))
        .collect();
    text + &format!(
        "better than {} on {:.0} % of {} series; skill at 10, 25, 50, 75, 90 % of them: {}\n",
        test.baseline,
        100.0 * test.better,
        test.scored,
        skill.join("  "),
    )
}
