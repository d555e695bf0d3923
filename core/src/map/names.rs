//! The audience attributes of a run: a name for each audience and split, and no two with one name.

use crate::diag::{Code, Detail};
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
    /// The entries' ids and splits as [`Record::packed`] gives them, or [`UNPACKED`].
    packed: Vec<(u64, u64)>,
    pub longest_key: usize,
}

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

impl Names {
    #[inline(always)]
    pub(super) fn find_packed(&self, id: u64, split: u64) -> Option<usize> {
        // All are looked at, as above.
        let mut found = usize::MAX;
        for (name_idx, packed) in self.packed.iter().enumerate() {
            let differs = (packed.0 ^ id) | (packed.1 ^ split);
            found = if differs == 0 { name_idx } else { found };
        }
        (found != usize::MAX).then_some(found)
    }

    pub(super) fn find_or_add(
        &mut self,
        membership: &Membership,
        id: &[u8],
        split: &[u8],
    ) -> Result<usize, (Code, Detail)> {
        let found = self
            .entries
            .iter()
            .position(|entry| entry.id == id && entry.split == split);
        if let Some(name_idx) = found {
            return Ok(name_idx);
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
        if fields::is_control(trimmed) || fields::standard(trimmed).is_some() {
            return Err((Code::ReservedName, Detail::None));
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
        self.packed.push((
            pack(id).unwrap_or(UNPACKED),
            pack(split).unwrap_or(UNPACKED),
        ));
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
        Ok(self.entries.len() - 1)
    }

    #[inline(always)]
    pub(super) fn count(&mut self, name_idx: usize, is_member: bool) {
        let name = &mut self.entries[name_idx].name;
        name.members += u64::from(is_member);
        name.leavers += u64::from(!is_member);
    }
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
