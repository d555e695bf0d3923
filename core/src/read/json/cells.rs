//! An object as a row: the texts of its cells, laid out as [`Record`](super::Record) borrows them.

use super::super::scan::{BLOCK, Needles};
use super::super::{CellKind, Escape};
use super::parse::{Member, unescape};
use crate::block::{AnyProcessor, Processor as _};

/// A row's cells.
#[derive(Debug)]
pub(super) struct Cells {
    needles: Needles,
    pub text: Vec<u8>,
    pub ends: Vec<u32>,
    pub special: Vec<u64>,
    pub kinds: Vec<CellKind>,
}

/// Stands between cells, and is nothing that JSON escapes. Cells are found by their ends.
const SEPARATOR: u8 = b',';

impl Cells {
    pub(super) fn new() -> Self {
        Self {
            needles: Needles::new(SEPARATOR, Escape::Double),
            text: Vec::new(),
            ends: Vec::new(),
            special: Vec::new(),
            kinds: Vec::new(),
        }
    }

    /// Writes one cell for each column.
    pub(super) fn write<'m>(
        &mut self,
        object: &[u8],
        members: impl Iterator<Item = Option<&'m Member>>,
    ) {
        self.text.clear();
        self.ends.clear();
        self.kinds.clear();
        for member in members {
            let kind = member.map_or(CellKind::Absent, |member| member.kind);
            match member {
                Some(member) if member.value.is_escaped => {
                    unescape(member.value.of(object), &mut self.text);
                }
                Some(member) if kind != CellKind::Null => {
                    self.text.extend_from_slice(member.value.of(object));
                }
                _ => {}
            }
            self.ends.push(self.text.len() as u32); // OK because a row is far below 4 GiB
            self.kinds.push(kind);
            self.text.push(SEPARATOR);
        }
        // Whole blocks, and two more for copies of a fixed size.
        let n_bytes = self.text.len().next_multiple_of(BLOCK) + 2 * BLOCK;
        self.text.resize(n_bytes, 0);
        let (blocks, _) = self.text.as_chunks::<BLOCK>();
        self.special.clear();
        let special = blocks
            .iter()
            .map(|block| self.needles.classify(AnyProcessor.block(block)).special);
        self.special.extend(special);
        self.special.push(0);
    }
}
