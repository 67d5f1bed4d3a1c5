//! Where checks put what they find, and the words for each kind. What this file is not: it finds
//! nothing itself.

use std::collections::BTreeMap;

use super::view::View;
use super::{Finding, Kind, Spot};

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

impl Kind {
    /// What it is called, in plain words.
    pub fn title(self) -> &'static str {
        match self {
            Self::UnreadableDate => "dates that cannot be read",
            Self::UnreadableCell => "cells that hold no number",
            Self::ConflictingRows => "rows that repeat a date with other values",
            Self::NotPositive => "prices of zero or less",
            Self::OutOfRange => "prices outside high and low",
            Self::Jump => "jumps that look like splits or wrong units",
            Self::MixedAdjustment => "stretches adjusted otherwise than the rest",
            Self::ShiftedDates => "dates that seem to be a day off",
            Self::OffDay => "rows on days without sessions",
            Self::GhostRow => "rows without volume and with one price, as of no session",
            Self::Stale => "runs of the same values",
            Self::MissingSessions => "gaps longer than is usual here",
            Self::NullRow => "rows without a price",
            Self::MissingCell => "rows that lack a number",
            Self::DuplicateRow => "rows that stand twice",
            Self::Unsorted => "rows out of order",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::UnreadableDate => {
                "write them like the others; where all are meant, say how with ‹dates› ymd, mdy, dmy or roc; \
                 rows within a day must be summed up to days first"
            }
            Self::UnreadableCell => {
                "correct or empty the cell; where all are meant, try ‹decimal› comma or point"
            }
            Self::ConflictingRows => {
                "look up which row is right and delete the other; reading stops here"
            }
            Self::NotPositive => "look up the price, or delete the row if there was no trade",
            Self::OutOfRange => {
                "look the row up at another source; where most rows are meant, one of the columns \
                 is adjusted and the others are not"
            }
            Self::Jump => {
                "after a split, divide what is before it (volume: multiply), or fetch the prices \
                 adjusted for splits; put wrong units right; leave it if the market really moved so"
            }
            Self::MixedAdjustment => {
                "fetch the whole range again from one source in one go; do not put adjusted and \
                 unadjusted rows together"
            }
            Self::ShiftedDates => {
                "moments were probably turned into dates in another time zone: fetch dates of the \
                 exchange's zone, or use ‹fix› where all rows are shifted; leave them if the market \
                 is open on these days (Tel Aviv, Riyadh, Cairo)"
            }
            Self::OffDay => "delete the row, unless the exchange says that it was open on that day",
            Self::GhostRow => {
                "delete them, or use ‹fix›: they repeat a price at which nobody traded"
            }
            Self::Stale => {
                "check whether the source filled days without data; delete the repeated rows if it did"
            }
            Self::MissingSessions => {
                "fetch the rows between; leave it if trading was halted or the market closed"
            }
            Self::NullRow => "nothing need be done: reading leaves them out; ‹fix› drops them",
            Self::MissingCell => {
                "fill the cell from another source; reading leaves the row out when the column is used"
            }
            Self::DuplicateRow => "nothing need be done: reading takes one; ‹fix› drops the others",
            Self::Unsorted => {
                "nothing need be done: reading sorts them; ‹fix› writes them in order"
            }
        }
    }

    /// Whether [`super::clean`] puts it right.
    pub fn is_fixable(self) -> bool {
        matches!(
            self,
            Self::ShiftedDates
                | Self::GhostRow
                | Self::NullRow
                | Self::DuplicateRow
                | Self::Unsorted
        )
    }

    /// Whether a series that was read has no trace of it.
    pub(super) fn is_handled_by_reading(self) -> bool {
        matches!(
            self,
            Self::NullRow | Self::MissingCell | Self::DuplicateRow | Self::Unsorted
        )
    }
}
