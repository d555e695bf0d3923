use super::*;

const ATTRIBUTES: &str =
    r#"{"version":1,"rows":"attributes","identifiers":[{"column":"id","as":"external_id"}]"#;

/// Maps with a mapping of attributes, to which `more` adds keys.
fn attributes(export: &str, more: &str) -> Twin {
    map(export.as_bytes(), &format!("{ATTRIBUTES}{more}}}"))
}

/// Maps with a mapping of audiences whose `audience` is given.
fn audience(export: &str, audience: &str) -> Twin {
    let mapping = ATTRIBUTES.replace("attributes", "audience");
    map(
        export.as_bytes(),
        &format!("{mapping},\"audience\":{audience}}}"),
    )
}

/// Maps one cell, in a column of the given name and type, to its pair or code.
fn one(header: &str, kind: &str, cell: &str) -> Result<String, &'static str> {
    let mapping = serde_json::json!({"columns": [{"header": header, "type": kind}]});
    let members = columns(&mapping, &[(header, cell)], None, "")?;
    Ok(members
        .iter()
        .map(|(name, value)| format!("{name}:{value}"))
        .collect())
}

#[track_caller]
fn bodies_are(twin: &Twin, expected: &[&str]) {
    assert_eq!(twin.bodies, expected, "{twin:?}");
}

#[track_caller]
fn rejected_are(twin: &Twin, expected: &[(u64, &str)]) {
    assert_eq!(twin.rejected, expected, "{twin:?}");
}

#[test]
fn text_is_kept_in_header_order_under_the_exact_header() {
    let twin = attributes("Tier ,id,zip\ngold,007,01234\n", "");
    bodies_are(
        &twin,
        &[r#"{"attributes":[{"external_id":"007","Tier ":"gold","zip":"01234"}]}"#],
    );
}

#[test]
fn escapes_are_those_of_serde_json() {
    let twin = attributes(
        "id,note\n1,\"say \"\"hi\"\"\t\u{8}\u{c}\\\u{1b}/é\u{7f}\n🎂\"\n",
        "",
    );
    bodies_are(
        &twin,
        &[concat!(
            r#"{"attributes":[{"external_id":"1","note":"say \"hi\"\t\b\f\\\u001b/é"#,
            "\u{7f}",
            r#"\n🎂"}]}"#
        )],
    );
}

#[test]
fn unknown_users_is_said_right_after_the_identifier() {
    let export = "id,a\n1,x\n";
    bodies_are(
        &attributes(export, r#","unknown_users":"skip""#),
        &[r#"{"attributes":[{"external_id":"1","_update_existing_only":true,"a":"x"}]}"#],
    );
    bodies_are(
        &attributes(export, r#","unknown_users":"create""#),
        &[r#"{"attributes":[{"external_id":"1","_update_existing_only":false,"a":"x"}]}"#],
    );
}

#[test]
fn the_first_filled_identifier_is_used() {
    let mapping = r#"{"version":1,"rows":"attributes","identifiers":[
        {"column":"id","as":"external_id"},{"column":"device","as":"braze_id"}]}"#;
    let twin = map(b"id,device,a\n1,2,x\n,2,x\n,,x\n", mapping);
    bodies_are(
        &twin,
        &[r#"{"attributes":[{"external_id":"1","a":"x"},{"braze_id":"2","a":"x"}]}"#],
    );
    rejected_are(&twin, &[(3, "missing-identifier")]);
}

#[test]
fn an_identifier_may_have_987_bytes() {
    let fits = "x".repeat(987);
    let twin = attributes(&format!("id,a\n{fits},1\n{fits}x,1\n"), "");
    bodies_are(
        &twin,
        &[&format!(
            r#"{{"attributes":[{{"external_id":"{fits}","a":"1"}}]}}"#
        )],
    );
    rejected_are(&twin, &[(2, "identifier-too-long")]);
}

#[test]
fn members_are_true_and_leavers_false_or_null() {
    let export = "id,aud,split,status\n1,10,2,in\n2,10,3,out\n3,11,2,?\n4,11,2,\n";
    let rest = r#""id":{"column":"aud"},"split":{"column":"split"},
        "member":{"column":"status","true":["in"],"false":["out"]}"#;
    let twin = audience(export, &format!("{{{rest}}}"));
    bodies_are(
        &twin,
        &[
            r#"{"attributes":[{"external_id":"1","AIQ_10_2":true},{"external_id":"2","AIQ_10_3":false}]}"#,
        ],
    );
    rejected_are(&twin, &[(3, "unknown-status"), (4, "unknown-status")]);

    let twin = audience(export, &format!("{{{rest},\"leaver\":null}}"));
    bodies_are(
        &twin,
        &[
            r#"{"attributes":[{"external_id":"1","AIQ_10_2":true},{"external_id":"2","AIQ_10_3":null}]}"#,
        ],
    );
}

#[test]
fn audience_parts_come_from_a_column_or_a_value() {
    let twin = audience(
        "id,aud\n1,{split_id}\n2,\n",
        r#"{"id":{"column":"aud"},"split":{"value":"4"},"name":"{split_id}:{audience_id}"}"#,
    );
    bodies_are(
        &twin,
        &[r#"{"attributes":[{"external_id":"1","4:{split_id}":true}]}"#],
    );
    rejected_are(&twin, &[(2, "empty-audience-part")]);
}

#[test]
fn a_column_with_another_use_is_an_attribute_only_when_listed() {
    let mapping = r#"{"version":1,"rows":"audience","identifiers":[{"column":"id","as":"external_id"}],
        "audience":{"id":{"column":"aud"},"split":{"value":"4"}},
        "columns":[{"header":"aud","as":"audience"}]}"#;
    let twin = map(
        b"id,aud,_aiq_row,_aiq_code,_aiq_reason\n1,10,1,x,y\n",
        mapping,
    );
    bodies_are(
        &twin,
        &[r#"{"attributes":[{"external_id":"1","AIQ_10_4":true,"audience":"10"}]}"#],
    );
}

#[test]
fn columns_are_skipped_one_by_one_or_all_others() {
    let export = "id,a,b,c\n1,x,y,z\n";
    let twin = attributes(export, r#","columns":[{"header":"b","skip":true}]"#);
    bodies_are(
        &twin,
        &[r#"{"attributes":[{"external_id":"1","a":"x","c":"z"}]}"#],
    );
    let twin = attributes(
        export,
        r#","columns":[{"header":"b","as":"B"}],"other_columns":"skip""#,
    );
    bodies_are(&twin, &[r#"{"attributes":[{"external_id":"1","B":"y"}]}"#]);
}

#[test]
fn empty_cells_are_left_out_null_or_blank() {
    let columns = r#","columns":[{"header":"n","type":"number"}]"#;
    let export = "id,a,n\n1,,\n2,x,5\n";
    let cases = [
        ("leave", r#"{"external_id":"2","a":"x","n":5}"#),
        (
            "null",
            r#"{"external_id":"1","a":null,"n":null},{"external_id":"2","a":"x","n":5}"#,
        ),
        (
            "blank",
            r#"{"external_id":"1","a":""},{"external_id":"2","a":"x","n":5}"#,
        ),
    ];
    for (empty, objects) in cases {
        let twin = attributes(export, &format!("{columns},\"empty\":\"{empty}\""));
        bodies_are(&twin, &[&format!("{{\"attributes\":[{objects}]}}")]);
        assert_eq!(twin.nothing_to_send, u64::from(empty == "leave"));
    }
}

#[test]
fn numbers_keep_their_digits() {
    for number in [
        "0",
        "-0",
        "1.10",
        "1234.50",
        "12345678901234567890123",
        "1e999",
        "-2.5E+07",
    ] {
        assert_eq!(one("n", "number", number), Ok(format!("\"n\":{number}")));
    }
    for bad in [
        "12,50", "+1", ".5", "5.", "007", "1_000", " 1", "1 ", "1\n", "NaN", "0x1F", "true",
        "\"1\"", "--1", "1e", "٣", "-",
    ] {
        assert_eq!(one("n", "number", bad), Err("bad-number"), "{bad:?}");
    }
}

#[test]
fn booleans_come_in_five_forms() {
    for yes in ["true", "TRUE", "Yes", "y", "T", "1"] {
        assert_eq!(one("b", "boolean", yes), Ok("\"b\":true".to_owned()));
    }
    for no in ["false", "False", "NO", "n", "f", "0"] {
        assert_eq!(one("b", "boolean", no), Ok("\"b\":false".to_owned()));
    }
    for bad in ["maybe", "2", " true", "on", "ｙ"] {
        assert_eq!(one("b", "boolean", bad), Err("bad-boolean"), "{bad:?}");
    }
}

#[test]
fn only_the_attribute_named_email_must_look_like_an_address() {
    for good in [
        "a@b.c",
        "a.b+c@d-e.example",
        "ü'x@bücher.example",
        "!#$%@1.2",
        "a..b@c.d",
    ] {
        assert_eq!(
            one("email", "text", good),
            Ok(format!("\"email\":\"{good}\""))
        );
    }
    for bad in [
        "ana@example",
        "a",
        "@b.c",
        "a@",
        "a@b@c.d",
        "a b@c.d",
        "a@b c.d",
        "a@b..c",
        "a@.c",
        "a@b.",
        "a@-b.c",
        "a@b-.c",
        "a@b_c.d",
        "a,b@c.d",
        "a:b@c.d",
        "a@b.c ",
        "a\u{a0}@b.c",
        "a@b\u{3000}.c",
        "a\u{7}@b.c",
    ] {
        assert_eq!(one("email", "text", bad), Err("bad-email"), "{bad:?}");
        assert!(one("Email", "text", bad).is_ok());
    }
    let twin = attributes(
        "id,mail\n1,x\n",
        r#","columns":[{"header":"mail","as":"email"}]"#,
    );
    rejected_are(&twin, &[(1, "bad-email")]);
}

#[test]
fn a_bad_value_rejects_the_row_or_is_skipped() {
    let columns = |on_bad_value: &str| {
        format!(r#","columns":[{{"header":"n","type":"number","on_bad_value":"{on_bad_value}"}}]"#)
    };
    let export = "id,n,a\n1,x,y\n";
    let twin = attributes(export, &columns("reject_row"));
    rejected_are(&twin, &[(1, "bad-number")]);
    assert!(twin.bodies.is_empty());
    bodies_are(
        &attributes(export, &columns("skip_cell")),
        &[r#"{"attributes":[{"external_id":"1","a":"y"}]}"#],
    );
}

#[test]
fn the_first_reason_wins() {
    let mapping = r#"{"version":1,"rows":"audience","identifiers":[{"column":"id","as":"external_id"}],
        "audience":{"id":{"column":"aud"},"split":{"value":"1"},
            "member":{"column":"status","true":["in"],"false":[]}},
        "columns":[{"header":"b","type":"boolean"},{"header":"n","type":"number"}]}"#;
    let long = "x".repeat(988);
    let export = format!(
        "id,aud,status,email,b,n\n,,,x,x\n,,,x,x,x,\n,,,x,x,x\n{long},,,x,x,x\n\
         1,,,x,x,x\n1,9,,x,x,x\n1,9,in,x,x,x\n1,9,in,,x,x\n1,9,in,,,x\n"
    );
    rejected_are(
        &map(export.as_bytes(), mapping),
        &[
            (1, "too-few-cells"),
            (2, "too-many-cells"),
            (3, "missing-identifier"),
            (4, "identifier-too-long"),
            (5, "empty-audience-part"),
            (6, "unknown-status"),
            (7, "bad-email"),
            (8, "bad-boolean"),
            (9, "bad-number"),
        ],
    );
}

#[test]
fn an_object_may_have_102_400_bytes() {
    let frame = r#"{"external_id":"1","a":""}"#.len();
    let fits = "x".repeat(102_400 - frame);
    let twin = attributes(&format!("id,a\n1,{fits}\n1,{fits}x\n"), "");
    bodies_are(
        &twin,
        &[&format!(
            r#"{{"attributes":[{{"external_id":"1","a":"{fits}"}}]}}"#
        )],
    );
    rejected_are(&twin, &[(2, "object-too-large")]);
}

#[test]
fn a_body_holds_75_objects() {
    let rows = (0..151).map(|number| format!("{number},x\n"));
    let twin = attributes(&format!("id,a\n{}", rows.collect::<String>()), "");
    let sizes: Vec<usize> = twin
        .bodies
        .iter()
        .map(|body| body.matches("external_id").count())
        .collect();
    assert_eq!((twin.rows, sizes), (151, vec![75, 75, 1]));
}

/// 41 objects fill a body to its last byte; with one byte more the 41st opens the next.
#[test]
fn a_body_holds_4_194_304_bytes() {
    let frame = r#"{"attributes":[]}"#.len() + 40 + 41 * r#"{"external_id":"10","a":""}"#.len();
    let room = MAX_BODY_BYTES - frame;
    let mut cells = vec!["x".repeat(room / 41); 41];
    cells[40].push_str(&"x".repeat(room % 41));
    let lengths = |cells: &[String]| {
        let rows = cells.iter().enumerate();
        let rows = rows.map(|(number, cell)| format!("{},{cell}\n", number + 10));
        let twin = attributes(&format!("id,a\n{}", rows.collect::<String>()), "");
        twin.bodies.iter().map(String::len).collect::<Vec<_>>()
    };
    assert_eq!(lengths(&cells), [MAX_BODY_BYTES]);

    cells[7].push('x');
    let last = r#"{"attributes":[{"external_id":"50","a":""}]}"#.len() + cells[40].len();
    assert_eq!(lengths(&cells)[1..], [last]);
}

#[test]
fn line_ends_a_byte_order_mark_and_a_missing_last_line_end_change_nothing() {
    let plain = attributes("id,a\n1,x\n2,y\n", "");
    for export in [
        "id,a\r\n1,x\r\n2,y\r\n",
        "\u{feff}id,a\n1,x\n2,y\n",
        "id,a\n1,\"x\"\n2,y",
    ] {
        assert_eq!(attributes(export, ""), plain, "{export:?}");
    }
}
