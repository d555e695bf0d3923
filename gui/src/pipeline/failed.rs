//! Rows that did not arrive, from their export into a rejects file: those that our own check rejects, and
//! those of objects that failed when they were sent.
//!
//! A ledger knows an object's first row and how many rows it stands for. Objects are made in the order of
//! the rows, so the rows from that one on, but for those that are in no object, are all of them.

use aiq_braze::read::Location;
use aiq_braze::{Batch, Diagnostic, Flow, Options, Outcome, Plan, Row, Sink};

use super::{Blocks, PipelineError, RejectsFile, read};
use crate::input::Export;
use crate::ledger::{LedgerError, Settlement};

/// Rows written, by why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FailedRows {
    /// Our own check rejects them.
    pub rejected: u64,
    /// Braze refused them.
    pub refused: u64,
    /// Nobody knows what became of them.
    pub unknown: u64,
}

impl FailedRows {
    /// All of them.
    pub fn sum(&self) -> u64 {
        self.rejected + self.refused + self.unknown
    }
}

/// Reads an export that a run has sent, and writes the rows that failed. `failed` are in the order of the
/// file.
///
/// # Errors
///
/// When the export is another by now, the file cannot be written, or the ledger not be read.
pub(crate) fn write_failed(
    export: &Export,
    plan: &Plan,
    blocks: Vec<u128>,
    rejects: RejectsFile,
    failed: impl Iterator<Item = Result<Settlement, LedgerError>>,
) -> Result<FailedRows, PipelineError> {
    let mut outlet = Outlet {
        rejects: rejects.begin(plan.header())?,
        failed,
        current: None,
        written: FailedRows::default(),
        error: None,
    };
    outlet.turn()?;
    let blocks = Blocks::Expected(blocks);
    let is_read = read(
        export,
        plan,
        Options::default(),
        blocks,
        &mut outlet,
        &mut |_, _| Flow::Continue,
    )?
    .is_some();
    match (outlet.error, is_read) {
        (Some(error), _) => Err(error),
        (None, true) if outlet.current.is_none() => {
            outlet.rejects.finish()?;
            Ok(outlet.written)
        }
        // Its text and its plan are the run's, so its rows are, too.
        (None, _) => Err(PipelineError::Died),
    }
}

/// Takes the rows that failed.
struct Outlet<F> {
    rejects: RejectsFile,
    failed: F,
    /// The objects whose rows come next or are at hand, with so many rows that are still to come.
    current: Option<(Settlement, u64)>,
    written: FailedRows,
    /// Why the outlet stopped the session.
    error: Option<PipelineError>,
}

impl<F: Iterator<Item = Result<Settlement, LedgerError>>> Outlet<F> {
    fn turn(&mut self) -> Result<(), PipelineError> {
        let next = self.failed.next().transpose();
        let next = next.map_err(PipelineError::Ledger)?;
        self.current = next.map(|settlement| {
            let n_rows = settlement.span.rows;
            (settlement, n_rows)
        });
        Ok(())
    }

    /// Writes a row of an object, if the object failed.
    fn take(&mut self, row: &Row<'_>) -> Result<(), PipelineError> {
        let (Some((settlement, n_left)), Some(at)) = (&mut self.current, row.at()) else {
            return Ok(());
        };
        let Settlement {
            span,
            outcome,
            reason,
            ..
        } = settlement;
        let place = |at: Location| (at.file, at.row);
        if *n_left == span.rows && place(at) != place(span.at) {
            return Ok(());
        }
        let (code, count) = match outcome {
            Outcome::Refused => ("refused", &mut self.written.refused),
            _ => ("unknown", &mut self.written.unknown),
        };
        let words = reason.as_deref().unwrap_or_default();
        self.rejects
            .write_failed(code, words, row)
            .map_err(PipelineError::Rejects)?;
        *count += 1;
        *n_left -= 1;
        match *n_left {
            0 => self.turn(),
            _ => Ok(()),
        }
    }

    fn stop_at(&mut self, result: Result<(), PipelineError>) -> Flow {
        match result {
            Ok(()) => Flow::Continue,
            Err(error) => {
                self.error = Some(error);
                Flow::Stop
            }
        }
    }
}

impl<F: Iterator<Item = Result<Settlement, LedgerError>>> Sink for Outlet<F> {
    fn batch(&mut self, _: &Batch<'_>) -> Flow {
        Flow::Continue
    }

    fn wants_rows(&self) -> bool {
        true
    }

    fn row(&mut self, row: &Row<'_>) -> Flow {
        let taken = self.take(row);
        self.stop_at(taken)
    }

    fn reject(&mut self, reason: &Diagnostic, row: &Row<'_>) -> Flow {
        self.written.rejected += 1;
        let written = self.rejects.write(reason, row);
        self.stop_at(written.map_err(PipelineError::Rejects))
    }
}
