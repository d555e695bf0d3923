//! What a value looks like: one closed list of forms, and what a column of such values may be.
//!
//! A form says what a text is written like, not what it means: `1700000000` is written like an epoch and
//! may be an id. Every value has exactly one form.

use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use crate::check::{self, n_digits};
use crate::mapping::Kind;
use crate::times;

/// More significant digits than this do not survive a trip through a binary floating point number, which
/// is what JSON readers, Braze's side included, may make of a number.
const MOST_DIGITS: usize = 15;

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// `0`, `-17`: a whole number of at most 15 significant digits that has no form of its own below.
    Integer,
    /// `1.10`, `-0.5`: at most 15 significant digits.
    Decimal,
    /// `1e10`, `1.5E-7`: a number as JSON has it, with an exponent.
    Exponent,
    /// `00123`, `007.5`
    LeadingZeros,
    /// `+5`, `+0.5`; with 7 to 15 digits it is a [`Form::Phone`].
    LeadingPlus,
    /// A number of more than 15 significant digits.
    LongNumber,
    /// What a spreadsheet leaves of a value: `1.23457E+15`, `1,23457E+15`, `#N/A`, `#REF!` and the like.
    SpreadsheetDamage,
    /// `true` or `false`, in any case.
    TrueFalse,
    /// `yes` or `no`, in any case.
    YesNo,
    /// `2024-02-29`: a day of the calendar.
    Date,
    /// A date, `T` or a space, a time of day, and a zone: `2024-02-29T17:05:00Z`.
    Time,
    /// The same without a zone: `2024-02-29 17:05`. In which zone that was only a mapping can say.
    LocalTime,
    /// `02/29/2024`: what Braze reads as a month, a day and a year.
    SlashDate,
    /// What starts with a number, looks like a date, and is none to Braze: `29/02/2024`, `29.02.2024 17:05`,
    /// `2/9/24`, `29 Feb 2024`, `2024-02-30`.
    OtherDate,
    /// 10 or 13 digits: what seconds or milliseconds since 1970 look like today. An integer all the same.
    Epoch,
    /// `name@example.com`
    Email,
    /// `+` and 7 to 15 digits, with spaces, dots, dashes and brackets between: `+34 600 123 456`.
    Phone,
    /// `5a1f0c3e-0000-4000-8000-0123456789ab`
    Uuid,
    /// `{…}`, as far as its first and last characters say.
    JsonObject,
    /// `[…]`, as far as its first and last characters say.
    JsonArray,
    /// A word for nothing, in any case: `NULL`, `\N`, `NaN`, `None`, `n/a`.
    NullWord,
    /// Anything else.
    Text,
}

impl Form {
    /// All, in order.
    pub const ALL: &'static [Self] = &[
        Self::Integer,
        Self::Decimal,
        Self::Exponent,
        Self::LeadingZeros,
        Self::LeadingPlus,
        Self::LongNumber,
        Self::SpreadsheetDamage,
        Self::TrueFalse,
        Self::YesNo,
        Self::Date,
        Self::Time,
        Self::LocalTime,
        Self::SlashDate,
        Self::OtherDate,
        Self::Epoch,
        Self::Email,
        Self::Phone,
        Self::Uuid,
        Self::JsonObject,
        Self::JsonArray,
        Self::NullWord,
        Self::Text,
    ];

    /// The word that stands for it in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Decimal => "decimal",
            Self::Exponent => "exponent",
            Self::LeadingZeros => "leading_zeros",
            Self::LeadingPlus => "leading_plus",
            Self::LongNumber => "long_number",
            Self::SpreadsheetDamage => "spreadsheet_damage",
            Self::TrueFalse => "true_false",
            Self::YesNo => "yes_no",
            Self::Date => "date",
            Self::Time => "time",
            Self::LocalTime => "local_time",
            Self::SlashDate => "slash_date",
            Self::OtherDate => "other_date",
            Self::Epoch => "epoch",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Uuid => "uuid",
            Self::JsonObject => "json_object",
            Self::JsonArray => "json_array",
            Self::NullWord => "null_word",
            Self::Text => "text",
        }
    }

    /// The type that a value of this form can be sent as without a change of what it says.
    pub const fn kind(self) -> ValueKind {
        match self {
            Self::Integer | Self::Epoch => ValueKind::Integer,
            Self::Decimal | Self::Exponent => ValueKind::Number,
            Self::TrueFalse => ValueKind::Boolean,
            Self::Date => ValueKind::Date,
            Self::Time => ValueKind::Time,
            Self::LocalTime => ValueKind::LocalTime,
            Self::Email => ValueKind::Email,
            Self::JsonObject | Self::JsonArray => ValueKind::Json,
            Self::LeadingZeros
            | Self::LeadingPlus
            | Self::LongNumber
            | Self::SpreadsheetDamage
            | Self::SlashDate
            | Self::OtherDate
            | Self::YesNo
            | Self::Phone
            | Self::Uuid
            | Self::NullWord
            | Self::Text => ValueKind::Text,
        }
    }

    /// Whether the value looks like a number and says that it is none.
    pub(crate) const fn keeps_digits(self) -> bool {
        matches!(
            self,
            Self::LeadingZeros | Self::LeadingPlus | Self::LongNumber | Self::Phone
        )
    }

    /// Whether the value is written as a number as JSON has it, of any length.
    pub(crate) const fn is_number(self) -> bool {
        matches!(self.kind(), ValueKind::Integer | ValueKind::Number)
            || matches!(self, Self::LongNumber)
    }
}

/// What a column's values allow it to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValueKind {
    /// Anything: the type that changes nothing.
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Number,
    /// `true` and `false`.
    Boolean,
    /// Days.
    Date,
    /// Moments.
    Time,
    /// Times of an unnamed zone.
    LocalTime,
    /// Mail addresses.
    Email,
    /// Objects or arrays.
    Json,
}

impl ValueKind {
    /// The word that stands for it in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Time => "time",
            Self::LocalTime => "local_time",
            Self::Email => "email",
            Self::Json => "json",
        }
    }

    /// The type in a mapping under which such values are sent as they are.
    pub const fn in_mapping(self) -> Kind {
        match self {
            Self::Integer => Kind::Integer,
            Self::Number => Kind::Number,
            Self::Boolean => Kind::Boolean,
            Self::Date => Kind::Date,
            Self::Time => Kind::Time,
            Self::Json => Kind::Json,
            // A zone would have to be guessed.
            Self::LocalTime => Kind::Text,
            Self::Text | Self::Email => Kind::Text,
        }
    }

    /// What two values of these kinds are together.
    pub(crate) fn with(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::Integer, Self::Number) | (Self::Number, Self::Integer) => Self::Number,
            _ => Self::Text,
        }
    }
}

impl Serialize for ValueKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What a column with this header may be whose filled cells have these forms: the type that all of them
/// allow. Never a number where the header names an identifier. Text where nothing is filled.
pub fn kind_of(header: &str, forms: impl IntoIterator<Item = Form>) -> ValueKind {
    let kind = forms.into_iter().map(Form::kind).reduce(ValueKind::with);
    match kind {
        Some(ValueKind::Integer | ValueKind::Number) if names_identifier(header) => ValueKind::Text,
        kind => kind.unwrap_or(ValueKind::Text),
    }
}

/// Whether a header says that the digits under it are no quantity: its last word is usual for identifiers
/// (`customer_id`, `orderId`, `Phone 2`, `zip`, `account no.`), or its first one is `id`.
pub fn names_identifier(header: &str) -> bool {
    const ENDINGS: &[&str] = &[
        "id",
        "phone",
        "zip",
        "postcode",
        "postalcode",
        "code",
        "number",
    ];
    const WORDS: &[&str] = &[
        "no",
        "nr",
        "num",
        "mobile",
        "sku",
        "ean",
        "isbn",
        "iban",
        "codigo",
        "código",
        "telefono",
        "teléfono",
        "movil",
        "móvil",
        "numero",
        "número",
        "cp",
        "dni",
        "nif",
    ];
    let words = words_of(header);
    let (Some(first), Some(last)) = (words.first(), words.last()) else {
        return false;
    };
    // `paid`, `unpaid` and `prepaid` are amounts, or yes and no.
    let is_ending = |ending: &&str| last.ends_with(*ending) && !last.ends_with("paid");
    first == "id" || ENDINGS.iter().any(is_ending) || WORDS.contains(&last.as_str())
}

/// The words of a header in lower case. Words end at all that is no letter, and in front of a capital that
/// follows a small letter.
fn words_of(header: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut follows_small = false;
    for letter in header.chars() {
        if !letter.is_alphabetic() || (letter.is_uppercase() && follows_small) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut()
            && letter.is_alphabetic()
        {
            word.extend(letter.to_lowercase());
        }
        follows_small = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// What a value looks like. An empty text is [`Form::Text`]. Takes time in proportion to the text's length
/// at most, and looks at the first word only of most texts.
pub fn of(text: &[u8]) -> Form {
    if let Ok(text) = text.try_into()
        && is_uuid(text)
    {
        return Form::Uuid;
    }
    let marked = match text {
        [b'0'..=b'9', ..] => of_digits(text, false),
        [b'-', rest @ ..] if matches!(rest.first(), Some(b'0'..=b'9')) => of_digits(rest, true),
        [b'+', rest @ ..] => of_plus(rest),
        [b'{', ..] if is_object_like(text) => Some(Form::JsonObject),
        [b'[', ..] if is_array_like(text) => Some(Form::JsonArray),
        [b'#', ..] if is_error_value(text) => Some(Form::SpreadsheetDamage),
        _ => None,
    };
    marked.unwrap_or_else(|| of_word(text))
}

/// A text that starts with a digit, behind its minus if `has_minus`.
fn of_digits(text: &[u8], has_minus: bool) -> Option<Form> {
    let (whole, rest) = text.split_at(n_digits(text));
    match rest {
        [] if !has_minus && matches!(whole.len(), 10 | 13) => {
            Some(moment(text).unwrap_or_else(|| of_whole(whole)))
        }
        [] => Some(of_whole(whole)),
        [b'.' | b',' | b'e' | b'E', ..] => {
            of_fraction(whole, rest).or_else(|| moment(text).filter(|_| !has_minus))
        }
        [b'-' | b'/' | b' ', ..] if !has_minus => moment(text),
        _ => None,
    }
}

fn of_whole(digits: &[u8]) -> Form {
    match digits.len() {
        2.. if digits[0] == b'0' => Form::LeadingZeros,
        n if n > MOST_DIGITS => Form::LongNumber,
        _ => Form::Integer,
    }
}

/// A number whose whole part is `whole` and that goes on with a point, a comma or an exponent.
fn of_fraction(whole: &[u8], rest: &[u8]) -> Option<Form> {
    let (fraction, exponent) = match rest {
        [b'.' | b',', behind @ ..] => match n_digits(behind) {
            0 => return None,
            n_fraction => behind.split_at(n_fraction),
        },
        _ => (&[][..], rest),
    };
    if is_spreadsheet_exponent(whole, exponent) {
        return Some(Form::SpreadsheetDamage);
    }
    if rest[0] == b',' {
        return None;
    }
    let has_leading_zeros = whole.len() > 1 && whole[0] == b'0';
    let is_long = n_significant(whole, fraction) > MOST_DIGITS;
    match exponent {
        [] if has_leading_zeros => Some(Form::LeadingZeros),
        [] if is_long => Some(Form::LongNumber),
        [] => Some(Form::Decimal),
        _ if has_leading_zeros || !is_short_exponent(exponent) => None,
        _ if is_long => Some(Form::LongNumber),
        _ => Some(Form::Exponent),
    }
}

/// Digits from the first one that is not zero.
fn n_significant(whole: &[u8], fraction: &[u8]) -> usize {
    let digits = whole.iter().chain(fraction);
    let n_zeros = digits.take_while(|digit| **digit == b'0').count();
    whole.len() + fraction.len() - n_zeros
}

/// `E+15` behind one digit: so spreadsheets show a whole number that is too long for them, with its last
/// digits lost. Programs write `E15` or `e+15`.
fn is_spreadsheet_exponent(whole: &[u8], exponent: &[u8]) -> bool {
    match exponent {
        [b'E', b'+', digits @ ..] => {
            whole.len() == 1 && matches!(digits.len(), 2..=3) && n_digits(digits) == digits.len()
        }
        _ => false,
    }
}

/// An exponent as JSON has it, of at most six digits: more are no quantity of anything.
fn is_short_exponent(text: &[u8]) -> bool {
    let digits = match text {
        [b'e' | b'E', b'+' | b'-', digits @ ..] | [b'e' | b'E', digits @ ..] => digits,
        _ => return false,
    };
    matches!(digits.len(), 1..=6) && n_digits(digits) == digits.len()
}

/// The text behind a plus.
fn of_plus(rest: &[u8]) -> Option<Form> {
    let is_phone_byte = |byte: &u8| matches!(byte, b'0'..=b'9' | b' ' | b'.' | b'-' | b'(' | b')');
    let n_all_digits = rest.iter().filter(|byte| byte.is_ascii_digit()).count();
    if matches!(n_all_digits, 7..=15) && rest.iter().all(is_phone_byte) {
        return Some(Form::Phone);
    }
    let (whole, behind) = rest.split_at(n_digits(rest));
    let is_number = !whole.is_empty()
        && match behind {
            [] => true,
            [b'.', fraction @ ..] => !fraction.is_empty() && n_digits(fraction) == fraction.len(),
            _ => false,
        };
    is_number.then_some(Form::LeadingPlus)
}

/// A date, or a date and a time of day, as those see it that read them.
fn moment(text: &[u8]) -> Option<Form> {
    match times::seen_as(text) {
        Some(times::Form::Date) => Some(Form::Date),
        Some(times::Form::Time { has_zone: true }) => Some(Form::Time),
        Some(times::Form::Time { has_zone: false }) => Some(Form::LocalTime),
        Some(times::Form::EpochSeconds | times::Form::EpochMillis) => Some(Form::Epoch),
        Some(times::Form::SlashDate) if check::date::is_read(text) => Some(Form::SlashDate),
        Some(times::Form::SlashDate) => Some(Form::OtherDate),
        // What no time reader takes without a pattern, and Braze does not take either.
        None if check::date::looks_like_date(text) => Some(Form::OtherDate),
        None => None,
    }
}

/// An object starts with a key or ends at once.
fn is_object_like(text: &[u8]) -> bool {
    let [b'{', inner @ .., b'}'] = text else {
        return false;
    };
    matches!(inner.trim_ascii_start().first(), None | Some(b'"'))
}

/// An array starts with a value or ends at once. `[deleted]` is a text.
fn is_array_like(text: &[u8]) -> bool {
    let [b'[', inner @ .., b']'] = text else {
        return false;
    };
    let inner = inner.trim_ascii_start();
    let starts_with_word = |word: &&[u8]| inner.starts_with(word);
    matches!(
        inner.first(),
        None | Some(b'"' | b'{' | b'[' | b'-' | b'0'..=b'9')
    ) || [&b"true"[..], b"false", b"null"]
        .iter()
        .any(starts_with_word)
}

/// What the formulas of spreadsheets leave where they fail.
fn is_error_value(text: &[u8]) -> bool {
    matches!(
        text,
        b"#N/A" | b"#REF!" | b"#VALUE!" | b"#NAME?" | b"#DIV/0!" | b"#NUM!" | b"#NULL!"
    )
}

/// What is none of the forms that show by their first character.
fn of_word(text: &[u8]) -> Form {
    match known_word(text) {
        Some(form) => form,
        None if is_email(text) => Form::Email,
        None => Form::Text,
    }
}

/// The form of a word that means something by itself.
fn known_word(text: &[u8]) -> Option<Form> {
    let mut word = [0; 5];
    let word = word.get_mut(..text.len())?;
    word.copy_from_slice(text);
    word.make_ascii_lowercase();
    match &*word {
        b"true" | b"false" => Some(Form::TrueFalse),
        b"yes" | b"no" => Some(Form::YesNo),
        b"null" | b"nan" | b"none" | b"n/a" | b"\\n" => Some(Form::NullWord),
        _ => None,
    }
}

/// `8-4-4-4-12` hexadecimal digits. Counted rather than looked for: whole vectors, and no branch for a digit.
fn is_uuid(text: &[u8; 36]) -> bool {
    let n_digits: u8 = text
        .iter()
        .map(|byte| {
            let is_digit = byte.wrapping_sub(b'0') < 10;
            let is_letter = (byte | 0x20).wrapping_sub(b'a') < 6;
            u8::from(is_digit | is_letter)
        })
        .sum();
    let has_dashes = [8, 13, 18, 23].iter().all(|place| text[*place] == b'-');
    n_digits == 32 && has_dashes
}

/// Addresses have no space in front of their `@`: most texts end at their first word.
fn is_email(text: &[u8]) -> bool {
    let stop = text.iter().find(|byte| matches!(byte, b'@' | b' '));
    stop == Some(&b'@') && check::email(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_its_form() {
        let table: &[(Form, &[&str])] = &[
            (
                Form::Integer,
                &[
                    "0",
                    "-0",
                    "7",
                    "-17",
                    "123456789",
                    "12345678901",
                    "123456789012345",
                    "-1700000000",
                ],
            ),
            (
                Form::Decimal,
                &[
                    "0.5",
                    "1.10",
                    "-0.05",
                    "0.000000000000000001",
                    "12345678901234.5",
                    "1700000000.5",
                ],
            ),
            (
                Form::Exponent,
                &[
                    "1e10", "1E10", "1.5E-7", "1.5E-05", "-2e+3", "1E+5", "12.5E+10", "1e999999",
                ],
            ),
            (
                Form::LeadingZeros,
                &[
                    "00",
                    "00123",
                    "-01",
                    "007.5",
                    "0000000000000000000001",
                    "0123456789",
                ],
            ),
            (
                Form::LeadingPlus,
                &["+5", "+0.5", "+1234567890123456", "+00", "+123456"],
            ),
            (
                Form::LongNumber,
                &[
                    "1234567890123456",
                    "-1234567890123456",
                    "12345678901234.56",
                    "1234567890123456e3",
                    "1000000000000000000",
                ],
            ),
            (
                Form::SpreadsheetDamage,
                &[
                    "1.23457E+15",
                    "1,23457E+15",
                    "1E+15",
                    "-1.5E+10",
                    "9.99E+307",
                    "#N/A",
                    "#REF!",
                    "#VALUE!",
                    "#NAME?",
                    "#DIV/0!",
                    "#NUM!",
                    "#NULL!",
                ],
            ),
            (Form::TrueFalse, &["true", "false", "TRUE", "False"]),
            (Form::YesNo, &["yes", "no", "YES", "No"]),
            (Form::Date, &["2024-02-29", "0001-01-01"]),
            (
                Form::Time,
                &[
                    "2024-02-29T17:05:00Z",
                    "2024-02-29T17:05:00.123456Z",
                    "2024-02-29 17:05:00+02:00",
                    "2024-02-29T17:05-0730",
                    "2024-02-29T17:05:00+02",
                    "2024-01-01T10:00 UTC",
                ],
            ),
            (
                Form::LocalTime,
                &[
                    "2024-02-29T17:05",
                    "2024-02-29 17:05:00",
                    "2024-02-29 17:05:00,5",
                ],
            ),
            (Form::SlashDate, &["02/29/2024", "01/02/2024"]),
            (
                Form::OtherDate,
                &[
                    "29/02/2024",
                    "2/9/24",
                    "2024/02/29",
                    "5/3/2024 6:30 PM",
                    "29.02.2024",
                    "29.02.2024 17:05",
                    "29-02-2024",
                    "2024-2-9",
                    "29 Feb 2024",
                    "29-Feb-2024",
                    "2024-02-30",
                    "2024-13-01",
                    "2024-01-01T",
                    "2024-01-01T24:00",
                    "2024-01-01T10:60",
                    "2024-01-01T10:00:",
                    "2024-01-01T10:00:00.",
                ],
            ),
            (Form::Epoch, &["1700000000", "1700000000123"]),
            (
                Form::Email,
                &[
                    "ana@example.com",
                    "1@b.co",
                    "-1@b.co",
                    "+5@b.co",
                    "josé@exämple.org",
                    "#1@b.co",
                ],
            ),
            (
                Form::Phone,
                &[
                    "+34600123456",
                    "+34 600 123 456",
                    "+1 (555) 010-9999",
                    "+1.555.010.9999",
                    "+1234567",
                ],
            ),
            (
                Form::Uuid,
                &[
                    "5a1f0c3e-0000-4000-8000-0123456789ab",
                    "12345678-0000-4000-8000-0123456789AB",
                    "ABCDEF00-0000-4000-8000-0123456789ab",
                ],
            ),
            (
                Form::JsonObject,
                &["{}", "{ }", "{\"a\":1}", "{ \"a\": [1]}"],
            ),
            (
                Form::JsonArray,
                &[
                    "[]", "[ ]", "[1,2]", "[\"a\"]", "[-1]", "[{}]", "[[]]", "[null]", "[true]",
                ],
            ),
            (
                Form::NullWord,
                &["NULL", "null", "\\N", "NaN", "nan", "None", "n/a", "N/A"],
            ),
            (
                Form::Text,
                &[
                    "",
                    " ",
                    "-",
                    "+",
                    "--1",
                    "1 ",
                    " 1",
                    "12,5",
                    "1.",
                    ".5",
                    "1.e5",
                    "1e",
                    "1e+",
                    "1e9999999",
                    "01e5",
                    "1.5.5",
                    "0x1F",
                    "1,23457e+15",
                    "12,3E+15",
                    "2024-00-10",
                    "2024-01-32",
                    "2024-01-00",
                    "20240101-1",
                    "-2024-01-01",
                    "+12345678901234567x",
                    "+1 ()",
                    "+5.",
                    "Ana",
                    "say yes",
                    "[deleted]",
                    "[",
                    "{",
                    "{a}",
                    "{\"a\":1",
                    "#N/A!",
                    "#1",
                    "ana@example",
                    "a b@c.de",
                    "5a1f0c3e-0000-4000-8000-0123456789ag",
                    "5a1f0c3e00000-4000-8000-0123456789ab",
                    "-12345678-0000-4000-8000-0123456789ab",
                    "日本",
                    "nulls",
                    "\\n\\n",
                    "٣",
                    "1٣",
                ],
            ),
        ];
        for (form, texts) in table {
            for text in *texts {
                assert_eq!(of(text.as_bytes()), *form, "{text:?}");
            }
        }
        let listed: Vec<Form> = table.iter().map(|(form, _)| *form).collect();
        assert_eq!(listed, Form::ALL, "no form is without a case");
    }

    #[test]
    fn the_words_of_forms_are_those_of_their_json() {
        for form in Form::ALL {
            assert_eq!(
                serde_json::to_string(form).unwrap(),
                format!("\"{}\"", form.as_str())
            );
        }
    }

    #[test]
    fn a_column_is_what_all_its_values_allow() {
        let cases: &[(&str, &[&str], ValueKind)] = &[
            ("ltv", &[], ValueKind::Text),
            ("ltv", &["1", "1700000000"], ValueKind::Integer),
            ("ltv", &["1", "1.10", "1e3"], ValueKind::Number),
            ("ltv", &["1", "007"], ValueKind::Text),
            ("ltv", &["1", "+7"], ValueKind::Text),
            ("ltv", &["1", "1234567890123456"], ValueKind::Text),
            ("ltv", &["1", "1.23457E+15"], ValueKind::Text),
            ("ltv", &["1", "NULL"], ValueKind::Text),
            ("customer_id", &["1", "2"], ValueKind::Text),
            ("vip", &["true", "FALSE"], ValueKind::Boolean),
            ("vip", &["true", "1"], ValueKind::Text),
            ("country", &["NO", "NO"], ValueKind::Text),
            ("day", &["2024-02-29"], ValueKind::Date),
            ("day", &["2024-02-29", "2024-02-29T10:00Z"], ValueKind::Text),
            ("at", &["2024-02-29T10:00Z"], ValueKind::Time),
            ("at", &["2024-02-29T10:00"], ValueKind::LocalTime),
            (
                "at",
                &["2024-02-29T10:00", "2024-02-29T10:00Z"],
                ValueKind::Text,
            ),
            ("day", &["03/04/2024"], ValueKind::Text),
            ("address", &["a@b.co"], ValueKind::Email),
            ("raw", &["[1]", "{}"], ValueKind::Json),
        ];
        for (header, texts, kind) in cases {
            let forms = texts.iter().map(|text| of(text.as_bytes()));
            assert_eq!(kind_of(header, forms), *kind, "{header} {texts:?}");
        }
    }

    #[test]
    fn headers_that_name_identifiers() {
        for header in [
            "id",
            "customer_id",
            "customerid",
            "orderId",
            "CustomerID",
            "Phone 2",
            "mobile_phone1",
            "zip",
            "ZIP-code",
            "Postal Code",
            "account no.",
            "Order Number",
            "ordernumber",
            "código",
            "ID cliente",
            "idCliente",
        ] {
            assert!(names_identifier(header), "{header}");
        }
        for header in [
            "",
            "123",
            "ltv",
            "paid",
            "amount_paid",
            "casino",
            "piano",
            "number_of_orders",
            "idle",
            "phones",
            "tiempo",
        ] {
            assert!(!names_identifier(header), "{header}");
        }
    }
}
