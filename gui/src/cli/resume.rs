//! `resume`: goes on with a run that stopped, was killed, or was decided about.

use std::path::Path;

use aiq_braze::mapping::Rows;
use serde::Serialize;

use super::deliver::{PutJson, Yes, agrees, deliver, exit_of, is_asked, refuse_nobody, tell};
use super::files::refuse_clashes;
use super::interrupt::Interrupt;
use super::log::{Entry, LogArgs};
use super::runs::{self, Where};
use super::target::{DeliveryArgs, Target};
use super::{CliError, Console, Exit, words};
use crate::ledger::{Ledger, Run, RunId, RunState, read_runs};
use crate::push::{self, PushPlan, Report, Source};
use crate::state;

#[derive(Debug, clap::Args)]
#[command(after_help = JSON)]
pub(crate) struct Args {
    /// The run; the latest that is not finished without it
    #[arg(value_name = "RUN")]
    run: Option<RunId>,
    #[command(flatten)]
    place: Where,
    #[command(flatten)]
    delivery: DeliveryArgs,
    #[command(flatten)]
    log: LogArgs,
    #[command(flatten)]
    yes: Yes,
    /// Send although later pushes have been sent, of which the run may overwrite newer values
    #[arg(long)]
    older: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const JSON: &str = "The export must be what it was: its text is compared with what was checked, before anything\n\
                    is sent. The members of --json: format, endpoint, balanced, run, account, refused, unknown,\n\
                    requests, resends, waited_seconds, seconds, stopped, left_out,\n\
                    audiences, events";

/// Finds the run, its export and its key, asks, and sends what is left.
pub(crate) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let result = resume(args, console);
    console.note_end(&result);
    result
}

fn resume(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    console.is_watched &= !args.json;
    let (workspace, run) = runs::find(&args.place, args.run, |run| {
        matches!(run.state, RunState::Open | RunState::Paused)
    })?;
    let is_listed = !workspace.is_implied();
    let target = Target::of_workspace(workspace, &args.delivery, is_listed, console)?;
    refuse_elsewhere(&run, &target)?;
    let how = target.delivery(&args.delivery)?;
    let mut ledger =
        Ledger::open(target.place.folder()?, "a resumed push").map_err(CliError::of)?;
    let n_lost = ledger.take_up(run.id).map_err(CliError::of)?;
    if n_lost > 0 {
        console.say(format_args!(
            "{n_lost} requests were on their way when the program ended: their rows are unknown"
        ));
    }
    let run = ledger.expect_run(run.id).map_err(CliError::of)?;
    let (n_left, id) = (run.account.pending, run.id);
    if n_left == 0 {
        console.say(format_args!("nothing of run {id} is left to be sent"));
        runs::learn(&mut ledger, console)?;
        let report = push::report(ledger.folder(), &run).map_err(CliError::of)?;
        let names = &run.begun.export.names;
        return Ok(conclude(&report, names, &target, args, console));
    }
    state::expect_key(ledger.folder(), &target.key)
        .map_err(|error| CliError::of(format_args!("{error}. Nothing was sent")))?;
    let later = later(&run, ledger.folder())?;
    if !later.is_empty() && !args.older && !is_asked(&args.yes, &target, console) {
        return Err(older(&run, &later, &target));
    }
    let source = Source::reopen(&run, ledger.folder()).map_err(CliError::of)?;
    let names = run.begun.export.names.clone();
    let read = [("the key file", args.delivery.key_file.as_deref())];
    let written = [("--log", args.log.log.as_deref())];
    match &source {
        Source::Export(export, _) => refuse_clashes(export, &read, &written)?,
        Source::Kept(_) => {} // the exports are not read
    }
    args.log.open("resume", console)?;
    console.note(&Entry::Target {
        address: &target.address,
        n_files: names.len(),
        mapping: aiq_braze::Fingerprint(run.begun.fingerprint),
    });
    let interrupt = Interrupt::listen(console);
    let question = question(&run, &later, &target);
    refuse_nobody(&args.yes, &target, console)?;
    if !agrees(&question, &args.yes, &target, console)? {
        return Err(CliError::of("nothing was sent"));
    }
    let report = deliver(
        PushPlan {
            source,
            run,
            ledger,
            address: target.address.clone(),
            key: target.key.clone(),
            delivery: how,
        },
        &interrupt,
        console,
    );
    Ok(conclude(&report, &names, &target, args, console))
}

/// Pushes that began after it, and whose values it may overwrite. An event overwrites nothing.
fn later(run: &Run, folder: &Path) -> Result<Vec<RunId>, CliError> {
    let writes_values = |run: &Run| {
        let mapping = push::mapping(run);
        mapping.map_or(true, |mapping| !matches!(mapping.rows, Rows::Events(_)))
    };
    if !writes_values(run) {
        return Ok(Vec::new());
    }
    let mut runs = read_runs(folder).map_err(CliError::of)?;
    runs.retain(|later| {
        let [n_requests, _] = later.requests;
        later.id > run.id && n_requests > 0 && writes_values(later)
    });
    Ok(runs.iter().rev().map(|run| run.id).collect())
}

/// What it may do to them.
fn overwrites(later: &[RunId]) -> String {
    let (runs, theirs) = match later {
        [one] => (format!("Run {one} was"), "its"),
        [others @ .., last] => {
            let others: Vec<_> = others.iter().map(RunId::to_string).collect();
            (
                format!("Runs {} and {last} were", others.join(", ")),
                "their",
            )
        }
        [] => return String::new(),
    };
    format!(
        "{runs} begun after it and sent: it may overwrite {theirs} newer values, and tell that somebody has left \
         who is a member again"
    )
}

fn question(run: &Run, later: &[RunId], target: &Target) -> String {
    let rows = words::rows(run.account.pending);
    let question = format!("Send {rows} to {}?", target.address);
    match later {
        [] => question,
        later => format!(
            "Run {} is not the latest. {}. {question}",
            run.id,
            overwrites(later)
        ),
    }
}

fn older(run: &Run, later: &[RunId], target: &Target) -> CliError {
    let id = run.id;
    let flags = target.place.flags().unwrap_or_default();
    CliError::of(format_args!(
        "found run {id}, expected the latest since nobody is asked. {}. If that is meant: --older. If not, push the \
         newest export, and let this one be: aiq-braze runs forget {id} --unfinished {flags}\nNothing was sent",
        overwrites(later)
    ))
}

/// Tells what the run has come to.
fn conclude(
    report: &Report,
    files: &[String],
    target: &Target,
    args: &Args,
    console: &mut Console<'_>,
) -> Exit {
    let exit = exit_of(report, report.account.rejected == 0);
    let put = |console: &mut Console<'_>| {
        console.put_json(&ResumeJson {
            endpoint: target.address.base(),
            is_balanced: report.account.is_balanced(),
            report,
        })
    };
    if args.json || !console.manner.is_quiet || exit != Exit::Fine {
        tell(
            report,
            args.json.then_some(&put as &PutJson<'_>),
            target,
            files,
            console,
        );
    }
    exit
}

/// A workspace may have been given another endpoint since.
pub(super) fn refuse_elsewhere(run: &Run, target: &Target) -> Result<(), CliError> {
    let (began, now) = (&run.begun.endpoint, target.address.base());
    if began == now {
        return Ok(());
    }
    Err(CliError::of(format_args!(
        "found a run to {began} in a workspace that is {now} now, expected the same. Push the export anew, \
         or give the workspace its endpoint back"
    )))
}

/// What a resumed push tells programs.
#[derive(Serialize)]
struct ResumeJson<'p> {
    endpoint: &'p str,
    #[serde(rename = "balanced")]
    is_balanced: bool,
    #[serde(flatten)]
    report: &'p Report,
}
