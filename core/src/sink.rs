//! Where a session puts what it makes. The session pushes, the host decides.

use std::borrow::Cow;

use crate::batch::Batch;
use crate::diag::{Code, Diagnostic, Problem};
use crate::header::Header;
use crate::read::Record;
use crate::rejects::{self, Origin};

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
    /// Where the row stood first.
    pub origin: Origin<'r>,
    pub(crate) record: Option<Record<'r>>,
}

impl<'r> Row<'r> {
    /// A row that was read, of a file of this name.
    pub(crate) fn of_record(header: &'r Header, file: &'r str, record: &Record<'r>) -> Self {
        let row = record.location().row;
        Self {
            header,
            raw: record.raw(),
            origin: record.origin().unwrap_or(Origin { file, row }),
            record: Some(*record),
        }
    }

    /// A row that is no longer there, or never was: what is said is about the header.
    pub(crate) fn gone(header: &'r Header) -> Self {
        Self {
            header,
            raw: b"",
            origin: Origin { file: "", row: 0 },
            record: None,
        }
    }

    /// The text of a cell; `None` where the row could not be read, or has no such cell.
    pub fn cell(&self, column_idx: usize) -> Option<Cow<'r, [u8]>> {
        self.record?.text(column_idx)
    }

    /// A diagnostic of this row in words.
    pub fn problem(&self, diagnostic: &Diagnostic) -> Problem {
        let cell = diagnostic
            .column
            .and_then(|column_idx| self.cell(column_idx as usize));
        // In a JSON export no column is the name of the row's file.
        let is_of_file = diagnostic.code == Code::FileNameDiffers;
        let file = || is_of_file.then_some(Cow::Borrowed(self.origin.file.as_bytes()));
        let cell = cell.or_else(file);
        Problem::of_row(diagnostic, self.header, cell.as_deref())
    }

    /// Writes the row to a rejects file that [`rejects::write_header`] began.
    pub fn write_reject(&self, out: &mut Vec<u8>, reason: &Diagnostic) {
        let problem = self.problem(reason);
        rejects::write_row(out, self.header, self.origin, reason, &problem, self.raw);
    }
}
