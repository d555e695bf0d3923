//! What comes before the first write, and the look back after the last: real processes against a sandbox
//! in a process of its own.

use std::fs;
use std::path::PathBuf;

use aiq_braze_tests::program::{Ended, Program, rests};
use aiq_braze_tests::sandbox::Sandbox;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder, and a sandbox that knows nobody.
struct Desk {
    folder: TempDir,
    sandbox: Sandbox,
}

impl Desk {
    fn new() -> Self {
        Self::with("settings", "{}")
    }

    /// With a file of `settings`, or of `faults`.
    fn with(what: &str, text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        fs::write(folder.path().join("sandbox.json"), text).expect("it is writable");
        let args = ["--port", "0", &format!("--{what}"), "sandbox.json"];
        let sandbox = Sandbox::start(folder.path(), &args);
        Self { folder, sandbox }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// An export that nobody writes to any more.
    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("it is writable");
        rests(&self.path(name));
    }

    fn run(&self, args: &[&str]) -> Ended {
        Program::new(self.folder.path())
            .args(args)
            .env("BRAZE_API_KEY", "sandbox")
            .run()
    }

    fn push(&self, file: &str, more: &[&str]) -> Ended {
        let args = [
            "push",
            file,
            "--yes",
            "--json",
            "--endpoint",
            &self.sandbox.url,
        ];
        self.run(&[&args, more].concat())
    }

    fn accepted(&self) -> u64 {
        self.sandbox.state()["accepted"]
            .as_u64()
            .expect("it is a count")
    }

    /// Braze knows these users, and the names of the export's attributes.
    fn knows(&self, export: &str) {
        self.write("known.csv", export);
        self.push("known.csv", &["--no-preflight"]).with_code(0);
    }
}

fn json(ended: &Ended) -> Value {
    serde_json::from_slice(&ended.stdout).expect("--json prints JSON")
}

#[track_caller]
fn says(ended: &Ended, words: &[&str]) {
    for word in words {
        assert!(ended.stderr.contains(word), "{word}: {}", ended.stderr);
    }
}

/// `external_id`, an audience and a number, of users `from..to`.
fn users(from: u64, to: u64) -> String {
    let rows = (from..to).map(|user| format!("u{user},12,3,{user}\n"));
    "external_id,audience_id,split_id,ltv\n".to_owned() + &rows.collect::<String>()
}

#[test]
fn a_wrong_identifier_column_is_seen_before_anything_is_sent() {
    let desk = Desk::new();
    desk.knows(&users(0, 10));
    let before = desk.accepted();
    desk.write("export.csv", &users(7, 207));
    let stopped = desk.push("export.csv", &["--min-rows", "100"]).with_code(2);
    says(
        &stopped,
        &[
            "sampled users in Braze, expected at least 50%",
            "--unknown-users create",
        ],
    );
    assert_eq!(desk.accepted(), before);
    for way_on in [["--unknown-users", "create"], ["--min-known", "0%"]] {
        desk.push("export.csv", &way_on).with_code(0);
    }
    assert_eq!(desk.accepted(), before + 400);
    // All are known by now.
    let pushed = json(&desk.push("export.csv", &[]).with_code(0));
    assert_eq!(
        (
            &pushed["preflight"]["sampled"],
            &pushed["preflight"]["known"]
        ),
        (&json!(50), &json!(50))
    );
}

#[test]
fn a_new_name_is_agreed_to_once() {
    let desk = Desk::new();
    desk.knows(&users(0, 60));
    let export = users(0, 60).replace("ltv", "lifetime");
    desk.write("export.csv", &export);
    let stopped = desk.push("export.csv", &[]).with_code(2);
    says(
        &stopped,
        &[
            "none of the sampled users has yet",
            "lifetime",
            "--allow-new-names",
        ],
    );
    assert!(!stopped.stderr.contains("AIQ_12_3, "), "{}", stopped.stderr);
    let pushed = json(&desk.push("export.csv", &["--allow-new-names"]).with_code(0));
    assert_eq!(pushed["preflight"]["new_names"], json!(["lifetime"]));
    let values = &pushed["preflight"]["users"][0]["values"];
    assert_eq!(
        values[0],
        json!({"name": "AIQ_12_3", "now": true, "next": true})
    );
    assert_eq!(values[1]["now"], Value::Null);
    // Other users have it no more than before; but here it was pushed.
    desk.knows(&users(100, 160));
    desk.write("other.csv", &export.replace("\nu", "\nu1"));
    desk.push("other.csv", &["--unknown-users", "create"])
        .with_code(0);
}

#[test]
fn a_key_that_may_not_look_is_no_reason_to_stop_unless_it_is_wanted() {
    let desk = Desk::with(
        "settings",
        r#"{"keys":[{"key":"sandbox","permissions":["users.track"]}]}"#,
    );
    desk.write("export.csv", &users(0, 3));
    let stopped = desk
        .push("export.csv", &["--min-known", "50%"])
        .with_code(2);
    says(&stopped, &["users.export.ids", "--min-known"]);
    let pushed = desk.push("export.csv", &[]).with_code(0);
    says(&pushed, &["No users were looked up", "users.export.ids"]);
    assert_eq!(json(&pushed)["preflight"], Value::Null);
    let verified = desk.run(&["verify", "1"]).with_code(2);
    says(&verified, &["users.export.ids"]);
}

#[test]
fn what_nobody_can_have_meant_stops_and_the_sandbox_inside_only_warns() {
    let desk = Desk::new();
    let leavers = "external_id,audience_id,split_id,status\n".to_owned()
        + &(0..150)
            .map(|user| format!("u{user},1,2,exited\n"))
            .collect::<String>();
    let rejects = users(0, 80) + &",12,3,1\n".repeat(70);
    let names = "external_id,audience_id,split_id\n".to_owned()
        + &(0..60)
            .map(|user| format!("u{user},{user},2\n"))
            .collect::<String>();
    for (export, flag, code, words) in [
        (
            &leavers,
            ["--max-leavers", "150"],
            0,
            "150 leavers among 150 rows of \"AIQ_1_2\"",
        ),
        (
            &rejects,
            ["--max-rejects", "70"],
            1,
            "70 of 150 rows that are rejected",
        ),
        (
            &names,
            ["--max-names", "60"],
            0,
            "more than 50 different names",
        ),
    ] {
        desk.write("export.csv", export);
        let stopped = desk.push("export.csv", &["--no-preflight"]).with_code(2);
        says(&stopped, &[words, flag[0], "Nothing was sent"]);
        let inside = ["push", "export.csv", "--endpoint", "sandbox"];
        let warned = desk.run(&inside);
        assert!(warned.code < Some(2), "{}", warned.stderr);
        says(&warned, &["into Braze this would not be sent", words]);
        let before = desk.accepted();
        desk.push("export.csv", &["--no-preflight", flag[0], flag[1]])
            .with_code(code);
        assert!(desk.accepted() > before);
    }
    desk.write("export.csv", &users(0, 9));
    let stopped = desk.push("export.csv", &["--min-rows", "10", "--no-preflight"]);
    says(&stopped.with_code(2), &["found 9 rows", "at least 10"]);
}

#[test]
fn what_was_accepted_is_read_back() {
    let desk = Desk::with("settings", r#"{"blocked_names":["blocked"]}"#);
    desk.write("export.csv", &users(0, 120));
    let pushed = desk
        .push("export.csv", &["--no-preflight", "--verify", "60"])
        .with_code(0);
    assert_eq!(
        json(&pushed)["verified"],
        json!({"sampled": 60, "same": 60, "absent": 0, "different": [], "waited_seconds": 0.0})
    );
    // Somebody writes over some of it.
    desk.write("later.csv", "external_id,ltv\nu5,999\n");
    desk.push("later.csv", &["--no-preflight"]).with_code(0);
    let verified = desk.run(&["verify", "1", "--sample", "120", "--wait", "0", "--json"]);
    let verified = json(&verified.with_code(1));
    assert_eq!(verified["same"], 119);
    assert_eq!(
        verified["different"],
        json!([{"user": "u5", "is_missing": false, "values": [{"name": "ltv", "now": 999, "next": 5}]}])
    );
    // What Braze leaves out without a word is seen.
    desk.write("blocked.csv", "external_id,blocked\nu5,1\n");
    let args = ["--no-preflight"];
    desk.push("blocked.csv", &args).with_code(0);
    let verified = desk.run(&["verify", "--wait", "0"]).with_code(1);
    let said = String::from_utf8_lossy(&verified.stdout);
    assert!(said.contains("u5: blocked is null, sent was 1"), "{said}");
    // Another export is not compared.
    desk.write("export.csv", &users(1, 121));
    let changed = desk.run(&["verify", "1", "--wait", "0"]).with_code(2);
    says(&changed, &["export.csv"]);
}

#[test]
fn events_are_read_back_by_their_counts() {
    let desk = Desk::new();
    let now = std::process::Command::new("date")
        .args(["-u", "+%Y-%m-%dT%H:%M:%SZ"])
        .output();
    let now = String::from_utf8(now.expect("there is a clock").stdout).expect("it is text");
    let now = now.trim();
    desk.write(
        "events.csv",
        &format!(
            "external_id,event_name,time\nu,Seen,{now}\nu,Seen,{now}\nv,Seen,2020-01-01T00:00:00Z\n"
        ),
    );
    let pushed = desk
        .push("events.csv", &["--no-preflight", "--verify", "10"])
        .with_code(0);
    // Braze does not tell of events that are as old as v's.
    let verified = &json(&pushed)["verified"];
    assert_eq!(
        (&verified["sampled"], &verified["same"]),
        (&json!(1), &json!(1))
    );
}

#[test]
fn the_first_users_are_sent_and_no_others() {
    let desk = Desk::new();
    let rows = users(0, 200);
    let (header, rows) = rows.split_once('\n').expect("there is a header");
    // Every user twice, far apart.
    desk.write(
        "export.csv",
        &format!("{header}\n{rows}{}", rows.replace(",12,", ",13,")),
    );
    let pushed = desk
        .push("export.csv", &["--no-preflight", "--first", "5"])
        .with_code(0);
    says(&pushed, &["the first 5 users", "AIQ_12_3, AIQ_13_3, ltv"]);
    let report = json(&pushed);
    assert_eq!(
        (&report["balanced"], &report["left_out"]),
        (&json!(true), &json!(390))
    );
    let account = &report["account"];
    assert_eq!(
        (
            &account["accepted"],
            &account["nothing_to_send"],
            &account["pending"]
        ),
        (&json!(10), &json!(390), &json!(0))
    );
    let state = desk.sandbox.state();
    assert_eq!(
        (&state["profiles"], &state["accepted"]),
        (&json!(5), &json!(10))
    );
    let ended = desk.run(&["runs", "--json"]).with_code(0);
    assert_eq!(json(&ended)["runs"][0]["state"], "done");
}

#[test]
fn excluded_users_get_nothing_also_when_a_push_goes_on() {
    let desk = Desk::with("faults", r#"{"faults":["none",{"status":{"code":401}}]}"#);
    desk.write("export.csv", &users(0, 300));
    let excluded = (0..300).step_by(3).map(|user| format!("\"u{user}\"\r\n"));
    let excluded = "external_id\r\n".to_owned() + &excluded.collect::<String>();
    desk.write("excluded.csv", &excluded);
    let args = [
        "--no-preflight",
        "--exclude",
        "excluded.csv",
        "--at-once",
        "1",
    ];
    let stopped = desk.push("export.csv", &args).with_code(3);
    says(
        &stopped,
        &["Excluded: the users of 101 lines of excluded.csv"],
    );
    assert_eq!(json(&stopped)["balanced"], true);
    assert_eq!(desk.accepted(), 50);
    // The run needs nothing but what it has kept, and does not go on without that.
    fs::remove_file(desk.path("excluded.csv")).expect("it is there");
    let selection = find(&desk.path(".home"), "selection").expect("whom it excludes is kept");
    let hidden = selection.with_extension("hidden");
    fs::rename(&selection, &hidden).expect("it can be moved");
    let resume = ["resume", "--yes", "--json"];
    let refused = json(&desk.run(&resume).with_code(3));
    let words = refused["stopped"]["message"].to_string();
    assert!(words.contains("selection"), "{words}");
    assert_eq!(desk.accepted(), 50);
    fs::rename(&hidden, &selection).expect("it can be moved");
    let resumed = json(&desk.run(&resume).with_code(0));
    assert_eq!(
        (&resumed["balanced"], &resumed["left_out"]),
        (&json!(true), &json!(100))
    );
    assert_eq!(desk.sandbox.state()["profiles"], 200);
}

/// A file of this name somewhere below a folder.
fn find(folder: &std::path::Path, name: &str) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    entries.flatten().find_map(|entry| {
        let path = entry.path();
        match path.is_dir() {
            true => find(&path, name),
            false => path.ends_with(name).then_some(path),
        }
    })
}
