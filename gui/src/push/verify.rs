//! Reads some of a run's users back and compares: what was accepted with what is there.
//!
//! What was sent is made once more ([`Source`]). Only what Braze accepted counts, and of that the last value of each attribute. Braze applies what it accepted within
//! seconds to minutes: what is different is looked at again before it is said to be.

use std::path::Path;
use std::time::{Duration, Instant};

use aiq_braze::Outcome;
use aiq_braze::mapping::UnknownUsers;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::http::{CaCertificates, Http};
use super::look_up::{FIELDS, LookUp, NoAnswer, Profile};
use super::preflight::{Change, value_of};
use super::wait::{Clock, SystemClock};
use super::{Address, ApiKey, Source};
use crate::ledger::{Run, SettledBefore};
use crate::pipeline::{Said, Sample, SampleSize, SampledUser, UserName};

/// Braze tells events of 90 days; a day less, since clocks differ.
const HISTORY_SECONDS: u64 = 89 * 24 * 60 * 60;
/// The longest wait before differences are looked at again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Text that is longer is cut by Braze.
const TEXT_CHARACTERS: usize = 255;
/// Fields in which Braze takes other spellings of the same.
const SPELLED: [&str; 4] = ["country", "language", "time_zone", "gender"];

/// What a verification came to. Its `Serialize` form:
///
/// ```json
/// {"sampled":50,"same":48,"absent":1,"waited_seconds":3.0,
///  "different":[{"user":"00123","is_missing":false,"values":[{"name":"ltv","now":12,"next":15}]}]}
/// ```
///
/// `now` is what is there, `next` what was sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Verified {
    /// Users that were looked up.
    pub(crate) sampled: u64,
    /// Users of whom all that was accepted is there.
    pub(crate) same: u64,
    /// Users whom Braze does not know, and whom it was not asked to create.
    pub(crate) absent: u64,
    /// The others.
    pub(crate) different: Vec<Different>,
    /// Time spent waiting for Braze to apply what it accepted.
    pub(crate) waited_seconds: f64,
}

/// A user of whom something else is there than was accepted.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Different {
    /// The identifier.
    pub(crate) user: String,
    /// Braze does not know the user.
    pub(crate) is_missing: bool,
    /// What differs, attributes by their values and events by their counts.
    pub(crate) values: Vec<Change>,
}

/// Some of the users of whom something was accepted in a run. `folder` is its workspace's.
///
/// # Errors
///
/// When the ledger or the export cannot be read, or the export is not what was checked: in words.
pub(crate) fn accepted(
    source: &Source,
    run: &Run,
    folder: &Path,
    size: SampleSize,
) -> Result<Vec<SampledUser>, String> {
    let mut settled = SettledBefore::open(folder, run.id).map_err(|error| error.to_string())?;
    let mut sample = Sample::new(size, history_begins(&SystemClock(Instant::now())));
    for batch in source.batches(run) {
        let batch = batch.map_err(|stopped| stopped.to_string())?;
        let parts = settled.of(batch.number);
        for part in parts.map_err(|error| error.to_string())? {
            let said = match part.outcome {
                Outcome::Accepted => Said::Surely,
                Outcome::Unknown => Said::Perhaps,
                _ => continue,
            };
            for object in part.span.of(&batch.objects) {
                sample.take(batch.array, &batch.body, object, said);
            }
        }
    }
    let mut users = sample.finish();
    users.retain(|user| !user.attributes.is_empty() || !user.events.is_empty());
    Ok(users)
}

/// The first time of which Braze surely tells events, as the core writes times.
fn history_begins(clock: &dyn Clock) -> String {
    let seconds = clock.unix_seconds().saturating_sub(HISTORY_SECONDS);
    let begins = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok());
    begins.map_or_else(String::new, |begins| {
        begins.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    })
}

/// Looks the users up and compares, again and again until all is there or so much time is over.
///
/// # Errors
///
/// When Braze does not tell.
pub(crate) fn verify(
    users: &[SampledUser],
    unknown_users: UnknownUsers,
    (address, key): (&Address, &ApiKey),
    ca_certificates: &CaCertificates,
    patience: Duration,
) -> Result<Verified, NoAnswer> {
    let http = Http::new(address, Some(key.clone()), ca_certificates).map_err(NoAnswer::Failed)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| NoAnswer::Failed(format!("no request can be made: {error}")))?;
    let mut clock = SystemClock(Instant::now());
    let look_up = LookUp::new(http, &mut clock);
    runtime.block_on(compare_all(look_up, users, unknown_users, patience))
}

async fn compare_all(
    mut look_up: LookUp<'_>,
    users: &[SampledUser],
    unknown_users: UnknownUsers,
    patience: Duration,
) -> Result<Verified, NoAnswer> {
    let is_written = |field: &&str| {
        users
            .iter()
            .any(|user| user.attributes.contains_key(*field))
    };
    let history = users.iter().any(|user| !user.events.is_empty());
    let fields: Vec<_> = ["external_id", "user_aliases", "custom_attributes"]
        .into_iter()
        .chain(history.then_some("custom_events"))
        .chain(FIELDS.into_iter().filter(is_written))
        .collect();
    let mut verified = Verified {
        sampled: users.len() as u64,
        ..Verified::default()
    };
    let mut left: Vec<&SampledUser> = users.iter().collect();
    let (mut waited, mut pause) = (Duration::ZERO, Duration::from_secs(1));
    loop {
        let profiles = look_up.profiles(&left, &fields).await?;
        let mut different = Vec::new();
        let mut still_left = Vec::new();
        for (user, profiles) in left.into_iter().zip(profiles) {
            match compare(user, &profiles) {
                None => verified.same += 1,
                Some(found) if found.is_missing && !is_created(&user.name, unknown_users) => {
                    verified.absent += 1;
                }
                Some(found) => {
                    different.push(found);
                    still_left.push(user);
                }
            }
        }
        left = still_left;
        if left.is_empty() || waited >= patience {
            verified.different = different;
            verified.waited_seconds = waited.as_secs_f64();
            return Ok(verified);
        }
        let length = pause.min(patience - waited);
        look_up.clock().sleep(length).await;
        waited += length;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Whether Braze makes a profile for such a user that it does not know.
fn is_created(name: &UserName, unknown_users: UnknownUsers) -> bool {
    match (name, unknown_users) {
        (_, UnknownUsers::Skip) | (UserName::BrazeId(_), _) => false,
        (UserName::Alias { .. }, unknown_users) => unknown_users == UnknownUsers::Create,
        _ => true,
    }
}

/// What differs between what was accepted and the profile that is most like it.
fn compare(user: &SampledUser, profiles: &[Profile]) -> Option<Different> {
    let different = |is_missing, values| Different {
        user: user.name.text().to_owned(),
        is_missing,
        values,
    };
    let changes = profiles.iter().map(|profile| changes(user, profile));
    match changes.min_by_key(Vec::len) {
        None => Some(different(true, Vec::new())),
        Some(values) => (!values.is_empty()).then(|| different(false, values)),
    }
}

fn changes(user: &SampledUser, profile: &Profile) -> Vec<Change> {
    let attributes = user.attributes.iter().filter_map(|(name, sent)| {
        let is_readable =
            aiq_braze::wire::fields::standard(name).is_none() || FIELDS.contains(&name.as_str());
        if user.doubtful.contains(name) || !is_readable || is_operator(sent) {
            return None;
        }
        let there = value_of(profile, name).unwrap_or(&Value::Null);
        (!is_same(name, sent, there, user.merges)).then(|| Change {
            name: name.clone(),
            now: there.clone(),
            next: sent.clone(),
        })
    });
    let events = user.events.iter().filter_map(|(name, sent)| {
        let events = profile.get("custom_events").and_then(Value::as_array);
        let mut events = events.into_iter().flatten();
        let event = events.find(|event| event["name"] == name.as_str());
        let there = event.and_then(|event| event["count"].as_u64()).unwrap_or(0);
        (there < *sent).then(|| Change {
            name: name.clone(),
            now: there.into(),
            next: (*sent).into(),
        })
    });
    attributes.chain(events).collect()
}

/// An operator of Braze's: what it leaves behind depends on what was there.
fn is_operator(value: &Value) -> bool {
    let Some(members) = value.as_object() else {
        return false;
    };
    let mut keys = members.keys();
    keys.any(|key| {
        ["inc", "add", "remove"].contains(&key.as_str()) || key.starts_with('$') && key != "$time"
    })
}

/// Whether a value that was sent and one that is there are the same to Braze.
fn is_same(name: &str, sent: &Value, there: &Value, merges: bool) -> bool {
    match (sent, there) {
        // A field without a value is left out.
        (Value::Null, Value::Null) => true,
        (Value::String(sent), Value::Null) => sent.is_empty(),
        (Value::String(sent), Value::String(there)) => is_same_text(name, sent, there),
        (Value::Number(sent), Value::Number(there)) => {
            sent == there || sent.as_f64() == there.as_f64()
        }
        // An array holds each of its items once.
        (Value::Array(sent), Value::Array(there)) => {
            let is_in = |item: &Value, items: &[Value]| {
                items.iter().any(|other| is_same("", item, other, false))
            };
            sent.iter().all(|item| is_in(item, there)) && there.iter().all(|item| is_in(item, sent))
        }
        (Value::Object(sent), there) if sent.len() == 1 && sent.contains_key("$time") => {
            let there = there.get("$time").unwrap_or(there);
            is_same(name, &sent["$time"], there, merges)
        }
        (Value::Object(sent), Value::Object(there)) => {
            let is_there = |(key, sent): (&String, &Value)| {
                let there = there.get(key).unwrap_or(&Value::Null);
                is_same("", sent, there, merges)
            };
            sent.iter().all(is_there) && (merges || there.keys().all(|key| sent.contains_key(key)))
        }
        (sent, there) => sent == there,
    }
}

fn is_same_text(name: &str, sent: &str, there: &str) -> bool {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let cut = |text: &str| -> String { text.chars().take(TEXT_CHARACTERS).collect() };
    let time = |text: &str| text.parse::<Timestamp>().ok();
    if sent == there || cut(sent) == there {
        return true;
    }
    match name {
        "email" => sent.eq_ignore_ascii_case(there),
        // Ten digits without a country are of the United States.
        "phone" => digits(there).ends_with(&digits(sent)),
        name if SPELLED.contains(&name) => true,
        _ => matches!((time(sent), time(there)), (Some(sent), Some(there)) if sent == there),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_the_same_to_braze_is_no_difference() {
        let long = "x".repeat(300);
        for (name, sent, there, same) in [
            ("a", json!("1"), json!("1"), true),
            ("a", json!("1"), json!(1), false),
            ("a", json!(1.10), json!(1.1), true),
            ("a", json!(12), json!(12.0), true),
            ("a", json!(true), json!(false), false),
            ("a", json!(true), json!(null), false),
            ("a", json!(null), json!(null), true),
            ("a", json!(null), json!(1), false),
            ("a", json!(""), json!(null), true),
            ("a", json!(long), json!(long[..255]), true),
            ("a", json!(long), json!(long[..254]), false),
            (
                "a",
                json!("2026-01-01T00:00:00Z"),
                json!("2026-01-01T00:00:00.000Z"),
                true,
            ),
            (
                "a",
                json!("2026-01-01T00:00:00Z"),
                json!("2026-01-01T00:00:01Z"),
                false,
            ),
            ("email", json!("A@B.com"), json!("a@b.com"), true),
            ("a", json!("A"), json!("a"), false),
            (
                "phone",
                json!("+1 (555) 010-0000"),
                json!("+15550100000"),
                true,
            ),
            ("country", json!("Spain"), json!("ES"), true),
            ("country", json!("Nowhere"), json!(null), false),
            ("a", json!(["x", "x", "y"]), json!(["y", "x"]), true),
            ("a", json!(["x"]), json!(["x", "y"]), false),
            ("a", json!({"k": 1}), json!({"k": 1}), true),
            ("a", json!({"k": 1}), json!({"k": 1, "l": 2}), false),
            (
                "a",
                json!({"$time": "2026-01-01T00:00:00Z"}),
                json!("2026-01-01T00:00:00.000Z"),
                true,
            ),
        ] {
            assert_eq!(
                is_same(name, &sent, &there, false),
                same,
                "{name} {sent} {there}"
            );
        }
        assert!(is_same(
            "a",
            &json!({"k": 1}),
            &json!({"k": 1, "l": 2}),
            true
        ));
    }

    fn user(attributes: Value) -> SampledUser {
        SampledUser {
            name: UserName::ExternalId("u".to_owned()),
            attributes: serde_json::from_value(attributes).unwrap(),
            merges: false,
            doubtful: BTreeSet::new(),
            events: BTreeMap::new(),
        }
    }

    fn profile(profile: Value) -> Profile {
        serde_json::from_value(profile).unwrap()
    }

    #[test]
    fn differences_are_told_and_what_cannot_be_known_is_not() {
        let mut user = user(json!({
            "a": 1, "b": 2, "c": {"inc": 1}, "image_url": "x", "doubtful": 1
        }));
        user.doubtful.insert("doubtful".to_owned());
        user.events.insert("Seen".to_owned(), 2);
        let there = profile(json!({
            "custom_attributes": {"a": 1, "b": 3},
            "custom_events": [{"name": "Seen", "count": 1}]
        }));
        let found = compare(&user, &[there]).unwrap();
        let names: Vec<_> = found.values.iter().map(|change| &*change.name).collect();
        assert_eq!((names, found.is_missing), (vec!["b", "Seen"], false));
        assert!(compare(&user, &[]).unwrap().is_missing);
        let more = profile(json!({
            "custom_attributes": {"a": 1, "b": 2, "z": 0},
            "custom_events": [{"name": "Seen", "count": 9}]
        }));
        assert_eq!(compare(&user, &[Profile::new(), more]), None);
    }

    #[test]
    fn who_is_not_created_is_not_missed() {
        use UnknownUsers::{Create, Skip, Unset};
        let id = UserName::ExternalId(String::new());
        let alias = UserName::Alias {
            name: String::new(),
            label: String::new(),
        };
        let braze = UserName::BrazeId(String::new());
        for (name, unknown_users, created) in [
            (&id, Unset, true),
            (&id, Skip, false),
            (&alias, Unset, false),
            (&alias, Create, true),
            (&braze, Create, false),
        ] {
            assert_eq!(is_created(name, unknown_users), created, "{name:?}");
        }
    }
}
