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
    pub fn finish(mut self) -> Result<(), PrivateFileError> {
        let writer = self.writer.take();
        let writer = writer.expect("only this function takes it, and it takes the whole file");
        let done = writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&self.draft_path, &self.path));
        if done.is_err() {
            fs::remove_file(&self.draft_path).ok();
        }
        done.map_err(|error| PrivateFileError::new(&self.path, error))
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
    loop {
        let mut draft_name = OsString::from(".");
        draft_name.push(name);
        draft_name.push(format!(".{}-{number}.part", std::process::id()));
        let draft_path = path.with_file_name(draft_name);
        match options.open(&draft_path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 100 => {
                number += 1;
            }
            opened => return opened.map(|file| (draft_path, file)),
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
