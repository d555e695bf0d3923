//! Bytes to records: delimited text or JSON in any chunks, one row at a time.
//!
//! The reader copies what it is fed into one buffer, scans it in blocks of 64 bytes (`scan.rs`) and
//! hands out rows as places in that buffer. Where quotes stand that well-formed rows do not have, it
//! falls back to a plain state machine (`plain.rs`) for that one row: the result is the same, at any
//! chunking. Nothing is allocated per row; the buffer grows only for a row longer than itself, up to
//! [`Limits::record_bytes`].
//!
//! A JSON export is read by a reader of its own (`json/`), whose rows have the same form. Which of the two
//! it is, [`RecordReader`] knows.
//!
//! A row that cannot be read is a [`Defect`] with a place, and reading goes on after it: behind the
//! row where its borders are certain, and otherwise behind the first line end after its start.

mod any;
mod json;
mod plain;
mod reader;
mod record;
mod scan;

use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};

pub use any::RecordReader;
pub use json::JsonReader;
pub(crate) use json::{BadRow, Sought, write_members};
use reader::CHUNK;
pub use reader::Reader;
pub use record::Record;
pub(crate) use record::{Cell, ROOM_BEHIND, pack};

/// How an export writes its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines of cells with a delimiter between them.
    Delimited(Dialect),
    /// JSON objects: one a line, in an array, or one behind the other. A row's columns are its members.
    Json,
}

impl Format {
    /// How cells are written; `None` for JSON.
    pub fn dialect(self) -> Option<Dialect> {
        match self {
            Self::Delimited(dialect) => Some(dialect),
            Self::Json => None,
        }
    }
}

impl Default for Format {
    fn default() -> Self {
        Dialect::default().into()
    }
}

impl From<Dialect> for Format {
    fn from(dialect: Dialect) -> Self {
        Self::Delimited(dialect)
    }
}

/// In the words of a mapping's `format`: `{"delimiter":",","escape":"double","header":true}` or
/// `{"kind":"json"}`.
impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Json => map.serialize_entry("kind", "json")?,
            Self::Delimited(dialect) => {
                map.serialize_entry("delimiter", &char::from(dialect.delimiter))?;
                map.serialize_entry("escape", &dialect.escape)?;
                map.serialize_entry("header", &dialect.header)?;
            }
        }
        map.end()
    }
}

/// How a delimited export writes its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The ASCII byte between cells.
    pub delimiter: u8,
    /// How a quote is written inside a quoted cell.
    pub escape: Escape,
    /// Whether the first record names the columns.
    pub header: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            delimiter: b',',
            escape: Escape::Double,
            header: true,
        }
    }
}

/// How a quote is written inside a quoted cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Escape {
    /// `""`, as RFC 4180 has it.
    #[default]
    Double,
    /// `\"`, as Spark writes it (doubled quotes are understood, too).
    Backslash,
}

/// Bounds that keep memory constant on any input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest row in bytes, without its line end. Default: 1 MiB, ten times what Braze takes as one
    /// object. Less than 64 counts as 64.
    pub record_bytes: usize,
    /// Most columns. Default: 2,000, eight times what Braze takes as attributes of one user.
    pub columns: usize,
    /// Most levels of objects and arrays inside each other, the row's own included. Default: 64.
    pub nesting: usize,
}

impl Limits {
    pub(crate) const DEFAULT: Self = Self {
        record_bytes: 1 << 20,
        columns: 2_000,
        nesting: 64,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Where a row starts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Location {
    /// Index of the file, from 0, in the order of `begin_file`.
    pub file: u32,
    /// Number of the row in its file, from 1 after the header; the header itself is 0.
    pub row: u64,
    /// Physical line in its file, from 1. Line breaks inside quotes count.
    pub line: u64,
    /// Offset of the row's first byte in its file, from 0.
    pub byte: u64,
}

/// Why a row could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DefectKind {
    /// A quoted cell that the file ends in, or that would end on a later line in the middle of text.
    UnclosedQuote,
    /// Something other than a delimiter or a line end after a closing quote.
    TextAfterQuote {
        /// Its place in the row, in bytes.
        offset: usize,
    },
    /// A NUL byte.
    NulByte {
        /// Its place in the row, in bytes.
        offset: usize,
    },
    /// Bytes that are no UTF-8.
    InvalidUtf8 {
        /// Where they start in the row, in bytes.
        offset: usize,
    },
    /// More bytes than [`Limits::record_bytes`].
    TooLong,
    /// A row that is no JSON, or an outer array that the file ends in.
    BadJson {
        /// Where it stops being JSON, in bytes of the row.
        offset: usize,
    },
    /// JSON, but no object.
    NotAnObject,
    /// An object that has two members of one name.
    DoubledKey {
        /// The place of the second name in the row, in bytes.
        offset: usize,
    },
    /// More levels than [`Limits::nesting`].
    TooDeep {
        /// The place of the first level that is too deep, in bytes of the row.
        offset: usize,
        /// The limit.
        limit: usize,
    },
    /// An escape of half a character: `\ud83d` without its partner.
    LoneSurrogate {
        /// Its place in the row, in bytes.
        offset: usize,
    },
    /// More columns than [`Limits::columns`].
    TooManyColumns {
        /// Columns with those of this row.
        found: usize,
        /// The limit.
        limit: usize,
    },
}

impl DefectKind {
    /// The same with its place at `offset`, whatever it was inside of what stands there.
    fn moved_to(self, offset: usize) -> Self {
        match self {
            Self::TextAfterQuote { .. } => Self::TextAfterQuote { offset },
            Self::NulByte { .. } => Self::NulByte { offset },
            Self::InvalidUtf8 { .. } => Self::InvalidUtf8 { offset },
            Self::BadJson { .. } => Self::BadJson { offset },
            Self::DoubledKey { .. } => Self::DoubledKey { offset },
            Self::TooDeep { limit, .. } => Self::TooDeep { offset, limit },
            Self::LoneSurrogate { .. } => Self::LoneSurrogate { offset },
            Self::UnclosedQuote
            | Self::TooLong
            | Self::NotAnObject
            | Self::TooManyColumns { .. } => self,
        }
    }
}

/// What a cell is, beside its text. Delimited exports have texts only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellKind {
    /// The object has no such member. The text is empty.
    #[default]
    Absent,
    /// `null`. The text is empty.
    Null,
    /// A text, with its escapes undone.
    Text,
    /// A number, in the digits of the file.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An object or an array, as JSON that stands in the file.
    Nested,
}

/// A row that could not be read.
#[derive(Clone, Copy)]
pub struct Defect<'r> {
    /// What is wrong.
    pub kind: DefectKind,
    /// Where the row starts.
    pub at: Location,
    /// What is left out: the bytes from the row's start to where reading goes on, without the line
    /// end and at most [`Limits::record_bytes`].
    pub raw: &'r [u8],
}

/// What [`Reader::next`] found.
pub enum Step<'r> {
    /// A row.
    Record(Record<'r>),
    /// A row that cannot be read.
    Defect(Defect<'r>),
    /// Nothing more until [`Reader::fill`] or [`Reader::end`].
    More,
}
