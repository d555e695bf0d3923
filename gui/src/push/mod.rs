//! Delivers a checked export to Braze and accounts for every row.
//!
//! A push is a run of the workspace's [ledger](crate::ledger): a new one, or one that stopped and goes on.
//! It reads the export once more ([`pipeline`](crate::pipeline)) and sends what the run has not settled:
//! many requests at once, as fast as the [limits](Limits) and Braze allow, one user's objects in the order
//! of the file. What becomes of them by which answer says [`retry`]; when a push stops by itself, says
//! [`Stopped`]. Each request is on disk before its first byte leaves.
//!
//! ```no_run
//! # fn push(export: aiq_braze_app::input::Export, plan: aiq_braze::Plan, checked: aiq_braze::Summary,
//! #     blocks: Vec<u128>) -> Result<(), Box<dyn std::error::Error>> {
//! use aiq_braze_app::ledger::Ledger;
//! use aiq_braze_app::push::{self, Address, ApiKey, Delivery, PushEvent, PushPlan, Source};
//!
//! let (address, key) = (Address::parse("US-01")?, ApiKey::find(None)?);
//! let mut ledger = Ledger::open("workspace".as_ref(), "a push")?;
//! let checked = (&checked, blocks);
//! let run = push::begin(&mut ledger, &export, &plan, checked, &address, Default::default())?;
//! let source = Source::Export(export, Box::new(plan));
//! let plan = PushPlan { source, run, ledger, address, key, delivery: Delivery::default() };
//! let handle = push::start(plan, |event| {
//!     if let PushEvent::Progress(progress) = event {
//!         println!("{} rows to go", progress.account.pending);
//!     }
//! });
//! let report = handle.join();
//! assert!(report.account.is_balanced());
//! # Ok(()) }
//! ```

mod concurrency;
mod endpoint;
mod engine;
mod http;
mod kept;
mod key;
mod limiter;
mod look_up;
#[cfg(test)]
mod model;
mod names;
mod preflight;
pub(crate) mod probe;
mod report;
mod retry;
mod run;
mod schedule;
mod selection;
mod source;
#[cfg(test)]
mod storm;
#[cfg(test)]
mod tests;
mod verify;
mod wait;

use std::fmt;
use std::io;
use std::path::Path;
use std::thread::{self, JoinHandle};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use aiq_braze::read::Location;
use aiq_braze::{Account, Options, Plan, Summary};
use tokio::sync::watch;

pub use self::endpoint::{Address, Endpoint, EndpointError, INSTANCES, Instance};
pub use self::http::CaCertificates;
pub use self::kept::KeptBodies;
pub(crate) use self::kept::{Draft, Keeping, Loose, Volume, sweep};
pub use self::key::{ApiKey, KEY_VARIABLE, KeyError};
pub use self::limiter::{LimitError, Limits, Share};
pub(crate) use self::look_up::NoAnswer;
pub(crate) use self::names::Names;
pub(crate) use self::preflight::{Preflight, SIZE as PREFLIGHT_SIZE, preflight};
use self::report::Book;
pub use self::report::{
    Audience, EventCount, Group, OTHER_REASONS, Report, Stopped, again_words, audiences, events,
};
pub use self::retry::{OnUnknown, What};
use self::run::Run;
pub(crate) use self::selection::Selection;
pub use self::source::Source;
pub(crate) use self::source::{mapping, reopen_export};
pub(crate) use self::verify::{Verified, accepted, verify};
use self::wait::{Cancelled, Clock, SystemClock};
use crate::input::Export;
use crate::ledger::{self, Checked, ExportNote, Ledger, LedgerError, NewRun, RunId, Sends};
use crate::private::make_folder;

/// What is pushed, and where to.
#[derive(Debug)]
pub struct PushPlan {
    /// Where its batches come from: what the run began with.
    pub source: Source,
    /// The run: a new one, or one that goes on.
    pub run: ledger::Run,
    /// The workspace's ledger, which has the run.
    pub ledger: Ledger,
    /// The server.
    pub address: Address,
    /// The key for it.
    pub key: ApiKey,
    /// How it is sent.
    pub delivery: Delivery,
}

/// How a push is sent. None of it changes what is sent.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// The contract's limits.
    pub limits: Limits,
    /// The most requests on their way at once; as many as Braze answers swiftly without it.
    pub at_once: Option<usize>,
    /// Whom else than the system trusts to vouch for the server.
    pub ca_certificates: CaCertificates,
}

/// What a new run is told besides the export and where it goes.
#[derive(Clone, Copy, Debug)]
pub struct Begin {
    /// How large rows and requests may be; the same as in the check.
    pub options: Options,
    /// What becomes of requests whose answers are lost.
    pub on_unknown: OnUnknown,
    /// Whether Braze's words, which may repeat a user's data, are kept.
    pub keeps_row_data: bool,
}

impl Default for Begin {
    fn default() -> Self {
        Self {
            options: Options::default(),
            on_unknown: OnUnknown::Hold,
            keeps_row_data: true,
        }
    }
}

/// Writes a new run down. `checked` and `blocks` are what a check of this export by this plan and with
/// these options came to; nothing else will be sent.
///
/// # Errors
///
/// When it cannot be written, or standard input cannot be kept with it.
pub fn begin(
    ledger: &mut Ledger,
    export: &Export,
    plan: &Plan,
    (checked, blocks): (&Summary, Vec<u128>),
    address: &Address,
    begin: Begin,
) -> Result<ledger::Run, LedgerError> {
    let all = Content {
        selection: &Selection::default(),
        kept: None,
    };
    begin_with(
        ledger,
        export,
        plan,
        (checked, blocks),
        address,
        (begin, all),
    )
}

/// What of an export a run sends.
#[derive(Clone, Copy)]
pub(crate) struct Content<'c> {
    /// Whose rows.
    pub(crate) selection: &'c Selection,
    /// Bodies that are sent in place of the export.
    pub(crate) kept: Option<&'c Draft>,
}

impl Content<'_> {
    /// What the check said, and what of it is sent.
    fn checked(&self, summary: &Summary) -> Checked {
        let checked = Checked::from(summary);
        let Some(Draft { volume: kept, .. }) = self.kept else {
            return checked;
        };
        Checked {
            unchanged: checked.account().pending.saturating_sub(kept.rows),
            leavers: kept.leavers,
            objects: kept.objects,
            batches: kept.batches,
            ..checked
        }
    }

    /// Puts what belongs to the run into its folder.
    fn keep(&self, ledger: &Ledger, run: RunId) -> Result<(), LedgerError> {
        let folder = ledger.run_folder(run);
        let fail = |error| LedgerError::io(&folder, error);
        self.selection
            .keep(&folder)
            .map_err(|words| fail(io::Error::other(words)))?;
        if let Some(kept) = self.kept {
            make_folder(&folder).map_err(fail)?;
            kept.give(&folder).map_err(fail)?;
        }
        Ok(())
    }
}

/// The same of a part of the export.
pub(crate) fn begin_with(
    ledger: &mut Ledger,
    export: &Export,
    plan: &Plan,
    (checked, blocks): (&Summary, Vec<u128>),
    address: &Address,
    (begin, content): (Begin, Content<'_>),
) -> Result<ledger::Run, LedgerError> {
    let Begin {
        options,
        on_unknown,
        keeps_row_data,
    } = begin;
    let asked = export.asked();
    let id = ledger.begin(&NewRun {
        started: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs()),
        endpoint: address.base().to_owned(),
        export: ExportNote {
            paths: asked.paths.clone(),
            names: export.names(),
            encoding: asked.encoding.map(|encoding| encoding.as_str().to_owned()),
            selection: content.selection.hash(),
            sends: content.kept.map_or(Sends::All, |kept| kept.sends),
            seal: content.kept.map_or(0, |kept| kept.seal),
        },
        mapping: plan.mapping().to_json(),
        fingerprint: plan.fingerprint().0,
        batch_objects: options.batch.objects as u64,
        batch_bytes: options.batch.body_bytes as u64,
        on_unknown,
        keeps_row_data,
        checked: content.checked(checked),
        blocks,
    })?;
    let kept = ledger
        .keep_stdin(id, export)
        .and_then(|()| content.keep(ledger, id));
    if let Err(error) = kept {
        ledger.forget(id).ok(); // nothing of it was sent, and nobody could go on with it
        return Err(error);
    }
    ledger.expect_run(id)
}

/// What is known of an earlier run. `folder` is its workspace's.
///
/// # Errors
///
/// When the ledger cannot be read.
pub fn report(folder: &Path, run: &ledger::Run) -> Result<Report, LedgerError> {
    let failures = ledger::read_failures(folder, run.id)?;
    Ok(Book::open(run, &failures).close(None, 0.0))
}

/// What a push tells while it runs, in the push's thread.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum PushEvent {
    /// A request was settled.
    Progress(Progress),
    /// Braze refused an object.
    Refusal {
        /// Its first row.
        at: Location,
        /// How many rows it stands for.
        n_rows: u64,
        /// Braze's words.
        reason: String,
    },
    /// Nobody knows what became of a request.
    Unknown {
        /// Its first row.
        at: Location,
        /// Its rows.
        n_rows: u64,
        /// What was seen.
        reason: String,
    },
    /// Nothing is sent for a while.
    Waiting {
        /// How long.
        seconds: f64,
        /// Why.
        why: String,
        /// Why, in nobody else's words.
        waiting_for: WaitingFor,
    },
    /// A request was not simply taken.
    Failed(Failure),
    /// Something that the user should know and that stops nothing.
    Warning(String),
    /// It is over. [`PushHandle::join`] gives the same.
    Done(Report),
}

/// A request that was not simply taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What came of it.
    pub what: What,
    /// Rows of it that are refused now.
    pub n_refused: u64,
    /// Rows of it that are unknown now.
    pub n_unknown: u64,
    /// The same request goes again.
    pub goes_again: bool,
}

/// Why nothing is sent for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitingFor {
    /// The limit of requests is reached.
    Limit,
    /// That came of a request.
    Failed(What),
}

impl fmt::Display for WaitingFor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Limit => f.write_str("the limit of requests is reached"),
            Self::Failed(what) => what.fmt(f),
        }
    }
}

/// How far a push is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Every row's outcome so far.
    pub account: Account,
    /// Requests sent.
    pub requests: u64,
    /// Requests among them that repeat one.
    pub resends: u64,
    /// Time spent waiting.
    pub waited_seconds: f64,
    /// Time since the start.
    pub seconds: f64,
}

/// A push that runs in a thread of its own. Dropping it cancels the push and does not wait for its end.
#[must_use = "a push is cancelled when its handle is dropped"]
#[derive(Debug)]
pub struct PushHandle {
    cancel: watch::Sender<bool>,
    thread: Option<JoinHandle<Report>>,
    /// What holds should there be no thread, or should it die.
    opening: Report,
}

/// Starts a push. `events` is called in its thread, and holds it up for as long as it takes.
pub fn start(plan: PushPlan, events: impl FnMut(PushEvent) + Send + 'static) -> PushHandle {
    start_at(plan, SystemClock(Instant::now()), events)
}

fn start_at(
    plan: PushPlan,
    clock: impl Clock + 'static,
    events: impl FnMut(PushEvent) + Send + 'static,
) -> PushHandle {
    let (cancel, cancelled) = watch::channel(false);
    let dead = Stopped::Machine(
        "the push ended without a report: this is a mistake in aiq-braze".to_owned(),
    );
    // A ledger that cannot be read stops the push before anything is sent.
    let before = plan.ledger.failures(plan.run.id).unwrap_or_default();
    let opening = Book::open(&plan.run, &before).close(Some(dead), 0.0);
    let run = Run {
        book: Book::open(&plan.run, &before),
        clock: Box::new(clock),
        cancelled: Cancelled(cancelled),
        events: Box::new(events),
    };
    let thread = thread::Builder::new()
        .name("push".to_owned())
        .spawn(move || run.run(plan));
    PushHandle {
        cancel,
        thread: thread.ok(),
        opening,
    }
}

impl PushHandle {
    /// Asks the push to stop. A request that is on its way is still answered or given up; the rest stays
    /// pending.
    pub fn cancel(&self) {
        self.cancel.send_replace(true);
    }

    /// Something that cancels this push from elsewhere.
    pub fn canceller(&self) -> Canceller {
        Canceller(self.cancel.clone())
    }

    /// Whether the push has ended.
    pub fn is_finished(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits for its end.
    pub fn join(mut self) -> Report {
        let report = self.thread.take().and_then(|thread| thread.join().ok());
        report.unwrap_or_else(|| self.opening.clone())
    }
}

impl Drop for PushHandle {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// Cancels a push.
#[derive(Clone, Debug)]
pub struct Canceller(watch::Sender<bool>);

impl Canceller {
    /// See [`PushHandle::cancel`].
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }
}
