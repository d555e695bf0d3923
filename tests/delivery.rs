//! Pushes that are killed, resumed, lied to and starved: real processes against a server that remembers
//! all that arrived.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use aiq_braze_tests::braze::{Braze, Weather};
use aiq_braze_tests::program::{Ended, Program, rests};
use aiq_braze_tests::random::Random;
use serde_json::Value;
use tempfile::TempDir;

const SECRET: &str = "5e2b7c1a-no-text-may-hold-this";

/// A folder with an export in it, and a server to push it to.
struct Desk {
    folder: TempDir,
    braze: Braze,
}

impl Desk {
    fn new(export: &str, weather: impl FnMut(u64) -> Weather + Send + 'static) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("export.csv");
        fs::write(&path, export).expect("it is writable");
        rests(&path);
        Self {
            folder,
            braze: Braze::start(weather),
        }
    }

    fn program(&self, args: &[&str]) -> Program {
        Program::new(self.folder.path())
            .args(args)
            .env("BRAZE_API_KEY", SECRET)
            .env("AIQ_BRAZE_HOME", self.home())
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn push(&self, more: &[&str]) -> Program {
        let url = self.braze.url();
        let args = ["push", "export.csv", "--yes", "--json", "--endpoint", &url];
        self.program(&args).arg("--no-preflight").args(more)
    }

    fn resume(&self) -> Program {
        self.program(&["resume", "--yes", "--json"])
    }

    /// The latest run, if there is one.
    fn run(&self) -> Option<Value> {
        let ended = self.program(&["runs", "--json"]).run().with_code(0);
        let runs: Value = serde_json::from_slice(&ended.stdout).expect("--json prints JSON");
        runs["runs"].get(0).cloned()
    }

    fn account(&self) -> BTreeMap<String, u64> {
        let run = self.run().expect("there is a run");
        serde_json::from_value(run["account"].clone()).expect("an account holds numbers")
    }

    /// Every row has one outcome, whatever happened.
    fn balanced(&self) -> BTreeMap<String, u64> {
        let account = self.account();
        let parts: u64 = account
            .iter()
            .filter(|(name, _)| *name != "rows")
            .map(|(_, n)| n)
            .sum();
        assert_eq!(
            parts,
            account["rows"] + 2 * account["leavers"],
            "{account:?}"
        );
        account
    }
}

fn audience(n_rows: u64, n_users: u64) -> String {
    let rows = (0..n_rows).map(|n| format!("u{},1,2,{n}\n", n * 7 % n_users));
    std::iter::once("external_id,audience_id,split_id,n\n".to_owned())
        .chain(rows)
        .collect()
}

fn events(n_rows: u64) -> String {
    let rows = (0..n_rows).map(|n| format!("u{},Visited,2026-01-01T00:00:00Z,{n}\n", n % 97));
    std::iter::once("external_id,event_name,time,n\n".to_owned())
        .chain(rows)
        .collect()
}

/// Ends the program at a point that the seed chooses.
fn crash(random: &mut Random) -> String {
    let point = random.pick(&["before-write", "after-write", "send", "answered"]);
    format!("{point}:{}", 1 + random.below(9))
}

/// Pushes, is killed, resumes, is killed, until it is done: how often it was killed.
fn push_through_kills(desk: &Desk, random: &mut Random, more: &[&str]) -> u64 {
    let mut n_kills = 0;
    let mut ended = desk.push(more).env("AIQ_BRAZE_CRASH", crash(random)).run();
    while ended.code.is_none() {
        n_kills += 1;
        let again = match desk.run() {
            None => desk.push(more),
            Some(run) => {
                desk.balanced();
                if run["state"] == "done" || run["state"] == "undecided" {
                    return n_kills; // just after its last word
                }
                desk.resume()
            }
        };
        ended = again.env("AIQ_BRAZE_CRASH", crash(random)).run();
    }
    assert!(matches!(ended.code, Some(0 | 1)), "{ended:?}");
    n_kills
}

#[test]
fn attributes_all_arrive_in_order_however_often_it_is_killed() {
    let mut n_kills = 0;
    for seed in 0.. {
        if n_kills >= 100 {
            return;
        }
        let mut random = Random::new(seed);
        let desk = Desk::new(&audience(1500, 400), |_| Weather::Fine);
        n_kills += push_through_kills(&desk, &mut random, &["--at-once", "8"]);
        let account = desk.balanced();
        assert_eq!((account["accepted"], account["pending"]), (1500, 0));
        // The last word on each user is the last row's.
        let mut last = BTreeMap::new();
        for arrived in desk.braze.arrived() {
            last.insert(arrived.user, arrived.n);
        }
        let wanted = (0..1500)
            .map(|n: u64| (format!("u{}", n * 7 % 400), n))
            .collect();
        assert_eq!(last, wanted);
    }
}

#[test]
fn no_event_is_sent_twice_however_often_it_is_killed() {
    let mut n_kills = 0;
    for seed in 0.. {
        if n_kills >= 100 {
            return;
        }
        let mut random = Random::new(seed);
        let desk = Desk::new(&events(1500), |_| Weather::Fine);
        n_kills += push_through_kills(&desk, &mut random, &["--at-once", "4"]);
        let account = desk.balanced();
        let counts = desk.braze.counts();
        assert!(
            counts.values().all(|&count| count == 1),
            "one arrived twice"
        );
        let arrived = counts.len() as u64;
        assert!(account["accepted"] <= arrived);
        assert!(arrived <= account["accepted"] + account["unknown"]);
        assert_eq!(account["accepted"] + account["unknown"], 1500);
    }
}

#[test]
fn unknown_events_wait_for_a_decision() {
    let weather = |number| {
        if number == 3 {
            Weather::AnswerLost
        } else {
            Weather::Fine
        }
    };
    let desk = Desk::new(&events(600), weather);
    desk.push(&["--at-once", "1"]).run().with_code(1);
    assert_eq!(desk.balanced()["unknown"], 75);
    let ended = desk.program(&["runs", "show"]).run().with_code(0);
    let said = String::from_utf8(ended.stdout).expect("words are UTF-8");
    assert!(
        said.contains("undecided") && said.contains("runs decide 1 drop"),
        "{said}"
    );

    desk.program(&["runs", "decide", "1", "resend"])
        .run()
        .with_code(0);
    assert_eq!(desk.balanced()["pending"], 75);
    desk.resume().run().with_code(0);
    assert_eq!(desk.balanced()["accepted"], 600);
    assert_eq!(desk.braze.counts().values().sum::<u64>(), 675);
    let ended = desk
        .program(&["runs", "decide", "1", "drop"])
        .run()
        .with_code(2);
    assert!(
        ended.stderr.contains("found no unknown rows"),
        "{}",
        ended.stderr
    );
}

#[test]
fn events_are_sent_again_where_the_user_says_so() {
    let weather = |number| {
        if number == 3 {
            Weather::AnswerLost
        } else {
            Weather::Fine
        }
    };
    let desk = Desk::new(&events(600), weather);
    desk.push(&["--at-once", "1", "--on-unknown", "resend"])
        .run()
        .with_code(0);
    assert_eq!(desk.balanced()["accepted"], 600);
    assert_eq!(desk.braze.counts().values().sum::<u64>(), 675);
}

/// What a resumed push says once the export is another.
fn resumed_after(change: impl FnOnce(&Path)) -> (Ended, u64, u64) {
    let export = audience(90_000, 90_000); // almost two blocks of a MiB
    let denied = |number| {
        if number == 2 {
            Weather::Status(401)
        } else {
            Weather::Fine
        }
    };
    let desk = Desk::new(&export, denied);
    desk.push(&["--at-once", "1"]).run().with_code(3);
    let before = desk.braze.arrived().len() as u64;
    assert_eq!(before, 150);
    desk.braze.set_weather(|_| Weather::Fine);
    change(&desk.folder.path().join("export.csv"));
    let ended = desk.resume().run();
    desk.balanced();
    let last = desk.braze.arrived().iter().map(|arrived| arrived.n).max();
    (ended, before, last.unwrap_or_default())
}

#[test]
fn a_changed_export_is_noticed_before_its_changed_part_is_sent() {
    let edit = |path: &Path, place: usize| {
        let mut bytes = fs::read(path).expect("it is there");
        let len = bytes.len();
        bytes[len - place] = b'7';
        fs::write(path, bytes).expect("it is writable");
    };
    // In the first block: nothing more is sent.
    let (ended, before, last) = resumed_after(|path| {
        let mut bytes = fs::read(path).expect("it is there");
        bytes[60] = b'9';
        fs::write(path, bytes).expect("it is writable");
    });
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(said.contains("another text than was checked"), "{said}");
    assert!(last < before);
    // In the last one: what stands in the others may be sent.
    let (ended, _, last) = resumed_after(|path| edit(path, 10));
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(last < 80_000, "row {last} stands in the changed block");
    // A missing end is a change, too.
    let (ended, ..) = resumed_after(|path| {
        let bytes = fs::read(path).expect("it is there");
        fs::write(path, &bytes[..bytes.len() - 30]).expect("it is writable");
    });
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    // And without one it goes on to its end.
    let (ended, _, last) = resumed_after(|_| {});
    assert_eq!((ended.code, last), (Some(0), 89_999), "{}", ended.stderr);
}

#[test]
fn standard_input_is_kept_until_all_is_settled() {
    let denied = |number| {
        if number == 2 {
            Weather::Status(403)
        } else {
            Weather::Fine
        }
    };
    let desk = Desk::new("", denied);
    let url = desk.braze.url();
    let args = [
        "push",
        "-",
        "--yes",
        "--no-preflight",
        "--endpoint",
        &url,
        "--at-once",
        "1",
    ];
    let ended = desk
        .program(&args)
        .stdin(audience(600, 600))
        .run()
        .with_code(3);
    assert!(ended.stderr.is_empty() || !ended.stderr.contains(SECRET));
    let kept = || find(&desk.home(), "standard-input");
    assert_eq!(kept().len(), 1);
    desk.braze.set_weather(|_| Weather::Fine);
    desk.resume().run().with_code(0);
    assert_eq!(desk.balanced()["accepted"], 600);
    assert!(kept().is_empty(), "what is settled needs no copy");
}

/// All files of this name, or of any if it is empty, below a folder.
fn find(folder: &Path, name: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(find(&path, name));
        } else if name.is_empty() || path.file_name().is_some_and(|file| file == name) {
            found.push(path);
        }
    }
    found
}

/// Where a push gets its key from.
#[derive(Clone, Copy, Debug)]
enum From {
    Variable,
    File,
    Workspace,
}

#[test]
fn a_key_is_in_no_file_and_no_word() {
    let echo = |status, is_escaped| Weather::Echo { status, is_escaped };
    let weathers = [
        Weather::Fine,
        Weather::Status(401),
        Weather::Status(500),
        Weather::AnswerLost,
        echo(201, false),
        echo(201, true),
        echo(400, true),
        echo(401, false),
        echo(401, true),
        echo(500, false),
        echo(500, true),
    ];
    for (number, weather) in weathers.into_iter().enumerate() {
        let from = [From::Variable, From::File, From::Workspace][number % 3];
        let desk = Desk::new(&events(200), move |_| weather);
        for ended in whole_run(&desk, from) {
            let said = String::from_utf8_lossy(&ended.stdout).into_owned() + &ended.stderr;
            assert!(!said.contains(SECRET), "{weather:?} {from:?}: {said}");
            assert!(!said.contains("panicked"), "{weather:?} {from:?}: {said}");
        }
        assert!(desk.braze.n_requests() > 0, "{weather:?} {from:?}");
        let files = find(desk.folder.path(), "");
        assert!(files.len() > 2);
        for file in files {
            let bytes = fs::read(&file).expect("it is readable");
            let holds = |text: &str| {
                let mut parts = bytes.windows(text.len());
                parts.any(|part| part == text.as_bytes())
            };
            let is_its_own = file.file_name().is_some_and(|name| name == "key");
            let escaped = format!("\\u{:04x}\\u{:04x}", u32::from('5'), u32::from('e'));
            assert!(is_its_own || !holds(SECRET), "{}", file.display());
            assert!(!holds(&escaped), "{}", file.display());
        }
    }
}

/// A push, a look at it, and a resumed one, with all that a program may say where it fails.
fn whole_run(desk: &Desk, from: From) -> Vec<Ended> {
    let url = desk.braze.url();
    let program = |args: &[&str]| {
        let program = Program::new(desk.folder.path())
            .args(args)
            .env("AIQ_BRAZE_HOME", desk.home())
            .env("RUST_BACKTRACE", "1");
        match from {
            From::Variable => program.env("BRAZE_API_KEY", SECRET),
            From::File => program,
            From::Workspace => program.env("AIQ_BRAZE_KEY_EU_LIVE", SECRET),
        }
    };
    let key_file: &[&str] = match from {
        From::File => &["--key-file", "key"],
        _ => &[],
    };
    if let From::File = from {
        write_private(&desk.folder.path().join("key"), SECRET);
    }
    let place: [&str; 2] = match from {
        From::Workspace => {
            let add = ["workspace", "add", "eu-live", "--endpoint", &url];
            program(&add).run().with_code(0);
            ["--to", "eu-live"]
        }
        _ => ["--endpoint", &url],
    };
    let push = [
        "push",
        "-",
        "--yes",
        "--no-preflight",
        "--rejects",
        "rejects.csv",
    ];
    let pushed = program(&push).args(place).args(key_file);
    vec![
        pushed.stdin(events(200)).run(),
        program(&["runs", "show"]).args(place).run(),
        program(&["runs", "show", "--json"]).args(place).run(),
        program(&["resume", "--yes"])
            .args(place)
            .args(key_file)
            .run(),
        program(&["resume", "--yes", "--json"])
            .args(place)
            .args(key_file)
            .run(),
    ]
}

fn write_private(path: &Path, text: &str) {
    fs::write(path, text).expect("it is writable");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("it is ours");
    }
}

#[test]
fn one_push_at_a_time_works_in_a_workspace() {
    let desk = Desk::new(&audience(100, 100), |_| Weather::Fine);
    desk.push(&[]).run().with_code(0);
    let lock = find(&desk.home(), "lock");
    let held = fs::File::open(&lock[0]).expect("the workspace has a lock");
    held.lock().expect("nobody holds it");
    let ended = desk.push(&[]).run().with_code(2);
    let said = String::from_utf8_lossy(&ended.stdout).into_owned() + &ended.stderr;
    assert!(said.contains("at work in this workspace"), "{said}");
    for args in [
        &["resume", "1", "--yes"][..],
        &["runs", "forget", "1"],
        &["runs", "decide", "1", "resend"],
    ] {
        let ended = desk.program(args).run().with_code(2);
        assert!(
            ended.stderr.contains("at work in this workspace"),
            "{args:?}: {}",
            ended.stderr
        );
    }
    drop(held);
    desk.push(&[]).run().with_code(0);
}

#[test]
fn what_was_dropped_stays_so() {
    let desk = Desk::new("", |_| Weather::AnswerLost);
    let url = desk.braze.url();
    let push = ["push", "-", "--yes", "--no-preflight", "--endpoint", &url];
    desk.program(&push).stdin(events(75)).run().with_code(1);
    desk.program(&["runs", "decide", "1", "drop"])
        .run()
        .with_code(0);
    assert!(find(&desk.home(), "standard-input").is_empty());
    // Nothing is left of it, and its export is gone.
    let ended = desk.program(&["resume", "1", "--yes"]).run().with_code(1);
    assert!(
        ended.stderr.contains("nothing of run 1 is left"),
        "{}",
        ended.stderr
    );
    let run = desk.run().expect("there is a run");
    assert_eq!(
        (&run["state"], &run["account"]["unknown"]),
        (&"done".into(), &75.into())
    );
    assert_eq!(desk.braze.n_requests(), 1);
}

#[test]
fn standard_input_that_cannot_be_kept_begins_no_run() {
    let desk = Desk::new(&audience(10, 10), |_| Weather::Fine);
    desk.push(&[]).run().with_code(0);
    desk.program(&["runs", "forget", "1"]).run().with_code(0);
    let lock = find(&desk.home(), "lock").remove(0);
    let in_its_way = lock.with_file_name("runs");
    fs::remove_dir_all(&in_its_way).ok();
    fs::write(&in_its_way, "a file").expect("it is writable");
    let url = desk.braze.url();
    let push = ["push", "-", "--yes", "--no-preflight", "--endpoint", &url];
    desk.program(&push)
        .stdin(audience(10, 10))
        .run()
        .with_code(2);
    assert_eq!(desk.run(), None);
    assert_eq!(desk.braze.n_requests(), 1);
}

#[test]
fn a_question_that_is_denied_leaves_nothing_behind() {
    let desk = Desk::new("", |_| Weather::Fine);
    let url = desk.braze.url();
    let push = ["push", "-", "--endpoint", &url];
    desk.program(&push)
        .stdin(audience(10, 10))
        .run()
        .with_code(2);
    assert_eq!((desk.run(), desk.braze.n_requests()), (None, 0));
    assert!(find(&desk.home(), "standard-input").is_empty());
}

#[test]
fn an_export_with_nothing_to_send_is_done() {
    let head = "external_id,audience_id,split_id,n\n";
    for (export, code) in [(head.to_owned(), 0), (format!("{head},1,2,3\n"), 1)] {
        let desk = Desk::new(&export, |_| Weather::Fine);
        let ended = desk.push(&[]).run();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned() + &ended.stderr;
        assert_eq!(ended.code, Some(code), "{said}");
        let run = desk.run().expect("there is a run");
        assert_eq!(
            (&run["state"], desk.braze.n_requests()),
            (&"done".into(), 0)
        );
        desk.resume().run().with_code(2); // nothing of it can go on
    }
}

/// Answers come late by chance, and some not at all.
#[test]
fn one_user_s_rows_arrive_in_the_order_of_the_file() {
    let mut random = Random::new(5);
    let weather = move |_| match random.below(20) {
        0 => Weather::AnswerLost,
        1 => Weather::RequestLost,
        _ => Weather::Late(random.below(30)),
    };
    let desk = Desk::new(&audience(6000, 900), weather);
    desk.push(&[]).run().with_code(0);
    assert_eq!(desk.balanced()["accepted"], 6000);
    let mut arrived: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for object in desk.braze.arrived() {
        let of_user = arrived.entry(object.user).or_default();
        // A request without an answer comes once more; for the first time each row comes after all before it.
        if of_user.last().is_none_or(|latest| object.n > *latest) {
            of_user.push(object.n);
        }
    }
    let mut wanted: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for n in 0..6000 {
        wanted
            .entry(format!("u{}", n * 7 % 900))
            .or_default()
            .push(n);
    }
    assert_eq!(arrived, wanted);
}

#[test]
fn a_ledger_that_cannot_be_written_stops_before_anything_is_sent() {
    let desk = Desk::new(&audience(3000, 3000), |_| Weather::Fine);
    desk.push(&[]).run().with_code(0);
    let before = desk.braze.arrived().len();
    let ledger = &find(&desk.home(), "ledger.sqlite")[0];
    let whole = fs::read(ledger).expect("it is readable");
    for damage in [
        Vec::new(),
        b"not a ledger".repeat(500),
        whole[..whole.len() / 2].to_vec(),
    ] {
        fs::write(ledger, damage).expect("it is writable");
        let ended = desk.push(&[]).run().with_code(2);
        let said = String::from_utf8_lossy(&ended.stdout).into_owned() + &ended.stderr;
        assert!(said.contains("ledger.sqlite"), "{said}");
        assert_eq!(desk.braze.arrived().len(), before);
    }
}

/// A disk with no room: no file of the program's may grow beyond so many blocks.
#[cfg(unix)]
#[test]
fn a_full_disk_stops_the_push_and_what_is_sent_is_known() {
    let desk = Desk::new(&events(6000), |_| Weather::Fine);
    let binary = aiq_braze_tests::program::binary().expect("it is built");
    let url = desk.braze.url();
    let script = format!(
        "trap '' XFSZ; ulimit -f 60; exec {} push export.csv --yes --endpoint {url}",
        binary.display()
    );
    let mut command = desk.program(&[]).into_command();
    let kept: Vec<_> = command
        .get_envs()
        .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())))
        .collect();
    command = std::process::Command::new("/bin/sh");
    let ended = command
        .args(["-c", &script])
        .env_clear()
        .envs(kept)
        .current_dir(desk.folder.path())
        .output()
        .expect("a shell is there");
    let said = String::from_utf8_lossy(&ended.stdout).into_owned()
        + &String::from_utf8_lossy(&ended.stderr);
    assert!(matches!(ended.status.code(), Some(2 | 3)), "{said}");
    assert!(said.contains("room on the disk"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    // With room again it goes on, and nothing arrives twice.
    if desk.run().is_none() {
        assert_eq!(desk.braze.n_requests(), 0);
        return;
    }
    let resumed = desk.resume().run();
    assert!(matches!(resumed.code, Some(0 | 1)), "{resumed:?}");
    let account = desk.balanced();
    assert_eq!(account["accepted"] + account["unknown"], 6000);
    assert!(desk.braze.counts().values().all(|&count| count == 1));
}

#[test]
fn a_run_that_is_forgotten_leaves_no_trace_of_its_users() {
    let desk = Desk::new(&events(200), |_| Weather::Fine);
    desk.push(&[]).run().with_code(0);
    desk.program(&["runs", "forget", "1"]).run().with_code(0);
    let ended = desk.program(&["runs", "--json"]).run().with_code(0);
    assert!(String::from_utf8_lossy(&ended.stdout).contains(r#""runs":[]"#));
    for file in find(&desk.home(), "") {
        let bytes = fs::read(&file).expect("it is readable");
        assert!(
            !bytes.windows(10).any(|part| part == b"export.csv"),
            "{}",
            file.display()
        );
    }
}
