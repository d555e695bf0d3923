//! Ready-made bodies, further forms of output, facts about columns, and users with two values.

use super::*;

const ATTRIBUTES: &str =
    r#"{"version":1,"rows":"attributes","identifiers":[{"column":"id","as":"external_id"}]}"#;

/// A folder with an export and a mapping of attributes: (folder, export, mapping).
fn attributes(export: &str) -> (TempDir, PathBuf, PathBuf) {
    let (folder, path) = folder_with(export);
    let mapping = folder.path().join("mapping.json");
    fs::write(&mapping, ATTRIBUTES).unwrap();
    (folder, path, mapping)
}

#[test]
fn what_map_writes_is_valid() {
    let (folder, path) = folder_with(CERTAIN);
    let bodies = folder.path().join("bodies");
    call!["map", path, "-o", bodies].with(Exit::Fine);
    let validated = call!["validate", bodies, "--json"].with(Exit::Fine).json();
    let file = &validated["files"][0];
    assert_eq!(
        [&file["bodies"], &file["attributes"], &file["errors"]],
        [1, 2, 0]
    );
    assert_eq!(call!["validate", "-q", bodies].with(Exit::Fine).out, "");
}

#[test]
fn bodies_are_found_alone_by_line_and_on_standard_input() {
    let good = r#"{"attributes":[{"external_id":"u1","a":1}]}"#;
    let bad = r#"{"attributes":[{"a":1}]}"#;
    let (folder, _) = folder_with("");
    for (name, text, n_bodies, bad_line) in [
        ("body.json", good.to_owned(), 1, None),
        ("body.json", format!("{good}\n\n"), 1, None),
        ("body.json", good.replace(',', ",\n"), 1, None),
        ("body.json", bad.replace('[', "\n["), 1, Some(2)),
        ("bodies.json", format!("{good}\n{good}"), 2, None),
        (
            "bodies.json",
            format!("{good}\r\n\r\n{bad}\r\n"),
            2,
            Some(3),
        ),
        // Of lines that are called so, the first may be the broken one.
        ("bodies.jsonl", format!("{{\n{good}\n"), 2, Some(1)),
        ("empty.json", String::new(), 1, Some(1)),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, &text).unwrap();
        let exit = bad_line.map_or(Exit::Fine, |_| Exit::SomeRows);
        let file = call!["validate", path, "--json"].with(exit).json()["files"][0].clone();
        assert_eq!(file["bodies"], n_bodies, "{text:?}");
        let line = &file["problems"][0]["first"][0]["line"];
        assert_eq!(line.as_u64(), bad_line, "{text:?}");
        let piped = call_piped(
            &[Path::new("validate"), Path::new("-"), Path::new("--json")],
            text.as_bytes(),
        );
        if name != "bodies.jsonl" {
            assert_eq!(piped.with(exit).json()["files"][0]["bodies"], n_bodies);
        }
    }
    let ended = call!["validate", "-"].with(Exit::Failed);
    assert!(ended.err.contains("standard input"), "{}", ended.err);
    let ended = call!["validate", folder.path().join("none")].with(Exit::Failed);
    assert!(ended.err.contains("cannot be read"), "{}", ended.err);
}

#[test]
fn warnings_alone_are_fine() {
    let (folder, _) = folder_with("");
    let path = folder.path().join("body.json");
    // The same user twice in one request.
    fs::write(
        &path,
        r#"{"attributes":[{"external_id":"u1","country":"Spain"}]}"#,
    )
    .unwrap();
    let file = call!["validate", path, "--json"].with(Exit::Fine).json()["files"][0].clone();
    assert_eq!(file["errors"], 0);
    assert_eq!(file["warnings"], 1, "{file}");
    let out = call!["validate", path].with(Exit::Fine).out;
    assert!(out.contains("0 errors, 1 warning"), "{out}");
}

#[test]
fn a_body_without_an_end_is_refused() {
    let (folder, _) = folder_with("");
    let path = folder.path().join("body.json");
    let file = fs::File::create(&path).unwrap();
    file.set_len((64 << 20) + 1).unwrap();
    let ended = call!["validate", path].with(Exit::Failed);
    assert!(
        ended.err.contains("more than 64 MB from line 1"),
        "{}",
        ended.err
    );
}

#[test]
fn the_same_objects_come_in_the_forms_of_brazes_imports() {
    let (_folder, path) = folder_with(CERTAIN);
    let n_lines = |out: &str| out.lines().count();
    let csv = call!["map", path, "--as", "braze-csv"].with(Exit::Fine).out;
    let head = csv.lines().next().unwrap();
    assert!(
        head.contains("external_id") && head.contains("AIQ_"),
        "{csv}"
    );
    assert_eq!(n_lines(&csv), 3, "{csv}");
    let cdi = call!["map", path, "--as", "cdi"].with(Exit::Fine).out;
    assert_eq!(n_lines(&cdi), 2);
    for line in cdi.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        assert!(row["external_id"].is_string(), "{line}");
    }
    let bodies = call!["map", path, "--as", "bodies"].with(Exit::Fine).out;
    assert_eq!(bodies, call!["map", path].with(Exit::Fine).out);
}

#[test]
fn what_a_form_cannot_express_is_said_before_anything_is_written() {
    let (folder, path, mapping) = attributes("id,a\n1,x\n");
    let text = ATTRIBUTES.replace("\"rows\"", "\"unknown_users\":\"skip\",\"rows\"");
    fs::write(&mapping, text).unwrap();
    let out = folder.path().join("out.csv");
    for form in ["braze-csv", "cdi"] {
        let ended = call!["map", path, "-m", mapping, "--as", form, "-o", out].with(Exit::Failed);
        assert!(ended.err.contains("unknown_users"), "{}", ended.err);
        assert!(!out.exists());
    }
}

#[test]
fn inspect_reads_the_whole_export() {
    // What spoils the column comes long behind the first rows.
    let mut export = "external_id,ltv\n".to_owned();
    for number in 0..60_000 {
        export += &format!("u{number},{number}\n");
    }
    export += "u60000,n/a\n";
    let (_folder, path) = folder_with(&export);
    let inspected = call!["inspect", path, "--json"].with(Exit::Fine).json();
    let facts = &inspected["facts"];
    assert_eq!(facts["rows"], 60_001);
    assert_eq!(facts["columns"][1]["kind"], "text");
    assert_eq!(facts["columns"][1]["longest"]["characters"], 5);
    let finding = &inspected["findings"][0];
    assert_eq!(finding["name"], "mixed-forms");
    assert_eq!(finding["row"], 60_001);
    let out = call!["inspect", path].with(Exit::Fine).out;
    assert!(out.contains("60,001 rows"), "{out}");
    assert!(out.contains("mixed-forms: column \"ltv\""), "{out}");
    let quick = call!["inspect", path, "--quick", "--json"]
        .with(Exit::Fine)
        .json();
    assert!(quick["facts"].is_null());
    assert_eq!(quick["findings"].as_array().unwrap().len(), 0);
}

#[test]
fn users_with_two_values_are_told_wherever_they_stand() {
    let mut export = "id,tier,city\nfirst,gold,Rome\n".to_owned();
    for number in 0..200 {
        export += &format!("u{number},gold,Rome\n");
    }
    export += "first,silver,Rome\nu7,bronze,Oslo\n";
    let (_folder, path, mapping) = attributes(&export);
    let check = call!["check", path, "-m", mapping, "--json"]
        .with(Exit::Fine)
        .json();
    let problems: Vec<_> = check["problems"].as_array().unwrap().iter().collect();
    let told = problems.iter().map(|problem| {
        let rows = problem["first"].as_array().unwrap().iter();
        let rows: Vec<_> = rows
            .map(|problem| problem["row"].as_u64().unwrap())
            .collect();
        (
            problem["name"].as_str().unwrap(),
            problem["column"].as_str().unwrap(),
            problem["count"].as_u64().unwrap(),
            rows,
        )
    });
    let told: Vec<_> = told.collect();
    assert_eq!(
        told,
        [
            ("conflicting-values", "tier", 2, vec![202, 203]),
            ("conflicting-values", "city", 1, vec![203])
        ]
    );
    // A push's own pass does not look for them, and sends all the same.
    let push = call![
        "push",
        path,
        "-m",
        mapping,
        "--endpoint",
        "sandbox",
        "--json"
    ]
    .with(Exit::Fine)
    .json();
    assert_eq!(push["account"]["accepted"], 203);
    assert_eq!(push["check"]["problems"][0]["count"], 2);
    for command in [&["check"][..], &["push", "--endpoint", "sandbox"]] {
        let mut args: Vec<&Path> = command.iter().map(Path::new).collect();
        args.extend([
            path.as_path(),
            Path::new("-m"),
            &mapping,
            Path::new("--no-conflicts"),
        ]);
        let out = call(&args).with(Exit::Fine).out;
        assert!(!out.contains("conflicting-values"), "{out}");
    }
}

#[test]
fn events_of_the_future_are_told() {
    let export = "external_id,at\nu1,2020-01-01T00:00:00Z\nu2,2999-01-01T00:00:00Z\n";
    let (_folder, path) = folder_with(export);
    let args = ["--event", "Visited", "--time", "at"];
    let with = |command: &[&str]| {
        let mut all: Vec<_> = command.iter().map(PathBuf::from).collect();
        all.push(path.clone());
        all.extend(args.iter().map(PathBuf::from));
        call(&all).with(Exit::Fine)
    };
    let check = with(&["check", "--json"]).json();
    assert_eq!(check["problems"][0]["name"], "future-time");
    let push = with(&["push", "--endpoint", "sandbox", "--json"]).json();
    assert_eq!(push["account"]["accepted"], 2);
}
