//! A look at some of the users before anything is sent: whether Braze knows them, what it has of them now,
//! and which names are new to it.

use std::collections::BTreeSet;
use std::time::Instant;

use serde::Serialize;
use serde_json::Value;

use super::http::{CaCertificates, Http};
use super::look_up::{FIELDS, LookUp, NoAnswer, Profile};
use super::wait::SystemClock;
use super::{Address, ApiKey, Names};
use crate::pipeline::{SampleSize, SampledUser};

/// How many users are looked up.
pub(crate) const SIZE: SampleSize = SampleSize {
    together: 50,
    alone: 5,
};
/// Users whose values are shown.
const SHOWN_USERS: usize = 3;
/// Columns that are shown of a user besides the audiences.
const SHOWN_COLUMNS: usize = 3;

/// What was seen. Its `Serialize` form:
///
/// ```json
/// {"sampled":50,"known":48,"new_names":["AIQ_1042_1"],
///  "users":[{"user":"00123","values":[{"name":"ltv","now":12,"next":15}]}]}
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Preflight {
    /// Users that were looked up.
    pub(crate) sampled: u64,
    /// Users among them whom Braze knows.
    pub(crate) known: u64,
    /// Names that none of those has. More are known to Braze than a few users show.
    pub(crate) new_names: Vec<String>,
    /// Some of those whom Braze knows.
    pub(crate) users: Vec<Before>,
}

/// A user as Braze has them now, beside what is sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Before {
    /// The identifier.
    pub(crate) user: String,
    /// Some attributes.
    pub(crate) values: Vec<Change>,
}

/// An attribute, now and next; `null` where there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Change {
    pub(crate) name: String,
    pub(crate) now: Value,
    pub(crate) next: Value,
}

/// Looks the sampled users up. Nothing is written.
///
/// # Errors
///
/// When Braze does not tell.
pub(crate) fn preflight(
    users: &[SampledUser],
    names: &Names,
    n_audiences: usize,
    (address, key): (&Address, &ApiKey),
    ca_certificates: &CaCertificates,
) -> Result<Preflight, NoAnswer> {
    let http = Http::new(address, Some(key.clone()), ca_certificates).map_err(NoAnswer::Failed)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| NoAnswer::Failed(format!("no request can be made: {error}")))?;
    let mut clock = SystemClock(Instant::now());
    let mut look_up = LookUp::new(http, &mut clock);
    let users: Vec<_> = users.iter().collect();
    let is_written = |field: &&str| names.attributes.iter().any(|name| name == field);
    let history = (!names.events.is_empty()).then_some("custom_events");
    let fields: Vec<_> = ["external_id", "user_aliases", "custom_attributes"]
        .into_iter()
        .chain(history)
        .chain(FIELDS.into_iter().filter(is_written))
        .collect();
    let profiles = runtime.block_on(look_up.profiles(&users, &fields))?;
    Ok(Preflight::of(&users, &profiles, names, n_audiences))
}

impl Preflight {
    /// `n_audiences`: the first so many names are those of audiences.
    fn of(
        users: &[&SampledUser],
        profiles: &[Vec<Profile>],
        names: &Names,
        n_audiences: usize,
    ) -> Self {
        let found = || users.iter().zip(profiles);
        let known = found().filter(|(_, profiles)| !profiles.is_empty());
        let there: BTreeSet<&str> = profiles.iter().flatten().flat_map(names_of).collect();
        let shown = names.attributes.iter().take(n_audiences + SHOWN_COLUMNS);
        let before = |(user, profiles): (&&SampledUser, &Vec<Profile>)| {
            let profile = profiles.first()?;
            let values = shown.clone().filter_map(|name| {
                Some(Change {
                    name: name.clone(),
                    now: value_of(profile, name).cloned().unwrap_or_default(),
                    next: user.attributes.get(name)?.clone(),
                })
            });
            let values: Vec<_> = values.collect();
            (!values.is_empty()).then(|| Before {
                user: user.name.text().to_owned(),
                values,
            })
        };
        Self {
            sampled: users.len() as u64,
            known: known.count() as u64,
            new_names: names
                .custom()
                .filter(|name| !there.contains(name.trim()))
                .map(str::to_owned)
                .collect(),
            users: found().filter_map(before).take(SHOWN_USERS).collect(),
        }
    }
}

/// Names of custom attributes and events that a profile has.
fn names_of(profile: &Profile) -> impl Iterator<Item = &str> {
    let attributes = profile.get("custom_attributes").and_then(Value::as_object);
    let attributes = attributes
        .into_iter()
        .flat_map(|attributes| attributes.keys());
    let events = profile.get("custom_events").and_then(Value::as_array);
    let events = events.into_iter().flatten();
    let events = events.filter_map(|event| event["name"].as_str());
    attributes.map(String::as_str).chain(events)
}

/// What a profile has of an attribute. Braze takes off spaces around its name (custom attributes).
pub(super) fn value_of<'p>(profile: &'p Profile, name: &str) -> Option<&'p Value> {
    if FIELDS.contains(&name) {
        return profile.get(name);
    }
    profile.get("custom_attributes")?.get(name.trim())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::pipeline::UserName;

    #[test]
    fn spaces_around_a_name_are_braze_s_to_take_off() {
        let profile = json!({"custom_attributes": {"tier": "gold"}});
        let profile: Profile = serde_json::from_value(profile).unwrap();
        assert_eq!(value_of(&profile, "tier "), Some(&json!("gold")));
    }

    #[test]
    fn what_is_new_and_what_changes_is_told() {
        let user = |id: &str| SampledUser {
            name: UserName::ExternalId(id.to_owned()),
            attributes: BTreeMap::from([
                ("AIQ_1_2".to_owned(), json!(true)),
                ("ltv".to_owned(), json!(15)),
                ("first_name".to_owned(), json!("Ana")),
            ]),
            merges: false,
            doubtful: BTreeSet::new(),
            events: BTreeMap::new(),
        };
        let users = [user("1"), user("2")];
        let profile =
            json!({"external_id": "2", "first_name": "Eva", "custom_attributes": {"ltv": 12}});
        let profiles = [vec![], vec![profile.as_object().unwrap().clone()]];
        let names = Names {
            attributes: ["AIQ_1_2", "ltv", "first_name"].map(str::to_owned).to_vec(),
            events: Vec::new(),
        };
        let users: Vec<_> = users.iter().collect();
        let preflight = Preflight::of(&users, &profiles, &names, 1);
        assert_eq!((preflight.sampled, preflight.known), (2, 1));
        assert_eq!(preflight.new_names, ["AIQ_1_2"]);
        assert_eq!(
            serde_json::to_value(&preflight.users).unwrap(),
            json!([{"user": "2", "values": [
                {"name": "AIQ_1_2", "now": null, "next": true},
                {"name": "ltv", "now": 12, "next": 15},
                {"name": "first_name", "now": "Eva", "next": "Ana"}
            ]}])
        );
    }
}
