//! Requests to Braze and what came back: the only file that knows the HTTP client.
//!
//! The client follows no redirect, resends nothing by itself, and keeps connections between requests.
//! What it says went wrong is sorted by the one question that counts: can Braze have seen the request?

use std::error::Error as _;
use std::time::{Duration, SystemTime};

use aiq_braze::wire::reply::{Reply, ReplyHeaders, Sent, interpret};
use hyper::HeaderMap;
use hyper::body::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Certificate, Client, ClientBuilder, Response, redirect, retry};

use super::endpoint::{Address, TRACK};
use super::engine::Heard;
use super::key::ApiKey;
use super::retry::Attempt;

/// Longer than Braze's own server takes to give up: what is cut earlier may still be carried out.
const TIMEOUT: Duration = Duration::from_secs(90);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(20);
/// Shorter than servers keep idle connections, so that none is used just as it is closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);
/// The answer to 75 objects is a few kilobytes.
const ANSWER_BYTES: usize = 1 << 20;
const USER_AGENT: &str = concat!("aiq-braze/", env!("CARGO_PKG_VERSION"));

/// Certificates of authorities that a server may show besides those that the system trusts, such as a
/// company's own proxy does.
#[derive(Clone, Debug, Default)]
pub struct CaCertificates(Vec<Certificate>);

impl CaCertificates {
    /// Reads one or more certificates in PEM.
    ///
    /// # Errors
    ///
    /// When the text holds none, or one that cannot be read: why, in words.
    pub fn from_pem(text: &[u8]) -> Result<Self, String> {
        let expected = "expected certificates in PEM (-----BEGIN CERTIFICATE-----)";
        match Certificate::from_pem_bundle(text) {
            Ok(certificates) if !certificates.is_empty() => Ok(Self(certificates)),
            Ok(_) => Err(format!("found none, {expected}")),
            Err(_) => Err(format!("found something else, {expected}")),
        }
    }
}

/// A client for one address and key.
pub(crate) struct Http {
    client: Client,
    base: String,
    authorization: Option<HeaderValue>,
    key: Option<ApiKey>,
    timeout: Duration,
}

/// What came of one request.
#[derive(Debug)]
pub(crate) enum Exchange {
    Answered(Answer),
    /// It did not get to the server.
    Unreached(Step, String),
    /// It was sent, and no answer came.
    Unanswered(String),
}

/// A step on the way to a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// There is no such request: nothing left this machine.
    Request,
    /// The address of the host's name.
    Name,
    /// A connection.
    Connection,
    /// Who the server is.
    Certificate,
}

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Its text without the key, as far as it came.
    pub(crate) body: String,
    /// Why it did not come whole.
    cut: Option<String>,
    /// When the request left, and when the answer's first bytes were there.
    pub(crate) between: (SystemTime, SystemTime),
}

impl Answer {
    /// Whether all of it came.
    pub(super) fn is_whole(&self) -> bool {
        self.cut.is_none()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Http {
    /// `Err`: why there can be no client, in words.
    pub(crate) fn new(
        address: &Address,
        key: Option<ApiKey>,
        ca_certificates: &CaCertificates,
    ) -> Result<Self, String> {
        Self::with_timeout(address, key, ca_certificates, TIMEOUT)
    }

    fn with_timeout(
        address: &Address,
        key: Option<ApiKey>,
        ca_certificates: &CaCertificates,
        timeout: Duration,
    ) -> Result<Self, String> {
        let builder = builder(address, ca_certificates).timeout(timeout);
        let client = builder.build().map_err(|error| {
            format!(
                "the HTTP client cannot be set up (are the system's CA certificates installed?): {}",
                cause(&error)
            )
        })?;
        let authorization = key.as_ref().map(|key| {
            let mut bearer = HeaderValue::from_str(&format!("Bearer {}", key.secret()))
                .expect("a key is made of visible ASCII characters only");
            bearer.set_sensitive(true);
            bearer
        });
        Ok(Self {
            client,
            base: address.base().to_owned(),
            authorization,
            key,
            timeout,
        })
    }

    /// Sends a body of objects once: what came of it, and what the server said about its limit.
    pub(super) async fn track(&self, body: Bytes, sent: Sent) -> (Attempt, Heard) {
        match self.post(TRACK, body).await {
            Exchange::Answered(answer) => (self.read(&answer, sent), heard(&answer)),
            Exchange::Unreached(Step::Request, words) => (
                Attempt::NotBuilt(format!("{words}. Check the endpoint")),
                Heard::default(),
            ),
            Exchange::Unreached(_, words) => (Attempt::NotSent(words), Heard::default()),
            Exchange::Unanswered(words) => (Attempt::NoAnswer(words), Heard::default()),
        }
    }

    /// Posts JSON to a path of the server, once.
    pub(crate) async fn post(&self, path: &str, body: impl Into<Bytes>) -> Exchange {
        let mut request = self
            .client
            .post(format!("{}{path}", self.base))
            .header(CONTENT_TYPE, "application/json")
            .body(body.into());
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        let left_at = SystemTime::now();
        match request.send().await {
            Ok(response) => Exchange::Answered(self.answer(response, left_at).await),
            Err(error) if error.is_builder() => Exchange::Unreached(
                Step::Request,
                self.scrub(&format!(
                    "no request can be made for {}{path}: {}",
                    self.base,
                    cause(&error)
                )),
            ),
            Err(error) if error.is_connect() => Exchange::Unreached(
                step(&error),
                self.scrub(&format!("no connection: {}", cause(&error))),
            ),
            Err(error) => Exchange::Unanswered(self.lost(&error)),
        }
    }

    async fn answer(&self, mut response: Response, left_at: SystemTime) -> Answer {
        let between = (left_at, SystemTime::now());
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let mut body = Vec::new();
        let cut = loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_BYTES => {
                    body.extend_from_slice(&chunk);
                }
                Ok(Some(_)) => break Some("the answer is longer than 1 MiB".to_owned()),
                Ok(None) => break None,
                Err(error) => break Some(self.lost(&error)),
            }
        };
        Answer {
            status,
            headers,
            // Before its words are cut short: half a key is one too many.
            body: self.scrub(&String::from_utf8_lossy(&body)),
            cut,
            between,
        }
    }

    /// Why no answer came, without the key or an address.
    fn lost(&self, error: &reqwest::Error) -> String {
        if error.is_timeout() {
            return format!("no answer in {} seconds", self.timeout.as_secs());
        }
        self.scrub(&format!(
            "the connection ended without an answer: {}",
            cause(error)
        ))
    }

    /// What an answer means for the request. Without its end a good answer may lack errors, and a 400 may
    /// lack what it was refused for or that some of it was processed, so they count as none; any other
    /// answer means the same whatever its text says.
    fn read(&self, answer: &Answer, sent: Sent) -> Attempt {
        if let Some(words) = &answer.cut
            && matches!(answer.status, 200..300 | 400)
        {
            return Attempt::NoAnswer(words.clone());
        }
        let own = answer.header("x-ratelimit-retry-after");
        let retry_after = own.or_else(|| answer.header("retry-after"));
        let headers = ReplyHeaders {
            retry_after,
            retry_at: retry_after.and_then(date),
            reset: answer.header("x-ratelimit-reset"),
        };
        let reply = interpret(answer.status, &headers, answer.body.as_bytes(), sent);
        Attempt::Answered(self.scrub_reply(reply))
    }

    /// The answer with all its words as they will be kept: JSON can write a key so that it is seen only once
    /// it is read.
    fn scrub_reply(&self, mut reply: Reply) -> Reply {
        let scrub = |words: &mut String| *words = self.scrub(words);
        match &mut reply {
            Reply::Taken {
                refused,
                unattributed,
            } => {
                let reasons = refused.iter_mut().map(|refusal| &mut refusal.reason);
                reasons.chain(unattributed).for_each(scrub);
            }
            Reply::Refused { message, named, .. } => {
                let reasons = named.iter_mut().map(|refusal| &mut refusal.reason);
                reasons.chain([message]).for_each(scrub);
            }
            Reply::Denied { message }
            | Reply::TooLarge { message }
            | Reply::Unknown { message } => scrub(message),
            Reply::Again { .. } => {}
        }
        reply
    }

    /// Words without the key.
    pub(super) fn scrub(&self, words: &str) -> String {
        let key = self.key.as_ref();
        key.map_or_else(|| words.to_owned(), |key| key.scrub(words))
    }
}

fn builder(address: &Address, ca_certificates: &CaCertificates) -> ClientBuilder {
    let mut builder = Client::builder()
        .user_agent(USER_AGENT)
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .tcp_nodelay(true)
        .referer(false);
    if address.is_loopback() {
        builder = builder.no_proxy(); // none leads to this machine
    }
    if address.is_protected() {
        let more = ca_certificates.0.iter().cloned();
        builder.https_only(true).tls_certs_merge(more)
    } else {
        // Without TLS a system that has no certificates is as good as any.
        builder.tls_certs_only([])
    }
}

fn heard(answer: &Answer) -> Heard {
    let reset = ReplyHeaders {
        reset: answer.header("x-ratelimit-reset"),
        ..ReplyHeaders::default()
    };
    let left = answer.header("x-ratelimit-remaining");
    Heard {
        left: left.and_then(|left| left.trim().parse().ok()),
        until: reset.wait(),
    }
}

/// A date as HTTP writes it, in seconds since 1970.
fn date(text: &str) -> Option<u64> {
    let date = httpdate::parse_http_date(text.trim()).ok()?;
    let since = date.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(since.as_secs())
}

/// Words of the TLS library for what only it can say.
const OF_TLS: [&str; 4] = ["certificate", "tls", "corrupt message", "handshake"];

fn step(error: &reqwest::Error) -> Step {
    let words = causes(error).join(" ").to_ascii_lowercase();
    if words.contains("dns error") {
        Step::Name
    } else if OF_TLS.iter().any(|word| words.contains(word)) {
        Step::Certificate
    } else {
        Step::Connection
    }
}

/// The cause at the bottom.
fn cause(error: &reqwest::Error) -> String {
    causes(error).pop().unwrap_or_else(|| error.to_string())
}

/// What lies below, in words.
fn causes(error: &reqwest::Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        causes.push(deeper.to_string());
        cause = deeper.source();
    }
    causes
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::thread;

    use aiq_braze::wire::InputArray;

    use super::*;

    /// What comes of a request to a server that says this and then nothing.
    fn silence_after(said: &'static [u8]) -> Attempt {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let (mut stream, _): (TcpStream, _) = listener.accept().unwrap();
            // Whoever answers before the request is there is not understood.
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n{}") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                asked.extend(byte);
            }
            stream.write_all(said).unwrap();
            stream.read_to_end(&mut Vec::new()).ok(); // until the other end has had enough
        });
        let http = Http::with_timeout(
            &Address::parse(&url).unwrap(),
            None,
            &CaCertificates::default(),
            Duration::from_millis(50),
        );
        let sent = Sent {
            array: InputArray::Events,
            n_objects: 1,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (attempt, _) = runtime.block_on(http.unwrap().track(Bytes::from_static(b"{}"), sent));
        drop(runtime);
        server.join().unwrap();
        attempt
    }

    #[test]
    fn silence_is_no_answer_and_ends() {
        let none = Attempt::NoAnswer("no answer in 0 seconds".to_owned());
        assert_eq!(silence_after(b""), none);
        assert_eq!(silence_after(b"HTTP/1.1 201 Created\r\nContent-"), none);
        let half = b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"message\"";
        assert_eq!(silence_after(half), none);
    }
}
