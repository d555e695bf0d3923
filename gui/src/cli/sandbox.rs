//! `sandbox`: a Braze of our own that runs until it is ended.

use serde::Serialize;

use super::{CliError, Console, Exit};
use crate::sandbox::{Options, Sandbox};

#[derive(Debug, clap::Args)]
#[command(after_help = "The members of --json: format, url, key")]
pub(crate) struct Args {
    /// The port on 127.0.0.1; any free one without it
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// Print one JSON object when it listens
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct SandboxJson<'s> {
    url: &'s str,
    key: &'s str,
}

/// Prints the sandbox's address on standard output, and how to use it on standard error.
pub(crate) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let options = Options {
        port: args.port,
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).map_err(|error| {
        CliError::of(format_args!(
            "the sandbox cannot listen on port {}: {error}. Name another one with --port",
            args.port
        ))
    })?;
    let (url, key) = (sandbox.url(), sandbox.key());
    if args.json {
        let (url, key) = (&*url, key);
        console.put_json(&SandboxJson { url, key })?;
    } else {
        console.put_line(&url)?;
    }
    console.flush()?;
    console.say(format_args!(
        "A sandbox Braze runs at {url}; its API key is {key}. It forgets everything when it ends (Ctrl-C).\n\
         See the profiles:  {url}\n\
         Push to it:        BRAZE_API_KEY={key} aiq-braze push FILE --endpoint {url}"
    ));
    sandbox.wait();
    Ok(Exit::Fine)
}
