//! `workspace`: where pushes go, how fast they may, and what is kept of them.

use serde::Serialize;

use super::{CliError, Console, Exit, words};
use crate::key;
use crate::push::{Address, Limits, Share};
use crate::workspace::{Home, Settings, Workspace};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Give a name to where pushes go
    Add(AddArgs),
    /// List the workspaces
    List(ListArgs),
    /// Forget a workspace with all that is kept of its pushes
    Remove(RemoveArgs),
}

#[derive(Debug, clap::Args)]
struct AddArgs {
    /// Letters, digits, - and _
    #[arg(value_name = "NAME")]
    name: String,
    /// Where it is: an instance such as US-01, a dashboard's address, or a URL
    #[arg(long, value_name = "WHERE")]
    endpoint: String,
    /// The limits of its contract: requests in a time, such as 3000/3s,250000/h
    #[arg(long, value_name = "LIMITS", default_value_t)]
    limits: Limits,
    /// The part of them that pushes may use
    #[arg(long, value_name = "P%", default_value_t)]
    share: Share,
    /// A push from a terminal asks for the name to be typed
    #[arg(long)]
    confirm_name: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = JSON)]
struct ListArgs {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const JSON: &str = "The members of --json: format, file, workspaces (of name, endpoint, limits, share, confirm_name,\n\
                    folder)";

#[derive(Debug, clap::Args)]
struct RemoveArgs {
    #[arg(value_name = "NAME")]
    name: String,
    /// Erase what is kept of its pushes without asking
    #[arg(long)]
    forget: bool,
}

/// Adds, lists or removes.
pub(crate) fn run(args: Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let home = Home::find().map_err(CliError::of)?;
    match args.command {
        Command::Add(args) => add(args, &home, console),
        Command::List(args) => list(&args, &home, console),
        Command::Remove(args) => remove(&args, &home, console),
    }
}

fn add(args: AddArgs, home: &Home, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let address = Address::parse(&args.endpoint).map_err(CliError::of)?;
    if let Some(warning) = address.warning() {
        console.warn(warning);
    }
    let settings = Settings {
        address,
        limits: args.limits.with_share(args.share),
        confirms_name: args.confirm_name,
    };
    let added = home.add(&args.name, settings).map_err(CliError::of)?;
    let name = added.name();
    console.say(format_args!(
        "{name} is {}, in {}\n\
         Give it a key:        aiq-braze key set {name}\n\
         See whether it works: aiq-braze doctor {name}",
        added.address(),
        words::path(&home.list()),
    ));
    Ok(Exit::Fine)
}

fn list(args: &ListArgs, home: &Home, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let workspaces = home.workspaces().map_err(CliError::of)?;
    if args.json {
        console.put_json(&ListJson {
            file: home.list().display().to_string(),
            workspaces: workspaces.iter().map(WorkspaceJson::of).collect(),
        })?;
        return Ok(Exit::Fine);
    }
    if workspaces.is_empty() {
        console.say(
            "There is no workspace yet. Add one: aiq-braze workspace add NAME --endpoint WHERE",
        );
        return Ok(Exit::Fine);
    }
    let head = ["Workspace", "Endpoint", "Limits", "Share"].map(str::to_owned);
    let mut rows = vec![head.to_vec()];
    rows.extend(workspaces.iter().map(|workspace| {
        vec![
            workspace.name().to_owned(),
            workspace.address().to_string(),
            workspace.limits().to_string(),
            workspace.limits().share().to_string(),
        ]
    }));
    console.put(words::table(&rows, &[]))?;
    Ok(Exit::Fine)
}

fn remove(args: &RemoveArgs, home: &Home, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let workspace = home.workspace(&args.name).map_err(CliError::of)?;
    let files = workspace.files().map_err(CliError::of)?;
    let name = workspace.name();
    if files.is_empty() {
        home.remove(name).map_err(CliError::of)?;
        console.say(format_args!(
            "{name} is removed; nothing was kept of its pushes"
        ));
    } else {
        let kept = kept(&workspace, files.len());
        if !args.forget {
            agree(name, &kept, console)?;
        }
        home.remove(name).map_err(CliError::of)?;
        console.say(format_args!("{name} is removed, and with it {kept}"));
    }
    forget_key(name, console);
    Ok(Exit::Fine)
}

/// `3 files in /home/…/eu`
fn kept(workspace: &Workspace, n_files: usize) -> String {
    let files = words::counted(n_files as u64, "file", "files");
    format!("{files} in {}", words::path(workspace.folder()))
}

fn agree(name: &str, kept: &str, console: &mut Console<'_>) -> Result<(), CliError> {
    let what = format!(
        "{name} still has {kept}: what is known of its pushes, and of what need not be sent again"
    );
    if !console.is_asked {
        return Err(CliError::of(format_args!(
            "{what}. Expected somebody who agrees to erase it, or --forget. Nothing was erased"
        )));
    }
    match console.ask(format_args!("{what}. Erase it?")) {
        true => Ok(()),
        false => Err(CliError::of("nothing was erased")),
    }
}

/// A key that outlived its workspace would be taken for the next one's of the name.
fn forget_key(name: &str, console: &mut Console<'_>) {
    match key::erase(name) {
        Ok(true) => console.say("Its key was erased from the system's keychain"),
        Ok(false) | Err(key::KeychainError::Absent(_)) => {}
        Err(error) => console.warn(format_args!(
            "its key may still be in the system's keychain: {error}. Erase it there, or: aiq-braze key \
             remove {name}"
        )),
    }
}

#[derive(Serialize)]
struct ListJson {
    file: String,
    workspaces: Vec<WorkspaceJson>,
}

#[derive(Serialize)]
struct WorkspaceJson {
    name: String,
    endpoint: String,
    limits: String,
    share: String,
    confirm_name: bool,
    folder: String,
}

impl WorkspaceJson {
    fn of(workspace: &Workspace) -> Self {
        Self {
            name: workspace.name().to_owned(),
            endpoint: workspace.address().base().to_owned(),
            limits: workspace.limits().to_string(),
            share: workspace.limits().share().to_string(),
            confirm_name: workspace.settings().confirms_name,
            folder: workspace.folder().display().to_string(),
        }
    }
}
