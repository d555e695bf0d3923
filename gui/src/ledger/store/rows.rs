//! Objects on their way (intents), and what became of them (settlements).

use aiq_braze::Outcome;
use rusqlite::{Row, Transaction, params};

use super::Store;
use super::learned::{keep_unsure_intents, keep_unsure_settlements};
use super::places::Place;
use super::reasons::{NO_WORDS, reason_id};
use super::runs::end;
use super::sums::Part;
use crate::ledger::LedgerError;
use crate::ledger::run::{RunId, Settlement};
use crate::ledger::writer::Op;

/// Settlements of one page.
pub(super) const PAGE: usize = 4096;

/// What an ended program's requests are called.
const ENDED: &str = "the program ended before the answer came";

/// A row of settlements with its reason's words.
pub(super) struct Settled {
    place: Place,
    outcome: i64,
    words: Option<String>,
}

impl Settled {
    pub(super) fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            place: Place::of(row)?,
            outcome: row.get(8)?,
            words: row.get(9)?,
        })
    }
}

impl Store {
    pub(in crate::ledger) fn settled(
        &self,
        run: RunId,
        from: u64,
    ) -> Result<Vec<Settlement>, LedgerError> {
        let page = self.list(
            "SELECT batch, first, count, rows, file, row, line, byte, outcome, words
             FROM settlements s LEFT JOIN reasons r ON r.run = s.run AND r.id = s.reason
             WHERE s.run = ?1 AND batch >= ?2 ORDER BY batch, first LIMIT ?3",
            params![run.0, from as i64, PAGE as i64],
            Settled::of,
        )?;
        self.page(run, page)
    }

    /// A batch is never cut: the last one of a full page is left to the next.
    pub(super) fn page(
        &self,
        run: RunId,
        mut page: Vec<Settled>,
    ) -> Result<Vec<Settlement>, LedgerError> {
        if page.len() == PAGE
            && let Some(last) = page.last().map(|last| last.place.batch)
        {
            page.retain(|settled| settled.place.batch < last);
        }
        self.settlements(run, page)
    }

    /// What was refused, or is unknown, by its words: the sums, each at the first of its places.
    pub(in crate::ledger) fn failures(&self, run: RunId) -> Result<Vec<Settlement>, LedgerError> {
        let groups = self.list(
            "SELECT min(batch), first, count, sum(rows), file, row, line, byte, outcome, words
             FROM settlements s LEFT JOIN reasons r ON r.run = s.run AND r.id = s.reason
             WHERE s.run = ?1 AND outcome IN (1, 2) GROUP BY outcome, reason",
            [run.0],
            Settled::of,
        )?;
        self.settlements(run, groups)
    }

    fn settlements(&self, run: RunId, rows: Vec<Settled>) -> Result<Vec<Settlement>, LedgerError> {
        let settlement = |row: Settled| {
            Ok(Settlement {
                batch: row.place.batch,
                span: row.place.span,
                outcome: outcome_of(row.outcome).ok_or_else(|| self.unreadable(run))?,
                reason: row.words,
            })
        };
        rows.into_iter().map(settlement).collect()
    }

    pub(in crate::ledger) fn settle_intents(
        &mut self,
        run: RunId,
        resends: bool,
    ) -> Result<u64, LedgerError> {
        let intents: Vec<(Place, bool)> = self.list(
            "SELECT batch, first, count, rows, file, row, line, byte, repeatable FROM intents
             WHERE run = ?1 ORDER BY batch, first",
            [run.0],
            |row| Ok((Place::of(row)?, row.get(8)?)),
        )?;
        let lost = intents
            .into_iter()
            .filter(|&(_, is_repeatable)| !is_repeatable && !resends)
            .map(|(place, _)| Settlement {
                batch: place.batch,
                span: place.span,
                outcome: Outcome::Unknown,
                reason: Some(ENDED.to_owned()),
            });
        let lost: Vec<_> = lost.collect();
        // A request may have left several spans behind.
        let n_lost = lost.chunk_by(|one, next| one.batch == next.batch).count() as u64;
        self.transact(|transaction| {
            keep_unsure_intents(transaction, run, None)?;
            delete_intents(transaction, run, None)?;
            lost.iter()
                .try_for_each(|settled| insert(transaction, run, settled, true))
        })?;
        Ok(n_lost)
    }

    pub(in crate::ledger) fn forget_unknown(&mut self, run: RunId) -> Result<u64, LedgerError> {
        let outcome = outcome_number(Outcome::Unknown);
        let mut n_rows = 0;
        self.transact(|transaction| {
            let unknown: Vec<(Place, Option<i64>)> = transaction
                .prepare(
                    "SELECT batch, first, count, rows, file, row, line, byte, reason
                     FROM settlements WHERE run = ?1 AND outcome = ?2",
                )?
                .query_map(params![run.0, outcome], |row| {
                    Ok((Place::of(row)?, row.get(8)?))
                })?
                .collect::<Result<_, _>>()?;
            for (place, reason) in unknown {
                n_rows += place.span.rows;
                Part::of_settlement(&place, outcome, reason).take_away(transaction, run)?;
            }
            keep_unsure_settlements(transaction, run, outcome)?;
            transaction.execute(
                "DELETE FROM settlements WHERE run = ?1 AND outcome = ?2",
                params![run.0, outcome],
            )?;
            transaction.execute("UPDATE runs SET state = 'paused' WHERE id = ?1", [run.0])?;
            Ok(())
        })?;
        Ok(n_rows)
    }

    /// Writes all of these, or none of them.
    pub(in crate::ledger) fn apply(
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
            let places = spans.iter().map(|&span| Place {
                batch: *batch,
                span,
            });
            for place in places {
                place.insert(
                    transaction,
                    "INSERT INTO intents VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0)",
                    run,
                    &[Some(repeatable)],
                )?;
                Part::of_intent(&place, repeatable).add(transaction, run)?;
            }
            Ok(())
        }
        Op::Answer {
            batch,
            settled,
            was_sent,
            is_repeat,
        } => {
            let n_settled: u32 = settled.iter().map(|settled| settled.span.count).sum();
            // What was sent and is not settled by its answer may have arrived, until that is known.
            if *was_sent && n_settled < n_intended(transaction, run, *batch as i64)? {
                keep_unsure_intents(transaction, run, Some(*batch as i64))?;
            }
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
            end(transaction, run, *state, *ended, why.zip(words))
        }
    }
}

/// How many objects of a batch are on their way.
fn n_intended(transaction: &Transaction<'_>, run: RunId, batch: i64) -> rusqlite::Result<u32> {
    transaction
        .prepare_cached(
            "SELECT coalesce(sum(count), 0) FROM intents WHERE run = ?1 AND batch = ?2",
        )?
        .query_row(params![run.0, batch], |row| row.get(0))
}

fn delete_intents(
    transaction: &Transaction<'_>,
    run: RunId,
    batch: Option<i64>,
) -> rusqlite::Result<()> {
    let intents: Vec<(Place, i64)> = transaction
        .prepare_cached(
            "SELECT batch, first, count, rows, file, row, line, byte, repeatable FROM intents
             WHERE run = ?1 AND (?2 IS NULL OR batch = ?2)",
        )?
        .query_map(params![run.0, batch], |row| {
            Ok((Place::of(row)?, row.get(8)?))
        })?
        .collect::<Result<_, _>>()?;
    for (place, repeatable) in intents {
        Part::of_intent(&place, repeatable).take_away(transaction, run)?;
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
    let words = reason
        .as_deref()
        .map(|words| if keeps_words { words } else { NO_WORDS });
    let reason = words
        .map(|words| reason_id(transaction, run, words))
        .transpose()?;
    let place = Place {
        batch: *batch,
        span: *span,
    };
    let outcome = outcome_number(*outcome);
    place.insert(
        transaction,
        "INSERT INTO settlements VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0)",
        run,
        &[Some(outcome), reason],
    )?;
    Part::of_settlement(&place, outcome, reason).add(transaction, run)
}

pub(super) fn outcome_number(outcome: Outcome) -> i64 {
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

pub(super) fn outcome_of(number: i64) -> Option<Outcome> {
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
