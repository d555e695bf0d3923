//! Records to objects: one row, one JSON object, written once.

mod event;
mod file_name;
mod membership;
mod names;
mod values;

use std::borrow::Cow;

pub use event::EventName;

use event::Events;
use file_name::FilePart;
pub(crate) use membership::Memberships;
pub use names::AudienceName;
use names::{Names, UNPACKED};

use crate::check;
use crate::check::invisible::{has_invisible, may_hide};
use crate::check::nested::Nested;
use crate::diag::{Code, Detail, Diagnostic};
use crate::identity::{
    AliasPart, BrazeId, Email, ExternalId, Identity, IdentityError, Phone, UserAlias, UserKey,
    is_blank,
};
use crate::mapping::{BadValue, Empty, IdentifierKind};
use crate::plan::{
    Key, Membership, Nesting, Part, Piece, Plan, PlannedColumn, PlannedFilter, PlannedIdentifier,
    PlannedMember, Subject, Write,
};
use crate::read::{Cell, CellKind, Record, pack};
use crate::wire::body::{Body, Pen, STEP, most_bytes};
use crate::wire::limits;

/// What a row became.
pub(crate) enum Mapped {
    /// An object, which stands at the end of the body.
    Object(MappedObject),
    /// The row holds nothing but its identifier.
    Nothing,
    /// The row is not meant.
    LeftOut,
    /// The row is bad, first of all for this reason.
    Rejected(Diagnostic),
}

/// An object at the end of the body.
#[derive(Clone, Copy)]
pub(crate) struct MappedObject {
    /// By what it names its user.
    pub kind: IdentifierKind,
    /// How many bytes of it, at its start, name the user.
    pub n_head: usize,
    pub said: Said,
}

/// Writes objects by a plan, and remembers the audience attributes and events that it has seen.
#[derive(Debug, Default)]
pub(crate) struct Mapper {
    names: Names,
    events: Events,
    /// The time from which on an event is one of the future, as events write it.
    now: Option<Moment>,
    /// What the parts of the row's file's name are, in the template's order.
    file_parts: Vec<FilePart>,
    n_file_bytes: usize,
    /// The names of the file that is read, and of the file that `file_parts` are of.
    file: String,
    file_of_parts: Option<String>,
    /// Where objects inside the object began, and their first members.
    opened: Vec<(usize, usize)>,
    nested: Nested,
    /// A text without its file's escapes.
    text: Vec<u8>,
    /// The identifier's text where the file escapes something in it.
    identifier: Vec<u8>,
    /// What is wrong with the row at hand.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The first of it that the row cannot go on with: a bad cell may just be left out.
    reason: Option<Diagnostic>,
}

/// What a row says beside its columns.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Said {
    Attributes,
    /// Which audience attribute, and whether the user is a member.
    Membership(usize, bool),
    /// Which event.
    Event(usize),
}

/// A time in UTC without its zone, as the first bytes of a written one are: `yyyy-MM-ddTHH:mm:ss`.
type Moment = [u8; 19];

impl Mapper {
    pub(crate) fn new(now: Option<u64>) -> Self {
        Self {
            now: now.and_then(values::moment),
            ..Self::default()
        }
    }

    /// Writes the row's object to the end of `body`. Whatever stands there is an object only if the
    /// answer says so.
    #[inline(always)]
    pub(crate) fn map(&mut self, plan: &Plan, record: &Record<'_>, body: &mut Body) -> Mapped {
        self.diagnostics.clear();
        self.reason = None;
        if let Some(filter) = &plan.filter
            && !is_meant(filter, record)
        {
            return Mapped::LeftOut;
        }
        if let Some(file_of_row) = plan.file_of_row
            && let Err(reason) = self.follow_file_of_row(plan, file_of_row, record)
        {
            return Mapped::Rejected(reason);
        }
        // Who and which audience first: a new audience's name must be known before room is made for it.
        let identifier = self.identify(plan, record);
        let said = self.said(plan, record);
        // A cell is written four times at most: as the identifier, as its label, as the app of an event, and
        // as an attribute; a part of the file's name as label and app.
        let most = most_bytes(4 * record.raw().len() + 2 * self.n_file_bytes)
            + plan.most_fixed_bytes
            + self.names.longest_key
            + self.events.longest_key;
        let mut pen = body.pen(most);
        let start = pen.len();

        if let Some((planned, cell)) = identifier {
            self.write_identifier(plan, planned, record, cell, &mut pen);
        }
        let n_head = pen.len();
        match (said, &plan.subject) {
            (Some(Said::Event(event_idx)), Subject::Event(planned)) => {
                self.write_event(plan, planned, event_idx, record, &mut pen);
            }
            (said, subject) => {
                if let (Some(Said::Membership(name_idx, is_member)), Subject::Audience(planned)) =
                    (said, subject)
                {
                    self.write_membership((name_idx, is_member), planned, &mut pen);
                }
                let doubled = identifier.and_then(|(planned, _)| planned.doubled);
                self.write_attributes(plan, doubled, record, &mut pen);
            }
        }
        let is_empty = pen.len() == n_head;
        pen.put_byte(b'}');
        let len = pen.len();
        body.keep(len);
        match (self.reason, identifier, said) {
            (Some(reason), ..) => Mapped::Rejected(reason),
            (None, Some((planned, _)), Some(said)) if !is_empty => Mapped::Object(MappedObject {
                kind: planned.kind,
                n_head: n_head - start,
                said,
            }),
            // A row without an identifier, or that does not say what it must, has a reason to be rejected for.
            (None, ..) => Mapped::Nothing,
        }
    }

    /// An object is in a batch: what it says counts.
    #[inline(always)]
    pub(crate) fn count(&mut self, said: Said) {
        match said {
            Said::Membership(name_idx, is_member) => self.names.count(name_idx, is_member),
            Said::Event(event_idx) => self.events.count(event_idx),
            Said::Attributes => {}
        }
    }

    /// The events written so far, in the order of their first row.
    pub(crate) fn events(&self) -> impl Iterator<Item = &EventName> {
        self.events.written()
    }

    /// The audience attributes written so far, in the order of their first row.
    pub(crate) fn audiences(&self) -> impl Iterator<Item = &AudienceName> {
        let names = self.names.entries.iter().map(|entry| &entry.name);
        names.filter(|name| name.members + name.leavers > 0)
    }

    /// Whether a row named an audience whose attribute has this name.
    pub(crate) fn has_audience(&self, name: &str) -> bool {
        let mut entries = self.names.entries.iter();
        entries.any(|entry| entry.name.name.trim() == name.trim())
    }

    /// The identifier that the row is known by: the first that is filled.
    #[inline(always)]
    fn identify<'p>(
        &mut self,
        plan: &'p Plan,
        record: &Record<'_>,
    ) -> Option<(&'p PlannedIdentifier, Cell)> {
        for planned in &plan.identifiers {
            let cell = record.cell(planned.column_idx);
            if cell.start == cell.end {
                continue;
            }
            let text = cell_text(record, cell, &mut self.identifier);
            if is_blank(text) {
                continue;
            }
            let checked = match planned.kind {
                IdentifierKind::ExternalId => ExternalId::new(text).map(drop),
                IdentifierKind::BrazeId => BrazeId::new(text).map(drop),
                IdentifierKind::UserAlias => AliasPart::new(text).map(drop),
                IdentifierKind::Email => Email::new(text).map(drop),
                IdentifierKind::Phone => Phone::new(text).map(drop),
            };
            if let Err(error) = checked {
                self.reject_identity(record, planned.kind, planned.column_idx, error);
                return None;
            }
            let is_whole = self.has_label(planned, record)
                && self.is_plain_identifier(record, planned.column_idx);
            if is_whole && may_hide(record, cell) {
                self.tell_invisible(record, planned.column_idx);
            }
            return is_whole.then_some((planned, cell));
        }
        let column_idx = plan
            .identifiers
            .first()
            .map_or(0, |planned| planned.column_idx);
        self.reject(Code::MissingIdentifier, record, column_idx, Detail::None);
        None
    }

    /// Whom a rejected row is about, if that is certain: the identifier was not what it was rejected for.
    #[cold]
    pub(crate) fn user(&self, plan: &Plan, record: &Record<'_>, reason: Code) -> Option<UserKey> {
        if reason == Code::FileNameDiffers {
            return None; // a label may come from the name
        }
        let text = |planned: &PlannedIdentifier| record.text(planned.column_idx);
        let is_filled =
            |planned: &&PlannedIdentifier| text(planned).is_some_and(|text| !text.is_empty());
        let planned = plan.identifiers.iter().find(is_filled)?;
        let kind = record.kind(planned.column_idx);
        if matches!(kind, CellKind::Boolean | CellKind::Nested) {
            return None;
        }
        let text = text(planned)?;
        let identity = match planned.kind {
            IdentifierKind::ExternalId => Identity::ExternalId(ExternalId::new(&text).ok()?),
            IdentifierKind::BrazeId => Identity::BrazeId(BrazeId::new(&text).ok()?),
            IdentifierKind::Email => Identity::Email(Email::new(&text).ok()?),
            IdentifierKind::Phone => Identity::Phone(Phone::new(&text).ok()?),
            IdentifierKind::UserAlias => {
                let (label, _) = part_text(planned.label.as_ref()?, record, &self.file_parts);
                let alias = UserAlias {
                    name: AliasPart::new(&text).ok()?,
                    label: AliasPart::new(&label).ok()?,
                };
                return Some(Identity::UserAlias(alias).key());
            }
        };
        Some(identity.key())
    }

    /// Whether the cell is a text or a number, as those of delimited rows always are.
    #[inline(always)]
    fn is_plain_identifier(&mut self, record: &Record<'_>, column_idx: usize) -> bool {
        let kind = record.kind(column_idx);
        let is_plain = !matches!(kind, CellKind::Boolean | CellKind::Nested);
        if !is_plain {
            self.reject(Code::IdentifierNotPlain, record, column_idx, Detail::None);
        }
        is_plain
    }

    /// Whether what names something is a text or a number in this row, where a column says it.
    #[inline(always)]
    fn is_plain_part(&mut self, part: &Part, record: &Record<'_>) -> bool {
        match part {
            Part::Column(column_idx) if record.is_json() => {
                self.is_plain_identifier(record, *column_idx)
            }
            _ => true,
        }
    }

    /// The text is sent as it is: whether two users are one is not for us to say.
    #[cold]
    fn tell_invisible(&mut self, record: &Record<'_>, column_idx: usize) {
        let text = record.text(column_idx).unwrap_or_default();
        if std::str::from_utf8(&text).is_ok_and(has_invisible) {
            self.note(Code::InvisibleCharacter, record, column_idx, Detail::None);
        }
    }

    #[cold]
    fn reject_identity(
        &mut self,
        record: &Record<'_>,
        kind: IdentifierKind,
        column_idx: impl Into<Option<usize>>,
        error: IdentityError,
    ) {
        let (code, detail) = match (error, kind) {
            (IdentityError::TooLong { found, limit }, _) => {
                let (found, expected) = (found as u64, limit as u64);
                (Code::IdentifierTooLong, Detail::Count { found, expected })
            }
            (IdentityError::Empty, _) => (Code::MissingIdentifier, Detail::None),
            (IdentityError::Malformed, IdentifierKind::Phone) => {
                (Code::PhoneWithoutDigits, Detail::None)
            }
            (IdentityError::Malformed, _) => (Code::BadEmail, Detail::None),
        };
        self.reject(code, record, column_idx, detail);
    }

    /// Whether an alias has its label; nothing else needs one.
    #[inline(always)]
    fn has_label(&mut self, planned: &PlannedIdentifier, record: &Record<'_>) -> bool {
        let Some(label) = &planned.label else {
            return true;
        };
        if !self.is_plain_part(label, record) {
            return false;
        }
        let (text, column_idx) = part_text(label, record, &self.file_parts);
        let checked = AliasPart::new(&text).map(drop);
        drop(text);
        if let Err(error) = checked {
            self.reject_identity(record, planned.kind, column_idx, error);
        }
        checked.is_ok()
    }

    #[inline(always)]
    fn write_identifier(
        &self,
        plan: &Plan,
        planned: &PlannedIdentifier,
        record: &Record<'_>,
        cell: Cell,
        pen: &mut Pen<'_>,
    ) {
        put_piece(plan, planned.opening, pen);
        pen.put_identifier(record, cell);
        let Some(label) = &planned.label else {
            return put_piece(plan, plan.flags, pen);
        };
        let (label, _) = part_text(label, record, &self.file_parts);
        pen.put_slice(b"\",\"alias_label\":\"");
        pen.put_text(&label);
        pen.put_slice(b"\"}");
        // The quote in front of the flags is that of a plain identifier.
        let Piece { start, end } = plan.flags;
        put_piece(
            plan,
            Piece {
                start: start + 1,
                end,
            },
            pen,
        );
    }

    /// What the row says beside its columns; `None` where it is bad.
    #[inline(always)]
    fn said(&mut self, plan: &Plan, record: &Record<'_>) -> Option<Said> {
        match &plan.subject {
            Subject::Attributes => Some(Said::Attributes),
            Subject::Audience(planned) => self.membership(planned, record),
            Subject::Event(planned) => self.event(planned, record),
        }
    }

    #[inline(always)]
    fn write_attributes(
        &mut self,
        plan: &Plan,
        doubled: Option<usize>,
        record: &Record<'_>,
        pen: &mut Pen<'_>,
    ) {
        if plan.columns.is_empty() {
            // Nothing but who and which audience.
        } else if let Some(doubled) = doubled {
            self.write_columns_where(plan, record, pen, |column| column.column_idx != doubled);
        } else if record.is_plain() {
            // Most rows have nothing to escape in any cell: then no cell is asked for it.
            self.write_columns::<true>(plan, record, pen);
        } else {
            self.write_columns::<false>(plan, record, pen);
        }
        if !plan.nested.is_empty() {
            self.write_nested(plan, record, pen, |_| true);
        }
    }

    #[inline(always)]
    fn write_columns<const PLAIN: bool>(
        &mut self,
        plan: &Plan,
        record: &Record<'_>,
        pen: &mut Pen<'_>,
    ) {
        for (column, cell) in plan.columns.iter().zip(record.cells::<PLAIN>()) {
            if let Some(column) = column {
                self.write_column::<PLAIN>(plan, column, record, cell, pen);
            }
        }
    }

    #[inline(always)]
    fn write_column<const PLAIN: bool>(
        &mut self,
        plan: &Plan,
        column: &PlannedColumn,
        record: &Record<'_>,
        cell: Cell,
        pen: &mut Pen<'_>,
    ) {
        if is_short_text(column, cell) && (PLAIN || !record.has_special(cell)) {
            return put_short_text(plan, column, record, cell, pen);
        }
        if cell.start == cell.end {
            return write_empty(plan, column, record, pen);
        }
        match column.write {
            Write::Text => {
                self.check_length(column, record, cell);
                put_key(plan, &column.key, pen);
                if PLAIN {
                    pen.put(record.buffer(), cell.start, cell.end);
                } else {
                    pen.put_cell(record, cell);
                }
                pen.put_byte(b'"');
            }
            Write::Number if check::is_number(record.buffer(), cell.start, cell.end) => {
                self.check_digits(column, record, cell);
                put_key(plan, &column.key, pen);
                pen.put(record.buffer(), cell.start, cell.end);
            }
            Write::Number => self.bad_value(Code::BadNumber, column, record),
            Write::Boolean => match boolean(record, cell) {
                Some(value) => {
                    put_key(plan, &column.key, pen);
                    put_boolean(value, pen);
                }
                None => self.bad_value(Code::BadBoolean, column, record),
            },
            // What JSON or the file escapes has no place in an address.
            Write::Email
                if (PLAIN || !record.has_special(cell))
                    && check::is_email(record.buffer(), cell.start, cell.end) =>
            {
                self.check_length(column, record, cell);
                put_key(plan, &column.key, pen);
                pen.put(record.buffer(), cell.start, cell.end);
                pen.put_byte(b'"');
            }
            Write::Email => self.bad_value(Code::BadEmail, column, record),
            _ => self.write_value(plan, column, record, cell, pen),
        }
    }

    #[inline(always)]
    fn check_length(&mut self, column: &PlannedColumn, record: &Record<'_>, cell: Cell) {
        if cell.end - cell.start > limits::TEXT_CHARS {
            self.count_characters(column, record, cell);
        }
    }

    /// A number of up to 15 characters has no digit too many.
    #[inline(always)]
    fn check_digits(&mut self, column: &PlannedColumn, record: &Record<'_>, cell: Cell) {
        if cell.end - cell.start > 15 {
            self.count_digits(column, record, cell);
        }
    }

    #[cold]
    fn count_digits(&mut self, column: &PlannedColumn, record: &Record<'_>, cell: Cell) {
        let text = std::str::from_utf8(record.bytes(cell)).unwrap_or_default();
        if check::number::loses_digits(text) {
            self.note(Code::DigitsLost, record, column.column_idx, Detail::None);
        }
    }

    #[inline(never)]
    fn count_characters(&mut self, column: &PlannedColumn, record: &Record<'_>, cell: Cell) {
        let n_chars = record.n_chars(cell);
        if n_chars > limits::TEXT_CHARS {
            let detail = Detail::Count {
                found: n_chars as u64,
                expected: limits::TEXT_CHARS as u64,
            };
            self.note(Code::TextTooLong, record, column.column_idx, detail);
        }
    }

    /// A cell that is left out is told, too: it would be lost in silence.
    #[cold]
    fn bad_value(&mut self, code: Code, column: &PlannedColumn, record: &Record<'_>) {
        match column.on_bad_value {
            BadValue::RejectRow => self.reject(code, record, column.column_idx, Detail::None),
            BadValue::SkipCell => _ = self.note(code, record, column.column_idx, Detail::None),
        }
    }

    #[cold]
    fn reject(
        &mut self,
        code: Code,
        record: &Record<'_>,
        column_idx: impl Into<Option<usize>>,
        detail: Detail,
    ) {
        let diagnostic = self.note(code, record, column_idx, detail);
        self.reason.get_or_insert(diagnostic);
    }

    pub(crate) fn note(
        &mut self,
        code: Code,
        record: &Record<'_>,
        column_idx: impl Into<Option<usize>>,
        detail: Detail,
    ) -> Diagnostic {
        let column = column_idx.into().map(|column_idx| column_idx as u32);
        let at = record.location();
        let diagnostic = Diagnostic {
            code,
            at,
            column,
            detail,
        };
        self.diagnostics.push(diagnostic);
        diagnostic
    }
}

/// The cell's text; escapes of the file are undone in `room`.
#[inline(always)]
fn cell_text<'t>(record: &Record<'t>, cell: Cell, room: &'t mut Vec<u8>) -> &'t [u8] {
    if record.text_in(cell, room) {
        room
    } else {
        record.bytes(cell)
    }
}

#[inline(always)]
fn packed_part(part: &Part, record: &Record<'_>, file_parts: &[FilePart]) -> Option<u64> {
    match part {
        Part::Column(column_idx) => record.packed(record.cell(*column_idx)),
        Part::Value { packed, .. } => *packed,
        Part::OfFile(part_idx) => file_parts.get(*part_idx)?.packed,
    }
}

/// The part's text, and the column that it stands in, if it does.
fn part_text<'t>(
    part: &'t Part,
    record: &Record<'t>,
    file_parts: &'t [FilePart],
) -> (Cow<'t, [u8]>, Option<usize>) {
    match part {
        Part::Column(column_idx) => (
            record.text(*column_idx).unwrap_or_default(),
            Some(*column_idx),
        ),
        Part::Value { text, .. } => (Cow::Borrowed(text.as_bytes()), None),
        Part::OfFile(part_idx) => {
            let text = file_parts.get(*part_idx).map_or("", |part| &part.text);
            (Cow::Borrowed(text.as_bytes()), None)
        }
    }
}

/// Whether the filter takes the row.
fn is_meant(filter: &PlannedFilter, record: &Record<'_>) -> bool {
    let cell = record.cell(filter.column_idx);
    match record.packed(cell) {
        Some(packed) => filter.packed.contains(&packed),
        None => {
            let text = record.text(filter.column_idx).unwrap_or_default();
            filter.words.iter().any(|word| word.as_bytes() == &*text)
        }
    }
}

#[inline(always)]
fn put_piece(plan: &Plan, piece: Piece, pen: &mut Pen<'_>) {
    pen.put(&plan.pieces.text, piece.start, piece.end);
}

#[inline(always)]
fn put_key(plan: &Plan, key: &Key, pen: &mut Pen<'_>) {
    let n_bytes = key.piece.end - key.piece.start;
    if n_bytes <= STEP {
        pen.put_head(&key.head, n_bytes);
    } else {
        put_piece(plan, key.piece, pen);
    }
}

#[inline(always)]
fn put_boolean(value: bool, pen: &mut Pen<'_>) {
    let (word, n_bytes) = if value {
        (b"true    ", 4)
    } else {
        (b"false   ", 5)
    };
    pen.put_word(word, n_bytes);
}

/// Whether a cell without escapes is a text that one copy writes, or an empty one that says nothing.
#[inline(always)]
fn is_short_text(column: &PlannedColumn, cell: Cell) -> bool {
    column.write == Write::Text && column.empty == Empty::Leave && cell.end - cell.start <= STEP
}

/// Writes key and text; where the cell is empty it writes them all the same, and forgets them. Whether
/// a cell is empty is a branch that no processor foresees, and dearer than the copies.
#[inline(always)]
fn put_short_text(
    plan: &Plan,
    column: &PlannedColumn,
    record: &Record<'_>,
    cell: Cell,
    pen: &mut Pen<'_>,
) {
    let before = pen.len();
    put_key(plan, &column.key, pen);
    pen.put(record.buffer(), cell.start, cell.end);
    pen.put_byte(b'"');
    let n_bytes = pen.len() - before;
    pen.return_to(before + n_bytes * usize::from(cell.start != cell.end));
}

#[inline(always)]
fn write_empty(plan: &Plan, column: &PlannedColumn, record: &Record<'_>, pen: &mut Pen<'_>) {
    let is_quoted = column.write.is_quoted();
    match column.empty {
        // What an object does not have says nothing.
        Empty::Null | Empty::Blank if record.kind(column.column_idx) == CellKind::Absent => {}
        Empty::Blank if column.write == Write::Text => {
            put_key(plan, &column.key, pen);
            pen.put_byte(b'"');
        }
        Empty::Blank
            if matches!(column.write, Write::Json | Write::NestedJson)
                && record.kind(column.column_idx) == CellKind::Text
                && record.is_json() =>
        {
            put_key(plan, &column.key, pen);
            pen.put_slice(b"\"\"");
        }
        Empty::Leave | Empty::Blank => {}
        Empty::Null => {
            let Piece { start, end } = column.key.piece;
            put_piece(
                plan,
                Piece {
                    start,
                    end: end - usize::from(is_quoted),
                },
                pen,
            );
            pen.put_word(b"null    ", 4);
        }
    }
}

/// `true` and `false` as people and programs write them, in any case.
#[inline(always)]
fn boolean(record: &Record<'_>, cell: Cell) -> Option<bool> {
    const TRUE: u64 = u64::from_le_bytes(*b"true\0\0\0\0");
    const FALSE: u64 = u64::from_le_bytes(*b"false\0\0\0");
    let packed = record.packed(cell);
    let is_true = packed == Some(TRUE);
    if is_true | (packed == Some(FALSE)) {
        Some(is_true)
    } else {
        boolean_by_text(record.bytes(cell))
    }
}

fn boolean_by_text(text: &[u8]) -> Option<bool> {
    let is = |words: &[&[u8]]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&[b"true", b"1", b"yes", b"t", b"y"]) {
        Some(true)
    } else if is(&[b"false", b"0", b"no", b"f", b"n"]) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans() {
        for (text, value) in [
            ("true", Some(true)),
            ("FALSE", Some(false)),
            ("Yes", Some(true)),
            ("0", Some(false)),
            ("2", None),
            ("", None),
        ] {
            assert_eq!(boolean_by_text(text.as_bytes()), value, "{text}");
        }
    }
}
