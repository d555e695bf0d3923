//! What the sandbox remembers: profiles, as far as memory goes, and counts.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::{
    Report,
    change::Change,
    fault::Weather,
    history::{Arrived, History},
    identity::{Identity, User},
    json::{self, Kind},
    moment::Moment,
    object::{Attributes, Object, Occurrence, Write},
    pending::Pending,
    profile::{self, Contacts, ENTRY_BYTES, Profile, Tally, Values},
    proof::{Proof, Proofs},
    settings::{Memory, Settings},
    track::Good,
    writes::{self, ByName, Written},
};

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
    pub(super) settings: Arc<Settings>,
    bytes: usize,
    changes: u64,
    pub(super) counts: Report,
    profiles: Vec<Profile>,
    /// Of external ids, aliases and Braze ids.
    index: HashMap<Identity, usize>,
    emails: Contacts,
    phones: Contacts,
    names: HashSet<Arc<str>>,
    written: Written,
    pending: Pending,
    history: History,
    proofs: Proofs,
}

/// Where an object goes.
#[derive(Clone, Copy)]
struct Place {
    /// None where there is no room for the profile.
    profile: Option<usize>,
    /// None where no proofs are kept.
    proof: Option<u64>,
}

impl Workspace {
    pub(super) fn new(settings: Arc<Settings>, weather: &Weather) -> Self {
        Self {
            settings,
            pending: Pending::new(weather),
            ..Self::default()
        }
    }

    pub(super) fn memory(&self) -> Memory {
        self.settings.memory
    }

    pub(super) fn report(&self) -> Report {
        let written = self.written.fields.values();
        let written = written.chain(self.written.attributes.values());
        let occurred = self.written.events.values();
        let occurred = occurred.chain(self.written.purchases.values());
        Report {
            profiles: self.profiles.len() as u64,
            waiting: self.pending.len(),
            attribute_writes: written.clone().map(|writes| writes.count).sum(),
            data_points: written
                .chain(occurred)
                .map(|writes| writes.data_points)
                .sum(),
            ..self.counts
        }
    }

    pub(super) fn written(&self) -> &Written {
        &self.written
    }

    pub(super) fn proofs(&self) -> &Proofs {
        &self.proofs
    }

    pub(super) fn arrived(&self, user: &Identity) -> Option<&Arrived> {
        self.history.of(user)
    }

    /// In the order of their creation.
    pub(super) fn profiles(&self) -> &[Profile] {
        &self.profiles
    }

    /// The profiles that a person or program who asks for `text` may mean; all without one.
    /// `external_id:` and an identifier is one user, found at once however many there are.
    pub(super) fn called(&self, text: Option<&str>) -> Box<dyn Iterator<Item = &Profile> + '_> {
        let Some(text) = text else {
            return Box::new(self.profiles.iter());
        };
        let id = text.strip_prefix("external_id:");
        let one = id.and_then(|id| self.index.get(&Identity::ExternalId(id.to_owned())));
        if let Some(profile) = one.and_then(|index| self.profiles.get(*index)) {
            return Box::new(std::iter::once(profile));
        }
        let text = text.to_owned();
        let all = self.profiles.iter();
        Box::new(all.filter(move |profile| profile.is_called(&text)))
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

    /// Takes the good objects of one request: now, or once they are due.
    pub(super) fn take(&mut self, good: Vec<Good<'_>>, now: Moment) {
        for good in &good {
            self.arrive(&good.object);
        }
        if self.pending.delays() {
            let objects = good
                .into_iter()
                .map(|good| (good.array, good.sent.to_owned()));
            self.pending.add(objects.collect(), now);
        } else {
            for good in good {
                self.apply(good.object);
            }
        }
    }

    /// Applies what is due at `now`; without a time, everything.
    pub(super) fn catch_up(&mut self, now: Option<Moment>) {
        while let Some(objects) = self.pending.next(now) {
            for (array, sent) in objects {
                if let Ok(object) = array.read(&sent) {
                    self.apply(object);
                }
            }
        }
    }

    fn arrive(&mut self, object: &Object<'_>) {
        self.counts.accepted += 1;
        match object {
            Object::Event(_) => self.counts.events += 1,
            Object::Purchase(_) => self.counts.purchases += 1,
            Object::Attributes(Attributes {
                user: Some(user),
                fields,
                custom,
                ..
            }) => {
                let room = (self.memory().history, self.memory().profiles);
                for write in fields.iter().chain(custom) {
                    let place = (&user.identity, &*write.name);
                    self.history.add(place, write.sent, room);
                }
            }
            Object::Attributes(_) => {}
        }
    }

    fn apply(&mut self, object: Object<'_>) {
        match object {
            Object::Attributes(attributes) => self.apply_attributes(attributes),
            Object::Event(event) => {
                let lists: Lists = (|profile| &mut profile.events, |all| &mut all.events);
                self.tally(event, lists);
            }
            Object::Purchase(purchase) => {
                let lists: Lists = (|profile| &mut profile.purchases, |all| &mut all.purchases);
                self.tally(purchase, lists);
            }
        }
    }

    fn apply_attributes(&mut self, object: Attributes<'_>) {
        let Attributes {
            user,
            fields,
            custom,
            dropped,
        } = object;
        self.counts.dropped_values += dropped;
        let Some(place) = user.and_then(|user| self.place(user)) else {
            return;
        };
        for write in fields {
            self.note(place, &write, |all| &mut all.fields);
            if let Some(index) = place.profile {
                self.set_field(index, &write.name, write.change);
            }
        }
        for write in custom {
            if self.is_blocked(&write.name) {
                continue;
            }
            self.note(place, &write, |all| &mut all.attributes);
            let Some(index) = place.profile else {
                continue;
            };
            let name = self.shared_name(&write.name);
            let change = match self.settings.types.get(&*name) {
                Some(forced) => forced.take(write.change),
                None => Some(write.change),
            };
            self.counts.dropped_values += match (self.profiles.get_mut(index), change) {
                (Some(profile), Some(change)) => {
                    profile::put(&mut profile.attributes, &mut self.bytes, name, change)
                }
                (_, None) => 1,
                (None, _) => 0,
            };
        }
    }

    /// Counts one write, and keeps what proves it.
    fn note(
        &mut self,
        place: Place,
        write: &Write<'_>,
        list: impl Fn(&mut Written) -> &mut ByName,
    ) {
        writes::count(list(&mut self.written), &write.name, 1, write.points);
        if let Some(proof) = self.proof(place) {
            proof.add_attribute(&write.name, write.sent.get());
        }
    }

    fn proof(&mut self, place: Place) -> Option<&mut Proof> {
        self.proofs.get_mut(&place.proof?)
    }

    /// Whether Braze is told to leave everything of this name out.
    fn is_blocked(&mut self, name: &str) -> bool {
        let is_blocked = self
            .settings
            .blocked_names
            .iter()
            .any(|other| other == name);
        self.counts.dropped_values += u64::from(is_blocked);
        is_blocked
    }

    /// Events are not told apart: the same one twice counts twice.
    fn tally(&mut self, occurrence: Occurrence, (tallies, list): Lists) {
        let Occurrence {
            user,
            name,
            time,
            sent_time,
            count,
            price,
            dropped,
        } = occurrence;
        self.counts.dropped_values += dropped;
        if self.is_blocked(&name) {
            return;
        }
        let Some(place) = self.place(user) else {
            return;
        };
        writes::count(list(&mut self.written), &name, 1, count);
        if let Some(proof) = self.proof(place) {
            proof.add_event(&name, &sent_time);
        }
        let Some(index) = place.profile else {
            return;
        };
        let name = self.shared_name(&name);
        let Some(profile) = self.profiles.get_mut(index) else {
            return;
        };
        // OK because a count is at most 100.
        profile.revenue += price * count as f64;
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

    /// Where an object about `user` goes: to the profile there is, or to a new one where that is
    /// allowed and there is room. Nothing if it may not go anywhere.
    fn place(&mut self, user: User) -> Option<Place> {
        let User {
            identity,
            may_create,
        } = user;
        let found = self.find(&identity);
        let proof = self
            .memory()
            .proofs
            .then(|| Proof::user(&identity.to_string()));
        let is_proven = proof.is_some_and(|proof| self.proofs.contains_key(&proof));
        if found.is_none() && !is_proven && !may_create {
            self.counts.unknown_users += 1;
            return None;
        }
        if let Some(proof) = proof {
            self.proofs.entry(proof).or_default();
        }
        let memory = self.memory();
        let is_full = self.bytes >= memory.bytes
            || (found.is_none() && self.profiles.len() >= memory.profiles);
        if is_full {
            self.counts.not_kept += 1;
            return Some(Place {
                profile: None,
                proof,
            });
        }
        let index = found.unwrap_or_else(|| self.create(identity));
        self.changes += 1;
        self.profiles.get_mut(index)?.updated = self.changes;
        Some(Place {
            profile: Some(index),
            proof,
        })
    }

    /// The profiles with this email address, in lower case.
    pub(super) fn with_email(&self, address: &str) -> &[usize] {
        self.emails.get(address)
    }

    /// The profiles with this phone number, as [`super::identity::phone_digits`] gives it.
    pub(super) fn with_phone(&self, digits: &str) -> &[usize] {
        self.phones.get(digits)
    }

    pub(super) fn find(&self, identity: &Identity) -> Option<usize> {
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
            created: Moment::now(),
            revenue: 0.0,
            updated: 0,
        };
        if let Some((name, text)) = profile::contact(&profile.identity)
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
        let before = profile::contact_key(name, &profile.fields);
        self.counts.dropped_values +=
            profile::put(&mut profile.fields, &mut self.bytes, shared, change);
        let after = profile::contact_key(name, &profile.fields);
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

/// The lists of a profile and of all writes that an occurrence goes into.
type Lists = (
    fn(&mut Profile) -> &mut BTreeMap<Arc<str>, Tally>,
    fn(&mut Written) -> &mut ByName,
);
