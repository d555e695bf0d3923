//! Values against the rules: numbers as JSON has them, addresses, dates, names, the values of profile
//! fields, nested values.
//!
//! What every row needs is checked in two ways: by one plain function, which decides, and by one look at
//! whole vectors, which accepts what nearly every value looks like without a branch that depends on the
//! value. A test holds the two against each other. Nothing here allocates for a value that is fine.

pub(crate) mod date;
pub(crate) mod doubles;
mod email;
pub(crate) mod field;
pub(crate) mod invisible;
pub(crate) mod name;
pub(crate) mod nested;
pub(crate) mod number;

use wide::u8x16;

pub(crate) use email::{email, is_email};
pub(crate) use field::field_text;
pub(crate) use number::{is_number, n_digits, number};

/// All ones where a byte is at most `most`.
#[inline(always)]
fn at_most(lane: u8x16, most: u8) -> u8x16 {
    lane.min(u8x16::splat(most)).simd_eq(lane)
}

/// A text as it stands in a reader's buffer: with something behind it.
#[cfg(test)]
fn in_buffer(text: &str, behind: &str) -> (Vec<u8>, usize) {
    (
        [text, behind, &"\0".repeat(64)].concat().into_bytes(),
        text.len(),
    )
}
