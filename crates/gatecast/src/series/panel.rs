//! Many series of one kind: a file each, or one file for all. A long file has a row for each series
//! and date (`unique_id, ds, y`), a wide one a line for each series (`H1, 605, 586, …`), as the M4
//! competition has them. What this file is not: it trains nothing.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::dates::{self, DateOrder, Inferred};
use super::numbers::{self, Decimal, Number};
use super::{Adjustment, Ahead, Column, Fault, ReadOptions, Series, columns};
use crate::error::{Error, Result, fail, wrong};

/// Series side by side, each with its own rows, and those that could not be read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// In the order of the files, or of their first rows.
    pub series: Vec<Series>,
    /// Series that are left out.
    pub skipped: Vec<Skipped>,
}

impl AsRef<[Series]> for Panel {
    fn as_ref(&self) -> &[Series] {
        &self.series
    }
}

/// A series that is left out, and why.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Skipped {
    /// What it is called.
    pub name: String,
    /// What is wrong with it.
    pub reason: String,
}

/// How a panel lies on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PanelForm {
    /// A file for each series.
    Files,
    /// A row for each series and date, with the series' name in a column.
    Long,
    /// A line for each series, its name in front; without dates.
    Wide,
}

/// How a panel is to be read.
#[derive(Clone, Debug, Default)]
pub struct PanelOptions {
    /// How its files are to be read.
    pub read: ReadOptions,
    /// Column of a long file that names the series; `unique_id` if `None`.
    pub id: Option<String>,
    /// Column of a long file with dates or whole numbers; the one that means the date if `None`.
    pub time: Option<String>,
    /// Whether a series that cannot be read is an error rather than left out.
    pub strict: bool,
}

/// Header of the column that names the series of a long file.
const ID: &str = "unique_id";

/// Rows of a long file from which the order of its dates and the mark of its decimals are read.
const HEAD: usize = 1000;

impl PanelForm {
    /// Fails where something is to be read otherwise than this form ever is.
    fn refuse(self, read: &ReadOptions) -> Result<()> {
        let (what, unused) = match self {
            Self::Files => return Ok(()),
            Self::Long => ("a long file", None),
            Self::Wide => ("a file with a series a line", read.dates.map(|_| "dates")),
        };
        let unused = unused
            .or(read.format.map(|_| "format"))
            .or((read.adjust != Adjustment::None).then_some("adjust"));
        match unused {
            None => Ok(()),
            Some(name) => wrong(
                name,
                format!("set for {what}"),
                "left out, or used with a file for each series",
            ),
        }
    }

    /// How the panel at `paths` lies there; `None` where they are one file with one series.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io).
    pub fn of<P: AsRef<Path>>(paths: &[P], options: &PanelOptions) -> Result<Option<Self>> {
        let [path] = paths else {
            return Ok(Some(Self::Files));
        };
        let path = path.as_ref();
        if path.is_dir() {
            return Ok(Some(Self::Files));
        }
        if options.id.is_some() {
            return Ok(Some(Self::Long));
        }
        let file = std::fs::File::open(path).map_err(Error::io("read", path))?;
        let mut head = Vec::new();
        let mut lines = BufReader::new(file.take(1 << 20));
        for _ in 0..2 {
            lines
                .read_until(b'\n', &mut head)
                .map_err(Error::io("read", path))?;
        }
        let Ok(head) = std::str::from_utf8(&head) else {
            return Ok(None);
        };
        let rows: Vec<csv::StringRecord> = reader(head.as_bytes()).records().flatten().collect();
        let Some(first) = rows.first() else {
            return Ok(None);
        };
        if first.iter().any(|cell| columns::key(cell) == ID) {
            return Ok(Some(Self::Long));
        }
        // Two lines of one name are rows of one series.
        let again = rows
            .get(1)
            .is_some_and(|second| second.get(0) == first.get(0));
        let dated = |cell: &str| dates::is_date(cell) && !is_number(cell);
        let wide = rows.iter().any(name_and_numbers)
            && !again
            && !first.iter().any(columns::is_date)
            && !rows.iter().flatten().any(dated);
        Ok(wide.then_some(Self::Wide))
    }
}

impl Panel {
    /// Reads the named columns of every series, of which there may be only one; in a long file `y` stands for a first column that
    /// is not there, and the values of a wide file are called like it.
    ///
    /// A folder stands for all files in it. Memory is needed for the numbers, not for the text of
    /// a long or wide file.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io); [`UnknownColumn`](crate::ErrorKind::UnknownColumn) or
    /// [`Malformed`](crate::ErrorKind::Malformed) of a long file; with [`PanelOptions::strict`] whatever
    /// is wrong with the first broken series; [`NotASeries`](crate::ErrorKind::NotASeries) when no series
    /// is left.
    pub fn read<P: AsRef<Path>, S: AsRef<str>>(
        paths: &[P],
        names: &[S],
        options: &PanelOptions,
    ) -> Result<Self> {
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        let Some(form) = PanelForm::of(paths, options)? else {
            return Ok(Self {
                series: vec![Series::read_with(&paths[0], &names, &options.read)?],
                skipped: Vec::new(),
            });
        };
        form.refuse(&options.read)?;
        let panel = match form {
            PanelForm::Files => files(paths, &names, options)?,
            PanelForm::Long => long(paths[0].as_ref(), &names, options)?,
            PanelForm::Wide => wide(paths[0].as_ref(), &names, options)?,
        };
        if panel.series.is_empty() {
            let of = paths
                .first()
                .map_or(String::new(), |path| path.as_ref().display().to_string());
            let reason = match panel.skipped.first() {
                Some(Skipped { name, reason }) => {
                    format!("every series of {of} is broken; {name}: {reason}")
                }
                None => format!("there is none in {of}"),
            };
            return Err(Error::not_a_series(reason));
        }
        Ok(panel)
    }

    /// The same series, each followed by the rows of `truth` that came after it. Series are matched by
    /// name where the names are the same, and by their order otherwise.
    ///
    /// # Errors
    /// [`NotASeries`](crate::ErrorKind::NotASeries) when a series has no continuation or one that does
    /// not fit.
    pub fn followed_by(mut self, truth: &Self) -> Result<Self> {
        let by_name: HashMap<&str, &Series> = truth
            .series
            .iter()
            .map(|series| (series.name(), series))
            .collect();
        for (index, series) in self.series.iter_mut().enumerate() {
            let after = by_name
                .get(series.name())
                .copied()
                .or(truth.series.get(index));
            let Some(after) = after else {
                return Err(Error::not_a_series(format!(
                    "{} has no continuation",
                    series.name()
                )));
            };
            series.extend(after)?;
        }
        Ok(self)
    }
}

/// A file for each series.
fn files<P: AsRef<Path>>(paths: &[P], names: &[&str], options: &PanelOptions) -> Result<Panel> {
    let mut all: Vec<PathBuf> = Vec::new();
    for path in paths {
        let path = path.as_ref();
        if !path.is_dir() {
            all.push(path.into());
            continue;
        }
        let entries = std::fs::read_dir(path).map_err(Error::io("read", path))?;
        let mut inside = Vec::new();
        for entry in entries {
            let entry = entry.map_err(Error::io("read", path))?.path();
            let hidden = entry
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if entry.is_file() && !hidden {
                inside.push(entry);
            }
        }
        inside.sort();
        all.extend(inside);
    }
    let mut panel = Panel::default();
    for path in all {
        panel.add(
            path.display().to_string(),
            Series::read_with(&path, names, &options.read),
            options,
        )?;
    }
    Ok(panel)
}

impl Panel {
    fn add(&mut self, name: String, series: Result<Series>, options: &PanelOptions) -> Result<()> {
        match series {
            Ok(series) => self.series.push(series),
            Err(error) if options.strict => return Err(error),
            Err(error) => self.skipped.push(Skipped {
                name,
                reason: error.to_string(),
            }),
        }
        Ok(())
    }
}

fn reader<R: Read>(text: R) -> csv::Reader<R> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text)
}

fn open(path: &Path) -> Result<csv::Reader<impl Read + use<>>> {
    let mut file = BufReader::with_capacity(
        1 << 16,
        std::fs::File::open(path).map_err(Error::io("read", path))?,
    );
    if file
        .fill_buf()
        .map_err(Error::io("read", path))?
        .starts_with("\u{feff}".as_bytes())
    {
        file.consume(3);
    }
    Ok(reader(file))
}

fn unreadable(path: &Path) -> impl Fn(csv::Error) -> Fault + '_ {
    move |error| {
        let (file, reason) = (path.display().to_string(), error.to_string());
        let line = error.position().map_or(0, csv::Position::line);
        let help = "check the quotes around this line; a panel in one file is UTF-8";
        Fault::malformed(file, line, reason, help)
    }
}

fn is_number(cell: &str) -> bool {
    Decimal::Point.parse(cell).value().is_some()
}

/// Whether a row is that of a wide file: a name, then numbers.
fn name_and_numbers(row: &csv::StringRecord) -> bool {
    let mut cells = row.iter();
    let name = cells
        .next()
        .is_some_and(|cell| !cell.is_empty() && !is_number(cell));
    let mut numbers = 0;
    let all = cells.filter(|cell| !cell.is_empty()).all(|cell| {
        numbers += 1;
        is_number(cell)
    });
    name && all && numbers >= 3
}

/// A line for each series.
fn wide(path: &Path, names: &[&str], options: &PanelOptions) -> Result<Panel> {
    let [column] = names else {
        return fail(Fault::UnknownColumn {
            file: path.display().to_string(),
            name: names.get(1).copied().unwrap_or_default().into(),
            known: names
                .iter()
                .take(1)
                .map(|name| (*name).to_string())
                .collect(),
        });
    };
    let decimal = options.read.decimal.unwrap_or(Decimal::Point);
    let mut panel = Panel::default();
    let mut reader = open(path)?;
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(unreadable(path))? {
        let line = row.position().map_or(0, csv::Position::line);
        // A header such as V1, V2, V3.
        let header = line == 1 && row.iter().skip(1).all(|cell| !is_number(cell));
        if header || row.iter().all(str::is_empty) {
            continue;
        }
        let last = (0..row.len())
            .rfind(|&cell| !row[cell].is_empty())
            .unwrap_or(0);
        let name = row[0].to_string();
        let values = (1..=last).map(|cell| match decimal.parse(&row[cell]) {
            Number::Is(value) => Ok(value),
            _ => Err(Error::not_a_series(format!(
                "line {line}, value {cell}: found {:?}, expected a number",
                &row[cell]
            ))),
        });
        let series = values
            .collect::<Result<Vec<f64>>>()
            .and_then(|values| Series::undated(&name, [(*column, values)]));
        panel.add(name, series, options)?;
    }
    Ok(panel)
}

/// What is gathered of one series of a long file.
struct Gathered {
    name: String,
    /// Dates, or whole numbers as days.
    times: Vec<Date>,
    columns: Vec<Vec<f64>>,
    /// Rows without a value, and what they hold.
    missing: Vec<Ahead>,
    /// Why it is no series.
    broken: Option<String>,
}

/// A row for each series and date.
fn long(path: &Path, names: &[&str], options: &PanelOptions) -> Result<Panel> {
    let file = path.display().to_string();
    let mut reader = open(path)?;
    let mut record = csv::StringRecord::new();
    reader.read_record(&mut record).map_err(unreadable(path))?;
    let header: Vec<String> = record.iter().map(str::to_string).collect();
    let find = |wanted: &str| {
        let key = columns::key(wanted);
        header.iter().position(|name| columns::key(name) == key)
    };
    let unknown = |name: &str| Fault::UnknownColumn {
        file: file.clone(),
        name: name.into(),
        known: header.iter().map(|name| columns::canonical(name)).collect(),
    };
    let id_name = options.id.as_deref().unwrap_or(ID);
    let id = find(id_name).ok_or_else(|| unknown(id_name))?;
    let time = match &options.time {
        Some(name) => find(name).ok_or_else(|| unknown(name))?,
        None => header
            .iter()
            .position(|name| columns::is_date(name))
            .ok_or_else(|| Fault::NoDateColumn {
                file: file.clone(),
                columns: header.clone(),
            })?,
    };
    let mut wanted = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let y = || find("y").filter(|_| index == 0);
        wanted.push(find(name).or_else(y).ok_or_else(|| unknown(name))?);
    }

    let mut head = Vec::new();
    while head.len() < HEAD && reader.read_record(&mut record).map_err(unreadable(path))? {
        head.push(record.clone());
    }
    let times = head.iter().map(|row| row.get(time).unwrap_or_default());
    let order = match (options.read.dates, times.clone().all(is_whole)) {
        (Some(order), _) => Some(order),
        (None, true) => None,
        (None, false) => match DateOrder::infer(&times) {
            Inferred::Order(order) => Some(order),
            Inferred::None => Some(DateOrder::Ymd),
            Inferred::Ambiguous => {
                return fail(Fault::ambiguous_date(file, 2, &head[0][time]));
            }
        },
    };
    let decimal = match options.read.decimal {
        Some(decimal) => decimal,
        None => {
            let cells = |&column: &usize| {
                let rows = head.iter();
                rows.map(move |row| row.get(column).unwrap_or_default())
            };
            let columns = wanted.iter().map(cells);
            Decimal::of_columns(&columns).ok_or_else(|| numbers::ambiguous(&file))?
        }
    };

    let mut all: Vec<Gathered> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut take = |row: &csv::StringRecord| {
        let name = row.get(id).unwrap_or_default();
        if name.is_empty() {
            return;
        }
        let place = match places.get(name) {
            Some(&place) => place,
            None => {
                places.insert(name.to_string(), all.len());
                all.push(Gathered {
                    name: name.to_string(),
                    times: Vec::new(),
                    columns: vec![Vec::new(); wanted.len()],
                    missing: Vec::new(),
                    broken: None,
                });
                all.len() - 1
            }
        };
        let series = &mut all[place];
        if series.broken.is_none()
            && let Err(reason) = series.take(row, time, order, &wanted, decimal)
        {
            let line = row.position().map_or(0, csv::Position::line);
            series.broken = Some(format!("line {line}: {reason}"));
        }
    };
    head.iter().for_each(&mut take);
    while reader.read_record(&mut record).map_err(unreadable(path))? {
        take(&record);
    }

    let mut panel = Panel::default();
    for series in all {
        let name = series.name.clone();
        panel.add(name, series.into_series(names, order.is_some()), options)?;
    }
    Ok(panel)
}

fn is_whole(cell: &str) -> bool {
    (1..=6).contains(&cell.len()) && cell.bytes().all(|byte| byte.is_ascii_digit())
}

impl Gathered {
    fn take(
        &mut self,
        row: &csv::StringRecord,
        time: usize,
        order: Option<DateOrder>,
        wanted: &[usize],
        decimal: Decimal,
    ) -> std::result::Result<(), String> {
        let cell = row.get(time).unwrap_or_default();
        let date = match order {
            Some(order) => order.parse(cell),
            None => cell.parse().ok().and_then(super::step_date),
        };
        let date = date.ok_or_else(|| format!("{cell:?} is no date like those before"))?;
        let cells = wanted
            .iter()
            .map(|&column| row.get(column).unwrap_or_default());
        if cells.clone().any(numbers::is_missing) {
            let values = cells.map(|cell| decimal.parse(cell).value()).collect();
            self.missing.push(Ahead { date, values });
            return Ok(());
        }
        for (values, cell) in self.columns.iter_mut().zip(cells) {
            let value = decimal.parse(cell).value();
            values.push(value.ok_or_else(|| format!("{cell:?} is no number"))?);
        }
        self.times.push(date);
        Ok(())
    }

    /// Sorts by time; two rows of one time are an error.
    fn into_series(mut self, names: &[&str], dated: bool) -> Result<Series> {
        if let Some(reason) = self.broken {
            return Err(Error::not_a_series(reason));
        }
        let mut notes = Vec::new();
        // Rows after the last whole one that hold something are still to come.
        let last = self.times.iter().max();
        let (mut ahead, missing): (Vec<Ahead>, Vec<Ahead>) =
            self.missing.into_iter().partition(|row| {
                last.is_some_and(|last| row.date > *last) && row.values.iter().any(Option::is_some)
            });
        ahead.sort_by_key(|row| row.date);
        if !missing.is_empty() {
            notes.push(format!(
                "{}: {} rows without a value were left out",
                self.name,
                missing.len()
            ));
        }
        if !self.times.is_sorted() {
            let mut order: Vec<usize> = (0..self.times.len()).collect();
            order.sort_by_key(|&row| self.times[row]);
            for values in &mut self.columns {
                *values = order.iter().map(|&row| values[row]).collect();
            }
            self.times.sort_unstable();
            notes.push(format!(
                "{}: the rows were not in order of time and were sorted",
                self.name
            ));
        }
        if let Some(pair) = self.times.windows(2).find(|pair| pair[0] == pair[1]) {
            let what = if dated {
                pair[0].to_string()
            } else {
                "a step".into()
            };
            return Err(Error::not_a_series(format!("{what} stands on two rows")));
        }
        if self.times.is_empty() {
            return fail(Fault::NoRows { file: self.name });
        }
        Ok(Series {
            name: self.name,
            dates: self.times,
            dated,
            columns: names
                .iter()
                .zip(self.columns)
                .map(|(name, values)| Column {
                    name: (*name).to_string(),
                    unit: None,
                    values,
                })
                .collect(),
            adjustment: Adjustment::None,
            ahead,
            notes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use jiff::civil::date;

    fn read(files: &[(&str, &str)], names: &[&str], options: &PanelOptions) -> Result<Panel> {
        let folder = tempfile::tempdir().unwrap();
        let paths: Vec<PathBuf> = files
            .iter()
            .map(|(name, text)| {
                let path = folder.path().join(name);
                std::fs::write(&path, text).unwrap();
                path
            })
            .collect();
        Panel::read(&paths, names, options)
    }

    #[test]
    fn a_long_file_has_a_row_for_each_series_and_date() {
        let text = "unique_id,ds,y\nA,2018-04-03,1\nB,2018-04-03,10\nA,2018-04-05,3\nA,2018-04-04,2\nB,2018-04-04,\nC,soon,1\n";
        let panel = read(&[("long.csv", text)], &["close"], &PanelOptions::default()).unwrap();
        assert_eq!(panel.series.len(), 2);
        let a = &panel.series[0];
        assert_eq!(
            (a.name(), a.column("close").unwrap()),
            ("A", &[1.0, 2.0, 3.0][..])
        );
        assert_eq!(a.dates()[2], date(2018, 4, 5));
        assert!(
            a.is_dated() && a.notes()[0].contains("sorted"),
            "{:?}",
            a.notes()
        );
        assert_eq!(
            panel.series[1].notes(),
            ["B: 1 rows without a value were left out"]
        );
        assert_eq!(panel.skipped[0].name, "C");
        assert!(
            panel.skipped[0]
                .reason
                .contains("line 7: \"soon\" is no date"),
            "{:?}",
            panel.skipped
        );

        let strict = PanelOptions {
            strict: true,
            ..PanelOptions::default()
        };
        assert!(read(&[("long.csv", text)], &["close"], &strict).is_err());
        let named = PanelOptions {
            id: Some("Stock".into()),
            time: Some("Step".into()),
            ..PanelOptions::default()
        };
        let text = "Stock,Step,Close,Volume\nA,1,5,50\nA,2,6,60\n";
        let panel = read(&[("long.csv", text)], &["close", "volume"], &named).unwrap();
        assert_eq!(panel.series[0].column("volume").unwrap(), [50.0, 60.0]);
        assert!(!panel.series[0].is_dated());
        assert!(read(&[("long.csv", text)], &["open"], &named).is_err());
    }

    #[test]
    fn what_does_not_act_is_refused_by_name() {
        let long = "unique_id,ds,y\nA,2018-04-03,1\n";
        let wide = "H1,1,2,3\nH2,4,5,6\n";
        type Set = fn(&mut ReadOptions);
        let cases: [(&str, &str, Set); 5] = [
            (long, "format", |read| {
                read.format = Some(crate::series::Format::Csv)
            }),
            (long, "adjust", |read| read.adjust = Adjustment::Splits),
            (wide, "format", |read| {
                read.format = Some(crate::series::Format::Csv)
            }),
            (wide, "adjust", |read| read.adjust = Adjustment::Splits),
            (wide, "dates", |read| read.dates = Some(DateOrder::Dmy)),
        ];
        for (text, name, set) in cases {
            let mut options = PanelOptions::default();
            set(&mut options.read);
            let error = read(&[("panel.csv", text)], &["close"], &options).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Setting);
            assert_eq!(error.setting(), Some(name), "{error}");
        }
        let mut options = PanelOptions::default();
        options.read.decimal = Some(Decimal::Comma);
        let wide = "H1,\"1,5\",2,3\nH2,4,5,6\n";
        let panel = read(&[("wide.csv", wide)], &["close"], &options).unwrap();
        assert_eq!(panel.series[0].column("close").unwrap()[0], 1.5);
    }

    #[test]
    fn numbers_that_can_be_read_in_two_ways_are_an_error() {
        let rows = |rows: &str| format!("unique_id,ds,y\n{rows}");
        let read_long = |text: &str, options: &PanelOptions| {
            read(&[("long.csv", &rows(text))], &["y"], options)
        };
        let open = "A,2018-04-03,\"11,988\"\nA,2018-04-04,\"12,015\"\n";
        let error = read_long(open, &PanelOptions::default()).unwrap_err();
        assert!(
            error.to_string().contains("twelve or twelve thousand"),
            "{error}"
        );
        for (decimal, want) in [(Decimal::Point, 11988.0), (Decimal::Comma, 11.988)] {
            let mut options = PanelOptions::default();
            options.read.decimal = Some(decimal);
            let panel = read_long(open, &options).unwrap();
            assert_eq!(panel.series[0].column("y").unwrap()[0], want);
        }
        let whole = format!("{open}A,2018-04-05,999\n");
        let panel = read_long(&whole, &PanelOptions::default()).unwrap();
        assert_eq!(panel.series[0].column("y").unwrap()[0], 11988.0);
        let commas = "A,2018-04-03,\"1,5\"\nA,2018-04-04,\"12,015\"\n";
        let panel = read_long(commas, &PanelOptions::default()).unwrap();
        assert_eq!(panel.series[0].column("y").unwrap(), [1.5, 12.015]);
    }

    #[test]
    fn a_wide_file_has_a_line_for_each_series() {
        for text in [
            "\"V1\",\"V2\",\"V3\",\"V4\"\n\"H1\",\"1\",\"2\",\"3\"\n\"H2\",\"4\",\"5.5\",\"6\",\"7\"\n",
            "H1,1,2,3,,\nH2,4,5.5,6,7\n",
        ] {
            let panel = read(&[("wide.csv", text)], &["close"], &PanelOptions::default()).unwrap();
            assert_eq!(panel.series[0].column("close").unwrap(), [1.0, 2.0, 3.0]);
            assert_eq!(
                panel.series[1].column("close").unwrap(),
                [4.0, 5.5, 6.0, 7.0]
            );
            assert!(!panel.series[1].is_dated());
            let longer = panel.clone().followed_by(&panel).unwrap();
            assert_eq!(
                longer.series[0].column("close").unwrap(),
                [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]
            );
        }
    }

    #[test]
    fn one_series_is_no_panel() {
        for text in [
            "Date,Close,Volume,Open\n2018-04-03,1,2,3\n",
            "2018-04-03,1,2,3\n2018-04-04,1,2,3\n",
            "Date,Name,Close\n2018-04-03,a,1\n",
            "AAA,20180403,1,2\nAAA,20180404,1,2\n",
            "",
        ] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("one.csv");
            std::fs::write(&path, text).unwrap();
            let form = PanelForm::of(&[&path], &PanelOptions::default()).unwrap();
            assert_eq!(form, None, "{text:?}");
        }
    }

    #[test]
    fn files_are_series_and_broken_ones_are_named() {
        let good = "Date,Close\n2018-04-03,1\n2018-04-04,2\n";
        let panel = read(
            &[("a.csv", good), ("b.csv", "Date,Close\n2018-04-03,x\n")],
            &["close"],
            &PanelOptions::default(),
        )
        .unwrap();
        assert_eq!(panel.series.len(), 1);
        assert!(panel.skipped[0].name.ends_with("b.csv"));
        let error = read(
            &[("b.csv", "Date,Close\n2018-04-03,x\n"), ("c.csv", "")],
            &["close"],
            &PanelOptions::default(),
        );
        assert!(error.unwrap_err().to_string().contains("is broken; "));
    }
}
