//! One time axis out of the stamps of a column: all of one unit, instants where the zone is known, days
//! where each has its one row. What this file is not: it reads no cells, and infers no rhythm.

use std::collections::BTreeSet;

use jiff::tz::{AmbiguousOffset, TimeZone};

use super::stamp::{Stamp, Unit};

/// Why stamps make no axis; the first one at fault.
pub(super) enum Odd {
    /// It has no offset from UTC, while others have one.
    NoOffset(usize),
    /// The clock of the zone never showed it.
    Skipped(usize),
}

/// Makes all stamps of one unit, and instants where `zone` is given. Says which local time the clock showed
/// twice without the rows telling which of the two it is; it is taken for the first.
pub(super) fn unify(stamps: &mut [Stamp], zone: Option<&TimeZone>) -> Result<Option<usize>, Odd> {
    let mut has = [false; 3];
    for stamp in &*stamps {
        match stamp.unit() {
            Unit::Day => has[0] = true,
            Unit::Time => has[1] = true,
            Unit::Instant => has[2] = true,
            _ => {}
        }
    }
    let [day, time, instant] = has;
    if instant && (day || time) {
        let odd = stamps
            .iter()
            .position(|stamp| stamp.unit() != Unit::Instant);
        return Err(Odd::NoOffset(odd.unwrap_or(0)));
    }
    if day && time {
        for stamp in &mut *stamps {
            if let (Unit::Day, Some(local)) = (stamp.unit(), stamp.local()) {
                *stamp = Stamp::time(local);
            }
        }
    }
    match zone {
        Some(zone) if instant => {
            stamps
                .iter_mut()
                .for_each(|stamp| *stamp = stamp.in_zone(zone));
            Ok(None)
        }
        Some(zone) if time => to_instants(stamps, zone),
        _ => Ok(None),
    }
}

/// Local times as instants. A time that the clock shows twice is the second of the two where the row before
/// it is the first, or later.
fn to_instants(stamps: &mut [Stamp], zone: &TimeZone) -> Result<Option<usize>, Odd> {
    /// Rows within which a time comes again: an hour of half minutes.
    const AGAIN: usize = 120;
    let newest_first = stamps.first() > stamps.last();
    if newest_first {
        stamps.reverse();
    }
    let rows = stamps.len();
    let in_file = |row: usize| if newest_first { rows - 1 - row } else { row };
    let mut before: Option<Stamp> = None;
    let mut guessed = None;
    for row in 0..rows {
        let local = stamps[row];
        let Some(time) = local.local() else { continue };
        let stamp = match zone.to_ambiguous_timestamp(time).offset() {
            AmbiguousOffset::Unambiguous { offset } => Stamp::instant(time, offset.seconds()),
            AmbiguousOffset::Gap { .. } => return Err(Odd::Skipped(in_file(row))),
            AmbiguousOffset::Fold {
                before: first,
                after: second,
            } => {
                let first = Stamp::instant(time, first.seconds());
                let again = before.is_some_and(|before| before >= first);
                let later = &stamps[row + 1..rows.min(row + AGAIN)];
                if !again && !later.contains(&local) {
                    guessed = guessed.or(Some(in_file(row)));
                }
                match again {
                    true => Stamp::instant(time, second.seconds()),
                    false => first,
                }
            }
        };
        before = Some(stamp);
        stamps[row] = stamp;
    }
    if newest_first {
        stamps.reverse();
    }
    Ok(guessed)
}

/// The time of day of the first stamp where every day has one, all at one time, or at two that are an
/// hour apart as summer and winter are; none where that is not so. It is 0 for days.
pub(super) fn one_a_day(stamps: &[Stamp]) -> Option<i64> {
    const HOUR: i64 = 3_600_000;
    /// Rows by which two times are those of summer and winter.
    const MANY: usize = 20;
    let first = stamps.first()?;
    match first.unit() {
        Unit::Day => return Some(0),
        Unit::Time | Unit::Instant => {}
        _ => return None,
    }
    let mut times = BTreeSet::new();
    let few = stamps.iter().all(|stamp| {
        times.insert(stamp.time_of_day());
        times.len() <= 2
    });
    let apart = times.last()? - times.first()?;
    let of_days = match times.len() {
        1 => first.time_of_day() == 0 || stamps.len() > 1,
        _ => few && apart == HOUR && stamps.len() >= MANY,
    };
    if !of_days {
        return None;
    }
    let days: BTreeSet<Stamp> = stamps.iter().filter_map(|stamp| stamp.on_day()).collect();
    let different: BTreeSet<&Stamp> = stamps.iter().collect();
    (days.len() == different.len()).then(|| first.time_of_day())
}
