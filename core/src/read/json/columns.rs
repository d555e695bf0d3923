//! Which column a member of an object belongs to.

use std::collections::{BTreeMap, BTreeSet};

use super::super::DefectKind;
use super::parse::{Member, unescape};
use crate::rejects;

/// The columns, and where the members of the object at hand belong.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// In the order of a row's cells.
    names: Vec<String>,
    by_name: BTreeMap<Vec<u8>, usize>,
    /// For each column the member that fills it, or [`NONE`].
    members: Vec<u32>,
    /// Members that belong to no column.
    pub strangers: Vec<u32>,
    /// Members that a rejects file adds.
    pub ours: Ours,
    /// A key whose escapes are undone.
    key: Vec<u8>,
}

const NONE: u32 = u32::MAX;

/// What a rejects file says about the object at hand: its members of these names.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ours {
    pub file: Option<Member>,
    pub row: Option<Member>,
    pub raw: Option<Member>,
}

impl Columns {
    pub(super) fn set(&mut self, names: &[String]) {
        self.names = names.to_vec();
        let names = self.names.iter().enumerate();
        self.by_name = names
            .map(|(column_idx, name)| (name.as_bytes().to_vec(), column_idx))
            .collect();
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Gives each member its column. `Err`: two of them have the same.
    pub(super) fn assign(&mut self, object: &[u8], members: &[Member]) -> Result<(), DefectKind> {
        self.members.clear();
        self.members.resize(self.names.len(), NONE);
        self.strangers.clear();
        self.ours = Ours::default();
        // Most objects have their members in the order of the columns.
        let mut expected = 0;
        for (member_idx, member) in members.iter().enumerate() {
            let key = key_of(object, member, &mut self.key);
            let is_expected = |name: &String| name.as_bytes() == key;
            let column_idx = if self.names.get(expected).is_some_and(is_expected) {
                expected
            } else if let Some(column_idx) = self.by_name.get(key) {
                *column_idx
            } else {
                if rejects::is_ours(key) {
                    self.ours.keep(key, *member);
                } else {
                    self.strangers.push(member_idx as u32); // OK because a row is far below 4 GiB
                }
                continue;
            };
            if self.members[column_idx] != NONE {
                let offset = member.key.start as usize;
                return Err(DefectKind::DoubledKey { offset });
            }
            self.members[column_idx] = member_idx as u32; // OK because a row is far below 4 GiB
            expected = column_idx + 1;
        }
        Ok(())
    }

    /// Looks for the members that a rejects file adds, where the object's members have no columns.
    pub(super) fn find_ours(&mut self, object: &[u8], members: &[Member]) {
        self.ours = Ours::default();
        for member in members {
            let key = key_of(object, member, &mut self.key);
            self.ours.keep(key, *member);
        }
    }

    /// Whether the object has members beside those that a rejects file adds.
    pub(super) fn has_own(&self) -> bool {
        !self.strangers.is_empty() || self.members.iter().any(|member_idx| *member_idx != NONE)
    }

    /// The names of the strangers, in the object's order. `Err`: two of them have the same, or there are
    /// more than `most` columns with them.
    pub(super) fn stranger_names(
        &mut self,
        object: &[u8],
        members: &[Member],
        most: usize,
    ) -> Result<Vec<String>, DefectKind> {
        let found = self.names.len() + self.strangers.len();
        if found > most {
            return Err(DefectKind::TooManyColumns { found, limit: most });
        }
        let (mut names, mut seen) = (Vec::new(), BTreeSet::new());
        for member_idx in &self.strangers {
            let member = &members[*member_idx as usize];
            let key = key_of(object, member, &mut self.key);
            // OK because the reader hands out objects of valid UTF-8 only: nothing is lost.
            let name = String::from_utf8_lossy(key).into_owned();
            if !seen.insert(name.clone()) {
                let offset = member.key.start as usize;
                return Err(DefectKind::DoubledKey { offset });
            }
            names.push(name);
        }
        Ok(names)
    }

    /// The names of all members, each once, without those that a rejects file adds.
    pub(super) fn names_of(&mut self, object: &[u8], members: &[Member]) -> Vec<String> {
        let mut names = Vec::new();
        for member in members {
            let key = key_of(object, member, &mut self.key);
            let name = String::from_utf8_lossy(key).into_owned();
            if !rejects::is_ours(key) && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// For each column the member that fills it.
    pub(super) fn assigned<'m>(
        &self,
        members: &'m [Member],
    ) -> impl Iterator<Item = Option<&'m Member>> {
        let assigned = self.members.iter();
        assigned.map(|member_idx| members.get(*member_idx as usize))
    }
}

impl Ours {
    fn keep(&mut self, key: &[u8], member: Member) {
        for (name, place) in [
            (rejects::FILE, &mut self.file),
            (rejects::ROW, &mut self.row),
            (rejects::RAW, &mut self.raw),
        ] {
            if name.as_bytes() == key {
                *place = Some(member);
            }
        }
    }
}

/// A member's key; escapes are undone in `room`.
fn key_of<'t>(object: &'t [u8], member: &Member, room: &'t mut Vec<u8>) -> &'t [u8] {
    let key = member.key.of(object);
    if !member.key.is_escaped {
        return key;
    }
    room.clear();
    unescape(key, room);
    room
}
