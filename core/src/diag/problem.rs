//! Problems in words.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::SerializeMap as _;

use super::phrases::in_spanish;
use super::{Code, Detail, Diagnostic, Fix, Language, Severity};
use crate::header::Header;
use crate::read::Location;
use crate::wire::{fields, limits};

/// A problem with all that there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What.
    pub code: Code,
    /// Where.
    pub place: Place,
    /// What stands there: a quoted cell, a count. Holds data of the user's.
    pub found: Option<String>,
    /// What was expected, where the code's own words can be said more exactly.
    pub expected: Option<String>,
    /// What would mend it.
    pub fix: Option<Fix>,
}

/// Where a problem is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a row.
    Row {
        /// Its place.
        at: Location,
        /// The column's header.
        column: Option<String>,
    },
    /// In the header, at this column.
    Column {
        /// From 0.
        column_idx: u32,
        /// Its text.
        header: String,
    },
    /// In the mapping's text.
    Mapping {
        /// JSON path such as `columns[2].type`; empty at the top.
        path: String,
        /// From 1.
        line: u64,
        /// In characters, from 1.
        column: u64,
    },
    /// In the text of a ready-made request body.
    Payload {
        /// JSON path such as `attributes[3].pets[0].name`; empty at the top.
        path: String,
        /// From 1.
        line: u64,
        /// In characters, from 1.
        column: u64,
    },
    /// In a mapping that has no text, at this JSON path.
    Setting {
        /// JSON path such as `audience.id`.
        path: String,
    },
    /// A file of the export as a whole, or one that lies beside it.
    File {
        /// Its name without folders.
        name: String,
    },
}

impl Problem {
    /// A problem of a row in words. `cell` is the text of the diagnostic's column.
    pub fn of_row(diagnostic: &Diagnostic, header: &Header, cell: Option<&[u8]>) -> Self {
        let column = diagnostic
            .column
            .and_then(|column_idx| header.name(column_idx as usize));
        let (found, expected) = match diagnostic.detail {
            Detail::None if diagnostic.code == Code::NearStandardField => {
                let near = column.and_then(fields::near_miss);
                (column.map(quote), near.map(quote))
            }
            Detail::None => (cell.map(|text| quote(&String::from_utf8_lossy(text))), None),
            Detail::Count { found, expected } => count_words(diagnostic.code, found, expected),
            Detail::Offset(offset) => (Some(format!("byte {}", diagnostic.at.byte + offset)), None),
        };
        let place = match (diagnostic.at.row, diagnostic.column, column) {
            // The header counts as the row in front of the first.
            (0, Some(column_idx), Some(header)) => Place::Column {
                column_idx,
                header: header.to_owned(),
            },
            _ => Place::Row {
                at: diagnostic.at,
                column: column.map(str::to_owned),
            },
        };
        Self {
            code: diagnostic.code,
            place,
            found,
            expected,
            fix: None,
        }
    }

    /// Whether it stops what it stands for.
    pub fn severity(&self) -> Severity {
        self.code.severity()
    }

    /// What stands there, in words of a language.
    pub fn found(&self, language: Language) -> Option<Cow<'_, str>> {
        let found = self.found.as_deref()?;
        Some(match language {
            Language::English => found.into(),
            Language::Spanish => in_spanish(found),
        })
    }

    /// What was expected, in words of a language.
    pub fn expected(&self, language: Language) -> Cow<'_, str> {
        match (&self.expected, language) {
            (None, _) => self.code.texts(language).expected.into(),
            (Some(expected), Language::English) => expected.into(),
            (Some(expected), Language::Spanish) => in_spanish(expected),
        }
    }

    /// `found "12,5", expected a number`
    pub fn found_and_expected(&self, language: Language) -> String {
        let expected = self.expected(language);
        match (self.found(language), language) {
            (Some(found), Language::English) => format!("found {found}, expected {expected}"),
            (None, Language::English) => format!("expected {expected}"),
            (Some(found), Language::Spanish) => {
                format!("se encontró {found}, se esperaba {expected}")
            }
            (None, Language::Spanish) => format!("se esperaba {expected}"),
        }
    }

    /// One sentence: what, where, found and expected, what to do.
    pub fn message(&self, language: Language) -> String {
        let texts = self.code.texts(language);
        let place = self.place.words(language);
        let what = self.found_and_expected(language);
        format!("{place}: {}: {what}. {}", texts.title, texts.todo)
    }
}

impl Place {
    /// The header of the column that it is in.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Row { column, .. } => column.as_deref(),
            Self::Column { header, .. } => Some(header),
            Self::Mapping { .. }
            | Self::Payload { .. }
            | Self::Setting { .. }
            | Self::File { .. } => None,
        }
    }

    /// The place in words.
    pub fn words(&self, language: Language) -> String {
        let english = language == Language::English;
        let or = |en: &'static str, es: &'static str| if english { en } else { es };
        match self {
            Self::Row { at, column } => {
                let row = format!(
                    "{} {} ({} {})",
                    or("row", "fila"),
                    at.row,
                    or("line", "línea"),
                    at.line
                );
                match column {
                    Some(column) => format!("{row}, {} {}", or("column", "columna"), quote(column)),
                    None => row,
                }
            }
            Self::Column { header, .. } => format!("{} {}", or("column", "columna"), quote(header)),
            Self::Mapping { path, line, column } | Self::Payload { path, line, column } => {
                let path = match &**path {
                    "" => String::new(),
                    path => format!(", {}", shown(path)),
                };
                let words = match self {
                    Self::Payload { .. } => {
                        or("request body, line", "cuerpo de la solicitud, línea")
                    }
                    _ => or("mapping, line", "mapeo, línea"),
                };
                format!("{words} {line}, {} {column}{path}", or("column", "columna"))
            }
            Self::Setting { path } => format!("{}, {}", or("mapping", "mapeo"), shown(path)),
            Self::File { name } => format!("{} {}", or("file", "archivo"), quote(name)),
        }
    }
}

/// A count in words that every language understands, and what was expected where the code's own words
/// do not say it.
pub(crate) fn count_words(
    code: Code,
    found: u64,
    expected: u64,
) -> (Option<String>, Option<String>) {
    match code {
        Code::TooFewCells | Code::TooManyCells | Code::TooManyColumns | Code::RowTooDeep => {
            (Some(found.to_string()), Some(expected.to_string()))
        }
        // The code's own words are those of an external id; the parts of an alias are shorter.
        Code::IdentifierTooLong if expected != limits::EXTERNAL_ID_BYTES as u64 => {
            (Some(format!("{found} B")), Some(format!("≤ {expected} B")))
        }
        Code::IdentifierTooLong
        | Code::ObjectTooLarge
        | Code::NestedTooLarge
        | Code::BodyTooLarge
        | Code::BodyObjectTooLarge
        | Code::IdentifierTooLarge => (Some(format!("{found} B")), None),
        _ => (Some(found.to_string()), None),
    }
}

/// The machine-readable form:
///
/// ```json
/// {"code":"AIQ3003","name":"bad-number","severity":"error","row":17,"line":21,"byte":2210,"file":0,
///  "column":"ltv","found":"\"12,5\"","expected":"a number such as 12, -0.5 or 1.10","message":"…","fix":null}
/// ```
///
/// A problem of the header has `column_idx` and `column`, one of the mapping or of a request body `path`,
/// `line` and `position`, one of a whole file `file_name`. `fix` is `{"grade":"certain"}`; its patch is
/// asked for where a mapping is at hand.
impl Serialize for Problem {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let texts = self.code.texts(Language::English);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code.id())?;
        map.serialize_entry("name", self.code.name())?;
        map.serialize_entry("severity", self.severity().as_str())?;
        match &self.place {
            Place::Row { at, column } => {
                map.serialize_entry("row", &at.row)?;
                map.serialize_entry("line", &at.line)?;
                map.serialize_entry("byte", &at.byte)?;
                map.serialize_entry("file", &at.file)?;
                map.serialize_entry("column", column)?;
            }
            Place::Column { column_idx, header } => {
                map.serialize_entry("column_idx", column_idx)?;
                map.serialize_entry("column", header)?;
            }
            Place::Mapping { path, line, column } | Place::Payload { path, line, column } => {
                map.serialize_entry("path", path)?;
                map.serialize_entry("line", line)?;
                map.serialize_entry("position", column)?;
            }
            Place::Setting { path } => map.serialize_entry("path", path)?,
            Place::File { name } => map.serialize_entry("file_name", name)?,
        }
        map.serialize_entry("found", &self.found)?;
        map.serialize_entry(
            "expected",
            self.expected.as_deref().unwrap_or(texts.expected),
        )?;
        map.serialize_entry("message", &self.message(Language::English))?;
        map.serialize_entry(
            "fix",
            &self
                .fix
                .as_ref()
                .map(|fix| serde_json::json!({ "grade": fix.grade })),
        )?;
        map.end()
    }
}

/// A text of somebody else's without what would steer a terminal.
fn shown(text: &str) -> String {
    text.chars().flat_map(char::escape_debug).collect()
}

/// A text for people: in quotes, control characters escaped, and cut after 60 characters.
pub fn quote(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown: String = text
        .chars()
        .take(LONGEST)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}
