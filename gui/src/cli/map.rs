//! `map`: the request bodies, one JSON object a line, or the same objects in a form that Braze's own
//! imports take.

use std::io::Write as _;
use std::path::PathBuf;

use aiq_braze::Problem;
use aiq_braze::diag::Place;
use aiq_braze::output::{Form, Output};
use serde::Serialize;

use super::files::refuse_clashes;
use super::input::InputArgs;
use super::interrupt::Interrupt;
use super::json::CheckJson;
use super::mapping::Chosen;
use super::progress::Watch;
use super::summary::{Checked, Problems, check, create_rejects, is_incomplete};
use super::{CliError, Console, Exit, mapping, words};
use crate::input::Export;
use crate::pipeline::{Event, Job, Pipeline, PipelineError};
use crate::private::{PrivateFile, PrivateFileError};

#[derive(Debug, clap::Args)]
#[command(after_help = JSON)]
pub(crate) struct Args {
    #[command(flatten)]
    input: InputArgs,
    #[command(flatten)]
    mapping: mapping::MappingArgs,
    /// What is written: request bodies; the CSV of the dashboard's import; or JSON lines of Cloud Data
    /// Ingestion
    #[arg(long = "as", value_name = "FORM", value_enum, default_value_t)]
    form: FormArg,
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

const JSON: &str = "The members of --json: format, check (as check --json has them), as, out";

#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum FormArg {
    #[default]
    Bodies,
    BrazeCsv,
    Cdi,
}

impl FormArg {
    fn form(self) -> Form {
        match self {
            Self::Bodies => Form::Bodies,
            Self::BrazeCsv => Form::BrazeCsv,
            Self::Cdi => Form::Cdi,
        }
    }

    fn as_str(self) -> &'static str {
        let form = self.form();
        let named = Form::NAMES.iter().find(|(_, other)| *other == form);
        named.map_or("bodies", |(name, _)| name)
    }
}

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
    let mut output = output(args.form.form(), &export, &chosen, console)?;
    let out = args.out.as_deref().map(PrivateFile::create).transpose();
    let mut out = out.map_err(CliError::of)?;
    let rejects = create_rejects(args.rejects.as_deref())?;
    let job = Job::map(export.clone(), chosen.plan.clone()).with_rejects(rejects);
    // Where the bodies themselves are shown, a line between them would be in the way.
    let watch = out
        .is_some()
        .then(|| Watch::start("Writing", export.n_bytes()));
    let mut text = Vec::new();
    output.start(&mut text);
    let mut problems = Problems::default();
    for event in Pipeline::start(job) {
        match event {
            Event::Batch(batch) => {
                output.batch(&batch.body, &batch.objects, &mut text);
                write(&mut text, out.as_mut(), console)?;
            }
            Event::Problem(problem) => problems.keep(problem),
            Event::Progress { bytes, rows } => {
                if let Some(watch) = &watch {
                    watch.show(bytes, rows, console);
                }
            }
            Event::Blocks(_) | Event::Sample(_) => {}
            Event::Failed(error) => return Err(CliError::of(error)),
            Event::Done(summary) => {
                write(&mut text, out.as_mut(), console)?;
                if let Some(file) = out.take() {
                    file.finish().map_err(CliError::of)?;
                }
                let checked = Checked {
                    summary,
                    blocks: Vec::new(),
                    sample: Vec::new(),
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

/// Writes what there is, and forgets it.
fn write(
    text: &mut Vec<u8>,
    out: Option<&mut PrivateFile>,
    console: &mut Console<'_>,
) -> Result<(), CliError> {
    match out {
        None => console.put_bytes(text)?,
        Some(file) => file
            .write_all(text)
            .map_err(|error| CliError::of(PrivateFileError::new(file.path(), error)))?,
    }
    text.clear();
    Ok(())
}

/// The form's writer, after a pass over the rows where its first line needs one.
fn output(
    form: Form,
    export: &Export,
    chosen: &Chosen,
    console: &mut Console<'_>,
) -> Result<Output, CliError> {
    let cannot = |problems: Vec<Problem>, language| {
        let lines = problems.iter().map(|problem| {
            let message = problem.message(language);
            format!("\n  {}: {message}", problem.code.id())
        });
        CliError::of(format_args!(
            "the mapping cannot be written in this form{}\nNothing was written",
            lines.collect::<String>()
        ))
    };
    let language = console.manner.language;
    let output = Output::new(form, &chosen.plan, &[]).map_err(|found| cannot(found, language))?;
    if !form.needs_names() {
        return Ok(output);
    }
    let checked = check(export, &chosen.plan, None, false, None, console)?;
    let audiences = checked.summary.audiences.iter();
    let names: Vec<_> = audiences.map(|audience| audience.name.as_str()).collect();
    Output::new(form, &chosen.plan, &names).map_err(|found| cannot(found, language))
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
            form: args.form.as_str(),
            out: out.display().to_string(),
        })?;
    }
    console.flush()?;
    console.say(format_args!(
        "{}: {} rejected, {} in {}",
        words::rows(summary.rows),
        words::count(summary.rejected),
        words::objects(summary),
        match args.form.form() {
            Form::Bodies => words::counted(summary.batches, "request body", "request bodies"),
            Form::BrazeCsv | Form::Cdi => words::counted(summary.objects, "line", "lines"),
        },
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
    #[serde(rename = "as")]
    form: &'static str,
    out: String,
}
