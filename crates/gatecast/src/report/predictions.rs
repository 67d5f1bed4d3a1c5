//! The CSV file of every forecast of a test part: a line a step of each window, with the last stamp that it knew, what
//! happened, the ends of its bands and what every baseline said. What it lacks is left empty.

use super::quoted;
use crate::forecast::{Baseline, Predictions};
use crate::series::Series;

/// Levels of its bands, in per cent.
const LEVELS: [u8; 2] = [80, 95];

/// The file as it grows.
pub struct PredictionsFile {
    text: String,
}

impl PredictionsFile {
    /// Only the names of its columns.
    #[allow(clippy::new_without_default)] // a file without rows is no default of anything
    pub fn new() -> Self {
        let mut text = String::from("unique_id,ds,cutoff,y,forecast");
        for level in LEVELS {
            text += &format!(",lower{level},upper{level}");
        }
        for kind in Baseline::KINDS {
            text += &format!(",{kind}");
        }
        text.push('\n');
        Self { text }
    }

    /// The forecasts of a series.
    pub fn add(&mut self, series: &Series, predictions: &Predictions) {
        let (stamps, horizon) = (series.stamps(), predictions.horizon);
        let name = quoted(series.name());
        for (window, first) in predictions.dates.iter().enumerate() {
            let row = stamps.partition_point(|stamp| stamp < first);
            let cutoff = stamps[row - 1];
            for step in 0..horizon {
                let at = window * horizon + step;
                let (truth, value) = (predictions.actual[at], predictions.forecast()[at]);
                self.text += &format!("{name},{},{cutoff},{truth},{value}", stamps[row + step]);
                for level in LEVELS {
                    let band = predictions.bands.iter().find(|band| band.level == level);
                    self.text += &match band {
                        Some(band) => {
                            format!(",{},{}", value - band.below[at], value + band.above[at])
                        }
                        None => ",,".into(),
                    };
                }
                for kind in Baseline::KINDS {
                    let mut all = predictions.baselines.iter();
                    let baseline = all.find(|(baseline, _)| baseline.kind() == kind);
                    self.text += &match baseline {
                        Some((_, values)) => format!(",{}", values[at]),
                        None => ",".into(),
                    };
                }
                self.text.push('\n');
            }
        }
    }

    /// What has been added, as CSV in UTF-8.
    pub fn into_bytes(self) -> Vec<u8> {
        self.text.into_bytes()
    }
}
