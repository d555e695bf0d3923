//! JSON read token by token, without a tree: a place in a text that moves on.
//!
//! It takes what serde_json takes, and refuses in addition escapes that are no characters (halves of a
//! surrogate pair). It allocates nothing and does not recurse: how deep to go is its user's affair.

use std::borrow::Cow;
use std::iter;

use crate::check;

/// The text breaks JSON's grammar at this byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Broken(pub(crate) usize);

/// A place in a JSON text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'s> {
    source: &'s str,
    at: usize,
    n_spaces: usize,
}

/// A value, or the opening of one that has others in it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Token<'s> {
    Null,
    Bool(bool),
    Number(&'s str),
    Text(Text<'s>),
    /// `[`, to be followed by [`Cursor::next_item`] until it says no.
    Array,
    /// `{`, to be followed by [`Cursor::next_key`] until there is none.
    Object,
}

/// A value's token, and where it starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start<'s> {
    pub at: usize,
    pub token: Token<'s>,
}

/// How long a text may be for [`Text::short`]: longer than every date.
pub(crate) const SHORT: usize = 64;

/// A JSON string: what stands between its quotes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'s>(&'s str);

impl<'s> Cursor<'s> {
    pub(crate) fn new(source: &'s str) -> Self {
        Self {
            source,
            at: 0,
            n_spaces: 0,
        }
    }

    /// Where it is: behind what was read last.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// How many bytes of JSON were passed, without white space between tokens.
    pub(crate) fn n_bytes(&self) -> usize {
        self.at - self.n_spaces
    }

    /// The text that it reads.
    pub(crate) fn source(&self) -> &'s str {
        self.source
    }

    /// Reads a whole value that has no others in it, or the opening of one that has.
    pub(crate) fn value(&mut self) -> Result<Start<'s>, Broken> {
        let byte = self.peek();
        let at = self.at;
        let token = match byte {
            Some(b'"') => Token::Text(self.text()?),
            Some(b'{') => self.opened(Token::Object),
            Some(b'[') => self.opened(Token::Array),
            Some(b't') => self.word("true", Token::Bool(true))?,
            Some(b'f') => self.word("false", Token::Bool(false))?,
            Some(b'n') => self.word("null", Token::Null)?,
            _ => self.number()?,
        };
        Ok(Start { at, token })
    }

    /// Whether an array has another item. `is_first` says that its `[` was just read.
    pub(crate) fn next_item(&mut self, is_first: bool) -> Result<bool, Broken> {
        match self.peek() {
            Some(b']') => {
                self.at += 1;
                Ok(false)
            }
            _ if is_first => Ok(true),
            Some(b',') => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(Broken(self.at)),
        }
    }

    /// The next key of an object and where it starts; its value is next to be read. `is_first` says that
    /// the object's `{` was just read.
    pub(crate) fn next_key(&mut self, is_first: bool) -> Result<Option<(usize, Text<'s>)>, Broken> {
        match self.peek() {
            Some(b'}') => {
                self.at += 1;
                return Ok(None);
            }
            Some(b',') if !is_first => {
                self.at += 1;
                self.peek();
            }
            _ if is_first => {}
            _ => return Err(Broken(self.at)),
        }
        let at = self.at;
        let key = self.text()?;
        if self.peek() != Some(b':') {
            return Err(Broken(self.at));
        }
        self.at += 1;
        Ok(Some((at, key)))
    }

    /// Passes the rest of a value whose token was just read. Brackets are counted, not held against each
    /// other: for texts that are known to be JSON, or that are refused anyway.
    pub(crate) fn skip(&mut self, token: Token<'s>) -> Result<(), Broken> {
        let mut n_open = usize::from(matches!(token, Token::Array | Token::Object));
        while n_open > 0 {
            match self.peek() {
                Some(b'"') => {
                    self.text()?;
                    continue;
                }
                Some(b'[' | b'{') => n_open += 1,
                Some(b']' | b'}') => n_open -= 1,
                Some(_) => {}
                None => return Err(Broken(self.at)),
            }
            self.at += 1;
        }
        Ok(())
    }

    /// Reads a value and passes all of it.
    pub(crate) fn skip_value(&mut self) -> Result<(), Broken> {
        let start = self.value()?;
        self.skip(start.token)
    }

    /// That nothing follows.
    pub(crate) fn end(&mut self) -> Result<(), Broken> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(Broken(self.at)),
        }
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let rest = &self.source.as_bytes()[self.at..];
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        let n_spaces = rest.iter().take_while(|byte| is_space(byte)).count();
        self.at += n_spaces;
        self.n_spaces += n_spaces;
        rest.get(n_spaces).copied()
    }

    fn opened(&mut self, token: Token<'s>) -> Token<'s> {
        self.at += 1;
        token
    }

    fn word(&mut self, word: &str, token: Token<'s>) -> Result<Token<'s>, Broken> {
        if !self.source.as_bytes()[self.at..].starts_with(word.as_bytes()) {
            return Err(Broken(self.at));
        }
        self.at += word.len();
        Ok(token)
    }

    fn number(&mut self) -> Result<Token<'s>, Broken> {
        let rest = &self.source.as_bytes()[self.at..];
        let is_part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let n_bytes = rest.iter().take_while(|byte| is_part(byte)).count();
        if !check::number::is_json(&rest[..n_bytes]) {
            return Err(Broken(self.at));
        }
        // OK because a number is ASCII, and so ends at a character.
        let text = &self.source[self.at..self.at + n_bytes];
        self.at += n_bytes;
        Ok(Token::Number(text))
    }

    fn text(&mut self) -> Result<Text<'s>, Broken> {
        let bytes = self.source.as_bytes();
        if bytes.get(self.at) != Some(&b'"') {
            return Err(Broken(self.at));
        }
        let start = self.at + 1;
        let mut at = start;
        loop {
            let rest = &bytes[at..];
            let is_plain = |byte: &u8| !matches!(byte, b'"' | b'\\' | 0..=0x1F);
            at += rest.iter().take_while(|byte| is_plain(byte)).count();
            match bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => match unescape(&self.source[at..]) {
                    Some((_, n_bytes)) => at += n_bytes,
                    None => return Err(Broken(at)),
                },
                _ => return Err(Broken(at)),
            }
        }
        self.at = at + 1;
        // OK because both ends stand at a quote.
        Ok(Text(&self.source[start..at]))
    }
}

impl<'s> Text<'s> {
    /// The text's characters.
    pub(crate) fn chars(self) -> impl Iterator<Item = char> + use<'s> {
        let mut rest = self.0;
        iter::from_fn(move || {
            let first = rest.chars().next()?;
            let (c, n_bytes) = match first {
                '\\' => unescape(rest)?,
                c => (c, c.len_utf8()),
            };
            rest = &rest[n_bytes..];
            Some(c)
        })
    }

    /// The text; borrowed unless it has an escape.
    pub(crate) fn cow(self) -> Cow<'s, str> {
        match self.0.contains('\\') {
            false => Cow::Borrowed(self.0),
            true => Cow::Owned(self.chars().collect()),
        }
    }

    /// The text in `room`, where it has room; for short texts with escapes or without.
    pub(crate) fn short(self, room: &mut [u8; SHORT]) -> Option<&[u8]> {
        let mut n_bytes = 0;
        for c in self.chars() {
            let place = room.get_mut(n_bytes..n_bytes + c.len_utf8())?;
            n_bytes += c.encode_utf8(place).len();
        }
        Some(&room[..n_bytes])
    }

    /// Whether it has more than `most` characters.
    pub(crate) fn is_longer_than(self, most: usize) -> bool {
        self.0.len() > most && self.chars().nth(most).is_some()
    }

    /// Whether it is this text.
    pub(crate) fn is(self, text: &str) -> bool {
        self.0 == text || (self.0.contains('\\') && self.chars().eq(text.chars()))
    }
}

/// The character of the escape that a text starts with, and how long the escape is.
fn unescape(text: &str) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    let c = match bytes.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unescape_unit(bytes),
        _ => return None,
    };
    Some((c, 2))
}

/// `\u00e9`, or a pair such as `\ud83d\ude00`.
fn unescape_unit(bytes: &[u8]) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = bytes.get(at + 2..at + 6)?;
        let is_escape = bytes[at..at + 2] == *b"\\u" && digits.iter().all(u8::is_ascii_hexdigit);
        let digits = std::str::from_utf8(digits).ok().filter(|_| is_escape)?;
        u32::from_str_radix(digits, 16).ok()
    };
    match unit(0)? {
        high @ 0xD800..=0xDBFF => {
            let low = unit(6).filter(|low| (0xDC00..=0xDFFF).contains(low))?;
            let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
            Some((char::from_u32(code)?, 12))
        }
        code => Some((char::from_u32(code)?, 6)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;

    /// The whole text as one value, by an own stack of brackets.
    fn read(source: &str) -> Result<Vec<String>, Broken> {
        let mut cursor = Cursor::new(source);
        let (mut texts, mut open) = (Vec::new(), Vec::new());
        let mut start = cursor.value()?;
        loop {
            match start.token {
                Token::Array | Token::Object => {
                    open.push((matches!(start.token, Token::Array), true))
                }
                Token::Text(text) => texts.push(text.cow().into_owned()),
                _ => {}
            }
            loop {
                let Some((is_array, is_first)) = open.last_mut() else {
                    return cursor.end().map(|()| texts);
                };
                let goes_on = match is_array {
                    true => cursor.next_item(*is_first)?,
                    false => match cursor.next_key(*is_first)? {
                        Some((_, key)) => {
                            texts.push(key.cow().into_owned());
                            true
                        }
                        None => false,
                    },
                };
                *is_first = false;
                if goes_on {
                    break;
                }
                open.pop();
            }
            start = cursor.value()?;
        }
    }

    #[test]
    fn texts_are_unescaped() {
        let texts =
            read(r#"{"a\u00e9":["\ud83d\ude00\n\"\\\/\b\f\r\t",1.5e3,null,true,false,{}, [ ] ]}"#);
        assert_eq!(texts.unwrap(), ["aé", "😀\n\"\\/\u{8}\u{c}\r\t"]);
        for half in [
            r#""\ud83d""#,
            r#""\ude00""#,
            r#""\ud83dx""#,
            r#""\ud83d\u0041""#,
            r#""\u+041""#,
        ] {
            assert!(read(half).is_err(), "{half}");
        }
    }

    #[test]
    fn spaces_between_tokens_are_not_counted() {
        let mut cursor = Cursor::new(" { \"a b\" : [ 1 , 2 ] } ");
        cursor.skip_value().unwrap();
        assert_eq!(cursor.n_bytes(), r#"{"a b":[1,2]}"#.len());
        assert!(cursor.end().is_ok());
    }

    proptest! {
        #[test]
        fn what_is_json_is_json_to_serde(source in r#"([\[\]{},: \n"]|"a"|"a":|1|-|0|\.5|e3|true|nul|null|\\n|\\x|é){0,14}"#) {
            let oracle = serde_json::from_str::<IgnoredAny>(&source).is_ok();
            prop_assert_eq!(read(&source).is_ok(), oracle, "{}", source);
        }

        #[test]
        fn texts_are_those_of_serde(text in any::<String>()) {
            let json = serde_json::to_string(&text).unwrap();
            let Token::Text(read_text) = Cursor::new(&json).value().unwrap().token else { panic!() };
            let fits = text.len() <= SHORT;
            let mut room = [0; SHORT];
            prop_assert_eq!(read_text.short(&mut room), fits.then_some(text.as_bytes()));
            prop_assert_eq!(read(&json).unwrap(), [text]);
        }

        #[test]
        fn nothing_panics(source in any::<String>()) {
            let _ = read(&source);
            let mut cursor = Cursor::new(&source);
            while cursor.skip_value().is_ok() {}
        }
    }
}
