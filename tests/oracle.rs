//! The core against the slow twin: the same bodies to the byte, the same rows rejected for the same
//! reasons, at any chunking.

use aiq_braze::{Batch, Diagnostic, Flow, Mapping, Probe, Row, Session, Sink, Summary};
use aiq_braze_tests::exports::{self, Defect};
use aiq_braze_tests::twin;

#[derive(Debug, Default)]
struct Collect {
    bodies: Vec<String>,
    rejected: Vec<(u64, &'static str)>,
}

impl Sink for Collect {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        for object in batch.objects {
            let text = &batch.body[object.range.start as usize..object.range.end as usize];
            assert!(
                text.starts_with(b"{\"") && text.ends_with(b"}"),
                "an object's range is the object"
            );
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

fn run(export: &[u8], mapping: &str, chunk_bytes: usize) -> (Collect, Summary) {
    let mapping = Mapping::parse(mapping).expect("the mapping is right");
    let found = Probe::inspect(export).expect("the export is readable");
    let plan = mapping.compile(&found.header).expect("the mapping fits");
    let mut sink = Collect::default();
    let mut session = Session::new(plan);
    session.begin_file("export.csv");
    for chunk in export.chunks(chunk_bytes) {
        assert_eq!(
            session.feed(chunk, &mut sink).expect("the header fits"),
            Flow::Continue
        );
    }
    assert_eq!(
        session.end_file(&mut sink).expect("the header fits"),
        Flow::Continue
    );
    let summary = session.finish(&mut sink);
    (sink, summary)
}

fn check(export: &[u8], mapping: &str) {
    let twin = twin::map(export, mapping);
    for chunk_bytes in [1, 2, 3, 7, 64, 1000, 64 << 10, usize::MAX >> 1] {
        let (sink, summary) = run(export, mapping, chunk_bytes);
        assert_eq!(sink.rejected, twin.rejected, "chunks of {chunk_bytes}");
        let differs = sink
            .bodies
            .iter()
            .zip(&twin.bodies)
            .position(|(ours, theirs)| ours != theirs);
        if let Some(number) = differs {
            assert_eq!(
                sink.bodies[number], twin.bodies[number],
                "body {number}, chunks of {chunk_bytes}"
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
        assert_eq!(
            summary.rows,
            summary.objects + summary.rejected + summary.nothing_to_send
        );
        assert_eq!(summary.batches, twin.bodies.len() as u64);
        assert_eq!(
            summary.body_bytes,
            twin.bodies
                .iter()
                .map(|body| body.len() as u64)
                .sum::<u64>()
        );
    }
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

#[test]
fn hostile_identifiers_leave_as_they_came() {
    let long = "é".repeat(493) + "x"; // 987 bytes
    let too_long = "é".repeat(494); // 988 bytes
    let ids = [
        "00123",
        "12345678901234567890",
        "123456789012345678901234567890",
        "+1555",
        "-0",
        "1e10",
        "NaN",
        "TRUE",
        "null",
        "  spaces  ",
        "\u{FEFF}x",
        "\u{A0}",
        "e\u{301}",
        "１２３",
        "😀",
        "a\\b",
        "<b>&amp;</b>",
        "it's",
        "a/b?c#d",
        "\u{7F}",
        "say \"hi\"",
        "a,b",
        "line\nbreak",
        "tab\there",
        "\u{1}",
        &long,
        &too_long,
    ];
    let mut export = b"external_id,a\n".to_vec();
    for id in ids {
        export.extend_from_slice(format!("\"{}\",1\n", id.replace('"', "\"\"")).as_bytes());
    }
    let mapping = r#"{"version":1,"rows":"attributes","identifiers":[{"column":"external_id","as":"external_id"}]}"#;
    check(&export, mapping);
    let (sink, _) = run(&export, mapping, 1000);
    let body: serde_json::Value = serde_json::from_str(&sink.bodies[0]).expect("a body is JSON");
    let sent: Vec<_> = body["attributes"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|object| object["external_id"].as_str())
        .collect();
    let expected: Vec<_> = ids[..ids.len() - 1].iter().copied().map(Some).collect();
    assert_eq!(sent, expected);
    assert_eq!(sink.rejected, [(ids.len() as u64, "identifier-too-long")]);
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
    let (sink, summary) = run(&exports::example(), exports::EXAMPLE_MAPPING, 10_000);
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
    let (sink, _) = run(&exports::example(), &mapping.to_json(), 10_000);
    assert_eq!(sink.rejected, exports::example_bad_rows());
}
