//! Bodies and what is said about them.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::diag::Language;

/// Each problem as (code's name, path).
fn told(report: &Report) -> Vec<(&'static str, String)> {
    let told = report.problems.iter().map(|problem| match &problem.place {
        Place::Payload { path, .. } => (problem.code.name(), path.clone()),
        place => panic!("{place:?}"),
    });
    told.collect()
}

/// An attribute object of user `u` with these members.
fn attributes(members: &str) -> String {
    format!(r#"{{"attributes":[{{"external_id":"u",{members}}}]}}"#)
}

/// An event of user `u` with these members besides its name and time.
fn event(members: &str) -> String {
    format!(
        r#"{{"events":[{{"external_id":"u","name":"seen","time":"2026-03-26T18:12:00Z"{members}}}]}}"#
    )
}

/// An event with these properties.
fn properties(members: &str) -> String {
    event(&format!(r#","properties":{{{members}}}"#))
}

/// A purchase of user `u` with these members besides identifier and time.
fn purchase(members: &str) -> String {
    format!(r#"{{"purchases":[{{"external_id":"u","time":"2026-03-26",{members}}}]}}"#)
}

const PURCHASE: &str = r#""product_id":"p","currency":"EUR","price":1.50"#;

/// Bodies with one problem: each a body, the code's name, and the path.
fn bodies() -> Vec<(String, &'static str, &'static str)> {
    let mut bodies: Vec<(String, &str, &str)> = Vec::new();
    let mut add = |body: String, name, path| bodies.push((body, name, path));

    add(String::new(), "body-not-json", "");
    add("{'attributes':[]}".to_owned(), "body-not-json", "");
    add(
        r#"{"attributes":[{"external_id":"u","a":1,}]}"#.to_owned(),
        "body-not-json",
        "",
    );
    add("[]".to_owned(), "body-not-object", "");
    add("{}".to_owned(), "nothing-to-send", "");
    add(
        r#"{"attributes":[],"events":[]}"#.to_owned(),
        "nothing-to-send",
        "",
    );
    add(
        r#"{"partner":"x","attributes":[{"external_id":"u"}]}"#.to_owned(),
        "unknown-body-key",
        "partner",
    );
    add(
        r#"{"attributes":[{"external_id":"u"}],"events":{}}"#.to_owned(),
        "body-wrong-type",
        "events",
    );
    add(
        r#"{"events":[],"attributes":[{"external_id":"u"}],"events":[]}"#.to_owned(),
        "doubled-key",
        "events",
    );
    add(
        r#"{"attributes":[7]}"#.to_owned(),
        "body-wrong-type",
        "attributes[0]",
    );
    let many = vec![r#"{"external_id":"u"}"#; 76].join(",");
    add(
        format!(r#"{{"attributes":[{many}]}}"#),
        "too-many-objects",
        "",
    );
    add(
        format!(
            r#"{{"attributes":[{{"external_id":"u"}}]{}}}"#,
            " ".repeat(4 << 20)
        ),
        "body-too-large",
        "",
    );
    let keys: Vec<_> = (0..250).map(|n| format!("\"k{n}\":{n}")).collect();
    add(attributes(&keys.join(",")), "many-keys", "attributes[0]");
    let texts: Vec<_> = (0..200)
        .map(|n| format!("\"k{n}\":\"{}\"", "é".repeat(255)))
        .collect();
    let halves = texts.join(",");
    add(
        attributes(&halves.replacen("k", "\\u006b", 1)),
        "body-object-too-large",
        "attributes[0]",
    );

    // Identifiers
    add(
        r#"{"attributes":[{"a":1}]}"#.to_owned(),
        "object-without-identifier",
        "attributes[0]",
    );
    add(
        r#"{"attributes":[{"email":null,"a":1}]}"#.to_owned(),
        "object-without-identifier",
        "attributes[0]",
    );
    add(
        attributes(r#""braze_id":"b""#),
        "two-identifiers",
        "attributes[0].braze_id",
    );
    add(
        r#"{"attributes":[{"email":"a@b.co","phone":"+34600123456"}]}"#.to_owned(),
        "email-and-phone",
        "attributes[0].phone",
    );
    add(
        format!(
            r#"{{"attributes":[{{"external_id":"{}"}}]}}"#,
            "é".repeat(494)
        ),
        "identifier-too-large",
        "attributes[0].external_id",
    );
    add(
        r#"{"attributes":[{"external_id":" "}]}"#.to_owned(),
        "empty-identifier",
        "attributes[0].external_id",
    );
    add(
        r#"{"attributes":[{"external_id":12}]}"#.to_owned(),
        "identifier-not-text",
        "attributes[0].external_id",
    );
    add(
        r#"{"attributes":[{"braze_id":null}]}"#.to_owned(),
        "identifier-not-text",
        "attributes[0].braze_id",
    );
    add(
        r#"{"attributes":[{"phone":34600}]}"#.to_owned(),
        "identifier-not-text",
        "attributes[0].phone",
    );
    add(
        r#"{"attributes":[{"user_alias":"x"}]}"#.to_owned(),
        "bad-alias",
        "attributes[0].user_alias",
    );
    add(
        r#"{"attributes":[{"user_alias":{"alias_name":"x"}}]}"#.to_owned(),
        "bad-alias",
        "attributes[0].user_alias",
    );
    add(
        r#"{"attributes":[{"user_alias":{"alias_name":"x","alias_label":""}}]}"#.to_owned(),
        "empty-identifier",
        "attributes[0].user_alias.alias_label",
    );
    add(
        format!(
            r#"{{"attributes":[{{"user_alias":{{"alias_name":"{}","alias_label":"x"}}}}]}}"#,
            "x".repeat(237)
        ),
        "identifier-too-large",
        "attributes[0].user_alias.alias_name",
    );
    add(
        r#"{"attributes":[{"user_alias":{"alias_name":"x","alias_label":"y","label":1}}]}"#
            .to_owned(),
        "unknown-body-key",
        "attributes[0].user_alias.label",
    );
    add(
        attributes(r#""alias_name":"x""#),
        "bad-alias",
        "attributes[0].alias_name",
    );
    add(
        attributes(r#""email":"a@b""#),
        "bad-email",
        "attributes[0].email",
    );
    add(
        attributes(r#""phone":"600123456""#),
        "bad-phone",
        "attributes[0].phone",
    );

    // Flags
    for key in ["_update_existing_only", "_merge_objects"] {
        let path = if key.starts_with("_u") {
            "attributes[0]._update_existing_only"
        } else {
            "attributes[0]._merge_objects"
        };
        add(
            attributes(&format!(r#""{key}":"true""#)),
            "body-wrong-type",
            path,
        );
    }
    add(
        r#"{"attributes":[{"push_token_import":true}]}"#.to_owned(),
        "bad-token-import",
        "attributes[0]",
    );
    add(
        r#"{"attributes":[{"external_id":"u","push_token_import":true,"push_tokens":[]}]}"#
            .to_owned(),
        "bad-token-import",
        "attributes[0].external_id",
    );

    // Standard fields
    for (members, name, path) in [
        (
            r#""gender":"female""#,
            "unknown-gender",
            "attributes[0].gender",
        ),
        (r#""dob":"12/31/1990""#, "bad-day", "attributes[0].dob"),
        (
            r#""country":"Spain""#,
            "unknown-country",
            "attributes[0].country",
        ),
        (
            r#""language":"es-ES""#,
            "unknown-language",
            "attributes[0].language",
        ),
        (
            r#""time_zone":"Madrid time""#,
            "unknown-time-zone",
            "attributes[0].time_zone",
        ),
        (
            r#""email_subscribe":"yes""#,
            "bad-consent",
            "attributes[0].email_subscribe",
        ),
        (
            r#""push_subscribe":true"#,
            "bad-consent",
            "attributes[0].push_subscribe",
        ),
        (
            r#""date_of_last_session":"soon""#,
            "field-not-a-date",
            "attributes[0].date_of_last_session",
        ),
        (r#""bio":"words""#, "removed-field", "attributes[0].bio"),
        (
            r#""email_subscription_info":{}"#,
            "forbidden-field",
            "attributes[0].email_subscription_info",
        ),
        (
            r#""first_name":5"#,
            "body-wrong-type",
            "attributes[0].first_name",
        ),
        (
            r#""email_open_tracking_disabled":"true""#,
            "body-wrong-type",
            "attributes[0].email_open_tracking_disabled",
        ),
        (
            r#""current_location":{"longitude":1}"#,
            "bad-location",
            "attributes[0].current_location",
        ),
        (
            r#""current_location":{"longitude":"1","latitude":2}"#,
            "bad-location",
            "attributes[0].current_location.longitude",
        ),
        (
            r#""current_location":[1,2]"#,
            "bad-location",
            "attributes[0].current_location",
        ),
        (
            r#""facebook":{"likes":[1]}"#,
            "body-wrong-type",
            "attributes[0].facebook.likes[0]",
        ),
        (
            r#""facebook":"x""#,
            "body-wrong-type",
            "attributes[0].facebook",
        ),
        (
            r#""twitter":{"id":"7"}"#,
            "body-wrong-type",
            "attributes[0].twitter.id",
        ),
        (
            r#""push_tokens":{}"#,
            "bad-push-token",
            "attributes[0].push_tokens",
        ),
        (
            r#""push_tokens":[{"app_id":"a"}]"#,
            "bad-push-token",
            "attributes[0].push_tokens[0]",
        ),
        (
            r#""push_tokens":[{"app_id":"a","token":"t","device_id":"short"}]"#,
            "bad-push-token",
            "attributes[0].push_tokens[0].device_id",
        ),
        (
            r#""subscription_groups":null"#,
            "bad-subscription-group",
            "attributes[0].subscription_groups",
        ),
        (
            r#""subscription_groups":["x"]"#,
            "bad-subscription-group",
            "attributes[0].subscription_groups[0]",
        ),
        (
            r#""subscription_groups":[{"subscription_group_id":"x","subscription_state":"subscribed"}]"#,
            "bad-subscription-group",
            "attributes[0].subscription_groups[0].subscription_group_id",
        ),
        (
            r#""subscription_groups":[{"subscription_group_id":"01234567-89ab-cdef-0123-456789abcdef","subscription_state":"opted_in"}]"#,
            "bad-subscription-group",
            "attributes[0].subscription_groups[0].subscription_state",
        ),
        // Custom attributes
        (
            r#""First_Name":"A""#,
            "near-standard-key",
            "attributes[0].First_Name",
        ),
        (
            r#""tier ":"gold""#,
            "spaces-around-key",
            "attributes[0][\"tier \"]",
        ),
        (r#"" ":"gold""#, "empty-key", "attributes[0][\" \"]"),
        (r#""$tier":"gold""#, "dollar-first", "attributes[0].$tier"),
        (
            r#""a\nb":"gold""#,
            "control-in-name",
            "attributes[0][\"a\\nb\"]",
        ),
        (r#""a":1,"a":1"#, "doubled-key", "attributes[0].a"),
        (
            r#""id":12345678901234567890"#,
            "digits-lost",
            "attributes[0].id",
        ),
        (r#""vip":"TRUE""#, "boolean-as-text", "attributes[0].vip"),
        (
            r#""last":"26.03.2026""#,
            "date-stays-text",
            "attributes[0].last",
        ),
        (
            r#""last":"9999-12-31""#,
            "year-not-kept",
            "attributes[0].last",
        ),
        (
            r#""last":"2026-03-26T18:12:00+30:00""#,
            "bad-offset",
            "attributes[0].last",
        ),
        (
            r#""pets":[{"name":null}]"#,
            "null-in-nested",
            "attributes[0].pets[0].name",
        ),
        (
            r#""pet":{"a b":1}"#,
            "bad-nested-key",
            "attributes[0].pet[\"a b\"]",
        ),
        (
            r#""pet":{"born":{"$time":"soon"}}"#,
            "bad-nested-time",
            "attributes[0].pet.born.$time",
        ),
        (
            r#""pet":{"born":"2020-01-01"}"#,
            "plain-date-in-nested",
            "attributes[0].pet.born",
        ),
        (
            r#""tags":["a","a"]"#,
            "doubled-item",
            "attributes[0].tags[1]",
        ),
        (
            r#""tags":[["a"]]"#,
            "array-in-array",
            "attributes[0].tags[0]",
        ),
        (r#""n":{"inc":"1"}"#, "bad-increment", "attributes[0].n.inc"),
        (
            r#""tags":{"add":"a"}"#,
            "bad-operator",
            "attributes[0].tags.add",
        ),
        (
            r#""pets":{"$set":[]}"#,
            "unknown-operator",
            "attributes[0].pets.$set",
        ),
        (
            r#""pets":{"$update":[]}"#,
            "update-without-merge",
            "attributes[0].pets.$update",
        ),
    ] {
        add(attributes(members), name, path);
    }
    let long = "é".repeat(256);
    add(
        attributes(&format!(r#""a":"{long}""#)),
        "text-too-long",
        "attributes[0].a",
    );
    let cut: &'static str =
        Box::leak(format!("attributes[0].{}…", "é".repeat(60)).into_boxed_str());
    add(attributes(&format!(r#""{long}":1"#)), "name-too-long", cut);
    let nested: &'static str =
        Box::leak(format!("attributes[0].a.{}…", "é".repeat(60)).into_boxed_str());
    add(
        attributes(&format!(r#""a":{{"{long}":1}}"#)),
        "nested-key-too-long",
        nested,
    );
    let items: Vec<_> = (0..501).map(|n| n.to_string()).collect();
    add(
        attributes(&format!(r#""a":[{}]"#, items.join(","))),
        "too-many-items",
        "attributes[0].a",
    );
    let deep: &'static str =
        Box::leak(format!("events[0].properties.a{}", "[0]".repeat(64)).into_boxed_str());
    add(
        properties(&format!(r#""a":{}{}"#, "[".repeat(5000), "]".repeat(5000))),
        "too-deep",
        deep,
    );
    add(
        r#"{"attributes":[{"external_id":"u","a":1},{"a":1,"external_id":"\u0075"},{"external_id":"v","a":2},{"external_id":"u","a":3}]}"#.to_owned(),
        "attribute-set-twice",
        "attributes[3].a",
    );

    // Events and purchases
    for (members, name, path) in [
        (r#","app_id":5"#, "body-wrong-type", "events[0].app_id"),
        (
            r#","properties":[]"#,
            "body-wrong-type",
            "events[0].properties",
        ),
        (r#","colour":"red""#, "unknown-body-key", "events[0].colour"),
    ] {
        add(event(members), name, path);
    }
    for (object, name, path) in [
        (
            r#"{"external_id":"u","time":"2026-03-26"}"#,
            "missing-member",
            "events[0]",
        ),
        (
            r#"{"external_id":"u","name":"seen"}"#,
            "missing-member",
            "events[0]",
        ),
        (
            r#"{"external_id":"u","name":"","time":"2026-03-26"}"#,
            "empty-key",
            "events[0].name",
        ),
        (
            r#"{"external_id":"u","name":5,"time":"2026-03-26"}"#,
            "body-wrong-type",
            "events[0].name",
        ),
        (
            r#"{"external_id":"u","name":"seen","time":"Mar 26 2026"}"#,
            "body-bad-time",
            "events[0].time",
        ),
        (
            r#"{"external_id":"u","name":"seen","time":1790000000}"#,
            "body-wrong-type",
            "events[0].time",
        ),
        (
            r#"{"external_id":"u","name":"seen","time":"9999-12-31"}"#,
            "body-bad-time",
            "events[0].time",
        ),
    ] {
        add(format!(r#"{{"events":[{object}]}}"#), name, path);
    }
    for (members, name, path) in [
        (
            r#""time":"x""#,
            "reserved-property",
            "events[0].properties.time",
        ),
        (
            r#""price":1"#,
            "purchase-property",
            "events[0].properties.price",
        ),
        (r#""":1"#, "empty-key", "events[0].properties[\"\"]"),
        (r#""a":null"#, "null-property", "events[0].properties.a"),
        (
            r#""a":["2026-03-26"]"#,
            "date-in-array",
            "events[0].properties.a[0]",
        ),
        (
            r#""a":1,"\u0061":2"#,
            "doubled-key",
            "events[0].properties.a",
        ),
    ] {
        add(properties(members), name, path);
    }
    let keys: Vec<_> = (0..257).map(|n| format!("\"k{n}\":{n}")).collect();
    add(
        properties(&keys.join(",")),
        "too-many-properties",
        "events[0].properties",
    );
    for (members, name, path) in [
        (
            r#""product_id":"p","currency":"eur","price":1"#,
            "bad-currency",
            "purchases[0].currency",
        ),
        (
            r#""product_id":"p","currency":"EUR","price":"1""#,
            "body-wrong-type",
            "purchases[0].price",
        ),
        (
            r#""product_id":7,"currency":"EUR","price":1"#,
            "body-wrong-type",
            "purchases[0].product_id",
        ),
        (
            r#""product_id":"","currency":"EUR","price":1"#,
            "empty-key",
            "purchases[0].product_id",
        ),
        (
            r#""product_id":"p","currency":"EUR""#,
            "missing-member",
            "purchases[0]",
        ),
        (
            r#""product_id":"p","currency":"EUR","price":1,"quantity":0"#,
            "bad-quantity",
            "purchases[0].quantity",
        ),
        (
            r#""product_id":"p","currency":"EUR","price":1,"quantity":101"#,
            "bad-quantity",
            "purchases[0].quantity",
        ),
        (
            r#""product_id":"p","currency":"EUR","price":1,"quantity":1.0"#,
            "bad-quantity",
            "purchases[0].quantity",
        ),
        (
            r#""product_id":"p","currency":"EUR","price":1,"colour":1"#,
            "unknown-body-key",
            "purchases[0].colour",
        ),
    ] {
        add(purchase(members), name, path);
    }
    bodies
}

#[test]
fn each_problem_is_told_where_it_is_and_nothing_else() {
    for (body, name, path) in bodies() {
        let report = check(body.as_bytes());
        let shown: String = body.chars().take(200).collect();
        assert_eq!(told(&report), [(name, path.to_owned())], "{shown}");
        assert_eq!(report.tally.values().sum::<u64>(), 1);
        assert_eq!(
            report.is_fine(),
            report.problems[0].severity() == Severity::Warning
        );
        assert_eq!(report.n_bytes, body.len() as u64);
    }
}

#[test]
fn several_problems_come_in_the_order_of_their_places() {
    let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(103_000));
    for (body, expected) in [
        (
            r#"{"attributes":[{"vip":"true","email":"no"}],"events":[{}]}"#.to_owned(),
            vec![
                ("boolean-as-text", "attributes[0].vip"),
                ("bad-email", "attributes[0].email"),
                ("object-without-identifier", "events[0]"),
                ("missing-member", "events[0]"),
                ("missing-member", "events[0]"),
            ],
        ),
        (
            attributes(&format!(r#""a":{large}"#)),
            vec![
                ("body-object-too-large", "attributes[0]"),
                ("nested-too-large", "attributes[0].a"),
                ("text-too-long", "attributes[0].a.a"),
            ],
        ),
        ("\"\\ud800\"".to_owned(), vec![("body-not-utf8", "")]),
    ] {
        let report = check(body.as_bytes());
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, path)| (*name, (*path).to_owned()))
            .collect();
        assert_eq!(told(&report), expected);
    }
}

#[test]
fn what_is_fine() {
    for body in [
        attributes(r#""first_name":"Ana","tier":null,"n":{"inc":2},"_merge_objects":true,"pets":{"$update":[{"$identifier_key":"id","$identifier_value":1,"$new_object":{"id":2}}]}"#),
        attributes(r#""email":"ana@example.com","phone":"+34600123456","gender":null,"current_location":{"longitude":-3.7,"latitude":40.4}"#),
        attributes(r#""push_tokens":[{"app_id":"a","token":"t","device_id":"12345678"}],"twitter":{"id":7,"screen_name":"x"},"facebook":{"likes":["a"]}"#),
        attributes(r#""subscription_groups":[{"subscription_group_id":"01234567-89ab-cdef-0123-456789ABCDEF","subscription_state":"subscribed","use_double_opt_in_logic":true}]"#),
        r#"{"attributes":[{"push_token_import":true,"push_tokens":[{"app_id":"a","token":"t"}]}]}"#.to_owned(),
        r#"{"attributes":[{"user_alias":{"alias_name":"x","alias_label":"y"},"_update_existing_only":false}]}"#.to_owned(),
        r#"{"attributes":[{"external_id":"u","_merge_objects":true,"pet":{"a":1}},{"external_id":"u","_merge_objects":true,"pet":{"b":1}}]}"#.to_owned(),
        properties(r#""colour":"red","at":"2026-03-26","list":[1,{"a":[true]}]"#),
        purchase(&format!(r#"{PURCHASE},"quantity":100,"properties":{{"colour":"red"}}"#)),
    ] {
        assert_eq!(told(&check(body.as_bytes())), [], "{body}");
    }
}

#[test]
fn every_code_for_bodies_has_a_body() {
    let mut named: BTreeSet<_> = bodies().into_iter().map(|(_, name, _)| name).collect();
    // Tested apart: with bytes that are no text, with others in one body, with texts that are no body.
    named.extend(["body-not-utf8", "nested-too-large", "bad-json"]);
    let is_ours = |code: &&Code| {
        let number: u32 = code.id()[3..].parse().expect("a code has a number");
        (3011..3030).contains(&number) || (3050..3070).contains(&number) || number > 5000
    };
    for code in Code::ALL.iter().filter(is_ours) {
        assert!(named.contains(code.name()), "{code:?}");
    }
}

#[test]
fn places_and_words() {
    let body = "{\"attributes\": [\n  {\"external_id\": \"ü\", \"gender\": \"x\"}\n]}";
    let report = check(body.as_bytes());
    assert_eq!(
        report.problems[0].message(Language::English),
        "request body, line 2, column 34, attributes[0].gender: a gender that Braze does not have: \
         found \"x\", expected M, F, O, N, P, or null for unknown. Write the letter: M male, F female, \
         O other, N not applicable, P prefers not to say."
    );
    let json = serde_json::to_string(&report.problems[0]).unwrap();
    assert!(
        json.contains(r#""path":"attributes[0].gender","line":2,"position":34,"#),
        "{json}"
    );

    let report = check(b"{\"attributes\": [\n  {\"a\": \"\xFF\"}]}");
    assert_eq!(
        told(&report),
        [("body-not-utf8", "attributes[0].a".to_owned())]
    );
    let Place::Payload { line, column, .. } = report.problems[0].place else {
        panic!()
    };
    assert_eq!((line, column), (2, 10));

    let report = check("{\"attributes\":\n [}".as_bytes());
    let Place::Payload { line, column, .. } = report.problems[0].place else {
        panic!()
    };
    assert_eq!((line, column), (2, 3));
    assert_eq!(report.problems[0].expected.as_deref(), Some("value"));
}

#[test]
fn problems_are_counted_in_full_and_kept_in_part() {
    let events = vec![r#"{"name":"a","external_id":5}"#; 60_000].join(",\n");
    let report = check(format!(r#"{{"events":[{events}]}}"#).as_bytes());
    assert_eq!(report.problems.len(), MOST_PROBLEMS);
    assert_eq!(report.tally[&Code::IdentifierNotText], 60_000);
    assert_eq!(report.tally[&Code::MissingMember], 60_000);
    assert_eq!(report.n_events, 60_000);
    assert_eq!(
        told(&report)[999],
        ("missing-member", "events[499]".to_owned())
    );
}

#[test]
fn doubles_are_found_among_very_many_keys() {
    let keys: Vec<_> = (0..100_000).map(|n| format!("\"k{n}\":1")).collect();
    let body = attributes(&format!("{},\"k7\":2", keys.join(",")));
    let report = check(body.as_bytes());
    assert_eq!(report.tally[&Code::DoubledKey], 1);
    assert!(told(&report).contains(&("doubled-key", "attributes[0].k7".to_owned())));
}

#[test]
fn a_byte_order_mark_is_named() {
    let body = format!("\u{FEFF}{}", attributes(r#""a":1"#));
    let report = check(body.as_bytes());
    let [problem] = &report.problems[..] else {
        panic!("{:?}", report.problems)
    };
    assert_eq!(problem.code, Code::BodyNotJson);
    assert_eq!(problem.found.as_deref(), Some("a byte order mark"));
}

#[test]
fn depth_costs_no_stack() {
    let deep = ["[".repeat(1 << 20), "]".repeat(1 << 20)].concat();
    for (body, name) in [
        (deep.clone(), "body-not-object"),
        (attributes(&format!("\"a\":{deep}")), "too-deep"),
        (format!("{{\"x\":{deep}}}"), "unknown-body-key"),
        ("[".repeat(1 << 20), "body-not-json"),
        ("{\"a\":".repeat(1 << 18), "body-not-json"),
    ] {
        let told = told(&check(body.as_bytes()));
        assert!(told.iter().any(|(code, _)| *code == name), "{name}");
    }
}

/// JSON texts of random trees, whose keys are often those that Braze knows.
fn tree() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "null",
            "true",
            "1",
            "-1.5e3",
            "12345678901234567890",
            "\"\"",
            "\"u\"",
            "\"2026-03-26\"",
            "\"a@b.co\"",
            "\"\\ud83d\\ude00\"",
            "[]",
            "{}",
        ])
        .prop_map(str::to_owned),
        any::<String>().prop_map(|text| serde_json::to_string(&text).expect("a text is JSON")),
    ];
    let key = prop_oneof![
        4 => prop::sample::select(vec![
            "attributes", "events", "purchases", "external_id", "braze_id", "user_alias", "alias_name",
            "alias_label", "email", "phone", "name", "time", "properties", "product_id", "currency",
            "price", "quantity", "push_tokens", "push_token_import", "subscription_groups", "facebook",
            "likes", "current_location", "_merge_objects", "inc", "add", "remove", "$add", "$update",
            "$remove", "$time", "$identifier_key", "$identifier_value", "$new_object", "bio", "a b",
        ])
        .prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        let member = (key.clone(), inner.clone()).prop_map(|(key, value)| {
            format!(
                "{}:{value}",
                serde_json::to_string(&key).expect("a text is JSON")
            )
        });
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(member, 0..6)
                .prop_map(|members| format!("{{{}}}", members.join(" , "))),
        ]
    })
}

/// That each problem lies inside the text, and the first ones in their order.
fn assert_places(body: &str, report: &Report) -> Result<(), TestCaseError> {
    let mut last = (1, 1);
    for problem in &report.problems {
        let Place::Payload { line, column, .. } = problem.place else {
            return Err(TestCaseError::fail("a place in the body"));
        };
        prop_assert!((line, column) >= last, "in the order of places");
        last = (line, column);
        let text = body.split('\n').nth(line as usize - 1);
        let n_chars = text.map(|text| text.chars().count() as u64);
        prop_assert!(
            n_chars.is_some_and(|n_chars| column <= n_chars + 1),
            "{line}:{column}"
        );
        let _ = (
            problem.message(Language::English),
            problem.message(Language::Spanish),
        );
    }
    let n_told: u64 = report.tally.values().sum();
    prop_assert_eq!(
        n_told.min(MOST_PROBLEMS as u64),
        report.problems.len() as u64
    );
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_are_reported_on(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let report = check(&bytes);
        prop_assert!(report.n_bytes == bytes.len() as u64 && !report.problems.is_empty());
    }

    #[test]
    fn any_text_has_its_problems_inside(text in "([\\[\\]{},: \n\"]|\"attributes\":|\"events\":|\"external_id\":|\"u\"|1|null|\\\\ud800|é){0,30}") {
        assert_places(&text, &check(text.as_bytes()))?;
    }

    #[test]
    fn any_tree_has_its_problems_inside(tree in tree(), array in "attributes|events|purchases", spaces in "[ \n]{0,3}") {
        for body in [tree.clone(), format!("{{\"{array}\":{spaces}[{tree},{spaces}{tree}]}}")] {
            let report = check(body.as_bytes());
            assert_places(&body, &report)?;
            prop_assert!(!report.tally.contains_key(&Code::BodyNotJson), "{}", body);
            prop_assert!(!report.tally.contains_key(&Code::BodyNotUtf8), "{}", body);
        }
    }
}
