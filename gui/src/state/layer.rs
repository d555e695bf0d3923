//! A layer: records of users, part by part, in a file that never changes.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::StateError;
use crate::delta::record;
use crate::parts::{PARTS, Part, Parts, Stretch, records, write_record};
use crate::private::PrivateFile;

/// A layer's file, as the index knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Layer {
    number: u64,
    /// Bytes of each part, in their order.
    parts: Vec<u64>,
    /// All records.
    pub(super) records: u64,
    /// Of the whole file.
    hash: String,
}

impl Layer {
    pub(super) fn file_name(&self) -> String {
        self.number.to_string()
    }

    /// Whether it is in as many parts as records are.
    pub(super) fn is_parted(&self) -> bool {
        self.parts.len() == PARTS
    }

    pub(super) fn n_bytes(&self) -> u64 {
        self.parts.iter().sum()
    }

    /// Where a part of it stands.
    pub(super) fn stretch(&self, folder: &Path, place: usize) -> Stretch {
        Stretch {
            path: folder.join(self.file_name()),
            start: self.parts.iter().take(place).sum(),
            n_bytes: self.parts.get(place).copied().unwrap_or_default(),
        }
    }

    /// Whether the file is as it was written.
    pub(super) fn verify(&self, folder: &Path) -> Result<(), StateError> {
        let path = folder.join(self.file_name());
        let fail = |error| StateError::io(&path, error);
        let mut file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StateError::damaged(&path, "no such file"));
            }
            opened => opened.map_err(fail)?,
        };
        let mut hash = Xxh3::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            match file.read(&mut buffer).map_err(fail)? {
                0 => break,
                n_bytes => hash.update(&buffer[..n_bytes]),
            }
        }
        match hash_text(&hash) == self.hash {
            true => Ok(()),
            false => Err(StateError::damaged(&path, "other bytes")),
        }
    }

    /// Writes a layer, all of its parts.
    pub(super) fn write(
        folder: &Path,
        number: u64,
        write: impl FnOnce(&mut LayerWriter) -> io::Result<()>,
    ) -> Result<Self, StateError> {
        let path = folder.join(number.to_string());
        let mut writer = LayerWriter {
            file: PrivateFile::create(&path)?,
            hash: Xxh3::new(),
            parts: Vec::new(),
            n_records: 0,
            record: Vec::new(),
        };
        write(&mut writer).map_err(|error| StateError::io(&path, error))?;
        writer.file.finish()?;
        Ok(Self {
            number,
            parts: writer.parts,
            records: writer.n_records,
            hash: hash_text(&writer.hash),
        })
    }

    /// Writes a layer that says once of each user what others say several times, the last of which counts.
    pub(super) fn fold(
        folder: &Path,
        number: u64,
        parts: Parts,
        values: Values,
    ) -> Result<Self, StateError> {
        let limit = parts.limit();
        Self::write(folder, number, |write| {
            for part in parts.into_parts() {
                write.part(|each| fold(part, 0, limit, values, each))?;
            }
            Ok(())
        })
    }
}

/// What becomes of values when layers are folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Values {
    AsKnown,
    Unsure,
}

fn hash_text(hash: &Xxh3) -> String {
    format!("{:032x}", hash.digest128())
}

/// Takes records, part by part.
pub(super) struct LayerWriter {
    file: PrivateFile,
    hash: Xxh3,
    parts: Vec<u64>,
    n_records: u64,
    record: Vec<u8>,
}

impl LayerWriter {
    /// Writes the next part: whatever `records` hands out.
    pub(super) fn part(
        &mut self,
        records: impl FnOnce(&mut Each<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let Self {
            file,
            hash,
            parts,
            n_records,
            record,
        } = self;
        let mut n_bytes = 0;
        records(&mut |user, rest| {
            record.clear();
            write_record(user, rest, record);
            hash.update(record);
            n_bytes += record.len() as u64;
            *n_records += 1;
            file.write_all(record)
        })?;
        parts.push(n_bytes);
        Ok(())
    }
}

/// Takes a record: the user, and what stands behind it.
type Each<'e> = dyn FnMut(u128, &[u8]) -> io::Result<()> + 'e;

/// One record a user, or a few of one of whom more is known than an object has members.
fn fold(
    part: Part,
    level: u32,
    limit: usize,
    values: Values,
    each: &mut Each<'_>,
) -> io::Result<()> {
    if part.n_bytes() <= limit as u64 {
        return fold_in_memory(&part.whole()?, values, each);
    }
    match part.finer(level, limit)? {
        Some(mut finer) => {
            drop(part);
            finer.settle()?;
            let mut parts = finer.into_parts().into_iter();
            parts.try_for_each(|part| fold(part, level + 1, limit, values, each))
        }
        None => fold_on_the_way(&part, values, each),
    }
}

fn fold_in_memory(bytes: &[u8], values: Values, each: &mut Each<'_>) -> io::Result<()> {
    let mut index: Vec<_> = records(bytes)
        .map(|record| (record.user, record.rest.start, record.rest.end))
        .collect();
    index.sort_unstable();
    let mut folded = Folded::default();
    for of_user in index.chunk_by(|one, other| one.0 == other.0) {
        folded.clear();
        for (_, start, end) in of_user {
            folded.take(&bytes[*start..*end]);
        }
        folded.hand_out(of_user[0].0, values, each)?; // OK because no chunk is empty
    }
    Ok(())
}

/// For a part with so few users that it cannot be parted: what is known of them is little.
fn fold_on_the_way(part: &Part, values: Values, each: &mut Each<'_>) -> io::Result<()> {
    let mut users: BTreeMap<u128, Folded> = BTreeMap::new();
    part.each(|user, rest| {
        users.entry(user).or_default().take(rest);
        Ok(())
    })?;
    let mut users = users.into_iter();
    users.try_for_each(|(user, mut folded)| folded.hand_out(user, values, each))
}

/// Statements of one record. An object has 250 members at most, and so has one of a user who left everything.
const RECORD_STATEMENTS: usize = 200;

/// What several records say of one user.
#[derive(Default)]
struct Folded {
    said: Vec<(u32, u64)>,
    /// One of them created the user, if need be.
    is_created: bool,
    name: Vec<u8>,
    rest: Vec<u8>,
}

impl Folded {
    fn clear(&mut self) {
        self.said.clear();
        self.is_created = false;
    }

    fn take(&mut self, rest: &[u8]) {
        if !record::is_if_there(rest) && !self.is_created {
            // The user may be there only since now: nobody knows what Braze took of what was said before.
            self.is_created = true;
            self.said
                .iter_mut()
                .for_each(|said| said.1 = record::UNSURE);
        }
        let mut guess = 0;
        for (attribute, value) in record::statements(rest) {
            let is_it = |said: &(u32, u64)| said.0 == attribute;
            let place = match self.said.get(guess).is_some_and(is_it) {
                true => Some(guess),
                false => self.said.iter().position(is_it),
            };
            match place {
                Some(place) => self.said[place].1 = value,
                None => self.said.push((attribute, value)),
            }
            guess = place.map_or(self.said.len(), |place| place + 1);
        }
        self.name.clear();
        self.name.extend_from_slice(record::name(rest));
    }

    fn hand_out(&mut self, user: u128, values: Values, each: &mut Each<'_>) -> io::Result<()> {
        for said in self.said.chunks(RECORD_STATEMENTS) {
            record::begin_object(&mut self.rest, !self.is_created);
            for (attribute, value) in said {
                let value = match values {
                    Values::AsKnown => *value,
                    Values::Unsure => record::UNSURE,
                };
                record::add(&mut self.rest, *attribute, value);
            }
            record::end_known(&mut self.rest, &self.name);
            each(user, &self.rest)?;
        }
        Ok(())
    }
}
