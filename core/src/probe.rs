//! What is this file? Format, header, a sample, and a suggested mapping, from its first bytes.

use std::fmt;

use crate::diag::Grade;
use crate::forms;
use crate::header::Header;
use crate::mapping::{
    AudienceRule, ColumnRule, IdentifierKind, IdentifierRule, Kind, Leaver, Mapping, MemberRule,
    Rows, Source,
};
use crate::read::{
    Defect, DefectKind, Dialect, Escape, Format, JsonReader, Limits, Reader, Record, Sought, Step,
};
use crate::rejects;
use crate::session::too_many_columns;
use crate::wire::fields;

/// The format is decided on this many bytes at most, and never changes afterwards.
pub const PROBE_BYTES: usize = 256 << 10;

/// Rows of the sample.
pub const SAMPLE_ROWS: usize = 200;

/// Collects a file's first bytes.
#[derive(Debug, Default)]
pub struct Probe {
    bytes: Vec<u8>,
    format: Option<Format>,
}

/// What a file is.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The columns, and how rows are written. Of a JSON export all that the first bytes show.
    pub header: Header,
    /// The first rows, as texts; bytes that are no UTF-8 are replaced for show.
    pub sample: Vec<Vec<String>>,
    /// How the columns probably map.
    pub suggestion: Suggestion,
}

/// A mapping with the reasons for it.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// The mapping.
    pub mapping: Mapping,
    /// Why, column by column.
    pub reasons: Vec<Reason>,
}

/// Why a column maps as suggested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The column, from 0.
    pub column_idx: usize,
    /// What it seems to be.
    pub role: Role,
    /// How sure that is.
    pub grade: Grade,
    /// What it was seen by.
    pub because: Because,
}

/// What a column seems to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The user.
    Identifier(IdentifierKind),
    /// The audience's id.
    AudienceId,
    /// The split's id.
    SplitId,
    /// Who is in and who left.
    Status,
    /// The event's name.
    EventName,
    /// When the event was.
    EventTime,
    /// The app of the event.
    AppId,
    /// An attribute of this type.
    Attribute(Kind),
}

/// What a suggestion was seen by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// The header says exactly that.
    Header,
    /// The header is a usual word for it.
    UsualHeader,
    /// All values of the sample are of that form.
    Values,
}

impl Inspection {
    /// What a status column probably says about membership, and why. It is part of the suggestion only
    /// where the audience and the split are columns; who gives them as fixed values needs it, too.
    pub fn member(&self) -> Option<(MemberRule, Reason)> {
        let mut reasons = Vec::new();
        let columns = Columns {
            header: &self.header,
            rows: &self.sample,
        };
        let member = columns.member(&mut reasons)?;
        Some((member, reasons.pop()?))
    }
}

impl Suggestion {
    /// The least sure of what the mapping rests on; `None` when it lacks an identifier. Columns that are
    /// attributes by their values are no part of this: a wrong type is found by the check.
    pub fn grade(&self) -> Option<Grade> {
        if self.mapping.identifiers.is_empty() {
            return None;
        }
        let parts = self
            .reasons
            .iter()
            .filter(|reason| !matches!(reason.role, Role::Attribute(_)));
        parts.map(|reason| reason.grade).min()
    }
}

/// Why a file cannot be inspected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProbeError {
    /// There is nothing in it.
    Empty,
    /// Its first line cannot be read as a header.
    NoHeader,
    /// It is full of NUL bytes: a binary file, or UTF-16.
    Binary,
    /// It should be JSON, and holds no object with a member.
    NoObject,
    /// It has more columns than [`Limits::columns`] has by default.
    TooManyColumns {
        /// Columns that were found.
        found: usize,
        /// The limit.
        limit: usize,
    },
}

impl fmt::Display for ProbeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the file is empty, expected a header and rows. Check the export, or load another file",
            Self::NoHeader => {
                "the first line cannot be read as a header, expected column names in UTF-8. \
                 Save the file as CSV in UTF-8 with a header"
            }
            Self::Binary => {
                "found a binary file, expected text such as CSV. Save a workbook as CSV in UTF-8, \
                 unpack an archive, convert UTF-16 to UTF-8"
            }
            Self::NoObject => {
                "found no JSON object with a member among the first rows, expected objects such as \
                 {\"external_id\":\"u1\"}. Check the export, or load another file"
            }
            Self::TooManyColumns { found, limit } => {
                return f.write_str(&too_many_columns(*found, *limit));
            }
        })
    }
}

impl std::error::Error for ProbeError {}

impl Probe {
    /// A probe that finds the format out.
    pub fn new() -> Self {
        Self::default()
    }

    /// A probe that takes the format as given, as a mapping may.
    pub fn with_format(format: Format) -> Self {
        Self {
            bytes: Vec::new(),
            format: Some(format),
        }
    }

    /// Takes the next bytes; whether more are wanted.
    pub fn feed(&mut self, chunk: &[u8]) -> bool {
        let n_bytes = chunk.len().min(PROBE_BYTES - self.bytes.len());
        self.bytes.extend_from_slice(&chunk[..n_bytes]);
        self.bytes.len() < PROBE_BYTES
    }

    /// Says what the file is.
    pub fn finish(self) -> Result<Inspection, ProbeError> {
        if self.bytes.is_empty() {
            return Err(ProbeError::Empty);
        }
        if is_binary(&self.bytes) {
            return Err(ProbeError::Binary);
        }
        let format = self.format.unwrap_or_else(|| find_format(&self.bytes));
        let sample = match format {
            Format::Json => Sample::of_json(&self.bytes).ok_or(ProbeError::NoObject)?,
            Format::Delimited(dialect) => {
                Sample::read(&self.bytes, dialect).ok_or(ProbeError::NoHeader)?
            }
        };
        let (found, limit) = (sample.header.width(), Limits::default().columns);
        if found > limit {
            return Err(ProbeError::TooManyColumns { found, limit });
        }
        let suggestion = suggest(&sample.header, &sample.rows);
        Ok(Inspection {
            header: sample.header,
            sample: sample.rows,
            suggestion,
        })
    }

    /// Inspects a file that is all here, or its first bytes.
    pub fn inspect(bytes: &[u8]) -> Result<Inspection, ProbeError> {
        let mut probe = Self::new();
        probe.feed(bytes);
        probe.finish()
    }
}

/// Whether one byte in fifty or more is NUL: a text has none, a damaged one a few, UTF-16 every other.
fn is_binary(bytes: &[u8]) -> bool {
    let n_nul = bytes.iter().filter(|byte| **byte == 0).count();
    n_nul * 50 >= bytes.len()
}

/// JSON where the file begins with an object, by itself or in an array. No header of a delimited file
/// looks like one.
fn find_format(bytes: &[u8]) -> Format {
    let mut starts_with_object = false;
    each_object(bytes, |reader, sought| {
        starts_with_object = reader.first_byte() == Some(b'{') || reader.first_byte() == Some(b'[');
        starts_with_object &= match sought {
            Sought::Object => true,
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

/// Calls `see` with each object or defect, and with [`Sought::More`] at the end, as long as it answers
/// `true`. The last row is left out where it may be cut.
fn each_object(bytes: &[u8], mut see: impl FnMut(&mut JsonReader, &Sought) -> bool) {
    let mut reader = JsonReader::new(&[], Limits::default());
    let mut rest = bytes;
    while !rest.is_empty() {
        let n_bytes = reader.fill(rest);
        rest = &rest[n_bytes..];
    }
    if bytes.len() < PROBE_BYTES {
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

struct Sample {
    header: Header,
    rows: Vec<Vec<String>>,
}

impl Sample {
    fn read(bytes: &[u8], dialect: Dialect) -> Option<Self> {
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
        header.map(|header| Self { header, rows })
    }

    /// The columns in the order in which the objects name them; what a row lacks is empty.
    fn of_json(bytes: &[u8]) -> Option<Self> {
        let mut names: Vec<String> = Vec::new();
        let mut rows: Vec<Vec<String>> = Vec::new();
        each_object(bytes, |reader, sought| {
            if !matches!(sought, Sought::Object) {
                return true;
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
        (!names.is_empty()).then(|| Self {
            header: Header::new(Format::Json, names),
            rows,
        })
    }
}

/// Usual headers, in the form that [`fields::plain`] gives. The first of each list says it exactly.
const EXTERNAL_ID: &[&str] = &[
    "externalid",
    "customerid",
    "userid",
    "consumerid",
    "externaluserid",
    "brazeexternalid",
];
const BRAZE_ID: &[&str] = &["brazeid"];
const AUDIENCE_ID: &[&str] = &["audienceid", "aiqaudienceid"];
const SPLIT_ID: &[&str] = &["splitid", "aiqsplitid"];
const STATUS: &[&str] = &[
    "status",
    "audiencestatus",
    "membershipstatus",
    "action",
    "changetype",
];
const MEMBER_WORDS: &[&str] = &["entered", "member", "added", "joined", "active"];
const LEAVER_WORDS: &[&str] = &["exited", "left", "removed", "deleted", "inactive"];

fn suggest(header: &Header, rows: &[Vec<String>]) -> Suggestion {
    let columns = Columns { header, rows };
    let mut reasons = Vec::new();
    let identifiers = columns.identifiers(&mut reasons);
    let audience = columns.audience(&mut reasons);
    let rows_are = audience.map_or(Rows::Attributes, Rows::Audience);
    let mut mapping = Mapping::new(rows_are, identifiers);
    let parts: Vec<usize> = reasons.iter().map(|reason| reason.column_idx).collect();
    for column_idx in (0..header.width()).filter(|column_idx| !parts.contains(column_idx)) {
        // JSON says itself what is a number.
        let kind = match header.format {
            Format::Json => Kind::Text,
            Format::Delimited(_) => columns.kind(column_idx),
        };
        if kind != Kind::Text {
            mapping
                .columns
                .push(ColumnRule::of_kind(header.column_ref(column_idx), kind));
            let role = Role::Attribute(kind);
            reasons.push(Reason {
                column_idx,
                role,
                grade: Grade::Likely,
                because: Because::Values,
            });
        }
    }
    Suggestion { mapping, reasons }
}

struct Columns<'s> {
    header: &'s Header,
    rows: &'s [Vec<String>],
}

impl Columns<'_> {
    fn identifiers(&self, reasons: &mut Vec<Reason>) -> Vec<IdentifierRule> {
        let kinds = [
            (EXTERNAL_ID, IdentifierKind::ExternalId),
            (BRAZE_ID, IdentifierKind::BrazeId),
        ];
        let found = kinds.into_iter().filter_map(|(words, kind)| {
            let column_idx = self.named(words, Role::Identifier(kind), reasons)?;
            Some(IdentifierRule::new(
                self.header.column_ref(column_idx),
                kind,
            ))
        });
        found.collect()
    }

    fn audience(&self, reasons: &mut Vec<Reason>) -> Option<AudienceRule> {
        let mut found = Vec::new();
        let id = self.named(AUDIENCE_ID, Role::AudienceId, &mut found)?;
        let split = self.named(SPLIT_ID, Role::SplitId, &mut found)?;
        reasons.append(&mut found);
        let source = |column_idx| Source::Column(self.header.column_ref(column_idx));
        Some(AudienceRule {
            id: source(id),
            split: source(split),
            name: AudienceRule::NAME.to_owned(),
            member: self.member(reasons),
            leaver: Leaver::default(),
        })
    }

    /// A status column: a usual header, and nothing but known words (a few others may be mistakes).
    fn member(&self, reasons: &mut Vec<Reason>) -> Option<MemberRule> {
        let mut found = Vec::new();
        let column_idx = self.named(STATUS, Role::Status, &mut found)?;
        let words = |known: &[&str]| {
            let mut seen: Vec<String> = Vec::new();
            for value in self.values(column_idx) {
                if known.contains(&value.to_lowercase().as_str())
                    && !seen.iter().any(|word| word == value)
                {
                    seen.push(value.to_owned());
                }
            }
            seen.sort();
            seen
        };
        let (mut members, mut leavers) = (words(MEMBER_WORDS), words(LEAVER_WORDS));
        if members.is_empty() && leavers.is_empty() {
            return None;
        }
        // One side may come later in the file: then its usual words stand in.
        let usual = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        if members.is_empty() {
            members = usual(MEMBER_WORDS);
        }
        if leavers.is_empty() {
            leavers = usual(LEAVER_WORDS);
        }
        for reason in &mut found {
            reason.because = Because::Values;
        }
        reasons.append(&mut found);
        Some(MemberRule {
            column: self.header.column_ref(column_idx),
            members,
            leavers,
        })
    }

    /// The first column whose header is the first of `words`, or else one of the others.
    fn named(&self, words: &[&str], role: Role, reasons: &mut Vec<Reason>) -> Option<usize> {
        let place = |word: &&str| {
            let is_free =
                |name: &str| fields::plain(name) == **word && !rejects::COLUMNS.contains(&name);
            self.header.names().iter().position(|name| is_free(name))
        };
        let (word_idx, column_idx) = words
            .iter()
            .enumerate()
            .find_map(|(word_idx, word)| Some((word_idx, place(word)?)))?;
        let (grade, because) = match word_idx {
            0 => (Grade::Certain, Because::Header),
            _ => (Grade::Likely, Because::UsualHeader),
        };
        reasons.push(Reason {
            column_idx,
            role,
            grade,
            because,
        });
        Some(column_idx)
    }

    /// The type that all values of the sample allow. Standard fields have a type of their own.
    fn kind(&self, column_idx: usize) -> Kind {
        let name = self.header.names()[column_idx].as_str();
        if fields::standard(name).is_some() {
            return Kind::Text;
        }
        let forms = self
            .values(column_idx)
            .map(|value| forms::of(value.as_bytes()));
        forms::kind_of(name, forms).in_mapping()
    }

    /// The filled cells of a column.
    fn values(&self, column_idx: usize) -> impl Iterator<Item = &str> {
        let width = self.header.width();
        let rows = self.rows.iter().filter(move |row| row.len() == width);
        rows.map(move |row| row[column_idx].as_str())
            .filter(|value| !value.is_empty())
    }
}
