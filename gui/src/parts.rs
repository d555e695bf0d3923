//! Records of users, parted by a hash of the user: in memory while they are few, and else in a file without a
//! name that no other user can open. A part that is too large for memory is parted again, so that memory does
//! not grow with the records.
//!
//! All parts of a level share one file: what memory holds of each is written behind what is there already.
//! Where that stands takes 16 bytes for each part whenever memory is full, a four-thousandth of what is
//! written with 16 MiB of memory.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// Parts of the first level.
pub(crate) const PARTS: usize = LEVELS[0].n_parts();
/// The first level has so many parts that two exports of 20 million users with ten attributes each are parted
/// once: each byte is written and read once.
const LEVELS: [Level; 3] = [Level::new(0, 8), Level::new(8, 5), Level::new(13, 5)];
/// Bytes before a record's rest: the user, and the length of the rest.
const HEAD_BYTES: usize = 16 + 4;

/// The bits of a user that tell the parts of one level apart.
#[derive(Clone, Copy)]
struct Level {
    /// How far they are from the user's last bit.
    shift: u32,
    n_bits: u32,
}

impl Level {
    const fn new(n_bits_before: u32, n_bits: u32) -> Self {
        Self {
            shift: u128::BITS - n_bits_before - n_bits,
            n_bits,
        }
    }

    const fn n_parts(self) -> usize {
        1 << self.n_bits
    }
}

/// Which part of its level a user's records are in.
pub(crate) fn place(user: u128, level: u32) -> usize {
    let level = LEVELS[level as usize];
    (user >> level.shift) as usize % level.n_parts()
}

/// All records of one level.
pub(crate) struct Parts {
    level: u32,
    parts: Vec<Part>,
    /// Bytes in memory, and how many may be.
    n_bytes: usize,
    limit: usize,
    /// What does not fit in memory.
    file: Option<Arc<File>>,
    n_filed: u64,
}

/// Records of some users, in the order in which they came: first those that were stored before, then those in
/// the file.
#[derive(Default)]
pub(crate) struct Part {
    stored: Vec<Stretch>,
    /// The level's file, and where this part's records are in it.
    file: Option<Arc<File>>,
    filed: Vec<Range<u64>>,
    memory: Vec<u8>,
}

/// Where records of one part stand in somebody's file.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub(crate) path: PathBuf,
    pub(crate) start: u64,
    pub(crate) n_bytes: u64,
}

impl Stretch {
    fn open(&self) -> io::Result<io::Take<File>> {
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(self.start))?;
        Ok(file.take(self.n_bytes))
    }
}

impl Parts {
    pub(crate) fn new(limit: usize) -> Self {
        Self::of_level(0, limit)
    }

    /// Records that stand in files, each part's one behind the other in the order of its stretches.
    pub(crate) fn stored(limit: usize, stretches: impl Fn(usize) -> Vec<Stretch>) -> Self {
        let mut parts = Self::new(limit);
        for (place, part) in parts.parts.iter_mut().enumerate() {
            part.stored = stretches(place);
        }
        parts
    }

    fn of_level(level: u32, limit: usize) -> Self {
        let n_parts = LEVELS[level as usize].n_parts();
        Self {
            level,
            parts: (0..n_parts).map(|_| Part::default()).collect(),
            n_bytes: 0,
            limit,
            file: None,
            n_filed: 0,
        }
    }

    pub(crate) fn level(&self) -> u32 {
        self.level
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Adds a record of a user; `rest` is what stands behind the user in it.
    pub(crate) fn push(&mut self, user: u128, rest: &[u8]) -> io::Result<()> {
        write_record(user, rest, &mut self.parts[place(user, self.level)].memory);
        self.n_bytes += HEAD_BYTES + rest.len();
        if self.n_bytes > self.limit {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = match &self.file {
            Some(file) => file,
            None => self.file.insert(Arc::new(tempfile::tempfile()?)),
        };
        for part in &mut self.parts {
            part.spill(file, &mut self.n_filed)?;
        }
        self.n_bytes = 0;
        Ok(())
    }

    /// After the last record: where some records are in the file, all are, and none takes memory.
    pub(crate) fn settle(&mut self) -> io::Result<()> {
        if self.file.is_some() {
            self.spill()?;
            for part in &mut self.parts {
                part.memory = Vec::new();
            }
        }
        Ok(())
    }

    pub(crate) fn into_parts(self) -> Vec<Part> {
        self.parts
    }
}

impl Part {
    /// Writes what memory holds behind the first `n_filed` bytes of the file.
    fn spill(&mut self, file: &Arc<File>, n_filed: &mut u64) -> io::Result<()> {
        if self.memory.is_empty() {
            return Ok(());
        }
        (&**file).write_all(&self.memory)?;
        let start = *n_filed;
        *n_filed += self.memory.len() as u64;
        self.filed.push(start..*n_filed);
        self.file.get_or_insert_with(|| Arc::clone(file));
        self.memory.clear();
        Ok(())
    }

    /// Bytes of all its records.
    pub(crate) fn n_bytes(&self) -> u64 {
        let stored = self.stored.iter().map(|stretch| stretch.n_bytes);
        let filed = self.filed.iter().map(|range| range.end - range.start);
        stored.chain(filed).sum::<u64>() + self.memory.len() as u64
    }

    /// Whether all of it is in memory.
    pub(crate) fn is_in_memory(&self) -> bool {
        self.stored.is_empty() && self.filed.is_empty()
    }

    /// All of it; its place is taken.
    pub(crate) fn whole(self) -> io::Result<Vec<u8>> {
        self.whole_in(Vec::new())
    }

    /// The same, in this buffer if it is not in memory.
    pub(crate) fn whole_in(self, mut buffer: Vec<u8>) -> io::Result<Vec<u8>> {
        if self.is_in_memory() {
            return Ok(self.memory);
        }
        let n_bytes = self.n_bytes() as usize; // OK because it is less than the limit
        // Only what is longer than the last part is filled with zeros.
        buffer.resize(n_bytes, 0);
        let mut left = &mut *buffer;
        for stretch in &self.stored {
            read_next(stretch.open()?, stretch.n_bytes, &mut left)?;
        }
        for range in &self.filed {
            read_next(self.open(range)?, range.end - range.start, &mut left)?;
        }
        left.copy_from_slice(&self.memory);
        Ok(buffer)
    }

    /// The file from where the range starts. Only one part of a level is read at a time: they share its place.
    fn open(&self, range: &Range<u64>) -> io::Result<&File> {
        let mut file = self.file.as_deref().ok_or(io::ErrorKind::NotFound)?;
        file.seek(SeekFrom::Start(range.start))?;
        Ok(file)
    }

    /// The same records in the parts of the level below this one's; `None` where there is none.
    pub(crate) fn finer(&self, level: u32, limit: usize) -> io::Result<Option<Parts>> {
        if level as usize + 1 >= LEVELS.len() {
            return Ok(None);
        }
        let mut finer = Parts::of_level(level + 1, limit);
        self.each(|user, rest| finer.push(user, rest))?;
        Ok(Some(finer))
    }

    /// Hands out all records: user, and what stands behind it.
    pub(crate) fn each(
        &self,
        mut each: impl FnMut(u128, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        for stretch in &self.stored {
            each_of_file(stretch.open()?, stretch.n_bytes, &mut each)?;
        }
        for range in &self.filed {
            each_of_file(self.open(range)?, range.end - range.start, &mut each)?;
        }
        for record in records(&self.memory) {
            each(record.user, &self.memory[record.rest])?;
        }
        Ok(())
    }
}

fn each_of_file(
    file: impl Read,
    n_bytes: u64,
    each: &mut impl FnMut(u128, &[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut file = BufReader::with_capacity(64 << 10, file);
    let mut left = n_bytes;
    let mut rest = Vec::new();
    while left > 0 {
        let mut head = [0; HEAD_BYTES];
        file.read_exact(&mut head)?;
        let (user, n_bytes) = read_head(&head);
        rest.resize(n_bytes, 0);
        file.read_exact(&mut rest)?;
        left = left.saturating_sub((HEAD_BYTES + n_bytes) as u64);
        each(user, &rest)?;
    }
    Ok(())
}

/// Reads so many bytes into the first of those that are left.
fn read_next(mut file: impl Read, n_bytes: u64, left: &mut &mut [u8]) -> io::Result<()> {
    let n_bytes = n_bytes as usize; // OK because it is part of what is left
    let (now, later) = std::mem::take(left).split_at_mut(n_bytes);
    *left = later;
    file.read_exact(now)
}

/// Writes a record as parts have it.
pub(crate) fn write_record(user: u128, rest: &[u8], out: &mut Vec<u8>) {
    out.reserve(HEAD_BYTES + rest.len());
    out.extend_from_slice(&user.to_le_bytes());
    let n_bytes = rest.len() as u32; // OK because an object has 100 KB at most
    out.extend_from_slice(&n_bytes.to_le_bytes());
    out.extend_from_slice(rest);
}

/// A record among others.
pub(crate) struct Record {
    pub(crate) user: u128,
    /// Where what stands behind the user is.
    pub(crate) rest: Range<usize>,
}

impl Record {
    /// Where it starts.
    pub(crate) fn start(&self) -> usize {
        self.rest.start - HEAD_BYTES
    }

    /// The record that starts at this place of what a part holds.
    pub(crate) fn at(bytes: &[u8], start: usize) -> Option<Self> {
        let (user, n_bytes) = read_head(bytes.get(start..)?.first_chunk()?);
        let start = start + HEAD_BYTES;
        let end = (start + n_bytes).min(bytes.len());
        Some(Self {
            user,
            rest: start..end,
        })
    }
}

/// The records that a part holds.
pub(crate) fn records(bytes: &[u8]) -> impl Iterator<Item = Record> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let record = Record::at(bytes, at)?;
        at = record.rest.end;
        Some(record)
    })
}

fn read_head(head: &[u8; HEAD_BYTES]) -> (u128, usize) {
    let (user, length) = head.split_at(16);
    let user = user.first_chunk().copied().unwrap_or_default();
    let length = length.first_chunk().copied().unwrap_or_default();
    (
        u128::from_le_bytes(user),
        u32::from_le_bytes(length) as usize,
    )
}

/// Seven bits a byte.
pub(crate) fn write_number(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

pub(crate) fn read_number(bytes: &mut &[u8]) -> u64 {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn memory_holds_no_more_than_the_limit() {
        let limit = 10_000;
        let mut parts = Parts::new(limit);
        let mut most = 0;
        for number in 0..2_000u128 {
            parts.push(number << 96, &[7; 900]).unwrap();
            let held = parts.parts.iter().map(|part| part.memory.len()).sum();
            most = most.max(held);
            assert!(held <= limit, "{held}");
        }
        assert!(most > limit / 2);
        assert!(parts.n_filed > 100 * limit as u64);
    }

    proptest! {
        #[test]
        fn every_part_hands_out_its_records_in_their_order(
            wanted in prop::collection::vec((any::<u128>(), prop::collection::vec(any::<u8>(), 0..9)), 0..60),
            limit in 0usize..400,
        ) {
            let mut parts = Parts::new(limit);
            for (user, rest) in &wanted {
                parts.push(*user, rest).unwrap();
            }
            parts.settle().unwrap();
            for (idx, part) in parts.into_parts().into_iter().enumerate() {
                let of_part = |user: u128, level| place(user, level) == idx;
                let wanted: Vec<_> =
                    wanted.iter().filter(|(user, _)| of_part(*user, 0)).cloned().collect();
                let mut found = Vec::new();
                part.each(|user, rest| {
                    found.push((user, rest.to_vec()));
                    Ok(())
                }).unwrap();
                prop_assert_eq!(&found, &wanted);
                let finer = part.finer(0, limit).unwrap().unwrap();
                let mut n_finer = 0;
                for (finer_idx, part) in finer.into_parts().into_iter().enumerate() {
                    part.each(|user, _| {
                        assert_eq!(place(user, 1), finer_idx);
                        n_finer += 1;
                        Ok(())
                    }).unwrap();
                }
                prop_assert_eq!(n_finer, wanted.len());
                let bytes = part.whole_in(vec![7; 300]).unwrap();
                let found: Vec<_> =
                    records(&bytes).map(|record| (record.user, bytes[record.rest].to_vec())).collect();
                prop_assert_eq!(&found, &wanted);
            }
        }
    }
}
