//! Files that lie together, in a folder or a zip archive: their order, and which of them are no export.

use std::cmp::Ordering;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{InputError, io_error};

/// Why something that lies with the files of an export is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// A hidden file, or what a Mac adds to an archive.
    Hidden,
    /// A folder in a folder.
    Folder,
    /// It says that something is done, and holds no rows.
    Marker,
    /// A checksum of another file.
    Checksum,
    /// It holds no bytes.
    Empty,
    /// An image, a program, a PDF.
    NoData,
}

impl Skip {
    /// In words, of one file or several.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Hidden => "hidden",
            Self::Folder => "a folder in a folder",
            Self::Marker => "a mark that says that something is done",
            Self::Checksum => "a checksum",
            Self::Empty => "empty",
            Self::NoData => "no data",
        }
    }

    /// What a name alone tells.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        const MARKERS: [&str; 5] = [
            "_SUCCESS",
            "_FAILURE",
            "_metadata",
            "_common_metadata",
            "Thumbs.db",
        ];
        const MARKER_STARTS: [&str; 2] = ["_started_", "_committed_"];
        const CHECKSUMS: [&str; 6] = ["crc", "md5", "sha1", "sha256", "sha512", "sfv"];
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        if name.starts_with('.') {
            Some(Self::Hidden)
        } else if MARKERS.contains(&name)
            || MARKER_STARTS.iter().any(|start| name.starts_with(start))
        {
            Some(Self::Marker)
        } else if CHECKSUMS
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
        {
            Some(Self::Checksum)
        } else {
            None
        }
    }

    /// What the path of a zip's entry tells: its folders count, too.
    pub(super) fn of_entry(path: &str) -> Option<Self> {
        let mut folders = path.rsplit('/');
        let name = folders.next().unwrap_or_default();
        let is_hidden = |folder: &str| folder == "__MACOSX" || folder.starts_with('.');
        if folders.any(is_hidden) {
            return Some(Self::Hidden);
        }
        Self::of_name(name)
    }
}

/// The entries of a folder in natural order. Their number is the one thing that memory grows with.
pub(super) fn list(folder: &Path) -> Result<Vec<(String, PathBuf)>, InputError> {
    let entries = fs::read_dir(folder).map_err(io_error(folder))?;
    let named = entries.map(|entry| {
        let entry = entry.map_err(io_error(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        Ok((name, entry.path()))
    });
    let mut named = named.collect::<Result<Vec<_>, _>>()?;
    named.sort_by(|(one, _), (other, _)| natural(one, other));
    Ok(named)
}

/// The order in which people count: `part-2` before `part-10`. Equal texts alone are equal.
pub(super) fn natural(one: &str, other: &str) -> Ordering {
    let (mut a, mut b) = (one, other);
    loop {
        let (digits_a, digits_b) = (digits(a), digits(b));
        let order = if digits_a.is_empty() || digits_b.is_empty() {
            let (Some(first_a), Some(first_b)) = (a.chars().next(), b.chars().next()) else {
                // One of them is over; texts that differ in zeros before numbers alone are left.
                return a.len().cmp(&b.len()).then_with(|| one.cmp(other));
            };
            a = &a[first_a.len_utf8()..];
            b = &b[first_b.len_utf8()..];
            first_a.cmp(&first_b)
        } else {
            a = &a[digits_a.len()..];
            b = &b[digits_b.len()..];
            let number_a = digits_a.trim_start_matches('0');
            let number_b = digits_b.trim_start_matches('0');
            let longer = number_a.len().cmp(&number_b.len());
            longer.then_with(|| number_a.cmp(number_b))
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// The digits that the text starts with.
fn digits(text: &str) -> &str {
    let end = text.find(|char: char| !char.is_ascii_digit());
    &text[..end.unwrap_or(text.len())]
}
