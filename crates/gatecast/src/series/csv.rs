//! Text in UTF-8 with a header line and commas, semicolons or tabs between cells: the plain form
//! of a price file.

use super::table::{Row, Table, parse_date};
use crate::error::{Error, Result};

/// Reads cells and line numbers; what they mean is [`super::table`]'s business.
pub(super) fn table(file: &str, bytes: &[u8]) -> Result<Table> {
    let malformed = |line, reason: String, help| Error::Malformed {
        file: file.into(),
        line,
        reason,
        help,
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count() as u64;
        malformed(
            line,
            "the text is not UTF-8".into(),
            "convert it to UTF-8, e.g. `iconv -f BIG5 -t UTF-8` or `iconv -f UTF-16 -t UTF-8`",
        )
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(Error::EmptyFile { file: file.into() });
    }
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter(text))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut header: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            let reason = match error.kind() {
                csv::ErrorKind::UnequalLengths {
                    expected_len, len, ..
                } => {
                    format!("{len} cells where the header has {expected_len}")
                }
                _ => error.to_string(),
            };
            malformed(
                line,
                reason,
                "give every row as many cells as the header has",
            )
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let cells = record.iter().map(str::to_string).collect();
        match &header {
            None => header = Some(cells),
            // A line of blanks at the end, say.
            Some(_) if record.iter().all(str::is_empty) => {}
            Some(_) => rows.push(Row { line, cells }),
        }
    }
    let header = header.unwrap_or_default();
    if header.iter().any(|cell| parse_date(cell).is_some()) {
        let help = "put a line such as Date,Open,High,Low,Close,Volume on top";
        return Err(malformed(
            1,
            "the first line is data, not a header".into(),
            help,
        ));
    }
    Ok(Table {
        file: file.into(),
        header,
        rows,
    })
}

/// Comma, semicolon or tab: whichever the header has most of.
fn delimiter(text: &str) -> u8 {
    let header = text.trim_start().lines().next().unwrap_or_default();
    let count = |delimiter: &u8| header.bytes().filter(|byte| byte == delimiter).count();
    // Of equals, `max_by_key` takes the last.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(count)
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
        assert_eq!(series.dates(), [date(2018, 4, 3), date(2018, 4, 4)]);
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
            ["p.csv: the rows were not in order of date and were sorted"]
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
        let text = "Date,Close,Volume\n2018-04-03,1,5\n2018-04-04,2,n/a\n";
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
                "Day of week,Close\nMon,1\n",
                "no date column; its columns are Day of week, Close",
            ),
            (
                "2018-04-03,1\n2018-04-04,2\n",
                "line 1: the first line is data, not a header",
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
                "Date,Close\n2018-04-03,1\n2018-04-04,\n",
                "line 3, column \"Close\": found nothing, expected a number",
            ),
            (
                "Date,Close\n2018-04-03,1\n2018-04-04,NaN\n",
                "found \"NaN\", expected a finite number",
            ),
            (
                "Date,Close\n2018-04-03,1\n2018-04-04,-inf\n",
                "found \"-inf\", expected a finite number",
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
                "2018-04-03 stands on line 2 and again on line 3",
            ),
            (
                "Date,Close,收盤價\n2018-04-03,1,1\n",
                "two columns that mean \"close\"",
            ),
        ] {
            let error = read_columns(
                text,
                if text.contains("abc") {
                    &["close2"]
                } else {
                    &[]
                },
            );
            let error = error.map(|_| ()).unwrap_err();
            assert!(error.contains(message), "{text:?}: {error}");
        }
        let error = Series::parse("p.csv", b"Date,\xa6\xac\n", &[] as &[&str]).unwrap_err();
        assert_eq!(error.to_string(), "p.csv, line 1: the text is not UTF-8");
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
