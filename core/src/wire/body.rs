//! Request bodies being written: JSON text in a buffer that is used again and again.
//!
//! Most pieces of a body are short. They are copied 32 bytes at a time, whatever their length (`copy.rs`),
//! into room that was made for the whole row in advance. What stands behind the end is overwritten by the
//! next piece.

pub(crate) use crate::copy::STEP;
use crate::copy::{copy, copy_two};
use crate::processor;
use crate::read::{Cell, ROOM_BEHIND, Record};

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
        let wanted = self.len + n_bytes + ROOM_BEHIND;
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
                let behind = self.room[self.len..].first_chunk_mut();
                self.len += escape_byte(behind.expect("room was made for it"), byte);
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

/// Undoes the file's escapes and writes JSON's. Returns where the text ends in `room`.
#[inline(never)]
fn escape(room: &mut [u8], at: usize, record: &Record<'_>, cell: Cell) -> usize {
    processor::with_best(
        #[inline(always)]
        || { *record }.write_text(cell, room, at, escape_byte),
    )
}

/// Writes a byte that JSON escapes, as JSON escapes it; returns how many bytes that takes.
#[inline(always)]
fn escape_byte(room: &mut [u8; 8], byte: u8) -> usize {
    *room = ESCAPES[usize::from(byte & 127)];
    usize::from(room[7])
}

/// How JSON writes each byte that it escapes, and last how many bytes that takes. From a table, because
/// which byte it is would be a branch that no processor foresees.
static ESCAPES: [[u8; 8]; 128] = {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    let mut escapes = [[0; 8]; 128];
    let mut byte = 0;
    while byte < escapes.len() {
        escapes[byte] = match byte as u8 {
            b'"' => *b"\\\"     \x02",
            b'\\' => *b"\\\\     \x02",
            b'\n' => *b"\\n     \x02",
            b'\r' => *b"\\r     \x02",
            b'\t' => *b"\\t     \x02",
            0x08 => *b"\\b     \x02",
            0x0C => *b"\\f     \x02",
            _ => [
                b'\\',
                b'u',
                b'0',
                b'0',
                HEX[byte >> 4],
                HEX[byte & 15],
                0,
                6,
            ],
        };
        byte += 1;
    }
    escapes
};

/// The text as a JSON string, quotes included.
pub(crate) fn string(text: &str) -> Vec<u8> {
    serde_json::to_vec(text).expect("a text is always JSON")
}
