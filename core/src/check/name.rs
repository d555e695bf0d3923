//! Names of attributes, events, properties and nested keys.

use crate::diag::Code;
use crate::wire::{fields, limits};

/// What is wrong with the name of an attribute: the worst of it, or nothing (custom attributes).
pub(crate) fn attribute(name: &str) -> Option<Code> {
    refused(name)
        .or_else(|| fields::is_control(name.trim()).then_some(Code::ReservedName))
        .or_else(|| fields::near_miss(name).map(|_| Code::NearStandardField))
        .or_else(|| (name.trim() != name).then_some(Code::SpacesAroundName))
        .or_else(|| changed(name))
}

/// What is wrong with the name of an event (custom events).
pub(crate) fn event(name: &str) -> Option<Code> {
    refused(name).or_else(|| changed(name))
}

/// What is wrong with the name of an event's property. The properties of purchases have the same rules
/// (event object).
pub(crate) fn property(name: &str) -> Option<Code> {
    let reserved = match name {
        "time" | "event_name" => Some(Code::ReservedProperty),
        "product_id" | "quantity" | "price" | "currency" => Some(Code::PurchaseProperty),
        _ => None,
    };
    refused(name).or(reserved).or_else(|| changed(name))
}

/// What is wrong with a key inside a nested value: it has a space, a `.` or a `$`, nothing at all, or
/// too much (nested custom attributes).
pub(crate) fn nested_key(key: &str) -> Option<Code> {
    if key.is_empty() || key.contains([' ', '.', '$']) {
        return Some(Code::BadNestedKey);
    }
    is_long(key).then_some(Code::NestedKeyTooLong)
}

/// What no name may be.
fn refused(name: &str) -> Option<Code> {
    if name.trim().is_empty() {
        return Some(Code::EmptyName);
    }
    name.trim_start()
        .starts_with('$')
        .then_some(Code::DollarFirst)
}

/// What Braze makes another name of.
fn changed(name: &str) -> Option<Code> {
    if name.contains(char::is_control) {
        return Some(Code::ControlInName);
    }
    is_long(name).then_some(Code::NameTooLong)
}

fn is_long(name: &str) -> bool {
    name.len() > limits::TEXT_CHARS && name.chars().nth(limits::TEXT_CHARS).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let (fits, long) = ("é".repeat(255), "é".repeat(256));
        for (name, code) in [
            ("tier", None),
            ("Favourite colour", None),
            (&*fits, None),
            ("first_name", None),
            (&long, Some(Code::NameTooLong)),
            (" ", Some(Code::EmptyName)),
            ("$tier", Some(Code::DollarFirst)),
            ("a\nb", Some(Code::ControlInName)),
            ("braze_id", Some(Code::ReservedName)),
            ("First_Name", Some(Code::NearStandardField)),
            ("tier ", Some(Code::SpacesAroundName)),
        ] {
            assert_eq!(attribute(name), code, "{name:?}");
        }
        assert_eq!(event("time"), None);
        assert_eq!(event("$x"), Some(Code::DollarFirst));
        for (name, code) in [
            ("colour", None),
            ("event_name", Some(Code::ReservedProperty)),
            ("price", Some(Code::PurchaseProperty)),
            ("", Some(Code::EmptyName)),
        ] {
            assert_eq!(property(name), code, "{name:?}");
        }
        for (key, code) in [
            ("ok_key", None),
            ("a b", Some(Code::BadNestedKey)),
            ("a.b", Some(Code::BadNestedKey)),
            ("a$", Some(Code::BadNestedKey)),
            ("", Some(Code::BadNestedKey)),
            (&long, Some(Code::NestedKeyTooLong)),
        ] {
            assert_eq!(nested_key(key), code, "{key:?}");
        }
    }
}
