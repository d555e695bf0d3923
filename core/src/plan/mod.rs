//! A mapping compiled against a header: column numbers instead of names, keys already written as JSON.
//!
//! Rows cannot fail for reasons of configuration: what is wrong with the mapping is found by
//! `compile.rs`, all of it at once.

mod columns;
mod compile;
mod tree;

pub(crate) use columns::own_property;

use std::collections::BTreeSet;
use std::fmt;

use crate::diag::Problem;
use crate::header::Header;
use crate::mapping::{BadValue, Empty, IdentifierKind, Kind, Mapping, NestedNames};
use crate::times::{DateReader, TimeReader};
use crate::wire::InputArray;
use crate::wire::body::STEP;
use crate::wire::fields::FieldKind;

/// A mapping that fits an export. Made by [`Mapping::compile`]; run by a [`Session`](crate::Session).
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) mapping: Mapping,
    pub(crate) header: Header,
    pub(crate) identifiers: Vec<PlannedIdentifier>,
    /// `","_update_existing_only":true`, or the quote alone: what closes the identifier.
    pub(crate) flags: Piece,
    pub(crate) subject: Subject,
    pub(crate) filter: Option<PlannedFilter>,
    /// What names the file that a row stood in, where the mapping takes something from that name.
    pub(crate) file_of_row: Option<FileOfRow>,
    /// What becomes of each column of the header, in its order, up to the last attribute; `None` for
    /// those that are no attribute, or part of an object.
    pub(crate) columns: Vec<Option<PlannedColumn>>,
    /// The objects that names with dots make.
    pub(crate) nested: Vec<Nesting>,
    pub(crate) times: Vec<TimeReader>,
    pub(crate) dates: Vec<DateReader>,
    pub(crate) separators: Vec<String>,
    /// All pieces of objects that are the same for every row.
    pub(crate) pieces: Pieces,
    /// What an object has at most beside the texts of its row, in bytes of JSON.
    pub(crate) most_fixed_bytes: usize,
    attributes: Vec<(usize, String, Kind)>,
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
const OUTPUT_FORMAT: u32 = 2;

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

/// What names the file that a row stood in, beside the name of the file that it is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileOfRow {
    /// A column of a rejects file.
    Column(usize),
    /// A member that no column is: any object of a JSON export may have it.
    Member,
}

#[derive(Clone, Debug)]
pub(crate) struct PlannedIdentifier {
    pub column_idx: usize,
    pub kind: IdentifierKind,
    /// `{"external_id":"`
    pub opening: Piece,
    /// The label of an alias.
    pub label: Option<Part>,
    /// The column that would write the identifier's key a second time.
    pub doubled: Option<usize>,
}

/// What a row says beside its columns.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    Attributes,
    Audience(Membership),
    Event(PlannedEvent),
}

#[derive(Clone, Debug)]
pub(crate) struct PlannedEvent {
    pub name: Part,
    pub time_idx: usize,
    pub time: TimeReader,
    pub app_id: Option<Part>,
    /// The events that columns name (`<event>.properties.<name>`).
    pub own: Vec<String>,
    pub max_names: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct PlannedFilter {
    pub column_idx: usize,
    pub words: Vec<String>,
    /// The same for words of up to eight bytes.
    pub packed: Vec<u64>,
}

/// A step in writing objects inside the object.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Nesting {
    /// `,"name":` of an object.
    Open(Piece),
    Member(PlannedColumn),
    Close,
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
    Value {
        text: String,
        packed: Option<u64>,
    },
    /// One of the parts of the file's name, by its place in the template.
    OfFile(usize),
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
    /// The only event that has the column as a property, by its place in [`PlannedEvent::own`].
    pub event_idx: Option<u32>,
}

/// How a cell is checked and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Text,
    Email,
    Number,
    Boolean,
    Integer,
    /// A text that a standard field restricts.
    Field(FieldKind),
    /// By its place in [`Plan::dates`].
    Date(usize),
    /// By its place in [`Plan::times`].
    Time(usize),
    /// A date inside an object: `{"$time":"…"}`.
    NestedDate(usize),
    /// A time inside an object.
    NestedTime(usize),
    /// By its place in [`Plan::separators`].
    List(usize),
    Json,
    /// A JSON value inside an object.
    NestedJson,
}

impl Write {
    /// Whether the value stands in quotes, of which the key brings the first.
    pub(crate) fn is_quoted(self) -> bool {
        matches!(
            self,
            Self::Text | Self::Email | Self::Field(_) | Self::Date(_) | Self::Time(_)
        )
    }

    fn kind(self) -> Kind {
        match self {
            Self::Text | Self::Email | Self::Field(_) => Kind::Text,
            Self::Number => Kind::Number,
            Self::Boolean => Kind::Boolean,
            Self::Integer => Kind::Integer,
            Self::Date(_) | Self::NestedDate(_) => Kind::Date,
            Self::Time(_) | Self::NestedTime(_) => Kind::Time,
            Self::List(_) => Kind::List,
            Self::Json | Self::NestedJson => Kind::Json,
        }
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

    /// The attributes (of events: the properties) that columns become: (column from 0, name in Braze,
    /// type). Where names with dots make objects, the name is the path.
    pub fn attributes(&self) -> impl Iterator<Item = (usize, String, Kind)> {
        self.attributes.iter().cloned()
    }

    /// Whether rows of one user that follow each other become one object. Events never do; and objects
    /// inside objects, which a JSON export may bring at any time, would take each other's place.
    pub(crate) fn merges_rows(&self) -> bool {
        self.array() == InputArray::Attributes && self.mapping.nested_names == NestedNames::Off
    }

    /// Members of an object, behind what names its user, that are no columns.
    pub(crate) fn n_own_members(&self) -> usize {
        usize::from(matches!(self.subject, Subject::Audience(_)))
    }

    /// The column that becomes the attribute of this name.
    pub fn column_of(&self, name: &str) -> Option<usize> {
        let name = name.trim();
        let found = self.attributes.iter().find(|(_, other, _)| other == name);
        found.map(|(column_idx, ..)| *column_idx)
    }

    /// The array of a request that the plan's objects stand in.
    pub fn array(&self) -> InputArray {
        match self.subject {
            Subject::Attributes | Subject::Audience(_) => InputArray::Attributes,
            Subject::Event(_) => InputArray::Events,
        }
    }
}
