//! The walk over a body: its arrays, their objects, and the keys of those.

use super::field::ALIAS;
use super::found::Findings;
use crate::check::date::{self, Reading};
use crate::check::doubles::Doubles;
use crate::check::nested::{Nested, NestedPlace};
use crate::check::{field_text, name, number};
use crate::diag::{Code, Detail};
use crate::wire::cursor::{Broken, Cursor, Start, Text, Token};
use crate::wire::fields::{self, FieldKind};
use crate::wire::limits;

/// A body being checked. Its text is JSON.
pub(super) struct Walker<'s> {
    pub(super) cursor: Cursor<'s>,
    pub(super) findings: Findings,
    pub(super) doubles: Doubles,
    nested: Nested,
    /// Attributes, events, purchases.
    n_objects: [u64; 3],
    values: Vec<Value>,
}

/// A value that one attribute object sets, as hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Value {
    /// Of the user and the attribute.
    target: u128,
    at: usize,
    object_idx: u64,
    value: u128,
}

/// The arrays of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Attributes,
    Events,
    Purchases,
}

/// Flags of an object, which matter to its other keys wherever they stand.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    merges: bool,
    imports_tokens: bool,
}

/// What is known of an object so far.
#[derive(Debug, Default)]
struct Seen {
    flags: Flags,
    n_keys: usize,
    n_primary: usize,
    /// Where email and phone stand, if they can identify.
    email: Option<usize>,
    phone: Option<usize>,
    /// Hash of the identifier that Braze looks the profile up by, and its rank (lowest wins).
    user: Option<(u8, u128)>,
    has_tokens: bool,
    /// Which of the required keys there were, in the order of [`Kind::required`].
    required: [bool; 4],
}

impl Kind {
    /// The keys that an object must have, and what their values look like.
    fn required(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Attributes => &[],
            Self::Events => &[
                ("name", "\"name\": \"…\""),
                ("time", "\"time\": \"2026-03-26T18:12:00Z\""),
            ],
            Self::Purchases => &[
                ("product_id", "\"product_id\": \"…\""),
                ("currency", "\"currency\": \"EUR\""),
                ("price", "\"price\": 1.50"),
                ("time", "\"time\": \"2026-03-26T18:12:00Z\""),
            ],
        }
    }
}

impl<'s> Walker<'s> {
    pub(super) fn new(source: &'s str, findings: Findings) -> Self {
        Self {
            cursor: Cursor::new(source),
            findings,
            doubles: Doubles::default(),
            nested: Nested::default(),
            n_objects: [0; 3],
            values: Vec::new(),
        }
    }

    /// What was found, and how many objects of each kind there were.
    pub(super) fn finish(mut self) -> (Findings, [u64; 3]) {
        self.tell_values_set_twice();
        (self.findings, self.n_objects)
    }

    /// Checks the whole body.
    pub(super) fn body(&mut self) -> Result<(), Broken> {
        let start = self.cursor.value()?;
        if !matches!(start.token, Token::Object) {
            self.tell(start.at, Code::BodyNotObject);
            return Ok(());
        }
        let open = self.doubles.open();
        let mut is_first = true;
        while let Some((at, key)) = self.cursor.next_key(is_first)? {
            is_first = false;
            self.doubles.add_key(key, at);
            let value = self.cursor.value()?;
            let kind = match &*key.cow() {
                "attributes" => Some(Kind::Attributes),
                "events" => Some(Kind::Events),
                "purchases" => Some(Kind::Purchases),
                _ => None,
            };
            match (kind, value.token) {
                (Some(kind), Token::Array) => self.objects(kind)?,
                (Some(_), token) => {
                    self.wrong_type(value.at, "[{…}]");
                    self.cursor.skip(token)?;
                }
                (None, token) => {
                    self.tell(at, Code::UnknownBodyKey);
                    self.cursor.skip(token)?;
                }
            }
        }
        self.close_keys(open);
        let n_objects = self.n_objects.iter().sum::<u64>() as usize;
        match n_objects {
            0 => self.tell(start.at, Code::NothingToSend),
            1..=limits::REQUEST_OBJECTS => {}
            _ => self.count(
                start.at,
                Code::TooManyObjects,
                n_objects,
                limits::REQUEST_OBJECTS,
            ),
        }
        Ok(())
    }

    /// The objects of an array whose bracket was read.
    fn objects(&mut self, kind: Kind) -> Result<(), Broken> {
        let mut is_first = true;
        while self.cursor.next_item(is_first)? {
            is_first = false;
            self.n_objects[kind as usize] += 1;
            let n_before = self.cursor.n_bytes();
            let item = self.cursor.value()?;
            match item.token {
                Token::Object => self.object(kind, item.at)?,
                token => {
                    self.wrong_type(item.at, "{…}");
                    self.cursor.skip(token)?;
                }
            }
            let n_bytes = self.cursor.n_bytes() - n_before;
            if n_bytes > limits::OBJECT_BYTES {
                self.count(
                    item.at,
                    Code::BodyObjectTooLarge,
                    n_bytes,
                    limits::OBJECT_BYTES,
                );
            }
        }
        Ok(())
    }

    /// An object whose bracket was read.
    fn object(&mut self, kind: Kind, start: usize) -> Result<(), Broken> {
        let mut seen = Seen {
            flags: flags(self.cursor)?,
            ..Seen::default()
        };
        let open = self.doubles.open();
        let first_value = self.values.len();
        while let Some((at, key)) = self.cursor.next_key(seen.n_keys == 0)? {
            seen.n_keys += 1;
            self.doubles.add_key(key, at);
            let name = key.cow();
            let required = kind
                .required()
                .iter()
                .position(|(required, _)| *required == name);
            if let Some(required_idx) = required {
                seen.required[required_idx] = true;
            }
            let value = self.cursor.value()?;
            match &*name {
                "external_id" | "braze_id" => self.primary(&mut seen, &name, at, value)?,
                "user_alias" => self.alias(&mut seen, at, value)?,
                "email" | "phone" => self.contact(&mut seen, &name, value)?,
                "_update_existing_only" => self.flag(value)?,
                _ => match kind {
                    Kind::Attributes => self.attribute(&mut seen, &name, at, value)?,
                    Kind::Events => self.event_member(&name, at, value)?,
                    Kind::Purchases => self.purchase_member(&name, at, value)?,
                },
            }
        }
        self.close_keys(open);
        self.whole(kind, start, &seen);
        match seen.user {
            Some((_, user)) => {
                for value in &mut self.values[first_value..] {
                    value.target ^= user;
                }
            }
            None => self.values.truncate(first_value),
        }
        Ok(())
    }

    /// What an object must have and must not have as a whole.
    fn whole(&mut self, kind: Kind, start: usize, seen: &Seen) {
        let is_import = kind == Kind::Attributes && seen.flags.imports_tokens;
        if is_import && !seen.has_tokens {
            self.findings
                .add_expecting(start, Code::BadTokenImport, "\"push_tokens\": [{…}]");
        }
        if seen.n_primary == 0 {
            match (seen.email, seen.phone) {
                (None, None) if !is_import => self.tell(start, Code::ObjectWithoutIdentifier),
                (Some(email), Some(phone)) => self.tell(email.max(phone), Code::EmailAndPhone),
                _ => {}
            }
        }
        if seen.n_keys > limits::OBJECT_KEYS {
            self.count(start, Code::ManyKeys, seen.n_keys, limits::OBJECT_KEYS);
        }
        for ((_, expected), is_there) in kind.required().iter().zip(seen.required) {
            if !is_there {
                self.findings
                    .add_expecting(start, Code::MissingMember, expected);
            }
        }
    }

    /// `external_id` or `braze_id`.
    fn primary(
        &mut self,
        seen: &mut Seen,
        name: &str,
        key_at: usize,
        value: Start<'s>,
    ) -> Result<(), Broken> {
        self.one_more_primary(seen, key_at);
        if seen.flags.imports_tokens {
            self.tell(key_at, Code::BadTokenImport);
        }
        let Token::Text(text) = value.token else {
            self.tell(value.at, Code::IdentifierNotText);
            return self.cursor.skip(value.token);
        };
        let text = text.cow();
        if text.trim().is_empty() {
            self.tell(value.at, Code::EmptyIdentifier);
        } else if name == "external_id" && text.len() > limits::EXTERNAL_ID_BYTES {
            self.count(
                value.at,
                Code::IdentifierTooLarge,
                text.len(),
                limits::EXTERNAL_ID_BYTES,
            );
        }
        seen.known_as(u8::from(name == "braze_id"), text.as_bytes());
        Ok(())
    }

    /// `user_alias`
    fn alias(&mut self, seen: &mut Seen, key_at: usize, value: Start<'s>) -> Result<(), Broken> {
        self.one_more_primary(seen, key_at);
        if !matches!(value.token, Token::Object) {
            self.tell(value.at, Code::BadAlias);
            return self.cursor.skip(value.token);
        }
        self.shape(value, ALIAS, Code::BadAlias)?;
        let written = &self.cursor.source()[value.at..self.cursor.at()];
        seen.known_as(2, written.as_bytes());
        Ok(())
    }

    fn one_more_primary(&mut self, seen: &mut Seen, key_at: usize) {
        seen.n_primary += 1;
        if seen.n_primary > 1 {
            self.tell(key_at, Code::TwoIdentifiers);
        }
    }

    /// `email` or `phone`: an identifier where there is no primary one, and else a profile field.
    fn contact(&mut self, seen: &mut Seen, name: &str, value: Start<'s>) -> Result<(), Broken> {
        let (kind, rank) = match name {
            "email" => (FieldKind::Email, 3),
            _ => (FieldKind::Phone, 4),
        };
        match value.token {
            Token::Null => return Ok(()),
            Token::Text(text) => {
                let text = text.cow();
                if let Some(code) = field_text(kind, text.as_bytes()) {
                    self.tell(value.at, code);
                }
                seen.known_as(rank, text.as_bytes());
            }
            token => {
                self.tell(value.at, Code::IdentifierNotText);
                self.cursor.skip(token)?;
            }
        }
        match kind {
            FieldKind::Email => seen.email = Some(value.at),
            _ => seen.phone = Some(value.at),
        }
        Ok(())
    }

    /// A key of an attribute object that is no identifier.
    fn attribute(
        &mut self,
        seen: &mut Seen,
        name: &str,
        key_at: usize,
        value: Start<'s>,
    ) -> Result<(), Broken> {
        match name {
            "_merge_objects" | "push_token_import" => return self.flag(value),
            "alias_name" | "alias_label" => {
                self.tell(key_at, Code::BadAlias);
                return self.cursor.skip(value.token);
            }
            _ => {}
        }
        if let Some(kind) = fields::standard(name) {
            seen.has_tokens |= kind == FieldKind::PushTokens;
            self.field(kind, key_at, value)?;
        } else {
            self.name(key_at, name::attribute(name));
            let merges = seen.flags.merges;
            self.nested(value, NestedPlace::Attribute { merges })?;
        }
        let is_merged = seen.flags.merges && matches!(value.token, Token::Object);
        if !is_merged {
            let written = &self.cursor.source()[value.at..self.cursor.at()];
            self.values.push(Value {
                target: xxhash_rust::xxh3::xxh3_128(name.trim().as_bytes()),
                at: key_at,
                object_idx: self.n_objects[Kind::Attributes as usize],
                value: xxhash_rust::xxh3::xxh3_128(written.as_bytes()),
            });
        }
        Ok(())
    }

    /// A key of an event that is no identifier.
    fn event_member(&mut self, name: &str, key_at: usize, value: Start<'s>) -> Result<(), Broken> {
        match name {
            "name" => match value.token {
                Token::Text(text) => {
                    self.name(value.at, name::event(&text.cow()));
                    Ok(())
                }
                token => {
                    self.wrong_type(value.at, "\"…\"");
                    self.cursor.skip(token)
                }
            },
            "time" => self.time(value),
            "app_id" => self.text(value).map(|_| ()),
            "properties" => self.properties(value),
            _ => self.unknown(key_at, value),
        }
    }

    /// A key of a purchase that is no identifier.
    fn purchase_member(
        &mut self,
        name: &str,
        key_at: usize,
        value: Start<'s>,
    ) -> Result<(), Broken> {
        match name {
            "product_id" => {
                let Some(text) = self.text(value)? else {
                    return Ok(());
                };
                if text.cow().trim().is_empty() {
                    self.tell(value.at, Code::EmptyKey);
                } else if text.is_longer_than(limits::TEXT_CHARS) {
                    self.tell(value.at, Code::TextTooLong);
                }
                Ok(())
            }
            "currency" => {
                let Some(text) = self.text(value)? else {
                    return Ok(());
                };
                let text = text.cow();
                if text.len() != 3 || !text.bytes().all(|byte| byte.is_ascii_uppercase()) {
                    self.tell(value.at, Code::BadCurrency);
                }
                Ok(())
            }
            "price" => match value.token {
                Token::Number(number) => {
                    if number::loses_digits(number) {
                        self.tell(value.at, Code::DigitsLost);
                    }
                    Ok(())
                }
                token => {
                    self.wrong_type(value.at, "1.50");
                    self.cursor.skip(token)
                }
            },
            "quantity" => {
                let quantity = match value.token {
                    Token::Number(number) => number.parse::<u32>().ok(),
                    _ => None,
                };
                if !quantity
                    .is_some_and(|quantity| (1..=limits::PURCHASE_QUANTITY).contains(&quantity))
                {
                    self.tell(value.at, Code::BadQuantity);
                }
                self.cursor.skip(value.token)
            }
            "time" => self.time(value),
            "app_id" => self.text(value).map(|_| ()),
            "properties" => self.properties(value),
            _ => self.unknown(key_at, value),
        }
    }

    fn time(&mut self, value: Start<'s>) -> Result<(), Broken> {
        let Some(text) = self.text(value)? else {
            return Ok(());
        };
        match date::read(text.cow().as_bytes()) {
            Reading::Moment => {}
            Reading::BadOffset => self.tell(value.at, Code::BadOffset),
            Reading::YearOutOfRange | Reading::Text => self.tell(value.at, Code::BodyBadTime),
        }
        Ok(())
    }

    /// The properties of an event or a purchase.
    fn properties(&mut self, value: Start<'s>) -> Result<(), Broken> {
        if !matches!(value.token, Token::Object) {
            self.wrong_type(value.at, "{…}");
            return self.cursor.skip(value.token);
        }
        let n_before = self.cursor.n_bytes() - 1; // its bracket
        let open = self.doubles.open();
        let (mut n_keys, mut is_nested) = (0, false);
        while let Some((at, key)) = self.cursor.next_key(n_keys == 0)? {
            n_keys += 1;
            self.doubles.add_key(key, at);
            self.name(at, name::property(&key.cow()));
            let value = self.cursor.value()?;
            is_nested |= matches!(value.token, Token::Array | Token::Object);
            self.nested(value, NestedPlace::Property)?;
        }
        self.close_keys(open);
        if n_keys > limits::EVENT_PROPERTIES {
            self.count(
                value.at,
                Code::TooManyProperties,
                n_keys,
                limits::EVENT_PROPERTIES,
            );
        }
        let n_bytes = self.cursor.n_bytes() - n_before;
        if is_nested && n_bytes > limits::OBJECT_BYTES {
            self.count(
                value.at,
                Code::NestedTooLarge,
                n_bytes,
                limits::OBJECT_BYTES,
            );
        }
        Ok(())
    }

    /// The value of a custom attribute or of a property.
    fn nested(&mut self, value: Start<'s>, place: NestedPlace) -> Result<(), Broken> {
        let findings = &mut self.findings;
        let tell = &mut |at, code, detail| findings.add(at, code, detail);
        self.nested.value(&mut self.cursor, value, place, tell)
    }

    /// A text, or what is wrong with it.
    fn text(&mut self, value: Start<'s>) -> Result<Option<Text<'s>>, Broken> {
        match value.token {
            Token::Text(text) => Ok(Some(text)),
            token => {
                self.wrong_type(value.at, "\"…\"");
                self.cursor.skip(token).map(|()| None)
            }
        }
    }

    fn flag(&mut self, value: Start<'s>) -> Result<(), Broken> {
        if !matches!(value.token, Token::Bool(_)) {
            self.wrong_type(value.at, "true | false");
        }
        self.cursor.skip(value.token)
    }

    fn unknown(&mut self, key_at: usize, value: Start<'s>) -> Result<(), Broken> {
        self.tell(key_at, Code::UnknownBodyKey);
        self.cursor.skip(value.token)
    }

    /// What is wrong with a name, in the words for bodies.
    fn name(&mut self, at: usize, code: Option<Code>) {
        match code {
            None => {}
            Some(Code::EmptyName) => self.tell(at, Code::EmptyKey),
            Some(Code::SpacesAroundName) => self.tell(at, Code::SpacesAroundKey),
            Some(Code::NearStandardField) => self.tell(at, Code::NearStandardKey),
            Some(code) => self.tell(at, code),
        }
    }

    pub(super) fn tell(&mut self, at: usize, code: Code) {
        self.findings.add(at, code, Detail::None);
    }

    pub(super) fn wrong_type(&mut self, at: usize, expected: &'static str) {
        self.findings
            .add_expecting(at, Code::BodyWrongType, expected);
    }

    pub(super) fn count(&mut self, at: usize, code: Code, found: usize, expected: usize) {
        let (found, expected) = (found as u64, expected as u64);
        self.findings
            .add(at, code, Detail::Count { found, expected });
    }

    /// Ends an object: its keys are compared.
    pub(super) fn close_keys(&mut self, open: usize) {
        let findings = &mut self.findings;
        self.doubles
            .close(open, |at| findings.add(at, Code::DoubledKey, Detail::None));
    }

    /// Tells each attribute that several objects set for one user to different values.
    fn tell_values_set_twice(&mut self) {
        let mut values = std::mem::take(&mut self.values);
        values.sort_unstable();
        for pair in values.windows(2) {
            let [first, second] = [pair[0], pair[1]];
            let is_same = first.object_idx == second.object_idx || first.value == second.value;
            if first.target == second.target && !is_same {
                self.tell(second.at, Code::AttributeSetTwice);
            }
        }
    }
}

impl Seen {
    /// Remembers the identifier if none of a lower rank is known.
    fn known_as(&mut self, rank: u8, text: &[u8]) {
        if self.user.is_none_or(|(known, _)| rank < known) {
            let hash = xxhash_rust::xxh3::xxh3_128_with_seed(text, u64::from(rank) + 1);
            self.user = Some((rank, hash));
        }
    }
}

/// The flags of the object whose bracket was read.
fn flags(mut ahead: Cursor<'_>) -> Result<Flags, Broken> {
    let mut flags = Flags::default();
    let mut is_first = true;
    while let Some((_, key)) = ahead.next_key(is_first)? {
        is_first = false;
        let value = ahead.value()?;
        let is_set = matches!(value.token, Token::Bool(true));
        flags.merges |= is_set && key.is("_merge_objects");
        flags.imports_tokens |= is_set && key.is("push_token_import");
        ahead.skip(value.token)?;
    }
    Ok(flags)
}
