//! The profile fields that Braze itself knows (user attributes object), and the keys of an object that
//! are no attributes.

/// What a standard field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Any text.
    Text,
    /// A mail address; Braze answers EMAIL_BAD_FORMAT to anything else.
    Email,
    /// A phone number, best in E.164.
    Phone,
    /// `M`, `F`, `O`, `N` or `P`.
    Gender,
    /// A day: `yyyy-MM-dd`.
    Day,
    /// A date or a time, in one of Braze's forms.
    Date,
    /// A country: ISO 3166-1 alpha-2.
    Country,
    /// A language of Braze's list.
    Language,
    /// A time zone by its IANA name, or as Braze names it.
    TimeZone,
    /// `true` or `false`.
    Boolean,
    /// `opted_in`, `subscribed` or `unsubscribed`: consent, never suggested by us.
    Consent,
    /// An object of `longitude` and `latitude`.
    Location,
    /// An array of subscription groups with their states.
    SubscriptionGroups,
    /// An array of push tokens.
    PushTokens,
    /// An object of `id`, `likes` and `num_friends`.
    Facebook,
    /// An object of `id`, `screen_name` and counts.
    Twitter,
    /// A field of former days: Braze keeps nothing of it.
    Removed,
    /// Braze refuses an object that has it.
    Forbidden,
}

impl FieldKind {
    /// Whether it holds an object or an array, which no single cell can fill.
    pub const fn is_structured(self) -> bool {
        matches!(
            self,
            Self::Location
                | Self::SubscriptionGroups
                | Self::PushTokens
                | Self::Facebook
                | Self::Twitter
        )
    }

    /// Whether a header that is nearly the field's name may be taken for it.
    const fn may_be_suggested(self) -> bool {
        !matches!(self, Self::Consent | Self::Removed | Self::Forbidden)
    }
}

/// The standard profile fields by their exact names.
const STANDARD: &[(&str, FieldKind)] = &[
    ("bio", FieldKind::Removed),
    ("country", FieldKind::Country),
    ("current_location", FieldKind::Location),
    ("date_of_first_session", FieldKind::Date),
    ("date_of_last_session", FieldKind::Date),
    ("dob", FieldKind::Day),
    ("email", FieldKind::Email),
    ("email_click_tracking_disabled", FieldKind::Boolean),
    ("email_open_tracking_disabled", FieldKind::Boolean),
    ("email_subscribe", FieldKind::Consent),
    ("email_subscription_info", FieldKind::Forbidden),
    ("facebook", FieldKind::Facebook),
    ("first_name", FieldKind::Text),
    ("gender", FieldKind::Gender),
    ("home_city", FieldKind::Text),
    ("image_url", FieldKind::Text),
    ("language", FieldKind::Language),
    ("last_name", FieldKind::Text),
    ("marked_email_as_spam_at", FieldKind::Date),
    ("phone", FieldKind::Phone),
    ("push_subscribe", FieldKind::Consent),
    ("push_tokens", FieldKind::PushTokens),
    ("subscription_groups", FieldKind::SubscriptionGroups),
    ("time_zone", FieldKind::TimeZone),
    ("twitter", FieldKind::Twitter),
];

/// Keys with a meaning of their own in an object of `/users/track`: never the name of an attribute.
const CONTROL: &[&str] = &[
    "_merge_objects",
    "_update_existing_only",
    "alias_label",
    "alias_name",
    "braze_id",
    "email_subscription_info",
    "external_id",
    "push_token_import",
    "user_alias",
];

/// The standard field of exactly this name.
pub fn standard(name: &str) -> Option<FieldKind> {
    let found = STANDARD.iter().find(|(field, _)| *field == name);
    found.map(|(_, kind)| *kind)
}

/// Whether an object's key of this name is a control, not an attribute.
pub fn is_control(name: &str) -> bool {
    CONTROL.contains(&name)
}

/// The standard field that a header probably means: the same but for case and ` _-.`. Consent fields
/// are never named: whoever writes them must write them exactly. Nor are fields that Braze has given up.
pub fn near_miss(header: &str) -> Option<&'static str> {
    if standard(header).is_some() {
        return None;
    }
    // Few names start as the field does; the others are not looked at further.
    let first = plain_chars(header).next()?;
    let is_near =
        |field: &str| field.starts_with(first) && plain_chars(field).eq(plain_chars(header));
    let found = STANDARD
        .iter()
        .find(|(field, kind)| kind.may_be_suggested() && is_near(field));
    found.map(|(field, _)| *field)
}

/// A name in lower case without ` _-.`.
pub(crate) fn plain(name: &str) -> String {
    plain_chars(name).collect()
}

fn plain_chars(name: &str) -> impl Iterator<Item = char> {
    let kept = name.chars().filter(|c| !matches!(c, ' ' | '_' | '-' | '.'));
    kept.flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_misses_are_named_and_consent_is_not() {
        for (header, field) in [
            ("First_Name", Some("first_name")),
            ("E-Mail", Some("email")),
            ("First Name", Some("first_name")),
            ("first_name", None),
            ("Email_Subscribe", None),
            ("tier", None),
            ("Bio", None),
        ] {
            assert_eq!(near_miss(header), field, "{header}");
        }
    }
}
