//! One pass over an export in a thread of its own: read → map → check → batch, and the results through
//! a channel that is bounded in bytes.
//!
//! The thread reads only as fast as its events are taken. Dropping the [`Pipeline`] stops it and waits
//! for its end. A pass that wants no bodies copies none: that is what a check is.
//!
//! ```no_run
//! use aiq_braze_app::input::Export;
//! use aiq_braze_app::pipeline::{Event, Job, Pipeline};
//!
//! let export = Export::open(&["export.csv"])?;
//! let found = export.inspect(None)?;
//! let plan = found.suggestion.mapping.compile(&found.header).map_err(|problems| format!("{problems:?}"))?;
//! for event in Pipeline::start(Job::check(export, plan)) {
//!     match event {
//!         Event::Done(summary) => println!("{} rows, {} rejected", summary.rows, summary.rejected),
//!         Event::Failed(error) => println!("{error}"),
//!         _ => {}
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod blocks;
mod conflicts;
mod failed;
mod outlet;
mod queue;
mod rejects;
mod sample;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

use aiq_braze::diag::Detail;
use aiq_braze::read::Location;
use aiq_braze::wire::InputArray;
use aiq_braze::wire::reply::Sent;
use aiq_braze::{
    Batch, Diagnostic, Fatal, Flow, Object, Options, Plan, Problem, Session, Sink, Summary,
};

pub use self::blocks::Blocks;
use self::blocks::{Changed, Hashes};
pub use self::conflicts::CONFLICT_BYTES;
use self::conflicts::Search;
pub use self::failed::FailedRows;
pub(crate) use self::failed::write_failed;
use self::outlet::Outlet;
use self::queue::{Gone, Missing, Receiver, Sender, bounded};
pub use self::rejects::{RejectsError, RejectsFile};
pub use self::sample::{Said, Sample, SampleSize, SampledUser, UserName};
use crate::input::{Export, ExportFile, InputError};
use crate::ledger::LedgerError;
use crate::private::PrivateFileError;

/// Bytes of events that may wait: four of the largest bodies.
pub const IN_FLIGHT_BYTES: usize = 16 << 20;

/// Most problems that are told of one by one in one pass. The summary counts all of them.
pub const MOST_PROBLEMS: usize = 1000;

/// What a pass shall do.
#[derive(Debug)]
pub struct Job {
    /// What is read.
    pub export: Export,
    /// What it is read by.
    pub plan: Plan,
    /// Whether request bodies are wanted. Without them no body is copied.
    pub bodies: Bodies,
    /// Where rejected rows go, if they shall go anywhere.
    pub rejects: Option<RejectsFile>,
    /// How large rows and requests may be.
    pub options: Options,
    /// Whether users with two values of an attribute are looked for: with so many bytes of what is said of
    /// them in memory. Default of a check: [`CONFLICT_BYTES`].
    pub conflicts: Option<usize>,
    /// How many users are picked for an [`Event::Sample`].
    pub sample: Option<SampleSize>,
    /// Hashes of what is read: to be made, or to be found again.
    pub blocks: Blocks,
    /// Bytes of events that may wait. Default: [`IN_FLIGHT_BYTES`].
    pub in_flight_bytes: usize,
}

/// Whether request bodies are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bodies {
    /// Each comes as an [`Event::Batch`].
    Wanted,
    /// They are counted and dropped.
    Dropped,
}

impl Job {
    /// A pass that checks every row, makes no bodies, and looks for users with two values.
    pub fn check(export: Export, plan: Plan) -> Self {
        Self {
            export,
            plan,
            bodies: Bodies::Dropped,
            rejects: None,
            options: Options {
                now: now(),
                ..Options::default()
            },
            conflicts: Some(CONFLICT_BYTES),
            sample: None,
            blocks: Blocks::Made,
            in_flight_bytes: IN_FLIGHT_BYTES,
        }
    }

    /// A pass that makes the bodies.
    pub fn map(export: Export, plan: Plan) -> Self {
        Self {
            bodies: Bodies::Wanted,
            conflicts: None,
            ..Self::check(export, plan)
        }
    }

    /// The same with rejected rows written to this file.
    #[must_use]
    pub fn with_rejects(self, rejects: Option<RejectsFile>) -> Self {
        Self { rejects, ..self }
    }
}

/// The time by this machine's clock, for events of the future.
pub(crate) fn now() -> Option<u64> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.ok().map(|since| since.as_secs())
}

/// What a pass tells. The last one is [`Event::Done`] or [`Event::Failed`].
#[derive(Debug)]
pub enum Event {
    /// A request body.
    Batch(OwnedBatch),
    /// Something about a row: the first few of each (code, column), [`MOST_PROBLEMS`] in all. And,
    /// before the end, the first few users of each attribute with two values, and whatever is not as
    /// files beside the export say that it is.
    Problem(Problem),
    /// How far it is. What nobody took in time is replaced by the next.
    Progress {
        /// Bytes of files as they are on disk, of [`Export::n_bytes`].
        bytes: u64,
        /// Rows read.
        rows: u64,
    },
    /// A hash of each MiB of each file's text; one event, before the last.
    Blocks(Vec<u128>),
    /// Some of the users, where they are wanted; one event, before the last.
    Sample(Vec<SampledUser>),
    /// Every row was read. The rejects file, if one was asked for, is in its place.
    Done(Summary),
    /// The pass cannot go on; a rejects file is not left behind.
    Failed(PipelineError),
}

impl Event {
    /// Roughly the bytes that it holds.
    fn weight(&self) -> usize {
        const SMALL: usize = 512;
        match self {
            Self::Batch(batch) => {
                SMALL + batch.body.len() + batch.objects.len() * size_of::<Object>()
            }
            Self::Blocks(blocks) => SMALL + size_of_val(&**blocks),
            _ => SMALL,
        }
    }
}

/// A [`Batch`] that owns its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedBatch {
    /// From 0, over the whole run.
    pub number: u64,
    /// The JSON body of a `POST /users/track`.
    pub body: Vec<u8>,
    /// Its objects in the order of the array.
    pub objects: Vec<Object>,
    /// The array that they stand in.
    pub array: InputArray,
}

impl OwnedBatch {
    /// What an answer to it is read by.
    pub fn sent(&self) -> Sent {
        Sent {
            array: self.array,
            n_objects: self.objects.len(),
        }
    }

    /// Rows that its objects stand for.
    pub fn n_rows(&self) -> u64 {
        self.objects.iter().map(|object| object.n_rows).sum()
    }
}

impl From<&Batch<'_>> for OwnedBatch {
    fn from(batch: &Batch<'_>) -> Self {
        Self {
            number: batch.number,
            body: batch.body.to_vec(),
            objects: batch.objects.to_vec(),
            array: batch.array,
        }
    }
}

/// Why a pass cannot go on.
#[derive(Debug)]
#[non_exhaustive]
pub enum PipelineError {
    /// The export cannot be read.
    Input(InputError),
    /// A file's header does not do.
    Header {
        /// The file's name.
        file: String,
        /// Why.
        error: Fatal,
    },
    /// Rejected rows cannot be written.
    Rejects(RejectsError),
    /// What became of rows cannot be read.
    Ledger(LedgerError),
    /// What is said of users cannot be kept, or not be compared.
    Conflicts(io::Error),
    /// The export is not the one whose blocks are expected.
    Changed {
        /// The file in which that was seen; the last one, where something is missing at the end.
        file: String,
    },
    /// The thread ended without a word.
    Died,
}

impl fmt::Display for PipelineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(error) => error.fmt(f),
            Self::Header { file, error } => write!(f, "{file}: {error}"),
            Self::Rejects(error) => error.fmt(f),
            Self::Ledger(error) => error.fmt(f),
            Self::Conflicts(error) => write!(
                f,
                "users with two values of an attribute cannot be looked for in {}: {error}. Make room there, \
                 name another folder in TMPDIR, or look for none (in a shell: --no-conflicts)",
                std::env::temp_dir().display()
            ),
            Self::Changed { file } => write!(
                f,
                "{file}: found another text than was checked, expected the same export. Nothing of what is \
                 changed was sent. Bring the file back as it was; or check it and push it anew"
            ),
            Self::Died => f.write_str(
                "reading ended without a result: this is a mistake in aiq-braze. Please report it",
            ),
        }
    }
}

impl std::error::Error for PipelineError {}

impl From<PrivateFileError> for PipelineError {
    fn from(error: PrivateFileError) -> Self {
        Self::Rejects(RejectsError::File(error))
    }
}

/// A pass that runs. Its events come by iterating; dropping it stops it.
#[must_use = "a pass stops when it is dropped"]
pub struct Pipeline {
    receiver: Receiver,
    thread: Option<JoinHandle<()>>,
    /// The last event was taken.
    is_over: bool,
}

impl Pipeline {
    /// Starts the pass.
    pub fn start(job: Job) -> Self {
        let (sender, receiver) = bounded(job.in_flight_bytes);
        let thread = thread::Builder::new()
            .name("pipeline".to_owned())
            .spawn(move || run(job, &sender));
        Self {
            receiver,
            // Without a thread the sender is gone, and the first event says so.
            thread: thread.ok(),
            is_over: false,
        }
    }

    /// The next event if there is one already. `None` does not mean the end; see [`Self::is_over`].
    pub fn try_next(&mut self) -> Option<Event> {
        if self.is_over {
            return None;
        }
        let event = match self.receiver.try_receive() {
            Ok(event) => event,
            Err(Missing::Yet) => return None,
            Err(Missing::ForEver) => Event::Failed(PipelineError::Died),
        };
        self.note(&event);
        Some(event)
    }

    /// Whether the last event was taken.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    fn note(&mut self, event: &Event) {
        self.is_over |= matches!(event, Event::Done(_) | Event::Failed(_));
    }
}

impl Iterator for Pipeline {
    type Item = Event;

    /// Waits for the next event; `None` after [`Event::Done`] or [`Event::Failed`].
    fn next(&mut self) -> Option<Event> {
        if self.is_over {
            return None;
        }
        let event = self.receiver.receive();
        let event = event.unwrap_or(Event::Failed(PipelineError::Died));
        self.note(&event);
        Some(event)
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        self.receiver.close();
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn run(job: Job, sender: &Sender) {
    let last = match pass(job, sender) {
        Ok(Some(summary)) => Event::Done(summary),
        Ok(None) => return, // nobody listens any more
        Err(error) => Event::Failed(error),
    };
    sender.send(last).ok();
}

/// The whole pass; `None` when nobody wants its events any more.
fn pass(job: Job, sender: &Sender) -> Result<Option<Summary>, PipelineError> {
    let Job {
        export,
        plan,
        bodies,
        rejects,
        options,
        conflicts,
        sample,
        blocks,
        in_flight_bytes: _,
    } = job;
    let rejects = rejects.map(|file| file.begin(plan.header())).transpose()?;
    let search = conflicts.map(Search::start).transpose()?;
    let sample = sample.map(|size| Sample::new(size, String::new()));
    let mut sink = Outlet::new(sender, bodies, rejects, (search, sample));
    let mut progress = |bytes, rows| match sender.send(Event::Progress { bytes, rows }) {
        Ok(()) => Flow::Continue,
        Err(Gone) => Flow::Stop,
    };
    let read = read(&export, &plan, options, blocks, &mut sink, &mut progress)?;
    let Some(read) = read else {
        return sink.stopped();
    };
    let Read {
        mut summary,
        blocks,
        of_files,
    } = read;
    let Some((found, sampled)) = sink.finish()? else {
        return Ok(None);
    };
    let conflicts = conflicts::tell(found, &plan, &mut summary);
    for problem in conflicts.into_iter().chain(of_files) {
        if sender.send(Event::Problem(problem)).is_err() {
            return Ok(None);
        }
    }
    if let Some(sampled) = sampled
        && sender.send(Event::Sample(sampled)).is_err()
    {
        return Ok(None);
    }
    if sender.send(Event::Blocks(blocks)).is_err() {
        return Ok(None);
    }
    Ok(Some(summary))
}

/// What reading an export to its end came to.
pub(crate) struct Read {
    pub(crate) summary: Summary,
    /// A hash of each MiB of each file's text.
    pub(crate) blocks: Vec<u128>,
    /// What files beside the export say that is not so; the summary counts it.
    pub(crate) of_files: Vec<Problem>,
}

/// Reads an export to its end, into a sink; `None` when that or `progress` (bytes of files, rows) stopped it.
pub(crate) fn read(
    export: &Export,
    plan: &Plan,
    options: Options,
    blocks: Blocks,
    sink: &mut dyn Sink,
    progress: &mut dyn FnMut(u64, u64) -> Flow,
) -> Result<Option<Read>, PipelineError> {
    let mut session = Session::with_options(plan.clone(), options);
    let mut hashes = Hashes::new(blocks);
    let mut n_bytes = 0;
    let mut rows_of_files = Vec::with_capacity(export.files().len());
    for file in export.files() {
        let rows_before = session.rows();
        let header_error = |error| PipelineError::Header {
            file: file.name(),
            error,
        };
        let mut reading = file.read().map_err(PipelineError::Input)?;
        session.begin_file(&file.text_name());
        loop {
            let chunk = hashes.next(&mut reading).map_err(PipelineError::Input)?;
            let chunk = chunk.map_err(|Changed| changed(file))?;
            if chunk.is_empty() {
                break;
            }
            let flow = session.feed(chunk, sink).map_err(header_error)?;
            let (bytes, rows) = (n_bytes + reading.n_consumed(), session.rows());
            if flow == Flow::Stop || progress(bytes, rows) == Flow::Stop {
                return Ok(None);
            }
        }
        if session.end_file(sink).map_err(header_error)? == Flow::Stop {
            return Ok(None);
        }
        hashes.end_file();
        n_bytes += file.n_bytes();
        rows_of_files.push(session.rows() - rows_before);
    }
    let last = &export.files()[export.files().len() - 1]; // OK because an export has at least one file
    let blocks = hashes.finish().map_err(|Changed| changed(last))?;
    let mut summary = session.finish(sink);
    let of_files = problems_of_files(export, &rows_of_files);
    for problem in &of_files {
        summary.tally.add(&of_export(problem));
    }
    Ok(Some(Read {
        summary,
        blocks,
        of_files,
    }))
}

fn changed(file: &ExportFile) -> PipelineError {
    PipelineError::Changed { file: file.name() }
}

/// What files beside the export say that is not so.
fn problems_of_files(export: &Export, rows_of_files: &[u64]) -> Vec<Problem> {
    let names = export.names();
    let expected = export.expected_rows().iter();
    let counts = expected.filter_map(|expected| expected.problem(rows_of_files, &names));
    export.problems().iter().cloned().chain(counts).collect()
}

/// A problem of a whole file as the tally counts it: it stands in no row.
fn of_export(problem: &Problem) -> Diagnostic {
    Diagnostic {
        code: problem.code,
        at: Location::default(),
        column: None,
        detail: Detail::None,
    }
}
