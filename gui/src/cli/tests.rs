//! The subcommands as a shell calls them, in this process.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use super::{Console, Exit, Manner, run};
use crate::sandbox::{self, Fault, Sandbox};

/// What a call left behind.
struct Ended {
    exit: Exit,
    out: String,
    err: String,
}

impl Ended {
    #[track_caller]
    fn with(self, exit: Exit) -> Self {
        assert_eq!(self.exit, exit, "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    fn json(&self) -> Value {
        assert_eq!(self.out.lines().count(), 1, "{}", self.out);
        serde_json::from_str(&self.out).unwrap()
    }
}

fn call<A: AsRef<Path>>(args: &[A]) -> Ended {
    call_with(args, None)
}

/// With an answer there is somebody to ask.
fn call_with<A: AsRef<Path>>(args: &[A], answer: Option<&str>) -> Ended {
    let mut out = Vec::new();
    let (exit, err) = call_into(args, answer, &mut out);
    Ended {
        exit,
        out: String::from_utf8(out).unwrap(),
        err,
    }
}

/// With this as standard output: how it ended, and what was said.
fn call_into<A: AsRef<Path>>(
    args: &[A],
    answer: Option<&str>,
    out: &mut dyn Write,
) -> (Exit, String) {
    let mut err = Vec::new();
    let console = Console {
        input: &mut answer.unwrap_or_default().as_bytes(),
        out,
        err: &mut err,
        is_asked: answer.is_some(),
        is_typed: answer.is_none(),
        is_watched: false,
        is_unheard: false,
        is_interrupted: false,
        last_shown: None,
        log: None,
        manner: Manner::default(),
    };
    let program = [PathBuf::from("aiq-braze")];
    let args = args.iter().map(|arg| arg.as_ref().to_owned());
    let exit = run(program.into_iter().chain(args), console);
    (exit, String::from_utf8(err).unwrap())
}

macro_rules! call {
    ($($arg:expr),+ $(,)?) => { call(&[$(AsRef::<Path>::as_ref(&$arg)),+]) };
}

// Behind the macro, which they use.
mod golden;
mod more;
mod shell;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/exports")
        .join(name)
}

fn folder_with(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.csv");
    fs::write(&path, text).unwrap();
    rests(&path);
    (folder, path)
}

/// Nobody writes to the file any more.
fn rests(path: &Path) {
    let file = fs::File::options().append(true).open(path).unwrap();
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    file.set_modified(long_ago).unwrap();
}

/// Certain in all that counts.
const CERTAIN: &str = "external_id,audience_id,split_id,ltv\nu1,12,3,1.10\nu2,12,3,5\n";
/// Likely only: the identifier has a usual header.
const LIKELY: &str = "customer_id,status,ltv\nu1,entered,1.10\nu2,exited,5\n";

#[test]
fn the_example_has_twelve_bad_rows_each_for_its_own_reason() {
    let ended = call![
        "check",
        example("audience.csv"),
        "-m",
        example("mapping.json"),
        "--json"
    ];
    let check = ended.with(Exit::SomeRows).json();
    assert_eq!(
        (&check["rows"], &check["rejected"]),
        (&5000.into(), &12.into())
    );
    assert_eq!(check["objects"], 4988);
    let problems = check["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 12);
    assert!(
        problems
            .iter()
            .all(|group| group["count"] == 1 && group["severity"] == "error")
    );
    assert_eq!(check["mapping_from"], "file");
    assert_eq!(check["warnings"], Value::Array(vec![]));
}

#[test]
fn the_example_goes_into_the_sandbox_without_a_word_about_its_mapping() {
    let ended =
        call!["push", example("audience.csv"), "--endpoint", "sandbox"].with(Exit::SomeRows);
    for line in [
        "audience.csv: 5,000 rows, 12 rejected",
        "  accepted by the sandbox  4,988",
        "  rejected by the check       12",
        "  all rows                 5,000",
        "AIQ3003 bad-number: 1 row, column \"lifetime_value\": no number",
        // The file's lines are the generator's business; its rows are promised.
        "  row 3061 (line ",
        "): found \"12,50\", expected a number such as 12, -0.5 or 1.10\n",
        "  The fix (certain), in \"columns\" of the mapping: {\"header\":\"tier \",\"as\":\"tier\"}",
    ] {
        assert!(ended.out.contains(line), "{line}\n{}", ended.out);
    }
    assert!(
        ended
            .err
            .contains("\"customer_id\" is the external_id (likely: a usual header for it)")
    );
    assert!(
        ended
            .err
            .contains("holds 4,988 objects and 4,988 profiles by its own count")
    );
}

#[test]
fn a_push_tells_programs_all_of_it() {
    let ended = call![
        "push",
        example("audience.csv"),
        "--endpoint",
        "sandbox",
        "--json"
    ];
    let push = ended.with(Exit::SomeRows).json();
    assert_eq!(push["balanced"], true);
    assert_eq!(push["account"]["accepted"], 4988);
    assert_eq!(push["check"]["rejected"], 12);
    assert_eq!(
        (&push["requests"], &push["stopped"]),
        (&67.into(), &Value::Null)
    );
    assert_eq!(push["audiences"].as_array().unwrap().len(), 6);
}

#[test]
fn bodies_are_lines() {
    let (folder, path) = folder_with(CERTAIN);
    let body = concat!(
        r#"{"attributes":[{"external_id":"u1","AIQ_12_3":true,"ltv":1.10},"#,
        r#"{"external_id":"u2","AIQ_12_3":true,"ltv":5}]}"#,
        "\n"
    );
    assert_eq!(call!["map", path].with(Exit::Fine).out, body);
    let out = folder.path().join("bodies.jsonl");
    assert_eq!(call!["map", path, "-o", out].with(Exit::Fine).out, "");
    assert_eq!(fs::read_to_string(out).unwrap(), body);
}

#[test]
fn an_export_is_never_written_over() {
    let (_folder, path) = folder_with(CERTAIN);
    for args in [
        &["map", "-o"][..],
        &["map", "--rejects"],
        &["check", "--rejects"],
        &["push", "--endpoint", "sandbox", "--rejects"],
    ] {
        let mut args: Vec<_> = args.iter().map(PathBuf::from).collect();
        args.extend([path.clone(), path.clone()]);
        let ended = call(&args).with(Exit::Failed);
        assert!(ended.err.contains("the export itself"), "{}", ended.err);
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), CERTAIN);
}

#[test]
fn a_saved_mapping_is_read_again_and_never_written_over() {
    let (folder, path) = folder_with(CERTAIN);
    let mapping = folder.path().join("mapping.json");
    call!["inspect", path, "--save", mapping].with(Exit::Fine);
    call!["check", path, "-m", mapping].with(Exit::Fine);
    let ended = call!["inspect", path, "--save", mapping].with(Exit::Failed);
    assert!(ended.err.contains("expected a new one"), "{}", ended.err);
}

#[test]
fn an_inspection_tells_each_column() {
    let (_folder, path) = folder_with(CERTAIN);
    let found = call!["inspect", path, "--json"].with(Exit::Fine).json();
    assert_eq!(found["grade"], "certain");
    assert_eq!(found["dialect"]["delimiter"], ",");
    assert_eq!(found["columns"][0]["as"], "external_id");
    let ltv = &found["columns"][3];
    assert_eq!(
        (&ltv["role"], &ltv["type"], &ltv["grade"]),
        (&"attribute".into(), &"number".into(), &"likely".into())
    );
    assert_eq!(ltv["sample"], serde_json::json!(["1.10", "5"]));
    assert_eq!(found["mapping"]["rows"], "audience");
}

#[test]
fn mistakes_in_a_mapping_are_told_all_at_once() {
    let (folder, path) = folder_with(CERTAIN);
    let mapping = folder.path().join("mapping.json");
    fs::write(
        &mapping,
        r#"{"version":1,"rows":"attribute","identifers":[]}"#,
    )
    .unwrap();
    let ended = call!["check", path, "-m", mapping].with(Exit::Failed);
    assert!(ended.err.contains("mapping.json: found "), "{}", ended.err);
    assert!(
        ended.err.contains("AIQ2002") && ended.err.contains("AIQ2005"),
        "{}",
        ended.err
    );
    let fitting = r#"{"version":1,"rows":"attributes","identifiers":[{"column":"nobody","as":"external_id"}]}"#;
    fs::write(&mapping, fitting).unwrap();
    let ended = call!["check", path, "-m", mapping].with(Exit::Failed);
    assert!(
        ended.err.contains("does not fit the export\n  AIQ2007"),
        "{}",
        ended.err
    );
}

#[test]
fn flags_say_what_the_header_does_not() {
    let (_folder, path) = folder_with(LIKELY);
    let ended = call![
        "map",
        path,
        "--audience",
        "7",
        "--split",
        "1",
        "--unknown-users",
        "skip"
    ];
    let ended = ended.with(Exit::Fine);
    let body = concat!(
        r#"{"attributes":[{"external_id":"u1","_update_existing_only":true,"AIQ_7_1":true,"ltv":1.10},"#,
        r#"{"external_id":"u2","_update_existing_only":true,"AIQ_7_1":false,"ltv":5}]}"#,
        "\n"
    );
    assert_eq!(ended.out, body);
    assert!(
        ended.err.contains("\"status\" is who is in and who left"),
        "{}",
        ended.err
    );

    let ended = call!["map", path, "--audience", "7"].with(Exit::Failed);
    assert!(ended.err.contains("add --split"), "{}", ended.err);
    let ended = call!["map", path, "--id", "ltv=braze_id"].with(Exit::Fine);
    assert!(
        ended
            .out
            .starts_with(r#"{"attributes":[{"braze_id":"1.10","customer_id":"u1","#),
        "{}",
        ended.out
    );
    call!["map", path, "--id", "ltv"].with(Exit::Failed);
    let ended = call!["map", path, "--id", "nobody=external_id"].with(Exit::Failed);
    assert!(ended.err.contains("AIQ2007"), "{}", ended.err);
}

#[test]
fn fixed_ids_take_the_place_of_columns() {
    let (_folder, path) = folder_with(CERTAIN);
    let ended = call!["map", path, "--audience", "7", "--split", "1"].with(Exit::Fine);
    assert!(
        ended
            .out
            .starts_with(r#"{"attributes":[{"external_id":"u1","AIQ_7_1":true,"ltv":1.10},"#),
        "{}",
        ended.out
    );
}

#[test]
fn without_an_identifier_the_columns_are_named() {
    let (_folder, path) = folder_with("who,a\nx,1\n");
    let ended = call!["check", path].with(Exit::Failed);
    assert!(
        ended
            .err
            .contains("among \"who\", \"a\". Name it: --id COLUMN=external_id"),
        "{}",
        ended.err
    );
    call!["check", path, "--id", "who=external_id"].with(Exit::Fine);
    let ended = call!["inspect", path].with(Exit::Fine);
    assert!(
        ended.out.contains("No column is known to identify users"),
        "{}",
        ended.out
    );
}

/// A sandbox on a port of its own counts as a server like any other.
fn server(faults: &[Fault]) -> (Sandbox, TempDir, PathBuf) {
    let faults = faults.to_vec();
    let sandbox = Sandbox::start(sandbox::Options {
        faults,
        ..sandbox::Options::default()
    })
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    fs::write(&key, sandbox.key()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    }
    (sandbox, folder, key)
}

#[test]
fn what_is_only_likely_is_not_sent_to_a_server() {
    let (sandbox, _key_folder, key) = server(&[]);
    let (_folder, path) = folder_with(LIKELY);
    let url = sandbox.url();
    let ended = call![
        "push",
        path,
        "--endpoint",
        url,
        "--key-file",
        key,
        "--yes",
        "--no-preflight"
    ]
    .with(Exit::Failed);
    for words in [
        "\"customer_id\" is the external_id (likely",
        "--save mapping.json",
        "say it by flags: --id customer_id=external_id\n",
    ] {
        assert!(ended.err.contains(words), "{words}\n{}", ended.err);
    }
    let id = "customer_id=external_id";
    call![
        "push",
        path,
        "--endpoint",
        url,
        "--key-file",
        key,
        "--yes",
        "--no-preflight",
        "--id",
        id
    ]
    .with(Exit::Fine);
    assert_eq!(sandbox.report().accepted, 2);
}

#[test]
fn a_push_asks_once_and_takes_no_for_an_answer() {
    let (sandbox, _key_folder, key) = server(&[]);
    let (_folder, path) = folder_with(CERTAIN);
    let url = PathBuf::from(sandbox.url());
    let args = ["push", "--no-preflight", "--endpoint", "--key-file"].map(PathBuf::from);
    let [push, no_preflight, endpoint, key_file] = args;
    let args = [push, no_preflight, path, endpoint, url, key_file, key];
    let ended = call_with(&args, None).with(Exit::Failed);
    assert!(
        ended.err.contains("expected a terminal or --yes"),
        "{}",
        ended.err
    );
    let ended = call_with(&args, Some("n\n")).with(Exit::Failed);
    for words in [
        "Send 2 rows to http://127.0.0.1:",
        ": 1 request to set AIQ_12_3, ltv, at most 4 attribute writes (as many data points",
        "), 1 s at the limit?",
    ] {
        assert!(ended.err.contains(words), "{words}\n{}", ended.err);
    }
    assert_eq!(sandbox.report().requests, 0);
    call_with(&args, Some("yes\n")).with(Exit::Fine);
    assert_eq!(sandbox.report().accepted, 2);
}

#[test]
fn exit_codes_tell_refused_unknown_and_pending_rows() {
    let status = |status| Fault::Status {
        status,
        retry_after_secs: None,
    };
    for (fault, exit, words) in [
        (
            status(400),
            Exit::SomeRows,
            "Refused by Braze:\n  2 rows: 400",
        ),
        (
            status(401),
            Exit::Stopped,
            "Stopped: Braze does not accept the key: 401",
        ),
    ] {
        let (sandbox, _key_folder, key) = server(&[fault]);
        let (_folder, path) = folder_with(CERTAIN);
        let ended = call![
            "push",
            path,
            "--endpoint",
            sandbox.url(),
            "--key-file",
            key,
            "--yes",
            "--no-preflight"
        ];
        let ended = ended.with(exit);
        assert!(ended.out.contains(words), "{words}\n{}", ended.out);
    }
}

#[test]
fn events_whose_answer_is_lost_are_told_with_what_can_be_done() {
    let (sandbox, _key_folder, key) = server(&[Fault::Lost]);
    let (_folder, path) =
        folder_with("external_id,event_name,time\nu,Visited,2026-01-01T00:00:00Z\n");
    let url = sandbox.url();
    let ended = call![
        "push",
        path,
        "--endpoint",
        url,
        "--key-file",
        key,
        "--yes",
        "--no-preflight"
    ];
    let ended = ended.with(Exit::SomeRows);
    for words in [
        "Unknown: sent, and no answer".to_owned(),
        format!("aiq-braze runs decide 1 resend --endpoint {url}"),
    ] {
        assert!(ended.out.contains(&words), "{words}\n{}", ended.out);
    }
}

#[test]
fn a_push_without_rows_to_send_asks_for_nothing() {
    let (sandbox, _key_folder, key) = server(&[]);
    let (_folder, path) = folder_with("external_id,a\n,1\n");
    let ended = call!["push", path, "--endpoint", sandbox.url(), "--key-file", key];
    ended.with(Exit::SomeRows);
    assert_eq!(sandbox.report().requests, 0);
}

#[test]
fn rejected_rows_are_saved() {
    let (folder, path) = folder_with("external_id,a\n,1\nu,2\n");
    let rejects = folder.path().join("rejects.csv");
    for command in ["check", "map"] {
        call![command, path, "--rejects", rejects].with(Exit::SomeRows);
        let text = fs::read_to_string(&rejects).unwrap();
        assert!(
            text.lines().nth(1).unwrap().ends_with(",,1"),
            "{command}: {text}"
        );
        fs::remove_file(&rejects).unwrap();
    }
}

/// Takes a few bytes and leaves.
struct Head(usize);

impl Write for Head {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 < bytes.len() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        self.0 -= bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    for (command, wanted) in [
        ("inspect", Exit::Fine),
        ("check", Exit::SomeRows),
        ("diff", Exit::SomeRows),
        ("map", Exit::Fine), // it has not read all rows
        ("--help", Exit::Fine),
    ] {
        for is_json in [false, true] {
            if is_json && command == "map" {
                continue; // that wants a file
            }
            let mut args = vec![PathBuf::from(command), example("audience.csv")];
            args.extend((command == "diff").then(|| example("audience.csv")));
            args.extend(is_json.then(|| "--json".into()));
            // However soon the reader leaves.
            for n_bytes in [0, 20, 700] {
                let (exit, err) = call_into(&args, None, &mut Head(n_bytes));
                assert_eq!(exit, wanted, "{args:?}");
                assert!(!err.contains("aiq-braze: "));
            }
        }
    }
}

/// The arguments of a push of this export to this server, which asks for nothing.
fn push_args(export: &Path, sandbox: &Sandbox, key: &Path) -> Vec<PathBuf> {
    let url = sandbox.url();
    let words = [
        "push",
        "--yes",
        "--no-preflight",
        "--endpoint",
        &url,
        "--key-file",
    ];
    let mut args: Vec<_> = words.iter().map(PathBuf::from).collect();
    args.extend([key.to_owned(), export.to_owned()]);
    args
}

#[test]
fn a_reader_that_leaves_stops_no_push() {
    let denied = Fault::Status {
        status: 401,
        retry_after_secs: None,
    };
    let some_bad = "external_id,a\n,1\nu,2\n";
    for (text, fault, exit, n_accepted) in [
        (CERTAIN, Fault::None, Exit::Fine, 2),
        (some_bad, Fault::None, Exit::SomeRows, 1),
        (CERTAIN, denied, Exit::Stopped, 0),
    ] {
        for is_json in [false, true] {
            let (sandbox, _key_folder, key) = server(&[fault]);
            let (_folder, path) = folder_with(text);
            let mut args = push_args(&path, &sandbox, &key);
            args.extend(is_json.then(|| "--json".into()));
            let (ended, err) = call_into(&args, None, &mut Head(20));
            assert_eq!(ended, exit, "{err}");
            assert_eq!(sandbox.report().accepted, n_accepted, "{err}");
            assert!(err.contains("What became of the rows:"), "{err}");
        }
    }
}

/// A disk without space, told when data is handed over.
struct Full;

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::StorageFull.into())
    }
}

#[test]
fn an_account_that_cannot_be_written_is_said() {
    let (sandbox, _key_folder, key) = server(&[]);
    let (_folder, path) = folder_with("external_id,a\n,1\nu,2\n");
    let mut args = push_args(&path, &sandbox, &key);
    // The check is printed before anything is sent: there it is still a reason not to begin.
    let (exit, err) = call_into(&args, None, &mut Full);
    assert_eq!((exit, sandbox.report().requests), (Exit::Failed, 0));
    assert!(err.contains("cannot be written"), "{err}");
    args.push("--json".into());
    let (exit, err) = call_into(&args, None, &mut Full);
    assert_eq!((exit, sandbox.report().accepted), (Exit::SomeRows, 1));
    for words in [
        "aiq-braze: standard output cannot be written: ",
        "  accepted by Braze      1\n",
        "  rejected by the check  1\n",
    ] {
        assert!(err.contains(words), "{words}\n{err}");
    }
}

#[test]
fn no_file_of_a_run_is_written_over() {
    let (sandbox, _key_folder, key) = server(&[]);
    let (folder, path) = folder_with(CERTAIN);
    let mapping = folder.path().join("mapping.json");
    call!["inspect", path, "--save", mapping].with(Exit::Fine);
    let new = folder.path().join("new");
    let new_too = folder.path().join(".").join("new");
    for (ended, words) in [
        (
            call!["check", path, "-m", mapping, "--rejects", mapping],
            "the mapping as the place for --rejects",
        ),
        (
            call!["map", path, "-m", mapping, "-o", mapping],
            "the mapping as the place for --out",
        ),
        (
            call!["map", path, "-o", new, "--rejects", new_too],
            "--out as the place for --rejects",
        ),
        (
            call!["inspect", path, "--save", path],
            "the export itself as the place for --save",
        ),
    ] {
        let ended = ended.with(Exit::Failed);
        assert!(ended.err.contains(words), "{words}\n{}", ended.err);
    }
    let mut args = push_args(&path, &sandbox, &key);
    args.extend(["--rejects".into(), key.clone()]);
    let ended = call(&args).with(Exit::Failed);
    assert!(ended.err.contains("the key file as"), "{}", ended.err);
    assert_eq!(sandbox.report().requests, 0);
    assert_eq!(fs::read_to_string(&key).unwrap(), sandbox.key());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn nothing_that_a_terminal_obeys_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a\u{202e}b.csv");
    fs::write(&path, "external_id,a\u{9b}\nu1,x\u{1b}[2J\n").unwrap();
    let ids = ["--audience", "1\u{1b}[2J\n2", "--split", "3"];
    for args in [
        &["inspect"][..],
        &["check"],
        &["check", "--json"],
        &["push", "--endpoint", "sandbox"],
    ] {
        let ids = ids.iter().filter(|_| args[0] != "inspect");
        let mut args: Vec<_> = args.iter().chain(ids).map(PathBuf::from).collect();
        args.push(path.clone());
        let ended = call(&args);
        let said = ended.out + &ended.err;
        assert!(!said.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{said:?}");
        assert!(said.contains(r"a\u202eb.csv"), "{said}");
    }
}

/// Rows that are events by the flags of [`EVENT_FLAGS`]: one of them has no time.
const EVENTS: &str = "customer_id,crm,what,at,amount\n\
    u1,c1,Page Viewed,2026-01-02 03:04:05,1.10\n\
    u1,c1,Page Viewed,2026-01-02 03:04:05,1.10\n\
    u2,,Bought,2026-07-02T03:04:05Z,5\n\
    u3,c3,Bought,soon,7\n";
const EVENT_FLAGS: [&str; 8] = [
    "--id",
    "crm=user_alias:crm id",
    "--id",
    "customer_id=external_id",
    "--event",
    "column:what",
    "--time",
    "at@Europe/Madrid",
];

#[test]
fn events_are_listed_and_reach_the_sandbox() {
    let (_folder, path) = folder_with(EVENTS);
    let mut args: Vec<PathBuf> = vec!["check".into(), path.clone()];
    args.extend(EVENT_FLAGS.map(PathBuf::from));
    let ended = call(&args).with(Exit::SomeRows);
    for words in [
        "To send: 3 events in 1 request,",
        "  Event        count\n  Bought           1\n  Page Viewed      2\n",
        "column \"at\"",
    ] {
        assert!(ended.out.contains(words), "{words}\n{}", ended.out);
    }
    args.push("--json".into());
    let check = call(&args).with(Exit::SomeRows).json();
    let events =
        serde_json::json!([{"name": "Bought", "count": 1}, {"name": "Page Viewed", "count": 2}]);
    assert_eq!(check["events"], events);
    assert_eq!(
        (&check["audiences"], &check["left_out"]),
        (&serde_json::json!([]), &0.into())
    );

    args[0] = "map".into();
    let bodies = call(&args[..args.len() - 1]).with(Exit::SomeRows).out;
    let body: Value = serde_json::from_str(bodies.trim_end()).unwrap();
    let event = &body["events"][0];
    assert_eq!(event["user_alias"]["alias_label"], "crm id");
    assert_eq!(event["time"], "2026-01-02T02:04:05Z");
    assert_eq!(event["properties"], serde_json::json!({"amount": 1.10}));

    let (sandbox, _key_folder, key) = server(&[]);
    let mut args = push_args(&path, &sandbox, &key);
    args.extend(EVENT_FLAGS.map(PathBuf::from));
    let ended = call(&args).with(Exit::SomeRows);
    for words in [
        "  accepted by Braze      3\n",
        "the filter Custom Event, and the event's exact name:\n  Bought\n  Page Viewed\n",
    ] {
        assert!(ended.out.contains(words), "{words}\n{}", ended.out);
    }
    let report = sandbox.report();
    assert_eq!((report.events, report.accepted), (3, 3));

    let mut args: Vec<PathBuf> = ["push", "--endpoint", "sandbox"]
        .map(PathBuf::from)
        .to_vec();
    args.push(path);
    args.extend(EVENT_FLAGS.map(PathBuf::from));
    let ended = call(&args).with(Exit::SomeRows);
    let words = "The sandbox holds 3 events and 1 profile by its own count";
    assert!(ended.err.contains(words), "{}", ended.err);
}

#[test]
fn a_lost_answer_is_no_reason_to_send_events_again() {
    let (sandbox, _key_folder, key) = server(&[Fault::Lost]);
    let (_folder, path) = folder_with(EVENTS);
    let mut args = push_args(&path, &sandbox, &key);
    args.extend(EVENT_FLAGS.map(PathBuf::from));
    let ended = call(&args).with(Exit::SomeRows);
    assert!(
        ended.out.contains("  unknown                3\n"),
        "{}",
        ended.out
    );
    let report = sandbox.report();
    assert_eq!((report.events, report.requests), (3, 1));
}

#[test]
fn rows_that_the_mapping_leaves_out_are_counted() {
    let (folder, path) = folder_with("external_id,kind\nu1,a\nu2,b\nu3,b\n");
    let mapping = folder.path().join("mapping.json");
    let text = r#"{"version": 1, "rows": "attributes", "where": {"column": "kind", "in": ["a"]},
        "identifiers": [{"column": "external_id", "as": "external_id"}],
        "columns": [{"header": "kind", "type": "text"}]}"#;
    fs::write(&mapping, text).unwrap();
    let ended = call!["check", path, "-m", mapping].with(Exit::Fine);
    let words = "2 with nothing to send (2 left out by the mapping's where)";
    assert!(ended.out.contains(words), "{}", ended.out);
    let check = call!["check", path, "-m", mapping, "--json"]
        .with(Exit::Fine)
        .json();
    assert_eq!(
        (&check["left_out"], &check["objects"]),
        (&2.into(), &1.into())
    );
}

#[test]
fn every_kind_of_identifier_has_a_flag() {
    let (_folder, path) = folder_with("who,a\nu@x.co,1\n");
    for (kind, key) in [
        ("external_id", "external_id"),
        ("email", "email"),
        ("user_alias:a=b", "user_alias"),
    ] {
        let id = format!("who={kind}");
        let ended = call!["map", path, "--id", id].with(Exit::Fine);
        let start = format!("{{\"attributes\":[{{\"{key}\":");
        assert!(ended.out.starts_with(&start), "{}", ended.out);
    }
    for wrong in [
        "who",
        "who=name",
        "who=user_alias",
        "who=user_alias:",
        "=user_alias:x",
    ] {
        let ended = call!["map", path, "--id", wrong].with(Exit::Failed);
        assert!(
            ended.err.contains("user_alias:LABEL"),
            "{wrong}\n{}",
            ended.err
        );
    }
}

#[test]
fn mistakes_in_arguments_say_what_was_expected() {
    for (args, words) in [
        (
            &["chek", "x.csv"][..],
            "chek: found neither a file nor a subcommand",
        ),
        (&["check"], "FILE"),
        (
            &["check", "x.csv", "--event", "e", "--audience", "1"],
            "cannot be used with",
        ),
        (
            &["check", "/no/such.csv"],
            "/no/such.csv: there is no such file",
        ),
        (&["push", "x.csv"], "--endpoint"),
        (
            &["push", "x.csv", "--endpoint", "US-09"],
            "no instance of Braze",
        ),
        (
            &[
                "push",
                "x.csv",
                "--endpoint",
                "US-01",
                "--key-file",
                "/no/key",
            ],
            "/no/key: the key file cannot be read",
        ),
        (
            &["push", "x.csv", "--endpoint", "sandbox", "--key", "secret"],
            "--key",
        ),
    ] {
        let ended = call(args).with(Exit::Failed);
        assert!(ended.err.contains(words), "{words}\n{}", ended.err);
        assert!(
            ended.out.is_empty() && !ended.err.contains("secret"),
            "{}",
            ended.err
        );
    }
    #[cfg(not(feature = "window"))]
    {
        let (_folder, path) = folder_with(CERTAIN);
        let ended = call![path].with(Exit::Failed);
        assert!(
            ended.err.contains("this build has no window"),
            "{}",
            ended.err
        );
    }
    let version = call!["--version"].with(Exit::Fine).out;
    assert_eq!(
        version,
        format!("aiq-braze {}\n", env!("CARGO_PKG_VERSION"))
    );
}

/// Standard input with this on it.
fn call_piped(args: &[&Path], stdin: &[u8]) -> Ended {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let console = Console {
        input: &mut &*stdin,
        out: &mut out,
        err: &mut err,
        is_asked: false,
        is_typed: false,
        is_watched: false,
        is_unheard: false,
        is_interrupted: false,
        last_shown: None,
        log: None,
        manner: Manner::default(),
    };
    let program = [Path::new("aiq-braze")];
    let exit = run(program.iter().chain(args), console);
    let [out, err] = [out, err].map(|bytes| String::from_utf8(bytes).unwrap());
    Ended { exit, out, err }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_packed_export_is_pushed_like_any_other() {
    let text = fs::read(example("audience.csv")).unwrap();
    let (_folder, path) = folder_with("");
    fs::write(&path, gzip(&text)).unwrap();
    let ended = call!["push", path, "--endpoint", "sandbox", "--json"].with(Exit::SomeRows);
    let push = ended.json();
    assert_eq!(push["account"]["accepted"], 4988);
    assert_eq!(push["account"]["rejected"], 12);
    assert_eq!(push["balanced"], true);
    let said = "export.csv: unpacked from gzip\n";
    assert!(ended.err.contains(said), "{}", ended.err);
}

#[test]
fn a_folder_of_parts_gives_the_bodies_of_the_whole() {
    let (_whole, path) = folder_with(CERTAIN);
    let bodies = call!["map", path].with(Exit::Fine).out;
    let folder = tempfile::tempdir().unwrap();
    let mut lines = CERTAIN.lines();
    let header = lines.next().unwrap();
    for (name, row) in ["part-2.csv", "part-10.csv"].iter().zip(lines) {
        fs::write(folder.path().join(name), format!("{header}\n{row}\n")).unwrap();
    }
    fs::write(folder.path().join("_SUCCESS"), "").unwrap();
    let ended = call!["map", folder.path()].with(Exit::Fine);
    assert_eq!(ended.out, bodies);
    let said = "_SUCCESS: passed over";
    assert!(ended.err.contains(said), "{}", ended.err);
    let found = call!["inspect", folder.path(), "--json"]
        .with(Exit::Fine)
        .json();
    assert_eq!(found["export"]["files"][1], "part-10.csv");
    assert_eq!(found["notes"][0]["kind"], "skipped");
    assert_eq!(found["notes"][0]["why"], "marker");
}

#[test]
fn standard_input_is_checked_and_mapped() {
    let (check, map, stdin) = (Path::new("check"), Path::new("map"), Path::new("-"));
    let (_folder, path) = folder_with(CERTAIN);
    let bodies = call!["map", path].with(Exit::Fine).out;
    for bytes in [CERTAIN.as_bytes().to_vec(), gzip(CERTAIN.as_bytes())] {
        let ended = call_piped(&[check, stdin], &bytes).with(Exit::Fine);
        let totals = "standard input: 2 rows, 0 rejected";
        assert!(ended.out.contains(totals), "{}", ended.out);
        assert_eq!(
            call_piped(&[map, stdin], &bytes).with(Exit::Fine).out,
            bodies
        );
    }
    let ended = call_piped(&[check, stdin, stdin], b"").with(Exit::Failed);
    assert!(ended.err.contains("named twice"), "{}", ended.err);
    let ended = call!["check", "-"].with(Exit::Failed);
    assert!(ended.err.contains("check - < export.csv"), "{}", ended.err);
}

#[test]
fn another_encoding_gives_the_bodies_of_its_twin() {
    let text = "external_id,first_name\nu1,Zoë\nu2,“François” – €5\n";
    let (_folder, path) = folder_with(text);
    let bodies = call!["map", path].with(Exit::Fine).out;
    assert!(bodies.contains("Zoë"), "{bodies}");
    let windows_1252 = encoding_rs::WINDOWS_1252.encode(text).0;
    let utf16: Vec<_> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, name) in [(&windows_1252[..], "Windows-1252"), (&utf16, "UTF-16LE")] {
        fs::write(&path, bytes).unwrap();
        let ended = call!["map", path].with(Exit::Fine);
        assert_eq!(ended.out, bodies);
        let said = format!("export.csv: read as {name}. If that is wrong, say --encoding");
        assert!(ended.err.contains(&said), "{}", ended.err);
        let given = name.to_lowercase();
        let ended = call!["map", path, "--encoding", given].with(Exit::Fine);
        assert_eq!(ended.out, bodies);
    }
    fs::write(&path, &windows_1252).unwrap();
    call!["map", path, "--encoding", "utf-8"].with(Exit::SomeRows);
    call!["map", path, "--encoding", "klingon"].with(Exit::Failed);
}

#[test]
fn an_export_that_lacks_rows_is_told_and_not_pushed() {
    let (folder, path) = folder_with(CERTAIN);
    let count = folder.path().join("export.csv.count");
    fs::write(&count, "2\n").unwrap();
    let ended = call!["check", path].with(Exit::Fine);
    assert!(
        ended.err.contains("export.csv.count: says what"),
        "{}",
        ended.err
    );

    fs::write(&count, "3\n").unwrap();
    let ended = call!["check", path].with(Exit::SomeRows);
    let told = "AIQ1020 row-count-differs: 1 file: another number of rows than was announced\n  \
                file \"export.csv\": found 2, expected 3 (export.csv.count)\n";
    assert!(ended.out.contains(told), "{}", ended.out);
    let check = call!["check", path, "--json"].with(Exit::SomeRows).json();
    assert_eq!(check["problems"][0]["first"][0]["file_name"], "export.csv");
    let ended = call!["map", path].with(Exit::SomeRows);
    assert!(
        ended.err.contains("AIQ1020: file \"export.csv\""),
        "{}",
        ended.err
    );

    let ended = call!["push", path, "--endpoint", "sandbox"].with(Exit::Failed);
    assert!(
        ended.err.contains("--allow-incomplete. Nothing was sent"),
        "{}",
        ended.err
    );
    let ended = call!["push", path, "--endpoint", "sandbox", "--allow-incomplete"];
    let out = ended.with(Exit::Fine).out;
    assert!(out.contains("accepted by the sandbox"), "{out}");
}

#[test]
fn one_file_is_not_pushed_twice() {
    let (_folder, path) = folder_with(CERTAIN);
    let ended = call!["push", path, path, "--endpoint", "sandbox"].with(Exit::Failed);
    assert!(ended.err.contains("would be sent twice"), "{}", ended.err);
}
