//! Exact counts of problems, and a few places of each: ten million bad rows cost kilobytes.

use std::collections::BTreeMap;

use super::{Code, Diagnostic, Severity};

/// How many places of each (code, column) are kept: the first ones.
pub const SAMPLE: usize = 10;

/// Counts by code and column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    entries: BTreeMap<(Code, Option<u32>), TallyEntry>,
}

/// One (code, column) of a [`Tally`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TallyEntry {
    /// How many in all.
    pub count: u64,
    /// The first [`SAMPLE`] of them.
    pub first: Vec<Diagnostic>,
}

impl Tally {
    /// Counts one.
    pub fn add(&mut self, diagnostic: &Diagnostic) {
        let entry = self
            .entries
            .entry((diagnostic.code, diagnostic.column))
            .or_default();
        entry.count += 1;
        if entry.first.len() < SAMPLE {
            entry.first.push(*diagnostic);
        }
    }

    /// A column came in front of those from `column_idx` on: they move by one.
    pub(crate) fn make_room_for_column(&mut self, column_idx: u32) {
        let moved = |column: Option<u32>| column.map(|at| at + u32::from(at >= column_idx));
        let entries = std::mem::take(&mut self.entries);
        for ((code, column), mut entry) in entries {
            for diagnostic in &mut entry.first {
                diagnostic.column = moved(diagnostic.column);
            }
            self.entries.insert((code, moved(column)), entry);
        }
    }

    /// Counts many at once, which the caller has counted: `entry.first` are the first [`SAMPLE`] of them.
    pub fn add_entry(&mut self, code: Code, column: Option<u32>, entry: TallyEntry) {
        let TallyEntry { count, first } = entry;
        let entry = self.entries.entry((code, column)).or_default();
        entry.count += count;
        let room = SAMPLE.saturating_sub(entry.first.len());
        entry.first.extend(first.into_iter().take(room));
    }

    /// All (code, column, entry), by code and then by column.
    pub fn iter(&self) -> impl Iterator<Item = (Code, Option<u32>, &TallyEntry)> {
        self.entries
            .iter()
            .map(|((code, column), entry)| (*code, *column, entry))
    }

    /// How many of this severity.
    pub fn count(&self, severity: Severity) -> u64 {
        let of_it = self
            .entries
            .iter()
            .filter(|((code, _), _)| code.severity() == severity);
        of_it.map(|(_, entry)| entry.count).sum()
    }

    /// Nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
