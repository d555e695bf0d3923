//! Workspaces, keys and the doctor in real processes.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use aiq_braze_tests::program::{Ended, Program};
use serde_json::{Value, json};
use tempfile::TempDir;

const SECRET: &str = "0f9d1c77-not-to-be-seen-aa31";

/// A folder with a home in it.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for the test");
        Self { folder }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn program(&self, args: &[&str]) -> Program {
        Program::new(self.folder.path())
            .args(args)
            .env("AIQ_BRAZE_HOME", self.home())
    }

    #[track_caller]
    fn run(&self, args: &[&str], code: i32) -> Ended {
        self.program(args).run().with_code(code)
    }

    /// No file below the folder holds the key.
    #[track_caller]
    fn holds_no_key(&self) {
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("the folder is there") {
                let path = entry.expect("the entry is readable").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = fs::read(&path).expect("the file is readable");
                    assert!(!is_told(&bytes), "{}", path.display());
                }
            }
        }
    }
}

/// Whether the key is in it.
fn is_told(bytes: &[u8]) -> bool {
    let secret = SECRET.as_bytes();
    bytes.windows(secret.len()).any(|window| window == secret)
}

#[track_caller]
fn tells_no_key(ended: &Ended) {
    assert!(!is_told(&ended.stdout) && !is_told(ended.stderr.as_bytes()));
}

fn of_json(ended: &Ended) -> Value {
    assert_eq!(ended.lines().len(), 1, "{}", ended.stderr);
    serde_json::from_slice(&ended.stdout).expect("--json prints JSON")
}

#[track_caller]
fn says(ended: &Ended, words: &[&str]) {
    for word in words {
        assert!(ended.stderr.contains(word), "{word}: {}", ended.stderr);
    }
}

#[test]
fn workspaces_are_added_listed_and_removed() {
    let desk = Desk::new();
    assert_eq!(
        of_json(&desk.run(&["workspace", "list", "--json"], 0))["workspaces"],
        json!([])
    );
    let args = [
        "workspace",
        "add",
        "EU-live",
        "--endpoint",
        "EU-01",
        "--limits",
        "3000/3s,250000/h",
    ];
    let added = desk.run(
        &[&args[..], &["--share", "80%", "--confirm-name"]].concat(),
        0,
    );
    says(
        &added,
        &[
            "https://rest.fra-01.braze.eu (EU-01)",
            "aiq-braze key set EU-live",
        ],
    );
    desk.run(
        &[
            "workspace",
            "add",
            "test",
            "--endpoint",
            "http://127.0.0.1:8400",
        ],
        0,
    );

    let listed = of_json(&desk.run(&["workspace", "list", "--json"], 0));
    let folder = desk.home().join("workspaces/eu-live");
    assert_eq!(
        listed["workspaces"][0],
        json!({
            "name": "EU-live", "endpoint": "https://rest.fra-01.braze.eu",
            "limits": "3000/3s,250000/h", "share": "80%", "confirm_name": true,
            "folder": folder.to_str().unwrap(),
        })
    );
    assert_eq!(listed["workspaces"][1]["name"], "test");
    let shown = desk.run(&["workspace", "list"], 0);
    assert_eq!(shown.lines().len(), 3);

    says(
        &desk.run(&["workspace", "remove", "us"], 2),
        &["there are EU-live, test"],
    );
    desk.run(&["workspace", "remove", "test"], 0);
    fs::write(folder.join("ledger"), "sent").unwrap();
    let refused = desk.run(&["workspace", "remove", "eu-live"], 2);
    says(&refused, &["1 file in ", "--forget", "Nothing was erased"]);
    assert!(folder.join("ledger").exists());
    says(
        &desk.run(&["workspace", "remove", "eu-live", "--forget"], 0),
        &["1 file in "],
    );
    assert!(!folder.exists());
    assert_eq!(
        of_json(&desk.run(&["workspace", "list", "--json"], 0))["workspaces"],
        json!([])
    );
}

#[test]
fn what_cannot_be_a_workspace_is_refused_with_a_way_on() {
    let desk = Desk::new();
    for (args, words) in [
        (&["../x", "--endpoint", "EU-01"][..], "found the name"),
        (&["sandbox", "--endpoint", "EU-01"], "means something else"),
        (
            &["eu", "--endpoint", "XX-01"],
            "which is no instance of Braze",
        ),
        (
            &["eu", "--endpoint", "sandbox"],
            "which is no instance of Braze",
        ),
        (
            &["eu", "--endpoint", "EU-01", "--limits", "3"],
            "such as 3000/3s",
        ),
        (
            &["eu", "--endpoint", "EU-01", "--share", "0%"],
            "from 1% to 100%",
        ),
    ] {
        let args = [&["workspace", "add"], args].concat();
        says(&desk.run(&args, 2), &[words]);
    }
    assert!(!desk.home().join("workspaces.json").exists());
}

#[test]
fn processes_that_add_at_once_lose_nothing() {
    let desk = Desk::new();
    let spawn = |number: usize| {
        let name = format!("w{number}");
        let program = desk.program(&["workspace", "add", &name, "--endpoint", "EU-01"]);
        let mut command = program.into_command();
        command.stderr(Stdio::null()).stdin(Stdio::null());
        command.spawn().unwrap()
    };
    let children: Vec<Child> = (0..12).map(spawn).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let listed = of_json(&desk.run(&["workspace", "list", "--json"], 0));
    assert_eq!(listed["workspaces"].as_array().unwrap().len(), 12);
}

#[test]
fn a_list_that_is_garbage_is_told_and_left_alone() {
    let desk = Desk::new();
    fs::create_dir(desk.home()).unwrap();
    let list = desk.home().join("workspaces.json");
    fs::write(&list, "\u{1b}[2Jgarbage").unwrap();
    for args in [
        &["workspace", "list"][..],
        &["workspace", "add", "eu", "--endpoint", "EU-01"],
        &["workspace", "remove", "eu"],
        &["key", "status"],
        &["key", "set", "eu"],
        &["doctor"],
        &["doctor", "eu"],
    ] {
        let ended = desk.run(args, 2);
        says(
            &ended,
            &[
                "workspaces.json: ",
                "at line 1 column 1",
                "Nothing in it was changed",
            ],
        );
        assert!(!ended.stderr.contains('\u{1b}'));
    }
    assert_eq!(fs::read_to_string(&list).unwrap(), "\u{1b}[2Jgarbage");
}

#[test]
fn a_home_that_is_none_is_told() {
    let desk = Desk::new();
    fs::write(desk.home(), "mine").unwrap();
    let add = ["workspace", "add", "eu", "--endpoint", "EU-01"];
    says(&desk.run(&add, 2), &["could make none", "AIQ_BRAZE_HOME"]);
    assert_eq!(fs::read_to_string(desk.home()).unwrap(), "mine");

    let relative = desk.program(&add).env("AIQ_BRAZE_HOME", "home").run();
    says(
        &relative.with_code(2),
        &["expected a folder by its full path"],
    );
    #[cfg(target_os = "linux")]
    {
        // Which nobody can write to, whoever runs the test.
        let locked = desk
            .program(&add)
            .env("AIQ_BRAZE_HOME", "/proc/self/home")
            .run();
        says(
            &locked.with_code(2),
            &["/proc/self/home: found no folder and could make none"],
        );
    }
}

#[cfg(unix)]
#[test]
fn what_is_kept_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let desk = Desk::new();
    desk.run(&["workspace", "add", "eu", "--endpoint", "EU-01"], 0);
    let home = desk.home();
    for folder in [&home, &home.join("workspaces"), &home.join("workspaces/eu")] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    assert_eq!(mode(&home.join("workspaces.json")), 0o600);
}

#[test]
fn the_source_of_a_key_is_told_and_the_key_is_not() {
    let desk = Desk::new();
    desk.run(&["workspace", "add", "eu-1", "--endpoint", "EU-01"], 0);
    let status = |variables: &[&str], code: i32| {
        let variables = variables.iter();
        let program = desk.program(&["key", "status", "eu-1", "--json"]);
        let program = variables.fold(program, |program, name| program.env(name, SECRET));
        let ended = program.run().with_code(code);
        tells_no_key(&ended);
        of_json(&ended)["keys"][0].clone()
    };
    let both = ["BRAZE_API_KEY", "AIQ_BRAZE_KEY_EU_1"];
    let found = status(&both, 0);
    assert_eq!(found["source"], "environment");
    assert_eq!(found["where"], "the environment's AIQ_BRAZE_KEY_EU_1");
    assert_eq!(
        status(&both[..1], 0)["where"],
        "the environment's BRAZE_API_KEY"
    );
    #[cfg(target_os = "linux")]
    {
        let none = status(&[], 1);
        assert_eq!(none["source"], Value::Null);
        let problem = none["problem"].as_str().unwrap();
        assert!(problem.contains("there is no keychain here"), "{problem}");
    }
    let broken = desk.program(&["key", "status", "eu-1"]);
    let broken = broken.env("AIQ_BRAZE_KEY_EU_1", format!("{SECRET} {SECRET}"));
    let broken = broken.run().with_code(1);
    tells_no_key(&broken);
    assert!(broken.lines()[0].contains("expected an API key and nothing else"));
    desk.holds_no_key();
}

/// Elsewhere it would be the keychain of whoever runs the test.
#[cfg(target_os = "linux")]
#[test]
fn without_a_keychain_a_key_is_not_kept_and_not_told() {
    let desk = Desk::new();
    desk.run(&["workspace", "add", "eu", "--endpoint", "EU-01"], 0);
    let set = |workspace: &str, text: &str| {
        let program = desk.program(&["key", "set", workspace]).stdin(text);
        let ended = program.run().with_code(2);
        tells_no_key(&ended);
        ended
    };
    says(
        &set("eu", &format!("{SECRET}\n")),
        &["is not kept: there is no keychain here"],
    );
    says(&set("eu", ""), &["standard input: found nothing"]);
    says(
        &set("eu", &format!("{SECRET}\n{SECRET}")),
        &["standard input: found spaces"],
    );
    says(
        &set("eu", &SECRET.repeat(100)),
        &["standard input: found a text of more than 512"],
    );
    says(&set("us", SECRET), &["found no workspace \"us\""]);
    says(
        &desk.run(&["key", "remove", "eu"], 2),
        &["there is no keychain here"],
    );
    let said = desk.run(&["key", "set", "eu", SECRET], 2);
    says(
        &said,
        &["every process of this machine can read", "make a new one"],
    );
    tells_no_key(&said);
    desk.run(&["workspace", "remove", "eu"], 0);
    desk.holds_no_key();
}

#[cfg(target_os = "linux")]
mod typed {
    use std::fs::{File, OpenOptions};
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::OpenOptionsExt as _;

    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    use rustix::termios::{LocalModes, tcgetattr};

    use super::*;

    /// A terminal, and the end of it at which somebody types.
    fn terminal() -> (File, File) {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let person = openpt(flags).expect("there are terminals");
        grantpt(&person).expect("it is ours");
        unlockpt(&person).expect("it is ours");
        let path = ptsname(&person, Vec::new()).expect("it has a name");
        let path = Path::new(std::ffi::OsStr::from_bytes(path.as_bytes()));
        let terminal = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(OpenptFlags::NOCTTY.bits().cast_signed())
            .open(path)
            .expect("the terminal is there");
        (person.into(), terminal)
    }

    /// Types this where a key is asked for: the exit code, and what the terminal showed.
    fn type_at(desk: &Desk, typed: &str) -> (Option<i32>, String) {
        let (mut person, terminal) = terminal();
        let mut command = desk.program(&["key", "set", "eu"]).into_command();
        let stream = || Stdio::from(terminal.try_clone().expect("it can be shared"));
        command.stdin(stream()).stdout(stream()).stderr(stream());
        let before = tcgetattr(&terminal).expect("it is a terminal");
        assert!(
            before
                .local_modes
                .contains(LocalModes::ECHO | LocalModes::ISIG)
        );
        let mut child = command.spawn().expect("it starts");
        drop(command);
        let mut shown = Vec::new();
        let mut bytes = [0; 1024];
        while !String::from_utf8_lossy(&shown).contains("(not shown): ") {
            let n_bytes = person.read(&mut bytes).expect("the terminal is there");
            shown.extend_from_slice(&bytes[..n_bytes]);
        }
        person
            .write_all(typed.as_bytes())
            .expect("it takes what is typed");
        let code = child.wait().expect("it ends").code();
        let after = tcgetattr(&terminal).expect("it is a terminal");
        assert_eq!(after.local_modes, before.local_modes);
        drop(terminal);
        // Once nobody has the terminal any more, reading ends with an error.
        while let Ok(n_bytes @ 1..) = person.read(&mut bytes) {
            shown.extend_from_slice(&bytes[..n_bytes]);
        }
        (code, String::from_utf8_lossy(&shown).into_owned())
    }

    #[test]
    fn a_key_is_typed_without_being_shown() {
        let desk = Desk::new();
        desk.run(&["workspace", "add", "eu", "--endpoint", "EU-01"], 0);
        let (code, shown) = type_at(&desk, &format!("{SECRET}\n"));
        assert_eq!(code, Some(2), "{shown}");
        assert!(shown.contains("there is no keychain here"), "{shown}");
        assert!(!is_told(shown.as_bytes()), "{shown}");
        let (code, shown) = type_at(&desk, "\n");
        assert_eq!(code, Some(2), "{shown}");
        assert!(shown.contains("the terminal: found nothing"), "{shown}");
    }

    #[test]
    fn ctrl_c_ends_the_program_and_the_terminal_is_as_before() {
        let desk = Desk::new();
        desk.run(&["workspace", "add", "eu", "--endpoint", "EU-01"], 0);
        let (code, shown) = type_at(&desk, &format!("{SECRET}\u{3}"));
        assert_eq!(code, Some(130), "{shown}");
        assert!(!is_told(shown.as_bytes()), "{shown}");
    }
}

/// A sandbox in a process of its own.
struct Sandbox {
    child: Child,
    url: String,
}

impl Sandbox {
    fn start(desk: &Desk) -> Self {
        let mut command = desk.program(&["sandbox", "--json"]).into_command();
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it starts");
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().expect("it is piped"));
        said.read_line(&mut line).expect("it says where it is");
        let said: Value = serde_json::from_str(&line).expect("--json prints JSON");
        let url = said["url"]
            .as_str()
            .expect("the address is a text")
            .to_owned();
        Self { child, url }
    }

    fn state(&self) -> Value {
        let address = self.url.strip_prefix("http://").expect("it is HTTP");
        let mut stream = TcpStream::connect(address).expect("the sandbox listens");
        let head = "GET /state.json HTTP/1.1\r\nConnection: close\r\nHost:";
        write!(stream, "{head} {address}\r\n\r\n").expect("it takes a request");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("it answers in UTF-8");
        let start = answer.find('{').expect("the state is an object");
        let end = answer.rfind('}').expect("the state is an object");
        serde_json::from_str(&answer[start..=end]).expect("the state is JSON")
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What a check of the doctor's came to.
#[track_caller]
fn check<'c>(checks: &'c Value, name: &str) -> &'c Value {
    let all = checks["checks"].as_array().expect("checks are a list");
    let found = all.iter().find(|check| check["name"] == name);
    found.unwrap_or_else(|| panic!("{name}: {checks}"))
}

#[test]
fn the_doctor_looks_and_changes_nothing() {
    let desk = Desk::new();
    let sandbox = Sandbox::start(&desk);
    desk.run(&["workspace", "add", "here", "--endpoint", &sandbox.url], 0);
    let program = desk
        .program(&["doctor", "--json"])
        .env("AIQ_BRAZE_KEY_HERE", "sandbox");
    let checks = of_json(&program.run());
    assert_eq!(
        (&checks["format"], &checks["workspace"]),
        (&json!(1), &json!("here"))
    );
    assert_eq!(checks["endpoint"], sandbox.url);
    for (name, grade) in [
        ("folder", "ok"),
        ("endpoint", "ok"),
        ("key", "ok"),
        ("connection", "ok"),
        ("clock", "ok"),
        ("users.track", "probably"),
        ("rate limit", "ok"),
    ] {
        assert_eq!(check(&checks, name)["grade"], grade, "{checks}");
    }
    let state = sandbox.state();
    assert_eq!(
        (&state["profiles"], &state["accepted"]),
        (&json!(0), &json!(0))
    );

    let wrong = desk
        .program(&["doctor", "here", "--json"])
        .env("BRAZE_API_KEY", SECRET);
    let wrong = wrong.run().with_code(1);
    tells_no_key(&wrong);
    let checks = of_json(&wrong);
    assert_eq!(checks["is_fine"], false);
    let track = check(&checks, "users.track");
    assert_eq!(track["grade"], "problem");
    assert_eq!(track["found"], "answered 401 (Invalid API Key)");
    desk.holds_no_key();
}

/// Answers each request by its path and whether it had a key; tells all requests.
fn serve(answer: fn(&str, bool) -> String) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!(
        "http://{}",
        listener.local_addr().expect("it has an address")
    );
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("somebody connects");
            let mut reader = BufReader::new(stream.try_clone().expect("it can be shared"));
            let (mut head, mut n_bytes) = (String::new(), 0);
            while !head.ends_with("\r\n\r\n")
                && reader.read_line(&mut head).expect("a request is text") > 0
            {
                let line = head.lines().last().unwrap_or_default().to_ascii_lowercase();
                if let Some(length) = line.strip_prefix("content-length: ") {
                    n_bytes = length.parse().expect("a length is a number");
                }
            }
            let mut body = vec![0; n_bytes];
            reader
                .read_exact(&mut body)
                .expect("a body is as long as it says");
            let path = head.split(' ').nth(1).unwrap_or_default();
            let has_key = head.contains(SECRET);
            let body = String::from_utf8_lossy(&body);
            let mut seen = seen.lock().expect("no test fails while it holds it");
            seen.push(format!("{path} {body}"));
            drop(seen);
            stream
                .write_all(answer(path, has_key).as_bytes())
                .expect("the answer is taken");
        }
    });
    (url, requests)
}

fn http(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
}

#[test]
fn the_doctor_says_what_is_wrong_and_what_to_do() {
    let desk = Desk::new();
    let (url, requests) = serve(|path, has_key| match (path, has_key) {
        (_, false) => http(
            "401 Unauthorized",
            "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
            "{}",
        ),
        ("/users/track", true) => {
            // A server that repeats the key must not have it shown.
            http(
                "201 Created",
                "",
                &format!(r#"{{"message":"success {SECRET}"}}"#),
            )
        }
        _ => http("403 Forbidden", "", r#"{"message":"Access Denied"}"#),
    });
    let doctor = |args: &[&str]| {
        let args = [&["doctor", "--endpoint", &url], args].concat();
        let ended = desk
            .program(&args)
            .env("BRAZE_API_KEY", SECRET)
            .run()
            .with_code(1);
        tells_no_key(&ended);
        ended
    };
    let checks = of_json(&doctor(&["--json"]));
    assert_eq!(checks["workspace"], Value::Null);
    let clock = check(&checks, "clock");
    assert_eq!(clock["grade"], "problem");
    assert!(
        clock["found"].as_str().unwrap().contains("ahead of"),
        "{clock}"
    );
    assert_eq!(check(&checks, "users.track")["grade"], "ok");
    let export = check(&checks, "users.export.ids");
    assert_eq!(export["found"], "answered 403 (Access Denied)");
    assert!(
        export["what_to_do"]
            .as_str()
            .unwrap()
            .contains("permission users.export.ids")
    );
    assert_eq!(check(&checks, "rate limit")["grade"], "probably");
    assert_eq!(
        requests.lock().unwrap()[..2],
        [r#"/users/track {"attributes":[]}"#; 2]
    );

    let shown = doctor(&[]);
    let lines = shown.lines();
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("problem   users.export.ids  answered 403"))
    );
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("ok        key               found in the env"))
    );
    desk.holds_no_key();
}

#[test]
fn a_page_in_place_of_braze_is_told() {
    let desk = Desk::new();
    let (url, _) = serve(|_, _| http("200 OK", "", "<html>Log in</html>"));
    let args = ["doctor", "--json", "--endpoint", &url];
    let ended = desk
        .program(&args)
        .env("BRAZE_API_KEY", SECRET)
        .run()
        .with_code(1);
    let checks = of_json(&ended);
    let connection = check(&checks, "connection");
    assert_eq!(connection["grade"], "problem");
    assert!(
        connection["found"]
            .as_str()
            .unwrap()
            .contains("(<html>Log in</html>)")
    );
}

#[test]
fn a_server_that_does_not_speak_tls_is_told() {
    let desk = Desk::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .write_all(http("400 Bad Request", "", "").as_bytes())
            .unwrap();
        stream.read_exact(&mut [0]).ok(); // it is heard before the end
    });
    let ended = desk
        .program(&["doctor", "--json", "--endpoint", &url])
        .run()
        .with_code(1);
    server.join().unwrap();
    let checks = of_json(&ended);
    let connection = check(&checks, "connection");
    let found = connection["found"].as_str().unwrap();
    // Without any CA certificates there is no client at all, and that is said.
    let is_told = ["does not prove who it is", "no request can be made"];
    assert!(is_told.iter().any(|words| found.contains(words)), "{found}");
}

#[test]
fn a_server_that_is_not_there_is_told() {
    let desk = Desk::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let ended = desk
        .program(&["doctor", "--json", "--endpoint", &url])
        .run()
        .with_code(1);
    let connection = of_json(&ended);
    let connection = check(&connection, "connection");
    assert_eq!(connection["grade"], "problem");
    assert!(
        connection["found"]
            .as_str()
            .unwrap()
            .contains("no connection to 127.0.0.1")
    );
}

#[test]
fn without_a_key_the_guide_is_shown() {
    let desk = Desk::new();
    let (url, requests) = serve(|_, _| http("401 Unauthorized", "", ""));
    let ended = desk.run(&["doctor", "--endpoint", &url], 1);
    let shown = String::from_utf8(ended.stdout).unwrap();
    assert!(
        shown.contains("problem   key               found no API key"),
        "{shown}"
    );
    assert!(shown.contains("How to make a key in Braze"), "{shown}");
    assert_eq!(requests.lock().unwrap().len(), 1);

    for (lang, title) in [("en", "How to make a key"), ("es", "Cómo crear una clave")] {
        let guide = desk.run(&["doctor", "--guide", "--lang", lang], 0);
        let guide = String::from_utf8(guide.stdout).unwrap();
        assert!(guide.starts_with(title), "{guide}");
        for word in [
            "users.track",
            "users.export.ids",
            "Developer Console",
            "EU-01",
        ] {
            assert!(guide.contains(word), "{word}: {guide}");
        }
    }
}

#[test]
fn the_doctor_needs_to_know_whom_to_look_at() {
    let desk = Desk::new();
    says(
        &desk.run(&["doctor"], 2),
        &["found no workspace yet", "doctor --guide"],
    );
    for name in ["eu", "us"] {
        desk.run(&["workspace", "add", name, "--endpoint", "EU-01"], 0);
    }
    says(&desk.run(&["doctor"], 2), &["found 2 workspaces", "eu, us"]);
    says(
        &desk.run(&["doctor", "jp"], 2),
        &["found no workspace \"jp\""],
    );
}
