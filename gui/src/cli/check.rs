//! `check`: every row, and what would be sent.

use std::path::PathBuf;

use super::files::refuse_clashes;
use super::interrupt::Interrupt;
use super::json::CheckJson;
use super::summary::{check, create_rejects};
use super::{CliError, Console, Exit, mapping};
use crate::input::Export;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The files of the export
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    mapping: mapping::MappingArgs,
    /// Write all rejected rows with their reasons to this file
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Checks and says what was found. With `--json`: [`CheckJson`].
pub(crate) fn run(args: Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let export = Export::open(&args.files).map_err(CliError::of)?;
    let rejects = args.rejects.as_deref();
    refuse_clashes(&export, &[args.mapping.file()], &[("--rejects", rejects)])?;
    let chosen = mapping::choose(&export, &args.mapping)?;
    chosen.explain(console);
    Interrupt::listen(console);
    let rejects = create_rejects(rejects)?;
    let checked = check(&export, &chosen.plan, rejects, console)?;
    if args.json {
        console.put_json(&CheckJson::of(&export, &chosen, &checked))?;
    } else {
        checked.print(&export, &chosen.plan, console)?;
    }
    Ok(match checked.summary.rejected {
        0 => Exit::Fine,
        _ => Exit::SomeRows,
    })
}
