//! The rejects file: every rejected row as it stood in the export, behind three columns that say where
//! it was and why it was rejected.
//!
//! The reason stands first and the row's own bytes last, so that even a row with a broken quote cannot
//! take its reason with it. When the file is read again, the three columns are skipped.

use crate::diag::{Diagnostic, Language, Problem};
use crate::header::Header;
use crate::read::{Dialect, Escape};

/// The reserved columns: never attributes.
pub const COLUMNS: [&str; 3] = ["_aiq_row", "_aiq_code", "_aiq_reason"];

/// Writes the first line of a rejects file.
///
/// Rejects of a rejects file that was read again keep the columns of the first time behind their own:
/// what they said stays true of the first file.
///
/// An export without a header gets rejects without one, and without the three columns: nothing would
/// tell them from the export's own when the file is read again.
pub fn write_header(out: &mut Vec<u8>, header: &Header) {
    if !header.dialect.header {
        return;
    }
    for column in COLUMNS {
        write_cell(out, column, header.dialect);
        out.push(header.dialect.delimiter);
    }
    out.extend_from_slice(header.raw());
    out.push(b'\n');
}

/// Writes one rejected row: `raw` is its bytes in the export, without a line end.
pub fn write_row(
    out: &mut Vec<u8>,
    header: &Header,
    diagnostic: &Diagnostic,
    reason: &Problem,
    raw: &[u8],
) {
    if header.dialect.header {
        write_reason(out, header.dialect, diagnostic, reason);
    }
    out.extend_from_slice(raw);
    out.push(b'\n');
}

fn write_reason(out: &mut Vec<u8>, dialect: Dialect, diagnostic: &Diagnostic, reason: &Problem) {
    let code = format!("{} {}", diagnostic.code.id(), diagnostic.code.name());
    let message = reason.message(Language::English);
    for text in [diagnostic.at.row.to_string(), code, message] {
        write_cell(out, &text, dialect);
        out.push(dialect.delimiter);
    }
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
