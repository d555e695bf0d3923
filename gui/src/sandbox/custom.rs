//! The values of custom attributes: which Braze takes, which it alters, and which it leaves out
//! without a word.

use serde_json::value::RawValue;

use super::{
    change::{self, Change, Match, NESTED_BYTES},
    field,
    json::{self, Kind, Members},
    moment::Moment,
};

/// What a value does, and what it costs.
#[derive(Debug)]
pub(super) struct Judged {
    /// None where Braze leaves the value out.
    pub(super) change: Option<Change>,
    /// How many values of an array did not fit into it.
    pub(super) n_lost: u64,
    /// Data points, by Braze's page of that name.
    pub(super) points: u64,
}

impl Judged {
    fn of(change: Option<Change>, points: u64) -> Self {
        Self {
            change,
            n_lost: 0,
            points,
        }
    }

    const LEFT_OUT: Self = Self {
        change: None,
        n_lost: 0,
        points: 0,
    };
}

/// Texts are cut, arrays made sets, and what is wrong inside an object or array leaves all of it
/// out (Braze's pages "Custom attribute data types" and "Nested custom attributes"). A time outside
/// of objects is a text like any other here, so that no year of it is wrong.
pub(super) fn judge(value: &RawValue, merges: bool) -> Judged {
    match json::kind(value) {
        Kind::Null => Judged::of(Some(Change::Remove), 1),
        Kind::Text => Judged::of(field::short_text(value), 1),
        Kind::True | Kind::False | Kind::Number => {
            Judged::of(Some(Change::Set(value.to_owned())), 1)
        }
        Kind::Array => array(value),
        Kind::Object => object(value, merges),
    }
}

fn array(value: &RawValue) -> Judged {
    let Some(items) = json::items(value).filter(|_| fits(value)) else {
        return Judged::LEFT_OUT;
    };
    let n_items = items.len();
    if items.iter().any(|item| json::kind(item) == Kind::Object) {
        return Judged::of(Some(Change::Set(short(value))), 1);
    }
    let (set, n_lost) = change::as_set(items);
    let change = if set.len() == n_items {
        Change::Set(short(value))
    } else {
        Change::Set(short(&json::array(set)))
    };
    Judged {
        n_lost,
        ..Judged::of(Some(change), 1)
    }
}

/// An object that has only the members of an operator is one.
fn object(value: &RawValue, merges: bool) -> Judged {
    let Some(members) = Members::read(value) else {
        return Judged::LEFT_OUT;
    };
    let has_only =
        |names: &[&str]| members.len() > 0 && members.iter().all(|(name, _)| names.contains(&name));
    if has_only(&["inc"]) {
        increase(&members)
    } else if has_only(&["add", "remove"]) {
        values(&members)
    } else if has_only(&["$add", "$remove", "$update"]) {
        objects(&members, merges)
    } else if !fits(value) {
        Judged::LEFT_OUT
    } else if merges {
        Judged::of(Some(Change::Merge(short(value))), keys(value))
    } else {
        Judged::of(Some(Change::Set(short(value))), keys(value))
    }
}

fn increase(members: &Members<'_>) -> Judged {
    let by = members.get("inc").and_then(|by| by.get().parse().ok());
    Judged::of(by.map(Change::Increase), u64::from(by.is_some()))
}

/// The items of one member of an operator; none if it is not there.
fn list<'a>(members: &Members<'a>, name: &str) -> Option<Vec<&'a RawValue>> {
    members.get(name).map_or(Some(Vec::new()), json::items)
}

/// One data point for each value (Braze's page "Data points"; that a removal costs as much is our
/// reading).
fn values(members: &Members<'_>) -> Judged {
    let (Some(add), Some(remove)) = (list(members, "add"), list(members, "remove")) else {
        return Judged::LEFT_OUT;
    };
    if !add.iter().chain(&remove).all(|value| is_scalar(value)) {
        return Judged::LEFT_OUT;
    }
    let points = add.len() + remove.len();
    let owned = |values: Vec<&RawValue>| values.into_iter().map(short).collect();
    let change = Change::Values {
        add: owned(add),
        remove: owned(remove),
    };
    Judged::of(Some(change), points as u64)
}

fn is_scalar(value: &RawValue) -> bool {
    !matches!(json::kind(value), Kind::Null | Kind::Array | Kind::Object)
}

/// `$update` needs `_merge_objects` (Braze's page "Array of objects"). Data points are those of the
/// keys that are sent, and one for each removal; both are our reading.
fn objects(members: &Members<'_>, merges: bool) -> Judged {
    let read = || {
        let add = list(members, "$add")?;
        let is_good = |object: &&RawValue| json::kind(object) == Kind::Object && fits(object);
        if !add.iter().all(is_good) {
            return None;
        }
        let update = list(members, "$update")?;
        if !update.is_empty() && !merges {
            return None;
        }
        let mut points: u64 = add.iter().map(|object| keys(object)).sum();
        let add = add.into_iter().map(short).collect();
        let remove = list(members, "$remove")?;
        points += remove.len() as u64;
        let remove = remove
            .into_iter()
            .map(|value| match_of(&Members::read(value)?));
        let remove = remove.collect::<Option<_>>()?;
        let update = update.into_iter().map(|value| {
            let parts = Members::read(value)?;
            let new = parts.get("$new_object").filter(is_good)?;
            points += keys(new);
            Some((match_of(&parts)?, short(new)))
        });
        let update = update.collect::<Option<_>>()?;
        let change = Change::Objects {
            add,
            remove,
            update,
        };
        Some(Judged::of(Some(change), points))
    };
    read().unwrap_or(Judged::LEFT_OUT)
}

fn match_of(members: &Members<'_>) -> Option<Match> {
    let key = json::text(members.get("$identifier_key")?)?;
    let value = members.get("$identifier_value")?.to_owned();
    Some(Match { key, value })
}

fn fits(value: &RawValue) -> bool {
    value.get().len() <= NESTED_BYTES && is_sound(value)
}

/// Whether an attribute may hold this inside an object or array: no null, no wrong time, and keys
/// without spaces, dots and dollar signs.
fn is_sound(value: &RawValue) -> bool {
    match json::kind(value) {
        Kind::Null => false,
        Kind::Object => Members::read(value).is_some_and(|members| {
            let is_time = members.len() == 1 && members.get("$time").is_some();
            members.iter().all(|(name, value)| match name {
                "$time" => is_time && json::text(value).is_some_and(|text| is_time_text(&text)),
                _ => is_key(name) && is_sound(value),
            })
        }),
        Kind::Array => json::items(value).is_some_and(|items| items.into_iter().all(is_sound)),
        Kind::True | Kind::False | Kind::Number | Kind::Text => true,
    }
}

fn is_time_text(text: &str) -> bool {
    Moment::parse(text).is_some_and(Moment::is_in_range)
}

fn is_key(name: &str) -> bool {
    !name.is_empty() && field::cut(name).len() == name.len() && !name.contains([' ', '.', '$'])
}

/// `value` with the texts in it cut to 255 characters.
fn short(value: &RawValue) -> Box<RawValue> {
    if value.get().len() <= field::TEXT_CHARS {
        return value.to_owned();
    }
    match json::kind(value) {
        Kind::Text => json::text(value)
            .and_then(|text| json::of_text(field::cut(&text)).filter(|_| is_long(&text)))
            .unwrap_or_else(|| value.to_owned()),
        Kind::Array if has_long_text(value) => {
            let items: Vec<_> = json::items(value)
                .into_iter()
                .flatten()
                .map(short)
                .collect();
            json::array(items.iter().map(|item| &**item))
        }
        Kind::Object if has_long_text(value) => {
            let members = Members::read(value);
            let members = members.iter().flat_map(Members::iter);
            let members: Vec<_> = members.map(|(name, value)| (name, short(value))).collect();
            let members = members.iter().map(|(name, value)| (*name, &**value));
            json::object(members)
        }
        _ => value.to_owned(),
    }
}

fn is_long(text: &str) -> bool {
    field::cut(text).len() < text.len()
}

fn has_long_text(value: &RawValue) -> bool {
    value.get().len() > field::TEXT_CHARS
        && match json::kind(value) {
            Kind::Text => json::text(value).is_some_and(|text| is_long(&text)),
            Kind::Array => {
                json::items(value).is_some_and(|items| items.into_iter().any(has_long_text))
            }
            Kind::Object => Members::read(value)
                .is_some_and(|members| members.iter().any(|(_, value)| has_long_text(value))),
            _ => false,
        }
}

/// The keys of a nested object that hold a value of their own: one data point each. How keys that
/// hold objects count is not documented.
fn keys(object: &RawValue) -> u64 {
    let members = Members::read(object);
    let one = |value| match json::kind(value) {
        Kind::Object => keys(value),
        _ => 1,
    };
    let sum: u64 = members
        .iter()
        .flat_map(Members::iter)
        .map(|(_, value)| one(value))
        .sum();
    sum.max(1)
}
