//! What every source gives, and how a checked [`Series`] comes out of it.

use std::collections::HashSet;

use jiff::civil::{Date, DateTime};

use super::{Column, Series, columns};
use crate::error::{Error, Result};

/// A file as text cells: what a source has to produce.
#[derive(Debug)]
pub(super) struct Table {
    /// What messages call the file.
    pub(super) file: String,
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// One row; it has as many cells as the header.
#[derive(Debug)]
pub(super) struct Row {
    /// Line in the file, from 1.
    pub(super) line: u64,
    pub(super) cells: Vec<String>,
}

impl Table {
    /// Checks dates and numbers and puts the rows in order. See [`Series::read_columns`] for
    /// which columns are taken.
    pub(super) fn into_series<S: AsRef<str>>(mut self, names: &[S]) -> Result<Series> {
        let date_column = self.date_column()?;
        if self.rows.is_empty() {
            return Err(Error::NoRows { file: self.file });
        }
        let wanted = self.wanted_columns(date_column, names)?;
        let mut dates = Vec::with_capacity(self.rows.len());
        for row in &self.rows {
            let cell = &row.cells[date_column];
            let date = parse_date(cell).ok_or_else(|| {
                self.bad_cell(
                    row,
                    date_column,
                    "a date such as 2018-04-30: year first, four digits, no time of day",
                )
            })?;
            dates.push((date, row.line));
        }

        let mut notes = Vec::new();
        if !dates.is_sorted() {
            let mut order: Vec<usize> = (0..dates.len()).collect();
            // By line within a date, so that a duplicate is reported in the order of the file.
            order.sort_by_key(|&row| dates[row]);
            dates = order.iter().map(|&row| dates[row]).collect();
            let mut rows: Vec<Option<Row>> = self.rows.drain(..).map(Some).collect();
            self.rows = order.iter().filter_map(|&row| rows[row].take()).collect();
            notes.push(format!(
                "{}: the rows were not in order of date and were sorted",
                self.file
            ));
        }
        if let Some(pair) = dates.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(Error::DuplicateDate {
                file: self.file,
                date: pair[0].0,
                first: pair[0].1,
                second: pair[1].1,
            });
        }

        let mut out = Vec::with_capacity(wanted.len());
        for index in wanted {
            let mut values = Vec::with_capacity(self.rows.len());
            for row in &self.rows {
                let expected = match row.cells[index].trim().parse::<f64>() {
                    Ok(value) if value.is_finite() => {
                        values.push(value);
                        continue;
                    }
                    Ok(_) => "a finite number",
                    Err(_) => "a number",
                };
                return Err(self.bad_cell(row, index, expected));
            }
            out.push(Column {
                name: columns::canonical(&self.header[index]),
                values,
            });
        }
        Ok(Series {
            name: self.file,
            dates: dates.into_iter().map(|(date, _)| date).collect(),
            columns: out,
            notes,
        })
    }

    fn date_column(&self) -> Result<usize> {
        self.header
            .iter()
            .position(|header| columns::is_date(header))
            .ok_or_else(|| Error::NoDateColumn {
                file: self.file.clone(),
                columns: self.header.clone(),
            })
    }

    fn wanted_columns<S: AsRef<str>>(&self, date: usize, names: &[S]) -> Result<Vec<usize>> {
        let keys: Vec<String> = self.header.iter().map(|h| columns::key(h)).collect();
        let numeric: Vec<usize> = (0..self.header.len())
            .filter(|&i| i != date && self.rows[0].cells[i].trim().parse::<f64>().is_ok())
            .collect();
        let mut wanted = Vec::new();
        for name in names {
            let name = name.as_ref().trim().to_string();
            let key = columns::key(&name);
            let mut found = (0..keys.len()).filter(|&i| i != date && keys[i] == key);
            match (found.next(), found.next()) {
                (Some(index), None) => {
                    if !wanted.contains(&index) {
                        wanted.push(index);
                    }
                }
                (Some(_), Some(_)) => {
                    return Err(Error::DuplicateColumn {
                        file: self.file.clone(),
                        name,
                    });
                }
                (None, _) => {
                    return Err(Error::UnknownColumn {
                        file: self.file.clone(),
                        name,
                        known: numeric
                            .iter()
                            .map(|&i| columns::canonical(&self.header[i]))
                            .collect(),
                    });
                }
            }
        }
        if names.is_empty() {
            let mut seen = HashSet::new();
            if let Some(&twice) = numeric.iter().find(|&&i| !seen.insert(&keys[i])) {
                let name = columns::canonical(&self.header[twice]);
                return Err(Error::DuplicateColumn {
                    file: self.file.clone(),
                    name,
                });
            }
            wanted = numeric;
        }
        Ok(wanted)
    }

    fn bad_cell(&self, row: &Row, column: usize, expected: &'static str) -> Error {
        let cell = row.cells[column].trim();
        Error::BadCell {
            file: self.file.clone(),
            line: row.line,
            column: self.header[column].clone(),
            found: if cell.is_empty() {
                "nothing".into()
            } else {
                format!("{cell:?}")
            },
            expected,
        }
    }
}

/// Year first and in four digits, with `-`, `/`, `.` or nothing between; a midnight behind it is
/// dropped. Years that are written shorter could be of another calendar or stand in another place.
pub(super) fn parse_date(text: &str) -> Option<Date> {
    let text = text.trim();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let date = match digits {
        8 if text.len() == 8 => Date::strptime("%Y%m%d", text).ok(),
        4 => ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"]
            .iter()
            .find_map(|format| Date::strptime(format, text).ok())
            .or_else(|| {
                let moment: DateTime = text.parse().ok()?;
                (moment.time() == jiff::civil::Time::midnight()).then(|| moment.date())
            }),
        _ => None,
    };
    date.filter(|date| date.year() >= 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn dates_in_several_spellings() {
        let day = Some(date(2018, 4, 3));
        for (text, want) in [
            ("2018-04-03", day),
            (" 2018/4/3 ", day),
            ("2018.04.03", day),
            ("20180403", day),
            ("2018-04-03 00:00:00", day),
            ("2018-04-03T00:00:00", day),
            ("2018-04-03 09:30:00", None),
            ("2018-02-30", None),
            ("107/04/03", None),
            ("0107/04/03", None),
            ("18-04-03", None),
            ("4/3/18", None),
            ("04/03/2018", None),
            ("12345", None),
            ("", None),
        ] {
            assert_eq!(parse_date(text), want, "{text:?}");
        }
    }
}
