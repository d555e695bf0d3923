//! Manifests and counts that lie beside an export: what it should hold, so that one that was cut short
//! is found out.
//!
//! Nothing binds anybody to a shape: the usual ones are read, and all else is passed over and said.

use aiq_braze::diag::Place;
use aiq_braze::{Code, Problem};
use serde_json::{Map, Value};

/// The largest file that may be a manifest: some ten thousand parts.
pub(super) const MOST_BYTES: u64 = 4 << 20;

/// A number of rows that was said before the export was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedRows {
    /// The name, without folders, of the file that says so.
    pub said_by: String,
    /// Which files of the export have them together: indices of [`Export::files`](super::Export::files).
    /// None for a file that is empty, and is therefore none of them.
    pub files: Vec<usize>,
    /// So many, after the headers.
    pub rows: u64,
}

impl ExpectedRows {
    /// The problem, if the files' rows are not so many. `rows` and `names` are those of all files.
    pub fn problem(&self, rows: &[u64], names: &[String]) -> Option<Problem> {
        let found = self.files.iter().filter_map(|file_idx| rows.get(*file_idx));
        let found: u64 = found.sum();
        let name = match self.files[..] {
            [file_idx] => names.get(file_idx).unwrap_or(&self.said_by),
            _ => &self.said_by,
        };
        (found != self.rows).then(|| {
            of_file(
                Code::RowCountDiffers,
                name,
                Some(found),
                format!("{} ({})", self.rows, self.said_by),
            )
        })
    }
}

/// A problem of a whole file.
pub(super) fn of_file(code: Code, name: &str, found: Option<u64>, expected: String) -> Problem {
    Problem {
        code,
        place: Place::File {
            name: name.to_owned(),
        },
        found: found.map(|found| found.to_string()),
        expected: Some(expected),
        fix: None,
    }
}

/// What a manifest says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) entries: Vec<Listed>,
    /// Rows of all.
    pub(super) rows: Option<u64>,
}

/// A file that a manifest names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    /// Without folders.
    pub(super) name: String,
    pub(super) rows: Option<u64>,
    /// Its size as it is on disk.
    pub(super) n_bytes: Option<u64>,
}

/// How a name says that it belongs to another file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// `NAME.count`: a number, or nothing that is of use.
    Count,
    /// `NAME.done`: maybe a number, and otherwise a mark.
    Done,
    /// `NAME.manifest`, `manifest.json`: a manifest of some shape.
    Manifest,
    /// `NAME.json`: a manifest if it has the shape of one, and otherwise a file of the export.
    Json,
}

impl Role {
    /// Of a file by its name: the role, and the name of what it belongs to; empty: of all.
    pub(super) fn of(name: &str) -> Option<(Self, &str)> {
        let lower = name.to_ascii_lowercase();
        let is_of_all = matches!(
            &*lower,
            "manifest" | "manifest.json" | "_manifest" | "_manifest.json" | "manifest.manifest"
        );
        if is_of_all {
            return Some((Self::Manifest, ""));
        }
        let (stem, extension) = name.rsplit_once('.')?;
        let role = match &*extension.to_ascii_lowercase() {
            "count" => Self::Count,
            "done" => Self::Done,
            "manifest" => Self::Manifest,
            "json" if lower.ends_with(".manifest.json") => {
                return Some((Self::Manifest, &stem[..stem.len() - ".manifest".len()]));
            }
            "json" => Self::Json,
            _ => return None,
        };
        Some((role, stem))
    }

    /// Ends that name a file belonging to one called `NAME`.
    pub(super) const ENDS: [&'static str; 5] =
        ["manifest", "manifest.json", "json", "count", "done"];
}

/// The names under which others may speak of a file: its own, and those without the extensions that say
/// how it is written. `a.v2.csv.gz` is `a.v2.csv` and `a.v2`, and not `a`, which may be another file.
pub(super) fn stems(name: &str) -> impl Iterator<Item = &str> {
    const KNOWN: [&str; 14] = [
        "csv", "tsv", "psv", "txt", "dat", "json", "jsonl", "ndjson", "gz", "gzip", "zst", "zstd",
        "zip", "out",
    ];
    std::iter::successors(Some(name), |name| {
        let (stem, extension) = name.rsplit_once('.')?;
        let is_known = KNOWN
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known));
        (is_known && !stem.is_empty()).then_some(stem)
    })
}

/// A bare number.
pub(super) fn count(text: &str) -> Option<u64> {
    let text = text.trim_start_matches('\u{FEFF}').trim();
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// A manifest, if the text has one of the usual shapes.
pub(super) fn parse(text: &str) -> Option<Manifest> {
    let text = text.trim_start_matches('\u{FEFF}');
    let Ok(Value::Object(object)) = serde_json::from_str(text) else {
        return None;
    };
    let lists = ["entries", "files"]
        .iter()
        .filter_map(|key| object.get(*key)?.as_array());
    let entries: Option<Vec<_>> = lists.flatten().map(listed).collect();
    let manifest = Manifest {
        entries: entries?,
        rows: number(&object, &TOTALS),
    };
    let says_something = manifest.rows.is_some() || !manifest.entries.is_empty();
    says_something.then_some(manifest)
}

/// Keys in lower case, without underscores and hyphens.
const ROWS: [&str; 4] = ["rows", "rowcount", "recordcount", "numrows"];
const TOTALS: [&str; 7] = [
    "totalrows",
    "totalrowcount",
    "totalrecords",
    "totalrecordcount",
    "rowcount",
    "recordcount",
    "rows",
];
const SIZES: [&str; 2] = ["contentlength", "filesize"];
const NAMES: [&str; 7] = ["url", "uri", "path", "name", "file", "filename", "key"];

fn listed(value: &Value) -> Option<Listed> {
    let object = match value {
        Value::String(path) => {
            return Some(Listed {
                name: base_name(path)?.to_owned(),
                ..Listed::default()
            });
        }
        Value::Object(object) => object,
        _ => return None,
    };
    let path = find(object, &NAMES)?.as_str()?;
    let meta = object.get("meta").and_then(Value::as_object);
    let either =
        |keys: &[&str]| number(object, keys).or_else(|| meta.and_then(|meta| number(meta, keys)));
    Some(Listed {
        name: base_name(path)?.to_owned(),
        rows: either(&ROWS),
        n_bytes: either(&SIZES),
    })
}

/// The last part of a path or an address.
fn base_name(path: &str) -> Option<&str> {
    let name = path.rsplit(['/', '\\']).next()?;
    (!name.is_empty()).then_some(name)
}

/// The first of these keys that is there.
fn find<'o>(object: &'o Map<String, Value>, keys: &[&str]) -> Option<&'o Value> {
    keys.iter().find_map(|key| {
        let mut pairs = object.iter();
        let (_, value) = pairs.find(|(name, _)| plain(name) == *key)?;
        Some(value)
    })
}

fn plain(key: &str) -> String {
    let letters = key.chars().filter(|char| !matches!(char, '_' | '-'));
    letters.map(|char| char.to_ascii_lowercase()).collect()
}

fn number(object: &Map<String, Value>, keys: &[&str]) -> Option<u64> {
    match find(object, keys)? {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => count(text),
        _ => None,
    }
}
