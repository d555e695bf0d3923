//! Where a run's batches come from: its export, mapped once more, or the bodies that it keeps.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use aiq_braze::{Language, Mapping, Options, Plan};

use super::Stopped;
use super::kept::{KeptBodies, KeptReader};
use crate::input::{self, Encoding, Export};
use crate::ledger::{self, Checked, Run, Sends};
use crate::pipeline::{Blocks, Event, Job, OwnedBatch, Pipeline};

/// Where a run's batches come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// An export, and the plan that it was checked by.
    Export(Export, Box<Plan>),
    /// Bodies that were made when the run began.
    Kept(KeptBodies),
}

impl Source {
    /// What a run sends that began earlier. `folder` is its workspace's.
    ///
    /// # Errors
    ///
    /// When the export or the bodies are not there any more, or are others: in words.
    pub fn reopen(run: &Run, folder: &Path) -> Result<Self, String> {
        match run.begun.export.sends {
            Sends::All => {
                let (export, plan) = reopen_export(run, folder)?;
                Ok(Self::Export(export, Box::new(plan)))
            }
            Sends::Changes | Sends::Merged => {
                KeptBodies::open(&ledger::run_folder(folder, run.id)).map(Self::Kept)
            }
        }
    }

    /// All batches of a run, in order. What is not as it was when the run began is an error, and the last.
    pub(crate) fn batches(&self, run: &Run) -> Batches {
        let of = match self {
            Self::Kept(bodies) => Of::Kept(bodies.read(run.begun.export.seal)),
            Self::Export(export, plan) => {
                let options = Options {
                    batch: run.begun.batch_limits(),
                    ..Options::default()
                };
                let job = Job {
                    options,
                    blocks: Blocks::Expected(run.begun.blocks.clone()),
                    ..Job::map(export.clone(), (**plan).clone())
                };
                Of::Export(Pipeline::start(job), Box::new(run.begun.checked.clone()))
            }
        };
        Batches(of)
    }
}

/// The batches of a run.
pub(crate) struct Batches(Of);

enum Of {
    Export(Pipeline, Box<Checked>),
    Kept(KeptReader),
}

impl Iterator for Batches {
    type Item = Result<OwnedBatch, Stopped>;

    fn next(&mut self) -> Option<Self::Item> {
        let (pipeline, checked) = match &mut self.0 {
            Of::Kept(bodies) => return Some(bodies.next()?.map_err(Stopped::Export)),
            Of::Export(pipeline, checked) => (pipeline, checked),
        };
        loop {
            match pipeline.next()? {
                Event::Batch(batch) => return Some(Ok(batch)),
                Event::Failed(error) => return Some(Err(Stopped::Export(error.to_string()))),
                Event::Done(summary) => {
                    let is_same = Checked::from(&summary) == **checked;
                    return (!is_same).then_some(Err(Stopped::ExportChanged));
                }
                Event::Problem(_)
                | Event::Progress { .. }
                | Event::Blocks(_)
                | Event::Sample(_) => {}
            }
        }
    }
}

/// The export that a run was begun with, and its plan; standard input as it was kept.
///
/// # Errors
///
/// When it is not there any more, or is another: in words.
pub(crate) fn reopen_export(run: &Run, folder: &Path) -> Result<(Export, Plan), String> {
    let export = open(run, &ledger::stdin_of(folder, run.id))?;
    let plan = compile(run, &export)?;
    Ok((export, plan))
}

fn open(run: &Run, stdin: &Path) -> Result<Export, String> {
    let note = &run.begun.export;
    let mut kept: Box<dyn Read> = Box::new(std::io::empty());
    if note.paths.iter().any(|path| path == Path::new("-")) {
        let file = File::open(stdin).map_err(|error| {
            format!(
                "{}: {error}. Standard input was kept there for run {}, expected it still to be there: push \
                 the export anew",
                stdin.display(),
                run.id
            )
        })?;
        kept = Box::new(file);
    }
    let options = input::Options {
        encoding: note.encoding.as_deref().and_then(encoding),
        stdin: Some(&mut kept),
    };
    let paths: &[PathBuf] = &note.paths;
    let export = Export::open_with(paths, options).map_err(|error| error.to_string())?;
    if export.names() != note.names {
        return Err(format!(
            "found other files than run {} began with ({}), expected {}. Bring them back as they were; or \
             push the export anew",
            run.id,
            export.names().join(", "),
            note.names.join(", ")
        ));
    }
    Ok(export)
}

fn encoding(word: &str) -> Option<Encoding> {
    let mut all = Encoding::ALL.iter().copied();
    all.find(|encoding| encoding.as_str() == word)
}

/// The mapping as it was, against the export.
fn compile(run: &Run, export: &Export) -> Result<Plan, String> {
    let mapping = mapping(run)?;
    let found = export
        .inspect(mapping.format)
        .map_err(|error| error.to_string())?;
    let plan = mapping.compile(&found.header).map_err(problems)?;
    if plan.fingerprint().0 == run.begun.fingerprint {
        return Ok(plan);
    }
    Err(format!(
        "found an export whose columns are others than in run {}, or a run of another version of aiq-braze, \
         expected the same: only then are its requests the same. Resume it as it was; or push the export \
         anew",
        run.id
    ))
}

/// The mapping that a run began with.
///
/// # Errors
///
/// When this program does not understand it any more: in words.
pub(crate) fn mapping(run: &Run) -> Result<Mapping, String> {
    Mapping::parse(&run.begun.mapping).map_err(problems)
}

fn problems(problems: Vec<aiq_braze::Problem>) -> String {
    let words = problems
        .iter()
        .map(|problem| problem.message(Language::English));
    words.collect::<Vec<_>>().join("\n")
}
