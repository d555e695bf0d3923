//! `GET /state.json`: the sandbox for programs.
//!
//! ```json
//! {
//!   "requests": 2, "faulted": 0, "accepted": 3, "refused": 1, "events": 1, "purchases": 0,
//!   "unknown_users": 0, "dropped_values": 0, "profiles": 1, "not_kept": 0,
//!   "users": {
//!     "external_id:7": {
//!       "braze_id": "000000000000000000000001",
//!       "fields": { "first_name": "Ada" },
//!       "attributes": { "AIQ_123_4": true, "ltv": 10.50 },
//!       "events": { "visit": { "count": 1, "first": "2026-03-26T18:12:00.000Z", "last": "…" } },
//!       "purchases": {}
//!     }
//!   }
//! }
//! ```
//!
//! The counts are those of [`super::Report`]. `users` holds the first 1,000 profiles by age, or
//! with `?user=ID` the first 1,000 that are called so. Values are the JSON text that was sent.

use std::{collections::BTreeMap, sync::Arc};

use hyper::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    Report,
    answer::Answer,
    workspace::{Profile, Tally, Workspace},
};

const USERS: usize = 1000;

#[derive(Serialize)]
struct State<'a> {
    #[serde(flatten)]
    report: Report,
    users: BTreeMap<String, User<'a>>,
}

#[derive(Serialize)]
struct User<'a> {
    braze_id: &'a str,
    fields: BTreeMap<&'a str, &'a RawValue>,
    attributes: BTreeMap<&'a str, &'a RawValue>,
    events: BTreeMap<&'a str, Occurrences>,
    purchases: BTreeMap<&'a str, Occurrences>,
}

#[derive(Serialize)]
struct Occurrences {
    count: u64,
    first: String,
    last: String,
}

pub(super) fn state(workspace: &Workspace, user: Option<&str>) -> Answer {
    let profiles = workspace.profiles().iter();
    let users = profiles
        .filter(|profile| user.is_none_or(|user| profile.is_called(user)))
        .take(USERS)
        .map(|profile| (profile.identity.to_string(), shown(profile)))
        .collect();
    let report = workspace.report();
    match serde_json::to_string(&State { report, users }) {
        Ok(state) => Answer::json_text(StatusCode::OK, state),
        Err(error) => Answer::message(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn shown(profile: &Profile) -> User<'_> {
    User {
        braze_id: &profile.braze_id,
        fields: by_name(&profile.fields, |value| &**value),
        attributes: by_name(&profile.attributes, |value| &**value),
        events: by_name(&profile.events, occurrences),
        purchases: by_name(&profile.purchases, occurrences),
    }
}

/// `map` as serde can write it.
fn by_name<'a, T, U>(map: &'a BTreeMap<Arc<str>, T>, show: fn(&'a T) -> U) -> BTreeMap<&'a str, U> {
    map.iter()
        .map(|(name, value)| (&**name, show(value)))
        .collect()
}

fn occurrences(tally: &Tally) -> Occurrences {
    let Tally { count, first, last } = tally;
    Occurrences {
        count: *count,
        first: first.to_string(),
        last: last.to_string(),
    }
}
