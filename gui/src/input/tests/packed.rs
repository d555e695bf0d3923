//! gzip, zstd and zip: one in another, whole, cut short and damaged.

use super::*;

#[test]
fn what_is_packed_is_read_by_its_content_whatever_it_is_called() {
    let text = rows(60_000);
    let packed = [
        (gzip(text.as_bytes()), "gzip"),
        (zstd(text.as_bytes()), "zstd"),
        (zip(&[("inner.csv", &text)]), "zip"),
        (
            zip_by(&[("inner.csv", &text)], CompressionMethod::Stored),
            "zip",
        ),
        (gzip(&zstd(text.as_bytes())), "gzip, then zstd"),
        (zstd(&gzip(text.as_bytes())), "zstd, then gzip"),
        (
            zip(&[("inner.csv.gz", gzip(text.as_bytes()))]),
            "zip, then gzip",
        ),
        (
            zip(&[("inner.csv.zst", zstd(text.as_bytes()))]),
            "zip, then zstd",
        ),
    ];
    for (bytes, layers) in packed {
        let (_folder, path) = file_with("export.csv", &bytes);
        let export = Export::open(&[&path]).unwrap();
        for _ in 0..2 {
            assert!(texts(&export) == [text.as_str()], "{layers}");
        }
        let said = notes(&export);
        assert_eq!(said.len(), 1);
        assert!(
            said[0].ends_with(&format!("unpacked from {layers}")),
            "{said:?}"
        );
        let found = export.inspect(None).unwrap();
        assert_eq!(found.header.names(), ["external_id", "ltv"]);
        assert!(export.n_bytes() <= bytes.len() as u64);
    }
}

#[test]
fn members_and_frames_follow_each_other() {
    let (one, two) = ("id,a\n", "1,2\n");
    let skippable = b"\x51\x2A\x4D\x18\x03\x00\x00\x00abc".to_vec();
    let cases = [
        [gzip(one.as_bytes()), gzip(b""), gzip(two.as_bytes())].concat(),
        // Padding, as tapes leave it.
        [gzip(one.as_bytes()), gzip(two.as_bytes()), vec![0; 1000]].concat(),
        [zstd(one.as_bytes()), zstd(two.as_bytes())].concat(),
        [
            skippable.clone(),
            zstd(one.as_bytes()),
            skippable.clone(),
            zstd(two.as_bytes()),
            skippable,
        ]
        .concat(),
    ];
    for bytes in cases {
        let (_folder, path) = file_with("export", bytes);
        assert_eq!(texts(&Export::open(&[path]).unwrap()), ["id,a\n1,2\n"]);
    }
}

#[test]
fn what_was_cut_short_is_an_error_wherever_it_was_cut() {
    let text = rows(2000);
    for whole in [
        gzip(text.as_bytes()),
        zstd(text.as_bytes()),
        [gzip(b"id\n"), gzip(text.as_bytes())].concat(),
        [zstd(b"id\n"), zstd(text.as_bytes())].concat(),
        gzip(&zstd(text.as_bytes())),
        zstd(&gzip(text.as_bytes())),
    ] {
        let n_first = gzip(b"id\n").len().max(zstd(b"id\n").len()) + 1;
        for n_bytes in (n_first..whole.len()).step_by(97).chain([whole.len() - 1]) {
            let (_folder, path) = file_with("export", &whole[..n_bytes]);
            let error = failure(&path);
            assert!(matches!(error, InputError::Damaged { .. }), "{error}");
            assert!(
                error.to_string().contains("ends too early"),
                "{n_bytes}: {error}"
            );
        }
    }
}

#[test]
fn what_is_damaged_is_an_error_or_the_same_text() {
    let text = rows(2000);
    let mut n_errors = 0;
    for whole in [
        gzip(text.as_bytes()),
        zstd(text.as_bytes()),
        zip(&[("export.csv", &text)]),
        zip_by(&[("export.csv", &text)], CompressionMethod::Stored),
    ] {
        for at in (0..whole.len()).step_by(53) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x10;
            let (_folder, path) = file_with("export", &bytes);
            let read = Export::open(&[path]).and_then(|export| read(&export.files()[0]));
            match read {
                // In a place that nobody reads, such as a time; or it is not packed any more.
                Ok(read) => assert!(read == text.as_bytes() || at < 4, "{at}"),
                Err(error) => {
                    n_errors += 1;
                    assert!(!matches!(error, InputError::Changed { .. }), "{error}");
                }
            }
        }
    }
    assert!(n_errors > 100, "{n_errors}");
}

#[test]
fn bytes_behind_the_end_are_no_part_of_it() {
    for whole in [gzip(b"id\n1\n"), zstd(b"id\n1\n")] {
        let (_folder, path) = file_with("export", [&whole[..], b"more text\n"].concat());
        let error = failure(&path).to_string();
        assert!(error.contains("other bytes follow its end"), "{error}");
    }
}

#[test]
fn a_zstd_frame_that_needs_much_memory_is_refused() {
    // No checksum and no size; windows of 8 MiB and of 9 MiB; one raw block of three bytes, the last.
    let frame =
        |window: u8| [&b"\x28\xB5\x2F\xFD\x00"[..], &[window], b"\x19\x00\x00id\n"].concat();
    let (_folder, path) = file_with("export.zst", frame(13 << 3));
    assert_eq!(texts(&Export::open(&[path]).unwrap()), ["id\n"]);
    let (_folder, path) = file_with("export.zst", frame(13 << 3 | 1));
    let error = failure(&path).to_string();
    assert!(
        error.contains("asks for 9 MiB of memory, expected at most 8 MiB"),
        "{error}"
    );
    assert!(error.contains("--long"), "{error}");
}

#[test]
fn a_zip_of_exports_is_all_of_them_in_natural_order() {
    let bytes = zip(&[
        ("data/", ""),
        ("data/part-10.csv", "id\n10\n"),
        ("data/part-2.csv", "id\n2\n"),
        ("data/.DS_Store", "\0\0"),
        ("__MACOSX/data/._part-2.csv", "\0\0"),
        ("data/_SUCCESS", ""),
        ("data/part-3.csv", ""),
        ("data/photo.png", "\u{89}PNG"),
        ("a.csv", "id\n1\n"),
    ]);
    let (_folder, path) = file_with("export.zip", &bytes);
    let error = Export::open(&[&path]).map(|export| export.names());
    // A broken image is text.
    assert_eq!(
        error.unwrap(),
        ["a.csv", "part-2.csv", "part-10.csv", "photo.png"]
    );

    let bytes = zip(&[
        ("photo.png", b"\x89PNG\r\n\x1A\n\0".as_slice()),
        ("b.csv", b"id\n1\n"),
    ]);
    fs::write(&path, bytes).unwrap();
    let export = Export::open(&[&path]).unwrap();
    assert_eq!(export.names(), ["b.csv"]);
    assert_eq!(
        notes(&export),
        [
            "b.csv: unpacked from zip",
            "photo.png: passed over: no data"
        ]
    );
    assert!(export.holds(&path));
    assert_eq!(export.files()[0].path(), path);
}

#[test]
fn a_zip_that_cannot_be_read_is_refused_with_words() {
    let encrypted = {
        // The password flag, in the entry and in the directory.
        let mut bytes = zip(&[("export.csv", "id\n1\n")]);
        let directory = bytes
            .windows(4)
            .position(|magic| magic == b"PK\x01\x02")
            .unwrap();
        bytes[6] |= 1;
        bytes[directory + 8] |= 1;
        bytes
    };
    let unusual = {
        let mut bytes = zip(&[("export.csv", "id\n1\n")]);
        let directory = bytes
            .windows(4)
            .position(|magic| magic == b"PK\x01\x02")
            .unwrap();
        bytes[8] = 9;
        bytes[directory + 10] = 9;
        bytes
    };
    let inner = zip(&[("export.csv", "id\n1\n")]);
    let twice = gzip(&gzip(b"id\n1\n"));
    let cases = [
        (encrypted, "with a password", "Unpack it first"),
        (unusual, "packed in an unusual way", "Unpack it first"),
        (
            zip(&[("inner.zip", &inner)]),
            "a zip archive inside another",
            "Unpack the outer one",
        ),
        (
            gzip(&inner),
            "a zip archive inside another",
            "Unpack the outer one",
        ),
        (
            zip(&[("export.csv.gz.gz", &twice)]),
            "inside 2 other layers",
            "Unpack it first",
        ),
        (gzip(&twice), "inside 2 other layers", "Unpack it first"),
        (
            zip(&[("a.csv.bz2", "BZh91AY&SY\0")]),
            "a bzip2 file",
            "Unpack it first",
        ),
        (
            zip(&[("_SUCCESS", "")]),
            "found no export in it",
            "Name the folder",
        ),
    ];
    for (bytes, what, todo) in cases {
        let (_folder, path) = file_with("export.zip", &bytes);
        let error = failure(&path).to_string();
        assert!(error.contains(what) && error.contains(todo), "{error}");
    }
}

/// Fifty megabytes come out of some fifty kilobytes, a chunk at a time.
#[test]
fn a_bomb_is_read_in_chunks_like_anything_else() {
    const ZEROS: usize = 50 << 20;
    let bomb = vec![b'0'; ZEROS];
    for bytes in [gzip(&bomb), zstd(&bomb), zip(&[("bomb.csv", &bomb)])] {
        let (_folder, path) = file_with("bomb", &bytes);
        let export = Export::open(&[path]).unwrap();
        let mut reading = export.files()[0].read().unwrap();
        let mut n_bytes = 0;
        loop {
            let chunk = reading.next_chunk().unwrap();
            assert!(chunk.len() <= CHUNK_BYTES && chunk.iter().all(|byte| *byte == b'0'));
            n_bytes += chunk.len();
            if chunk.is_empty() {
                break;
            }
        }
        assert_eq!(n_bytes, ZEROS);
        assert!(export.n_bytes() < 1 << 20);
    }
}

#[test]
fn a_packed_file_that_is_written_to_is_another_one() {
    for (bytes, other) in [
        (gzip(b"id\n1\n"), gzip(b"id\n2\n3\n")),
        (
            zip(&[("a.csv", "id\n1\n")]),
            zip(&[("a.csv", "id\n1\n2\n")]),
        ),
    ] {
        let (_folder, path) = file_with("export", bytes);
        let export = Export::open(&[&path]).unwrap();
        fs::write(&path, other).unwrap();
        let error = read(&export.files()[0]).unwrap_err();
        assert!(matches!(error, InputError::Changed { .. }), "{error}");
    }
}

#[test]
fn a_name_without_how_it_is_packed() {
    let bytes = gzip(b"id\n1\n");
    for (name, text_name) in [
        ("audience_1_2.csv.gz", "audience_1_2.csv"),
        ("a.GZ", "a"),
        ("a.csv", "a.csv"),
    ] {
        let (_folder, path) = file_with(name, &bytes);
        let export = Export::open(&[path]).unwrap();
        assert_eq!(export.files()[0].name(), name);
        assert_eq!(export.files()[0].text_name(), text_name);
    }
}
