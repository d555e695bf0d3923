//! Types that an administrator has forced on custom attributes: a value of another type is turned
//! into it where that is documented, and otherwise left out without a word (Braze's page "Managing
//! custom data").

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    change::Change,
    json::{self, Kind},
    moment::Moment,
};

/// The type of a custom attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Forced {
    /// Also `1`, `t`, `0` and `f`, and their words in any case.
    Boolean,
    /// Also numeric text.
    Number,
    /// Nothing else becomes one; that is our reading.
    String,
    /// Text in one of the forms Braze reads.
    Time,
    /// Nothing else becomes one.
    Array,
    /// Nothing else becomes one.
    Object,
}

impl Forced {
    /// The change as this type takes it; nothing where it is left out. `null` always removes.
    pub(super) fn take(self, change: Change) -> Option<Change> {
        match (self, change) {
            (_, Change::Remove) => Some(Change::Remove),
            (_, Change::Set(value)) => self.taken(value).map(Change::Set),
            (Self::Object, change @ Change::Merge(_))
            | (Self::Number, change @ Change::Increase(_))
            | (Self::Array, change @ (Change::Values { .. } | Change::Objects { .. })) => {
                Some(change)
            }
            _ => None,
        }
    }

    fn taken(self, value: Box<RawValue>) -> Option<Box<RawValue>> {
        let kind = json::kind(&value);
        let fits = match self {
            Self::Boolean => return boolean(&value),
            Self::Number if kind == Kind::Text => return number(&value),
            Self::Number => kind == Kind::Number,
            Self::String => kind == Kind::Text,
            Self::Time => json::text(&value).is_some_and(|text| Moment::parse(&text).is_some()),
            Self::Array => kind == Kind::Array,
            Self::Object => kind == Kind::Object,
        };
        fits.then_some(value)
    }
}

fn boolean(value: &RawValue) -> Option<Box<RawValue>> {
    let text = json::text(value).unwrap_or_else(|| value.get().to_owned());
    let word = match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "1" => "true",
        "false" | "f" | "0" => "false",
        _ => return None,
    };
    RawValue::from_string(word.to_owned()).ok()
}

fn number(value: &RawValue) -> Option<Box<RawValue>> {
    let number = RawValue::from_string(json::text(value)?.trim().to_owned()).ok()?;
    (json::kind(&number) == Kind::Number).then_some(number)
}
