//! A mapping while somebody edits it: what each column becomes, what is wrong, and one change at a time.

use aiq_braze::diag::{Grade, MappingEdit, Place};
use aiq_braze::mapping::{
    AudienceRule, ColumnRef, ColumnRule, IdentifierKind, IdentifierRule, Kind, Leaver, MemberRule,
    Rows, Source, Use,
};
use aiq_braze::{Code, Header, Mapping, Plan, Problem};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::inspection::{Inspection, because_word, kind_word, role_word};
use crate::problems::{GroupView, Groups};
use crate::{language, mapping_error};

/// A mapping that is being edited against an export. It starts as the suggested one.
#[wasm_bindgen]
pub struct Draft {
    found: aiq_braze::Inspection,
    mapping: Mapping,
}

/// One change, as JSON: `{"edit":"identifier","column_idx":0,"as":"external_id"}`.
#[derive(Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case", deny_unknown_fields)]
enum Edit {
    /// This column, and no other, says who a row is about.
    Identifier {
        column_idx: usize,
        #[serde(rename = "as")]
        kind: IdentifierKind,
    },
    /// Rows say who is in which audience and split.
    Audience { id: PartEdit, split: PartEdit },
    /// Rows say nothing about audiences.
    NoAudience,
    /// The column is sent as this type, or not at all.
    Column {
        column_idx: usize,
        #[serde(rename = "as")]
        use_as: UseAs,
    },
    /// Cells of the column that are not of its type are left out, and their rows kept.
    SkipBadCells { column_idx: usize },
    /// The fix that the problem of this code and column brings.
    Fix { code: String, column_idx: u32 },
}

/// Where an audience's or a split's id comes from.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum PartEdit {
    ColumnIdx(usize),
    Value(String),
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum UseAs {
    Text,
    Number,
    Boolean,
    Skip,
}

#[wasm_bindgen]
impl Draft {
    /// The suggested mapping of an export, to be edited.
    #[wasm_bindgen(constructor)]
    pub fn new(inspection: &Inspection) -> Draft {
        Self {
            found: inspection.found.clone(),
            mapping: inspection.found.suggestion.mapping.clone(),
        }
    }

    /// The mapping as JSON for people. Without an identifier it is no complete mapping yet.
    pub fn mapping(&self) -> String {
        self.mapping.to_json()
    }

    /// Takes a whole mapping instead. A text that is no mapping changes nothing.
    pub fn set_mapping(&mut self, text: &str) -> Result<(), JsError> {
        self.mapping = Mapping::parse(text).map_err(|problems| mapping_error(&problems))?;
        Ok(())
    }

    /// What is wrong with the text of a mapping, as a JSON array of groups; empty when it is one.
    pub fn check_mapping(
        &self,
        text: &str,
        language_tag: Option<String>,
    ) -> Result<String, JsError> {
        let language = language(language_tag.as_deref())?;
        let problems = Mapping::parse(text).err().unwrap_or_default();
        let groups = Groups::of(&problems);
        Ok(serde_json::to_string(
            &groups.view(&self.mapping, language),
        )?)
    }

    /// Makes one change, given as JSON:
    ///
    /// ```json
    /// {"edit":"identifier","column_idx":0,"as":"external_id"}
    /// {"edit":"audience","id":{"column_idx":1},"split":{"value":"4"}}
    /// {"edit":"no_audience"}
    /// {"edit":"column","column_idx":5,"as":"number"}
    /// {"edit":"skip_bad_cells","column_idx":5}
    /// {"edit":"fix","code":"AIQ2011","column_idx":4}
    /// ```
    ///
    /// The types are `text`, `number`, `boolean` and `skip`.
    pub fn edit(&mut self, edit: &str) -> Result<(), JsError> {
        match serde_json::from_str(edit)? {
            Edit::Identifier { column_idx, kind } => self.set_identifier(column_idx, kind),
            Edit::Audience { id, split } => self.set_audience(id, split),
            Edit::NoAudience => {
                self.mapping.rows = Rows::Attributes;
                Ok(())
            }
            Edit::Column { column_idx, use_as } => self.set_use(column_idx, use_as),
            Edit::SkipBadCells { column_idx } => {
                let column = self.rule_ref(column_idx)?;
                MappingEdit::SkipBadCells { column }.apply(&mut self.mapping);
                Ok(())
            }
            Edit::Fix { code, column_idx } => self.fix(&code, column_idx),
        }
    }

    /// What the mapping makes of the export, as JSON: whether it can run, what each column becomes and
    /// why, and what is wrong with it, in words of a language.
    pub fn view(&self, language_tag: Option<String>) -> Result<String, JsError> {
        let language = language(language_tag.as_deref())?;
        let plan = self.plan();
        let problems = match &plan {
            Ok(plan) => plan.warnings(),
            Err(problems) => problems,
        };
        let groups = Groups::of(problems);
        let columns = 0..self.found.header.width();
        Ok(serde_json::to_string(&DraftView {
            ready: plan.is_ok() && !self.mapping.identifiers.is_empty(),
            mapping: self.mapping.to_json(),
            identifier: self.identifier_view(),
            audience: self.audience_view(),
            columns: columns
                .map(|column_idx| self.column_view(column_idx))
                .collect(),
            problems: groups.view(&self.mapping, language),
        })?)
    }
}

impl Draft {
    fn plan(&self) -> Result<Plan, Vec<Problem>> {
        self.mapping.compile(&self.found.header)
    }

    fn set_identifier(&mut self, column_idx: usize, kind: IdentifierKind) -> Result<(), JsError> {
        let column = self.column_ref(column_idx)?;
        self.drop_rule(column_idx);
        self.mapping.identifiers = vec![IdentifierRule { column, kind }];
        Ok(())
    }

    fn set_audience(&mut self, id: PartEdit, split: PartEdit) -> Result<(), JsError> {
        let (id, split) = (self.source(id)?, self.source(split)?);
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
                member: self.suggested_member(),
                leaver: Leaver::default(),
            },
        });
        Ok(())
    }

    fn suggested_member(&self) -> Option<MemberRule> {
        match &self.found.suggestion.mapping.rows {
            Rows::Audience(rule) => rule.member.clone(),
            Rows::Attributes => None,
        }
    }

    fn source(&mut self, part: PartEdit) -> Result<Source, JsError> {
        Ok(match part {
            PartEdit::Value(value) => Source::Value(value),
            PartEdit::ColumnIdx(column_idx) => {
                let column = self.column_ref(column_idx)?;
                self.drop_rule(column_idx);
                Source::Column(column)
            }
        })
    }

    fn set_use(&mut self, column_idx: usize, use_as: UseAs) -> Result<(), JsError> {
        let column = self.rule_ref(column_idx)?;
        let kind = match use_as {
            UseAs::Skip => {
                MappingEdit::SkipColumn { column }.apply(&mut self.mapping);
                return Ok(());
            }
            UseAs::Text => Kind::Text,
            UseAs::Number => Kind::Number,
            UseAs::Boolean => Kind::Boolean,
        };
        let rules = &mut self.mapping.columns;
        rules.retain(|rule| !(rule.column == column && rule.to_use == Use::Skip));
        MappingEdit::SetKind { column, kind }.apply(&mut self.mapping);
        Ok(())
    }

    fn fix(&mut self, code: &str, column_idx: u32) -> Result<(), JsError> {
        let is_it = |problem: &&Problem| {
            Some(problem.code) == Code::find(code)
                && matches!(problem.place, Place::Column { column_idx: at, .. } if at == column_idx)
        };
        let (Ok(problems) | Err(problems)) = self.plan().map(|plan| plan.warnings().to_vec());
        let fix = problems
            .iter()
            .find(is_it)
            .and_then(|problem| problem.fix.as_ref());
        let fix = fix.ok_or_else(|| {
            JsError::new(&format!(
                "found no fix for {code} in column {column_idx}, expected one that the view names"
            ))
        })?;
        fix.edit.apply(&mut self.mapping);
        Ok(())
    }

    fn column_ref(&self, column_idx: usize) -> Result<ColumnRef, JsError> {
        let width = self.found.header.width();
        if column_idx < width {
            return Ok(self.found.header.column_ref(column_idx));
        }
        Err(JsError::new(&format!(
            "found column {column_idx}, expected one below {width}"
        )))
    }

    /// How the mapping's own rule names the column; a rule may use an index where we would use the header.
    fn rule_ref(&self, column_idx: usize) -> Result<ColumnRef, JsError> {
        let column = self.column_ref(column_idx)?;
        Ok(self
            .rule(column_idx)
            .map_or(column, |rule| rule.column.clone()))
    }

    fn rule(&self, column_idx: usize) -> Option<&ColumnRule> {
        let mut rules = self.mapping.columns.iter();
        rules.find(|rule| points_at(&rule.column, &self.found.header, column_idx))
    }

    /// A column that gets a part to play is no attribute any more.
    fn drop_rule(&mut self, column_idx: usize) {
        let header = &self.found.header;
        let rules = &mut self.mapping.columns;
        rules.retain(|rule| !points_at(&rule.column, header, column_idx));
    }

    fn identifier_view(&self) -> Option<IdentifierView> {
        let rule = self.mapping.identifiers.first()?;
        Some(IdentifierView {
            column_idx: self.index_of(&rule.column),
            kind: rule.kind,
        })
    }

    fn audience_view(&self) -> Option<AudienceView<'_>> {
        let Rows::Audience(rule) = &self.mapping.rows else {
            return None;
        };
        let part = |source: &Source| match source {
            Source::Column(column) => PartView {
                column_idx: self.index_of(column),
                value: None,
            },
            Source::Value(value) => PartView {
                column_idx: None,
                value: Some(value.clone()),
            },
        };
        Some(AudienceView {
            id: part(&rule.id),
            split: part(&rule.split),
            name: &rule.name,
            members: rule.member.as_ref().map(|member| member.members.as_slice()),
            leavers: rule.member.as_ref().map(|member| member.leavers.as_slice()),
        })
    }

    fn index_of(&self, column: &ColumnRef) -> Option<usize> {
        let header = &self.found.header;
        (0..header.width()).find(|column_idx| points_at(column, header, *column_idx))
    }

    fn column_view(&self, column_idx: usize) -> ColumnView<'_> {
        let header = &self.found.header.names()[column_idx];
        let (role, kind, attribute) = self.part(column_idx);
        let reasons = &self.found.suggestion.reasons;
        let reason = reasons.iter().find(|reason| {
            reason.column_idx == column_idx
                && (role_word(reason.role), kind_word(reason.role)) == (role, kind)
        });
        let is_ruled = self.rule(column_idx).is_some();
        let because = match reason {
            Some(reason) => because_word(reason.because),
            None if is_ruled || !matches!(role, "attribute" | "skipped") => "chosen",
            None => "default",
        };
        ColumnView {
            header,
            role,
            kind,
            attribute: attribute.map(|name| name.unwrap_or(header)),
            grade: reason.map(|reason| reason.grade),
            because,
        }
    }

    /// What a column is: its role, its kind, and for an attribute the name that a rule gives.
    fn part(
        &self,
        column_idx: usize,
    ) -> (&'static str, Option<&'static str>, Option<Option<&str>>) {
        let header = &self.found.header;
        let is_it = |column: &ColumnRef| points_at(column, header, column_idx);
        let mut identifiers = self.mapping.identifiers.iter();
        if let Some(rule) = identifiers.find(|rule| is_it(&rule.column)) {
            return ("identifier", Some(rule.kind.as_str()), None);
        }
        if let Rows::Audience(rule) = &self.mapping.rows {
            let is_part =
                |source: &Source| matches!(source, Source::Column(column) if is_it(column));
            if is_part(&rule.id) {
                return ("audience_id", None, None);
            }
            if is_part(&rule.split) {
                return ("split_id", None, None);
            }
            if rule
                .member
                .as_ref()
                .is_some_and(|member| is_it(&member.column))
            {
                return ("status", None, None);
            }
        }
        match self.rule(column_idx).map(|rule| &rule.to_use) {
            _ if aiq_braze::rejects::COLUMNS.contains(&header.names()[column_idx].as_str()) => {
                ("skipped", None, None)
            }
            Some(Use::Skip) => ("skipped", None, None),
            Some(Use::Attribute { name, kind, .. }) => {
                ("attribute", Some(kind.as_str()), Some(name.as_deref()))
            }
            None if self.mapping.other_columns == aiq_braze::mapping::OtherColumns::Skip => {
                ("skipped", None, None)
            }
            None => ("attribute", Some(Kind::Text.as_str()), Some(None)),
        }
    }
}

/// Whether a mapping's name for a column means this one.
fn points_at(column: &ColumnRef, header: &Header, column_idx: usize) -> bool {
    match column {
        ColumnRef::Index(at) => *at as usize == column_idx,
        ColumnRef::Header { name, occurrence } => {
            let names = header.names();
            let nth = names[..=column_idx].iter().filter(|other| *other == name);
            names[column_idx] == *name && occurrence.unwrap_or(1) as usize == nth.count()
        }
    }
}

#[derive(Serialize)]
struct DraftView<'a> {
    ready: bool,
    mapping: String,
    identifier: Option<IdentifierView>,
    audience: Option<AudienceView<'a>>,
    columns: Vec<ColumnView<'a>>,
    problems: Vec<GroupView<'a>>,
}

#[derive(Serialize)]
struct IdentifierView {
    column_idx: Option<usize>,
    #[serde(rename = "as")]
    kind: IdentifierKind,
}

#[derive(Serialize)]
struct AudienceView<'a> {
    id: PartView,
    split: PartView,
    name: &'a str,
    members: Option<&'a [String]>,
    leavers: Option<&'a [String]>,
}

#[derive(Serialize)]
struct PartView {
    column_idx: Option<usize>,
    value: Option<String>,
}

#[derive(Serialize)]
struct ColumnView<'a> {
    header: &'a str,
    role: &'static str,
    #[serde(rename = "as")]
    kind: Option<&'static str>,
    attribute: Option<&'a str>,
    grade: Option<Grade>,
    because: &'static str,
}
