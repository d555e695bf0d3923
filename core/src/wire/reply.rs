//! Braze's answers: what became of each object of a request.
//!
//! Objects are told apart by their position in the array as it was sent (`errors[].input_array` and
//! `errors[].index`). That shape stands on no page of Braze's documentation, only in answers that others
//! have recorded; whatever does not fit it is *unknown*, never guessed.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::InputArray;

/// What an answer says about a request as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Braze took the request; these objects of it (by position, ascending) were refused.
    Taken {
        /// Positions and Braze's words.
        refused: Vec<Refusal>,
        /// Errors that name no object of this request: which objects they mean is unknown.
        unattributed: Vec<String>,
    },
    /// Nothing was processed; the same request may be sent again.
    Again {
        /// Why.
        why: Again,
        /// How long Braze wants to be left alone.
        wait: Option<Wait>,
    },
    /// The key is not accepted for this: stop, nothing more will go through.
    Denied {
        /// Braze's words.
        message: String,
    },
    /// The request was refused.
    Refused {
        /// Braze's words.
        message: String,
        /// The objects that it was refused for (by position, ascending), where Braze names them.
        named: Vec<Refusal>,
        /// Some of it was processed all the same: then nobody knows of the objects that are not named.
        was_processed: bool,
    },
    /// The request was refused for its size (413, or 400 in words that say so): nothing was processed, and
    /// smaller requests may be taken.
    TooLarge {
        /// Braze's words.
        message: String,
    },
    /// What became of the request cannot be known.
    Unknown {
        /// What was seen.
        message: String,
    },
}

/// What became of one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate<'r> {
    /// Braze took it: it is queued, not yet written.
    Taken,
    /// Braze refused it, in these words.
    Refused(&'r str),
    /// It was not processed.
    NotProcessed,
    /// Nobody can know, for this reason.
    Unknown(&'r str),
}

impl Reply {
    /// What became of the object at this position.
    pub fn fate(&self, index: usize) -> Fate<'_> {
        let named = |refused: &[Refusal]| {
            let place = refused.binary_search_by_key(&index, |refusal| refusal.index);
            place.ok()
        };
        match self {
            Self::Taken {
                refused,
                unattributed,
            } => match (named(refused), unattributed.first()) {
                (Some(place), _) => Fate::Refused(&refused[place].reason),
                (None, None) => Fate::Taken,
                (None, Some(reason)) => Fate::Unknown(reason),
            },
            Self::Again { .. } | Self::Denied { .. } => Fate::NotProcessed,
            Self::Refused {
                message,
                named: refused,
                was_processed,
            } => match (named(refused), was_processed) {
                (Some(place), _) => Fate::Refused(&refused[place].reason),
                (None, false) => Fate::Refused(message),
                (None, true) => Fate::Unknown(message),
            },
            Self::TooLarge { message } => Fate::Refused(message),
            Self::Unknown { message } => Fate::Unknown(message),
        }
    }
}

/// An object that Braze refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Position in the array as sent, from 0.
    pub index: usize,
    /// Braze's word for it: a code or a sentence.
    pub reason: String,
}

/// Why a request may be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// 429: over the limit.
    RateLimited,
    /// 502: it did not reach a server.
    NotReached,
    /// 503: no capacity.
    Unavailable,
}

/// How long to wait before the next request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// So many seconds.
    Seconds(u64),
    /// Until this time, in seconds since 1970 (UTC).
    Until(u64),
}

/// The headers of an answer that matter. Names arrive in any case.
#[derive(Clone, Copy, Debug, Default)]
pub struct ReplyHeaders<'h> {
    /// `X-Ratelimit-Retry-After` or `Retry-After`: seconds.
    pub retry_after: Option<&'h str>,
    /// `Retry-After` where it is a date: in seconds since 1970. Hosts know how HTTP writes dates.
    pub retry_at: Option<u64>,
    /// `X-RateLimit-Reset`: seconds since 1970, or seconds left (contracts differ). It stands on every
    /// answer, and says something about waiting on a 429 alone.
    pub reset: Option<&'h str>,
}

impl ReplyHeaders<'_> {
    /// What the headers ask for. Above 10⁹ a reset is a time, below it a duration.
    pub fn wait(&self) -> Option<Wait> {
        let seconds = |text: Option<&str>| text.and_then(|text| text.trim().parse::<u64>().ok());
        let reset = || {
            seconds(self.reset).map(|reset| {
                if reset > 1_000_000_000 {
                    Wait::Until(reset)
                } else {
                    Wait::Seconds(reset)
                }
            })
        };
        let date = || self.retry_at.map(Wait::Until);
        seconds(self.retry_after)
            .map(Wait::Seconds)
            .or_else(date)
            .or_else(reset)
    }
}

/// An answer's body. What is missing or of another shape than expected costs itself and nothing else.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'b"))]
struct Body<'b> {
    message: Option<&'b RawValue>,
    error: Option<&'b RawValue>,
    errors: Option<&'b RawValue>,
    attributes_processed: Option<&'b RawValue>,
    events_processed: Option<&'b RawValue>,
    purchases_processed: Option<&'b RawValue>,
}

impl<'b> Body<'b> {
    fn words(&self) -> Option<String> {
        self.message.or(self.error).and_then(text)
    }

    /// Whether any counter says that objects were processed.
    fn was_processed(&self) -> bool {
        let counters = [
            self.attributes_processed,
            self.events_processed,
            self.purchases_processed,
        ];
        let mut counts = counters.into_iter().flatten().map(RawValue::get);
        counts.any(|count| count != "0" && count != "null")
    }

    fn errors(&self) -> Vec<&'b RawValue> {
        match self.errors.map(RawValue::get) {
            None | Some("null") => Vec::new(),
            Some(errors) => {
                serde_json::from_str(errors).unwrap_or_else(|_| self.errors.into_iter().collect())
            }
        }
    }
}

/// One item of `errors`.
#[derive(Deserialize, Default)]
#[serde(default, bound(deserialize = "'de: 'b"))]
struct Item<'b> {
    #[serde(rename = "type")]
    reason: Option<&'b RawValue>,
    input_array: Option<&'b RawValue>,
    index: Option<&'b RawValue>,
}

impl Item<'_> {
    /// The position of the object that the item names, if it names one of ours.
    fn place(&self, sent: Sent) -> Option<usize> {
        let array = self.input_array.and_then(text);
        let index: usize = self.index?.get().parse().ok()?;
        let is_ours = array.is_none_or(|array| array == sent.array.as_str());
        (is_ours && index < sent.n_objects).then_some(index)
    }
}

/// A JSON text's text; the JSON itself of anything else but `null`.
fn text(raw: &RawValue) -> Option<String> {
    match raw.get() {
        "null" => None,
        other => Some(serde_json::from_str(other).unwrap_or_else(|_| other.to_owned())),
    }
}

/// What a request held: objects of one array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The array.
    pub array: InputArray,
    /// How many objects it had.
    pub n_objects: usize,
}

/// Says what an answer means for the request that was sent.
pub fn interpret(status: u16, headers: &ReplyHeaders<'_>, body: &[u8], sent: Sent) -> Reply {
    let parsed = parse(body);
    let again = |why, headers: ReplyHeaders<'_>| Reply::Again {
        why,
        wait: headers.wait(),
    };
    let no_reset = ReplyHeaders {
        reset: None,
        ..*headers
    };
    match (status, parsed) {
        (429, _) => again(Again::RateLimited, *headers),
        (502, _) => again(Again::NotReached, no_reset),
        (503, _) => again(Again::Unavailable, no_reset),
        (401 | 403, parsed) => Reply::Denied {
            message: words(status, parsed.as_ref()),
        },
        (200..=202, Some(body)) => taken(&body.errors(), sent),
        (400..=499, parsed) => refused(status, parsed.unwrap_or_default(), sent),
        (_, parsed) => Reply::Unknown {
            message: words(status, parsed.as_ref()),
        },
    }
}

/// The body's object. (Serde would read an array as one, too.)
fn parse(body: &[u8]) -> Option<Body<'_>> {
    let is_object = body.trim_ascii_start().starts_with(b"{");
    is_object.then(|| serde_json::from_slice(body).ok())?
}

fn refused(status: u16, body: Body<'_>, sent: Sent) -> Reply {
    let (named, _) = attribute(&body.errors(), sent);
    if named.is_empty() && !body.was_processed() && is_about_size(status, &body) {
        return Reply::TooLarge {
            message: words(status, Some(&body)),
        };
    }
    Reply::Refused {
        message: words(status, Some(&body)),
        named,
        was_processed: body.was_processed(),
    }
}

/// Whether a request was refused for its size (API limits; API errors).
fn is_about_size(status: u16, body: &Body<'_>) -> bool {
    const WORDS: [&str; 3] = ["max input length", "entity too large", "payload too large"];
    let says_so = |words: String| {
        let words = words.to_lowercase();
        WORDS.iter().any(|word| words.contains(word))
    };
    status == 413 || status == 400 && body.words().is_some_and(says_so)
}

fn taken(errors: &[&RawValue], sent: Sent) -> Reply {
    let (refused, unattributed) = attribute(errors, sent);
    Reply::Taken {
        refused,
        unattributed,
    }
}

/// The objects that errors name, ascending, and the words of errors that name none.
fn attribute(errors: &[&RawValue], sent: Sent) -> (Vec<Refusal>, Vec<String>) {
    let (mut refused, mut unattributed): (Vec<Refusal>, Vec<String>) = (Vec::new(), Vec::new());
    for error in errors {
        let item: Option<Item> = serde_json::from_str(error.get()).ok();
        let place = item.as_ref().and_then(|item| item.place(sent));
        let reason = match item {
            Some(item) => item.reason.and_then(text),
            None => text(error),
        };
        let reason = reason.unwrap_or_else(|| "no reason given".to_owned());
        match place {
            Some(index) => refused.push(Refusal { index, reason }),
            None => unattributed.push(reason),
        }
    }
    refused.sort_by_key(|refusal| refusal.index);
    refused.dedup_by_key(|refusal| refusal.index);
    (refused, unattributed)
}

/// The answer in words: status and message, cut short.
fn words(status: u16, body: Option<&Body<'_>>) -> String {
    match body.and_then(Body::words) {
        Some(message) => format!("{status} {}", message.chars().take(200).collect::<String>()),
        None => format!("{status} without a message"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(n_objects: usize) -> Sent {
        Sent {
            array: InputArray::Attributes,
            n_objects,
        }
    }

    fn answer(status: u16, body: &str) -> Reply {
        interpret(status, &ReplyHeaders::default(), body.as_bytes(), sent(2))
    }

    #[test]
    fn partial_errors_name_objects_by_position() {
        let reply = answer(
            201,
            r#"{"message":"success","attributes_processed":1,
                "errors":[{"type":"EMAIL_BAD_FORMAT","input_array":"attributes","index":1}]}"#,
        );
        let refused = vec![Refusal {
            index: 1,
            reason: "EMAIL_BAD_FORMAT".to_owned(),
        }];
        assert_eq!(
            reply,
            Reply::Taken {
                refused,
                unattributed: vec![]
            }
        );
    }

    #[test]
    fn what_names_no_object_is_unattributed() {
        let reply = answer(
            201,
            r#"{"errors":["words",{"type":"X","index":7},{"type":"Y","input_array":"events","index":0},{"type":"Z"},5]}"#,
        );
        let unattributed = ["words", "X", "Y", "Z", "5"].map(str::to_owned).to_vec();
        assert_eq!(
            reply,
            Reply::Taken {
                refused: vec![],
                unattributed
            }
        );
    }

    fn fates(reply: &Reply) -> Vec<String> {
        (0..2)
            .map(|index| format!("{:?}", reply.fate(index)))
            .collect()
    }

    #[test]
    fn what_became_of_each_object() {
        for (status, body, first, second) in [
            (201, r#"{"message":"success"}"#, "Taken", "Taken"),
            (200, r#"{"errors":[]}"#, "Taken", "Taken"),
            (202, r#"{"message":"queued"}"#, "Taken", "Taken"),
            (
                201,
                r#"{"errors":[{"type":"A","input_array":"attributes","index":0}]}"#,
                "Refused(\"A\")",
                "Taken",
            ),
            (
                201,
                r#"{"errors":[{"type":"A","index":1},"words"]}"#,
                "Unknown(\"words\")",
                "Refused(\"A\")",
            ),
            // None survived: each object has its own words.
            (
                400,
                r#"{"message":"Valid data must be provided","errors":[{"type":"A","index":0},{"type":"B","index":1}]}"#,
                "Refused(\"A\")",
                "Refused(\"B\")",
            ),
            (
                400,
                r#"{"message":"no","errors":[{"type":"A","index":0}]}"#,
                "Refused(\"A\")",
                "Refused(\"400 no\")",
            ),
            (
                400,
                r#"{"message":"no","attributes_processed":1,"errors":[{"type":"A","index":0}]}"#,
                "Refused(\"A\")",
                "Unknown(\"400 no\")",
            ),
            (
                400,
                r#"{"message":"no","attributes_processed":0,"errors":["A"]}"#,
                "Refused(\"400 no\")",
                "Refused(\"400 no\")",
            ),
            (
                400,
                r#"{"error":"bad json"}"#,
                "Refused(\"400 bad json\")",
                "Refused(\"400 bad json\")",
            ),
            (
                404,
                "<html>",
                "Refused(\"404 without a message\")",
                "Refused(\"404 without a message\")",
            ),
            (
                413,
                r#"{"message":"Request Entity Too Large"}"#,
                "Refused(\"413 Request Entity Too Large\")",
                "Refused(\"413 Request Entity Too Large\")",
            ),
            (
                415,
                "",
                "Refused(\"415 without a message\")",
                "Refused(\"415 without a message\")",
            ),
            (
                401,
                r#"{"message":"Invalid API key"}"#,
                "NotProcessed",
                "NotProcessed",
            ),
            (403, "", "NotProcessed", "NotProcessed"),
            (429, "", "NotProcessed", "NotProcessed"),
            (502, "", "NotProcessed", "NotProcessed"),
            (503, "", "NotProcessed", "NotProcessed"),
            (
                500,
                "",
                "Unknown(\"500 without a message\")",
                "Unknown(\"500 without a message\")",
            ),
            (
                504,
                r#"{"message":"late"}"#,
                "Unknown(\"504 late\")",
                "Unknown(\"504 late\")",
            ),
            (
                201,
                "not json",
                "Unknown(\"201 without a message\")",
                "Unknown(\"201 without a message\")",
            ),
        ] {
            assert_eq!(
                fates(&answer(status, body)),
                [first, second],
                "{status} {body}"
            );
        }
    }

    #[test]
    fn errors_name_objects_of_the_array_that_was_sent() {
        let body = br#"{"errors":[{"type":"A","input_array":"events","index":0}]}"#;
        let events = Sent {
            array: InputArray::Events,
            n_objects: 1,
        };
        let reply = interpret(201, &ReplyHeaders::default(), body, events);
        assert_eq!(reply.fate(0), Fate::Refused("A"));
        let reply = interpret(201, &ReplyHeaders::default(), body, sent(1));
        assert_eq!(reply.fate(0), Fate::Unknown("A"));
    }

    #[test]
    fn statuses() {
        assert!(matches!(
            answer(401, r#"{"message":"Invalid API key"}"#),
            Reply::Denied { .. }
        ));
        assert!(matches!(answer(403, ""), Reply::Denied { .. }));
        assert!(matches!(answer(413, "<html>"), Reply::TooLarge { .. }));
        for (message, is_size) in [
            ("Max Input Length Exceeded", true),
            ("Request Entity Too Large", true),
            ("Bad Request", false),
        ] {
            let reply = answer(400, &format!(r#"{{"message":"{message}"}}"#));
            assert_eq!(
                matches!(reply, Reply::TooLarge { .. }),
                is_size,
                "{message}"
            );
        }
        let named = r#"{"message":"Max Input Length Exceeded","errors":[{"type":"A","index":0}]}"#;
        assert!(matches!(answer(400, named), Reply::Refused { .. }));
        for status in [500, 504, 302, 418 + 200] {
            assert!(
                matches!(answer(status, "{}"), Reply::Unknown { .. }),
                "{status}"
            );
        }
        for other in [
            "not json",
            "[]",
            r#"["success"]"#,
            "null",
            "\"success\"",
            "201",
            "",
        ] {
            assert!(
                matches!(answer(201, other), Reply::Unknown { .. }),
                "{other}"
            );
        }
        for (status, why) in [
            (429, Again::RateLimited),
            (502, Again::NotReached),
            (503, Again::Unavailable),
        ] {
            assert_eq!(answer(status, "x"), Reply::Again { why, wait: None });
        }
    }

    #[test]
    fn what_is_odd_costs_itself_alone() {
        let reply = answer(201, r#"{"message":"success","errors":null}"#);
        let nothing = Reply::Taken {
            refused: vec![],
            unattributed: vec![],
        };
        assert_eq!(reply, nothing);
        let reply = answer(
            400,
            r#"{"message":"Max Input Length Exceeded","errors":null}"#,
        );
        assert_eq!(
            reply.fate(0),
            Fate::Refused("400 Max Input Length Exceeded")
        );
        let reply = answer(
            201,
            r#"{"message":5,"errors":[{"type":"A","index":"1"},{"type":"B","index":-1}]}"#,
        );
        let unattributed = vec!["A".to_owned(), "B".to_owned()];
        assert_eq!(
            reply,
            Reply::Taken {
                refused: vec![],
                unattributed
            }
        );
    }

    #[test]
    fn waits_come_as_seconds_or_as_a_time() {
        let wait = |retry_after, reset| {
            let headers = ReplyHeaders {
                retry_after,
                reset,
                ..ReplyHeaders::default()
            };
            headers.wait()
        };
        assert_eq!(wait(Some("3"), Some("9")), Some(Wait::Seconds(3)));
        assert_eq!(wait(None, Some("9")), Some(Wait::Seconds(9)));
        assert_eq!(
            wait(None, Some("1790000000")),
            Some(Wait::Until(1_790_000_000))
        );
        assert_eq!(wait(Some("soon"), None), None);
    }

    #[test]
    fn a_reset_is_about_the_rate_limit_alone() {
        let date = ReplyHeaders {
            retry_after: Some("Mon, 21 Sep 2026 14:13:20 GMT"),
            retry_at: Some(1_790_000_000),
            reset: Some("9"),
        };
        assert_eq!(date.wait(), Some(Wait::Until(1_790_000_000)));
        let seconds = ReplyHeaders {
            retry_after: Some("3"),
            ..date
        };
        assert_eq!(seconds.wait(), Some(Wait::Seconds(3)));
        let headers = ReplyHeaders {
            reset: Some("1790000000"),
            ..ReplyHeaders::default()
        };
        let wait = |status| match interpret(status, &headers, b"", sent(1)) {
            Reply::Again { wait, .. } => wait,
            other => panic!("{other:?}"),
        };
        assert_eq!(wait(429), Some(Wait::Until(1_790_000_000)));
        assert_eq!((wait(502), wait(503)), (None, None));
    }
}
