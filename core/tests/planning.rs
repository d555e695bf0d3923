//! Exports inspected, and mappings against headers: what is suggested, refused, warned of and mended.

use aiq_braze::diag::{Grade, MappingEdit, Place};
use aiq_braze::mapping::{ColumnRef, Kind, Rows};
use aiq_braze::read::Dialect;
use aiq_braze::{Header, Language, Mapping, Probe, ProbeError};

fn header(names: &str) -> Header {
    Header::new(Dialect::default(), names.split(','))
}

fn attributes(rest: &str) -> Mapping {
    let json = format!(
        r#"{{"version":1,"rows":"attributes","identifiers":[{{"column":"id","as":"external_id"}}]{rest}}}"#
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
fn a_filter_without_a_word_is_refused() {
    let mapping = attributes(r#","where":{"column":"a","in":[]}"#);
    let told = mapping.compile(&header("id,a")).unwrap_err();
    assert_eq!(told.len(), 1);
    for (language, words) in [
        (
            Language::English,
            ["where.in", "an empty list", "at least one text"],
        ),
        (
            Language::Spanish,
            ["where.in", "una lista vacía", "al menos un texto"],
        ),
    ] {
        let message = told[0].message(language);
        for words in words {
            assert!(message.contains(words), "{message}");
        }
    }
    attributes(r#","where":{"column":"a","in":[""]}"#)
        .compile(&header("id,a"))
        .unwrap();
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

#[test]
fn probes_find_the_dialect_and_refuse_what_is_no_text() {
    let found = |bytes: &str| {
        let found = Probe::inspect(bytes.as_bytes()).expect("it is an export");
        let dialect = found.header.format.dialect().expect("it is delimited");
        (
            char::from(dialect.delimiter),
            dialect.escape,
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
fn hostile_mappings_are_refused_and_no_more() {
    let deep = format!(
        r#"{{"version":1,"x":{}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert_eq!(
        Mapping::parse(&deep).expect_err("it is too deep")[0]
            .code
            .name(),
        "mapping-not-json"
    );
    let keys: String = (0..50_000)
        .map(|number| format!(r#","k{number}":1"#))
        .collect();
    let problems =
        Mapping::parse(&format!(r#"{{"version":1{keys}}}"#)).expect_err("it is full of strangers");
    assert_eq!(problems.len(), 100);
    let two_rules = attributes(r#","columns":[{"header":"x","as":"a"},{"index":1,"skip":true}]"#);
    assert_eq!(problems_of(&two_rules, "id,x"), ["doubled-column"]);
    Mapping::parse("\u{FEFF}{\"version\":1,\"rows\":\"attributes\",\"identifiers\":[{\"column\":\"id\",\"as\":\"braze_id\"}]}")
        .expect("a byte order mark is no part of a mapping");
}

fn problems_of(mapping: &Mapping, names: &str) -> Vec<&'static str> {
    problems(mapping, names)
        .into_iter()
        .map(|(code, ..)| code)
        .collect()
}

#[test]
fn rejects_of_an_export_without_a_header_have_none_either() {
    let dialect = Dialect {
        header: false,
        ..Dialect::default()
    };
    let header = Header::new(dialect, ["column_1", "column_2"]);
    let mut out = Vec::new();
    aiq_braze::rejects::write_header(&mut out, &header);
    assert_eq!(out, b"");
}
