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
    "objects": 75, "fields_to_export_required": true, "blocked_users": [], "blocked_names": [], "types": {},
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
    let sandbox = Sandbox::start(options(args)?).map_err(|error| {
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

fn options(args: &Args) -> Result<Options, CliError> {
    let FaultFile { faults, weather } = read(args.faults.as_deref(), FaultFile::read)?;
    Ok(Options {
        port: args.port,
        faults,
        weather,
        settings: read(args.settings.as_deref(), Settings::read)?,
    })
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

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::sandbox::Fault;

    #[derive(Debug, clap::Parser)]
    struct Alone {
        #[command(flatten)]
        args: Args,
    }

    /// The options of a call with files of this text.
    fn called(faults: &str, settings: &str) -> Result<Options, String> {
        let folder = tempfile::tempdir().unwrap();
        let (faults_path, settings_path) = (folder.path().join("f"), folder.path().join("s"));
        fs::write(&faults_path, faults).unwrap();
        fs::write(&settings_path, settings).unwrap();
        let words = [Path::new("sandbox"), Path::new("--port"), Path::new("7")];
        let files = [
            Path::new("--faults"),
            &faults_path,
            Path::new("--settings"),
            &settings_path,
        ];
        let args = Alone::try_parse_from(words.into_iter().chain(files))
            .unwrap()
            .args;
        options(&args).map_err(|error| match error {
            CliError::Failed(words) => words,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn files_say_how_it_behaves() {
        let options = called(
            r#"{"faults": ["lost"], "weather": {"delay_ms": 5}}"#,
            r#"{"keys": [{"key": "k"}], "memory": {"profiles": 0, "proofs": true}}"#,
        );
        let options = options.unwrap();
        assert_eq!((options.port, &*options.faults), (7, &[Fault::Lost][..]));
        assert_eq!(options.weather.delay_ms, 5);
        assert_eq!(options.settings.keys[0].key, "k");
        assert!(options.settings.memory.proofs);
    }

    #[test]
    fn a_wrong_file_is_named_with_what_is_wrong() {
        let error = called(r#"{"faults": ["crash"]}"#, "{}").unwrap_err();
        for words in [
            "/f: found unknown variant `crash`",
            "line 1",
            "sandbox --help",
        ] {
            assert!(error.contains(words), "{error}");
        }
        let error = called("{}", r#"{"objects": -1}"#).unwrap_err();
        assert!(error.contains("/s: found invalid value"), "{error}");
        let args = Alone::parse_from(["sandbox", "--faults", "/nowhere/f"]).args;
        assert!(options(&args).is_err());
    }

    #[test]
    fn the_help_shows_files_that_can_be_read() {
        let example = |from: &str| {
            let start = FORMS.split(from).nth(1).unwrap();
            let end = start
                .find("\n  }\n")
                .or_else(|| start.find("\n  }"))
                .unwrap();
            let text = start.get(start.find('{').unwrap()..end + 4).unwrap();
            // Of two choices the first.
            let first = |part: &str| part.split_once(',').map(|(_, rest)| format!(",{rest}"));
            let mut parts = text.split(" or \"");
            let mut json = parts.next().unwrap().to_owned();
            for part in parts {
                json += &first(part).unwrap();
            }
            json
        };
        let faults = FaultFile::read(&example("A file of faults")).unwrap();
        assert_eq!((faults.faults.len(), faults.weather.chances.len()), (3, 1));
        let settings = Settings::read(&example("A file of settings")).unwrap();
        let expected = Settings {
            keys: settings.keys.clone(),
            limits: settings.limits.clone(),
            ..Settings::default()
        };
        assert_eq!(settings, expected);
    }
}
