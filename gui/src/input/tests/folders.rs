//! Folders of part files, and files that are named twice.

use std::cmp::Ordering;

use super::*;
use crate::input::folder::natural;

#[test]
fn people_count_in_natural_order() {
    let ordered = [
        "", "a", "a1", "a01", "a2", "a2b", "a10", "a10.csv", "b", "part-1", "part-2", "part-02b",
        "part-10", "é",
    ];
    for (idx, one) in ordered.iter().enumerate() {
        for (other_idx, other) in ordered.iter().enumerate() {
            let expected = match (*one, *other) {
                ("a1", "a01") => Ordering::Greater, // equal numbers: as texts
                ("a01", "a1") => Ordering::Less,
                _ => idx.cmp(&other_idx),
            };
            assert_eq!(natural(one, other), expected, "{one} {other}");
        }
    }
    let (huge, huger) = ("9".repeat(40), "1".to_owned() + &"0".repeat(40));
    assert_eq!(natural(&huge, &huger), Ordering::Less);
}

#[test]
fn a_folder_is_its_part_files() {
    let folder = folder_with(&[
        ("part-10.csv", "id\n10\n".as_bytes()),
        ("part-2.csv.gz", &gzip(b"id\n2\n")),
        ("part-1.csv", b"id\n1\n"),
        ("part-3.csv", b""),
        ("part-4.csv.gz", &gzip(b"")),
        ("_SUCCESS", b""),
        (".part-1.csv.crc", b"crc"),
        ("part-1.csv.crc", b"crc"),
        ("part-1.csv.md5", b"0123"),
        ("export.done", b""),
        ("read me.pdf", b"%PDF-1.7\n\0"),
    ]);
    fs::create_dir(folder.path().join("date=2026-01-01")).unwrap();
    let export = Export::open(&[folder.path()]).unwrap();
    assert_eq!(
        export.names(),
        ["part-1.csv", "part-2.csv.gz", "part-10.csv"]
    );
    assert_eq!(texts(&export), ["id\n1\n", "id\n2\n", "id\n10\n"]);
    let said = notes(&export);
    for words in [
        ".part-1.csv.crc: passed over: hidden",
        "_SUCCESS, export.done: passed over: a mark",
        "date=2026-01-01: passed over: a folder in a folder",
        "part-1.csv.crc, part-1.csv.md5: passed over: a checksum",
        "part-3.csv, part-4.csv.gz: passed over: empty",
        "part-2.csv.gz: unpacked from gzip",
        "read me.pdf: passed over: no data",
    ] {
        assert!(
            said.iter().any(|note| note.contains(words)),
            "{words}: {said:?}"
        );
    }
}

#[test]
fn data_in_a_folder_is_not_passed_over() {
    for (name, bytes) in [
        ("b.csv", &b"PAR1\x15\0\0"[..]),
        ("b.pgp", b"-----BEGIN PGP MESSAGE-----\n"),
        ("b.xlsx", &zip(&[("xl/workbook.xml", "")])),
        ("b.csv.gz", &gzip(b"id\n2\n")[..12]),
    ] {
        let folder = folder_with(&[("a.csv", b"id\n1\n".as_slice()), (name, bytes)]);
        let error = Export::open(&[folder.path()]).unwrap_err().to_string();
        assert!(error.contains(name), "{error}");
    }
}

#[test]
fn a_zip_in_a_folder_is_its_files() {
    let inner = zip(&[("2.csv", "id\n2\n"), ("10.csv", "id\n10\n")]);
    let folder = folder_with(&[("a.csv", b"id\n1\n".to_vec()), ("b.zip", inner)]);
    let export = Export::open(&[folder.path()]).unwrap();
    assert_eq!(export.names(), ["a.csv", "2.csv", "10.csv"]);
}

#[test]
fn a_folder_without_an_export_is_refused() {
    for files in [
        &[][..],
        &[("_SUCCESS", ""), (".hidden.csv", "id\n"), ("a.csv", "")],
    ] {
        let folder = folder_with(files);
        let error = Export::open(&[folder.path()]).unwrap_err();
        assert!(matches!(error, InputError::NoExport { .. }), "{error}");
        assert!(
            error.to_string().contains("found no export in it"),
            "{error}"
        );
    }
}

#[test]
fn one_file_is_not_read_twice() {
    let folder = folder_with(&[("a.csv", "id\n1\n"), ("b.csv", "id\n2\n")]);
    let at = |name: &str| folder.path().join(name);
    assert!(Export::open(&[at("a.csv"), at("b.csv")]).is_ok());
    for paths in [
        [at("a.csv"), at("a.csv")],
        [at("a.csv"), at("./a.csv")],
        [at("b.csv"), at("")],
        [at(""), at("a.csv")],
        [at(""), at(".")],
    ] {
        let error = Export::open(&paths).unwrap_err();
        assert!(matches!(error, InputError::Twice { .. }), "{error}");
        assert!(error.to_string().contains("sent twice"), "{error}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(at("a.csv"), at("c.csv")).unwrap();
        let error = Export::open(&[at("a.csv"), at("c.csv")]).unwrap_err();
        assert!(matches!(error, InputError::Twice { .. }), "{error}");
    }
}

#[test]
fn files_and_folders_may_be_mixed() {
    let (_other, first) = file_with("z.csv", "id\n0\n");
    let folder = folder_with(&[("b.csv", "id\n2\n"), ("a.csv", "id\n1\n")]);
    let export = Export::open(&[&first, folder.path()]).unwrap();
    assert_eq!(export.names(), ["z.csv", "a.csv", "b.csv"]);
}
