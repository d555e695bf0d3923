//! What is no export, told by what the file is and by its content. A text is never taken for something
//! else because of its first letters: formats that start with letters must show bytes that no text has.

use std::fs::Metadata;

use aiq_braze::content::{is_bzip2, is_pgp};

use super::layers::Entry;

/// Why this kind of thing cannot be read; nothing for a file.
pub(super) fn kind(metadata: &Metadata) -> Option<String> {
    (!metadata.is_file()).then(|| {
        "found a pipe or a device, expected a file. Name - instead and pass the export as standard input, \
         or save it to a file first"
            .to_owned()
    })
}

/// Content that is no export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Alien {
    /// `a PDF`
    pub(super) what: &'static str,
    todo: &'static str,
    /// Whether it may hold rows: beside other files it is not passed over.
    pub(super) is_data: bool,
}

impl Alien {
    const fn data(what: &'static str, todo: &'static str) -> Self {
        Self {
            what,
            todo,
            is_data: true,
        }
    }

    const fn other(what: &'static str) -> Self {
        Self {
            what,
            todo: "Name the export itself",
            is_data: false,
        }
    }

    /// What was found, what was expected, what to do.
    pub(super) fn reason(self) -> String {
        format!(
            "found {}, expected text such as CSV. {}",
            self.what, self.todo
        )
    }
}

const UNPACK: &str = "Unpack it first, or pack it as gzip, zstd or zip";
const SAVE: &str = "Save it as CSV in UTF-8 (in Excel: Save As, CSV UTF-8)";
const EXPORT: &str = "Export it as CSV instead";
const DECRYPT: &str = "Decrypt it first: gpg --decrypt";

const TAR: Alien = Alien::data("a tar archive", "Unpack it first, and name the files in it");
const PGP: Alien = Alien::data("a file encrypted or signed with PGP", DECRYPT);

/// First bytes that no text starts with.
const CERTAIN: &[(&[u8], Alien)] = &[
    (b"\xFD7zXZ\x00", Alien::data("an xz file", UNPACK)),
    (b"7z\xBC\xAF\x27\x1C", Alien::data("a 7z archive", UNPACK)),
    (b"Rar!\x1A\x07", Alien::data("a RAR archive", UNPACK)),
    (b"\x04\x22\x4D\x18", Alien::data("an lz4 file", UNPACK)),
    (
        b"\xFF\x06\x00\x00sNaPpY",
        Alien::data("a snappy file", UNPACK),
    ),
    (b"\x1F\x9D", Alien::data("a compress (.Z) file", UNPACK)),
    (
        b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1",
        Alien::data(
            "an Excel workbook of the old kind, or one with a password",
            SAVE,
        ),
    ),
    (
        b"\xFF\xFE\x00\x00",
        Alien::data("text in UTF-32", "Convert it to UTF-8 first"),
    ),
    (
        b"\x00\x00\xFE\xFF",
        Alien::data("text in UTF-32", "Convert it to UTF-8 first"),
    ),
    (b"-----BEGIN PGP MESSAGE-----", PGP),
    (b"Obj\x01", Alien::data("an Avro file", EXPORT)),
    (b"ARROW1\x00\x00", Alien::data("an Arrow file", EXPORT)),
    (
        b"SQLite format 3\x00",
        Alien::data("an SQLite database", EXPORT),
    ),
    (b"\x89PNG\r\n\x1A\n", Alien::other("an image (PNG)")),
    (b"\x7FELF", Alien::other("a program")),
    (b"\xCF\xFA\xED\xFE", Alien::other("a program")),
    (b"\xCA\xFE\xBA\xBE\x00", Alien::other("a program")),
    (b"%PDF-1.", Alien::other("a PDF")),
    (b"%PDF-2.", Alien::other("a PDF")),
];

/// First bytes that a text might start with, too.
const LIKELY: &[(&[u8], Alien)] = &[
    (b"PAR1", Alien::data("a Parquet file", EXPORT)),
    (b"PARE", Alien::data("an encrypted Parquet file", EXPORT)),
    (b"ORC", Alien::data("an ORC file", EXPORT)),
    (b"GIF8", Alien::other("an image (GIF)")),
    (b"BM", Alien::other("an image (BMP)")),
    (b"II*", Alien::other("an image (TIFF)")),
    (b"MM\x00*", Alien::other("an image (TIFF)")),
    (b"RIFF", Alien::other("an image or a sound (RIFF)")),
    (b"\xFF\xD8\xFF", Alien::other("an image (JPEG)")),
    (b"MZ", Alien::other("a program")),
];

/// What content that starts like this is, when it is no export.
pub(super) fn content(start: &[u8]) -> Option<Alien> {
    let find = |table: &[(&[u8], Alien)]| {
        let found = table.iter().find(|(magic, _)| start.starts_with(magic));
        found.map(|(_, alien)| *alien)
    };
    find(CERTAIN)
        .or_else(|| is_bzip2(start).then_some(Alien::data("a bzip2 file", UNPACK)))
        .or_else(|| is_tar(start).then_some(TAR))
        .or_else(|| is_pgp(start).then_some(PGP))
        .or_else(|| find(LIKELY).filter(|_| has_control(start)))
}

fn is_tar(start: &[u8]) -> bool {
    let magic = start.get(257..262);
    magic == Some(b"ustar") && start[..100].contains(&0)
}

/// Whether there are bytes at the start that no text has.
fn has_control(start: &[u8]) -> bool {
    let start = &start[..start.len().min(512)];
    start
        .iter()
        .any(|byte| byte.is_ascii_control() && !matches!(byte, 9..=13))
}

/// What a zip archive with these entries is, when it is no archive of exports.
pub(super) fn archive(entries: &[Entry]) -> Option<Alien> {
    const PARTS: &[(&str, Alien)] = &[
        ("xl/workbook.xml", Alien::data("an Excel workbook", SAVE)),
        ("xl/workbook.bin", Alien::data("an Excel workbook", SAVE)),
        (
            "Index/Document.iwa",
            Alien::data("a Numbers or Pages document", SAVE),
        ),
        ("word/document.xml", Alien::other("a Word document")),
        (
            "ppt/presentation.xml",
            Alien::other("a PowerPoint presentation"),
        ),
        ("META-INF/MANIFEST.MF", Alien::other("a program")),
    ];
    let has = |name: &str| entries.iter().any(|entry| entry.name == name);
    if has("mimetype") && has("content.xml") {
        return Some(Alien::data("an OpenDocument spreadsheet", SAVE));
    }
    let found = PARTS.iter().find(|(name, _)| has(name));
    found.map(|(_, alien)| *alien)
}
