//! The ledger's tables: the only file that knows the database.
//!
//! `user_version` is the version of the schema; [`MIGRATIONS`] brings an older one up to date, one
//! transaction each. A new ledger is made under another name and renamed, so that a file of this name is
//! never half made: an empty one has been damaged.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use aiq_braze::Outcome;
use aiq_braze::read::Location;
use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension as _, Row, Transaction, named_params,
    params,
};
use xxhash_rust::xxh3::xxh3_64;

use super::LedgerError;
use super::run::{Checked, NewRun, Run, RunId, RunState, Settlement, Span};
use super::writer::Op;
use crate::push::OnUnknown;

/// Each brings a ledger of the version before it (its place in this list) to the next.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE runs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        started INTEGER NOT NULL, endpoint TEXT NOT NULL, export TEXT NOT NULL,
        mapping TEXT NOT NULL, fingerprint BLOB NOT NULL,
        batch_objects INTEGER NOT NULL, batch_bytes INTEGER NOT NULL,
        on_unknown TEXT NOT NULL, keeps_row_data INTEGER NOT NULL,
        checked TEXT NOT NULL, blocks BLOB NOT NULL,
        head_sum INTEGER NOT NULL,
        state TEXT NOT NULL, ended INTEGER, stopped_why TEXT, stopped_words TEXT,
        requests INTEGER NOT NULL DEFAULT 0, resends INTEGER NOT NULL DEFAULT 0,
        sum INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE intents (
        run INTEGER NOT NULL, batch INTEGER NOT NULL,
        first INTEGER NOT NULL, count INTEGER NOT NULL, rows INTEGER NOT NULL,
        file INTEGER NOT NULL, row INTEGER NOT NULL, line INTEGER NOT NULL, byte INTEGER NOT NULL,
        repeatable INTEGER NOT NULL,
        PRIMARY KEY (run, batch, first)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE settlements (
        run INTEGER NOT NULL, batch INTEGER NOT NULL,
        first INTEGER NOT NULL, count INTEGER NOT NULL, rows INTEGER NOT NULL,
        file INTEGER NOT NULL, row INTEGER NOT NULL, line INTEGER NOT NULL, byte INTEGER NOT NULL,
        outcome INTEGER NOT NULL, reason INTEGER,
        PRIMARY KEY (run, batch, first)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE reasons (
        run INTEGER NOT NULL, id INTEGER NOT NULL, words TEXT NOT NULL,
        PRIMARY KEY (run, id), UNIQUE (run, words)
    ) STRICT, WITHOUT ROWID;
",
    "
    CREATE TABLE names (name TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
",
];

/// `application_id`: tells a ledger from any other database ("AIQB").
const APPLICATION: i64 = 0x4149_5142;

/// Different reasons that are kept of one run.
const MOST_REASONS: i64 = 1000;

/// Settlements of one page.
const PAGE: i64 = 4096;

/// What an ended program's requests are called.
const ENDED: &str = "the program ended before the answer came";

/// An open ledger.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    connection: Connection,
}

impl Store {
    /// Opens the ledger, or makes one.
    pub(super) fn open(path: &Path) -> Result<Self, LedgerError> {
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
    pub(super) fn read(path: &Path) -> Result<Self, LedgerError> {
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

    // --- Runs ------------------------------------------------------------------------------------

    pub(super) fn begin(&mut self, new: &NewRun) -> Result<RunId, LedgerError> {
        let columns = Columns::of(new);
        let inserted = self.connection.execute(
            "INSERT INTO runs (started, endpoint, export, mapping, fingerprint, batch_objects,
                 batch_bytes, on_unknown, keeps_row_data, checked, blocks, head_sum, state)
             VALUES (:started, :endpoint, :export, :mapping, :fingerprint, :objects,
                 :bytes, :on_unknown, :keeps, :checked, :blocks, :sum, 'open')",
            named_params! {
                ":started": new.started as i64, ":endpoint": new.endpoint,
                ":export": columns.export, ":mapping": new.mapping,
                ":fingerprint": new.fingerprint.to_be_bytes(),
                ":objects": new.batch_objects as i64, ":bytes": new.batch_bytes as i64,
                ":on_unknown": on_unknown_word(new.on_unknown), ":keeps": new.keeps_row_data,
                ":checked": columns.checked, ":blocks": columns.blocks, ":sum": columns.sum(new),
            },
        );
        inserted.map_err(|error| self.explain(error))?;
        Ok(RunId(self.connection.last_insert_rowid()))
    }

    /// Names of attributes and events that were agreed to.
    pub(super) fn names(&self) -> Result<Vec<String>, LedgerError> {
        self.list("SELECT name FROM names", [], |row| row.get(0))
    }

    pub(super) fn add_names(&mut self, names: &[&str]) -> Result<(), LedgerError> {
        self.transact(|transaction| {
            let mut insert = transaction.prepare("INSERT OR IGNORE INTO names VALUES (?1)")?;
            for name in names {
                insert.execute([name])?;
            }
            Ok(())
        })
    }

    pub(super) fn runs(&self) -> Result<Vec<Run>, LedgerError> {
        let ids: Vec<i64> =
            self.list("SELECT id FROM runs ORDER BY id DESC", [], |row| row.get(0))?;
        let runs = ids.into_iter().map(|id| self.run_of(RunId(id)));
        runs.filter_map(Result::transpose).collect()
    }

    pub(super) fn run_of(&self, id: RunId) -> Result<Option<Run>, LedgerError> {
        let raw = self
            .connection
            .query_row(
                "SELECT started, endpoint, export, mapping, fingerprint, batch_objects, batch_bytes,
                     on_unknown, keeps_row_data, checked, blocks, head_sum, state, ended, stopped_why,
                     stopped_words, requests, resends
                 FROM runs WHERE id = ?1",
                [id.0],
                RawRun::of,
            )
            .optional()
            .map_err(|error| self.explain(error))?;
        let Some(raw) = raw else { return Ok(None) };
        let read = raw.read(id).ok_or_else(|| self.unreadable(id))?;
        let mut run = read;
        self.account(&mut run)?;
        Ok(Some(run))
    }

    fn unreadable(&self, id: RunId) -> LedgerError {
        self.damaged(format!("a run ({id}) that is not as it was written"))
    }

    /// Adds what is settled to the account.
    fn account(&self, run: &mut Run) -> Result<(), LedgerError> {
        let sums: Vec<(i64, i64)> = self.list(
            "SELECT outcome, sum(rows) FROM settlements WHERE run = ?1 GROUP BY outcome",
            [run.id.0],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        for (outcome, rows) in sums {
            let outcome = outcome_of(outcome).ok_or_else(|| self.unreadable(run.id))?;
            let rows = u64::try_from(rows).unwrap_or(u64::MAX);
            if rows > run.account.pending {
                return Err(
                    self.damaged(format!("more rows in run {} than its export has", run.id))
                );
            }
            run.account.settle(outcome, rows);
        }
        Ok(())
    }

    pub(super) fn settled(&self, run: RunId, from: u64) -> Result<Vec<Settlement>, LedgerError> {
        // A batch is never cut: the last one of a full page is left to the next.
        let mut page = self.list(
            "SELECT batch, first, count, rows, file, row, line, byte, outcome, words
             FROM settlements s LEFT JOIN reasons r ON r.run = s.run AND r.id = s.reason
             WHERE s.run = ?1 AND batch >= ?2 ORDER BY batch, first LIMIT ?3",
            params![run.0, from as i64, PAGE],
            |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    span_of(row, 1)?,
                    row.get::<_, i64>(8)?,
                    row.get::<_, Option<String>>(9)?,
                ))
            },
        )?;
        if page.len() as i64 == PAGE
            && let Some(last) = page.last().map(|last| last.0)
        {
            page.retain(|settled| settled.0 < last);
        }
        self.settlements(run, page)
    }

    fn settlements(
        &self,
        run: RunId,
        rows: Vec<(i64, Span, i64, Option<String>)>,
    ) -> Result<Vec<Settlement>, LedgerError> {
        let settlement = |(batch, span, outcome, reason)| {
            Ok(Settlement {
                batch: batch as u64,
                span,
                outcome: outcome_of(outcome).ok_or_else(|| self.unreadable(run))?,
                reason,
            })
        };
        rows.into_iter().map(settlement).collect()
    }

    /// What was refused, or is unknown, by its words: the sums, each at the first of its places.
    pub(super) fn failures(&self, run: RunId) -> Result<Vec<Settlement>, LedgerError> {
        let groups = self.list(
            "SELECT min(batch), first, count, sum(rows), file, row, line, byte, outcome, words
             FROM settlements s LEFT JOIN reasons r ON r.run = s.run AND r.id = s.reason
             WHERE s.run = ?1 AND outcome IN (1, 2) GROUP BY outcome, reason",
            [run.0],
            |row| {
                Ok((
                    row.get::<_, i64>(0)?,
                    span_of(row, 1)?,
                    row.get::<_, i64>(8)?,
                    row.get::<_, Option<String>>(9)?,
                ))
            },
        )?;
        self.settlements(run, groups)
    }

    /// Whether a run's rows add up to the sums that were kept with them.
    pub(super) fn verify(&self, run: RunId) -> Result<(), LedgerError> {
        self.run_of(run)?;
        let kept: i64 = self
            .connection
            .query_row("SELECT sum FROM runs WHERE id = ?1", [run.0], |row| {
                row.get(0)
            })
            .map_err(|error| self.explain(error))?;
        let mut sum = 0_i64;
        self.each(
            "SELECT batch, first, count, rows, file, row, line, byte, repeatable FROM intents
             WHERE run = ?1",
            run,
            |row| {
                let (batch, span): (i64, _) = (row.get(0)?, span_of(row, 1)?);
                sum = sum.wrapping_add(sum_of(batch, &span, row.get::<_, i64>(8)?, INTENT));
                Ok(())
            },
        )?;
        self.each(
            "SELECT batch, first, count, rows, file, row, line, byte, outcome, coalesce(reason, 0)
             FROM settlements WHERE run = ?1",
            run,
            |row| {
                let (batch, span): (i64, _) = (row.get(0)?, span_of(row, 1)?);
                let (outcome, reason) = (row.get::<_, i64>(8)?, row.get::<_, i64>(9)?);
                sum = sum.wrapping_add(sum_of(batch, &span, outcome, reason));
                Ok(())
            },
        )?;
        if sum == kept {
            return Ok(());
        }
        Err(self.damaged(format!(
            "rows of run {run} that are not as they were written"
        )))
    }

    pub(super) fn settle_intents(&mut self, run: RunId, resends: bool) -> Result<u64, LedgerError> {
        let intents: Vec<(i64, Span, i64)> = self.list(
            "SELECT batch, first, count, rows, file, row, line, byte, repeatable FROM intents
             WHERE run = ?1 ORDER BY batch, first",
            [run.0],
            |row| Ok((row.get(0)?, span_of(row, 1)?, row.get(8)?)),
        )?;
        let mut lost = Vec::new();
        for (batch, span, repeatable) in intents {
            if repeatable == 0 && !resends {
                lost.push(Settlement {
                    batch: batch as u64,
                    span,
                    outcome: Outcome::Unknown,
                    reason: Some(ENDED.to_owned()),
                });
            }
        }
        // A request may have left several spans behind.
        let n_lost = lost.chunk_by(|one, next| one.batch == next.batch).count() as u64;
        self.transact(|transaction| {
            delete_intents(transaction, run, None)?;
            lost.iter()
                .try_for_each(|settled| insert(transaction, run, settled, true))
        })?;
        Ok(n_lost)
    }

    pub(super) fn forget_unknown(&mut self, run: RunId) -> Result<u64, LedgerError> {
        let mut n_rows = 0;
        self.transact(|transaction| {
            let unknown: Vec<(i64, Span, i64)> = transaction
                .prepare(
                    "SELECT batch, first, count, rows, file, row, line, byte, coalesce(reason, 0)
                     FROM settlements WHERE run = ?1 AND outcome = ?2",
                )?
                .query_map(params![run.0, outcome_number(Outcome::Unknown)], |row| {
                    Ok((row.get(0)?, span_of(row, 1)?, row.get(8)?))
                })?
                .collect::<Result<_, _>>()?;
            for (batch, span, reason) in unknown {
                n_rows += span.rows;
                let number = outcome_number(Outcome::Unknown);
                add_sum(
                    transaction,
                    run,
                    sum_of(batch, &span, number, reason).wrapping_neg(),
                )?;
            }
            transaction.execute(
                "DELETE FROM settlements WHERE run = ?1 AND outcome = ?2",
                params![run.0, outcome_number(Outcome::Unknown)],
            )?;
            transaction.execute("UPDATE runs SET state = 'paused' WHERE id = ?1", [run.0])?;
            Ok(())
        })?;
        Ok(n_rows)
    }

    pub(super) fn set_state(&mut self, run: RunId, state: RunState) -> Result<(), LedgerError> {
        let set = self.connection.execute(
            "UPDATE runs SET state = ?2 WHERE id = ?1",
            params![run.0, state_word(state)],
        );
        set.map(|_| ()).map_err(|error| self.explain(error))
    }

    pub(super) fn forget(&mut self, run: RunId) -> Result<(), LedgerError> {
        self.transact(|transaction| {
            for table in ["settlements", "intents", "reasons"] {
                transaction.execute(&format!("DELETE FROM {table} WHERE run = ?1"), [run.0])?;
            }
            transaction.execute("DELETE FROM runs WHERE id = ?1", [run.0])?;
            Ok(())
        })?;
        // What was erased is not to be found in the file's free pages either.
        self.run("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")
    }

    /// Writes all of these, or none of them.
    pub(super) fn apply(
        &mut self,
        run: RunId,
        ops: &[Op],
        keeps_words: bool,
    ) -> Result<(), LedgerError> {
        self.transact(|transaction| {
            ops.iter()
                .try_for_each(|op| apply(transaction, run, op, keeps_words))
        })
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

/// Makes an empty ledger under another name, and gives it its own once it is whole.
fn make(path: &Path) -> Result<(), LedgerError> {
    let draft = path.with_extension("new");
    let io = |error| LedgerError::io(path, error);
    for leftover in ["new", "new-journal"] {
        match fs::remove_file(path.with_extension(leftover)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
            _ => {}
        }
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(&draft).map_err(io)?;
    let made = Connection::open(&draft).and_then(|connection| {
        let application = format!("PRAGMA application_id = {APPLICATION};");
        connection.execute_batch(&application)?;
        connection.close().map_err(|(_, error)| error)
    });
    made.map_err(|error| explain(path, error))?;
    fs::rename(&draft, path).map_err(io)
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

// --- Rows ----------------------------------------------------------------------------------------

/// Stands where a settlement has its reason.
const INTENT: i64 = -1;

/// What a row adds to its run's sum.
fn sum_of(batch: i64, span: &Span, outcome: i64, reason: i64) -> i64 {
    let Span {
        first,
        count,
        rows,
        at:
            Location {
                file,
                row,
                line,
                byte,
            },
    } = *span;
    let numbers = [
        batch,
        i64::from(first),
        i64::from(count),
        rows as i64,
        i64::from(file),
        row as i64,
        line as i64,
        byte as i64,
        outcome,
        reason,
    ];
    let mut bytes = [0; 80];
    for (place, number) in bytes.chunks_exact_mut(8).zip(numbers) {
        place.copy_from_slice(&number.to_le_bytes());
    }
    xxh3_64(&bytes) as i64
}

fn add_sum(transaction: &Transaction<'_>, run: RunId, part: i64) -> rusqlite::Result<()> {
    // SQLite would turn a sum beyond 64 bits into a float: it wraps here.
    let sum: i64 = transaction
        .prepare_cached("SELECT sum FROM runs WHERE id = ?1")?
        .query_row([run.0], |row| row.get(0))?;
    transaction
        .prepare_cached("UPDATE runs SET sum = ?2 WHERE id = ?1")?
        .execute(params![run.0, sum.wrapping_add(part)])?;
    Ok(())
}

fn apply(
    transaction: &Transaction<'_>,
    run: RunId,
    op: &Op,
    keeps_words: bool,
) -> rusqlite::Result<()> {
    match op {
        Op::Intend {
            batch,
            spans,
            is_repeatable,
        } => {
            let repeatable = i64::from(*is_repeatable);
            for span in spans {
                let batch = *batch as i64;
                transaction
                    .prepare_cached(
                        "INSERT INTO intents VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                    )?
                    .execute(params![
                        run.0,
                        batch,
                        span.first,
                        span.count,
                        span.rows as i64,
                        span.at.file,
                        span.at.row as i64,
                        span.at.line as i64,
                        span.at.byte as i64,
                        repeatable,
                    ])?;
                add_sum(transaction, run, sum_of(batch, span, repeatable, INTENT))?;
            }
            Ok(())
        }
        Op::Answer {
            batch,
            settled,
            was_sent,
            is_repeat,
        } => {
            delete_intents(transaction, run, Some(*batch as i64))?;
            for settlement in settled {
                insert(transaction, run, settlement, keeps_words)?;
            }
            transaction
                .prepare_cached(
                    "UPDATE runs SET requests = requests + ?2, resends = resends + ?3 WHERE id = ?1",
                )?
                .execute(params![run.0, was_sent, was_sent & is_repeat])?;
            Ok(())
        }
        Op::End {
            state,
            ended,
            stopped,
        } => {
            let (why, mut words) = stopped.clone().unzip();
            if !keeps_words {
                words = words.map(|_| NO_WORDS.to_owned());
            }
            transaction.execute(
                "UPDATE runs SET state = ?2, ended = ?3, stopped_why = ?4, stopped_words = ?5
                 WHERE id = ?1",
                params![run.0, state_word(*state), *ended as i64, why, words],
            )?;
            Ok(())
        }
    }
}

fn delete_intents(
    transaction: &Transaction<'_>,
    run: RunId,
    batch: Option<i64>,
) -> rusqlite::Result<()> {
    let intents: Vec<(i64, Span, i64)> = transaction
        .prepare_cached(
            "SELECT batch, first, count, rows, file, row, line, byte, repeatable FROM intents
             WHERE run = ?1 AND (?2 IS NULL OR batch = ?2)",
        )?
        .query_map(params![run.0, batch], |row| {
            Ok((row.get(0)?, span_of(row, 1)?, row.get(8)?))
        })?
        .collect::<Result<_, _>>()?;
    for (batch, span, repeatable) in intents {
        add_sum(
            transaction,
            run,
            sum_of(batch, &span, repeatable, INTENT).wrapping_neg(),
        )?;
    }
    transaction
        .prepare_cached("DELETE FROM intents WHERE run = ?1 AND (?2 IS NULL OR batch = ?2)")?
        .execute(params![run.0, batch])?;
    Ok(())
}

fn insert(
    transaction: &Transaction<'_>,
    run: RunId,
    settled: &Settlement,
    keeps_words: bool,
) -> rusqlite::Result<()> {
    let Settlement {
        batch,
        span,
        outcome,
        reason,
    } = settled;
    let reason = match reason {
        Some(words) => Some(reason_id(
            transaction,
            run,
            if keeps_words { words } else { NO_WORDS },
        )?),
        None => None,
    };
    let (batch, outcome) = (*batch as i64, outcome_number(*outcome));
    transaction
        .prepare_cached(
            "INSERT INTO settlements VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            run.0,
            batch,
            span.first,
            span.count,
            span.rows as i64,
            span.at.file,
            span.at.row as i64,
            span.at.line as i64,
            span.at.byte as i64,
            outcome,
            reason,
        ])?;
    add_sum(
        transaction,
        run,
        sum_of(batch, span, outcome, reason.unwrap_or_default()),
    )
}

/// Stands for Braze's words where the user wants none kept.
const NO_WORDS: &str = "words not kept (--no-row-data)";
/// Stands for all words beyond the first thousand.
const OTHER_WORDS: &str = crate::push::OTHER_REASONS;

fn reason_id(transaction: &Transaction<'_>, run: RunId, words: &str) -> rusqlite::Result<i64> {
    let find = |words: &str| {
        transaction
            .prepare_cached("SELECT id FROM reasons WHERE run = ?1 AND words = ?2")?
            .query_row(params![run.0, words], |row| row.get(0))
            .optional()
    };
    if let Some(id) = find(words)? {
        return Ok(id);
    }
    let n_reasons: i64 = transaction
        .prepare_cached("SELECT count(*) FROM reasons WHERE run = ?1")?
        .query_row([run.0], |row| row.get(0))?;
    if n_reasons >= MOST_REASONS && words != OTHER_WORDS {
        return reason_id(transaction, run, OTHER_WORDS);
    }
    transaction
        .prepare_cached("INSERT INTO reasons VALUES (?1, ?2, ?3)")?
        .execute(params![run.0, n_reasons + 1, words])?;
    Ok(n_reasons + 1)
}

fn span_of(row: &Row<'_>, first: usize) -> rusqlite::Result<Span> {
    let number = |place: usize| row.get::<_, i64>(first + place).map(|number| number as u64);
    let small = |place: usize| row.get::<_, u32>(first + place);
    Ok(Span {
        first: small(0)?,
        count: small(1)?,
        rows: number(2)?,
        at: Location {
            file: small(3)?,
            row: number(4)?,
            line: number(5)?,
            byte: number(6)?,
        },
    })
}

/// Parts of a run that are kept as text and bytes.
struct Columns {
    export: String,
    checked: String,
    blocks: Vec<u8>,
}

impl Columns {
    fn of(new: &NewRun) -> Self {
        let json = |value: serde_json::Result<String>| value.unwrap_or_default();
        Self {
            export: json(serde_json::to_string(&new.export)),
            checked: json(serde_json::to_string(&new.checked)),
            blocks: new
                .blocks
                .iter()
                .flat_map(|block| block.to_be_bytes())
                .collect(),
        }
    }

    /// Tells what a run began with from anything else.
    fn sum(&self, new: &NewRun) -> i64 {
        let Self {
            export,
            checked,
            blocks,
        } = self;
        let numbers = [new.started, new.batch_objects, new.batch_bytes];
        let texts: [&[u8]; 8] = [
            new.endpoint.as_bytes(),
            export.as_bytes(),
            new.mapping.as_bytes(),
            &new.fingerprint.to_be_bytes(),
            on_unknown_word(new.on_unknown).as_bytes(),
            &[u8::from(new.keeps_row_data)],
            checked.as_bytes(),
            blocks,
        ];
        let mut bytes: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        for text in texts {
            bytes.extend((text.len() as u64).to_le_bytes());
            bytes.extend(text);
        }
        xxh3_64(&bytes) as i64
    }
}

/// A run's row as it stands.
struct RawRun {
    started: i64,
    endpoint: String,
    export: String,
    mapping: String,
    fingerprint: [u8; 16],
    batch_objects: i64,
    batch_bytes: i64,
    on_unknown: String,
    keeps_row_data: bool,
    checked: String,
    blocks: Vec<u8>,
    head_sum: i64,
    state: String,
    ended: Option<i64>,
    stopped_why: Option<String>,
    stopped_words: Option<String>,
    requests: [i64; 2],
}

impl RawRun {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            started: row.get(0)?,
            endpoint: row.get(1)?,
            export: row.get(2)?,
            mapping: row.get(3)?,
            fingerprint: row.get(4)?,
            batch_objects: row.get(5)?,
            batch_bytes: row.get(6)?,
            on_unknown: row.get(7)?,
            keeps_row_data: row.get(8)?,
            checked: row.get(9)?,
            blocks: row.get(10)?,
            head_sum: row.get(11)?,
            state: row.get(12)?,
            ended: row.get(13)?,
            stopped_why: row.get(14)?,
            stopped_words: row.get(15)?,
            requests: [row.get(16)?, row.get(17)?],
        })
    }

    /// `None`: it is not as it was written.
    fn read(self, id: RunId) -> Option<Run> {
        let checked: Checked = serde_json::from_str(&self.checked).ok()?;
        let (blocks, rest) = self.blocks.as_chunks::<16>();
        let begun = NewRun {
            started: self.started as u64,
            endpoint: self.endpoint,
            export: serde_json::from_str(&self.export).ok()?,
            mapping: self.mapping,
            fingerprint: u128::from_be_bytes(self.fingerprint),
            batch_objects: self.batch_objects as u64,
            batch_bytes: self.batch_bytes as u64,
            on_unknown: on_unknown_of(&self.on_unknown)?,
            keeps_row_data: self.keeps_row_data,
            checked,
            blocks: blocks
                .iter()
                .map(|block| u128::from_be_bytes(*block))
                .collect(),
        };
        let is_whole = rest.is_empty() && Columns::of(&begun).sum(&begun) == self.head_sum;
        is_whole.then_some(())?;
        Some(Run {
            id,
            account: begun.checked.account(),
            begun,
            state: state_of(&self.state)?,
            ended: self.ended.map(|ended| ended as u64),
            stopped: self.stopped_why.zip(self.stopped_words),
            requests: self.requests.map(|number| number as u64),
        })
    }
}

fn outcome_number(outcome: Outcome) -> i64 {
    match outcome {
        Outcome::Accepted => 0,
        Outcome::Refused => 1,
        Outcome::Unknown => 2,
        Outcome::Unchanged => 3,
        Outcome::NothingToSend => 4,
        Outcome::Rejected => 5,
        Outcome::Pending => 6,
    }
}

fn outcome_of(number: i64) -> Option<Outcome> {
    let settled = [
        Outcome::Accepted,
        Outcome::Refused,
        Outcome::Unknown,
        Outcome::Unchanged,
        Outcome::NothingToSend,
    ];
    settled
        .into_iter()
        .find(|&outcome| outcome_number(outcome) == number)
}

fn state_word(state: RunState) -> &'static str {
    match state {
        RunState::Open => "open",
        RunState::Paused => "paused",
        RunState::Undecided => "undecided",
        RunState::Done => "done",
    }
}

fn state_of(word: &str) -> Option<RunState> {
    let states = [
        RunState::Open,
        RunState::Paused,
        RunState::Undecided,
        RunState::Done,
    ];
    states.into_iter().find(|&state| state_word(state) == word)
}

fn on_unknown_word(on_unknown: OnUnknown) -> &'static str {
    match on_unknown {
        OnUnknown::Hold => "hold",
        OnUnknown::Resend => "resend",
    }
}

fn on_unknown_of(word: &str) -> Option<OnUnknown> {
    let all = [OnUnknown::Hold, OnUnknown::Resend];
    all.into_iter()
        .find(|&on_unknown| on_unknown_word(on_unknown) == word)
}
