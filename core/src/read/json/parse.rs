//! The grammar of RFC 8259 over one value: where it ends, what its members are, and what is wrong with it.
//!
//! Nothing is built and nothing is copied: a member is two ranges of the text. Whatever is wrong comes in
//! two kinds. A *flaw* leaves the value's border certain, because the grammar can be followed to its end.
//! Otherwise brackets are counted on to the value's end, unless they or a line end say that the text is
//! not what it seems: then no border is certain.

use super::super::{CellKind, DefectKind};
use crate::check;

/// A member of an object, as places in the object's text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub key: Text,
    pub value: Text,
    pub kind: CellKind,
}

/// A piece of the object's text; of a string its inside.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Text {
    pub start: u32,
    pub end: u32,
    /// Whether it holds escapes.
    pub is_escaped: bool,
}

impl Member {
    /// Appends the value's text, without the escapes of a string.
    pub(super) fn write_text(&self, object: &[u8], out: &mut Vec<u8>) {
        let text = self.value.of(object);
        if self.value.is_escaped {
            unescape(text, out);
        } else {
            out.extend_from_slice(text);
        }
    }
}

impl Text {
    pub(super) fn of<'t>(&self, object: &'t [u8]) -> &'t [u8] {
        &object[self.start as usize..self.end as usize]
    }
}

/// A value that was read to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    pub end: usize,
    pub flaw: Option<DefectKind>,
    /// The grammar held to the end: [`Parser::members`] are all, whatever the flaw inside one is.
    pub is_whole: bool,
}

/// Why a value was not read to its end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stop {
    /// The text ends first.
    OutOfText,
    /// The value is none, and no border is certain.
    Broken(DefectKind),
}

/// Reads values; what it needs for that is used again and again.
#[derive(Debug)]
pub(super) struct Parser {
    nesting: usize,
    /// The brackets that are open.
    open: Vec<u8>,
    flaw: Option<DefectKind>,
    /// The members of the last value, in their order, doubles included; none where it was no object.
    pub members: Vec<Member>,
    /// The last value holds line ends.
    pub has_newline: bool,
}

/// What may stand at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
}

impl Parser {
    pub(super) fn new(nesting: usize) -> Self {
        Self {
            nesting: nesting.max(1),
            open: Vec::new(),
            flaw: None,
            members: Vec::new(),
            has_newline: false,
        }
    }

    /// Reads the object, array or string that `text` starts with.
    pub(super) fn read(&mut self, text: &[u8]) -> Result<Value, Stop> {
        self.open.clear();
        self.flaw = None;
        self.members.clear();
        self.has_newline = false;
        let read = match text.first() {
            Some(b'"') => match self.string(text, 1) {
                Ok(inside) => Ok(inside.end as usize + 1),
                Err(stop) => Err(Halt::Stop(stop)),
            },
            _ => self.nested(text),
        };
        let is_whole = read.is_ok();
        let end = match read {
            Ok(end) => end,
            Err(Halt::Stop(stop)) => return Err(stop),
            Err(Halt::At(place)) => {
                let offset = place;
                let kind = match text[place] {
                    0 => DefectKind::NulByte { offset },
                    _ => DefectKind::BadJson { offset },
                };
                self.flaw.get_or_insert(kind);
                self.balance(text, place, kind)?
            }
        };
        Ok(Value {
            end,
            flaw: self.flaw,
            is_whole,
        })
    }

    /// Reads the number, `true`, `false` or `null` that `text` starts with. `is_all`: nothing follows.
    pub(super) fn read_word(&mut self, text: &[u8], is_all: bool) -> Result<Value, Stop> {
        self.has_newline = false;
        let ends_word = |byte: &u8| matches!(byte, b',' | b']') || byte.is_ascii_whitespace();
        let end = match text.iter().position(ends_word) {
            Some(end) => end,
            None if is_all => text.len(),
            None => return Err(Stop::OutOfText),
        };
        let word = &text[..end];
        if matches!(word, b"true" | b"false" | b"null") || check::number::is_json(word) {
            return Ok(Value {
                end,
                flaw: None,
                is_whole: true,
            });
        }
        Err(Stop::Broken(
            match word.iter().position(|byte| *byte == 0) {
                Some(offset) => DefectKind::NulByte { offset },
                None => DefectKind::BadJson { offset: 0 },
            },
        ))
    }

    /// Reads an array or an object; where it ends.
    fn nested(&mut self, text: &[u8]) -> Result<usize, Halt> {
        let (mut place, mut expect) = (0, Expect::Value);
        loop {
            place = self.skip_space(text, place)?;
            let byte = text[place];
            let is_member = self.open.len() == 1 && self.open[0] == b'{';
            expect = match (expect, byte) {
                (Expect::Value | Expect::ValueOrEnd, b'{' | b'[') => {
                    if is_member {
                        self.begin_value(place, CellKind::Nested);
                    }
                    self.open(byte, place)?;
                    place += 1;
                    match byte {
                        b'{' => Expect::KeyOrEnd,
                        _ => Expect::ValueOrEnd,
                    }
                }
                (Expect::Value | Expect::ValueOrEnd, b'"') => {
                    let inside = self.string(text, place + 1)?;
                    if is_member {
                        self.begin_value(place, CellKind::Text);
                        self.set_value(inside);
                    }
                    place = inside.end as usize + 1;
                    Expect::CommaOrEnd
                }
                (Expect::Value | Expect::ValueOrEnd, b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                    let (end, kind) = scalar(text, place)?;
                    if is_member {
                        self.begin_value(place, kind);
                        self.end_value(end);
                    }
                    place = end;
                    Expect::CommaOrEnd
                }
                (Expect::Key | Expect::KeyOrEnd, b'"') => {
                    let key = self.string(text, place + 1)?;
                    if is_member {
                        self.members.push(Member {
                            key,
                            value: Text::default(),
                            kind: CellKind::Null,
                        });
                    }
                    place = key.end as usize + 1;
                    Expect::Colon
                }
                (Expect::Colon, b':') => {
                    place += 1;
                    Expect::Value
                }
                (Expect::CommaOrEnd, b',') => {
                    place += 1;
                    match self.open.last() {
                        Some(b'{') => Expect::Key,
                        _ => Expect::Value,
                    }
                }
                (Expect::CommaOrEnd | Expect::KeyOrEnd, b'}')
                | (Expect::CommaOrEnd | Expect::ValueOrEnd, b']')
                    if self.open.last() == Some(&opening(byte)) =>
                {
                    self.open.pop();
                    place += 1;
                    match self.open.as_slice() {
                        [] => return Ok(place),
                        [b'{'] => self.end_value(place),
                        _ => {}
                    }
                    Expect::CommaOrEnd
                }
                _ => return Err(Halt::At(place)),
            };
        }
    }

    fn open(&mut self, byte: u8, offset: usize) -> Result<(), Stop> {
        self.open.push(byte);
        if self.open.len() > self.nesting {
            let limit = self.nesting;
            let too_deep = DefectKind::TooDeep { offset, limit };
            let first = *self.flaw.get_or_insert(too_deep);
            // What is deeper by far is not followed: each line of it would be, again and again.
            if self.open.len() > self.nesting.saturating_mul(2) {
                return Err(Stop::Broken(first));
            }
        }
        Ok(())
    }

    fn begin_value(&mut self, place: usize, kind: CellKind) {
        if let Some(member) = self.members.last_mut() {
            member.kind = kind;
            member.value.start = place as u32; // OK because a value is bounded far below 4 GiB
        }
    }

    fn end_value(&mut self, end: usize) {
        if let Some(member) = self.members.last_mut() {
            member.value.end = end as u32; // OK because a value is bounded far below 4 GiB
        }
    }

    fn set_value(&mut self, value: Text) {
        if let Some(member) = self.members.last_mut() {
            member.value = value;
        }
    }

    #[inline]
    fn skip_space(&mut self, text: &[u8], mut place: usize) -> Result<usize, Stop> {
        loop {
            match text.get(place) {
                Some(b' ' | b'\t') => {}
                Some(b'\n' | b'\r') => self.has_newline = true,
                Some(_) => return Ok(place),
                None => return Err(Stop::OutOfText),
            }
            place += 1;
        }
    }

    /// Reads a string whose inside starts at `start`.
    fn string(&mut self, text: &[u8], start: usize) -> Result<Text, Stop> {
        let (mut place, mut is_escaped) = (start, false);
        loop {
            let ends_run = |byte: &u8| *byte < 0x20 || matches!(byte, b'"' | b'\\');
            let n_bytes = text[place..].iter().position(ends_run);
            place += n_bytes.ok_or(Stop::OutOfText)?;
            let offset = place;
            match text[place] {
                b'"' => {
                    return Ok(Text {
                        start: start as u32, // OK because a value is bounded far below 4 GiB
                        end: place as u32,
                        is_escaped,
                    });
                }
                b'\\' => {
                    is_escaped = true;
                    place += self.escape(text, place)?;
                }
                // No string goes over a line end: its closing quote is missing.
                b'\n' | b'\r' => return Err(Stop::Broken(DefectKind::BadJson { offset })),
                0 => {
                    self.flaw.get_or_insert(DefectKind::NulByte { offset });
                    place += 1;
                }
                _ => {
                    self.flaw.get_or_insert(DefectKind::BadJson { offset });
                    place += 1;
                }
            }
        }
    }

    /// Reads an escape; how many bytes it has.
    fn escape(&mut self, text: &[u8], offset: usize) -> Result<usize, Stop> {
        let escape = &text[offset..];
        match escape.get(1) {
            None => return Err(Stop::OutOfText),
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => return Ok(2),
            Some(b'u') if escape.len() < 6 => return Err(Stop::OutOfText),
            Some(_) => {}
        }
        match unit(escape) {
            None => {
                self.flaw.get_or_insert(DefectKind::BadJson { offset });
                Ok(1)
            }
            Some(0) => {
                self.flaw.get_or_insert(DefectKind::NulByte { offset });
                Ok(6)
            }
            Some(0xD800..0xDC00) => {
                let behind = &escape[6..];
                if behind.len() < 6 && b"\\u".starts_with(&behind[..behind.len().min(2)]) {
                    return Err(Stop::OutOfText);
                }
                if matches!(unit(behind), Some(0xDC00..0xE000)) {
                    return Ok(12);
                }
                self.flaw
                    .get_or_insert(DefectKind::LoneSurrogate { offset });
                Ok(6)
            }
            Some(0xDC00..0xE000) => {
                self.flaw
                    .get_or_insert(DefectKind::LoneSurrogate { offset });
                Ok(6)
            }
            Some(_) => Ok(6),
        }
    }

    /// Goes on from a place where the grammar was left, to the end of the value by its brackets alone.
    fn balance(&mut self, text: &[u8], from: usize, why: DefectKind) -> Result<usize, Stop> {
        let broken = Err(Stop::Broken(why));
        self.has_newline = true;
        let mut place = from;
        while let Some(byte) = text.get(place) {
            match byte {
                b'"' => match self.string(text, place + 1) {
                    Ok(inside) => place = inside.end as usize,
                    Err(Stop::Broken(_)) => return broken,
                    Err(stop) => return Err(stop),
                },
                // First in its line it is the next row: the end of this one is missing.
                b'{' if place > 0 && matches!(text[place - 1], b'\n' | b'\r') => return broken,
                b'{' | b'[' if self.open(*byte, place).is_err() => return broken,
                b'{' | b'[' => {}
                b'}' | b']' if self.open.pop() != Some(opening(*byte)) => return broken,
                b'}' | b']' if self.open.is_empty() => return Ok(place + 1),
                _ => {}
            }
            place += 1;
        }
        Err(Stop::OutOfText)
    }
}

/// Why reading by the grammar ended early.
enum Halt {
    Stop(Stop),
    /// This byte has no place in the grammar.
    At(usize),
}

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

fn opening(closing: u8) -> u8 {
    if closing == b'}' { b'{' } else { b'[' }
}

/// Reads a number, `true`, `false` or `null` that something follows.
fn scalar(text: &[u8], start: usize) -> Result<(usize, CellKind), Halt> {
    let (word, kind): (&[u8], _) = match text[start] {
        b't' => (b"true", CellKind::Boolean),
        b'f' => (b"false", CellKind::Boolean),
        b'n' => (b"null", CellKind::Null),
        _ => return number(text, start).map(|end| (end, CellKind::Number)),
    };
    let found = &text[start..text.len().min(start + word.len())];
    match word.strip_prefix(found) {
        Some([]) => Ok((start + word.len(), kind)),
        Some(_) => Err(Halt::Stop(Stop::OutOfText)),
        None => Err(Halt::At(start)),
    }
}

/// Reads a number that something follows, as RFC 8259 §6 writes it.
fn number(text: &[u8], start: usize) -> Result<usize, Halt> {
    let byte = |place: usize| text.get(place).copied().ok_or(Halt::Stop(Stop::OutOfText));
    // One digit or more; the place behind them.
    let digits = |from: usize| {
        let n_digits = text[from..]
            .iter()
            .position(|byte| !byte.is_ascii_digit())
            .ok_or(Halt::Stop(Stop::OutOfText))?;
        match n_digits {
            0 => Err(Halt::At(from)),
            _ => Ok(from + n_digits),
        }
    };
    let first = start + usize::from(text[start] == b'-');
    let mut place = match byte(first)? {
        b'0' => first + 1,
        _ => digits(first)?,
    };
    if byte(place)? == b'.' {
        place = digits(place + 1)?;
    }
    if matches!(byte(place)?, b'e' | b'E') {
        let has_sign = matches!(byte(place + 1)?, b'+' | b'-');
        place = digits(place + 1 + usize::from(has_sign))?;
    }
    byte(place)?;
    Ok(place)
}

/// The UTF-16 unit of an escape `\u0041` at the front of a text.
fn unit(text: &[u8]) -> Option<u32> {
    let digits = text.strip_prefix(b"\\u")?.first_chunk::<4>()?;
    digits.iter().try_fold(0, |unit, digit| {
        Some(unit << 4 | char::from(*digit).to_digit(16)?)
    })
}

/// Appends the inside of a string that the [`Parser`] read without a flaw, its escapes undone.
pub(super) fn unescape(inside: &[u8], out: &mut Vec<u8>) {
    let mut rest = inside;
    while let Some(place) = rest.iter().position(|byte| *byte == b'\\') {
        out.extend_from_slice(&rest[..place]);
        rest = &rest[place..];
        let (char, n_bytes) = escaped(rest);
        out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
        rest = &rest[n_bytes.min(rest.len())..];
    }
    out.extend_from_slice(rest);
}

/// The character of the escape at the front of a text, and the bytes that write it.
fn escaped(text: &[u8]) -> (char, usize) {
    let char = match text.get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{C}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return escaped_by_number(text),
        Some(other) => char::from(*other),
        None => '\\',
    };
    (char, 2)
}

fn escaped_by_number(text: &[u8]) -> (char, usize) {
    let lone = (char::REPLACEMENT_CHARACTER, 6);
    match unit(text) {
        Some(high @ 0xD800..0xDC00) => match unit(&text[6..]) {
            Some(low @ 0xDC00..0xE000) => {
                let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                char::from_u32(code).map_or(lone, |char| (char, 12))
            }
            _ => lone,
        },
        Some(code) => char::from_u32(code).map_or(lone, |char| (char, 6)),
        None => lone,
    }
}
