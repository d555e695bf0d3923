use std::{collections::HashSet, str};

use super::*;
use crate::twin;

const COMMITTED: &[u8] = include_bytes!("../../exports/audience.csv");
const README: &str = include_str!("../../exports/README.md");

#[test]
fn the_committed_example_is_what_the_generator_makes() {
    assert!(
        COMMITTED == example(),
        "tests/exports/audience.csv is stale: run \
         `cargo run -p aiq-braze-tests --bin make-exports`"
    );
}

#[test]
fn the_readme_lists_each_bad_row_with_its_line() {
    for ((row, code), line) in example_bad_rows().into_iter().zip(example_bad_lines()) {
        let entry = format!("| {row} | {line} | `{code}` |");
        assert!(README.contains(&entry), "expected `{entry}`");
    }
}

#[test]
fn bad_rows_are_far_apart_and_away_from_both_ends() {
    let rows = EXAMPLE_DEFECTS.map(|(row, _)| row);
    assert!(rows[0] > 40 && rows[11] <= EXAMPLE_ROWS - 10);
    for pair in rows.windows(2) {
        assert!(pair[1] > pair[0] + 1, "rows {pair:?}");
    }
}

#[test]
fn bad_rows_start_on_the_lines_that_are_told() {
    let lines: Vec<&[u8]> = COMMITTED.split(|&byte| byte == b'\n').collect();
    // What each of the twelve lines holds and no other line does.
    let traces: [&[u8]; 12] = [
        b",Lef\xE9vre,",
        b",Came\0back",
        b",\"Called, and was cut off",
        b"",
        b",one too many",
        b"",
        &[b'7'; 988],
        b",\"12,50\",",
        b",maybe,",
        b",paused,",
        b"",
        b",ana@example,",
    ];
    for ((line, trace), (row, _)) in example_bad_lines()
        .into_iter()
        .zip(traces)
        .zip(EXAMPLE_DEFECTS)
    {
        let line = lines[usize::try_from(line).unwrap() - 1];
        assert!(contains(line, trace), "row {row}");
        let start = match row {
            2_239 => ",".to_owned(),
            2_647 => "7777".to_owned(),
            _ => customer_id(row) + ",",
        };
        assert!(line.starts_with(start.as_bytes()), "row {row}");
    }
}

/// All that the twin can read: nine bad rows of the twelve, each for its reason and no other.
#[test]
fn the_twin_rejects_the_bad_values_and_nothing_else() {
    let values: Vec<(u64, Defect)> = EXAMPLE_DEFECTS
        .into_iter()
        .filter(|(_, defect)| !defect.breaks_reading())
        .collect();
    let export = audience(EXAMPLE_ROWS, EXAMPLE_SEED, &values);
    let twin = twin::map(&export, EXAMPLE_MAPPING);

    let expected: Vec<(u64, &str)> = values
        .iter()
        .map(|(row, defect)| (*row, defect.code_name()))
        .collect();
    assert_eq!(twin.rejected, expected);
    assert_eq!((twin.rows, twin.nothing_to_send), (EXAMPLE_ROWS, 0));
}

#[test]
fn only_the_three_broken_rows_break_the_file() {
    let clean = audience(EXAMPLE_ROWS, EXAMPLE_SEED, &[]);
    assert!(str::from_utf8(&clean).is_ok() && !clean.contains(&0));

    let not_utf8 = COMMITTED
        .split(|&byte| byte == b'\n')
        .filter(|line| str::from_utf8(line).is_err());
    assert_eq!(not_utf8.count(), 1);
    assert_eq!(COMMITTED.iter().filter(|&&byte| byte == 0).count(), 1);
}

/// The twin of a reader that resumes at the next line: what swallows the line end after the quote
/// that is never closed meets a quote with a letter after it, and not one that could close a field.
#[test]
fn the_quote_after_an_unclosed_one_cannot_close_it() {
    let opened = b"\"Called, and was cut off\n";
    let start = position(COMMITTED, opened).unwrap() + opened.len();
    let quote = start + position(&COMMITTED[start..], b"\"").unwrap();
    assert_eq!(&COMMITTED[quote - 1..quote + 5], b",\"Said");
}

#[test]
fn a_defect_leaves_all_other_rows_as_they_are() {
    let clean = audience(60, 7, &[]);
    let spoilt = audience(60, 7, &[(30, Defect::TooManyCells)]);
    let head = audience(29, 7, &[]);
    let tail = &clean[audience(30, 7, &[]).len()..];
    assert!(spoilt.starts_with(&head) && spoilt.ends_with(tail) && spoilt != clean);
}

#[test]
fn rows_are_as_mixed_as_real_ones() {
    let export = audience(20_000, 3, &[]);
    let mut records = csv::Reader::from_reader(export.as_slice());
    let mut non_ascii = 0;
    let mut ids = HashSet::new();
    for record in records.records() {
        let record = record.unwrap();
        non_ascii += u32::from(!record.as_slice().is_ascii());
        ids.insert(record[0].to_owned());
    }
    assert_eq!(ids.len(), 20_000);
    assert!((9_700..10_700).contains(&non_ascii), "{non_ascii}");

    let quoted = (1..=20_000).filter(|&row| has_quoted_cell(row)).count();
    assert!((5_600..6_400).contains(&quoted), "{quoted}");
}

#[test]
fn two_seeds_tell_of_the_same_customers() {
    let ids = |export: Vec<u8>| -> Vec<String> {
        let mut reader = csv::Reader::from_reader(export.as_slice());
        reader
            .records()
            .map(|record| record.unwrap()[0].to_owned())
            .collect()
    };
    assert_eq!(ids(audience(100, 1, &[])), ids(audience(100, 2, &[])));
    assert_eq!(ids(membership(100, 1)), ids(membership(100, 2)));
    assert_ne!(audience(100, 1, &[]), audience(100, 2, &[]));
}

#[test]
fn a_membership_export_is_three_plain_columns() {
    let text = String::from_utf8(membership(4, 1)).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], MEMBERSHIP_HEADER);
    assert_eq!(lines.len(), 5);
    for line in &lines[1..] {
        assert_eq!(line.split(',').filter(|cell| !cell.is_empty()).count(), 3);
    }
}

#[test]
fn short_columns_are_sixty_and_quoted_nowhere() {
    let export = short_columns(500, 1);
    let mut reader = csv::Reader::from_reader(export.as_slice());
    assert_eq!(reader.byte_headers().unwrap().len(), 60);
    assert_eq!(reader.byte_records().map(Result::unwrap).count(), 500);
    assert!(!export.contains(&b'"'));
}

#[test]
fn long_texts_have_quotes_and_line_breaks() {
    let export = long_text(500, 1);
    let mut reader = csv::Reader::from_reader(export.as_slice());
    let texts: Vec<String> = reader
        .records()
        .map(|record| record.unwrap()[2].to_owned())
        .collect();
    assert!(texts.iter().all(|text| (200..=600).contains(&text.len())));
    for trace in ['"', '\n', '\\'] {
        let n_texts = texts.iter().filter(|text| text.contains(trace)).count();
        assert!((100..=490).contains(&n_texts), "{trace:?} in {n_texts}");
    }
}

fn has_quoted_cell(row: u64) -> bool {
    let mut line = Vec::new();
    Customer::new(3, row).write(&mut line);
    line.contains(&b'"')
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    part.is_empty() || position(text, part).is_some()
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
