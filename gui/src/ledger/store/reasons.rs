//! Braze's words, each of them once for a run.

use rusqlite::{OptionalExtension as _, Transaction, params};

use crate::ledger::run::RunId;

/// Different reasons that are kept of one run.
const MOST_REASONS: i64 = 1000;

/// Stands for Braze's words where the user wants none kept.
pub(super) const NO_WORDS: &str = "words not kept (--no-row-data)";
/// Stands for all words beyond the first thousand.
const OTHER_WORDS: &str = crate::push::OTHER_REASONS;

/// The number under which a run keeps these words.
pub(super) fn reason_id(
    transaction: &Transaction<'_>,
    run: RunId,
    words: &str,
) -> rusqlite::Result<i64> {
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
