//! One user, and how values get into it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::value::RawValue;

use super::{
    change::{Change, Outcome},
    identity::{self, Identity},
    json,
    moment::Moment,
};

/// What one map entry costs beside its value, about.
pub(super) const ENTRY_BYTES: usize = 64;

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
    pub(super) created: Moment,
    /// Of all purchases together, in whatever currency.
    pub(super) revenue: f64,
    /// The number of the last change to any profile; the larger, the later.
    pub(super) updated: u64,
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

/// Makes one change, and keeps the count of bytes. Says how many values are left out.
pub(super) fn put(values: &mut Values, bytes: &mut usize, name: Arc<str>, change: Change) -> u64 {
    let cost = |value: &RawValue| value.get().len() + ENTRY_BYTES;
    let (before, n_lost) = match change.onto(values.get(&name).map(|value| &**value)) {
        Outcome::Holds(value, n_lost) => {
            *bytes += cost(&value);
            (values.insert(name, value), n_lost)
        }
        Outcome::Gone => (values.remove(&name), 0),
        Outcome::LeftOut => return 1,
    };
    *bytes = bytes.saturating_sub(before.map_or(0, |before| cost(&before)));
    n_lost
}

/// The field that an email-only or phone-only profile begins with.
pub(super) fn contact(identity: &Identity) -> Option<(&'static str, &str)> {
    match identity {
        Identity::Email(address) => Some(("email", address)),
        Identity::Phone(digits) => Some(("phone", digits)),
        Identity::ExternalId(_) | Identity::Alias { .. } | Identity::BrazeId(_) => None,
    }
}

/// What a profile is looked up by through the field `name`, if that is a way.
pub(super) fn contact_key(name: &str, fields: &Values) -> Option<String> {
    match name {
        "email" => json::text(fields.get(name)?).map(|address| address.to_lowercase()),
        "phone" => identity::phone_digits(&json::text(fields.get(name)?)?),
        _ => None,
    }
}

/// The profiles that have an email address or a phone number.
#[derive(Default)]
pub(super) struct Contacts(HashMap<String, Vec<usize>>);

impl Contacts {
    pub(super) fn get(&self, key: &str) -> &[usize] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    pub(super) fn add(&mut self, key: String, index: usize) {
        self.0.entry(key).or_default().push(index);
    }

    pub(super) fn remove(&mut self, key: &str, index: usize) {
        if let Some(profiles) = self.0.get_mut(key) {
            profiles.retain(|profile| *profile != index);
            if profiles.is_empty() {
                self.0.remove(key);
            }
        }
    }
}
