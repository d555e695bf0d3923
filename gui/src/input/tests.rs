//! What an export can be, and what it cannot.

mod encodings;
mod folders;
mod manifests;
mod packed;
mod refused;
mod stdin;

use std::fs;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

/// Text that gzip and zstd have something to do with.
fn rows(n_rows: usize) -> String {
    let rows = (0..n_rows).map(|row| format!("u{row},{}\n", row * 7919 % 1000));
    format!("external_id,ltv\n{}", rows.collect::<String>())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

/// An archive of these entries; a name that ends with a slash is a folder.
fn zip<B: AsRef<[u8]>>(entries: &[(&str, B)]) -> Vec<u8> {
    zip_by(entries, CompressionMethod::Deflated)
}

fn zip_by<B: AsRef<[u8]>>(entries: &[(&str, B)], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    for (name, bytes) in entries {
        if name.ends_with('/') {
            writer.add_directory(*name, options).unwrap();
            continue;
        }
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes.as_ref()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A folder with one file in it.
fn file_with(name: &str, bytes: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// A folder with these files in it.
fn folder_with<B: AsRef<[u8]>>(files: &[(&str, B)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

/// All text of a file, and what was consumed of it on the way, never less than before.
fn read(file: &ExportFile) -> Result<Vec<u8>, InputError> {
    let mut reading = file.read()?;
    let (mut text, mut n_consumed) = (Vec::new(), 0);
    loop {
        let chunk = reading.next_chunk()?;
        let is_end = chunk.is_empty();
        text.extend_from_slice(chunk);
        assert!(n_consumed <= reading.n_consumed());
        n_consumed = reading.n_consumed();
        if is_end {
            assert_eq!(n_consumed, file.n_bytes());
            return Ok(text);
        }
    }
}

fn texts(export: &Export) -> Vec<String> {
    let texts = export.files().iter().map(|file| read(file).unwrap());
    texts.map(|text| String::from_utf8(text).unwrap()).collect()
}

/// Why it cannot be opened, or not be read.
#[track_caller]
fn failure(path: &Path) -> InputError {
    match Export::open(&[path]) {
        Err(error) => error,
        Ok(export) => read(&export.files()[0]).unwrap_err(),
    }
}

fn notes(export: &Export) -> Vec<String> {
    export.notes().iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_not_there_and_what_is_no_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.csv");
    let error = failure(&missing).to_string();
    assert!(
        error.contains("there is no such file. Check the path"),
        "{error}"
    );
    assert!(matches!(
        Export::open::<&Path>(&[]),
        Err(InputError::NothingNamed)
    ));
    #[cfg(unix)]
    {
        let error = failure(Path::new("/dev/null")).to_string();
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
