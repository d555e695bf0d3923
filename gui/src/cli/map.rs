//! `map`: the request bodies, one JSON object a line.

use std::io::Write as _;
use std::path::PathBuf;

use aiq_braze::diag::Place;
use serde::Serialize;

use super::files::refuse_clashes;
use super::input::InputArgs;
use super::interrupt::Interrupt;
use super::json::CheckJson;
use super::mapping::Chosen;
use super::progress::Watch;
use super::summary::{Checked, Problems, create_rejects, is_incomplete};
use super::{CliError, Console, Exit, mapping, words};
use crate::input::Export;
use crate::pipeline::{Event, Job, Pipeline, PipelineError};
use crate::private::PrivateFile;

#[derive(Debug, clap::Args)]
#[command(after_help = JSON)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    mapping: mapping::MappingArgs,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write all rejected rows with their reasons to this file
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// With -o: print one JSON object
    #[arg(long, requires = "out")]
    json: bool,
}

const JSON: &str = "The members of --json: format, check (as check --json has them), out";

/// Writes each body of a `POST /users/track` on a line of its own. Exit 1 says that rows are missing
/// from them, or from the export.
pub(crate) fn run(args: Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let export = args.input.open(console)?;
    let written = [
        ("--out", args.out.as_deref()),
        ("--rejects", args.rejects.as_deref()),
    ];
    console.is_watched &= !args.json;
    refuse_clashes(&export, &[args.mapping.file()], &written)?;
    let chosen = mapping::choose(&export, &args.mapping)?;
    chosen.explain(console);
    Interrupt::listen(console);
    let out = args.out.as_deref().map(PrivateFile::create).transpose();
    let mut out = out.map_err(CliError::of)?;
    let rejects = create_rejects(args.rejects.as_deref())?;
    let job = Job::map(export.clone(), chosen.plan.clone()).with_rejects(rejects);
    // Where the bodies themselves are shown, a line between them would be in the way.
    let watch = out
        .is_some()
        .then(|| Watch::start("Writing", export.n_bytes()));
    let mut problems = Problems::default();
    for event in Pipeline::start(job) {
        match event {
            Event::Batch(mut batch) => {
                batch.body.push(b'\n');
                match &mut out {
                    None => console.put_bytes(&batch.body)?,
                    Some(file) => file.write_all(&batch.body).map_err(|error| {
                        CliError::of(format_args!(
                            "{}: cannot be written: {error}",
                            file.path().display()
                        ))
                    })?,
                }
            }
            Event::Problem(problem) => problems.keep(problem),
            Event::Progress { bytes, rows } => {
                if let Some(watch) = &watch {
                    watch.show(bytes, rows, console);
                }
            }
            Event::Failed(error) => return Err(CliError::of(error)),
            Event::Done(summary) => {
                if let Some(file) = out.take() {
                    file.finish().map_err(CliError::of)?;
                }
                let checked = Checked {
                    summary,
                    problems,
                    files: export.names(),
                    rejects: args.rejects.clone(),
                };
                return tell(&args, &export, &chosen, &checked, console);
            }
        }
    }
    Err(CliError::of(PipelineError::Died))
}

/// Says what came of it.
fn tell(
    args: &Args,
    export: &Export,
    chosen: &Chosen,
    checked: &Checked,
    console: &mut Console<'_>,
) -> Result<Exit, CliError> {
    let summary = &checked.summary;
    let is_allowed = summary.rejected == 0;
    if let (true, Some(out)) = (args.json, &args.out) {
        console.put_json(&MapJson {
            check: CheckJson::of(export, chosen, checked, is_allowed),
            out: out.display().to_string(),
        })?;
    }
    console.flush()?;
    console.say(format_args!(
        "{}: {} rejected, {} in {}",
        words::rows(summary.rows),
        words::count(summary.rejected),
        words::objects(summary),
        words::counted(summary.batches, "request body", "request bodies"),
    ));
    let of_files = checked.problems.iter();
    for problem in of_files.filter(|problem| matches!(problem.place, Place::File { .. })) {
        let message = problem.message(console.manner.language);
        console.say(format_args!("{}: {message}", problem.code.id()));
    }
    Ok(if is_allowed && !is_incomplete(summary) {
        Exit::Fine
    } else {
        Exit::SomeRows
    })
}

#[derive(Serialize)]
struct MapJson<'m> {
    check: CheckJson<'m>,
    out: String,
}
