//! JSON, taken apart one level at a time. Values stay the text they were sent as, so that no
//! number loses a digit on its way to the page.

use std::{borrow::Cow, fmt, str::Bytes};

use serde::{
    Deserialize,
    de::{Deserializer, MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// The deepest nesting taken. Braze documents none; this is the default of many JSON readers, and
/// low enough for whoever reads `state.json`.
const DEPTH: usize = 100;

/// The whole of `body` as one JSON value, if it is one: UTF-8, the grammar, no half of a surrogate
/// pair, no bottomless nesting.
pub(super) fn document(body: &[u8]) -> Option<&RawValue> {
    let text = std::str::from_utf8(body).ok()?;
    let value: &RawValue = serde_json::from_str(text).ok()?;
    is_sound(value.get()).then_some(value)
}

/// The kind of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    True,
    False,
    Number,
    Text,
    Array,
    Object,
}

/// The kind of `value`, which its first byte gives away.
pub(super) fn kind(value: &RawValue) -> Kind {
    match value.get().as_bytes().first() {
        Some(b'n') => Kind::Null,
        Some(b't') => Kind::True,
        Some(b'f') => Kind::False,
        Some(b'"') => Kind::Text,
        Some(b'[') => Kind::Array,
        Some(b'{') => Kind::Object,
        _ => Kind::Number,
    }
}

/// The text of a JSON string; nothing for any other kind.
pub(super) fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// The items of a JSON array; nothing for any other kind.
pub(super) fn items(value: &RawValue) -> Option<Vec<&RawValue>> {
    serde_json::from_str(value.get()).ok()
}

/// A JSON string of `text`.
pub(super) fn of_text(text: &str) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(text).ok()
}

/// The members of `later` put into those of `earlier`, objects into objects; `later` where they are no
/// objects.
pub(super) fn merged(earlier: &RawValue, later: &RawValue) -> Box<RawValue> {
    let (Some(Members(mut members)), Some(Members(new))) =
        (Members::read(earlier), Members::read(later))
    else {
        return later.to_owned();
    };
    let owned = new.iter().map(|(name, value)| {
        let there = members.iter().find(|(other, _)| other == name);
        let value = there.map_or_else(|| (*value).to_owned(), |(_, there)| merged(there, value));
        (name.clone(), value)
    });
    let owned: Vec<(Cow<'_, str>, Box<RawValue>)> = owned.collect();
    members.retain(|(name, _)| !owned.iter().any(|(other, _)| other == name));
    let all = members.iter().map(|(name, value)| (&**name, *value));
    object(all.chain(owned.iter().map(|(name, value)| (&**name, &**value))))
}

/// A JSON object of these members.
pub(super) fn object<'a>(
    members: impl IntoIterator<Item = (&'a str, &'a RawValue)>,
) -> Box<RawValue> {
    let mut text = String::from("{");
    for (place, (name, value)) in members.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text += serde_json::Value::from(name).to_string().as_str();
        text.push(':');
        text += value.get();
    }
    text.push('}');
    RawValue::from_string(text).expect("members in braces are an object")
}

/// A JSON array of these items.
pub(super) fn array<'a>(items: impl IntoIterator<Item = &'a RawValue>) -> Box<RawValue> {
    let mut text = String::from("[");
    for (place, value) in items.into_iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        text += value.get();
    }
    text.push(']');
    RawValue::from_string(text).expect("items in brackets are an array")
}

/// A text that two scalars share when they are the same: that of a string is decoded, with a quote
/// before it.
pub(super) fn canonical(value: &RawValue) -> String {
    match text(value) {
        Some(text) => format!("\"{text}"),
        None => value.get().to_owned(),
    }
}

/// The members of one JSON object in their order. Of two with one name the later counts.
pub(super) struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Nothing if `value` is no object.
    pub(super) fn read(value: &'a RawValue) -> Option<Self> {
        serde_json::from_str(value.get()).ok()
    }

    /// The value of `name`; one that is null counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        let (_, value) = self.0.iter().rev().find(|(key, _)| key == name)?;
        (kind(value) != Kind::Null).then_some(*value)
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        self.get(name).map(kind) == Some(Kind::True)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(name, value)| (&**name, *value))
    }

    pub(super) fn into_iter(self) -> impl Iterator<Item = (Cow<'a, str>, &'a RawValue)> {
        self.0.into_iter()
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Name(name), value)) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// A name, borrowed where no escape is in it.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Whether `json`, whose grammar has been checked, can be decoded everywhere.
fn is_sound(json: &str) -> bool {
    let mut bytes = json.bytes();
    let mut in_string = false;
    let mut depth = 0_usize;
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => in_string = !in_string,
            b'\\' if !is_sound_escape(&mut bytes) => return false,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > DEPTH {
                    return false;
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}

/// Reads one escape behind its backslash.
fn is_sound_escape(bytes: &mut Bytes<'_>) -> bool {
    if bytes.next() != Some(b'u') {
        return true;
    }
    match code_unit(bytes) {
        Some(0xD800..=0xDBFF) => {
            bytes.next() == Some(b'\\')
                && bytes.next() == Some(b'u')
                && matches!(code_unit(bytes), Some(0xDC00..=0xDFFF))
        }
        Some(0xDC00..=0xDFFF) | None => false,
        Some(_) => true,
    }
}

/// Four hexadecimal digits.
fn code_unit(bytes: &mut Bytes<'_>) -> Option<u32> {
    (0..4).try_fold(0, |unit, _| {
        Some(unit * 16 + char::from(bytes.next()?).to_digit(16)?)
    })
}
