//! From a path or bytes to a [`Series`]: its source is recognised, its cells are checked, its prices
//! adjusted. What this file is not: each of these steps has a file of its own.

use std::path::Path;

use super::gather::Gather;
use super::input::Input;
use super::options::{Adjustment, ReadOptions};
use super::{Fault, Series, adjust, format};
use crate::error::{Result, fail};

impl Series {
    /// Reads all numeric columns of a file.
    ///
    /// # Errors
    /// An [`Error`](crate::Error) that names the file, the line and the column.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        Self::read_columns(path, &[] as &[&str])
    }

    /// Reads the named columns of a file, and no others: a cell of a column that is not named
    /// may hold anything. Without names, reads every column whose first cell is a number.
    ///
    /// # Errors
    /// As [`Series::read`], and [`UnknownColumn`](crate::ErrorKind::UnknownColumn).
    pub fn read_columns<S: AsRef<str>>(path: impl AsRef<Path>, names: &[S]) -> Result<Self> {
        Self::read_with(path, names, &ReadOptions::default())
    }

    /// As [`Series::read_columns`], with options. The path `-` is standard input.
    ///
    /// # Errors
    /// As [`Series::read_columns`]; [`Adjustment`](crate::ErrorKind::Adjustment) where the file has no
    /// factors.
    pub fn read_with<S: AsRef<str>>(
        path: impl AsRef<Path>,
        names: &[S],
        options: &ReadOptions,
    ) -> Result<Self> {
        one(&Input::open(path.as_ref())?, names, options)
    }

    /// As [`Series::read_columns`], from bytes; `file` is what messages call them.
    ///
    /// # Errors
    /// As [`Series::read_columns`].
    pub fn parse<S: AsRef<str>>(file: &str, bytes: &[u8], names: &[S]) -> Result<Self> {
        Self::parse_with(file, bytes, names, &ReadOptions::default())
    }

    /// As [`Series::read_with`], from bytes.
    ///
    /// # Errors
    /// As [`Series::read_with`].
    pub fn parse_with<S: AsRef<str>>(
        file: &str,
        bytes: &[u8],
        names: &[S],
        options: &ReadOptions,
    ) -> Result<Self> {
        one(&Input::of_bytes(file, bytes.to_vec())?, names, options)
    }
}

/// The one series of a file.
pub(super) fn one<S: AsRef<str>>(
    input: &Input,
    names: &[S],
    options: &ReadOptions,
) -> Result<Series> {
    if options.adjust != Adjustment::None {
        return adjust::series(input, names, options);
    }
    let mut gather = Gather::new(names, None, options);
    format::pieces(input, options.format, &mut |table| gather.take(&table))?;
    let mut all = gather.finish()?;
    match all.pop() {
        Some((_, series)) => series,
        None => fail(Fault::NoRows {
            file: input.name.clone(),
        }),
    }
}
