//! `endpoints`: the instances of Braze, and what leads to each.

use serde::Serialize;

use super::{CliError, Console, Exit, words};
use crate::push::{INSTANCES, Instance};

#[derive(Debug, clap::Args)]
#[command(after_help = "The members of --json: format, endpoints (of name, dashboard, rest)")]
pub(crate) struct Args {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Lists them.
pub(crate) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    if args.json {
        let endpoints = INSTANCES.iter().map(EndpointJson::of).collect();
        console.put_json(&EndpointsJson { endpoints })?;
        return Ok(Exit::Fine);
    }
    let head = ["Instance", "Dashboard", "REST API"].map(str::to_owned);
    let mut rows = vec![head.to_vec()];
    rows.extend(INSTANCES.iter().map(EndpointJson::of).map(|endpoint| {
        let EndpointJson {
            name,
            dashboard,
            rest,
        } = endpoint;
        vec![name.to_owned(), dashboard, rest]
    }));
    console.put(words::table(&rows, &[]))?;
    console.say(
        "\n--endpoint takes any of these, another URL, or the word sandbox. Which instance is yours stands \
         in the address of your dashboard",
    );
    Ok(Exit::Fine)
}

#[derive(Serialize)]
struct EndpointsJson {
    endpoints: Vec<EndpointJson>,
}

#[derive(Serialize)]
struct EndpointJson {
    name: &'static str,
    dashboard: String,
    rest: String,
}

impl EndpointJson {
    fn of(instance: &Instance) -> Self {
        Self {
            name: instance.name,
            dashboard: format!("https://{}", instance.dashboard),
            rest: format!("https://{}", instance.rest),
        }
    }
}
