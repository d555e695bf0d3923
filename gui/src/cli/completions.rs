//! `completions`: what completes the program's arguments in a shell.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{CliError, Console, Exit};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "For example: aiq-braze completions bash > ~/.local/share/bash-completion/completions/aiq-braze"
)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Prints a script for the shell.
pub(crate) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut super::Args::command(),
        "aiq-braze",
        &mut script,
    );
    console.put_bytes(&script)?;
    Ok(Exit::Fine)
}
