//! What is known of uploads and runs, in one embedded database, and the folders of their files. Each change is on disk
//! when the call comes back, whole or not at all. What this file is not: it knows what neither of them means.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

use gatecast::write_whole;
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition, TableHandle};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::problem::Problem;

/// A table of JSON by number.
pub(crate) type Table = TableDefinition<'static, u64, &'static [u8]>;

/// Uploaded files, by the time they came.
pub(crate) const FILES: Table = Table::new("files");
/// What was found in them.
pub(crate) const INSPECTIONS: Table = Table::new("inspections");
/// Runs, in the order in which they were asked for.
pub(crate) const RUNS: Table = Table::new("runs");
/// What came of them.
pub(crate) const RESULTS: Table = Table::new("results");
/// The documents of their reports.
pub(crate) const REPORTS: Table = Table::new("reports");
/// The same as HTML in English.
pub(crate) const ENGLISH: Table = Table::new("reports in English");
/// The same as HTML in Chinese.
pub(crate) const CHINESE: Table = Table::new("reports in Chinese");

const ALL: [Table; 7] = [FILES, INSPECTIONS, RUNS, RESULTS, REPORTS, ENGLISH, CHINESE];

/// The last number that each table gave: one that was given is never given again, since somebody may still know what
/// it stood for.
const GIVEN: TableDefinition<'static, &str, u64> = TableDefinition::new("given");

/// Bytes of the database that are kept in memory.
const CACHE: usize = 4 << 20;

/// The database, and where the files lie.
pub(crate) struct Store {
    /// Closed where it could not be opened again.
    database: RwLock<Option<Database>>,
    /// Whether the disk failed, after which the database does nothing until it is opened again.
    failed: AtomicBool,
    /// Its file.
    path: PathBuf,
    /// Models.
    pub(crate) models: PathBuf,
    /// Uploads.
    uploads: PathBuf,
    /// What is being written.
    unfinished: PathBuf,
    /// Held while an upload is kept.
    pub(crate) uploading: Mutex<()>,
}

impl Store {
    /// Opens the store in the folder of the models, or makes one.
    pub(crate) fn open(models: &Path) -> Result<Self, Error> {
        let service = models.join(".service");
        let wrong = |reason: String| Error::Store {
            path: models.into(),
            reason,
        };
        let (uploads, unfinished) = (service.join("files"), service.join("unfinished"));
        // What a killed service was writing is of no use to anybody.
        let _ = std::fs::remove_dir_all(&unfinished);
        for folder in [models, &uploads, &unfinished] {
            std::fs::create_dir_all(folder).map_err(|error| wrong(error.to_string()))?;
        }
        let path = service.join("service.redb");
        let database = opened(&path).map_err(|error| wrong(error.to_string()))?;
        let store = Self {
            database: RwLock::new(Some(database)),
            failed: AtomicBool::new(false),
            path,
            models: models.into(),
            uploads,
            unfinished,
            uploading: Mutex::default(),
        };
        store
            .write(|tables| {
                ALL.iter()
                    .try_for_each(|table| tables.open_table(*table).map(drop))?;
                Ok(())
            })
            .map_err(|problem| wrong(problem.detail.into()))?;
        Ok(store)
    }

    fn write<R>(
        &self,
        change: impl FnOnce(&redb::WriteTransaction) -> Result<R, redb::Error>,
    ) -> Result<R, Problem> {
        self.with(|database| {
            let transaction = database.begin_write()?;
            let done = change(&transaction)?;
            transaction.commit()?;
            Ok(done)
        })
    }

    fn with<R>(&self, act: impl FnOnce(&Database) -> Result<R, redb::Error>) -> Result<R, Problem> {
        if self.failed.load(Ordering::Acquire) {
            self.open_again().map_err(|error| self.problem(error))?;
        }
        let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let done = match &*database {
            Some(database) => act(database),
            None => Err(redb::Error::DatabaseClosed),
        };
        done.map_err(|error| self.problem(error))
    }

    /// Opens the database again after the disk failed: there may be room by now.
    fn open_again(&self) -> Result<(), redb::Error> {
        let mut database = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if self.failed.load(Ordering::Acquire) {
            // The file is locked for as long as it is open.
            *database = None;
            *database = Some(opened(&self.path)?);
            self.failed.store(false, Ordering::Release);
        }
        Ok(())
    }

    fn problem(&self, error: redb::Error) -> Problem {
        use redb::Error::{DatabaseClosed, Io, PreviousIo};
        if matches!(error, Io(_) | PreviousIo | DatabaseClosed) {
            self.failed.store(true, Ordering::Release);
        }
        match error {
            Io(error) => Problem::of_disk(&error),
            error => Problem::internal(&error),
        }
    }

    /// Puts something under a number.
    pub(crate) fn put(
        &self,
        table: Table,
        key: u64,
        value: &impl Serialize,
    ) -> Result<(), Problem> {
        let bytes = serde_json::to_vec(value).map_err(|error| Problem::internal(&error))?;
        self.write(|tables| {
            tables.open_table(table)?.insert(key, &bytes[..])?;
            Ok(())
        })
    }

    /// Puts something under the next number, which `make` is told.
    pub(crate) fn add<T: Serialize>(
        &self,
        table: Table,
        make: impl FnOnce(u64) -> T,
    ) -> Result<T, Problem> {
        self.write(|tables| {
            let mut given = tables.open_table(GIVEN)?;
            let number = given.get(table.name())?.map_or(0, |last| last.value()) + 1;
            given.insert(table.name(), number)?;
            let value = make(number);
            let bytes = serde_json::to_vec(&value).unwrap_or_default();
            tables.open_table(table)?.insert(number, &bytes[..])?;
            Ok(value)
        })
    }

    /// What is under a number.
    pub(crate) fn get<T: DeserializeOwned>(
        &self,
        table: Table,
        key: u64,
    ) -> Result<Option<T>, Problem> {
        let bytes = self.with(|database| {
            let table = database.begin_read()?.open_table(table)?;
            Ok(table.get(key)?.map(|bytes| bytes.value().to_vec()))
        })?;
        let parsed = bytes
            .map(|bytes| serde_json::from_slice(&bytes))
            .transpose();
        parsed.map_err(|error| Problem::internal(&error))
    }

    /// All of a table, the last first.
    pub(crate) fn all<T: DeserializeOwned>(&self, table: Table) -> Result<Vec<T>, Problem> {
        let all = self.with(|database| {
            let table = database.begin_read()?.open_table(table)?;
            let all = table.iter()?.rev();
            all.map(|entry| Ok(entry?.1.value().to_vec()))
                .collect::<Result<Vec<Vec<u8>>, redb::Error>>()
        })?;
        let parsed = all.iter().map(|bytes| serde_json::from_slice(bytes));
        parsed
            .collect::<Result<_, _>>()
            .map_err(|error| Problem::internal(&error))
    }

    /// Changes those of a table for which `change` says that it did.
    pub(crate) fn change<T: DeserializeOwned + Serialize>(
        &self,
        table: Table,
        change: impl Fn(&mut T) -> bool,
    ) -> Result<(), Problem> {
        self.write(|tables| {
            let mut table = tables.open_table(table)?;
            let mut changed = Vec::new();
            for entry in table.iter()? {
                let (key, bytes) = entry?;
                let Ok(mut value) = serde_json::from_slice(bytes.value()) else {
                    continue;
                };
                if change(&mut value) {
                    changed.push((key.value(), serde_json::to_vec(&value).unwrap_or_default()));
                }
            }
            for (key, bytes) in changed {
                table.insert(key, &bytes[..])?;
            }
            Ok(())
        })
    }

    /// Forgets what is under a number in some tables.
    pub(crate) fn remove(&self, tables: &[Table], key: u64) -> Result<(), Problem> {
        self.write(|all| {
            for table in tables {
                all.open_table(*table)?.remove(key)?;
            }
            Ok(())
        })
    }

    /// The bytes of an upload.
    pub(crate) fn upload(&self, id: &str) -> Result<Vec<u8>, Problem> {
        std::fs::read(self.uploads.join(id)).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Problem::not_found("file", id),
            _ => Problem::internal(&error),
        })
    }

    /// Keeps an upload.
    pub(crate) fn keep_upload(&self, id: &str, bytes: &[u8]) -> Result<(), Problem> {
        self.keep(&self.uploads.join(id), bytes)
    }

    /// Removes an upload.
    pub(crate) fn remove_upload(&self, id: &str) -> Result<(), Problem> {
        std::fs::remove_file(self.uploads.join(id)).map_err(|error| Problem::internal(&error))
    }

    /// Keeps the model of a run under a name that no other has: `name`, or with a number behind it. Gives the name.
    pub(crate) fn keep_model(&self, name: &str, run: u64, bytes: &[u8]) -> Result<String, Problem> {
        let whole = self.unfinished.join(format!("model-{run}"));
        write_whole(&whole, bytes)?;
        for number in 1..10_000 {
            let free = match number {
                1 => name.to_string(),
                number => format!("{name}-{number}"),
            };
            let place = self.models.join(format!("{free}.safetensors"));
            if place.exists() {
                continue;
            }
            // A link, unlike a new name, never replaces what somebody put there this very moment. Where the file
            // system knows no links, a new name has to do.
            let moved = match std::fs::hard_link(&whole, &place) {
                Ok(()) => std::fs::remove_file(&whole),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => continue,
                Err(_) => std::fs::rename(&whole, &place),
            };
            return match moved {
                Ok(()) => Ok(free),
                Err(error) => Err(Problem::of_disk(&error)),
            };
        }
        Err(Problem::unusable(format!(
            "there are too many models called {name}"
        )))
    }

    /// Writes a file in one piece: half of one is left in the folder that is emptied at the start.
    fn keep(&self, place: &Path, bytes: &[u8]) -> Result<(), Problem> {
        let name = place.file_name().unwrap_or_default();
        let whole = self.unfinished.join(name);
        write_whole(&whole, bytes)?;
        std::fs::rename(&whole, place).map_err(|error| Problem::of_disk(&error))
    }
}

fn opened(path: &Path) -> Result<Database, redb::Error> {
    let mut builder = Database::builder();
    Ok(builder.set_cache_size(CACHE).create(path)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_failure_the_database_is_opened_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.put(RUNS, 1, &"before").unwrap();
        let full = redb::Error::Io(std::io::ErrorKind::StorageFull.into());
        let problem = store.problem(full);
        assert_eq!(&*problem.detail, "the disk of the service is full");
        assert!(store.failed.load(Ordering::Acquire));
        // What was kept can be read.
        assert_eq!(store.get::<String>(RUNS, 1).unwrap().unwrap(), "before");
        assert!(!store.failed.load(Ordering::Acquire));
        store.put(RUNS, 2, &"after").unwrap();
        assert_eq!(store.all::<String>(RUNS).unwrap(), ["after", "before"]);
    }
}
