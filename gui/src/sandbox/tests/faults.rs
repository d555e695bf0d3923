//! Every fault as its sender sees it, and the file that asks for them.

use serde_json::json;

use super::{
    ONE,
    client::{self, TRACK, open, send, track, write},
    with_faults,
};
use crate::sandbox::{Chance, Fault, FaultFile, Options, Sandbox, Weather, fault::Forecast};

fn with_weather(weather: Weather) -> Sandbox {
    let options = Options {
        weather,
        ..Options::default()
    };
    Sandbox::start(options).unwrap()
}

#[test]
fn an_answer_may_contradict_what_was_done() {
    for (fault, status, body, n_accepted) in [
        (
            Fault::StatusAfterWork { status: 504 },
            504,
            r#"{"message":"Gateway Timeout"}"#,
            1,
        ),
        (
            Fault::StatusAfterWork { status: 500 },
            500,
            r#"{"message":"Internal Server Error"}"#,
            1,
        ),
        (Fault::Queued, 202, r#"{"message":"queued"}"#, 1),
        (
            Fault::WrongType,
            201,
            r#"{"attributes_processed":1,"message":"success"}"#,
            1,
        ),
    ] {
        let sandbox = with_faults(&[fault]);
        let reply = track(&sandbox, ONE);
        assert_eq!((reply.status, &*reply.body), (status, body), "{fault:?}");
        let is_json = reply.header("Content-Type") == Some("application/json");
        assert_eq!(is_json, fault != Fault::WrongType, "{fault:?}");
        let report = sandbox.report();
        assert_eq!(
            (report.accepted, report.faulted),
            (n_accepted, 1),
            "{fault:?}"
        );
    }
}

#[test]
fn a_gateway_answers_with_a_page() {
    let sandbox = with_faults(&[Fault::Page { status: 502 }]);
    let reply = track(&sandbox, ONE);
    assert_eq!(reply.status, 502);
    assert!(
        reply.body.contains("<h1>502 Bad Gateway</h1>"),
        "{}",
        reply.body
    );
    assert_eq!(
        reply.header("Content-Type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(reply.header("X-RateLimit-Limit"), None);
    assert_eq!(sandbox.report().accepted, 0);
}

#[test]
fn half_a_body_ends_where_more_was_promised() {
    let sandbox = with_faults(&[Fault::HalfBody]);
    let reply = track(&sandbox, ONE);
    assert_eq!(reply.status, 201);
    let promised: usize = reply.header("Content-Length").unwrap().parse().unwrap();
    assert_eq!(reply.body.len(), promised / 2);
    assert_eq!(sandbox.report().accepted, 1);
}

#[test]
fn garbage_is_no_json() {
    let sandbox = with_faults(&[Fault::Garbage; 20]);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..20 {
        let reply = track(&sandbox, ONE);
        assert_eq!(reply.status, 201);
        assert!(serde_json::from_str::<serde_json::Value>(&reply.body).is_err());
        seen.insert(reply.body);
    }
    assert!(seen.len() > 2, "{seen:?}");
    assert_eq!(sandbox.report().accepted, 20);
}

#[test]
fn a_huge_answer_is_valid_all_along() {
    let sandbox = with_faults(&[Fault::Huge { bytes: 3_000_001 }]);
    let reply = track(&sandbox, ONE);
    assert_eq!(reply.status, 201);
    assert!(reply.body.len() > 3_000_001);
    let length = reply.header("Content-Length").unwrap();
    assert_eq!(length, reply.body.len().to_string());
    assert_eq!(reply.json()["message"], "success");
}

#[test]
fn a_connection_may_end_before_the_body_is_read() {
    let sandbox = with_faults(&[Fault::CutEarly]);
    let mut stream = open(&sandbox);
    let head = format!("{}\r\nContent-Length: 1000\r\n\r\n", TRACK.join("\r\n"));
    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    // Not one byte of the body is sent, and the connection is over.
    assert!(client::read(stream).is_none());
    assert_eq!(sandbox.report().accepted, 0);
}

#[test]
fn a_slow_answer_comes_after_the_work() {
    let sandbox = with_faults(&[Fault::Slow { ms: 3_600_000 }, Fault::Slow { ms: 1 }]);
    let mut waiting = open(&sandbox);
    write(&mut waiting, &TRACK, ONE.as_bytes());
    // The second answer is there while the first one still waits.
    while sandbox.report().accepted == 0 {
        std::thread::yield_now();
    }
    assert_eq!(track(&sandbox, ONE).status, 201);
    waiting.set_nonblocking(true).unwrap();
    let error = std::io::Read::read(&mut waiting, &mut [0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    assert_eq!(sandbox.report().accepted, 2);
}

#[test]
fn some_of_the_good_objects_are_refused() {
    let objects: Vec<_> = (0..75)
        .map(|n| json!({"external_id": n.to_string(), "x": 1}))
        .collect();
    let body = json!({"attributes": objects}).to_string();
    let sandbox = with_faults(&[300, 0, 1000].map(|per_mille| Fault::Partial { per_mille }));
    let reply = track(&sandbox, &body).json();
    let errors = reply["errors"].as_array().unwrap().len();
    assert!((5..45).contains(&errors), "{errors}");
    assert_eq!(reply["attributes_processed"], 75 - errors);
    assert_eq!(sandbox.report().profiles, 75 - errors as u64);
    for error in reply["errors"].as_array().unwrap() {
        let refused = &objects[usize::try_from(error["index"].as_u64().unwrap()).unwrap()];
        let state: serde_json::Value =
            serde_json::from_str(&sandbox.state(refused["external_id"].as_str())).unwrap();
        assert_eq!(state["users"], json!({}), "{error}");
    }
    assert_eq!(track(&sandbox, &body).json()["attributes_processed"], 75);
    let none = track(&sandbox, &body);
    assert_eq!(
        (none.status, none.json()["errors"].as_array().unwrap().len()),
        (400, 75)
    );
}

/// The first fates under a weather.
fn fates(faults: &[Fault], weather: &Weather, n: usize) -> Vec<(Fault, u128)> {
    let mut forecast = Forecast::new(faults.to_vec(), weather.clone());
    let fates = std::iter::repeat_with(|| forecast.next()).take(n);
    fates
        .map(|fate| (fate.fault, fate.wait.as_millis()))
        .collect()
}

#[test]
fn chance_follows_its_seed_and_its_rates() {
    let limited = Fault::Status {
        status: 429,
        retry_after_secs: None,
    };
    let chance = |per_mille, fault, burst| Chance {
        per_mille,
        fault,
        burst,
    };
    let weather = Weather {
        seed: 1,
        latency_ms: 10,
        jitter_ms: 5,
        chances: vec![chance(10, limited, 4), chance(20, Fault::Lost, 0)],
        ..Weather::default()
    };
    let all = fates(&[Fault::Cut, Fault::Slow { ms: 100 }], &weather, 100_000);
    assert_eq!(
        all,
        fates(&[Fault::Cut, Fault::Slow { ms: 100 }], &weather, 100_000)
    );
    let other = Weather {
        seed: 2,
        ..weather.clone()
    };
    assert_ne!(
        all,
        fates(&[Fault::Cut, Fault::Slow { ms: 100 }], &other, 100_000)
    );
    // The script comes first.
    assert_eq!((all[0].0, all[1].0), (Fault::Cut, Fault::Slow { ms: 100 }));
    assert!((110..=115).contains(&all[1].1));
    assert!(all.iter().skip(2).all(|(_, wait)| (10..=15).contains(wait)));
    let count = |fault| all.iter().filter(|(other, _)| *other == fault).count();
    let (n_limited, n_lost) = (count(limited), count(Fault::Lost));
    assert!((3200..4800).contains(&n_limited), "{n_limited}");
    assert!((1600..2400).contains(&n_lost), "{n_lost}");
    let runs = all.chunk_by(|(one, _), (other, _)| one == other);
    let mut runs = runs.filter(|run| run[0].0 == limited);
    assert!(runs.all(|run| run.len().is_multiple_of(4)));
}

#[test]
fn requests_meet_what_was_forecast() {
    let faults = [
        Fault::Status {
            status: 503,
            retry_after_secs: None,
        },
        Fault::Lost,
        Fault::Queued,
    ];
    let chances = faults.map(|fault| Chance {
        per_mille: 10,
        fault,
        burst: 1,
    });
    let weather = Weather {
        seed: 3,
        chances: chances.to_vec(),
        ..Weather::default()
    };
    let sandbox = with_weather(weather.clone());
    let expected = fates(&[], &weather, 400);
    for (fault, _) in &expected {
        let status = send(&sandbox, &TRACK, ONE.as_bytes()).map(|reply| reply.status);
        assert_eq!(
            status,
            match fault {
                Fault::Lost => None,
                Fault::Status { .. } => Some(503),
                Fault::Queued => Some(202),
                _ => Some(201),
            }
        );
    }
    let n_faulted = expected.iter().filter(|(f, _)| *f != Fault::None).count();
    assert_eq!(sandbox.report().faulted, n_faulted as u64);
    assert!(n_faulted > 3);
}

#[test]
fn a_file_says_all_of_it() {
    let text = r#"{
        "faults": ["none", "cut_early", "cut", "lost", "half_body", "garbage", "wrong_type", "silent", "queued",
            {"status": {"code": 429, "retry_after_secs": 2}}, {"status": {"code": 503}},
            {"status_after_work": {"code": 504}}, {"page": {"code": 502}},
            {"huge": {"bytes": 5}}, {"slow": {"ms": 6}}, {"partial": {"per_mille": 7}}],
        "weather": {"seed": 7, "latency_ms": 20, "jitter_ms": 30, "delay_ms": 100, "shuffled": true,
            "chances": [{"per_mille": 10, "fault": "lost", "burst": 5},
                        {"per_mille": 990, "fault": {"slow": {"ms": 1}}}]}
    }"#;
    let status = |status, retry_after_secs| Fault::Status {
        status,
        retry_after_secs,
    };
    let chance = |per_mille, fault, burst| Chance {
        per_mille,
        fault,
        burst,
    };
    let expected = FaultFile {
        faults: vec![
            Fault::None,
            Fault::CutEarly,
            Fault::Cut,
            Fault::Lost,
            Fault::HalfBody,
            Fault::Garbage,
            Fault::WrongType,
            Fault::Silent,
            Fault::Queued,
            status(429, Some(2)),
            status(503, None),
            Fault::StatusAfterWork { status: 504 },
            Fault::Page { status: 502 },
            Fault::Huge { bytes: 5 },
            Fault::Slow { ms: 6 },
            Fault::Partial { per_mille: 7 },
        ],
        weather: Weather {
            seed: 7,
            latency_ms: 20,
            jitter_ms: 30,
            chances: vec![
                chance(10, Fault::Lost, 5),
                chance(990, Fault::Slow { ms: 1 }, 0),
            ],
            delay_ms: 100,
            shuffled: true,
        },
    };
    assert_eq!(FaultFile::read(text), Ok(expected));
    assert_eq!(FaultFile::read("{}"), Ok(FaultFile::default()));
}

#[test]
fn a_wrong_file_says_where() {
    for (text, words) in [
        ("", "line 1 column 0"),
        (r#"{"fault": []}"#, "unknown field `fault`"),
        (r#"{"faults": ["crash"]}"#, "unknown variant `crash`"),
        (
            r#"{"faults": [{"status": {"status": 503}}]}"#,
            "unknown field `status`",
        ),
        (r#"{"faults": [{"status": {"code": 600}}]}"#, "the code 600"),
        (
            r#"{"weather": {"chances": [{"per_mille": 5, "fault": {"page": {"code": 99}}}]}}"#,
            "the code 99",
        ),
        (
            r#"{"faults": [{"partial": {"per_mille": 1001}}]}"#,
            "1001 per mille",
        ),
        (
            r#"{"weather": {"chances": [{"per_mille": 600, "fault": "cut"}, {"per_mille": 500, "fault": "lost"}]}}"#,
            "1100 per mille",
        ),
        (
            r#"{"weather": {"chances": [{"fault": "cut"}]}}"#,
            "missing field `per_mille`",
        ),
    ] {
        let error = FaultFile::read(text).unwrap_err();
        assert!(error.contains(words), "{text}: {error}");
    }
}
