//! What one object says, in bytes: what it is, and each of its statements as the attribute's number and a hash
//! of the value. What is [known](KNOWN) of a user besides has the user's name behind it.

use crate::parts::{read_number, write_number};

const OBJECT: u8 = 0;
const KNOWN: u8 = 2;
/// A row of the user was rejected: nobody knows what it would have said.
pub(super) const REJECTED_ROW: &[u8] = &[1];

/// Stands for a value that nobody knows: no value has it.
pub(crate) const UNSURE: u64 = 0;

/// The hash of a value, of its JSON, as records have it.
pub(crate) fn hash_of(value: u64) -> u64 {
    value.max(UNSURE + 1)
}

pub(crate) fn begin_object(rest: &mut Vec<u8>) {
    rest.clear();
    rest.push(OBJECT);
}

/// Makes what an object says into what is known of its user, who is named so.
pub(crate) fn end_known(rest: &mut Vec<u8>, name: &[u8]) {
    rest[0] = KNOWN;
    rest.extend_from_slice(name);
    let n_bytes = name.len() as u16; // OK because the longest identifier has 988 bytes, escaped 6 times as many
    rest.extend_from_slice(&n_bytes.to_le_bytes());
}

/// What is said, and by what name the user is known; without one where it is an object's.
fn said_and_name(rest: &[u8]) -> (&[u8], &[u8]) {
    match rest.split_first() {
        Some((&KNOWN, known)) => {
            let (known, n_bytes) = known.split_last_chunk().unwrap_or((known, &[0; 2]));
            let n_bytes = usize::from(u16::from_le_bytes(*n_bytes));
            known.split_at(known.len().saturating_sub(n_bytes))
        }
        Some((_, said)) => (said, &[]),
        None => (&[], &[]),
    }
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
