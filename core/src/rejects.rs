//! The rejects file: every rejected row as it stood in the export, behind four columns that say where
//! it was and why it was rejected.
//!
//! The reason stands first and the row's own bytes last, so that even a row with a broken quote cannot
//! take its reason with it. When the file is read again, the four columns are no attributes. What a mapping
//! takes from the name of a row's file it takes from [`FILE`]: the rows of one rejects file may come from many.
//!
//! Rejects of a JSON export are JSON lines: each object has the four as its first members, and then its
//! own. A row that is no object stands as a text under a fifth name, [`RAW`]; when the file is read again, that
//! text is the row.

use crate::diag::{Diagnostic, Language, Problem};
use crate::header::Header;
use crate::read::{Dialect, Escape, Format, write_members};
use crate::wire::body;

/// The reserved columns: never attributes.
pub const COLUMNS: [&str; 4] = [FILE, "_aiq_row", "_aiq_code", "_aiq_reason"];

/// The column of the name of the file that a row stood in.
pub const FILE: &str = "_aiq_file";

/// The column of the row's number in that file.
pub(crate) const ROW: &str = COLUMNS[1];

/// Where a row stood first: of a row of a JSON rejects file, not there but in the export.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Origin<'r> {
    /// The name of the file.
    pub file: &'r str,
    /// The number of the row in it, from 1.
    pub row: u64,
}

/// The member that holds the text of a row that is no object, in the rejects of a JSON export.
pub const RAW: &str = "_aiq_raw";

/// Whether a member of a JSON object is one that a rejects file adds.
pub(crate) fn is_ours(name: &[u8]) -> bool {
    name.starts_with(b"_aiq_")
        && (name == RAW.as_bytes() || COLUMNS.iter().any(|ours| ours.as_bytes() == name))
}

/// Writes the first line of a rejects file. JSON has none.
///
/// Rejects of a rejects file that was read again keep the columns of the first time behind their own:
/// what they said stays true of the first file.
///
/// An export without a header gets rejects without one, and without the four columns: nothing would
/// tell them from the export's own when the file is read again.
pub fn write_header(out: &mut Vec<u8>, header: &Header) {
    let Some(dialect) = header.format.dialect().filter(|dialect| dialect.header) else {
        return;
    };
    for column in COLUMNS {
        write_cell(out, column, dialect);
        out.push(dialect.delimiter);
    }
    out.extend_from_slice(header.raw());
    out.push(b'\n');
}

/// Writes one rejected row: `raw` is its bytes in the export, without a line end.
pub fn write_row(
    out: &mut Vec<u8>,
    header: &Header,
    origin: Origin<'_>,
    diagnostic: &Diagnostic,
    reason: &Problem,
    raw: &[u8],
) {
    let code = format!("{} {}", diagnostic.code.id(), diagnostic.code.name());
    let message = reason.message(Language::English);
    write_failed(out, header, origin, (&code, &message), raw);
}

/// Writes one row that was not rejected here, with a code and words of the host's own.
pub fn write_failed(
    out: &mut Vec<u8>,
    header: &Header,
    origin: Origin<'_>,
    (code, message): (&str, &str),
    raw: &[u8],
) {
    match header.format {
        Format::Json => write_object(out, origin, code, message, raw),
        Format::Delimited(dialect) => {
            if dialect.header {
                for text in [origin.file, &origin.row.to_string(), code, message] {
                    write_cell(out, text, dialect);
                    out.push(dialect.delimiter);
                }
            }
            out.extend_from_slice(raw);
        }
    }
    out.push(b'\n');
}

/// Writes the reason and the row as one object. What an earlier rejects file said about the row is left
/// out: no name may stand twice.
fn write_object(out: &mut Vec<u8>, origin: Origin<'_>, code: &str, message: &str, raw: &[u8]) {
    let [file_key, row_key, code_key, reason_key] = COLUMNS;
    out.extend_from_slice(format!("{{\"{file_key}\":").as_bytes());
    out.extend(body::string(origin.file));
    let row = origin.row;
    out.extend_from_slice(format!(",\"{row_key}\":{row},\"{code_key}\":").as_bytes());
    out.extend(body::string(code));
    out.extend_from_slice(format!(",\"{reason_key}\":").as_bytes());
    out.extend(body::string(message));
    if !write_members(out, raw, &COLUMNS) {
        out.extend_from_slice(format!(",\"{RAW}\":").as_bytes());
        out.extend(body::string(&String::from_utf8_lossy(raw)));
    }
    out.push(b'}');
}

/// Writes a cell in the export's own dialect, quoted where it must be.
pub(crate) fn write_cell(out: &mut Vec<u8>, text: &str, dialect: Dialect) {
    let needs_quotes =
        |byte: u8| byte == dialect.delimiter || matches!(byte, b'"' | b'\n' | b'\r' | b'\\');
    if !text.bytes().any(needs_quotes) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    for byte in text.bytes() {
        match (byte, dialect.escape) {
            (b'"', Escape::Double) => out.push(b'"'),
            (b'"' | b'\\', Escape::Backslash) => out.push(b'\\'),
            _ => {}
        }
        out.push(byte);
    }
    out.push(b'"');
}
