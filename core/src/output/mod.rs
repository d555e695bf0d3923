//! What else a run can write: the same objects in the forms that Braze's own imports take, so that a user
//! without a key gets value, too.
//!
//! An output is made from batches, so that whatever was checked is what is written. What it cannot express
//! is said before anything is written: nothing is left out in silence.

mod braze_csv;
mod cdi;

use crate::batch::Object;
use crate::diag::{Code, Place, Problem};
use crate::mapping::UnknownUsers;
use crate::plan::Plan;

use braze_csv::BrazeCsv;

/// The forms that there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Request bodies, one a line.
    #[default]
    Bodies,
    /// The CSV of Braze's dashboard (Audience → Import users): attributes or events, one user a row.
    BrazeCsv,
    /// Rows of Braze's Cloud Data Ingestion from file storage: JSON lines of an identifier and a `payload`.
    Cdi,
}

impl Form {
    /// All, by their name.
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("bodies", Self::Bodies),
        ("braze-csv", Self::BrazeCsv),
        ("cdi", Self::Cdi),
    ];

    /// Whether its first line names what only a whole run knows: see [`Output::new`].
    pub fn needs_names(self) -> bool {
        self == Self::BrazeCsv
    }
}

/// Writes the batches of a run in one form.
#[derive(Debug)]
pub struct Output(Writer);

#[derive(Debug)]
enum Writer {
    Bodies,
    BrazeCsv(BrazeCsv),
    Cdi,
}

impl Output {
    /// An output of this form for the batches of this plan. `audiences` are the names of all audience
    /// attributes that will come: a check's [`Summary`](crate::Summary) has them. Only [`Form::BrazeCsv`]
    /// asks for them.
    ///
    /// # Errors
    ///
    /// Everything that the mapping does and the form cannot express.
    pub fn new(form: Form, plan: &Plan, audiences: &[&str]) -> Result<Self, Vec<Problem>> {
        let writer = match form {
            Form::Bodies => Writer::Bodies,
            Form::BrazeCsv => Writer::BrazeCsv(BrazeCsv::new(plan, audiences)?),
            Form::Cdi => cdi::check(plan).map(|()| Writer::Cdi)?,
        };
        Ok(Self(writer))
    }

    /// Writes what stands before the first batch.
    pub fn start(&self, out: &mut Vec<u8>) {
        if let Writer::BrazeCsv(csv) = &self.0 {
            csv.write_header(out);
        }
    }

    /// Writes a batch: its body and its objects.
    pub fn batch(&mut self, body: &[u8], objects: &[Object], out: &mut Vec<u8>) {
        let object_of = |object: &Object| {
            let range = object.range.start as usize..object.range.end as usize;
            body.get(range).unwrap_or_default()
        };
        match &mut self.0 {
            Writer::Bodies => {
                out.extend_from_slice(body);
                out.push(b'\n');
            }
            Writer::BrazeCsv(csv) => {
                for object in objects {
                    csv.write_row(object_of(object), out);
                }
            }
            Writer::Cdi => {
                for object in objects {
                    cdi::write_row(object_of(object), object.identifier, out);
                }
            }
        }
    }
}

/// A setting that a form cannot express.
fn inexpressible(path: &str, found: &str, todo: &str) -> Problem {
    Problem {
        code: Code::NotExpressible,
        place: Place::Setting {
            path: path.to_owned(),
        },
        found: Some(found.to_owned()),
        expected: Some(todo.to_owned()),
        fix: None,
    }
}

/// Both imports ask on their own pages what shall happen to unknown users.
fn check_unknown_users(plan: &Plan, problems: &mut Vec<Problem>) {
    if plan.mapping().unknown_users != UnknownUsers::Unset {
        let todo = "no \"unknown_users\": choose it in Braze, where the import is set up";
        problems.push(inexpressible(
            "unknown_users",
            "what shall happen to unknown users",
            todo,
        ));
    }
}

#[cfg(test)]
mod tests;
