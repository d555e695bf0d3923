//! What one object says, in bytes: whether it is an object, and each of its statements as the attribute's
//! number and a hash of the value.

use crate::parts::{read_number, write_number};

const OBJECT: u8 = 0;
/// A row of the user was rejected: nobody knows what it would have said.
pub(super) const REJECTED_ROW: &[u8] = &[1];

pub(super) fn begin_object(rest: &mut Vec<u8>) {
    rest.clear();
    rest.push(OBJECT);
}

pub(super) fn add(rest: &mut Vec<u8>, attribute: u32, value: u64) {
    write_number(u64::from(attribute), rest);
    rest.extend_from_slice(&value.to_le_bytes());
}

pub(super) fn is_rejected(rest: &[u8]) -> bool {
    rest == REJECTED_ROW
}

/// The statements, in their order: (attribute, hash of the value).
pub(super) fn statements(rest: &[u8]) -> impl Iterator<Item = (u32, u64)> + '_ {
    let mut left = rest.get(1..).unwrap_or_default();
    std::iter::from_fn(move || {
        let attribute = read_number(&mut left) as u32; // OK because it was one
        let (value, behind) = left.split_first_chunk()?;
        left = behind;
        Some((attribute, u64::from_le_bytes(*value)))
    })
}
