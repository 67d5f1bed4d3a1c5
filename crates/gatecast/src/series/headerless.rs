//! Names for the columns of a file without a header, from what stands in them.

use super::numbers::Decimal;
use super::table::Table;
use super::{columns, times};
use crate::error::Result;

/// Orders in which sources write a bar: nearly all, Bitfinex, Coinbase.
const ORDERS: [[&str; 4]; 3] = [
    ["open", "high", "low", "close"],
    ["open", "close", "high", "low"],
    ["low", "high", "open", "close"],
];

/// Rows that are looked at.
const ROWS: usize = 200;

/// Names the date, and the four columns of which one is never under and one never over the others;
/// the volume is the first column of whole numbers after them, or else before them. A single column
/// is the close. The rest are `column 7` and so on. What was taken for what is noted.
pub(super) fn name_columns(table: &mut Table) -> Result<()> {
    let width = table.header.len();
    let rows = table.rows().min(ROWS);
    for (column, name) in table.header.iter_mut().enumerate() {
        *name = format!("column {}", column + 1);
    }
    let first = |column: usize| match rows {
        0 => "".into(),
        _ => table.text(0, column),
    };
    let is_time = |column: &usize| {
        let cell = first(*column);
        times::is_time(&cell) || times::is_epoch(&cell)
    };
    let date = (0..width).find(is_time);
    let clock = (0..width).find(|&column| times::is_time_of_day(&first(column)));
    for (column, name) in [(date, "date"), (clock, "time")] {
        if let Some(column) = column {
            table.header[column] = name.into();
        }
    }
    let is_time = |column: usize| Some(column) == date || Some(column) == clock;
    let others = (0..width).filter(|&column| !is_time(column));
    let cells = others.map(|column| table.texts(column).take(rows));
    let decimal = Decimal::of_columns(&cells, table.commas).unwrap_or(Decimal::Point);
    let values = |column: usize| -> Vec<Option<f64>> {
        (0..rows)
            .map(|row| table.cell(row, column).number(decimal).value())
            .collect()
    };
    let numbers: Vec<(usize, Vec<Option<f64>>)> = (0..width)
        .filter(|&column| !is_time(column))
        .map(|column| (column, values(column)))
        .filter(|(_, values)| values.iter().any(Option::is_some))
        .collect();
    let mut names: Vec<(usize, &str)> = Vec::new();
    if let [(only, _)] = numbers[..] {
        names.push((only, "close"));
    }
    let whole = |values: &[Option<f64>]| {
        values
            .iter()
            .flatten()
            .all(|v| v.fract() == 0.0 && *v >= 0.0)
    };
    let is_bar = |four: &[(usize, Vec<Option<f64>>)], order: [&str; 4]| {
        let of = |name: &str| order.iter().position(|other| *other == name).unwrap_or(0);
        let [open, high, low, close] = ["open", "high", "low", "close"].map(of);
        let (mut right, mut wrong, mut moved) = (0, 0, false);
        for row in 0..rows {
            let value = |at: usize| four[at].1[row];
            let (Some(o), Some(h), Some(l), Some(c)) =
                (value(open), value(high), value(low), value(close))
            else {
                continue;
            };
            let near = l > 0.0 && h < 3.0 * l;
            let fits = near && h >= o.max(c) && l <= o.min(c);
            right += usize::from(fits);
            wrong += usize::from(!fits);
            moved |= h > l;
        }
        // A wrong row here and there is for `inspect` to find. Of rows that never move, those behind the
        // time are bars.
        right > 20 * wrong && (moved || numbers[0].0 == four[0].0 && date == Some(0))
    };
    let bar = ORDERS.iter().find_map(|&order| {
        let at = numbers.windows(4).position(|four| is_bar(four, order))?;
        Some((at, order))
    });
    if let Some((at, order)) = bar {
        names.extend((at..).map(|i| numbers[i].0).zip(order));
        let after = numbers.get(at + 4);
        let is_whole = |(_, values): &&(usize, Vec<Option<f64>>)| whole(values);
        let volume = after
            .filter(is_whole)
            .or_else(|| numbers[..at].first().filter(is_whole))
            .or_else(|| after.filter(|(_, values)| values.iter().flatten().all(|v| *v >= 0.0)));
        names.extend(volume.map(|(column, _)| (*column, "volume")));
    }
    for &(column, name) in &names {
        table.header[column] = name.into();
    }
    table.names = columns::names(&table.header);
    names.sort_unstable();
    let taken: Vec<String> = names
        .iter()
        .map(|(column, name)| format!("column {} for {name}", column + 1))
        .collect();
    let taken = if taken.is_empty() {
        match date {
            Some(_) => "only the date column was recognised".into(),
            None => "its columns are numbered".into(),
        }
    } else {
        format!("recognised from their values: {}", taken.join(", "))
    };
    table
        .notes
        .push(format!("{}: there is no header; {taken}", table.file));
    Ok(())
}
