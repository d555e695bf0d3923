//! Ledgers on a real disk.

use std::fs;
use std::path::Path;

use aiq_braze::Outcome;
use tempfile::TempDir;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::testing::{new_run, span};
use super::*;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn open(folder: &TempDir) -> Ledger {
    Ledger::open(&folder.path().join("w"), "a test").unwrap()
}

fn settlement(batch: u64, span: Span, outcome: Outcome, reason: Option<&str>) -> Settlement {
    Settlement {
        batch,
        span,
        outcome,
        reason: reason.map(str::to_owned),
    }
}

fn intend(batch: u64, is_repeatable: bool) -> Op {
    Op::Intend {
        batch,
        spans: vec![span(0, 10)],
        is_repeatable,
    }
}

fn answer(batch: u64, settled: Vec<Settlement>) -> Op {
    Op::Answer {
        batch,
        settled,
        was_sent: true,
        is_repeat: false,
    }
}

/// Writes these things of a new run of a hundred rows, and gives the ledger back.
fn written(folder: &TempDir, ops: Vec<Op>) -> (Ledger, RunId) {
    let mut ledger = open(folder);
    let run = ledger.begin(&new_run(100)).unwrap();
    let (ledger, _) = write(ledger, run, ops);
    (ledger, run)
}

fn write(ledger: Ledger, run: RunId, ops: Vec<Op>) -> (Ledger, UnboundedReceiver<Note>) {
    let (sender, notes) = mpsc::unbounded_channel();
    let writer = ledger.write(run, sender);
    for op in ops {
        writer.take(op);
    }
    let (ledger, result) = writer.end().unwrap();
    result.unwrap();
    (ledger, notes)
}

#[test]
fn a_run_is_read_as_it_was_written() {
    let folder = folder();
    let mut ledger = open(&folder);
    let first = ledger.begin(&new_run(100)).unwrap();
    let second = ledger.begin(&new_run(5)).unwrap();
    assert_eq!((first, second), (RunId(1), RunId(2)));
    let run = ledger.expect_run(first).unwrap();
    assert_eq!(run, testing::run(100));
    let ids: Vec<_> = ledger.runs().unwrap().iter().map(|run| run.id).collect();
    assert_eq!(ids, [second, first]);
    assert!(ledger.run(RunId(3)).unwrap().is_none());
    assert!(
        ledger
            .expect_run(RunId(3))
            .unwrap_err()
            .to_string()
            .contains("run 3")
    );
}

#[test]
fn what_is_settled_is_accounted_for() {
    let folder = folder();
    let (_, run) = written(
        &folder,
        vec![
            intend(0, true),
            answer(
                0,
                vec![
                    settlement(0, span(0, 8), Outcome::Accepted, None),
                    settlement(0, span(8, 2), Outcome::Refused, Some("EMAIL_BAD_FORMAT")),
                ],
            ),
            intend(1, false),
            answer(
                1,
                vec![settlement(1, span(0, 10), Outcome::Unknown, Some("lost"))],
            ),
            Op::End {
                state: RunState::Paused,
                ended: 1_790_000_009,
                stopped: Some(("cancelled".to_owned(), "cancelled".to_owned())),
            },
        ],
    );
    let ledger = open(&folder);
    let found = ledger.expect_run(run).unwrap();
    let account = found.account;
    assert!(account.is_balanced());
    assert_eq!(
        (
            account.accepted,
            account.refused,
            account.unknown,
            account.pending
        ),
        (8, 2, 10, 80)
    );
    assert_eq!(found.state, RunState::Paused);
    assert_eq!((found.ended, found.requests), (Some(1_790_000_009), [2, 0]));
    assert_eq!(found.stopped.unwrap().0, "cancelled");
    let failures = ledger.failures(run).unwrap();
    let reasons: Vec<_> = failures
        .iter()
        .map(|one| one.reason.as_deref().unwrap())
        .collect();
    assert_eq!(reasons, ["EMAIL_BAD_FORMAT", "lost"]);
}

#[test]
fn an_intent_is_on_disk_before_it_is_told() {
    let folder = folder();
    let mut ledger = open(&folder);
    let run = ledger.begin(&new_run(100)).unwrap();
    let (_, mut notes) = write(ledger, run, vec![intend(0, true), intend(1, true)]);
    let told: Vec<_> = std::iter::from_fn(|| notes.try_recv().ok()).collect();
    assert!(matches!(told[..], [Note::Recorded(0), Note::Recorded(1)]));
}

#[test]
fn what_an_ended_program_left_on_its_way_is_unknown_or_goes_again() {
    for (on_unknown, n_unknown) in [(OnUnknown::Hold, 9), (OnUnknown::Resend, 0)] {
        let folder = folder();
        // What is left of a request from which some were refused.
        let two_spans = Op::Intend {
            batch: 1,
            spans: vec![span(0, 4), span(5, 5)],
            is_repeatable: false,
        };
        let ops = vec![intend(0, true), two_spans, intend(2, true)];
        let ops = ops.into_iter().chain([answer(
            2,
            vec![settlement(2, span(0, 10), Outcome::Accepted, None)],
        )]);
        let mut ledger = open(&folder);
        let run = NewRun {
            on_unknown,
            ..new_run(100)
        };
        let run = ledger.begin(&run).unwrap();
        let (mut ledger, _) = write(ledger, run, ops.collect());
        let n_lost = ledger.take_up(run).unwrap();
        assert_eq!(n_lost, n_unknown / 9, "requests, not spans");
        let account = ledger.expect_run(run).unwrap().account;
        assert_eq!((account.unknown, account.accepted), (n_unknown, 10));
        assert_eq!(account.pending, 90 - n_unknown);
        // Once is enough.
        assert_eq!(ledger.take_up(run).unwrap(), 0);
        assert_eq!(ledger.expect_run(run).unwrap().account, account);
    }
}

#[test]
fn what_is_unknown_can_be_sent_again_or_left() {
    let folder = folder();
    let lost = settlement(0, span(0, 10), Outcome::Unknown, Some("lost"));
    let (mut ledger, run) = written(&folder, vec![intend(0, false), answer(0, vec![lost])]);
    assert_eq!(ledger.resend_unknown(run).unwrap(), 10);
    let account = ledger.expect_run(run).unwrap().account;
    assert_eq!((account.unknown, account.pending), (0, 100));
    assert_eq!(ledger.take_up(run).unwrap(), 0); // it adds up
    ledger.drop_unknown(run).unwrap();
    assert_eq!(ledger.expect_run(run).unwrap().state, RunState::Done);
}

#[test]
fn a_run_of_which_nothing_is_left_is_closed_and_stays_as_it_was_decided() {
    for (outcome, state) in [
        (Outcome::Accepted, RunState::Done),
        (Outcome::Unknown, RunState::Undecided),
    ] {
        let folder = folder();
        let all = settlement(0, span(0, 100), outcome, Some("words"));
        let (mut ledger, run) = written(&folder, vec![answer(0, vec![all])]);
        assert_eq!(ledger.expect_run(run).unwrap().state, RunState::Open);
        ledger.take_up(run).unwrap();
        assert_eq!(ledger.expect_run(run).unwrap().state, state);
        ledger.drop_unknown(run).unwrap();
        ledger.take_up(run).unwrap();
        assert_eq!(ledger.expect_run(run).unwrap().state, RunState::Done);
    }
}

#[test]
fn what_was_settled_is_read_batch_by_batch() {
    let folder = folder();
    let n_batches = 10_000_u64;
    let ops = (0..n_batches).filter(|batch| batch % 3 != 1).map(|batch| {
        let first = settlement(batch, span(0, 2), Outcome::Accepted, None);
        let second = settlement(batch, span(3, 1), Outcome::Refused, Some("no"));
        answer(batch, vec![first, second])
    });
    let mut ledger = open(&folder);
    let run = ledger.begin(&new_run(100_000)).unwrap();
    let (ledger, _) = write(ledger, run, ops.collect());
    let mut before = ledger.settled_before(run).unwrap();
    for batch in 0..n_batches + 5 {
        let settled = before.of(batch).unwrap();
        let spans: Vec<_> = settled.iter().map(|settled| settled.span).collect();
        let is_settled = batch < n_batches && batch % 3 != 1;
        let wanted: &[Span] = if is_settled {
            &[span(0, 2), span(3, 1)]
        } else {
            &[]
        };
        assert_eq!(spans, wanted, "{batch}");
    }
}

#[test]
fn words_are_not_kept_where_none_are_wanted() {
    let folder = folder();
    let mut ledger = open(&folder);
    let quiet = NewRun {
        keeps_row_data: false,
        ..new_run(100)
    };
    let run = ledger.begin(&quiet).unwrap();
    let refused = settlement(
        0,
        span(0, 1),
        Outcome::Refused,
        Some("ana@example.com is no email"),
    );
    let end = Op::End {
        state: RunState::Paused,
        ended: 1_790_000_009,
        stopped: Some((
            "all_refused".to_owned(),
            "Braze refused 5 requests, the last one: ana@example.com is no email".to_owned(),
        )),
    };
    let (ledger, _) = write(ledger, run, vec![answer(0, vec![refused]), end]);
    assert_eq!(
        ledger.expect_run(run).unwrap().stopped.unwrap().0,
        "all_refused"
    );
    let failures = ledger.failures(run).unwrap();
    assert_eq!(
        failures[0].reason.as_deref(),
        Some("words not kept (--no-row-data)")
    );
    drop(ledger);
    for file in fs::read_dir(folder.path().join("w")).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = fs::read(&path).unwrap();
            assert!(
                !bytes.windows(7).any(|part| part == b"example"),
                "{}",
                path.display()
            );
        }
    }
}

#[test]
fn reasons_beyond_a_thousand_share_one() {
    let folder = folder();
    let ops = (0..1100).map(|batch| {
        let reason = format!("reason {batch}");
        answer(
            batch,
            vec![settlement(
                batch,
                span(0, 1),
                Outcome::Refused,
                Some(&reason),
            )],
        )
    });
    let mut ledger = open(&folder);
    let run = ledger.begin(&new_run(2000)).unwrap();
    let (ledger, _) = write(ledger, run, ops.collect());
    let failures = ledger.failures(run).unwrap();
    assert_eq!(failures.len(), 1001);
    let other = failures
        .iter()
        .find(|one| one.reason.as_deref() == Some("other reasons"));
    assert_eq!(other.unwrap().span.rows, 100);
}

#[test]
fn a_run_that_is_forgotten_leaves_nothing() {
    let folder = folder();
    let refused = settlement(
        0,
        span(0, 1),
        Outcome::Refused,
        Some("ana@example.com is no email"),
    );
    let (mut ledger, run) = written(&folder, vec![answer(0, vec![refused])]);
    let place = ledger.run_folder(run);
    make_folder(&place).unwrap();
    fs::write(place.join("standard-input"), "external_id\nana\n").unwrap();
    ledger.forget(run).unwrap();
    assert!(ledger.runs().unwrap().is_empty() && !place.exists());
    drop(ledger);
    let bytes = fs::read(folder.path().join("w").join(FILE)).unwrap();
    assert!(!bytes.windows(7).any(|part| part == b"example"));
    // Its number is not given again.
    assert_eq!(open(&folder).begin(&new_run(1)).unwrap(), RunId(2));
}

#[test]
fn looking_needs_no_lock_and_leaves_no_trace() {
    let folder = folder();
    let (ledger, run) = written(&folder, vec![intend(0, true)]);
    drop(ledger);
    let place = folder.path().join("w");
    assert_eq!(read_runs(&place).unwrap()[0].id, run);
    assert!(read_failures(&place, run).unwrap().is_empty());
    assert!(!place.join("ledger.sqlite-wal").exists());
    assert!(read_runs(folder.path()).unwrap().is_empty()); // where no ledger is
}

#[test]
fn one_process_works_in_a_workspace_and_others_hear_which() {
    let folder = folder();
    let ledger = open(&folder);
    let error = Ledger::open(&folder.path().join("w"), "another")
        .unwrap_err()
        .to_string();
    let wanted = format!("process {} (a test)", std::process::id());
    assert!(error.contains(&wanted), "{error}");
    assert!(read_runs(&folder.path().join("w")).unwrap().is_empty()); // looking is free
    drop(ledger);
    open(&folder);
}

#[test]
fn whoever_works_says_on_which_run_until_it_ends() {
    let folder = folder();
    let place = folder.path().join("w");
    assert_eq!(holder(&place), None);
    let mut ledger = open(&folder);
    let found = holder(&place).unwrap();
    assert_eq!(found.run, None);
    assert!(found.words.contains("(a test)"), "{found:?}");
    let run = ledger.begin(&new_run(100)).unwrap();
    let (sender, _notes) = mpsc::unbounded_channel();
    let writer = ledger.write(run, sender);
    let found = holder(&place).unwrap();
    assert_eq!(found.run, Some(run));
    assert!(found.words.contains("(a test, run 1)"), "{found:?}");
    drop(writer.end());
    assert_eq!(holder(&place), None);
}

#[test]
fn a_run_that_goes_on_has_not_stopped() {
    let folder = folder();
    let end = Op::End {
        state: RunState::Paused,
        ended: 1_790_000_009,
        stopped: Some(("cancelled".to_owned(), "cancelled".to_owned())),
    };
    let (ledger, run) = written(&folder, vec![end]);
    assert_eq!(ledger.expect_run(run).unwrap().state, RunState::Paused);
    let (ledger, _) = write(ledger, run, vec![]);
    assert_eq!(ledger.expect_run(run).unwrap(), testing::run(100));
}

#[test]
fn those_who_look_keep_nobody_from_work() {
    let folder = folder();
    drop(open(&folder));
    let place = folder.path().join("w");
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                holder(&place);
            }
        });
        let opened: Vec<_> = (0..300)
            .map(|_| Ledger::open(&place, "a test").map(drop))
            .collect();
        is_over.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(opened.iter().all(Result::is_ok), "{opened:?}");
    });
}

#[test]
fn what_was_settled_is_read_one_by_one() {
    let folder = folder();
    let ops = (0..5000).map(|batch| {
        let first = settlement(batch, span(0, 2), Outcome::Accepted, None);
        let second = settlement(batch, span(3, 1), Outcome::Refused, Some("no"));
        answer(batch, vec![first, second])
    });
    let (ledger, run) = {
        let mut ledger = open(&folder);
        let run = ledger.begin(&new_run(100_000)).unwrap();
        (write(ledger, run, ops.collect()).0, run)
    };
    let all = ledger.settled_before(run).unwrap();
    let places = all.map(|settled| settled.map(|settled| (settled.batch, settled.span.first)));
    let places: Vec<_> = places.map(Result::unwrap).collect();
    let wanted: Vec<_> = (0..5000)
        .flat_map(|batch| [(batch, 0), (batch, 3)])
        .collect();
    assert_eq!(places, wanted);
}

#[cfg(unix)]
#[test]
fn its_files_are_its_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let (ledger, _) = written(&folder, vec![intend(0, true)]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let workspace = folder.path().join("w");
    assert_eq!(mode(&workspace), 0o700);
    for file in fs::read_dir(&workspace).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    drop(ledger);
}

/// Opens a ledger whose file was tampered with: what it says.
fn said_of(tamper: impl FnOnce(&Path)) -> String {
    let folder = folder();
    let ops = (0..200).map(|batch| {
        answer(
            batch,
            vec![settlement(batch, span(0, 1), Outcome::Accepted, None)],
        )
    });
    let mut ledger = open(&folder);
    let run = ledger.begin(&new_run(1000)).unwrap();
    drop(write(ledger, run, ops.collect()));
    let workspace = folder.path().join("w");
    tamper(&workspace.join(FILE));
    let opened = Ledger::open(&workspace, "a test");
    let taken_up = opened.and_then(|mut ledger| ledger.take_up(run));
    taken_up.unwrap_err().to_string()
}

#[test]
fn a_damaged_ledger_says_so() {
    let whole_of = |path: &Path| fs::read(path).unwrap();
    for (what, tamper) in [
        (
            "an empty file",
            Box::new(|path: &Path| fs::write(path, "").unwrap()) as Box<dyn Fn(&Path)>,
        ),
        (
            "a file that cannot be read",
            Box::new(|path| fs::write(path, "not a database ".repeat(400)).unwrap()),
        ),
        (
            "malformed",
            Box::new(move |path| fs::write(path, &whole_of(path)[..3 * 4096]).unwrap()),
        ),
        (
            "of something else",
            Box::new(|path| {
                fs::remove_file(path).unwrap();
                let other = rusqlite::Connection::open(path).unwrap();
                other.execute_batch("CREATE TABLE t (a)").unwrap();
            }),
        ),
        (
            "of version 99",
            Box::new(|path| {
                let ledger = rusqlite::Connection::open(path).unwrap();
                ledger.execute_batch("PRAGMA user_version = 99").unwrap();
            }),
        ),
        (
            "not as they were written",
            Box::new(|path| {
                let ledger = rusqlite::Connection::open(path).unwrap();
                ledger
                    .execute_batch("UPDATE settlements SET count = 2 WHERE batch = 17")
                    .unwrap();
            }),
        ),
        (
            "not as they were written",
            Box::new(|path| {
                let ledger = rusqlite::Connection::open(path).unwrap();
                ledger
                    .execute_batch("DELETE FROM settlements WHERE batch = 17")
                    .unwrap();
            }),
        ),
        (
            "not as it was written",
            Box::new(|path| {
                let ledger = rusqlite::Connection::open(path).unwrap();
                ledger
                    .execute_batch("UPDATE runs SET endpoint = 'https://elsewhere'")
                    .unwrap();
            }),
        ),
    ] {
        let said = said_of(tamper);
        assert!(said.contains(what), "{what}: {said}");
        assert!(said.contains("ledger.sqlite"), "{said}");
    }
}

#[test]
fn a_flipped_bit_is_noticed_or_changes_nothing() {
    let folder = folder();
    let ops = (0..200).map(|batch| {
        let reason = format!("reason {}", batch % 7);
        answer(
            batch,
            vec![settlement(
                batch,
                span(0, 1),
                Outcome::Refused,
                Some(&reason),
            )],
        )
    });
    let mut ledger = open(&folder);
    let run = ledger.begin(&new_run(1000)).unwrap();
    let (ledger, _) = write(ledger, run, ops.collect());
    let account = ledger.expect_run(run).unwrap().account;
    drop(ledger);
    let path = folder.path().join("w").join(FILE);
    let whole = fs::read(&path).unwrap();
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..300 {
        let mut flipped = whole.clone();
        let place = random.usize(..flipped.len());
        flipped[place] ^= 1 << random.u8(..8);
        fs::write(&path, flipped).unwrap();
        let opened = Ledger::open(&folder.path().join("w"), "a test");
        let found = opened.and_then(|mut ledger| {
            ledger.take_up(run)?;
            ledger.expect_run(run)
        });
        if let Ok(found) = found {
            assert_eq!(found.account, account, "byte {place}");
        }
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_told() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Ledger::open(&file.join("w"), "a test")
        .unwrap_err()
        .to_string();
    assert!(error.contains("AIQ_BRAZE_HOME"), "{error}");
}

#[test]
fn what_may_have_arrived_is_to_be_learned_until_the_state_has_it() {
    let unlearned = |ledger: &Ledger, run| {
        let mut unlearned = ledger.unlearned(run).unwrap();
        let all = (0..10).flat_map(|batch| unlearned.of(batch).unwrap());
        let all = all.map(|settled| (settled.batch, settled.span.count, settled.outcome));
        let mut all: Vec<_> = all.collect();
        all.sort_by_key(|settled| (settled.0, settled.1));
        all
    };
    let (accepted, unknown) = (Outcome::Accepted, Outcome::Unknown);
    let folder = folder();
    let lost = settlement(0, span(0, 10), unknown, Some("lost"));
    let taken = settlement(1, span(0, 5), accepted, None);
    let ops = vec![
        answer(0, vec![lost]),
        answer(1, vec![taken]),
        intend(2, true),
        intend(3, true),
        // Sent, and not settled by its answer: it may have arrived.
        intend(4, true),
        answer(4, Vec::new()),
        intend(5, true),
        answer(5, vec![settlement(5, span(0, 4), accepted, None)]),
        intend(6, true),
        answer(6, vec![settlement(6, span(0, 10), accepted, None)]),
    ];
    let (mut ledger, run) = written(&folder, ops);
    let wanted = [
        (0, 10, unknown),
        (1, 5, accepted),
        (2, 10, unknown),
        (3, 10, unknown),
        (4, 10, unknown),
        (5, 4, accepted),
        (5, 10, unknown),
        (6, 10, accepted),
    ];
    assert_eq!(unlearned(&ledger, run), wanted);
    // Whatever becomes of settlements and intents.
    ledger.resend_unknown(run).unwrap();
    ledger.take_up(run).unwrap();
    assert_eq!(ledger.expect_run(run).unwrap().account.pending, 81);
    assert_eq!(unlearned(&ledger, run), wanted);
    assert_eq!(ledger.unlearned_runs().unwrap(), [run]);
    ledger.set_learned(Some(run)).unwrap();
    assert_eq!(unlearned(&ledger, run), []);
    assert_eq!(ledger.unlearned_runs().unwrap(), []);
    // What comes later is new again.
    let more = answer(2, vec![settlement(2, span(0, 10), accepted, None)]);
    let (ledger, _) = write(ledger, run, vec![more]);
    assert_eq!(unlearned(&ledger, run), [(2, 10, accepted)]);
}
