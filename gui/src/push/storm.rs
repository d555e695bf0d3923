//! Storms: real requests to a sandbox that fails in every way it knows, in no time of the clock's. What
//! arrived is compared with what the ledger says, row by row.

use aiq_braze::Outcome;
use tempfile::TempDir;

use super::tests::{plan_of, push};
use super::*;
use crate::ledger::{RunId, RunState};
use crate::sandbox::{self, Chance, Fault, Memory, Proof, Sandbox, Settings, Weather};

/// One percent of every fault but silence, which takes a minute and a half each.
fn every_fault() -> Vec<Chance> {
    let chance = |fault| Chance {
        per_mille: 10,
        burst: match fault {
            Fault::Status { status: 429, .. } => 3,
            _ => 1,
        },
        fault,
    };
    Fault::every().into_iter().map(chance).collect()
}

/// A sandbox that answers late by chance and applies what it took later still, in no order.
fn sandbox(memory: Memory, chances: Vec<Chance>) -> Sandbox {
    Sandbox::start(sandbox::Options {
        weather: Weather {
            seed: 7,
            jitter_ms: 5,
            delay_ms: 50,
            shuffled: true,
            chances,
            ..Weather::default()
        },
        settings: Settings {
            memory,
            ..Settings::default()
        },
        ..sandbox::Options::default()
    })
    .unwrap()
}

/// Pushes these rows until nothing is left, in as many stretches as it takes: what became of each row.
fn outcomes(folder: &TempDir, text: &str, sandbox: &Sandbox) -> Vec<Outcome> {
    let path = folder.path().join("export.csv");
    std::fs::write(&path, text).unwrap();
    let n_rows = text.lines().count() - 1;
    let mut plan = plan_of(&path, &sandbox.url(), sandbox.key(), 75);
    plan.delivery.at_once = None;
    let (run, workspace) = (plan.run.id, path.with_extension("workspace"));
    let source = plan.source.clone();
    let (address, key) = (plan.address.clone(), plan.key.clone());
    for _ in 0..20 {
        let (report, _) = push(plan);
        let mut ledger = Ledger::open(&workspace, "a test").unwrap();
        ledger.take_up(run).unwrap();
        let goes_on = ledger.expect_run(run).unwrap();
        assert_eq!(goes_on.account, report.account);
        if goes_on.account.pending == 0 {
            assert!(matches!(
                goes_on.state,
                RunState::Done | RunState::Undecided
            ));
            return by_row(&ledger, run, n_rows);
        }
        plan = PushPlan {
            source: source.clone(),
            run: goes_on,
            ledger,
            address: address.clone(),
            key: key.clone(),
            delivery: Delivery::default(),
        };
    }
    panic!("it does not come to its end");
}

/// The ledger's word on each row, where each row is an object.
fn by_row(ledger: &Ledger, run: RunId, n_rows: usize) -> Vec<Outcome> {
    let mut outcomes = vec![Outcome::Pending; n_rows];
    let mut from = 0;
    loop {
        let page = ledger.settled(run, from).unwrap();
        let Some(last) = page.last() else {
            return outcomes;
        };
        from = last.batch + 1;
        for settled in &page {
            let first = settled.span.at.row as usize - 1;
            for outcome in &mut outcomes[first..first + settled.span.rows as usize] {
                assert_eq!(*outcome, Outcome::Pending, "settled twice");
                *outcome = settled.outcome;
            }
        }
    }
}

const PROOFS: Memory = Memory {
    profiles: 0,
    bytes: 0,
    history: 0,
    proofs: true,
};

#[test]
fn every_attribute_arrives_through_a_storm() {
    const ROWS: usize = 60_000;
    let rows = (0..ROWS).map(|n| format!("u{n},1,2,{n}\n"));
    let head = "external_id,audience_id,split_id,n\n".to_owned();
    let text: String = std::iter::once(head).chain(rows).collect();
    let sandbox = sandbox(PROOFS, every_fault());
    let folder = tempfile::tempdir().unwrap();
    let outcomes = outcomes(&folder, &text, &sandbox);
    sandbox.settle();
    let (proofs, seen) = (sandbox.proofs(), sandbox.report());
    assert!(seen.faulted > seen.requests / 10, "{seen:?}");
    let mut n_accepted = 0;
    for (n, outcome) in outcomes.into_iter().enumerate() {
        let mut once = Proof::default();
        once.add_attribute("AIQ_1_2", "true");
        once.add_attribute("n", &n.to_string());
        let found = proofs.get(&Proof::user(&format!("external_id:u{n}")));
        let n_times = found.map_or(0, |found| found.attributes / once.attributes);
        // What is sent a second time changes nothing: the right values, as often as they were sent.
        if let Some(found) = found {
            let sum = once.sum.wrapping_mul(u64::from(n_times));
            let attributes = once.attributes * n_times;
            assert_eq!((found.sum, found.attributes), (sum, attributes), "row {n}");
        }
        match outcome {
            Outcome::Accepted => assert!(n_times >= 1, "row {n} is accepted, and is not there"),
            Outcome::Refused => {}
            other => panic!("row {n} is {other:?}"),
        }
        n_accepted += usize::from(outcome == Outcome::Accepted);
    }
    assert!(n_accepted > ROWS * 99 / 100, "{n_accepted}");
}

#[test]
fn no_event_arrives_twice_through_a_storm() {
    const ROWS: usize = 40_000;
    let rows = (0..ROWS).map(|n| format!("u{n},Visited,2026-01-01T00:00:00Z\n"));
    let head = "external_id,event_name,event_time\n".to_owned();
    let text: String = std::iter::once(head).chain(rows).collect();
    let sandbox = sandbox(PROOFS, every_fault());
    let folder = tempfile::tempdir().unwrap();
    let outcomes = outcomes(&folder, &text, &sandbox);
    sandbox.settle();
    let proofs = sandbox.proofs();
    for (n, outcome) in outcomes.into_iter().enumerate() {
        let mut once = Proof::default();
        once.add_event("Visited", "2026-01-01T00:00:00Z");
        let found = proofs.get(&Proof::user(&format!("external_id:u{n}")));
        match outcome {
            Outcome::Accepted => assert_eq!(found, Some(&once), "row {n}"),
            Outcome::Refused => assert_eq!(found, None, "row {n}"),
            Outcome::Unknown => assert!(found.is_none_or(|found| *found == once), "row {n}"),
            other => panic!("row {n} is {other:?}"),
        }
    }
}

#[test]
fn one_user_s_values_arrive_in_the_order_of_the_file() {
    const ROWS: usize = 12_000;
    const USERS: usize = 500;
    // Far apart, close together, and in one request; never in two rows that follow each other.
    let user = |n: usize| match n % 3 {
        0 => n * 7 % 200,
        1 => 200 + n / 40 % 150,
        _ => 350 + n / 10 % 150,
    };
    let rows = (0..ROWS).map(|n| format!("u{},1,2,{n}\n", user(n)));
    let head = "external_id,audience_id,split_id,n\n".to_owned();
    let text: String = std::iter::once(head).chain(rows).collect();
    let memory = Memory {
        history: 10_000,
        ..Memory::default()
    };
    // Refused objects would only be missing.
    let mut chances = every_fault();
    chances.retain(|chance| !matches!(chance.fault, Fault::Partial { .. }));
    let sandbox = sandbox(memory, chances);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.csv");
    std::fs::write(&path, &text).unwrap();
    let mut plan = plan_of(&path, &sandbox.url(), sandbox.key(), 75);
    plan.delivery.at_once = None;
    let (report, _) = push(plan);
    assert_eq!(report.account.pending, 0, "{:?}", report.stopped);
    sandbox.settle();
    for number in 0..USERS {
        let wanted: Vec<u64> = (0..ROWS)
            .filter(|&n| user(n) == number)
            .map(|n| n as u64)
            .collect();
        let state = sandbox.state(Some(&format!("external_id:u{number}")));
        let state: serde_json::Value = serde_json::from_str(&state).unwrap();
        let history = &state["users"][format!("external_id:u{number}")]["history"]["n"];
        let arrived = history.as_array().unwrap().iter();
        let arrived: Vec<_> = arrived.map(|n| n.as_u64().unwrap()).collect();
        assert_eq!(arrived.last(), wanted.last(), "u{number}");
        // A request without an answer comes once more; for the first time each comes after all before it.
        let mut first_times: Vec<u64> = Vec::new();
        for n in arrived {
            if first_times.last().is_none_or(|latest| n > *latest) {
                first_times.push(n);
            }
        }
        assert_eq!(first_times, wanted, "u{number}");
    }
}
