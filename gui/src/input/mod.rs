//! What the user named: the files of one export, read in chunks, any number of times.
//!
//! Reading is plain `read()` into one buffer: a file that shrinks under a memory map would end the
//! program. What is no text to be read row by row is refused before a run starts, with what was found
//! and what to do. A file that is not what it was when it was opened stops the run that reads it: a
//! check and a push must see the same bytes.
//!
//! ```no_run
//! use aiq_braze_app::input::Export;
//!
//! let export = Export::open(&["export.csv"])?;
//! let found = export.inspect(None)?;
//! println!("{} columns, {} bytes", found.header.width(), export.n_bytes());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod refuse;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use aiq_braze::read::Format;
use aiq_braze::{Inspection, PROBE_BYTES, Probe, ProbeError};

use crate::private::is_same_file;

/// Bytes read at once.
pub const CHUNK_BYTES: usize = 128 << 10;

/// The files of one export, in the order in which they are read.
#[derive(Clone, Debug)]
pub struct Export {
    /// At least one.
    files: Vec<ExportFile>,
}

/// One file of an export, as it was when the export was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    path: PathBuf,
    n_bytes: u64,
    modified: Option<SystemTime>,
}

/// Why an export cannot be opened, inspected or read.
#[derive(Debug)]
#[non_exhaustive]
pub enum InputError {
    /// No file was named.
    NothingNamed,
    /// Standard input was named.
    Stdin,
    /// The path leads to something that cannot be an export.
    Refused {
        /// As it was named.
        path: PathBuf,
        /// What was found, and what to do.
        reason: String,
    },
    /// The system does not let it be read.
    Io {
        /// As it was named.
        path: PathBuf,
        /// The system's words.
        error: io::Error,
    },
    /// The file is another one than the one that was opened.
    Changed {
        /// As it was named.
        path: PathBuf,
    },
    /// Its first bytes say that it is no export.
    Probe {
        /// As it was named.
        path: PathBuf,
        /// Why.
        error: ProbeError,
    },
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingNamed => f.write_str("no file was named, expected the files of an export"),
            Self::Stdin => f.write_str(
                "found standard input (-), expected a file: an export is read more than once. \
                 Save it to a file first",
            ),
            Self::Refused { path, reason } => write!(f, "{}: {reason}", path.display()),
            Self::Io { path, error } if error.kind() == io::ErrorKind::NotFound => {
                write!(
                    f,
                    "{}: there is no such file. Check the path",
                    path.display()
                )
            }
            Self::Io { path, error } if error.kind() == io::ErrorKind::PermissionDenied => write!(
                f,
                "{}: this user may not read the file. Change its permissions, or copy it",
                path.display()
            ),
            Self::Io { path, error } => write!(f, "{}: cannot be read: {error}", path.display()),
            Self::Changed { path } => write!(
                f,
                "{}: the file changed since it was opened. Wait until the export is written, then start again",
                path.display()
            ),
            Self::Probe { path, error } => write!(f, "{}: {error}", path.display()),
        }
    }
}

impl std::error::Error for InputError {}

impl Export {
    /// Looks at the files without reading more than their first bytes.
    ///
    /// # Errors
    ///
    /// When one of them is no file, cannot be read, or is no text.
    pub fn open<P: AsRef<Path>>(paths: &[P]) -> Result<Self, InputError> {
        if paths.is_empty() {
            return Err(InputError::NothingNamed);
        }
        let files: Result<Vec<_>, _> = paths
            .iter()
            .map(|path| ExportFile::open(path.as_ref()))
            .collect();
        Ok(Self { files: files? })
    }

    /// The files in order.
    pub fn files(&self) -> &[ExportFile] {
        &self.files
    }

    /// The files' names in order, without folders: what a
    /// [`Location`](aiq_braze::read::Location)'s `file` counts.
    pub fn names(&self) -> Vec<String> {
        self.files.iter().map(ExportFile::name).collect()
    }

    /// Bytes of all files: what progress is measured against.
    pub fn n_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.n_bytes).sum()
    }

    /// Says what the export is, from the first bytes of its first file that holds any. `format` is what
    /// a mapping or the user says about how rows are written; found out without it.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is no export.
    pub fn inspect(&self, format: Option<Format>) -> Result<Inspection, InputError> {
        let file = self.files.iter().find(|file| file.n_bytes > 0);
        let file = file.unwrap_or(&self.files[0]); // OK because an export has at least one file
        let mut probe = format.map_or_else(Probe::new, Probe::with_format);
        let mut reading = file.read()?;
        let mut n_bytes = 0;
        while n_bytes < PROBE_BYTES {
            let chunk = reading.next_chunk()?;
            n_bytes += chunk.len();
            if chunk.is_empty() || !probe.feed(chunk) {
                break;
            }
        }
        probe.finish().map_err(|error| InputError::Probe {
            path: file.path.clone(),
            error,
        })
    }

    /// Whether the path leads to one of the files: what is written there would destroy the export.
    pub fn holds(&self, path: &Path) -> bool {
        let mut files = self.files.iter();
        files.any(|file| is_same_file(&file.path, path))
    }
}

impl ExportFile {
    fn open(path: &Path) -> Result<Self, InputError> {
        if path == Path::new("-") {
            return Err(InputError::Stdin);
        }
        let metadata = path.metadata().map_err(io_error(path))?;
        let refused = |reason| InputError::Refused {
            path: path.to_owned(),
            reason,
        };
        if let Some(reason) = refuse::kind(&metadata) {
            return Err(refused(reason));
        }
        let mut start = Vec::new();
        let opened = File::open(path).map_err(io_error(path))?;
        let read = opened.take(refuse::MAGIC_BYTES).read_to_end(&mut start);
        read.map_err(io_error(path))?;
        match refuse::content(&start, path) {
            Some(reason) => Err(refused(reason)),
            None => Ok(Self::of(path, &metadata)),
        }
    }

    fn of(path: &Path, metadata: &Metadata) -> Self {
        Self {
            path: path.to_owned(),
            n_bytes: metadata.len(),
            modified: metadata.modified().ok(),
        }
    }

    /// Where it is, as it was named.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its name without folders.
    pub fn name(&self) -> String {
        let name = self.path.file_name().map(OsStr::to_string_lossy);
        name.map_or_else(|| self.path.display().to_string(), Cow::into_owned)
    }

    /// Its size when it was opened.
    pub fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    /// Starts reading from its first byte.
    ///
    /// # Errors
    ///
    /// When it cannot be read any more, or is another file now.
    pub fn read(&self) -> Result<Reading<'_>, InputError> {
        let opened = File::open(&self.path).map_err(io_error(&self.path))?;
        let metadata = opened.metadata().map_err(io_error(&self.path))?;
        if Self::of(&self.path, &metadata) != *self {
            return Err(self.changed());
        }
        Ok(Reading {
            file: self,
            opened,
            buffer: vec![0; CHUNK_BYTES],
            n_read: 0,
        })
    }

    fn changed(&self) -> InputError {
        InputError::Changed {
            path: self.path.clone(),
        }
    }
}

/// One pass over a file.
#[derive(Debug)]
pub struct Reading<'f> {
    file: &'f ExportFile,
    opened: File,
    buffer: Vec<u8>,
    n_read: u64,
}

impl Reading<'_> {
    /// The next bytes; none at the end.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or has not the size that it had when it was opened.
    pub fn next_chunk(&mut self) -> Result<&[u8], InputError> {
        let n_bytes = loop {
            match self.opened.read(&mut self.buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read.map_err(io_error(&self.file.path))?,
            }
        };
        self.n_read += n_bytes as u64;
        let is_end = n_bytes == 0;
        if self.n_read > self.file.n_bytes || (is_end && self.n_read < self.file.n_bytes) {
            return Err(self.file.changed());
        }
        Ok(&self.buffer[..n_bytes])
    }
}

/// Reads the text of a mapping. A mapping has kilobytes: a file of more than 4 MiB is something else, and
/// is not read to its end.
pub fn mapping_text(path: &Path) -> io::Result<String> {
    const MOST: u64 = 4 << 20;
    let mut text = String::new();
    let n_bytes = File::open(path)?.take(MOST + 1).read_to_string(&mut text)?;
    if n_bytes as u64 > MOST {
        let words = "found more than 4 MB, expected a mapping, which has a few kilobytes";
        return Err(io::Error::new(io::ErrorKind::InvalidData, words));
    }
    Ok(text)
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> InputError + '_ {
    move |error| InputError::Io {
        path: path.to_owned(),
        error,
    }
}
