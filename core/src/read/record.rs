//! One row of an export, as borrowed bytes.

use std::borrow::Cow;

use super::{CellKind, Escape, Location};
use crate::rejects::Origin;

/// A row: its bytes in the reader's buffer, where its cells end, and what is known of each byte.
#[derive(Clone, Copy)]
pub struct Record<'r> {
    pub(super) buffer: &'r [u8],
    /// One bit a byte of `buffer`: must be escaped in JSON.
    pub(super) special: &'r [u64],
    pub(super) start: usize,
    /// Where each cell ends: the place of its separator.
    pub(super) ends: &'r [u32],
    pub(super) escape: Escape,
    /// The byte that a quoted cell starts with.
    pub(super) quote: u8,
    /// What a JSON object has beside the texts of its cells.
    pub(super) json: Option<Json<'r>>,
    pub(super) at: Location,
}

/// What a JSON object has beside the texts of its cells.
#[derive(Clone, Copy)]
pub(super) struct Json<'r> {
    /// The object as it stands in the file.
    pub raw: &'r [u8],
    /// What each cell is.
    pub kinds: &'r [CellKind],
    /// Where a rejects file says that the row stood first.
    pub origin: Option<Origin<'r>>,
}

/// A cell's text inside its quotes, if it has any: `buffer[start..end]`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub start: usize,
    pub end: usize,
    pub quoted: bool,
}

impl Cell {
    #[inline(always)]
    fn new(buffer: &[u8], quote: u8, start: usize, end: usize) -> Self {
        if start + 1 < end && buffer[start] == quote {
            Self {
                start: start + 1,
                end: end - 1,
                quoted: true,
            }
        } else {
            Self {
                start,
                end,
                quoted: false,
            }
        }
    }
}

impl<'r> Record<'r> {
    /// Number of cells.
    pub fn width(&self) -> usize {
        self.ends.len()
    }

    /// Where the row starts.
    pub fn location(&self) -> Location {
        self.at
    }

    /// The row as it stands in the file, without its line end.
    pub fn raw(&self) -> &'r [u8] {
        if let Some(json) = &self.json {
            return json.raw;
        }
        let end = self.ends.last().map_or(self.start, |end| *end as usize);
        &self.buffer[self.start..end]
    }

    /// The text of a cell: quotes taken off, escapes undone. `None` when the row has no such cell.
    pub fn text(&self, column_idx: usize) -> Option<Cow<'r, [u8]>> {
        if column_idx >= self.width() {
            return None;
        }
        let cell = self.cell(column_idx);
        Some(self.unescape(cell))
    }

    /// What a cell is, beside its text. Cells of delimited rows are texts, also those that are not there.
    pub fn kind(&self, column_idx: usize) -> CellKind {
        match &self.json {
            None => CellKind::Text,
            Some(json) => json.kinds.get(column_idx).copied().unwrap_or_default(),
        }
    }

    /// Where an object of a rejects file says that it stood first. In delimited rows columns say it.
    pub(crate) fn origin(&self) -> Option<Origin<'r>> {
        self.json.as_ref()?.origin
    }

    /// Whether the row is an object of a JSON export.
    pub(crate) fn is_json(&self) -> bool {
        self.json.is_some()
    }

    /// The buffer that cells point into.
    #[inline(always)]
    pub(crate) fn buffer(&self) -> &'r [u8] {
        self.buffer
    }

    /// The cell at `column_idx`, which must be below [`Self::width`].
    #[inline(always)]
    pub(crate) fn cell(&self, column_idx: usize) -> Cell {
        let start = match column_idx {
            0 => self.start,
            _ => self.ends[column_idx - 1] as usize + 1,
        };
        Cell::new(
            self.buffer,
            self.quote,
            start,
            self.ends[column_idx] as usize,
        )
    }

    /// The cell's text as one number, for comparison with [`pack`]: at most eight bytes, and none that
    /// the file escapes. `None` for all others.
    #[inline(always)]
    pub(crate) fn packed(&self, cell: Cell) -> Option<u64> {
        // All ones below the byte of this index.
        const BELOW: [u64; 9] = {
            let mut below = [u64::MAX; 9];
            let mut n_bytes = 0;
            while n_bytes < 8 {
                below[n_bytes] = (1 << (8 * n_bytes)) - 1;
                n_bytes += 1;
            }
            below
        };
        let below = BELOW.get(cell.end - cell.start)?;
        let bytes = self.buffer.get(cell.start..)?.first_chunk::<8>()?;
        if cell.quoted && self.has_special(cell) {
            return None;
        }
        Some(u64::from_le_bytes(*bytes) & below)
    }

    /// Whether no byte of the row must be escaped in JSON; then no cell is quoted either.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        let end = self.ends.last().map_or(self.start, |end| *end as usize);
        !any_bit(self.special, self.start, end)
    }

    /// The cells in order. `PLAIN` says that the row [`Self::is_plain`].
    #[inline(always)]
    pub(crate) fn cells<const PLAIN: bool>(&self) -> impl Iterator<Item = Cell> {
        let (buffer, quote, mut start) = (self.buffer, self.quote, self.start);
        self.ends.iter().map(move |end| {
            let end = *end as usize;
            let cell = if PLAIN {
                Cell {
                    start,
                    end,
                    quoted: false,
                }
            } else {
                Cell::new(buffer, quote, start, end)
            };
            start = end + 1;
            cell
        })
    }

    #[inline(always)]
    pub(crate) fn bytes(&self, cell: Cell) -> &'r [u8] {
        &self.buffer[cell.start..cell.end]
    }

    /// Whether any byte of the cell must be escaped in JSON (then it may hold escapes of the file, too).
    #[inline(always)]
    pub(crate) fn has_special(&self, cell: Cell) -> bool {
        any_bit(self.special, cell.start, cell.end)
    }

    /// The first place at or after `from` and before `end` that JSON must escape.
    #[inline(always)]
    pub(crate) fn next_special(&self, from: usize, end: usize) -> Option<usize> {
        let mut word_idx = from / 64;
        let mut word = self.special[word_idx] & (u64::MAX << (from % 64));
        while word == 0 {
            word_idx += 1;
            if word_idx * 64 >= end {
                return None;
            }
            word = self.special[word_idx];
        }
        let place = word_idx * 64 + word.trailing_zeros() as usize;
        (place < end).then_some(place)
    }

    /// How escapes are written in this file's quoted cells.
    pub(crate) fn escape(&self) -> Escape {
        self.escape
    }

    /// Characters of the cell's text.
    pub(crate) fn n_chars(&self, cell: Cell) -> usize {
        let bytes = self.bytes(cell);
        let has_escapes = cell.quoted && self.has_special(cell);
        match self.escape {
            Escape::Backslash if has_escapes => count(&self.unescape(cell), starts_char),
            // In a quoted cell quotes stand in pairs, and each pair is one.
            Escape::Double if has_escapes => {
                count(bytes, starts_char) - count(bytes, |byte| byte == b'"') / 2
            }
            _ => count(bytes, starts_char),
        }
    }

    fn unescape(&self, cell: Cell) -> Cow<'r, [u8]> {
        let mut text = Vec::new();
        match self.text_in(cell, &mut text) {
            true => Cow::Owned(text),
            false => Cow::Borrowed(self.bytes(cell)),
        }
    }

    /// Writes the cell's text to `text` where the file escapes some of it. `false`: nothing is written, and
    /// the text is the cell's bytes.
    #[inline(always)]
    pub(crate) fn text_in(&self, cell: Cell, text: &mut Vec<u8>) -> bool {
        let has_escapes = cell.quoted && self.has_special(cell);
        if has_escapes {
            self.write_unescaped(cell, text);
        }
        has_escapes
    }

    fn write_unescaped(&self, cell: Cell, text: &mut Vec<u8>) {
        let bytes = self.bytes(cell);
        text.clear();
        text.reserve(bytes.len());
        let mut rest = bytes.iter().copied().peekable();
        while let Some(byte) = rest.next() {
            let escapes_next = byte == b'"'
                || (byte == b'\\'
                    && self.escape == Escape::Backslash
                    && matches!(rest.peek(), Some(b'"' | b'\\')));
            text.push(if escapes_next {
                rest.next().unwrap_or(byte)
            } else {
                byte
            });
        }
    }
}

impl std::fmt::Debug for Record<'_> {
    /// A row holds personal data: debug prints name the place and not the content.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Record {{ at: {:?}, width: {} }}", self.at, self.width())
    }
}

/// How many bytes are such. They are counted in bytes, as many as those can count, so that vectors can.
#[inline(always)]
fn count(bytes: &[u8], is_such: impl Fn(u8) -> bool) -> usize {
    let in_chunk = |chunk: &[u8]| {
        chunk
            .iter()
            .map(|byte| u8::from(is_such(*byte)))
            .sum::<u8>()
    };
    let chunks = bytes.chunks(usize::from(u8::MAX));
    chunks.map(|chunk| usize::from(in_chunk(chunk))).sum()
}

/// Whether a byte of UTF-8 is the first of its character.
#[inline(always)]
fn starts_char(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

/// A text of at most eight bytes, none of them NUL, as one number with zeros behind it. No cell holds a NUL
/// byte, so that the number tells lengths apart, too.
pub(crate) fn pack(text: &[u8]) -> Option<u64> {
    if text.contains(&0) {
        return None;
    }
    let mut bytes = [0; 8];
    bytes.get_mut(..text.len())?.copy_from_slice(text);
    Some(u64::from_le_bytes(bytes))
}

/// Whether any of the bits `start..end` is set.
#[inline(always)]
pub(super) fn any_bit(words: &[u64], start: usize, end: usize) -> bool {
    let n_bits = end - start;
    let (first, offset) = (start / 64, start % 64);
    let low = words[first] >> offset;
    if n_bits <= 64 {
        let high = (words[first + 1] << 1) << (63 - offset);
        // OK because an empty range shifts by nothing, and does not count.
        return n_bits != 0 && (low | high).wrapping_shl(64 - n_bits as u32) != 0;
    }
    let last = (end - 1) / 64;
    low != 0
        || words[first + 1..last].iter().any(|word| *word != 0)
        || words[last] & (u64::MAX >> (63 - (end - 1) % 64)) != 0
}

#[cfg(test)]
mod tests {
    use super::any_bit;

    #[test]
    fn any_bit_sees_exactly_its_range() {
        for place in [0usize, 1, 63, 64, 65, 127, 128, 200] {
            let mut words = vec![0u64; 6];
            words[place / 64] |= 1 << (place % 64);
            for start in 0..220 {
                for end in start..230 {
                    assert_eq!(
                        any_bit(&words, start, end),
                        (start..end).contains(&place),
                        "{place} in {start}..{end}"
                    );
                }
            }
        }
    }
}
