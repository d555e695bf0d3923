//! A server with one answer to everything, for answers that no sandbox gives.

use std::io::{self, Read, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

pub(super) struct Scripted {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Scripted {
    /// Answers each request like this and closes the connection. `headers` end in line ends; the length
    /// is added unless it is among them.
    pub(super) fn start(status: u16, headers: &str, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let length = if headers.contains("Content-Length") {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", body.len())
        };
        let answer = format!(
            "HTTP/1.1 {status} Scripted\r\n{headers}{length}Connection: close\r\n\r\n{body}"
        );
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = read(&mut stream).unwrap() else {
                    return; // a connection without a request is the end
                };
                seen.lock().unwrap().push(request);
                stream.write_all(answer.as_bytes()).ok();
            }
        });
        Self {
            address,
            requests,
            thread: Some(thread),
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        drop(TcpStream::connect(self.address));
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || thread::panicking(), "the server failed");
    }
}

/// The next request; `None` where there is none.
pub(super) fn read(stream: &mut impl Read) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let n_bytes = stream.read(&mut chunk)?;
        bytes.extend_from_slice(&chunk[..n_bytes]);
        let text = String::from_utf8(bytes.clone()).unwrap();
        if n_bytes == 0 {
            return Ok(None);
        }
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        if body.len() >= length.unwrap().1.parse().unwrap() {
            return Ok(Some(text));
        }
    }
}
