//! How often each attribute and event was written, and what it would cost where a contract counts
//! data points.

use std::collections::BTreeMap;

use serde::Serialize;

/// What was written under one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Writes {
    /// Also with the value that was there before.
    pub(super) count: u64,
    /// Older contracts count these.
    pub(super) data_points: u64,
}

/// Writes by name.
pub(super) type ByName = BTreeMap<String, Writes>;

/// How many names are told apart in each of the lists; those after that count together under `…`.
const NAMES: usize = 10_000;

/// Everything that was written.
#[derive(Debug, Default, Serialize)]
pub(super) struct Written {
    /// Standard fields.
    pub(super) fields: ByName,
    /// Custom attributes.
    pub(super) attributes: ByName,
    pub(super) events: ByName,
    pub(super) purchases: ByName,
}

pub(super) fn count(list: &mut ByName, name: &str, count: u64, data_points: u64) {
    if let Some(writes) = list.get_mut(name) {
        writes.count += count;
        writes.data_points += data_points;
        return;
    }
    let name = if list.len() < NAMES { name } else { "…" };
    let writes = list.entry(name.to_owned()).or_default();
    writes.count += count;
    writes.data_points += data_points;
}
