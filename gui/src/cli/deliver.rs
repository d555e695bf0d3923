//! Sending, with a line that says how far it is, and the account at the end: what a push and a resumed one
//! have in common.

use std::io;
use std::sync::mpsc;
use std::time::Duration;

use super::account::print_report;
use super::interrupt::Interrupt;
use super::log::Entry;
use super::progress::sending;
use super::target::Target;
use super::{CliError, Console, Exit, Manner, words};
use crate::push::{self, Progress, PushEvent, PushPlan, Report};

/// Sends, and shows how far it is. The first Ctrl-C stops the push, the second the program.
pub(super) fn deliver(plan: PushPlan, interrupt: &Interrupt, console: &mut Console<'_>) -> Report {
    let run = &plan.run;
    console.note(&Entry::Run {
        run: run.id,
        n_left: run.account.pending,
        goes_on: run.requests != [0, 0],
    });
    let (sender, events) = mpsc::sync_channel(64);
    let handle = push::start(plan, move |event| {
        sender.send(event).ok();
    });
    interrupt.cancels(handle.canceller());
    for event in events {
        match event {
            PushEvent::Progress(progress) => {
                console.note(&Entry::Sending(progress));
                console.say_for_now(progress_line(&progress));
            }
            PushEvent::Failed(failure) => console.note(&Entry::Failed(failure)),
            PushEvent::Waiting {
                seconds,
                why,
                waiting_for,
            } => {
                console.note(&Entry::Waiting(seconds, waiting_for));
                console.say(format_args!("Waiting for {seconds:.1} s: {why}"));
            }
            PushEvent::Unknown { at, n_rows, reason } => {
                let what = match at.row {
                    0 => words::leavers(n_rows),
                    row => format!("{} from row {row} on", words::rows(n_rows)),
                };
                console.say(format_args!("Unknown: {what}: {reason}"));
            }
            PushEvent::Warning(words) => console.warn(words),
            PushEvent::Refusal { .. } | PushEvent::Done(_) => {}
        }
    }
    console.clear_line();
    let report = handle.join();
    console.note(&Entry::Sent(&report));
    report
}

fn progress_line(progress: &Progress) -> String {
    let account = &progress.account;
    let n_sent = account.accepted + account.refused + account.unknown;
    let elapsed = Duration::try_from_secs_f64(progress.seconds).unwrap_or_default();
    let far = sending(n_sent, n_sent + account.pending, progress.requests, elapsed);
    format!("Sending: {far}")
}

/// Prints a report for programs.
pub(super) type PutJson<'j> = dyn Fn(&mut Console<'_>) -> Result<(), CliError> + 'j;

/// Tells the report, to programs as `json` where that is wanted. Rows were sent, and no stream that fails
/// may take the account of them away, or the exit code that goes with it.
pub(super) fn tell(
    report: &Report,
    json: Option<&PutJson<'_>>,
    target: &Target,
    files: &[String],
    console: &mut Console<'_>,
) {
    let print = |console: &mut Console<'_>| print_report(report, target, files, console);
    let told = match json {
        Some(put) => put(console),
        None => print(console),
    };
    let told = told.and_then(|()| console.flush());
    if told.is_err() || console.is_unheard {
        say_instead(told, print, console);
    }
}

/// Whether the user wants that sent there; see [`refuse_nobody`].
pub(super) fn agrees(
    question: &str,
    yes: &Yes,
    target: &Target,
    console: &mut Console<'_>,
) -> Result<bool, CliError> {
    if target.sandbox.is_some() {
        return Ok(true);
    }
    if let Some(name) = target.place.name_to_confirm() {
        return confirms(name, question, yes, console);
    }
    Ok(yes.yes || console.ask(question))
}

/// Whether there is somebody to agree, or has agreed: without them nothing else needs to be looked at.
pub(super) fn refuse_nobody(
    yes: &Yes,
    target: &Target,
    console: &Console<'_>,
) -> Result<(), CliError> {
    let (is_answered, wanted) = match target.place.name_to_confirm() {
        Some(name) => (
            yes.confirm.is_some(),
            format!(
                "the workspace {name} wants its name confirmed, expected a terminal or --confirm {name}"
            ),
        ),
        None => (
            yes.yes,
            "nobody is here to agree to sending, expected a terminal or --yes".to_owned(),
        ),
    };
    if target.sandbox.is_some() || is_answered || console.is_asked {
        return Ok(());
    }
    Err(CliError::of(format_args!("{wanted}. Nothing was sent")))
}

/// Whether [`agrees`] asks somebody.
pub(super) fn is_asked(yes: &Yes, target: &Target, console: &Console<'_>) -> bool {
    let is_answered = match target.place.name_to_confirm() {
        Some(_) => yes.confirm.is_some(),
        None => yes.yes,
    };
    target.sandbox.is_none() && console.is_asked && !is_answered
}

/// A workspace whose name must be given, typed or as an argument.
fn confirms(
    name: &str,
    question: &str,
    yes: &Yes,
    console: &mut Console<'_>,
) -> Result<bool, CliError> {
    let given = match &yes.confirm {
        Some(given) => given.clone(),
        None => console.ask_line(format_args!(
            "{question} Type the workspace's name to agree:"
        )),
    };
    if given == name {
        return Ok(true);
    }
    Err(CliError::of(format_args!(
        "found another name than that of the workspace, expected {name}. Nothing was sent"
    )))
}

/// How to agree without being asked.
#[derive(Debug, clap::Args)]
pub(crate) struct Yes {
    /// Do not ask before sending
    #[arg(long)]
    yes: bool,
    /// The name of a workspace that wants it confirmed
    #[arg(long, value_name = "WORKSPACE")]
    confirm: Option<String>,
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
        log: None,
        manner: Manner {
            has_out_colours: false,
            ..console.manner
        },
    };
    print(&mut aside).ok(); // memory takes it all
    console.tell(String::from_utf8_lossy(&account).trim_end());
}

pub(super) fn exit_of(report: &Report, is_allowed: bool) -> Exit {
    let account = &report.account;
    if account.pending > 0 || report.stopped.is_some() {
        Exit::Stopped
    } else if !is_allowed || account.refused + account.unknown > 0 {
        Exit::SomeRows
    } else {
        Exit::Fine
    }
}
