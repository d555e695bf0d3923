//! `push`: check every row, ask, send, account for every row.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use aiq_braze::{Options, Reason, Role};
use serde::Serialize;

use super::account::{Who, print_report};
use super::allow::Allowance;
use super::check::say_allowed;
use super::files::refuse_clashes;
use super::input::InputArgs;
use super::interrupt::Interrupt;
use super::json::CheckJson;
use super::mapping::Chosen;
use super::progress::sending;
use super::summary::{check, create_rejects, is_incomplete};
use super::{CliError, Console, Exit, Manner, mapping, words};
use crate::input::Export;
use crate::push::{self, Address, ApiKey, Endpoint, Progress, PushEvent, PushPlan, Report};
use crate::sandbox::{self, Sandbox};

#[derive(Debug, clap::Args)]
#[command(after_help = JSON)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    mapping: mapping::MappingArgs,
    /// Where to: sandbox, an instance such as US-01, a dashboard's address, or a URL
    #[arg(long, value_name = "WHERE")]
    endpoint: String,
    /// The file that holds the API key; without it, the environment's BRAZE_API_KEY
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Write all rejected rows with their reasons to this file
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Send although files beside the export say that it holds something else
    #[arg(long)]
    allow_incomplete: bool,
    /// Do not look for users with two values of an attribute
    #[arg(long)]
    no_conflicts: bool,
    /// Do not ask before sending
    #[arg(long)]
    yes: bool,
    /// Exit with 0 when at most so many rows, or such a part of them, are rejected by the check
    #[arg(long, value_name = "N|P%", default_value_t, hide_default_value = true)]
    allow_rejects: Allowance,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const JSON: &str = "The members of --json: format, check (as check --json has them), endpoint, is_sandbox, balanced,\n\
                    account, refused, unknown, requests, resends, waited_seconds, seconds, stopped, audiences,\n\
                    events";

/// A server with its key; the sandbox lives as long as this.
struct Target {
    address: Address,
    key: ApiKey,
    sandbox: Option<Sandbox>,
}

/// Checks, asks, sends, and accounts for every row.
pub(crate) fn run(args: Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    console.is_watched &= !args.json;
    let target = Target::find(&args, console)?;
    let export = args.input.open(console)?;
    let read = [
        args.mapping.file(),
        ("the key file", args.key_file.as_deref()),
    ];
    refuse_clashes(&export, &read, &[("--rejects", args.rejects.as_deref())])?;
    let chosen = mapping::choose(&export, &args.mapping)?;
    chosen.explain(console);
    if target.sandbox.is_none() {
        refuse_doubts(&chosen, &args)?;
    }
    let interrupt = Interrupt::listen(console);
    let rejects = create_rejects(args.rejects.as_deref())?;
    let checked = check(&export, &chosen.plan, rejects, !args.no_conflicts, console)?;
    let (rejected, rows) = (checked.summary.rejected, checked.summary.rows);
    let is_allowed = args.allow_rejects.covers(rejected, rows);
    if !(args.json || console.manner.is_quiet && is_allowed) {
        let printed = checked.print(&export, &chosen.plan, console);
        let printed = printed
            .and_then(|()| console.put("\n"))
            .and_then(|()| console.flush());
        go_on_unheard(printed, console)?;
    }
    if !args.allow_incomplete && is_incomplete(&checked.summary) {
        return Err(CliError::of(
            "found an export that is not what files beside it say that it is, expected a whole one: see the \
             problems above, or check it. If it is right as it is: --allow-incomplete. Nothing was sent",
        ));
    }
    let n_rows = checked.summary.rows - checked.summary.rejected - checked.summary.nothing_to_send;
    if n_rows > 0 && !agrees(&args, &target, n_rows, console)? {
        return Err(CliError::of("nothing was sent"));
    }
    let plan = PushPlan {
        export: export.clone(),
        plan: chosen.plan.clone(),
        checked: checked.summary.clone(),
        address: target.address.clone(),
        key: target.key.clone(),
        options: Options::default(),
    };
    let report = deliver(plan, &interrupt, console);
    let exit = exit_of(&report, is_allowed);
    let check = args
        .json
        .then(|| CheckJson::of(&export, &chosen, &checked, is_allowed));
    if args.json || !console.manner.is_quiet || exit != Exit::Fine {
        tell(&report, check, &target, &export, console);
    }
    say_allowed(args.allow_rejects, &checked, console);
    if let Some(sandbox) = &target.sandbox {
        say_sandbox(sandbox, console);
    }
    Ok(exit)
}

/// A push was told to send. That nobody reads what it prints before does not take that back.
fn go_on_unheard(printed: Result<(), CliError>, console: &mut Console<'_>) -> Result<(), CliError> {
    if printed == Err(CliError::Closed) {
        console.is_unheard = true;
        return Ok(());
    }
    printed
}

/// Tells the report, to programs if there is a check for them. From here on rows are sent, and no stream
/// that fails may take the account of them away, or the exit code that goes with it.
fn tell(
    report: &Report,
    check: Option<CheckJson<'_>>,
    target: &Target,
    export: &Export,
    console: &mut Console<'_>,
) {
    let print = |console: &mut Console<'_>| {
        print_report(
            report,
            target.who(),
            &target.address,
            &export.names(),
            console,
        )
    };
    let told = match check {
        Some(check) => console.put_json(&PushJson {
            check,
            endpoint: target.address.base(),
            is_sandbox: target.sandbox.is_some(),
            is_balanced: report.account.is_balanced(),
            report,
        }),
        None => print(console),
    };
    let told = told.and_then(|()| console.flush());
    if told.is_err() || console.is_unheard {
        say_instead(told, print, console);
    }
}

/// The account, where standard output did not take it: rows were sent, and this is all that tells which.
fn say_instead(
    told: Result<(), CliError>,
    print: impl FnOnce(&mut Console<'_>) -> Result<(), CliError>,
    console: &mut Console<'_>,
) {
    console.is_unheard = true;
    if let Err(CliError::Failed(words)) = told {
        console.fail("aiq-braze:", format_args!("{words}. The account:"));
    }
    let mut account = Vec::new();
    let mut aside = Console {
        input: &mut io::empty(),
        out: &mut account,
        err: &mut io::sink(),
        is_asked: false,
        is_typed: true,
        is_watched: false,
        is_unheard: false,
        is_interrupted: false,
        last_shown: None,
        manner: Manner {
            has_out_colours: false,
            ..console.manner
        },
    };
    print(&mut aside).ok(); // memory takes it all
    console.tell(String::from_utf8_lossy(&account).trim_end());
}

impl Target {
    fn who(&self) -> Who {
        match self.sandbox {
            Some(_) => Who::Sandbox,
            None => Who::Braze,
        }
    }

    fn find(args: &Args, console: &mut Console<'_>) -> Result<Self, CliError> {
        match Endpoint::parse(&args.endpoint).map_err(CliError::of)? {
            Endpoint::Sandbox => {
                let sandbox = Sandbox::start(sandbox::Options::default());
                let sandbox = sandbox.map_err(|error| {
                    CliError::of(format_args!("the sandbox cannot start: {error}"))
                })?;
                Ok(Self {
                    address: Address::parse(&sandbox.url()).map_err(CliError::of)?,
                    key: ApiKey::new(sandbox.key()).map_err(CliError::of)?,
                    sandbox: Some(sandbox),
                })
            }
            Endpoint::Braze(address) => {
                if let Some(warning) = address.warning() {
                    console.warn(warning);
                }
                let key = ApiKey::find(args.key_file.as_deref()).map_err(CliError::of)?;
                Ok(Self {
                    address,
                    key,
                    sandbox: None,
                })
            }
        }
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

fn agrees(
    args: &Args,
    target: &Target,
    n_rows: u64,
    console: &mut Console<'_>,
) -> Result<bool, CliError> {
    if args.yes || target.sandbox.is_some() {
        return Ok(true);
    }
    if !console.is_asked {
        return Err(CliError::of(
            "nobody is here to agree to sending, expected a terminal or --yes. Nothing was sent",
        ));
    }
    Ok(console.ask(format_args!(
        "Send {} to {}?",
        words::rows(n_rows),
        target.address
    )))
}

/// Sends, and shows how far it is. The first Ctrl-C stops the push, the second the program.
fn deliver(plan: PushPlan, interrupt: &Interrupt, console: &mut Console<'_>) -> Report {
    let (sender, events) = mpsc::sync_channel(64);
    let handle = push::start(plan, move |event| {
        sender.send(event).ok();
    });
    interrupt.cancels(handle.canceller());
    for event in events {
        match event {
            PushEvent::Progress(progress) => console.say_for_now(progress_line(&progress)),
            PushEvent::Waiting { seconds, why } => {
                console.say(format_args!("Waiting for {seconds:.0} s: {why}"));
            }
            PushEvent::Unknown { at, n_rows, reason } => {
                console.say(format_args!(
                    "Unknown: {} from row {} on: {reason}",
                    words::rows(n_rows),
                    at.row
                ));
            }
            PushEvent::Refusal { .. } | PushEvent::Done(_) => {}
        }
    }
    console.clear_line();
    handle.join()
}

fn progress_line(progress: &Progress) -> String {
    let account = &progress.account;
    let n_sent = account.accepted + account.refused + account.unknown;
    let elapsed = Duration::try_from_secs_f64(progress.seconds).unwrap_or_default();
    let far = sending(n_sent, n_sent + account.pending, progress.requests, elapsed);
    format!("Sending: {far}")
}

fn say_sandbox(sandbox: &Sandbox, console: &mut Console<'_>) {
    let report = sandbox.report();
    console.say(format_args!(
        "The sandbox holds {} and {} by its own count, and ends now. To keep one and look at it:\n  \
         aiq-braze sandbox --port 8400\n  \
         aiq-braze inspect FILE --save mapping.json\n  \
         BRAZE_API_KEY={} aiq-braze push FILE -m mapping.json --endpoint http://127.0.0.1:8400 --yes",
        match report.events {
            0 => words::counted(report.accepted, "object", "objects"),
            n => words::counted(n, "event", "events"),
        },
        words::counted(report.profiles, "profile", "profiles"),
        sandbox.key(),
    ));
}

fn exit_of(report: &Report, is_allowed: bool) -> Exit {
    let account = &report.account;
    if account.pending > 0 || report.stopped.is_some() {
        Exit::Stopped
    } else if !is_allowed || account.refused + account.unknown > 0 {
        Exit::SomeRows
    } else {
        Exit::Fine
    }
}

/// What a push tells programs: the check that went before it, and its [`Report`].
#[derive(Serialize)]
struct PushJson<'p> {
    check: CheckJson<'p>,
    endpoint: &'p str,
    is_sandbox: bool,
    #[serde(rename = "balanced")]
    is_balanced: bool,
    #[serde(flatten)]
    report: &'p Report,
}
