//! When and in which order requests are applied, and the order in which values arrived.

use std::sync::Arc;

use serde_json::{Value, json};

use super::client::track;
use crate::sandbox::{
    Memory, Options, Sandbox, Settings, Weather, moment::Moment, state, track as handler,
    workspace::Workspace,
};

/// So late that no test sees it.
const LATE_MS: u64 = 3_600_000;

fn late(shuffled: bool, seed: u64) -> Weather {
    Weather {
        seed,
        delay_ms: LATE_MS,
        shuffled,
        ..Weather::default()
    }
}

fn remembering() -> Settings {
    Settings {
        memory: Memory {
            history: 3,
            ..Memory::default()
        },
        ..Settings::default()
    }
}

fn state(sandbox: &Sandbox) -> Value {
    serde_json::from_str(&sandbox.state(None)).unwrap()
}

#[test]
fn a_late_request_is_accepted_now_and_applied_then() {
    let sandbox = Sandbox::start(Options {
        weather: late(false, 1),
        ..Options::default()
    })
    .unwrap();
    let reply = track(
        &sandbox,
        r#"{"attributes":[{"external_id":"a","x":1},{"x":1},{"external_id":"b","y":{"n":null}}]}"#,
    );
    assert_eq!(reply.json()["attributes_processed"], 2);
    let report = sandbox.report();
    assert_eq!((report.accepted, report.refused, report.waiting), (2, 1, 1));
    assert_eq!((report.profiles, report.dropped_values), (0, 0));
    assert_eq!(state(&sandbox)["users"], json!({}));
    sandbox.settle();
    let report = sandbox.report();
    assert_eq!(
        (report.waiting, report.profiles, report.dropped_values),
        (0, 2, 1)
    );
    assert_eq!(
        state(&sandbox)["users"]["external_id:a"]["attributes"],
        json!({"x": 1})
    );
}

#[test]
fn what_is_due_is_applied_when_somebody_looks() {
    let mut workspace = Workspace::new(Arc::default(), &late(false, 1));
    let body = br#"{"attributes":[{"external_id":"a","x":1}]}"#;
    handler::answer(&mut workspace, body, None);
    let now = Moment::now();
    workspace.catch_up(Some(now));
    assert_eq!(workspace.report().profiles, 0);
    workspace.catch_up(Some(now.later(LATE_MS)));
    assert_eq!(
        (workspace.report().profiles, workspace.report().waiting),
        (1, 0)
    );
}

/// What one attribute holds in the end when 0 to 39 are sent for it, one request each.
fn last_applied(shuffled: bool, seed: u64) -> Value {
    let mut workspace = Workspace::new(Arc::new(remembering()), &late(shuffled, seed));
    for x in 0..40 {
        let body = json!({"attributes": [{"external_id": "a", "x": x, "first": x},
                                         {"external_id": "a", "x": x + 100}]});
        handler::answer(&mut workspace, body.to_string().as_bytes(), None);
    }
    workspace.catch_up(None);
    let state: Value = serde_json::from_str(&state::state(&workspace, None).body).unwrap();
    let user = &state["users"]["external_id:a"];
    // The values of a request stay in their order.
    let last = user["attributes"]["x"].as_u64().unwrap();
    assert_eq!(user["attributes"]["first"].as_u64().unwrap() + 100, last);
    // They arrived in the order in which they were sent, whenever they were applied.
    assert_eq!(user["history"]["x"], json!([138, 39, 139]));
    user["attributes"]["x"].clone()
}

#[test]
fn without_a_shuffle_requests_keep_their_order() {
    assert_eq!(last_applied(false, 1), 139);
}

#[test]
fn with_a_shuffle_any_request_may_be_the_last() {
    let last: Vec<_> = (0..8).map(|seed| last_applied(true, seed)).collect();
    assert!(last.iter().any(|x| *x != 139), "{last:?}");
    assert!(last.iter().any(|x| *x != last[0]), "{last:?}");
}

#[test]
fn a_history_is_kept_where_it_is_asked_for() {
    let body = r#"{"attributes":[{"external_id":"a","x":1.10,"first_name":"Ada"},{"external_id":"a","x":null}]}"#;
    let sandbox = Sandbox::start(Options {
        settings: remembering(),
        ..Options::default()
    })
    .unwrap();
    track(&sandbox, body);
    let text = sandbox.state(None);
    assert!(
        text.contains(r#""history":{"first_name":["Ada"],"x":[1.10,null]}"#),
        "{text}"
    );
    let without = super::start();
    track(&without, body);
    assert!(!without.state(None).contains("history"));
}
