//! Runs: how they began, and what they have come to.

use rusqlite::{OptionalExtension as _, Row, Transaction, named_params, params};
use xxhash_rust::xxh3::xxh3_64;

use super::Store;
use super::rows::outcome_of;
use crate::ledger::LedgerError;
use crate::ledger::run::{Checked, NewRun, Run, RunId, RunState};
use crate::push::OnUnknown;

impl Store {
    pub(in crate::ledger) fn begin(&mut self, new: &NewRun) -> Result<RunId, LedgerError> {
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

    pub(in crate::ledger) fn runs(&self) -> Result<Vec<Run>, LedgerError> {
        let ids: Vec<i64> =
            self.list("SELECT id FROM runs ORDER BY id DESC", [], |row| row.get(0))?;
        let runs = ids.into_iter().map(|id| self.run_of(RunId(id)));
        runs.filter_map(Result::transpose).collect()
    }

    pub(in crate::ledger) fn run_of(&self, id: RunId) -> Result<Option<Run>, LedgerError> {
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

    pub(super) fn unreadable(&self, id: RunId) -> LedgerError {
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

    pub(in crate::ledger) fn set_state(
        &mut self,
        run: RunId,
        state: RunState,
    ) -> Result<(), LedgerError> {
        let set = self.connection.execute(
            "UPDATE runs SET state = ?2 WHERE id = ?1",
            params![run.0, state_word(state)],
        );
        set.map(|_| ()).map_err(|error| self.explain(error))
    }

    /// The run is at work again: it has not stopped.
    pub(in crate::ledger) fn reopen(&mut self, run: RunId) -> Result<(), LedgerError> {
        let set = self.connection.execute(
            "UPDATE runs SET state = ?2, ended = NULL, stopped_why = NULL, stopped_words = NULL
             WHERE id = ?1 AND state <> ?2",
            params![run.0, state_word(RunState::Open)],
        );
        set.map(|_| ()).map_err(|error| self.explain(error))
    }

    pub(in crate::ledger) fn forget(&mut self, run: RunId) -> Result<(), LedgerError> {
        self.transact(|transaction| {
            for table in ["settlements", "intents", "reasons", "unsure"] {
                transaction.execute(&format!("DELETE FROM {table} WHERE run = ?1"), [run.0])?;
            }
            transaction.execute("DELETE FROM runs WHERE id = ?1", [run.0])?;
            Ok(())
        })?;
        // What was erased is not to be found in the file's free pages either.
        self.run("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")
    }
}

/// Writes what a run has come to, and why it stopped: for programs and in words.
pub(super) fn end(
    transaction: &Transaction<'_>,
    run: RunId,
    state: RunState,
    ended: u64,
    stopped: Option<(String, String)>,
) -> rusqlite::Result<()> {
    let (why, words) = stopped.unzip();
    transaction.execute(
        "UPDATE runs SET state = ?2, ended = ?3, stopped_why = ?4, stopped_words = ?5
         WHERE id = ?1",
        params![run.0, state_word(state), ended as i64, why, words],
    )?;
    Ok(())
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
