//! What is no export, told by what the file is and by its first bytes.

use std::fs::Metadata;
use std::path::Path;

/// How many first bytes [`content`] wants to see.
pub(super) const MAGIC_BYTES: u64 = 16;

/// Why this kind of thing cannot be read; nothing for a file.
pub(super) fn kind(metadata: &Metadata) -> Option<String> {
    if metadata.is_dir() {
        return Some(
            "found a folder, expected a file: folders of part files are not read yet. \
             Name the files in it, in their order"
                .to_owned(),
        );
    }
    (!metadata.is_file()).then(|| {
        "found a pipe or a device, expected a file: an export is read more than once. \
         Save it to a file first"
            .to_owned()
    })
}

/// Why content that starts like this cannot be read; nothing for what may be text.
pub(super) fn content(start: &[u8], path: &Path) -> Option<String> {
    let (_, found, todo) = MAGIC.iter().find(|(magic, ..)| start.starts_with(magic))?;
    if start.starts_with(ZIP) && is_workbook(path) {
        return Some(format!(
            "found {WORKBOOK}, expected text such as CSV. {SAVE}"
        ));
    }
    Some(format!("found {found}, expected text such as CSV. {todo}"))
}

const ZIP: &[u8] = b"PK\x03\x04";
const WORKBOOK: &str = "an Excel workbook";
const UNPACK: &str = "Compressed files are not read yet: unpack it first";
const SAVE: &str = "Save it as CSV in UTF-8 (in Excel: Save As, CSV UTF-8)";
const CONVERT: &str = "Convert it to UTF-8 first";

/// First bytes, what they belong to, and what to do.
const MAGIC: &[(&[u8], &str, &str)] = &[
    (b"\x1F\x8B", "a gzip file", UNPACK),
    (b"\x28\xB5\x2F\xFD", "a zstd file", UNPACK),
    (b"BZh", "a bzip2 file", UNPACK),
    (b"\xFD7zXZ\x00", "an xz file", UNPACK),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive", UNPACK),
    (ZIP, "a zip archive", UNPACK),
    (b"\xD0\xCF\x11\xE0", WORKBOOK, SAVE),
    (b"\xFF\xFE", "text in UTF-16", CONVERT),
    (b"\xFE\xFF", "text in UTF-16", CONVERT),
    (b"PAR1", "a Parquet file", "Export it as CSV instead"),
    (b"Obj\x01", "an Avro file", "Export it as CSV instead"),
    (b"%PDF-", "a PDF", "Name the export itself"),
    (b"{\"", "JSON", "JSON is not read yet: export CSV instead"),
    (b"[{", "JSON", "JSON is not read yet: export CSV instead"),
];

fn is_workbook(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        ["xlsx", "xlsm", "xlsb"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}
