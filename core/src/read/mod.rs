//! Bytes to records: delimited text in any chunks, one row at a time.
//!
//! The reader copies what it is fed into one buffer, scans it in blocks of 64 bytes (`scan.rs`) and
//! hands out rows as places in that buffer. Where quotes stand that well-formed rows do not have, it
//! falls back to a plain state machine (`plain.rs`) for that one row: the result is the same, at any
//! chunking. Nothing is allocated per row; the buffer grows only for a row longer than itself, up to
//! [`Limits::record_bytes`].
//!
//! A row that cannot be read is a [`Defect`] with a place, and reading goes on after it: behind the
//! row where its borders are certain, and otherwise behind the first line end after its start.

mod plain;
mod reader;
mod record;
mod scan;

use serde::{Deserialize, Serialize};

pub use reader::Reader;
pub use record::Record;
pub(crate) use record::{Cell, pack};

/// How an export writes its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            record_bytes: 1 << 20,
        }
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
