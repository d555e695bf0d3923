//! Records to objects: one row, one JSON object, written once.

mod names;

use std::borrow::Cow;

pub use names::AudienceName;
use names::{Names, UNPACKED};

use crate::check;
use crate::diag::{Code, Detail, Diagnostic};
use crate::identity::{BrazeId, ExternalId, IdentityError};
use crate::mapping::{BadValue, Empty, IdentifierKind};
use crate::plan::{
    Key, Membership, Part, Piece, Plan, PlannedColumn, PlannedIdentifier, PlannedMember, Write,
};
use crate::read::{Cell, Record};
use crate::wire::body::{Body, Pen, STEP, most_bytes};
use crate::wire::limits;

/// What a row became.
pub(crate) enum Mapped {
    /// An object, which stands at the end of the body.
    Object(IdentifierKind),
    /// The row holds nothing but its identifier.
    Nothing,
    /// The row is bad, first of all for this reason.
    Rejected(Diagnostic),
}

/// Writes objects by a plan, and remembers the audience attributes that it has seen.
#[derive(Debug, Default)]
pub(crate) struct Mapper {
    names: Names,
    /// The identifier's text where the file escapes something in it.
    identifier: Vec<u8>,
    /// What is wrong with the row at hand.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// The first of it that the row cannot go on with: a bad cell may just be left out.
    reason: Option<Diagnostic>,
    /// The audience attribute of the last row, and whether its user is a member.
    last: Option<(usize, bool)>,
}

impl Mapper {
    /// Writes the row's object to the end of `body`. Whatever stands there is an object only if the
    /// answer says so.
    #[inline(always)]
    pub(crate) fn map(&mut self, plan: &Plan, record: &Record<'_>, body: &mut Body) -> Mapped {
        self.diagnostics.clear();
        self.reason = None;
        // Who and which audience first: a new audience's name must be known before room is made for it.
        let identifier = self.identify(plan, record);
        let membership = plan
            .membership
            .as_ref()
            .and_then(|membership| self.membership(membership, record));
        // A cell is written twice at most: as the identifier and as an attribute.
        let most =
            most_bytes(2 * record.raw().len()) + plan.most_fixed_bytes + self.names.longest_key;
        let mut pen = body.pen(most);

        if let Some((planned, cell)) = identifier {
            put_piece(plan, planned.opening, &mut pen);
            pen.put_identifier(record, cell);
            put_piece(plan, plan.flags, &mut pen);
        }
        let n_head = pen.len();
        if let (Some(membership), Some(planned)) = (membership, &plan.membership) {
            self.write_membership(membership, planned, &mut pen);
        }
        // Most rows have nothing to escape in any cell: then no cell is asked for it.
        if plan.columns.is_empty() {
            // Nothing but who and which audience.
        } else if record.is_plain() {
            self.write_columns::<true>(plan, record, &mut pen);
        } else {
            self.write_columns::<false>(plan, record, &mut pen);
        }
        let is_empty = pen.len() == n_head;
        pen.put_byte(b'}');
        let len = pen.len();
        body.keep(len);
        self.last = membership;
        match (self.reason, identifier) {
            (Some(reason), _) => Mapped::Rejected(reason),
            (None, Some((planned, _))) if !is_empty => Mapped::Object(planned.kind),
            // A row without an identifier has a reason to be rejected for.
            (None, _) => Mapped::Nothing,
        }
    }

    /// The object of the last row is in a batch: its membership counts.
    #[inline(always)]
    pub(crate) fn count_object(&mut self) {
        if let Some((name_idx, is_member)) = self.last {
            self.names.count(name_idx, is_member);
        }
    }

    /// The audience attributes written so far, in the order of their first row.
    pub(crate) fn audiences(&self) -> impl Iterator<Item = &AudienceName> {
        let names = self.names.entries.iter().map(|entry| &entry.name);
        names.filter(|name| name.members + name.leavers > 0)
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
            let text = identifier_text(record, planned.column_idx, cell, &mut self.identifier);
            let checked = match planned.kind {
                IdentifierKind::ExternalId => ExternalId::new(text).map(drop),
                IdentifierKind::BrazeId => BrazeId::new(text).map(drop),
            };
            return match checked {
                Ok(()) => Some((planned, cell)),
                Err(error) => {
                    self.reject_identity(record, planned.column_idx, error);
                    None
                }
            };
        }
        let column_idx = plan
            .identifiers
            .first()
            .map_or(0, |planned| planned.column_idx);
        self.reject(Code::MissingIdentifier, record, column_idx, Detail::None);
        None
    }

    #[cold]
    fn reject_identity(&mut self, record: &Record<'_>, column_idx: usize, error: IdentityError) {
        let detail = match error {
            IdentityError::TooLong { found, limit } => Detail::Count {
                found: found as u64,
                expected: limit as u64,
            },
            IdentityError::Empty | IdentityError::Malformed => Detail::None,
        };
        self.reject(Code::IdentifierTooLong, record, column_idx, detail);
    }

    /// Which audience attribute the row is about, and whether its user is a member.
    #[inline(always)]
    fn membership(
        &mut self,
        membership: &Membership,
        record: &Record<'_>,
    ) -> Option<(usize, bool)> {
        let name_idx = self.audience_name(membership, record);
        let is_member = self.is_member(membership, record);
        Some((name_idx?, is_member?))
    }

    #[inline(always)]
    fn write_membership(
        &self,
        (name_idx, is_member): (usize, bool),
        planned: &Membership,
        pen: &mut Pen<'_>,
    ) {
        let entry = &self.names.entries[name_idx];
        pen.put(&entry.key, 0, entry.key.len() - STEP);
        let (word, n_bytes) = if is_member {
            (b"true    ", 4)
        } else {
            planned.leaver
        };
        pen.put_word(word, n_bytes);
    }

    #[inline(always)]
    fn audience_name(&mut self, membership: &Membership, record: &Record<'_>) -> Option<usize> {
        if let Some(id) = packed_part(&membership.id, record)
            && let Some(split) = packed_part(&membership.split, record)
            && let Some(name_idx) = self.names.find_packed(id, split)
        {
            return Some(name_idx);
        }
        self.new_audience_name(membership, record)
    }

    /// The name of an audience that is new, or whose ids are long, or that cannot be named.
    #[cold]
    fn new_audience_name(&mut self, membership: &Membership, record: &Record<'_>) -> Option<usize> {
        let (id, id_idx) = part_text(&membership.id, record);
        let (split, split_idx) = part_text(&membership.split, record);
        if id.is_empty() || split.is_empty() {
            let column_idx = if id.is_empty() { id_idx } else { split_idx };
            self.reject(Code::EmptyAudiencePart, record, column_idx, Detail::None);
            return None;
        }
        match self.names.find_or_add(membership, &id, &split) {
            Ok(name_idx) => Some(name_idx),
            Err((code, detail)) => {
                self.reject(code, record, id_idx, detail);
                None
            }
        }
    }

    #[inline(always)]
    fn is_member(&mut self, membership: &Membership, record: &Record<'_>) -> Option<bool> {
        let Some(rule) = &membership.member else {
            return Some(true);
        };
        let packed = record
            .packed(record.cell(rule.column_idx))
            .unwrap_or(UNPACKED);
        // All words are looked at: which one it is would be a branch that no processor foresees.
        let (mut is_known, mut is_member) = (false, false);
        for (word, means_member) in &rule.packed {
            let is_it = *word == packed;
            is_known |= is_it;
            is_member |= is_it & means_member;
        }
        if is_known {
            Some(is_member)
        } else {
            self.is_member_by_text(rule, record)
        }
    }

    #[cold]
    fn is_member_by_text(&mut self, rule: &PlannedMember, record: &Record<'_>) -> Option<bool> {
        let text = record.text(rule.column_idx).unwrap_or_default();
        let known = rule
            .words
            .iter()
            .find(|(word, _)| word.as_bytes() == &*text);
        if known.is_none() {
            self.reject(Code::UnknownStatus, record, rule.column_idx, Detail::None);
        }
        known.map(|(_, is_member)| *is_member)
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
        if PLAIN && is_short_text(column, cell) {
            return put_short_text(plan, column, record, cell, pen);
        }
        if cell.start == cell.end {
            return write_empty(plan, column, pen);
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
        }
    }

    #[inline(always)]
    fn check_length(&mut self, column: &PlannedColumn, record: &Record<'_>, cell: Cell) {
        if cell.end - cell.start > limits::TEXT_CHARS {
            self.count_characters(column, record, cell);
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
    fn reject(&mut self, code: Code, record: &Record<'_>, column_idx: usize, detail: Detail) {
        let diagnostic = self.note(code, record, column_idx, detail);
        self.reason.get_or_insert(diagnostic);
    }

    fn note(
        &mut self,
        code: Code,
        record: &Record<'_>,
        column_idx: usize,
        detail: Detail,
    ) -> Diagnostic {
        let (at, column) = (record.location(), Some(column_idx as u32));
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

/// The identifier's text; escapes of the file are undone in `room`.
#[inline(always)]
fn identifier_text<'t>(
    record: &Record<'t>,
    column_idx: usize,
    cell: Cell,
    room: &'t mut Vec<u8>,
) -> &'t [u8] {
    if !cell.quoted || !record.has_special(cell) {
        return record.bytes(cell);
    }
    room.clear();
    room.extend_from_slice(&record.text(column_idx).unwrap_or_default());
    room
}

#[inline(always)]
fn packed_part(part: &Part, record: &Record<'_>) -> Option<u64> {
    match part {
        Part::Column(column_idx) => record.packed(record.cell(*column_idx)),
        Part::Value { packed, .. } => *packed,
    }
}

fn part_text<'t>(part: &'t Part, record: &Record<'t>) -> (Cow<'t, [u8]>, usize) {
    match part {
        Part::Column(column_idx) => (record.text(*column_idx).unwrap_or_default(), *column_idx),
        Part::Value { text, .. } => (Cow::Borrowed(text.as_bytes()), 0),
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

/// Whether a cell of a plain row is a text that one copy writes, or an empty one that says nothing.
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
fn write_empty(plan: &Plan, column: &PlannedColumn, pen: &mut Pen<'_>) {
    let is_quoted = column.write.is_quoted();
    match column.empty {
        Empty::Blank if column.write == Write::Text => {
            put_key(plan, &column.key, pen);
            pen.put_byte(b'"');
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
