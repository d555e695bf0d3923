//! The real binary in real processes: what a shell, a scheduler or a person sees.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::Stdio;

use aiq_braze_tests::exports;
use aiq_braze_tests::program::{Ended, Program, rests};
use aiq_braze_tests::sandbox::Sandbox;
use aiq_braze_tests::twin;
use serde_json::Value;
use tempfile::TempDir;

/// A folder with the example in it.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let export = folder.path().join("audience.csv");
        fs::write(&export, exports::example()).expect("it is writable");
        rests(&export);
        fs::write(folder.path().join("mapping.json"), exports::EXAMPLE_MAPPING)
            .expect("it is writable");
        Self { folder }
    }

    fn run(&self, args: &[&str]) -> Ended {
        Program::new(self.folder.path()).args(args).run()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("the program wrote it")
    }
}

fn json(ended: &Ended) -> Value {
    serde_json::from_slice(&ended.stdout).expect("--json prints JSON")
}

#[test]
fn the_main_job_pushes_what_is_good_and_accounts_for_every_row() {
    let desk = Desk::new();
    let ended = desk
        .run(&[
            "push",
            "audience.csv",
            "--endpoint",
            "sandbox",
            "--rejects",
            "rejects.csv",
        ])
        .with_code(1);
    let said = String::from_utf8(ended.stdout.clone()).expect("words are UTF-8");
    for (_, code) in exports::example_bad_rows() {
        assert!(said.contains(code), "it names {code}");
    }
    for line in ["accepted by the sandbox", "4,988", "5,000", "AIQ_1042_1"] {
        assert!(said.contains(line), "it says {line:?}: {said}");
    }
    assert!(
        ended.stderr.contains("customer_id"),
        "it says what it assumed: {}",
        ended.stderr
    );
    let rejects = desk.read("rejects.csv");
    assert_eq!(rejects.iter().filter(|byte| **byte == b'\n').count(), 13);
}

#[test]
fn the_account_is_the_same_for_machines() {
    let desk = Desk::new();
    let ended = desk
        .run(&[
            "push",
            "audience.csv",
            "-m",
            "mapping.json",
            "--endpoint",
            "sandbox",
            "--json",
        ])
        .with_code(1);
    let report = json(&ended);
    let account = &report["report"]["account"];
    let account = if account.is_null() {
        &report["account"]
    } else {
        account
    };
    assert_eq!(
        (&account["rows"], &account["accepted"], &account["rejected"]),
        (&5000.into(), &4988.into(), &12.into())
    );
    assert_eq!(
        (
            &account["pending"],
            &account["unknown"],
            &account["refused"]
        ),
        (&0.into(), &0.into(), &0.into())
    );
}

#[test]
fn rejects_are_rejected_again_for_the_same_reasons() {
    let desk = Desk::new();
    desk.run(&[
        "check",
        "audience.csv",
        "-m",
        "mapping.json",
        "--rejects",
        "once.csv",
    ])
    .with_code(1);
    desk.run(&[
        "check",
        "once.csv",
        "-m",
        "mapping.json",
        "--rejects",
        "twice.csv",
    ])
    .with_code(1);
    let codes = |name| {
        let text = String::from_utf8_lossy(&desk.read(name)).into_owned();
        let codes = text
            .lines()
            .filter_map(|line| line.split(',').nth(2).map(str::to_owned));
        codes
            .filter(|code| code.starts_with("AIQ"))
            .collect::<Vec<_>>()
    };
    assert_eq!(codes("once.csv").len(), 12);
    assert_eq!(codes("once.csv"), codes("twice.csv"));
}

#[test]
fn map_writes_the_bodies_that_the_core_makes() {
    let desk = Desk::new();
    // Without the three rows that break the file's structure, the slow twin can read it.
    let whole: Vec<_> = exports::EXAMPLE_DEFECTS
        .into_iter()
        .filter(|(_, defect)| !defect.breaks_reading())
        .collect();
    let export = exports::audience(exports::EXAMPLE_ROWS, exports::EXAMPLE_SEED, &whole);
    fs::write(desk.path("whole.csv"), &export).expect("it is writable");
    let twin = twin::map(&export, exports::EXAMPLE_MAPPING);
    let ended = desk
        .run(&["map", "whole.csv", "-m", "mapping.json"])
        .with_code(1);
    assert_eq!(ended.lines(), twin.bodies);
    desk.run(&[
        "map",
        "whole.csv",
        "-m",
        "mapping.json",
        "-o",
        "bodies.jsonl",
    ])
    .with_code(1);
    assert_eq!(desk.read("bodies.jsonl"), ended.stdout);
}

#[test]
fn inspect_saves_a_mapping_that_works() {
    let desk = Desk::new();
    let ended = desk
        .run(&["inspect", "audience.csv", "--save", "saved.json"])
        .with_code(0);
    assert!(String::from_utf8_lossy(&ended.stdout).contains("external_id"));
    desk.run(&["check", "audience.csv", "-m", "saved.json"])
        .with_code(1);
    let ended = desk
        .run(&["inspect", "audience.csv", "--json"])
        .with_code(0);
    assert!(json(&ended).is_object());
}

#[test]
fn a_sandbox_of_its_own_is_pushed_to_over_http_and_shows_the_profiles() {
    let desk = Desk::new();
    let sandbox = Sandbox::start(desk.folder.path(), &[]);
    let push = |key: &str| {
        Program::new(desk.folder.path())
            .args([
                "push",
                "audience.csv",
                "-m",
                "mapping.json",
                "--endpoint",
                &sandbox.url,
                "--yes",
                "--unknown-users",
                "create",
                "--allow-new-names",
            ])
            .env("BRAZE_API_KEY", key)
            .run()
    };
    let refused = push("a-wrong-key-3141592653");
    assert!(
        refused.code == Some(2) || refused.code == Some(3),
        "{}",
        refused.stderr
    );
    let words = format!(
        "{}{}",
        refused.stderr,
        String::from_utf8_lossy(&refused.stdout)
    );
    assert!(!words.contains("3141592653"), "a key is never said");
    assert_eq!(sandbox.state()["profiles"], 0);

    let _ = push("sandbox").with_code(1);
    let state = sandbox.state();
    assert_eq!(state["profiles"], 4988);
    assert_eq!(state["accepted"], 4988);
    assert_eq!(state["refused"], 0);
    let user = &state["users"]["external_id:12345678901234000001"];
    assert_eq!(user["attributes"]["AIQ_1042_1"], true);
    assert_eq!(user["fields"]["first_name"], "Γιώργος");
}

#[test]
fn a_real_endpoint_is_not_written_to_unasked() {
    let desk = Desk::new();
    let sandbox = Sandbox::start(desk.folder.path(), &[]);
    let push = |args: &[&str]| {
        let program = Program::new(desk.folder.path()).args([
            "push",
            "audience.csv",
            "--endpoint",
            &sandbox.url,
        ]);
        program.args(args).env("BRAZE_API_KEY", "sandbox").run()
    };
    let likely_only = push(&["--yes"]).with_code(2);
    assert!(
        likely_only.stderr.contains("customer_id"),
        "{}",
        likely_only.stderr
    );
    let unasked = push(&["-m", "mapping.json"]).with_code(2);
    assert!(unasked.stderr.contains("--yes"), "{}", unasked.stderr);
    assert_eq!(sandbox.state()["requests"], 0);
}

/// Each line: arguments, exit code, and words that the error holds.
#[test]
fn what_cannot_run_says_why_and_what_to_do() {
    let desk = Desk::new();
    fs::write(desk.path("empty.csv"), b"").expect("it is writable");
    fs::write(
        desk.path("broken.json"),
        b"{\"version\": 1, \"rows\": \"people\"}",
    )
    .expect("it is writable");
    let cases: [(&[&str], i32, &[&str]); 7] = [
        (&["check", "missing.csv"], 2, &["missing.csv"]),
        (&["check", "empty.csv"], 2, &["empty"]),
        (
            &["check", "audience.csv", "-m", "broken.json"],
            2,
            &["AIQ2005", "audience", "attributes", "identifiers"],
        ),
        (
            &["check", "audience.csv", "-m", "missing.json"],
            2,
            &["missing.json"],
        ),
        (
            &[
                "push",
                "audience.csv",
                "--endpoint",
                "http://example.com",
                "--yes",
            ],
            2,
            &["https"],
        ),
        (
            &[
                "push",
                "audience.csv",
                "-m",
                "mapping.json",
                "--endpoint",
                "EU-01",
                "--yes",
            ],
            2,
            &["BRAZE_API_KEY", "--key-file"],
        ),
        (&["chek", "audience.csv"], 2, &["check"]),
    ];
    for (args, code, words) in cases {
        let ended = desk.run(args).with_code(code);
        for word in words {
            assert!(
                ended.stderr.contains(word),
                "{args:?} says {word:?}: {}",
                ended.stderr
            );
        }
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let desk = Desk::new();
    let mut command = Program::new(desk.folder.path())
        .args(["map", "audience.csv", "-m", "mapping.json"])
        .into_command();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut out = child.stdout.take().expect("it is piped");
    let mut first = [0; 100];
    out.read_exact(&mut first).expect("it writes");
    drop(out);
    let output = child.wait_with_output().expect("it ends");
    assert!(first.starts_with(b"{\"attributes\":["));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !said.contains("panicked") && !said.to_lowercase().contains("broken pipe"),
        "{said}"
    );
    assert!(matches!(output.status.code(), Some(0 | 1)), "{said}");
}

#[test]
fn the_crate_takes_three_lines_of_somebody_elses_code() {
    let export = exports::example();
    let mapped = aiq_braze::map_all(&export, None).expect("the example maps");
    assert_eq!((mapped.bodies.len(), mapped.summary.rejected), (67, 12));
}

/// Each line: arguments, and the start of what is printed.
#[test]
fn what_only_tells_needs_no_export() {
    let desk = Desk::new();
    let cases: [(&[&str], &str); 6] = [
        (
            &["explain", "unclosed-quote"],
            "AIQ1004 unclosed-quote (error): ",
        ),
        (
            &["explain", "1004", "--json"],
            "{\"format\":1,\"language\":\"en\",\"codes\":[",
        ),
        (&["endpoints"], "  Instance  Dashboard"),
        (
            &["schema"],
            "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\"",
        ),
        (&["completions", "fish"], "# Print an optspec"),
        (&["--help"], "ActionIQ exports in"),
    ];
    for (args, start) in cases {
        let ended = desk.run(args).with_code(0);
        let said = String::from_utf8_lossy(&ended.stdout);
        assert!(said.starts_with(start), "{args:?}: {said}");
        assert!(!said.contains('\u{1b}'), "no colours into a pipe: {args:?}");
    }
    let ended = desk.run(&["explain", "1044"]).with_code(2);
    assert!(ended.stderr.contains("AIQ1004"), "{}", ended.stderr);
}

#[test]
fn a_scheduler_hears_nothing_where_all_is_fine() {
    let desk = Desk::new();
    let ended = desk
        .run(&[
            "push",
            "audience.csv",
            "-m",
            "mapping.json",
            "--endpoint",
            "sandbox",
            "--allow-rejects",
            "12",
            "--quiet",
        ])
        .with_code(0);
    assert_eq!((ended.stdout.len(), &*ended.stderr), (0, ""));
    let ended = desk
        .run(&[
            "check",
            "audience.csv",
            "-m",
            "mapping.json",
            "--allow-rejects",
            "0.1%",
            "-q",
        ])
        .with_code(1);
    assert!(String::from_utf8_lossy(&ended.stdout).contains("12 rejected"));
    assert_eq!(ended.stderr, "");
}

#[test]
fn the_environment_says_the_language() {
    let desk = Desk::new();
    let explain = |variable: &str, value: &str, args: &[&str]| {
        let program = Program::new(desk.folder.path()).args(["explain", "bad-number"]);
        let ended = program.args(args).env(variable, value).run().with_code(0);
        String::from_utf8_lossy(&ended.stdout).into_owned()
    };
    assert!(explain("LANG", "es_ES.UTF-8", &[]).contains("Qué hacer"));
    assert!(explain("LANG", "es_ES.UTF-8", &["--lang", "en"]).contains("What to do"));
    assert!(
        explain("LC_ALL", "C", &["--color", "always"]).starts_with("\u{1b}[1m\u{1b}[31mAIQ3003")
    );
}

#[test]
fn a_mended_mapping_is_used_like_any_other() {
    let desk = Desk::new();
    desk.run(&["check", "audience.csv", "--fix", "-o", "mended.json"])
        .with_code(1);
    let ended = desk
        .run(&["check", "audience.csv", "-m", "mended.json", "--json"])
        .with_code(1);
    let check = json(&ended);
    assert_eq!(
        (&check["format"], &check["rejected"]),
        (&1.into(), &12.into())
    );
    assert_eq!(check["warnings"], Value::Array(Vec::new()));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

#[test]
fn what_map_writes_passes_validate_and_what_braze_refuses_does_not() {
    let desk = Desk::new();
    desk.run(&[
        "map",
        "audience.csv",
        "-m",
        "mapping.json",
        "-o",
        "bodies.jsonl",
    ])
    .with_code(1);
    let ended = desk
        .run(&["validate", "bodies.jsonl", "--json"])
        .with_code(0);
    let file = &json(&ended)["files"][0];
    assert_eq!(
        (&file["bodies"], &file["attributes"], &file["errors"]),
        (&67.into(), &4988.into(), &0.into())
    );
    let broken = String::from_utf8(desk.read("bodies.jsonl")).expect("bodies are UTF-8");
    let broken = broken.replacen("\"external_id\":\"", "\"external_id\":[],\"x\":\"", 1);
    let ended = Program::new(desk.folder.path())
        .args(["validate", "-"])
        .stdin(broken)
        .run()
        .with_code(1);
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(said.contains("identifier-not-text"), "{said}");
    assert!(
        said.contains("line 1, column 31, attributes[0].external_id"),
        "{said}"
    );
}

#[test]
fn the_forms_of_brazes_imports_hold_the_same_users() {
    let desk = Desk::new();
    // Both imports ask on their own pages what shall become of unknown users.
    let mut mapping: Value =
        serde_json::from_slice(&desk.read("mapping.json")).expect("it is JSON");
    let unknown_users = mapping
        .as_object_mut()
        .and_then(|mapping| mapping.remove("unknown_users"));
    assert!(unknown_users.is_some());
    fs::write(desk.path("mapping.json"), mapping.to_string()).expect("it is writable");
    let n_users = |form: &str| {
        let ended = desk
            .run(&["map", "audience.csv", "-m", "mapping.json", "--as", form])
            .with_code(1);
        ended.lines().len()
    };
    assert_eq!(n_users("cdi"), 4988);
    // Texts may hold line breaks: counted by what reads CSV.
    let args = [
        "map",
        "audience.csv",
        "-m",
        "mapping.json",
        "--as",
        "braze-csv",
    ];
    let ended = desk.run(&args).with_code(1);
    let mut csv = csv::Reader::from_reader(&*ended.stdout);
    let header = csv.headers().expect("a header").clone();
    assert_eq!(&header[0], "external_id");
    assert!(header.iter().any(|name| name == "AIQ_1042_1"), "{header:?}");
    let rows: Result<Vec<_>, _> = csv.records().collect();
    assert_eq!(rows.expect("rows as wide as the header").len(), 4988);
}

#[test]
fn inspect_tells_facts_of_every_row() {
    let desk = Desk::new();
    let ended = desk
        .run(&["inspect", "audience.csv", "--json"])
        .with_code(0);
    let inspected = json(&ended);
    assert_eq!(inspected["facts"]["rows"], 5000);
    let columns = inspected["facts"]["columns"].as_array().expect("columns");
    assert!(columns.iter().all(|column| column["filled"].is_u64()));
    let ended = desk.run(&["inspect", "audience.csv"]).with_code(0);
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(said.contains("\n5,000 rows"), "{said}");
    let ended = desk
        .run(&["inspect", "audience.csv", "--quick"])
        .with_code(0);
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(!said.contains("5,000 rows"), "{said}");
}

#[test]
fn packed_piped_and_parted_exports_are_the_same_export() {
    let desk = Desk::new();
    let export = exports::example();
    let wanted = desk
        .run(&["map", "audience.csv", "-m", "mapping.json"])
        .with_code(1);
    fs::write(desk.path("audience.csv.gz"), gzip(&export)).expect("it is writable");
    let packed = desk
        .run(&["map", "audience.csv.gz", "-m", "mapping.json"])
        .with_code(1);
    assert_eq!(packed.stdout, wanted.stdout);
    let piped = Program::new(desk.folder.path())
        .args(["map", "-", "-m", "mapping.json"])
        .stdin(export.clone())
        .run()
        .with_code(1);
    assert_eq!(piped.stdout, wanted.stdout);
    // A clean export in parts, one of them packed, and a marker beside them.
    let lines: Vec<_> = (0..300)
        .map(|number| format!("u{number},1042,1,{number}\n"))
        .collect();
    let header = "external_id,audience_id,split_id,score\n";
    let folder = desk.path("parts");
    fs::create_dir(&folder).expect("it is writable");
    let (first, second) = lines.split_at(120);
    fs::write(
        folder.join("part-0.csv"),
        header.to_owned() + &first.concat(),
    )
    .expect("it is writable");
    let second = header.to_owned() + &second.concat();
    fs::write(folder.join("part-1.csv.gz"), gzip(second.as_bytes())).expect("it is writable");
    fs::write(folder.join("_SUCCESS"), "").expect("it is writable");
    fs::write(desk.path("whole.csv"), header.to_owned() + &lines.concat()).expect("it is writable");
    let whole = desk.run(&["map", "whole.csv"]).with_code(0);
    let parts = desk.run(&["map", "parts"]).with_code(0);
    assert_eq!(parts.stdout, whole.stdout);
}

#[test]
fn a_packed_export_is_pushed_with_every_row_accounted_for() {
    let desk = Desk::new();
    fs::write(desk.path("audience.csv.gz"), gzip(&exports::example())).expect("it is writable");
    let args = [
        "push",
        "audience.csv.gz",
        "-m",
        "mapping.json",
        "--endpoint",
        "sandbox",
        "--json",
    ];
    let pushed = json(&desk.run(&args).with_code(1));
    assert_eq!(pushed["balanced"], true);
    assert_eq!(pushed["account"]["accepted"], 4988);
}

#[test]
fn events_are_pushed_into_a_sandbox() {
    let desk = Desk::new();
    let sandbox = Sandbox::start(desk.folder.path(), &[]);
    let export = "id,what,at,amount\n\
                  u1,Bought,2026-03-01 10:00:00,9.90\n\
                  u1,Bought,2026-03-02 11:30:00,5\n\
                  u2,Visited,2026-03-02 12:00:00,\n\
                  u3,Visited,yesterday,\n";
    fs::write(desk.path("events.csv"), export).expect("it is writable");
    let ended = Program::new(desk.folder.path())
        .args([
            "push",
            "events.csv",
            "--id",
            "id=external_id",
            "--event",
            "column:what",
        ])
        .args([
            "--time",
            "at@Europe/Madrid",
            "--endpoint",
            &sandbox.url,
            "--yes",
            "--no-preflight",
            "--json",
        ])
        .env("BRAZE_API_KEY", "sandbox")
        .run()
        .with_code(1);
    let pushed = json(&ended);
    assert_eq!(pushed["balanced"], true);
    assert_eq!(
        (
            &pushed["account"]["accepted"],
            &pushed["account"]["rejected"]
        ),
        (&3.into(), &1.into())
    );
    assert_eq!(pushed["events"][0]["name"], "Bought");
    assert_eq!(pushed["events"][0]["count"], 2);
    let state = sandbox.state();
    assert_eq!(
        (&state["profiles"], &state["accepted"]),
        (&2.into(), &3.into())
    );
    let user = &state["users"]["external_id:u1"];
    assert!(user.to_string().contains("Bought"), "{user}");
}

#[test]
fn users_with_two_values_are_found_across_an_export() {
    let desk = Desk::new();
    let rows: Vec<_> = (0..5_000)
        .map(|number| format!("u{number},gold\n"))
        .collect();
    let export = format!("external_id,tier\n{}u7,silver\nu42,gold\n", rows.concat());
    fs::write(desk.path("export.csv"), export).expect("it is writable");
    let check = json(&desk.run(&["check", "export.csv", "--json"]).with_code(0));
    let problem = &check["problems"][0];
    assert_eq!(
        (&problem["code"], &problem["count"]),
        (&"AIQ3080".into(), &1.into())
    );
    assert_eq!(problem["first"][0]["row"], 5_001);
    let check = json(
        &desk
            .run(&["check", "export.csv", "--json", "--no-conflicts"])
            .with_code(0),
    );
    assert_eq!(check["problems"], Value::Array(Vec::new()));
}

/// Ctrl-C while it works, or its terminal is gone: no half-written file, and an exit code that says so.
#[cfg(unix)]
#[test]
fn an_interrupted_map_leaves_nothing_behind() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        interrupt_map(signal, code);
    }
}

#[cfg(unix)]
#[track_caller]
fn interrupt_map(signal: &str, code: i32) {
    let desk = Desk::new();
    let export = exports::example();
    let end = export.iter().position(|byte| *byte == b'\n');
    let (header, rows) = export.split_at(end.expect("it has lines") + 1);
    fs::write(desk.path("large.csv"), [header, &rows.repeat(50)].concat()).expect("it is writable");
    let mut command = Program::new(desk.folder.path())
        .args(["map", "large.csv", "--rejects", "rejects.csv"])
        .into_command();
    // Nobody reads the bodies, and they are more than it holds: it works until it is told to end.
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.expect("it starts");
    let has_draft = || {
        let names = fs::read_dir(desk.folder.path()).expect("it is readable");
        let mut names = names.map(|entry| entry.expect("it is readable").file_name());
        names.any(|name| name.to_string_lossy().contains("rejects.csv"))
    };
    while !has_draft() && child.try_wait().expect("it can be asked").is_none() {
        std::thread::yield_now();
    }
    let mut kill = std::process::Command::new("kill");
    kill.args([signal, &child.id().to_string()]);
    assert!(kill.status().expect("there is a kill").success());
    let status = child.wait().expect("it ends");
    assert_eq!(status.code(), Some(code), "{status}");
    assert!(!has_draft());
}

/// Every example as it lies in `tests/exports`, through the program: packed, in another encoding, as JSON
/// lines, in folders of part files.
#[test]
fn map_writes_the_bodies_of_every_example() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("exports");
    for example in exports::examples::all() {
        let desk = tempfile::tempdir().expect("a folder for the test");
        let mapping = folder.join(format!("{}.mapping.json", example.name));
        // The folder of part files, or the one file.
        let first = folder.join(&example.files[0].0);
        let export = match example.files.len() {
            1 => first,
            _ => first.parent().expect("a folder").to_owned(),
        };
        let ended = Program::new(desk.path())
            .arg("map")
            .arg(&export)
            .arg("-m")
            .arg(&mapping)
            .run()
            .with_code(0);
        let bodies = fs::read(folder.join(format!("{}.bodies.jsonl", example.name)))
            .expect("bodies are committed");
        assert!(
            ended.stdout == bodies,
            "{}: {}",
            example.name,
            String::from_utf8_lossy(&ended.stdout)
        );
    }
}
