//! What an answer means for the objects of its request: pure, and the only place where that is decided.
//!
//! | answer | plain attributes | events, and attributes with an operator |
//! |---|---|---|
//! | 2xx | *accepted*; those that Braze names *refused* | the same |
//! | 2xx with an error that names no object | those that no error names are *unknown* | the same |
//! | 429, 502, 503 | not processed: the same request again | the same |
//! | no connection | nothing was sent: the same request again | the same |
//! | 413, 400 about size | two halves; one object alone is *refused* | the same |
//! | 400 that names objects | they are *refused*, the others go again | the same if nothing was processed; else the others are *unknown* |
//! | other 4xx | all *refused* | the same |
//! | 500, 504, none, a cut connection | the same request again | *unknown*, or the same again where the user says so |
//! | 401, 403 | the push stops, nothing is settled | the same |
//!
//! Sources: POST /users/track, API errors, API limits. That 500 and 504 may have been processed is our
//! reading of what the page of API errors says about them.

use std::fmt;
use std::time::Duration;

use aiq_braze::Outcome;
use aiq_braze::wire::reply::{Again, Fate, Refusal, Reply, Wait};

use super::report::again_words;

/// What became of one attempt at a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Attempt {
    /// Braze answered.
    Answered(Reply),
    /// There was no connection: nothing was sent.
    NotSent(String),
    /// There is no such request: nothing was sent, and no other attempt would be.
    NotBuilt(String),
    /// It was sent, and no answer came: it may have been carried out.
    NoAnswer(String),
}

/// What came of a request, in nobody else's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// All of it was taken.
    Taken,
    /// Braze took it, and found errors in it.
    TakenInPart,
    /// Braze put it off.
    PutOff(Again),
    /// The key is not accepted.
    Denied,
    /// It was refused.
    Refused,
    /// It was refused for its size.
    TooLarge,
    /// An answer that does not say what became of it.
    NoWord,
    /// No answer came.
    NoAnswer,
    /// It could not be sent.
    NotSent,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Taken => "taken (2xx)",
            Self::TakenInPart => "taken with errors (2xx)",
            Self::PutOff(why) => again_words(*why),
            Self::Denied => "the key is not accepted (401, 403)",
            Self::Refused => "refused (4xx)",
            Self::TooLarge => "too large (413, 400)",
            Self::NoWord => "an answer that does not say what became of it (5xx)",
            Self::NoAnswer => "no answer",
            Self::NotSent => "no connection",
        })
    }
}

impl Attempt {
    pub(super) fn what(&self) -> What {
        match self {
            Self::Answered(Reply::Taken {
                refused,
                unattributed,
            }) if refused.is_empty() && unattributed.is_empty() => What::Taken,
            Self::Answered(Reply::Taken { .. }) => What::TakenInPart,
            Self::Answered(Reply::Again { why, .. }) => What::PutOff(*why),
            Self::Answered(Reply::Denied { .. }) => What::Denied,
            Self::Answered(Reply::Refused { .. }) => What::Refused,
            Self::Answered(Reply::TooLarge { .. }) => What::TooLarge,
            Self::Answered(Reply::Unknown { .. }) => What::NoWord,
            Self::NoAnswer(_) => What::NoAnswer,
            Self::NotSent(_) | Self::NotBuilt(_) => What::NotSent,
        }
    }
}

/// The objects of one request: their positions in the batch, ascending, at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part(Vec<u32>);

impl Part {
    /// `None` where there are none.
    pub(super) fn new(objects: Vec<u32>) -> Option<Self> {
        debug_assert!(objects.is_sorted());
        (!objects.is_empty()).then_some(Self(objects))
    }

    /// Positions in the batch, ascending.
    pub(super) fn objects(&self) -> &[u32] {
        &self.0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Two halves; one object alone cannot be halved.
    fn halves(&self) -> Option<[Self; 2]> {
        let (front, back) = self.0.split_at(self.len() / 2);
        Some([Self::new(front.to_vec())?, Self::new(back.to_vec())?])
    }
}

/// What is sent again after a lost answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnUnknown {
    /// Plain attributes alone; the rest is kept for a decision.
    #[default]
    Hold,
    /// All of it: events may then be counted twice.
    Resend,
}

/// What an attempt means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Verdict {
    /// The objects that are settled by it.
    pub(super) settled: Vec<Settled>,
    /// What becomes of the others.
    pub(super) next: Next,
}

/// Objects that share an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settled {
    /// Positions in the batch, ascending.
    pub(super) objects: Vec<u32>,
    /// Accepted, refused or unknown.
    pub(super) outcome: Outcome,
    /// Braze's words, or what was seen; nothing where they were accepted.
    pub(super) reason: String,
}

/// What becomes of objects that an attempt has not settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// There are none.
    Nothing,
    /// They go in these requests, one after the other, at once.
    Parts(Vec<Part>),
    /// The same request goes again, later.
    Again {
        /// For whom, and for how long.
        pause: Pause,
        /// What was seen.
        why: Why,
    },
    /// Nothing more can be sent.
    Stop(Halt),
}

/// Why a request goes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Braze put it off.
    PutOff(Again),
    /// There was no connection.
    NotSent(String),
    /// Nobody knows what became of it, and it may be repeated.
    Lost(String),
}

/// Who waits before the same request goes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// All requests, at Braze's word or, where it says nothing, for a growing while.
    All(Option<Wait>),
    /// This request, likewise.
    One(Option<Wait>),
}

/// Why nothing more can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// Braze does not accept the key.
    Denied(String),
    /// No request can be made.
    NotBuilt(String),
}

/// What is known of a request before it is judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'f> {
    /// Its objects.
    pub(super) part: &'f Part,
    /// Whether all of them may be sent twice without harm.
    pub(super) is_repeatable: bool,
    /// What the user wants of those that may not.
    pub(super) on_unknown: OnUnknown,
    /// How many attempts at it were lost, this one included if it was.
    pub(super) n_lost: u32,
}

/// A request whose answers are lost so many times is *unknown*, even where it may be repeated.
pub(super) const MOST_LOST: u32 = 6;

/// Says what an attempt means.
pub(super) fn judge(attempt: Attempt, facts: Facts<'_>) -> Verdict {
    match attempt {
        Attempt::Answered(reply) => answered(reply, facts),
        Attempt::NotSent(message) => again(Pause::All(None), Why::NotSent(message)),
        Attempt::NotBuilt(message) => stop(Halt::NotBuilt(message)),
        Attempt::NoAnswer(message) => lost(message, facts),
    }
}

fn answered(reply: Reply, facts: Facts<'_>) -> Verdict {
    match reply {
        Reply::Taken { .. } => taken(&reply, facts),
        Reply::Again { why, wait } => {
            let pause = match why {
                Again::RateLimited => Pause::All(wait),
                Again::NotReached | Again::Unavailable => Pause::One(wait),
            };
            again(pause, Why::PutOff(why))
        }
        Reply::Denied { message } => stop(Halt::Denied(message)),
        Reply::TooLarge { message } => match facts.part.halves() {
            Some(halves) => parts(Vec::new(), halves.to_vec()),
            None => all(facts.part, Outcome::Refused, message),
        },
        Reply::Refused { message, named, .. } if named.is_empty() => {
            all(facts.part, Outcome::Refused, message)
        }
        Reply::Refused {
            message,
            named,
            was_processed,
        } => named_ones(&message, &named, was_processed, facts),
        Reply::Unknown { message } => lost(message, facts),
    }
}

/// Each object by its own fate.
fn taken(reply: &Reply, facts: Facts<'_>) -> Verdict {
    let mut settled = Groups::default();
    for (index, &object) in facts.part.objects().iter().enumerate() {
        match reply.fate(index) {
            Fate::Taken => settled.add(object, Outcome::Accepted, ""),
            Fate::Refused(reason) => settled.add(object, Outcome::Refused, reason),
            Fate::Unknown(reason) => settled.add(
                object,
                Outcome::Unknown,
                &format!("an error of Braze's that names no row: {reason}"),
            ),
            Fate::NotProcessed => {}
        }
    }
    Verdict {
        settled: settled.0,
        next: Next::Nothing,
    }
}

/// Some objects are the reason why all were refused.
fn named_ones(message: &str, named: &[Refusal], was_processed: bool, facts: Facts<'_>) -> Verdict {
    let mut settled = Groups::default();
    let mut others = Vec::new();
    for (index, &object) in facts.part.objects().iter().enumerate() {
        match named.binary_search_by_key(&index, |refusal| refusal.index) {
            Ok(place) => settled.add(object, Outcome::Refused, &named[place].reason),
            Err(_) => others.push(object),
        }
    }
    if was_processed && !facts.may_repeat() {
        let reason =
            format!("Braze refused the request, and says that it processed some of it: {message}");
        for object in others.drain(..) {
            settled.add(object, Outcome::Unknown, &reason);
        }
    }
    // It ends: each such answer leaves fewer objects.
    parts(settled.0, Part::new(others).into_iter().collect())
}

/// Nobody knows what became of it.
fn lost(message: String, facts: Facts<'_>) -> Verdict {
    if facts.may_repeat() && facts.n_lost < MOST_LOST {
        return again(Pause::One(None), Why::Lost(message));
    }
    all(facts.part, Outcome::Unknown, message)
}

impl Facts<'_> {
    fn may_repeat(&self) -> bool {
        self.is_repeatable || self.on_unknown == OnUnknown::Resend
    }
}

fn again(pause: Pause, why: Why) -> Verdict {
    Verdict {
        settled: Vec::new(),
        next: Next::Again { pause, why },
    }
}

fn stop(why: Halt) -> Verdict {
    Verdict {
        settled: Vec::new(),
        next: Next::Stop(why),
    }
}

fn parts(settled: Vec<Settled>, parts: Vec<Part>) -> Verdict {
    let next = match parts.is_empty() {
        true => Next::Nothing,
        false => Next::Parts(parts),
    };
    Verdict { settled, next }
}

fn all(part: &Part, outcome: Outcome, reason: String) -> Verdict {
    let settled = Settled {
        objects: part.objects().to_vec(),
        outcome,
        reason,
    };
    parts(vec![settled], Vec::new())
}

/// Objects by outcome and reason, in the order of the first of each.
#[derive(Default)]
struct Groups(Vec<Settled>);

impl Groups {
    fn add(&mut self, object: u32, outcome: Outcome, reason: &str) {
        let same = |group: &&mut Settled| group.outcome == outcome && group.reason == reason;
        match self.0.iter_mut().find(same) {
            Some(group) => group.objects.push(object),
            None => self.0.push(Settled {
                objects: vec![object],
                outcome,
                reason: reason.to_owned(),
            }),
        }
    }
}

/// The first wait where the server says nothing; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// The longest wait where the server says nothing.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// The longest wait that a server may ask for, at once and until something gets through. Limits are per
/// hour at most.
pub(super) const MOST_ASKED: Duration = Duration::from_secs(2 * 60 * 60);
/// A server may ask for the next attempt at once, but not for ever.
const N_AT_ITS_WORD: u32 = 3;

/// How long before the next attempt, after so many failed ones (from 1). `jitter` from 0 to 1 spreads our
/// own waits over all of their length (full jitter), so that senders that failed together do not come back
/// together. `None`: longer than makes sense.
pub(super) fn wait(
    n_failed: u32,
    asked: Option<Wait>,
    unix_seconds: u64,
    jitter: f64,
) -> Option<Duration> {
    let longest = FIRST_WAIT * (1 << n_failed.saturating_sub(1).min(10));
    let own = longest.min(LONGEST_WAIT).mul_f64(jitter.clamp(0.0, 1.0));
    let asked = match asked {
        None => return Some(own),
        Some(Wait::Seconds(seconds)) => Duration::from_secs(seconds),
        Some(Wait::Until(then)) => Duration::from_secs(then.saturating_sub(unix_seconds)),
    };
    let wait = if n_failed > N_AT_ITS_WORD {
        asked.max(own)
    } else {
        asked
    };
    (wait <= MOST_ASKED).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(n: u32) -> Part {
        Part::new((0..n).collect()).unwrap()
    }

    /// The verdict in short: outcomes with their objects, then what is next.
    fn short(attempt: Attempt, is_repeatable: bool, on_unknown: OnUnknown, n_lost: u32) -> String {
        let part = part(3);
        let verdict = judge(
            attempt,
            Facts {
                part: &part,
                is_repeatable,
                on_unknown,
                n_lost,
            },
        );
        let settled = verdict.settled.iter().map(|settled| {
            let outcome = format!("{:?}", settled.outcome).to_lowercase();
            format!("{outcome}{:?}", settled.objects)
        });
        let next = match verdict.next {
            Next::Nothing => "nothing".to_owned(),
            Next::Parts(parts) => {
                let parts: Vec<_> = parts.iter().map(|part| format!("{:?}", part.0)).collect();
                parts.join("+")
            }
            Next::Again { pause, .. } => match pause {
                Pause::All(_) => "again, all wait".to_owned(),
                Pause::One(_) => "again".to_owned(),
            },
            Next::Stop(_) => "stop".to_owned(),
        };
        settled.chain([next]).collect::<Vec<_>>().join(" ")
    }

    fn refusal(index: usize) -> Refusal {
        Refusal {
            index,
            reason: "A".to_owned(),
        }
    }

    #[test]
    fn what_each_answer_means() {
        let words = || "words".to_owned();
        let refused = |was_processed| Reply::Refused {
            message: words(),
            named: vec![refusal(1)],
            was_processed,
        };
        let again = |why| Reply::Again { why, wait: None };
        // (answer, plain attributes, events held, events resent)
        let same = |reply: Reply, meant: &str| {
            (
                Attempt::Answered(reply),
                [meant.to_owned(), meant.to_owned(), meant.to_owned()],
            )
        };
        let each = |attempt: Attempt, meant: [&str; 3]| (attempt, meant.map(str::to_owned));
        let cases = [
            same(
                Reply::Taken {
                    refused: vec![],
                    unattributed: vec![],
                },
                "accepted[0, 1, 2] nothing",
            ),
            same(
                Reply::Taken {
                    refused: vec![refusal(0)],
                    unattributed: vec![],
                },
                "refused[0] accepted[1, 2] nothing",
            ),
            same(
                Reply::Taken {
                    refused: vec![refusal(0)],
                    unattributed: vec![words()],
                },
                "refused[0] unknown[1, 2] nothing",
            ),
            same(again(Again::RateLimited), "again, all wait"),
            same(again(Again::NotReached), "again"),
            same(again(Again::Unavailable), "again"),
            same(Reply::Denied { message: words() }, "stop"),
            same(Reply::TooLarge { message: words() }, "[0]+[1, 2]"),
            same(
                Reply::Refused {
                    message: words(),
                    named: vec![],
                    was_processed: false,
                },
                "refused[0, 1, 2] nothing",
            ),
            same(refused(false), "refused[1] [0, 2]"),
            each(
                Attempt::Answered(refused(true)),
                [
                    "refused[1] [0, 2]",
                    "refused[1] unknown[0, 2] nothing",
                    "refused[1] [0, 2]",
                ],
            ),
            each(
                Attempt::Answered(Reply::Unknown { message: words() }),
                ["again", "unknown[0, 1, 2] nothing", "again"],
            ),
            each(
                Attempt::NoAnswer(words()),
                ["again", "unknown[0, 1, 2] nothing", "again"],
            ),
            each(Attempt::NotSent(words()), ["again, all wait"; 3]),
            each(Attempt::NotBuilt(words()), ["stop"; 3]),
        ];
        for (attempt, [plain, held, resent]) in cases {
            let of =
                |is_repeatable, on_unknown| short(attempt.clone(), is_repeatable, on_unknown, 1);
            assert_eq!(of(true, OnUnknown::Hold), plain, "{attempt:?}");
            assert_eq!(of(false, OnUnknown::Hold), held, "{attempt:?}");
            assert_eq!(of(false, OnUnknown::Resend), resent, "{attempt:?}");
        }
    }

    #[test]
    fn one_object_that_is_too_large_is_refused() {
        let part = part(1);
        let facts = Facts {
            part: &part,
            is_repeatable: true,
            on_unknown: OnUnknown::Hold,
            n_lost: 0,
        };
        let reply = Reply::TooLarge {
            message: "413".to_owned(),
        };
        let verdict = judge(Attempt::Answered(reply), facts);
        assert_eq!(verdict.settled[0].outcome, Outcome::Refused);
        assert_eq!(verdict.next, Next::Nothing);
    }

    #[test]
    fn what_is_lost_again_and_again_is_unknown() {
        let attempt = || Attempt::NoAnswer(String::new());
        assert_eq!(
            short(attempt(), true, OnUnknown::Hold, MOST_LOST - 1),
            "again"
        );
        assert_eq!(
            short(attempt(), true, OnUnknown::Hold, MOST_LOST),
            "unknown[0, 1, 2] nothing"
        );
    }

    #[test]
    fn waits_grow_to_a_minute_unless_the_server_says_otherwise() {
        let seconds = |n_failed, asked, jitter| {
            wait(n_failed, asked, 1_790_000_000, jitter).map(|wait| wait.as_secs_f64())
        };
        let own: Vec<_> = (1..=8).filter_map(|n| seconds(n, None, 1.0)).collect();
        assert_eq!(own, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0]);
        assert_eq!(seconds(3, None, 0.5), Some(2.0));
        assert_eq!(seconds(u32::MAX, None, 0.0), Some(0.0));
        assert_eq!(seconds(1, Some(Wait::Seconds(7)), 1.0), Some(7.0));
        assert_eq!(seconds(9, Some(Wait::Seconds(3600)), 1.0), Some(3600.0));
        assert_eq!(seconds(1, Some(Wait::Until(1_790_000_005)), 1.0), Some(5.0));
        assert_eq!(seconds(1, Some(Wait::Until(5)), 1.0), Some(0.0));
        assert_eq!(seconds(1, Some(Wait::Seconds(0)), 1.0), Some(0.0));
        assert_eq!(seconds(9, Some(Wait::Seconds(0)), 1.0), Some(60.0));
        assert_eq!(seconds(1, Some(Wait::Seconds(u64::MAX)), 1.0), None);
    }
}
