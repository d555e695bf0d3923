//! `POST /users/export/ids`: what is known of single users (Braze's page "Export user profile by
//! identifier").
//!
//! It answers 200, as Braze is seen to; its page does not say. Fields without a value are left out.

use std::{collections::HashSet, sync::Arc};

use hyper::StatusCode;
use serde_json::{Map, Value, json, value::RawValue};

use super::{
    answer::Answer,
    identity::{self, Identity},
    json::{self, Members},
    moment::Moment,
    profile::{Profile, Tally, Values},
    random,
    workspace::Workspace,
};

/// External ids and aliases in one request.
const USERS: usize = 50;
/// How far back events and purchases are told.
const HISTORY_DAYS: i64 = 90;

/// What `fields_to_export` may name; the last three are of an older list and still taken.
const FIELDS: [&str; 33] = [
    "apps",
    "attributed_ad",
    "attributed_adgroup",
    "attributed_campaign",
    "attributed_source",
    "braze_id",
    "country",
    "created_at",
    "custom_attributes",
    "custom_events",
    "devices",
    "dob",
    "email",
    "email_subscribe",
    "external_id",
    "first_name",
    "gender",
    "home_city",
    "language",
    "last_coordinates",
    "last_name",
    "phone",
    "purchases",
    "push_subscribe",
    "push_tokens",
    "random_bucket",
    "time_zone",
    "total_revenue",
    "uninstalled_at",
    "user_aliases",
    "campaigns_received",
    "canvases_received",
    "cards_clicked",
];

/// Answers a request of which only the body is still to be judged.
pub(super) fn answer(workspace: &mut Workspace, body: &[u8]) -> Answer {
    let Some(document) = json::document(body) else {
        return Answer::no_json();
    };
    let asked = Asked::read(document, workspace.settings.fields_to_export_required);
    let asked = match asked {
        Ok(asked) => asked,
        Err(message) => return Answer::message(StatusCode::BAD_REQUEST, &message),
    };
    workspace.counts.exports += 1;
    let (found, unknown) = asked.find(workspace);
    let profiles = workspace.profiles();
    let users = found.into_iter().filter_map(|index| profiles.get(index));
    let users: Vec<Value> = users.map(|profile| asked.shown(profile)).collect();
    let mut done = json!({ "message": "success", "users": users });
    if !unknown.is_empty() {
        done["invalid_user_ids"] = Value::Array(unknown);
    }
    Answer::json(StatusCode::OK, &done)
}

/// One request.
struct Asked {
    /// Each with what `invalid_user_ids` says of it when there is no such user.
    users: Vec<(Identity, Value)>,
    /// An email address in lower case, or a phone number in digits.
    contact: Option<Identity>,
    /// Everything without it.
    fields: Option<Vec<String>>,
}

impl Asked {
    /// The two limits have their documented words; the others are ours.
    fn read(document: &RawValue, needs_fields: bool) -> Result<Self, String> {
        let members = Members::read(document).ok_or("The request body must be an object")?;
        let fields = fields_of(&members)?;
        if fields.is_none() && needs_fields {
            return Err("'fields_to_export' is required".into());
        }
        let mut users = Vec::new();
        if let Some(value) = members.get("external_ids") {
            let ids = json::items(value).ok_or("'external_ids' must be an array of strings")?;
            for id in ids {
                let id = json::text(id).ok_or("'external_ids' must be an array of strings")?;
                users.push((Identity::ExternalId(id.clone()), Value::String(id)));
            }
        }
        if let Some(value) = members.get("user_aliases") {
            let wrong =
                "'user_aliases' must be an array of objects with 'alias_name' and 'alias_label'";
            for alias in json::items(value).ok_or(wrong)? {
                let alias = Members::read(alias).ok_or(wrong)?;
                let part = |name| alias.get(name).and_then(json::text).ok_or(wrong);
                let (name, label) = (part("alias_name")?, part("alias_label")?);
                let shown = json!({ "alias_name": name, "alias_label": label });
                users.push((Identity::Alias { label, name }, shown));
            }
        }
        if users.len() > USERS {
            let words = "The max number of external_ids and aliases per request was exceeded";
            return Err(words.into());
        }
        if let Some(value) = members.get("braze_id") {
            let id = json::text(value).ok_or("'braze_id' must be a string")?;
            users.push((Identity::BrazeId(id.clone()), Value::String(id)));
        }
        let ways = ["device_id", "email_address", "phone"];
        let ways: Vec<_> = ways
            .into_iter()
            .filter_map(|name| Some((name, members.get(name)?)))
            .collect();
        let contact = match ways.as_slice() {
            [] => None,
            [(name, value)] => contact(name, value)?,
            _ => {
                let words = "Only one of 'device_id', 'email_address' or 'phone' may be provided";
                return Err(words.into());
            }
        };
        if users.is_empty() && ways.is_empty() {
            return Err("At least one identifier is required".into());
        }
        Ok(Self {
            users,
            contact,
            fields,
        })
    }

    /// The profiles, each once, and who is not there. A device is never found: the sandbox has no
    /// sessions. That `invalid_user_ids` holds Braze ids and aliases, too, is our reading.
    fn find(&self, workspace: &Workspace) -> (Vec<usize>, Vec<Value>) {
        let mut found = Vec::new();
        let mut unknown = Vec::new();
        for (user, shown) in &self.users {
            match workspace.find(user) {
                Some(index) => found.push(index),
                None if unknown.contains(shown) => {}
                None => unknown.push(shown.clone()),
            }
        }
        match &self.contact {
            Some(Identity::Email(address)) => found.extend(workspace.with_email(address)),
            Some(Identity::Phone(digits)) => found.extend(workspace.with_phone(digits)),
            _ => {}
        }
        let mut seen = HashSet::new();
        found.retain(|index| seen.insert(*index));
        (found, unknown)
    }

    fn shown(&self, profile: &Profile) -> Value {
        let is_asked = |name: &str| match &self.fields {
            Some(fields) => fields.iter().any(|field| field == name),
            None => true,
        };
        let shown = FIELDS.into_iter().filter(|name| is_asked(name));
        let shown = shown.filter_map(|name| Some((name.to_owned(), field(profile, name)?)));
        Value::Object(shown.collect())
    }
}

/// Nothing for a device.
fn contact(name: &str, value: &RawValue) -> Result<Option<Identity>, String> {
    let text = json::text(value).ok_or_else(|| format!("'{name}' must be a string"))?;
    Ok(match name {
        "email_address" => Some(Identity::Email(text.to_lowercase())),
        "phone" => identity::phone_digits(&text).map(Identity::Phone),
        _ => None,
    })
}

fn fields_of(members: &Members<'_>) -> Result<Option<Vec<String>>, String> {
    let Some(value) = members.get("fields_to_export") else {
        return Ok(None);
    };
    let wrong = "'fields_to_export' must be an array of strings";
    let fields = json::items(value).ok_or(wrong)?.into_iter().map(|field| {
        let field = json::text(field).ok_or(wrong)?;
        match FIELDS.contains(&&*field) {
            true => Ok(field),
            false => Err(format!(
                "'fields_to_export' contains an invalid field: {field}"
            )),
        }
    });
    fields.collect::<Result<_, _>>().map(Some)
}

/// The value of one field of an export; nothing where there is none.
fn field(profile: &Profile, name: &str) -> Option<Value> {
    let kept = |name: &str| profile.fields.get(name).map(|value| value_of(value));
    match (name, &profile.identity) {
        ("external_id", Identity::ExternalId(id)) => Some(json!(id)),
        ("user_aliases", Identity::Alias { label, name }) => {
            Some(json!([{ "alias_name": name, "alias_label": label }]))
        }
        ("external_id" | "user_aliases", _) => None,
        ("braze_id", _) => Some(json!(profile.braze_id)),
        ("created_at", _) => Some(json!(created_at(profile.created))),
        ("custom_attributes", _) => all(&profile.attributes),
        ("custom_events", _) => recent(&profile.events),
        ("purchases", _) => recent(&profile.purchases),
        ("total_revenue", _) => {
            (profile.revenue.is_finite() && profile.revenue != 0.0).then(|| json!(profile.revenue))
        }
        ("random_bucket", _) => Some(json!(bucket(&profile.braze_id))),
        ("last_coordinates", _) => coordinates(profile.fields.get("current_location")?),
        ("phone", _) => {
            let phone = json::text(profile.fields.get("phone")?)?;
            identity::phone_digits(&phone).map(Value::String)
        }
        (name, _) => kept(name),
    }
}

/// With all digits of a number that `f64` and `i64` can hold.
fn value_of(value: &RawValue) -> Value {
    serde_json::from_str(value.get()).unwrap_or(Value::Null)
}

fn all(values: &Values) -> Option<Value> {
    let all = values.iter();
    let all: Map<String, Value> = all
        .map(|(name, value)| (name.to_string(), value_of(value)))
        .collect();
    (!all.is_empty()).then_some(Value::Object(all))
}

fn recent<'a>(tallies: impl IntoIterator<Item = (&'a Arc<str>, &'a Tally)>) -> Option<Value> {
    let since = Moment::now().earlier_days(HISTORY_DAYS);
    let recent: Vec<Value> = tallies
        .into_iter()
        .filter(|(_, tally)| tally.last >= since)
        .map(|(name, tally)| {
            json!({
                "name": **name, "first": tally.first.to_string(),
                "last": tally.last.to_string(), "count": tally.count,
            })
        })
        .collect();
    (!recent.is_empty()).then_some(Value::Array(recent))
}

/// `2026-03-26 18:12:00.000 UTC`, as on Braze's page.
fn created_at(created: Moment) -> String {
    created.to_string().replace('T', " ").replace('Z', " UTC")
}

/// Braze deals every user one of the numbers 0 to 9999.
fn bucket(braze_id: &str) -> u64 {
    let number = u64::from_str_radix(braze_id, 16).unwrap_or_default();
    random::mix(number) % 10_000
}

/// `[longitude, latitude]`
fn coordinates(location: &RawValue) -> Option<Value> {
    let place = Members::read(location)?;
    let part = |name| Some(value_of(place.get(name)?));
    Some(json!([part("longitude")?, part("latitude")?]))
}
