//! Rate limits: what is refused, and what the headers tell.

use super::{ONE, client::track, with_settings};
use crate::sandbox::{
    Fault, Limit, On429, Options, Reset, Sandbox, Settings, limiter::Limiter, route::Route,
};

fn limit(path: &str, requests: u64, window_secs: u64) -> Limit {
    Limit {
        path: path.to_owned(),
        requests,
        window_secs,
    }
}

/// Limits of a burst and an hour.
fn two() -> Limiter {
    let limits = [limit("/users/track", 2, 3), limit("/users/track", 5, 3600)];
    Limiter::new(&limits)
}

#[test]
fn every_window_must_have_room() {
    let mut limiter = two();
    // 2026-03-26T18:59:57Z: three seconds before the hour ends.
    let now = 1_774_551_597;
    let mut at = |secs| {
        let standing = limiter.count(Route::Track, now + secs);
        (
            standing.limit,
            standing.remaining,
            standing.reset_secs - now,
            standing.retry_after_secs,
        )
    };
    assert_eq!(at(0), (2, 1, 3, None));
    assert_eq!(at(1), (2, 0, 3, None));
    // A refused request does not count.
    assert_eq!(at(1), (2, 0, 3, Some(2)));
    assert_eq!(at(2), (2, 0, 3, Some(1)));
    // The next window, and the next hour with it.
    assert_eq!(at(3), (2, 1, 6, None));
    assert_eq!(at(4), (2, 0, 6, None));
    assert_eq!(at(6), (2, 1, 9, None));
    assert_eq!(at(7), (2, 0, 9, None));
    assert_eq!(at(9), (5, 0, 3603, None));
    assert_eq!(at(12), (5, 0, 3603, Some(3591)));
    assert_eq!(at(3602), (5, 0, 3603, Some(1)));
    assert_eq!(at(3603), (2, 1, 3606, None));
}

#[test]
fn endpoints_have_limits_of_their_own() {
    let mut limiter = two();
    for _ in 0..300 {
        let standing = limiter.count(Route::ExportIds, 0);
        assert_eq!((standing.limit, standing.retry_after_secs), (250, None));
    }
    assert_eq!(limiter.count(Route::Track, 0).remaining, 1);
}

/// A window that no test outlives.
const LONG_SECS: u64 = 1 << 40;

fn settings(reset: Reset, on_429: On429) -> Settings {
    Settings {
        limits: vec![limit("/users/track", 1, LONG_SECS)],
        reset,
        on_429,
        ..Settings::default()
    }
}

#[test]
fn a_429_says_when_to_come_back_in_either_style() {
    let sandbox = with_settings(settings(Reset::Epoch, On429::RetryAfter));
    let first = track(&sandbox, ONE);
    assert_eq!(
        (first.status, first.header("X-RateLimit-Remaining")),
        (201, Some("0"))
    );
    assert_eq!(
        first.header("X-RateLimit-Reset"),
        Some(&*LONG_SECS.to_string())
    );
    let reply = track(&sandbox, ONE);
    assert_eq!(
        (reply.status, reply.json()["message"].as_str()),
        (429, Some("Rate Limited"))
    );
    assert_eq!(reply.header("X-RateLimit-Limit"), None);
    assert_eq!(reply.header("X-RateLimit-Reset"), None);
    let wait: u64 = reply
        .header("X-Ratelimit-Retry-After")
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..LONG_SECS).contains(&wait));
    let report = sandbox.report();
    assert_eq!((report.limited, report.accepted, report.faulted), (1, 1, 0));

    let sandbox = with_settings(settings(Reset::SecondsLeft, On429::Reset));
    track(&sandbox, ONE);
    let reply = track(&sandbox, ONE);
    assert_eq!(
        (reply.status, reply.header("X-RateLimit-Limit")),
        (429, Some("1"))
    );
    assert_eq!(reply.header("X-Ratelimit-Retry-After"), None);
    let left: u64 = reply.header("X-RateLimit-Reset").unwrap().parse().unwrap();
    // Seconds since 1970 are never as many as those to the end of this window.
    assert!(left < LONG_SECS && left > LONG_SECS / 2, "{left}");
}

#[test]
fn a_scripted_429_speaks_the_same_style() {
    let limited = Fault::Status {
        status: 429,
        retry_after_secs: None,
    };
    let headers = |on_429| {
        let sandbox = Sandbox::start(Options {
            faults: vec![limited],
            settings: Settings {
                on_429,
                ..Settings::default()
            },
            ..Options::default()
        });
        let reply = track(&sandbox.unwrap(), ONE);
        let names = [
            "X-RateLimit-Limit",
            "X-RateLimit-Remaining",
            "X-Ratelimit-Retry-After",
        ];
        names.map(|name| reply.header(name).map(ToOwned::to_owned))
    };
    assert_eq!(headers(On429::RetryAfter), [None, None, None]);
    let (limit, none) = (Some("3000".to_owned()), Some("0".to_owned()));
    assert_eq!(headers(On429::Reset), [limit, none, None]);
}

#[test]
fn the_limit_comes_before_the_key() {
    let sandbox = with_settings(settings(Reset::Epoch, On429::RetryAfter));
    track(&sandbox, ONE);
    let head = ["POST /users/track HTTP/1.1", "Host: 127.0.0.1"];
    assert_eq!(super::send(&sandbox, &head, b"").unwrap().status, 429);
}
