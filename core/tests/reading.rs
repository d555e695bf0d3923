//! The reader against the `csv` crate, and against itself at other chunk sizes.

use aiq_braze::read::{DefectKind, Dialect, Escape, Limits, Location, Reader, Step};
use proptest::prelude::*;

/// What the reader makes of a file: rows as texts, or why not, each with its place.
#[derive(Clone, PartialEq)]
enum Seen {
    Row(Location, Vec<Vec<u8>>),
    Defect(Location, DefectKind, Vec<u8>),
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Seen::Row(at, cells) => {
                let cells: Vec<_> = cells
                    .iter()
                    .map(|cell| String::from_utf8_lossy(cell))
                    .collect();
                write!(
                    f,
                    "row {} line {} byte {}: {cells:?}",
                    at.row, at.line, at.byte
                )
            }
            Seen::Defect(at, kind, raw) => {
                let raw = String::from_utf8_lossy(raw);
                write!(
                    f,
                    "row {} line {} byte {}: {kind:?} {raw:?}",
                    at.row, at.line, at.byte
                )
            }
        }
    }
}

fn read(
    bytes: &[u8],
    dialect: Dialect,
    limits: Limits,
    chunks: &mut dyn Iterator<Item = usize>,
) -> Vec<Seen> {
    let mut reader = Reader::new(dialect, limits);
    reader.expect_width(3);
    let mut seen = Vec::new();
    let mut rest = bytes;
    loop {
        let at_end = rest.is_empty();
        if at_end {
            reader.end();
        } else {
            let wanted = chunks.next().unwrap_or(rest.len()).clamp(1, rest.len());
            let n_bytes = reader.fill(&rest[..wanted]);
            rest = &rest[n_bytes..];
        }
        loop {
            match reader.next() {
                Step::Record(record) => {
                    let cells =
                        (0..record.width()).filter_map(|column_idx| record.text(column_idx));
                    seen.push(Seen::Row(
                        record.location(),
                        cells.map(std::borrow::Cow::into_owned).collect(),
                    ));
                }
                Step::Defect(defect) => {
                    seen.push(Seen::Defect(defect.at, defect.kind, defect.raw.to_vec()))
                }
                Step::More => break,
            }
        }
        if at_end {
            return seen;
        }
    }
}

fn read_whole(bytes: &[u8]) -> Vec<Seen> {
    read(bytes, plain(), Limits::default(), &mut std::iter::empty())
}

fn plain() -> Dialect {
    Dialect {
        header: false,
        ..Dialect::default()
    }
}

fn rows(seen: Vec<Seen>) -> Vec<Vec<Vec<u8>>> {
    let rows = seen.into_iter().map(|seen| match seen {
        Seen::Row(_, cells) => cells,
        Seen::Defect(..) => panic!("a defect: {seen:?}"),
    });
    rows.collect()
}

fn oracle(bytes: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes);
    let records = reader.byte_records().map(|record| {
        record
            .expect("bytes are read")
            .iter()
            .map(<[u8]>::to_vec)
            .collect()
    });
    records.collect()
}

/// Text made of what matters to a reader.
fn texts(max: usize) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => Just(b"\"".to_vec()),
        6 => Just(b",".to_vec()),
        5 => Just(b"\n".to_vec()),
        2 => Just(b"\r\n".to_vec()),
        1 => Just(b"\r".to_vec()),
        1 => Just(b"\\".to_vec()),
        1 => Just(b"\0".to_vec()),
        1 => Just(vec![0xC3]),
        1 => Just(vec![0xEF, 0xBB, 0xBF]),
        4 => "[a-z]{1,20}".prop_map(String::into_bytes),
        1 => "[a-z]{60,140}".prop_map(String::into_bytes),
        2 => "é|日本|😀".prop_map(String::into_bytes),
    ];
    proptest::collection::vec(piece, 0..max).prop_map(|pieces| pieces.concat())
}

/// Cells that a well-behaved writer may quote or not.
fn cells() -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = prop_oneof![
        4 => "[a-z0-9 ]{0,12}",
        1 => "[a-z\"]{0,6}",
        2 => "[a-z,\"\n\r\té日😀\\\\]{0,90}",
    ];
    let row = proptest::collection::vec(cell, 1..6);
    proptest::collection::vec(row, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_read_the_same_at_any_chunking(
        bytes in texts(120),
        cuts in proptest::collection::vec(1usize..90, 1..40),
        record_bytes in prop_oneof![Just(1usize << 20), 1usize..200],
        backslash in any::<bool>(),
    ) {
        let escape = if backslash { Escape::Backslash } else { Escape::Double };
        let (dialect, limits) = (Dialect { escape, ..plain() }, Limits { record_bytes, ..Limits::default() });
        let whole = read(&bytes, dialect, limits, &mut std::iter::empty());
        for size in [1, 2, 3, 7, 64, 100] {
            let seen = read(&bytes, dialect, limits, &mut std::iter::repeat(size));
            prop_assert_eq!(&seen, &whole, "chunks of {}", size);
        }
        let seen = read(&bytes, dialect, limits, &mut cuts.into_iter());
        prop_assert_eq!(&seen, &whole);
    }

    #[test]
    fn what_a_writer_wrote_is_read_back(table in cells(), crlf in any::<bool>(), always in any::<bool>()) {
        // A row of one empty cell is a blank line, which no reader can tell from none.
        let table: Vec<_> = table.into_iter().filter(|row| row.len() > 1 || !row[0].is_empty()).collect();
        let mut writer = csv::WriterBuilder::new()
            .flexible(true)
            .terminator(if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') })
            .quote_style(if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary })
            .from_writer(Vec::new());
        for row in &table {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let expected: Vec<Vec<Vec<u8>>> =
            table.iter().map(|row| row.iter().map(|cell| cell.clone().into_bytes()).collect()).collect();
        prop_assert_eq!(rows(read_whole(&bytes)), expected);
    }

    #[test]
    fn all_before_the_first_defect_reads_as_the_csv_crate_reads_it(bytes in texts(120)) {
        let seen = read_whole(&bytes);
        let n_clean = seen.iter().take_while(|seen| matches!(seen, Seen::Row(..))).count();
        let is_clean = n_clean == seen.len();
        let (ours, mut theirs) = (rows(seen[..n_clean].to_vec()), oracle(&bytes));
        if !is_clean {
            theirs.truncate(n_clean);
        }
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn rows_and_defects_cover_the_file_in_order(bytes in texts(120)) {
        let seen = read_whole(&bytes);
        let mut last = None;
        for (number, seen) in seen.iter().enumerate() {
            let (at, raw_len) = match seen {
                Seen::Row(at, _) => (*at, 0),
                Seen::Defect(at, _, raw) => (*at, raw.len() as u64),
            };
            prop_assert_eq!(at.row, number as u64 + 1);
            prop_assert!(at.byte + raw_len <= bytes.len() as u64);
            prop_assert!(last < Some(at.byte));
            last = Some(at.byte);
            prop_assert_eq!(at.line, line_of(&bytes, at.byte as usize));
        }
    }
}

/// The physical line of a place: CRLF, CR and LF each end one.
fn line_of(bytes: &[u8], place: usize) -> u64 {
    let mut line = 1;
    for (at, byte) in bytes[..place].iter().enumerate() {
        let ends_pair = *byte == b'\n' && at > 0 && bytes[at - 1] == b'\r';
        line += u64::from(matches!(byte, b'\n' | b'\r') && !ends_pair);
    }
    line
}

fn at(row: u64, line: u64, byte: u64) -> Location {
    Location {
        file: 0,
        row,
        line,
        byte,
    }
}

fn row(location: Location, cells: &[&str]) -> Seen {
    Seen::Row(
        location,
        cells.iter().map(|cell| cell.as_bytes().to_vec()).collect(),
    )
}

fn defect(location: Location, kind: DefectKind, raw: &str) -> Seen {
    Seen::Defect(location, kind, raw.as_bytes().to_vec())
}

#[test]
fn an_unclosed_quote_takes_one_line_with_it() {
    let seen = read_whole(b"a,b\nc,\"d\ne,f\n");
    let expected = [
        row(at(1, 1, 0), &["a", "b"]),
        defect(at(2, 2, 4), DefectKind::UnclosedQuote, "c,\"d"),
        row(at(3, 3, 9), &["e", "f"]),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn text_after_a_quote_takes_one_line_with_it() {
    let seen = read_whole(b"\"a\"b,c\n\"d\",e\n");
    let expected = [
        defect(
            at(1, 1, 0),
            DefectKind::TextAfterQuote { offset: 3 },
            "\"a\"b,c",
        ),
        row(at(2, 2, 7), &["d", "e"]),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_nul_byte_or_bad_utf8_takes_its_row_with_it_line_breaks_and_all() {
    let seen = read_whole(b"a,\"b\n\0\"\nc,\"\n\xC3\"\n\xC3,\xA9\nd,e\n");
    let kinds: Vec<_> = seen
        .iter()
        .map(|seen| match seen {
            Seen::Row(at, _) => (at.row, at.line, None),
            Seen::Defect(at, kind, _) => (at.row, at.line, Some(*kind)),
        })
        .collect();
    let expected = [
        (1, 1, Some(DefectKind::NulByte { offset: 5 })),
        (2, 3, Some(DefectKind::InvalidUtf8 { offset: 4 })),
        (3, 5, Some(DefectKind::InvalidUtf8 { offset: 0 })),
        (4, 6, None),
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn a_quote_inside_an_unquoted_cell_is_a_character() {
    assert_eq!(
        rows(read_whole(b"5\" pipe,a\"b\nc,d\n")),
        oracle(b"5\" pipe,a\"b\nc,d\n")
    );
}

#[test]
fn a_row_above_the_limit_is_given_up_and_reading_goes_on_at_the_next_line() {
    let long = "x".repeat(300);
    let bytes = format!("a,b\n{long}\nc,\"{long}\nd,e\n");
    let seen = read(
        bytes.as_bytes(),
        plain(),
        Limits {
            record_bytes: 100,
            ..Limits::default()
        },
        &mut std::iter::repeat(10),
    );
    let expected = [
        row(at(1, 1, 0), &["a", "b"]),
        defect(at(2, 2, 4), DefectKind::TooLong, &long[..100]),
        defect(
            at(3, 3, 305),
            DefectKind::TooLong,
            &format!("c,\"{long}")[..100],
        ),
        row(at(4, 4, 609), &["d", "e"]),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_cell_even_in_pieces() {
    for size in 1..6 {
        let seen = read(
            b"\xEF\xBB\xBFa,b\n",
            plain(),
            Limits::default(),
            &mut std::iter::repeat(size),
        );
        assert_eq!(seen, [row(at(1, 1, 3), &["a", "b"])], "chunks of {size}");
    }
}

#[test]
fn backslash_escapes_as_spark_writes_them() {
    let dialect = Dialect {
        escape: Escape::Backslash,
        ..plain()
    };
    let first = r#"a,"say \"hi\", ok","c:\\dir\n""#;
    let bytes = format!("{first}\nx\\y,\"\",z\n");
    let seen = read(
        bytes.as_bytes(),
        dialect,
        Limits::default(),
        &mut std::iter::repeat(5),
    );
    let second = first.len() as u64 + 1;
    let expected = [
        row(at(1, 1, 0), &["a", "say \"hi\", ok", r"c:\dir\n"]),
        row(at(2, 2, second), &[r"x\y", "", "z"]),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn files_are_apart_from_each_other() {
    let mut reader = Reader::new(plain(), Limits::default());
    let mut places = Vec::new();
    for file in 0..3 {
        reader.begin_file(file);
        assert_eq!(reader.fill(b"\xEF\xBB\xBFa,b\n\"c"), 9);
        reader.end();
        loop {
            match reader.next() {
                Step::Record(record) => {
                    places.push((record.location().file, record.location().byte, true))
                }
                Step::Defect(defect) => places.push((defect.at.file, defect.at.byte, false)),
                Step::More => break,
            }
        }
    }
    assert_eq!(
        places,
        [
            (0, 3, true),
            (0, 7, false),
            (1, 3, true),
            (1, 7, false),
            (2, 3, true),
            (2, 7, false)
        ]
    );
}
