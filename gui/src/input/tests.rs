//! What can be an export and what cannot.

use std::fs;

use super::*;

#[test]
fn what_is_no_export_is_refused_with_what_was_found_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&str, &[u8], &[&str]); 10] = [
        (
            "a.csv.gz",
            b"\x1F\x8B\x08rest",
            &["a gzip file", "unpack it first"],
        ),
        (
            "a.csv.zst",
            b"\x28\xB5\x2F\xFDrest",
            &["a zstd file", "unpack it first"],
        ),
        (
            "a.zip",
            b"PK\x03\x04rest",
            &["a zip archive", "unpack it first"],
        ),
        (
            "a.XLSX",
            b"PK\x03\x04rest",
            &["an Excel workbook", "CSV in UTF-8"],
        ),
        (
            "a.xls",
            b"\xD0\xCF\x11\xE0rest",
            &["an Excel workbook", "CSV in UTF-8"],
        ),
        (
            "a.csv",
            b"\xFF\xFEi\x00d\x00",
            &["UTF-16", "Convert it to UTF-8"],
        ),
        ("a.parquet", b"PAR1rest", &["a Parquet file", "CSV"]),
        ("a.json", b"[{\"id\":1}]", &["JSON is not read yet"]),
        ("a.jsonl", b"{\"id\":1}\n", &["JSON is not read yet"]),
        ("a.pdf", b"%PDF-1.7", &["a PDF", "the export itself"]),
    ];
    for (name, bytes, expected) in cases {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let error = Export::open(&[&path]).unwrap_err().to_string();
        assert!(error.starts_with(&path.display().to_string()), "{error}");
        for words in expected {
            assert!(error.contains(words), "{error}");
        }
    }
}

#[test]
fn what_is_not_there_and_what_is_no_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.csv");
    for (path, expected) in [
        (folder.path(), "Name the files in it"),
        (&missing, "there is no such file. Check the path"),
        (Path::new("-"), "Save it to a file first"),
    ] {
        let error = Export::open(&[path]).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert!(matches!(
        Export::open::<&Path>(&[]),
        Err(InputError::NothingNamed)
    ));
    #[cfg(unix)]
    {
        let error = Export::open(&["/dev/null"]).unwrap_err().to_string();
        assert!(error.contains("a pipe or a device"), "{error}");
    }
}

#[test]
fn an_export_says_its_names_and_size() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["b.csv", "a.csv"].map(|name| folder.path().join(name));
    fs::write(&paths[0], "id\n").unwrap();
    fs::write(&paths[1], "id\n12\n").unwrap();
    let export = Export::open(&paths).unwrap();
    assert_eq!(export.names(), ["b.csv", "a.csv"]);
    assert_eq!(export.n_bytes(), 9);
    assert!(export.holds(&paths[1]) && export.holds(&folder.path().join("./b.csv")));
    assert!(!export.holds(folder.path()) && !export.holds(&folder.path().join("c.csv")));
}

#[test]
fn the_first_file_that_holds_something_is_inspected() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["empty.csv", "full.csv"].map(|name| folder.path().join(name));
    fs::write(&paths[0], "").unwrap();
    fs::write(&paths[1], "external_id;a\nu1;2\n").unwrap();
    let found = Export::open(&paths).unwrap().inspect(None).unwrap();
    assert_eq!(found.header.names(), ["external_id", "a"]);
    let dialect = found.header.format.dialect().unwrap();
    assert_eq!(dialect.delimiter, b';');
    let given = Format::default();
    let found = Export::open(&paths).unwrap().inspect(Some(given)).unwrap();
    assert_eq!(found.header.names(), ["external_id;a"]);

    let error = Export::open(&paths[..1])
        .unwrap()
        .inspect(None)
        .unwrap_err()
        .to_string();
    assert!(error.contains("empty.csv: the file is empty"), "{error}");
}

#[test]
fn a_file_is_read_in_chunks_any_number_of_times() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.csv");
    let text = "id,name\n".repeat(CHUNK_BYTES / 3);
    fs::write(&path, &text).unwrap();
    let export = Export::open(&[&path]).unwrap();
    for _ in 0..2 {
        let mut reading = export.files()[0].read().unwrap();
        let mut bytes = Vec::new();
        loop {
            let chunk = reading.next_chunk().unwrap();
            if chunk.is_empty() {
                break;
            }
            assert!(chunk.len() <= CHUNK_BYTES);
            bytes.extend_from_slice(chunk);
        }
        assert_eq!(bytes, text.as_bytes());
    }
}

#[test]
fn a_file_that_grows_or_shrinks_is_another_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.csv");
    for text in ["id\n1\n2\n", "id\n"] {
        fs::write(&path, "id\n1\n").unwrap();
        let export = Export::open(&[&path]).unwrap();
        let mut reading = export.files()[0].read().unwrap();
        fs::write(&path, text).unwrap();
        let read = std::iter::from_fn(|| match reading.next_chunk() {
            Ok([]) => None,
            Ok(_) => Some(Ok(())),
            Err(error) => Some(Err(error)),
        });
        let error = read.take(3).find_map(Result::err).unwrap();
        assert!(matches!(error, InputError::Changed { .. }));
        assert!(matches!(
            export.files()[0].read(),
            Err(InputError::Changed { .. })
        ));
    }
}

#[test]
fn what_is_no_mapping_is_not_read_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.csv");
    fs::write(&path, vec![b'x'; (4 << 20) + 1]).unwrap();
    let error = mapping_text(&path).unwrap_err();
    assert!(error.to_string().contains("expected a mapping"), "{error}");
    fs::write(&path, "{}").unwrap();
    assert_eq!(mapping_text(&path).unwrap(), "{}");
}
