//! Where a session puts what it makes. The session pushes, the host decides.

use std::borrow::Cow;

use crate::batch::Batch;
use crate::diag::{Code, Diagnostic, Problem};
use crate::header::Header;
use crate::identity::UserKey;
use crate::read::{Location, Record};
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

    /// Whether [`Self::row`] is to be called: reading is slower then. Asked now and then, so it must stay what
    /// it was.
    fn wants_rows(&self) -> bool {
        false
    }

    /// A row is part of an object, of this batch or the next: what is neither rejected nor without anything
    /// to send. In the order of the file, so that an object's first row and their number tell all of them.
    fn row(&mut self, row: &Row<'_>) -> Flow {
        let _ = row;
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
    pub(crate) user: Option<UserKey>,
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
            user: None,
        }
    }

    /// A row that is no longer there, or never was: what is said is about the header.
    pub(crate) fn gone(header: &'r Header) -> Self {
        Self {
            header,
            raw: b"",
            origin: Origin { file: "", row: 0 },
            record: None,
            user: None,
        }
    }

    pub(crate) fn with_user(self, user: Option<UserKey>) -> Self {
        Self { user, ..self }
    }

    /// Of a rejected row: whom it is about. `None` where that cannot be said for certain: the row cannot be
    /// read, has not the cells of its header, or no good identifier.
    pub fn user(&self) -> Option<UserKey> {
        self.user
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

    /// Writes the row to a rejects file that [`rejects::write_header`] began, with a code and words of the
    /// host's own: what became of it when it was sent.
    pub fn write_failed(&self, out: &mut Vec<u8>, code: &str, words: &str) {
        rejects::write_failed(out, self.header, self.origin, (code, words), self.raw);
    }

    /// Where the row stands; `None` where it could not be read.
    pub fn at(&self) -> Option<Location> {
        self.record.map(|record| record.location())
    }

    /// Writes the row to a rejects file that [`rejects::write_header`] began.
    pub fn write_reject(&self, out: &mut Vec<u8>, reason: &Diagnostic) {
        let problem = self.problem(reason);
        rejects::write_row(out, self.header, self.origin, reason, &problem, self.raw);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{Mapping, Probe, Session};

    /// Users of rows, by their numbers: of those in batches, and of rejected ones.
    #[derive(Default)]
    struct Users {
        sent: BTreeMap<u64, Option<UserKey>>,
        rejected: BTreeMap<u64, Option<UserKey>>,
    }

    impl Sink for Users {
        fn batch(&mut self, batch: &Batch<'_>) -> Flow {
            for object in batch.objects {
                self.sent.insert(object.at.row, object.user(batch.body));
            }
            Flow::Continue
        }

        fn reject(&mut self, reason: &Diagnostic, row: &Row<'_>) -> Flow {
            let Location { row: number, .. } = reason.at;
            self.rejected.insert(number, row.user());
            Flow::Continue
        }
    }

    fn users(mapping: &str, export: &str) -> Users {
        let header = Probe::inspect(export.as_bytes()).unwrap().header;
        let plan = Mapping::parse(mapping).unwrap().compile(&header).unwrap();
        let (mut session, mut users) = (Session::new(plan), Users::default());
        session.begin_file("export.csv");
        let _ = session.feed(export.as_bytes(), &mut users).unwrap();
        let _ = session.end_file(&mut users).unwrap();
        session.finish(&mut users);
        users
    }

    #[test]
    fn a_rejected_row_says_whose_it_is_where_that_is_certain() {
        for kind in ["external_id", "braze_id", "email", "phone", "user_alias"] {
            let label = match kind {
                "user_alias" => r#","label":{"column":"label"}"#,
                _ => "",
            };
            let mapping = format!(
                r#"{{"version":1,"rows":"attributes","identifiers":[{{"column":"id","as":"{kind}"{label}}}],
                    "columns":[{{"header":"n","type":"number"}}]}}"#
            );
            // Good and bad rows of two users; the last three do not say whose they are.
            let export = "id,label,n\n\
                          \"A\"\"1@b.co\",l,1\n\
                          a2@b.co,l,2\n\
                          \"A\"\"1@b.co\",l,x\n\
                          a2@b.co,l,x\n\
                          ,l,1\n\
                          a2@b.co,l\n\
                          \"a2@b.co,l,1\n";
            let export = match kind {
                "email" => export.replace("\"A\"\"1@", "\"A1@"),
                _ => export.to_owned(),
            };
            let Users { sent, rejected } = users(&mapping, &export);
            assert!(sent[&1].is_some() && sent[&1] != sent[&2], "{kind}");
            assert_eq!((rejected[&3], rejected[&4]), (sent[&1], sent[&2]), "{kind}");
            let others: Vec<_> = rejected.values().skip(2).collect();
            assert_eq!(others, [&None; 3], "{kind}");
        }
    }
    /// Rows that were lent, and objects' first rows with how many rows they stand for.
    #[derive(Default)]
    struct Lent {
        rows: Vec<u64>,
        raw: Vec<Vec<u8>>,
        objects: Vec<(u64, u64)>,
    }

    impl Sink for Lent {
        fn batch(&mut self, batch: &Batch<'_>) -> Flow {
            let objects = batch.objects.iter();
            self.objects
                .extend(objects.map(|object| (object.at.row, object.n_rows)));
            Flow::Continue
        }

        fn wants_rows(&self) -> bool {
            true
        }

        fn row(&mut self, row: &Row<'_>) -> Flow {
            self.rows.extend(row.at().map(|at| at.row));
            self.raw.push(row.raw.to_vec());
            Flow::Continue
        }
    }

    #[test]
    fn rows_of_objects_are_lent_where_they_are_wanted_and_no_others() {
        let mapping = r#"{"version":1,"rows":"attributes","identifiers":[{"column":"id","as":"external_id"}],
            "columns":[{"header":"n","type":"number"},{"header":"note"}]}"#;
        // Merged ones, rejected ones and one with nothing to send between them, plain and quoted.
        let csv = "id,n,note\na,1,x\na,2,y\na,no,z\na,3,\"w\"\nb,,\nb,4,\nc,5\nb,6,v\nd,7,u";
        let large = "u".repeat(110 << 10);
        let json = format!(
            r#"{{"id":"a","n":1}}{{"id":"a","n":2}}{{"id":"a","n":"no"}}{{"id":"a","n":3}}{{"id":"b"}}
               {{"id":"b","n":4}}[5]{{"id":"b","n":6,"later":1}}{{"id":"d","n":7}}{{"id":"e","note":"{large}"}}"#
        );
        for export in [csv, &json] {
            let header = Probe::inspect(export.as_bytes()).unwrap().header;
            let plan = Mapping::parse(mapping).unwrap().compile(&header).unwrap();
            for size in [1, 7, export.len()] {
                let (mut session, mut lent) = (Session::new(plan.clone()), Lent::default());
                session.begin_file("export");
                for chunk in export.as_bytes().chunks(size) {
                    let _ = session.feed(chunk, &mut lent).unwrap();
                }
                let _ = session.end_file(&mut lent).unwrap();
                session.finish(&mut lent);
                assert_eq!(lent.rows, [1, 2, 4, 6, 8, 9], "{size}");
                assert_eq!(lent.objects, [(1, 3), (6, 2), (9, 1)], "{size}");
                let first = export.find('a').map(|_| lent.raw[0].clone()).unwrap();
                assert!(first == b"a,1,x" || first == br#"{"id":"a","n":1}"#);
            }
        }
    }
}
