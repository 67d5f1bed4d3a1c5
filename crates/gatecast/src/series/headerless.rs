//! Names for the columns of a file without a header, from what stands in them.

use super::dates;
use super::numbers::Decimal;
use super::table::Table;
use crate::error::Result;

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
    let Some(date) = (0..width).find(|&column| rows > 0 && dates::is_date(table.cell(0, column)))
    else {
        return Ok(());
    };
    table.header[date] = "date".into();
    let decimal = Decimal::infer((0..rows).flat_map(|row| {
        let table = &*table;
        (0..width)
            .filter(move |&c| c != date)
            .map(move |c| table.cell(row, c))
    }))
    .unwrap_or(Decimal::Point);
    let values = |column: usize| -> Vec<Option<f64>> {
        (0..rows)
            .map(|row| decimal.parse(table.cell(row, column)).value())
            .collect()
    };
    let numbers: Vec<(usize, Vec<Option<f64>>)> = (0..width)
        .filter(|&column| column != date)
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
    if let Some(at) = numbers.windows(4).position(|four| {
        let bars = (0..rows).filter_map(|row| {
            Some([
                four[0].1[row]?,
                four[1].1[row]?,
                four[2].1[row]?,
                four[3].1[row]?,
            ])
        });
        let (mut right, mut wrong, mut moved) = (0, 0, false);
        for [open, high, low, close] in bars {
            let near = low > 0.0 && high < 3.0 * low;
            let fits = near && high >= open.max(close) && low <= open.min(close);
            right += usize::from(fits);
            wrong += usize::from(!fits);
            moved |= high > low;
        }
        // A wrong row here and there is for `inspect` to find.
        right > 20 * wrong && moved
    }) {
        names.extend(
            (at..)
                .map(|i| numbers[i].0)
                .zip(["open", "high", "low", "close"]),
        );
        let after = numbers[at + 4..]
            .first()
            .filter(|(_, values)| whole(values));
        let volume = after.or_else(|| numbers[..at].first().filter(|(_, values)| whole(values)));
        names.extend(volume.map(|(column, _)| (*column, "volume")));
    }
    for &(column, name) in &names {
        table.header[column] = name.into();
    }
    names.sort_unstable();
    let taken: Vec<String> = names
        .iter()
        .map(|(column, name)| format!("column {} for {name}", column + 1))
        .collect();
    let taken = if taken.is_empty() {
        "only the date column was recognised".into()
    } else {
        format!("recognised from their values: {}", taken.join(", "))
    };
    table
        .notes
        .push(format!("{}: there is no header; {taken}", table.file));
    Ok(())
}
