//! One harmless request and what can be seen in the answer to it, for those who look what is wrong.
//!
//! Unlike a push it keeps the words of the server and the headers, and sorts what went wrong on the way
//! by the step at which it did.

use std::time::SystemTime;

pub(crate) use super::http::Step;
use super::http::{CaCertificates, Exchange, Http};
use super::{Address, ApiKey};

/// More of its words is not shown.
const SHOWN_CHARACTERS: usize = 200;

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
    let http = match Http::new(address, key.cloned(), &CaCertificates::default()) {
        Ok(http) => http,
        Err(words) => return Probed::Unreached(Step::Request, words),
    };
    let answer = match http.post(path, body).await {
        Exchange::Answered(answer) => answer,
        Exchange::Unreached(step, words) => return Probed::Unreached(step, words),
        Exchange::Unanswered(words) => return Probed::Unanswered(words),
    };
    let header = |name| answer.header(name).map(str::to_owned);
    Probed::Answered(Answer {
        status: answer.status,
        words: http.scrub(&shown(&answer.body)),
        date: answer
            .header("date")
            .and_then(|date| httpdate::parse_http_date(date).ok()),
        between: answer.between,
        rate: header("x-ratelimit-limit").zip(header("x-ratelimit-remaining")),
    })
}

/// What Braze says in `message` or `error`, or else the text as it is.
pub(super) fn shown(body: &str) -> String {
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
