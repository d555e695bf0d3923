//! Earlier pushes: what is told of them, and their failed rows as a file. Real processes, some of which are
//! killed, against servers of the test's.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};

use aiq_braze_tests::braze::{Braze, Weather};
use aiq_braze_tests::program::{Ended, Program, rests};
use aiq_braze_tests::sandbox::Sandbox;
use serde_json::Value;
use tempfile::TempDir;

/// A folder with files in it.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder for the test"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file that nobody writes to any more.
    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().expect("it has a folder"))
            .expect("the folder can be made");
        fs::write(self.path(name), bytes).expect("it is writable");
        rests(&self.path(name));
    }

    fn program(&self, args: &[&str]) -> Program {
        Program::new(self.0.path())
            .args(args)
            .env("BRAZE_API_KEY", "sandbox")
    }

    #[track_caller]
    fn run(&self, args: &[&str], code: i32) -> Ended {
        self.program(args).run().with_code(code)
    }

    fn start(&self, args: &[&str]) -> Child {
        let mut command = self.program(args).into_command();
        let command = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command.spawn().expect("it starts")
    }

    fn sandbox(&self, settings: &str, faults: &str) -> Sandbox {
        self.write("settings.json", settings);
        self.write("faults.json", faults);
        let files = ["--settings", "settings.json", "--faults", "faults.json"];
        Sandbox::start(self.0.path(), &[&["--port", "0"][..], &files].concat())
    }

    /// State and whether it is running, of all runs, the newest first; and the words for it.
    fn states(&self) -> Vec<(String, bool, String)> {
        let told = self.run(&["runs", "--json"], 0);
        let told: Value = serde_json::from_slice(&told.stdout).expect("--json prints JSON");
        let table = self.run(&["runs"], 0);
        let lines = table.lines();
        let runs = told["runs"].as_array().expect("runs are a list");
        let words = ["running", "interrupted", "paused", "undecided", "done"];
        let state = |(place, run): (usize, &Value)| {
            let word = words.iter().find(|word| lines[place + 1].contains(*word));
            let id = run["run"].to_string();
            let shown = self.run(&["runs", "show", &id], 0);
            let word = word.expect("each run has a state");
            assert!(shown.lines()[0].ends_with(word), "{:?}", shown.lines());
            let state = run["state"].as_str().expect("a state is a word");
            let is_running = run["running"].as_bool().expect("it is true or false");
            (state.to_owned(), is_running, (*word).to_owned())
        };
        runs.iter().enumerate().map(state).collect()
    }
}

/// A server that says when a request has come, and answers when it is told to.
fn held() -> (Braze, Receiver<()>, Sender<()>) {
    let (come, has_come) = channel();
    let (go, may_go) = channel();
    let braze = Braze::start(move |_| {
        come.send(()).ok();
        may_go.recv().ok();
        Weather::Fine
    });
    (braze, has_come, go)
}

fn users(n_rows: u64) -> String {
    let rows = (0..n_rows).map(|n| format!("u{n},1,2,{n}\n"));
    std::iter::once("external_id,audience_id,split_id,n\n".to_owned())
        .chain(rows)
        .collect()
}

fn state(state: &str, is_running: bool, word: &str) -> (String, bool, String) {
    (state.to_owned(), is_running, word.to_owned())
}

#[test]
fn a_run_at_work_is_told_from_one_whose_process_died() {
    let desk = Desk::new();
    desk.write("export.csv", users(10));
    let (braze, has_come, go) = held();
    let url = braze.url();
    let push = [
        "push",
        "export.csv",
        "--yes",
        "--no-preflight",
        "--endpoint",
    ];
    let push = [&push[..], &[url.as_str()]].concat();

    let mut first = desk.start(&push);
    has_come.recv().expect("a request comes");
    assert_eq!(desk.states(), [state("open", true, "running")]);
    first.kill().expect("it runs");
    first.wait().expect("it ended");
    let interrupted = || state("open", false, "interrupted");
    assert_eq!(desk.states(), [interrupted()]);
    go.send(()).expect("the server waits");

    // Another push is at work, and the first one's stays what it was.
    let mut second = desk.start(&push);
    has_come.recv().expect("a request comes");
    let running = state("open", true, "running");
    assert_eq!(desk.states(), [running.clone(), interrupted()]);
    go.send(()).expect("the server waits");
    second.wait().expect("it ended");

    // What goes on runs again.
    let mut resumed = desk.start(&["resume", "1", "--yes", "--older"]);
    has_come.recv().expect("a request comes");
    let done = state("done", false, "done");
    assert_eq!(desk.states(), [done.clone(), running]);
    go.send(()).expect("the server waits");
    assert!(resumed.wait().expect("it ended").success());
    assert_eq!(desk.states(), [done.clone(), done]);
}

fn gzip(text: &str) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// A row of a rejects file: the code, the reason, and the cells of the export.
type Failed = (String, String, Vec<String>);

/// By file and row.
fn failed(bytes: &[u8]) -> BTreeMap<(String, u64), Failed> {
    let mut reader = csv::ReaderBuilder::new().from_reader(bytes);
    let head = reader.headers().expect("it has a header").clone();
    let ours = ["_aiq_file", "_aiq_row", "_aiq_code", "_aiq_reason"];
    assert_eq!(head.iter().take(4).collect::<Vec<_>>(), ours);
    let mut rows = BTreeMap::new();
    for record in reader.records() {
        let record = record.expect("each row has its cells");
        let cells: Vec<_> = record.iter().map(str::to_owned).collect();
        let place = (cells[0].clone(), cells[1].parse().expect("a number"));
        let row = (cells[2].clone(), cells[3].clone(), cells[4..].to_vec());
        assert!(rows.insert(place, row).is_none(), "no row stands twice");
    }
    rows
}

/// So many users of one to three rows each, in three files; some of their rows are bad, some left out.
/// The rows by file, and the places of those of every seventh user that are sent, and of the bad ones.
#[allow(clippy::type_complexity)]
fn parts() -> (
    Vec<(String, String)>,
    BTreeSet<(String, u64)>,
    BTreeSet<(String, u64)>,
) {
    let (mut refused, mut rejected) = (BTreeSet::new(), BTreeSet::new());
    let mut files = Vec::new();
    for file in 0..3_u64 {
        let name = format!("part-{file}.csv");
        let (mut text, mut n_rows) = ("id,keep,n,note\n".to_owned(), 0);
        for user in file * 100..(file + 1) * 100 {
            for place in 0..=user % 3 {
                for kind in ["sent", "left out", "bad"] {
                    if kind != "sent" && (user + place) % 4 != 0 {
                        continue;
                    }
                    n_rows += 1;
                    let (keep, n) = match kind {
                        "left out" => ("no", n_rows.to_string()),
                        "bad" => ("yes", "x".to_owned()),
                        _ => ("yes", n_rows.to_string()),
                    };
                    text += &format!("u{user},{keep},{n},\"a \"\"note\"\"\n of two lines\"\n");
                    let here = (name.clone(), n_rows);
                    match kind {
                        "bad" => rejected.insert(here),
                        "sent" if user % 7 == 0 => refused.insert(here),
                        _ => false,
                    };
                }
            }
        }
        files.push((name, text));
    }
    (files, refused, rejected)
}

const MAPPING: &str = r#"{"version":1,"rows":"attributes",
    "identifiers":[{"column":"id","as":"external_id"}],"where":{"column":"keep","in":["yes"]},
    "columns":[{"header":"keep","skip":true},{"header":"n","type":"number"}]}"#;

#[test]
fn rows_that_braze_refused_stand_in_a_file_that_can_be_pushed_again() {
    let (files, refused, rejected) = parts();
    let blocked: Vec<_> = (0..300).step_by(7).map(|user| format!("u{user}")).collect();
    let settings = serde_json::json!({ "blocked_users": blocked }).to_string();
    for (kept, words) in [
        (true, "BLACKLISTED_EXTERNAL_USER_ID"),
        (false, "words not kept"),
    ] {
        let desk = Desk::new();
        for (name, text) in &files {
            desk.write(&format!("export/{name}.gz"), gzip(text));
        }
        desk.write("mapping.json", MAPPING);
        let sandbox = desk.sandbox(&settings, "{}");
        let push = |from: &str, url: &str, more: &[&str], code| {
            let args = [
                "push",
                from,
                "-m",
                "mapping.json",
                "--yes",
                "--no-preflight",
            ];
            let limits = [
                "--max-rejects",
                "100%",
                "--unknown-users",
                "create",
                "--endpoint",
                url,
            ];
            desk.run(&[&args[..], &limits, more].concat(), code)
        };
        let more: &[&str] = if kept { &[] } else { &["--no-row-data"] };
        push("export", &sandbox.url, more, 1);
        let said = desk
            .run(&["runs", "rejects", "1", "-o", "failed.csv"], 0)
            .stderr;
        let wanted = format!(
            "{} rejected by the check, {} refused by Braze",
            rejected.len(),
            refused.len()
        );
        assert!(said.contains(&wanted), "{wanted}: {said}");

        let found = failed(&fs::read(desk.path("failed.csv")).expect("it is written"));
        let places = |code: &str| -> BTreeSet<_> {
            let rows = found.iter().filter(|(_, row)| row.0.starts_with(code));
            rows.map(|(place, _)| place.clone()).collect()
        };
        assert_eq!(places("refused"), refused);
        assert_eq!(places("AIQ"), rejected);
        assert_eq!(found.len(), refused.len() + rejected.len());
        for (code, reason, cells) in found.values() {
            assert_eq!(cells[3], "a \"note\"\n of two lines");
            if code == "refused" {
                assert!(reason.contains(words), "{reason}");
                assert!(blocked.contains(&cells[0]), "{cells:?}");
            }
        }
        // Where nobody is blocked any more it arrives, and what is bad is still bad.
        let other = desk.sandbox("{}", "{}");
        push("failed.csv", &other.url, &[], 1);
        let account = serde_json::from_slice::<Value>(&desk.run(&["runs", "--json"], 0).stdout);
        let account = account.expect("--json prints JSON")["runs"][0]["account"].clone();
        assert_eq!(account["accepted"], refused.len());
        assert_eq!(account["rejected"], rejected.len());
    }
}

#[test]
fn events_that_failed_arrive_once_after_a_second_push() {
    let desk = Desk::new();
    let rows = (0..1000).map(|n| format!("u{},Visited,2026-01-01T00:00:00Z,{n}\n", n % 97));
    let export: String = std::iter::once("external_id,event_name,time,n\n".to_owned())
        .chain(rows)
        .collect();
    desk.write("export.csv", &export);
    // Some requests are taken in part, some lose their answers after the work, one before.
    let some = r#"{"partial":{"per_mille":300}}"#;
    let faults =
        format!(r#"{{"faults":["none",{some},"lost",{some},"cut","none","lost",{some}]}}"#);
    let sandbox = desk.sandbox("{}", &faults);
    let push = [
        "push",
        "--yes",
        "--no-preflight",
        "--endpoint",
        &sandbox.url,
    ];
    desk.run(&[&push[..], &["export.csv"]].concat(), 1);
    let account = || {
        let told = desk.run(&["runs", "show", "1", "--json"], 0);
        let told: Value = serde_json::from_slice(&told.stdout).expect("--json prints JSON");
        told["account"].clone()
    };
    let account = account();
    assert_eq!(account["unknown"], 225);
    let n_refused = account["refused"].as_u64().expect("a number") as usize;
    assert!(n_refused > 0);

    let shown = desk.run(&["runs", "show", "1"], 0);
    let way = format!("runs rejects 1 --endpoint {} -o rejects.csv", sandbox.url);
    assert!(shown.lines().iter().any(|line| line.contains(&way)));
    let said = desk
        .run(&["runs", "rejects", "-o", "refused.csv"], 0)
        .stderr;
    assert!(
        said.contains("225 rows whose fate is unknown are not among them"),
        "{said}"
    );
    let refused = failed(&fs::read(desk.path("refused.csv")).expect("it is written"));
    assert_eq!(refused.len(), n_refused);
    desk.run(&["runs", "rejects", "--unknown", "-o", "all.csv"], 0);
    let all = failed(&fs::read(desk.path("all.csv")).expect("it is written"));
    assert_eq!(all.len(), n_refused + 225);
    let unknown = all.iter().filter(|(_, row)| row.0 == "unknown");
    assert!(
        unknown
            .clone()
            .all(|(place, row)| !refused.contains_key(place) && !row.1.is_empty())
    );
    assert_eq!(unknown.count(), 225);
    // Two of the three lost requests had arrived.
    let before = sandbox.state()["accepted"].as_u64().expect("a count");
    assert_eq!(before, 1000 - n_refused as u64 - 75);
    desk.run(&[&push[..], &["refused.csv"]].concat(), 0);
    assert_eq!(sandbox.state()["accepted"], 1000 - 75);
}

#[test]
fn failed_rows_of_another_export_are_not_written() {
    let desk = Desk::new();
    desk.write("export.csv", users(100));
    let sandbox = desk.sandbox("{}", r#"{"faults":[{"partial":{"per_mille":500}}]}"#);
    let push = [
        "push",
        "export.csv",
        "--yes",
        "--no-preflight",
        "--endpoint",
        &sandbox.url,
    ];
    desk.run(&push, 1);
    desk.write("export.csv", users(101));
    let ended = desk.run(&["runs", "rejects", "-o", "failed.csv"], 2);
    assert!(
        ended.stderr.contains("than was checked"),
        "{}",
        ended.stderr
    );
    assert!(!desk.path("failed.csv").exists());
    let ended = desk.run(&["runs", "rejects", "-o", "export.csv"], 2);
    assert!(
        ended.stderr.contains("the export itself"),
        "{}",
        ended.stderr
    );
}

#[cfg(target_os = "linux")]
fn hang_up(child: &Child) {
    let mut kill = std::process::Command::new("kill");
    kill.args(["-HUP", &child.id().to_string()]);
    assert!(kill.status().expect("there is a kill").success());
}

/// A terminal that is gone stops a push like Ctrl-C, but not what is to outlive it (`nohup`).
#[cfg(target_os = "linux")]
#[test]
fn a_push_whose_terminal_is_gone_stops_unless_that_is_to_be_ignored() {
    use std::io::{BufRead as _, BufReader};

    let binary = aiq_braze_tests::program::binary().expect("it is built");
    // Whatever whoever runs the tests has them ignore.
    let heeds = "exec /usr/bin/env --default-signal=HUP";
    for (start, code, n_accepted) in [(heeds, 3, 75), ("trap '' HUP; exec", 0, 300)] {
        let desk = Desk::new();
        desk.write("export.csv", users(300));
        let (braze, has_come, go) = held();
        let script = format!(
            "{start} {} push export.csv --yes --no-preflight --at-once 1 --endpoint {}",
            binary.display(),
            braze.url()
        );
        let told = desk.program(&[]).into_command();
        let kept = told.get_envs();
        let kept = kept.filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        let mut child = std::process::Command::new("/bin/sh")
            .args(["-c", &script])
            .env_clear()
            .envs(kept.collect::<Vec<_>>())
            .current_dir(desk.0.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("there is a shell");
        has_come.recv().expect("a request comes");
        hang_up(&child);
        let said = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut lines = said.lines().map_while(Result::ok);
        if code == 3 {
            assert!(lines.any(|line| line.contains("Stopping")));
        }
        for _ in 0..4 {
            go.send(()).expect("the server waits");
        }
        lines.for_each(drop); // to its end
        let status = child.wait().expect("it ends");
        assert_eq!(status.code(), Some(code), "{status}");
        assert_eq!(braze.arrived().len(), n_accepted);
    }
}

#[test]
fn a_workspace_whose_push_is_at_work_is_not_removed() {
    let desk = Desk::new();
    desk.write("export.csv", users(10));
    let (braze, has_come, go) = held();
    desk.run(&["workspace", "add", "eu", "--endpoint", &braze.url()], 0);
    let push = [
        "push",
        "export.csv",
        "--yes",
        "--no-preflight",
        "--to",
        "eu",
    ];
    let mut child = desk.start(&push);
    has_come.recv().expect("a request comes");
    let remove = ["workspace", "remove", "eu", "--forget"];
    let refused = desk.run(&remove, 2);
    let holder = format!("process {} (a push, run 1)", child.id());
    assert!(refused.stderr.contains(&holder), "{}", refused.stderr);
    go.send(()).expect("the server waits");
    assert!(child.wait().expect("it ended").success());
    assert_eq!(desk.states(), [state("done", false, "done")]);
    desk.run(&remove, 0);
    assert!(desk.run(&["runs", "--json"], 0).lines()[0].contains("\"runs\":[]"));
}

#[test]
fn of_a_push_of_changes_the_rows_of_refused_objects_are_found_where_they_stand() {
    let desk = Desk::new();
    desk.write("export.csv", users(300));
    let settings = r#"{"blocked_users": ["u10", "u100", "u150"]}"#;
    let sandbox = desk.sandbox(settings, "{}");
    let push = |more: &[&str]| {
        let args = ["push", "export.csv", "--yes", "--json", "--no-preflight"];
        let args = [&args[..], &["--endpoint", &sandbox.url], more].concat();
        let ended = desk.run(&args, 1);
        let told: Value = serde_json::from_slice(&ended.stdout).expect("--json prints JSON");
        let account = &told["account"];
        ["accepted", "unchanged", "refused"].map(|name| account[name].as_u64().expect("a number"))
    };
    assert_eq!(push(&["--only-changes"]), [297, 0, 3]);
    // What Braze refused it does not have: it goes again, and the rows between stay where they are.
    assert_eq!(push(&["--only-changes"]), [0, 297, 3]);
    desk.run(&["runs", "rejects", "2", "-o", "rejects.csv"], 0);
    let rejects = fs::read_to_string(desk.path("rejects.csv")).expect("it is there");
    let rows = rejects.lines().skip(1);
    let rows: Vec<_> = rows
        .map(|row| row.rsplit(',').nth(3).expect("it has cells"))
        .collect();
    assert_eq!(rows, ["u10", "u100", "u150"], "{rejects}");
    // Which rows were brought together is not kept.
    assert_eq!(push(&["--merge"]), [297, 0, 3]);
    let ended = desk.run(&["runs", "rejects", "3", "-o", "merged.csv"], 2);
    assert!(ended.stderr.contains("(--merge)"), "{}", ended.stderr);
    assert!(!desk.path("merged.csv").exists());
}
