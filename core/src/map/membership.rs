//! Membership: which audience attribute a row is about, and whether its user is in; and the short way of
//! exports that say nothing else.

use super::*;

/// What rows need of a plan by which they say nothing but who is in which audience, and have nothing
/// checked but that: a short way for exports in which the way is all there is.
pub(crate) struct Memberships<'p> {
    identifier: &'p PlannedIdentifier,
    membership: &'p Membership,
    /// `{"external_id":"`
    opening: Head,
    /// What closes the identifier.
    flags: Head,
}

/// A piece that one copy writes, and how many bytes of it count.
type Head = ([u8; STEP], usize);

impl<'p> Memberships<'p> {
    /// `None` for plans by which rows say more.
    pub(crate) fn of(plan: &'p Plan) -> Option<Self> {
        let (Subject::Audience(membership), Some(identifier)) =
            (&plan.subject, plan.identifiers.first())
        else {
            return None;
        };
        let kind = identifier.kind;
        let is_any_text = matches!(kind, IdentifierKind::ExternalId | IdentifierKind::BrazeId);
        let is_all = plan.filter.is_none()
            && plan.file_of_row.is_none()
            && plan.columns.is_empty()
            && plan.nested.is_empty();
        let head = |piece: Piece| -> Option<Head> {
            let (mut head, text) = ([0; STEP], &plan.pieces.text[piece.start..piece.end]);
            head.get_mut(..text.len())?.copy_from_slice(text);
            Some((head, text.len()))
        };
        let planned = Self {
            identifier,
            membership,
            opening: head(identifier.opening)?,
            flags: head(plan.flags)?,
        };
        (is_any_text && is_all).then_some(planned)
    }
}

impl Mapper {
    /// The same as [`Self::map`] for rows of the usual kind: the identifier is there, needs no escapes and
    /// is not long, the audience was named before, the status is known. `None` for all others.
    #[inline(always)]
    pub(crate) fn map_membership(
        &mut self,
        planned: &Memberships<'_>,
        record: &Record<'_>,
        body: &mut Body,
    ) -> Option<MappedObject> {
        let cell = record.cell(planned.identifier.column_idx);
        let n_bytes = cell.end - cell.start;
        let is_long = n_bytes > 2 * STEP;
        if n_bytes == 0 || is_long || record.has_special(cell) || may_hide(record, cell) {
            return None;
        }
        // Nothing but spaces is no identifier.
        if record.bytes(cell).first() == Some(&b' ') {
            return None;
        }
        let name_idx = self.known_audience(planned.membership, record)?;
        let is_member = known_status(planned.membership, record)?;
        // Opening, identifier in two steps, flags; key; word and brace.
        let mut pen = body.pen(4 * STEP + self.names.longest_key + STEP);
        let start = pen.len();
        pen.put_head(&planned.opening.0, planned.opening.1);
        pen.put_two(record.buffer(), cell.start, cell.end);
        pen.put_head(&planned.flags.0, planned.flags.1);
        let n_head = pen.len() - start;
        self.write_membership((name_idx, is_member), planned.membership, &mut pen);
        pen.put_byte(b'}');
        let len = pen.len();
        body.keep(len);
        Some(MappedObject {
            kind: planned.identifier.kind,
            n_head,
            said: Said::Membership(name_idx, is_member),
        })
    }

    /// Which audience attribute the row is about, and whether its user is a member.
    #[inline(always)]
    pub(super) fn membership(
        &mut self,
        membership: &Membership,
        record: &Record<'_>,
    ) -> Option<Said> {
        let is_plain = self.is_plain_part(&membership.id, record)
            & self.is_plain_part(&membership.split, record);
        let name_idx = match is_plain {
            true => self.audience_name(membership, record),
            false => None,
        };
        let is_member = self.is_member(membership, record);
        Some(Said::Membership(name_idx?, is_member?))
    }

    #[inline(always)]
    pub(super) fn write_membership(
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
        self.known_audience(membership, record)
            .or_else(|| self.new_audience_name(membership, record))
    }

    /// The name of an audience that has one by now.
    #[inline(always)]
    fn known_audience(&self, membership: &Membership, record: &Record<'_>) -> Option<usize> {
        if let Some(id) = packed_part(&membership.id, record, &self.file_parts)
            && let Some(split) = packed_part(&membership.split, record, &self.file_parts)
        {
            return self.names.find_packed(id, split);
        }
        // A copy: as long as nobody else sees the record itself, it lives in registers.
        self.known_long_audience(membership, &{ *record })
    }

    #[inline(never)]
    fn known_long_audience(&self, membership: &Membership, record: &Record<'_>) -> Option<usize> {
        let (id, _) = part_text(&membership.id, record, &self.file_parts);
        let (split, _) = part_text(&membership.split, record, &self.file_parts);
        self.names.find(&id, &split)
    }

    /// The name of an audience that is new, or that cannot be named.
    #[cold]
    fn new_audience_name(&mut self, membership: &Membership, record: &Record<'_>) -> Option<usize> {
        let (id, id_idx) = part_text(&membership.id, record, &self.file_parts);
        let (split, split_idx) = part_text(&membership.split, record, &self.file_parts);
        let found = if is_blank(&id) {
            Err((Code::EmptyAudiencePart, Detail::None, id_idx))
        } else if is_blank(&split) {
            Err((Code::EmptyAudiencePart, Detail::None, split_idx))
        } else {
            let found = self.names.find_or_add(membership, &id, &split);
            found.map_err(|(code, detail)| (code, detail, id_idx))
        };
        match found {
            Ok((name_idx, None)) => Some(name_idx),
            Ok((name_idx, Some(flaw))) => {
                self.note(flaw, record, id_idx, Detail::None);
                Some(name_idx)
            }
            Err((code, detail, column_idx)) => {
                self.reject(code, record, column_idx, detail);
                None
            }
        }
    }

    #[inline(always)]
    fn is_member(&mut self, membership: &Membership, record: &Record<'_>) -> Option<bool> {
        known_status(membership, record).or_else(|| {
            let rule = membership.member.as_ref()?;
            self.is_member_by_text(rule, record)
        })
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
}

/// Whether the row's status means that the user is a member, where it is one of the short words.
#[inline(always)]
fn known_status(membership: &Membership, record: &Record<'_>) -> Option<bool> {
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
    is_known.then_some(is_member)
}
