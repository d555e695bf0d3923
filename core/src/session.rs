//! One run over an export: bytes in, bodies and diagnostics out, through the phases read → map → check
//! → batch.

mod json;

use std::collections::BTreeMap;
use std::fmt;

use crate::batch::{Batch, BatchLimits, Batcher, Closed};
use crate::conflicts::{ConflictWindow, Statement, Statements};
use crate::diag::{Code, Detail, Diagnostic, Problem, Tally, quote};
use crate::header::{Header, looks_like_json};
use crate::map::{AudienceName, EventName, Mapped, MappedObject, Mapper, Memberships};
use crate::plan::Plan;
use crate::processor;
use crate::read::{
    Defect, DefectKind, Format, Limits, Location, Reader, Record, RecordReader, Step,
};
use crate::rejects::Origin;
use crate::sink::{Flow, Row, Sink};
use crate::wire::{self, InputArray, limits};

/// Settings of a session that change no object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Bounds on what is read.
    pub read: Limits,
    /// Bounds on a request.
    pub batch: BatchLimits,
    /// The time, in seconds since 1970 (UTC), from which on an event is one of the future: the core has no
    /// clock. Without it no event is.
    pub now: Option<u64>,
    /// Whether users with [two values](crate::conflicts) of an attribute are looked for among those seen
    /// last: for hosts that have no disk to look for all of them.
    pub looks_for_conflicts: bool,
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
    reader: RecordReader,
    limits: Limits,
    later: json::Later,
    mapper: Mapper,
    batcher: Batcher,
    counts: Counts,
    tally: RunTally,
    /// The header that the run began with.
    first_header: Header,
    n_files: u32,
    /// The name of the file at hand.
    file: String,
    /// The header row of the file at hand is still to come.
    wants_header: bool,
    conflicts: Option<Conflicts>,
    /// Why the file at hand cannot be read.
    refused: Option<Fatal>,
    flow: Flow,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    rows: u64,
    objects: u64,
    rejected: u64,
    nothing_to_send: u64,
    left_out: u64,
    body_bytes: u64,
}

impl Counts {
    /// Rows that are part of no object.
    fn unsent(&self) -> u64 {
        self.rejected + self.nothing_to_send
    }
}

/// Counts by the columns of the header that the run began with, whatever the order of a file's own.
#[derive(Debug, Default)]
struct RunTally {
    all: Tally,
    /// Where the columns of the file at hand stand in the first header; empty where nothing differs.
    places: Vec<Option<usize>>,
}

impl RunTally {
    fn add(&mut self, diagnostic: &Diagnostic) {
        let place = |column_idx: u32| match self.places.get(column_idx as usize) {
            Some(place) => place.map(|place| place as u32),
            None => Some(column_idx),
        };
        let column = diagnostic.column.and_then(place);
        self.all.add(&Diagnostic {
            column,
            ..*diagnostic
        });
    }
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
    /// Rows that hold nothing but an identifier, and those that the mapping's `where` leaves out.
    pub nothing_to_send: u64,
    /// Rows that the mapping's `where` leaves out.
    pub left_out: u64,
    /// Batches.
    pub batches: u64,
    /// Bytes of all bodies.
    pub body_bytes: u64,
    /// The audience attributes written, in the order of their first row.
    pub audiences: Vec<AudienceName>,
    /// The events written, in the order of their first row.
    pub events: Vec<EventName>,
    /// Columns that came later in a JSON export than its first rows, behind the header's own: those that
    /// are sent, and then those that cannot be. See [`Self::column_name`].
    pub later_columns: Vec<String>,
    /// All diagnostics, counted.
    pub tally: Tally,
}

impl Summary {
    /// The name of a column that the tally counts. `header` is that of the plan which the run began with.
    pub fn column_name<'s>(&'s self, header: &'s Header, column_idx: usize) -> Option<&'s str> {
        let later = || {
            let later_idx = column_idx.checked_sub(header.width())?;
            self.later_columns.get(later_idx).map(String::as_str)
        };
        header.name(column_idx).or_else(later)
    }
}

/// Why a run cannot go on.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fatal {
    /// A file's header cannot be read.
    HeaderUnreadable(DefectKind),
    /// A file's header lacks what the mapping needs: every reason.
    HeaderDiffers(Vec<Problem>),
    /// A file's name is not made as the mapping's `file_name` says.
    FileNameDiffers {
        /// The name.
        name: String,
        /// The mapping's template.
        expected: String,
    },
    /// A file is not of the format that the export has.
    OtherFormat(Format),
    /// A file's header has more columns than [`Limits::columns`].
    TooManyColumns {
        /// Columns of the header.
        found: usize,
        /// The limit.
        limit: usize,
    },
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
            Self::OtherFormat(Format::Json) => f.write_str(
                "found a file that does not start like JSON, expected JSON objects as the export has them: \
                 one run reads one format. Load the file on its own",
            ),
            Self::OtherFormat(Format::Delimited(_)) => f.write_str(
                "found a file that starts like JSON, expected rows of cells under the header that the export \
                 has: one run reads one format. Load the file on its own",
            ),
            Self::TooManyColumns { found, limit } => {
                f.write_str(&too_many_columns(*found, *limit))
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
            Self::FileNameDiffers { name, expected } => {
                let code = Code::FileNameDiffers;
                let texts = code.texts(Default::default());
                write!(
                    f,
                    "{} {}: found {}, expected {}. {}",
                    code.id(),
                    code.name(),
                    quote(name),
                    quote(expected),
                    texts.todo
                )
            }
        }
    }
}

impl std::error::Error for Fatal {}

/// A header with more columns than the limit, in words.
pub(crate) fn too_many_columns(found: usize, limit: usize) -> String {
    let texts = Code::TooManyColumns.texts(Default::default());
    format!(
        "{} {}: {}: found {found}, expected at most {limit}. {}",
        Code::TooManyColumns.id(),
        Code::TooManyColumns.name(),
        texts.title,
        texts.todo
    )
}

impl Session {
    /// A session with the default options.
    pub fn new(plan: Plan) -> Self {
        Self::with_options(plan, Options::default())
    }

    /// A session.
    pub fn with_options(plan: Plan, options: Options) -> Self {
        Self {
            reader: RecordReader::new(plan.header(), options.read),
            limits: options.read,
            later: json::Later::default(),
            batcher: Batcher::new(options.batch, &plan),
            mapper: Mapper::new(options.now),
            counts: Counts::default(),
            tally: RunTally::default(),
            first_header: plan.header().clone(),
            n_files: 0,
            file: String::new(),
            wants_header: false,
            conflicts: options.looks_for_conflicts.then(Conflicts::default),
            refused: None,
            flow: Flow::Continue,
            plan,
        }
    }

    /// Starts a file: its byte order mark, its header and its last line are its own. `name` is the file's
    /// name, for what a mapping takes from it.
    pub fn begin_file(&mut self, name: &str) {
        self.reader.begin_file(self.n_files);
        if let RecordReader::Delimited(reader) = &mut self.reader {
            reader.expect_width(self.plan.header().width());
        }
        self.n_files += 1;
        name.clone_into(&mut self.file);
        let dialect = self.plan.header().format.dialect();
        self.wants_header = dialect.is_some_and(|dialect| dialect.header);
        self.read_file_name(name);
    }

    fn read_file_name(&mut self, name: &str) {
        self.refused = None;
        if let Some(template) = &self.plan.mapping().file_name
            && !self.mapper.begin_file(template, name)
        {
            self.refused = Some(Fatal::FileNameDiffers {
                name: name.to_owned(),
                expected: template.as_str().to_owned(),
            });
        }
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
        // No row came that would say another name.
        self.refused.take().map_or(Ok(self.flow), Err)
    }

    /// Hands out the last batch and sums up. After a stop nothing more is handed out.
    pub fn finish(mut self, sink: &mut dyn Sink) -> Summary {
        if self.flow == Flow::Continue && !self.batcher.is_empty() {
            self.flow = Emitter {
                batcher: &mut self.batcher,
                counts: &mut self.counts,
                conflicts: self.conflicts.as_mut(),
            }
            .batch(&self.plan, &mut self.tally, sink);
        }
        if self.flow == Flow::Continue && self.counts.rows > 0 {
            self.tell_columns_never_sent(sink);
        }
        self.summary()
    }

    /// Tells of columns that stood in the header for nothing.
    fn tell_columns_never_sent(&mut self, sink: &mut dyn Sink) {
        for column_idx in self.mapper.columns_never_sent(&self.plan) {
            let of_header = Diagnostic::of_column(Code::EventNeverSeen, column_idx);
            self.tally.add(&of_header);
            let row = Row::gone(self.plan.header());
            if sink.diagnostic(&of_header, &row) == Flow::Stop {
                return;
            }
        }
    }

    /// What the run has come to so far.
    pub fn summary(&self) -> Summary {
        let Counts {
            rows,
            objects,
            rejected,
            nothing_to_send,
            left_out,
            body_bytes,
        } = self.counts;
        Summary {
            rows,
            objects,
            rejected,
            nothing_to_send,
            left_out,
            batches: self.batcher.n_finished(),
            body_bytes,
            audiences: self.mapper.audiences().cloned().collect(),
            events: self.mapper.events().cloned().collect(),
            later_columns: self.later_columns(),
            tally: self.tally.all.clone(),
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
        if matches!(self.reader, RecordReader::Json(_)) {
            return self.drain_json(sink);
        }
        self.check_file_name(self.plan.file_of_row.is_some())?;
        let RecordReader::Delimited(reader) = &mut self.reader else {
            return Ok(());
        };
        let mut row = RowRun {
            plan: &self.plan,
            file: &self.file,
            mapper: &mut self.mapper,
            tally: &mut self.tally,
            emitter: Emitter {
                batcher: &mut self.batcher,
                counts: &mut self.counts,
                conflicts: self.conflicts.as_mut(),
            },
            lends: sink.wants_rows(),
            sink,
        };
        let flow = &mut self.flow;
        if row.lends {
            rows_loop(reader, flow, &mut row, RowRun::record_apart);
            return Ok(());
        }
        match Memberships::of(&self.plan) {
            Some(planned) => processor::with_best(
                #[inline(always)]
                || {
                    rows_loop(
                        reader,
                        flow,
                        &mut row,
                        #[inline(always)]
                        |row, record| row.membership(&planned, record),
                    );
                },
            ),
            None => processor::with_best(
                #[inline(always)]
                || {
                    rows_loop(
                        reader,
                        flow,
                        &mut row,
                        #[allow(clippy::redundant_closure_for_method_calls)] // a path is not inlined
                        #[inline(always)]
                        |row, record| row.record(record),
                    );
                },
            ),
        }
        Ok(())
    }

    /// A file of another name can be read only where its rows say which files they stood in first.
    fn check_file_name(&mut self, rows_say_it: bool) -> Result<(), Fatal> {
        match self.refused.take() {
            Some(refused) if !rows_say_it => Err(refused),
            _ => Ok(()),
        }
    }

    /// Takes the file's first row as its header, if it is there yet.
    #[cold]
    fn read_header(&mut self) -> Result<(), Fatal> {
        let (RecordReader::Delimited(reader), Format::Delimited(dialect)) =
            (&mut self.reader, self.plan.header().format)
        else {
            return Ok(());
        };
        let Some(header) = Header::read(reader, dialect)? else {
            return Ok(());
        };
        self.wants_header = false;
        let (found, limit) = (header.width(), self.limits.columns);
        if found > limit {
            return Err(Fatal::TooManyColumns { found, limit });
        }
        reader.expect_width(found);
        if header.names() != self.plan.header().names() {
            if looks_like_json(header.raw()) {
                return Err(Fatal::OtherFormat(dialect.into()));
            }
            self.plan = adapt(&self.plan, &header).map_err(Fatal::HeaderDiffers)?;
            self.mapper.follow(&self.plan);
            self.tally.places = header.places_in(&self.first_header);
        }
        Ok(())
    }

    /// What a row needs, and the reader that it comes from.
    fn row_run<'s>(&'s mut self, sink: &'s mut dyn Sink) -> (RowRun<'s>, &'s mut RecordReader) {
        let row = RowRun {
            plan: &self.plan,
            file: &self.file,
            mapper: &mut self.mapper,
            tally: &mut self.tally,
            emitter: Emitter {
                batcher: &mut self.batcher,
                counts: &mut self.counts,
                conflicts: self.conflicts.as_mut(),
            },
            lends: sink.wants_rows(),
            sink,
        };
        (row, &mut self.reader)
    }
}

/// Hands all rows that are there to `take`, and those that are not plain to [`RowRun::record_apart`].
#[inline(always)]
fn rows_loop<'s>(
    reader: &mut Reader,
    flow: &mut Flow,
    row: &mut RowRun<'s>,
    take: impl Fn(&mut RowRun<'s>, &Record<'_>) -> Flow,
) {
    while *flow == Flow::Continue {
        // One place for all plain records, so that what follows becomes part of this loop.
        if let Some(record) = reader.next_plain() {
            *flow = take(row, &record);
            continue;
        }
        *flow = match reader.next() {
            Step::Record(record) => row.record_apart(&record),
            Step::Defect(defect) => row.defect(&defect, None),
            Step::More => break,
        };
    }
}

/// The plan for a file that has the same columns in another order.
fn adapt(plan: &Plan, header: &Header) -> Result<Plan, Vec<Problem>> {
    let adapted = plan.mapping().compile(header)?;
    header.check_part_of(plan.header())?;
    if plan.mapping().names_by_index() {
        return Err(Header::differs(None));
    }
    Ok(adapted)
}

/// Hands out batches and counts them.
struct Emitter<'s> {
    batcher: &'s mut Batcher,
    counts: &'s mut Counts,
    conflicts: Option<&'s mut Conflicts>,
}

impl Emitter<'_> {
    fn batch(&mut self, plan: &Plan, tally: &mut RunTally, sink: &mut dyn Sink) -> Flow {
        let batch = self.batcher.finish();
        if let Some(conflicts) = &mut self.conflicts
            && conflicts.tell(&batch, plan, tally, sink) == Flow::Stop
        {
            return Flow::Stop;
        }
        self.counts.objects += batch.objects.len() as u64;
        self.counts.body_bytes += batch.body.len() as u64;
        let flow = sink.batch(&batch);
        self.batcher.start_next();
        flow
    }
}

/// Looks for users with two values of an attribute.
#[derive(Default)]
struct Conflicts {
    statements: Statements,
    window: ConflictWindow,
    found: Vec<Statement>,
}

impl Conflicts {
    fn tell(
        &mut self,
        batch: &Batch<'_>,
        plan: &Plan,
        tally: &mut RunTally,
        sink: &mut dyn Sink,
    ) -> Flow {
        if batch.array != InputArray::Attributes {
            return Flow::Continue;
        }
        self.found.clear();
        self.statements
            .of_batch(batch.body, batch.objects, |statement| {
                if self.window.conflicts(&statement) {
                    self.found.push(statement);
                }
            });
        for statement in &self.found {
            let name = self.statements.name(statement.attribute);
            let column = name.and_then(|name| plan.column_of(name));
            let diagnostic = Diagnostic {
                code: Code::ConflictingValues,
                at: statement.at,
                column: column.map(|column_idx| column_idx as u32),
                detail: Detail::None,
            };
            tally.add(&diagnostic);
            // The row itself is gone by now.
            let row = Row::gone(plan.header());
            if sink.diagnostic(&diagnostic, &row) == Flow::Stop {
                return Flow::Stop;
            }
        }
        Flow::Continue
    }
}

/// What one row needs on its way through the phases.
struct RowRun<'s> {
    plan: &'s Plan,
    /// The name of the file at hand.
    file: &'s str,
    mapper: &'s mut Mapper,
    tally: &'s mut RunTally,
    emitter: Emitter<'s>,
    /// Whether the sink wants to see the rows, too.
    lends: bool,
    sink: &'s mut dyn Sink,
}

impl RowRun<'_> {
    /// The same as [`Self::record`], for rows that do not come by the hot loop: so it stays the only place
    /// that the whole way of a row is made part of.
    #[inline(never)]
    fn record_apart(&mut self, record: &Record<'_>) -> Flow {
        let n_unsent = self.emitter.counts.unsent();
        let flow = self.record(record);
        if self.lends && flow == Flow::Continue && self.emitter.counts.unsent() == n_unsent {
            let row = Row::of_record(self.plan.header(), self.file, record);
            return self.sink.row(&row);
        }
        flow
    }

    #[inline(always)]
    fn record(&mut self, record: &Record<'_>) -> Flow {
        let (found, expected) = (record.width(), self.plan.header().width());
        if found != expected {
            return self.ragged(record, found, expected);
        }
        self.emitter.counts.rows += 1;
        let body = self.emitter.batcher.open_object();
        match self.mapper.map(self.plan, record, body) {
            Mapped::Object(object) => {
                if !self.mapper.diagnostics.is_empty() && self.tell(record) == Flow::Stop {
                    self.emitter.batcher.drop_object();
                    return Flow::Stop;
                }
                self.close(record, object)
            }
            Mapped::LeftOut => {
                self.emitter.batcher.drop_object();
                self.emitter.counts.nothing_to_send += 1;
                self.emitter.counts.left_out += 1;
                Flow::Continue
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

    /// The same as [`Self::record`] by a plan of [`Memberships`].
    #[inline(always)]
    fn membership(&mut self, planned: &Memberships<'_>, record: &Record<'_>) -> Flow {
        if record.width() == self.plan.header().width() {
            let body = self.emitter.batcher.open_object();
            if let Some(object) = self.mapper.map_membership(planned, record, body) {
                self.emitter.counts.rows += 1;
                return self.close(record, object);
            }
            self.emitter.batcher.drop_object();
        }
        self.record_apart(&{ *record })
    }

    #[inline(always)]
    fn close(&mut self, record: &Record<'_>, object: MappedObject) -> Flow {
        let at = record.location();
        let batcher = &mut self.emitter.batcher;
        match batcher.close_object(object.kind, object.n_head, at) {
            Closed::Kept => {
                self.mapper.count(object.said);
                Flow::Continue
            }
            // A copy, which leaves the record itself in registers.
            closed => self.close_unusual(&{ *record }, object, closed),
        }
    }

    #[inline(never)]
    fn close_unusual(&mut self, record: &Record<'_>, object: MappedObject, closed: Closed) -> Flow {
        let at = record.location();
        if !matches!(closed, Closed::TooLarge(_)) {
            self.mapper.count(object.said);
        }
        match closed {
            Closed::Kept => Flow::Continue,
            Closed::Merged => self.tell_conflicts(record),
            Closed::Spilled => {
                let flow = self.emitter.batch(self.plan, self.tally, self.sink);
                self.emitter.batcher.unspill(object.kind, at);
                flow
            }
            Closed::TooLarge(n_bytes) => {
                let detail = Detail::Count {
                    found: n_bytes as u64,
                    expected: limits::OBJECT_BYTES as u64,
                };
                self.reject(
                    record,
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

    /// Says of which attributes the row's values took the place of those of the row before.
    #[cold]
    fn tell_conflicts(&mut self, record: &Record<'_>) -> Flow {
        let keys = self.emitter.batcher.conflicts().iter();
        let names = keys.filter_map(|key| wire::json::text(key));
        let columns: Vec<_> = names.map(|name| self.plan.column_of(&name)).collect();
        self.mapper.diagnostics.clear();
        for column_idx in columns {
            self.mapper
                .note(Code::MergedValuesDiffer, record, column_idx, Detail::None);
        }
        self.tell(record)
    }

    /// Passes on what the mapper noted about the row.
    fn tell(&mut self, record: &Record<'_>) -> Flow {
        let row = Row::of_record(self.plan.header(), self.file, record);
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
        let user = self.mapper.user(self.plan, record, reason.code);
        let row = Row::of_record(self.plan.header(), self.file, record).with_user(user);
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
        self.reject(record, diagnostic)
    }

    #[cold]
    fn defect(&mut self, defect: &Defect<'_>, origin: Option<Origin<'_>>) -> Flow {
        self.emitter.counts.rows += 1;
        let reason = Diagnostic::of_defect(defect.kind, defect.at);
        let origin = origin.unwrap_or(Origin {
            file: self.file,
            row: defect.at.row,
        });
        let row = Row {
            header: self.plan.header(),
            raw: defect.raw,
            origin,
            record: None,
            user: None,
        };
        reject(&reason, &row, self.emitter.counts, self.tally, self.sink)
    }

    /// Rejects an object for a column that the mapping cannot send. The plan does not have the column:
    /// `refused` are all such columns, which stand behind the plan's.
    #[cold]
    fn refused_column(
        &mut self,
        refused: &[(String, Code)],
        refused_idx: usize,
        (at, raw): (Location, &[u8]),
        origin: Option<Origin<'_>>,
    ) -> Flow {
        self.emitter.counts.rows += 1;
        let names = refused.iter().map(|(name, _)| name.clone());
        let header = self.plan.header().with_unsent(names);
        let origin = origin.unwrap_or(Origin {
            file: self.file,
            row: at.row,
        });
        let row = Row {
            header: &header,
            raw,
            origin,
            record: None,
            user: None,
        };
        let reason = Diagnostic {
            code: refused[refused_idx].1,
            at,
            column: Some((self.plan.header().width() + refused_idx) as u32),
            detail: Detail::None,
        };
        reject(&reason, &row, self.emitter.counts, self.tally, self.sink)
    }

    /// Rejects a row for one reason that nothing has told yet.
    fn reject(&mut self, record: &Record<'_>, reason: Diagnostic) -> Flow {
        let is_whole = record.width() == self.plan.header().width();
        let user = is_whole.then(|| self.mapper.user(self.plan, record, reason.code));
        let row = Row::of_record(self.plan.header(), self.file, record).with_user(user.flatten());
        reject(&reason, &row, self.emitter.counts, self.tally, self.sink)
    }
}

/// Rejects a row for one reason that nothing has told yet.
fn reject(
    reason: &Diagnostic,
    row: &Row<'_>,
    counts: &mut Counts,
    tally: &mut RunTally,
    sink: &mut dyn Sink,
) -> Flow {
    counts.rejected += 1;
    tally.add(reason);
    match (sink.diagnostic(reason, row), sink.reject(reason, row)) {
        (Flow::Continue, Flow::Continue) => Flow::Continue,
        _ => Flow::Stop,
    }
}
