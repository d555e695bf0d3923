//! The window's threads. Each sends [`Event`]s and asks for a frame; none is ever waited for in one.
//!
//! A run that is replaced or cancelled is told to stop and forgotten: it ends by itself, in its own
//! thread, and what it still says carries an old number.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use aiq_braze::read::Format;
use aiq_braze::{Mapping, Plan, Summary};
use eframe::egui;
use tempfile::TempDir;

use super::events::{Event, MappingError, MappingResult, Purpose};
use super::model::{Checked, FileError, Told, keep};
use crate::input::{Export, mapping_text};
use crate::ledger::{Ledger, LedgerError, RunId};
use crate::pipeline::{Event as PassEvent, Job, Pipeline, PipelineError, RejectsFile};
use crate::push::{
    self, Address, ApiKey, Begin, Delivery, Limits, PushEvent, PushHandle, PushPlan, Report, Source,
};
use crate::sandbox::{self, Sandbox};
use crate::state;
use crate::workspace::{Home, HomeError};

/// Events that may wait for a frame. A worker that is further ahead waits.
const MOST_WAITING: usize = 64;

/// Progress is told this often: more than eyes can follow, and nothing next to the work.
const TELL_EVERY: Duration = Duration::from_millis(40);

/// The workers.
pub(super) struct Work {
    outbox: Outbox,
    n_runs: u64,
    check: Option<(u64, Cancel)>,
    open_run: u64,
    push: Option<PushHandle>,
    sandbox: Option<Sandbox>,
    /// Where runs into the sandbox are kept: as long as what it holds.
    sandbox_folder: Option<TempDir>,
}

/// A push that is wanted.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) export: Export,
    pub(super) plan: Plan,
    /// What the check came to.
    pub(super) summary: Summary,
    pub(super) blocks: Vec<u128>,
    pub(super) address: Address,
    pub(super) key: ApiKey,
    /// The run that goes on; a new one without it.
    pub(super) run: Option<RunId>,
}

/// Where workers put their news.
#[derive(Clone)]
struct Outbox {
    sender: SyncSender<Event>,
    context: egui::Context,
}

impl Outbox {
    fn send(&self, event: Event) {
        self.sender.send(event).ok(); // without a window nobody listens
        self.context.request_repaint();
    }
}

/// Tells a run to stop.
#[derive(Clone, Default)]
struct Cancel(Arc<AtomicBool>);

impl Cancel {
    fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Work {
    pub(super) fn new(context: egui::Context) -> (Self, Receiver<Event>) {
        let (sender, events) = sync_channel(MOST_WAITING);
        let work = Self {
            outbox: Outbox { sender, context },
            n_runs: 0,
            check: None,
            open_run: 0,
            push: None,
            sandbox: None,
            sandbox_folder: None,
        };
        (work, events)
    }

    /// Runs something in a thread. Without threads the system has none to spare, and nothing happens.
    fn spawn(&self, name: &str, work: impl FnOnce(&Outbox) + Send + 'static) {
        let outbox = self.outbox.clone();
        let thread = thread::Builder::new().name(name.to_owned());
        thread.spawn(move || work(&outbox)).ok();
    }

    fn next_run(&mut self) -> u64 {
        self.n_runs += 1;
        self.n_runs
    }

    /// Asks the user for files. The dialog is made here, as some systems want it, and waited for in a
    /// thread.
    pub(super) fn ask(&self, purpose: Purpose, dialog: rfd::AsyncFileDialog) {
        let picked: std::pin::Pin<Box<dyn Future<Output = Vec<PathBuf>> + Send>> = match purpose {
            Purpose::Open => {
                let files = dialog.pick_files();
                Box::pin(async { paths(files.await.unwrap_or_default()) })
            }
            Purpose::LoadMapping | Purpose::KeyFile => {
                let file = dialog.pick_file();
                Box::pin(async { paths(file.await.into_iter().collect()) })
            }
            Purpose::SaveMapping | Purpose::SaveRejects => {
                let file = dialog.save_file();
                Box::pin(async { paths(file.await.into_iter().collect()) })
            }
        };
        self.spawn("dialog", move |outbox| {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            let paths = runtime.map_or_else(|_| Vec::new(), |runtime| runtime.block_on(picked));
            outbox.send(Event::Picked(purpose, paths));
        });
    }

    /// Looks at files.
    pub(super) fn open(
        &mut self,
        paths: Vec<PathBuf>,
        mapping: Option<PathBuf>,
        keeps_mapping: bool,
    ) {
        let run = self.next_run();
        self.open_run = run;
        self.spawn("open", move |outbox| {
            let result = Export::open(&paths).and_then(|export| {
                let found = export.inspect(None)?;
                Ok(Box::new((export, found)))
            });
            outbox.send(Event::Opened {
                run,
                result,
                mapping,
                keeps_mapping,
            });
        });
    }

    pub(super) fn is_current_open(&self, run: u64) -> bool {
        self.open_run == run
    }

    /// Reads a mapping for this export.
    pub(super) fn read_mapping(&self, path: PathBuf, export: Export) {
        self.spawn("mapping", move |outbox| {
            let result = read_mapping(&path, &export);
            outbox.send(Event::MappingRead { path, result });
        });
    }

    pub(super) fn save_mapping(&self, path: PathBuf, mapping: &Mapping) {
        let json = mapping.to_json() + "\n";
        self.spawn("save", move |outbox| {
            let saved = fs::write(&path, json);
            outbox.send(Event::MappingSaved(path, saved));
        });
    }

    /// Reads a key from a file.
    pub(super) fn read_key(&self, path: PathBuf) {
        self.spawn("key", move |outbox| {
            let key = ApiKey::from_file(&path);
            outbox.send(Event::KeyRead(path, key));
        });
    }

    /// Starts a check in place of the one that may run.
    pub(super) fn check(&mut self, export: Export, plan: Plan) {
        let (run, cancel) = (self.next_run(), Cancel::default());
        self.cancel_check();
        self.check = Some((run, cancel.clone()));
        self.spawn("check", move |outbox| {
            check(run, export, plan, &cancel, outbox)
        });
    }

    pub(super) fn cancel_check(&mut self) {
        if let Some((_, cancel)) = self.check.take() {
            cancel.set();
        }
    }

    pub(super) fn is_current_check(&self, run: u64) -> bool {
        self.check
            .as_ref()
            .is_some_and(|(current, _)| *current == run)
    }

    /// Reads the export once more and writes the rejected rows.
    pub(super) fn save_rejects(&self, path: PathBuf, export: Export, plan: Plan) {
        self.spawn("rejects", move |outbox| {
            let result = save_rejects(&path, export, plan);
            outbox.send(Event::RejectsSaved(path, result));
        });
    }

    /// Starts the sandbox, unless it runs.
    pub(super) fn start_sandbox(&self) {
        self.spawn("sandbox", |outbox| {
            outbox.send(Event::Sandbox(Sandbox::start(sandbox::Options::default())));
        });
    }

    pub(super) fn keep_sandbox(&mut self, sandbox: Sandbox) {
        self.sandbox = Some(sandbox);
    }

    pub(super) fn sandbox(&self) -> Option<&Sandbox> {
        self.sandbox.as_ref()
    }

    /// Opens the ledger, and writes a new run down or takes up one that stopped.
    pub(super) fn begin_push(&mut self, wanted: Wanted, is_sandbox: bool) {
        let folder = match (is_sandbox, &self.sandbox_folder) {
            (false, _) => None,
            (true, Some(folder)) => Some(folder.path().to_owned()),
            (true, None) => {
                self.sandbox_folder = tempfile::tempdir().ok();
                let folder = self.sandbox_folder.as_ref();
                folder.map(|folder| folder.path().to_owned())
            }
        };
        self.spawn("begin", move |outbox| {
            let begun = begin(wanted, folder).map(Box::new);
            outbox.send(Event::PushBegun(begun));
        });
    }

    /// Starts a push. Single refusals are not passed on: the report has them all, grouped.
    pub(super) fn push(&mut self, plan: PushPlan) {
        let outbox = self.outbox.clone();
        let mut last: Option<Instant> = None;
        self.push = Some(push::start(plan, move |event| {
            let is_news = match &event {
                PushEvent::Progress(_) => last.is_none_or(|last| last.elapsed() >= TELL_EVERY),
                PushEvent::Waiting { .. } | PushEvent::Done(_) => true,
                _ => false,
            };
            if is_news {
                last = matches!(event, PushEvent::Progress(_)).then(Instant::now);
                outbox.send(Event::Push(event));
            }
        }));
    }

    /// A run of which nothing was sent is not kept.
    pub(super) fn forget_run(&self, plan: PushPlan) {
        self.spawn("forget", move |_| {
            let PushPlan {
                run, mut ledger, ..
            } = plan;
            if run.requests == [0, 0] {
                ledger.forget(run.id).ok(); // it says of itself that nothing was sent
            }
        });
    }

    pub(super) fn cancel_push(&self) {
        if let Some(push) = &self.push {
            push.cancel();
        }
    }

    /// The report of a push that ended without a word.
    pub(super) fn lost_push(&mut self) -> Option<Report> {
        let push = self.push.take_if(|push| push.is_finished())?;
        Some(push.join())
    }

    /// The push said that it is over.
    pub(super) fn forget_push(&mut self) {
        self.push = None;
    }
}

fn begin(wanted: Wanted, folder: Option<PathBuf>) -> Result<PushPlan, String> {
    let Wanted {
        export,
        plan,
        summary,
        blocks,
        address,
        key,
        run,
    } = wanted;
    let home = || {
        let workspace = Home::find()?.implied(&address);
        let limits = workspace.limits().clone();
        Ok((workspace.make_folder()?.to_owned(), limits))
    };
    let (folder, limits) = match folder {
        Some(folder) => (folder, Limits::default()),
        None => home().map_err(|error: HomeError| error.to_string())?,
    };
    state::expect_key(&folder, &key).map_err(|error| error.to_string())?;
    let begin = || {
        let mut ledger = Ledger::open(&folder, "a push from a window")?;
        let run = match run {
            None => {
                let checked = (&summary, blocks.clone());
                push::begin(
                    &mut ledger,
                    &export,
                    &plan,
                    checked,
                    &address,
                    Begin::default(),
                )?
            }
            Some(run) => {
                ledger.take_up(run)?;
                ledger.expect_run(run)?
            }
        };
        Ok((ledger, run))
    };
    let (ledger, run) = begin().map_err(|error: LedgerError| error.to_string())?;
    Ok(PushPlan {
        source: Source::Export(export, Box::new(plan)),
        run,
        ledger,
        address,
        key,
        delivery: Delivery {
            limits,
            ..Delivery::default()
        },
    })
}

fn paths(files: Vec<rfd::FileHandle>) -> Vec<PathBuf> {
    files.iter().map(|file| file.path().to_owned()).collect()
}

fn read_mapping(path: &Path, export: &Export) -> MappingResult {
    let text = mapping_text(path).map_err(|error| MappingError::File(FileError::Io(error)))?;
    let mapping = Mapping::parse(&text)
        .map_err(|problems| MappingError::File(FileError::Mapping(problems)))?;
    let found = mapping
        .format
        .map(|format: Format| export.inspect(Some(format)));
    let found = found.transpose().map_err(MappingError::Export)?;
    Ok(Box::new((mapping, found)))
}

fn check(run: u64, export: Export, plan: Plan, cancel: &Cancel, outbox: &Outbox) {
    let start = Instant::now();
    let (mut told, mut blocks) = (Told::new(), Vec::new());
    let mut last = start;
    for event in Pipeline::start(Job::check(export, plan.clone())) {
        if cancel.is_set() {
            return;
        }
        let result = match event {
            PassEvent::Problem(problem) => {
                keep(&mut told, problem);
                continue;
            }
            PassEvent::Progress { bytes, rows } => {
                if last.elapsed() >= TELL_EVERY {
                    last = Instant::now();
                    let seconds = start.elapsed().as_secs_f64();
                    outbox.send(Event::CheckProgress {
                        run,
                        bytes,
                        rows,
                        seconds,
                    });
                }
                continue;
            }
            PassEvent::Batch(_) | PassEvent::Sample(_) => continue,
            PassEvent::Blocks(made) => {
                blocks = made;
                continue;
            }
            PassEvent::Done(summary) => {
                let told = std::mem::take(&mut told);
                let blocks = std::mem::take(&mut blocks);
                Ok(Box::new(Checked::new((summary, blocks), told, &plan)))
            }
            PassEvent::Failed(error) => Err(error),
        };
        outbox.send(Event::Checked { run, result });
    }
}

fn save_rejects(path: &Path, export: Export, plan: Plan) -> Result<u64, PipelineError> {
    let rejects = RejectsFile::create(path)?;
    let job = Job::check(export, plan).with_rejects(Some(rejects));
    for event in Pipeline::start(job) {
        match event {
            PassEvent::Done(summary) => return Ok(summary.rejected),
            PassEvent::Failed(error) => return Err(error),
            _ => {}
        }
    }
    Err(PipelineError::Died)
}
