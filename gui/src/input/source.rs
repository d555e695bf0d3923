//! Where bytes come from: a file of the user's, or standard input in a file of ours.

use std::fs::{File, Metadata};
use std::io::{self, Read, Seek, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::{InputError, io_error, refuse};

/// Bytes of a file, readable any number of times, and what the file was when it was first seen.
#[derive(Clone, Debug)]
pub(super) struct Source {
    path: PathBuf,
    /// Standard input: it has no name to be opened by.
    spool: Option<Arc<File>>,
    stamp: Stamp,
}

/// What tells a file that was written to from the one that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    n_bytes: u64,
    modified: Option<SystemTime>,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        Self {
            n_bytes: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }
}

impl Source {
    /// The file at this path.
    pub(super) fn of_path(path: &Path, metadata: &Metadata) -> Result<Self, InputError> {
        if let Some(reason) = refuse::kind(metadata) {
            return Err(InputError::Refused {
                path: path.to_owned(),
                reason,
            });
        }
        Ok(Self {
            path: path.to_owned(),
            spool: None,
            stamp: Stamp::of(metadata),
        })
    }

    /// Copies all of `input` to a file that has no name: nobody else can open it, and it is gone with the
    /// last of its readers, however the process ends.
    pub(super) fn spool(input: &mut dyn Read) -> Result<Self, InputError> {
        let copied = tempfile::tempfile().and_then(|mut file| {
            copy(input, &mut file)?;
            let stamp = Stamp::of(&file.metadata()?);
            Ok((file, stamp))
        });
        let (file, stamp) = copied.map_err(|error| InputError::Spool {
            folder: std::env::temp_dir(),
            error,
        })?;
        Ok(Self {
            path: PathBuf::from("-"),
            spool: Some(Arc::new(file)),
            stamp,
        })
    }

    /// As it was named.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it is standard input.
    pub(super) fn is_spool(&self) -> bool {
        self.spool.is_some()
    }

    /// Its size when it was first seen.
    pub(super) fn n_bytes(&self) -> u64 {
        self.stamp.n_bytes
    }

    /// When it was last written to, as far as that is known. Standard input is ours, and at its end.
    pub(super) fn modified(&self) -> Option<SystemTime> {
        self.stamp.modified.filter(|_| !self.is_spool())
    }

    /// Opens it to be read from its first byte.
    pub(super) fn open(&self) -> Result<Disk, InputError> {
        let file = match &self.spool {
            Some(file) => Arc::clone(file),
            None => Arc::new(File::open(&self.path).map_err(io_error(&self.path))?),
        };
        let disk = Disk {
            file,
            stamp: self.stamp,
            at: 0,
            track: Arc::default(),
        };
        if disk.is_unchanged().map_err(io_error(&self.path))? {
            return Ok(disk);
        }
        Err(InputError::Changed {
            path: self.path.clone(),
        })
    }
}

fn copy(input: &mut dyn Read, file: &mut File) -> io::Result<()> {
    let mut buffer = vec![0; super::CHUNK_BYTES];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n_bytes) => file.write_all(&buffer[..n_bytes])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// An open [`Source`] with a place of its own in it: its readers do not disturb each other.
#[derive(Clone, Debug)]
pub(super) struct Disk {
    file: Arc<File>,
    stamp: Stamp,
    at: u64,
    track: Arc<Track>,
}

/// What is known of a [`Disk`] while other readers hold it.
#[derive(Debug, Default)]
pub(super) struct Track {
    at: AtomicU64,
    failure: Mutex<Option<Failure>>,
}

/// Why a file cannot be read on.
#[derive(Debug)]
pub(super) enum Failure {
    /// It is another one than it was.
    Changed,
    /// The system does not let it be read.
    Io(io::Error),
}

impl Track {
    /// The place up to which it was read.
    pub(super) fn at(&self) -> u64 {
        self.at.load(Ordering::Relaxed)
    }

    /// What the file itself failed for. Readers on top may have put it into words of their own.
    pub(super) fn take_failure(&self) -> Option<Failure> {
        let failure = self.failure.lock();
        failure.unwrap_or_else(PoisonError::into_inner).take()
    }

    fn fail(&self, failure: Failure) -> io::Error {
        let stored = self.failure.lock();
        *stored.unwrap_or_else(PoisonError::into_inner) = Some(failure);
        io::Error::other("the file under it cannot be read")
    }
}

impl Disk {
    pub(super) fn track(&self) -> Arc<Track> {
        Arc::clone(&self.track)
    }

    /// Whether the file is what it was when it was first seen.
    pub(super) fn is_unchanged(&self) -> io::Result<bool> {
        Ok(Stamp::of(&self.file.metadata()?) == self.stamp)
    }
}

impl Read for Disk {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let n_bytes = loop {
            match read_at(&self.file, buffer, self.at) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.track.fail(Failure::Io(error))),
                Ok(n_bytes) => break n_bytes,
            }
        };
        self.at += n_bytes as u64;
        self.track.at.store(self.at, Ordering::Relaxed);
        let is_end = n_bytes == 0;
        if self.at > self.stamp.n_bytes || (is_end && self.at < self.stamp.n_bytes) {
            return Err(self.track.fail(Failure::Changed));
        }
        Ok(n_bytes)
    }
}

impl Seek for Disk {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(step) => self.stamp.n_bytes.checked_add_signed(step),
            SeekFrom::Current(step) => self.at.checked_add_signed(step),
        };
        // A place behind the end has no bytes, and is none that a sound file names.
        let at = at.filter(|at| *at <= self.stamp.n_bytes);
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, at)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, at)
}
