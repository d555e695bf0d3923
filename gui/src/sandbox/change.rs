//! What one value does to the field or attribute it is sent for.

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::json::{self, Kind, Members};

/// Items in an array of single values (Braze's page "Custom attribute data types").
pub(super) const ITEMS: usize = 500;
/// What an array or an object may take.
pub(super) const NESTED_BYTES: usize = 100 * 1024;

/// What becomes of one field or attribute.
#[derive(Debug)]
pub(super) enum Change {
    Set(Box<RawValue>),
    /// An object whose members go into the one that is there.
    Merge(Box<RawValue>),
    /// `null` was sent.
    Remove,
    /// `{"inc": n}`
    Increase(i64),
    /// `{"add": […], "remove": […]}`
    Values {
        add: Vec<Box<RawValue>>,
        remove: Vec<Box<RawValue>>,
    },
    /// `{"$add": […], "$remove": […], "$update": […]}`
    Objects {
        add: Vec<Box<RawValue>>,
        remove: Vec<Match>,
        update: Vec<(Match, Box<RawValue>)>,
    },
}

/// The objects of an array that have this value under this key.
#[derive(Debug)]
pub(super) struct Match {
    pub(super) key: String,
    pub(super) value: Box<RawValue>,
}

impl Match {
    fn fits(&self, object: &RawValue) -> bool {
        let members = Members::read(object);
        let value = members.as_ref().and_then(|members| members.get(&self.key));
        value.is_some_and(|value| json::canonical(value) == json::canonical(&self.value))
    }
}

/// What a change came to.
#[derive(Debug)]
pub(super) enum Outcome {
    /// This is the value now; so many values fell out of it.
    Holds(Box<RawValue>, u64),
    Gone,
    /// Braze leaves the change out, without a word.
    LeftOut,
}

impl Change {
    /// What it makes of the value that is there.
    pub(super) fn onto(self, there: Option<&RawValue>) -> Outcome {
        match self {
            Self::Set(value) => Outcome::Holds(value, 0),
            Self::Merge(value) => match there {
                Some(there) => small(json::merged(there, &value)),
                None => Outcome::Holds(value, 0),
            },
            Self::Remove => Outcome::Gone,
            Self::Increase(by) => increased(there, by),
            Self::Values { add, remove } => with_values(there, &add, &remove),
            Self::Objects {
                add,
                remove,
                update,
            } => with_objects(there, add, &remove, update),
        }
    }
}

/// An update past the limit is left out, and the old value stays.
fn small(value: Box<RawValue>) -> Outcome {
    if value.get().len() > NESTED_BYTES {
        return Outcome::LeftOut;
    }
    Outcome::Holds(value, 0)
}

/// Only whole numbers are increased. That an attribute which is not there counts as 0 is our
/// reading.
fn increased(there: Option<&RawValue>, by: i64) -> Outcome {
    let before = match there {
        None => Some(0),
        Some(there) => there.get().parse::<i64>().ok(),
    };
    let after = before.and_then(|before| before.checked_add(by));
    match after.and_then(|after| RawValue::from_string(after.to_string()).ok()) {
        Some(after) => Outcome::Holds(after, 0),
        None => Outcome::LeftOut,
    }
}

/// Nothing if what is there is no array.
fn items_of(there: Option<&RawValue>) -> Option<Vec<&RawValue>> {
    match there {
        None => Some(Vec::new()),
        Some(there) => json::items(there),
    }
}

/// First what is added, then what is removed; the order is our reading.
fn with_values(
    there: Option<&RawValue>,
    add: &[Box<RawValue>],
    remove: &[Box<RawValue>],
) -> Outcome {
    let Some(mut items) = items_of(there) else {
        return Outcome::LeftOut;
    };
    items.extend(add.iter().map(|value| &**value));
    let gone: HashSet<String> = remove.iter().map(|value| json::canonical(value)).collect();
    items.retain(|value| !gone.contains(&json::canonical(value)));
    let (items, n_lost) = as_set(items);
    match small(json::array(items)) {
        Outcome::Holds(value, _) => Outcome::Holds(value, n_lost),
        outcome => outcome,
    }
}

/// Each value once, at its last place, and the last 500 of them; with how many are lost so.
pub(super) fn as_set(items: Vec<&RawValue>) -> (Vec<&RawValue>, u64) {
    let mut seen = HashSet::new();
    let mut unique: Vec<&RawValue> = items
        .into_iter()
        .rev()
        .filter(|value| seen.insert(json::canonical(value)))
        .collect();
    let n_lost = unique.len().saturating_sub(ITEMS);
    unique.truncate(ITEMS);
    unique.reverse();
    (unique, n_lost as u64)
}

/// In Braze's order: added, removed, updated.
fn with_objects(
    there: Option<&RawValue>,
    add: Vec<Box<RawValue>>,
    remove: &[Match],
    update: Vec<(Match, Box<RawValue>)>,
) -> Outcome {
    let Some(items) = items_of(there) else {
        return Outcome::LeftOut;
    };
    if items.iter().any(|item| json::kind(item) != Kind::Object) {
        return Outcome::LeftOut;
    }
    let mut objects: Vec<Box<RawValue>> = items.into_iter().map(ToOwned::to_owned).collect();
    objects.extend(add);
    objects.retain(|object| !remove.iter().any(|one| one.fits(object)));
    for (one, new) in update {
        for object in objects.iter_mut().filter(|object| one.fits(object)) {
            *object = json::merged(object, &new);
        }
    }
    small(json::array(objects.iter().map(|object| &**object)))
}
