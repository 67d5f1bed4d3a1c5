//! A table with its cells typed once: dates, numbers, what each column is, and which rows are
//! sound. What this file is not: it reports nothing; the checks do.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::error::{Result, fail};
use crate::series::Fault;
use crate::series::ReadOptions;
use crate::series::axis::{self, Odd};
use crate::series::numbers::Number;
use crate::series::stamp::{Stamp, Unit};
use crate::series::table::{Reading, Table};

pub(super) struct View {
    pub(super) table: Table,
    pub(super) reading: Reading,
    /// Of each row, in order of the file like all that follows.
    pub(super) dates: Vec<Option<Stamp>>,
    pub(super) columns: Vec<Numbers>,
    /// Rows without any price.
    pub(super) null: Vec<bool>,
    /// Rows without volume and with one price.
    pub(super) ghost: Vec<bool>,
    /// Dated rows, in order of date; of one date in order of the file.
    pub(super) order: Vec<usize>,
    /// Rows of `order` that are neither null nor ghosts, the first of each date.
    pub(super) sound: Vec<usize>,
    /// Whose clock shows the times.
    pub(super) zone: Option<TimeZone>,
    /// Days that usually lie between two of them.
    step: f64,
}

/// A column of numbers.
pub(super) struct Numbers {
    /// Its place in the table.
    pub(super) index: usize,
    /// The library's name for it, in lower case.
    pub(super) key: String,
    pub(super) values: Vec<Number>,
    /// Most of its cells are empty: reading leaves it out, not the rows.
    pub(super) mostly_empty: bool,
    /// Nobody needs it: it has no name, or repeats what the closes tell.
    pub(super) minor: bool,
}

/// The four prices of a session.
pub(super) const BAR: [&str; 4] = ["open", "high", "low", "close"];

impl View {
    pub(super) fn new(table: Table, options: &ReadOptions) -> Result<Self> {
        if table.rows() == 0 {
            return fail(Fault::NoRows { file: table.file });
        }
        let reading = table.reading(options, None)?;
        let zone = options.timezone.clone();
        let zone = zone.or_else(|| table.zone(&reading));
        let dates = stamps(&table, &reading, zone.as_ref())?;
        let columns: Vec<Numbers> = (0..table.header.len())
            .filter(|&index| !reading.is_time(index))
            .filter_map(|index| Numbers::of(&table, &reading, index))
            .collect();
        let rows = table.rows();
        let mut view = Self {
            table,
            reading,
            dates,
            columns,
            null: vec![false; rows],
            ghost: vec![false; rows],
            order: Vec::new(),
            sound: Vec::new(),
            zone,
            step: 1.0,
        };
        view.find_order();
        view.find_null();
        view.find_ghosts();
        let (null, ghost) = (&view.null, &view.ghost);
        let real = view.order.iter().filter(|&&row| !null[row] && !ghost[row]);
        view.sound = real.copied().collect();
        view.sound.dedup_by_key(|row| view.dates[*row]);
        let apart = |pair: &[usize]| view.apart(pair[0], pair[1]);
        let mut steps: Vec<f64> = view.sound.windows(2).filter_map(apart).collect();
        steps.sort_by(f64::total_cmp);
        view.step = steps.get(steps.len() / 2).copied().unwrap_or(1.0);
        Ok(view)
    }

    fn find_order(&mut self) {
        let dates = &self.dates;
        self.order = (0..dates.len())
            .filter(|&row| dates[row].is_some())
            .collect();
        self.order.sort_by_key(|&row| (dates[row], row));
    }

    /// The column that goes by this name; of several the first.
    pub(super) fn find(&self, key: &str) -> Option<&Numbers> {
        self.columns.iter().find(|column| column.key == key)
    }

    /// Open, high, low and close, as far as there are such columns.
    pub(super) fn bar(&self) -> Vec<&Numbers> {
        BAR.iter().filter_map(|key| self.find(key)).collect()
    }

    /// The column whose changes are looked at: the close, or the only column of numbers.
    pub(super) fn main(&self) -> Option<&Numbers> {
        let only = || match &self.columns[..] {
            [only] => Some(only),
            _ => None,
        };
        self.find("close")
            .or_else(|| self.find("adj close"))
            .or_else(only)
    }

    fn find_null(&mut self) {
        let mut prices = self.bar();
        prices.extend(self.find("adj close"));
        if prices.is_empty() {
            prices = self.columns.iter().collect();
        }
        let prices: Vec<_> = prices.into_iter().filter(|c| !c.mostly_empty).collect();
        let null = |row: usize| {
            !prices.is_empty() && prices.iter().all(|c| c.values[row] == Number::Missing)
        };
        self.null = (0..self.table.rows()).map(null).collect();
    }

    /// A market whose volume is always zero, such as currencies, has no ghosts; nor have minutes, in
    /// many of which nobody trades.
    fn find_ghosts(&mut self) {
        if self.unit() != Unit::Day {
            return;
        }
        let Some(volume) = self.find("volume") else {
            return;
        };
        let zero = |row: usize| volume.values[row] == Number::Is(0.0);
        if (0..self.table.rows()).filter(|&row| zero(row)).count() * 2 > self.table.rows() {
            return;
        }
        let bar = self.bar();
        let mut ghost = vec![false; self.table.rows()];
        let mut before: Option<f64> = None;
        for &row in &self.order {
            let mut values = bar.iter().filter_map(|column| column.values[row].value());
            let Some(first) = values.next() else {
                continue;
            };
            // With the close alone, one price means that of the day before.
            let same = match bar.len() {
                1 => before == Some(first),
                _ => values.all(|value| value == first),
            };
            ghost[row] = zero(row) && same;
            before = Some(first);
        }
        self.ghost = ghost;
    }

    /// A number that the checks work with.
    pub(super) fn value(&self, column: &Numbers, row: usize) -> Option<f64> {
        column.values[row].value()
    }

    /// Days from one row to another, or rows where these are numbered.
    fn apart(&self, from: usize, to: usize) -> Option<f64> {
        Some(self.dates[to]?.position() - self.dates[from]?.position())
    }

    /// Whether two rows follow one another closely enough to be compared: by ten usual steps.
    pub(super) fn near(&self, before: usize, after: usize) -> bool {
        let near = (10.0 * self.step).max(30.0);
        self.apart(before, after).is_some_and(|apart| apart <= near)
    }

    /// The calendar day of a row, where rows are days.
    pub(super) fn day(&self, row: usize) -> Option<Date> {
        self.dates[row]
            .filter(|stamp| stamp.unit() == Unit::Day)?
            .date()
    }

    /// What its rows stand on.
    pub(super) fn unit(&self) -> Unit {
        self.dates
            .iter()
            .flatten()
            .next()
            .map_or(Unit::Day, |stamp| stamp.unit())
    }

    /// A cell as messages quote it.
    pub(super) fn quote(&self, row: usize, index: usize) -> String {
        match &*self.table.text(row, index) {
            "" => "empty".into(),
            cell => format!("{:?}", cell.chars().take(40).collect::<String>()),
        }
    }
}

/// The stamps of all rows, on one axis.
fn stamps(table: &Table, reading: &Reading, zone: Option<&TimeZone>) -> Result<Vec<Option<Stamp>>> {
    let mut stamps: Vec<Option<Stamp>> = (0..table.rows())
        .map(|row| table.stamp(reading, row, row as i64 + 1).ok())
        .collect();
    let mut known: Vec<Stamp> = stamps.iter().flatten().copied().collect();
    let rows: Vec<usize> = (0..stamps.len())
        .filter(|&row| stamps[row].is_some())
        .collect();
    if let Err(Odd::NoOffset(odd) | Odd::Skipped(odd)) = axis::unify(&mut known, zone) {
        let column = reading.time.map_or(0, |time| time.column);
        return fail(table.bad_cell(
            rows[odd],
            column,
            "a time that the zone's clock shows, and an offset where others have one",
        ));
    }
    let of_days = axis::one_a_day(&known).is_some();
    for (row, stamp) in rows.into_iter().zip(known) {
        stamps[row] = if of_days { stamp.on_day() } else { Some(stamp) };
    }
    Ok(stamps)
}

impl Numbers {
    /// A column that is known by its name to hold numbers, or most of whose filled cells are some.
    fn of(table: &Table, reading: &Reading, index: usize) -> Option<Self> {
        let key = table.names[index].to_lowercase();
        let values: Vec<Number> = table
            .column(index)
            .map(|cell| cell.number(reading.decimal))
            .collect();
        let count = |what| values.iter().filter(|&&number| number == what).count();
        let (missing, unreadable) = (count(Number::Missing), count(Number::Unreadable));
        let filled = values.len() - missing;
        let known = BAR.contains(&key.as_str()) || matches!(key.as_str(), "adj close" | "volume");
        if filled == 0 || !known && unreadable * 2 > filled {
            return None;
        }
        Some(Self {
            index,
            mostly_empty: missing * 2 > values.len(),
            minor: key == "change" || key == format!("column {}", index + 1),
            key,
            values,
        })
    }
}

/// The number of a cell as messages give it.
pub(super) fn number(value: f64) -> String {
    let digits = if value.abs() < 1.0 { 6 } else { 4 };
    let text = format!("{value:.digits$}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}
