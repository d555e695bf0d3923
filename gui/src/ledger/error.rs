//! Why the ledger cannot be used.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use super::RunId;

/// Why the ledger cannot be used. Nothing is sent then that would not be recorded.
#[derive(Debug)]
#[non_exhaustive]
pub enum LedgerError {
    /// Another process works in the workspace.
    Locked {
        /// The lock.
        path: PathBuf,
        /// What it says of its holder; nothing where it cannot be read.
        holder: String,
    },
    /// The file is no ledger, or one that lost something.
    Damaged {
        /// The ledger.
        path: PathBuf,
        /// What was found.
        found: String,
    },
    /// A newer program wrote it.
    Newer {
        /// The ledger.
        path: PathBuf,
        /// Its version, and the one that this program knows.
        versions: [i64; 2],
    },
    /// There is no such run.
    NoRun {
        /// Its number.
        run: RunId,
    },
    /// The disk does not let us.
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
}

impl LedgerError {
    pub(crate) fn io(path: &Path, error: io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            error,
        }
    }

    pub(super) fn damaged(path: &Path, found: impl Into<String>) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            found: found.into(),
        }
    }
}

impl fmt::Display for LedgerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked { path, holder } => {
                let holder = if holder.is_empty() {
                    "another process"
                } else {
                    holder
                };
                write!(
                    f,
                    "found {holder} at work in this workspace, expected nobody: two pushes at once could \
                     overtake each other. Wait for its end, or end it ({})",
                    path.display()
                )
            }
            Self::Damaged { path, found } => write!(
                f,
                "{}: found {found}, expected a ledger of aiq-braze. Nothing was sent. Bring the file back \
                 from a backup; or move it away to start a new one, which knows of no earlier run: look up \
                 in Braze what the last one has sent",
                path.display()
            ),
            Self::Newer { path, versions } => write!(
                f,
                "{}: found a ledger of version {}, expected {} at most: a newer aiq-braze has written it. \
                 Use that one",
                path.display(),
                versions[0],
                versions[1]
            ),
            Self::NoRun { run } => write!(
                f,
                "found no run {run} in this workspace, expected the number of one. See aiq-braze runs"
            ),
            Self::Io { path, error } => write!(
                f,
                "{}: {error}. What is sent must be recorded there: make room on the disk, or make the folder \
                 writable; AIQ_BRAZE_HOME names another place",
                path.display()
            ),
        }
    }
}

impl std::error::Error for LedgerError {}
