//! One harmless request and what can be seen in the answer to it, for those who look what is wrong.
//!
//! Unlike a push it keeps the words of the server and the headers, and sorts what went wrong on the way
//! by the step at which it did.

use std::error::Error as _;
use std::time::{Duration, SystemTime};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Response, redirect, retry};

use crate::push::{Address, ApiKey};

const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// More of an answer is not looked at.
const ANSWER_BYTES: usize = 64 << 10;
/// More of its words is not shown.
const SHOWN_CHARACTERS: usize = 200;
const USER_AGENT: &str = concat!("aiq-braze/", env!("CARGO_PKG_VERSION"));

/// What became of a request.
#[derive(Debug)]
pub(crate) enum Probed {
    /// There is an answer.
    Answered(Answer),
    /// It did not get there.
    Unreached(Step, String),
    /// It got there, and no answer came.
    Unanswered(String),
}

/// A step on the way to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// There is no client: nothing left this machine.
    Client,
    /// The address of the host's name.
    Name,
    /// A connection.
    Connection,
    /// Who the server is.
    Certificate,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// Such as 401.
    pub(crate) status: u16,
    /// The server's words, on one line, cut, without the key; empty where there are none.
    pub(crate) words: String,
    /// The server's clock.
    pub(crate) date: Option<SystemTime>,
    /// When the request left, and when the answer was there.
    pub(crate) between: (SystemTime, SystemTime),
    /// `X-RateLimit-Limit` and `X-RateLimit-Remaining`.
    pub(crate) rate: Option<(String, String)>,
}

/// Posts a body to a path of a server, with a key or without.
pub(crate) async fn probe(
    address: &Address,
    key: Option<&ApiKey>,
    path: &str,
    body: &'static str,
) -> Probed {
    let scrub = |words: &str| key.map_or_else(|| words.to_owned(), |key| key.scrub(words));
    let client = match client(address) {
        Ok(client) => client,
        Err(error) => return Probed::Unreached(Step::Client, deepest(&error)),
    };
    let mut request = client
        .post(format!("{}{path}", address.base()))
        .header(CONTENT_TYPE, "application/json")
        .body(body);
    if let Some(key) = key {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", key.secret()))
            .expect("a key is made of visible ASCII characters only");
        bearer.set_sensitive(true);
        request = request.header(AUTHORIZATION, bearer);
    }
    let left_at = SystemTime::now();
    match request.send().await {
        Ok(response) => Probed::Answered(read(response, left_at, scrub).await),
        Err(error) if error.is_builder() => {
            Probed::Unreached(Step::Client, scrub(&deepest(&error)))
        }
        Err(error) if error.is_connect() => {
            Probed::Unreached(step(&error), scrub(&deepest(&error)))
        }
        Err(error) if error.is_timeout() => {
            Probed::Unanswered(format!("no answer in {} seconds", TIMEOUT.as_secs()))
        }
        Err(error) => Probed::Unanswered(scrub(&deepest(&error))),
    }
}

/// As a push has it.
fn client(address: &Address) -> reqwest::Result<Client> {
    let mut builder = Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .timeout(TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .referer(false);
    if address.is_loopback() {
        builder = builder.no_proxy(); // none leads to this machine
    }
    builder = if address.is_protected() {
        builder.https_only(true)
    } else {
        builder.tls_certs_only([])
    };
    builder.build()
}

async fn read(
    mut response: Response,
    left_at: SystemTime,
    scrub: impl Fn(&str) -> String,
) -> Answer {
    let there_at = SystemTime::now();
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk[..chunk.len().min(ANSWER_BYTES - body.len())]);
        if body.len() == ANSWER_BYTES {
            break;
        }
    }
    // Before its words are cut short: half a key is one too many.
    let body = scrub(&String::from_utf8_lossy(&body));
    let limit = text(&headers, "x-ratelimit-limit");
    Answer {
        status,
        words: shown(&body),
        date: text(&headers, "date").and_then(|date| httpdate::parse_http_date(&date).ok()),
        between: (left_at, there_at),
        rate: limit.zip(text(&headers, "x-ratelimit-remaining")),
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// What Braze says in `message` or `error`, or else the text as it is.
fn shown(body: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Said {
        #[serde(alias = "error")]
        message: String,
    }
    let said = serde_json::from_str(body).map(|Said { message }| message);
    let words = said.unwrap_or_else(|_| body.to_owned());
    let on_one_line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    on_one_line.chars().take(SHOWN_CHARACTERS).collect()
}

/// Words of the TLS library for what only it can say.
const OF_TLS: [&str; 4] = ["certificate", "tls", "corrupt message", "handshake"];

fn step(error: &reqwest::Error) -> Step {
    let words = chain(error).join(" ").to_ascii_lowercase();
    if words.contains("dns error") {
        Step::Name
    } else if OF_TLS.iter().any(|word| words.contains(word)) {
        Step::Certificate
    } else {
        Step::Connection
    }
}

/// The cause at the bottom.
fn deepest(error: &reqwest::Error) -> String {
    chain(error).pop().unwrap_or_else(|| error.to_string())
}

/// What lies below, in words.
fn chain(error: &reqwest::Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        causes.push(deeper.to_string());
        cause = deeper.source();
    }
    causes
}
