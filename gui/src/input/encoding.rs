//! Which encoding a text is in, and how it becomes UTF-8.
//!
//! What is no text in the encoding becomes a byte that is no UTF-8: its row is rejected like any other
//! that is not UTF-8, and no character is made up for it.

use std::io::{self, BufRead};

pub use aiq_braze::content::Encoding;
use aiq_braze::content::is_undefined;
use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};
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
