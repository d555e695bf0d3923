//! One process at a time in a workspace, and a word to the others about which one, and on which run.
//!
//! Whoever works there holds the lock alone. Whoever only wants to know shares it for a moment, which those
//! who come to work do not take for work.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process;
use std::thread;

use super::{LedgerError, RunId};

/// Attempts at a lock that others only look at.
const MOST_ATTEMPTS: u32 = 1000;

/// Held until it is dropped, or the process ends in whatever way: the system sees to that.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    /// What for.
    work: String,
}

impl Lock {
    pub(super) fn take(path: &Path, work: &str) -> Result<Self, LedgerError> {
        let fail = |error| LedgerError::io(path, error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let file = options.open(path).map_err(fail)?;
        if !is_taken(&file).map_err(fail)? {
            return Err(LedgerError::Locked {
                path: path.to_owned(),
                holder: said_in(&file).unwrap_or_default(),
            });
        }
        let mut lock = Self {
            file,
            work: work.to_owned(),
        };
        lock.say("");
        Ok(lock)
    }

    /// Says to the others which run it is.
    pub(super) fn work_on(&mut self, run: RunId) {
        self.say(&format!("{RUN}{run}"));
    }

    fn say(&mut self, more: &str) {
        let words = format!("process {} ({}{more})\n", process::id(), self.work);
        // That others cannot read who holds it is no reason not to work.
        self.file.set_len(0).ok();
        self.file.seek(SeekFrom::Start(0)).ok();
        self.file.write_all(words.as_bytes()).ok();
    }
}

/// Stands before a run's number in what a holder says.
const RUN: &str = ", run ";

/// Takes a lock, unless somebody else works.
fn is_taken(file: &File) -> std::io::Result<bool> {
    for _ in 0..MOST_ATTEMPTS {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
        if is_held(file)? {
            return Ok(false);
        }
        thread::yield_now(); // somebody looks, and is gone at once
    }
    Ok(false)
}

/// Whether somebody works.
fn is_held(file: &File) -> std::io::Result<bool> {
    match file.try_lock_shared() {
        Ok(()) => file.unlock().map(|()| false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// What the holder says of itself. Some systems let nobody else read it.
fn said_in(file: &File) -> Option<String> {
    let mut words = String::new();
    file.take(1000).read_to_string(&mut words).ok()?;
    Some(words.trim().to_owned())
}

/// Who works in a workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// What it says of itself; nothing where that cannot be read.
    pub words: String,
    /// The run that it is at work on, if it says so.
    pub run: Option<RunId>,
}

impl Holder {
    /// `None`: nobody, as far as the system tells.
    pub(super) fn find(path: &Path) -> Option<Self> {
        let file = File::open(path).ok()?;
        if !is_held(&file).unwrap_or(false) {
            return None;
        }
        let words = said_in(&file).unwrap_or_default();
        let run = words.rsplit_once(RUN);
        let run = run.and_then(|(_, rest)| rest.trim_end_matches(')').parse().ok());
        Some(Self { words, run })
    }
}
