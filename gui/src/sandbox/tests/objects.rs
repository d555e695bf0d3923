//! One object at a time: what refuses it, and what it leaves in a profile.

use serde_json::{Value, json};

use super::{
    client::{get, track},
    handle, start,
};
use crate::sandbox::{state, workspace::Workspace};

/// The `type` with which one object of `array` is refused; nothing when it is taken.
fn refusal(array: &str, object: &str) -> Option<String> {
    let body = format!(r#"{{"{array}":[{object}]}}"#);
    let mut workspace = Workspace::default();
    let answer = handle(&mut workspace, body);
    let report = workspace.report();
    assert_eq!(report.accepted + report.refused, 1, "{object}");
    assert_eq!(answer.status == 201, report.accepted == 1, "{object}");
    if report.accepted == 1 {
        return None;
    }
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["errors"][0]["input_array"], array);
    Some(body["errors"][0]["type"].as_str().unwrap().to_owned())
}

/// The users after each of `bodies` has been taken.
pub(super) fn users(bodies: &[&str]) -> Value {
    let mut workspace = Workspace::default();
    for body in bodies {
        let answer = handle(&mut workspace, body);
        assert_eq!(answer.status, 201, "{body}");
    }
    let state: Value = serde_json::from_str(&state::state(&workspace, None).body).unwrap();
    state["users"].clone()
}

#[test]
fn identifiers_follow_the_rules() {
    let required = "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required";
    let two = "only one of 'external_id', 'braze_id' or 'user_alias' may be provided";
    let long = |n: usize| format!(r#"{{"external_id":"{}","x":1}}"#, "é".repeat(n));
    let alias = |name: usize, label: usize| {
        let (name, label) = ("n".repeat(name), "l".repeat(label));
        format!(r#"{{"user_alias":{{"alias_name":"{name}","alias_label":"{label}"}},"x":1}}"#)
    };
    for (object, refused) in [
        (r#"{"external_id":"00123","x":1}"#.to_owned(), None),
        (
            r#"{"external_id":null,"braze_id":"b","x":1}"#.to_owned(),
            None,
        ),
        (
            r#"{"external_id":"a","email":"a@b.co","phone":"x"}"#.to_owned(),
            None,
        ),
        (r#"{"phone":"+49 (30) 123456"}"#.to_owned(), None),
        (r#"{"email":"A.b+c@x-y.example"}"#.to_owned(), None),
        (long(493), None),
        (long(494), Some("EXTERNAL_USER_ID_TOO_LARGE")),
        (alias(236, 236), None),
        (alias(237, 1), Some("'user_alias' is not valid")),
        (alias(1, 0), Some("'user_alias' is not valid")),
        (
            r#"{"user_alias":"a"}"#.to_owned(),
            Some("'user_alias' is not valid"),
        ),
        (
            r#"{"external_id":"a","braze_id":"b"}"#.to_owned(),
            Some(two),
        ),
        (r#"{"external_id":"","x":1}"#.to_owned(), Some(required)),
        (
            r#"{"external_id":5}"#.to_owned(),
            Some("'external_id' is not valid"),
        ),
        (
            r#"{"braze_id":""}"#.to_owned(),
            Some("'braze_id' is not valid"),
        ),
        (r#"{"x":1}"#.to_owned(), Some(required)),
        ("[]".to_owned(), Some(required)),
        (r#"{"email":"a@b"}"#.to_owned(), Some("EMAIL_BAD_FORMAT")),
        (
            r#"{"email":"a b@c.de"}"#.to_owned(),
            Some("EMAIL_BAD_FORMAT"),
        ),
        (
            r#"{"email":"a@@c.de"}"#.to_owned(),
            Some("EMAIL_BAD_FORMAT"),
        ),
        (
            r#"{"email":7,"phone":"+15551234567"}"#.to_owned(),
            Some("EMAIL_BAD_FORMAT"),
        ),
        (
            r#"{"phone":"030 123456"}"#.to_owned(),
            Some("'phone' is not valid"),
        ),
        (
            r#"{"external_id":"a","_update_existing_only":"true"}"#.to_owned(),
            Some("'_update_existing_only' is not valid"),
        ),
    ] {
        assert_eq!(
            refusal("attributes", &object).as_deref(),
            refused,
            "{object}"
        );
    }
}

#[test]
fn wrong_standard_fields_are_refused_by_their_code() {
    let uuid = "01234567-89ab-cdef-0123-456789abcdef";
    for (field, refused) in [
        (r#""email":"no""#, Some("EMAIL_BAD_FORMAT")),
        (r#""email":null"#, None),
        (r#""email_subscribe":"opted_in""#, None),
        (
            r#""email_subscribe":"Subscribed""#,
            Some("BAD_EMAIL_SUBSCRIPTION_STATE"),
        ),
        (
            r#""push_subscribe":true"#,
            Some("BAD_PUSH_SUBSCRIPTION_STATE"),
        ),
        (r#""current_location":{"longitude":1.5,"latitude":2}"#, None),
        (
            r#""current_location":{"longitude":"1","latitude":2}"#,
            Some("BAD_LOCATION_UPDATE"),
        ),
        (r#""current_location":[1,2]"#, Some("BAD_LOCATION_UPDATE")),
        (
            r#""email_subscription_info":1"#,
            Some("INVALID_ATTRIBUTE_EMAIL_SUBSCRIPTION_INFO"),
        ),
        (
            r#""subscription_groups":{}"#,
            Some("BAD_SUBSCRIPTION_GROUP_ARRAY"),
        ),
        (
            r#""subscription_groups":[{}]"#,
            Some("BAD_SUBSCRIPTION_GROUP_HASH"),
        ),
        (
            r#""subscription_groups":[{"subscription_group_id":"x","subscription_state":"subscribed"}]"#,
            Some("BAD_SUBSCRIPTION_GROUP_ID"),
        ),
        (
            &format!(
                r#""subscription_groups":[{{"subscription_group_id":"{uuid}","subscription_state":"opted_in"}}]"#
            ),
            Some("BAD_SUBSCRIPTION_GROUP_STATE"),
        ),
        (
            &format!(
                r#""subscription_groups":[{{"subscription_group_id":"{uuid}","subscription_state":"subscribed"}}]"#
            ),
            None,
        ),
        (r#""push_tokens":[1]"#, Some("BAD_PUSH_TOKEN_VALUE")),
        (
            r#""push_tokens":[{"token":"t"}]"#,
            Some("BAD_PUSH_TOKEN_APP_ID"),
        ),
        (
            r#""push_tokens":[{"app_id":"a","token":1}]"#,
            Some("BAD_PUSH_TOKEN_STRING"),
        ),
        (
            r#""push_tokens":[{"app_id":"a","token":"t","device_id":"short"}]"#,
            Some("BAD_DEVICE_ID"),
        ),
        (r#""push_tokens":[{"app_id":"a","token":"t"}]"#, None),
        (r#""push_token_import":true"#, Some("BAD_PUSH_TOKEN_IMPORT")),
    ] {
        let object = format!(r#"{{"external_id":"a",{field}}}"#);
        assert_eq!(
            refusal("attributes", &object).as_deref(),
            refused,
            "{object}"
        );
    }
    let import = r#"{"push_token_import":true,"push_tokens":[{"app_id":"a","token":"t"}]}"#;
    assert_eq!(refusal("attributes", import), None);
}

#[test]
fn events_and_purchases_need_their_parts() {
    let long = "x".repeat(100 * 1024);
    let nested = format!(r#""name":"e","time":"2024-01-01","properties":{{"p":["{long}"]}}"#);
    let flat = format!(r#""name":"e","time":"2024-01-01","properties":{{"p":"{long}"}}"#);
    let bad_properties = Some("'properties' is not valid");
    for (parts, refused) in [
        (
            r#""name":"e","time":"2024-01-01T00:00:00Z","properties":{"a":1}"#,
            None,
        ),
        (r#""time":"2024-01-01""#, Some("'name' is required")),
        (
            r#""name":"","time":"2024-01-01""#,
            Some("'name' is required"),
        ),
        (
            r#""name":7,"time":"2024-01-01""#,
            Some("'name' is required"),
        ),
        (r#""name":"e""#, Some("'time' is required")),
        (
            r#""name":"e","time":1711476720"#,
            Some("'time' is not valid"),
        ),
        (
            r#""name":"e","time":"yesterday""#,
            Some("'time' is not valid"),
        ),
        (
            r#""name":"e","time":"2024-01-01","properties":[]"#,
            bad_properties,
        ),
        (
            r#""name":"e","time":"2024-01-01","properties":{"time":1}"#,
            bad_properties,
        ),
        (
            r#""name":"e","time":"2024-01-01","properties":{"$a":1}"#,
            bad_properties,
        ),
        (&flat, None),
        (&nested, Some("'properties' is too large")),
    ] {
        let object = format!(r#"{{"braze_id":"a",{parts}}}"#);
        assert_eq!(refusal("events", &object).as_deref(), refused);
    }
    for (parts, refused) in [
        (r#""product_id":"p","currency":"USD","price":1"#, None),
        (
            r#""currency":"USD","price":1"#,
            Some("'product_id' is required"),
        ),
        (
            r#""product_id":"p","currency":"$","price":1"#,
            Some("'currency' is not valid"),
        ),
        (
            r#""product_id":"p","currency":"USD","price":"1""#,
            Some("'price' is not valid"),
        ),
        (
            r#""product_id":"p","currency":"USD","price":1,"quantity":101"#,
            Some("'quantity' is not valid"),
        ),
    ] {
        let object = format!(r#"{{"phone":"5551234567","time":"2024-01-01",{parts}}}"#);
        assert_eq!(refusal("purchases", &object).as_deref(), refused);
    }
}

#[test]
fn null_removes_and_false_stays() {
    let users = users(&[
        r#"{"attributes":[{"external_id":"a","first_name":"Ada","AIQ_1_2":true,"AIQ_1_3":true}]}"#,
        r#"{"attributes":[{"external_id":"a","first_name":null,"AIQ_1_2":null,"AIQ_1_3":false}]}"#,
    ]);
    assert_eq!(
        users["external_id:a"]["attributes"],
        json!({"AIQ_1_3": false})
    );
    assert_eq!(users["external_id:a"]["fields"], json!({}));
}

#[test]
fn objects_replace_each_other_unless_they_are_merged() {
    let first =
        r#"{"attributes":[{"external_id":"7","a":{"x":1,"o":{"p":1.10,"q":2}},"t":"text"}]}"#;
    for (second, a) in [
        (r#""a":{"o":{"q":3}}"#, json!({"o": {"q": 3}})),
        (
            r#""_merge_objects":true,"a":{"o":{"q":3},"z":"n"}"#,
            json!({"x": 1, "o": {"p": 1.10, "q": 3}, "z": "n"}),
        ),
        (
            r#""_merge_objects":true,"a":{"when":{"$time":"2026-03-26"}}"#,
            json!({"x": 1, "o": {"p": 1.10, "q": 2}, "when": {"$time": "2026-03-26"}}),
        ),
        (r#""_merge_objects":true,"a":5"#, json!(5)),
        (
            // Braze leaves out an object with a null or a wrong time in it, as a whole.
            r#""_merge_objects":true,"a":{"o":{"q":null}}"#,
            json!({"x": 1, "o": {"p": 1.10, "q": 2}}),
        ),
        (
            r#""a":{"w":[{"$time":"soon"}]}"#,
            json!({"x": 1, "o": {"p": 1.10, "q": 2}}),
        ),
    ] {
        let second = format!(r#"{{"attributes":[{{"external_id":"7",{second}}}]}}"#);
        let users = users(&[first, &second]);
        assert_eq!(users["external_id:7"]["attributes"]["a"], a, "{second}");
        assert_eq!(users["external_id:7"]["attributes"]["t"], "text");
    }
}

#[test]
fn only_who_may_be_created_is() {
    let sandbox = start();
    let reply = track(
        &sandbox,
        r#"{"attributes":[
            {"external_id":"a","_update_existing_only":true,"x":1},
            {"external_id":"b","_update_existing_only":false,"x":1},
            {"user_alias":{"alias_name":"n","alias_label":"l"},"x":1},
            {"user_alias":{"alias_name":"m","alias_label":"l"},"_update_existing_only":false,"x":1},
            {"braze_id":"unknown","_update_existing_only":false,"x":1},
            {"braze_id":"000000000000000000000001","x":2},
            {"external_id":"b","_update_existing_only":true,"y":1}]}"#,
    );
    assert_eq!(reply.json()["attributes_processed"], 7);
    assert_eq!(sandbox.report().unknown_users, 3);
    let state = get(&sandbox, "/state.json").json();
    let users = state["users"].as_object().unwrap();
    assert_eq!(
        users.keys().collect::<Vec<_>>(),
        ["external_id:b", "user_alias:l:m"]
    );
    assert_eq!(
        users["external_id:b"]["attributes"],
        json!({"x": 2, "y": 1})
    );
}

#[test]
fn an_address_finds_the_latest_profile_with_an_external_id() {
    let users = users(&[
        r#"{"attributes":[{"external_id":"old","email":"A@b.co"},{"external_id":"new","email":"a@b.co"},
                          {"user_alias":{"alias_name":"n","alias_label":"l"},"email":"a@b.co",
                           "_update_existing_only":false}]}"#,
        r#"{"attributes":[{"email":"a@B.co","found":true}]}"#,
        r#"{"attributes":[{"external_id":"new","email":"other@b.co"}]}"#,
        r#"{"events":[{"email":"a@b.co","phone":"+15551234567","name":"e","time":"2024-01-01"}]}"#,
        r#"{"attributes":[{"email":"new@b.co"},{"phone":"(555) 123-4567"},{"phone":"+15551234567","x":1}]}"#,
    ]);
    assert_eq!(users["external_id:new"]["attributes"]["found"], true);
    assert_eq!(users["external_id:old"]["events"]["e"]["count"], 1);
    assert_eq!(users["email:new@b.co"]["fields"]["email"], "new@b.co");
    assert_eq!(users["phone:+15551234567"]["attributes"]["x"], 1);
    assert_eq!(users.as_object().unwrap().len(), 5);
}

#[test]
fn names_are_trimmed_and_texts_cut() {
    let long = "é".repeat(300);
    let body = format!(
        r#"{{"attributes":[{{"external_id":"a"," padded\n ":"{long}","{long}":1,"  ":1,"Email":"x",
            "first_name":7,"gender":"male","dob":"01/02/2024","bio":"b","alias_name":"n","home_city":"{long}"}}]}}"#
    );
    let mut workspace = Workspace::default();
    handle(&mut workspace, &body);
    assert_eq!(workspace.report().dropped_values, 5);
    let users = users(&[&body]);
    let cut = "é".repeat(255);
    assert_eq!(
        users["external_id:a"]["attributes"],
        json!({"padded": cut, cut.as_str(): 1, "Email": "x"})
    );
    assert_eq!(users["external_id:a"]["fields"], json!({"home_city": cut}));
}

#[test]
fn digits_stay_as_they_were_sent() {
    let sandbox = start();
    let attributes = r#"{"a":12345678901234567890,"b":1.10,"c":-0.0,"d":1E400,"e":[0.10,{"f":123456789012345678901234567890}]}"#;
    let object = attributes.replacen('{', r#"{"external_id":"00123","#, 1);
    track(&sandbox, &format!(r#"{{"attributes":[{object}]}}"#));
    let state = get(&sandbox, "/state.json").body;
    assert!(state.contains(attributes), "{state}");
    assert!(state.contains(r#""external_id:00123""#), "{state}");
}

#[test]
fn events_are_counted_and_never_lie_in_the_future() {
    let event = |time| format!(r#"{{"external_id":"a","name":"e","time":"{time}"}}"#);
    let first = event("2024-01-01T01:00:00+02:00");
    let body = format!(
        r#"{{"events":[{first},{first},{},{}]}}"#,
        event("2024-06-01"),
        event("2999-01-01T00:00:00Z")
    );
    let users = users(&[&body]);
    let tally = &users["external_id:a"]["events"]["e"];
    assert_eq!(tally["count"], 4);
    assert_eq!(tally["first"], "2023-12-31T23:00:00.000Z");
    let last = tally["last"].as_str().unwrap();
    assert!(last > "2024-06-01" && last < "2999", "{last}");
}
