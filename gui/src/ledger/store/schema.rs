//! What a ledger's file holds, from one version to the next, and how an empty one is made.

use std::fs::{self, OpenOptions};
use std::path::Path;

use rusqlite::Connection;

use super::explain;
use crate::ledger::LedgerError;

/// Each brings a ledger of the version before it (its place in this list) to the next.
pub(super) const MIGRATIONS: &[&str] = &[
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
    // Whether the state of the workspace has it; and what may have arrived and is nowhere else any more.
    "
    ALTER TABLE settlements ADD COLUMN learned INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE intents ADD COLUMN learned INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX unlearned ON settlements (run) WHERE learned = 0;
    CREATE TABLE unsure (
        run INTEGER NOT NULL, batch INTEGER NOT NULL,
        first INTEGER NOT NULL, count INTEGER NOT NULL, rows INTEGER NOT NULL,
        file INTEGER NOT NULL, row INTEGER NOT NULL, line INTEGER NOT NULL, byte INTEGER NOT NULL,
        PRIMARY KEY (run, batch, first)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE identity (id BLOB NOT NULL, learned INTEGER NOT NULL) STRICT;
    INSERT INTO identity VALUES (randomblob(16), 0);
",
];

/// `application_id`: tells a ledger from any other database ("AIQB").
pub(super) const APPLICATION: i64 = 0x4149_5142;

/// Makes an empty ledger under another name, and gives it its own once it is whole.
pub(super) fn make(path: &Path) -> Result<(), LedgerError> {
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
