//! `verify`: reads some of a run's users back, and compares.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::interrupt::Interrupt;
use super::runs::{self, Where};
use super::target::{DeliveryArgs, Target};
use super::{CliError, Console, Exit, resume, words};
use crate::ledger::{self, Run, RunId, RunState, Sends};
use crate::pipeline::SampleSize;
use crate::push::{self, CaCertificates, KeptBodies, NoAnswer, Source, Verified};

#[derive(Debug, clap::Args)]
#[command(after_help = JSON)]
pub(crate) struct Args {
    /// The run; the latest without it
    #[arg(value_name = "RUN")]
    run: Option<RunId>,
    /// How many users are looked up
    #[arg(long, value_name = "N", default_value_t = SAMPLE, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    sample: u32,
    /// How long to wait for Braze to apply what it accepted before something is said to be different
    #[arg(long, value_name = "SECONDS", default_value_t = PATIENCE)]
    wait: u64,
    #[command(flatten)]
    place: Where,
    /// The file that holds the API key; without it, the environment or the system's keychain
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Certificates (PEM) that may vouch for the server besides those that the system trusts
    #[arg(long, value_name = "FILE")]
    ca_cert: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Seconds within which Braze mostly has applied what it accepted.
pub(super) const PATIENCE: u64 = 60;

/// Users who are looked up.
const SAMPLE: u32 = 50;

const JSON: &str = "The export must be what it was, and the key must have the permission users.export.ids. Exits with\n\
                    0 where all is there, and with 1 where something is different. The members of --json: format,\n\
                    endpoint, run, sampled, same, absent, different, waited_seconds";

/// Finds the run and its export, looks users up, and says what is different.
pub(crate) fn run(args: Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    console.is_watched &= !args.json;
    let (workspace, run) = runs::find(&args.place, args.run, |_| true)?;
    let is_listed = !workspace.is_implied();
    let folder = workspace.folder().to_owned();
    let delivery = DeliveryArgs::reading(args.key_file, args.ca_cert);
    let target = Target::of_workspace(workspace, &delivery, is_listed, console)?;
    resume::refuse_elsewhere(&run, &target)?;
    let how = target.delivery(&delivery)?;
    refuse_gone(&run, &folder)?;
    let source = Source::reopen(&run, &folder).map_err(CliError::of)?;
    Interrupt::listen(console);
    let wanted = Wanted {
        n_users: args.sample,
        patience: Duration::from_secs(args.wait),
    };
    let verified = verify(
        &wanted,
        &source,
        &run,
        &target,
        &how.ca_certificates,
        console,
    )?;
    if args.json {
        console.put_json(&VerifyJson {
            endpoint: target.address.base(),
            run: run.id,
            verified: &verified,
        })?;
    } else if !console.manner.is_quiet || !verified.different.is_empty() {
        print(&verified, console)?;
    }
    Ok(exit_of(&verified))
}

/// What a run keeps of its rows goes once it is settled.
fn refuse_gone(run: &Run, workspace: &Path) -> Result<(), CliError> {
    let folder = ledger::run_folder(workspace, run.id);
    let export = &run.begun.export;
    let is_there = match export.sends {
        Sends::All if export.paths.iter().any(|path| path == Path::new("-")) => {
            ledger::stdin_of(workspace, run.id).exists()
        }
        Sends::All => true,
        Sends::Changes | Sends::Merged => KeptBodies::are_there(&folder),
    };
    if is_there || run.state != RunState::Done {
        return Ok(());
    }
    Err(CliError::of(format_args!(
        "found run {}, of which is gone what it sent, since all of it is settled; expected a run whose rows can be \
         read once more. Users are read back right behind such a push by: aiq-braze push … --verify {}",
        run.id, SAMPLE
    )))
}

/// How thoroughly, and how long.
pub(super) struct Wanted {
    pub(super) n_users: u32,
    pub(super) patience: Duration,
}

/// Makes what was sent once more, and reads some users back.
pub(super) fn verify(
    wanted: &Wanted,
    source: &Source,
    run: &Run,
    target: &Target,
    ca_certificates: &CaCertificates,
    console: &mut Console<'_>,
) -> Result<Verified, CliError> {
    console.say_for_now("Reading users back from Braze");
    let n_users = wanted.n_users as usize;
    let size = SampleSize {
        together: n_users,
        alone: n_users,
    };
    let unknown_users = push::mapping(run).map_err(CliError::of)?.unknown_users;
    let mut users =
        push::accepted(source, run, target.place.folder()?, size).map_err(CliError::of)?;
    users.truncate(n_users);
    let verified = push::verify(
        &users,
        unknown_users,
        (&target.address, &target.key),
        ca_certificates,
        wanted.patience,
    );
    console.clear_line();
    verified.map_err(|error| match error {
        NoAnswer::Denied(words) => CliError::of(format_args!(
            "found a key that may not look users up ({words}), expected one with the permission \
             users.export.ids"
        )),
        NoAnswer::Failed(words) => CliError::of(format_args!(
            "users cannot be looked up in Braze: {words}. Try again later"
        )),
    })
}

pub(super) fn exit_of(verified: &Verified) -> Exit {
    match verified.different.is_empty() {
        true => Exit::Fine,
        false => Exit::SomeRows,
    }
}

/// Prints what was found.
pub(super) fn print(verified: &Verified, console: &mut Console<'_>) -> Result<(), CliError> {
    const MOST_USERS: usize = 10;
    let Verified {
        sampled,
        same,
        absent,
        different,
        waited_seconds,
    } = verified;
    let users = |n: u64| words::counted(n, "user", "users");
    let absent = match absent {
        0 => String::new(),
        n => format!(
            ", {} that Braze does not know and was not to create",
            users(*n)
        ),
    };
    let n_different = words::count(different.len() as u64);
    console.put_line(format_args!(
        "Read back: {}, {} as sent, {n_different} different{absent} (waited {waited_seconds:.0} s)",
        users(*sampled),
        words::count(*same),
    ))?;
    for found in different.iter().take(MOST_USERS) {
        let user = words::name(&found.user);
        if found.is_missing {
            console.put_line(format_args!("  {user}: not there"))?;
            continue;
        }
        let values = found.values.iter().map(|change| {
            let value = |value: &Value| words::name(&value.to_string());
            let (now, next) = (value(&change.now), value(&change.next));
            format!("{} is {now}, sent was {next}", words::name(&change.name))
        });
        let values: Vec<_> = values.collect();
        console.put_line(format_args!("  {user}: {}", values.join("; ")))?;
    }
    if different.len() > MOST_USERS {
        let n = words::count((different.len() - MOST_USERS) as u64);
        console.put_line(format_args!("  and {n} more"))?;
    }
    if !different.is_empty() {
        console.put_line(
            "Somebody else may have written since; Braze may have another type for the attribute, or block it; \
             or it takes longer: try again with a longer --wait",
        )?;
    }
    Ok(())
}

/// What a verification tells programs.
#[derive(Serialize)]
struct VerifyJson<'v> {
    endpoint: &'v str,
    run: RunId,
    #[serde(flatten)]
    verified: &'v Verified,
}
