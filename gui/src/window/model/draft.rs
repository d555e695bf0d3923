//! The mapping in the window: the core's draft, where it comes from, and a form that may be half filled.

use std::path::PathBuf;

use aiq_braze::mapping::{
    Becomes, Change, ColumnRef, Draft as Core, IdentifierRule, Part, Rows, Source, Why, Written,
};
use aiq_braze::{Inspection, Mapping, Plan, Problem, Reason};

/// A mapping that is being edited against an export.
#[derive(Debug)]
pub(crate) struct Draft {
    core: Core,
    pub(crate) origin: Origin,
    /// What the form of the rows says, letter for letter, while it is being filled.
    form: Option<RowsForm>,
    /// The form says something that can be meant, and the mapping says the same.
    is_filled: bool,
}

/// Where a mapping comes from. What somebody saved is not doubted any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Suggested,
    File(PathBuf),
}

/// What rows are, as far as it is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowsForm {
    /// Where the audience's and the split's ids come from.
    Audience([Option<Part>; 2]),
    Attributes,
    /// Where an event's name comes from, and the column of its time.
    Events {
        name: Option<Part>,
        time: Option<usize>,
    },
}

impl Draft {
    pub(crate) fn suggested(found: &Inspection) -> Self {
        Self::new(found.suggestion.mapping.clone(), Origin::Suggested, found)
    }

    pub(crate) fn new(mapping: Mapping, origin: Origin, found: &Inspection) -> Self {
        Self {
            core: Core::new(found.clone(), mapping),
            origin,
            form: None,
            is_filled: true,
        }
    }

    pub(crate) fn mapping(&self) -> &Mapping {
        self.core.mapping()
    }

    /// The plan, if the mapping can be run and is all that was said.
    pub(crate) fn plan(&self) -> Option<&Plan> {
        self.core.plan().filter(|_| self.is_filled)
    }

    /// Why the mapping does not fit the export.
    pub(crate) fn problems(&self) -> &[Problem] {
        match self.core.plan() {
            Some(_) => &[],
            None => self.core.problems(),
        }
    }

    pub(crate) fn needs_identifier(&self) -> bool {
        self.mapping().identifiers.is_empty()
    }

    /// What the mapping rests on that is only likely: a person should have looked before it counts.
    pub(crate) fn doubts(&self) -> Vec<&Reason> {
        match self.origin {
            Origin::Suggested => self.core.doubts().collect(),
            Origin::File(_) => Vec::new(),
        }
    }

    pub(crate) fn change(&mut self, change: Change) {
        if self.is_filled {
            self.form = None;
        }
        self.core.change(change);
    }

    /// Takes what the form of the rows says, once it says something that can be meant.
    pub(crate) fn set_rows(&mut self, form: RowsForm) {
        let is_said = |part: &Part| !matches!(part, Part::Value(value) if value.trim().is_empty());
        let change = match &form {
            RowsForm::Attributes => Some(Change::NoAudience),
            RowsForm::Audience([Some(id), Some(split)]) if is_said(id) && is_said(split) => {
                Some(Change::Audience {
                    id: trimmed(id),
                    split: trimmed(split),
                })
            }
            RowsForm::Events {
                name: Some(name),
                time: Some(time),
            } if is_said(name) => Some(Change::Events {
                name: trimmed(name),
                time: *time,
            }),
            _ => None,
        };
        self.form = Some(form);
        self.is_filled = change.is_some();
        if let Some(change) = change {
            self.core.change(change);
        }
    }

    pub(crate) fn is_half_filled(&self) -> bool {
        // A mapping that was loaded may name columns that the export does not have.
        let lacks_column = match self.rows() {
            RowsForm::Audience(parts) => parts.contains(&None),
            RowsForm::Attributes => false,
            RowsForm::Events { name, time } => name.is_none() || time.is_none(),
        };
        !self.is_filled || lacks_column
    }

    /// What the form of the rows says: what the mapping has, unless it is being filled.
    pub(crate) fn rows(&self) -> RowsForm {
        match &self.form {
            Some(form) => form.clone(),
            None => self.form_of(&self.mapping().rows),
        }
    }

    /// What the form says when rows become those of an audience: what was suggested, or nothing.
    pub(crate) fn audience_form(&self) -> RowsForm {
        match &self.core.found().suggestion.mapping.rows {
            rows @ Rows::Audience(_) => self.form_of(rows),
            Rows::Attributes | Rows::Events(_) => RowsForm::Audience([None, None]),
        }
    }

    /// What the form says when rows become events: what was suggested, or nothing.
    pub(crate) fn events_form(&self) -> RowsForm {
        match &self.core.found().suggestion.mapping.rows {
            rows @ Rows::Events(_) => self.form_of(rows),
            Rows::Attributes | Rows::Audience(_) => RowsForm::Events {
                name: None,
                time: None,
            },
        }
    }

    fn form_of(&self, rows: &Rows) -> RowsForm {
        match rows {
            Rows::Audience(rule) => {
                RowsForm::Audience([&rule.id, &rule.split].map(|source| self.core.part(source)))
            }
            Rows::Attributes => RowsForm::Attributes,
            Rows::Events(rule) => RowsForm::Events {
                name: self.core.part(&rule.name),
                time: self.core.found().header.position(&rule.time.column),
            },
        }
    }

    /// All identifiers in the order in which they are tried: the column, if the export has it, and the rule.
    pub(crate) fn identifiers(&self) -> impl Iterator<Item = (Option<usize>, &IdentifierRule)> {
        self.core.identifiers()
    }

    /// Where a source's text comes from; `None` when the export does not have its column.
    pub(crate) fn part(&self, source: &Source) -> Option<Part> {
        self.core.part(source)
    }

    /// The column of the rows that are meant, if the export has it, and its words, a line each.
    pub(crate) fn filter(&self) -> Option<(Option<usize>, String)> {
        self.core.filter()
    }

    /// The template of the files' names, letter for letter.
    pub(crate) fn file_name(&self) -> &str {
        self.core.file_name()
    }

    pub(crate) fn file_parts(&self) -> Vec<String> {
        self.core.file_parts()
    }

    pub(crate) fn column_ref(&self, column_idx: usize) -> ColumnRef {
        self.core.column_ref(column_idx)
    }

    pub(crate) fn becomes(&self, column_idx: usize) -> Becomes {
        self.core.becomes(column_idx)
    }

    pub(crate) fn written(&self, column_idx: usize) -> Written<'_> {
        self.core.written(column_idx)
    }

    pub(crate) fn why(&self, column_idx: usize) -> Why {
        self.core.why(column_idx)
    }
}

fn trimmed(part: &Part) -> Part {
    match part {
        Part::Value(value) => Part::Value(value.trim().to_owned()),
        Part::Column(_) | Part::FilePart(_) => part.clone(),
    }
}
