//! Users of whom an export says two things, found exactly, whatever stands between their rows.
//!
//! What each object says goes to a thread of its own, which keeps it in memory while it is little, and else
//! in files without a name that no other user can open, parted by a hash of the user. At the end each part
//! is searched by itself; one that is too large for memory is parted again. Memory does not grow with the
//! export; the disk holds about a dozen bytes for each value, for as long as the pass runs.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use aiq_braze::conflicts::Statements;
use aiq_braze::diag::{Detail, Place, SAMPLE, TallyEntry, quote};
use aiq_braze::read::Location;
use aiq_braze::wire::InputArray;
use aiq_braze::{Batch, Code, Diagnostic, Object, Plan, Problem, Summary};

use super::PipelineError;
use crate::parts::{Part, Parts, read_number, records, write_number};

/// Bytes of statements that stay in memory. What they are kept in may take twice as much.
pub const CONFLICT_BYTES: usize = 16 << 20;

/// Batches that may wait for the thread.
const WAITING: usize = 2;

/// A search that runs beside a pass.
pub(super) struct Search {
    sender: SyncSender<Said>,
    thread: JoinHandle<io::Result<Option<Vec<Conflicts>>>>,
}

enum Said {
    Batch(Vec<u8>, Vec<Object>),
    /// All was said; without it nobody wants to know any more.
    End,
}

/// The conflicts in one attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Conflicts {
    pub(super) name: String,
    /// Users with two values.
    pub(super) count: u64,
    /// For the first [`SAMPLE`] of them, the first row with another value than the one before.
    pub(super) first: Vec<Location>,
}

impl Search {
    /// Starts the thread.
    pub(super) fn start(n_bytes: usize) -> Result<Self, PipelineError> {
        let (sender, receiver) = sync_channel(WAITING);
        let thread = thread::Builder::new().name("conflicts".to_owned());
        let thread = thread
            .spawn(move || listen(&receiver, n_bytes))
            .map_err(PipelineError::Conflicts)?;
        Ok(Self { sender, thread })
    }

    /// Takes what a batch says.
    pub(super) fn take(&self, batch: &Batch<'_>) {
        if batch.array == InputArray::Attributes {
            let said = Said::Batch(batch.body.to_vec(), batch.objects.to_vec());
            // A thread that ended early has met an error, which the end tells.
            self.sender.send(said).ok();
        }
    }

    /// Waits for what was found, attribute by attribute.
    pub(super) fn finish(self) -> Result<Vec<Conflicts>, PipelineError> {
        self.sender.send(Said::End).ok();
        drop(self.sender);
        match self.thread.join() {
            Ok(Ok(Some(found))) => Ok(found),
            Ok(Err(error)) => Err(PipelineError::Conflicts(error)),
            Ok(Ok(None)) | Err(_) => Err(PipelineError::Died),
        }
    }
}

fn listen(receiver: &Receiver<Said>, n_bytes: usize) -> io::Result<Option<Vec<Conflicts>>> {
    let mut finder = Finder::new(n_bytes);
    for said in receiver {
        match said {
            Said::Batch(body, objects) => finder.take(&body, &objects)?,
            Said::End => return finder.finish().map(Some),
        }
    }
    Ok(None)
}

/// Adds what was found to a summary; the problems are for those who want to see them one by one.
pub(super) fn tell(found: Vec<Conflicts>, plan: &Plan, summary: &mut Summary) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut entries: BTreeMap<Option<u32>, TallyEntry> = BTreeMap::new();
    for Conflicts { name, count, first } in found {
        let later_column = || {
            let mut later = summary.later_columns.iter();
            let later_idx = later.position(|column| *column == name)?;
            Some(plan.header().width() + later_idx)
        };
        let column_idx = plan.column_of(&name).or_else(later_column);
        let column = column_idx.map(|column_idx| column_idx as u32); // OK because columns are few
        let header = column_idx
            .and_then(|column_idx| summary.column_name(plan.header(), column_idx))
            .map(str::to_owned);
        let entry = entries.entry(column).or_default();
        entry.count += count;
        for at in first {
            entry.first.push(Diagnostic {
                code: Code::ConflictingValues,
                at,
                column,
                detail: Detail::None,
            });
            problems.push(Problem {
                code: Code::ConflictingValues,
                place: Place::Row {
                    at,
                    column: header.clone(),
                },
                found: Some(quote(&name)),
                expected: None,
                fix: None,
            });
        }
    }
    for (column, mut entry) in entries {
        entry.first.sort_by_key(|diagnostic| key(diagnostic.at));
        entry.first.truncate(SAMPLE);
        summary
            .tally
            .add_entry(Code::ConflictingValues, column, entry);
    }
    problems
}

/// The order of places.
fn key(at: Location) -> (u32, u64) {
    (at.file, at.row)
}

/// Takes batches, and finds at the end.
struct Finder {
    statements: Statements,
    parts: Parts,
    /// What one batch says, object by object.
    record: Record,
    bytes: Vec<u8>,
}

impl Finder {
    fn new(n_bytes: usize) -> Self {
        Self {
            statements: Statements::default(),
            parts: Parts::new(n_bytes),
            record: Record::default(),
            bytes: Vec::new(),
        }
    }

    fn take(&mut self, body: &[u8], objects: &[Object]) -> io::Result<()> {
        let Self {
            statements,
            parts,
            record,
            bytes,
        } = self;
        for object in objects {
            record.said.clear();
            statements.of_batch(body, std::slice::from_ref(object), |statement| {
                record.user = u128::from_be_bytes(statement.user.to_bytes());
                record.at = statement.at;
                record.said.push((statement.attribute, statement.value));
            });
            if !record.said.is_empty() {
                bytes.clear();
                record.write_rest(bytes);
                parts.push(record.user, bytes)?;
            }
        }
        Ok(())
    }

    fn finish(self) -> io::Result<Vec<Conflicts>> {
        let mut found = Found::default();
        search(self.parts, &mut found)?;
        let attributes = found.0.into_iter();
        let named = attributes.map(|(attribute, conflicts)| Conflicts {
            name: self
                .statements
                .name(attribute)
                .unwrap_or_default()
                .to_owned(),
            ..conflicts
        });
        Ok(named.collect())
    }
}

/// Conflicts by attribute.
#[derive(Default)]
struct Found(BTreeMap<u32, Conflicts>);

impl Found {
    fn add(&mut self, attribute: u32, at: Location) {
        let conflicts = self.0.entry(attribute).or_default();
        conflicts.count += 1;
        let place = conflicts
            .first
            .partition_point(|other| key(*other) < key(at));
        if place < SAMPLE {
            conflicts.first.insert(place, at);
            conflicts.first.truncate(SAMPLE);
        }
    }
}

/// What one object says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Record {
    user: u128,
    at: Location,
    /// Attributes and hashes of their values.
    said: Vec<(u32, u64)>,
}

impl Record {
    /// What stands behind the user: numbers of seven bits a byte, hashes as they are.
    fn write_rest(&self, bytes: &mut Vec<u8>) {
        let Location {
            file,
            row,
            line,
            byte,
        } = self.at;
        for number in [u64::from(file), row, line, byte] {
            write_number(number, bytes);
        }
        for (attribute, value) in &self.said {
            write_number(u64::from(*attribute), bytes);
            bytes.extend_from_slice(&value.to_le_bytes());
        }
    }

    /// Reads what [`Self::write_rest`] wrote.
    fn read_rest(&mut self, mut rest: &[u8]) {
        let mut number = || read_number(&mut rest);
        self.at = Location {
            file: number() as u32, // OK because it was one
            row: number(),
            line: number(),
            byte: number(),
        };
        self.said.clear();
        while !rest.is_empty() {
            let attribute = read_number(&mut rest) as u32; // OK because it was one
            let Some((value, behind)) = rest.split_first_chunk() else {
                return;
            };
            self.said.push((attribute, u64::from_le_bytes(*value)));
            rest = behind;
        }
    }
}

/// Part by part, and never two in memory.
fn search(mut parts: Parts, found: &mut Found) -> io::Result<()> {
    parts.settle()?;
    let (level, limit) = (parts.level(), parts.limit());
    for part in parts.into_parts() {
        if part.is_in_memory() || part.n_bytes() <= limit as u64 / 2 {
            search_in_memory(&part.whole()?, found);
        } else if let Some(finer) = part.finer(level, limit)? {
            search(finer, found)?;
        } else {
            search_on_the_way(part, found)?;
        }
    }
    Ok(())
}

/// Sorts records by user, and looks closer where one has several.
fn search_in_memory(bytes: &[u8], found: &mut Found) {
    let mut index: Vec<_> = records(bytes).map(|kept| (kept.user, kept.rest)).collect();
    index.sort_unstable_by_key(|(user, rest)| (*user, rest.start));
    let mut record = Record::default();
    for of_user in index.chunk_by(|(one, _), (other, _)| one == other) {
        if of_user.len() < 2 {
            continue;
        }
        let mut values = BTreeMap::new();
        for (_, rest) in of_user {
            record.read_rest(&bytes[rest.clone()]);
            for (attribute, value) in &record.said {
                compare(
                    &mut values,
                    *attribute,
                    *value,
                    record.at,
                    *attribute,
                    found,
                );
            }
        }
    }
}

/// For a part with so few users that it cannot be parted: what they said is little, however often.
fn search_on_the_way(part: Part, found: &mut Found) -> io::Result<()> {
    let mut values = BTreeMap::new();
    let mut record = Record::default();
    part.each(|user, rest| {
        record.read_rest(rest);
        for (attribute, value) in &record.said {
            compare(
                &mut values,
                (user, *attribute),
                *value,
                record.at,
                *attribute,
                found,
            );
        }
        Ok(())
    })
}

/// Remembers the first value of a key, and tells of the first other one.
fn compare<K: Ord>(
    values: &mut BTreeMap<K, (u64, bool)>,
    key: K,
    value: u64,
    at: Location,
    attribute: u32,
    found: &mut Found,
) {
    let (first, is_told) = values.entry(key).or_insert((value, false));
    if *first != value && !*is_told {
        *is_told = true;
        found.add(attribute, at);
    }
}

#[cfg(test)]
mod tests;
