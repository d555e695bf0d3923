//! The desktop window. It is not there yet.

use std::path::PathBuf;

/// Opens the window with the files loaded, and comes back when it is closed.
///
/// # Errors
///
/// When there is no window to be had, in words for the user.
pub fn open(files: Vec<PathBuf>) -> Result<(), String> {
    let _ = files;
    Err("the window is not built yet. Use the subcommands: aiq-braze --help".to_owned())
}
