//! Sessions over files: what is handed out and said, and when it stops.

use aiq_braze::mapping::{ColumnRef, IdentifierKind, IdentifierRule};
use aiq_braze::read::Dialect;
use aiq_braze::{
    Account, Batch, BatchLimits, Checkpoint, Diagnostic, Fatal, Flow, Header, Language, Mapping,
    Options, Outcome, Plan, Row, Session, Sink, Summary,
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
fn a_cell_that_is_left_out_is_no_reason_to_reject() {
    let mapping = attributes(
        r#","columns":[{"header":"n","type":"number","on_bad_value":"skip_cell"},{"header":"b","type":"boolean"}]"#,
    );
    let export = "id,n,b\n1,x,y\n2,x,z\n";
    let mut sink = Collect::default();
    run(
        plan(&mapping, "id,n,b"),
        Options::default(),
        &[export],
        &mut sink,
    )
    .expect("it fits");
    assert_eq!(
        sink.bodies,
        [r#"{"attributes":[{"external_id":"1","b":true}]}"#]
    );
    assert_eq!(sink.rejected, [(2, "bad-boolean")]);
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
    mapping.identifiers = vec![IdentifierRule::new(
        ColumnRef::header("id"),
        IdentifierKind::BrazeId,
    )];
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

#[test]
fn each_file_is_checked_for_utf8_from_its_first_byte() {
    let first: String = (0..20).map(|number| format!("u{number},x\n")).collect();
    let first = format!("id,x\n{first}");
    let mut sink = Collect::default();
    let mut session = Session::new(plan(&attributes(""), "id,x"));
    for file in [first.as_bytes(), b"id,x\nv\xFF1,y\n"] {
        session.begin_file("part.csv");
        let _ = session.feed(file, &mut sink).expect("the header fits");
        let _ = session.end_file(&mut sink).expect("the header fits");
    }
    let summary = session.finish(&mut sink);
    assert_eq!((summary.objects, summary.rejected), (20, 1));
    assert_eq!(sink.rejected, [(1, "invalid-utf8")]);
}

#[test]
fn an_audience_never_takes_the_name_of_another_attribute() {
    let run_one = |mapping: &Mapping, names: &str, row: &str| {
        let mut sink = Collect::default();
        let export = format!("{names}\n{row}\n");
        let summary = run(
            plan(mapping, names),
            Options::default(),
            &[&export],
            &mut sink,
        )
        .expect("the header fits");
        assert_eq!(summary.audiences, [], "what was rejected is no audience");
        sink.rejected[0].1
    };
    assert_eq!(
        run_one(&audience(""), "id,a,s,AIQ_12_3", "u,12,3,x"),
        "doubled-name"
    );
    let glued = audience(r#","name":"{audience_id}{split_id}""#);
    assert_eq!(run_one(&glued, "id,a,s", "u,external,_id"), "reserved-name");
    assert_eq!(run_one(&glued, "id,a,s", "u,e,mail"), "reserved-name");
}

#[test]
fn audiences_count_only_what_was_handed_out() {
    let export = format!("id,a,s,x\n1,12,3,{}\n2,12,3,y\n", "z".repeat(110_000));
    let mut sink = Collect::default();
    let summary = run(
        plan(&audience(""), "id,a,s,x"),
        Options::default(),
        &[&export],
        &mut sink,
    )
    .expect("it fits");
    assert_eq!(sink.rejected, [(1, "object-too-large")]);
    assert_eq!((summary.audiences[0].members, summary.objects), (1, 1));
}

#[test]
fn a_name_that_repeats_its_parts_has_room() {
    let name = "{audience_id}{split_id}".repeat(200);
    let id = "\u{1}".repeat(900);
    let export = format!("id,a,s\nu,{id},{id}\nv,\"{}\",1\n", "\"\"".repeat(900));
    let mut sink = Collect::default();
    let mapping = audience(&format!(r#","name":"{name}""#));
    let summary = run(
        plan(&mapping, "id,a,s"),
        Options::default(),
        &[&export],
        &mut sink,
    )
    .expect("it fits");
    assert_eq!(summary.rows, summary.objects + summary.rejected);

    let all_in_one = Mapping::parse(
        r#"{"version":1,"rows":"audience","identifiers":[{"column":"x","as":"external_id"}],
            "audience":{"id":{"column":"x"},"split":{"column":"x"}},"columns":[{"header":"x"}]}"#,
    );
    let export = format!("x\n{id}\n");
    let plan = plan(&all_in_one.expect("it is a mapping"), "x");
    let summary = run(plan, Options::default(), &[&export], &mut sink).expect("it fits");
    assert_eq!((summary.rows, summary.objects), (1, 1));
}

#[test]
fn a_nul_byte_in_a_mapping_is_no_end_of_a_word() {
    let mapping = audience(r#","member":{"column":"m","true":["a\u0000"],"false":["a"]}"#);
    let mut sink = Collect::default();
    run(
        plan(&mapping, "id,a,s,m"),
        Options::default(),
        &["id,a,s,m\nu,1,2,a\n"],
        &mut sink,
    )
    .expect("it fits");
    assert_eq!(
        sink.bodies,
        [r#"{"attributes":[{"external_id":"u","AIQ_1_2":false}]}"#]
    );
}

#[test]
fn a_part_without_a_header_is_not_read_as_if_it_had_one() {
    let mapping = Mapping::parse(
        r#"{"version":1,"rows":"attributes","identifiers":[{"column":{"index":0},"as":"external_id"}]}"#,
    );
    let mapping = mapping.expect("it is a mapping");
    let mut sink = Collect::default();
    let error = run(
        plan(&mapping, "id,x"),
        Options::default(),
        &["id,x\n1,a\n", "u9,secret\nu8,z\n"],
        &mut sink,
    );
    assert!(matches!(error, Err(Fatal::HeaderDiffers(_))));
    let error = run(
        plan(&attributes(""), "id,x"),
        Options::default(),
        &["id,x\n1,a\n", "id,y\n2,b\n"],
        &mut sink,
    );
    assert!(
        matches!(error, Err(Fatal::HeaderDiffers(_))),
        "another column is another export"
    );
}

#[test]
fn what_is_wrong_in_a_part_is_counted_by_the_columns_of_the_first() {
    let mapping = attributes(r#","columns":[{"header":"n","type":"number"}]"#);
    let first = plan(&mapping, "id,n,x");
    let files = [
        "id,n,x\nu1,a,1\n",
        "x,id,n\n1,u2,b\n1,,2\n",
        "id,n,x\nu3,c,1\n",
    ];
    let mut sink = Collect::default();
    let summary = run(first.clone(), Options::default(), &files, &mut sink).expect("they fit");
    let counts: Vec<_> = summary
        .tally
        .iter()
        .map(|(code, column, entry)| {
            let column = column.and_then(|idx| summary.column_name(first.header(), idx as usize));
            (code.name(), column, entry.count)
        })
        .collect();
    assert_eq!(
        counts,
        [
            ("missing-identifier", Some("id"), 1),
            ("bad-number", Some("n"), 3)
        ]
    );
}

#[test]
fn an_index_means_the_same_column_in_a_rejects_file() {
    let mapping = Mapping::parse(
        r#"{"version":1,"rows":"attributes","identifiers":[{"column":{"index":0},"as":"external_id"}],
            "columns":[{"index":1,"as":"nick"}],"other_columns":"skip"}"#,
    );
    let mapping = mapping.expect("it is a mapping");
    let names = "_aiq_row,_aiq_code,_aiq_reason,id,x";
    let export = format!("{names}\n2,AIQ3001,why,u2,b\n");
    let mut sink = Collect::default();
    run(
        plan(&mapping, names),
        Options::default(),
        &[&export],
        &mut sink,
    )
    .expect("it fits");
    assert_eq!(
        sink.bodies,
        [r#"{"attributes":[{"external_id":"u2","nick":"b"}]}"#]
    );
}

#[test]
fn consent_is_never_suggested_and_a_trimmed_name_is_what_braze_reads() {
    let plan = attributes("")
        .compile(&header("id,email_subscribe , email "))
        .expect("it fits");
    let fixes: Vec<_> = plan
        .warnings()
        .iter()
        .map(|problem| problem.fix.is_some())
        .collect();
    assert_eq!(fixes, [false, true]);
    let mut sink = Collect::default();
    let export = "id,email_subscribe , email \nu,opted_in,no address\n";
    run(plan, Options::default(), &[export], &mut sink).expect("it fits");
    assert_eq!(sink.rejected, [(1, "bad-email")]);
    let error = attributes("")
        .compile(&header("id,current_location "))
        .expect_err("one cell cannot fill it");
    assert_eq!(error[0].code.name(), "structured-field");
}
