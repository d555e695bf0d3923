//! Which format a file has, and its first rows.

use super::{PROBE_BYTES, ProbeError, SAMPLE_ROWS};
use crate::header::Header;
use crate::read::{
    Defect, DefectKind, Dialect, Escape, Format, JsonReader, Limits, Reader, Record, Sought, Step,
};

/// Whether one byte in fifty or more is NUL: a text has none, a damaged one a few, UTF-16 every other.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    let n_nul = bytes.iter().filter(|byte| **byte == 0).count();
    n_nul * 50 >= bytes.len()
}

/// JSON where the file begins with an object, by itself or in an array. No header of a delimited file
/// looks like one.
pub(super) fn find_format(bytes: &[u8], is_whole: bool) -> Format {
    let mut starts_with_object = false;
    each_object(bytes, is_whole, |reader, sought| {
        starts_with_object = reader.first_byte() == Some(b'{') || reader.first_byte() == Some(b'[');
        starts_with_object &= match sought {
            Sought::Object => true,
            // What a rejects file says of a row that is none stands in an object.
            Sought::Defect(_) if reader.origin().is_some() => true,
            // An object all the same, though no good one.
            Sought::Defect(bad) => !matches!(
                reader.defect(bad).kind,
                DefectKind::BadJson { .. } | DefectKind::NotAnObject
            ),
            // An object that goes on behind the sample, or an array of nothing.
            Sought::More => true,
        };
        false
    });
    if starts_with_object {
        Format::Json
    } else {
        find_dialect(bytes).into()
    }
}

/// Whether the first bytes of a JSON file hold an object to its end.
pub(super) fn has_object(bytes: &[u8]) -> bool {
    let mut has_object = false;
    each_object(bytes, false, |_, sought| {
        has_object = matches!(sought, Sought::Object);
        !has_object
    });
    has_object
}

/// Calls `see` with each object or defect, and with [`Sought::More`] at the end, as long as it answers
/// `true`. The last row is left out where it may be cut.
fn each_object(
    bytes: &[u8],
    is_whole: bool,
    mut see: impl FnMut(&mut JsonReader, &Sought) -> bool,
) {
    let mut reader = JsonReader::new(&[], Limits::default());
    let mut rest = bytes;
    while !rest.is_empty() {
        let n_bytes = reader.fill(rest);
        rest = &rest[n_bytes..];
    }
    if is_whole {
        reader.end();
    }
    loop {
        let sought = reader.seek();
        if !see(&mut reader, &sought) || matches!(sought, Sought::More) {
            return;
        }
    }
}

/// The dialect in which most rows have the header's width; among equals the one with more columns, and
/// then the plainer one.
fn find_dialect(bytes: &[u8]) -> Dialect {
    let mut best = (Dialect::default(), (0, 0));
    // Without such pairs the escapes differ in nothing.
    let is_escape = |pair: &[u8]| pair[0] == b'\\' && matches!(pair[1], b'"' | b'\\');
    let escapes = match bytes.windows(2).any(is_escape) {
        true => &[Escape::Double, Escape::Backslash][..],
        false => &[Escape::Double],
    };
    for delimiter in *b",\t;|" {
        for escape in escapes.iter().copied() {
            let dialect = Dialect {
                delimiter,
                escape,
                header: true,
            };
            let score = fit(bytes, dialect, best.1);
            if score > best.1 {
                best = (dialect, score);
            }
        }
    }
    best.0
}

/// How well a dialect fits: (rows of the header's width in percent, columns). `best` is the best so far:
/// no more is read than shows that this one is worse.
fn fit(bytes: &[u8], dialect: Dialect, best: (u64, usize)) -> (u64, usize) {
    let (mut width, mut n_rows, mut n_fitting) = (0, 0u64, 0u64);
    each_row(bytes, dialect, |row| {
        let found = row.map_or(0, Record::width);
        if n_rows == 0 {
            width = found;
        }
        n_rows += 1;
        n_fitting += u64::from(found == width && found > 0);
        width > 1 || best <= (1, 1)
    });
    let percent = (n_fitting * 100).checked_div(n_rows).unwrap_or(0);
    // One column is what every wrong delimiter gives: it counts only when nothing else fits.
    if width > 1 {
        (percent, width)
    } else {
        (percent.min(1), width)
    }
}

/// Calls `see` with each row, or with the defect in its place, as long as it answers `true`. The last
/// row is left out where it may be cut.
fn each_row(
    bytes: &[u8],
    dialect: Dialect,
    mut see: impl FnMut(Result<&Record<'_>, &Defect<'_>>) -> bool,
) {
    let mut reader = Reader::new(dialect, Limits::default());
    let is_cut = bytes.len() >= PROBE_BYTES;
    let mut rest = bytes;
    loop {
        let at_end = rest.is_empty();
        if !at_end {
            let n_bytes = reader.fill(rest);
            rest = &rest[n_bytes..];
        } else if is_cut {
            return;
        } else {
            reader.end();
        }
        loop {
            let goes_on = match reader.next() {
                Step::Record(record) => see(Ok(&record)),
                Step::Defect(defect) => see(Err(&defect)),
                Step::More => break,
            };
            if !goes_on {
                return;
            }
        }
        if at_end {
            return;
        }
    }
}

/// The first rows of a file.
pub(super) struct Sample {
    pub(super) header: Header,
    pub(super) rows: Vec<Vec<String>>,
}

impl Sample {
    /// Reads a delimited file.
    pub(super) fn read(bytes: &[u8], dialect: Dialect) -> Result<Self, ProbeError> {
        let mut header = None;
        let mut rows: Vec<Vec<String>> = Vec::new();
        let mut is_first = true;
        each_row(bytes, dialect, |row| {
            let Ok(record) = row else {
                return !std::mem::take(&mut is_first) || !dialect.header;
            };
            let texts = (0..record.width()).filter_map(|column_idx| record.text(column_idx));
            let texts: Vec<String> = texts
                .map(|text| String::from_utf8_lossy(&text).into_owned())
                .collect();
            if std::mem::take(&mut is_first) && dialect.header {
                header = Some(Header::of_record(dialect, record));
                return true;
            }
            if header.is_none() {
                let names = (1..=record.width()).map(|number| format!("column_{number}"));
                header = Some(Header::new(dialect, names));
            }
            rows.push(texts);
            rows.len() < SAMPLE_ROWS
        });
        match header {
            Some(header) => Ok(Self { header, rows }),
            // Nothing was seen of a first line that goes on behind the bytes.
            None if is_first && bytes.len() >= PROBE_BYTES => Err(ProbeError::HeaderTooLong),
            None => Err(ProbeError::NoHeader),
        }
    }

    /// The columns in the order in which the objects name them; what a row lacks is empty.
    pub(super) fn of_json(bytes: &[u8], is_whole: bool) -> Result<Self, ProbeError> {
        let mut names: Vec<String> = Vec::new();
        let mut rows: Vec<Vec<String>> = Vec::new();
        let (mut is_too_long, mut is_of_rejects) = (false, false);
        each_object(bytes, is_whole, |reader, sought| {
            is_of_rejects |= reader.origin().is_some();
            match sought {
                Sought::Object => {}
                Sought::Defect(bad) => {
                    is_too_long |= reader.defect(bad).kind == DefectKind::TooLong;
                    return true;
                }
                Sought::More => {
                    // The only object goes on behind the bytes: what it has so far is better than nothing.
                    if names.is_empty() && !is_whole {
                        names = reader.names_so_far();
                    }
                    return true;
                }
            }
            match reader.new_columns() {
                Ok(new) if new.is_empty() => {}
                Ok(new) => {
                    names.extend(new);
                    reader.set_columns(&names, names.len());
                }
                // What goes on like this is refused; a row with a doubled name is for the check to tell.
                Err(DefectKind::TooManyColumns { found, .. }) => {
                    names.resize(found, String::new());
                    return false;
                }
                Err(_) => return true,
            }
            if rows.len() < SAMPLE_ROWS {
                let record = reader.record();
                let texts = (0..record.width()).filter_map(|column_idx| record.text(column_idx));
                let texts = texts.map(|text| String::from_utf8_lossy(&text).into_owned());
                rows.push(texts.collect());
            }
            true
        });
        for row in &mut rows {
            row.resize(names.len(), String::new());
        }
        match names.is_empty() {
            _ if is_of_rejects => Ok(Self {
                header: Header::of_json_rejects(names),
                rows,
            }),
            true if is_too_long => Err(ProbeError::ObjectTooLong),
            true => Err(ProbeError::NoObject),
            false => Ok(Self {
                header: Header::new(Format::Json, names),
                rows,
            }),
        }
    }
}
