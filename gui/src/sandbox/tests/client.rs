//! A blocking HTTP/1.1 client of a few lines: one request a connection.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use crate::sandbox::Sandbox;

/// What came back.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    head: String,
    pub(super) body: String,
}

impl Reply {
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

/// Sends `head` (lines without the ends), what every request needs, and `body`. Nothing when the
/// connection ended without an answer.
pub(super) fn send(sandbox: &Sandbox, head: &[&str], body: &[u8]) -> Option<Reply> {
    let mut stream = open(sandbox);
    write(&mut stream, head, body);
    read(stream)
}

pub(super) fn open(sandbox: &Sandbox) -> TcpStream {
    TcpStream::connect(sandbox.url().trim_start_matches("http://")).unwrap()
}

pub(super) fn write(stream: &mut TcpStream, head: &[&str], body: &[u8]) {
    let head = format!(
        "{}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        head.join("\r\n"),
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
}

pub(super) fn read(mut stream: TcpStream) -> Option<Reply> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some(Reply {
        status: head.get(9..12)?.parse().ok()?,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}

/// `POST /users/track` as it should be.
pub(super) const TRACK: [&str; 4] = [
    "POST /users/track HTTP/1.1",
    "Host: 127.0.0.1",
    "Authorization: Bearer sandbox",
    "Content-Type: application/json",
];

pub(super) fn track(sandbox: &Sandbox, body: &str) -> Reply {
    send(sandbox, &TRACK, body.as_bytes()).unwrap()
}

pub(super) fn get(sandbox: &Sandbox, path: &str) -> Reply {
    let line = format!("GET {path} HTTP/1.1");
    send(sandbox, &[&line, "Host: localhost:1"], b"").unwrap()
}
