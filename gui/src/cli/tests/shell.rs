//! What every subcommand takes, and the ones that only tell.

use super::*;

#[test]
fn codes_are_found_by_id_number_and_name() {
    let wanted = call!["explain", "AIQ1004"].with(Exit::Fine).out;
    assert!(
        wanted.starts_with("AIQ1004 unclosed-quote (error): "),
        "{wanted}"
    );
    for code in ["aiq1004", "1004", "Unclosed-Quote"] {
        assert_eq!(call!["explain", code].with(Exit::Fine).out, wanted);
    }
    let ended = call!["explain", "bad-numer"].with(Exit::Failed);
    assert!(
        ended.err.contains("Near to it: AIQ3003 bad-number"),
        "{}",
        ended.err
    );
    let ended = call!["explain", "zebra"].with(Exit::Failed);
    assert!(ended.err.contains("aiq-braze explain"), "{}", ended.err);
    let all = call!["explain"].with(Exit::Fine).out;
    assert_eq!(all.lines().count(), aiq_braze::Code::ALL.len());
}

#[test]
fn what_could_not_run_tells_programs_why() {
    let (folder, path) = folder_with(CERTAIN);
    let folder = folder.path();
    let fits_not = folder.join("mapping.json");
    fs::write(
        &fits_not,
        r#"{"version":1,"rows":"attributes","identifiers":[{"column":"external_id","as":"external_id"},
            {"column":"nobody","as":"email"}]}"#,
    )
    .unwrap();
    let (path, fits_not) = (path.to_str().unwrap(), fits_not.to_str().unwrap());
    let nobody = folder.join("nobody");
    let nobody = nobody.to_str().unwrap();
    for (args, code) in [
        (&["inspect", nobody][..], None),
        (&["check", path, "-m", fits_not], Some("AIQ2007")),
        (&["check", path, "-m", nobody], None),
        (
            &["map", path, "-m", fits_not, "-o", nobody],
            Some("AIQ2007"),
        ),
        (
            &["push", path, "-m", fits_not, "--endpoint", "sandbox"],
            Some("AIQ2007"),
        ),
        (&["push", path, "--endpoint", "nowhere"], None),
        (&["validate", nobody], None),
        (&["explain", "zebra"], None),
        // Arguments that no subcommand takes.
        (&["sandbox", "--port", "65536"], None),
        (&["endpoints", "--all"], None),
        (&["map", path], None),
        (&[], None),
        (&["zebra", path], None),
    ] {
        let args: Vec<_> = args.iter().chain(&["--json"]).collect();
        let ended = call(&args).with(Exit::Failed);
        let told = ended.json();
        assert_eq!(told["format"], 1, "{args:?}");
        let message = told["error"]["message"].as_str().unwrap();
        assert!(
            !message.is_empty() && ended.err.contains(message),
            "{args:?}: {message}"
        );
        let problems = told["error"]["problems"].as_array().unwrap();
        let codes: Vec<_> = problems
            .iter()
            .map(|problem| problem["code"].as_str())
            .collect();
        assert_eq!(codes, Vec::from_iter(code.map(Some)), "{args:?}");
    }
    let (path, json) = (Path::new(nobody), Path::new("--json"));
    for args in [
        &[Path::new("inspect"), path][..],
        &[Path::new("inspect"), Path::new("--"), path, json],
    ] {
        assert_eq!(call(args).with(Exit::Failed).out, "", "nobody asked for it");
    }
}

#[test]
fn the_schema_is_json_and_is_that_of_the_core() {
    let schema = call!["schema"].with(Exit::Fine).out;
    assert_eq!(schema, aiq_braze::mapping::SCHEMA);
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
}

#[test]
fn every_shell_gets_its_script() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = call!["completions", shell].with(Exit::Fine).out;
        for word in ["inspect", "allow-rejects", "aiq-braze"] {
            assert!(script.contains(word), "{shell} knows {word}");
        }
    }
    call!["completions", "csh"].with(Exit::Failed);
}

#[test]
fn bash_finds_its_way_into_every_subcommand() {
    let script = call!["completions", "bash"].with(Exit::Fine).out;
    let states = script
        .lines()
        .filter_map(|line| line.trim().strip_prefix("cmd=\"aiq"));
    let states: Vec<_> = states.map(|state| state.trim_end_matches('"')).collect();
    assert!(states.len() > 9, "{states:?}");
    for state in states {
        let arm = format!("        aiq{state})\n");
        assert!(script.contains(&arm), "{arm} is missing");
    }
}

#[test]
fn every_endpoint_that_is_listed_is_taken() {
    let listed = call!["endpoints", "--json"].with(Exit::Fine).json();
    let listed = listed["endpoints"].as_array().unwrap();
    assert_eq!(listed.len(), 15);
    let (_folder, path) = folder_with(CERTAIN);
    for endpoint in listed.iter().take(3) {
        for key in ["name", "dashboard", "rest"] {
            let endpoint = endpoint[key].as_str().unwrap();
            let ended = call![
                "push",
                path,
                "--endpoint",
                endpoint,
                "--key-file",
                "/no/key"
            ];
            let ended = ended.with(Exit::Failed);
            assert!(
                ended.err.contains("the key file cannot be read"),
                "{}",
                ended.err
            );
            assert!(!ended.err.contains("Warning"), "{}", ended.err);
        }
    }
    let url = "https://rest.fra-03.braze.eu";
    let ended = call!["push", path, "--endpoint", url, "--key-file", "/no/key"].with(Exit::Failed);
    assert!(
        ended
            .err
            .starts_with("Warning: https://rest.fra-03.braze.eu is not"),
        "{}",
        ended.err
    );
}

const SOME_BAD: &str = "external_id,a\n,1\nu1,2\nu2,3\nu3,4\n";

#[test]
fn rejected_rows_can_be_allowed() {
    let (_folder, path) = folder_with(SOME_BAD);
    let (sandbox, _key_folder, key) = server(&[]);
    for (allowed, exit) in [
        ("0", Exit::SomeRows),
        ("1", Exit::Fine),
        ("24%", Exit::SomeRows),
        ("25%", Exit::Fine),
    ] {
        let ended = call!["check", path, "--allow-rejects", allowed].with(exit);
        let said = format!("1 row rejected, which is within --allow-rejects {allowed}\n");
        assert_eq!(
            ended.err.contains(&said),
            exit == Exit::Fine,
            "{}",
            ended.err
        );
        let mut args = push_args(&path, &sandbox, &key);
        args.extend(["--allow-rejects", allowed].map(PathBuf::from));
        call(&args).with(exit);
    }
    let json = call!["check", path, "--allow-rejects", "1", "--json"]
        .with(Exit::Fine)
        .json();
    assert_eq!(json["is_allowed"], true);
    let ended = call!["check", path, "--allow-rejects", "1.5"].with(Exit::Failed);
    assert!(
        ended.err.contains("a part of them such as 1%"),
        "{}",
        ended.err
    );
}

#[test]
fn what_braze_refuses_is_never_allowed() {
    let refusal = Fault::Status {
        status: 400,
        retry_after_secs: None,
    };
    let (sandbox, _key_folder, key) = server(&[refusal]);
    let (_folder, path) = folder_with(CERTAIN);
    let mut args = push_args(&path, &sandbox, &key);
    args.extend(["--allow-rejects", "100%"].map(PathBuf::from));
    call(&args).with(Exit::SomeRows);
}

#[test]
fn quiet_means_nothing_where_all_is_fine() {
    let (folder, path) = folder_with(CERTAIN);
    let out = folder.path().join("bodies.jsonl");
    for args in [
        &["check"][..],
        &["push", "--endpoint", "sandbox"],
        &["map", "-o", out.to_str().unwrap()],
    ] {
        let mut args: Vec<_> = args.iter().map(PathBuf::from).collect();
        args.extend([path.clone(), "-q".into()]);
        let ended = call(&args).with(Exit::Fine);
        assert_eq!(
            (ended.out, ended.err),
            (String::new(), String::new()),
            "{args:?}"
        );
    }
    // What was asked for is data, and there.
    assert!(
        call!["--quiet", "map", path]
            .with(Exit::Fine)
            .out
            .starts_with('{')
    );
    assert!(
        call!["-q", "inspect", path]
            .with(Exit::Fine)
            .out
            .contains("external_id")
    );
    assert!(
        !call!["-q", "check", path, "--json"]
            .with(Exit::Fine)
            .out
            .is_empty()
    );

    let (_folder, path) = folder_with(SOME_BAD);
    let ended = call!["-q", "check", path].with(Exit::SomeRows);
    assert!(
        ended.out.contains("AIQ3001") && ended.err.is_empty(),
        "{}",
        ended.err
    );
    let ended = call!["-q", "push", path, "--endpoint", "sandbox"].with(Exit::SomeRows);
    assert!(ended.out.contains("accepted by the sandbox") && ended.err.is_empty());
    let ended = call!["-q", "check", "/no/such.csv"].with(Exit::Failed);
    assert!(
        ended.err.starts_with("aiq-braze: /no/such.csv"),
        "{}",
        ended.err
    );
}

#[test]
fn a_terminal_sees_how_far_it_is_and_nothing_of_it_at_the_end() {
    let (folder, path) = folder_with(CERTAIN);
    let out = folder.path().join("bodies.jsonl");
    for (args, is_shown) in [
        (&["check"][..], true),
        (&["map", "-o", out.to_str().unwrap()], true),
        (&["push", "--endpoint", "sandbox"], true),
        (&["map"], false),
        (&["check", "--json"], false),
        (&["check", "--quiet"], false),
    ] {
        let (mut input, mut data) = (io::empty(), Vec::new());
        let mut err = Vec::new();
        let console = Console {
            is_watched: true,
            ..console_of(&mut input, &mut data, &mut err)
        };
        let args = args.iter().map(PathBuf::from).chain([path.clone()]);
        let exit = run(
            [PathBuf::from("aiq-braze")].into_iter().chain(args.clone()),
            console,
        );
        assert_eq!(exit, Exit::Fine);
        let said = String::from_utf8(err).unwrap();
        let lines = said.matches("\r").count() - said.matches("\r\u{1b}[K").count();
        assert_eq!(
            lines > 0,
            is_shown,
            "{:?}: {said:?}",
            args.collect::<Vec<_>>()
        );
        let last = said.rfind('\r').map_or("", |at| &said[at..]);
        assert!(!is_shown || last.starts_with("\r\u{1b}[K"), "{said:?}");
    }
}

/// A console of bytes.
fn console_of<'c>(
    input: &'c mut io::Empty,
    out: &'c mut Vec<u8>,
    err: &'c mut Vec<u8>,
) -> Console<'c> {
    Console {
        input,
        out,
        err,
        is_asked: false,
        is_typed: true,
        is_watched: false,
        is_unheard: false,
        is_interrupted: false,
        last_shown: None,
        log: None,
        manner: Manner::default(),
    }
}

#[test]
fn colours_come_when_they_are_wanted_and_never_into_data() {
    let (_folder, path) = folder_with(SOME_BAD);
    let ended = call!["check", path, "--color", "always"].with(Exit::SomeRows);
    assert!(
        ended
            .out
            .contains("\u{1b}[1m\u{1b}[31mAIQ3001\u{1b}[0m missing-identifier"),
        "{:?}",
        ended.out
    );
    let ended = call!["check", "/no/such.csv", "--color=always"].with(Exit::Failed);
    assert!(
        ended.err.starts_with("\u{1b}[31maiq-braze:\u{1b}[0m "),
        "{:?}",
        ended.err
    );
    for args in [
        &["check", "--color", "never"][..],
        &["check", "--color", "auto"],
        &["check", "--json", "--color", "always"],
        &["map", "--color", "always"],
    ] {
        let mut args: Vec<_> = args.iter().map(PathBuf::from).collect();
        args.push(path.clone());
        let ended = call(&args).with(Exit::SomeRows);
        assert!(!ended.out.contains('\u{1b}'), "{args:?}: {:?}", ended.out);
    }
}

#[test]
fn what_is_certain_is_mended_and_nothing_is_written_unasked() {
    const MAPPING: &str =
        r#"{"version":1,"rows":"attributes","identifiers":[{"column":"id","as":"external_id"}]}"#;
    let (folder, path) = folder_with("id,First_Name,tier \nu1,Ana,gold\n");
    let mapping = folder.path().join("mapping.json");
    fs::write(&mapping, MAPPING).unwrap();
    let ended = call!["check", path, "-m", mapping, "--fix"].with(Exit::Fine);
    let mended = aiq_braze::Mapping::parse(&ended.out).unwrap();
    assert_eq!(mended.columns.len(), 2);
    assert_eq!(
        ended.err.matches("Applied: AIQ201").count(),
        2,
        "{}",
        ended.err
    );
    assert_eq!(fs::read_to_string(&mapping).unwrap(), MAPPING);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);

    // Named, it is written over; and then there is nothing left to mend.
    let ended = call!["check", path, "-m", mapping, "--fix", "-o", mapping].with(Exit::Fine);
    assert!(
        ended.out.starts_with("export.csv: 1 row, 0 rejected"),
        "{}",
        ended.out
    );
    assert!(!ended.out.contains("AIQ"), "{}", ended.out);
    assert_eq!(
        fs::read_to_string(&mapping).unwrap(),
        mended.to_json() + "\n"
    );
    let ended = call!["check", path, "-m", mapping, "--fix"].with(Exit::Fine);
    assert!(ended.err.contains("Nothing was mended"), "{}", ended.err);
    assert_eq!(ended.out, mended.to_json() + "\n");

    for (args, words) in [
        (
            ["--out", path.to_str().unwrap(), "--fix"],
            "the export itself",
        ),
        (["--out", "x.json", "--quiet"], "--fix"),
    ] {
        let args = args.iter().map(PathBuf::from);
        let args: Vec<_> = [PathBuf::from("check"), path.clone()]
            .into_iter()
            .chain(args)
            .collect();
        let ended = call(&args).with(Exit::Failed);
        assert!(ended.err.contains(words), "{}", ended.err);
    }
}

#[test]
fn options_stand_on_either_side_of_the_subcommand() {
    let (_folder, path) = folder_with(SOME_BAD);
    let before = call!["--lang", "es", "check", path]
        .with(Exit::SomeRows)
        .out;
    let behind = call!["check", path, "--lang", "es"]
        .with(Exit::SomeRows)
        .out;
    assert!(
        before.contains("1 fila, columna \"external_id\": sin identificador"),
        "{before}"
    );
    assert_eq!(before, behind);
    let ended = call![path, "check", path].with(Exit::Failed);
    assert!(ended.err.contains("before a subcommand"), "{}", ended.err);
}

#[test]
fn a_map_for_programs_needs_a_file_for_the_bodies() {
    let (_folder, path) = folder_with(CERTAIN);
    let ended = call!["map", path, "--json"].with(Exit::Failed);
    assert!(ended.err.contains("--out"), "{}", ended.err);
}
