//! The program from a shell: one module for each subcommand, each with one function.
//!
//! Data goes to standard output, words about it to standard error. A reader that leaves early
//! (`| head`) is no failure, and stops no push: what is sent goes on, the exit code is the account's, and
//! the account goes to standard error. Without a subcommand the window opens.
//!
//! | exit code | means |
//! |---|---|
//! | 0 | all rows are fine, or accepted |
//! | 1 | it ran, and some rows were rejected, refused, have an unknown outcome, or are missing from the export |
//! | 2 | it could not run |
//! | 3 | it stopped, and some rows are still to be sent |

mod account;
mod check;
mod console;
mod files;
mod input;
mod inspect;
mod interrupt;
mod json;
mod map;
mod mapping;
mod push;
mod sandbox;
mod summary;
#[cfg(test)]
mod tests;
mod words;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub(crate) use self::console::{CliError, Console};

/// Runs the program with this process's arguments and streams.
pub fn main() -> ExitCode {
    let (stdin, stdout, mut stderr) = (io::stdin(), io::stdout(), io::stderr());
    let is_watched = stderr.is_terminal();
    let console = Console {
        is_asked: stdin.is_terminal() && is_watched,
        is_typed: stdin.is_terminal(),
        is_watched,
        is_unheard: false,
        is_interrupted: true,
        last_shown: None,
        input: &mut stdin.lock(),
        out: &mut io::BufWriter::new(stdout.lock()),
        // Not locked: a thread that panics must be able to say so.
        err: &mut stderr,
    };
    ExitCode::from(run(std::env::args_os(), console) as u8)
}

/// What the program ends with; see the module's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    Fine = 0,
    SomeRows = 1,
    Failed = 2,
    Stopped = 3,
}

/// ActionIQ exports in, Braze profiles out
///
/// Without a subcommand the window opens, with the files loaded.
#[derive(Debug, Parser)]
#[command(
    name = "aiq-braze",
    bin_name = "aiq-braze",
    version,
    args_conflicts_with_subcommands = true
)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// The files of an export
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what an export is, and suggest a mapping
    Inspect(inspect::Args),
    /// Check every row, and say what would be sent
    Check(check::Args),
    /// Write the request bodies, one a line
    Map(map::Args),
    /// Check every row, send what is good to Braze, and account for every row
    Push(push::Args),
    /// Run a Braze of our own on this machine, to try things on
    Sandbox(sandbox::Args),
}

/// Runs the program with these arguments, the program's name first.
pub(crate) fn run<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    mut console: Console<'_>,
) -> Exit {
    let result = match Args::try_parse_from(args) {
        Ok(args) => dispatch(args, &mut console),
        Err(error) => usage(&error, &mut console),
    };
    let result = result.and_then(|exit| console.flush().map(|()| exit));
    match result {
        Ok(exit) => exit,
        Err(CliError::Closed) => Exit::Fine,
        Err(CliError::Failed(words)) => {
            console.say(format_args!("aiq-braze: {words}"));
            Exit::Failed
        }
    }
}

fn dispatch(args: Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    match args.command {
        None => open_window(args.files),
        Some(Command::Inspect(args)) => inspect::run(&args, console),
        Some(Command::Check(args)) => check::run(args, console),
        Some(Command::Map(args)) => map::run(args, console),
        Some(Command::Push(args)) => push::run(args, console),
        Some(Command::Sandbox(args)) => sandbox::run(&args, console),
    }
}

/// Help and version are what was asked for; the rest is said and fails.
fn usage(error: &clap::Error, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let text = error.render();
    if error.use_stderr() {
        console.say(text.to_string().trim_end());
        return Ok(Exit::Failed);
    }
    console.put(text)?;
    Ok(Exit::Fine)
}

#[cfg(feature = "window")]
fn open_window(files: Vec<PathBuf>) -> Result<Exit, CliError> {
    refuse_unknown_word(&files)?;
    match crate::window::open(files) {
        Ok(()) => Ok(Exit::Fine),
        Err(words) => Err(CliError::of(words)),
    }
}

#[cfg(not(feature = "window"))]
fn open_window(files: Vec<PathBuf>) -> Result<Exit, CliError> {
    refuse_unknown_word(&files)?;
    Err(CliError::of(
        "this build has no window, expected a subcommand: inspect, check, map, push or sandbox. \
         See aiq-braze --help",
    ))
}

/// A mistyped subcommand looks like the name of a file.
fn refuse_unknown_word(files: &[PathBuf]) -> Result<(), CliError> {
    let Some(first) = files.first().filter(|first| !first.exists()) else {
        return Ok(());
    };
    Err(CliError::of(format_args!(
        "{}: found neither a file nor a subcommand of this name, expected a file, or inspect, check, map, push or sandbox. \
         See aiq-braze --help",
        first.display()
    )))
}
