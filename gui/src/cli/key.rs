//! `key`: the keys of workspaces in the system's keychain, and where the key of a push would come from.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::Path;

use serde::Serialize;

use super::{CliError, Console, Exit, words};
use crate::key::{self, FindError, Found, KeySource};
use crate::push::ApiKey;
use crate::workspace::Home;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Keep a key in the system's keychain: typed without being shown, or all of standard input
    Set(SetArgs),
    /// Erase a workspace's key from the system's keychain
    Remove(OfWorkspace),
    /// Say where the key of a push would come from, never the key
    Status(StatusArgs),
}

#[derive(Debug, clap::Args)]
struct SetArgs {
    #[command(flatten)]
    whose: OfWorkspace,
    /// A key that was given where it must not be: taken here so that no error repeats it
    #[arg(hide = true)]
    exposed: Vec<OsString>,
}

#[derive(Debug, clap::Args)]
struct OfWorkspace {
    /// Whose key it is
    #[arg(value_name = "WORKSPACE")]
    workspace: String,
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "The members of --json: format, keys (of workspace, source, where, problem)"
)]
struct StatusArgs {
    /// One workspace; all without it
    #[arg(value_name = "WORKSPACE")]
    workspace: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Keeps, erases, or tells.
pub(crate) fn run(args: Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let home = Home::find().map_err(CliError::of)?;
    match args.command {
        Command::Set(args) => set(&args, &home, console),
        Command::Remove(args) => remove(&args, console),
        Command::Status(args) => status(&args, &home, console),
    }
}

/// The key of a push: found, or else typed by whoever sits at the terminal.
pub(super) fn find(
    file: Option<&Path>,
    workspace: Option<&str>,
    console: &mut Console<'_>,
) -> Result<Found, CliError> {
    let missing = match key::find(file, workspace) {
        Err(missing @ FindError::Missing { .. }) if console.is_asked => missing,
        Err(missing @ FindError::Missing { .. }) => {
            return Err(CliError::of(format_args!("{missing}. {GUIDE}")));
        }
        found => return found.map_err(CliError::of),
    };
    console.say(format_args!("{missing}. {GUIDE}"));
    let key = typed(workspace, console)?;
    let source = KeySource::Typed;
    Ok(Found { key, source })
}

const GUIDE: &str = "How to make one: aiq-braze doctor --guide";

fn typed(workspace: Option<&str>, console: &mut Console<'_>) -> Result<ApiKey, CliError> {
    let whose = workspace.map_or_else(String::new, |workspace| format!(" of {workspace}"));
    let line = console.ask_hidden(&format!("API key{whose} (not shown): "))?;
    ApiKey::of(&line, "the terminal").map_err(CliError::of)
}

fn set(args: &SetArgs, home: &Home, console: &mut Console<'_>) -> Result<Exit, CliError> {
    if !args.exposed.is_empty() {
        return Err(CliError::of(
            "found something behind the workspace's name (not shown: it may be the key), expected nothing there: \
             the shell keeps arguments, and every process of this machine can read them. Type the key when you \
             are asked for it, or send it through a pipe; if this was the key, make a new one. Nothing was kept",
        ));
    }
    let workspace = home
        .workspace(&args.whose.workspace)
        .map_err(CliError::of)?;
    let name = workspace.name();
    let key = if console.is_typed {
        typed(Some(name), console)?
    } else {
        piped(console)?
    };
    key::keep(name, &key)
        .map_err(|error| CliError::of(format_args!(
            "the key of {name} is not kept: {error}. A file that only you can read (--key-file) or the \
             environment ({}) do as well",
            key::variable(name)
        )))?;
    console.say(format_args!(
        "The key of {name} is in the system's keychain. See whether it works: aiq-braze doctor {name}"
    ));
    Ok(Exit::Fine)
}

fn piped(console: &mut Console<'_>) -> Result<ApiKey, CliError> {
    let mut bytes = Vec::new();
    let input = &mut *console.input;
    let read = input
        .take(ApiKey::MOST_BYTES as u64 + 8)
        .read_to_end(&mut bytes);
    read.map_err(|error| {
        CliError::of(format_args!(
            "standard input cannot be read: {error}. Nothing was kept"
        ))
    })?;
    ApiKey::of(&String::from_utf8_lossy(&bytes), "standard input").map_err(CliError::of)
}

/// A workspace need not be in the list any more.
fn remove(args: &OfWorkspace, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let name = &args.workspace;
    let erased = key::erase(name).map_err(|error| {
        CliError::of(format_args!(
            "the key of {} is not erased: {error}",
            words::name(name)
        ))
    })?;
    let name = words::name(name);
    console.say(match erased {
        true => format!("The key of {name} is erased from the system's keychain"),
        false => format!("The system's keychain keeps no key of {name}"),
    });
    Ok(Exit::Fine)
}

fn status(args: &StatusArgs, home: &Home, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let names: Vec<_> = match &args.workspace {
        Some(name) => vec![
            home.workspace(name)
                .map_err(CliError::of)?
                .name()
                .to_owned(),
        ],
        None => {
            let workspaces = home.workspaces().map_err(CliError::of)?;
            workspaces
                .iter()
                .map(|workspace| workspace.name().to_owned())
                .collect()
        }
    };
    // A push by --endpoint has no workspace.
    let nameless = args.workspace.is_none().then_some(None);
    let asked = names.into_iter().map(Some).chain(nameless);
    let keys: Vec<_> = asked.map(Status::of).collect();
    // Where there are workspaces, pushes need not do without one.
    let mut counted = keys
        .iter()
        .filter(|status| status.workspace.is_some() || keys.len() == 1);
    let is_fine = counted.all(|status| status.found.is_ok());
    if args.json {
        let keys = keys.iter().map(KeyJson::of).collect();
        console.put_json(&KeysJson { keys })?;
    } else {
        for Status { workspace, found } in &keys {
            let whose = workspace.as_deref().unwrap_or("--endpoint");
            match found {
                Ok(source) => console.put_line(format_args!("{whose}: from {source}"))?,
                Err(error) => console.put_line(format_args!("{whose}: {error}"))?,
            }
        }
    }
    Ok(if is_fine { Exit::Fine } else { Exit::SomeRows })
}

/// Where the key of a workspace would come from.
struct Status {
    workspace: Option<String>,
    found: Result<KeySource, FindError>,
}

impl Status {
    fn of(workspace: Option<String>) -> Self {
        let found = key::find(None, workspace.as_deref());
        Self {
            found: found.map(|found| found.source),
            workspace,
        }
    }
}

#[derive(Serialize)]
struct KeysJson {
    keys: Vec<KeyJson>,
}

#[derive(Serialize)]
struct KeyJson {
    workspace: Option<String>,
    source: Option<&'static str>,
    r#where: Option<String>,
    problem: Option<String>,
}

impl KeyJson {
    fn of(status: &Status) -> Self {
        let source = status.found.as_ref().ok();
        Self {
            workspace: status.workspace.clone(),
            source: source.map(KeySource::word),
            r#where: source.map(ToString::to_string),
            problem: status.found.as_ref().err().map(ToString::to_string),
        }
    }
}
