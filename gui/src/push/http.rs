//! One request to Braze and what came back: the only file that knows the HTTP client.
//!
//! The client follows no redirect, resends nothing by itself, and keeps connections between requests.
//! What it says went wrong is sorted by the one question that counts: can Braze have seen the request?

use std::error::Error as _;
use std::time::Duration;

use aiq_braze::wire::reply::{Reply, ReplyHeaders, Sent, interpret};
use hyper::body::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Certificate, Client, Response, redirect, retry};

use super::endpoint::Address;
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
pub(super) struct Http {
    client: Client,
    url: String,
    authorization: HeaderValue,
    key: ApiKey,
}

impl Http {
    /// `Err`: why there can be no client, in words.
    pub(super) fn new(
        address: &Address,
        key: ApiKey,
        ca_certificates: &CaCertificates,
    ) -> Result<Self, String> {
        let mut builder = Client::builder()
            .user_agent(USER_AGENT)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .tcp_nodelay(true)
            .referer(false);
        if address.is_loopback() {
            builder = builder.no_proxy(); // none leads to this machine
        }
        builder = if address.is_protected() {
            let more = ca_certificates.0.iter().cloned();
            builder.https_only(true).tls_certs_merge(more)
        } else {
            // Without TLS a system that has no certificates is as good as any.
            builder.tls_certs_only([])
        };
        let client = builder.build().map_err(|error| {
            format!(
                "the HTTP client cannot be set up (are the system's CA certificates installed?){}",
                cause(&error)
            )
        })?;
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", key.secret()))
            .expect("a key is made of visible ASCII characters only");
        authorization.set_sensitive(true);
        Ok(Self {
            client,
            url: address.track_url(),
            authorization,
            key,
        })
    }

    /// Sends the body once: what came of it, and what the server said about its limit.
    pub(super) async fn post(&self, body: Bytes, sent: Sent) -> (Attempt, Heard) {
        let request = self
            .client
            .post(&self.url)
            .header(AUTHORIZATION, self.authorization.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        let attempt = match request.send().await {
            Ok(response) => {
                let heard = heard(response.headers());
                return (self.read(response, sent).await, heard);
            }
            Err(error) if error.is_builder() => {
                let words = format!("no request can be made for {}{}", self.url, cause(&error));
                Attempt::NotBuilt(self.key.scrub(&words) + ". Check the endpoint")
            }
            Err(error) if error.is_connect() => Attempt::NotSent(self.say(&error)),
            Err(error) => Attempt::NoAnswer(self.say(&error)),
        };
        (attempt, Heard::default())
    }

    async fn read(&self, mut response: Response, sent: Sent) -> Attempt {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= ANSWER_BYTES => {
                    body.extend_from_slice(&chunk);
                }
                Ok(None) => break,
                // Without its end a good answer may lack errors, so it counts as none. A refusal
                // is one whatever its text says.
                Ok(Some(_)) | Err(_) if !(200..300).contains(&status) => break,
                Ok(Some(_)) => {
                    return Attempt::NoAnswer("the answer is longer than 1 MiB".to_owned());
                }
                Err(error) => return Attempt::NoAnswer(self.say(&error)),
            }
        }
        let retry_after = text(&headers, "x-ratelimit-retry-after");
        let headers = ReplyHeaders {
            retry_after: retry_after.or_else(|| text(&headers, "retry-after")),
            reset: text(&headers, "x-ratelimit-reset"),
        };
        // Before its words are cut short: half a key is one too many.
        let body = self.key.scrub(&String::from_utf8_lossy(&body));
        let reply = interpret(status, &headers, body.as_bytes(), sent);
        Attempt::Answered(self.scrub(reply))
    }

    /// The answer with all its words as they will be kept.
    fn scrub(&self, mut reply: Reply) -> Reply {
        let scrub = |words: &mut String| *words = self.key.scrub(words);
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

    /// An error in words, which hold neither the key nor an address.
    fn say(&self, error: &reqwest::Error) -> String {
        self.key.scrub(&words(error))
    }
}

fn heard(headers: &HeaderMap) -> Heard {
    let reset = ReplyHeaders {
        reset: text(headers, "x-ratelimit-reset"),
        ..ReplyHeaders::default()
    };
    Heard {
        left: text(headers, "x-ratelimit-remaining").and_then(|left| left.trim().parse().ok()),
        until: reset.wait(),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// What went wrong, and the cause at the bottom of it.
fn words(error: &reqwest::Error) -> String {
    let what = if error.is_connect() {
        "no connection"
    } else if error.is_timeout() {
        return format!("no answer in {} seconds", TIMEOUT.as_secs());
    } else {
        "the connection ended without an answer"
    };
    what.to_owned() + &cause(error)
}

/// `: ` and the cause at the bottom, if there is one.
fn cause(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    while let Some(deeper) = cause.and_then(|cause| cause.source()) {
        cause = Some(deeper);
    }
    cause.map_or_else(String::new, |cause| format!(": {cause}"))
}
