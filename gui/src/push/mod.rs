//! Delivers a checked export to Braze and accounts for every row of it.
//!
//! A push reads the export once more ([`pipeline`](crate::pipeline)), sends one request at a time in the
//! order of the file, and settles its objects by the answer:
//!
//! | answer | what becomes of the rows |
//! |---|---|
//! | 201 | *accepted*; those that Braze names in `errors` are *refused* |
//! | 429, 502, 503 | sent again after the wait that Braze asks for, or a growing one of our own |
//! | no connection | nothing was sent: tried again, then the push stops |
//! | 401, 403 | the push stops; they and the rest stay *pending* |
//! | other 4xx | all *refused*, in Braze's words |
//! | 201 with an error that names no row | those that it names otherwise *refused*, all others *unknown* |
//! | 500, 504, none, a cut connection | *unknown*; three in a row, also with the line above, stop the push |
//!
//! A push is bound to the check that went before it: that says how many rows there are, so that the
//! account is complete from the first moment and balanced at every one.
//!
//! ```no_run
//! # fn push(export: aiq_braze_app::input::Export, plan: aiq_braze::Plan, checked: aiq_braze::Summary)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! use aiq_braze_app::push::{self, Address, ApiKey, PushEvent, PushPlan};
//!
//! let (address, key) = (Address::parse("US-01")?, ApiKey::find(None)?);
//! let plan = PushPlan { export, plan, checked, address, key, options: Default::default() };
//! let handle = push::start(plan, |event| {
//!     if let PushEvent::Progress(progress) = event {
//!         println!("{} rows to go", progress.account.pending);
//!     }
//! });
//! let report = handle.join();
//! assert!(report.account.is_balanced());
//! # Ok(()) }
//! ```

mod endpoint;
mod http;
mod key;
mod limiter;
mod report;
mod run;
#[cfg(test)]
mod tests;
mod wait;

use std::thread::{self, JoinHandle};
use std::time::Instant;

use aiq_braze::read::Location;
use aiq_braze::{Account, Options, Plan, Summary};
use tokio::sync::watch;

pub use self::endpoint::{Address, Endpoint, EndpointError, INSTANCES, Instance};
pub use self::key::{ApiKey, KEY_VARIABLE, KeyError};
pub use self::limiter::{LimitError, Limits, Share};
use self::report::Book;
pub use self::report::{
    Audience, EventCount, Group, OTHER_REASONS, Report, Stopped, again_words, audiences, events,
};
use self::run::Run;
use self::wait::{Cancelled, Clock, SystemClock};
use crate::input::Export;

/// What is pushed, and where to.
#[derive(Debug)]
pub struct PushPlan {
    /// The export.
    pub export: Export,
    /// What it is mapped by.
    pub plan: Plan,
    /// What a pass over this export by this plan and with these options came to.
    pub checked: Summary,
    /// The server.
    pub address: Address,
    /// The key for it.
    pub key: ApiKey,
    /// How large rows and requests may be; the same as in the check.
    pub options: Options,
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
    },
    /// It is over. [`PushHandle::join`] gives the same.
    Done(Report),
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
    let opening = Book::open(&plan.checked).close(Some(dead), 0.0);
    let run = Run {
        book: Book::open(&plan.checked),
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
