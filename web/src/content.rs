//! What a file's first bytes are, for a page that has no program beside it: packed, in which encoding,
//! or something else than text. The rules are those of the program.

use std::str;

use wasm_bindgen::prelude::wasm_bindgen;

/// What a file is by its first bytes; `is_whole`: there are no others. One of
///
/// - `gzip`: to be unpacked, and looked at again;
/// - `zip`, `workbook`, `pgp`, `packed` (another packing): nothing that can be read here;
/// - `utf-8`, `utf-16le`, `utf-16be`, `windows-1252`: text in this encoding, or at least nothing else;
/// - `ascii`: text whose encoding these bytes do not show: whatever the files beside it are.
///
/// UTF-16 is known by its byte order mark. Text is Windows-1252 only where it has bytes that no UTF-8 has,
/// and none of the longer characters that UTF-8 writes.
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

/// After the letters comes the magic number of a block (pi), or of the end (its root).
fn is_bzip2(start: &[u8]) -> bool {
    match start {
        [b'B', b'Z', b'h', b'1'..=b'9', block @ ..] => {
            block.starts_with(b"\x31\x41\x59\x26\x53\x59")
                || block.starts_with(b"\x17\x72\x45\x38\x50\x90")
        }
        _ => false,
    }
}

/// The first packet of a message: a session key for a public key or for a passphrase, or compressed data
/// (RFC 9580, sections 4.2, 5.1, 5.3, 5.6). What follows its length is a control character, which no text
/// has there.
fn is_pgp(start: &[u8]) -> bool {
    let (tag, body) = match start {
        [head @ 0xC0..=0xFF, 0..=191, body @ ..] => (head & 0x3F, body),
        [head @ 0xC0..=0xFF, 192..=223, _, body @ ..] => (head & 0x3F, body),
        [head @ (0x84 | 0x8C), _, body @ ..] => ((head & 0x3C) >> 2, body),
        [0xA3, 1..=3, ..] => return true,
        [head @ (0x85 | 0x8D), _, _, body @ ..] => ((head & 0x3C) >> 2, body),
        _ => return false,
    };
    match (tag, body) {
        (1, [3, _, _, _, _, _, _, _, _, algorithm, ..]) => matches!(algorithm, 1..=3 | 16..=27),
        (1, [6, ..]) => true,
        (3, [4..=6, _, ..]) => true,
        _ => false,
    }
}

fn encoding(start: &[u8], is_whole: bool) -> &'static str {
    if start.starts_with(b"\xEF\xBB\xBF") {
        "utf-8"
    } else if start.starts_with(b"\xFF\xFE") && !start.starts_with(b"\xFF\xFE\0\0") {
        "utf-16le"
    } else if start.starts_with(b"\xFE\xFF") {
        "utf-16be"
    } else {
        eight_bits(start, is_whole)
    }
}

fn eight_bits(start: &[u8], is_whole: bool) -> &'static str {
    let mut has_bad = false;
    let mut rest = start;
    loop {
        let (good, bad) = match str::from_utf8(rest) {
            Ok(_) => (rest, None),
            Err(error) => {
                let (good, bad) = rest.split_at(error.valid_up_to());
                let is_cut = error.error_len().is_none() && !is_whole;
                (good, (!is_cut).then_some(bad))
            }
        };
        if !good.is_ascii() {
            return "utf-8";
        }
        let Some([_, behind @ ..]) = bad else { break };
        has_bad = true;
        rest = behind;
    }
    match (has_bad, is_windows_1252(start)) {
        (true, true) => "windows-1252",
        (true, false) => "utf-8",
        (false, _) => "ascii",
    }
}

/// Whether it has no control character, and no byte that no character of Windows-1252 has.
fn is_windows_1252(start: &[u8]) -> bool {
    !start.iter().any(|byte| {
        matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D)
            || byte.is_ascii_control() && !matches!(byte, b'\t' | b'\r' | b'\n' | b'\x0C')
    })
}
