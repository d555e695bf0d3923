//! The JSON reader against serde_json, and against itself at other chunk sizes.

use std::collections::BTreeMap;

use aiq_braze::read::{CellKind, DefectKind, JsonReader, Limits, Location, Step};
use proptest::prelude::*;
use serde_json::value::RawValue;

/// A cell as it was read: what it is, and its text.
type Cell = (CellKind, String);

/// What the reader makes of a file: objects without what is absent, or why not, each with its place.
#[derive(Clone, Debug, PartialEq)]
enum Seen {
    Row(Location, BTreeMap<String, Cell>, Vec<u8>),
    Defect(Location, DefectKind, Vec<u8>),
}

fn read(bytes: &[u8], limits: Limits, chunks: &mut dyn Iterator<Item = usize>) -> Vec<Seen> {
    let mut reader = JsonReader::new(&["id".to_owned()], limits);
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
            let (at, cells, raw) = match reader.next() {
                Step::Record(record) => {
                    let cells = (0..record.width()).map(|column_idx| {
                        let text = record.text(column_idx).expect("the row has this cell");
                        let text = String::from_utf8(text.into_owned()).expect("it is UTF-8");
                        (record.kind(column_idx), text)
                    });
                    let cells: Vec<Cell> = cells.collect();
                    (record.location(), cells, record.raw().to_vec())
                }
                Step::Defect(defect) => {
                    let raw = defect.raw.to_vec();
                    seen.push(Seen::Defect(defect.at, defect.kind, raw));
                    continue;
                }
                Step::More => break,
            };
            let cells = reader.columns().iter().cloned().zip(cells);
            let cells = cells.filter(|(_, (kind, _))| *kind != CellKind::Absent);
            seen.push(Seen::Row(at, cells.collect(), raw));
        }
        if at_end {
            return seen;
        }
    }
}

fn read_whole(bytes: &[u8]) -> Vec<Seen> {
    read(bytes, Limits::default(), &mut std::iter::empty())
}

/// An object by serde_json.
fn oracle(object: &str) -> BTreeMap<String, Cell> {
    let members: BTreeMap<String, Box<RawValue>> =
        serde_json::from_str(object).expect("it is an object");
    let cells = members.into_iter().map(|(key, value)| {
        let raw = value.get();
        let cell = match raw.as_bytes()[0] {
            b'"' => (
                CellKind::Text,
                serde_json::from_str(raw).expect("it is a string"),
            ),
            b'n' => (CellKind::Null, String::new()),
            b't' | b'f' => (CellKind::Boolean, raw.to_owned()),
            b'{' | b'[' => (CellKind::Nested, raw.to_owned()),
            _ => (CellKind::Number, raw.to_owned()),
        };
        (key, cell)
    });
    cells.collect()
}

/// A string of JSON, written in the many ways in which it can be.
fn strings() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-z ]{0,9}",
        1 => "[a-z,:{}\\[\\]]{60,140}",
        2 => "é|日本|😀|\u{2028}|\u{7f}",
        2 => prop::sample::select(vec!["\\\"", "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"])
            .prop_map(str::to_owned),
        1 => prop::sample::select(vec!["\\u0041", "\\u00e9", "\\uD83D\\uDE00", "\\u001f", "\\ufFfF"])
            .prop_map(str::to_owned),
        1 => "[{}\\[\\],:]{1,4}",
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn values() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        "-?(0|[1-9][0-9]{0,30})",
        "-?(0|[1-9][0-9]{0,3})\\.[0-9]{1,30}",
        "-?[1-9]\\.[0-9]{1,3}[eE][-+]?[0-9]{1,4}",
    ];
    let word = prop::sample::select(vec!["true", "false", "null"]).prop_map(str::to_owned);
    let leaf = prop_oneof![4 => strings(), 2 => number, 1 => word];
    let space = || "[ \n\t]{0,2}";
    leaf.prop_recursive(4, 20, 4, move |inner| {
        let member = (strings(), space(), inner.clone());
        let list = (prop::collection::vec(inner, 0..4), space())
            .prop_map(|(items, space)| format!("[{space}{}{space}]", items.join(",")));
        let object = (prop::collection::vec(member, 0..4), space()).prop_map(|(members, space)| {
            let members: Vec<_> = members
                .iter()
                .map(|(key, space, value)| format!("{key}{space}:{space}{value}"))
                .collect();
            format!("{{{}{space}}}", members.join(&format!("{space},")))
        });
        prop_oneof![list, object]
    })
}

/// Objects as texts, each with the keys only once.
fn objects() -> impl Strategy<Value = Vec<String>> {
    let object = prop::collection::vec((strings(), values()), 0..6).prop_map(|members| {
        let mut seen = Vec::new();
        let mut texts = Vec::new();
        for (key, value) in members {
            let name: String = serde_json::from_str(&key).expect("it is a string");
            if !seen.contains(&name) {
                seen.push(name);
                texts.push(format!("{key}:{value}"));
            }
        }
        format!("{{{}}}", texts.join(","))
    });
    prop::collection::vec(object, 0..12)
}

/// What matters to the reader, good and bad.
fn pieces(max: usize) -> impl Strategy<Value = Vec<u8>> {
    let texts = vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\n",
        "\r\n",
        "\r",
        " ",
        "  ",
        "\t",
        "1",
        "-",
        "0.5",
        "true",
        "nul",
        "\"id\":",
        "\"a\":1",
        "{\"id\":\"u\"}",
        "{\"id\":\"u\"}\n",
        "\\u",
        "\\ud83d",
        "\\u0000",
        "\0",
        "é",
        "\u{FEFF}",
        "{\"a\":[1,{\"b\":2}]},\n",
    ];
    let piece = prop_oneof![
        20 => prop::sample::select(texts).prop_map(|text| text.as_bytes().to_vec()),
        1 => Just(vec![0xC3]),
        1 => "[a-z]{60,140}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..max).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn objects_read_as_serde_json_reads_them_in_any_layout_and_chunking(
        objects in objects(),
        cuts in prop::collection::vec(1usize..90, 1..40),
        mark in any::<bool>(),
    ) {
        let expected: Vec<_> = objects.iter().map(|object| oracle(object)).collect();
        let layouts = [
            objects.join("\n"),
            objects.iter().map(|object| format!("{object}\r\n")).collect(),
            format!("[{}]", objects.join(",")),
            format!("\n[\n  {}\n]\n", objects.join(" ,\n  ")),
            objects.concat(),
        ];
        for layout in layouts {
            let bytes = [if mark { "\u{FEFF}" } else { "" }, &layout].concat().into_bytes();
            let whole = read_whole(&bytes);
            let rows = whole.iter().map(|seen| match seen {
                Seen::Row(_, cells, _) => cells.clone(),
                Seen::Defect(..) => panic!("{seen:?} in {layout}"),
            });
            prop_assert_eq!(&rows.collect::<Vec<_>>(), &expected, "{}", layout);
            for (seen, object) in whole.iter().zip(&objects) {
                prop_assert!(matches!(seen, Seen::Row(_, _, raw) if raw == object.as_bytes()));
            }
            for size in [1, 2, 3, 7, 64, 64 << 10] {
                let seen = read(&bytes, Limits::default(), &mut std::iter::repeat(size));
                prop_assert_eq!(&seen, &whole, "chunks of {}", size);
            }
            let seen = read(&bytes, Limits::default(), &mut cuts.clone().into_iter());
            prop_assert_eq!(&seen, &whole);
        }
    }

    #[test]
    fn any_bytes_read_the_same_at_any_chunking(
        bytes in pieces(60),
        cuts in prop::collection::vec(1usize..90, 1..40),
        record_bytes in prop_oneof![Just(1usize << 20), 1usize..200],
        nesting in 1usize..5,
    ) {
        let limits = Limits { record_bytes, nesting, columns: 3 };
        let whole = read(&bytes, limits, &mut std::iter::empty());
        for size in [1, 2, 3, 7, 64, 100] {
            let seen = read(&bytes, limits, &mut std::iter::repeat(size));
            prop_assert_eq!(&seen, &whole, "chunks of {}", size);
        }
        let seen = read(&bytes, limits, &mut cuts.into_iter());
        prop_assert_eq!(&seen, &whole);
    }

    #[test]
    fn rows_and_defects_stand_in_the_file_in_order(bytes in pieces(60)) {
        let mut behind = 0;
        for (number, seen) in read_whole(&bytes).iter().enumerate() {
            let (at, raw) = match seen {
                Seen::Row(at, _, raw) | Seen::Defect(at, _, raw) => (at, raw),
            };
            let start = at.byte as usize;
            prop_assert_eq!(at.row, number as u64 + 1);
            prop_assert!(behind <= start);
            prop_assert_eq!(&bytes[start..start + raw.len()], raw.as_slice());
            prop_assert_eq!(at.line, line_of(&bytes, start));
            // What is passed over says nothing.
            let between = |byte: &u8| b" \t\r\n,[]}\xEF\xBB\xBF".contains(byte);
            prop_assert!(bytes[behind..start].iter().all(between));
            behind = start + raw.len();
        }
    }

    #[test]
    fn a_line_is_no_json_where_serde_json_says_so(line in pieces(12)) {
        let line: Vec<u8> = line.into_iter().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
        let line = [b"{", line.trim_ascii()].concat();
        let Ok(text) = std::str::from_utf8(&line) else { return Ok(()) };
        let seen = read_whole(&line);
        // Behind an object, what closes or parts objects is passed over.
        let end = match &seen[0] {
            Seen::Row(_, _, raw) if seen.len() == 1 && line[raw.len()..].iter().all(|byte| b" \t,[]}".contains(byte)) => raw.len(),
            _ => text.len(),
        };
        let is_json = serde_json::from_str::<&RawValue>(&text[..end]).is_ok();
        let is_one = seen.len() == 1;
        let is_ours = match &seen[0] {
            Seen::Row(..) => is_one,
            // A NUL byte is told as such, whether it is escaped or not.
            Seen::Defect(_, DefectKind::NulByte { .. }, _) => return Ok(()),
            Seen::Defect(_, kind, _) => is_one && !matches!(kind, DefectKind::BadJson { .. }),
        };
        prop_assert_eq!(is_ours, is_json, "{} {:?}", text, seen);
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

/// Each row as its id or `-`, or as its defect, with what it takes along.
fn told(bytes: &[u8], limits: Limits) -> Vec<String> {
    let told = read(bytes, limits, &mut std::iter::repeat(5)).into_iter();
    let told = told.map(|seen| match seen {
        Seen::Row(_, cells, _) => cells.get("id").map_or("-".to_owned(), |(_, id)| id.clone()),
        Seen::Defect(_, kind, raw) => format!("{kind:?} {}", String::from_utf8_lossy(&raw)),
    });
    told.collect()
}

#[test]
fn bad_rows_take_nothing_else_with_them() {
    let cases: &[(&str, &[&str])] = &[
        ("", &[]),
        (" \n[ ]\n", &[]),
        ("{}{}", &["-", "-"]),
        // What is balanced ends where it is balanced.
        (
            "{\"id\":1,,}{\"id\":2}",
            &["BadJson { offset: 8 } {\"id\":1,,}", "2"],
        ),
        (
            "[{\"id\":\"a\nb\"},{\"id\":2}]\n",
            &[
                "BadJson { offset: 8 } {\"id\":\"a",
                "BadJson { offset: 0 } b\"},{\"id\":2}]",
                "BadJson { offset: 0 } ",
            ],
        ),
        (
            "{\"id\":\"say \"hi\", ok\"}\n{\"id\":2}\n",
            &["BadJson { offset: 12 } {\"id\":\"say \"hi\", ok\"}", "2"],
        ),
        // What is not ends with its line.
        (
            "{\"id\":{\"a\":1}\n{\"id\":2}\n{\"id\":3}\n",
            &["BadJson { offset: 14 } {\"id\":{\"a\":1}", "2", "3"],
        ),
        (
            "{\"id\":[1}\n{\"id\":2}\n",
            &["BadJson { offset: 8 } {\"id\":[1}", "2"],
        ),
        ("{\"id\":1\n", &["BadJson { offset: 8 } {\"id\":1"]),
        (
            "{\"id\":1}}\n{\"id\":2}",
            &["1", "BadJson { offset: 0 } }", "2"],
        ),
        (
            "{\"id\":1}\nid,name\n{\"id\":2}\n",
            &["1", "BadJson { offset: 0 } id,name", "2"],
        ),
        // No object.
        (
            "[{\"id\":1},2,\"x\",[{\"id\":9}],null,{\"id\":3}]",
            &[
                "1",
                "NotAnObject 2",
                "NotAnObject \"x\"",
                "NotAnObject [{\"id\":9}]",
                "NotAnObject null",
                "3",
            ],
        ),
        (
            "\"id\": 1\n{\"id\":2}",
            &["BadJson { offset: 4 } \"id\": 1", "2"],
        ),
        // An array that is not closed was cut.
        (
            "[{\"id\":1},\n{\"id\":2},\n",
            &["1", "2", "BadJson { offset: 0 } "],
        ),
        ("[{\"id\":1}]\n[{\"id\":2}]\n", &["1", "2"]),
        (
            "{\"id\":1}\n]\n{\"id\":2}\n",
            &["1", "BadJson { offset: 0 } ]", "2"],
        ),
        // Flaws of an object that is JSON.
        (
            "{\"id\":1,\"\\u0069d\":2}{\"id\":3}",
            &["DoubledKey { offset: 9 } {\"id\":1,\"\\u0069d\":2}", "3"],
        ),
        (
            "{\"x\":1,\"x\":2}{\"id\":3}",
            &["DoubledKey { offset: 8 } {\"x\":1,\"x\":2}", "3"],
        ),
        (
            "{\"id\":\"\\ud83d\"}\n{\"id\":[\"\\ude00\"]}\n{\"id\":\"\\ud83d\\ude00\"}",
            &[
                "LoneSurrogate { offset: 7 } {\"id\":\"\\ud83d\"}",
                "LoneSurrogate { offset: 8 } {\"id\":[\"\\ude00\"]}",
                "😀",
            ],
        ),
        (
            "{\"id\":\"a\\u0000\"}\n{\"id\":\"a\0\"}\n",
            &[
                "NulByte { offset: 8 } {\"id\":\"a\\u0000\"}",
                "NulByte { offset: 8 } {\"id\":\"a\0\"}",
            ],
        ),
        (
            "{\"a\":[[[1]]]}{\"a\":[[{\"id\":2}]]}{\"a\":[[2]]}",
            &[
                "TooDeep { offset: 7, limit: 3 } {\"a\":[[[1]]]}",
                "TooDeep { offset: 7, limit: 3 } {\"a\":[[{\"id\":2}]]}",
                "-",
            ],
        ),
    ];
    let limits = Limits {
        nesting: 3,
        ..Limits::default()
    };
    for (text, expected) in cases {
        assert_eq!(told(text.as_bytes(), limits), *expected, "{text}");
    }
    let seen = told(b"{\"id\":\"\xC3\"}\n{\"id\":2}\n", limits);
    assert_eq!(
        seen,
        ["InvalidUtf8 { offset: 7 } {\"id\":\"\u{FFFD}\"}", "2"]
    );
}

#[test]
fn the_inside_of_a_bad_row_is_never_a_row() {
    let bad = "{\n    \"id\": 1,\n    \"items\": [\n      {\"id\": 7},\n      {\"id\": 8}\n    ,\n    \"x\": 2\n  }";
    let text = format!("[\n  {{\"id\": 0}},\n  {bad},\n  {{\n    \"id\": 3\n  }}\n]\n");
    let seen = told(text.as_bytes(), Limits::default());
    assert_eq!(seen.len(), 3, "{seen:?}");
    assert_eq!((&*seen[0], &*seen[2]), ("0", "3"));
    assert!(
        seen[1].starts_with("BadJson") && seen[1].ends_with(bad),
        "{seen:?}"
    );
}

#[test]
fn a_row_above_the_limit_is_given_up_and_reading_goes_on_at_the_next_line() {
    let long = "x".repeat(300);
    let text = format!("{{\"id\":1}}\n{{\"id\":\"{long}\"}}\n{{\"id\":2}}\n");
    let limits = Limits {
        record_bytes: 100,
        ..Limits::default()
    };
    let seen = told(text.as_bytes(), limits);
    let cut = format!("TooLong {}", &format!("{{\"id\":\"{long}")[..100]);
    assert_eq!(seen, ["1", &cut, "2"]);
}

#[test]
fn what_is_deep_beyond_measure_ends_with_its_line() {
    let text = format!("{}\n{{\"id\":2}}\n", "{\"a\":".repeat(100_000));
    let seen = told(text.as_bytes(), Limits::default());
    assert!(seen[0].starts_with("TooDeep { offset: 320, limit: 64 }"));
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[1], "2");
}

#[test]
fn later_columns_are_sorted_and_there_are_not_too_many() {
    let mut reader = JsonReader::new(
        &["z".to_owned(), "a".to_owned()],
        Limits {
            columns: 4,
            ..Limits::default()
        },
    );
    reader.fill(br#"{"m":1}{"c":1,"z":2}{"d":1}{"a":1,"_aiq_row":3,"_aiq_raw":4,"_aiq_row":5}"#);
    reader.end();
    let mut seen = Vec::new();
    loop {
        match reader.next() {
            Step::Record(record) => seen.push(record.width()),
            Step::Defect(defect) => {
                let (found, limit) = (5, 4);
                assert_eq!(defect.kind, DefectKind::TooManyColumns { found, limit });
                assert_eq!(defect.raw, br#"{"d":1}"#);
            }
            Step::More => break,
        }
    }
    assert_eq!(seen, [3, 4, 4]);
    assert_eq!(reader.columns(), ["z", "a", "c", "m"]);
}
