//! From a mapping and a header to a plan, or to every reason why not.

use super::columns::{Columns, own_events};
use super::*;
use crate::diag::{Code, Place, Severity, quote};
use crate::identity::is_blank;
use crate::mapping::{
    AudienceRule, ColumnRef, EventRule, FileName, IdentifierRule, Leaver, MemberRule, NestedNames,
    Rows, Source, UnknownUsers,
};
use crate::read::{Format, pack};
use crate::rejects;
use crate::times::data_version;
use crate::wire::body;

impl Mapping {
    /// Compiles the mapping against a header. `Err`: every reason why not.
    pub fn compile(&self, header: &Header) -> Result<Plan, Vec<Problem>> {
        let completed = header.with_absent(self);
        let header = completed.as_ref().unwrap_or(header);
        let mut compiler = Compiler::new(self, header);
        let mut identifiers = compiler.identifiers();
        let flags = compiler.flags();
        let subject = compiler.subject();
        let filter = compiler.filter();
        let file_of_row = file_of_row(self, header);
        let mut columns = compiler.columns();
        compiler.check_addresses(&identifiers, &columns);
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
        let labels = identifiers.iter().map(|identifier| &identifier.label);
        let app_id = match &subject {
            Subject::Event(event) => &event.app_id,
            Subject::Attributes | Subject::Audience(_) => &None,
        };
        let values: usize = labels.chain([app_id]).map(value_bytes).sum();
        let most_fixed_bytes = pieces.text.len() + values + 8 * header.width() + 64 * (n_times + 2);
        Ok(Plan {
            mapping: self.clone(),
            header: header.clone(),
            identifiers,
            flags,
            subject,
            filter,
            file_of_row,
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

/// What names the files of rows, where it matters. Rejects of rejects have two such columns: the second is
/// the first one's.
fn file_of_row(mapping: &Mapping, header: &Header) -> Option<FileOfRow> {
    mapping.file_name.as_ref()?;
    match header.format {
        Format::Json => Some(FileOfRow::Member),
        Format::Delimited(_) => {
            let is_it = |name: &String| name == rejects::FILE;
            let column_idx = header.names().iter().rposition(is_it)?;
            Some(FileOfRow::Column(column_idx))
        }
    }
}

/// What a fixed value takes at most in an object.
fn value_bytes(part: &Option<Part>) -> usize {
    match part {
        Some(Part::Value { text, .. }) => body::most_bytes(text.len()),
        Some(Part::Column(_) | Part::OfFile(_)) | None => 0,
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

pub(super) struct Compiler<'a> {
    pub(super) mapping: &'a Mapping,
    pub(super) header: &'a Header,
    pub(super) pieces: Pieces,
    pub(super) times: Vec<TimeReader>,
    pub(super) dates: Vec<DateReader>,
    pub(super) separators: Vec<String>,
    pub(super) problems: Vec<Problem>,
    /// The events that headers name, in the header's order.
    pub(super) events: Vec<&'a str>,
    /// Columns that play a part and are no attributes unless a rule says so.
    pub(super) used: Vec<bool>,
}

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

    /// Whether an address that names the user stands beside the other one as an attribute.
    fn check_addresses(&mut self, identifiers: &[PlannedIdentifier], columns: &Columns) {
        if matches!(self.mapping.rows, Rows::Events(_)) {
            return; // a property is no address of the profile
        }
        for identifier in identifiers {
            let (own, other) = match identifier.kind {
                IdentifierKind::Email => ("email", "phone"),
                IdentifierKind::Phone => ("phone", "email"),
                _ => continue,
            };
            if let Some(column_idx) = columns.names.get(other) {
                let place = self.place(*column_idx);
                let found = format!("\"{other}\" beside the identifier \"{own}\"");
                self.report(Code::EmailAndPhone, place, Some(found), None);
            }
        }
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
        // Without a word no row is meant.
        if rule.words.is_empty() {
            let (found, expected) = ("an empty list", "at least one text");
            let (found, expected) = (Some(found.to_owned()), Some(expected.to_owned()));
            let place = setting("where.in".to_owned());
            self.report(Code::UnknownValue, place, found, expected);
            return None;
        }
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
            Source::Value(value) if is_blank(value.as_bytes()) => {
                self.report_empty_value(path);
                None
            }
            Source::FilePart(part) => self.file_part(part, path),
            Source::Value(value) => Some(Part::Value {
                text: value.clone(),
                packed: pack(value.as_bytes()),
            }),
        }
    }

    fn report_empty_value(&mut self, path: &str) {
        let place = setting(path.to_owned());
        match path {
            "audience.id" | "audience.split" => {
                self.report(Code::EmptyAudiencePart, place, None, None);
            }
            "event.name" => self.report(Code::EmptyEventName, place, None, None),
            _ => {
                let (found, expected) = ("an empty text", "at least one character");
                let (found, expected) = (Some(found.to_owned()), Some(expected.to_owned()));
                self.report(Code::UnknownValue, place, found, expected);
            }
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
        found.map(Part::OfFile)
    }

    /// A column that plays a part: it becomes no attribute by itself.
    fn part(&mut self, column: &ColumnRef, path: impl FnOnce() -> String) -> Option<usize> {
        let column_idx = self.find(column, path)?;
        self.used[column_idx] = true;
        Some(column_idx)
    }

    pub(super) fn find(
        &mut self,
        column: &ColumnRef,
        path: impl FnOnce() -> String,
    ) -> Option<usize> {
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

    pub(super) fn place(&self, column_idx: usize) -> Place {
        Place::Column {
            column_idx: column_idx as u32,
            header: self.header.names()[column_idx].clone(),
        }
    }

    pub(super) fn report(
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

pub(super) fn setting(path: String) -> Place {
    Place::Setting { path }
}
