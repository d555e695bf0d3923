//! One process at a time in a workspace, and a word to the others about which one.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::process;

use super::LedgerError;

/// Held until it is dropped, or the process ends in whatever way: the system sees to that.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
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
        let mut file = options.open(path).map_err(fail)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.take(1000).read_to_string(&mut holder).ok();
                return Err(LedgerError::Locked {
                    path: path.to_owned(),
                    holder: holder.trim().to_owned(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(fail(error)),
        }
        // That others cannot read who holds it is no reason not to work.
        let words = format!("process {} ({work})\n", process::id());
        file.set_len(0).ok();
        file.seek(SeekFrom::Start(0)).ok();
        file.write_all(words.as_bytes()).ok();
        Ok(Self { _file: file })
    }
}
