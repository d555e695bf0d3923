//! What one object says, in bytes: marks, and each of its statements as the attribute's number and a hash of the
//! value. What is [known](KNOWN) of a user besides has the user's name behind it, and how long that is.

use crate::parts::{read_number, write_number};

/// A row of the user was rejected: nobody knows what it would have said.
pub(super) const REJECTED_ROW: &[u8] = &[1];

/// The marks of what is said, in a record's first byte: it is known, and no object's.
const KNOWN: u8 = 2;
/// One of the values is an operator of Braze's: told twice it is not what it is told once.
const OPERATOR: u8 = 4;
/// It is told only if the user is there already: nobody is created.
const IF_THERE: u8 = 8;

/// Stands for a value that nobody knows: no value has it.
pub(crate) const UNSURE: u64 = 0;

/// The hash of a value, of its JSON, as records have it.
pub(crate) fn hash_of(value: u64) -> u64 {
    value.max(UNSURE + 1)
}

/// Begins with what an object says, told only if its user is there already, or else creating the user.
pub(crate) fn begin_object(rest: &mut Vec<u8>, is_if_there: bool) {
    rest.clear();
    rest.push(if is_if_there { IF_THERE } else { 0 });
}

/// Says of an object that one of its values is an operator.
pub(super) fn mark_operator(rest: &mut [u8]) {
    mark(rest, OPERATOR);
}

/// Makes what an object says into what is known of its user, who is named so.
pub(crate) fn end_known(rest: &mut Vec<u8>, name: &[u8]) {
    mark(rest, KNOWN);
    rest.extend_from_slice(name);
    let n_bytes = name.len() as u32; // OK because an object has 100 KB at most
    rest.extend_from_slice(&n_bytes.to_le_bytes());
}

fn mark(rest: &mut [u8], mark: u8) {
    if let Some(marks) = rest.first_mut() {
        *marks |= mark;
    }
}

fn is_marked(rest: &[u8], mark: u8) -> bool {
    rest.first().is_some_and(|marks| marks & mark != 0)
}

/// Whether one of the values is an operator.
pub(super) fn has_operator(rest: &[u8]) -> bool {
    is_marked(rest, OPERATOR)
}

/// Whether it is told only if the user is there already.
pub(crate) fn is_if_there(rest: &[u8]) -> bool {
    is_marked(rest, IF_THERE)
}

/// What is said, and by what name the user is known; without one where it is an object's.
fn said_and_name(rest: &[u8]) -> (&[u8], &[u8]) {
    let said = rest.get(1..).unwrap_or_default();
    if !is_marked(rest, KNOWN) {
        return (said, &[]);
    }
    let (known, n_bytes) = said.split_last_chunk().unwrap_or((said, &[0; 4]));
    let n_bytes = u32::from_le_bytes(*n_bytes) as usize;
    known.split_at(known.len().saturating_sub(n_bytes))
}

/// Whether two records say the same, byte for byte.
pub(super) fn is_same(one: &[u8], other: &[u8]) -> bool {
    said_and_name(one).0 == said_and_name(other).0
}

/// By what name a user is known: `"external_id":"00123"`.
pub(crate) fn name(rest: &[u8]) -> &[u8] {
    said_and_name(rest).1
}

pub(crate) fn add(rest: &mut Vec<u8>, attribute: u32, value: u64) {
    write_number(u64::from(attribute), rest);
    rest.extend_from_slice(&value.to_le_bytes());
}

pub(super) fn is_rejected(rest: &[u8]) -> bool {
    rest == REJECTED_ROW
}

/// The statements, in their order: (attribute, hash of the value).
pub(crate) fn statements(rest: &[u8]) -> impl Iterator<Item = (u32, u64)> + '_ {
    let mut left = said_and_name(rest).0;
    std::iter::from_fn(move || {
        let attribute = read_number(&mut left) as u32; // OK because it was one
        let (value, behind) = left.split_first_chunk()?;
        left = behind;
        Some((attribute, u64::from_le_bytes(*value)))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_bytes_are_read(rest in prop::collection::vec(any::<u8>(), 0..40)) {
            let n_statements = statements(&rest).count();
            prop_assert!(9 * n_statements + name(&rest).len() <= rest.len());
            prop_assert!(is_same(&rest, &rest));
        }

        #[test]
        fn a_name_of_any_length_stands_behind_what_is_said(
            said in prop::collection::vec((any::<u32>(), any::<u64>()), 0..9),
            n_bytes in prop::sample::select(vec![0, 1, 255, 65_535, 65_536, 99_000]),
            is_told_if_there in any::<bool>(),
        ) {
            let mut rest = Vec::new();
            begin_object(&mut rest, is_told_if_there);
            for (attribute, value) in &said {
                add(&mut rest, *attribute, *value);
            }
            prop_assert_eq!(statements(&rest).collect::<Vec<_>>(), said.clone());
            end_known(&mut rest, &vec![b'7'; n_bytes]);
            prop_assert_eq!(statements(&rest).collect::<Vec<_>>(), said);
            prop_assert_eq!(name(&rest), vec![b'7'; n_bytes]);
            prop_assert_eq!((is_if_there(&rest), has_operator(&rest)), (is_told_if_there, false));
            mark_operator(&mut rest);
            prop_assert!(has_operator(&rest) && !is_rejected(&rest));
        }
    }
}
