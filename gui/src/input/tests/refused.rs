//! What is no export is told by its content, and a text by its first letters alone is not.

use super::*;

/// Control characters that no text has.
const BINARY: &[u8] = b"\x15\x04\x15\x10\x00\x00\x01";

fn with(magic: &[u8]) -> Vec<u8> {
    [magic, BINARY].concat()
}

#[test]
fn what_is_no_export_is_refused_with_what_was_found_and_what_to_do() {
    let mut tar = vec![0; 512];
    tar[..9].copy_from_slice(b"part1.csv");
    tar[257..262].copy_from_slice(b"ustar");
    // A session key for an RSA key of 2048 bits, for one on Curve25519, and for a passphrase.
    let for_rsa = b"\x85\x01\x0C\x03\x01\x02\x03\x04\x05\x06\x07\x08\x01\x07\xFF".to_vec();
    let for_curve = b"\x84\x5E\x03\x01\x02\x03\x04\x05\x06\x07\x08\x12\x01\x07\x40".to_vec();
    let for_passphrase = b"\x8C\x0D\x04\x09\x03\x08\x01\x02\x03\x04\x05\x06".to_vec();
    let of_today = b"\xC3\x0D\x04\x09\x03\x08\x01\x02\x03\x04\x05\x06".to_vec();
    let cases: Vec<(Vec<u8>, &str, &str)> = vec![
        (with(b"BZh91AY&SY"), "a bzip2 file", "Unpack it first"),
        (with(b"\xFD7zXZ\x00"), "an xz file", "Unpack it first"),
        (
            with(b"7z\xBC\xAF\x27\x1C"),
            "a 7z archive",
            "Unpack it first",
        ),
        (tar, "a tar archive", "name the files in it"),
        (
            with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"),
            "an Excel workbook",
            "CSV in UTF-8",
        ),
        (
            zip(&[("xl/workbook.xml", "<w/>")]),
            "an Excel workbook",
            "CSV in UTF-8",
        ),
        (
            zip(&[("mimetype", "x"), ("content.xml", "x")]),
            "OpenDocument",
            "CSV in UTF-8",
        ),
        (with(b"PAR1"), "a Parquet file", "Export it as CSV"),
        (with(b"Obj\x01"), "an Avro file", "Export it as CSV"),
        (with(b"%PDF-1.7\n"), "a PDF", "the export itself"),
        (with(b"\x89PNG\r\n\x1A\n"), "an image", "the export itself"),
        (with(b"\xFF\xD8\xFF\xE0"), "an image", "the export itself"),
        (with(b"MZ"), "a program", "the export itself"),
        (with(b"\x7FELF"), "a program", "the export itself"),
        (
            b"\xFF\xFE\x00\x00i\x00\x00\x00".to_vec(),
            "UTF-32",
            "Convert it",
        ),
        (
            b"-----BEGIN PGP MESSAGE-----\n\nhQEM".to_vec(),
            "with PGP",
            "Decrypt it first",
        ),
        (b"\xA3\x01\x64\xB9".to_vec(), "with PGP", "Decrypt it first"),
        (for_rsa, "with PGP", "Decrypt it first"),
        (for_curve, "with PGP", "Decrypt it first"),
        (for_passphrase, "with PGP", "Decrypt it first"),
        (of_today, "with PGP", "Decrypt it first"),
    ];
    for (bytes, what, todo) in cases {
        // The name says nothing, and neither does a layer around it.
        for bytes in [gzip(&bytes), bytes] {
            if bytes.starts_with(b"\x1F\x8B") && what.contains("Excel") {
                continue; // a zip archive is not looked into there
            }
            let (_folder, path) = file_with("export.csv", &bytes);
            let error = failure(&path).to_string();
            assert!(error.starts_with(&path.display().to_string()), "{error}");
            let is_zip_in_gzip = error.contains("a zip archive inside");
            assert!(
                error.contains(what) && error.contains(todo) || is_zip_in_gzip,
                "{error}"
            );
        }
    }
}

#[test]
fn a_text_is_not_refused_for_its_first_letters() {
    for first in [
        "PAR1",
        "PARE",
        "BZh9",
        "BZh91AY",
        "ORC",
        "MZ",
        "BM",
        "GIF89a",
        "RIFF",
        "II*",
        "MM",
        "Obj",
        "%PDF",
        "PK",
        "7z",
        "Rar!",
        "ARROW1",
        "-----BEGIN",
        "éa",
        "Áb",
        "{\"",
        "[{",
        "ustar",
        "Österreich",
        "\u{2026}",
    ] {
        for bytes in [
            format!("{first},external_id\n1,u1\n").into_bytes(),
            encoding_rs::WINDOWS_1252
                .encode(&format!("{first},external_id\n1,u1\n"))
                .0
                .into_owned(),
        ] {
            let (_folder, path) = file_with("export.csv", &bytes);
            let export = Export::open(&[path]).unwrap();
            let text = texts(&export).remove(0);
            assert!(text.starts_with(first), "{text}");
        }
    }
}

#[test]
fn a_broken_archive_is_no_archive() {
    let whole = zip(&[("export.csv", rows(1000))]);
    let (_folder, path) = file_with("export.zip", &whole[..whole.len() / 2]);
    let error = failure(&path);
    assert!(matches!(error, InputError::Damaged { .. }), "{error}");
    assert!(error.to_string().contains("it may be cut short"), "{error}");
}
