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
    if args.shell == Shell::Bash {
        console.put(mended(&String::from_utf8_lossy(&script)))?;
    } else {
        console.put_bytes(&script)?;
    }
    Ok(Exit::Fine)
}

/// The generator names a program with a hyphen in two ways, and so loses its subcommands
/// (<https://github.com/clap-rs/clap/issues/6421>).
fn mended(script: &str) -> String {
    script.replace("aiq__subcmd__braze", "aiq__braze")
}
