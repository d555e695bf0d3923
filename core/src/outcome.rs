//! What became of every row.

use serde::Serialize;

/// What became of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Braze took it (its 201 means queued, not yet written).
    Accepted,
    /// Not sent, because Braze already has it.
    Unchanged,
    /// Holds nothing that could be sent.
    NothingToSend,
    /// Rejected by our own checks.
    Rejected,
    /// Refused by Braze.
    Refused,
    /// Sent, and no answer says what became of it.
    Unknown,
    /// Not settled yet.
    Pending,
}

/// How many rows had which outcome. `rows + leavers` is the sum of all others, in every run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Rows of the export.
    pub rows: u64,
    /// Rows that a comparison with an earlier export added for those who left.
    pub leavers: u64,
    /// See [`Outcome::Accepted`]; the others likewise.
    pub accepted: u64,
    #[allow(missing_docs)]
    pub unchanged: u64,
    #[allow(missing_docs)]
    pub nothing_to_send: u64,
    #[allow(missing_docs)]
    pub rejected: u64,
    #[allow(missing_docs)]
    pub refused: u64,
    #[allow(missing_docs)]
    pub unknown: u64,
    #[allow(missing_docs)]
    pub pending: u64,
}

impl Account {
    /// Adds rows to an outcome (and not to `rows`, which counts what was read).
    pub fn add(&mut self, outcome: Outcome, n_rows: u64) {
        *self.of_mut(outcome) += n_rows;
    }

    /// Moves rows that were pending to their outcome.
    pub fn settle(&mut self, outcome: Outcome, n_rows: u64) {
        self.pending -= n_rows;
        self.add(outcome, n_rows);
    }

    /// Whether every row is accounted for.
    pub fn is_balanced(&self) -> bool {
        let Self {
            rows,
            leavers,
            accepted,
            unchanged,
            nothing_to_send,
            rejected,
            refused,
            unknown,
            pending,
        } = *self;
        rows + leavers
            == accepted + unchanged + nothing_to_send + rejected + refused + unknown + pending
    }

    fn of_mut(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Accepted => &mut self.accepted,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::NothingToSend => &mut self.nothing_to_send,
            Outcome::Rejected => &mut self.rejected,
            Outcome::Refused => &mut self.refused,
            Outcome::Unknown => &mut self.unknown,
            Outcome::Pending => &mut self.pending,
        }
    }
}
