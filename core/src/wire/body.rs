//! Request bodies being written: JSON text in a buffer that is used again and again.
//!
//! Most pieces of a body are short. Copies of a length that the processor does not know beforehand cost
//! more than the bytes they move, so pieces are copied 32 bytes at a time, whatever their length, into
//! room that was made for the whole row in advance. What stands behind the end is overwritten by the
//! next piece.

use crate::read::{Cell, Escape, Record};

/// Bytes copied at a time. Sources should have as many behind their last piece.
pub(crate) const STEP: usize = 32;

/// A JSON text being written: `bytes[..len]`.
#[derive(Debug, Default)]
pub(crate) struct Body {
    bytes: Vec<u8>,
    len: usize,
}

impl Body {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Forgets what stands behind `len`.
    #[inline(always)]
    pub(crate) fn truncate(&mut self, len: usize) {
        self.len = len;
    }

    /// Appends a text that is JSON already.
    #[inline(always)]
    pub(crate) fn push(&mut self, text: &[u8]) {
        self.make_room(text.len());
        self.bytes[self.len..self.len + text.len()].copy_from_slice(text);
        self.len += text.len();
    }

    /// A pen that writes up to `n_bytes` behind what is there. The body keeps what [`Self::keep`] is told.
    #[inline(always)]
    pub(crate) fn pen(&mut self, n_bytes: usize) -> Pen<'_> {
        self.make_room(n_bytes);
        Pen {
            room: &mut self.bytes,
            len: self.len,
        }
    }

    /// Keeps what a pen has written: everything below `len`.
    #[inline(always)]
    pub(crate) fn keep(&mut self, len: usize) {
        self.len = len;
    }

    #[inline(always)]
    fn make_room(&mut self, n_bytes: usize) {
        let wanted = self.len + n_bytes + 2 * STEP;
        if self.bytes.len() < wanted {
            self.grow(wanted);
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, wanted: usize) {
        self.bytes.resize(wanted.max(2 * self.bytes.len()), 0);
    }
}

/// The bytes that a piece of `n_bytes` takes at most once it is written as JSON: a control character
/// becomes six.
pub(crate) const fn most_bytes(n_bytes: usize) -> usize {
    6 * n_bytes
}

/// Writes into room that was made beforehand. Holds its place by value, so that it lives in a register.
pub(crate) struct Pen<'b> {
    room: &'b mut [u8],
    len: usize,
}

impl Pen<'_> {
    /// Where the next byte will stand.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Forgets what was written behind `len`.
    #[inline(always)]
    pub(crate) fn return_to(&mut self, len: usize) {
        self.len = len;
    }

    /// Writes `source[start..end]`, which is JSON already.
    #[inline(always)]
    pub(crate) fn put(&mut self, source: &[u8], start: usize, end: usize) {
        self.len = copy(self.room, self.len, source, start, end);
    }

    #[inline(always)]
    pub(crate) fn put_byte(&mut self, byte: u8) {
        self.room[self.len] = byte;
        self.len += 1;
    }

    /// Replaces a byte that was written.
    pub(crate) fn replace(&mut self, place: usize, byte: u8) {
        self.room[place] = byte;
    }

    /// Writes a piece that is JSON already.
    pub(crate) fn put_slice(&mut self, piece: &[u8]) {
        self.room[self.len..self.len + piece.len()].copy_from_slice(piece);
        self.len += piece.len();
    }

    /// Writes a text as the inside of a JSON string.
    pub(crate) fn put_text(&mut self, text: &[u8]) {
        for &byte in text {
            if byte < 0x20 || matches!(byte, b'"' | b'\\') {
                self.len = escape_byte(self.room, self.len, byte);
            } else {
                self.put_byte(byte);
            }
        }
    }

    /// Writes the first `n_bytes` of what is at hand.
    #[inline(always)]
    pub(crate) fn put_head(&mut self, head: &[u8; STEP], n_bytes: usize) {
        self.room[self.len..self.len + STEP].copy_from_slice(head);
        self.len += n_bytes;
    }

    /// Writes the first `n_bytes` of a short word.
    #[inline(always)]
    pub(crate) fn put_word(&mut self, word: &[u8; 8], n_bytes: usize) {
        self.room[self.len..self.len + 8].copy_from_slice(word);
        self.len += n_bytes;
    }

    /// Writes a cell as the inside of a JSON string.
    #[inline(always)]
    pub(crate) fn put_identifier(&mut self, record: &Record<'_>, cell: Cell) {
        if record.has_special(cell) {
            self.len = escape(self.room, self.len, record, cell);
        } else {
            self.put_two(record.buffer(), cell.start, cell.end);
        }
    }

    /// As [`Self::put`], for texts that mostly take two steps.
    #[inline(always)]
    pub(crate) fn put_two(&mut self, source: &[u8], start: usize, end: usize) {
        self.len = copy_two(self.room, self.len, source, start, end);
    }

    /// Writes a cell as the inside of a JSON string.
    #[inline(always)]
    pub(crate) fn put_cell(&mut self, record: &Record<'_>, cell: Cell) {
        if record.has_special(cell) {
            self.len = escape(self.room, self.len, record, cell);
        } else {
            self.put(record.buffer(), cell.start, cell.end);
        }
    }
}

/// Copies `source[start..end]` to `room[at..]`; returns where it ends there.
#[inline(always)]
fn copy(room: &mut [u8], at: usize, source: &[u8], start: usize, end: usize) -> usize {
    if end - start <= STEP
        && let Some(piece) = chunk(source, start)
        && let Some(place) = chunk_mut(room, at)
    {
        *place = *piece;
        return at + (end - start);
    }
    copy_long(room, at, source, start, end)
}

/// As [`copy`] for texts that mostly take two steps: identifiers of 36 characters are as usual as shorter ones.
#[inline(always)]
fn copy_two(room: &mut [u8], at: usize, source: &[u8], start: usize, end: usize) -> usize {
    if end - start <= 2 * STEP
        && let Some(piece) = source
            .get(start..)
            .and_then(|rest| rest.first_chunk::<{ 2 * STEP }>())
        && let Some(place) = room.get_mut(at..).and_then(|rest| rest.first_chunk_mut())
    {
        *place = *piece;
        return at + (end - start);
    }
    copy_long(room, at, source, start, end)
}

fn copy_long(room: &mut [u8], at: usize, source: &[u8], start: usize, end: usize) -> usize {
    let (mut from, mut to) = (start, at);
    while from < end {
        let (Some(piece), Some(place)) = (chunk(source, from), chunk_mut(room, to)) else {
            return copy_rest(room, to, &source[from..end]);
        };
        *place = *piece;
        from += STEP;
        to += STEP;
    }
    at + (end - start)
}

#[inline(always)]
fn chunk(source: &[u8], from: usize) -> Option<&[u8; STEP]> {
    source.get(from..)?.first_chunk()
}

#[inline(always)]
fn chunk_mut(room: &mut [u8], from: usize) -> Option<&mut [u8; STEP]> {
    room.get_mut(from..)?.first_chunk_mut()
}

/// The last bytes of a source that has none behind them.
#[cold]
#[inline(never)]
fn copy_rest(room: &mut [u8], at: usize, rest: &[u8]) -> usize {
    room[at..at + rest.len()].copy_from_slice(rest);
    at + rest.len()
}

/// Undoes the file's escapes and writes JSON's, in runs between the bytes that need either. Returns
/// where the text ends in `room`.
#[inline(never)]
fn escape(room: &mut [u8], mut at: usize, record: &Record<'_>, cell: Cell) -> usize {
    let text = record.buffer();
    let mut from = cell.start;
    while from < cell.end
        && let Some(place) = record.next_special(from, cell.end)
    {
        at = copy(room, at, text, from, place);
        let next = (place + 1 < cell.end).then(|| text[place + 1]);
        let byte = match (text[place], next) {
            (b'"', Some(b'"')) if cell.quoted => b'"',
            (b'\\', Some(next @ (b'"' | b'\\')))
                if cell.quoted && record.escape() == Escape::Backslash =>
            {
                next
            }
            (byte, _) => {
                at = escape_byte(room, at, byte);
                from = place + 1;
                continue;
            }
        };
        at = escape_byte(room, at, byte);
        from = place + 2;
    }
    copy(room, at, text, from.min(cell.end), cell.end)
}

/// Writes a byte that JSON escapes, as JSON escapes it.
#[inline(always)]
fn escape_byte(room: &mut [u8], at: usize, byte: u8) -> usize {
    let (word, n_bytes) = match byte {
        b'"' => (*b"\\\"      ", 2),
        b'\\' => (*b"\\\\      ", 2),
        b'\n' => (*b"\\n      ", 2),
        b'\r' => (*b"\\r      ", 2),
        b'\t' => (*b"\\t      ", 2),
        0x08 => (*b"\\b      ", 2),
        0x0C => (*b"\\f      ", 2),
        control => {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            let (high, low) = (
                HEX[usize::from(control >> 4)],
                HEX[usize::from(control & 15)],
            );
            ([b'\\', b'u', b'0', b'0', high, low, 0, 0], 6)
        }
    };
    room[at..at + 8].copy_from_slice(&word);
    at + n_bytes
}

/// The text as a JSON string, quotes included.
pub(crate) fn string(text: &str) -> Vec<u8> {
    serde_json::to_vec(text).expect("a text is always JSON")
}
