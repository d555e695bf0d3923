//! The columns of a plan: which are sent, under which names, and how they are written.

use std::collections::BTreeMap;

use super::compile::{Compiler, setting};
use super::tree::Tree;
use super::*;
use crate::check;
use crate::diag::{Code, Fix, Grade, MappingEdit, Severity, quote};
use crate::mapping::{Attribute, NestedNames, OtherColumns, Rows, Use};
use crate::read::Format;
use crate::rejects;
use crate::times::TimeSetup;
use crate::wire::body;
use crate::wire::fields;

/// The columns of a plan.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) flat: Vec<Option<PlannedColumn>>,
    pub(super) nested: Vec<Nesting>,
    pub(super) attributes: Vec<(usize, String, Kind)>,
    /// The names at the top of the object, trimmed as Braze trims them, and their columns.
    pub(super) names: BTreeMap<String, usize>,
}

/// A column that becomes an attribute, or a property.
struct Sent<'a> {
    column_idx: usize,
    /// Where its rule stands in the mapping, if it has one.
    rule_idx: Option<usize>,
    name: &'a str,
    /// The name is the header's text; the mapping does not give one.
    is_header: bool,
    kind: Kind,
    on_bad_value: BadValue,
    empty: Empty,
    written: &'a Attribute,
    /// The event that the header names.
    event: Option<&'a str>,
}

/// What a column without a rule of its own is.
static NO_RULE: Attribute = Attribute {
    name: None,
    kind: None,
    on_bad_value: BadValue::RejectRow,
    empty: None,
    format: None,
    zone: None,
    separator: None,
};

impl<'a> Compiler<'a> {
    pub(super) fn columns(&mut self) -> Columns {
        let sent = self.sent();
        let mut columns = Columns {
            flat: vec![None; self.header.width()],
            ..Columns::default()
        };
        // One for all events, and one for each that columns name.
        let mut trees: BTreeMap<Option<&str>, Tree> = BTreeMap::new();
        for sent in &sent {
            let Some((path, write)) = self.check_name(sent).zip(self.write(sent)) else {
                continue;
            };
            let tree = trees.entry(sent.event).or_default();
            let is_new = path.len() == 1 || !tree.has_branch(path[0]);
            if is_new && !self.take_name(sent, path[0], &mut columns.names) {
                continue;
            }
            let kind = write.kind();
            columns
                .attributes
                .push((sent.column_idx, sent.name.trim().to_owned(), kind));
            match path.split_last() {
                Some((last, [])) => {
                    columns.flat[sent.column_idx] = Some(self.planned(sent, last, write));
                }
                Some((last, objects)) => {
                    let planned = self.planned(sent, last, write);
                    if !tree.insert(objects, last, planned) {
                        let (place, found) = (self.place(sent.column_idx), quote(sent.name));
                        self.report(Code::DoubledName, place, Some(found), None);
                    }
                }
                None => {}
            }
        }
        for tree in trees.values() {
            tree.write(&mut self.pieces, &mut columns.nested);
        }
        columns
    }

    /// Whether the name at the top of the object is free. Names inside objects are looked at in their tree.
    fn take_name(
        &mut self,
        sent: &Sent<'_>,
        name: &str,
        names: &mut BTreeMap<String, usize>,
    ) -> bool {
        let name = name.trim();
        // A property of one event may have the name of another event's, and not that of all events'.
        let (key, others) = match sent.event {
            Some(event) => (format!("{event}\0{name}"), names.get(name).copied()),
            None => {
                let mut own = self.events.iter().map(|event| format!("{event}\0{name}"));
                let other = own.find_map(|key| names.get(&key).copied());
                (name.to_owned(), other)
            }
        };
        let earlier = names.insert(key, sent.column_idx).or(others);
        if let Some(earlier) = earlier {
            let found = format!("{} of column {} too", quote(sent.name), earlier + 1);
            self.report(
                Code::DoubledName,
                self.place(sent.column_idx),
                Some(found),
                None,
            );
        }
        earlier.is_none()
    }

    fn planned(&mut self, sent: &Sent<'_>, name: &str, write: Write) -> PlannedColumn {
        let key = body::string(name);
        let behind: &[u8] = if write.is_quoted() { b":\"" } else { b":" };
        let event_idx = sent
            .event
            .and_then(|event| self.events.iter().position(|other| *other == event));
        PlannedColumn {
            column_idx: sent.column_idx,
            key: Key::new(&mut self.pieces, &[b",", &key, behind]),
            write,
            on_bad_value: sent.on_bad_value,
            // A null inside an object makes Braze drop all of the object.
            empty: if self.is_path(sent.name) {
                Empty::Leave
            } else {
                sent.empty
            },
            event_idx: event_idx.map(|event_idx| event_idx as u32),
        }
    }

    /// The columns that are sent, in the header's order.
    fn sent(&mut self) -> Vec<Sent<'a>> {
        let (mapping, header) = (self.mapping, self.header);
        let mut rules: Vec<Option<(usize, &Use)>> = vec![None; header.width()];
        for (rule_idx, rule) in mapping.columns.iter().enumerate() {
            // A JSON object has what it has: a column that no row brought yet may still come.
            let may_come = header.format == Format::Json && header.is_unknown(&rule.column);
            if !may_come
                && let Some(column_idx) = self.find(&rule.column, || format!("columns[{rule_idx}]"))
                && rules[column_idx]
                    .replace((rule_idx, &rule.to_use))
                    .is_some()
            {
                let place = setting(format!("columns[{rule_idx}]"));
                let found = format!("a second rule for {}", quote(&header.names()[column_idx]));
                let expected = Some("one rule for each column".to_owned());
                self.report(Code::DoubledColumn, place, Some(found), expected);
            }
        }
        let names = header.names().iter().map(String::as_str);
        let columns = rules.into_iter().zip(names).enumerate();
        columns
            .filter_map(|(column_idx, (rule, header))| {
                let is_other = self.used[column_idx] || mapping.other_columns == OtherColumns::Skip;
                let (rule_idx, written) = match rule {
                    _ if rejects::COLUMNS.contains(&header) => return None,
                    Some((_, Use::Skip)) => return None,
                    None if is_other => return None,
                    None => (None, &NO_RULE),
                    Some((rule_idx, Use::Attribute(attribute))) => (Some(rule_idx), attribute),
                };
                let own = own_property(header)
                    .filter(|_| written.name.is_none() && matches!(mapping.rows, Rows::Events(_)));
                let name = match own {
                    Some((_, property)) => property,
                    None => written.name.as_deref().unwrap_or(header),
                };
                Some(Sent {
                    column_idx,
                    rule_idx,
                    name,
                    is_header: written.name.is_none(),
                    kind: written.kind.unwrap_or_else(|| self.default_kind(name)),
                    on_bad_value: written.on_bad_value,
                    empty: written.empty.unwrap_or(mapping.empty),
                    written,
                    event: own.map(|(event, _)| event),
                })
            })
            .collect()
    }

    /// The type of a column without one: text, and in an export that has types, the value as it is.
    fn default_kind(&self, name: &str) -> Kind {
        let is_event = matches!(self.mapping.rows, Rows::Events(_));
        let field = fields::standard(name.trim()).filter(|_| !is_event);
        match (self.header.format, field) {
            (Format::Delimited(_), _) => Kind::Text,
            (Format::Json, None) => Kind::Json,
            (Format::Json, Some(FieldKind::Boolean)) => Kind::Boolean,
            (Format::Json, Some(field)) if field.is_structured() => Kind::Json,
            (Format::Json, Some(_)) => Kind::Text,
        }
    }

    /// Whether the name is a path of names inside each other.
    fn is_path(&self, name: &str) -> bool {
        self.mapping.nested_names != NestedNames::Off && name.contains('.')
    }

    /// The name, or the names of the objects around it and its own; `None` when there can be no such name.
    fn check_name<'n>(&mut self, sent: &Sent<'n>) -> Option<Vec<&'n str>> {
        let (name, place) = (sent.name, self.place(sent.column_idx));
        let path: Vec<&str> = if self.is_path(name) {
            name.trim().split('.').collect()
        } else {
            vec![name]
        };
        if path.iter().any(|name| name.trim().is_empty()) {
            self.report(Code::EmptyName, place, None, None);
            return None;
        }
        let is_event = matches!(self.mapping.rows, Rows::Events(_));
        let first = match is_event {
            true => check::name::property(path[0]),
            false => check::name::attribute(path[0]),
        };
        let inner = path[1..]
            .iter()
            .find_map(|name| check::name::nested_key(name));
        let is_structured =
            !is_event && fields::standard(name.trim()).is_some_and(FieldKind::is_structured);
        if is_structured && sent.kind != Kind::Json {
            self.report(Code::StructuredField, place, Some(quote(name)), None);
            return None;
        }
        let is_plain = |field: FieldKind| !field.is_structured();
        if path.len() > 1 && !is_event && fields::standard(path[0].trim()).is_some_and(is_plain) {
            self.report(Code::FieldOfOtherType, place, Some(quote(name)), None);
            return None;
        }
        match first.or(inner) {
            // What is nearly the name of a field may be just the name that is meant.
            Some(Code::NearStandardField) => {
                let near = fields::near_miss(name).filter(|_| sent.is_header);
                if let Some(near) = near {
                    self.suggest_name(Code::NearStandardField, sent, near);
                }
            }
            Some(Code::SpacesAroundName) => {
                self.suggest_name(Code::SpacesAroundName, sent, name.trim());
            }
            Some(code) => {
                self.report(code, place, Some(quote(name)), None);
                if code.severity() == Severity::Error {
                    return None;
                }
            }
            None => {}
        }
        Some(path)
    }

    /// How the column is written; `None` when its type and how it is written do not fit.
    fn write(&mut self, sent: &Sent<'_>) -> Option<Write> {
        if !self.is_written_fitly(sent) {
            return None;
        }
        let is_attribute = !matches!(self.mapping.rows, Rows::Events(_));
        let is_nested = is_attribute && self.is_path(sent.name);
        let field = fields::standard(sent.name.trim()).filter(|_| is_attribute);
        let path = match sent.rule_idx {
            Some(rule_idx) => format!("columns[{rule_idx}]"),
            None => "columns".to_owned(),
        };
        let (format, zone) = (sent.written.format.as_deref(), sent.written.zone.as_deref());
        if let Some(field) = field
            && !self.check_field(sent, field)
        {
            return None;
        }
        Some(match (sent.kind, field) {
            (Kind::Text, None | Some(FieldKind::Text | FieldKind::Removed)) => Write::Text,
            (Kind::Text, Some(FieldKind::Email)) => Write::Email,
            (Kind::Text, Some(field)) => Write::Field(field),
            (Kind::Number, _) => Write::Number,
            (Kind::Integer, _) => Write::Integer,
            (Kind::Boolean, _) => Write::Boolean,
            (Kind::Json, _) if is_nested => Write::NestedJson,
            (Kind::Json, _) => Write::Json,
            (Kind::List, _) => {
                let separator = sent.written.separator.as_deref().unwrap_or(";");
                self.separators.push(separator.to_owned());
                Write::List(self.separators.len() - 1)
            }
            (Kind::Date, _) => {
                let reader = self.date_reader(&path, format)?;
                self.dates.push(reader);
                let date_idx = self.dates.len() - 1;
                if is_nested {
                    Write::NestedDate(date_idx)
                } else {
                    Write::Date(date_idx)
                }
            }
            (Kind::Time, _) => {
                let reader = self.time_reader(&path, format, zone)?;
                self.times.push(reader);
                let time_idx = self.times.len() - 1;
                if is_nested {
                    Write::NestedTime(time_idx)
                } else {
                    Write::Time(time_idx)
                }
            }
        })
    }

    /// Whether a standard field takes values of the column's type.
    fn check_field(&mut self, sent: &Sent<'_>, field: FieldKind) -> bool {
        let kinds: &[Kind] = match field {
            FieldKind::Boolean => &[Kind::Boolean],
            FieldKind::Day => &[Kind::Date, Kind::Text],
            FieldKind::Date => &[Kind::Time, Kind::Date, Kind::Text],
            // That one cell cannot fill it is said where names are checked.
            field if field.is_structured() => return sent.kind == Kind::Json,
            _ => &[Kind::Text],
        };
        if field == FieldKind::Removed {
            let found = Some(quote(sent.name));
            self.report(Code::RemovedField, self.place(sent.column_idx), found, None);
        }
        let fits = kinds.contains(&sent.kind);
        if !fits {
            let column = self.header.column_ref(sent.column_idx);
            self.problems.push(Problem {
                code: Code::FieldOfOtherType,
                place: self.place(sent.column_idx),
                found: Some(format!("{} as {}", quote(sent.name), sent.kind.as_str())),
                expected: Some(kinds[0].as_str().to_owned()),
                fix: Some(Fix {
                    edit: MappingEdit::SetKind {
                        column,
                        kind: kinds[0],
                    },
                    grade: Grade::Certain,
                }),
            });
        }
        fits
    }

    pub(super) fn time_reader(
        &mut self,
        path: &str,
        format: Option<&str>,
        zone: Option<&str>,
    ) -> Option<TimeReader> {
        let reader = TimeReader::new(format, zone);
        reader.map_err(|error| self.report_setup(path, &error)).ok()
    }

    fn date_reader(&mut self, path: &str, format: Option<&str>) -> Option<DateReader> {
        let reader = DateReader::new(format);
        reader.map_err(|error| self.report_setup(path, &error)).ok()
    }

    fn report_setup(&mut self, path: &str, error: &TimeSetup) {
        let key = match error {
            TimeSetup::UnknownZone { .. } => "zone",
            TimeSetup::Pattern(_) | TimeSetup::ZoneNeeded { .. } => "format",
        };
        let place = setting(format!("{path}.{key}"));
        self.report(error.code(), place, Some(error.found()), error.expected());
    }

    /// Whether what the rule says about writing belongs to its type.
    fn is_written_fitly(&mut self, sent: &Sent<'_>) -> bool {
        let (rule, kind) = (sent.written, sent.kind);
        let keys = [
            (
                "format",
                rule.format.is_some(),
                matches!(kind, Kind::Date | Kind::Time),
                "date or time",
            ),
            ("zone", rule.zone.is_some(), kind == Kind::Time, "time"),
            (
                "separator",
                rule.separator.is_some(),
                kind == Kind::List,
                "list",
            ),
        ];
        let mut is_fit = true;
        for (key, is_there, fits, kinds) in keys {
            if is_there && !fits {
                let place = setting(format!(
                    "columns[{}].{key}",
                    sent.rule_idx.unwrap_or_default()
                ));
                let found = format!("\"{key}\" where the type is {}", kind.as_str());
                let expected = Some(format!("\"{key}\" only where the type is {kinds}"));
                self.report(Code::UnknownKey, place, Some(found), expected);
                is_fit = false;
            }
        }
        is_fit
    }

    fn suggest_name(&mut self, code: Code, sent: &Sent<'_>, name: &str) {
        let column = self.header.column_ref(sent.column_idx);
        let edit = MappingEdit::SetName {
            column,
            name: name.to_owned(),
        };
        self.problems.push(Problem {
            code,
            place: self.place(sent.column_idx),
            found: Some(quote(sent.name)),
            expected: Some(quote(name)),
            // Consent is written by those who write it exactly, and suggested to nobody.
            fix: (fields::standard(name) != Some(FieldKind::Consent)).then_some(Fix {
                edit,
                grade: Grade::Certain,
            }),
        });
    }
}

/// The event and the property of a header such as `bought.properties.price`, as Braze's own import of
/// events reads it.
pub(crate) fn own_property(header: &str) -> Option<(&str, &str)> {
    let (event, property) = header.split_once(".properties.")?;
    (!event.is_empty() && !property.is_empty()).then_some((event, property))
}

/// The events that headers name.
pub(super) fn own_events<'a>(mapping: &Mapping, header: &'a Header) -> Vec<&'a str> {
    let mut events = Vec::new();
    if !matches!(mapping.rows, Rows::Events(_)) {
        return events;
    }
    for (event, _) in header.names().iter().filter_map(|name| own_property(name)) {
        if !events.contains(&event) {
            events.push(event);
        }
    }
    events
}
