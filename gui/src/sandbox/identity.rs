//! Who an object is about: Braze's rules for the identifiers of `/users/track`.

use std::fmt;

use serde_json::value::RawValue;

use super::{
    json::{self, Members},
    refusal::{self, Refusal},
};

const EXTERNAL_ID_BYTES: usize = 987;
const ALIAS_BYTES: usize = 236;

/// One user, by one of five kinds of identifier. Shown as `kind:identifier`, an alias as
/// `user_alias:label:name`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Identity {
    ExternalId(String),
    Alias {
        label: String,
        name: String,
    },
    BrazeId(String),
    /// In lower case, since an address is looked up without regard to case.
    Email(String),
    /// As [`phone_digits`] gives it.
    Phone(String),
}

impl Identity {
    /// At most one primary identifier; without one, the email address, else the phone number.
    fn read(members: &Members<'_>) -> Result<Self, Refusal> {
        let external_id = members.get("external_id");
        let alias = members.get("user_alias");
        let braze_id = members.get("braze_id");
        match (external_id, alias, braze_id) {
            (Some(id), None, None) => external_id_of(id),
            (None, Some(alias), None) => alias_of(alias),
            (None, None, Some(id)) => braze_id_of(id),
            (None, None, None) => secondary_of(members),
            _ => Err(refusal::TWO_IDENTIFIERS),
        }
    }

    /// What a person would type to find this user.
    pub(super) fn value(&self) -> &str {
        match self {
            Self::ExternalId(value)
            | Self::Alias { name: value, .. }
            | Self::BrazeId(value)
            | Self::Email(value)
            | Self::Phone(value) => value,
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExternalId(id) => write!(formatter, "external_id:{id}"),
            Self::Alias { label, name } => write!(formatter, "user_alias:{label}:{name}"),
            Self::BrazeId(id) => write!(formatter, "braze_id:{id}"),
            Self::Email(address) => write!(formatter, "email:{address}"),
            Self::Phone(digits) => write!(formatter, "phone:{digits}"),
        }
    }
}

/// A user, and whether the object that names them may create them.
#[derive(Debug)]
pub(super) struct User {
    pub(super) identity: Identity,
    pub(super) may_create: bool,
}

impl User {
    /// `_update_existing_only` forbids to create; for an alias it is on unless it says `false`. A
    /// Braze id is given by Braze and never creates (no page of the endpoint says so; those of the
    /// other imports do).
    pub(super) fn read(members: &Members<'_>) -> Result<Self, Refusal> {
        let identity = Identity::read(members)?;
        let update_only = match members.get("_update_existing_only").map(json::kind) {
            None => None,
            Some(json::Kind::True) => Some(true),
            Some(json::Kind::False) => Some(false),
            Some(_) => return Err(refusal::BAD_UPDATE_FLAG),
        };
        let may_create = match identity {
            Identity::BrazeId(_) => false,
            Identity::Alias { .. } => update_only == Some(false),
            Identity::ExternalId(_) | Identity::Email(_) | Identity::Phone(_) => {
                update_only != Some(true)
            }
        };
        Ok(Self {
            identity,
            may_create,
        })
    }
}

fn external_id_of(value: &RawValue) -> Result<Identity, Refusal> {
    let id = json::text(value).ok_or(refusal::BAD_EXTERNAL_ID)?;
    if id.is_empty() {
        return Err(refusal::NO_IDENTIFIER);
    }
    if id.len() > EXTERNAL_ID_BYTES {
        return Err(refusal::EXTERNAL_USER_ID_TOO_LARGE);
    }
    Ok(Identity::ExternalId(id))
}

fn alias_of(value: &RawValue) -> Result<Identity, Refusal> {
    let alias = Members::read(value).ok_or(refusal::BAD_ALIAS)?;
    let part = |name| {
        let text = alias.get(name).and_then(json::text);
        text.filter(|text| (1..=ALIAS_BYTES).contains(&text.len()))
            .ok_or(refusal::BAD_ALIAS)
    };
    Ok(Identity::Alias {
        label: part("alias_label")?,
        name: part("alias_name")?,
    })
}

fn braze_id_of(value: &RawValue) -> Result<Identity, Refusal> {
    let id = json::text(value).filter(|id| !id.is_empty());
    Ok(Identity::BrazeId(id.ok_or(refusal::BAD_BRAZE_ID)?))
}

fn secondary_of(members: &Members<'_>) -> Result<Identity, Refusal> {
    if let Some(value) = members.get("email") {
        let address = json::text(value).filter(|address| is_address(address));
        let address = address.ok_or(refusal::EMAIL_BAD_FORMAT)?;
        return Ok(Identity::Email(address.to_lowercase()));
    }
    if let Some(value) = members.get("phone") {
        let digits = json::text(value).and_then(|phone| phone_digits(&phone));
        return Ok(Identity::Phone(digits.ok_or(refusal::BAD_PHONE)?));
    }
    Err(refusal::NO_IDENTIFIER)
}

/// Whether `text` has the shape of an email address: something, one `@`, and a domain of at least
/// two labels.
pub(super) fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !"@,;<>()[]\\\"".contains(c);
    text.len() <= 254
        && !local.is_empty()
        && text.chars().filter(|c| *c != '@').all(is_plain)
        && !domain.contains('@')
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
}

/// The number as `+` and digits. Everything else in it is passed over; ten bare digits are a
/// number of the United States, and any other country's needs its `+` (Braze's page "User phone
/// numbers").
pub(super) fn phone_digits(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if text.trim_start().starts_with('+') {
        (7..=15)
            .contains(&digits.len())
            .then(|| format!("+{digits}"))
    } else {
        (digits.len() == 10).then(|| format!("+1{digits}"))
    }
}
