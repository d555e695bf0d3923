//! Records to objects: one row, one JSON object, written once.

use crate::diag::{Code, Detail, Diagnostic};
use crate::identity::{BrazeId, ExternalId, Identity, IdentityError, UserKey};
use crate::mapping::{BadValue, Empty, IdentifierKind};
use crate::plan::{Membership, Part, Plan, PlannedColumn, Write};
use crate::read::{Cell, Record};
use crate::wire::json::{Body, is_number};
use crate::wire::{fields, limits};

/// What a row became.
pub(crate) enum Mapped {
    /// An object, which stands at the end of the body.
    Object(UserKey),
    /// The row holds nothing but its identifier.
    Nothing,
    /// The row is bad; the first error is the reason.
    Rejected,
}

/// Writes objects by a plan, and remembers the audience attributes that it has seen.
#[derive(Debug, Default)]
pub(crate) struct Mapper {
    names: Names,
    /// The identifier's text where the file escapes something in it.
    identifier: Vec<u8>,
    /// What is wrong with the row at hand.
    pub(crate) diagnostics: Vec<Diagnostic>,
    is_rejected: bool,
}

impl Mapper {
    /// Writes the row's object to the end of `body`. Whatever stands there is an object only if the
    /// answer says so.
    #[inline]
    pub(crate) fn map(&mut self, plan: &Plan, record: &Record<'_>, body: &mut Body) -> Mapped {
        self.diagnostics.clear();
        self.is_rejected = false;
        // Most rows grow by less than this; those that grow by more make room piece by piece.
        body.reserve(2 * record.raw().len() + plan.keys.len() + 256);

        let user = self.write_identity(plan, record, body);
        body.push(plan.flags);
        let n_head = body.len();
        let membership = match &plan.membership {
            Some(membership) => self.write_membership(membership, record, body),
            None => None,
        };
        for column in &plan.columns {
            self.write_column(plan, column, record, body);
        }
        match user {
            Some(user) if !self.is_rejected => {
                if body.len() == n_head {
                    return Mapped::Nothing;
                }
                body.push(b"}");
                if let Some((name_idx, is_member)) = membership {
                    self.names.count(name_idx, is_member);
                }
                Mapped::Object(user)
            }
            _ => Mapped::Rejected,
        }
    }

    /// The audience attributes seen so far, in the order of their first row.
    pub(crate) fn audiences(&self) -> impl Iterator<Item = &AudienceName> {
        self.names.entries.iter()
    }

    #[inline]
    fn write_identity(
        &mut self,
        plan: &Plan,
        record: &Record<'_>,
        body: &mut Body,
    ) -> Option<UserKey> {
        for (column_idx, kind) in &plan.identifiers {
            let cell = record.cell(*column_idx);
            if cell.start == cell.end {
                continue;
            }
            let text = identifier_text(record, *column_idx, cell, &mut self.identifier);
            let identity = match kind {
                IdentifierKind::ExternalId => ExternalId::new(text).map(Identity::ExternalId),
                IdentifierKind::BrazeId => BrazeId::new(text).map(Identity::BrazeId),
            };
            body.push(match kind {
                IdentifierKind::ExternalId => b"{\"external_id\":",
                IdentifierKind::BrazeId => b"{\"braze_id\":",
            });
            body.push_cell(record, cell);
            return match identity {
                Ok(identity) => Some(identity.key()),
                Err(error) => {
                    self.reject_identity(record, *column_idx, error);
                    None
                }
            };
        }
        let column_idx = plan
            .identifiers
            .first()
            .map_or(0, |(column_idx, _)| *column_idx);
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

    #[inline]
    fn write_membership(
        &mut self,
        membership: &Membership,
        record: &Record<'_>,
        body: &mut Body,
    ) -> Option<(usize, bool)> {
        let name_idx = self.audience_name(membership, record);
        let is_member = self.is_member(membership, record);
        let (name_idx, is_member) = (name_idx?, is_member?);
        let key = &self.names.entries[name_idx].key;
        body.push(key);
        body.push(if is_member {
            b"true"
        } else {
            membership.leaver
        });
        Some((name_idx, is_member))
    }

    #[inline]
    fn audience_name(&mut self, membership: &Membership, record: &Record<'_>) -> Option<usize> {
        let (id, id_idx) = part_text(&membership.id, record);
        let (split, split_idx) = part_text(&membership.split, record);
        if self.names.is_last(&id, &split) {
            return Some(self.names.last);
        }
        let empty_idx = if id.is_empty() {
            Some(id_idx)
        } else {
            split.is_empty().then_some(split_idx)
        };
        if let Some(column_idx) = empty_idx {
            self.reject(Code::EmptyAudiencePart, record, column_idx, Detail::None);
            return None;
        }
        match self.names.find_or_add(membership, &id, &split) {
            Ok(name_idx) => Some(name_idx),
            Err((code, detail)) => {
                self.reject(
                    code,
                    record,
                    if code == Code::TooManyNames {
                        id_idx
                    } else {
                        split_idx
                    },
                    detail,
                );
                None
            }
        }
    }

    #[inline]
    fn is_member(&mut self, membership: &Membership, record: &Record<'_>) -> Option<bool> {
        let Some(rule) = &membership.member else {
            return Some(true);
        };
        let word = record.text(rule.column_idx)?;
        if rule
            .members
            .iter()
            .any(|member| member.as_bytes() == &*word)
        {
            return Some(true);
        }
        if rule
            .leavers
            .iter()
            .any(|leaver| leaver.as_bytes() == &*word)
        {
            return Some(false);
        }
        self.reject(Code::UnknownStatus, record, rule.column_idx, Detail::None);
        None
    }

    #[inline(always)]
    fn write_column(
        &mut self,
        plan: &Plan,
        column: &PlannedColumn,
        record: &Record<'_>,
        body: &mut Body,
    ) {
        let cell = record.cell(column.column_idx);
        if cell.start == cell.end {
            return write_empty(plan, column, body);
        }
        let text = record.bytes(cell);
        match column.write {
            Write::Text => {
                self.check_length(column, record, cell);
                push_key(plan, column, body);
                body.push_cell(record, cell);
            }
            Write::Number if is_number(text) => {
                push_key(plan, column, body);
                body.push_range(record.buffer(), cell.start, cell.end);
            }
            Write::Number => self.bad_value(Code::BadNumber, column, record),
            Write::Boolean => match boolean(text) {
                Some(value) => {
                    push_key(plan, column, body);
                    body.push(if value { b"true" } else { b"false" });
                }
                None => self.bad_value(Code::BadBoolean, column, record),
            },
            // What JSON or the file escapes has no place in an address.
            Write::Email if !record.has_special(cell) && fields::is_email(text) => {
                self.check_length(column, record, cell);
                push_key(plan, column, body);
                body.push_cell(record, cell);
            }
            Write::Email => self.bad_value(Code::BadEmail, column, record),
        }
    }

    #[inline(always)]
    fn check_length(&mut self, column: &PlannedColumn, record: &Record<'_>, cell: Cell) {
        if cell.end - cell.start > limits::TEXT_CHARS {
            self.count_characters(column, record);
        }
    }

    #[cold]
    fn count_characters(&mut self, column: &PlannedColumn, record: &Record<'_>) {
        let Some(text) = record.text(column.column_idx) else {
            return;
        };
        let n_chars = text.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        if n_chars > limits::TEXT_CHARS {
            let detail = Detail::Count {
                found: n_chars as u64,
                expected: limits::TEXT_CHARS as u64,
            };
            self.note(Code::TextTooLong, record, column.column_idx, detail);
        }
    }

    /// A skipped cell is told, too: as a warning nothing is sent by, it would be lost in silence.
    #[cold]
    fn bad_value(&mut self, code: Code, column: &PlannedColumn, record: &Record<'_>) {
        self.note(code, record, column.column_idx, Detail::None);
        self.is_rejected |= column.on_bad_value == BadValue::RejectRow;
    }

    #[cold]
    fn reject(&mut self, code: Code, record: &Record<'_>, column_idx: usize, detail: Detail) {
        self.note(code, record, column_idx, detail);
        self.is_rejected = true;
    }

    fn note(&mut self, code: Code, record: &Record<'_>, column_idx: usize, detail: Detail) {
        let at = record.location();
        self.diagnostics.push(Diagnostic {
            code,
            at,
            column: Some(column_idx as u32),
            detail,
        });
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
fn part_text<'t>(part: &'t Part, record: &Record<'t>) -> (std::borrow::Cow<'t, [u8]>, usize) {
    match part {
        Part::Column(column_idx) => (record.text(*column_idx).unwrap_or_default(), *column_idx),
        Part::Value(value) => (std::borrow::Cow::Borrowed(value.as_bytes()), 0),
    }
}

#[inline(always)]
fn push_key(plan: &Plan, column: &PlannedColumn, body: &mut Body) {
    body.push_range(&plan.keys, column.key_start, column.key_end);
}

#[inline(always)]
fn write_empty(plan: &Plan, column: &PlannedColumn, body: &mut Body) {
    let value: &[u8] = match column.empty {
        Empty::Leave => return,
        Empty::Null => b"null",
        Empty::Blank if column.write == Write::Text => b"\"\"",
        Empty::Blank => return,
    };
    push_key(plan, column, body);
    body.push(value);
}

/// `true` and `false` as people and programs write them, in any case.
fn boolean(text: &[u8]) -> Option<bool> {
    let is = |words: &[&[u8]]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&[b"true", b"1", b"yes", b"t", b"y"]) {
        Some(true)
    } else if is(&[b"false", b"0", b"no", b"f", b"n"]) {
        Some(false)
    } else {
        None
    }
}

/// An audience attribute that a run has written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AudienceName {
    /// The attribute's name in Braze.
    pub name: String,
    /// Objects that said that the user is in.
    pub members: u64,
    /// Objects that said that the user left.
    pub leavers: u64,
    id: Vec<u8>,
    split: Vec<u8>,
    /// `,"AIQ_1_2":`
    key: Vec<u8>,
}

#[derive(Debug, Default)]
struct Names {
    entries: Vec<AudienceName>,
    /// The one of the row before: most often the next one's, too.
    last: usize,
}

impl Names {
    #[inline(always)]
    fn is_last(&self, id: &[u8], split: &[u8]) -> bool {
        self.entries
            .get(self.last)
            .is_some_and(|entry| entry.id == id && entry.split == split)
    }

    fn find_or_add(
        &mut self,
        membership: &Membership,
        id: &[u8],
        split: &[u8],
    ) -> Result<usize, (Code, Detail)> {
        let found = self
            .entries
            .iter()
            .position(|entry| entry.id == id && entry.split == split);
        if let Some(name_idx) = found {
            self.last = name_idx;
            return Ok(name_idx);
        }
        let name = attribute_name(&membership.name, id, split);
        if self.entries.iter().any(|entry| entry.name == name) {
            return Err((Code::AudienceNameClash, Detail::None));
        }
        if self.entries.len() >= membership.max_names {
            let limit = membership.max_names as u64;
            return Err((
                Code::TooManyNames,
                Detail::Count {
                    found: limit + 1,
                    expected: limit,
                },
            ));
        }
        let mut key = Body::default();
        key.push(b",");
        key.push_string(&name);
        key.push(b":");
        let key = key.as_bytes().to_vec();
        let (id, split) = (id.to_vec(), split.to_vec());
        self.entries.push(AudienceName {
            name,
            members: 0,
            leavers: 0,
            id,
            split,
            key,
        });
        self.last = self.entries.len() - 1;
        Ok(self.last)
    }

    #[inline(always)]
    fn count(&mut self, name_idx: usize, is_member: bool) {
        let entry = &mut self.entries[name_idx];
        entry.members += u64::from(is_member);
        entry.leavers += u64::from(!is_member);
    }
}

/// The template with its two parts filled in. The parts are filled in one pass: an id that looks like a
/// part is a text like any other.
fn attribute_name(template: &str, id: &[u8], split: &[u8]) -> String {
    let (id, split) = (String::from_utf8_lossy(id), String::from_utf8_lossy(split));
    let mut name = String::new();
    let mut rest = template;
    while !rest.is_empty() {
        let (part, value) = [("{audience_id}", &id), ("{split_id}", &split)]
            .into_iter()
            .min_by_key(|(part, _)| rest.find(part).unwrap_or(usize::MAX))
            .expect("there are two parts");
        match rest.split_once(part) {
            Some((before, behind)) => {
                name.push_str(before);
                name.push_str(value);
                rest = behind;
            }
            None => {
                name.push_str(rest);
                break;
            }
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attribute_names_are_filled_in_one_pass() {
        assert_eq!(
            attribute_name("AIQ_{audience_id}_{split_id}", b"12", b"3"),
            "AIQ_12_3"
        );
        assert_eq!(
            attribute_name("{split_id}-{audience_id}!", b"{split_id}", b"3"),
            "3-{split_id}!"
        );
    }

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
            assert_eq!(boolean(text.as_bytes()), value, "{text}");
        }
    }
}
