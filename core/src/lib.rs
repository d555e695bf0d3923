//! ActionIQ exports in, Braze profiles out: the pure core of aiq-braze.
//!
//! It reads delimited and JSON exports in chunks of any size, maps rows to the objects of Braze's
//! `POST /users/track`, checks them against Braze's rules, and cuts them into request bodies. It knows
//! no file, socket, clock, thread, environment or log, and builds for `wasm32-unknown-unknown`: a host
//! feeds it bytes and takes what comes out.
//!
//! The files follow the phases:
//!
//! | phase | module | |
//! |---|---|---|
//! | inspect | [`Probe`] | format, header, sample, suggested mapping |
//! | survey | [`Survey`] | facts about every column of the whole file |
//! | plan | [`Mapping`] → [`Plan`] | what the user saved, compiled against a header |
//! | read | [`read`] | bytes to rows |
//! | map, check | [`Session`] | rows to objects, against Braze's rules |
//! | batch | [`Batch`] | objects to request bodies |
//! | outputs | [`output`] | the same objects in the forms of Braze's own imports |
//! | conflicts | [`conflicts`] | users with two values of one attribute |
//! | replies | [`wire::reply`] | Braze's answers to what became of each object |
//!
//! Bodies that were made elsewhere are held against the same rules by [`payload::check`].
//!
//! Everything about a row is a [`Diagnostic`] and the run goes on; an `Err` means that it cannot. What
//! can be wrong stands in one table of [`Code`]s, with texts in English and Spanish.
//!
//! In three lines, for an export that is in memory:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let export = b"external_id,audience_id,split_id,ltv\n00123,12,3,1.10\n";
//! let bodies = aiq_braze::map_all(export, None)?.bodies;
//! assert_eq!(bodies[0], r#"{"attributes":[{"external_id":"00123","AIQ_12_3":true,"ltv":1.10}]}"#);
//! # Ok(()) }
//! ```

#![warn(missing_docs)]

mod batch;
mod block;
mod check;
pub mod conflicts;
pub mod content;
mod copy;
pub mod diag;
pub mod forms;
mod header;
mod identity;
mod map;
mod map_all;
pub mod mapping;
mod merge;
mod outcome;
pub mod output;
pub mod payload;
mod plan;
mod probe;
mod processor;
pub mod read;
pub mod rejects;
mod session;
mod sink;
pub mod survey;
mod times;
pub mod wire;

pub use batch::{Batch, BatchId, BatchLimits, Bodies, Checkpoint, Object, body_of, write_leaver};
pub use diag::{Code, Diagnostic, Language, Problem, Severity, Tally};
pub use forms::{Form, ValueKind};
pub use header::Header;
pub use identity::{
    AliasPart, BrazeId, Email, ExternalId, Identity, IdentityError, Phone, UserAlias, UserKey,
};
pub use map::{AudienceName, EventName};
pub use map_all::{MapError, Mapped, map_all};
pub use mapping::Mapping;
pub use merge::write_merged;
pub use outcome::{Account, Outcome};
pub use plan::{Fingerprint, Plan};
pub use probe::{
    Because, Inspection, PROBE_BYTES, Probe, ProbeError, Reason, Role, SAMPLE_ROWS, Suggestion,
};
pub use read::Reader;
pub use session::{Fatal, Options, Session, Summary};
pub use sink::{Flow, Row, Sink};
pub use survey::{ColumnFacts, Facts, Survey};
pub use times::{zone_exists, zones};
