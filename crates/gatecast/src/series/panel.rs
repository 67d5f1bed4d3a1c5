//! Many series of one kind: a file each, or one file for all. A long file has a row for each series
//! and stamp (`unique_id, ds, y`), a wide one a line for each series (`H1, 605, 586, …`), as the M4
//! competition has them. What this file is not: it trains nothing, and reads no cells of its own but
//! those of wide files.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::cells::Cell;
use super::gather::Gather;
use super::input::Input;
use super::numbers::{self, Decimal, Number};
use super::stamp::Stamp;
use super::table::Table;
use super::times::{self, Form, Inferred};
use super::{
    Adjustment, Cleaned, Fault, Health, ReadOptions, Series, columns, csv, format, health, read,
    text,
};
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
    /// A row for each series and stamp, with the series' name in a column.
    Long,
    /// A line for each series, its name in front.
    Wide,
}

/// How a panel is to be read.
#[derive(Clone, Debug, Default)]
pub struct PanelOptions {
    /// How its files are to be read.
    pub read: ReadOptions,
    /// Column of a long file that names the series; the one that is called so (`unique_id`, `ticker`,
    /// `Name`) if `None`.
    pub id: Option<String>,
    /// Whether a series that cannot be read is an error rather than left out.
    pub strict: bool,
    /// Files with a row for each date whose columns are laid beside those of every series, as
    /// [`Series::join`] does it.
    pub join: Vec<PathBuf>,
    /// Bytes that a packed or compressed file in memory ([`Data::parse`]) may hold, at most; 16 GB if `None`. One
    /// that holds 200 times what it takes is refused in any case.
    pub most_bytes: Option<u64>,
}

impl PanelForm {
    /// Fails where something is to be read otherwise than this form ever is.
    fn refuse(self, read: &ReadOptions) -> Result<()> {
        let what = match self {
            Self::Files => return Ok(()),
            Self::Long => "a long file",
            Self::Wide => "a file with a series a line",
        };
        let wide = self == Self::Wide;
        let unused = [
            ("dates", wide && read.dates.is_some()),
            ("format", wide && read.format.is_some()),
            ("time", wide && read.time.is_some()),
            ("timezone", wide && read.timezone.is_some()),
            ("fill", wide && read.fill != super::Fill::None),
            ("adjust", read.adjust != Adjustment::None),
        ];
        match unused.iter().find(|(_, set)| *set) {
            None => Ok(()),
            Some((name, _)) => wrong(
                name,
                format!("set for {what}"),
                "left out, or used with a file for each series",
            ),
        }
    }
}

/// What lies at some paths, opened and recognised. It can be read more than once, even where it came
/// through a pipe.
#[derive(Debug)]
pub struct Data {
    options: PanelOptions,
    files: Files,
    /// Those of [`PanelOptions::join`].
    joined: Vec<Series>,
}

#[derive(Debug)]
enum Files {
    /// One series.
    One(Input),
    /// A row for each series and stamp; the column that names the series, and whether it was found.
    Long(Input, usize, Option<String>),
    Wide(Input),
    /// A file for each series.
    Many(Vec<PathBuf>, String),
}

impl Data {
    /// Opens files. A folder stands for all files in it, the path `-` for standard input; one file with
    /// a column of names, or with a name and numbers in each line, holds many series.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io); [`UnknownColumn`](crate::ErrorKind::UnknownColumn) for
    /// [`PanelOptions::id`]; those of [`Series::read`] for [`PanelOptions::join`].
    pub fn open<P: AsRef<Path>>(paths: &[P], options: &PanelOptions) -> Result<Self> {
        let options = options.clone();
        let files = match paths {
            [path] if !path.as_ref().is_dir() => recognise(Input::open(path.as_ref())?, &options)?,
            _ => {
                let first = paths
                    .first()
                    .map(|path| path.as_ref().display().to_string());
                Files::Many(inside(paths)?, first.unwrap_or_default())
            }
        };
        Self::of(options, files)
    }

    fn of(options: PanelOptions, files: Files) -> Result<Self> {
        let joined = options.join.iter();
        let joined = joined.map(|path| to_join(path, &options.read));
        Ok(Self {
            joined: joined.collect::<Result<_>>()?,
            options,
            files,
        })
    }

    /// The same from bytes; `file` is what messages call them.
    ///
    /// ```
    /// use gatecast::series::{Data, PanelOptions};
    ///
    /// let text = "ticker;date;close\nA;2018-04-27 10:00;1,5\nA;2018-04-27 11:00;2,5\n\
    ///             B;2018-04-27 10:00;10,5\nB;2018-04-27 11:00;20,5\n";
    /// let data = Data::parse("prices", text.as_bytes(), &PanelOptions::default())?;
    /// let panel = data.read(&[data.target()?])?;
    /// assert_eq!(panel.series[1].column("close")?, [10.5, 20.5]);
    /// # Ok::<(), gatecast::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Data::open`].
    pub fn parse(file: &str, bytes: &[u8], options: &PanelOptions) -> Result<Self> {
        let options = options.clone();
        let input = match options.most_bytes {
            Some(most) => Input::of_bytes_at_most(file, bytes.to_vec(), most)?,
            None => Input::of_bytes(file, bytes.to_vec())?,
        };
        let files = recognise(input, &options)?;
        Self::of(options, files)
    }

    /// The same from the rows of a frame in memory: batches of one schema, which stay where they are. Times keep
    /// their zone, texts are read like those of any file, and messages count rows from 1.
    ///
    /// # Errors
    /// As [`Data::open`]; [`NoRows`](crate::ErrorKind::NoRows) where there is no batch.
    #[cfg(feature = "frames")]
    pub fn of_frame(
        name: &str,
        batches: Vec<arrow_array::RecordBatch>,
        options: &PanelOptions,
    ) -> Result<Self> {
        let options = options.clone();
        if batches.is_empty() {
            return fail(Fault::NoRows { file: name.into() });
        }
        let files = recognise(Input::of_frame(name, batches), &options)?;
        Self::of(options, files)
    }

    /// How it is read.
    pub fn options(&self) -> &PanelOptions {
        &self.options
    }

    /// How the panel lies there; `None` where it is one file with one series.
    pub fn form(&self) -> Option<PanelForm> {
        match self.files {
            Files::One(_) => None,
            Files::Long(..) => Some(PanelForm::Long),
            Files::Wide(_) => Some(PanelForm::Wide),
            Files::Many(..) => Some(PanelForm::Files),
        }
    }

    /// What is to be forecast where nothing is named: the close, what may mean it, `y`, or the only
    /// column of numbers.
    ///
    /// # Errors
    /// [`UnknownColumn`](crate::ErrorKind::UnknownColumn) with the columns that there are; those of
    /// reading the first rows.
    pub fn target(&self) -> Result<String> {
        if matches!(self.files, Files::Wide(_)) {
            return Ok("y".into());
        }
        let Some((table, id)) = self.head()?.filter(|(table, _)| table.rows() > 0) else {
            return Ok("close".into()); // reading will say that there is none
        };
        let reading = table.reading(&self.options.read, id)?;
        let numeric = table.numeric(&reading, id);
        let named = |name: &str| numeric.iter().find(|&&column| table.names[column] == name);
        let alone =
            columns::close_if_alone(&table.header).filter(|column| numeric.contains(column));
        let only = || numeric.first().filter(|_| numeric.len() == 1);
        let found = named("close")
            .copied()
            .or(alone)
            .or_else(|| named("y").copied())
            .or_else(|| only().copied());
        match found {
            Some(column) => Ok(table.names[column].clone()),
            None => fail(Fault::UnknownColumn {
                known: table.numeric_names(&reading, id),
                file: table.file,
                name: "close".into(),
            }),
        }
    }

    /// The first rows of the first file, where its columns have headers, and which of them names the series.
    fn head(&self) -> Result<Option<(Table, Option<usize>)>> {
        let format = self.options.read.format;
        Ok(match &self.files {
            Files::Wide(_) => None,
            Files::One(one) => Some((format::head(one, format)?, None)),
            Files::Long(one, column, _) => Some((format::head(one, format)?, Some(*column))),
            Files::Many(paths, _) => match paths.first() {
                Some(path) => Some((format::head(&Input::open(path)?, format)?, None)),
                None => None,
            },
        })
    }

    /// The column that names the series of a long file.
    ///
    /// # Errors
    /// Those of reading the first rows.
    pub fn id_column(&self) -> Result<Option<String>> {
        let Files::Long(..) = &self.files else {
            return Ok(None);
        };
        Ok(self
            .head()?
            .and_then(|(table, id)| Some(table.header[id?].clone())))
    }

    /// The column of times, under its own header; none where rows have no times, or each series a line.
    ///
    /// # Errors
    /// Those of reading the first rows.
    pub fn time_column(&self) -> Result<Option<String>> {
        let Some((table, id)) = self.head()? else {
            return Ok(None);
        };
        let time = table.reading(&self.options.read, id)?.time;
        Ok(time.map(|time| table.header[time.column].clone()))
    }

    /// Reads the named columns of every series, of which there may be only one; of a long file `y`
    /// stands for a first column that is not there, and the values of a wide file are called like it. What
    /// stands in a file of [`PanelOptions::join`] is laid beside them.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io); [`UnknownColumn`](crate::ErrorKind::UnknownColumn) or
    /// [`Malformed`](crate::ErrorKind::Malformed) of a long file; with [`PanelOptions::strict`] whatever
    /// is wrong with the first broken series; [`NotASeries`](crate::ErrorKind::NotASeries) when no
    /// series is left; of a single series all that [`Series::read_with`] finds; those of [`Series::join`], and
    /// [`Setting`](crate::ErrorKind::Setting) where no column of a file to join is named.
    pub fn read<S: AsRef<str>>(&self, names: &[S]) -> Result<Panel> {
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        if self.joined.is_empty() {
            return self.read_own(&names);
        }
        let own = self.own(&names)?;
        let panel = self
            .read_own(&own)
            .map_err(|error| self.with_joined(error))?;
        let Panel { series, skipped } = panel;
        let mut panel = Panel {
            series: Vec::new(),
            skipped,
        };
        for series in series {
            let name = series.name().to_string();
            let mut files = self.joined.iter();
            let joined = files.try_fold(series, |series, other| series.join(other));
            match self.form() {
                None => panel.series.push(joined?),
                Some(_) => panel.add(name, joined, &self.options)?,
            }
        }
        match panel.series.is_empty() {
            true => none_left(&panel, "the panel"),
            false => Ok(panel),
        }
    }

    /// Those of the names that are not of a file to join.
    fn own<'n>(&self, names: &[&'n str]) -> Result<Vec<&'n str>> {
        for file in &self.joined {
            let columns: Vec<&str> = file.columns().iter().map(|c| &*c.name).collect();
            if !names.is_empty() && !names.iter().any(|name| file.find(name).is_some()) {
                let (file, columns) = (file.name(), columns.join(", "));
                let found = format!("{file}, of whose columns ({columns}) none is asked for");
                return wrong("join", found, "a file with columns that ‹features› has");
            }
        }
        let is_joined = |name: &&&str| self.joined.iter().find(|file| file.find(name).is_some());
        let head = self.head()?;
        for name in names {
            if let (Some(file), Some((table, _))) = (is_joined(&name), &head)
                && table.find(name).is_ok()
            {
                return fail(Fault::BothHave {
                    file: table.file.clone(),
                    other: file.name().into(),
                    name: (*name).into(),
                });
            }
        }
        let own: Vec<&str> = names
            .iter()
            .filter(|name| is_joined(name).is_none())
            .copied()
            .collect();
        if own.is_empty() && !names.is_empty() {
            let found = format!("\"{}\"", names[0]);
            return wrong(
                "target",
                found,
                "a column of the series, beside which ‹join› lays others",
            );
        }
        Ok(own)
    }

    /// That a column is neither in the files nor in those to join.
    fn with_joined(&self, error: Error) -> Error {
        let Some(Fault::UnknownColumn { file, name, known }) = error.fault() else {
            return error;
        };
        let files: Vec<&str> = self.joined.iter().map(Series::name).collect();
        let columns = self.joined.iter().flat_map(Series::columns);
        let columns = columns.map(|column| column.name.clone());
        let (name, file) = (name.clone(), format!("{file} with {}", files.join(" and ")));
        let known = known.iter().cloned().chain(columns).collect();
        Fault::UnknownColumn { file, name, known }.into()
    }

    /// The named columns of the files themselves.
    fn read_own(&self, names: &[&str]) -> Result<Panel> {
        let read = &self.options.read;
        if let Some(form) = self.form() {
            form.refuse(read)?;
        }
        let mut panel = Panel::default();
        let of = match &self.files {
            Files::One(input) => {
                panel.series.push(read::one(input, names, read)?);
                return Ok(panel);
            }
            Files::Long(input, id, found) => {
                let mut gather = Gather::new(names, Some(*id), read);
                format::pieces(input, read.format, &mut |table| gather.take(&table))?;
                for (name, series) in gather.finish()? {
                    panel.add(name, series, &self.options)?;
                }
                if let (Some(column), Some(first)) = (found, panel.series.first_mut()) {
                    let note = format!("{}: the column {column} names the series", input.name);
                    first.notes.insert(0, note);
                }
                input.name.clone()
            }
            Files::Wide(input) => {
                wide(input, names, &self.options, &mut panel)?;
                input.name.clone()
            }
            Files::Many(paths, first) => {
                for path in paths {
                    let series = Input::open(path).and_then(|input| read::one(&input, names, read));
                    panel.add(path.display().to_string(), series, &self.options)?;
                }
                first.clone()
            }
        };
        match panel.series.is_empty() {
            true => none_left(&panel, &of),
            false => Ok(panel),
        }
    }

    /// What stands in a column of a long file beside the name of each series, such as its category: the first that is
    /// there.
    ///
    /// # Errors
    /// [`UnknownColumn`](crate::ErrorKind::UnknownColumn);
    /// [`NotASeries`](crate::ErrorKind::NotASeries) where this is no long file.
    pub fn labels(&self, column: &str) -> Result<HashMap<String, String>> {
        let Files::Long(input, id, _) = &self.files else {
            return Err(Error::not_a_series(format!(
                "only a long file has a column \"{column}\" beside the names of its series"
            )));
        };
        let mut labels = HashMap::new();
        format::pieces(input, self.options.read.format, &mut |table| {
            if table.rows() == 0 {
                return Ok(());
            }
            let at = table.find(column)?;
            for row in 0..table.rows() {
                let label = table.text(row, at);
                if !label.is_empty() {
                    let name = table.text(row, *id).into_owned();
                    labels.entry(name).or_insert_with(|| label.into_owned());
                }
            }
            Ok(())
        })?;
        Ok(labels)
    }

    /// Bytes of the file, where it is one with one series.
    ///
    /// # Errors
    /// [`Io`](crate::ErrorKind::Io).
    pub fn length(&self) -> Result<u64> {
        match &self.files {
            Files::One(input) => input.length(),
            _ => Ok(0),
        }
    }

    /// Looks the one series over, as [`super::inspect`] does.
    ///
    /// # Errors
    /// As [`super::inspect`]; [`NotASeries`](crate::ErrorKind::NotASeries) where there are many.
    pub fn inspect(&self) -> Result<Health> {
        match &self.files {
            Files::One(input) => health::inspect_input(input, &self.options.read),
            _ => Err(Error::not_a_series(
                "these are many series; look them over one by one",
            )),
        }
    }

    /// The rows of one series without the faults that can be removed safely; see [`clean`](super::clean()).
    ///
    /// # Errors
    /// As [`inspect`](Self::inspect).
    pub fn clean(&self) -> Result<Cleaned> {
        match &self.files {
            Files::One(input) if self.form().is_none() => {
                health::clean_input(input, &self.options.read)
            }
            _ => Err(Error::not_a_series(
                "these are many series; clean the file of each by itself",
            )),
        }
    }
}

impl Panel {
    /// Reads the named columns of every series at some paths; see [`Data`].
    ///
    /// # Errors
    /// As [`Data::open`] and [`Data::read`].
    pub fn read<P: AsRef<Path>, S: AsRef<str>>(
        paths: &[P],
        names: &[S],
        options: &PanelOptions,
    ) -> Result<Self> {
        Data::open(paths, options)?.read(names)
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

/// That no series is left of a panel, and why.
fn none_left(panel: &Panel, of: &str) -> Result<Panel> {
    Err(Error::not_a_series(match panel.skipped.first() {
        Some(Skipped { name, reason }) => {
            format!("every series of {of} is broken; {name}: {reason}")
        }
        None => format!("there is none in {of}"),
    }))
}

/// Reads a file that is to be joined. It is read by what its content says; where that leaves the order of dates
/// or the decimal mark open, as the series is.
fn to_join(path: &Path, read: &ReadOptions) -> Result<Series> {
    let input = Input::open(path)?;
    let plain = ReadOptions {
        timezone: read.timezone.clone(),
        ..ReadOptions::default()
    };
    let like_series = ReadOptions {
        dates: read.dates,
        decimal: read.decimal,
        ..plain.clone()
    };
    let none: &[&str] = &[];
    read::one(&input, none, &plain)
        .or_else(|error| read::one(&input, none, &like_series).map_err(|_| error))
}

/// The one series that rows of a frame make which have one name in the column `id`. Places in messages are counted among
/// these rows, so that they are the same wherever the rows come from.
#[cfg(feature = "frames")]
pub(crate) fn of_rows<S: AsRef<str>>(
    name: &str,
    batches: &[arrow_array::RecordBatch],
    id: &str,
    names: &[S],
    options: &ReadOptions,
) -> Result<Series> {
    let input = Input::of_frame(name, batches.to_vec());
    let id = format::head(&input, None)?.find(id)?;
    let mut gather = Gather::new(names, Some(id), options);
    format::pieces(&input, None, &mut |table| gather.take(&table))?;
    match gather.finish()?.pop() {
        Some((_, series)) => series,
        None => fail(Fault::NoRows { file: name.into() }),
    }
}

/// The files at some paths, and those inside the folders among them.
fn inside<P: AsRef<Path>>(paths: &[P]) -> Result<Vec<PathBuf>> {
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
    Ok(all)
}

/// Whether a file holds one series, a series a line, or a row for each series and stamp.
fn recognise(input: Input, options: &PanelOptions) -> Result<Files> {
    let head = input.head()?;
    if format::is_plain(&head, options.read.format) && options.id.is_none() {
        let text = text::decode(&head).0;
        if is_wide(&text) {
            return Ok(Files::Wide(input));
        }
    }
    let Ok(table) = format::head(&input, options.read.format) else {
        // What is wrong with it will be said when it is read.
        return Ok(Files::One(input));
    };
    if let Some(name) = &options.id {
        let id = table.find(name)?;
        return Ok(Files::Long(input, id, None));
    }
    let mut candidates: Vec<(usize, usize)> = (0..table.header.len())
        .filter_map(|column| Some((columns::names_series(&table.header[column])?, column)))
        .collect();
    candidates.sort_unstable();
    if let Some(&(0, id)) = candidates.first() {
        return Ok(Files::Long(input, id, None));
    }
    let mut best = None;
    for (_, id) in candidates {
        match names_series(&table, id, &options.read) {
            Named::Once => {
                best = Some(id);
                break;
            }
            Named::Twice => best = best.or(Some(id)),
            Named::Perhaps if changes(&input, options, id, &table.text(0, id))? => {
                best = Some(id);
                break;
            }
            Named::Perhaps | Named::No => {}
        }
    }
    Ok(match best {
        Some(id) => Files::Long(input, id, Some(table.header[id].clone())),
        None => Files::One(input),
    })
}

/// Whether a column names the series of a long file.
enum Named {
    /// It does, and each name has every stamp once.
    Once,
    /// It does, but a name has a stamp on several rows: other columns name the series too.
    Twice,
    /// There is one name so far.
    Perhaps,
    No,
}

fn names_series(table: &Table, id: usize, options: &ReadOptions) -> Named {
    let mut names = HashSet::new();
    let mut numeric = true;
    for cell in table.column(id) {
        let name = cell.text();
        let whole = name.bytes().all(|byte| byte.is_ascii_digit());
        if matches!(cell, Cell::Time(_)) || cell.number(Decimal::Point).value().is_some() && !whole
        {
            return Named::No; // 1.5 is a value
        }
        numeric &= whole;
        names.insert(name);
    }
    let Ok(reading) = table.reading(options, Some(id)) else {
        return Named::No;
    };
    let Some(time) = reading.time else {
        return Named::No;
    };
    let (mut stamps, mut pairs) = (HashSet::new(), HashSet::new());
    let (mut repeated, mut twice) = (false, false);
    for row in 0..table.rows() {
        let stamp = table.time_cell(time, row).into_owned();
        twice |= !pairs.insert((table.text(row, id), stamp.clone()));
        repeated |= !stamps.insert(stamp);
    }
    match names.len() {
        0 => Named::No,
        1 if repeated || numeric => Named::No,
        1 => Named::Perhaps,
        _ if twice && repeated => Named::Twice,
        // Names under dates that never repeat may be those of contracts that follow one another; of
        // a few rows each they are remarks.
        count if repeated || !numeric && count * 3 <= table.rows() => Named::Once,
        _ => Named::No,
    }
}

/// Whether another name than `first` comes after the head of a file.
fn changes(input: &Input, options: &PanelOptions, id: usize, first: &str) -> Result<bool> {
    let mut other = false;
    // What is wrong with the rows will be said when they are read.
    let _ = format::pieces(input, options.read.format, &mut |table| {
        other |= table.header.len() > id && table.column(id).any(|cell| cell.text() != first);
        match other {
            true => fail(Fault::NoRows {
                file: String::new(),
            }),
            false => Ok(()),
        }
    });
    Ok(other)
}

fn is_number(cell: &str) -> bool {
    [Decimal::Point, Decimal::Comma]
        .iter()
        .any(|decimal| decimal.parse(cell).value().is_some())
}

/// Whether a text has a name and numbers in each line.
fn is_wide(head: &str) -> bool {
    let rows = csv::reader(head.as_bytes(), csv::delimiter(head)).into_records();
    let rows: Vec<::csv::StringRecord> = rows.flatten().take(2).collect();
    let Some(first) = rows.first() else {
        return false;
    };
    let dated = |cell: &str| times::is_time(cell) && !is_number(cell);
    let is_row = |row: &::csv::StringRecord| {
        let mut cells = row.iter();
        let name = cells
            .next()
            .is_some_and(|cell| !cell.is_empty() && !is_number(cell) && !dated(cell));
        let filled: Vec<&str> = cells.filter(|cell| !cell.is_empty()).collect();
        name && filled.iter().all(|cell| is_number(cell)) && filled.len() >= 3
    };
    // Two lines of one name are rows of one series.
    let again = rows
        .get(1)
        .is_some_and(|second| second.get(0) == first.get(0));
    // Dates in a second column are those of rows.
    let with_date = rows.iter().all(|row| {
        row.get(1)
            .is_some_and(|cell| cell.len() == 8 && times::is_time(cell))
    });
    let header_of_rows = first
        .iter()
        .any(|cell| columns::is_time(cell) && !cell.is_empty())
        || rows.len() > 1
            && first
                .iter()
                .skip(1)
                .any(|cell| columns::key(cell) == "close");
    rows.last().is_some_and(is_row)
        && !again
        && !with_date
        && !header_of_rows
        && !rows.last().into_iter().flatten().any(dated)
}

/// A line for each series.
fn wide(input: &Input, names: &[&str], options: &PanelOptions, panel: &mut Panel) -> Result<()> {
    let file = input.name.as_str();
    let [column] = names else {
        return fail(Fault::UnknownColumn {
            file: file.into(),
            name: names.get(1).copied().unwrap_or_default().into(),
            known: names
                .iter()
                .take(1)
                .map(|name| (*name).to_string())
                .collect(),
        });
    };
    let bytes = input.bytes()?;
    let text = text::decode(&bytes).0;
    let delimiter = csv::delimiter(&text);
    let head: Vec<::csv::StringRecord> = csv::reader(text.as_bytes(), delimiter)
        .into_records()
        .flatten()
        .take(100)
        .collect();
    let decimal = match options.read.decimal {
        Some(decimal) => decimal,
        None => {
            let rows = head.iter().map(|row| row.iter().skip(1));
            Decimal::of_columns(&rows, delimiter == b',').ok_or_else(|| {
                let cells = head.iter().flat_map(|row| {
                    let line = row.position().map_or(0, ::csv::Position::line);
                    row.iter().skip(1).map(move |cell| (line, cell))
                });
                numbers::ambiguous(file, cells)
            })?
        }
    };
    let mut stamps: Option<Vec<Stamp>> = None;
    let mut reader = csv::reader(text.as_bytes(), delimiter);
    let mut row = ::csv::StringRecord::new();
    while reader
        .read_record(&mut row)
        .map_err(csv::unreadable(file))?
    {
        let line = row.position().map_or(0, ::csv::Position::line);
        if row.iter().all(str::is_empty) {
            continue;
        }
        if panel.series.is_empty() && panel.skipped.is_empty() && stamps.is_none() {
            let cells = row.iter().skip(1).filter(|cell| !cell.is_empty());
            // A header such as V1, V2, V3, or of times.
            if let Some(times) = times_of_header(&row, options) {
                stamps = Some(times);
                continue;
            }
            if cells.clone().all(|cell| !is_number(cell)) {
                continue;
            }
        }
        let last = (0..row.len())
            .rfind(|&cell| !row[cell].is_empty())
            .unwrap_or(0);
        let name = row[0].to_string();
        let mut values = Vec::with_capacity(last);
        let mut own: Vec<Stamp> = Vec::new();
        let mut broken = None;
        for cell in 1..=last {
            match (decimal.parse(&row[cell]), &stamps) {
                (Number::Is(value), _) => {
                    values.push(value);
                    own.extend(stamps.as_ref().and_then(|stamps| stamps.get(cell - 1)));
                }
                // A year without a value has no row.
                (Number::Missing, Some(_)) => {}
                _ => {
                    broken = broken.or(Some(Error::not_a_series(format!(
                        "line {line}, value {cell}: found {:?}, expected a number",
                        &row[cell]
                    ))));
                }
            }
        }
        let series = match (broken, &stamps) {
            (Some(error), _) => Err(error),
            (None, _) if values.is_empty() => Err(Fault::NoRows { file: name.clone() }.into()),
            (None, Some(_)) => Series::new(&name, own, [(*column, values)]),
            (None, None) => Series::undated(&name, [(*column, values)]),
        };
        panel.add(name, series, options)?;
    }
    Ok(())
}

/// The times that stand in the header of a wide file: 2018, 2019, … or dates.
fn times_of_header(row: &::csv::StringRecord, options: &PanelOptions) -> Option<Vec<Stamp>> {
    let cells = || row.iter().skip(1).filter(|cell| !cell.is_empty());
    let form = match Form::infer(&cells(), options.read.dates, true) {
        Inferred::Form(form) if form != Form::Number => form,
        _ => return None,
    };
    let stamps: Vec<Stamp> = cells()
        .map(|cell| form.parse(cell))
        .collect::<Option<_>>()?;
    (stamps.len() >= 3 && stamps.is_sorted_by(|a, b| a < b)).then_some(stamps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::series::DateOrder;
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
        assert_eq!(a.stamps()[2], date(2018, 4, 5));
        assert!(
            a.is_dated() && a.notes()[0].contains("sorted"),
            "{:?}",
            a.notes()
        );
        assert_eq!(
            panel.series[1].notes(),
            ["B: 1 row was without a value, and left out, the first at line 6 (2018-04-04)"]
        );
        assert_eq!(panel.skipped[0].name, "C");
        assert!(
            panel.skipped[0]
                .reason
                .contains("line 7, column \"ds\": found \"soon\""),
            "{:?}",
            panel.skipped
        );

        let strict = PanelOptions {
            strict: true,
            ..PanelOptions::default()
        };
        assert!(read(&[("long.csv", text)], &["close"], &strict).is_err());
        // Nobody who asks for another column is given y.
        let error = read(&[("long.csv", text)], &["yy"], &PanelOptions::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnknownColumn);
        let named = PanelOptions {
            id: Some("Stock".into()),
            read: ReadOptions {
                time: Some("Step".into()),
                ..ReadOptions::default()
            },
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
        let cases: [(&str, &str, Set); 4] = [
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
            error
                .to_string()
                .contains("numbers such as 11,988 may have"),
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
            let form = Data::open(&[&path], &PanelOptions::default())
                .unwrap()
                .form();
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
