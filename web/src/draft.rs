//! A mapping while somebody edits it, for JavaScript: the core's draft behind JSON.

use aiq_braze::diag::{Grade, MappingEdit, Place};
use aiq_braze::mapping::{
    self, Becomes, Change, IdentifierKind, Kind, NestedNames, Part, Rows, Source, Why,
};
use aiq_braze::{Code, Mapping, Problem};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::inspection::{Inspection, because_word};
use crate::problems::{GroupView, Groups};
use crate::{language, mapping_error};

/// A mapping that is being edited against an export. It starts as the suggested one.
#[wasm_bindgen]
pub struct Draft {
    draft: mapping::Draft,
}

/// One change, as JSON: `{"edit":"identifier","column_idx":0,"as":"external_id"}`.
#[derive(Deserialize)]
#[serde(tag = "edit", rename_all = "snake_case", deny_unknown_fields)]
enum Edit {
    /// This column says first who a row is about. Further identifiers stay.
    Identifier {
        column_idx: usize,
        #[serde(rename = "as")]
        kind: IdentifierKind,
    },
    /// The label of the first identifier, which is an alias.
    AliasLabel { label: PartEdit },
    /// A further identifier, by its place among all, is one no more.
    NoIdentifier { idx: usize },
    /// Rows say who is in which audience and split.
    Audience { id: PartEdit, split: PartEdit },
    /// Rows say nothing about audiences.
    NoAudience,
    /// Rows are events.
    Events { name: PartEdit, time: ColumnEdit },
    /// The app in which the events were; `null`: nothing is said.
    AppId { from: Option<PartEdit> },
    /// Only rows whose cell in this column is one of these words are meant: a word a line.
    Where { column_idx: usize, text: String },
    /// All rows are meant.
    NoWhere,
    /// The template of the files' names; empty: they say nothing.
    FileName { text: String },
    /// Whether dots in names make objects.
    NestedNames {
        #[serde(rename = "as")]
        word: String,
    },
    /// What Braze shall do with users that it does not know; `null`: nothing is said.
    UnknownUsers {
        #[serde(rename = "as")]
        word: Option<UnknownUsers>,
    },
    /// The column is sent as this type, or not at all.
    Column {
        column_idx: usize,
        #[serde(rename = "as")]
        use_as: String,
    },
    /// The pattern of the column's dates or times; empty: the usual forms.
    Format { column_idx: usize, text: String },
    /// The zone of the column's times that name none; empty: none.
    Zone { column_idx: usize, text: String },
    /// What stands between the items of the column's lists; empty: `;`.
    Separator { column_idx: usize, text: String },
    /// Cells of the column that are not of its type are left out, and their rows kept.
    SkipBadCells { column_idx: usize },
    /// The fix that the problem of this code and column brings.
    Fix { code: String, column_idx: u32 },
}

/// Where an id, a name or a label comes from.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum PartEdit {
    ColumnIdx(usize),
    Value(String),
    FilePart(String),
}

#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum UnknownUsers {
    Create,
    Skip,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnEdit {
    column_idx: usize,
}

#[wasm_bindgen]
impl Draft {
    /// The suggested mapping of an export, to be edited.
    #[wasm_bindgen(constructor)]
    pub fn new(inspection: &Inspection) -> Draft {
        let draft = mapping::Draft::suggested(inspection.found.clone());
        Self { draft }
    }

    /// The mapping as JSON for people. Without an identifier it is no complete mapping yet.
    pub fn mapping(&self) -> String {
        self.draft.mapping().to_json()
    }

    /// Takes a whole mapping instead. A text that is no mapping changes nothing.
    pub fn set_mapping(&mut self, text: &str) -> Result<(), JsError> {
        let mapping = Mapping::parse(text).map_err(|problems| mapping_error(&problems))?;
        self.draft = mapping::Draft::new(self.draft.found().clone(), mapping);
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
            &groups.view(Some(self.draft.mapping()), language),
        )?)
    }

    /// Makes one change, given as JSON:
    ///
    /// ```json
    /// {"edit":"identifier","column_idx":0,"as":"external_id"}
    /// {"edit":"alias_label","label":{"value":"crm"}}
    /// {"edit":"no_identifier","idx":1}
    /// {"edit":"audience","id":{"column_idx":1},"split":{"value":"4"}}
    /// {"edit":"no_audience"}
    /// {"edit":"events","name":{"value":"Page Viewed"},"time":{"column_idx":3}}
    /// {"edit":"app_id","from":{"value":"3fa1c9"}}
    /// {"edit":"where","column_idx":2,"text":"entered\nmember"}
    /// {"edit":"no_where"}
    /// {"edit":"file_name","text":"aiq_{audience_id}_{}.csv"}
    /// {"edit":"nested_names","as":"merge"}
    /// {"edit":"unknown_users","as":"skip"}
    /// {"edit":"column","column_idx":5,"as":"number"}
    /// {"edit":"format","column_idx":5,"text":"dd/MM/yyyy"}
    /// {"edit":"zone","column_idx":3,"text":"Europe/Madrid"}
    /// {"edit":"separator","column_idx":6,"text":"|"}
    /// {"edit":"skip_bad_cells","column_idx":5}
    /// {"edit":"fix","code":"AIQ2011","column_idx":4}
    /// ```
    ///
    /// A column's type is one of the mapping's, or `skip`. A part may also be one of the file's name,
    /// `{"file_part":"audience_id"}`. `null` takes an app, or what is said about unknown users, away.
    pub fn edit(&mut self, edit: &str) -> Result<(), JsError> {
        let change = match serde_json::from_str(edit)? {
            Edit::Identifier { column_idx, kind } => {
                Change::Identifier(self.column(column_idx)?, kind)
            }
            Edit::Audience { id, split } => Change::Audience {
                id: self.part(id)?,
                split: self.part(split)?,
            },
            Edit::AliasLabel { label } => Change::AliasLabel(self.part(label)?),
            Edit::NoIdentifier { idx } => Change::NoIdentifier(idx),
            Edit::NoAudience => Change::NoAudience,
            Edit::Events { name, time } => Change::Events {
                name: self.part(name)?,
                time: self.column(time.column_idx)?,
            },
            Edit::AppId { from } => Change::AppId(from.map(|part| self.part(part)).transpose()?),
            Edit::Where { column_idx, text } => Change::Filter(self.column(column_idx)?, text),
            Edit::NoWhere => Change::NoFilter,
            Edit::FileName { text } => Change::FileName(text),
            Edit::NestedNames { word } => Change::NestedNames(nested_names(&word)?),
            Edit::UnknownUsers { word } => Change::UnknownUsers(match word {
                None => mapping::UnknownUsers::Unset,
                Some(UnknownUsers::Create) => mapping::UnknownUsers::Create,
                Some(UnknownUsers::Skip) => mapping::UnknownUsers::Skip,
            }),
            Edit::Column { column_idx, use_as } => {
                Change::Kind(self.column(column_idx)?, kind(&use_as)?)
            }
            Edit::Format { column_idx, text } => Change::Format(self.column(column_idx)?, text),
            Edit::Zone { column_idx, text } => Change::Zone(self.column(column_idx)?, text),
            Edit::Separator { column_idx, text } => {
                Change::Separator(self.column(column_idx)?, text)
            }
            Edit::SkipBadCells { column_idx } => {
                let column = self.draft.column_ref(self.column(column_idx)?);
                Change::Edit(MappingEdit::SkipBadCells { column })
            }
            Edit::Fix { code, column_idx } => Change::Edit(self.fix(&code, column_idx)?),
        };
        self.draft.change(change);
        Ok(())
    }

    /// What the mapping makes of the export, as JSON: whether it can run, what each column becomes and
    /// why, and what is wrong with it, in words of a language.
    pub fn view(&self, language_tag: Option<String>) -> Result<String, JsError> {
        let language = language(language_tag.as_deref())?;
        let groups = Groups::of(self.draft.problems());
        let columns = 0..self.draft.found().header.width();
        Ok(serde_json::to_string(&DraftView {
            ready: self.draft.plan().is_some(),
            mapping: self.mapping(),
            identifier: self
                .draft
                .identifier()
                .map(|(column_idx, kind)| IdentifierView { column_idx, kind }),
            identifiers: self
                .draft
                .identifiers()
                .map(|(column_idx, rule)| IdentifierRuleView {
                    column_idx,
                    kind: rule.kind,
                    label: rule.label.as_ref().map(|label| self.part_view(label)),
                })
                .collect(),
            rows: self.draft.mapping().rows.as_str(),
            audience: self.audience_view(),
            event: self.event_view(),
            unknown_users: match self.draft.mapping().unknown_users {
                mapping::UnknownUsers::Unset => None,
                mapping::UnknownUsers::Create => Some(UnknownUsers::Create),
                mapping::UnknownUsers::Skip => Some(UnknownUsers::Skip),
            },
            filter: self
                .draft
                .filter()
                .map(|(column_idx, text)| FilterView { column_idx, text }),
            file_name: self.draft.file_name(),
            file_parts: self.draft.file_parts(),
            nested_names: self.draft.mapping().nested_names,
            columns: columns
                .map(|column_idx| self.column_view(column_idx))
                .collect(),
            problems: groups.view(Some(self.draft.mapping()), language),
        })?)
    }
}

/// The type that a column is sent as; nothing where it is not sent.
fn kind(word: &str) -> Result<Option<Kind>, JsError> {
    let known = Kind::NAMES.iter().find(|(name, _)| *name == word);
    match known {
        Some((_, kind)) => Ok(Some(*kind)),
        None if word == "skip" => Ok(None),
        None => Err(JsError::new(&format!(
            "found the type {}, expected one of the mapping's, or \"skip\"",
            aiq_braze::diag::quote(word)
        ))),
    }
}

fn nested_names(word: &str) -> Result<NestedNames, JsError> {
    let known = NestedNames::NAMES.iter().find(|(name, _)| *name == word);
    known.map(|(_, nested)| *nested).ok_or_else(|| {
        JsError::new(&format!(
            "found {} for nested names, expected off, replace or merge",
            aiq_braze::diag::quote(word)
        ))
    })
}

impl Draft {
    fn part(&self, part: PartEdit) -> Result<Part, JsError> {
        Ok(match part {
            PartEdit::Value(value) => Part::Value(value),
            PartEdit::FilePart(part) => Part::FilePart(part),
            PartEdit::ColumnIdx(column_idx) => Part::Column(self.column(column_idx)?),
        })
    }

    /// A column that the export has.
    fn column(&self, column_idx: usize) -> Result<usize, JsError> {
        let width = self.draft.found().header.width();
        if column_idx < width {
            return Ok(column_idx);
        }
        Err(JsError::new(&format!(
            "found column {column_idx}, expected one below {width}"
        )))
    }

    fn fix(&self, code: &str, column_idx: u32) -> Result<MappingEdit, JsError> {
        let is_it = |problem: &&Problem| {
            Some(problem.code) == Code::find(code)
                && matches!(problem.place, Place::Column { column_idx: at, .. } if at == column_idx)
        };
        let problem = self.draft.problems().iter().find(is_it);
        let fix = problem.and_then(|problem| problem.fix.as_ref());
        fix.map(|fix| fix.edit.clone()).ok_or_else(|| {
            JsError::new(&format!(
                "found no fix for {code} in column {column_idx}, expected one that the view names"
            ))
        })
    }

    fn part_view(&self, source: &Source) -> PartView {
        match self.draft.part(source) {
            Some(Part::Column(column_idx)) => PartView {
                column_idx: Some(column_idx),
                ..PartView::default()
            },
            Some(Part::Value(value)) => PartView {
                value: Some(value),
                ..PartView::default()
            },
            Some(Part::FilePart(part)) => PartView {
                file_part: Some(part),
                ..PartView::default()
            },
            None => PartView::default(),
        }
    }

    fn event_view(&self) -> Option<EventView> {
        let Rows::Events(rule) = &self.draft.mapping().rows else {
            return None;
        };
        let header = &self.draft.found().header;
        Some(EventView {
            name: self.part_view(&rule.name),
            time: TimeView {
                column_idx: header.position(&rule.time.column),
            },
            app_id: rule.app_id.as_ref().map(|source| self.part_view(source)),
        })
    }

    fn audience_view(&self) -> Option<AudienceView<'_>> {
        let Rows::Audience(rule) = &self.draft.mapping().rows else {
            return None;
        };
        Some(AudienceView {
            id: self.part_view(&rule.id),
            split: self.part_view(&rule.split),
            name: &rule.name,
            members: rule.member.as_ref().map(|member| member.members.as_slice()),
            leavers: rule.member.as_ref().map(|member| member.leavers.as_slice()),
        })
    }

    fn column_view(&self, column_idx: usize) -> ColumnView<'_> {
        let header = &self.draft.found().header.names()[column_idx];
        let (role, kind, attribute) = match self.draft.becomes(column_idx) {
            Becomes::Identifier(kind) => ("identifier", Some(kind.as_str()), None),
            Becomes::AudienceId => ("audience_id", None, None),
            Becomes::SplitId => ("split_id", None, None),
            Becomes::Status(_) => ("status", None, None),
            Becomes::EventName => ("event_name", None, None),
            Becomes::EventTime => ("event_time", None, None),
            Becomes::AppId => ("app_id", None, None),
            Becomes::Skipped | Becomes::Ours => ("skipped", None, None),
            Becomes::Attribute { name, kind } => (
                "attribute",
                Some(kind.as_str()),
                Some(name.unwrap_or_else(|| header.clone())),
            ),
        };
        let (grade, because) = match self.draft.why(column_idx) {
            Why::Suggested(grade, because) => (Some(grade), because_word(because)),
            Why::Chosen => (None, "chosen"),
            Why::Default => (None, "default"),
        };
        let written = self.draft.written(column_idx);
        ColumnView {
            header,
            role,
            kind,
            attribute,
            format: written.format,
            zone: written.zone,
            separator: written.separator,
            grade,
            because,
        }
    }
}

#[derive(Serialize)]
struct DraftView<'a> {
    ready: bool,
    mapping: String,
    identifier: Option<IdentifierView>,
    identifiers: Vec<IdentifierRuleView>,
    rows: &'static str,
    audience: Option<AudienceView<'a>>,
    event: Option<EventView>,
    unknown_users: Option<UnknownUsers>,
    #[serde(rename = "where")]
    filter: Option<FilterView>,
    file_name: &'a str,
    file_parts: Vec<String>,
    nested_names: NestedNames,
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
struct IdentifierRuleView {
    column_idx: Option<usize>,
    #[serde(rename = "as")]
    kind: IdentifierKind,
    label: Option<PartView>,
}

#[derive(Serialize)]
struct FilterView {
    column_idx: Option<usize>,
    text: String,
}

#[derive(Serialize)]
struct EventView {
    name: PartView,
    time: TimeView,
    app_id: Option<PartView>,
}

#[derive(Serialize)]
struct TimeView {
    column_idx: Option<usize>,
}

#[derive(Serialize)]
struct AudienceView<'a> {
    id: PartView,
    split: PartView,
    name: &'a str,
    members: Option<&'a [String]>,
    leavers: Option<&'a [String]>,
}

#[derive(Default, Serialize)]
struct PartView {
    column_idx: Option<usize>,
    value: Option<String>,
    file_part: Option<String>,
}

#[derive(Serialize)]
struct ColumnView<'a> {
    header: &'a str,
    role: &'static str,
    #[serde(rename = "as")]
    kind: Option<&'static str>,
    attribute: Option<String>,
    format: Option<&'a str>,
    zone: Option<&'a str>,
    separator: Option<&'a str>,
    grade: Option<Grade>,
    because: &'static str,
}
