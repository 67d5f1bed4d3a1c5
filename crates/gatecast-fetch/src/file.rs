//! A series as a CSV file that `gatecast` and spreadsheets read.

use std::path::Path;

use gatecast::Series;

use crate::error::Result;

/// Columns that come first, in this order, and their headers. Others follow as they are called.
const HEADERS: [(&str, &str); 8] = [
    ("open", "Open"),
    ("high", "High"),
    ("low", "Low"),
    ("close", "Close"),
    ("volume", "Volume"),
    ("adj close", "Adj Close"),
    ("dividends", "Dividends"),
    ("splits", "Splits"),
];

/// Writes `Date,Open,High,Low,Close,Volume` and what else the series has, in one piece: the file
/// is the old one or the new one at any time. Numbers are as short as they can be without
/// changing.
///
/// # Errors
/// [`gatecast::ErrorKind::Io`], as [`Error::Data`](crate::Error::Data).
pub fn write_csv(series: &Series, path: impl AsRef<Path>) -> Result<()> {
    let rank = |name: &str| HEADERS.iter().position(|(known, _)| *known == name);
    let mut columns: Vec<_> = series.columns().iter().collect();
    columns.sort_by_key(|column| rank(&column.name).unwrap_or(HEADERS.len()));

    let header = columns
        .iter()
        .map(|column| rank(&column.name).map_or(column.name.as_str(), |index| HEADERS[index].1));
    let mut writer = csv::Writer::from_writer(Vec::new());
    let path = path.as_ref();
    let io = |error| gatecast::Error::io("write", path)(error);
    let mut record = |cells: &mut dyn Iterator<Item = String>| {
        writer.write_record(cells).map_err(|error| io(error.into()))
    };
    record(&mut std::iter::once("Date".into()).chain(header.map(String::from)))?;
    for (row, date) in series.stamps().iter().enumerate() {
        let values = columns.iter().map(|column| column.values[row].to_string());
        record(&mut std::iter::once(date.to_string()).chain(values))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| io(error.into_error()))?;
    gatecast::write_whole(path, &bytes)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn known_columns_come_first_and_numbers_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.csv");
        std::fs::write(&path, "old").unwrap();
        let columns = [
            ("成交筆數", vec![451.0, 614.0]),
            ("volume", vec![2_331_431.0, 0.25]),
            ("adj close", vec![0.1 + 0.2, 1.0 / 3.0]),
            ("close", vec![71.9, 71.85]),
        ];
        let dates = vec![date(2017, 1, 3), date(2017, 1, 4)];
        let series = Series::new("two days", dates, columns).unwrap();
        write_csv(&series, &path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with(
                "Date,Close,Volume,Adj Close,成交筆數\n\
                 2017-01-03,71.9,2331431,0.30000000000000004,451\n"
            ),
            "{text}"
        );
        let back = Series::read(&path).unwrap();
        for column in series.columns() {
            assert_eq!(back.column(&column.name).unwrap(), column.values);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let series = gatecast::series::sp500();
        let error = write_csv(&series, "/nowhere/at/all.csv").unwrap_err();
        assert!(error.to_string().contains("/nowhere/at/all.csv"), "{error}");
    }
}
