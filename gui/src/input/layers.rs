//! What an export is wrapped in: gzip, zstd, zip. Each is unpacked as it is read, in buffers of fixed size.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Seek as _, SeekFrom};

use flate2::Crc;
use flate2::bufread::{DeflateDecoder, GzDecoder};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use serde::Serialize;
use zip::CompressionMethod;
use zip::result::ZipError;

use super::source::Disk;

/// Layers that one file may have, a zip among them. Nobody wraps an export deeper by intent.
pub(super) const MOST_LAYERS: usize = 2;

/// Bytes that a layer reads at once from the one below.
const LAYER_BYTES: usize = 64 << 10;

/// The most that a zstd frame may ask to be remembered: what every reader must be able to, says RFC 8878.
const ZSTD_WINDOW_BYTES: u64 = 8 << 20;

/// Unpacked bytes.
pub(super) type Stream = Box<dyn BufRead + Send>;

/// A way to pack a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// gzip, of one member or several.
    Gzip,
    /// Zstandard, of one frame or several.
    Zstd,
    /// One entry of a zip archive.
    Zip,
}

impl Layer {
    /// `gzip`
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Zip => "zip",
        }
    }

    /// What content that starts like this is wrapped in.
    pub(super) fn of(start: &[u8]) -> Option<Self> {
        const ZIPS: [&[u8]; 3] = [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK"];
        if start.starts_with(b"\x1F\x8B\x08") {
            Some(Self::Gzip)
        } else if start.starts_with(b"\x28\xB5\x2F\xFD") || is_skippable_frame(start) {
            Some(Self::Zstd)
        } else if ZIPS.iter().any(|magic| start.starts_with(magic)) {
            Some(Self::Zip)
        } else {
            None
        }
    }

    /// Ends of file names that say nothing about what is inside.
    pub(super) const fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Gzip => &["gz", "gzip"],
            Self::Zstd => &["zst", "zstd"],
            Self::Zip => &["zip"],
        }
    }
}

fn is_skippable_frame(start: &[u8]) -> bool {
    matches!(start, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..])
}

/// Why what is packed cannot be unpacked. Travels inside an [`io::Error`].
#[derive(Debug)]
pub(super) enum Trouble {
    /// It is not what it was packed as.
    Damaged(String),
    /// It is sound, and not read all the same.
    Refused(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(words) | Self::Refused(words) => f.write_str(words),
        }
    }
}

impl std::error::Error for Trouble {}

impl Trouble {
    fn ends_early(what: &str) -> io::Error {
        let words = format!(
            "found {what} that ends too early, expected a whole one: it was cut short, or is still being \
             written. Wait until it is written, or fetch it again"
        );
        io::Error::new(io::ErrorKind::UnexpectedEof, Self::Damaged(words))
    }

    fn damaged(what: &str, why: impl fmt::Display) -> io::Error {
        let words = format!(
            "found {what} that is damaged ({why}), expected a sound one. Fetch or write it again"
        );
        io::Error::new(io::ErrorKind::InvalidData, Self::Damaged(words))
    }

    fn refused(words: String) -> io::Error {
        io::Error::new(io::ErrorKind::Unsupported, Self::Refused(words))
    }

    /// The words that travel in an error, if it is one of ours.
    pub(super) fn within(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// An error of an unpacker. What comes from the layer below has its words already.
    fn of(error: io::Error, what: &str) -> io::Error {
        match error.kind() {
            _ if Self::within(&error).is_some() => error,
            io::ErrorKind::Interrupted => error,
            io::ErrorKind::UnexpectedEof => Self::ends_early(what),
            _ => Self::damaged(what, error),
        }
    }
}

/// Unpacks one layer.
pub(super) fn unpack(packed: Stream, layer: Layer) -> Stream {
    match layer {
        Layer::Gzip => Box::new(BufReader::with_capacity(LAYER_BYTES, Gzip::new(packed))),
        Layer::Zstd => Box::new(BufReader::with_capacity(LAYER_BYTES, Zstd::new(packed))),
        Layer::Zip => packed, // its entries are streams of their own: see `Entry::stream`
    }
}

/// A file's bytes as they are.
pub(super) fn plain(disk: Disk) -> Stream {
    Box::new(BufReader::with_capacity(LAYER_BYTES, disk))
}

const GZIP: &str = "a gzip file";

/// All members of a gzip file, one after the other.
struct Gzip {
    /// `None` at the end.
    member: Option<GzDecoder<Stream>>,
}

impl Gzip {
    fn new(packed: Stream) -> Self {
        Self {
            member: Some(GzDecoder::new(packed)),
        }
    }

    /// Goes on behind a member: with the next one, or to the end. Zeros there are padding of tapes.
    fn advance(&mut self, mut packed: Stream) -> io::Result<()> {
        loop {
            let rest = packed.fill_buf()?;
            let n_bytes = rest.len();
            match rest.first() {
                None => return Ok(()),
                Some(0x1F) => {
                    self.member = Some(GzDecoder::new(packed));
                    return Ok(());
                }
                Some(_) if rest.iter().all(|byte| *byte == 0) => packed.consume(n_bytes),
                Some(_) => return Err(Trouble::damaged(GZIP, "other bytes follow its end")),
            }
        }
    }
}

impl Read for Gzip {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let n_bytes = member.read(buffer);
            let n_bytes = n_bytes.map_err(|error| Trouble::of(error, GZIP))?;
            if n_bytes > 0 || buffer.is_empty() {
                return Ok(n_bytes);
            }
            if let Some(member) = self.member.take() {
                self.advance(member.into_inner())?;
            }
        }
        Ok(0)
    }
}

const ZSTD: &str = "a zstd file";

/// All frames of a zstd file, one after the other.
struct Zstd {
    packed: Stream,
    decoder: FrameDecoder,
}

impl Zstd {
    fn new(packed: Stream) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(ZSTD_WINDOW_BYTES);
        Self { packed, decoder }
    }

    /// Starts the next frame; `false` at the end.
    fn advance(&mut self) -> io::Result<bool> {
        while !self.packed.fill_buf()?.is_empty() {
            match self.decoder.reset(&mut self.packed) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                    length,
                    ..
                })) => self.skip(length.into())?,
                Err(error) => return Err(zstd_error(error)),
            }
        }
        Ok(false)
    }

    fn skip(&mut self, n_bytes: u64) -> io::Result<()> {
        let skipped = io::copy(&mut (&mut self.packed).take(n_bytes), &mut io::sink())?;
        if skipped < n_bytes {
            return Err(Trouble::ends_early(ZSTD));
        }
        Ok(())
    }

    fn check_sum(&self) -> io::Result<()> {
        match self.decoder.get_checksum_from_data() {
            Some(sum) if Some(sum) != self.decoder.get_calculated_checksum() => {
                Err(Trouble::damaged(ZSTD, "its checksum is another"))
            }
            _ => Ok(()),
        }
    }
}

impl Read for Zstd {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.decoder.can_collect() > 0 || buffer.is_empty() {
                return self.decoder.read(buffer);
            }
            if self.decoder.is_finished() {
                self.check_sum()?;
                if !self.advance()? {
                    return Ok(0);
                }
            }
            let one = BlockDecodingStrategy::UptoBlocks(1);
            let decoded = self.decoder.decode_blocks(&mut self.packed, one);
            decoded.map_err(zstd_error)?;
        }
    }
}

fn zstd_error(error: FrameDecoderError) -> io::Error {
    match error {
        FrameDecoderError::WindowSizeTooBig { requested, .. } => Trouble::refused(format!(
            "found a zstd file that asks for {} MiB of memory, expected at most {} MiB. Pack it without \
             --long and --ultra, or unpack it first: zstd -d --long=31",
            requested.div_ceil(1 << 20),
            ZSTD_WINDOW_BYTES >> 20,
        )),
        FrameDecoderError::DictNotProvided { .. } => Trouble::refused(
            "found a zstd file that was packed with a dictionary, expected one without. Unpack it first"
                .to_owned(),
        ),
        error if ends_early(&error) => Trouble::ends_early(ZSTD),
        error => match below(&error) {
            Some(words) => io::Error::new(io::ErrorKind::InvalidData, Trouble::Damaged(words)),
            None => Trouble::damaged(ZSTD, short(&error)),
        },
    }
}

/// The causes of an error, itself first.
fn causes<'e>(
    error: &'e (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'e (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

/// Words of the layer below, which the decoder wraps in its own.
fn below(error: &FrameDecoderError) -> Option<String> {
    let mut errors = causes(error).filter_map(|error| error.downcast_ref::<io::Error>());
    errors.find_map(|error| Trouble::within(error).map(ToString::to_string))
}

fn ends_early(error: &FrameDecoderError) -> bool {
    let mut errors = causes(error).filter_map(|error| error.downcast_ref::<io::Error>());
    errors.any(|error| {
        error.kind() == io::ErrorKind::UnexpectedEof && Trouble::within(error).is_none()
    })
}

fn short(error: &FrameDecoderError) -> Cow<'static, str> {
    match error {
        FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::BadMagicNumber(_)) => {
            "other bytes follow its end".into()
        }
        error => error.to_string().into(),
    }
}

/// One file in a zip archive.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// With folders, as the archive has it.
    pub(super) name: String,
    pub(super) is_folder: bool,
    pub(super) is_encrypted: bool,
    /// Its size in the archive.
    pub(super) n_packed: u64,
    /// Its size unpacked.
    pub(super) n_bytes: u64,
    /// Where it starts in the archive.
    pub(super) start: u64,
    crc: u32,
    method: CompressionMethod,
}

const ZIP: &str = "a zip archive";

/// What a zip archive holds, in its own order. Reads its directory alone.
pub(super) fn entries(disk: Disk) -> io::Result<Vec<Entry>> {
    let reader = BufReader::new(disk);
    let mut archive = zip::ZipArchive::new(reader).map_err(zip_error)?;
    (0..archive.len())
        .map(|entry_idx| {
            let entry = archive.by_index_raw(entry_idx).map_err(zip_error)?;
            let name = String::from_utf8_lossy(entry.name_raw());
            Ok(Entry {
                name: entry.name().map_or(name.into_owned(), Cow::into_owned),
                is_folder: entry.is_dir(),
                is_encrypted: entry.encrypted(),
                n_packed: entry.compressed_size(),
                n_bytes: entry.size(),
                start: entry.data_start().unwrap_or_default(),
                crc: entry.crc32(),
                method: entry.compression(),
            })
        })
        .collect()
}

fn zip_error(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => Trouble::of(error, ZIP),
        ZipError::UnsupportedArchive(why) => Trouble::refused(format!(
            "found a zip archive of a kind that is not read ({why}). Unpack it first"
        )),
        error => Trouble::damaged(
            ZIP,
            format_args!("{error}; its directory is at its end, so it may be cut short"),
        ),
    }
}

impl Entry {
    /// Its unpacked bytes; at their end their sum is checked.
    pub(super) fn stream(&self, mut disk: Disk) -> io::Result<Stream> {
        if self.is_encrypted {
            return Err(Trouble::refused(
                "found a zip archive with a password, expected one without. Unpack it first"
                    .to_owned(),
            ));
        }
        let sought = disk.seek(SeekFrom::Start(self.start));
        sought.map_err(|error| Trouble::damaged(ZIP, error))?;
        let packed = BufReader::with_capacity(LAYER_BYTES, disk).take(self.n_packed);
        let entry: Box<dyn Read + Send> = match self.method {
            CompressionMethod::Stored => Box::new(packed),
            CompressionMethod::Deflated => Box::new(DeflateDecoder::new(packed)),
            method => {
                return Err(Trouble::refused(format!(
                    "found a zip archive packed in an unusual way ({method}), expected the usual one (deflate). \
                     Unpack it first"
                )));
            }
        };
        let checked = Checked {
            entry,
            crc: Crc::new(),
            n_read: 0,
            expected: (self.crc, self.n_bytes),
        };
        Ok(Box::new(BufReader::with_capacity(LAYER_BYTES, checked)))
    }
}

/// An entry whose size and sum are compared with what the archive says.
struct Checked {
    entry: Box<dyn Read + Send>,
    crc: Crc,
    n_read: u64,
    expected: (u32, u64),
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.entry.read(buffer);
        let n_bytes = n_bytes.map_err(|error| Trouble::of(error, ZIP))?;
        self.crc.update(&buffer[..n_bytes]);
        self.n_read += n_bytes as u64;
        let is_end = n_bytes == 0 && !buffer.is_empty();
        if is_end && (self.crc.sum(), self.n_read) != self.expected {
            return Err(Trouble::damaged(
                ZIP,
                "a file in it is not what its directory says",
            ));
        }
        Ok(n_bytes)
    }
}
