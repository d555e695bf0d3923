//! A mapping while somebody edits it: what each column is and why, and one change at a time.
//!
//! The window and the page are two faces of this.

use super::{
    Attribute, AudienceRule, ColumnRef, ColumnRule, EventRule, FileName, Filter, IdentifierKind,
    IdentifierRule, Kind, Leaver, Mapping, MemberRule, NestedNames, OtherColumns, Rows, Source,
    TimeRule, UnknownUsers, Use,
};
use crate::diag::{Code, Grade, MappingEdit, Place, Problem, quote};
use crate::header::Header;
use crate::plan::Plan;
use crate::probe::{Because, Inspection, Reason, Role};
use crate::read::Format;
use crate::rejects;
use crate::wire::fields;

/// A mapping that is being edited against an export. It is compiled anew after each change.
#[derive(Clone, Debug)]
pub struct Draft {
    found: Inspection,
    mapping: Mapping,
    /// The template of the files' names, as it is being written. The mapping has it where something is
    /// taken from it.
    file_name: String,
    plan: Result<Plan, Vec<Problem>>,
}

/// One change. Columns are indices from 0 and must be columns of the export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// This column says first who a row is about. Further identifiers stay.
    Identifier(usize, IdentifierKind),
    /// The label of the first identifier, which is an alias; an empty value: none yet.
    AliasLabel(Part),
    /// A further identifier, by its place among all, is one no more.
    NoIdentifier(usize),
    /// Rows say who is in which audience and split.
    Audience {
        /// Where the audience's id comes from.
        id: Part,
        /// Where the split's id comes from.
        split: Part,
    },
    /// Rows say nothing about audiences: they are attributes.
    NoAudience,
    /// Rows are events.
    Events {
        /// Where the event's name comes from.
        name: Part,
        /// The column of its time.
        time: usize,
    },
    /// Where the identifier of the app comes from in which the events were; `None`: nothing is said.
    AppId(Option<Part>),
    /// Only rows whose cell in this column is one of these words are meant: a word a line, an empty line
    /// for empty cells.
    Filter(usize, String),
    /// All rows are meant.
    NoFilter,
    /// The template of the files' names; empty: they say nothing.
    FileName(String),
    /// Whether dots in names make objects.
    NestedNames(NestedNames),
    /// The column is sent as this type; `None`: not at all.
    Kind(usize, Option<Kind>),
    /// The attribute's name; empty: the header's text.
    Name(usize, String),
    /// How the column's dates or times are written; empty: in one of the usual forms. The column may be that
    /// of the events' time.
    Format(usize, String),
    /// The zone of the column's times that name none; empty: none is said.
    Zone(usize, String),
    /// What stands between the items of the column's lists; empty: `;`.
    Separator(usize, String),
    /// What Braze shall do with users that it does not know.
    UnknownUsers(UnknownUsers),
    /// A fix, or another edit of the mapping.
    Edit(MappingEdit),
}

/// Where an audience's or a split's id, or an event's name, comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// A column, from 0.
    Column(usize),
    /// The same for all rows.
    Value(String),
    /// A named part of the file's name.
    FilePart(String),
}

/// How a column is written, where the mapping says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written<'d> {
    /// The pattern of its dates or times.
    pub format: Option<&'d str>,
    /// The zone of its times.
    pub zone: Option<&'d str>,
    /// What stands between the items of its lists.
    pub separator: Option<&'d str>,
}

/// What becomes of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Becomes {
    /// The user.
    Identifier(IdentifierKind),
    /// The audience's id.
    AudienceId,
    /// The split's id.
    SplitId,
    /// Who is in and who left.
    Status(MemberRule),
    /// The event's name.
    EventName,
    /// When the event was.
    EventTime,
    /// The app of the event.
    AppId,
    /// An attribute; where rows are events, a property.
    Attribute {
        /// The name that the mapping gives; the header's text without one.
        name: Option<String>,
        /// Its type.
        kind: Kind,
    },
    /// Nothing; it may become an attribute.
    Skipped,
    /// Nothing, ever: it is a column of ours in a rejects file.
    Ours,
}

/// Why a column becomes what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// It was suggested.
    Suggested(Grade, Because),
    /// The mapping says so.
    Chosen,
    /// Nothing says anything else.
    Default,
}

impl Draft {
    /// The suggested mapping of an export.
    pub fn suggested(found: Inspection) -> Self {
        let mapping = found.suggestion.mapping.clone();
        Self::new(found, mapping)
    }

    /// A mapping that somebody has, against an export.
    pub fn new(found: Inspection, mapping: Mapping) -> Self {
        let plan = mapping.compile(&found.header);
        let file_name = mapping.file_name.as_ref().map_or("", FileName::as_str);
        Self {
            file_name: file_name.to_owned(),
            found,
            mapping,
            plan,
        }
    }

    /// The export.
    pub fn found(&self) -> &Inspection {
        &self.found
    }

    /// The mapping as it stands.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The plan, if the mapping can be run.
    pub fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref().ok()
    }

    /// What is to be said: every reason why the mapping cannot be run, or the plan's warnings.
    pub fn problems(&self) -> &[Problem] {
        match &self.plan {
            Ok(plan) => plan.warnings(),
            Err(problems) => problems,
        }
    }

    /// What the mapping still rests on that was suggested and is only likely: a person should have looked
    /// before anything is written to a real workspace.
    pub fn doubts(&self) -> impl Iterator<Item = &Reason> {
        self.found.suggestion.reasons.iter().filter(|reason| {
            reason.grade == Grade::Likely
                && match (reason.role, reason.column_idx) {
                    (Role::Attribute(_), _) => false,
                    (_, Some(column_idx)) => {
                        self.why(column_idx) == Why::Suggested(reason.grade, reason.because)
                    }
                    (role, None) => {
                        let suggested = &self.found.suggestion.mapping;
                        source_of(&self.mapping, role) == source_of(suggested, role)
                    }
                }
        })
    }

    /// Makes one change.
    pub fn change(&mut self, change: Change) {
        match change {
            Change::Identifier(column_idx, kind) => self.set_identifier(column_idx, kind),
            Change::AliasLabel(label) => self.set_label(label),
            Change::NoIdentifier(rule_idx) => self.drop_identifier(rule_idx),
            Change::Audience { id, split } => self.set_audience(id, split),
            Change::NoAudience => self.mapping.rows = Rows::Attributes,
            Change::Events { name, time } => self.set_events(name, time),
            Change::AppId(app_id) => self.set_app_id(app_id),
            Change::Filter(column_idx, words) => self.set_filter(column_idx, &words),
            Change::NoFilter => self.mapping.filter = None,
            Change::FileName(text) => self.file_name = text,
            Change::NestedNames(nested_names) => self.mapping.nested_names = nested_names,
            Change::Kind(column_idx, kind) => self.set_kind(column_idx, kind),
            Change::Name(column_idx, name) => self.set_name(column_idx, &name),
            Change::Format(column_idx, text) => self.set_format(column_idx, text),
            Change::Zone(column_idx, text) => self.set_zone(column_idx, text),
            Change::Separator(column_idx, text) => self.set_separator(column_idx, text),
            Change::UnknownUsers(unknown_users) => self.mapping.unknown_users = unknown_users,
            Change::Edit(edit) => edit.apply(&mut self.mapping),
        }
        self.plan = self.settle();
    }

    /// Compiles what the mapping has become. While a template is no template yet, it keeps the one it had.
    fn settle(&mut self) -> Result<Plan, Vec<Problem>> {
        self.mapping.file_name = match &*self.file_name {
            "" => None,
            text => Some(FileName::parse(text).map_err(|expected| no_template(text, expected))?),
        };
        self.mapping.drop_unused_file_name();
        self.mapping.compile(&self.found.header)
    }

    /// The first identifier: its column, if the export has it, and its kind.
    pub fn identifier(&self) -> Option<(Option<usize>, IdentifierKind)> {
        let rule = self.mapping.identifiers.first()?;
        Some((self.header().position(&rule.column), rule.kind))
    }

    /// All identifiers in the order in which they are tried: the column, if the export has it, and the rule.
    pub fn identifiers(&self) -> impl Iterator<Item = (Option<usize>, &IdentifierRule)> {
        let rules = self.mapping.identifiers.iter();
        rules.map(|rule| (self.header().position(&rule.column), rule))
    }

    /// The template of the files' names as it is written; empty where there is none.
    pub fn file_name(&self) -> &str {
        &self.file_name
    }

    /// The parts of the files' names that something may be taken from.
    pub fn file_parts(&self) -> Vec<String> {
        let template = FileName::parse(&self.file_name).ok();
        let names = template.iter().flat_map(FileName::names);
        names.map(str::to_owned).collect()
    }

    /// Which rows are meant: the column, if the export has it, and the words as [`Change::Filter`] takes them.
    pub fn filter(&self) -> Option<(Option<usize>, String)> {
        let filter = self.mapping.filter.as_ref()?;
        let column_idx = self.header().position(&filter.column);
        Some((column_idx, lines_of(&filter.words)))
    }

    /// How a column is written, be it an attribute or the time of events.
    pub fn written(&self, column_idx: usize) -> Written<'_> {
        if let Rows::Events(EventRule { time, .. }) = &self.mapping.rows
            && self.header().position(&time.column) == Some(column_idx)
        {
            return Written {
                format: time.format.as_deref(),
                zone: time.zone.as_deref(),
                separator: None,
            };
        }
        match self.rule(column_idx).map(|rule| &rule.to_use) {
            Some(Use::Attribute(attribute)) => Written {
                format: attribute.format.as_deref(),
                zone: attribute.zone.as_deref(),
                separator: attribute.separator.as_deref(),
            },
            Some(Use::Skip) | None => Written::default(),
        }
    }

    /// Where a source's text comes from; `None` when the export does not have its column.
    pub fn part(&self, source: &Source) -> Option<Part> {
        match source {
            Source::Value(value) => Some(Part::Value(value.clone())),
            Source::Column(column) => self.header().position(column).map(Part::Column),
            Source::FilePart(part) => Some(Part::FilePart(part.clone())),
        }
    }

    /// What becomes of a column.
    pub fn becomes(&self, column_idx: usize) -> Becomes {
        let is_it = |column: &ColumnRef| self.header().position(column) == Some(column_idx);
        let mut identifiers = self.mapping.identifiers.iter();
        if let Some(rule) = identifiers.find(|rule| is_it(&rule.column)) {
            return Becomes::Identifier(rule.kind);
        }
        let is_source = |source: &Source| matches!(source, Source::Column(column) if is_it(column));
        match &self.mapping.rows {
            Rows::Audience(rule) => match &rule.member {
                _ if is_source(&rule.id) => return Becomes::AudienceId,
                _ if is_source(&rule.split) => return Becomes::SplitId,
                Some(member) if is_it(&member.column) => return Becomes::Status(member.clone()),
                _ => {}
            },
            Rows::Attributes => {}
            Rows::Events(rule) if is_source(&rule.name) => return Becomes::EventName,
            Rows::Events(rule) if is_it(&rule.time.column) => return Becomes::EventTime,
            Rows::Events(rule) if rule.app_id.as_ref().is_some_and(is_source) => {
                return Becomes::AppId;
            }
            Rows::Events(_) => {}
        }
        if self
            .header()
            .name(column_idx)
            .is_some_and(|name| rejects::COLUMNS.contains(&name))
        {
            return Becomes::Ours;
        }
        match self.rule(column_idx).map(|rule| &rule.to_use) {
            Some(Use::Skip) => Becomes::Skipped,
            Some(Use::Attribute(attribute)) => Becomes::Attribute {
                name: attribute.name.clone(),
                kind: attribute.kind.unwrap_or_else(|| self.default_kind()),
            },
            None if self.mapping.other_columns == OtherColumns::Skip => Becomes::Skipped,
            None => Becomes::Attribute {
                name: None,
                kind: self.default_kind(),
            },
        }
    }

    /// The type of a column without one: text, and in an export that has types, the value as it is.
    fn default_kind(&self) -> Kind {
        match self.header().format {
            Format::Delimited(_) => Kind::Text,
            Format::Json => Kind::Json,
        }
    }

    /// Why a column becomes what it does.
    pub fn why(&self, column_idx: usize) -> Why {
        let becomes = self.becomes(column_idx);
        let fits = |reason: &&Reason| {
            reason.column_idx == Some(column_idx)
                && match (reason.role, &becomes) {
                    (Role::Identifier(one), Becomes::Identifier(other)) => one == *other,
                    (Role::AudienceId, Becomes::AudienceId) | (Role::SplitId, Becomes::SplitId) => {
                        true
                    }
                    (Role::Status, Becomes::Status(_))
                    | (Role::EventName, Becomes::EventName)
                    | (Role::EventTime, Becomes::EventTime)
                    | (Role::AppId, Becomes::AppId) => true,
                    (Role::Attribute(one), Becomes::Attribute { kind, name: None }) => one == *kind,
                    _ => false,
                }
        };
        let reason = self.found.suggestion.reasons.iter().find(fits);
        let is_default = self.rule(column_idx).is_none()
            && matches!(
                becomes,
                Becomes::Attribute { .. } | Becomes::Ours | Becomes::Skipped
            );
        match reason {
            Some(reason) => Why::Suggested(reason.grade, reason.because),
            None if is_default => Why::Default,
            None => Why::Chosen,
        }
    }

    fn header(&self) -> &Header {
        &self.found.header
    }

    fn set_identifier(&mut self, column_idx: usize, kind: IdentifierKind) {
        let column = self.take_part(column_idx);
        let mut rule = IdentifierRule::new(column, kind);
        let mut former = std::mem::take(&mut self.mapping.identifiers).into_iter();
        if let Some(first) = former.next() {
            if kind == IdentifierKind::UserAlias {
                rule.label.clone_from(&first.label);
            }
            if self.header().position(&first.column) != Some(column_idx) {
                self.skip_control(first.column);
            }
        }
        let header = &self.found.header;
        let others = former.filter(|other| header.position(&other.column) != Some(column_idx));
        self.mapping.identifiers = std::iter::once(rule).chain(others).collect();
    }

    fn set_label(&mut self, label: Part) {
        let label = match label {
            Part::Value(value) if value.is_empty() => None,
            label => Some(self.source(label)),
        };
        let first = self.mapping.identifiers.first_mut();
        if let Some(rule) = first.filter(|rule| rule.kind == IdentifierKind::UserAlias) {
            rule.label = label;
        }
    }

    fn drop_identifier(&mut self, rule_idx: usize) {
        if rule_idx > 0 && rule_idx < self.mapping.identifiers.len() {
            let rule = self.mapping.identifiers.remove(rule_idx);
            self.skip_control(rule.column);
        }
    }

    /// A column that was an identifier may have a name that no attribute may have.
    fn skip_control(&mut self, column: ColumnRef) {
        if matches!(&column, ColumnRef::Header { name, .. } if fields::is_control(name)) {
            MappingEdit::SkipColumn { column }.apply(&mut self.mapping);
        }
    }

    fn set_audience(&mut self, id: Part, split: Part) {
        let (id, split) = (self.source(id), self.source(split));
        let rule = match std::mem::replace(&mut self.mapping.rows, Rows::Attributes) {
            Rows::Audience(rule) => {
                self.skip_former_parts(&rule, [&id, &split]);
                AudienceRule { id, split, ..rule }
            }
            Rows::Attributes | Rows::Events(_) => AudienceRule {
                id,
                split,
                name: AudienceRule::NAME.to_owned(),
                member: self.found.member().map(|(member, _)| member),
                leaver: Leaver::default(),
            },
        };
        self.mapping.rows = Rows::Audience(rule);
    }

    fn set_events(&mut self, name: Part, time: usize) {
        let name = self.source(name);
        let column = self.take_part(time);
        let time = |format, zone| TimeRule {
            column,
            format,
            zone,
        };
        self.mapping.rows = Rows::Events(
            match std::mem::replace(&mut self.mapping.rows, Rows::Attributes) {
                Rows::Events(rule) => EventRule {
                    name,
                    time: time(rule.time.format, rule.time.zone),
                    ..rule
                },
                Rows::Audience(_) | Rows::Attributes => EventRule {
                    name,
                    time: time(None, None),
                    app_id: None,
                },
            },
        );
    }

    fn set_app_id(&mut self, app_id: Option<Part>) {
        let app_id = app_id.map(|part| self.source(part));
        if let Rows::Events(rule) = &mut self.mapping.rows {
            rule.app_id = app_id;
        }
    }

    fn set_filter(&mut self, column_idx: usize, words: &str) {
        let former = self.mapping.filter.take().map(|filter| filter.column);
        let is_it = |column: &ColumnRef| self.header().position(column) == Some(column_idx);
        self.mapping.filter = Some(Filter {
            column: former
                .filter(is_it)
                .unwrap_or_else(|| self.column_ref(column_idx)),
            words: words.lines().map(str::to_owned).collect(),
        });
    }

    /// A column that was the audience's or the split's id would become an attribute by itself.
    fn skip_former_parts(&mut self, former: &AudienceRule, now: [&Source; 2]) {
        for source in [&former.id, &former.split] {
            if let Source::Column(column) = source
                && !now.contains(&source)
            {
                MappingEdit::SkipColumn {
                    column: column.clone(),
                }
                .apply(&mut self.mapping);
            }
        }
    }

    fn source(&mut self, part: Part) -> Source {
        match part {
            Part::Column(column_idx) => Source::Column(self.take_part(column_idx)),
            Part::Value(value) => Source::Value(value),
            Part::FilePart(part) => Source::FilePart(part),
        }
    }

    fn set_kind(&mut self, column_idx: usize, kind: Option<Kind>) {
        let column = self.column_ref(column_idx);
        let Some(kind) = kind else {
            return MappingEdit::SkipColumn { column }.apply(&mut self.mapping);
        };
        let is_skip = |rule: &ColumnRule| rule.column == column && rule.to_use == Use::Skip;
        self.mapping.columns.retain(|rule| !is_skip(rule));
        MappingEdit::SetKind { column, kind }.apply(&mut self.mapping);
    }

    fn set_name(&mut self, column_idx: usize, name: &str) {
        let column = self.column_ref(column_idx);
        let edit = MappingEdit::SetName {
            column: column.clone(),
            name: name.to_owned(),
        };
        edit.apply(&mut self.mapping);
        let rules = self
            .mapping
            .columns
            .iter_mut()
            .filter(|rule| name.is_empty() && rule.column == column);
        for rule in rules {
            if let Use::Attribute(attribute) = &mut rule.to_use {
                attribute.name = None;
            }
        }
    }

    fn set_format(&mut self, column_idx: usize, text: String) {
        match self.event_time(column_idx) {
            Some(time) => time.format = said(text),
            None => self.each_attribute(column_idx, |attribute| {
                attribute.format = said(text.clone());
            }),
        }
    }

    fn set_zone(&mut self, column_idx: usize, text: String) {
        match self.event_time(column_idx) {
            Some(time) => time.zone = said(text),
            None => self.each_attribute(column_idx, |attribute| {
                attribute.zone = said(text.clone());
            }),
        }
    }

    fn set_separator(&mut self, column_idx: usize, text: String) {
        self.each_attribute(column_idx, |attribute| {
            attribute.separator = said(text.clone());
        });
    }

    /// The rule of the events' time, if this is its column.
    fn event_time(&mut self, column_idx: usize) -> Option<&mut TimeRule> {
        let header = &self.found.header;
        match &mut self.mapping.rows {
            Rows::Events(EventRule { time, .. })
                if header.position(&time.column) == Some(column_idx) =>
            {
                Some(time)
            }
            _ => None,
        }
    }

    fn each_attribute(&mut self, column_idx: usize, change: impl Fn(&mut Attribute)) {
        let header = &self.found.header;
        for rule in &mut self.mapping.columns {
            if header.position(&rule.column) == Some(column_idx)
                && let Use::Attribute(attribute) = &mut rule.to_use
            {
                change(attribute);
            }
        }
    }

    /// Makes a column one that plays a part: it is no attribute any more.
    fn take_part(&mut self, column_idx: usize) -> ColumnRef {
        let header = &self.found.header;
        self.mapping
            .columns
            .retain(|rule| header.position(&rule.column) != Some(column_idx));
        header.column_ref(column_idx)
    }

    /// How the mapping's own rule names a column (it may use an index), or how a new one would.
    pub fn column_ref(&self, column_idx: usize) -> ColumnRef {
        let rule = self.rule(column_idx);
        rule.map_or_else(
            || self.header().column_ref(column_idx),
            |rule| rule.column.clone(),
        )
    }

    fn rule(&self, column_idx: usize) -> Option<&ColumnRule> {
        let mut rules = self.mapping.columns.iter();
        rules.find(|rule| self.header().position(&rule.column) == Some(column_idx))
    }
}

/// Where a part comes from that needs no column.
fn source_of(mapping: &Mapping, role: Role) -> Option<&Source> {
    match (&mapping.rows, role) {
        (Rows::Audience(rule), Role::AudienceId) => Some(&rule.id),
        (Rows::Audience(rule), Role::SplitId) => Some(&rule.split),
        (Rows::Events(rule), Role::EventName) => Some(&rule.name),
        _ => None,
    }
}

/// Words as lines of a text: what `str::lines` makes the same words of.
fn lines_of(words: &[String]) -> String {
    let lines = words.join("\n");
    match words.last() {
        Some(last) if last.is_empty() => lines + "\n",
        _ => lines,
    }
}

/// A text that is no template of files' names.
fn no_template(text: &str, expected: &str) -> Vec<Problem> {
    vec![Problem {
        code: Code::UnknownValue,
        place: Place::Setting {
            path: "file_name".to_owned(),
        },
        found: Some(quote(text)),
        expected: Some(expected.to_owned()),
        fix: None,
    }]
}

/// What a field of a form says; nothing where it is empty.
fn said(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::Probe;

    fn draft() -> Draft {
        let export =
            b"customer_id,email,audience_id,split_id,status,ltv\n7,a@b.co,1,2,entered,1.5\n";
        Draft::suggested(Probe::inspect(export).unwrap())
    }

    #[test]
    fn a_suggestion_says_what_becomes_of_each_column_and_why() {
        let draft = draft();
        assert_eq!(
            draft.identifier(),
            Some((Some(0), IdentifierKind::ExternalId))
        );
        assert_eq!(
            draft.why(0),
            Why::Suggested(Grade::Likely, Because::UsualHeader)
        );
        assert_eq!(
            draft.becomes(1),
            Becomes::Attribute {
                name: None,
                kind: Kind::Text
            }
        );
        assert_eq!(draft.why(1), Why::Default);
        assert_eq!(draft.becomes(2), Becomes::AudienceId);
        assert!(matches!(draft.becomes(4), Becomes::Status(_)));
        assert_eq!(
            draft.becomes(5),
            Becomes::Attribute {
                name: None,
                kind: Kind::Number
            }
        );
        assert_eq!(
            draft
                .doubts()
                .map(|reason| reason.column_idx)
                .collect::<Vec<_>>(),
            [Some(0)]
        );
    }

    #[test]
    fn another_identifier_gives_the_first_back() {
        let mut draft = draft();
        draft.change(Change::Identifier(1, IdentifierKind::BrazeId));
        assert_eq!(
            draft.becomes(1),
            Becomes::Identifier(IdentifierKind::BrazeId)
        );
        assert_eq!(draft.why(1), Why::Chosen);
        assert_eq!(
            draft.becomes(0),
            Becomes::Attribute {
                name: None,
                kind: Kind::Text
            }
        );
        assert!(draft.doubts().next().is_none() && draft.plan().is_some());
    }

    #[test]
    fn an_alias_has_a_label_and_further_identifiers_stay() {
        let mut draft = draft();
        let mut mapping = draft.mapping().clone();
        let email = IdentifierRule::new(ColumnRef::header("email"), IdentifierKind::Email);
        mapping.identifiers.push(email);
        draft = Draft::new(draft.found().clone(), mapping);
        draft.change(Change::Identifier(0, IdentifierKind::UserAlias));
        assert!(draft.plan().is_none(), "an alias without a label");
        draft.change(Change::AliasLabel(Part::Value("crm".to_owned())));
        assert!(draft.plan().is_some());
        let found: Vec<_> = draft
            .identifiers()
            .map(|(at, rule)| (at, rule.kind))
            .collect();
        let (alias, email) = (IdentifierKind::UserAlias, IdentifierKind::Email);
        assert_eq!(found, [(Some(0), alias), (Some(1), email)]);
        draft.change(Change::Identifier(5, alias));
        let label = draft.mapping().identifiers[0].label.clone();
        assert_eq!(label, Some(Source::Value("crm".to_owned())));
        draft.change(Change::NoIdentifier(1));
        assert!(matches!(draft.becomes(1), Becomes::Attribute { .. }));
        draft.change(Change::NoIdentifier(0));
        assert_eq!(draft.identifiers().count(), 1, "the first one stays");
    }

    #[test]
    fn forms_zones_and_separators_belong_to_their_column() {
        let export = b"external_id,at,born,tags\nu,2024-02-03 04:05,03/02/2024,a|b\n";
        let mut draft = Draft::suggested(Probe::inspect(export).unwrap());
        draft.change(Change::Events {
            name: Part::Value("seen".to_owned()),
            time: 1,
        });
        draft.change(Change::Zone(1, "Europe/Madrid".to_owned()));
        draft.change(Change::Kind(2, Some(Kind::Date)));
        draft.change(Change::Format(2, "dd/MM/yyyy".to_owned()));
        draft.change(Change::Kind(3, Some(Kind::List)));
        draft.change(Change::Separator(3, "|".to_owned()));
        assert!(draft.plan().is_some(), "{:?}", draft.problems());
        assert_eq!(draft.becomes(1), Becomes::EventTime);
        assert_eq!(draft.written(1).zone, Some("Europe/Madrid"));
        assert_eq!(draft.written(2).format, Some("dd/MM/yyyy"));
        assert_eq!(draft.written(3).separator, Some("|"));
        draft.change(Change::Zone(1, String::new()));
        assert_eq!(draft.written(1), Written::default());
        draft.change(Change::Kind(2, Some(Kind::Text)));
        assert_eq!(draft.written(2), Written::default(), "a text has no form");
    }

    #[test]
    fn rows_are_left_out_by_the_words_of_a_column() {
        let mut draft = draft();
        assert_eq!(draft.filter(), None);
        for (text, words) in [
            ("", &[][..]),
            ("entered", &["entered"]),
            ("entered\n", &["entered"]),
            ("entered\nwas here", &["entered", "was here"]),
            ("\n", &[""]),
            ("a\n\n", &["a", ""]),
            ("\na", &["", "a"]),
        ] {
            draft.change(Change::Filter(4, text.to_owned()));
            let filter = draft.mapping().filter.clone().unwrap();
            assert_eq!(filter.words, words, "{text:?}");
            let (column_idx, shown) = draft.filter().unwrap();
            assert_eq!(column_idx, Some(4));
            draft.change(Change::Filter(4, shown));
            assert_eq!(draft.mapping().filter, Some(filter), "{text:?}");
            assert_eq!(draft.plan().is_some(), !words.is_empty(), "{text:?}");
        }
        assert!(
            matches!(draft.becomes(4), Becomes::Status(_)),
            "its part stays"
        );
        draft.change(Change::Filter(1, "a@b.co".to_owned()));
        assert_eq!(draft.filter(), Some((Some(1), "a@b.co".to_owned())));
        assert!(matches!(draft.becomes(1), Becomes::Attribute { .. }));
        draft.change(Change::NoFilter);
        assert_eq!((draft.filter(), &draft.mapping().filter), (None, &None));
    }

    #[test]
    fn a_filter_names_its_column_as_before() {
        let mut mapping = draft().mapping().clone();
        mapping.filter = Some(Filter {
            column: ColumnRef::Index(4),
            words: Vec::new(),
        });
        let mut draft = Draft::new(draft().found().clone(), mapping);
        draft.change(Change::Filter(4, "entered".to_owned()));
        let column = draft.mapping().filter.clone().unwrap().column;
        assert_eq!(column, ColumnRef::Index(4));
    }

    #[test]
    fn events_may_name_their_app() {
        let mut draft = draft();
        let before = draft.mapping().clone();
        draft.change(Change::AppId(Some(Part::Value("app".to_owned()))));
        assert_eq!(*draft.mapping(), before, "only events have one");
        draft.change(Change::Events {
            name: Part::Value("seen".to_owned()),
            time: 1,
        });
        draft.change(Change::AppId(Some(Part::Column(5))));
        assert_eq!(draft.becomes(5), Becomes::AppId);
        draft.change(Change::AppId(Some(Part::Value(String::new()))));
        assert!(draft.plan().is_none(), "a value that says nothing yet");
        assert!(matches!(draft.becomes(5), Becomes::Attribute { .. }));
        draft.change(Change::AppId(Some(Part::Value("app".to_owned()))));
        assert!(draft.plan().is_some());
        draft.change(Change::AppId(None));
        let Rows::Events(rule) = &draft.mapping().rows else {
            panic!("{:?}", draft.mapping().rows);
        };
        assert_eq!(rule.app_id, None);
    }

    #[test]
    fn a_template_offers_its_parts_and_is_kept_where_it_is_used() {
        let mut draft = draft();
        for (text, is_template) in [
            ("aiq_{", false),
            ("aiq_{a}{b}", false),
            ("aiq_{a}_{b}.csv", true),
        ] {
            draft.change(Change::FileName(text.to_owned()));
            assert_eq!(draft.file_name(), text, "letters stay as typed");
            assert_eq!(draft.plan().is_some(), is_template, "{text}");
            assert_eq!(draft.mapping().file_name, None, "nothing is taken from it");
        }
        assert_eq!(draft.file_parts(), ["a", "b"]);
        draft.change(Change::Audience {
            id: Part::FilePart("a".to_owned()),
            split: Part::Column(3),
        });
        let template = |draft: &Draft| {
            let template = draft.mapping().file_name.as_ref();
            template.map(|template| template.as_str().to_owned())
        };
        assert_eq!(template(&draft).as_deref(), Some("aiq_{a}_{b}.csv"));
        draft.change(Change::FileName("aiq_{a}_{b".to_owned()));
        assert_eq!(template(&draft).as_deref(), Some("aiq_{a}_{b}.csv"));
        let problem = &draft.problems()[0];
        assert_eq!(
            (problem.code, &problem.place),
            (
                Code::UnknownValue,
                &Place::Setting {
                    path: "file_name".to_owned()
                }
            )
        );
        draft.change(Change::FileName("{b}.csv".to_owned()));
        assert_eq!(draft.problems()[0].code, Code::UnknownFilePart);
        draft.change(Change::FileName("aiq_{a}.csv".to_owned()));
        assert!(draft.plan().is_some(), "{:?}", draft.problems());
        draft.change(Change::Audience {
            id: Part::Column(2),
            split: Part::Column(3),
        });
        assert_eq!(template(&draft), None);
        assert_eq!(draft.file_parts(), ["a"], "it is still there to be used");
        draft.change(Change::FileName(String::new()));
        assert!(draft.file_parts().is_empty());
    }

    #[test]
    fn dots_in_names_make_objects() {
        let export = b"external_id,address.city\nu,Lugo\n";
        let mut draft = Draft::suggested(Probe::inspect(export).unwrap());
        draft.change(Change::NestedNames(NestedNames::Merge));
        assert_eq!(draft.mapping().nested_names, NestedNames::Merge);
        assert!(draft.plan().is_some());
    }

    #[test]
    fn audience_parts_are_columns_or_values_and_what_was_one_is_skipped() {
        let mut draft = draft();
        draft.change(Change::Audience {
            id: Part::Column(2),
            split: Part::Value("4".to_owned()),
        });
        assert_eq!(draft.becomes(3), Becomes::Skipped);
        assert!(
            matches!(draft.becomes(4), Becomes::Status(_)),
            "the status stays"
        );
        draft.change(Change::NoAudience);
        assert!(matches!(draft.becomes(2), Becomes::Attribute { .. }));
        draft.change(Change::Audience {
            id: Part::Column(2),
            split: Part::Column(3),
        });
        assert!(
            matches!(draft.becomes(4), Becomes::Status(_)),
            "the status comes back"
        );
    }

    #[test]
    fn columns_change_their_type_and_name_and_come_back() {
        let mut draft = draft();
        draft.change(Change::Kind(5, None));
        assert_eq!(draft.becomes(5), Becomes::Skipped);
        draft.change(Change::Kind(5, Some(Kind::Boolean)));
        draft.change(Change::Name(5, "value".to_owned()));
        assert_eq!(
            draft.becomes(5),
            Becomes::Attribute {
                name: Some("value".to_owned()),
                kind: Kind::Boolean
            }
        );
        draft.change(Change::Name(5, String::new()));
        assert_eq!(
            draft.becomes(5),
            Becomes::Attribute {
                name: None,
                kind: Kind::Boolean
            }
        );
    }
}
