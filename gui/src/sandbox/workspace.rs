//! What the sandbox remembers: profiles, as far as memory goes, and counts.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde_json::value::RawValue;

use super::{
    Report,
    field::Change,
    identity::{self, Identity, User},
    json::{self, Kind},
    moment::Moment,
    object::{Attributes, Occurrence},
};

/// How much is kept. Beyond either number objects are checked and counted only.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    pub(super) profiles: usize,
    /// Of names and values together.
    pub(super) bytes: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            profiles: 100_000,
            bytes: 512 << 20,
        }
    }
}

/// What one map entry costs beside its value, about.
const ENTRY_BYTES: usize = 64;

/// Values under names. A name that many profiles share is in memory once.
pub(super) type Values = BTreeMap<Arc<str>, Box<RawValue>>;

/// One user.
pub(super) struct Profile {
    /// The identifier that created it.
    pub(super) identity: Identity,
    /// As Braze would give one out: 24 hexadecimal digits.
    pub(super) braze_id: String,
    /// Standard fields.
    pub(super) fields: Values,
    /// Custom attributes.
    pub(super) attributes: Values,
    pub(super) events: BTreeMap<Arc<str>, Tally>,
    pub(super) purchases: BTreeMap<Arc<str>, Tally>,
    /// The number of the last change to any profile; the larger, the later.
    updated: u64,
}

impl Profile {
    /// Whether a person who types `text` may mean this profile.
    pub(super) fn is_called(&self, text: &str) -> bool {
        let is_field = |name| {
            let value = self.fields.get(name).and_then(|value| json::text(value));
            value.is_some_and(|value| value.eq_ignore_ascii_case(text))
        };
        self.identity.value() == text
            || self.braze_id == text
            || is_field("email")
            || is_field("phone")
    }
}

/// How often something happened, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tally {
    pub(super) count: u64,
    pub(super) first: Moment,
    pub(super) last: Moment,
}

/// How many kept profiles hold what in one custom attribute.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Holders {
    pub(super) n_true: u64,
    pub(super) n_false: u64,
    pub(super) n_other: u64,
}

/// Everything one sandbox knows.
#[derive(Default)]
pub(super) struct Workspace {
    room: Room,
    bytes: usize,
    changes: u64,
    pub(super) counts: Report,
    profiles: Vec<Profile>,
    /// Of external ids, aliases and Braze ids.
    index: HashMap<Identity, usize>,
    emails: Contacts,
    phones: Contacts,
    names: HashSet<Arc<str>>,
}

impl Workspace {
    #[cfg(test)]
    pub(super) fn with_room(room: Room) -> Self {
        Self {
            room,
            ..Self::default()
        }
    }

    pub(super) fn room(&self) -> Room {
        self.room
    }

    pub(super) fn report(&self) -> Report {
        Report {
            profiles: self.profiles.len() as u64,
            ..self.counts
        }
    }

    /// In the order of their creation.
    pub(super) fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// The custom attributes of the kept profiles.
    pub(super) fn attributes(&self) -> BTreeMap<&str, Holders> {
        let mut attributes = BTreeMap::<&str, Holders>::new();
        for (name, value) in self.profiles.iter().flat_map(|p| &p.attributes) {
            let holders = attributes.entry(name).or_default();
            match json::kind(value) {
                Kind::True => holders.n_true += 1,
                Kind::False => holders.n_false += 1,
                _ => holders.n_other += 1,
            }
        }
        attributes
    }

    /// The events of the kept profiles: how many users have each, and the tally over them all.
    pub(super) fn events(&self) -> BTreeMap<&str, (u64, Tally)> {
        let mut events = BTreeMap::<&str, (u64, Tally)>::new();
        for (name, tally) in self.profiles.iter().flat_map(|p| &p.events) {
            let (users, sum) = events
                .entry(name)
                .or_insert((0, Tally { count: 0, ..*tally }));
            *users += 1;
            sum.count += tally.count;
            sum.first = sum.first.min(tally.first);
            sum.last = sum.last.max(tally.last);
        }
        events
    }

    pub(super) fn apply_attributes(&mut self, object: Attributes) {
        let Attributes {
            user,
            fields,
            custom,
            dropped,
        } = object;
        self.counts.dropped_values += dropped;
        let Some(index) = user.and_then(|user| self.profile_for(user)) else {
            return;
        };
        for (name, change) in fields {
            self.set_field(index, &name, change);
        }
        for (name, change) in custom {
            let name = self.shared_name(&name);
            if let Some(profile) = self.profiles.get_mut(index) {
                put(&mut profile.attributes, &mut self.bytes, name, change);
            }
        }
    }

    pub(super) fn apply_event(&mut self, event: Occurrence) {
        self.counts.events += 1;
        self.tally(event, |profile| &mut profile.events);
    }

    pub(super) fn apply_purchase(&mut self, purchase: Occurrence) {
        self.counts.purchases += 1;
        self.tally(purchase, |profile| &mut profile.purchases);
    }

    /// Events are not told apart: the same one twice counts twice.
    fn tally(
        &mut self,
        occurrence: Occurrence,
        tallies: impl Fn(&mut Profile) -> &mut BTreeMap<Arc<str>, Tally>,
    ) {
        let Occurrence {
            user,
            name,
            time,
            count,
        } = occurrence;
        let Some(index) = self.profile_for(user) else {
            return;
        };
        let name = self.shared_name(&name);
        let Some(profile) = self.profiles.get_mut(index) else {
            return;
        };
        let tally = tallies(profile).entry(name).or_insert_with(|| {
            self.bytes += ENTRY_BYTES;
            Tally {
                count: 0,
                first: time,
                last: time,
            }
        });
        tally.count += count;
        tally.first = tally.first.min(time);
        tally.last = tally.last.max(time);
    }

    /// The profile an object changes: the one there is, or a new one where that is allowed and
    /// there is room.
    fn profile_for(&mut self, user: User) -> Option<usize> {
        let User {
            identity,
            may_create,
        } = user;
        let found = self.find(&identity);
        if found.is_none() && !may_create {
            self.counts.unknown_users += 1;
            return None;
        }
        let is_full = self.bytes >= self.room.bytes
            || (found.is_none() && self.profiles.len() >= self.room.profiles);
        if is_full {
            self.counts.not_kept += 1;
            return None;
        }
        let index = found.unwrap_or_else(|| self.create(identity));
        self.changes += 1;
        self.profiles.get_mut(index)?.updated = self.changes;
        Some(index)
    }

    fn find(&self, identity: &Identity) -> Option<usize> {
        match identity {
            Identity::ExternalId(_) | Identity::Alias { .. } | Identity::BrazeId(_) => {
                self.index.get(identity).copied()
            }
            Identity::Email(address) => self.latest(self.emails.get(address)),
            Identity::Phone(digits) => self.latest(self.phones.get(digits)),
        }
    }

    /// Of several profiles with one address the most recently updated that has an external id,
    /// else the most recently updated (Braze's page of `/users/track`).
    fn latest(&self, candidates: &[usize]) -> Option<usize> {
        let rank = |index: &usize| {
            let profile = self.profiles.get(*index)?;
            let has_id = matches!(profile.identity, Identity::ExternalId(_));
            Some((has_id, profile.updated))
        };
        candidates.iter().copied().max_by_key(rank)
    }

    fn create(&mut self, identity: Identity) -> usize {
        let index = self.profiles.len();
        let braze_id = format!("{:024x}", index + 1);
        self.bytes += identity.value().len() + 4 * ENTRY_BYTES;
        self.index
            .insert(Identity::BrazeId(braze_id.clone()), index);
        match &identity {
            Identity::ExternalId(_) | Identity::Alias { .. } => {
                self.index.insert(identity.clone(), index);
            }
            Identity::Email(address) => self.emails.add(address.clone(), index),
            Identity::Phone(digits) => self.phones.add(digits.clone(), index),
            Identity::BrazeId(_) => {}
        }
        let mut profile = Profile {
            identity,
            braze_id,
            fields: Values::new(),
            attributes: Values::new(),
            events: BTreeMap::new(),
            purchases: BTreeMap::new(),
            updated: 0,
        };
        if let Some((name, text)) = contact(&profile.identity)
            && let Some(value) = json::of_text(text)
        {
            profile.fields.insert(Arc::from(name), value);
        }
        self.profiles.push(profile);
        index
    }

    /// Keeps the look-up by email address and phone number in step with the fields.
    fn set_field(&mut self, index: usize, name: &str, change: Change) {
        let shared = self.shared_name(name);
        let Some(profile) = self.profiles.get_mut(index) else {
            return;
        };
        let before = contact_key(name, &profile.fields);
        put(&mut profile.fields, &mut self.bytes, shared, change);
        let after = contact_key(name, &profile.fields);
        if before == after {
            return;
        }
        let contacts = match name {
            "email" => &mut self.emails,
            _ => &mut self.phones,
        };
        if let Some(key) = before {
            contacts.remove(&key, index);
        }
        if let Some(key) = after {
            contacts.add(key, index);
        }
    }

    /// The one copy of `name`.
    fn shared_name(&mut self, name: &str) -> Arc<str> {
        if let Some(shared) = self.names.get(name) {
            return Arc::clone(shared);
        }
        let shared = Arc::<str>::from(name);
        self.bytes += name.len() + ENTRY_BYTES;
        self.names.insert(Arc::clone(&shared));
        shared
    }
}

/// Makes one change, and keeps the count of bytes.
fn put(values: &mut Values, bytes: &mut usize, name: Arc<str>, change: Change) {
    let cost = |value: &RawValue| value.get().len() + ENTRY_BYTES;
    let before = match change {
        Change::Set(value) => {
            *bytes += cost(&value);
            values.insert(name, value)
        }
        Change::Merge(value) => {
            let merged = values.get(&name).map(|there| json::merged(there, &value));
            let value = merged.unwrap_or(value);
            *bytes += cost(&value);
            values.insert(name, value)
        }
        Change::Remove => values.remove(&name),
    };
    *bytes = bytes.saturating_sub(before.map_or(0, |before| cost(&before)));
}

/// The field that an email-only or phone-only profile begins with.
fn contact(identity: &Identity) -> Option<(&'static str, &str)> {
    match identity {
        Identity::Email(address) => Some(("email", address)),
        Identity::Phone(digits) => Some(("phone", digits)),
        Identity::ExternalId(_) | Identity::Alias { .. } | Identity::BrazeId(_) => None,
    }
}

/// What a profile is looked up by through the field `name`, if that is a way.
fn contact_key(name: &str, fields: &Values) -> Option<String> {
    match name {
        "email" => json::text(fields.get(name)?).map(|address| address.to_lowercase()),
        "phone" => identity::phone_digits(&json::text(fields.get(name)?)?),
        _ => None,
    }
}

/// The profiles that have an email address or a phone number.
#[derive(Default)]
struct Contacts(HashMap<String, Vec<usize>>);

impl Contacts {
    fn get(&self, key: &str) -> &[usize] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    fn add(&mut self, key: String, index: usize) {
        self.0.entry(key).or_default().push(index);
    }

    fn remove(&mut self, key: &str, index: usize) {
        if let Some(profiles) = self.0.get_mut(key) {
            profiles.retain(|profile| *profile != index);
            if profiles.is_empty() {
                self.0.remove(key);
            }
        }
    }
}
