//! Where checks put what they find, in order. What this file is not: it finds
//! nothing itself.

use std::collections::BTreeMap;

use super::findings::{Finding, Kind, Spot};
use super::view::View;

/// Spots that a finding names one by one.
const FEW: usize = 5;

/// Findings as they come.
#[derive(Default)]
pub(super) struct Report {
    spots: BTreeMap<Kind, Vec<Spot>>,
    pub(super) remarks: Vec<String>,
}

impl Report {
    pub(super) fn add(&mut self, view: &View, kind: Kind, row: usize, what: impl Into<String>) {
        self.spots.entry(kind).or_default().push(Spot {
            place: view.table.place(row),
            date: view.dates[row],
            what: what.into(),
        });
    }

    pub(super) fn remark(&mut self, text: String) {
        self.remarks.push(text);
    }

    /// One entry a kind, the gravest first.
    pub(super) fn findings(self) -> (Vec<Finding>, Vec<String>) {
        let findings = self.spots.into_iter().map(|(kind, mut spots)| {
            spots.sort_by_key(|spot| spot.place);
            let count = spots.len();
            spots.truncate(FEW);
            Finding {
                kind,
                title: kind.title(),
                count,
                spots,
                remedy: kind.remedy(),
                fixable: kind.is_fixable(),
            }
        });
        (findings.collect(), self.remarks)
    }
}
