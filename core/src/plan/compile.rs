//! From a mapping and a header to a plan, or to every reason why not.

use std::collections::BTreeMap;

use super::*;
use crate::check;
use crate::diag::{Code, Fix, Grade, MappingEdit, Place, Severity, quote};
use crate::mapping::{
    Attribute, AudienceRule, ColumnRef, EventRule, FileName, IdentifierRule, Leaver, MemberRule,
    NestedNames, OtherColumns, Rows, Source, UnknownUsers, Use,
};
use crate::read::{Format, pack};
use crate::rejects;
use crate::times::{TimeSetup, data_version};
use crate::wire::body;
use crate::wire::fields::{self, FieldKind};

impl Mapping {
    /// Compiles the mapping against a header. `Err`: every reason why not.
    pub fn compile(&self, header: &Header) -> Result<Plan, Vec<Problem>> {
        let mut compiler = Compiler::new(self, header);
        let mut identifiers = compiler.identifiers();
        let flags = compiler.flags();
        let subject = compiler.subject();
        let filter = compiler.filter();
        let mut columns = compiler.columns();
        // Rows need not look at the columns behind the last attribute: a membership export has none.
        let n_columns = columns.flat.iter().rposition(Option::is_some);
        columns.flat.truncate(n_columns.map_or(0, |last| last + 1));
        let Compiler {
            mut pieces,
            problems,
            times,
            dates,
            separators,
            ..
        } = compiler;
        let (errors, warnings): (Vec<_>, Vec<_>) = problems
            .into_iter()
            .partition(|problem| problem.severity() == Severity::Error);
        let Some(mut subject) = subject.filter(|_| errors.is_empty()) else {
            return Err(errors);
        };
        pieces.text.resize(pieces.text.len() + STEP, 0);
        if let Subject::Audience(membership) = &mut subject {
            membership.taken = columns.names.keys().cloned().collect();
        }
        for identifier in &mut identifiers {
            identifier.doubled = columns.names.get(identifier.kind.as_str()).copied();
        }
        // Each column may have two quotes or a word; a time may be longer than its cell.
        let n_times = times.len() + dates.len();
        let most_fixed_bytes = pieces.text.len() + 8 * header.width() + 64 * (n_times + 2);
        Ok(Plan {
            mapping: self.clone(),
            header: header.clone(),
            identifiers,
            flags,
            subject,
            filter,
            columns: columns.flat,
            nested: columns.nested,
            times,
            dates,
            separators,
            pieces,
            most_fixed_bytes,
            attributes: columns.attributes,
            warnings,
            fingerprint: fingerprint(self, header),
        })
    }
}

fn fingerprint(mapping: &Mapping, header: &Header) -> Fingerprint {
    let format = match header.format {
        Format::Delimited(dialect) => format!("{dialect:?}"),
        Format::Json => "Json".to_owned(),
    };
    let shape = format!(
        "{OUTPUT_FORMAT}\n{}\n{}\n{format}\n{:?}",
        data_version(),
        mapping.to_json(),
        header.names()
    );
    Fingerprint(xxhash_rust::xxh3::xxh3_128(shape.as_bytes()))
}

struct Compiler<'a> {
    mapping: &'a Mapping,
    header: &'a Header,
    pieces: Pieces,
    times: Vec<TimeReader>,
    dates: Vec<DateReader>,
    separators: Vec<String>,
    problems: Vec<Problem>,
    /// The events that headers name, in the header's order.
    events: Vec<&'a str>,
    /// Columns that play a part and are no attributes unless a rule says so.
    used: Vec<bool>,
}

/// The columns of a plan.
#[derive(Default)]
struct Columns {
    flat: Vec<Option<PlannedColumn>>,
    nested: Vec<Nesting>,
    attributes: Vec<(usize, String, Kind)>,
    /// The names at the top of the object, trimmed as Braze trims them, and their columns.
    names: BTreeMap<String, usize>,
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
    fn new(mapping: &'a Mapping, header: &'a Header) -> Self {
        Self {
            mapping,
            header,
            pieces: Pieces::default(),
            times: Vec::new(),
            dates: Vec::new(),
            separators: Vec::new(),
            problems: Vec::new(),
            events: own_events(mapping, header),
            used: vec![false; header.width()],
        }
    }

    fn identifiers(&mut self) -> Vec<PlannedIdentifier> {
        if self.mapping.identifiers.is_empty() {
            let expected = Some("at least one identifier column".to_owned());
            let (found, place) = (
                "an empty list".to_owned(),
                setting("identifiers".to_owned()),
            );
            self.report(Code::UnknownValue, place, Some(found), expected);
        }
        let rules = self.mapping.identifiers.iter().enumerate();
        rules
            .filter_map(|(rule_idx, rule)| self.identifier(rule_idx, rule))
            .collect()
    }

    fn identifier(&mut self, rule_idx: usize, rule: &IdentifierRule) -> Option<PlannedIdentifier> {
        let column_idx = self.part(&rule.column, || format!("identifiers[{rule_idx}]"));
        let path = format!("identifiers[{rule_idx}].label");
        let label = match (&rule.label, rule.kind) {
            (Some(label), IdentifierKind::UserAlias) => Some(self.source(label, &path)?),
            (None, IdentifierKind::UserAlias) => {
                self.report(
                    Code::MissingKey,
                    setting(path),
                    None,
                    Some("\"label\"".to_owned()),
                );
                None
            }
            _ => None,
        };
        let opening: &[u8] = match rule.kind {
            IdentifierKind::UserAlias => b"\":{\"alias_name\":\"",
            _ => b"\":\"",
        };
        let opening = self
            .pieces
            .add(&[b"{\"", rule.kind.as_str().as_bytes(), opening]);
        Some(PlannedIdentifier {
            column_idx: column_idx?,
            kind: rule.kind,
            opening,
            label,
            doubled: None,
        })
    }

    fn flags(&mut self) -> Piece {
        let existing: &[u8] = match self.mapping.unknown_users {
            UnknownUsers::Unset => b"",
            UnknownUsers::Create => b",\"_update_existing_only\":false",
            UnknownUsers::Skip => b",\"_update_existing_only\":true",
        };
        let is_event = matches!(self.mapping.rows, Rows::Events(_));
        let merge: &[u8] = match self.mapping.nested_names {
            NestedNames::Merge if !is_event => b",\"_merge_objects\":true",
            _ => b"",
        };
        self.pieces.add(&[b"\"", existing, merge])
    }

    fn subject(&mut self) -> Option<Subject> {
        match &self.mapping.rows {
            Rows::Attributes => Some(Subject::Attributes),
            Rows::Audience(rule) => self.membership(rule).map(Subject::Audience),
            Rows::Events(rule) => self.event(rule).map(Subject::Event),
        }
    }

    fn membership(&mut self, rule: &AudienceRule) -> Option<Membership> {
        let id = self.source(&rule.id, "audience.id");
        let split = self.source(&rule.split, "audience.split");
        let member = rule.member.as_ref().map(|member| self.member(member));
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

    fn member(&mut self, rule: &MemberRule) -> Option<PlannedMember> {
        let column_idx = self.part(&rule.column, || "audience.member".to_owned())?;
        let members = rule.members.iter().map(|word| (word.clone(), true));
        let leavers = rule.leavers.iter().map(|word| (word.clone(), false));
        let words: Vec<_> = members.chain(leavers).collect();
        let packed = words
            .iter()
            .filter_map(|(word, is_member)| Some((pack(word.as_bytes())?, *is_member)));
        Some(PlannedMember {
            column_idx,
            packed: packed.collect(),
            words,
        })
    }

    fn event(&mut self, rule: &EventRule) -> Option<PlannedEvent> {
        let name = self.source(&rule.name, "event.name");
        let time_idx = self.part(&rule.time.column, || "event.time".to_owned());
        let (format, zone) = (rule.time.format.as_deref(), rule.time.zone.as_deref());
        let time = self.time_reader("event.time", format, zone);
        let app_id = rule
            .app_id
            .as_ref()
            .map(|source| self.source(source, "event.app_id"));
        let app_id = match app_id {
            Some(None) => return None,
            Some(part) => part,
            None => None,
        };
        Some(PlannedEvent {
            name: name?,
            time_idx: time_idx?,
            time: time?,
            app_id,
            own: self
                .events
                .iter()
                .map(|event| (*event).to_owned())
                .collect(),
            max_names: self.mapping.max_names as usize,
        })
    }

    fn filter(&mut self) -> Option<PlannedFilter> {
        let rule = self.mapping.filter.as_ref()?;
        let column_idx = self.find(&rule.column, || "where".to_owned())?;
        Some(PlannedFilter {
            column_idx,
            words: rule.words.clone(),
            packed: rule
                .words
                .iter()
                .filter_map(|word| pack(word.as_bytes()))
                .collect(),
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
            Source::FilePart(part) => self.file_part(part, path),
            Source::Value(value) => Some(Part::Value {
                text: value.clone(),
                packed: pack(value.as_bytes()),
            }),
        }
    }

    fn file_part(&mut self, part: &str, path: &str) -> Option<Part> {
        let names = self.mapping.file_name.iter().flat_map(FileName::names);
        let names: Vec<&str> = names.collect();
        let found = names.iter().position(|name| *name == part);
        if found.is_none() {
            let expected = match &*names {
                [] => "\"file_name\": a template with this part in braces".to_owned(),
                names => format!("one of {}", names.join(", ")),
            };
            let place = setting(format!("{path}.file_part"));
            self.report(
                Code::UnknownFilePart,
                place,
                Some(quote(part)),
                Some(expected),
            );
        }
        found.map(Part::FilePart)
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

    fn columns(&mut self) -> Columns {
        let sent = self.sent();
        let mut columns = Columns {
            flat: vec![None; self.header.width()],
            ..Columns::default()
        };
        let mut tree = Tree::default();
        for sent in &sent {
            let Some((path, write)) = self.check_name(sent).zip(self.write(sent)) else {
                continue;
            };
            if !self.take_name(sent, &mut columns.names) {
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
                        self.report(Code::DoubledName, self.place(sent.column_idx), None, None);
                    }
                }
                None => {}
            }
        }
        for (name, branch) in &tree.branches {
            if let Some(column_idx) = columns.names.insert(name.clone(), branch.first_column()) {
                self.report(
                    Code::DoubledName,
                    self.place(column_idx),
                    Some(quote(name)),
                    None,
                );
            }
        }
        tree.write(&mut self.pieces, &mut columns.nested);
        columns
    }

    /// Whether the name is free. Names inside objects are looked at in their tree.
    fn take_name(&mut self, sent: &Sent<'_>, names: &mut BTreeMap<String, usize>) -> bool {
        if self.is_path(sent.name) {
            return true;
        }
        let name = sent.name.trim();
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
            if let Some(column_idx) = self.find(&rule.column, || format!("columns[{rule_idx}]"))
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

    fn time_reader(
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

/// The event and the property of a header such as `bought.properties.price`, as Braze's own import of
/// events reads it.
pub(crate) fn own_property(header: &str) -> Option<(&str, &str)> {
    let (event, property) = header.split_once(".properties.")?;
    (!event.is_empty() && !property.is_empty()).then_some((event, property))
}

/// The events that headers name.
fn own_events<'a>(mapping: &Mapping, header: &'a Header) -> Vec<&'a str> {
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

/// Objects inside each other, in the order of their first columns.
#[derive(Default)]
struct Tree {
    members: Vec<(String, PlannedColumn)>,
    branches: Vec<(String, Tree)>,
}

impl Tree {
    /// Puts a column under its path; whether the place was free.
    fn insert(&mut self, objects: &[&str], name: &str, column: PlannedColumn) -> bool {
        let Some((first, rest)) = objects.split_first() else {
            let is_free = !self.has(name);
            self.members.push((name.to_owned(), column));
            return is_free;
        };
        if self.members.iter().any(|(member, _)| member == first) {
            return false;
        }
        let found = self.branches.iter().position(|(name, _)| name == first);
        let branch_idx = found.unwrap_or_else(|| {
            self.branches.push(((*first).to_owned(), Tree::default()));
            self.branches.len() - 1
        });
        self.branches[branch_idx].1.insert(rest, name, column)
    }

    fn has(&self, name: &str) -> bool {
        let mut branches = self.branches.iter().map(|(name, _)| name);
        let mut members = self.members.iter().map(|(name, _)| name);
        members.any(|other| other == name) || branches.any(|other| other == name)
    }

    fn first_column(&self) -> usize {
        let members = self.members.iter().map(|(_, column)| column.column_idx);
        let branches = self
            .branches
            .iter()
            .map(|(_, branch)| branch.first_column());
        members.chain(branches).min().unwrap_or_default()
    }

    fn write(&self, pieces: &mut Pieces, steps: &mut Vec<Nesting>) {
        let members = self.members.iter();
        steps.extend(members.map(|(_, column)| Nesting::Member(*column)));
        for (name, branch) in &self.branches {
            let key = body::string(name);
            steps.push(Nesting::Open(pieces.add(&[b",", &key, b":"])));
            branch.write(pieces, steps);
            steps.push(Nesting::Close);
        }
    }
}
