//! The reader that a file's format asks for.

use super::{Format, JsonReader, Limits, Reader, Step};
use crate::header::Header;

/// One of the two readers, behind the calls that they share.
pub enum RecordReader {
    /// For delimited rows.
    Delimited(Box<Reader>),
    /// For JSON objects.
    Json(Box<JsonReader>),
}

impl RecordReader {
    /// A reader for files with these columns, in their format.
    pub fn new(header: &Header, limits: Limits) -> Self {
        match header.format {
            Format::Delimited(dialect) => {
                let mut reader = Reader::new(dialect, limits);
                reader.expect_width(header.width());
                Self::Delimited(Box::new(reader))
            }
            Format::Json => Self::Json(Box::new(JsonReader::new(header.names(), limits))),
        }
    }

    /// Starts over at the first byte of a file.
    pub fn begin_file(&mut self, file: u32) {
        match self {
            Self::Delimited(reader) => reader.begin_file(file),
            Self::Json(reader) => reader.begin_file(file),
        }
    }

    /// Takes bytes from the front of `chunk`; returns how many. Call [`Self::next`] until it wants more.
    pub fn fill(&mut self, chunk: &[u8]) -> usize {
        match self {
            Self::Delimited(reader) => reader.fill(chunk),
            Self::Json(reader) => reader.fill(chunk),
        }
    }

    /// Says that the file has no more bytes.
    pub fn end(&mut self) {
        match self {
            Self::Delimited(reader) => reader.end(),
            Self::Json(reader) => reader.end(),
        }
    }

    /// The next row, the next defect, or the wish for more bytes. The first row of a delimited file with
    /// a header is that header; rows of a JSON file have the columns that [`JsonReader::columns`] names.
    #[allow(clippy::should_implement_trait)] // what it returns is lent, which an iterator cannot do
    pub fn next(&mut self) -> Step<'_> {
        match self {
            Self::Delimited(reader) => reader.next(),
            Self::Json(reader) => reader.next(),
        }
    }
}
