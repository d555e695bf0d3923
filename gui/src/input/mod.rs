//! What the user named: the files of one export, read in chunks, any number of times.
//!
//! Reading is plain `read()` into one buffer: a file that shrinks under a memory map would end the
//! program. A folder stands for the files in it, a zip archive likewise; gzip and zstd are unpacked, and
//! other encodings turned into UTF-8, as they are read: memory does not grow with the size of anything.
//! What is no text to be read row by row is refused before a run starts, with what was found and what to
//! do. A file that is not what it was when it was opened stops the run that reads it: a check and a push
//! must see the same bytes.
//!
//! ```no_run
//! use aiq_braze_app::input::Export;
//!
//! let export = Export::open(&["export.csv"])?;
//! let found = export.inspect(None)?;
//! println!("{} columns, {} bytes", found.header.width(), export.n_bytes());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod encoding;
mod folder;
mod layers;
mod manifest;
mod note;
mod open;
mod refuse;
mod source;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use aiq_braze::read::Format;
use aiq_braze::{Inspection, Probe, ProbeError, Problem};

pub use self::encoding::Encoding;
use self::encoding::Transcoder;
pub use self::folder::Skip;
pub use self::layers::Layer;
use self::layers::{Entry, Stream, Trouble};
pub use self::manifest::ExpectedRows;
pub use self::note::{Note, NoteKind};
use self::source::{Disk, Failure, Source, Track};
use crate::private::{PrivateFile, is_same_file};

/// Bytes read at once.
pub const CHUNK_BYTES: usize = 128 << 10;

/// The files of one export, in the order in which they are read.
#[derive(Clone, Debug)]
pub struct Export {
    /// At least one.
    files: Vec<ExportFile>,
    notes: Vec<Note>,
    expected: Vec<ExpectedRows>,
    problems: Vec<Problem>,
    asked: Asked,
}

/// What opens an export again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// As they were named, from the root of the disk; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// What the user said that all files are written in.
    pub encoding: Option<Encoding>,
}

/// One file of an export, as it was when the export was opened: a file on disk, one in a zip archive, or
/// standard input.
#[derive(Clone, Debug)]
pub struct ExportFile {
    source: Source,
    entry: Option<Entry>,
    /// What it is wrapped in, the outermost first, without the zip archive.
    layers: Vec<Layer>,
    encoding: Encoding,
    is_empty: bool,
}

/// How an export is opened.
#[derive(Default)]
pub struct Options<'o> {
    /// What all files are written in; found out for each without it.
    pub encoding: Option<Encoding>,
    /// What `-` stands for. Without it `-` is refused: nobody could type an export.
    pub stdin: Option<&'o mut dyn Read>,
}

impl fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Options({:?})", self.encoding)
    }
}

/// Why an export cannot be opened, inspected or read.
#[derive(Debug)]
#[non_exhaustive]
pub enum InputError {
    /// No file was named.
    NothingNamed,
    /// Standard input was named, and there is nothing on it.
    Stdin,
    /// Standard input was named twice.
    StdinTwice,
    /// Standard input cannot be kept.
    Spool {
        /// Where it would be.
        folder: PathBuf,
        /// The system's words.
        error: io::Error,
    },
    /// One file was named twice, maybe by different paths.
    Twice {
        /// As it was named the second time.
        path: PathBuf,
        /// And the first.
        first: PathBuf,
    },
    /// A folder or an archive holds no export.
    NoExport {
        /// As it was named.
        path: PathBuf,
    },
    /// What is packed cannot be unpacked.
    Damaged {
        /// As it was named.
        path: PathBuf,
        /// What was found, and what to do.
        reason: String,
    },
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
                "found nobody who passes an export on standard input (-), expected one there: \
                 `aiq-braze check - < export.csv`. Or name a file",
            ),
            Self::StdinTwice => f.write_str(
                "found standard input (-) named twice, expected it once: it can be read only once",
            ),
            Self::Spool { folder, error } => write!(
                f,
                "standard input cannot be kept in {}: {error}. Make room there, or name another folder in TMPDIR",
                folder.display()
            ),
            Self::Twice { path, first } => write!(
                f,
                "{}: found a file that was named already, as {}, expected each file once: its rows would be \
                 sent twice. Name it once",
                path.display(),
                first.display()
            ),
            Self::NoExport { path } => write!(
                f,
                "{}: found no export in it, expected files such as CSV. Name the folder that holds them; \
                 folders in it are not entered",
                path.display()
            ),
            Self::Refused { path, reason } | Self::Damaged { path, reason } => {
                write!(f, "{}: {reason}", path.display())
            }
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
    /// Looks at files, folders of files, and zip archives, without reading more than the start of each.
    ///
    /// # Errors
    ///
    /// When one of them is no file, cannot be read, or is no text.
    pub fn open<P: AsRef<Path>>(paths: &[P]) -> Result<Self, InputError> {
        Self::open_with(paths, Options::default())
    }

    /// The same, as the user wants it. Standard input, if it is named, is read to its end.
    ///
    /// # Errors
    ///
    /// As [`Export::open`].
    pub fn open_with<P: AsRef<Path>>(
        paths: &[P],
        options: Options<'_>,
    ) -> Result<Self, InputError> {
        if paths.is_empty() {
            return Err(InputError::NothingNamed);
        }
        let paths: Vec<_> = paths.iter().map(AsRef::as_ref).collect();
        open::open(&paths, options)
    }

    /// What opens it again.
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Copies standard input, if it is among the files, to a private file: what a push that goes on another
    /// day reads. Whether it is.
    ///
    /// # Errors
    ///
    /// When the copy cannot be written.
    pub fn keep_stdin(&self, path: &Path) -> Result<bool, InputError> {
        let Some(file) = self.files.iter().find(|file| file.source.is_spool()) else {
            return Ok(false);
        };
        let mut disk = file.source.open()?;
        let fail = |error| InputError::Spool {
            folder: path.to_owned(),
            error,
        };
        let mut copy = PrivateFile::create(path).map_err(|error| fail(io::Error::other(error)))?;
        io::copy(&mut disk, &mut copy).map_err(fail)?;
        copy.finish()
            .map_err(|error| fail(io::Error::other(error)))?;
        Ok(true)
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

    /// Bytes of all files as they are on disk: what progress is measured against.
    pub fn n_bytes(&self) -> u64 {
        self.files.iter().map(ExportFile::n_bytes).sum()
    }

    /// What is worth saying about them: how they are packed and written, what was passed over.
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// How many rows files beside the export say that it has.
    pub fn expected_rows(&self) -> &[ExpectedRows] {
        &self.expected
    }

    /// What was seen to be wrong without reading it: files that a manifest names and that are not there,
    /// or have another size.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Says what the export is, from the first bytes of its first file that holds any. `format` is what
    /// a mapping or the user says about how rows are written; found out without it.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is no export.
    pub fn inspect(&self, format: Option<Format>) -> Result<Inspection, InputError> {
        let file = self.files.iter().find(|file| !file.is_empty);
        let file = file.unwrap_or(&self.files[0]); // OK because an export has at least one file
        let probe = format.map_or_else(Probe::new, Probe::with_format);
        let mut probe = probe.with_name(&file.text_name());
        let mut reading = file.read()?;
        loop {
            let chunk = reading.next_chunk()?;
            if chunk.is_empty() || !probe.feed(chunk) {
                break;
            }
        }
        probe.finish().map_err(|error| InputError::Probe {
            path: file.shown_path(),
            error,
        })
    }

    /// When the last of its files was written to, as far as that is known.
    ///
    /// # Errors
    ///
    /// When a file is not what it was when the export was opened, or is gone.
    pub fn modified(&self) -> Result<Option<SystemTime>, InputError> {
        let mut last = None;
        for file in &self.files {
            file.source.open()?;
            last = last.max(file.source.modified());
        }
        Ok(last)
    }

    /// Whether the path leads to one of the files: what is written there would destroy the export.
    pub fn holds(&self, path: &Path) -> bool {
        let mut files = self.files.iter();
        files.any(|file| is_same_file(file.path(), path))
    }
}

impl ExportFile {
    fn new(source: Source, entry: Option<Entry>) -> Self {
        Self {
            source,
            entry,
            layers: Vec::new(),
            encoding: Encoding::Utf8,
            is_empty: false,
        }
    }

    /// Where it is, as it was named: for a file in a zip archive, the archive.
    pub fn path(&self) -> &Path {
        self.source.path()
    }

    /// Where it is, with its place in a zip archive.
    fn shown_path(&self) -> PathBuf {
        match &self.entry {
            Some(entry) => self.path().join(&entry.name),
            None => self.path().to_owned(),
        }
    }

    /// Its name without folders.
    pub fn name(&self) -> String {
        if let Some(entry) = &self.entry {
            let name = entry.name.rsplit('/').next();
            return name.unwrap_or(&entry.name).to_owned();
        }
        if self.source.is_spool() {
            return "standard input".to_owned();
        }
        let name = self.path().file_name().map(OsStr::to_string_lossy);
        name.map_or_else(|| self.path().display().to_string(), Cow::into_owned)
    }

    /// Its name without what only says how it is packed: `audience_1_2.csv` for `audience_1_2.csv.gz`.
    pub fn text_name(&self) -> String {
        let mut name = self.name();
        for layer in &self.layers {
            if let Some((stem, extension)) = name.rsplit_once('.')
                && layer
                    .extensions()
                    .contains(&&*extension.to_ascii_lowercase())
            {
                name.truncate(stem.len());
            }
        }
        name
    }

    /// Its size as it was on disk, or in its zip archive, when it was opened.
    pub fn n_bytes(&self) -> u64 {
        match &self.entry {
            Some(entry) => entry.n_packed,
            None => self.source.n_bytes(),
        }
    }

    /// What it is written in.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// What it is wrapped in, the outermost first.
    fn all_layers(&self) -> Vec<Layer> {
        let zip = self.entry.as_ref().map(|_| Layer::Zip);
        zip.into_iter().chain(self.layers.iter().copied()).collect()
    }

    fn archive_name(&self) -> Option<Cow<'_, str>> {
        self.entry.as_ref()?;
        self.path().file_name().map(OsStr::to_string_lossy)
    }

    /// Whether a manifest means this file, or the archive that it is in, by a name.
    fn is_called(&self, name: &str) -> bool {
        self.name() == name || self.archive_name().is_some_and(|archive| archive == name)
    }

    /// Whether what is called `STEM.count` or the like is about this file, or its archive.
    fn is_about(&self, stem: &str) -> bool {
        let is_stem = |name: &str| manifest::stems(name).any(|other| other == stem);
        is_stem(&self.name()) || self.archive_name().is_some_and(|archive| is_stem(&archive))
    }

    /// The size of what has this name: the file, or the archive that it is in.
    fn n_bytes_of(&self, name: &str) -> u64 {
        match &self.entry {
            Some(entry) if self.name() == name => entry.n_bytes,
            _ => self.source.n_bytes(),
        }
    }

    /// Starts reading its text, in UTF-8, from its first byte.
    ///
    /// # Errors
    ///
    /// When it cannot be read any more, or is another file now.
    pub fn read(&self) -> Result<Reading<'_>, InputError> {
        Ok(Reading {
            file: self,
            opened: self.start()?,
            transcoder: Transcoder::new(self.encoding),
            buffer: vec![0; CHUNK_BYTES],
        })
    }

    /// Starts unpacking it.
    fn start(&self) -> Result<Opened, InputError> {
        let disk = self.source.open()?;
        let stream = match &self.entry {
            None => layers::plain(disk.clone()),
            Some(entry) => {
                let stream = entry.stream(disk.clone());
                stream.map_err(|error| explain(error, &disk, self.shown_path()))?
            }
        };
        let layers = self.layers.iter();
        Ok(Opened {
            stream: layers.fold(stream, |stream, layer| layers::unpack(stream, *layer)),
            track: disk.track(),
            disk,
        })
    }
}

/// An unpacked stream and the file under it.
struct Opened {
    stream: Stream,
    disk: Disk,
    track: Arc<Track>,
}

impl Opened {
    fn explain(&self, error: io::Error, file: &ExportFile) -> InputError {
        explain(error, &self.disk, file.shown_path())
    }
}

/// Why reading failed. What a file seems to be damaged by may be that it was written to.
fn explain(error: io::Error, disk: &Disk, path: PathBuf) -> InputError {
    match disk.track().take_failure() {
        Some(Failure::Changed) => return InputError::Changed { path },
        Some(Failure::Io(error)) => return InputError::Io { path, error },
        None => {}
    }
    match disk.is_unchanged() {
        Ok(true) => {}
        Ok(false) => return InputError::Changed { path },
        Err(error) => return InputError::Io { path, error },
    }
    match Trouble::within(&error) {
        Some(Trouble::Damaged(reason)) => InputError::Damaged {
            path,
            reason: reason.clone(),
        },
        Some(Trouble::Refused(reason)) => InputError::Refused {
            path,
            reason: reason.clone(),
        },
        None => InputError::Io { path, error },
    }
}

/// One pass over a file.
pub struct Reading<'f> {
    file: &'f ExportFile,
    opened: Opened,
    /// Where the text is not UTF-8.
    transcoder: Option<Transcoder>,
    buffer: Vec<u8>,
}

impl fmt::Debug for Reading<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reading({}, {})", self.file.name(), self.n_consumed())
    }
}

impl Reading<'_> {
    /// The next bytes of text; none at the end.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or unpacked, or is not what it was when it was opened.
    pub fn next_chunk(&mut self) -> Result<&[u8], InputError> {
        let n_bytes = loop {
            let stream = &mut self.opened.stream;
            let read = match &mut self.transcoder {
                None => stream.read(&mut self.buffer),
                Some(transcoder) => transcoder.read(stream, &mut self.buffer),
            };
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.opened.explain(error, self.file)),
                Ok(n_bytes) => break n_bytes,
            }
        };
        if n_bytes == 0 {
            self.check_unchanged()?;
        }
        Ok(&self.buffer[..n_bytes])
    }

    /// Bytes of the file as it is on disk that were read so far, of [`ExportFile::n_bytes`].
    pub fn n_consumed(&self) -> u64 {
        let start = self.file.entry.as_ref().map_or(0, |entry| entry.start);
        let n_bytes = self.opened.track.at().saturating_sub(start);
        n_bytes.min(self.file.n_bytes())
    }

    /// At the end: a file may have been written over while it was read.
    fn check_unchanged(&self) -> Result<(), InputError> {
        let path = || self.file.path().to_owned();
        match self.opened.disk.is_unchanged() {
            Ok(true) => Ok(()),
            Ok(false) => Err(InputError::Changed { path: path() }),
            Err(error) => Err(InputError::Io {
                path: path(),
                error,
            }),
        }
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
