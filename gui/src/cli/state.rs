//! `state`: what is known of the values that Braze has.

use serde::Serialize;

use super::runs::{Where, time};
use super::{CliError, Console, Exit, words};
use crate::ledger::Ledger;
use crate::state::{Facts, State};

#[derive(Debug, clap::Args)]
#[command(after_help = JSON, args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    place: Where,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const JSON: &str = "A push with --only-changes begins it. The members of --json: format, states (of workspace,\n\
                    endpoint, began, learned, attributes, records, bytes)";

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Forget it: the next push with --only-changes sends all values once
    Forget(ForgetArgs),
}

#[derive(Debug, clap::Args)]
struct ForgetArgs {
    #[command(flatten)]
    place: Where,
}

/// Tells or forgets.
pub(crate) fn run(args: Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    match args.command {
        Some(Command::Forget(args)) => forget(&args.place, console),
        None => show(&args, console),
    }
}

fn show(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let mut states = Vec::new();
    for (workspace, _) in args.place.workspaces()? {
        if let Some(state) = State::open(workspace.folder()).map_err(CliError::of)? {
            states.push(StateJson {
                workspace: workspace.name().to_owned(),
                facts: state.facts(),
            });
        }
    }
    if args.json {
        console.put_json(&StatesJson { states })?;
        return Ok(Exit::Fine);
    }
    if states.is_empty() {
        console.say("Nothing is known of what Braze has: a push with --only-changes begins it");
    }
    for StateJson { workspace, facts } in states {
        let names: Vec<_> = facts
            .attributes
            .iter()
            .map(|name| words::name(name))
            .collect();
        console.put_line(format_args!(
            "{}: {} of users at {}, {}; since {}, last learned {} (UTC)\n  {}",
            words::name(&workspace),
            words::counted(facts.records, "record", "records"),
            facts.endpoint,
            words::bytes(facts.bytes),
            time(facts.began),
            time(facts.learned),
            names.join(", ")
        ))?;
    }
    Ok(Exit::Fine)
}

fn forget(place: &Where, console: &mut Console<'_>) -> Result<Exit, CliError> {
    if !place.is_named() {
        return Err(CliError::of(
            "expected whose state is to be forgotten: name the workspace with --to, or the address with --endpoint",
        ));
    }
    for (workspace, _) in place.workspaces()? {
        let name = words::name(workspace.name());
        let is_there = State::open(workspace.folder()).map_or(true, |state| state.is_some());
        if !is_there {
            console.say(format_args!("{name}: nothing is known"));
            continue;
        }
        let ledger =
            Ledger::open(workspace.folder(), "forgetting what is known").map_err(CliError::of)?;
        State::forget(&ledger).map_err(CliError::of)?;
        console.say(format_args!(
            "{name}: forgotten. The next push with --only-changes sends all values once"
        ));
    }
    Ok(Exit::Fine)
}

#[derive(Serialize)]
struct StatesJson {
    states: Vec<StateJson>,
}

#[derive(Serialize)]
struct StateJson {
    workspace: String,
    #[serde(flatten)]
    facts: Facts,
}
