//! What Braze knows of users: `POST /users/export/ids`, as often as it may be asked (Braze's page "Export
//! user profile by identifier").

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::http::{Answer, Exchange, Http};
use super::limiter::{Limiter, Limits};
use super::wait::Clock;
use crate::pipeline::{SampledUser, UserName};

const PATH: &str = "/users/export/ids";
/// External ids and aliases in one request.
const MOST_TOGETHER: usize = 50;
/// The limit of customers since 2024-08-22; it was higher before.
const LIMITS: &str = "250/m";
/// So often is a request that Braze puts off made again.
const MOST_TRIES: u32 = 5;
/// Braze may ask for a longer wait; then there is no answer.
const LONGEST_WAIT: Duration = Duration::from_secs(70);

/// The profile fields that can be read back and written by name.
pub(crate) const FIELDS: [&str; 12] = [
    "country",
    "dob",
    "email",
    "email_subscribe",
    "first_name",
    "gender",
    "home_city",
    "language",
    "last_name",
    "phone",
    "push_subscribe",
    "time_zone",
];

/// Asks Braze about users.
pub(super) struct LookUp<'l> {
    http: Http,
    limiter: Limiter,
    clock: &'l mut dyn Clock,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// The key may not ask (401, 403).
    Denied(String),
    /// Anything else.
    Failed(String),
}

/// A user's profile as Braze tells it.
pub(super) type Profile = Map<String, Value>;

impl<'l> LookUp<'l> {
    pub(super) fn new(http: Http, clock: &'l mut dyn Clock) -> Self {
        let limits: Limits = LIMITS.parse().expect("it is written as limits are");
        Self {
            http,
            limiter: Limiter::new(&limits),
            clock,
        }
    }

    pub(super) fn clock(&mut self) -> &mut dyn Clock {
        self.clock
    }

    /// The profiles that each of these users may be, in their order: none for one whom Braze does not know,
    /// several only where they share an email address or a phone number.
    pub(super) async fn profiles(
        &mut self,
        users: &[&SampledUser],
        fields: &[&str],
    ) -> Result<Vec<Vec<Profile>>, NoAnswer> {
        let mut found = vec![Vec::new(); users.len()];
        let is_together =
            |name: &UserName| matches!(name, UserName::ExternalId(_) | UserName::Alias { .. });
        let places = 0..users.len();
        let (together, alone): (Vec<_>, Vec<_>) =
            places.partition(|place| is_together(&users[*place].name));
        let mut requests: Vec<&[usize]> = together.chunks(MOST_TOGETHER).rev().collect();
        while let Some(places) = requests.pop() {
            let names: Vec<_> = places.iter().map(|place| &users[*place].name).collect();
            let Some(profiles) = self.ask(&asked_together(&names, fields)).await? else {
                // The answer is longer than is read.
                let (one, other) = places.split_at(places.len() / 2);
                if one.is_empty() {
                    return Err(NoAnswer::Failed(
                        "the profile of one user is larger than 1 MiB".to_owned(),
                    ));
                }
                requests.extend([other, one]);
                continue;
            };
            give(profiles, places, &names, &mut found);
        }
        for place in alone {
            let asked = asked_alone(&users[place].name, fields);
            found[place] = self.ask(&asked).await?.unwrap_or_default();
        }
        Ok(found)
    }

    /// The profiles in the answer; `None` where it is longer than is read.
    async fn ask(&mut self, body: &Value) -> Result<Option<Vec<Profile>>, NoAnswer> {
        let mut wait = Duration::from_secs(1);
        let mut tries = 0;
        loop {
            let now = self.clock.elapsed();
            let ready_at = self.limiter.ready_at(now);
            if ready_at > now {
                self.clock.sleep(ready_at - now).await;
            }
            self.limiter.take(ready_at);
            let answer = match self.http.post(PATH, body.to_string()).await {
                Exchange::Answered(answer) => answer,
                Exchange::Unreached(_, words) | Exchange::Unanswered(words) => {
                    return Err(NoAnswer::Failed(words));
                }
            };
            match answer.status {
                200..300 if !answer.is_whole() => return Ok(None),
                200..300 => return read(&answer.body).map(Some),
                401 | 403 => return Err(NoAnswer::Denied(self.words(&answer))),
                429 | 500..600 if tries < MOST_TRIES => {
                    tries += 1;
                    let wanted = asked_wait(&answer).unwrap_or(wait);
                    if wanted > LONGEST_WAIT {
                        return Err(NoAnswer::Failed(self.words(&answer)));
                    }
                    self.clock.sleep(wanted).await;
                    wait *= 2;
                }
                _ => return Err(NoAnswer::Failed(self.words(&answer))),
            }
        }
    }

    fn words(&self, answer: &Answer) -> String {
        let words = super::probe::shown(&answer.body);
        match words.is_empty() {
            true => answer.status.to_string(),
            false => format!("{} {}", answer.status, self.http.scrub(&words)),
        }
    }
}

/// How long Braze asks to wait.
fn asked_wait(answer: &Answer) -> Option<Duration> {
    let header = answer.header("x-ratelimit-retry-after");
    let seconds = header.or_else(|| answer.header("retry-after"))?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}

fn read(body: &str) -> Result<Vec<Profile>, NoAnswer> {
    #[derive(serde::Deserialize)]
    struct Told {
        users: Vec<Profile>,
    }
    let told: Result<Told, _> = serde_json::from_str(body);
    told.map(|told| told.users).map_err(|_| {
        NoAnswer::Failed(format!(
            "found no \"users\" in the answer of {PATH}, expected a list of profiles"
        ))
    })
}

fn asked_together(names: &[&UserName], fields: &[&str]) -> Value {
    let mut asked = json!({ "fields_to_export": fields });
    let ids = names.iter().filter_map(|name| match name {
        UserName::ExternalId(id) => Some(id),
        _ => None,
    });
    let ids: Vec<_> = ids.collect();
    let aliases = names.iter().filter_map(|name| match name {
        UserName::Alias { name, label } => {
            Some(json!({ "alias_name": name, "alias_label": label }))
        }
        _ => None,
    });
    let aliases: Vec<_> = aliases.collect();
    if !ids.is_empty() {
        asked["external_ids"] = json!(ids);
    }
    if !aliases.is_empty() {
        asked["user_aliases"] = json!(aliases);
    }
    asked
}

fn asked_alone(name: &UserName, fields: &[&str]) -> Value {
    let key = match name {
        UserName::Email(_) => "email_address",
        UserName::Phone(_) => "phone",
        UserName::BrazeId(_) | UserName::ExternalId(_) | UserName::Alias { .. } => "braze_id",
    };
    json!({ key: name.text(), "fields_to_export": fields })
}

/// Gives each profile to who it is. Whoever was asked for by an id that has been changed since is shown with
/// the new one: such a profile is nobody's, unless only one is left whose it can be.
fn give(profiles: Vec<Profile>, places: &[usize], names: &[&UserName], found: &mut [Vec<Profile>]) {
    let mut strays = Vec::new();
    for profile in profiles {
        match names.iter().position(|name| is_of(&profile, name)) {
            Some(nth) => found[places[nth]].push(profile),
            None => strays.push(profile),
        }
    }
    let mut unknown = places.iter().filter(|place| found[**place].is_empty());
    if let (Some(&place), None) = (unknown.next(), unknown.next()) {
        found[place].extend(strays);
    }
}

fn is_of(profile: &Profile, name: &UserName) -> bool {
    match name {
        UserName::Alias { name, label } => {
            let aliases = profile.get("user_aliases").and_then(Value::as_array);
            aliases.is_some_and(|aliases| {
                aliases.iter().any(|alias| {
                    alias["alias_name"] == name.as_str() && alias["alias_label"] == label.as_str()
                })
            })
        }
        name => profile
            .get("external_id")
            .is_some_and(|id| id == name.text()),
    }
}
