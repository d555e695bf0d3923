//! Sessions over JSON exports: columns that come at any time, and rejects that can be read again.

use aiq_braze::read::{Dialect, Format, Limits};
use aiq_braze::{
    Batch, Diagnostic, Fatal, Flow, Header, Language, Mapping, Options, Plan, Probe, ProbeError,
    Row, Session, Sink, Summary, map_all, rejects,
};
use aiq_braze_tests::exports;

#[derive(Default)]
struct Collect {
    bodies: Vec<String>,
    said: Vec<String>,
    rejected: Vec<(u64, &'static str)>,
    rejects: Vec<u8>,
}

impl Sink for Collect {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        let body = String::from_utf8(batch.body.to_vec());
        self.bodies.push(body.expect("a body is UTF-8"));
        Flow::Continue
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic, row: &Row<'_>) -> Flow {
        let problem = row.problem(diagnostic);
        self.said.push(problem.message(Language::English));
        Flow::Continue
    }

    fn reject(&mut self, reason: &Diagnostic, row: &Row<'_>) -> Flow {
        self.rejected.push((reason.at.row, reason.code.name()));
        row.write_reject(&mut self.rejects, reason);
        Flow::Continue
    }
}

fn mapping(rest: &str) -> Mapping {
    let json = format!(
        r#"{{"version":1,"rows":"attributes","identifiers":[{{"column":"id","as":"external_id"}}]{rest}}}"#
    );
    Mapping::parse(&json).expect("the mapping is right")
}

fn plan(mapping: &Mapping, names: &[&str]) -> Plan {
    let header = Header::new(Format::Json, names.iter().copied());
    mapping.compile(&header).expect("it fits")
}

fn run(plan: Plan, read: Limits, files: &[&str], sink: &mut Collect) -> Result<Summary, Fatal> {
    let options = Options {
        read,
        ..Options::default()
    };
    let mut session = Session::with_options(plan, options);
    for file in files {
        session.begin_file("part.json");
        for chunk in file.as_bytes().chunks(7) {
            let _ = session.feed(chunk, sink)?;
        }
        let _ = session.end_file(sink)?;
    }
    Ok(session.finish(sink))
}

fn run_fine(plan: Plan, files: &[&str]) -> (Summary, Collect) {
    let mut sink = Collect::default();
    let summary = run(plan, Limits::default(), files, &mut sink).expect("it is read");
    (summary, sink)
}

#[test]
fn all_layouts_give_the_same_bodies() {
    let objects = [
        r#"{"id":"00123","name":"say \"hi\"\n","ltv":1.10}"#,
        r#"{"ltv":null,"id":7,"tags":["a", 1]}"#,
        r#"{"name":"","id":"\"u\""}"#,
    ];
    let layouts = [
        objects.join("\n"),
        format!("[{}]", objects.join(",")),
        format!("\u{FEFF}[\n  {}\n]\n", objects.join(",\n  ")),
        objects.concat(),
    ];
    for layout in layouts {
        let suggested = map_all(layout.as_bytes(), None)
            .err()
            .map(|error| error.to_string());
        assert!(
            suggested.is_some_and(|words| words.contains("identifier")),
            "\"id\" is not certain"
        );
        let mapped =
            map_all(layout.as_bytes(), Some(&mapping("").to_json())).expect("it is mapped");
        assert_eq!(
            mapped.bodies,
            [concat!(
                r#"{"attributes":[{"external_id":"00123","name":"say \"hi\"\n","ltv":1.10},"#,
                r#"{"external_id":"7","tags":["a",1]}]}"#
            )]
        );
        assert_eq!(
            (mapped.summary.rows, mapped.summary.nothing_to_send),
            (3, 1)
        );
    }
}

#[test]
fn columns_that_come_later_are_sent_sorted_whatever_came_before() {
    let files = [
        "{\"id\":1,\"x\":2}\n{\"id\":2,\"m\":3}\n",
        "[{\"id\":3,\"m\":4,\"b\":5,\"x\":6,\"c\":\"\\u00e9\"}]",
    ];
    let whole = run_fine(plan(&mapping(""), &["id", "x"]), &files);
    let later = run_fine(plan(&mapping(""), &["id", "x"]), &files[1..]);
    let last = r#"{"external_id":"3","x":6,"b":5,"c":"é","m":4}"#;
    assert_eq!(
        whole.1.bodies,
        [format!(
            r#"{{"attributes":[{{"external_id":"1","x":2}},{{"external_id":"2","m":3}},{last}]}}"#
        )]
    );
    assert_eq!(later.1.bodies, [format!(r#"{{"attributes":[{last}]}}"#)]);
    assert_eq!(whole.0.later_columns, ["b", "c", "m"]);

    let skipping = mapping(r#","columns":[{"header":"x"}],"other_columns":"skip""#);
    let (summary, sink) = run_fine(plan(&skipping, &["id", "x"]), &files);
    assert_eq!(
        sink.bodies,
        [r#"{"attributes":[{"external_id":"1","x":2},{"external_id":"3","x":6}]}"#]
    );
    assert_eq!((summary.nothing_to_send, summary.rejected), (1, 0));
    assert!(
        summary.later_columns.is_empty(),
        "what is not sent is no column"
    );
}

#[test]
fn a_column_that_cannot_be_sent_rejects_its_rows_and_no_others() {
    let file = "{\"id\":1,\"x\":2}\n{\"id\":2,\"braze_id\":3,\"new\":1}\n{\"id\":3,\"new\":4}\n{\"braze_id\":3}\n";
    let (summary, sink) = run_fine(plan(&mapping(""), &["id", "x"]), &[file]);
    assert_eq!(sink.rejected, [(2, "reserved-name"), (4, "reserved-name")]);
    assert!(
        sink.said[0].contains("column \"braze_id\""),
        "{:?}",
        sink.said
    );
    assert_eq!((summary.rows, summary.objects, summary.rejected), (4, 2, 2));
    assert!(sink.bodies[0].ends_with(r#"{"external_id":"3","new":4}]}"#));
    assert_eq!(summary.later_columns, ["new", "braze_id"]);
    let counted: Vec<_> = summary
        .tally
        .iter()
        .map(|(_, column, entry)| (column, entry.count))
        .collect();
    assert_eq!(counted, [(Some(3), 2)]);
    let first = plan(&mapping(""), &["id", "x"]);
    assert_eq!(summary.column_name(first.header(), 3), Some("braze_id"));

    let mut sink = Collect::default();
    let limits = Limits {
        columns: 3,
        ..Limits::default()
    };
    let file = "{\"id\":1,\"a\":1,\"b\":1}\n{\"id\":2,\"c\":1}\n{\"id\":3,\"b\":1}\n";
    let summary = run(plan(&mapping(""), &["id"]), limits, &[file], &mut sink).expect("it is read");
    assert_eq!(sink.rejected, [(2, "too-many-columns")]);
    assert!(
        sink.said[0].contains("found 4, expected 3"),
        "{:?}",
        sink.said
    );
    assert_eq!(summary.objects, 2);
}

#[test]
fn a_later_column_never_takes_the_name_of_an_audience() {
    let audience = Mapping::parse(
        r#"{"version":1,"rows":"audience","identifiers":[{"column":"id","as":"external_id"}],
            "audience":{"id":{"column":"a"},"split":{"column":"s"}}}"#,
    );
    let audience = audience.expect("it is a mapping");
    let file = "{\"id\":1,\"a\":1,\"s\":2}\n{\"id\":2,\"a\":1,\"s\":2,\"AIQ_1_2\":true}\n";
    let (_, sink) = run_fine(plan(&audience, &["id", "a", "s"]), &[file]);
    assert_eq!(sink.rejected, [(2, "doubled-name")]);
}

#[test]
fn counts_follow_their_columns_when_others_come_between() {
    let numbers = mapping(r#","columns":[{"header":"x","type":"number"}]"#);
    let long = "y".repeat(300);
    let file = format!(
        "{{\"id\":1,\"x\":\"no\"}}\n{{\"id\":2,\"z\":\"{long}\"}}\n{{\"id\":3,\"m\":1,\"z\":\"{long}\"}}\n{{\"id\":4,\"a\":1,\"m\":\"{long}\"}}\n"
    );
    let (summary, _) = run_fine(plan(&numbers, &["id", "x"]), &[&file]);
    assert_eq!(summary.later_columns, ["a", "m", "z"]);
    let counts: Vec<_> = summary
        .tally
        .iter()
        .map(|(code, column, entry)| (code.name(), column, entry.count))
        .collect();
    let expected = [
        ("bad-number", Some(1), 1),
        ("text-too-long", Some(3), 1),
        ("text-too-long", Some(4), 2),
    ];
    assert_eq!(counts, expected);
}

#[test]
fn one_run_reads_one_format() {
    let json = plan(&mapping(""), &["id", "x"]);
    let mut sink = Collect::default();
    let files = ["{\"id\":1,\"x\":2}\n", "id,x\n1,2\n"];
    let error = run(json, Limits::default(), &files, &mut sink).expect_err("it is CSV");
    assert!(matches!(error, Fatal::OtherFormat(Format::Json)), "{error}");

    let header = Header::new(Dialect::default(), ["id", "x"]);
    let delimited = mapping("").compile(&header).expect("it fits");
    for json in ["{\"id\":1,\"x\":2}\n", "[\n{\"id\":1,\"x\":2}]\n"] {
        let files = ["id,x\n1,2\n", json];
        let error = run(delimited.clone(), Limits::default(), &files, &mut sink);
        assert!(matches!(
            error,
            Err(Fatal::OtherFormat(Format::Delimited(_)))
        ));
    }
}

#[test]
fn rejects_are_json_lines_that_are_read_again() {
    let file = "[\n  {\n    \"x\": [1,\n 2],\n    \"id\": null\n  },\n  7,\n  {\"id\":\"u\",\"x\":1,\"x\":2},\n  {\"id\":\"v\"\n]\n";
    let (summary, sink) = run_fine(plan(&mapping(""), &["id", "x"]), &[file]);
    assert_eq!(summary.rejected, 4, "{:?}", sink.rejected);
    let text = String::from_utf8(sink.rejects).expect("it is UTF-8");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with(
        r#"{"_aiq_file":"part.json","_aiq_row":1,"_aiq_code":"AIQ3001 missing-identifier","_aiq_reason":"row 1 (line 2), column \"id\": "#
    ));
    assert!(
        lines[0].ends_with(r#"","x":[1,  2],"id":null}"#),
        "{}",
        lines[0]
    );
    assert!(lines[1].ends_with(r#"","_aiq_raw":"7"}"#), "{}", lines[1]);
    assert!(
        lines[2].ends_with(r#"","id":"u","x":1,"x":2}"#),
        "{}",
        lines[2]
    );
    assert!(
        lines[3].ends_with(r#"","_aiq_raw":"{\"id\":\"v\""}"#),
        "{}",
        lines[3]
    );

    let mended = text.replace(r#""id":null"#, r#""id":"w""#);
    let (summary, again) = run_fine(plan(&mapping(""), &["id", "x"]), &[&mended]);
    assert_eq!(
        again.bodies,
        [r#"{"attributes":[{"external_id":"w","x":[1,2]}]}"#]
    );
    assert_eq!((summary.rows, summary.rejected), (4, 3));
    let text = String::from_utf8(again.rejects).expect("it is UTF-8");
    let first = text.lines().next().expect("there is one");
    assert_eq!(first.matches("_aiq_row").count(), 1, "{first}");
    assert!(
        first.ends_with(r#""_aiq_raw":"7"}"#),
        "what was no object stays: {first}"
    );

    let mut nothing = Vec::new();
    rejects::write_header(&mut nothing, plan(&mapping(""), &["id"]).header());
    assert!(nothing.is_empty());
}

#[test]
fn a_row_that_is_too_deep_is_told_with_the_limit() {
    let file = format!("{{\"id\":1,\"x\":{}{}}}", "[".repeat(70), "]".repeat(70));
    let (_, sink) = run_fine(plan(&mapping(""), &["id", "x"]), &[&file]);
    assert_eq!(sink.rejected, [(1, "row-too-deep")]);
    assert!(
        sink.said[0].contains("found 65, expected 64"),
        "{:?}",
        sink.said
    );
}

#[test]
fn probes_know_json_when_they_see_it() {
    let format = |bytes: &str| Probe::inspect(bytes.as_bytes()).map(|found| found.header.format);
    let long = format!("{{\"id\":1,\"x\":\"{}\"}}", "y".repeat(300 << 10));
    let one = "{\"id\":1}";
    let before_long = format!("{one}{long}");
    let json = [
        one,
        "\u{FEFF} [\n{\"id\":1}\n]",
        "[{\"id\":1,\"id\":2},{\"id\":1}]",
        &before_long,
    ];
    for bytes in json {
        assert_eq!(format(bytes), Ok(Format::Json), "{bytes:.60}");
    }
    for bytes in [
        "id,x\n1,2\n",
        "{x},y\n1,2\n",
        "[a],b\n1,2\n",
        "{\"a\",b\n",
        "1,2\n{\"id\":1}\n",
    ] {
        assert!(matches!(format(bytes), Ok(Format::Delimited(_))), "{bytes}");
    }
    for bytes in ["[]", "{}\n{}\n"] {
        assert_eq!(format(bytes), Err(ProbeError::NoObject), "{bytes:.60}");
    }
    assert_eq!(format(&long), Ok(Format::Json));
    let too_long = long.replace("yyyy", "yyyyyyyyyyyyyyyyyyyy");
    assert_eq!(format(&too_long), Err(ProbeError::ObjectTooLong));
    let wide: String = (0..2001)
        .map(|number| format!(",\"c{number}\":1"))
        .collect();
    let found = Probe::inspect(format!("{{{}}}", &wide[1..]).as_bytes()).map(|_| ());
    let (found_columns, limit) = (2001, 2000);
    assert_eq!(
        found,
        Err(ProbeError::TooManyColumns {
            found: found_columns,
            limit
        })
    );
    let wide = wide[1..].replace(":1", "");
    let found = Probe::inspect(wide.as_bytes()).map(|_| ());
    assert_eq!(
        found,
        Err(ProbeError::TooManyColumns {
            found: found_columns,
            limit
        })
    );
}

#[test]
fn a_long_first_object_is_read_to_its_end_where_it_may_be_a_row() {
    let long = format!(
        "[{{\"x\":\"{}\",\"_aiq_row\":1,\"external_id\":\"u1\"}},\n{{\"external_id\":\"u2\",\"y\":1}}]",
        "y".repeat(300 << 10)
    );
    let names = |bytes: &[u8], n_bytes: usize| {
        let mut probe = Probe::new();
        for chunk in bytes.chunks(n_bytes) {
            probe.feed(chunk);
        }
        let found = probe.finish().expect("it is an export");
        found.header.names().to_vec()
    };
    for n_bytes in [1000, 64 << 10, usize::MAX] {
        assert_eq!(names(long.as_bytes(), n_bytes), ["x", "external_id", "y"]);
    }
    let begun = &long.as_bytes()[..256 << 10];
    assert_eq!(names(begun, usize::MAX), ["x"], "a host has no more");
    let mapped = map_all(long.as_bytes(), None).expect("it is mapped");
    assert_eq!((mapped.summary.rows, mapped.summary.rejected), (2, 1));
}

#[test]
fn a_probe_shows_the_columns_of_all_objects_it_sees() {
    let rows: String = (0..300)
        .map(|number| format!("{{\"external_id\":{number}}}\n"))
        .collect();
    let export =
        format!("{{\"external_id\":\"u\",\"n\":1}}\n{{\"a\":true}}\n{rows}{{\"z\":[1]}}\n");
    let found = Probe::inspect(export.as_bytes()).expect("it is an export");
    assert_eq!(found.header.names(), ["external_id", "n", "a", "z"]);
    assert_eq!(found.sample.len(), aiq_braze::SAMPLE_ROWS);
    assert_eq!(found.sample[1], ["", "", "true", ""]);
    assert_eq!(found.suggestion.mapping.identifiers.len(), 1);
    assert!(
        found.suggestion.mapping.columns.is_empty(),
        "JSON has types of its own"
    );
}

#[test]
fn a_mapping_says_that_an_export_is_json() {
    let given = mapping(r#","format":{"kind":"json"}"#);
    assert_eq!(given.format, Some(Format::Json));
    assert_eq!(
        Mapping::parse(&given.to_json()).expect("it is a mapping"),
        given
    );
    let delimited = mapping(r#","format":{"kind":"delimited","delimiter":";"}"#);
    assert_eq!(
        delimited
            .format
            .and_then(Format::dialect)
            .map(|dialect| dialect.delimiter),
        Some(b';')
    );
    let error = Mapping::parse(r#"{"version":1,"format":{"kind":"json","header":true}}"#);
    assert!(error.is_err_and(|problems| {
        problems
            .iter()
            .any(|problem| problem.code.name() == "unknown-key")
    }));
}

/// The rows of the audience export as JSON lines, in the order of its columns.
fn as_json(n_rows: u64) -> Vec<u8> {
    let names: Vec<_> = exports::AUDIENCE_HEADER.split(',').collect();
    let export = exports::audience(n_rows, 1, &[]);
    let mut reader = csv::Reader::from_reader(export.as_slice());
    let mut json = Vec::new();
    for record in reader.records() {
        let record = record.expect("the row is read");
        let members = names.iter().zip(record.iter()).map(|(name, cell)| {
            let [name, cell] =
                [*name, cell].map(|text| serde_json::to_string(text).expect("a text"));
            format!("{name}:{cell}")
        });
        let members: Vec<_> = members.collect();
        json.extend(
            format!(
                "{{{},\"n\":{{\"a\":[1,{{\"b\":\"\\u00e9\"}}]}}}}\n",
                members.join(",")
            )
            .bytes(),
        );
    }
    json
}

fn allocations(export: &[u8]) -> u64 {
    let header = Probe::inspect(export).expect("it is an export").header;
    let mapping = Mapping::parse(exports::EXAMPLE_MAPPING).expect("it is a mapping");
    let plan = mapping.compile(&header).expect("it fits");
    let mut sink = Ignore;
    let info = allocation_counter::measure(|| {
        let mut session = Session::new(plan);
        session.begin_file("export.json");
        for chunk in export.chunks(64 << 10) {
            let _ = session.feed(chunk, &mut sink).expect("it is JSON");
        }
        let _ = session.end_file(&mut sink).expect("it is JSON");
        assert_eq!(session.finish(&mut sink).rejected, 0);
    });
    info.count_total
}

struct Ignore;

impl Sink for Ignore {
    fn batch(&mut self, _: &Batch<'_>) -> Flow {
        Flow::Continue
    }
}

#[test]
fn twice_the_rows_allocate_no_more() {
    assert_eq!(
        allocations(&as_json(100_000)),
        allocations(&as_json(200_000))
    );
}
