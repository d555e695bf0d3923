//! Where reading goes on behind a row whose border is not certain.
//!
//! At the first line end, as it is for delimited rows: the next line is the next row. But where a row is
//! written over many lines, the next line may hold an object of its inside, and to send that as a user of
//! its own would be wrong. So lines that are indented deeper than the row's first line belong to it, and so
//! does the brace that closes it.

/// Looks for the place, in pieces of any size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resume {
    /// How deep the row's first line is indented.
    indent: u64,
    /// How deep the line at hand is, as far as it was seen.
    found: u64,
    /// Only blanks were seen since the last line end.
    at_line_start: bool,
}

impl Resume {
    /// For a row whose first line is indented by so many bytes.
    pub(super) fn new(indent: u64) -> Self {
        Self {
            indent,
            found: 0,
            at_line_start: false,
        }
    }

    /// Looks through the next piece, of which the first begins at the row's start; the place in it.
    pub(super) fn find(&mut self, text: &[u8]) -> Option<usize> {
        let mut place = 0;
        while let Some(byte) = text.get(place) {
            match byte {
                b'\n' | b'\r' => {
                    self.at_line_start = true;
                    self.found = 0;
                }
                _ if !self.at_line_start => {
                    let line_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
                    place += text[place..].iter().position(line_end)?;
                    continue;
                }
                b' ' | b'\t' => self.found += 1,
                b'}' if self.found == self.indent => return Some(place + 1),
                _ if self.found <= self.indent => return Some(place),
                _ => self.at_line_start = false,
            }
            place += 1;
        }
        None
    }
}
