//! The values of profile fields (user attributes object).

use super::date::{self, Reading};
use super::email;
use crate::diag::Code;
use crate::wire::fields::FieldKind;
use crate::wire::{limits, lists};

/// What is wrong with a text as the value of a standard field; `None` when nothing is.
pub(crate) fn field_text(kind: FieldKind, text: &[u8]) -> Option<Code> {
    let unless = |is_fine: bool, code: Code| (!is_fine).then_some(code);
    match kind {
        FieldKind::Text => unless(!is_long(text), Code::TextTooLong),
        FieldKind::Email => unless(email(text), Code::BadEmail),
        FieldKind::Phone => unless(is_phone(text), Code::BadPhone),
        FieldKind::Gender => unless(
            matches!(text, b"M" | b"F" | b"O" | b"N" | b"P"),
            Code::UnknownGender,
        ),
        FieldKind::Day => unless(date::is_day(text), Code::BadDay),
        FieldKind::Date => match date::read(text) {
            Reading::Moment => None,
            Reading::BadOffset => Some(Code::BadOffset),
            Reading::YearOutOfRange => Some(Code::YearNotKept),
            Reading::Text => Some(Code::FieldNotDate),
        },
        FieldKind::Country => unless(is_country(text), Code::UnknownCountry),
        FieldKind::Language => unless(lists::holds(lists::LANGUAGES, text), Code::UnknownLanguage),
        FieldKind::TimeZone => unless(is_time_zone(text), Code::UnknownTimeZone),
        FieldKind::Consent => unless(
            matches!(text, b"opted_in" | b"subscribed" | b"unsubscribed"),
            Code::BadConsent,
        ),
        FieldKind::Boolean => Some(Code::BadBoolean),
        FieldKind::Removed => Some(Code::RemovedField),
        FieldKind::Forbidden => Some(Code::ReservedName),
        FieldKind::Location
        | FieldKind::SubscriptionGroups
        | FieldKind::PushTokens
        | FieldKind::Facebook
        | FieldKind::Twitter => Some(Code::StructuredField),
    }
}

/// What is to be said about a text as the value of a custom attribute; `None` when nothing is.
pub(crate) fn attribute_text(text: &[u8]) -> Option<Code> {
    if is_long(text) {
        return Some(Code::TextTooLong);
    }
    if text.eq_ignore_ascii_case(b"true") || text.eq_ignore_ascii_case(b"false") {
        return Some(Code::BooleanAsText);
    }
    meant_as_date(text)
}

/// What is to be said about a text that may be meant as a date.
pub(crate) fn meant_as_date(text: &[u8]) -> Option<Code> {
    match date::read(text) {
        Reading::Moment => None,
        Reading::BadOffset => Some(Code::BadOffset),
        Reading::YearOutOfRange => Some(Code::YearNotKept),
        Reading::Text => date::looks_like_date(text).then_some(Code::DateStaysText),
    }
}

/// Whether a text has more characters than Braze keeps.
pub(crate) fn is_long(text: &[u8]) -> bool {
    let is_start = |byte: &&u8| (**byte as i8) >= -0x40;
    text.len() > limits::TEXT_CHARS && text.iter().filter(is_start).count() > limits::TEXT_CHARS
}

/// A `+` with 7 to 15 digits that do not start with 0, or the ten digits of a number in the United
/// States; spaces, dots, hyphens, slashes and brackets between them (phone numbers).
fn is_phone(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let (is_international, digits) = match text {
        [b'+', digits @ ..] => (true, digits),
        _ => (false, text),
    };
    let is_between = |byte: &u8| matches!(byte, b' ' | b'.' | b'-' | b'/' | b'(' | b')');
    let n_digits = digits.iter().filter(|byte| byte.is_ascii_digit()).count();
    let first = digits.iter().find(|byte| byte.is_ascii_digit());
    let is_covered = digits
        .iter()
        .all(|byte| byte.is_ascii_digit() || is_between(byte));
    is_covered
        && match is_international {
            true => (7..=15).contains(&n_digits) && first != Some(&b'0'),
            false => n_digits == 10,
        }
}

/// A code of two letters; in lower case Braze finds it, too.
fn is_country(text: &[u8]) -> bool {
    let [first, second] = text else { return false };
    lists::holds(
        lists::COUNTRIES,
        &[first.to_ascii_uppercase(), second.to_ascii_uppercase()],
    )
}

/// One of the names of one part, or `Area/City` with a known area.
fn is_time_zone(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| *byte == b'/');
    let area = parts.next().unwrap_or_default();
    let is_place = |part: &[u8]| {
        let is_char =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+');
        part.first().is_some_and(u8::is_ascii_alphabetic) && part.iter().all(is_char)
    };
    match text.contains(&b'/') {
        true => lists::holds(lists::ZONE_AREAS, area) && parts.all(is_place),
        false => lists::holds(lists::ZONES, text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_of_fields() {
        let long = "é".repeat(256);
        let fits = "é".repeat(255);
        for (kind, text, code) in [
            (FieldKind::Text, &*fits, None),
            (FieldKind::Text, &long, Some(Code::TextTooLong)),
            (FieldKind::Email, "a@b.co", None),
            (FieldKind::Email, "a@b", Some(Code::BadEmail)),
            (FieldKind::Phone, "+34 600-123-456", None),
            (FieldKind::Phone, " (415) 555-0132 ", None),
            (FieldKind::Phone, "600123456", Some(Code::BadPhone)),
            (FieldKind::Phone, "+0600123456", Some(Code::BadPhone)),
            (FieldKind::Phone, "+1 415 call me", Some(Code::BadPhone)),
            (FieldKind::Phone, "", Some(Code::BadPhone)),
            (FieldKind::Gender, "N", None),
            (FieldKind::Gender, "f", Some(Code::UnknownGender)),
            (FieldKind::Day, "1990-12-31", None),
            (FieldKind::Day, "12/31/1990", Some(Code::BadDay)),
            (FieldKind::Date, "2026-03-26T18:12:00Z", None),
            (FieldKind::Date, "3001-01-01", Some(Code::YearNotKept)),
            (
                FieldKind::Date,
                "2026-03-26T18:12:00+99",
                Some(Code::BadOffset),
            ),
            (FieldKind::Date, "yesterday", Some(Code::FieldNotDate)),
            (FieldKind::Country, "ES", None),
            (FieldKind::Country, "es", None),
            (FieldKind::Country, "Spain", Some(Code::UnknownCountry)),
            (FieldKind::Country, "ñ", Some(Code::UnknownCountry)),
            (FieldKind::Language, "es", None),
            (FieldKind::Language, "es-ES", Some(Code::UnknownLanguage)),
            (FieldKind::TimeZone, "Europe/Madrid", None),
            (FieldKind::TimeZone, "America/Argentina/Buenos_Aires", None),
            (FieldKind::TimeZone, "Etc/GMT+5", None),
            (FieldKind::TimeZone, "UTC", None),
            (FieldKind::TimeZone, "Eastern Time (US & Canada)", None),
            (FieldKind::TimeZone, "Europe/", Some(Code::UnknownTimeZone)),
            (FieldKind::TimeZone, "+01:00", Some(Code::UnknownTimeZone)),
            (FieldKind::Consent, "opted_in", None),
            (FieldKind::Consent, "Subscribed", Some(Code::BadConsent)),
            (FieldKind::Boolean, "true", Some(Code::BadBoolean)),
            (FieldKind::Removed, "words", Some(Code::RemovedField)),
            (FieldKind::Forbidden, "words", Some(Code::ReservedName)),
            (FieldKind::Location, "1,2", Some(Code::StructuredField)),
        ] {
            assert_eq!(field_text(kind, text.as_bytes()), code, "{kind:?} {text}");
        }
    }

    #[test]
    fn texts_of_attributes() {
        for (text, code) in [
            ("gold", None),
            ("00123", None),
            ("2026-03-26", None),
            ("TRUE", Some(Code::BooleanAsText)),
            ("26.03.2026", Some(Code::DateStaysText)),
            ("3001-01-01", Some(Code::YearNotKept)),
        ] {
            assert_eq!(attribute_text(text.as_bytes()), code, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in prop::collection::vec(any::<u8>(), 0..300)) {
            for kind in [
                FieldKind::Text, FieldKind::Email, FieldKind::Phone, FieldKind::Gender, FieldKind::Day,
                FieldKind::Date, FieldKind::Country, FieldKind::Language, FieldKind::TimeZone,
                FieldKind::Consent,
            ] {
                let _ = field_text(kind, &text);
            }
            let is_text = std::str::from_utf8(&text).is_ok();
            let n_chars = String::from_utf8_lossy(&text).chars().count();
            prop_assert!(!is_text || is_long(&text) == (n_chars > 255));
            let _ = attribute_text(&text);
        }
    }
}
