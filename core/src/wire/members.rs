//! The members of an object that was written here: compact JSON, which is cut and not parsed.

use std::ops::Range;

use wide::u8x16;

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

    /// The next member's value, if this is its key: what is known is compared, and not cut.
    #[inline]
    pub(crate) fn next_value_of(&mut self, key: &[u8]) -> Option<&'o [u8]> {
        let member = self.inside.get(self.place + 1..)?;
        let behind = member.strip_prefix(key)?.strip_prefix(b":")?;
        let n_bytes = value_len(behind);
        self.place = self.inside.len() - behind.len() + n_bytes;
        Some(&behind[..n_bytes])
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
#[inline]
fn value_len(text: &[u8]) -> usize {
    let behind = |n_bytes: usize, is_end: fn(&u8) -> bool| {
        let behind = text[n_bytes..].iter();
        n_bytes + behind.take_while(|byte| !is_end(byte)).count()
    };
    match text.first() {
        Some(b'"') => behind(text_len(text), |byte| matches!(byte, b',' | b':')),
        Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => behind(1, |byte| *byte == b','),
        _ => any_len(text),
    }
}

/// The same where nothing is known of the value.
fn any_len(text: &[u8]) -> usize {
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
#[inline]
fn text_len(text: &[u8]) -> usize {
    let mut place = 1;
    loop {
        place += n_plain(text.get(place..).unwrap_or_default());
        match text.get(place) {
            Some(b'"') => return place + 1,
            Some(_) => place += 2, // a backslash, and what it escapes
            None => return text.len(),
        }
    }
}

/// How many bytes stand in front of the first quote or backslash.
#[inline]
fn n_plain(text: &[u8]) -> usize {
    let ends = |byte: &u8| matches!(byte, b'"' | b'\\');
    let (lanes, rest) = text.as_chunks::<16>();
    for (lane_idx, lane) in lanes.iter().enumerate() {
        let lane = u8x16::new(*lane);
        let ends = lane.simd_eq(u8x16::splat(b'"')) | lane.simd_eq(u8x16::splat(b'\\'));
        let ends = ends.to_bitmask();
        if ends != 0 {
            return 16 * lane_idx + ends.trailing_zeros() as usize;
        }
    }
    let n_bytes = rest.iter().position(ends).unwrap_or(rest.len());
    text.len() - rest.len() + n_bytes
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
        // JSON of an export's own may have white space around it.
        assert_eq!(
            members(r#"{"a": [1, "," ] ,"b": "x,y" ,"c":"z" ,"d":1 ,"e":true}"#),
            [
                ("\"a\"", r#" [1, "," ] "#),
                ("\"b\"", r#" "x,y" "#),
                ("\"c\"", r#""z" "#),
                ("\"d\"", "1 "),
                ("\"e\"", "true"),
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
        fn a_text_ends_at_its_first_quote_without_a_backslash(
            text in prop::collection::vec(prop::sample::select(b"aaaaaaaaa\"\\".to_vec()), 0..60),
        ) {
            let text = [b"\"", &*text].concat();
            let (mut wanted, mut place) = (text.len(), 1);
            while let Some(byte) = text.get(place) {
                match byte {
                    b'"' => {
                        wanted = place + 1;
                        break;
                    }
                    b'\\' => place += 2,
                    _ => place += 1,
                }
            }
            prop_assert_eq!(text_len(&text), wanted);
        }

        #[test]
        fn a_member_that_is_asked_for_by_its_key_is_the_next_one(
            bytes in prop::collection::vec(prop::sample::select(b"{}[]\",:\\a".to_vec()), 0..40),
        ) {
            let mut members = Members::new(&bytes);
            loop {
                let mut asked = members.clone();
                let Some((key, value)) = members.next() else { break };
                prop_assert_eq!(asked.clone().next_value_of(b"\"other\""), None);
                let found = asked.next_value_of(key);
                // Where no colon stands behind the key, it is no object.
                let is_object = bytes[members.place - value.len() - 1] == b':';
                prop_assert_eq!(found, is_object.then_some(value));
                prop_assert!(!is_object || asked.place == members.place);
            }
        }

        #[test]
        fn what_a_value_starts_with_makes_it_no_longer(
            value in prop::sample::select(vec![
                "1", "-1.5e3", "true", "null", r#""a,\"b:\\""#, r#"{"a":[1,",]"]}"#, "[[],{}]", "[]", r#""""#,
            ]),
            behind in prop::sample::select(vec!["", ",\"b\":1", ",\"b\":\",\""]),
        ) {
            let text = [value, behind].concat();
            prop_assert_eq!(value_len(text.as_bytes()), value.len());
            prop_assert_eq!(any_len(text.as_bytes()), value.len());
        }

        #[test]
        fn any_bytes_end(bytes in prop::collection::vec(prop::sample::select(b"{}[]\",:\\a".to_vec()), 0..40)) {
            prop_assert!(Members::new(&bytes).count() <= bytes.len());
        }
    }
}
