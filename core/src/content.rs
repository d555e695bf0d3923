//! What a file's first bytes say about it: how its text is written, or that it is none.
//!
//! The core reads UTF-8; hosts turn other encodings into it, and refuse what is no text, by these rules.

use std::str;

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
pub enum Guess {
    /// It is this one, with a byte order mark to say so.
    Marked(Encoding),
    /// Its bytes are such that it is this one.
    Seen(Encoding),
    /// Nothing but ASCII: whatever the files beside it are.
    Ascii,
}

/// Guesses from the first bytes; `is_whole`: there are no others.
pub fn guess(sample: &[u8], is_whole: bool) -> Guess {
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
pub fn is_undefined(byte: u8) -> bool {
    matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D)
}

/// Whether it is a bzip2 file. After the letters comes the magic number of a block (pi), or of the end (its root).
pub fn is_bzip2(start: &[u8]) -> bool {
    const BLOCKS: [&[u8]; 2] = [b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90"];
    match start {
        [b'B', b'Z', b'h', b'1'..=b'9', block @ ..] => {
            BLOCKS.iter().any(|magic| block.starts_with(magic))
        }
        _ => false,
    }
}

/// Whether it is a PGP message in bytes, by its first packet: a session key for a public key or for a passphrase, or compressed data (RFC
/// 9580, sections 4.2, 5.1, 5.3, 5.6). What follows its length is a control character, which no text has
/// there.
pub fn is_pgp(start: &[u8]) -> bool {
    let (tag, body) = match start {
        [head @ 0xC0..=0xFF, 0..=191, body @ ..] => (head & 0x3F, body),
        [head @ 0xC0..=0xFF, 192..=223, _, body @ ..] => (head & 0x3F, body),
        [head @ (0x84 | 0x8C), _, body @ ..] => ((head & 0x3C) >> 2, body),
        [0xA3, 1..=3, ..] => return true,
        [head @ (0x85 | 0x8D), _, _, body @ ..] => ((head & 0x3C) >> 2, body),
        _ => return false,
    };
    match (tag, body) {
        (1, [3, _, _, _, _, _, _, _, _, algorithm, ..]) => matches!(algorithm, 1..=3 | 16..=27),
        (1, [6, ..]) => true,
        (3, [4..=6, _, ..]) => true,
        _ => false,
    }
}
