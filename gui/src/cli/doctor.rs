//! `doctor`: looks for what would keep a push from working, and says what to do about it.

use std::path::PathBuf;

use serde::Serialize;

use super::{CliError, Console, Exit, Look, guide};
use crate::doctor::{Check, Grade, check_endpoint, check_folder, check_key, check_server};
use crate::key;
use crate::push::{Address, ApiKey};
use crate::workspace::{Home, HomeError, Workspace};

#[derive(Debug, clap::Args)]
#[command(after_help = JSON)]
pub(crate) struct Args {
    /// Of which workspace; without it, the only one there is
    #[arg(value_name = "WORKSPACE", conflicts_with = "endpoint")]
    workspace: Option<String>,
    /// Of no workspace, but a server: an instance such as US-01, a dashboard's address, or a URL
    #[arg(long, value_name = "WHERE")]
    endpoint: Option<String>,
    /// The file that holds the API key; without it, the environment or the system's keychain
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Say how to make a key in Braze, and nothing else
    #[arg(long, conflicts_with_all = ["workspace", "endpoint", "key_file", "json"])]
    guide: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

const JSON: &str = "No request of it changes anything. It exits with 0 when nothing is wrong, with 1 when something is,\n\
                    and with 2 when it could not look.\n\
                    The members of --json: format, workspace, endpoint, is_fine, checks (of name, grade, found,\n\
                    what_to_do)";

/// What is looked at.
struct Patient {
    /// `None`: a server without one.
    workspace: Option<String>,
    address: Address,
    checks: Vec<Check>,
}

/// Looks, and tells.
pub(crate) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    if args.guide {
        console.put(guide::text(console.manner.language))?;
        return Ok(Exit::Fine);
    }
    let Patient {
        workspace,
        address,
        mut checks,
    } = Patient::find(args)?;
    checks.push(check_endpoint(&address));
    let found = key::find(args.key_file.as_deref(), workspace.as_deref());
    checks.push(check_key(&found));
    let key = found.ok().map(|found| found.key);
    console.say_for_now(format_args!("Asking {address}"));
    checks.extend(ask(&address, key.as_ref())?);
    console.clear_line();
    let is_fine = checks.iter().all(|check| check.grade != Grade::Problem);
    if args.json {
        console.put_json(&DoctorJson {
            workspace,
            endpoint: address.base(),
            is_fine,
            checks,
        })?;
    } else {
        print(&checks, console)?;
        if key.is_none() {
            console.put("\n")?;
            console.put(guide::text(console.manner.language))?;
        }
    }
    Ok(if is_fine { Exit::Fine } else { Exit::SomeRows })
}

fn ask(address: &Address, key: Option<&ApiKey>) -> Result<Vec<Check>, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::of(format_args!("no request can be made: {error}")))?;
    Ok(runtime.block_on(check_server(address, key)))
}

impl Patient {
    fn find(args: &Args) -> Result<Self, CliError> {
        if let Some(endpoint) = &args.endpoint {
            let address = Address::parse(endpoint).map_err(CliError::of)?;
            return Ok(Self {
                workspace: None,
                checks: match Home::find() {
                    Ok(home) => check_home(&home),
                    Err(error) => vec![homeless(&error)],
                },
                address,
            });
        }
        let home = Home::find().map_err(CliError::of)?;
        let workspace = match &args.workspace {
            Some(name) => home.workspace(name).map_err(CliError::of)?,
            None => only(home.workspaces().map_err(CliError::of)?)?,
        };
        let mut checks = check_home(&home);
        checks.push(check_folder(workspace.folder()));
        Ok(Self {
            workspace: Some(workspace.name().to_owned()),
            address: workspace.address().clone(),
            checks,
        })
    }
}

fn only(workspaces: Vec<Workspace>) -> Result<Workspace, CliError> {
    match <[Workspace; 1]>::try_from(workspaces) {
        Ok([workspace]) => Ok(workspace),
        Err(workspaces) if workspaces.is_empty() => Err(CliError::of(
            "found no workspace yet, expected one or --endpoint WHERE. Add one: aiq-braze workspace add NAME \
             --endpoint WHERE. How to make a key: aiq-braze doctor --guide",
        )),
        Err(workspaces) => {
            let names: Vec<_> = workspaces.iter().map(Workspace::name).collect();
            Err(CliError::of(format_args!(
                "found {} workspaces, expected the name of one: {}",
                names.len(),
                names.join(", ")
            )))
        }
    }
}

/// Its folders, and the list in it.
fn check_home(home: &Home) -> Vec<Check> {
    let [config, data] = home.folders();
    let mut checks = vec![check_folder(config)];
    if data != config {
        checks.push(check_folder(data));
    }
    if let Err(error) = home.workspaces() {
        checks.push(homeless(&error));
    }
    checks
}

fn homeless(error: &HomeError) -> Check {
    Check::problem(
        "workspaces",
        error.to_string(),
        "Pushes by --endpoint work without workspaces",
    )
}

fn print(checks: &[Check], console: &mut Console<'_>) -> Result<(), CliError> {
    for check in checks {
        let grade = format!("{:<8}", check.grade.word());
        match check.grade {
            Grade::Ok => console.put(grade)?,
            Grade::Probably => console.put_in(Look::Warning, grade)?,
            Grade::Problem => console.put_in(Look::Error, grade)?,
        }
        console.put_line(format_args!("  {:<16}  {}", check.name, check.found))?;
        if let Some(what_to_do) = &check.what_to_do {
            console.put_line(format_args!("{:28}{what_to_do}", ""))?;
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct DoctorJson<'d> {
    workspace: Option<String>,
    endpoint: &'d str,
    is_fine: bool,
    checks: Vec<Check>,
}
