//! What the state of the workspace has not learned yet: new settlements, what is on its way, and what may have
//! arrived although its settlement or intent was given up since.

use aiq_braze::Outcome;
use rusqlite::{Transaction, params};

use super::Store;
use super::rows::{PAGE, Settled, outcome_number};
use crate::ledger::LedgerError;
use crate::ledger::run::{RunId, Settlement};

impl Store {
    /// Runs of which something is to be learned, in their order.
    pub(in crate::ledger) fn unlearned_runs(&self) -> Result<Vec<RunId>, LedgerError> {
        self.list(
            "SELECT run FROM settlements WHERE learned = 0 UNION SELECT run FROM intents WHERE learned = 0
             UNION SELECT run FROM unsure ORDER BY run",
            [],
            |row| row.get(0).map(RunId),
        )
    }

    /// What is to be learned of a run, from this batch on, in order: a page of it. Empty at the end. What nobody
    /// is sure of is unknown.
    pub(in crate::ledger) fn unlearned(
        &self,
        run: RunId,
        from: u64,
    ) -> Result<Vec<Settlement>, LedgerError> {
        let page = self.list(
            "SELECT batch, first, count, rows, file, row, line, byte, outcome, NULL
             FROM settlements WHERE run = ?1 AND learned = 0 AND batch >= ?2
             UNION ALL SELECT batch, first, count, rows, file, row, line, byte, ?4, NULL
             FROM intents WHERE run = ?1 AND learned = 0 AND batch >= ?2
             UNION ALL SELECT batch, first, count, rows, file, row, line, byte, ?4, NULL
             FROM unsure WHERE run = ?1 AND batch >= ?2
             ORDER BY 1, 2 LIMIT ?3",
            params![
                run.0,
                from as i64,
                PAGE as i64,
                outcome_number(Outcome::Unknown)
            ],
            Settled::of,
        )?;
        self.page(run, page)
    }

    /// What tells this ledger from every other, and how often the state has learned from it.
    pub(in crate::ledger) fn identity(&self) -> Result<([u8; 16], u64), LedgerError> {
        let rows = self.list("SELECT id, learned FROM identity", [], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)? as u64))
        })?;
        rows.into_iter()
            .next()
            .ok_or_else(|| self.damaged("a ledger without its own number"))
    }

    /// The state has all of it; of one run, or of all.
    pub(in crate::ledger) fn set_learned(&mut self, run: Option<RunId>) -> Result<(), LedgerError> {
        let run = run.map(|run| run.0);
        self.transact(|transaction| {
            for table in ["settlements", "intents"] {
                transaction.execute(
                    &format!(
                        "UPDATE {table} SET learned = 1
                         WHERE learned = 0 AND (?1 IS NULL OR run = ?1)"
                    ),
                    [run],
                )?;
            }
            transaction.execute("DELETE FROM unsure WHERE ?1 IS NULL OR run = ?1", [run])?;
            transaction.execute("UPDATE identity SET learned = learned + 1", [])?;
            Ok(())
        })
    }
}

/// What was on its way may have arrived, whatever becomes of it.
pub(super) fn keep_unsure_intents(
    transaction: &Transaction<'_>,
    run: RunId,
    batch: Option<i64>,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO unsure SELECT run, batch, first, count, rows, file, row, line, byte
             FROM intents WHERE run = ?1 AND (?2 IS NULL OR batch = ?2) AND learned = 0
             ON CONFLICT DO UPDATE SET count = max(count, excluded.count), rows = max(rows, excluded.rows)",
        )?
        .execute(params![run.0, batch])?;
    Ok(())
}

/// The same of what has this outcome.
pub(super) fn keep_unsure_settlements(
    transaction: &Transaction<'_>,
    run: RunId,
    outcome: i64,
) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO unsure SELECT run, batch, first, count, rows, file, row, line, byte
         FROM settlements WHERE run = ?1 AND outcome = ?2 AND learned = 0
         ON CONFLICT DO UPDATE SET count = max(count, excluded.count), rows = max(rows, excluded.rows)",
        params![run.0, outcome],
    )?;
    Ok(())
}
