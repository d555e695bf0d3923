//! The members of an object that was written here: compact JSON, which is cut and not parsed.

use std::ops::Range;

/// The members of one object, in order, as (key, value): both as JSON, the key with its quotes.
///
/// The text must be an object that this crate wrote, without white space between its parts. What else it
/// is given it cuts somewhere, and never outside of it.
#[derive(Clone, Debug)]
pub(crate) struct Members<'o> {
    /// The object up to its last brace.
    inside: &'o [u8],
    /// Behind the member that was cut last.
    place: usize,
}

impl<'o> Members<'o> {
    pub(crate) fn new(object: &'o [u8]) -> Self {
        Self {
            inside: object.strip_suffix(b"}").unwrap_or_default(),
            place: 0,
        }
    }

    /// The members behind the first `head` bytes of the object.
    pub(crate) fn behind(object: &'o [u8], head: usize) -> Self {
        Self {
            place: head,
            ..Self::new(object)
        }
    }

    /// Where the next member's key and value stand in the object.
    pub(crate) fn next_places(&mut self) -> Option<(Range<usize>, Range<usize>)> {
        // A brace or a comma stands in front of each.
        let key_start = self.place + 1;
        let key_end = key_start + value_len(self.inside.get(key_start..)?);
        let value_start = key_end + 1;
        let value_end = value_start + value_len(self.inside.get(value_start..)?);
        self.place = value_end;
        // A key has its quotes.
        (key_end - key_start >= 2).then_some((key_start..key_end, value_start..value_end))
    }
}

impl<'o> Iterator for Members<'o> {
    type Item = (&'o [u8], &'o [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = self.next_places()?;
        Some((&self.inside[key], &self.inside[value]))
    }
}

/// How many bytes the value has that the text starts with.
fn value_len(text: &[u8]) -> usize {
    let (mut depth, mut place) = (0usize, 0);
    while let Some(byte) = text.get(place) {
        match byte {
            b'"' => place += text_len(&text[place..]) - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' | b':' if depth == 0 => return place,
            _ => {}
        }
        place += 1;
    }
    text.len()
}

/// How many bytes the text in quotes has that stands at the start.
fn text_len(text: &[u8]) -> usize {
    let mut place = 1;
    while let Some(byte) = text.get(place) {
        match byte {
            b'"' => return place + 1,
            b'\\' => place += 2,
            _ => place += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn members(object: &str) -> Vec<(&str, &str)> {
        let text = |bytes| std::str::from_utf8(bytes).unwrap();
        let members = Members::new(object.as_bytes());
        members
            .map(|(key, value)| (text(key), text(value)))
            .collect()
    }

    #[test]
    fn objects_are_cut_into_members() {
        assert_eq!(
            members(r#"{"a":"x,\"}:","b\"":{"c":[1,{"d":"]"}]},"e":-1.5,"f":null}"#),
            [
                ("\"a\"", r#""x,\"}:""#),
                (r#""b\"""#, r#"{"c":[1,{"d":"]"}]}"#),
                ("\"e\"", "-1.5"),
                ("\"f\"", "null"),
            ]
        );
        assert_eq!(members("{}"), []);
    }

    proptest! {
        #[test]
        fn what_serde_writes_is_cut_as_it_was_put_together(texts in prop::collection::vec(".{0,6}", 0..8)) {
            let json = |text: &String| serde_json::to_string(text).unwrap();
            let pairs: Vec<(String, String)> =
                texts.iter().map(|text| (json(text), format!("[{}]", json(text)))).collect();
            let inside: Vec<_> = pairs.iter().map(|(key, value)| format!("{key}:{value}")).collect();
            let object = format!("{{{}}}", inside.join(","));
            let found = members(&object);
            prop_assert_eq!(found.len(), pairs.len());
            prop_assert!(found.iter().zip(&pairs).all(|(found, pair)| *found == (&*pair.0, &*pair.1)));
        }

        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(prop::sample::select(b"{}[]\",:\\a".to_vec()), 0..40)) {
            prop_assert!(Members::new(&bytes).count() <= bytes.len());
        }
    }
}
