//! One row of an export, as borrowed bytes.

use std::borrow::Cow;

use super::scan::BLOCK;
use super::{CellKind, Escape, Location};
use crate::block::{Block as _, Needle, Processor, Work};
use crate::copy::copy_two;
use crate::processor;
use crate::rejects::Origin;

/// The longest run that is copied at once, and eight bytes for what is written behind it.
const WINDOW: usize = BLOCK + 8;

/// What [`Record::write_text`] needs behind the text that it writes.
pub(crate) const ROOM_BEHIND: usize = WINDOW;

/// A row: its bytes in the reader's buffer, where its cells end, and what is known of each byte.
#[derive(Clone, Copy)]
pub struct Record<'r> {
    pub(super) buffer: &'r [u8],
    /// One bit a byte of `buffer`: must be escaped in JSON. The second of two quotes in a quoted cell may have
    /// none.
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
        Some(self.unescaped(cell))
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

    /// Writes the cell's text to `room[at..]` with the file's escapes undone, in runs between the bytes that
    /// JSON must escape. Those `put` writes, up to eight bytes each, and says how many. Returns where the
    /// text ends in `room`, which must have [`ROOM_BEHIND`] it.
    ///
    /// Most runs are shorter than a block. The last block of each is one copy, together with what `put`
    /// writes: how long it is, no processor foresees, and a window of a fixed size needs no further checks.
    #[inline(always)]
    pub(crate) fn write_text(
        self,
        cell: Cell,
        room: &mut [u8],
        mut at: usize,
        put: impl Fn(&mut [u8; 8], u8) -> usize,
    ) -> usize {
        let mut from = cell.start;
        for place in Places::new(self.special, cell) {
            // The second byte of an escape, in rows that the scan did not understand.
            if place < from {
                continue;
            }
            while place - from >= BLOCK {
                at = copy_two(room, at, self.buffer, from, from + BLOCK);
                from += BLOCK;
            }
            let n_bytes = (place - from) % BLOCK;
            let source: &[u8; WINDOW] = self.buffer[from..]
                .first_chunk()
                .expect("the buffer has slack behind its text");
            let window: &mut [u8; WINDOW] = room[at..]
                .first_chunk_mut()
                .expect("the room has some behind the text");
            let (byte, is_escape) = self.unescape(source[n_bytes], source[n_bytes + 1], cell);
            window.copy_from_slice(source);
            let behind = window[n_bytes..].first_chunk_mut();
            let n_put = put(behind.expect("the window has eight bytes behind"), byte);
            at += n_bytes + n_put;
            from = place + 1 + usize::from(is_escape);
        }
        copy_two(room, at, self.buffer, from.min(cell.end), cell.end)
    }

    /// What a byte that JSON must escape stands for, and whether it escapes the next one in the file.
    #[inline(always)]
    fn unescape(&self, byte: u8, next: u8, cell: Cell) -> (u8, bool) {
        // In a quoted cell a quote is the first of two.
        let is_doubled = cell.quoted & (byte == b'"');
        let is_escaped = self.escape == Escape::Backslash
            && cell.quoted & (byte == b'\\') & matches!(next, b'"' | b'\\');
        (
            if is_escaped { next } else { byte },
            is_doubled | is_escaped,
        )
    }

    /// Characters of the cell's text.
    pub(crate) fn n_chars(&self, cell: Cell) -> usize {
        if self.escape == Escape::Backslash && cell.quoted && self.has_special(cell) {
            let text = self.unescaped(cell);
            return text.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        }
        let (n_starts, n_quotes) = processor::run(Count {
            buffer: self.buffer,
            cell,
        });
        // In a quoted cell quotes stand in pairs, and each pair is one.
        n_starts - if cell.quoted { n_quotes / 2 } else { 0 }
    }

    fn unescaped(&self, cell: Cell) -> Cow<'r, [u8]> {
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

    #[inline(never)]
    fn write_unescaped(&self, cell: Cell, text: &mut Vec<u8>) {
        text.clear();
        text.resize(cell.end - cell.start + ROOM_BEHIND, 0);
        let put = |room: &mut [u8; 8], byte| {
            room[0] = byte;
            1
        };
        let n_bytes = processor::with_best(
            #[inline(always)]
            || self.write_text(cell, text, 0, put),
        );
        text.truncate(n_bytes);
    }
}

impl std::fmt::Debug for Record<'_> {
    /// A row holds personal data: debug prints name the place and not the content.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Record {{ at: {:?}, width: {} }}", self.at, self.width())
    }
}

/// The places in a cell whose bits are set. What it goes on with does not depend on the text, so that the
/// next place is known before the one at hand is written.
struct Places<'w> {
    words: &'w [u64],
    word_idx: usize,
    /// What is left of the word at `word_idx`.
    word: u64,
    end: usize,
}

impl<'w> Places<'w> {
    #[inline(always)]
    fn new(words: &'w [u64], cell: Cell) -> Self {
        let word_idx = cell.start / BLOCK;
        Self {
            words,
            word_idx,
            word: words[word_idx] & (u64::MAX << (cell.start % BLOCK)),
            end: cell.end,
        }
    }
}

impl Iterator for Places<'_> {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        while self.word == 0 {
            self.word_idx += 1;
            if self.word_idx * BLOCK >= self.end {
                return None;
            }
            self.word = self.words[self.word_idx];
        }
        let place = self.word_idx * BLOCK + self.word.trailing_zeros() as usize;
        self.word &= self.word - 1;
        (place < self.end).then_some(place)
    }
}

/// How many bytes of a cell start a character, and how many are quotes.
struct Count<'r> {
    buffer: &'r [u8],
    cell: Cell,
}

/// The bytes that start no character, `0x80..=0xBF`, are the lowest with a sign.
const LAST_INNER: Needle = Needle::new(0xBF);
const QUOTE: Needle = Needle::new(b'"');

impl Work for Count<'_> {
    type Output = (usize, usize);

    /// In one pass by whole blocks, each of them a step without a branch; what stands behind the cell does not
    /// count.
    #[inline(always)]
    fn run<P: Processor>(self, processor: P) -> (usize, usize) {
        let Self { buffer, cell } = self;
        let (mut n_starts, mut n_quotes) = (0, 0);
        for from in (cell.start..cell.end).step_by(BLOCK) {
            let bytes = buffer[from..]
                .first_chunk()
                .expect("the buffer has slack behind its text");
            let block = processor.block(bytes);
            let counts = u64::MAX >> BLOCK.saturating_sub(cell.end - from);
            n_starts += (block.more_signed(&LAST_INNER) & counts).count_ones() as usize;
            n_quotes += (block.equal(&QUOTE) & counts).count_ones() as usize;
        }
        (n_starts, n_quotes)
    }
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
