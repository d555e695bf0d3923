//! What is known of a run.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use aiq_braze::read::Location;
use aiq_braze::{Account, BatchLimits, Outcome, Summary};
use serde::{Deserialize, Serialize};

use crate::push::{Audience, EventCount, OnUnknown, audiences, events};

/// A run's number in its workspace, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RunId(pub i64);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for RunId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(number @ 1..) => Ok(Self(number)),
            _ => Err("expected the number of a run, as `aiq-braze runs` lists them".to_owned()),
        }
    }
}

/// What a run has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// It runs, or ended without a word.
    Open,
    /// It stopped before its end and can go on.
    Paused,
    /// All is settled, and of some rows nobody knows what became of them: they wait for a decision.
    Undecided,
    /// All is settled.
    Done,
}

impl RunState {
    /// What a run has come to that is at rest.
    pub(crate) fn of(account: &Account) -> Self {
        if account.pending > 0 {
            Self::Paused
        } else if account.unknown > 0 {
            Self::Undecided
        } else {
            Self::Done
        }
    }
}

/// An export as it was pushed: what it takes to read it again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportNote {
    /// As they were named, made absolute.
    pub paths: Vec<PathBuf>,
    /// The names of its files, in order.
    pub names: Vec<String>,
    /// What the user said that they are written in.
    pub encoding: Option<String>,
    /// A hash of what says whose rows are sent, where not all are; it is in the run's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<String>,
    /// What of it is sent.
    #[serde(default, skip_serializing_if = "Sends::is_all")]
    pub sends: Sends,
    /// Tells the bodies that it keeps from those of every other run.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub seal: u64,
}

/// What of an export a run sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sends {
    /// All that it says, mapped anew each time that it is read.
    #[default]
    All,
    /// What is new alone, in bodies that the run keeps.
    Changes,
    /// The rows of each user together, in bodies that the run keeps.
    Merged,
}

impl Sends {
    fn is_all(&self) -> bool {
        *self == Self::All
    }
}

/// What the check said of a run's rows, which no later pass may contradict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// Rows of the export.
    pub rows: u64,
    /// Rows that our own checks rejected.
    pub rejected: u64,
    /// Rows that hold nothing to send.
    pub nothing_to_send: u64,
    /// Rows that say nothing new, and are not sent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unchanged: u64,
    /// Objects besides those of the rows: of users who left.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub leavers: u64,
    /// Objects in all batches.
    pub objects: u64,
    /// Batches.
    pub batches: u64,
    /// The audience attributes that it writes, by name.
    pub audiences: Vec<Audience>,
    /// The events that it writes, by name.
    pub events: Vec<EventCount>,
}

impl From<&Summary> for Checked {
    fn from(summary: &Summary) -> Self {
        Self {
            rows: summary.rows,
            rejected: summary.rejected,
            nothing_to_send: summary.nothing_to_send,
            unchanged: 0,
            leavers: 0,
            objects: summary.objects,
            batches: summary.batches,
            audiences: audiences(summary),
            events: events(summary),
        }
    }
}

impl Checked {
    /// Every row's outcome before anything is sent.
    pub fn account(&self) -> Account {
        let Self {
            rows,
            rejected,
            nothing_to_send,
            unchanged,
            leavers,
            ..
        } = *self;
        let mut account = Account {
            rows,
            leavers,
            pending: rows + leavers,
            ..Account::default()
        };
        account.settle(Outcome::Rejected, rejected);
        account.settle(Outcome::NothingToSend, nothing_to_send);
        account.settle(Outcome::Unchanged, unchanged);
        account
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A run before it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRun {
    /// When, in seconds since 1970 (UTC).
    pub started: u64,
    /// Where to: the server's address.
    pub endpoint: String,
    /// What is pushed.
    pub export: ExportNote,
    /// By which mapping, as JSON.
    pub mapping: String,
    /// The plan's fingerprint.
    pub fingerprint: u128,
    /// The most objects of a request.
    pub batch_objects: u64,
    /// The most bytes of a request.
    pub batch_bytes: u64,
    /// What becomes of requests whose answers are lost.
    pub on_unknown: OnUnknown,
    /// Whether Braze's words, which may repeat a user's data, are kept.
    pub keeps_row_data: bool,
    /// What the check said.
    pub checked: Checked,
    /// A hash of each MiB of the export.
    pub blocks: Vec<u128>,
}

impl NewRun {
    /// How large its requests may be.
    pub fn batch_limits(&self) -> BatchLimits {
        BatchLimits {
            objects: usize::try_from(self.batch_objects).unwrap_or(usize::MAX),
            body_bytes: usize::try_from(self.batch_bytes).unwrap_or(usize::MAX),
        }
    }
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its number.
    pub id: RunId,
    /// As it began.
    pub begun: NewRun,
    /// What it has come to.
    pub state: RunState,
    /// When it stopped or ended, in seconds since 1970 (UTC).
    pub ended: Option<u64>,
    /// Why it stopped, for programs and in words.
    pub stopped: Option<(String, String)>,
    /// Every row's outcome so far.
    pub account: Account,
    /// Requests sent, and those among them that repeat one.
    pub requests: [u64; 2],
}

/// Objects of a batch that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Position of the first.
    pub first: u32,
    /// How many.
    pub count: u32,
    /// Rows that they stand for.
    pub rows: u64,
    /// The first one's first row.
    pub at: Location,
}

impl Span {
    /// Whether the object at this position is one of its own.
    pub(crate) fn has(&self, place: u32) -> bool {
        (self.first..self.first + self.count).contains(&place)
    }

    /// Its objects among those of its batch.
    pub(crate) fn of<'o, T>(&self, objects: &'o [T]) -> impl Iterator<Item = &'o T> {
        let objects = objects.iter().skip(self.first as usize);
        objects.take(self.count as usize)
    }
}

/// What became of objects of a batch that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The batch.
    pub batch: u64,
    /// The objects.
    pub span: Span,
    /// Accepted, refused or unknown.
    pub outcome: Outcome,
    /// Braze's words, or what was seen; nothing where they were accepted.
    pub reason: Option<String>,
}
