//! Standard profile fields of an attribute object, and the small objects of fixed members in them.

use super::walk::Walker;
use crate::check::{self, number};
use crate::diag::Code;
use crate::wire::cursor::{Broken, Start, Text, Token};
use crate::wire::fields::FieldKind;
use crate::wire::limits;

/// One member of a small object.
pub(super) struct Member {
    name: &'static str,
    is_required: bool,
    /// What is wrong with a value, by its token.
    check: fn(Token<'_>) -> Option<Code>,
    /// What is expected, in JSON's own words.
    expected: &'static str,
}

impl Member {
    const fn required(
        name: &'static str,
        check: fn(Token<'_>) -> Option<Code>,
        expected: &'static str,
    ) -> Self {
        Self {
            name,
            is_required: true,
            check,
            expected,
        }
    }

    const fn optional(
        name: &'static str,
        check: fn(Token<'_>) -> Option<Code>,
        expected: &'static str,
    ) -> Self {
        Self {
            name,
            is_required: false,
            check,
            expected,
        }
    }
}

/// User alias object.
pub(super) const ALIAS: &[Member] = &[
    Member::required("alias_name", alias_part, "\"alias_name\": \"…\""),
    Member::required("alias_label", alias_part, "\"alias_label\": \"…\""),
];

const LOCATION: &[Member] = &[
    Member::required("longitude", coordinate, "\"longitude\": 1.5"),
    Member::required("latitude", coordinate, "\"latitude\": 1.5"),
];

const GROUP: &[Member] = &[
    Member::required(
        "subscription_group_id",
        group_id,
        "\"subscription_group_id\": \"00000000-0000-0000-0000-000000000000\"",
    ),
    Member::required(
        "subscription_state",
        group_state,
        "\"subscription_state\": \"subscribed\" | \"unsubscribed\"",
    ),
    Member::optional("use_double_opt_in_logic", flag, "true | false"),
];

const TOKEN: &[Member] = &[
    Member::required("app_id", token_text, "\"app_id\": \"…\""),
    Member::required("token", token_text, "\"token\": \"…\""),
    Member::optional("device_id", device_id, "\"device_id\": \"…\" (8–255 B)"),
];

const FACEBOOK: &[Member] = &[
    Member::optional("id", text, "\"…\""),
    Member::optional("likes", array, "[\"…\"]"),
    Member::optional("num_friends", integer, "123"),
];

const TWITTER: &[Member] = &[
    Member::optional("id", integer, "123"),
    Member::optional("screen_name", text, "\"…\""),
    Member::optional("followers_count", integer, "123"),
    Member::optional("friends_count", integer, "123"),
    Member::optional("statuses_count", integer, "123"),
];

impl<'s> Walker<'s> {
    /// The value of a standard field, whose token was read. `key_at` is where its key stands.
    pub(super) fn field(
        &mut self,
        kind: FieldKind,
        key_at: usize,
        value: Start<'s>,
    ) -> Result<(), Broken> {
        let is_list = matches!(kind, FieldKind::SubscriptionGroups | FieldKind::PushTokens);
        match (kind, value.token) {
            (FieldKind::Forbidden, _) => self.tell(key_at, Code::ForbiddenField),
            (FieldKind::Removed, _) => self.tell(key_at, Code::RemovedField),
            (_, Token::Null) if !is_list => {}
            (FieldKind::Location, Token::Object) => {
                return self.shape(value, LOCATION, Code::BadLocation);
            }
            (FieldKind::Facebook, Token::Object) => {
                return self.shape(value, FACEBOOK, Code::MissingMember);
            }
            (FieldKind::Twitter, Token::Object) => {
                return self.shape(value, TWITTER, Code::MissingMember);
            }
            (FieldKind::SubscriptionGroups, Token::Array) => {
                return self.shapes(GROUP, Code::BadSubscriptionGroup);
            }
            (FieldKind::PushTokens, Token::Array) => return self.shapes(TOKEN, Code::BadPushToken),
            (FieldKind::Location, _) => self.tell(value.at, Code::BadLocation),
            (FieldKind::SubscriptionGroups, _) => self.tell(value.at, Code::BadSubscriptionGroup),
            (FieldKind::PushTokens, _) => self.tell(value.at, Code::BadPushToken),
            (FieldKind::Facebook | FieldKind::Twitter, _) => self.wrong_type(value.at, "{…}"),
            (FieldKind::Boolean, Token::Bool(_)) => {}
            (FieldKind::Boolean, _) => self.wrong_type(value.at, "true | false"),
            (_, Token::Text(text)) => {
                if let Some(code) = check::field_text(kind, text.cow().as_bytes()) {
                    self.tell(value.at, code);
                }
            }
            (FieldKind::Consent, _) => self.tell(value.at, Code::BadConsent),
            _ => self.wrong_type(value.at, "\"…\""),
        }
        self.cursor.skip(value.token)
    }

    /// An array of small objects whose bracket was read.
    fn shapes(&mut self, members: &'static [Member], code: Code) -> Result<(), Broken> {
        let mut is_first = true;
        while self.cursor.next_item(is_first)? {
            is_first = false;
            let item = self.cursor.value()?;
            match item.token {
                Token::Object => self.shape(item, members, code)?,
                token => {
                    self.tell(item.at, code);
                    self.cursor.skip(token)?;
                }
            }
        }
        Ok(())
    }

    /// A small object whose bracket was read. `code` says that a member is missing.
    pub(super) fn shape(
        &mut self,
        object: Start<'s>,
        members: &'static [Member],
        code: Code,
    ) -> Result<(), Broken> {
        let open = self.doubles.open();
        let mut seen = [false; 8];
        let mut is_first = true;
        while let Some((at, key)) = self.cursor.next_key(is_first)? {
            is_first = false;
            self.doubles.add_key(key, at);
            let value = self.cursor.value()?;
            match members.iter().position(|member| key.is(member.name)) {
                None => {
                    self.tell(at, Code::UnknownBodyKey);
                    self.cursor.skip(value.token)?;
                }
                Some(member_idx) => {
                    seen[member_idx] = true;
                    self.member(&members[member_idx], value)?;
                }
            }
        }
        self.close_keys(open);
        for (member, _) in members
            .iter()
            .zip(seen)
            .filter(|(member, seen)| member.is_required && !seen)
        {
            self.findings
                .add_expecting(object.at, code, member.expected);
        }
        Ok(())
    }

    /// A member's value.
    fn member(&mut self, member: &Member, value: Start<'s>) -> Result<(), Broken> {
        match (value.token, (member.check)(value.token)) {
            (Token::Array, None) => return self.texts(),
            (_, None) => {}
            (Token::Text(text), Some(Code::IdentifierTooLarge)) => {
                let n_bytes = text.cow().len();
                self.count(
                    value.at,
                    Code::IdentifierTooLarge,
                    n_bytes,
                    limits::ALIAS_BYTES,
                );
            }
            (_, Some(code)) => self.findings.add_expecting(value.at, code, member.expected),
        }
        self.cursor.skip(value.token)
    }

    /// An array of texts whose bracket was read.
    fn texts(&mut self) -> Result<(), Broken> {
        let mut is_first = true;
        while self.cursor.next_item(is_first)? {
            is_first = false;
            let item = self.cursor.value()?;
            if !matches!(item.token, Token::Text(_)) {
                self.wrong_type(item.at, "\"…\"");
                self.cursor.skip(item.token)?;
            }
        }
        Ok(())
    }
}

/// A part of a user alias.
fn alias_part(token: Token<'_>) -> Option<Code> {
    let text = match token {
        Token::Text(text) => text.cow(),
        _ => return Some(Code::IdentifierNotText),
    };
    if text.trim().is_empty() {
        return Some(Code::EmptyIdentifier);
    }
    (text.len() > limits::ALIAS_BYTES).then_some(Code::IdentifierTooLarge)
}

fn coordinate(token: Token<'_>) -> Option<Code> {
    (!matches!(token, Token::Number(_))).then_some(Code::BadLocation)
}

/// A UUID: groups of 8, 4, 4, 4 and 12 hexadecimal digits.
fn group_id(token: Token<'_>) -> Option<Code> {
    let is_uuid = |text: Text<'_>| {
        let text = text.cow();
        let groups = text.split('-').map(str::len);
        let is_digit = |byte: u8| byte == b'-' || byte.is_ascii_hexdigit();
        groups.eq([8, 4, 4, 4, 12]) && text.bytes().all(is_digit)
    };
    let is_fine = matches!(token, Token::Text(text) if is_uuid(text));
    (!is_fine).then_some(Code::BadSubscriptionGroup)
}

fn group_state(token: Token<'_>) -> Option<Code> {
    let is_state = |text: Text<'_>| text.is("subscribed") || text.is("unsubscribed");
    let is_fine = matches!(token, Token::Text(text) if is_state(text));
    (!is_fine).then_some(Code::BadSubscriptionGroup)
}

fn token_text(token: Token<'_>) -> Option<Code> {
    let is_fine = matches!(token, Token::Text(text) if text.chars().next().is_some());
    (!is_fine).then_some(Code::BadPushToken)
}

fn device_id(token: Token<'_>) -> Option<Code> {
    let has_length = |text: Text<'_>| limits::DEVICE_ID_BYTES.contains(&text.cow().len());
    let is_fine = matches!(token, Token::Text(text) if has_length(text));
    (!is_fine).then_some(Code::BadPushToken)
}

fn flag(token: Token<'_>) -> Option<Code> {
    (!matches!(token, Token::Bool(_))).then_some(Code::BodyWrongType)
}

fn text(token: Token<'_>) -> Option<Code> {
    (!matches!(token, Token::Text(_))).then_some(Code::BodyWrongType)
}

fn array(token: Token<'_>) -> Option<Code> {
    (!matches!(token, Token::Array)).then_some(Code::BodyWrongType)
}

fn integer(token: Token<'_>) -> Option<Code> {
    let is_fine = matches!(token, Token::Number(text) if number::is_integer(text));
    (!is_fine).then_some(Code::BodyWrongType)
}
