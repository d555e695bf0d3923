//! Text in other encodings: found out, or said, and the same rows as in UTF-8.

use encoding_rs::WINDOWS_1252;

use super::*;
use aiq_braze::PROBE_BYTES;
use aiq_braze::content::{Guess, guess};

const TEXT: &str = "id,name\n1,Zoë “Ω”\n2,日本 😀\n";
const LATIN: &str = "id,name\n1,Zoë\n2,“François” – €5\n";

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2], mark: bool) -> Vec<u8> {
    let mark = mark.then_some('\u{FEFF}');
    let chars = mark.into_iter().chain(text.chars());
    let units: Vec<u16> = chars.collect::<String>().encode_utf16().collect();
    units.into_iter().flat_map(to_bytes).collect()
}

fn windows_1252(text: &str) -> Vec<u8> {
    let (bytes, _, has_lost) = WINDOWS_1252.encode(text);
    assert!(!has_lost);
    bytes.into_owned()
}

fn with_encoding(path: &Path, encoding: Encoding) -> Export {
    let options = Options {
        encoding: Some(encoding),
        ..Options::default()
    };
    Export::open_with(&[path], options).unwrap()
}

#[test]
fn an_encoding_is_found_out() {
    let (le, be) = (u16::to_le_bytes, u16::to_be_bytes);
    let cases = [
        (TEXT.as_bytes().to_vec(), TEXT, Encoding::Utf8),
        (utf16(TEXT, le, true), TEXT, Encoding::Utf16Le),
        (utf16(TEXT, be, true), TEXT, Encoding::Utf16Be),
        (utf16(TEXT, le, false), TEXT, Encoding::Utf16Le),
        (utf16(TEXT, be, false), TEXT, Encoding::Utf16Be),
        (windows_1252(LATIN), LATIN, Encoding::Windows1252),
        (b"id\n1\n".to_vec(), "id\n1\n", Encoding::Utf8),
    ];
    for (bytes, text, encoding) in cases {
        for bytes in [gzip(&bytes), bytes] {
            let (_folder, path) = file_with("export.csv", bytes);
            let export = Export::open(&[&path]).unwrap();
            assert_eq!(texts(&export), [text]);
            assert_eq!(export.files()[0].encoding(), encoding);
            let said = notes(&export).join("\n");
            let is_said = said.contains(&format!("read as {}. If", encoding.name()));
            assert_eq!(is_said, encoding != Encoding::Utf8, "{said}");
            assert!(export.inspect(None).is_ok());
        }
    }
}

#[test]
fn the_mark_of_utf_8_is_the_cores_business() {
    let (_folder, path) = file_with("export.csv", "\u{FEFF}id\n1\n");
    let export = Export::open(&[path]).unwrap();
    assert_eq!(texts(&export), ["\u{FEFF}id\n1\n"]);
    assert_eq!(export.inspect(None).unwrap().header.names(), ["id"]);
}

#[test]
fn an_encoding_may_be_said() {
    let (_folder, path) = file_with("export.csv", windows_1252(LATIN));
    let export = with_encoding(&path, Encoding::Windows1252);
    assert_eq!(texts(&export), [LATIN]);
    assert_eq!(
        notes(&export),
        ["export.csv: read as Windows-1252, as was said"]
    );
    let export = with_encoding(&path, Encoding::Utf8);
    assert_eq!(read(&export.files()[0]).unwrap(), windows_1252(LATIN));
    assert!(export.notes().is_empty());
    // Bytes that Windows-1252 does not know are not found out to be it, and read as it all the same.
    fs::write(&path, b"id,n\n1,\x8D\xE9\x81\n").unwrap();
    assert_eq!(
        Export::open(&[&path]).unwrap().files()[0].encoding(),
        Encoding::Utf8
    );
    let export = with_encoding(&path, Encoding::Windows1252);
    assert_eq!(
        read(&export.files()[0]).unwrap(),
        b"id,n\n1,\xFF\xC3\xA9\xFF\n"
    );
}

#[test]
fn few_bad_bytes_in_utf_8_do_not_make_it_anything_else() {
    let utf8 = Guess::Seen(Encoding::Utf8);
    for sample in [
        "id,name\n1,Zoë\n2,"
            .as_bytes()
            .iter()
            .chain(b"\xE9\n")
            .copied()
            .collect::<Vec<_>>(),
        b"id\n\xE9\n\xC3\xA9\n".to_vec(),
        b"id\n\xE9\x01\n".to_vec(), // no text in any encoding
        b"id\n\xE9\x9D\n".to_vec(),
    ] {
        assert_eq!(guess(&sample, true), utf8, "{sample:?}");
    }
    assert_eq!(
        guess(b"id\n\xE9t\xE9\n", true),
        Guess::Seen(Encoding::Windows1252)
    );
    // A character at the border of the sample is cut, and at the end of the file it is bad.
    assert_eq!(guess(b"id\n\xC3", false), Guess::Ascii);
    assert_eq!(guess(b"id\n\xC3", true), Guess::Seen(Encoding::Windows1252));
    assert_eq!(guess(b"", true), Guess::Ascii);
    // A few NULs are damage.
    assert_eq!(guess(b"id,name\n1,a\0b\n", true), Guess::Ascii);
    assert_eq!(guess(b"\0\0\0\0\0\0\0\0", true), Guess::Ascii);
}

#[test]
fn parts_that_are_ascii_so_far_are_what_the_others_are() {
    let ascii = format!("{}1,", rows(40_000));
    let late = [ascii.as_bytes(), b"\xE9\n"].concat();
    assert!(late.len() > PROBE_BYTES);
    let folder = folder_with(&[("1.csv", late.clone()), ("2.csv", windows_1252(LATIN))]);
    let export = Export::open(&[folder.path()]).unwrap();
    assert!(texts(&export)[0].ends_with("1,é\n"));
    assert!(notes(&export)[0].starts_with("1.csv, 2.csv: read as Windows-1252"));
    // With UTF-8 among them it is not certain, and a bad row is better than a wrong name.
    let folder = folder_with(&[
        ("1.csv", late),
        ("2.csv", windows_1252(LATIN)),
        ("3.csv", TEXT.into()),
    ]);
    let export = Export::open(&[folder.path()]).unwrap();
    let encodings: Vec<_> = export.files().iter().map(ExportFile::encoding).collect();
    assert_eq!(
        encodings,
        [Encoding::Utf8, Encoding::Windows1252, Encoding::Utf8]
    );
}

#[test]
fn what_is_no_text_in_its_encoding_becomes_no_utf_8() {
    let le = |units: &[u16]| {
        units
            .iter()
            .flat_map(|unit| unit.to_le_bytes())
            .collect::<Vec<_>>()
    };
    let id: Vec<u16> = "id,name\n".encode_utf16().collect();
    let lone = [&[0xFEFF], &id[..], &[0x31, 0xD800, 0x32, 0x0A]].concat();
    let odd = [le(&[&[0xFEFF], &id[..]].concat()), b"1".to_vec()].concat();
    for (bytes, text) in [
        (le(&lone), &b"id,name\n1\xFF2\n"[..]),
        (odd, b"id,name\n\xFF"),
    ] {
        let (_folder, path) = file_with("export.csv", bytes);
        let export = Export::open(&[path]).unwrap();
        assert_eq!(read(&export.files()[0]).unwrap(), text);
    }
}

/// A reader that hands out a few bytes at a time.
struct Few<'b>(&'b [u8], usize);

impl Read for Few<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.1.min(buffer.len()).min(self.0.len());
        let (now, rest) = self.0.split_at(n_bytes);
        buffer[..n_bytes].copy_from_slice(now);
        self.0 = rest;
        Ok(n_bytes)
    }
}

#[test]
fn borders_of_chunks_change_nothing() {
    let cases = [
        (utf16(TEXT, u16::to_le_bytes, true), TEXT, Encoding::Utf16Le),
        (
            utf16(TEXT, u16::to_be_bytes, false),
            TEXT,
            Encoding::Utf16Be,
        ),
        (windows_1252(LATIN), LATIN, Encoding::Windows1252),
    ];
    for (bytes, text, encoding) in cases {
        for n_in in 1..9 {
            for n_out in 16..24 {
                let mut input = io::BufReader::with_capacity(n_in, Few(&bytes, n_in));
                let mut transcoder = Transcoder::new(encoding).unwrap();
                let mut out = Vec::new();
                let mut buffer = vec![0; n_out];
                loop {
                    match transcoder.read(&mut input, &mut buffer).unwrap() {
                        0 => break,
                        n_bytes => out.extend_from_slice(&buffer[..n_bytes]),
                    }
                }
                assert_eq!(String::from_utf8(out).unwrap(), text);
            }
        }
    }
}
