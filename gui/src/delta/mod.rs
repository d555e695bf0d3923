//! What Braze would have to be told to go from one export to another: joins, leavers, changed values.
//!
//! Both exports are of any size and in any order of rows, and memory is fixed in advance. [`Delta::compare`]
//! reads each once, [both at a time](both). What an object says becomes one [record](record) of 21 bytes and 9
//! for each attribute, in files parted by users ([`crate::parts`]); then each part is compared by itself, and
//! for each object it is written down, in the order of the part's records, which of its members are to be told
//! ([verdicts](verdict)). [`Delta::select`] reads the exports once more: objects come in the same order, so
//! that each takes the next verdict of its user's part, and nothing is ever looked up.
//!
//! # What counts
//!
//! Of each (user, attribute) the last value of the export. A user is (kind of identifier, exact bytes), an
//! attribute its name, a value its JSON. A user is *in* an export of which an object is about it: rows that
//! the mapping's `where` leaves out do not count, nor do those that say nothing.
//!
//! Instead of an old export there may be what is known of users already ([`Delta::since`]): what Braze accepted
//! ([`crate::state`]). Then only audiences that the new export has count, and only where it is the whole of
//! them.
//!
//! An attribute that only the old export has stays as it is (*gone*, and told of): that a cell is empty, or a
//! column is missing, is no wish to remove anything. Where the mapping's `empty` says `null`, null is the value.
//! Audience attributes are otherwise: who is in no row of an audience any more has left it, whether the new
//! export has other rows of the user or not, and is told the mapping's `leaver`. That never creates a user whom
//! Braze does not know any more.
//!
//! **A row that was rejected makes nobody a leaver.** Of users with a rejected row in the new export no
//! membership is ended. Where a rejected row does not say whose it is (it cannot be read, or has no good
//! identifier), or the new export lacks what a manifest promises, anybody may be missing by mistake, and no
//! membership at all is ended, unless the caller says otherwise ([`Leavers`]).
//!
//! **Nor does another name.** Where the mapping has several identifiers, one person may be named by an address in
//! one export and by an id in the next: nobody knows then who is missing, and no membership is ended.
//!
//! An operator (`{"inc": 1}`) in a column of JSON comes to something else each time that it is told, and so is
//! always new. Of a user with one in the new export all is told that it says, each value of each object, as
//! without an old export.
//!
//! What was told only if its user was there (`_update_existing_only`) is not known of a user whom something
//! creates later: neither once that was told, nor where the new export does so. It is told anew then.
//!
//! Events cannot be compared ([`DeltaError::Events`]): each stands for itself.
//!
//! # How sure it is
//!
//! Users are compared by 128 bits: among 10⁸ (50 million on each side) any two are taken for one with a
//! chance of 10¹⁶ / 2 × 2⁻¹²⁸ = 1.5 × 10⁻²³. Values are compared with the one other value of the same user and
//! attribute by 64 bits. A changed value is missed with a chance of 2⁻⁶⁴: were all of 250 attributes of 50
//! million users changed, that is 1.25 × 10¹⁰ × 2⁻⁶⁴ = 6.8 × 10⁻¹⁰ for one miss anywhere, below one in a
//! billion. So 128 bits for values would only make the files larger.

mod both;
mod compare;
pub(crate) mod record;
#[cfg(test)]
pub(crate) mod tests;
mod verdict;

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use aiq_braze::conflicts::Statements;
use aiq_braze::mapping::{IdentifierKind, Leaver, NestedNames, Rows};
use aiq_braze::read::Location;
use aiq_braze::wire::InputArray;
use aiq_braze::{
    Batch, Diagnostic, Flow, Object, Options, Plan, Row, Sink, Summary, UserKey, write_leaver,
};
use serde::Serialize;

use self::both::{Cutter, Names, read_both};
use self::compare::{Comparison, How, LeaversAre};
use self::verdict::{Verdict, Verdicts};
use crate::input::Export;
use crate::parts::{Parts, Stretch};
use crate::pipeline::{self, Blocks, PipelineError, now, read};

/// Bytes of records that stay in memory, of both exports together. What they are kept in may take twice as
/// much.
pub const DELTA_BYTES: usize = 16 << 20;

/// An export with its plan. Both sides have the same mapping, each compiled against its own header.
#[derive(Clone, Debug)]
pub struct Side {
    /// What is read.
    pub export: Export,
    /// What it is read by.
    pub plan: Plan,
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// What Braze was told.
    Old,
    /// What it shall be told.
    New,
}

/// Whether the new export is trusted to have everybody: asked with its summary, how many of its rejected rows
/// do not say whose they are, and whether it lacks what a manifest promises.
pub type Leavers<'l> = dyn Fn(&Summary, u64, bool) -> bool + 'l;

/// How many users, by what became of them. Old: `left + unsure + changed + unchanged`; new: `joined + changed
/// + unchanged`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Users {
    /// Only in the new export.
    pub joined: u64,
    /// Only in the old export.
    pub left: u64,
    /// In both, and with something to be told.
    pub changed: u64,
    /// In both, with nothing to be told.
    pub unchanged: u64,
    /// In the old export; in the new one only with rows that were rejected. They are left alone.
    pub unsure: u64,
}

/// Users by what became of one attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AttributeCounts {
    /// There was no value, or null, and there is one now. Joined users count.
    pub set: u64,
    /// Another value than before.
    pub changed: u64,
    /// The new export says null, and the old one did not.
    pub removed: u64,
    /// Of users in both: only the old export has a value. Nothing is told.
    pub gone: u64,
}

/// Users by what became of one audience attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AudienceCounts {
    /// In it now, and not before.
    pub joins: u64,
    /// In it before, and not now.
    pub leaves: u64,
}

/// What a comparison came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// All users.
    pub users: Users,
    /// By name.
    pub attributes: BTreeMap<String, AttributeCounts>,
    /// By name.
    pub audiences: BTreeMap<String, AudienceCounts>,
    /// Objects of the new export of which something is to be told, and those of the old one whose users left
    /// an audience.
    pub objects: (u64, u64),
    /// Memberships that ended, and of which nothing is told: see [`Leavers`] and `has_several_identifiers`.
    pub held: u64,
    /// Rejected rows of the new export that do not say whose they are.
    pub unread: u64,
    /// The mapping names users in several ways, so that no membership is ended.
    pub has_several_identifiers: bool,
    /// What reading each came to.
    pub old: Summary,
    /// See `old`.
    pub new: Summary,
}

/// Why two exports cannot be compared.
#[derive(Debug)]
#[non_exhaustive]
pub enum DeltaError {
    /// Rows are events.
    Events,
    /// An export cannot be read, or is not the same any more.
    Pass(PipelineError),
    /// Records cannot be kept.
    Disk(io::Error),
    /// The caller stopped it.
    Stopped,
}

impl fmt::Display for DeltaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Events => f.write_str(
                "found events, expected rows about users (\"rows\": \"audience\" or \"attributes\"): each event \
                 stands for itself, and two exports of events have no difference to tell. Push the new ones",
            ),
            Self::Pass(error) => error.fmt(f),
            Self::Disk(error) => write!(
                f,
                "two exports cannot be compared in {}: {error}. Make room there, or name another folder in \
                 TMPDIR",
                std::env::temp_dir().display()
            ),
            Self::Stopped => f.write_str("the comparison was stopped"),
        }
    }
}

impl std::error::Error for DeltaError {}

impl From<PipelineError> for DeltaError {
    fn from(error: PipelineError) -> Self {
        Self::Pass(error)
    }
}

impl From<io::Error> for DeltaError {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

/// Called with which export is read, bytes of its files, and rows.
pub type Progress<'p> = dyn FnMut(Which, u64, u64) + 'p;

/// An export compared with another, or with what is known already.
pub struct Delta {
    /// What came of it.
    pub report: Report,
    old: OldTold,
    new: Told,
    leaver: &'static [u8],
}

/// The old side with what is to be told of it.
enum OldTold {
    Export(Box<Told>),
    Known {
        known: Known,
        /// The keys of all attributes, by their numbers.
        keys: Vec<Vec<u8>>,
        verdicts: Verdicts,
    },
}

/// What is known of users already.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// The keys of attributes, as they stand in bodies, by their numbers.
    pub(crate) keys: Vec<Vec<u8>>,
    /// Where the records of each part stand.
    pub(crate) stretches: Vec<Vec<Stretch>>,
}

impl Known {
    fn parts(&self, n_bytes: usize) -> Parts {
        let stretches = |place: usize| self.stretches.get(place).cloned().unwrap_or_default();
        Parts::stored(n_bytes, stretches)
    }
}

/// What of a new export is told where something is known already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Since {
    /// What is known already is told, too.
    pub(crate) tells_all: bool,
    /// The export is the whole of its audiences: who is known to be in one, and is not in the export, left.
    pub(crate) is_whole: bool,
}

/// A side with what is to be told of it.
struct Told {
    side: Side,
    blocks: Vec<u128>,
    verdicts: Verdicts,
}

/// An object of which something is to be told.
pub struct Selected<'s> {
    /// By what it names its user.
    pub identifier: IdentifierKind,
    /// Where its first row starts in the new export, and how many rows it stands for: none where a user left.
    pub at: Location,
    /// See `at`.
    pub n_rows: u64,
    text: Text<'s>,
    /// Which of its statements.
    verdict: Verdict<'s>,
}

/// Where what is told stands.
enum Text<'s> {
    New(&'s Object, &'s [u8]),
    Left(&'s Object, &'s [u8], &'static [u8]),
    Known(&'s [u8], &'s [Vec<u8>], &'static [u8]),
}

impl Selected<'_> {
    /// Writes what is told, as an object of a request.
    pub fn write(&self, out: &mut Vec<u8>) {
        let keeps = |statement_idx: &usize| self.verdict.keeps(*statement_idx);
        match self.text {
            Text::New(object, body) => {
                object.write_part(body, |statement_idx| keeps(&statement_idx), out);
            }
            Text::Left(object, body, leaver) => {
                let keys = object.statement_keys(body).enumerate();
                let keys = keys.filter(|(statement_idx, _)| keeps(statement_idx));
                write_leaver(object.name(body), keys.map(|(_, key)| key), leaver, out);
            }
            Text::Known(rest, keys, leaver) => {
                let said = record::statements(rest).enumerate();
                let said = said.filter(|(statement_idx, _)| keeps(statement_idx));
                let keys = said.filter_map(|(_, (attribute, _))| keys.get(attribute as usize));
                write_leaver(record::name(rest), keys.map(Vec::as_slice), leaver, out);
            }
        }
    }
}

impl Delta {
    /// Compares two exports, with so many bytes of records in memory ([`DELTA_BYTES`]).
    pub fn compare(
        old: Side,
        new: Side,
        n_bytes: usize,
        ends_memberships: &Leavers<'_>,
        progress: &mut Progress<'_>,
    ) -> Result<Self, DeltaError> {
        refuse_events(&old)?;
        refuse_events(&new)?;
        let names = Names::default();
        let both = read_both((&old, &new), n_bytes / 2, &names, progress)?;
        let [(old_read, old_parts), (new_read, new_parts)] = both;
        let statements = names.into_statements();
        let how = How {
            leavers: new_read.leavers(ends_memberships),
            ..how(&new.plan)
        };
        let sides = (Some(old_read.summary), &new_read);
        let (report, verdicts) = compare(&statements, &how, (old_parts, new_parts), sides)?;
        Ok(Self {
            leaver: leaver(&new.plan),
            report,
            old: OldTold::Export(Box::new(Told {
                side: old,
                blocks: old_read.blocks,
                verdicts: verdicts.old,
            })),
            new: Told {
                side: new,
                blocks: new_read.blocks,
                verdicts: verdicts.new,
            },
        })
    }

    /// Compares an export with what is known already.
    pub(crate) fn since(
        known: Known,
        new: Side,
        since: Since,
        n_bytes: usize,
        ends_memberships: &Leavers<'_>,
        progress: &mut Progress<'_>,
    ) -> Result<Self, DeltaError> {
        refuse_events(&new)?;
        let names = Names::of(known.keys.iter().map(Vec::as_slice));
        let mut progress = going_on(Which::New, progress);
        let (new_read, new_parts) = Read::of(&new, n_bytes / 2, &names, &mut progress)?;
        let statements = names.into_statements();
        let leavers = match since.is_whole {
            true => new_read.leavers(ends_memberships),
            false => LeaversAre::NoLeavers,
        };
        let how = How {
            leavers,
            tells_all: since.tells_all,
            ..how(&new.plan)
        };
        let parts = (known.parts(n_bytes / 2), new_parts);
        let (report, verdicts) = compare(&statements, &how, parts, (None, &new_read))?;
        Ok(Self {
            leaver: leaver(&new.plan),
            report,
            old: OldTold::Known {
                known,
                keys: statements.keys().map(<[u8]>::to_vec).collect(),
                verdicts: verdicts.old,
            },
            new: Told {
                side: new,
                blocks: new_read.blocks,
                verdicts: verdicts.new,
            },
        })
    }

    /// A hash of each MiB of the new export.
    pub(crate) fn blocks(&self) -> &[u128] {
        &self.new.blocks
    }

    /// Hands out what is to be told: objects of the new export in its order, and then those of the old one
    /// whose users left an audience. Each export is read once more, if anything of it is told; one that
    /// changed meanwhile is an error before anything of what is changed comes.
    pub fn select<E: From<DeltaError>>(
        self,
        progress: &mut Progress<'_>,
        each: &mut dyn FnMut(&Selected<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let (n_new, n_old) = self.report.objects;
        if n_new > 0 {
            select(Which::New, self.new, self.leaver, progress, each)?;
        }
        if n_old == 0 {
            return Ok(());
        }
        match self.old {
            OldTold::Export(old) => select(Which::Old, *old, self.leaver, progress, each),
            OldTold::Known {
                known,
                keys,
                mut verdicts,
            } => {
                let mut hand_out = |user, rest: &[u8]| {
                    let verdict = verdicts.next(user).map_err(DeltaError::Disk)?;
                    if verdict.is_empty() {
                        return Ok(());
                    }
                    each(&Selected {
                        identifier: identifier_of(record::name(rest)),
                        at: Location::default(),
                        n_rows: 0,
                        text: Text::Known(rest, &keys, self.leaver),
                        verdict,
                    })
                };
                each_known(&known, &mut hand_out)
            }
        }
    }
}

/// All records of what is known, in their order.
fn each_known<E: From<DeltaError>>(
    known: &Known,
    each: &mut impl FnMut(u128, &[u8]) -> Result<(), E>,
) -> Result<(), E> {
    for part in known.parts(0).into_parts() {
        let mut failed = None;
        let read = part.each(|user, rest| {
            each(user, rest).map_err(|error| {
                failed = Some(error);
                io::Error::other("nobody wants more")
            })
        });
        match (failed, read) {
            (Some(error), _) => return Err(error),
            (None, read) => read.map_err(DeltaError::Disk)?,
        }
    }
    Ok(())
}

/// By what a user is named who is known as `"external_id":"…"`.
fn identifier_of(name: &[u8]) -> IdentifierKind {
    let mut kinds = IdentifierKind::NAMES.iter();
    let is_it = |(word, _): &&(&str, _)| {
        let rest = name.strip_prefix(b"\"");
        let rest = rest.and_then(|rest| rest.strip_prefix(word.as_bytes()));
        rest.is_some_and(|rest| rest.starts_with(b"\""))
    };
    let found = kinds.find(is_it);
    found.map_or(IdentifierKind::ExternalId, |(_, kind)| *kind)
}

fn refuse_events(side: &Side) -> Result<(), DeltaError> {
    match side.plan.array() {
        InputArray::Attributes => Ok(()),
        InputArray::Events | InputArray::Purchases => Err(DeltaError::Events),
    }
}

fn leaver(plan: &Plan) -> &'static [u8] {
    match &plan.mapping().rows {
        Rows::Audience(rule) if rule.leaver == Leaver::Null => b"null",
        _ => b"false",
    }
}

/// How two exports are compared of which the new one is mapped so.
fn how(plan: &Plan) -> How {
    How {
        leavers: LeaversAre::NoLeavers,
        tells_all: false,
        adds_up: plan.mapping().nested_names == NestedNames::Merge,
    }
}

fn compare(
    statements: &Statements,
    how: &How,
    (old, new_parts): (Parts, Parts),
    (old_summary, new): (Option<Summary>, &Read),
) -> Result<(Report, BothVerdicts), DeltaError> {
    let summaries = old_summary.iter().chain([&new.summary]);
    let audiences: Vec<_> = summaries.flat_map(|summary| &summary.audiences).collect();
    let is_audience = |name: &str| audiences.iter().any(|audience| audience.name == name);
    let mut comparison = Comparison::new(statements.names().map(is_audience), how)?;
    comparison.compare(old, new_parts)?;
    let (counts, old, new_verdicts) = comparison.finish()?;
    let mut report = Report {
        users: counts.users,
        objects: counts.objects,
        held: counts.held,
        unread: new.n_unread,
        has_several_identifiers: new.has_several_identifiers,
        old: old_summary.unwrap_or_default(),
        new: new.summary.clone(),
        ..Report::default()
    };
    for (name, of_name) in statements.names().zip(counts.attributes) {
        match of_name {
            compare::Counts::Attribute(counts) => {
                report.attributes.insert(name.trim().to_owned(), counts);
            }
            compare::Counts::Audience(counts) => {
                report.audiences.insert(name.to_owned(), counts);
            }
        }
    }
    let verdicts = BothVerdicts {
        old,
        new: new_verdicts,
    };
    Ok((report, verdicts))
}

/// The verdicts of both sides.
struct BothVerdicts {
    old: Verdicts,
    new: Verdicts,
}

fn select<E: From<DeltaError>>(
    which: Which,
    told: Told,
    leaver: &'static [u8],
    progress: &mut Progress<'_>,
    each: &mut dyn FnMut(&Selected<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let Told {
        side,
        blocks,
        verdicts,
    } = told;
    let mut sink = Selection {
        which,
        verdicts,
        leaver,
        each,
        error: None,
    };
    let blocks = Blocks::Expected(blocks);
    let mut progress = going_on(which, progress);
    let read = read_side(&side, blocks, &mut sink, &mut progress);
    match (sink.error, read) {
        (Some(error), _) => Err(error),
        (None, Err(error)) => Err(error.into()),
        (None, Ok(None)) => Err(DeltaError::Stopped.into()),
        (None, Ok(Some(_))) => Ok(()),
    }
}

/// Tells how far reading is, and never stops it.
fn going_on(which: Which, progress: &mut Progress<'_>) -> impl FnMut(u64, u64) -> Flow {
    move |bytes, rows| {
        progress(which, bytes, rows);
        Flow::Continue
    }
}

fn read_side(
    side: &Side,
    blocks: Blocks,
    sink: &mut dyn Sink,
    progress: &mut dyn FnMut(u64, u64) -> Flow,
) -> Result<Option<pipeline::Read>, DeltaError> {
    let options = Options {
        now: now(),
        ..Options::default()
    };
    let read = read(&side.export, &side.plan, options, blocks, sink, progress);
    read.map_err(DeltaError::Pass)
}

/// The key as a number, as parts and records have it.
fn number(user: UserKey) -> u128 {
    u128::from_be_bytes(user.to_bytes())
}

/// What reading an export for its records came to.
struct Read {
    summary: Summary,
    blocks: Vec<u128>,
    n_unread: u64,
    is_incomplete: bool,
    /// Who is not there by one name may be there by another.
    has_several_identifiers: bool,
}

impl Read {
    /// What becomes of memberships that it does not have.
    fn leavers(&self, ends_memberships: &Leavers<'_>) -> LeaversAre {
        let is_trusted = ends_memberships(&self.summary, self.n_unread, self.is_incomplete);
        match is_trusted && !self.has_several_identifiers {
            true => LeaversAre::Told,
            false => LeaversAre::Held,
        }
    }

    /// Reads an export, and keeps what it says in parts.
    fn of(
        side: &Side,
        n_bytes: usize,
        names: &Names,
        progress: &mut dyn FnMut(u64, u64) -> Flow,
    ) -> Result<(Self, Parts), DeltaError> {
        let mut sink = Recorder {
            cutter: Cutter::new(names),
            parts: Parts::new(n_bytes),
            rest: Vec::new(),
            n_unread: 0,
            error: None,
        };
        let read = read_side(side, Blocks::Made, &mut sink, progress)?;
        if let Some(error) = sink.error {
            return Err(error.into());
        }
        let read = read.ok_or(DeltaError::Stopped)?;
        sink.parts.settle()?;
        let of = Self {
            summary: read.summary,
            blocks: read.blocks,
            n_unread: sink.n_unread,
            is_incomplete: !read.of_files.is_empty(),
            has_several_identifiers: side.plan.mapping().identifiers.len() > 1,
        };
        Ok((of, sink.parts))
    }
}

/// Writes records of what a session makes.
struct Recorder<'n> {
    cutter: Cutter<'n>,
    parts: Parts,
    rest: Vec<u8>,
    n_unread: u64,
    error: Option<io::Error>,
}

impl Recorder<'_> {
    fn flow(&mut self, result: io::Result<()>) -> Flow {
        match result {
            Ok(()) => Flow::Continue,
            Err(error) => {
                self.error = Some(error);
                Flow::Stop
            }
        }
    }

    fn record(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        for object in batch.objects {
            // Whoever has no statement has no verdict either.
            let Some((user, said)) = self.cutter.cut(batch, object) else {
                continue;
            };
            record::begin_object(&mut self.rest, !object.creates(batch.body));
            if !object.is_repeatable(batch.body) {
                record::mark_operator(&mut self.rest);
            }
            for (attribute, value) in said {
                record::add(&mut self.rest, attribute, record::hash_of(value));
            }
            self.parts.push(number(user), &self.rest)?;
        }
        Ok(())
    }
}

impl Sink for Recorder<'_> {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        let result = self.record(batch);
        self.flow(result)
    }

    fn reject(&mut self, _: &Diagnostic, row: &Row<'_>) -> Flow {
        match row.user() {
            Some(user) => {
                let result = self.parts.push(number(user), record::REJECTED_ROW);
                self.flow(result)
            }
            None => {
                self.n_unread += 1;
                Flow::Continue
            }
        }
    }
}

/// Hands out the objects of which something is told.
struct Selection<'s, E> {
    which: Which,
    verdicts: Verdicts,
    leaver: &'static [u8],
    each: &'s mut dyn FnMut(&Selected<'_>) -> Result<(), E>,
    error: Option<E>,
}

impl<E: From<DeltaError>> Selection<'_, E> {
    fn hand_out(&mut self, batch: &Batch<'_>) -> Result<(), E> {
        for object in batch.objects {
            let Some(user) = object.user(batch.body) else {
                continue;
            };
            let verdict = self.verdicts.next(number(user)).map_err(DeltaError::Disk)?;
            if verdict.is_empty() {
                continue;
            }
            let (at, n_rows, text) = match self.which {
                Which::New => (object.at, object.n_rows, Text::New(object, batch.body)),
                Which::Old => {
                    let text = Text::Left(object, batch.body, self.leaver);
                    (Location::default(), 0, text)
                }
            };
            (self.each)(&Selected {
                identifier: object.identifier,
                at,
                n_rows,
                text,
                verdict,
            })?;
        }
        Ok(())
    }
}

impl<E: From<DeltaError>> Sink for Selection<'_, E> {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        match self.hand_out(batch) {
            Ok(()) => Flow::Continue,
            Err(error) => {
                self.error = Some(error);
                Flow::Stop
            }
        }
    }
}
