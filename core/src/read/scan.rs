//! The structural scan: 64 bytes at a time, which bytes are quotes, delimiters, line ends, and which
//! need care when they are written as JSON.
//!
//! Classification is stateless, a function of the 64 bytes alone; what the quotes mean is decided by
//! [`Quotes`], which carries its state from block to block.

use super::Escape;
pub(super) use crate::block::BLOCK;
use crate::block::{Block, Needle};

/// Bit `i` of each mask speaks of byte `i` of the block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Classes {
    pub quote: u64,
    pub delimiter: u64,
    pub newline: u64,
    /// What JSON must escape: quotes, backslashes, control characters.
    pub special: u64,
    /// What the fast path does not understand: NUL, and the backslash where it escapes.
    pub foreign: u64,
}

/// The bytes to look for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needles {
    delimiter: Needle,
    /// All ones where the backslash escapes in quoted cells.
    backslash_escapes: u64,
}

const QUOTE: Needle = Needle::new(b'"');
const LINE_FEED: Needle = Needle::new(b'\n');
const CARRIAGE_RETURN: Needle = Needle::new(b'\r');
const BACKSLASH: Needle = Needle::new(b'\\');
const LAST_CONTROL: Needle = Needle::new(0x1F);
const NUL: Needle = Needle::new(0);

impl Needles {
    pub(super) fn new(delimiter: u8, escape: Escape) -> Self {
        Self {
            delimiter: Needle::new(delimiter),
            backslash_escapes: match escape {
                Escape::Double => 0,
                Escape::Backslash => u64::MAX,
            },
        }
    }

    #[inline(always)]
    pub(super) fn classify<B: Block>(&self, block: B) -> Classes {
        let quote = block.equal(&QUOTE);
        let backslash = block.equal(&BACKSLASH);
        let delimiter = block.equal(&self.delimiter);
        let line_feed = block.equal(&LINE_FEED);
        let control = block.at_most(&LAST_CONTROL);
        // Most texts hold no other control character than line feeds.
        let (carriage_return, nul) = match control & !(line_feed | delimiter) {
            0 => (0, 0),
            _ => (block.equal(&CARRIAGE_RETURN), block.equal(&NUL)),
        };
        Classes {
            quote,
            delimiter,
            newline: line_feed | carriage_return,
            special: control | quote | backslash,
            foreign: nul | (backslash & self.backslash_escapes),
        }
    }
}

/// What the quotes mean at a block's border.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quotes {
    /// All ones inside a quoted cell.
    inside: u64,
    /// 1 when the byte before ended a cell (or nothing came before).
    after_separator: u64,
    /// 1 when the byte before was a closing quote.
    after_close: u64,
}

/// What a block holds outside its quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Structure {
    pub separators: u64,
    pub newlines: u64,
    pub quoted_newlines: u64,
    /// The second quotes of doubled ones.
    pub doubled: u64,
    /// Places where quotes stand that well-formed cells do not have.
    pub odd: u64,
}

impl Quotes {
    /// The state at the first byte of a record.
    pub(super) const AT_RECORD_START: Self = Self {
        inside: 0,
        after_separator: 1,
        after_close: 0,
    };

    pub(super) fn are_open(&self) -> bool {
        self.inside != 0
    }

    /// Reads on over one block, of which the bytes `first..=last` count.
    #[inline(always)]
    pub(super) fn step(&mut self, classes: &Classes, first: u32, last: u32) -> Structure {
        let valid = (u64::MAX << first) & (u64::MAX >> (63 - last));
        let quote = classes.quote & valid;
        let newline = classes.newline & valid;
        let mut separators = (classes.delimiter & valid) | newline;
        let mut odd = classes.foreign & valid;
        let (mut quoted_newlines, mut doubled) = (0, 0);

        if quote | self.inside | self.after_close != 0 {
            let inside = prefix_xor(quote) ^ self.inside;
            separators &= !inside;
            quoted_newlines = newline & inside & valid;
            let opens = quote & inside;
            let closes = quote & !inside;
            let cell_starts = (separators << 1) | (self.after_separator << first);
            let after_close = (closes << 1) | (self.after_close << first);
            // A quote opens a cell at its start, or stands second in a doubled quote.
            doubled = opens & after_close;
            odd |= opens & !(cell_starts | after_close);
            // After a closing quote the cell is over, or the quote was the first of two.
            odd |= after_close & valid & !(separators | opens);
            self.inside = 0u64.wrapping_sub((inside >> last) & 1);
            self.after_close = (closes >> last) & 1;
        }
        self.after_separator = (separators >> last) & 1;
        Structure {
            separators,
            newlines: newline & separators,
            quoted_newlines,
            doubled,
            odd,
        }
    }
}

/// Bit `i` of the result: the parity of the bits `0..=i`.
#[inline(always)]
fn prefix_xor(mut bits: u64) -> u64 {
    bits ^= bits << 1;
    bits ^= bits << 2;
    bits ^= bits << 4;
    bits ^= bits << 8;
    bits ^= bits << 16;
    bits ^ (bits << 32)
}

/// Adds the places of `bits` (counted from `origin`) to `places[*len..]`, growing it when needed.
///
/// `USUAL` places are written whether there are as many or not, and where there are more, as many again: a
/// loop that ends at the right one ends where no processor foresees it, which costs more.
#[inline(always)]
pub(super) fn push_places<const USUAL: usize>(
    places: &mut Vec<u32>,
    len: &mut usize,
    mut bits: u64,
    origin: u32,
) {
    if places.len() < *len + BLOCK {
        places.resize((*len + BLOCK) * 2, 0);
    }
    let room = &mut places[*len..*len + BLOCK];
    let n_places = bits.count_ones() as usize;
    for place in &mut room[..USUAL] {
        *place = origin + bits.trailing_zeros();
        bits &= bits.wrapping_sub(1);
    }
    if n_places > USUAL {
        for place in &mut room[USUAL..2 * USUAL] {
            *place = origin + bits.trailing_zeros();
            bits &= bits.wrapping_sub(1);
        }
    }
    let mut n_written = 2 * USUAL;
    while bits != 0 {
        room[n_written & 63] = origin + bits.trailing_zeros(); // OK because 64 bits have at most 64 places
        bits &= bits - 1;
        n_written += 1;
    }
    *len += n_places;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block::{AnyProcessor, Processor};

    #[test]
    fn classes_equal_a_look_at_each_byte() {
        for round in 0..256u32 {
            let bytes: [u8; BLOCK] = std::array::from_fn(|i| {
                let mixed = (i as u32 ^ round).wrapping_mul(2_654_435_761);
                if mixed.is_multiple_of(3) {
                    b",\"\n\r\\\0"[(mixed >> 8) as usize % 6]
                } else {
                    (mixed >> 16) as u8
                }
            });
            let needles = Needles::new(b',', Escape::Backslash);
            let block = AnyProcessor.block(&bytes);
            let classes = needles.classify(block);
            for (i, byte) in bytes.iter().enumerate() {
                let bit = |mask: u64| mask >> i & 1 == 1;
                assert_eq!(bit(classes.quote), *byte == b'"');
                assert_eq!(bit(classes.delimiter), *byte == b',');
                assert_eq!(bit(classes.newline), matches!(byte, b'\n' | b'\r'));
                assert_eq!(
                    bit(classes.special),
                    *byte < 0x20 || matches!(byte, b'"' | b'\\')
                );
                assert_eq!(bit(classes.foreign), matches!(byte, 0 | b'\\'));
            }
        }
    }

    #[test]
    fn prefix_xor_is_the_running_parity() {
        for bits in [0, 1, 0b1010_0110, u64::MAX, 1 << 63, 0x8000_0001_0000_0001] {
            let slow = (0..64).fold(0, |sum, i| {
                let parity = (bits & (u64::MAX >> (63 - i))).count_ones() as u64 & 1;
                sum | parity << i
            });
            assert_eq!(prefix_xor(bits), slow);
        }
    }
}
