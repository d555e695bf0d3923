//! One run over an export: bytes in, bodies and diagnostics out, through the phases read → map → check
//! → batch.

use std::fmt;

use crate::batch::{BatchLimits, Batcher, Closed};
use crate::diag::{Code, Detail, Diagnostic, Place, Problem, Tally, quote};
use crate::header::Header;
use crate::map::{AudienceName, Mapped, Mapper};
use crate::mapping::IdentifierKind;
use crate::plan::Plan;
use crate::processor;
use crate::read::{Defect, DefectKind, Limits, Reader, Record, Step};
use crate::rejects;
use crate::sink::{Flow, Row, Sink};
use crate::wire::limits;

/// Settings of a session that change no object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Bounds on what is read.
    pub read: Limits,
    /// Bounds on a request.
    pub batch: BatchLimits,
}

/// A run over the files of one export. Feed it in chunks of any size: the same bytes give the same
/// bodies and the same diagnostics.
///
/// ```
/// # struct Count(usize);
/// # impl aiq_braze::Sink for Count {
/// #     fn batch(&mut self, batch: &aiq_braze::Batch<'_>) -> aiq_braze::Flow {
/// #         self.0 += batch.objects.len();
/// #         aiq_braze::Flow::Continue
/// #     }
/// # }
/// let export = b"external_id,audience_id,split_id\nu1,12,3\nu2,12,3\n";
/// let found = aiq_braze::Probe::inspect(export)?;
/// let plan = found.suggestion.mapping.compile(&found.header).map_err(|problems| format!("{problems:?}"))?;
///
/// let mut session = aiq_braze::Session::new(plan);
/// let mut sink = Count(0);
/// session.begin_file("export.csv");
/// let _ = session.feed(export, &mut sink)?;
/// let _ = session.end_file(&mut sink)?;
/// let summary = session.finish(&mut sink);
/// assert_eq!((sink.0, summary.rows), (2, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Session {
    plan: Plan,
    reader: Reader,
    mapper: Mapper,
    batcher: Batcher,
    counts: Counts,
    tally: Tally,
    n_files: u32,
    /// The header row of the file at hand is still to come.
    wants_header: bool,
    flow: Flow,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    rows: u64,
    objects: u64,
    rejected: u64,
    nothing_to_send: u64,
    body_bytes: u64,
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows read, bad ones included: `objects' rows + rejected + nothing_to_send`.
    pub rows: u64,
    /// Objects in all batches.
    pub objects: u64,
    /// Rows rejected.
    pub rejected: u64,
    /// Rows that hold nothing but an identifier.
    pub nothing_to_send: u64,
    /// Batches.
    pub batches: u64,
    /// Bytes of all bodies.
    pub body_bytes: u64,
    /// The audience attributes written, in the order of their first row.
    pub audiences: Vec<AudienceName>,
    /// All diagnostics, counted.
    pub tally: Tally,
}

/// Why a run cannot go on.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fatal {
    /// A file's header cannot be read.
    HeaderUnreadable(DefectKind),
    /// A file's header lacks what the mapping needs: every reason.
    HeaderDiffers(Vec<Problem>),
}

impl fmt::Display for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HeaderUnreadable(kind) => {
                let texts = Diagnostic::of_defect(*kind, Default::default())
                    .code
                    .texts(Default::default());
                write!(
                    f,
                    "the header cannot be read: {}, expected {}. {}",
                    texts.title, texts.expected, texts.todo
                )
            }
            Self::HeaderDiffers(problems) => {
                let texts = Code::HeaderDiffers.texts(Default::default());
                write!(
                    f,
                    "{} {}: {}",
                    Code::HeaderDiffers.id(),
                    Code::HeaderDiffers.name(),
                    texts.title
                )?;
                for problem in problems {
                    write!(f, "\n{}", problem.message(Default::default()))?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for Fatal {}

impl Session {
    /// A session with the default options.
    pub fn new(plan: Plan) -> Self {
        Self::with_options(plan, Options::default())
    }

    /// A session.
    pub fn with_options(plan: Plan, options: Options) -> Self {
        Self {
            reader: Reader::new(plan.header().dialect, options.read),
            batcher: Batcher::new(options.batch, plan.fingerprint()),
            mapper: Mapper::default(),
            counts: Counts::default(),
            tally: Tally::default(),
            n_files: 0,
            wants_header: false,
            flow: Flow::Continue,
            plan,
        }
    }

    /// Starts a file: its byte order mark, its header and its last line are its own. `name` is the file's
    /// name, for what a mapping takes from it.
    pub fn begin_file(&mut self, name: &str) {
        let _ = name; // named parts of file names are not read yet
        self.reader.begin_file(self.n_files);
        self.reader.expect_width(self.plan.header().width());
        self.n_files += 1;
        self.wants_header = self.plan.header().dialect.header;
    }

    /// Takes the next bytes of the file.
    pub fn feed(&mut self, chunk: &[u8], sink: &mut dyn Sink) -> Result<Flow, Fatal> {
        let mut rest = chunk;
        while !rest.is_empty() && self.flow == Flow::Continue {
            let n_bytes = self.reader.fill(rest);
            rest = &rest[n_bytes..];
            self.drain(sink)?;
        }
        Ok(self.flow)
    }

    /// Ends the file. Objects that fill no batch wait for the next file, or for [`Self::finish`].
    pub fn end_file(&mut self, sink: &mut dyn Sink) -> Result<Flow, Fatal> {
        if self.flow == Flow::Continue {
            self.reader.end();
            self.drain(sink)?;
        }
        Ok(self.flow)
    }

    /// Hands out the last batch and sums up. After a stop nothing more is handed out.
    pub fn finish(mut self, sink: &mut dyn Sink) -> Summary {
        if self.flow == Flow::Continue && !self.batcher.is_empty() {
            self.flow = Emitter {
                batcher: &mut self.batcher,
                counts: &mut self.counts,
            }
            .batch(sink);
        }
        self.summary()
    }

    /// What the run has come to so far.
    pub fn summary(&self) -> Summary {
        let Counts {
            rows,
            objects,
            rejected,
            nothing_to_send,
            body_bytes,
        } = self.counts;
        Summary {
            rows,
            objects,
            rejected,
            nothing_to_send,
            batches: self.batcher.n_finished(),
            body_bytes,
            audiences: self.mapper.audiences().cloned().collect(),
            tally: self.tally.clone(),
        }
    }

    /// Rows read so far: what a progress bar asks for, at no cost.
    pub fn rows(&self) -> u64 {
        self.counts.rows
    }

    fn drain(&mut self, sink: &mut dyn Sink) -> Result<(), Fatal> {
        if self.wants_header {
            self.read_header()?;
        }
        if self.wants_header {
            return Ok(());
        }
        let mut row = RowRun {
            plan: &self.plan,
            mapper: &mut self.mapper,
            tally: &mut self.tally,
            emitter: Emitter {
                batcher: &mut self.batcher,
                counts: &mut self.counts,
            },
            sink,
        };
        let (reader, flow) = (&mut self.reader, &mut self.flow);
        processor::with_best(
            #[inline(always)]
            || Self::rows_loop(reader, flow, &mut row),
        );
        Ok(())
    }

    #[inline(always)]
    fn rows_loop(reader: &mut Reader, flow: &mut Flow, row: &mut RowRun<'_>) {
        while *flow == Flow::Continue {
            // One place for all records, so that what follows becomes part of this loop.
            let record = match reader.next_plain() {
                Some(record) => record,
                None => match reader.next() {
                    Step::Record(record) => record,
                    Step::Defect(defect) => {
                        *flow = row.defect(&defect);
                        continue;
                    }
                    Step::More => break,
                },
            };
            *flow = row.record(&record);
        }
    }

    /// Takes the file's first row as its header, if it is there yet.
    #[cold]
    fn read_header(&mut self) -> Result<(), Fatal> {
        let header = match self.reader.next() {
            Step::Record(record) => Header::of_record(self.plan.header().dialect, &record),
            Step::Defect(defect) => return Err(Fatal::HeaderUnreadable(defect.kind)),
            Step::More => return Ok(()),
        };
        self.wants_header = false;
        if header.names() != self.plan.header().names() {
            self.plan = adapt(&self.plan, &header).map_err(Fatal::HeaderDiffers)?;
        }
        self.reader.expect_width(header.width());
        Ok(())
    }
}

/// The plan for a file that has the same columns in another order. A file with others is no part of the
/// same export: its first row may even be data.
fn adapt(plan: &Plan, header: &Header) -> Result<Plan, Vec<Problem>> {
    let own = |header: &Header| {
        let names = header
            .names()
            .iter()
            .filter(|name| !rejects::COLUMNS.contains(&name.as_str()));
        let mut names: Vec<_> = names.cloned().collect();
        names.sort();
        names
    };
    let (wanted, found) = (own(plan.header()), own(header));
    let adapted = plan.mapping().compile(header)?;
    if wanted == found && !plan.mapping().names_by_index() {
        return Ok(adapted);
    }
    let stranger = found
        .iter()
        .find(|name| wanted.binary_search(name).is_err());
    Err(vec![Problem {
        code: Code::HeaderDiffers,
        place: Place::Setting {
            path: "columns".to_owned(),
        },
        found: stranger.map(|name| quote(name)),
        expected: Some("the columns of the export's first file".to_owned()),
        fix: None,
    }])
}

/// Hands out batches and counts them.
struct Emitter<'s> {
    batcher: &'s mut Batcher,
    counts: &'s mut Counts,
}

impl Emitter<'_> {
    fn batch(&mut self, sink: &mut dyn Sink) -> Flow {
        let batch = self.batcher.finish();
        self.counts.objects += batch.objects.len() as u64;
        self.counts.body_bytes += batch.body.len() as u64;
        let flow = sink.batch(&batch);
        self.batcher.start_next();
        flow
    }
}

/// What one row needs on its way through the phases.
struct RowRun<'s> {
    plan: &'s Plan,
    mapper: &'s mut Mapper,
    tally: &'s mut Tally,
    emitter: Emitter<'s>,
    sink: &'s mut dyn Sink,
}

impl RowRun<'_> {
    #[inline(always)]
    fn record(&mut self, record: &Record<'_>) -> Flow {
        let (found, expected) = (record.width(), self.plan.header().width());
        if found != expected {
            return self.ragged(record, found, expected);
        }
        self.emitter.counts.rows += 1;
        let body = self.emitter.batcher.open_object();
        match self.mapper.map(self.plan, record, body) {
            Mapped::Object(identifier) => {
                if !self.mapper.diagnostics.is_empty() && self.tell(record) == Flow::Stop {
                    self.emitter.batcher.drop_object();
                    return Flow::Stop;
                }
                self.close(record, identifier)
            }
            Mapped::Nothing => {
                self.emitter.batcher.drop_object();
                self.emitter.counts.nothing_to_send += 1;
                self.tell(record)
            }
            Mapped::Rejected(reason) => {
                self.emitter.batcher.drop_object();
                self.reject_mapped(record, reason)
            }
        }
    }

    #[inline(always)]
    fn close(&mut self, record: &Record<'_>, identifier: IdentifierKind) -> Flow {
        let at = record.location();
        let closed = self.emitter.batcher.close_object(identifier, at);
        if !matches!(closed, Closed::TooLarge(_)) {
            self.mapper.count_object();
        }
        match closed {
            Closed::Kept => Flow::Continue,
            Closed::Full => self.emitter.batch(self.sink),
            Closed::Spilled => {
                let flow = self.emitter.batch(self.sink);
                match (flow, self.emitter.batcher.unspill(identifier, at)) {
                    (Flow::Continue, Closed::Full) => self.emitter.batch(self.sink),
                    (flow, _) => flow,
                }
            }
            Closed::TooLarge(n_bytes) => {
                let detail = Detail::Count {
                    found: n_bytes as u64,
                    expected: limits::OBJECT_BYTES as u64,
                };
                self.reject(
                    Some(*record),
                    record.raw(),
                    Diagnostic {
                        code: Code::ObjectTooLarge,
                        at,
                        column: None,
                        detail,
                    },
                )
            }
        }
    }

    /// Passes on what the mapper noted about the row.
    fn tell(&mut self, record: &Record<'_>) -> Flow {
        let row = Row {
            header: self.plan.header(),
            raw: record.raw(),
            record: Some(*record),
        };
        for diagnostic in &self.mapper.diagnostics {
            self.tally.add(diagnostic);
            if self.sink.diagnostic(diagnostic, &row) == Flow::Stop {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }

    #[cold]
    fn reject_mapped(&mut self, record: &Record<'_>, reason: Diagnostic) -> Flow {
        self.emitter.counts.rejected += 1;
        let flow = self.tell(record);
        let row = Row {
            header: self.plan.header(),
            raw: record.raw(),
            record: Some(*record),
        };
        match (flow, self.sink.reject(&reason, &row)) {
            (Flow::Continue, Flow::Continue) => Flow::Continue,
            _ => Flow::Stop,
        }
    }

    #[cold]
    fn ragged(&mut self, record: &Record<'_>, found: usize, expected: usize) -> Flow {
        self.emitter.counts.rows += 1;
        let code = if found < expected {
            Code::TooFewCells
        } else {
            Code::TooManyCells
        };
        let detail = Detail::Count {
            found: found as u64,
            expected: expected as u64,
        };
        let diagnostic = Diagnostic {
            code,
            at: record.location(),
            column: None,
            detail,
        };
        self.reject(Some(*record), record.raw(), diagnostic)
    }

    #[cold]
    fn defect(&mut self, defect: &Defect<'_>) -> Flow {
        self.emitter.counts.rows += 1;
        self.reject(
            None,
            defect.raw,
            Diagnostic::of_defect(defect.kind, defect.at),
        )
    }

    /// Rejects a row for one reason that nothing has told yet.
    fn reject(&mut self, record: Option<Record<'_>>, raw: &[u8], reason: Diagnostic) -> Flow {
        self.emitter.counts.rejected += 1;
        self.tally.add(&reason);
        let row = Row {
            header: self.plan.header(),
            raw,
            record,
        };
        match (
            self.sink.diagnostic(&reason, &row),
            self.sink.reject(&reason, &row),
        ) {
            (Flow::Continue, Flow::Continue) => Flow::Continue,
            _ => Flow::Stop,
        }
    }
}
