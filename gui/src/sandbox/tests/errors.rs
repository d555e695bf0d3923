//! How a refusal is worded.

use serde_json::json;

use super::{client::track, with_settings};
use crate::sandbox::{Errors, Sandbox, Settings};

const BODY: &str = r#"{"attributes":[{"external_id":"a","x":1},{"email":"no"},{"x":1},
    {"external_id":"dummy","x":1},{"external_id":"a","push_subscribe":1}]}"#;

fn speaking(errors: Errors) -> Sandbox {
    with_settings(Settings {
        errors,
        blocked_users: vec!["dummy".to_owned()],
        ..Settings::default()
    })
}

fn types(errors: Errors) -> Vec<String> {
    let reply = track(&speaking(errors), BODY);
    assert_eq!(
        (reply.status, &reply.json()["attributes_processed"]),
        (201, &json!(1))
    );
    let errors = reply.json()["errors"].take();
    let errors = errors.as_array().unwrap().iter();
    errors
        .map(|error| error["type"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn reasons_are_codes_or_sentences() {
    let required = "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required";
    assert_eq!(
        types(Errors::Codes),
        [
            "EMAIL_BAD_FORMAT",
            required,
            "BLACKLISTED_EXTERNAL_USER_ID",
            "BAD_PUSH_SUBSCRIPTION_STATE"
        ]
    );
    assert_eq!(
        types(Errors::Sentences),
        [
            "The value provided for the 'email' field is not a valid email.",
            required,
            "provided external_id is blacklisted and disallowed",
            "'push_subscribe' is not valid"
        ]
    );
}

#[test]
fn without_a_survivor_the_message_is_general() {
    let reply = track(
        &speaking(Errors::Sentences),
        r#"{"attributes":[{"external_id":"dummy","x":1}]}"#,
    );
    assert_eq!(reply.status, 400);
    assert_eq!(
        reply.json(),
        json!({
            "message":
                "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.",
            "errors": [{"type": "provided external_id is blacklisted and disallowed",
                        "input_array": "attributes", "index": 0}],
        })
    );
}
