//! The real binary in little memory, however large the export.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::io::{BufWriter, Read as _, Write as _};
use std::path::Path;
use std::process::Stdio;

use aiq_braze_tests::program::Program;
use wait4::Wait4 as _;

const ROWS: usize = 1_000_000;
const MOST_BYTES: u64 = 64 << 20;
const MOST_BYTES_OF_TWO: u64 = 96 << 20;

/// With values that depend on `start`.
fn write_export(path: &Path, start: usize) {
    let file = File::create(path).expect("it is writable");
    let mut file = BufWriter::new(file);
    let header = "external_id,audience_id,split_id,first_name,ltv,city,note\n";
    file.write_all(header.as_bytes()).expect("it is writable");
    for number in 0..ROWS {
        // Among them rows without an identifier, which are rejected, and users that come again.
        let user = match number % 1000 {
            0 => String::new(),
            _ => format!("user-{:09}", number % 900_000),
        };
        writeln!(
            file,
            "{user},1042,{},Name{},1.10,City{},\"a note, number {number}\"",
            number % 3,
            (number + start) % 977,
            number % 5000,
        )
        .expect("it is writable");
    }
    file.flush().expect("it is writable");
}

/// Runs a command, takes what it prints as fast as it comes, and tells the most memory it had at once, in
/// bytes, and how many lines were printed. (The system counts what this process held when it started it, which
/// is little.)
fn run(folder: &Path, args: &[&str]) -> (u64, usize) {
    let mut command = Program::new(folder).args(args).into_command();
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let mut child = child.expect("it starts");
    let mut out = child.stdout.take().expect("it is piped");
    let mut n_lines = 0;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let n_bytes = out.read(&mut buffer).expect("it can be read");
        if n_bytes == 0 {
            break;
        }
        n_lines += buffer[..n_bytes]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
    }
    let end = child.wait4().expect("it ends");
    assert_eq!(
        end.status.code(),
        Some(1),
        "some rows are rejected: {args:?}"
    );
    (end.rusage.maxrss, n_lines)
}

#[test]
fn a_million_rows_are_mapped_in_64_mib() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    write_export(&folder.path().join("large.csv"), 0);
    let audience = ["--id", "external_id=external_id"];
    let (most, n_lines) = run(
        folder.path(),
        &[&["map", "large.csv"], &audience[..]].concat(),
    );
    assert!(n_lines > ROWS / 80, "{n_lines} bodies");
    assert!(most > 1 << 20, "it was seen: {most} bytes");
    assert!(most <= MOST_BYTES, "{most} bytes");
}

#[test]
fn two_exports_of_a_million_rows_are_compared_in_96_mib() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    write_export(&folder.path().join("old.csv"), 0);
    write_export(&folder.path().join("new.csv"), 7);
    let (most, n_lines) = run(
        folder.path(),
        &[
            "diff",
            "old.csv",
            "new.csv",
            "-o",
            "difference.jsonl",
            "--id",
            "external_id=external_id",
        ],
    );
    assert!(n_lines > 5, "{n_lines} lines of a report");
    assert!(most > 1 << 20, "it was seen: {most} bytes");
    assert!(most <= MOST_BYTES_OF_TWO, "{most} bytes");
}
