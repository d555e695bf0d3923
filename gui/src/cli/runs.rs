//! `runs`: what is known of earlier pushes.

use std::path::{Path, PathBuf};

use aiq_braze::{Account, Outcome};
use jiff::Timestamp;
use serde::Serialize;

use super::account::{Who, print_account, print_groups, print_way_to_refused, print_ways_on};
use super::files::refuse_clashes;
use super::interrupt::Interrupt;
use super::{CliError, Console, Exit, words};
use crate::ledger::{Ledger, Run, RunId, RunState, Sends, SettledBefore, holder, read_runs};
use crate::pipeline::{FailedRows, RejectsFile, write_failed};
use crate::push::{self, Address, Report};
use crate::state::{self, State};
use crate::workspace::{Home, Workspace};

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

const JSON: &str = "The members of --json: format, runs (of workspace, run, state, started, ended, endpoint, files,\n\
                    account, requests, resends, stopped, running)";

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Say what became of a run's rows
    Show(ShowArgs),
    /// Write the rows of a run that were rejected or refused, from its export, to be corrected and pushed again
    Rejects(RejectsArgs),
    /// Say what shall become of rows whose fate nobody knows
    Decide(DecideArgs),
    /// Erase all that is kept of a run
    Forget(ForgetArgs),
}

/// Whose runs.
#[derive(Debug, Default, clap::Args)]
#[group(multiple = false)]
pub(crate) struct Where {
    /// Those of this workspace
    #[arg(long, value_name = "WORKSPACE")]
    to: Option<String>,
    /// Those of this address, which was given without a workspace
    #[arg(long, value_name = "WHERE")]
    endpoint: Option<String>,
}

#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// The run; the latest without it
    #[arg(value_name = "RUN")]
    run: Option<RunId>,
    #[command(flatten)]
    place: Where,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
struct RejectsArgs {
    /// The run; the latest without it
    #[arg(value_name = "RUN")]
    run: Option<RunId>,
    #[command(flatten)]
    place: Where,
    /// The file to write: rows as they stand in the export, behind columns that say why they are here (a
    /// problem's code, `refused` with Braze's words, or `unknown`)
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
    /// Write rows whose fate nobody knows, too: Braze may have them, and counts events twice that are sent
    /// again
    #[arg(long)]
    unknown: bool,
}

#[derive(Debug, clap::Args)]
struct DecideArgs {
    #[arg(value_name = "RUN")]
    run: RunId,
    /// Send them again with `resume`, or leave them
    #[arg(value_name = "WHAT")]
    decision: Decision,
    #[command(flatten)]
    place: Where,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Decision {
    Resend,
    Drop,
}

#[derive(Debug, clap::Args)]
struct ForgetArgs {
    #[arg(value_name = "RUN")]
    run: RunId,
    #[command(flatten)]
    place: Where,
    /// Forget it although rows of it are not settled
    #[arg(long)]
    unfinished: bool,
}

/// Lists, shows, decides or forgets.
pub(crate) fn run(args: Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    match args.command {
        None => list(&args, console),
        Some(Command::Show(args)) => show(&args, console),
        Some(Command::Rejects(args)) => rejects(&args, console),
        Some(Command::Decide(args)) => decide(&args, console),
        Some(Command::Forget(args)) => forget(&args, console),
    }
}

impl Where {
    /// Whether one is named.
    pub(super) fn is_named(&self) -> bool {
        self.to.is_some() || self.endpoint.is_some()
    }

    /// Workspaces that are meant, each with its runs, the newest first.
    pub(super) fn workspaces(&self) -> Result<Vec<(Workspace, Vec<Run>)>, CliError> {
        let home = Home::find().map_err(CliError::of)?;
        let meant = match (&self.to, &self.endpoint) {
            (Some(name), _) => vec![home.workspace(name).map_err(CliError::of)?],
            (None, Some(endpoint)) => {
                let address = Address::parse(endpoint).map_err(CliError::of)?;
                vec![home.implied(&address)]
            }
            (None, None) => all(&home)?,
        };
        let runs_of = |workspace: Workspace| {
            let runs = read_runs(workspace.folder()).map_err(CliError::of)?;
            Ok((workspace, runs))
        };
        meant.into_iter().map(runs_of).collect()
    }
}

/// All workspaces of which something is kept.
fn all(home: &Home) -> Result<Vec<Workspace>, CliError> {
    let mut workspaces = Vec::new();
    for (name, folder) in home.kept().map_err(CliError::of)? {
        if let Ok(listed) = home.workspace(&name) {
            workspaces.push(listed);
            continue;
        }
        if let Some(endpoint) = endpoint_of(&folder)? {
            let address = Address::parse(&endpoint).map_err(CliError::of)?;
            workspaces.push(home.implied(&address));
        }
    }
    Ok(workspaces)
}

/// What a folder without a name stands for: that is written in its runs, and in its state. A state that cannot
/// be read keeps nobody from the runs of others.
fn endpoint_of(folder: &Path) -> Result<Option<String>, CliError> {
    let runs = read_runs(folder).map_err(CliError::of)?;
    Ok(match runs.into_iter().next() {
        Some(run) => Some(run.begun.endpoint),
        None => {
            let state = State::open(folder).ok().flatten();
            state.map(|state| state.endpoint().to_owned())
        }
    })
}

/// The run of this number, or the latest of the kind that is looked for.
pub(super) fn find(
    place: &Where,
    id: Option<RunId>,
    is_meant: impl Fn(&Run) -> bool,
) -> Result<(Workspace, Run), CliError> {
    let mut found = Vec::new();
    for (workspace, runs) in place.workspaces()? {
        let mut runs = runs.into_iter();
        let run = match id {
            Some(id) => runs.find(|run| run.id == id),
            None => runs.find(&is_meant),
        };
        found.extend(run.map(|run| (workspace, run)));
    }
    if id.is_none() {
        found.sort_by_key(|(_, run)| run.begun.started);
        found.drain(..found.len().saturating_sub(1));
    }
    match (found.len(), id) {
        (1, _) => Ok(found.remove(0)),
        (0, Some(id)) => Err(CliError::of(format_args!(
            "found no run {id}, expected the number of one. See aiq-braze runs"
        ))),
        (0, None) => Err(CliError::of("found no such run. See aiq-braze runs")),
        (_, _) => {
            let names: Vec<_> = found
                .iter()
                .map(|(workspace, _)| workspace.name())
                .collect();
            Err(CliError::of(format_args!(
                "found a run of this number in {}, expected one. Name the workspace with --to, or the address \
                 with --endpoint",
                names.join(" and ")
            )))
        }
    }
}

fn list(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let workspaces = args.place.workspaces()?;
    let mut runs: Vec<_> = workspaces
        .iter()
        .flat_map(|(workspace, runs)| runs.iter().map(move |run| (workspace, run)))
        .collect();
    runs.sort_by_key(|(_, run)| std::cmp::Reverse((run.begun.started, run.id)));
    if args.json {
        let runs = runs
            .iter()
            .map(|(workspace, run)| RunJson::of(workspace, run))
            .collect();
        console.put_json(&RunsJson { runs })?;
        return Ok(Exit::Fine);
    }
    if runs.is_empty() {
        console.say("There are no runs yet");
        return Ok(Exit::Fine);
    }
    let head = [
        "workspace",
        "run",
        "started (UTC)",
        "state",
        "rows",
        "accepted",
        "refused",
        "unknown",
        "to be sent",
        "export",
    ];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    for (workspace, run) in runs {
        let Account {
            rows,
            accepted,
            refused,
            unknown,
            pending,
            ..
        } = run.account;
        let numbers = [rows, accepted, refused, unknown, pending].map(words::count);
        let texts = [
            words::name(workspace.name()),
            run.id.to_string(),
            time(run.begun.started),
            state_words(run.state, is_running(workspace, run)).to_owned(),
        ];
        let export = words::short(&run.begun.export.names.join(", "));
        table.push(texts.into_iter().chain(numbers).chain([export]).collect());
    }
    console.put(words::table(&table, &[1, 4, 5, 6, 7, 8]))?;
    Ok(Exit::Fine)
}

fn show(args: &ShowArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let (workspace, run) = find(&args.place, args.run, |_| true)?;
    let report = push::report(workspace.folder(), &run).map_err(CliError::of)?;
    let is_running = is_running(&workspace, &run);
    if args.json {
        console.put_json(&ShowJson {
            run: RunJson::of(&workspace, &run),
            report: &report,
        })?;
        return Ok(Exit::Fine);
    }
    console.put_line(format_args!(
        "Run {} of {}, started {} (UTC), {}\n{} to {}\n",
        run.id,
        words::name(workspace.name()),
        time(run.begun.started),
        state_words(run.state, is_running),
        run.begun.export.names.join(", "),
        run.begun.endpoint
    ))?;
    print_account(&report.account, Who::Braze, console)?;
    let names = &run.begun.export.names;
    print_groups("Refused by Braze", &report.refused, names, console)?;
    print_groups("Unknown", &report.unknown, names, console)?;
    if let Some((_, words)) = &run.stopped {
        console.put_line(format_args!("\nIt stopped: {words}"))?;
    }
    let flags = super::target::flags(&workspace);
    match run.state {
        RunState::Done => print_way_to_refused(&report, &flags, console).map(|()| Exit::Fine),
        RunState::Open if is_running => Ok(Exit::Fine), // it goes on by itself
        _ => print_ways_on(&report, Some(&flags), console).map(|()| Exit::Fine),
    }
}

/// Reads the export once more: what was rejected is rejected again, and what was refused stands in the
/// ledger by its place.
fn rejects(args: &RejectsArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let (workspace, run) = find(&args.place, args.run, |_| true)?;
    if run.begun.export.sends == Sends::Merged {
        return Err(CliError::of(format_args!(
            "found run {}, which brought rows of one user together (--merge), expected one that sent them as they \
             stand: which rows an object came from is not kept. `aiq-braze runs show {}` says where the first of \
             them stand; `aiq-braze check FILE --rejects FILE` writes those that our own check rejects",
            run.id, run.id
        )));
    }
    let (export, plan) = push::reopen_export(&run, workspace.folder()).map_err(CliError::of)?;
    refuse_clashes(&export, &[], &[("the rejects", Some(&args.out))])?;
    let is_wanted = |outcome: Outcome| match outcome {
        Outcome::Refused => true,
        Outcome::Unknown => args.unknown,
        _ => false,
    };
    let settled = SettledBefore::open(workspace.folder(), run.id).map_err(CliError::of)?;
    // Who left is in no row.
    let failed = settled.filter(|settled| {
        let settled = settled.as_ref();
        settled.map_or(true, |settled| {
            settled.span.at.row > 0 && is_wanted(settled.outcome)
        })
    });
    Interrupt::listen(console);
    let file = RejectsFile::create(&args.out).map_err(CliError::of)?;
    let blocks = run.begun.blocks.clone();
    let written = write_failed(&export, &plan, blocks, file, failed).map_err(CliError::of)?;
    let FailedRows {
        rejected,
        refused,
        unknown,
    } = written;
    let parts = [
        (rejected, "rejected by the check"),
        (refused, "refused by Braze"),
        (unknown, "unknown"),
    ];
    let parts: Vec<_> = parts
        .iter()
        .filter(|(n_rows, _)| *n_rows > 0)
        .map(|(n_rows, what)| format!("{n_rows} {what}"))
        .collect();
    let parts = match parts.is_empty() {
        true => String::new(),
        false => format!(": {}", parts.join(", ")),
    };
    console.say(format_args!(
        "{} in {}{parts}",
        words::rows(written.sum()),
        words::path(&args.out)
    ));
    if is_running(&workspace, &run) {
        console.say(format_args!(
            "Run {} is still at work: what fails later is not among them",
            run.id
        ));
    }
    if run.account.unknown > 0 && !args.unknown {
        console.say(format_args!(
            "{} whose fate is unknown are not among them: Braze may have them. To write them, too: --unknown",
            words::rows(run.account.unknown)
        ));
    }
    Ok(Exit::Fine)
}

fn decide(args: &DecideArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let (workspace, run) = find(&args.place, Some(args.run), |_| true)?;
    let mut ledger = Ledger::open(workspace.folder(), "a decision").map_err(CliError::of)?;
    let run = ledger.expect_run(run.id).map_err(CliError::of)?; // by now nobody else changes it
    if run.account.unknown == 0 {
        return Err(CliError::of(format_args!(
            "found no unknown rows in run {}, expected some to decide about",
            run.id
        )));
    }
    let flags = super::target::flags(&workspace);
    match args.decision {
        Decision::Resend => {
            let n_rows = ledger.resend_unknown(run.id).map_err(CliError::of)?;
            console.say(format_args!(
                "{} will be sent again by: aiq-braze resume {} {flags}",
                words::rows(n_rows),
                run.id
            ));
        }
        Decision::Drop if run.account.pending > 0 => {
            return Err(CliError::of(format_args!(
                "found rows of run {} that are still to be sent, expected none. First: aiq-braze resume {} {flags}",
                run.id, run.id
            )));
        }
        Decision::Drop => {
            ledger.drop_unknown(run.id).map_err(CliError::of)?;
            learn(&mut ledger, console)?;
            console.say(format_args!(
                "{} stay unknown",
                words::rows(run.account.unknown)
            ));
        }
    }
    Ok(Exit::Fine)
}

fn forget(args: &ForgetArgs, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let (workspace, run) = find(&args.place, Some(args.run), |_| true)?;
    let mut ledger = Ledger::open(workspace.folder(), "forgetting a run").map_err(CliError::of)?;
    let run = ledger.expect_run(run.id).map_err(CliError::of)?; // by now nobody else changes it
    if run.state != RunState::Done && !args.unfinished {
        return Err(CliError::of(format_args!(
            "found rows of run {} that are not settled, expected none: once it is forgotten, nothing says \
             which were sent. Resume it or decide about it; or forget it all the same with --unfinished",
            run.id
        )));
    }
    // What it wrote is still known afterwards.
    learn(&mut ledger, console)?;
    ledger.forget(run.id).map_err(CliError::of)?;
    console.say(format_args!("run {} is forgotten", run.id));
    Ok(Exit::Fine)
}

/// Has the state learn what was settled, and says what is not known any more.
pub(super) fn learn(ledger: &mut Ledger, console: &mut Console<'_>) -> Result<(), CliError> {
    for words in state::catch_up(ledger).map_err(CliError::of)? {
        console.warn(words);
    }
    Ok(())
}

/// Whether a process is at work on a run, as far as the system tells.
fn is_running(workspace: &Workspace, run: &Run) -> bool {
    let at_work = || holder(workspace.folder()).and_then(|holder| holder.run);
    run.state == RunState::Open && at_work() == Some(run.id)
}

fn state_words(state: RunState, is_running: bool) -> &'static str {
    match state {
        RunState::Open if is_running => "running",
        RunState::Open => "interrupted",
        RunState::Paused => "paused",
        RunState::Undecided => "undecided",
        RunState::Done => "done",
    }
}

/// To the minute, UTC.
pub(super) fn time(unix_seconds: u64) -> String {
    let seconds = i64::try_from(unix_seconds).unwrap_or(i64::MAX);
    let time = Timestamp::from_second(seconds);
    time.map_or_else(
        |_| unix_seconds.to_string(),
        |time| time.strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

#[derive(Serialize)]
struct RunsJson<'r> {
    runs: Vec<RunJson<'r>>,
}

#[derive(Serialize)]
struct ShowJson<'r> {
    #[serde(flatten)]
    run: RunJson<'r>,
    report: &'r Report,
}

/// A run as programs see it. Times are in seconds since 1970 (UTC).
#[derive(Serialize)]
struct RunJson<'r> {
    workspace: &'r str,
    run: RunId,
    state: RunState,
    /// Of an open run: whether a process is at work on it, or ended without a word.
    #[serde(rename = "running")]
    is_running: bool,
    started: u64,
    ended: Option<u64>,
    endpoint: &'r str,
    files: &'r [String],
    account: Account,
    requests: u64,
    resends: u64,
    stopped: Option<&'r str>,
}

impl<'r> RunJson<'r> {
    fn of(workspace: &'r Workspace, run: &'r Run) -> Self {
        let [requests, resends] = run.requests;
        Self {
            workspace: workspace.name(),
            run: run.id,
            state: run.state,
            is_running: is_running(workspace, run),
            started: run.begun.started,
            ended: run.ended,
            endpoint: &run.begun.endpoint,
            files: &run.begun.export.names,
            account: run.account,
            requests,
            resends,
            stopped: run.stopped.as_ref().map(|(why, _)| why.as_str()),
        }
    }
}
