//! Two exports compared by the real binary: what it says and writes, and how much memory that takes.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use aiq_braze_tests::exports;
use aiq_braze_tests::program::Program;
use aiq_braze_tests::random::Random;
use serde_json::{Map, Value};

const MAPPING: &str = r#"{"version":1,"rows":"audience",
    "identifiers":[{"column":"customer_id","as":"external_id"}],
    "unknown_users":"skip",
    "audience":{"id":{"column":"audience_id"},"split":{"column":"split_id"},
                "member":{"column":"status","true":["entered"],"false":["exited"]}},
    "columns":[{"header":"ltv","type":"number"}]}"#;

const OLD: &str = "customer_id,audience_id,split_id,status,ltv,tier\n\
                   u1,1042,1,entered,1.10,gold\n\
                   u2,1042,1,entered,5,\n\
                   u3,1042,2,entered,7,silver\n\
                   u4,1042,1,exited,,\n\
                   u5,1042,1,entered,2,gold\n";

/// Another order of columns and rows; `u2` has another value, `u3` moved, `u4` and `u5` are gone.
const NEW: &str = "customer_id,status,audience_id,split_id,ltv,city\n\
                   u6,entered,1042,1,9,Bilbao\n\
                   u3,entered,1042,1,7,\n\
                   u2,entered,1042,1,6,\n\
                   u1,entered,1042,1,1.10,\n";

fn diff(folder: &Path, args: &[&str], code: i32) -> Value {
    let ended = Program::new(folder)
        .args(["diff", "old.csv", "new.csv", "-m", "mapping.json"])
        .args(["--json", "-o", "difference.jsonl"])
        .args(args)
        .run()
        .with_code(code);
    serde_json::from_slice(&ended.stdout).expect("one JSON object")
}

fn desk(old: &str, new: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for (name, text) in [
        ("old.csv", old),
        ("new.csv", new),
        ("mapping.json", MAPPING),
    ] {
        fs::write(folder.path().join(name), text).expect("it is writable");
    }
    folder
}

fn bodies(folder: &Path) -> String {
    fs::read_to_string(folder.join("difference.jsonl")).expect("it was written")
}

#[test]
fn the_difference_is_told_and_written() {
    let folder = desk(OLD, NEW);
    let told = diff(folder.path(), &[], 0);
    assert_eq!(
        bodies(folder.path()),
        concat!(
            r#"{"attributes":["#,
            r#"{"external_id":"u6","_update_existing_only":true,"AIQ_1042_1":true,"ltv":9,"city":"Bilbao"},"#,
            r#"{"external_id":"u3","_update_existing_only":true,"AIQ_1042_1":true},"#,
            r#"{"external_id":"u2","_update_existing_only":true,"ltv":6},"#,
            r#"{"external_id":"u3","_update_existing_only":true,"AIQ_1042_2":false},"#,
            r#"{"external_id":"u5","_update_existing_only":true,"AIQ_1042_1":false}"#,
            "]}\n"
        )
    );
    assert_eq!(
        told["users"].to_string(),
        r#"{"changed":2,"joined":1,"left":2,"unchanged":1,"unsure":0}"#
    );
    assert_eq!(
        told["columns"].to_string(),
        r#"{"only_new":["city"],"only_old":["tier"]}"#
    );
    assert_eq!(told["objects"], 5);
    Program::new(folder.path())
        .args(["validate", "difference.jsonl"])
        .run()
        .with_code(0);
}

#[test]
fn a_row_that_cannot_be_read_makes_nobody_a_leaver() {
    let known = NEW.to_owned() + "u5,paused,1042,1,2,\n";
    let folder = desk(OLD, &known);
    let told = diff(folder.path(), &[], 1);
    assert_eq!(
        (&told["users"]["unsure"], &told["unread_rows"]),
        (&1.into(), &0.into())
    );
    assert!(!bodies(folder.path()).contains("u5"));
    assert!(bodies(folder.path()).contains("\"AIQ_1042_2\":false"));

    let unknown = NEW.to_owned() + "u5,1042\n";
    let folder = desk(OLD, &unknown);
    let told = diff(folder.path(), &[], 1);
    assert_eq!(
        (&told["leavers_held"], &told["unread_rows"]),
        (&2.into(), &1.into())
    );
    assert!(!bodies(folder.path()).contains("false"));
    let told = diff(folder.path(), &["--allow-rejects", "1"], 0);
    assert_eq!(told["leavers_held"], 0);
    assert!(
        bodies(folder.path()).contains(r#""u5","_update_existing_only":true,"AIQ_1042_1":false"#)
    );
}

#[test]
fn nobody_has_left_who_may_be_there_by_another_name() {
    let folder = desk(
        "customer_id,mail,audience_id,split_id\n,ana@example.com,1042,1\nu2,,1042,1\n",
        "customer_id,mail,audience_id,split_id\nu1,ana@example.com,1042,1\nu2,,1042,1\n",
    );
    let mapping = r#"{"version":1,"rows":"audience",
        "identifiers":[{"column":"customer_id","as":"external_id"},{"column":"mail","as":"email"}],
        "audience":{"id":{"column":"audience_id"},"split":{"column":"split_id"}}}"#;
    fs::write(folder.path().join("mapping.json"), mapping).expect("the folder is ours");
    let told = diff(folder.path(), &[], 0);
    assert_eq!(
        (&told["leavers_held"], &told["objects"]),
        (&1.into(), &1.into())
    );
    assert!(!bodies(folder.path()).contains("false"));
    let ended = Program::new(folder.path())
        .args(["diff", "old.csv", "new.csv", "-m", "mapping.json"])
        .run()
        .with_code(0);
    let words = String::from_utf8_lossy(&ended.stdout);
    assert!(
        words.contains("Not ended: 1 membership")
            && words.contains("The mapping has several identifiers"),
        "{words}"
    );
}

#[test]
fn all_that_is_said_of_a_user_with_an_operator_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let mapping = r#"{"version":1,"rows":"attributes",
        "identifiers":[{"column":"id","as":"external_id"}]}"#;
    let old = r#"{"id":"u1","n":{"inc":1},"x":"a"}
{"id":"u2","n":1}
"#;
    let new = r#"{"id":"u1","n":{"inc":1},"x":"a"}
{"id":"u2","n":1}
{"id":"u1","n":{"inc":2}}
"#;
    for (name, text) in [
        ("old.jsonl", old),
        ("new.jsonl", new),
        ("mapping.json", mapping),
    ] {
        fs::write(folder.path().join(name), text).expect("the folder is ours");
    }
    Program::new(folder.path())
        .args(["diff", "old.jsonl", "new.jsonl", "-m", "mapping.json"])
        .args(["-o", "difference.jsonl"])
        .run()
        .with_code(0);
    let first = r#"{"external_id":"u1","n":{"inc":1},"x":"a"}"#;
    let second = r#"{"external_id":"u1","n":{"inc":2}}"#;
    assert_eq!(
        bodies(folder.path()).trim_end(),
        format!(r#"{{"attributes":[{first},{second}]}}"#)
    );
}

#[test]
fn events_are_refused() {
    let folder = desk(OLD, NEW);
    let ended = Program::new(folder.path())
        .args([
            "diff",
            "old.csv",
            "new.csv",
            "--id",
            "customer_id=external_id",
        ])
        .args(["--event", "seen", "--time", "ltv"])
        .run()
        .with_code(2);
    assert!(
        ended.stderr.contains("expected rows about users"),
        "{}",
        ended.stderr
    );
}

#[test]
fn exports_are_read_as_they_are_said_to_be_written() {
    let folder = desk("", "");
    let bytes: Vec<u8> = OLD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for name in ["old.csv", "new.csv"] {
        fs::write(folder.path().join(name), &bytes).expect("it is writable");
    }
    let told = diff(folder.path(), &["--encoding", "utf-16le"], 0);
    assert_eq!(told["users"]["unchanged"], 5);
}

/// What all bodies of an export say of each user.
fn model(folder: &Path, export: &str) -> BTreeMap<String, Map<String, Value>> {
    let ended = Program::new(folder)
        .args(["map", export, "-m", "mapping.json", "-q"])
        .run();
    let mut model = BTreeMap::new();
    for line in ended.lines() {
        apply(&mut model, line);
    }
    model
}

fn apply(model: &mut BTreeMap<String, Map<String, Value>>, body: &str) {
    let body: Value = serde_json::from_str(body).expect("a body is JSON");
    for object in body["attributes"].as_array().expect("it has attributes") {
        let mut said = object.as_object().expect("it is an object").clone();
        let user = said.remove("external_id").expect("it names its user");
        let user = user.as_str().expect("an id is a text").to_owned();
        said.remove("_update_existing_only"); // no value: a leaver is never created
        model.entry(user).or_default().extend(said);
    }
}

/// Lines in an order of their own.
fn shuffled(text: &str, seed: u64) -> String {
    let (header, rows) = text.split_once('\n').expect("there is a header");
    let mut rows: Vec<_> = rows.lines().collect();
    let mut random = Random::new(seed);
    for place in (1..rows.len()).rev() {
        rows.swap(place, random.below(place as u64 + 1) as usize);
    }
    format!("{header}\n{}\n", rows.join("\n"))
}

#[test]
fn the_old_export_and_the_difference_are_the_new_one() {
    // One line a row, so that lines can be shuffled.
    let export = |rows: u64, seed: u64| {
        let bytes = exports::membership(rows, seed);
        String::from_utf8(bytes).expect("it is UTF-8")
    };
    let folder = desk(&export(20_000, 1), &shuffled(&export(18_000, 2), 3));
    let mapping = r#"{"version":1,"rows":"audience","identifiers":[{"column":"external_id","as":"external_id"}],
        "audience":{"id":{"column":"audience_id"},"split":{"column":"split_id"}}}"#;
    fs::write(folder.path().join("mapping.json"), mapping).expect("it is writable");
    let told = diff(folder.path(), &[], 0);
    let (mut old, new) = (
        model(folder.path(), "old.csv"),
        model(folder.path(), "new.csv"),
    );
    assert_eq!(told["users"]["left"], (old.len() - new.len()) as u64);
    for body in bodies(folder.path()).lines() {
        apply(&mut old, body);
    }
    for (user, said) in &mut old {
        let of_new = new.get(user);
        for (name, value) in said {
            let wanted = of_new.and_then(|said| said.get(name));
            assert_eq!(
                value,
                wanted.unwrap_or(&Value::Bool(false)),
                "{user} {name}"
            );
        }
    }
}
