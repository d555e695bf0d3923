//! `schema`: the mapping's format for editors.

use super::{CliError, Console, Exit};

/// Prints the JSON Schema as it is kept in the core.
pub(crate) fn run(console: &mut Console<'_>) -> Result<Exit, CliError> {
    console.put(aiq_braze::mapping::SCHEMA)?;
    Ok(Exit::Fine)
}
