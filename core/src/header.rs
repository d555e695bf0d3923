//! The columns of an export, and how a mapping finds them.

use crate::diag::{Code, Place, Problem, quote};
use crate::mapping::{ColumnRef, Mapping};
use crate::read::{Dialect, Format, Reader, Record, Step};
use crate::rejects;
use crate::session::Fatal;
use crate::wire::fields;

/// Whether a first line is the start of a JSON file rather than a header.
pub(crate) fn looks_like_json(line: &[u8]) -> bool {
    matches!(line.trim_ascii_start(), [b'{' | b'[', ..])
}

/// The columns of an export, and how its rows are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// How rows are written.
    pub format: Format,
    names: Vec<String>,
    /// Columns in front of those that came later in a JSON export.
    n_first: usize,
    raw: Vec<u8>,
    index: Index,
    /// The columns are those of JSON objects that were rejected: what none of them had is missing here.
    is_of_json_rejects: bool,
}

/// Where each name stands: mappings of many thousand columns look up each of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Index {
    /// Columns by name, and those of one name in order.
    by_name: Vec<usize>,
    /// The same by [`fields::plain`] names.
    by_plain: Vec<(String, usize)>,
    /// The export's own columns in order: those of a rejects file stand in front of them, and do not count.
    own: Vec<usize>,
}

impl Index {
    fn new(names: &[String]) -> Self {
        let columns = || 0..names.len();
        let mut by_name: Vec<_> = columns().collect();
        by_name.sort_by_key(|column_idx| &names[*column_idx]);
        let plain = |column_idx: usize| (fields::plain(&names[column_idx]), column_idx);
        let mut by_plain: Vec<_> = columns().map(plain).collect();
        by_plain.sort();
        let is_own = |column_idx: &usize| !rejects::COLUMNS.contains(&names[*column_idx].as_str());
        Self {
            by_name,
            by_plain,
            own: columns().filter(is_own).collect(),
        }
    }
}

impl Header {
    /// A header of these column names, in order.
    pub fn new<N: Into<String>>(
        format: impl Into<Format>,
        names: impl IntoIterator<Item = N>,
    ) -> Self {
        let format = format.into();
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let raw = format
            .dialect()
            .map_or_else(Vec::new, |dialect| raw(&names, dialect));
        Self {
            format,
            n_first: names.len(),
            index: Index::new(&names),
            names,
            raw,
            is_of_json_rejects: false,
        }
    }

    /// A header of the columns that the objects of a JSON rejects file have.
    pub(crate) fn of_json_rejects(names: Vec<String>) -> Self {
        Self {
            is_of_json_rejects: true,
            ..Self::new(Format::Json, names)
        }
    }

    /// The same with the columns that objects of a JSON export may go without, as far as `mapping` names
    /// them; `None` where nothing is missing.
    pub(crate) fn with_absent(&self, mapping: &Mapping) -> Option<Self> {
        let columns: Vec<&ColumnRef> = match self.format {
            Format::Delimited(_) => Vec::new(),
            Format::Json if self.is_of_json_rejects => mapping.parts_named().collect(),
            // Where one identifier is filled, nobody misses the others.
            Format::Json => {
                let mut identifiers = mapping.identifiers.iter();
                let has_one = identifiers.any(|rule| self.position(&rule.column).is_some());
                let columns = mapping.identifier_columns();
                columns.filter(|_| has_one).collect()
            }
        };
        let mut absent: Vec<String> = Vec::new();
        for column in columns {
            if let ColumnRef::Header { name, .. } = column
                && self.is_unknown(column)
                && !absent.contains(name)
            {
                absent.push(name.clone());
            }
        }
        (!absent.is_empty()).then(|| Self {
            is_of_json_rejects: self.is_of_json_rejects,
            ..Self::new(Format::Json, [self.names.as_slice(), &absent].concat())
        })
    }

    /// The same with columns that came later in a JSON export. They are sorted among themselves,
    /// so that a row's object does not depend on which others are known by then.
    pub(crate) fn with_later(&self, names: &[String]) -> Self {
        let mut header = self.clone();
        header.names.extend_from_slice(names);
        header.names[self.n_first..].sort();
        header.index = Index::new(&header.names);
        header
    }

    /// The same with columns behind all others, which the plan does not have.
    pub(crate) fn with_unsent(&self, names: impl Iterator<Item = String>) -> Self {
        let mut header = self.clone();
        header.names.extend(names);
        header.index = Index::new(&header.names);
        header
    }

    /// The columns that came later.
    pub(crate) fn later(&self) -> &[String] {
        &self.names[self.n_first..]
    }

    /// Where a column that came later stands among all columns.
    pub(crate) fn later_position(&self, name: &str) -> Option<u32> {
        let place = self.later().iter().position(|other| other == name)?;
        Some((self.n_first + place) as u32)
    }

    /// How many columns keep their places when others come later.
    pub(crate) fn n_first(&self) -> usize {
        self.n_first
    }

    /// The header that stands in this row.
    pub(crate) fn of_record(dialect: Dialect, record: &Record<'_>) -> Self {
        let cells = (0..record.width()).filter_map(|column_idx| record.text(column_idx));
        // OK because the reader hands out rows of valid UTF-8 only: nothing is lost.
        let names: Vec<_> = cells
            .map(|cell| String::from_utf8_lossy(&cell).into_owned())
            .collect();
        Self {
            format: dialect.into(),
            n_first: names.len(),
            index: Index::new(&names),
            names,
            raw: record.raw().to_vec(),
            is_of_json_rejects: false,
        }
    }

    /// Takes the file's first row as its header, if it is there yet.
    pub(crate) fn read(reader: &mut Reader, dialect: Dialect) -> Result<Option<Self>, Fatal> {
        match reader.next() {
            Step::Record(record) => Ok(Some(Self::of_record(dialect, &record))),
            Step::Defect(defect) if looks_like_json(defect.raw) => {
                Err(Fatal::OtherFormat(dialect.into()))
            }
            Step::Defect(defect) => Err(Fatal::HeaderUnreadable(defect.kind)),
            Step::More => Ok(None),
        }
    }

    /// Whether a file with this header is a part of the export that began with `first`: the same columns, in
    /// any order. A file with others is none: its first row may even be data. The columns of a rejects file
    /// do not count.
    pub(crate) fn check_part_of(&self, first: &Self) -> Result<(), Vec<Problem>> {
        let own = |header: &Self| {
            let names = header.names.iter();
            let mut names: Vec<_> = names
                .filter(|name| !rejects::COLUMNS.contains(&name.as_str()))
                .cloned()
                .collect();
            names.sort();
            names
        };
        let (wanted, found) = (own(first), own(self));
        if wanted == found {
            return Ok(());
        }
        let stranger = found.iter().find(|name| !wanted.contains(name));
        Err(Self::differs(stranger.map(|name| quote(name))))
    }

    /// A file whose columns are not those of the export's first one.
    pub(crate) fn differs(found: Option<String>) -> Vec<Problem> {
        vec![Problem {
            code: Code::HeaderDiffers,
            place: Place::Setting {
                path: "columns".to_owned(),
            },
            found,
            expected: Some("the columns of the export's first file".to_owned()),
            fix: None,
        }]
    }

    /// Where each column stands in `first`; `None` for those that it does not have. The first of several
    /// columns of one name is the first there, too.
    pub(crate) fn places_in(&self, first: &Self) -> Vec<Option<usize>> {
        let place = |column_idx: usize| {
            let name = &self.names[column_idx];
            let names = self.names[..column_idx].iter();
            let n_before = names.filter(|other| *other == name).count();
            let mut same = (0..first.width()).filter(|other| first.names[*other] == *name);
            same.nth(n_before)
        };
        (0..self.width()).map(place).collect()
    }

    /// The columns' names in order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The name of a column, from 0.
    pub fn name(&self, column_idx: usize) -> Option<&str> {
        self.names.get(column_idx).map(String::as_str)
    }

    /// Number of columns.
    pub fn width(&self) -> usize {
        self.names.len()
    }

    /// The header as it stands in the file; empty for JSON, which has none.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// How a mapping names this column: by its header, with its occurrence where there are several.
    pub fn column_ref(&self, column_idx: usize) -> ColumnRef {
        let name = &self.names[column_idx];
        let equals = self.of_name(name);
        let n_before = equals.partition_point(|other| *other < column_idx);
        ColumnRef::Header {
            name: name.clone(),
            occurrence: (equals.len() > 1).then_some(n_before as u32 + 1),
        }
    }

    /// The column that a mapping names, from 0; `None` when there is none, or more than one.
    pub fn position(&self, column: &ColumnRef) -> Option<usize> {
        self.find(column).ok()
    }

    /// Whether no column has this header.
    pub(crate) fn is_unknown(&self, column: &ColumnRef) -> bool {
        matches!(column, ColumnRef::Header { name, .. } if self.of_name(name).is_empty())
    }

    pub(crate) fn find(&self, column: &ColumnRef) -> Result<usize, (Code, Option<String>)> {
        let (name, occurrence) = match column {
            ColumnRef::Index(column_idx) => {
                let own = &self.index.own;
                let expected = || format!("an index below {}", own.len());
                let found = own.get(*column_idx as usize).copied();
                return found.ok_or_else(|| (Code::UnknownColumn, Some(expected())));
            }
            ColumnRef::Header { name, occurrence } => (name, *occurrence),
        };
        match (self.of_name(name), occurrence) {
            ([], _) => Err((Code::UnknownColumn, self.nearest(name))),
            ([column_idx], None) => Ok(*column_idx),
            (_, None) => Err((Code::DoubledColumn, None)),
            (equals, Some(occurrence)) => {
                let place = (occurrence as usize).checked_sub(1);
                let found = place.and_then(|place| equals.get(place).copied());
                let expected = || format!("an occurrence that {} has", quote(name));
                found.ok_or_else(|| (Code::UnknownColumn, Some(expected())))
            }
        }
    }

    /// The columns of exactly this name, in order.
    fn of_name(&self, name: &str) -> &[usize] {
        let by_name = &self.index.by_name;
        let start = by_name.partition_point(|column_idx| self.names[*column_idx].as_str() < name);
        let behind = &by_name[start..];
        &behind[..behind.partition_point(|column_idx| self.names[*column_idx] == name)]
    }

    fn nearest(&self, name: &str) -> Option<String> {
        let wanted = fields::plain(name);
        let by_plain = &self.index.by_plain;
        let start = by_plain.partition_point(|(plain, _)| *plain < wanted);
        let (plain, column_idx) = by_plain.get(start)?;
        (*plain == wanted).then(|| quote(&self.names[*column_idx]))
    }
}

/// The names as the first line of a delimited file.
fn raw(names: &[String], dialect: Dialect) -> Vec<u8> {
    let mut raw = Vec::new();
    for (column_idx, name) in names.iter().enumerate() {
        if column_idx > 0 {
            raw.push(dialect.delimiter);
        }
        rejects::write_cell(&mut raw, name, dialect);
    }
    raw
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_found_by_the_reference_to_it() {
        let names = ["b", "a", "b", "", "B", "a b", "b"];
        let header = Header::new(Dialect::default(), names);
        for column_idx in 0..names.len() {
            let column = header.column_ref(column_idx);
            assert_eq!(header.position(&column), Some(column_idx), "{column:?}");
        }
        let named = |name: &str, occurrence| ColumnRef::Header {
            name: name.to_owned(),
            occurrence,
        };
        for (column, code) in [
            (named("b", None), Code::DoubledColumn),
            (named("b", Some(0)), Code::UnknownColumn),
            (named("b", Some(4)), Code::UnknownColumn),
            (named("a", Some(2)), Code::UnknownColumn),
            (named("c", None), Code::UnknownColumn),
            (ColumnRef::Index(7), Code::UnknownColumn),
        ] {
            let found = header.find(&column).map_err(|(code, _)| code);
            assert_eq!(found, Err(code), "{column:?}");
        }
        let (_, nearest) = header.find(&named("A_B", None)).unwrap_err();
        assert_eq!(nearest, Some(quote("a b")));
    }
}
