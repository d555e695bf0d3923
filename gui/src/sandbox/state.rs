//! `GET /state.json`: the sandbox for programs.
//!
//! ```json
//! {
//!   "requests": 2, "faulted": 0, "limited": 0, "exports": 0, "accepted": 3, "refused": 1,
//!   "events": 1, "purchases": 0, "unknown_users": 0, "dropped_values": 0, "profiles": 1,
//!   "not_kept": 0, "waiting": 0, "attribute_writes": 3, "data_points": 4,
//!   "users": {
//!     "external_id:7": {
//!       "braze_id": "000000000000000000000001",
//!       "fields": { "first_name": "Ada" },
//!       "attributes": { "AIQ_123_4": true, "ltv": 10.50 },
//!       "events": { "visit": { "count": 1, "first": "2026-03-26T18:12:00.000Z", "last": "…" } },
//!       "purchases": {},
//!       "history": { "ltv": [9, 10.50] }
//!     }
//!   },
//!   "written": {
//!     "fields": { "first_name": { "count": 1, "data_points": 1 } },
//!     "attributes": {}, "events": {}, "purchases": {}
//!   },
//!   "proofs": { "users": 1, "total": "89abcdef01234567", "user": { "sum": "…", "attributes": 3, "events": 1 } }
//! }
//! ```
//!
//! The counts are those of [`super::Report`]. `users` holds the first 1,000 profiles by age, or
//! with `?user=ID` the first 1,000 that are called so; `?user=external_id:ID` finds its one at
//! once. Values are the JSON text that was sent. `history` is there for a sandbox that keeps one ([`super::Memory::history`]), and `proofs` for
//! one that keeps those ([`super::Memory::proofs`]); its `user` is the one of `?user=`, by its
//! external id or as `kind:identifier`.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use hyper::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;

use super::{
    Report,
    answer::Answer,
    profile::{Profile, Tally},
    proof::Proof,
    workspace::Workspace,
    writes::Written,
};

const USERS: usize = 1000;

#[derive(Serialize)]
struct State<'a> {
    #[serde(flatten)]
    report: Report,
    users: BTreeMap<String, User<'a>>,
    written: &'a Written,
    #[serde(skip_serializing_if = "Option::is_none")]
    proofs: Option<Proofs>,
}

#[derive(Serialize)]
struct User<'a> {
    braze_id: &'a str,
    fields: BTreeMap<&'a str, &'a RawValue>,
    attributes: BTreeMap<&'a str, &'a RawValue>,
    events: BTreeMap<&'a str, Occurrences>,
    purchases: BTreeMap<&'a str, Occurrences>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<BTreeMap<&'a str, &'a VecDeque<Box<RawValue>>>>,
}

#[derive(Serialize)]
struct Proofs {
    users: usize,
    /// Hexadecimal, since not every reader of JSON can hold 64 bits.
    total: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<OneProof>,
}

#[derive(Serialize)]
struct OneProof {
    sum: String,
    attributes: u32,
    events: u32,
}

#[derive(Serialize)]
struct Occurrences {
    count: u64,
    first: String,
    last: String,
}

pub(super) fn state(workspace: &Workspace, user: Option<&str>) -> Answer {
    let users = workspace
        .called(user)
        .take(USERS)
        .map(|profile| (profile.identity.to_string(), shown(workspace, profile)))
        .collect();
    let state = State {
        report: workspace.report(),
        users,
        written: workspace.written(),
        proofs: workspace.memory().proofs.then(|| proofs(workspace, user)),
    };
    match serde_json::to_string(&state) {
        Ok(state) => Answer::json_text(StatusCode::OK, state),
        Err(error) => Answer::message(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

fn proofs(workspace: &Workspace, user: Option<&str>) -> Proofs {
    let proofs = workspace.proofs();
    let of = |user: &str| proofs.get(&Proof::user(user));
    let user = user.and_then(|user| of(user).or_else(|| of(&format!("external_id:{user}"))));
    Proofs {
        users: proofs.len(),
        total: format!("{:016x}", Proof::total(proofs)),
        user: user.map(|proof| OneProof {
            sum: format!("{:016x}", proof.sum),
            attributes: proof.attributes,
            events: proof.events,
        }),
    }
}

fn shown<'a>(workspace: &'a Workspace, profile: &'a Profile) -> User<'a> {
    let arrived = workspace.arrived(&profile.identity).into_iter().flatten();
    let arrived = arrived.map(|(name, values)| (name.as_str(), values));
    let keeps = workspace.memory().history > 0;
    User {
        history: keeps.then(|| arrived.collect()),
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
