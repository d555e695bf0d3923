//! Characters that nobody sees, in texts that must be the same to the last byte.

use crate::read::{Cell, Record};

/// Bytes looked at together.
const WINDOW: usize = 64;

/// Whether the cell may hold an invisible character: `false` is certain. Of nearly all cells a look at bytes
/// of a fixed number says so, without a branch that depends on the text.
#[inline(always)]
pub(crate) fn may_hide(record: &Record<'_>, cell: Cell) -> bool {
    let behind = record.buffer().get(cell.start..);
    let is_plain = match behind.and_then(|behind| behind.first_chunk::<WINDOW>()) {
        // Control characters of ASCII are special, but for the last.
        Some(window) if cell.end - cell.start <= WINDOW => {
            !record.has_special(cell) && are_below_delete(window, cell.end - cell.start)
        }
        _ => false,
    };
    !is_plain && has_other_than_printed_ascii(record.bytes(cell))
}

/// Whether the first bytes are: what stands behind them is another cell's.
#[inline(always)]
fn are_below_delete(bytes: &[u8; WINDOW], n_bytes: usize) -> bool {
    const HIGH: u8 = 0x80;
    /// From any place on: so many bytes whose highest bit counts, and then bytes of which none does.
    const COUNT: [u8; 2 * WINDOW] = {
        let mut count = [0; 2 * WINDOW];
        let mut place = 0;
        while place < WINDOW {
            count[place] = HIGH;
            place += 1;
        }
        count
    };
    let Some(counts) = COUNT[WINDOW - n_bytes..].first_chunk::<WINDOW>() else {
        return false;
    };
    let high =
        |seen: u8, (byte, counts): (&u8, &u8)| seen | ((byte | byte.wrapping_add(1)) & counts);
    bytes.iter().zip(counts).fold(0, high) == 0
}

#[inline(never)]
fn has_other_than_printed_ascii(bytes: &[u8]) -> bool {
    !bytes.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Whether a text holds a character that is not shown: a control character, a line break, a byte order mark,
/// or one that has no width or only steers others.
pub(crate) fn has_invisible(text: &str) -> bool {
    text.chars().any(is_invisible)
}

fn is_invisible(char: char) -> bool {
    let is_format = matches!(
        char,
        '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}'
    );
    is_format || char.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters() {
        for (text, hides) in [
            ("u-1 ~", false),
            ("José", false),
            ("\u{FEFF}u1", true),
            ("u\u{200B}1", true),
            ("u1\u{7F}", true),
            ("u1\u{85}", true),
            ("u1\n", true),
            ("a\u{A0}b", false),
            ("😀", false),
        ] {
            assert_eq!(has_invisible(text), hides, "{text:?}");
            let may = has_other_than_printed_ascii(text.as_bytes());
            assert!(may || !hides, "{text:?}");
        }
    }

    #[test]
    fn windows_are_plain_where_every_byte_is() {
        for byte in 0..=u8::MAX {
            let mut window = [b'a'; WINDOW];
            window[63] = byte;
            assert_eq!(are_below_delete(&window, 64), byte < 0x7F, "{byte}");
            assert!(are_below_delete(&window, 63), "{byte}");
        }
    }
}
