//! Text with commas, semicolons, tabs or bars between cells: the plain form of a price file, with a
//! header or without, with titles above it or remarks below.

use std::io::Read;

use super::numbers::{Decimal, is_missing};
use super::table::Table;
use super::{Fault, columns, headerless, times};
use crate::error::{Place, Result, fail};

/// Lines in which a header is looked for.
const HEAD: usize = 30;

/// Rows that are handed on together where a file is read piece by piece.
pub(super) const PIECE: usize = 1 << 16;

/// Reads cells and line numbers; what they mean is [`super::table`]'s business.
pub(super) fn table(file: &str, text: &str) -> Result<Table> {
    let delimiter = delimiter(text);
    let layout = Layout::of(file, text, delimiter)?;
    rows(file, text, delimiter, layout)
}

/// Reads the rows under a header that is known.
pub(super) fn rows(file: &str, text: &str, delimiter: u8, layout: Layout) -> Result<Table> {
    let mut whole = None;
    let size = (usize::MAX, text.len());
    pieces(
        file,
        text.as_bytes(),
        delimiter,
        layout,
        size,
        &mut |table| {
            whole = Some(table);
            Ok(())
        },
    )?;
    match whole {
        Some(table) => Ok(table),
        None => fail(Fault::EmptyFile { file: file.into() }),
    }
}

/// Reads a text that is too large to be held, piece by piece; `head` is how it begins.
pub(super) fn stream(
    file: &str,
    head: &str,
    text: impl Read,
    sink: &mut dyn FnMut(Table) -> Result<()>,
) -> Result<()> {
    let delimiter = delimiter(head);
    let layout = Layout::of(file, head, delimiter)?;
    pieces(file, text, delimiter, layout, (PIECE, 0), sink)
}

/// Hands on tables of `size.0` rows; a text of `size.1` bytes, where that is known, takes no more room.
fn pieces(
    file: &str,
    text: impl Read,
    delimiter: u8,
    layout: Layout,
    (rows, bytes): (usize, usize),
    sink: &mut dyn FnMut(Table) -> Result<()>,
) -> Result<()> {
    let Layout {
        mut header,
        mut named,
        before,
    } = layout;
    let has_header = named;
    let new = |header: Vec<String>| Table::new(file, header, bytes);
    let mut table = new(header.clone());
    let commas = delimiter == b',';
    table.commas = commas;
    let width = header.len();
    let mut remarks: Option<(usize, u64, String)> = None;
    let mut reader = reader(text, delimiter);
    let mut record = csv::StringRecord::new();
    let mut notes = Vec::new();
    while reader.read_record(&mut record).map_err(unreadable(file))? {
        let line = record.position().map_or(0, csv::Position::line);
        let Some(last) = (0..record.len()).rfind(|&cell| !record[cell].is_empty()) else {
            continue; // a line of blanks
        };
        let filled = last + 1;
        let first = &record[0];
        let again = has_header
            && record.len() >= width
            && (0..width).all(|cell| record[cell] == header[cell]);
        let remark = filled == 1 && width > 1 && !first.is_empty() && !is_stamp(first);
        if line < before || again || remark {
            if !again {
                match &mut remarks {
                    Some((count, ..)) => *count += 1,
                    None => remarks = Some((1, line, first.chars().take(40).collect())),
                }
            }
            continue;
        }
        if filled > width || record.len() < width {
            let cells = filled.max(record.len());
            let reason = format!("{cells} cells where the header has {width}");
            let help = "give every row as many cells as the header has";
            return fail(Fault::malformed(file, line, reason, help));
        }
        table.push(Place::Line(line), &record)?;
        if table.rows() == rows {
            name(&mut table, &mut header, &mut named, &mut notes)?;
            sink(std::mem::replace(&mut table, new(header.clone())))?;
            table.commas = commas;
        }
    }
    name(&mut table, &mut header, &mut named, &mut notes)?;
    if let Some((count, line, text)) = remarks {
        let were = if count == 1 {
            "1 line that is not a row was".into()
        } else {
            format!("{count} lines that are not rows were")
        };
        table.notes.push(format!(
            "{file}: {were} passed over, the first on line {line}: {text:?}"
        ));
    }
    table.notes.append(&mut notes);
    sink(table)
}

/// Names the columns of a file without a header by what stands in its first rows.
fn name(
    table: &mut Table,
    header: &mut Vec<String>,
    named: &mut bool,
    notes: &mut Vec<String>,
) -> Result<()> {
    if !std::mem::replace(named, true) {
        headerless::name_columns(table)?;
        header.clone_from(&table.header);
        notes.append(&mut table.notes);
    }
    Ok(())
}

fn is_stamp(cell: &str) -> bool {
    times::is_time(cell) || times::is_epoch(cell)
}

/// Where the header is and what it says.
pub(super) struct Layout {
    /// Cells of the header, as many as there are columns.
    pub(super) header: Vec<String>,
    /// Whether the file has one.
    pub(super) named: bool,
    /// Lines before this one are titles.
    pub(super) before: u64,
}

impl Layout {
    /// The header is the line above the first row: the first line, that is, which holds a date or nothing
    /// but numbers and is followed by one like it; if it has as many cells, and is no row itself.
    pub(super) fn of(file: &str, text: &str, delimiter: u8) -> Result<Self> {
        let mut head: Vec<(u64, Vec<String>)> = Vec::new();
        for record in reader(text.as_bytes(), delimiter).records() {
            let record = record.map_err(unreadable(file))?;
            let mut cells: Vec<String> = record.iter().map(str::to_string).collect();
            let width = cells.len();
            while cells.last().is_some_and(String::is_empty) {
                cells.pop();
            }
            if cells.is_empty() {
                continue;
            }
            // The header tells how many cells there are; those of a row may be empty.
            if head.iter().any(|(_, above)| above.len() == width) {
                cells.resize(width, String::new());
            }
            let line = record.position().map_or(0, csv::Position::line);
            head.push((line, cells));
            if head.len() == HEAD {
                break;
            }
        }
        let Some((line, first)) = head.first() else {
            return fail(Fault::EmptyFile { file: file.into() });
        };
        let row = (0..head.len()).find(|&at| {
            let below = head
                .get(at + 1)
                .is_none_or(|(_, below)| alike(&head[at].1, below));
            Row::of(&head[at].1).is_some() && below
        });
        let named = |at: usize| {
            let (line, cells) = &head[at];
            Self {
                header: cells.clone(),
                named: true,
                before: *line,
            }
        };
        let texts = |row: usize| {
            (0..row).rfind(|&at| {
                Row::of(&head[at].1).is_none() && head[at].1.len() == head[row].1.len()
            })
        };
        let means_time = |at: &usize| head[*at].1.iter().any(|cell| columns::is_time(cell));
        Ok(match row {
            // A header that says where the time is, or one above the rows that is none of them.
            Some(row) => match (0..row).rfind(means_time).or_else(|| texts(row)) {
                Some(at) if head[at].1.len() >= head[row].1.len() => named(at),
                _ if row > 0 && head[row - 1].1.len() == head[row].1.len() => named(row - 1),
                _ => Self {
                    header: vec![String::new(); head[row].1.len()],
                    named: false,
                    before: head[row].0,
                },
            },
            None => match (0..head.len()).find(means_time) {
                Some(at) => named(at),
                None => Self {
                    header: first.clone(),
                    named: true,
                    before: *line,
                },
            },
        })
    }
}

/// What makes a line a row.
#[derive(PartialEq)]
enum Row {
    /// A date or a time, in this cell.
    Dated(usize),
    /// Nothing but numbers.
    Numbers,
    /// Texts and numbers.
    Mixed,
}

impl Row {
    fn of(cells: &[String]) -> Option<Self> {
        let number = |cell: &String| {
            [Decimal::Point, Decimal::Comma]
                .iter()
                .any(|decimal| decimal.parse(cell).value().is_some())
        };
        let filled = || cells.iter().filter(|cell| !is_missing(cell));
        if let Some(at) = cells
            .iter()
            .position(|cell| is_stamp(cell))
            .filter(|_| cells.len() > 1)
        {
            return Some(Self::Dated(at));
        }
        match (
            filled().count(),
            filled().filter(|cell| number(cell)).count(),
        ) {
            (0, _) | (_, 0) => None,
            (filled, numbers) if filled == numbers => Some(Self::Numbers),
            _ => Some(Self::Mixed),
        }
    }
}

/// Whether two lines are rows of one table.
fn alike(first: &[String], second: &[String]) -> bool {
    match (Row::of(first), Row::of(second)) {
        (Some(Row::Dated(first)), Some(Row::Dated(second))) => first == second,
        (Some(Row::Dated(_)), _) | (_, Some(Row::Dated(_))) => false,
        (Some(_), Some(_)) => first.len() == second.len(),
        _ => false,
    }
}

pub(super) fn reader<R: Read>(text: R, delimiter: u8) -> csv::Reader<R> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text)
}

pub(super) fn unreadable(file: &str) -> impl Fn(csv::Error) -> Fault + '_ {
    move |error| {
        let line = error.position().map_or(0, csv::Position::line);
        let help = "check the quotes and the encoding around this line";
        Fault::malformed(file, line, error.to_string(), help)
    }
}

/// What the most lines of the head have equally many of, outside quotes; of equals, a tab rather
/// than a semicolon than a bar than a comma, since numbers may have commas in them.
pub(crate) fn delimiter(text: &str) -> u8 {
    let lines = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(HEAD);
    let lines: Vec<&str> = lines.collect();
    let regular = |delimiter: &u8| {
        let mut lines_with = std::collections::BTreeMap::new();
        for line in &lines {
            let mut quoted = false;
            let count = line.bytes().filter(|byte| {
                quoted ^= *byte == b'"';
                byte == delimiter && !quoted
            });
            *lines_with.entry(count.count()).or_insert(0) += 1;
        }
        lines_with.remove(&0);
        lines_with.into_values().max().unwrap_or(0)
    };
    // Of equals, `max_by_key` takes the last.
    [b',', b'|', b';', b'\t']
        .into_iter()
        .max_by_key(regular)
        .filter(|delimiter| regular(delimiter) > 0)
        .unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use crate::series::Series;

    fn read(text: &str) -> Result<Series, String> {
        read_columns(text, &[])
    }

    fn read_columns(text: &str, names: &[&str]) -> Result<Series, String> {
        Series::parse("p.csv", text.as_bytes(), names)
            .map_err(|error| format!("{error}; {}", error.help().unwrap_or_default()))
    }

    #[test]
    fn a_plain_file() {
        let series =
            read("\u{feff}日期,收盤價,Name,成交股數\n2018/4/3,1.5,a,10\r\n2018/4/4,2,b,20\n")
                .unwrap();
        assert_eq!(series.stamps(), [date(2018, 4, 3), date(2018, 4, 4)]);
        assert_eq!(series.column("CLOSE").unwrap(), [1.5, 2.0]);
        assert_eq!(series.column("成交量").unwrap(), [10.0, 20.0]);
        assert_eq!(series.columns().len(), 2, "text columns are left out");
        assert!(series.notes().is_empty());
    }

    #[test]
    fn rows_out_of_order_are_sorted_and_it_is_said() {
        let series = read("Date,Close\n2018-04-05,3\n2018-04-03,1\n2018-04-04,2\n").unwrap();
        assert_eq!(series.column("close").unwrap(), [1.0, 2.0, 3.0]);
        assert_eq!(
            series.notes(),
            ["p.csv: the rows were not in order of time and were sorted"]
        );
        let series = read("Date,Close\n2018-04-05,3\n2018-04-04,2\n").unwrap();
        assert_eq!(
            series.notes(),
            ["p.csv: the rows were newest first and were sorted"]
        );
    }

    #[test]
    fn semicolons_tabs_blanks_and_empty_lines_do_no_harm() {
        for text in [
            "Date;Close\n2018-04-03;1\n2018-04-04;2\n",
            "Date\tClose\n2018-04-03\t1\n2018-04-04\t2\n",
            "Date, Close\r\n2018-04-03, 1\r\n\r\n2018-04-04 ,2 \r\n , \r\n",
        ] {
            let series = read(text).unwrap();
            assert_eq!(series.column("close").unwrap(), [1.0, 2.0], "{text:?}");
        }
    }

    #[test]
    fn a_column_that_is_not_asked_for_may_hold_anything() {
        let text = "Date,Close,Volume\n2018-04-03,1,5\n2018-04-04,2,many\n";
        assert_eq!(read_columns(text, &["close"]).unwrap().columns().len(), 1);
        assert!(read(text).is_err());
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place_and_a_remedy() {
        for (text, message) in [
            ("", "p.csv is empty"),
            ("\n \n", "p.csv is empty"),
            ("Date,Close\n", "p.csv has a header but no rows"),
            (
                "When,Close\n30 abr 2018,1\n2 ago 2018,2\n",
                "no date column; its columns are When, Close",
            ),
            (
                "Date,Close\n2018-04-03,abc\n2018-04-04,1\n2018-04-05,x\n",
                "no column",
            ),
            (
                "Date,Close\n2018-04-03,1\n2018-04-04,x1\n",
                "line 3, column \"Close\": found \"x1\", expected a number",
            ),
            (
                "Date,Close\n2018-04-03,1\n2018-04-04,-inf\n",
                "found \"-inf\", expected a number",
            ),
            (
                "Date,Close\n2018-04-03,null\n",
                "p.csv has a header but no rows",
            ),
            (
                "Date,Close\n03/04/2018,1\n04/05/2018,1\n",
                "a date such as 03/04/2018 can be read in more than one way; choose the order",
            ),
            (
                "Date;Close\n2018-04-03;12,345\n2018-04-04;12,346\n",
                "numbers such as 12,345 may have decimals or thousands behind the mark; choose ‹decimal›",
            ),
            (
                "Date,Close\n2018-04-03,1\n2018-04-04\n",
                "line 3: 1 cells where the header has 2",
            ),
            (
                "Date,Close\n2018-04-03,1\nyesterday,1\n",
                "line 3, column \"Date\": found \"yesterday\", expected a date",
            ),
            (
                "Date,Close\n2018-04-03,1\n2018-04-03,2\n",
                "2018-04-03 stands at line 2 and again, with other values, at line 3",
            ),
            (
                "Date,Close,收盤價\n2018-04-03,1,1\n",
                "two columns that mean \"close\"",
            ),
        ] {
            let error = read_columns(
                text,
                match text {
                    text if text.contains("abc") => &["close2"],
                    text if text.contains("null") => &["close"],
                    _ => &[],
                },
            );
            let error = error.map(|_| text).unwrap_err();
            assert!(error.contains(message), "{text:?}: {error}");
        }
    }

    #[test]
    fn rows_without_a_value_are_left_out_and_it_is_said() {
        let text =
            "Date,Close,Volume\n2018-04-03,1,5\n2018-04-04,null,6\n2018-04-05,--,\n2018-04-06,2,\n";
        let series = read_columns(text, &["close"]).unwrap();
        assert_eq!(series.column("close").unwrap(), [1.0, 2.0]);
        assert_eq!(
            series.notes(),
            ["p.csv: 2 rows were without a value, and left out, the first at line 3 (2018-04-04)"]
        );
    }

    #[test]
    fn a_row_that_stands_twice_counts_once() {
        let series = read("Date,Close\n2018-04-03,1\n2018-04-03,1.0\n").unwrap();
        assert_eq!(series.rows(), 1);
        assert!(
            series.notes()[0].contains("1 row was given twice"),
            "{:?}",
            series.notes()
        );
    }

    #[test]
    fn titles_remarks_and_repeated_headers_are_passed_over() {
        let text = "Prices of a share\n\nDate,Close,Volume\n2018-04-03,1,5\nDate,Close,Volume\n2018-04-04,2,6\nno promises\n";
        let series = read(text).unwrap();
        assert_eq!(series.column("volume").unwrap(), [5.0, 6.0]);
        assert_eq!(
            series.notes(),
            [
                "p.csv: 2 lines that are not rows were passed over, the first on line 1: \"Prices of a share\""
            ]
        );
    }

    #[test]
    fn an_index_without_a_name_is_the_date() {
        let series = read(",Close\n2018-04-03,1\n2018-04-04,2\n").unwrap();
        assert_eq!(series.column("close").unwrap(), [1.0, 2.0]);
    }

    #[test]
    fn columns_without_a_header_are_known_by_what_stands_in_them() {
        for text in [
            "107/04/03,10,12,9,11,1500,16000,+0.5,30\n107/04/09,11,13,10,12,1700,20000,+1,40\n",
            "107/04/03,1500,16000,10,12,9,11,+0.5,30\n107/04/09,1700,20000,11,13,10,12,X0.00,40\n",
        ] {
            let series = read_columns(text, &["close", "volume", "open"]).unwrap();
            assert_eq!(series.stamps(), [date(2018, 4, 3), date(2018, 4, 9)]);
            assert_eq!(series.column("close").unwrap(), [11.0, 12.0], "{text}");
            assert_eq!(series.column("volume").unwrap(), [1500.0, 1700.0], "{text}");
            assert_eq!(series.column("open").unwrap(), [10.0, 11.0], "{text}");
            assert!(
                series.notes()[0].contains("there is no header"),
                "{:?}",
                series.notes()
            );
        }
        let series = read("20180403;1,5\n20180404;2,25\n").unwrap();
        assert_eq!(series.column("close").unwrap(), [1.5, 2.25]);
    }

    #[test]
    fn an_unknown_column_offers_the_nearest_name() {
        let text = "Date,Close,Volume\n2018-04-03,1,2\n";
        let error = read_columns(text, &["clsoe"]).unwrap_err();
        assert!(
            error.contains("no column \"clsoe\"; its numeric columns are close, volume"),
            "{error}"
        );
        assert!(error.contains("did you mean \"close\"?"), "{error}");
    }
}
