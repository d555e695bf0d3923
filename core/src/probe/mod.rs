//! What is this file? Format, header, a sample, and a suggested mapping, from its first bytes.

mod file_name;
mod headless;
mod sample;
mod suggest;
mod words;

use std::fmt;

use crate::diag::Grade;
use crate::header::Header;
use crate::mapping::{IdentifierKind, Kind, Mapping, MemberRule, Rows};
use crate::read::{Dialect, Format, Limits};
use crate::session::too_many_columns;
use crate::survey::Facts;

use sample::{Sample, find_format, has_object, is_binary};
use suggest::{Columns, suggest};

/// The format is decided on this many bytes at most, and never changes afterwards.
pub const PROBE_BYTES: usize = 256 << 10;

/// More are taken where a JSON export begins with one object of more: as many as a row may have before them.
const LONG_OBJECT_BYTES: usize = Limits::DEFAULT.record_bytes + PROBE_BYTES;

/// Rows of the sample.
pub const SAMPLE_ROWS: usize = 200;

/// Collects a file's first bytes.
#[derive(Debug, Default)]
pub struct Probe {
    bytes: Vec<u8>,
    format: Option<Format>,
    name: Option<String>,
    /// The first of them hold no object to its end.
    begins_long: bool,
}

/// What a file is.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The columns, and how rows are written. Of a JSON export all that the first bytes show.
    pub header: Header,
    /// The first rows, as texts; bytes that are no UTF-8 are replaced for show.
    pub sample: Vec<Vec<String>>,
    /// How the columns probably map.
    pub suggestion: Suggestion,
}

/// A mapping with the reasons for it.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// The mapping.
    pub mapping: Mapping,
    /// Why, column by column.
    pub reasons: Vec<Reason>,
}

/// Why a column maps as suggested, or what says what no column does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The column, from 0; `None` where no single column says it: the file's name, or the headers together.
    pub column_idx: Option<usize>,
    /// What it seems to be.
    pub role: Role,
    /// How sure that is.
    pub grade: Grade,
    /// What it was seen by.
    pub because: Because,
}

/// What a column seems to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The user.
    Identifier(IdentifierKind),
    /// The audience's id.
    AudienceId,
    /// The split's id.
    SplitId,
    /// Who is in and who left.
    Status,
    /// The event's name.
    EventName,
    /// When the event was.
    EventTime,
    /// The app of the event.
    AppId,
    /// A row like the others: the first, where a header was looked for.
    NoHeader,
    /// An attribute of this type.
    Attribute(Kind),
}

/// What a suggestion was seen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The header says exactly that.
    Header,
    /// The header is a usual word for it.
    UsualHeader,
    /// The values of the sample are of that form.
    Values,
    /// The file's name has it.
    FileName,
}

impl Inspection {
    /// What a status column probably says about membership, and why. It is part of the suggestion only
    /// where the audience and the split are known; who gives them as fixed values needs it, too.
    pub fn member(&self) -> Option<(MemberRule, Reason)> {
        self.columns().member()
    }

    /// The same with the suggested types of columns as all values allow them, not only the sample's: a column
    /// that holds numbers in its first rows and words later is none of numbers. `facts` are those of the
    /// inspected export.
    pub fn corrected_by(mut self, facts: &Facts) -> Self {
        let mut suggestion = std::mem::replace(&mut self.suggestion, Suggestion::empty());
        self.columns().correct(&mut suggestion, facts);
        self.suggestion = suggestion;
        self
    }

    fn columns(&self) -> Columns<'_> {
        Columns {
            header: &self.header,
            rows: &self.sample,
        }
    }
}

impl Suggestion {
    /// The least sure of what the mapping rests on; `None` when it lacks an identifier. Columns that are
    /// attributes by their values are no part of this: a wrong type is found by the check.
    pub fn grade(&self) -> Option<Grade> {
        if self.mapping.identifiers.is_empty() {
            return None;
        }
        let parts = self
            .reasons
            .iter()
            .filter(|reason| !matches!(reason.role, Role::Attribute(_)));
        parts.map(|reason| reason.grade).min()
    }

    fn empty() -> Self {
        Self {
            mapping: Mapping::new(Rows::Attributes, Vec::new()),
            reasons: Vec::new(),
        }
    }
}

/// Why a file cannot be inspected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeError {
    /// There is nothing in it.
    Empty,
    /// Its first line cannot be read as a header.
    NoHeader,
    /// Its first line does not end within [`PROBE_BYTES`].
    HeaderTooLong,
    /// It is full of NUL bytes: a binary file, or UTF-16.
    Binary,
    /// It should be JSON, and holds no object with a member.
    NoObject,
    /// It should be JSON, and begins with an object of more bytes than [`Limits::record_bytes`] by default.
    ObjectTooLong,
    /// It has more columns than [`Limits::columns`] has by default.
    TooManyColumns {
        /// Columns that were found.
        found: usize,
        /// The limit.
        limit: usize,
    },
}

impl fmt::Display for ProbeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the file is empty, expected a header and rows. Check the export, or load another file",
            Self::NoHeader => {
                "the first line cannot be read as a header, expected column names in UTF-8. \
                 Save the file as CSV in UTF-8 with a header"
            }
            Self::HeaderTooLong => {
                return write!(
                    f,
                    "found a first line of more than {} KiB, expected a header. Check the line ends and the \
                     quotes of the first line, or give the columns shorter names",
                    PROBE_BYTES >> 10
                );
            }
            Self::Binary => {
                "found a binary file, expected text such as CSV. Save a workbook as CSV in UTF-8, \
                 unpack an archive, convert UTF-16 to UTF-8"
            }
            Self::NoObject => {
                "found no JSON object with a member among the first rows, expected objects such as \
                 {\"external_id\":\"u1\"}. Check the export, or load another file"
            }
            Self::ObjectTooLong => {
                return write!(
                    f,
                    "found no other JSON object in front of one of more than {} KiB, expected at most that in \
                     each. Shorten or remove that object, or put another one in front of it",
                    Limits::DEFAULT.record_bytes >> 10
                );
            }
            Self::TooManyColumns { found, limit } => {
                return f.write_str(&too_many_columns(*found, *limit));
            }
        })
    }
}

impl std::error::Error for ProbeError {}

impl Probe {
    /// A probe that finds the format out.
    pub fn new() -> Self {
        Self::default()
    }

    /// A probe that takes the format as given, as a mapping may.
    pub fn with_format(format: Format) -> Self {
        Self {
            format: Some(format),
            ..Self::default()
        }
    }

    /// The same for a file of this name, which may tell the ids of an audience and its split. Folders in
    /// front of the name do not count; a session must be given the same name.
    pub fn with_name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Takes the next bytes; whether more are wanted.
    pub fn feed(&mut self, chunk: &[u8]) -> bool {
        let rest = self.take(chunk);
        if self.bytes.len() == PROBE_BYTES && !self.begins_long {
            self.begins_long = self.format() == Format::Json && !has_object(&self.bytes);
            self.take(rest);
        }
        self.bytes.len() < self.most()
    }

    /// Takes what is still wanted; the rest of the chunk.
    fn take<'c>(&mut self, chunk: &'c [u8]) -> &'c [u8] {
        let n_bytes = chunk.len().min(self.most() - self.bytes.len());
        let (taken, rest) = chunk.split_at(n_bytes);
        self.bytes.extend_from_slice(taken);
        rest
    }

    fn most(&self) -> usize {
        if self.begins_long {
            LONG_OBJECT_BYTES
        } else {
            PROBE_BYTES
        }
    }

    /// Whether the bytes are all of the file. A host that has no more than [`PROBE_BYTES`] may have cut it there.
    fn is_whole(&self) -> bool {
        self.bytes.len() < self.most() && self.bytes.len() != PROBE_BYTES
    }

    fn format(&self) -> Format {
        let found = || find_format(&self.bytes, self.is_whole());
        self.format.unwrap_or_else(found)
    }

    /// Says what the file is.
    pub fn finish(self) -> Result<Inspection, ProbeError> {
        if is_blank(&self.bytes) {
            return Err(ProbeError::Empty);
        }
        if is_binary(&self.bytes) {
            return Err(ProbeError::Binary);
        }
        let sample = match self.format() {
            Format::Json => Sample::of_json(&self.bytes, self.is_whole())?,
            Format::Delimited(dialect) => Sample::read(&self.bytes, dialect)?,
        };
        let (sample, is_headless) = self.without_header(sample)?;
        let (found, limit) = (sample.header.width(), Limits::default().columns);
        if found > limit {
            return Err(ProbeError::TooManyColumns { found, limit });
        }
        let columns = Columns {
            header: &sample.header,
            rows: &sample.rows,
        };
        let mut suggestion = suggest(&columns, self.name.as_deref());
        if is_headless {
            suggestion.mapping.format = Some(sample.header.format);
            suggestion.reasons.insert(0, Reason::NO_HEADER);
        }
        Ok(Inspection {
            header: sample.header,
            sample: sample.rows,
            suggestion,
        })
    }

    /// The sample anew where its header seems to be none; whether it is.
    fn without_header(&self, sample: Sample) -> Result<(Sample, bool), ProbeError> {
        let Format::Delimited(dialect) = sample.header.format else {
            return Ok((sample, false));
        };
        let is_headless =
            self.format.is_none() && headless::begins_with_row(sample.header.names(), &sample.rows);
        if !is_headless {
            return Ok((sample, false));
        }
        let dialect = Dialect {
            header: false,
            ..dialect
        };
        Ok((Sample::read(&self.bytes, dialect)?, true))
    }

    /// Inspects a file that is all here, or its first bytes.
    pub fn inspect(bytes: &[u8]) -> Result<Inspection, ProbeError> {
        let mut probe = Self::new();
        probe.feed(bytes);
        probe.finish()
    }
}

/// Whether a file holds nothing but a byte order mark and white space.
fn is_blank(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    text.len() < PROBE_BYTES && text.trim_ascii().is_empty()
}

#[cfg(test)]
mod tests;
