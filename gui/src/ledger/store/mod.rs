//! The ledger's tables: the only folder that knows the database.
//!
//! | file | holds |
//! |---|---|
//! | this one | opening a ledger, looking whether it is whole, asking it |
//! | `schema.rs` | the tables, version by version |
//! | `runs.rs` | runs: how they began, and what they have come to |
//! | `rows.rs` | objects on their way (intents) and what became of them (settlements) |
//! | `places.rs` | the columns that both of them begin with |
//! | `sums.rs` | what a run's rows must add up to |
//! | `learned.rs` | what the state of the workspace does not have yet |
//! | `reasons.rs` | Braze's words, each once |
//! | `names.rs` | names of attributes and events |
//!
//! `user_version` is the version of the schema; [`MIGRATIONS`] brings an older one up to date, one
//! transaction each. A new ledger is made under another name and renamed, so that a file of this name is
//! never half made: an empty one has been damaged.

mod learned;
mod names;
mod places;
mod reasons;
mod rows;
mod runs;
mod schema;
mod sums;

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags, Row, Transaction};

use self::schema::{APPLICATION, MIGRATIONS, make};
use super::LedgerError;
use super::run::RunId;

/// An open ledger.
#[derive(Debug)]
pub(in crate::ledger) struct Store {
    path: PathBuf,
    connection: Connection,
}

impl Store {
    /// Opens the ledger, or makes one.
    pub(in crate::ledger) fn open(path: &Path) -> Result<Self, LedgerError> {
        if !path.exists() {
            make(path)?;
        }
        let store = Self::connect(path)?;
        store.check()?;
        let version = store.version()?;
        // Each row is on the disk before its commit returns.
        store.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        for migration in &MIGRATIONS[version..] {
            store.migrate(migration)?;
        }
        Ok(store)
    }

    /// Opens a ledger that is there, to look at it. (Not for reading alone: that would leave the database's
    /// files of the day behind.)
    pub(in crate::ledger) fn read(path: &Path) -> Result<Self, LedgerError> {
        let store = Self::connect(path)?;
        store.check()?;
        if store.version()? < MIGRATIONS.len() {
            return Self::open(path);
        }
        Ok(store)
    }

    fn connect(path: &Path) -> Result<Self, LedgerError> {
        let n_bytes = fs::metadata(path)
            .map_err(|error| LedgerError::io(path, error))?
            .len();
        if n_bytes == 0 {
            return Err(LedgerError::damaged(path, "an empty file"));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection =
            Connection::open_with_flags(path, flags).map_err(|error| explain(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            connection,
        })
    }

    /// Whether the file is a ledger, and whole as far as its structure goes.
    fn check(&self) -> Result<(), LedgerError> {
        let application: i64 = self.ask("PRAGMA application_id")?;
        if application != APPLICATION {
            return Err(self.damaged("a database of something else"));
        }
        let found: String = self.ask("PRAGMA quick_check(1)")?;
        match found.as_str() {
            "ok" => Ok(()),
            found => Err(self.damaged(format!("damage ({found})"))),
        }
    }

    /// The place of the first migration that is missing.
    fn version(&self) -> Result<usize, LedgerError> {
        let version: i64 = self.ask("PRAGMA user_version")?;
        match usize::try_from(version) {
            Ok(version) if version <= MIGRATIONS.len() => Ok(version),
            Ok(_) => Err(LedgerError::Newer {
                path: self.path.clone(),
                versions: [version, MIGRATIONS.len() as i64],
            }),
            Err(_) => Err(self.damaged("a version below 0")),
        }
    }

    fn migrate(&self, migration: &str) -> Result<(), LedgerError> {
        let version = self.version()?;
        self.run(&format!(
            "BEGIN IMMEDIATE; {migration} PRAGMA user_version = {}; COMMIT;",
            version + 1
        ))
    }

    fn run(&self, sql: &str) -> Result<(), LedgerError> {
        self.connection
            .execute_batch(sql)
            .map_err(|error| self.explain(error))
    }

    fn ask<T: rusqlite::types::FromSql>(&self, sql: &str) -> Result<T, LedgerError> {
        self.connection
            .query_row(sql, [], |row| row.get(0))
            .map_err(|error| self.explain(error))
    }

    fn explain(&self, error: rusqlite::Error) -> LedgerError {
        explain(&self.path, error)
    }

    fn damaged(&self, found: impl Into<String>) -> LedgerError {
        LedgerError::damaged(&self.path, found)
    }

    fn transact<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, LedgerError> {
        let path = &self.path;
        let fail = |error| explain(path, error);
        let transaction = self.connection.transaction().map_err(fail)?;
        let result = work(&transaction).map_err(fail)?;
        transaction.commit().map_err(fail)?;
        Ok(result)
    }

    fn list<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, LedgerError> {
        let list = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement
                .query_map(params, read)?
                .collect::<Result<Vec<T>, _>>()
        };
        list().map_err(|error| self.explain(error))
    }

    fn each(
        &self,
        sql: &str,
        run: RunId,
        mut take: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), LedgerError> {
        let mut all = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let mut rows = statement.query([run.0])?;
            while let Some(row) = rows.next()? {
                take(row)?;
            }
            Ok(())
        };
        all().map_err(|error| self.explain(error))
    }
}

/// The database's words as ours: what it means for the ledger.
fn explain(path: &Path, error: rusqlite::Error) -> LedgerError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            LedgerError::damaged(path, format!("a file that cannot be read as one ({error})"))
        }
        None | Some(ErrorCode::Unknown) if !matches!(error, rusqlite::Error::SqliteFailure(..)) => {
            LedgerError::damaged(path, format!("something unexpected ({error})"))
        }
        _ => LedgerError::io(path, std::io::Error::other(error.to_string())),
    }
}
