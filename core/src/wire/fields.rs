//! The profile fields that Braze itself knows (user attributes object), and the keys of an object that
//! are no attributes.

/// What a standard field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Any text.
    Text,
    /// A mail address; Braze answers EMAIL_BAD_FORMAT to anything else.
    Email,
    /// `true` or `false`.
    Boolean,
    /// `opted_in`, `subscribed` or `unsubscribed`: consent, never suggested by us.
    Consent,
    /// An object or an array: not from a single cell.
    Structured,
}

/// The standard profile fields by their exact names.
const STANDARD: &[(&str, FieldKind)] = &[
    ("country", FieldKind::Text),
    ("current_location", FieldKind::Structured),
    ("date_of_first_session", FieldKind::Text),
    ("date_of_last_session", FieldKind::Text),
    ("dob", FieldKind::Text),
    ("email", FieldKind::Email),
    ("email_click_tracking_disabled", FieldKind::Boolean),
    ("email_open_tracking_disabled", FieldKind::Boolean),
    ("email_subscribe", FieldKind::Consent),
    ("facebook", FieldKind::Structured),
    ("first_name", FieldKind::Text),
    ("gender", FieldKind::Text),
    ("home_city", FieldKind::Text),
    ("image_url", FieldKind::Text),
    ("language", FieldKind::Text),
    ("last_name", FieldKind::Text),
    ("marked_email_as_spam_at", FieldKind::Text),
    ("phone", FieldKind::Text),
    ("push_subscribe", FieldKind::Consent),
    ("push_tokens", FieldKind::Structured),
    ("subscription_groups", FieldKind::Structured),
    ("time_zone", FieldKind::Text),
    ("twitter", FieldKind::Structured),
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

/// Keys that an event's properties may not have (event object).
pub fn is_reserved_property(name: &str) -> bool {
    matches!(name, "time" | "event_name")
}

/// The standard field that a header probably means: the same but for case and ` _-.`. Consent fields
/// are never named: whoever writes them must write them exactly.
pub fn near_miss(header: &str) -> Option<&'static str> {
    if standard(header).is_some() {
        return None;
    }
    let wanted = plain(header);
    let found = STANDARD
        .iter()
        .find(|(field, kind)| *kind != FieldKind::Consent && plain(field) == wanted);
    found.map(|(field, _)| *field)
}

/// A name in lower case without ` _-.`.
pub(crate) fn plain(name: &str) -> String {
    let kept = name.chars().filter(|c| !matches!(c, ' ' | '_' | '-' | '.'));
    kept.flat_map(char::to_lowercase).collect()
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
        ] {
            assert_eq!(near_miss(header), field, "{header}");
        }
    }
}
