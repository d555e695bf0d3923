//! `check`: every row, and what would be sent.

use std::path::PathBuf;

use super::files::refuse_clashes;
use super::input::InputArgs;
use super::interrupt::Interrupt;
use super::json::CheckJson;
use super::summary::{check, create_rejects, is_incomplete};
use super::{CliError, Console, Exit, mapping};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,
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
    let export = args.input.open(console)?;
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
        0 if !is_incomplete(&checked.summary) => Exit::Fine,
        _ => Exit::SomeRows,
    })
}
