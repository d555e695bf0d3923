//! Objects into request bodies: `{"attributes":[…]}` in file order, exact to the byte.

use std::fmt;
use std::ops::Range;

use crate::conflicts::{EXISTING_ONLY, is_flag};
use crate::identity::{AliasPart, BrazeId, Email, ExternalId, Identity, Phone, UserAlias, UserKey};
use crate::mapping::IdentifierKind;
use crate::merge::Merger;
use crate::plan::{Fingerprint, Plan};
use crate::read::Location;
use crate::wire::body::Body;
use crate::wire::members::Members;
use crate::wire::{InputArray, json, limits};

/// How large a request may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchLimits {
    /// Most objects. Default 75, Braze's limit over all arrays of a request.
    pub objects: usize,
    /// Most bytes of the body. Default 4 MiB, Braze's limit.
    pub body_bytes: usize,
}

impl Default for BatchLimits {
    fn default() -> Self {
        Self {
            objects: limits::REQUEST_OBJECTS,
            body_bytes: limits::REQUEST_BYTES,
        }
    }
}

/// One request body, lent.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'b> {
    /// From 0, over the whole run.
    pub number: u64,
    /// Where its first row starts: reading can go on from here with nothing else known.
    pub start: Checkpoint,
    /// The JSON body of a `POST /users/track`.
    pub body: &'b [u8],
    /// Its objects in the order of the array.
    pub objects: &'b [Object],
    /// The array that they stand in.
    pub array: InputArray,
    pub(crate) fingerprint: Fingerprint,
}

impl Batch<'_> {
    /// What tells this body from every other one, of this plan and of all others.
    pub fn id(&self) -> BatchId {
        let seed = self.number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let body = xxhash_rust::xxh3::xxh3_128_with_seed(self.body, seed);
        BatchId(body ^ self.fingerprint.0.rotate_left(64))
    }
}

/// The id of a batch: the same bytes from the same plan at the same number have the same.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub u128);

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BatchId({self})")
    }
}

/// A place from which a run can go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// The next row: its file, row, line and byte.
    pub at: Location,
    /// The number of the batch that it starts.
    pub batch: u64,
}

/// One object of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// By what it names its user.
    pub identifier: IdentifierKind,
    /// Its first row.
    pub at: Location,
    /// How many rows it stands for: what becomes of it becomes of all of them.
    pub n_rows: u64,
    /// Its bytes in the body, braces included.
    pub range: Range<u32>,
}

impl Object {
    /// Whom the object is about. It stands at the object's start in the batch's `body`, from where it is
    /// read: only those who need it pay for it. `None` for a body that is not this batch's.
    pub fn user(&self, body: &[u8]) -> Option<UserKey> {
        self.user_and_rest(body).map(|(user, _)| user)
    }

    /// Whom the object is about, and the members behind the one that says so.
    pub(crate) fn user_and_rest<'b>(&self, body: &'b [u8]) -> Option<(UserKey, Members<'b>)> {
        let object = body.get(self.range.start as usize..self.range.end as usize)?;
        let mut members = Members::new(object);
        let name = self.identifier.as_str().as_bytes();
        let (_, value) = members.find(|(key, _)| key[1..key.len() - 1] == *name)?;
        Some((self.key(value)?, members))
    }

    /// The key of the user whom this value of the identifier names.
    fn key(&self, value: &[u8]) -> Option<UserKey> {
        if self.identifier == IdentifierKind::UserAlias {
            return alias_key(value);
        }
        let text = json::own_text(value)?;
        let text = &*text;
        let identity = match self.identifier {
            IdentifierKind::ExternalId => Identity::ExternalId(ExternalId::new(text).ok()?),
            IdentifierKind::BrazeId => Identity::BrazeId(BrazeId::new(text).ok()?),
            IdentifierKind::Email => Identity::Email(Email::new(text).ok()?),
            IdentifierKind::Phone => Identity::Phone(Phone::new(text).ok()?),
            IdentifierKind::UserAlias => return None,
        };
        Some(identity.key())
    }

    /// The member by which it names its user, as it stands in the body: `"external_id":"00123"`. Empty for a
    /// body that is not this batch's.
    pub fn name<'b>(&self, body: &'b [u8]) -> &'b [u8] {
        let object = self.text(body);
        let name = Members::new(object).next().and_then(|(key, value)| {
            // It stands right behind the brace, with nothing but a colon between the two.
            object.get(1..1 + key.len() + 1 + value.len())
        });
        name.unwrap_or_default()
    }

    /// The keys of its [statements](crate::conflicts::Statements), in their order and as they stand in the
    /// body.
    pub fn statement_keys<'b>(&self, body: &'b [u8]) -> impl Iterator<Item = &'b [u8]> {
        let members = Members::new(self.text(body)).skip(1);
        members.map(|(key, _)| key).filter(|key| !is_flag(key))
    }

    /// Its bytes.
    fn text<'b>(&self, body: &'b [u8]) -> &'b [u8] {
        let range = self.range.start as usize..self.range.end as usize;
        body.get(range).unwrap_or_default()
    }

    /// Writes the object with a part of what it says: `keep` is asked for each of its
    /// [statements](crate::conflicts::Statements), by their order. Whom it is about and the flags stay.
    pub fn write_part(&self, body: &[u8], mut keep: impl FnMut(usize) -> bool, out: &mut Vec<u8>) {
        let (mut separator, mut n_statements) = (b'{', 0);
        for (member_idx, (key, value)) in Members::new(self.text(body)).enumerate() {
            if member_idx > 0 && !is_flag(key) {
                n_statements += 1;
                if !keep(n_statements - 1) {
                    continue;
                }
            }
            out.push(separator);
            out.extend_from_slice(key);
            out.push(b':');
            out.extend_from_slice(value);
            separator = b',';
        }
        out.push(b'}');
    }

    /// Whether Braze makes a profile of the user whom this object is about, where it has none. The flag says so;
    /// without it an alias or a `braze_id` makes none (POST /users/track). `body` is its batch's, of attributes.
    pub fn creates(&self, body: &[u8]) -> bool {
        let flags = Members::new(self.text(body)).skip(1);
        let mut flags = flags.take_while(|(key, _)| is_flag(key));
        match flags.find(|(key, _)| *key == EXISTING_ONLY) {
            Some((_, is_existing_only)) => is_existing_only == b"false",
            None => !matches!(
                self.identifier,
                IdentifierKind::UserAlias | IdentifierKind::BrazeId
            ),
        }
    }

    /// Whether Braze is left the same by this object once and twice: a plain value is, and an operator of
    /// Braze's (`{"inc": 1}`, `{"$add": […]}`) is not, as a column of JSON may hold one (user attributes
    /// object; array of objects). `body` is its batch's, of attributes.
    pub fn is_repeatable(&self, body: &[u8]) -> bool {
        let object = self.text(body);
        // Nearly all objects have no other inside.
        let has_others = object.get(1..).is_some_and(|inside| inside.contains(&b'{'));
        let mut values = Members::new(object).map(|(_, value)| value);
        !(has_others && values.any(starts_like_operator))
    }
}

/// Writes an object of a user who left: [named](Object::name) so, with this value (`false` or `null`) for each
/// of these keys. A user whom Braze does not know any more is not created anew.
pub fn write_leaver<'k>(
    name: &[u8],
    keys: impl IntoIterator<Item = &'k [u8]>,
    value: &[u8],
    out: &mut Vec<u8>,
) {
    out.push(b'{');
    out.extend_from_slice(name);
    out.extend_from_slice(b",\"_update_existing_only\":true");
    for key in keys {
        out.push(b',');
        out.extend_from_slice(key);
        out.push(b':');
        out.extend_from_slice(value);
    }
    out.push(b'}');
}

/// Whether a value is an object whose first key is that of an operator. JSON of an export's own stands
/// there as it came, with its spaces and escapes: a key that has an escape is taken for an operator.
pub(crate) fn starts_like_operator(value: &[u8]) -> bool {
    let Some(inside) = value.strip_prefix(b"{") else {
        return false;
    };
    let key = inside.trim_ascii_start().strip_prefix(b"\"");
    let starts = |operator: &[u8]| key.is_some_and(|key| key.starts_with(operator));
    let operators: [&[u8]; 5] = [b"inc\"", b"add\"", b"remove\"", b"$", b"\\"];
    operators.into_iter().any(starts) && !starts(b"$time\"")
}

/// The key of the user whose alias this is.
fn alias_key(alias: &[u8]) -> Option<UserKey> {
    let mut parts = Members::new(alias).map(|(_, value)| json::own_text(value));
    let (name, label) = (parts.next()??, parts.next()??);
    let alias = UserAlias {
        name: AliasPart::new(&name).ok()?,
        label: AliasPart::new(&label).ok()?,
    };
    Some(Identity::UserAlias(alias).key())
}

/// A request body of some of a batch's objects, in the order in which they are named: what is left of a
/// request that Braze took in parts, or a half of one that was too large.
pub fn body_of<'o>(
    array: InputArray,
    objects: impl IntoIterator<Item = &'o Object>,
    body: &[u8],
) -> Vec<u8> {
    let mut part = opening(array).to_vec();
    for (place, object) in objects.into_iter().enumerate() {
        if place > 0 {
            part.push(b',');
        }
        let range = object.range.start as usize..object.range.end as usize;
        part.extend_from_slice(body.get(range).unwrap_or_default());
    }
    part.extend_from_slice(CLOSING);
    part
}

/// Puts objects into bodies of one array, each as large as it may be: for hosts that send a part of what a
/// session made.
#[derive(Debug)]
pub struct Bodies {
    limits: BatchLimits,
    array: InputArray,
    body: Vec<u8>,
    n_objects: usize,
}

impl Bodies {
    /// No body yet.
    pub fn new(array: InputArray, limits: BatchLimits) -> Self {
        Self {
            limits,
            array,
            body: Vec::new(),
            n_objects: 0,
        }
    }

    /// Takes an object; hands out the body before it where it does not fit any more.
    pub fn push<E>(
        &mut self,
        object: &[u8],
        each: impl FnOnce(&[u8], usize) -> Result<(), E>,
    ) -> Result<(), E> {
        let n_bytes = self.body.len() + 1 + object.len() + CLOSING.len();
        if self.n_objects >= self.limits.objects || n_bytes > self.limits.body_bytes {
            self.finish(each)?;
        }
        match self.n_objects {
            0 => self.body.extend_from_slice(opening(self.array)),
            _ => self.body.push(b','),
        }
        self.body.extend_from_slice(object);
        self.n_objects += 1;
        Ok(())
    }

    /// Hands out the last body, with the number of its objects, if there is one.
    pub fn finish<E>(&mut self, each: impl FnOnce(&[u8], usize) -> Result<(), E>) -> Result<(), E> {
        if self.n_objects == 0 {
            return Ok(());
        }
        self.body.extend_from_slice(CLOSING);
        let result = each(&self.body, self.n_objects);
        self.body.clear();
        self.n_objects = 0;
        result
    }
}

fn opening(array: InputArray) -> &'static [u8] {
    match array {
        InputArray::Attributes => b"{\"attributes\":[",
        InputArray::Events => b"{\"events\":[",
        InputArray::Purchases => b"{\"purchases\":[",
    }
}

/// Collects objects into batches. Only this type makes a [`Batch`], so none exceeds the limits.
pub(crate) struct Batcher {
    limits: BatchLimits,
    fingerprint: Fingerprint,
    array: InputArray,
    /// `{"attributes":[`
    opening: &'static [u8],
    /// Whether rows of one user that follow each other become one object.
    merges: bool,
    /// Members behind an object's head that are no columns.
    n_own: usize,
    /// The end of each head that is the same for all users.
    n_flags: usize,
    /// The bytes of the largest object that a request takes.
    most_object_bytes: usize,
    merger: Merger,
    body: Body,
    /// Where the object at hand starts in the body.
    object_start: usize,
    objects: Vec<Object>,
    number: u64,
    start: Location,
    /// An object that did not fit, until the batch before it is out.
    spilled: Vec<u8>,
}

const CLOSING: &[u8] = b"]}";

/// What [`Batcher::close_object`] made of the object that was just written.
pub(crate) enum Closed {
    /// It is in the batch.
    Kept,
    /// It is of the last object's user, and part of that object now; see [`Batcher::conflicts`].
    Merged,
    /// It would not fit: take the batch, then call [`Batcher::unspill`].
    Spilled,
    /// It is larger than Braze takes, and not in the batch: so many bytes.
    TooLarge(usize),
}

impl Batcher {
    /// Limits outside of what makes sense are brought to the nearest that does: 1 to 75 objects, 1 KiB to
    /// 4 MiB.
    pub(crate) fn new(wanted: BatchLimits, plan: &Plan) -> Self {
        let limits = BatchLimits {
            objects: wanted.objects.clamp(1, limits::REQUEST_OBJECTS),
            body_bytes: wanted.body_bytes.clamp(1 << 10, limits::REQUEST_BYTES),
        };
        let opening = opening(plan.array());
        let most_in_body = limits.body_bytes - opening.len() - CLOSING.len();
        let mut batcher = Self {
            limits,
            fingerprint: plan.fingerprint(),
            array: plan.array(),
            opening,
            merges: plan.merges_rows(),
            n_own: plan.n_own_members(),
            n_flags: plan.flags.end - plan.flags.start,
            most_object_bytes: most_in_body.min(limits::OBJECT_BYTES),
            merger: Merger::default(),
            body: Body::default(),
            object_start: 0,
            objects: Vec::new(),
            number: 0,
            start: Location::default(),
            spilled: Vec::new(),
        };
        batcher.body.push(batcher.opening);
        batcher
    }

    /// The body to write the next object to. What is written and not closed must be dropped.
    #[inline(always)]
    pub(crate) fn open_object(&mut self) -> &mut Body {
        if !self.objects.is_empty() {
            self.body.push(b",");
        }
        self.object_start = self.body.len();
        &mut self.body
    }

    /// Takes back what was written since [`Self::open_object`].
    pub(crate) fn drop_object(&mut self) {
        let end = self
            .objects
            .last()
            .map_or(self.opening.len(), |object| object.range.end as usize);
        self.body.truncate(end);
    }

    /// Closes the object that was written since [`Self::open_object`]. Its first `head` bytes name its
    /// user.
    ///
    /// A full batch is not handed out before the next object is there: that may be one of the last's user.
    #[inline(always)]
    pub(crate) fn close_object(
        &mut self,
        identifier: IdentifierKind,
        head: usize,
        at: Location,
    ) -> Closed {
        let (start, end) = (self.object_start, self.body.len());
        let n_bytes = end - start;
        if n_bytes > self.most_object_bytes {
            self.drop_object();
            return Closed::TooLarge(n_bytes);
        }
        if self.merges && self.may_be_same_user(start, head) && self.merge(start, head, at) {
            return Closed::Merged;
        }
        let is_full = self.objects.len() >= self.limits.objects;
        if is_full | (end + CLOSING.len() > self.limits.body_bytes) {
            self.spill(start, end);
            return Closed::Spilled;
        }
        self.add(identifier, at, start, end);
        Closed::Kept
    }

    /// Whether the identifier of the object at `start` has the same end as the last one of the batch: one
    /// comparison of eight bytes, which tells nearly all users apart.
    #[inline(always)]
    fn may_be_same_user(&self, start: usize, head: usize) -> bool {
        let Some(last) = self.objects.last() else {
            return false;
        };
        let place = head.saturating_sub(self.n_flags + 8);
        let word = |start: usize| {
            let rest = self.body.as_bytes().get(start + place..);
            rest.and_then(|rest| rest.first_chunk::<8>())
        };
        word(start) == word(last.range.start as usize)
    }

    /// Keeps the object at `start` for the batch that follows.
    #[cold]
    fn spill(&mut self, start: usize, end: usize) {
        self.spilled.clear();
        self.spilled
            .extend_from_slice(&self.body.as_bytes()[start..end]);
        self.drop_object();
    }

    /// Puts the object at `start` into the last one of the batch, if both have the same first `head` bytes
    /// and come from one file, and if that does not make it too large.
    #[cold]
    fn merge(&mut self, start: usize, head: usize, at: Location) -> bool {
        let (body, n_own) = (self.body.as_bytes(), self.n_own);
        let Some(last) = self.objects.last_mut() else {
            return false;
        };
        let heads = (&body[last.range.start as usize..], &body[start..]);
        if heads.0[..head] != heads.1[..head] || last.at.file != at.file {
            return false;
        }
        let range = last.range.start as usize..last.range.end as usize;
        let (earlier, later) = (&body[range.clone()], &body[start..]);
        let Some(merged) = self.merger.merge(earlier, later, head, n_own) else {
            return false;
        };
        let end = range.start + merged.len();
        if end + CLOSING.len() > self.limits.body_bytes {
            return false;
        }
        last.range.end = end as u32; // OK because a body is bounded far below 4 GiB
        last.n_rows += 1;
        self.body.truncate(range.start);
        self.body.push(merged);
        true
    }

    /// The keys, as JSON, of which the last merge dropped a value.
    pub(crate) fn conflicts(&self) -> &[Vec<u8>] {
        self.merger.conflicts()
    }

    /// Puts the object that did not fit into the batch that starts with it.
    pub(crate) fn unspill(&mut self, identifier: IdentifierKind, at: Location) {
        let start = self.body.len();
        self.body.push(&self.spilled);
        self.add(identifier, at, start, self.body.len());
    }

    #[inline(always)]
    fn add(&mut self, identifier: IdentifierKind, at: Location, start: usize, end: usize) {
        if self.objects.is_empty() {
            self.start = at;
        }
        let range = start as u32..end as u32; // OK because a body is bounded far below 4 GiB
        self.objects.push(Object {
            identifier,
            at,
            n_rows: 1,
            range,
        });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Lends the finished batch; [`Self::start_next`] must follow.
    pub(crate) fn finish(&mut self) -> Batch<'_> {
        self.body.push(CLOSING);
        Batch {
            number: self.number,
            start: Checkpoint {
                at: self.start,
                batch: self.number,
            },
            body: self.body.as_bytes(),
            objects: &self.objects,
            array: self.array,
            fingerprint: self.fingerprint,
        }
    }

    pub(crate) fn start_next(&mut self) {
        self.number += 1;
        self.body.truncate(self.opening.len());
        self.objects.clear();
    }

    /// Batches handed out so far.
    pub(crate) fn n_finished(&self) -> u64 {
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(range: Range<u32>) -> Object {
        Object {
            identifier: IdentifierKind::ExternalId,
            at: Location::default(),
            n_rows: 1,
            range,
        }
    }

    #[test]
    fn a_part_of_an_object_keeps_its_user_and_flags() {
        let body =
            br#"{"user_alias":{"alias_name":"1","alias_label":"a"},"_update_existing_only":true,"a":1,"_b":"x,","c":[1,2]}"#;
        let object = object(0..body.len() as u32);
        let part = |kept: &[usize]| {
            let mut out = Vec::new();
            object.write_part(body, |statement| kept.contains(&statement), &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(part(&[0, 1, 2]).as_bytes(), body);
        let head =
            r#"{"user_alias":{"alias_name":"1","alias_label":"a"},"_update_existing_only":true"#;
        assert_eq!(part(&[1]), format!("{head},\"_b\":\"x,\"}}"));
        assert_eq!(part(&[]), format!("{head}}}"));
    }

    #[test]
    fn a_leaver_is_named_as_its_object_names_it_and_never_created() {
        let body = br#"{"user_alias":{"alias_name":"1","alias_label":"a"},"_update_existing_only":false,"a":1,"b":2}"#;
        let object = object(0..body.len() as u32);
        let keys: Vec<_> = object.statement_keys(body).collect();
        assert_eq!(keys, [b"\"a\"", b"\"b\""]);
        let mut out = Vec::new();
        write_leaver(object.name(body), [keys[1]], b"false", &mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#"{"user_alias":{"alias_name":"1","alias_label":"a"},"_update_existing_only":true,"b":false}"#
        );
        assert_eq!(object.name(b"{}"), b"");
    }

    #[test]
    fn bodies_stay_within_the_limits() {
        let limits = BatchLimits {
            objects: 3,
            body_bytes: 37,
        };
        let mut bodies = Bodies::new(InputArray::Attributes, limits);
        let mut found = Vec::new();
        let mut take = |body: &[u8], n_objects| {
            found.push((String::from_utf8(body.to_vec()).unwrap(), n_objects));
            Ok::<(), ()>(())
        };
        for object in ["{1}", "{2}", "{3}", "{4}", "{12345678901}", "{5}"] {
            bodies.push(object.as_bytes(), &mut take).unwrap();
        }
        bodies.finish(&mut take).unwrap();
        bodies.finish(&mut take).unwrap();
        let found: Vec<_> = found.iter().map(|(body, n)| (&**body, *n)).collect();
        assert_eq!(
            found,
            [
                (r#"{"attributes":[{1},{2},{3}]}"#, 3),
                (r#"{"attributes":[{4},{12345678901}]}"#, 2),
                (r#"{"attributes":[{5}]}"#, 1),
            ]
        );
    }

    #[test]
    fn an_object_with_an_operator_cannot_be_repeated() {
        for (value, is_repeatable) in [
            ("1", true),
            (r#"{"inc":1}"#, false),
            (r#"{ "inc" : 1 }"#, false),
            (r#"{"add":["a"]}"#, false),
            (r#"{"$add":[{}],"$remove":[]}"#, false),
            (r#"{"\u0069nc":1}"#, false),
            (r#"{"$time":"2026-01-01"}"#, true),
            (r#"{"income":1,"inc":2}"#, true),
            (r#"[{"inc":1}]"#, true),
            (r#""{\"inc\":1}""#, true),
            ("{}", true),
        ] {
            let body = format!(r#"{{"external_id":"u","x":0,"y":{value}}}"#);
            let object = object(0..body.len() as u32);
            assert_eq!(
                object.is_repeatable(body.as_bytes()),
                is_repeatable,
                "{body}"
            );
        }
    }

    #[test]
    fn a_flag_or_else_the_identifier_says_whether_a_user_is_created() {
        use IdentifierKind::{BrazeId, Email, ExternalId, Phone, UserAlias};
        let without = r#"{"external_id":"u","a":true}"#;
        let merging = r#"{"external_id":"u","_merge_objects":true,"a":false}"#;
        let creating =
            r#"{"external_id":"u","_update_existing_only":false,"_merge_objects":true,"a":1}"#;
        let skipping = r#"{"external_id":"u","_update_existing_only":true,"a":1}"#;
        for (identifier, may_create) in [
            (ExternalId, true),
            (Email, true),
            (Phone, true),
            (UserAlias, false),
            (BrazeId, false),
        ] {
            for (body, creates) in [
                (without, may_create),
                (merging, may_create),
                (creating, true),
                (skipping, false),
            ] {
                let object = Object {
                    identifier,
                    ..object(0..body.len() as u32)
                };
                assert_eq!(
                    object.creates(body.as_bytes()),
                    creates,
                    "{identifier:?} {body}"
                );
            }
        }
    }

    #[test]
    fn a_part_of_a_body_is_a_body() {
        let body = br#"{"events":[{"a":1},{"b":2},{"c":3}]}"#;
        let objects = [object(11..18), object(19..26), object(27..34)];
        let part = |places: &[usize]| {
            let objects = places.iter().map(|&place| &objects[place]);
            String::from_utf8(body_of(InputArray::Events, objects, body)).unwrap()
        };
        assert_eq!(part(&[0, 1, 2]).as_bytes(), body);
        assert_eq!(part(&[0, 2]), r#"{"events":[{"a":1},{"c":3}]}"#);
        assert_eq!(part(&[1]), r#"{"events":[{"b":2}]}"#);
    }
}
