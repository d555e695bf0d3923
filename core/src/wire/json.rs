//! JSON read into a tree that knows where in its source each value stands.

use std::borrow::Cow;

use serde_json::value::RawValue;

/// A JSON value that starts at `source[start..]`.
#[derive(Debug)]
pub(crate) struct Node<'s> {
    pub start: usize,
    pub value: Value<'s>,
}

/// What a [`Node`] holds. Numbers stay text, members keep their order and their doubles.
#[derive(Debug)]
pub(crate) enum Value<'s> {
    Null,
    Bool(bool),
    Number(&'s str),
    Text(String),
    Array(Vec<Node<'s>>),
    Object(Vec<(String, Node<'s>)>),
}

impl Value<'_> {
    /// What the value is, in JSON's own words.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }
}

/// Arrays and objects inside each other. Each level is read anew, and takes its part of the stack.
const MOST_LEVELS: usize = 64;

impl<'s> Node<'s> {
    /// Reads a whole JSON text. `Err`: what is wrong, with line and column at its end.
    pub(crate) fn parse(source: &'s str) -> Result<Self, serde_json::Error> {
        let raw: &'s RawValue = serde_json::from_str(source)?;
        Self::from_raw(source, raw, MOST_LEVELS)
    }

    fn from_raw(
        source: &'s str,
        raw: &'s RawValue,
        levels: usize,
    ) -> Result<Self, serde_json::Error> {
        if levels == 0 {
            let words = format!("more than {MOST_LEVELS} levels of arrays and objects");
            return Err(serde::de::Error::custom(words));
        }
        let text = raw.get();
        // OK because a borrowed raw value is a slice of the text that it was read from.
        let start = text.as_ptr() as usize - source.as_ptr() as usize;
        let value = match text.as_bytes().first() {
            Some(b'{') => {
                let Members(members) = serde_json::from_str(text)?;
                let nodes = members
                    .into_iter()
                    .map(|(key, raw)| Ok((key, Self::from_raw(source, raw, levels - 1)?)));
                Value::Object(nodes.collect::<Result<_, serde_json::Error>>()?)
            }
            Some(b'[') => {
                let items: Vec<&'s RawValue> = serde_json::from_str(text)?;
                let nodes = items
                    .into_iter()
                    .map(|raw| Self::from_raw(source, raw, levels - 1));
                Value::Array(nodes.collect::<Result<_, _>>()?)
            }
            Some(b'"') => Value::Text(serde_json::from_str(text)?),
            Some(b't') => Value::Bool(true),
            Some(b'f') => Value::Bool(false),
            Some(b'n') => Value::Null,
            _ => Value::Number(text),
        };
        Ok(Self { start, value })
    }
}

/// The text of a JSON string; borrowed where nothing in it is escaped.
pub(crate) fn text(json: &[u8]) -> Option<Cow<'_, str>> {
    #[derive(serde::Deserialize)]
    struct Text<'t>(#[serde(borrow)] Cow<'t, str>);
    let Text(text) = serde_json::from_slice(json).ok()?;
    Some(text)
}

/// The same of a string that was written here, in bytes.
#[inline]
pub(crate) fn own_text(json: &[u8]) -> Option<Cow<'_, [u8]>> {
    let inside = json.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    if !inside.contains(&b'\\') {
        return Some(Cow::Borrowed(inside));
    }
    text(json).map(|text| Cow::Owned(text.into_owned().into_bytes()))
}

/// The members of an object in their order, doubles included.
struct Members<'s>(Vec<(String, &'s RawValue)>);

impl<'de> serde::Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// Line and column of a place, both from 1; columns count characters.
pub(crate) fn line_and_column(source: &str, place: usize) -> (u64, u64) {
    let before = &source[..place];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() as u64 + 1;
    (line, before[line_start..].chars().count() as u64 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_text_that_was_written_here_is_read_like_any(words in "[a \"\\\\\n\u{1}é]{0,6}") {
            let json = serde_json::to_vec(&words).unwrap();
            let found = own_text(&json).unwrap();
            proptest::prop_assert_eq!(&*found, words.as_bytes());
        }
    }

    #[test]
    fn nodes_know_their_place_and_keep_doubles() {
        let source = "{\n \"a\": [1, 12345678901234567890],\n \"a\": null}";
        let node = Node::parse(source).unwrap();
        let Value::Object(members) = &node.value else {
            panic!("{node:?}")
        };
        assert_eq!(
            members
                .iter()
                .map(|(key, _)| key.as_str())
                .collect::<Vec<_>>(),
            ["a", "a"]
        );
        let Value::Array(items) = &members[0].1.value else {
            panic!()
        };
        assert!(matches!(
            items[1].value,
            Value::Number("12345678901234567890")
        ));
        assert_eq!(line_and_column(source, items[1].start), (2, 11));
        assert_eq!(line_and_column(source, members[1].1.start), (3, 7));
    }
}
