//! The files of a run: what it writes is none of what it reads, and no two of them are one.

use std::path::Path;

use super::{CliError, words};
use crate::input::Export;
use crate::private::is_same_file;

/// A file that was named, if it was, and what it is.
pub(super) type Named<'a> = (&'static str, Option<&'a Path>);

/// Refuses, before anything is written, what would destroy the export or another file of this run.
pub(super) fn refuse_clashes(
    export: &Export,
    read: &[Named<'_>],
    written: &[Named<'_>],
) -> Result<(), CliError> {
    let named = |(what, path): &Named<'_>| path.map(|path| (*what, path.to_owned()));
    let files = export.files().iter();
    let mut taken: Vec<_> = files
        .map(|file| ("the export itself", file.path().to_owned()))
        .chain(read.iter().filter_map(named))
        .collect();
    for (what, path) in written.iter().filter_map(named) {
        if let Some((other, _)) = taken.iter().find(|(_, other)| is_same_file(other, &path)) {
            return Err(CliError::of(format_args!(
                "{}: found {other} as the place for {what}, expected another file to write to. \
                 Name one that nothing else uses. Nothing was written",
                words::path(&path)
            )));
        }
        taken.push((what, path));
    }
    Ok(())
}
