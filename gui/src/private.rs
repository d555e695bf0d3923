//! Files of ours that hold personal data: readable by their owner alone, and there only when they are
//! whole.
//!
//! A file is written under another name in its folder and renamed at the end, so that whoever finds it
//! finds all of it, and an earlier one stays as it was until then.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The drafts of this process.
static DRAFTS: Drafts = Drafts(Mutex::new(Vec::new()));

/// Files that are not whole yet, or that nobody has taken, so that a process that is told to end leaves none
/// behind.
struct Drafts(Mutex<Vec<PathBuf>>);

impl Drafts {
    fn lock(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, path: &Path) {
        self.lock().retain(|draft| draft != path);
    }

    /// Removes them all, and does something before another can be made.
    fn discard_and(&self, last: impl FnOnce()) {
        let mut drafts = self.lock();
        for path in drafts.drain(..) {
            fs::remove_file(path).ok();
        }
        last();
    }
}

/// Removes every file of this process that is not whole yet, or that nobody has taken. No other is started
/// until `last` is done, which is meant to end the process.
pub(crate) fn discard_drafts_and(last: impl FnOnce()) {
    DRAFTS.discard_and(last);
}

/// Makes a folder, with those above it, for its owner alone, unless it is there.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file at its end, or makes one for its owner alone. What is written is there at once.
pub(crate) fn append_to(path: &Path) -> io::Result<File> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
        return Err(io::Error::other(
            "found a folder, expected the name of a file",
        ));
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether two paths lead to one file, or would once both are written.
pub(crate) fn is_same_file(one: &Path, other: &Path) -> bool {
    is_same_entry(one, other) || place(one).is_some_and(|one| Some(one) == place(other))
}

/// By number, which sees through links of both kinds.
#[cfg(unix)]
fn is_same_entry(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let number = |path| fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
    number(one).is_some_and(|one| Some(one) == number(other))
}

#[cfg(not(unix))]
fn is_same_entry(_: &Path, _: &Path) -> bool {
    false
}

/// A path in the one form that it has. What is not there yet has a folder that is.
fn place(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().or_else(|| {
        let folder = path.parent()?;
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        Some(folder.canonicalize().ok()?.join(path.file_name()?))
    })
}

/// A file on its way. Dropped before [`PrivateFile::finish`] it leaves nothing behind.
#[must_use = "a private file is there once it is finished"]
pub struct PrivateFile {
    path: PathBuf,
    /// What is written to, until it is whole.
    draft_path: PathBuf,
    /// `None` once it is finished.
    writer: Option<BufWriter<File>>,
}

impl PrivateFile {
    /// Starts a file that shall be at `path`.
    ///
    /// # Errors
    ///
    /// When its folder cannot be written to, or something other than a file is there.
    pub fn create(path: &Path) -> Result<Self, PrivateFileError> {
        let fail = |error| PrivateFileError::new(path, error);
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(fail(io::Error::other(
                "found a folder, pipe or device, expected the name of a file",
            )));
        }
        let name = path.file_name();
        let name = name.ok_or_else(|| fail(io::Error::other("expected the name of a file")))?;
        let (draft_path, file) = create_draft(path, name).map_err(fail)?;
        Ok(Self {
            path: path.to_owned(),
            draft_path,
            writer: Some(BufWriter::with_capacity(64 << 10, file)),
        })
    }

    /// Where it will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes the rest and puts the file in its place.
    ///
    /// # Errors
    ///
    /// When the disk does not take it.
    pub fn finish(self) -> Result<(), PrivateFileError> {
        self.put(|_| ())
    }

    /// The same for a file that is gone with this process, unless somebody takes it.
    ///
    /// # Errors
    ///
    /// When the disk does not take it.
    pub(crate) fn finish_for_now(self) -> Result<PassingFile, PrivateFileError> {
        let path = self.path.clone();
        self.put(|drafts| drafts.push(path.clone()))?;
        Ok(PassingFile { path })
    }

    /// Puts it in its place, and does something before a process that is told to end removes its drafts.
    fn put(mut self, then: impl FnOnce(&mut Vec<PathBuf>)) -> Result<(), PrivateFileError> {
        let writer = self.writer.take();
        let writer = writer.expect("only this function takes it, and it takes the whole file");
        let written = writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all());
        let mut drafts = DRAFTS.lock();
        let done = written.and_then(|()| fs::rename(&self.draft_path, &self.path));
        drafts.retain(|draft| *draft != self.draft_path);
        match done {
            Ok(()) => {
                then(&mut drafts);
                Ok(())
            }
            Err(error) => {
                fs::remove_file(&self.draft_path).ok();
                Err(PrivateFileError::new(&self.path, error))
            }
        }
    }

    fn writer(&mut self) -> &mut BufWriter<File> {
        let writer = self.writer.as_mut();
        writer.expect("it is taken by `finish` alone, which takes the whole file")
    }
}

/// A new file beside `path`, under a name that nothing else has.
fn create_draft(path: &Path, name: &OsStr) -> io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut number = 0;
    // Held until the draft is known: a process that ends in between would leave it behind.
    let mut drafts = DRAFTS.lock();
    loop {
        let mut draft_name = OsString::from(".");
        draft_name.push(name);
        draft_name.push(format!(".{}-{number}.part", std::process::id()));
        let draft_path = path.with_file_name(draft_name);
        match options.open(&draft_path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 100 => {
                number += 1;
            }
            opened => {
                let file = opened?;
                drafts.push(draft_path.clone());
                return Ok((draft_path, file));
            }
        }
    }
}

impl Write for PrivateFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer().flush()
    }
}

impl fmt::Debug for PrivateFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateFile({})", self.path.display())
    }
}

impl Drop for PrivateFile {
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            fs::remove_file(&self.draft_path).ok();
            DRAFTS.forget(&self.draft_path);
        }
    }
}

/// A file that is whole, and that nobody has taken. Dropped before somebody does, or when the process is told
/// to end, it is gone.
#[derive(Debug)]
#[must_use = "nobody has taken it"]
pub(crate) struct PassingFile {
    path: PathBuf,
}

impl PassingFile {
    /// Gives it away: it is there from now on, and whoever has it answers for it.
    pub(crate) fn give(&self, to: &Path) -> io::Result<()> {
        let mut drafts = DRAFTS.lock();
        fs::rename(&self.path, to)?;
        drafts.retain(|draft| *draft != self.path);
        Ok(())
    }
}

impl Drop for PassingFile {
    fn drop(&mut self) {
        let mut drafts = DRAFTS.lock();
        if drafts.contains(&self.path) {
            fs::remove_file(&self.path).ok();
            drafts.retain(|draft| *draft != self.path);
        }
    }
}

/// Why a file of ours cannot be written.
#[derive(Debug)]
pub struct PrivateFileError {
    path: PathBuf,
    error: io::Error,
}

impl PrivateFileError {
    pub(crate) fn new(path: &Path, error: io::Error) -> Self {
        Self {
            path: path.to_owned(),
            error,
        }
    }
}

impl PrivateFileError {
    pub(crate) fn into_parts(self) -> (PathBuf, io::Error) {
        (self.path, self.error)
    }
}

impl fmt::Display for PrivateFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: cannot be written: {}. Check the folder and the space left, or name another file",
            self.path.display(),
            self.error
        )
    }
}

impl std::error::Error for PrivateFileError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_only_once_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.csv");
        fs::write(&path, "earlier").unwrap();

        let mut dropped = PrivateFile::create(&path).unwrap();
        dropped.write_all(b"half").unwrap();
        drop(dropped);
        assert_eq!(fs::read_to_string(&path).unwrap(), "earlier");

        let mut file = PrivateFile::create(&path).unwrap();
        file.write_all(b"whole").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "earlier");
        file.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn drafts_are_known_until_they_are_whole_or_gone() {
        let folder = tempfile::tempdir().unwrap();
        let is_known = |file: &Path| DRAFTS.lock().iter().any(|draft| draft == file);
        let dropped = PrivateFile::create(&folder.path().join("a")).unwrap();
        let finished = PrivateFile::create(&folder.path().join("b")).unwrap();
        let paths = [&dropped, &finished].map(|file| file.draft_path.clone());
        assert!(paths.iter().all(|path| is_known(path)));
        drop(dropped);
        finished.finish().unwrap();
        assert!(!paths.iter().any(|path| is_known(path)));
    }

    #[test]
    fn a_whole_file_stays_a_draft_until_somebody_takes_it() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let is_known = |file: &Path| DRAFTS.lock().iter().any(|draft| draft == file);
        let finish = || {
            PrivateFile::create(&at("passing"))
                .unwrap()
                .finish_for_now()
        };
        let dropped = finish().unwrap();
        assert!(is_known(&at("passing")) && at("passing").exists());
        drop(dropped);
        assert!(!is_known(&at("passing")) && !at("passing").exists());

        let given = finish().unwrap();
        assert!(given.give(&at("no/such")).is_err());
        assert!(is_known(&at("passing")));
        given.give(&at("taken")).unwrap();
        assert!(!is_known(&at("passing")));
        drop(given);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(at("taken").exists());
    }

    #[test]
    fn drafts_of_a_process_that_ends_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let draft = folder.path().join(".a.1-0.part");
        fs::write(&draft, "half").unwrap();
        let drafts = Drafts(Mutex::new(vec![draft.clone(), folder.path().join("gone")]));
        drafts.discard_and(|| assert!(!draft.exists()));
        assert!(drafts.lock().is_empty());
    }

    #[test]
    fn one_file_may_have_many_names() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("a"), "").unwrap();
        fs::write(at("b"), "").unwrap();
        assert!(is_same_file(&at("a"), &at("./a")));
        assert!(!is_same_file(&at("a"), &at("b")));
        assert!(is_same_file(&at("new"), &at("./new")));
        assert!(!is_same_file(&at("new"), &at("newer")));
        assert!(!is_same_file(&at("no/new"), &at("no/new/er")));
        fs::hard_link(at("a"), at("hard")).unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(at("a"), at("soft")).unwrap();
            assert!(is_same_file(&at("a"), &at("hard")));
            assert!(is_same_file(&at("hard"), &at("soft")));
        }
    }

    #[cfg(unix)]
    #[test]
    fn others_may_not_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.csv");
        PrivateFile::create(&path).unwrap().finish().unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn what_is_no_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        for path in [
            folder.path(),
            Path::new("/"),
            &folder.path().join("no/such.csv"),
        ] {
            let error = PrivateFile::create(path).unwrap_err().to_string();
            assert!(error.contains("cannot be written"), "{error}");
        }
    }
}
