//! A mapping while somebody edits it, for JavaScript: the core's draft behind JSON.

use aiq_braze::diag::{Grade, MappingEdit, Place};
use aiq_braze::mapping::{Becomes, Change, IdentifierKind, Kind, Part, Rows, Source, Why};
use aiq_braze::{Code, Mapping, Problem, mapping};
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
            &groups.view(self.draft.mapping(), language),
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
        let change = match serde_json::from_str(edit)? {
            Edit::Identifier { column_idx, kind } => {
                Change::Identifier(self.column(column_idx)?, kind)
            }
            Edit::Audience { id, split } => Change::Audience {
                id: self.part(id)?,
                split: self.part(split)?,
            },
            Edit::NoAudience => Change::NoAudience,
            Edit::Column { column_idx, use_as } => {
                Change::Kind(self.column(column_idx)?, use_as.kind())
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
            audience: self.audience_view(),
            columns: columns
                .map(|column_idx| self.column_view(column_idx))
                .collect(),
            problems: groups.view(self.draft.mapping(), language),
        })?)
    }
}

impl UseAs {
    fn kind(self) -> Option<Kind> {
        match self {
            Self::Text => Some(Kind::Text),
            Self::Number => Some(Kind::Number),
            Self::Boolean => Some(Kind::Boolean),
            Self::Skip => None,
        }
    }
}

impl Draft {
    fn part(&self, part: PartEdit) -> Result<Part, JsError> {
        Ok(match part {
            PartEdit::Value(value) => Part::Value(value),
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

    fn audience_view(&self) -> Option<AudienceView<'_>> {
        let Rows::Audience(rule) = &self.draft.mapping().rows else {
            return None;
        };
        let part = |source: &Source| match self.draft.part(source) {
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
        };
        Some(AudienceView {
            id: part(&rule.id),
            split: part(&rule.split),
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
        ColumnView {
            header,
            role,
            kind,
            attribute,
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
    grade: Option<Grade>,
    because: &'static str,
}
