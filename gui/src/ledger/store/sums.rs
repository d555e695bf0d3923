//! What a run's rows must add up to: one that is missing, twice there or another is noticed.

use rusqlite::{Transaction, params};
use xxhash_rust::xxh3::xxh3_64;

use super::Store;
use super::places::Place;
use crate::ledger::LedgerError;
use crate::ledger::run::RunId;

/// Stands where a settlement has its reason.
const INTENT: i64 = -1;

/// What a row adds to its run's sum.
#[derive(Clone, Copy)]
pub(super) struct Part(i64);

impl Part {
    pub(super) fn of_intent(place: &Place, repeatable: i64) -> Self {
        Self::of(place, repeatable, INTENT)
    }

    pub(super) fn of_settlement(place: &Place, outcome: i64, reason: Option<i64>) -> Self {
        Self::of(place, outcome, reason.unwrap_or_default())
    }

    fn of(place: &Place, outcome: i64, reason: i64) -> Self {
        let numbers = place.columns().into_iter().chain([outcome, reason]);
        let mut bytes = [0; 80];
        for (place, number) in bytes.chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        Self(xxh3_64(&bytes) as i64)
    }

    /// The row is there from now on.
    pub(super) fn add(self, transaction: &Transaction<'_>, run: RunId) -> rusqlite::Result<()> {
        // SQLite would turn a sum beyond 64 bits into a float: it wraps here.
        let sum: i64 = transaction
            .prepare_cached("SELECT sum FROM runs WHERE id = ?1")?
            .query_row([run.0], |row| row.get(0))?;
        transaction
            .prepare_cached("UPDATE runs SET sum = ?2 WHERE id = ?1")?
            .execute(params![run.0, sum.wrapping_add(self.0)])?;
        Ok(())
    }

    /// The row goes.
    pub(super) fn take_away(
        self,
        transaction: &Transaction<'_>,
        run: RunId,
    ) -> rusqlite::Result<()> {
        Self(self.0.wrapping_neg()).add(transaction, run)
    }
}

impl Store {
    /// Whether a run's rows add up to the sums that were kept with them.
    pub(in crate::ledger) fn verify(&self, run: RunId) -> Result<(), LedgerError> {
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
                let part = Part::of_intent(&Place::of(row)?, row.get(8)?);
                sum = sum.wrapping_add(part.0);
                Ok(())
            },
        )?;
        self.each(
            "SELECT batch, first, count, rows, file, row, line, byte, outcome, reason
             FROM settlements WHERE run = ?1",
            run,
            |row| {
                let part = Part::of_settlement(&Place::of(row)?, row.get(8)?, row.get(9)?);
                sum = sum.wrapping_add(part.0);
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
}
