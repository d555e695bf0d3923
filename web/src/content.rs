//! What a file's first bytes are, for a page that has no program beside it: packed, in which encoding,
//! or something else than text. The rules are those of the program.

use aiq_braze::content::{Guess, guess, is_bzip2, is_pgp};
use wasm_bindgen::prelude::wasm_bindgen;

/// What a file is by its first bytes; `is_whole`: there are no others. One of
///
/// - `gzip`: to be unpacked, and looked at again;
/// - `zip`, `workbook`, `pgp`, `packed` (another packing): nothing that can be read here;
/// - `utf-8`, `utf-16le`, `utf-16be`, `windows-1252`: text in this encoding, or at least nothing else;
/// - `ascii`: text whose encoding these bytes do not show: whatever the files beside it are.
#[wasm_bindgen]
pub fn content(first_bytes: &[u8], is_whole: bool) -> String {
    let word = container(first_bytes).unwrap_or_else(|| encoding(first_bytes, is_whole));
    word.to_owned()
}

/// Files that are no text themselves.
fn container(start: &[u8]) -> Option<&'static str> {
    const FIRST_BYTES: &[(&[u8], &str)] = &[
        (b"\x1F\x8B", "gzip"),
        (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "workbook"), // of the old kind, or with a password
        (b"-----BEGIN PGP MESSAGE-----", "pgp"),
        (b"\x28\xB5\x2F\xFD", "packed"), // zstd
        (b"\xFD7zXZ\x00", "packed"),
        (b"7z\xBC\xAF\x27\x1C", "packed"),
        (b"Rar!\x1A\x07", "packed"),
        (b"\x04\x22\x4D\x18", "packed"), // lz4
        (b"\x1F\x9D", "packed"),         // compress
    ];
    let is_zip = start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06");
    if is_zip {
        return Some(if is_workbook(start) {
            "workbook"
        } else {
            "zip"
        });
    }
    let known = FIRST_BYTES
        .iter()
        .find(|(magic, _)| start.starts_with(magic));
    known
        .map(|(_, word)| *word)
        .or_else(|| is_bzip2(start).then_some("packed"))
        .or_else(|| is_pgp(start).then_some("pgp"))
}

/// Whether one of the first entries of a zip archive is a part of a spreadsheet.
fn is_workbook(start: &[u8]) -> bool {
    const PARTS: [&[u8]; 3] = [b"[Content_Types].xml", b"xl/", b"opendocument.spreadsheet"];
    let names = &start[..start.len().min(4096)];
    PARTS
        .iter()
        .any(|part| names.windows(part.len()).any(|window| window == *part))
}

/// The word for how the text is written.
fn encoding(start: &[u8], is_whole: bool) -> &'static str {
    match guess(start, is_whole) {
        Guess::Marked(encoding) | Guess::Seen(encoding) => encoding.as_str(),
        Guess::Ascii => "ascii",
    }
}
