//! What came of many series: a table, JSON, and a CSV file with the scores of each.

use std::path::{Path, PathBuf};

use gatecast::forecast::SeriesScores;
use gatecast::report::{ManyTrained, of_groups, of_panel, quoted};
use serde::Serialize;

use super::args::PanelArgs;
use crate::common::Common;
use crate::output::{self, Failure};

/// What `--json` prints.
#[derive(Serialize)]
pub(super) struct Report<'a> {
    #[serde(flatten)]
    pub(super) results: ManyTrained,
    pub(super) model: Option<&'a Path>,
    /// Pictures and predictions.
    pub(super) files: Vec<PathBuf>,
}

impl PanelArgs {
    /// Writes the scores and prints the rest.
    pub(super) fn report(&self, report: &Report<'_>, common: &Common) -> Result<(), Failure> {
        let results = &report.results;
        if let Some(path) = &self.scores {
            output::write(&[(path.clone(), scores_file(&results.scores).into_bytes())])?;
        }
        if common.json {
            return output::print_json(report);
        }
        let left_out = match results.skipped.len() {
            0 => String::new(),
            count => format!(", {count} left out"),
        };
        let mut text = format!(
            "{} series{left_out}; {:.1} s",
            results.series, results.fit_seconds
        );
        if let Some(busy) = results.cores_busy {
            text += &format!(", cores busy {busy:.0} %");
        }
        text += "\n";
        if let Some(first) = results.without_network.first() {
            text += &format!(
                "{} of them forecast by the combination of methods without a network (such as {}: {})\n",
                results.without_network.len(),
                first.name,
                first.reason,
            );
        }
        let untested = results.series - results.scores.len().min(results.series);
        if untested > 0 && results.test.is_some() {
            text += &format!("{untested} of them too short to be tested\n");
        }
        text += "\n";
        match &results.test {
            Some(test) => text += &(of_panel(test) + &of_groups(&results.groups)),
            None => {
                text += "No test part was kept (--test 0) or is long enough, so nothing is known about skill.\n"
            }
        }
        if let Some(claims) = results.claims.filter(|_| results.test.is_some()) {
            let of = results.scores.len();
            text += &format!(
                "the verdict sees skill on {claims} of {of}; by chance alone it may on {:.0}\n",
                0.05 * of as f64
            );
        }
        match results.leaks.as_deref() {
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
