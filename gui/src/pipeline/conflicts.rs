//! Users of whom an export says two things, found exactly, whatever stands between their rows.
//!
//! What each object says goes to a thread of its own, which keeps it in memory while it is little, and else
//! in files without a name that no other user can open, parted by a hash of the user. At the end each part
//! is searched by itself; one that is too large for memory is parted again. Memory does not grow with the
//! export; the disk holds about a dozen bytes for each value, for as long as the pass runs.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, Write as _};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use aiq_braze::conflicts::Statements;
use aiq_braze::diag::{Detail, Place, SAMPLE, TallyEntry, quote};
use aiq_braze::read::Location;
use aiq_braze::wire::InputArray;
use aiq_braze::{Batch, Code, Diagnostic, Object, Plan, Problem, Summary};

use super::PipelineError;

/// Bytes of statements that stay in memory. What they are kept in may take twice as much.
pub const CONFLICT_BYTES: usize = 16 << 20;

/// Parts of one level.
const PARTS: usize = 1 << PART_BITS;
const PART_BITS: u32 = 5;
/// Levels of parts; each has [`PARTS`] files open.
const LEVELS: u32 = 3;
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
            parts: Parts::new(0, n_bytes),
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
                record.write(bytes);
                parts.push(record.user, bytes)?;
            }
        }
        Ok(())
    }

    fn finish(self) -> io::Result<Vec<Conflicts>> {
        let mut found = Found::default();
        self.parts.search(&mut found)?;
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
    /// The user, the length of the rest, and the rest: numbers of seven bits a byte, hashes as they are.
    fn write(&self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&self.user.to_le_bytes());
        let mut rest = [0; 4];
        bytes.extend_from_slice(&rest);
        let start = bytes.len();
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
        let n_bytes = (bytes.len() - start) as u32; // OK because an object has 100 KB at most
        rest.copy_from_slice(&n_bytes.to_le_bytes());
        bytes[start - 4..start].copy_from_slice(&rest);
    }

    /// Reads what [`Self::write`] wrote behind user and length.
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

/// Bytes before a record's rest.
const HEAD_BYTES: usize = 16 + 4;

/// A record's user, and the length of its rest.
fn read_head(head: &[u8; HEAD_BYTES]) -> (u128, usize) {
    let (user, length) = head.split_at(16);
    let user = user.first_chunk().copied().unwrap_or_default();
    let length = length.first_chunk().copied().unwrap_or_default();
    (
        u128::from_le_bytes(user),
        u32::from_le_bytes(length) as usize,
    )
}

fn write_number(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn read_number(bytes: &mut &[u8]) -> u64 {
    let (mut number, mut shift) = (0, 0);
    while let Some((byte, behind)) = bytes.split_first() {
        *bytes = behind;
        number |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if *byte < 0x80 || shift > 63 {
            break;
        }
    }
    number
}

/// Records, parted by their users.
struct Parts {
    level: u32,
    parts: Vec<Part>,
    /// Bytes in memory, and how many may be.
    n_bytes: usize,
    limit: usize,
}

/// Records of some users, in the order in which they came: first those in the file.
#[derive(Default)]
struct Part {
    file: Option<File>,
    n_filed: u64,
    memory: Vec<u8>,
}

impl Parts {
    fn new(level: u32, limit: usize) -> Self {
        Self {
            level,
            parts: (0..PARTS).map(|_| Part::default()).collect(),
            n_bytes: 0,
            limit,
        }
    }

    fn push(&mut self, user: u128, record: &[u8]) -> io::Result<()> {
        let bits = user >> (u128::BITS - PART_BITS * (self.level + 1));
        let place = bits as usize % PARTS;
        self.parts[place].memory.extend_from_slice(record);
        self.n_bytes += record.len();
        if self.n_bytes > self.limit {
            for part in &mut self.parts {
                part.spill()?;
            }
            self.n_bytes = 0;
        }
        Ok(())
    }

    /// Part by part, and never two in memory.
    fn search(mut self, found: &mut Found) -> io::Result<()> {
        if self.parts.iter().any(|part| part.file.is_some()) {
            for part in &mut self.parts {
                part.spill()?;
                part.memory = Vec::new();
            }
        }
        for part in self.parts {
            let is_small = part.n_filed <= self.limit as u64 / 2;
            if is_small {
                search_in_memory(&part.whole()?, found);
            } else if self.level + 1 < LEVELS {
                let mut finer = Self::new(self.level + 1, self.limit);
                part.each(|user, record| finer.push(user, record))?;
                finer.search(found)?;
            } else {
                search_on_the_way(part, found)?;
            }
        }
        Ok(())
    }
}

impl Part {
    fn spill(&mut self) -> io::Result<()> {
        if self.memory.is_empty() {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(tempfile::tempfile()?),
        };
        file.write_all(&self.memory)?;
        self.n_filed += self.memory.len() as u64;
        self.memory.clear();
        Ok(())
    }

    /// All of it; its place is taken.
    fn whole(self) -> io::Result<Vec<u8>> {
        let Some(mut file) = self.file else {
            return Ok(self.memory);
        };
        file.rewind()?;
        let mut bytes = Vec::with_capacity(self.n_filed as usize); // OK because it is less than the limit
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Hands out all records with their users. All are in the file.
    fn each(self, mut each: impl FnMut(u128, &[u8]) -> io::Result<()>) -> io::Result<()> {
        let Some(mut file) = self.file else {
            return Ok(());
        };
        file.rewind()?;
        let mut file = BufReader::with_capacity(64 << 10, file);
        let mut left = self.n_filed;
        let mut record = Vec::new();
        while left > 0 {
            let mut head = [0; HEAD_BYTES];
            file.read_exact(&mut head)?;
            let (user, n_bytes) = read_head(&head);
            record.clear();
            record.extend_from_slice(&head);
            record.resize(HEAD_BYTES + n_bytes, 0);
            file.read_exact(&mut record[HEAD_BYTES..])?;
            left = left.saturating_sub(record.len() as u64);
            each(user, &record)?;
        }
        Ok(())
    }
}

/// Sorts records by user, and looks closer where one has several.
fn search_in_memory(records: &[u8], found: &mut Found) {
    let mut index = Vec::new();
    let mut at = 0;
    while let Some((head, _)) = records[at..].split_first_chunk() {
        let (user, n_bytes) = read_head(head);
        let rest = at + HEAD_BYTES;
        index.push((user, rest));
        at = (rest + n_bytes).min(records.len());
    }
    index.sort_unstable();
    let mut record = Record::default();
    for of_user in index.chunk_by(|(one, _), (other, _)| one == other) {
        if of_user.len() < 2 {
            continue;
        }
        let mut values = BTreeMap::new();
        for (_, rest) in of_user {
            let (_, n_bytes) = read_head(
                records[rest - HEAD_BYTES..*rest]
                    .first_chunk()
                    .expect("the index has places behind heads"),
            );
            record.read_rest(&records[*rest..rest + n_bytes]);
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
    part.each(|user, bytes| {
        record.read_rest(&bytes[HEAD_BYTES..]);
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
