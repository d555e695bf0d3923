//! The structural scan: 64 bytes at a time, which bytes are quotes, delimiters, line ends, and which
//! need care when they are written as JSON.
//!
//! Classification is stateless, a function of the 64 bytes alone; what the quotes mean is decided by
//! [`Quotes`], which carries its state from block to block.

use wide::u8x16;

/// Bytes in a block: one bit of a `u64` each.
pub(super) const BLOCK: usize = 64;

/// Bit `i` of each mask speaks of byte `i` of the block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Classes {
    pub quote: u64,
    pub delimiter: u64,
    pub newline: u64,
    /// What JSON must escape: quotes, backslashes, control characters.
    pub special: u64,
}

/// The bytes to look for, each spread over a vector. They live here rather than next to their use,
/// because the compiler builds a vector of one byte anew at each use, and byte by byte.
#[derive(Clone, Copy, Debug)]
pub(super) struct Needles {
    delimiter: u8x16,
    quote: u8x16,
    line_feed: u8x16,
    carriage_return: u8x16,
    backslash: u8x16,
    last_control: u8x16,
    /// The byte that escapes in quoted cells where that is not the quote itself; NUL otherwise.
    escape: u8x16,
}

impl Needles {
    /// `escape` is the byte that escapes in quoted cells where that is not the quote itself.
    pub(super) fn new(delimiter: u8, escape: Option<u8>) -> Self {
        Self {
            delimiter: u8x16::splat(delimiter),
            quote: u8x16::splat(b'"'),
            line_feed: u8x16::splat(b'\n'),
            carriage_return: u8x16::splat(b'\r'),
            backslash: u8x16::splat(b'\\'),
            last_control: u8x16::splat(0x1F),
            escape: u8x16::splat(escape.unwrap_or(0)),
        }
    }

    #[inline(always)]
    pub(super) fn classify(&self, bytes: &[u8; BLOCK]) -> Classes {
        let (lanes, _) = bytes.as_chunks::<16>();
        let mut classes = Classes::default();
        for (lane_idx, lane) in lanes.iter().enumerate() {
            let lane = u8x16::new(*lane);
            let quote = lane.simd_eq(self.quote);
            let newline = lane.simd_eq(self.line_feed) | lane.simd_eq(self.carriage_return);
            let control = lane.min(self.last_control).simd_eq(lane);
            let special = control | quote | lane.simd_eq(self.backslash);
            let place = |mask: u8x16| u64::from(mask.to_bitmask()) << (16 * lane_idx);
            classes.quote |= place(quote);
            classes.delimiter |= place(lane.simd_eq(self.delimiter));
            classes.newline |= place(newline);
            classes.special |= place(special);
        }
        classes
    }

    /// What the fast path does not understand: NUL, and the backslash where it escapes.
    #[inline(always)]
    pub(super) fn foreign(&self, classes: &Classes, bytes: &[u8; BLOCK]) -> u64 {
        let suspects = classes.special & !(classes.quote | classes.newline | classes.delimiter);
        if suspects == 0 {
            0
        } else {
            self.foreign_among(suspects, bytes)
        }
    }

    #[inline(never)]
    fn foreign_among(&self, suspects: u64, bytes: &[u8; BLOCK]) -> u64 {
        let (lanes, _) = bytes.as_chunks::<16>();
        let mut foreign = 0;
        for (lane_idx, lane) in lanes.iter().enumerate() {
            let lane = u8x16::new(*lane);
            let found = lane.simd_eq(u8x16::splat(0)) | lane.simd_eq(self.escape);
            foreign |= u64::from(found.to_bitmask()) << (16 * lane_idx);
        }
        suspects & foreign
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
    pub(super) fn step(
        &mut self,
        classes: &Classes,
        foreign: u64,
        first: u32,
        last: u32,
    ) -> Structure {
        let valid = (u64::MAX << first) & (u64::MAX >> (63 - last));
        let quote = classes.quote & valid;
        let newline = classes.newline & valid;
        let mut separators = (classes.delimiter & valid) | newline;
        let mut odd = foreign & valid;
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
/// `USUAL` places are written whether there are as many or not: a loop that ends at the right one ends
/// where no processor foresees it, which costs more.
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
    let mut n_written = USUAL;
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
            let needles = Needles::new(b',', Some(b'\\'));
            let classes = needles.classify(&bytes);
            let foreign = needles.foreign(&classes, &bytes);
            for (i, byte) in bytes.iter().enumerate() {
                let bit = |mask: u64| mask >> i & 1 == 1;
                assert_eq!(bit(classes.quote), *byte == b'"');
                assert_eq!(bit(classes.delimiter), *byte == b',');
                assert_eq!(bit(classes.newline), matches!(byte, b'\n' | b'\r'));
                assert_eq!(
                    bit(classes.special),
                    *byte < 0x20 || matches!(byte, b'"' | b'\\')
                );
                assert_eq!(bit(foreign), matches!(byte, 0 | b'\\'));
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
