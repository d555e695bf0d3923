//! What is known of every run, on disk: so that a push that stopped, was killed, or lost an answer can be
//! continued, and no row is forgotten or sent twice by guess.
//!
//! A workspace has one ledger, in a folder of its own that only its user can read:
//!
//! | file | holds |
//! |---|---|
//! | `ledger.sqlite` | runs, their exports, what became of each object; names of attributes and events that were pushed |
//! | `lock` | who works in the workspace |
//! | `runs/N/` | what belongs to run N besides: standard input, bodies that cannot be made again, hashes of whom it leaves out |
//!
//! What holds at every moment, also after the power went:
//!
//! 1. A request is written down, and on disk, before its first byte leaves (an *intent*).
//! 2. An intent goes when its answer is written down, in the same transaction: there is never both, and
//!    never neither. What an ended program leaves behind as intents may or may not have arrived.
//! 3. Answers are written in the order in which they came. A user's later objects leave after the earlier
//!    ones were answered, so whoever finds a later one settled finds the earlier ones settled, too.
//! 4. No body is stored, and no value of a user's. The same export by the same plan gives the same
//!    batches, so that (batch, position) names an object; a hash of each MiB of the export tells a changed
//!    one before anything of the changed part is sent.
//! 5. The rows of the export are those of the check plus nothing: what is neither settled nor rejected nor
//!    without anything to send is pending.
//!
//! Transactions are gathered: all that waits to be written is written together and takes one sync of the
//! disk. Sums over what a run has written are kept with it; a ledger whose rows do not add up to them is
//! damaged, and says so.

mod error;
mod lock;
mod run;
mod store;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod writer;

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};

pub use self::error::LedgerError;
pub use self::lock::Holder;
pub(crate) use self::lock::Lock;
pub use self::run::{Checked, ExportNote, NewRun, Run, RunId, RunState, Sends, Settlement, Span};
use self::store::Store;
pub(crate) use self::writer::{Note, Op, Writer};
use crate::input::Export;
use crate::private::make_folder;
use crate::push::{KeptBodies, OnUnknown};

/// The files' names in a workspace's folder.
const FILE: &str = "ledger.sqlite";
const LOCK: &str = "lock";

/// A workspace's ledger, held by this process alone.
#[derive(Debug)]
pub struct Ledger {
    folder: PathBuf,
    store: Store,
    lock: Lock,
}

impl Ledger {
    /// Opens the ledger in a workspace's folder, or starts one there. `work` says what for, to others who
    /// want it meanwhile.
    ///
    /// # Errors
    ///
    /// When another process holds it, it is damaged or of a newer program, or the disk does not let us.
    pub fn open(folder: &Path, work: &str) -> Result<Self, LedgerError> {
        make_folder(folder).map_err(|error| LedgerError::io(folder, error))?;
        let lock = Lock::take(&folder.join(LOCK), work)?;
        let store = Store::open(&folder.join(FILE))?;
        Ok(Self {
            folder: folder.to_owned(),
            store,
            lock,
        })
    }

    /// The workspace's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where what belongs to a run stands besides. It need not be there.
    pub fn run_folder(&self, run: RunId) -> PathBuf {
        run_folder(&self.folder, run)
    }

    /// Writes a run down. Nothing of it is sent yet.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn begin(&mut self, run: &NewRun) -> Result<RunId, LedgerError> {
        self.store.begin(run)
    }

    /// Names of attributes and events that were pushed before, or agreed to.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub fn names(&self) -> Result<Vec<String>, LedgerError> {
        self.store.names()
    }

    /// Keeps names that are pushed now. They outlive their run: they are no user's.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be written.
    pub fn add_names(&mut self, names: &[&str]) -> Result<(), LedgerError> {
        self.store.add_names(names)
    }

    /// Keeps standard input, if it is among an export's files, with a run: it cannot be read twice.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn keep_stdin(&self, run: RunId, export: &Export) -> Result<(), LedgerError> {
        let (folder, path) = (self.run_folder(run), self.stdin_of(run));
        if export
            .asked()
            .paths
            .iter()
            .any(|path| path == Path::new("-"))
        {
            make_folder(&folder).map_err(|error| LedgerError::io(&folder, error))?;
            let kept = export.keep_stdin(&path);
            kept.map_err(|error| LedgerError::io(&path, io::Error::other(error)))?;
        }
        Ok(())
    }

    /// Where standard input is kept for a run, if it needs it.
    pub fn stdin_of(&self, run: RunId) -> PathBuf {
        stdin_of(&self.folder, run)
    }

    /// One run that must be there.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read, or there is none of this number.
    pub fn expect_run(&self, run: RunId) -> Result<Run, LedgerError> {
        let found = self.store.run_of(run)?;
        found.ok_or(LedgerError::NoRun { run })
    }

    /// All runs, the newest first.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub fn runs(&self) -> Result<Vec<Run>, LedgerError> {
        self.store.runs()
    }

    /// One run; `None` if there is none of this number.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub fn run(&self, run: RunId) -> Result<Option<Run>, LedgerError> {
        self.store.run_of(run)
    }

    /// What is settled of a run, from this batch on, in order: a page of it. Empty at the end.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub fn settled(&self, run: RunId, from: u64) -> Result<Vec<Settlement>, LedgerError> {
        self.store.settled(run, from)
    }

    /// What was refused in a run, or is unknown, by its words: sums, each at the first of its places.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub fn failures(&self, run: RunId) -> Result<Vec<Settlement>, LedgerError> {
        self.store.failures(run)
    }

    /// Looks a run through before it goes on: its rows must add up, and what an ended program left
    /// behind as intents becomes *unknown*, or pending again where it may be sent twice or the run sends
    /// such again. So many requests became unknown. A run of which nothing is left is closed.
    ///
    /// # Errors
    ///
    /// When the ledger is damaged or cannot be written.
    pub fn take_up(&mut self, run: RunId) -> Result<u64, LedgerError> {
        self.store.verify(run)?;
        let begun = self.expect_run(run)?.begun;
        let resends = begun.on_unknown == OnUnknown::Resend;
        let n_lost = self.store.settle_intents(run, resends)?;
        let taken = self.expect_run(run)?;
        if taken.account.pending == 0 && matches!(taken.state, RunState::Open | RunState::Paused) {
            self.close(run, RunState::of(&taken.account))?;
        }
        Ok(n_lost)
    }

    /// What is unknown in a run becomes pending, so that it is sent again.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be written.
    pub fn resend_unknown(&mut self, run: RunId) -> Result<u64, LedgerError> {
        self.store.verify(run)?;
        self.store.forget_unknown(run)
    }

    /// What is unknown in a run stays so, for good.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be written.
    pub fn drop_unknown(&mut self, run: RunId) -> Result<(), LedgerError> {
        self.close(run, RunState::Done)
    }

    /// Nothing more of a run will be sent, unless somebody decides so.
    fn close(&mut self, run: RunId, state: RunState) -> Result<(), LedgerError> {
        self.store.set_state(run, state)
    }

    /// Nobody will read again what a run keeps of its rows: it is settled, and the state has learned it
    /// ([`crate::state::catch_up`]).
    pub(crate) fn let_rows_go(&self, run: RunId) {
        std::fs::remove_file(self.stdin_of(run)).ok();
        KeptBodies::let_go(&self.run_folder(run));
    }

    /// Runs that keep something of their rows.
    pub(crate) fn runs_with_rows(&self) -> io::Result<Vec<RunId>> {
        let folder = self.folder.join("runs");
        let mut runs = Vec::new();
        if !folder.exists() {
            return Ok(runs);
        }
        for entry in std::fs::read_dir(folder)? {
            let name = entry?.file_name();
            let id = name.to_str().and_then(|name| name.parse::<RunId>().ok());
            let keeps = |id: &RunId| {
                self.stdin_of(*id).exists() || KeptBodies::are_there(&self.run_folder(*id))
            };
            runs.extend(id.filter(keeps));
        }
        Ok(runs)
    }

    /// Erases all that is known of a run.
    ///
    /// # Errors
    ///
    /// When it cannot be erased.
    pub fn forget(&mut self, run: RunId) -> Result<(), LedgerError> {
        let folder = self.run_folder(run);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).map_err(|error| LedgerError::io(&folder, error))?;
        }
        self.store.forget(run)
    }

    /// Runs of which the workspace's state has to learn something.
    pub(crate) fn unlearned_runs(&self) -> Result<Vec<RunId>, LedgerError> {
        self.store.unlearned_runs()
    }

    /// What the state has to learn of a run.
    pub(crate) fn unlearned(&self, run: RunId) -> Result<SettledBefore, LedgerError> {
        SettledBefore::open_with(&self.folder, run, Store::unlearned)
    }

    /// What tells this ledger from every other, and how often the state has learned from it.
    pub(crate) fn identity(&self) -> Result<([u8; 16], u64), LedgerError> {
        self.store.identity()
    }

    /// The state has all of a run, or of all of them.
    pub(crate) fn set_learned(&mut self, run: Option<RunId>) -> Result<(), LedgerError> {
        self.store.set_learned(run)
    }

    /// What is settled of a run by now, for a push that goes on with it.
    pub(crate) fn settled_before(&self, run: RunId) -> Result<SettledBefore, LedgerError> {
        SettledBefore::open(&self.folder, run)
    }

    /// Starts to write what becomes of a run, in a thread of its own; see [`Writer`].
    pub(crate) fn write(
        mut self,
        run: RunId,
        notes: tokio::sync::mpsc::UnboundedSender<Note>,
    ) -> Writer {
        self.lock.work_on(run);
        Writer::start(self, run, notes)
    }
}

/// What is settled of a run, read batch by batch while the run goes on.
#[derive(Debug)]
pub(crate) struct SettledBefore {
    store: Store,
    run: RunId,
    page: VecDeque<Settlement>,
    /// The first batch that no page has held.
    next: u64,
    is_over: bool,
    /// What reads a page.
    read: ReadPage,
}

type ReadPage = fn(&Store, RunId, u64) -> Result<Vec<Settlement>, LedgerError>;

impl SettledBefore {
    /// For those who only look: a process that works there does not mind.
    pub(crate) fn open(folder: &Path, run: RunId) -> Result<Self, LedgerError> {
        Self::open_with(folder, run, Store::settled)
    }

    fn open_with(folder: &Path, run: RunId, read: ReadPage) -> Result<Self, LedgerError> {
        Ok(Self {
            store: Store::read(&folder.join(FILE))?,
            run,
            page: VecDeque::new(),
            next: 0,
            is_over: false,
            read,
        })
    }

    /// Whether no later batch has any.
    pub(crate) fn is_over(&self) -> bool {
        self.is_over && self.page.is_empty()
    }

    /// Settlements of this batch. Batches are asked for in order.
    pub(crate) fn of(&mut self, batch: u64) -> Result<Vec<Settlement>, LedgerError> {
        while !self.is_over && self.next <= batch {
            self.turn()?;
        }
        let mut settlements = Vec::new();
        while let Some(settlement) = self.page.pop_front_if(|front| front.batch <= batch) {
            if settlement.batch == batch {
                settlements.push(settlement);
            }
        }
        Ok(settlements)
    }

    /// Reads the next page.
    fn turn(&mut self) -> Result<(), LedgerError> {
        let page = (self.read)(&self.store, self.run, self.next)?;
        self.is_over = page.is_empty();
        self.next = page.last().map_or(self.next, |last| last.batch + 1);
        self.page.extend(page);
        Ok(())
    }
}

/// One by one, in the order of their batches. After an error there is none.
impl Iterator for SettledBefore {
    type Item = Result<Settlement, LedgerError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.page.is_empty() && !self.is_over {
            if let Err(error) = self.turn() {
                self.is_over = true;
                return Some(Err(error));
            }
        }
        self.page.pop_front().map(Ok)
    }
}

/// The runs of a workspace, for those who only look: a process that works there does not mind.
///
/// # Errors
///
/// When there is a ledger that cannot be read. Without one there are no runs.
pub fn read_runs(folder: &Path) -> Result<Vec<Run>, LedgerError> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Ok(Vec::new());
    }
    Store::read(&path)?.runs()
}

/// What was refused in a run, or is unknown, for those who only look; see [`Ledger::failures`].
///
/// # Errors
///
/// When the ledger cannot be read.
pub fn read_failures(folder: &Path, run: RunId) -> Result<Vec<Settlement>, LedgerError> {
    Store::read(&folder.join(FILE))?.failures(run)
}

/// Who works in a workspace, and on which run; `None`: nobody.
pub fn holder(folder: &Path) -> Option<Holder> {
    Holder::find(&folder.join(LOCK))
}

/// Keeps others from work in a workspace's folder for as long as this lives. `work` says what for.
///
/// # Errors
///
/// When another process works there.
pub(crate) fn lock(folder: &Path, work: &str) -> Result<Lock, LedgerError> {
    Lock::take(&folder.join(LOCK), work)
}

/// Where standard input is kept for a run in a workspace's folder.
pub fn stdin_of(folder: &Path, run: RunId) -> PathBuf {
    run_folder(folder, run).join("standard-input")
}

/// Where what belongs to a run stands besides, in a workspace's folder.
pub(crate) fn run_folder(folder: &Path, run: RunId) -> PathBuf {
    folder.join("runs").join(run.to_string())
}
