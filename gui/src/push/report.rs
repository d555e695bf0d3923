//! What became of a push: every row's outcome, Braze's words for what it refused, and why it stopped.

use std::fmt;
use std::time::Duration;

use crate::ledger::{Run, RunId, Settlement};
use aiq_braze::diag::SAMPLE;
use aiq_braze::read::Location;
use aiq_braze::wire::reply::Again;
use aiq_braze::{Account, Outcome, Summary};
use serde::{Deserialize, Serialize, Serializer};

/// Different texts of Braze's that are told apart. Texts that hold a user's data could be as many as
/// there are rows.
const MOST_GROUPS: usize = 100;

/// What a push came to. Its `Serialize` form, in which places are objects of `file`, `row`, `line` and
/// `byte` and `stopped` is `null` where nothing stopped the push:
///
/// ```json
/// {"run":12,"account":{"rows":5000,"leavers":0,"accepted":4988,"unchanged":0,"nothing_to_send":0,"rejected":12,
///             "refused":0,"unknown":0,"pending":0},
///  "refused":[{"reason":"EMAIL_BAD_FORMAT","rows":2,"first":[{"file":0,"row":7,"line":9,"byte":1044}]}],
///  "unknown":[],"requests":67,"resends":0,"waited_seconds":0.0,"seconds":1.25,
///  "stopped":{"why":"denied","message":"…"},"left_out":0,
///  "audiences":[{"name":"AIQ_1042_1","members":1021,"leavers":97}],
///  "events":[{"name":"Visited","count":7}]}
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// The run's number in its workspace.
    pub run: RunId,
    /// Every row's outcome.
    pub account: Account,
    /// What Braze refused, by its words; the last group may be [`OTHER_REASONS`].
    pub refused: Vec<Group>,
    /// What may or may not have arrived, by what was seen.
    pub unknown: Vec<Group>,
    /// Requests sent, in all stretches of the run.
    pub requests: u64,
    /// Requests among them that repeat one: Braze had put it off, or its answer was lost.
    pub resends: u64,
    /// Time since it was started or resumed in which nothing could be sent: at Braze's word, at the limit,
    /// or for a connection.
    pub waited_seconds: f64,
    /// Time since it was started or resumed.
    pub seconds: f64,
    /// Why it ended before its end; [`Account::pending`] counts the rows that were not sent.
    pub stopped: Option<Stopped>,
    /// Rows among those with nothing to send that hold something, and were not to be sent.
    pub left_out: u64,
    /// The audience attributes that the export writes, by name.
    pub audiences: Vec<Audience>,
    /// The events that the export writes, by name.
    pub events: Vec<EventCount>,
}

/// Stands for all texts beyond the first hundred.
pub const OTHER_REASONS: &str = "other reasons";

/// Rows that share a reason, or leavers who do: they are in no row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Braze's words, or what was seen.
    pub reason: String,
    /// Rows, or leavers.
    pub rows: u64,
    /// The first few of them; row 0 stands for a leaver.
    pub first: Vec<Location>,
}

impl Group {
    /// Whether they are leavers.
    pub fn is_of_leavers(&self) -> bool {
        self.first.first().is_some_and(|at| at.row == 0)
    }
}

/// An audience attribute of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// The attribute's name in Braze.
    pub name: String,
    /// Rows that say that the user is in.
    pub members: u64,
    /// Rows that say that the user left.
    pub leavers: u64,
}

/// The audiences of a check's summary, by name.
pub fn audiences(summary: &Summary) -> Vec<Audience> {
    let names = summary.audiences.iter();
    let mut audiences: Vec<_> = names
        .map(|audience| Audience {
            name: audience.name.clone(),
            members: audience.members,
            leavers: audience.leavers,
        })
        .collect();
    audiences.sort_by(|one, other| one.name.cmp(&other.name));
    audiences
}

/// An event that an export writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventCount {
    /// Its name in Braze.
    pub name: String,
    /// How many of it.
    pub count: u64,
}

/// The events of a check's summary, by name.
pub fn events(summary: &Summary) -> Vec<EventCount> {
    let names = summary.events.iter();
    let mut events: Vec<_> = names
        .map(|event| EventCount {
            name: event.name.clone(),
            count: event.count,
        })
        .collect();
    events.sort_by(|one, other| one.name.cmp(&other.name));
    events
}

/// Why a push ended before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stopped {
    /// The user wanted it.
    Cancelled,
    /// Braze does not accept the key (401, 403).
    Denied(String),
    /// No connection for so long.
    Unreachable(String, Duration),
    /// Braze put off all that was sent for so long.
    PutOff(Again, Duration),
    /// No answer to anything for so long.
    Lost(String, Duration),
    /// Braze asks for a longer wait than makes sense.
    LongWait(Again),
    /// So many requests one after the other got no usable answer.
    NoAnswers(String, u32),
    /// So many requests one after the other were refused as a whole.
    AllRefused(String, u32),
    /// The export cannot be read on.
    Export(String),
    /// The export is not the one that was checked.
    ExportChanged,
    /// What is sent cannot be written down.
    Ledger(String),
    /// There is no HTTP client or thread on this machine.
    Machine(String),
}

impl Stopped {
    /// The reason in a word, for programs.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Denied(_) => "denied",
            Self::Unreachable(..) => "unreachable",
            Self::PutOff(..) => "put_off",
            Self::Lost(..) => "lost",
            Self::LongWait(_) => "long_wait",
            Self::NoAnswers(..) => "no_answers",
            Self::AllRefused(..) => "all_refused",
            Self::Export(_) => "export",
            Self::ExportChanged => "export_changed",
            Self::Ledger(_) => "ledger",
            Self::Machine(_) => "machine",
        }
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.write_str("cancelled"),
            Self::Denied(message) => write!(
                f,
                "Braze does not accept the key: {message}. Check that the key belongs to this endpoint, \
                 has the permission users.track, and that its IP list holds this machine"
            ),
            Self::Unreachable(message, time) => write!(
                f,
                "Braze cannot be reached ({}): {message}. Check the endpoint and the network",
                for_so_long(*time)
            ),
            Self::PutOff(why, time) => write!(
                f,
                "Braze put off all that was sent {}: {}. Try again later",
                for_so_long(*time),
                again_words(*why)
            ),
            Self::Lost(message, time) => write!(
                f,
                "no answer came to anything that was sent {}: {message}. Check the network, and try again \
                 later",
                for_so_long(*time)
            ),
            Self::LongWait(why) => write!(
                f,
                "Braze asks to wait for more than two hours: {}. Try again later",
                again_words(*why)
            ),
            Self::NoAnswers(message, n) => write!(
                f,
                "{n} requests one after the other got no usable answer, the last one: {message}. \
                 Check the network, and look a few users up in Braze before sending again"
            ),
            Self::AllRefused(message, n) => write!(
                f,
                "Braze refused {n} requests one after the other, the last one: {message}. \
                 Check the endpoint, and what Braze's words say about the data"
            ),
            Self::Export(message) => f.write_str(message),
            Self::ExportChanged => f.write_str(
                "the export is not the one that was checked. Wait until it is written, then start again",
            ),
            Self::Ledger(message) | Self::Machine(message) => f.write_str(message),
        }
    }
}

fn for_so_long(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds >= 120 => format!("for {} minutes", seconds / 60),
        seconds => format!("for {seconds} seconds"),
    }
}

/// `{"why": …, "message": …}`
impl Serialize for Stopped {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::json!({ "why": self.as_str(), "message": self.to_string() })
            .serialize(serializer)
    }
}

/// Why a request is sent again.
pub fn again_words(why: Again) -> &'static str {
    match why {
        Again::RateLimited => "over the rate limit (429)",
        Again::NotReached => "no server of Braze's was reached (502)",
        Again::Unavailable => "Braze has no capacity (503)",
    }
}

/// A report as it grows.
#[derive(Debug)]
pub(super) struct Book {
    report: Report,
    /// Rows of which the check said that they hold nothing to send.
    without_values: u64,
}

impl Book {
    /// All rows of a run: what it has not settled is pending. `settled`: what it has, with reasons.
    pub(super) fn open(run: &Run, settled: &[Settlement]) -> Self {
        let mut book = Self {
            report: Report {
                run: run.id,
                account: run.begun.checked.account(),
                requests: run.requests[0],
                resends: run.requests[1],
                audiences: run.begun.checked.audiences.clone(),
                events: run.begun.checked.events.clone(),
                ..Report::default()
            },
            without_values: run.begun.checked.nothing_to_send,
        };
        for settlement in settled {
            book.group(settlement);
        }
        book.report.account = run.account;
        book
    }

    /// Objects are settled. `false`: they stand for more rows than are pending, which cannot be.
    pub(super) fn settle(&mut self, settlement: &Settlement) -> bool {
        let n_rows = settlement.span.rows;
        if n_rows > self.report.account.pending {
            return false;
        }
        self.report.account.settle(settlement.outcome, n_rows);
        self.group(settlement);
        true
    }

    fn group(&mut self, settlement: &Settlement) {
        let groups = match settlement.outcome {
            Outcome::Refused => &mut self.report.refused,
            Outcome::Unknown => &mut self.report.unknown,
            _ => return,
        };
        let reason = settlement.reason.as_deref().unwrap_or_default();
        add(groups, settlement.span.at, settlement.span.rows, reason);
    }

    pub(super) fn report(&mut self) -> &mut Report {
        &mut self.report
    }

    pub(super) fn close(mut self, stopped: Option<Stopped>, seconds: f64) -> Report {
        for groups in [&mut self.report.refused, &mut self.report.unknown] {
            groups.sort_by_key(|group| std::cmp::Reverse(group.rows));
        }
        let nothing_to_send = self.report.account.nothing_to_send;
        Report {
            stopped,
            seconds,
            left_out: nothing_to_send.saturating_sub(self.without_values),
            ..self.report
        }
    }
}

fn add(groups: &mut Vec<Group>, at: Location, n_rows: u64, reason: &str) {
    let place = |groups: &[Group], reason: &str| {
        let mut groups = groups.iter();
        groups.position(|group| group.reason == reason && group.is_of_leavers() == (at.row == 0))
    };
    let reason = match place(groups, reason) {
        None if groups.len() >= MOST_GROUPS => OTHER_REASONS,
        _ => reason,
    };
    let place = place(groups, reason).unwrap_or_else(|| {
        groups.push(Group {
            reason: reason.to_owned(),
            rows: 0,
            first: Vec::new(),
        });
        groups.len() - 1
    });
    let group = &mut groups[place];
    group.rows += n_rows;
    if group.first.len() < SAMPLE {
        group.first.push(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Span;

    #[test]
    fn reasons_beyond_a_hundred_share_a_group() {
        let mut run = crate::ledger::testing::run(1000);
        run.account = run.begun.checked.account();
        let mut book = Book::open(&run, &[]);
        for number in 0..500 {
            let settlement = Settlement {
                batch: number,
                span: Span {
                    first: 0,
                    count: 1,
                    rows: 2,
                    at: Location::default(),
                },
                outcome: Outcome::Refused,
                reason: Some(format!("reason {number}")),
            };
            assert!(book.settle(&settlement));
        }
        let report = book.close(None, 0.0);
        assert_eq!(report.refused.len(), MOST_GROUPS + 1);
        assert_eq!(
            (report.refused[0].reason.as_str(), report.refused[0].rows),
            (OTHER_REASONS, 800)
        );
        assert_eq!(report.refused[0].first.len(), SAMPLE);
        assert!(report.account.is_balanced() && report.account.pending == 0);
    }
}
