//! Nested values: what an attribute or a property may hold besides plain values (nested custom
//! attributes; array of objects; event object).
//!
//! One pass over the text, which checks the grammar on the way. The text is neither copied nor read into
//! a tree, and levels are bounded.

use super::date::{self, Reading};
use super::doubles::Doubles;
use super::{field, name, number};
use crate::diag::{Code, Detail};
use crate::wire::cursor::{Broken, Cursor, SHORT, Start, Text, Token};
use crate::wire::limits;

/// Arrays and objects inside each other. Each level takes its part of the stack.
pub(crate) const MOST_LEVELS: usize = 64;

/// Where a value stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NestedPlace {
    /// The value of a custom attribute.
    Attribute {
        /// The object says `"_merge_objects": true`, which `$update` needs.
        merges: bool,
    },
    /// A value inside the object that a custom attribute is.
    Inside,
    /// The value of a property of an event or a purchase.
    Property,
}

/// Takes what is wrong: the byte where it stands, from the start of the text, and figures. Not in the
/// order of places.
pub(crate) type Tell<'t> = &'t mut dyn FnMut(usize, Code, Detail);

/// Checks nested values, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Nested {
    doubles: Doubles,
}

impl Nested {
    /// Checks a text that should be one JSON value. What is told at least once with an error must not
    /// become part of a body.
    pub(crate) fn check(&mut self, json: &str, place: NestedPlace, tell: Tell<'_>) {
        let mut cursor = Cursor::new(json);
        let read = cursor.value().and_then(|start| {
            self.value(&mut cursor, start, place, tell)?;
            cursor.end()
        });
        if let Err(Broken(at)) = read {
            tell(at, Code::BadJson, Detail::None);
        }
    }

    /// Checks the value whose token was just read.
    pub(crate) fn value<'s>(
        &mut self,
        cursor: &mut Cursor<'s>,
        start: Start<'s>,
        place: NestedPlace,
        tell: Tell<'_>,
    ) -> Result<(), Broken> {
        // A value that broke off may have left some.
        self.doubles.clear();
        let n_before = cursor.n_bytes();
        let mut walk = Walk {
            cursor,
            doubles: &mut self.doubles,
            place,
            tell,
        };
        walk.top(start)?;
        let n_bytes = 1 + walk.cursor.n_bytes() - n_before; // with its bracket
        let holds_others = matches!(start.token, Token::Array | Token::Object);
        if holds_others && n_bytes > limits::OBJECT_BYTES {
            walk.count(
                start.at,
                Code::NestedTooLarge,
                n_bytes,
                limits::OBJECT_BYTES,
            );
        }
        Ok(())
    }
}

/// One value being checked.
struct Walk<'w, 's> {
    cursor: &'w mut Cursor<'s>,
    doubles: &'w mut Doubles,
    place: NestedPlace,
    tell: Tell<'w>,
}

/// What an object at the top of an attribute is.
enum Operation {
    /// A value.
    None,
    /// `{"inc": 1}`
    Increment,
    /// `{"add": […], "remove": […]}`
    Members,
    /// `{"$add": […], "$update": […], "$remove": […]}`
    Items,
}

impl<'s> Walk<'_, 's> {
    fn is_attribute(&self) -> bool {
        matches!(
            self.place,
            NestedPlace::Attribute { .. } | NestedPlace::Inside
        )
    }

    /// The value itself, which has its own rules.
    fn top(&mut self, start: Start<'s>) -> Result<(), Broken> {
        if self.place == NestedPlace::Inside {
            return self.inner(start, 1, false);
        }
        match start.token {
            Token::Null if self.is_attribute() => Ok(()),
            Token::Text(text) => {
                let check = match self.place {
                    NestedPlace::Attribute { .. } | NestedPlace::Inside => field::attribute_text,
                    NestedPlace::Property => field::meant_as_date,
                };
                self.text(start.at, text, check);
                Ok(())
            }
            Token::Array => self.array(start, 1, self.is_attribute()),
            Token::Object if self.is_attribute() => match operation(*self.cursor)? {
                Operation::None => self.object(1),
                Operation::Increment => self.increment(),
                Operation::Members => self.members(),
                Operation::Items => self.items(),
            },
            _ => self.inner(start, 0, false),
        }
    }

    /// A value inside another.
    fn inner(&mut self, start: Start<'s>, level: usize, in_array: bool) -> Result<(), Broken> {
        match start.token {
            Token::Null => {
                let code = match self.place {
                    NestedPlace::Attribute { .. } | NestedPlace::Inside => Code::NullInNested,
                    NestedPlace::Property => Code::NullProperty,
                };
                self.tell(start.at, code);
            }
            Token::Bool(_) => {}
            Token::Number(number) => self.number(start.at, number),
            Token::Text(text) => self.inner_text(start.at, text, in_array),
            Token::Array | Token::Object if level >= MOST_LEVELS => {
                self.tell(start.at, Code::TooDeep);
                self.cursor.skip(start.token)?;
            }
            Token::Array => {
                if in_array && self.is_attribute() {
                    self.tell(start.at, Code::ArrayInArray);
                }
                self.array(start, level + 1, false)?;
            }
            Token::Object => self.object(level + 1)?,
        }
        Ok(())
    }

    fn number(&mut self, at: usize, number: &str) {
        if !number::number(number.as_bytes()) {
            self.tell(at, Code::BadNumber);
        } else if number::loses_digits(number) {
            self.tell(at, Code::DigitsLost);
        }
    }

    fn inner_text(&mut self, at: usize, text: Text<'s>, in_array: bool) {
        let is_date = |text: &[u8]| date::read(text) != Reading::Text;
        match self.place {
            NestedPlace::Property if in_array => {
                self.text(at, text, |text| is_date(text).then_some(Code::DateInArray));
            }
            NestedPlace::Property => self.text(at, text, field::meant_as_date),
            NestedPlace::Attribute { .. } | NestedPlace::Inside => {
                self.text(at, text, |text| {
                    is_date(text).then_some(Code::PlainDateInNested)
                });
            }
        }
    }

    /// A text: its length, and what else there is to say about short ones.
    fn text(&mut self, at: usize, text: Text<'s>, check: impl Fn(&[u8]) -> Option<Code>) {
        let code = match text.short(&mut [0; SHORT]) {
            Some(text) => check(text),
            None => text
                .is_longer_than(limits::TEXT_CHARS)
                .then_some(Code::TextTooLong),
        };
        self.tell_all(at, code);
    }

    /// The items of an array whose bracket was read. The plain items of a set stand once.
    fn array(&mut self, start: Start<'s>, level: usize, is_set: bool) -> Result<(), Broken> {
        let open = self.doubles.open();
        let mut n_items = 0;
        while self.cursor.next_item(n_items == 0)? {
            n_items += 1;
            let item = self.cursor.value()?;
            self.inner(item, level, true)?;
            let holds_others = matches!(item.token, Token::Array | Token::Object);
            if is_set && !holds_others {
                let written = &self.cursor.source()[item.at..self.cursor.at()];
                self.doubles.add(written.as_bytes(), item.at);
            }
        }
        self.close(open, Code::DoubledItem);
        if self.is_attribute() && n_items > limits::ARRAY_ITEMS {
            self.count(start.at, Code::TooManyItems, n_items, limits::ARRAY_ITEMS);
        }
        Ok(())
    }

    /// The members of an object whose bracket was read: a value, or `{"$time": "…"}`.
    fn object(&mut self, level: usize) -> Result<(), Broken> {
        let open = self.doubles.open();
        let (mut n_keys, mut time) = (0, None);
        while let Some((at, key)) = self.cursor.next_key(n_keys == 0)? {
            n_keys += 1;
            self.doubles.add_key(key, at);
            let value = self.cursor.value()?;
            if key.is("$time") {
                time = Some(at);
                self.time(value)?;
            } else {
                let code = name::nested_key(&key.cow());
                self.tell_all(at, code);
                self.inner(value, level, false)?;
            }
        }
        self.close(open, Code::DoubledKey);
        if let Some(at) = time
            && n_keys > 1
        {
            self.tell(at, Code::BadNestedTime);
        }
        Ok(())
    }

    /// What `$time` holds.
    fn time(&mut self, value: Start<'s>) -> Result<(), Broken> {
        let reading = match value.token {
            Token::Text(text) => text
                .short(&mut [0; SHORT])
                .map_or(Reading::Text, date::read),
            _ => Reading::Text,
        };
        match reading {
            Reading::Moment => {}
            Reading::BadOffset => self.tell(value.at, Code::BadOffset),
            Reading::YearOutOfRange | Reading::Text => self.tell(value.at, Code::BadNestedTime),
        }
        self.cursor.skip(value.token)
    }

    /// `{"inc": 1}`
    fn increment(&mut self) -> Result<(), Broken> {
        let mut is_first = true;
        while self.cursor.next_key(is_first)?.is_some() {
            is_first = false;
            let value = self.cursor.value()?;
            match value.token {
                Token::Number(number) if number::is_integer(number) => {
                    self.number(value.at, number)
                }
                token => {
                    self.tell(value.at, Code::BadIncrement);
                    self.cursor.skip(token)?;
                }
            }
        }
        Ok(())
    }

    /// `{"add": […], "remove": […]}`
    fn members(&mut self) -> Result<(), Broken> {
        let open = self.doubles.open();
        let mut is_first = true;
        while let Some((at, key)) = self.cursor.next_key(is_first)? {
            is_first = false;
            self.doubles.add_key(key, at);
            let value = self.cursor.value()?;
            match value.token {
                Token::Array => self.array(value, 2, true)?,
                token => self.refuse(value.at, token)?,
            }
        }
        self.close(open, Code::DoubledKey);
        Ok(())
    }

    /// `{"$add": […], "$update": […], "$remove": […]}`
    fn items(&mut self) -> Result<(), Broken> {
        let open = self.doubles.open();
        let mut is_first = true;
        while let Some((at, key)) = self.cursor.next_key(is_first)? {
            is_first = false;
            self.doubles.add_key(key, at);
            if key.is("$update") && self.place != (NestedPlace::Attribute { merges: true }) {
                self.tell(at, Code::UpdateWithoutMerge);
            }
            let is_known = ["$add", "$update", "$remove"]
                .iter()
                .any(|known| key.is(known));
            let value = self.cursor.value()?;
            match value.token {
                token if !is_known => {
                    self.tell(at, Code::UnknownOperator);
                    self.cursor.skip(token)?;
                }
                Token::Array => self.operands(key)?,
                token => self.refuse(value.at, token)?,
            }
        }
        self.close(open, Code::DoubledKey);
        Ok(())
    }

    /// The objects that an operator on an array of objects has.
    fn operands(&mut self, operator: Text<'s>) -> Result<(), Broken> {
        let mut is_first = true;
        while self.cursor.next_item(is_first)? {
            is_first = false;
            let item = self.cursor.value()?;
            match item.token {
                Token::Object if operator.is("$add") => self.object(3)?,
                Token::Object => self.operand(item.at, operator.is("$update"))?,
                token => self.refuse(item.at, token)?,
            }
        }
        Ok(())
    }

    /// `{"$identifier_key": "id", "$identifier_value": 1}`, in updates with `"$new_object": {…}`
    fn operand(&mut self, start: usize, is_update: bool) -> Result<(), Broken> {
        let open = self.doubles.open();
        let (mut has_key, mut has_value, mut has_object) = (false, false, !is_update);
        let mut is_first = true;
        while let Some((at, key)) = self.cursor.next_key(is_first)? {
            is_first = false;
            self.doubles.add_key(key, at);
            let value = self.cursor.value()?;
            match value.token {
                Token::Text(_) if key.is("$identifier_key") => has_key = true,
                Token::Text(_) | Token::Number(_) | Token::Bool(_)
                    if key.is("$identifier_value") =>
                {
                    has_value = true;
                }
                Token::Object if is_update && key.is("$new_object") => {
                    has_object = true;
                    self.object(4)?;
                }
                token => {
                    // Told once, at the value; what is missing by it is not told again.
                    (has_key, has_value, has_object) = (true, true, true);
                    self.refuse(value.at, token)?;
                }
            }
        }
        self.close(open, Code::DoubledKey);
        if !(has_key && has_value && has_object) {
            self.tell(start, Code::BadOperator);
        }
        Ok(())
    }

    /// A value that an operator cannot have.
    fn refuse(&mut self, at: usize, token: Token<'s>) -> Result<(), Broken> {
        self.tell(at, Code::BadOperator);
        self.cursor.skip(token)
    }

    fn close(&mut self, open: usize, code: Code) {
        let tell = &mut *self.tell;
        self.doubles.close(open, |at| tell(at, code, Detail::None));
    }

    fn tell(&mut self, at: usize, code: Code) {
        (self.tell)(at, code, Detail::None);
    }

    fn tell_all(&mut self, at: usize, code: Option<Code>) {
        if let Some(code) = code {
            self.tell(at, code);
        }
    }

    fn count(&mut self, at: usize, code: Code, found: usize, expected: usize) {
        let (found, expected) = (found as u64, expected as u64);
        (self.tell)(at, code, Detail::Count { found, expected });
    }
}

/// What the object is whose bracket was read, by its keys.
fn operation(mut ahead: Cursor<'_>) -> Result<Operation, Broken> {
    let Some((_, first)) = ahead.next_key(true)? else {
        return Ok(Operation::None);
    };
    let is_member = |key: Text<'_>| key.is("add") || key.is("remove");
    if first.chars().next() == Some('$') && !first.is("$time") {
        return Ok(Operation::Items);
    }
    if !first.is("inc") && !is_member(first) {
        return Ok(Operation::None);
    }
    ahead.skip_value()?;
    while let Some((_, key)) = ahead.next_key(false)? {
        if !(is_member(first) && is_member(key)) {
            return Ok(Operation::None);
        }
        ahead.skip_value()?;
    }
    Ok(match is_member(first) {
        true => Operation::Members,
        false => Operation::Increment,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MERGES: NestedPlace = NestedPlace::Attribute { merges: true };
    const REPLACES: NestedPlace = NestedPlace::Attribute { merges: false };

    /// What is told, in the order of places.
    fn told(json: &str, place: NestedPlace) -> Vec<(usize, Code)> {
        let mut told = Vec::new();
        Nested::default().check(json, place, &mut |at, code, _| told.push((at, code)));
        told.sort_unstable();
        told
    }

    #[test]
    fn what_is_fine() {
        for json in [
            "null",
            "true",
            "-1.5",
            r#""gold""#,
            r#"{"name":"Rex","age":3,"born":{"$time":"2020-01-02"},"toys":["a","b"],"vet":{"ok":true}}"#,
            r#"[{"name":"Rex"},{"name":"Tom"}]"#,
            r#"["a","b",1,true]"#,
            r#"{"inc":-3}"#,
            r#"{"add":["a"],"remove":["b"]}"#,
            r#"{"inc":1,"other":2}"#,
            r#"{"$add":[{"id":1}],"$remove":[{"$identifier_key":"id","$identifier_value":2}]}"#,
            r#"{"$update":[{"$identifier_key":"id","$identifier_value":"x","$new_object":{"id":3}}]}"#,
            "{}",
            "[]",
        ] {
            assert_eq!(told(json, MERGES), [], "{json}");
        }
        for json in [r#""2026-03-26""#, r#"{"at":"2026-03-26"}"#, "[1,1,[2]]"] {
            assert_eq!(told(json, NestedPlace::Property), [], "{json}");
        }
    }

    #[test]
    fn what_is_told() {
        for (json, place, expected) in [
            ("{", MERGES, (1, Code::BadJson)),
            ("[1] x", MERGES, (4, Code::BadJson)),
            (r#"{"a b":1}"#, MERGES, (1, Code::BadNestedKey)),
            (r#"{"a":{"b":null}}"#, MERGES, (10, Code::NullInNested)),
            (r#"["a",null]"#, MERGES, (5, Code::NullInNested)),
            ("null", NestedPlace::Property, (0, Code::NullProperty)),
            (
                r#"{"a":null}"#,
                NestedPlace::Property,
                (5, Code::NullProperty),
            ),
            (
                r#"{"t":{"$time":"soon"}}"#,
                MERGES,
                (14, Code::BadNestedTime),
            ),
            (r#"{"t":{"$time":null}}"#, MERGES, (14, Code::BadNestedTime)),
            (
                r#"{"t":{"$time":"3001-01-01"}}"#,
                MERGES,
                (14, Code::BadNestedTime),
            ),
            (
                r#"{"t":{"$time":"2026-01-01","x":1}}"#,
                MERGES,
                (6, Code::BadNestedTime),
            ),
            (
                r#"{"t":{"$time":"2026-01-01T10:00+99"}}"#,
                MERGES,
                (14, Code::BadOffset),
            ),
            (
                r#"{"t":"2026-01-01"}"#,
                MERGES,
                (5, Code::PlainDateInNested),
            ),
            (
                r#"["2026-01-01"]"#,
                NestedPlace::Property,
                (1, Code::DateInArray),
            ),
            (
                r#""26.03.2026""#,
                NestedPlace::Property,
                (0, Code::DateStaysText),
            ),
            (r#"{"a":1,"\u0061":2}"#, MERGES, (7, Code::DoubledKey)),
            (r#"["a","b","a"]"#, MERGES, (9, Code::DoubledItem)),
            ("[[1]]", MERGES, (1, Code::ArrayInArray)),
            ("9007199254740993", MERGES, (0, Code::DigitsLost)),
            (r#"{"inc":1.5}"#, MERGES, (7, Code::BadIncrement)),
            (r#"{"inc":{"a":[]}}"#, MERGES, (7, Code::BadIncrement)),
            (r#"{"add":"a"}"#, MERGES, (7, Code::BadOperator)),
            (r#"{"$add":{}}"#, MERGES, (8, Code::BadOperator)),
            (r#"{"$add":[1]}"#, MERGES, (9, Code::BadOperator)),
            (
                r#"{"$remove":[{"$identifier_key":"id"}]}"#,
                MERGES,
                (12, Code::BadOperator),
            ),
            (
                r#"{"$remove":[{"$identifier_key":1,"$identifier_value":1}]}"#,
                MERGES,
                (31, Code::BadOperator),
            ),
            (r#"{"$update":[]}"#, REPLACES, (1, Code::UpdateWithoutMerge)),
            (
                r#"{"$set":[{"x":[1]}]}"#,
                MERGES,
                (1, Code::UnknownOperator),
            ),
        ] {
            assert_eq!(told(json, place), [expected], "{json}");
        }
    }

    #[test]
    fn figures() {
        let items = format!(
            "[{}]",
            (0..501)
                .map(|n| n.to_string())
                .collect::<Vec<_>>()
                .join(",")
        );
        assert_eq!(told(&items, MERGES), [(0, Code::TooManyItems)]);
        let large = format!("[{}]", vec![r#"{"name":"Rex"}"#; 8000].join(" , "));
        assert!(told(&large, NestedPlace::Property).contains(&(0, Code::NestedTooLarge)));
        let long = format!(r#"{{"{0}":"{0}"}}"#, "é".repeat(256));
        assert_eq!(
            told(&long, MERGES),
            [(1, Code::NestedKeyTooLong), (516, Code::TextTooLong)]
        );
        let deep = |n: usize| ["[".repeat(n), "]".repeat(n)].concat();
        assert_eq!(told(&deep(MOST_LEVELS), NestedPlace::Property), []);
        assert_eq!(
            told(&deep(MOST_LEVELS + 1), NestedPlace::Property),
            [(MOST_LEVELS, Code::TooDeep)]
        );
        assert_eq!(
            told(&deep(50_000), NestedPlace::Property),
            [(MOST_LEVELS, Code::TooDeep)]
        );
    }

    #[test]
    fn what_is_fine_allocates_nothing() {
        let json = r#"{"names":["a \"b\"","\u00e9"],"pets":[{"name":"Rex","age":3,"born":{"$time":"2020-01-02"}}],"n":1.5}"#;
        let mut nested = Nested::default();
        let mut check = || nested.check(json, MERGES, &mut |_, code, _| panic!("{code:?}"));
        check();
        assert_eq!(allocation_counter::measure(check).count_total, 0);
    }

    proptest! {
        #[test]
        fn nothing_panics_and_places_lie_inside(json in r#"([\[\]{},: ]|"a":|"\$time":|"\$add":|"\$update":|"inc":|"add":|"a"|"2026-01-01"|1|null|é|\\u00e9){0,20}"#) {
            for place in [MERGES, REPLACES, NestedPlace::Property] {
                let is_broken = serde_json::from_str::<serde::de::IgnoredAny>(&json).is_err();
                let told = told(&json, place);
                prop_assert!(told.iter().all(|(at, _)| *at <= json.len()));
                let has_error = told.iter().any(|(_, code)| code.severity() == crate::Severity::Error);
                prop_assert!(has_error || !is_broken, "what is no JSON has an error: {}", json);
            }
        }
    }
}
