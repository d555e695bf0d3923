//! A mapping compiled against a header: column numbers instead of names, keys already written as JSON.
//!
//! Rows cannot fail for reasons of configuration: what is wrong with the mapping is found by
//! `compile.rs`, all of it at once.

mod compile;

use std::collections::BTreeSet;
use std::fmt;

use crate::diag::Problem;
use crate::header::Header;
use crate::mapping::{BadValue, Empty, IdentifierKind, Kind, Mapping};
use crate::wire::body::STEP;

/// A mapping that fits an export. Made by [`Mapping::compile`]; run by a [`Session`](crate::Session).
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) mapping: Mapping,
    pub(crate) header: Header,
    pub(crate) identifiers: Vec<PlannedIdentifier>,
    /// `","_update_existing_only":true`, or the quote alone: what closes the identifier.
    pub(crate) flags: Piece,
    pub(crate) membership: Option<Membership>,
    /// What becomes of each column of the header, in its order, up to the last attribute; `None` for
    /// those that are none.
    pub(crate) columns: Vec<Option<PlannedColumn>>,
    /// All pieces of objects that are the same for every row.
    pub(crate) pieces: Pieces,
    /// What an object has at most beside the texts of its row, in bytes of JSON.
    pub(crate) most_fixed_bytes: usize,
    warnings: Vec<Problem>,
    fingerprint: Fingerprint,
}

/// What a plan is, in 128 bits: format version, mapping and header.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub u128);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// Raised whenever the same mapping and bytes would give other bodies than before.
const OUTPUT_FORMAT: u32 = 1;

/// A piece of JSON in [`Pieces`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub start: usize,
    pub end: usize,
}

/// Pieces of JSON one behind the other, with room for copies of a fixed size at the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pieces {
    pub text: Vec<u8>,
}

impl Pieces {
    fn add(&mut self, pieces: &[&[u8]]) -> Piece {
        let start = self.text.len();
        pieces
            .iter()
            .for_each(|piece| self.text.extend_from_slice(piece));
        Piece {
            start,
            end: self.text.len(),
        }
    }
}

/// A column's key: its place among the pieces, and its first bytes at hand, which mostly are all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub piece: Piece,
    pub head: [u8; STEP],
}

impl Key {
    fn new(pieces: &mut Pieces, parts: &[&[u8]]) -> Self {
        let piece = pieces.add(parts);
        let mut head = [0; STEP];
        let text = &pieces.text[piece.start..piece.end];
        let n_bytes = text.len().min(STEP);
        head[..n_bytes].copy_from_slice(&text[..n_bytes]);
        Self { piece, head }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedIdentifier {
    pub column_idx: usize,
    pub kind: IdentifierKind,
    /// `{"external_id":"`
    pub opening: Piece,
}

#[derive(Clone, Debug)]
pub(crate) struct Membership {
    pub id: Part,
    pub split: Part,
    pub name: String,
    pub member: Option<PlannedMember>,
    /// What is written for leavers, and how many bytes of it.
    pub leaver: (&'static [u8; 8], usize),
    pub max_names: usize,
    /// The names that columns write already, trimmed.
    pub taken: BTreeSet<String>,
}

#[derive(Clone, Debug)]
pub(crate) enum Part {
    Column(usize),
    Value { text: String, packed: Option<u64> },
}

#[derive(Clone, Debug)]
pub(crate) struct PlannedMember {
    pub column_idx: usize,
    /// Each word, and whether it means membership.
    pub words: Vec<(String, bool)>,
    /// The same for words of up to eight bytes.
    pub packed: Vec<(u64, bool)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedColumn {
    pub column_idx: usize,
    /// `,"name":` and for texts the quote that opens them.
    pub key: Key,
    pub write: Write,
    pub on_bad_value: BadValue,
    pub empty: Empty,
}

/// How a cell is checked and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Text,
    Email,
    Number,
    Boolean,
}

impl Write {
    pub(crate) fn is_quoted(self) -> bool {
        matches!(self, Self::Text | Self::Email)
    }
}

impl Plan {
    /// What the header and the mapping deserve to have said about them; nothing of it stops a run.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The mapping that was compiled.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The header that it was compiled against.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What tells this plan from others.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The attributes that columns become: (column from 0, name in Braze, type).
    pub fn attributes(&self) -> impl Iterator<Item = (usize, String, Kind)> {
        self.columns.iter().flatten().map(|column| {
            let end = column.key.piece.end - 1 - usize::from(column.write.is_quoted());
            let key = &self.pieces.text[column.key.piece.start + 1..end];
            let name =
                serde_json::from_slice(key).expect("a key is a JSON string that was written here");
            let kind = match column.write {
                Write::Text | Write::Email => Kind::Text,
                Write::Number => Kind::Number,
                Write::Boolean => Kind::Boolean,
            };
            (column.column_idx, name, kind)
        })
    }
}
