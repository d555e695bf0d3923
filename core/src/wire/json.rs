//! JSON text, written and read with nothing in between: a growing body, and a tree that knows where
//! in its source each value stands.

use serde_json::value::RawValue;

use crate::read::{Cell, Escape, Record};

/// A JSON text being written: `bytes[..len]`. What lies behind is room that was made in advance, so
/// that short pieces are written as copies of a fixed size, which is twice as fast as copies of a
/// length that the processor does not know beforehand.
#[derive(Debug, Default)]
pub(crate) struct Body {
    bytes: Vec<u8>,
    len: usize,
}

/// Bytes copied at a time.
const STEP: usize = 32;

impl Body {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Makes room, so that the next `n_bytes` are written without a look at the capacity.
    #[inline(always)]
    pub(crate) fn reserve(&mut self, n_bytes: usize) {
        let wanted = self.len + n_bytes + STEP;
        if self.bytes.len() < wanted {
            self.grow(wanted);
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, wanted: usize) {
        self.bytes.resize(wanted.max(2 * self.bytes.len()), 0);
    }

    /// Appends a text that is JSON already.
    #[inline(always)]
    pub(crate) fn push(&mut self, text: &[u8]) {
        self.reserve(text.len());
        self.bytes[self.len..self.len + text.len()].copy_from_slice(text);
        self.len += text.len();
    }

    /// Appends `source[start..end]`, which is JSON already.
    #[inline(always)]
    pub(crate) fn push_range(&mut self, source: &[u8], start: usize, end: usize) {
        let (mut from, mut to) = (start, self.len);
        self.len += end - start;
        while from < end {
            let piece = source
                .get(from..)
                .and_then(|rest| rest.first_chunk::<STEP>());
            let room = self
                .bytes
                .get_mut(to..)
                .and_then(|rest| rest.first_chunk_mut::<STEP>());
            let (Some(piece), Some(room)) = (piece, room) else {
                return self.push_rest(&source[from..end], to);
            };
            *room = *piece;
            from += STEP;
            to += STEP;
        }
    }

    #[cold]
    #[inline(never)]
    fn push_rest(&mut self, rest: &[u8], to: usize) {
        if self.bytes.len() < self.len {
            self.grow(self.len + STEP);
        }
        self.bytes[to..self.len].copy_from_slice(rest);
    }

    /// Appends a cell as a JSON string, quotes included.
    #[inline(always)]
    pub(crate) fn push_cell(&mut self, record: &Record<'_>, cell: Cell) {
        self.push(b"\"");
        if record.has_special(cell) {
            self.push_escaped_cell(record, cell);
        } else {
            self.push_range(record.buffer(), cell.start, cell.end);
        }
        self.push(b"\"");
    }

    /// Undoes the file's escapes and writes JSON's, in runs between the bytes that need either.
    #[inline(never)]
    fn push_escaped_cell(&mut self, record: &Record<'_>, cell: Cell) {
        let text = record.buffer();
        let mut from = cell.start;
        while let Some(place) = record.next_special(from, cell.end) {
            self.push_range(text, from, place);
            from = place + 1;
            let byte = text[place];
            let next = (from < cell.end).then(|| text[from]);
            let escapes_next = cell.quoted
                && match byte {
                    b'"' => next == Some(b'"'),
                    b'\\' => {
                        record.escape() == Escape::Backslash && matches!(next, Some(b'"' | b'\\'))
                    }
                    _ => false,
                };
            if escapes_next {
                from += 1;
                self.push(if next == Some(b'"') { b"\\\"" } else { b"\\\\" });
            } else {
                self.push_escaped_byte(byte);
            }
            if from >= cell.end {
                return;
            }
        }
        self.push_range(text, from, cell.end);
    }

    /// Appends a text as a JSON string, quotes included.
    pub(crate) fn push_string(&mut self, text: &str) {
        self.push(b"\"");
        let bytes = text.as_bytes();
        let mut from = 0;
        for (place, byte) in bytes.iter().enumerate() {
            if *byte < 0x20 || matches!(byte, b'"' | b'\\') {
                self.push(&bytes[from..place]);
                self.push_escaped_byte(*byte);
                from = place + 1;
            }
        }
        self.push(&bytes[from..]);
        self.push(b"\"");
    }

    fn push_escaped_byte(&mut self, byte: u8) {
        match byte {
            b'"' => self.push(b"\\\""),
            b'\\' => self.push(b"\\\\"),
            0x08 => self.push(b"\\b"),
            b'\t' => self.push(b"\\t"),
            b'\n' => self.push(b"\\n"),
            0x0C => self.push(b"\\f"),
            b'\r' => self.push(b"\\r"),
            control => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                let (high, low) = (control >> 4, control & 15);
                self.push(b"\\u00");
                self.push(&[HEX[usize::from(high)], HEX[usize::from(low)]]);
            }
        }
    }
}

/// Whether the bytes are one JSON number, as RFC 8259 §6 writes it.
#[inline]
pub(crate) fn is_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = text.strip_prefix(b"-").unwrap_or(text);
    let n_whole = digits(rest);
    if n_whole == 0 || (n_whole > 1 && rest[0] == b'0') {
        return false;
    }
    let mut rest = &rest[n_whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let n_fraction = digits(fraction);
        if n_fraction == 0 {
            return false;
        }
        rest = &fraction[n_fraction..];
    }
    let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) else {
        return rest.is_empty();
    };
    let exponent = exponent
        .strip_prefix(b"+")
        .or_else(|| exponent.strip_prefix(b"-"))
        .unwrap_or(exponent);
    !exponent.is_empty() && digits(exponent) == exponent.len()
}

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

impl<'s> Node<'s> {
    /// Reads a whole JSON text. `Err`: what is wrong, with line and column at its end.
    pub(crate) fn parse(source: &'s str) -> Result<Self, serde_json::Error> {
        let raw: &'s RawValue = serde_json::from_str(source)?;
        Self::from_raw(source, raw)
    }

    fn from_raw(source: &'s str, raw: &'s RawValue) -> Result<Self, serde_json::Error> {
        let text = raw.get();
        // OK because a borrowed raw value is a slice of the text that it was read from.
        let start = text.as_ptr() as usize - source.as_ptr() as usize;
        let value = match text.as_bytes().first() {
            Some(b'{') => {
                let Members(members) = serde_json::from_str(text)?;
                let nodes = members
                    .into_iter()
                    .map(|(key, raw)| Ok((key, Self::from_raw(source, raw)?)));
                Value::Object(nodes.collect::<Result<_, serde_json::Error>>()?)
            }
            Some(b'[') => {
                let items: Vec<&'s RawValue> = serde_json::from_str(text)?;
                let nodes = items.into_iter().map(|raw| Self::from_raw(source, raw));
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

    #[test]
    fn numbers_are_those_that_serde_json_takes() {
        for text in [
            "0",
            "-0",
            "1",
            "10",
            "1.10",
            "-1.5e10",
            "1E+5",
            "1e-5",
            "01",
            "+1",
            ".5",
            "5.",
            "1e",
            "1e+",
            "",
            "-",
            "1 ",
            " 1",
            "0x1",
            "NaN",
            "1,5",
            "--1",
            "1.5.5",
            "00",
            "-01",
            "12345678901234567890",
            "1e10e1",
        ] {
            let oracle =
                text.trim() == text && serde_json::from_str::<serde_json::Number>(text).is_ok();
            assert_eq!(is_number(text.as_bytes()), oracle, "{text:?}");
        }
    }

    #[test]
    fn strings_are_written_as_serde_json_writes_them() {
        let all: String = (0..0x80u8).map(char::from).chain("é日😀".chars()).collect();
        let mut body = Body::default();
        body.push_string(&all);
        let oracle = serde_json::to_string(&all).unwrap();
        assert_eq!(body.as_bytes(), oracle.as_bytes());
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
