//! The core against the slow twin: the same bodies to the byte, the same rows rejected for the same
//! reasons, at any chunking.

use std::fs;
use std::path::Path;

use aiq_braze::{Batch, Diagnostic, Flow, Mapping, Probe, Row, Session, Sink, Summary};
use aiq_braze_tests::exports::{self, Defect, examples};
use aiq_braze_tests::random::Random;
use aiq_braze_tests::twin::{self, Twin};

#[derive(Debug, Default)]
struct Collect {
    bodies: Vec<String>,
    rejected: Vec<(u64, &'static str)>,
    n_rows: u64,
}

impl Sink for Collect {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        for object in batch.objects {
            let text = &batch.body[object.range.start as usize..object.range.end as usize];
            assert!(
                text.starts_with(b"{\"") && text.ends_with(b"}"),
                "an object's range is the object"
            );
            self.n_rows += object.n_rows;
        }
        let body = String::from_utf8(batch.body.to_vec()).expect("a body is UTF-8");
        self.bodies.push(body);
        Flow::Continue
    }

    fn reject(&mut self, reason: &Diagnostic, _: &Row<'_>) -> Flow {
        self.rejected.push((reason.at.row, reason.code.name()));
        Flow::Continue
    }
}

fn run(files: &[(&str, &[u8])], mapping: &str, chunk_bytes: usize) -> (Collect, Summary) {
    let mapping = Mapping::parse(mapping).expect("the mapping is right");
    let mut probe = mapping.format.map_or_else(Probe::new, Probe::with_format);
    probe.feed(files[0].1);
    let found = probe.finish().expect("the export is readable");
    let plan = mapping.compile(&found.header).expect("the mapping fits");
    let mut sink = Collect::default();
    let mut session = Session::new(plan);
    for (name, export) in files {
        session.begin_file(name);
        for chunk in export.chunks(chunk_bytes) {
            let flow = session.feed(chunk, &mut sink).expect("the header fits");
            assert_eq!(flow, Flow::Continue);
        }
        let flow = session.end_file(&mut sink).expect("the header fits");
        assert_eq!(flow, Flow::Continue);
    }
    let summary = session.finish(&mut sink);
    (sink, summary)
}

fn check(export: &[u8], mapping: &str) -> Twin {
    check_files(&[("export.csv", export)], mapping)
}

/// Compares core and twin at many chunkings, and answers with what the two agree on.
fn check_files(files: &[(&str, &[u8])], mapping: &str) -> Twin {
    let twin = twin::map_files(files, mapping);
    for chunk_bytes in [1, 2, 3, 7, 64, 1000, 64 << 10, usize::MAX >> 1] {
        let (sink, summary) = run(files, mapping, chunk_bytes);
        assert_eq!(sink.rejected, twin.rejected, "chunks of {chunk_bytes}");
        let differs = sink
            .bodies
            .iter()
            .zip(&twin.bodies)
            .position(|(ours, theirs)| ours != theirs);
        if let Some(number) = differs {
            assert_eq!(
                sink.bodies[number], twin.bodies[number],
                "body {number}, chunks of {chunk_bytes}, {mapping}"
            );
        }
        assert_eq!(
            sink.bodies.len(),
            twin.bodies.len(),
            "chunks of {chunk_bytes}"
        );
        assert_eq!(summary.rows, twin.rows);
        assert_eq!(summary.rejected, twin.rejected.len() as u64);
        assert_eq!(summary.nothing_to_send, twin.nothing_to_send);
        assert_eq!(summary.objects, twin.objects);
        assert_eq!(
            summary.rows,
            sink.n_rows + summary.rejected + summary.nothing_to_send
        );
        assert_eq!(summary.batches, twin.n_bodies);
        let n_bytes = twin.bodies.iter().map(|body| body.len() as u64);
        assert_eq!(summary.body_bytes, n_bytes.sum::<u64>());
    }
    twin
}

/// The nine kinds of bad rows that leave the file's structure whole, many times over.
fn defects(rows: u64) -> Vec<(u64, Defect)> {
    let kinds = exports::EXAMPLE_DEFECTS.map(|(_, defect)| defect);
    let kinds: Vec<Defect> = kinds
        .into_iter()
        .filter(|defect| !defect.breaks_reading())
        .collect();
    (1..=rows)
        .filter(|row| row % 97 == 5)
        .map(|row| (row, kinds[(row / 97) as usize % kinds.len()]))
        .collect()
}

#[test]
fn generated_audiences() {
    for seed in 1..=3 {
        check(
            &exports::audience(4_000, seed, &defects(4_000)),
            exports::EXAMPLE_MAPPING,
        );
    }
}

#[test]
fn membership_only() {
    let mapping = r#"{"version":1,"rows":"audience","identifiers":[{"column":"external_id","as":"braze_id"}],
        "audience":{"id":{"column":"audience_id"},"split":{"value":"9"},"name":"X {audience_id}/{split_id}"}}"#;
    check(&exports::membership(5_000, 7), mapping);
}

#[test]
fn short_columns_and_long_texts() {
    check(
        &exports::short_columns(300, 5),
        &exports::short_columns_mapping(),
    );
    check(&exports::long_text(600, 5), exports::LONG_TEXT_MAPPING);
}

#[test]
fn every_setting() {
    let export = exports::audience(1_500, 4, &defects(1_500));
    for unknown_users in ["\"create\"", "\"skip\""] {
        for empty in ["leave", "null", "blank"] {
            for on_bad_value in ["reject_row", "skip_cell"] {
                let mapping = format!(
                    r#"{{"version":1,"rows":"attributes","unknown_users":{unknown_users},"empty":"{empty}",
                    "identifiers":[{{"column":"customer_id","as":"external_id"}},{{"column":"email","as":"braze_id"}}],
                    "columns":[{{"header":"lifetime_value","type":"number","on_bad_value":"{on_bad_value}"}},
                        {{"header":"vip","type":"boolean","on_bad_value":"{on_bad_value}"}},
                        {{"header":"email","on_bad_value":"{on_bad_value}"}},
                        {{"header":"note","skip":true}}, {{"header":"tier ","as":"a \"tier\""}}]}}"#
                );
                check(&export, &mapping);
            }
        }
    }
    let leavers_null = r#"{"version":1,"rows":"audience","identifiers":[{"column":"customer_id","as":"external_id"}],
        "audience":{"id":{"value":"1"},"split":{"column":"split_id"},"leaver":null,
            "member":{"column":"status","true":["entered"],"false":["exited","member"]}},
        "other_columns":"skip","columns":[{"header":"status"}]}"#;
    check(&export, leavers_null);
}

#[test]
fn rows_with_nothing_to_send() {
    let export = b"external_id,a,b\n1,,\n2,x,\n3,,\n4,,y\n";
    check(
        export,
        r#"{"version":1,"rows":"attributes","identifiers":[{"column":"external_id","as":"external_id"}]}"#,
    );
}

/// How a hostile identifier is written to a file, and read from it.
struct Format {
    name: &'static str,
    delimiter: char,
    escape: &'static str,
    /// Quotes where nothing asks for them, too.
    quotes_all: bool,
}

/// Formats of JSON lines belong here as soon as there are any: their identifiers are JSON texts.
const FORMATS: [Format; 6] = [
    Format {
        name: "CSV",
        delimiter: ',',
        escape: "double",
        quotes_all: false,
    },
    Format {
        name: "quoted CSV",
        delimiter: ',',
        escape: "double",
        quotes_all: true,
    },
    Format {
        name: "TSV",
        delimiter: '\t',
        escape: "double",
        quotes_all: false,
    },
    Format {
        name: "pipe",
        delimiter: '|',
        escape: "double",
        quotes_all: false,
    },
    Format {
        name: "semicolon",
        delimiter: ';',
        escape: "double",
        quotes_all: false,
    },
    Format {
        name: "Spark",
        delimiter: ',',
        escape: "backslash",
        quotes_all: false,
    },
];

impl Format {
    fn cell(&self, text: &str) -> String {
        let special = [self.delimiter, '"', '\n', '\r', '\\'];
        if !self.quotes_all && !text.contains(special) {
            return text.to_owned();
        }
        let text = match self.escape {
            "backslash" => text.replace('\\', "\\\\").replace('"', "\\\""),
            _ => text.replace('"', "\"\""),
        };
        format!("\"{text}\"")
    }

    fn mapping(&self, kind: &str, label: &str) -> String {
        let delimiter = serde_json::Value::from(self.delimiter.to_string());
        format!(
            r#"{{"version":1,"rows":"attributes","format":{{"delimiter":{delimiter},"escape":"{}"}},
            "identifiers":[{{"column":"id","as":"{kind}"{label}}}]}}"#,
            self.escape
        )
    }
}

#[test]
fn hostile_identifiers_leave_every_format_as_they_came() {
    let of_bytes = |n_bytes: usize| "é".repeat(n_bytes / 2) + &"x".repeat(n_bytes % 2);
    let [alias, no_alias, long, too_long] = [236, 237, 987, 988].map(of_bytes);
    let ids = [
        "0",
        "00123",
        "007",
        "12345678901234567890",
        "123456789012345678901234567890",
        "+1555",
        "-0",
        "1e10",
        "1E400",
        "1.10",
        "0x1F",
        "NaN",
        "Infinity",
        "TRUE",
        "false",
        "null",
        "NULL",
        "None",
        "\\N",
        "  spaces  ",
        " x",
        "in side",
        "\u{FEFF}x",
        "x\u{FEFF}",
        "\u{A0}x\u{A0}",
        "\u{200B}",
        "e\u{301}",
        "\u{E9}",
        "１２３",
        "٣",
        "😀",
        "👩\u{200D}🚀",
        "a\\b",
        "a\\",
        "\\\"",
        "\\\\",
        "<b>&amp;</b>",
        "it's",
        "a/b?c#d",
        "${x}",
        "{{${first_name}}}",
        "=1+1",
        "@x",
        "%00",
        "\u{7F}",
        "say \"hi\"",
        "\"",
        "\"\"",
        "a,b",
        "a;b",
        "a|b",
        "tab\there",
        "line\nbreak",
        "cr\rlf\r\n",
        "\u{1}\u{1F}",
        "\u{2028}x",
        "\u{10FFFF}",
        "2024-05-31",
        "_aiq_row",
        &alias,
        &no_alias,
        &long,
        &too_long,
    ];
    for format in &FORMATS {
        for (kind, label, most) in [
            ("external_id", "", 987),
            ("braze_id", "", usize::MAX),
            ("user_alias", r#","label":{"value":"x"}"#, 236),
        ] {
            let mapping = format.mapping(kind, label);
            let mut export = format!("id{}a\n", format.delimiter);
            for id in ids {
                export += &format!("{}{}1\n", format.cell(id), format.delimiter);
            }
            let twin = check(export.as_bytes(), &mapping);
            // And by JSON's own rules, so that the twin is no witness in its own cause.
            let sent: Vec<String> = twin
                .bodies
                .iter()
                .flat_map(|body| {
                    let body: serde_json::Value =
                        serde_json::from_str(body).expect("a body is JSON");
                    body["attributes"].as_array().cloned().expect("attributes")
                })
                .map(|object| match kind {
                    "user_alias" => object[kind]["alias_name"].clone(),
                    _ => object[kind].clone(),
                })
                .map(|id| id.as_str().expect("an identifier is a text").to_owned())
                .collect();
            let (good, bad): (Vec<_>, Vec<_>) =
                ids.iter().enumerate().partition(|(_, id)| id.len() <= most);
            let good: Vec<_> = good.into_iter().map(|(_, id)| *id).collect();
            assert_eq!(sent, good, "{} {kind}", format.name);
            let bad: Vec<_> = bad
                .into_iter()
                .map(|(place, _)| (place as u64 + 1, "identifier-too-long"))
                .collect();
            assert_eq!(twin.rejected, bad, "{} {kind}", format.name);
        }
    }
}

#[test]
fn bodies_stay_below_four_megabytes() {
    let note = "x".repeat(90_000);
    let mut export = b"external_id,note\n".to_vec();
    for number in 0..100 {
        export.extend_from_slice(format!("{number},{note}\n").as_bytes());
    }
    export.extend_from_slice(format!("big,{}\n", "y".repeat(102_400)).as_bytes());
    let mapping = r#"{"version":1,"rows":"attributes","identifiers":[{"column":"external_id","as":"external_id"}]}"#;
    let twin = twin::map(&export, mapping);
    assert_eq!(twin.rejected, [(101, "object-too-large")]);
    assert_eq!(twin.bodies.len(), 3);
    check(&export, mapping);
}

#[test]
fn the_example_has_exactly_its_bad_rows() {
    let (sink, summary) = run(
        &[("export.csv", &exports::example())],
        exports::EXAMPLE_MAPPING,
        10_000,
    );
    assert_eq!(sink.rejected, exports::example_bad_rows());
    assert_eq!(summary.rows, exports::EXAMPLE_ROWS);
}

#[test]
fn the_examples_suggestion_has_exactly_two_certain_fixes() {
    let found = Probe::inspect(&exports::example()).expect("the example is readable");
    let plan = found
        .suggestion
        .mapping
        .compile(&found.header)
        .expect("the suggestion fits");
    let fixes: Vec<_> = plan
        .warnings()
        .iter()
        .filter_map(|problem| problem.fix.clone())
        .collect();
    let names: Vec<_> = plan
        .warnings()
        .iter()
        .map(|problem| problem.code.name())
        .collect();
    assert_eq!(names, ["near-standard-field", "spaces-around-name"]);
    assert!(
        fixes
            .iter()
            .all(|fix| fix.grade == aiq_braze::diag::Grade::Certain)
    );

    let mut mapping = found.suggestion.mapping;
    for fix in &fixes {
        fix.edit.apply(&mut mapping);
    }
    let plan = mapping
        .compile(&found.header)
        .expect("the fixed mapping fits");
    assert_eq!(plan.warnings(), []);
    let (sink, _) = run(
        &[("export.csv", &exports::example())],
        &mapping.to_json(),
        10_000,
    );
    assert_eq!(sink.rejected, exports::example_bad_rows());
}

/// Each committed example becomes the bodies that are committed beside it. JSON lines are read by the program
/// and not from here.
#[test]
fn the_examples_become_their_bodies() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("exports");
    for example in examples::all()
        .iter()
        .filter(|example| example.name != "events-json")
    {
        let bodies = format!("{}.bodies.jsonl", example.name);
        let bodies = fs::read_to_string(folder.join(bodies)).expect("bodies are committed");
        let texts = example.texts.iter();
        let texts: Vec<_> = texts
            .map(|(name, text)| (name.as_str(), text.as_slice()))
            .collect();
        let (sink, summary) = run(&texts, example.mapping, 777);
        assert_eq!(sink.bodies.join("\n") + "\n", bodies, "{}", example.name);
        let tally = summary.tally.iter().map(|(code, ..)| code.name());
        let tally: Vec<_> = tally
            .filter(|code| *code != "merged-values-differ")
            .collect();
        assert!(tally.is_empty(), "{}: {tally:?}", example.name);
    }
}

// --- Generated tables -----------------------------------------------------------------------------

/// Columns, and what their cells may be.
type Table<'t> = &'t [(&'t str, &'t [&'t str])];

/// An export whose cells are drawn by a seed.
fn table(columns: Table<'_>, n_rows: u64, seed: u64) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let header = columns.iter().map(|(header, _)| header);
    writer
        .write_record(header)
        .expect("memory takes everything");
    let mut random = Random::new(seed);
    for _ in 0..n_rows {
        let cells: Vec<&str> = columns
            .iter()
            .map(|(_, cells)| random.pick(cells))
            .collect();
        writer.write_record(cells).expect("memory takes everything");
    }
    writer.into_inner().expect("memory takes everything")
}

const IDS: &[&str] = &["1", "1", "2", "3", "007", ""];
const TEXTS: &[&str] = &["", "x", "y", "z, \"w\"", "\u{1}\\", "é😀", "a\nb"];
const TIMES: &[&str] = &[
    "",
    "2024-05-31",
    "2024-02-29T23:59:59Z",
    "2023-02-29",
    "2024-05-31 18:30",
    "2024-05-31T18:30:00.5+02:00",
    "2024-05-31 18:30:00,123456789 -0330",
    "2024-12-31T23:30:00-01",
    "1717180200",
    "1717180200123",
    "0717180200",
    "2024-05-31T24:00",
    "2024-05-31T18:30:60Z",
    "2024-05-31T18:30+24:00",
    "2024-5-31",
    "soon",
    "3000-12-31T23:59:59.999Z",
    "3000-12-31T23:59:59-00:01",
    "3001-01-01",
    "0000-01-01T00:00:00+00:01",
    "0000-01-01",
    "2024-05-31T18:30Z",
    "2024-05-31T18:30:00 UTC",
    "2024-05-31T18:30:00UTC",
    "2024-05-31T18:30:00  Z",
    "2024-05-31T",
    "1900-02-28 00:00:00",
    "2000-02-29",
    "2100-02-29",
    "1969-12-31T23:59:59.001Z",
    "9999999999",
    "9999999999999",
    "2024-05-31T18:30.5",
    "20240531",
];

#[test]
fn values_of_every_type() {
    let columns: Table<'_> = &[
        ("id", &["1", "2", "3", "4", "5"]),
        (
            "n",
            &["", "1", "-1.50", "1e5", "01", "x", "12345678901234567890"],
        ),
        (
            "i",
            &[
                "",
                "0",
                "-0",
                "9223372036854775807",
                "9223372036854775808",
                "1.0",
                "+1",
                "1e1",
            ],
        ),
        ("b", &["", "true", "N", "2"]),
        ("d", TIMES),
        ("t", TIMES),
        ("u", TIMES),
        ("l", &["", "a", "a;b", ";;", " a ;\"b\"", "\\;é"]),
        ("m", &["", "a||b", "|||", "||"]),
        (
            "j",
            &[
                "",
                "1.10",
                "null",
                "{\"a\" : [1, 2.50] }",
                "[\"a b\", \"\\\" \\u00e9\" ]",
                "{",
                "text",
                "[1,\n2]",
            ],
        ),
        ("email", &["", "a@b.co", "a@b"]),
        ("text", TEXTS),
    ];
    for (seed, on_bad_value) in [(1, "reject_row"), (2, "skip_cell"), (3, "skip_cell")] {
        for empty in ["leave", "null", "blank"] {
            let rule = |header: &str, rest: &str| {
                format!(r#"{{"header":"{header}",{rest},"on_bad_value":"{on_bad_value}"}}"#)
            };
            let rules = [
                rule("n", r#""type":"number""#),
                rule("i", r#""type":"integer""#),
                rule("b", r#""type":"boolean""#),
                rule("d", r#""type":"date""#),
                rule("t", r#""type":"time","zone":"UTC""#),
                rule("u", r#""type":"time","empty":"leave""#),
                rule("l", r#""type":"list""#),
                rule("m", r#""type":"list","separator":"||""#),
                rule("j", r#""type":"json""#),
                rule("email", r#""type":"text""#),
            ];
            let mapping = format!(
                r#"{{"version":1,"rows":"attributes","empty":"{empty}","identifiers":[{{"column":"id","as":"external_id"}}],
                "columns":[{}]}}"#,
                rules.join(",")
            );
            check(&table(columns, 1_500, seed), &mapping);
        }
    }
    // Each time alone, so that no other cell of its row hides it.
    let mut export = b"id,t\n".to_vec();
    for (number, time) in TIMES.iter().enumerate() {
        export.extend_from_slice(format!("{number},\"{time}\"\n").as_bytes());
    }
    for kind in ["date\"", "time\"", "time\",\"zone\":\"UTC\""] {
        let mapping = format!(
            r#"{{"version":1,"rows":"attributes","identifiers":[{{"column":"id","as":"external_id"}}],
            "columns":[{{"header":"t","type":"{kind}}}]}}"#
        );
        let twin = check(&export, &mapping);
        assert!(twin.objects > 5 && twin.rejected.len() > 5, "{twin:?}");
    }
}

#[test]
fn rows_of_one_user_that_follow_each_other() {
    let columns: Table<'_> = &[
        ("id", &["1", "1", "1", "2"]),
        ("aud", &["7", "8", ""]),
        ("status", &["in", "out"]),
        ("a", TEXTS),
        ("b", TEXTS),
        ("c", TEXTS),
    ];
    let identifiers = r#""identifiers":[{"column":"id","as":"external_id"}]"#;
    let audience = r#""rows":"audience","audience":{"id":{"column":"aud"},"split":{"value":"1"},
        "member":{"column":"status","true":["in"],"false":["out"]}}"#;
    for seed in 1..=4 {
        let export = table(columns, 2_000, seed);
        for rows in [r#""rows":"attributes""#, audience] {
            for empty in ["leave", "null", "blank"] {
                let mapping = format!(r#"{{"version":1,{rows},{identifiers},"empty":"{empty}"}}"#);
                let twin = check(&export, &mapping);
                assert!(
                    twin.objects * 2 < twin.rows - twin.rejected.len() as u64,
                    "rows were merged"
                );
            }
        }
    }
    // Long values: what would be too large is not merged, and bodies stay within their limit.
    let long = ["x".repeat(30_000), "y".repeat(50_000), "z".repeat(60_000)];
    let long: Vec<&str> = long.iter().map(String::as_str).collect();
    let columns: Table<'_> = &[
        ("id", &["1", "1", "2"]),
        ("a", &long),
        ("b", &long[..2]),
        ("c", &["", "k"]),
    ];
    check(
        &table(columns, 300, 1),
        &format!(r#"{{"version":1,"rows":"attributes",{identifiers}}}"#),
    );
}

#[test]
fn five_kinds_of_identifiers() {
    let columns: Table<'_> = &[
        ("ext", &["", "", "1", "007"]),
        ("bz", &["", "", "5f"]),
        ("crm", &["", "", "c-1"]),
        ("crm_label", &["", "crm", "\"x\""]),
        ("email", &["", "", "A@b.co", "a@b", "a@b.co"]),
        ("phone", &["", "+1 415", "none"]),
        ("a", TEXTS),
    ];
    let identifiers = |label: &str| {
        format!(
            r#"[{{"column":"ext","as":"external_id"}},{{"column":"bz","as":"braze_id"}},
            {{"column":"crm","as":"user_alias","label":{label}}},
            {{"column":"email","as":"email"}},{{"column":"phone","as":"phone"}}]"#
        )
    };
    for label in [
        r#"{"column":"crm_label"}"#,
        r#"{"value":"a \"label\""}"#,
        r#"{"file_part":"of"}"#,
    ] {
        for columns_too in ["[]", r#"[{"header":"email"},{"header":"phone"}]"#] {
            let mapping = format!(
                r#"{{"version":1,"rows":"attributes","unknown_users":"create","file_name":"{{of}}.csv",
                "identifiers":{},"columns":{columns_too}}}"#,
                identifiers(label)
            );
            check(&table(columns, 1_500, 5), &mapping);
        }
    }
}

#[test]
fn only_the_rows_that_are_meant() {
    let columns: Table<'_> = &[
        ("id", IDS),
        ("aud", &["7", "8", "a longer word", ""]),
        ("a", TEXTS),
    ];
    for words in [
        r#"["7"]"#,
        r#"["a longer word","8"]"#,
        r#"[""]"#,
        r#"["a word of no row"]"#,
    ] {
        let mapping = format!(
            r#"{{"version":1,"rows":"attributes","identifiers":[{{"column":"id","as":"external_id"}}],
            "where":{{"column":"aud","in":{words}}}}}"#
        );
        check(&table(columns, 1_000, 3), &mapping);
    }
}

#[test]
fn parts_of_the_files_names() {
    let columns: Table<'_> = &[("id", IDS), ("a", TEXTS)];
    let tables = [1, 2, 3].map(|seed| table(columns, 300, seed));
    let files = [
        ("audience_1042_1_20260101.csv", &*tables[0]),
        ("audience_1042_2_20260101.csv", &*tables[1]),
        ("audience_1077_1_x.csv", &*tables[2]),
    ];
    let mapping = r#"{"version":1,"rows":"audience","file_name":"audience_{aud}_{split}_{}.csv",
        "identifiers":[{"column":"id","as":"external_id"}],
        "audience":{"id":{"file_part":"aud"},"split":{"file_part":"split"}}}"#;
    check_files(&files, mapping);
}

#[test]
fn rows_of_a_rejects_file_come_from_many_files() {
    let of_files = &[
        "audience_1042_1_x.csv",
        "audience_1042_2_x.csv",
        "audience_77_1_x.csv",
        "members.csv",
        "",
    ];
    let columns: Table<'_> = &[
        ("_aiq_file", of_files),
        ("_aiq_row", &["1", "2"]),
        ("_aiq_code", &["why"]),
        ("_aiq_reason", &["", "why"]),
        ("id", IDS),
        ("l", &["", ";", ";;", "a;b"]),
    ];
    let rejects = table(columns, 2_000, 4);
    let mapping = r#"{"version":1,"rows":"audience","file_name":"audience_{aud}_{split}_{}.csv",
        "identifiers":[{"column":"id","as":"external_id"}],"empty":"null",
        "audience":{"id":{"file_part":"aud"},"split":{"file_part":"split"}},
        "columns":[{"header":"l","type":"list"}]}"#;
    let twin = check_files(&[("rejects.csv", &rejects)], mapping);
    let of_other_names = |(_, code): &&(u64, &str)| *code == "file-name-differs";
    assert!(twin.rejected.iter().filter(of_other_names).count() > 100);
    assert!(twin.bodies.concat().contains("AIQ_77_1"));
}

#[test]
fn names_with_dots() {
    let columns: Table<'_> = &[
        ("id", IDS),
        ("address.city", TEXTS),
        ("a", TEXTS),
        ("address.geo.lat", &["", "1.10", "x"]),
        ("pet.name", TEXTS),
        ("address.zip", &["", "00123"]),
        ("address.since", TIMES),
        ("address.at", TIMES),
    ];
    for nested_names in ["replace", "merge", "off"] {
        for empty in ["leave", "null"] {
            let mapping = format!(
                r#"{{"version":1,"rows":"attributes","nested_names":"{nested_names}","empty":"{empty}",
                "identifiers":[{{"column":"id","as":"external_id"}}],
                "columns":[{{"header":"address.geo.lat","type":"number","on_bad_value":"skip_cell"}},
                    {{"header":"address.since","type":"date","on_bad_value":"skip_cell"}},
                    {{"header":"address.at","type":"time","zone":"UTC"}}]}}"#
            );
            check(&table(columns, 1_500, 6), &mapping);
        }
    }
}

const EVENTS: Table<'_> = &[
    ("id", IDS),
    ("name", &["bought", "viewed", "left", ""]),
    ("time", TIMES),
    ("app", &["", "app-1", "\"app\""]),
    ("bought.properties.price", &["", "1.10", "x"]),
    ("viewed.properties.price", TEXTS),
    ("viewed.properties.page", TEXTS),
    ("note", TEXTS),
    ("cart.sku", &["", "007"]),
    ("cart.at", TIMES),
];

#[test]
fn events_with_properties() {
    for name in [
        r#"{"column":"name"}"#,
        r#"{"value":"bought"}"#,
        r#"{"file_part":"of"}"#,
    ] {
        for (seed, nested_names) in [(1, "off"), (2, "replace"), (3, "merge")] {
            let mapping = format!(
                r#"{{"version":1,"rows":"events","file_name":"{{of}}.csv","nested_names":"{nested_names}",
                "unknown_users":"skip","identifiers":[{{"column":"id","as":"external_id"}}],
                "event":{{"name":{name},"time":{{"column":"time","zone":"UTC"}},"app_id":{{"column":"app"}}}},
                "columns":[{{"header":"bought.properties.price","type":"number"}},
                    {{"header":"cart.at","type":"time","zone":"UTC","on_bad_value":"skip_cell"}}]}}"#
            );
            let export = table(EVENTS, 3_000, seed);
            let twin = check_files(&[("viewed.csv", &export)], &mapping);
            assert!(twin.objects > 100, "{} objects", twin.objects);
        }
    }
}
