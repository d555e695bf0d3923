//! `sandbox`: a Braze of our own that runs until it is ended.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::{CliError, Console, Exit, words};
use crate::sandbox::{FaultFile, Options, Sandbox, Settings};

const FORMS: &str = r#"The members of --json: format, url, key

A file of faults, of which everything may be left out:
  {
    "faults": ["none", {"status": {"code": 429, "retry_after_secs": 2}}, "lost"],
    "weather": {
      "seed": 7, "latency_ms": 20, "jitter_ms": 30, "delay_ms": 100, "shuffled": true,
      "chances": [{"per_mille": 10, "fault": {"status": {"code": 503}}, "burst": 5}]
    }
  }
"faults" meet the first requests, one each; then chance decides, the same way for the same seed.
Faults: "none", {"status": {"code", "retry_after_secs"}}, {"status_after_work": {"code"}}, {"page": {"code"}},
"cut_early", "cut", "lost", "half_body", "garbage", "wrong_type", {"huge": {"bytes"}}, {"slow": {"ms"}},
"silent", "queued", {"partial": {"per_mille"}}. "delay_ms" later requests are applied, "shuffled" in no order.

A file of settings, of which everything may be left out:
  {
    "keys": [{"key": "writer", "permissions": ["users.track"]}],
    "limits": [{"path": "/users/track", "requests": 3000, "window_secs": 3}],
    "reset": "epoch" or "seconds_left", "on_429": "retry_after" or "reset", "errors": "codes" or "sentences",
    "objects": 75, "fields_to_export_required": true, "blocked_users": [], "blocked_names": [],
    "memory": {"profiles": 100000, "bytes": 536870912, "history": 0, "proofs": false}
  }"#;

#[derive(Debug, clap::Args)]
#[command(after_help = FORMS)]
pub(crate) struct Args {
    /// The port on 127.0.0.1; any free one without it
    #[arg(long, value_name = "N", default_value_t = 0)]
    port: u16,
    /// A JSON file of faults that requests meet, by a script and by chance
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// A JSON file of keys with their permissions, rate limits and other settings of an account
    #[arg(long, value_name = "FILE")]
    settings: Option<PathBuf>,
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
    let FaultFile { faults, weather } = read(args.faults.as_deref(), FaultFile::read)?;
    let options = Options {
        port: args.port,
        faults,
        weather,
        settings: read(args.settings.as_deref(), Settings::read)?,
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

/// What a file says, or what holds without one.
fn read<T: Default>(
    path: Option<&Path>,
    parse: fn(&str) -> Result<T, String>,
) -> Result<T, CliError> {
    let Some(path) = path else {
        return Ok(T::default());
    };
    let json = fs::read_to_string(path).map_err(|error| {
        CliError::of(format_args!(
            "{}: it cannot be read: {error}",
            words::path(path)
        ))
    })?;
    parse(&json).map_err(|reason| {
        CliError::of(format_args!(
            "{}: found {reason}, expected JSON in the form that aiq-braze sandbox --help shows",
            words::path(path)
        ))
    })
}
