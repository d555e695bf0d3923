//! `push`: check every row, ask, send, account for every row.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aiq_braze::{Plan, Reason, Role};
use serde::Serialize;

use super::before::{BeforeArgs, Sending, list, question};
use super::changes::{Asked, Changes, ChangesArgs, ChangesJson};
use super::check::say_allowed;
use super::deliver::{PutJson, Yes, agrees, deliver, exit_of, is_asked, refuse_nobody, tell};
use super::files::refuse_clashes;
use super::input::InputArgs;
use super::interrupt::Interrupt;
use super::json::CheckJson;
use super::log::{Entry, LogArgs};
use super::mapping::Chosen;
use super::runs::learn;
use super::summary::{check, create_rejects, is_incomplete};
use super::target::{DeliveryArgs, Target, TargetArgs};
use super::{CliError, Console, Exit, mapping, verify, words};
use crate::allowance::Allowance;
use crate::ledger::{Ledger, Run, RunId, read_runs};
use crate::push::{
    self, Begin, CaCertificates, Content, Names, OnUnknown, Preflight, PushPlan, Report, Selection,
    Source, Verified,
};
use crate::sandbox::Sandbox;

#[derive(Debug, clap::Args)]
#[command(after_help = JSON)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    mapping: mapping::MappingArgs,
    #[command(flatten)]
    target: TargetArgs,
    #[command(flatten)]
    delivery: DeliveryArgs,
    #[command(flatten)]
    log: LogArgs,
    /// What to do with events whose answer is lost: keep them for a decision (`runs decide`), or send them
    /// again, after which Braze may count them twice
    #[arg(long, value_name = "WHAT", default_value = "hold")]
    on_unknown: OnUnknownArg,
    /// Never send anything of the users whose identifiers stand in this file, one a line
    #[arg(long, value_name = "FILE", help_heading = super::changes::HEADING)]
    exclude: Option<PathBuf>,
    /// Send the first N users' rows, and nothing of the others
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..), help_heading = super::changes::HEADING)]
    first: Option<u64>,
    /// Keep nothing of Braze's words, which may repeat a user's data
    #[arg(long)]
    no_row_data: bool,
    /// Write all rejected rows with their reasons to this file
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Send although files beside the export say that it holds something else
    #[arg(long)]
    allow_incomplete: bool,
    /// Do not look for users with two values of an attribute
    #[arg(long)]
    no_conflicts: bool,
    #[command(flatten)]
    yes: Yes,
    /// Exit with 0 when at most so many rows, or such a part of them, are rejected by the check
    #[arg(long, value_name = "N|P%", default_value_t, hide_default_value = true)]
    allow_rejects: Allowance,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    changes: ChangesArgs,
    #[command(flatten)]
    before: BeforeArgs,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum OnUnknownArg {
    Hold,
    Resend,
}

const JSON: &str = "The members of --json: format, check (as check --json has them), endpoint, is_sandbox,\n\
                    changes, preflight, balanced, run, account, refused, unknown, requests, resends, waited_seconds,\n\
                    seconds, stopped, left_out, audiences, events, verified";

/// Checks, asks, sends, and accounts for every row.
pub(crate) fn run(args: Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let result = push(args, console);
    console.note_end(&result);
    result
}

fn push(args: Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    console.is_watched &= !args.json;
    let target = args.target.find(&args.delivery, console)?;
    args.changes.refuse_nameless(&target)?;
    let how = target.delivery(&args.delivery)?;
    let certificates = how.ca_certificates.clone();
    let export = args.input.open(console)?;
    let read = [
        args.mapping.file(),
        ("the key file", args.delivery.key_file.as_deref()),
        ("the excluded users", args.exclude.as_deref()),
        ("the old export", args.changes.old()),
    ];
    let written = [
        ("--rejects", args.rejects.as_deref()),
        ("--log", args.log.log.as_deref()),
    ];
    refuse_clashes(&export, &read, &written)?;
    args.log.open("push", console)?;
    let chosen = mapping::choose(&export, &args.mapping)?;
    console.note(&Entry::Target {
        address: &target.address,
        n_files: export.files().len(),
        mapping: chosen.plan.fingerprint(),
    });
    chosen.explain(console);
    if target.sandbox.is_none() {
        refuse_doubts(&chosen, &args)?;
    }
    let selection = args.selection(&chosen.plan, console)?;
    // Before the check: that somebody else is at work there is better known at once.
    let mut ledger = Ledger::open(target.place.folder()?, "a push").map_err(CliError::of)?;
    args.changes.refuse_key(&target, ledger.folder())?;
    learn(&mut ledger, console)?;
    let interrupt = Interrupt::listen(console);
    let rejects = create_rejects(args.rejects.as_deref())?;
    let sample = args.before.sample(&target);
    let finds_conflicts = !args.no_conflicts;
    let checked = check(
        &export,
        &chosen.plan,
        rejects,
        finds_conflicts,
        sample,
        console,
    )?;
    console.note(&Entry::Checked(&checked.summary));
    let (rejected, rows) = (checked.summary.rejected, checked.summary.rows);
    let is_allowed = args.allow_rejects.covers(rejected, rows);
    if !(args.json || console.manner.is_quiet && is_allowed) {
        checked.print(&export, &chosen.plan, console)?;
        console.put("\n")?;
        console.flush()?;
    }
    if !args.allow_incomplete && is_incomplete(&checked.summary) {
        return Err(CliError::of(
            "found an export that is not what files beside it say that it is, expected a whole one: see the \
             problems above, or check it. If it is right as it is: --allow-incomplete. Nothing was sent",
        ));
    }
    let (summary, plan) = (&checked.summary, &chosen.plan);
    args.before
        .guard(&export, plan, summary, &target, console)?;
    let asked = Asked {
        export: &export,
        written_in: args.input.written_in,
        chosen: &chosen,
        checked: &checked,
        allowed: args.allow_rejects,
        endpoint: target.address.base(),
    };
    let changes = args.changes.keep(&asked, &ledger, console)?;
    if let Some(changes) = &changes {
        changes.say(&args.changes, console);
        args.before
            .guard_changes(changes, summary, &target, console)?;
    }
    let names = Names::of(plan, summary);
    let sending = Sending {
        plan,
        checked: &checked,
        volume: changes.as_ref().map(|changes| changes.draft.volume),
        names: &names,
        target: &target,
        how: &how,
        is_part: !selection.is_all(),
    };
    let preflight = args.agree(&sending, &mut ledger, console)?;
    args.changes.begin_state(&mut ledger, &target)?;
    let begin = Begin {
        on_unknown: match args.on_unknown {
            OnUnknownArg::Hold => OnUnknown::Hold,
            OnUnknownArg::Resend => OnUnknown::Resend,
        },
        keeps_row_data: !args.no_row_data,
        ..Begin::default()
    };
    let content = Content {
        selection: &selection,
        kept: changes.as_ref().map(|changes| &changes.draft),
    };
    let passed = (&checked.summary, checked.blocks.clone());
    let run = push::begin_with(
        &mut ledger,
        &export,
        &chosen.plan,
        passed,
        &target.address,
        (begin, content),
    );
    let run = run.map_err(CliError::of)?;
    let source = match &changes {
        Some(_) => Source::reopen(&run, ledger.folder()).map_err(CliError::of)?,
        None => Source::Export(export.clone(), Box::new(chosen.plan.clone())),
    };
    let plan = PushPlan {
        source: source.clone(),
        run,
        ledger,
        address: target.address.clone(),
        key: target.key.clone(),
        delivery: how,
    };
    let report = deliver(plan, &interrupt, console);
    let exit = exit_of(&report, is_allowed);
    let verified = args.verify(&report, &source, &target, &certificates, console);
    if let Some(Ok(verified)) = &verified {
        console.note(&Entry::Verified(verified));
    }
    let exit = match &verified {
        Some(Err(_)) => worse(exit),
        Some(Ok(verified)) if verify::exit_of(verified) != Exit::Fine => worse(exit),
        _ => exit,
    };
    let verified_json = verified
        .as_ref()
        .and_then(|verified| verified.as_ref().ok());
    let put = |console: &mut Console<'_>| {
        console.put_json(&PushJson {
            check: CheckJson::of(&export, &chosen, &checked, is_allowed),
            endpoint: target.address.base(),
            is_sandbox: target.sandbox.is_some(),
            changes: changes.as_ref().map(Changes::json),
            preflight: preflight.as_ref(),
            verified: verified_json,
            is_balanced: report.account.is_balanced(),
            report: &report,
        })
    };
    if args.json || !console.manner.is_quiet || exit != Exit::Fine {
        tell(
            &report,
            args.json.then_some(&put as &PutJson<'_>),
            &target,
            &export.names(),
            console,
        );
    }
    if let (Some(first), 0) = (args.first, report.account.pending) {
        say_first(first, &names, console);
    }
    if let Some(verified) = &verified {
        tell_verified(verified, args.json, console);
    }
    say_allowed(args.allow_rejects, &checked, console);
    if let Some(sandbox) = &target.sandbox {
        say_sandbox(sandbox, console);
    }
    Ok(exit)
}

impl Args {
    /// Whose rows are sent.
    fn selection(&self, plan: &Plan, console: &mut Console<'_>) -> Result<Selection, CliError> {
        let mut selection = Selection::default().with_first(self.first);
        let Some(path) = &self.exclude else {
            return Ok(selection);
        };
        let kinds = plan.mapping().identifiers.iter().map(|rule| rule.kind);
        let kinds: Vec<_> = kinds.collect();
        let fail = |words: String| {
            CliError::of(format_args!(
                "{}: {words}. Nothing was sent",
                words::path(path)
            ))
        };
        let text = fs::read(path).map_err(|error| fail(error.to_string()))?;
        let n_lines = selection.exclude(&text, &kinds).map_err(fail)?;
        console.say(format_args!(
            "Excluded: the users of {} of {}",
            words::counted(n_lines, "line", "lines"),
            words::path(path)
        ));
        Ok(selection)
    }

    /// Looks users up and asks, where there is something to send.
    fn agree(
        &self,
        sending: &Sending<'_>,
        ledger: &mut Ledger,
        console: &mut Console<'_>,
    ) -> Result<Option<Preflight>, CliError> {
        if sending.volume().objects == 0 {
            return Ok(None);
        }
        refuse_nobody(&self.yes, sending.target, console)?;
        let preflight = self.before.preflight(sending, console)?;
        let known = ledger.names().map_err(CliError::of)?;
        let is_asked = is_asked(&self.yes, sending.target, console);
        let new_names = self
            .before
            .new_names(preflight.as_ref(), &known, is_asked)?;
        let question = question(sending, &new_names);
        if !agrees(&question, &self.yes, sending.target, console)? {
            return Err(CliError::of("nothing was sent"));
        }
        let names: Vec<_> = sending.names.custom().collect();
        ledger.add_names(&names).map_err(CliError::of)?;
        Ok(preflight)
    }

    /// Reads users back, where that is wanted.
    fn verify(
        &self,
        report: &Report,
        source: &Source,
        target: &Target,
        ca_certificates: &CaCertificates,
        console: &mut Console<'_>,
    ) -> Option<Result<Verified, CliError>> {
        let n_users = self.before.verify.filter(|_| report.account.accepted > 0)?;
        let wanted = verify::Wanted {
            n_users,
            patience: Duration::from_secs(verify::PATIENCE),
        };
        let folder = target.place.folder();
        let run = folder.and_then(|folder| run_of(folder, report.run));
        Some(run.and_then(|run| {
            verify::verify(&wanted, source, &run, target, ca_certificates, console)
        }))
    }
}

/// The run as it is written down.
fn run_of(folder: &Path, id: RunId) -> Result<Run, CliError> {
    let mut runs = read_runs(folder).map_err(CliError::of)?.into_iter();
    let run = runs.find(|run| run.id == id);
    run.ok_or_else(|| {
        CliError::of(format_args!(
            "found no run {id} in the ledger, expected the one that ended"
        ))
    })
}

/// Where to look after a small run.
fn say_first(first: u64, names: &Names, console: &mut Console<'_>) {
    let (what, names) = match names.events.is_empty() {
        true => ("attributes", &names.attributes),
        false => ("events", &names.events),
    };
    console.say(format_args!(
        "Sent: the rows of the first {}, and no others. Look some of them up in Braze by their identifiers \
         (Audience, Search Users): do these {what} have the names and values that you expect: {}? Then push \
         without --first",
        words::counted(first, "user", "users"),
        list(names)
    ));
}

/// Rows are accounted for, and something else is not as it was wanted.
fn worse(exit: Exit) -> Exit {
    match exit {
        Exit::Fine => Exit::SomeRows,
        exit => exit,
    }
}

/// Says what was read back, where the report for programs does not. Rows were sent: no stream that fails
/// takes that back.
fn tell_verified(verified: &Result<Verified, CliError>, is_json: bool, console: &mut Console<'_>) {
    match verified {
        Ok(_) if is_json => {}
        Ok(verified) => {
            let told = console.put("\n");
            let told = told.and_then(|()| verify::print(verified, console));
            told.and_then(|()| console.flush()).ok();
        }
        Err(CliError::Failed(words)) => {
            console.warn(format_args!("nothing was read back: {words}"));
        }
        Err(_) => {}
    }
}

/// What is only likely is not sent to where it counts.
fn refuse_doubts(chosen: &Chosen, args: &Args) -> Result<(), CliError> {
    let names = chosen.found.header.names();
    let doubts: Vec<_> = chosen
        .doubts()
        .into_iter()
        .map(|doubt| words::reason(doubt, names))
        .collect();
    if doubts.is_empty() {
        return Ok(());
    }
    let file = words::path(&args.input.files[0]); // OK because at least one file is required
    let flags = flags(&chosen.doubts(), names);
    let flags = flags.map_or_else(String::new, |flags| {
        format!("\n  or say it by flags: {flags}")
    });
    Err(CliError::of(format_args!(
        "found a mapping that is only likely, expected a certain one before anything is sent to Braze:\n  \
         {}\nThe way on:\n  \
         aiq-braze inspect {file} --save mapping.json, look at it, then push with -m mapping.json{flags}",
        doubts.join("\n  ")
    )))
}

/// The flags that say for certain what is doubted; nothing where there are none for it.
fn flags(doubts: &[&Reason], names: &[String]) -> Option<String> {
    let flags = doubts.iter().map(|doubt| match doubt.role {
        Role::Identifier(kind) => {
            let name = names.get(doubt.column_idx?)?;
            Some(format!("--id {}={}", words::argument(name), kind.as_str()))
        }
        Role::AudienceId => Some("--audience ID".to_owned()),
        Role::SplitId => Some("--split ID".to_owned()),
        Role::EventName => Some("--event NAME".to_owned()),
        Role::EventTime => {
            let name = names.get(doubt.column_idx?)?;
            Some(format!("--time {}", words::argument(name)))
        }
        Role::Status | Role::AppId | Role::NoHeader | Role::Attribute(_) => None,
    });
    let flags: Option<Vec<_>> = flags.collect();
    flags.map(|flags| flags.join(" "))
}

fn say_sandbox(sandbox: &Sandbox, console: &mut Console<'_>) {
    let report = sandbox.report();
    console.say(format_args!(
        "The sandbox holds {} and {} by its own count, and ends now. To keep one and look at it:\n  \
         aiq-braze sandbox --port 8400\n  \
         aiq-braze inspect FILE --save mapping.json\n  \
         BRAZE_API_KEY={} aiq-braze push FILE -m mapping.json --endpoint http://127.0.0.1:8400 --yes --no-preflight",
        match report.events {
            0 => words::counted(report.accepted, "object", "objects"),
            n => words::counted(n, "event", "events"),
        },
        words::counted(report.profiles, "profile", "profiles"),
        sandbox.key(),
    ));
}

/// What a push tells programs: the check that went before it, and its [`Report`].
#[derive(Serialize)]
struct PushJson<'p> {
    check: CheckJson<'p>,
    endpoint: &'p str,
    is_sandbox: bool,
    changes: Option<ChangesJson<'p>>,
    preflight: Option<&'p Preflight>,
    verified: Option<&'p Verified>,
    #[serde(rename = "balanced")]
    is_balanced: bool,
    #[serde(flatten)]
    report: &'p Report,
}
