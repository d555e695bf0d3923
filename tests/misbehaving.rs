//! Pushes to servers that speak HTTP badly, or not at all: raw sockets on this side, the real binary on the
//! other. Whatever comes, every row has one outcome, and none of an answer that nobody understood is
//! *accepted* or sent a second time by guess.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use aiq_braze_tests::program::Program;
use serde_json::Value;

const FINE: &[u8] =
    b"HTTP/1.1 201 Created\r\nContent-Length: 21\r\nConnection: close\r\n\r\n{\"message\":\"success\"}";

/// How much of a request is read before the answer.
#[derive(Clone, Copy, Debug)]
enum Reads {
    Nothing,
    Head,
    All,
}

/// A server that answers its first request with these bytes and the others well. Each connection ends
/// behind its answer.
struct Raw {
    address: SocketAddr,
    /// How often each body arrived.
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Raw {
    fn start(reads: Reads, first: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&bodies);
        let thread = thread::spawn(move || {
            let mut answer = Some((reads, first));
            for mut stream in listener.incoming().flatten() {
                let (reads, bytes) = answer.take().unwrap_or((Reads::All, FINE.to_vec()));
                let Some(body) = read(&mut stream, reads) else {
                    return; // a connection without a request is the end
                };
                seen.lock().expect("nobody panics").push(body);
                stream.write_all(&bytes).ok();
                stream.shutdown(Shutdown::Write).ok();
                if matches!(reads, Reads::All) {
                    stream.read_to_end(&mut Vec::new()).ok(); // no reset takes the answer away
                }
            }
        });
        Self {
            address,
            bodies,
            thread: Some(thread),
        }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        TcpStream::connect(self.address).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// The body of a request, as far as it is read. `None`: there is no request.
fn read(stream: &mut TcpStream, reads: Reads) -> Option<Vec<u8>> {
    if matches!(reads, Reads::Nothing) {
        return Some(Vec::new());
    }
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            break end + 4;
        }
        match stream.read(&mut chunk).ok()? {
            0 => return None,
            n => bytes.extend_from_slice(&chunk[..n]),
        }
    };
    let words = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
    let length = words
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length?.trim().parse().ok()?;
    let mut body = bytes.split_off(head);
    while matches!(reads, Reads::All) && body.len() < length {
        match stream.read(&mut chunk).ok()? {
            0 => break,
            n => body.extend_from_slice(&chunk[..n]),
        }
    }
    Some(body)
}

/// What became of the rows: accepted, refused, unknown, pending; and how often anything arrived again.
#[derive(Debug, PartialEq, Eq)]
struct Came {
    accepted: u64,
    refused: u64,
    unknown: u64,
    pending: u64,
    n_requests: usize,
    n_again: usize,
}

/// Pushes 150 rows in two requests, one after the other.
fn push(export: &str, reads: Reads, first: &[u8]) -> (Came, String) {
    let server = Raw::start(reads, first.to_vec());
    let folder = tempfile::tempdir().expect("a folder for the test");
    fs::write(folder.path().join("export.csv"), export).expect("it is writable");
    let url = format!("http://{}", server.address);
    let args = [
        "push",
        "export.csv",
        "--yes",
        "--json",
        "--no-preflight",
        "--at-once",
        "1",
    ];
    let ended = Program::new(folder.path())
        .args(args)
        .args(["--endpoint", &url])
        .env("BRAZE_API_KEY", "a-key-of-the-test")
        .env("AIQ_BRAZE_HOME", folder.path().join("home"))
        .run();
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    let report: Value = serde_json::from_slice(&ended.stdout)
        .unwrap_or_else(|_| panic!("no report: {}", ended.stderr));
    assert_eq!(report["balanced"], true, "{report}");
    let n = |name: &str| report["account"][name].as_u64().expect("a number");
    let bodies = server.bodies.lock().expect("nobody panics").clone();
    let again = bodies.iter().enumerate();
    let n_again = again.filter(|(place, body)| bodies[..*place].contains(body));
    let came = Came {
        accepted: n("accepted"),
        refused: n("refused"),
        unknown: n("unknown"),
        pending: n("pending"),
        n_requests: bodies.len(),
        n_again: n_again.count(),
    };
    let unknown = report["unknown"][0]["reason"].as_str().unwrap_or_default();
    (came, unknown.to_owned())
}

fn events() -> String {
    let rows = (0..150).map(|n| format!("u{n},Visited,2026-01-01T00:00:00Z,{n}\n"));
    std::iter::once("external_id,event_name,time,n\n".to_owned())
        .chain(rows)
        .collect()
}

fn audience() -> String {
    let rows = (0..150).map(|n| format!("u{n},1,2,{n}\n"));
    std::iter::once("external_id,audience_id,split_id,n\n".to_owned())
        .chain(rows)
        .collect()
}

/// 201 with these headers and this body.
fn created(headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 201 Created\r\n{headers}\r\n{body}").into_bytes()
}

const SUCCESS: &str = r#"{"message":"success"}"#;

/// Answers that say nothing that can be relied on.
fn no_answers() -> Vec<(&'static str, Reads, Vec<u8>)> {
    let all = Reads::All;
    let long = format!(
        r#"{{"message":"success","more":"{}"}}"#,
        "x".repeat(10 << 20)
    );
    let large_head = format!("X-Large: {}\r\nContent-Length: 21\r\n", "x".repeat(4 << 20));
    let redirect = "HTTP/1.1 307 Elsewhere\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n";
    vec![
        ("nothing", all, Vec::new()),
        ("reset behind the head", Reads::Head, Vec::new()),
        ("half a status line", all, b"HTTP/1.1 2".to_vec()),
        (
            "half a head",
            all,
            b"HTTP/1.1 201 Created\r\nContent-".to_vec(),
        ),
        (
            "half a body",
            all,
            created("Content-Length: 500\r\n", SUCCESS),
        ),
        ("no body", all, created("Content-Length: 0\r\n", "")),
        ("half of JSON", all, created("", &SUCCESS[..15])),
        (
            "garbage",
            all,
            b"\x00\xff\xfe no HTTP at all\r\n\r\n".to_vec(),
        ),
        ("another protocol", all, b"SSH-2.0-OpenSSH_9.6\r\n".to_vec()),
        (
            "HTTP/2 unasked for",
            all,
            b"\x00\x00\x00\x04\x00\x00\x00\x00\x00".to_vec(),
        ),
        (
            "a status of four digits",
            all,
            b"HTTP/1.1 2010 No\r\n\r\n".to_vec(),
        ),
        (
            "10 MiB",
            all,
            created(&format!("Content-Length: {}\r\n", long.len()), &long),
        ),
        ("a head of 4 MiB", all, created(&large_head, SUCCESS)),
        (
            "chunks that end",
            all,
            created("Transfer-Encoding: chunked\r\n", "15\r\n{\"message\":"),
        ),
        (
            "chunks without a last",
            all,
            created(
                "Transfer-Encoding: chunked\r\n",
                "15\r\n{\"message\":\"success\"}\r\n",
            ),
        ),
        (
            "a chunk of no size",
            all,
            created(
                "Transfer-Encoding: chunked\r\n",
                "zz\r\n{\"message\":\"success\"}\r\n0\r\n\r\n",
            ),
        ),
        (
            "two lengths",
            all,
            created("Content-Length: 21\r\nContent-Length: 4\r\n", SUCCESS),
        ),
        (
            "a length below 0",
            all,
            created("Content-Length: -1\r\n", SUCCESS),
        ),
        (
            "a page",
            all,
            created(
                "Content-Type: text/html\r\nContent-Length: 13\r\n",
                "<html></html>",
            ),
        ),
        ("an array", all, created("Content-Length: 2\r\n", "[]")),
        (
            "words in Latin-1",
            all,
            b"HTTP/1.1 201 Created\r\nContent-Length: 3\r\n\r\n\xe9\xe8\xe7".to_vec(),
        ),
        ("a redirect", all, redirect.into()),
        (
            "no content",
            all,
            b"HTTP/1.1 204 No Content\r\n\r\n".to_vec(),
        ),
        (
            "half of a 400",
            all,
            b"HTTP/1.1 400 Bad\r\nContent-Length: 500\r\n\r\n{\"message\":\"no\",".to_vec(),
        ),
        (
            "only Continue",
            all,
            b"HTTP/1.1 100 Continue\r\n\r\n".to_vec(),
        ),
    ]
}

#[test]
fn events_without_a_usable_answer_are_unknown() {
    for (what, reads, first) in no_answers() {
        let (came, reason) = push(&events(), reads, &first);
        let wanted = Came {
            accepted: 75,
            refused: 0,
            unknown: 75,
            pending: 0,
            n_requests: 2,
            n_again: 0,
        };
        assert_eq!(came, wanted, "{what}");
        assert!(
            !reason.is_empty() && reason.len() <= 200,
            "{what}: {reason}"
        );
    }
}

#[test]
fn attributes_without_a_usable_answer_go_again() {
    let some = [
        "reset behind the head",
        "half a body",
        "garbage",
        "10 MiB",
        "a redirect",
    ];
    for (what, reads, first) in no_answers() {
        if !some.contains(&what) {
            continue;
        }
        let (came, _) = push(&audience(), reads, &first);
        let fates = (came.accepted, came.refused, came.unknown, came.pending);
        assert_eq!(fates, (150, 0, 0, 0), "{what}");
        assert_eq!(came.n_requests, 3, "{what}");
    }
}

#[test]
fn odd_answers_that_can_be_read_count() {
    let fine = String::from_utf8(FINE.to_vec()).expect("it is ASCII");
    for (what, first) in [
        (
            "another type",
            created(
                "Content-Type: text/plain\r\nContent-Length: 21\r\n",
                SUCCESS,
            ),
        ),
        ("up to the end", created("Connection: close\r\n", SUCCESS)),
        (
            "HTTP/1.0",
            format!("HTTP/1.0 201 Created\r\n\r\n{SUCCESS}").into_bytes(),
        ),
        (
            "no reason",
            format!("HTTP/1.1 201\r\nContent-Length: 21\r\n\r\n{SUCCESS}").into_bytes(),
        ),
        (
            "Continue",
            format!("HTTP/1.1 100 Continue\r\n\r\n{fine}").into_bytes(),
        ),
        (
            "early hints",
            format!("HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n{fine}").into_bytes(),
        ),
        (
            "the same length twice",
            created("Content-Length: 21\r\nContent-Length: 21\r\n", SUCCESS),
        ),
        (
            "chunks",
            created(
                "Transfer-Encoding: chunked\r\n",
                "b\r\n{\"message\":\r\na\r\n\"success\"}\r\n0\r\n\r\n",
            ),
        ),
    ] {
        let (came, _) = push(&events(), Reads::All, &first);
        let wanted = Came {
            accepted: 150,
            refused: 0,
            unknown: 0,
            pending: 0,
            n_requests: 2,
            n_again: 0,
        };
        assert_eq!(came, wanted, "{what}");
    }
}

/// Whether the request had left by then is the network's to say: it is unknown or goes again, never both.
#[test]
fn a_connection_that_ends_before_the_request_costs_no_row() {
    for n in 0..10 {
        let (came, _) = push(&events(), Reads::Nothing, b"");
        assert_eq!(came.accepted + came.unknown, 150, "{n}: {came:?}");
        assert!(came.accepted >= 75, "{n}: {came:?}");
    }
}
