//! Many connections, and both versions of HTTP.

use std::io::{Read as _, Write as _};

use super::{
    ONE,
    client::{self, TRACK},
    start,
};

#[test]
fn two_hundred_connections_are_open_at_once() {
    let sandbox = start();
    let mut streams: Vec<_> = (0..200).map(|_| client::open(&sandbox)).collect();
    // All are connected before the first one asks.
    for stream in &mut streams {
        client::write(stream, &TRACK, ONE.as_bytes());
    }
    for stream in streams {
        assert_eq!(client::read(stream).unwrap().status, 201);
    }
    assert_eq!(sandbox.report().accepted, 200);
}

#[test]
fn a_connection_carries_many_requests() {
    let sandbox = start();
    let mut stream = client::open(&sandbox);
    let request = format!(
        "{}\r\nContent-Length: {}\r\n\r\n{ONE}",
        TRACK.join("\r\n"),
        ONE.len()
    );
    // Written at once, answered one by one.
    stream.write_all(request.repeat(1000).as_bytes()).unwrap();
    let last = request.replacen("Host:", "Connection: close\r\nHost:", 1);
    stream.write_all(last.as_bytes()).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 201").count(), 1001);
    assert_eq!(sandbox.report().requests, 1001);
}

/// A frame of HTTP/2: its length, kind, flags and stream, then what it carries.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// A header that is in no table, in plain text.
fn header(name: &str, value: &str) -> Vec<u8> {
    let mut header = vec![0];
    for text in [name, value] {
        header.push(u8::try_from(text.len()).unwrap());
        header.extend(text.as_bytes());
    }
    header
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// Posts [`ONE`] as two streams of one HTTP/2 connection, and gives the body of each answer;
/// nothing for a stream that was reset.
fn post_twice(sandbox: &crate::sandbox::Sandbox) -> Vec<Option<String>> {
    let mut stream = client::open(sandbox);
    let headers: Vec<u8> = [
        (":method", "POST"),
        (":scheme", "http"),
        (":authority", "127.0.0.1"),
        (":path", "/users/track"),
        ("authorization", "Bearer sandbox"),
        ("content-type", "application/json"),
    ]
    .into_iter()
    .flat_map(|(name, value)| header(name, value))
    .collect();
    let mut sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    sent.extend(frame(SETTINGS, 0, 0, &[]));
    for id in [1, 3] {
        sent.extend(frame(HEADERS, END_HEADERS, id, &headers));
        sent.extend(frame(DATA, END_STREAM, id, ONE.as_bytes()));
    }
    stream.write_all(&sent).unwrap();
    let mut bodies = [String::new(), String::new()];
    let mut ended = [None, None];
    while ended.contains(&None) {
        let mut head = [0; 9];
        stream.read_exact(&mut head).unwrap();
        let [a, b, c, kind, flags, .., id] = head;
        let mut payload = vec![0; usize::try_from(u32::from_be_bytes([0, a, b, c])).unwrap()];
        stream.read_exact(&mut payload).unwrap();
        let place = usize::from(id / 2);
        if kind == DATA {
            bodies[place] += std::str::from_utf8(&payload).unwrap();
        }
        if kind == RST_STREAM {
            ended[place] = Some(false);
        } else if (kind == DATA || kind == HEADERS) && flags & END_STREAM != 0 {
            ended[place] = Some(true);
        }
    }
    let ended = ended.into_iter().zip(bodies);
    ended
        .map(|(is_whole, body)| (is_whole == Some(true)).then_some(body))
        .collect()
}

#[test]
fn http_2_is_spoken_too() {
    let sandbox = start();
    let done = r#"{"attributes_processed":1,"message":"success"}"#.to_owned();
    assert_eq!(post_twice(&sandbox), [Some(done.clone()), Some(done)]);
    assert_eq!(sandbox.report().accepted, 2);
}

#[test]
fn a_cut_stream_leaves_the_others_of_its_connection() {
    use crate::sandbox::Fault;
    for fault in [Fault::Cut, Fault::Lost, Fault::HalfBody] {
        let sandbox = super::with_faults(&[fault, Fault::None]);
        let bodies = post_twice(&sandbox);
        assert_eq!(bodies.iter().flatten().count(), 1, "{fault:?}");
        assert_eq!(sandbox.report().requests, 2);
    }
}
