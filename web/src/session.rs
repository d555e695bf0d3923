//! A run over an export, drained by JavaScript.

use std::collections::VecDeque;

use aiq_braze::rejects;
use aiq_braze::{
    AudienceName, Batch, Diagnostic, EventName, Fatal, Flow, Mapping, Options, Problem, Row, Sink,
};
use serde::Serialize;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::inspection::Inspection;
use crate::problems::{CountView, Groups};
use crate::{language, mapping_error};

/// Bytes that may wait in the queues before more is refused: several times what a chunk of 1 MiB
/// becomes, so that whoever drains never sees this bound.
const WAITING_BYTES: usize = 16 << 20;

/// Turns chunks of an export into request bodies, which wait here until they are asked for.
#[wasm_bindgen]
pub struct Session {
    run: Run,
    mapping: Mapping,
    outbox: Outbox,
    /// Bytes fed so far.
    n_bytes: u64,
    /// Rows read so far; kept here because a finished run is gone.
    n_rows: u64,
}

enum Run {
    /// Between files: the next bytes begin one.
    Between(Box<aiq_braze::Session>),
    /// In a file.
    InFile(Box<aiq_braze::Session>),
    /// Finished; the summary as JSON.
    Finished(String),
    /// Cannot go on.
    Failed(String),
}

#[wasm_bindgen]
impl Session {
    /// A session by a mapping, or by the suggested one. `keeps_rejects`: rejected rows wait in a queue of
    /// their own, and must be drained too. `looks_for_conflicts`: users with two values of an attribute are
    /// looked for among the last [`conflict_users`](crate::conflict_users).
    #[wasm_bindgen(constructor)]
    pub fn new(
        inspection: &Inspection,
        mapping: Option<String>,
        keeps_rejects: bool,
        looks_for_conflicts: bool,
    ) -> Result<Session, JsError> {
        let mapping = match mapping {
            Some(text) => Mapping::parse(&text).map_err(|problems| mapping_error(&problems))?,
            None => inspection.found.suggestion.mapping.clone(),
        };
        if mapping.identifiers.is_empty() {
            return Err(JsError::new(
                "found no identifier column, expected a header such as external_id or customer_id. \
                 Name the column in \"identifiers\" of a mapping",
            ));
        }
        let plan = mapping
            .compile(&inspection.found.header)
            .map_err(|problems| mapping_error(&problems))?;
        let outbox = Outbox {
            groups: Groups::of(plan.warnings()),
            keeps_rejects,
            ..Outbox::default()
        };
        let options = Options {
            looks_for_conflicts,
            ..Options::default()
        };
        let session = aiq_braze::Session::with_options(plan, options);
        let run = Run::Between(Box::new(session));
        Ok(Self {
            run,
            mapping,
            outbox,
            n_bytes: 0,
            n_rows: 0,
        })
    }

    /// Begins a file, after the end of the one before: its byte order mark and its header are its own.
    pub fn begin_file(&mut self, name: &str) -> Result<(), JsError> {
        self.end_file()?;
        if let Run::Between(mut session) = self.take_run()? {
            session.begin_file(name);
            self.run = Run::InFile(session);
        }
        Ok(())
    }

    /// Takes the next bytes of the file; begins one where none was begun. What came of it waits in the
    /// queues.
    pub fn feed(&mut self, chunk: &[u8]) -> Result<(), JsError> {
        let n_waiting = self.outbox.waiting_bytes();
        if n_waiting > WAITING_BYTES {
            return Err(JsError::new(&format!(
                "found {n_waiting} bytes waiting, expected at most {WAITING_BYTES}. \
                 Take bodies and rejects until there are none before the next chunk"
            )));
        }
        if matches!(self.run, Run::Between(_)) {
            self.begin_file("")?;
        }
        self.n_bytes += chunk.len() as u64;
        self.step(|session, outbox| session.feed(chunk, outbox))
    }

    /// Ends the file. Without an open one nothing happens.
    pub fn end_file(&mut self) -> Result<(), JsError> {
        if matches!(self.run, Run::InFile(_)) {
            self.step(aiq_braze::Session::end_file)?;
            if let Run::InFile(session) = self.take_run()? {
                self.run = Run::Between(session);
            }
        }
        Ok(())
    }

    /// Ends the run, and sums it up as JSON. The last body waits in the queue afterwards.
    ///
    /// ```json
    /// {"rows":2,"objects":1,"rejected":1,"nothing_to_send":0,"left_out":0,"requests":1,"body_bytes":61,
    ///  "audiences":[{"name":"AIQ_12_3","members":1,"leavers":0}],"events":[],"later_columns":[],
    ///  "problems":[{"code":"AIQ3003","name":"bad-number","severity":"error","column":"ltv","count":1}]}
    /// ```
    pub fn finish(&mut self) -> Result<String, JsError> {
        if let Run::Finished(summary) = &self.run {
            return Ok(summary.clone());
        }
        self.end_file()?;
        if let Run::Between(session) | Run::InFile(session) = self.take_run()? {
            let summary = session.finish(&mut self.outbox);
            self.n_rows = summary.rows;
            let json = serde_json::to_string(&SummaryView::of(&summary, &self.outbox.groups))?;
            self.run = Run::Finished(json);
        }
        match &self.run {
            Run::Finished(summary) => Ok(summary.clone()),
            _ => Err(JsError::new("the session cannot be finished")),
        }
    }

    /// The next request body in UTF-8; nothing when none waits.
    pub fn next_body(&mut self) -> Option<Vec<u8>> {
        let body = self.outbox.bodies.pop_front()?;
        self.outbox.body_bytes -= body.len();
        Some(body)
    }

    /// The next piece of the rejects file; nothing when none waits.
    pub fn next_rejects(&mut self) -> Option<Vec<u8>> {
        (!self.outbox.rejects.is_empty()).then(|| std::mem::take(&mut self.outbox.rejects))
    }

    /// How far the run is, as JSON: `{"bytes":65536,"rows":900,"rejected":2,"requests":12}`.
    pub fn progress(&mut self) -> Result<String, JsError> {
        if let Run::Between(session) | Run::InFile(session) = &self.run {
            self.n_rows = session.rows();
        }
        Ok(serde_json::to_string(&ProgressView {
            bytes: self.n_bytes,
            rows: self.n_rows,
            rejected: self.outbox.n_rejected,
            requests: self.outbox.n_bodies,
        })?)
    }

    /// What there is to say about the header and the first ten of each kind, as a JSON array.
    pub fn problems(&self) -> Result<String, JsError> {
        let problems: Vec<&Problem> = self.outbox.groups.examples().collect();
        Ok(serde_json::to_string(&problems)?)
    }

    /// Problems by code and column with exact counts, in words of a language, as a JSON array.
    pub fn groups(&self, language_tag: Option<String>) -> Result<String, JsError> {
        let language = language(language_tag.as_deref())?;
        let groups = self.outbox.groups.view(Some(&self.mapping), language);
        Ok(serde_json::to_string(&groups)?)
    }
}

impl Session {
    /// Takes the run out to change its state. While it is out the session counts as failed.
    fn take_run(&mut self) -> Result<Run, JsError> {
        match &self.run {
            Run::Finished(_) => Err(JsError::new("the session is finished: begin a new one")),
            Run::Failed(why) => Err(JsError::new(why)),
            Run::Between(_) | Run::InFile(_) => {
                let failed = Run::Failed("the session was interrupted".to_owned());
                Ok(std::mem::replace(&mut self.run, failed))
            }
        }
    }

    /// Runs a step inside a file. A run that cannot go on is over.
    fn step(
        &mut self,
        step: impl FnOnce(&mut aiq_braze::Session, &mut dyn Sink) -> Result<Flow, Fatal>,
    ) -> Result<(), JsError> {
        let Run::InFile(mut session) = self.take_run()? else {
            return Err(JsError::new("no file is open"));
        };
        match step(&mut session, &mut self.outbox) {
            Ok(_) => {
                self.run = Run::InFile(session); // the outbox never asks to stop
                Ok(())
            }
            Err(fatal) => {
                let why = fatal.to_string();
                let error = JsError::new(&why);
                self.run = Run::Failed(why);
                Err(error)
            }
        }
    }
}

/// What waits to be taken, and what is known of the problems so far.
#[derive(Default)]
struct Outbox {
    bodies: VecDeque<Vec<u8>>,
    body_bytes: usize,
    n_bodies: u64,
    groups: Groups,
    keeps_rejects: bool,
    /// The rejects file's header was written.
    has_rejects_header: bool,
    rejects: Vec<u8>,
    n_rejected: u64,
}

impl Outbox {
    fn waiting_bytes(&self) -> usize {
        self.body_bytes + self.rejects.len()
    }
}

impl Sink for Outbox {
    fn batch(&mut self, batch: &Batch<'_>) -> Flow {
        self.bodies.push_back(batch.body.to_vec());
        self.body_bytes += batch.body.len();
        self.n_bodies += 1;
        Flow::Continue
    }

    fn diagnostic(&mut self, diagnostic: &Diagnostic, row: &Row<'_>) -> Flow {
        self.groups.add(diagnostic.code, diagnostic.column, || {
            row.problem(diagnostic)
        });
        Flow::Continue
    }

    fn reject(&mut self, reason: &Diagnostic, row: &Row<'_>) -> Flow {
        self.n_rejected += 1;
        if self.keeps_rejects {
            if !self.has_rejects_header {
                rejects::write_header(&mut self.rejects, row.header);
                self.has_rejects_header = true;
            }
            row.write_reject(&mut self.rejects, reason);
        }
        Flow::Continue
    }
}

#[derive(Serialize)]
struct ProgressView {
    bytes: u64,
    rows: u64,
    rejected: u64,
    requests: u64,
}

#[derive(Serialize)]
struct SummaryView<'a> {
    rows: u64,
    objects: u64,
    rejected: u64,
    nothing_to_send: u64,
    left_out: u64,
    requests: u64,
    body_bytes: u64,
    audiences: Vec<AudienceView<'a>>,
    events: Vec<EventView<'a>>,
    later_columns: &'a [String],
    problems: Vec<CountView<'a>>,
}

#[derive(Serialize)]
struct AudienceView<'a> {
    name: &'a str,
    members: u64,
    leavers: u64,
}

#[derive(Serialize)]
struct EventView<'a> {
    name: &'a str,
    count: u64,
}

impl<'a> EventView<'a> {
    fn of(event: &'a EventName) -> Self {
        Self {
            name: &event.name,
            count: event.count,
        }
    }
}

impl<'a> SummaryView<'a> {
    fn of(summary: &'a aiq_braze::Summary, groups: &'a Groups) -> Self {
        let aiq_braze::Summary {
            rows,
            objects,
            rejected,
            nothing_to_send,
            batches,
            body_bytes,
            audiences,
            events,
            left_out,
            later_columns,
            tally: _, // the groups count the same, and the header's problems too
        } = summary;
        let audience = |audience: &'a AudienceName| AudienceView {
            name: &audience.name,
            members: audience.members,
            leavers: audience.leavers,
        };
        Self {
            rows: *rows,
            objects: *objects,
            rejected: *rejected,
            nothing_to_send: *nothing_to_send,
            left_out: *left_out,
            requests: *batches,
            body_bytes: *body_bytes,
            audiences: audiences.iter().map(audience).collect(),
            events: events.iter().map(EventView::of).collect(),
            later_columns,
            problems: groups.counts(),
        }
    }
}
