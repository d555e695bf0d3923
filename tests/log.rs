//! The log of a push: what it tells, and what no log may hold. Real processes against servers of the test's.

use std::fs;
use std::path::PathBuf;

use aiq_braze_tests::braze::{Braze, Weather};
use aiq_braze_tests::program::{Ended, Program, rests};
use aiq_braze_tests::sandbox::Sandbox;
use tempfile::TempDir;

/// Stands in all that is a user's, or the export's.
const NEEDLE: &str = "needle";
const SECRET: &str = "7d41-not-in-any-log-c09e";

/// A folder with an export in it.
struct Desk(TempDir);

impl Desk {
    fn new(export: &str) -> Self {
        let desk = Self(tempfile::tempdir().expect("a folder for the test"));
        desk.write("needle.csv", export);
        rests(&desk.path("needle.csv"));
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("it is writable");
    }

    fn program(&self, args: &[&str]) -> Program {
        Program::new(self.0.path())
            .args(args)
            .env("BRAZE_API_KEY", SECRET)
    }

    fn push(&self, url: &str, log: &str, more: &[&str]) -> Ended {
        let args = [
            "push",
            "needle.csv",
            "--yes",
            "--endpoint",
            url,
            "--log",
            log,
        ];
        self.program(&[&args, more].concat()).run()
    }

    fn sandbox(&self, settings: &str, faults: &str) -> Sandbox {
        self.write("settings.json", settings);
        self.write("faults.json", faults);
        let files = ["--settings", "settings.json", "--faults", "faults.json"];
        Sandbox::start(self.0.path(), &[&["--port", "0"][..], &files].concat())
    }

    /// The log's lines without their times.
    #[track_caller]
    fn log(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("push.log")).expect("there is a log of text");
        for secret in [NEEDLE, SECRET] {
            assert!(!text.contains(secret), "{text}");
        }
        let line = |line: &str| {
            let (time, rest) = line.split_once(' ').expect("a line begins with its time");
            let shape: String = time
                .chars()
                .map(|c| if c.is_ascii_digit() { '0' } else { c })
                .collect();
            assert_eq!(shape, "0000-00-00T00:00:00Z");
            assert!(["info ", "warn ", "error"].contains(&&rest[..5]), "{line}");
            rest.to_owned()
        };
        text.lines().map(line).collect()
    }

    #[track_caller]
    fn says(&self, words: &[&str]) {
        let log = self.log();
        for words in words {
            assert!(
                log.iter().any(|line| line.contains(words)),
                "{words}: {log:#?}"
            );
        }
    }
}

/// Rows whose every cell is a needle; some are rejected, for every reason that an identifier has.
fn audience(n_rows: u64) -> String {
    let head = "external_id,audience_id,split_id,needle_column\n";
    let good = (0..n_rows).map(|n| format!("needle-{n},needle_a,2,needle value {n}\n"));
    let long = "needle".repeat(300);
    let odd = [
        ",needle_a,2,needle without an identifier\n".to_owned(),
        format!("{long},needle_a,2,x\n"),
        "needle\u{1b}[31m\u{0},needle_a,2,x\n".to_owned(),
        "needle-1,needle_a\n".to_owned(),
        "\"needle-2\"x,needle_a,2,x\n".to_owned(),
    ];
    std::iter::once(head.to_owned())
        .chain(good)
        .chain(odd)
        .collect()
}

fn events(n_rows: u64) -> String {
    let rows = (0..n_rows)
        .map(|n| format!("needle-{n},needle event,2026-01-01T00:00:00Z,needle value {n}\n"));
    std::iter::once("external_id,event_name,time,needle_property\n".to_owned())
        .chain(rows)
        .collect()
}

const ALL_FAULTS: &str = r#"{"faults":["none",
    {"status":{"code":429,"retry_after_secs":1}}, {"status":{"code":503}}, {"partial":{"per_mille":300}},
    "lost", "cut", "none", "half_body", "garbage", "none", {"status_after_work":{"code":500}}, {"page":{"code":502}},
    {"status":{"code":400}}, {"status":{"code":413}}, {"partial":{"per_mille":1000}}]}"#;

#[test]
fn what_happens_is_told_without_anything_of_any_user_s() {
    let settings =
        format!(r#"{{"blocked_users":["needle-3","needle-77"],"keys":[{{"key":"{SECRET}"}}]}}"#);
    let more = [
        "--no-preflight",
        "--unknown-users",
        "create",
        "--at-once",
        "1",
    ];
    for (export, words) in [
        (audience(1500), ["rejected ", "objects 1500"]),
        (
            events(1500),
            ["no answer, refused 0, unknown 75", "rejected 0"],
        ),
    ] {
        let desk = Desk::new(&export);
        let sandbox = desk.sandbox(&settings, ALL_FAULTS);
        let ended = desk.push(&sandbox.url, "push.log", &more).with_code(1);
        assert!(!ended.stderr.contains("log"), "{}", ended.stderr);
        desk.says(&words);
        desk.says(&[
            "push begins, aiq-braze ",
            &format!("to {}, files 1, mapping ", sandbox.url),
            "checked: rows 150",
            "run 1: begins, rows to send 1500",
            "request: over the rate limit (429), refused 0, unknown 0, goes again",
            "run 1: waits 1.0 s: over the rate limit (429)",
            "request: taken with errors (2xx), refused ",
            "request: refused (4xx), refused 75, unknown 0",
            "request: too large (413, 400)",
            "run 1: sending: rows ",
            "run 1: rows 150",
            "run 1: ends with 1",
        ]);
        let log = desk.log();
        let n_told = log
            .iter()
            .filter(|line| line.contains("sending: rows "))
            .count();
        assert!((5..=10).contains(&n_told), "{log:#?}");
    }
}

#[test]
fn braze_s_words_and_the_key_stay_out_of_it_and_resume_goes_on_in_it() {
    for is_escaped in [false, true] {
        for status in [400, 401, 500] {
            let desk = Desk::new(&events(10));
            let braze = Braze::start(move |_| Weather::Echo { status, is_escaped });
            desk.push(&braze.url(), "push.log", &["--no-preflight"]);
            desk.says(&["request: ", "ends with "]);
            if status != 401 {
                continue;
            }
            desk.says(&["the key is not accepted (401, 403)", "; stopped: denied"]);
            braze.set_weather(|_| Weather::Fine);
            let resume = ["resume", "--yes", "--log", "push.log"];
            desk.program(&resume).run().with_code(0);
            desk.says(&[
                "push begins",
                "run 1: ends with 3",
                "resume begins",
                "run 1: goes on, rows to send 10",
                "run 1: rows 10, leavers 0: accepted 10, unchanged 0, ",
                "run 1: ends with 0",
            ]);
        }
    }
}

#[test]
fn guards_and_what_cannot_run_are_told() {
    let braze = Braze::start(|_| Weather::Fine);
    let desk = Desk::new(&audience(10));
    let more = ["--no-preflight", "--max-rejects", "1"];
    desk.push(&braze.url(), "push.log", &more).with_code(2);
    desk.says(&[
        "stopped before the first write by the guard: rejects",
        "ends with 2",
    ]);
    assert_eq!(braze.n_requests(), 0);
    let desk = Desk::new("needle_only,needle_other\nneedle,needle\n");
    desk.push(&braze.url(), "push.log", &[]).with_code(2);
    desk.says(&["push begins", "ends with 2"]);
}

#[test]
fn a_log_that_cannot_be_written_is_known_before_anything_is_sent() {
    let braze = Braze::start(|_| Weather::Fine);
    let desk = Desk::new(&audience(10));
    let before = fs::read(desk.path("needle.csv")).expect("it is readable");
    fs::create_dir(desk.path("folder")).expect("it can be made");
    let mut places = vec!["no/such/folder/push.log", "folder", "needle.csv"];
    if cfg!(target_os = "linux") {
        places.push("/dev/full");
    }
    for place in places {
        let ended = desk
            .push(&braze.url(), place, &["--no-preflight"])
            .with_code(2);
        assert!(ended.stderr.contains("log"), "{}", ended.stderr);
    }
    assert_eq!(braze.n_requests(), 0);
    assert_eq!(
        fs::read(desk.path("needle.csv")).expect("it is readable"),
        before
    );
}

#[cfg(unix)]
#[test]
fn it_is_its_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let braze = Braze::start(|_| Weather::Fine);
    let desk = Desk::new(&events(10));
    desk.push(&braze.url(), "push.log", &["--no-preflight"])
        .with_code(0);
    let mode = fs::metadata(desk.path("push.log"))
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

/// No file of the program's may grow beyond so many blocks of 512 bytes, and the log is nearly there.
#[cfg(unix)]
#[test]
fn a_log_that_fails_later_is_told_once_and_stops_nothing() {
    const BLOCKS: usize = 8192;
    let braze = Braze::start(|_| Weather::Fine);
    let desk = Desk::new(&events(3000));
    let mut log = "an older line\n".repeat(BLOCKS * 512 / 14);
    log.truncate(BLOCKS * 512 - 250);
    desk.write("push.log", &log);
    let binary = aiq_braze_tests::program::binary().expect("it is built");
    let script = format!(
        "trap '' XFSZ; ulimit -f {BLOCKS}; exec {} push needle.csv --yes --no-preflight --log push.log \
         --endpoint {}",
        binary.display(),
        braze.url()
    );
    let command = desk.program(&[]).into_command();
    let kept = command.get_envs();
    let kept = kept.filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
    let ended = std::process::Command::new("/bin/sh")
        .args(["-c", &script])
        .env_clear()
        .envs(kept.collect::<Vec<_>>())
        .current_dir(desk.0.path())
        .output()
        .expect("a shell is there");
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(0), "{said}");
    assert_eq!(
        said.matches("the log cannot be written any more").count(),
        1,
        "{said}"
    );
    assert_eq!((braze.n_requests(), braze.arrived().len()), (40, 3000));
}
