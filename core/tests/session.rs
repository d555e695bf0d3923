//! Mappings against headers, and sessions over files: what is said, what is handed out, when it stops.

use aiq_braze::diag::{Grade, MappingEdit, Place};
use aiq_braze::mapping::{ColumnRef, IdentifierKind, IdentifierRule, Kind, Rows};
use aiq_braze::read::Dialect;
use aiq_braze::{
    Account, Batch, BatchLimits, Checkpoint, Diagnostic, Fatal, Flow, Header, Language, Mapping,
    Options, Outcome, Plan, Probe, ProbeError, Row, Session, Sink, Summary,
};

fn header(names: &str) -> Header {
    Header::new(Dialect::default(), names.split(','))
}

fn attributes(rest: &str) -> Mapping {
    let json = format!(
        r#"{{"version":1,"rows":"attributes","identifiers":[{{"column":"id","as":"external_id"}}]{rest}}}"#
    );
    Mapping::parse(&json).expect("the mapping is right")
}

fn audience(rest: &str) -> Mapping {
    let json = format!(
        r#"{{"version":1,"rows":"audience","identifiers":[{{"column":"id","as":"external_id"}}],
            "audience":{{"id":{{"column":"a"}},"split":{{"column":"s"}}{rest}}}}}"#
    );
    Mapping::parse(&json).expect("the mapping is right")
}

/// Each problem as (code, place, found, expected).
fn problems(mapping: &Mapping, names: &str) -> Vec<(&'static str, String, String, String)> {
    let problems = match mapping.compile(&header(names)) {
        Ok(plan) => plan.warnings().to_vec(),
        Err(problems) => problems,
    };
    let told = problems.into_iter().map(|problem| {
        let place = match problem.place {
            Place::Column { header, .. } => header,
            Place::Setting { path } => path,
            place => panic!("{place:?}"),
        };
        (
            problem.code.name(),
            place,
            problem.found.unwrap_or_default(),
            problem.expected.unwrap_or_default(),
        )
    });
    told.collect()
}

#[test]
fn a_mapping_that_does_not_fit_says_every_reason() {
    type Told = (&'static str, &'static str, &'static str, &'static str);
    let cases: [(Mapping, &str, &[Told]); 9] = [
        (
            attributes(""),
            "ID,x",
            &[("unknown-column", "identifiers[0]", "\"id\"", "\"ID\"")],
        ),
        (
            attributes(""),
            "id,id",
            &[
                ("doubled-column", "identifiers[0]", "\"id\"", ""),
                ("doubled-name", "id", "\"id\" of column 1 too", ""),
            ],
        ),
        (
            attributes(r#","columns":[{"header":"x","as":"y"},{"header":"z"},{"index":9}]"#),
            "id,x,y",
            &[
                ("unknown-column", "columns[1]", "\"z\"", ""),
                (
                    "unknown-column",
                    "columns[2]",
                    "index 9",
                    "an index below 3",
                ),
                ("doubled-name", "y", "\"y\" of column 2 too", ""),
            ],
        ),
        (
            attributes(""),
            "id,external_id,push_tokens, ",
            &[
                ("reserved-name", "external_id", "\"external_id\"", ""),
                ("structured-field", "push_tokens", "\"push_tokens\"", ""),
                ("empty-name", " ", "", ""),
            ],
        ),
        (
            attributes(""),
            "id,First_Name, tier,email_Subscribe",
            &[
                (
                    "near-standard-field",
                    "First_Name",
                    "\"First_Name\"",
                    "\"first_name\"",
                ),
                ("spaces-around-name", " tier", "\" tier\"", "\"tier\""),
            ],
        ),
        (
            attributes(r#","columns":[{"header":"First_Name","as":"First_Name"}]"#),
            "id,First_Name",
            &[],
        ),
        (
            attributes(r#","columns":[{"header":"x","occurrence":2,"as":"x2"}]"#),
            "id,x,x",
            &[],
        ),
        (
            attributes(r#","columns":[{"header":"x","occurrence":3}]"#),
            "id,x,x",
            &[
                (
                    "unknown-column",
                    "columns[0]",
                    "\"x\"",
                    "an occurrence that \"x\" has",
                ),
                ("doubled-name", "x", "\"x\" of column 2 too", ""),
            ],
        ),
        (
            Mapping::new(Rows::Attributes, vec![]),
            "id",
            &[(
                "unknown-value",
                "identifiers",
                "an empty list",
                "at least one identifier column",
            )],
        ),
    ];
    for (mapping, names, expected) in cases {
        let found = problems(&mapping, names);
        let found: Vec<_> = found
            .iter()
            .map(|(code, place, found, expected)| (*code, &**place, &**found, &**expected))
            .collect();
        assert_eq!(found, expected, "{names}");
    }
}

#[test]
fn reserved_columns_of_a_rejects_file_are_no_attributes() {
    let plan = attributes("")
        .compile(&header("_aiq_row,_aiq_code,_aiq_reason,id,x"))
        .expect("it fits");
    let names: Vec<_> = plan.attributes().map(|(_, name, _)| name).collect();
    assert_eq!(names, ["x"]);
}

#[test]
fn a_fix_applies_as_it_says_and_as_its_patch_says() {
    let mut mapping = attributes("");
    let names = header("id,First_Name,n");
    let plan = mapping.compile(&names).expect("it fits");
    let fix = plan.warnings()[0].fix.clone().expect("there is a fix");
    assert_eq!(fix.grade, Grade::Certain);
    assert_eq!(
        fix.edit.to_json_patch(&mapping),
        r#"[{"op":"add","path":"/columns","value":[{"as":"first_name","header":"First_Name"}]}]"#
    );
    fix.edit.apply(&mut mapping);
    assert_eq!(mapping.compile(&names).expect("it fits").warnings(), []);

    let edit = MappingEdit::SetKind {
        column: ColumnRef::header("n"),
        kind: Kind::Number,
    };
    assert_eq!(
        edit.to_json_patch(&mapping),
        r#"[{"op":"add","path":"/columns/-","value":{"header":"n","type":"number"}}]"#
    );
    edit.apply(&mut mapping);
    let edit = MappingEdit::SkipColumn {
        column: ColumnRef::header("n"),
    };
    assert_eq!(
        edit.to_json_patch(&mapping),
        r#"[{"op":"replace","path":"/columns/1","value":{"header":"n","skip":true}}]"#
    );
    edit.apply(&mut mapping);
    assert_eq!(
        Mapping::parse(&mapping.to_json()).expect("it is JSON of its format"),
        mapping
    );
}

/// What a session hands out, as texts.
#[derive(Default)]
struct Collect {
    bodies: Vec<String>,
    starts: Vec<Checkpoint>,
    ids: Vec<String>,
    said: Vec<String>,
    rejected: Vec<(u64, &'static str)>,
    stop_at_batch: Option<usize>,
    stop_at_reject: bool,
}

impl Sink for Collect {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        self.bodies
            .push(String::from_utf8(batch.body.to_vec()).expect("a body is UTF-8"));
        self.starts.push(batch.start);
        self.ids.push(batch.id().to_string());
        if self.stop_at_batch == Some(self.bodies.len()) {
            Flow::Stop
        } else {
            Flow::Continue
        }
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic, row: &Row<'_>) -> Flow {
        self.said
            .push(row.problem(diagnostic).message(Language::English));
        Flow::Continue
    }

    fn reject(&mut self, reason: &Diagnostic, _: &Row<'_>) -> Flow {
        self.rejected.push((reason.at.row, reason.code.name()));
        if self.stop_at_reject {
            Flow::Stop
        } else {
            Flow::Continue
        }
    }
}

fn plan(mapping: &Mapping, names: &str) -> Plan {
    mapping.compile(&header(names)).expect("it fits")
}

fn run(plan: Plan, options: Options, files: &[&str], sink: &mut Collect) -> Result<Summary, Fatal> {
    let mut session = Session::with_options(plan, options);
    for file in files {
        session.begin_file("part.csv");
        let _ = session.feed(file.as_bytes(), sink)?;
        let _ = session.end_file(sink)?;
    }
    Ok(session.finish(sink))
}

fn two_a_batch() -> Options {
    Options {
        batch: BatchLimits {
            objects: 2,
            ..BatchLimits::default()
        },
        ..Options::default()
    }
}

#[test]
fn batches_go_over_the_borders_of_files_and_say_where_they_start() {
    let files = ["id,x\n1,a\n2,b\n3,c\n", "\u{FEFF}id,x\n4,d\n5,e"];
    let mut sink = Collect::default();
    let summary = run(
        plan(&attributes(""), "id,x"),
        two_a_batch(),
        &files,
        &mut sink,
    )
    .expect("the headers fit");
    assert_eq!(
        sink.bodies,
        [
            r#"{"attributes":[{"external_id":"1","x":"a"},{"external_id":"2","x":"b"}]}"#,
            r#"{"attributes":[{"external_id":"3","x":"c"},{"external_id":"4","x":"d"}]}"#,
            r#"{"attributes":[{"external_id":"5","x":"e"}]}"#,
        ]
    );
    let places: Vec<_> = sink
        .starts
        .iter()
        .map(|start| (start.batch, start.at.file, start.at.row, start.at.line))
        .collect();
    assert_eq!(places, [(0, 0, 1, 2), (1, 0, 3, 4), (2, 1, 2, 3)]);
    for (start, first) in sink.starts.iter().zip(["1,a", "3,c", "5,e"]) {
        assert!(files[start.at.file as usize][start.at.byte as usize..].starts_with(first));
    }
    assert_eq!((summary.rows, summary.objects, summary.batches), (5, 5, 3));
}

#[test]
fn a_batch_id_is_of_plan_number_and_body() {
    let ids = |mapping: &Mapping, files: &[&str]| {
        let mut sink = Collect::default();
        run(plan(mapping, "id,x"), two_a_batch(), files, &mut sink).expect("the headers fit");
        sink.ids
    };
    let twice = ["id,x\n1,a\n2,b\n1,a\n2,b\n"];
    let first = ids(&attributes(""), &twice);
    assert_eq!(first, ids(&attributes(""), &twice));
    assert_ne!(first[0], first[1], "the number counts");
    assert_ne!(
        first[0],
        ids(&attributes(r#","max_names":9"#), &twice)[0],
        "the plan counts"
    );
    assert_ne!(
        first[0],
        ids(&attributes(""), &["id,x\n1,a\n2,c\n"])[0],
        "the body counts"
    );
}

#[test]
fn a_part_with_its_columns_in_another_order_is_read_by_its_own_header() {
    let mut sink = Collect::default();
    run(
        plan(&attributes(""), "id,x"),
        Options::default(),
        &["id,x\n1,a\n", "x,id\nb,2\n"],
        &mut sink,
    )
    .expect("both fit");
    assert_eq!(
        sink.bodies,
        [r#"{"attributes":[{"external_id":"1","x":"a"},{"external_id":"2","x":"b"}]}"#]
    );
}

#[test]
fn a_part_that_lacks_what_the_mapping_needs_stops_the_run() {
    let mut sink = Collect::default();
    let error = run(
        plan(&attributes(""), "id,x"),
        Options::default(),
        &["id,x\n1,a\n", "x,y\n1,2\n"],
        &mut sink,
    );
    let words = error
        .expect_err("the second header lacks the identifier")
        .to_string();
    assert!(
        words.contains("AIQ2014") && words.contains("unknown") | words.contains("\"id\""),
        "{words}"
    );
    let error = run(
        plan(&attributes(""), "id,x"),
        Options::default(),
        &["id,\"x\n1,a\n"],
        &mut sink,
    );
    assert!(matches!(error, Err(Fatal::HeaderUnreadable(_))));
}

#[test]
fn a_sink_that_says_stop_gets_nothing_more() {
    let rows: String = (0..50).map(|number| format!("{number},x\n")).collect();
    let export = format!("id,x\n{rows}");
    let mut sink = Collect {
        stop_at_batch: Some(3),
        ..Collect::default()
    };
    run(
        plan(&attributes(""), "id,x"),
        two_a_batch(),
        &[&export, &export],
        &mut sink,
    )
    .expect("the headers fit");
    assert_eq!(sink.bodies.len(), 3);

    let mut sink = Collect {
        stop_at_reject: true,
        ..Collect::default()
    };
    run(
        plan(&attributes(""), "id,x"),
        Options::default(),
        &["id,x\n,a\n,b\n1,c\n"],
        &mut sink,
    )
    .expect("the headers fit");
    assert_eq!((sink.rejected.len(), sink.bodies.len()), (1, 0));
}

#[test]
fn every_bad_cell_of_a_row_is_told_and_the_first_is_the_reason() {
    let mapping = attributes(
        r#","columns":[{"header":"n","type":"number"},{"header":"b","type":"boolean"}]"#,
    );
    let mut sink = Collect::default();
    let summary = run(
        plan(&mapping, "id,n,b,email"),
        Options::default(),
        &["id,n,b,email\n,x,y,z\n1,2,yes,a@b.co\n"],
        &mut sink,
    )
    .expect("the header fits");
    assert_eq!(sink.rejected, [(1, "missing-identifier")]);
    assert_eq!(sink.said.len(), 3, "{:?}", sink.said);
    assert!(
        sink.said[1]
            .starts_with("row 1 (line 2), column \"n\": no number: found \"x\", expected a number")
    );
    assert_eq!((summary.rows, summary.rejected), (2, 1));
    assert_eq!(
        summary
            .tally
            .iter()
            .map(|(code, ..)| code.id())
            .collect::<Vec<_>>(),
        ["AIQ3001", "AIQ3003", "AIQ3007"]
    );
}

#[test]
fn audiences_that_would_share_a_name_are_told_apart_or_rejected() {
    let mut sink = Collect::default();
    let export = "id,a,s\n1,1_2,3\n2,1,2_3\n3,1_2,3\n";
    let summary = run(
        plan(&audience(""), "id,a,s"),
        Options::default(),
        &[export],
        &mut sink,
    )
    .expect("the header fits");
    assert_eq!(sink.rejected, [(2, "audience-name-clash")]);
    assert_eq!(summary.audiences[0].name, "AIQ_1_2_3");
    assert_eq!(summary.audiences[0].members, 2);
}

#[test]
fn a_wrong_column_does_not_make_thousands_of_attributes() {
    let rows: String = (0..60)
        .map(|number| format!("u{number},long-audience-{number},1\n"))
        .collect();
    let mut sink = Collect::default();
    let export = format!("id,a,s\n{rows}");
    let summary = run(
        plan(&audience(""), "id,a,s"),
        Options::default(),
        &[&export],
        &mut sink,
    )
    .expect("the header fits");
    assert_eq!((summary.audiences.len(), summary.rejected), (50, 10));
    assert!(
        sink.rejected
            .iter()
            .all(|(_, code)| *code == "too-many-names")
    );
}

#[test]
fn a_long_text_is_kept_and_warned_of() {
    let mut sink = Collect::default();
    let (fits, cut) = ("é".repeat(255), "é".repeat(256));
    let export = format!("id,x\n1,{fits}\n2,{cut}\n");
    let summary = run(
        plan(&attributes(""), "id,x"),
        Options::default(),
        &[&export],
        &mut sink,
    )
    .expect("the header fits");
    assert_eq!((summary.objects, summary.rejected), (2, 0));
    assert_eq!(sink.said.len(), 1);
    assert!(
        sink.said[0].contains("found 256, expected at most 255 characters"),
        "{:?}",
        sink.said
    );
}

#[test]
fn messages_in_spanish() {
    let mut mapping = attributes(r#","columns":[{"header":"n","type":"number"}]"#);
    mapping.identifiers = vec![IdentifierRule {
        column: ColumnRef::header("id"),
        kind: IdentifierKind::BrazeId,
    }];
    struct Spanish(Vec<String>);
    impl Sink for Spanish {
        fn batch(&mut self, _: &Batch<'_>) -> Flow {
            Flow::Continue
        }
        fn diagnostic(&mut self, diagnostic: &Diagnostic, row: &Row<'_>) -> Flow {
            self.0
                .push(row.problem(diagnostic).message(Language::Spanish));
            Flow::Continue
        }
    }
    let mut sink = Spanish(Vec::new());
    let mut session = Session::new(plan(&mapping, "id,n"));
    session.begin_file("x.csv");
    let _ = session
        .feed(b"id,n\n1,x\n", &mut sink)
        .expect("the header fits");
    let _ = session.end_file(&mut sink).expect("the header fits");
    assert!(
        sink.0[0]
            .starts_with("fila 1 (línea 2), columna \"n\": no es un número: se encontró \"x\""),
        "{:?}",
        sink.0
    );
}

#[test]
fn probes_find_the_dialect_and_refuse_what_is_no_text() {
    let found = |bytes: &str| {
        let found = Probe::inspect(bytes.as_bytes()).expect("it is an export");
        (
            char::from(found.header.dialect.delimiter),
            found.header.dialect.escape,
            found.header.width(),
        )
    };
    use aiq_braze::read::Escape::{Backslash, Double};
    assert_eq!(found("id,x\n1,a;b\n"), (',', Double, 2));
    assert_eq!(found("id;x;y\n1;a,b;c\n2;a,b;c\n"), (';', Double, 3));
    assert_eq!(found("id\tx\n1\ta\n"), ('\t', Double, 2));
    assert_eq!(found("id|x\n1|a\n"), ('|', Double, 2));
    assert_eq!(found("id\n1\n2\n"), (',', Double, 1));
    assert_eq!(
        found("id,x\n1,\"say \\\"hi\\\" now\"\n"),
        (',', Backslash, 2)
    );
    assert_eq!(Probe::inspect(b"").map(drop), Err(ProbeError::Empty));
    assert_eq!(
        Probe::inspect(b"i\0d\0,\0x\0\n\0").map(drop),
        Err(ProbeError::Binary)
    );
    assert_eq!(
        Probe::inspect(b"id,\xFF\n1,2\n").map(drop),
        Err(ProbeError::NoHeader)
    );
}

#[test]
fn suggestions_never_make_a_number_of_an_id() {
    let export = "external_id,zip,phone,account_id,n,big,zero\n1,12345,5551234,77,1.5,1234567890123456,007\n";
    let found = Probe::inspect(export.as_bytes()).expect("it is an export");
    let numbers: Vec<_> = found
        .suggestion
        .mapping
        .columns
        .iter()
        .map(|rule| rule.column.clone())
        .collect();
    assert_eq!(numbers, [ColumnRef::header("n")]);
    assert_eq!(found.suggestion.grade(), Some(Grade::Certain));
}

#[test]
fn an_account_balances_or_says_so() {
    let mut account = Account {
        rows: 10,
        pending: 10,
        ..Account::default()
    };
    assert!(account.is_balanced());
    account.settle(Outcome::Accepted, 7);
    account.settle(Outcome::Refused, 2);
    assert!(account.is_balanced());
    account.add(Outcome::Unknown, 1);
    assert!(!account.is_balanced());
}
