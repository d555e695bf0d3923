//! `map`: the request bodies, one JSON object a line.

use std::io::Write as _;
use std::path::PathBuf;

use aiq_braze::Language;
use aiq_braze::diag::Place;

use super::files::refuse_clashes;
use super::input::InputArgs;
use super::interrupt::Interrupt;
use super::summary::{create_rejects, is_incomplete};
use super::{CliError, Console, Exit, mapping, words};
use crate::pipeline::{Event, Job, Pipeline};
use crate::private::PrivateFile;

#[derive(Debug, clap::Args)]
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
}

/// Writes each body of a `POST /users/track` on a line of its own. Exit 1 says that rows are missing
/// from them, or from the export.
pub(crate) fn run(args: Args, console: &mut Console<'_>) -> Result<Exit, CliError> {
    let export = args.input.open(console)?;
    let written = [
        ("--out", args.out.as_deref()),
        ("--rejects", args.rejects.as_deref()),
    ];
    refuse_clashes(&export, &[args.mapping.file()], &written)?;
    let chosen = mapping::choose(&export, &args.mapping)?;
    chosen.explain(console);
    Interrupt::listen(console);
    let out = args.out.as_deref().map(PrivateFile::create).transpose();
    let mut out = out.map_err(CliError::of)?;
    let rejects = create_rejects(args.rejects.as_deref())?;
    let job = Job::map(export, chosen.plan).with_rejects(rejects);
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
            Event::Failed(error) => return Err(CliError::of(error)),
            Event::Done(summary) => {
                if let Some(file) = out.take() {
                    file.finish().map_err(CliError::of)?;
                }
                console.flush()?;
                console.say(format_args!(
                    "{}: {} rejected, {} in {}",
                    words::rows(summary.rows),
                    words::count(summary.rejected),
                    words::counted(summary.objects, "object", "objects"),
                    words::counted(summary.batches, "request body", "request bodies"),
                ));
                if summary.rejected > 0 || is_incomplete(&summary) {
                    return Ok(Exit::SomeRows);
                }
            }
            Event::Problem(problem) if matches!(problem.place, Place::File { .. }) => {
                let message = problem.message(Language::English);
                console.say(format_args!("{}: {message}", problem.code.id()));
            }
            Event::Problem(_) | Event::Progress { .. } => {}
        }
    }
    Ok(Exit::Fine)
}
