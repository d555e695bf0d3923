//! A Braze that takes everything and remembers it: what arrived, in which order, however often. Its
//! weather comes from a script of the test's, one word for each request.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::{Map, Value};

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Taken and answered with 201.
    Fine,
    /// Not taken, and answered with this status.
    Status(u16),
    /// Taken, and the connection is cut before the answer.
    AnswerLost,
    /// Not taken, and the connection is cut.
    RequestLost,
    /// Taken, and answered with 201 so many thousandths of a second later.
    Late(u64),
    /// Answered with this status, in words that repeat the key; taken with 201.
    Echo {
        /// Such as 401.
        status: u16,
        /// Each character of the key as an escape of JSON.
        is_escaped: bool,
    },
}

impl Weather {
    fn takes(self) -> bool {
        matches!(
            self,
            Self::Fine | Self::AnswerLost | Self::Late(_) | Self::Echo { status: 201, .. }
        )
    }
}

/// A server on this machine; it ends with this.
#[derive(Debug)]
pub struct Braze {
    address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    thread: Option<JoinHandle<()>>,
}

/// What has arrived.
#[derive(Default)]
struct Seen {
    n_requests: u64,
    objects: Vec<Arrived>,
    weather: Option<Box<dyn FnMut(u64) -> Weather + Send>>,
    is_over: bool,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Seen({} requests)", self.n_requests)
    }
}

/// An object that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrived {
    /// Its `external_id`.
    pub user: String,
    /// Its attribute or property `n`, which tells its row where the test's rows have one.
    pub n: u64,
    /// All of it.
    pub said: Map<String, Value>,
}

impl Braze {
    /// Listens on any free port. `weather` is asked for each request, with its number from 0.
    ///
    /// # Panics
    /// When there is no port to listen on.
    pub fn start(weather: impl FnMut(u64) -> Weather + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let seen = Arc::new(Mutex::new(Seen {
            weather: Some(Box::new(weather)),
            ..Seen::default()
        }));
        let shared = Arc::clone(&seen);
        let thread = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if lock(&shared).is_over {
                    return;
                }
                let shared = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &shared));
            }
        });
        Self {
            address,
            seen,
            thread: Some(thread),
        }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same server with other weather from now on.
    pub fn set_weather(&self, weather: impl FnMut(u64) -> Weather + Send + 'static) {
        lock(&self.seen).weather = Some(Box::new(weather));
    }

    /// Requests so far.
    pub fn n_requests(&self) -> u64 {
        lock(&self.seen).n_requests
    }

    /// Objects that were taken, in the order in which they were.
    pub fn arrived(&self) -> Vec<Arrived> {
        lock(&self.seen).objects.clone()
    }

    /// How often each row arrived, by its `n`.
    pub fn counts(&self) -> BTreeMap<u64, u64> {
        let mut counts = BTreeMap::new();
        for arrived in &lock(&self.seen).objects {
            *counts.entry(arrived.n).or_default() += 1;
        }
        counts
    }
}

impl Drop for Braze {
    fn drop(&mut self) {
        lock(&self.seen).is_over = true;
        TcpStream::connect(self.address).ok();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One connection: requests until the other end has had enough.
fn serve(stream: TcpStream, seen: &Mutex<Seen>) {
    stream.set_nodelay(true).ok();
    let Ok(mut writer) = stream.try_clone() else {
        return;
    };
    let mut reader = BufReader::new(stream);
    while let Some((key, body)) = read(&mut reader) {
        let weather = {
            let mut seen = lock(seen);
            let number = seen.n_requests;
            seen.n_requests += 1;
            let weather = seen
                .weather
                .as_mut()
                .map_or(Weather::Fine, |weather| weather(number));
            if weather.takes() {
                seen.objects.extend(objects(&body));
            }
            weather
        };
        let mut answer = r#"{"message":"success"}"#.to_owned();
        let status = match weather {
            Weather::Fine => 201,
            Weather::Status(status) => status,
            Weather::AnswerLost | Weather::RequestLost => return,
            Weather::Late(ms) => {
                thread::sleep(Duration::from_millis(ms));
                201
            }
            Weather::Echo { status, is_escaped } => {
                let key = if is_escaped { escaped(&key) } else { key };
                answer = format!(r#"{{"message":"no such key: {key}","errors":["{key} {key}"]}}"#);
                status
            }
        };
        let head = format!(
            "HTTP/1.1 {status} Scripted\r\nContent-Length: {}\r\n\r\n",
            answer.len()
        );
        if writer.write_all((head + &answer).as_bytes()).is_err() {
            return;
        }
    }
}

fn escaped(text: &str) -> String {
    let escape = |char| format!("\\u{:04x}", u32::from(char));
    text.chars().map(escape).collect()
}

/// The key and the body of the next request.
fn read(reader: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let (mut n_bytes, mut n_lines) = (0, 0);
    let mut key = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        if line.is_empty() && n_lines > 0 {
            break;
        }
        n_lines += 1;
        let (name, value) = line.split_once(':').unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => n_bytes = value.trim().parse().ok()?,
            "authorization" => key = value.trim().replace("Bearer ", ""),
            _ => {}
        }
    }
    let mut body = vec![0; n_bytes];
    reader.read_exact(&mut body).ok()?;
    Some((key, body))
}

fn objects(body: &[u8]) -> Vec<Arrived> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let arrays = [&body["attributes"], &body["events"]];
    let objects = arrays.into_iter().filter_map(Value::as_array).flatten();
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let objects = objects.filter_map(|object| {
        Some(Arrived {
            user: object["external_id"].as_str()?.to_owned(),
            n: number(&object["n"])
                .or_else(|| number(&object["properties"]["n"]))
                .unwrap_or_default(),
            said: object.as_object()?.clone(),
        })
    });
    objects.collect()
}
