//! What the subcommands print, whole: a change of it is seen in its file.

use std::env;

use super::*;

/// Set, it makes the files anew.
const WRITE: &str = "AIQ_BRAZE_GOLDEN";

/// Compares a text with its file.
#[track_caller]
fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/cli/golden")
        .join(name);
    if env::var_os(WRITE).is_some() {
        fs::write(&path, text).unwrap();
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        text, wanted,
        "{name} is another; if that is meant, write it anew with {WRITE}=1"
    );
}

/// A JSON line in lines that can be compared: the members of the first three levels stand on their own.
fn in_lines(json: &str) -> String {
    const MOST_LEVELS: usize = 3;
    let mut lines = String::new();
    let (mut n_levels, mut is_text, mut is_escaped) = (0, false, false);
    let mut chars = json.trim_end().chars().peekable();
    while let Some(char) = chars.next() {
        let opens = !is_text && matches!(char, '{' | '[');
        let closes = !is_text && matches!(char, '}' | ']');
        let is_empty = opens && chars.peek().is_some_and(|next| matches!(next, '}' | ']'));
        if closes && n_levels <= MOST_LEVELS && !lines.ends_with(['{', '[']) {
            lines += &format!("\n{}", "  ".repeat(n_levels - 1));
        }
        n_levels = n_levels + usize::from(opens) - usize::from(closes);
        lines.push(char);
        if n_levels <= MOST_LEVELS && !is_text && (opens && !is_empty || char == ',') {
            lines += &format!("\n{}", "  ".repeat(n_levels));
        }
        is_text ^= char == '"' && !is_escaped;
        is_escaped = is_text && char == '\\' && !is_escaped;
    }
    lines + "\n"
}

/// What differs from run to run, by fixed words.
fn settled(text: &str, folder: &Path) -> String {
    let mut text = text.replace(&folder.display().to_string(), "FOLDER");
    for (before, behind) in [
        ("\"waited_seconds\":", ","),
        ("\"seconds\":", ","),
        ("\"http://127.0.0.1:", "\""),
        ("\n1 request, ", " s, to the sandbox"),
    ] {
        if let Some((start, rest)) = text.split_once(before)
            && let Some(end) = rest.find(behind)
        {
            text = format!("{start}{before}N{}", &rest[end..]);
        }
    }
    text
}

/// Something of everything: members and a leaver, a row without an identifier, bad numbers, names to
/// mend, and a name that is only nearly right.
const EXPORT: &str = "customer_id,audience_id,split_id,status,First_Name,tier ,ltv\n\
                      u1,12,3,entered,Ana,gold,1.10\n\
                      u2,12,3,exited,Bo,,5\n\
                      ,12,3,entered,Cy,,7\n\
                      u4,12,3,entered,\"D\"\"y\",silver,\"12,5\"\n\
                      u5,12,3,entered,Ed,silver,1e\n\
                      u6,12,3,entered,Flo,gold,x\n\
                      u7,12,3,entered,Gus,gold,y\n";

/// The day after: one is out of the export, one joined, one has another value, and a column is new.
const LATER: &str = "customer_id,audience_id,split_id,status,First_Name,ltv,city\n\
                     u2,12,3,exited,Bo,6,Vigo\n\
                     u8,12,3,entered,Hal,1,\n\
                     ,12,3,entered,Cy,7,\n";

const MAPPING: &str = r#"{"version":1,"rows":"audience",
    "identifiers":[{"column":"customer_id","as":"external_id"}],
    "audience":{"id":{"column":"audience_id"},"split":{"column":"split_id"},
                "member":{"column":"status","true":["entered"],"false":["exited"]}},
    "columns":[{"header":"ltv","type":"number"}]}"#;

/// A body over several lines with a mistake, and one to look at.
const BAD_BODY: &str = "{\n  \"attributes\": [\n    {\"external_id\": 12, \"tier\": \"gold\"}\n  ],\n  \"events\": []\n}\n";

/// A body a line; the third line has a mistake.
const BODIES: &str = "{\"attributes\":[{\"external_id\":\"u1\",\"a\":1}]}\n\n\
                      {\"attributes\":[{\"external_id\":\"u1\",\"a\":1},{\"a\":2}]}\n";

/// Runs in a folder with the export and its mapping, and gives what is printed.
fn printed(args: &[&str]) -> String {
    let (folder, path) = folder_with(EXPORT);
    for (name, text) in [
        ("mapping.json", MAPPING),
        (
            "misspelt.json",
            &MAPPING.replace("\"header\"", "\"heading\""),
        ),
        ("later.csv", LATER),
        ("bad.json", BAD_BODY),
        ("lines.jsonl", BODIES),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let in_folder = |arg: &str| arg.replace("FOLDER", &folder.path().display().to_string());
    let paths = args.iter().map(|arg| match *arg {
        "EXPORT" => path.clone(),
        arg => PathBuf::from(in_folder(arg)),
    });
    let paths: Vec<_> = paths.collect();
    let ended = call(&paths);
    let out = match args.contains(&"--json") {
        true => in_lines(&ended.out),
        false => ended.out,
    };
    let said = match &*ended.err {
        "" => String::new(),
        err => format!("--- said\n{err}"),
    };
    let exit = format!("--- exit {}\n", ended.exit as u8);
    settled(&(out + &said + &exit), folder.path())
}

#[test]
fn what_programs_read() {
    for (name, args) in [
        (
            "check.json",
            &[
                "check",
                "EXPORT",
                "-m",
                "FOLDER/mapping.json",
                "--json",
                "--rejects",
                "FOLDER/rejects.csv",
            ][..],
        ),
        (
            "check-fix.json",
            &[
                "check",
                "EXPORT",
                "-m",
                "FOLDER/mapping.json",
                "--json",
                "--fix",
                "-o",
                "FOLDER/mended.json",
            ],
        ),
        (
            "inspect.json",
            &["inspect", "EXPORT", "--json", "--save", "FOLDER/saved.json"],
        ),
        (
            "map.json",
            &[
                "map",
                "EXPORT",
                "-m",
                "FOLDER/mapping.json",
                "--json",
                "-o",
                "FOLDER/bodies.jsonl",
            ],
        ),
        (
            "diff.json",
            &[
                "diff",
                "EXPORT",
                "FOLDER/later.csv",
                "-m",
                "FOLDER/mapping.json",
                "--json",
                "-o",
                "FOLDER/difference.jsonl",
            ],
        ),
        (
            "push.json",
            &[
                "push",
                "EXPORT",
                "-m",
                "FOLDER/mapping.json",
                "--json",
                "--endpoint",
                "sandbox",
            ],
        ),
        (
            "validate.json",
            &[
                "validate",
                "FOLDER/bad.json",
                "FOLDER/lines.jsonl",
                "--json",
            ],
        ),
        ("endpoints.json", &["endpoints", "--json"]),
        ("explain.json", &["explain", "--json", "bad-number", "2012"]),
        ("failed.json", &["inspect", "FOLDER/nobody.csv", "--json"]),
        (
            "failed-mapping.json",
            &[
                "check",
                "EXPORT",
                "-m",
                "FOLDER/misspelt.json",
                "--json",
                "--lang",
                "es",
            ],
        ),
        ("failed-usage.json", &["check", "--json", "--rejekts", "x"]),
    ] {
        golden(name, &printed(args));
    }
}

#[test]
fn what_people_read() {
    for (name, args) in [
        (
            "check.txt",
            &["check", "EXPORT", "-m", "FOLDER/mapping.json"][..],
        ),
        (
            "check-es.txt",
            &[
                "check",
                "EXPORT",
                "-m",
                "FOLDER/mapping.json",
                "--lang",
                "es",
                "--color",
                "always",
            ],
        ),
        (
            "check-fix.txt",
            &["check", "EXPORT", "-m", "FOLDER/mapping.json", "--fix"],
        ),
        (
            "check-fix-es.txt",
            &[
                "check",
                "EXPORT",
                "-m",
                "FOLDER/mapping.json",
                "--fix",
                "--lang",
                "es",
            ],
        ),
        ("inspect.txt", &["inspect", "EXPORT"]),
        ("inspect-quick.txt", &["inspect", "EXPORT", "--quick"]),
        (
            "validate.txt",
            &["validate", "FOLDER/bad.json", "FOLDER/lines.jsonl"],
        ),
        ("map.txt", &["map", "EXPORT", "-m", "FOLDER/mapping.json"]),
        (
            "push.txt",
            &[
                "push",
                "EXPORT",
                "-m",
                "FOLDER/mapping.json",
                "--endpoint",
                "sandbox",
            ],
        ),
        ("endpoints.txt", &["endpoints"]),
        ("explain.txt", &["explain", "AIQ1004", "bad-number"]),
        ("explain-es.txt", &["explain", "AIQ1004", "--lang", "es"]),
        (
            "diff.txt",
            &[
                "diff",
                "EXPORT",
                "FOLDER/later.csv",
                "-m",
                "FOLDER/mapping.json",
            ],
        ),
        ("help.txt", &["--help"]),
        ("diff-help.txt", &["diff", "--help"]),
        ("check-help.txt", &["check", "--help"]),
    ] {
        golden(name, &printed(args));
    }
}

/// `aiq-braze explain --markdown` prints what stands there between two comments.
#[test]
fn the_readme_has_the_table_of_codes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once("<!-- The table of codes: ").unwrap();
    let (note, rest) = rest.split_once(" -->\n").unwrap();
    let (found, behind) = rest.split_once("<!-- The end of the table. -->").unwrap();
    let table = call!["explain", "--markdown"].with(Exit::Fine).out;
    if env::var_os(WRITE).is_some() {
        let readme = [
            before,
            "<!-- The table of codes: ",
            note,
            " -->\n",
            &table,
            "<!-- The end of the table. -->",
            behind,
        ];
        fs::write(&path, readme.concat()).unwrap();
        return;
    }
    assert_eq!(found, table, "write it anew with {WRITE}=1");
}

#[test]
fn lines_of_json_stay_the_same_json() {
    let json = r#"{"a":[],"b":{"c":[1,{"d":"x,\"{\\"}]},"e":null}"#;
    let lines = in_lines(json);
    assert_eq!(lines.lines().count(), 10, "{lines}");
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    assert_eq!(read(&lines), read(json));
}
