//! The rejects file of a pass: every rejected row as it stood in the export, with its reason; of a run that
//! was sent also those that failed then.

use std::fmt;
use std::io::Write as _;
use std::path::Path;

use aiq_braze::{Diagnostic, Header, Row, rejects};

use crate::private::{PrivateFile, PrivateFileError};

/// Where rejected rows go: a private file that is in its place once the pass is done. A pass that
/// rejects nothing leaves a file with a header and no rows, so that no earlier one is taken for its own.
#[derive(Debug)]
pub struct RejectsFile {
    file: PrivateFile,
    /// The columns that the file's first line names.
    header: Option<Header>,
    line: Vec<u8>,
}

/// Why rejected rows cannot be written.
#[derive(Debug)]
#[non_exhaustive]
pub enum RejectsError {
    /// The file cannot be written.
    File(PrivateFileError),
    /// The row is from a file with other columns than the first one.
    OtherColumns,
}

impl fmt::Display for RejectsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(error) => error.fmt(f),
            Self::OtherColumns => f.write_str(
                "found a rejected row of a file whose header is another, expected one header in all \
                 files: one rejects file cannot hold both. Run the files on their own",
            ),
        }
    }
}

impl std::error::Error for RejectsError {}

impl RejectsFile {
    /// Makes the file under a temporary name.
    ///
    /// # Errors
    ///
    /// When it cannot be written there.
    pub fn create(path: &Path) -> Result<Self, PrivateFileError> {
        Ok(Self {
            file: PrivateFile::create(path)?,
            header: None,
            line: Vec::new(),
        })
    }

    /// Where it will be.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    pub(super) fn begin(mut self, header: &Header) -> Result<Self, PrivateFileError> {
        rejects::write_header(&mut self.line, header);
        self.flush_line()?;
        self.header = Some(header.clone());
        Ok(self)
    }

    pub(super) fn write(&mut self, reason: &Diagnostic, row: &Row<'_>) -> Result<(), RejectsError> {
        self.refuse_other_columns(row)?;
        row.write_reject(&mut self.line, reason);
        self.flush_line().map_err(RejectsError::File)
    }

    /// Writes a row that failed when it was sent.
    pub(super) fn write_failed(
        &mut self,
        code: &str,
        words: &str,
        row: &Row<'_>,
    ) -> Result<(), RejectsError> {
        self.refuse_other_columns(row)?;
        row.write_failed(&mut self.line, code, words);
        self.flush_line().map_err(RejectsError::File)
    }

    /// Objects bring their own names along, and a JSON export may have further ones at any time.
    fn refuse_other_columns(&self, row: &Row<'_>) -> Result<(), RejectsError> {
        let has_header = row.header.format.dialect().is_some();
        let is_other = |first: &Header| first.names() != row.header.names();
        match &self.header {
            Some(header) if has_header && is_other(header) => Err(RejectsError::OtherColumns),
            _ => Ok(()),
        }
    }

    pub(super) fn finish(self) -> Result<(), PrivateFileError> {
        self.file.finish()
    }

    fn flush_line(&mut self) -> Result<(), PrivateFileError> {
        let written = self.file.write_all(&self.line);
        self.line.clear();
        written.map_err(|error| PrivateFileError::new(self.file.path(), error))
    }
}
