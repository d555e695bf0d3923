//! One row, byte by byte: for what the structural scan does not understand. Obvious, not fast.

use super::reader::Reader;
use super::scan::push_places;
use super::{DefectKind, Escape};

/// What the plain path made of the row at the reader's `start`.
pub(super) enum Plain {
    /// A row whose structure now stands in the reader, with the place of its first NUL byte.
    Row {
        end: usize,
        nul_at: Option<usize>,
    },
    Defect(DefectKind),
    /// The row goes on in bytes that are not here yet.
    More,
}

/// How one cell ended.
enum CellEnd {
    At(usize),
    TextAfterQuote(usize),
    OutOfText { quoted: bool },
}

/// Reads the row at `reader.start` and writes its separators to the reader.
pub(super) fn read(reader: &mut Reader) -> Plain {
    reader.n_separators = reader.next_separator;
    reader.n_ends = reader.next_end;
    reader.quoted_newlines.truncate(reader.next_quoted_newline);

    let longest = reader.start + reader.limits.record_bytes;
    let is_cut = reader.filled > longest;
    let until = if is_cut { longest + 1 } else { reader.filled };
    let at_file_end = reader.ended && !is_cut;
    let mut cell_start = reader.start;
    loop {
        let end = match read_cell(reader, cell_start, until) {
            CellEnd::At(end) => end,
            CellEnd::TextAfterQuote(place) => {
                // On another line than its partner, the quote more likely opens a cell of its own.
                let cell = &reader.buffer[cell_start..place];
                let spans_lines = cell.iter().any(|byte| matches!(byte, b'\n' | b'\r'));
                return Plain::Defect(match spans_lines {
                    true => DefectKind::UnclosedQuote,
                    false => DefectKind::TextAfterQuote {
                        offset: place - reader.start,
                    },
                });
            }
            CellEnd::OutOfText { .. } if is_cut => return Plain::Defect(DefectKind::TooLong),
            CellEnd::OutOfText { quoted: true } if at_file_end => {
                return Plain::Defect(DefectKind::UnclosedQuote);
            }
            CellEnd::OutOfText { quoted: false } if at_file_end => until,
            CellEnd::OutOfText { .. } => return Plain::More,
        };
        push(&mut reader.separators, &mut reader.n_separators, end);
        let ends_row = end == until || reader.buffer[end] != reader.dialect.delimiter;
        if ends_row {
            push(&mut reader.ends, &mut reader.n_ends, end);
            return finish(reader, end);
        }
        cell_start = end + 1;
    }
}

fn finish(reader: &mut Reader, end: usize) -> Plain {
    for place in reader.start..end {
        if matches!(reader.buffer[place], b'\n' | b'\r') {
            reader.note_quoted_newline(place as u32);
        }
    }
    let row = &reader.buffer[reader.start..end];
    let nul_at = row
        .iter()
        .position(|byte| *byte == 0)
        .map(|offset| reader.start + offset);
    Plain::Row { end, nul_at }
}

fn read_cell(reader: &Reader, start: usize, until: usize) -> CellEnd {
    let text = &reader.buffer[..until];
    let ends_cell = |byte: u8| byte == reader.dialect.delimiter || matches!(byte, b'\n' | b'\r');
    if text.get(start) != Some(&b'"') {
        // A quote inside an unquoted cell is a character like any other.
        return match text[start..].iter().position(|byte| ends_cell(*byte)) {
            Some(n_bytes) => CellEnd::At(start + n_bytes),
            None => CellEnd::OutOfText { quoted: false },
        };
    }
    let mut place = start + 1;
    loop {
        match (text.get(place), text.get(place + 1)) {
            (None, _) => return CellEnd::OutOfText { quoted: true },
            (Some(b'\\'), next) if reader.dialect.escape == Escape::Backslash => match next {
                Some(b'"' | b'\\') => place += 2,
                Some(_) => place += 1,
                None => return CellEnd::OutOfText { quoted: true },
            },
            (Some(b'"'), Some(b'"')) => place += 2,
            (Some(b'"'), Some(next)) if ends_cell(*next) => return CellEnd::At(place + 1),
            (Some(b'"'), Some(_)) => return CellEnd::TextAfterQuote(place + 1),
            // The file's last byte closes the cell; in the middle of it, the next byte decides.
            (Some(b'"'), None) => return CellEnd::OutOfText { quoted: false },
            (Some(_), _) => place += 1,
        }
    }
}

fn push(places: &mut Vec<u32>, len: &mut usize, place: usize) {
    push_places::<1>(places, len, 1, place as u32);
}
