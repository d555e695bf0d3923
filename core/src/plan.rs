//! A mapping compiled against a header: column numbers instead of names, keys already written as JSON.
//!
//! Rows cannot fail for reasons of configuration: what is wrong with the mapping is found here, all of
//! it at once.

use std::fmt;

use crate::diag::{Code, Fix, Grade, MappingEdit, Place, Problem, Severity, quote};
use crate::mapping::{
    BadValue, ColumnRef, Empty, IdentifierKind, Kind, Leaver, Mapping, OtherColumns, Rows, Source,
    UnknownUsers, Use,
};
use crate::read::{Dialect, Record, pack};
use crate::rejects;
use crate::wire::body::{self, STEP};
use crate::wire::fields::{self, FieldKind};

/// The columns of an export, and how its cells are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// How cells are written.
    pub dialect: Dialect,
    names: Vec<String>,
    raw: Vec<u8>,
}

impl Header {
    /// A header of these column names, in order.
    pub fn new<N: Into<String>>(dialect: Dialect, names: impl IntoIterator<Item = N>) -> Self {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let mut raw = Vec::new();
        for (column_idx, name) in names.iter().enumerate() {
            if column_idx > 0 {
                raw.push(dialect.delimiter);
            }
            rejects::write_cell(&mut raw, name, dialect);
        }
        Self {
            dialect,
            names,
            raw,
        }
    }

    /// The header that stands in this row.
    pub(crate) fn of_record(dialect: Dialect, record: &Record<'_>) -> Self {
        let cells = (0..record.width()).filter_map(|column_idx| record.text(column_idx));
        // OK because the reader hands out rows of valid UTF-8 only: nothing is lost.
        let names = cells
            .map(|cell| String::from_utf8_lossy(&cell).into_owned())
            .collect();
        Self {
            dialect,
            names,
            raw: record.raw().to_vec(),
        }
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

    /// The header as it stands in the file.
    pub fn raw(&self) -> &[u8] {
        &self.raw
    }

    /// How a mapping names this column: by its header, with its occurrence where there are several.
    pub fn column_ref(&self, column_idx: usize) -> ColumnRef {
        let name = &self.names[column_idx];
        let is_doubled = self.names.iter().filter(|other| *other == name).count() > 1;
        let occurrence = self.names[..=column_idx]
            .iter()
            .filter(|other| *other == name)
            .count() as u32;
        ColumnRef::Header {
            name: name.clone(),
            occurrence: is_doubled.then_some(occurrence),
        }
    }

    /// The column that a mapping names, from 0; `None` when there is none, or more than one.
    pub fn position(&self, column: &ColumnRef) -> Option<usize> {
        self.find(column).ok()
    }

    fn find(&self, column: &ColumnRef) -> Result<usize, (Code, Option<String>)> {
        let (name, occurrence) = match column {
            ColumnRef::Index(column_idx) if (*column_idx as usize) < self.width() => {
                return Ok(*column_idx as usize);
            }
            ColumnRef::Index(_) => {
                return Err((
                    Code::UnknownColumn,
                    Some(format!("an index below {}", self.width())),
                ));
            }
            ColumnRef::Header { name, occurrence } => (name, *occurrence),
        };
        let mut found = (0..self.width()).filter(|column_idx| self.names[*column_idx] == *name);
        match (found.next(), occurrence) {
            (None, _) => Err((Code::UnknownColumn, self.nearest(name))),
            (Some(column_idx), None) if found.next().is_none() => Ok(column_idx),
            (Some(_), None) => Err((Code::DoubledColumn, None)),
            (Some(column_idx), Some(1)) => Ok(column_idx),
            (Some(_), Some(occurrence)) => {
                let further = (occurrence as usize)
                    .checked_sub(2)
                    .and_then(|n| found.nth(n));
                further.ok_or_else(|| {
                    (
                        Code::UnknownColumn,
                        Some(format!("an occurrence that {} has", quote(name))),
                    )
                })
            }
        }
    }

    fn nearest(&self, name: &str) -> Option<String> {
        let wanted = fields::plain(name);
        let near = self
            .names
            .iter()
            .find(|other| fields::plain(other) == wanted);
        near.map(|near| quote(near))
    }
}

/// A mapping that fits an export. Made by [`Mapping::compile`]; run by a [`Session`](crate::Session).
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) mapping: Mapping,
    pub(crate) header: Header,
    pub(crate) identifiers: Vec<PlannedIdentifier>,
    /// `","_update_existing_only":true`, or the quote alone: what closes the identifier.
    pub(crate) flags: Piece,
    pub(crate) membership: Option<Membership>,
    /// What becomes of each column of the header, in its order; `None` for those that are no attribute.
    pub(crate) columns: Vec<Option<PlannedColumn>>,
    /// All pieces of objects that are the same for every row.
    pub(crate) pieces: Pieces,
    /// What an object has at most beside the texts of its row, in bytes of JSON.
    pub(crate) most_fixed_bytes: usize,
    warnings: Vec<Problem>,
    fingerprint: Fingerprint,
}

/// What a plan is, in 128 bits: format version, mapping and header.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(pub u128);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// Raised whenever the same mapping and bytes would give other bodies than before.
const OUTPUT_FORMAT: u32 = 1;

/// A piece of JSON in [`Pieces`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub start: usize,
    pub end: usize,
}

/// Pieces of JSON one behind the other, with room for copies of a fixed size at the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pieces {
    pub text: Vec<u8>,
}

impl Pieces {
    fn add(&mut self, pieces: &[&[u8]]) -> Piece {
        let start = self.text.len();
        pieces
            .iter()
            .for_each(|piece| self.text.extend_from_slice(piece));
        Piece {
            start,
            end: self.text.len(),
        }
    }
}

/// A column's key: its place among the pieces, and its first bytes at hand, which mostly are all.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub piece: Piece,
    pub head: [u8; STEP],
}

impl Key {
    fn new(pieces: &mut Pieces, parts: &[&[u8]]) -> Self {
        let piece = pieces.add(parts);
        let mut head = [0; STEP];
        let text = &pieces.text[piece.start..piece.end];
        let n_bytes = text.len().min(STEP);
        head[..n_bytes].copy_from_slice(&text[..n_bytes]);
        Self { piece, head }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedIdentifier {
    pub column_idx: usize,
    pub kind: IdentifierKind,
    /// `{"external_id":"`
    pub opening: Piece,
}

#[derive(Clone, Debug)]
pub(crate) struct Membership {
    pub id: Part,
    pub split: Part,
    pub name: String,
    pub member: Option<PlannedMember>,
    /// What is written for leavers, and how many bytes of it.
    pub leaver: (&'static [u8; 8], usize),
    pub max_names: usize,
}

impl Membership {
    /// The bytes of an attribute's name that come from the mapping, at most.
    fn most_fixed_bytes(&self) -> usize {
        let parts = [&self.id, &self.split].map(|part| match part {
            Part::Column(_) => 0,
            Part::Value { text, .. } => text.len(),
        });
        body::most_bytes(self.name.len() + parts.iter().sum::<usize>())
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Part {
    Column(usize),
    Value { text: String, packed: Option<u64> },
}

#[derive(Clone, Debug)]
pub(crate) struct PlannedMember {
    pub column_idx: usize,
    /// Each word, and whether it means membership.
    pub words: Vec<(String, bool)>,
    /// The same for words of up to eight bytes.
    pub packed: Vec<(u64, bool)>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct PlannedColumn {
    pub column_idx: usize,
    /// `,"name":` and for texts the quote that opens them.
    pub key: Key,
    pub write: Write,
    pub on_bad_value: BadValue,
    pub empty: Empty,
}

/// How a cell is checked and written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Text,
    Email,
    Number,
    Boolean,
}

impl Write {
    pub(crate) fn is_quoted(self) -> bool {
        matches!(self, Self::Text | Self::Email)
    }
}

impl Plan {
    /// What the header and the mapping deserve to have said about them; nothing of it stops a run.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The mapping that was compiled.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The header that it was compiled against.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What tells this plan from others.
    pub fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// The attributes that columns become: (column from 0, name in Braze, type).
    pub fn attributes(&self) -> impl Iterator<Item = (usize, String, Kind)> {
        self.columns.iter().flatten().map(|column| {
            let end = column.key.piece.end - 1 - usize::from(column.write.is_quoted());
            let key = &self.pieces.text[column.key.piece.start + 1..end];
            let name =
                serde_json::from_slice(key).expect("a key is a JSON string that was written here");
            let kind = match column.write {
                Write::Text | Write::Email => Kind::Text,
                Write::Number => Kind::Number,
                Write::Boolean => Kind::Boolean,
            };
            (column.column_idx, name, kind)
        })
    }
}

impl Mapping {
    /// Compiles the mapping against a header. `Err`: every reason why not.
    pub fn compile(&self, header: &Header) -> Result<Plan, Vec<Problem>> {
        let mut compiler = Compiler {
            mapping: self,
            header,
            pieces: Pieces::default(),
            problems: Vec::new(),
            used: vec![false; header.width()],
        };
        let identifiers = compiler.identifiers();
        let flags = compiler.flags();
        let membership = compiler.membership();
        let columns = compiler.columns();
        let Compiler {
            mut pieces,
            problems,
            ..
        } = compiler;
        let (errors, warnings): (Vec<_>, Vec<_>) = problems
            .into_iter()
            .partition(|problem| problem.severity() == Severity::Error);
        if !errors.is_empty() {
            return Err(errors);
        }
        pieces.text.resize(pieces.text.len() + STEP, 0);
        // Each column may have two quotes or a word; an audience's name has quotes, comma and colon.
        let name_bytes = membership.as_ref().map_or(0, Membership::most_fixed_bytes);
        let most_fixed_bytes = pieces.text.len() + 8 * columns.len() + name_bytes + 64;
        Ok(Plan {
            mapping: self.clone(),
            header: header.clone(),
            identifiers,
            flags,
            membership,
            columns,
            pieces,
            most_fixed_bytes,
            warnings,
            fingerprint: fingerprint(self, header),
        })
    }
}

fn fingerprint(mapping: &Mapping, header: &Header) -> Fingerprint {
    let dialect = header.dialect;
    let shape = format!(
        "{OUTPUT_FORMAT}\n{}\n{dialect:?}\n{:?}",
        mapping.to_json(),
        header.names
    );
    Fingerprint(xxhash_rust::xxh3::xxh3_128(shape.as_bytes()))
}

struct Compiler<'a> {
    mapping: &'a Mapping,
    header: &'a Header,
    pieces: Pieces,
    problems: Vec<Problem>,
    /// Columns that play a part and are no attributes unless a rule says so.
    used: Vec<bool>,
}

/// A column that becomes an attribute.
struct Attribute<'a> {
    column_idx: usize,
    name: &'a str,
    /// The name is the header's text; the mapping does not give one.
    is_header: bool,
    kind: Kind,
    on_bad_value: BadValue,
    empty: Empty,
}

impl<'a> Compiler<'a> {
    fn identifiers(&mut self) -> Vec<PlannedIdentifier> {
        if self.mapping.identifiers.is_empty() {
            let place = Place::Setting {
                path: "identifiers".to_owned(),
            };
            let expected = Some("at least one identifier column".to_owned());
            self.report(
                Code::UnknownValue,
                place,
                Some("an empty list".to_owned()),
                expected,
            );
        }
        let rules = self.mapping.identifiers.iter().enumerate();
        rules
            .filter_map(|(rule_idx, rule)| {
                let column_idx = self.part(&rule.column, || format!("identifiers[{rule_idx}]"))?;
                let opening = self
                    .pieces
                    .add(&[b"{\"", rule.kind.as_str().as_bytes(), b"\":\""]);
                Some(PlannedIdentifier {
                    column_idx,
                    kind: rule.kind,
                    opening,
                })
            })
            .collect()
    }

    fn flags(&mut self) -> Piece {
        self.pieces.add(&[match self.mapping.unknown_users {
            UnknownUsers::Unset => b"\"",
            UnknownUsers::Create => b"\",\"_update_existing_only\":false",
            UnknownUsers::Skip => b"\",\"_update_existing_only\":true",
        }])
    }

    fn membership(&mut self) -> Option<Membership> {
        let Rows::Audience(rule) = &self.mapping.rows else {
            return None;
        };
        let id = self.source(&rule.id, "audience.id");
        let split = self.source(&rule.split, "audience.split");
        let member = rule.member.as_ref().map(|member| {
            let column_idx = self.part(&member.column, || "audience.member".to_owned())?;
            let members = member.members.iter().map(|word| (word.clone(), true));
            let leavers = member.leavers.iter().map(|word| (word.clone(), false));
            let words: Vec<_> = members.chain(leavers).collect();
            let packed = words
                .iter()
                .filter_map(|(word, is_member)| Some((pack(word.as_bytes())?, *is_member)));
            Some(PlannedMember {
                column_idx,
                packed: packed.collect(),
                words,
            })
        });
        let member = match member {
            Some(None) => return None,
            Some(planned) => planned,
            None => None,
        };
        Some(Membership {
            id: id?,
            split: split?,
            name: rule.name.clone(),
            member,
            leaver: match rule.leaver {
                Leaver::False => (b"false   ", 5),
                Leaver::Null => (b"null    ", 4),
            },
            max_names: self.mapping.max_names as usize,
        })
    }

    fn source(&mut self, source: &Source, path: &str) -> Option<Part> {
        match source {
            Source::Column(column) => self.part(column, || path.to_owned()).map(Part::Column),
            Source::Value(value) if value.is_empty() => {
                self.report(
                    Code::EmptyAudiencePart,
                    setting(path.to_owned()),
                    None,
                    None,
                );
                None
            }
            Source::Value(value) => Some(Part::Value {
                text: value.clone(),
                packed: pack(value.as_bytes()),
            }),
        }
    }

    /// A column that plays a part: it becomes no attribute by itself.
    fn part(&mut self, column: &ColumnRef, path: impl FnOnce() -> String) -> Option<usize> {
        let column_idx = self.find(column, path)?;
        self.used[column_idx] = true;
        Some(column_idx)
    }

    fn find(&mut self, column: &ColumnRef, path: impl FnOnce() -> String) -> Option<usize> {
        match self.header.find(column) {
            Ok(column_idx) => Some(column_idx),
            Err((code, expected)) => {
                let found = match column {
                    ColumnRef::Header { name, .. } => quote(name),
                    ColumnRef::Index(column_idx) => format!("index {column_idx}"),
                };
                self.report(code, setting(path()), Some(found), expected);
                None
            }
        }
    }

    fn columns(&mut self) -> Vec<Option<PlannedColumn>> {
        let attributes = self.attributes();
        let mut columns = vec![None; self.header.width()];
        for (place, attribute) in attributes.iter().enumerate() {
            let earlier = attributes[..place]
                .iter()
                .find(|other| other.name.trim() == attribute.name.trim());
            if let Some(earlier) = earlier {
                let found = format!(
                    "{} of column {} too",
                    quote(attribute.name),
                    earlier.column_idx + 1
                );
                self.report(
                    Code::DoubledName,
                    self.place(attribute.column_idx),
                    Some(found),
                    None,
                );
            }
            let Some(write) = self.check_name(attribute) else {
                continue;
            };
            let key = body::string(attribute.name);
            let behind: &[u8] = if write.is_quoted() { b":\"" } else { b":" };
            columns[attribute.column_idx] = Some(PlannedColumn {
                column_idx: attribute.column_idx,
                key: Key::new(&mut self.pieces, &[b",", &key, behind]),
                write,
                on_bad_value: attribute.on_bad_value,
                empty: attribute.empty,
            });
        }
        columns
    }

    /// The columns that become attributes, in the header's order.
    fn attributes(&mut self) -> Vec<Attribute<'a>> {
        let (mapping, header) = (self.mapping, self.header);
        let mut rules: Vec<Option<&Use>> = vec![None; header.width()];
        for (rule_idx, rule) in mapping.columns.iter().enumerate() {
            if let Some(column_idx) = self.find(&rule.column, || format!("columns[{rule_idx}]")) {
                rules[column_idx] = Some(&rule.to_use);
            }
        }
        let names = header.names.iter().map(String::as_str);
        let mut attributes = Vec::new();
        for (column_idx, (rule, header)) in rules.into_iter().zip(names).enumerate() {
            let is_other = self.used[column_idx] || mapping.other_columns == OtherColumns::Skip;
            let default = Attribute {
                column_idx,
                name: header,
                is_header: true,
                kind: Kind::Text,
                on_bad_value: BadValue::default(),
                empty: mapping.empty,
            };
            match rule {
                _ if rejects::COLUMNS.contains(&header) => {}
                Some(Use::Skip) => {}
                None if is_other => {}
                None => attributes.push(default),
                Some(Use::Attribute {
                    name,
                    kind,
                    on_bad_value,
                    empty,
                }) => attributes.push(Attribute {
                    name: name.as_deref().unwrap_or(header),
                    is_header: name.is_none(),
                    kind: *kind,
                    on_bad_value: *on_bad_value,
                    empty: empty.unwrap_or(mapping.empty),
                    ..default
                }),
            }
        }
        attributes
    }

    /// How the attribute is written; `None` when its name makes that impossible.
    fn check_name(&mut self, attribute: &Attribute<'_>) -> Option<Write> {
        let name = attribute.name;
        let place = self.place(attribute.column_idx);
        let field = fields::standard(name);
        if name.trim().is_empty() {
            self.report(Code::EmptyName, place, None, None);
            return None;
        }
        if fields::is_control(name.trim()) {
            self.report(Code::ReservedName, place, Some(quote(name)), None);
            return None;
        }
        if field == Some(FieldKind::Structured) {
            self.report(Code::StructuredField, place, Some(quote(name)), None);
            return None;
        }
        let near = fields::near_miss(name).filter(|_| attribute.is_header);
        if let Some(near) = near {
            self.suggest_name(Code::NearStandardField, attribute, near);
        } else if name.trim() != name {
            self.suggest_name(Code::SpacesAroundName, attribute, name.trim());
        }
        Some(match (attribute.kind, field) {
            (Kind::Text, Some(FieldKind::Email)) => Write::Email,
            (Kind::Text, _) => Write::Text,
            (Kind::Number, _) => Write::Number,
            (Kind::Boolean, _) => Write::Boolean,
        })
    }

    fn suggest_name(&mut self, code: Code, attribute: &Attribute<'_>, name: &str) {
        let column = self.header.column_ref(attribute.column_idx);
        let edit = MappingEdit::SetName {
            column,
            name: name.to_owned(),
        };
        self.problems.push(Problem {
            code,
            place: self.place(attribute.column_idx),
            found: Some(quote(attribute.name)),
            expected: Some(quote(name)),
            fix: Some(Fix {
                edit,
                grade: Grade::Certain,
            }),
        });
    }

    fn place(&self, column_idx: usize) -> Place {
        Place::Column {
            column_idx: column_idx as u32,
            header: self.header.names[column_idx].clone(),
        }
    }

    fn report(
        &mut self,
        code: Code,
        place: Place,
        found: Option<String>,
        expected: Option<String>,
    ) {
        self.problems.push(Problem {
            code,
            place,
            found,
            expected,
            fix: None,
        });
    }
}

fn setting(path: String) -> Place {
    Place::Setting { path }
}
