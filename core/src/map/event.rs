//! Events: their names, and objects with properties.

use super::*;
use crate::diag::Severity;
use crate::plan::PlannedEvent;
use crate::wire::body;

/// An event that a run has written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventName {
    /// Its name in Braze.
    pub name: String,
    /// Objects of it.
    pub count: u64,
}

/// The names of events seen so far.
#[derive(Debug, Default)]
pub(super) struct Events {
    entries: Vec<Entry>,
    /// The last row's: most rows say the same.
    last: usize,
    pub longest_key: usize,
}

#[derive(Debug)]
struct Entry {
    name: EventName,
    /// `,"name":"bought"`
    key: Vec<u8>,
    /// Its place among the events that columns name.
    own_idx: Option<u32>,
}

impl Events {
    fn find(&self, name: &[u8]) -> Option<usize> {
        let is_it = |entry: &Entry| entry.name.name.as_bytes() == name;
        if self.entries.get(self.last).is_some_and(is_it) {
            return Some(self.last);
        }
        self.entries.iter().position(is_it)
    }

    /// The event, and what is to be said about its name where it is new: once is enough.
    fn find_or_add(
        &mut self,
        planned: &PlannedEvent,
        name: &[u8],
    ) -> Result<(usize, Option<Code>), (Code, Detail)> {
        if let Some(event_idx) = self.find(name) {
            self.last = event_idx;
            return Ok((event_idx, None));
        }
        let text = String::from_utf8_lossy(name).into_owned();
        let flaw = check::name::event(&text);
        if let Some(code) = flaw.filter(|code| code.severity() == Severity::Error) {
            return Err((code, Detail::None));
        }
        if self.entries.len() >= planned.max_names {
            let limit = planned.max_names as u64;
            let (found, expected) = (limit + 1, limit);
            return Err((Code::TooManyNames, Detail::Count { found, expected }));
        }
        let key = [b",\"name\":", &*body::string(&text)].concat();
        self.longest_key = self.longest_key.max(key.len());
        self.entries.push(Entry {
            key,
            own_idx: own_idx(planned, &text),
            name: EventName {
                name: text,
                count: 0,
            },
        });
        self.last = self.entries.len() - 1;
        Ok((self.last, flaw))
    }

    /// Looks up again which columns are each event's own: another header may name others.
    fn follow(&mut self, planned: &PlannedEvent) {
        for entry in &mut self.entries {
            entry.own_idx = own_idx(planned, &entry.name.name);
        }
    }

    fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name.name == name)
    }

    pub(super) fn count(&mut self, event_idx: usize) {
        self.entries[event_idx].name.count += 1;
    }

    pub(super) fn written(&self) -> impl Iterator<Item = &EventName> {
        let names = self.entries.iter().map(|entry| &entry.name);
        names.filter(|name| name.count > 0)
    }
}

/// The place of an event among those that columns name.
fn own_idx(planned: &PlannedEvent, name: &str) -> Option<u32> {
    let own_idx = planned.own.iter().position(|own| own == name);
    own_idx.map(|own_idx| own_idx as u32)
}

impl Mapper {
    /// Goes on by another plan of the same mapping.
    pub(crate) fn follow(&mut self, plan: &Plan) {
        if let Subject::Event(planned) = &plan.subject {
            self.events.follow(planned);
        }
    }

    /// The columns that are properties of events which no row was.
    pub(crate) fn columns_never_sent(&self, plan: &Plan) -> Vec<usize> {
        let Subject::Event(planned) = &plan.subject else {
            return Vec::new();
        };
        let is_unseen = |own_idx: u32| !self.events.has(&planned.own[own_idx as usize]);
        let nested = plan.nested.iter().filter_map(|step| match step {
            Nesting::Member(column) => Some(column),
            Nesting::Open(_) | Nesting::Close => None,
        });
        let columns = plan.columns.iter().flatten().chain(nested);
        let unseen = columns.filter(|column| column.event_idx.is_some_and(is_unseen));
        let mut unseen: Vec<_> = unseen.map(|column| column.column_idx).collect();
        unseen.sort_unstable();
        unseen
    }

    /// Which event the row is.
    #[inline(never)]
    pub(super) fn event(&mut self, planned: &PlannedEvent, record: &Record<'_>) -> Option<Said> {
        let app_id = planned.app_id.as_ref();
        let is_plain = self.is_plain_part(&planned.name, record)
            & app_id.is_none_or(|app_id| self.is_plain_part(app_id, record));
        if !is_plain {
            return None;
        }
        let (name, column_idx) = part_text(&planned.name, record, &self.file_parts);
        let found = if is_blank(&name) {
            Err((Code::EmptyEventName, Detail::None))
        } else {
            self.events.find_or_add(planned, &name)
        };
        match found {
            Ok((event_idx, flaw)) => {
                if let Some(flaw) = flaw {
                    self.note(flaw, record, column_idx, Detail::None);
                }
                Some(Said::Event(event_idx))
            }
            Err((code, detail)) => {
                self.reject(code, record, column_idx, detail);
                None
            }
        }
    }

    /// Writes all of the event behind its user.
    #[inline(never)]
    pub(super) fn write_event(
        &mut self,
        plan: &Plan,
        planned: &PlannedEvent,
        event_idx: usize,
        record: &Record<'_>,
        pen: &mut Pen<'_>,
    ) {
        if let Some(app_id) = &planned.app_id {
            let (app_id, _) = part_text(app_id, record, &self.file_parts);
            if !app_id.is_empty() {
                pen.put_slice(b",\"app_id\":\"");
                pen.put_text(&app_id);
                pen.put_byte(b'"');
            }
        }
        pen.put_slice(&self.events.entries[event_idx].key);
        self.write_event_time(planned, record, pen);
        self.write_properties(plan, event_idx, record, pen);
    }

    fn write_event_time(&mut self, planned: &PlannedEvent, record: &Record<'_>, pen: &mut Pen<'_>) {
        let column_idx = planned.time_idx;
        let cell = record.cell(column_idx);
        if cell.start == cell.end {
            return self.reject(Code::MissingTime, record, column_idx, Detail::None);
        }
        pen.put_slice(b",\"time\":\"");
        match self.instant(&planned.time, column_idx, record, cell, pen) {
            Ok(moment) => {
                pen.put_byte(b'"');
                if self.now.is_some_and(|now| moment > now) {
                    self.note(Code::FutureTime, record, column_idx, Detail::None);
                }
            }
            Err(code) => self.reject(code, record, column_idx, Detail::None),
        }
    }

    fn write_properties(
        &mut self,
        plan: &Plan,
        event_idx: usize,
        record: &Record<'_>,
        pen: &mut Pen<'_>,
    ) {
        let own_idx = self.events.entries[event_idx].own_idx;
        let is_of_event =
            |column: &PlannedColumn| column.event_idx.is_none() || column.event_idx == own_idx;
        let before = pen.len();
        pen.put_slice(b",\"properties\":");
        let first = pen.len();
        self.write_columns_where(plan, record, pen, is_of_event);
        self.write_nested(plan, record, pen, is_of_event);
        close_object(before, first, pen);
    }

    /// Writes the columns that `is_meant` takes.
    #[inline(never)]
    pub(super) fn write_columns_where(
        &mut self,
        plan: &Plan,
        record: &Record<'_>,
        pen: &mut Pen<'_>,
        is_meant: impl Fn(&PlannedColumn) -> bool,
    ) {
        for column in plan.columns.iter().flatten() {
            if is_meant(column) {
                let cell = record.cell(column.column_idx);
                self.write_column::<false>(plan, column, record, cell, pen);
            }
        }
    }

    /// Writes the objects that names with dots make.
    #[inline(never)]
    pub(super) fn write_nested(
        &mut self,
        plan: &Plan,
        record: &Record<'_>,
        pen: &mut Pen<'_>,
        is_meant: impl Fn(&PlannedColumn) -> bool,
    ) {
        for step in &plan.nested {
            match step {
                Nesting::Open(key) => {
                    let before = pen.len();
                    put_piece(plan, *key, pen);
                    self.opened.push((before, pen.len()));
                }
                Nesting::Member(column) if is_meant(column) => {
                    let cell = record.cell(column.column_idx);
                    self.write_column::<false>(plan, column, record, cell, pen);
                }
                Nesting::Member(_) => {}
                Nesting::Close => {
                    if let Some((before, first)) = self.opened.pop() {
                        close_object(before, first, pen);
                    }
                }
            }
        }
    }
}

/// Makes an object of the members that were written from `first` on, each behind a comma; without one,
/// forgets what was written from `before` on.
fn close_object(before: usize, first: usize, pen: &mut Pen<'_>) {
    if pen.len() == first {
        pen.return_to(before);
    } else {
        pen.replace(first, b'{');
        pen.put_byte(b'}');
    }
}
