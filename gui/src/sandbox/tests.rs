//! The sandbox as a client sees it, over real connections, and its parts on many inputs.

#![allow(clippy::unwrap_used)]

mod access;
mod client;
mod errors;
mod export_ids;
mod faults;
mod limits;
mod moments;
mod objects;
mod order;
mod page;
mod proofs;
mod serving;
mod settings;
mod storm;
mod values;

use std::sync::Arc;

use serde_json::json;

use self::client::{TRACK, get, send, track};
use super::{
    Fault, Options, Sandbox, Weather,
    answer::Answer,
    settings::{Memory, Settings},
    track as handler,
    workspace::Workspace,
};

fn start() -> Sandbox {
    Sandbox::start(Options::default()).unwrap()
}

fn with_faults(faults: &[Fault]) -> Sandbox {
    let faults = faults.to_vec();
    let options = Options {
        faults,
        ..Options::default()
    };
    Sandbox::start(options).unwrap()
}

fn with_settings(settings: Settings) -> Sandbox {
    let options = Options {
        settings,
        ..Options::default()
    };
    Sandbox::start(options).unwrap()
}

/// A workspace without a server.
fn with_memory(memory: Memory) -> Workspace {
    let settings = Settings {
        memory,
        ..Settings::default()
    };
    Workspace::new(Arc::new(settings), &Weather::default())
}

fn handle(workspace: &mut Workspace, body: impl AsRef<[u8]>) -> Answer {
    handler::answer(workspace, body.as_ref(), None)
}

const ONE: &str = r#"{"attributes":[{"external_id":"a","AIQ_1_2":true}]}"#;

#[test]
fn good_objects_are_counted_for_the_arrays_that_were_sent() {
    let sandbox = start();
    let reply = track(
        &sandbox,
        r#"{"attributes":[{"external_id":"a","AIQ_1_2":true},{"email":"a@b.co","x":1}],
            "events":[{"external_id":"a","name":"visit","time":"2024-02-29T12:00:00+01:00"}],
            "partner":"ignored"}"#,
    );
    assert_eq!(reply.status, 201);
    assert_eq!(
        reply.json(),
        json!({"message": "success", "attributes_processed": 2, "events_processed": 1})
    );
    let report = sandbox.report();
    assert_eq!((report.accepted, report.refused), (3, 0));
    assert_eq!((report.profiles, report.events), (2, 1));
}

#[test]
fn a_bad_object_is_named_by_its_array_and_index() {
    let sandbox = start();
    let reply = track(
        &sandbox,
        r#"{"attributes":[{"external_id":"a","x":1},{"x":1},{"external_id":"b","email":"no"}],
            "events":[{"external_id":"a","name":"e"}],
            "purchases":[{"external_id":"a","product_id":"p","currency":"USD","price":1.5,
                          "quantity":3,"time":"2024-01-01"}]}"#,
    );
    assert_eq!(reply.status, 201);
    let required = "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required";
    assert_eq!(
        reply.json(),
        json!({
            "message": "success", "attributes_processed": 1, "events_processed": 0,
            "purchases_processed": 1,
            "errors": [
                {"type": required, "input_array": "attributes", "index": 1},
                {"type": "EMAIL_BAD_FORMAT", "input_array": "attributes", "index": 2},
                {"type": "'time' is required", "input_array": "events", "index": 0},
            ],
        })
    );
    let state = get(&sandbox, "/state.json").json();
    assert_eq!(state["accepted"], 2);
    assert_eq!(state["refused"], 3);
    assert_eq!(
        state["users"]["external_id:a"]["purchases"]["p"]["count"],
        3
    );
    assert!(state["users"].get("external_id:b").is_none());
}

#[test]
fn a_request_without_one_good_object_is_400() {
    let generic =
        "Valid data must be provided in the 'attributes', 'events', or 'purchases' fields.";
    for (body, n_errors) in [
        (r#"{"attributes":[{"x":1},7]}"#, 2),
        (r#"{"attributes":[]}"#, 0),
        (r#"{"attributes":{"external_id":"a"}}"#, 0),
        ("{}", 0),
        ("[]", 0),
        ("null", 0),
    ] {
        let reply = track(&start(), body);
        assert_eq!(reply.status, 400, "{body}");
        assert_eq!(reply.json()["message"], generic, "{body}");
        let errors = reply.json()["errors"].as_array().unwrap().len();
        assert_eq!(errors, n_errors, "{body}");
    }
}

#[test]
fn a_request_is_checked_in_order() {
    let sandbox = start();
    let huge = vec![b' '; (4 << 20) + 1];
    let [line, host, key, kind] = TRACK;
    let cases: [(&[&str], &[u8], u16, &str); 13] = [
        (
            &["POST /users/track/ HTTP/1.1", host],
            b"",
            403,
            "Access Denied",
        ),
        (
            &["GET /users/track/ HTTP/1.1", host],
            b"",
            403,
            "Access Denied",
        ),
        (&["POST /users HTTP/1.1", host], b"", 404, "Not Found"),
        (&["GET /users/track HTTP/1.1", host], b"", 404, "Not Found"),
        (&["PUT / HTTP/1.1", host], b"", 404, "Not Found"),
        (&[line, host], &huge, 401, "Invalid API Key"),
        (
            &[line, host, "Authorization: Bearer Sandbox"],
            b"",
            401,
            "Invalid API Key",
        ),
        (
            &[line, host, "Authorization: sandbox"],
            b"",
            401,
            "Invalid API Key",
        ),
        (&[line, host, key], &huge, 415, "Unsupported Media Type"),
        (
            &[line, host, key, "Content-Type: text/plain"],
            b"",
            415,
            "Unsupported Media Type",
        ),
        (
            &[line, host, key, kind],
            &huge,
            413,
            "Request Entity Too Large",
        ),
        (
            &[line, "Host: evil.example", key, kind],
            b"",
            403,
            "Only this machine may ask",
        ),
        (
            &[line, "Host: ::", key, kind],
            b"",
            403,
            "Only this machine may ask",
        ),
    ];
    for (head, body, status, message) in cases {
        let reply = send(&sandbox, head, body).unwrap();
        assert_eq!(reply.status, status, "{head:?}");
        assert_eq!(reply.json()["message"], message, "{head:?}");
    }
    assert_eq!(sandbox.report().profiles, 0);
}

#[test]
fn the_key_and_the_kind_of_content_may_be_written_in_other_ways() {
    let sandbox = start();
    let [line, host, ..] = TRACK;
    let head = [
        line,
        host,
        "authorization: bearer sandbox",
        "content-type: Application/JSON; charset=utf-8",
    ];
    let reply = send(&sandbox, &head, ONE.as_bytes()).unwrap();
    assert_eq!(reply.status, 201);
}

#[test]
fn what_is_no_json_is_400_with_an_error() {
    let deep = format!(r#"{{"attributes":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    let cases: [&[u8]; 8] = [
        b"",
        br#"{"attributes":[{"external_id":"a",}]}"#,
        br#"{'attributes':[]}"#,
        b"{} {}",
        b"{\"attributes\":[\"\xff\"]}",
        br#"{"attributes":[{"external_id":"\ud800"}]}"#,
        br#"{"attributes":[{"external_id":"\udc00\ud800"}]}"#,
        deep.as_bytes(),
    ];
    let sandbox = start();
    for body in cases {
        let reply = send(&sandbox, &TRACK, body).unwrap();
        assert_eq!(reply.status, 400);
        let error = reply.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains("parsing request body"), "{error}");
    }
}

#[test]
fn seventy_five_objects_fit_over_all_arrays_together() {
    let event = r#"{"external_id":"a","name":"e","time":"2024-01-01"}"#;
    let body = |attributes: usize, events: usize| {
        let attributes = vec![r#"{"external_id":"a","x":1}"#; attributes].join(",");
        let events = vec![event; events].join(",");
        format!(r#"{{"attributes":[{attributes}],"events":[{events}]}}"#)
    };
    let sandbox = start();
    assert_eq!(track(&sandbox, &body(40, 35)).status, 201);
    for (attributes, events) in [(40, 36), (76, 0), (0, 76)] {
        let reply = track(&sandbox, &body(attributes, events));
        assert_eq!(reply.status, 400);
        assert_eq!(
            reply.json(),
            json!({"message": "Max Input Length Exceeded"})
        );
    }
    assert_eq!(sandbox.report().accepted, 75);
}

#[test]
fn faults_answer_one_post_after_the_other() {
    let limited = Fault::Status {
        status: 429,
        retry_after_secs: Some(7),
    };
    let failed = |status| Fault::Status {
        status,
        retry_after_secs: None,
    };
    let sandbox = with_faults(&[Fault::None, limited, failed(503), failed(42), Fault::Cut]);
    assert_eq!(track(&sandbox, ONE).status, 201);
    // The page does not use a fault up.
    assert_eq!(get(&sandbox, "/").status, 200);

    let reply = track(&sandbox, ONE);
    assert_eq!(reply.status, 429);
    assert_eq!(reply.json(), json!({"message": "Rate Limited"}));
    assert_eq!(reply.header("X-Ratelimit-Retry-After"), Some("7"));
    assert_eq!(reply.header("X-RateLimit-Remaining"), None);

    let reply = track(&sandbox, ONE);
    assert_eq!(reply.status, 503);
    assert_eq!(reply.header("X-Ratelimit-Retry-After"), None);
    assert!(reply.header("X-RateLimit-Remaining").is_some());

    assert_eq!(track(&sandbox, ONE).status, 500);
    assert!(send(&sandbox, &TRACK, ONE.as_bytes()).is_none());
    assert_eq!(track(&sandbox, ONE).status, 201);
    let report = sandbox.report();
    assert_eq!((report.requests, report.faulted), (6, 4));
    assert_eq!(report.accepted, 2);
}

#[test]
fn a_lost_answer_leaves_its_work_done() {
    let sandbox = with_faults(&[Fault::Lost]);
    assert!(send(&sandbox, &TRACK, ONE.as_bytes()).is_none());
    assert_eq!(sandbox.report().accepted, 1);
}

#[test]
fn a_silent_request_ends_with_the_sandbox() {
    let sandbox = with_faults(&[Fault::Silent]);
    let mut stream = client::open(&sandbox);
    client::write(&mut stream, &TRACK, ONE.as_bytes());
    drop(sandbox);
    assert!(client::read(stream).is_none());
}

#[test]
fn answers_tell_of_the_rate_limit() {
    let reply = track(&start(), ONE);
    let number = |name| reply.header(name).unwrap().parse::<u64>().unwrap();
    assert_eq!(number("X-RateLimit-Limit"), 3000);
    assert_eq!(number("X-RateLimit-Remaining"), 2999);
    assert_eq!(number("X-RateLimit-Reset") % 3, 0);
    assert_eq!(reply.header("X-Ratelimit-Retry-After"), None);
}

#[test]
fn beyond_its_room_a_workspace_only_counts() {
    let memory = Memory {
        profiles: 2,
        bytes: 1 << 20,
        ..Memory::default()
    };
    let mut workspace = with_memory(memory);
    for id in 0..5 {
        let body = format!(r#"{{"attributes":[{{"external_id":"{id}","x":1}}]}}"#);
        assert_eq!(handle(&mut workspace, &body).status, 201);
    }
    handle(
        &mut workspace,
        r#"{"attributes":[{"external_id":"0","x":2}]}"#,
    );
    let report = workspace.report();
    assert_eq!(
        (report.accepted, report.profiles, report.not_kept),
        (6, 2, 3)
    );

    let mut workspace = with_memory(Memory {
        bytes: 100,
        ..memory
    });
    for _ in 0..3 {
        handle(&mut workspace, ONE);
    }
    assert_eq!(workspace.report().not_kept, 2);
}

#[test]
fn any_bytes_get_an_answer() {
    let whole = r#"{"attributes":[{"user_alias":{"alias_name":"a","alias_label":"\u00e9"},
        "_update_existing_only":false,"current_location":{"longitude":1e5,"latitude":-0.1},
        "x":[1,{"y":null}],"dob":"2000-02-30","l":{"add":["a"],"remove":[1]},"n":{"inc":1},
        "_merge_objects":true,"o":{"$add":[{"i":1}],"$update":[{"$identifier_key":"i",
        "$identifier_value":1,"$new_object":{"j":2}}]},"time_zone":"Etc/UTC"}],"events":[{"email":"a@b.co","name":"e","time":
        "2024-12-31T23:59:60.123456789-0330","properties":{"p":"\ud83d\ude00"}}]}"#;
    let mut workspace = Workspace::default();
    let mut n_accepted = 0;
    let mut seed = 1_u32;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as usize % below
    };
    for round in 0..4000 {
        // Objects are added to one array all the time: it must not get too long.
        if round % 50 == 0 {
            n_accepted += workspace.report().accepted;
            workspace = Workspace::default();
        }
        let mut body = whole.as_bytes().to_vec();
        body.truncate(if round % 4 == 0 {
            random(body.len())
        } else {
            body.len()
        });
        for _ in 0..random(4) {
            let (from, to) = (random(whole.len()), random(whole.len()));
            if let (Some(byte), Some(place)) = (whole.as_bytes().get(from), body.get_mut(to)) {
                *place = byte.wrapping_add(u8::from(round % 7 == 0) * 128);
            }
        }
        let status = handle(&mut workspace, &body).status.as_u16();
        assert!([201, 400].contains(&status));
    }
    assert!(n_accepted > 1000, "{n_accepted}");
}
