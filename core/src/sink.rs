//! Where a session puts what it makes. The session pushes, the host decides.

use std::borrow::Cow;

use crate::batch::Batch;
use crate::diag::{Diagnostic, Problem};
use crate::header::Header;
use crate::read::Record;
use crate::rejects;

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Flow {
    /// Go on.
    Continue,
    /// Stop: nothing more is asked for.
    Stop,
}

/// Takes what a [`Session`](crate::Session) makes, in the order of the rows. Called on the feeding thread.
pub trait Sink {
    /// A request body is finished.
    fn batch(&mut self, batch: &Batch<'_>) -> Flow;

    /// Something is to be said about a row. All that is to be said about one row comes in one go, and
    /// before [`Self::reject`].
    fn diagnostic(&mut self, diagnostic: &Diagnostic, row: &Row<'_>) -> Flow {
        let _ = (diagnostic, row);
        Flow::Continue
    }

    /// A row is rejected, for this reason.
    fn reject(&mut self, reason: &Diagnostic, row: &Row<'_>) -> Flow {
        let _ = (reason, row);
        Flow::Continue
    }
}

/// A row, lent with a diagnostic so that a cell can be quoted.
#[derive(Clone, Copy)]
pub struct Row<'r> {
    /// The columns of the row's file.
    pub header: &'r Header,
    /// The row as it stands in the file, without its line end.
    pub raw: &'r [u8],
    pub(crate) record: Option<Record<'r>>,
}

impl<'r> Row<'r> {
    /// The text of a cell; `None` where the row could not be read, or has no such cell.
    pub fn cell(&self, column_idx: usize) -> Option<Cow<'r, [u8]>> {
        self.record?.text(column_idx)
    }

    /// A diagnostic of this row in words.
    pub fn problem(&self, diagnostic: &Diagnostic) -> Problem {
        let cell = diagnostic
            .column
            .and_then(|column_idx| self.cell(column_idx as usize));
        Problem::of_row(diagnostic, self.header, cell.as_deref())
    }

    /// Writes the row to a rejects file that [`rejects::write_header`] began.
    pub fn write_reject(&self, out: &mut Vec<u8>, reason: &Diagnostic) {
        rejects::write_row(out, self.header, reason, &self.problem(reason), self.raw);
    }
}
