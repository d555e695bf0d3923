//! One object of each of the three arrays, checked and made ready to be applied.

use serde_json::value::RawValue;

use super::{
    field::{self, Change, Shape},
    identity::User,
    json::{self, Kind, Members},
    moment::Moment,
    refusal::{self, Refusal},
};

/// The properties of one event may take this much once any of them is an array or object.
const PROPERTIES_BYTES: usize = 100 * 1024;
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

/// An object of `attributes`.
#[derive(Debug)]
pub(super) struct Attributes {
    /// None for an import of anonymous push tokens.
    pub(super) user: Option<User>,
    pub(super) fields: Vec<(String, Change)>,
    pub(super) custom: Vec<(String, Change)>,
    /// How many values Braze would leave out.
    pub(super) dropped: u64,
}

impl Attributes {
    pub(super) fn read(value: &RawValue) -> Result<Self, Refusal> {
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
        for (name, value) in members.iter().filter(|(name, _)| !CONTROL.contains(name)) {
            attributes.take(name, value, merges)?;
        }
        Ok(attributes)
    }

    fn take(&mut self, name: &str, value: &RawValue, merges: bool) -> Result<(), Refusal> {
        let (list, name, change) = match Shape::of(name) {
            Some(shape) => (&mut self.fields, name.to_owned(), shape.judge(value)?),
            None => (&mut self.custom, tidy(name), custom(value, merges)),
        };
        match change {
            Some(change) if !name.is_empty() => list.push((name, change)),
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
fn tidy(name: &str) -> String {
    let one_line: String = name.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    field::cut(one_line.trim()).trim_end().to_owned()
}

/// A custom attribute takes anything; texts are cut. An object with a `null` or a wrong time in it is left
/// out as a whole (Braze's page "Nested custom attributes").
fn custom(value: &RawValue, merges: bool) -> Option<Change> {
    match json::kind(value) {
        Kind::Null => Some(Change::Remove),
        Kind::Text => field::short_text(value),
        Kind::Object if !is_sound(value) => None,
        Kind::Object if merges => Some(Change::Merge(value.to_owned())),
        Kind::True | Kind::False | Kind::Number | Kind::Array | Kind::Object => {
            Some(Change::Set(value.to_owned()))
        }
    }
}

/// Whether an attribute may hold this inside an object.
fn is_sound(value: &RawValue) -> bool {
    match json::kind(value) {
        Kind::Null => false,
        Kind::Object => Members::read(value).is_some_and(|members| {
            members.iter().all(|(name, value)| match name {
                "$time" => json::text(value).is_some_and(|text| Moment::parse(&text).is_some()),
                _ => is_sound(value),
            })
        }),
        Kind::Array => json::items(value).is_some_and(|items| items.into_iter().all(is_sound)),
        Kind::True | Kind::False | Kind::Number | Kind::Text => true,
    }
}

/// An object of `events` or `purchases`: a name at a time.
#[derive(Debug)]
pub(super) struct Occurrence {
    pub(super) user: User,
    /// The event's name, or the product's id.
    pub(super) name: String,
    /// Never in the future: such a time becomes now.
    pub(super) time: Moment,
    /// How many at once: the quantity of a purchase.
    pub(super) count: u64,
}

impl Occurrence {
    /// Braze's page of the event object.
    pub(super) fn read_event(value: &RawValue) -> Result<Self, Refusal> {
        let members = Members::read(value).ok_or(refusal::NO_IDENTIFIER)?;
        let user = User::read(&members)?;
        let name = required_text(&members, "name", refusal::NO_NAME)?;
        let time = time_of(&members)?;
        properties(&members)?;
        Ok(Self {
            user,
            name,
            time,
            count: 1,
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
        if members.get("price").map(json::kind) != Some(Kind::Number) {
            return Err(refusal::BAD_PRICE);
        }
        let count = quantity(&members)?;
        let time = time_of(&members)?;
        properties(&members)?;
        Ok(Self {
            user,
            name,
            time,
            count,
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

fn time_of(members: &Members<'_>) -> Result<Moment, Refusal> {
    let value = members.get("time").ok_or(refusal::NO_TIME)?;
    let text = json::text(value).ok_or(refusal::BAD_TIME)?;
    let time = Moment::parse(&text).ok_or(refusal::BAD_TIME)?;
    Ok(time.min(Moment::now()))
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

/// Properties are an object whose keys are not empty, do not start with `$` and are none of the
/// two that an event has itself.
fn properties(members: &Members<'_>) -> Result<(), Refusal> {
    let Some(value) = members.get("properties") else {
        return Ok(());
    };
    let properties = Members::read(value).ok_or(refusal::BAD_PROPERTIES)?;
    let mut is_nested = false;
    for (name, value) in properties.iter() {
        if name.is_empty() || name.starts_with('$') || ["time", "event_name"].contains(&name) {
            return Err(refusal::BAD_PROPERTIES);
        }
        is_nested |= matches!(json::kind(value), Kind::Array | Kind::Object);
    }
    if is_nested && value.get().len() > PROPERTIES_BYTES {
        return Err(refusal::PROPERTIES_TOO_LARGE);
    }
    Ok(())
}
