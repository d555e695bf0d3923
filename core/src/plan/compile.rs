//! From a mapping and a header to a plan, or to every reason why not.

use std::collections::BTreeMap;

use super::*;
use crate::diag::{Code, Fix, Grade, MappingEdit, Place, Severity, quote};
use crate::mapping::{ColumnRef, Leaver, OtherColumns, Rows, Source, UnknownUsers, Use};
use crate::read::pack;
use crate::rejects;
use crate::wire::body;
use crate::wire::fields::{self, FieldKind};

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
        let mut membership = compiler.membership();
        let (mut columns, taken) = compiler.columns();
        // Rows need not look at the columns behind the last attribute: a membership export has none.
        let n_columns = columns.iter().rposition(Option::is_some);
        columns.truncate(n_columns.map_or(0, |last| last + 1));
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
        if let Some(membership) = &mut membership {
            membership.taken = taken;
        }
        // Each column may have two quotes or a word.
        let most_fixed_bytes = pieces.text.len() + 8 * columns.len() + 64;
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
        header.names()
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
            taken: BTreeSet::new(),
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

    fn columns(&mut self) -> (Vec<Option<PlannedColumn>>, BTreeSet<String>) {
        let attributes = self.attributes();
        let mut columns = vec![None; self.header.width()];
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        for attribute in &attributes {
            if let Some(earlier) = names.insert(attribute.name.trim(), attribute.column_idx) {
                let found = format!("{} of column {} too", quote(attribute.name), earlier + 1);
                let place = self.place(attribute.column_idx);
                self.report(Code::DoubledName, place, Some(found), None);
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
        let taken = names.into_keys().map(str::to_owned).collect();
        (columns, taken)
    }

    /// The columns that become attributes, in the header's order.
    fn attributes(&mut self) -> Vec<Attribute<'a>> {
        let (mapping, header) = (self.mapping, self.header);
        let mut rules: Vec<Option<&Use>> = vec![None; header.width()];
        for (rule_idx, rule) in mapping.columns.iter().enumerate() {
            if let Some(column_idx) = self.find(&rule.column, || format!("columns[{rule_idx}]"))
                && rules[column_idx].replace(&rule.to_use).is_some()
            {
                let place = setting(format!("columns[{rule_idx}]"));
                let found = format!("a second rule for {}", quote(&header.names()[column_idx]));
                let expected = Some("one rule for each column".to_owned());
                self.report(Code::DoubledColumn, place, Some(found), expected);
            }
        }
        let names = header.names().iter().map(String::as_str);
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
        let field = fields::standard(name.trim());
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
            // Consent is written by those who write it exactly, and suggested to nobody.
            fix: (fields::standard(name) != Some(FieldKind::Consent)).then_some(Fix {
                edit,
                grade: Grade::Certain,
            }),
        });
    }

    fn place(&self, column_idx: usize) -> Place {
        Place::Column {
            column_idx: column_idx as u32,
            header: self.header.names()[column_idx].clone(),
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
