//! A mapping while somebody edits it: what each column becomes and why, and one change at a time.

use std::path::PathBuf;

use aiq_braze::diag::{Grade, MappingEdit};
use aiq_braze::mapping::{
    AudienceRule, ColumnRef, ColumnRule, IdentifierKind, IdentifierRule, Kind, Leaver, MemberRule,
    OtherColumns, Rows, Source, UnknownUsers, Use,
};
use aiq_braze::wire::fields;
use aiq_braze::{Because, Header, Inspection, Mapping, Plan, Problem, Reason, Role, rejects};

/// A mapping that is being edited against an export.
#[derive(Debug)]
pub(crate) struct Draft {
    mapping: Mapping,
    plan: Result<Plan, Vec<Problem>>,
    pub(crate) origin: Origin,
    /// What the audience's form says while it is incomplete.
    pub(crate) parts: Option<[PartChoice; 2]>,
}

/// Where a mapping comes from. What somebody saved is not doubted any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Suggested,
    File(PathBuf),
}

/// Where an audience's or a split's id comes from, as far as it is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PartChoice {
    None,
    Column(usize),
    Value(String),
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// This column, and no other, says who a row is about.
    Identifier(usize, IdentifierKind),
    /// Where the audience's and the split's ids come from.
    Parts([PartChoice; 2]),
    /// The column is sent as this type; `None`: not at all.
    Kind(usize, Option<Kind>),
    /// The attribute's name; empty: the header's text.
    Name(usize, String),
    /// What Braze shall do with users that it does not know.
    UnknownUsers(UnknownUsers),
    /// A fix, or another edit that the core knows.
    Edit(MappingEdit),
}

/// What a column is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Identifier(IdentifierKind),
    AudienceId,
    SplitId,
    Status(MemberRule),
    Attribute {
        /// The name that the mapping gives; the header's text without one.
        name: Option<String>,
        kind: Kind,
    },
    /// It is not sent, and may be.
    Skipped,
    /// A column of ours in a rejects file: it is never sent.
    Ours,
}

/// Why a column is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Suggested(Grade, Because),
    /// The mapping says so.
    Chosen,
    /// Nothing says anything else.
    Default,
}

impl Draft {
    pub(crate) fn suggested(found: &Inspection) -> Self {
        Self::new(found.suggestion.mapping.clone(), Origin::Suggested, found)
    }

    pub(crate) fn new(mapping: Mapping, origin: Origin, found: &Inspection) -> Self {
        Self {
            plan: mapping.compile(&found.header),
            mapping,
            origin,
            parts: None,
        }
    }

    pub(crate) fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    /// The plan, if the mapping can be run.
    pub(crate) fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref().ok().filter(|_| !self.needs_identifier())
    }

    /// Why the mapping does not fit the export.
    pub(crate) fn problems(&self) -> &[Problem] {
        match &self.plan {
            Ok(_) => &[],
            Err(problems) => problems,
        }
    }

    pub(crate) fn needs_identifier(&self) -> bool {
        self.mapping.identifiers.is_empty()
    }

    /// What the mapping rests on that is only likely: a person should have looked before it counts.
    pub(crate) fn doubts<'f>(&self, found: &'f Inspection) -> Vec<&'f Reason> {
        let reasons = found.suggestion.reasons.iter();
        let is_doubt = |reason: &&Reason| {
            reason.grade == Grade::Likely
                && !matches!(reason.role, Role::Attribute(_))
                && self.why(found, reason.column_idx)
                    == Why::Suggested(reason.grade, reason.because)
        };
        match self.origin {
            Origin::Suggested => reasons.filter(is_doubt).collect(),
            Origin::File(_) => Vec::new(),
        }
    }

    /// Makes one change.
    pub(crate) fn change(&mut self, change: Change, found: &Inspection) {
        match change {
            Change::Identifier(column_idx, kind) => self.set_identifier(column_idx, kind, found),
            Change::Parts(parts) => self.set_parts(parts, found),
            Change::Kind(column_idx, kind) => self.set_kind(column_idx, kind, found),
            Change::Name(column_idx, name) => self.set_name(column_idx, &name, found),
            Change::UnknownUsers(unknown_users) => self.mapping.unknown_users = unknown_users,
            Change::Edit(edit) => edit.apply(&mut self.mapping),
        }
        self.plan = self.mapping.compile(&found.header);
    }

    fn set_identifier(&mut self, column_idx: usize, kind: IdentifierKind, found: &Inspection) {
        let header = &found.header;
        self.drop_rule(column_idx, header);
        let rule = IdentifierRule {
            column: header.column_ref(column_idx),
            kind,
        };
        let former = std::mem::replace(&mut self.mapping.identifiers, vec![rule]);
        // A column that was an identifier, and has a name that no attribute may have.
        for IdentifierRule { column, .. } in former {
            let is_other = !points_at(&column, header, column_idx);
            if matches!(&column, ColumnRef::Header { name, .. } if is_other && fields::is_control(name))
            {
                MappingEdit::SkipColumn { column }.apply(&mut self.mapping);
            }
        }
    }

    /// Takes what the audience's form says, once it says something that can be meant: both parts, or
    /// neither. Choosing none for one chooses none for both.
    fn set_parts(&mut self, parts: [PartChoice; 2], found: &Inspection) {
        let before = self.parts(&found.header);
        let chose_none = parts
            .iter()
            .zip(&before)
            .any(|(now, before)| *now == PartChoice::None && *before != PartChoice::None);
        if chose_none {
            self.parts = None;
            self.mapping.rows = Rows::Attributes;
            return;
        }
        let is_said = |part: &PartChoice| match part {
            PartChoice::None => false,
            PartChoice::Column(_) => true,
            PartChoice::Value(value) => !value.trim().is_empty(),
        };
        if !parts.iter().all(is_said) {
            self.parts = Some(parts);
            return;
        }
        self.parts = None;
        let former = match &self.mapping.rows {
            Rows::Audience(rule) => vec![rule.id.clone(), rule.split.clone()],
            Rows::Attributes => Vec::new(),
        };
        let [id, split] = parts.map(|part| self.source(part, found));
        for source in former {
            // It would become an attribute instead.
            if let Source::Column(column) = source
                && ![&id, &split].contains(&&Source::Column(column.clone()))
            {
                MappingEdit::SkipColumn { column }.apply(&mut self.mapping);
            }
        }
        self.mapping.rows = Rows::Audience(match &self.mapping.rows {
            Rows::Audience(rule) => AudienceRule {
                id,
                split,
                ..rule.clone()
            },
            Rows::Attributes => AudienceRule {
                id,
                split,
                name: AudienceRule::NAME.to_owned(),
                member: found.member().map(|(member, _)| member),
                leaver: Leaver::default(),
            },
        });
    }

    fn source(&mut self, part: PartChoice, found: &Inspection) -> Source {
        match part {
            PartChoice::Column(column_idx) => {
                self.drop_rule(column_idx, &found.header);
                Source::Column(found.header.column_ref(column_idx))
            }
            PartChoice::Value(value) => Source::Value(value.trim().to_owned()),
            PartChoice::None => Source::Value(String::new()),
        }
    }

    fn set_kind(&mut self, column_idx: usize, kind: Option<Kind>, found: &Inspection) {
        let column = self.column_ref(column_idx, &found.header);
        let Some(kind) = kind else {
            return MappingEdit::SkipColumn { column }.apply(&mut self.mapping);
        };
        let is_skip = |rule: &ColumnRule| rule.column == column && rule.to_use == Use::Skip;
        self.mapping.columns.retain(|rule| !is_skip(rule));
        MappingEdit::SetKind { column, kind }.apply(&mut self.mapping);
    }

    fn set_name(&mut self, column_idx: usize, name: &str, found: &Inspection) {
        let column = self.column_ref(column_idx, &found.header);
        let edit = MappingEdit::SetName {
            column: column.clone(),
            name: name.to_owned(),
        };
        edit.apply(&mut self.mapping);
        if !name.is_empty() {
            return;
        }
        let rules = self.mapping.columns.iter_mut();
        for rule in rules.filter(|rule| rule.column == column) {
            if let Use::Attribute { name, .. } = &mut rule.to_use {
                *name = None;
            }
        }
    }

    /// How the mapping's own rule names the column; a rule may use an index where we would use the header.
    pub(crate) fn column_ref(&self, column_idx: usize, header: &Header) -> ColumnRef {
        let rule = self.rule(column_idx, header);
        rule.map_or_else(|| header.column_ref(column_idx), |rule| rule.column.clone())
    }

    fn rule(&self, column_idx: usize, header: &Header) -> Option<&ColumnRule> {
        let mut rules = self.mapping.columns.iter();
        rules.find(|rule| points_at(&rule.column, header, column_idx))
    }

    /// A column that gets a part to play is no attribute any more.
    fn drop_rule(&mut self, column_idx: usize, header: &Header) {
        let rules = &mut self.mapping.columns;
        rules.retain(|rule| !points_at(&rule.column, header, column_idx));
    }

    /// The first identifier: its column, if the export has it, and its kind.
    pub(crate) fn identifier(&self, header: &Header) -> Option<(Option<usize>, IdentifierKind)> {
        let rule = self.mapping.identifiers.first()?;
        Some((index_of(&rule.column, header), rule.kind))
    }

    /// What the audience's form says: what the mapping has, until it is being filled.
    pub(crate) fn parts(&self, header: &Header) -> [PartChoice; 2] {
        if let Some(parts) = &self.parts {
            return parts.clone();
        }
        let Rows::Audience(rule) = &self.mapping.rows else {
            return [PartChoice::None, PartChoice::None];
        };
        [&rule.id, &rule.split].map(|source| match source {
            Source::Value(value) => PartChoice::Value(value.clone()),
            Source::Column(column) => {
                index_of(column, header).map_or(PartChoice::None, PartChoice::Column)
            }
        })
    }

    /// What a column is.
    pub(crate) fn part(&self, column_idx: usize, header: &Header) -> Part {
        let is_it = |column: &ColumnRef| points_at(column, header, column_idx);
        let mut identifiers = self.mapping.identifiers.iter();
        if let Some(rule) = identifiers.find(|rule| is_it(&rule.column)) {
            return Part::Identifier(rule.kind);
        }
        if let Rows::Audience(rule) = &self.mapping.rows {
            let is_source =
                |source: &Source| matches!(source, Source::Column(column) if is_it(column));
            match &rule.member {
                _ if is_source(&rule.id) => return Part::AudienceId,
                _ if is_source(&rule.split) => return Part::SplitId,
                Some(member) if is_it(&member.column) => return Part::Status(member.clone()),
                _ => {}
            }
        }
        let is_ours = header.name(column_idx);
        if is_ours.is_some_and(|name| rejects::COLUMNS.contains(&name)) {
            return Part::Ours;
        }
        match self.rule(column_idx, header).map(|rule| &rule.to_use) {
            Some(Use::Skip) => Part::Skipped,
            Some(Use::Attribute { name, kind, .. }) => Part::Attribute {
                name: name.clone(),
                kind: *kind,
            },
            None if self.mapping.other_columns == OtherColumns::Skip => Part::Skipped,
            None => Part::Attribute {
                name: None,
                kind: Kind::Text,
            },
        }
    }

    /// Why a column is what it is.
    pub(crate) fn why(&self, found: &Inspection, column_idx: usize) -> Why {
        let part = self.part(column_idx, &found.header);
        let fits = |reason: &&Reason| {
            reason.column_idx == column_idx
                && match (reason.role, &part) {
                    (Role::Identifier(one), Part::Identifier(other)) => one == *other,
                    (Role::AudienceId, Part::AudienceId) | (Role::SplitId, Part::SplitId) => true,
                    (Role::Status, Part::Status(_)) => true,
                    (Role::Attribute(one), Part::Attribute { kind, name: None }) => one == *kind,
                    _ => false,
                }
        };
        let reason = found.suggestion.reasons.iter().find(fits);
        let is_default = self.rule(column_idx, &found.header).is_none()
            && matches!(part, Part::Attribute { .. } | Part::Ours | Part::Skipped);
        match reason {
            Some(reason) => Why::Suggested(reason.grade, reason.because),
            None if is_default => Why::Default,
            None => Why::Chosen,
        }
    }
}

fn index_of(column: &ColumnRef, header: &Header) -> Option<usize> {
    (0..header.width()).find(|column_idx| points_at(column, header, *column_idx))
}

/// Whether a mapping's name for a column means this one.
pub(crate) fn points_at(column: &ColumnRef, header: &Header, column_idx: usize) -> bool {
    match column {
        ColumnRef::Index(at) => *at as usize == column_idx,
        ColumnRef::Header { name, occurrence } => {
            // Most columns have another name: only where it is the same, earlier ones are counted.
            let names = header.names();
            names[column_idx] == *name && {
                let nth = names[..=column_idx].iter().filter(|other| *other == name);
                occurrence.unwrap_or(1) as usize == nth.count()
            }
        }
    }
}
