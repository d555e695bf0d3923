//! The program from a shell: one module for each subcommand, each with one function.
//!
//! Data goes to standard output, words about it to standard error. A reader that leaves early
//! (`| head`) is no failure: a report's exit code is what it reports, whether somebody reads it to its end or
//! not, and only `map`, which has not made all bodies yet, stops, with 0. It stops no push: what is sent goes
//! on, the exit code is the account's, and the account goes to standard error. Without a subcommand the window opens.
//!
//! | exit code | means |
//! |---|---|
//! | 0 | all rows are fine, or accepted |
//! | 1 | it ran, and some rows were rejected, refused, have an unknown outcome, or are missing from the export; `doctor` and `key status`: something is wrong or missing |
//! | 2 | it could not run |
//! | 3 | it stopped, and some rows are still to be sent |
//!
//! With `--json` standard output holds one object for each of them, also where it could not run.

mod account;
mod before;
mod changes;
mod check;
mod completions;
mod console;
mod deliver;
mod diff;
mod doctor;
mod endpoints;
mod explain;
mod files;
mod fix;
mod guide;
mod hidden;
mod input;
mod inspect;
mod interrupt;
mod json;
mod key;
mod log;
mod map;
mod mapping;
mod progress;
mod push;
mod resume;
mod runs;
mod sandbox;
mod schema;
mod state;
mod summary;
mod survey;
mod target;
#[cfg(test)]
mod tests;
mod validate;
mod verify;
mod words;
mod workspace;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

use aiq_braze::Language;
use clap::{CommandFactory as _, Parser, Subcommand, ValueEnum};

use self::console::Surroundings;
pub(crate) use self::console::{CliError, Console, Look, Manner};
use self::json::FailureJson;

/// Runs the program with this process's arguments and streams.
pub fn main() -> ExitCode {
    let (stdin, stdout, mut stderr) = (io::stdin(), io::stdout(), io::stderr());
    let surroundings = Surroundings::of_process();
    let is_watched = stderr.is_terminal();
    let console = Console {
        is_asked: stdin.is_terminal() && is_watched,
        is_typed: stdin.is_terminal(),
        is_watched: is_watched && surroundings.is_able,
        is_unheard: false,
        is_interrupted: true,
        last_shown: None,
        log: None,
        manner: Manner {
            language: surroundings.language,
            is_quiet: false,
            has_out_colours: surroundings.has_colours && stdout.is_terminal(),
            has_err_colours: surroundings.has_colours && is_watched,
        },
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
    override_usage = "aiq-braze [OPTIONS] [FILE]...\n       aiq-braze [OPTIONS] <COMMAND>",
    disable_help_subcommand = true
)]
struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    /// The files of an export
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The language of problems; else as LC_ALL, LC_MESSAGES or LANG say
    #[arg(long, global = true, value_name = "LANGUAGE", help_heading = EVERYWHERE)]
    lang: Option<Lang>,
    /// Say nothing but errors, and report nothing where all is fine
    #[arg(short, long, global = true, help_heading = EVERYWHERE)]
    quiet: bool,
    /// Whether words are coloured; else on a terminal, where NO_COLOR is not set
    #[arg(long, global = true, value_name = "WHEN", help_heading = EVERYWHERE)]
    color: Option<Colour>,
}

/// What all subcommands take.
const EVERYWHERE: &str = "Options of every command";

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Lang {
    En,
    Es,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Colour {
    Auto,
    Always,
    Never,
}

impl Args {
    /// What was found around, and what the arguments say about it.
    fn manner(&self, mut manner: Manner) -> Manner {
        manner.is_quiet = self.quiet;
        match self.lang {
            None => {}
            Some(Lang::En) => manner.language = Language::English,
            Some(Lang::Es) => manner.language = Language::Spanish,
        }
        let is_coloured = match self.color {
            None | Some(Colour::Auto) => return manner,
            Some(Colour::Always) => true,
            Some(Colour::Never) => false,
        };
        (manner.has_out_colours, manner.has_err_colours) = (is_coloured, is_coloured);
        manner
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what an export is, and suggest a mapping
    Inspect(inspect::Args),
    /// Check every row, and say what would be sent
    Check(check::Args),
    /// Write the request bodies, one a line, or what Braze's own imports take
    Map(map::Args),
    /// Say what Braze would have to be told to go from one export to another
    Diff(diff::Args),
    /// Check every row, send what is good to Braze, and account for every row
    Push(Box<push::Args>),
    /// Go on with a push that stopped
    Resume(resume::Args),
    /// Read some users of a push back from Braze, and compare
    Verify(verify::Args),
    /// List the pushes, show one, decide about its unknown rows, or forget it
    Runs(runs::Args),
    /// Say what is known of the values that Braze has, or forget it
    State(state::Args),
    /// Check ready-made request bodies by Braze's rules
    Validate(validate::Args),
    /// Name where pushes go, with limits and a key of its own
    Workspace(workspace::Args),
    /// Keep a workspace's key in the system's keychain
    Key(key::Args),
    /// Look for what would keep a push from working
    Doctor(doctor::Args),
    /// Run a Braze of our own on this machine, to try things on
    Sandbox(sandbox::Args),
    /// Say what a problem's code means, why it matters, and what to do
    Explain(explain::Args),
    /// List Braze's instances with their addresses
    Endpoints(endpoints::Args),
    /// Print the JSON Schema of the mapping
    Schema,
    /// Print what completes the program's arguments in a shell
    Completions(completions::Args),
}

/// Runs the program with these arguments, the program's name first.
pub(crate) fn run<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    mut console: Console<'_>,
) -> Exit {
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let for_programs = asks_for_json(&args);
    let result = match Args::try_parse_from(args) {
        Ok(args) => dispatch(args, &mut console),
        Err(error) => usage(&error, &mut console),
    };
    let result = result.and_then(|exit| console.flush().map(|()| exit));
    let (who, words, problems) = match result {
        Ok(exit) => return exit,
        Err(CliError::Closed) => return Exit::Fine,
        Err(CliError::Usage(words)) => ("error:", words, Vec::new()),
        Err(CliError::Failed(words)) => ("aiq-braze:", words, Vec::new()),
        Err(CliError::Mapping(words, problems)) => ("aiq-braze:", words, problems),
    };
    let in_words = |language| words::with_problems(&words, &problems, language);
    console.fail(who, in_words(console.manner.language));
    if for_programs {
        let failure = FailureJson::of(in_words(Language::English), &problems);
        let told = console.put_json(&failure).and_then(|()| console.flush());
        told.ok(); // where nobody takes it, the exit code says enough
    }
    Exit::Failed
}

/// Whether what is printed is for programs. Asked of the arguments themselves: they may be such that no
/// subcommand takes them.
fn asks_for_json(args: &[OsString]) -> bool {
    let mut flags = args.iter().take_while(|arg| *arg != "--");
    flags.any(|arg| arg == "--json")
}

fn dispatch(args: Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    console.manner = args.manner(console.manner);
    if args.command.is_some() {
        refuse_files_first(args.files.first())?;
    }
    match args.command {
        None => open_window(args.files),
        Some(Command::Inspect(args)) => inspect::run(&args, console),
        Some(Command::Check(args)) => check::run(args, console),
        Some(Command::Map(args)) => map::run(args, console),
        Some(Command::Diff(args)) => diff::run(args, console),
        Some(Command::Push(args)) => push::run(*args, console),
        Some(Command::Resume(args)) => resume::run(&args, console),
        Some(Command::Verify(args)) => verify::run(args, console),
        Some(Command::Runs(args)) => runs::run(args, console),
        Some(Command::State(args)) => state::run(args, console),
        Some(Command::Validate(args)) => validate::run(&args, console),
        Some(Command::Workspace(args)) => workspace::run(args, console),
        Some(Command::Key(args)) => key::run(args, console),
        Some(Command::Doctor(args)) => doctor::run(&args, console),
        Some(Command::Sandbox(args)) => sandbox::run(&args, console),
        Some(Command::Explain(args)) => explain::run(&args, console),
        Some(Command::Endpoints(args)) => endpoints::run(&args, console),
        Some(Command::Schema) => schema::run(console),
        Some(Command::Completions(args)) => completions::run(&args, console),
    }
}

/// Help and version are what was asked for; the rest is said and fails.
fn usage(error: &clap::Error, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let text = error.render().to_string();
    if error.use_stderr() {
        let text = text.trim_end();
        let words = text.strip_prefix("error: ").unwrap_or(text);
        return Err(CliError::Usage(words.to_owned()));
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
        "this build has no window, expected a subcommand such as inspect, check, map or push. \
         See aiq-braze --help",
    ))
}

/// A subcommand stands before its files.
fn refuse_files_first(first: Option<&PathBuf>) -> Result<(), CliError> {
    let Some(first) = first else {
        return Ok(());
    };
    Err(CliError::of(format_args!(
        "found the file {} before a subcommand, expected its files behind it. See aiq-braze --help",
        words::path(first)
    )))
}

/// A mistyped subcommand looks like the name of a file, and so does one behind a file.
fn refuse_unknown_word(files: &[PathBuf]) -> Result<(), CliError> {
    let Some(first) = files.iter().find(|file| !file.exists()) else {
        return Ok(());
    };
    let word = first.to_string_lossy();
    if Args::command().find_subcommand(&*word).is_some() {
        return refuse_files_first(files.first());
    }
    Err(CliError::of(format_args!(
        "{}: found neither a file nor a subcommand of this name, expected a file, or a subcommand such as \
         inspect, check, map or push. See aiq-braze --help",
        words::path(first)
    )))
}
