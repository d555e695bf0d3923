//! What is worth saying about an export before it is read.

use std::fmt;

use serde::Serialize;
use serde::ser::SerializeMap as _;

use super::{Encoding, Layer, Skip};

/// Something that was found, done or left out, and the files that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What.
    pub kind: NoteKind,
    /// The files' names without folders, at least one.
    pub files: Vec<String>,
}

/// What a [`Note`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoteKind {
    /// Unpacked as it is read, the outermost layer first.
    Unpacked(Vec<Layer>),
    /// Turned into UTF-8 as it is read.
    ReadAs {
        /// From this encoding.
        encoding: Encoding,
        /// Whether the user said so, and it was not found out.
        is_given: bool,
    },
    /// Passed over.
    Skipped(Skip),
    /// It says how many rows or files there should be, and is compared.
    Counts,
    /// It looks like a manifest or a count, and cannot be understood or compared.
    NotCompared,
}

impl NoteKind {
    /// `unpacked`, `read_as`, `skipped`, `counts` or `not_compared`
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Unpacked(_) => "unpacked",
            Self::ReadAs { .. } => "read_as",
            Self::Skipped(_) => "skipped",
            Self::Counts => "counts",
            Self::NotCompared => "not_compared",
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST_NAMES: usize = 3;
        let shown = self.files.len().min(MOST_NAMES);
        let names = self.files[..shown].join(", ");
        let more = match self.files.len() - shown {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        write!(f, "{names}{more}: ")?;
        match &self.kind {
            NoteKind::Unpacked(layers) => {
                let layers: Vec<_> = layers.iter().map(|layer| layer.as_str()).collect();
                write!(f, "unpacked from {}", layers.join(", then "))
            }
            NoteKind::ReadAs { encoding, is_given } => {
                let encoding = encoding.name();
                if *is_given {
                    write!(f, "read as {encoding}, as was said")
                } else {
                    write!(f, "read as {encoding}. If that is wrong, say --encoding")
                }
            }
            NoteKind::Skipped(why) => write!(f, "passed over: {}", why.words()),
            NoteKind::Counts => f.write_str("says what the export should hold; compared"),
            NoteKind::NotCompared => f.write_str(
                "passed over: it does not say in a known way what this export should hold",
            ),
        }
    }
}

/// ```json
/// {"kind":"read_as","encoding":"windows-1252","given":false,"files":["a.csv"],"message":"…"}
/// {"kind":"unpacked","layers":["zip","gzip"],"files":["a.csv.gz"],"message":"…"}
/// {"kind":"skipped","why":"hidden","files":[".DS_Store"],"message":"…"}
/// ```
impl Serialize for Note {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind.as_str())?;
        match &self.kind {
            NoteKind::Unpacked(layers) => map.serialize_entry("layers", layers)?,
            NoteKind::ReadAs { encoding, is_given } => {
                map.serialize_entry("encoding", encoding)?;
                map.serialize_entry("given", is_given)?;
            }
            NoteKind::Skipped(why) => map.serialize_entry("why", why)?,
            NoteKind::Counts | NoteKind::NotCompared => {}
        }
        map.serialize_entry("files", &self.files)?;
        map.serialize_entry("message", &self.to_string())?;
        map.end()
    }
}

/// Notes, those that say the same in one.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<Note>);

impl Notes {
    pub(super) fn add(&mut self, kind: NoteKind, file: impl Into<String>) {
        let file = file.into();
        match self.0.iter_mut().find(|note| note.kind == kind) {
            Some(note) => note.files.push(file),
            None => self.0.push(Note {
                kind,
                files: vec![file],
            }),
        }
    }

    pub(super) fn into_vec(self) -> Vec<Note> {
        self.0
    }
}
