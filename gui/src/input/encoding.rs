//! Which encoding a text is in, and how it becomes UTF-8.
//!
//! What is no text in the encoding becomes a byte that is no UTF-8: its row is rejected like any other
//! that is not UTF-8, and no character is made up for it.

use std::io::{self, BufRead};
use std::str;

use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::Serialize;

/// How a text is written in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// UTF-16, the low byte first.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, the high byte first.
    #[serde(rename = "utf-16be")]
    Utf16Be,
    /// Windows-1252, and Latin-1 within it.
    #[serde(rename = "windows-1252")]
    Windows1252,
}

impl Encoding {
    /// All, in the order in which they are told.
    pub const ALL: &'static [Self] = &[Self::Utf8, Self::Utf16Le, Self::Utf16Be, Self::Windows1252];

    /// `utf-16le`
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// As people write it: `UTF-16LE`, `Windows-1252`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Utf16Le => "UTF-16LE",
            Self::Utf16Be => "UTF-16BE",
            Self::Windows1252 => "Windows-1252",
        }
    }
}

/// What the first bytes of a text say about its encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// It is this one, with a byte order mark to say so.
    Marked(Encoding),
    /// Its bytes are such that it is this one.
    Seen(Encoding),
    /// Nothing but ASCII: whatever the files beside it are.
    Ascii,
}

/// Guesses from the first bytes; `is_whole`: there are no others.
pub(super) fn guess(sample: &[u8], is_whole: bool) -> Guess {
    if sample.starts_with(b"\xEF\xBB\xBF") {
        return Guess::Marked(Encoding::Utf8);
    } else if sample.starts_with(b"\xFF\xFE") {
        return Guess::Marked(Encoding::Utf16Le);
    } else if sample.starts_with(b"\xFE\xFF") {
        return Guess::Marked(Encoding::Utf16Be);
    }
    utf16_by_nuls(sample).map_or_else(|| eight_bits(sample, is_whole), Guess::Seen)
}

/// Text that is largely Latin has a NUL in many pairs of bytes, and nearly always on the same side.
fn utf16_by_nuls(sample: &[u8]) -> Option<Encoding> {
    let pairs = sample.as_chunks().0;
    let count = |side: usize| {
        pairs
            .iter()
            .filter(|pair: &&[u8; 2]| pair[side] == 0)
            .count()
    };
    let (n_first, n_second) = (count(0), count(1));
    let is_side = |n: usize, n_other: usize| n > 1 && n >= pairs.len() / 4 && n_other <= n / 8;
    let encoding = if is_side(n_second, n_first) {
        Encoding::Utf16Le
    } else if is_side(n_first, n_second) {
        Encoding::Utf16Be
    } else {
        return None;
    };
    let units = pairs.iter().map(|pair| match encoding {
        Encoding::Utf16Le => u16::from_le_bytes(*pair),
        _ => u16::from_be_bytes(*pair),
    });
    // Half a pair of surrogates at the border of the sample says nothing.
    let n_units = pairs.len();
    let mut chars = char::decode_utf16(units.take(n_units.saturating_sub(1)));
    chars
        .all(|char| char.is_ok_and(|char| !is_control(char)))
        .then_some(encoding)
}

fn is_control(char: char) -> bool {
    char.is_ascii_control() && !matches!(char, '\t' | '\r' | '\n' | '\x0C')
}

fn eight_bits(sample: &[u8], is_whole: bool) -> Guess {
    let mut rest = sample;
    let mut has_bad = false;
    loop {
        let (good, bad) = match str::from_utf8(rest) {
            Ok(_) => (rest, None),
            Err(error) => {
                let (good, bad) = rest.split_at(error.valid_up_to());
                let is_cut = error.error_len().is_none() && !is_whole;
                (good, (!is_cut).then_some(bad))
            }
        };
        if !good.is_ascii() {
            return Guess::Seen(Encoding::Utf8);
        }
        let Some(bad) = bad else { break };
        has_bad = true;
        rest = &bad[1..]; // OK because an error stands at a byte
    }
    match (has_bad, is_windows_1252(sample)) {
        (true, true) => Guess::Seen(Encoding::Windows1252),
        (true, false) => Guess::Seen(Encoding::Utf8),
        (false, _) => Guess::Ascii,
    }
}

fn is_windows_1252(sample: &[u8]) -> bool {
    let mut bytes = sample.iter();
    !bytes.any(|byte| is_undefined(*byte) || is_control(char::from(*byte)))
}

/// Bytes that no character of Windows-1252 has.
fn is_undefined(byte: u8) -> bool {
    matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D)
}

/// A byte that stands nowhere in UTF-8.
const NO_UTF8: u8 = 0xFF;

/// Turns text of another encoding into UTF-8, whatever the borders of its chunks.
pub(super) struct Transcoder {
    decoder: Decoder,
    encoding: Encoding,
    is_over: bool,
}

impl Transcoder {
    /// For text of this encoding; nothing is to be done for UTF-8.
    pub(super) fn new(encoding: Encoding) -> Option<Self> {
        let decoder = match encoding {
            Encoding::Utf8 => return None,
            Encoding::Utf16Le => UTF_16LE.new_decoder_with_bom_removal(),
            Encoding::Utf16Be => UTF_16BE.new_decoder_with_bom_removal(),
            Encoding::Windows1252 => WINDOWS_1252.new_decoder_without_bom_handling(),
        };
        Some(Self {
            decoder,
            encoding,
            is_over: false,
        })
    }

    /// Reads text, and writes its UTF-8. `out` has room for at least 16 bytes. 0 at the end.
    pub(super) fn read(&mut self, text: &mut dyn BufRead, out: &mut [u8]) -> io::Result<usize> {
        while !self.is_over {
            let input = text.fill_buf()?;
            let is_last = input.is_empty();
            let input = self.defined(input);
            if input.is_empty() && !is_last {
                out[0] = NO_UTF8;
                text.consume(1);
                return Ok(1);
            }
            let room = out.len() - 1; // for what is no text
            let (result, n_in, n_out) =
                self.decoder
                    .decode_to_utf8_without_replacement(input, &mut out[..room], is_last);
            text.consume(n_in);
            match result {
                DecoderResult::Malformed(..) => {
                    out[n_out] = NO_UTF8;
                    return Ok(n_out + 1);
                }
                DecoderResult::InputEmpty => self.is_over = is_last,
                DecoderResult::OutputFull => {}
            }
            if n_out > 0 {
                return Ok(n_out);
            }
        }
        Ok(0)
    }

    /// The part of the input before a byte that the encoding does not know.
    fn defined<'i>(&self, input: &'i [u8]) -> &'i [u8] {
        if self.encoding != Encoding::Windows1252 {
            return input;
        }
        let end = input.iter().position(|byte| is_undefined(*byte));
        &input[..end.unwrap_or(input.len())]
    }
}
