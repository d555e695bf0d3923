//! Folders that only their user can look into.

use std::fs;
use std::path::Path;

use super::LedgerError;

/// Makes a folder, with those above it, for its owner alone.
///
/// # Errors
///
/// When it cannot be made, or something else has its name.
pub fn make_private(folder: &Path) -> Result<(), LedgerError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder
        .create(folder)
        .map_err(|error| LedgerError::io(folder, error))
}
