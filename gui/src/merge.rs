//! All objects of one user as one, over the whole of an export: for exports whose rows of a user do not follow
//! each other. The core merges those that do.
//!
//! Objects are parted by users on disk ([`crate::parts`]), so that memory is fixed in advance. They come out part
//! by part, in each in the order in which their users came first.

use std::collections::BTreeMap;
use std::io;

use aiq_braze::mapping::IdentifierKind;
use aiq_braze::read::Location;
use aiq_braze::{Object, write_merged};

use crate::parts::{Part, Parts, records};
use crate::push::Loose;

/// Bytes of objects that stay in memory. What they are merged in may take twice as much.
pub(crate) const MERGE_BYTES: usize = 32 << 20;

/// Takes loose objects.
type Each<'e, E> = dyn FnMut(&Loose<'_>) -> Result<(), E> + 'e;

/// Collects objects, and merges those of one user.
pub(crate) struct Merging {
    parts: Parts,
    /// Objects so far.
    number: u64,
    rest: Vec<u8>,
}

impl Merging {
    /// With so many bytes in memory ([`MERGE_BYTES`]).
    pub(crate) fn new(n_bytes: usize) -> Self {
        Self {
            parts: Parts::new(n_bytes),
            number: 0,
            rest: Vec::new(),
        }
    }

    /// Takes an object of a batch of attributes.
    pub(crate) fn push(&mut self, loose: &Loose<'_>) -> io::Result<()> {
        let object = object_of(loose);
        let user = object.user(loose.text).ok_or_else(nobody)?;
        let rest = &mut self.rest;
        rest.clear();
        let Location {
            file,
            row,
            line,
            byte,
        } = loose.at;
        rest.extend(self.number.to_le_bytes());
        rest.extend(file.to_le_bytes());
        for number in [row, line, byte, loose.n_rows] {
            rest.extend(number.to_le_bytes());
        }
        let kinds = IdentifierKind::NAMES.iter();
        let kind = kinds.take_while(|(_, kind)| *kind != loose.identifier);
        rest.push(kind.count() as u8); // OK because there are five
        rest.extend_from_slice(loose.text);
        self.number += 1;
        self.parts.push(u128::from_be_bytes(user.to_bytes()), rest)
    }

    /// Hands all of them out.
    pub(crate) fn finish<E: From<io::Error>>(mut self, each: &mut Each<'_, E>) -> Result<(), E> {
        self.parts.settle()?;
        let limit = self.parts.limit();
        let mut parts = self.parts.into_parts().into_iter();
        parts.try_for_each(|part| merge(part, 0, limit, each))
    }
}

fn object_of(loose: &Loose<'_>) -> Object {
    Object {
        identifier: loose.identifier,
        at: loose.at,
        n_rows: loose.n_rows,
        range: 0..loose.text.len() as u32, // OK because an object has 100 KB at most
    }
}

fn nobody() -> io::Error {
    io::Error::other("found an object that names no user")
}

fn merge<E: From<io::Error>>(
    part: Part,
    level: u32,
    limit: usize,
    each: &mut Each<'_, E>,
) -> Result<(), E> {
    if part.n_bytes() <= limit as u64 {
        return merge_in_memory(&part.whole()?, each);
    }
    match part.finer(level, limit)? {
        Some(mut finer) => {
            drop(part);
            finer.settle()?;
            let mut parts = finer.into_parts().into_iter();
            parts.try_for_each(|part| merge(part, level + 1, limit, each))
        }
        None => merge_on_the_way(&part, each),
    }
}

fn merge_in_memory<E: From<io::Error>>(bytes: &[u8], each: &mut Each<'_, E>) -> Result<(), E> {
    let mut index: Vec<_> = records(bytes)
        .filter_map(|record| {
            let (number, _) = Kept::of(&bytes[record.rest.clone()])?;
            Some((record.user, number, record.rest.start, record.rest.end))
        })
        .collect();
    index.sort_unstable();
    let mut users: Vec<_> = index.chunk_by(|one, other| one.0 == other.0).collect();
    users.sort_unstable_by_key(|of_user| of_user[0].1); // OK because no chunk is empty
    for of_user in users {
        let mut user = User::default();
        for (_, _, start, end) in of_user {
            user.take(&bytes[*start..*end], each)?;
        }
        user.finish(each)?;
    }
    Ok(())
}

/// For a part with so few users that it cannot be parted: an object of each is little.
fn merge_on_the_way<E: From<io::Error>>(part: &Part, each: &mut Each<'_, E>) -> Result<(), E> {
    let mut users: BTreeMap<u128, User> = BTreeMap::new();
    let mut failed = None;
    let read = part.each(|user, rest| {
        let taken = users.entry(user).or_default().take(rest, each);
        taken.map_err(|error| {
            failed = Some(error);
            io::Error::other("nobody wants more")
        })
    });
    match failed {
        Some(error) => return Err(error),
        None => read?,
    }
    users.into_values().try_for_each(|user| user.finish(each))
}

/// What a record says besides the text.
#[derive(Clone, Copy)]
struct Kept {
    identifier: IdentifierKind,
    at: Location,
    n_rows: u64,
}

impl Kept {
    const BYTES: usize = 8 + 4 + 4 * 8 + 1;

    /// The object's number, and the rest.
    fn of(rest: &[u8]) -> Option<(u64, Self)> {
        let (number, rest) = rest.split_first_chunk::<8>()?;
        let (file, rest) = rest.split_first_chunk::<4>()?;
        let (numbers, rest) = rest.split_first_chunk::<32>()?;
        let (numbers, _) = numbers.as_chunks::<8>();
        let [row, line, byte, n_rows] = numbers.first_chunk()?.map(u64::from_le_bytes);
        let kept = Self {
            identifier: IdentifierKind::NAMES.get(usize::from(*rest.first()?))?.1,
            at: Location {
                file: u32::from_le_bytes(*file),
                row,
                line,
                byte,
            },
            n_rows,
        };
        Some((u64::from_le_bytes(*number), kept))
    }
}

/// The objects of one user, merged so far.
#[derive(Default)]
struct User {
    text: Vec<u8>,
    merged: Vec<u8>,
    kept: Option<Kept>,
}

impl User {
    fn take<E: From<io::Error>>(&mut self, rest: &[u8], each: &mut Each<'_, E>) -> Result<(), E> {
        let text = rest.get(Kept::BYTES..).unwrap_or_default();
        let Some((_, kept)) = Kept::of(rest) else {
            return Ok(());
        };
        if let Some(before) = &mut self.kept
            && is_plain(&self.text)
            && is_plain(text)
        {
            self.merged.clear();
            if write_merged(&self.text, text, &mut self.merged) {
                std::mem::swap(&mut self.text, &mut self.merged);
                before.n_rows += kept.n_rows;
                return Ok(());
            }
        }
        self.hand_out(each)?;
        self.text.clear();
        self.text.extend_from_slice(text);
        self.kept = Some(kept);
        Ok(())
    }

    fn hand_out<E>(&mut self, each: &mut Each<'_, E>) -> Result<(), E> {
        let Some(Kept {
            identifier,
            at,
            n_rows,
        }) = self.kept.take()
        else {
            return Ok(());
        };
        each(&Loose {
            text: &self.text,
            identifier,
            at,
            n_rows,
        })
    }

    fn finish<E>(mut self, each: &mut Each<'_, E>) -> Result<(), E> {
        self.hand_out(each)
    }
}

/// Whether it holds no operator: what one of those comes to depends on what Braze has by then.
fn is_plain(text: &[u8]) -> bool {
    let loose = Loose {
        text,
        identifier: IdentifierKind::ExternalId,
        at: Location::default(),
        n_rows: 1,
    };
    object_of(&loose).is_repeatable(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;

    fn loose<'t>(text: &'t [u8], row: u64) -> Loose<'t> {
        let at = Location {
            row,
            ..Location::default()
        };
        Loose {
            text,
            identifier: IdentifierKind::ExternalId,
            at,
            n_rows: 1,
        }
    }

    /// What comes out: row, rows, object.
    fn merged(objects: &[Value], n_bytes: usize) -> Vec<(u64, u64, Value)> {
        let mut merging = Merging::new(n_bytes);
        for (idx, object) in objects.iter().enumerate() {
            let text = object.to_string();
            merging.push(&loose(text.as_bytes(), idx as u64)).unwrap();
        }
        let mut found = Vec::new();
        merging
            .finish::<io::Error>(&mut |loose| {
                let object = serde_json::from_slice(loose.text).unwrap();
                found.push((loose.at.row, loose.n_rows, object));
                Ok(())
            })
            .unwrap();
        found
    }

    fn object() -> impl Strategy<Value = Value> {
        let members = prop::collection::btree_map("[a-d]", 0..5u8, 0..4);
        (0..12u8, members).prop_map(|(user, members)| {
            let mut object = Map::new();
            // Its identifier comes first, also by the alphabet.
            object.insert("external_id".to_owned(), json!(format!("u{user}")));
            let values = members.into_iter().map(|(key, value)| {
                let value = if value == 0 {
                    Value::Null
                } else {
                    json!(value)
                };
                (format!("k{key}"), value)
            });
            object.extend(values);
            Value::Object(object)
        })
    }

    proptest! {
        /// Against the obvious: a map of all users. With little memory all parts are parted again and again.
        #[test]
        fn each_user_is_one_object(
            objects in prop::collection::vec(object(), 0..60),
            n_bytes in prop_oneof![Just(1usize), Just(400), Just(1 << 20)],
        ) {
            let mut wanted: BTreeMap<String, (u64, u64, Map<String, Value>)> = BTreeMap::new();
            for (idx, object) in objects.iter().enumerate() {
                let object = object.as_object().unwrap();
                let user = object["external_id"].to_string();
                let of_user = wanted.entry(user).or_insert((idx as u64, 0, Map::new()));
                of_user.1 += 1;
                of_user.2.extend(object.clone());
            }
            let mut wanted: Vec<_> = wanted
                .into_values()
                .map(|(row, n_rows, object)| (row, n_rows, Value::Object(object)))
                .collect();
            wanted.sort_by_key(|user| user.0);
            let mut found = merged(&objects, n_bytes);
            found.sort_by_key(|user| user.0);
            prop_assert_eq!(found, wanted);
        }
    }

    #[test]
    fn operators_stay_where_they_are() {
        let object = |value: Value| json!({"external_id": "u", "n": value});
        let found = merged(
            &[
                object(json!(1)),
                object(json!(2)),
                object(json!({"inc": 1})),
                object(json!({"inc": 1})),
                object(json!(4)),
            ],
            1 << 20,
        );
        let rows: Vec<_> = found.iter().map(|found| (found.0, found.1)).collect();
        assert_eq!(rows, [(0, 2), (2, 1), (3, 1), (4, 1)]);
        assert_eq!(found[0].2, object(json!(2)));
    }

    #[test]
    fn what_would_be_too_large_is_another_object() {
        let object = |key: &str| json!({"external_id": "u", key: "y".repeat(60_000)});
        let found = merged(&[object("a"), object("b"), object("b")], 1 << 20);
        let rows: Vec<_> = found.iter().map(|found| (found.0, found.1)).collect();
        assert_eq!(rows, [(0, 1), (1, 2)]);
    }
}
