//! The order in which the values of one attribute of one user arrived. It is that of the requests,
//! also where they are applied later and in no order.

use std::collections::{BTreeMap, HashMap, VecDeque};

use serde_json::value::RawValue;

use super::identity::Identity;

/// The last values of each attribute.
pub(super) type Arrived = BTreeMap<String, VecDeque<Box<RawValue>>>;

/// The last values of each attribute of each user, by the identifier they were sent with.
#[derive(Debug, Default)]
pub(super) struct History(HashMap<Identity, Arrived>);

impl History {
    /// Keeps `value` as the last of at most `room` values, if the user is one of the first `users`.
    pub(super) fn add(
        &mut self,
        (user, name): (&Identity, &str),
        value: &RawValue,
        (room, users): (usize, usize),
    ) {
        if room == 0 || (self.0.len() >= users && !self.0.contains_key(user)) {
            return;
        }
        let attributes = match self.0.get_mut(user) {
            Some(attributes) => attributes,
            None => self.0.entry(user.clone()).or_default(),
        };
        let values = match attributes.get_mut(name) {
            Some(values) => values,
            None => attributes.entry(name.to_owned()).or_default(),
        };
        if values.len() == room {
            values.pop_front();
        }
        values.push_back(value.to_owned());
    }

    pub(super) fn of(&self, user: &Identity) -> Option<&Arrived> {
        self.0.get(user)
    }
}
