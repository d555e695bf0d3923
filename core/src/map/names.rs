//! The audience attributes of a run: a name for each audience and split, and no two with one name.

use xxhash_rust::xxh3::xxh3_64;

use crate::check;
use crate::diag::{Code, Detail, Severity};
use crate::plan::Membership;
use crate::read::pack;
use crate::wire::body::{self, STEP};
use crate::wire::fields;

/// An audience attribute that a run has written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudienceName {
    /// The attribute's name in Braze.
    pub name: String,
    /// Rows that said that the user is in.
    pub members: u64,
    /// Rows that said that the user left.
    pub leavers: u64,
}

/// The audience attributes seen so far.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub entries: Vec<Entry>,
    /// Entries by their ids and splits as [`Record::packed`] gives them: those with short ones.
    packed: Table,
    /// Entries by hashes of their ids and splits: all.
    hashed: Table,
    pub longest_key: usize,
}

/// A hash table with a name in every fourth place at most, so that the first look mostly is the only one.
#[derive(Debug, Default)]
struct Table {
    slots: Vec<Slot>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    id: u64,
    split: u64,
    name_idx: usize,
}

const EMPTY: Slot = Slot {
    id: UNPACKED,
    split: UNPACKED,
    name_idx: usize::MAX,
};

/// Slots at first: with the usual handful of names, no two of them fall on one place.
const SLOTS: usize = 256;

#[derive(Debug)]
pub(super) struct Entry {
    pub name: AudienceName,
    id: Vec<u8>,
    split: Vec<u8>,
    /// `,"AIQ_1_2":` and [`STEP`] zeros.
    pub key: Vec<u8>,
}

/// Stands for ids that are too long to pack. No text packs to it: no UTF-8 has such bytes.
pub(super) const UNPACKED: u64 = u64::MAX;

impl Table {
    /// The name with these ids of which `is_it` is true.
    #[inline(always)]
    fn find(&self, id: u64, split: u64, is_it: impl Fn(usize) -> bool) -> Option<usize> {
        if self.slots.is_empty() {
            return None;
        }
        let mask = self.slots.len() - 1;
        let mut place = hash(id, split) & mask;
        loop {
            let slot = &self.slots[place & mask];
            if (slot.id ^ id) | (slot.split ^ split) == 0 && is_it(slot.name_idx) {
                return Some(slot.name_idx);
            }
            if slot.name_idx == usize::MAX {
                return None;
            }
            place += 1;
        }
    }

    /// Adds a name; there are `n_names` before it.
    fn add(&mut self, slot: Slot, n_names: usize) {
        let wanted = SLOTS.max(4 * n_names).next_power_of_two();
        if self.slots.len() < wanted {
            let slots = std::mem::take(&mut self.slots);
            self.slots.resize(wanted, EMPTY);
            for slot in slots.iter().filter(|slot| slot.name_idx != usize::MAX) {
                self.put(*slot);
            }
        }
        self.put(slot);
    }

    fn put(&mut self, slot: Slot) {
        let mask = self.slots.len() - 1;
        let mut place = hash(slot.id, slot.split) & mask;
        while self.slots[place].name_idx != usize::MAX {
            place = (place + 1) & mask;
        }
        self.slots[place] = slot;
    }
}

impl Names {
    #[inline(always)]
    pub(super) fn find_packed(&self, id: u64, split: u64) -> Option<usize> {
        // OK because no ids pack to those of an empty slot.
        self.packed.find(id, split, |_| true)
    }

    pub(super) fn find(&self, id: &[u8], split: &[u8]) -> Option<usize> {
        let is_it = |name_idx: usize| {
            let entry = self.entries.get(name_idx);
            entry.is_some_and(|entry| entry.id == id && entry.split == split)
        };
        self.hashed.find(xxh3_64(id), xxh3_64(split), is_it)
    }

    /// Lists the entry that is about to be added.
    fn list(&mut self, id: &[u8], split: &[u8]) {
        let name_idx = self.entries.len();
        let slot = |id, split| Slot {
            id,
            split,
            name_idx,
        };
        self.hashed.add(slot(xxh3_64(id), xxh3_64(split)), name_idx);
        if let (Some(id), Some(split)) = (pack(id), pack(split)) {
            self.packed.add(slot(id, split), name_idx);
        }
    }

    /// The name, and what is to be said about it where it is new: once is enough.
    pub(super) fn find_or_add(
        &mut self,
        membership: &Membership,
        id: &[u8],
        split: &[u8],
    ) -> Result<(usize, Option<Code>), (Code, Detail)> {
        if let Some(name_idx) = self.find(id, split) {
            return Ok((name_idx, None));
        }
        let name = attribute_name(&membership.name, id, split);
        // Braze trims the names of attributes: what is the same to it must not be written twice.
        let trimmed = name.trim();
        if self
            .entries
            .iter()
            .any(|entry| entry.name.name.trim() == trimmed)
        {
            return Err((Code::AudienceNameClash, Detail::None));
        }
        if membership.taken.contains(trimmed) {
            return Err((Code::DoubledName, Detail::None));
        }
        if fields::standard(trimmed).is_some() {
            return Err((Code::ReservedName, Detail::None));
        }
        // The ids that make the name mean no field, however near it may be.
        let flaw = check::name::attribute(&name).filter(|code| *code != Code::NearStandardField);
        if let Some(code) = flaw.filter(|code| code.severity() == Severity::Error) {
            return Err((code, Detail::None));
        }
        if self.entries.len() >= membership.max_names {
            let limit = membership.max_names as u64;
            return Err((
                Code::TooManyNames,
                Detail::Count {
                    found: limit + 1,
                    expected: limit,
                },
            ));
        }
        let mut key = [b",", &*body::string(&name), b":"].concat();
        key.resize(key.len() + STEP, 0);
        self.longest_key = self.longest_key.max(key.len());
        self.list(id, split);
        let name = AudienceName {
            name,
            members: 0,
            leavers: 0,
        };
        self.entries.push(Entry {
            name,
            id: id.to_vec(),
            split: split.to_vec(),
            key,
        });
        Ok((self.entries.len() - 1, flaw))
    }

    #[inline(always)]
    pub(super) fn count(&mut self, name_idx: usize, is_member: bool) {
        let name = &mut self.entries[name_idx].name;
        name.members += u64::from(is_member);
        name.leavers += u64::from(!is_member);
    }
}

/// Spreads ids over the table; most differ in a few digits.
#[inline(always)]
fn hash(id: u64, split: u64) -> usize {
    const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
    let mixed = (id ^ split.rotate_left(32)).wrapping_mul(ODD);
    (mixed >> 40) as usize // the high bits depend on all bytes; 2^24 places are more than there are names
}

/// The template with its two parts filled in. The parts are filled in one pass: an id that looks like a
/// part is a text like any other.
fn attribute_name(template: &str, id: &[u8], split: &[u8]) -> String {
    let (id, split) = (String::from_utf8_lossy(id), String::from_utf8_lossy(split));
    let mut name = String::new();
    let mut rest = template;
    while !rest.is_empty() {
        let (part, value) = [("{audience_id}", &id), ("{split_id}", &split)]
            .into_iter()
            .min_by_key(|(part, _)| rest.find(part).unwrap_or(usize::MAX))
            .expect("there are two parts");
        match rest.split_once(part) {
            Some((before, behind)) => {
                name.push_str(before);
                name.push_str(value);
                rest = behind;
            }
            None => {
                name.push_str(rest);
                break;
            }
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::attribute_name;

    #[test]
    fn attribute_names_are_filled_in_one_pass() {
        assert_eq!(
            attribute_name("AIQ_{audience_id}_{split_id}", b"12", b"3"),
            "AIQ_12_3"
        );
        assert_eq!(
            attribute_name("{split_id}-{audience_id}!", b"{split_id}", b"3"),
            "3-{split_id}!"
        );
    }
}
