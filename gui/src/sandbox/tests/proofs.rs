//! What is left of a user when no profile is kept.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{client::track, handle, with_memory, with_settings};
use crate::sandbox::{Memory, Proof, Settings, workspace::Workspace};

const COUNT_ONLY: Memory = Memory {
    profiles: 0,
    bytes: 0,
    history: 0,
    proofs: true,
};

fn workspace(bodies: &[Value]) -> Workspace {
    let mut workspace = with_memory(COUNT_ONLY);
    for body in bodies {
        assert_eq!(handle(&mut workspace, body.to_string()).status, 201);
    }
    workspace
}

fn total(bodies: &[Value]) -> u64 {
    Proof::total(workspace(bodies).proofs())
}

#[test]
fn a_proof_is_sixteen_bytes_and_computed_without_a_sandbox() {
    assert_eq!(size_of::<Proof>(), 16);
    let workspace = workspace(&[
        json!({"attributes": [{"external_id": "7", "AIQ_1_2": true, "city": "Oslo"}]}),
        json!({"attributes": [{"external_id": "7", "first_name": null},
                              {"email": "A@b.co", "n": 1.5}],
               "events": [{"external_id": "7", "name": "visit", "time": "2026-03-26T18:12:00Z"}],
               "purchases": [{"external_id": "7", "product_id": "p", "currency": "EUR",
                              "price": 1, "time": "2026-03-26"}]}),
    ]);
    let mut seven = Proof::default();
    // In another order.
    seven.add_event("p", "2026-03-26");
    seven.add_attribute("first_name", "null");
    seven.add_attribute("city", r#""Oslo""#);
    seven.add_event("visit", "2026-03-26T18:12:00Z");
    seven.add_attribute("AIQ_1_2", "true");
    // An address that names the user is a field that is written, too.
    let mut by_email = Proof::default();
    by_email.add_attribute("email", r#""A@b.co""#);
    by_email.add_attribute("n", "1.5");
    let expected = HashMap::from([
        (Proof::user("external_id:7"), seven),
        (Proof::user("email:a@b.co"), by_email),
    ]);
    let proofs: HashMap<u64, Proof> = workspace.proofs().iter().map(|(k, v)| (*k, *v)).collect();
    assert_eq!(proofs, expected);
    let report = workspace.report();
    assert_eq!(
        (report.profiles, report.accepted, report.not_kept),
        (0, 5, 5)
    );
    assert_eq!(
        (report.events, report.purchases, report.attribute_writes),
        (1, 1, 5)
    );
}

#[test]
fn any_difference_shows_in_the_total() {
    let one = |id: &str, name: &str, value: Value| json!({"attributes": [{"external_id": id, name: value}]});
    let (a, b) = (one("a", "x", json!(1)), one("b", "x", json!(2)));
    let right = total(&[a.clone(), b.clone()]);
    assert_eq!(total(&[b.clone(), a.clone()]), right);
    for wrong in [
        vec![a.clone()],
        vec![a.clone(), b.clone(), b.clone()],
        vec![one("a", "x", json!(2)), one("b", "x", json!(1))],
        vec![a.clone(), one("b", "x", json!("2"))],
        vec![a.clone(), one("b", "y", json!(2))],
        vec![a.clone(), one("c", "x", json!(2))],
    ] {
        assert_ne!(total(&wrong), right, "{wrong:?}");
    }
}

#[test]
fn who_is_proven_exists() {
    let update =
        json!({"attributes": [{"external_id": "a", "_update_existing_only": true, "x": 1}]});
    let create = json!({"attributes": [{"external_id": "a", "x": 1}]});
    let workspace = workspace(&[update.clone(), create, update]);
    assert_eq!(workspace.report().unknown_users, 1);
    assert_eq!(
        workspace.proofs()[&Proof::user("external_id:a")].attributes,
        2
    );
}

#[test]
fn the_state_tells_of_proofs() {
    let sandbox = with_settings(Settings {
        memory: COUNT_ONLY,
        ..Settings::default()
    });
    track(
        &sandbox,
        r#"{"attributes":[{"external_id":"a","x":1},{"external_id":"b","x":1}]}"#,
    );
    let state: Value = serde_json::from_str(&sandbox.state(Some("a"))).unwrap();
    let proofs = sandbox.proofs();
    let sum = proofs[&Proof::user("external_id:a")].sum;
    assert_eq!(
        state["proofs"],
        json!({
            "users": 2,
            "total": format!("{:016x}", Proof::total(&proofs)),
            "user": {"sum": format!("{sum:016x}"), "attributes": 1, "events": 0},
        })
    );
    assert!(super::start().proofs().is_empty());
}
