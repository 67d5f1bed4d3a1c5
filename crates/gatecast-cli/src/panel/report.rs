//! What came of many series: a table, JSON, and a CSV file with the scores of each.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gatecast::forecast::{PanelScores, SeriesScores};
use gatecast::series::Skipped;
use serde::Serialize;

use super::args::PanelArgs;
use crate::common::Common;
use crate::output::{self, Failure, price, quoted};

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    pub(super) series: usize,
    pub(super) skipped: &'a [Skipped],
    /// Series with too little to learn from, forecast by the combination of methods without a network.
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
    /// The same scores of each group, with `--by`.
    pub(super) groups: BTreeMap<String, PanelScores>,
    pub(super) scores: Vec<SeriesScores>,
    /// Pictures and predictions.
    pub(super) files: Vec<PathBuf>,
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
                "{} of them forecast by the combination of methods without a network (such as {}: {})\n",
                report.without_network.len(),
                first.name,
                first.reason,
            );
        }
        let untested = report.series - report.scores.len().min(report.series);
        if untested > 0 && report.test.is_some() {
            text += &format!("{untested} of them too short to be tested\n");
        }
        text += "\n";
        match &report.test {
            Some(test) => text += &(table(test) + &groups(&report.groups)),
            None => {
                text += "No test part was kept (--test 0) or is long enough, so nothing is known about skill.\n"
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
        for path in &report.files {
            text += &format!("\nwritten  {}", path.display());
        }
        output::print(text.trim_end())
    }
}

fn scores_file(scores: &[SeriesScores]) -> String {
    let mut text = String::from(
        "unique_id,rows,mae,smape,mase,seasonal_naive_mae,seasonal_naive_smape,seasonal_naive_mase,last_value_mae,last_value_smape,last_value_mase,msis,wql,coverage80,coverage95\n",
    );
    let number = |value: Option<f64>| value.map_or(String::new(), |v| v.to_string());
    for score in scores {
        text += &format!("{},{}", quoted(&score.name), score.rows);
        for errors in [score.model(), score.seasonal_naive(), score.last_value()] {
            let (smape, mase) = (number(errors.smape), number(errors.mase));
            text += &format!(",{},{smape},{mase}", errors.mae);
        }
        let scores = &score.scores;
        let coverage = ["coverage80", "coverage95"].map(|name| scores.bands.get(name).copied());
        for value in [scores.msis, scores.wql].into_iter().chain(coverage) {
            text += &value.map_or(",".into(), |value| format!(",{value}"));
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
    ) + &standard(test)
}

/// The scores of competitions, in one line.
fn standard(test: &PanelScores) -> String {
    let mut parts = Vec::new();
    let scores = [
        ("OWA", test.owa),
        ("MSIS", test.msis),
        ("weighted quantile loss", test.wql),
    ];
    for (name, score) in scores {
        parts.extend(score.map(|score| format!("{name} {score:.4}")));
    }
    for level in [80, 95] {
        let held = test.coverage.get(&format!("coverage{level}"));
        parts.extend(held.map(|held| format!("band of {level} % held {held:.1} %")));
    }
    match parts.is_empty() {
        true => String::new(),
        false => parts.join("; ") + "\n",
    }
}

/// A line a group.
fn groups(groups: &BTreeMap<String, PanelScores>) -> String {
    if groups.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n{:22}{:>8}{:>12}{:>10}{:>10}{:>9}{:>9}{:>9}  bands held\n",
        "group", "series", "MAE", "sMAPE", "MASE", "OWA", "MSIS", "WQL"
    );
    let number = |value: Option<f64>, digits: usize| {
        value.map_or("–".into(), |value| format!("{value:.digits$}"))
    };
    for (group, scores) in groups {
        let errors = &scores.model;
        let held: Vec<String> = scores
            .coverage
            .values()
            .map(|held| format!("{held:.1} %"))
            .collect();
        text += &format!(
            "{group:22}{:>8}{:>12}{:>10}{:>10}{:>9}{:>9}{:>9}  {}\n",
            scores.scored,
            price(errors.mae),
            number(errors.smape, 3),
            number(errors.mase, 4),
            number(scores.owa, 4),
            number(scores.msis, 3),
            number(scores.wql, 4),
            held.join(", "),
        );
    }
    text
}
