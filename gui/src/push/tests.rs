//! Pushes against servers on this machine that answer by a script, on a clock that never waits.

mod server;
mod tls;

use std::fs;
use std::future::{self, Future};
use std::net::TcpListener;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use aiq_braze::wire::reply::Again;
use aiq_braze::{BatchLimits, Options};
use tempfile::TempDir;

use self::server::Scripted;
use super::*;
use crate::ledger::Ledger;
use crate::pipeline::{Event, Job, Pipeline};
use crate::sandbox::{self, Fault, Sandbox};

const SECRET: &str = "0f9d3a-secret-77aa-4410";

/// A clock on which time passes by sleeping alone.
#[derive(Clone, Default)]
struct TestClock(Arc<Mutex<Vec<Duration>>>);

impl TestClock {
    fn waits(&self) -> Vec<u64> {
        let slept = self.0.lock().unwrap();
        slept.iter().map(Duration::as_secs).collect()
    }
}

impl Clock for TestClock {
    fn unix_seconds(&self) -> u64 {
        1_790_000_000
    }

    fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().iter().sum()
    }

    fn sleep(&mut self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move { self.0.lock().unwrap().push(duration) })
    }
}

/// An export of so many good rows and two bad ones, in requests of ten.
fn plan(folder: &TempDir, n_good: usize, url: &str, key: &str) -> PushPlan {
    let mut text = "external_id,audience_id,split_id,ltv\n,1,2,3\n".to_owned();
    for number in 0..n_good {
        text += &format!("u{number},1,2,{number}\n");
    }
    text += "last,1,2,3,4\n";
    plan_with(folder, &text, url, key)
}

/// The same of events.
fn events_plan(folder: &TempDir, n_good: usize, url: &str, key: &str) -> PushPlan {
    let mut text = "external_id,event_name,event_time\n,Visited,2026-11-20T10:00:00Z\n".to_owned();
    for number in 0..n_good {
        text += &format!("u{number},Visited,2026-11-20T10:00:00Z\n");
    }
    plan_with(folder, &text, url, key)
}

fn plan_with(folder: &TempDir, text: &str, url: &str, key: &str) -> PushPlan {
    let path = folder.path().join("export.csv");
    fs::write(&path, text).unwrap();
    plan_of(&path, url, key, 10)
}

pub(super) fn plan_of(path: &Path, url: &str, key: &str, objects: usize) -> PushPlan {
    let export = Export::open(&[path]).unwrap();
    let found = export.inspect(None).unwrap();
    let plan = found.suggestion.mapping.compile(&found.header).unwrap();
    let batch = BatchLimits {
        objects,
        ..BatchLimits::default()
    };
    let options = Options {
        batch,
        ..Options::default()
    };
    let job = Job {
        options,
        ..Job::check(export.clone(), plan.clone())
    };
    let (mut blocks, mut checked) = (Vec::new(), None);
    for event in Pipeline::start(job) {
        match event {
            Event::Blocks(made) => blocks = made,
            Event::Done(summary) => checked = Some(summary),
            _ => {}
        }
    }
    let (address, checked) = (Address::parse(url).unwrap(), checked.unwrap());
    let mut ledger = Ledger::open(&path.with_extension("workspace"), "a test").unwrap();
    let begun = Begin {
        options,
        ..Begin::default()
    };
    let run = begin(
        &mut ledger,
        &export,
        &plan,
        (&checked, blocks),
        &address,
        begun,
    )
    .unwrap();
    PushPlan {
        source: Source::Export(export, Box::new(plan)),
        run,
        ledger,
        address,
        key: ApiKey::new(key).unwrap(),
        delivery: Delivery {
            at_once: Some(1), // in the order of the script
            ..Delivery::default()
        },
    }
}

/// Pushes `n_good` good rows into a sandbox with these faults: the report, what was waited for, and what
/// the sandbox saw. Whatever happens, every row is accounted for in every event.
fn push_with(n_good: usize, faults: &[Fault]) -> (Report, Vec<u64>, sandbox::Report) {
    push_made(faults, |folder, url, key| plan(folder, n_good, url, key))
}

/// The same with events.
fn push_events_with(n_good: usize, faults: &[Fault]) -> (Report, Vec<u64>, sandbox::Report) {
    push_made(faults, |folder, url, key| {
        events_plan(folder, n_good, url, key)
    })
}

fn push_made(
    faults: &[Fault],
    make: impl FnOnce(&TempDir, &str, &str) -> PushPlan,
) -> (Report, Vec<u64>, sandbox::Report) {
    let faults = faults.to_vec();
    let sandbox = Sandbox::start(sandbox::Options {
        faults,
        ..sandbox::Options::default()
    })
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let plan = make(&folder, &sandbox.url(), sandbox.key());
    let (report, waits) = push(plan);
    (report, waits, sandbox.report())
}

pub(super) fn push(plan: PushPlan) -> (Report, Vec<u64>) {
    let clock = TestClock::default();
    let handle = start_at(plan, clock.clone(), |event| match event {
        PushEvent::Progress(progress) => assert!(progress.account.is_balanced()),
        PushEvent::Done(report) => assert!(report.account.is_balanced()),
        _ => {}
    });
    let report = handle.join();
    assert!(report.account.is_balanced());
    (report, clock.waits())
}

fn status(status: u16, retry_after_secs: Option<u64>) -> Fault {
    Fault::Status {
        status,
        retry_after_secs,
    }
}

#[test]
fn every_good_row_is_accepted() {
    let (report, waits, seen) = push_with(95, &[]);
    assert_eq!(report.account.rows, 97);
    assert_eq!((report.account.accepted, report.account.rejected), (95, 2));
    assert_eq!(
        (report.requests, report.resends, report.stopped),
        (10, 0, None)
    );
    assert_eq!((seen.accepted, seen.requests, seen.profiles), (95, 10, 95));
    assert!(waits.is_empty() && report.refused.is_empty() && report.unknown.is_empty());
    let audience = &report.audiences[0];
    assert_eq!((audience.name.as_str(), audience.members), ("AIQ_1_2", 95));
}

#[test]
fn what_braze_puts_off_is_sent_again() {
    let faults = [
        status(429, Some(7)),
        Fault::None,
        status(502, None),
        status(503, None),
    ];
    let (report, waits, seen) = push_with(30, &faults);
    assert_eq!((report.account.accepted, report.account.pending), (30, 0));
    assert_eq!((report.requests, report.resends), (6, 3));
    // At Braze's word, then at chance: up to a second, up to two.
    assert_eq!((waits[0], waits.len()), (7, 3));
    assert!(waits[1] < 1 && waits[2] < 2);
    assert!((7.0..10.0).contains(&report.waited_seconds));
    assert_eq!((seen.accepted, seen.profiles), (30, 30));
}

#[test]
fn a_request_that_is_put_off_for_ever_stops_the_push() {
    let faults: Vec<_> = std::iter::once(Fault::None)
        .chain([status(503, None); 1000])
        .collect();
    let (report, _, _) = push_with(30, &faults);
    assert_eq!((report.account.accepted, report.account.pending), (10, 20));
    assert!(matches!(
        report.stopped,
        Some(Stopped::PutOff(Again::Unavailable, _))
    ));
    let patience = engine::PATIENCE.as_secs_f64();
    assert!((patience..patience + 61.0).contains(&report.waited_seconds));
}

#[test]
fn a_wait_at_the_limit_is_no_time_without_answers() {
    let faults = [Fault::None, status(503, None)];
    let (report, waits, _) = push_made(&faults, |folder, url, key| {
        let mut plan = plan(folder, 30, url, key);
        plan.delivery.limits = "1/h".parse().unwrap();
        plan
    });
    assert!(waits.iter().any(|wait| *wait >= 3500), "{waits:?}");
    assert_eq!((report.account.accepted, report.stopped), (30, None));
}

#[test]
fn who_says_at_once_for_ever_asks_for_no_time() {
    let faults = vec![status(429, Some(0)); 2000];
    let (report, waits, _) = push_with(30, &faults);
    assert!(matches!(report.stopped, Some(Stopped::PutOff(..))));
    let waited = waits.iter().sum::<u64>();
    assert!(waited < engine::PATIENCE.as_secs() + 61, "{waited}");
}

#[test]
fn what_is_asked_for_several_times_at_once_counts_once() {
    let faults: Vec<_> = std::iter::repeat_n(status(503, Some(600)), 4)
        .chain([status(503, None); 4000])
        .collect();
    let (report, _, _) = push_made(&faults, |folder, url, key| {
        let mut plan = plan(folder, 80, url, key);
        plan.delivery.at_once = Some(4);
        plan
    });
    assert!(matches!(report.stopped, Some(Stopped::PutOff(..))));
    let most = 2.0 * (600.0 + 61.0) + engine::PATIENCE.as_secs_f64();
    assert!(report.seconds < most, "{}", report.seconds);
}

#[test]
fn what_a_server_says_wrong_about_its_limit_keeps_nothing_up() {
    for headers in [
        "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1\r\n",
        "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 1789990000\r\n", // over
        "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: 99999999999999\r\n", // never
        "X-RateLimit-Remaining: 0\r\n",
        "X-RateLimit-Remaining: -1\r\nX-RateLimit-Reset: -1\r\n",
        "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\nX-RateLimit-Remaining: many\r\n",
    ] {
        let server = Scripted::start(201, headers, r#"{"message":"success"}"#);
        let folder = tempfile::tempdir().unwrap();
        let (report, waits) = push(plan(&folder, 50, &server.url(), SECRET));
        assert_eq!(report.account.accepted, 50, "{headers}");
        assert!(waits.iter().sum::<u64>() <= 5, "{headers}: {waits:?}");
    }
    for (headers, stopped) in [
        ("Retry-After: -5\r\n", "put_off"),
        ("Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n", "put_off"),
        ("Retry-After: 99999999999999999999999\r\n", "put_off"), // no number that we know
        ("Retry-After: 18446744073709551615\r\n", "long_wait"),
        ("X-RateLimit-Reset: 18446744073709551615\r\n", "long_wait"),
        ("X-RateLimit-Reset: 1789990000\r\n", "put_off"),
    ] {
        let (report, waits, requests) = push_to(429, headers, "");
        let why = report.stopped.as_ref().map(Stopped::as_str);
        assert_eq!(why, Some(stopped), "{headers}");
        assert!(requests.len() < 200, "{headers}: {}", requests.len());
        let waited = waits.iter().sum::<u64>();
        assert!(waited < engine::PATIENCE.as_secs() + 61, "{headers}");
    }
}

#[test]
fn a_wait_of_days_stops_the_push() {
    let (report, waits, _) = push_with(30, &[status(429, Some(1_000_000))]);
    assert_eq!((report.account.pending, report.requests), (30, 1));
    assert!(matches!(report.stopped, Some(Stopped::LongWait(_))));
    assert!(waits.is_empty());
}

#[test]
fn a_refused_key_stops_the_push_at_once() {
    for code in [401, 403] {
        let (report, _, _) = push_with(30, &[Fault::None, status(code, None)]);
        assert_eq!((report.account.accepted, report.account.pending), (10, 20));
        assert!(matches!(report.stopped, Some(Stopped::Denied(_))), "{code}");
        assert_eq!(report.requests, 2);
    }
}

#[test]
fn a_refused_request_refuses_its_rows_in_brazes_words() {
    for code in [400, 404] {
        let (report, _, _) = push_with(30, &[Fault::None, status(code, None)]);
        assert_eq!((report.account.accepted, report.account.refused), (20, 10));
        assert_eq!(report.stopped, None);
        let group = &report.refused[0];
        assert_eq!((group.rows, group.first.len()), (10, 1));
        assert!(
            group.reason.starts_with(&code.to_string()),
            "{}",
            group.reason
        );
        assert_eq!(group.first[0].row, 12); // the first row is one of ours that was rejected
    }
}

#[test]
fn requests_that_are_all_refused_stop_the_push() {
    let (report, _, _) = push_with(90, &[status(404, None); 20]);
    assert_eq!((report.account.refused, report.account.pending), (50, 40));
    assert!(matches!(report.stopped, Some(Stopped::AllRefused(_, 5))));
}

#[test]
fn attributes_that_got_no_answer_are_sent_again() {
    for fault in [
        Fault::Cut,
        Fault::Lost,
        status(500, None),
        status(504, None),
    ] {
        let (report, _, seen) = push_with(30, &[Fault::None, fault]);
        let account = report.account;
        assert_eq!((account.accepted, account.unknown), (30, 0), "{fault:?}");
        assert_eq!((report.requests, report.resends), (4, 1), "{fault:?}");
        assert_eq!(seen.profiles, 30, "{fault:?}");
    }
}

#[test]
fn a_request_that_is_too_large_is_halved() {
    let faults = [status(413, None), Fault::None, status(413, None)];
    let (report, _, seen) = push_with(30, &faults);
    assert_eq!((report.account.accepted, report.stopped), (30, None));
    assert_eq!((report.requests, seen.accepted), (7, 30));
    // One object alone cannot be halved.
    let (report, _, _) = push_with(1, &[status(413, None)]);
    assert_eq!(report.account.refused, 1);
}

#[test]
fn events_that_got_no_answer_are_unknown_and_the_push_goes_on() {
    for fault in [
        Fault::Cut,
        Fault::Lost,
        status(500, None),
        status(504, None),
    ] {
        let (report, _, seen) = push_events_with(30, &[Fault::None, fault]);
        assert_eq!(
            (report.account.accepted, report.account.unknown),
            (20, 10),
            "{fault:?}"
        );
        assert_eq!((report.stopped, report.resends), (None, 0), "{fault:?}");
        assert_eq!(
            (report.unknown.len(), report.unknown[0].rows),
            (1, 10),
            "{fault:?}"
        );
        let n_arrived = if fault == Fault::Lost { 30 } else { 20 };
        assert_eq!(seen.accepted, n_arrived, "{fault:?}");
    }
}

#[test]
fn three_requests_without_an_answer_stop_the_push() {
    let faults = [
        Fault::Cut,
        Fault::Cut,
        Fault::None,
        Fault::Cut,
        Fault::Cut,
        Fault::Cut,
    ];
    let (report, _, _) = push_events_with(90, &faults);
    assert_eq!((report.account.accepted, report.account.unknown), (10, 50));
    assert_eq!(report.account.pending, 30);
    assert!(matches!(report.stopped, Some(Stopped::NoAnswers(_, 3))));
}

#[test]
fn without_a_connection_nothing_is_unknown() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(&folder, 30, &format!("http://127.0.0.1:{port}"), SECRET);
    let (report, waits) = push(plan);
    assert_eq!((report.account.pending, report.account.unknown), (30, 0));
    assert_eq!((report.requests, report.resends), (0, 0));
    assert!(
        matches!(report.stopped, Some(Stopped::Unreachable(..))),
        "{:?}",
        report.stopped
    );
    let waited = waits.iter().sum::<u64>();
    assert!(waited < engine::FIRST_PATIENCE.as_secs() + 61, "{waits:?}");
}

#[test]
fn a_request_that_cannot_be_made_was_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = plan(&folder, 30, "http://127.0.0.1:1", SECRET);
    plan.address = Address::unchecked("http://127.0.0.1:99999");
    let (report, waits) = push(plan);
    assert_eq!((report.account.pending, report.account.unknown), (30, 0));
    assert_eq!((report.requests, waits.len()), (0, 0));
    assert!(
        matches!(&report.stopped, Some(Stopped::Machine(why)) if why.contains("Check the endpoint")),
        "{:?}",
        report.stopped
    );
}

#[test]
fn answers_that_name_no_row_stop_the_push_at_the_third() {
    let server = Scripted::start(201, "", r#"{"errors":[{"type":"A","index":0},"what"]}"#);
    let folder = tempfile::tempdir().unwrap();
    let (report, _) = push(plan(&folder, 50, &server.url(), SECRET));
    let account = &report.account;
    assert_eq!(
        (account.refused, account.unknown, account.pending),
        (3, 27, 20)
    );
    assert!(
        matches!(&report.stopped, Some(Stopped::NoAnswers(why, 3)) if why.ends_with("what")),
        "{:?}",
        report.stopped
    );
}

/// Pushes ten events to a server with this one answer.
fn push_events_to(status: u16, headers: &str, body: &str) -> (Report, Vec<String>) {
    let server = Scripted::start(status, headers, body);
    let folder = tempfile::tempdir().unwrap();
    let (report, _) = push(events_plan(&folder, 10, &server.url(), SECRET));
    (report, server.requests())
}

/// Pushes ten good rows to a server with this one answer.
fn push_to(status: u16, headers: &str, body: &str) -> (Report, Vec<u64>, Vec<String>) {
    let server = Scripted::start(status, headers, body);
    let folder = tempfile::tempdir().unwrap();
    let (report, waits) = push(plan(&folder, 10, &server.url(), SECRET));
    (report, waits, server.requests())
}

#[test]
fn a_request_is_what_braze_expects() {
    let (report, _, requests) = push_to(201, "", r#"{"message":"success"}"#);
    assert_eq!(report.account.accepted, 10);
    let (head, body) = requests[0].split_once("\r\n\r\n").unwrap();
    let head = head.to_lowercase();
    assert!(head.starts_with("post /users/track http/1.1\r\n"), "{head}");
    for line in [
        "content-type: application/json".to_owned(),
        format!("authorization: bearer {SECRET}"),
        format!("user-agent: aiq-braze/{}", env!("CARGO_PKG_VERSION")),
        format!("content-length: {}", body.len()),
    ] {
        assert!(head.lines().any(|found| found == line), "{line} in {head}");
    }
    assert!(
        body.starts_with(r#"{"attributes":[{"external_id":"u0","#),
        "{body}"
    );
}

#[test]
fn named_objects_are_refused_and_the_others_accepted() {
    let answer = r#"{"message":"success","errors":[
        {"type":"EMAIL_BAD_FORMAT","input_array":"attributes","index":3},
        {"type":"EMAIL_BAD_FORMAT","input_array":"attributes","index":0},
        {"type":"other\nwords","index":9}]}"#;
    let (report, _, _) = push_to(201, "", answer);
    assert_eq!((report.account.accepted, report.account.refused), (7, 3));
    let groups: Vec<_> = report
        .refused
        .iter()
        .map(|group| (group.reason.as_str(), group.rows))
        .collect();
    assert_eq!(groups, [("EMAIL_BAD_FORMAT", 2), ("other words", 1)]);
    let rows: Vec<_> = report.refused[0].first.iter().map(|at| at.row).collect();
    assert_eq!(rows, [2, 5]);
}

#[test]
fn an_error_that_names_no_object_leaves_the_others_unknown() {
    let answer = r#"{"errors":[{"type":"A","index":0},"something else"]}"#;
    let (report, _, _) = push_to(201, "", answer);
    assert_eq!((report.account.refused, report.account.unknown), (1, 9));
    assert!(report.unknown[0].reason.ends_with("something else"));
}

#[test]
fn a_cut_answer_is_no_answer() {
    let (report, _) = push_events_to(201, "Content-Length: 500\r\n", r#"{"message":"success"}"#);
    assert_eq!((report.account.accepted, report.account.unknown), (0, 10));
}

/// It may lack that some of it was processed.
#[test]
fn a_cut_refusal_is_no_answer() {
    let body = r#"{"message":"Valid data must be provided","#;
    let (report, _) = push_events_to(400, "Content-Length: 500\r\n", body);
    assert_eq!((report.account.refused, report.account.unknown), (0, 10));
}

#[test]
fn redirects_are_not_followed() {
    let (report, requests) =
        push_events_to(307, "Location: http://127.0.0.1:9/users/track\r\n", "");
    assert_eq!((report.account.unknown, requests.len()), (10, 1));
}

#[test]
fn a_reset_is_a_time_or_seconds() {
    for (headers, seconds) in [
        ("X-RateLimit-Reset: 1790000005\r\n", 5),
        ("X-RateLimit-Reset: 4\r\n", 4),
        ("Retry-After: 3\r\nX-RateLimit-Reset: 4\r\n", 3),
        ("Retry-After: 3\r\nX-Ratelimit-Retry-After: 2\r\n", 2),
        // 1790000000 is Mon, 21 Sep 2026 14:13:20 GMT, in all three forms that HTTP reads.
        ("Retry-After: Mon, 21 Sep 2026 14:13:29 GMT\r\n", 9),
        ("Retry-After: Monday, 21-Sep-26 14:13:30 GMT\r\n", 10),
        (
            "Retry-After: Mon Sep 21 14:13:31 2026\r\nX-RateLimit-Reset: 4\r\n",
            11,
        ),
        ("Retry-After: soon\r\nX-RateLimit-Reset: 4\r\n", 4),
        (
            "Retry-After: Mon, 21 Sep 2026 14:13:29 GMT\r\nX-Ratelimit-Retry-After: 2\r\n",
            2,
        ),
    ] {
        let (report, waits, _) = push_to(429, headers, "");
        assert_eq!(waits[0], seconds, "{headers}");
        assert_eq!(report.account.pending, 10);
    }
}

#[test]
fn no_text_of_a_push_holds_the_key() {
    let escaped: String = SECRET
        .chars()
        .map(|char| format!("\\u{:04x}", u32::from(char)))
        .collect();
    let statuses = [201, 400, 401, 500];
    for (status, key) in statuses
        .into_iter()
        .flat_map(|status| [(status, SECRET), (status, escaped.as_str())])
    {
        let body = format!(r#"{{"message":"bad key {key}","errors":["{key}"]}}"#);
        let (report, _) = push_events_to(status, "", &body);
        let stopped = report.stopped.as_ref().map(ToString::to_string);
        let json = serde_json::to_string(&report).unwrap();
        let said = format!("{report:?} {stopped:?} {json}");
        assert!(
            said.contains("bad key ••••") || said.contains("names no row: ••••"),
            "{said}"
        );
        assert!(!said.contains("secret"), "{said}");
    }
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(&folder, 1, "US-01", SECRET);
    assert!(!format!("{plan:?}").contains("secret"));
}

/// A clock that stands still.
struct Frozen;

impl Clock for Frozen {
    fn unix_seconds(&self) -> u64 {
        0
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&mut self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(future::pending())
    }
}

#[test]
fn a_push_that_waits_can_be_cancelled() {
    let faults = vec![Fault::None, status(429, Some(3600))];
    let sandbox = Sandbox::start(sandbox::Options {
        faults,
        ..sandbox::Options::default()
    })
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(&folder, 30, &sandbox.url(), sandbox.key());
    let (waiting, is_waiting) = mpsc::channel();
    let handle = start_at(plan, Frozen, move |event| {
        if let PushEvent::Waiting { seconds, .. } = event {
            waiting.send(seconds).unwrap();
        }
    });
    assert_eq!(is_waiting.recv(), Ok(3600.0));
    handle.cancel();
    let report = handle.join();
    assert_eq!((report.account.accepted, report.account.pending), (10, 20));
    assert_eq!(report.stopped, Some(Stopped::Cancelled));
    assert!(report.account.is_balanced());
}

#[test]
fn an_export_that_changed_since_its_check_is_not_sent() {
    let sandbox = Sandbox::start(sandbox::Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(&folder, 30, &sandbox.url(), sandbox.key());
    fs::write(folder.path().join("export.csv"), "external_id,a\nu1,2\n").unwrap();
    let (report, _) = push(plan);
    assert_eq!((report.account.pending, report.requests), (30, 0));
    assert!(matches!(report.stopped, Some(Stopped::Export(_))));
}

#[test]
fn a_check_of_other_rows_stops_the_push() {
    let sandbox = Sandbox::start(sandbox::Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut few = plan(&folder, 30, &sandbox.url(), sandbox.key());
    few.run.begun.checked.rows -= 12;
    few.run.account.rows -= 12;
    few.run.account.pending -= 12;
    let (report, _) = push(few);
    assert_eq!(report.stopped, Some(Stopped::ExportChanged));

    let folder = tempfile::tempdir().unwrap();
    let mut many = plan(&folder, 30, &sandbox.url(), sandbox.key());
    many.run.begun.checked.rows += 1;
    many.run.account.rows += 1;
    many.run.account.pending += 1;
    let (report, _) = push(many);
    assert!(report.account.pending >= 1);
    assert_eq!(report.stopped, Some(Stopped::ExportChanged));
}
