//! One object of each of the three arrays, checked and made ready to be applied.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{
    change::Change,
    custom::{self, Judged},
    field::{self, Shape},
    identity::User,
    json::{self, Kind, Members},
    moment::Moment,
    refusal::{self, Refusal},
};

/// The properties of one event may take this much once any of them is an array or object.
const PROPERTIES_BYTES: usize = 100 * 1024;
/// Properties of one event past the first so many are left out.
const PROPERTIES: usize = 256;
/// Members of an attributes object that say how to take it, and set nothing.
const CONTROL: [&str; 8] = [
    "external_id",
    "braze_id",
    "user_alias",
    "alias_name",
    "alias_label",
    "_update_existing_only",
    "_merge_objects",
    "push_token_import",
];

/// An object that may be applied.
#[derive(Debug)]
pub(super) enum Object<'a> {
    Attributes(Attributes<'a>),
    Event(Occurrence),
    Purchase(Occurrence),
}

impl Object<'_> {
    /// None for an import of anonymous push tokens.
    pub(super) fn user(&self) -> Option<&User> {
        match self {
            Self::Attributes(attributes) => attributes.user.as_ref(),
            Self::Event(occurrence) | Self::Purchase(occurrence) => Some(&occurrence.user),
        }
    }
}

/// One value under one name.
#[derive(Debug)]
pub(super) struct Write<'a> {
    pub(super) name: Cow<'a, str>,
    /// As it stands in the request.
    pub(super) sent: &'a RawValue,
    pub(super) change: Change,
    /// Data points.
    pub(super) points: u64,
}

/// An object of `attributes`.
#[derive(Debug)]
pub(super) struct Attributes<'a> {
    /// None for an import of anonymous push tokens.
    pub(super) user: Option<User>,
    pub(super) fields: Vec<Write<'a>>,
    pub(super) custom: Vec<Write<'a>>,
    /// How many values Braze would leave out.
    pub(super) dropped: u64,
}

impl<'a> Attributes<'a> {
    pub(super) fn read(value: &'a RawValue) -> Result<Self, Refusal> {
        let members = Members::read(value).ok_or(refusal::NO_IDENTIFIER)?;
        let user = if members.is_true("push_token_import") {
            anonymous(&members)?;
            None
        } else {
            Some(User::read(&members)?)
        };
        let mut attributes = Self {
            user,
            fields: Vec::new(),
            custom: Vec::new(),
            dropped: 0,
        };
        let merges = members.is_true("_merge_objects");
        for (name, value) in members.into_iter() {
            if !CONTROL.contains(&&*name) {
                attributes.take(name, value, merges)?;
            }
        }
        Ok(attributes)
    }

    fn take(
        &mut self,
        name: Cow<'a, str>,
        sent: &'a RawValue,
        merges: bool,
    ) -> Result<(), Refusal> {
        let (list, name, judged) = match Shape::of(&name) {
            Some(shape) => {
                let change = shape.judge(sent)?;
                let is_emptied = matches!(change, Some(Change::Remove));
                let judged = Judged {
                    // A country that is none empties the field, and is left out itself.
                    n_lost: u64::from(is_emptied && json::kind(sent) != Kind::Null),
                    change,
                    points: u64::from(shape.is_billable(&name)),
                };
                (&mut self.fields, name, judged)
            }
            None => (&mut self.custom, tidy(name), custom::judge(sent, merges)),
        };
        let Judged {
            change,
            n_lost,
            points,
        } = judged;
        self.dropped += n_lost;
        match change {
            Some(change) if !name.is_empty() => list.push(Write {
                name,
                sent,
                change,
                points,
            }),
            _ => self.dropped += 1,
        }
        Ok(())
    }
}

fn anonymous(members: &Members<'_>) -> Result<(), Refusal> {
    let is_there = |name| members.get(name).is_some();
    if is_there("push_tokens") && !is_there("external_id") && !is_there("braze_id") {
        Ok(())
    } else {
        Err(refusal::BAD_PUSH_TOKEN_IMPORT)
    }
}

/// The name a custom attribute gets: no spaces around it, no line ends in it, and 255 characters.
fn tidy(name: Cow<'_, str>) -> Cow<'_, str> {
    let is_end = |c: char| matches!(c, '\n' | '\r');
    if name.trim().len() == name.len() && !name.contains(is_end) && field::cut(&name) == name {
        return name;
    }
    let one_line: String = name.chars().filter(|c| !is_end(*c)).collect();
    Cow::Owned(field::cut(one_line.trim()).trim_end().to_owned())
}

/// An object of `events` or `purchases`: a name at a time.
#[derive(Debug)]
pub(super) struct Occurrence {
    pub(super) user: User,
    /// The event's name, or the product's id.
    pub(super) name: String,
    /// Never in the future: such a time becomes now.
    pub(super) time: Moment,
    /// The time as it stands in the request.
    pub(super) sent_time: String,
    /// How many at once: the quantity of a purchase.
    pub(super) count: u64,
    /// What one of them costs; nothing for an event.
    pub(super) price: f64,
    /// How many properties Braze would leave out.
    pub(super) dropped: u64,
}

impl Occurrence {
    /// Braze's page of the event object.
    pub(super) fn read_event(value: &RawValue) -> Result<Self, Refusal> {
        let members = Members::read(value).ok_or(refusal::NO_IDENTIFIER)?;
        let user = User::read(&members)?;
        let name = required_text(&members, "name", refusal::NO_NAME)?;
        if name.starts_with('$') {
            return Err(refusal::BAD_NAME);
        }
        let (time, sent_time) = time_of(&members)?;
        Ok(Self {
            user,
            name,
            time,
            sent_time,
            count: 1,
            price: 0.0,
            dropped: properties(&members)?,
        })
    }

    /// Braze's page of the purchase object.
    pub(super) fn read_purchase(value: &RawValue) -> Result<Self, Refusal> {
        let members = Members::read(value).ok_or(refusal::NO_IDENTIFIER)?;
        let user = User::read(&members)?;
        let name = required_text(&members, "product_id", refusal::NO_PRODUCT_ID)?;
        let currency = required_text(&members, "currency", refusal::BAD_CURRENCY)?;
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err(refusal::BAD_CURRENCY);
        }
        let price = members
            .get("price")
            .filter(|price| json::kind(price) == Kind::Number);
        let price = price.and_then(|price| price.get().parse().ok());
        let price = price.ok_or(refusal::BAD_PRICE)?;
        let count = quantity(&members)?;
        let (time, sent_time) = time_of(&members)?;
        Ok(Self {
            user,
            name,
            time,
            sent_time,
            count,
            price,
            dropped: properties(&members)?,
        })
    }
}

fn required_text(members: &Members<'_>, name: &str, refusal: Refusal) -> Result<String, Refusal> {
    let text = members.get(name).and_then(json::text).ok_or(refusal)?;
    if text.is_empty() {
        return Err(refusal);
    }
    Ok(field::cut(&text).to_owned())
}

/// The time, and its text.
fn time_of(members: &Members<'_>) -> Result<(Moment, String), Refusal> {
    let value = members.get("time").ok_or(refusal::NO_TIME)?;
    let text = json::text(value).ok_or(refusal::BAD_TIME)?;
    let time = Moment::parse(&text).ok_or(refusal::BAD_TIME)?;
    Ok((time.min(Moment::now()), text))
}

fn quantity(members: &Members<'_>) -> Result<u64, Refusal> {
    match members.get("quantity") {
        None => Ok(1),
        Some(value) => {
            let quantity = value.get().parse().ok();
            quantity
                .filter(|quantity| (1..=100).contains(quantity))
                .ok_or(refusal::BAD_QUANTITY)
        }
    }
}

/// Properties are an object whose keys are not empty, take 255 characters, do not start with `$`
/// and are none of the two that an event has itself. Says how many are left out: those past the
/// 256th, and nested times of a year that Braze does not keep.
fn properties(members: &Members<'_>) -> Result<u64, Refusal> {
    let Some(value) = members.get("properties") else {
        return Ok(0);
    };
    let properties = Members::read(value).ok_or(refusal::BAD_PROPERTIES)?;
    let mut is_nested = false;
    let mut dropped = properties.len().saturating_sub(PROPERTIES) as u64;
    for (name, value) in properties.iter() {
        let is_long = field::cut(name).len() < name.len();
        let is_reserved = ["time", "event_name"].contains(&name);
        if name.is_empty() || is_long || name.starts_with('$') || is_reserved {
            return Err(refusal::BAD_PROPERTIES);
        }
        if matches!(json::kind(value), Kind::Array | Kind::Object) {
            is_nested = true;
            dropped += n_out_of_range(value);
        }
    }
    if is_nested && value.get().len() > PROPERTIES_BYTES {
        return Err(refusal::PROPERTIES_TOO_LARGE);
    }
    Ok(dropped)
}

/// How many times inside `value` lie beyond the year 3000.
fn n_out_of_range(value: &RawValue) -> u64 {
    match json::kind(value) {
        Kind::Text => {
            let moment = json::text(value).and_then(|text| Moment::parse(&text));
            u64::from(moment.is_some_and(|moment| !moment.is_in_range()))
        }
        Kind::Array => json::items(value)
            .into_iter()
            .flatten()
            .map(n_out_of_range)
            .sum(),
        Kind::Object => {
            let members = Members::read(value);
            let values = members.iter().flat_map(Members::iter);
            values.map(|(_, value)| n_out_of_range(value)).sum()
        }
        Kind::Null | Kind::True | Kind::False | Kind::Number => 0,
    }
}
