//! The standard fields of a profile: what Braze's page of the user attributes object lets each
//! hold, and which wrong value refuses the whole object.

use serde_json::value::RawValue;

use super::{
    change::Change,
    country, identity,
    json::{self, Kind, Members},
    moment::Moment,
    refusal::{self, Refusal},
};

/// The shape of a standard field's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    Country,
    Language,
    TimeZone,
    Flag,
    Object,
    Day,
    Time,
    Gender,
    Email,
    Phone,
    Consent(Refusal),
    Location,
    Groups,
    Tokens,
    /// Never kept, nor taken for a custom attribute.
    Ignored,
    Forbidden(Refusal),
}

impl Shape {
    /// Nothing if `name` is a custom attribute's. Names are compared exactly.
    pub(super) fn of(name: &str) -> Option<Self> {
        Some(match name {
            "first_name" | "last_name" | "home_city" | "email_encrypted" => Self::Text,
            "country" => Self::Country,
            "language" => Self::Language,
            "time_zone" => Self::TimeZone,
            "email_open_tracking_disabled" | "email_click_tracking_disabled" => Self::Flag,
            "facebook" | "twitter" => Self::Object,
            "dob" => Self::Day,
            "date_of_first_session" | "date_of_last_session" | "marked_email_as_spam_at" => {
                Self::Time
            }
            "gender" => Self::Gender,
            "email" => Self::Email,
            "phone" => Self::Phone,
            "email_subscribe" => Self::Consent(refusal::BAD_EMAIL_SUBSCRIPTION_STATE),
            "push_subscribe" => Self::Consent(refusal::BAD_PUSH_SUBSCRIPTION_STATE),
            "current_location" => Self::Location,
            "subscription_groups" => Self::Groups,
            "push_tokens" => Self::Tokens,
            "bio" => Self::Ignored,
            "email_subscription_info" => Self::Forbidden(refusal::EMAIL_SUBSCRIPTION_INFO),
            _ => return None,
        })
    }

    /// Whether a write to the field is a data point (Braze's page "Data points").
    pub(super) fn is_billable(self, name: &str) -> bool {
        match self {
            Self::Text => name != "email_encrypted",
            Self::Country
            | Self::Language
            | Self::TimeZone
            | Self::Day
            | Self::Gender
            | Self::Email
            | Self::Phone
            | Self::Location => true,
            Self::Flag
            | Self::Object
            | Self::Time
            | Self::Consent(_)
            | Self::Groups
            | Self::Tokens
            | Self::Ignored
            | Self::Forbidden(_) => false,
        }
    }

    /// What `value` does to the field; nothing when Braze would leave the value out. That a wrong
    /// value without a documented code is left out is our reading.
    pub(super) fn judge(self, value: &RawValue) -> Result<Option<Change>, Refusal> {
        match self {
            Self::Ignored => return Ok(None),
            Self::Forbidden(refusal) => return Err(refusal),
            _ if json::kind(value) == Kind::Null => return Ok(Some(Change::Remove)),
            _ => {}
        }
        let text = json::text(value);
        let fits = match self {
            Self::Text => return Ok(short_text(value)),
            Self::Country => return Ok(text.map(|text| country_of(&text))),
            Self::Language => text.is_some_and(|text| country::is_language(&text)),
            Self::TimeZone => text.is_some_and(|text| country::is_time_zone(&text)),
            Self::Flag => matches!(json::kind(value), Kind::True | Kind::False),
            Self::Object => json::kind(value) == Kind::Object,
            Self::Day => text.is_some_and(|text| text.len() == 10 && is_iso_time(&text)),
            Self::Time => text.is_some_and(|text| Moment::parse(&text).is_some()),
            Self::Gender => text.is_some_and(|text| ["M", "F", "O", "N", "P"].contains(&&*text)),
            Self::Email => {
                return address(text).map(|address| json::of_text(&address).map(Change::Set));
            }
            Self::Phone => text.is_some_and(|text| identity::phone_digits(&text).is_some()),
            Self::Consent(refusal) => consent(text, refusal).map(|()| true)?,
            Self::Location => location(value).map(|()| true)?,
            Self::Groups => groups(value).map(|()| true)?,
            Self::Tokens => tokens(value).map(|()| true)?,
            Self::Ignored | Self::Forbidden(_) => false,
        };
        Ok(fits.then(|| Change::Set(value.to_owned())))
    }
}

/// The longest text that is kept, in characters; more is cut off.
pub(super) const TEXT_CHARS: usize = 255;

/// `value` as a text of at most 255 characters; nothing if it is no text.
pub(super) fn short_text(value: &RawValue) -> Option<Change> {
    let text = json::text(value)?;
    match cut(&text) {
        short if short.len() == text.len() => Some(Change::Set(value.to_owned())),
        short => json::of_text(short).map(Change::Set),
    }
}

/// The first 255 characters.
pub(super) fn cut(text: &str) -> &str {
    // No text has more characters than bytes.
    if text.len() <= TEXT_CHARS {
        return text;
    }
    match text.char_indices().nth(TEXT_CHARS) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}

/// Ten characters that are a time and no `MM/dd/yyyy` are `yyyy-MM-dd`.
fn is_iso_time(text: &str) -> bool {
    !text.contains('/') && Moment::parse(text).is_some()
}

/// What is no country empties the field (Braze's page of the user attributes object).
fn country_of(text: &str) -> Change {
    let code = country::code(text).and_then(|code| json::of_text(&code));
    code.map_or(Change::Remove, Change::Set)
}

/// In lower case, as Braze gives it back.
fn address(text: Option<String>) -> Result<String, Refusal> {
    match text {
        Some(text) if identity::is_address(&text) => Ok(text.to_lowercase()),
        _ => Err(refusal::EMAIL_BAD_FORMAT),
    }
}

fn consent(text: Option<String>, refusal: Refusal) -> Result<(), Refusal> {
    match text.as_deref() {
        Some("opted_in" | "subscribed" | "unsubscribed") => Ok(()),
        _ => Err(refusal),
    }
}

fn location(value: &RawValue) -> Result<(), Refusal> {
    let place = Members::read(value).ok_or(refusal::BAD_LOCATION_UPDATE)?;
    let is_number = |name| place.get(name).map(json::kind) == Some(Kind::Number);
    if is_number("longitude") && is_number("latitude") {
        Ok(())
    } else {
        Err(refusal::BAD_LOCATION_UPDATE)
    }
}

fn groups(value: &RawValue) -> Result<(), Refusal> {
    let groups = json::items(value).ok_or(refusal::BAD_SUBSCRIPTION_GROUP_ARRAY)?;
    groups.into_iter().try_for_each(|group| {
        let group = Members::read(group).ok_or(refusal::BAD_SUBSCRIPTION_GROUP_HASH)?;
        let part = |name| group.get(name).ok_or(refusal::BAD_SUBSCRIPTION_GROUP_HASH);
        let id = part("subscription_group_id").map(json::text)?;
        let state = part("subscription_state").map(json::text)?;
        if !id.is_some_and(|id| is_uuid(&id)) {
            return Err(refusal::BAD_SUBSCRIPTION_GROUP_ID);
        }
        match state.as_deref() {
            Some("subscribed" | "unsubscribed") => Ok(()),
            _ => Err(refusal::BAD_SUBSCRIPTION_GROUP_STATE),
        }
    })
}

/// Eight, four, four, four and twelve hexadecimal digits.
fn is_uuid(text: &str) -> bool {
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq(lengths)
        && parts
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The sandbox has no apps of its own, so any text passes for an `app_id`.
fn tokens(value: &RawValue) -> Result<(), Refusal> {
    let tokens = json::items(value).ok_or(refusal::BAD_PUSH_TOKEN_VALUE)?;
    tokens.into_iter().try_for_each(|token| {
        let token = Members::read(token).ok_or(refusal::BAD_PUSH_TOKEN_VALUE)?;
        let text = |name| token.get(name).and_then(json::text);
        if text("app_id").is_none_or(|id| id.is_empty()) {
            return Err(refusal::BAD_PUSH_TOKEN_APP_ID);
        }
        if text("token").is_none() {
            return Err(refusal::BAD_PUSH_TOKEN_STRING);
        }
        match token.get("device_id").map(json::text) {
            None => Ok(()),
            Some(Some(id)) if (8..=255).contains(&id.len()) => Ok(()),
            Some(_) => Err(refusal::BAD_DEVICE_ID),
        }
    })
}
