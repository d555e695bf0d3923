//! JSON exports: objects in lines, in an array, or just one behind the other, each one a row.
//!
//! The outer array, commas and white space between rows are passed over, so that all three layouts are
//! read by the same rules, also where they are mixed or written over many lines. A row is an object; its
//! members are cells under the columns of their names, and what a column does not find is absent. The
//! reader follows the grammar of JSON itself (`parse.rs`), because it must know where a bad row ends, and
//! because nothing may be allocated per row.
//!
//! A row that is no JSON ends where its brackets are balanced; where they are not, reading goes on at the
//! next line that is not indented deeper (`resume.rs`). The text that is left over when the outer array is
//! never closed is told as a row of no bytes: the file was probably cut.

mod cells;
mod columns;
mod parse;
mod resume;

use std::ops::Range;

use super::record::Json;
use super::{CHUNK, CellKind, Defect, DefectKind, Escape, Limits, Location, Record, Step};
use crate::rejects::Origin;
use cells::Cells;
use columns::Columns;
use parse::{Member, Parser, Stop, Value};
use resume::Resume;

/// Bytes below which another try to read a row is not worth it.
const LITTLE: usize = 64;

/// A reader of one JSON file after another. See the module's page.
///
/// Its calls are those of [`Reader`](super::Reader).
pub struct JsonReader {
    limits: Limits,
    parser: Parser,
    columns: Columns,
    /// Columns in front that keep their order; those behind them are sorted.
    n_first: usize,
    cells: Cells,

    /// `buffer[..filled]` is text.
    buffer: Vec<u8>,
    filled: usize,
    /// Where the next row starts in the buffer, or what stands between rows.
    start: usize,
    /// The object that was found last.
    object: Object,
    object_at: Location,
    /// Where a rejects file says that the row which was found last stood first.
    first_row: Option<u64>,
    first_file: String,
    /// Another try to read the row at `start` needs this much text.
    retry_at: usize,
    /// A row was given up, and the place to go on was not there yet.
    resume: Option<Resume>,
    ended: bool,

    /// Where the next row starts in the file.
    next: Location,
    /// Offset of `buffer[0]` in the file.
    origin: u64,
    line: Line,
    /// The outer array is open.
    in_array: bool,
    /// The first byte that is no white space.
    first_byte: Option<u8>,
    is_mark_passed: bool,
}

/// What is known of the line that `start` stands in.
#[derive(Clone, Copy, Debug)]
struct Line {
    indent: u64,
    /// Only blanks stand in front of `start`.
    is_blank: bool,
    /// The byte in front of `start` is a carriage return: a line feed there belongs to it.
    after_return: bool,
}

impl Line {
    const FIRST: Self = Self {
        indent: 0,
        is_blank: true,
        after_return: false,
    };
}

/// The text of an object: a place in the buffer, or what a row of a rejects file holds as a text.
#[derive(Debug, Default)]
struct Object {
    range: Range<usize>,
    unpacked: Vec<u8>,
    is_unpacked: bool,
}

impl Object {
    fn text<'t>(&'t self, buffer: &'t [u8]) -> &'t [u8] {
        if self.is_unpacked {
            &self.unpacked
        } else {
            &buffer[self.range.clone()]
        }
    }
}

fn origin(row: Option<u64>, file: &str) -> Option<Origin<'_>> {
    row.map(|row| Origin { file, row })
}

/// What [`JsonReader::seek`] found.
pub(crate) enum Sought {
    /// An object: [`JsonReader::record`] hands it out.
    Object,
    /// A row that cannot be read: [`JsonReader::defect`] hands it out.
    Defect(BadRow),
    /// Nothing until there are more bytes.
    More,
}

/// A row that cannot be read, by its place in the buffer.
pub(crate) struct BadRow {
    kind: DefectKind,
    at: Location,
    raw: Range<usize>,
}

impl JsonReader {
    /// A reader that hands out rows of these columns; members of other names become columns behind them,
    /// sorted by their names, up to [`Limits::columns`] in all.
    pub fn new(columns: &[String], limits: Limits) -> Self {
        let mut reader = Self {
            limits: Limits {
                record_bytes: limits.record_bytes.clamp(LITTLE, 1 << 30),
                ..limits
            },
            parser: Parser::new(limits.nesting),
            columns: Columns::default(),
            n_first: columns.len(),
            cells: Cells::new(),
            buffer: vec![0; 2 * CHUNK],
            filled: 0,
            start: 0,
            object: Object::default(),
            object_at: Location::default(),
            first_row: None,
            first_file: String::new(),
            retry_at: 0,
            resume: None,
            ended: false,
            next: Location::default(),
            origin: 0,
            line: Line::FIRST,
            in_array: false,
            first_byte: None,
            is_mark_passed: false,
        };
        reader.columns.set(columns);
        reader.begin_file(0);
        reader
    }

    /// Starts over at the first byte of a file. The columns stay.
    pub fn begin_file(&mut self, file: u32) {
        self.filled = 0;
        self.start = 0;
        self.retry_at = 0;
        self.resume = None;
        self.ended = false;
        self.next = Location {
            file,
            row: 1,
            line: 1,
            byte: 0,
        };
        self.origin = 0;
        self.line = Line::FIRST;
        self.in_array = false;
        self.first_byte = None;
        self.is_mark_passed = false;
        self.first_row = None;
    }

    /// Takes bytes from the front of `chunk`; returns how many. Call [`Self::next`] until it wants more.
    pub fn fill(&mut self, chunk: &[u8]) -> usize {
        let n_bytes = chunk.len().min(CHUNK);
        if self.buffer.len() < self.filled + n_bytes {
            self.compact();
        }
        if self.buffer.len() < self.filled + n_bytes {
            let wanted = (self.filled + n_bytes).max(2 * self.buffer.len());
            self.buffer.resize(wanted, 0);
        }
        self.buffer[self.filled..self.filled + n_bytes].copy_from_slice(&chunk[..n_bytes]);
        self.filled += n_bytes;
        n_bytes
    }

    /// Says that the file has no more bytes.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The next row, the next defect, or the wish for more bytes. Rows have the columns that are known by
    /// then: see [`Self::columns`].
    #[allow(clippy::should_implement_trait)] // what it returns is lent, which an iterator cannot do
    pub fn next(&mut self) -> Step<'_> {
        match self.seek() {
            Sought::More => Step::More,
            Sought::Defect(bad) => Step::Defect(self.defect(&bad)),
            Sought::Object => match self.new_columns() {
                Ok(names) if names.is_empty() => Step::Record(self.record()),
                Ok(names) => {
                    self.add_columns(names);
                    Step::Record(self.record())
                }
                Err(kind) => Step::Defect(self.object_defect(kind)),
            },
        }
    }

    /// The names of the columns, in the order of a row's cells.
    pub fn columns(&self) -> &[String] {
        self.columns.names()
    }

    /// Adds columns, sorted among those that were added before.
    pub(crate) fn add_columns(&mut self, new: Vec<String>) {
        let mut names = self.columns.names().to_vec();
        names.extend(new);
        names[self.n_first..].sort();
        self.set_columns(&names, self.n_first);
    }

    /// Sets the columns, of which the first so many keep their places when others are added.
    pub(crate) fn set_columns(&mut self, names: &[String], n_first: usize) {
        self.n_first = n_first;
        self.columns.set(names);
        let object = self.object.text(&self.buffer);
        let assigned = self.columns.assign(object, &self.parser.members);
        debug_assert!(assigned.is_ok(), "two new columns of one name are refused");
    }

    /// The first byte of the file that is no white space, once it is there.
    pub(crate) fn first_byte(&self) -> Option<u8> {
        self.first_byte
    }

    /// Finds the next object or defect.
    pub(crate) fn seek(&mut self) -> Sought {
        if !self.is_mark_passed && !self.pass_byte_order_mark() {
            return Sought::More;
        }
        self.pass_given_up();
        self.pass_separators();
        if self.start == self.filled {
            return self.at_end();
        }
        if self.filled < self.retry_at && !self.ended {
            return Sought::More;
        }
        let longest = self.start + self.limits.record_bytes;
        let is_cut = self.filled > longest;
        let text = &self.buffer[self.start..self.filled.min(longest)];
        let is_all = self.ended && !is_cut;
        let (n_bytes, is_object) = (text.len(), text[0] == b'{');
        let read = match text[0] {
            b'{' => self.parser.read(text),
            b'"' | b'[' => self
                .parser
                .read(text)
                .and_then(|value| alone(text, value, is_all)),
            _ => self
                .parser
                .read_word(text, is_all)
                .and_then(|value| alone(text, value, is_all)),
        };
        match read {
            Ok(value) => self.take(value, is_object),
            Err(Stop::Broken(kind)) => self.give_up(kind),
            Err(Stop::OutOfText) if is_cut => self.give_up(DefectKind::TooLong),
            Err(Stop::OutOfText) if self.ended => {
                self.give_up(DefectKind::BadJson { offset: n_bytes })
            }
            Err(Stop::OutOfText) => self.wait(),
        }
    }

    /// Members that belong to no column: their names, in the object's order. `Err`: the object must be
    /// rejected for them.
    pub(crate) fn new_columns(&mut self) -> Result<Vec<String>, DefectKind> {
        if !self.has_strangers() {
            return Ok(Vec::new());
        }
        let object = self.object.text(&self.buffer);
        let most = self.limits.columns;
        self.columns
            .stranger_names(object, &self.parser.members, most)
    }

    /// The names of members of the object at the end of what is there, which is not there to its end.
    pub(crate) fn names_so_far(&mut self) -> Vec<String> {
        let text = &self.buffer[self.start..self.filled];
        match text.first() {
            Some(b'{') => self.columns.names_of(text, &self.parser.members),
            _ => Vec::new(),
        }
    }

    /// Whether members of the object belong to no column.
    pub(crate) fn has_strangers(&self) -> bool {
        !self.columns.strangers.is_empty()
    }

    /// The object that was found last, without the members that belong to no column.
    pub(crate) fn record(&mut self) -> Record<'_> {
        let object = self.object.text(&self.buffer);
        let assigned = self.columns.assigned(&self.parser.members);
        self.cells.write(object, assigned);
        Record {
            buffer: &self.cells.text,
            special: &self.cells.special,
            start: 0,
            ends: &self.cells.ends,
            escape: Escape::Double,
            // No cell holds a NUL byte: no cell is quoted.
            quote: 0,
            json: Some(Json {
                raw: object,
                kinds: &self.cells.kinds,
                origin: origin(self.first_row, &self.first_file),
            }),
            at: self.object_at,
        }
    }

    /// The row that cannot be read, which was found last.
    pub(crate) fn defect(&self, bad: &BadRow) -> Defect<'_> {
        Defect {
            kind: bad.kind,
            at: bad.at,
            raw: &self.buffer[bad.raw.clone()],
        }
    }

    /// Where a rejects file says that the row which was found last stood first.
    pub(crate) fn origin(&self) -> Option<Origin<'_>> {
        origin(self.first_row, &self.first_file)
    }

    /// The object that was found last, as it stands in the file, and where.
    pub(crate) fn object(&self) -> (Location, &[u8]) {
        (self.object_at, self.object.text(&self.buffer))
    }

    /// The object that was found last, as one that cannot be read.
    pub(crate) fn object_defect(&self, kind: DefectKind) -> Defect<'_> {
        Defect {
            kind,
            at: self.object_at,
            raw: self.object.text(&self.buffer),
        }
    }

    /// Hands out the value at `start`, or says why not: its border is certain.
    fn take(&mut self, value: Value, is_object: bool) -> Sought {
        let raw = self.start..self.start + value.end;
        let text = &self.buffer[raw.clone()];
        let kind = match simdutf8::compat::from_utf8(text) {
            Err(error) => Some(DefectKind::InvalidUtf8 {
                offset: error.valid_up_to(),
            }),
            Ok(_) if value.flaw.is_some() => value.flaw,
            Ok(_) if !is_object => Some(DefectKind::NotAnObject),
            Ok(_) => self.columns.assign(text, &self.parser.members).err(),
        };
        let at = self.next;
        self.next.row += 1;
        self.object.range = raw.clone();
        self.object.is_unpacked = false;
        self.first_row = None;
        if !matches!(kind, Some(DefectKind::InvalidUtf8 { .. })) && is_object {
            if kind.is_some() {
                self.columns
                    .find_ours(&self.buffer[raw.clone()], &self.parser.members);
            }
            self.read_origin(at.row);
        }
        if self.parser.has_newline {
            self.pass(raw.end);
        } else {
            self.line.is_blank = false;
            self.line.after_return = false;
            self.move_to(raw.end);
        }
        if let Some(kind) = kind {
            return Sought::Defect(BadRow { kind, at, raw });
        }
        self.object_at = at;
        if let Some(member) = self.columns.ours.raw
            && !self.columns.has_own()
            && let Err(kind) = self.unpack(member)
        {
            return Sought::Defect(BadRow { kind, at, raw });
        }
        Sought::Object
    }

    /// Takes what a rejects file says about the object.
    fn read_origin(&mut self, row: u64) {
        let is_text = |member: &Member| member.kind == CellKind::Text;
        let Some(file) = self.columns.ours.file.filter(is_text) else {
            return;
        };
        let object = self.object.text(&self.buffer);
        let mut name = std::mem::take(&mut self.first_file).into_bytes();
        name.clear();
        file.write_text(object, &mut name);
        // OK because the object is UTF-8, and so are its texts.
        self.first_file = String::from_utf8(name).unwrap_or_default();
        let number = self.columns.ours.row.map(|member| member.value.of(object));
        let number = number.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        self.first_row = Some(number.unwrap_or(row));
    }

    /// Reads the row that a rejects file holds in one member, as a text or as what it should have been: the
    /// object at hand is the one inside. `Err`: there is none.
    fn unpack(&mut self, member: Member) -> Result<(), DefectKind> {
        let offset = member.value.start as usize;
        let mut text = std::mem::take(&mut self.object.unpacked);
        text.clear();
        member.write_text(self.object.text(&self.buffer), &mut text);
        let n_blank = text.len() - text.trim_ascii_start().len();
        text.drain(..n_blank);
        text.truncate(text.trim_ascii_end().len());
        self.object.unpacked = text;
        self.object.is_unpacked = true;
        let text = &self.object.unpacked;
        let read = match text.first() {
            Some(b'{' | b'[' | b'"') => self.parser.read(text),
            _ => self.parser.read_word(text, true),
        };
        match read {
            Ok(Value {
                end, flaw: None, ..
            }) if end == text.len() => {}
            Ok(Value {
                flaw: Some(flaw), ..
            })
            | Err(Stop::Broken(flaw)) => return Err(flaw.moved_to(offset)),
            Ok(_) | Err(Stop::OutOfText) => return Err(DefectKind::BadJson { offset }),
        }
        if text.first() != Some(&b'{') {
            return Err(DefectKind::NotAnObject);
        }
        let assigned = self.columns.assign(text, &self.parser.members);
        assigned.map_err(|kind| kind.moved_to(offset))?;
        // A row of a rejects file that was broken in it brings along what that file said.
        self.read_origin(self.object_at.row);
        Ok(())
    }

    /// Gives up the row at `start`, whose border is not certain.
    fn give_up(&mut self, kind: DefectKind) -> Sought {
        let (start, at, longest) = (self.start, self.next, self.limits.record_bytes);
        self.first_row = None;
        let text = &self.buffer[start..self.filled];
        let mut resume = Resume::new(self.line.indent);
        let n_bytes = match resume.find(text) {
            Some(n_bytes) => n_bytes,
            None if self.ended => text.len(),
            None if text.len() > longest => {
                self.resume = Some(resume);
                text.len()
            }
            None => return self.wait(),
        };
        let raw = text[..n_bytes.min(longest)].trim_ascii_end().len();
        self.next.row += 1;
        self.pass(start + n_bytes);
        Sought::Defect(BadRow {
            kind,
            at,
            raw: start..start + raw,
        })
    }

    /// Twice the text before another try: reading stays linear at any chunking.
    fn wait(&mut self) -> Sought {
        let n_bytes = (self.filled - self.start).max(LITTLE);
        let longest = self.start + self.limits.record_bytes;
        self.retry_at = (self.filled + n_bytes).min(longest + 1);
        Sought::More
    }

    /// No byte is left. An outer array that is still open then is a row of no bytes.
    fn at_end(&mut self) -> Sought {
        if !self.ended || !self.in_array {
            return Sought::More;
        }
        self.in_array = false;
        self.first_row = None;
        let at = self.next;
        self.next.row += 1;
        Sought::Defect(BadRow {
            kind: DefectKind::BadJson { offset: 0 },
            at,
            raw: self.start..self.start,
        })
    }

    /// Skips a byte order mark; whether enough is there to know.
    fn pass_byte_order_mark(&mut self) -> bool {
        const MARK: &[u8] = b"\xEF\xBB\xBF";
        if self.filled < MARK.len() && !self.ended {
            return false;
        }
        self.is_mark_passed = true;
        if self.buffer[..self.filled].starts_with(MARK) {
            self.move_to(MARK.len());
        }
        true
    }

    /// Passes over what is left of a row that was given up.
    fn pass_given_up(&mut self) {
        if let Some(resume) = &mut self.resume {
            let found = resume.find(&self.buffer[self.start..self.filled]);
            let place = found.map_or(self.filled, |n_bytes| self.start + n_bytes);
            if found.is_some() {
                self.resume = None;
            }
            self.pass(place);
        }
    }

    /// Passes over what stands between rows.
    fn pass_separators(&mut self) {
        let mut place = self.start;
        while place < self.filled {
            let byte = self.buffer[place];
            if !byte.is_ascii_whitespace() {
                self.first_byte.get_or_insert(byte);
            }
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b',' => {}
                b'[' if !self.in_array => self.in_array = true,
                b']' if self.in_array => self.in_array = false,
                _ => break,
            }
            place += 1;
        }
        self.pass(place);
    }

    /// Moves to a place and counts the lines on the way.
    fn pass(&mut self, to: usize) {
        let line = &mut self.line;
        for byte in &self.buffer[self.start..to] {
            match byte {
                b'\n' | b'\r' => {
                    let belongs_to_return = *byte == b'\n' && line.after_return;
                    self.next.line += u64::from(!belongs_to_return);
                    line.indent = 0;
                    line.is_blank = true;
                }
                b' ' | b'\t' if line.is_blank => line.indent += 1,
                _ => line.is_blank = false,
            }
            line.after_return = *byte == b'\r';
        }
        self.move_to(to);
    }

    fn move_to(&mut self, place: usize) {
        self.start = place;
        self.next.byte = self.origin + place as u64;
        self.retry_at = 0;
    }

    /// Moves what is still needed to the buffer's front.
    fn compact(&mut self) {
        let shift = self.start;
        self.buffer.copy_within(shift..self.filled, 0);
        self.filled -= shift;
        self.start = 0;
        self.retry_at = self.retry_at.saturating_sub(shift);
        self.origin += shift as u64;
        self.object.range = 0..0;
        self.object.is_unpacked = false;
        self.parser.members.clear();
    }
}

/// A row that is no object must be followed by what stands between rows: then its border is certain.
fn alone(text: &[u8], value: Value, is_all: bool) -> Result<Value, Stop> {
    let behind = &text[value.end..];
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    match behind.iter().find(|byte| !is_blank(byte)) {
        Some(b',' | b']' | b'\n' | b'\r') => Ok(value),
        None if is_all => Ok(value),
        None => Err(Stop::OutOfText),
        Some(_) => Err(Stop::Broken(DefectKind::BadJson { offset: value.end })),
    }
}

/// Writes an object's members in one line, each behind a comma, without those of the names `left_out`.
/// Nothing is written, and the answer is `false`, where `raw` is no object.
pub(crate) fn write_members(out: &mut Vec<u8>, raw: &[u8], left_out: &[&str]) -> bool {
    let mut parser = Parser::new(usize::MAX);
    let is_object = raw.first() == Some(&b'{')
        && parser.read(raw).is_ok_and(|value| {
            value.end == raw.len()
                && value.is_whole
                && !matches!(value.flaw, Some(DefectKind::BadJson { .. }))
        });
    if !is_object {
        return false;
    }
    for member in &parser.members {
        let key = member.key.of(raw);
        if left_out.iter().any(|name| name.as_bytes() == key) {
            continue;
        }
        let quotes = usize::from(member.kind == CellKind::Text);
        let value = member.value.start as usize - quotes..member.value.end as usize + quotes;
        out.extend_from_slice(b",\"");
        out.extend_from_slice(key);
        out.extend_from_slice(b"\":");
        // Line ends stand between the parts of a value only: no string of JSON holds one.
        let flat = |byte: &u8| {
            if matches!(byte, b'\n' | b'\r') {
                b' '
            } else {
                *byte
            }
        };
        out.extend(raw[value].iter().map(flat));
    }
    true
}
